/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of reactions. */
#include "store/reaction.h"

#include "db/db.h"

bool reaction_put(struct tx *tx, int64_t brand, int64_t message, struct str author, struct str emoji, int64_t at,
                  struct error *e)
{
    return db_exec(tx, SQL_reaction_put, NULL, e, V(brand), V(message), V(author), V(emoji), V(at));
}

bool reaction_delete_of(struct tx *tx, int64_t brand, int64_t message, struct error *e)
{
    return db_exec(tx, SQL_reaction_delete_of, NULL, e, V(brand), V(message));
}

bool reaction_list(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct reaction **out,
                   size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_reaction_list, e, V(brand), V(conversation));
    *out = NULL;
    *count = 0;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] =
            (struct reaction){.message_id = rows_int(r, 0), .emoji = rows_dup(r, a, 1), .count = rows_int(r, 2)};
    }
    return rows_ok(r, e);
}
