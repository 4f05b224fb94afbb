/* SPDX-License-Identifier: Apache-2.0 */
/* Brands and installation settings. */
#include "store/brand.h"

#include "base/arena.h"
#include "db/db.h"

static void brand_read(const struct rows *r, struct arena *a, struct brand *out)
{
    *out = (struct brand){.id = rows_int(r, 0),
                          .name = rows_dup(r, a, 1),
                          .title = rows_dup(r, a, 2),
                          .zone = rows_dup(r, a, 3),
                          .language = rows_dup(r, a, 4),
                          .hue = (int)rows_int(r, 5),
                          .undo_seconds = (int)rows_int(r, 6),
                          .created_at = rows_int(r, 7),
                          .removed_at = rows_int(r, 8),
                          .keep_payloads = rows_int(r, 9),
                          .keep_events = rows_int(r, 10),
                          .keep_search = rows_int(r, 11)};
}

bool brand_add(struct tx *tx, const struct brand *b, struct error *e)
{
    return db_exec(tx, SQL_brand_insert, NULL, e, V(b->id), V(b->name), V(b->title), V(b->zone), V(b->language),
                   V(b->hue), V(b->undo_seconds), V(b->created_at), V(b->keep_payloads), V(b->keep_events),
                   V(b->keep_search));
}

bool brand_update(struct tx *tx, const struct brand *b, struct error *e)
{
    return db_exec(tx, SQL_brand_update, NULL, e, V(b->id), V(b->title), V(b->zone), V(b->language), V(b->hue),
                   V(b->undo_seconds));
}

static bool brand_one(struct rows *given, struct arena *a, struct brand *out, struct error *e)
{
    *out = (struct brand){0};
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    if (rows_next(rows)) {
        brand_read(rows, a, out);
        return true;
    }
    return rows_ok(rows, e) && fail(e, ERR_NOT_FOUND, "There is no such brand.");
}

bool brand_by_id(struct tx *tx, struct arena *a, int64_t id, struct brand *out, struct error *e)
{
    return brand_one(db_query(tx, SQL_brand_by_id, e, V(id)), a, out, e);
}

bool brand_find(struct tx *tx, struct arena *a, struct str name, struct brand *out, struct error *e)
{
    int64_t id;
    if (str_int64(name, &id))
        return brand_by_id(tx, a, id, out, e);
    return brand_one(db_query(tx, SQL_brand_by_name, e, V(name)), a, out, e);
}

bool brand_of_host(struct tx *tx, struct arena *a, struct str name, struct brand *out, struct error *e)
{
    return brand_one(db_query(tx, SQL_brand_of_host, e, V(name)), a, out, e);
}

bool brand_by_name(struct tx *tx, struct arena *a, struct str name, struct brand *out, struct error *e)
{
    return brand_one(db_query(tx, SQL_brand_by_name, e, V(name)), a, out, e);
}

bool brand_remove(struct tx *tx, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_brand_remove, NULL, e, V(id), V(at));
}

bool brand_on_their_way(struct tx *tx, int64_t id, int64_t *count, struct error *e)
{
    return rows_number(db_query(tx, SQL_brand_on_their_way, e, V(id)), count, e);
}

bool brand_list(struct tx *tx, struct arena *a, bool removed_too, struct brand **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_brand_list, e, V((int64_t)removed_too));
    if (!rows)
        return false;
    size_t n = 0;
    struct brand *list = NULL;
    while (rows_next(rows)) {
        list = list_room(a, list, n, sizeof *list);
        brand_read(rows, a, &list[n++]);
    }
    *out = list;
    *count = n;
    return rows_ok(rows, e);
}

bool setting_get(struct tx *tx, struct arena *a, const char *name, struct str *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_setting_get, e, V(name));
    if (!rows)
        return false;
    *out = rows_next(rows) ? rows_dup(rows, a, 0) : STR_EMPTY;
    return rows_ok(rows, e);
}

bool setting_put(struct tx *tx, const char *name, struct str value, struct error *e)
{
    return db_exec(tx, SQL_setting_put, NULL, e, V(name), V(value));
}
