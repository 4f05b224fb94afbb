/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what TikTok sends: comments and direct messages, as JSON in a string of JSON, and comments as it lists
 * them. The ids of comments and films are numbers above 2^53 and stay text. */
#include "channels/channel_tiktok.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/url.h"

static struct channel_event *add(struct tiktok_reading *r, enum channel_event_kind kind, struct str key)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = kind;
    event->account = r->us;
    event->dedupe = key;
    return event;
}

static void ignore(struct tiktok_reading *r, struct str what, const struct json *root)
{
    struct str hash = dedupe_hash(r->a, json_to_str(r->a, root));
    struct channel_event *event = add(r, CHANNEL_IGNORED, DEDUPE(r->a, "t", hash));
    event->note = read_title(r->a, what);
    event->at = read_time(json_get(root, "create_time"));
}

/* ---- comments ---- */

/* Where a comment stands, and whose it is. */
static struct channel_event *add_comment(struct tiktok_reading *r, enum channel_event_kind kind, struct str id,
                                         struct str video, struct str parent, struct str key)
{
    struct channel_event *event = add(r, kind, key);
    struct str name = settings_get(r->settings, "username");
    event->external_id = id;
    event->parent_id = parent.len && !str_eq(parent, STR("0")) ? parent : video;
    event->thread_key = str_concat(r->a, STR("post:"), video);
    event->door = STR("comment");
    event->is_public = true;
    if (name.len)
        event->link = str_format(r->a, "https://www.tiktok.com/@%.*s/video/%.*s", STR_ARGS(url_encode(r->a, name)),
                                 STR_ARGS(url_encode(r->a, video)));
    return event;
}

static void say_comment(struct channel_event *event, struct str text)
{
    event->text = text;
    if (event->kind == CHANNEL_MESSAGE && !text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a comment without words: perhaps a picture");
    }
}

/* What is seen by its author's friends alone, or by nobody, was taken away from where it stood. One that becomes
 * public is told like a new one: it may be the first we hear of it. */
static void read_comment(struct tiktok_reading *r, const struct json *content, const struct place *at)
{
    struct str id = read_id(r->a, json_get(content, "comment_id")),
               video = read_id(r->a, json_get(content, "video_id"));
    struct str action = read_text(r->a, json_get(content, "comment_action"));
    struct str who = read_id(r->a, json_get(content, "unique_identifier")),
               when = json_id(json_get(content, "timestamp"));
    struct str own = settings_get(r->settings, "own_identifier");
    bool here = str_eq(action, STR("insert")) || str_eq(action, STR("set_to_public"));
    bool gone = str_eq(action, STR("delete")) || str_eq(action, STR("set_to_hidden")) ||
                str_eq(action, STR("set_to_friends_only"));
    if (!id.len || !video.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "video_id" : "comment_id");
        return;
    }
    if (!here && !gone) {
        channel_unread(r->events, at, "has the comment_action \"%.*s\", which is not known",
                       STR_ARGS(str_slice(action, 0, 40)));
        return;
    }
    struct str key = here ? DEDUPE(r->a, "m", id) : DEDUPE(r->a, "c", id, action, text_clean(r->a, when));
    struct channel_event *event = add_comment(r, here ? CHANNEL_MESSAGE : CHANNEL_DELETE, id, video,
                                              read_id(r->a, json_get(content, "parent_comment_id")), key);
    event->at = read_time(json_get(content, "timestamp"));
    event->again = str_eq(action, STR("set_to_public"));
    event->echo = who.len && (str_eq(who, own) || str_eq(who, r->us));
    if (!event->echo)
        event->author.external_id = who;
    if (here)
        say_comment(event, read_words(r->a, json_get(content, "text")));
}

void tiktok_listed(struct tiktok_reading *r, const struct json *comment, struct str video, struct str parent,
                   const struct place *at)
{
    struct str id = read_id(r->a, json_get(comment, "comment_id"));
    struct str above = read_id(r->a, json_get(comment, "parent_comment_id"));
    bool hidden = str_eq_nocase(json_text(json_get(comment, "status")), STR("HIDDEN"));
    if (!id.len) {
        channel_unread(r->events, at, "has no comment_id");
        return;
    }
    struct channel_event *event =
        add_comment(r, hidden ? CHANNEL_DELETE : CHANNEL_MESSAGE, id, video, above.len ? above : parent,
                    hidden ? DEDUPE(r->a, "c", id, STR("hidden")) : DEDUPE(r->a, "m", id));
    event->at = read_time(json_get(comment, "create_time"));
    if (hidden) {
        event->at = 0; /* it says when it was written, not when it was hidden */
        return;
    }
    event->as_of = r->asking->now;
    event->echo = json_bool(json_get(comment, "owner"), false);
    if (!event->echo) {
        event->author.external_id = read_id(r->a, json_get(comment, "unique_identifier"));
        event->author.handle = read_text(r->a, json_get(comment, "username"));
        event->author.name = read_text(r->a, json_get(comment, "display_name"));
        event->author.avatar_url = read_text(r->a, json_get(comment, "profile_image"));
    }
    say_comment(event, read_words(r->a, json_get(comment, "text")));
    struct str picture = read_text(r->a, json_get(comment, "image_url"));
    struct channel_media *media = picture.len ? event_attach(r->a, event, MESSAGE_IMAGE) : NULL;
    if (media)
        media->url = picture;
    if (media && event->message == MESSAGE_UNSUPPORTED) {
        event->message = MESSAGE_IMAGE;
        event->note = STR_EMPTY;
    }
}

struct str tiktok_film(struct tiktok_reading *r, const struct json *film)
{
    struct str id = read_id(r->a, json_get(film, "item_id")), link = read_text(r->a, json_get(film, "share_url"));
    if (!id.len)
        return id;
    struct channel_event *event = add_comment(r, CHANNEL_MESSAGE, id, id, STR_EMPTY, DEDUPE(r->a, "m", id));
    event->parent_id = STR_EMPTY;
    event->echo = true;
    event->at = read_time(json_get(film, "create_time"));
    event->message = MESSAGE_VIDEO;
    event->text = read_words(r->a, json_get(film, "caption"));
    event->thread_title = read_title(r->a, event->text);
    if (link.len)
        event->link = link;
    return id;
}

/* ---- direct messages ---- */

/* Fetching a file takes all three ids. */
static void attach(struct tiktok_reading *r, struct channel_event *event, const struct json *content,
                   enum message_kind kind)
{
    const char *name = kind == MESSAGE_VIDEO ? "video" : "image";
    struct str id = read_id(r->a, json_path(content, name, "media_id", NULL));
    struct str talk = str_slice(event->thread_key, 3, event->thread_key.len);
    struct channel_media *media = id.len ? event_attach(r->a, event, kind) : NULL;
    if (media)
        media->media_id = str_format(r->a, "%.*s %.*s %.*s %s", STR_ARGS(talk), STR_ARGS(event->external_id),
                                     STR_ARGS(id), kind == MESSAGE_VIDEO ? "VIDEO" : "IMAGE");
    else
        event->message = kind; /* shown as what it was, without its bytes */
}

static void attach_sticker(struct tiktok_reading *r, struct channel_event *event, const struct json *sticker)
{
    struct str url = read_text(r->a, json_get(sticker, "url"));
    struct channel_media *media = url.len ? event_attach(r->a, event, MESSAGE_STICKER) : NULL;
    event->message = MESSAGE_STICKER;
    if (media)
        media->url = url;
}

static void read_shared(struct tiktok_reading *r, struct channel_event *event, const struct json *content)
{
    struct str link = read_text(r->a, json_path(content, "share_post", "embed_url", NULL));
    event->text = link;
    if (link.len) {
        event_origin(r->a, event, "post", STR_EMPTY, link);
    } else {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a film was shared, TikTok does not say which");
    }
}

static void read_kind(struct tiktok_reading *r, struct channel_event *event, const struct json *content)
{
    const struct json *said = json_get(content, "type");
    struct str type =
        str_lower(r->a, read_text(r->a, said ? said : json_get(content, "message_type"))); /* of a list */
    if (str_eq(type, STR("text")))
        event->text = read_words(r->a, json_path(content, "text", "body", NULL));
    else if (str_eq(type, STR("image")))
        attach(r, event, content, MESSAGE_IMAGE);
    else if (str_eq(type, STR("video")))
        attach(r, event, content, MESSAGE_VIDEO);
    else if (str_eq(type, STR("sticker")) || str_eq(type, STR("emoji")))
        attach_sticker(r, event, json_get(content, str_eq(type, STR("emoji")) ? "emoji" : "sticker"));
    else if (str_eq(type, STR("share_post")))
        read_shared(r, event, content);
    else
        event->message = MESSAGE_UNSUPPORTED;
    if (event->message == MESSAGE_UNSUPPORTED && !event->note.len)
        event->note = str_format(r->a, "a message of the kind %.*s", STR_ARGS(read_title(r->a, type)));
    if (event->message == MESSAGE_TEXT && !event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a message without words");
    }
}

/* The talk, and the person in it: one who commented has the same id there. */
static struct channel_event *add_talk(struct tiktok_reading *r, const struct json *content,
                                      enum channel_event_kind kind, struct str talk, bool ours, struct str key)
{
    struct channel_event *event = add(r, kind, key);
    struct str id = read_id(r->a, json_get(content, "unique_identifier"));
    struct str user = read_id(r->a, json_path(content, ours ? "to_user" : "from_user", "id", NULL));
    event->thread_key = str_concat(r->a, STR("dm:"), talk);
    event->door = STR("dm");
    event->at = read_time(json_get(content, "timestamp"));
    event->at_exact = true;
    event->echo = ours;
    event->author.external_id = id.len && !str_eq(id, r->us) ? id : user;
    if (user.len && !str_eq(user, event->author.external_id))
        event->author.also_known_as = user;
    event->author.handle = read_text(r->a, json_get(content, ours ? "to" : "from"));
    return event;
}

void tiktok_message(struct tiktok_reading *r, const struct json *content, const struct place *at, bool sent)
{
    struct str id = read_id(r->a, json_get(content, "message_id")),
               talk = read_id(r->a, json_get(content, "conversation_id"));
    struct str from = read_id(r->a, json_path(content, "from_user", "id", NULL));
    bool ours = sent || (from.len && str_eq(from, r->us));
    if (!id.len || !talk.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "conversation_id" : "message_id");
        return;
    }
    struct channel_event *event = add_talk(r, content, CHANNEL_MESSAGE, talk, ours, DEDUPE(r->a, "m", id));
    event->external_id = id;
    event->parent_id = read_id(r->a, json_path(content, "referenced_message_info", "referenced_message_id", NULL));
    read_kind(r, event, content);
}

static void read_seen(struct tiktok_reading *r, const struct json *content, const struct place *at)
{
    struct str talk = read_id(r->a, json_get(content, "conversation_id"));
    struct str from = read_id(r->a, json_path(content, "from_user", "id", NULL));
    const struct json *until = json_path(content, "read", "last_read_timestamp", NULL);
    int64_t when = read_time(until ? until : json_get(content, "timestamp"));
    if (!talk.len || !when) {
        channel_unread(r->events, at, "has no %s", talk.len ? "moment until which was read" : "conversation_id");
        return;
    }
    struct str moment = str_format(r->a, "%" PRId64, when);
    struct str key = DEDUPE(r->a, "r", talk, from, moment);
    bool ours = from.len && str_eq(from, r->us);
    struct channel_event *event = add_talk(r, content, ours ? CHANNEL_IGNORED : CHANNEL_READ_UPTO, talk, false, key);
    event->at = when;
    event->receipt = ours ? RECEIPT_NONE : RECEIPT_READ;
}

/* Somebody in the European Economic Area, the United Kingdom or Switzerland wrote. TikTok hands over neither who nor
 * what, and takes no answer from a program. */
static void read_european(struct tiktok_reading *r, const struct json *root, const struct json *content)
{
    struct str id = read_id(r->a, json_get(content, "message_id")),
               talk = read_id(r->a, json_get(content, "conversation_id"));
    if (!id.len)
        id = str_concat(r->a, STR("eu-"), dedupe_hash(r->a, json_to_str(r->a, root)));
    struct channel_event *event =
        add_talk(r, content, CHANNEL_MESSAGE, talk.len ? talk : id, false, DEDUPE(r->a, "m", id));
    event->external_id = id;
    event->message = MESSAGE_UNSUPPORTED;
    event->note = STR("a direct message from Europe: TikTok shows it in its app alone");
    event->shut = "region";
    if (!event->at)
        event->at = read_time(json_get(root, "create_time"));
}

/* ---- a webhook ---- */

void tiktok_event(struct tiktok_reading *r, const struct json *root)
{
    static const struct place at = {NULL, "content", -1};
    struct str event = read_text(r->a, json_get(root, "event")), us = read_id(r->a, json_get(root, "user_openid"));
    const struct json *content = json_get(root, "content");
    struct json *inside = json_is(content, JSON_STRING) ? json_parse(r->a, json_text(content), NULL) : NULL;
    r->us = us.len ? us : r->us; /* one application may serve several accounts */
    if (inside)
        content = inside;
    bool talk = str_starts(event, STR("im_")), comment = str_eq(event, STR("comment.update"));
    if (str_eq(event, STR("im_receive_msg_eu")))
        read_european(r, root, json_is(content, JSON_OBJECT) ? content : NULL);
    else if (!json_is(content, JSON_OBJECT) && (talk || comment))
        channel_unread(r->events, NULL, "content is no JSON of an object");
    else if (comment)
        read_comment(r, content, &at);
    else if (str_eq(event, STR("im_receive_msg")) || str_eq(event, STR("im_send_msg")))
        tiktok_message(r, content, &at, str_eq(event, STR("im_send_msg")));
    else if (str_eq(event, STR("im_mark_read_msg")))
        read_seen(r, content, &at);
    else if (str_eq(event, STR("authorization.removed")))
        add(r, CHANNEL_RIGHTS, DEDUPE(r->a, "t", dedupe_hash(r->a, json_to_str(r->a, root))))->note =
            STR("The account took its permission back on TikTok.");
    else
        ignore(r, event, root); /* films published, mentions, and what TikTok may add */
}
