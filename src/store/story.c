/* SPDX-License-Identifier: Apache-2.0 */
/* What hangs on a conversation: labels, entries, mentions, drafts. */
#include "base/json.h"
#include "db/db.h"
#include "store/conversation.h"

struct json *label_list(struct tx *tx, struct arena *a, int64_t brand, struct error *e)
{
    return rows_json(db_query(tx, SQL_label_list, e, V(brand)), a, "id# name hue%", e);
}

struct json *label_list_of(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct error *e)
{
    return rows_json(db_query(tx, SQL_label_list_of, e, V(brand), V(conversation)), a, "id# name hue%", e);
}

bool label_add(struct tx *tx, int64_t brand, int64_t id, struct str name, int hue, struct error *e)
{
    return db_exec(tx, SQL_label_insert, NULL, e, V(brand), V(id), V(name), V(hue));
}

bool label_rename(struct tx *tx, int64_t brand, int64_t id, struct str name, struct error *e)
{
    int64_t changed = 0;
    /* one that was removed keeps no name from the living */
    return db_exec(tx, SQL_label_unname, NULL, e, V(brand), V(name)) &&
           db_exec(tx, SQL_label_rename, &changed, e, V(brand), V(id), V(name)) &&
           (changed || fail(e, ERR_NOT_FOUND, "There is no such label."));
}

bool label_remove(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e)
{
    int64_t changed = 0;
    return db_exec(tx, SQL_label_remove, &changed, e, V(brand), V(id), V(now)) &&
           (changed || fail(e, ERR_NOT_FOUND, "There is no such label."));
}

bool label_find(struct tx *tx, int64_t brand, struct str name, int64_t *id, struct error *e)
{
    return rows_number(db_query(tx, SQL_label_find, e, V(brand), V(name)), id, e);
}

bool conversation_label_set(struct tx *tx, int64_t brand, int64_t conversation, int64_t label, bool on,
                            struct error *e)
{
    return db_exec(tx, on ? SQL_conversation_label_add : SQL_conversation_label_delete, NULL, e, V(brand),
                   V(conversation), V(label));
}

bool entry_add(struct tx *tx, const struct entry *n, struct error *e)
{
    return db_exec(tx, SQL_entry_insert, NULL, e, V(n->brand_id), V(n->conversation_id), V(n->id), V(n->kind),
                   V(n->agent_id), V(n->other_id), V(n->text), V(n->summary), V(n->at));
}

bool entry_list(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct entry **out,
                size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_entry_list, e, V(brand), V(conversation));
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct entry){.brand_id = rows_int(r, 0),
                                            .conversation_id = rows_int(r, 1),
                                            .id = rows_int(r, 2),
                                            .kind = rows_dup(r, a, 3),
                                            .agent_id = rows_int(r, 4),
                                            .other_id = rows_int(r, 5),
                                            .text = rows_dup(r, a, 6),
                                            .summary = rows_dup(r, a, 7),
                                            .at = rows_int(r, 8)};
    }
    return rows_ok(r, e);
}

bool mention_add(struct tx *tx, int64_t brand, int64_t agent, int64_t id, int64_t conversation, int64_t by,
                 int64_t at, struct error *e)
{
    return db_exec(tx, SQL_mention_insert, NULL, e, V(brand), V(agent), V(id), V(conversation), V(by), V(at));
}

bool mention_seen(struct tx *tx, int64_t brand, int64_t agent, int64_t conversation, int64_t now, struct error *e)
{
    return db_exec(tx, SQL_mention_seen, NULL, e, V(brand), V(agent), V(conversation), V(now));
}

struct json *mention_list(struct tx *tx, struct arena *a, int64_t brand, int64_t agent, struct error *e)
{
    return rows_json(db_query(tx, SQL_mention_list, e, V(brand), V(agent)), a,
                     "id# conversation_id# by_id# at@ person", e);
}

bool draft_put(struct tx *tx, const struct draft *d, struct error *e)
{
    return db_exec(tx, SQL_draft_put, NULL, e, V(d->brand_id), V(d->conversation_id), V(d->agent_id), V(d->kind),
                   V(d->door), V(d->channel_id), V(d->text), V(d->by_token), V(d->at));
}

bool draft_delete(struct tx *tx, int64_t brand, int64_t conversation, int64_t agent, struct str kind, struct error *e)
{
    return db_exec(tx, SQL_draft_delete, NULL, e, V(brand), V(conversation), V(agent), V(kind));
}

bool draft_list(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int64_t agent,
                struct draft **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_draft_list, e, V(brand), V(conversation), V(agent));
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct draft){.brand_id = rows_int(r, 0),
                                            .conversation_id = rows_int(r, 1),
                                            .agent_id = rows_int(r, 2),
                                            .kind = rows_dup(r, a, 3),
                                            .door = rows_dup(r, a, 4),
                                            .channel_id = rows_int(r, 5),
                                            .text = rows_dup(r, a, 6),
                                            .by_token = rows_int(r, 7),
                                            .at = rows_int(r, 8)};
    }
    return rows_ok(r, e);
}
