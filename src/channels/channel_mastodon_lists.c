/* SPDX-License-Identifier: Apache-2.0 */
/* What a Mastodon server lists when it is asked, the newest first: notifications, conversations, our own posts. A
 * round reads pages down to what was known, then looks at single things: the talk around a post ("c:ID"), or a post
 * that the pages did not show any more ("s:ID"), which was edited or deleted, or stands further down. Nothing else
 * tells of that. Cursor and carry are the same JSON. */
#include "channels/channel_mastodon.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

#define PAGE       "40"
#define WATCH_MAX  100 /* posts that are looked at again */
#define WATCH_BACK (7 * DAY_US)
#define CHECKS     10 /* of them in one round */
#define TODO_MAX   50
#define COUNTS_MAX 200

struct walk {
    struct str id;     /* of our account: asked for in whole rounds */
    struct str done;   /* what this id and those before it say is known */
    struct str newest; /* of this round */
    struct str next;   /* where the pages go on; empty: they are read */
    struct json *todo;
    struct json *watch;  /* ids: what was seen last stands last */
    int64_t seen;        /* so many of them, at the end, in this round */
    struct json *counts; /* our posts' ids: how many answers they had */
};

enum list { LIST_MENTIONS, LIST_TALKS, LIST_THREADS };

static enum list list_of(const struct asking *asking)
{
    struct str name = str_from(asking->listing->name);
    return str_eq(name, STR("mentions")) ? LIST_MENTIONS : str_eq(name, STR("talks")) ? LIST_TALKS : LIST_THREADS;
}

/* ---- where the walk stands ---- */

static struct walk walk_read(struct arena *a, const struct asking *asking)
{
    struct str text = asking->carry.len ? asking->carry : asking->cursor;
    struct json *root = text.len ? json_parse(a, text, NULL) : NULL;
    const struct json *counts = json_get(root, "counts");
    struct walk w = {.id = json_text(json_get(root, "id")),
                     .done = json_text(json_get(root, "done")),
                     .newest = json_text(json_get(root, "newest")),
                     .next = json_text(json_get(root, "next")),
                     .todo = todo_read(a, json_get(root, "todo"), TODO_MAX),
                     .watch = todo_read(a, json_get(root, "watch"), SIZE_MAX),
                     .seen = json_int(json_get(root, "seen"), 0),
                     .counts = json_object(a)};
    for (size_t i = 0; json_is(counts, JSON_OBJECT) && i < json_count(counts); i++)
        json_put(a, w.counts, counts->members[i].key, counts->members[i].value);
    if (w.seen < 0 || w.seen > (int64_t)json_count(w.watch))
        w.seen = 0;
    bool goes_on = asking->carry.len || (w.next.len && !asking->whole);
    if (!goes_on) {
        w.newest = w.next = STR_EMPTY;
        w.seen = 0;
        w.todo = json_array(a);
    }
    if (!goes_on && asking->whole)
        w.id = STR_EMPTY;
    return w;
}

static struct str walk_write(struct arena *a, const struct walk *w)
{
    struct json *root = json_object(a);
    const struct {
        const char *name;
        struct str value;
    } words[] = {{"id", w->id}, {"done", w->done}, {"newest", w->newest}, {"next", w->next}};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (words[i].value.len)
            json_set_str(a, root, words[i].name, words[i].value);
    const struct {
        const char *name;
        struct json *value;
    } lists[] = {{"todo", w->todo}, {"watch", w->watch}, {"counts", w->counts}};
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        if (json_count(lists[i].value))
            json_set(a, root, lists[i].name, lists[i].value);
    if (w->seen)
        json_set_int(a, root, "seen", w->seen);
    return json_to_str(a, root);
}

/* Ids are numbers that grow, on other servers words that grow. */
static bool is_after(struct str id, struct str than)
{
    return id.len != than.len ? id.len > than.len : str_cmp(id, than) > 0;
}

static void walk_saw(struct walk *w, struct str id)
{
    if (!w->newest.len || is_after(id, w->newest))
        w->newest = id;
}

static void walk_add(struct arena *a, struct walk *w, const char *what, struct str id)
{
    (void)todo_add(a, w->todo, str_concat(a, str_from(what), id), TODO_MAX);
}

static size_t oldest_of(const struct json *ids)
{
    size_t oldest = 0;
    for (size_t i = 1; i < json_count(ids); i++)
        if (is_after(json_text(json_at(ids, oldest)), json_text(json_at(ids, i))))
            oldest = i;
    return oldest;
}

static void watch_drop(struct arena *a, struct walk *w, size_t at)
{
    struct json *rest = json_array(a);
    size_t count = json_count(w->watch);
    for (size_t i = 0; i < count; i++)
        if (i != at)
            json_push(a, rest, json_new_str(a, json_text(json_at(w->watch, i))));
    w->seen -= (int64_t)(count - at) <= w->seen;
    w->watch = rest;
}

/* Takes it out, and puts it last where it stays; of too many the oldest goes. */
static void watch_move(struct arena *a, struct walk *w, struct str id, bool stays)
{
    for (size_t i = json_count(w->watch); i-- > 0;)
        if (str_eq(json_text(json_at(w->watch, i)), id))
            watch_drop(a, w, i);
    if (stays) {
        json_push(a, w->watch, json_new_str(a, id));
        w->seen++;
    }
    if (json_count(w->watch) > WATCH_MAX)
        watch_drop(a, w, oldest_of(w->watch));
}

/* The pages are read: those that they did not show are looked at, the longest unseen first. */
static void watch_check(struct arena *a, struct walk *w)
{
    int64_t unseen = (int64_t)json_count(w->watch) - w->seen;
    for (int64_t i = 0; i < unseen && i < CHECKS; i++)
        walk_add(a, w, "s:", json_text(json_at(w->watch, (size_t)i)));
}

/* ---- the call ---- */

static struct str url_of_todo(struct arena *a, struct str base, struct str todo)
{
    struct str id = url_encode(a, str_slice(todo, 2, todo.len));
    return str_format(a, "%.*s/api/v1/statuses/%.*s%s", STR_ARGS(base), STR_ARGS(id),
                      str_starts(todo, STR("c:")) ? "/context" : "");
}

static struct str url_of_page(struct arena *a, struct str base, enum list list, const struct walk *w)
{
    struct buf url;
    buf_init(&url, a, 256);
    buf_str(&url, base);
    if (list == LIST_MENTIONS)
        buf_cstr(&url, "/api/v1/notifications?types%5B%5D=mention&types%5B%5D=status&types%5B%5D=quote&types%5B%5D="
                       "update&include_filtered=true&limit=" PAGE);
    else if (list == LIST_TALKS)
        buf_cstr(&url, "/api/v1/conversations?limit=" PAGE);
    else
        buf_format(&url, "/api/v1/accounts/%.*s/statuses?exclude_reblogs=true&limit=" PAGE,
                   STR_ARGS(url_encode(a, w->id)));
    if (w->next.len) {
        buf_cstr(&url, "&max_id=");
        buf_url(&url, w->next);
    }
    return buf_view(&url);
}

bool mastodon_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                  struct error *e)
{
    struct walk w = walk_read(a, asking);
    enum list list = list_of(asking);
    struct str base = api_base(s), url;
    if (!w.id.len)
        url = str_concat(a, base, STR("/api/v1/accounts/verify_credentials"));
    else if (asking->carry.len && !w.next.len && todo_first(w.todo).len)
        url = url_of_todo(a, base, todo_first(w.todo));
    else
        url = url_of_page(a, base, list, &w);
    return call_start(a, s, "GET", url, call, e);
}

/* ---- the answer ---- */

struct answer {
    struct mastodon_reading r;
    const struct asking *asking;
    struct walk w;
    const struct json *body;
};

/* max_id of <…?max_id=7>; rel="next" in the header Link; without such a header the last id of the page. */
static struct str next_of(struct arena *a, const struct http_reply *reply, struct str last)
{
    struct str links = pairs_get(&reply->headers, STR("link")), one;
    if (!links.len)
        return last;
    while (str_split(&links, ',', &one)) {
        ptrdiff_t from = str_find_char(one, '?'), to = str_find_char(one, '>');
        if (str_find(one, STR("rel=\"next\"")) < 0 || from < 0 || to < from)
            continue;
        struct pairs query = url_query(a, str_slice(one, (size_t)from + 1, (size_t)to));
        return pairs_get(&query, STR("max_id"));
    }
    return STR_EMPTY;
}

/* True when from here on all is known, or older than what is asked for. */
static bool is_known(const struct answer *n, struct str id, int64_t at)
{
    return (at && at < n->asking->since) ||
           (!n->asking->whole && n->w.done.len && id.len && !is_after(id, n->w.done));
}

static void watch_post(struct answer *n, const struct mastodon_post *post)
{
    if (post->theirs && post->id.len)
        watch_move(n->r.a, &n->w, post->id, post->at + WATCH_BACK > n->asking->now);
}

/* The first page is read to its end: edits show there. */
static bool read_notifications(struct answer *n)
{
    bool known = false, first = !n->w.next.len;
    struct place at = {NULL, "notifications", -1};
    for (size_t i = 0; i < json_count(n->body) && (first || !known); i++) {
        const struct json *one = json_at(n->body, i);
        struct str id = read_id(n->r.a, json_get(one, "id"));
        struct mastodon_post post;
        at.index = (ptrdiff_t)i;
        int64_t when = read_time(json_get(one, "created_at"));
        if (when && when < n->asking->since && n->asking->whole)
            return true;
        known = known || is_known(n, id, when);
        walk_saw(&n->w, id);
        if (mastodon_notification(&n->r, one, &at, &post))
            watch_post(n, &post);
    }
    return known;
}

static bool read_conversations(struct answer *n)
{
    struct place at = {NULL, "conversations", -1};
    for (size_t i = 0; i < json_count(n->body); i++) {
        const struct json *last = read_member(json_at(n->body, i), "last_status");
        struct str id = read_id(n->r.a, json_get(last, "id"));
        struct mastodon_post post;
        at.index = (ptrdiff_t)i;
        if (!last) /* all of it was deleted */
            continue;
        if (is_known(n, id, read_time(json_get(last, "created_at"))))
            return true;
        walk_saw(&n->w, id);
        if (mastodon_post(&n->r, last, &at, &post) && read_member(last, "in_reply_to_id"))
            walk_add(n->r.a, &n->w, "c:", id);
    }
    return false;
}

/* Our own posts: the talk around those that are answered more or less often than they were. */
static bool read_own(struct answer *n, struct json *counts)
{
    struct arena *a = n->r.a;
    struct place at = {NULL, "statuses", -1};
    for (size_t i = 0; i < json_count(n->body); i++) {
        const struct json *one = json_at(n->body, i);
        struct str id = read_id(a, json_get(one, "id"));
        int64_t answers = json_int(json_get(one, "replies_count"), 0), when = read_time(json_get(one, "created_at"));
        struct mastodon_post post;
        at.index = (ptrdiff_t)i;
        if (when && when < n->asking->since && when + WATCH_BACK < n->asking->now)
            return true;
        if (!mastodon_post(&n->r, one, &at, &post) || post.theirs)
            continue;
        int64_t before = json_int(json_get_str(n->w.counts, id), 0);
        if (n->asking->whole ? answers > 0 : answers != before) {
            answers = json_count(n->w.todo) < TODO_MAX ? answers : before; /* in the next round */
            walk_add(a, &n->w, "c:", id);
        }
        if (json_count(counts) < COUNTS_MAX)
            json_put(a, counts, id, json_new_int(a, answers));
    }
    return !n->asking->whole;
}

static void read_page(struct answer *n, enum list list, const struct http_reply *reply)
{
    struct arena *a = n->r.a;
    const struct json *last = json_at(n->body, json_count(n->body) ? json_count(n->body) - 1 : 0);
    const struct json *of = list == LIST_TALKS ? json_get(last, "last_status") : last;
    struct json *counts = n->w.next.len ? n->w.counts : json_object(a);
    bool known = list == LIST_MENTIONS ? read_notifications(n)
                 : list == LIST_TALKS  ? read_conversations(n)
                                       : read_own(n, counts);
    if (list == LIST_THREADS)
        n->w.counts = counts;
    struct str next = known ? STR_EMPTY : str_dup(a, next_of(a, reply, read_id(a, json_get(of, "id"))));
    n->w.next = str_eq(next, n->w.next) ? STR_EMPTY : next; /* a server that shows the same page again */
    if (!n->w.next.len)
        watch_check(a, &n->w);
}

/* The talk around a post, as far back as is asked for. */
static void read_context(struct answer *n, const char *name, bool watches)
{
    const struct json *list = json_get(n->body, name);
    struct place at = {NULL, name, -1};
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
        struct mastodon_post post;
        int64_t when = read_time(json_get(json_at(list, i), "created_at"));
        at.index = (ptrdiff_t)i;
        if (when && when < n->asking->since)
            continue;
        if (mastodon_post(&n->r, json_at(list, i), &at, &post) && watches && !post.calls)
            watch_post(n, &post);
    }
}

static void read_one(struct answer *n, enum list list, struct str todo, int status)
{
    struct mastodon_post post;
    struct str id = str_slice(todo, 2, todo.len);
    if (str_starts(todo, STR("c:"))) {
        if (list == LIST_TALKS)
            read_context(n, "ancestors", false);
        read_context(n, "descendants", list == LIST_THREADS);
    } else if (status != 200) {
        if (status != 403)
            mastodon_gone(&n->r, id, n->asking->now);
        watch_move(n->r.a, &n->w, id, false);
    } else if (mastodon_post(&n->r, n->body, &(struct place){NULL, "status", -1}, &post)) {
        watch_post(n, &post);
    }
}

/* Whose token it is: with somebody else's, our own words would come back as a stranger's. */
static bool read_whose(struct answer *n, struct outcome *out)
{
    struct str acct = read_text(n->r.a, json_get(n->body, "acct"));
    if (str_eq_nocase(acct, n->r.us) && read_id(n->r.a, json_get(n->body, "id")).len)
        return true;
    outcome_fail(n->r.a, out, FAILURE_PERMISSION, STR("account"),
                 str_format(n->r.a, "The access token is that of @%.*s, and the settings name @%.*s.",
                            STR_ARGS(str_slice(acct, 0, 60)), STR_ARGS(str_slice(n->r.us, 0, 60))));
    return false;
}

/* Of a single thing that is not shown to us nobody fails. */
static bool failed(struct answer *n, const struct http_reply *reply, bool single, bool gone, struct outcome *out)
{
    bool is_well = reply->status == 200 && json_is(n->body, single ? JSON_OBJECT : JSON_ARRAY);
    if (is_well || (single && gone))
        return false;
    mastodon_problem(n->r.a, reply, n->body, n->asking->now, out);
    if (reply->status == 200)
        outcome_fail(n->r.a, out, FAILURE_TRANSIENT, STR("HTTP 200"),
                     STR("The server answered with something else."));
    if (out->failure == FAILURE_GONE) /* there is no such list: no Mastodon */
        out->failure = FAILURE_PERMISSION;
    return true;
}

void mastodon_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                    const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct answer n = {.r = mastodon_reading(a, s, events), .asking = asking, .w = walk_read(a, asking)};
    enum list list = list_of(asking);
    bool whose = !n.w.id.len;
    struct str todo = asking->carry.len && !n.w.next.len && !whose ? todo_first(n.w.todo) : STR_EMPTY;
    bool gone = todo.len && (reply->status == 404 || reply->status == 410 || reply->status == 403);
    n.body = channel_json(a, reply->body, NULL);
    if (failed(&n, reply, whose || todo.len, gone, &out->outcome))
        return;
    n.r.id = n.w.id;
    if (whose && !read_whose(&n, &out->outcome))
        return;
    if (whose) {
        n.w.id = read_id(a, json_get(n.body, "id"));
    } else if (todo.len) {
        read_one(&n, list, todo, reply->status);
        n.w.todo = todo_rest(a, n.w.todo);
    } else {
        read_page(&n, list, reply);
    }
    out->more = n.w.next.len || todo_first(n.w.todo).len || whose;
    if (!out->more) {
        n.w.done = n.w.newest.len && (!n.w.done.len || is_after(n.w.newest, n.w.done)) ? n.w.newest : n.w.done;
        n.w.newest = STR_EMPTY;
        n.w.seen = 0;
    }
    out->cursor = walk_write(a, &n.w);
    out->carry = out->more ? out->cursor : STR_EMPTY;
}
