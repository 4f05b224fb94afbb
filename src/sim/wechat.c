/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated WeChat: private talks with an Official Account. Its webhooks are sealed (safe mode) where the account
 * has a key, which stands in the place of a verify token. Calls are under /wechat/cgi-bin, with the token in the
 * query; all are answered with 200, and errcode says what was meant. Whoever blocks the brand unfollows it. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/crypto_legacy.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_driver.h"

#define TEXT_BYTES_MAX 2048
#define ANSWERS_MAX    5
#define WINDOW_US      (48 * HOUR_US)
#define APP_ID         "wx5e1f0a2b3c4d6e7f"
#define APP_SECRET     "simulated-wechat-app-secret"

static struct str new_person(struct sim *sim, struct arena *a)
{
    (void)sim;
    return str_concat(a, STR("o"), str_slice(random_token(a, 24), 0, 27));
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str digits = sim_digits(sim->state, 15);

    (void)kind;
    (void)person;
    (void)root;
    return str_format(sim->state, "24%.*s", STR_ARGS(digits));
}

static struct str new_media(struct sim *sim)
{
    return random_token(sim->state, 48);
}

/* ---- webhooks ---- */

static void add_part(struct buf *out, const char *name, struct str value)
{
    buf_format(out, "<%s><![CDATA[%.*s]]></%s>\n", name, STR_ARGS(value), name);
}

static void begin(struct sim_deed *d, struct buf *out, const char *type)
{
    buf_init(out, d->a, 512);
    buf_cstr(out, "<xml>");
    add_part(out, "ToUserName", str_from(d->sim->lines[SIM_WECHAT].account.account_id));
    add_part(out, "FromUserName", d->person->ids[SIM_WECHAT]);
    buf_format(out, "<CreateTime>%lld</CreateTime>\n", (long long)(sim_now(d->sim) / SECOND_US));
    add_part(out, "MsgType", str_from(type));
}

static void queue(struct sim_deed *d, struct buf *out, struct str id)
{
    if (id.len > 0)
        buf_format(out, "<MsgId>%.*s</MsgId>\n", STR_ARGS(id));
    buf_cstr(out, "</xml>");
    sim_hook_add(d->sim, SIM_WECHAT, d->item, buf_view(out), 0);
}

static void tell_text(struct sim_deed *d, struct str id, struct str words)
{
    struct buf out;

    begin(d, &out, "text");
    add_part(&out, "Content", words);
    queue(d, &out, id);
}

static void tell_message(struct sim_deed *d)
{
    const struct sim_item *item = d->item;
    struct buf out;

    if (str_eq(item->media_kind, STR("location"))) {
        begin(d, &out, "location");
        buf_cstr(&out, "<Location_X>45.071800</Location_X>\n<Location_Y>7.665000</Location_Y>\n<Scale>15</Scale>\n");
        add_part(&out, "Label", STR("Via Po 1, Torino"));
    } else if (str_eq(item->media_kind, STR("unsupported"))) {
        begin(d, &out, "text");
        add_part(&out, "Content", STR("【收到不支持的消息类型，暂无法显示】"));
    } else if (str_eq(item->media_kind, STR("file"))) {
        begin(d, &out, "file");
        add_part(&out, "Title", item->media->file_name);
    } else if (item->media != NULL) {
        begin(d, &out, "image");
        add_part(&out, "PicUrl", sim_media_url(d->sim, d->a, item->media));
        add_part(&out, "MediaId", item->media->id);
    } else {
        tell_text(d, item->id, item->text);
        return;
    }
    queue(d, &out, item->id);
    if (item->media_kind.len > 0 && item->text.len > 0) /* WeChat has no captions */
        tell_text(d, str_concat(d->a, item->id, STR("1")), item->text);
}

static void tell(struct sim_deed *d)
{
    bool follows = d->verb == SIM_UNBLOCKED;
    struct buf out;

    if (d->verb == SIM_WROTE) {
        tell_message(d);
    } else if (follows || d->verb == SIM_BLOCKED) {
        begin(d, &out, "event");
        add_part(&out, "Event", follows ? STR("subscribe") : STR("unsubscribe"));
        add_part(&out, "EventKey", STR_EMPTY);
        queue(d, &out, STR_EMPTY);
    }
}

/* The SHA-1 of all, sorted; the parts are few. */
static struct str digest_of(struct arena *a, struct str *parts, size_t count)
{
    struct str all = STR_EMPTY;
    unsigned char digest[SHA1_BYTES];
    size_t i, k;

    for (i = 1; i < count; i++)
        for (k = i; k > 0 && str_cmp(parts[k], parts[k - 1]) < 0; k--) {
            struct str other = parts[k];
            parts[k] = parts[k - 1];
            parts[k - 1] = other;
        }
    for (i = 0; i < count; i++)
        all = str_concat(a, all, parts[i]);
    sha1(all, digest);
    return hex_encode(a, digest, sizeof digest);
}

/* 16 random bytes, the length, the words and the AppID, padded to a multiple of 32. */
static struct str seal_words(struct arena *a, struct str letters, struct str words)
{
    unsigned char head[20];
    struct str key, sealed = STR_EMPTY;
    struct buf plain;
    size_t pad;

    random_bytes(head, 16);
    for (pad = 0; pad < 4; pad++)
        head[16 + pad] = (unsigned char)(words.len >> (24 - 8 * pad) & 0xff);
    buf_init(&plain, a, words.len + 96);
    buf_add(&plain, head, sizeof head);
    buf_str(&plain, words);
    buf_cstr(&plain, APP_ID);
    pad = 32 - plain.len % 32;
    for (size_t i = 0; i < pad; i++)
        buf_char(&plain, (char)pad);
    if (base64_decode(a, str_concat(a, letters, STR("=")), &key) && key.len == AES_KEY_BYTES)
        (void)!aes256_cbc_close(a, (const unsigned char *)key.ptr, (const unsigned char *)key.ptr, buf_view(&plain),
                                &sealed);
    return base64_encode(a, sealed.ptr, sealed.len);
}

static const char *and_of(const char *url)
{
    return strchr(url, '?') != NULL ? "&" : "?";
}

static void sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    struct str time = str_format(a, "%lld", (long long)(sim_now(line->sim) / SECOND_US)), nonce = sim_digits(a, 9);
    struct str parts[] = {secret, time, nonce}, sealed_parts[] = {secret, time, nonce, STR_EMPTY};
    struct str key = str_from(line->account.verify_token), digest = digest_of(a, parts, 3), url = parcel->url;

    parcel->type = STR("text/xml");
    parcel->url = str_format(a, "%.*s%ssignature=%.*s&timestamp=%.*s&nonce=%.*s", STR_ARGS(url),
                             and_of(str_cstr(a, url)), STR_ARGS(digest), STR_ARGS(time), STR_ARGS(nonce));
    if (key.len == 0)
        return;
    sealed_parts[3] = seal_words(a, key, parcel->body);
    parcel->body =
        str_format(a, "<xml><ToUserName><![CDATA[%s]]></ToUserName>\n<Encrypt><![CDATA[%.*s]]></Encrypt>\n</xml>",
                   line->account.account_id, STR_ARGS(sealed_parts[3]));
    digest = digest_of(a, sealed_parts, 4);
    parcel->url = str_format(a, "%.*s&encrypt_type=aes&msg_signature=%.*s", STR_ARGS(parcel->url), STR_ARGS(digest));
}

static bool taken(const struct http_reply *reply)
{
    return reply->status == 200 && (reply->body.len == 0 || str_eq(reply->body, STR("success")));
}

static struct str shake(struct sim_line *line, struct arena *a)
{
    const char *url = line->account.hook_url;
    struct str word = sim_digits(a, 19), nonce = sim_digits(a, 9);
    struct str time = str_format(a, "%lld", (long long)(sim_now(line->sim) / SECOND_US));
    struct str parts[] = {str_from(line->account.secret), time, nonce}, digest = digest_of(a, parts, 3);

    memcpy(line->challenge, str_cstr(a, word), word.len + 1);
    return str_format(a, "%s%ssignature=%.*s&echostr=%s&timestamp=%.*s&nonce=%.*s", url, and_of(url),
                      STR_ARGS(digest), line->challenge, STR_ARGS(time), STR_ARGS(nonce));
}

static bool shaken(struct sim_line *line, struct arena *a, const struct http_reply *reply)
{
    (void)a;
    return str_eq(reply->body, str_from(line->challenge));
}

/* ---- calls ---- */

static void problem(struct sim_call *c, int code, const char *words)
{
    c->answer = json_object(c->a);
    json_set_int(c->a, c->answer, "errcode", code);
    json_set_str(c->a, c->answer, "errmsg", str_format(c->a, "%s rid: 6a21d0f3-%d", words, code));
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN && detail != NULL)
        problem(c, 40001, "invalid credential, access_token is invalid or not latest");
    else if (fault == SIM_FAULT_TOKEN)
        problem(c, 42001, "access_token expired");
    else if (fault == SIM_FAULT_PERMISSION)
        problem(c, 48001, "api unauthorized");
    else if (fault == SIM_FAULT_RATE)
        problem(c, 45011, "api minute-quota reach limit, must slower, retry next minute");
    else if (fault == SIM_FAULT_WINDOW)
        problem(c, 45015, "response out of time limit or subscription is canceled");
    else if (fault == SIM_FAULT_BLOCKED)
        problem(c, 43004, "require subscribe");
    else
        problem(c, detail != NULL ? 45002 : 87014, detail != NULL ? detail : "risky content");
}

static bool on(const struct sim_call *c, const char *a, const char *b, const char *d)
{
    size_t count = d != NULL ? 4 : b != NULL ? 3 : 2;

    return c->count == count && str_eq(c->parts[0], STR("cgi-bin")) && str_eq(c->parts[1], str_from(a)) &&
           (b == NULL || str_eq(c->parts[2], str_from(b))) && (d == NULL || str_eq(c->parts[3], str_from(d)));
}

static struct str token(struct sim_call *c)
{
    return http_query(c->req, "access_token");
}

static bool token_ok(struct sim_call *c, struct str given)
{
    return on(c, "stable_token", NULL, NULL) || sim_token_ok(c, given);
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && on(c, "message", "custom", "send");
}

static void give_token(struct sim_call *c)
{
    if (!str_eq(json_text(json_get(c->body, "appid")), STR(APP_ID))) {
        problem(c, 40013, "invalid appid");
    } else if (!str_eq(json_text(json_get(c->body, "secret")), STR(APP_SECRET))) {
        problem(c, 40125, "invalid appsecret");
    } else {
        c->answer = json_object(c->a);
        json_set_str(c->a, c->answer, "access_token", str_from(c->sim->lines[SIM_WECHAT].account.access_token));
        json_set_int(c->a, c->answer, "expires_in", 7200);
    }
}

/* Words of the brand since the person's last; -1: the 48 hours are over. */
static int answered(const struct sim_call *c, const struct sim_person *person)
{
    const struct sim_item *last = sim_last_from(c->sim, SIM_WECHAT, person), *item;
    int count = 0;

    if (last == NULL)
        return c->sim->config.lenient ? 0 : -1;
    if (sim_now(c->sim) - last->at > WINDOW_US)
        return -1;
    for (item = last->next; item != NULL; item = item->next)
        count += item->network == SIM_WECHAT && item->author == NULL && item->person == person;
    return count;
}

static bool may_write(struct sim_call *c, const struct sim_person *person)
{
    int count;

    if (person == NULL) {
        problem(c, 40003, "invalid openid");
        return false;
    }
    if (person->blocked[SIM_WECHAT] || sim_fault_take(c->sim, SIM_WECHAT, SIM_FAULT_BLOCKED)) {
        refuse(c, SIM_FAULT_BLOCKED, NULL);
        return false;
    }
    count = answered(c, person);
    if (count < 0 || sim_fault_take(c->sim, SIM_WECHAT, SIM_FAULT_WINDOW))
        refuse(c, SIM_FAULT_WINDOW, NULL);
    else if (count >= ANSWERS_MAX)
        problem(c, 45047, "out of response count limit");
    return c->answer == NULL;
}

/* Are the words, or the file, such as WeChat takes? */
static bool content_fits(struct sim_call *c, struct str type, struct str *text, struct sim_media **media)
{
    const struct json *part = json_get_str(c->body, type);

    *text = json_text(json_get(part, "content"));
    *media = NULL;
    if (str_eq(type, STR("image")) || str_eq(type, STR("voice")) || str_eq(type, STR("video"))) {
        *media = sim_media_find(c->sim, json_text(json_get(part, "media_id")));
        if (*media == NULL || !(*media)->ours)
            problem(c, 40007, "invalid media_id");
    } else if (!str_eq(type, STR("text"))) {
        problem(c, 40008, "invalid message type");
    } else if (text->len == 0) {
        problem(c, 44004, "empty content");
    } else if (text->len > TEXT_BYTES_MAX) {
        refuse(c, SIM_FAULT_CONTENT, "content size out of limit");
    } else if (str_find(c->req->body, STR("\\u")) >= 0) { /* people would read the escape */
        refuse(c, SIM_FAULT_CONTENT, "escapes are shown as they are");
    }
    if (c->answer == NULL && sim_fault_take(c->sim, SIM_WECHAT, SIM_FAULT_CONTENT))
        refuse(c, SIM_FAULT_CONTENT, NULL);
    return c->answer == NULL;
}

static void send_custom(struct sim_call *c)
{
    struct sim_person *person = sim_call_person(c, json_text(json_get(c->body, "touser")));
    struct str text;
    struct sim_media *media;
    struct sim_item *item;

    if (!may_write(c, person) || !content_fits(c, json_text(json_get(c->body, "msgtype")), &text, &media))
        return;
    item =
        sim_item_new(c->sim, SIM_WECHAT, SIM_PRIVATE, sim_new_id(c->sim, SIM_WECHAT, SIM_PRIVATE, person, STR_EMPTY));
    item->person = person;
    item->root = item->id;
    item->text = sim_copy(c->sim, text);
    item->media = media;
    item->mark = SIM_MARK_SENT;
    sim_call_sent(c, item, "wechat", person->ids[SIM_WECHAT]);
    problem(c, 0, "ok");
    json_set_str(c->a, c->answer, "errmsg", STR("ok"));
}

static void upload(struct sim_call *c)
{
    struct str type = http_query(c->req, "type");
    struct sim_media *media = sim_word_in("image voice video thumb", type) ? sim_call_upload(c) : NULL;

    if (media == NULL) {
        problem(c, type.len > 0 ? 41005 : 40004, "media data missing");
        return;
    }
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "type", type);
    json_set_str(c->a, c->answer, "media_id", media->id);
    json_set_int(c->a, c->answer, "created_at", sim_now(c->sim) / SECOND_US);
}

static void download(struct sim_call *c)
{
    const struct sim_media *media = sim_media_find(c->sim, http_query(c->req, "media_id"));

    if (media == NULL) {
        problem(c, 40007, "invalid media_id");
        return;
    }
    c->type = str_dup(c->a, media->mime);
    c->raw = str_dup(c->a, media->bytes);
}

static void serve(struct sim_call *c)
{
    if (on(c, "stable_token", NULL, NULL)) {
        give_token(c);
    } else if (sends(c)) {
        send_custom(c);
    } else if (on(c, "media", "upload", NULL) && c->req->method == HTTP_POST) {
        upload(c);
    } else if (on(c, "media", "get", NULL)) {
        download(c);
    } else if (on(c, "get_api_domain_ip", NULL, NULL)) {
        c->answer = json_object(c->a);
        json_set(c->a, c->answer, "ip_list", json_array(c->a));
    } else {
        problem(c, 40066, "invalid url");
    }
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "wechat",
     .label = {"WeChat", "WeChat"},
     .advice = {"Scrivi a {}: può risponderti per 48 ore, e cinque volte finché non scrivi di nuovo.",
                "Write to {}: it can answer for 48 hours, and five times until you write again."},
     .private = true},
    {0},
};
static const struct sim_past_door doors[] = {{"wechat", "message"}, {0}};
static const char *const more[] = {"app_id", APP_ID, "app_secret", APP_SECRET, NULL};

const struct sim_driver sim_wechat = {
    .name = "wechat",
    .base = "/wechat",
    .account = {"gh_5e1f0a2b3c4d", "simulated-wechat-access", "simulated-wechat-token",
                "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE", NULL},
    .named = {"original_id", "access_token", "token", "encoding_aes_key", NULL},
    .more = more,
    .places = places,
    .doors = doors,
    .new_person = new_person,
    .new_id = new_id,
    .new_media = new_media,
    .lacks = "gone",
    .acts = "message block unblock",
    .attach_private = "picture location file unsupported",
    .tell = tell,
    .sign = sign,
    .taken = taken,
    .shake = shake,
    .shaken = shaken,
    .token = token,
    .token_ok = token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
