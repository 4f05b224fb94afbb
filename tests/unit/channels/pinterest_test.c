/* SPDX-License-Identifier: Apache-2.0 */
/* Pinterest: what growing numbers of comments make of a page of pins, over several rounds; what is forgotten; errors;
 * access; and that nothing goes out. */
#include "support.h"

int channels_pinterest_test(void);

static const struct channel *pinterest(void)
{
    return channel_of("pinterest");
}

#define PIN(id, title, comments)                                                                                     \
    "{\"id\":\"" id "\",\"title\":\"" title "\",\"pin_metrics\":{\"lifetime_metrics\":{\"comment\":" #comments "}}}"
#define PINS(list, bookmark) "{\"items\":[" list "],\"bookmark\":" bookmark "}"

/* One answer of a round; the cursor goes on. */
static struct asked take_page(struct arena *a, struct str *cursor, int step, const char *body,
                              struct channel_events *events)
{
    struct settings settings = settings_of(a, pinterest());
    struct asking asking = {
        .listing = pinterest()->listings, .cursor = *cursor, .now = 1763740000000000, .step = step};
    struct http_reply reply = {.status = 200, .body = str_from(body)};
    struct asked out = {0};
    *events = (struct channel_events){.arena = a};
    pinterest()->asked(a, &settings, &asking, &reply, events, &out);
    assert_int_equal(out.outcome.kind, OUTCOME_ACCEPTED);
    if (out.cursor.len)
        *cursor = out.cursor;
    return out;
}

static void the_first_round_only_counts(void **state)
{
    struct arena *a = *state;
    struct channel_events events;
    struct str cursor = STR_EMPTY;
    struct asked out =
        take_page(a, &cursor, 0, PINS(PIN("8", "Lampada", 7) "," PIN("9", "Sedia", 0), "\"next\""), &events);
    assert_int_equal(events.count, 0);
    assert_true(out.more);
    assert_str(out.carry, "next");
    assert_str(cursor, "0 8:7:0");
    out = take_page(a, &cursor, 1, PINS(PIN("5", "Tavolo", 1), "null"), &events);
    assert_int_equal(events.count, 0);
    assert_false(out.more);
    assert_str(cursor, "1 5:1:0 8:7:0");
}

static void what_grew_is_told_once(void **state)
{
    struct arena *a = *state;
    struct channel_events events;
    struct str cursor = STR("1 8:7:0");
    take_page(a, &cursor, 0, PINS(PIN("8", "Lampada", 10) "," PIN("9", "Sedia", 1), "null"), &events);
    assert_int_equal(events.count, 2);
    assert_str(events.items[0].text, "New comments on this pin: 3 (10 in all)");
    assert_str(events.items[0].external_id, "8:1:10");
    assert_str(events.items[0].dedupe, "m:8:1:10");
    assert_str(events.items[0].thread_key, "post:8");
    assert_str(events.items[0].thread_title, "Lampada");
    assert_str(events.items[0].author.external_id, "pin:8");
    assert_str(events.items[0].author.name, "Pin “Lampada”");
    assert_str(events.items[0].link, "https://www.pinterest.com/pin/8/");
    assert_true(events.items[0].is_public && !events.items[0].echo);
    assert_str(events.items[1].text, "New comments on this pin: 1 (1 in all)"); /* a pin that had none */
    assert_str(cursor, "1 8:10:1 9:1:1");
    struct asked again =
        take_page(a, &cursor, 0, PINS(PIN("8", "Lampada", 10) "," PIN("9", "Sedia", 1), "null"), &events);
    assert_int_equal(events.count, 0);
    assert_int_equal(again.cursor.len, 0); /* nothing to keep */
}

/* Seven, six, seven: two different sevens. */
static void a_number_that_comes_back_is_told_again(void **state)
{
    struct arena *a = *state;
    struct channel_events events;
    struct str cursor = STR("1 8:6:0");
    take_page(a, &cursor, 0, PINS(PIN("8", "Lampada", 7), "null"), &events);
    struct str first = events.items[0].external_id;
    take_page(a, &cursor, 0, PINS(PIN("8", "Lampada", 0), "null"), &events);
    assert_int_equal(events.count, 0);
    assert_str(cursor, "1 8:0:1");
    take_page(a, &cursor, 0, PINS(PIN("8", "Lampada", 7), "null"), &events);
    assert_int_equal(events.count, 1);
    assert_false(str_eq(first, events.items[0].external_id));
    assert_str(events.items[0].text, "New comments on this pin: 7 (7 in all)");
}

static void pins_without_a_number_are_let_be(void **state)
{
    struct arena *a = *state;
    struct channel_events events;
    struct str cursor = STR("1 8:6:2");
    take_page(a, &cursor, 0,
              PINS("{\"id\":\"1\",\"pin_metrics\":null},{\"id\":\"2\"},{\"id\":\"3\",\"pin_metrics\":{\"90d\":{}}},"
                   "{\"id\":\"8\",\"pin_metrics\":{\"lifetime_metrics\":{}}}",
                   "null"),
              &events);
    assert_int_equal(events.count, 0);
    assert_str(cursor, "1 8:6:2"); /* what was known stays known */
}

static void a_pin_without_a_title_is_called_by_its_words_or_number(void **state)
{
    struct arena *a = *state;
    struct channel_events events;
    struct str cursor = STR("1");
    take_page(
        a, &cursor, 0,
        PINS(PIN("8", "", 1) ",{\"id\":\"9\",\"description\":\"Il banco\",\"pin_metrics\":{\"lifetime_metrics\":{"
                             "\"comment\":1}}}",
             "null"),
        &events);
    assert_str(events.items[0].thread_title, "Pin 8");
    assert_str(events.items[0].author.name, "Pin 8");
    assert_str(events.items[1].thread_title, "Il banco");
}

/* 2,000 are remembered; those not seen for longest fall out. The walk ends after eight pages. */
static void what_is_kept_is_bounded(void **state)
{
    struct arena *a = *state;
    struct channel_events events;
    struct str cursor = STR("1 4711:3:1");
    for (int page = 0; page < 8; page++) {
        struct buf body;
        buf_init(&body, a, 65536);
        buf_cstr(&body, "{\"items\":[");
        for (int i = 0; i < 250; i++)
            buf_format(&body, "%s{\"id\":\"9%06d\",\"pin_metrics\":{\"lifetime_metrics\":{\"comment\":2}}}",
                       i ? "," : "", page * 250 + i);
        buf_cstr(&body, "],\"bookmark\":\"on\"}");
        struct asked out = take_page(a, &cursor, page, str_cstr(a, buf_view(&body)), &events);
        assert_int_equal(out.more, page < 7);
    }
    assert_true(str_find(cursor, STR(" 4711:")) < 0);
    size_t kept = 0;
    for (size_t i = 0; i < cursor.len; i++)
        kept += cursor.ptr[i] == ' ';
    assert_int_equal(kept, 2000);
}

static void a_cursor_that_makes_no_sense_is_begun_anew(void **state)
{
    static const char *const odd[] = {"x", "1 : 8", "0 8:x:0 9:1", "8:7:0", " ", "1 8:99999999999999999999:0"};
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        struct channel_events events;
        struct str cursor = str_from(odd[i]);
        take_page(a, &cursor, 0, PINS(PIN("8", "Lampada", 7), "null"), &events);
        assert_str(cursor, str_starts(str_from(odd[i]), STR("1")) ? "1 8:7:1" : "1 8:7:0");
    }
}

static void the_notice_is_in_the_houses_words(void **state)
{
    struct arena *a = *state;
    struct pair given[] = {{STR("client_id"), STR("1")},
                           {STR("client_secret"), STR("s")},
                           {STR("notice"), STR("Nuovi: #new, in tutto #all #n #")}};
    struct settings settings;
    struct channel_events events = {.arena = a};
    struct asking asking = {.listing = pinterest()->listings, .cursor = STR("1 8:4:0")};
    struct http_reply reply = {.status = 200, .body = STR(PINS(PIN("8", "Lampada", 7), "null"))};
    struct asked out = {0};
    struct error e = {0};
    assert_true(settings_make(a, pinterest(), &(struct pairs){given, 3}, &settings, &e));
    pinterest()->asked(a, &settings, &asking, &reply, &events, &out);
    assert_str(events.items[0].text, "Nuovi: 3, in tutto 7 #n #");
    given[2].value = STR(" ");
    assert_true(settings_make(a, pinterest(), &(struct pairs){given, 3}, &settings, &e));
    pinterest()->asked(a, &settings, &asking, &reply, &events, &out);
    assert_str(events.items[1].text, "New comments on this pin: 3 (7 in all)"); /* never a notice without words */
}

static void pins_are_asked_for_page_by_page(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, pinterest());
    struct asking asking = {.listing = pinterest()->listings};
    struct http_call call;
    struct error e = {0};
    assert_true(pinterest()->ask(a, &settings, &asking, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(call.url,
               "https://api.pinterest.com/v5/pins?pin_metrics=true&pin_filter=exclude_repins&page_size=250");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    asking.carry = STR("a b&c");
    assert_true(pinterest()->ask(a, &settings, &asking, &call, &e));
    assert_true(str_ends(call.url, STR("&bookmark=a%20b%26c")));
}

static const struct {
    int status;
    const char *body, *reset;
    enum failure failure;
    int seconds;
    const char *code;
} refusals[] = {
    {401, "{\"code\":2,\"message\":\"Authentication failed.\"}", NULL, FAILURE_TOKEN, 0, "401/2"},
    {403, "{\"code\":29,\"message\":\"You are not permitted to access that resource.\"}", NULL, FAILURE_PERMISSION, 0,
     "403/29"},
    {404, "{\"code\":50,\"message\":\"Pin not found.\"}", NULL, FAILURE_GONE, 0, "404/50"},
    {429, "{\"code\":8,\"message\":\"You have exceeded your rate limit.\"}", "33", FAILURE_RATE, 33, "429/8"},
    {429, "{\"code\":8,\"message\":\"You have exceeded your rate limit.\"}", NULL, FAILURE_RATE, 60, "429/8"},
    {429, "", "-4", FAILURE_RATE, 60, "HTTP 429"},
    {400, "{\"code\":1,\"message\":\"Invalid bookmark\"}", NULL, FAILURE_CONTENT, 0, "400/1"},
    {500, "{\"code\":0,\"message\":\"Something went wrong on our end.\"}", NULL, FAILURE_TRANSIENT, 0, "500/0"},
    {503, "<html>", NULL, FAILURE_TRANSIENT, 0, "HTTP 503"},
    {200, "<html>", NULL, FAILURE_TRANSIENT, 0, "no items"},
    {200, "{\"items\":{}}", NULL, FAILURE_TRANSIENT, 0, "no items"},
    {0, "", NULL, FAILURE_TRANSIENT, 0, "no answer"},
};

static void every_refusal_has_its_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct settings settings = settings_of(a, pinterest());
        struct pair headers[] = {{STR("x-ratelimit-reset"), str_from(refusals[i].reset ? refusals[i].reset : "")}};
        struct http_reply reply = {
            .status = refusals[i].status, .body = str_from(refusals[i].body), .headers = {headers, 1}};
        struct asking asking = {.listing = pinterest()->listings, .cursor = STR("1 8:4:0")};
        struct channel_events events = {.arena = a};
        struct asked asked = {0};
        pinterest()->asked(a, &settings, &asking, &reply, &events, &asked);
        assert_int_equal(asked.outcome.kind, OUTCOME_FAILED);
        assert_int_equal(asked.outcome.failure, refusals[i].failure);
        assert_int_equal(asked.outcome.retry_seconds, refusals[i].seconds);
        assert_str(asked.outcome.code, refusals[i].code);
        assert_int_equal(asked.cursor.len, 0);
    }
}

static void nothing_goes_out(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, pinterest());
    struct outgoing m = {.door = STR("comment"), .parent_id = STR("8:1:7"), .text = STR("Grazie!")};
    struct http_call call;
    struct error e = {0};
    assert_string_equal(pinterest()->doors[0].shut, "no_api");
    assert_false(pinterest()->send(a, &settings, &m, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

static void access_is_renewed(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, pinterest());
    struct http_call call;
    struct pairs changed = {0};
    struct outcome out = {0};
    struct error e = {0};
    assert_false(pinterest()->renew(a, &settings, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    struct pair given[] = {
        {STR("client_id"), STR("1479")}, {STR("client_secret"), STR("geheim")}, {STR("refresh_token"), STR("r/1")}};
    assert_true(settings_make(a, pinterest(), &(struct pairs){given, 3}, &settings, &e));
    assert_true(pinterest()->renew(a, &settings, &call, &e));
    assert_str(call.url, "https://api.pinterest.com/v5/oauth/token");
    assert_str(call.body, "grant_type=refresh_token&refresh_token=r%2F1");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Basic MTQ3OTpnZWhlaW0=");
    struct http_reply good = {.status = 200,
                              .body = STR("{\"access_token\":\"a2\",\"refresh_token\":\"r2\",\"expires_in\":2592000,"
                                          "\"refresh_token_expires_in\":5184000}")};
    assert_int_equal(pinterest()->renewed(a, &good, &changed, &out), 2592000);
    assert_str(pairs_get(&changed, STR("access_token")), "a2");
    assert_str(pairs_get(&changed, STR("refresh_token")), "r2");
    struct http_reply bad = {.status = 401, .body = STR("{\"code\":2,\"message\":\"Authentication failed.\"}")};
    assert_int_equal(pinterest()->renewed(a, &bad, &changed, &out), 0);
    assert_int_equal(out.failure, FAILURE_TOKEN);
    assert_str(out.words, "Authentication failed.");
}

static void an_administrator_agrees(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, pinterest());
    struct consent consent = {.redirect_uri = STR("https://care.example/consent"),
                              .state = STR("s1"),
                              .verifier = STR("v1"),
                              .challenge = STR("c1")};
    struct http_call call;
    struct str url;
    struct error e = {0};
    assert_true(pinterest()->consent(a, &settings, &consent, &url, &e));
    assert_str(url,
               "https://www.pinterest.com/oauth/?response_type=code&client_id=client_id&redirect_uri=https%3A%2F%2F"
               "care.example%2Fconsent&scope=boards%3Aread%2Cpins%3Aread%2Cuser_accounts%3Aread&state=s1&"
               "code_challenge=c1&code_challenge_method=S256");
    assert_true(pinterest()->consented(a, &settings, &consent, STR("code1"), &call, &e));
    assert_str(call.body,
               "grant_type=authorization_code&code=code1&redirect_uri=https%3A%2F%2Fcare.example%2Fconsent&"
               "code_verifier=v1&continuous_refresh=true");
}

int channels_pinterest_test(void)
{
    const struct CMUnitTest tests[] = {TEST(the_first_round_only_counts),
                                       TEST(what_grew_is_told_once),
                                       TEST(a_number_that_comes_back_is_told_again),
                                       TEST(pins_without_a_number_are_let_be),
                                       TEST(a_pin_without_a_title_is_called_by_its_words_or_number),
                                       TEST(what_is_kept_is_bounded),
                                       TEST(a_cursor_that_makes_no_sense_is_begun_anew),
                                       TEST(the_notice_is_in_the_houses_words),
                                       TEST(pins_are_asked_for_page_by_page),
                                       TEST(every_refusal_has_its_class),
                                       TEST(nothing_goes_out),
                                       TEST(access_is_renewed),
                                       TEST(an_administrator_agrees)};
    return cmocka_run_group_tests_name("channels/pinterest", tests, NULL, NULL);
}
