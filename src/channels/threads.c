/* SPDX-License-Identifier: Apache-2.0 */
/* Threads: replies under our posts and mentions of us. A reply is a container that is made, looked at and published;
 * its id is handed from step to step, so that what was once made is published once at most. Threads has no private
 * messages. https://developers.facebook.com/docs/threads */
#include "channels/channel_threads.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_threads;

static const struct setting settings[] = {
    META_SECRET("threads", "the secret of the Threads app"),
    {"username", "setting.threads.username", "our account's name, without @: by it we know our own words", NULL,
     SETTING_REQUIRED},
    META_TOKEN("threads", "the account's access token"),
    {"user_id", "setting.threads.user_id", "our account's id, as digits", NULL, SETTING_ACCOUNT},
    META_VERIFY("threads"),
    {"app_id", "setting.threads.app_id", "the id of the Threads app, needed to agree there", NULL, 0},
    META_KEPT("threads"),
    {"api_base", "setting.threads.api_base", "address of the API", "https://graph.threads.net", 0},
    {"api_version", "setting.threads.api_version", "version of the API", "v1.0", 0},
    CONSENT_BASE("threads", "https://threads.net"),
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "reply",
     .label = "door.threads.reply",
     .unit = LENGTH_EMOJI_BYTES,
     .limit = 500,
     .reply_needed = true,
     .attachments = true,
     .attachment_max = 8 << 20, /* of a picture */
     .by_address = true,
     .units = 1},
    {0},
};

static const struct listing listings[] = {
    {.name = "replies",
     .label = "listing.threads.replies",
     .doors = {"reply"},
     .every_seconds = 600,
     .hooked = true,
     .complete = true,
     .by_thread = true},
    {.name = "mentions",
     .label = "listing.threads.mentions",
     .doors = {"reply"},
     .every_seconds = 600,
     .hooked = true},
    {0},
};

/* ---- in ---- */

static bool is_ours(const struct threads_reading *r, const struct json *post, struct str username)
{
    return json_bool(json_get(post, "is_reply_owned_by_me"), false) ||
           (username.len && str_eq_nocase(username, settings_get(r->settings, "username")));
}

static void attach_url(struct threads_reading *r, struct channel_event *event, enum message_kind kind, struct str url)
{
    struct channel_media *media = url.len ? event_attach(r->a, event, kind) : NULL;
    if (media)
        media->url = url;
}

static void read_media(struct threads_reading *r, const struct json *post, struct channel_event *event)
{
    static const struct {
        struct str type;
        enum message_kind kind;
        const char *note;
    } kinds[] = {{{"IMAGE", 5}, MESSAGE_IMAGE, "a picture"},
                 {{"VIDEO", 5}, MESSAGE_VIDEO, "a film"},
                 {{"AUDIO", 5}, MESSAGE_AUDIO, "a sound"},
                 {{"CAROUSEL_ALBUM", 14}, MESSAGE_IMAGE, "several pictures"},
                 {{"REPOST_FACADE", 13}, MESSAGE_UNSUPPORTED, "a post that was shared again"}};
    struct str type = read_text(r->a, json_get(post, "media_type")),
               url = read_text(r->a, json_get(post, "media_url"));
    size_t i = 0;
    while (i < COUNT_OF(kinds) && !str_eq(type, kinds[i].type))
        i++;
    bool known = i < COUNT_OF(kinds);
    const struct json *parts = json_path(post, "children", "data", NULL);
    if (known && kinds[i].kind != MESSAGE_UNSUPPORTED)
        attach_url(r, event, kinds[i].kind, url);
    attach_url(r, event, MESSAGE_IMAGE, read_text(r->a, json_get(post, "gif_url")));
    for (size_t k = 0; !url.len && json_is(parts, JSON_ARRAY) && k < json_count(parts); k++) {
        const struct json *part = json_at(parts, k);
        bool film = str_eq(json_text(json_get(part, "media_type")), STR("VIDEO"));
        attach_url(r, event, film ? MESSAGE_VIDEO : MESSAGE_IMAGE, read_text(r->a, json_get(part, "media_url")));
    }
    if (event->text.len || event->media_count)
        return;
    event->message = MESSAGE_UNSUPPORTED;
    event->note = known ? str_from(kinds[i].note) : STR("a post without words");
}

void threads_post(struct threads_reading *r, const struct json *post, const struct place *at)
{
    struct str id = read_id(r->a, json_get(post, "id")),
               root = read_id(r->a, json_path(post, "root_post", "id", NULL));
    struct str username = read_text(r->a, json_get(post, "username"));
    if (!id.len) {
        channel_unread(r->events, at, "has no id");
        return;
    }
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_MESSAGE;
    event->account = settings_get(r->settings, "user_id");
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->parent_id = read_id(r->a, json_path(post, "replied_to", "id", NULL));
    event->thread_key = str_concat(r->a, STR("post:"), root.len ? root : r->root.len ? r->root : id);
    event->door = STR("reply");
    event->is_public = true;
    event->echo = is_ours(r, post, username);
    event->at = read_time(json_get(post, "timestamp"));
    event->as_of = r->now;
    if (!event->at)
        event->at = r->time;
    event->text = read_words(r->a, json_get(post, "text"));
    event->link = read_text(r->a, json_get(post, "permalink"));
    if (!event->echo) { /* of other people Threads tells the name alone */
        event->author.external_id = str_lower(r->a, username);
        event->author.handle = username;
    }
    if (!event->parent_id.len && event->echo)
        event->thread_title = read_title(r->a, event->text);
    read_media(r, post, event);
}

static void read_deleted(struct threads_reading *r, const struct json *post, const struct place *at)
{
    struct str id = read_id(r->a, json_get(post, "id"));
    if (!id.len) {
        channel_unread(r->events, at, "has no id");
        return;
    }
    struct channel_event *event = channel_events_add(r->events);
    *event = (struct channel_event){.kind = CHANNEL_DELETE,
                                    .account = settings_get(r->settings, "user_id"),
                                    .external_id = id,
                                    .dedupe = DEDUPE(r->a, "delete", id),
                                    .door = STR("reply"),
                                    .is_public = true,
                                    .at = r->time};
}

static void read_ignored(struct threads_reading *r, const struct json *post, const struct place *at)
{
    (void)at;
    struct channel_event *event = channel_events_add(r->events);
    *event = (struct channel_event){.kind = CHANNEL_IGNORED, .at = r->time, .note = STR("we published something")};
    event->dedupe = DEDUPE(r->a, "publish", dedupe_hash(r->a, json_to_str(r->a, post)));
}

static const struct {
    struct str field;
    void (*read)(struct threads_reading *r, const struct json *post, const struct place *at);
} fields[] = {{{"replies", 7}, threads_post},
              {{"mentions", 8}, threads_post},
              {{"delete", 6}, read_deleted},
              {{"publish", 7}, read_ignored}};

static void read_change(struct threads_reading *r, const struct json *change, const struct place *at)
{
    struct str field = read_text(r->a, json_get(change, "field"));
    const struct json *value = json_get(change, "value");
    struct place here = {at, "value", -1};
    size_t i = 0;
    while (i < COUNT_OF(fields) && !str_eq(field, fields[i].field))
        i++;
    if (i == COUNT_OF(fields))
        channel_unread(r->events, at, "has the field \"%.*s\", which is not known",
                       STR_ARGS(str_slice(field, 0, 40)));
    else if (!json_is(value, JSON_OBJECT))
        channel_unread(r->events, &here, "is missing or not an object");
    else
        fields[i].read(r, value, &here);
}

/* `values` holds one change, or a list of them. */
static void read_changes(struct threads_reading *r, const struct json *changes, const char *name,
                         const struct place *up)
{
    struct place at = {up, name, -1};
    if (json_is(changes, JSON_OBJECT)) {
        read_change(r, changes, &at);
        return;
    }
    if (!json_is(changes, JSON_ARRAY)) {
        channel_unread(r->events, &at, "is neither a change nor a list of them");
        return;
    }
    const struct json *change;
    while ((change = read_next(r->events, changes, &at)))
        read_change(r, change, &at);
}

/* As Meta's other networks wrap what they tell. */
static void read_entries(struct threads_reading *r, const struct json *entries)
{
    struct place at = {NULL, "entry", -1};
    if (!json_is(entries, JSON_ARRAY))
        channel_unread(r->events, &at, "is not a list");
    for (size_t i = 0; json_is(entries, JSON_ARRAY) && i < json_count(entries); i++) {
        const struct json *entry = json_at(entries, i);
        at.index = (ptrdiff_t)i;
        r->time = read_time(json_get(entry, "time"));
        read_changes(r, json_get(entry, "changes"), "changes", &at);
    }
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    struct threads_reading r = {.a = a, .settings = s, .events = events, .time = read_time(json_get(root, "time"))};
    if (json_get(root, "values"))
        read_changes(&r, json_get(root, "values"), "values", NULL);
    else if (json_get(root, "entry"))
        read_entries(&r, json_get(root, "entry"));
    else
        return fail(e, ERR_MALFORMED, "no `values` and no `entry`: not a webhook of Threads");
    return channel_read(events, e);
}

/* ---- out: carry says what is next. Empty: make a container; "look ID": is it ready; "publish ID" ---- */

#define LOOK      "look "
#define PUBLISH   "publish "
#define READY_IN  30 /* seconds, as Threads advises */
#define STEPS_MAX 8

static struct str user_of(const struct settings *s)
{
    struct str us = settings_get(s, "user_id");
    return us.len ? us : STR("me");
}

static struct str container_of(struct str carry, const char *step)
{
    struct str word = str_from(step);
    return str_starts(carry, word) ? str_slice(carry, word.len, carry.len) : STR_EMPTY;
}

static bool send_fields(struct arena *a, const struct settings *s, const char *tail, struct pair *items, size_t count,
                        struct http_call *call, struct error *e)
{
    if (!call_start(a, s, "POST", meta_url(a, s, user_of(s), tail), call, e))
        return false;
    call_fields(a, call, &(struct pairs){items, count});
    return true;
}

static bool media_type(const struct outgoing_media *file, struct str *type, struct str *field, struct error *e)
{
    struct str mime = mime_of(file);
    bool film = str_eq(mime, STR("video/mp4")) || str_eq(mime, STR("video/quicktime"));
    *type = film ? STR("VIDEO") : STR("IMAGE");
    *field = film ? STR("video_url") : STR("image_url");
    if (!film && !str_eq(mime, STR("image/jpeg")) && !str_eq(mime, STR("image/png")))
        return fail(e, ERR_BAD_INPUT, "Threads takes pictures (JPEG, PNG) and films (MP4, MOV).");
    return file->address.len ||
           fail(e, ERR_BAD_INPUT, "Threads fetches files from an address of ours, and none is set (public_url).");
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    const struct door *door = outgoing_door(a, &channel_threads, m, e);
    struct str look = container_of(m->carry, LOOK), publish = container_of(m->carry, PUBLISH);
    if (!door)
        return false;
    if (look.len)
        return call_start(a, s, "GET", meta_url(a, s, look, "?fields=id,status,error_message"), call, e);
    if (publish.len) {
        struct pair one[] = {{STR("creation_id"), publish}};
        return send_fields(a, s, "/threads_publish", one, COUNT_OF(one), call, e);
    }
    struct str type = STR("TEXT"), field = STR_EMPTY;
    if (m->media && !media_type(m->media, &type, &field, e))
        return false;
    struct pair make[4] = {{STR("media_type"), type}, {STR("text"), m->text}, {STR("reply_to_id"), m->parent_id}};
    size_t count = 3;
    if (m->media)
        make[count++] = (struct pair){field, m->media->address};
    return send_fields(a, s, "/threads", make, count, call, e);
}

bool threads_not_found(const struct json *body)
{
    return json_int(json_path(body, "error", "code", NULL), 0) == 24;
}

static void wait_for(struct arena *a, struct outcome *out, struct str words)
{
    outcome_fail(a, out, FAILURE_TRANSIENT, STR("container"), words);
    out->retry_seconds = READY_IN;
}

static void refused(struct arena *a, const struct outgoing *m, const struct http_reply *reply,
                    const struct json *body, struct outcome *out)
{
    meta_error(a, graph_codes, reply, body, out);
    bool made = m->carry.len > 0, missing = threads_not_found(body) || out->failure == FAILURE_GONE;
    if (missing && !made)
        out->failure = FAILURE_GONE;
    if (!missing || !made)
        return;
    out->failure = FAILURE_TRANSIENT;
    out->retry_seconds = READY_IN;
}

/* What became of a container. */
static void looked(struct arena *a, const struct outgoing *m, const struct json *body, struct outcome *out)
{
    struct str status = json_text(json_get(body, "status")), id = container_of(m->carry, LOOK);
    struct str why = read_text(a, json_get(body, "error_message"));
    if (m->step > STEPS_MAX)
        wait_for(a, out, STR("Threads does not get the reply ready."));
    else if (str_eq(status, STR("IN_PROGRESS")))
        wait_for(a, out, STR("Threads is still preparing the reply."));
    else if (str_eq(status, STR("EXPIRED"))) /* after a day, unpublished: another is made */
        outcome_next(a, out, STR_EMPTY);
    else if (str_eq(status, STR("ERROR")))
        outcome_fail(a, out, FAILURE_CONTENT, STR("ERROR"), why.len ? why : STR("Threads could not take the reply."));
    else if (str_eq(status, STR("PUBLISHED")))
        outcome_accept(a, out, STR_EMPTY);
    else
        outcome_next(a, out, str_concat(a, STR(PUBLISH), id));
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_get(body, "id"));
    if (meta_refused(reply, body))
        refused(a, m, reply, body, out);
    else if (container_of(m->carry, LOOK).len)
        looked(a, m, body, out);
    else if (container_of(m->carry, PUBLISH).len)
        outcome_accept(a, out, id); /* taken, also when the answer cannot be read */
    else if (id.len)
        outcome_next(a, out, str_concat(a, STR(LOOK), id));
    else
        wait_for(a, out, STR("Threads named no container."));
}

/* ---- access ---- */

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", meta_url(a, s, STR("me"), "?fields=id,username"), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_get(body, "id"));
    if (reply->status != 200 || !id.len) {
        meta_error(a, graph_codes, reply, body, out);
        return;
    }
    outcome_accept(a, out, id);
    out->words = str_dup(a, read_text(a, json_get(body, "username")));
}

static struct meta_oauth oauth_of(struct arena *a, const struct settings *s)
{
    return (struct meta_oauth){.network = "Threads",
                               .exchange = "th_exchange_token",
                               .refresh = "th_refresh_token",
                               .page = str_concat(a, settings_get(s, "consent_base"), STR("/oauth/authorize")),
                               .code_url = str_concat(a, api_base(s), STR("/oauth/access_token")),
                               .base = api_base(s),
                               .scope = "threads_basic,threads_content_publish,threads_read_replies,"
                                        "threads_manage_replies,threads_manage_mentions"};
}

static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct meta_oauth o = oauth_of(a, s);
    return meta_renew(a, s, &o, call, e);
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    return meta_renewed(a, "Threads", reply, changed, out);
}

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    struct meta_oauth o = oauth_of(a, s);
    return meta_consent(a, s, &o, consent, url, e);
}

static bool consented(struct arena *a, const struct settings *s, const struct consent *consent, struct str code,
                      struct http_call *call, struct error *e)
{
    struct meta_oauth o = oauth_of(a, s);
    return meta_consented(a, s, &o, consent, code, call, e);
}

const struct channel channel_threads = {
    .name = "threads",
    .label = "Threads",
    .icon = "threads",
    .settings = settings,
    .doors = doors,
    .listings = listings,
    .headers = {"x-hub-signature-256"},
    .guide_steps = 4,
    .honest = "honest.threads",
    .handshake = meta_handshake,
    .verify = meta_verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .renew = renew,
    .renewed = renewed,
    .consent = consent,
    .consented = consented,
    .ask = threads_ask,
    .asked = threads_asked,
    .probe = probe,
    .probed = probed,
};
