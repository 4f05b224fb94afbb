/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the brand's own site: the example of RFC 7515 A.1, and everything that could be taken for one. And the
 * origins that may show the chat. */
#include "care/claims.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/widget.h"
#include "house_fixture.h"

int care_claims_test(void);

#define NOW    1800000000
#define SECRET "a secret of the brand, 32 bytes or so"

static struct claims_rule rule_of(const char *secret, const char *before)
{
    return (struct claims_rule){.secrets = {str_from(secret), str_from(before)},
                                .audience = STR("nuvola"),
                                .origins = STR("https://shop.example https://*.nuvola.example"),
                                .now = NOW * SECOND_US};
}

static struct str signed_by(struct arena *a, const char *secret, const char *header, const char *payload)
{
    unsigned char digest[SHA256_BYTES];
    struct str h = base64url_encode(a, header, strlen(header)), p = base64url_encode(a, payload, strlen(payload));
    struct str input = str_format(a, "%.*s.%.*s", STR_ARGS(h), STR_ARGS(p));
    hmac_sha256(str_from(secret), input, digest);
    struct str signature = base64url_encode(a, digest, sizeof digest);
    return str_format(a, "%.*s.%.*s", STR_ARGS(input), STR_ARGS(signature));
}

/* RFC 7515, appendix A.1 */
static void the_example_of_the_standard_opens(void **state)
{
    struct care *c = *state;
    struct str token =
        STR("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    struct str key;
    struct error e = {0};
    assert_true(base64url_decode(
        c->arena, STR("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
        &key));
    struct claims_rule rule = {.secrets = {STR_EMPTY, key}};
    const struct json *payload = claims_open(c->arena, token, &rule, &e);
    assert_non_null(payload);
    assert_str(json_text(json_get(payload, "iss")), "joe");
    assert_int_equal(json_int(json_get(payload, "exp"), 0), 1300819380);
    for (size_t i = 0; i < token.len; i++) { /* not one sign of it can be another */
        char *changed = arena_copy(c->arena, token.ptr, token.len);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_null(claims_open(c->arena, (struct str){changed, token.len}, &rule, &e));
    }
}

#define GOOD "\"aud\":\"nuvola\",\"iat\":1799999990,\"exp\":1800000300"
#define JWT  "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static void a_good_token_says_who_it_is(void **state)
{
    struct care *c = *state;
    struct claims claims;
    struct claims_rule rule = rule_of(SECRET, "");
    struct error e = {0};
    const char *payload =
        "{" GOOD ",\"sub\":\"c-4711\",\"iss\":\"https://www.nuvola.example\",\"name\":\" Aisha Bello "
        "\",\"email\":\"aisha@example.org\",\"phone\":\"+39 333 123-4567\",\"locale\":\"it-IT\"}";
    assert_true(claims_read(c->arena, signed_by(c->arena, SECRET, JWT, payload), &rule, &claims, &e));
    assert_str(claims.subject, "c-4711");
    assert_str(claims.name, "Aisha Bello");
    assert_str(claims.email, "aisha@example.org");
    assert_str(claims.phone, "393331234567");
    assert_str(claims.locale, "it-IT");
    payload =
        "{\"aud\":[\"other\",\"nuvola\"],\"iat\":1799999990.5,\"exp\":1800000300,\"sub\":\"è\",\"email\":\"none\","
        "\"phone\":\"333 1234567\",\"name\":7}";
    assert_true(
        claims_read(c->arena, signed_by(c->arena, SECRET, "{\"alg\":\"HS256\"}", payload), &rule, &claims, &e));
    assert_str(claims.subject, "è");
    assert_int_equal(claims.email.len + claims.phone.len + claims.name.len, 0); /* what cannot be used is left out */
    /* while a secret is changed, the one before opens too */
    rule = rule_of("the new one", SECRET);
    assert_true(claims_read(c->arena, signed_by(c->arena, SECRET, JWT, payload), &rule, &claims, &e));
    assert_true(claims_read(c->arena, signed_by(c->arena, "the new one", JWT, payload), &rule, &claims, &e));
    rule = rule_of("the new one", "");
    assert_false(claims_read(c->arena, signed_by(c->arena, SECRET, JWT, payload), &rule, &claims, &e));
}

static void refused(struct care *c, const char *secret, const char *header, const char *payload, const char *why)
{
    struct claims claims;
    struct claims_rule rule = rule_of(SECRET, "");
    struct error e = {0};
    if (claims_read(c->arena, signed_by(c->arena, secret, header, payload), &rule, &claims, &e))
        fail_msg("accepted: %s %s", header, payload);
    assert_int_equal(e.code, ERR_UNAUTHENTICATED);
    if (!strstr(e.message, why))
        fail_msg("“%s” does not say: %s", e.message, why);
}

static void everything_else_is_refused(void **state)
{
    struct care *c = *state;
    const char *good = "{" GOOD ",\"sub\":\"a\"}";
    static const char *const headers[] = {"{\"alg\":\"none\"}",  "{\"alg\":\"None\"}",  "{\"alg\":\"RS256\"}",
                                          "{\"alg\":\"HS512\"}", "{\"alg\":\"hs256\"}", "{\"alg\":[\"HS256\"]}",
                                          "{\"typ\":\"JWT\"}"};
    for (size_t i = 0; i < COUNT_OF(headers); i++)
        refused(c, SECRET, headers[i], good, "alg");
    refused(c, SECRET, "{\"alg\":\"HS256\",\"typ\":\"JWE\"}", good, "typ");
    refused(c, SECRET, "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", good, "crit");
    refused(c, SECRET, "{\"alg\":\"HS256\",\"b64\":false}", good, "crit");
    refused(c, SECRET, "[]", good, "header");
    refused(c, "another", JWT, good, "signed");
    refused(c, "", JWT, good, "signed");
    refused(c, SECRET, JWT, "[1]", "payload");
    static const struct {
        const char *payload, *why;
    } wrong[] = {
        {"{\"aud\":\"nuvola\",\"iat\":1799999990,\"sub\":\"a\"}", "iat and exp"},
        {"{\"aud\":\"nuvola\",\"exp\":1800000300,\"sub\":\"a\"}", "iat and exp"},
        {"{\"aud\":\"nuvola\",\"iat\":\"1799999990\",\"exp\":1800000300,\"sub\":\"a\"}", "iat and exp"},
        {"{\"aud\":\"nuvola\",\"iat\":1799999990,\"exp\":1e300,\"sub\":\"a\"}", "iat and exp"},
        {"{\"aud\":\"nuvola\",\"iat\":1799990000,\"exp\":1800000300,\"sub\":\"a\"}", "an hour"},
        {"{\"aud\":\"nuvola\",\"iat\":1799999990,\"exp\":1799999990,\"sub\":\"a\"}", "an hour"},
        {"{\"aud\":\"nuvola\",\"iat\":1800000031,\"exp\":1800000300,\"sub\":\"a\"}", "clocks"},
        {"{\"aud\":\"nuvola\",\"iat\":1799999000,\"exp\":1799999970,\"sub\":\"a\"}", "over"},
        {"{" GOOD ",\"nbf\":1800000031,\"sub\":\"a\"}", "nbf"},
        {"{" GOOD ",\"nbf\":\"x\",\"sub\":\"a\"}", "nbf"},
        {"{\"aud\":\"nuvola2\",\"iat\":1799999990,\"exp\":1800000300,\"sub\":\"a\"}", "aud"},
        {"{\"iat\":1799999990,\"exp\":1800000300,\"sub\":\"a\"}", "aud"},
        {"{" GOOD ",\"iss\":\"https://evil.example\",\"sub\":\"a\"}", "iss"},
        {"{" GOOD ",\"iss\":\"https://nuvola.example.evil\",\"sub\":\"a\"}", "iss"},
        {"{" GOOD ",\"iss\":null,\"sub\":\"a\"}", "iss"},
        {"{" GOOD "}", "sub"},
        {"{" GOOD ",\"sub\":\"\"}", "sub"},
        {"{" GOOD ",\"sub\":4711}", "sub"},
        {"{" GOOD ",\"sub\":\" a\"}", "sub"},
        {"{" GOOD ",\"sub\":\"a\\u0000b\"}", "sub"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        refused(c, SECRET, JWT, wrong[i].payload, wrong[i].why);
    /* as long before and after as two clocks may differ */
    struct claims claims;
    struct claims_rule rule = rule_of(SECRET, "");
    struct error e = {0};
    const char *late = "{\"aud\":\"nuvola\",\"iat\":1799999000,\"exp\":1799999971,\"sub\":\"a\"}";
    assert_true(claims_read(c->arena, signed_by(c->arena, SECRET, JWT, late), &rule, &claims, &e));
}

static void what_is_no_token_is_refused(void **state)
{
    struct care *c = *state;
    struct claims claims;
    struct claims_rule rule = rule_of(SECRET, "");
    struct error e = {0};
    struct str good = signed_by(c->arena, SECRET, JWT, "{" GOOD ",\"sub\":\"a\"}");
    assert_true(claims_read(c->arena, good, &rule, &claims, &e));
    struct str unsigned_part = str_slice(good, 0, good.len - 43);
    const struct str bad[] = {STR_EMPTY,
                              STR("a"),
                              STR(".."),
                              STR("..."),
                              unsigned_part,
                              str_slice(good, 0, good.len - 44),
                              str_concat(c->arena, good, STR(".")),
                              str_concat(c->arena, good, STR("=")),
                              str_concat(c->arena, STR(" "), good),
                              str_concat(c->arena, good, STR(".x"))};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(claims_read(c->arena, bad[i], &rule, &claims, &e));
    char *long_one = arena_alloc(c->arena, CLAIMS_TOKEN_MAX + 1);
    memset(long_one, 'a', CLAIMS_TOKEN_MAX + 1);
    assert_false(claims_read(c->arena, (struct str){long_one, CLAIMS_TOKEN_MAX + 1}, &rule, &claims, &e));
}

static void origins_are_read(void **state)
{
    struct care *c = *state;
    struct str out, wrong;
    static const char *const good[][2] = {{"https://shop.example", "https://shop.example"},
                                          {" HTTPS://Shop.Example/ ", "https://shop.example"},
                                          {"https://shop.example:443", "https://shop.example"},
                                          {"http://shop.example:80", "http://shop.example"},
                                          {"https://*.shop.example:8443", "https://*.shop.example:8443"},
                                          {"http://localhost:8090", "http://localhost:8090"}};
    static const char *const bad[] = {"",
                                      "shop.example",
                                      "https://",
                                      "https://shop.example/path",
                                      "https://a b",
                                      "https://shop.example; script-src *",
                                      "https://shop.example,https://b.example",
                                      "https://*",
                                      "https://*.",
                                      "https://a.*.example",
                                      "https://shop.example:0",
                                      "https://shop.example:99999",
                                      "https://perché.example",
                                      "ftp://shop.example",
                                      "https://user@shop.example",
                                      "null",
                                      "'self'"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(origin_read(c->arena, str_from(good[i][0]), &out));
        assert_str(out, good[i][1]);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (origin_read(c->arena, str_from(bad[i]), &out))
            fail_msg("\"%s\" is accepted", bad[i]);
    assert_true(
        origins_read(c->arena, STR("https://a.example\r\n\n https://b.example \nhttps://a.example"), &out, &wrong));
    assert_str(out, "https://a.example https://b.example");
    assert_false(origins_read(c->arena, STR("https://a.example\nb.example"), &out, &wrong));
    assert_str(wrong, "b.example");
}

static void only_those_that_are_listed_match(void **state)
{
    (void)state;
    struct str list = STR("https://shop.example https://*.nuvola.example http://localhost:8090");
    static const char *const in[] = {"https://shop.example", "https://www.nuvola.example",
                                     "https://a.b.nuvola.example", "http://localhost:8090"};
    static const char *const out[] = {"",
                                      "http://shop.example",
                                      "https://shop.example.evil",
                                      "https://evilshop.example",
                                      "https://nuvola.example",
                                      "https://evilnuvola.example",
                                      "https://www.nuvola.example:444",
                                      "https://.nuvola.example",
                                      "https://evil.example/x.nuvola.example",
                                      "http://localhost:8091",
                                      "https://"};
    for (size_t i = 0; i < COUNT_OF(in); i++)
        if (!origin_allowed(list, str_from(in[i])))
            fail_msg("\"%s\" is refused", in[i]);
    for (size_t i = 0; i < COUNT_OF(out); i++)
        if (origin_allowed(list, str_from(out[i])))
            fail_msg("\"%s\" is allowed", out[i]);
    assert_false(origin_allowed(STR_EMPTY, STR("https://shop.example")));
}

int care_claims_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(the_example_of_the_standard_opens),
        CARE_TEST(a_good_token_says_who_it_is),
        CARE_TEST(everything_else_is_refused),
        CARE_TEST(what_is_no_token_is_refused),
        CARE_TEST(origins_are_read),
        cmocka_unit_test(only_those_that_are_listed_match),
    };
    return cmocka_run_group_tests_name("care/claims", tests, NULL, NULL);
}
