/* SPDX-License-Identifier: Apache-2.0 */
/* A Facebook Page: its posts and comments, what visitors write on its wall, and Messenger. Public and private
 * are different doors of one channel. Reading Messenger is in channel_messenger.c. */
#include "channels/channel_meta.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_facebook;

static const struct setting settings[] = {
    META_SECRET("facebook", "the app's secret"),
    META_TOKEN("facebook", "the Page's access token"),
    {"page_id", "setting.facebook.page_id", "the Page's id, as digits", NULL, SETTING_ACCOUNT},
    META_VERIFY("facebook"),
    {"api_base", "setting.facebook.api_base", "address of the Graph API", "https://graph.facebook.com", 0},
    {"api_version", "setting.facebook.api_version", "version of the Graph API", "v26.0", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "comment",
     .label = "door.facebook.comment",
     .unit = LENGTH_CHARACTERS,
     .limit = 8000,
     .reply_needed = true},
    {.kind = DOOR_PRIVATE,
     .name = "private_reply",
     .label = "door.facebook.private_reply",
     .unit = LENGTH_CHARACTERS,
     .limit = 2000,
     .window_hours = 7 * 24,
     .once = true,
     .reply_needed = true},
    {.kind = DOOR_DIRECT,
     .name = "messenger",
     .label = "door.facebook.messenger",
     .unit = LENGTH_CHARACTERS,
     .limit = 2000,
     .window_hours = 24,
     .human_hours = 7 * 24,
     .attachments = true,
     .attachment_max = 25 << 20},
    {0},
};

static const struct listing listings[] = {
    {.name = "comments",
     .label = "listing.facebook.comments",
     .doors = {"comment"},
     .every_seconds = 600,
     .hooked = true,
     .complete = true,
     .by_thread = true},
    {.name = "messages",
     .label = "listing.facebook.messages",
     .doors = {"messenger"},
     .every_seconds = 600,
     .hooked = true},
    {0},
};

/* ---- the feed ---- */

/* One change of the feed, taken apart. */
struct change {
    const struct json *value;
    struct str item, verb, post, comment;
    struct str target; /* the comment, else the post */
    bool ours;
    int64_t at;
};

static struct channel_event *feed_event(struct meta_reading *r, const struct change *c, enum channel_event_kind kind)
{
    const struct json *from = json_get(c->value, "from");
    struct str who = read_id(r->a, json_get(from, "id")), name = read_text(r->a, json_get(from, "name"));
    struct channel_event *event = channel_events_add(r->events);
    event->kind = kind;
    event->account = r->account;
    event->external_id = c->target;
    event->thread_key = str_concat(r->a, STR("post:"), c->post);
    event->thread_title = read_title(r->a, read_text(r->a, json_path(c->value, "post", "message", NULL)));
    event->door = STR("comment");
    event->is_public = true;
    event->echo = c->ours;
    event->at = c->at;
    if (!c->ours) { /* of whom our own comment answers nothing is said */
        event->author.external_id = who.len ? who : read_id(r->a, json_get(c->value, "sender_id"));
        event->author.name = name.len ? name : read_text(r->a, json_get(c->value, "sender_name"));
    }
    event->link = str_format(r->a, "https://www.facebook.com/%.*s", STR_ARGS(url_encode(r->a, c->target)));
    event->dedupe = DEDUPE(r->a, "feed", c->item, c->verb, c->target, str_format(r->a, "%" PRId64, c->at));
    return event;
}

static void attach_url(struct meta_reading *r, struct channel_event *event, enum message_kind kind,
                       const struct json *url)
{
    struct str address = read_text(r->a, url);
    struct channel_media *media = address.len ? event_attach(r->a, event, kind) : NULL;
    if (media)
        media->url = address;
}

/* Pictures and films of a post or comment. `link` is the picture itself on a photo, and an address they share
 * else. */
static void read_feed_media(struct meta_reading *r, const struct change *c, struct channel_event *event)
{
    const struct json *photos = json_get(c->value, "photos"), *link = json_get(c->value, "link");
    bool film = str_eq(c->item, STR("video")), picture = str_eq(c->item, STR("photo"));
    for (size_t i = 0; json_is(photos, JSON_ARRAY) && i < json_count(photos); i++)
        attach_url(r, event, MESSAGE_IMAGE, json_at(photos, i));
    attach_url(r, event, MESSAGE_IMAGE, json_get(c->value, "photo"));
    attach_url(r, event, MESSAGE_VIDEO, json_get(c->value, "video"));
    if (event->media_count == 0 && (film || picture))
        attach_url(r, event, film ? MESSAGE_VIDEO : MESSAGE_IMAGE, link);
    else if (!film && !picture)
        event_say(r->a, event, read_text(r->a, link));
    if (!event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("without words: perhaps a sticker or an animated picture");
    }
}

static void read_added(struct meta_reading *r, const struct change *c)
{
    bool post = !c->comment.len; /* our own posts too: as an echo they wait for nobody, and title the thread */
    struct channel_event *event = feed_event(r, c, CHANNEL_MESSAGE);
    event->dedupe = DEDUPE(r->a, "m", c->target);
    event->text = read_words(r->a, json_get(c->value, "message"));
    if (post)
        event->thread_title = read_title(r->a, event->text);
    else
        event->parent_id = read_id(r->a, json_get(c->value, "parent_id"));
    read_feed_media(r, c, event);
}

/* An edit or a removal brings the time of the comment, and not its own: that is the time of its entry. */
static int64_t changed_at(const struct meta_reading *r, const struct change *c)
{
    return r->time > c->at ? r->time : c->at;
}

/* The words tell two edits of one moment apart. One that does not say the new words does not take the old ones
 * away. */
static void read_edited(struct meta_reading *r, const struct change *c, const struct place *at)
{
    const struct json *words = json_get(c->value, "message");
    if (!json_is(words, JSON_STRING)) {
        channel_unread(r->events, at, "is an edit without its message");
        return;
    }
    struct channel_event *event = feed_event(r, c, CHANNEL_EDIT);
    event->text = read_text(r->a, words);
    event->at = changed_at(r, c);
    event->dedupe =
        DEDUPE(r->a, "edit", c->target, str_format(r->a, "%" PRId64, event->at), dedupe_hash(r->a, event->text));
}

static void read_removed(struct meta_reading *r, const struct change *c)
{
    struct channel_event *event = feed_event(r, c, CHANNEL_DELETE);
    event->at = changed_at(r, c);
    event->dedupe = DEDUPE(r->a, "delete", c->target);
}

/* As people see it; what is new keeps its name. */
static struct str reaction_sign(struct str type)
{
    static const struct {
        const char *type;
        struct str sign;
    } signs[] = {{"like", {"👍", 4}}, {"love", {"❤️", 6}}, {"haha", {"😆", 4}},   {"wow", {"😮", 4}},
                 {"sad", {"😢", 4}},  {"angry", {"😡", 4}},     {"care", {"🤗", 4}}};
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (str_eq(type, str_from(signs[i].type)))
            return signs[i].sign;
    return type;
}

static void read_reacted(struct meta_reading *r, const struct change *c)
{
    struct str type = read_text(r->a, json_get(c->value, "reaction_type"));
    struct channel_event *event = feed_event(r, c, CHANNEL_REACTION);
    if (!str_eq(c->verb, STR("remove"))) /* an empty note: taken back */
        event->note = reaction_sign(type.len ? type : STR("like"));
    event->dedupe = DEDUPE(r->a, "reaction", c->target, event->author.external_id, c->verb, type,
                           str_format(r->a, "%" PRId64, c->at));
}

static void read_verb(struct meta_reading *r, const struct change *c, const struct place *at)
{
    if (str_eq(c->item, STR("reaction")) || str_eq(c->item, STR("like")))
        read_reacted(r, c);
    else if (str_eq(c->verb, STR("add")))
        read_added(r, c);
    else if (str_eq(c->verb, STR("edited")) || str_eq(c->verb, STR("edit")) || str_eq(c->verb, STR("update")))
        read_edited(r, c, at);
    else if (str_eq(c->verb, STR("remove")) || str_eq(c->verb, STR("delete")))
        read_removed(r, c);
    else if (str_eq(c->verb, STR("hide")) || str_eq(c->verb, STR("unhide")) || str_eq(c->verb, STR("block")) ||
             str_eq(c->verb, STR("unblock")) || str_eq(c->verb, STR("follow")))
        feed_event(r, c, CHANNEL_IGNORED)->note = c->verb;
    else
        channel_unread(r->events, at, "has the verb \"%.*s\", which is not known",
                       STR_ARGS(str_slice(c->verb, 0, 40)));
}

static void read_feed(struct meta_reading *r, const struct json *value, const struct place *at)
{
    struct change c = {.value = value,
                       .item = read_text(r->a, json_get(value, "item")),
                       .verb = read_text(r->a, json_get(value, "verb")),
                       .post = read_id(r->a, json_get(value, "post_id")),
                       .comment = read_id(r->a, json_get(value, "comment_id")),
                       .at = read_time(json_get(value, "created_time"))};
    struct str from = read_id(r->a, json_path(value, "from", "id", NULL));
    if (!from.len)
        from = read_id(r->a, json_get(value, "sender_id"));
    c.ours = from.len && str_eq(from, r->account);
    if (!c.post.len && c.comment.len) /* below what it answers, where nothing says below which post */
        c.post = read_id(r->a, json_get(value, "parent_id"));
    c.target = c.comment.len ? c.comment : c.post;
    if (!c.at)
        c.at = r->time;
    if (!c.item.len || !c.verb.len)
        channel_unread(r->events, at, "has no item or no verb");
    else if (str_eq(c.item, STR("comment")) && !c.comment.len)
        channel_unread(r->events, at, "has no comment_id");
    else if (!c.post.len && str_eq(c.item, STR("like"))) /* of the Page itself */
        feed_event(r, &c, CHANNEL_IGNORED)->note = c.item;
    else if (!c.post.len)
        channel_unread(r->events, at, "has no post_id");
    else
        read_verb(r, &c, at);
}

/* Changes of the Page's own profile, what it publishes and advertises, and Meta's test of a subscription. */
static bool is_profile_field(struct str field)
{
    static const char *const fields[] = {"about",
                                         "awards",
                                         "birthday",
                                         "category",
                                         "conversations",
                                         "culinary_team",
                                         "current_location",
                                         "description",
                                         "email",
                                         "founded",
                                         "general_info",
                                         "hours",
                                         "location",
                                         "messages",
                                         "mission",
                                         "name",
                                         "parking",
                                         "payment_options",
                                         "personal_info",
                                         "phone",
                                         "picture",
                                         "price_range",
                                         "products",
                                         "public_transit",
                                         "website",
                                         "affiliation",
                                         "attire",
                                         "bio",
                                         "leadgen",
                                         "live_videos",
                                         "page_upcoming_change",
                                         "page_change_proposal",
                                         "publisher_subscriptions",
                                         "company_overview",
                                         "general_manager",
                                         "username",
                                         "videos"};
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (str_eq(field, str_from(fields[i])))
            return true;
    return false;
}

static void read_change(struct meta_reading *r, const struct json *change, const struct place *at, void *ctx)
{
    (void)ctx;
    struct str field = read_text(r->a, json_get(change, "field"));
    const struct json *value = json_get(change, "value");
    struct place here = {at, "value", -1};
    if (is_profile_field(field)) {
        struct channel_event *event = channel_events_add(r->events);
        *event = (struct channel_event){.kind = CHANNEL_IGNORED, .account = r->account, .at = r->time, .note = field};
        event->dedupe = DEDUPE(r->a, "change", r->account, field, str_format(r->a, "%" PRId64, r->time),
                               dedupe_hash(r->a, json_to_str(r->a, value ? value : change)));
    } else if (!str_eq(field, STR("feed")) && !str_eq(field, STR("mention"))) {
        channel_unread(r->events, at, "has the field \"%.*s\", which is not known",
                       STR_ARGS(str_slice(field, 0, 40)));
    } else if (!json_is(value, JSON_OBJECT)) {
        channel_unread(r->events, &here, "is missing or not an object");
    } else {
        read_feed(r, value, &here);
    }
}

static void read_entry(struct meta_reading *r, const struct json *entry, const struct place *at)
{
    if (!r->account.len)
        r->account = settings_get(r->settings, "page_id");
    r->door = STR("messenger");
    bool talks = messenger_read(r, entry, at);
    if (!meta_each(r, entry, "changes", at, read_change, NULL) && !talks)
        channel_unread(r->events, at, "has neither changes nor messaging");
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    return meta_receive(a, s, body, "page", read_entry, events, e);
}

/* ---- out ---- */

/* Our Page as the Graph API names it. */
static struct str page_of(const struct settings *s, const struct outgoing *m)
{
    struct str page = m->account.len ? m->account : settings_get(s, "page_id");
    return page.len ? page : STR("me");
}

static bool send_comment(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                         struct error *e)
{
    if (!call_start(a, s, "POST", meta_url(a, s, m->parent_id, "/comments"), call, e))
        return false;
    struct json *body = json_object(a);
    json_set_str(a, body, "message", m->text);
    call_json(a, call, body);
    return true;
}

/* Answers a comment, or a post on the wall, once and privately. */
static bool send_private(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                         struct error *e)
{
    if (!call_start(a, s, "POST", meta_url(a, s, page_of(s, m), "/messages"), call, e))
        return false;
    bool post = str_eq(m->thread_key, str_concat(a, STR("post:"), m->parent_id));
    struct json *message = json_object(a);
    json_set_str(a, message, "text", m->text);
    if (m->idempotency_key.len)
        json_set_str(a, message, "metadata", m->idempotency_key);
    call_json(a, call, messenger_private_body(a, m, post ? "post_id" : "comment_id", message));
    return true;
}

/* A file and its words are two messages for Messenger: the file goes first, since it is what may be refused.
 */
static bool file_first(const struct outgoing *m)
{
    return m->media && m->step == 0;
}

static bool send_direct(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                        struct error *e)
{
    if (!call_start(a, s, "POST", meta_url(a, s, page_of(s, m), "/messages"), call, e))
        return false;
    bool tag = messenger_human(m), file = file_first(m);
    struct json *message = file ? messenger_attachment(a, m->media, STR_EMPTY) : json_object(a);
    if (!file)
        json_set_str(a, message, "text", m->text);
    if (m->idempotency_key.len)
        json_set_str(a, message, "metadata", m->idempotency_key);
    if (file) {
        struct json *recipient = json_object(a);
        json_set_str(a, recipient, "id", m->to);
        struct pair fields[] = {{STR("recipient"), json_to_str(a, recipient)},
                                {STR("message"), json_to_str(a, message)},
                                {STR("messaging_type"), tag ? STR("MESSAGE_TAG") : STR("RESPONSE")},
                                {STR("tag"), STR("HUMAN_AGENT")}};
        call_form(a, call, &(struct pairs){fields, tag ? 4 : 3}, "filedata", m->media);
        return true;
    }
    call_json(a, call, messenger_body(a, m, message));
    return true;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    const struct door *door = outgoing_door(a, &channel_facebook, m, e);
    if (!door)
        return false;
    switch (door->kind) {
    case DOOR_PUBLIC: return send_comment(a, s, m, call, e);
    case DOOR_PRIVATE: return send_private(a, s, m, call, e);
    case DOOR_DIRECT: return send_direct(a, s, m, call, e);
    }
    return fail(e, ERR_BAD_INPUT, "Facebook has no such door.");
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    bool direct = str_eq(m->door, STR("messenger"));
    if (meta_refused(reply, body)) {
        meta_error(a, graph_codes, reply, body, out);
        if (direct && out->failure == FAILURE_GONE) /* who is gone is a person, not a message */
            out->failure = FAILURE_BLOCKED;
        return;
    }
    /* Taken, even when the answer cannot be read: sending again would say it twice. */
    struct str id = meta_sent_id(a, body);
    if (direct && file_first(m) && str_trim(m->text).len)
        outcome_next(a, out, id);
    else
        outcome_accept(a, out, id);
    out->person = read_id(a, json_get(body, "recipient_id"));
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", meta_url(a, s, STR("me"), "?fields=id,name"), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_get(body, "id"));
    if (reply->status == 200 && id.len) {
        outcome_accept(a, out, id);
        out->words = str_dup(a, read_text(a, json_get(body, "name")));
    } else {
        meta_error(a, graph_codes, reply, body, out);
    }
}

/* https://developers.facebook.com/docs/messenger-platform/identity/user-profile */
static bool profile(struct arena *a, const struct settings *s, struct str external_id, struct http_call *call,
                    struct error *e)
{
    return call_start(a, s, "GET", meta_url(a, s, external_id, "?fields=name,first_name,last_name"), call, e);
}

static void profiled(struct arena *a, const struct http_reply *reply, struct channel_author *author,
                     struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (reply->status != 200 || !json_is(body, JSON_OBJECT) || json_is(json_get(body, "error"), JSON_OBJECT)) {
        meta_error(a, graph_codes, reply, body, out);
        return;
    }
    struct str first = read_text(a, json_get(body, "first_name")), last = read_text(a, json_get(body, "last_name"));
    author->name = read_text(a, json_get(body, "name"));
    if (!author->name.len)
        author->name = str_trim(str_format(a, "%.*s %.*s", STR_ARGS(first), STR_ARGS(last)));
    outcome_accept(a, out, STR_EMPTY);
}

const struct channel channel_facebook = {
    .name = "facebook",
    .label = "Facebook",
    .icon = "facebook",
    .aliases = {"messenger"},
    .settings = settings,
    .doors = doors,
    .listings = listings,
    .headers = {"x-hub-signature-256"},
    .guide_steps = 4,
    .honest = "honest.facebook",
    .handshake = meta_handshake,
    .verify = meta_verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .profile = profile,
    .profiled = profiled,
    .ask = facebook_ask,
    .asked = facebook_asked,
    .probe = probe,
    .probed = probed,
};
