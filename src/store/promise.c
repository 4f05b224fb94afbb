/* SPDX-License-Identifier: Apache-2.0 */
/* Promises as rows. */
#include "store/promise.h"

#include "db/db.h"

bool promise_add(struct tx *tx, const struct promise *p, struct error *e)
{
    return db_exec(tx, SQL_promise_insert, NULL, e, V(p->brand_id), V(p->id), V(p->conversation_id), V(p->person_id),
                   V(p->message_id), V(p->agent_id), V(p->text), V(p->due_at), V(p->state), V(p->reminded_at),
                   V(p->ended_at), V(p->ended_by));
}

bool promise_update(struct tx *tx, const struct promise *p, struct error *e)
{
    return db_exec(tx, SQL_promise_update, NULL, e, V(p->brand_id), V(p->id), V(p->text), V(p->due_at), V(p->state),
                   V(p->reminded_at), V(p->ended_at), V(p->ended_by));
}

static bool promise_rows(struct rows *given, struct arena *a, struct promise **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct promise){.brand_id = rows_int(r, 0),
                                              .id = rows_int(r, 1),
                                              .conversation_id = rows_int(r, 2),
                                              .person_id = rows_int(r, 3),
                                              .message_id = rows_int(r, 4),
                                              .agent_id = rows_int(r, 5),
                                              .text = rows_dup(r, a, 6),
                                              .due_at = rows_int(r, 7),
                                              .state = rows_dup(r, a, 8),
                                              .reminded_at = rows_int(r, 9),
                                              .ended_at = rows_int(r, 10),
                                              .ended_by = rows_int(r, 11)};
    }
    return rows_ok(r, e);
}

bool promise_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct promise *out, struct error *e)
{
    *out = (struct promise){0};
    struct promise *list;
    size_t count;
    if (!promise_rows(db_query(tx, SQL_promise_by_id, e, V(brand), V(id)), a, &list, &count, e))
        return false;
    if (count == 0)
        return fail(e, ERR_NOT_FOUND, "There is no such promise.");
    *out = list[0];
    return true;
}

bool promise_of_conversation(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation,
                             struct promise **out, size_t *count, struct error *e)
{
    return promise_rows(db_query(tx, SQL_promise_of_conversation, e, V(brand), V(conversation)), a, out, count, e);
}

bool promise_of_person(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct promise **out,
                       size_t *count, struct error *e)
{
    return promise_rows(db_query(tx, SQL_promise_of_person, e, V(brand), V(person)), a, out, count, e);
}

bool promise_due(struct tx *tx, struct arena *a, int64_t brand, int64_t before, struct promise **out, size_t *count,
                 struct error *e)
{
    return promise_rows(db_query(tx, SQL_promise_due, e, V(brand), V(before)), a, out, count, e);
}

bool promise_nearest(struct tx *tx, int64_t brand, int64_t conversation, int64_t *out, struct error *e)
{
    return rows_number(db_query(tx, SQL_promise_nearest, e, V(brand), V(conversation)), out, e);
}

bool promise_move_person(struct tx *tx, int64_t brand, int64_t conversation, int64_t person, struct error *e)
{
    return db_exec(tx, SQL_promise_move_person, NULL, e, V(brand), V(conversation), V(person));
}

bool promise_move(struct tx *tx, int64_t brand, int64_t message, int64_t from, int64_t conversation, int64_t person,
                  struct error *e)
{
    return db_exec(tx, SQL_promise_move, NULL, e, V(brand), V(message), V(conversation), V(person), V(from));
}

bool promise_delete_of(struct tx *tx, int64_t brand, int64_t message, struct error *e)
{
    return db_exec(tx, SQL_promise_delete_of, NULL, e, V(brand), V(message));
}
