/* SPDX-License-Identifier: Apache-2.0 */
/* Telegram: a bot that people write to, in private, in groups, and for a business account that lets it answer.
 * Updates come as webhooks (read in channel_telegram.c) with a secret beside them, not a signature. The bot's token
 * is a part of each address. Telegram lists nothing to a bot that has a webhook: what was missed for more than a day
 * is lost. */
#include "channels/channel_telegram.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"

#define CAPTION_MAX 1024

extern const struct channel channel_telegram;

static const struct setting settings[] = {
    {"bot_token", "setting.telegram.bot_token", "the token BotFather gave, as 123456:ABC…", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"secret_token", "setting.telegram.secret_token",
     "a secret of yours of A-Z, a-z, 0-9, _ and -, told to setWebhook as secret_token", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"api_base", "setting.telegram.api_base", "address of the Bot API", "https://api.telegram.org", 0},
    {0},
};

#define DOOR(kind_, name_)                                                                                           \
    .kind = (kind_), .name = (name_), .label = "door.telegram." name_, .unit = LENGTH_UTF16, .limit = 4096,          \
    .attachments = true, .attachment_max = (size_t)50 << 20
static const struct door doors[] = {
    {DOOR(DOOR_DIRECT, "chat")},
    {DOOR(DOOR_DIRECT, "business"), .window_hours = 24},
    {DOOR(DOOR_PUBLIC, "group"), .reply_needed = true},
    {0},
};

/* ---- names of messages and threads ---- */

static struct str joined(struct arena *a, const char *kind, const struct telegram_place *at, struct str last)
{
    struct buf name;
    buf_init(&name, a, 64);
    buf_cstr(&name, kind);
    if (at->connection.len) {
        buf_str(&name, at->connection);
        buf_char(&name, '/');
    }
    buf_str(&name, at->chat);
    if (last.len) {
        buf_char(&name, ':');
        buf_str(&name, last);
    }
    return buf_view(&name);
}

struct str telegram_name(struct arena *a, const struct telegram_place *at)
{
    return joined(a, "", at, at->message);
}

struct str telegram_thread(struct arena *a, const struct telegram_place *at)
{
    bool group = telegram_is_group(at->chat);
    return joined(a, group ? "post:" : "dm:", at, group ? at->topic : STR_EMPTY);
}

bool telegram_is_group(struct str chat)
{
    return str_starts(chat, STR("-"));
}

static bool is_number(struct str s)
{
    int64_t n;
    return str_int64(s, &n);
}

struct telegram_place telegram_place_of(struct str name)
{
    struct telegram_place at = {STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY};
    bool thread = str_starts(name, STR("dm:")) || str_starts(name, STR("post:"));
    if (thread)
        name = str_slice(name, (size_t)str_find_char(name, ':') + 1, name.len);
    ptrdiff_t slash = str_find_char(name, '/');
    if (slash > 0) {
        at.connection = str_slice(name, 0, (size_t)slash);
        name = str_slice(name, (size_t)slash + 1, name.len);
    }
    ptrdiff_t colon = str_find_char(name, ':');
    struct str chat = colon < 0 ? name : str_slice(name, 0, (size_t)colon);
    struct str last = colon < 0 ? STR_EMPTY : str_slice(name, (size_t)colon + 1, name.len);
    if (!is_number(chat) || (last.len && !is_number(last)))
        return (struct telegram_place){.connection = STR_EMPTY};
    at.chat = chat;
    if (thread)
        at.topic = last;
    else
        at.message = last;
    return at;
}

/* ---- in ---- */

static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    struct str given = pairs_get(&hook->headers, STR("x-telegram-bot-api-secret-token"));
    struct str secret = settings_get(s, "secret_token");
    if (!given.len || !secret.len)
        return fail(e, ERR_FORBIDDEN, "The header X-Telegram-Bot-Api-Secret-Token is missing.");
    if (!same_secret(given, secret))
        return fail(e, ERR_FORBIDDEN, "X-Telegram-Bot-Api-Secret-Token is not the secret token.");
    return true;
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    (void)s;
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    if (!json_is(root, JSON_OBJECT))
        return fail(e, ERR_MALFORMED, "The body is not an object: not an update of Telegram");
    telegram_update(a, root, events);
    if (!events->count && !events->unread.len)
        return fail(e, ERR_MALFORMED, "The body holds nothing: not an update of Telegram");
    return channel_read(events, e);
}

/* ---- out: a file with its caption (part 0), then words that are no caption (part 1) ---- */

/* The token becomes a part of the address: nothing may be in it that ends a part. */
static bool call_bot(struct arena *a, const struct settings *s, const char *method, const char *before,
                     struct str after, struct http_call *call, struct error *e)
{
    struct str token = settings_get(s, "bot_token");
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        bool fine = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!fine && c != ':' && c != '_' && c != '-')
            token.len = 0;
    }
    if (!token.len)
        return fail(e, ERR_UNAUTHENTICATED, "The bot token is missing, or not as BotFather gives it.");
    *call = (struct http_call){
        .method = method,
        .url = str_format(a, "%.*s%s/bot%.*s/%.*s", STR_ARGS(api_base(s)), before, STR_ARGS(token), STR_ARGS(after))};
    return true;
}

/* What answers carry from step to step: "PART CHAT". A group that became a supergroup has a new id. */
static struct str carry_of(struct arena *a, int part, struct str chat)
{
    return str_format(a, "%d %.*s", part, STR_ARGS(chat));
}

struct sending {
    int part;
    struct telegram_place to, answered;
    bool same_chat; /* the message that is answered stands in the chat this goes to */
};

static bool sending_of(const struct outgoing *m, struct sending *out)
{
    struct telegram_place thread = telegram_place_of(m->thread_key), answered = telegram_place_of(m->parent_id);
    *out = (struct sending){.part = 0, .answered = answered};
    if (str_eq(m->door, STR("group"))) {
        out->to = answered.chat.len ? answered : thread;
        out->to.topic = thread.topic;
    } else { /* in private, whatever is answered stands: never where others read it */
        out->to = telegram_place_of(m->to);
        if (str_eq(m->door, STR("business")))
            out->to.connection = thread.connection.len ? thread.connection : answered.connection;
    }
    struct str rest = m->carry, part;
    if (m->step > 0 && str_split(&rest, ' ', &part)) {
        out->part = str_eq(part, STR("1"));
        out->to.chat = rest;
    }
    out->same_chat = str_eq(answered.chat, out->to.chat) && str_eq(answered.connection, out->to.connection);
    return out->to.chat.len && telegram_is_group(out->to.chat) == str_eq(m->door, STR("group"));
}

static bool words_are_caption(struct arena *a, const struct outgoing *m)
{
    return text_length(a, m->text, LENGTH_UTF16) <= CAPTION_MAX;
}

static struct json *reply_parameters(struct arena *a, struct str message)
{
    struct json *reply = json_object(a);
    int64_t id = 0;
    if (!str_int64(message, &id))
        return NULL;
    json_set_int(a, reply, "message_id", id);
    json_set_bool(a, reply, "allow_sending_without_reply", true);
    return reply;
}

static const struct {
    const char *mime, *method, *field;
} methods[] = {
    {"image/jpeg", "sendPhoto", "photo"}, {"image/png", "sendPhoto", "photo"},
    {"image/webp", "sendPhoto", "photo"}, {"image/gif", "sendAnimation", "animation"},
    {"video/mp4", "sendVideo", "video"},  {"audio/mpeg", "sendAudio", "audio"},
    {"audio/mp4", "sendAudio", "audio"},  {"audio/ogg", "sendVoice", "voice"},
    {"", "sendDocument", "document"}, /* anything else */
};
#define PHOTO_MAX ((size_t)10 << 20) /* larger pictures go as files */

static size_t method_of(const struct outgoing_media *file)
{
    size_t i = 0, last = COUNT_OF(methods) - 1;
    while (i < last && !str_eq(file->mime, str_from(methods[i].mime)))
        i++;
    return i < 3 && file->bytes.len > PHOTO_MAX ? last : i;
}

static bool send_file(struct arena *a, const struct settings *s, const struct outgoing *m, const struct sending *to,
                      struct http_call *call, struct error *e)
{
    size_t kind = method_of(m->media);
    struct json *reply = to->same_chat ? reply_parameters(a, to->answered.message) : NULL;
    struct pair fields[5] = {{STR("chat_id"), to->to.chat}};
    size_t count = 1;
    if (!call_bot(a, s, "POST", "", str_from(methods[kind].method), call, e))
        return false;
    if (m->text.len && words_are_caption(a, m))
        fields[count++] = (struct pair){STR("caption"), m->text};
    if (to->to.connection.len)
        fields[count++] = (struct pair){STR("business_connection_id"), to->to.connection};
    if (to->to.topic.len)
        fields[count++] = (struct pair){STR("message_thread_id"), to->to.topic};
    if (reply)
        fields[count++] = (struct pair){STR("reply_parameters"), json_to_str(a, reply)};
    call_form(a, call, &(struct pairs){fields, count}, methods[kind].field, m->media);
    return true;
}

static bool send_words(struct arena *a, const struct settings *s, const struct outgoing *m, const struct sending *to,
                       struct http_call *call, struct error *e)
{
    struct json *body = json_object(a);
    struct json *reply = to->same_chat && !m->media ? reply_parameters(a, to->answered.message) : NULL;
    int64_t id = 0;
    if (!call_bot(a, s, "POST", "", STR("sendMessage"), call, e))
        return false;
    if (to->to.connection.len)
        json_set_str(a, body, "business_connection_id", to->to.connection);
    if (str_int64(to->to.chat, &id))
        json_set_int(a, body, "chat_id", id);
    if (str_int64(to->to.topic, &id))
        json_set_int(a, body, "message_thread_id", id);
    json_set_str(a, body, "text", m->text);
    if (reply)
        json_set(a, body, "reply_parameters", reply);
    call_json(a, call, body);
    return true;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    struct sending to;
    if (!outgoing_door(a, &channel_telegram, m, e))
        return false;
    if (!sending_of(m, &to))
        return fail(e, ERR_BAD_INPUT, "It is not known in which chat of Telegram this goes.");
    return m->media && to.part == 0 ? send_file(a, s, m, &to, call, e) : send_words(a, s, m, &to, call, e);
}

static bool says(struct arena *a, struct str text, const char *const *words)
{
    struct str lower = str_lower(a, text);
    for (; *words; words++)
        if (str_find(lower, str_from(*words)) >= 0)
            return true;
    return false;
}

/* A 400 is many things; its words tell which. Rights that a group took away concern that group alone. */
static enum failure bad_request(struct arena *a, struct str words)
{
    static const char *const closed[] = {"business_peer_usage_missing", NULL};
    static const char *const gone[] = {"message thread not found", "replied message not found",
                                       "message to be replied not found", "message to reply not found", NULL};
    static const char *const blocked[] = {"chat not found",       "user not found",
                                          "not enough rights",    "have no rights",
                                          "need administrator",   "chat_write_forbidden",
                                          "chat_restricted",      "topic_closed",
                                          "peer_id_invalid",      "user_is_blocked",
                                          "user_is_deactivated",  "input_user_deactivated",
                                          "business connection",  "business_connection",
                                          "chat_id is empty",     "group chat was deactivated",
                                          "group is deactivated", NULL};
    if (says(a, words, closed))
        return FAILURE_WINDOW;
    if (says(a, words, gone))
        return FAILURE_GONE;
    return says(a, words, blocked) ? FAILURE_BLOCKED : FAILURE_CONTENT;
}

static enum failure class_of(struct arena *a, int64_t code, struct str words)
{
    switch (code) {
    case 400: return bad_request(a, words);
    case 401:
    case 404: return FAILURE_TOKEN; /* revoked; not of a token's form */
    case 403: return FAILURE_BLOCKED;
    case 413: return FAILURE_CONTENT;
    case 429: return FAILURE_RATE;
    default: return FAILURE_TRANSIENT; /* 409: somebody asks for updates in another way; 5xx */
    }
}

static void read_failure(struct arena *a, const struct http_reply *reply, const struct json *body,
                         struct outcome *out)
{
    int64_t code = json_int(json_get(body, "error_code"), reply->status);
    int64_t wait = json_int(json_path(body, "parameters", "retry_after", NULL), 0);
    struct str words = read_text(a, json_get(body, "description"));
    outcome_by_status(a, out, reply);
    if (!json_is(json_get(body, "ok"), JSON_BOOL) && reply->status != 401 && reply->status != 404)
        return; /* a proxy's words, or none */
    int told = out->retry_seconds;
    outcome_fail(a, out, class_of(a, code, words), str_format(a, "%lld", (long long)code),
                 words.len ? words : str_format(a, "Telegram answered %lld.", (long long)code));
    if (out->failure == FAILURE_RATE || out->failure == FAILURE_TRANSIENT)
        out->retry_seconds = wait > 0 && wait <= 86400 ? (int)wait : told;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *result = json_get(body, "result");
    struct str moved = read_id(a, json_path(body, "parameters", "migrate_to_chat_id", NULL));
    struct sending sent;
    sending_of(m, &sent);
    if (reply->status < 200 || reply->status > 299 || !json_bool(json_get(body, "ok"), true)) {
        if (moved.len && telegram_place_of(moved).chat.len && !str_eq(moved, sent.to.chat))
            outcome_next(a, out, carry_of(a, sent.part, moved));
        else
            read_failure(a, reply, body, out);
        return;
    }
    if (m->media && sent.part == 0 && m->text.len && !words_are_caption(a, m)) {
        outcome_next(a, out, carry_of(a, 1, sent.to.chat));
        return;
    }
    struct telegram_place at = {.connection = sent.to.connection,
                                .chat = read_id(a, json_path(result, "chat", "id", NULL)),
                                .topic = STR_EMPTY,
                                .message = read_id(a, json_get(result, "message_id"))};
    if (!at.chat.len)
        at.chat = sent.to.chat;
    outcome_accept(a, out, at.message.len ? telegram_name(a, &at) : STR_EMPTY);
}

/* ---- files: an address is asked for, which is good for an hour ---- */

static bool path_is_plain(struct str path)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        bool fine = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!fine && str_find_char(STR("/_-."), c) < 0)
            return false;
    }
    return path.len && path.ptr[0] != '/' && str_find(path, STR("..")) < 0;
}

static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    struct json *body = json_object(a);
    if (step == 0 && !file->media_id.len)
        return fail(e, ERR_BAD_INPUT, "The file has no id.");
    if (step == 0) {
        json_set_str(a, body, "file_id", file->media_id);
        if (!call_bot(a, s, "POST", "", STR("getFile"), call, e))
            return false;
        call_json(a, call, body);
        return true;
    }
    struct str path = read_text(a, json_path(json_parse(a, carry, NULL), "result", "file_path", NULL));
    if (!path_is_plain(path))
        return fail(e, ERR_BAD_INPUT, "Telegram named no path for the file.");
    if (!call_bot(a, s, "GET", "/file", path, call, e))
        return false;
    call->timeout_ms = 60000;
    call->reply_max = (size_t)20 << 20;
    return true;
}

/* ---- is the account well? ---- */

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_bot(a, s, "POST", "", STR("getMe"), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (reply->status == 200 && json_bool(json_get(body, "ok"), false))
        outcome_accept(a, out, STR_EMPTY);
    else
        read_failure(a, reply, body, out);
}

const struct channel channel_telegram = {
    .name = "telegram",
    .label = "Telegram",
    .icon = "telegram",
    .settings = settings,
    .doors = doors,
    .headers = {"x-telegram-bot-api-secret-token"},
    .honest = "honest.telegram",
    .notice = "chat",
    .guide_steps = 4,
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .media = media,
    .probe = probe,
    .probed = probed,
};
