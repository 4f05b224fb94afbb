/* SPDX-License-Identifier: Apache-2.0 */
/* LinkedIn: two signatures, the handshake, one comment with two names, what goes out, every class of its errors, the
 * list of notifications, and access that nobody can renew for longer than a year. */
#include "support.h"

int channels_linkedin_test(void);

#define POST    "urn:li:activity:7132000000000000101"
#define COMMENT "urn:li:comment:(" POST ",7132000000000000777)"
static const int64_t NOW = INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z */

static const struct channel *linkedin(void)
{
    return channel_of("linkedin");
}

static struct settings settings_with(struct arena *a, struct pair *more, size_t count)
{
    struct pair given[8] = {{STR("client_secret"), STR("test-client-secret")},
                            {STR("organization_id"), STR("96110055")},
                            {STR("access_token"), STR("TOKEN")}};
    struct settings settings;
    struct error e = {0};
    for (size_t i = 0; i < count; i++)
        given[3 + i] = more[i];
    assert_true(settings_make(a, linkedin(), &(struct pairs){given, 3 + count}, &settings, &e));
    return settings;
}

/* ---- signature, handshake ---- */

static bool verify_with(struct arena *a, struct str value, struct str body)
{
    struct settings settings = settings_with(a, NULL, 0);
    struct pair headers[] = {{STR("x-li-signature"), value}};
    struct hook hook = {.method = STR("POST"), .headers = {headers, value.ptr ? 1 : 0}, .body = body};
    struct error e = {0};
    bool ok = linkedin()->verify(&settings, &hook, &e);
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, "test-client-secret"));
    }
    return ok;
}

/* printf 'hmacsha256={"type":"X"}' | openssl dgst -sha256 -hmac test-client-secret; the second of the body alone */
static void both_signatures_are_over_the_bytes(void **state)
{
    struct arena *a = *state;
    struct str body = STR("{\"type\":\"X\"}");
    struct str good[] = {STR("baac4625fae7a9e183914c546dc84baca2c6e15b81c4391f3eece178f9202ca9"),
                         STR("hmacsha256=0f7684e8218de4ba53b8c92c1039fc049683094bbc0be043c6a89b78a7405c55")};
    assert_false(verify_with(a, (struct str){NULL, 0}, body));
    assert_false(verify_with(a, STR(""), body));
    for (size_t k = 0; k < COUNT_OF(good); k++) {
        struct str digest = k ? str_slice(good[k], 11, good[k].len) : good[k];
        assert_true(verify_with(a, good[k], body));
        for (size_t len = 0; len < good[k].len; len++)
            assert_false(verify_with(a, str_slice(good[k], 0, len), body));
        for (size_t i = 0; i < body.len; i++) {
            char *flipped = arena_copy(a, body.ptr, body.len);
            flipped[i] ^= 1;
            assert_false(verify_with(a, good[k], (struct str){flipped, body.len}));
        }
        for (size_t i = 0; i < good[k].len; i++) {
            char *flipped = arena_copy(a, good[k].ptr, good[k].len);
            flipped[i] ^= 1;
            assert_false(verify_with(a, (struct str){flipped, good[k].len}, body));
        }
        assert_false(verify_with(a, str_concat(a, STR("sha256="), digest), body));
        assert_false(verify_with(a, str_concat(a, STR("HMACSHA256="), digest), body));
        assert_false(verify_with(a, str_concat(a, good[k], STR(" ")), body));
        assert_false(verify_with(a, str_concat(a, good[k], STR("0")), body));
    }
    assert_false(verify_with(a, str_concat(a, STR("hmacsha256="), good[0]), body)); /* the forms are not mixed */
    assert_false(verify_with(a, str_slice(good[1], 11, good[1].len), body));
    char upper[64];
    for (size_t i = 0; i < sizeof upper; i++)
        upper[i] = (char)(good[0].ptr[i] >= 'a' ? good[0].ptr[i] - 32 : good[0].ptr[i]);
    assert_false(verify_with(a, (struct str){upper, sizeof upper}, body));
}

static void the_challenge_is_answered(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    struct pair query[] = {{STR("challengeCode"), STR("890e4665-4dfe-4ab1-b689-ed553bceeed0")}};
    struct hook hook = {.method = STR("GET"), .query = {query, 1}};
    struct str reply, type;
    struct error e = {0};
    assert_true(linkedin()->handshake(a, &settings, &hook, &reply, &type, &e));
    assert_str(type, "application/json");
    assert_str(reply, "{\"challengeCode\":\"890e4665-4dfe-4ab1-b689-ed553bceeed0\",\"challengeResponse\":"
                      "\"05f7c3a9fc0fd9476f5fa3a0f318d460b83aba7b241196a57cc44868a392fc57\"}");
    query[0].value = STR("</script>\"");
    assert_true(linkedin()->handshake(a, &settings, &hook, &reply, &type, &e));
    assert_int_equal(str_find(reply, STR("</")), -1);
    hook.query.count = 0;
    assert_false(linkedin()->handshake(a, &settings, &hook, &reply, &type, &e));
    assert_int_equal(e.code, ERR_MALFORMED);
}

/* ---- out ---- */

static struct outgoing message(const char *text)
{
    return (struct outgoing){.door = STR("comment"),
                             .to = STR("urn:li:person:aDa4Rossi1"),
                             .account = STR("96110055"),
                             .parent_id = STR(COMMENT),
                             .thread_key = STR("post:" POST),
                             .text = str_from(text),
                             .now = NOW};
}

static void a_comment_is_answered_below_it(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    struct outgoing m = message("Sì, «anche» lì 🙂");
    struct http_call call;
    struct error e = {0};
    assert_true(linkedin()->send(a, &settings, &m, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://api.linkedin.com/rest/socialActions/urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A"
                         "7132000000000000101%2C7132000000000000777%29/comments");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    assert_str(pairs_get(&call.headers, STR("LinkedIn-Version")), "202607");
    assert_str(pairs_get(&call.headers, STR("X-Restli-Protocol-Version")), "2.0.0");
    assert_str(call.body, "{\"actor\":\"urn:li:organization:96110055\",\"object\":\"" POST
                          "\",\"message\":{\"text\":\"Sì, «anche» lì 🙂\"},\"parentComment\":\"" COMMENT "\"}");
}

static void a_mention_is_answered_on_its_post(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    struct outgoing m = message("Grazie");
    struct http_call call;
    struct error e = {0};
    m.parent_id = STR("urn:li:share:7132000000000000900");
    m.thread_key = STR("post:urn:li:share:7132000000000000900");
    assert_true(linkedin()->send(a, &settings, &m, &call, &e));
    assert_str(call.url,
               "https://api.linkedin.com/rest/socialActions/urn%3Ali%3Ashare%3A7132000000000000900/comments");
    assert_str(call.body,
               "{\"actor\":\"urn:li:organization:96110055\",\"object\":\"urn:li:share:7132000000000000900\","
               "\"message\":{\"text\":\"Grazie\"}}");
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    struct http_call call;
    struct error e = {0};
    struct buf words;
    buf_init(&words, a, 8192);
    for (int i = 0; i < 1250; i++)
        buf_cstr(&words, "😀"); /* one each */
    struct outgoing fits = message(str_cstr(a, buf_view(&words))), empty = message("  "), alone = message("x");
    buf_char(&words, '.');
    struct outgoing over = message(str_cstr(a, buf_view(&words))), file = message("Ecco"), nobody = message("x");
    const struct outgoing_media picture = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("x")};
    file.media = &picture;
    alone.parent_id = STR_EMPTY;
    assert_true(linkedin()->send(a, &settings, &fits, &call, &e));
    const struct outgoing *refused[] = {&over, &empty, &file, &alone};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(linkedin()->send(a, &settings, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
    struct pair given[] = {{STR("client_secret"), STR("s")}, {STR("access_token"), STR("t")}};
    assert_true(settings_make(a, linkedin(), &(struct pairs){given, 2}, &settings, &e));
    nobody.account = STR_EMPTY; /* who would speak? */
    assert_false(linkedin()->send(a, &settings, &nobody, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

/* ---- answers ---- */

static const struct {
    int status;
    const char *header, *body; /* x-restli-id */
    enum failure failure;
    int seconds;
    const char *says; /* the id, or the words */
} answers[] = {
    {201, "7132000000000000999", "{\"commentUrn\":\"urn:li:comment:(activity:1,7132000000000000999)\"}", FAILURE_NONE,
     0, "urn:li:comment:(urn:li:activity:1,7132000000000000999)"},
    {201, "7132000000000000999", "", FAILURE_NONE, 0, "urn:li:comment:(" POST ",7132000000000000999)"},
    {201, "7132000000000000999", "{\"object\":\"urn:li:activity:9\"}", FAILURE_NONE, 0,
     "urn:li:comment:(urn:li:activity:9,7132000000000000999)"},
    {201, "urn:li:comment:(activity:3,4)", "{}", FAILURE_NONE, 0, "urn:li:comment:(urn:li:activity:3,4)"},
    {201, "", "{\"id\":\"5\"}", FAILURE_NONE, 0, "urn:li:comment:(" POST ",5)"},
    {200, "", "<html>", FAILURE_NONE, 0, ""},
    {400, "", "{\"status\":400,\"message\":\"message.text is longer than 1250 characters\"}", FAILURE_CONTENT, 0,
     "message.text is longer than 1250 characters"},
    {401, "", "{\"status\":401,\"serviceErrorCode\":65601,\"message\":\"The token has been revoked\"}", FAILURE_TOKEN,
     0, "The token has been revoked"},
    {403, "", "{\"status\":403,\"serviceErrorCode\":100,\"message\":\"Not enough permissions to access\"}",
     FAILURE_PERMISSION, 0, "Not enough permissions to access"},
    {403, "",
     "{\"message\":\"Unpermitted fields present in REQUEST_BODY: Data Processing Exception while processing fields "
     "[/content]\"}",
     FAILURE_CONTENT, 0, NULL},
    {403, "", "{\"message\":\"Comments are disabled on this post\"}", FAILURE_WINDOW, 0, NULL},
    {404, "", "{\"message\":\"Could not find entity\"}", FAILURE_GONE, 0, "Could not find entity"},
    {409, "", "{\"message\":\"Comment already exists\"}", FAILURE_CONTENT, 0, "Comment already exists"},
    {422, "", "{\"message\":\"Invalid\"}", FAILURE_CONTENT, 0, "Invalid"},
    {400, "", "{\"message\":\"Comment create throttled\"}", FAILURE_RATE, 60, NULL},
    {403, "", "{\"message\":\"Comment create throttled\"}", FAILURE_RATE, 60, NULL},
    {426, "", "{\"message\":\"Requested version 20240101 is not active\"}", FAILURE_PERMISSION, 0, NULL},
    {429, "", "{\"message\":\"Comment create throttled: creation rate limit exceeded for member\"}", FAILURE_RATE, 60,
     NULL},
    {429, "", "{\"message\":\"Resource level throttle limit for calls to this resource is reached\"}", FAILURE_RATE,
     29600, NULL}, /* until midnight UTC */
    {500, "", "{\"message\":\"Internal Server Error\"}", FAILURE_TRANSIENT, 0, NULL},
    {503, "", "<html>", FAILURE_TRANSIENT, 0, NULL},
    {0, "", "", FAILURE_TRANSIENT, 0, NULL},
};

static void every_answer_has_its_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct pair headers[] = {{STR("x-restli-id"), str_from(answers[i].header)}};
        struct http_reply reply = {
            .status = answers[i].status, .headers = {headers, 1}, .body = str_from(answers[i].body)};
        struct outgoing m = message("Eccomi");
        struct outcome out = {0};
        linkedin()->answer(a, &m, &reply, &out);
        if (out.failure != answers[i].failure || out.retry_seconds != answers[i].seconds)
            fail_msg("%d %s: %s, %d s", answers[i].status, answers[i].body, failure_name(out.failure),
                     out.retry_seconds);
        if (answers[i].says)
            assert_str(answers[i].failure ? out.words : out.external_id, answers[i].says);
    }
}

static void health_is_that_of_the_page(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_with(a, NULL, 0);
    struct outcome out = {0};
    struct http_call call;
    struct error e = {0};
    assert_true(linkedin()->probe(a, &settings, &call, &e));
    assert_str(call.url, "https://api.linkedin.com/rest/organizations/96110055");
    struct http_reply us = {.status = 200, .body = STR("{\"id\":96110055,\"localizedName\":\"Nuvola\"}")};
    linkedin()->probed(a, &us, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.external_id, "96110055");
    assert_str(out.words, "Nuvola");
    struct http_reply none = {.status = 404, .body = STR("{\"message\":\"Could not find entity\"}")};
    linkedin()->probed(a, &none, &out);
    assert_int_equal(out.failure, FAILURE_PERMISSION);
}

/* ---- the list ---- */

struct walk {
    struct arena *a;
    struct settings settings;
    struct asking asking;
    struct channel_events events;
    struct asked asked;
};

static struct walk walk_of(struct arena *a)
{
    const struct listing *listing = channel_listing(linkedin(), STR("notifications"));
    assert_non_null(listing);
    return (struct walk){.a = a,
                         .settings = settings_with(a, NULL, 0),
                         .asking = {.listing = listing, .since = NOW - HOUR_US, .now = NOW}};
}

static void asks(struct walk *w, const char *path)
{
    struct http_call call = {0};
    struct error e = {0};
    if (!linkedin()->ask(w->a, &w->settings, &w->asking, &call, &e))
        fail_msg("%s", e.message);
    assert_string_equal(call.method, "GET");
    assert_str(call.url, str_format(w->a, "https://api.linkedin.com/rest/%s", path).ptr);
    assert_str(pairs_get(&call.headers, STR("LinkedIn-Version")), "202607");
}

static void answered(struct walk *w, int status, struct str body)
{
    struct http_reply reply = {.status = status, .body = body};
    w->events = (struct channel_events){.arena = w->a};
    w->asked = (struct asked){0};
    linkedin()->asked(w->a, &w->settings, &w->asking, &reply, &w->events, &w->asked);
    w->asking.carry = w->asked.carry;
    w->asking.step++;
}

#define FIRST                                                                                                        \
    "organizationalEntityNotifications?q=criteria&actions=List(COMMENT,COMMENT_EDIT,COMMENT_DELETE,ADMIN_COMMENT,"   \
    "SHARE_MENTION)&organizationalEntity=urn%3Ali%3Aorganization%3A96110055&timeRange=(start:1763736400000,end:"     \
    "1763740000000)&start="
#define NOTE(action, id, more)                                                                                       \
    "{\"organizationalEntity\":\"urn:li:organization:96110055\",\"action\":\"" action                                \
    "\",\"notificationId\":7,\"lastModifiedAt\":1763739000000,\"generatedActivity\":\"" id "\"" more "}"

static void notifications_are_those_of_the_webhooks(void **state)
{
    struct walk w = walk_of(*state);
    asks(&w, FIRST "0&count=50");
    answered(&w, 200,
             STR("{\"elements\":[" NOTE("COMMENT", "urn:li:comment:(activity:1,2)",
                                        ",\"decoratedGeneratedActivity\":{\"comment\":{\"owner\":\"urn:li:person:a\","
                                        "\"text\":\"Quanto costa?\"}}") "," NOTE("COMMENT_DELETE",
                                                                                 "urn:li:comment:(activity:1,3)",
                                                                                 "") "]}"));
    assert_int_equal(w.events.count, 2);
    assert_str(w.events.items[0].dedupe, "m:urn:li:comment:(urn:li:activity:1,2)");
    assert_str(w.events.items[0].text, "Quanto costa?");
    assert_true(w.events.items[0].as_of == 0); /* they may be older than an edit */
    assert_int_equal(w.events.items[1].kind, CHANNEL_DELETE);
    assert_false(w.asked.more);
    assert_true(w.asked.from == 0); /* what is removed is told, and not missed */
}

/* Those that say only an id are asked for one by one, and what is gone meanwhile is nobody's failure. */
static void words_that_were_not_told_are_asked_for(void **state)
{
    struct walk w = walk_of(*state);
    answered(
        &w, 200,
        STR("{\"elements\":[" NOTE("COMMENT", "urn:li:comment:(activity:1,2)", "") "," NOTE(
            "COMMENT", "urn:li:comment:(activity:1,3)", "") "," NOTE("SHARE_MENTION", "urn:li:share:9", "") "]}"));
    assert_int_equal(w.events.count, 0);
    assert_true(w.asked.more);
    asks(&w, "socialActions/urn%3Ali%3Aactivity%3A1/comments/2");
    answered(&w, 200,
             STR("{\"actor\":\"urn:li:person:a\",\"message\":{\"text\":\"Quanto costa?\"},\"created\":{\"time\":"
                 "1763739000123},\"parentComment\":\"urn:li:comment:(activity:1,1)\"}"));
    assert_int_equal(w.events.count, 1);
    struct channel_event *event = w.events.items;
    assert_str(event->external_id, "urn:li:comment:(urn:li:activity:1,2)");
    assert_str(event->parent_id, "urn:li:comment:(urn:li:activity:1,1)");
    assert_str(event->thread_key, "post:urn:li:activity:1");
    assert_str(event->author.external_id, "urn:li:person:a");
    assert_true(event->at == INT64_C(1763739000123000) && event->as_of == NOW && !event->echo);
    asks(&w, "socialActions/urn%3Ali%3Aactivity%3A1/comments/3");
    answered(&w, 404, STR("{\"message\":\"Could not find entity\"}"));
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    assert_int_equal(w.events.count, 0);
    asks(&w, "posts/urn%3Ali%3Ashare%3A9");
    answered(&w, 200,
             STR("{\"author\":\"urn:li:person:b\",\"commentary\":\"Grazie a voi\",\"publishedAt\":1763739000000}"));
    assert_str(w.events.items[0].text, "Grazie a voi");
    assert_str(w.events.items[0].thread_key, "post:urn:li:share:9");
    assert_false(w.asked.more);
}

/* So are those of an edit; a webhook's edit without them could not be read. */
static void the_words_of_an_edit_are_asked_for(void **state)
{
    struct walk w = walk_of(*state);
    answered(&w, 200, STR("{\"elements\":[" NOTE("COMMENT_EDIT", "urn:li:comment:(activity:1,2)", "") "]}"));
    assert_int_equal(w.events.count, 0);
    assert_int_equal(w.events.unread.len, 0);
    asks(&w, "socialActions/urn%3Ali%3Aactivity%3A1/comments/2");
    answered(&w, 200,
             STR("{\"actor\":\"urn:li:person:a\",\"message\":{\"text\":\"Quanto costava?\"},\"created\":{\"time\":"
                 "1763739000123}}"));
    assert_int_equal(w.events.count, 1);
    assert_str(w.events.items[0].text, "Quanto costava?");
    assert_true(w.events.items[0].as_of == NOW);
    assert_false(w.asked.more);
}

static void a_full_page_is_followed_by_another(void **state)
{
    struct walk w = walk_of(*state);
    struct buf body;
    buf_init(&body, *state, 16384);
    buf_cstr(&body, "{\"elements\":[");
    for (int i = 0; i < 50; i++)
        buf_format(&body, "%s" NOTE("COMMENT_DELETE", "urn:li:comment:(activity:1,%d)", ""), i ? "," : "", i + 1);
    buf_cstr(&body, "]}");
    answered(&w, 200, buf_view(&body));
    assert_int_equal(w.events.count, 50);
    assert_true(w.asked.more);
    asks(&w, FIRST "50&count=50");
    answered(&w, 200, STR("{\"elements\":[]}"));
    assert_false(w.asked.more);
}

static void a_list_that_is_refused_has_its_class(void **state)
{
    struct walk w = walk_of(*state);
    answered(&w, 429, STR("{\"message\":\"Resource level throttle limit is reached\"}"));
    assert_int_equal(w.asked.outcome.failure, FAILURE_RATE);
    assert_int_equal(w.asked.outcome.retry_seconds, 29600);
    answered(&w, 200, STR("<html>"));
    assert_int_equal(w.asked.outcome.failure, FAILURE_TRANSIENT);
    answered(&w, 403, STR("{\"message\":\"Not enough permissions\"}"));
    assert_int_equal(w.asked.outcome.failure, FAILURE_PERMISSION);
    struct pair given[] = {{STR("client_secret"), STR("s")}, {STR("access_token"), STR("t")}};
    struct http_call call;
    struct error e = {0};
    assert_true(settings_make(w.a, linkedin(), &(struct pairs){given, 2}, &w.settings, &e));
    assert_false(linkedin()->ask(w.a, &w.settings, &w.asking, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

/* ---- access ---- */

static const struct consent consent_of = {.redirect_uri = {"https://care.example/desk/channels/consent", 42},
                                          .state = {"5ea1ed", 6},
                                          .verifier = {"the-verifier", 12},
                                          .challenge = {"the-challenge", 13}};

static void an_administrator_agrees_and_access_is_renewed(void **state)
{
    struct arena *a = *state;
    struct pair more[] = {{STR("client_id"), STR("our app")}, {STR("refresh_token"), STR("R/1")}};
    struct settings with = settings_with(a, more, 2), without = settings_with(a, NULL, 0);
    struct http_call call;
    struct str url;
    struct error e = {0};
    assert_true(linkedin()->consent(a, &with, &consent_of, &url, &e));
    assert_str(url, "https://www.linkedin.com/oauth/v2/authorization?response_type=code&client_id=our%20app&"
                    "redirect_uri=https%3A%2F%2Fcare.example%2Fdesk%2Fchannels%2Fconsent&scope="
                    "r_organization_social_feed%20w_organization_social_feed%20rw_organization_admin&state=5ea1ed");
    assert_true(linkedin()->consented(a, &with, &consent_of, STR("c/1+"), &call, &e));
    assert_str(call.url, "https://www.linkedin.com/oauth/v2/accessToken");
    assert_str(call.body, "grant_type=authorization_code&code=c%2F1%2B&redirect_uri=https%3A%2F%2Fcare.example%2Fdesk"
                          "%2Fchannels%2Fconsent&client_id=our%20app&client_secret=test-client-secret");
    assert_true(linkedin()->renew(a, &with, &call, &e));
    assert_str(call.body, "grant_type=refresh_token&refresh_token=R%2F1&client_id=our%20app&client_secret="
                          "test-client-secret");
    assert_false(linkedin()->consent(a, &without, &consent_of, &url, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_false(linkedin()->consented(a, &without, &consent_of, STR("c"), &call, &e));
    assert_false(linkedin()->renew(a, &without, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void the_day_of_the_next_consent_is_kept(void **state)
{
    static const struct {
        const char *body, *until;
        int seconds;
    } cases[] = {
        {"{\"access_token\":\"t\",\"expires_in\":5184000,\"refresh_token\":\"r\",\"refresh_token_expires_in\":"
         "31536000}",
         "1795276000", 5184000},
        {"{\"access_token\":\"t\",\"expires_in\":5184000}", "1768924000", 5184000}, /* nothing to renew with */
        {"{\"access_token\":\"t\",\"expires_in\":100,\"refresh_token\":\"r\"}", "", 100},
        {"{\"access_token\":\"t\",\"refresh_token\":\"r\",\"refresh_token_expires_in\":-1}", "", 5184000},
        {"{\"error\":\"invalid_grant\"}", "", 0},
    };
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_reply reply = {
            .status = cases[i].seconds ? 200 : 400, .body = str_from(cases[i].body), .at = NOW};
        struct pairs changed = {0};
        struct outcome out = {0};
        struct settings settings;
        struct error e = {0};
        assert_int_equal(linkedin()->renewed(a, &reply, &changed, &out), cases[i].seconds);
        assert_str(pairs_get(&changed, STR(SETTING_CONSENT_UNTIL)), cases[i].until);
        if (!cases[i].seconds) {
            assert_int_equal(out.failure, FAILURE_TOKEN);
            continue;
        }
        struct pair *kept = ARENA_ARRAY(a, struct pair, changed.count + 1);
        memcpy(kept, changed.items, changed.count * sizeof *kept);
        kept[changed.count] = (struct pair){STR("client_secret"), STR("s")};
        assert_true(settings_make(a, linkedin(), &(struct pairs){kept, changed.count + 1}, &settings, &e));
        reply.at = 0; /* nobody knows when: nothing is promised */
        changed = (struct pairs){0};
        linkedin()->renewed(a, &reply, &changed, &out);
        assert_int_equal(pairs_get(&changed, STR(SETTING_CONSENT_UNTIL)).len, 0);
    }
}

int channels_linkedin_test(void)
{
    const struct CMUnitTest tests[] = {TEST(both_signatures_are_over_the_bytes),
                                       TEST(the_challenge_is_answered),
                                       TEST(a_comment_is_answered_below_it),
                                       TEST(a_mention_is_answered_on_its_post),
                                       TEST(what_cannot_go_is_said_before),
                                       TEST(every_answer_has_its_class),
                                       TEST(health_is_that_of_the_page),
                                       TEST(notifications_are_those_of_the_webhooks),
                                       TEST(words_that_were_not_told_are_asked_for),
                                       TEST(the_words_of_an_edit_are_asked_for),
                                       TEST(a_full_page_is_followed_by_another),
                                       TEST(a_list_that_is_refused_has_its_class),
                                       TEST(an_administrator_agrees_and_access_is_renewed),
                                       TEST(the_day_of_the_next_consent_is_kept)};
    return cmocka_run_group_tests_name("channels/linkedin", tests, NULL, NULL);
}
