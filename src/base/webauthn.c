/* SPDX-License-Identifier: Apache-2.0 */
#include "base/webauthn.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"

/* Authenticator data (6.1): hash of the relying party, flags, counter; then, of a new one, whose model it is, the
 * length of its id, the id. */
enum { AT_FLAGS = 32, AT_COUNTER = 33, AUTH_BYTES = 37, AT_LENGTH = 53, AT_CREDENTIAL = 55 };
enum { PRESENT = 0x01, VERIFIED = 0x04, MAY_BACK_UP = 0x08, BACKED_UP = 0x10, ATTESTED = 0x40 };
enum { RSA_LEAST = 2048, RSA_MOST = 4096 };
#define HOST_MAX 253

static bool no(struct error *e, const char *why)
{
    return fail(e, ERR_UNAUTHENTICATED, "This passkey is not accepted: %s", why);
}

/* ---- where ---- */

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

bool webauthn_party(struct arena *a, struct str host, struct str *party)
{
    ptrdiff_t port = str_find_char(host, ':');
    struct str name = str_lower(a, port < 0 ? host : str_slice(host, 0, (size_t)port)), rest = name,
               label = STR_EMPTY;
    bool ok = name.len > 0 && name.len <= HOST_MAX && !str_ends(name, STR("."));
    for (size_t i = 0; ok && i < name.len; i++)
        ok = is_letter(name.ptr[i]) || (name.ptr[i] >= '0' && name.ptr[i] <= '9') || name.ptr[i] == '-' ||
             name.ptr[i] == '.';
    while (ok && str_split(&rest, '.', &label))
        ok = label.len > 0;
    *party = ok ? name : STR_EMPTY;
    return ok && is_letter(label.ptr[0]); /* the last one of an IPv4 address is a number */
}

/* Browsers give passkeys to pages of https only, and to those of the same machine. */
static bool origin_ok(struct arena *a, struct str origin, struct str host, struct str party)
{
    bool here = str_eq(party, STR("localhost")) || str_ends(party, STR(".localhost"));
    return str_eq(origin, str_concat(a, STR("https://"), host)) ||
           (here && str_eq(origin, str_concat(a, STR("http://"), host)));
}

/* ---- what the browser says ---- */

static const struct json *client_read(struct arena *a, struct str bytes)
{
    const struct json *client = bytes.len && bytes.len <= WEBAUTHN_CLIENT_MAX ? json_parse(a, bytes, NULL) : NULL;
    return json_is(client, JSON_OBJECT) ? client : NULL;
}

struct str webauthn_challenge(struct arena *a, struct str client_data)
{
    return json_text(json_get(client_read(a, client_data), "challenge"));
}

static bool client_ok(struct arena *a, struct str bytes, const char *type, const struct webauthn_expected *expected,
                      struct error *e)
{
    const struct json *client = client_read(a, bytes);
    struct str party;
    if (!client)
        return no(e, "what the browser says is no JSON.");
    if (!str_eq(json_text(json_get(client, "type")), str_from(type)))
        return no(e, "it was asked for something else.");
    if (expected->challenge.len == 0 || !same_secret(json_text(json_get(client, "challenge")), expected->challenge))
        return no(e, "it answers another challenge.");
    if (!webauthn_party(a, expected->host, &party) ||
        !origin_ok(a, json_text(json_get(client, "origin")), expected->host, party))
        return no(e, "it was used on another site.");
    const struct json *cross = json_get(client, "crossOrigin");
    return (!cross || (json_is(cross, JSON_BOOL) && !json_bool(cross, true))) ||
           no(e, "it was used within a page of another site.");
}

static bool auth_ok(struct arena *a, struct str auth, const struct webauthn_expected *expected, int64_t *counter,
                    struct error *e)
{
    unsigned char digest[SHA256_BYTES];
    struct str party;
    if (auth.len < AUTH_BYTES || auth.len > WEBAUTHN_AUTH_MAX)
        return no(e, "what the device says has not its length.");
    const unsigned char *at = (const unsigned char *)auth.ptr;
    if (!webauthn_party(a, expected->host, &party))
        return no(e, "this address can have none.");
    sha256(party, digest);
    if (memcmp(at, digest, sizeof digest) != 0)
        return no(e, "it is for another site.");
    if (!(at[AT_FLAGS] & PRESENT) || !(at[AT_FLAGS] & VERIFIED))
        return no(e, "nobody confirmed it on the device.");
    if ((at[AT_FLAGS] & BACKED_UP) && !(at[AT_FLAGS] & MAY_BACK_UP))
        return no(e, "what the device says contradicts itself.");
    *counter = (int64_t)at[AT_COUNTER] << 24 | (int64_t)at[AT_COUNTER + 1] << 16 | (int64_t)at[AT_COUNTER + 2] << 8 |
               at[AT_COUNTER + 3];
    return true;
}

/* ---- keys and signatures ---- */

static bool key_fits(EVP_PKEY *key, int64_t algorithm)
{
    char group[32] = "";
    size_t len;
    switch (algorithm) {
    case WEBAUTHN_ES256:
        return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1 &&
               strcmp(group, "prime256v1") == 0;
    case WEBAUTHN_EDDSA: return EVP_PKEY_is_a(key, "ED25519");
    case WEBAUTHN_RS256:
        return EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_LEAST && EVP_PKEY_get_bits(key) <= RSA_MOST;
    default: return false;
    }
}

/* NULL where it is no key of this algorithm, and nothing else. */
static EVP_PKEY *key_read(struct str bytes, int64_t algorithm)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    if (bytes.len == 0 || bytes.len > WEBAUTHN_KEY_MAX)
        return NULL;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)bytes.len);
    if (key && at == (const unsigned char *)bytes.ptr + bytes.len && key_fits(key, algorithm))
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

/* Whether it can be taken: looked at once, when it comes. */
static bool key_sound(struct str bytes, int64_t algorithm)
{
    EVP_PKEY *key = key_read(bytes, algorithm);
    EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    bool sound = ctx && EVP_PKEY_public_check(ctx) > 0;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return sound;
}

static bool is_signed(EVP_PKEY *key, int64_t algorithm, struct str words, struct str signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const EVP_MD *digest = algorithm == WEBAUTHN_EDDSA ? NULL : EVP_sha256();
    bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, digest, NULL, key) > 0 &&
              EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
                               (const unsigned char *)words.ptr, words.len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

/* ---- the two ceremonies ---- */

bool webauthn_check_made(struct arena *a, const struct webauthn_expected *expected, const struct webauthn_made *made,
                         struct str *credential, int64_t *counter, struct error *e)
{
    struct str auth = made->auth_data;
    *credential = STR_EMPTY;
    if (!client_ok(a, made->client_data, "webauthn.create", expected, e) || !auth_ok(a, auth, expected, counter, e))
        return false;
    const unsigned char *at = (const unsigned char *)auth.ptr;
    if (!(at[AT_FLAGS] & ATTESTED) || auth.len < AT_CREDENTIAL)
        return no(e, "the device names no passkey.");
    size_t len = (size_t)at[AT_LENGTH] << 8 | at[AT_LENGTH + 1];
    if (len == 0 || len > WEBAUTHN_CREDENTIAL_MAX || auth.len <= AT_CREDENTIAL + len)
        return no(e, "its name has not its length.");
    if (!key_sound(made->public_key, made->algorithm))
        return no(e, "its key is none that can be checked here.");
    *credential = str_slice(auth, AT_CREDENTIAL, AT_CREDENTIAL + len);
    return true;
}

bool webauthn_check_used(struct arena *a, const struct webauthn_expected *expected, struct str public_key,
                         int64_t algorithm, const struct webauthn_used *used, int64_t *counter, struct error *e)
{
    unsigned char digest[SHA256_BYTES];
    if (!client_ok(a, used->client_data, "webauthn.get", expected, e) ||
        !auth_ok(a, used->auth_data, expected, counter, e))
        return false;
    if (used->signature.len == 0 || used->signature.len > WEBAUTHN_SIGNATURE_MAX)
        return no(e, "its signature has not its length.");
    EVP_PKEY *key = key_read(public_key, algorithm);
    if (!key)
        return no(e, "its key is none that can be checked here.");
    sha256(used->client_data, digest);
    struct str words = str_concat(a, used->auth_data, (struct str){(const char *)digest, sizeof digest});
    bool ok = is_signed(key, algorithm, words, used->signature);
    EVP_PKEY_free(key);
    return ok || no(e, "its signature is wrong.");
}
