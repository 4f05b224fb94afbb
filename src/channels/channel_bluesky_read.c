/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what Bluesky lists: notifications, threads and direct messages. Posts are not edited there; what was
 * deleted is absent, or stands in a thread as not found. Who blocks us disappears without a word, but for the post
 * right above one of ours. */
#include "channels/channel_bluesky.h"

#include "base/arena.h"
#include "base/buf.h"

#define DEEPEST 24 /* a list of answers to answers */

/* ---- addresses ---- */

struct str bluesky_owner(struct str uri)
{
    struct str rest, owner = STR_EMPTY;
    if (!str_starts(uri, STR("at://")))
        return STR_EMPTY;
    rest = str_slice(uri, 5, uri.len);
    return str_split(&rest, '/', &owner) && str_starts(owner, STR("did:")) ? owner : STR_EMPTY;
}

struct str bluesky_key(struct str uri)
{
    struct str rest = uri, part, last = STR_EMPTY;
    if (!bluesky_owner(uri).len)
        return STR_EMPTY;
    while (rest.len && str_split(&rest, '/', &part))
        last = part;
    return last;
}

struct str bluesky_link(struct arena *a, struct str uri)
{
    struct str owner = bluesky_owner(uri), key = bluesky_key(uri);
    if (!owner.len || !key.len || str_find(uri, STR("/" BLUESKY_POST "/")) < 0)
        return STR_EMPTY;
    return str_format(a, "https://bsky.app/profile/%.*s/post/%.*s", STR_ARGS(url_encode(a, owner)),
                      STR_ARGS(url_encode(a, key)));
}

static void read_author(struct arena *a, const struct json *who, struct channel_author *author)
{
    author->external_id = read_id(a, json_get(who, "did"));
    author->handle = read_text(a, json_get(who, "handle"));
    author->name = read_text(a, json_get(who, "displayName"));
    author->avatar_url = read_text(a, json_get(who, "avatar"));
    if (str_eq(author->handle, STR("handle.invalid"))) /* the name it had is not theirs any more */
        author->handle = STR_EMPTY;
}

/* ---- what hangs on a post ---- */

/* In a view pictures have an address; in the record alone they are asked for by the post and their place in it. */
static void read_images(struct bluesky_reading *r, struct channel_event *event, const struct json *record,
                        const struct json *view)
{
    const struct json *images = json_get(view, "images"), *stored = json_get(record, "images");
    size_t count = json_is(images, JSON_ARRAY) ? json_count(images) : 0;
    if (!count && json_is(stored, JSON_ARRAY))
        count = json_count(stored);
    for (size_t i = 0; i < count && i < 8; i++) {
        struct channel_media *media = event_attach(r->a, event, MESSAGE_IMAGE);
        if (!media)
            return;
        media->url = read_text(r->a, json_get(json_at(images, i), "fullsize"));
        media->mime = read_text(r->a, json_path(json_at(stored, i), "image", "mimeType", NULL));
        if (!media->url.len)
            media->media_id = str_format(r->a, "%.*s#%zu", STR_ARGS(event->external_id), i);
    }
}

static void read_quoted(struct bluesky_reading *r, struct channel_event *event, const struct json *record,
                        const struct json *view)
{
    struct str uri = read_id(r->a, json_path(record, "record", "uri", NULL));
    struct str words = read_text(r->a, json_path(view, "record", "value", "text", NULL));
    if (!uri.len) { /* inside of an embed with media */
        uri = read_id(r->a, json_path(record, "record", "record", "uri", NULL));
        words = read_text(r->a, json_path(view, "record", "record", "value", "text", NULL));
    }
    if (uri.len)
        event_origin(r->a, event, "post", words, bluesky_link(r->a, uri));
}

static void read_embed(struct bluesky_reading *r, struct channel_event *event, const struct json *record,
                       const struct json *view)
{
    struct str type = read_text(r->a, json_get(record, "$type"));
    const struct json *outside = json_get(record, "external");
    const struct json *media = json_get(record, "media"), *media_view = json_get(view, "media");
    bool both = str_eq(type, STR("app.bsky.embed.recordWithMedia"));
    if (str_eq(type, STR("app.bsky.embed.record")) || both)
        read_quoted(r, event, record, view);
    if (both) {
        type = read_text(r->a, json_get(media, "$type"));
        record = media;
        view = media_view;
        outside = json_get(media, "external");
    }
    if (str_eq(type, STR("app.bsky.embed.images"))) {
        read_images(r, event, record, view);
    } else if (str_eq(type, STR("app.bsky.embed.external"))) {
        event_origin(r->a, event, "link", read_text(r->a, json_get(outside, "title")),
                     read_text(r->a, json_get(outside, "uri")));
    } else if (str_eq(type, STR("app.bsky.embed.video"))) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a film");
    } else if (type.len && !str_starts(type, STR("app.bsky.embed.record"))) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = str_concat(r->a, STR("something of the kind "), text_shorten(r->a, type, 60));
    }
}

/* A link whose words do not show where it goes. */
static void read_links(struct bluesky_reading *r, struct channel_event *event, const struct json *facets)
{
    for (size_t i = 0; json_is(facets, JSON_ARRAY) && i < json_count(facets); i++) {
        const struct json *features = json_get(json_at(facets, i), "features");
        for (size_t k = 0; json_is(features, JSON_ARRAY) && k < json_count(features); k++) {
            struct str uri = read_text(r->a, json_get(json_at(features, k), "uri"));
            bool web = str_starts(uri, STR("https://")) || str_starts(uri, STR("http://"));
            if (web && str_find(event->text, uri) < 0)
                event_origin(r->a, event, "link", STR_EMPTY, uri);
        }
    }
}

/* ---- posts ---- */

static void read_place(struct bluesky_reading *r, struct channel_event *event, const struct json *record)
{
    struct str root = read_id(r->a, json_path(record, "reply", "root", "uri", NULL));
    event->parent_id = read_id(r->a, json_path(record, "reply", "parent", "uri", NULL));
    event->thread_key = str_concat(r->a, STR("post:"), root.len ? root : event->external_id);
    if (event->echo && !event->parent_id.len) /* our own post names its thread */
        event->thread_title = read_title(r->a, event->text);
    struct str to = bluesky_owner(event->parent_id);
    if (event->echo && !str_eq(to, r->us))
        event->author.external_id = to;
}

bool bluesky_post(struct bluesky_reading *r, const struct json *item, const struct place *at)
{
    const struct json *record = json_get(item, "record");
    struct str uri = read_id(r->a, json_get(item, "uri"));
    struct str did = read_id(r->a, json_path(item, "author", "did", NULL));
    if (!bluesky_key(uri).len || !did.len || !json_is(record, JSON_OBJECT)) {
        channel_unread(r->events, at, "has no %s",
                       !json_is(record, JSON_OBJECT) ? "record"
                       : did.len                     ? "uri"
                                                     : "author.did");
        return false;
    }
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_MESSAGE;
    event->account = r->us;
    event->external_id = uri;
    event->dedupe = DEDUPE(r->a, "m", uri);
    event->door = STR("reply");
    event->is_public = true;
    event->echo = r->us.len && str_eq(did, r->us);
    if (!event->echo)
        read_author(r->a, json_get(item, "author"), &event->author);
    event->at = read_time(json_get(item, "indexedAt")); /* the other is what its author claims */
    if (!event->at)
        event->at = read_time(json_get(record, "createdAt"));
    event->at_exact = true;
    event->text = read_words(r->a, json_get(record, "text"));
    event->link = bluesky_link(r->a, uri);
    if (json_bool(json_path(item, "viewer", "replyDisabled", NULL), false))
        event->shut = "replies";
    read_place(r, event, record);
    read_embed(r, event, json_get(record, "embed"), json_get(item, "embed"));
    read_links(r, event, json_get(record, "facets"));
    if (!event->text.len && !event->media_count && event->message == MESSAGE_TEXT) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a post without words");
    }
    return true;
}

/* A like or a follower, where somebody lists them too. */
static void notification_other(struct bluesky_reading *r, const struct json *item, struct str reason)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_IGNORED;
    event->external_id = read_id(r->a, json_get(item, "uri"));
    event->dedupe = DEDUPE(r->a, "n", event->external_id);
    event->note = reason;
}

void bluesky_notifications(struct bluesky_reading *r, const struct json *list, int64_t *oldest)
{
    struct place at = {NULL, "notifications", -1};
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
        const struct json *item = json_at(list, i);
        struct str reason = read_text(r->a, json_get(item, "reason"));
        int64_t when = read_time(json_get(item, "indexedAt"));
        at.index = (ptrdiff_t)i;
        if (str_eq(reason, STR("mention")) || str_eq(reason, STR("reply")) || str_eq(reason, STR("quote")))
            bluesky_post(r, item, &at);
        else if (reason.len)
            notification_other(r, item, reason);
        else
            channel_unread(r->events, &at, "has no reason");
        if (when)
            *oldest = when;
    }
}

/* ---- threads ---- */

static bool is_type(const struct json *node, const char *type)
{
    struct str said = json_text(json_get(node, "$type"));
    return str_ends(said, str_from(type));
}

void bluesky_above(struct bluesky_reading *r, const struct json *node)
{
    struct str uri = read_id(r->a, json_get(node, "uri"));
    if (!bluesky_key(uri).len || str_eq(bluesky_owner(uri), r->us))
        return;
    bool gone = json_bool(json_get(node, "notFound"), false);
    bool by_them = json_bool(json_path(node, "author", "viewer", "blockedBy", NULL), false);
    if (!gone && !by_them)
        return;
    struct channel_event *event = channel_events_add(r->events);
    event->kind = gone ? CHANNEL_DELETE : CHANNEL_LEFT;
    event->external_id = uri;
    event->dedupe = DEDUPE(r->a, gone ? "gone" : "left", uri);
    event->door = STR("reply");
    event->is_public = true;
    if (by_them)
        event->author.external_id = bluesky_owner(uri);
}

struct node {
    const struct json *item;
    int depth;
};

/* Nodes wait on a list and not on the stack: how deep they lie is the network's word. */
static void push_replies(struct bluesky_reading *r, const struct node *from, struct node **list, size_t *count,
                         size_t *cap)
{
    const struct json *replies = json_get(from->item, "replies");
    for (size_t i = 0; json_is(replies, JSON_ARRAY) && i < json_count(replies) && from->depth < DEEPEST; i++) {
        if (*count == *cap) {
            struct node *more = ARENA_ARRAY(r->a, struct node, *cap * 2);
            for (size_t k = 0; k < *count; k++)
                more[k] = (*list)[k];
            *list = more;
            *cap *= 2;
        }
        (*list)[(*count)++] = (struct node){json_at(replies, i), from->depth + 1};
    }
}

void bluesky_thread(struct bluesky_reading *r, const struct json *node, const struct place *at, struct json *ours)
{
    size_t count = 1, cap = 64;
    struct node *list = ARENA_ARRAY(r->a, struct node, cap);
    list[0] = (struct node){node, 0};
    bluesky_above(r, json_get(node, "parent"));
    for (size_t i = 0; i < count; i++) {
        const struct node one = list[i];
        const struct json *post = json_get(one.item, "post");
        struct str uri = read_id(r->a, json_get(post, "uri"));
        bool own = r->us.len && str_eq(bluesky_owner(uri), r->us);
        if (own)
            json_push(r->a, ours, json_new_str(r->a, uri));
        else if (post)
            bluesky_post(r, post, at);
        else if (!is_type(one.item, "#notFoundPost") && !is_type(one.item, "#blockedPost"))
            channel_unread(r->events, at, "holds neither a post nor the word that there is none");
        push_replies(r, &one, &list, &count, &cap);
    }
}

/* ---- direct messages ---- */

bool bluesky_talk(struct bluesky_reading *r, const struct json *convo, struct bluesky_talk *talk)
{
    const struct json *members = json_get(convo, "members");
    *talk = (struct bluesky_talk){.id = read_id(r->a, json_get(convo, "id"))};
    for (size_t i = 0; json_is(members, JSON_ARRAY) && i < json_count(members) && !talk->did.len; i++) {
        struct channel_author who = {0};
        read_author(r->a, json_at(members, i), &who);
        if (who.external_id.len && !str_eq(who.external_id, r->us))
            *talk = (struct bluesky_talk){talk->id, who.external_id, who.handle, who.name, who.avatar_url};
    }
    /* of several people at once the talk is nobody's alone */
    return talk->id.len && talk->did.len && !is_type(json_get(convo, "kind"), "#groupConvo");
}

static void read_message(struct bluesky_reading *r, const struct json *message, const struct bluesky_talk *talk)
{
    struct channel_event *event = channel_events_add(r->events);
    struct str id = read_id(r->a, json_get(message, "id"));
    struct str sender = read_id(r->a, json_path(message, "sender", "did", NULL));
    event->kind = CHANNEL_MESSAGE;
    event->account = r->us;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("dm:"), talk->did);
    event->door = STR("dm");
    event->echo = r->us.len && str_eq(sender, r->us);
    event->author = (struct channel_author){
        .external_id = talk->did, .handle = talk->handle, .name = talk->name, .avatar_url = talk->avatar};
    event->at = read_time(json_get(message, "sentAt"));
    event->at_exact = true;
    event->text = read_words(r->a, json_get(message, "text"));
    struct str passed_on = read_id(r->a, json_path(message, "embed", "record", "uri", NULL));
    if (passed_on.len)
        event_origin(r->a, event, "post",
                     read_text(r->a, json_path(message, "embed", "record", "value", "text", NULL)),
                     bluesky_link(r->a, passed_on));
    read_links(r, event, json_get(message, "facets"));
    if (!event->text.len && !event->origin_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a message without words");
    }
}

bool bluesky_messages(struct bluesky_reading *r, const struct json *list, const struct bluesky_talk *talk,
                      int64_t since)
{
    struct place at = {NULL, "messages", -1};
    bool young = true;
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
        const struct json *message = json_at(list, i);
        int64_t when = read_time(json_get(message, "sentAt"));
        at.index = (ptrdiff_t)i;
        if (when && when < since)
            young = false;
        else if (is_type(message, "#deletedMessageView") || is_type(message, "#systemMessageView"))
            continue; /* we took it from our own eyes; of theirs nothing is told */
        else if (!read_id(r->a, json_get(message, "id")).len || !json_path(message, "sender", "did", NULL))
            channel_unread(r->events, &at, "has no id or sender");
        else
            read_message(r, message, talk);
    }
    return young;
}
