/* SPDX-License-Identifier: Apache-2.0 */
/* Bluesky: the steps of a reply byte by byte, its key, links and mentions at their bytes, every class of
 * refusal. */
#include "support.h"

#include "channels/channel_bluesky.h"

int channels_bluesky_test(void);

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

static struct outgoing reply_of(const char *text)
{
    return (struct outgoing){.door = STR("reply"),
                             .to = STR(ADA),
                             .account = STR(US),
                             .parent_id = STR(PARENT),
                             .thread_key = STR("post:" ROOT),
                             .text = str_from(text),
                             .idempotency_key = STR("7301"),
                             .now = NOW};
}

/* ---- a reply, step by step ---- */

struct sending {
    struct arena *a;
    struct settings settings;
    struct outgoing m;
    struct http_call call;
    struct outcome out;
};

static struct sending sending(struct arena *a, struct outgoing m)
{
    return (struct sending){.a = a, .settings = settings_of(a, bluesky()), .m = m};
}

static const char *calls(struct sending *s)
{
    struct error e = {0};
    s->call = (struct http_call){0};
    if (!bluesky()->send(s->a, &s->settings, &s->m, &s->call, &e))
        fail_msg("%s", e.message);
    assert_str(pairs_get(&s->call.headers, STR("Authorization")), "Bearer TOKEN");
    return str_format(s->a, "%s %.*s", s->call.method, STR_ARGS(s->call.url)).ptr;
}

static void answered(struct sending *s, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    bluesky()->answer(s->a, &s->m, &reply, &s->out);
    if (s->out.kind == OUTCOME_NEXT) {
        s->m.step++;
        s->m.carry = str_dup(s->a, s->out.carry);
    }
}

#define LOOK                                                                                                         \
    "GET https://bsky.social/xrpc/app.bsky.feed.getPostThread?depth=0&parentHeight=0&uri=at%3A%2F%2Fdid%3Aplc%"      \
    "3Aada234567234567234567234%2Fapp.bsky.feed.post%2F3n2bbbbbbbb2b"
#define THREAD(more)                                                                                                 \
    "{\"thread\":{\"post\":{\"uri\":\"" PARENT "\",\"cid\":\"bafyp\",\"author\":{\"did\":\"" ADA                     \
    "\",\"handle\":\"Ada.example.com\"},\"record\":{\"text\":\"x\",\"reply\":{\"root\":{\"uri\":\"" ROOT             \
    "\",\"cid\":\"bafyr\"},\"parent\":{\"uri\":\"" ROOT "\",\"cid\":\"bafyr\"}}}" more "}}}"
#define CREATE "POST https://bsky.social/xrpc/com.atproto.repo.createRecord"

static void a_reply_looks_up_what_it_answers_and_is_posted(void **state)
{
    struct arena *a = *state;
    struct sending s = sending(a, reply_of("Ciao @ada.example.com 😀, ecco: https://shop.example/è?a=b."));
    assert_string_equal(calls(&s), LOOK);
    answered(&s, 200, THREAD(""));
    assert_string_equal(calls(&s), CREATE);
    struct str key = bluesky_reply_key(a, &s.m);
    assert_str(
        s.call.body,
        str_format(a,
                   "{\"repo\":\"" US "\",\"collection\":\"app.bsky.feed.post\",\"rkey\":\"%.*s\",\"record\":{"
                   "\"$type\":\"app.bsky.feed.post\",\"text\":\"Ciao @ada.example.com 😀, ecco: "
                   "https://shop.example/è?a=b.\",\"createdAt\":\"2025-11-21T15:46:40Z\",\"reply\":{\"root\":{"
                   "\"uri\":\"" ROOT "\",\"cid\":\"bafyr\"},\"parent\":{\"uri\":\"" PARENT
                   "\",\"cid\":\"bafyp\"}},\"facets\":[{\"index\":{\"byteStart\":5,\"byteEnd\":21},\"features\":[{"
                   "\"$type\":\"app.bsky.richtext.facet#mention\",\"did\":\"" ADA
                   "\"}]},{\"index\":{\"byteStart\":34,\"byteEnd\":61},\"features\":[{\"$type\":\"app.bsky."
                   "richtext.facet#link\",\"uri\":\"https://shop.example/è?a=b\"}]}]}}",
                   STR_ARGS(key))
            .ptr);
    answered(&s, 200, "{\"uri\":\"" OURS "\",\"cid\":\"bafyo\"}");
    assert_int_equal(s.out.kind, OUTCOME_ACCEPTED);
    assert_str(s.out.external_id, OURS);
}

static void who_is_named_is_resolved_and_nobody_stays_words(void **state)
{
    struct sending s = sending(*state, reply_of("@leo.example.com e @nessuno.example.com"));
    calls(&s);
    answered(&s, 200, THREAD(""));
    assert_string_equal(calls(&s),
                        "GET https://bsky.social/xrpc/com.atproto.identity.resolveHandle?handle=leo.example.com");
    answered(&s, 200, "{\"did\":\"" LEO "\"}");
    assert_non_null(strstr(calls(&s), "resolveHandle?handle=nessuno.example.com"));
    answered(&s, 400, "{\"error\":\"InvalidRequest\",\"message\":\"Unable to resolve handle\"}");
    assert_string_equal(calls(&s), CREATE);
    assert_true(str_find(s.call.body, STR("\"did\":\"" LEO "\"")) > 0);
    assert_true(str_find(s.call.body, STR("facet#mention")) > 0);
    assert_true(str_find(s.call.body, STR("\"byteStart\":19")) < 0);
    /* a stumble amid the names is a stumble, and not a name that nobody has */
    s = sending(*state, reply_of("@leo.example.com"));
    calls(&s);
    answered(&s, 200, THREAD(""));
    answered(&s, 502, "{\"error\":\"UpstreamFailure\"}");
    assert_int_equal(s.out.failure, FAILURE_TRANSIENT);
}

static void at_most_four_are_asked_for(void **state)
{
    struct sending s = sending(*state, reply_of("@a.it @b.it @c.it @d.it @e.it @f.it"));
    int asked = 0;
    calls(&s);
    answered(&s, 200, THREAD(""));
    while (strstr(calls(&s), "resolveHandle")) {
        asked++;
        answered(&s, 200, "{\"did\":\"" LEO "\"}");
    }
    assert_int_equal(asked, 4);
    assert_string_equal(calls(&s), CREATE);
}

static void a_picture_is_uploaded_first(void **state)
{
    struct outgoing_media png = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("\x89PNG")};
    struct outgoing m = reply_of("");
    m.media = &png;
    struct sending s = sending(*state, m);
    calls(&s);
    answered(&s, 200, THREAD(""));
    assert_string_equal(calls(&s), "POST https://bsky.social/xrpc/com.atproto.repo.uploadBlob");
    assert_str(pairs_get(&s.call.headers, STR("Content-Type")), "image/png");
    assert_str(s.call.body, "\x89PNG");
    answered(&s, 200,
             "{\"blob\":{\"$type\":\"blob\",\"ref\":{\"$link\":\"bafk\"},\"mimeType\":\"image/png\",\"size\":4}}");
    calls(&s);
    assert_true(
        str_find(s.call.body,
                 STR("\"embed\":{\"$type\":\"app.bsky.embed.images\",\"images\":[{\"alt\":\"\",\"image\":{"
                     "\"$type\":\"blob\",\"ref\":{\"$link\":\"bafk\"},\"mimeType\":\"image/png\",\"size\":4}}]}")) >
        0);
    s = sending(*state, m);
    calls(&s);
    answered(&s, 200, THREAD(""));
    answered(&s, 200, "{}");
    assert_int_equal(s.out.failure, FAILURE_TRANSIENT);
    png.mime = STR("video/mp4");
    struct error e = {0};
    assert_false(bluesky()->send(*state, &s.settings, &s.m, &s.call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

/* The server says 500 to a key that is taken: our post stands there since an attempt whose answer was lost. */
static void a_taken_key_is_looked_at(void **state)
{
    struct sending s = sending(*state, reply_of("Eccomi"));
    calls(&s);
    answered(&s, 200, THREAD(""));
    calls(&s);
    answered(&s, 500, "{\"error\":\"InternalServerError\",\"message\":\"Internal Server Error\"}");
    struct str key = bluesky_reply_key(*state, &s.m);
    assert_string_equal(calls(&s),
                        str_format(*state,
                                   "GET https://bsky.social/xrpc/com.atproto.repo.getRecord?collection=app.bsky.feed."
                                   "post&repo=did%%3Aplc%%3Anegozio2345672345672345&rkey=%.*s",
                                   STR_ARGS(key))
                            .ptr);
    struct sending other = s;
    answered(&s, 200, "{\"uri\":\"" OURS "\",\"cid\":\"c\",\"value\":{}}");
    assert_int_equal(s.out.kind, OUTCOME_ACCEPTED);
    assert_str(s.out.external_id, OURS);
    /* nothing stands there: it was a failure, and the next attempt, which begins here, posts again */
    answered(&other, 400, "{\"error\":\"RecordNotFound\",\"message\":\"Could not locate record\"}");
    assert_int_equal(other.out.kind, OUTCOME_FAILED);
    assert_int_equal(other.out.failure, FAILURE_TRANSIENT);
    other.m.now += 30 * SECOND_US;
    assert_non_null(strstr(calls(&other), "getRecord"));
    answered(&other, 400, "{\"error\":\"RecordNotFound\",\"message\":\"Could not locate record\"}");
    assert_int_equal(other.out.kind, OUTCOME_NEXT);
    assert_string_equal(calls(&other), CREATE);
    answered(&other, 500, "{\"error\":\"InternalServerError\"}");
    assert_non_null(strstr(calls(&other), "getRecord"));
}

static void what_cannot_be_answered_is_known_before(void **state)
{
    static const struct {
        const char *thread;
        enum failure failure;
    } cases[] = {
        {"{\"thread\":{\"$type\":\"app.bsky.feed.defs#blockedPost\",\"uri\":\"" PARENT "\",\"blocked\":true}}",
         FAILURE_BLOCKED},
        {"{\"thread\":{\"post\":{\"uri\":\"u\",\"cid\":\"c\",\"author\":{\"viewer\":{\"blockedBy\":true}}}}}",
         FAILURE_BLOCKED},
        {"{\"thread\":{\"$type\":\"app.bsky.feed.defs#notFoundPost\",\"notFound\":true}}", FAILURE_GONE},
        {"{}", FAILURE_GONE},
        {THREAD(",\"viewer\":{\"replyDisabled\":true}"), FAILURE_WINDOW},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sending s = sending(*state, reply_of("Eccomi"));
        calls(&s);
        answered(&s, 200, cases[i].thread);
        assert_int_equal(s.out.kind, OUTCOME_FAILED);
        assert_int_equal(s.out.failure, cases[i].failure);
        assert_true(s.out.words.len && s.out.code.len);
    }
}

static void a_message_asks_for_its_talk(void **state)
{
    struct outgoing m = reply_of("Ecco: https://shop.example/v");
    m.door = STR("dm");
    struct sending s = sending(*state, m);
    assert_string_equal(calls(&s),
                        "GET https://bsky.social/xrpc/chat.bsky.convo.getConvoForMembers?members=did%3Aplc%"
                        "3Aada234567234567234567234");
    assert_str(pairs_get(&s.call.headers, STR("Atproto-Proxy")), "did:web:api.bsky.chat#bsky_chat");
    answered(&s, 200, "{\"convo\":{\"id\":\"3kt\"}}");
    assert_string_equal(calls(&s), "POST https://bsky.social/xrpc/chat.bsky.convo.sendMessage");
    assert_str(pairs_get(&s.call.headers, STR("Atproto-Proxy")), "did:web:api.bsky.chat#bsky_chat");
    assert_str(s.call.body,
               "{\"convoId\":\"3kt\",\"message\":{\"text\":\"Ecco: https://shop.example/v\",\"facets\":[{"
               "\"index\":{\"byteStart\":6,\"byteEnd\":28},\"features\":[{\"$type\":\"app.bsky.richtext."
               "facet#link\",\"uri\":\"https://shop.example/v\"}]}]}}");
    answered(&s, 200, "{\"id\":\"3m1\",\"text\":\"x\"}");
    assert_int_equal(s.out.kind, OUTCOME_ACCEPTED);
    assert_str(s.out.external_id, "3m1");
    s = sending(*state, m);
    answered(&s, 200, "{}");
    assert_int_equal(s.out.failure, FAILURE_TRANSIENT);
}

/* ---- the key ---- */

static void keys_are_as_the_network_wants_them(void **state)
{
    struct outgoing m = reply_of("Eccomi"), later = m, other = m, words = m;
    later.now += DAY_US;
    later.step = 3;
    other.idempotency_key = STR("7302");
    words.text = STR("Eccomi!");
    struct str key = bluesky_reply_key(*state, &m);
    assert_true(str_eq(key, bluesky_reply_key(*state, &later)));
    assert_false(str_eq(key, bluesky_reply_key(*state, &other)));
    assert_false(str_eq(key, bluesky_reply_key(*state, &words)));
    for (int i = 0; i < 500; i++) {
        m.idempotency_key = str_format(*state, "%d", i);
        key = bluesky_reply_key(*state, &m);
        assert_int_equal(key.len, 13);
        assert_true(key.ptr[0] == '3'); /* a moment of the years around now, and never one to come */
        assert_true(str_cmp(key, STR("3mf2222222222")) < 0);
        for (size_t k = 0; k < 13; k++)
            assert_true(str_find_char(STR("234567abcdefghijklmnopqrstuvwxyz"), key.ptr[k]) >= 0);
    }
}

/* ---- links and mentions ---- */

static void links_and_mentions_stand_at_their_bytes(void **state)
{
    static const struct {
        const char *text, *marked; /* each in brackets */
    } cases[] = {
        {"", ""},
        {"niente", ""},
        {"@ada.it", "[@ada.it]"},
        {"(@ada.it)", "[@ada.it]"},
        {"è @ada.it.", "[@ada.it]"},
        {"😡@ada.it", ""},
        {"posta@ada.it", ""},
        {"@ada", ""},
        {"@@ada.it", ""},
        {"@ ada.it", ""},
        {"@.", ""},
        {"@ada.it @ADA.IT", "[@ada.it][@ADA.IT]"},
        {"http://a.it", "[http://a.it]"},
        {"https://", ""},
        {"vedi https://a.it/è.", "[https://a.it/è]"},
        {"(https://a.it/b)", "[https://a.it/b]"},
        {"https://a.it/b_(c)", "[https://a.it/b_(c)]"},
        {"\"https://a.it\"", "[https://a.it]"},
        {"xhttps://a.it", ""},
        {"https://a.it,https://b.it", "[https://a.it,https://b.it]"},
        {"https://a.it\nhttps://b.it", "[https://a.it][https://b.it]"},
        {"ftp://a.it javascript:alert(1)", ""},
    };
    struct json *people = json_object(*state);
    json_set_str(*state, people, "ada.it", STR(ADA));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str text = str_from(cases[i].text);
        struct json *facets = bluesky_facets(*state, text, people);
        struct buf marked;
        buf_init(&marked, *state, 64);
        for (size_t k = 0; k < json_count(facets); k++) {
            const struct json *index = json_get(json_at(facets, k), "index");
            struct str part = str_slice(text, (size_t)json_int(json_get(index, "byteStart"), 0),
                                        (size_t)json_int(json_get(index, "byteEnd"), 0));
            buf_format(&marked, "[%.*s]", STR_ARGS(part));
        }
        if (!str_eq(buf_view(&marked), str_from(cases[i].marked)))
            fail_msg("%s: %.*s", cases[i].text, STR_ARGS(buf_view(&marked)));
    }
}

/* ---- lengths ---- */

static void lengths_are_graphemes_and_their_bytes(void **state)
{
    static const char family[] =
        "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d\xf0\x9f\x91\xa6";
    static const struct {
        const char *letter;
        size_t count;
        bool fits;
    } cases[] = {{"a", 300, true},
                 {"a", 301, false},
                 {"\xc3\xa8", 300, true},
                 {"\xc3\xa8", 301, false},
                 {"\xf0\x9f\x98\x80", 300, true},
                 {family, 120, true},
                 {family, 121, false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text;
        struct http_call call;
        struct error e = {0};
        struct settings settings = settings_of(*state, bluesky());
        buf_init(&text, *state, 4096);
        for (size_t k = 0; k < cases[i].count; k++)
            buf_cstr(&text, cases[i].letter);
        buf_char(&text, '\0');
        struct outgoing m = reply_of(buf_view(&text).ptr);
        assert_int_equal(bluesky()->send(*state, &settings, &m, &call, &e), cases[i].fits);
        assert_int_equal(e.code, cases[i].fits ? ERR_NONE : ERR_BAD_INPUT);
    }
}

/* ---- refusals ---- */

static void every_refusal_has_its_class(void **state)
{
    static const struct {
        int status;
        const char *error, *message;
        enum failure failure;
    } cases[] = {
        {400, "ExpiredToken", "Token has expired", FAILURE_TOKEN},
        {400, "InvalidToken", "Token could not be verified", FAILURE_TOKEN},
        {401, "AuthMissing", "Authentication Required", FAILURE_TOKEN},
        {401, "AuthenticationRequired", "Invalid identifier or password", FAILURE_TOKEN},
        {401, "AuthFactorTokenRequired", "A sign in code has been sent", FAILURE_TOKEN},
        {401, "AccountTakedown", "Account has been taken down", FAILURE_PERMISSION},
        {400, "AccountDeactivated", "Account is deactivated", FAILURE_PERMISSION},
        {400, "RepoDeactivated", "Could not find repo", FAILURE_PERMISSION},
        {501, "MethodNotImplemented", "Method Not Implemented", FAILURE_PERMISSION},
        {429, "RateLimitExceeded", "Rate Limit Exceeded", FAILURE_RATE},
        {429, "", "", FAILURE_RATE},
        {400, "NotFound", "Post not found: at://x", FAILURE_GONE},
        {400, "InvalidConvo", "", FAILURE_GONE},
        {400, "BlockedActor", "", FAILURE_BLOCKED},
        {400, "ConvoLocked", "", FAILURE_BLOCKED},
        {400, "MessagesDisabled", "", FAILURE_BLOCKED},
        {400, "NotFollowedBySender", "", FAILURE_BLOCKED},
        {400, "InvalidRequest", "recipient has disabled incoming messages", FAILURE_BLOCKED},
        {400, "InvalidRequest", "recipient requires incoming messages to come from someone they follow",
         FAILURE_BLOCKED},
        {400, "InvalidRequest", "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301)",
         FAILURE_CONTENT},
        {400, "BlobTooLarge", "This file is too large", FAILURE_CONTENT},
        {400, "InvalidMimeType", "", FAILURE_CONTENT},
        {400, "InvalidSwap", "Record was at bafy", FAILURE_TRANSIENT},
        {502, "UpstreamFailure", "Upstream service unreachable", FAILURE_TRANSIENT},
        {504, "UpstreamTimeout", "", FAILURE_TRANSIENT},
        {503, "NotEnoughResources", "", FAILURE_TRANSIENT},
        {503, "", "", FAILURE_TRANSIENT},
        {400, "SomethingNew", "of tomorrow", FAILURE_CONTENT},
        {403, "", "", FAILURE_PERMISSION},
        {302, "", "", FAILURE_TRANSIENT},
        {0, "", "", FAILURE_TRANSIENT},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sending s = sending(*state, reply_of("Eccomi"));
        const char *body =
            cases[i].error[0]
                ? str_format(*state, "{\"error\":\"%s\",\"message\":\"%s\"}", cases[i].error, cases[i].message).ptr
                : "<html>";
        answered(&s, cases[i].status, body);
        assert_int_equal(s.out.kind, OUTCOME_FAILED);
        if (s.out.failure != cases[i].failure)
            fail_msg("%d %s %s is %s", cases[i].status, cases[i].error, cases[i].message,
                     failure_name(s.out.failure));
        assert_true(s.out.code.len > 0);
        assert_true(cases[i].status == 0 || s.out.words.len > 0);
    }
}

static void the_moment_to_come_back_is_told(void **state)
{
    struct pair headers[] = {{STR("ratelimit-reset"), str_format(*state, "%lld", (long long)(NOW / SECOND_US + 90))}};
    struct http_reply reply = {
        .status = 429, .headers = {headers, 1}, .body = STR("{\"error\":\"RateLimitExceeded\",\"message\":\"x\"}")};
    struct outgoing m = reply_of("x");
    struct outcome out = {0};
    bluesky()->answer(*state, &m, &reply, &out);
    assert_int_equal(out.retry_seconds, 90);
    headers[0] = (struct pair){STR("retry-after"), STR("7")};
    bluesky()->answer(*state, &m, &reply, &out);
    assert_int_equal(out.retry_seconds, 7);
    headers[0] = (struct pair){STR("ratelimit-reset"), STR("12")};
    bluesky()->answer(*state, &m, &reply, &out);
    assert_int_equal(out.retry_seconds, 1);
}

int channels_bluesky_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_looks_up_what_it_answers_and_is_posted),
        TEST(who_is_named_is_resolved_and_nobody_stays_words),
        TEST(at_most_four_are_asked_for),
        TEST(a_picture_is_uploaded_first),
        TEST(a_taken_key_is_looked_at),
        TEST(what_cannot_be_answered_is_known_before),
        TEST(a_message_asks_for_its_talk),
        TEST(keys_are_as_the_network_wants_them),
        TEST(links_and_mentions_stand_at_their_bytes),
        TEST(lengths_are_graphemes_and_their_bytes),
        TEST(every_refusal_has_its_class),
        TEST(the_moment_to_come_back_is_told),
    };
    return cmocka_run_group_tests_name("channels/bluesky", tests, NULL, NULL);
}
