/* SPDX-License-Identifier: Apache-2.0 */
/* LINE: its signature, the one call that says something, every class of its errors, where files and names come from.
 */
#include "support.h"

int channels_line_test(void);

static const struct channel *line(void)
{
    return channel_of("line");
}

static bool verify_with(struct arena *a, struct str value, struct str body)
{
    struct settings settings = settings_of(a, line());
    struct pair headers[] = {{STR("x-line-signature"), value}};
    struct hook hook = {.method = STR("POST"), .headers = {headers, value.ptr ? 1 : 0}, .body = body};
    struct error e = {0};
    bool ok = line()->verify(&settings, &hook, &e);
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, "channel-secret"));
    }
    return ok;
}

/* printf '{"destination":"U1","events":[]}' | openssl dgst -sha256 -hmac channel-secret -binary | base64 */
static void the_signature_is_over_the_bytes(void **state)
{
    struct arena *a = *state;
    struct str body = STR("{\"destination\":\"U1\",\"events\":[]}");
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(STR("channel-secret"), body, digest);
    struct str good = base64_encode(a, digest, sizeof digest);
    assert_true(verify_with(a, good, body));
    assert_false(verify_with(a, (struct str){NULL, 0}, body));
    assert_false(verify_with(a, STR(""), body));
    assert_false(verify_with(a, str_concat(a, STR("sha256="), good), body));
    assert_false(verify_with(a, str_lower(a, good), body));
    for (size_t len = 0; len < good.len; len++)
        assert_false(verify_with(a, str_slice(good, 0, len), body));
    for (size_t i = 0; i < body.len; i++) {
        char *flipped = arena_copy(a, body.ptr, body.len);
        flipped[i] ^= 1;
        assert_false(verify_with(a, good, (struct str){flipped, body.len}));
    }
}

static struct outgoing message(const char *text)
{
    return (struct outgoing){.door = STR("line"),
                             .to = STR("U5c1d0a7e4b3f42a19d8e6f7a0b1c2d3e"),
                             .text = str_from(text),
                             .idempotency_key = STR("ascolto:7301")};
}

static void a_reply_is_one_push_however_often_it_is_tried(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, line());
    struct outgoing m = message("Eccomi, «Ada» 😀"), other = m;
    struct http_call call, again, another;
    struct error e = {0};
    other.idempotency_key = STR("ascolto:7302");
    assert_true(line()->send(a, &settings, &m, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://api.line.me/v2/bot/message/push");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    assert_str(call.body,
               "{\"to\":\"U5c1d0a7e4b3f42a19d8e6f7a0b1c2d3e\",\"messages\":[{\"type\":\"text\",\"text\":\"Eccomi, "
               "«Ada» 😀\"}]}");
    struct str key = pairs_get(&call.headers, STR("X-Line-Retry-Key"));
    assert_int_equal(key.len, 36); /* a UUID */
    assert_int_equal(key.ptr[8], '-');
    assert_int_equal(key.ptr[14], '4');
    assert_true(line()->send(a, &settings, &m, &again, &e) && line()->send(a, &settings, &other, &another, &e));
    assert_true(str_eq(key, pairs_get(&again.headers, STR("X-Line-Retry-Key"))));
    assert_false(str_eq(key, pairs_get(&another.headers, STR("X-Line-Retry-Key"))));
}

/* LINE fetches a picture from us: the words stand before it, in the same push. */
static void a_picture_goes_by_its_address(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, line());
    const struct outgoing_media png = {.mime = STR("image/png"),
                                       .file_name = STR("a.png"),
                                       .bytes = STR("x"),
                                       .address = STR("https://care.example/files/1-2-ab")};
    const struct outgoing_media pdf = {
        .mime = STR("application/pdf"), .file_name = STR("a.pdf"), .bytes = STR("x"), .address = png.address};
    struct outgoing m = message("Ecco"), alone = message("");
    struct http_call call;
    struct error e = {0};
    m.media = alone.media = &png;
    assert_true(line()->send(a, &settings, &m, &call, &e));
    assert_str(call.body,
               "{\"to\":\"U5c1d0a7e4b3f42a19d8e6f7a0b1c2d3e\",\"messages\":[{\"type\":\"text\",\"text\":\"Ecco\"},"
               "{\"type\":\"image\",\"originalContentUrl\":\"https://care.example/files/1-2-ab\","
               "\"previewImageUrl\":\"https://care.example/files/1-2-ab\"}]}");
    assert_true(line()->send(a, &settings, &alone, &call, &e));
    assert_true(str_find(call.body, STR("\"text\"")) < 0);
    m.media = &pdf;
    assert_false(line()->send(a, &settings, &m, &call, &e));
    assert_non_null(strstr(e.message, "JPEG or PNG"));
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, line());
    struct http_call call;
    struct buf words;
    buf_init(&words, a, 10010);
    for (int i = 0; i < 2500; i++)
        buf_cstr(&words, "😀"); /* two units each */
    struct outgoing fits = message(str_cstr(a, buf_view(&words))), empty = message(" ");
    buf_char(&words, '.');
    struct outgoing over = message(str_cstr(a, buf_view(&words))), file = message("Ecco");
    const struct outgoing_media picture = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("x")};
    file.media = &picture;
    struct error e = {0};
    assert_true(line()->send(a, &settings, &fits, &call, &e));
    const struct outgoing *refused[] = {&over, &empty, &file};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(line()->send(a, &settings, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
}

static const struct {
    int status;
    const char *body;
    enum failure failure;
    const char *says; /* the id, or the words */
} answers[] = {
    {200, "{\"sentMessages\":[{\"id\":\"461230966842064897\",\"quoteToken\":\"I\"}]}", FAILURE_NONE,
     "461230966842064897"},
    {200, "{}", FAILURE_NONE, ""},
    {200, "<html>", FAILURE_NONE, ""},
    {409, "{\"message\":\"The retry key is already accepted\",\"sentMessages\":[{\"id\":\"7\"}]}", FAILURE_NONE, "7"},
    {409, "{\"message\":\"The retry key is already accepted\"}", FAILURE_NONE, ""},
    {400,
     "{\"message\":\"The request body has 1 error(s)\",\"details\":[{\"message\":\"May not be empty\",\"property\":"
     "\"messages[0].text\"}]}",
     FAILURE_CONTENT, "The request body has 1 error(s) (messages[0].text: May not be empty)"},
    {400, "{\"message\":\"Failed to send messages\"}", FAILURE_BLOCKED, "Failed to send messages"},
    {400, "{\"message\":\"The property, 'to', in the request body is invalid (line: -, column: -)\"}",
     FAILURE_BLOCKED, "The property, 'to', in the request body is invalid (line: -, column: -)"},
    {401, "{\"message\":\"Authentication failed due to the following reason: invalid token.\"}", FAILURE_TOKEN,
     "Authentication failed due to the following reason: invalid token."},
    {403, "{\"message\":\"Access to this API is not available for your account\"}", FAILURE_PERMISSION,
     "Access to this API is not available for your account"},
    {429, "{\"message\":\"You have reached your monthly limit.\"}", FAILURE_RATE,
     "You have reached your monthly limit."},
    {500, "{\"message\":\"Internal error\"}", FAILURE_TRANSIENT, "Internal error"},
    {0, "", FAILURE_TRANSIENT, ""},
};

static void every_answer_has_its_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct http_reply reply = {.status = answers[i].status, .body = str_from(answers[i].body)};
        struct outgoing m = message("Eccomi");
        struct outcome out = {0};
        line()->answer(a, &m, &reply, &out);
        assert_int_equal(out.kind, answers[i].failure ? OUTCOME_FAILED : OUTCOME_ACCEPTED);
        assert_int_equal(out.failure, answers[i].failure);
        assert_str(answers[i].failure ? out.words : out.external_id, answers[i].says);
    }
}

static void the_token_goes_to_line_alone(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, line());
    struct http_call call;
    struct error e = {0};
    struct channel_media own = {.url = STR("https://api-data.line.me/v2/bot/message/1/content")};
    struct channel_media other = {.url = STR("https://film.example/a.mp4")},
                         plain = {.url = STR("http://film.example/a")};
    assert_true(line()->media(a, &settings, &own, 0, STR_EMPTY, &call, &e));
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    assert_true(line()->media(a, &settings, &other, 0, STR_EMPTY, &call, &e));
    assert_int_equal(call.headers.count, 0);
    assert_false(line()->media(a, &settings, &plain, 0, STR_EMPTY, &call, &e));
}

static void names_and_health_are_asked_for(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, line());
    struct channel_author author = {0};
    struct outcome out = {0};
    struct http_call call;
    struct error e = {0};
    assert_true(line()->profile(a, &settings, STR("U1/2"), &call, &e));
    assert_str(call.url, "https://api.line.me/v2/bot/profile/U1%2F2");
    struct http_reply who = {.status = 200, .body = STR("{\"displayName\":\"Ada\",\"userId\":\"U1\"}")};
    line()->profiled(a, &who, &author, &out);
    assert_str(author.name, "Ada");
    struct http_reply nobody = {.status = 404, .body = STR("{\"message\":\"Not found\"}")};
    line()->profiled(a, &nobody, &author, &out);
    assert_int_equal(out.kind, OUTCOME_FAILED);
    assert_true(line()->probe(a, &settings, &call, &e));
    assert_str(call.url, "https://api.line.me/v2/bot/info");
    struct http_reply us = {.status = 200, .body = STR("{\"userId\":\"U9\",\"displayName\":\"Nuvola\"}")};
    line()->probed(a, &us, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.words, "Nuvola");
}

/* Somebody waits, whatever became of the words on the way. */
static void a_text_without_words_waits_too(void **state)
{
    struct arena *a = *state;
    struct channel_events events;
    struct error e = {0};
    assert_true(
        take(a, line(),
             STR("{\"destination\":\"U1\",\"events\":[{\"type\":\"message\",\"webhookEventId\":\"E1\",\"source\":{"
                 "\"type\":\"user\",\"userId\":\"U2\"},\"message\":{\"id\":\"7\",\"type\":\"text\"}}]}"),
             &events, &e));
    assert_int_equal(events.count, 1);
    assert_int_equal(events.items[0].message, MESSAGE_UNSUPPORTED);
    assert_str(events.items[0].note, "a message without words");
}

int channels_line_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_signature_is_over_the_bytes), TEST(a_reply_is_one_push_however_often_it_is_tried),
        TEST(a_picture_goes_by_its_address),   TEST(what_cannot_go_is_said_before),
        TEST(every_answer_has_its_class),      TEST(the_token_goes_to_line_alone),
        TEST(a_text_without_words_waits_too),  TEST(names_and_health_are_asked_for)};
    return cmocka_run_group_tests_name("channels/line", tests, NULL, NULL);
}
