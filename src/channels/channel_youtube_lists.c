/* SPDX-License-Identifier: Apache-2.0 */
/* What YouTube lists when it is asked: the threads under our channel's videos, the newest first, those that are
 * published and those that it holds back. A thread shows some of its replies only: the rest is asked for where their
 * number has changed. A round is a walk, handed on (carry) as {held: which of the three, page, pages, todo: [[thread,
 * video]], after: page of the first of them, titles: [videos], part: whether something may be missing}; the cursor is
 * {videos: whose titles were read, counts: of replies}. */
#include "channels/channel_youtube.h"

#include "base/arena.h"
#include "base/buf.h"

/* A reply is looked for (whole rounds go seven days back) wherever a round before may have found it: under threads
 * of three months, and under so many however old. */
#define THREADS_BACK (98 * DAY_US)
#define THREAD_PAGES 10
#define TODO_MAX     200
#define VIDEOS_MAX   200
#define COUNTS_MAX   300
#define TITLES_MAX   50 /* in one call */

static const char *const held[] = {"published", "heldForReview", "likelySpam"};

struct walk {
    struct json *root, *cursor;
    int held;
    int64_t pages;
    struct str page, after;
    struct json *todo, *titles;
};

static struct json *list_of(struct arena *a, struct json *object, const char *name)
{
    const struct json *is = json_get(object, name);
    struct json *list = json_array(a);
    for (size_t i = 0; json_is(is, JSON_ARRAY) && i < json_count(is); i++)
        json_push(a, list, is->items[i]);
    return list;
}

static struct json *object_of(struct arena *a, struct str text)
{
    struct json *object = text.len ? json_parse(a, text, NULL) : NULL;
    return json_is(object, JSON_OBJECT) ? object : json_object(a);
}

static struct walk walk_read(struct arena *a, const struct asking *asking)
{
    struct walk w = {.root = object_of(a, asking->carry), .cursor = object_of(a, asking->cursor)};
    int64_t which = json_int(json_get(w.root, "held"), 0);
    w.pages = json_int(json_get(w.root, "pages"), 0);
    w.page = json_text(json_get(w.root, "page"));
    w.after = json_text(json_get(w.root, "after"));
    w.todo = list_of(a, w.root, "todo");
    w.titles = list_of(a, w.root, "titles");
    bool others = json_count(w.todo) || json_count(w.titles); /* after the last of the three */
    w.held = which >= 0 && which < (int64_t)COUNT_OF(held) + others ? (int)which : 0;
    return w;
}

static struct str walk_write(struct arena *a, const struct walk *w)
{
    json_set_int(a, w->root, "held", w->held);
    json_set_int(a, w->root, "pages", w->pages);
    json_set_str(a, w->root, "page", w->page);
    json_set_str(a, w->root, "after", w->after);
    json_set(a, w->root, "todo", w->todo);
    json_set(a, w->root, "titles", w->titles);
    return json_to_str(a, w->root);
}

/* The thread whose replies are asked for, and its video. */
static struct str todo_thread(const struct walk *w, struct str *video)
{
    const struct json *first = json_at(w->todo, 0);
    *video = json_text(json_at(first, 1));
    return json_text(json_at(first, 0));
}

static struct json *without_first(struct arena *a, const struct json *list, size_t count)
{
    struct json *rest = json_array(a);
    for (size_t i = count; i < json_count(list); i++)
        json_push(a, rest, list->items[i]);
    return rest;
}

/* ---- the call ---- */

static struct str address(struct arena *a, const struct settings *s, const struct walk *w)
{
    struct str video, thread = todo_thread(w, &video);
    struct buf url;
    buf_init(&url, a, 256);
    if (json_count(w->titles)) {
        buf_str(&url, youtube_url(a, s, "videos?part=snippet&id="));
        for (size_t i = 0; i < json_count(w->titles) && i < TITLES_MAX; i++) {
            buf_cstr(&url, i ? "%2C" : "");
            buf_url(&url, json_text(json_at(w->titles, i)));
        }
    } else if (thread.len) {
        buf_str(&url, youtube_url(a, s, "comments?part=snippet&maxResults=100&textFormat=plainText"));
        google_query(&url, "parentId", thread);
        google_query(&url, "pageToken", w->after);
    } else {
        buf_str(&url, youtube_url(a, s, "commentThreads?part=snippet%2Creplies&maxResults=100&textFormat=plainText"));
        google_query(&url, "allThreadsRelatedToChannelId", settings_get(s, "channel_id"));
        google_query(&url, "moderationStatus", str_from(held[w->held]));
        google_query(&url, "pageToken", w->page);
    }
    return buf_view(&url);
}

bool youtube_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                 struct error *e)
{
    struct walk w = walk_read(a, asking);
    if (!call_start(a, s, "GET", address(a, s, &w), call, e))
        return false;
    call->reply_max = 4 << 20;
    return true;
}

/* ---- comments ---- */

static void read_author(struct youtube_reading *r, struct channel_event *event, const struct json *snippet)
{
    struct str id = read_id(r->a, json_path(snippet, "authorChannelId", "value", NULL)),
               name = read_text(r->a, json_get(snippet, "authorDisplayName"));
    event->echo = id.len && str_eq(id, r->us);
    if (event->echo)
        return;
    if (str_starts(name, STR("@")))
        event->author.handle = name = str_slice(name, 1, name.len);
    event->author.external_id = id;
    event->author.name = name;
    event->author.avatar_url = read_text(r->a, json_get(snippet, "authorProfileImageUrl"));
}

static void read_held(struct youtube_reading *r, struct channel_event *event, const struct json *snippet)
{
    struct str status = r->held.len ? r->held : json_text(json_get(snippet, "moderationStatus"));
    if (str_eq(status, STR("heldForReview")))
        event_origin(r->a, event, "held", STR_EMPTY, STR_EMPTY);
    else if (str_eq(status, STR("likelySpam")))
        event_origin(r->a, event, "held_spam", STR_EMPTY, STR_EMPTY);
}

/* thread: its first comment's snippet is inside; NULL: a reply that was listed by itself. */
static void read_comment(struct youtube_reading *r, const struct json *comment, const struct json *thread,
                         const struct place *at)
{
    const struct json *snippet = json_get(comment, "snippet");
    struct str id = read_id(r->a, json_get(comment, "id")), parent = read_id(r->a, json_get(snippet, "parentId")),
               video = read_id(r->a, json_get(json_get(thread, "snippet"), "videoId")), words;
    if (!id.len || !json_is(snippet, JSON_OBJECT)) {
        channel_unread(r->events, at, "has no %s", id.len ? "snippet" : "id");
        return;
    }
    video = video.len ? video : read_id(r->a, json_get(snippet, "videoId"));
    video = video.len ? video : r->of_video;
    struct channel_event *event = channel_events_add(r->events);
    int64_t edited = read_time(json_get(snippet, "updatedAt"));
    event->kind = CHANNEL_MESSAGE;
    event->account = r->us;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("post:"), video.len ? video : parent.len ? parent : id);
    event->parent_id = parent.len ? parent : video.len ? video : STR("channel");
    event->door = STR("comment");
    event->is_public = true;
    event->at = read_time(json_get(snippet, "publishedAt"));
    event->as_of = edited > event->at ? r->now : 0; /* else the words may differ by a title that changed */
    words = read_words(r->a, json_get(snippet, "textOriginal"));
    event->text = words.len ? words : read_words(r->a, json_get(snippet, "textDisplay"));
    read_author(r, event, snippet);
    read_held(r, event, snippet);
    const struct json *may = json_get(json_get(thread, "snippet"), "canReply");
    event->shut = json_is(may, JSON_BOOL) && !json_bool(may, true) ? "closed" : NULL;
    if (video.len)
        event->link = str_format(r->a, "https://www.youtube.com/watch?v=%.*s&lc=%.*s",
                                 STR_ARGS(url_encode(r->a, video)), STR_ARGS(url_encode(r->a, id)));
    if (!event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a comment without words");
    }
}

static void read_thread(struct youtube_reading *r, const struct json *thread, const struct place *at)
{
    const struct json *first = json_path(thread, "snippet", "topLevelComment", NULL),
                      *replies = json_path(thread, "replies", "comments", NULL);
    int64_t when = read_time(json_path(first, "snippet", "publishedAt", NULL));
    struct place top = {at, "snippet.topLevelComment", -1}, below = {at, "replies.comments", -1};
    if (when && (!r->oldest || when < r->oldest))
        r->oldest = when;
    read_comment(r, first, thread, &top);
    for (size_t i = 0; json_is(replies, JSON_ARRAY) && i < json_count(replies); i++) {
        below.index = (ptrdiff_t)i;
        read_comment(r, json_at(replies, i), thread, &below);
    }
}

/* Ours: it waits for nobody, and names the thread. */
static void read_video(struct youtube_reading *r, const struct json *video, const struct place *at)
{
    const struct json *snippet = json_get(video, "snippet");
    struct str id = read_id(r->a, json_get(video, "id")), title = read_text(r->a, json_get(snippet, "title"));
    if (!id.len || !title.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "title" : "id");
        return;
    }
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_MESSAGE;
    event->account = r->us;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->thread_key = str_concat(r->a, STR("post:"), id);
    event->thread_title = read_title(r->a, title);
    event->door = STR("comment");
    event->is_public = event->echo = true;
    event->at = read_time(json_get(snippet, "publishedAt"));
    event->text = title;
    event->link = str_concat(r->a, STR("https://www.youtube.com/watch?v="), url_encode(r->a, id));
}

void youtube_items(struct youtube_reading *r, const struct json *items)
{
    struct place at = {NULL, "items", -1};
    const struct json *item;
    while ((item = read_next(r->events, items, &at))) {
        const struct json *snippet = json_get(item, "snippet");
        if (json_get(snippet, "topLevelComment"))
            read_thread(r, item, &at);
        else if (json_get(snippet, "title"))
            read_video(r, item, &at);
        else
            read_comment(r, item, NULL, &at);
    }
}

/* ---- what is to be asked for next ---- */

static bool has_word(const struct json *list, struct str word)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (str_eq(json_text(json_at(list, i)), word))
            return true;
    return false;
}

static void note_title(struct arena *a, struct walk *w, struct str video)
{
    struct json *known = list_of(a, w->cursor, "videos");
    if (!video.len || has_word(known, video))
        return;
    if (json_count(known) >= VIDEOS_MAX)
        known = without_first(a, known, 1);
    json_push(a, known, json_new_str(a, video));
    json_set(a, w->cursor, "videos", known);
    json_push(a, w->titles, json_new_str(a, video));
}

/* True when a thread has as many replies as when they were read. */
static bool is_counted(struct arena *a, struct walk *w, struct str thread, int64_t count)
{
    const struct json *old = json_get(w->cursor, "counts");
    if (json_int(json_get_str(old, thread), -1) == count)
        return true;
    struct json *counts = json_object(a);
    for (size_t i = json_count(old) >= COUNTS_MAX; json_is(old, JSON_OBJECT) && i < json_count(old); i++)
        if (!str_eq(old->members[i].key, thread))
            json_put(a, counts, old->members[i].key, old->members[i].value);
    json_put(a, counts, thread, json_new_int(a, count));
    json_set(a, w->cursor, "counts", counts);
    return false;
}

static void note_thread(struct arena *a, struct walk *w, const struct json *thread, bool whole)
{
    const struct json *snippet = json_get(thread, "snippet");
    struct str id = read_id(a, json_get(thread, "id")), video = read_id(a, json_get(snippet, "videoId"));
    int64_t all = json_int(json_get(snippet, "totalReplyCount"), 0),
            shown = (int64_t)json_count(json_path(thread, "replies", "comments", NULL));
    note_title(a, w, video);
    if (!id.len || all <= shown || (is_counted(a, w, id, all) && !whole))
        return;
    if (json_count(w->todo) >= TODO_MAX) {
        json_set_bool(a, w->root, "part", true);
        return;
    }
    struct json *one = json_array(a);
    json_push(a, one, json_new_str(a, id));
    json_push(a, one, json_new_str(a, video));
    json_push(a, w->todo, one);
}

/* Does the page after this one belong to the round? */
static bool goes_on(const struct walk *w, const struct asking *asking, int64_t oldest)
{
    if (!asking->whole)
        return oldest >= asking->since;
    return w->pages < THREAD_PAGES || oldest >= asking->now - THREADS_BACK;
}

static void next_held(struct walk *w)
{
    w->held++;
    w->pages = 0;
    w->page = STR_EMPTY;
}

/* What an answer leaves to be asked for. */
static void walk_step(struct arena *a, struct walk *w, const struct asking *asking, const struct json *body,
                      int64_t oldest)
{
    struct str video, next = read_id(a, json_get(body, "nextPageToken"));
    const struct json *items = json_get(body, "items");
    if (json_count(w->titles)) {
        w->titles = without_first(a, w->titles, TITLES_MAX);
    } else if (todo_thread(w, &video).len) {
        w->after = next;
        if (!next.len)
            w->todo = without_first(a, w->todo, 1);
    } else {
        w->pages++;
        for (size_t i = 0; json_is(items, JSON_ARRAY) && i < json_count(items); i++)
            note_thread(a, w, json_at(items, i), asking->whole);
        w->page = goes_on(w, asking, oldest) ? next : STR_EMPTY;
        if (!w->page.len)
            next_held(w);
    }
}

/* ---- the answer ---- */

/* A thread that went away between two calls, a title that is not told, a list that only a moderator sees: the round
 * goes on without them. */
static bool does_without(struct arena *a, struct walk *w, const struct outcome *out)
{
    struct str video, thread = todo_thread(w, &video);
    bool title = json_count(w->titles) > 0;
    if (!title && !thread.len) {
        if (w->held == 0 || out->failure != FAILURE_PERMISSION)
            return false;
        next_held(w);
    } else if (out->failure != FAILURE_GONE && out->failure != FAILURE_WINDOW && out->failure != FAILURE_PERMISSION) {
        return false;
    } else if (title) {
        w->titles = json_array(a);
    } else {
        w->todo = without_first(a, w->todo, 1);
        w->after = STR_EMPTY;
    }
    if (!title && out->failure != FAILURE_GONE)
        json_set_bool(a, w->root, "part", true);
    return true;
}

void youtube_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                   const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = channel_json(a, reply->body, NULL);
    const struct json *items = json_get(body, "items");
    struct walk w = walk_read(a, asking);
    bool replies = todo_thread(&w, &(struct str){0}).len > 0;
    struct youtube_reading r = {.a = a, .events = events, .us = settings_get(s, "channel_id"), .now = asking->now};
    if (reply->status != 200 || !json_is(items, JSON_ARRAY)) {
        youtube_problem(a, reply, asking->now, &out->outcome);
        if (!does_without(a, &w, &out->outcome))
            return;
        out->outcome = (struct outcome){0};
    } else {
        todo_thread(&w, &r.of_video);
        if (!replies && !json_count(w.titles))
            r.held = str_from(held[w.held]);
        youtube_items(&r, items);
        walk_step(a, &w, asking, body, r.oldest);
    }
    out->more = w.held < (int)COUNT_OF(held) || json_count(w.todo) || json_count(w.titles);
    out->carry = out->more ? walk_write(a, &w) : STR_EMPTY;
    out->cursor = json_to_str(a, w.cursor);
    out->from = !out->more && asking->whole && !json_bool(json_get(w.root, "part"), false) ? asking->since : 0;
}
