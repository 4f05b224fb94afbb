/* SPDX-License-Identifier: Apache-2.0 */
#include "store/push.h"

#include "base/arena.h"
#include "db/db.h"

/* ---- the key ---- */

bool push_key_get(struct tx *tx, struct arena *a, int64_t brand, struct push_key *out, struct error *e)
{
    *out = (struct push_key){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_push_key_get, e, V(brand));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no key yet.");
    *out = (struct push_key){.brand_id = rows_int(r, 0),
                             .open = rows_dup(r, a, 1),
                             .sealed = rows_dup(r, a, 2),
                             .told = rows_int(r, 3),
                             .created_at = rows_int(r, 4)};
    return true;
}

bool push_key_add(struct tx *tx, const struct push_key *k, struct error *e)
{
    return db_exec(tx, SQL_push_key_insert, NULL, e, V(k->brand_id), V(k->open), db_bytes(k->sealed), V(k->told),
                   V(k->created_at));
}

bool push_key_told(struct tx *tx, int64_t brand, int64_t event, struct error *e)
{
    return db_exec(tx, SQL_push_key_told, NULL, e, V(brand), V(event));
}

bool push_key_delete(struct tx *tx, int64_t brand, struct error *e)
{
    return db_exec(tx, SQL_push_key_delete, NULL, e, V(brand));
}

/* ---- browsers ---- */

bool push_device_add(struct tx *tx, const struct push_device *d, struct error *e)
{
    return db_exec(tx, SQL_push_device_insert, NULL, e, V(d->brand_id), V(d->id), V(d->hash), V(d->guest_id),
                   V(d->agent_id), V(d->session), db_bytes(d->sealed), V(d->words), V(d->language), V(d->created_at),
                   V(d->told_at), V(d->lane));
}

static struct push_device device_of_row(const struct rows *r, struct arena *a)
{
    return (struct push_device){.brand_id = rows_int(r, 0),
                                .id = rows_int(r, 1),
                                .hash = rows_dup(r, a, 2),
                                .guest_id = rows_int(r, 3),
                                .agent_id = rows_int(r, 4),
                                .session = rows_dup(r, a, 5),
                                .sealed = rows_dup(r, a, 6),
                                .words = rows_int(r, 7) != 0,
                                .language = rows_dup(r, a, 8),
                                .created_at = rows_int(r, 9),
                                .told_at = rows_int(r, 10),
                                .lane = rows_int(r, 11)};
}

static bool devices_read(struct rows *rows, struct arena *a, struct push_device **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = rows;
    *out = NULL;
    *count = 0;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = device_of_row(r, a);
    }
    return rows_ok(r, e);
}

bool push_device_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct push_device *out,
                       struct error *e)
{
    struct push_device *list;
    size_t count;
    *out = (struct push_device){0};
    if (!devices_read(db_query(tx, SQL_push_device_by_id, e, V(brand), V(id)), a, &list, &count, e))
        return false;
    if (!count)
        return fail(e, ERR_NOT_FOUND, "There is no such browser.");
    *out = list[0];
    return true;
}

bool push_device_list(struct tx *tx, struct arena *a, int64_t brand, int64_t guest, int64_t agent,
                      struct push_device **out, size_t *count, struct error *e)
{
    return devices_read(db_query(tx, SQL_push_device_list, e, V(brand), V(guest), V(agent)), a, out, count, e);
}

bool push_device_of_person(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct push_device **out,
                           size_t *count, struct error *e)
{
    return devices_read(db_query(tx, SQL_push_device_of_person, e, V(brand), V(person)), a, out, count, e);
}

bool push_device_told(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_push_device_told, NULL, e, V(brand), V(id), V(at));
}

bool push_device_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_push_device_delete, NULL, e, V(brand), V(id));
}

bool push_device_delete_hash(struct tx *tx, int64_t brand, struct str hash, struct error *e)
{
    return db_exec(tx, SQL_push_device_delete_hash, NULL, e, V(brand), V(hash));
}

bool push_device_delete_of(struct tx *tx, int64_t brand, int64_t guest, int64_t agent, struct error *e)
{
    return db_exec(tx, SQL_push_device_delete_of, NULL, e, V(brand), V(guest), V(agent));
}

bool push_device_delete_all(struct tx *tx, int64_t brand, struct error *e)
{
    return db_exec(tx, SQL_push_device_delete_all, NULL, e, V(brand));
}

bool push_tidy(struct tx *tx, int64_t brand, int64_t now, struct error *e)
{
    return db_exec(tx, SQL_push_device_tidy_guests, NULL, e, V(brand)) &&
           db_exec(tx, SQL_push_device_tidy_agents, NULL, e, V(brand)) &&
           db_exec(tx, SQL_push_note_tidy, NULL, e, V(brand), V(now));
}

/* ---- what is on its way ---- */

bool push_note_put(struct tx *tx, const struct push_note *n, struct error *e)
{
    return db_exec(tx, SQL_push_note_put, NULL, e, V(n->brand_id), V(n->device_id), V(n->conversation_id), V(n->kind),
                   V(n->subject_id), V(n->actor_id), V(n->attempts), V(n->next_at), V(n->expires_at), V(n->lane));
}

bool push_any(struct tx *tx, int64_t brand, bool *any, struct error *e)
{
    int64_t id;
    bool ok = rows_number(db_query(tx, SQL_push_device_any, e, V(brand)), &id, e);
    *any = ok && id;
    return ok;
}

bool push_note_lanes(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int64_t **out, size_t *count,
                     struct error *e)
{
    return rows_ids(db_query(tx, SQL_push_note_lanes, e, V(brand), V(now)), a, out, count, e);
}

bool push_note_due(struct tx *tx, struct arena *a, int64_t brand, int64_t lane, int64_t now, int limit,
                   struct push_note **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_push_note_due, e, V(brand), V(lane), V(now), V(limit));
    *out = NULL;
    *count = 0;
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct push_note){.brand_id = rows_int(r, 0),
                                                .device_id = rows_int(r, 1),
                                                .conversation_id = rows_int(r, 2),
                                                .kind = rows_dup(r, a, 3),
                                                .subject_id = rows_int(r, 4),
                                                .actor_id = rows_int(r, 5),
                                                .attempts = rows_int(r, 6),
                                                .next_at = rows_int(r, 7),
                                                .expires_at = rows_int(r, 8),
                                                .lane = rows_int(r, 9)};
    }
    return rows_ok(r, e);
}

bool push_note_later(struct tx *tx, const struct push_note *n, int64_t next_at, struct error *e)
{
    return db_exec(tx, SQL_push_note_later, NULL, e, V(n->brand_id), V(n->device_id), V(n->conversation_id),
                   V(n->subject_id), V(n->attempts), V(next_at));
}

bool push_note_delete(struct tx *tx, const struct push_note *n, struct error *e)
{
    return db_exec(tx, SQL_push_note_delete, NULL, e, V(n->brand_id), V(n->device_id), V(n->conversation_id),
                   V(n->subject_id));
}
