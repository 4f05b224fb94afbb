/* SPDX-License-Identifier: Apache-2.0 */
/* What WeChat sends: messages of every kind, and events (who follows, who leaves, what they press). A kind that is
 * not known stays visible. */
#include "channels/channel_wechat.h"

#include "base/arena.h"
#include "base/buf.h"

struct reading {
    struct arena *a;
    const struct pairs *xml;
    struct channel_events *events;
    struct str from, time; /* openid; CreateTime as it is written */
};

static struct str part(const struct reading *r, const char *name)
{
    return text_clean(r->a, str_trim(pairs_get(r->xml, str_from(name))));
}

static struct channel_event *add(struct reading *r, enum channel_event_kind kind)
{
    struct channel_event *out = channel_events_add(r->events);
    int64_t seconds;
    out->kind = kind;
    out->account = part(r, "ToUserName");
    out->author.external_id = r->from;
    out->thread_key = str_concat(r->a, STR("dm:"), r->from);
    out->door = STR("wechat");
    out->at = str_int64(r->time, &seconds) && seconds > 0 ? clock_from_epoch(seconds) : 0;
    return out;
}

/* ---- messages ---- */

/* Bytes are with WeChat for three days, to be asked for by their id. */
static void attach(struct reading *r, struct channel_event *out, enum message_kind kind)
{
    struct channel_media *media = event_attach(r->a, out, kind);
    media->media_id = part(r, "MediaId");
}

static void read_text_message(struct reading *r, struct channel_event *out)
{
    out->text = part(r, "Content");
    /* stickers, voice calls, cards: WeChat says in Chinese that it does not hand this kind on */
    if (!out->text.len || str_find(out->text, STR("收到不支持的消息类型")) >= 0) {
        out->message = MESSAGE_UNSUPPORTED;
        out->text = STR_EMPTY;
        out->note = STR("a kind of message that WeChat does not hand on, perhaps a sticker");
    }
}

static void read_image(struct reading *r, struct channel_event *out)
{
    attach(r, out, MESSAGE_IMAGE);
}

/* WeChat writes down what was said, where the account has that switched on. */
static void read_voice(struct reading *r, struct channel_event *out)
{
    attach(r, out, MESSAGE_AUDIO);
    out->text = part(r, "Recognition");
}

static void read_video(struct reading *r, struct channel_event *out)
{
    attach(r, out, MESSAGE_VIDEO);
}

static void read_location(struct reading *r, struct channel_event *out)
{
    event_location(r->a, out, part(r, "Label"), STR_EMPTY, json_new_str(r->a, part(r, "Location_X")),
                   json_new_str(r->a, part(r, "Location_Y")));
}

static void read_link(struct reading *r, struct channel_event *out)
{
    struct str url = part(r, "Url");
    event_say(r->a, out, part(r, "Title"));
    event_say(r->a, out, part(r, "Description"));
    event_say(r->a, out, url);
    if (!out->text.len) {
        out->message = MESSAGE_UNSUPPORTED;
        out->note = STR("a link without an address");
    }
}

/* It cannot be fetched: WeChat tells its name and keeps the rest. */
static void read_file(struct reading *r, struct channel_event *out)
{
    struct str name = part(r, "Title");
    out->message = MESSAGE_UNSUPPORTED;
    out->note = str_format(r->a, "a file%s%.*s, which WeChat does not hand over", name.len ? ": " : "",
                           STR_ARGS(read_title(r->a, name)));
}

static const struct {
    const char *type;
    void (*read)(struct reading *r, struct channel_event *out);
} messages[] = {{"text", read_text_message}, {"image", read_image},      {"voice", read_voice},
                {"video", read_video},       {"shortvideo", read_video}, {"location", read_location},
                {"link", read_link},         {"file", read_file}};

#define ID_MAX 64

static bool is_number(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return false;
    return id.len > 0 && id.len <= ID_MAX;
}

/* MsgId; where there is none, who wrote it, when and what: the same whenever it is sent again. Empty: neither. */
static struct str message_id(struct reading *r)
{
    struct str id = part(r, "MsgId");
    struct buf all;
    if (is_number(id) || !is_number(r->time))
        return is_number(id) ? id : STR_EMPTY;
    buf_init(&all, r->a, 256);
    for (size_t i = 0; i < r->xml->count; i++)
        buf_format(&all, "%.*s=%.*s;", STR_ARGS(r->xml->items[i].name), STR_ARGS(r->xml->items[i].value));
    return DEDUPE(r->a, "none", r->from, r->time, dedupe_hash(r->a, buf_view(&all)));
}

static bool read_message(struct reading *r, struct str type, struct error *e)
{
    struct str id = message_id(r);
    if (!id.len)
        return fail(e, ERR_MALFORMED, "The message has no MsgId and no CreateTime.");
    struct channel_event *out = add(r, CHANNEL_MESSAGE);
    out->external_id = id;
    out->dedupe = DEDUPE(r->a, "m", id);
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        if (str_eq(type, str_from(messages[i].type))) {
            messages[i].read(r, out);
            return true;
        }
    out->message = MESSAGE_UNSUPPORTED;
    out->note = str_format(r->a, "a message of the kind %.*s", STR_ARGS(read_title(r->a, type)));
    return true;
}

/* ---- events: without an id; who, when and what tell them apart ---- */

static const struct {
    const char *name;
    enum channel_event_kind kind;
    const char *words; /* what they pressed or scanned, of a message */
} happenings[] = {
    {"subscribe", CHANNEL_BACK, NULL},
    {"unsubscribe", CHANNEL_LEFT, NULL},
    {"CLICK", CHANNEL_MESSAGE, "EventKey"},
    {"scancode_waitmsg", CHANNEL_MESSAGE, "ScanCodeInfo/ScanResult"},
};

static void read_happening(struct reading *r, struct str name)
{
    struct str key = DEDUPE(r->a, "e", r->from, r->time, read_title(r->a, name));
    enum channel_event_kind kind = CHANNEL_IGNORED;
    struct str words = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(happenings); i++)
        if (str_eq_nocase(name, str_from(happenings[i].name))) {
            kind = happenings[i].kind;
            words = part(r, happenings[i].words ? happenings[i].words : "");
        }
    if (kind == CHANNEL_MESSAGE && !words.len)
        kind = CHANNEL_IGNORED;
    if (kind == CHANNEL_MESSAGE) /* two buttons within one second are two */
        key = DEDUPE(r->a, "e", r->from, r->time, read_title(r->a, name), read_title(r->a, words));
    struct channel_event *out = add(r, kind);
    out->dedupe = key;
    if (kind == CHANNEL_IGNORED) {
        out->note = read_title(r->a, name);
    } else if (kind == CHANNEL_MESSAGE) {
        out->message = MESSAGE_POSTBACK;
        out->external_id = key;
        out->text = words;
        if (!str_eq_nocase(name, STR("CLICK"))) /* there it is the text */
            out->note = part(r, "EventKey");
    }
}

bool wechat_event(struct arena *a, const struct pairs *xml, struct channel_events *events, struct error *e)
{
    struct reading r = {.a = a, .xml = xml, .events = events};
    struct str type = part(&r, "MsgType"), name = part(&r, "Event");
    r.from = part(&r, "FromUserName");
    r.time = part(&r, "CreateTime");
    if (!type.len)
        return fail(e, ERR_MALFORMED, "It has no MsgType: not a message of WeChat");
    if (!r.from.len || r.from.len > 128)
        return fail(e, ERR_MALFORMED, "It has no FromUserName: nobody wrote it");
    if (!str_ends(type, STR("event"))) /* event, device_event */
        return read_message(&r, type, e);
    if (!name.len)
        return fail(e, ERR_MALFORMED, "It is an event and does not say which");
    read_happening(&r, name);
    return true;
}
