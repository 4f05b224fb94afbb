/* SPDX-License-Identifier: Apache-2.0 */
/* Asking networks for what they list: the calls of a round, and what their answers give. */
#include "support.h"

int channels_lists_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z */

/* A round, as the house carries it from call to call. */
struct walk {
    struct arena *a;
    const struct channel *channel;
    struct settings settings;
    struct asking asking;
    struct channel_events events;
    struct asked asked;
};

static struct walk walk_of(struct arena *a, const char *network, const char *list, const char *cursor)
{
    const struct channel *channel = channel_of(network);
    const struct listing *listing = channel_listing(channel, str_from(list));
    assert_non_null(listing);
    return (struct walk){
        .a = a,
        .channel = channel,
        .settings = settings_of(a, channel),
        .asking = {.listing = listing, .cursor = str_from(cursor), .since = NOW - HOUR_US, .now = NOW}};
}

static const char *url(struct walk *w)
{
    struct http_call call = {0};
    struct error e = {0};
    if (!w->channel->ask(w->a, &w->settings, &w->asking, &call, &e))
        fail_msg("%s", e.message);
    assert_string_equal(call.method, "GET");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    return str_cstr(w->a, call.url);
}

static void has(struct walk *w, const char *part)
{
    if (!strstr(url(w), part))
        fail_msg("%s has no %s", url(w), part);
}

static void lacks(struct walk *w, const char *part)
{
    if (strstr(url(w), part))
        fail_msg("%s has %s", url(w), part);
}

/* The next answer; what it hands over goes into the next call. */
static void answers(struct walk *w, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    w->events = (struct channel_events){.arena = w->a};
    w->asked = (struct asked){0};
    w->channel->asked(w->a, &w->settings, &w->asking, &reply, &w->events, &w->asked);
    if (w->asked.cursor.len)
        w->asking.cursor = w->asked.cursor;
    w->asking.carry = w->asked.carry;
    w->asking.step++;
}

static void mentions_go_on_from_the_newest(void **state)
{
    struct walk w = walk_of(*state, "x", "mentions", "");
    has(&w, "/2/users/1500000000000000007/mentions?max_results=100&");
    has(&w, "start_time=2025-11-21T14%3A46%3A40Z");
    lacks(&w, "since_id");
    answers(&w, 200,
            "{\"data\":[{\"id\":\"1990000000000000009\",\"text\":\"@us b\",\"author_id\":\"7\",\"conversation_id\":"
            "\"1990000000000000001\",\"created_at\":\"2025-11-21T15:40:00.000Z\"}],\"includes\":{\"users\":[{\"id\":"
            "\"7\",\"name\":\"Ada\",\"username\":\"ada\"}]},\"meta\":{\"newest_id\":\"1990000000000000009\","
            "\"result_count\":1,\"next_token\":\"abc\"}}");
    assert_int_equal(w.events.count, 1);
    assert_str(w.events.items[0].external_id, "1990000000000000009");
    assert_str(w.events.items[0].author.handle, "ada");
    assert_str(w.events.items[0].thread_key, "post:1990000000000000001");
    assert_true(w.asked.more);
    assert_int_equal(w.asked.units, 5);  /* thousandths of a dollar, for one post */
    assert_null(w.events.items[0].shut); /* a mention */
    has(&w, "pagination_token=abc");
    has(&w, "start_time="); /* the same question on every page */
    answers(&w, 200,
            "{\"data\":[{\"id\":\"1990000000000000003\",\"text\":\"@us a\",\"author_id\":\"7\"}],\"meta\":{"
            "\"result_count\":1}}");
    assert_false(w.asked.more);
    assert_str(w.asked.cursor, "1990000000000000009");
    has(&w, "since_id=1990000000000000009");
    lacks(&w, "start_time");
    answers(&w, 200, "{\"meta\":{\"result_count\":0}}");
    assert_false(w.asked.more);
    assert_str(w.asked.cursor, "1990000000000000009");
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    assert_true(w.asked.from == 0); /* X does not say that all is there */
}

/* A node that died between two pages left the cursor: the next one goes on with the same question. */
static void mentions_amid_a_round(void **state)
{
    struct walk w = walk_of(*state, "x", "mentions", "100 130 tok");
    has(&w, "since_id=100&pagination_token=tok");
    answers(&w, 200, "{\"data\":[{\"id\":\"120\",\"text\":\"@us\",\"author_id\":\"7\"}],\"meta\":{}}");
    assert_str(w.asked.cursor, "130");
    w = walk_of(*state, "x", "mentions", "- 130 tok");
    has(&w, "start_time=");
}

static void direct_messages_end_where_they_are_known(void **state)
{
    struct walk w = walk_of(*state, "x", "dms", "");
    has(&w, "/2/dm_events?max_results=100&event_types=MessageCreate&");
    answers(&w, 200,
            "{\"data\":["
            "{\"id\":\"1000\",\"event_type\":\"MessageCreate\",\"text\":\"Ciao &amp; grazie\",\"sender_id\":\"7\","
            "\"dm_conversation_id\":\"7-1500000000000000007\",\"created_at\":\"2025-11-21T15:40:00.000Z\"},"
            "{\"id\":\"999\",\"text\":\"Buongiorno\",\"sender_id\":\"1500000000000000007\",\"dm_conversation_id\":"
            "\"7-1500000000000000007\",\"created_at\":\"2025-11-21T15:39:00.000Z\"},"
            "{\"id\":\"998\",\"text\":\"di gruppo\",\"sender_id\":\"7\",\"dm_conversation_id\":\"55\",\"created_at\":"
            "\"2025-11-21T15:38:00.000Z\"}],\"meta\":{\"next_token\":\"t2\"}}");
    assert_int_equal(w.events.count, 3);
    assert_str(w.events.items[0].text, "Ciao & grazie");
    assert_str(w.events.items[0].thread_key, "dm:7");
    assert_false(w.events.items[0].echo);
    assert_true(w.events.items[1].echo);
    assert_str(w.events.items[1].author.external_id, "7");
    assert_int_equal(w.events.items[2].kind, CHANNEL_IGNORED);
    assert_true(w.asked.more);
    assert_int_equal(w.asked.units, 3);
    has(&w, "pagination_token=t2");
    /* older than what is asked for: the end, though there is another page */
    answers(
        &w, 200,
        "{\"data\":[{\"id\":\"900\",\"text\":\"x\",\"sender_id\":\"7\",\"dm_conversation_id\":"
        "\"7-1500000000000000007\",\"created_at\":\"2025-11-21T14:00:00.000Z\"}],\"meta\":{\"next_token\":\"t3\"}}");
    assert_int_equal(w.events.count, 0);
    assert_false(w.asked.more);
    assert_str(w.asked.cursor, "1000");
    answers(
        &w, 200,
        "{\"data\":[{\"id\":\"1001\",\"text\":\"nuovo\",\"sender_id\":\"7\",\"dm_conversation_id\":"
        "\"7-1500000000000000007\",\"created_at\":\"2025-11-21T15:45:00.000Z\"},{\"id\":\"1000\",\"text\":\"noto\","
        "\"sender_id\":\"7\",\"dm_conversation_id\":\"7-1500000000000000007\",\"created_at\":"
        "\"2025-11-21T15:40:00.000Z\"}],\"meta\":{\"next_token\":\"t2\"}}");
    assert_int_equal(w.events.count, 1);
    assert_false(w.asked.more);
    assert_str(w.asked.cursor, "1001");
}

static void posts_then_their_comments(void **state)
{
    struct walk w = walk_of(*state, "facebook", "comments", "");
    has(&w, "/v26.0/108900000000041/published_posts?limit=25&since=1762530400&"); /* fourteen days */
    w.asking.whole = true;
    has(&w, "since=1761148000&"); /* thirty */
    answers(&w, 200,
            "{\"data\":[{\"id\":\"108900000000041_1\",\"message\":\"Offerte\",\"created_time\":"
            "\"2025-11-20T10:00:00+0000\",\"from\":{\"id\":\"108900000000041\"}},{\"id\":\"108900000000041_2\"},{"
            "\"id\":\"108900000000041_3\","
            "\"message\":\"Un visitatore\",\"from\":{\"id\":\"77\"}}],"
            "\"paging\":{\"cursors\":{\"after\":\"P\"},\"next\":\"https://…\"}}");
    assert_int_equal(w.events.count, 3);
    assert_true(w.events.items[0].echo && w.events.items[1].echo);
    assert_false(w.events.items[2].echo); /* never taken for one of ours */
    assert_str(w.events.items[0].thread_title, "Offerte");
    assert_str(w.events.items[0].thread_key, "post:108900000000041_1");
    has(&w, "/108900000000041_1/comments?filter=stream&limit=100&since=1763736400&");
    answers(
        &w, 200,
        "{\"data\":[{\"id\":\"1_11\",\"message\":\"Quanto costa?\",\"created_time\":\"2025-11-21T15:00:00+0000\","
        "\"from\":{\"id\":\"77\",\"name\":\"Ada\"}},{\"id\":\"1_12\",\"message\":\"Ecco\",\"from\":{\"id\":"
        "\"108900000000041\"},\"parent\":{\"id\":\"1_11\"}},{\"id\":\"1_13\",\"attachment\":{\"type\":\"photo\","
        "\"media\":{\"image\":{\"src\":\"https://x.example/1.jpg\"}}}}],\"paging\":{\"cursors\":{\"after\":\"C\"},"
        "\"next\":\"https://…\"}}");
    assert_int_equal(w.events.count, 3);
    struct channel_event *e = w.events.items;
    assert_str(e[0].parent_id, "108900000000041_1");
    assert_str(e[0].author.name, "Ada");
    assert_true(e[0].as_of == NOW && !e[0].echo && e[0].is_public);
    assert_true(e[1].echo);
    assert_str(e[1].parent_id, "1_11");
    assert_int_equal(e[2].message, MESSAGE_IMAGE);
    has(&w, "/108900000000041_1/comments?");
    has(&w, "&after=C");
    answers(&w, 200, "{\"data\":[]}");
    assert_true(w.asked.more);
    has(&w, "/108900000000041_2/comments?");
    lacks(&w, "&after=");
    /* removed amid the round: nobody's failure */
    answers(&w, 400, "{\"error\":{\"message\":\"gone\",\"code\":100,\"error_subcode\":33}}");
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    has(&w, "/108900000000041_3/comments?");
    answers(&w, 200, "{\"data\":[]}");
    has(&w, "/published_posts?");
    has(&w, "&after=P");
    answers(&w, 200, "{\"data\":[]}");
    assert_false(w.asked.more);
    assert_true(w.asked.from == w.asking.since);
}

static void talks_with_their_messages(void **state)
{
    struct walk w = walk_of(*state, "facebook", "messages", "");
    has(&w,
        "/108900000000041/conversations?platform=messenger&limit=25&fields=id,updated_time,messages.limit(25)%7B");
    answers(
        &w, 200,
        "{\"data\":[{\"id\":\"t_1\",\"updated_time\":\"2025-11-21T15:40:00+0000\",\"messages\":{\"data\":[{\"id\":"
        "\"m_2\",\"message\":\"E allora?\",\"created_time\":\"2025-11-21T15:40:00+0000\",\"from\":{\"id\":\"77\","
        "\"name\":\"Ada\"},\"to\":{\"data\":[{\"id\":\"108900000000041\"}]}},{\"id\":\"m_1\",\"message\":"
        "\"Arrivo\",\"created_time\":\"2025-11-21T15:30:00+0000\",\"from\":{\"id\":\"108900000000041\"},\"to\":"
        "{\"data\":[{\"id\":\"77\"}]},\"attachments\":{\"data\":[{\"mime_type\":\"image/png\",\"image_data\":"
        "{\"url\":\"https://x.example/2.png\"}}]}}],\"paging\":{\"cursors\":{\"after\":\"M\"},\"next\":"
        "\"https://…\"}}},{\"id\":\"t_2\",\"updated_time\":\"2025-11-21T10:00:00+0000\",\"messages\":{\"data\":"
        "[{\"id\":\"m_0\"}]}}],\"paging\":{\"cursors\":{\"after\":\"Q\"},\"next\":\"https://…\"}}");
    assert_int_equal(w.events.count, 2);
    assert_str(w.events.items[0].thread_key, "dm:77");
    assert_str(w.events.items[0].author.name, "Ada");
    assert_true(w.events.items[1].echo);
    assert_str(w.events.items[1].author.external_id, "77");
    assert_int_equal(w.events.items[1].media_count, 1);
    assert_true(w.asked.more); /* older messages of the first; the second is older than what is asked for */
    has(&w, "/t_1/messages?limit=50&");
    answers(
        &w, 200,
        "{\"data\":[{\"id\":\"m_00\",\"message\":\"vecchio\",\"created_time\":\"2025-11-21T09:00:00+0000\",\"from\":"
        "{\"id\":\"77\"}}],\"paging\":{\"cursors\":{\"after\":\"N\"},\"next\":\"https://…\"}}");
    assert_int_equal(w.events.count, 0);
    assert_false(w.asked.more);
}

static void what_is_not_an_answer(void **state)
{
    static const struct {
        const char *network, *list;
        int status;
        const char *body;
        enum failure failure;
    } all[] = {
        {"x", "mentions", 0, "", FAILURE_TRANSIENT},
        {"x", "mentions", 200, "<html>", FAILURE_TRANSIENT},
        {"x", "mentions", 200, "[]", FAILURE_TRANSIENT},
        {"x", "dms", 401, "{\"title\":\"Unauthorized\",\"status\":401}", FAILURE_TOKEN},
        {"x", "dms", 403, "{\"detail\":\"You are not permitted to use OAuth2 on this endpoint\"}",
         FAILURE_PERMISSION},
        {"x", "mentions", 403, "{}", FAILURE_PERMISSION},
        {"x", "mentions", 429, "{\"title\":\"Too Many Requests\"}", FAILURE_RATE},
        {"facebook", "comments", 0, "", FAILURE_TRANSIENT},
        {"facebook", "comments", 200, "{\"data\":{}}", FAILURE_TRANSIENT},
        {"facebook", "comments", 400, "{\"error\":{\"code\":190,\"message\":\"expired\"}}", FAILURE_TOKEN},
        {"facebook", "messages", 403, "{\"error\":{\"code\":200,\"message\":\"right\"}}", FAILURE_PERMISSION},
        {"facebook", "messages", 400, "{\"error\":{\"code\":613,\"message\":\"calls\"}}", FAILURE_RATE},
        {"facebook", "messages", 404, "", FAILURE_GONE}, /* of the Page itself it is a failure */
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct walk w = walk_of(*state, all[i].network, all[i].list, "");
        answers(&w, all[i].status, all[i].body);
        assert_int_equal(w.asked.outcome.kind, OUTCOME_FAILED);
        if (w.asked.outcome.failure != all[i].failure)
            fail_msg("%s %s: %s", all[i].network, all[i].body, failure_name(w.asked.outcome.failure));
        assert_false(w.asked.more);
        assert_int_equal(w.events.count, 0);
        assert_true(w.asked.outcome.words.len > 0 || !all[i].status);
    }
    struct walk w = walk_of(*state, "x", "mentions", "");
    answers(&w, 200,
            "{\"data\":[{\"text\":\"of nobody\"},7,{\"id\":\"5\",\"text\":\"a\",\"author_id\":\"9\"}],\"meta\":{}}");
    assert_int_equal(w.events.count, 1); /* the rest of the page is taken in */
    assert_true(w.events.unread.len > 0);
}

static void what_an_account_has_not(void **state)
{
    static const char *const all[][2] = {{"x", "mentions"}, {"facebook", "comments"}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct walk w = walk_of(*state, all[i][0], all[i][1], "");
        struct http_call call = {0};
        struct error e = {0};
        struct pairs whole = w.settings.values;
        struct pair *items = ARENA_ARRAY(w.a, struct pair, whole.count + 1);
        static const char *const without[] = {"access_token", "user_id", "page_id"};
        for (size_t k = 0; k < COUNT_OF(without); k++) {
            if (!pairs_get(&whole, str_from(without[k])).len)
                continue;
            w.settings.values = (struct pairs){items, 0};
            for (size_t n = 0; n < whole.count; n++)
                if (!str_eq(whole.items[n].name, str_from(without[k])))
                    items[w.settings.values.count++] = whole.items[n];
            e = (struct error){0};
            assert_false(w.channel->ask(w.a, &w.settings, &w.asking, &call, &e));
            assert_int_equal(e.code, k == 0 ? ERR_UNAUTHENTICATED : ERR_NOT_FOUND);
        }
    }
}

int channels_lists_test(void)
{
    const struct CMUnitTest tests[] = {TEST(mentions_go_on_from_the_newest),
                                       TEST(mentions_amid_a_round),
                                       TEST(direct_messages_end_where_they_are_known),
                                       TEST(posts_then_their_comments),
                                       TEST(talks_with_their_messages),
                                       TEST(what_is_not_an_answer),
                                       TEST(what_an_account_has_not)};
    return cmocka_run_group_tests_name("channels/lists", tests, NULL, NULL);
}
