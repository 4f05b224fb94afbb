/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the community. */
#include "store/member.h"

#include "base/arena.h"
#include "db/db.h"

static bool member_rows(struct rows *given, struct arena *a, struct member **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct member){.brand_id = rows_int(r, 0),
                                             .id = rows_int(r, 1),
                                             .external_id = rows_dup(r, a, 2),
                                             .name = rows_dup(r, a, 3),
                                             .folded = rows_dup(r, a, 4),
                                             .helped = rows_int(r, 5),
                                             .created_at = rows_int(r, 6)};
    }
    return r && rows_ok(r, e);
}

static bool member_one(struct rows *rows, struct arena *a, struct member *out, struct error *e)
{
    struct member *list;
    size_t count;
    if (!member_rows(rows, a, &list, &count, e))
        return false;
    *out = count ? list[0] : (struct member){0};
    return true;
}

bool member_add(struct tx *tx, const struct member *m, struct error *e)
{
    return db_exec(tx, SQL_member_insert, NULL, e, V(m->brand_id), V(m->id), V(m->external_id), V(m->name),
                   V(m->folded), V(m->helped), V(m->created_at));
}

bool member_find(struct tx *tx, struct arena *a, int64_t brand, struct str external_id, struct member *out,
                 struct error *e)
{
    return member_one(db_query(tx, SQL_member_find, e, V(brand), V(external_id)), a, out, e);
}

bool member_named(struct tx *tx, struct arena *a, int64_t brand, struct str folded, struct member *out,
                  struct error *e)
{
    return member_one(db_query(tx, SQL_member_named, e, V(brand), V(folded)), a, out, e);
}

bool member_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct member **out,
                   size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    if (n == 0)
        return true;
    struct db_value first = V(brand), *list = ARENA_ARRAY(a, struct db_value, n);
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    return member_rows(db_query_list(tx, SQL_member_by_ids, &first, 1, list, n, e), a, out, count, e);
}

bool thanks_add(struct tx *tx, int64_t brand, int64_t post, int64_t member, int64_t helper, int64_t at, bool *fresh,
                struct error *e)
{
    int64_t changed = 0;
    bool ok = db_exec(tx, SQL_thanks_insert, &changed, e, V(brand), V(post), V(member), V(helper), V(at));
    *fresh = changed > 0;
    return ok;
}

bool member_count_helped(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    int64_t people = 0;
    return rows_number(db_query(tx, SQL_thanks_people, e, V(brand), V(id)), &people, e) &&
           db_exec(tx, SQL_member_set_helped, NULL, e, V(brand), V(id), V(people));
}

bool follow_put(struct tx *tx, int64_t brand, int64_t member, int64_t topic, int64_t seen_at, struct error *e)
{
    return db_exec(tx, SQL_follow_insert, NULL, e, V(brand), V(member), V(topic), V(seen_at));
}

bool follow_seen(struct tx *tx, int64_t brand, int64_t member, int64_t topic, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_follow_seen, NULL, e, V(brand), V(member), V(topic), V(at));
}

bool follow_named(struct tx *tx, int64_t brand, int64_t member, int64_t topic, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_follow_named, NULL, e, V(brand), V(member), V(topic), V(at));
}

bool follow_end(struct tx *tx, int64_t brand, int64_t member, int64_t topic, struct error *e)
{
    return db_exec(tx, SQL_follow_delete, NULL, e, V(brand), V(member), V(topic));
}

bool follow_list(struct tx *tx, struct arena *a, int64_t brand, int64_t member, struct follow **out, size_t *count,
                 struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_follow_list, e, V(brand), V(member));
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct follow){rows_int(r, 0), rows_int(r, 1), rows_int(r, 2)};
    }
    return r && rows_ok(r, e);
}
