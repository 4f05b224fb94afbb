/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of guests who sign in. */
#include "store/proof.h"

#include "db/db.h"

bool proof_add(struct tx *tx, const struct proof *p, struct error *e)
{
    return db_exec(tx, SQL_proof_insert, NULL, e, V(p->brand_id), V(p->id), V(p->hash), V(p->guest_id),
                   V(p->expires_at), V(p->used_at), V(p->network), V(p->external_id));
}

bool proof_by_hash(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct proof *out, struct error *e)
{
    *out = (struct proof){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_proof_by_hash, e, V(brand), V(hash));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such code.");
    *out = (struct proof){.brand_id = rows_int(r, 0),
                          .id = rows_int(r, 1),
                          .hash = rows_dup(r, a, 2),
                          .guest_id = rows_int(r, 3),
                          .expires_at = rows_int(r, 4),
                          .used_at = rows_int(r, 5),
                          .network = rows_dup(r, a, 6),
                          .external_id = rows_dup(r, a, 7)};
    return true;
}

bool proof_use(struct tx *tx, const struct proof *p, struct error *e)
{
    return db_exec(tx, SQL_proof_use, NULL, e, V(p->brand_id), V(p->id), V(p->used_at), V(p->network),
                   V(p->external_id));
}

bool proof_delete_of(struct tx *tx, int64_t brand, int64_t guest, struct error *e)
{
    return db_exec(tx, SQL_proof_delete_of, NULL, e, V(brand), V(guest));
}

bool proof_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e)
{
    return db_exec(tx, SQL_proof_expire, NULL, e, V(brand), V(before));
}
