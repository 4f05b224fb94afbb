/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews on Google Play and of a Business Profile: rounds, what goes out, every class of the errors in their newer
 * shape, what a reply is called. Access is tested with YouTube. */
#include "support.h"

int channels_google_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z */

static const char *const both[] = {"googleplay", "googlebusiness"};
static const char *const bases[] = {
    "https://androidpublisher.googleapis.com/androidpublisher/v3/applications/example.nuvola.app/reviews",
    "https://mybusiness.googleapis.com/v4/accounts/1/locations/2/reviews"};

/* ---- asking ---- */

struct walk {
    struct arena *a;
    const struct channel *channel;
    struct settings settings;
    struct asking asking;
    struct channel_events events;
    struct asked asked;
};

static struct walk walk_of(struct arena *a, const char *network, int64_t since)
{
    const struct channel *channel = channel_of(network);
    return (struct walk){.a = a,
                         .channel = channel,
                         .settings = settings_of(a, channel),
                         .asking = {.listing = channel->listings, .since = since, .now = NOW}};
}

static void asks(struct walk *w, const char *expected)
{
    struct http_call call = {0};
    struct error e = {0};
    assert_true(w->channel->ask(w->a, &w->settings, &w->asking, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    assert_str(call.url, expected);
}

static void answers(struct walk *w, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    w->events = (struct channel_events){.arena = w->a};
    w->asked = (struct asked){0};
    w->channel->asked(w->a, &w->settings, &w->asking, &reply, &w->events, &w->asked);
    w->asking.carry = w->asked.carry;
}

static void play_lists_a_week(void **state)
{
    struct walk w = walk_of(*state, "googleplay", NOW - HOUR_US);
    asks(&w, str_format(*state, "%s?maxResults=100", bases[0]).ptr);
    answers(
        &w, 200,
        "{\"reviews\":[{\"reviewId\":\"gp:1\",\"comments\":[{\"userComment\":{\"text\":\"x\",\"starRating\":2,"
        "\"lastModified\":{\"seconds\":\"1763736400\",\"nanos\":5000}}}]}],\"tokenPagination\":{\"nextPageToken\":"
        "\"a/b\"}}");
    assert_true(w.events.items[0].as_of == NOW);
    assert_true(w.events.items[0].at == (INT64_C(1763736400) * SECOND_US) + 5);
    assert_true(w.asked.more);
    asks(&w, str_format(*state, "%s?maxResults=100&token=a%%2Fb", bases[0]).ptr);
    answers(&w, 200, "{}"); /* nothing at all */
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    assert_false(w.asked.more);
    assert_true(w.asked.from == NOW - HOUR_US);
    w = walk_of(*state, "googleplay", NOW - 7 * DAY_US);
    answers(&w, 200, "{\"reviews\":[]}");
    assert_true(w.asked.from == NOW - 7 * DAY_US + 2 * HOUR_US); /* what leaves the list is not gone */
}

static void a_place_lists_what_changed_last(void **state)
{
    struct walk w = walk_of(*state, "googlebusiness", NOW - HOUR_US);
    asks(&w, str_format(*state, "%s?pageSize=50&orderBy=updateTime%%20desc", bases[1]).ptr);
    answers(&w, 200,
            "{\"reviews\":[{\"reviewId\":\"a\",\"starRating\":\"ONE\",\"comment\":\"x\",\"createTime\":"
            "\"2025-11-01T00:00:00Z\",\"updateTime\":\"2025-11-21T15:40:00Z\"},{\"reviewId\":\"b\",\"starRating\":"
            "\"TWO\",\"createTime\":\"2025-11-21T15:30:00Z\",\"updateTime\":\"2025-11-21T15:30:00Z\"}],"
            "\"nextPageToken\":\"n2\"}");
    assert_true(w.events.items[0].as_of == NOW && w.events.items[1].as_of == 0);
    assert_str(w.events.items[1].text, "★★☆☆☆");
    assert_true(w.asked.more);
    asks(&w, str_format(*state, "%s?pageSize=50&orderBy=updateTime%%20desc&pageToken=n2", bases[1]).ptr);
    answers(&w, 200,
            "{\"reviews\":[{\"reviewId\":\"c\",\"starRating\":\"ONE\",\"createTime\":\"2025-11-20T00:00:00Z\","
            "\"updateTime\":\"2025-11-20T00:00:00Z\"}],\"nextPageToken\":\"n3\"}");
    assert_false(w.asked.more); /* older than what is asked for */
    assert_true(w.asked.from == w.asking.since);
}

/* ---- out ---- */

static struct outgoing message(const char *text)
{
    return (struct outgoing){.door = STR("review"), .parent_id = STR("gp:AO/1"), .text = str_from(text), .now = NOW};
}

static void a_reply_is_put_below_its_review(void **state)
{
    struct arena *a = *state;
    static const char *const methods[] = {"POST", "PUT"};
    static const char *const tails[] = {"/gp%3AAO%2F1:reply", "/gp%3AAO%2F1/reply"};
    static const char *const bodies[] = {"{\"replyText\":\"Grazie «Ada» 😀\"}", "{\"comment\":\"Grazie «Ada» 😀\"}"};
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        struct settings settings = settings_of(a, channel_of(both[i]));
        struct outgoing m = message("Grazie «Ada» 😀"), nobody = m;
        struct http_call call;
        struct error e = {0};
        assert_true(channel_of(both[i])->send(a, &settings, &m, &call, &e));
        assert_string_equal(call.method, methods[i]);
        assert_str(call.url, str_format(a, "%s%s", bases[i], tails[i]).ptr);
        assert_str(call.body, bodies[i]);
        nobody.parent_id = STR_EMPTY;
        assert_false(channel_of(both[i])->send(a, &settings, &nobody, &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
}

static struct str times(struct arena *a, const char *part, size_t n)
{
    struct buf out;
    buf_init(&out, a, 4200);
    for (size_t i = 0; i < n; i++)
        buf_cstr(&out, part);
    return buf_view(&out);
}

static void lengths_are_counted_as_they_count(void **state)
{
    struct arena *a = *state;
    /* characters there, bytes here */
    const struct str fits[] = {times(a, "é", 350), times(a, "é", 2048)},
                     over[] = {times(a, "é", 351), str_concat(a, times(a, "é", 2048), STR("."))};
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        struct settings settings = settings_of(a, channel_of(both[i]));
        struct outgoing m = message("");
        struct http_call call;
        struct error e = {0};
        m.text = fits[i];
        assert_true(channel_of(both[i])->send(a, &settings, &m, &call, &e));
        m.text = over[i];
        assert_false(channel_of(both[i])->send(a, &settings, &m, &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
    assert_int_equal(channel_door(channel_of("googleplay"), STR("review"))->window_hours, 168);
}

/* Google gives a reply no id: what we call it after sending is what its list calls it. */
static void a_reply_is_known_again(void **state)
{
    struct arena *a = *state;
    static const char *const taken[] = {
        "{\"result\":{\"replyText\":\"Grazie  mille\",\"lastEdited\":{\"seconds\":\"1763736400\"}}}",
        "{\"comment\":\"Grazie  mille\",\"updateTime\":\"2025-11-21T15:40:00Z\"}"};
    static const char *const listed[] = {
        "{\"reviews\":[{\"reviewId\":\"gp:AO/1\",\"comments\":[{\"userComment\":{\"text\":\"x\"}},{"
        "\"developerComment\":{\"text\":\"Grazie mille\\n\"}}]}]}",
        "{\"reviews\":[{\"reviewId\":\"gp:AO/1\",\"reviewReply\":{\"comment\":\"Grazie mille\\n\"}}]}"};
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        struct walk w = walk_of(a, both[i], NOW - HOUR_US);
        struct http_reply reply = {.status = 200, .body = str_from(taken[i])}, blind = {.status = 200};
        struct outgoing m = message("<b>Grazie</b> mille"), plain = message("Grazie mille"), other = message("Altro");
        struct outcome out = {0}, unread = {0}, another = {0};
        w.channel->answer(a, &m, &reply, &out);
        w.channel->answer(a, &plain, &blind, &unread);
        w.channel->answer(a, &other, &blind, &another);
        answers(&w, 200, listed[i]);
        assert_int_equal(w.events.count, 2);
        assert_true(w.events.items[1].echo);
        assert_str(w.events.items[1].parent_id, "gp:AO/1");
        assert_true(str_eq(out.external_id, w.events.items[1].external_id));
        assert_true(str_eq(unread.external_id, w.events.items[1].external_id));
        assert_false(str_eq(another.external_id, out.external_id));
    }
}

#define WRONG(code, status, more)                                                                                    \
    "{\"error\":{\"code\":" #code ",\"message\":\"Words.\",\"status\":\"" status "\"" more "}}"

static const struct {
    int status;
    const char *body;
    enum failure failure, of_list;
    int wait; /* 0: the network's own */
} wrongs[] = {
    {401, WRONG(401, "UNAUTHENTICATED", ""), FAILURE_TOKEN, FAILURE_TOKEN, 0},
    {403, WRONG(403, "PERMISSION_DENIED", ",\"details\":[{\"reason\":\"SERVICE_DISABLED\"}]"), FAILURE_PERMISSION,
     FAILURE_PERMISSION, 0},
    {403, WRONG(403, "PERMISSION_DENIED", ",\"errors\":[{\"reason\":\"quotaExceeded\"}]"), FAILURE_RATE, FAILURE_RATE,
     58401},
    {429, WRONG(429, "RESOURCE_EXHAUSTED", ""), FAILURE_RATE, FAILURE_RATE, 0},
    {429, WRONG(429, "RESOURCE_EXHAUSTED", ",\"details\":[{\"retryDelay\":\"39.5s\"}]"), FAILURE_RATE, FAILURE_RATE,
     40},
    {429, WRONG(429, "RESOURCE_EXHAUSTED", ",\"details\":[7,{\"retryDelay\":\"soon\"}]"), FAILURE_RATE, FAILURE_RATE,
     0},
    {404, WRONG(404, "NOT_FOUND", ""), FAILURE_GONE, FAILURE_PERMISSION, 0},
    {400, WRONG(400, "INVALID_ARGUMENT", ""), FAILURE_CONTENT, FAILURE_PERMISSION, 0},
    {503, WRONG(503, "UNAVAILABLE", ""), FAILURE_TRANSIENT, FAILURE_TRANSIENT, 0},
    {500, "<html>", FAILURE_TRANSIENT, FAILURE_TRANSIENT, 0},
    {0, "", FAILURE_TRANSIENT, FAILURE_TRANSIENT, 0},
};

static void every_refusal_has_its_class(void **state)
{
    static const int waits[] = {900, 60};
    for (size_t i = 0; i < COUNT_OF(wrongs) * COUNT_OF(both); i++) {
        size_t k = i / COUNT_OF(both), n = i % COUNT_OF(both);
        struct http_reply reply = {.status = wrongs[k].status, .body = str_from(wrongs[k].body)};
        struct walk w = walk_of(*state, both[n], NOW - HOUR_US);
        struct outgoing m = message("Eccomi");
        struct outcome out = {0}, probed = {0};
        w.channel->answer(*state, &m, &reply, &out);
        w.channel->probed(*state, &reply, &probed);
        answers(&w, wrongs[k].status, wrongs[k].body);
        int wait = wrongs[k].failure != FAILURE_RATE ? 0 : wrongs[k].wait ? wrongs[k].wait : waits[n];
        if (out.failure != wrongs[k].failure || w.asked.outcome.failure != wrongs[k].of_list ||
            probed.failure != wrongs[k].of_list || out.retry_seconds != wait || (reply.status && !out.words.len))
            fail_msg("%s: %d %s is %s and %s, to wait %d", both[n], wrongs[k].status, wrongs[k].body,
                     failure_name(out.failure), failure_name(w.asked.outcome.failure), out.retry_seconds);
    }
}

static void each_asks_for_its_own_right(void **state)
{
    static const char *const scopes[] = {"auth%2Fandroidpublisher&", "auth%2Fbusiness.manage&"};
    const struct consent consent = {STR("https://care.example/c"), STR("s"), STR("v"), STR("c")};
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        struct pair given[] = {{STR("client_id"), STR("app")},
                               {i ? STR("location") : STR("package_name"), STR("accounts/1/locations/2")}};
        struct settings settings;
        struct str url;
        struct error e = {0};
        assert_true(settings_make(*state, channel_of(both[i]), &(struct pairs){given, 2}, &settings, &e));
        assert_true(channel_of(both[i])->consent(*state, &settings, &consent, &url, &e));
        assert_true(str_find(url, str_from(scopes[i])) > 0);
        assert_true(str_find(url, STR("access_type=offline")) > 0);
    }
}

int channels_google_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(play_lists_a_week),
        TEST(a_place_lists_what_changed_last),
        TEST(a_reply_is_put_below_its_review),
        TEST(lengths_are_counted_as_they_count),
        TEST(a_reply_is_known_again),
        TEST(every_refusal_has_its_class),
        TEST(each_asks_for_its_own_right),
    };
    return cmocka_run_group_tests_name("channels/google", tests, NULL, NULL);
}
