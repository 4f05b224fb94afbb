/* SPDX-License-Identifier: Apache-2.0 */
/* What an Instagram account lists when it is asked: what it published with the comments under it, and its private
 * talks. A round looks again only at posts whose number of comments has changed since the last (the cursor keeps the
 * numbers); a whole round looks at all. */
#include "channels/channel_meta.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

#define POSTS_BACK       (14 * DAY_US) /* posts older than this are looked at in whole rounds only */
#define POSTS_BACK_WHOLE (30 * DAY_US)

#define PARTLY "partly" /* beside the numbers: not all was looked at */

static bool is_talks(const struct asking *asking)
{
    return str_eq(str_from(asking->listing->name), STR("messages"));
}

/* ---- the call ---- */

#define COMMENT_FIELDS "id,text,timestamp,username,from,parent_id,user"

/* What is to be asked for: "MEDIA", or "MEDIA/COMMENT" for more answers to a comment. */
static struct str asked_for(const struct meta_walk *w, struct str *media)
{
    struct str id = meta_walk_first(w);
    ptrdiff_t slash = str_find_char(id, '/');
    *media = slash < 0 ? id : str_slice(id, 0, (size_t)slash);
    return slash < 0 ? id : str_slice(id, (size_t)slash + 1, id.len);
}

static struct str comments_tail(const struct meta_walk *w)
{
    struct str media, id = asked_for(w, &media);
    if (!w->walking)
        return STR("/media?limit=25&fields=id,caption,timestamp,permalink,comments_count");
    if (!str_eq(id, media))
        return STR("/replies?limit=50&fields=" COMMENT_FIELDS);
    return STR("/comments?limit=50&fields=" COMMENT_FIELDS ",replies.limit(50)%7B" COMMENT_FIELDS "%7D");
}

bool instagram_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                   struct error *e)
{
    struct meta_walk w = meta_walk_read(a, asking->carry);
    struct str us = settings_get(s, "user_id"), media, after = w.walking ? w.after : w.page;
    struct buf tail;
    if (!us.len)
        return fail(e, ERR_NOT_FOUND, "Without the account's id (user_id) Instagram cannot be asked.");
    buf_init(&tail, a, 256);
    buf_str(&tail, is_talks(asking) ? meta_talks_tail(a, &w, "instagram") : comments_tail(&w));
    if (after.len) {
        buf_cstr(&tail, "&after=");
        buf_url(&tail, after);
    }
    struct str of = w.walking ? asked_for(&w, &media) : is_talks(asking) ? STR("me") : us;
    if (!call_start(a, s, "GET", instagram_url(a, s, of, str_cstr(a, buf_view(&tail))), call, e))
        return false;
    call->reply_max = 4 << 20;
    return true;
}

/* ---- posts and comments ---- */

static struct channel_event *listed(struct meta_list *r, const struct json *item, struct str id, struct str media)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_MESSAGE;
    event->account = r->us;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("post:"), media);
    event->door = STR("comment");
    event->is_public = true;
    event->at = read_time(json_get(item, "timestamp"));
    return event;
}

/* Our own post waits for nobody, and names its thread. */
static void read_post(struct meta_list *r, const struct json *post, struct str id)
{
    struct channel_event *event = listed(r, post, id, id);
    event->echo = true;
    event->text = read_words(r->a, json_get(post, "caption"));
    event->thread_title = read_title(r->a, event->text);
    event->link = read_text(r->a, json_get(post, "permalink"));
}

/* `user` is said of our own comments only; a comment of which no author is said is never taken for ours. */
static void read_comment(struct meta_list *r, const struct settings *s, const struct json *comment, struct str media,
                         struct str parent)
{
    struct str id = read_id(r->a, json_get(comment, "id")),
               who = read_id(r->a, json_path(comment, "from", "id", NULL));
    struct str said = read_id(r->a, json_get(comment, "parent_id"));
    struct str handle = read_text(r->a, json_path(comment, "from", "username", NULL));
    struct channel_event *event = listed(r, comment, id, media);
    event->parent_id = said.len ? said : parent;
    event->text = read_words(r->a, json_get(comment, "text"));
    handle = handle.len ? handle : read_text(r->a, json_get(comment, "username"));
    event->echo =
        instagram_ours(s, r->us, who.len ? who : read_id(r->a, json_path(comment, "user", "id", NULL)), handle);
    if (!event->echo) {
        event->author.external_id = who;
        event->author.handle = handle;
    }
    if (!event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("without words: perhaps an animated picture");
    }
}

static void read_comments(struct meta_list *r, const struct settings *s, const struct json *data, struct meta_walk *w)
{
    struct str media, of = asked_for(w, &media);
    struct place at = {NULL, "data", -1};
    for (size_t i = 0; i < json_count(data); i++) {
        const struct json *comment = json_at(data, i), *replies = json_get(comment, "replies");
        const struct json *inner = json_get(replies, "data");
        struct str id = read_id(r->a, json_get(comment, "id"));
        at.index = (ptrdiff_t)i;
        if (!id.len) {
            channel_unread(r->events, &at, "has no id");
            continue;
        }
        read_comment(r, s, comment, media, of);
        for (size_t k = 0; json_is(inner, JSON_ARRAY) && k < json_count(inner); k++)
            if (read_id(r->a, json_get(json_at(inner, k), "id")).len)
                read_comment(r, s, json_at(inner, k), media, id);
        if (meta_next_page(r->a, replies).len &&
            !meta_walk_add(r->a, w, str_format(r->a, "%.*s/%.*s", STR_ARGS(media), STR_ARGS(id))))
            json_set_bool(r->a, w->own, PARTLY, true);
    }
}

/* What we published, the newest first. False when the rest is too old. */
static bool read_posts(struct meta_list *r, const struct json *data, struct meta_walk *w)
{
    const struct json *before = json_parse(r->a, r->asking->cursor, NULL);
    int64_t back = r->asking->now - (r->asking->whole ? POSTS_BACK_WHOLE : POSTS_BACK);
    struct place at = {NULL, "data", -1};
    for (size_t i = 0; i < json_count(data); i++) {
        const struct json *post = json_at(data, i);
        struct str id = read_id(r->a, json_get(post, "id"));
        int64_t when = read_time(json_get(post, "timestamp"));
        at.index = (ptrdiff_t)i;
        if (when && when < back)
            return false;
        if (!id.len) {
            channel_unread(r->events, &at, "has no id");
            continue;
        }
        const char *key = str_cstr(r->a, id);
        int64_t count = json_int(json_get(post, "comments_count"), -1);
        bool changed = r->asking->whole || count < 0 || count != json_int(json_get(before, key), 0);
        if (changed && !meta_walk_add(r->a, w, id))
            continue; /* the next round finds it changed */
        json_set_int(r->a, w->own, key, count);
        if (changed) /* a post that is listed has all its comments listed: what misses was removed */
            read_post(r, post, id);
    }
    return true;
}

/* ---- the answer ---- */

void instagram_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                     const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = json_get(body, "data");
    struct meta_list r = {a, events, asking, settings_get(s, "user_id"), STR("dm")};
    struct meta_walk w = meta_walk_read(a, asking->carry);
    bool more = true, talks = is_talks(asking);
    if (reply->status != 200 || !json_is(data, JSON_ARRAY)) {
        meta_error(a, graph_codes, reply, body, &out->outcome);
        if (!w.walking || out->outcome.failure != FAILURE_GONE)
            return; /* what was removed between two calls is nobody's failure */
        out->outcome = (struct outcome){0};
        data = body = json_array(a);
    }
    if (talks)
        more = meta_talks(&r, body, &w);
    else if (w.walking)
        read_comments(&r, s, data, &w);
    else
        more = read_posts(&r, data, &w);
    out->more = meta_walk_on(a, &w, more ? meta_next_page(a, body) : STR_EMPTY);
    out->carry = out->more ? meta_walk_write(a, &w) : STR_EMPTY;
    out->from = json_bool(json_get(w.own, PARTLY), false) ? 0 : asking->since;
    if (!out->more && !talks)
        out->cursor = json_to_str(a, w.own);
}
