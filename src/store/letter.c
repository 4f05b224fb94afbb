/* SPDX-License-Identifier: Apache-2.0 */
/* Letters and codes. */
#include "store/letter.h"

#include "base/arena.h"
#include "db/db.h"

bool letter_add(struct tx *tx, const struct letter *l, struct error *e)
{
    return db_exec(tx, SQL_letter_insert, NULL, e, V(l->brand_id), V(l->id), V(l->channel_id), V(l->kind),
                   V(l->language), db_bytes(l->content), V(l->state), V(l->attempts), V(l->next_at), V(l->until_at),
                   V(l->lease_until), V(l->claimed_by));
}

static struct letter letter_of_row(const struct rows *r, struct arena *a)
{
    return (struct letter){.brand_id = rows_int(r, 0),
                           .id = rows_int(r, 1),
                           .channel_id = rows_int(r, 2),
                           .kind = rows_dup(r, a, 3),
                           .language = rows_dup(r, a, 4),
                           .content = rows_dup(r, a, 5),
                           .state = rows_dup(r, a, 6),
                           .attempts = rows_int(r, 7),
                           .next_at = rows_int(r, 8),
                           .until_at = rows_int(r, 9),
                           .lease_until = rows_int(r, 10),
                           .claimed_by = rows_int(r, 11)};
}

bool letter_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct letter *out, struct error *e)
{
    *out = (struct letter){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_letter_by_id, e, V(brand), V(id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such letter.");
    *out = letter_of_row(r, a);
    return true;
}

bool letter_update(struct tx *tx, const struct letter *l, struct error *e)
{
    return db_exec(tx, SQL_letter_update, NULL, e, V(l->brand_id), V(l->id), V(l->state), V(l->attempts),
                   V(l->next_at), V(l->lease_until), V(l->claimed_by));
}

bool letter_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_letter_delete, NULL, e, V(brand), V(id));
}

#define LETTERS_MAX 100

static bool letters_read(struct rows *rows, struct arena *a, struct letter **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = rows;
    *out = ARENA_ARRAY(a, struct letter, LETTERS_MAX);
    *count = 0;
    if (!r)
        return false;
    while (*count < LETTERS_MAX && rows_next(r))
        (*out)[(*count)++] = letter_of_row(r, a);
    return rows_ok(r, e);
}

bool letter_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int limit, struct letter **out,
                size_t *count, struct error *e)
{
    return letters_read(
        db_query(tx, SQL_letter_due, e, V(brand), V(now), V(limit < LETTERS_MAX ? limit : LETTERS_MAX)), a, out,
        count, e);
}

bool letter_over(struct tx *tx, struct arena *a, int64_t brand, int64_t now, struct letter **out, size_t *count,
                 struct error *e)
{
    return letters_read(db_query(tx, SQL_letter_over, e, V(brand), V(now)), a, out, count, e);
}

/* ---- codes ---- */

bool letter_code_add(struct tx *tx, const struct letter_code *c, struct error *e)
{
    return db_exec(tx, SQL_letter_code_insert, NULL, e, V(c->brand_id), V(c->id), V(c->guest_id), V(c->network),
                   V(c->address_hash), db_bytes(c->address), V(c->code_hash), V(c->link_hash), V(c->follow),
                   V(c->tries), V(c->expires_at));
}

bool letter_code_of(struct tx *tx, struct arena *a, int64_t brand, int64_t guest, int64_t now,
                    struct letter_code *out, struct error *e)
{
    *out = (struct letter_code){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_letter_code_of, e, V(brand), V(guest), V(now));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such code.");
    *out = (struct letter_code){.brand_id = rows_int(r, 0),
                                .id = rows_int(r, 1),
                                .guest_id = rows_int(r, 2),
                                .network = rows_dup(r, a, 3),
                                .address_hash = rows_dup(r, a, 4),
                                .address = rows_dup(r, a, 5),
                                .code_hash = rows_dup(r, a, 6),
                                .link_hash = rows_dup(r, a, 7),
                                .follow = rows_int(r, 8) != 0,
                                .tries = rows_int(r, 9),
                                .expires_at = rows_int(r, 10)};
    return true;
}

bool letter_code_tried(struct tx *tx, int64_t brand, int64_t id, int64_t tries, struct error *e)
{
    return db_exec(tx, SQL_letter_code_tried, NULL, e, V(brand), V(id), V(tries));
}

bool letter_code_end(struct tx *tx, int64_t brand, int64_t guest, struct error *e)
{
    return db_exec(tx, SQL_letter_code_end, NULL, e, V(brand), V(guest));
}

bool letter_code_count(struct tx *tx, int64_t brand, struct str address_hash, int64_t after, int64_t *out,
                       struct error *e)
{
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_letter_code_count, e, V(brand), V(address_hash), V(after));
    *out = r && rows_next(r) ? rows_int(r, 0) : 0;
    return r && rows_ok(r, e);
}

bool letter_code_count_on(struct tx *tx, int64_t brand, struct str network, int64_t after, int64_t *out,
                          struct error *e)
{
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_letter_code_count_on, e, V(brand), V(network), V(after));
    *out = r && rows_next(r) ? rows_int(r, 0) : 0;
    return r && rows_ok(r, e);
}

bool letter_code_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e)
{
    return db_exec(tx, SQL_letter_code_expire, NULL, e, V(brand), V(before));
}
