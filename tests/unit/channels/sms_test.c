/* SPDX-License-Identifier: Apache-2.0 */
/* Short messages through Twilio: the signature over address and parameters, what goes out byte by byte, every code of
 * every class, the list that fills gaps, files, and recorded payloads where they are at hand. */
#include "channels/channel_sms.h"
#include "support.h"

int channels_sms_test(void);

#define SID "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"

static const struct channel *sms(void)
{
    return channel_of("sms");
}

static struct settings with(struct arena *a, const char *token, const char *service, const char *status_url)
{
    struct pair given[] = {{STR("account_sid"), STR(SID)},
                           {STR("auth_token"), str_from(token)},
                           {STR("number"), STR("+390110000000")},
                           {STR("messaging_service_sid"), str_from(service)},
                           {STR("status_url"), str_from(status_url)}};
    struct settings settings;
    struct error e = {0};
    assert_true(settings_make(a, sms(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e));
    return settings;
}

/* ---- the signature ---- */

static bool verify(struct arena *a, const char *token, const char *url, struct str body, struct str signature)
{
    struct settings settings = with(a, token, "", "");
    struct pair headers[] = {{STR("x-twilio-signature"), signature}};
    const char *query = strchr(url, '?');
    struct hook hook = {.method = STR("POST"),
                        .url = str_from(url),
                        .query = url_query(a, str_from(query ? query + 1 : "")),
                        .headers = {headers, signature.ptr ? 1 : 0},
                        .body = body};
    struct error e = {0};
    bool ok = sms()->verify(&settings, &hook, &e);
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, token));
    }
    return ok;
}

/* printf 'https://care.example/hooks/sms/7BodyCiao è+From+393470000011To+39011' |
 * openssl dgst -sha1 -hmac un-segreto -binary | base64 */
static void the_signature_is_over_address_and_parameters(void **state)
{
    struct arena *a = *state;
    const char *url = "https://care.example/hooks/sms/7", *token = "un-segreto";
    struct str body = STR("To=%2B39011&From=%2B393470000011&Body=Ciao+%C3%A8%2B"),
               good = STR("vY65DB0TDy7rCXZObzXr+FWxNqQ=");
    assert_true(verify(a, token, url, body, good));
    assert_true(
        verify(a, token, url, STR("Body=Ciao%20%c3%a8%2b&From=%2B393470000011&To=%2B39011"), good)); /* order */
    assert_true(verify(a, token, "https://care.example:443/hooks/sms/7", body, good)); /* a proxy wrote the port */
    assert_true(verify(a, token, "https://care.example:8443/hooks/sms/7", body, good));
    assert_false(verify(a, token, "http://care.example/hooks/sms/7", body, good));
    assert_false(verify(a, token, "https://care.example/hooks/sms/8", body, good));
    assert_false(verify(a, token, "https://care.example/hooks/sms/7?a=1", body, good));
    assert_false(verify(a, "un-segretO", url, body, good));
    assert_false(verify(a, token, url, body, STR_EMPTY));
    assert_false(verify(a, token, url, body, STR("")));
    assert_false(verify(a, token, url, STR("To=%2B39011&From=%2B393470000011&Body=Ciao+%C3%A8"), good));
    assert_false(verify(a, token, url, STR("To=%2B39011&From=%2B393470000011&Body=Ciao+%C3%A8%2B&X=1"), good));
    for (size_t len = 0; len < good.len; len++)
        assert_false(verify(a, token, url, body, str_slice(good, 0, len)));
    assert_false(verify(a, token, url, body, str_lower(a, good)));
    assert_false(verify(a, token, url, body, str_concat(a, STR("sha1="), good)));
    assert_false(verify(a, token, url, body, str_concat(a, good, STR(" "))));
}

static void signed_with_the_port(void **state)
{
    struct arena *a = *state;
    struct pairs params = url_query(a, STR("Body=x"));
    struct str with_port = sms_signature(a, STR("zq-7"), STR("https://care.example:443/h?a=1"), &params);
    struct str plain = sms_signature(a, STR("zq-7"), STR("http://care.example:80?a=:1"), &params);
    assert_true(verify(a, "zq-7", "https://care.example/h?a=1", STR("Body=x"), with_port));
    assert_true(verify(a, "zq-7", "http://care.example?a=:1", STR("Body=x"), plain));
    assert_false(verify(a, "zq-7", "", STR("Body=x"), with_port));
    assert_false(verify(a, "zq-7", "https://", STR("Body=x"), with_port));
}

static void a_key_that_comes_twice_counts_each_value_once(void **state)
{
    struct arena *a = *state;
    struct pairs once = url_query(a, STR("A=1&A=2&B=3")), twice = url_query(a, STR("A=2&B=3&A=1&A=2"));
    struct str one = sms_signature(a, STR("t"), STR("u"), &once),
               other = sms_signature(a, STR("t"), STR("u"), &twice);
    assert_true(str_eq(one, other));
    struct pairs less = url_query(a, STR("A=1&B=3"));
    assert_false(str_eq(one, sms_signature(a, STR("t"), STR("u"), &less)));
}

static void a_body_that_is_no_form_is_held_by_its_digest(void **state)
{
    struct arena *a = *state;
    unsigned char digest[SHA256_BYTES];
    struct str body = STR("{\"MessageSid\":\"SM1\",\"From\":\"+393470000011\",\"Body\":\"ciao\"}");
    sha256(body, digest);
    struct str hex = hex_encode(a, digest, sizeof digest);
    const char *url = str_format(a, "https://care.example/hooks/sms/7?bodySHA256=%.*s", STR_ARGS(hex)).ptr;
    struct str good = sms_signature(a, STR("zq-7"), str_from(url), NULL);
    assert_true(verify(a, "zq-7", url, body, good));
    assert_false(verify(a, "zq-7", url, STR("{}"), good));
    assert_false(verify(a, "zq-7", url, STR_EMPTY, good));
    struct channel_events events;
    struct error e = {0};
    assert_true(take(a, sms(), body, &events, &e));
    assert_str(events.items[0].text, "ciao");
}

static void published_vectors(void **state)
{
    struct arena *a = *state;
    size_t held = 0;
    if (!shared_or_skip(a, "fixtures/_signatures"))
        skip();
    struct json *vectors = json_parse(a, slurp(a, shared_path(a, "fixtures/_signatures/vectors.json")), NULL);
    for (size_t i = 0; i < json_count(vectors); i++) {
        const struct json *v = json_at(vectors, i), *params = json_get(v, "params");
        if (!str_eq(json_text(json_get(v, "network")), STR("twilio")))
            continue;
        struct buf body;
        buf_init(&body, a, 256);
        buf_str(&body, json_text(json_get(v, "body")));
        for (size_t k = 0; k < json_count(params); k++) {
            buf_cstr(&body, k ? "&" : "");
            buf_url(&body, params->members[k].key);
            buf_char(&body, '=');
            buf_url(&body, json_text(params->members[k].value));
        }
        const char *secret = str_cstr(a, json_text(json_get(v, "secret")));
        const char *url = str_cstr(a, json_text(json_get(v, "url")));
        struct str expected = json_text(json_get(v, "expected")), said = buf_view(&body);
        assert_true(verify(a, secret, url, said, expected));
        assert_false(verify(a, secret, url, str_concat(a, said, STR("0")), expected));
        held++;
    }
    assert_int_equal(held, 2);
}

/* ---- out ---- */

static struct outgoing message(const char *text)
{
    return (struct outgoing){.door = STR("sms"), .to = STR("+393470000011"), .text = str_from(text)};
}

static void a_reply_is_one_call(void **state)
{
    struct arena *a = *state;
    struct settings bare = with(a, "tok", "", ""), full = with(a, "tok", "MG1", "https://care.example/hooks/sms/7");
    struct outgoing m = message("Eccomi & «Ada» 😀");
    struct http_call call;
    struct error e = {0};
    assert_true(sms()->send(a, &bare, &m, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://api.twilio.com/2010-04-01/Accounts/" SID "/Messages.json");
    assert_str(call.body,
               "To=%2B393470000011&From=%2B390110000000&Body=Eccomi%20%26%20%C2%ABAda%C2%BB%20%F0%9F%98%80");
    struct str expected = str_concat(a, STR("Basic "), base64_encode(a, SID ":tok", sizeof SID ":tok" - 1));
    assert_true(str_eq(pairs_get(&call.headers, STR("Authorization")), expected));
    assert_true(sms()->send(a, &full, &m, &call, &e));
    assert_true(str_ends(
        call.body, STR("&MessagingServiceSid=MG1&StatusCallback=https%3A%2F%2Fcare.example%2Fhooks%2Fsms%2F7")));
}

/* Nobody's answer: to a number, without a thread. */
static void a_notice_is_one_call(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "tok", "", "");
    struct outgoing m = {.door = str_from(sms()->notice),
                         .to = STR("+393470000011"),
                         .text = STR("Giulia ti ha scritto"),
                         .idempotency_key = STR("letter7301")};
    struct http_call call;
    struct error e = {0};
    assert_true(sms()->send(a, &settings, &m, &call, &e));
    assert_str(call.url, "https://api.twilio.com/2010-04-01/Accounts/" SID "/Messages.json");
    assert_str(call.body, "To=%2B393470000011&From=%2B390110000000&Body=Giulia%20ti%20ha%20scritto");
    m.to = STR_EMPTY;
    assert_false(sms()->send(a, &settings, &m, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

static void a_file_goes_by_its_address(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "tok", "", "");
    const struct outgoing_media png = {.mime = STR("image/png"),
                                       .file_name = STR("a.png"),
                                       .bytes = STR("x"),
                                       .address = STR("https://care.example/files/1-2-ab")};
    struct outgoing m = message("Ecco");
    struct http_call call;
    struct error e = {0};
    m.media = &png;
    assert_true(sms()->send(a, &settings, &m, &call, &e));
    assert_true(str_ends(call.body, STR("&Body=Ecco&MediaUrl=https%3A%2F%2Fcare.example%2Ffiles%2F1-2-ab")));
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "tok", "", "");
    struct http_call call;
    struct error e = {0};
    struct buf words;
    buf_init(&words, a, 2000);
    for (int i = 0; i < 799; i++)
        buf_cstr(&words, "{}"); /* two units each */
    struct outgoing plain = message(str_cstr(a, str_slice(buf_view(&words), 0, 1600))), empty = message(" ");
    struct outgoing over = message(str_cstr(a, buf_view(&words))), file = message("Ecco");
    const struct outgoing_media picture = {.mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("x")};
    file.media = &picture;
    assert_int_equal(text_length(a, plain.text, LENGTH_SMS), 3196); /* 1,598 signs of the extension */
    plain.text = str_slice(plain.text, 0, 800);
    assert_true(sms()->send(a, &settings, &plain, &call, &e));
    const struct outgoing *refused[] = {&over, &empty, &file};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(sms()->send(a, &settings, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
}

static const struct {
    int status, code;
    enum failure failure;
} codes[] = {
    {401, 20003, FAILURE_TOKEN},      {403, 20403, FAILURE_PERMISSION}, {404, 20404, FAILURE_PERMISSION},
    {403, 20005, FAILURE_PERMISSION}, {429, 20429, FAILURE_RATE},       {429, 14107, FAILURE_RATE},
    {429, 63018, FAILURE_RATE},       {400, 30001, FAILURE_RATE},       {400, 30022, FAILURE_RATE},
    {400, 21606, FAILURE_PERMISSION}, {400, 21659, FAILURE_PERMISSION}, {400, 21660, FAILURE_PERMISSION},
    {400, 21703, FAILURE_PERMISSION}, {400, 21704, FAILURE_PERMISSION}, {400, 21408, FAILURE_PERMISSION},
    {400, 21608, FAILURE_PERMISSION}, {400, 30002, FAILURE_PERMISSION}, {400, 30010, FAILURE_PERMISSION},
    {400, 30034, FAILURE_PERMISSION}, {400, 63016, FAILURE_WINDOW},     {400, 21610, FAILURE_BLOCKED},
    {400, 21211, FAILURE_BLOCKED},    {400, 21214, FAILURE_BLOCKED},    {400, 21217, FAILURE_BLOCKED},
    {400, 21219, FAILURE_BLOCKED},    {400, 21265, FAILURE_BLOCKED},    {400, 21612, FAILURE_BLOCKED},
    {400, 21614, FAILURE_BLOCKED},    {400, 30003, FAILURE_BLOCKED},    {400, 30004, FAILURE_BLOCKED},
    {400, 30005, FAILURE_BLOCKED},    {400, 30006, FAILURE_BLOCKED},    {400, 63024, FAILURE_BLOCKED},
    {400, 21602, FAILURE_CONTENT},    {400, 21617, FAILURE_CONTENT},    {400, 21658, FAILURE_CONTENT},
    {400, 21619, FAILURE_CONTENT},    {400, 30007, FAILURE_CONTENT},    {400, 30019, FAILURE_CONTENT},
    {400, 30008, FAILURE_CONTENT},    {500, 20500, FAILURE_TRANSIENT},  {503, 20503, FAILURE_TRANSIENT},
    {400, 29999, FAILURE_CONTENT},    {401, 29999, FAILURE_TOKEN},      {429, 29999, FAILURE_RATE},
};

static struct outcome answered(struct arena *a, int status, const char *body)
{
    struct outgoing m = message("Eccomi");
    struct http_reply reply = {.status = status, .body = str_from(body)};
    struct outcome out = {0};
    sms()->answer(a, &m, &reply, &out);
    return out;
}

static void every_code_has_its_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct outcome out = answered(
            a, codes[i].status,
            str_format(a, "{\"code\":%d,\"message\":\"Words\",\"status\":%d}", codes[i].code, codes[i].status).ptr);
        if (out.failure != codes[i].failure || out.kind != OUTCOME_FAILED)
            fail_msg("%d is %s", codes[i].code, failure_name(out.failure));
        assert_str(out.words, "Words");
        assert_str(out.code, str_format(a, "%d", codes[i].code).ptr);
        assert_true(out.failure != FAILURE_RATE || out.retry_seconds > 0);
    }
    struct outcome well = answered(a, 201, "{\"sid\":\"SM1\",\"status\":\"queued\"}");
    assert_int_equal(well.kind, OUTCOME_ACCEPTED);
    assert_str(well.external_id, "SM1");
    assert_int_equal(answered(a, 201, "<html>").kind, OUTCOME_ACCEPTED);
    assert_int_equal(answered(a, 0, "").failure, FAILURE_TRANSIENT);
    assert_int_equal(answered(a, 404, "<html>").failure, FAILURE_GONE);
}

/* ---- the list ---- */

static struct asked asked_with(struct arena *a, const struct asking *asking, int status, const char *body,
                               struct channel_events *events)
{
    struct settings settings = with(a, "tok", "", "");
    struct http_reply reply = {.status = status, .body = str_from(body)};
    struct asked out = {0};
    *events = (struct channel_events){.arena = a};
    sms()->asked(a, &settings, asking, &reply, events, &out);
    return out;
}

#define MOMENT "\"date_sent\":\"Fri, 21 Nov 2025 15:46:51 +0000\""

static void the_list_is_walked_in_then_out(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "tok", "", "");
    struct asking asking = {.listing = sms()->listings, .since = 1763730000000000, .now = 1763740011000000};
    struct channel_events events;
    struct http_call call;
    struct error e = {0};
    assert_true(sms()->ask(a, &settings, &asking, &call, &e));
    assert_str(call.url, "https://api.twilio.com/2010-04-01/Accounts/" SID
                         "/Messages.json?To=%2B390110000000&DateSent%3E=2025-11-21&PageSize=100");
    struct asked out =
        asked_with(a, &asking, 200,
                   "{\"messages\":[{\"sid\":\"SM1\",\"from\":\"+393470000011\",\"to\":\"+390110000000\","
                   "\"body\":\"Ciao\",\"status\":\"received\",\"num_media\":\"1\"," MOMENT "},"
                   "{\"sid\":null}],\"next_page_uri\":\"/2010-04-01/Accounts/x?Page=1\"}",
                   &events);
    assert_true(out.more && out.outcome.kind != OUTCOME_FAILED);
    assert_int_equal(events.count, 1);
    assert_str(events.items[0].dedupe, "m:SM1");
    assert_true(events.items[0].at == 1763740011000000);
    assert_str(events.items[0].media[0].media_id, "SM1/0");
    assert_true(events.unread.len > 0);

    asking.carry = out.carry;
    asking.step = 1;
    assert_true(sms()->ask(a, &settings, &asking, &call, &e));
    assert_str(call.url, "https://api.twilio.com/2010-04-01/Accounts/x?Page=1");
    /* older than what is wanted: the rest is not read */
    out = asked_with(a, &asking, 200,
                     "{\"messages\":[{\"sid\":\"SM0\",\"from\":\"+39347\",\"status\":\"received\",\"date_sent\":"
                     "\"Thu, 20 Nov 2025 10:00:00 +0000\"}],\"next_page_uri\":\"/2010-04-01/Accounts/x?Page=2\"}",
                     &events);
    assert_true(out.more);
    assert_str(out.carry, "out");
    asking.carry = out.carry;
    assert_true(sms()->ask(a, &settings, &asking, &call, &e));
    assert_true(str_find(call.url, STR("?From=%2B390110000000&")) > 0);
    out = asked_with(a, &asking, 200,
                     "{\"messages\":[{\"sid\":\"SM2\",\"from\":\"+390110000000\",\"to\":\"+393470000011\","
                     "\"body\":\"Eccomi\",\"status\":\"undelivered\",\"error_code\":30003," MOMENT "}],"
                     "\"next_page_uri\":null}",
                     &events);
    assert_false(out.more);
    assert_int_equal(events.count, 2);
    assert_true(events.items[0].echo && events.items[0].kind == CHANNEL_MESSAGE);
    assert_str(events.items[0].author.external_id, "+393470000011");
    assert_str(events.items[0].text, "Eccomi");
    assert_int_equal(events.items[1].receipt, RECEIPT_FAILED);
    assert_int_equal(events.items[1].failure, FAILURE_BLOCKED);

    out = asked_with(a, &asking, 401, "{\"code\":20003,\"message\":\"Authenticate\"}", &events);
    assert_int_equal(out.outcome.failure, FAILURE_TOKEN);
    out = asked_with(a, &asking, 200, "[]", &events);
    assert_int_equal(out.outcome.failure, FAILURE_TRANSIENT);
    out = asked_with(a, &asking, 200, "{\"messages\":[],\"next_page_uri\":\"https://evil.example/\"}", &events);
    assert_false(out.more);
}

static void moments_that_are_none_are_unknown(void **state)
{
    struct arena *a = *state;
    static const char *const wrong[] = {"",
                                        "null",
                                        "Fri, 24 May 2019",
                                        "Fri, 24 Foo 2019 17:44:46 +0000",
                                        "Fri, 24 anF 2019 17:44:46 +0000",
                                        "Fri, 99 May 2019 17:44:46 +0000",
                                        "Fri, 24 May 20190000 17:44:46 +0000",
                                        "Fri, 24 May 2019 17:44 +0000",
                                        "Fri, 24 May 2019 17:-4:46 +0000",
                                        "Fri, 24 May 2019 17:44:46 GMT"};
    struct asking asking = {.listing = sms()->listings};
    struct channel_events events;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        asked_with(
            a, &asking, 200,
            str_format(a, "{\"messages\":[{\"sid\":\"SM1\",\"from\":\"+39\",\"body\":\"x\",\"date_sent\":\"%s\"}]}",
                       wrong[i])
                .ptr,
            &events);
        assert_int_equal(events.count, 1);
        assert_true(events.items[0].at == 0);
    }
    asked_with(a, &asking, 200,
               "{\"messages\":[{\"sid\":\"SM1\",\"from\":\"+39\",\"body\":\"x\",\"date_sent\":\"Fri, 21 Nov 2025 "
               "17:16:51 +0130\"}]}",
               &events);
    assert_true(events.items[0].at == 1763740011000000);
}

static void the_token_goes_to_twilio_alone(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "tok", "", "");
    struct channel_media own = {.url = STR("https://api.twilio.com/2010-04-01/Accounts/x/Messages/y/Media/z")};
    struct channel_media other = {.url = STR("https://film.example/a")},
                         plain = {.url = STR("http://film.example/a")};
    struct channel_media listed = {.media_id = STR("SM1/1")};
    struct http_call call;
    struct error e = {0};
    assert_true(sms()->media(a, &settings, &own, 0, STR_EMPTY, &call, &e));
    assert_true(str_starts(pairs_get(&call.headers, STR("Authorization")), STR("Basic ")));
    assert_true(sms()->media(a, &settings, &other, 0, STR_EMPTY, &call, &e));
    assert_int_equal(call.headers.count, 0);
    assert_false(sms()->media(a, &settings, &plain, 0, STR_EMPTY, &call, &e));
    assert_true(sms()->media(a, &settings, &listed, 0, STR_EMPTY, &call, &e));
    assert_str(call.url, "https://api.twilio.com/2010-04-01/Accounts/" SID "/Messages/SM1/Media.json");
    struct str list = STR("{\"media_list\":[{\"uri\":\"/a.json\"},{\"uri\":\"/b/ME2.json\"}]}");
    assert_true(sms()->media(a, &settings, &listed, 1, list, &call, &e));
    assert_str(call.url, "https://api.twilio.com/b/ME2");
    assert_false(sms()->media(a, &settings, &listed, 1, STR("{\"media_list\":[]}"), &call, &e));
    assert_false(sms()->media(a, &settings, &listed, 1, STR("\xff"), &call, &e));
}

static void health_is_asked_for(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "tok", "", "");
    struct outcome out = {0};
    struct http_call call;
    struct error e = {0};
    assert_true(sms()->probe(a, &settings, &call, &e));
    assert_str(call.url, "https://api.twilio.com/2010-04-01/Accounts/" SID ".json");
    struct http_reply well = {.status = 200,
                              .body = STR("{\"sid\":\"AC\",\"status\":\"active\",\"friendly_name\":\"N\"}")};
    sms()->probed(a, &well, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.words, "N");
    struct http_reply closed = {.status = 200, .body = STR("{\"status\":\"suspended\"}")};
    sms()->probed(a, &closed, &out);
    assert_int_equal(out.failure, FAILURE_PERMISSION);
    struct http_reply none = {.status = 404, .body = STR("{\"code\":20404,\"message\":\"not found\"}")};
    sms()->probed(a, &none, &out);
    assert_int_equal(out.failure, FAILURE_TOKEN);
}

/* ---- recorded: by programs that keep the parameters as JSON ---- */

static void recorded_payloads(void **state)
{
    struct arena *a = *state;
    size_t count, messages = 0, receipts = 0, ignored = 0, refused = 0;
    if (!shared_or_skip(a, "fixtures/twilio"))
        skip();
    const char **names = names_in(a, shared_path(a, "fixtures/twilio"), ".json", &count);
    for (size_t i = 0; i < count; i++) {
        struct str raw = slurp(a, shared_path(a, str_format(a, "fixtures/twilio/%s", names[i]).ptr));
        struct json *j = json_parse(a, raw, NULL);
        struct buf form;
        buf_init(&form, a, 512);
        for (size_t k = 0; json_is(j, JSON_OBJECT) && k < json_count(j); k++) {
            char *name = arena_copy(a, j->members[k].key.ptr, j->members[k].key.len);
            if (strstr(names[i], "bottender")) /* camelCase there */
                name[0] = (char)(name[0] & ~0x20);
            buf_format(&form, "%s%s=", k ? "&" : "", name);
            buf_url(&form, json_id(j->members[k].value));
        }
        struct channel_events events;
        struct error e = {0};
        if (!take(a, sms(), buf_view(&form), &events, &e)) {
            refused++;
            continue;
        }
        assert_int_equal(events.count, 1);
        messages += events.items[0].kind == CHANNEL_MESSAGE;
        receipts += events.items[0].kind == CHANNEL_RECEIPT;
        ignored += events.items[0].kind == CHANNEL_IGNORED;
    }
    print_message("%zu files: %zu messages, %zu receipts, %zu of no matter, %zu refused\n", count, messages, receipts,
                  ignored, refused);
    assert_true(count >= 20 && messages + receipts + ignored == count && receipts >= 4 && ignored == 1);
}

int channels_sms_test(void)
{
    const struct CMUnitTest tests[] = {TEST(the_signature_is_over_address_and_parameters),
                                       TEST(signed_with_the_port),
                                       TEST(a_key_that_comes_twice_counts_each_value_once),
                                       TEST(a_body_that_is_no_form_is_held_by_its_digest),
                                       TEST(published_vectors),
                                       TEST(a_reply_is_one_call),
                                       TEST(a_notice_is_one_call),
                                       TEST(a_file_goes_by_its_address),
                                       TEST(what_cannot_go_is_said_before),
                                       TEST(every_code_has_its_class),
                                       TEST(the_list_is_walked_in_then_out),
                                       TEST(moments_that_are_none_are_unknown),
                                       TEST(the_token_goes_to_twilio_alone),
                                       TEST(health_is_asked_for),
                                       TEST(recorded_payloads)};
    return cmocka_run_group_tests_name("channels/sms", tests, NULL, NULL);
}
