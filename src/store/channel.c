/* SPDX-License-Identifier: Apache-2.0 */
/* Channels as rows. */
#include "store/channel.h"

#include "db/db.h"

static void channel_row_read(const struct rows *r, struct arena *a, struct channel_row *out)
{
    *out = (struct channel_row){.brand_id = rows_int(r, 0),
                                .id = rows_int(r, 1),
                                .network = rows_dup(r, a, 2),
                                .name = rows_dup(r, a, 3),
                                .account = rows_dup(r, a, 4),
                                .settings = rows_dup(r, a, 5),
                                .secrets = rows_dup(r, a, 6),
                                .state = rows_dup(r, a, 7),
                                .failure = rows_dup(r, a, 8),
                                .failure_words = rows_dup(r, a, 9),
                                .failure_at = rows_int(r, 10),
                                .rate_until = rows_int(r, 11),
                                .last_in_at = rows_int(r, 12),
                                .last_out_at = rows_int(r, 13),
                                .probed_at = rows_int(r, 14),
                                .created_at = rows_int(r, 15),
                                .removed_at = rows_int(r, 16),
                                .greeted_at = rows_int(r, 17),
                                .access_until = rows_int(r, 18)};
}

static bool channel_home_put(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_channel_home_put, NULL, e, V(id), V(brand));
}

bool channel_row_add(struct tx *tx, const struct channel_row *c, struct error *e)
{
    return channel_home_put(tx, c->brand_id, c->id, e) &&
           db_exec(tx, SQL_channel_insert, NULL, e, V(c->brand_id), V(c->id), V(c->network), V(c->name),
                   V(c->account), V(c->settings), db_bytes(c->secrets), V(c->state), V(c->failure),
                   V(c->failure_words), V(c->failure_at), V(c->rate_until), V(c->last_in_at), V(c->last_out_at),
                   V(c->probed_at), V(c->created_at), V(c->removed_at), V(c->greeted_at), V(c->access_until));
}

bool channel_row_update(struct tx *tx, const struct channel_row *c, struct error *e)
{
    return db_exec(tx, SQL_channel_update, NULL, e, V(c->brand_id), V(c->id), V(c->name), V(c->account),
                   V(c->settings), db_bytes(c->secrets), V(c->access_until));
}

bool channel_row_state(struct tx *tx, int64_t brand, int64_t id, struct str state, struct str failure,
                       struct str words, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_channel_state, NULL, e, V(brand), V(id), V(state), V(failure), V(words), V(at));
}

bool channel_row_rate(struct tx *tx, int64_t brand, int64_t id, int64_t until, struct error *e)
{
    return db_exec(tx, SQL_channel_rate, NULL, e, V(brand), V(id), V(until));
}

bool channel_row_last_in(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_channel_last_in, NULL, e, V(brand), V(id), V(at));
}

bool channel_row_last_out(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_channel_last_out, NULL, e, V(brand), V(id), V(at));
}

bool channel_row_probed(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_channel_probed, NULL, e, V(brand), V(id), V(at));
}

bool channel_row_access(struct tx *tx, int64_t brand, int64_t id, int64_t until, struct error *e)
{
    return db_exec(tx, SQL_channel_access, NULL, e, V(brand), V(id), V(until));
}

bool channel_row_greeted(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_channel_greeted, NULL, e, V(brand), V(id), V(at));
}

bool channel_row_remove(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    int64_t changed = 0;
    return db_exec(tx, SQL_channel_remove, &changed, e, V(brand), V(id), V(at), db_bytes(STR(""))) &&
           (changed || fail(e, ERR_NOT_FOUND, "There is no such channel."));
}

static bool channel_row_one(struct rows *given, struct arena *a, struct channel_row *out, struct error *e)
{
    *out = (struct channel_row){0};
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    if (rows_next(rows)) {
        channel_row_read(rows, a, out);
        return true;
    }
    return rows_ok(rows, e) && fail(e, ERR_NOT_FOUND, "There is no such channel.");
}

bool channel_row_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct channel_row *out,
                       struct error *e)
{
    return channel_row_one(db_query(tx, SQL_channel_by_id, e, V(brand), V(id)), a, out, e);
}

bool channel_row_anywhere(struct tx *tx, struct arena *a, int64_t id, struct channel_row *out, struct error *e)
{
    int64_t brand;
    *out = (struct channel_row){0};
    return rows_number(db_query(tx, SQL_channel_home_get, e, V(id)), &brand, e) &&
           channel_row_by_id(tx, a, brand, id, out, e);
}

bool channel_homeless(struct tx *tx, int64_t brand, int64_t *id, struct error *e)
{
    return rows_number(db_query(tx, SQL_channel_homeless, e, V(brand)), id, e);
}

bool channel_homes_mend(struct tx *tx, int64_t brand, struct error *e)
{
    int64_t id;
    do {
        if (!channel_homeless(tx, brand, &id, e) || (id && !channel_home_put(tx, brand, id, e)))
            return false;
    } while (id);
    return true;
}

bool channel_row_list(struct tx *tx, struct arena *a, int64_t brand, bool removed_too, struct channel_row **out,
                      size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_channel_list, e, V(brand), V(removed_too));
    if (!rows)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(rows)) {
        *out = list_room(a, *out, *count, sizeof **out);
        channel_row_read(rows, a, &(*out)[(*count)++]);
    }
    return rows_ok(rows, e);
}

/* ---- words approved beforehand ---- */

bool approved_clear(struct tx *tx, int64_t brand, int64_t channel, struct error *e)
{
    return db_exec(tx, SQL_approved_clear, NULL, e, V(brand), V(channel));
}

bool approved_put(struct tx *tx, int64_t brand, int64_t channel, const struct approved_row *row, struct error *e)
{
    return db_exec(tx, SQL_approved_put, NULL, e, V(brand), V(channel), V(row->name), V(row->language), V(row->head),
                   V(row->body), V(row->foot));
}

static bool approved_rows(struct rows *given, struct arena *a, struct approved_row **out, size_t *count,
                          struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct approved_row){.name = rows_dup(r, a, 0),
                                                   .language = rows_dup(r, a, 1),
                                                   .head = rows_dup(r, a, 2),
                                                   .body = rows_dup(r, a, 3),
                                                   .foot = rows_dup(r, a, 4)};
    }
    return rows_ok(r, e);
}

bool approved_all(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct approved_row **out,
                  size_t *count, struct error *e)
{
    return approved_rows(db_query(tx, SQL_approved_all, e, V(brand), V(channel)), a, out, count, e);
}

bool approved_one(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str name,
                  struct str language, struct approved_row *out, struct error *e)
{
    struct approved_row *list;
    size_t count;
    *out = (struct approved_row){0};
    if (!approved_rows(db_query(tx, SQL_approved_one, e, V(brand), V(channel), V(name), V(language)), a, &list,
                       &count, e))
        return false;
    if (count == 0)
        return fail(e, ERR_NOT_FOUND, "The network no longer lists these approved words.");
    *out = list[0];
    return true;
}
