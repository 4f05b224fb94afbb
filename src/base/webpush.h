/* SPDX-License-Identifier: Apache-2.0 */
/* Web Push: a message sealed for one browser (RFC 8291, aes128gcm), and who sends it (VAPID, RFC 8292). P-256 by
 * OpenSSL.
 */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;
struct error;

#define P256_SECRET_BYTES 32
#define P256_PUBLIC_BYTES 65 /* 0x04, x, y */
#define PUSH_AUTH_BYTES   16
#define PUSH_SALT_BYTES   16
#define PUSH_WORDS_MAX    3993 /* bytes of a message: push services take 4096 in all */

struct p256_key {
    unsigned char secret[P256_SECRET_BYTES];
    unsigned char open[P256_PUBLIC_BYTES];
};
bool p256_make(struct p256_key *out, struct error *e) MUST_USE;

/* As a browser says where it is to be reached: its key and its secret, base64url. */
struct push_target {
    unsigned char key[P256_PUBLIC_BYTES];
    unsigned char auth[PUSH_AUTH_BYTES];
};
/* False where they are not such a key and such a secret. */
bool push_target_of(struct arena *a, struct str key, struct str auth, struct push_target *out) MUST_USE;

/* The body of the request. */
bool push_seal(struct arena *a, const struct push_target *to, struct str words, struct str *out,
               struct error *e) MUST_USE;
/* The same with a key and a salt that are given: for vectors. */
bool push_seal_with(struct arena *a, const struct push_target *to, const struct p256_key *own,
                    const unsigned char salt[PUSH_SALT_BYTES], struct str words, struct str *out,
                    struct error *e) MUST_USE;

/* The header Authorization. audience: scheme, host and port of the push service; contact: "mailto:…" or an address of
 * the site; until: seconds. */
bool push_vapid(struct arena *a, const struct p256_key *own, struct str audience, struct str contact, int64_t until,
                struct str *out, struct error *e) MUST_USE;
