/* SPDX-License-Identifier: Apache-2.0 */
/* Mastodon is asked: rounds that go on where others ended, what was edited and deleted meanwhile, answers that fail,
 * and what a real server answered. */
#include "support.h"

int channels_mastodon_lists_test(void);

#define BASE  "https://piazza.example"
#define NOW   INT64_C(1795172400000000) /* 2026-11-20T11:00:00Z */
#define SINCE (NOW - 600 * SECOND_US)

static const struct channel *mastodon(void)
{
    return channel_of("mastodon");
}

static struct settings our_settings(struct arena *a)
{
    struct pair given[] = {
        {STR("api_base"), STR(BASE)}, {STR("account"), STR("nuvola")}, {STR("access_token"), STR("TOKEN")}};
    struct settings settings;
    struct error e = {0};
    if (!settings_make(a, mastodon(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e))
        fail_msg("%s", e.message);
    return settings;
}

/* ---- asking ---- */

struct round {
    struct arena *a;
    struct settings s;
    struct asking asking;
    struct asked out;
    struct channel_events events;
};

static struct round round_of(struct arena *a, const char *listing)
{
    struct round r = {.a = a, .s = our_settings(a), .events.arena = a};
    r.asking = (struct asking){.listing = channel_listing(mastodon(), str_from(listing)), .now = NOW, .since = SINCE};
    assert_non_null(r.asking.listing);
    r.asking.cursor = STR("{\"id\":\"1\"}");
    return r;
}

/* One call, whose address ends with `end`, and its answer. */
static void ask_page(struct round *r, const char *end, int status, struct str link, struct str body)
{
    struct http_call call = {0};
    struct error e = {0};
    struct pair headers[] = {{STR("link"), link}};
    struct http_reply reply = {.status = status, .headers = {headers, link.len ? 1 : 0}, .body = body};
    assert_true(mastodon()->ask(r->a, &r->s, &r->asking, &call, &e));
    if (!str_ends(call.url, str_from(end)))
        fail_msg("%.*s is asked for, and not …%s", STR_ARGS(call.url), end);
    assert_string_equal(call.method, "GET");
    r->out = (struct asked){0};
    mastodon()->asked(r->a, &r->s, &r->asking, &reply, &r->events, &r->out);
    r->asking.step++;
    r->asking.carry = r->out.carry;
    if (r->out.cursor.len)
        r->asking.cursor = r->out.cursor;
}

static void ask_one(struct round *r, const char *end, int status, const char *body)
{
    ask_page(r, end, status, STR_EMPTY, str_from(body));
}

/* The next round begins where the one before ended. */
static void round_again(struct round *r)
{
    assert_int_equal(r->out.outcome.kind, OUTCOME_ACCEPTED);
    assert_false(r->out.more);
    r->asking.step = 0;
    r->asking.carry = STR_EMPTY;
    r->events = (struct channel_events){.arena = r->a};
}

static struct str post_of(struct arena *a, const char *id, const char *who, const char *more)
{
    return str_format(a,
                      "{\"id\":\"%s\",\"created_at\":\"2026-11-20T10:58:00.000Z\",\"content\":\"<p>%s</p>\","
                      "\"visibility\":\"public\",\"account\":{\"id\":\"%s\",\"acct\":\"%s\"}%s}",
                      id, id, who, strcmp(who, "1") == 0 ? "nuvola" : "ada@orto.example", more);
}

static struct str mention(struct arena *a, const char *id, const char *more)
{
    struct str status = post_of(a, id, "71", more);
    return str_format(
        a,
        "{\"id\":\"%s\",\"type\":\"mention\",\"created_at\":\"2026-11-20T10:58:00.000Z\",\"account\":{},"
        "\"status\":%.*s}",
        id, STR_ARGS(status));
}

static struct str list_of(struct arena *a, struct str first, struct str second)
{
    return str_format(a, "[%.*s%s%.*s]", STR_ARGS(first), second.len ? "," : "", STR_ARGS(second));
}

static size_t count_of(const struct round *r, enum channel_event_kind kind, const char *id)
{
    size_t n = 0;
    for (size_t i = 0; i < r->events.count; i++)
        n += r->events.items[i].kind == kind && str_eq(r->events.items[i].external_id, str_from(id));
    return n;
}

#define FIRST "quote&types%5B%5D=update&include_filtered=true&limit=40"

static void mentions_are_read_down_to_what_is_known(void **state)
{
    struct arena *a = *state;
    struct round r = round_of(a, "mentions");
    struct str link = STR("<" BASE "/api/v1/notifications?limit=40&max_id=104>; rel=\"next\", <" BASE "/x?min_id=9>; "
                          "rel=\"prev\"");
    ask_page(&r, FIRST, 200, link, list_of(a, mention(a, "105", ""), mention(a, "104", "")));
    assert_true(r.out.more);
    ask_page(&r, "&max_id=104", 200, STR("<x?min_id=9>; rel=\"prev\""), list_of(a, mention(a, "103", ""), STR_EMPTY));
    assert_int_equal(r.events.count, 3);
    round_again(&r);
    ask_page(&r, FIRST, 200, link, list_of(a, mention(a, "106", ""), mention(a, "105", "")));
    assert_int_equal(count_of(&r, CHANNEL_MESSAGE, "106"), 1);
    assert_int_equal(count_of(&r, CHANNEL_MESSAGE, "105"),
                     1);     /* the first page is read to its end: edits show there */
    assert_true(r.out.more); /* not of older pages: of those that were not shown */
    ask_page(&r, "/api/v1/statuses/104", 200, STR_EMPTY, post_of(a, "104", "71", ""));
    ask_page(&r, "/api/v1/statuses/103", 200, STR_EMPTY, post_of(a, "103", "71", ""));
    round_again(&r);
}

static void what_is_not_shown_any_more_is_looked_for(void **state)
{
    struct arena *a = *state;
    struct round r = round_of(a, "mentions");
    ask_page(&r, FIRST, 200, STR_EMPTY, list_of(a, mention(a, "105", ""), mention(a, "104", "")));
    ask_one(&r, "&max_id=104", 200, "[]");
    round_again(&r);
    ask_one(&r, FIRST, 200, "[]"); /* somebody cleared the notifications: nothing is gone by that */
    assert_int_equal(r.events.count, 0);
    ask_one(&r, "/api/v1/statuses/105", 404, "{\"error\":\"Record not found\"}");
    assert_int_equal(count_of(&r, CHANNEL_DELETE, "105"), 1);
    ask_page(&r, "/api/v1/statuses/104", 200, STR_EMPTY,
             post_of(a, "104", "71", ",\"edited_at\":\"2026-11-20T10:59:00.000Z\""));
    assert_int_equal(count_of(&r, CHANNEL_MESSAGE, "104"), 1);
    assert_true(r.events.items[1].as_of == NOW - 60 * SECOND_US);
    round_again(&r);
    ask_one(&r, FIRST, 200, "[]");
    ask_one(&r, "/api/v1/statuses/104", 403,
            "{\"error\":\"This is not for you\"}"); /* nobody knows: not looked for again */
    assert_int_equal(r.events.count, 0);
    round_again(&r);
    ask_one(&r, FIRST, 200, "[]");
    round_again(&r);
}

static void a_whole_round_goes_back_as_far_as_is_asked(void **state)
{
    struct arena *a = *state;
    struct round r = round_of(a, "mentions");
    r.asking.cursor = STR("{\"done\":\"999\",\"next\":\"5\",\"newest\":\"7\"}");
    r.asking.whole = true;
    ask_one(&r, "/api/v1/accounts/verify_credentials", 200, "{\"id\":\"1\",\"acct\":\"Nuvola\"}");
    ask_page(&r, FIRST, 200, STR_EMPTY, list_of(a, mention(a, "105", ""), STR_EMPTY));
    assert_int_equal(r.events.count, 1);
    r.asking.since = NOW; /* all on the next page is older */
    ask_page(&r, "&max_id=105", 200, STR_EMPTY, list_of(a, mention(a, "104", ""), STR_EMPTY));
    assert_int_equal(r.events.count, 1);
    round_again(&r);
}

static void an_interrupted_round_goes_on(void **state)
{
    struct arena *a = *state;
    struct round r = round_of(a, "mentions");
    ask_page(&r, FIRST, 200, STR_EMPTY, list_of(a, mention(a, "105", ""), STR_EMPTY));
    struct round other = round_of(a, "mentions"); /* another node: it has the cursor alone */
    other.asking.cursor = r.asking.cursor;
    ask_page(&other, "&max_id=105", 200, STR_EMPTY, list_of(a, mention(a, "104", ""), STR_EMPTY));
    ask_one(&other, "&max_id=104", 200, "[]");
    round_again(&other);
    assert_non_null(strstr(str_cstr(a, other.asking.cursor), "\"done\":\"105\""));
    ask_page(&other, FIRST, 200, STR_EMPTY, list_of(a, mention(a, "105", ""), mention(a, "104", "")));
    round_again(&other);
}

static void talks_are_read_with_what_was_said_before(void **state)
{
    struct arena *a = *state;
    struct round r = round_of(a, "talks");
    struct str last =
        post_of(a, "205", "71", ",\"in_reply_to_id\":\"204\",\"mentions\":[{\"id\":\"1\",\"acct\":\"nuvola\"}]");
    struct str talk = str_format(a,
                                 "[{\"id\":\"9\",\"accounts\":[],\"unread\":true,\"last_status\":%.*s},"
                                 "{\"id\":\"8\",\"accounts\":[],\"unread\":false,\"last_status\":null}]",
                                 STR_ARGS(last));
    ask_page(&r, "/api/v1/conversations?limit=40", 200, STR("<x>; rel=\"prev\""), talk);
    struct str ours = post_of(a, "204", "1", ",\"in_reply_to_id\":\"203\",\"in_reply_to_account_id\":\"71\"");
    struct str old = str_format(
        a,
        "{\"ancestors\":[{\"id\":\"1\",\"created_at\":\"2026-10-01T00:00:00Z\",\"account\":{\"id\":\"71\"}},%.*s],"
        "\"descendants\":[]}",
        STR_ARGS(ours));
    ask_page(&r, "/api/v1/statuses/205/context", 200, STR_EMPTY, old);
    assert_int_equal(r.events.count, 2); /* what is older than is asked for stays out */
    assert_true(r.events.items[1].echo);
    assert_str(r.events.items[1].author.external_id, "71");
    round_again(&r);
    ask_page(&r, "/api/v1/conversations?limit=40", 200, STR_EMPTY, talk);
    round_again(&r);
    assert_int_equal(r.events.count, 0);
}

static void answers_to_our_posts_are_found(void **state)
{
    struct arena *a = *state;
    struct round r = round_of(a, "threads");
    r.asking.cursor = STR_EMPTY;
    ask_one(&r, "/api/v1/accounts/verify_credentials", 200, "{\"id\":\"1\",\"acct\":\"nuvola\"}");
    struct str three =
        list_of(a, post_of(a, "305", "1", ",\"replies_count\":1"), post_of(a, "304", "1", ",\"replies_count\":0"));
    ask_page(&r, "/api/v1/accounts/1/statuses?exclude_reblogs=true&limit=40", 200, STR_EMPTY, three);
    struct str below = post_of(a, "306", "71", ",\"in_reply_to_id\":\"305\"");
    ask_page(&r, "/api/v1/statuses/305/context", 200, STR_EMPTY,
             str_format(a, "{\"ancestors\":[],\"descendants\":[%.*s]}", STR_ARGS(below)));
    assert_int_equal(count_of(&r, CHANNEL_MESSAGE, "306"), 1);
    round_again(&r);
    ask_page(&r, "statuses?exclude_reblogs=true&limit=40", 200, STR_EMPTY, three); /* nothing changed below them */
    ask_one(&r, "/api/v1/statuses/306", 410, "{\"error\":\"Gone\"}"); /* it does not name us: it is watched */
    assert_int_equal(count_of(&r, CHANNEL_DELETE, "306"), 1);
    round_again(&r);
    three = list_of(a, post_of(a, "305", "1", ",\"replies_count\":2"), STR_EMPTY);
    ask_page(&r, "statuses?exclude_reblogs=true&limit=40", 200, STR_EMPTY, three);
    ask_one(&r, "/api/v1/statuses/305/context", 404, "{\"error\":\"Record not found\"}"); /* removed meanwhile */
    round_again(&r);
}

static void rounds_that_fail_say_why(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum failure failure;
    } expected[] = {{401, "{\"error\":\"The access token was revoked\"}", FAILURE_TOKEN},
                    {403, "{\"error\":\"This action is outside the authorized scopes\"}", FAILURE_PERMISSION},
                    {404, "<html>", FAILURE_PERMISSION},
                    {429, "{\"error\":\"Too many requests\"}", FAILURE_RATE},
                    {503, "", FAILURE_TRANSIENT},
                    {200, "<html>", FAILURE_TRANSIENT},
                    {200, "{\"error\":\"what\"}", FAILURE_TRANSIENT},
                    {0, "", FAILURE_TRANSIENT}};
    static const char *const lists[] = {"mentions", "talks", "threads"};
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        for (size_t k = 0; k < COUNT_OF(lists); k++) {
            struct round r = round_of(*state, lists[k]);
            ask_one(&r, "", expected[i].status, expected[i].body);
            assert_int_equal(r.out.outcome.kind, OUTCOME_FAILED);
            assert_int_equal(r.out.outcome.failure, expected[i].failure);
            assert_false(r.out.more);
            assert_int_equal(r.out.cursor.len, 0);
        }
}

static void cursors_that_are_no_cursors_begin_anew(void **state)
{
    static const char *const cursors[] = {"x", "7", "[]",
                                          "{\"todo\":7,\"watch\":{\"a\":1},\"counts\":[3],\"seen\":-9}",
                                          "{\"seen\":99,\"watch\":[\"\",null,5]}"};
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        struct round r = round_of(*state, "mentions");
        r.asking.cursor = str_from(cursors[i]);
        ask_one(&r, "/verify_credentials", 200, "{\"id\":\"1\",\"acct\":\"nuvola\"}");
        ask_page(&r, FIRST, 200, STR("<x>; rel=\"prev\""), list_of(*state, mention(*state, "105", ""), STR_EMPTY));
        assert_int_equal(r.events.count, 1);
        round_again(&r);
    }
}

/* Else our own words would come back as a stranger's. */
static void a_token_of_somebody_else_is_found_out(void **state)
{
    static const char *const others[] = {"{\"id\":\"2\",\"acct\":\"altro\"}", "{\"id\":\"2\"}",
                                         "{\"acct\":\"nuvola\"}", "{}"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct round r = round_of(*state, "talks");
        r.asking.cursor = STR_EMPTY;
        ask_one(&r, "/api/v1/accounts/verify_credentials", 200, others[i]);
        assert_int_equal(r.out.outcome.failure, FAILURE_PERMISSION);
        assert_true(str_ends(r.out.outcome.words, STR("and the settings name @nuvola.")));
    }
    struct round r = round_of(*state, "mentions");
    ask_page(
        &r, FIRST, 200, STR("<x>; rel=\"prev\""),
        STR("[{\"id\":\"5\",\"type\":\"mention\",\"account\":{},\"status\":{\"id\":\"9\",\"created_at\":\"2026-11-"
            "20T10:58:00Z\","
            "\"visibility\":\"public\",\"content\":\"<p>x</p>\",\"account\":{\"id\":\"1\",\"acct\":\"renamed\"}}}]"));
    assert_true(r.events.items[0].echo); /* by its id, whatever it is called now */
}

/* ---- what a real server answered ---- */

static const char *list_for(struct str uri)
{
    if (str_find(uri, STR("/notifications")) >= 0)
        return "mentions";
    return str_find(uri, STR("/conversations")) >= 0 ? "talks" : "threads";
}

/* As an answer to each list, as a page and as a single thing; and as a payload. How many posts it gave. */
static size_t read_answer(struct arena *a, const char *name, struct str uri, int status, struct str body)
{
    static const char *const carries[] = {"{\"id\":\"1\"}", "{\"id\":\"1\",\"todo\":[\"c:5\"]}",
                                          "{\"id\":\"1\",\"todo\":[\"s:5\"]}"};
    size_t posts = 0;
    for (size_t i = 0; i < COUNT_OF(carries); i++) {
        struct round r = round_of(a, list_for(uri));
        struct http_reply reply = {.status = status, .body = body};
        r.asking.carry = str_from(carries[i]);
        r.asking.since = 1;
        mastodon()->asked(a, &r.s, &r.asking, &reply, &r.events, &r.out);
        if (r.out.outcome.kind == OUTCOME_FAILED && r.out.outcome.words.len == 0)
            fail_msg("%s: %.*s failed without a word", name, STR_ARGS(uri));
        posts += r.events.count;
    }
    struct channel_events events;
    struct error e = {0};
    (void)take(a, mastodon(), body, &events, &e);
    return posts + events.count;
}

static size_t read_file(struct arena *a, const char *path, const char *name)
{
    struct json *root = json_parse(a, slurp(a, path), NULL);
    size_t posts = 0;
    if (!root)
        fail_msg("%s is no JSON", name);
    if (strncmp(name, "recorded", 8) != 0)
        return read_answer(a, name, STR_EMPTY, 200, slurp(a, path));
    for (size_t i = 0; i < json_count(root); i++) {
        const struct json *one = json_at(root, i), *answer = json_get(one, "response");
        struct str uri = json_text(json_path(one, "request", "uri", NULL));
        int status = (int)json_int(json_path(answer, "status", "code", NULL), 0);
        struct str body = json_to_str(a, json_get(answer, "body"));
        posts += read_answer(a, name, uri, status, body);
    }
    return posts;
}

/* Whether the recorded mentions become messages of who wrote them. */
static void recorded_mentions(struct arena *a)
{
    struct json *root =
        json_parse(a, slurp(a, shared_path(a, "fixtures/mastodon/recorded_notifications_mentions_only.json")), NULL);
    size_t messages = 0;
    for (size_t i = 0; i < json_count(root); i++) {
        const struct json *one = json_at(root, i);
        struct round r = round_of(a, "mentions");
        struct http_reply reply = {.status = 200, .body = json_to_str(a, json_path(one, "response", "body", NULL))};
        if (str_find(json_text(json_path(one, "request", "uri", NULL)), STR("/notifications")) < 0)
            continue;
        r.asking.since = 1;
        mastodon()->asked(a, &r.s, &r.asking, &reply, &r.events, &r.out);
        for (size_t k = 0; k < r.events.count; k++) {
            const struct channel_event *event = &r.events.items[k];
            messages += event->kind == CHANNEL_MESSAGE;
            assert_true(event->kind != CHANNEL_MESSAGE ||
                        (event->author.external_id.len && event->at && event->text.len));
            assert_true(str_find(event->text, STR("<")) < 0);
        }
    }
    assert_true(messages > 0);
}

static void what_a_server_answered_is_read(void **state)
{
    struct arena *a = *state;
    size_t count, posts = 0;
    if (!shared_or_skip(a, "fixtures/mastodon"))
        return;
    const char *dir = shared_path(a, "fixtures/mastodon"), **names = names_in(a, dir, ".json", &count);
    assert_true(count > 60);
    for (size_t i = 0; i < count; i++)
        posts += read_file(a, str_format(a, "%s/%s", dir, names[i]).ptr, names[i]);

    assert_true(posts >= 100);
    recorded_mentions(a);
}

int channels_mastodon_lists_test(void)
{
    const struct CMUnitTest tests[] = {TEST(mentions_are_read_down_to_what_is_known),
                                       TEST(what_is_not_shown_any_more_is_looked_for),
                                       TEST(a_whole_round_goes_back_as_far_as_is_asked),
                                       TEST(an_interrupted_round_goes_on),
                                       TEST(talks_are_read_with_what_was_said_before),
                                       TEST(answers_to_our_posts_are_found),
                                       TEST(rounds_that_fail_say_why),
                                       TEST(cursors_that_are_no_cursors_begin_anew),
                                       TEST(a_token_of_somebody_else_is_found_out),
                                       TEST(what_a_server_answered_is_read)};
    return cmocka_run_group_tests_name("channels/mastodon_lists", tests, NULL, NULL);
}
