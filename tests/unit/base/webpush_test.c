/* SPDX-License-Identifier: Apache-2.0 */
/* Web Push against the vectors of RFC 8291 (appendix A) and the example of RFC 8292 (2.4). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/webpush.h"

int base_webpush_test(void);

static struct str from64(struct arena *a, const char *text)
{
    struct str out, s = str_from(text);
    size_t n = s.len;
    char *plain = arena_alloc(a, n + 4);
    memcpy(plain, s.ptr, n);
    for (size_t i = 0; i < n; i++)
        plain[i] = plain[i] == '-' ? '+' : plain[i] == '_' ? '/' : plain[i];
    while (n % 4)
        plain[n++] = '=';
    assert_true(base64_decode(a, (struct str){plain, n}, &out));
    return out;
}

#define UA_PUBLIC "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define UA_AUTH   "BTBZMqHH6r4Tts7J_aSIgg"

static void rfc_8291_appendix_a(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct error e = {0};
    struct push_target to;
    struct p256_key own;
    struct str out, secret = from64(a, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
                    open = from64(a, "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
                                     "AC8wEqKK6PBru3jl7A8"),
                    salt = from64(a, "DGv6ra1nlYgDCS1FRnbzlw");
    assert_true(push_target_of(a, STR(UA_PUBLIC), STR(UA_AUTH), &to));
    assert_int_equal(secret.len, sizeof own.secret);
    assert_int_equal(open.len, sizeof own.open);
    memcpy(own.secret, secret.ptr, secret.len);
    memcpy(own.open, open.ptr, open.len);
    assert_true(push_seal_with(a, &to, &own, (const unsigned char *)salt.ptr,
                               STR("When I grow up, I want to be a watermelon"), &out, &e));
    assert_true(str_eq(base64url_encode(a, out.ptr, out.len),
                       STR("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
                           "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
                           "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")));
    arena_free(a);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct push_target to;
    struct str off = STR("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw5");
    assert_false(push_target_of(a, off, STR(UA_AUTH), &to));
    assert_false(push_target_of(a, STR("BCVx"), STR(UA_AUTH), &to));
    assert_false(push_target_of(a, STR_EMPTY, STR_EMPTY, &to));
    assert_false(push_target_of(a, STR(UA_PUBLIC), STR("BTBZMqHH6r4Tts7J_aSI"), &to));
    assert_false(push_target_of(a, STR("!!!"), STR(UA_AUTH), &to));
    arena_free(a);
}

static void no_two_are_sealed_alike_and_none_is_too_long(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct error e = {0};
    struct push_target to;
    struct str one, two;
    char *much = arena_alloc(a, PUSH_WORDS_MAX + 1);
    memset(much, 'a', PUSH_WORDS_MAX + 1);
    assert_true(push_target_of(a, STR(UA_PUBLIC), STR(UA_AUTH), &to));
    assert_true(push_seal(a, &to, STR("ciao"), &one, &e) && push_seal(a, &to, STR("ciao"), &two, &e));
    assert_false(str_eq(one, two));
    assert_true(push_seal(a, &to, (struct str){much, PUSH_WORDS_MAX}, &one, &e));
    assert_int_equal(one.len, 4096);
    assert_false(push_seal(a, &to, (struct str){much, PUSH_WORDS_MAX + 1}, &one, &e));
    arena_free(a);
}

/* Whether a token is signed by this key, as a push service looks. */
static bool is_signed(struct arena *a, struct str token, struct str open)
{
    size_t dot = token.len;
    while (token.ptr[dot - 1] != '.')
        dot--;
    struct str raw = from64(a, str_cstr(a, str_slice(token, dot, token.len))), text = str_slice(token, 0, dot - 1);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    unsigned char *der = NULL;
    assert_int_equal(raw.len, 64);
    ECDSA_SIG_set0(pair, BN_bin2bn((const unsigned char *)raw.ptr, 32, NULL),
                   BN_bin2bn((const unsigned char *)raw.ptr + 32, 32, NULL));
    int len = i2d_ECDSA_SIG(pair, &der);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, open.ptr, open.len);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    EVP_PKEY_fromdata_init(ctx);
    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(digest, NULL, EVP_sha256(), NULL, key);
    bool good = EVP_DigestVerify(digest, der, (size_t)len, (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(digest);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    OPENSSL_free(der);
    ECDSA_SIG_free(pair);
    return good;
}

static void rfc_8292_who_sends_it(void **state)
{
    (void)state;
    static const char token[] =
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3Njgs"
        "InN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErt"
        "mysazNjjvW2L9OkSSHzvoD1oA";
    struct arena *a = arena_new();
    struct error e = {0};
    struct p256_key own;
    struct str out, rest, word;
    struct str open =
        from64(a, "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs");
    assert_true(is_signed(a, STR(token), open)); /* theirs: so is_signed is right */
    assert_true(p256_make(&own, &e));
    assert_true(
        push_vapid(a, &own, STR("https://push.example.net"), STR("mailto:push@example.com"), 1453523768, &out, &e));
    assert_true(str_starts(out, STR("vapid t=")));
    rest = str_slice(out, 8, out.len);
    assert_true(str_split(&rest, ',', &word));
    assert_true(str_starts(rest, STR(" k=")));
    struct str key = from64(a, str_cstr(a, str_slice(rest, 3, rest.len)));
    assert_true(key.len == 65 && memcmp(key.ptr, own.open, 65) == 0);
    assert_true(is_signed(a, word, key));
    assert_false(is_signed(a, word, open));
    struct str head, body;
    assert_true(str_split(&word, '.', &head) && str_split(&word, '.', &body));
    assert_true(str_eq(head, STR("eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9")));
    const struct json *claims = json_parse(a, from64(a, str_cstr(a, body)), &e);
    assert_true(str_eq(json_text(json_get(claims, "aud")), STR("https://push.example.net")));
    assert_true(str_eq(json_text(json_get(claims, "sub")), STR("mailto:push@example.com")));
    arena_free(a);
}

int base_webpush_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_8291_appendix_a),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(no_two_are_sealed_alike_and_none_is_too_long),
        cmocka_unit_test(rfc_8292_who_sends_it),
    };
    return cmocka_run_group_tests_name("base/webpush", tests, NULL, NULL);
}
