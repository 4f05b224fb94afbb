/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys made and used by a device of the test's own, with each of the three kinds of keys; and all that must not
 * pass for one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/webauthn.h"

int base_webauthn_test(void);

#define HOST      "care.example"
#define CHALLENGE "dGhlIGNoYWxsZW5nZSB0aGF0IHdhcyBoYW5kZWQgb3V0"

struct device {
    struct arena *a;
    EVP_PKEY *key;
    int64_t algorithm;
    struct webauthn_expected expected;
    struct webauthn_made made;
    struct webauthn_used used;
};

static struct str client(struct arena *a, const char *type, const char *more)
{
    return str_format(a, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"https://%s\"%s}", type, CHALLENGE, HOST,
                      more);
}

/* party 32, flags, counter; new: model 16, length, id, and a key that nobody reads. */
static struct str auth(struct arena *a, const char *party, unsigned char flags, uint32_t counter, size_t id)
{
    unsigned char *out = arena_alloc(a, 37 + 18 + id + 8);
    sha256(str_from(party), out);
    out[32] = flags;
    for (size_t i = 0; i < 4; i++)
        out[33 + i] = (unsigned char)(counter >> (24 - 8 * i));
    if (!(flags & 0x40))
        return (struct str){(const char *)out, 37};
    out[53] = (unsigned char)(id >> 8);
    out[54] = (unsigned char)id;
    memset(out + 55, 'i', id);
    memset(out + 55 + id, 0xa5, 8);
    return (struct str){(const char *)out, 37 + 18 + id + 8};
}

static struct str spki(struct arena *a, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    assert_true(len > 0);
    struct str out = str_dup(a, (struct str){(const char *)der, (size_t)len});
    OPENSSL_free(der);
    return out;
}

static struct str sign(struct device *d, struct str auth_data, struct str client_data)
{
    unsigned char digest[SHA256_BYTES], *out = arena_alloc(d->a, 1024);
    size_t len = 1024;
    sha256(client_data, digest);
    struct str words = str_concat(d->a, auth_data, (struct str){(const char *)digest, sizeof digest});
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(
        EVP_DigestSignInit(ctx, NULL, d->algorithm == WEBAUTHN_EDDSA ? NULL : EVP_sha256(), NULL, d->key), 1);
    assert_int_equal(EVP_DigestSign(ctx, out, &len, (const unsigned char *)words.ptr, words.len), 1);
    EVP_MD_CTX_free(ctx);
    return (struct str){(const char *)out, len};
}

static struct device device_of(int64_t algorithm)
{
    struct device d = {.a = arena_new(), .algorithm = algorithm};
    d.key = algorithm == WEBAUTHN_ES256   ? EVP_EC_gen("P-256")
            : algorithm == WEBAUTHN_EDDSA ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                                          : EVP_RSA_gen(2048);
    assert_non_null(d.key);
    d.expected = (struct webauthn_expected){STR(CHALLENGE), STR(HOST)};
    d.made = (struct webauthn_made){.client_data = client(d.a, "webauthn.create", ",\"crossOrigin\":false"),
                                    .auth_data = auth(d.a, HOST, 0x45, 0, 32),
                                    .public_key = spki(d.a, d.key),
                                    .algorithm = algorithm};
    d.used.client_data = client(d.a, "webauthn.get", "");
    d.used.auth_data = auth(d.a, HOST, 0x1d, 7, 0);
    d.used.signature = sign(&d, d.used.auth_data, d.used.client_data);
    return d;
}

static void device_end(struct device *d)
{
    EVP_PKEY_free(d->key);
    arena_free(d->a);
}

static bool made(struct device *d, struct str *id, int64_t *counter, struct error *e)
{
    return webauthn_check_made(d->a, &d->expected, &d->made, id, counter, e);
}

static bool used(struct device *d, int64_t *counter, struct error *e)
{
    return webauthn_check_used(d->a, &d->expected, d->made.public_key, d->algorithm, &d->used, counter, e);
}

static void refused_made(struct device *d, const char *why)
{
    struct error e = {0};
    struct str id;
    int64_t counter;
    if (made(d, &id, &counter, &e))
        fail_msg("“%s” was taken", why);
    if (e.code != ERR_UNAUTHENTICATED || !strstr(e.message, why))
        fail_msg("“%s”, not “%s”", e.message, why);
}

static void refused_used(struct device *d, const char *why)
{
    struct error e = {0};
    int64_t counter;
    if (used(d, &counter, &e))
        fail_msg("“%s” was taken", why);
    if (e.code != ERR_UNAUTHENTICATED || !strstr(e.message, why))
        fail_msg("“%s”, not “%s”", e.message, why);
}

static const int64_t algorithms[] = {WEBAUTHN_ES256, WEBAUTHN_EDDSA, WEBAUTHN_RS256};

static void all_three_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
        struct device d = device_of(algorithms[i]);
        struct error e = {0};
        struct str id;
        int64_t counter = -1;
        if (!made(&d, &id, &counter, &e))
            fail_msg("%d: %s", (int)algorithms[i], e.message);
        assert_int_equal(id.len, 32);
        assert_int_equal(id.ptr[31], 'i');
        assert_int_equal(counter, 0);
        if (!used(&d, &counter, &e))
            fail_msg("%d: %s", (int)algorithms[i], e.message);
        assert_int_equal(counter, 7);
        d.used.auth_data = auth(d.a, HOST, 0x05, UINT32_MAX, 0);
        d.used.signature = sign(&d, d.used.auth_data, d.used.client_data);
        assert_true(used(&d, &counter, &e));
        assert_int_equal(counter, UINT32_MAX);
        for (size_t k = 0; k < COUNT_OF(algorithms); k++) { /* a key is of its own kind */
            d.made.algorithm = d.algorithm = algorithms[k];
            if (k != i) {
                refused_made(&d, "its key");
                refused_used(&d, "its key");
            }
        }
        device_end(&d);
    }
}

static void what_the_browser_says(void **state)
{
    (void)state;
    struct device d = device_of(WEBAUTHN_ES256);
    static const struct {
        const char *words, *why;
    } wrong[] = {
        {"", "no JSON"},
        {"[]", "no JSON"},
        {"{\"type\":\"webauthn.get\"", "no JSON"},
        {"{}", "something else"},
        {"{\"type\":\"webauthn.create\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://" HOST "\"}",
         "something else"},
        {"{\"type\":\"webauthn.get\",\"origin\":\"https://" HOST "\"}", "another challenge"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"\",\"origin\":\"https://" HOST "\"}", "another challenge"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "A\",\"origin\":\"https://" HOST "\"}",
         "another challenge"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\"}", "another site"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"http://" HOST "\"}",
         "another site"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://" HOST "/\"}",
         "another site"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://" HOST ":8443\"}",
         "another site"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://evil.example\"}",
         "another site"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://" HOST ".evil.example\"}",
         "another site"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://" HOST
         "\",\"crossOrigin\":true}",
         "within a page"},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://" HOST
         "\",\"crossOrigin\":\"no\"}",
         "within a page"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        d.used.client_data = str_from(wrong[i].words);
        d.used.signature = sign(&d, d.used.auth_data, d.used.client_data);
        refused_used(&d, wrong[i].why);
        d.made.client_data = d.used.client_data;
        if (strcmp(wrong[i].why, "no JSON") == 0)
            refused_made(&d, wrong[i].why);
        else if (i != 4)
            refused_made(&d, "something else");
    }
    char *long_one = arena_alloc(d.a, WEBAUTHN_CLIENT_MAX + 1);
    memset(long_one, ' ', WEBAUTHN_CLIENT_MAX + 1);
    struct str rest = client(d.a, "webauthn.get", "");
    memcpy(long_one, rest.ptr, rest.len);
    d.used.client_data = (struct str){long_one, WEBAUTHN_CLIENT_MAX + 1};
    refused_used(&d, "no JSON");
    d.used.client_data = client(d.a, "webauthn.get", "");
    d.used.signature = sign(&d, d.used.auth_data, d.used.client_data);
    d.expected.challenge = STR_EMPTY; /* none was handed out */
    refused_used(&d, "another challenge");
    assert_true(str_eq(webauthn_challenge(d.a, d.used.client_data), STR(CHALLENGE)));
    assert_int_equal(webauthn_challenge(d.a, STR("{\"challenge\":7}")).len, 0);
    device_end(&d);
}

static void what_the_device_says(void **state)
{
    (void)state;
    struct device d = device_of(WEBAUTHN_ES256);
    static const struct {
        const char *party;
        unsigned char flags;
        const char *why;
    } wrong[] = {{"evil.example", 0x05, "another site"}, {"example", 0x05, "another site"},
                 {HOST, 0x00, "nobody confirmed"},       {HOST, 0x01, "nobody confirmed"},
                 {HOST, 0x04, "nobody confirmed"},       {HOST, 0x15, "contradicts itself"}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        d.used.auth_data = auth(d.a, wrong[i].party, wrong[i].flags, 1, 0);
        d.used.signature = sign(&d, d.used.auth_data, d.used.client_data);
        refused_used(&d, wrong[i].why);
        d.made.auth_data = auth(d.a, wrong[i].party, wrong[i].flags | 0x40, 1, 32);
        refused_made(&d, wrong[i].why);
    }
    d.made.auth_data = auth(d.a, HOST, 0x05, 0, 0);
    refused_made(&d, "names no passkey");
    d.made.auth_data = auth(d.a, HOST, 0x45, 0, 0);
    refused_made(&d, "its name");
    d.made.auth_data = auth(d.a, HOST, 0x45, 0, WEBAUTHN_CREDENTIAL_MAX + 1);
    refused_made(&d, "its name");
    d.made.auth_data = auth(d.a, HOST, 0x45, 0, WEBAUTHN_CREDENTIAL_MAX);
    struct error e = {0};
    struct str id;
    int64_t counter;
    assert_true(made(&d, &id, &counter, &e));
    assert_int_equal(id.len, WEBAUTHN_CREDENTIAL_MAX);
    device_end(&d);
}

/* Cut anywhere, and with any one byte changed: nothing passes. Each piece is memory of its own, so that whoever reads
 * behind its end is caught. */
static void cut_and_changed(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < COUNT_OF(algorithms); kind++) {
        struct device d = device_of(algorithms[kind]);
        struct error e = {0};
        struct str id;
        int64_t counter;
        struct str *pieces[] = {&d.used.client_data, &d.used.auth_data,  &d.used.signature,
                                &d.made.client_data, &d.made.public_key, &d.made.auth_data};
        for (size_t p = 0; p < COUNT_OF(pieces); p++) {
            struct str whole = *pieces[p];
            for (size_t n = 0; n < whole.len; n++) {
                struct arena *own = arena_new();
                *pieces[p] = (struct str){arena_copy(own, whole.ptr, n), n};
                bool name_is_whole = p == 5 && n > 55 + 32; /* the key behind it is not read */
                assert_true((p < 3 ? used(&d, &counter, &e) : made(&d, &id, &counter, &e)) == name_is_whole);
                arena_free(own);
            }
            for (size_t n = 0; p < 3 && n < whole.len; n++) {
                char *changed = arena_copy(d.a, whole.ptr, whole.len);
                changed[n] ^= 1;
                *pieces[p] = (struct str){changed, whole.len};
                if (used(&d, &counter, &e))
                    fail_msg("piece %zu passes with byte %zu changed", p, n);
            }
            *pieces[p] = whole;
        }
        assert_true(used(&d, &counter, &e));
        d.made.public_key = str_concat(d.a, d.made.public_key, STR("\0"));
        refused_made(&d, "its key");
        device_end(&d);
    }
}

static void keys_that_are_none(void **state)
{
    (void)state;
    struct device d = device_of(WEBAUTHN_ES256), other = device_of(WEBAUTHN_ES256);
    EVP_PKEY *large = EVP_EC_gen("P-384"), *weak = EVP_RSA_gen(1024);
    d.used.signature = sign(&other, d.used.auth_data, d.used.client_data);
    refused_used(&d, "its signature");
    d.made.public_key = spki(d.a, large);
    refused_made(&d, "its key");
    d.made.algorithm = WEBAUTHN_RS256;
    d.made.public_key = spki(d.a, weak);
    refused_made(&d, "its key");
    d.made.algorithm = 0;
    refused_made(&d, "its key");
    d.made.algorithm = WEBAUTHN_ES256;
    d.made.public_key = spki(d.a, d.key);
    char *off = arena_copy(d.a, d.made.public_key.ptr, d.made.public_key.len);
    off[d.made.public_key.len - 1] ^= 1; /* no point of the curve */
    d.made.public_key.ptr = off;
    refused_made(&d, "its key");
    EVP_PKEY_free(large);
    EVP_PKEY_free(weak);
    device_end(&d);
    device_end(&other);
}

static void where_they_can_be(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const struct {
        const char *host, *party; /* NULL: none */
    } hosts[] = {{"care.example", "care.example"},
                 {"Care.Example:8443", "care.example"},
                 {"localhost:8080", "localhost"},
                 {"xn--perch-fsa.example", "xn--perch-fsa.example"},
                 {"", NULL},
                 {":80", NULL},
                 {"127.0.0.1", NULL},
                 {"127.0.0.1:8080", NULL},
                 {"0x7f.1", NULL},
                 {"127.0x1", NULL},
                 {"[::1]:8080", NULL},
                 {"care.example.", NULL},
                 {".care.example", NULL},
                 {"care..example", NULL},
                 {"care_x.example", NULL},
                 {"care.example/x", NULL},
                 {"care.example@evil", NULL}};
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct str party;
        bool is = webauthn_party(a, str_from(hosts[i].host), &party);
        if (is != (hosts[i].party != NULL) || (is && !str_eq(party, str_from(hosts[i].party))))
            fail_msg("“%s”", hosts[i].host);
    }
    struct device d = device_of(WEBAUTHN_EDDSA);
    d.expected.host = STR("localhost:8080"); /* the same machine: without https too */
    static const char *const origins[] = {"http://localhost:8080", "https://localhost:8080", "http://localhost",
                                          "http://localhost:80801"};
    for (size_t i = 0; i < COUNT_OF(origins); i++) {
        struct error e = {0};
        int64_t counter;
        d.used.client_data = str_format(d.a, "{\"type\":\"webauthn.get\",\"challenge\":\"%s\",\"origin\":\"%s\"}",
                                        CHALLENGE, origins[i]);
        d.used.auth_data = auth(d.a, "localhost", 0x05, 0, 0);
        d.used.signature = sign(&d, d.used.auth_data, d.used.client_data);
        assert_int_equal(used(&d, &counter, &e), i < 2);
    }
    device_end(&d);
    arena_free(a);
}

int base_webauthn_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_three_kinds),      cmocka_unit_test(what_the_browser_says),
        cmocka_unit_test(what_the_device_says), cmocka_unit_test(cut_and_changed),
        cmocka_unit_test(keys_that_are_none),   cmocka_unit_test(where_they_can_be),
    };
    return cmocka_run_group_tests_name("base/webauthn", tests, NULL, NULL);
}
