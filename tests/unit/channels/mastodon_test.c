/* SPDX-License-Identifier: Apache-2.0 */
/* Mastodon: whom a reply names and who sees it, length as the server counts it, files that need a while, every class
 * of its errors, the rounds of asking with what was edited and deleted, and what a real server answered. */
#include "support.h"

int channels_mastodon_test(void);

#define BASE "https://piazza.example"
#define NOW  INT64_C(1795172400000000) /* 2026-11-20T11:00:00Z */

static const struct channel *mastodon(void)
{
    return channel_of("mastodon");
}

static struct settings settings_with(struct arena *a, const char *name, const char *value)
{
    struct pair given[] = {{STR("api_base"), STR(BASE "/")},    {STR("account"), STR("@nuvola@piazza.example")},
                           {STR("access_token"), STR("TOKEN")}, {STR("client_id"), STR("key 1")},
                           {STR("client_secret"), STR("shh")},  {str_from(name), str_from(value)}};
    struct settings settings;
    struct error e = {0};
    if (!settings_make(a, mastodon(), &(struct pairs){given, name ? 6 : 5}, &settings, &e))
        fail_msg("%s", e.message);
    return settings;
}

/* ---- out ---- */

static struct outgoing reply_to(const char *door, const char *text)
{
    return (struct outgoing){.door = str_from(door),
                             .to = STR("109300000000000071"),
                             .account = STR("nuvola"),
                             .parent_id = STR("115580000000000071"),
                             .text = str_from(text),
                             .idempotency_key = STR("ascolto:7301"),
                             .now = NOW};
}

static struct str status_body(struct arena *a, const char *visibility, const char *more)
{
    return str_format(
        a,
        "{\"id\":\"115580000000000071\",\"visibility\":\"%s\",\"account\":{\"id\":\"109300000000000071\","
        "\"acct\":\"ada@orto.example\"},\"mentions\":[{\"id\":\"5\",\"acct\":\"mina\"}]%s}",
        visibility, more);
}

static struct outcome answered(struct arena *a, const struct outgoing *m, int status, struct str body)
{
    struct http_reply reply = {.status = status, .body = body};
    struct outcome out = {0};
    mastodon()->answer(a, m, &reply, &out);
    return out;
}

static struct http_call call_of(struct arena *a, const struct settings *s, const struct outgoing *m)
{
    struct http_call call = {0};
    struct error e = {0};
    if (!mastodon()->send(a, s, m, &call, &e))
        fail_msg("%s", e.message);
    return call;
}

/* Takes the step that the answer led to. */
static void step(struct outgoing *m, struct outcome out)
{
    assert_int_equal(out.kind, OUTCOME_NEXT);
    m->step++;
    m->carry = out.carry;
}

static void a_reply_looks_then_names_whom_it_answers(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    struct outgoing m = reply_to("public", "Eccomi, «Ada» 😀");
    struct http_call call = call_of(a, &s, &m);
    assert_string_equal(call.method, "GET");
    assert_str(call.url, BASE "/api/v1/statuses/115580000000000071");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    step(&m, answered(a, &m, 200, status_body(a, "unlisted", "")));
    call = call_of(a, &s, &m);
    assert_string_equal(call.method, "POST");
    assert_str(call.url, BASE "/api/v1/statuses");
    assert_str(pairs_get(&call.headers, STR("Idempotency-Key")), "ascolto:7301");
    assert_str(call.body,
               "{\"status\":\"@ada@orto.example Eccomi, «Ada» 😀\",\"in_reply_to_id\":\"115580000000000071\","
               "\"visibility\":\"unlisted\"}");
    assert_str(answered(a, &m, 200, STR("{\"id\":\"115580000000000099\"}")).external_id, "115580000000000099");
    struct outcome unreadable = answered(a, &m, 200, STR("<html>"));
    assert_int_equal(unreadable.kind, OUTCOME_ACCEPTED);
    assert_int_equal(unreadable.external_id.len, 0);
}

static void who_is_named_already_is_not_named_twice(void **state)
{
    static const struct {
        const char *text;
        bool twice;
    } expected[] = {{"@ada@orto.example eccomi", false},
                    {"Ciao @Ada@Orto.example!", false},
                    {"Ecco, @ada@orto.example.", false},
                    {"@ada eccomi", true},
                    {"@ada@orto.example.org ecco", true},
                    {"@ada@orto.example2 ecco", true},
                    {"ada@orto.example", true}};
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct outgoing m = reply_to("direct", expected[i].text);
        step(&m, answered(a, &m, 200, status_body(a, "direct", "")));
        struct str said = json_text(json_get(json_parse(a, call_of(a, &s, &m).body, NULL), "status"));
        struct str named = str_format(a, "%s%s", expected[i].twice ? "@ada@orto.example " : "", expected[i].text);
        if (!str_eq(said, named))
            fail_msg("%s is said as %.*s", expected[i].text, STR_ARGS(said));
    }
}

/* The one thing that must never happen: what was said in private is answered in public. */
static void private_words_are_never_answered_in_public(void **state)
{
    static const char *const kinds[] = {"direct", "private", "", "limited"};
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct outgoing open = reply_to("public", "Eccomi"), closed = reply_to("direct", "Eccomi");
        struct outcome out = answered(a, &open, 200, status_body(a, kinds[i], ""));
        assert_int_equal(out.kind, OUTCOME_FAILED);
        assert_int_equal(out.failure, FAILURE_CONTENT);
        assert_true(out.words.len > 0);
        step(&closed, answered(a, &closed, 200, status_body(a, kinds[i], "")));
        assert_non_null(strstr(str_cstr(a, call_of(a, &s, &closed).body), "\"visibility\":\"direct\""));
    }
    struct outgoing m = reply_to("direct", "In privato, a una domanda pubblica");
    step(&m, answered(a, &m, 200, status_body(a, "public", "")));
    assert_non_null(strstr(str_cstr(a, call_of(a, &s, &m).body), "\"visibility\":\"direct\""));
}

static void who_it_goes_to_is_looked_for(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    struct outgoing m = reply_to("direct", "Eccomi"), other = m, nobody = m;
    m.parent_id = STR_EMPTY; /* the first word is ours */
    assert_str(call_of(a, &s, &m).url, BASE "/api/v1/accounts/109300000000000071");
    step(&m, answered(a, &m, 200, STR("{\"id\":\"109300000000000071\",\"acct\":\"ada@orto.example\"}")));
    assert_str(call_of(a, &s, &m).body, "{\"status\":\"@ada@orto.example Eccomi\",\"visibility\":\"direct\"}");
    other.to = STR("5"); /* not who wrote it, but named in it */
    step(&other, answered(a, &other, 200, status_body(a, "direct", "")));
    assert_non_null(strstr(str_cstr(a, call_of(a, &s, &other).body), "\"status\":\"@mina Eccomi\""));
    nobody.to = STR("6");
    assert_int_equal(answered(a, &nobody, 200, status_body(a, "direct", "")).failure, FAILURE_GONE);
    m.parent_id = STR("1/../2?x");
    m.carry = STR_EMPTY;
    assert_str(call_of(a, &s, &m).url, BASE "/api/v1/statuses/1%2F..%2F2%3Fx");
}

static void a_warning_is_answered_with_the_same_warning(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    struct outgoing m = reply_to("public", "Eccomi");
    struct buf words;
    buf_init(&words, a, 600);
    step(&m, answered(a, &m, 200, status_body(a, "public", ",\"spoiler_text\":\"Lamentela\"")));
    assert_non_null(strstr(str_cstr(a, call_of(a, &s, &m).body), "\"spoiler_text\":\"Lamentela\""));
    for (int i = 0; i < 490; i++)
        buf_char(&words, 'x');
    m.text = buf_view(&words); /* with the name 495: the warning is too much */
    assert_null(strstr(str_cstr(a, call_of(a, &s, &m).body), "spoiler_text"));
}

/* ---- files ---- */

static void a_file_is_brought_and_waited_for(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    struct outgoing m = reply_to("public", "Ecco");
    const struct outgoing_media film = {
        .mime = STR("video/mp4"), .file_name = STR("film.mp4"), .bytes = STR("bytes")};
    m.media = &film;
    step(&m, answered(a, &m, 200, status_body(a, "public", "")));
    struct http_call call = call_of(a, &s, &m);
    assert_str(call.url, BASE "/api/v2/media");
    assert_non_null(
        strstr(str_cstr(a, call.body), "name=\"file\"; filename=\"film.mp4\"\r\nContent-Type: video/mp4"));
    struct outcome none = answered(a, &m, 200, STR("{}"));
    assert_int_equal(none.failure, FAILURE_TRANSIENT);
    step(&m, answered(a, &m, 202, STR("{\"id\":\"22348641\",\"type\":\"video\",\"url\":null}")));
    call = call_of(a, &s, &m);
    assert_string_equal(call.method, "GET");
    assert_str(call.url, BASE "/api/v1/media/22348641");
    struct outcome busy = answered(a, &m, 206, STR("{\"id\":\"22348641\"}"));
    assert_int_equal(busy.failure, FAILURE_TRANSIENT);
    assert_true(busy.retry_seconds > 0);
    step(&m, answered(a, &m, 200, STR("{\"id\":\"22348641\",\"url\":\"https://x.example/a.mp4\"}")));
    assert_non_null(strstr(str_cstr(a, call_of(a, &s, &m).body), "\"media_ids\":[\"22348641\"]"));
    struct outcome out = answered(a, &m, 200, STR("{\"id\":\"9\"}"));
    assert_int_equal(out.units, 4);
}

static void files_that_are_ready_are_not_waited_for(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    struct outgoing m = reply_to("direct", "");
    const struct outgoing_media picture = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("x")},
                                paper = {
                                    .mime = STR("application/pdf"), .file_name = STR("a.pdf"), .bytes = STR("x")};
    struct http_call call;
    struct error e = {0};
    m.media = &paper;
    assert_false(mastodon()->send(a, &s, &m, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    m.media = &picture;
    step(&m, answered(a, &m, 200, status_body(a, "direct", "")));
    step(&m, answered(a, &m, 200, STR("{\"id\":\"7\",\"url\":\"https://x.example/a.png\"}")));
    assert_non_null(strstr(str_cstr(a, call_of(a, &s, &m).body), "\"status\":\"@ada@orto.example \""));
}

static void files_are_fetched_without_our_token(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    struct channel_media own = {.url = STR(BASE "/system/a.png")},
                         other = {.url = STR("https://files.example/a.png")},
                         plain = {.url = STR("http://files.example/a")};
    struct http_call call;
    struct error e = {0};
    assert_true(mastodon()->media(a, &s, &own, 0, STR_EMPTY, &call, &e));
    assert_int_equal(call.headers.count, 0);
    assert_true(mastodon()->media(a, &s, &other, 0, STR_EMPTY, &call, &e));
    assert_int_equal(call.headers.count, 0);
    assert_false(mastodon()->media(a, &s, &plain, 0, STR_EMPTY, &call, &e));
}

/* ---- length ---- */

static bool fits(struct arena *a, const struct settings *s, struct str text)
{
    struct outgoing m = reply_to("public", "");
    struct http_call call;
    struct error e = {0};
    m.text = text;
    m.step = 1;
    m.carry = STR("{\"acct\":\"ada@orto.example\",\"visibility\":\"public\"}");
    bool ok = mastodon()->send(a, s, &m, &call, &e);
    assert_true(ok || e.code == ERR_BAD_INPUT);
    return ok;
}

static struct str times(struct arena *a, const char *what, int n, const char *end)
{
    struct buf b;
    buf_init(&b, a, 4096);
    for (int i = 0; i < n; i++)
        buf_cstr(&b, what);
    buf_cstr(&b, end);
    return buf_view(&b);
}

/* The name takes "@ada ": five of 500. */
static void length_is_counted_as_the_server_does(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL), large = settings_with(a, "max_characters", "5000"),
                    odd = settings_with(a, "max_characters", "many"), wide = settings_with(a, "url_characters", "30");
    struct str address = times(a, "x", 300, "");
    assert_true(fits(a, &s, times(a, "x", 495, "")));
    assert_false(fits(a, &s, times(a, "x", 496, "")));
    assert_true(fits(a, &s, times(a, "👩‍👩‍👧‍👦", 495, "")));
    assert_false(fits(a, &s, times(a, "👩‍👩‍👧‍👦", 496, "")));
    assert_true(fits(a, &s, times(a, "é", 495, "")));
    struct str with = str_format(a, "%.*s https://%.*s", STR_ARGS(times(a, "x", 471, "")), STR_ARGS(address));
    assert_true(fits(a, &s, with)); /* 471 + 1 + 23 */
    assert_false(fits(a, &s, str_concat(a, STR("x"), with)));
    assert_false(fits(a, &wide, with));
    assert_true(
        fits(a, &s, str_format(a, "@mina@%.*s.example %.*s", STR_ARGS(address), STR_ARGS(times(a, "x", 489, "")))));
    assert_true(fits(a, &large, times(a, "x", 4995, "")));
    assert_false(fits(a, &large, times(a, "x", 4996, "")));
    assert_false(fits(a, &odd, times(a, "x", 496, "")));
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    struct outgoing empty = reply_to("public", " \n"), unknown = reply_to("comment", "x"),
                    alone = reply_to("public", "x"), none = reply_to("direct", "x");
    alone.parent_id = STR_EMPTY;
    none.to = STR_EMPTY;
    const struct outgoing *refused[] = {&empty, &unknown, &alone, &none};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct http_call call;
        struct error e = {0};
        assert_false(mastodon()->send(a, &s, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
}

/* ---- errors ---- */

static const struct {
    int status;
    const char *body;
    enum failure failure;
    const char *words;
} problems[] = {
    {401, "{\"error\":\"The access token is invalid\"}", FAILURE_TOKEN, "The access token is invalid"},
    {401, "{\"error\":\"The access token was revoked\"}", FAILURE_TOKEN, "The access token was revoked"},
    {403, "{\"error\":\"This action is outside the authorized scopes\"}", FAILURE_PERMISSION,
     "This action is outside the authorized scopes"},
    {403, "{\"error\":\"Your login is currently disabled\"}", FAILURE_PERMISSION, "Your login is currently disabled"},
    {404, "{\"error\":\"Record not found\"}", FAILURE_GONE, "Record not found"},
    {410, "{\"error\":\"Gone\"}", FAILURE_GONE, "Gone"},
    {422, "{\"error\":\"Validation failed: Text character limit of 500 exceeded\"}", FAILURE_CONTENT,
     "Validation failed: Text character limit of 500 exceeded"},
    {422, "{\"error\":\"This method requires an authenticated user\"}", FAILURE_TOKEN,
     "This method requires an authenticated user"},
    {422, "{\"error\":\"Cannot attach files that have not finished processing. Try again in a moment!\"}",
     FAILURE_TRANSIENT, "Cannot attach files that have not finished processing. Try again in a moment!"},
    {422, "<html>", FAILURE_CONTENT, "The network answered with HTTP status 422."},
    {429, "{\"error\":\"Too many requests\"}", FAILURE_RATE, "Too many requests"},
    {500, "", FAILURE_TRANSIENT, "The network answered with HTTP status 500."},
    {503, "{\"error\":\"There was a temporary problem serving your request\"}", FAILURE_TRANSIENT,
     "There was a temporary problem serving your request"},
    {302, "", FAILURE_TRANSIENT, "The network answered with HTTP status 302."},
    {0, "", FAILURE_TRANSIENT, ""},
};

static void every_problem_has_its_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(problems); i++) {
        struct outgoing m = reply_to("public", "Eccomi");
        for (int at = 0; at < 2; at++) {
            struct outcome out = answered(a, &m, problems[i].status, str_from(problems[i].body));
            assert_int_equal(out.failure, problems[i].failure);
            assert_str(out.words, problems[i].words);
            m.step = 1;
            m.carry = STR("{\"acct\":\"ada\",\"visibility\":\"public\"}");
        }
    }
}

static void waiting_ends_when_the_server_says(void **state)
{
    static const struct {
        const char *reset;
        int seconds;
    } expected[] = {{"2026-11-20T11:03:20.5Z", 201},
                    {"2026-11-20T11:00:00.000Z", 1},
                    {"2026-11-20T10:00:00Z", 1},
                    {"2027-11-20T10:00:00Z", 86400},
                    {"1795172500", 0},
                    {"", 0}};
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct pair headers[] = {{STR("x-ratelimit-reset"), str_from(expected[i].reset)}};
        struct http_reply reply = {.status = 429, .headers = {headers, 1}, .body = STR("{\"error\":\"Too many\"}")};
        struct outgoing m = reply_to("public", "Eccomi");
        struct outcome out = {0};
        mastodon()->answer(a, &m, &reply, &out);
        assert_int_equal(out.failure, FAILURE_RATE);
        assert_int_equal(out.retry_seconds, expected[i].seconds);
    }
}

/* ---- access ---- */

static void access_is_agreed_to_and_proved(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_with(a, NULL, NULL);
    struct consent consent = {STR("https://desk.example/back"), STR("ST"), STR("VERIFIER"), STR("CHALLENGE")};
    struct http_call call;
    struct error e = {0};
    struct pairs changed = {0};
    struct outcome out = {0};
    struct str url;
    assert_true(mastodon()->consent(a, &s, &consent, &url, &e));
    assert_str(url,
               BASE "/oauth/authorize?response_type=code&client_id=key%201&redirect_uri=https%3A%2F%2Fdesk.example"
                    "%2Fback&scope=read%3Aaccounts%20read%3Anotifications%20read%3Astatuses%20write%3Amedia%20"
                    "write%3Astatuses&state=ST&code_challenge=CHALLENGE&code_challenge_method=S256");
    assert_true(mastodon()->consented(a, &s, &consent, STR("CODE"), &call, &e));
    assert_str(call.url, BASE "/oauth/token");
    assert_non_null(strstr(str_cstr(a, call.body), "grant_type=authorization_code&code=CODE&redirect_uri="));
    assert_non_null(strstr(str_cstr(a, call.body), "client_secret=shh&code_verifier=VERIFIER"));
    struct http_reply good = {.status = 200,
                              .body = STR("{\"access_token\":\"NEW\",\"token_type\":\"Bearer\","
                                          "\"scope\":\"read\",\"created_at\":1795172400}")};
    assert_true(mastodon()->renewed(a, &good, &changed, &out) > 86400);
    assert_str(pairs_get(&changed, STR("access_token")), "NEW");
    assert_int_equal(changed.count, 1); /* nothing to renew it with, and no need */
    struct http_reply bad = {.status = 400, .body = STR("{\"error\":\"invalid_grant\"}")};
    assert_int_equal(mastodon()->renewed(a, &bad, &changed, &out), 0);
    assert_int_equal(out.failure, FAILURE_TOKEN);
    assert_true(mastodon()->probe(a, &s, &call, &e));
    assert_str(call.url, BASE "/api/v1/accounts/verify_credentials");
    struct http_reply us = {.status = 200, .body = STR("{\"id\":\"1093\",\"acct\":\"nuvola\"}")};
    mastodon()->probed(a, &us, &out);
    assert_str(out.words, "@nuvola");
    struct http_reply elsewhere = {.status = 404, .body = STR("<html>")};
    mastodon()->probed(a, &elsewhere, &out);
    assert_int_equal(out.failure, FAILURE_PERMISSION);
}

int channels_mastodon_test(void)
{
    const struct CMUnitTest tests[] = {TEST(a_reply_looks_then_names_whom_it_answers),
                                       TEST(who_is_named_already_is_not_named_twice),
                                       TEST(private_words_are_never_answered_in_public),
                                       TEST(who_it_goes_to_is_looked_for),
                                       TEST(a_warning_is_answered_with_the_same_warning),
                                       TEST(a_file_is_brought_and_waited_for),
                                       TEST(files_that_are_ready_are_not_waited_for),
                                       TEST(files_are_fetched_without_our_token),
                                       TEST(length_is_counted_as_the_server_does),
                                       TEST(what_cannot_go_is_said_before),
                                       TEST(every_problem_has_its_class),
                                       TEST(waiting_ends_when_the_server_says),
                                       TEST(access_is_agreed_to_and_proved)};
    return cmocka_run_group_tests_name("channels/mastodon", tests, NULL, NULL);
}
