/* SPDX-License-Identifier: Apache-2.0 */
/* Old rows. */
#include "store/retention.h"

#include "base/arena.h"
#include "db/db.h"
#include "store/brand.h"
#include "store/conversation.h"

#define IDS_MAX 256

bool retention_get(struct tx *tx, int64_t brand, const char *kind, struct retention_mark *out, struct error *e)
{
    *out = (struct retention_mark){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_retention_get, e, V(brand), V(kind));
    if (!r)
        return false;
    if (rows_next(r))
        *out =
            (struct retention_mark){rows_int(r, 0), rows_int(r, 1), rows_int(r, 2), rows_int(r, 3), rows_int(r, 4)};
    return rows_ok(r, e);
}

bool retention_put(struct tx *tx, int64_t brand, const char *kind, const struct retention_mark *m, struct error *e)
{
    return db_exec(tx, SQL_retention_put, NULL, e, V(brand), V(kind), V(m->day), V(m->begun), V(m->until_at),
                   V(m->pruned), V(m->at));
}

bool retention_rules_put(struct tx *tx, const struct brand *brand, struct error *e)
{
    return db_exec(tx, SQL_retention_rules, NULL, e, V(brand->id), V(brand->keep_payloads), V(brand->keep_events),
                   V(brand->keep_search));
}

static bool sum_of(struct rows *given, struct retention_sum *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    *out = (struct retention_sum){0};
    if (!r)
        return false;
    if (rows_next(r))
        *out = (struct retention_sum){rows_int(r, 0), rows_int(r, 1)};
    return rows_ok(r, e);
}

/* The first column of each row. */
static bool ids_of(struct rows *given, struct arena *a, int64_t **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    *out = NULL;
    *count = 0;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = rows_int(r, 0);
    }
    return rows_ok(r, e);
}

static struct rows *query_ids(struct tx *tx, enum sql_id sql, int64_t brand, const int64_t *ids, size_t n,
                              struct error *e)
{
    struct db_value values[] = {V(brand)}, list[IDS_MAX];
    n = n < IDS_MAX ? n : IDS_MAX;
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    return db_query_list(tx, sql, values, 1, list, n, e);
}

static bool delete_ids(struct tx *tx, enum sql_id sql, int64_t brand, const int64_t *ids, size_t n, int64_t *gone,
                       struct error *e)
{
    int64_t *were;
    size_t count;
    *gone = 0;
    for (size_t at = 0; at < n; at += IDS_MAX) {
        if (!ids_of(query_ids(tx, sql, brand, ids + at, n - at, e), tx_arena(tx), &were, &count, e))
            return false;
        *gone += (int64_t)count;
    }
    return true;
}

/* ---- payloads ---- */

bool payload_old(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int64_t before, int limit,
                 struct payload **out, size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_payload_old, e, V(brand), V(after), V(before), V(limit));
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct payload){.brand_id = rows_int(r, 0),
                                              .id = rows_int(r, 1),
                                              .channel_id = rows_int(r, 2),
                                              .body = rows_dup(r, a, 3),
                                              .state = rows_dup(r, a, 4),
                                              .reason = rows_dup(r, a, 5),
                                              .replayed_by = rows_int(r, 6),
                                              .replayed_at = rows_int(r, 7)};
    }
    return rows_ok(r, e);
}

bool payload_old_sum(struct tx *tx, int64_t brand, int64_t before, struct retention_sum *out, struct error *e)
{
    return sum_of(db_query(tx, SQL_payload_old_sum, e, V(brand), V(before)), out, e);
}

bool payload_delete(struct tx *tx, int64_t brand, const int64_t *ids, size_t n, int64_t *gone, struct error *e)
{
    return delete_ids(tx, SQL_payload_delete, brand, ids, n, gone, e);
}

/* ---- the log ---- */

bool event_old_sum(struct tx *tx, int64_t brand, int64_t upto, struct retention_sum *out, struct error *e)
{
    return sum_of(db_query(tx, SQL_event_old_sum, e, V(brand), V(upto)), out, e);
}

static bool events_deleted(struct rows *given, struct arena *a, struct event **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct event){.brand_id = rows_int(r, 0),
                                            .id = rows_int(r, 1),
                                            .kind = rows_dup(r, a, 2),
                                            .conversation_id = rows_int(r, 3),
                                            .subject_id = rows_int(r, 4),
                                            .actor_id = rows_int(r, 5),
                                            .at = rows_int(r, 6),
                                            .data = rows_dup(r, a, 7)};
    }
    return rows_ok(r, e);
}

bool event_delete(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct event **out,
                  size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    for (size_t at = 0; at < n; at += IDS_MAX)
        if (!events_deleted(query_ids(tx, SQL_event_delete, brand, ids + at, n - at, e), a, out, count, e))
            return false;
    return true;
}

bool statement_before(struct tx *tx, struct arena *a, int64_t brand, int64_t at, int64_t *day, int64_t *event,
                      struct str *body, struct error *e)
{
    *day = *event = 0;
    *body = STR_EMPTY;
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_statement_before, e, V(brand), V(at));
    if (!r)
        return false;
    if (rows_next(r)) {
        *day = rows_int(r, 0);
        *event = rows_int(r, 1);
        *body = rows_dup(r, a, 2);
    }
    return rows_ok(r, e);
}

bool ledger_opening_add(struct tx *tx, int64_t brand, int64_t channel, int64_t day, enum place place, int64_t n,
                        struct error *e)
{
    return db_exec(tx, SQL_ledger_opening_add, NULL, e, V(brand), V(channel), V(day), V((int)place), V(n));
}

/* ---- search ---- */

bool unsearched_due(struct tx *tx, struct arena *a, int64_t brand, struct cursor after, int64_t before,
                    struct unsearched_due **out, size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_unsearched_due, e, V(brand), V(after.at), V(after.id), V(before),
                              V((int)CONVERSATION_CLOSED), V(after.limit));
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct unsearched_due){rows_int(r, 0), rows_int(r, 1)};
    }
    return rows_ok(r, e);
}

bool unsearched_due_sum(struct tx *tx, int64_t brand, int64_t before, struct retention_sum *out, struct error *e)
{
    return sum_of(db_query(tx, SQL_unsearched_due_sum, e, V(brand), V(before), V((int)CONVERSATION_CLOSED)), out, e);
}

bool unsearched_messages(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int limit,
                         int64_t **out, size_t *count, struct error *e)
{
    return ids_of(db_query(tx, SQL_unsearched_messages, e, V(brand), V(conversation), V(limit)), a, out, count, e);
}

bool unsearched_put(struct tx *tx, int64_t brand, int64_t id, int64_t upto, struct error *e)
{
    return db_exec(tx, SQL_unsearched_put, NULL, e, V(brand), V(id), V(upto));
}

bool unsearched_clear(struct tx *tx, int64_t brand, struct error *e)
{
    return db_exec(tx, SQL_unsearched_clear, NULL, e, V(brand));
}

bool unsearched_take(struct tx *tx, int64_t brand, int64_t id, bool *was, struct error *e)
{
    int64_t changed = 0;
    *was = false;
    if (!db_exec(tx, SQL_unsearched_take, &changed, e, V(brand), V(id)))
        return false;
    *was = changed > 0;
    return true;
}

/* ---- files ---- */

bool attachment_unsent(struct tx *tx, struct arena *a, int64_t brand, int64_t before, int limit, int64_t **out,
                       size_t *count, struct error *e)
{
    return ids_of(db_query(tx, SQL_attachment_unsent, e, V(brand), V(before), V(limit)), a, out, count, e);
}

bool attachment_delete(struct tx *tx, int64_t brand, const int64_t *ids, size_t n, int64_t *gone, struct error *e)
{
    return delete_ids(tx, SQL_attachment_delete, brand, ids, n, gone, e);
}

bool blob_unreferred(struct tx *tx, struct arena *a, int64_t brand, struct str after, int limit, struct str **out,
                     size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_blob_unreferred, e, V(brand), V(after), V(limit));
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = rows_dup(r, a, 0);
    }
    return rows_ok(r, e);
}

bool blob_drop(struct tx *tx, int64_t brand, struct str hash, int64_t *gone, struct error *e)
{
    return db_exec(tx, SQL_blob_unused, gone, e, V(brand), V(hash));
}
