/* SPDX-License-Identifier: Apache-2.0 */
/* Instagram: the calls of each door byte for byte, every class of its errors, its length in bytes, its two logins,
 * how access is given and renewed, and what it lists. */
#include "support.h"

int channels_instagram_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z */

static const struct channel *instagram(void)
{
    return channel_of("instagram");
}

static struct settings settings_with(struct arena *a, const char *name, const char *value)
{
    struct pair given[] = {{STR("app_secret"), STR("sh/h")},
                           {STR("access_token"), STR("TOKEN")},
                           {STR("user_id"), STR("17841400000000041")},
                           {STR("app_id"), STR("our app")},
                           {str_from(name), str_from(value)}};
    struct settings settings;
    struct error e = {0};
    if (!settings_make(a, instagram(), &(struct pairs){given, name ? 5 : 4}, &settings, &e))
        fail_msg("%s", e.message);
    return settings;
}

static struct outgoing to_door(const char *door, const char *text)
{
    return (struct outgoing){.door = str_from(door),
                             .to = STR("1784000000000731"),
                             .account = STR("17841400000000041"),
                             .parent_id = STR("18003000000000001"),
                             .thread_key = STR("post:18002000000000001"),
                             .text = str_from(text),
                             .idempotency_key = STR("4711"),
                             .answered_at = NOW - HOUR_US,
                             .now = NOW};
}

static struct http_call sent(struct arena *a, const struct outgoing *m)
{
    struct settings settings = settings_with(a, NULL, NULL);
    struct http_call call = {0};
    struct error e = {0};
    if (!instagram()->send(a, &settings, m, &call, &e))
        fail_msg("%s", e.message);
    assert_string_equal(call.method, "POST");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    return call;
}

static void each_door_has_its_call(void **state)
{
    struct arena *a = *state;
    struct outgoing m = to_door("comment", "Sì, «anche» domenica");
    struct http_call call = sent(a, &m);
    assert_str(call.url, "https://graph.instagram.com/v26.0/18003000000000001/replies");
    assert_str(call.body, "{\"message\":\"Sì, «anche» domenica\"}");
    m.parent_id = STR("18002000000000001"); /* the post itself */
    assert_str(sent(a, &m).url, "https://graph.instagram.com/v26.0/18002000000000001/comments");

    m = to_door("private_reply", "Ci scriva qui");
    call = sent(a, &m);
    assert_str(call.url, "https://graph.instagram.com/v26.0/me/messages");
    assert_str(call.body,
               "{\"recipient\":{\"comment_id\":\"18003000000000001\"},\"message\":{\"text\":\"Ci scriva qui\"}}");

    m = to_door("mention", "Grazie!");
    call = sent(a, &m);
    assert_str(call.url, "https://graph.instagram.com/v26.0/17841400000000041/mentions");
    assert_str(call.body, "{\"media_id\":\"18002000000000001\",\"comment_id\":\"18003000000000001\",\"message\":"
                          "\"Grazie!\"}");
    m.parent_id = STR("18002000000000001");
    assert_str(sent(a, &m).body, "{\"media_id\":\"18002000000000001\",\"message\":\"Grazie!\"}");

    m = to_door("dm", "Eccomi");
    call = sent(a, &m);
    assert_str(call.url, "https://graph.instagram.com/v26.0/me/messages");
    assert_str(call.body, "{\"recipient\":{\"id\":\"1784000000000731\"},\"messaging_type\":\"RESPONSE\",\"message\":{"
                          "\"text\":\"Eccomi\"}}");
    m.answered_at = NOW - DAY_US - 1; /* now only a human may, and says so */
    assert_str(
        sent(a, &m).body,
        "{\"recipient\":{\"id\":\"1784000000000731\"},\"messaging_type\":\"MESSAGE_TAG\",\"tag\":\"HUMAN_AGENT\","
        "\"message\":{\"text\":\"Eccomi\"}}");
}

static struct outcome answered(struct arena *a, const struct outgoing *m, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    struct outcome out = {0};
    instagram()->answer(a, m, &reply, &out);
    return out;
}

/* What may be refused goes first, and the words last. */
static void a_file_is_uploaded_sent_and_followed_by_its_words(void **state)
{
    struct arena *a = *state;
    const struct outgoing_media file = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("\x89PNG")};
    struct outgoing m = to_door("dm", "Ecco la nostra");
    m.media = &file;
    struct http_call call = sent(a, &m);
    assert_str(call.url, "https://graph.instagram.com/v26.0/me/message_attachments");
    assert_true(str_find(call.body, STR("name=\"platform\"\r\n\r\ninstagram\r\n")) > 0);
    assert_true(
        str_find(call.body, STR("{\"attachment\":{\"type\":\"image\",\"payload\":{\"is_reusable\":false}}}")) > 0);
    assert_true(str_find(call.body, STR("name=\"filedata\"; filename=\"a.png\"\r\nContent-Type: image/png")) > 0);
    struct outcome out = answered(a, &m, 200, "{\"attachment_id\":\"9007199254740993\"}");
    assert_int_equal(out.kind, OUTCOME_NEXT);
    m.step = 1;
    m.carry = out.carry;
    call = sent(a, &m);
    assert_str(
        call.body,
        "{\"recipient\":{\"id\":\"1784000000000731\"},\"messaging_type\":\"RESPONSE\",\"message\":{\"attachment\":{"
        "\"type\":\"image\",\"payload\":{\"attachment_id\":\"9007199254740993\"}}}}");
    out = answered(a, &m, 200, "{\"recipient_id\":\"1784000000000731\",\"message_id\":\"aWd1\"}");
    assert_int_equal(out.kind, OUTCOME_NEXT);
    m.step = 2;
    m.carry = out.carry;
    assert_true(str_find(sent(a, &m).body, STR("{\"text\":\"Ecco la nostra\"}")) > 0);
    out = answered(a, &m, 200, "{\"message_id\":\"aWd2\"}");
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.external_id, "aWd2");
    m.step = 1;
    m.text = STR("");
    assert_int_equal(answered(a, &m, 200, "{\"message_id\":\"aWd1\"}").kind, OUTCOME_ACCEPTED);
    m.step = 0;
    assert_int_equal(answered(a, &m, 200, "{}").failure, FAILURE_TRANSIENT); /* an upload may be tried again */
}

static void refuse(struct arena *a, const struct outgoing *m, const char *why)
{
    struct settings settings = settings_with(a, NULL, NULL);
    struct http_call call = {0};
    struct error e = {0};
    assert_false(instagram()->send(a, &settings, m, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    if (!strstr(e.message, why))
        fail_msg("\"%s\" does not say \"%s\"", e.message, why);
}

/* A thousand bytes: 250 of these faces, or 1,000 letters without accents. */
static void private_words_count_in_bytes(void **state)
{
    struct arena *a = *state;
    struct buf words;
    buf_init(&words, a, 2300);
    for (int i = 0; i < 250; i++)
        buf_cstr(&words, "😀");
    struct outgoing fits = to_door("dm", str_cstr(a, buf_view(&words)));
    sent(a, &fits);
    fits.door = STR("private_reply");
    sent(a, &fits);
    buf_char(&words, '.');
    struct outgoing over = to_door("dm", str_cstr(a, buf_view(&words)));
    refuse(a, &over, "counts 1001");
    over.door = STR("private_reply");
    refuse(a, &over, "counts 1001");
    over.door = STR("comment"); /* in public it counts letters: 251 */
    sent(a, &over);
    for (int i = 0; i < 1000; i++)
        buf_cstr(&words, "èè");
    over.text = buf_view(&words);
    refuse(a, &over, "counts 2251");
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct outgoing m = to_door("dm", " ");
    refuse(a, &m, "nothing to send");
    m = to_door("letter", "x");
    refuse(a, &m, "no door");
    m = to_door("comment", "x");
    m.parent_id = STR_EMPTY;
    refuse(a, &m, "a message that is answered");
    m = to_door("mention", "x");
    m.thread_key = STR("dm:7");
    refuse(a, &m, "in which post");
    static const char nothing[1];
    struct outgoing_media pdf = {.mime = STR("application/pdf"), .file_name = STR("a.pdf"), .bytes = STR("%PDF")};
    struct outgoing_media big = {
        .mime = STR("image/jpeg"), .file_name = STR("a.jpg"), .bytes = {nothing, ((size_t)8 << 20) + 1}};
    m = to_door("dm", "x");
    m.media = &pdf;
    refuse(a, &m, "no other files");
    m.media = &big;
    refuse(a, &m, "8388608");
    m = to_door("comment", "x");
    m.media = &pdf;
    refuse(a, &m, "takes no files");
}

#define ERROR(code, sub) "{\"error\":{\"message\":\"why\",\"code\":" #code ",\"error_subcode\":" #sub "}}"

static void every_error_has_its_class(void **state)
{
    static const struct {
        const char *door;
        int status;
        const char *body;
        enum failure failure;
    } all[] = {
        {"dm", 400, ERROR(190, 463), FAILURE_TOKEN},
        {"dm", 400, ERROR(190, 0), FAILURE_TOKEN},
        {"dm", 400, ERROR(190, 492), FAILURE_PERMISSION},
        {"dm", 403, ERROR(10, 0), FAILURE_PERMISSION},
        {"comment", 403, ERROR(200, 0), FAILURE_PERMISSION},
        {"comment", 403, ERROR(299, 0), FAILURE_PERMISSION},
        {"dm", 400, ERROR(400, 0), FAILURE_PERMISSION},
        {"dm", 400, ERROR(10, 2534022), FAILURE_WINDOW},
        {"private_reply", 400, ERROR(100, 2534025), FAILURE_WINDOW},
        {"dm", 400, ERROR(100, 2534014), FAILURE_BLOCKED},
        {"dm", 400, ERROR(100, 2534001), FAILURE_BLOCKED},
        {"dm", 400, ERROR(551, 1545041), FAILURE_BLOCKED},
        {"dm", 400, ERROR(100, 33), FAILURE_BLOCKED},
        {"comment", 400, ERROR(100, 33), FAILURE_GONE},
        {"private_reply", 400, ERROR(100, 33), FAILURE_GONE},
        {"dm", 400, ERROR(100, 2534013), FAILURE_RATE},
        {"comment", 400, ERROR(80002, 0), FAILURE_RATE},
        {"comment", 403, ERROR(4, 0), FAILURE_RATE},
        {"dm", 400, ERROR(613, 0), FAILURE_RATE},
        {"comment", 400, ERROR(368, 0), FAILURE_CONTENT},
        {"comment", 400, ERROR(100, 0), FAILURE_CONTENT},
        {"dm", 500, ERROR(2, 0), FAILURE_TRANSIENT},
        {"dm", 503, "<html>", FAILURE_TRANSIENT},
        {"dm", 0, "", FAILURE_TRANSIENT},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct outgoing m = to_door(all[i].door, "x");
        struct outcome out = answered(*state, &m, all[i].status, all[i].body);
        assert_int_equal(out.kind, OUTCOME_FAILED);
        if (out.failure != all[i].failure)
            fail_msg("%s is read as %s", all[i].body, failure_name(out.failure));
    }
    struct outgoing m = to_door("comment", "x");
    assert_str(answered(*state, &m, 200, "{\"id\":\"18003000000000077\"}").external_id, "18003000000000077");
    assert_int_equal(answered(*state, &m, 200, "<html>").kind, OUTCOME_ACCEPTED); /* never said twice */
    struct pair usage[] = {{STR("x-business-use-case-usage"),
                            STR("{\"17\":[{\"type\":\"instagram\",\"estimated_time_to_regain_access\":5}]}")}};
    struct http_reply busy = {.status = 400, .headers = {usage, 1}, .body = STR(ERROR(80002, 0))};
    struct outcome out = {0};
    instagram()->answer(*state, &m, &busy, &out);
    assert_int_equal(out.retry_seconds, 300);
}

/* ---- two logins ---- */

static void the_login_says_where_the_api_is(void **state)
{
    struct arena *a = *state;
    struct settings page = settings_with(a, "login", "Facebook"), own = settings_with(a, NULL, NULL);
    struct outgoing m = to_door("dm", "Eccomi");
    struct http_call call = {0};
    struct error e = {0};
    assert_true(instagram()->send(a, &page, &m, &call, &e));
    assert_str(call.url, "https://graph.facebook.com/v26.0/me/messages"); /* of the Page's token */
    assert_true(instagram()->probe(a, &page, &call, &e));
    assert_str(call.url, "https://graph.facebook.com/v26.0/17841400000000041?fields=id,username");
    assert_true(instagram()->probe(a, &own, &call, &e));
    assert_str(call.url, "https://graph.instagram.com/v26.0/me?fields=user_id,username");
    assert_false(instagram()->renew(a, &page, &call, &e)); /* a Page's token does not run out */
    assert_int_equal(e.code, ERR_NOT_FOUND);
    struct http_reply us = {.status = 200, .body = STR("{\"user_id\":\"17841400000000041\",\"username\":\"prova\"}")};
    struct outcome out = {0};
    instagram()->probed(a, &us, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.words, "prova");
    struct http_reply dead = {.status = 400, .body = STR(ERROR(190, 460))};
    instagram()->probed(a, &dead, &out);
    assert_int_equal(out.failure, FAILURE_TOKEN);
}

static void who_writes_is_asked_for(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, NULL);
    struct channel_author author = {0};
    struct outcome out = {0};
    struct http_call call = {0};
    struct error e = {0};
    assert_true(instagram()->profile(a, &settings, STR("17/84"), &call, &e));
    assert_str(call.url, "https://graph.instagram.com/v26.0/17%2F84?fields=name,username");
    struct http_reply both = {.status = 200, .body = STR("{\"name\":\"Ada Prova\",\"username\":\"ada\"}")};
    instagram()->profiled(a, &both, &author, &out);
    assert_str(author.name, "Ada Prova");
    assert_str(author.handle, "ada");
    struct http_reply handle = {.status = 200, .body = STR("{\"username\":\"ada\"}")};
    author = (struct channel_author){0};
    instagram()->profiled(a, &handle, &author, &out);
    assert_str(author.name, "ada");
    struct http_reply none = {.status = 400, .body = STR(ERROR(100, 33))};
    instagram()->profiled(a, &none, &author, &out);
    assert_int_equal(out.kind, OUTCOME_FAILED);
}

/* ---- access ---- */

static const struct consent consent = {.redirect_uri = {"https://care.example/desk/channels/consent", 42},
                                       .state = {"5ea1ed", 6},
                                       .verifier = {"the-verifier", 12},
                                       .challenge = {"the-challenge", 13}};

static void an_administrator_agrees(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, NULL), page = settings_with(a, "login", "facebook");
    struct http_call call = {0};
    struct str url;
    struct error e = {0};
    assert_true(instagram()->consent(a, &settings, &consent, &url, &e));
    assert_true(
        str_starts(url, STR("https://www.instagram.com/oauth/authorize?response_type=code&client_id=our%20app&")));
    assert_true(str_find(url, STR("&scope=instagram_business_basic%2Cinstagram_business_manage_comments%2C"
                                  "instagram_business_manage_messages&state=5ea1ed")) > 0);
    assert_int_equal(str_find(url, STR("challenge")), -1);
    assert_true(instagram()->consented(a, &settings, &consent, STR("c/1"), &call, &e));
    assert_str(call.url, "https://api.instagram.com/oauth/access_token");
    assert_str(call.body,
               "client_id=our%20app&client_secret=sh%2Fh&grant_type=authorization_code&redirect_uri=https%3A"
               "%2F%2Fcare.example%2Fdesk%2Fchannels%2Fconsent&code=c%2F1");
    assert_int_equal(pairs_get(&call.headers, STR("Authorization")).len, 0);
    assert_false(instagram()->consent(a, &page, &consent, &url, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static int renewed_by(struct arena *a, int status, const char *body, struct pairs *changed, struct outcome *out)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    *changed = (struct pairs){0};
    return instagram()->renewed(a, &reply, changed, out);
}

/* A code gives a token of an hour; that becomes one of sixty days; that is renewed. */
static void tokens_of_an_hour_become_tokens_of_sixty_days(void **state)
{
    struct arena *a = *state;
    struct pairs changed;
    struct outcome out = {0};
    struct http_call call = {0};
    struct error e = {0};
    assert_int_equal(renewed_by(a, 200,
                                "{\"data\":[{\"access_token\":\"TOKEN\",\"user_id\":\"7\",\"permissions\":\"x\"}]}",
                                &changed, &out),
                     60);
    assert_str(pairs_get(&changed, STR("access_token")), "TOKEN");
    assert_str(pairs_get(&changed, STR("short_token")), "TOKEN");
    assert_int_equal(renewed_by(a, 200, "{\"access_token\":\"T2\",\"user_id\":7}", &changed, &out), 60);

    struct settings brief = settings_with(a, "short_token", "TOKEN"),
                    lasting = settings_with(a, "short_token", "older");
    assert_true(instagram()->renew(a, &brief, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(call.url, "https://graph.instagram.com/access_token?grant_type=ig_exchange_token&client_secret=sh%2Fh&"
                         "access_token=TOKEN");
    assert_true(instagram()->renew(a, &lasting, &call, &e));
    assert_str(call.url,
               "https://graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token&access_token=TOKEN");
    assert_int_equal(renewed_by(a, 200, "{\"access_token\":\"T3\",\"token_type\":\"bearer\",\"expires_in\":5183944}",
                                &changed, &out),
                     7 * 24 * 3600); /* every week, though it lasts for sixty days */
    assert_int_equal(changed.count, 1);
    assert_int_equal(renewed_by(a, 200, "{\"access_token\":\"T4\",\"expires_in\":5000}", &changed, &out), 5000);
    struct http_reply dated = {.status = 200,
                               .at = NOW,
                               .body =
                                   STR("{\"access_token\":\"T5\",\"token_type\":\"bearer\",\"expires_in\":5184000}")};
    assert_int_equal(instagram()->renewed(a, &dated, &changed, &out), 7 * 24 * 3600);
    assert_str(pairs_get(&changed, STR("consent_until")),
               "1768924000"); /* sixty days: administrators are told before */
    assert_int_equal(renewed_by(a, 400, ERROR(190, 463), &changed, &out), 0);
    assert_int_equal(out.failure, FAILURE_TOKEN);
    assert_int_equal(changed.count, 0);
    assert_int_equal(renewed_by(a, 400,
                                "{\"error_type\":\"OAuthException\",\"code\":400,\"error_message\":\"Used.\"}",
                                &changed, &out),
                     0);
    assert_str(out.words, "Used.");
    assert_int_equal(renewed_by(a, 200, "<html>", &changed, &out), 0);
    assert_int_equal(out.failure, FAILURE_TRANSIENT);
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
        .asking = {.listing = channel_listing(instagram(), str_from(list)), .since = NOW - HOUR_US, .now = NOW}};
}

static void asks(struct walk *w, const char *part)
{
    struct http_call call = {0};
    struct error e = {0};
    assert_true(instagram()->ask(w->a, &w->settings, &w->asking, &call, &e));
    if (str_find(call.url, str_from(part)) < 0)
        fail_msg("%.*s has no %s", STR_ARGS(call.url), part);
}

static void answers(struct walk *w, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    w->events = (struct channel_events){.arena = w->a};
    w->asked = (struct asked){0};
    instagram()->asked(w->a, &w->settings, &w->asking, &reply, &w->events, &w->asked);
    if (w->asked.cursor.len)
        w->asking.cursor = w->asked.cursor;
    w->asking.carry = w->asked.carry;
    w->asking.step++;
}

#define POST(id, at, count)                                                                                          \
    "{\"id\":\"" id "\",\"caption\":\"Nuovo negozio\",\"timestamp\":\"" at "\",\"permalink\":"                       \
    "\"https://www.instagram.com/p/x/\",\"comments_count\":" count "}"

/* Only posts whose number of comments changed are looked into, and only those are listed. */
static void comments_of_posts_that_have_new_ones(void **state)
{
    struct walk w = walk_of(*state, "comments");
    asks(&w, "/v26.0/17841400000000041/media?limit=25&fields=id,caption,timestamp,permalink,comments_count");
    answers(&w, 200,
            "{\"data\":[" POST("1", "2025-11-21T10:00:00+0000", "2") "," POST(
                "2", "2025-11-20T10:00:00+0000",
                "0") "," POST("3", "2025-10-20T10:00:00+0000",
                              "9") "],"
                                   "\"paging\":{\"cursors\":{\"after\":\"P\"},\"next\":\"https://…\"}}");
    assert_int_equal(w.events.count, 1);
    assert_true(w.events.items[0].echo);
    assert_str(w.events.items[0].thread_title, "Nuovo negozio");
    asks(&w, "/v26.0/1/comments?limit=50&fields=id,text,timestamp,username,from,parent_id,user,replies.limit(50)%7B");
    answers(&w, 200,
            "{\"data\":[{\"id\":\"11\",\"text\":\"Quando?\",\"timestamp\":\"2025-11-21T15:00:00+0000\",\"username\":"
            "\"ada\",\"from\":{\"id\":\"77\",\"username\":\"ada\"},\"replies\":{\"data\":[{\"id\":\"12\",\"text\":"
            "\"Sabato\",\"timestamp\":\"2025-11-21T15:10:00+0000\",\"user\":{\"id\":\"17841400000000041\"}}],"
            "\"paging\":{\"cursors\":{\"after\":\"R\"},\"next\":\"https://…\"}}},{\"text\":\"no id\"},{\"id\":\"13\","
            "\"text\":\"Di chi?\",\"username\":\"prova\"}]}");
    const struct channel_event *e = w.events.items;
    assert_int_equal(w.events.count, 3);
    assert_str(e[0].thread_key, "post:1");
    assert_str(e[0].parent_id, "1");
    assert_str(e[0].author.handle, "ada");
    assert_false(e[0].echo);
    assert_true(e[1].echo);
    assert_str(e[1].parent_id, "11");
    assert_false(e[2].echo); /* no author: never taken for ours */
    assert_true(w.events.unread.len > 0);
    asks(&w, "/v26.0/11/replies?limit=50&");
    answers(&w, 400, ERROR(100, 33)); /* removed meanwhile: nobody's failure */
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    assert_false(w.asked.more); /* the next page is older than two weeks */
    assert_true(w.asked.from == w.asking.since);
    assert_str(w.asking.cursor, "{\"1\":2,\"2\":0}");

    w.asking.carry = STR_EMPTY; /* the next round: one post has one comment less, the other none as before */
    answers(
        &w, 200,
        "{\"data\":[" POST("1", "2025-11-21T10:00:00+0000", "1") "," POST("2", "2025-11-20T10:00:00+0000", "0") "]}");
    assert_int_equal(w.events.count, 1);
    asks(&w, "/v26.0/1/comments?");
    answers(&w, 200, "{\"data\":[]}");
    assert_str(w.asking.cursor, "{\"1\":1,\"2\":0}");

    w.asking.carry = STR_EMPTY;
    w.asking.whole = true; /* then all are looked into */
    answers(
        &w, 200,
        "{\"data\":[" POST("1", "2025-11-21T10:00:00+0000", "1") "," POST("2", "2025-11-20T10:00:00+0000", "0") "]}");
    assert_int_equal(w.events.count, 2);
    asks(&w, "/v26.0/1/comments?");
}

/* An id of ours may be another than the account's: then the name tells. */
static void our_own_words_are_known_by_id_or_name(void **state)
{
    struct arena *a = *state;
    struct settings named = settings_with(a, "username", "prova.shop"), plain = settings_with(a, NULL, NULL);
    struct str body =
        STR("{\"object\":\"instagram\",\"entry\":[{\"id\":\"17841400000000041\",\"time\":1763733905,\"changes\":["
            "{\"field\":\"comments\",\"value\":{\"from\":{\"id\":\"99\",\"username\":\"Prova.Shop\"},\"media\":{"
            "\"id\":\"1\"},\"id\":\"2\",\"text\":\"Sabato\"}}]}]}");
    struct channel_events events = {.arena = a};
    struct error e = {0};
    assert_true(instagram()->receive(a, &named, body, &events, &e));
    assert_true(events.items[0].echo);
    assert_int_equal(events.items[0].author.external_id.len, 0);
    assert_true(instagram()->receive(a, &plain, body, &events, &e));
    assert_false(events.items[1].echo);
    assert_str(events.items[1].author.handle, "Prova.Shop");
}

static void private_talks_are_listed(void **state)
{
    struct walk w = walk_of(*state, "messages");
    asks(&w, "/v26.0/me/conversations?platform=instagram&limit=25&fields=id,updated_time,messages.limit(25)%7Bid,");
    answers(
        &w, 200,
        "{\"data\":[{\"id\":\"aWdt1\",\"updated_time\":\"2025-11-21T15:40:00+0000\",\"messages\":{\"data\":[{\"id\":"
        "\"aWd2\",\"message\":\"E allora?\",\"created_time\":\"2025-11-21T15:40:00+0000\",\"from\":{\"id\":\"77\","
        "\"username\":\"ada\"},\"to\":{\"data\":[{\"id\":\"17841400000000041\"}]}}],\"paging\":{\"cursors\":{"
        "\"after\":\"M\"},\"next\":\"https://…\"}}}]}");
    assert_int_equal(w.events.count, 1);
    assert_str(w.events.items[0].door, "dm");
    assert_str(w.events.items[0].thread_key, "dm:77");
    assert_str(w.events.items[0].author.handle, "ada");
    assert_true(w.asked.more);
    asks(&w, "/v26.0/aWdt1/messages?limit=50&");
    answers(&w, 200, "{\"data\":[]}");
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
               {400, ERROR(80002, 0), FAILURE_RATE},
               {400, ERROR(100, 33), FAILURE_GONE}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct walk w = walk_of(*state, "comments");
        answers(&w, all[i].status, all[i].body);
        assert_int_equal(w.asked.outcome.failure, all[i].failure);
        assert_false(w.asked.more);
        assert_int_equal(w.asked.cursor.len, 0);
    }
    struct walk w = walk_of(*state, "comments");
    struct http_call call = {0};
    struct error e = {0};
    w.settings.values.count = 2; /* without user_id */
    assert_false(instagram()->ask(*state, &w.settings, &w.asking, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

int channels_instagram_test(void)
{
    const struct CMUnitTest tests[] = {TEST(each_door_has_its_call),
                                       TEST(a_file_is_uploaded_sent_and_followed_by_its_words),
                                       TEST(private_words_count_in_bytes),
                                       TEST(what_cannot_go_is_said_before),
                                       TEST(every_error_has_its_class),
                                       TEST(the_login_says_where_the_api_is),
                                       TEST(who_writes_is_asked_for),
                                       TEST(an_administrator_agrees),
                                       TEST(tokens_of_an_hour_become_tokens_of_sixty_days),
                                       TEST(comments_of_posts_that_have_new_ones),
                                       TEST(our_own_words_are_known_by_id_or_name),
                                       TEST(private_talks_are_listed),
                                       TEST(a_list_that_is_refused)};
    return cmocka_run_group_tests_name("channels/instagram", tests, NULL, NULL);
}
