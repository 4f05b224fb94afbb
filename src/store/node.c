/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes as rows. */
#include "store/node.h"

#include "base/crypto.h"
#include "db/db.h"

bool node_list(struct tx *tx, struct arena *a, struct node **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_node_list, e);
    *out = NULL;
    *count = 0;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct node){.number = rows_int(r, 0),
                                           .life = rows_int(r, 1),
                                           .host = rows_dup(r, a, 2),
                                           .version = rows_dup(r, a, 3),
                                           .since = rows_int(r, 4),
                                           .seen_at = rows_int(r, 5),
                                           .beat = rows_int(r, 6)};
    }
    return rows_ok(r, e);
}

/* By chance, so that a number that was given up is seldom the next one taken: its owner may only have slept. */
static bool number_choose(const struct node *list, size_t count, int64_t *number, struct error *e)
{
    bool taken[NODES_MAX] = {false};
    unsigned random;
    for (size_t i = 0; i < count; i++)
        if (list[i].number >= 0 && list[i].number < NODES_MAX)
            taken[list[i].number] = true;
    random_bytes(&random, sizeof random);
    for (unsigned i = 0; i < NODES_MAX; i++) {
        *number = (random + i) % NODES_MAX;
        if (!taken[*number])
            return true;
    }
    return fail(e, ERR_UNAVAILABLE, "All %d numbers of nodes are taken: try again in a minute.", NODES_MAX);
}

bool node_take(struct tx *tx, struct node *node, struct error *e)
{
    struct node *list;
    size_t count;
    if (!node_list(tx, tx_arena(tx), &list, &count, e) || !number_choose(list, count, &node->number, e))
        return false;
    node->since = node->seen_at = tx_now(tx);
    node->beat = 1;
    return db_exec(tx, SQL_node_insert, NULL, e, V(node->number), V(node->life), V(node->host), V(node->version),
                   V(node->since));
}

bool node_beat(struct tx *tx, const struct node *node, bool *there, struct error *e)
{
    int64_t changed = 0;
    bool ok = db_exec(tx, SQL_node_beat, &changed, e, V(node->number), V(node->life), V(tx_now(tx)));
    *there = changed > 0;
    return ok;
}

bool node_leave(struct tx *tx, const struct node *node, struct error *e)
{
    return db_exec(tx, SQL_node_leave, NULL, e, V(node->number), V(node->life));
}

bool node_forget(struct tx *tx, const struct node *node, struct error *e)
{
    return db_exec(tx, SQL_node_forget, NULL, e, V(node->number), V(node->life), V(node->beat));
}

bool node_alone(struct tx *tx, int64_t life, struct error *e)
{
    return db_exec(tx, SQL_node_alone, NULL, e, V(life));
}
