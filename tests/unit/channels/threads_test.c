/* SPDX-License-Identifier: Apache-2.0 */
/* Threads: a reply step by step and what may become of its container, every class of its errors, its length, how
 * access is given and renewed, and what it lists. */
#include "support.h"

int channels_threads_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z */

static const struct channel *threads(void)
{
    return channel_of("threads");
}

static struct settings settings_with(struct arena *a, const char *name, const char *value)
{
    struct pair given[] = {{STR("app_secret"), STR("hush")},    {STR("username"), STR("prova.shop")},
                           {STR("access_token"), STR("TOKEN")}, {STR("user_id"), STR("17841500000000041")},
                           {STR("app_id"), STR("our app")},     {str_from(name), str_from(value)}};
    struct settings settings;
    struct error e = {0};
    if (!settings_make(a, threads(), &(struct pairs){given, name ? 6 : 5}, &settings, &e))
        fail_msg("%s", e.message);
    return settings;
}

static struct outgoing reply_with(const char *text)
{
    return (struct outgoing){.door = STR("reply"),
                             .parent_id = STR("9007199254740993"),
                             .thread_key = STR("post:18002000000000100"),
                             .text = str_from(text),
                             .idempotency_key = STR("4711"),
                             .now = NOW};
}

static struct http_call sent(struct arena *a, const struct outgoing *m)
{
    struct settings settings = settings_with(a, NULL, NULL);
    struct http_call call = {0};
    struct error e = {0};
    if (!threads()->send(a, &settings, m, &call, &e))
        fail_msg("%s", e.message);
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    return call;
}

static struct outcome answered(struct arena *a, const struct outgoing *m, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    struct outcome out = {0};
    threads()->answer(a, m, &reply, &out);
    return out;
}

/* The next step, as the house goes on. */
static void go_on(struct outgoing *m, const struct outcome *out)
{
    assert_int_equal(out->kind, OUTCOME_NEXT);
    m->step++;
    m->carry = out->carry;
}

static void a_reply_is_made_looked_at_and_published(void **state)
{
    struct arena *a = *state;
    struct outgoing m = reply_with("Sì & «subito» 😀");
    struct http_call call = sent(a, &m);
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://graph.threads.net/v1.0/17841500000000041/threads");
    assert_str(call.body, "media_type=TEXT&text=S%C3%AC%20%26%20%C2%ABsubito%C2%BB%20%F0%9F%98%80&reply_to_id="
                          "9007199254740993");
    struct outcome out = answered(a, &m, 200, "{\"id\":\"18009000000000001\"}");
    go_on(&m, &out);
    call = sent(a, &m);
    assert_string_equal(call.method, "GET");
    assert_str(call.url, "https://graph.threads.net/v1.0/18009000000000001?fields=id,status,error_message");
    out = answered(a, &m, 200, "{\"id\":\"18009000000000001\",\"status\":\"FINISHED\"}");
    go_on(&m, &out);
    call = sent(a, &m);
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://graph.threads.net/v1.0/17841500000000041/threads_publish");
    assert_str(call.body, "creation_id=18009000000000001");
    out = answered(a, &m, 200, "{\"id\":\"18002000000000777\"}");
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.external_id, "18002000000000777");
    assert_int_equal(answered(a, &m, 200, "<html>").kind, OUTCOME_ACCEPTED); /* never said twice */
}

/* Whatever goes wrong once a container is there: the next attempt goes on with the same one, and makes no other. */
static void a_container_is_never_made_twice(void **state)
{
    struct arena *a = *state;
    struct outgoing m = reply_with("x");
    static const char *const troubles[] = {
        "{\"error\":{\"code\":24,\"error_subcode\":4279009,\"message\":\"The requested resource does not exist\"}}",
        "{\"error\":{\"code\":2,\"message\":\"later\"}}", "{\"error\":{\"code\":4,\"message\":\"rate\"}}"};
    static const char *const steps[] = {"look 18009000000000001", "publish 18009000000000001"};
    for (size_t s = 0; s < COUNT_OF(steps); s++)
        for (size_t i = 0; i < COUNT_OF(troubles); i++) {
            m.step = (int)s + 1;
            m.carry = str_from(steps[s]);
            struct outcome out = answered(a, &m, 400, troubles[i]);
            assert_int_equal(out.kind, OUTCOME_FAILED);
            assert_int_equal(out.failure, i == 2 ? FAILURE_RATE : FAILURE_TRANSIENT);
            assert_true(i != 0 || out.retry_seconds == 30);
            assert_true(str_find(sent(a, &m).url, STR("/17841500000000041/threads?")) < 0); /* again, the same step */
            assert_false(str_ends(sent(a, &m).url, STR("/threads")));
        }
}

static void a_container_that_is_not_ready(void **state)
{
    struct arena *a = *state;
    struct outgoing m = reply_with("x");
    m.step = 1;
    m.carry = STR("look 18009000000000001");
    struct outcome out = answered(a, &m, 200, "{\"status\":\"IN_PROGRESS\"}");
    assert_int_equal(out.failure, FAILURE_TRANSIENT);
    assert_int_equal(out.retry_seconds, 30);
    out = answered(a, &m, 200, "{\"status\":\"ERROR\",\"error_message\":\"FAILED_PROCESSING\"}");
    assert_int_equal(out.failure, FAILURE_CONTENT);
    assert_str(out.words, "FAILED_PROCESSING");
    out = answered(a, &m, 200, "{\"status\":\"PUBLISHED\"}"); /* it is out: nothing more is said */
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    out = answered(a, &m, 200, "{\"status\":\"EXPIRED\"}"); /* a day old and never published: another one */
    go_on(&m, &out);
    assert_str(sent(a, &m).url, "https://graph.threads.net/v1.0/17841500000000041/threads");
    m.carry = STR("look 18009000000000001");
    m.step = 9; /* not for ever */
    assert_int_equal(answered(a, &m, 200, "{\"status\":\"EXPIRED\"}").failure, FAILURE_TRANSIENT);
    m.carry = STR_EMPTY;
    m.step = 0;
    assert_int_equal(answered(a, &m, 200, "{}").failure, FAILURE_TRANSIENT);
}

#define ERROR(code, sub) "{\"error\":{\"message\":\"why\",\"code\":" #code ",\"error_subcode\":" #sub "}}"

static void every_error_has_its_class(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum failure failure;
    } all[] = {{400, ERROR(190, 463), FAILURE_TOKEN},
               {401, ERROR(190, 0), FAILURE_TOKEN},
               {403, ERROR(10, 0), FAILURE_PERMISSION},
               {403, ERROR(200, 0), FAILURE_PERMISSION},
               {403, ERROR(4, 0), FAILURE_RATE},
               {400, ERROR(17, 0), FAILURE_RATE},
               {400, ERROR(613, 0), FAILURE_RATE},
               {400, ERROR(24, 4279009), FAILURE_GONE},
               {400, ERROR(100, 33), FAILURE_GONE},
               {400, ERROR(100, 0), FAILURE_CONTENT},
               {400, ERROR(368, 0), FAILURE_CONTENT},
               {500, ERROR(2, 0), FAILURE_TRANSIENT},
               {500, ERROR(1, 0), FAILURE_TRANSIENT},
               {503, "<html>", FAILURE_TRANSIENT},
               {0, "", FAILURE_TRANSIENT}};
    struct outgoing m = reply_with("x");
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct outcome out = answered(*state, &m, all[i].status, all[i].body);
        assert_int_equal(out.kind, OUTCOME_FAILED);
        if (out.failure != all[i].failure)
            fail_msg("%s is read as %s", all[i].body, failure_name(out.failure));
    }
}

static void a_picture_goes_by_its_address(void **state)
{
    struct arena *a = *state;
    struct outgoing_media file = {.mime = STR("image/png"),
                                  .file_name = STR("a.png"),
                                  .bytes = STR("x"),
                                  .address = STR("https://care.example/files/1-2-ab")};
    struct outgoing m = reply_with("Ecco");
    m.media = &file;
    struct str body = sent(a, &m).body;
    assert_true(str_find(body, STR("media_type=IMAGE")) >= 0);
    assert_true(str_find(body, STR("image_url=https%3A%2F%2Fcare.example%2Ffiles%2F1-2-ab")) >= 0);
    file.mime = STR("video/mp4");
    body = sent(a, &m).body;
    assert_true(str_find(body, STR("media_type=VIDEO")) >= 0);
    assert_true(str_find(body, STR("video_url=https%3A%2F%2F")) >= 0);
}

static void refuse(struct arena *a, const struct outgoing *m, const char *why)
{
    struct settings settings = settings_with(a, NULL, NULL);
    struct http_call call = {0};
    struct error e = {0};
    assert_false(threads()->send(a, &settings, m, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    if (!strstr(e.message, why))
        fail_msg("\"%s\" does not say \"%s\"", e.message, why);
}

/* Five hundred letters, accents and all; an emoji counts its bytes. */
static void five_hundred_and_an_emoji_is_long(void **state)
{
    struct arena *a = *state;
    struct buf words;
    buf_init(&words, a, 1100);
    for (int i = 0; i < 496; i++)
        buf_cstr(&words, "è");
    buf_cstr(&words, "😀");
    struct outgoing m = reply_with(str_cstr(a, buf_view(&words)));
    sent(a, &m);
    buf_char(&words, '.');
    m.text = buf_view(&words);
    refuse(a, &m, "counts 501");
    m = reply_with(" ");
    refuse(a, &m, "nothing to send");
    m = reply_with("x");
    m.parent_id = STR_EMPTY;
    refuse(a, &m, "a message that is answered");
    const struct outgoing_media picture = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("x")};
    m = reply_with("x");
    m.media = &picture;
    refuse(a, &m, "public_url");
    m = reply_with("x");
    m.door = STR("dm");
    refuse(a, &m, "no door");
}

/* ---- access ---- */

static void access_is_given_and_renewed(void **state)
{
    static const struct consent consent = {.redirect_uri = {"https://care.example/back", 25},
                                           .state = {"5ea1ed", 6},
                                           .challenge = {"the-challenge", 13}};
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, NULL), brief = settings_with(a, "short_token", "TOKEN");
    struct http_call call = {0};
    struct str url;
    struct error e = {0};
    assert_true(threads()->consent(a, &settings, &consent, &url, &e));
    assert_true(str_starts(url, STR("https://threads.net/oauth/authorize?response_type=code&client_id=our%20app&")));
    assert_true(str_find(url, STR("&scope=threads_basic%2Cthreads_content_publish%2Cthreads_read_replies%2C"
                                  "threads_manage_replies%2Cthreads_manage_mentions&")) > 0);
    assert_true(threads()->consented(a, &settings, &consent, STR("c"), &call, &e));
    assert_str(call.url, "https://graph.threads.net/oauth/access_token");
    assert_str(call.body,
               "client_id=our%20app&client_secret=hush&grant_type=authorization_code&redirect_uri=https%3A%2F"
               "%2Fcare.example%2Fback&code=c");
    assert_true(threads()->renew(a, &brief, &call, &e));
    assert_str(
        call.url,
        "https://graph.threads.net/access_token?grant_type=th_exchange_token&client_secret=hush&access_token=TOKEN");
    assert_true(threads()->renew(a, &settings, &call, &e));
    assert_str(call.url,
               "https://graph.threads.net/refresh_access_token?grant_type=th_refresh_token&access_token=TOKEN");
    struct http_reply us = {.status = 200, .body = STR("{\"id\":\"17841500000000041\",\"username\":\"prova.shop\"}")};
    struct outcome out = {0};
    assert_true(threads()->probe(a, &settings, &call, &e));
    assert_str(call.url, "https://graph.threads.net/v1.0/me?fields=id,username");
    threads()->probed(a, &us, &out);
    assert_str(out.words, "prova.shop");
    struct http_reply dead = {.status = 400, .body = STR(ERROR(190, 0))};
    threads()->probed(a, &dead, &out);
    assert_int_equal(out.failure, FAILURE_TOKEN);
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
        .settings = settings_with(a, NULL, NULL),
        .asking = {.listing = channel_listing(threads(), str_from(list)), .since = NOW - HOUR_US, .now = NOW}};
}

static void asks(struct walk *w, const char *part)
{
    struct http_call call = {0};
    struct error e = {0};
    assert_true(threads()->ask(w->a, &w->settings, &w->asking, &call, &e));
    if (str_find(call.url, str_from(part)) < 0)
        fail_msg("%.*s has no %s", STR_ARGS(call.url), part);
}

static void answers(struct walk *w, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    w->events = (struct channel_events){.arena = w->a};
    w->asked = (struct asked){0};
    threads()->asked(w->a, &w->settings, &w->asking, &reply, &w->events, &w->asked);
    w->asking.carry = w->asked.carry;
    w->asking.step++;
}

static void posts_then_their_conversations(void **state)
{
    struct walk w = walk_of(*state, "replies");
    asks(&w, "/v1.0/17841500000000041/threads?limit=25&since=1762530400&fields=id,text,"); /* fourteen days */
    answers(&w, 200,
            "{\"data\":[{\"id\":\"100\",\"text\":\"Domanda del lunedì\",\"username\":\"prova.shop\",\"timestamp\":"
            "\"2025-11-20T10:00:00+0000\",\"has_replies\":true},{\"id\":\"90\",\"username\":\"prova.shop\","
            "\"has_replies\":false}],\"paging\":{\"cursors\":{\"after\":\"P\"},\"next\":\"https://…\"}}");
    assert_int_equal(w.events.count, 1);
    assert_true(w.events.items[0].echo);
    assert_str(w.events.items[0].thread_key, "post:100");
    assert_str(w.events.items[0].thread_title, "Domanda del lunedì");
    asks(&w, "/v1.0/100/conversation?limit=50&reverse=true&fields=id,text,username,timestamp,permalink,");
    answers(
        &w, 200,
        "{\"data\":[{\"id\":\"103\",\"text\":\"Grazie\",\"username\":\"Ada\",\"timestamp\":"
        "\"2025-11-21T15:40:00+0000\",\"replied_to\":{\"id\":\"102\"},\"root_post\":{\"id\":\"100\"}},{\"id\":"
        "\"102\","
        "\"text\":\"Prego\",\"username\":\"someone\",\"is_reply_owned_by_me\":true,\"timestamp\":"
        "\"2025-11-21T15:30:00+0000\",\"replied_to\":{\"id\":\"101\"}},{\"text\":\"no id\"},{\"id\":\"101\",\"text\":"
        "\"vecchio\",\"username\":\"Ada\",\"timestamp\":\"2025-11-21T14:00:00+0000\"}],\"paging\":{\"cursors\":{"
        "\"after\":\"C\"},\"next\":\"https://…\"}}");
    const struct channel_event *e = w.events.items;
    assert_int_equal(w.events.count, 2); /* what is older is not asked for */
    assert_str(e[0].author.external_id, "ada");
    assert_str(e[0].parent_id, "102");
    assert_true(e[0].as_of == NOW); /* other words than those stored: it was edited */
    assert_true(e[1].echo);
    assert_str(e[1].thread_key, "post:100"); /* also where the item does not say */
    assert_true(w.events.unread.len > 0);
    asks(&w, "/v1.0/17841500000000041/threads?");
    asks(&w, "&after=P");
    answers(&w, 200, "{\"data\":[]}");
    assert_false(w.asked.more);
    assert_true(w.asked.from == w.asking.since);
    w.asking.whole = true;
    w.asking.carry = STR_EMPTY;
    asks(&w, "since=1761148000&"); /* thirty days */
    answers(&w, 200, "{\"data\":[{\"id\":\"90\",\"username\":\"prova.shop\",\"has_replies\":false}]}");
    assert_true(w.asked.more);            /* its last reply may have been taken away */
    answers(&w, 400, ERROR(24, 4279009)); /* removed meanwhile: nobody's failure */
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    assert_false(w.asked.more);
}

static void mentions_until_they_are_known(void **state)
{
    struct walk w = walk_of(*state, "mentions");
    asks(&w, "/v1.0/17841500000000041/mentions?limit=50&fields=id,text,");
    answers(&w, 200,
            "{\"data\":[{\"id\":\"7\",\"text\":\"@prova.shop ciao\",\"username\":\"ada\",\"timestamp\":"
            "\"2025-11-21T15:40:00+0000\"}],\"paging\":{\"cursors\":{\"after\":\"M\"},\"next\":\"https://…\"}}");
    assert_int_equal(w.events.count, 1);
    assert_str(w.events.items[0].thread_key, "post:7");
    assert_false(w.events.items[0].echo);
    asks(&w, "&after=M");
    answers(&w, 200,
            "{\"data\":[{\"id\":\"6\",\"username\":\"ada\",\"timestamp\":\"2025-11-20T15:40:00+0000\"}],\"paging\":{"
            "\"cursors\":{\"after\":\"N\"},\"next\":\"https://…\"}}");
    assert_int_equal(w.events.count, 0);
    assert_false(w.asked.more);
}

static void a_list_that_is_refused(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum failure failure;
    } all[] = {{0, "", FAILURE_TRANSIENT},
               {200, "{\"data\":7}", FAILURE_TRANSIENT},
               {400, ERROR(190, 463), FAILURE_TOKEN},
               {403, ERROR(10, 0), FAILURE_PERMISSION},
               {403, ERROR(4, 0), FAILURE_RATE}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct walk w = walk_of(*state, "replies");
        answers(&w, all[i].status, all[i].body);
        assert_int_equal(w.asked.outcome.failure, all[i].failure);
        assert_false(w.asked.more);
    }
}

int channels_threads_test(void)
{
    const struct CMUnitTest tests[] = {TEST(a_reply_is_made_looked_at_and_published),
                                       TEST(a_container_is_never_made_twice),
                                       TEST(a_container_that_is_not_ready),
                                       TEST(every_error_has_its_class),
                                       TEST(a_picture_goes_by_its_address),
                                       TEST(five_hundred_and_an_emoji_is_long),
                                       TEST(access_is_given_and_renewed),
                                       TEST(posts_then_their_conversations),
                                       TEST(mentions_until_they_are_known),
                                       TEST(a_list_that_is_refused)};
    return cmocka_run_group_tests_name("channels/threads", tests, NULL, NULL);
}
