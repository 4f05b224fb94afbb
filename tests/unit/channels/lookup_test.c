/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a message that a webhook only named: the call byte for byte, every answer. */
#include "support.h"

int channels_lookup_test(void);

#define GRAPH(code, subcode) "{\"error\":{\"message\":\"No.\",\"code\":" #code ",\"error_subcode\":" #subcode "}}"

static const struct lookup comment = {.what = {"comment", 7},
                                      .external_id = {"18005000000000001", 17},
                                      .parent_id = {"18004000000000001", 17},
                                      .thread_key = {"post:18004000000000001", 22},
                                      .door = {"mention", 7},
                                      .account = {"17841400000000041", 17}};

static void the_call_names_one_thing(void **state)
{
    struct arena *a = *state;
    const struct channel *instagram = channel_of("instagram");
    struct settings settings = settings_of(a, instagram);
    struct lookup l = comment;
    struct http_call call = {0};
    struct error e = {0};
    assert_true(instagram->lookup(a, &settings, &l, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(call.url, "https://graph.instagram.com/v26.0/17841400000000041?fields=mentioned_comment.comment_id%28"
                         "18005000000000001%29%7Bid%2Ctext%2Ctimestamp%2Cusername%2Cfrom%2Cmedia%7Bid%2Cpermalink%7D"
                         "%7D");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    l.what = STR("post");
    l.step = 2;
    assert_true(instagram->lookup(a, &settings, &l, &call, &e));
    assert_str(call.url, "https://graph.instagram.com/v26.0/17841400000000041?fields=mentioned_media.media_id%28"
                         "18005000000000001%29%7Bid%2Ccaption%2Ctimestamp%2Cusername%7D");
    l.external_id = STR("1){id},followers_count,x(");
    assert_false(instagram->lookup(a, &settings, &l, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    e = (struct error){0};
    l.external_id = STR("7");
    struct settings none = {0};
    l.account = STR_EMPTY;
    assert_false(instagram->lookup(a, &none, &l, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void an_answer_is_a_message(void **state)
{
    struct arena *a = *state;
    const struct channel *instagram = channel_of("instagram");
    struct settings settings = settings_of(a, instagram);
    struct lookup l = comment;
    struct channel_events events = {.arena = a};
    struct outcome out = {0};
    struct http_reply whole = {
        .status = 200,
        .body = STR("{\"mentioned_comment\":{\"id\":\"18005000000000001\",\"text\":\"@prova eccoci\",\"timestamp\":"
                    "\"2025-11-21T14:05:14+0000\",\"username\":\"Ada.Prova\",\"from\":{\"id\":\"1784\",\"username\":"
                    "\"Ada.Prova\"},\"media\":{\"id\":\"18004000000000001\",\"permalink\":"
                    "\"https://www.instagram.com/p/abc/\"}},\"id\":\"17841400000000041\"}")};
    instagram->looked_up(a, &settings, &l, &whole, &events, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_int_equal(events.count, 1);
    struct channel_event *event = &events.items[0];
    assert_str(event->dedupe, "m:18005000000000001");
    assert_str(event->text, "@prova eccoci");
    assert_str(event->author.external_id, "1784");
    assert_str(event->author.handle, "Ada.Prova");
    assert_str(event->link, "https://www.instagram.com/p/abc/");
    assert_str(event->door, "mention");
    assert_str(event->thread_key, "post:18004000000000001");
    assert_true(event->at == INT64_C(1763733914) * SECOND_US);
    /* a post, of which the network says the name alone, with its picture */
    struct http_reply post = {.status = 200,
                              .body =
                                  STR("{\"mentioned_media\":{\"caption\":\"Da @prova\",\"username\":\"Ada.Prova\","
                                      "\"media_type\":\"IMAGE\",\"media_url\":\"https://cdn.example/1.jpg\"}}")};
    l.what = STR("post");
    events = (struct channel_events){.arena = a};
    instagram->looked_up(a, &settings, &l, &post, &events, &out);
    event = &events.items[0];
    assert_str(event->author.external_id, "@ada.prova");
    assert_str(event->text, "Da @prova");
    assert_int_equal(event->media_count, 1);
    assert_str(event->media[0].url, "https://cdn.example/1.jpg");
    /* nothing to read in it: it says so, and it is a message all the same */
    struct http_reply bare = {.status = 200, .body = STR("{\"mentioned_media\":{\"id\":\"1\"}}")};
    events = (struct channel_events){.arena = a};
    instagram->looked_up(a, &settings, &l, &bare, &events, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_int_equal(events.items[0].message, MESSAGE_UNSUPPORTED);
    assert_true(events.items[0].note.len > 0);
}

static void refusals_have_their_class(void **state)
{
    static const struct {
        int step, status;
        const char *body;
        enum outcome_kind kind;
        enum failure failure;
    } cases[] = {
        {0, 400, GRAPH(100, 0), OUTCOME_NEXT, FAILURE_NONE}, /* a part that it does not know: with fewer */
        {1, 400, GRAPH(100, 0), OUTCOME_NEXT, FAILURE_NONE},
        {2, 400, GRAPH(100, 0), OUTCOME_FAILED, FAILURE_CONTENT},
        {0, 400, GRAPH(100, 33), OUTCOME_FAILED, FAILURE_GONE},
        {0, 400, GRAPH(190, 463), OUTCOME_FAILED, FAILURE_TOKEN},
        {0, 403, GRAPH(10, 0), OUTCOME_FAILED, FAILURE_PERMISSION},
        {0, 400, GRAPH(80002, 0), OUTCOME_FAILED, FAILURE_RATE},
        {0, 503, "<html>", OUTCOME_FAILED, FAILURE_TRANSIENT},
        {0, 0, "", OUTCOME_FAILED, FAILURE_TRANSIENT},
        {0, 200, "{\"id\":\"17841400000000041\"}", OUTCOME_FAILED, FAILURE_GONE},
        {0, 200, "oops", OUTCOME_FAILED, FAILURE_TRANSIENT},
    };
    const struct channel *instagram = channel_of("instagram");
    struct settings settings = settings_of(*state, instagram);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lookup l = comment;
        struct channel_events events = {.arena = *state};
        struct outcome out = {0};
        struct http_reply reply = {.status = cases[i].status, .body = str_from(cases[i].body)};
        l.step = cases[i].step;
        instagram->looked_up(*state, &settings, &l, &reply, &events, &out);
        if (out.kind != cases[i].kind || out.failure != cases[i].failure || events.count)
            fail_msg("%d %s: %d %s", cases[i].status, cases[i].body, (int)out.kind, failure_name(out.failure));
    }
}

/* What was recorded of the real network, where it is at hand. */
static void a_recorded_answer_is_read(void **state)
{
    struct arena *a = *state;
    const char *shared = getenv("ASCOLTO_SHARED") ? getenv("ASCOLTO_SHARED") : "../shared";
    struct str path = str_format(a, "%s/fixtures/instagram/pyfacebook_graph/users__mentioned_media.json", shared);
    struct http_reply reply = {.status = 200, .body = slurp(a, str_cstr(a, path))};
    struct lookup l = comment;
    struct channel_events events = {.arena = a};
    struct outcome out = {0};
    if (!reply.body.ptr) {
        print_message("SKIPPED: %.*s is not here\n", STR_ARGS(path));
        return;
    }
    l.what = STR("post");
    struct settings settings = settings_of(a, channel_of("instagram"));
    channel_of("instagram")->looked_up(a, &settings, &l, &reply, &events, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(events.items[0].text, "@ikroskun hey");
    assert_str(events.items[0].author.external_id, ""); /* it did not say whose */
    assert_int_equal(events.items[0].media_count, 1);
    assert_true(events.items[0].at == INT64_C(1629363622) * SECOND_US);
}

int channels_lookup_test(void)
{
    const struct CMUnitTest tests[] = {TEST(the_call_names_one_thing), TEST(an_answer_is_a_message),
                                       TEST(refusals_have_their_class), TEST(a_recorded_answer_is_read)};
    return cmocka_run_group_tests_name("channels/lookup", tests, NULL, NULL);
}
