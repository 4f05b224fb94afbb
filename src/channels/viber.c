/* SPDX-License-Identifier: Apache-2.0 */
/* Viber: a bot that people write to in private. Only subscribers can be written to; who writes subscribes by it.
 * Errors come with HTTP 200 and a status of their own. Files of ours are left out: Viber takes them by public address
 * alone, and what a colleague attaches has none. Facts: creators.viber.com/docs/bots-api and Viber's own client
 * libraries. */
#include "channels/channel_internal.h"

#include <string.h>

#include "base/arena.h"

#define SENDER_MAX 28 /* characters of sender.name */

extern const struct channel channel_viber;

static const struct setting settings[] = {
    {"auth_token", "setting.viber.auth_token", "the bot's authentication token, which also signs what Viber sends",
     NULL, SETTING_REQUIRED | SETTING_SECRET},
    {"sender_name", "setting.viber.sender_name", "the name shown above our messages, at most 28 characters", NULL,
     SETTING_REQUIRED},
    {"api_base", "setting.viber.api_base", "address of the API", "https://chatapi.viber.com", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT,
     .name = "viber",
     .label = "door.viber.viber",
     .unit = LENGTH_CHARACTERS,
     .limit = 7000,
     .attachments = true,
     .attachment_max = 25 << 20,
     .by_address = true},
    {0},
};

/* ---- in ---- */

/* The documented header; Viber's Node library also knows it with other lines, or in the address. */
static struct str signature_of(const struct hook *hook)
{
    struct str given = pairs_get(&hook->headers, STR("x-viber-content-signature"));
    if (!given.len)
        given = pairs_get(&hook->headers, STR("x_viber_content_signature"));
    return given.len ? given : pairs_get(&hook->query, STR("sig"));
}

static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    static const char digits[] = "0123456789abcdef";
    struct str given = signature_of(hook), token = settings_get(s, "auth_token");
    unsigned char digest[SHA256_BYTES];
    char expected[2 * SHA256_BYTES];
    if (!given.len || !token.len)
        return fail(e, ERR_FORBIDDEN, "The signature X-Viber-Content-Signature is missing.");
    hmac_sha256(token, hook->body, digest);
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        expected[2 * i] = digits[digest[i] >> 4];
        expected[2 * i + 1] = digits[digest[i] & 15];
    }
    if (!same_secret(given, (struct str){expected, sizeof expected}))
        return fail(e, ERR_FORBIDDEN,
                    "X-Viber-Content-Signature does not fit the body and the authentication token.");
    return true;
}

struct reading {
    struct arena *a;
    struct channel_events *events;
    const struct json *root;
    struct str token, who; /* message_token, and whom it is about */
};

static struct channel_event *add(struct reading *r, enum channel_event_kind kind, const char *key)
{
    struct channel_event *out = channel_events_add(r->events);
    out->kind = kind;
    out->author.external_id = r->who;
    out->thread_key = str_concat(r->a, STR("dm:"), r->who);
    out->door = STR("viber");
    out->at = read_time(json_get(r->root, "timestamp"));
    out->at_exact = true;
    out->dedupe = r->token.len ? DEDUPE(r->a, key, r->token, r->who) : dedupe_hash(r->a, json_to_str(r->a, r->root));
    return out;
}

/* What we told with our last message comes back with what they write next: that one has arrived, even if the answer
 * to our call was lost. */
static void read_tracking(struct reading *r, const struct json *message)
{
    struct str ours = read_id(r->a, json_get(message, "tracking_data"));
    if (!ours.len)
        return;
    struct channel_event *out = add(r, CHANNEL_RECEIPT, "k");
    out->reply_token = ours;
    out->receipt = RECEIPT_DELIVERED;
}

static void read_card(struct reading *r, struct channel_event *out, const struct json *card)
{
    out->message = MESSAGE_CONTACT;
    event_say(r->a, out, read_text(r->a, json_get(card, "name")));
    event_say(r->a, out, read_id(r->a, json_get(card, "phone_number")));
}

/* The address of a file lives for an hour or so. */
static void attach(struct reading *r, struct channel_event *out, const struct json *message, enum message_kind kind)
{
    struct str url = read_text(r->a, json_get(message, "media"));
    struct channel_media *media = url.len ? event_attach(r->a, out, kind) : NULL;
    out->message = kind;
    if (!media)
        return;
    media->url = url;
    media->file_name = read_text(r->a, json_get(message, "file_name"));
}

static void read_content(struct reading *r, struct channel_event *out, const struct json *message)
{
    static const struct {
        const char *type;
        enum message_kind kind;
    } kinds[] = {
        {"picture", MESSAGE_IMAGE}, {"video", MESSAGE_VIDEO}, {"file", MESSAGE_FILE}, {"sticker", MESSAGE_STICKER}};
    const struct json *spot = json_get(message, "location");
    struct str type = json_text(json_get(message, "type"));
    out->text = read_words(r->a, json_get(message, "text"));
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(type, str_from(kinds[i].type))) {
            attach(r, out, message, kinds[i].kind);
            return;
        }
    if (str_eq(type, STR("contact"))) {
        read_card(r, out, json_get(message, "contact"));
    } else if (str_eq(type, STR("url"))) {
        struct str address = read_text(r->a, json_get(message, "media"));
        if (str_find(out->text, address) < 0)
            event_say(r->a, out, address);
    } else if (str_eq(type, STR("location"))) {
        event_location(r->a, out, STR_EMPTY, read_text(r->a, json_get(spot, "address")), json_get(spot, "lat"),
                       json_get(spot, "lon"));
    } else if (!str_eq(type, STR("text"))) {
        out->message = MESSAGE_UNSUPPORTED;
        out->note = str_format(r->a, "a message of the kind %.*s", STR_ARGS(read_title(r->a, type)));
    }
}

static void read_message(struct reading *r)
{
    const struct json *sender = json_get(r->root, "sender"), *message = json_get(r->root, "message");
    r->who = read_id(r->a, json_get(sender, "id"));
    if (!r->who.len || !r->token.len || !json_is(message, JSON_OBJECT)) {
        channel_unread(r->events, NULL, "the message has no %s",
                       !r->who.len     ? "sender.id"
                       : !r->token.len ? "message_token"
                                       : "message");
        return;
    }
    read_tracking(r, message);
    struct channel_event *out = add(r, CHANNEL_MESSAGE, "m");
    out->dedupe = DEDUPE(r->a, "m", r->token);
    out->external_id = r->token;
    out->author.name = read_text(r->a, json_get(sender, "name"));
    out->author.avatar_url = read_text(r->a, json_get(sender, "avatar"));
    read_content(r, out, message);
    if (out->message == MESSAGE_TEXT && !out->text.len) {
        out->message = MESSAGE_UNSUPPORTED;
        out->note = STR("a message without words");
    }
}

/* They begin to hear us, or end it; who it is stands in user, or as user_id alone. */
static void read_subscription(struct reading *r, bool back)
{
    const struct json *user = json_get(r->root, "user");
    r->who = read_id(r->a, json_get(user, "id"));
    if (!r->who.len)
        r->who = read_id(r->a, json_get(r->root, "user_id"));
    if (!r->who.len) {
        channel_unread(r->events, NULL, "the event has no user");
        return;
    }
    struct channel_event *out = add(r, back ? CHANNEL_BACK : CHANNEL_LEFT, back ? "in" : "out");
    out->author.name = read_text(r->a, json_get(user, "name"));
}

static void read_subscribed(struct reading *r)
{
    read_subscription(r, true);
}

static void read_unsubscribed(struct reading *r)
{
    read_subscription(r, false);
}

static void read_receipt(struct reading *r, enum receipt receipt, const char *key)
{
    r->who = read_id(r->a, json_get(r->root, "user_id"));
    if (!r->token.len) {
        channel_unread(r->events, NULL, "the receipt has no message_token");
        return;
    }
    struct channel_event *out = add(r, CHANNEL_RECEIPT, key);
    out->external_id = r->token;
    out->receipt = receipt;
    if (receipt != RECEIPT_FAILED)
        return;
    out->failure = FAILURE_CONTENT; /* it came to the telephone, which could not show it */
    out->note = read_text(r->a, json_get(r->root, "desc"));
}

static void read_delivered(struct reading *r)
{
    read_receipt(r, RECEIPT_DELIVERED, "delivered");
}

static void read_seen(struct reading *r)
{
    read_receipt(r, RECEIPT_READ, "seen");
}

static void read_failed(struct reading *r)
{
    read_receipt(r, RECEIPT_FAILED, "failed");
}

static const struct {
    const char *name;
    void (*read)(struct reading *r);
} kinds[] = {{"message", read_message}, {"delivered", read_delivered},   {"seen", read_seen},
             {"failed", read_failed},   {"subscribed", read_subscribed}, {"unsubscribed", read_unsubscribed}};

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    (void)s;
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    struct str name = read_text(a, json_get(root, "event"));
    struct reading r = {.a = a, .events = events, .root = root, .token = read_id(a, json_get(root, "message_token"))};
    if (!name.len)
        return fail(e, ERR_MALFORMED, "no event: not a webhook of Viber");
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(name, str_from(kinds[i].name))) {
            kinds[i].read(&r);
            return channel_read(events, e);
        }
    /* the address is tried, a talk is opened in which nothing is said yet, or Viber learned a new word */
    add(&r, CHANNEL_IGNORED, str_cstr(a, read_title(a, name)))->note = name;
    return channel_read(events, e);
}

/* ---- out ---- */

static void call_viber(struct arena *a, const struct settings *s, const char *path, const struct json *body,
                       struct http_call *call)
{
    *call = (struct http_call){.method = "POST", .url = str_concat(a, api_base(s), str_from(path))};
    call_header(a, call, "X-Viber-Auth-Token", settings_get(s, "auth_token"));
    call_json(a, call, body);
}

static struct str sender_name(struct arena *a, const struct settings *s)
{
    struct str name = settings_get(s, "sender_name");
    bool fits = text_length(a, name, LENGTH_CHARACTERS) <= SENDER_MAX;
    return fits ? name : text_shorten(a, name, SENDER_MAX - 1); /* and "…" */
}

#define PICTURE_MAX   (1 << 20) /* bytes; what is larger goes as a file */
#define CAPTION_MAX   768       /* characters under a picture */
#define FILE_NAME_MAX 256
#define WORDS         "words" /* carry: the file went, its words follow */

static bool is_picture(const struct outgoing *m)
{
    return str_eq(mime_of(m->media), STR("image/jpeg")) && m->media->bytes.len <= PICTURE_MAX;
}

/* A file has no words beside it, and a picture few: the rest is a second message. */
static bool words_follow(struct arena *a, const struct outgoing *m)
{
    return m->media && m->text.len && (!is_picture(m) || text_length(a, m->text, LENGTH_CHARACTERS) > CAPTION_MAX);
}

static void set_file(struct arena *a, struct json *body, const struct outgoing *m)
{
    struct str name = m->media->file_name.len ? m->media->file_name : STR("file");
    bool picture = is_picture(m);
    json_set_str(a, body, "type", picture ? STR("picture") : STR("file"));
    json_set_str(a, body, "media", m->media->address);
    if (picture) {
        json_set_str(a, body, "text", words_follow(a, m) ? STR_EMPTY : m->text);
    } else {
        json_set_int(a, body, "size", (int64_t)m->media->bytes.len);
        json_set_str(a, body, "file_name", text_shorten(a, name, FILE_NAME_MAX - 1));
    }
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_viber, m, e))
        return false;
    bool file = m->media && !str_eq(m->carry, STR(WORDS));
    if (file && !m->media->address.len)
        return fail(e, ERR_BAD_INPUT, "Viber fetches files from an address of ours, and none is set (public_url).");
    struct json *body = json_object(a), *sender = json_object(a);
    json_set_str(a, sender, "name", sender_name(a, s));
    json_set_str(a, body, "receiver", m->to);
    json_set_int(a, body, "min_api_version", 1);
    json_set(a, body, "sender", sender);
    json_set_str(a, body, "tracking_data", m->idempotency_key);
    if (file) {
        set_file(a, body, m);
    } else {
        json_set_str(a, body, "type", STR("text"));
        json_set_str(a, body, "text", m->text);
    }
    call_viber(a, s, "/pa/send_message", body, call);
    return true;
}

/* What status says, beside HTTP's 200. What costs, and is not paid for, is our writing first: who writes to us can be
 * answered again, so that it is a window. */
static const struct {
    int status;
    enum failure failure;
} codes[] = {
    {1, FAILURE_PERMISSION},  /* the webhook's address is refused */
    {2, FAILURE_TOKEN},       /* the token is wrong */
    {3, FAILURE_CONTENT},     /* bad data */
    {4, FAILURE_CONTENT},     /* missing data */
    {5, FAILURE_BLOCKED},     /* the receiver is not on Viber */
    {6, FAILURE_BLOCKED},     /* nor subscribed to us */
    {7, FAILURE_PERMISSION},  /* our account is blocked */
    {8, FAILURE_TOKEN},       /* there is no account of this token */
    {9, FAILURE_PERMISSION},  /* our account is suspended */
    {10, FAILURE_PERMISSION}, /* no webhook is set */
    {11, FAILURE_BLOCKED},    /* the receiver's Viber is too old */
    {12, FAILURE_RATE},       /* too many: also a hundred an hour to who does not answer */
    {13, FAILURE_BLOCKED},    /* the receiver's Viber does not know this */
    {14, FAILURE_CONTENT},    /* min_api_version does not go with the message */
    {15, FAILURE_PERMISSION}, /* the account may not do this */
    {16, FAILURE_CONTENT},    /* no reply inside the chat */
    {17, FAILURE_PERMISSION}, /* the account is not inline */
    {18, FAILURE_PERMISSION}, /* it has no public chat */
    {19, FAILURE_PERMISSION}, /* nor may broadcast */
    {20, FAILURE_PERMISSION}, /* nor at all */
    {21, FAILURE_BLOCKED},    /* not in the receiver's country */
    {22, FAILURE_CONTENT},    /* payments */
    {23, FAILURE_WINDOW},     /* this month's free messages are used up */
    {24, FAILURE_WINDOW},     /* and nothing is paid in */
};

static enum failure failure_of(int64_t status)
{
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i].status == status)
            return codes[i].failure;
    return FAILURE_TRANSIENT; /* "general error", and what Viber may add */
}

/* NULL and out filled when the answer is a refusal, or none. */
static struct json *read_answer(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    int64_t status = json_int(json_get(body, "status"), -1);
    if (reply->status < 200 || reply->status > 299) {
        outcome_by_status(a, out, reply);
        return NULL;
    }
    if (json_get(body, "status") && status != 0) {
        outcome_fail(a, out, failure_of(status), str_format(a, "%lld", (long long)status),
                     read_text(a, json_get(body, "status_message")));
        if (out->failure == FAILURE_RATE) /* Viber names no moment */
            out->retry_seconds = retry_after(reply) ? retry_after(reply) : 300;
        return NULL;
    }
    return body ? body : json_object(a);
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = read_answer(a, reply, out);
    if (!body)
        return;
    if (words_follow(a, m) && !str_eq(m->carry, STR(WORDS)))
        outcome_next(a, out, STR(WORDS));
    else
        outcome_accept(a, out, read_id(a, json_get(body, "message_token")));
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    (void)e;
    call_viber(a, s, "/pa/get_account_info", json_object(a), call);
    return true;
}

/* A bot without a webhook hears nothing, and Viber lets it say nothing either (status 10). */
static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = read_answer(a, reply, out);
    if (!body)
        return;
    struct str id = read_id(a, json_get(body, "id")), name = read_text(a, json_get(body, "name"));
    if (!id.len) {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("no id"), STR("The answer does not say which bot this is."));
    } else if (!read_text(a, json_get(body, "webhook")).len) {
        outcome_fail(a, out, FAILURE_PERMISSION, STR("10"),
                     STR("No webhook is set for this bot: set_webhook with this channel's address is still to be "
                         "called."));
    } else {
        outcome_accept(a, out, id);
        out->words = str_dup(a, name);
    }
}

const struct channel channel_viber = {
    .name = "viber",
    .label = "Viber",
    .icon = "viber",
    .settings = settings,
    .doors = doors,
    .headers = {"x-viber-content-signature", "x_viber_content_signature"},
    .honest = "honest.viber",
    .guide_steps = 4,
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .probe = probe,
    .probed = probed,
};
