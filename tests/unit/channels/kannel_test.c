/* SPDX-License-Identifier: Apache-2.0 */
/* Kannel: the password in its calls, what goes out byte by byte, its words as classes. What the gateway really says
 * is tried with one (tests/real). */
#include "support.h"

int channels_kannel_test(void);

static const struct channel *kannel(void)
{
    return channel_of("kannel");
}

static struct settings with(struct arena *a, const char *number, const char *report_url)
{
    struct pair given[] = {{STR("username"), STR("care")},
                           {STR("password"), STR("p&w")},
                           {STR("hook_password"), STR("chiave")},
                           {STR("number"), str_from(number)},
                           {STR("report_url"), str_from(report_url)},
                           {STR("api_base"), STR("http://gw.example:13013/")}};
    struct settings settings;
    struct error e = {0};
    assert_true(settings_make(a, kannel(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e));
    return settings;
}

static bool verify(struct arena *a, struct str header)
{
    struct settings settings = with(a, "", "");
    struct pair headers[] = {{STR("authorization"), header}};
    struct hook hook = {.method = STR("GET"), .headers = {headers, header.ptr ? 1 : 0}, .body = STR("from=1&text=x")};
    struct error e = {0};
    bool ok = kannel()->verify(&settings, &hook, &e);
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, "chiave"));
    }
    return ok;
}

static void its_calls_carry_a_password(void **state)
{
    struct arena *a = *state;
    struct str good = STR("Basic YXNjb2x0bzpjaGlhdmU="); /* printf ascolto:chiave | base64 */
    assert_true(verify(a, good));
    assert_false(verify(a, STR_EMPTY));
    assert_false(verify(a, STR("")));
    for (size_t len = 0; len < good.len; len++)
        assert_false(verify(a, str_slice(good, 0, len)));
    for (size_t i = 0; i < good.len; i++) {
        char *flipped = arena_copy(a, good.ptr, good.len);
        flipped[i] ^= 1;
        assert_false(verify(a, (struct str){flipped, good.len}));
    }
    assert_false(verify(a, str_concat(a, good, STR(" "))));
    assert_false(verify(a, STR("Bearer chiave")));
}

static struct outgoing message(const char *text)
{
    return (struct outgoing){
        .door = STR("sms"), .to = STR("+393480000011"), .text = str_from(text), .idempotency_key = STR("7301")};
}

#define BASE "http://gw.example:13013/cgi-bin/sendsms?username=care&password=p%26w&to=%2B393480000011"

static void a_reply_is_one_get(void **state)
{
    struct arena *a = *state;
    struct settings bare = with(a, "", ""), full = with(a, "39011000", "http://10.0.0.2:8080/hooks/kannel/7");
    struct outgoing m = message("Perché & {no}"), wide = message("È già l’ora 😀");
    struct http_call call;
    struct error e = {0};
    assert_true(kannel()->send(a, &bare, &wide, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(call.url, BASE "&text=%C3%88%20gi%C3%A0%20l%E2%80%99ora%20%F0%9F%98%80&charset=UTF-8&coding=2");
    assert_int_equal(call.body.len, 0);
    assert_true(kannel()->send(a, &full, &m, &call, &e));
    assert_str(call.url,
               BASE "&from=39011000&text=Perch%C3%A9%20%26%20%7Bno%7D&charset=UTF-8&coding=0&dlr-mask=27&dlr-url="
                    "http%3A%2F%2Fascolto%3Achiave%4010.0.0.2%3A8080%2Fhooks%2Fkannel%2F7%3Freport%3D%25d%26sent"
                    "%3Dsent%253A7301%26reason%3D%25A");
}

/* Nobody's answer: to a number, without a thread. */
static void a_notice_is_one_get(void **state)
{
    struct arena *a = *state;
    struct settings full = with(a, "39011000", "http://10.0.0.2:8080/hooks/kannel/7");
    struct outgoing m = {.door = str_from(kannel()->notice),
                         .to = STR("+393480000011"),
                         .text = STR("Giulia ti ha scritto"),
                         .idempotency_key = STR("letter7301")};
    struct http_call call;
    struct outcome out;
    struct error e = {0};
    assert_true(kannel()->send(a, &full, &m, &call, &e));
    assert_str(call.url, BASE "&from=39011000&text=Giulia%20ti%20ha%20scritto&charset=UTF-8&coding=0&dlr-mask=27"
                              "&dlr-url=http%3A%2F%2Fascolto%3Achiave%4010.0.0.2%3A8080%2Fhooks%2Fkannel%2F7"
                              "%3Freport%3D%25d%26sent%3Dsent%253Aletter7301%26reason%3D%25A");
    kannel()->answer(a, &m, &(struct http_reply){.status = 202, .body = STR("0: Accepted for delivery")}, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.external_id, "sent:letter7301"); /* as its reports will name it */
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "", "");
    struct http_call call;
    struct error e = {0};
    struct buf words;
    buf_init(&words, a, 1600);
    for (int i = 0; i < 1530; i++)
        buf_char(&words, 'a');
    struct outgoing fits = message(str_cstr(a, buf_view(&words))), empty = message(" ");
    buf_cstr(&words, "’"); /* now each counts in UTF-16, and there is one more */
    struct outgoing over = message(str_cstr(a, buf_view(&words))), file = message("Ecco");
    const struct outgoing_media picture = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("x")};
    file.media = &picture;
    assert_true(kannel()->send(a, &settings, &fits, &call, &e));
    const struct outgoing *refused[] = {&over, &empty, &file};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(kannel()->send(a, &settings, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
}

static const struct {
    int status;
    const char *words;
    enum failure failure, probe;
} answers[] = {
    {202, "0: Accepted for delivery", FAILURE_NONE, FAILURE_TRANSIENT},
    {202, "3: Queued for later delivery", FAILURE_NONE, FAILURE_TRANSIENT},
    {202, "", FAILURE_NONE, FAILURE_TRANSIENT},
    {403, "Authorization failed for sendsms", FAILURE_TOKEN, FAILURE_TOKEN},
    {403, "Denied", FAILURE_TOKEN, FAILURE_TOKEN},
    {403, "Not routable. Do not try again.", FAILURE_BLOCKED, FAILURE_BLOCKED},
    {400, "Missing receiver number, rejected", FAILURE_BLOCKED, FAILURE_NONE},
    {400, "Sender missing and no global set, rejected", FAILURE_PERMISSION, FAILURE_PERMISSION},
    {400, "Bad message, rejected", FAILURE_CONTENT, FAILURE_CONTENT},
    {503, "Temporal failure, try again later.", FAILURE_TRANSIENT, FAILURE_TRANSIENT},
    {404, "Unknown command.", FAILURE_GONE, FAILURE_GONE},
    {0, "", FAILURE_TRANSIENT, FAILURE_TRANSIENT},
    {502, "<html>", FAILURE_TRANSIENT, FAILURE_TRANSIENT},
};

static void its_words_have_their_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct http_reply reply = {.status = answers[i].status, .body = str_from(answers[i].words)};
        struct outgoing m = message("Eccomi");
        struct outcome out = {0}, probed = {0};
        kannel()->answer(a, &m, &reply, &out);
        kannel()->probed(a, &reply, &probed);
        if (out.failure != answers[i].failure || probed.failure != answers[i].probe)
            fail_msg("%s: %s, %s", answers[i].words, failure_name(out.failure), failure_name(probed.failure));
        assert_int_equal(out.kind, out.failure ? OUTCOME_FAILED : OUTCOME_ACCEPTED);
        if (!out.failure)
            assert_str(out.external_id, "sent:7301"); /* by this name Kannel reports */
        else
            assert_true(out.code.len > 0);
    }
}

/* Of another gateway (Bandwidth): nothing of it is read, in words. */
static void what_others_send_is_refused(void **state)
{
    struct arena *a = *state;
    size_t count;
    if (!shared_or_skip(a, "fixtures/sms_bandwidth"))
        skip();
    const char **names = names_in(a, shared_path(a, "fixtures/sms_bandwidth"), ".json", &count);
    assert_true(count >= 5);
    for (size_t i = 0; i < count; i++) {
        struct str body = slurp(a, shared_path(a, str_format(a, "fixtures/sms_bandwidth/%s", names[i]).ptr));
        struct channel_events events;
        struct error e = {0}, other = {0};
        assert_false(take(a, kannel(), body, &events, &e));
        assert_false(take(a, channel_of("sms"), body, &events, &other));
    }
}

int channels_kannel_test(void)
{
    const struct CMUnitTest tests[] = {TEST(its_calls_carry_a_password), TEST(a_reply_is_one_get),
                                       TEST(a_notice_is_one_get),        TEST(what_cannot_go_is_said_before),
                                       TEST(its_words_have_their_class), TEST(what_others_send_is_refused)};
    return cmocka_run_group_tests_name("channels/kannel", tests, NULL, NULL);
}
