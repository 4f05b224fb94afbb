/* SPDX-License-Identifier: Apache-2.0 */
/* TikTok: a signature with its moment, what goes out byte by byte, answers whose HTTP status says nothing, files,
 * and access for a day. */
#include "support.h"

int channels_tiktok_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z */

static const struct channel *tiktok(void)
{
    return channel_of("tiktok");
}

static struct settings settings_with(struct arena *a, struct pair *more, size_t count)
{
    struct pair given[10] = {{STR("client_secret"), STR("test-tiktok-secret")},
                             {STR("business_id"), STR("biz/1")},
                             {STR("access_token"), STR("TOKEN")}};
    struct settings settings;
    struct error e = {0};
    for (size_t i = 0; i < count; i++)
        given[3 + i] = more[i];
    assert_true(settings_make(a, tiktok(), &(struct pairs){given, 3 + count}, &settings, &e));
    return settings;
}

/* ---- the signature ---- */

static bool verify_at(struct arena *a, struct str value, struct str body, int64_t at)
{
    struct settings settings = settings_with(a, NULL, 0);
    struct pair headers[] = {{STR("tiktok-signature"), value}};
    struct hook hook = {.method = STR("POST"), .headers = {headers, value.ptr ? 1 : 0}, .body = body, .at = at};
    struct error e = {0};
    bool ok = tiktok()->verify(&settings, &hook, &e);
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, "test-tiktok-secret"));
    }
    return ok;
}

/* printf '1763740000.{"event":"x"}' | openssl dgst -sha256 -hmac test-tiktok-secret */
#define SIGNED "98b71bebeb287015e6ab9bb21bd60b29d01045b2ebc0c7cffeeb170c345a8204"

static void the_signature_is_over_moment_and_bytes(void **state)
{
    struct arena *a = *state;
    struct str body = STR("{\"event\":\"x\"}"), good = STR("t=1763740000,s=" SIGNED);
    assert_true(verify_at(a, good, body, NOW));
    assert_true(verify_at(a, STR("s=" SIGNED ", t=1763740000"), body, NOW)); /* by name, not by place */
    assert_false(verify_at(a, (struct str){NULL, 0}, body, NOW));
    for (size_t len = 0; len < good.len; len++)
        assert_false(verify_at(a, str_slice(good, 0, len), body, NOW));
    for (size_t i = 0; i < good.len; i++) {
        char *flipped = arena_copy(a, good.ptr, good.len);
        flipped[i] ^= 1;
        assert_false(verify_at(a, (struct str){flipped, good.len}, body, NOW));
    }
    for (size_t i = 0; i < body.len; i++) {
        char *flipped = arena_copy(a, body.ptr, body.len);
        flipped[i] ^= 1;
        assert_false(verify_at(a, good, (struct str){flipped, body.len}, NOW));
    }
    static const char *const wrong[] = {SIGNED,
                                        "s=" SIGNED,
                                        "t=1763740000",
                                        "t=,s=" SIGNED,
                                        "t=1763740000,s=",
                                        "t=1763740000,s=" SIGNED "0",
                                        "t=1763740000,s=" SIGNED ",s=" SIGNED,
                                        "t=1763740000,t=1763740000,s=" SIGNED,
                                        "t=1763740000;s=" SIGNED,
                                        "t=01763740000,s=" SIGNED,
                                        "t=1763740000.0,s=" SIGNED,
                                        "t=1763740000,v=2,s=" SIGNED,
                                        "T=1763740000,s=" SIGNED,
                                        "t=99999999999999999999,s=" SIGNED};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(verify_at(a, str_from(wrong[i]), body, NOW));
    char *upper = arena_copy(a, good.ptr, good.len);
    for (size_t i = 15; i < good.len; i++)
        upper[i] = (char)(upper[i] >= 'a' && upper[i] <= 'f' ? upper[i] - 32 : upper[i]);
    assert_false(verify_at(a, (struct str){upper, good.len}, body, NOW));
}

/* A byte of 0 ends nothing: what stands behind it is signed as well. */
static void all_bytes_are_signed(void **state)
{
    static const char bytes[] = "{\0\"event\":\"x\"}";
    struct arena *a = *state;
    struct str body = {bytes, sizeof bytes - 1};
    unsigned char digest[SHA256_BYTES];
    char *flipped = arena_copy(a, body.ptr, body.len);
    hmac_sha256(STR("test-tiktok-secret"), str_concat(a, STR("1763740000."), body), digest);
    struct str good = str_concat(a, STR("t=1763740000,s="), hex_encode(a, digest, sizeof digest));
    assert_true(verify_at(a, good, body, NOW));
    flipped[5] ^= 1;
    assert_false(verify_at(a, good, (struct str){flipped, body.len}, NOW));
}

/* A webhook that somebody kept is not said again later. */
static void an_old_signature_is_refused(void **state)
{
    struct arena *a = *state;
    struct str body = STR("{\"event\":\"x\"}"), good = STR("t=1763740000,s=" SIGNED);
    static const struct {
        int seconds;
        bool taken;
    } cases[] = {{0, true}, {300, true}, {-300, true}, {301, false}, {-301, false}, {86400, false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(verify_at(a, good, body, NOW + cases[i].seconds * SECOND_US), cases[i].taken);
    assert_true(verify_at(a, good, body, 0)); /* nobody knows when it came */
}

/* ---- in ---- */

static void what_europe_writes_is_shut(void **state)
{
    struct channel_events events;
    struct error e = {0};
    assert_true(take(*state, tiktok(),
                     STR("{\"event\":\"im_receive_msg_eu\",\"user_openid\":\"biz\",\"create_time\":1,"
                         "\"content\":\"{}\"}"),
                     &events, &e));
    assert_int_equal(events.count, 1);
    assert_string_equal(events.items[0].shut, "region");
    assert_int_equal(events.items[0].author.external_id.len, 0);
    assert_int_equal(events.items[0].message, MESSAGE_UNSUPPORTED);
}

static void our_own_comments_are_known_by_another_id(void **state)
{
    struct arena *a = *state;
    struct pair more[] = {{STR("own_identifier"), STR("7105")}, {STR("username"), STR("nuvola")}};
    struct settings with = settings_with(a, more, 2), without = settings_with(a, NULL, 0);
    struct str body =
        STR("{\"event\":\"comment.update\",\"user_openid\":\"biz/1\",\"content\":\"{\\\"comment_id\\\":1,"
            "\\\"video_id\\\":2,\\\"comment_action\\\":\\\"insert\\\",\\\"unique_identifier\\\":"
            "\\\"7105\\\",\\\"text\\\":\\\"Ciao\\\"}\"}");
    struct channel_events events = {.arena = a}, others = {.arena = a};
    struct error e = {0};
    assert_true(tiktok()->receive(a, &with, body, &events, &e));
    assert_true(events.items[0].echo);
    assert_str(events.items[0].link, "https://www.tiktok.com/@nuvola/video/2");
    assert_true(tiktok()->receive(a, &without, body, &others, &e));
    assert_false(others.items[0].echo); /* never taken for ours by a guess */
}

/* ---- out ---- */

static struct outgoing comment(const char *text)
{
    return (struct outgoing){.door = STR("comment"),
                             .to = STR("7105000111122223333"),
                             .parent_id = STR("7247303576418566913"),
                             .thread_key = STR("post:7203946942097902849"),
                             .text = str_from(text),
                             .now = NOW};
}

static struct outgoing direct(const char *text)
{
    return (struct outgoing){.door = STR("dm"),
                             .to = STR("7105000111122223333"),
                             .thread_key = STR("dm:u5J+/=="),
                             .text = str_from(text),
                             .answered_at = NOW - HOUR_US,
                             .now = NOW};
}

static void goes_out(struct arena *a, const struct settings *settings, const struct outgoing *m, const char *url,
                     const char *body)
{
    struct http_call call;
    struct error e = {0};
    if (!tiktok()->send(a, settings, m, &call, &e))
        fail_msg("%s", e.message);
    assert_str(call.url, url);
    assert_str(pairs_get(&call.headers, STR("Access-Token")), "TOKEN");
    assert_int_equal(pairs_get(&call.headers, STR("Authorization")).len, 0);
    if (body)
        assert_str(call.body, body);
}

#define API "https://business-api.tiktok.com/open_api/v1.3/"

static void words_go_out(void **state)
{
    struct arena *a = *state;
    struct pair bearer[] = {{STR("username"), STR("n")}};
    struct settings settings = settings_with(a, bearer, 1);
    struct outgoing m = comment("Ecco «il terzo» 😀"), dm = direct("Ciao & grazie");
    goes_out(a, &settings, &m, API "business/comment/reply/create/",
             "{\"business_id\":\"biz/1\",\"video_id\":\"7203946942097902849\",\"comment_id\":\"7247303576418566913\","
             "\"text\":\"Ecco «il terzo» 😀\"}");
    goes_out(
        a, &settings, &dm, API "business/message/send/",
        "{\"business_id\":\"biz/1\",\"recipient_type\":\"CONVERSATION\",\"recipient\":\"u5J+/==\",\"message_type\":"
        "\"TEXT\",\"text\":{\"body\":\"Ciao & grazie\"}}");
    m.account = STR("another");
    goes_out(a, &settings, &m, API "business/comment/reply/create/", NULL);
    for (size_t i = 0; i < settings.values.count; i++) /* pasted with its kind in front */
        if (str_eq(settings.values.items[i].name, STR("access_token")))
            settings.values.items[i].value = STR("Bearer TOKEN");
    goes_out(a, &settings, &m, API "business/comment/reply/create/", NULL);
}

static void a_picture_takes_steps(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    const struct outgoing_media png = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("PNG")},
                                pdf = {
                                    .mime = STR("application/pdf"), .file_name = STR("a.pdf"), .bytes = STR("PDF")};
    struct outgoing m = direct("Eccola");
    struct outcome out = {0};
    m.media = &png;
    goes_out(a, &settings, &m,
             API "business/message/capabilities/get/?business_id=biz%2F1&conversation_id=u5J%2B%2F%3D%3D&"
                 "conversation_type=SINGLE&capability_types=%5B%22IMAGE_SEND%22%5D",
             NULL);
    struct http_reply may = {.status = 200,
                             .body = STR("{\"code\":0,\"data\":{\"capability_infos\":[{\"capability_type\":"
                                         "\"IMAGE_SEND\",\"capability_result\":true}]}}")};
    tiktok()->answer(a, &m, &may, &out);
    assert_int_equal(out.kind, OUTCOME_NEXT);
    struct http_reply may_not = {.status = 200,
                                 .body = STR("{\"code\":0,\"data\":{\"capability_infos\":[{\"capability_type\":"
                                             "\"IMAGE_SEND\",\"capability_result\":false}]}}")};
    tiktok()->answer(a, &m, &may_not, &out);
    assert_int_equal(out.failure, FAILURE_CONTENT);
    m.step = 1;
    goes_out(a, &settings, &m, API "business/message/media/upload/", NULL);
    struct http_reply uploaded = {.status = 200, .body = STR("{\"code\":0,\"data\":{\"media_id\":\"v0/1\"}}")};
    tiktok()->answer(a, &m, &uploaded, &out);
    assert_str(out.carry, "v0/1");
    m.step = 2;
    m.carry = out.carry;
    goes_out(
        a, &settings, &m, API "business/message/send/",
        "{\"business_id\":\"biz/1\",\"recipient_type\":\"CONVERSATION\",\"recipient\":\"u5J+/==\",\"message_type\":"
        "\"IMAGE\",\"image\":{\"media_id\":\"v0/1\"}}");
    struct http_reply sent = {.status = 200,
                              .body = STR("{\"code\":0,\"data\":{\"message\":{\"message_id\":\"9\"}}}")};
    tiktok()->answer(a, &m, &sent, &out);
    assert_int_equal(out.kind, OUTCOME_NEXT); /* the words follow */
    m.step = 3;
    goes_out(
        a, &settings, &m, API "business/message/send/",
        "{\"business_id\":\"biz/1\",\"recipient_type\":\"CONVERSATION\",\"recipient\":\"u5J+/==\",\"message_type\":"
        "\"TEXT\",\"text\":{\"body\":\"Eccola\"}}");
    tiktok()->answer(a, &m, &sent, &out);
    assert_str(out.external_id, "9");
    m.step = 2;
    m.text = STR_EMPTY;
    tiktok()->answer(a, &m, &sent, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    struct http_call call;
    struct error e = {0};
    m.step = 0;
    m.media = &pdf;
    assert_false(tiktok()->send(a, &settings, &m, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    struct http_call call;
    struct error e = {0};
    struct buf words;
    buf_init(&words, a, 8192);
    for (int i = 0; i < 1200; i++)
        buf_cstr(&words, "😀");
    struct outgoing fits = comment(str_cstr(a, buf_view(&words)));
    buf_char(&words, '.');
    struct outgoing over = comment(str_cstr(a, buf_view(&words))), empty = comment(" "), alone = comment("x");
    struct outgoing nowhere = comment("x"), first = direct("x"), file = comment("x");
    const struct outgoing_media png = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("PNG")};
    alone.parent_id = STR_EMPTY;
    nowhere.thread_key = STR("dm:1");
    first.thread_key = STR("post:1"); /* nobody begins a talk */
    file.media = &png;
    assert_true(tiktok()->send(a, &settings, &fits, &call, &e));
    const struct outgoing *refused[] = {&over, &empty, &alone, &nowhere, &first, &file};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(tiktok()->send(a, &settings, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
    struct pair given[] = {{STR("client_secret"), STR("s")}, {STR("business_id"), STR("b")}};
    assert_true(settings_make(a, tiktok(), &(struct pairs){given, 2}, &settings, &e));
    assert_false(tiktok()->send(a, &settings, &fits, &call, &e));
    assert_int_equal(e.code, ERR_UNAUTHENTICATED);
}

/* ---- answers ---- */

static const struct {
    const char *door;
    int status;
    const char *body;
    enum failure failure;
    int seconds;
    const char *says; /* the id, or the words */
} answers[] = {
    {"comment", 200, "{\"code\":0,\"message\":\"OK\",\"data\":{\"comment_id\":7247303576418566999}}", FAILURE_NONE, 0,
     "7247303576418566999"},
    {"dm", 200, "{\"code\":0,\"data\":{\"message\":{\"message_id\":\"u5+/=\"}}}", FAILURE_NONE, 0, "u5+/="},
    {"dm", 200, "{\"code\":0,\"data\":{\"message_id\":\"7\"}}", FAILURE_NONE, 0, "7"},
    {"comment", 200, "{\"code\":0,\"message\":\"OK\"}", FAILURE_NONE, 0, ""},
    {"comment", 200, "<html>", FAILURE_NONE, 0, ""}, /* taken, though nobody can read how */
    {"comment", 200, "{\"code\":40105,\"message\":\"Access token is incorrect or has been revoked.\",\"data\":{}}",
     FAILURE_TOKEN, 0, "Access token is incorrect or has been revoked."},
    {"comment", 200, "{\"code\":40102,\"message\":\"expired\"}", FAILURE_TOKEN, 0, "expired"},
    {"comment", 200, "{\"code\":40001,\"message\":\"No permission to operate\"}", FAILURE_PERMISSION, 0, NULL},
    {"comment", 200, "{\"code\":40100,\"message\":\"Too frequent\"}", FAILURE_RATE, 300, NULL},
    {"comment", 200, "{\"code\":41234,\"message\":\"Too many requests. Please retry in some time.\"}", FAILURE_RATE,
     300, NULL},
    {"comment", 200, "{\"code\":40007,\"message\":\"Target does not exist\"}", FAILURE_GONE, 0, NULL},
    {"comment", 200, "{\"code\":40002,\"message\":\"The comment does not exist\"}", FAILURE_GONE, 0, NULL},
    {"comment", 200, "{\"code\":40002,\"message\":\"text: Length must be between 1 and 1200\"}", FAILURE_CONTENT, 0,
     NULL},
    {"dm", 200, "{\"code\":40908,\"message\":\"Unsupported file type\"}", FAILURE_CONTENT, 0, NULL},
    {"dm", 200, "{\"code\":40064,\"message\":\"Blocked by direct message rules\"}", FAILURE_BLOCKED, 0, NULL},
    {"dm", 200, "{\"code\":40064,\"message\":\"The 48 hours are over\"}", FAILURE_WINDOW, 0, NULL},
    {"dm", 200, "{\"code\":40007,\"message\":\"The conversation does not exist.\"}", FAILURE_BLOCKED, 0, NULL},
    {"dm", 200, "{\"code\":51065,\"message\":\"System error\"}", FAILURE_TRANSIENT, 0, NULL},
    {"comment", 200, "{\"code\":49999,\"message\":\"\"}", FAILURE_CONTENT, 0, "TikTok refused without a word."},
    {"comment", 401, "", FAILURE_TOKEN, 0, NULL},
    {"comment", 404, "{\"message\":\"not found\"}", FAILURE_GONE, 0, NULL},
    {"comment", 429, "", FAILURE_RATE, 300, NULL},
    {"comment", 503, "{\"code\":40002,\"message\":\"x\"}", FAILURE_TRANSIENT, 0, NULL},
    {"comment", 0, "", FAILURE_TRANSIENT, 0, NULL},
};

static void every_answer_has_its_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct http_reply reply = {.status = answers[i].status, .body = str_from(answers[i].body)};
        struct outgoing m = *answers[i].door == 'd' ? direct("Eccomi") : comment("Eccomi");
        struct outcome out = {0};
        tiktok()->answer(a, &m, &reply, &out);
        if (out.failure != answers[i].failure || out.retry_seconds != answers[i].seconds)
            fail_msg("%d %s: %s, %d s", answers[i].status, answers[i].body, failure_name(out.failure),
                     out.retry_seconds);
        if (answers[i].says)
            assert_str(answers[i].failure ? out.words : out.external_id, answers[i].says);
    }
    /* one code for many reasons: what we know ourselves tells them apart */
    struct http_reply rules = {.status = 200, .body = STR("{\"code\":40064,\"message\":\"Blocked by rules\"}")};
    struct outgoing late = direct("Eccomi");
    struct outcome out = {0};
    late.answered_at = NOW - 49 * HOUR_US;
    tiktok()->answer(a, &late, &rules, &out);
    assert_int_equal(out.failure, FAILURE_WINDOW);
}

static void health_is_that_of_the_account(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    struct outcome out = {0};
    struct http_call call;
    struct error e = {0};
    assert_true(tiktok()->probe(a, &settings, &call, &e));
    assert_str(call.url, API "business/get/?business_id=biz%2F1&fields=%5B%22username%22%2C%22display_name%22%5D");
    struct http_reply us = {.status = 200,
                            .body = STR("{\"code\":0,\"data\":{\"username\":\"n\",\"display_name\":\"Nuvola\"}}")};
    tiktok()->probed(a, &us, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.words, "Nuvola");
    struct http_reply another = {.status = 200,
                                 .body = STR("{\"code\":40002,\"message\":\"business_id is invalid\"}")};
    tiktok()->probed(a, &another, &out);
    assert_int_equal(out.failure, FAILURE_PERMISSION);
    struct http_reply revoked = {.status = 200, .body = STR("{\"code\":40105,\"message\":\"revoked\"}")};
    tiktok()->probed(a, &revoked, &out);
    assert_int_equal(out.failure, FAILURE_TOKEN);
}

/* ---- files ---- */

static void the_token_goes_to_tiktok_alone(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    struct channel_media file = {.media_id = STR("u5J+/== m+1 v0f IMAGE")};
    struct channel_media picture = {.url = STR("https://p16.tiktokcdn.com/1.webp")},
                         plain = {.url = STR("http://x/1")};
    struct http_call call;
    struct error e = {0};
    assert_true(tiktok()->media(a, &settings, &file, 0, STR_EMPTY, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, API "business/message/media/download/");
    assert_str(call.body,
               "{\"business_id\":\"biz/1\",\"conversation_id\":\"u5J+/==\",\"message_id\":\"m+1\",\"media_id\":"
               "\"v0f\",\"media_type\":\"IMAGE\"}");
    static const struct {
        const char *url;
        bool taken, token;
    } addresses[] = {{"https://business-api.tiktok.com/f/1", true, true}, {"https://v16.tiktok.com/1", true, true},
                     {"https://v16.tiktokcdn.com/1", true, false},        {"https://eviltiktok.com/1", true, false},
                     {"http://v16.tiktok.com/1", false, false},           {"", false, false}};
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct str carry = str_format(a, "{\"code\":0,\"data\":{\"download_url\":\"%s\"}}", addresses[i].url);
        call = (struct http_call){0};
        assert_int_equal(tiktok()->media(a, &settings, &file, 1, carry, &call, &e), addresses[i].taken);
        assert_int_equal(pairs_get(&call.headers, STR("x-user")).len > 0, addresses[i].token);
        assert_int_equal(pairs_get(&call.headers, STR("Access-Token")).len, 0);
    }
    assert_true(tiktok()->media(a, &settings, &picture, 0, STR_EMPTY, &call, &e));
    assert_int_equal(call.headers.count, 0);
    assert_false(tiktok()->media(a, &settings, &plain, 0, STR_EMPTY, &call, &e));
}

/* ---- access ---- */

static const struct consent consent_of = {.redirect_uri = {"https://care.example/desk/channels/consent", 42},
                                          .state = {"5ea1ed", 6},
                                          .verifier = {"the-verifier", 12},
                                          .challenge = {"the-challenge", 13}};

static void the_account_agrees_and_access_is_renewed(void **state)
{
    struct arena *a = *state;
    struct pair more[] = {{STR("client_key"), STR("key 1")}, {STR("refresh_token"), STR("R/1")}};
    struct settings with = settings_with(a, more, 2), without = settings_with(a, NULL, 0);
    struct http_call call;
    struct str url;
    struct error e = {0};
    assert_true(tiktok()->consent(a, &with, &consent_of, &url, &e));
    assert_str(url,
               "https://www.tiktok.com/v2/auth/authorize/?response_type=code&client_id=key%201&redirect_uri=https%3A"
               "%2F%2Fcare.example%2Fdesk%2Fchannels%2Fconsent%2F&scope=user.info.basic%2Cvideo.list%2Ccomment.list"
               "%2Ccomment.list.manage&state=5ea1ed&client_key=key%201&disable_auto_auth=1");
    assert_true(tiktok()->consented(a, &with, &consent_of, STR("c/1"), &call, &e));
    assert_str(call.url, API "tt_user/oauth2/token/");
    assert_str(call.body, "{\"client_id\":\"key 1\",\"client_secret\":\"test-tiktok-secret\",\"grant_type\":"
                          "\"authorization_code\",\"auth_code\":\"c/1\",\"redirect_uri\":\"https://care.example/desk/"
                          "channels/consent/\"}");
    assert_true(tiktok()->renew(a, &with, &call, &e));
    assert_str(call.url, API "tt_user/oauth2/refresh_token/");
    assert_str(call.body, "{\"client_id\":\"key 1\",\"client_secret\":\"test-tiktok-secret\",\"grant_type\":"
                          "\"refresh_token\",\"refresh_token\":\"R/1\"}");
    assert_int_equal(pairs_get(&call.headers, STR("Access-Token")).len, 0);
    assert_false(tiktok()->consent(a, &without, &consent_of, &url, &e));
    assert_false(tiktok()->consented(a, &without, &consent_of, STR("c"), &call, &e));
    assert_false(tiktok()->renew(a, &without, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static const struct {
    int status;
    const char *body;
    int seconds;
    enum failure failure;
} renewals[] = {
    {200,
     "{\"code\":0,\"data\":{\"access_token\":\"t\",\"expires_in\":86400,\"refresh_token\":\"r\","
     "\"refresh_token_expires_in\":31536000,\"open_id\":\"biz-2\"}}",
     43200, FAILURE_NONE}, /* twice a day */
    {200, "{\"code\":0,\"data\":{\"access_token\":\"t\"}}", 43200, FAILURE_NONE},
    {200, "{\"code\":0,\"data\":{}}", 0, FAILURE_TRANSIENT},
    {200, "{\"code\":40103,\"message\":\"The refresh token is expired\"}", 0, FAILURE_TOKEN},
    {200, "{\"code\":40002,\"message\":\"auth_code is invalid\"}", 0, FAILURE_TOKEN},
    {200, "{\"code\":40100,\"message\":\"Too frequent\"}", 0, FAILURE_RATE},
    {200, "<html>", 0, FAILURE_TRANSIENT},
    {503, "", 0, FAILURE_TRANSIENT},
    {0, "", 0, FAILURE_TRANSIENT},
};

static void what_comes_of_it(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(renewals); i++) {
        struct http_reply reply = {.status = renewals[i].status, .body = str_from(renewals[i].body), .at = NOW};
        struct pairs changed = {0};
        struct outcome out = {0};
        assert_int_equal(tiktok()->renewed(a, &reply, &changed, &out), renewals[i].seconds);
        assert_int_equal(out.failure, renewals[i].failure);
        if (i == 0) {
            assert_str(pairs_get(&changed, STR("access_token")), "t");
            assert_str(pairs_get(&changed, STR("refresh_token")), "r");
            assert_str(pairs_get(&changed, STR("business_id")), "biz-2");
            assert_str(pairs_get(&changed, STR(SETTING_CONSENT_UNTIL)), "1795276000");
        }
    }
}

int channels_tiktok_test(void)
{
    const struct CMUnitTest tests[] = {TEST(the_signature_is_over_moment_and_bytes),
                                       TEST(all_bytes_are_signed),
                                       TEST(an_old_signature_is_refused),
                                       TEST(what_europe_writes_is_shut),
                                       TEST(our_own_comments_are_known_by_another_id),
                                       TEST(words_go_out),
                                       TEST(a_picture_takes_steps),
                                       TEST(what_cannot_go_is_said_before),
                                       TEST(every_answer_has_its_class),
                                       TEST(health_is_that_of_the_account),
                                       TEST(the_token_goes_to_tiktok_alone),
                                       TEST(the_account_agrees_and_access_is_renewed),
                                       TEST(what_comes_of_it)};
    return cmocka_run_group_tests_name("channels/tiktok", tests, NULL, NULL);
}
