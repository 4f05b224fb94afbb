/* SPDX-License-Identifier: Apache-2.0 */
/* Ways in that we give. */
#include "store/passage.h"

#include "db/db.h"

bool passage_add(struct tx *tx, const struct passage *p, struct error *e)
{
    return db_exec(tx, SQL_passage_insert, NULL, e, V(p->brand_id), V(p->id), V(p->hash), V((int)p->kind),
                   V(p->conversation_id), V(p->agent_id), V(p->message_id), V(p->is_public), V(p->giver_id),
                   V(p->place), V(p->made_at), V(p->expires_at), V(p->used_at), V(p->guest_id), V(p->talk_id),
                   V(p->withdrawn_at), V(p->withdrawn_by), V(p->proven_at), V(p->proven_by), V(p->merge_id));
}

static struct passage passage_of_row(const struct rows *r, struct arena *a)
{
    return (struct passage){.brand_id = rows_int(r, 0),
                            .id = rows_int(r, 1),
                            .hash = rows_dup(r, a, 2),
                            .kind = (enum passage_kind)rows_int(r, 3),
                            .conversation_id = rows_int(r, 4),
                            .agent_id = rows_int(r, 5),
                            .message_id = rows_int(r, 6),
                            .is_public = rows_int(r, 7) != 0,
                            .giver_id = rows_int(r, 8),
                            .place = rows_dup(r, a, 9),
                            .made_at = rows_int(r, 10),
                            .expires_at = rows_int(r, 11),
                            .used_at = rows_int(r, 12),
                            .guest_id = rows_int(r, 13),
                            .talk_id = rows_int(r, 14),
                            .withdrawn_at = rows_int(r, 15),
                            .withdrawn_by = rows_int(r, 16),
                            .proven_at = rows_int(r, 17),
                            .proven_by = rows_int(r, 18),
                            .merge_id = rows_int(r, 19)};
}

static bool one_read(struct rows *rows, struct arena *a, struct passage *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = rows;
    *out = (struct passage){0};
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such link.");
    *out = passage_of_row(r, a);
    return true;
}

static bool list_read(struct rows *rows, struct arena *a, struct passage **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = rows;
    *out = NULL;
    *count = 0;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = passage_of_row(r, a);
    }
    return rows_ok(r, e);
}

bool passage_by_hash(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct passage *out,
                     struct error *e)
{
    return one_read(db_query(tx, SQL_passage_by_hash, e, V(brand), V(hash)), a, out, e);
}

bool passage_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct passage *out, struct error *e)
{
    return one_read(db_query(tx, SQL_passage_by_id, e, V(brand), V(id)), a, out, e);
}

bool passage_of_conversation(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation,
                             struct passage **out, size_t *count, struct error *e)
{
    return list_read(db_query(tx, SQL_passage_of_conversation, e, V(brand), V(conversation)), a, out, count, e);
}

bool passage_of_talk(struct tx *tx, struct arena *a, int64_t brand, int64_t talk, struct passage **out, size_t *count,
                     struct error *e)
{
    return list_read(db_query(tx, SQL_passage_of_talk, e, V(brand), V(talk)), a, out, count, e);
}

bool passage_of_guest(struct tx *tx, struct arena *a, int64_t brand, int64_t guest, struct passage **out,
                      size_t *count, struct error *e)
{
    return list_read(db_query(tx, SQL_passage_of_guest, e, V(brand), V(guest)), a, out, count, e);
}

bool passage_of_merge(struct tx *tx, struct arena *a, int64_t brand, int64_t merge, struct passage **out,
                      size_t *count, struct error *e)
{
    return list_read(db_query(tx, SQL_passage_of_merge, e, V(brand), V(merge)), a, out, count, e);
}

bool passage_update(struct tx *tx, const struct passage *p, struct error *e)
{
    return db_exec(tx, SQL_passage_update, NULL, e, V(p->brand_id), V(p->id), V(p->message_id), V(p->is_public),
                   V(p->expires_at), V(p->talk_id), V(p->withdrawn_at), V(p->withdrawn_by), V(p->proven_at),
                   V(p->proven_by), V(p->merge_id));
}

bool passage_use(struct tx *tx, int64_t brand, int64_t id, int64_t guest, int64_t now, bool *taken, struct error *e)
{
    int64_t changed = 0;
    bool ok = db_exec(tx, SQL_passage_use, &changed, e, V(brand), V(id), V(now), V(guest));
    *taken = changed > 0;
    return ok;
}

bool passage_move(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e)
{
    return db_exec(tx, SQL_passage_move, NULL, e, V(brand), V(from), V(into)) &&
           db_exec(tx, SQL_passage_move_talk, NULL, e, V(brand), V(from), V(into));
}

bool passage_expire(struct tx *tx, int64_t brand, enum passage_kind kind, int64_t made_before, struct error *e)
{
    return db_exec(tx, SQL_passage_expire, NULL, e, V(brand), V((int)kind), V(made_before));
}
