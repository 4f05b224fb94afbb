/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out: address, headers and every field of the body, for each door; and what is refused before it
 * goes. */
#include "support.h"

int channels_send_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US;

static const char pixel[] = "\x89PNG\r\n\x1a\n\0binary\xff--";
static const struct outgoing_media picture = {
    .mime = {"image/png", 9}, .file_name = {"foto \"1\"\r\n.png", 14}, .bytes = {pixel, sizeof pixel - 1}};

static struct outgoing message(const char *door, const char *text)
{
    return (struct outgoing){.door = str_from(door),
                             .to = STR("6111000000000031"),
                             .account = STR("108900000000041"),
                             .parent_id = STR("550100000000001_9001"),
                             .thread_key = STR("post:108900000000041_550100000000001"),
                             .text = str_from(text),
                             .idempotency_key = STR("ascolto:7301"),
                             .answered_at = NOW - HOUR_US,
                             .now = NOW};
}

/* Builds the call; every call bears the token, and never in its address. */
static struct http_call call_of(struct arena *a, const char *network, const struct outgoing *m)
{
    const struct channel *channel = channel_of(network);
    struct settings settings = settings_of(a, channel);
    struct http_call call = {0};
    struct error e = {0};
    if (!channel->send(a, &settings, m, &call, &e))
        fail_msg("%s: %s", network, e.message);
    assert_string_equal(call.method, "POST");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    assert_int_equal(str_find(call.url, STR("TOKEN")), -1);
    return call;
}

static const struct json *body_of(struct arena *a, const struct http_call *call)
{
    assert_str(pairs_get(&call->headers, STR("Content-Type")), "application/json");
    struct error e = {0};
    const struct json *body = json_parse(a, call->body, &e);
    assert_non_null(body);
    return body;
}

/* The whole body, exactly. */
static void assert_body(struct arena *a, const struct http_call *call, const char *expected)
{
    assert_str(json_to_str(a, body_of(a, call)), expected);
}

static void refused(struct arena *a, const char *network, const struct outgoing *m, enum error_code code,
                    const char *words)
{
    const struct channel *channel = channel_of(network);
    struct settings settings = settings_of(a, channel);
    struct http_call call;
    struct error e = {0};
    assert_false(channel->send(a, &settings, m, &call, &e));
    assert_int_equal(e.code, code);
    if (!strstr(e.message, words))
        fail_msg("\"%s\" does not say \"%s\"", e.message, words);
}

/* A part of a form: its headers and its bytes. */
static struct str form_part(struct arena *a, const struct http_call *call, const char *name, struct str *head)
{
    struct str type = pairs_get(&call->headers, STR("Content-Type"));
    struct str prefix = STR("multipart/form-data; boundary=");
    assert_true(str_starts(type, prefix));
    struct str line = str_concat(a, STR("--"), str_slice(type, prefix.len, type.len));
    assert_true(str_starts(call->body, line));
    assert_true(str_ends(call->body, str_concat(a, line, STR("--\r\n"))));
    struct str wanted = str_format(a, "Content-Disposition: form-data; name=\"%s\"", name);
    struct str rest = str_slice(call->body, line.len + 2, call->body.len);
    struct str end = str_concat(a, STR("\r\n"), line);
    for (ptrdiff_t at; (at = str_find(rest, end)) >= 0;) {
        struct str part = str_slice(rest, 0, (size_t)at);
        ptrdiff_t blank = str_find(part, STR("\r\n\r\n"));
        assert_true(blank > 0);
        *head = str_slice(part, 0, (size_t)blank);
        if (str_starts(*head, wanted))
            return str_slice(part, (size_t)blank + 4, part.len);
        rest = str_slice(rest, (size_t)at + end.len + 2, rest.len);
    }
    return STR_EMPTY;
}

/* ---- Facebook ---- */

static void facebook_comment(void **state)
{
    struct outgoing m = message("comment", "Ciao Ginevra, \"subito\" \xf0\x9f\x99\x82");
    struct http_call call = call_of(*state, "facebook", &m);
    assert_str(call.url, "https://graph.facebook.com/v26.0/550100000000001_9001/comments");
    assert_body(*state, &call, "{\"message\":\"Ciao Ginevra, \\\"subito\\\" \xf0\x9f\x99\x82\"}");
}

static void facebook_wall_post(void **state)
{
    struct outgoing m = message("comment", "Eccoci");
    m.parent_id = STR("108900000000041_550100000000002");
    assert_str(call_of(*state, "facebook", &m).url,
               "https://graph.facebook.com/v26.0/108900000000041_550100000000002/comments");
    m.parent_id = STR("1/../me?x=");
    assert_str(call_of(*state, "facebook", &m).url, "https://graph.facebook.com/v26.0/1%2F..%2Fme%3Fx%3D/comments");
}

static void facebook_private_reply(void **state)
{
    struct outgoing m = message("private_reply", "Ci scrive qui il numero?");
    struct http_call call = call_of(*state, "facebook", &m);
    assert_str(call.url, "https://graph.facebook.com/v26.0/108900000000041/messages");
    assert_body(*state, &call,
                "{\"recipient\":{\"comment_id\":\"550100000000001_9001\"},"
                "\"message\":{\"text\":\"Ci scrive qui il numero?\",\"metadata\":\"ascolto:7301\"}}");
    m.parent_id = STR("108900000000041_550100000000001"); /* to the post itself */
    call = call_of(*state, "facebook", &m);
    assert_str(json_text(json_path(body_of(*state, &call), "recipient", "post_id", NULL)),
               "108900000000041_550100000000001");
}

static void messenger_text(void **state)
{
    struct outgoing m = message("messenger", "Buongiorno");
    struct http_call call = call_of(*state, "facebook", &m);
    assert_str(call.url, "https://graph.facebook.com/v26.0/108900000000041/messages");
    assert_body(*state, &call,
                "{\"recipient\":{\"id\":\"6111000000000031\"},\"messaging_type\":\"RESPONSE\","
                "\"message\":{\"text\":\"Buongiorno\",\"metadata\":\"ascolto:7301\"}}");
    m.account = STR_EMPTY;
    assert_str(call_of(*state, "facebook", &m).url, "https://graph.facebook.com/v26.0/108900000000041/messages");
}

static void messenger_after_a_day(void **state)
{
    static const struct {
        int64_t age;
        bool tag;
    } ages[] = {{0, false},         {DAY_US - 1, false}, {DAY_US, false},
                {DAY_US + 1, true}, {7 * DAY_US, true},  {30 * DAY_US, true}};
    for (size_t i = 0; i < COUNT_OF(ages); i++) {
        struct outgoing m = message("messenger", "Buongiorno");
        m.answered_at = NOW - ages[i].age;
        struct http_call call = call_of(*state, "facebook", &m);
        const struct json *body = body_of(*state, &call);
        assert_str(json_text(json_get(body, "messaging_type")), ages[i].tag ? "MESSAGE_TAG" : "RESPONSE");
        assert_str(json_text(json_get(body, "tag")), ages[i].tag ? "HUMAN_AGENT" : "");
    }
    struct outgoing m = message("messenger", "Buongiorno");
    m.answered_at = 0; /* unknown: as an answer */
    struct http_call call = call_of(*state, "facebook", &m);
    assert_null(json_get(body_of(*state, &call), "tag"));
}

static void messenger_picture_then_words(void **state)
{
    struct outgoing m = message("messenger", "Ecco la ricevuta");
    m.media = &picture;
    m.answered_at = NOW - 2 * DAY_US;
    struct http_call call = call_of(*state, "facebook", &m);
    struct str head;
    assert_str(form_part(*state, &call, "recipient", &head), "{\"id\":\"6111000000000031\"}");
    assert_str(form_part(*state, &call, "message", &head),
               "{\"attachment\":{\"type\":\"image\",\"payload\":{\"is_reusable\":false}},"
               "\"metadata\":\"ascolto:7301\"}");
    assert_str(form_part(*state, &call, "messaging_type", &head), "MESSAGE_TAG");
    assert_str(form_part(*state, &call, "tag", &head), "HUMAN_AGENT");
    assert_true(str_eq(form_part(*state, &call, "filedata", &head), picture.bytes));
    assert_str(head, "Content-Disposition: form-data; name=\"filedata\"; filename=\"foto _1___.png\"\r\n"
                     "Content-Type: image/png");
    m.step = 1;
    m.carry = STR("m_picture");
    call = call_of(*state, "facebook", &m);
    assert_str(json_text(json_path(body_of(*state, &call), "message", "text", NULL)), "Ecco la ricevuta");
    assert_null(json_path(body_of(*state, &call), "message", "attachment", NULL));
}

static void messenger_kinds_of_file(void **state)
{
    static const char *const kinds[][2] = {{"image/jpeg", "image"},
                                           {"video/mp4", "video"},
                                           {"audio/mpeg", "audio"},
                                           {"application/pdf", "file"},
                                           {"bad\r\nX: y", "file"}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct outgoing_media file = {.mime = str_from(kinds[i][0]), .bytes = STR("bytes")};
        struct outgoing m = message("messenger", "");
        m.media = &file;
        struct http_call call = call_of(*state, "facebook", &m);
        struct str head, part = form_part(*state, &call, "message", &head);
        struct error e = {0};
        struct json *json = json_parse(*state, part, &e);
        assert_str(json_text(json_path(json, "attachment", "type", NULL)), kinds[i][1]);
        form_part(*state, &call, "filedata", &head);
        assert_true(str_ends(head, i == 4 ? STR("application/octet-stream") : file.mime));
        assert_int_equal(form_part(*state, &call, "tag", &head).len, 0);
    }
}

/* ---- WhatsApp ---- */

static void whatsapp_text(void **state)
{
    struct outgoing m = message("whatsapp", "Buongiorno");
    m.account = STR("330100000000077");
    m.to = STR("393331100220");
    m.parent_id = STR("wamid.T1");
    struct http_call call = call_of(*state, "whatsapp", &m);
    assert_str(call.url, "https://graph.facebook.com/v23.0/330100000000077/messages");
    assert_body(
        *state, &call,
        "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"393331100220\","
        "\"context\":{\"message_id\":\"wamid.T1\"},\"biz_opaque_callback_data\":\"ascolto:7301\",\"type\":\"text\","
        "\"text\":{\"body\":\"Buongiorno\",\"preview_url\":false}}");
    struct outgoing notice = {.door = str_from(channel_of("whatsapp")->notice),
                              .to = STR("393331100220"),
                              .account = STR("330100000000077"),
                              .text = STR("Giulia ti ha scritto"),
                              .idempotency_key = STR("letter7301")};
    call = call_of(*state, "whatsapp", &notice);
    assert_body(*state, &call,
                "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"393331100220\","
                "\"biz_opaque_callback_data\":\"letter7301\",\"type\":\"text\","
                "\"text\":{\"body\":\"Giulia ti ha scritto\",\"preview_url\":false}}");
    m.parent_id = m.idempotency_key = STR_EMPTY;
    m.to = STR("IT.7710022888"); /* known by user id alone */
    m.text = STR("https://nuvola.example/guida");
    call = call_of(*state, "whatsapp", &m);
    assert_body(*state, &call,
                "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\","
                "\"recipient\":\"IT.7710022888\",\"type\":\"text\","
                "\"text\":{\"body\":\"https://nuvola.example/guida\",\"preview_url\":true}}");
}

static void whatsapp_file(void **state)
{
    static const struct {
        const char *mime, *type;
        bool caption, name;
    } kinds[] = {{"image/png", "image", true, false},
                 {"image/gif", "document", true, true},
                 {"video/mp4", "video", true, false},
                 {"audio/ogg; codecs=opus", "audio", false, false},
                 {"application/pdf", "document", true, true}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct outgoing_media file = {
            .mime = str_from(kinds[i].mime), .file_name = STR("a.b"), .bytes = STR("bytes")};
        struct outgoing m = message("whatsapp", "Ecco");
        m.account = STR("330100000000077");
        m.media = &file;
        struct http_call call = call_of(*state, "whatsapp", &m);
        struct str head;
        assert_str(call.url, "https://graph.facebook.com/v23.0/330100000000077/media");
        assert_str(form_part(*state, &call, "messaging_product", &head), "whatsapp");
        assert_str(form_part(*state, &call, "type", &head), kinds[i].mime);
        assert_str(form_part(*state, &call, "file", &head), "bytes");
        m.step = 1;
        m.carry = STR("8801");
        call = call_of(*state, "whatsapp", &m);
        const struct json *body = body_of(*state, &call), *part = json_get(body, kinds[i].type);
        assert_str(json_text(json_get(body, "type")), kinds[i].type);
        assert_str(json_text(json_get(part, "id")), "8801");
        assert_str(json_text(json_get(part, "caption")), kinds[i].caption ? "Ecco" : "");
        assert_str(json_text(json_get(part, "filename")), kinds[i].name ? "a.b" : "");
        m.step = 2;
        call = call_of(*state, "whatsapp", &m);
        assert_str(json_text(json_path(body_of(*state, &call), "text", "body", NULL)), "Ecco");
    }
}

static char *many(struct arena *a, char c, size_t n)
{
    char *text = ARENA_ARRAY(a, char, n + 1);
    memset(text, c, n);
    return text;
}

static void whatsapp_long_words_are_no_caption(void **state)
{
    struct outgoing_media file = {.mime = STR("image/png"), .bytes = STR("bytes")};
    struct outgoing m = message("whatsapp", many(*state, 'a', 1025));
    m.media = &file;
    m.step = 1;
    m.carry = STR("8801");
    struct http_call call = call_of(*state, "whatsapp", &m);
    assert_null(json_path(body_of(*state, &call), "image", "caption", NULL));
    m.text.len = 1024;
    call = call_of(*state, "whatsapp", &m);
    assert_non_null(json_path(body_of(*state, &call), "image", "caption", NULL));
}

/* ---- X ---- */

static void x_reply(void **state)
{
    struct outgoing m = message("reply", "@aurelio_r ecco");
    m.parent_id = STR("1990000000000000002");
    struct http_call call = call_of(*state, "x", &m);
    assert_str(call.url, "https://api.x.com/2/tweets");
    assert_body(*state, &call,
                "{\"text\":\"@aurelio_r ecco\",\"reply\":{\"in_reply_to_tweet_id\":\"1990000000000000002\"}}");
}

static void x_direct(void **state)
{
    struct outgoing m = message("dm", "Grazie");
    m.to = STR("1500000000000000042");
    struct http_call call = call_of(*state, "x", &m);
    assert_str(call.url, "https://api.x.com/2/dm_conversations/with/1500000000000000042/messages");
    assert_body(*state, &call, "{\"text\":\"Grazie\"}");
}

static void x_picture(void **state)
{
    struct outgoing m = message("reply", "");
    m.media = &picture;
    m.parent_id = STR("1990000000000000002");
    struct http_call call = call_of(*state, "x", &m);
    struct str head;
    assert_str(call.url, "https://api.x.com/2/media/upload");
    assert_str(form_part(*state, &call, "media_category", &head), "tweet_image");
    assert_true(str_eq(form_part(*state, &call, "media", &head), picture.bytes));
    m.step = 1;
    m.carry = STR("1880028106020515840");
    call = call_of(*state, "x", &m);
    assert_body(*state, &call,
                "{\"text\":\"\",\"reply\":{\"in_reply_to_tweet_id\":\"1990000000000000002\"},"
                "\"media\":{\"media_ids\":[\"1880028106020515840\"]}}");
    struct outgoing_media gif = {.mime = STR("image/gif"), .bytes = STR("GIF89a")};
    m = message("dm", "");
    m.media = &gif;
    call = call_of(*state, "x", &m);
    assert_str(form_part(*state, &call, "media_category", &head), "dm_gif");
    m.step = 1;
    m.carry = STR("5");
    call = call_of(*state, "x", &m);
    assert_body(*state, &call, "{\"attachments\":[{\"media_id\":\"5\"}]}");
}

/* ---- what does not go ---- */

static void refuses_what_cannot_go(void **state)
{
    struct arena *a = *state;
    struct outgoing m = message("telex", "x");
    refused(a, "facebook", &m, ERR_BAD_INPUT, "no door \"telex\"");
    m = message("comment", " \n ");
    refused(a, "facebook", &m, ERR_BAD_INPUT, "nothing to send");
    m = message("comment", many(a, 'a', 8001));
    refused(a, "facebook", &m, ERR_BAD_INPUT, "counts 8001, and Facebook takes 8000");
    m = message("messenger", many(a, 'a', 2001));
    refused(a, "facebook", &m, ERR_BAD_INPUT, "2001");
    m = message("comment", "x");
    m.media = &picture;
    refused(a, "facebook", &m, ERR_BAD_INPUT, "takes no files here");
    m = message("private_reply", "x");
    m.parent_id = STR_EMPTY;
    refused(a, "facebook", &m, ERR_BAD_INPUT, "needs a message that is answered");
    m = message("messenger", "x");
    m.to = STR_EMPTY;
    refused(a, "facebook", &m, ERR_BAD_INPUT, "Nobody is named");
    m = message("whatsapp", many(a, 'a', 4097));
    refused(a, "whatsapp", &m, ERR_BAD_INPUT, "4097");
    m = message("reply", many(a, 'a', 281));
    refused(a, "x", &m, ERR_BAD_INPUT, "counts 281, and X takes 280");
    struct outgoing_media film = {.mime = STR("video/mp4"), .bytes = STR("x")};
    m = message("reply", "x");
    m.media = &film;
    refused(a, "x", &m, ERR_BAD_INPUT, "takes pictures here");
    struct outgoing_media big = {.mime = STR("image/png"), .bytes = {many(a, 'b', (5 << 20) + 1), (5 << 20) + 1}};
    m.media = &big;
    refused(a, "x", &m, ERR_BAD_INPUT, "5242881 bytes");
    m = message("whatsapp", "x");
    m.media = &big;
    refused(a, "whatsapp", &m, ERR_BAD_INPUT, "5242880 for image");
}

/* X counts its own way: 140 Chinese characters are 280, an address is 23 however long. */
static void x_counts_weighted(void **state)
{
    struct arena *a = *state;
    struct buf b;
    buf_init(&b, a, 1024);
    for (int i = 0; i < 140; i++)
        buf_cstr(&b, "雨");
    struct outgoing m = message("reply", "");
    m.text = buf_view(&b);
    call_of(a, "x", &m);
    m.text = str_concat(a, m.text, STR("a"));
    refused(a, "x", &m, ERR_BAD_INPUT, "counts 281");
    m.text = str_format(a, "https://nuvola.it/%s %s", many(a, 'p', 300), many(a, 'a', 256));
    call_of(a, "x", &m);
}

static void without_a_token_says_so(void **state)
{
    struct arena *a = *state;
    static const char *const cases[][3] = {{"facebook", "app_secret", "comment"},
                                           {"whatsapp", "app_secret", "whatsapp"},
                                           {"x", "consumer_secret", "reply"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct channel *channel = channel_of(cases[i][0]);
        struct pair given[] = {{str_from(cases[i][1]), STR("s")}};
        struct settings settings;
        struct error e = {0};
        assert_true(settings_make(a, channel, &(struct pairs){given, 1}, &settings, &e));
        struct outgoing m = message(cases[i][2], "x");
        struct http_call call;
        assert_false(channel->send(a, &settings, &m, &call, &e));
        assert_int_equal(e.code, ERR_UNAUTHENTICATED);
        assert_non_null(strstr(e.message, "No access token"));
    }
}

static void own_address_and_version(void **state)
{
    struct arena *a = *state;
    struct pair given[] = {{STR("app_secret"), STR("s")},
                           {STR("access_token"), STR("T")},
                           {STR("api_base"), STR("http://127.0.0.1:9001/facebook/")},
                           {STR("api_version"), STR("v99.0")}};
    struct settings settings;
    struct error e = {0};
    assert_true(settings_make(a, channel_of("facebook"), &(struct pairs){given, 4}, &settings, &e));
    struct outgoing m = message("messenger", "x");
    m.account = STR_EMPTY;
    struct http_call call;
    assert_true(channel_of("facebook")->send(a, &settings, &m, &call, &e));
    assert_str(call.url, "http://127.0.0.1:9001/facebook/v99.0/me/messages");
}

/* ---- media and probes ---- */

static void whatsapp_media_in_two_steps(void **state)
{
    struct arena *a = *state;
    const struct channel *channel = channel_of("whatsapp");
    struct settings settings = settings_of(a, channel);
    struct channel_media file = {.kind = MESSAGE_IMAGE, .media_id = STR("88/01")};
    struct http_call call;
    struct error e = {0};
    assert_true(channel->media(a, &settings, &file, 0, STR_EMPTY, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(call.url, "https://graph.facebook.com/v23.0/88%2F01");
    assert_true(channel->media(a, &settings, &file, 1,
                               STR("{\"url\":\"https://lookaside.example/m?id=1\",\"mime_type\":\"image/jpeg\"}"),
                               &call, &e));
    assert_str(call.url, "https://lookaside.example/m?id=1");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    static const char *const bad[] = {"{\"url\":\"http://plain.example/\"}", "{}", "", "file:///etc/passwd",
                                      "{\"url\":\"https://user@evil.example/\"}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(channel->media(a, &settings, &file, 1, str_from(bad[i]), &call, &e));
    assert_false(channel->media(a, &settings, &(struct channel_media){0}, 0, STR_EMPTY, &call, &e));
}

static void x_media_gives_the_token_to_x_alone(void **state)
{
    struct arena *a = *state;
    const struct channel *channel = channel_of("x");
    struct settings settings = settings_of(a, channel);
    static const struct {
        const char *url;
        bool ok, token;
    } cases[] = {{"https://ton.twitter.com/1.1/ton/data/dm/1/2/foto.jpg", true, true},
                 {"https://api.x.com/2/dm_conversations/media/1/2/a.jpg", true, true},
                 {"https://pbs.twimg.com/media/a.jpg", true, false},
                 {"https://ton.twitter.com.evil.example/a", true, false},
                 {"https://evil.example/?https://ton.twitter.com/", true, false},
                 {"http://ton.twitter.com/a", false, false},
                 {"https://ton.twitter.com@evil.example/a", false, false},
                 {"", false, false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct channel_media file = {.url = str_from(cases[i].url)};
        struct http_call call = {0};
        struct error e = {0};
        assert_int_equal(channel->media(a, &settings, &file, 0, STR_EMPTY, &call, &e), cases[i].ok);
        assert_int_equal(pairs_get(&call.headers, STR("Authorization")).len > 0, cases[i].token);
    }
}

static void probes(void **state)
{
    static const char *const urls[][2] = {
        {"facebook", "https://graph.facebook.com/v26.0/me?fields=id,name"},
        {"whatsapp", "https://graph.facebook.com/v23.0/330100000000077?fields=verified_name,quality_rating"},
        {"x", "https://api.x.com/2/users/me"}};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        const struct channel *channel = channel_of(urls[i][0]);
        struct settings settings = settings_of(*state, channel);
        struct http_call call;
        struct error e = {0};
        assert_true(channel->probe(*state, &settings, &call, &e));
        assert_string_equal(call.method, "GET");
        assert_str(call.url, urls[i][1]);
        assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
        assert_int_equal(call.body.len, 0);
    }
}

static struct settings x_that_renews(struct arena *a, const char *secret)
{
    struct pair given[] = {{STR("consumer_secret"), STR("s")},
                           {STR("client_id"), STR("our app")},
                           {STR("refresh_token"), STR("r/1+")},
                           {STR("client_secret"), str_from(secret)}};
    struct settings settings;
    struct error e = {0};
    assert_true(settings_make(a, channel_of("x"), &(struct pairs){given, 4}, &settings, &e));
    return settings;
}

static void x_renews_its_access(void **state)
{
    struct arena *a = *state;
    const struct channel *x = channel_of("x");
    struct settings open = x_that_renews(a, ""), confidential = x_that_renews(a, "hush"), none = settings_of(a, x);
    struct http_call call;
    struct error e = {0};
    assert_true(x->renew(a, &open, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://api.x.com/2/oauth2/token");
    assert_str(pairs_get(&call.headers, STR("Content-Type")), "application/x-www-form-urlencoded");
    assert_str(call.body, "grant_type=refresh_token&refresh_token=r%2F1%2B&client_id=our%20app");
    assert_int_equal(pairs_get(&call.headers, STR("Authorization")).len, 0);
    assert_true(x->renew(a, &confidential, &call, &e));
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Basic b3VyIGFwcDpodXNo");
    assert_false(x->renew(a, &none, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_null(channel_of("facebook")->renew);
}

int channels_send_test(void)
{
    const struct CMUnitTest tests[] = {TEST(facebook_comment),
                                       TEST(facebook_wall_post),
                                       TEST(facebook_private_reply),
                                       TEST(messenger_text),
                                       TEST(messenger_after_a_day),
                                       TEST(messenger_picture_then_words),
                                       TEST(messenger_kinds_of_file),
                                       TEST(whatsapp_text),
                                       TEST(whatsapp_file),
                                       TEST(whatsapp_long_words_are_no_caption),
                                       TEST(x_reply),
                                       TEST(x_direct),
                                       TEST(x_picture),
                                       TEST(refuses_what_cannot_go),
                                       TEST(x_counts_weighted),
                                       TEST(without_a_token_says_so),
                                       TEST(own_address_and_version),
                                       TEST(whatsapp_media_in_two_steps),
                                       TEST(x_media_gives_the_token_to_x_alone),
                                       TEST(probes),
                                       TEST(x_renews_its_access)};
    return cmocka_run_group_tests_name("channels/send", tests, NULL, NULL);
}
