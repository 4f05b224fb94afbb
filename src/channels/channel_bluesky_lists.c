/* SPDX-License-Identifier: Apache-2.0 */
/* What Bluesky lists when it is asked. Posts: the notifications (mentions, replies, quotes), then what we wrote of
 * late, then the answers below each of it, since an answer to a post that was not indexed yet is never notified.
 * Messages: the talks, then the messages of those that were heard. A round is a walk, handed on (carry) as
 * {phase, page, todo, pages, cut}. */
#include "channels/channel_bluesky.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

#define OURS_BACK       (2 * HOUR_US) /* older ones of ours are looked at in whole rounds only */
#define OURS_BACK_WHOLE (14 * DAY_US)
#define NOTES_PAGES     45 /* the house lets a round have a hundred calls */
#define OURS_PAGES      9
#define THREADS_MAX     40
#define TALKS_MAX       60
#define CHAT_AGAIN_US   DAY_US

struct walk {
    struct str phase; /* "notes", "ours", "threads"; "talks", "messages" */
    struct str page;
    struct json *todo; /* addresses of ours; talks */
    int64_t pages;     /* of this phase */
    bool cut;          /* something was left out */
};

static bool is_messages(const struct asking *asking)
{
    return str_eq(str_from(asking->listing->name), STR("messages"));
}

static struct walk walk_read(struct arena *a, const struct asking *asking)
{
    struct json *root = asking->carry.len ? json_parse(a, asking->carry, NULL) : NULL;
    struct walk w = {.phase = json_text(json_get(root, "phase")), .page = json_text(json_get(root, "page"))};
    const struct json *todo = json_get(root, "todo");
    w.todo = json_array(a);
    for (size_t i = 0; json_is(todo, JSON_ARRAY) && i < json_count(todo); i++) {
        const struct json *one = json_at(todo, i);
        struct json *copy = json_object(a);
        static const char *const names[] = {"id", "did", "handle", "name", "avatar"};
        for (size_t k = 0; k < COUNT_OF(names); k++)
            json_set_str(a, copy, names[k], json_text(json_get(one, names[k])));
        json_push(a, w.todo, copy);
    }
    w.pages = json_int(json_get(root, "pages"), 0);
    w.cut = json_bool(json_get(root, "cut"), false);
    if (!w.phase.len)
        w.phase = is_messages(asking) ? STR("talks") : STR("notes");
    return w;
}

static struct str walk_write(struct arena *a, const struct walk *w)
{
    struct json *root = json_object(a);
    json_set_str(a, root, "phase", w->phase);
    json_set_str(a, root, "page", w->page);
    json_set(a, root, "todo", w->todo);
    json_set_int(a, root, "pages", w->pages);
    json_set_bool(a, root, "cut", w->cut);
    return json_to_str(a, root);
}

static bool is_phase(const struct walk *w, const char *name)
{
    return str_eq(w->phase, str_from(name));
}

static void walk_phase(struct walk *w, const char *name)
{
    w->phase = str_from(name);
    w->page = STR_EMPTY;
    w->pages = 0;
}

static struct str walk_first(const struct walk *w)
{
    return json_text(json_get(json_at(w->todo, 0), "id"));
}

static void walk_add(struct arena *a, struct walk *w, struct str id, size_t most)
{
    if (json_count(w->todo) >= most) {
        w->cut = true;
        return;
    }
    struct json *one = json_object(a);
    json_set_str(a, one, "id", id);
    json_push(a, w->todo, one);
}

/* What was first is done, and so is all of `seen`. */
static void walk_step(struct arena *a, struct walk *w, const struct json *seen)
{
    struct json *rest = json_array(a);
    for (size_t i = 1; i < json_count(w->todo); i++) {
        struct json *one = w->todo->items[i];
        bool met = false;
        for (size_t k = 0; k < json_count(seen) && !met; k++)
            met = str_eq(json_text(json_at(seen, k)), json_text(json_get(one, "id")));
        if (!met)
            json_push(a, rest, one);
    }
    w->todo = rest;
    w->page = STR_EMPTY;
}

/* The oldest first: what stands below it may be ours, too, and is then done with it. */
static void walk_turn(struct walk *w)
{
    for (size_t i = 0, k = json_count(w->todo); i + 1 < k; i++) {
        struct json *one = w->todo->items[i];
        w->todo->items[i] = w->todo->items[--k];
        w->todo->items[k] = one;
    }
}

/* ---- the call ---- */

static void add_page(struct buf *url, struct str page)
{
    if (!page.len)
        return;
    buf_cstr(url, "&cursor=");
    buf_url(url, page);
}

static struct str posts_address(struct arena *a, const struct settings *s, const struct walk *w)
{
    struct buf url;
    buf_init(&url, a, 256);
    if (is_phase(w, "notes")) {
        buf_cstr(&url,
                 "app.bsky.notification.listNotifications?limit=100&reasons=mention&reasons=reply&reasons=quote");
    } else if (is_phase(w, "ours")) {
        buf_cstr(&url, "app.bsky.feed.getAuthorFeed?limit=100&filter=posts_with_replies&actor=");
        buf_url(&url, settings_get(s, "did"));
    } else {
        buf_cstr(&url, "app.bsky.feed.getPostThread?depth=20&parentHeight=1&uri=");
        buf_url(&url, walk_first(w));
    }
    add_page(&url, w->page);
    return buf_view(&url);
}

static struct str messages_address(struct arena *a, const struct walk *w)
{
    struct buf url;
    buf_init(&url, a, 256);
    if (is_phase(w, "talks")) {
        buf_cstr(&url, "chat.bsky.convo.listConvos?limit=100");
    } else {
        buf_cstr(&url, "chat.bsky.convo.getMessages?limit=100&convoId=");
        buf_url(&url, walk_first(w));
    }
    add_page(&url, w->page);
    return buf_view(&url);
}

/* The cursor of messages is "-", or why there are none and since when: "none 1795372175", "right 1795372175". */
static bool chat_is_shut(const struct asking *asking, struct str *why)
{
    struct str rest = asking->cursor;
    int64_t since;
    return str_split(&rest, ' ', why) && str_int64(rest, &since) && !asking->whole &&
           asking->now < since * SECOND_US + CHAT_AGAIN_US;
}

bool bluesky_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                 struct error *e)
{
    struct walk w = walk_read(a, asking);
    struct str why;
    bool chat = is_messages(asking);
    if (!settings_get(s, "did").len)
        return fail(e, ERR_NOT_FOUND, "Bluesky has not told yet who we are: it is asked once we are signed in.");
    if (chat && asking->step == 0 && chat_is_shut(asking, &why)) {
        if (str_eq(why, STR("right")))
            return fail(e, ERR_NOT_FOUND, "The app password was made without access to direct messages.");
        return fail(e, ERR_NOT_FOUND, "The account's server passes no direct messages on.");
    }
    bool ok = chat ? bluesky_chat_call(a, s, "GET", messages_address(a, &w), call, e)
                   : bluesky_call(a, s, "GET", posts_address(a, s, &w), call, e);
    if (ok)
        call->reply_max = 8 << 20;
    return ok;
}

/* ---- posts ---- */

static void take_notes(struct bluesky_reading *r, const struct asking *asking, const struct json *body,
                       struct walk *w)
{
    int64_t oldest = asking->now;
    bluesky_notifications(r, json_get(body, "notifications"), &oldest);
    w->page = read_id(r->a, json_get(body, "cursor"));
    w->pages++;
    bool all = !w->page.len || oldest < asking->since;
    w->cut |= !all && w->pages >= NOTES_PAGES;
    if (all || w->pages >= NOTES_PAGES)
        walk_phase(w, "ours");
}

/* Ours are told as echoes; those that somebody answered are walked. */
static void take_ours(struct bluesky_reading *r, const struct asking *asking, const struct json *body, struct walk *w)
{
    const struct json *feed = json_get(body, "feed");
    int64_t back = asking->now - (asking->whole ? OURS_BACK_WHOLE : OURS_BACK), oldest = asking->now;
    struct place at = {NULL, "feed", -1};
    for (size_t i = 0; json_is(feed, JSON_ARRAY) && i < json_count(feed); i++) {
        const struct json *item = json_at(feed, i), *post = json_get(item, "post");
        struct str uri = read_id(r->a, json_get(post, "uri"));
        int64_t when = read_time(json_get(post, "indexedAt"));
        at.index = (ptrdiff_t)i;
        if (read_member(item, "reason")) /* somebody's, passed on or pinned */
            continue;
        oldest = when ? when : oldest;
        if (when && when < back)
            break;
        bluesky_above(r, json_path(item, "reply", "parent", NULL));
        if (bluesky_post(r, post, &at) && json_int(json_get(post, "replyCount"), 0) > 0)
            walk_add(r->a, w, uri, THREADS_MAX);
    }
    w->page = read_id(r->a, json_get(body, "cursor"));
    w->pages++;
    bool all = !w->page.len || oldest < back;
    w->cut |= !all && w->pages >= OURS_PAGES;
    if (all || w->pages >= OURS_PAGES) {
        walk_turn(w);
        walk_phase(w, "threads");
    }
}

static void take_thread(struct bluesky_reading *r, const struct json *body, struct walk *w)
{
    struct json *seen = json_array(r->a);
    const struct json *thread = json_get(body, "thread");
    if (thread)
        bluesky_thread(r, thread, &(struct place){NULL, "thread", -1}, seen);
    walk_step(r->a, w, seen);
}

static void posts_asked(struct bluesky_reading *r, const struct asking *asking, const struct json *body,
                        struct walk *w, struct asked *out)
{
    if (is_phase(w, "notes"))
        take_notes(r, asking, body, w);
    else if (is_phase(w, "ours"))
        take_ours(r, asking, body, w);
    else
        take_thread(r, body, w);
    out->more = !is_phase(w, "threads") || json_count(w->todo) > 0;
    out->from = w->cut ? 0 : asking->since;
}

/* ---- direct messages ---- */

static void take_talks(struct bluesky_reading *r, const struct asking *asking, const struct json *body,
                       struct walk *w)
{
    const struct json *convos = json_get(body, "convos");
    bool young = true;
    for (size_t i = 0; json_is(convos, JSON_ARRAY) && i < json_count(convos); i++) {
        const struct json *convo = json_at(convos, i);
        int64_t when = read_time(json_path(convo, "lastMessage", "sentAt", NULL));
        struct bluesky_talk talk;
        if (when && when < asking->since) {
            young = false;
        } else if (when && bluesky_talk(r, convo, &talk)) {
            struct json *one = json_object(r->a);
            json_set_str(r->a, one, "id", talk.id);
            json_set_str(r->a, one, "did", talk.did);
            json_set_str(r->a, one, "handle", talk.handle);
            json_set_str(r->a, one, "name", talk.name);
            json_set_str(r->a, one, "avatar", talk.avatar);
            json_push(r->a, w->todo, one);
        }
    }
    w->page = young && json_count(w->todo) < TALKS_MAX ? read_id(r->a, json_get(body, "cursor")) : STR_EMPTY;
    if (!w->page.len)
        walk_phase(w, "messages");
}

static void take_messages(struct bluesky_reading *r, const struct asking *asking, const struct json *body,
                          struct walk *w)
{
    const struct json *first = json_at(w->todo, 0);
    struct bluesky_talk talk = {json_text(json_get(first, "id")), json_text(json_get(first, "did")),
                                json_text(json_get(first, "handle")), json_text(json_get(first, "name")),
                                json_text(json_get(first, "avatar"))};
    bool young = bluesky_messages(r, json_get(body, "messages"), &talk, asking->since);
    w->page = young ? read_id(r->a, json_get(body, "cursor")) : STR_EMPTY;
    if (!w->page.len)
        walk_step(r->a, w, NULL);
}

static void messages_asked(struct bluesky_reading *r, const struct asking *asking, const struct json *body,
                           struct walk *w, struct asked *out)
{
    if (is_phase(w, "talks"))
        take_talks(r, asking, body, w);
    else
        take_messages(r, asking, body, w);
    out->more = is_phase(w, "talks") || json_count(w->todo) > 0;
    out->cursor = STR("-");
}

/* A server that knows nothing of direct messages, or an app password without the right to them, is no failure of the
 * account: it is asked again a day later, or when a setting changes. */
static bool chat_closed(struct arena *a, const struct asking *asking, const struct http_reply *reply,
                        const struct json *body, struct asked *out)
{
    struct str error = json_text(json_get(body, "error")), words = json_text(json_get(body, "message"));
    bool none =
        reply->status == 501 || str_eq(error, STR("MethodNotImplemented")) || str_eq(error, STR("XRPCNotSupported"));
    bool right = str_eq(error, STR("InvalidToken")) && str_starts(words, STR("Bad token"));
    if (!none && !right)
        return false;
    out->cursor = str_format(a, "%s %" PRId64, right ? "right" : "none", asking->now / SECOND_US);
    return true;
}

void bluesky_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                   const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct walk w = walk_read(a, asking);
    struct bluesky_reading r = {a, events, settings_get(s, "did")};
    bool chat = is_messages(asking);
    if (chat && reply->status != 200 && chat_closed(a, asking, reply, body, out))
        return;
    if (reply->status != 200 || !json_is(body, JSON_OBJECT)) {
        bluesky_problem(a, reply, body, asking->now, &out->outcome);
        bool amid = is_phase(&w, "threads") || is_phase(&w, "messages");
        if (!amid || out->outcome.failure != FAILURE_GONE)
            return;
        out->outcome = (struct outcome){0}; /* what was removed between two calls is nobody's failure */
        body = json_object(a);
    }
    if (chat)
        messages_asked(&r, asking, body, &w, out);
    else
        posts_asked(&r, asking, body, &w, out);
    if (out->more)
        out->carry = walk_write(a, &w);
}
