/* SPDX-License-Identifier: Apache-2.0 */
/* Leases as rows, and the arithmetic of who may act when. */
#include "store/lease.h"

#include "db/db.h"

bool lease_get(struct tx *tx, const char *name, struct lease *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_lease_get, e, V(name));
    *out = (struct lease){.name = str_from(name)};
    if (!r)
        return false;
    if (rows_next(r)) {
        out->holder = rows_int(r, 0);
        out->fence = rows_int(r, 1);
        out->beat = rows_int(r, 2);
    }
    return rows_ok(r, e);
}

bool lease_list(struct tx *tx, struct arena *a, struct lease **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_lease_list, e);
    *out = NULL;
    *count = 0;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct lease){
            .name = rows_dup(r, a, 0), .holder = rows_int(r, 1), .fence = rows_int(r, 2), .beat = rows_int(r, 3)};
    }
    return rows_ok(r, e);
}

bool lease_take(struct tx *tx, const char *name, int64_t holder, const struct lease *seen, int64_t *fence,
                struct error *e)
{
    int64_t changed = 0;
    if (!db_exec(tx, SQL_lease_make, NULL, e, V(name)) ||
        !db_exec(tx, SQL_lease_take, &changed, e, V(name), V(holder), V(seen->holder), V(seen->fence), V(seen->beat)))
        return false;
    *fence = changed ? seen->fence + 1 : 0;
    return true;
}

bool lease_renew(struct tx *tx, const char *name, int64_t holder, int64_t fence, bool *held, struct error *e)
{
    int64_t changed = 0;
    bool ok = db_exec(tx, SQL_lease_renew, &changed, e, V(name), V(holder), V(fence));
    *held = changed > 0;
    return ok;
}

bool lease_release(struct tx *tx, const char *name, int64_t holder, int64_t fence, struct error *e)
{
    return db_exec(tx, SQL_lease_release, NULL, e, V(name), V(holder), V(fence));
}

bool lease_held(struct tx *tx, const char *name, int64_t holder, int64_t fence, struct error *e)
{
    int64_t n = 0;
    return rows_number(db_query(tx, SQL_lease_held, e, V(name), V(holder), V(fence)), &n, e) &&
           (n > 0 || fail(e, ERR_CONFLICT, "Another node has this work now (lease “%s”, fence %lld was ours).", name,
                          (long long)fence));
}

bool lease_watch_look(struct lease_watch *watch, const struct lease *lease, int64_t monotonic)
{
    const struct lease *seen = &watch->seen;
    bool same =
        watch->any && seen->holder == lease->holder && seen->fence == lease->fence && seen->beat == lease->beat;
    if (!same)
        *watch = (struct lease_watch){*lease, monotonic, true};
    return lease->holder == 0 || monotonic - watch->since >= LEASE_SILENT_US;
}

bool lease_is_fresh(int64_t renewed, int64_t monotonic)
{
    return monotonic - renewed < LEASE_HOLD_US;
}
