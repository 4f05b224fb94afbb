/* SPDX-License-Identifier: Apache-2.0 */
/* Attachments and their bytes, stored once by content hash. */
#include "base/arena.h"
#include "db/db.h"
#include "store/message.h"

static void attachment_read(const struct rows *r, struct arena *a, struct attachment *out)
{
    *out = (struct attachment){.brand_id = rows_int(r, 0),
                               .id = rows_int(r, 1),
                               .message_id = rows_int(r, 2),
                               .kind = rows_dup(r, a, 3),
                               .mime = rows_dup(r, a, 4),
                               .name = rows_dup(r, a, 5),
                               .size = rows_int(r, 6),
                               .url = rows_dup(r, a, 7),
                               .media_id = rows_dup(r, a, 8),
                               .hash = rows_dup(r, a, 9),
                               .state = rows_dup(r, a, 10),
                               .problem = rows_dup(r, a, 11),
                               .attempts = rows_int(r, 12),
                               .next_at = rows_int(r, 13),
                               .channel_id = rows_int(r, 14)};
}

bool attachment_add(struct tx *tx, const struct attachment *t, struct error *e)
{
    return db_exec(tx, SQL_attachment_insert, NULL, e, V(t->brand_id), V(t->id), V(t->message_id), V(t->kind),
                   V(t->mime), V(t->name), V(t->size), V(t->url), V(t->media_id), V(t->hash), V(t->state),
                   V(t->problem), V(t->attempts), V(t->next_at), V(t->channel_id));
}

bool attachment_update(struct tx *tx, const struct attachment *t, struct error *e)
{
    return db_exec(tx, SQL_attachment_update, NULL, e, V(t->brand_id), V(t->id), V(t->mime), V(t->name), V(t->size),
                   V(t->hash), V(t->state), V(t->problem), V(t->attempts), V(t->next_at), V(t->message_id));
}

bool attachment_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct attachment *out,
                      struct error *e)
{
    *out = (struct attachment){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_attachment_by_id, e, V(brand), V(id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such attachment.");
    attachment_read(r, a, out);
    return true;
}

static bool attachment_rows(struct rows *given, struct arena *a, struct attachment **out, size_t *count,
                            struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        attachment_read(r, a, &(*out)[(*count)++]);
    }
    return rows_ok(r, e);
}

bool attachment_list(struct tx *tx, struct arena *a, int64_t brand, int64_t message, struct attachment **out,
                     size_t *count, struct error *e)
{
    return attachment_rows(db_query(tx, SQL_attachment_list, e, V(brand), V(message)), a, out, count, e);
}

bool attachment_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, const int64_t *busy, size_t busy_n,
                    struct attachment **out, size_t *count, struct error *e)
{
    struct db_value first[] = {V(brand), V(now)}, none = V((int64_t)0),
                    *list = busy_n ? ARENA_ARRAY(a, struct db_value, busy_n) : &none;
    for (size_t i = 0; i < busy_n; i++)
        list[i] = V(busy[i]);
    return attachment_rows(
        db_query_list(tx, SQL_attachment_due, first, COUNT_OF(first), list, busy_n ? busy_n : 1, e), a, out, count,
        e);
}

bool attachment_free(struct tx *tx, int64_t brand, int64_t message, struct error *e)
{
    return db_exec(tx, SQL_attachment_free, NULL, e, V(brand), V(message));
}

bool attachment_delete_of(struct tx *tx, int64_t brand, int64_t message, struct error *e)
{
    return db_exec(tx, SQL_attachment_delete_of, NULL, e, V(brand), V(message));
}

bool attachment_remove_of(struct tx *tx, int64_t brand, int64_t message, struct error *e)
{
    struct attachment *list;
    size_t count;
    if (!attachment_list(tx, tx_arena(tx), brand, message, &list, &count, e) ||
        !db_exec(tx, SQL_attachment_remove_of, NULL, e, V(brand), V(message)))
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i].hash.len && !db_exec(tx, SQL_blob_unused, NULL, e, V(brand), V(list[i].hash)))
            return false;
    return true;
}

bool blob_put(struct tx *tx, int64_t brand, struct str hash, struct str mime, struct str bytes, struct error *e)
{
    return db_exec(tx, SQL_blob_insert, NULL, e, V(brand), V(hash), V(mime), db_bytes(bytes));
}

bool blob_get(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct str *mime, struct str *bytes,
              struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_blob_get, e, V(brand), V(hash));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "The file is not here any more.");
    *mime = rows_dup(r, a, 0);
    *bytes = rows_dup(r, a, 1);
    return true;
}
