/* SPDX-License-Identifier: Apache-2.0 */
/* Moments beyond every wait, found and set right by index. */
#include "store/misdated.h"

#include "db/db.h"

bool misdated_any(struct tx *tx, int64_t brand, const struct misdated *b, bool *any, struct error *e)
{
    int64_t n;
    if (!rows_number(db_query(tx, SQL_misdated_count, e, V(brand), V(b->soon), V(b->undo_until), V(b->far)), &n, e))
        return false;
    *any = n > 0;
    return true;
}

bool misdated_bring_back(struct tx *tx, int64_t brand, const struct misdated *b, struct error *e)
{
    return db_exec(tx, SQL_misdated_reply_new, NULL, e, V(brand), V(b->undo_until)) &&
           db_exec(tx, SQL_misdated_reply_tried, NULL, e, V(brand), V(b->far), V(b->now)) &&
           db_exec(tx, SQL_misdated_channel, NULL, e, V(brand), V(b->far), V(b->now)) &&
           db_exec(tx, SQL_misdated_file, NULL, e, V(brand), V(b->soon), V(b->far), V(b->now)) &&
           db_exec(tx, SQL_misdated_name, NULL, e, V(brand), V(b->soon), V(b->now)) &&
           db_exec(tx, SQL_misdated_list, NULL, e, V(brand), V(b->soon), V(b->now)) &&
           db_exec(tx, SQL_misdated_wish, NULL, e, V(brand), V(b->far), V(b->now));
}
