/* SPDX-License-Identifier: Apache-2.0 */
/* What a Page lists when it is asked: its posts with their comments, and the talks of Messenger. */
#include "channels/channel_meta.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

#define POSTS_BACK       (14 * DAY_US) /* posts older than this are looked at in whole rounds only */
#define POSTS_BACK_WHOLE (30 * DAY_US)

static bool is_talks(const struct asking *asking)
{
    return str_eq(str_from(asking->listing->name), STR("messages"));
}

/* ---- the call ---- */

static struct str posts_tail(struct arena *a, const struct asking *asking, const struct meta_walk *w)
{
    int64_t back = asking->whole ? POSTS_BACK_WHOLE : POSTS_BACK;
    if (w->walking)
        return str_format(a,
                          "/comments?filter=stream&limit=100&since=%" PRId64
                          "&fields=id,message,created_time,from,parent%%7Bid%%7D,attachment",
                          asking->since / SECOND_US);
    return str_format(a, "/published_posts?limit=25&since=%" PRId64 "&fields=id,message,created_time,from",
                      (asking->now - back) / SECOND_US);
}

static struct str address(struct arena *a, const struct settings *s, const struct asking *asking,
                          const struct meta_walk *w)
{
    struct str page = settings_get(s, "page_id"), after = w->walking ? w->after : w->page;
    struct buf tail;
    buf_init(&tail, a, 256);
    buf_str(&tail, is_talks(asking) ? meta_talks_tail(a, w, "messenger") : posts_tail(a, asking, w));
    if (after.len) {
        buf_cstr(&tail, "&after=");
        buf_url(&tail, after);
    }
    return meta_url(a, s, w->walking ? meta_walk_first(w) : page, str_cstr(a, buf_view(&tail)));
}

bool facebook_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                  struct error *e)
{
    struct meta_walk w = meta_walk_read(a, asking->carry);
    if (!settings_get(s, "page_id").len)
        return fail(e, ERR_NOT_FOUND, "Without the Page's id (page_id) Facebook cannot be asked.");
    if (!call_start(a, s, "GET", address(a, s, asking, &w), call, e))
        return false;
    call->reply_max = 4 << 20;
    return true;
}

/* ---- posts and comments ---- */

static struct channel_event *feed_item(struct meta_list *r, const struct json *item, struct str post)
{
    struct channel_event *event = channel_events_add(r->events);
    struct str id = read_id(r->a, json_get(item, "id")), who = read_id(r->a, json_path(item, "from", "id", NULL));
    event->kind = CHANNEL_MESSAGE;
    event->account = r->us;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("post:"), post);
    event->door = STR("comment");
    event->is_public = true;
    event->at = read_time(json_get(item, "created_time"));
    event->text = read_words(r->a, json_get(item, "message"));
    event->as_of = r->asking->now;
    event->link = str_format(r->a, "https://www.facebook.com/%.*s", STR_ARGS(url_encode(r->a, id)));
    event->echo = who.len && str_eq(who, r->us);
    if (!event->echo) {
        event->author.external_id = who;
        event->author.name = read_text(r->a, json_path(item, "from", "name", NULL));
    }
    return event;
}

/* Our own post waits for nobody, and names its thread. */
static void read_post(struct meta_list *r, const struct json *post)
{
    struct channel_event *event = feed_item(r, post, read_id(r->a, json_get(post, "id")));
    event->echo |= !event->author.external_id.len; /* of a list of what the Page published */
    event->thread_title = read_title(r->a, event->text);
    if (!event->echo && !event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a post without words");
    }
}

static void read_comment(struct meta_list *r, const struct json *comment, struct str post)
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

static void read_feed(struct meta_list *r, const struct json *data, struct meta_walk *w)
{
    struct place at = {NULL, "data", -1};
    for (size_t i = 0; i < json_count(data); i++) {
        const struct json *item = json_at(data, i);
        struct str id = read_id(r->a, json_get(item, "id"));
        at.index = (ptrdiff_t)i;
        if (!id.len)
            channel_unread(r->events, &at, "has no id");
        else if (w->walking)
            read_comment(r, item, meta_walk_first(w));
        else
            read_post(r, item);
        if (!w->walking && !meta_walk_add(r->a, w, id))
            break;
    }
}

/* ---- the answer ---- */

/* A post or a talk that was removed between two calls is nobody's failure. */
static bool is_gone_amid(const struct meta_walk *w, const struct outcome *out)
{
    return w->walking && out->failure == FAILURE_GONE;
}

void facebook_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                    const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = json_get(body, "data");
    struct meta_list r = {a, events, asking, settings_get(s, "page_id"), STR("messenger")};
    struct meta_walk w = meta_walk_read(a, asking->carry);
    bool more = true;
    if (reply->status != 200 || !json_is(data, JSON_ARRAY)) {
        meta_error(a, graph_codes, reply, body, &out->outcome);
        if (!is_gone_amid(&w, &out->outcome))
            return;
        out->outcome = (struct outcome){0};
        data = body = json_array(a);
    }
    if (is_talks(asking))
        more = meta_talks(&r, body, &w);
    else
        read_feed(&r, data, &w);
    out->more = meta_walk_on(a, &w, more ? meta_next_page(a, body) : STR_EMPTY);
    out->carry = out->more ? meta_walk_write(a, &w) : STR_EMPTY;
    out->from = asking->since;
}
