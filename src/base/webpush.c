/* SPDX-License-Identifier: Apache-2.0 */
#include "base/webpush.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/arena_internal.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"

#define RECORD_BYTES 4096
#define TAG_BYTES    16
#define KEY_BYTES    16
#define NONCE_BYTES  12
#define HALF_BYTES   32 /* of a signature */

static bool refuse(struct error *e)
{
    return fail(e, ERR_INTERNAL, "A push message cannot be sealed.");
}

/* ---- keys ---- */

bool p256_make(struct p256_key *out, struct error *e)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIGNUM *secret = NULL;
    size_t len = 0;
    bool ok = key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &secret) &&
              BN_bn2binpad(secret, out->secret, sizeof out->secret) == sizeof out->secret &&
              EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out->open, sizeof out->open, &len) &&
              len == sizeof out->open;
    BN_clear_free(secret);
    EVP_PKEY_free(key);
    return ok || fail(e, ERR_INTERNAL, "A key cannot be made.");
}

/* NULL where it is no point of the curve. secret: NULL for the other side's. */
static EVP_PKEY *key_of(const unsigned char open[P256_PUBLIC_BYTES], const unsigned char *secret)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    BIGNUM *number = secret ? BN_secure_new() : NULL;
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;
    bool ok = build && ctx && (!secret || (number && BN_bin2bn(secret, P256_SECRET_BYTES, number))) &&
              OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
              OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, open, P256_PUBLIC_BYTES) &&
              (!secret || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number)) &&
              (params = OSSL_PARAM_BLD_to_param(build)) && EVP_PKEY_fromdata_init(ctx) > 0 &&
              EVP_PKEY_fromdata(ctx, &key, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) > 0;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(number);
    EVP_PKEY_CTX_free(ctx);
    return ok ? key : NULL;
}

static bool base64url_read(struct arena *a, struct str text, void *out, size_t len)
{
    struct buf plain;
    struct str bytes;
    buf_init(&plain, a, text.len + 4);
    for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++)
        buf_char(&plain, text.ptr[i] == '-' ? '+' : text.ptr[i] == '_' ? '/' : text.ptr[i]);
    while (plain.len % 4)
        buf_char(&plain, '=');
    if (!base64_decode(a, buf_view(&plain), &bytes) || bytes.len != len)
        return false;
    memcpy(out, bytes.ptr, len);
    return true;
}

bool push_target_of(struct arena *a, struct str key, struct str auth, struct push_target *out)
{
    if (!base64url_read(a, key, out->key, sizeof out->key) || !base64url_read(a, auth, out->auth, sizeof out->auth) ||
        out->key[0] != 4)
        return false;
    EVP_PKEY *point = key_of(out->key, NULL);
    EVP_PKEY_CTX *ctx = point ? EVP_PKEY_CTX_new(point, NULL) : NULL;
    bool on_curve = ctx && EVP_PKEY_public_check(ctx) > 0;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(point);
    return on_curve;
}

/* ---- sealing (RFC 8291, 8188) ---- */

static bool shared_secret(const struct p256_key *own, const unsigned char *theirs, unsigned char out[SHA256_BYTES])
{
    EVP_PKEY *mine = key_of(own->open, own->secret), *other = key_of(theirs, NULL);
    EVP_PKEY_CTX *ctx = mine ? EVP_PKEY_CTX_new(mine, NULL) : NULL;
    size_t len = SHA256_BYTES;
    bool ok = ctx && other && EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_derive_set_peer(ctx, other) > 0 &&
              EVP_PKEY_derive(ctx, out, &len) > 0 && len == SHA256_BYTES;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(mine);
    EVP_PKEY_free(other);
    return ok;
}

static struct str bytes_of(const void *bytes, size_t len)
{
    return (struct str){bytes, len};
}

/* HKDF whose output is one block: extract, then expand. */
static void hkdf(struct arena *a, struct str salt, struct str secret, struct str info,
                 unsigned char out[SHA256_BYTES])
{
    unsigned char key[SHA256_BYTES];
    hmac_sha256(salt, secret, key);
    hmac_sha256(bytes_of(key, sizeof key), str_concat(a, info, bytes_of("\1", 1)), out);
}

struct sealing {
    unsigned char key[SHA256_BYTES], nonce[SHA256_BYTES];
};

static bool keys_of(struct arena *a, const struct push_target *to, const struct p256_key *own, struct str salt,
                    struct sealing *out)
{
    static const char key_info[] = "Content-Encoding: aes128gcm", nonce_info[] = "Content-Encoding: nonce";
    unsigned char agreed[SHA256_BYTES], secret[SHA256_BYTES];
    struct buf info;
    if (!shared_secret(own, to->key, agreed))
        return false;
    buf_init(&info, a, 160);
    buf_add(&info, "WebPush: info", sizeof "WebPush: info");
    buf_add(&info, to->key, sizeof to->key);
    buf_add(&info, own->open, sizeof own->open);
    hkdf(a, bytes_of(to->auth, sizeof to->auth), bytes_of(agreed, sizeof agreed), buf_view(&info), secret);
    hkdf(a, salt, bytes_of(secret, sizeof secret), bytes_of(key_info, sizeof key_info), out->key);
    hkdf(a, salt, bytes_of(secret, sizeof secret), bytes_of(nonce_info, sizeof nonce_info), out->nonce);
    return true;
}

static bool encrypt(const struct sealing *keys, struct str plain, unsigned char *out)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int len = 0, rest = 0;
    bool ok = c && EVP_EncryptInit_ex2(c, EVP_aes_128_gcm(), keys->key, keys->nonce, NULL) &&
              EVP_EncryptUpdate(c, out, &len, (const unsigned char *)plain.ptr, (int)plain.len) &&
              EVP_EncryptFinal_ex(c, out + len, &rest) &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + plain.len);
    EVP_CIPHER_CTX_free(c);
    return ok;
}

bool push_seal_with(struct arena *a, const struct push_target *to, const struct p256_key *own,
                    const unsigned char salt[PUSH_SALT_BYTES], struct str words, struct str *out, struct error *e)
{
    static const unsigned char record[] = {0, 0, RECORD_BYTES >> 8, RECORD_BYTES & 255, P256_PUBLIC_BYTES};
    struct sealing keys;
    struct buf body;
    if (words.len > PUSH_WORDS_MAX)
        return fail(e, ERR_TOO_LARGE, "A push message has at most %d bytes.", PUSH_WORDS_MAX);
    struct str plain = str_concat(a, words, bytes_of("\2", 1)); /* the last record */
    unsigned char *sealed = arena_raw(a, plain.len + TAG_BYTES);
    if (!keys_of(a, to, own, bytes_of(salt, PUSH_SALT_BYTES), &keys) || !encrypt(&keys, plain, sealed))
        return refuse(e);
    buf_init(&body, a, plain.len + 128);
    buf_add(&body, salt, PUSH_SALT_BYTES);
    buf_add(&body, record, sizeof record);
    buf_add(&body, own->open, sizeof own->open);
    buf_add(&body, sealed, plain.len + TAG_BYTES);
    *out = buf_view(&body);
    return true;
}

bool push_seal(struct arena *a, const struct push_target *to, struct str words, struct str *out, struct error *e)
{
    struct p256_key own;
    unsigned char salt[PUSH_SALT_BYTES];
    random_bytes(salt, sizeof salt);
    return p256_make(&own, e) && push_seal_with(a, to, &own, salt, words, out, e);
}

/* ---- who sends it (RFC 8292) ---- */

/* r and s one behind the other, as JWS wants them. */
static bool sign(const struct p256_key *own, struct str text, unsigned char out[2 * HALF_BYTES])
{
    EVP_PKEY *key = key_of(own->open, own->secret);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char der[80];
    size_t len = sizeof der;
    bool ok = key && ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) > 0 &&
              EVP_DigestSign(ctx, der, &len, (const unsigned char *)text.ptr, text.len) > 0;
    const unsigned char *at = der;
    ECDSA_SIG *pair = ok ? d2i_ECDSA_SIG(NULL, &at, (long)len) : NULL;
    ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, HALF_BYTES) == HALF_BYTES &&
         BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + HALF_BYTES, HALF_BYTES) == HALF_BYTES;
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

bool push_vapid(struct arena *a, const struct p256_key *own, struct str audience, struct str contact, int64_t until,
                struct str *out, struct error *e)
{
    static const char head[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    unsigned char signature[2 * HALF_BYTES];
    struct json *claims = json_object(a);
    json_set_str(a, claims, "aud", audience);
    json_set_int(a, claims, "exp", until);
    json_set_str(a, claims, "sub", contact);
    struct str body = json_to_str(a, claims), first = base64url_encode(a, head, sizeof head - 1),
               second = base64url_encode(a, body.ptr, body.len);
    struct str text = str_format(a, "%.*s.%.*s", STR_ARGS(first), STR_ARGS(second));
    if (!sign(own, text, signature))
        return refuse(e);
    struct str third = base64url_encode(a, signature, sizeof signature),
               key = base64url_encode(a, own->open, sizeof own->open);
    *out = str_format(a, "vapid t=%.*s.%.*s, k=%.*s", STR_ARGS(text), STR_ARGS(third), STR_ARGS(key));
    return true;
}
