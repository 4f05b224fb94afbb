/* SPDX-License-Identifier: Apache-2.0 */
/* WeChat Official Account: private messages of those who follow it, in XML, plain or sealed (safe mode). Answers go
 * out as customer service messages, for 48 hours and five at a time after the person's last words; access lasts two
 * hours and is renewed by the program. WeChat answers 200 to everything and says in errcode what it meant. Facts:
 * developers.weixin.qq.com/doc/offiaccount, wechatpy and WxJava. */
#include "channels/channel_wechat.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/xml.h"

#define ACCESS_SECONDS 7200
#define IMAGE_MAX      ((size_t)10 << 20)
#define VOICE_MAX      ((size_t)2 << 20)

extern const struct channel channel_wechat;

static const struct setting settings[] = {
    {"app_id", "setting.wechat.app_id", "the account's AppID, as wx0123456789abcdef", NULL, SETTING_REQUIRED},
    {"token", "setting.wechat.token", "the Token chosen under Basic Configuration, with which WeChat signs", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"encoding_aes_key", "setting.wechat.encoding_aes_key",
     "the EncodingAESKey of 43 letters: with it, only sealed messages are taken (safe mode)", NULL, SETTING_SECRET},
    {"app_secret", "setting.wechat.app_secret", "the AppSecret, with which access is renewed: needed to answer", NULL,
     SETTING_SECRET},
    {"access_token", "setting.wechat.access_token",
     "the access token, kept by the program; where another program renews it, that one puts it here", NULL,
     SETTING_SECRET},
    {"original_id", "setting.wechat.original_id", "the account's original id, gh_ and 12 letters", NULL,
     SETTING_ACCOUNT},
    {"api_base", "setting.wechat.api_base", "address of the API", "https://api.weixin.qq.com", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT,
     .name = "wechat",
     .label = "door.wechat.wechat",
     .unit = LENGTH_BYTES,
     .limit = 2048,
     .window_hours = 48,
     .attachments = true,
     .attachment_max = IMAGE_MAX},
    {0},
};

/* ---- in ---- */

/* The query's signature says that somebody who knows the token asked, and nothing of the body. */
static bool asked_well(struct arena *a, const struct settings *s, const struct hook *hook, const char *name,
                       struct str sealed, struct error *e)
{
    const struct str parts[] = {settings_get(s, "token"), pairs_get(&hook->query, STR("timestamp")),
                                pairs_get(&hook->query, STR("nonce")), sealed};
    struct str given = pairs_get(&hook->query, str_from(name));
    if (!given.len || !parts[0].len)
        return fail(e, ERR_FORBIDDEN, "The parameter %s is missing.", name);
    if (!same_secret(given, wechat_digest(a, parts, sealed.len ? 4 : 3)))
        return fail(e, ERR_FORBIDDEN, "%s does not fit the token, timestamp and nonce%s.", name,
                    sealed.len ? ", and what is sealed" : "");
    return true;
}

static bool handshake(struct arena *a, const struct settings *s, const struct hook *hook, struct str *reply,
                      struct str *content_type, struct error *e)
{
    if (!asked_well(a, s, hook, "signature", STR_EMPTY, e))
        return false;
    *reply = pairs_get(&hook->query, STR("echostr"));
    *content_type = STR("text/plain; charset=utf-8");
    return reply->len || fail(e, ERR_MALFORMED, "echostr is missing.");
}

/* With a key only what is sealed counts: who could write in plain beside it could write in anybody's name. */
static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str aes_key = settings_get(s, "encoding_aes_key"), xml;
    struct pairs envelope;
    if (!aes_key.len)
        return asked_well(a, s, hook, "signature", STR_EMPTY, e);
    if (!xml_leaves(a, hook->body, &envelope, NULL) || !pairs_get(&envelope, STR("Encrypt")).len)
        return fail(e, ERR_FORBIDDEN, "It is not sealed, and an EncodingAESKey is set.");
    struct str sealed = pairs_get(&envelope, STR("Encrypt"));
    if (!asked_well(a, s, hook, "msg_signature", sealed, e))
        return false;
    return wechat_unseal(a, aes_key, settings_get(s, "app_id"), sealed, &xml) ||
           fail(e, ERR_FORBIDDEN, "It was not sealed with this EncodingAESKey, or for another AppID.");
}

/* People write signs that XML knows nothing of (controls, U+FFFE, U+FFFF), and WeChat hands them on: each is a blank.
 */
static struct str readable(struct arena *a, struct str body)
{
    struct str clean = text_clean(a, body);
    char *copy = arena_copy(a, clean.ptr ? clean.ptr : "", clean.len);
    for (size_t i = 0; i < clean.len; i++) {
        unsigned char c = (unsigned char)copy[i];
        bool none = i + 2 < clean.len && str_starts(str_slice(clean, i, clean.len), STR("\xEF\xBF")) &&
                    (unsigned char)copy[i + 2] >= 0xBE;
        if (none)
            memset(copy + i, ' ', 3);
        else if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
            copy[i] = ' ';
    }
    return (struct str){copy, clean.len};
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct str aes_key = settings_get(s, "encoding_aes_key"), inside;
    struct pairs xml;
    if (!xml_leaves(a, readable(a, body), &xml, e))
        return false;
    struct str sealed = pairs_get(&xml, STR("Encrypt"));
    if (aes_key.len) {
        if (!wechat_unseal(a, aes_key, settings_get(s, "app_id"), sealed, &inside))
            return fail(e, ERR_MALFORMED, "It is not sealed with the EncodingAESKey and the AppID that are set.");
        if (!xml_leaves(a, readable(a, inside), &xml, e))
            return false;
    } else if (sealed.len && !pairs_get(&xml, STR("MsgType")).len) {
        return fail(e, ERR_MALFORMED, "It is sealed (safe mode), and no EncodingAESKey is set.");
    }
    return wechat_event(a, &xml, events, e);
}

/* ---- calls: the token stands in each address, so that none is ever logged ---- */

static bool start(struct arena *a, const struct settings *s, const char *method, const char *path, const char *more,
                  struct http_call *call, struct error *e)
{
    struct str token = settings_get(s, "access_token"), base = api_base(s);
    if (!token.len)
        return fail(e, ERR_UNAUTHENTICATED,
                    "There is no access yet: it is made with the AppSecret, which an administrator can add.");
    token = url_encode(a, token);
    *call = (struct http_call){
        .method = method,
        .url = str_format(a, "%.*s%s?access_token=%.*s%s", STR_ARGS(base), path, STR_ARGS(token), more)};
    return true;
}

/* WeChat shows people the escapes that other networks undo: only what JSON cannot do without is escaped. */
static void add_words(struct buf *out, struct str words)
{
    buf_char(out, '"');
    for (size_t i = 0; i < words.len; i++) {
        char c = words.ptr[i];
        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        if (c == '\n')
            buf_cstr(out, "\\n");
        else if ((unsigned char)c >= ' ')
            buf_char(out, c);
        else if (c == '\t')
            buf_char(out, ' ');
    }
    buf_char(out, '"');
}

/* {"touser", "msgtype", <type>: {<name>: words}} */
static bool send_custom(struct arena *a, const struct settings *s, const struct outgoing *m, const char *type,
                        const char *name, struct str words, struct http_call *call, struct error *e)
{
    struct buf body;
    if (!start(a, s, "POST", "/cgi-bin/message/custom/send", "", call, e))
        return false;
    buf_init(&body, a, words.len + 128);
    buf_cstr(&body, "{\"touser\":");
    add_words(&body, m->to);
    buf_format(&body, ",\"msgtype\":\"%s\",\"%s\":{\"%s\":", type, type, name);
    add_words(&body, words);
    buf_cstr(&body, "}}");
    call_header(a, call, "Content-Type", STR("application/json; charset=utf-8"));
    call->body = buf_view(&body);
    return true;
}

/* What WeChat calls such a file; NULL: it takes none. */
static const char *type_of(const struct outgoing_media *file)
{
    static const struct {
        const char *mime, *type;
    } types[] = {{"image/jpeg", "image"}, {"image/png", "image"}, {"image/gif", "image"}, {"image/bmp", "image"},
                 {"audio/mpeg", "voice"}, {"audio/amr", "voice"}, {"audio/mp3", "voice"}, {"video/mp4", "video"}};
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_eq(file->mime, str_from(types[i].mime)))
            return types[i].type;
    return NULL;
}

static bool send_upload(struct arena *a, const struct settings *s, const struct outgoing *m, const char *type,
                        struct http_call *call, struct error *e)
{
    const char *which = str_format(a, "&type=%s", type).ptr;
    if (!start(a, s, "POST", "/cgi-bin/media/upload", which, call, e))
        return false;
    call_form(a, call, &(struct pairs){0}, "media", m->media);
    return true;
}

/* A file is uploaded (0), sent (1), and its words follow (2). */
static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_wechat, m, e))
        return false;
    const char *type = m->media ? type_of(m->media) : NULL;
    if (m->media && !type)
        return fail(e, ERR_BAD_INPUT,
                    "WeChat takes pictures (JPEG, PNG, GIF, BMP), MP3 or AMR and MP4 here, and no other files.");
    if (type && *type == 'v' && type[1] == 'o' && m->media->bytes.len > VOICE_MAX)
        return fail(e, ERR_BAD_INPUT, "WeChat takes recordings up to 2 MB.");
    if (m->media && m->step == 0)
        return send_upload(a, s, m, type, call, e);
    if (m->media && m->step == 1)
        return send_custom(a, s, m, type, "media_id", m->carry, call, e);
    return send_custom(a, s, m, "text", "content", m->text, call, e);
}

/* ---- answers ---- */

static const struct {
    int code;
    enum failure failure;
} codes[] = {
    {-1, FAILURE_TRANSIENT}, /* busy */
    {40001, FAILURE_TOKEN},      {40014, FAILURE_TOKEN},      {41001, FAILURE_TOKEN},
    {42001, FAILURE_TOKEN},      {42007, FAILURE_TOKEN},      {40013, FAILURE_TOKEN}, /* no such AppID */
    {40125, FAILURE_TOKEN},      {41002, FAILURE_TOKEN},      {41004, FAILURE_TOKEN}, /* nor AppSecret */
    {40078, FAILURE_TOKEN},      {40164, FAILURE_PERMISSION}, /* our address is not on the list */
    {89503, FAILURE_PERMISSION}, {89501, FAILURE_PERMISSION}, /* nor confirmed by an administrator */
    {89506, FAILURE_PERMISSION}, {89507, FAILURE_PERMISSION}, /* or refused by one */
    {40243, FAILURE_PERMISSION},                              /* the AppSecret is frozen */
    {48001, FAILURE_PERMISSION}, {48004, FAILURE_PERMISSION}, {48008, FAILURE_PERMISSION},
    {50001, FAILURE_PERMISSION}, {50002, FAILURE_PERMISSION}, {61007, FAILURE_PERMISSION},
    {45009, FAILURE_RATE},                                 /* the day's calls */
    {45011, FAILURE_RATE},                                 /* the minute's */
    {45015, FAILURE_WINDOW},                               /* 48 hours */
    {45047, FAILURE_WINDOW},                               /* five messages */
    {40003, FAILURE_BLOCKED},                              /* no such person */
    {43004, FAILURE_BLOCKED},                              /* does not follow us */
    {43019, FAILURE_BLOCKED},                              /* on our own block list */
    {46004, FAILURE_BLOCKED},    {48002, FAILURE_BLOCKED}, /* takes no messages of ours */
    {50005, FAILURE_BLOCKED},    {40132, FAILURE_BLOCKED}, /* does not follow us; no such name */
    {61450, FAILURE_TRANSIENT},                            /* their own trouble */
    {65400, FAILURE_PERMISSION},                           /* no customer service is switched on */
    {45001, FAILURE_CONTENT},    {45002, FAILURE_CONTENT},    {40004, FAILURE_CONTENT},
    {40005, FAILURE_CONTENT},    {40006, FAILURE_CONTENT},    {40007, FAILURE_CONTENT},
    {40008, FAILURE_CONTENT},    {44004, FAILURE_CONTENT},    {87014, FAILURE_CONTENT},
};

/* True when WeChat took it; an answer that is no answer of WeChat's is none. */
static bool is_well(struct arena *a, const struct http_reply *reply, const struct json *body, struct outcome *out)
{
    int64_t code = json_int(json_get(body, "errcode"), 0);
    enum failure failure = FAILURE_CONTENT;
    if (reply->status != 200) {
        outcome_by_status(a, out, reply);
        return false;
    }
    if (!code)
        return true;
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i].code == code)
            failure = codes[i].failure;
    struct str words = read_text(a, json_get(body, "errmsg"));
    outcome_fail(a, out, failure, str_format(a, "%lld", (long long)code),
                 words.len ? words : str_format(a, "WeChat answered %lld.", (long long)code));
    if (failure == FAILURE_RATE) /* WeChat names no moment */
        out->retry_seconds = code == 45009 ? 3600 : 60;
    return false;
}

/* WeChat gives what it took no id: ours is called by our own. */
static void accepted(struct arena *a, const struct outgoing *m, struct outcome *out)
{
    outcome_accept(a, out, m->idempotency_key.len ? str_concat(a, STR("sent:"), m->idempotency_key) : STR_EMPTY);
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str media = read_id(a, json_get(body, "media_id"));
    if (!is_well(a, reply, body, out))
        return;
    if (!m->media || m->step > 1 || (m->step == 1 && !str_trim(m->text).len))
        accepted(a, m, out);
    else if (m->step == 1)
        outcome_next(a, out, m->carry);
    else if (media.len)
        outcome_next(a, out, media);
    else
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("upload"), STR("WeChat named no id for the file."));
}

/* ---- files: a picture's bytes come at once, of a film its address ---- */

static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    struct json *body = step ? json_parse(a, carry, NULL) : NULL;
    struct str film = read_text(a, json_get(body, "video_url")), words = read_text(a, json_get(body, "errmsg"));
    struct str id = url_encode(a, file->media_id);
    if (!step) {
        if (!start(a, s, "GET", "/cgi-bin/media/get", str_format(a, "&media_id=%.*s", STR_ARGS(id)).ptr, call, e))
            return false;
    } else if (str_starts(film, STR("https://")) || str_starts(film, STR("http://"))) {
        *call = (struct http_call){.method = "GET", .url = film};
    } else {
        return fail(e, ERR_NETWORK, "WeChat did not give the file: %.*s", STR_ARGS(text_shorten(a, words, 100)));
    }
    call->timeout_ms = 60000;
    call->reply_max = (size_t)100 << 20;
    return true;
}

/* ---- access: the stable token is the same for whoever asks, until shortly before its end ---- */

static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str id = settings_get(s, "app_id"), secret = settings_get(s, "app_secret");
    if (!id.len || !secret.len)
        return fail(e, ERR_NOT_FOUND, "No AppSecret is set: access is not renewed.");
    struct json *body = json_object(a);
    json_set_str(a, body, "grant_type", STR("client_credential"));
    json_set_str(a, body, "appid", id);
    json_set_str(a, body, "secret", secret);
    *call = (struct http_call){.method = "POST", .url = str_concat(a, api_base(s), STR("/cgi-bin/stable_token"))};
    call_json(a, call, body);
    return true;
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str token = json_text(json_get(body, "access_token"));
    int64_t seconds = json_int(json_get(body, "expires_in"), ACCESS_SECONDS);
    if (!is_well(a, reply, body, out))
        return 0;
    if (!token.len) {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("access"), STR("WeChat named no access token."));
        return 0;
    }
    struct pair *items = ARENA_ARRAY(a, struct pair, 1);
    items[0] = (struct pair){STR("access_token"), str_dup(a, token)};
    *changed = (struct pairs){items, 1};
    outcome_accept(a, out, STR_EMPTY);
    return seconds > 0 && seconds <= ACCESS_SECONDS ? (int)seconds : ACCESS_SECONDS;
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return start(a, s, "GET", "/cgi-bin/get_api_domain_ip", "", call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (!is_well(a, reply, body, out))
        return;
    if (json_is(json_get(body, "ip_list"), JSON_ARRAY))
        outcome_accept(a, out, STR_EMPTY);
    else
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("probe"), STR("That was no answer of WeChat's."));
}

const struct channel channel_wechat = {
    .name = "wechat",
    .label = "WeChat",
    .icon = "wechat",
    .aliases = {"weixin"},
    .settings = settings,
    .doors = doors,
    .honest = "honest.wechat",
    .ack = "success",
    .ack_type = "text/plain; charset=utf-8",
    .guide_steps = 5,
    .handshake = handshake,
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .media = media,
    .renew = renew,
    .renewed = renewed,
    .probe = probe,
    .probed = probed,
};
