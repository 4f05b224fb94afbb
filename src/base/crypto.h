/* SPDX-License-Identifier: Apache-2.0 */
/* What Ascolto needs of OpenSSL (digests) and libsodium (the rest), in its own types. crypto_init once at start. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;
struct error;

#define SHA256_BYTES      32
#define SEAL_KEY_BYTES    32
#define SIGN_PUBLIC_BYTES 32
#define SIGN_SECRET_BYTES 64
#define SIGNATURE_BYTES   64

bool crypto_init(struct error *e) MUST_USE;
void random_bytes(void *out, size_t len);
/* n random bytes as URL-safe base64 without padding. */
struct str random_token(struct arena *a, size_t n);

void sha256(struct str data, unsigned char out[SHA256_BYTES]);
/* Of a file, from where it stands to its end, whatever its size. */
bool sha256_file(int fd, unsigned char out[SHA256_BYTES]) MUST_USE;
void hmac_sha256(struct str key, struct str data, unsigned char out[SHA256_BYTES]);
/* A fixed, fast 64-bit hash (SipHash with a constant key): for deduplication and sketches, never for secrets. */
uint64_t hash64(struct str data);
/* Compares in constant time; different lengths are unequal. */
bool same_secret(struct str a, struct str b);

struct str hex_encode(struct arena *a, const void *data, size_t len);
bool hex_decode(struct arena *a, struct str hex, struct str *out) MUST_USE; /* lower or upper case */
struct str base64_encode(struct arena *a, const void *data, size_t len);
struct str base64url_encode(struct arena *a, const void *data, size_t len);        /* URL-safe, without padding */
bool base64url_decode(struct arena *a, struct str text, struct str *out) MUST_USE; /* without padding, one spelling */
bool base64_decode(struct arena *a, struct str text, struct str *out) MUST_USE;    /* standard alphabet, padded */

/* argon2id (64 MiB, 3 passes; ASCOLTO_FAST_PASSWORDS=1 in tests makes it cheap). The result names its parameters. */
bool password_hash(struct arena *a, struct str password, struct str *out, struct error *e) MUST_USE;
bool password_verify(struct str hash, struct str password);

/* Authenticated encryption (XChaCha20-Poly1305), nonce in front. */
struct str seal(struct arena *a, const unsigned char key[SEAL_KEY_BYTES], struct str plain);
bool seal_open(struct arena *a, const unsigned char key[SEAL_KEY_BYTES], struct str sealed, struct str *out,
               struct error *e) MUST_USE;

void sign_keypair(unsigned char public_key[SIGN_PUBLIC_BYTES], unsigned char secret_key[SIGN_SECRET_BYTES]);
void sign_message(const unsigned char secret_key[SIGN_SECRET_BYTES], struct str message,
                  unsigned char signature[SIGNATURE_BYTES]);
bool sign_verify(const unsigned char public_key[SIGN_PUBLIC_BYTES], struct str message,
                 const unsigned char signature[SIGNATURE_BYTES]);
