/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to be told, and of what. */
#include "store/notice.h"

#include "base/arena.h"
#include "db/db.h"

static struct notice notice_of_row(const struct rows *r, struct arena *a)
{
    return (struct notice){.brand_id = rows_int(r, 0),
                           .id = rows_int(r, 1),
                           .network = rows_dup(r, a, 2),
                           .external_id = rows_dup(r, a, 3),
                           .wanted = rows_int(r, 4) != 0,
                           .words = rows_int(r, 5) != 0,
                           .nights = rows_int(r, 6) != 0,
                           .language = rows_dup(r, a, 7),
                           .confirmed_at = rows_int(r, 8),
                           .told_at = rows_int(r, 9)};
}

static bool notice_one(struct rows *rows, struct arena *a, struct notice *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = rows;
    *out = (struct notice){0};
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "Nothing is told there.");
    *out = notice_of_row(r, a);
    return true;
}

bool notice_find(struct tx *tx, struct arena *a, int64_t brand, struct str network, struct str external_id,
                 struct notice *out, struct error *e)
{
    return notice_one(db_query(tx, SQL_notice_find, e, V(brand), V(network), V(external_id)), a, out, e);
}

bool notice_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct notice *out, struct error *e)
{
    return notice_one(db_query(tx, SQL_notice_by_id, e, V(brand), V(id)), a, out, e);
}

bool notice_put(struct tx *tx, const struct notice *f, struct error *e)
{
    return db_exec(tx, SQL_notice_put, NULL, e, V(f->brand_id), V(f->id), V(f->network), V(f->external_id),
                   V(f->wanted), V(f->words), V(f->nights), V(f->language), V(f->confirmed_at), V(f->told_at));
}

bool notice_list(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct notice **out, size_t *count,
                 struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_notice_list, e, V(brand), V(person));
    *out = ARENA_ARRAY(a, struct notice, NOTICES_MAX);
    *count = 0;
    if (!r)
        return false;
    while (*count < NOTICES_MAX && rows_next(r))
        (*out)[(*count)++] = notice_of_row(r, a);
    return rows_ok(r, e);
}

bool notice_told(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_notice_told, NULL, e, V(brand), V(id), V(at));
}

/* ---- of what ---- */

#define UNTOLD_MAX 100

bool untold_add(struct tx *tx, const struct untold *u, struct error *e)
{
    return db_exec(tx, SQL_untold_insert, NULL, e, V(u->brand_id), V(u->id), V(u->conversation_id), V(u->due_at));
}

bool untold_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, struct untold **out, size_t *count,
                struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_untold_due, e, V(brand), V(now));
    *out = ARENA_ARRAY(a, struct untold, UNTOLD_MAX);
    *count = 0;
    if (!r)
        return false;
    while (*count < UNTOLD_MAX && rows_next(r))
        (*out)[(*count)++] = (struct untold){rows_int(r, 0), rows_int(r, 1), rows_int(r, 2), rows_int(r, 3)};
    return rows_ok(r, e);
}

bool untold_later(struct tx *tx, int64_t brand, int64_t id, int64_t due, struct error *e)
{
    return db_exec(tx, SQL_untold_later, NULL, e, V(brand), V(id), V(due));
}

bool untold_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_untold_delete, NULL, e, V(brand), V(id));
}

bool untold_count(struct tx *tx, int64_t brand, int64_t conversation, int64_t *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_untold_count, e, V(brand), V(conversation));
    *out = r && rows_next(r) ? rows_int(r, 0) : 0;
    return r && rows_ok(r, e);
}

bool untold_seen(struct tx *tx, int64_t brand, int64_t conversation, struct error *e)
{
    return db_exec(tx, SQL_untold_seen, NULL, e, V(brand), V(conversation));
}
