/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews with their stars, as Google Business Profile and Google Play list them, and the one reply that each has. */
#include "channels/channel_google.h"

#include "base/arena.h"
#include "base/buf.h"

#define REPLY_MAX ((size_t)4 << 20)

/* ---- one review ---- */

struct str google_stars(struct arena *a, int stars, struct str words)
{
    struct buf out;
    buf_init(&out, a, words.len + 32);
    for (int i = 1; stars >= 1 && stars <= 5 && i <= 5; i++)
        buf_cstr(&out, i <= stars ? "★" : "☆");
    if (out.len && words.len)
        buf_char(&out, '\n');
    buf_str(&out, words);
    return buf_view(&out);
}

/* White space may change on the way. */
struct str google_reply_id(struct arena *a, struct str review, struct str words)
{
    struct buf plain;
    buf_init(&plain, a, words.len + 1);
    words = text_clean(a, words);
    for (size_t i = 0; i < words.len; i++)
        if (str_find_char(STR(" \t\r\n"), words.ptr[i]) < 0)
            buf_char(&plain, words.ptr[i]);
    return str_format(a, "%.*s:reply:%.*s", STR_ARGS(review), STR_ARGS(dedupe_hash(a, buf_view(&plain))));
}

static struct channel_event *review_event(struct channel_events *events, struct str account, struct str thread,
                                          struct str id)
{
    struct arena *a = events->arena;
    struct channel_event *event = channel_events_add(events);
    event->kind = CHANNEL_MESSAGE;
    event->account = account;
    event->external_id = id;
    event->dedupe = DEDUPE(a, "m", id);
    event->thread_key = str_concat(a, STR("post:"), thread);
    event->door = STR("review");
    event->is_public = true;
    return event;
}

struct channel_event *google_review(struct channel_events *events, struct str account,
                                    const struct google_review *review)
{
    struct arena *a = events->arena;
    size_t first = events->count;
    struct channel_event *event = review_event(events, account, review->id, review->id);
    event->author.name = review->who;
    event->author.avatar_url = review->avatar;
    event->at = review->at;
    event->as_of = review->as_of;
    event->link = review->link;
    event->text = google_stars(a, review->stars, review->text);
    if (!event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a review without stars or words");
    }
    if (review->reply.len) {
        event = review_event(events, account, review->id, google_reply_id(a, review->id, review->reply));
        event->echo = true;
        event->parent_id = review->id;
        event->text = review->reply;
        event->at = review->replied_at;
    }
    return &events->items[first];
}

/* ---- a list of them ---- */

/* The moment of the one that was changed first. */
static int64_t read_all(const struct google_reviews *g, struct channel_events *events, const struct settings *s,
                        const struct json *list, int64_t now)
{
    struct place at = {NULL, "reviews", -1};
    int64_t oldest = INT64_MAX;
    const struct json *one;
    while ((one = read_next(events, list, &at))) {
        int64_t changed = g->read(events, s, one, now, &at);
        oldest = changed && changed < oldest ? changed : oldest;
    }
    return oldest;
}

bool google_reviews_receive(const struct google_reviews *g, struct arena *a, const struct settings *s,
                            struct str body, struct channel_events *events, struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    if (!json_is(json_get(root, "reviews"), JSON_ARRAY))
        return fail(e, ERR_MALFORMED, "no list `reviews`: not an answer of this network");
    read_all(g, events, s, json_get(root, "reviews"), 0);
    return channel_read(events, e);
}

bool google_reviews_ask(const struct google_reviews *g, struct arena *a, const struct settings *s,
                        const struct asking *asking, struct http_call *call, struct error *e)
{
    struct buf url;
    buf_init(&url, a, 256);
    buf_str(&url, g->url(a, s));
    buf_cstr(&url, g->query);
    google_query(&url, g->page_token, asking->carry);
    if (!call_start(a, s, "GET", buf_view(&url), call, e))
        return false;
    call->reply_max = REPLY_MAX;
    return true;
}

const struct json *google_reviews_asked(const struct google_reviews *g, struct arena *a, const struct settings *s,
                                        const struct asking *asking, const struct http_reply *reply,
                                        struct channel_events *events, struct asked *out, int64_t *oldest)
{
    struct json *body = channel_json(a, reply->body, NULL);
    const struct json *list = read_member(body, "reviews"); /* an empty list is not there at all */
    if (reply->status != 200 || !json_is(body, JSON_OBJECT) || (list && !json_is(list, JSON_ARRAY))) {
        google_list_problem(a, reply, asking->now, g->rate_wait, &out->outcome);
        return NULL;
    }
    *oldest = read_all(g, events, s, list, asking->now);
    return body;
}

/* ---- a reply, and whether access is good ---- */

void google_reviews_answer(const struct google_reviews *g, struct arena *a, const struct outgoing *m,
                           const struct http_reply *reply, struct outcome *out)
{
    if (reply->status < 200 || reply->status > 299) {
        google_problem(a, NULL, reply, m->now, g->rate_wait, out);
        return;
    }
    struct str said = g->said(a, json_parse(a, reply->body, NULL));
    outcome_accept(a, out, google_reply_id(a, m->parent_id, said.len ? said : m->text));
}

void google_reviews_probed(const struct google_reviews *g, struct arena *a, const struct http_reply *reply,
                           struct outcome *out)
{
    if (reply->status == 200 && json_is(json_parse(a, reply->body, NULL), JSON_OBJECT))
        outcome_accept(a, out, STR_EMPTY);
    else
        google_list_problem(a, reply, 0, g->rate_wait, out);
}
