/* SPDX-License-Identifier: Apache-2.0 */
/* Viber: the signature and the three places it may stand in, the one call that says something, every status of its
 * table, receipts, and what the probe says of a bot that has no webhook. */
#include "support.h"

int channels_viber_test(void);

static const struct channel *viber(void)
{
    return channel_of("viber");
}

/* The token of settings_of is "auth_token". printf '{"event":"webhook"}' | openssl dgst -sha256 -hmac auth_token */
#define BODY "{\"event\":\"webhook\"}"
static struct str good_signature(struct arena *a)
{
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(STR("auth_token"), STR(BODY), digest);
    return hex_encode(a, digest, sizeof digest);
}

static bool verify_at(struct arena *a, const char *header, struct str value, const char *query, struct str body)
{
    struct settings settings = settings_of(a, viber());
    struct pair headers[] = {{header ? str_from(header) : STR("host"), value}};
    struct pair in_address[] = {{query ? str_from(query) : STR("q"), value}};
    struct hook hook = {.method = STR("POST"),
                        .headers = {headers, header != NULL},
                        .query = {in_address, query != NULL},
                        .body = body};
    struct error e = {0};
    bool ok = viber()->verify(&settings, &hook, &e);
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, "auth_token"));
    }
    return ok;
}

static void the_signature_is_over_the_bytes(void **state)
{
    static const char header[] = "x-viber-content-signature";
    struct arena *a = *state;
    struct str body = STR(BODY), good = good_signature(a);
    assert_true(verify_at(a, header, good, NULL, body));
    assert_false(verify_at(a, NULL, STR_EMPTY, NULL, body));
    assert_false(verify_at(a, header, STR_EMPTY, NULL, body));
    assert_false(verify_at(a, header, str_concat(a, STR("sha256="), good), NULL, body));
    assert_false(verify_at(a, header, str_concat(a, good, STR("0")), NULL, body));
    char *upper = arena_copy(a, good.ptr, good.len);
    for (size_t i = 0; i < good.len; i++)
        upper[i] = (char)(upper[i] >= 'a' ? upper[i] - 32 : upper[i]);
    assert_false(verify_at(a, header, (struct str){upper, good.len}, NULL, body));
    for (size_t len = 0; len < good.len; len++)
        assert_false(verify_at(a, header, str_slice(good, 0, len), NULL, body));
    for (size_t i = 0; i < body.len; i++) {
        char *flipped = arena_copy(a, body.ptr, body.len);
        flipped[i] ^= 1;
        assert_false(verify_at(a, header, good, NULL, (struct str){flipped, body.len}));
    }
}

/* Viber's own library for Node looks there; the documented header goes before. */
static void the_signature_may_stand_elsewhere(void **state)
{
    struct arena *a = *state;
    struct str body = STR(BODY), good = good_signature(a),
               bad = str_concat(a, STR("0"), str_slice(good, 1, good.len));
    if (str_eq(bad, good))
        bad = str_concat(a, STR("1"), str_slice(good, 1, good.len));
    assert_true(verify_at(a, "x_viber_content_signature", good, NULL, body));
    assert_true(verify_at(a, NULL, good, "sig", body));
    assert_false(verify_at(a, "x_viber_content_signature", bad, NULL, body));
    assert_false(verify_at(a, NULL, bad, "sig", body));
    assert_false(verify_at(a, NULL, good, "signature", body));
    struct settings settings = settings_of(a, viber());
    struct pair headers[] = {{STR("x-viber-content-signature"), bad}}, query[] = {{STR("sig"), good}};
    struct hook hook = {.headers = {headers, 1}, .query = {query, 1}, .body = body};
    struct error e = {0};
    assert_false(viber()->verify(&settings, &hook, &e));
}

/* ---- in ---- */

static struct channel_events events_of(struct arena *a, const char *body)
{
    struct settings settings = settings_of(a, viber());
    struct channel_events events = {.arena = a};
    struct error e = {0};
    if (!viber()->receive(a, &settings, str_from(body), &events, &e))
        fail_msg("%s", e.message);
    return events;
}

static void tokens_keep_every_digit(void **state)
{
    struct channel_events events =
        events_of(*state, "{\"event\":\"message\",\"timestamp\":1457764197627,\"message_token\":4912661846655238145,"
                          "\"sender\":{\"id\":\"a=\"},\"message\":{\"type\":\"text\",\"text\":\"1\"}}");
    assert_int_equal(events.count, 1);
    assert_str(events.items[0].external_id, "4912661846655238145");
    assert_str(events.items[0].dedupe, "m:4912661846655238145");
    assert_int_equal(events.items[0].at, 1457764197627000);
}

static void a_text_without_words_is_not_lost(void **state)
{
    struct channel_events events =
        events_of(*state, "{\"event\":\"message\",\"message_token\":7,\"sender\":{\"id\":\"a=\"},\"message\":{"
                          "\"type\":\"text\"}}");
    assert_int_equal(events.count, 1);
    assert_int_equal(events.items[0].message, MESSAGE_UNSUPPORTED);
    assert_str(events.items[0].note, "a message without words");
}

/* The person's next words bring back what we told with ours: so those have come, whatever became of our call. */
static void what_we_told_comes_back(void **state)
{
    struct channel_events events =
        events_of(*state, "{\"event\":\"message\",\"timestamp\":1457764197627,\"message_token\":7,"
                          "\"sender\":{\"id\":\"a=\"},\"message\":{\"type\":\"text\",\"text\":\"Grazie\","
                          "\"tracking_data\":\"7301\"}}");
    assert_int_equal(events.count, 2);
    assert_int_equal(events.items[0].kind, CHANNEL_RECEIPT);
    assert_int_equal(events.items[0].receipt, RECEIPT_DELIVERED);
    assert_str(events.items[0].reply_token, "7301");
    assert_int_equal(events.items[0].external_id.len, 0);
    assert_int_equal(events.items[1].kind, CHANNEL_MESSAGE);
    assert_int_equal(events.items[1].reply_token.len, 0);
    assert_false(str_eq(events.items[0].dedupe, events.items[1].dedupe));
}

static void one_token_has_several_receipts(void **state)
{
    struct arena *a = *state;
    struct channel_events delivered =
        events_of(a, "{\"event\":\"delivered\",\"message_token\":7,\"user_id\":\"a=\",\"timestamp\":1457764197627}");
    struct channel_events seen =
        events_of(a, "{\"event\":\"seen\",\"message_token\":7,\"user_id\":\"a=\",\"timestamp\":1457764197628}");
    struct channel_events failed =
        events_of(a, "{\"event\":\"failed\",\"message_token\":7,\"user_id\":\"a=\",\"desc\":\"too old\"}");
    assert_int_equal(delivered.items[0].receipt, RECEIPT_DELIVERED);
    assert_int_equal(seen.items[0].receipt, RECEIPT_READ);
    assert_int_equal(failed.items[0].receipt, RECEIPT_FAILED);
    assert_int_equal(failed.items[0].failure, FAILURE_CONTENT);
    assert_str(failed.items[0].note, "too old");
    assert_false(str_eq(delivered.items[0].dedupe, seen.items[0].dedupe));
    assert_false(str_eq(seen.items[0].dedupe, failed.items[0].dedupe));
}

/* ---- out ---- */

static struct outgoing message(const char *text)
{
    return (struct outgoing){.door = STR("viber"),
                             .to = STR("kQ3x0b7Zt1mS9vYcL2nWpA=="),
                             .text = str_from(text),
                             .idempotency_key = STR("7301")};
}

static void a_reply_is_one_call(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, viber());
    struct outgoing m = message("Eccomi, «Ada» 😀");
    struct http_call call;
    struct error e = {0};
    assert_true(viber()->send(a, &settings, &m, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://chatapi.viber.com/pa/send_message");
    assert_str(pairs_get(&call.headers, STR("X-Viber-Auth-Token")), "auth_token");
    assert_str(pairs_get(&call.headers, STR("Content-Type")), "application/json");
    assert_str(
        call.body,
        "{\"receiver\":\"kQ3x0b7Zt1mS9vYcL2nWpA==\",\"min_api_version\":1,\"sender\":{\"name\":\"sender_name\"},"
        "\"tracking_data\":\"7301\",\"type\":\"text\",\"text\":\"Eccomi, «Ada» 😀\"}");
}

static struct str name_sent(struct arena *a, const char *name)
{
    struct pair given[] = {{STR("auth_token"), STR("t")}, {STR("sender_name"), str_from(name)}};
    struct settings settings;
    struct outgoing m = message("Eccomi");
    struct http_call call;
    struct error e = {0};
    assert_true(settings_make(a, viber(), &(struct pairs){given, 2}, &settings, &e));
    assert_true(viber()->send(a, &settings, &m, &call, &e));
    return json_text(json_path(json_parse(a, call.body, &e), "sender", "name", NULL));
}

static void the_name_above_fits(void **state)
{
    struct arena *a = *state;
    assert_str(name_sent(a, "Perché Nuvola è così leggera"), "Perché Nuvola è così leggera"); /* 28 characters */
    struct str cut = name_sent(a, "Perché Nuvola è così leggera?");
    assert_str(cut, "Perché Nuvola è così legger…");
    assert_int_equal(text_length(a, cut, LENGTH_CHARACTERS), 28);
}

static struct json *file_sent(struct arena *a, const struct outgoing *m)
{
    struct settings settings = settings_of(a, viber());
    struct http_call call;
    struct error e = {0};
    assert_true(viber()->send(a, &settings, m, &call, &e));
    return json_parse(a, call.body, &e);
}

/* A picture has its words below it; what is no picture goes first, and its words follow. */
static void files_go_by_their_address(void **state)
{
    struct arena *a = *state;
    struct outgoing_media file = {.mime = STR("image/jpeg"),
                                  .file_name = STR("modem.jpg"),
                                  .bytes = STR("four"),
                                  .address = STR("https://care.example/files/1-2-ab")};
    struct outgoing m = message("Ecco");
    struct http_reply ok = {.status = 200, .body = STR("{\"status\":0,\"message_token\":12}")};
    struct outcome out = {0};
    m.media = &file;
    struct json *body = file_sent(a, &m);
    assert_str(json_text(json_get(body, "type")), "picture");
    assert_str(json_text(json_get(body, "text")), "Ecco");
    assert_str(json_text(json_get(body, "media")), "https://care.example/files/1-2-ab");
    viber()->answer(a, &m, &ok, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    file.mime = STR("application/pdf");
    body = file_sent(a, &m);
    assert_str(json_text(json_get(body, "type")), "file");
    assert_str(json_text(json_get(body, "file_name")), "modem.jpg");
    assert_int_equal(json_int(json_get(body, "size"), 0), 4);
    assert_null(json_get(body, "text"));
    viber()->answer(a, &m, &ok, &out);
    assert_int_equal(out.kind, OUTCOME_NEXT);
    m.carry = out.carry;
    body = file_sent(a, &m);
    assert_str(json_text(json_get(body, "type")), "text");
    viber()->answer(a, &m, &ok, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, viber());
    struct http_call call;
    struct buf words;
    buf_init(&words, a, 28010);
    for (int i = 0; i < 7000; i++)
        buf_cstr(&words, "😀"); /* one character each, and still below Viber's 30 KB */
    struct outgoing fits = message(str_cstr(a, buf_view(&words))), empty = message(" "), nobody = message("Ecco");
    buf_char(&words, '.');
    struct outgoing over = message(str_cstr(a, buf_view(&words))), file = message("Ecco");
    const struct outgoing_media picture = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("x")};
    file.media = &picture;
    nobody.to = STR_EMPTY;
    struct error e = {0};
    assert_true(viber()->send(a, &settings, &fits, &call, &e));
    assert_true(call.body.len < 30 * 1024);
    const struct outgoing *refused[] = {&over, &empty, &file, &nobody};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(viber()->send(a, &settings, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
}

#define REFUSED(code, words) "{\"status\":" #code ",\"status_message\":\"" words "\",\"message_token\":\"12\"}"
static const struct {
    int status;
    const char *body;
    enum failure failure;
    const char *code, *says; /* the id, or the words */
} answers[] = {
    {200, "{\"status\":0,\"status_message\":\"ok\",\"message_token\":5741311803571721087}", FAILURE_NONE, "",
     "5741311803571721087"},
    {200, "{\"status\":0}", FAILURE_NONE, "", ""},
    {200, "", FAILURE_NONE, "", ""},
    {200, "<html>", FAILURE_NONE, "", ""},
    {200, REFUSED(1, "invalidUrl"), FAILURE_PERMISSION, "1", "invalidUrl"},
    {200, REFUSED(2, "invalidAuthToken"), FAILURE_TOKEN, "2", "invalidAuthToken"},
    {200, REFUSED(3, "badData"), FAILURE_CONTENT, "3", "badData"},
    {200, REFUSED(4, "missingData"), FAILURE_CONTENT, "4", "missingData"},
    {200, REFUSED(5, "receiverNotRegistered"), FAILURE_BLOCKED, "5", "receiverNotRegistered"},
    {200, REFUSED(6, "receiverNotSubscribed"), FAILURE_BLOCKED, "6", "receiverNotSubscribed"},
    {200, REFUSED(7, "publicAccountBlocked"), FAILURE_PERMISSION, "7", "publicAccountBlocked"},
    {200, REFUSED(8, "publicAccountNotFound"), FAILURE_TOKEN, "8", "publicAccountNotFound"},
    {200, REFUSED(9, "publicAccountSuspended"), FAILURE_PERMISSION, "9", "publicAccountSuspended"},
    {200, REFUSED(10, "webhookNotSet"), FAILURE_PERMISSION, "10", "webhookNotSet"},
    {200, REFUSED(11, "receiverNoSuitableDevice"), FAILURE_BLOCKED, "11", "receiverNoSuitableDevice"},
    {200, REFUSED(12, "tooManyRequests"), FAILURE_RATE, "12", "tooManyRequests"},
    {200, REFUSED(13, "apiVersionNotSupported"), FAILURE_BLOCKED, "13", "apiVersionNotSupported"},
    {200, REFUSED(14, "incompatibleWithVersion"), FAILURE_CONTENT, "14", "incompatibleWithVersion"},
    {200, REFUSED(15, "publicAccountNotAuthorized"), FAILURE_PERMISSION, "15", "publicAccountNotAuthorized"},
    {200, REFUSED(16, "inchatReplyMessageNotAllowed"), FAILURE_CONTENT, "16", "inchatReplyMessageNotAllowed"},
    {200, REFUSED(17, "publicAccountIsNotInline"), FAILURE_PERMISSION, "17", "publicAccountIsNotInline"},
    {200, REFUSED(18, "noPublicChat"), FAILURE_PERMISSION, "18", "noPublicChat"},
    {200, REFUSED(19, "cannotSendBroadcast"), FAILURE_PERMISSION, "19", "cannotSendBroadcast"},
    {200, REFUSED(20, "broadcastNotAllowed"), FAILURE_PERMISSION, "20", "broadcastNotAllowed"},
    {200, REFUSED(21, "unsupportedCountry"), FAILURE_BLOCKED, "21", "unsupportedCountry"},
    {200, REFUSED(22, "paymentUnsupported"), FAILURE_CONTENT, "22", "paymentUnsupported"},
    {200, REFUSED(23, "freeMessagesExceeded"), FAILURE_WINDOW, "23", "freeMessagesExceeded"},
    {200, REFUSED(24, "noBalance"), FAILURE_WINDOW, "24", "noBalance"},
    {200, REFUSED(99, "generalError"), FAILURE_TRANSIENT, "99", "generalError"},
    {200, REFUSED("2", "invalidAuthToken"), FAILURE_TOKEN, "2", "invalidAuthToken"},
    {200, "{\"status\":{}}", FAILURE_TRANSIENT, "-1", ""},
    {401, "", FAILURE_TOKEN, "HTTP 401", "The network answered with HTTP status 401."},
    {503, "<html>", FAILURE_TRANSIENT, "HTTP 503", "The network answered with HTTP status 503."},
    {0, "", FAILURE_TRANSIENT, "no answer", ""},
};

static void every_answer_has_its_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct http_reply reply = {.status = answers[i].status, .body = str_from(answers[i].body)};
        struct outgoing m = message("Eccomi");
        struct outcome out = {0};
        viber()->answer(a, &m, &reply, &out);
        assert_int_equal(out.kind, answers[i].failure ? OUTCOME_FAILED : OUTCOME_ACCEPTED);
        assert_int_equal(out.failure, answers[i].failure);
        assert_str(out.code, answers[i].code);
        assert_str(answers[i].failure ? out.words : out.external_id, answers[i].says);
        assert_true(out.failure != FAILURE_RATE || out.retry_seconds == 300);
    }
}

static void the_probe_asks_for_a_webhook_too(void **state)
{
    static const struct {
        const char *body;
        enum failure failure;
    } accounts[] = {
        {"{\"status\":0,\"id\":\"pa:1\",\"name\":\"Nuvola\",\"webhook\":\"https://care.example/hooks/viber/7\"}",
         FAILURE_NONE},
        {"{\"status\":0,\"id\":\"pa:1\",\"name\":\"Nuvola\",\"webhook\":\"\"}", FAILURE_PERMISSION},
        {"{\"status\":0,\"id\":\"pa:1\",\"name\":\"Nuvola\"}", FAILURE_PERMISSION},
        {"{\"status\":2,\"status_message\":\"invalidAuthToken\"}", FAILURE_TOKEN},
        {"<html>", FAILURE_TRANSIENT},
    };
    struct arena *a = *state;
    struct settings settings = settings_of(a, viber());
    struct http_call call;
    struct error e = {0};
    assert_true(viber()->probe(a, &settings, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://chatapi.viber.com/pa/get_account_info");
    assert_str(call.body, "{}");
    for (size_t i = 0; i < COUNT_OF(accounts); i++) {
        struct http_reply reply = {.status = 200, .body = str_from(accounts[i].body)};
        struct outcome out = {0};
        viber()->probed(a, &reply, &out);
        assert_int_equal(out.failure, accounts[i].failure);
        assert_true(out.words.len > 0);
    }
}

int channels_viber_test(void)
{
    const struct CMUnitTest tests[] = {TEST(the_signature_is_over_the_bytes),
                                       TEST(the_signature_may_stand_elsewhere),
                                       TEST(tokens_keep_every_digit),
                                       TEST(what_we_told_comes_back),
                                       TEST(one_token_has_several_receipts),
                                       TEST(a_reply_is_one_call),
                                       TEST(the_name_above_fits),
                                       TEST(files_go_by_their_address),
                                       TEST(what_cannot_go_is_said_before),
                                       TEST(a_text_without_words_is_not_lost),
                                       TEST(every_answer_has_its_class),
                                       TEST(the_probe_asks_for_a_webhook_too)};
    return cmocka_run_group_tests_name("channels/viber", tests, NULL, NULL);
}
