/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of wish. */
#include "store/wish.h"

#include "base/arena.h"
#include "db/db.h"

static struct wish wish_of_row(const struct rows *r, struct arena *a)
{
    return (struct wish){.message_id = rows_int(r, 0),
                         .channel_id = rows_int(r, 1),
                         .what = rows_dup(r, a, 2),
                         .tries = rows_int(r, 3),
                         .next_at = rows_int(r, 4)};
}

bool wish_add(struct tx *tx, int64_t brand, const struct wish *wish, struct error *e)
{
    return db_exec(tx, SQL_wish_add, NULL, e, V(brand), V(wish->message_id), V(wish->channel_id), V(wish->what),
                   V(wish->next_at));
}

bool wish_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, struct wish **out, size_t *count,
              struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_wish_due, e, V(brand), V(now));
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = wish_of_row(r, a);
    }
    return rows_ok(r, e);
}

bool wish_get(struct tx *tx, struct arena *a, int64_t brand, int64_t message, struct wish *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_wish_get, e, V(brand), V(message));
    if (!r)
        return false;
    bool found = rows_next(r);
    if (found)
        *out = wish_of_row(r, a);
    return rows_ok(r, e) && (found || fail(e, ERR_NOT_FOUND, "Nothing is asked for about this message."));
}

bool wish_again(struct tx *tx, int64_t brand, const struct wish *wish, struct error *e)
{
    return db_exec(tx, SQL_wish_again, NULL, e, V(brand), V(wish->message_id), V(wish->tries), V(wish->next_at));
}

bool wish_put_off(struct tx *tx, int64_t brand, int64_t channel, int64_t until, struct error *e)
{
    return db_exec(tx, SQL_wish_put_off, NULL, e, V(brand), V(channel), V(until));
}

bool wish_delete(struct tx *tx, int64_t brand, int64_t message, struct error *e)
{
    return db_exec(tx, SQL_wish_delete, NULL, e, V(brand), V(message));
}
