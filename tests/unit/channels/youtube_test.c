/* SPDX-License-Identifier: Apache-2.0 */
/* YouTube: a round over threads, replies and titles call by call, what goes out, every class of its errors, and
 * access by OAuth 2. */
#include "support.h"

int channels_youtube_test(void);

static const int64_t NOW =
    INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z, a quarter to eight in California */

static const struct channel *youtube(void)
{
    return channel_of("youtube");
}

/* ---- asking ---- */

struct walk {
    struct arena *a;
    struct settings settings;
    struct asking asking;
    struct channel_events events;
    struct asked asked;
};

static struct walk walk_of(struct arena *a, bool whole)
{
    return (struct walk){
        .a = a,
        .settings = settings_of(a, youtube()),
        .asking = {.listing = youtube()->listings, .since = NOW - HOUR_US, .now = NOW, .whole = whole}};
}

static void asks(struct walk *w, const char *tail)
{
    struct http_call call = {0};
    struct error e = {0};
    assert_true(youtube()->ask(w->a, &w->settings, &w->asking, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    assert_str(call.url, str_format(w->a, "https://www.googleapis.com/youtube/v3/%s", tail).ptr);
}

static void answers(struct walk *w, int status, struct str body)
{
    struct http_reply reply = {.status = status, .body = body};
    w->events = (struct channel_events){.arena = w->a};
    w->asked = (struct asked){0};
    youtube()->asked(w->a, &w->settings, &w->asking, &reply, &w->events, &w->asked);
    if (w->asked.cursor.len)
        w->asking.cursor = w->asked.cursor;
    w->asking.carry = w->asked.carry;
    w->asking.step++;
}

/* A thread with so many replies, of which one is shown. */
static struct str thread(struct arena *a, const char *id, const char *video, const char *at, int replies)
{
    struct str shown = replies ? str_format(a,
                                            ",\"replies\":{\"comments\":[{\"id\":\"%s.1\",\"snippet\":{\"parentId\":"
                                            "\"%s\",\"textDisplay\":\"r\",\"publishedAt\":\"%s\",\"updatedAt\":"
                                            "\"%s\"}}]}",
                                            id, id, at, at)
                               : STR_EMPTY;
    return str_format(a,
                      "{\"id\":\"%s\",\"snippet\":{\"videoId\":\"%s\",\"totalReplyCount\":%d,\"topLevelComment\":{"
                      "\"id\":\"%s\",\"snippet\":{\"textDisplay\":\"x\",\"publishedAt\":\"%s\",\"updatedAt\":\"%s\","
                      "\"authorDisplayName\":\"@ada\",\"authorChannelId\":{\"value\":\"UCada\"}}}}%.*s}",
                      id, video, replies, id, at, at, STR_ARGS(shown));
}

static struct str page(struct arena *a, struct str items, const char *next)
{
    return str_format(a, "{\"items\":[%.*s]%s%s%s}", STR_ARGS(items), *next ? ",\"nextPageToken\":\"" : "", next,
                      *next ? "\"" : "");
}

#define THREADS                                                                                                      \
    "commentThreads?part=snippet%2Creplies&maxResults=100&textFormat=plainText&allThreadsRelatedToChannelId="        \
    "UCours00000000000000000x&moderationStatus="
#define NOTHING STR("{\"items\":[]}")

static void threads_titles_replies_and_what_is_held(void **state)
{
    struct arena *a = *state;
    struct walk w = walk_of(a, false);
    struct str two = str_format(a, "%.*s,%.*s", STR_ARGS(thread(a, "T1", "v1", "2025-11-21T15:40:00Z", 4)),
                                STR_ARGS(thread(a, "T2", "v1", "2025-11-21T15:30:00Z", 1)));
    asks(&w, THREADS "published");
    answers(&w, 200, page(a, two, "P2"));
    assert_int_equal(w.events.count, 4);
    assert_str(w.events.items[0].author.handle, "ada");
    assert_str(w.events.items[1].parent_id, "T1");
    asks(&w, "videos?part=snippet&id=v1"); /* once for both */
    answers(&w, 200, STR("{\"items\":[{\"id\":\"v1\",\"snippet\":{\"title\":\"Il modem\"}}]}"));
    assert_true(w.events.items[0].echo && !w.events.items[0].parent_id.len);
    asks(&w, "comments?part=snippet&maxResults=100&textFormat=plainText&parentId=T1"); /* T2 shows all it has */
    answers(&w, 200,
            STR("{\"items\":[{\"id\":\"T1.2\",\"snippet\":{\"parentId\":\"T1\",\"textDisplay\":\"y\"}}],"
                "\"nextPageToken\":\"R2\"}"));
    assert_str(w.events.items[0].thread_key, "post:v1"); /* the list does not say of which video */
    asks(&w, "comments?part=snippet&maxResults=100&textFormat=plainText&parentId=T1&pageToken=R2");
    answers(&w, 200, NOTHING);
    asks(&w, THREADS "published&pageToken=P2"); /* all of the first page was young */
    answers(&w, 200, page(a, thread(a, "T3", "v1", "2025-11-21T12:00:00Z", 0), "P3"));
    asks(&w, THREADS "heldForReview"); /* older than what is asked for: no third page */
    answers(&w, 200, page(a, thread(a, "T4", "", "2025-11-21T15:45:00Z", 0), ""));
    assert_string_equal(w.events.items[0].origins[0].kind, "held");
    asks(&w, THREADS "likelySpam");
    answers(&w, 200, page(a, thread(a, "T5", "v1", "2025-11-21T15:45:00Z", 0), ""));
    assert_string_equal(w.events.items[0].origins[0].kind, "held_spam");
    assert_false(w.asked.more);
    assert_true(w.asked.from == 0); /* a short round knows nothing of what is gone */
    /* the next round: the title and the replies are known; one more reply, and they are asked for again */
    w.asking.carry = STR_EMPTY;
    answers(&w, 200, page(a, two, ""));
    asks(&w, THREADS "heldForReview");
    w.asking.carry = STR_EMPTY;
    answers(&w, 200, page(a, thread(a, "T1", "v1", "2025-11-21T15:40:00Z", 5), ""));
    asks(&w, "comments?part=snippet&maxResults=100&textFormat=plainText&parentId=T1");
}

static void a_whole_round_goes_back_and_says_so(void **state)
{
    struct arena *a = *state;
    struct walk w = walk_of(a, true);
    int i;
    for (i = 1; i < 10; i++) {
        answers(&w, 200, page(a, thread(a, "T1", "", "2020-01-01T00:00:00Z", 0), "more"));
        asks(&w, THREADS "published&pageToken=more"); /* ten pages, however old */
    }
    answers(&w, 200, page(a, thread(a, "T1", "", "2025-10-01T00:00:00Z", 0), "more"));
    asks(&w, THREADS "published&pageToken=more"); /* and three months, however many */
    answers(&w, 200, page(a, thread(a, "T1", "", "2025-01-01T00:00:00Z", 0), "more"));
    asks(&w, THREADS "heldForReview");
    answers(&w, 200, NOTHING);
    answers(&w, 200, NOTHING);
    assert_false(w.asked.more);
    assert_true(w.asked.from == w.asking.since);
}

#define FORBIDDEN "{\"error\":{\"code\":403,\"message\":\"No.\",\"errors\":[{\"reason\":\"forbidden\"}]}}"
#define NO_THREAD "{\"error\":{\"code\":404,\"message\":\"No.\",\"errors\":[{\"reason\":\"commentNotFound\"}]}}"

static void a_round_goes_on_without_what_is_not_there(void **state)
{
    struct arena *a = *state;
    struct walk w = walk_of(a, true);
    answers(&w, 200, page(a, thread(a, "T1", "v9", "2025-11-21T15:40:00Z", 4), ""));
    answers(&w, 404, STR(NO_THREAD)); /* the title */
    asks(&w, "comments?part=snippet&maxResults=100&textFormat=plainText&parentId=T1");
    answers(&w, 404, STR(NO_THREAD)); /* removed between two calls */
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    asks(&w, THREADS "heldForReview");
    answers(&w, 403, STR(FORBIDDEN)); /* ours may answer, but not moderate */
    asks(&w, THREADS "likelySpam");
    answers(&w, 200, NOTHING);
    assert_false(w.asked.more);
    assert_true(w.asked.from == 0); /* what is held now may only seem gone */
    w = walk_of(a, true);
    answers(&w, 403, STR(FORBIDDEN));
    assert_int_equal(w.asked.outcome.failure, FAILURE_PERMISSION);
    answers(&w, 200, STR("<html>"));
    assert_int_equal(w.asked.outcome.failure, FAILURE_TRANSIENT);
}

static void an_edit_is_told_by_its_moment(void **state)
{
    struct arena *a = *state;
    struct walk w = walk_of(a, false);
    answers(&w, 200,
            STR("{\"items\":[{\"id\":\"T1\",\"snippet\":{\"canReply\":false,\"topLevelComment\":{\"id\":\"T1\","
                "\"snippet\":{\"textDisplay\":\"new\",\"publishedAt\":\"2025-11-21T15:40:00Z\",\"updatedAt\":"
                "\"2025-11-21T15:41:00Z\"}}}},{\"id\":\"T2\",\"snippet\":{\"canReply\":true,\"topLevelComment\":{"
                "\"id\":\"T2\",\"snippet\":{\"textDisplay\":\"same\",\"publishedAt\":\"2025-11-21T15:40:00Z\","
                "\"updatedAt\":\"2025-11-21T15:40:00Z\"}}}}]}"));
    assert_true(w.events.items[0].as_of == NOW);
    assert_string_equal(w.events.items[0].shut, "closed");
    assert_true(w.events.items[1].as_of == 0);
    assert_null(w.events.items[1].shut);
}

/* ---- out ---- */

static struct outgoing message(const char *parent, const char *text)
{
    return (struct outgoing){.door = STR("comment"),
                             .to = STR("UCadaadaadaadaadaadaadaa"),
                             .parent_id = str_from(parent),
                             .text = str_from(text),
                             .now = NOW};
}

static void a_first_comment_is_answered_at_once(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, youtube());
    struct outgoing m = message("UgxT1", "Eccomi «Ada» 😀\nsubito"), empty = message("UgxT1", " "),
                    nobody = message("", "x"), file = message("UgxT1", "x");
    const struct outgoing_media picture = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("x")};
    struct http_call call;
    struct error e = {0};
    file.media = &picture;
    assert_true(youtube()->send(a, &settings, &m, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://www.googleapis.com/youtube/v3/comments?part=snippet");
    assert_str(call.body, "{\"snippet\":{\"parentId\":\"UgxT1\",\"textOriginal\":\"Eccomi «Ada» 😀\\nsubito\"}}");
    const struct outgoing *refused[] = {&empty, &nobody, &file};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(youtube()->send(a, &settings, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
}

static void who_replied_is_named(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, youtube());
    struct outgoing m = message("UgxT1.9abc", "Eccomi"), named = message("UgxT1.9abc", "@altri ciao"), hidden = m;
    struct http_reply reply = {.status = 200,
                               .body = STR("{\"items\":[{\"id\":\"UCada\",\"snippet\":{\"customUrl\":\"@ada\"}}]}")};
    struct http_call call;
    struct outcome out = {0};
    struct error e = {0};
    assert_true(youtube()->send(a, &settings, &m, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(call.url, "https://www.googleapis.com/youtube/v3/channels?part=snippet&id=UCadaadaadaadaadaadaadaa");
    youtube()->answer(a, &m, &reply, &out);
    assert_int_equal(out.kind, OUTCOME_NEXT);
    m.step = 1;
    m.carry = out.carry;
    assert_true(youtube()->send(a, &settings, &m, &call, &e));
    assert_str(call.body, "{\"snippet\":{\"parentId\":\"UgxT1\",\"textOriginal\":\"@ada Eccomi\"}}");
    reply.body = STR("{\"id\":\"UgxT1.9xyz\"}");
    youtube()->answer(a, &m, &reply, &out);
    assert_str(out.external_id, "UgxT1.9xyz");
    assert_int_equal(out.units, 51);
    /* a channel that went away is not named; words that name somebody name nobody twice */
    m.step = 0;
    reply = (struct http_reply){.status = 200, .body = NOTHING};
    youtube()->answer(a, &m, &reply, &out);
    assert_int_equal(out.kind, OUTCOME_NEXT);
    m.step = 1;
    m.carry = out.carry;
    assert_true(youtube()->send(a, &settings, &m, &call, &e));
    assert_str(call.body, "{\"snippet\":{\"parentId\":\"UgxT1\",\"textOriginal\":\"Eccomi\"}}");
    hidden.to = STR("hidden:UgxT1.9abc");
    assert_true(youtube()->send(a, &settings, &named, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_true(youtube()->send(a, &settings, &hidden, &call, &e));
    assert_string_equal(call.method, "POST");
}

#define WRONG(code, reason)                                                                                          \
    "{\"error\":{\"code\":" #code ",\"message\":\"Words.\",\"errors\":[{\"reason\":\"" reason "\"}]}}"

static const struct {
    int status;
    const char *body;
    enum failure failure;
    int wait;
} wrongs[] = {
    {401, WRONG(401, "authError"), FAILURE_TOKEN, 0},
    {401, WRONG(401, "youtubeSignupRequired"), FAILURE_PERMISSION, 0},
    {403, WRONG(403, "insufficientPermissions"), FAILURE_PERMISSION, 0},
    {403, WRONG(403, "forbidden"), FAILURE_PERMISSION, 0},
    {403, WRONG(403, "ineligibleAccount"), FAILURE_PERMISSION, 0},
    {403, WRONG(403, "accessNotConfigured"), FAILURE_PERMISSION, 0},
    {403, WRONG(403, "quotaExceeded"), FAILURE_RATE, 58401}, /* until midnight there */
    {403, WRONG(403, "rateLimitExceeded"), FAILURE_RATE, 60},
    {429, "{}", FAILURE_RATE, 60},
    {403, WRONG(403, "commentsDisabled"), FAILURE_WINDOW, 0},
    {400, WRONG(400, "operationNotSupported"), FAILURE_WINDOW, 0},
    {400, WRONG(400, "commentTextTooLong"), FAILURE_CONTENT, 0},
    {400, WRONG(400, "somethingNew"), FAILURE_CONTENT, 0},
    {400, WRONG(400, "processingFailure"), FAILURE_TRANSIENT, 0},
    {404, WRONG(404, "parentCommentNotFound"), FAILURE_GONE, 0},
    {404, WRONG(404, "commentNotFound"), FAILURE_GONE, 0},
    {400, "{\"error\":{\"errors\":[{\"reason\":7}],\"details\":[null],\"status\":\"NOT_FOUND\"}}", FAILURE_GONE, 0},
    {500, WRONG(500, "backendError"), FAILURE_TRANSIENT, 0},
    {503, "<html>", FAILURE_TRANSIENT, 0},
    {400, "{\"error\":\"error message\"}", FAILURE_CONTENT, 0},
    {0, "", FAILURE_TRANSIENT, 0},
};

static void every_refusal_has_its_class(void **state)
{
    for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
        struct http_reply reply = {.status = wrongs[i].status, .body = str_from(wrongs[i].body)};
        struct outgoing m = message("UgxT1", "Eccomi");
        struct outcome out = {0};
        youtube()->answer(*state, &m, &reply, &out);
        if (out.failure != wrongs[i].failure || out.retry_seconds != wrongs[i].wait)
            fail_msg("%d %s is %s, to wait %d", wrongs[i].status, wrongs[i].body, failure_name(out.failure),
                     out.retry_seconds);
        youtube()->probed(*state, &reply, &out);
        assert_int_equal(out.kind, OUTCOME_FAILED);
    }
    struct http_reply none = {.status = 200, .body = STR("{\"items\":[]}")};
    struct outcome out = {0};
    youtube()->probed(*state, &none, &out);
    assert_int_equal(out.failure, FAILURE_PERMISSION);
}

/* ---- access ---- */

static struct settings with_client(struct arena *a)
{
    struct pair given[] = {{STR("channel_id"), STR("UCx")},
                           {STR("client_id"), STR("our app")},
                           {STR("client_secret"), STR("hush")},
                           {STR("refresh_token"), STR("1//r")}};
    struct settings settings;
    struct error e = {0};
    assert_true(settings_make(a, youtube(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e));
    return settings;
}

static void access_is_agreed_to_and_renewed(void **state)
{
    struct arena *a = *state;
    struct settings settings = with_client(a), without = settings_of(a, youtube());
    const struct consent consent = {STR("https://care.example/c"), STR("5ea1ed"), STR("the-verifier"),
                                    STR("the-challenge")};
    struct str url;
    struct http_call call;
    struct error e = {0};
    assert_true(youtube()->consent(a, &settings, &consent, &url, &e));
    assert_str(url,
               "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=our%20app&redirect_uri="
               "https%3A%2F%2Fcare.example%2Fc&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fyoutube.force-ssl&"
               "state=5ea1ed&code_challenge=the-challenge&code_challenge_method=S256&access_type=offline&prompt="
               "consent");
    assert_true(youtube()->consented(a, &settings, &consent, STR("4/c"), &call, &e));
    assert_str(call.url, "https://oauth2.googleapis.com/token");
    assert_str(call.body,
               "grant_type=authorization_code&code=4%2Fc&redirect_uri=https%3A%2F%2Fcare.example%2Fc&code_verifier="
               "the-verifier&client_id=our%20app&client_secret=hush");
    assert_true(youtube()->renew(a, &settings, &call, &e));
    assert_str(call.body, "grant_type=refresh_token&refresh_token=1%2F%2Fr&client_id=our%20app&client_secret=hush");
    assert_false(youtube()->renew(a, &without, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);

    struct pairs changed = {0};
    struct outcome out = {0};
    struct http_reply given = {.status = 200, .body = STR("{\"access_token\":\"ya29.x\",\"expires_in\":3599}")},
                      over = {.status = 400,
                              .body = STR("{\"error\":\"invalid_grant\",\"error_description\":\"Token has been "
                                          "expired or revoked.\"}")};
    assert_int_equal(youtube()->renewed(a, &given, &changed, &out), 3599);
    assert_int_equal(changed.count, 1); /* the refresh token stays */
    assert_int_equal(youtube()->renewed(a, &over, &changed, &out), 0);
    assert_int_equal(out.failure, FAILURE_TOKEN);
    assert_str(out.words, "Token has been expired or revoked.");
}

int channels_youtube_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(threads_titles_replies_and_what_is_held),
        TEST(a_whole_round_goes_back_and_says_so),
        TEST(a_round_goes_on_without_what_is_not_there),
        TEST(an_edit_is_told_by_its_moment),
        TEST(a_first_comment_is_answered_at_once),
        TEST(who_replied_is_named),
        TEST(every_refusal_has_its_class),
        TEST(access_is_agreed_to_and_renewed),
    };
    return cmocka_run_group_tests_name("channels/youtube", tests, NULL, NULL);
}
