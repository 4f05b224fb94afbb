/* SPDX-License-Identifier: Apache-2.0 */
/* Bluesky: sessions, the probe, where pictures are, and the walk through what it lists. */
#include "support.h"

#include "channels/channel_bluesky.h"

int channels_bluesky_lists_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z */

#define ADA    "did:plc:ada234567234567234567234"
#define LEO    "did:plc:leo234567234567234567234"
#define US     "did:plc:negozio2345672345672345"
#define PARENT "at://" ADA "/app.bsky.feed.post/3n2bbbbbbbb2b"
#define ROOT   "at://" LEO "/app.bsky.feed.post/3n2aaaaaaaa2a"
#define OURS   "at://" US "/app.bsky.feed.post/3n2cccccccc2c"

static const struct channel *bluesky(void)
{
    return channel_of("bluesky");
}

/* ---- sessions ---- */

static const char *renews(struct arena *a, struct pairs *more, struct http_call *call)
{
    struct settings settings;
    struct error e = {0};
    if (!settings_make(a, bluesky(), more, &settings, &e) || !bluesky()->renew(a, &settings, call, &e))
        return str_format(a, "%s", e.message).ptr;
    assert_string_equal(call->method, "POST");
    return str_cstr(a, call->url);
}

static void a_session_is_begun_renewed_and_begun_anew(void **state)
{
    struct pair given[] = {{STR("handle"), STR("@negozio.example.com")},
                           {STR("app_password"), STR("abcd-efgh")},
                           {STR("api_base"), STR("https://pds.example/")},
                           {STR("refresh_token"), STR("R1")},
                           {STR("signed_in"), STR("Negozio.example.com")}};
    struct pairs all = {given, 3};
    struct http_call call;
    assert_string_equal(renews(*state, &all, &call), "https://pds.example/xrpc/com.atproto.server.createSession");
    assert_str(call.body, "{\"identifier\":\"negozio.example.com\",\"password\":\"abcd-efgh\"}");
    assert_int_equal(pairs_get(&call.headers, STR("Authorization")).len, 0);
    all.count = 5;
    assert_string_equal(renews(*state, &all, &call), "https://pds.example/xrpc/com.atproto.server.refreshSession");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer R1");
    assert_int_equal(call.body.len, 0);
    given[4].value = STR("altro.example.com"); /* another account since: its session is not this one's */
    assert_non_null(strstr(renews(*state, &all, &call), "createSession"));
    given[4].value = STR("negozio.example.com");
    given[3].value = STR("-"); /* it served */
    assert_non_null(strstr(renews(*state, &all, &call), "createSession"));
}

static void a_session_says_how_long_it_lasts(void **state)
{
    /* {"iat":1000,"exp":4600}; more than a day, and no token at all */
    static const struct {
        const char *token;
        int seconds;
    } cases[] = {{"e30.eyJpYXQiOjEwMDAsImV4cCI6NDYwMH0.x", 3600},
                 {"e30.eyJpYXQiOjEwMDAsImV4cCI6OTk5OTk5fQ.x", 7200},
                 {"e30.%%%.x", 7200},
                 {"opaque", 7200}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str body = str_format(*state,
                                     "{\"accessJwt\":\"%s\",\"refreshJwt\":\"R2\",\"did\":\"" US
                                     "\",\"handle\":\"negozio.example.com\",\"didDoc\":{\"service\":[{\"id\":"
                                     "\"#atproto_pds\",\"serviceEndpoint\":\"https://morel.example\"}]}}",
                                     cases[i].token);
        struct http_reply reply = {.status = 200, .body = body};
        struct pairs changed = {0};
        struct outcome out = {0};
        assert_int_equal(bluesky()->renewed(*state, &reply, &changed, &out), cases[i].seconds);
        assert_int_equal(out.kind, OUTCOME_ACCEPTED);
        assert_str(pairs_get(&changed, STR("access_token")), cases[i].token);
        assert_str(pairs_get(&changed, STR("refresh_token")), "R2");
        assert_str(pairs_get(&changed, STR("did")), US);
        assert_str(pairs_get(&changed, STR("handle")), "negozio.example.com");
        assert_str(pairs_get(&changed, STR("signed_in")), "negozio.example.com");
        assert_str(pairs_get(&changed, STR("pds")), "https://morel.example");
    }
}

static void a_refused_renewal_leaves_the_password(void **state)
{
    static const struct {
        int status;
        const char *body;
        bool spent;
        enum failure failure;
    } cases[] = {{400, "{\"error\":\"ExpiredToken\",\"message\":\"Token has been revoked\"}", true, FAILURE_TOKEN},
                 {400, "{\"error\":\"InvalidToken\",\"message\":\"x\"}", true, FAILURE_TOKEN},
                 {401, "{\"error\":\"AuthenticationRequired\",\"message\":\"x\"}", false, FAILURE_TOKEN},
                 {502, "{\"error\":\"ExpiredToken\"}", false, FAILURE_TOKEN},
                 {503, "", false, FAILURE_TRANSIENT},
                 {200, "{\"handle\":\"x\"}", false, FAILURE_TRANSIENT}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_reply reply = {.status = cases[i].status, .body = str_from(cases[i].body)};
        struct pairs changed = {0};
        struct outcome out = {0};
        assert_int_equal(bluesky()->renewed(*state, &reply, &changed, &out), 0);
        assert_int_equal(out.failure, cases[i].failure);
        assert_str(pairs_get(&changed, STR("refresh_token")), cases[i].spent ? "-" : "");
    }
}

static void a_name_that_leads_nowhere_is_not_kept(void **state)
{
    struct http_reply reply = {.status = 200,
                               .body = STR("{\"accessJwt\":\"a.b.c\",\"refreshJwt\":\"R\",\"did\":\"" US
                                           "\",\"handle\":\"handle.invalid\",\"didDoc\":{\"service\":[{\"id\":\"x#"
                                           "atproto_pds\",\"serviceEndpoint\":\"http://10.0.0.1\"}]}}")};
    struct pairs changed = {0};
    struct outcome out = {0};
    assert_true(bluesky()->renewed(*state, &reply, &changed, &out) > 0);
    assert_int_equal(pairs_get(&changed, STR("handle")).len, 0);
    assert_int_equal(pairs_get(&changed, STR("pds")).len, 0);
}

static void the_probe_tells_an_account_that_sleeps(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum failure failure;
    } cases[] = {{200, "{\"did\":\"" US "\",\"handle\":\"negozio.example.com\",\"active\":true}", FAILURE_NONE},
                 {200, "{\"did\":\"" US "\",\"handle\":\"n\",\"active\":false,\"status\":\"deactivated\"}",
                  FAILURE_PERMISSION},
                 {200, "{}", FAILURE_TRANSIENT},
                 {400, "{\"error\":\"ExpiredToken\",\"message\":\"x\"}", FAILURE_TOKEN},
                 {401, "{\"error\":\"AuthMissing\",\"message\":\"x\"}", FAILURE_TOKEN}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_reply reply = {.status = cases[i].status, .body = str_from(cases[i].body)};
        struct outcome out = {0};
        bluesky()->probed(*state, &reply, &out);
        assert_int_equal(out.failure, cases[i].failure);
        assert_true(out.words.len > 0);
    }
}

/* ---- pictures ---- */

static void pictures_are_found_by_their_post(void **state)
{
    struct settings settings = settings_of(*state, bluesky());
    struct channel_media file = {.kind = MESSAGE_IMAGE, .media_id = STR(PARENT "#1")};
    struct http_call call = {0};
    struct error e = {0};
    static const char views[] = "{\"posts\":[{\"embed\":{\"media\":{\"images\":[{\"fullsize\":\"https://cdn.example/"
                                "0\"},{\"fullsize\":\"https://cdn.example/1\"}]}}}]}";
    assert_true(bluesky()->media(*state, &settings, &file, 0, STR_EMPTY, &call, &e));
    assert_true(str_ends(call.url, STR("app.bsky.feed.getPosts?uris=at%3A%2F%2Fdid%3Aplc%3Aada234567234567234567234%"
                                       "2Fapp.bsky.feed.post%2F3n2bbbbbbbb2b")));
    assert_true(bluesky()->media(*state, &settings, &file, 1, STR(views), &call, &e));
    assert_str(call.url, "https://cdn.example/1");
    assert_int_equal(pairs_get(&call.headers, STR("Authorization")).len, 0); /* our access is not the cdn's */
    static const char *const nowhere[] = {"{\"posts\":[]}", "", "{\"posts\":[{\"embed\":{\"images\":[{}]}}]}"};
    for (size_t i = 0; i < COUNT_OF(nowhere); i++)
        assert_false(bluesky()->media(*state, &settings, &file, 1, str_from(nowhere[i]), &call, &e));
    file = (struct channel_media){.kind = MESSAGE_IMAGE, .url = STR("http://cdn.example/0")};
    assert_false(bluesky()->media(*state, &settings, &file, 0, STR_EMPTY, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

/* ---- lists ---- */

struct walk {
    struct arena *a;
    struct settings settings;
    struct asking asking;
    struct channel_events events;
    struct asked asked;
};

static struct walk walk_of(struct arena *a, const char *list)
{
    return (struct walk){
        .a = a,
        .settings = settings_of(a, bluesky()),
        .asking = {.listing = channel_listing(bluesky(), str_from(list)), .since = NOW - HOUR_US, .now = NOW}};
}

static const char *url(struct walk *w)
{
    struct http_call call = {0};
    struct error e = {0};
    if (!bluesky()->ask(w->a, &w->settings, &w->asking, &call, &e)) {
        assert_int_equal(e.code, ERR_NOT_FOUND);
        return str_format(w->a, "%s", e.message).ptr;
    }
    assert_string_equal(call.method, "GET");
    return strstr(str_cstr(w->a, call.url), "/xrpc/") + 6;
}

static void answers(struct walk *w, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    w->events = (struct channel_events){.arena = w->a};
    w->asked = (struct asked){0};
    bluesky()->asked(w->a, &w->settings, &w->asking, &reply, &w->events, &w->asked);
    if (w->asked.cursor.len)
        w->asking.cursor = w->asked.cursor;
    w->asking.carry = w->asked.carry;
    w->asking.step++;
}

#define NOTES "app.bsky.notification.listNotifications?limit=100&reasons=mention&reasons=reply&reasons=quote"
#define FEED                                                                                                         \
    "app.bsky.feed.getAuthorFeed?limit=100&filter=posts_with_replies&actor=did%3Aplc%3Anegozio2345672345672345"
#define POST(who, key, at, more)                                                                                     \
    "{\"uri\":\"at://" who "/app.bsky.feed.post/" key "\",\"cid\":\"c\",\"author\":{\"did\":\"" who                  \
    "\",\"handle\":\"h.example\"},\"record\":{\"text\":\"x\"},\"indexedAt\":\"2025-11-21T" at "Z\"" more "}"

static void posts_are_walked_from_notifications_to_threads(void **state)
{
    struct walk w = walk_of(*state, "posts");
    assert_string_equal(url(&w), NOTES);
    answers(&w, 200,
            "{\"notifications\":[" POST(ADA, "3n2bbbbbbbb2b", "15:40:00.000",
                                        ",\"reason\":\"mention\"") "],\"cursor\":\"c 1\"}");
    assert_int_equal(w.events.count, 1);
    assert_true(w.asked.more && !w.asked.cursor.len);
    assert_string_equal(url(&w), NOTES "&cursor=c%201");
    answers(&w, 200,
            "{\"notifications\":[" POST(ADA, "3n2aaaaaaaa2a", "14:40:00.000",
                                        ",\"reason\":\"reply\"") "],\"cursor\":\"c2\"}");
    assert_string_equal(url(&w), FEED); /* the last was older than what is asked for */
    answers(&w, 200,
            "{\"feed\":[{\"post\":" POST(
                LEO, "3n2zzzzzzzz2z", "15:46:00.000",
                "") ",\"reason\":{\"$type\":\"app.bsky.feed.defs#reasonRepost\"}},"
                    "{\"post\":" POST(
                        US, "3n2eeeeeeee2e", "15:45:00.000",
                        ",\"replyCount\":0") "},"
                                             "{\"post\":" POST(
                                                 US, "3n2dddddddd2d", "15:30:00.000",
                                                 ",\"replyCount\":1") "},"
                                                                      "{\"post\":" POST(
                                                                          US, "3n2cccccccc2c", "15:00:00.000",
                                                                          ",\"replyCount\":2") ",\"reply\":{"
                                                                                               "\"parent\":{\"$"
                                                                                               "type\":\"app.bsky."
                                                                                               "feed.defs#"
                                                                                               "notFoundPost\","
                                                                                               "\"uri\":\"" PARENT
                                                                                               "\",\"notFound\":true}"
                                                                                               "}},"
                                                                                               "{\"post\":" POST(
                                                                                                   US,
                                                                                                   "3n2bbbbbbbb2b",
                                                                                                   "12:00:00.000",
                                                                                                   ",\"replyCount\":"
                                                                                                   "9") "}],"
                                                                                                        "\"cursor\":"
                                                                                                        "\"f2\"}");
    assert_int_equal(w.events.count, 4);
    assert_true(w.events.items[0].echo && w.events.items[1].echo && w.events.items[3].echo);
    assert_int_equal(w.events.items[2].kind, CHANNEL_DELETE); /* what we answered is gone */
    assert_str(w.events.items[2].external_id, PARENT);
    assert_true(w.asked.more);
    assert_non_null(strstr(url(&w), "app.bsky.feed.getPostThread?depth=20&parentHeight=1&uri=at%3A%2F%2Fdid%3Aplc%3A"
                                    "negozio2345672345672345%2Fapp.bsky.feed.post%2F3n2cccccccc2c"));
    answers(&w, 200,
            "{\"thread\":{\"post\":" POST(US, "3n2cccccccc2c", "15:00:00.000", "") ",\"replies\":[{\"post\":" POST(
                LEO, "3n2ffffffff2f", "15:10:00.000",
                "") ",\"replies\":[{\"post\":" POST(US, "3n2dddddddd2d", "15:30:00.000",
                                                    "") ",\"replies\":[{\"post\":" POST(ADA, "3n2gggggggg2g",
                                                                                        "15:35:00.000",
                                                                                        "") "}]}]}]}}");
    assert_int_equal(w.events.count, 2); /* theirs; and what stood below is not asked for again */
    assert_false(w.asked.more);
    assert_true(w.asked.from == w.asking.since);
}

static void a_post_that_vanished_amid_a_walk_is_nobodys_failure(void **state)
{
    struct walk w = walk_of(*state, "posts");
    w.asking.carry = STR("{\"phase\":\"threads\",\"todo\":[{\"id\":\"" OURS "\"},{\"id\":\"" PARENT "\"}]}");
    w.asking.step = 2;
    answers(&w, 400, "{\"error\":\"NotFound\",\"message\":\"Post not found\"}");
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    assert_true(w.asked.more);
    assert_non_null(strstr(url(&w), "3n2bbbbbbbb2b"));
    answers(&w, 400, "{\"error\":\"ExpiredToken\",\"message\":\"x\"}");
    assert_int_equal(w.asked.outcome.failure, FAILURE_TOKEN);
    assert_false(w.asked.more);
    w = walk_of(*state, "posts");
    answers(&w, 400, "{\"error\":\"NotFound\",\"message\":\"x\"}");
    assert_int_equal(w.asked.outcome.failure, FAILURE_GONE);
}

/* What was left out cannot tell what is gone. */
static void a_round_that_left_something_out_says_so(void **state)
{
    struct walk w = walk_of(*state, "posts");
    for (int i = 0; i < 45; i++) {
        assert_non_null(strstr(url(&w), "listNotifications"));
        answers(&w, 200,
                "{\"notifications\":[" POST(ADA, "3n2bbbbbbbb2b", "15:40:00.000",
                                            ",\"reason\":\"mention\"") "],\"cursor\":\"c\"}");
    }
    assert_string_equal(url(&w), FEED);
    answers(&w, 200, "{\"feed\":[]}");
    assert_false(w.asked.more);
    assert_true(w.asked.from == 0);
}

static void before_the_first_session_nobody_is_asked(void **state)
{
    struct pair given[] = {{STR("handle"), STR("n.example.com")}, {STR("app_password"), STR("p")}};
    struct walk w = walk_of(*state, "posts");
    struct error e = {0};
    assert_true(settings_make(*state, bluesky(), &(struct pairs){given, 2}, &w.settings, &e));
    assert_non_null(strstr(url(&w), "has not told yet who we are"));
}

#define MESSAGE(id, who, at)                                                                                         \
    "{\"$type\":\"chat.bsky.convo.defs#messageView\",\"id\":\"" id "\",\"text\":\"ciao\",\"sender\":{\"did\":\"" who \
    "\"},\"sentAt\":\"2025-11-21T" at "Z\"}"

static void talks_are_walked_as_far_as_they_are_new(void **state)
{
    struct walk w = walk_of(*state, "messages");
    assert_string_equal(url(&w), "chat.bsky.convo.listConvos?limit=100");
    answers(&w, 200,
            "{\"convos\":[{\"id\":\"t1\",\"members\":[{\"did\":\"" US "\"},{\"did\":\"" ADA
            "\",\"handle\":\"ada.example.com\",\"displayName\":\"Ada\"}],\"lastMessage\":" MESSAGE(
                "m3", ADA,
                "15:40:00") "},"
                            "{\"id\":\"t2\",\"kind\":{\"$type\":\"chat.bsky.convo.defs#groupConvo\"},\"members\":[{"
                            "\"did\":\"" US "\"},{\"did\":\"" LEO "\"}],\"lastMessage\":" MESSAGE(
                                "m9", LEO, "15:39:00") "},"
                                                       "{\"id\":\"t3\",\"members\":[{\"did\":\"" LEO
                                                       "\"}],\"lastMessage\":" MESSAGE(
                                                           "m1", LEO, "10:00:00") "}],\"cursor\":\"more\"}");
    assert_true(w.asked.more);
    assert_str(w.asked.cursor, "-");
    assert_string_equal(url(&w), "chat.bsky.convo.getMessages?limit=100&convoId=t1");
    answers(&w, 200,
            "{\"messages\":[" MESSAGE("m3", ADA, "15:40:00") "," MESSAGE(
                "m2", US, "15:30:00") ",{\"$type\":\"chat.bsky.convo.defs#deletedMessageView\",\"id\":\"m0\","
                                      "\"sender\":{\"did\":\"" ADA
                                      "\"},\"sentAt\":\"2025-11-21T15:20:00Z\"},{}],\"cursor\":\"p2\"}");
    assert_int_equal(w.events.count, 2);
    assert_str(w.events.items[0].author.name, "Ada");
    assert_str(w.events.items[0].thread_key, "dm:" ADA);
    assert_true(w.events.items[1].echo);
    assert_str(w.events.items[1].author.external_id, ADA); /* whom it went to */
    assert_true(str_find(w.events.unread, STR("messages[3]")) >= 0);
    assert_string_equal(url(&w), "chat.bsky.convo.getMessages?limit=100&convoId=t1&cursor=p2");
    answers(&w, 200, "{\"messages\":[" MESSAGE("m1", ADA, "10:00:00") "],\"cursor\":\"p3\"}");
    assert_int_equal(w.events.count, 0);
    assert_false(w.asked.more);
}

static void without_direct_messages_the_list_is_left_out(void **state)
{
    static const struct {
        int status;
        const char *body, *words;
    } cases[] = {
        {501, "{\"error\":\"MethodNotImplemented\",\"message\":\"Method Not Implemented\"}", "passes no direct"},
        {400, "{\"error\":\"InvalidToken\",\"message\":\"Bad token method\"}", "app password"},
        {401, "{\"error\":\"InvalidToken\",\"message\":\"Bad token scope\"}", "app password"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct walk w = walk_of(*state, "messages");
        answers(&w, cases[i].status, cases[i].body);
        assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
        assert_false(w.asked.more);
        w.asking.step = 0;
        assert_non_null(strstr(url(&w), cases[i].words));
        w.asking.now += DAY_US + SECOND_US;
        assert_non_null(strstr(url(&w), "listConvos")); /* a day later, or when a setting changed */
        w.asking.now -= DAY_US;
        w.asking.whole = true;
        assert_non_null(strstr(url(&w), "listConvos"));
    }
    struct walk w = walk_of(*state, "messages");
    answers(&w, 400, "{\"error\":\"InvalidToken\",\"message\":\"Token could not be verified\"}");
    assert_int_equal(w.asked.outcome.failure, FAILURE_TOKEN);
}

int channels_bluesky_lists_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_is_begun_renewed_and_begun_anew),
        TEST(a_session_says_how_long_it_lasts),
        TEST(a_refused_renewal_leaves_the_password),
        TEST(a_name_that_leads_nowhere_is_not_kept),
        TEST(the_probe_tells_an_account_that_sleeps),
        TEST(pictures_are_found_by_their_post),
        TEST(posts_are_walked_from_notifications_to_threads),
        TEST(a_post_that_vanished_amid_a_walk_is_nobodys_failure),
        TEST(a_round_that_left_something_out_says_so),
        TEST(before_the_first_session_nobody_is_asked),
        TEST(talks_are_walked_as_far_as_they_are_new),
        TEST(without_direct_messages_the_list_is_left_out),
    };
    return cmocka_run_group_tests_name("channels/bluesky_lists", tests, NULL, NULL);
}
