/* SPDX-License-Identifier: Apache-2.0 */
/* The list: who waits, in the order of what they lose by waiting, and why. */
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/rank.h"
#include "store/ahead.h"
#include "store/shelf.h"
#include "web/desk/model.h"
#include "web/forms.h"
#include "web/presence.h"

#define LIST_ROWS 20

/* ---- rows ---- */

static const char *const why_kinds[] = {
    [RANK_WINDOW] = "window", [RANK_PROMISE] = "promise", [RANK_FAILED] = "failed", [RANK_GRAVE] = "grave",
    [RANK_ANGRY] = "angry",   [RANK_RETURNED] = "again",  [RANK_LONG] = "long",     [RANK_THANKS] = "thanks",
    [RANK_FIRST] = "new",     [RANK_PLAIN] = "question"};

static struct json *why_ended(struct arena *a, const struct names *names, const struct conversation *c)
{
    struct json *why = json_object(a);
    const char *kind = c->state == CONVERSATION_CLOSED      ? "closed"
                       : c->state == CONVERSATION_SET_ASIDE ? "aside"
                       : c->state == CONVERSATION_SNOOZED   ? "asleep"
                                                            : "answered";
    int64_t by = c->state == CONVERSATION_ANSWERED ? c->owner_id : c->closed_by;
    /* answered on the network itself, or come by import: nobody here is to be named */
    bool named = c->state == CONVERSATION_SNOOZED || names_agent(names, by);
    json_set_str(a, why, "kind", named ? str_from(kind) : str_format(a, "%s_plain", kind));
    if (c->state == CONVERSATION_SNOOZED)
        json_set_time(a, why, "until", c->snooze_until);
    else if (named)
        json_set(a, why, "by", names_agent_json(a, names, by));
    return why;
}

static struct json *why_model(struct arena *a, const struct names *names, const struct conversation *c, int64_t now)
{
    if (c->state != CONVERSATION_WAITING)
        return why_ended(a, names, c);
    enum rank_reason reason = rank_reason(c, now);
    const struct channel *channel = channel_find(names_network(names, c->channel_id));
    struct json *why = json_object(a);
    json_set_str(a, why, "kind", str_from(why_kinds[reason]));
    json_set_str(a, why, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set_time(a, why, "until", c->window_until);
    json_set_time(a, why, "due", c->promise_due);
    return why;
}

static void row_wick(struct arena *a, struct json *row, const struct conversation *c, const struct door *door,
                     int64_t now)
{
    int hours = door ? (door->human_hours > door->window_hours ? door->human_hours : door->window_hours) : 0;
    int64_t left = c->window_until - now;
    json_set_bool(a, row, "closing", c->waiting && c->window_until && left > 0 && left < HOUR_US);
    if (!c->waiting || !c->window_until || left <= 0 || hours == 0)
        return;
    struct json *wick = json_object(a);
    json_set_int(a, wick, "left", left * 100 / (hours * HOUR_US));
    json_set(a, row, "wick", wick);
}

static void row_said(struct arena *a, struct json *row, const struct conversation *c)
{
    struct json *said = json_object(a);
    json_set_str(a, said, "text", c->preview);
    json_set_str(a, said, "lang", c->language);
    json_set_bool(a, said, "ours", false);
    json_set(a, row, "said", said);
}

/* The first of us; a person at their own conversation is said beside it only. */
static struct json *colleague_there(const struct json *beings)
{
    for (size_t i = 0; i < json_count(beings); i++)
        if (!json_bool(json_get(json_at(beings, i), "guest"), false))
            return (struct json *)(uintptr_t)json_at(beings, i);
    return NULL;
}

struct json *row_model(struct tx *tx, struct visit *v, const struct names *names, const struct conversation *c,
                       const struct person *p, int64_t current)
{
    struct arena *a = v->arena;
    struct json *row = json_object(a);
    struct str network = names_network(names, c->channel_id);
    const struct channel *channel = channel_find(network);
    const struct door *door = channel ? channel_door(channel, c->door) : NULL;
    struct json *being = colleague_there(beings_model(v, c->id));
    int64_t now = tx_now(tx);
    json_set_id(a, row, "id", c->id);
    json_set(a, row, "person", person_json(a, p));
    json_set_time(a, row, "since", c->waiting_since);
    json_set_time(a, row, "due", c->promise_due && !c->waiting ? c->promise_due : 0);
    row_said(a, row, c);
    json_set_str(a, row, "network", network);
    json_set_str(a, row, "icon", str_from(network_icon(network)));
    json_set_str(a, row, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set_bool(a, row, "public", door && door->kind == DOOR_PUBLIC);
    json_set(a, row, "why", why_model(a, names, c, now));
    row_wick(a, row, c, door, now);
    if (being) {
        json_set(a, row, "being", being);
        json_set(a, row, "wick", json_new_null(a));
    }
    json_set_bool(a, row, "current", c->id == current);
    json_set_bool(a, row, "unread", false);
    if (c->state == CONVERSATION_SNOOZED) {
        struct json *asleep = json_object(a);
        json_set_time(a, asleep, "until", c->snooze_until);
        json_set(a, row, "asleep", asleep);
    }
    json_set_str(a, row, "place", str_from(place_of_state(c)));
    return row;
}

/* ---- which rows ---- */

static void tab_check(struct list_query *query)
{
    if (query->view)
        query->tab = STR("view");
    if (!str_eq(query->tab, STR("mine")) && !str_eq(query->tab, STR("all")) && !str_eq(query->tab, STR("view")))
        query->tab = STR("waiting");
}

void list_query_of(struct visit *v, struct list_query *query)
{
    *query = (struct list_query){.tab = http_query(v->http, "tab"),
                                 .view = visit_query_id(v, "view"),
                                 .cursor = http_query(v->http, "cursor"),
                                 .query = v->http->query,
                                 .current = v->params[0]};
    tab_check(query);
}

static int64_t pair_id(const struct pairs *pairs, struct str name)
{
    int64_t id;
    return str_int64(pairs_get(pairs, name), &id) ? id : 0;
}

void list_filter(struct visit *v, const struct list_query *query, struct conversation_filter *filter)
{
    struct pairs pairs = url_query(v->arena, query->query);
    struct str place = pairs_get(&pairs, STR("place")), owner = pairs_get(&pairs, STR("owner"));
    enum priority priority = priority_from(pairs_get(&pairs, STR("priority")));
    *filter = (struct conversation_filter){.state = -1, .owner = -1, .priority = -1};
    if (str_eq(query->tab, STR("mine")) || str_eq(query->tab, STR("waiting"))) {
        filter->by_rank = true;
        filter->state = CONVERSATION_WAITING;
    }
    if (str_eq(query->tab, STR("mine")) || str_eq(owner, STR("me")))
        filter->owner = v->actor.agent_id;
    else if (str_eq(owner, STR("nobody")))
        filter->owner = 0;
    else if (pair_id(&pairs, STR("owner")))
        filter->owner = pair_id(&pairs, STR("owner"));
    enum conversation_state state = conversation_state_from(str_eq(place, STR("aside")) ? STR("set_aside") : place);
    if (state < CONVERSATION_STATES) {
        filter->state = (int)state;
        filter->by_rank = state == CONVERSATION_WAITING && !str_eq(pairs_get(&pairs, STR("sort")), STR("newest"));
    }
    filter->channel = pair_id(&pairs, STR("channel"));
    filter->label = pair_id(&pairs, STR("label"));
    filter->priority = priority < PRIORITIES ? (int)priority : -1;
    filter->failed = str_eq(pairs_get(&pairs, STR("failed")), STR("1"));
}

static struct json *paging_model(struct arena *a, const struct conversation_filter *filter,
                                 const struct conversation_row *list, size_t count, bool more)
{
    struct json *paging = json_object(a);
    json_set(a, paging, "next", json_new_null(a));
    if (more && count) {
        const struct conversation *last = &list[count - 1].c;
        int64_t at = filter->by_rank ? last->rank_at : last->last_at;
        json_set_str(a, paging, "next", form_cursor_text(a, at, last->id));
    }
    return paging;
}

/* ---- whom colleagues ask ---- */

#define ASKED_ON_TOP 5

/* A row of a conversation about which a colleague asked the reader, or handed it over, says so until it is opened. */
static struct json *asked_row(struct tx *tx, struct visit *v, const struct names *names, const struct json *asked,
                              const struct conversation *c, const struct person *person, int64_t current)
{
    struct json *row = row_model(tx, v, names, c, person, current);
    bool closing = json_bool(json_get(row, "closing"), false); /* what is about to be lost is said first */
    for (size_t i = 0; i < json_count(asked) && !closing; i++) {
        const struct json *mention = json_at(asked, i);
        if (json_int(json_get(mention, "conversation_id"), 0) != c->id)
            continue;
        struct json *why = json_object(v->arena);
        bool mine = c->owner_id == v->actor.agent_id;
        json_set_str(v->arena, why, "kind", mine ? STR("handed") : STR("mention"));
        json_set(v->arena, why, "by", names_agent_json(v->arena, names, json_int(json_get(mention, "by_id"), 0)));
        json_set(v->arena, row, "why", why);
        break;
    }
    return row;
}

static bool is_listed(const struct conversation_row *list, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].c.id == id)
            return true;
    return false;
}

static bool is_among(const struct conversation *list, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].id == id)
            return true;
    return false;
}

/* Whom the reader is asked about and who is not on this page of the list: above it. */
static bool asked_rows(struct tx *tx, struct visit *v, const struct names *names, const struct json *asked,
                       const struct conversation_row *list, size_t count, int64_t current, struct json *rows,
                       struct error *e)
{
    struct conversation shown[ASKED_ON_TOP];
    struct person person;
    size_t n = 0;
    for (size_t i = 0; i < json_count(asked) && n < ASKED_ON_TOP; i++) {
        int64_t id = json_int(json_get(json_at(asked, i), "conversation_id"), 0);
        if (is_listed(list, count, id) || is_among(shown, n, id))
            continue;
        if (!conversation_by_id(tx, v->arena, v->brand.id, id, &shown[n], e) ||
            !person_by_id(tx, v->arena, v->brand.id, shown[n].person_id, &person, e))
            return false;
        json_push(v->arena, rows, asked_row(tx, v, names, asked, &shown[n++], &person, current));
    }
    return true;
}

/* ---- the list ---- */

static struct json *views_model(struct tx *tx, struct visit *v, struct list_query *query, struct json **saved,
                                struct error *e)
{
    struct arena *a = v->arena;
    struct json *views = saved_view_list(tx, a, v->brand.id, v->actor.agent_id, e);
    if (!views)
        return NULL;
    *saved = json_new_null(a);
    for (size_t i = 0; i < json_count(views); i++) {
        struct json *view = views->items[i];
        bool current = query->view && json_int(json_get(view, "id"), 0) == query->view;
        json_set_bool(a, view, "current", current);
        json_set(a, view, "count", json_new_null(a));
        json_set_str(a, view, "query", json_text(json_get(view, "filter")));
        if (current) {
            *saved = view;
            query->query = json_text(json_get(view, "filter"));
        }
    }
    return views;
}

static bool counts_model(struct tx *tx, struct visit *v, struct json *model, struct error *e)
{
    int64_t mine, waiting;
    struct json *counts = json_object(v->arena);
    if (!tally_waiting(tx, v->brand.id, v->actor.agent_id, &mine, &waiting, e))
        return false;
    json_set_int(v->arena, counts, "mine", mine);
    json_set_int(v->arena, counts, "waiting", waiting);
    json_set(v->arena, model, "counts", counts);
    return true;
}

/* How many the whole list holds, also those not on this page; null where only counting all would tell. */
static bool total_model(struct tx *tx, struct visit *v, const struct conversation_filter *filter, size_t count,
                        bool more, struct json *model, struct error *e)
{
    bool plain = filter->by_rank && !filter->channel && !filter->label && filter->priority < 0 && !filter->failed;
    int64_t total = (int64_t)count;
    const struct json *counts = json_get(model, "counts");
    bool mine = filter->owner == v->actor.agent_id;
    if (more && plain && filter->state == CONVERSATION_WAITING && (filter->owner < 0 || mine))
        total = json_int(json_get(counts, mine ? "mine" : "waiting"), 0);
    else if (more && plain &&
             !tally_get(tx, v->brand.id, filter->owner, (enum conversation_state)filter->state, &total, e))
        return false;
    if (more && !plain)
        json_set(v->arena, model, "total", json_new_null(v->arena));
    else
        json_set_int(v->arena, model, "total", total);
    return true;
}

struct str list_address(struct visit *v, const struct list_query *query)
{
    struct arena *a = v->arena;
    if (query->view)
        return str_format(a, "view=%lld", (long long)query->view);
    struct pairs pairs = url_query(a, query->query);
    struct str text = str_format(a, "tab=%.*s", STR_ARGS(query->tab));
    static const char *const kept[] = {"place", "owner", "channel", "label", "priority", "failed", "sort"};
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        struct str value = pairs_get(&pairs, str_from(kept[i]));
        if (value.len)
            text = str_format(a, "%.*s&%s=%.*s", STR_ARGS(text), kept[i], STR_ARGS(url_encode(a, value)));
    }
    return text;
}

/* Where a form on another page says that it stays: "aside", "person/12". Empty: on the story. */
static struct str page_address(struct visit *v)
{
    struct str page = http_form(v->http, "stays"), person = STR("person/");
    int64_t id;
    if (str_eq(page, STR("aside")))
        return STR("/desk/aside");
    if (str_starts(page, person) && str_int64(str_slice(page, person.len, page.len), &id))
        return str_format(v->arena, "/desk/person/%lld", (long long)id);
    return STR_EMPTY;
}

struct str story_address(struct visit *v, int64_t id)
{
    struct str list = http_form(v->http, "list"), page = page_address(v);
    if (page.len)
        return page;
    struct pairs pairs = url_query(v->arena, list);
    struct list_query query = {
        .tab = pairs_get(&pairs, STR("tab")), .view = pair_id(&pairs, STR("view")), .query = list};
    if (!list.len)
        return str_format(v->arena, "/desk/c/%lld#latest", (long long)id);
    tab_check(&query);
    return str_format(v->arena, "/desk/c/%lld?%.*s#latest", (long long)id, STR_ARGS(list_address(v, &query)));
}

static void neighbour_set(struct arena *a, struct json *neighbours, const char *name, const struct json *row)
{
    struct json *item = json_object(a);
    json_set_str(a, item, "id", json_text(json_get(row, "id")));
    json_set_str(a, item, "name", json_text(json_get(json_get(row, "person"), "name")));
    json_set(a, neighbours, name, item);
}

/* Where one sees one story at a time: who stands before and after the open one. After one that has left the list
 * comes the first, who has most to lose. */
static void neighbours_model(struct arena *a, const struct json *rows, struct json *model)
{
    struct json *neighbours = json_object(a);
    size_t n = json_count(rows), at = 0;
    while (at < n && !json_bool(json_get(json_at(rows, at), "current"), false))
        at++;
    if (at > 0 && at < n)
        neighbour_set(a, neighbours, "previous", json_at(rows, at - 1));
    if (at + 1 < n)
        neighbour_set(a, neighbours, "next", json_at(rows, at + 1));
    else if (at == n && n > 0)
        neighbour_set(a, neighbours, "next", json_at(rows, 0));
    json_set(a, model, "neighbours", neighbours);
}

void list_ahead(struct tx *tx, struct visit *v, const struct list_query *query)
{
    struct conversation_filter filter;
    ahead_desk(tx, v->brand.id, v->actor.agent_id);
    if (query->view) /* its filter is to be read first */
        return;
    list_filter(v, query, &filter);
    conversation_rows_ahead(tx, v->brand.id, &filter, form_cursor(query->cursor, LIST_ROWS));
}

struct json *list_model(struct tx *tx, struct visit *v, const struct names *names, const struct list_query *given,
                        struct error *e)
{
    struct arena *a = v->arena;
    struct list_query query = *given;
    struct json *model = json_object(a), *rows = json_array(a), *saved;
    struct json *views = views_model(tx, v, &query, &saved, e);
    struct json *labels = label_list(tx, a, v->brand.id, e);
    struct json *asked = mention_list(tx, a, v->brand.id, v->actor.agent_id, e);
    struct conversation_filter filter;
    struct conversation_row *list;
    size_t count;
    bool more;
    if (!views || !asked || !labels || !counts_model(tx, v, model, e))
        return NULL;
    list_filter(v, &query, &filter);
    if (!conversation_rows(tx, a, v->brand.id, &filter, form_cursor(query.cursor, LIST_ROWS), &list, &count, &more,
                           e))
        return NULL;
    bool desk = !str_starts(v->path, STR("/api/")); /* a program's list holds what its filter says */
    bool top = desk && !query.cursor.len && (str_eq(query.tab, STR("mine")) || str_eq(query.tab, STR("waiting")));
    if (top && !asked_rows(tx, v, names, asked, list, count, query.current, rows, e))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct conversation_row *row = &list[i];
        struct person person = {.id = row->c.person_id, .name = row->name, .language = row->name_language};
        json_push(a, rows, asked_row(tx, v, names, asked, &row->c, &person, query.current));
    }
    json_set_str(a, model, "tab", query.tab);
    json_set(a, model, "saved", saved);
    json_set_str(a, model, "query", list_address(v, &query));
    json_set_str(a, model, "cursor", query.cursor); /* a story keeps the page of the list it was opened from */
    json_set(a, model, "views", views);
    json_set(a, model, "labels", labels);
    json_set(a, model, "rows", rows);
    if (query.current)
        neighbours_model(a, rows, model);
    json_set(a, model, "paging", paging_model(a, &filter, list, count, more));
    if (!total_model(tx, v, &filter, count, more, model, e))
        return NULL;
    json_set_str(a, model, "sort", filter.by_rank ? STR("loss") : STR("newest"));
    bool filtered = filter.label || filter.channel || filter.priority >= 0 || filter.failed || query.view ||
                    (str_eq(query.tab, STR("all")) && (filter.state >= 0 || filter.owner >= 0));
    json_set_bool(a, model, "filtered", filtered);
    return model;
}
