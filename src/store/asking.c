/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of channels, what is missing from them, and quotas, as rows. */
#include "store/asking.h"

#include "base/clock.h"
#include "base/id.h"
#include "db/db.h"

static void asking_row_read(const struct rows *r, struct arena *a, struct asking_row *out)
{
    *out = (struct asking_row){.brand_id = rows_int(r, 0),
                               .channel_id = rows_int(r, 1),
                               .listing = rows_dup(r, a, 2),
                               .cursor = rows_dup(r, a, 3),
                               .checked_until = rows_int(r, 4),
                               .next_at = rows_int(r, 5),
                               .whole_at = rows_int(r, 6),
                               .failures = rows_int(r, 7),
                               .failing_since = rows_int(r, 8),
                               .failure = rows_dup(r, a, 9),
                               .words = rows_dup(r, a, 10),
                               .cost = rows_int(r, 11),
                               .doubted = rows_int(r, 12),
                               .rounds = rows_int(r, 13),
                               .failed = rows_int(r, 14),
                               .found = rows_int(r, 15),
                               .late = rows_int(r, 16),
                               .withdrawn = rows_int(r, 17)};
}

bool asking_row_put(struct tx *tx, const struct asking_row *r, struct error *e)
{
    return db_exec(tx, SQL_asking_put, NULL, e, V(r->brand_id), V(r->channel_id), V(r->listing), V(r->cursor),
                   V(r->checked_until), V(r->next_at), V(r->whole_at), V(r->failures), V(r->failing_since),
                   V(r->failure), V(r->words), V(r->cost), V(r->doubted), V(r->rounds), V(r->failed), V(r->found),
                   V(r->late), V(r->withdrawn));
}

static bool asking_rows(struct rows *given, struct arena *a, struct asking_row **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(rows)) {
        *out = list_room(a, *out, *count, sizeof **out);
        asking_row_read(rows, a, &(*out)[(*count)++]);
    }
    return rows_ok(rows, e);
}

bool asking_row_get(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str listing,
                    struct asking_row *out, struct error *e)
{
    struct asking_row *list;
    size_t count;
    *out = (struct asking_row){0};
    if (!asking_rows(db_query(tx, SQL_asking_get, e, V(brand), V(channel), V(listing)), a, &list, &count, e))
        return false;
    if (count == 0)
        return fail(e, ERR_NOT_FOUND, "This channel is not asked for “%.*s”.", STR_ARGS(listing));
    *out = list[0];
    return true;
}

bool asking_row_list(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct asking_row **out,
                     size_t *count, struct error *e)
{
    return asking_rows(db_query(tx, SQL_asking_list, e, V(brand), V(channel)), a, out, count, e);
}

bool asking_row_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int limit, struct asking_row **out,
                    size_t *count, struct error *e)
{
    return asking_rows(db_query(tx, SQL_asking_due, e, V(brand), V(now), V(limit)), a, out, count, e);
}

bool asking_row_cursor(struct tx *tx, int64_t brand, int64_t channel, struct str listing, struct str cursor,
                       struct error *e)
{
    return db_exec(tx, SQL_asking_cursor, NULL, e, V(brand), V(channel), V(listing), V(cursor));
}

bool asking_row_next(struct tx *tx, int64_t brand, int64_t channel, struct str listing, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_asking_next, NULL, e, V(brand), V(channel), V(listing), V(at));
}

bool asking_row_soon(struct tx *tx, int64_t brand, int64_t channel, int64_t at, int64_t whole_at, struct error *e)
{
    return db_exec(tx, SQL_asking_soon, NULL, e, V(brand), V(channel), V(at), V(whole_at));
}

/* Ids grow with the time at which a message came, which is hardly ever before it was written: they say where to begin
 * without an index of their own. */
bool listed_each(struct tx *tx, int64_t brand, int64_t channel, int64_t from, int64_t until,
                 void (*each)(void *ctx, const struct listed *message), void *ctx, struct error *e)
{
    int64_t first = from > DAY_US ? id_at(from - DAY_US) : 0;
    CLEANUP(rows_cleanup)
    struct rows *rows = db_query(tx, SQL_listed_each, e, V(brand), V(first), V(channel), V(from), V(until));
    if (!rows)
        return false;
    while (rows_next(rows)) {
        const struct listed message = {.id = rows_int(rows, 0),
                                       .at = rows_int(rows, 1),
                                       .external_id = rows_str(rows, 2),
                                       .thread_key = rows_str(rows, 3),
                                       .door = rows_str(rows, 4)};
        each(ctx, &message);
    }
    return rows_ok(rows, e);
}

bool missing_put(struct tx *tx, int64_t brand, int64_t channel, struct str listing, const struct missing *one,
                 struct error *e)
{
    return db_exec(tx, SQL_missing_put, NULL, e, V(brand), V(channel), V(listing), V(one->message_id), V(one->since));
}

bool missing_list(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str listing,
                  struct missing **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup)
    struct rows *rows = db_query(tx, SQL_missing_list, e, V(brand), V(channel), V(listing));
    if (!rows)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(rows)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct missing){rows_int(rows, 0), rows_int(rows, 1)};
    }
    return rows_ok(rows, e);
}

bool missing_remove(struct tx *tx, int64_t brand, int64_t channel, struct str listing, int64_t message,
                    struct error *e)
{
    return db_exec(tx, SQL_missing_remove, NULL, e, V(brand), V(channel), V(listing), V(message));
}

bool quota_spent_get(struct tx *tx, int64_t brand, int64_t channel, struct quota_spent *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_quota_spent_get, e, V(brand), V(channel));
    *out = (struct quota_spent){0};
    if (!rows)
        return false;
    if (rows_next(rows))
        *out = (struct quota_spent){rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2)};
    return rows_ok(rows, e);
}

bool quota_spend(struct tx *tx, int64_t brand, int64_t channel, const struct quota_spent *more, struct error *e)
{
    return db_exec(tx, SQL_quota_spent_put, NULL, e, V(brand), V(channel), V(more->period), V(more->asked),
                   V(more->replied));
}
