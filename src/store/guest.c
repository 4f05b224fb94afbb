/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of the care site. */
#include "store/guest.h"

#include "db/db.h"

bool guest_add(struct tx *tx, const struct guest *g, struct error *e)
{
    return db_exec(tx, SQL_guest_insert, NULL, e, V(g->brand_id), V(g->id), V(g->hash), V(g->external_id), V(g->name),
                   V(g->language), V(g->created_at), V(g->seen_at), V(g->proved_at), V(g->email), V(g->phone));
}

static bool guest_read(struct rows *rows, struct arena *a, struct guest *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = rows;
    *out = (struct guest){0};
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such guest.");
    *out = (struct guest){.brand_id = rows_int(r, 0),
                          .id = rows_int(r, 1),
                          .hash = rows_dup(r, a, 2),
                          .external_id = rows_dup(r, a, 3),
                          .name = rows_dup(r, a, 4),
                          .language = rows_dup(r, a, 5),
                          .created_at = rows_int(r, 6),
                          .seen_at = rows_int(r, 7),
                          .proved_at = rows_int(r, 8),
                          .email = rows_dup(r, a, 9),
                          .phone = rows_dup(r, a, 10)};
    return true;
}

bool guest_by_hash(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct guest *out, struct error *e)
{
    return guest_read(db_query(tx, SQL_guest_by_hash, e, V(brand), V(hash)), a, out, e);
}

bool guest_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct guest *out, struct error *e)
{
    return guest_read(db_query(tx, SQL_guest_by_id, e, V(brand), V(id)), a, out, e);
}

bool guest_proved(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_guest_proved, NULL, e, V(brand), V(id), V(at));
}

bool guest_told(struct tx *tx, const struct guest *g, struct error *e)
{
    return db_exec(tx, SQL_guest_told, NULL, e, V(g->brand_id), V(g->id), V(g->name), V(g->language), V(g->email),
                   V(g->phone), V(g->seen_at));
}

bool guest_renew(struct tx *tx, int64_t brand, int64_t id, struct str hash, struct error *e)
{
    return db_exec(tx, SQL_guest_renew, NULL, e, V(brand), V(id), V(hash));
}

bool guest_seen(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e)
{
    return db_exec(tx, SQL_guest_seen, NULL, e, V(brand), V(id), V(now));
}

bool guest_named(struct tx *tx, int64_t brand, int64_t id, struct str name, struct str language, struct error *e)
{
    return db_exec(tx, SQL_guest_named, NULL, e, V(brand), V(id), V(name), V(language));
}

bool guest_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_guest_delete, NULL, e, V(brand), V(id));
}

bool guest_expire(struct tx *tx, int64_t brand, int64_t seen_before, struct error *e)
{
    return db_exec(tx, SQL_guest_expire, NULL, e, V(brand), V(seen_before));
}
