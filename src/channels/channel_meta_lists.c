/* SPDX-License-Identifier: Apache-2.0 */
/* What the lists of a Page and of an Instagram account share: the walk from one answer to the next, and their private
 * talks. */
#include "channels/channel_meta.h"

#include "base/arena.h"
#include "base/buf.h"

#define TODO_MAX 100

/* ---- the walk ---- */

struct meta_walk meta_walk_read(struct arena *a, struct str carry)
{
    struct json *root = carry.len ? json_parse(a, carry, NULL) : NULL;
    const struct json *own = json_get(root, "own");
    struct meta_walk w = {.todo = todo_read(a, json_get(root, "todo"), TODO_MAX), .own = json_object(a)};
    for (size_t i = 0; json_is(own, JSON_OBJECT) && i < own->count; i++)
        json_put(a, w.own, own->members[i].key, own->members[i].value);
    w.after = json_text(json_get(root, "after"));
    w.page = json_text(json_get(root, "page"));
    w.walking = json_count(w.todo) > 0;
    return w;
}

struct str meta_walk_write(struct arena *a, const struct meta_walk *w)
{
    struct json *root = json_object(a);
    json_set(a, root, "todo", w->todo);
    json_set_str(a, root, "after", w->after);
    json_set_str(a, root, "page", w->page);
    if (json_count(w->own))
        json_set(a, root, "own", w->own);
    return json_to_str(a, root);
}

struct str meta_walk_first(const struct meta_walk *w)
{
    return todo_first(w->todo);
}

bool meta_walk_add(struct arena *a, struct meta_walk *w, struct str id)
{
    return id.len && todo_add(a, w->todo, id, TODO_MAX);
}

bool meta_walk_on(struct arena *a, struct meta_walk *w, struct str next)
{
    if (w->walking && next.len) {
        w->after = next;
        return true;
    }
    if (!w->walking) {
        w->page = next;
    } else { /* what was first is done */
        w->todo = todo_rest(a, w->todo);
        w->after = STR_EMPTY;
    }
    return json_count(w->todo) > 0 || w->page.len > 0;
}

struct str meta_next_page(struct arena *a, const struct json *list)
{
    bool more = json_text(json_path(list, "paging", "next", NULL)).len > 0;
    return more ? read_id(a, json_path(list, "paging", "cursors", "after", NULL)) : STR_EMPTY;
}

/* ---- talks ---- */

#define FIELDS "id,message,from,to,created_time,attachments%7Bid,mime_type,name,image_data,video_data,file_url%7D"

struct str meta_talks_tail(struct arena *a, const struct meta_walk *w, const char *platform)
{
    if (w->walking)
        return STR("/messages?limit=50&fields=" FIELDS);
    struct buf tail;
    buf_init(&tail, a, 256);
    buf_format(&tail, "/conversations?platform=%s", platform);
    buf_cstr(&tail, "&limit=25&fields=id,updated_time,messages.limit(25)%7B" FIELDS "%7D");
    return buf_view(&tail);
}

static void read_file(struct meta_list *r, struct channel_event *event, const struct json *file)
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
static bool read_message(struct meta_list *r, const struct json *message, const struct place *at)
{
    struct str id = read_id(r->a, json_get(message, "id")),
               from = read_id(r->a, json_path(message, "from", "id", NULL));
    bool ours = from.len && str_eq(from, r->us);
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
    event->account = r->us;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("dm:"), person);
    event->door = r->door;
    event->echo = ours;
    event->at = when;
    event->text = read_words(r->a, json_get(message, "message"));
    event->author.external_id = person;
    const struct json *who = ours ? to : json_get(message, "from");
    event->author.name = read_text(r->a, json_get(who, "name"));
    event->author.handle = read_text(r->a, json_get(who, "username"));
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
static bool read_messages(struct meta_list *r, const struct json *list)
{
    const struct json *data = json_get(list, "data");
    struct place at = {NULL, "messages", -1};
    bool young = true;
    for (size_t i = 0; json_is(data, JSON_ARRAY) && i < json_count(data); i++) {
        at.index = (ptrdiff_t)i;
        young = read_message(r, json_at(data, i), &at) && young;
    }
    return young && meta_next_page(r->a, list).len > 0;
}

/* Talks, the one that was heard last first. False when the rest of them is older than what is asked for. */
static bool read_talks(struct meta_list *r, const struct json *data, struct meta_walk *w)
{
    for (size_t i = 0; i < json_count(data); i++) {
        const struct json *talk = json_at(data, i);
        struct str id = read_id(r->a, json_get(talk, "id"));
        int64_t heard = read_time(json_get(talk, "updated_time"));
        if (heard && heard < r->asking->since)
            return false;
        if (read_messages(r, json_get(talk, "messages")) && !meta_walk_add(r->a, w, id))
            return false;
    }
    return true;
}

bool meta_talks(struct meta_list *r, const struct json *body, struct meta_walk *w)
{
    const struct json *data = json_get(body, "data");
    if (w->walking)
        return read_messages(r, body);
    return !json_is(data, JSON_ARRAY) || read_talks(r, data, w);
}
