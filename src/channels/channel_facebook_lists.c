/* SPDX-License-Identifier: Apache-2.0 */
/* What a Page lists when it is asked: its posts with their comments, and the talks of Messenger. A round is a walk:
 * what is still to be asked for is handed on (carry) as {todo: [ids], after: page of the first of them, page: of the
 * list itself}. */
#include "channels/channel_meta.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

#define POSTS_BACK       (14 * DAY_US) /* posts older than this are looked at in whole rounds only */
#define POSTS_BACK_WHOLE (30 * DAY_US)
#define TODO_MAX         100

struct walk {
    struct json *todo;
    struct str after, page;
};

static struct walk walk_read(struct arena *a, struct str carry)
{
    struct json *root = carry.len ? json_parse(a, carry, NULL) : NULL;
    struct walk w = {.todo = json_array(a)};
    const struct json *todo = json_get(root, "todo");
    for (size_t i = 0; json_is(todo, JSON_ARRAY) && i < json_count(todo); i++)
        json_push(a, w.todo, json_new_str(a, json_text(json_at(todo, i))));
    w.after = json_text(json_get(root, "after"));
    w.page = json_text(json_get(root, "page"));
    return w;
}

static struct str walk_write(struct arena *a, const struct walk *w)
{
    struct json *root = json_object(a);
    json_set(a, root, "todo", w->todo);
    json_set_str(a, root, "after", w->after);
    json_set_str(a, root, "page", w->page);
    return json_to_str(a, root);
}

static struct str walk_first(const struct walk *w)
{
    return json_text(json_at(w->todo, 0));
}

/* What was first is done. */
static void walk_step(struct arena *a, struct walk *w)
{
    struct json *rest = json_array(a);
    for (size_t i = 1; i < json_count(w->todo); i++)
        json_push(a, rest, json_new_str(a, json_text(json_at(w->todo, i))));
    w->todo = rest;
    w->after = STR_EMPTY;
}

/* Where the list goes on; empty at its end. */
static struct str next_page(struct arena *a, const struct json *list)
{
    bool more = json_text(json_path(list, "paging", "next", NULL)).len > 0;
    return more ? read_id(a, json_path(list, "paging", "cursors", "after", NULL)) : STR_EMPTY;
}

static bool is_talks(const struct asking *asking)
{
    return str_eq(str_from(asking->listing->name), STR("messages"));
}

/* ---- the call ---- */

#define MESSAGE_FIELDS                                                                                               \
    "id,message,from,to,created_time,attachments%7Bid,mime_type,name,image_data,video_data,file_url%7D"

static struct str address(struct arena *a, const struct settings *s, const struct asking *asking,
                          const struct walk *w)
{
    struct str page = settings_get(s, "page_id"), first = walk_first(w), after = first.len ? w->after : w->page;
    int64_t back = asking->whole ? POSTS_BACK_WHOLE : POSTS_BACK;
    struct buf tail;
    buf_init(&tail, a, 256);
    if (is_talks(asking) && first.len)
        buf_cstr(&tail, "/messages?limit=50&fields=" MESSAGE_FIELDS);
    else if (is_talks(asking))
        buf_cstr(
            &tail,
            "/conversations?platform=messenger&limit=25&fields=id,updated_time,messages.limit(25)%7B" MESSAGE_FIELDS
            "%7D");
    else if (first.len)
        buf_format(&tail,
                   "/comments?filter=stream&limit=100&since=%" PRId64
                   "&fields=id,message,created_time,from,parent%%7Bid%%7D,attachment",
                   asking->since / SECOND_US);
    else
        buf_format(&tail, "/published_posts?limit=25&since=%" PRId64 "&fields=id,message,created_time,from",
                   (asking->now - back) / SECOND_US);
    if (after.len) {
        buf_cstr(&tail, "&after=");
        buf_url(&tail, after);
    }
    buf_char(&tail, '\0');
    return meta_url(a, s, first.len ? first : page.len ? page : STR("me"), buf_view(&tail).ptr);
}

bool facebook_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                  struct error *e)
{
    struct walk w = walk_read(a, asking->carry);
    if (!settings_get(s, "page_id").len)
        return fail(e, ERR_NOT_FOUND, "Without the Page's id (page_id) Facebook cannot be asked.");
    if (!call_start(a, s, "GET", address(a, s, asking, &w), call, e))
        return false;
    call->reply_max = 4 << 20;
    return true;
}

/* ---- posts and comments ---- */

struct page_reading {
    struct arena *a;
    struct channel_events *events;
    const struct asking *asking;
    struct str page; /* ours */
};

static struct channel_event *feed_item(struct page_reading *r, const struct json *item, struct str post)
{
    struct channel_event *event = channel_events_add(r->events);
    struct str id = read_id(r->a, json_get(item, "id")), who = read_id(r->a, json_path(item, "from", "id", NULL));
    event->kind = CHANNEL_MESSAGE;
    event->account = r->page;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("post:"), post);
    event->door = STR("comment");
    event->is_public = true;
    event->at = read_time(json_get(item, "created_time"));
    event->text = read_words(r->a, json_get(item, "message"));
    event->as_of = r->asking->now;
    event->link = str_format(r->a, "https://www.facebook.com/%.*s", STR_ARGS(url_encode(r->a, id)));
    event->echo = who.len && str_eq(who, r->page);
    if (!event->echo) {
        event->author.external_id = who;
        event->author.name = read_text(r->a, json_path(item, "from", "name", NULL));
    }
    return event;
}

/* Our own post waits for nobody, and names its thread. */
static void read_post(struct page_reading *r, const struct json *post)
{
    struct channel_event *event = feed_item(r, post, read_id(r->a, json_get(post, "id")));
    event->echo |= !event->author.external_id.len; /* of a list of what the Page published */
    event->thread_title = read_title(r->a, event->text);
    if (!event->echo && !event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a post without words");
    }
}

static void read_comment(struct page_reading *r, const struct json *comment, struct str post)
{
    struct channel_event *event = feed_item(r, comment, post);
    const struct json *attachment = json_get(comment, "attachment");
    struct str type = read_text(r->a, json_get(attachment, "type"));
    struct str parent = read_id(r->a, json_path(comment, "parent", "id", NULL));
    bool film = str_starts(type, STR("video"));
    event->parent_id = parent.len ? parent : post;
    struct str url = read_text(r->a, film ? json_path(attachment, "media", "source", NULL)
                                          : json_path(attachment, "media", "image", "src", NULL));
    bool file = film || str_eq(type, STR("photo")) || str_eq(type, STR("sticker"));
    struct channel_media *media =
        file && url.len ? event_attach(r->a, event, film ? MESSAGE_VIDEO : MESSAGE_IMAGE) : NULL;
    if (media)
        media->url = url;
    if (!event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("without words: perhaps a sticker or an animated picture");
    }
}

static void read_feed(struct page_reading *r, const struct json *data, struct walk *w)
{
    struct str post = walk_first(w);
    struct place at = {NULL, "data", -1};
    for (size_t i = 0; i < json_count(data); i++) {
        const struct json *item = json_at(data, i);
        struct str id = read_id(r->a, json_get(item, "id"));
        at.index = (ptrdiff_t)i;
        if (!id.len)
            channel_unread(r->events, &at, "has no id");
        else if (post.len)
            read_comment(r, item, post);
        else
            read_post(r, item);
        if (id.len && !post.len && json_count(w->todo) < TODO_MAX)
            json_push(r->a, w->todo, json_new_str(r->a, id));
    }
}

/* ---- talks ---- */

static void read_file(struct page_reading *r, struct channel_event *event, const struct json *file)
{
    static const char *const places[][2] = {{"image_data", "url"}, {"video_data", "url"}};
    struct str url = read_text(r->a, json_get(file, "file_url")), mime = read_text(r->a, json_get(file, "mime_type"));
    enum message_kind kind = kind_of_mime(mime);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct str found = read_text(r->a, json_path(file, places[i][0], places[i][1], NULL));
        if (found.len)
            kind = i == 0 ? MESSAGE_IMAGE : MESSAGE_VIDEO;
        url = found.len ? found : url;
    }
    struct channel_media *media = url.len ? event_attach(r->a, event, kind) : NULL;
    if (media) {
        media->url = url;
        media->mime = mime;
        media->file_name = read_text(r->a, json_get(file, "name"));
    }
}

/* False when it is older than what is asked for. */
static bool read_message(struct page_reading *r, const struct json *message, const struct place *at)
{
    struct str id = read_id(r->a, json_get(message, "id")),
               from = read_id(r->a, json_path(message, "from", "id", NULL));
    bool ours = from.len && str_eq(from, r->page);
    const struct json *to = json_at(json_path(message, "to", "data", NULL), 0);
    struct str person = ours ? read_id(r->a, json_get(to, "id")) : from;
    int64_t when = read_time(json_get(message, "created_time"));
    if (when && when < r->asking->since)
        return false;
    if (!id.len || !person.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "from or to" : "id");
        return true;
    }
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_MESSAGE;
    event->account = r->page;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("dm:"), person);
    event->door = STR("messenger");
    event->echo = ours;
    event->at = when;
    event->text = read_words(r->a, json_get(message, "message"));
    event->author.external_id = person;
    event->author.name = read_text(r->a, json_get(ours ? to : json_get(message, "from"), "name"));
    const struct json *files = json_path(message, "attachments", "data", NULL);
    for (size_t i = 0; json_is(files, JSON_ARRAY) && i < json_count(files); i++)
        read_file(r, event, json_at(files, i));
    if (!event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a message without words");
    }
    return true;
}

/* The messages of a talk, newest first. True when older ones of them are asked for too. */
static bool read_messages(struct page_reading *r, const struct json *list)
{
    const struct json *data = json_get(list, "data");
    struct place at = {NULL, "messages", -1};
    bool young = true;
    for (size_t i = 0; json_is(data, JSON_ARRAY) && i < json_count(data); i++) {
        at.index = (ptrdiff_t)i;
        young = read_message(r, json_at(data, i), &at) && young;
    }
    return young && next_page(r->a, list).len > 0;
}

/* Talks, the one that was heard last first. False when the rest of them is older than what is asked for. */
static bool read_talks(struct page_reading *r, const struct json *data, struct walk *w)
{
    for (size_t i = 0; i < json_count(data); i++) {
        const struct json *talk = json_at(data, i);
        struct str id = read_id(r->a, json_get(talk, "id"));
        int64_t heard = read_time(json_get(talk, "updated_time"));
        if (heard && heard < r->asking->since)
            return false;
        if (read_messages(r, json_get(talk, "messages")) && id.len && json_count(w->todo) < TODO_MAX)
            json_push(r->a, w->todo, json_new_str(r->a, id));
    }
    return true;
}

/* ---- the answer ---- */

/* A post or a talk that was removed between two calls is nobody's failure. */
static bool is_gone_amid(const struct walk *w, const struct outcome *out)
{
    return walk_first(w).len && out->failure == FAILURE_GONE;
}

void facebook_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                    const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = json_get(body, "data");
    struct page_reading r = {a, events, asking, settings_get(s, "page_id")};
    struct walk w = walk_read(a, asking->carry);
    bool inside = walk_first(&w).len > 0, talks = is_talks(asking), more = true;
    if (reply->status != 200 || !json_is(data, JSON_ARRAY)) {
        meta_error(a, facebook_codes, reply, body, &out->outcome);
        if (!is_gone_amid(&w, &out->outcome))
            return;
        out->outcome = (struct outcome){0};
        data = json_array(a);
    }
    if (talks && inside)
        more = read_messages(&r, body);
    else if (talks)
        more = read_talks(&r, data, &w);
    else
        read_feed(&r, data, &w);
    struct str next = more ? next_page(a, body) : STR_EMPTY;
    if (inside && next.len)
        w.after = next;
    else if (inside)
        walk_step(a, &w);
    else
        w.page = next;
    out->more = json_count(w.todo) > 0 || w.page.len > 0;
    out->carry = out->more ? walk_write(a, &w) : STR_EMPTY;
    out->from = asking->since;
}
