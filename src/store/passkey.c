/* SPDX-License-Identifier: Apache-2.0 */
#include "store/passkey.h"

#include "db/db.h"

bool passkey_add(struct tx *tx, const struct passkey *k, struct error *e)
{
    return db_exec(tx, SQL_passkey_insert, NULL, e, V(k->brand_id), V(k->id), V(k->external_id), V(k->credential),
                   V(k->host), V(k->handle), db_bytes(k->public_key), V(k->algorithm), V(k->counter),
                   V(k->transports), V(k->name), V(k->created_at), V(k->used_at));
}

static struct passkey passkey_of_row(const struct rows *r, struct arena *a)
{
    return (struct passkey){.brand_id = rows_int(r, 0),
                            .id = rows_int(r, 1),
                            .external_id = rows_dup(r, a, 2),
                            .credential = rows_dup(r, a, 3),
                            .host = rows_dup(r, a, 4),
                            .handle = rows_dup(r, a, 5),
                            .public_key = rows_dup(r, a, 6),
                            .algorithm = rows_int(r, 7),
                            .counter = rows_int(r, 8),
                            .transports = rows_dup(r, a, 9),
                            .name = rows_dup(r, a, 10),
                            .created_at = rows_int(r, 11),
                            .used_at = rows_int(r, 12)};
}

bool passkey_by_credential(struct tx *tx, struct arena *a, int64_t brand, struct str credential, struct passkey *out,
                           struct error *e)
{
    *out = (struct passkey){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_passkey_by_credential, e, V(brand), V(credential));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such passkey.");
    *out = passkey_of_row(r, a);
    return true;
}

bool passkey_of_person(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct passkey **out,
                       size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_passkey_of_person, e, V(brand), V(person));
    *out = NULL;
    *count = 0;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = passkey_of_row(r, a);
    }
    return rows_ok(r, e);
}

bool passkey_used(struct tx *tx, int64_t brand, int64_t id, int64_t counter, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_passkey_used, NULL, e, V(brand), V(id), V(counter), V(at));
}

bool passkey_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_passkey_delete, NULL, e, V(brand), V(id));
}

bool passkey_delete_of(struct tx *tx, int64_t brand, struct str external_id, struct error *e)
{
    return db_exec(tx, SQL_passkey_delete_of, NULL, e, V(brand), V(external_id));
}

/* ---- what is asked ---- */

bool passkey_ask_put(struct tx *tx, const struct passkey_ask *ask, struct error *e)
{
    return db_exec(tx, SQL_passkey_ask_put, NULL, e, V(ask->brand_id), V(ask->guest_id), V(ask->adds), V(ask->hash),
                   V(ask->handle), V(ask->expires_at));
}

bool passkey_ask_take(struct tx *tx, struct arena *a, int64_t brand, int64_t guest, bool adds,
                      struct passkey_ask *out, struct error *e)
{
    *out = (struct passkey_ask){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_passkey_ask_take, e, V(brand), V(guest), V(adds));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "Nothing was asked.");
    *out = (struct passkey_ask){.brand_id = rows_int(r, 0),
                                .guest_id = rows_int(r, 1),
                                .adds = rows_int(r, 2) != 0,
                                .hash = rows_dup(r, a, 3),
                                .handle = rows_dup(r, a, 4),
                                .expires_at = rows_int(r, 5)};
    while (rows_next(r))
        ;
    return rows_ok(r, e);
}

bool passkey_ask_end(struct tx *tx, int64_t brand, int64_t guest, struct error *e)
{
    return db_exec(tx, SQL_passkey_ask_end, NULL, e, V(brand), V(guest));
}

bool passkey_ask_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e)
{
    return db_exec(tx, SQL_passkey_ask_expire, NULL, e, V(brand), V(before));
}
