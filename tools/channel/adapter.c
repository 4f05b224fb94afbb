/* SPDX-License-Identifier: Apache-2.0 */
/* @Label@: what comes in, what goes out and what is not possible, in a sentence or two.
 * Facts: the network's own documentation, with address and date. */
#include "channels/channel_internal.h"

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_@name@;

static const struct setting settings[] = {
    {"app_secret", "setting.@name@.app_secret", "the secret with which @Label@ signs what it sends", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"access_token", "setting.@name@.access_token", "the access token, needed to answer", NULL, SETTING_SECRET},
    {"account_id", "setting.@name@.account_id", "our account's id, as @Label@ names it", NULL, SETTING_ACCOUNT},
    {"api_base", "setting.@name@.api_base", "address of the API", "https://api.@name@.example", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT,
     .name = "chat",
     .label = "door.@name@.chat",
     .unit = LENGTH_CHARACTERS,
     .limit = 2000,
     .window_hours = 0},
    {0},
};

static const struct listing listings[] = {
    {.name = "messages",
     .label = "listing.@name@.messages",
     .doors = {"chat"},
     .every_seconds = 900,
     .hooked = true,
     .reach_hours = 720},
    {0},
};

/* ---- in ---- */

/* The signature over the raw bytes: hex, in x-@name@-signature. */
static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    struct str header = pairs_get(&hook->headers, STR("x-@name@-signature"));
    struct str secret = settings_get(s, "app_secret");
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[SHA256_BYTES];
    char expected[2 * SHA256_BYTES];
    if (!header.len || !secret.len)
        return fail(e, ERR_FORBIDDEN, "The signature x-@name@-signature is missing.");
    hmac_sha256(secret, hook->body, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        expected[2 * i] = digits[digest[i] >> 4];
        expected[2 * i + 1] = digits[digest[i] & 15];
    }
    if (!same_secret(header, (struct str){expected, sizeof expected}))
        return fail(e, ERR_FORBIDDEN, "x-@name@-signature does not fit the body and the secret.");
    return true;
}

struct reading {
    struct arena *a;
    struct channel_events *events;
    struct str us;
};

static bool kind_of(struct str word, enum channel_event_kind *kind)
{
    static const struct {
        const char *word;
        enum channel_event_kind kind;
    } kinds[] = {{"message", CHANNEL_MESSAGE}, {"edit", CHANNEL_EDIT}, {"delete", CHANNEL_DELETE}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(word, str_from(kinds[i].word))) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

/* One message, as webhooks and the list write it. */
static void read_one(struct reading *r, const struct json *one, enum channel_event_kind kind, const struct place *at)
{
    const struct json *author = json_get(one, "author");
    struct str id = read_id(r->a, json_get(one, "id")), who = read_id(r->a, json_get(author, "id"));
    if (!id.len || !who.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "author.id" : "id");
        return;
    }
    struct channel_event *event = channel_events_add(r->events);
    event->kind = kind;
    event->account = r->us;
    event->external_id = id;
    event->echo = r->us.len && str_eq(who, r->us);
    event->author.external_id = event->echo ? read_id(r->a, json_get(one, "to")) : who;
    event->author.name = event->echo ? STR_EMPTY : read_text(r->a, json_get(author, "name"));
    event->thread_key = str_concat(r->a, STR("dm:"), event->author.external_id);
    event->parent_id = read_id(r->a, json_get(one, "reply_to"));
    event->door = STR("chat");
    event->at = read_time(json_get(one, "at"));
    event->text = read_words(r->a, json_get(one, "text"));
    if (kind == CHANNEL_MESSAGE)
        event->dedupe = str_concat(r->a, STR("m:"), id);
    else
        event->dedupe = dedupe_hash(r->a, json_to_str(r->a, one));
    if (kind == CHANNEL_MESSAGE && !event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = read_text(r->a, json_get(one, "type"));
    }
}

static void read_event(struct reading *r, const struct json *event, const struct place *at)
{
    struct str word = json_text(json_get(event, "kind"));
    enum channel_event_kind kind;
    if (!json_is(event, JSON_OBJECT)) {
        channel_unread(r->events, at, "is no object");
    } else if (kind_of(word, &kind)) {
        read_one(r, event, kind, at);
    } else { /* understood as something that is of no matter to care */
        struct channel_event *other = channel_events_add(r->events);
        other->kind = CHANNEL_IGNORED;
        other->account = r->us;
        other->note = text_clean(r->a, word);
        other->dedupe = dedupe_hash(r->a, json_to_str(r->a, event));
    }
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    const struct json *list = json_get(root, "events");
    struct reading r = {a, events, read_id(a, json_get(root, "account"))};
    struct place at = {NULL, "events", -1};
    if (!r.us.len)
        r.us = settings_get(s, "account_id");
    if (!json_is(list, JSON_ARRAY))
        return fail(e, ERR_MALFORMED, "There is no events in it.");
    for (size_t i = 0; i < json_count(list); i++) {
        at.index = (ptrdiff_t)i;
        read_event(&r, json_at(list, i), &at);
    }
    return channel_read(events, e);
}

/* ---- out ---- */

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_@name@, m, e) ||
        !call_start(a, s, "POST", str_concat(a, api_base(s), STR("/messages")), call, e))
        return false;
    struct json *body = json_object(a);
    json_set_str(a, body, "to", m->to);
    json_set_str(a, body, "text", m->text);
    if (m->parent_id.len)
        json_set_str(a, body, "reply_to", m->parent_id);
    json_set_str(a, body, "key", m->idempotency_key);
    call_json(a, call, body);
    return true;
}

static const struct {
    const char *code;
    enum failure failure;
} codes[] = {
    {"token_expired", FAILURE_TOKEN}, {"not_allowed", FAILURE_PERMISSION}, {"too_fast", FAILURE_RATE},
    {"window", FAILURE_WINDOW},       {"blocked", FAILURE_BLOCKED},        {"gone", FAILURE_GONE},
    {"content", FAILURE_CONTENT},
};

static void read_failure(struct arena *a, const struct http_reply *reply, const struct json *body,
                         struct outcome *out)
{
    const struct json *error = json_get(body, "error");
    struct str code = read_id(a, json_get(error, "code")), words = read_text(a, json_get(error, "message"));
    outcome_by_status(a, out, reply);
    if (!code.len)
        return;
    enum failure failure = out->failure;
    int seconds = out->retry_seconds;
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (str_eq(code, str_from(codes[i].code)))
            failure = codes[i].failure;
    outcome_fail(a, out, failure, code, words);
    if (failure == FAILURE_RATE && !seconds) /* the network names no moment */
        seconds = 60;
    out->retry_seconds = seconds;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    (void)m;
    struct json *body = json_parse(a, reply->body, NULL);
    if (reply->status >= 200 && reply->status <= 299)
        outcome_accept(a, out, read_id(a, json_get(body, "id")));
    else
        read_failure(a, reply, body, out);
}

/* ---- asking ---- */

static bool ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                struct error *e)
{
    struct buf url;
    buf_init(&url, a, 256);
    buf_format(&url, "%.*s/messages?since=", STR_ARGS(api_base(s)));
    buf_url(&url, clock_iso(a, asking->since));
    if (asking->carry.len) {
        buf_cstr(&url, "&page=");
        buf_url(&url, asking->carry);
    }
    return call_start(a, s, "GET", buf_view(&url), call, e);
}

static void asked(struct arena *a, const struct settings *s, const struct asking *asking,
                  const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    (void)asking;
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *list = json_get(body, "messages");
    struct reading r = {a, events, settings_get(s, "account_id")};
    struct place at = {NULL, "messages", -1};
    if (reply->status != 200 || !json_is(list, JSON_ARRAY)) {
        read_failure(a, reply, body, &out->outcome);
        return;
    }
    for (size_t i = 0; i < json_count(list); i++) {
        at.index = (ptrdiff_t)i;
        read_one(&r, json_at(list, i), CHANNEL_MESSAGE, &at);
    }
    out->carry = read_id(a, json_get(body, "next"));
    out->more = out->carry.len > 0;
}

/* ---- health ---- */

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", str_concat(a, api_base(s), STR("/me")), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_get(body, "id"));
    if (reply->status != 200 || !id.len) {
        read_failure(a, reply, body, out);
        return;
    }
    outcome_accept(a, out, id);
    out->words = str_dup(a, read_text(a, json_get(body, "name")));
}

const struct channel channel_@name@ = {
    .name = "@name@",
    .label = "@Label@",
    .icon = "chat",
    .settings = settings,
    .doors = doors,
    .honest = "honest.@name@",
    .headers = {"x-@name@-signature"},
    .listings = listings,
    .guide_steps = 3,
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .ask = ask,
    .asked = asked,
    .probe = probe,
    .probed = probed,
};
