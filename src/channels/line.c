/* SPDX-License-Identifier: Apache-2.0 */
/* LINE Official Account: private messages with whoever added it as a friend, and what is written in groups it is in.
 * Answers go out as push messages: a reply token lives for a minute, and people take longer to listen.
 * Facts: LINE's own OpenAPI description (line/line-openapi) and developers.line.biz/en/reference/messaging-api. */
#include "channels/channel_internal.h"

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_line;

static const struct setting settings[] = {
    {"channel_secret", "setting.line.channel_secret", "the channel secret, with which LINE signs what it sends", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"access_token", "setting.line.access_token", "the channel access token (long-lived), needed to answer", NULL,
     SETTING_SECRET},
    {"bot_user_id", "setting.line.bot_user_id", "our account's own user id, as LINE names it (U and 32 digits)", NULL,
     SETTING_ACCOUNT},
    {"api_base", "setting.line.api_base", "address of the API", "https://api.line.me", 0},
    {"data_base", "setting.line.data_base", "address from which pictures and files are fetched",
     "https://api-data.line.me", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT,
     .name = "line",
     .label = "door.line.line",
     .unit = LENGTH_UTF16,
     .limit = 5000,
     .attachments = true,
     .attachment_max = 1 << 20, /* of the preview, which is the picture itself */
     .by_address = true},
    {0},
};

/* ---- in ---- */

static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    struct str header = pairs_get(&hook->headers, STR("x-line-signature"));
    struct str secret = settings_get(s, "channel_secret");
    if (!header.len || !secret.len)
        return fail(e, ERR_FORBIDDEN, "The signature x-line-signature is missing.");
    unsigned char digest[SHA256_BYTES];
    char expected[44];
    hmac_sha256(secret, hook->body, digest);
    digest_base64(digest, expected);
    if (!same_secret(header, (struct str){expected, sizeof expected}))
        return fail(e, ERR_FORBIDDEN, "x-line-signature does not fit the body and the channel secret.");
    return true;
}

struct reading {
    struct arena *a;
    const struct settings *settings;
    struct channel_events *events;
    struct str us; /* destination: our own user id */
};

/* Who it is about: the person, or the group where LINE does not say who in it. Empty: nobody. */
static struct str source_of(const struct reading *r, const struct json *event, bool *group)
{
    const struct json *source = json_get(event, "source");
    struct str user = read_id(r->a, json_get(source, "userId"));
    struct str many = read_id(r->a, json_get(source, "groupId"));
    if (!many.len)
        many = read_id(r->a, json_get(source, "roomId"));
    *group = many.len > 0;
    return user.len ? user : many;
}

static struct channel_event *add(struct reading *r, const struct json *event, enum channel_event_kind kind)
{
    struct channel_event *out = channel_events_add(r->events);
    bool group;
    out->kind = kind;
    out->account = r->us;
    out->author.external_id = source_of(r, event, &group);
    out->thread_key = str_concat(r->a, STR("dm:"), out->author.external_id);
    out->door = STR("line");
    out->at = read_time(json_get(event, "timestamp"));
    out->at_exact = true;
    out->standby = str_eq(json_text(json_get(event, "mode")), STR("standby"));
    out->dedupe = read_id(r->a, json_get(event, "webhookEventId"));
    out->dedupe = out->dedupe.len ? DEDUPE(r->a, "e", out->dedupe) : dedupe_hash(r->a, json_to_str(r->a, event));
    if (group && kind == CHANNEL_MESSAGE)
        event_origin(r->a, out, "group", STR_EMPTY, STR_EMPTY);
    return out;
}

/* Bytes are with LINE, or where a service behind it keeps them. */
static void attach(struct reading *r, struct channel_event *event, const struct json *message, enum message_kind kind)
{
    const struct json *provider = json_get(message, "contentProvider");
    struct channel_media *media = event_attach(r->a, event, kind);
    struct str base = settings_get(r->settings, "data_base");
    if (!media)
        return;
    if (str_eq(json_text(json_get(provider, "type")), STR("external")))
        media->url = read_text(r->a, json_get(provider, "originalContentUrl"));
    else
        media->url = str_format(r->a, "%.*s/v2/bot/message/%.*s/content", STR_ARGS(base),
                                STR_ARGS(url_encode(r->a, event->external_id)));
    media->file_name = read_text(r->a, json_get(message, "fileName"));
}

/* A sticker is a drawing that says something: what it says, or the words LINE describes it with. */
static void read_sticker(struct reading *r, struct channel_event *event, const struct json *message)
{
    const struct json *keywords = json_get(message, "keywords");
    struct buf words;
    buf_init(&words, r->a, 64);
    event->message = MESSAGE_STICKER;
    event->text = read_text(r->a, json_get(message, "text"));
    for (size_t i = 0; i < json_count(keywords) && i < 3; i++)
        buf_format(&words, "%s%.*s", i ? ", " : "", STR_ARGS(json_text(json_at(keywords, i))));
    if (!event->text.len)
        event->note = text_clean(r->a, buf_view(&words));
}

static void read_message(struct reading *r, const struct json *event, const struct place *at)
{
    static const struct {
        const char *type;
        enum message_kind kind;
    } kinds[] = {
        {"image", MESSAGE_IMAGE}, {"video", MESSAGE_VIDEO}, {"audio", MESSAGE_AUDIO}, {"file", MESSAGE_FILE}};
    const struct json *message = json_get(event, "message");
    struct str id = read_id(r->a, json_get(message, "id")), type = json_text(json_get(message, "type"));
    struct channel_event *out = add(r, event, CHANNEL_MESSAGE);
    if (!id.len || !out->author.external_id.len) {
        r->events->count--;
        channel_unread(r->events, at, "has no %s", id.len ? "source" : "message.id");
        return;
    }
    out->external_id = id;
    out->dedupe = DEDUPE(r->a, "m", id);
    out->parent_id = read_id(r->a, json_get(message, "quotedMessageId"));
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(type, str_from(kinds[i].type))) {
            attach(r, out, message, kinds[i].kind);
            return;
        }
    if (str_eq(type, STR("text"))) {
        out->text = read_words(r->a, json_get(message, "text"));
        if (!out->text.len) {
            out->message = MESSAGE_UNSUPPORTED;
            out->note = STR("a message without words");
        }
    } else if (str_eq(type, STR("sticker"))) {
        read_sticker(r, out, message);
    } else if (str_eq(type, STR("location"))) {
        event_location(r->a, out, read_text(r->a, json_get(message, "title")),
                       read_text(r->a, json_get(message, "address")), json_get(message, "latitude"),
                       json_get(message, "longitude"));
    } else {
        out->text = read_words(r->a, json_get(message, "text"));
        out->message = MESSAGE_UNSUPPORTED;
        out->note = str_format(r->a, "a message of the kind %.*s", STR_ARGS(read_title(r->a, type)));
    }
}

/* What a button of ours said is not told: only its data, and the moment that was chosen. */
static void read_postback(struct reading *r, const struct json *event, const struct place *at)
{
    static const char *const chosen[] = {"datetime", "date", "time"};
    const struct json *postback = json_get(event, "postback"), *params = json_get(postback, "params");
    struct channel_event *out = add(r, event, CHANNEL_MESSAGE);
    if (!out->author.external_id.len) {
        r->events->count--;
        channel_unread(r->events, at, "has no source");
        return;
    }
    out->message = MESSAGE_POSTBACK;
    out->external_id = out->dedupe;
    out->note = read_text(r->a, json_get(postback, "data"));
    for (size_t i = 0; i < COUNT_OF(chosen) && !out->text.len; i++)
        out->text = read_text(r->a, json_get(params, chosen[i]));
    if (!out->text.len)
        out->text = out->note;
}

static void read_unsend(struct reading *r, const struct json *event, const struct place *at)
{
    struct str id = read_id(r->a, json_path(event, "unsend", "messageId", NULL));
    if (!id.len) {
        channel_unread(r->events, at, "has no unsend.messageId");
        return;
    }
    add(r, event, CHANNEL_DELETE)->external_id = id;
}

/* The message as it reads now, under the id it had. */
static void read_edited(struct reading *r, const struct json *event, const struct place *at)
{
    const struct json *message = json_get(event, "message");
    struct str id = read_id(r->a, json_get(message, "id")), text = read_words(r->a, json_get(message, "text"));
    if (!id.len || !text.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "message.text" : "message.id");
        return;
    }
    struct channel_event *out = add(r, event, CHANNEL_EDIT);
    out->external_id = id;
    out->text = text;
}

static void read_unfollow(struct reading *r, const struct json *event, const struct place *at)
{
    (void)at;
    add(r, event, CHANNEL_LEFT);
}

static void read_follow(struct reading *r, const struct json *event, const struct place *at)
{
    (void)at;
    add(r, event, CHANNEL_BACK);
}

static const struct {
    const char *type;
    void (*read)(struct reading *r, const struct json *event, const struct place *at);
} kinds[] = {{"message", read_message},      {"postback", read_postback}, {"unsend", read_unsend},
             {"messageEdited", read_edited}, {"follow", read_follow},     {"unfollow", read_unfollow}};

static void read_event(struct reading *r, const struct json *event, const struct place *at)
{
    struct str type = read_text(r->a, json_get(event, "type"));
    if (!type.len) {
        channel_unread(r->events, at, "has no type");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(type, str_from(kinds[i].type))) {
            kinds[i].read(r, event, at);
            return;
        }
    add(r, event, CHANNEL_IGNORED)->note = type; /* joins, beacons, linked accounts: LINE adds kinds without notice */
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    const struct json *list = json_get(root, "events");
    struct reading r = {.a = a, .settings = s, .events = events, .us = read_id(a, json_get(root, "destination"))};
    if (!json_is(list, JSON_ARRAY))
        return fail(e, ERR_MALFORMED, "no list of events: not a webhook of LINE");
    for (size_t i = 0; i < json_count(list); i++)
        read_event(&r, json_at(list, i), &(struct place){NULL, "events", (ptrdiff_t)i});
    return channel_read(events, e); /* an empty list is how LINE tries the address */
}

/* ---- out ---- */

/* A retry key is a UUID: the same key for the same reply makes a second push a 409 instead of a second message. */
static struct str retry_key(struct arena *a, struct str idempotency_key)
{
    unsigned char d[SHA256_BYTES];
    sha256(idempotency_key, d);
    d[6] = (unsigned char)((d[6] & 0x0f) | 0x40);
    d[8] = (unsigned char)((d[8] & 0x3f) | 0x80);
    struct str hex = hex_encode(a, d, 16);
    return str_format(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.ptr, hex.ptr + 8, hex.ptr + 12, hex.ptr + 16, hex.ptr + 20);
}

/* Pictures alone: films and sound want a preview, or a length in seconds, that nobody here knows. */
static bool picture_fits(const struct outgoing_media *file, struct error *e)
{
    struct str mime = mime_of(file);
    if (!str_eq(mime, STR("image/jpeg")) && !str_eq(mime, STR("image/png")))
        return fail(e, ERR_BAD_INPUT, "LINE takes pictures here: JPEG or PNG.");
    return file->address.len ||
           fail(e, ERR_BAD_INPUT, "LINE fetches pictures from an address of ours, and none is set (public_url).");
}

static struct json *picture_message(struct arena *a, const struct outgoing_media *file)
{
    struct json *picture = json_object(a);
    json_set_str(a, picture, "type", STR("image"));
    json_set_str(a, picture, "originalContentUrl", file->address);
    json_set_str(a, picture, "previewImageUrl", file->address);
    return picture;
}

static struct json *text_message(struct arena *a, struct str words)
{
    struct json *text = json_object(a);
    json_set_str(a, text, "type", STR("text"));
    json_set_str(a, text, "text", words);
    return text;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_line, m, e) || (m->media && !picture_fits(m->media, e)) ||
        !call_start(a, s, "POST", str_concat(a, api_base(s), STR("/v2/bot/message/push")), call, e))
        return false;
    struct json *body = json_object(a), *messages = json_array(a);
    if (m->text.len)
        json_push(a, messages, text_message(a, m->text));
    if (m->media)
        json_push(a, messages, picture_message(a, m->media));
    json_set_str(a, body, "to", m->to);
    json_set(a, body, "messages", messages);
    call_header(a, call, "X-Line-Retry-Key", retry_key(a, m->idempotency_key));
    call_json(a, call, body);
    return true;
}

/* {"message", "details":[{"property","message"}]} */
static struct str words_of(struct arena *a, const struct json *body)
{
    const struct json *detail = json_at(json_get(body, "details"), 0);
    struct str words = read_text(a, json_get(body, "message")), more = read_text(a, json_get(detail, "message"));
    struct str where = read_text(a, json_get(detail, "property"));
    return more.len ? str_format(a, "%.*s (%.*s: %.*s)", STR_ARGS(words), STR_ARGS(where), STR_ARGS(more)) : words;
}

static void read_failure(struct arena *a, const struct http_reply *reply, const struct json *body,
                         struct outcome *out)
{
    struct str words = words_of(a, body), lower = str_lower(a, words);
    outcome_by_status(a, out, reply);
    if (!words.len)
        return;
    enum failure failure = out->failure;
    int seconds = out->retry_seconds;
    if (reply->status == 400 && str_find(lower, STR("failed to send messages")) >= 0)
        failure = FAILURE_BLOCKED;
    else if (reply->status == 400 && str_find(lower, STR("'to'")) >= 0)
        failure = FAILURE_BLOCKED;
    else if (reply->status == 404)
        failure = FAILURE_BLOCKED; /* of a person: no message is named in a push */
    outcome_fail(a, out, failure, str_format(a, "HTTP %d", reply->status), words);
    if (failure == FAILURE_RATE && !seconds) /* LINE names no moment: too fast, or the month's messages are used up */
        seconds = str_find(lower, STR("monthly")) >= 0 ? 3600 : 60;
    out->retry_seconds = seconds;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    (void)m;
    struct json *body = json_parse(a, reply->body, NULL);
    if ((reply->status >= 200 && reply->status <= 299) ||
        reply->status == 409) /* 409: accepted before, by this key */
        outcome_accept(a, out, read_id(a, json_get(json_at(json_get(body, "sentMessages"), 0), "id")));
    else
        read_failure(a, reply, body, out);
}

static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    (void)step;
    (void)carry;
    if (!same_origin(file->url, settings_get(s, "data_base"))) {
        if (!https_host(file->url).len)
            return fail(e, ERR_BAD_INPUT, "The file has no secure address.");
        *call = (struct http_call){.method = "GET", .url = str_dup(a, file->url)};
    } else if (!call_start(a, s, "GET", str_dup(a, file->url), call, e)) {
        return false;
    }
    call->timeout_ms = 60000;
    call->reply_max = (size_t)100 << 20;
    return true;
}

static bool profile(struct arena *a, const struct settings *s, struct str external_id, struct http_call *call,
                    struct error *e)
{
    struct str base = api_base(s), id = url_encode(a, external_id);
    return call_start(a, s, "GET", str_format(a, "%.*s/v2/bot/profile/%.*s", STR_ARGS(base), STR_ARGS(id)), call, e);
}

static void profiled(struct arena *a, const struct http_reply *reply, struct channel_author *author,
                     struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (reply->status != 200 || !json_is(body, JSON_OBJECT)) {
        read_failure(a, reply, body, out);
        return;
    }
    author->name = read_text(a, json_get(body, "displayName"));
    author->avatar_url = read_text(a, json_get(body, "pictureUrl"));
    outcome_accept(a, out, STR_EMPTY);
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", str_concat(a, api_base(s), STR("/v2/bot/info")), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_get(body, "userId"));
    if (reply->status != 200 || !id.len) {
        read_failure(a, reply, body, out);
        return;
    }
    outcome_accept(a, out, id);
    out->words = str_dup(a, read_text(a, json_get(body, "displayName")));
}

const struct channel channel_line = {
    .name = "line",
    .label = "LINE",
    .icon = "line",
    .settings = settings,
    .doors = doors,
    .headers = {"x-line-signature"},
    .guide_steps = 4,
    .honest = "honest.line",
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .media = media,
    .profile = profile,
    .profiled = profiled,
    .probe = probe,
    .probed = probed,
};
