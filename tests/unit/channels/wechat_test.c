/* SPDX-License-Identifier: Apache-2.0 */
/* WeChat: its signature in plain and in safe mode, the handshake, what goes out byte by byte, every errcode of every
 * class, files, access that is renewed, and recorded payloads where they are at hand. */
#include "base/crypto_legacy.h"
#include "channels/channel_wechat.h"
#include "support.h"

int channels_wechat_test(void);

/* The last letter holds two bits that mean nothing, and strict decoders refuse. */
#define AES_KEY "kQxPEV3UEDyxWpmPeKC4F4dgPDnOvfKY1HGoEUDT1aR"
#define APP     "wx0a1b2c3d4e5f6071"

static const struct channel *wechat(void)
{
    return channel_of("wechat");
}

static struct settings with(struct arena *a, const char *token, const char *key, const char *app)
{
    struct pair given[] = {{STR("token"), str_from(token)},
                           {STR("encoding_aes_key"), str_from(key)},
                           {STR("app_id"), str_from(*app ? app : APP)},
                           {STR("app_secret"), STR("app-secret")},
                           {STR("access_token"), STR("TOK/EN")}};
    struct settings settings;
    struct error e = {0};
    assert_true(settings_make(a, wechat(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e));
    return settings;
}

struct query {
    const char *signature, *msg_signature, *timestamp, *nonce;
};

static bool verify(struct arena *a, struct settings settings, struct query q, struct str body)
{
    struct pair query[] = {
        {STR("signature"), str_from(q.signature)}, {STR("timestamp"), str_from(q.timestamp)},
        {STR("nonce"), str_from(q.nonce)},         {STR("openid"), STR("oAda")},
        {STR("encrypt_type"), STR("aes")},         {STR("msg_signature"), str_from(q.msg_signature)}};
    struct hook hook = {.method = STR("POST"), .query = {query, COUNT_OF(query)}, .body = body};
    struct error e = {0};
    bool ok = wechat()->verify(&settings, &hook, &e);
    (void)a;
    if (!ok) {
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_null(strstr(e.message, "our-token"));
    }
    return ok;
}

/* printf 17637400118800our-token | sha1sum */
static void the_plain_signature_is_of_the_query(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "our-token", "", APP);
    struct str parts[] = {STR("our-token"), STR("1763740011"), STR("8800")};
    struct str good = wechat_digest(a, parts, 3);
    assert_str(good, "c67aeed9e17be98c23ed49ba6e3b1ea723fedb97");
#define ASK(s, t, n) verify(a, settings, ((struct query){s, "", t, n}), STR("<xml/>"))
    assert_true(ASK(good.ptr, "1763740011", "8800"));
    assert_false(ASK(good.ptr, "1763740012", "8800"));
    assert_false(ASK(good.ptr, "1763740011", "8801"));
    assert_false(ASK("", "1763740011", "8800"));
    assert_false(ASK("C67AEED9E17BE98C23ED49BA6E3B1EA723FEDB97", "1763740011", "8800"));
    for (size_t len = 1; len < good.len; len++)
        assert_false(ASK(str_cstr(a, str_slice(good, 0, len)), "1763740011", "8800"));
    assert_false(ASK(str_format(a, "sha1=%.*s", STR_ARGS(good)).ptr, "1763740011", "8800"));
    settings = with(a, "another", "", APP);
    assert_false(ASK(good.ptr, "1763740011", "8800"));
}

/* ---- safe mode ---- */

static struct str key_bytes(struct arena *a)
{
    struct str key;
    assert_true(base64_decode(a, STR("kQxPEV3UEDyxWpmPeKC4F4dgPDnOvfKY1HGoEUDT1aQ="), &key)); /* R, its last bits 0 */
    return key;
}

static struct str seal_with(struct arena *a, struct str words, size_t claimed, const char *app, int pad_by)
{
    const unsigned char *key = (const unsigned char *)key_bytes(a).ptr;
    struct str sealed;
    struct buf plain;
    buf_init(&plain, a, 256);
    buf_cstr(&plain, "sixteen letters.");
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_char(&plain, (char)(claimed >> shift & 0xff));
    buf_str(&plain, words);
    buf_cstr(&plain, app);
    size_t pad = 32 - plain.len % 32;
    for (size_t i = 0; i < pad; i++)
        buf_char(&plain, (char)((int)pad + pad_by));
    assert_true(aes256_cbc_close(a, key, key, buf_view(&plain), &sealed));
    struct str text = base64_encode(a, sealed.ptr, sealed.len);
    return str_format(a, "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[%.*s]]></Encrypt></xml>",
                      STR_ARGS(text));
}

static const char *signature_of(struct arena *a, struct str body)
{
    ptrdiff_t from = str_find(body, STR("<Encrypt><![CDATA[")), to = str_find(body, STR("]]></Encrypt>"));
    struct str sealed = from < 0 ? STR_EMPTY : str_slice(body, (size_t)from + 18, (size_t)to);
    struct str parts[] = {STR("our-token"), STR("1763740011"), STR("8800"), sealed};
    return str_cstr(a, wechat_digest(a, parts, 4));
}

#define WORDS                                                                                                           \
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oAda]]></FromUserName>"                       \
    "<CreateTime>1763740011</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[包裹没到]]></Content>" \
    "<MsgId>24071234567890123</MsgId></xml>"

static bool sealed_passes(struct arena *a, struct str body)
{
    struct settings settings = with(a, "our-token", AES_KEY, APP);
    return verify(a, settings, (struct query){"", signature_of(a, body), "1763740011", "8800"}, body);
}

static void what_is_sealed_is_opened_and_was_meant_for_us(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "our-token", AES_KEY, APP);
    size_t len = sizeof WORDS - 1;
    struct str good = seal_with(a, STR(WORDS), len, APP, 0);
    struct channel_events events = {.arena = a};
    struct error e = {0};
    assert_true(sealed_passes(a, good));
    assert_true(wechat()->receive(a, &settings, good, &events, &e));
    assert_int_equal(events.count, 1);
    assert_str(events.items[0].text, "包裹没到");
    assert_str(events.items[0].external_id, "24071234567890123");

    const struct str refused[] = {
        seal_with(a, STR(WORDS), len, "wx0000000000000000", 0), /* for another account */
        seal_with(a, STR(WORDS), len, " ", 0),
        seal_with(a, STR(WORDS), len + 1, APP, 0), /* then the AppID is cut */
        seal_with(a, STR(WORDS), 0xffffffff, APP, 0),
        seal_with(a, STR(WORDS), len, APP, 1), /* padding */
        STR(WORDS),                            /* plain, with a key set */
        STR("<xml><Encrypt><![CDATA[]]></Encrypt></xml>"),
        STR("<xml><Encrypt><![CDATA[AAAA]]></Encrypt></xml>"),
        STR("<xml><Encrypt><![CDATA[%%%%]]></Encrypt></xml>"),
        STR("not XML"),
        STR(""),
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct error why = {0};
        events = (struct channel_events){.arena = a};
        assert_false(sealed_passes(a, refused[i]));
        assert_false(wechat()->receive(a, &settings, refused[i], &events, &why));
        assert_int_equal(why.code, ERR_MALFORMED);
    }
    /* each byte of what is sealed counts */
    for (size_t i = 80; i < good.len - 25; i += 7) {
        char *flipped = arena_copy(a, good.ptr, good.len);
        flipped[i] ^= 1;
        assert_false(verify(a, settings, (struct query){"", signature_of(a, good), "1763740011", "8800"},
                            (struct str){flipped, good.len}));
    }
    /* and the query's own signature is not enough */
    struct str parts[] = {STR("our-token"), STR("1763740011"), STR("8800")};
    assert_false(
        verify(a, settings, (struct query){wechat_digest(a, parts, 3).ptr, "", "1763740011", "8800"}, STR(WORDS)));
}

static void a_key_that_is_none_opens_nothing(void **state)
{
    struct arena *a = *state;
    static const char *const keys[] = {"short", "kQxPEV3UEDyxWpmPeKC4F4dgPDnOvfKY1HGoEUDT1a", AES_KEY "R",
                                       "kQxPEV3UEDyxWpmPeKC4F4dgPDnOvfKY1HGoEUDT1a!",
                                       "!QxPEV3UEDyxWpmPeKC4F4dgPDnOvfKY1HGoEUDT1aR"};
    struct str good = seal_with(a, STR(WORDS), sizeof WORDS - 1, APP, 0);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        assert_false(verify(a, with(a, "our-token", keys[i], APP),
                            (struct query){"", signature_of(a, good), "1763740011", "8800"}, good));
}

static void the_handshake_says_the_word_back(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "our-token", AES_KEY, APP); /* of the query alone, in safe mode too */
    struct pair query[] = {{STR("signature"), STR("c67aeed9e17be98c23ed49ba6e3b1ea723fedb97")},
                           {STR("echostr"), STR("<b>5837397520667425117")},
                           {STR("timestamp"), STR("1763740011")},
                           {STR("nonce"), STR("8800")}};
    struct hook hook = {.method = STR("GET"), .query = {query, COUNT_OF(query)}};
    struct str reply, type;
    struct error e = {0};
    assert_true(wechat()->handshake(a, &settings, &hook, &reply, &type, &e));
    assert_str(reply, "<b>5837397520667425117");
    assert_str(type, "text/plain; charset=utf-8"); /* what is reflected is never HTML */
    query[1].value = STR_EMPTY;
    assert_false(wechat()->handshake(a, &settings, &hook, &reply, &type, &e));
    assert_int_equal(e.code, ERR_MALFORMED);
    query[3].value = STR("8801");
    assert_false(wechat()->handshake(a, &settings, &hook, &reply, &type, &e));
    assert_int_equal(e.code, ERR_FORBIDDEN);
}

static void published_vectors(void **state)
{
    struct arena *a = *state;
    size_t held = 0;
    if (!shared_or_skip(a, "fixtures/_signatures"))
        skip();
    struct json *vectors = json_parse(a, slurp(a, shared_path(a, "fixtures/_signatures/vectors.json")), NULL);
    for (size_t i = 0; i < json_count(vectors); i++) {
        const struct json *v = json_at(vectors, i);
        if (!str_eq(json_text(json_get(v, "network")), STR("wechat")))
            continue;
#define MEMBER(name) str_cstr(a, json_text(json_get(v, name)))
        struct settings settings = with(a, MEMBER("token"), MEMBER("encoding_aes_key"), MEMBER("appid"));
        struct str body = str_format(a, "<xml><Encrypt><![CDATA[%s]]></Encrypt></xml>", MEMBER("encrypt"));
        struct query q = {MEMBER("expected"), MEMBER("expected"), MEMBER("timestamp"), MEMBER("nonce")};
        assert_true(verify(a, settings, q, body));
        q.nonce = "1";
        assert_false(verify(a, settings, q, body));
        held++;
    }
    assert_int_equal(held, 2);
}

/* ---- out ---- */

static struct outgoing message(const char *text)
{
    return (struct outgoing){
        .door = STR("wechat"), .to = STR("oAda7Kq1"), .text = str_from(text), .idempotency_key = STR("7301")};
}

static void words_go_out_as_they_are(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "our-token", "", APP);
    struct outgoing m = message("你好 «Ada» 😀 \"x\" \\ </b>\xe2\x80\xa8 1\n2\x01\t3");
    struct http_call call;
    struct error e = {0};
    assert_true(wechat()->send(a, &settings, &m, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://api.weixin.qq.com/cgi-bin/message/custom/send?access_token=TOK%2FEN");
    assert_str(call.body, "{\"touser\":\"oAda7Kq1\",\"msgtype\":\"text\",\"text\":{\"content\":\"你好 «Ada» 😀 "
                          "\\\"x\\\" \\\\ </b>\xe2\x80\xa8 1\\n2 3\"}}");
    assert_true(json_parse(a, call.body, &e) != NULL);
    assert_true(str_find(call.body, STR("\\u")) < 0);
    assert_str(pairs_get(&call.headers, STR("Content-Type")), "application/json; charset=utf-8");
}

static void what_cannot_go_is_said_before(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "our-token", "", APP), bare = settings_of(a, wechat());
    struct http_call call;
    struct error e = {0};
    struct buf words;
    buf_init(&words, a, 2100);
    for (int i = 0; i < 682; i++)
        buf_cstr(&words, "包"); /* three bytes each */
    buf_cstr(&words, "..");
    struct outgoing fits = message(str_cstr(a, buf_view(&words))), empty = message(" ");
    buf_char(&words, '.');
    struct outgoing over = message(str_cstr(a, buf_view(&words))), file = message(""), voice = message("");
    const struct outgoing_media pdf = {.mime = STR("application/pdf"), .file_name = STR("a.pdf"), .bytes = STR("x")};
    char *much = arena_alloc(a, (2 << 20) + 1);
    const struct outgoing_media song = {
        .mime = STR("audio/mpeg"), .file_name = STR("a.mp3"), .bytes = {much, (2 << 20) + 1}};
    file.media = &pdf;
    voice.media = &song;
    assert_true(wechat()->send(a, &settings, &fits, &call, &e));
    const struct outgoing *refused[] = {&over, &empty, &file, &voice};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(wechat()->send(a, &settings, refused[i], &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
    for (size_t i = 0; i < bare.values.count; i++)
        if (str_eq(bare.values.items[i].name, STR("access_token")))
            bare.values.items[i].value = STR_EMPTY;
    assert_false(wechat()->send(a, &bare, &fits, &call, &e));
    assert_int_equal(e.code, ERR_UNAUTHENTICATED);
}

static struct outcome answered(struct arena *a, const struct outgoing *m, int status, const char *body)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    struct outcome out = {0};
    wechat()->answer(a, m, &reply, &out);
    return out;
}

static void a_picture_goes_first_and_its_words_follow(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "our-token", "", APP);
    const struct outgoing_media picture = {
        .mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("\x89PNG")};
    struct outgoing m = message("Ecco la foto");
    struct http_call call;
    struct error e = {0};
    m.media = &picture;
    assert_true(wechat()->send(a, &settings, &m, &call, &e));
    assert_str(call.url, "https://api.weixin.qq.com/cgi-bin/media/upload?access_token=TOK%2FEN&type=image");
    assert_true(str_find(call.body, STR("name=\"media\"; filename=\"a.png\"")) > 0);
    struct outcome out = answered(a, &m, 200, "{\"type\":\"image\",\"media_id\":\"M-1\",\"created_at\":1763740011}");
    assert_int_equal(out.kind, OUTCOME_NEXT);
    assert_str(out.carry, "M-1");
    m.step = 1;
    m.carry = out.carry;
    assert_true(wechat()->send(a, &settings, &m, &call, &e));
    assert_str(call.body, "{\"touser\":\"oAda7Kq1\",\"msgtype\":\"image\",\"image\":{\"media_id\":\"M-1\"}}");
    assert_int_equal(answered(a, &m, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}").kind, OUTCOME_NEXT);
    m.step = 2;
    assert_true(wechat()->send(a, &settings, &m, &call, &e));
    assert_true(str_find(call.body, STR("\"content\":\"Ecco la foto\"")) > 0);
    assert_int_equal(answered(a, &m, 200, "{\"errcode\":0}").kind, OUTCOME_ACCEPTED);

    struct outgoing alone = message("");
    alone.media = &picture;
    alone.step = 1;
    alone.carry = STR("M-1");
    assert_int_equal(answered(a, &alone, 200, "{\"errcode\":0}").kind, OUTCOME_ACCEPTED);
    alone.step = 0;
    assert_int_equal(answered(a, &alone, 200, "{}").failure, FAILURE_TRANSIENT); /* nobody saw anything yet */
    assert_int_equal(answered(a, &alone, 200, "{\"errcode\":40005,\"errmsg\":\"invalid file type\"}").failure,
                     FAILURE_CONTENT);
}

static const struct {
    int code;
    enum failure failure;
} codes[] = {
    {-1, FAILURE_TRANSIENT},     {40001, FAILURE_TOKEN},      {40014, FAILURE_TOKEN},
    {41001, FAILURE_TOKEN},      {42001, FAILURE_TOKEN},      {42007, FAILURE_TOKEN},
    {40013, FAILURE_TOKEN},      {40125, FAILURE_TOKEN},      {41002, FAILURE_TOKEN},
    {41004, FAILURE_TOKEN},      {40164, FAILURE_PERMISSION}, {40243, FAILURE_PERMISSION},
    {48001, FAILURE_PERMISSION}, {48004, FAILURE_PERMISSION}, {48008, FAILURE_PERMISSION},
    {50001, FAILURE_PERMISSION}, {50002, FAILURE_PERMISSION}, {61007, FAILURE_PERMISSION},
    {45009, FAILURE_RATE},       {45011, FAILURE_RATE},       {45015, FAILURE_WINDOW},
    {45047, FAILURE_WINDOW},     {40003, FAILURE_BLOCKED},    {43004, FAILURE_BLOCKED},
    {43019, FAILURE_BLOCKED},    {46004, FAILURE_BLOCKED},    {48002, FAILURE_BLOCKED},
    {45001, FAILURE_CONTENT},    {45002, FAILURE_CONTENT},    {40004, FAILURE_CONTENT},
    {40005, FAILURE_CONTENT},    {40006, FAILURE_CONTENT},    {40007, FAILURE_CONTENT},
    {40008, FAILURE_CONTENT},    {44004, FAILURE_CONTENT},    {87014, FAILURE_CONTENT},
    {40078, FAILURE_TOKEN},      {89501, FAILURE_PERMISSION}, {89503, FAILURE_PERMISSION},
    {89506, FAILURE_PERMISSION}, {89507, FAILURE_PERMISSION}, {65400, FAILURE_PERMISSION},
    {50005, FAILURE_BLOCKED},    {40132, FAILURE_BLOCKED},    {61450, FAILURE_TRANSIENT},
    {99999, FAILURE_CONTENT},
};

static void every_code_has_its_class(void **state)
{
    struct arena *a = *state;
    struct outgoing m = message("Eccomi");
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        const char *code = str_format(a, "%d", codes[i].code).ptr;
        struct outcome out =
            answered(a, &m, 200, str_format(a, "{\"errcode\":%s,\"errmsg\":\"words rid: 1-2\"}", code).ptr);
        if (out.failure != codes[i].failure)
            fail_msg("%s is %s", code, failure_name(out.failure));
        assert_int_equal(out.kind, OUTCOME_FAILED);
        assert_str(out.code, code);
        assert_str(out.words, "words rid: 1-2");
        assert_true((out.failure == FAILURE_RATE) == (out.retry_seconds > 0));
    }
    struct outcome well = answered(a, &m, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}");
    assert_int_equal(well.kind, OUTCOME_ACCEPTED);
    assert_str(well.external_id, "sent:7301"); /* WeChat gives none */
    assert_int_equal(answered(a, &m, 200, "<html>").kind, OUTCOME_ACCEPTED);
    assert_int_equal(answered(a, &m, 0, "").failure, FAILURE_TRANSIENT);
    assert_int_equal(answered(a, &m, 502, "{\"errcode\":0}").failure, FAILURE_TRANSIENT);
    assert_true(answered(a, &m, 200, "{\"errcode\":45016}").words.len > 0);
}

static void files_are_asked_for_by_their_id(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "our-token", "", APP);
    struct channel_media file = {.media_id = STR("a/b&c")};
    struct http_call call;
    struct error e = {0};
    assert_true(wechat()->media(a, &settings, &file, 0, STR_EMPTY, &call, &e));
    assert_str(call.url, "https://api.weixin.qq.com/cgi-bin/media/get?access_token=TOK%2FEN&media_id=a%2Fb%26c");
    assert_true(
        wechat()->media(a, &settings, &file, 1, STR("{\"video_url\":\"https://film.example/1\"}"), &call, &e));
    assert_str(call.url, "https://film.example/1"); /* without the token */
    assert_int_equal(call.headers.count, 0);
    const struct str none[] = {STR("{\"errcode\":40007,\"errmsg\":\"invalid media_id\"}"), STR("{}"), STR("[]"),
                               STR("{\"video_url\":\"file:///etc/passwd\"}")};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_false(wechat()->media(a, &settings, &file, 1, none[i], &call, &e));
}

static void access_is_renewed(void **state)
{
    struct arena *a = *state;
    struct settings settings = with(a, "our-token", "", APP), bare = settings_of(a, wechat());
    struct http_call call;
    struct error e = {0};
    struct pairs changed = {0};
    struct outcome out = {0};
    for (size_t i = 0; i < bare.values.count; i++)
        if (str_eq(bare.values.items[i].name, STR("app_secret")))
            bare.values.items[i].value = STR_EMPTY;
    assert_false(wechat()->renew(a, &bare, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_true(wechat()->renew(a, &settings, &call, &e));
    assert_str(call.url, "https://api.weixin.qq.com/cgi-bin/stable_token");
    assert_str(call.body, "{\"grant_type\":\"client_credential\",\"appid\":\"" APP "\",\"secret\":\"app-secret\"}");
    struct http_reply good = {.status = 200, .body = STR("{\"access_token\":\"NEW\",\"expires_in\":5400}")};
    assert_int_equal(wechat()->renewed(a, &good, &changed, &out), 5400);
    assert_str(pairs_get(&changed, STR("access_token")), "NEW");
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    struct http_reply odd = {.status = 200, .body = STR("{\"access_token\":\"NEW\",\"expires_in\":999999999}")};
    assert_int_equal(wechat()->renewed(a, &odd, &changed, &out), 7200);
    struct http_reply wrong = {.status = 200, .body = STR("{\"errcode\":40125,\"errmsg\":\"invalid appsecret\"}")};
    assert_int_equal(wechat()->renewed(a, &wrong, &changed, &out), 0);
    assert_int_equal(out.failure, FAILURE_TOKEN);
    struct http_reply empty = {.status = 200, .body = STR("{}")};
    assert_int_equal(wechat()->renewed(a, &empty, &changed, &out), 0);
    assert_int_equal(out.failure, FAILURE_TRANSIENT);

    assert_true(wechat()->probe(a, &settings, &call, &e));
    assert_str(call.url, "https://api.weixin.qq.com/cgi-bin/get_api_domain_ip?access_token=TOK%2FEN");
    struct http_reply list = {.status = 200, .body = STR("{\"ip_list\":[\"101.226.103.1\"]}")};
    wechat()->probed(a, &list, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    wechat()->probed(a, &empty, &out);
    assert_int_equal(out.failure, FAILURE_TRANSIENT);
}

/* ---- recorded ---- */

static const char *gives(struct arena *a, const char *name, struct str body)
{
    static const char *const kinds[] = {"",       "edit",   "delete", "receipt", "upto",   "reaction",
                                        "typing", "rights", "left",   "back",    "ignored"};
    struct channel_events events;
    struct error e = {0};
    if (!take(a, wechat(), body, &events, &e))
        return "refused";
    if (events.count != 1)
        fail_msg("%s gives %zu events", name, events.count);
    const struct channel_event *event = &events.items[0];
    return event->kind ? kinds[event->kind] : message_kind_name(event->message);
}

static const char *expected(const char *name)
{
    static const char *const others[][2] = {
        {"events_unsubscribe", "left"},           {"events_subscribe", "back"},
        {"parser_parse_subscribe", "back"},       {"parser_parse_image", "image"},
        {"parser_parse_video", "video"},          {"parser_parse_voice", "audio"},
        {"parse_location_message", "location"},   {"parse_text_message", "text"},
        {"parse_unknown_message", "unsupported"}, {"device_text", "unsupported"},
        {"scan_code_waitmsg", "postback"},        {"_crypto_", "refused"},
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (strstr(name, others[i][0]))
            return others[i][1];
    return strstr(name, "wxjava_testFromXml_0") ? "text" : "ignored";
}

static void recorded_payloads(void **state)
{
    struct arena *a = *state;
    size_t count;
    if (!shared_or_skip(a, "fixtures/wechat"))
        skip();
    const char **names = names_in(a, shared_path(a, "fixtures/wechat"), ".xml", &count);
    assert_true(count > 35);
    for (size_t i = 0; i < count; i++) {
        struct str body = slurp(a, shared_path(a, str_format(a, "fixtures/wechat/%s", names[i]).ptr));
        const char *got = gives(a, names[i], body);
        if (strcmp(got, expected(names[i])) != 0)
            fail_msg("%s gives %s, not %s", names[i], got, expected(names[i]));
    }
}

int channels_wechat_test(void)
{
    const struct CMUnitTest tests[] = {TEST(the_plain_signature_is_of_the_query),
                                       TEST(what_is_sealed_is_opened_and_was_meant_for_us),
                                       TEST(a_key_that_is_none_opens_nothing),
                                       TEST(the_handshake_says_the_word_back),
                                       TEST(published_vectors),
                                       TEST(words_go_out_as_they_are),
                                       TEST(what_cannot_go_is_said_before),
                                       TEST(a_picture_goes_first_and_its_words_follow),
                                       TEST(every_code_has_its_class),
                                       TEST(files_are_asked_for_by_their_id),
                                       TEST(access_is_renewed),
                                       TEST(recorded_payloads)};
    return cmocka_run_group_tests_name("channels/wechat", tests, NULL, NULL);
}
