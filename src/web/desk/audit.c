/* SPDX-License-Identifier: Apache-2.0 */
/* The audit: what was done, by whom and when, newest first, out of the event log. What only networks and the program
 * did is left out unless asked for. */
#include "base/arena.h"
#include "base/json.h"
#include "care/ledger.h"
#include "care/retention.h"
#include "store/event.h"
#include "web/desk/page.h"

#define EVENTS_A_PAGE 60
#define EVENTS_A_TURN 500
#define TURNS_MAX     20 /* then the page ends, and goes on from there */

struct audit_page {
    struct visit *v;
    struct names names;
    const struct locale *locale;
    bool all;
    int64_t agent; /* 0: of everybody */
    int64_t next;
    struct json *model, *events;
};

/* "Conversation of Marta", a name, a reason: whatever the event says of itself in words; the program's own reasons in
 * the reader's language. */
static struct str words_of(const struct audit_page *page, const struct event *event)
{
    struct arena *a = page->v->arena;
    static const char *const said[] = {"name", "words", "reason", "text"};
    const struct json *data = event->data.len ? json_parse(a, event->data, NULL) : NULL;
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        struct str words = json_text(json_get(data, said[i]));
        const char *key = str_eq(event->kind, STR("message.place")) ? ledger_why_key(words) : NULL;
        if (key)
            return locale_text(a, page->locale, str_from(key), NULL);
        if (words.len)
            return text_shorten(a, words, 160);
    }
    return STR_EMPTY;
}

/* What the network or the program did with somebody's words is not what that somebody did. */
static bool is_deed(const struct event *event)
{
    static const char *const happens[] = {
        "reply.failed",         "reply.accepted",    "reply.delayed",   "reply.unsure",   "reply.receipt",
        "reply.outside",        "promise.broken",    "promise.due",     "payload.unread", "conversation.woken",
        "conversation.closing", "conversation.shut", "retention.pruned"};
    for (size_t i = 0; i < COUNT_OF(happens); i++)
        if (str_eq(event->kind, str_from(happens[i])))
            return false;
    return event->actor_id != 0;
}

static struct json *event_json(struct audit_page *page, const struct event *event)
{
    struct arena *a = page->v->arena;
    struct json *item = json_object(a);
    struct str key = str_concat(a, STR("audit."), event->kind);
    bool known = locale_has(page->locale, key);
    json_set_id(a, item, "id", event->id);
    json_set_time(a, item, "at", event->at);
    json_set_str(a, item, "kind", event->kind);
    json_set(a, item, "key", known ? json_new_str(a, key) : json_new_null(a));
    json_set(a, item, "by", names_agent_json(a, &page->names, is_deed(event) ? event->actor_id : 0));
    json_set_id(a, item, "conversation", event->conversation_id);
    json_set_str(a, item, "words", words_of(page, event));
    return item;
}

static bool is_wanted(const struct audit_page *page, const struct event *event)
{
    if (page->agent)
        return event->actor_id == page->agent && (page->all || is_deed(event));
    return page->all || is_deed(event);
}

static bool events_turn(struct tx *tx, struct audit_page *page, bool *more, struct error *e)
{
    struct visit *v = page->v;
    struct event *events;
    size_t count;
    if (!event_newest(tx, v->arena, v->brand.id, page->next ? page->next : INT64_MAX, EVENTS_A_TURN, &events, &count,
                      e))
        return false;
    *more = count == EVENTS_A_TURN;
    for (size_t i = 0; i < count; i++) {
        page->next = events[i].id;
        if (is_wanted(page, &events[i]))
            json_push(v->arena, page->events, event_json(page, &events[i]));
        if (json_count(page->events) == EVENTS_A_PAGE) {
            *more = *more || i + 1 < count;
            return true;
        }
    }
    return true;
}

static bool audit_read(struct tx *tx, void *ctx, struct error *e)
{
    struct audit_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    bool more = true;
    struct json *paging = json_object(a), *agents = json_array(a);
    if (!names_read(tx, v, &page->names, e))
        return false;
    for (int turn = 0; more && turn < TURNS_MAX && json_count(page->events) < EVENTS_A_PAGE; turn++)
        if (!events_turn(tx, page, &more, e))
            return false;
    for (size_t i = 0; i < page->names.agent_count; i++) {
        const struct agent *agent = &page->names.agents[i];
        json_push(a, agents,
                  option_json(a, str_format(a, "%lld", (long long)agent->id), agent->name, agent->id == page->agent));
    }
    struct json *pruned = retention_pruned(tx, a, v->brand.id, "events", e);
    if (!pruned)
        return false;
    json_set(a, page->model, "pruned", pruned);
    json_set_id(a, paging, "next", more ? page->next : 0);
    json_set(a, page->model, "paging", paging);
    json_set(a, page->model, "agents", agents);
    return true;
}

static bool audit_show(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct audit_page page = {.v = v,
                              .locale = v->view.locale,
                              .all = str_eq(http_query(v->http, "all"), STR("1")),
                              .agent = visit_query_id(v, "agent"),
                              .next = visit_query_id(v, "cursor"),
                              .model = json_object(a),
                              .events = json_array(a)};
    if (!page.locale)
        page.locale = locale_find(http_header(v->http, "accept-language"));
    if (!visit_read(v, audit_read, &page, e))
        return false;
    json_set_bool(a, page.model, "all", page.all);
    json_set_id(a, page.model, "agent", page.agent);
    json_set(a, page.model, "events", page.events);
    v->view.section = STR("admin");
    view_render(&v->view, v->http, "audit", page.model);
    return true;
}

const struct route routes_desk_audit[] = {
    {HTTP_GET, "/desk/audit", PERM_ADMIN, audit_show, NULL},
    {0},
};
