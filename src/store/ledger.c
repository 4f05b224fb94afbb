/* SPDX-License-Identifier: Apache-2.0 */
/* Ledger counts and statements as rows. */
#include "store/ledger.h"

#include "db/db.h"
#include "store/retention.h"

bool ledger_count_add(struct tx *tx, int64_t brand, int64_t channel, int64_t day, enum place place, int n,
                      struct error *e)
{
    return db_exec(tx, SQL_ledger_count_add, NULL, e, V(brand), V(channel), V(day), V((int)place), V(n));
}

static bool ledger_rows(struct rows *given, struct arena *a, struct ledger_line **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        int64_t channel = rows_int(r, 0), day = rows_int(r, 1), place = rows_int(r, 2);
        struct ledger_line *last = *count ? &(*out)[*count - 1] : NULL;
        if (!last || last->channel_id != channel || last->day != day) {
            *out = list_room(a, *out, *count, sizeof **out);
            last = &(*out)[(*count)++];
            *last = (struct ledger_line){.channel_id = channel, .day = day};
        }
        if (place > PLACE_NONE && place < PLACES)
            last->n[place] = rows_int(r, 3);
    }
    return rows_ok(r, e);
}

bool ledger_counts(struct tx *tx, struct arena *a, int64_t brand, int64_t from, int64_t to, bool by_day,
                   struct ledger_line **out, size_t *count, struct error *e)
{
    enum sql_id sql = by_day ? SQL_ledger_counts_by_day : SQL_ledger_counts_by_channel;
    return ledger_rows(db_query(tx, sql, e, V(brand), V(from), V(to ? to : INT64_MAX)), a, out, count, e);
}

bool ledger_received(struct tx *tx, int64_t brand, int64_t day, int64_t *out, struct error *e)
{
    return rows_number(db_query(tx, SQL_ledger_received, e, V(brand), V(day)), out, e);
}

bool ledger_recount(struct tx *tx, struct arena *a, int64_t brand, struct ledger_line **out, size_t *count,
                    struct error *e)
{
    return ledger_rows(db_query(tx, SQL_ledger_recount, e, V(brand)), a, out, count, e);
}

bool ledger_openings(struct tx *tx, struct arena *a, int64_t brand, struct ledger_line **out, size_t *count,
                     struct error *e)
{
    return ledger_rows(db_query(tx, SQL_ledger_openings, e, V(brand)), a, out, count, e);
}

bool statement_add(struct tx *tx, const struct statement *s, struct error *e)
{
    return db_exec(tx, SQL_statement_insert, NULL, e, V(s->brand_id), V(s->day), V(s->body), V(s->previous),
                   V(s->hash), V(s->signature), V(s->public_key), V(s->at), V(s->event_id));
}

static bool statement_rows(struct rows *given, struct arena *a, struct statement **out, size_t *count,
                           struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct statement){.brand_id = rows_int(r, 0),
                                                .day = rows_int(r, 1),
                                                .body = rows_dup(r, a, 2),
                                                .previous = rows_dup(r, a, 3),
                                                .hash = rows_dup(r, a, 4),
                                                .signature = rows_dup(r, a, 5),
                                                .public_key = rows_dup(r, a, 6),
                                                .at = rows_int(r, 7),
                                                .event_id = rows_int(r, 8)};
    }
    return rows_ok(r, e);
}

static bool statement_first(struct rows *rows, struct arena *a, struct statement *out, struct error *e)
{
    *out = (struct statement){0};
    struct statement *list;
    size_t count;
    if (!statement_rows(rows, a, &list, &count, e))
        return false;
    if (count == 0)
        return fail(e, ERR_NOT_FOUND, "There is no statement of that day.");
    *out = list[0];
    return true;
}

bool statement_by_day(struct tx *tx, struct arena *a, int64_t brand, int64_t day, struct statement *out,
                      struct error *e)
{
    return statement_first(db_query(tx, SQL_statement_by_day, e, V(brand), V(day)), a, out, e);
}

bool statement_last(struct tx *tx, struct arena *a, int64_t brand, struct statement *out, struct error *e)
{
    return statement_first(db_query(tx, SQL_statement_last, e, V(brand)), a, out, e);
}

bool statement_list(struct tx *tx, struct arena *a, int64_t brand, int64_t after_day, int limit,
                    struct statement **out, size_t *count, struct error *e)
{
    return statement_rows(db_query(tx, SQL_statement_list, e, V(brand), V(after_day), V(limit)), a, out, count, e);
}
