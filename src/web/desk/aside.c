/* SPDX-License-Identifier: Apache-2.0 */
/* Set aside: what looks like provocation (a colleague decides), what is kept aside, and the second look at it by
 * others, with how often we were wrong. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "care/story.h"
#include "store/event.h"
#include "store/shelf.h"
#include "triage/triage.h"
#include "web/desk/page.h"

#define KEPT_A_PAGE     20
#define SUGGESTED_SHOWN 20
#define WAITING_A_TURN  200
#define WAITING_TURNS   10
#define LOOKS_SHOWN     2
#define LOOKS_FROM      200 /* the newest set aside, of which some are drawn */
#define ERROR_DAYS      90
#define PACE_EVENTS     2000
#define PACE_LEAST      5
#define PACE_COLLEAGUES 64

struct aside_page {
    struct visit *v;
    struct names names;
    struct json *model;
    int64_t drawn[LOOKS_SHOWN]; /* conversations of the second look */
};

static struct str what_of(const struct conversation *c)
{
    return str_eq(c->outcome, STR("spam")) ? STR("spam") : STR("troll");
}

static bool person_of(struct tx *tx, struct aside_page *page, const struct conversation *c, struct person *out,
                      struct error *e)
{
    return person_by_id(tx, page->v->arena, page->v->brand.id, c->person_id, out, e);
}

/* Who, where, and their last words. */
static struct json *case_json(struct aside_page *page, const struct conversation *c, const struct person *person)
{
    struct arena *a = page->v->arena;
    struct str network = names_network(&page->names, c->channel_id);
    const struct channel *channel = channel_find(network);
    const struct door *door = channel ? channel_door(channel, c->door) : NULL;
    struct json *item = json_object(a);
    json_set_id(a, item, "conversation", c->id);
    json_set(a, item, "person", person_json(a, person));
    json_set_str(a, item, "network", network);
    json_set_str(a, item, "icon", str_from(network_icon(network)));
    json_set_str(a, item, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set_bool(a, item, "public", door && door->kind == DOOR_PUBLIC);
    json_set_str(a, item, "text", c->preview);
    json_set_str(a, item, "lang", c->language);
    return item;
}

/* ---- to decide ---- */

static struct json *reasons_json(struct arena *a, const struct triage *triage)
{
    struct json *reasons = json_array(a);
    for (size_t i = 0; i < triage->reason_count; i++) {
        struct json *reason = json_object(a);
        json_set_str(a, reason, "key", str_format(a, "reason.%s", triage->reasons[i].kind));
        json_set_str(a, reason, "words", triage->reasons[i].words);
        json_push(a, reasons, reason);
    }
    return reasons;
}

static bool suggestion_add(struct tx *tx, struct aside_page *page, const struct conversation *c, struct json *list,
                           struct error *e)
{
    struct arena *a = page->v->arena;
    struct person person;
    struct message last;
    struct triage triage;
    if (!person_of(tx, page, c, &person, e) || !message_newest(tx, a, page->v->brand.id, c->id, &last, e))
        return false;
    struct str text = last.outbound ? c->preview : last.text;
    triage_read(a, text, c->language, c->last_out_at > 0, &triage);
    bool troll = str_eq(str_from(triage.mood), STR("troll"));
    struct json *item = case_json(page, c, &person);
    json_set_str(a, item, "text", text_shorten(a, text, 1000));
    json_set_time(a, item, "known_since", person.since);
    json_set_int(a, item, "posts", c->messages);
    json_set_time(a, item, "since", c->waiting_since);
    json_set(a, item, "reasons", reasons_json(a, &triage));
    json_set_str(a, item, "verdict", troll ? STR("troll") : STR("angry"));
    json_set_str(a, item, "why", STR_EMPTY);
    json_push(a, list, item);
    return true;
}

static bool suggestions_read(struct tx *tx, struct aside_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct conversation_filter filter = {.by_rank = true, .state = CONVERSATION_WAITING, .owner = -1, .priority = -1};
    struct cursor cursor = {.limit = WAITING_A_TURN};
    struct json *list = json_array(v->arena);
    bool more = true;
    json_set(v->arena, page->model, "suggested", list);
    for (int turn = 0; more && turn < WAITING_TURNS; turn++) {
        struct conversation *waiting;
        size_t count;
        if (!conversation_list(tx, v->arena, v->brand.id, &filter, cursor, &waiting, &count, &more, e))
            return false;
        for (size_t i = 0; i < count && json_count(list) < SUGGESTED_SHOWN; i++)
            if (str_eq(waiting[i].mood, STR("troll")) && !suggestion_add(tx, page, &waiting[i], list, e))
                return false;
        if (count == 0 || json_count(list) == SUGGESTED_SHOWN)
            break;
        cursor.at = waiting[count - 1].rank_at;
        cursor.id = waiting[count - 1].id;
    }
    return true;
}

/* ---- kept aside ---- */

static struct cursor kept_cursor(struct str text)
{
    struct cursor cursor = {.limit = KEPT_A_PAGE};
    struct str at, id;
    if (str_split(&text, '.', &at) && str_split(&text, '.', &id) && str_int64(at, &cursor.at) &&
        str_int64(id, &cursor.id))
        return cursor;
    return (struct cursor){.limit = KEPT_A_PAGE};
}

static const struct conversation_filter set_aside = {.state = CONVERSATION_SET_ASIDE, .owner = -1, .priority = -1};

/* Who is asked for a second look learns beside it neither who decided, nor with what words. */
static void kept_decision(const struct aside_page *page, struct json *item, const struct conversation *c)
{
    struct arena *a = page->v->arena;
    bool drawn = false;
    for (size_t i = 0; i < LOOKS_SHOWN && !drawn; i++)
        drawn = page->drawn[i] == c->id;
    json_set_bool(a, item, "drawn", drawn);
    json_set_time(a, item, "at", c->closed_at);
    json_set_str(a, item, "what", what_of(c));
    json_set(a, item, "by", drawn ? json_new_null(a) : names_agent_json(a, &page->names, c->closed_by));
    json_set_str(a, item, "reason", drawn ? STR_EMPTY : c->reason);
}

static bool kept_read(struct tx *tx, struct aside_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct conversation *list;
    size_t count;
    bool more;
    struct json *kept = json_array(a), *paging = json_object(a), *next = json_new_null(a);
    if (!conversation_list(tx, a, v->brand.id, &set_aside, kept_cursor(http_query(v->http, "cursor")), &list, &count,
                           &more, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct person person;
        if (!person_of(tx, page, &list[i], &person, e))
            return false;
        struct json *item = case_json(page, &list[i], &person);
        kept_decision(page, item, &list[i]);
        json_push(a, kept, item);
    }
    if (more && count)
        next = json_new_str(
            a, str_format(a, "%lld.%lld", (long long)list[count - 1].last_at, (long long)list[count - 1].id));
    json_set(a, paging, "next", next);
    json_set(a, page->model, "kept", kept);
    json_set(a, page->model, "paging", paging);
    return true;
}

/* ---- the second look ---- */

struct lot {
    uint64_t number;
    const struct conversation *c;
};

static int lot_order(const void *a, const void *b)
{
    const struct lot *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static struct json *look_json(struct arena *a, const struct conversation *c)
{
    struct json *item = json_object(a);
    json_set_id(a, item, "id", c->id);
    json_set_str(a, item, "text", c->preview);
    json_set_str(a, item, "lang", c->language);
    json_set_time(a, item, "at", c->closed_at);
    json_set_str(a, item, "what", what_of(c));
    json_set_str(a, item, "reason", c->reason);
    return item;
}

/* Drawn for this colleague and this day: reloading does not draw again, and nobody sees their own. */
static bool looks_read(struct tx *tx, struct aside_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct conversation *list;
    size_t count, lots = 0;
    bool more;
    struct json *looks = json_array(a);
    if (!conversation_list(tx, a, v->brand.id, &set_aside, (struct cursor){.limit = LOOKS_FROM}, &list, &count, &more,
                           e))
        return false;
    struct lot *drawn = ARENA_ARRAY(a, struct lot, count + 1);
    int64_t day = clock_day(v->view.now, str_cstr(a, v->brand.zone));
    for (size_t i = 0; i < count; i++)
        if (list[i].closed_by != v->actor.agent_id)
            drawn[lots++] = (struct lot){hash64(str_format(a, "%lld %lld %lld", (long long)list[i].id, (long long)day,
                                                           (long long)v->actor.agent_id)),
                                         &list[i]};
    qsort(drawn, lots, sizeof *drawn, lot_order);
    for (size_t i = 0; i < lots && json_count(looks) < LOOKS_SHOWN; i++) {
        int64_t looked;
        if (!second_look_of(tx, v->brand.id, drawn[i].c->id, drawn[i].c->closed_at, &looked, e))
            return false;
        if (looked)
            continue;
        page->drawn[json_count(looks)] = drawn[i].c->id;
        json_push(a, looks, look_json(a, drawn[i].c));
    }
    json_set(a, page->model, "second", looks);
    return true;
}

/* The share with its 95 % interval (Wilson), in percent: few looks say little, and it shows. */
static bool error_read(struct tx *tx, struct aside_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    int64_t looked, wrong;
    if (!second_look_count(tx, v->brand.id, id_at(tx_now(tx) - ERROR_DAYS * DAY_US), &looked, &wrong, e))
        return false;
    struct json *error = json_object(a);
    json_set(a, error, "share", json_new_null(a));
    json_set(a, error, "low", json_new_null(a));
    json_set(a, error, "high", json_new_null(a));
    json_set_int(a, error, "wrong", wrong);
    json_set_int(a, error, "looked", looked);
    json_set_int(a, error, "days", ERROR_DAYS);
    if (looked) {
        const double z = 1.96;
        double n = (double)looked, p = (double)wrong / n, middle = (p + z * z / (2 * n)) / (1 + z * z / n);
        double reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
        json_set(a, error, "share", json_new_real(a, floor(p * 1000 + 0.5) / 10));
        json_set(a, error, "low", json_new_real(a, floor((middle - reach) * 1000 + 0.5) / 10));
        json_set(a, error, "high", json_new_real(a, floor((middle + reach) * 1000 + 0.5) / 10));
    }
    json_set(a, page->model, "error", error);
    return true;
}

/* ---- what it saves ---- */

static int int_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* How long one answer takes here: the median time between two replies of one colleague in a row. 0: not known yet. */
static int64_t answer_pace(const struct event *events, size_t count, struct arena *a)
{
    int64_t who[PACE_COLLEAGUES] = {0}, when[PACE_COLLEAGUES] = {0};
    int64_t *gaps = ARENA_ARRAY(a, int64_t, count + 1);
    size_t colleagues = 0, n = 0;
    for (size_t i = count; i-- > 0;) {
        if (!str_eq(events[i].kind, STR("reply.queued")))
            continue;
        size_t k = 0;
        while (k < colleagues && who[k] != events[i].actor_id)
            k++;
        if (k == PACE_COLLEAGUES)
            continue;
        int64_t gap = k < colleagues ? events[i].at - when[k] : 0;
        if (gap >= 10 * SECOND_US && gap <= 20 * MINUTE_US)
            gaps[n++] = gap;
        if (k == colleagues)
            who[colleagues++] = events[i].actor_id;
        when[k] = events[i].at;
    }
    qsort(gaps, n, sizeof *gaps, int_order);
    return n >= PACE_LEAST ? gaps[n / 2] : 0;
}

static bool saved_read(struct tx *tx, struct aside_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    const char *zone = str_cstr(a, v->brand.zone);
    struct ledger_line *lines, sum = {0};
    struct event *events;
    size_t count, event_count;
    int64_t today = clock_day(tx_now(tx), zone);
    if (!ledger_counts(tx, a, v->brand.id, day_step(today, -6, zone), today, true, &lines, &count, e) ||
        !event_newest(tx, a, v->brand.id, INT64_MAX, PACE_EVENTS, &events, &event_count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        sum_add(&sum, &lines[i]);
    /* newest first as it comes; the pace reads forward in time */
    int64_t pace = answer_pace(events, event_count, a) / SECOND_US, aside = sum.n[PLACE_SET_ASIDE];
    json_set(a, page->model, "saved_seconds", pace && aside ? json_new_int(a, pace * aside) : json_new_null(a));
    json_set_int(a, page->model, "aside", aside);
    json_set_int(a, page->model, "received", sum_received(&sum));
    return true;
}

/* ---- the page ---- */

static bool aside_read(struct tx *tx, void *ctx, struct error *e)
{
    struct aside_page *page = ctx;
    return names_read(tx, page->v, &page->names, e) && suggestions_read(tx, page, e) && looks_read(tx, page, e) &&
           kept_read(tx, page, e) && error_read(tx, page, e) && saved_read(tx, page, e);
}

static bool aside_show(struct visit *v, struct error *e)
{
    struct aside_page page = {.v = v, .model = json_object(v->arena)};
    if (!visit_read(v, aside_read, &page, e))
        return false;
    json_set(v->arena, page.model, "appeals", json_array(v->arena));
    json_set_str(v->arena, page.model, "stays", STR("aside"));
    v->view.section = STR("aside");
    view_render(&v->view, v->http, "aside", page.model);
    return true;
}

struct look {
    struct visit *v;
    bool person;
};

static bool look_write(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    struct visit *v = look->v;
    struct conversation c;
    if (!conversation_by_id(tx, tx_arena(tx), v->brand.id, v->params[0], &c, e))
        return false;
    if (c.state != CONVERSATION_SET_ASIDE)
        return fail(e, ERR_CONFLICT, "This is not set aside any more.");
    if (c.closed_by == v->actor.agent_id)
        return fail(e, ERR_FORBIDDEN, "You set this aside, so someone else looks at it.");
    struct json *data = json_object(tx_arena(tx));
    const char *verdict = look->person ? "person" : "troll";
    json_set_str(tx_arena(tx), data, "verdict", str_from(verdict));
    return second_look_add(tx, v->brand.id, id_new(), c.id, v->actor.agent_id, verdict, tx_now(tx), e) &&
           page_event(tx, v, "aside.looked", c.id, data, e) &&
           (!look->person || story_take_back(tx, &v->actor, c.id, visit_words(v, "second.reason"), e));
}

static bool aside_second(struct visit *v, struct error *e)
{
    struct look look = {.v = v};
    if (!http_form_ok(v->http, e))
        return false;
    struct str verdict = http_form(v->http, "verdict");
    look.person = str_eq(verdict, STR("person"));
    if (!look.person && !str_eq(verdict, STR("troll")))
        return fail(e, ERR_BAD_INPUT, "A second look finds a troll or a person.");
    if (!visit_write(v, look_write, &look, e))
        return false;
    visit_toast(v, look.person ? "toast.back" : "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/aside"));
    return true;
}

const struct route routes_desk_aside[] = {
    {HTTP_GET, "/desk/aside", PERM_READ, aside_show, NULL},
    {HTTP_POST, "/desk/aside/:id/second", PERM_AGENT, aside_second, NULL},
    {0},
};
