/* SPDX-License-Identifier: Apache-2.0 */
/* What TikTok lists when it is asked: films, the comments below each, and the answers below a comment where there are
 * more than stand beside it. A round is a walk; what is still to be asked for is handed on (carry) as {todo: ["film"
 * or "film comment"], after: where the first of them goes on, page: where the films go on}. The same comment may come
 * twice, and a page may be short without being the last: only has_more says so. */
#include "channels/channel_tiktok.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/url.h"

#define BACK       (14 * DAY_US) /* films older than this are looked at in whole rounds only */
#define BACK_WHOLE (30 * DAY_US)
#define TODO_MAX   100
#define DEEPEST    600 /* beyond 500 comments TikTok's order is another, and they repeat */

struct walk {
    struct json *todo;
    int64_t after, page;
};

static struct walk walk_read(struct arena *a, struct str carry)
{
    struct json *root = carry.len ? json_parse(a, carry, NULL) : NULL;
    struct walk w = {.todo = todo_read(a, json_get(root, "todo"), TODO_MAX),
                     .after = json_int(json_get(root, "after"), 0),
                     .page = json_int(json_get(root, "page"), 0)};
    return w;
}

static struct str walk_write(struct arena *a, const struct walk *w)
{
    struct json *root = json_object(a);
    json_set(a, root, "todo", w->todo);
    json_set_int(a, root, "after", w->after);
    json_set_int(a, root, "page", w->page);
    return json_to_str(a, root);
}

/* The film of what is first, and the comment when its answers are asked for. */
static struct str walk_first(const struct walk *w, struct str *comment)
{
    struct str rest = todo_first(w->todo), film = STR_EMPTY;
    *comment = STR_EMPTY;
    if (str_split(&rest, ' ', &film))
        *comment = rest;
    return film;
}

/* ---- the call ---- */

#define FIELDS "%5B%22item_id%22%2C%22caption%22%2C%22create_time%22%2C%22share_url%22%5D"

static struct str path_of(struct arena *a, const struct settings *s, const struct walk *w)
{
    struct str us = url_encode(a, settings_get(s, "business_id")), comment, film = walk_first(w, &comment);
    film = url_encode(a, film);
    comment = url_encode(a, comment);
    if (comment.len)
        return str_format(a,
                          "business/comment/reply/list/?business_id=%.*s&video_id=%.*s&comment_id=%.*s&sort_field="
                          "create_time&sort_order=desc&max_count=30&cursor=%" PRId64,
                          STR_ARGS(us), STR_ARGS(film), STR_ARGS(comment), w->after);
    if (film.len)
        return str_format(a,
                          "business/comment/list/?business_id=%.*s&video_id=%.*s&include_replies=true&sort_field="
                          "create_time&sort_order=desc&max_count=30&cursor=%" PRId64,
                          STR_ARGS(us), STR_ARGS(film), w->after);
    struct str first =
        str_format(a, "business/video/list/?business_id=%.*s&fields=%s&max_count=20", STR_ARGS(us), FIELDS);
    return w->page ? str_format(a, "%.*s&cursor=%" PRId64, STR_ARGS(first), w->page) : first;
}

static bool is_talks(const struct asking *asking)
{
    return str_eq(str_from(asking->listing->name), STR("messages"));
}

bool tiktok_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                struct error *e)
{
    struct walk w = walk_read(a, asking->carry);
    if (!settings_get(s, "business_id").len)
        return fail(e, ERR_NOT_FOUND, "Without our account's id (business_id) TikTok cannot be asked.");
    if (is_talks(asking))
        return tiktok_ask_talks(a, s, asking, call, e);
    if (!tiktok_call(a, s, "GET", path_of(a, s, &w), call, e))
        return false;
    call->reply_max = 4 << 20;
    return true;
}

/* ---- the answer ---- */

/* Newest first: true when there may be younger ones than asked for on the next page. */
static bool read_films(struct tiktok_reading *r, const struct json *data, struct walk *w)
{
    const struct json *list = json_get(data, "videos");
    int64_t back = r->asking->now - (r->asking->whole ? BACK_WHOLE : BACK);
    struct place at = {NULL, "videos", -1};
    bool young = true;
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
        int64_t when = read_time(json_get(json_at(list, i), "create_time"));
        at.index = (ptrdiff_t)i;
        young = !when || when >= back;
        if (!young)
            continue;
        struct str id = tiktok_film(r, json_at(list, i));
        if (id.len)
            (void)todo_add(r->a, w->todo, id, TODO_MAX);
        else
            channel_unread(r->events, &at, "has no item_id");
    }
    return young;
}

/* The answers that stand beside a comment, and whether there are more. */
static void read_answers(struct tiktok_reading *r, const struct json *comment, struct str film, struct walk *w)
{
    const struct json *list = json_get(comment, "reply_list");
    struct str id = read_id(r->a, json_get(comment, "comment_id"));
    struct place at = {NULL, "reply_list", -1};
    size_t count = json_is(list, JSON_ARRAY) ? json_count(list) : 0;
    for (size_t i = 0; i < count; i++) {
        at.index = (ptrdiff_t)i;
        tiktok_listed(r, json_at(list, i), film, id, &at);
    }
    if (id.len && json_int(json_get(comment, "replies"), 0) > (int64_t)count)
        (void)todo_add(r->a, w->todo, str_format(r->a, "%.*s %.*s", STR_ARGS(film), STR_ARGS(id)), TODO_MAX);
}

/* True when the next page may hold what is asked for. */
static bool read_comments(struct tiktok_reading *r, const struct json *data, struct str film, struct str above,
                          struct walk *w)
{
    const struct json *list = json_get(data, "comments");
    struct place at = {NULL, "comments", -1};
    bool young = true;
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
        const struct json *comment = json_at(list, i);
        int64_t when = read_time(json_get(comment, "create_time"));
        at.index = (ptrdiff_t)i;
        young = !when || when >= r->asking->since;
        tiktok_listed(r, comment, film, above, &at);
        if (!above.len)
            read_answers(r, comment, film, w);
    }
    return young;
}

/* A film or a comment that was removed between two calls is nobody's failure. */
static bool is_gone_amid(bool inside, const struct outcome *out)
{
    return inside && out->failure == FAILURE_GONE;
}

void tiktok_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                  const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = tiktok_data(reply, body);
    struct walk w = walk_read(a, asking->carry);
    struct tiktok_reading r = {
        .a = a, .settings = s, .events = events, .us = settings_get(s, "business_id"), .asking = asking};
    struct str comment, film = walk_first(&w, &comment);
    if (is_talks(asking)) {
        tiktok_asked_talks(&r, reply, out);
        return;
    }
    if (!json_is(data, JSON_OBJECT)) {
        tiktok_problem(a, NULL, reply, body, &out->outcome);
        if (!is_gone_amid(film.len > 0, &out->outcome))
            return;
        out->outcome = (struct outcome){0};
        data = NULL;
    }
    bool young = film.len ? read_comments(&r, data, film, comment, &w) : read_films(&r, data, &w);
    int64_t next = json_bool(json_get(data, "has_more"), false) && young ? json_int(json_get(data, "cursor"), 0) : 0;
    if (film.len && next > w.after && next < DEEPEST)
        w.after = next;
    else if (film.len)
        w = (struct walk){.todo = todo_rest(a, w.todo), .page = w.page};
    else
        w.page = next != w.page ? next : 0; /* it may be a moment, and go back in time */
    out->more = json_count(w.todo) > 0 || w.page;
    out->carry = out->more ? walk_write(a, &w) : STR_EMPTY;
}
