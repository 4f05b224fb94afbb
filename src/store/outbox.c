/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox as rows. */
#include "store/outbox.h"

#include "base/arena.h"
#include "db/db.h"

bool outbox_add(struct tx *tx, const struct outbox *o, struct error *e)
{
    return db_exec(tx, SQL_outbox_insert, NULL, e, V(o->brand_id), V(o->id), V(o->channel_id), V(o->conversation_id),
                   V(o->state), V(o->attempts), V(o->next_at), V(o->lease_until), V(o->failure), V(o->words),
                   V(o->code), V(o->step), V(o->carry), V(o->answered_at), V(o->approved));
}

bool outbox_update(struct tx *tx, const struct outbox *o, struct error *e)
{
    int64_t changed = 0;
    return db_exec(tx, SQL_outbox_update, &changed, e, V(o->brand_id), V(o->id), V(o->state), V(o->attempts),
                   V(o->next_at), V(o->lease_until), V(o->failure), V(o->words), V(o->code), V(o->step), V(o->carry),
                   V(o->answered_at), V(o->claimed_by), V(o->claim)) &&
           (changed || fail(e, ERR_NOT_FOUND, "The reply is not in the outbox any more."));
}

bool outbox_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_outbox_delete, NULL, e, V(brand), V(id));
}

static bool outbox_rows(struct rows *given, struct arena *a, struct outbox **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct outbox){.brand_id = rows_int(r, 0),
                                             .id = rows_int(r, 1),
                                             .channel_id = rows_int(r, 2),
                                             .conversation_id = rows_int(r, 3),
                                             .state = rows_dup(r, a, 4),
                                             .attempts = rows_int(r, 5),
                                             .next_at = rows_int(r, 6),
                                             .lease_until = rows_int(r, 7),
                                             .failure = rows_dup(r, a, 8),
                                             .words = rows_dup(r, a, 9),
                                             .code = rows_dup(r, a, 10),
                                             .step = rows_int(r, 11),
                                             .carry = rows_dup(r, a, 12),
                                             .answered_at = rows_int(r, 13),
                                             .approved = rows_dup(r, a, 14),
                                             .claimed_by = rows_int(r, 15),
                                             .claim = rows_int(r, 16)};
    }
    return rows_ok(r, e);
}

bool outbox_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct outbox *out, struct error *e)
{
    *out = (struct outbox){0};
    struct outbox *list;
    size_t count;
    if (!outbox_rows(db_query(tx, SQL_outbox_by_id, e, V(brand), V(id)), a, &list, &count, e))
        return false;
    if (count == 0)
        return fail(e, ERR_NOT_FOUND, "The reply is not in the outbox any more.");
    *out = list[0];
    return true;
}

bool outbox_sending(struct tx *tx, struct arena *a, int64_t brand, int limit, struct outbox **out, size_t *count,
                    struct error *e)
{
    return outbox_rows(db_query(tx, SQL_outbox_sending, e, V(brand), V(limit)), a, out, count, e);
}

bool outbox_can_go(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int limit, const int64_t *full,
                   size_t full_count, struct outbox **out, size_t *count, struct error *e)
{
    struct db_value first[] = {V(brand), V(now), V(limit)}, none = V((int64_t)0), *list = &none;
    size_t n = 1;
    if (full_count) {
        n = full_count;
        list = ARENA_ARRAY(a, struct db_value, n);
        for (size_t i = 0; i < n; i++)
            list[i] = V(full[i]);
    }
    return outbox_rows(db_query_list(tx, SQL_outbox_can_go, first, COUNT_OF(first), list, n, e), a, out, count, e);
}

bool outbox_of(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct outbox **out,
               size_t *count, struct error *e)
{
    return outbox_rows(db_query(tx, SQL_outbox_of, e, V(brand), V(conversation)), a, out, count, e);
}

bool outbox_ready_of(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct outbox **out,
                     size_t *count, struct error *e)
{
    return outbox_rows(db_query(tx, SQL_outbox_ready_of, e, V(brand), V(channel)), a, out, count, e);
}

bool outbox_left_of(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct outbox **out,
                    size_t *count, struct error *e)
{
    return outbox_rows(db_query(tx, SQL_outbox_left_of, e, V(brand), V(channel)), a, out, count, e);
}

bool outbox_move(struct tx *tx, int64_t brand, int64_t id, int64_t conversation, struct error *e)
{
    return db_exec(tx, SQL_outbox_move, NULL, e, V(brand), V(id), V(conversation));
}

bool outbox_census(struct tx *tx, struct arena *a, int64_t brand, struct outbox_count **out, size_t *count,
                   struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_outbox_census, e, V(brand));
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct outbox_count){.channel_id = rows_int(r, 0),
                                                   .state = rows_dup(r, a, 1),
                                                   .n = rows_int(r, 2),
                                                   .oldest_id = rows_int(r, 3)};
    }
    return rows_ok(r, e);
}

bool outbox_wake(struct tx *tx, int64_t brand, int64_t channel, int64_t now, struct error *e)
{
    return db_exec(tx, SQL_outbox_wake, NULL, e, V(brand), V(channel), V(now));
}
