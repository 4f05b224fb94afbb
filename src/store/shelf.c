/* SPDX-License-Identifier: Apache-2.0 */
/* Small nouns as rows. */
#include "store/shelf.h"

#include "base/arena.h"
#include "base/json.h"
#include "db/db.h"

bool payload_add(struct tx *tx, const struct payload *p, struct error *e)
{
    return db_exec(tx, SQL_payload_insert, NULL, e, V(p->brand_id), V(p->id), V(p->channel_id), db_bytes(p->body),
                   V(p->state), V(p->reason), V(p->replayed_by), V(p->replayed_at), V(p->listing));
}

struct payload payload_of_row(const struct rows *r, struct arena *a)
{
    return (struct payload){.brand_id = rows_int(r, 0),
                            .id = rows_int(r, 1),
                            .channel_id = rows_int(r, 2),
                            .body = rows_dup(r, a, 3),
                            .state = rows_dup(r, a, 4),
                            .reason = rows_dup(r, a, 5),
                            .replayed_by = rows_int(r, 6),
                            .replayed_at = rows_int(r, 7),
                            .listing = rows_dup(r, a, 8)};
}

static bool payload_rows(struct rows *given, struct arena *a, struct payload **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = payload_of_row(r, a);
    }
    return rows_ok(r, e);
}

bool payload_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct payload *out, struct error *e)
{
    *out = (struct payload){0};
    struct payload *list;
    size_t count;
    if (!payload_rows(db_query(tx, SQL_payload_by_id, e, V(brand), V(id)), a, &list, &count, e))
        return false;
    if (count == 0)
        return fail(e, ERR_NOT_FOUND, "There is no such payload.");
    *out = list[0];
    return true;
}

bool payload_set_state(struct tx *tx, int64_t brand, int64_t id, struct str state, struct str reason, int64_t by,
                       int64_t at, struct error *e)
{
    return db_exec(tx, SQL_payload_set_state, NULL, e, V(brand), V(id), V(state), V(reason), V(by), V(at));
}

bool payload_forget(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_payload_forget, NULL, e, V(brand), V(id), db_bytes(STR("")));
}

bool payload_unread(struct tx *tx, struct arena *a, int64_t brand, int64_t before, int limit, struct payload **out,
                    size_t *count, struct error *e)
{
    return payload_rows(db_query(tx, SQL_payload_unread, e, V(brand), V(before ? before : INT64_MAX), V(limit)), a,
                        out, count, e);
}

bool payload_unread_count(struct tx *tx, int64_t brand, int64_t *out, struct error *e)
{
    return rows_number(db_query(tx, SQL_payload_unread_count, e, V(brand)), out, e);
}

bool shingle_add(struct tx *tx, int64_t brand, int64_t hash, int64_t message, int64_t person, struct error *e)
{
    return db_exec(tx, SQL_shingle_insert, NULL, e, V(brand), V(hash), V(message), V(person));
}

bool shingle_delete(struct tx *tx, int64_t brand, int64_t hash, int64_t message, struct error *e)
{
    return db_exec(tx, SQL_shingle_delete, NULL, e, V(brand), V(hash), V(message));
}

bool shingle_find(struct tx *tx, struct arena *a, int64_t brand, const int64_t *hashes, size_t n,
                  struct shingle_hit **out, size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    if (n == 0)
        return true;
    struct db_value *list = ARENA_ARRAY(a, struct db_value, n), first = V(brand);
    for (size_t i = 0; i < n; i++)
        list[i] = V(hashes[i]);
    CLEANUP(rows_cleanup) struct rows *r = db_query_list(tx, SQL_shingle_find, &first, 1, list, n, e);
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] =
            (struct shingle_hit){.message_id = rows_int(r, 0), .person_id = rows_int(r, 1), .shared = rows_int(r, 2)};
    }
    return rows_ok(r, e);
}

struct json *snippet_list(struct tx *tx, struct arena *a, int64_t brand, int64_t agent, struct error *e)
{
    return rows_json(db_query(tx, SQL_snippet_list, e, V(brand), V(agent)), a,
                     "id# shortcut title text language agent_id#", e);
}

bool snippet_put(struct tx *tx, int64_t brand, int64_t agent, int64_t id, struct str shortcut, struct str title,
                 struct str text, struct str language, struct error *e)
{
    return db_exec(tx, SQL_snippet_put, NULL, e, V(brand), V(agent), V(id), V(shortcut), V(title), V(text),
                   V(language));
}

bool snippet_remove(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e)
{
    return db_exec(tx, SQL_snippet_remove, NULL, e, V(brand), V(id), V(now));
}

struct json *saved_view_list(struct tx *tx, struct arena *a, int64_t brand, int64_t agent, struct error *e)
{
    return rows_json(db_query(tx, SQL_saved_view_list, e, V(brand), V(agent)), a, "id# name filter agent_id#", e);
}

bool saved_view_put(struct tx *tx, int64_t brand, int64_t agent, int64_t id, struct str name, struct str filter,
                    struct error *e)
{
    return db_exec(tx, SQL_saved_view_put, NULL, e, V(brand), V(agent), V(id), V(name), V(filter));
}

bool saved_view_remove(struct tx *tx, int64_t brand, int64_t agent, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_saved_view_remove, NULL, e, V(brand), V(agent), V(id));
}

bool second_look_add(struct tx *tx, int64_t brand, int64_t id, int64_t conversation, int64_t agent,
                     const char *verdict, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_second_look_insert, NULL, e, V(brand), V(id), V(conversation), V(agent), V(verdict),
                   V(at));
}

bool second_look_of(struct tx *tx, int64_t brand, int64_t conversation, int64_t since, int64_t *out, struct error *e)
{
    return rows_number(db_query(tx, SQL_second_look_of, e, V(brand), V(conversation), V(since)), out, e);
}

bool second_look_count(struct tx *tx, int64_t brand, int64_t since_id, int64_t *looked, int64_t *wrong,
                       struct error *e)
{
    return rows_number(db_query(tx, SQL_second_look_count, e, V(brand), V(since_id), V("a"), V("z")), looked, e) &&
           rows_number(db_query(tx, SQL_second_look_count, e, V(brand), V(since_id), V("person"), V("person")), wrong,
                       e);
}

struct json *idempotency_get(struct tx *tx, struct arena *a, int64_t brand, struct str key, struct error *e)
{
    return rows_json_one(db_query(tx, SQL_idempotency_get, e, V(brand), V(key)), a, "request status% answer",
                         "This key was not used before.", e);
}

bool idempotency_put(struct tx *tx, int64_t brand, struct str key, struct str request, int status, struct str answer,
                     int64_t at, struct error *e)
{
    return db_exec(tx, SQL_idempotency_put, NULL, e, V(brand), V(key), V(request), V(status), V(answer), V(at));
}

bool idempotency_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e)
{
    return db_exec(tx, SQL_idempotency_expire, NULL, e, V(brand), V(before));
}

bool imported_get(struct tx *tx, int64_t brand, struct str key, int64_t *id, struct error *e)
{
    return rows_number(db_query(tx, SQL_imported_get, e, V(brand), V(key)), id, e);
}

bool imported_put(struct tx *tx, int64_t brand, struct str key, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_imported_put, NULL, e, V(brand), V(key), V(id));
}

bool search_any(struct tx *tx, int64_t brand, bool *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_search_any, e, V(brand));
    *out = r && rows_next(r);
    return r && rows_ok(r, e);
}
