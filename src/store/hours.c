/* SPDX-License-Identifier: Apache-2.0 */
/* Opening hours and waiting times. */
#include "store/hours.h"

#include "base/id.h"
#include "db/db.h"

bool opening_list(struct tx *tx, struct arena *a, int64_t brand, struct opening **out, size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_opening_list, e, V(brand));
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct opening){(int)rows_int(r, 0), (int)rows_int(r, 1), (int)rows_int(r, 2)};
    }
    return r && rows_ok(r, e);
}

bool opening_put(struct tx *tx, int64_t brand, const struct opening *list, size_t count, struct error *e)
{
    bool ok = db_exec(tx, SQL_opening_clear, NULL, e, V(brand));
    for (size_t i = 0; ok && i < count; i++)
        ok = db_exec(tx, SQL_opening_insert, NULL, e, V(brand), V(list[i].weekday), V(list[i].opens),
                     V(list[i].closes));
    return ok;
}

static bool numbers(struct rows *given, struct arena *a, int64_t **out, size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    CLEANUP(rows_cleanup) struct rows *r = given;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = rows_int(r, 0);
    }
    return r && rows_ok(r, e);
}

bool closed_day_list(struct tx *tx, struct arena *a, int64_t brand, int64_t from, int64_t **out, size_t *count,
                     struct error *e)
{
    return numbers(db_query(tx, SQL_closed_day_list, e, V(brand), V(from)), a, out, count, e);
}

bool closed_day_add(struct tx *tx, int64_t brand, int64_t day, struct error *e)
{
    return db_exec(tx, SQL_closed_day_insert, NULL, e, V(brand), V(day));
}

bool closed_day_remove(struct tx *tx, int64_t brand, int64_t day, struct error *e)
{
    return db_exec(tx, SQL_closed_day_delete, NULL, e, V(brand), V(day));
}

bool waited_add(struct tx *tx, int64_t brand, int64_t reply, int64_t micros, struct error *e)
{
    return db_exec(tx, SQL_waited_insert, NULL, e, V(brand), V(reply), V(micros));
}

bool waited_since(struct tx *tx, struct arena *a, int64_t brand, int64_t since, int limit, int64_t **out,
                  size_t *count, struct error *e)
{
    return numbers(db_query(tx, SQL_waited_since, e, V(brand), V(id_at(since)), V(limit)), a, out, count, e);
}
