/* SPDX-License-Identifier: Apache-2.0 */
/* Telegram: the secret beside each update, what is sent where, every class of its errors, files in two steps, and
 * that the token is told to nobody. */
#include "support.h"

#include "net/client.h"

int channels_telegram_test(void);

#define BASE "https://api.telegram.org/bot71:TOKEN"

static const struct channel *telegram(void)
{
    return channel_of("telegram");
}

static bool verify_with(struct arena *a, struct str value)
{
    struct settings settings = settings_of(a, telegram());
    struct pair headers[] = {{STR("content-type"), STR("application/json")},
                             {STR("x-telegram-bot-api-secret-token"), value}};
    struct hook hook = {.method = STR("POST"), .headers = {headers, value.ptr ? 2 : 1}, .body = STR("{}")};
    struct error e = {0};
    bool ok = telegram()->verify(&settings, &hook, &e);
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, "our-secret"));
    }
    return ok;
}

static void the_secret_is_compared_whole(void **state)
{
    struct arena *a = *state;
    struct str good = STR("our-secret");
    assert_true(verify_with(a, good));
    assert_false(verify_with(a, (struct str){NULL, 0}));
    assert_false(verify_with(a, STR("")));
    assert_false(verify_with(a, STR("our-secret ")));
    assert_false(verify_with(a, STR("Our-secret")));
    for (size_t len = 0; len < good.len; len++)
        assert_false(verify_with(a, str_slice(good, 0, len)));
    for (size_t i = 0; i < good.len; i++) {
        char *flipped = arena_copy(a, good.ptr, good.len);
        flipped[i] ^= 1;
        assert_false(verify_with(a, (struct str){flipped, good.len}));
    }
}

static struct outgoing message_to(const char *door, const char *to, const char *thread, const char *parent)
{
    return (struct outgoing){.door = str_from(door),
                             .to = str_from(to),
                             .thread_key = str_from(thread),
                             .parent_id = str_from(parent),
                             .text = STR("Eccomi"),
                             .now = 1763740000000000};
}

static void sends(struct arena *a, struct outgoing m, const char *url, const char *body)
{
    struct settings settings = settings_of(a, telegram());
    struct http_call call = {0};
    struct error e = {0};
    if (!telegram()->send(a, &settings, &m, &call, &e))
        fail_msg("%s", e.message);
    assert_str(call.url, url);
    if (body)
        assert_str(call.body, body);
}

static void words_go_where_they_belong(void **state)
{
    struct arena *a = *state;
    sends(a, message_to("chat", "5200000000417", "dm:5200000000417", "5200000000417:11"), BASE "/sendMessage",
          "{\"chat_id\":5200000000417,\"text\":\"Eccomi\",\"reply_parameters\":{\"message_id\":11,"
          "\"allow_sending_without_reply\":true}}");
    sends(a, message_to("chat", "5200000000417", "dm:5200000000417", ""), BASE "/sendMessage",
          "{\"chat_id\":5200000000417,\"text\":\"Eccomi\"}");
    sends(a, message_to("chat", "9", "dm:9", "press:77"), BASE "/sendMessage", "{\"chat_id\":9,\"text\":\"Eccomi\"}");
    /* a private answer to what was written in a group never goes to the group */
    sends(a, message_to("chat", "9", "post:-100718", "-100718:41"), BASE "/sendMessage",
          "{\"chat_id\":9,\"text\":\"Eccomi\"}");
    sends(a, message_to("group", "9", "post:-100718:5", "-100718:41"), BASE "/sendMessage",
          "{\"chat_id\":-100718,\"message_thread_id\":5,\"text\":\"Eccomi\",\"reply_parameters\":{\"message_id\":41,"
          "\"allow_sending_without_reply\":true}}");
    sends(a, message_to("business", "9", "dm:hM/9", "hM/9:51"), BASE "/sendMessage",
          "{\"business_connection_id\":\"hM\",\"chat_id\":9,\"text\":\"Eccomi\",\"reply_parameters\":{\"message_id\":"
          "51,"
          "\"allow_sending_without_reply\":true}}");
}

static void files_go_by_their_kind(void **state)
{
    struct arena *a = *state;
    static const struct {
        const char *mime, *method;
    } kinds[] = {{"image/png", "sendPhoto"},    {"image/gif", "sendAnimation"},
                 {"video/mp4", "sendVideo"},    {"audio/ogg", "sendVoice"},
                 {"audio/mpeg", "sendAudio"},   {"application/pdf", "sendDocument"},
                 {"image/bmp", "sendDocument"}, {"", "sendDocument"}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct outgoing_media file = {
            .mime = str_from(kinds[i].mime), .file_name = STR("a.bin"), .bytes = STR("bytes")};
        struct outgoing m = message_to("chat", "9", "dm:9", "9:4");
        m.media = &file;
        sends(a, m, str_format(a, BASE "/%s", kinds[i].method).ptr, NULL);
    }
    struct outgoing_media file = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("bytes")};
    char *words = arena_alloc(a, 1026);
    memset(words, 'a', 1025);
    struct outgoing m = message_to("chat", "9", "dm:9", "9:4");
    m.media = &file;
    m.text = (struct str){words, 1025}; /* no caption: it follows as a message */
    struct http_call call = {0};
    struct settings settings = settings_of(a, telegram());
    struct error e = {0};
    assert_true(telegram()->send(a, &settings, &m, &call, &e));
    assert_true(str_find(call.body, STR("name=\"caption\"")) < 0);
    assert_true(str_find(call.body, STR("name=\"photo\"")) > 0);
    struct http_reply reply = {.status = 200,
                               .body = STR("{\"ok\":true,\"result\":{\"message_id\":6,\"chat\":{\"id\":9}}}")};
    struct outcome out = {0};
    telegram()->answer(a, &m, &reply, &out);
    assert_int_equal(out.kind, OUTCOME_NEXT);
    m.step = 1;
    m.carry = out.carry;
    sends(a, m, BASE "/sendMessage", NULL);
    telegram()->answer(a, &m, &reply, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.external_id, "9:6");
}

static void what_cannot_go_is_said(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, telegram());
    struct http_call call = {0};
    struct error e = {0};
    struct outgoing wrong[] = {message_to("chat", "@elena", "", ""), message_to("chat", "-100718", "", ""),
                               message_to("group", "9", "dm:9", "9:4"), message_to("chat", "", "dm:9", "9:4")};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        e = (struct error){0};
        assert_false(telegram()->send(a, &settings, &wrong[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
    struct outgoing m = message_to("chat", "9", "dm:9", "");
    char *words = arena_alloc(a, 4 * 2049);
    for (size_t i = 0; i < 2049; i++)
        memcpy(words + 4 * i, "😡", 4);
    m.text = (struct str){words, 4 * 2049}; /* 4,098 units of UTF-16 */
    assert_false(telegram()->send(a, &settings, &m, &call, &e));
    m.text.len -= 4;
    assert_true(telegram()->send(a, &settings, &m, &call, &e));
    struct pair given[] = {{STR("bot_token"), STR("71:A/../B?x")}, {STR("secret_token"), STR("s")}};
    assert_true(settings_make(a, telegram(), &(struct pairs){given, 2}, &settings, &e));
    e = (struct error){0};
    assert_false(telegram()->send(a, &settings, &m, &call, &e));
    assert_int_equal(e.code, ERR_UNAUTHENTICATED);
    assert_null(strstr(e.message, "71:A"));
}

static void every_error_has_its_class(void **state)
{
    struct arena *a = *state;
    static const struct {
        int status;
        enum failure failure;
        const char *description;
    } cases[] = {
        {401, FAILURE_TOKEN, "Unauthorized"},
        {404, FAILURE_TOKEN, "Not Found"},
        {403, FAILURE_BLOCKED, "Forbidden: bot was blocked by the user"},
        {403, FAILURE_BLOCKED, "Forbidden: user is deactivated"},
        {403, FAILURE_BLOCKED, "Forbidden: bot was kicked from the supergroup chat"},
        {403, FAILURE_BLOCKED, "Forbidden: bot can't initiate conversation with a user"},
        {400, FAILURE_BLOCKED, "Bad Request: chat not found"},
        {400, FAILURE_BLOCKED, "Bad Request: not enough rights to send text messages to the chat"},
        {400, FAILURE_BLOCKED, "Bad Request: CHAT_WRITE_FORBIDDEN"},
        {400, FAILURE_BLOCKED, "Bad Request: business connection not found"},
        {400, FAILURE_GONE, "Bad Request: message to be replied not found"},
        {400, FAILURE_GONE, "Bad Request: message thread not found"},
        {400, FAILURE_WINDOW, "Bad Request: BUSINESS_PEER_USAGE_MISSING"},
        {400, FAILURE_CONTENT, "Bad Request: message is too long"},
        {400, FAILURE_CONTENT, "Bad Request: PHOTO_INVALID_DIMENSIONS"},
        {413, FAILURE_CONTENT, "Request Entity Too Large"},
        {409, FAILURE_TRANSIENT, "Conflict: terminated by other getUpdates request"},
        {500, FAILURE_TRANSIENT, "Internal Server Error"},
        {502, FAILURE_TRANSIENT, "Bad Gateway"},
    };
    struct outgoing m = message_to("chat", "9", "dm:9", "9:4");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_reply reply = {.status = cases[i].status};
        struct outcome out = {0};
        reply.body = str_format(a, "{\"ok\":false,\"error_code\":%d,\"description\":\"%s\"}", cases[i].status,
                                cases[i].description);
        telegram()->answer(a, &m, &reply, &out);
        if (out.kind != OUTCOME_FAILED || out.failure != cases[i].failure)
            fail_msg("%d %s is read as %s", cases[i].status, cases[i].description, failure_name(out.failure));
        assert_str(out.words, cases[i].description);
        assert_str(out.code, str_format(a, "%d", cases[i].status).ptr);
    }
    struct http_reply reply = {.status = 429,
                               .body =
                                   STR("{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry "
                                       "after 35\",\"parameters\":{\"retry_after\":35}}")};
    struct outcome out = {0};
    telegram()->answer(a, &m, &reply, &out);
    assert_int_equal(out.failure, FAILURE_RATE);
    assert_int_equal(out.retry_seconds, 35);
    reply = (struct http_reply){.status = 0, .problem = "It did not answer"};
    telegram()->answer(a, &m, &reply, &out);
    assert_int_equal(out.failure, FAILURE_TRANSIENT);
    reply = (struct http_reply){.status = 200, .body = STR("<html>")};
    telegram()->answer(a, &m, &reply, &out); /* taken: saying it again would double it */
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.external_id, "");
}

static void a_group_that_moved_is_followed_once(void **state)
{
    struct arena *a = *state;
    struct http_reply reply = {
        .status = 400,
        .body = STR("{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was upgraded to a "
                    "supergroup chat\",\"parameters\":{\"migrate_to_chat_id\":-100718}}")};
    struct outgoing m = message_to("group", "9", "post:-77", "-77:41");
    struct outcome out = {0};
    telegram()->answer(a, &m, &reply, &out);
    assert_int_equal(out.kind, OUTCOME_NEXT);
    m.step = 1;
    m.carry = out.carry;
    sends(a, m, BASE "/sendMessage", "{\"chat_id\":-100718,\"text\":\"Eccomi\"}");
    telegram()->answer(a, &m, &reply, &out);
    assert_int_equal(out.kind, OUTCOME_FAILED);
}

static bool fetch(struct arena *a, int step, const char *carry, struct http_call *call)
{
    struct channel_media file = {.media_id = STR("AgACAgQ/x")};
    struct settings settings = settings_of(a, telegram());
    struct error e = {0};
    return telegram()->media(a, &settings, &file, step, str_from(carry), call, &e);
}

static void files_are_asked_for_and_fetched(void **state)
{
    struct arena *a = *state;
    struct http_call call = {0};
    assert_true(fetch(a, 0, "", &call));
    assert_str(call.url, BASE "/getFile");
    assert_str(call.body, "{\"file_id\":\"AgACAgQ/x\"}");
    assert_true(fetch(a, 1, "{\"ok\":true,\"result\":{\"file_path\":\"photos/file_1.jpg\"}}", &call));
    assert_str(call.url, "https://api.telegram.org/file/bot71:TOKEN/photos/file_1.jpg");
    static const char *const wrong[] = {"",
                                        "{}",
                                        "{\"result\":{\"file_path\":\"../botX/getMe\"}}",
                                        "{\"result\":{\"file_path\":\"/etc/passwd\"}}",
                                        "{\"result\":{\"file_path\":\"a?b\"}}",
                                        "{\"result\":{\"file_path\":\"a b\"}}"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(fetch(a, 1, wrong[i], &call));
}

int channels_telegram_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_secret_is_compared_whole),   TEST(words_go_where_they_belong),
        TEST(files_go_by_their_kind),         TEST(what_cannot_go_is_said),
        TEST(every_error_has_its_class),      TEST(a_group_that_moved_is_followed_once),
        TEST(files_are_asked_for_and_fetched)};
    return cmocka_run_group_tests_name("channels/telegram", tests, NULL, NULL);
}
