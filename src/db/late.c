/* SPDX-License-Identifier: Apache-2.0 */
/* Statements that wait for the end of the transaction. A full-text index writes out what it has gathered at every
 * savepoint that is opened or closed, so one row a command would cost it a small segment each; at the end it gets the
 * whole batch's rows at once. */
#include <assert.h>
#include "base/arena.h"
#include "db/db_internal.h"

struct late_statement {
    struct late_statement *next;
    enum sql_id sql;
    size_t n;
    struct db_value values[];
};

void late_init(struct late *late)
{
    *late = (struct late){.arena = arena_new()};
    late->end = &late->first;
}

void late_done(struct late *late)
{
    arena_free(late->arena);
}

void late_clear(struct late *late)
{
    late->first = NULL;
    late->end = &late->first;
    arena_reset(late->arena);
}

void late_cut(struct late *late, struct late_statement **from)
{
    *from = NULL;
    late->end = from;
}

bool late_run(struct late *late, struct tx *tx, struct error *e)
{
    for (const struct late_statement *s = late->first; s; s = s->next)
        if (!db_exec_values(tx, s->sql, s->values, s->n, NULL, e))
            return false;
    return true;
}

void db_exec_late_values(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n)
{
    struct late *late = tx->late;
    assert(late && sql < SQL_COUNT); /* only a command that writes has an end to wait for */
    struct late_statement *s = arena_alloc(late->arena, sizeof *s + n * sizeof s->values[0]);
    *s = (struct late_statement){.sql = sql, .n = n};
    for (size_t i = 0; i < n; i++) {
        s->values[i] = values[i];
        s->values[i].text = str_dup(late->arena, values[i].text);
    }
    *late->end = s;
    late->end = &s->next;
}
