/* SPDX-License-Identifier: Apache-2.0 */
/* Guesses as rows. What is guessed at is kept as a hash: names and addresses are nobody's business here. */
#include "store/guess.h"

#include "base/crypto.h"
#include "db/db.h"

static int64_t key_of(struct str what)
{
    return (int64_t)hash64(what);
}

static bool until_full(struct tx *tx, int64_t brand, struct str what, int64_t per_us, int64_t *until, struct error *e)
{
    int64_t full_at;
    if (!rows_number(db_query(tx, SQL_guess_get, e, V(brand), V(key_of(what))), &full_at, e))
        return false;
    *until = full_at > tx_now(tx) ? full_at - tx_now(tx) : 0;
    if (*until > per_us) /* a clock that was set back does not lock anybody out for longer */
        *until = per_us;
    return true;
}

bool guess_take(struct tx *tx, int64_t brand, struct str what, int burst, int64_t per_us, int64_t *wait, int *left,
                struct error *e)
{
    int64_t until, cost = per_us / burst;
    if (!until_full(tx, brand, what, per_us, &until, e))
        return false;
    *wait = until + cost > per_us ? until + cost - per_us : 0;
    if (*wait == 0)
        until += cost;
    *left = (int)((per_us - until) / cost);
    return *wait || db_exec(tx, SQL_guess_put, NULL, e, V(brand), V(key_of(what)), V(tx_now(tx) + until));
}

bool guess_give(struct tx *tx, int64_t brand, struct str what, int burst, int64_t per_us, struct error *e)
{
    int64_t until;
    if (!until_full(tx, brand, what, per_us, &until, e))
        return false;
    until -= per_us / burst;
    return db_exec(tx, SQL_guess_put, NULL, e, V(brand), V(key_of(what)), V(tx_now(tx) + (until > 0 ? until : 0)));
}

bool guess_expire(struct tx *tx, int64_t brand, struct error *e)
{
    return db_exec(tx, SQL_guess_expire, NULL, e, V(brand), V(tx_now(tx)));
}
