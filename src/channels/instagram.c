/* SPDX-License-Identifier: Apache-2.0 */
/* A professional Instagram account: comments under what it published, mentions of it elsewhere, and private messages.
 * It is reached in one of two ways: by Instagram's own login (graph.instagram.com), or by that of the Facebook Page
 * it belongs to (graph.facebook.com). Private talks are read as Messenger's (channel_messenger.c).
 * https://developers.facebook.com/docs/instagram-platform */
#include "channels/channel_meta.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_instagram;

#define INSTAGRAM_BASE "https://graph.instagram.com"
#define FACEBOOK_BASE  "https://graph.facebook.com"

static const struct setting settings[] = {
    META_SECRET("instagram", "the app's secret"),
    META_TOKEN("instagram", "the account's access token (with the Facebook login: the Page's)"),
    {"user_id", "setting.instagram.user_id", "the professional account's id, as digits", NULL, SETTING_ACCOUNT},
    {"username", "setting.instagram.username", "its name, without @: by it too we know our own words", NULL, 0},
    META_VERIFY("instagram"),
    {"login", "setting.instagram.login", "instagram or facebook: by which of the two the app was let in", "instagram",
     0},
    {"app_id", "setting.instagram.app_id", "the app's id at Instagram, needed to agree there", NULL, 0},
    META_KEPT("instagram"),
    {"api_base", "setting.instagram.api_base", "address of the API (with the Facebook login: graph.facebook.com)",
     INSTAGRAM_BASE, 0},
    {"api_version", "setting.instagram.api_version", "version of the API", "v26.0", 0},
    CONSENT_BASE("instagram", "https://www.instagram.com"),
    {"code_base", "setting.instagram.code_base", "address that makes a token of what the site gives",
     "https://api.instagram.com", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "comment",
     .label = "door.instagram.comment",
     .unit = LENGTH_CHARACTERS,
     .limit = 2200,
     .reply_needed = true},
    {.kind = DOOR_PUBLIC,
     .name = "mention",
     .label = "door.instagram.mention",
     .unit = LENGTH_CHARACTERS,
     .limit = 2200,
     .reply_needed = true},
    {.kind = DOOR_PRIVATE,
     .name = "private_reply",
     .label = "door.instagram.private_reply",
     .unit = LENGTH_BYTES,
     .limit = 1000,
     .window_hours = 7 * 24,
     .once = true,
     .reply_needed = true},
    {.kind = DOOR_DIRECT,
     .name = "dm",
     .label = "door.instagram.dm",
     .unit = LENGTH_BYTES,
     .limit = 1000,
     .window_hours = 24,
     .human_hours = 7 * 24,
     .attachments = true,
     .attachment_max = 25 << 20},
    {0},
};

#define IMAGE_MAX ((size_t)8 << 20)

static const struct listing listings[] = {
    {.name = "comments",
     .label = "listing.instagram.comments",
     .doors = {"comment"},
     .every_seconds = 600,
     .hooked = true,
     .complete = true,
     .by_thread = true},
    {.name = "messages",
     .label = "listing.instagram.messages",
     .doors = {"dm"},
     .every_seconds = 600,
     .hooked = true},
    {0},
};

static bool is_facebook_login(const struct settings *s)
{
    return str_eq_nocase(str_trim(settings_get(s, "login")), STR("facebook"));
}

struct str instagram_url(struct arena *a, const struct settings *s, struct str id, const char *tail)
{
    struct str base = api_base(s);
    if (is_facebook_login(s) && str_eq(base, STR(INSTAGRAM_BASE)))
        base = STR(FACEBOOK_BASE);
    return meta_url_at(a, s, base, id, tail);
}

/* ---- comments and mentions ---- */

static struct channel_event *public_event(struct meta_reading *r, struct str id, struct str media, const char *door)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_MESSAGE;
    event->account = r->account;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("post:"), media);
    event->door = str_from(door);
    event->is_public = true;
    event->at = r->time;
    return event;
}

bool instagram_ours(const struct settings *s, struct str us, struct str id, struct str handle)
{
    struct str name = str_trim(settings_get(s, "username"));
    return (id.len && str_eq(id, us)) || (name.len && str_eq_nocase(handle, name));
}

static void read_comment(struct meta_reading *r, const struct json *value, const struct place *at)
{
    struct str id = read_id(r->a, json_get(value, "id")),
               media = read_id(r->a, json_path(value, "media", "id", NULL));
    struct str parent = read_id(r->a, json_get(value, "parent_id"));
    struct str who = read_id(r->a, json_path(value, "from", "id", NULL));
    if (!id.len || !media.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "media.id" : "id");
        return;
    }
    struct channel_event *event = public_event(r, id, media, "comment");
    event->parent_id = parent.len ? parent : media;
    struct str handle = read_text(r->a, json_path(value, "from", "username", NULL));
    event->echo = instagram_ours(r->settings, r->account, who, handle);
    event->text = read_words(r->a, json_get(value, "text"));
    if (!event->echo) {
        event->author.external_id = who;
        event->author.handle = handle;
    }
    if (read_id(r->a, json_path(value, "media", "ad_id", NULL)).len && !event->echo)
        event_origin(r->a, event, "ad", read_text(r->a, json_path(value, "media", "ad_title", NULL)), STR_EMPTY);
    if (!event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("without words: perhaps an animated picture");
    }
}

/* Instagram says where we were mentioned, and neither by whom nor with which words: it is asked for them
 * (channel_instagram_mentions.c). */
static void read_mention(struct meta_reading *r, const struct json *value, const struct place *at)
{
    struct str media = read_id(r->a, json_get(value, "media_id")),
               comment = read_id(r->a, json_get(value, "comment_id"));
    if (!media.len) {
        channel_unread(r->events, at, "has no media_id");
        return;
    }
    struct channel_event *event = public_event(r, comment.len ? comment : media, media, "mention");
    event->parent_id = comment.len ? media : STR_EMPTY;
    event->message = MESSAGE_UNSUPPORTED;
    event->note = comment.len ? STR("a comment that mentions us") : STR("a post that mentions us");
    event->lookup = comment.len ? STR(INSTAGRAM_COMMENT) : STR(INSTAGRAM_POST);
}

static void read_insights(struct meta_reading *r, const struct json *value, const struct place *at)
{
    (void)at;
    struct channel_event *event = channel_events_add(r->events);
    *event = (struct channel_event){
        .kind = CHANNEL_IGNORED, .account = r->account, .at = r->time, .note = STR("figures of a story")};
    event->dedupe = DEDUPE(r->a, "figures", r->account, dedupe_hash(r->a, json_to_str(r->a, value)));
}

/* Private talks come also in this shape: from the test button, and on some versions of the API. */
static void read_talk(struct meta_reading *r, const struct json *value, const struct place *at)
{
    messenger_item(r, value, at, false);
}

static void read_standby(struct meta_reading *r, const struct json *value, const struct place *at)
{
    messenger_item(r, value, at, true);
}

static const struct {
    struct str field;
    void (*read)(struct meta_reading *r, const struct json *value, const struct place *at);
} fields[] = {{{"comments", 8}, read_comment},
              {{"live_comments", 13}, read_comment},
              {{"mentions", 8}, read_mention},
              {{"story_insights", 14}, read_insights},
              {{"messages", 8}, read_talk},
              {{"message_edit", 12}, read_talk},
              {{"message_reactions", 17}, read_talk},
              {{"messaging_postbacks", 19}, read_talk},
              {{"messaging_referral", 18}, read_talk},
              {{"messaging_seen", 14}, read_talk},
              {{"messaging_optins", 16}, read_talk},
              {{"messaging_handover", 18}, read_talk},
              {{"standby", 7}, read_standby}};

static void read_change(struct meta_reading *r, const struct json *change, const struct place *at, void *ctx)
{
    (void)ctx;
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

/* With Instagram's own login the field may stand in the entry itself. */
static void read_entry(struct meta_reading *r, const struct json *entry, const struct place *at)
{
    if (!r->account.len || str_eq(r->account, STR("0"))) /* the test button calls us 0 */
        r->account = settings_get(r->settings, "user_id");
    r->door = STR("dm");
    bool any = messenger_read(r, entry, at);
    any |= meta_each(r, entry, "changes", at, read_change, NULL);
    if (json_is(json_get(entry, "field"), JSON_STRING))
        read_change(r, entry, at, NULL);
    else if (!any)
        channel_unread(r->events, at, "has neither changes nor messaging");
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    return meta_receive(a, s, body, "instagram", read_entry, events, e);
}

/* ---- out ---- */

static bool begin(struct arena *a, const struct settings *s, struct str id, const char *tail, struct http_call *call,
                  struct error *e)
{
    return call_start(a, s, "POST", instagram_url(a, s, id, tail), call, e);
}

static bool send_comment(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                         struct error *e)
{
    struct str post = str_concat(a, STR("post:"), m->parent_id);
    bool on_post = str_eq(m->thread_key, post);
    if (!begin(a, s, m->parent_id, on_post ? "/comments" : "/replies", call, e))
        return false;
    struct json *body = json_object(a);
    json_set_str(a, body, "message", m->text);
    call_json(a, call, body);
    return true;
}

/* The thread says in which post we were mentioned; what is answered is the post itself, or a comment under it. */
static bool send_mention(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                         struct error *e)
{
    struct str us = m->account.len ? m->account : settings_get(s, "user_id");
    if (!str_starts(m->thread_key, STR("post:")))
        return fail(e, ERR_BAD_INPUT, "It is not known in which post this mention stands.");
    struct str media = str_slice(m->thread_key, 5, m->thread_key.len);
    if (!begin(a, s, us.len ? us : STR("me"), "/mentions", call, e))
        return false;
    struct json *body = json_object(a);
    json_set_str(a, body, "media_id", media);
    if (!str_eq(media, m->parent_id))
        json_set_str(a, body, "comment_id", m->parent_id);
    json_set_str(a, body, "message", m->text);
    call_json(a, call, body);
    return true;
}

static struct json *words_message(struct arena *a, const struct outgoing *m)
{
    struct json *message = json_object(a);
    json_set_str(a, message, "text", m->text);
    return message;
}

static bool send_private(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                         struct error *e)
{
    if (!begin(a, s, STR("me"), "/messages", call, e))
        return false;
    call_json(a, call, messenger_private_body(a, m, "comment_id", words_message(a, m)));
    return true;
}

static bool send_upload(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                        struct error *e)
{
    enum message_kind kind = kind_of_mime(m->media->mime);
    if (kind == MESSAGE_FILE)
        return fail(e, ERR_BAD_INPUT, "Instagram takes pictures, films and sounds here, no other files.");
    if (kind == MESSAGE_IMAGE && m->media->bytes.len > IMAGE_MAX)
        return fail(e, ERR_BAD_INPUT, "The picture has %zu bytes, and Instagram takes %zu.", m->media->bytes.len,
                    IMAGE_MAX);
    if (!begin(a, s, STR("me"), "/message_attachments", call, e))
        return false;
    struct pair form[] = {{STR("platform"), STR("instagram")},
                          {STR("message"), json_to_str(a, messenger_attachment(a, m->media, STR_EMPTY))}};
    call_form(a, call, &(struct pairs){form, COUNT_OF(form)}, "filedata", m->media);
    return true;
}

/* A file is uploaded (step 0) and sent (1), then the words follow it (2); words alone are one step. */
static bool send_direct(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                        struct error *e)
{
    if (m->media && m->step == 0)
        return send_upload(a, s, m, call, e);
    if (!begin(a, s, STR("me"), "/messages", call, e))
        return false;
    bool file = m->media && m->step == 1;
    call_json(a, call,
              messenger_body(a, m, file ? messenger_attachment(a, m->media, m->carry) : words_message(a, m)));
    return true;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    const struct door *door = outgoing_door(a, &channel_instagram, m, e);
    if (!door)
        return false;
    switch (door->kind) {
    case DOOR_PUBLIC:
        return str_eq(m->door, STR("mention")) ? send_mention(a, s, m, call, e) : send_comment(a, s, m, call, e);
    case DOOR_PRIVATE: return send_private(a, s, m, call, e);
    case DOOR_DIRECT: return send_direct(a, s, m, call, e);
    }
    return fail(e, ERR_BAD_INPUT, "Instagram has no such door.");
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    bool direct = str_eq(m->door, STR("dm")), upload = direct && m->media && m->step == 0;
    if (meta_refused(reply, body)) {
        meta_error(a, graph_codes, reply, body, out);
        if (direct && out->failure == FAILURE_GONE) /* who is gone is a person, not a message */
            out->failure = FAILURE_BLOCKED;
        return;
    }
    struct str id = upload ? read_id(a, json_get(body, "attachment_id")) : meta_sent_id(a, body);
    if (upload && !id.len)
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("upload"), STR("Instagram named no id for the file."));
    else if (upload || (direct && m->media && m->step == 1 && str_trim(m->text).len))
        outcome_next(a, out, id);
    else
        outcome_accept(a, out, id); /* taken, also when the answer cannot be read */
}

/* ---- who ---- */

static bool profile(struct arena *a, const struct settings *s, struct str external_id, struct http_call *call,
                    struct error *e)
{
    return call_start(a, s, "GET", instagram_url(a, s, external_id, "?fields=name,username"), call, e);
}

static void profiled(struct arena *a, const struct http_reply *reply, struct channel_author *author,
                     struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (!json_is(body, JSON_OBJECT) || meta_refused(reply, body)) {
        meta_error(a, graph_codes, reply, body, out);
        return;
    }
    author->handle = read_text(a, json_get(body, "username"));
    author->name = read_text(a, json_get(body, "name"));
    if (!author->name.len) /* who has none is known by the handle */
        author->name = author->handle;
    outcome_accept(a, out, STR_EMPTY);
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str us = settings_get(s, "user_id");
    bool page = is_facebook_login(s);
    return call_start(a, s, "GET",
                      instagram_url(a, s, page && us.len ? us : STR("me"),
                                    page ? "?fields=id,username" : "?fields=user_id,username"),
                      call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_get(body, "user_id"));
    if (!id.len)
        id = read_id(a, json_get(body, "id"));
    if (reply->status != 200 || !id.len) {
        meta_error(a, graph_codes, reply, body, out);
        return;
    }
    outcome_accept(a, out, id);
    out->words = str_dup(a, read_text(a, json_get(body, "username")));
}

/* ---- access ---- */

static bool oauth_of(struct arena *a, const struct settings *s, struct meta_oauth *o, struct error *e)
{
    if (is_facebook_login(s))
        return fail(e, ERR_NOT_FOUND, "With the Facebook login the Page's token is pasted, and does not run out.");
    *o = (struct meta_oauth){
        .network = "Instagram",
        .exchange = "ig_exchange_token",
        .refresh = "ig_refresh_token",
        .page = str_concat(a, settings_get(s, "consent_base"), STR("/oauth/authorize")),
        .code_url = str_concat(a, settings_get(s, "code_base"), STR("/oauth/access_token")),
        .base = api_base(s),
        .scope = "instagram_business_basic,instagram_business_manage_comments,instagram_business_manage_messages"};
    return true;
}

static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct meta_oauth o;
    return oauth_of(a, s, &o, e) && meta_renew(a, s, &o, call, e);
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    return meta_renewed(a, "Instagram", reply, changed, out);
}

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    struct meta_oauth o;
    return oauth_of(a, s, &o, e) && meta_consent(a, s, &o, consent, url, e);
}

static bool consented(struct arena *a, const struct settings *s, const struct consent *consent, struct str code,
                      struct http_call *call, struct error *e)
{
    struct meta_oauth o;
    return oauth_of(a, s, &o, e) && meta_consented(a, s, &o, consent, code, call, e);
}

const struct channel channel_instagram = {
    .name = "instagram",
    .label = "Instagram",
    .icon = "instagram",
    .settings = settings,
    .doors = doors,
    .listings = listings,
    .headers = {"x-hub-signature-256"},
    .guide_steps = 4,
    .honest = "honest.instagram",
    .handshake = meta_handshake,
    .verify = meta_verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .profile = profile,
    .profiled = profiled,
    .lookup = instagram_lookup,
    .looked_up = instagram_looked_up,
    .renew = renew,
    .renewed = renewed,
    .consent = consent,
    .consented = consented,
    .ask = instagram_ask,
    .asked = instagram_asked,
    .probe = probe,
    .probed = probed,
};
