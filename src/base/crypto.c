/* SPDX-License-Identifier: Apache-2.0 */
/* Digests by OpenSSL, whose contexts are costly to make and therefore kept, one of each a thread; everything
 * else by libsodium. */
#include "base/crypto.h"

#include <assert.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/arena_internal.h"
#include "base/error.h"

#define NONCE_BYTES    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES      crypto_aead_xchacha20poly1305_ietf_ABYTES
#define PASSWORD_LIMIT 4096

static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");
static_assert(SIGN_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "public key size");
static_assert(SIGN_SECRET_BYTES == crypto_sign_SECRETKEYBYTES, "secret key size");
static_assert(SIGNATURE_BYTES == crypto_sign_BYTES, "signature size");

/* Fetched once, shared by all threads, kept until the end. */
static struct {
    EVP_MD *sha256;
    EVP_MAC *hmac;
    pthread_key_t contexts_key;
    bool ready;
} shared;

struct contexts {
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *mac;
};
static _Thread_local struct contexts *own;

static void contexts_free(void *ptr)
{
    struct contexts *c = ptr;
    EVP_MD_CTX_free(c->digest);
    EVP_MAC_CTX_free(c->mac);
    free(c);
    own = NULL;
}

static void fetch(void)
{
    shared.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    shared.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    shared.ready = shared.sha256 && shared.hmac && pthread_key_create(&shared.contexts_key, contexts_free) == 0 &&
                   sodium_init() >= 0;
}

bool crypto_init(struct error *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fetch);
    return shared.ready || fail(e, ERR_INTERNAL, "The cryptographic libraries do not start.");
}

static struct contexts *contexts_new(void)
{
    bool ready = crypto_init(NULL);
    assert(ready);
    struct contexts *c = calloc(1, sizeof(*c));
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_end(),
    };
    ready = c && (c->digest = EVP_MD_CTX_new()) && (c->mac = EVP_MAC_CTX_new(shared.hmac)) &&
            EVP_MAC_CTX_set_params(c->mac, params) && pthread_setspecific(shared.contexts_key, c) == 0;
    assert(ready);
    return c;
}

static struct contexts *contexts(void)
{
    if (!own)
        own = contexts_new();
    return own;
}

void sha256(struct str data, unsigned char out[SHA256_BYTES])
{
    EVP_MD_CTX *c = contexts()->digest;
    bool done = EVP_DigestInit_ex2(c, shared.sha256, NULL) && EVP_DigestUpdate(c, data.ptr, data.len) &&
                EVP_DigestFinal_ex(c, out, NULL);
    assert(done);
}

bool sha256_file(int fd, unsigned char out[SHA256_BYTES])
{
    static const size_t size = 1 << 18;
    EVP_MD_CTX *c = contexts()->digest;
    char *piece = malloc(size);
    assert(piece);
    ssize_t n = 0;
    bool done = EVP_DigestInit_ex2(c, shared.sha256, NULL);
    while (done && ((n = read(fd, piece, size)) > 0 || (n < 0 && errno == EINTR)))
        done = n < 0 || EVP_DigestUpdate(c, piece, (size_t)n);
    free(piece);
    return done && n == 0 && EVP_DigestFinal_ex(c, out, NULL);
}

void hmac_sha256(struct str key, struct str data, unsigned char out[SHA256_BYTES])
{
    /* A NULL key would mean "the key of last time". */
    const char *bytes = key.ptr ? key.ptr : "";
    EVP_MAC_CTX *c = contexts()->mac;
    size_t len = 0;
    bool done = EVP_MAC_init(c, (const unsigned char *)bytes, key.len, NULL) &&
                EVP_MAC_update(c, (const unsigned char *)data.ptr, data.len) &&
                EVP_MAC_final(c, out, &len, SHA256_BYTES) && len == SHA256_BYTES;
    assert(done);
}

void random_bytes(void *out, size_t len)
{
    bool ready = crypto_init(NULL);
    assert(ready);
    randombytes_buf(out, len);
}

static struct str encode64(struct arena *a, const void *data, size_t len, int variant)
{
    size_t size = sodium_base64_encoded_len(len, variant);
    char *text = arena_raw(a, size);
    sodium_bin2base64(text, size, data, len, variant);
    return str_from(text);
}

struct str random_token(struct arena *a, size_t n)
{
    void *bytes = arena_raw(a, n);
    random_bytes(bytes, n);
    struct str token = encode64(a, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, n);
    return token;
}

uint64_t hash64(struct str data)
{
    static const unsigned char key[crypto_shorthash_KEYBYTES] = "ascolto hash64.";
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t value = 0;
    crypto_shorthash(out, (const unsigned char *)data.ptr, data.len, key);
    for (size_t i = sizeof(out); i > 0; i--)
        value = value << 8 | out[i - 1];
    return value;
}

bool same_secret(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.ptr, b.ptr, a.len) == 0);
}

struct str hex_encode(struct arena *a, const void *data, size_t len)
{
    char *text = arena_raw(a, len * 2 + 1);
    sodium_bin2hex(text, len * 2 + 1, data, len);
    return (struct str){text, len * 2};
}

bool hex_decode(struct arena *a, struct str hex, struct str *out)
{
    unsigned char *bytes = arena_raw(a, hex.len / 2 + 1);
    size_t len = 0;
    if (hex.len % 2 || (hex.len && sodium_hex2bin(bytes, hex.len / 2, hex.ptr, hex.len, NULL, &len, NULL) != 0))
        return false;
    if (len != hex.len / 2)
        return false;
    bytes[len] = '\0';
    *out = (struct str){(const char *)bytes, len};
    return true;
}

struct str base64_encode(struct arena *a, const void *data, size_t len)
{
    return encode64(a, data, len, sodium_base64_VARIANT_ORIGINAL);
}

struct str base64url_encode(struct arena *a, const void *data, size_t len)
{
    return encode64(a, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool decode64(struct arena *a, struct str text, int variant, struct str *out)
{
    size_t size = text.len / 4 * 3 + 2, len = 0;
    unsigned char *bytes = arena_raw(a, size + 1);
    if (text.len && sodium_base642bin(bytes, size, text.ptr, text.len, NULL, &len, NULL, variant) != 0)
        return false;
    bytes[len] = '\0';
    *out = (struct str){(const char *)bytes, len};
    return true;
}

bool base64_decode(struct arena *a, struct str text, struct str *out)
{
    return decode64(a, text, sodium_base64_VARIANT_ORIGINAL, out);
}

bool base64url_decode(struct arena *a, struct str text, struct str *out)
{
    return decode64(a, text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out);
}

bool password_hash(struct arena *a, struct str password, struct str *out, struct error *e)
{
    char text[crypto_pwhash_STRBYTES];
    const char *fast = getenv("ASCOLTO_FAST_PASSWORDS");
    bool cheap = fast && strcmp(fast, "1") == 0;
    if (!crypto_init(e))
        return false;
    if (password.len > PASSWORD_LIMIT)
        return fail(e, ERR_BAD_INPUT, "A password has at most %d bytes.", PASSWORD_LIMIT);
    if (crypto_pwhash_str_alg(text, password.ptr ? password.ptr : "", password.len,
                              cheap ? crypto_pwhash_OPSLIMIT_MIN : 3, cheap ? crypto_pwhash_MEMLIMIT_MIN : 64 << 20,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(e, ERR_UNAVAILABLE, "Not enough memory to protect the password.");
    *out = str_dup(a, str_from(text));
    return true;
}

bool password_verify(struct str hash, struct str password)
{
    char text[crypto_pwhash_STRBYTES] = {0};
    if (!crypto_init(NULL) || hash.len == 0 || hash.len >= sizeof(text) || password.len > PASSWORD_LIMIT)
        return false;
    memcpy(text, hash.ptr, hash.len);
    return crypto_pwhash_str_verify(text, password.ptr ? password.ptr : "", password.len) == 0;
}

struct str seal(struct arena *a, const unsigned char key[SEAL_KEY_BYTES], struct str plain)
{
    unsigned char *out = arena_raw(a, NONCE_BYTES + plain.len + TAG_BYTES);
    unsigned long long len = 0;
    random_bytes(out, NONCE_BYTES);
    int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_BYTES, &len, (const unsigned char *)plain.ptr,
                                                            plain.len, NULL, 0, NULL, out, key);
    assert(!failed);
    return (struct str){(const char *)out, NONCE_BYTES + (size_t)len};
}

bool seal_open(struct arena *a, const unsigned char key[SEAL_KEY_BYTES], struct str sealed, struct str *out,
               struct error *e)
{
    const unsigned char *in = (const unsigned char *)sealed.ptr;
    if (!crypto_init(e))
        return false;
    if (sealed.len < NONCE_BYTES + TAG_BYTES)
        return fail(e, ERR_INTERNAL, "A sealed value is too short.");
    unsigned char *plain = arena_raw(a, sealed.len - NONCE_BYTES - TAG_BYTES + 1);
    unsigned long long len = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &len, NULL, in + NONCE_BYTES, sealed.len - NONCE_BYTES,
                                                   NULL, 0, in, key) != 0)
        return fail(e, ERR_INTERNAL, "A sealed value was changed, or sealed with another key.");
    plain[len] = '\0';
    *out = (struct str){(const char *)plain, (size_t)len};
    return true;
}

void sign_keypair(unsigned char public_key[SIGN_PUBLIC_BYTES], unsigned char secret_key[SIGN_SECRET_BYTES])
{
    bool ready = crypto_init(NULL);
    assert(ready);
    crypto_sign_keypair(public_key, secret_key);
}

void sign_message(const unsigned char secret_key[SIGN_SECRET_BYTES], struct str message,
                  unsigned char signature[SIGNATURE_BYTES])
{
    crypto_sign_detached(signature, NULL, (const unsigned char *)message.ptr, message.len, secret_key);
}

bool sign_verify(const unsigned char public_key[SIGN_PUBLIC_BYTES], struct str message,
                 const unsigned char signature[SIGNATURE_BYTES])
{
    return crypto_sign_verify_detached(signature, (const unsigned char *)message.ptr, message.len, public_key) == 0;
}
