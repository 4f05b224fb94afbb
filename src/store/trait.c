/* SPDX-License-Identifier: Apache-2.0 */
/* Traits as rows. */
#include "store/trait.h"

#include "base/arena.h"
#include "db/db.h"

bool trait_put(struct tx *tx, const struct trait *t, struct error *e)
{
    return db_exec(tx, SQL_trait_put, NULL, e, V(t->brand_id), V(t->network), V(t->external_id), V(t->value),
                   V(t->message_id), V(t->aim));
}

bool trait_forget(struct tx *tx, int64_t brand, struct str network, struct str external_id, int64_t message,
                  struct error *e)
{
    return db_exec(tx, SQL_trait_forget, NULL, e, V(brand), V(network), V(external_id), V(message));
}

bool likeness_list(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct likeness **out,
                   size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_likeness_list, e, V(brand), V(person));
    *out = NULL;
    *count = 0;
    if (!rows)
        return false;
    while (rows_next(rows)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct likeness){.value = rows_dup(rows, a, 0),
                                               .network = rows_dup(rows, a, 1),
                                               .message = rows_int(rows, 2),
                                               .aim = rows_dup(rows, a, 3),
                                               .first_person = rows_int(rows, 4),
                                               .other_network = rows_dup(rows, a, 5),
                                               .other_message = rows_int(rows, 6),
                                               .other_aim = rows_dup(rows, a, 7),
                                               .other_first_person = rows_int(rows, 8),
                                               .other = rows_int(rows, 9),
                                               .other_name = rows_dup(rows, a, 10)};
    }
    return rows_ok(rows, e);
}

bool stranger_put(struct tx *tx, int64_t brand, int64_t person, int64_t other, int64_t agent, struct error *e)
{
    int64_t at = tx_now(tx);
    return db_exec(tx, SQL_stranger_put, NULL, e, V(brand), V(person), V(other), V(agent), V(at)) &&
           db_exec(tx, SQL_stranger_put, NULL, e, V(brand), V(other), V(person), V(agent), V(at));
}
