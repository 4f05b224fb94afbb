/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes and signatures: the right ones pass, everything near them is refused. */
#include "support.h"

int channels_signature_test(void);

static bool verify_as(struct arena *a, const struct channel *channel, const char *secret_name, struct str secret,
                      const char *header, struct str value, struct str body)
{
    struct settings settings = settings_of(a, channel);
    struct error e = {0};
    for (size_t i = 0; i < settings.values.count; i++)
        if (str_eq(settings.values.items[i].name, str_from(secret_name)))
            settings.values.items[i].value = secret;
    assert_str(settings_get(&settings, secret_name), str_cstr(a, secret));
    struct pair headers[] = {{STR("content-type"), STR("application/json")}, {str_from(header), value}};
    struct hook hook = {.method = STR("POST"), .headers = {headers, value.ptr ? 2 : 1}, .body = body};
    bool ok = channel->verify(&settings, &hook, &e);
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, str_cstr(a, secret)));
    }
    return ok;
}

/* A signature that passes, and what must not. */
static void check_signature(struct arena *a, const struct channel *channel, const char *secret_name,
                            struct str secret, const char *header, struct str good, struct str body)
{
#define VERIFY(sig, bytes) verify_as(a, channel, secret_name, secret, header, sig, bytes)
    assert_true(VERIFY(good, body));
    assert_false(VERIFY(STR_EMPTY, body));
    assert_false(verify_as(a, channel, secret_name, STR("another"), header, good, body));
    for (size_t i = 0; i < body.len; i++) { /* each byte counts */
        char *flipped = arena_copy(a, body.ptr, body.len);
        flipped[i] ^= 1;
        assert_false(VERIFY(good, ((struct str){flipped, body.len})));
    }
    for (size_t i = 0; i < good.len; i++) { /* of the header too */
        char *flipped = arena_copy(a, good.ptr, good.len);
        flipped[i] ^= 1;
        assert_false(VERIFY(((struct str){flipped, good.len}), body));
    }
    for (size_t len = 0; len < good.len; len++)
        assert_false(VERIFY(((struct str){good.ptr, len}), body));
    struct str digest = str_slice(good, 7, good.len);
    assert_false(VERIFY(digest, body));
    assert_false(VERIFY(str_concat(a, STR("sha1="), digest), body));
    assert_false(VERIFY(str_concat(a, STR("SHA256="), digest), body));
    assert_false(VERIFY(str_concat(a, good, STR("0")), body));
    assert_false(VERIFY(str_concat(a, good, STR(" ")), body));
    assert_false(VERIFY(str_concat(a, STR(" "), good), body));
    char *upper = arena_copy(a, good.ptr, good.len);
    for (size_t i = 7; i < good.len; i++)
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] - 32);
    assert_false(VERIFY(((struct str){upper, good.len}), body));
#undef VERIFY
}

static void meta_signatures(void **state)
{
    /* HMAC-SHA256 computed apart: printf '{"object":"page","entry":[]}' | openssl dgst -sha256 -hmac 'un
     * segreto' */
    struct str body = STR("{\"object\":\"page\",\"entry\":[]}");
    struct str good = STR("sha256=a555cfde087af434bf001179c47766823ab016a0b8591ffdf9c21ea5efefa7c4");
    check_signature(*state, channel_of("facebook"), "app_secret", STR("un segreto"), "x-hub-signature-256", good,
                    body);
    check_signature(*state, channel_of("whatsapp"), "app_secret", STR("un segreto"), "x-hub-signature-256", good,
                    body);
    check_signature(*state, channel_of("instagram"), "app_secret", STR("un segreto"), "x-hub-signature-256", good,
                    body);
    check_signature(*state, channel_of("threads"), "app_secret", STR("un segreto"), "x-hub-signature-256", good,
                    body);
}

static void x_signatures(void **state)
{
    /* … -binary | base64 */
    check_signature(*state, channel_of("x"), "consumer_secret", STR("un segreto"), "x-twitter-webhooks-signature",
                    STR("sha256=KPLej2YTd060I1096wC/OrxDAjxoriEsTk/nEaYJYv4="),
                    STR("{\"data\":{\"event_uuid\":\"-1\"}}"));
}

static void empty_body_is_signed_too(void **state)
{
    struct arena *a = *state;
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(STR("k"), STR_EMPTY, digest);
    struct str good = str_concat(a, STR("sha256="), hex_encode(a, digest, sizeof digest));
    assert_true(verify_as(a, channel_of("facebook"), "app_secret", STR("k"), "x-hub-signature-256", good, STR_EMPTY));
}

static const char *member(struct arena *a, const struct json *vector, const char *name)
{
    return str_cstr(a, json_text(json_get(vector, name)));
}

/* The published vectors of the networks we have. */
static void shared_vectors(void **state)
{
    struct arena *a = *state;
    if (!shared_or_skip(a, "fixtures/_signatures"))
        skip();
    struct error e = {0};
    struct json *vectors = json_parse(a, slurp(a, shared_path(a, "fixtures/_signatures/vectors.json")), &e);
    assert_non_null(vectors);
    int meta = 0, crc = 0, posts = 0, vibers = 0, li = 0, tt = 0, lines = 0, telegrams = 0;
    for (size_t i = 0; i < json_count(vectors); i++) {
        const struct json *v = json_at(vectors, i);
        struct str network = json_text(json_get(v, "network")), secret = json_text(json_get(v, "secret"));
        struct str body = json_text(json_get(v, "body")), expected = json_text(json_get(v, "expected"));
        if (str_starts(network, STR("meta"))) {
            check_signature(a, channel_of("facebook"), "app_secret", secret, "x-hub-signature-256", expected, body);
            check_signature(a, channel_of("whatsapp"), "app_secret", secret, "x-hub-signature-256", expected, body);
            check_signature(a, channel_of("instagram"), "app_secret", secret, "x-hub-signature-256", expected, body);
            check_signature(a, channel_of("threads"), "app_secret", secret, "x-hub-signature-256", expected, body);
            meta++;
        } else if (str_eq(network, STR("x")) && body.len) {
            check_signature(a, channel_of("x"), "consumer_secret", secret, "x-twitter-webhooks-signature", expected,
                            body);
            posts++;
        } else if (str_eq(network, STR("linkedin")) && body.len) {
            const char *header = "x-li-signature", *name = "client_secret";
            struct str other = json_text(json_get(v, "alternative"));
            assert_true(verify_as(a, channel_of("linkedin"), name, secret, header, expected, body));
            assert_true(verify_as(a, channel_of("linkedin"), name, secret, header, other, body));
            li++;
        } else if (str_eq(network, STR("tiktok"))) {
            const struct channel *tiktok = channel_of("tiktok");
            assert_true(verify_as(a, tiktok, "client_secret", secret, "tiktok-signature", expected, body));
            tt++;
        } else if (str_eq(network, STR("x"))) {
            struct settings settings = settings_of(a, channel_of("x"));
            struct pair query[] = {{STR("crc_token"), str_from(member(a, v, "crc_token"))}};
            struct hook hook = {.method = STR("GET"), .query = {query, 1}};
            struct str reply, type;
            assert_true(channel_of("x")->handshake(a, &settings, &hook, &reply, &type, &e));
            assert_str(reply, str_format(a, "{\"response_token\":\"%.*s\"}", STR_ARGS(expected)).ptr);
            crc++;
        } else if (str_eq(network, STR("viber"))) {
            assert_true(
                verify_as(a, channel_of("viber"), "auth_token", secret, "x-viber-content-signature", expected, body));
            vibers++;
        } else if (str_eq(network, STR("line"))) {
            assert_true(
                verify_as(a, channel_of("line"), "channel_secret", secret, "x-line-signature", expected, body));
            lines++;
        } else if (str_eq(network, STR("telegram"))) {
            assert_true(verify_as(a, channel_of("telegram"), "secret_token", secret,
                                  "x-telegram-bot-api-secret-token", expected, body));
            telegrams++;
        }
    }
    assert_true(meta == 1 && crc == 1 && posts == 1 && vibers == 1 && li == 1 && tt == 1);
    assert_true(lines == 1 && telegrams == 1);
}

static bool shake(struct arena *a, const char *network, struct pair *query, size_t count, struct str *reply,
                  struct str *type, struct error *e)
{
    const struct channel *channel = channel_of(network);
    struct settings settings = settings_of(a, channel);
    struct hook hook = {.method = STR("GET"), .query = {query, count}};
    return channel->handshake(a, &settings, &hook, reply, type, e);
}

static void meta_handshake_answers_the_challenge(void **state)
{
    struct str reply, type;
    struct error e = {0};
    struct pair query[] = {{STR("hub.mode"), STR("subscribe")},
                           {STR("hub.challenge"), STR("<b>1158201444</b>")},
                           {STR("hub.verify_token"), STR("our word")}};
    assert_true(shake(*state, "facebook", query, 3, &reply, &type, &e));
    assert_str(reply, "<b>1158201444</b>");
    assert_str(type, "text/plain; charset=utf-8"); /* what is reflected is never HTML */
    assert_true(shake(*state, "whatsapp", query, 3, &reply, &type, &e));
    assert_true(shake(*state, "instagram", query, 3, &reply, &type, &e));
    assert_true(shake(*state, "threads", query, 3, &reply, &type, &e));

    query[2].value = STR("our worD");
    assert_false(shake(*state, "facebook", query, 3, &reply, &type, &e));
    assert_int_equal(e.code, ERR_FORBIDDEN);
    assert_false(shake(*state, "facebook", query, 2, &reply, &type, &e));
    assert_int_equal(e.code, ERR_FORBIDDEN);
    query[2].value = STR("our word");
    query[0].value = STR("unsubscribe");
    assert_false(shake(*state, "facebook", query, 3, &reply, &type, &e));
    assert_int_equal(e.code, ERR_MALFORMED);
}

static void without_a_verify_token_nobody_passes(void **state)
{
    struct arena *a = *state;
    struct pair given[] = {{STR("app_secret"), STR("s")}};
    struct settings settings;
    struct error e = {0};
    assert_true(settings_make(a, channel_of("facebook"), &(struct pairs){given, 1}, &settings, &e));
    struct pair query[] = {
        {STR("hub.mode"), STR("subscribe")}, {STR("hub.challenge"), STR("1")}, {STR("hub.verify_token"), STR("")}};
    struct hook hook = {.method = STR("GET"), .query = {query, 3}};
    struct str reply, type;
    assert_false(channel_of("facebook")->handshake(a, &settings, &hook, &reply, &type, &e));
    assert_int_equal(e.code, ERR_FORBIDDEN);
}

static void x_handshake_needs_a_token(void **state)
{
    struct str reply, type;
    struct error e = {0};
    assert_false(shake(*state, "x", NULL, 0, &reply, &type, &e));
    assert_int_equal(e.code, ERR_MALFORMED);
    struct pair query[] = {{STR("crc_token"), STR("</script>")}};
    assert_true(shake(*state, "x", query, 1, &reply, &type, &e));
    assert_str(type, "application/json");
    assert_int_equal(str_find(reply, STR("script")), -1); /* the token itself is not reflected */
}

int channels_signature_test(void)
{
    const struct CMUnitTest tests[] = {TEST(meta_signatures),
                                       TEST(x_signatures),
                                       TEST(empty_body_is_signed_too),
                                       TEST(shared_vectors),
                                       TEST(meta_handshake_answers_the_challenge),
                                       TEST(without_a_verify_token_nobody_passes),
                                       TEST(x_handshake_needs_a_token)};
    return cmocka_run_group_tests_name("channels/signature", tests, NULL, NULL);
}
