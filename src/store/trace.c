/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to messages beside their rows: the network's ids, what came early, threads. */
#include "db/db.h"
#include "store/message.h"

/* SQLite and PostgreSQL store signed 64-bit numbers: the hash keeps its bits. */
static int64_t hash_bits(uint64_t hash)
{
    return (int64_t)hash;
}

bool dedup_find(struct tx *tx, int64_t brand, uint64_t hash, int64_t *id, struct error *e)
{
    return rows_number(db_query(tx, SQL_dedup_find, e, V(brand), V(hash_bits(hash))), id, e);
}

bool dedup_add(struct tx *tx, int64_t brand, uint64_t hash, int64_t id, bool *fresh, struct error *e)
{
    int64_t changed = 0;
    if (!db_exec(tx, SQL_dedup_insert, &changed, e, V(brand), V(hash_bits(hash)), V(id)))
        return false;
    *fresh = changed > 0;
    return true;
}

bool dedup_add_new(struct tx *tx, int64_t brand, uint64_t hash, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_dedup_insert_new, NULL, e, V(brand), V(hash_bits(hash)), V(id));
}

bool dedup_set(struct tx *tx, int64_t brand, uint64_t hash, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_dedup_set, NULL, e, V(brand), V(hash_bits(hash)), V(id));
}

bool early_add(struct tx *tx, const struct early *y, struct error *e)
{
    return db_exec(tx, SQL_early_insert, NULL, e, V(y->brand_id), V(y->channel_id), V(y->external_id), V(y->id),
                   V((int)y->kind), V(y->text), V(y->receipt), V(y->at));
}

bool early_count(struct tx *tx, int64_t brand, int64_t channel, struct str external_id, int64_t *out, struct error *e)
{
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_early_count, e, V(brand), V(channel), V(external_id));
    if (!r)
        return false;
    *out = rows_next(r) ? rows_int(r, 0) : 0;
    return rows_ok(r, e);
}

bool early_take(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str external_id,
                struct early **out, size_t *count, struct error *e)
{
    return early_take_kinds(tx, a, brand, channel, external_id, EARLY_EDIT, EARLY_RECEIPT, out, count, e);
}

bool early_take_kinds(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str external_id,
                      enum early_kind first, enum early_kind last, struct early **out, size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    {
        CLEANUP(rows_cleanup)
        struct rows *r =
            db_query(tx, SQL_early_list, e, V(brand), V(channel), V(external_id), V((int)first), V((int)last));
        if (!r)
            return false;
        while (rows_next(r)) {
            *out = list_room(a, *out, *count, sizeof **out);
            (*out)[(*count)++] = (struct early){.brand_id = brand,
                                                .channel_id = channel,
                                                .external_id = external_id,
                                                .id = rows_int(r, 0),
                                                .kind = (enum early_kind)rows_int(r, 1),
                                                .text = rows_dup(r, a, 2),
                                                .receipt = (int)rows_int(r, 3),
                                                .at = rows_int(r, 4)};
        }
        if (!rows_ok(r, e))
            return false;
    }
    return *count == 0 ||
           db_exec(tx, SQL_early_delete, NULL, e, V(brand), V(channel), V(external_id), V((int)first), V((int)last));
}

bool early_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e)
{
    return db_exec(tx, SQL_early_expire, NULL, e, V(brand), V(before));
}

bool thread_put(struct tx *tx, int64_t brand, int64_t channel, struct str key, struct str title, struct str link,
                int64_t at, struct error *e)
{
    return db_exec(tx, SQL_thread_put, NULL, e, V(brand), V(channel), V(key), V(title), V(link), V(at));
}

bool thread_retitle(struct tx *tx, int64_t brand, int64_t channel, struct str key, struct str title, struct error *e)
{
    return db_exec(tx, SQL_thread_retitle, NULL, e, V(brand), V(channel), V(key), V(title));
}

bool thread_get(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str key, struct str *title,
                struct str *link, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_thread_get, e, V(brand), V(channel), V(key));
    if (!r)
        return false;
    bool found = rows_next(r);
    *title = found ? rows_dup(r, a, 0) : STR_EMPTY;
    *link = found ? rows_dup(r, a, 1) : STR_EMPTY;
    return rows_ok(r, e);
}
