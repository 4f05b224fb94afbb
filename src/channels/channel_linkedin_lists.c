/* SPDX-License-Identifier: Apache-2.0 */
/* What LinkedIn lists when it is asked: the notifications of the last 60 days, in the shape of its webhooks. Where
 * one of them does not say the words, the comment or the post is asked for by itself. What is still to be asked for
 * is handed on (carry) as {todo: [urns], start: where the list goes on, 0 at its end}. */
#include "channels/channel_linkedin.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/url.h"

#define PAGE     50
#define TODO_MAX 40
#define ACTIONS  "COMMENT,COMMENT_EDIT,COMMENT_DELETE,ADMIN_COMMENT,SHARE_MENTION"

struct walk {
    struct json *todo;
    int64_t start; /* of the next page; after the last: 0 */
};

static struct walk walk_read(struct arena *a, struct str carry)
{
    struct json *root = carry.len ? json_parse(a, carry, NULL) : NULL;
    struct walk w = {.todo = todo_read(a, json_get(root, "todo"), TODO_MAX),
                     .start = json_int(json_get(root, "start"), 0)};
    w.start = w.start > 0 ? w.start : 0;
    return w;
}

static struct str walk_write(struct arena *a, const struct walk *w)
{
    struct json *root = json_object(a);
    json_set(a, root, "todo", w->todo);
    json_set_int(a, root, "start", w->start);
    return json_to_str(a, root);
}

/* ---- the call ---- */

/* The parts of List(…) and (start:…) are LinkedIn's own syntax and stay as they are; URNs are encoded. */
static struct str path_of(struct arena *a, const struct settings *s, const struct asking *asking,
                          const struct walk *w)
{
    struct str one = todo_first(w->todo), post = linkedin_post_of(one), number = linkedin_number_of(one);
    if (number.len)
        return str_format(a, "socialActions/%.*s/comments/%.*s", STR_ARGS(url_encode(a, post)),
                          STR_ARGS(url_encode(a, number)));
    if (one.len)
        return str_concat(a, STR("posts/"), url_encode(a, one));
    struct str us = url_encode(a, linkedin_organization(a, settings_get(s, "organization_id")));
    return str_format(a,
                      "organizationalEntityNotifications?q=criteria&actions=List(" ACTIONS
                      ")&organizationalEntity=%.*s&timeRange=(start:%" PRId64 ",end:%" PRId64 ")&start=%" PRId64
                      "&count=%d",
                      STR_ARGS(us), asking->since / 1000, asking->now / 1000, w->start, PAGE);
}

bool linkedin_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                  struct error *e)
{
    struct walk w = walk_read(a, asking->carry);
    if (!settings_get(s, "organization_id").len)
        return fail(e, ERR_NOT_FOUND, "Without our page's id (organization_id) LinkedIn cannot be asked.");
    if (!linkedin_call(a, s, "GET", path_of(a, s, asking, &w), call, e))
        return false;
    call->reply_max = 4 << 20;
    return true;
}

/* ---- the answer ---- */

/* A message that only says its id is asked for by itself, and is no event yet. */
static void set_aside(struct linkedin_reading *r, struct walk *w)
{
    if (!r->events->count || !linkedin_is_mute(&r->events->items[r->events->count - 1]))
        return;
    if (todo_add(r->a, w->todo, r->events->items[r->events->count - 1].external_id, TODO_MAX))
        r->events->count--; /* else better without words than not at all */
}

static void read_page(struct linkedin_reading *r, const struct json *list, struct walk *w)
{
    struct place at = {NULL, "elements", -1};
    for (size_t i = 0; i < json_count(list); i++) {
        size_t before = r->events->count;
        at.index = (ptrdiff_t)i;
        linkedin_notification(r, json_at(list, i), &at);
        if (r->events->count > before)
            set_aside(r, w);
    }
}

/* A comment or a post as it reads now. */
static void read_one(struct linkedin_reading *r, const struct json *one, const struct walk *w,
                     const struct asking *asking)
{
    struct str id = todo_first(w->todo), parent = linkedin_urn(r->a, read_id(r->a, json_get(one, "parentComment")));
    bool comment = linkedin_is_comment(id);
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_MESSAGE;
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->at = read_time(comment ? json_path(one, "created", "time", NULL) : json_get(one, "publishedAt"));
    event->at_exact = true;
    event->as_of = asking->now;
    if (comment)
        event->parent_id = parent.len ? parent : linkedin_post_of(id);
    linkedin_say(r, event, read_id(r->a, json_get(one, comment ? "actor" : "author")),
                 comment ? json_path(one, "message", "text", NULL) : json_get(one, "commentary"));
    if (!comment)
        event->thread_title = read_title(r->a, event->text);
}

/* What was removed between two calls is nobody's failure. */
static bool is_gone_amid(const struct walk *w, const struct http_reply *reply)
{
    return todo_first(w->todo).len && (reply->status == 404 || reply->status == 410);
}

void linkedin_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                    const struct http_reply *reply, struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *list = json_get(body, "elements");
    struct walk w = walk_read(a, asking->carry);
    struct linkedin_reading r = {.a = a, .events = events, .us = settings_get(s, "organization_id"), .listed = true};
    bool one = todo_first(w.todo).len > 0, read = one ? json_is(body, JSON_OBJECT) : json_is(list, JSON_ARRAY);
    if ((reply->status != 200 || !read) && !is_gone_amid(&w, reply)) {
        linkedin_problem(a, reply, asking->now, &out->outcome);
        return;
    }
    if (one) {
        if (reply->status == 200)
            read_one(&r, body, &w, asking);
        w.todo = todo_rest(a, w.todo);
    } else {
        w.start = json_count(list) >= PAGE ? w.start + (int64_t)json_count(list) : 0;
        read_page(&r, list, &w);
    }
    out->more = json_count(w.todo) > 0 || w.start > 0;
    out->carry = out->more ? walk_write(a, &w) : STR_EMPTY;
}
