/* SPDX-License-Identifier: Apache-2.0 */
/* Pruning: each kind of row is found by a read, handed to whoever keeps it, and deleted by a command of a few
 * milliseconds; then the writer is left to others for several times as long. */
#include "care/retention.h"

#include <stdio.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/house.h"
#include "care/ledger.h"
#include "care/retention_internal.h"
#include "care/search.h"
#include "store/conversation.h"
#include "store/retention.h"

enum {
    PIECE_FIRST = 32, /* rows */
    PIECE_LEAST = 8,
    PIECE_MOST = 256,
    PIECE_US = 3000,   /* of a command; more: the next piece is smaller */
    REST_LEAST = 20000 /* µs between two commands, or four times what the last one took */
};
#define UNSENT_KEPT_US (30 * DAY_US) /* files that were added to no message */

/* ---- one piece ---- */

struct piece;

struct kind {
    const char *name;
    bool (*find)(struct tx *tx, struct piece *p, struct error *e);   /* a read; more: others follow */
    bool (*remove)(struct tx *tx, struct piece *p, struct error *e); /* gone: how many rows */
    bool (*tell)(struct piece *p, struct error *e);                  /* lines, before remove; may be NULL */
};

struct piece {
    struct house *house;
    const struct retention_run *run;
    const struct kind *kind;
    struct arena *arena; /* of this piece */
    int64_t brand, until_at;
    struct cursor after;
    char after_hash[80]; /* of files */
    int limit;
    bool more;
    int64_t day, event_id; /* of the statement that opens the log afterwards */
    struct payload *payloads;
    struct event *events;
    struct unsearched_due *due;
    struct str *hashes;
    int64_t *ids;
    size_t count;
    int64_t gone, took;
    struct retention_report removed; /* by this piece: a command may run twice */
    struct retention_report *report; /* by all */
};

static bool mark_add(struct tx *tx, const struct piece *p, struct error *e)
{
    struct retention_mark mark;
    if (!retention_get(tx, p->brand, p->kind->name, &mark, e))
        return false;
    mark.pruned += p->gone;
    mark.until_at = mark.until_at > p->until_at ? mark.until_at : p->until_at;
    mark.at = tx_now(tx);
    if (p->day > mark.begun)
        mark.begun = p->day;
    return retention_put(tx, p->brand, p->kind->name, &mark, e);
}

static bool piece_find(struct tx *tx, void *ctx, struct error *e)
{
    struct piece *p = ctx;
    return p->kind->find(tx, p, e);
}

static bool piece_remove(struct tx *tx, void *ctx, struct error *e)
{
    struct piece *p = ctx;
    int64_t began = clock_monotonic();
    p->gone = 0;
    p->removed = (struct retention_report){0};
    bool ok = p->kind->remove(tx, p, e) && (p->gone == 0 || mark_add(tx, p, e));
    p->took = clock_monotonic() - began;
    return ok;
}

static void rest(struct piece *p)
{
    int64_t us = 4 * p->took > REST_LEAST ? 4 * p->took : REST_LEAST;
    struct timespec pause = {.tv_sec = us / SECOND_US, .tv_nsec = us % SECOND_US * 1000};
    nanosleep(&pause, NULL);
    if (p->took > PIECE_US && p->limit > PIECE_LEAST)
        p->limit /= 2;
    else if (p->took < PIECE_US / 3 && p->limit < PIECE_MOST)
        p->limit *= 2;
}

static void report_add(struct piece *p)
{
    struct retention_report *all = p->report;
    all->payloads += p->removed.payloads;
    all->payload_bytes += p->removed.payload_bytes;
    all->events += p->removed.events;
    all->event_bytes += p->removed.event_bytes;
    all->conversations += p->removed.conversations;
    all->messages += p->removed.messages;
    all->files += p->removed.files;
}

static bool stops(const struct piece *p)
{
    return p->run->stop && p->run->stop(p->run->ctx);
}

/* All pieces of one kind; *whole: none is left. */
static bool prune_kind(struct piece *p, const struct kind *kind, bool *whole, struct error *e)
{
    struct db *db = p->house->db;
    p->kind = kind;
    p->after = (struct cursor){0};
    p->after_hash[0] = '\0';
    p->limit = PIECE_FIRST;
    p->more = true;
    while (p->more && !stops(p)) {
        CLEANUP(arena_cleanup) struct arena *a = arena_new();
        p->arena = a;
        p->count = 0;
        if (!db_read(db, piece_find, p, e))
            return false;
        if (p->count == 0)
            continue;
        if (p->run->line && kind->tell && (!kind->tell(p, e) || !p->run->keep(p->run->ctx, e)))
            return false;
        if (!db_write(db, p->brand, piece_remove, p, e))
            return false;
        report_add(p);
        rest(p);
    }
    *whole = !p->more;
    return true;
}

static bool line_tell(struct piece *p, struct json *object, struct error *e)
{
    json_set_str(p->arena, object, "brand", p->run->brand->name);
    return p->run->line(p->run->ctx, json_to_str(p->arena, object), e);
}

static int64_t *ids_room(struct piece *p, size_t n)
{
    return p->ids = ARENA_ARRAY(p->arena, int64_t, n + 1);
}

/* ---- payloads ---- */

static bool payloads_find(struct tx *tx, struct piece *p, struct error *e)
{
    if (!payload_old(tx, p->arena, p->brand, p->after.id, id_at(p->until_at), p->limit, &p->payloads, &p->count, e))
        return false;
    p->more = p->count == (size_t)p->limit;
    ids_room(p, p->count);
    for (size_t i = 0; i < p->count; i++)
        p->after.id = p->ids[i] = p->payloads[i].id;
    return true;
}

static bool payloads_tell(struct piece *p, struct error *e)
{
    struct arena *a = p->arena;
    for (size_t i = 0; i < p->count; i++) {
        const struct payload *payload = &p->payloads[i];
        struct json *object = json_object(a);
        json_set_str(a, object, "type", STR("payload"));
        json_set_id(a, object, "id", payload->id);
        json_set_id(a, object, "channel", payload->channel_id);
        json_set_time(a, object, "at", id_time(payload->id));
        json_set_str(a, object, "state", payload->state);
        if (utf8_valid(payload->body))
            json_set_str(a, object, "body", payload->body);
        else
            json_set_str(a, object, "body_base64", base64_encode(a, payload->body.ptr, payload->body.len));
        if (!line_tell(p, object, e))
            return false;
    }
    return true;
}

static bool payloads_remove(struct tx *tx, struct piece *p, struct error *e)
{
    bool ok = payload_delete(tx, p->brand, p->ids, p->count, &p->gone, e);
    p->removed.payloads = p->gone;
    for (size_t i = 0; ok && p->gone && i < p->count; i++)
        p->removed.payload_bytes += (int64_t)p->payloads[i].body.len;
    return ok;
}

/* ---- the log ---- */

/* Booked before the statement was signed, but of a day after it: it stays until that day's statement opens the log.
 */
static bool is_held_back(struct arena *a, const struct event *event, int64_t day)
{
    struct ledger_booking booking;
    return ledger_booking(a, event, &booking) && booking.day > day;
}

static bool events_find(struct tx *tx, struct piece *p, struct error *e)
{
    struct event *list;
    size_t n;
    if (!event_list(tx, p->arena, p->brand, p->after.id, p->limit, &list, &n, e))
        return false;
    p->more = n == (size_t)p->limit && list[n - 1].id <= p->event_id;
    p->events = ARENA_ARRAY(p->arena, struct event, n + 1);
    ids_room(p, n);
    for (size_t i = 0; i < n && list[i].id <= p->event_id; i++) {
        p->after.id = list[i].id;
        if (is_held_back(p->arena, &list[i], p->day))
            continue;
        p->events[p->count] = list[i];
        p->ids[p->count++] = list[i].id;
    }
    return true;
}

static bool events_tell(struct piece *p, struct error *e)
{
    struct arena *a = p->arena;
    for (size_t i = 0; i < p->count; i++) {
        struct json *object = json_object(a);
        json_set_str(a, object, "type", STR("event"));
        event_to_json(a, object, &p->events[i]);
        if (!line_tell(p, object, e))
            return false;
    }
    return true;
}

/* What they had booked is the opening of those that stay: in the same transaction, and only for what was there. */
static bool events_remove(struct tx *tx, struct piece *p, struct error *e)
{
    struct event *were;
    size_t n;
    if (!event_delete(tx, tx_arena(tx), p->brand, p->ids, p->count, &were, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct ledger_booking b;
        p->removed.event_bytes += (int64_t)were[i].data.len;
        if (!ledger_booking(tx_arena(tx), &were[i], &b))
            continue;
        if (!ledger_opening_add(tx, p->brand, b.channel_id, b.day, b.to, 1, e) ||
            (b.from != PLACE_NONE && !ledger_opening_add(tx, p->brand, b.channel_id, b.day, b.from, -1, e)))
            return false;
    }
    p->gone = (int64_t)n;
    p->removed.events = p->gone;
    return true;
}

struct opening {
    struct piece *piece;
    int64_t signed_before;
    bool fresh; /* there is something to do */
};

/* Up to which statement the log can go. What was broken off is carried out first. */
static bool opening_find(struct tx *tx, void *ctx, struct error *e)
{
    struct opening *o = ctx;
    struct piece *p = o->piece;
    struct retention_mark mark;
    struct statement begun;
    struct str body;
    if (!retention_get(tx, p->brand, "events", &mark, e) ||
        !statement_before(tx, p->arena, p->brand, o->signed_before, &p->day, &p->event_id, &body, e))
        return false;
    if (mark.begun > mark.day && mark.begun > p->day) {
        if (!statement_by_day(tx, p->arena, p->brand, mark.begun, &begun, e))
            return false;
        p->day = begun.day;
        p->event_id = begun.event_id;
    }
    o->fresh = p->day > mark.day;
    p->until_at = p->event_id ? id_time(p->event_id) : 0;
    p->report->opening_day = mark.day;
    return true;
}

static bool opening_done(struct tx *tx, void *ctx, struct error *e)
{
    struct piece *p = ctx;
    struct retention_mark mark;
    if (!retention_get(tx, p->brand, "events", &mark, e))
        return false;
    if (p->day < mark.day || p->day < mark.begun)
        return true; /* another run is further */
    mark.day = mark.begun = p->day;
    mark.until_at = p->until_at;
    mark.at = tx_now(tx);
    p->report->opening_day = p->day;
    return retention_put(tx, p->brand, "events", &mark, e);
}

static bool prune_events(struct piece *p, const struct kind *kind, int64_t before, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct opening opening = {.piece = p, .signed_before = before};
    bool whole = false;
    p->arena = a;
    if (!db_read(p->house->db, opening_find, &opening, e))
        return false;
    bool ok = !opening.fresh ||
              (prune_kind(p, kind, &whole, e) && (!whole || db_write(p->house->db, p->brand, opening_done, p, e)));
    p->day = 0;
    return ok;
}

/* ---- search ---- */

static bool search_due(struct tx *tx, struct piece *p, struct error *e)
{
    p->after.limit = p->limit / PIECE_LEAST;
    if (!unsearched_due(tx, p->arena, p->brand, p->after, p->until_at, &p->due, &p->count, e))
        return false;
    p->more = p->count == (size_t)p->after.limit;
    return true;
}

/* *left: how many more messages may leave in this piece; 0: the conversation is not done. */
static bool conversation_leave(struct tx *tx, struct piece *p, int64_t id, int *left, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation c;
    int64_t *ids;
    size_t n;
    if (!conversation_by_id(tx, a, p->brand, id, &c, e))
        return false;
    if (c.state != CONVERSATION_CLOSED || c.last_at >= p->until_at || c.closed_at >= p->until_at)
        return true;
    if (!unsearched_messages(tx, a, p->brand, id, *left, &ids, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct message m;
        if (!message_by_id(tx, a, p->brand, ids[i], &m, e) || !search_message_gone(tx, &m, e) ||
            !unsearched_put(tx, p->brand, m.id, 0, e))
            return false;
    }
    *left -= (int)n;
    p->gone += (int64_t)n;
    p->removed.messages += (int64_t)n;
    if (*left == 0)
        return true;
    p->removed.conversations++;
    return search_need_gone(tx, &c, e) && unsearched_put(tx, p->brand, c.id, c.last_at, e);
}

static bool search_leave(struct tx *tx, struct piece *p, struct error *e)
{
    int left = p->limit;
    for (size_t i = 0; i < p->count; i++) {
        if (!conversation_leave(tx, p, p->due[i].id, &left, e))
            return false;
        if (left == 0) { /* it is found again */
            p->more = true;
            return true;
        }
        p->after.at = p->due[i].last_at;
        p->after.id = p->due[i].id;
    }
    return true;
}

/* ---- files ---- */

static bool unsent_find(struct tx *tx, struct piece *p, struct error *e)
{
    bool ok = attachment_unsent(tx, p->arena, p->brand, id_at(p->until_at), p->limit, &p->ids, &p->count, e);
    p->more = ok && p->count == (size_t)p->limit;
    return ok;
}

static bool unsent_remove(struct tx *tx, struct piece *p, struct error *e)
{
    return attachment_delete(tx, p->brand, p->ids, p->count, &p->gone, e);
}

static bool files_find(struct tx *tx, struct piece *p, struct error *e)
{
    if (!blob_unreferred(tx, p->arena, p->brand, str_from(p->after_hash), PIECE_LEAST, &p->hashes, &p->count, e))
        return false;
    p->more = p->count == PIECE_LEAST;
    if (p->count)
        snprintf(p->after_hash, sizeof p->after_hash, "%.*s", STR_ARGS(p->hashes[p->count - 1]));
    return true;
}

static bool files_remove(struct tx *tx, struct piece *p, struct error *e)
{
    for (size_t i = 0; i < p->count; i++) {
        int64_t gone = 0;
        if (!blob_drop(tx, p->brand, p->hashes[i], &gone, e))
            return false;
        p->gone += gone;
    }
    p->removed.files = p->gone;
    return true;
}

/* ---- a run ---- */

static const struct kind payloads_kind = {"payloads", payloads_find, payloads_remove, payloads_tell};
static const struct kind events_kind = {"events", events_find, events_remove, events_tell};
static const struct kind search_kind = {"search", search_due, search_leave, NULL};
static const struct kind unsent_kind = {"unsent", unsent_find, unsent_remove, NULL};
static const struct kind files_kind = {"files", files_find, files_remove, NULL};

static int64_t before(const struct retention_run *run, int64_t days)
{
    return clock_now() - (days + run->grace_days) * DAY_US;
}

static bool run_done(struct tx *tx, void *ctx, struct error *e)
{
    const struct piece *p = ctx;
    const struct retention_report *r = p->report;
    struct retention_mark mark = {.at = tx_now(tx)};
    struct json *data = json_object(tx_arena(tx));
    if (!retention_put(tx, p->brand, "run", &mark, e))
        return false;
    if (r->payloads + r->events + r->messages + r->files == 0)
        return true;
    json_set_int(tx_arena(tx), data, "payloads", r->payloads);
    json_set_int(tx_arena(tx), data, "events", r->events);
    json_set_int(tx_arena(tx), data, "search", r->messages);
    json_set_int(tx_arena(tx), data, "files", r->files);
    return retention_event(tx, "retention.pruned", p->brand, 0, data, e);
}

bool retention_prune(struct house *house, const struct retention_run *run, struct retention_report *out,
                     struct error *e)
{
    const struct brand *brand = run->brand;
    struct piece p = {.house = house, .run = run, .brand = brand->id, .report = out};
    bool whole = true;
    *out = (struct retention_report){0};
    p.until_at = before(run, brand->keep_payloads);
    if (brand->keep_payloads && !prune_kind(&p, &payloads_kind, &whole, e))
        return false;
    if (brand->keep_events && !prune_events(&p, &events_kind, before(run, brand->keep_events), e))
        return false;
    p.until_at = before(run, brand->keep_search);
    if (brand->keep_search && !prune_kind(&p, &search_kind, &whole, e))
        return false;
    p.until_at = clock_now() - UNSENT_KEPT_US;
    return prune_kind(&p, &unsent_kind, &whole, e) && prune_kind(&p, &files_kind, &whole, e) &&
           (stops(&p) || db_write(house->db, p.brand, run_done, &p, e));
}

struct look {
    const struct brand *brand;
    struct retention_report *out;
};

static bool look_read(struct tx *tx, void *ctx, struct error *e)
{
    const struct look *look = ctx;
    const struct brand *brand = look->brand;
    const struct retention_run now = {.brand = brand};
    struct retention_report *out = look->out;
    struct retention_sum sum = {0};
    struct piece p = {.brand = brand->id, .arena = tx_arena(tx), .report = out};
    struct opening opening = {.piece = &p, .signed_before = before(&now, brand->keep_events)};
    if (brand->keep_payloads && !payload_old_sum(tx, brand->id, id_at(before(&now, brand->keep_payloads)), &sum, e))
        return false;
    out->payloads = sum.rows;
    out->payload_bytes = sum.size;
    sum = (struct retention_sum){0};
    if (brand->keep_events &&
        (!opening_find(tx, &opening, e) || (opening.fresh && !event_old_sum(tx, brand->id, p.event_id, &sum, e))))
        return false;
    out->events = sum.rows;
    out->event_bytes = sum.size;
    if (opening.fresh)
        out->opening_day = p.day;
    sum = (struct retention_sum){0};
    if (brand->keep_search && !unsearched_due_sum(tx, brand->id, before(&now, brand->keep_search), &sum, e))
        return false;
    out->conversations = sum.rows;
    out->messages = sum.size;
    return true;
}

bool retention_look(struct house *house, const struct brand *brand, struct retention_report *out, struct error *e)
{
    struct look look = {brand, out};
    *out = (struct retention_report){0};
    return db_read(house->db, look_read, &look, e);
}
