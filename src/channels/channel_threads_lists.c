/* SPDX-License-Identifier: Apache-2.0 */
/* What Threads lists when it is asked: our posts with the conversations under them, and mentions of us; all of them
 * the newest first. */
#include "channels/channel_threads.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

#define POSTS_BACK       (14 * DAY_US) /* posts older than this are looked at in whole rounds only */
#define POSTS_BACK_WHOLE (30 * DAY_US)

#define FIELDS                                                                                                       \
    "id,text,username,timestamp,permalink,media_type,media_url,root_post,replied_to,is_reply,is_reply_owned_by_me"

static bool is_mentions(const struct asking *asking)
{
    return str_eq(str_from(asking->listing->name), STR("mentions"));
}

static struct str tail_of(struct arena *a, const struct asking *asking, const struct meta_walk *w)
{
    int64_t back = asking->whole ? POSTS_BACK_WHOLE : POSTS_BACK;
    if (is_mentions(asking))
        return STR("/mentions?limit=50&fields=" FIELDS);
    if (w->walking)
        return STR("/conversation?limit=50&reverse=true&fields=" FIELDS);
    return str_format(a, "/threads?limit=25&since=%" PRId64 "&fields=" FIELDS ",has_replies",
                      (asking->now - back) / SECOND_US);
}

bool threads_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                 struct error *e)
{
    struct meta_walk w = meta_walk_read(a, asking->carry);
    struct str us = settings_get(s, "user_id"), after = w.walking ? w.after : w.page;
    struct buf tail;
    buf_init(&tail, a, 256);
    buf_str(&tail, tail_of(a, asking, &w));
    if (after.len) {
        buf_cstr(&tail, "&after=");
        buf_url(&tail, after);
    }
    struct str of = w.walking ? meta_walk_first(&w) : us.len ? us : STR("me");
    if (!call_start(a, s, "GET", meta_url(a, s, of, str_cstr(a, buf_view(&tail))), call, e))
        return false;
    call->reply_max = 4 << 20;
    return true;
}

/* What is asked for from one post on. False when the rest is older than what is asked for. */
static bool read_posts(struct threads_reading *r, const struct asking *asking, const struct json *data,
                       struct meta_walk *w)
{
    bool ours = !w->walking && !is_mentions(asking);
    struct place at = {NULL, "data", -1};
    for (size_t i = 0; i < json_count(data); i++) {
        const struct json *post = json_at(data, i);
        int64_t when = read_time(json_get(post, "timestamp"));
        at.index = (ptrdiff_t)i;
        if (!ours && when && when < asking->since)
            return false;
        /* a post of ours that nobody answered is told with its first answer */
        if (ours && !asking->whole && !json_bool(json_get(post, "has_replies"), true))
            continue;
        threads_post(r, post, &at);
        if (ours && !meta_walk_add(r->a, w, read_id(r->a, json_get(post, "id"))))
            return false;
    }
    return true;
}

void threads_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                   const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = json_get(body, "data");
    struct meta_walk w = meta_walk_read(a, asking->carry);
    struct threads_reading r = {.a = a, .settings = s, .events = events, .now = asking->now};
    if (reply->status != 200 || !json_is(data, JSON_ARRAY)) {
        meta_error(a, graph_codes, reply, body, &out->outcome);
        bool gone = out->outcome.failure == FAILURE_GONE || threads_not_found(body);
        if (!w.walking || !gone)
            return; /* what was removed between two calls is nobody's failure */
        out->outcome = (struct outcome){0};
        data = body = json_array(a);
    }
    r.root = meta_walk_first(&w);
    bool more = read_posts(&r, asking, data, &w);
    out->more = meta_walk_on(a, &w, more ? meta_next_page(a, body) : STR_EMPTY);
    out->carry = out->more ? meta_walk_write(a, &w) : STR_EMPTY;
    out->from = asking->since;
}
