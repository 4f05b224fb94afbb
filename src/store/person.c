/* SPDX-License-Identifier: Apache-2.0 */
/* Persons, identities, merges. */
#include "store/person.h"

#include "base/arena.h"
#include "db/db.h"

bool person_add(struct tx *tx, const struct person *p, struct error *e)
{
    return db_exec(tx, SQL_person_insert, NULL, e, V(p->brand_id), V(p->id), V(p->name), V(p->language), V(p->place),
                   V(p->note), V(p->since), V(p->last_at), V(p->merged_into));
}

bool person_update(struct tx *tx, const struct person *p, struct error *e)
{
    return db_exec(tx, SQL_person_update, NULL, e, V(p->brand_id), V(p->id), V(p->name), V(p->language), V(p->place),
                   V(p->note), V(p->since), V(p->last_at), V(p->merged_into));
}

bool person_seen(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_person_seen, NULL, e, V(brand), V(id), V(at));
}

struct person person_of_row(const struct rows *r, int at, struct arena *a)
{
    return (struct person){.brand_id = rows_int(r, at),
                           .id = rows_int(r, at + 1),
                           .name = rows_dup(r, a, at + 2),
                           .language = rows_dup(r, a, at + 3),
                           .place = rows_dup(r, a, at + 4),
                           .note = rows_dup(r, a, at + 5),
                           .since = rows_int(r, at + 6),
                           .last_at = rows_int(r, at + 7),
                           .merged_into = rows_int(r, at + 8)};
}

static void person_read(const struct rows *r, struct arena *a, struct person *out)
{
    *out = person_of_row(r, 0, a);
}

bool person_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct person *out, struct error *e)
{
    *out = (struct person){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_person_by_id, e, V(brand), V(id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such person.");
    person_read(r, a, out);
    return true;
}

static void person_put(const struct person *p, const int64_t *ids, size_t n, struct person *out)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == p->id)
            out[i] = *p;
}

bool person_waiting_longest(struct tx *tx, struct arena *a, int64_t brand, struct longest *out, struct error *e)
{
    *out = (struct longest){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_person_waiting_longest, e, V(brand));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "Nobody waits.");
    *out = (struct longest){
        .conversation_id = rows_int(r, 0),
        .channel_id = rows_int(r, 1),
        .at = rows_int(r, 2),
        .person = {
            .brand_id = brand, .id = rows_int(r, 3), .name = rows_dup(r, a, 4), .language = rows_dup(r, a, 5)}};
    return true;
}

bool person_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct person *out,
                   struct error *e)
{
    struct db_value first = V(brand), *list = ARENA_ARRAY(a, struct db_value, n);
    for (size_t i = 0; i < n; i++) {
        list[i] = V(ids[i]);
        out[i] = (struct person){0};
    }
    CLEANUP(rows_cleanup) struct rows *r = db_query_list(tx, SQL_person_by_ids, &first, 1, list, n, e);
    if (!r)
        return false;
    while (rows_next(r)) {
        struct person person;
        person_read(r, a, &person);
        person_put(&person, ids, n, out);
    }
    if (!rows_ok(r, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (out[i].id == 0)
            return fail(e, ERR_NOT_FOUND, "There is no such person.");
    return true;
}

bool person_list(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int limit, struct person **out,
                 size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_person_list, e, V(brand), V(after), V(limit));
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        person_read(r, a, &(*out)[(*count)++]);
    }
    return rows_ok(r, e);
}

struct identity identity_of_row(const struct rows *r, struct arena *a)
{
    return (struct identity){.brand_id = rows_int(r, 0),
                             .network = rows_dup(r, a, 1),
                             .external_id = rows_dup(r, a, 2),
                             .person_id = rows_int(r, 3),
                             .first_person_id = rows_int(r, 4),
                             .handle = rows_dup(r, a, 5),
                             .name = rows_dup(r, a, 6),
                             .phone = rows_dup(r, a, 7),
                             .unreachable = rows_dup(r, a, 8),
                             .seen_at = rows_int(r, 9),
                             .told_at = rows_int(r, 10)};
}

bool identity_add(struct tx *tx, const struct identity *i, struct error *e)
{
    return db_exec(tx, SQL_identity_insert, NULL, e, V(i->brand_id), V(i->network), V(i->external_id),
                   V(i->person_id), V(i->first_person_id), V(i->handle), V(i->name), V(i->phone), V(i->unreachable),
                   V(i->seen_at), V(i->told_at));
}

bool identity_update(struct tx *tx, const struct identity *i, struct error *e)
{
    return db_exec(tx, SQL_identity_update, NULL, e, V(i->brand_id), V(i->network), V(i->external_id), V(i->handle),
                   V(i->name), V(i->phone), V(i->seen_at));
}

bool identity_set_told(struct tx *tx, const struct identity *i, struct error *e)
{
    return db_exec(tx, SQL_identity_set_told, NULL, e, V(i->brand_id), V(i->network), V(i->external_id),
                   V(i->told_at));
}

bool identity_find(struct tx *tx, struct arena *a, int64_t brand, struct str network, struct str external_id,
                   struct identity *out, struct error *e)
{
    *out = (struct identity){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_identity_find, e, V(brand), V(network), V(external_id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such identity.");
    *out = identity_of_row(r, a);
    return true;
}

bool identity_unreachable(struct tx *tx, int64_t brand, struct str network, struct str external_id, struct str why,
                          struct error *e)
{
    return db_exec(tx, SQL_identity_unreachable, NULL, e, V(brand), V(network), V(external_id), V(why));
}

bool identity_reachable(struct tx *tx, int64_t brand, struct str network, struct str external_id, struct error *e)
{
    return db_exec(tx, SQL_identity_reachable, NULL, e, V(brand), V(network), V(external_id));
}

bool identity_move(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e)
{
    return db_exec(tx, SQL_identity_move, NULL, e, V(brand), V(from), V(into));
}

bool identity_move_one(struct tx *tx, int64_t brand, struct str network, struct str external_id, int64_t into,
                       struct error *e)
{
    return db_exec(tx, SQL_identity_move_one, NULL, e, V(brand), V(network), V(external_id), V(into));
}

static bool identities_read(struct rows *given, struct arena *a, struct identity **out, size_t *count,
                            struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = identity_of_row(r, a);
    }
    return rows_ok(r, e);
}

bool identity_list(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct identity **out,
                   size_t *count, struct error *e)
{
    return identities_read(db_query(tx, SQL_identity_list, e, V(brand), V(person)), a, out, count, e);
}

bool identity_told_before(struct tx *tx, struct arena *a, int64_t brand, struct str network, int64_t before,
                          int limit, struct identity **out, size_t *count, struct error *e)
{
    return identities_read(db_query(tx, SQL_identity_told_before, e, V(brand), V(network), V(before), V(limit)), a,
                           out, count, e);
}

bool person_merge_add(struct tx *tx, const struct person_merge *m, struct error *e)
{
    return db_exec(tx, SQL_person_merge_insert, NULL, e, V(m->brand_id), V(m->id), V(m->from_id), V(m->into_id),
                   V(m->agent_id), V(m->moved), V(m->at), V(m->undone_at));
}

bool person_merge_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct person_merge *out,
                        struct error *e)
{
    *out = (struct person_merge){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_person_merge_by_id, e, V(brand), V(id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such merge.");
    *out = (struct person_merge){.brand_id = rows_int(r, 0),
                                 .id = rows_int(r, 1),
                                 .from_id = rows_int(r, 2),
                                 .into_id = rows_int(r, 3),
                                 .agent_id = rows_int(r, 4),
                                 .moved = rows_dup(r, a, 5),
                                 .at = rows_int(r, 6),
                                 .undone_at = rows_int(r, 7)};
    return true;
}

bool person_merge_undone(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_person_merge_undone, NULL, e, V(brand), V(id), V(at));
}

struct json *person_merge_list(struct tx *tx, struct arena *a, int64_t brand, int64_t into, struct error *e)
{
    return rows_json(db_query(tx, SQL_person_merge_list, e, V(brand), V(into)), a,
                     "id# from_id# from_name agent_id# at@", e);
}

/* ---- those without a name ---- */

bool nameless_put(struct tx *tx, int64_t brand, const struct nameless *who, struct error *e)
{
    return db_exec(tx, SQL_nameless_put, NULL, e, V(brand), V(who->network), V(who->external_id), V(who->channel_id),
                   V(who->next_at));
}

bool nameless_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, const int64_t *busy, size_t busy_n,
                  struct nameless **out, size_t *count, struct error *e)
{
    struct db_value first[] = {V(brand), V(now)}, none = V((int64_t)0),
                    *list = busy_n ? ARENA_ARRAY(a, struct db_value, busy_n) : &none;
    for (size_t i = 0; i < busy_n; i++)
        list[i] = V(busy[i]);
    CLEANUP(rows_cleanup)
    struct rows *r = db_query_list(tx, SQL_nameless_due, first, COUNT_OF(first), list, busy_n ? busy_n : 1, e);
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct nameless){.network = rows_dup(r, a, 0),
                                               .external_id = rows_dup(r, a, 1),
                                               .channel_id = rows_int(r, 2),
                                               .tries = rows_int(r, 3),
                                               .next_at = rows_int(r, 4)};
    }
    return rows_ok(r, e);
}

bool nameless_again(struct tx *tx, int64_t brand, const struct nameless *who, struct error *e)
{
    return db_exec(tx, SQL_nameless_again, NULL, e, V(brand), V(who->network), V(who->external_id), V(who->tries),
                   V(who->next_at));
}

bool nameless_delete(struct tx *tx, int64_t brand, struct str network, struct str external_id, struct error *e)
{
    return db_exec(tx, SQL_nameless_delete, NULL, e, V(brand), V(network), V(external_id));
}
