/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as rows. */
#include "store/message.h"

#include "base/arena.h"
#include "db/db.h"

static const char *const place_names[] = {"none", "waiting", "answered", "closed", "set_aside", "withdrawn"};

const char *place_name(enum place place)
{
    return place_names[place];
}

static void message_read(const struct rows *r, struct arena *a, struct message *out)
{
    *out = (struct message){.brand_id = rows_int(r, 0),
                            .id = rows_int(r, 1),
                            .conversation_id = rows_int(r, 2),
                            .person_id = rows_int(r, 3),
                            .channel_id = rows_int(r, 4),
                            .thread_key = rows_dup(r, a, 5),
                            .door = rows_dup(r, a, 6),
                            .is_public = rows_int(r, 7) != 0,
                            .outbound = rows_int(r, 8) != 0,
                            .agent_id = rows_int(r, 9),
                            .external_id = rows_dup(r, a, 10),
                            .parent_id = rows_dup(r, a, 11),
                            .kind = rows_dup(r, a, 12),
                            .text = rows_dup(r, a, 13),
                            .note = rows_dup(r, a, 14),
                            .link = rows_dup(r, a, 15),
                            .author_id = rows_dup(r, a, 16),
                            .at = rows_int(r, 17),
                            .received_at = rows_int(r, 18),
                            .place = (enum place)rows_int(r, 19),
                            .place_by = rows_int(r, 20),
                            .day = rows_int(r, 21),
                            .receipt = (enum message_receipt)rows_int(r, 22),
                            .covers = rows_int(r, 23),
                            .edited_at = rows_int(r, 24),
                            .deleted_at = rows_int(r, 25),
                            .attachments = rows_int(r, 26),
                            .payload_id = rows_int(r, 27),
                            .origin = rows_dup(r, a, 28),
                            .shut = rows_dup(r, a, 29),
                            .told_at = rows_int(r, 30)};
}

bool message_add(struct tx *tx, const struct message *m, struct error *e)
{
    return db_exec(tx, SQL_message_insert, NULL, e, V(m->brand_id), V(m->id), V(m->conversation_id), V(m->person_id),
                   V(m->channel_id), V(m->thread_key), V(m->door), V(m->is_public), V(m->outbound), V(m->agent_id),
                   V(m->external_id), V(m->parent_id), V(m->kind), V(m->text), V(m->note), V(m->link),
                   V(m->author_id), V(m->at), V(m->received_at), V((int)m->place), V(m->place_by), V(m->day),
                   V((int)m->receipt), V(m->covers), V(m->edited_at), V(m->deleted_at), V(m->attachments),
                   V(m->payload_id), V(m->origin), V(m->shut), V(m->told_at));
}

static bool message_one(struct rows *given, struct arena *a, struct message *out, struct error *e)
{
    *out = (struct message){0};
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    if (rows_next(rows)) {
        message_read(rows, a, out);
        return true;
    }
    return rows_ok(rows, e) && fail(e, ERR_NOT_FOUND, "There is no such message.");
}

static bool message_rows(struct rows *given, struct arena *a, struct message **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(rows)) {
        *out = list_room(a, *out, *count, sizeof **out);
        message_read(rows, a, &(*out)[(*count)++]);
    }
    return rows_ok(rows, e);
}

bool message_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct message *out, struct error *e)
{
    return message_one(db_query(tx, SQL_message_by_id, e, V(brand), V(id)), a, out, e);
}

bool message_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct message **out,
                    size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    if (n == 0)
        return true;
    struct db_value first = V(brand), *list = ARENA_ARRAY(a, struct db_value, n);
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    return message_rows(db_query_list(tx, SQL_message_by_ids, &first, 1, list, n, e), a, out, count, e);
}

bool message_list(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct cursor before,
                  struct message **out, size_t *count, struct error *e)
{
    int64_t at = before.at ? before.at : INT64_MAX, id = before.id ? before.id : INT64_MAX;
    if (!message_rows(db_query(tx, SQL_message_list, e, V(brand), V(conversation), V(at), V(id), V(before.limit)), a,
                      out, count, e))
        return false;
    for (size_t i = 0; i < *count / 2; i++) {
        struct message m = (*out)[i];
        (*out)[i] = (*out)[*count - 1 - i];
        (*out)[*count - 1 - i] = m;
    }
    return true;
}

bool message_after(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int limit, struct message **out,
                   size_t *count, struct error *e)
{
    return message_rows(db_query(tx, SQL_message_after, e, V(brand), V(after), V(limit)), a, out, count, e);
}

bool message_in_place(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, enum place place,
                      struct message **out, size_t *count, struct error *e)
{
    return message_rows(db_query(tx, SQL_message_in_place, e, V(brand), V(conversation), V((int)place), V(INT64_MAX)),
                        a, out, count, e);
}

bool message_waiting(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int64_t upto,
                     struct message **out, size_t *count, struct error *e)
{
    return message_rows(
        db_query(tx, SQL_message_in_place, e, V(brand), V(conversation), V((int)PLACE_WAITING), V(upto)), a, out,
        count, e);
}

bool message_last_in(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int64_t channel,
                     struct str door, struct message *out, struct error *e)
{
    return message_one(db_query(tx, SQL_message_last_in, e, V(brand), V(conversation), V(channel), V(door)), a, out,
                       e);
}

bool message_last_from(struct tx *tx, const struct last_from *who, int64_t *at, struct error *e)
{
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_message_last_from, e, V(who->brand), V(who->person), V(who->channel),
                              V(who->door), V(who->author), V(who->after));
    *at = r && rows_next(r) ? rows_int(r, 0) : 0;
    return r && rows_ok(r, e);
}

bool message_last_out(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int64_t but,
                      struct message *out, struct error *e)
{
    return message_one(db_query(tx, SQL_message_last_out, e, V(brand), V(conversation), V(but)), a, out, e);
}

bool message_covered(struct tx *tx, int64_t brand, int64_t conversation, int64_t but, int64_t *out, struct error *e)
{
    return rows_number(db_query(tx, SQL_message_covered, e, V(brand), V(conversation), V(but)), out, e);
}

bool message_newest_in(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct message *out,
                       struct error *e)
{
    return message_one(db_query(tx, SQL_message_newest_in, e, V(brand), V(conversation)), a, out, e);
}

bool message_newest(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct message *out,
                    struct error *e)
{
    return message_one(db_query(tx, SQL_message_newest, e, V(brand), V(conversation)), a, out, e);
}

bool message_longest_waiting(struct tx *tx, struct arena *a, int64_t brand, struct message *out, struct error *e)
{
    return message_one(db_query(tx, SQL_message_longest_waiting, e, V(brand)), a, out, e);
}

bool message_waiting_oldest(struct tx *tx, struct arena *a, int64_t brand, int limit, struct message **out,
                            size_t *count, struct error *e)
{
    return message_rows(db_query(tx, SQL_message_waiting_oldest, e, V(brand), V(limit)), a, out, count, e);
}

bool message_set_place(struct tx *tx, int64_t brand, int64_t id, enum place place, int64_t by, struct error *e)
{
    return db_exec(tx, SQL_message_set_place, NULL, e, V(brand), V(id), V((int)place), V(by));
}

bool message_set_text(struct tx *tx, int64_t brand, int64_t id, struct str text, int64_t edited_at, struct error *e)
{
    return db_exec(tx, SQL_message_set_text, NULL, e, V(brand), V(id), V(text), V(edited_at));
}

bool message_set_told(struct tx *tx, int64_t brand, int64_t id, int64_t told_at, struct error *e)
{
    return db_exec(tx, SQL_message_set_told, NULL, e, V(brand), V(id), V(told_at));
}

bool message_set_words(struct tx *tx, int64_t brand, int64_t id, struct str text, struct str note, int64_t told_at,
                       struct error *e)
{
    return db_exec(tx, SQL_message_set_words, NULL, e, V(brand), V(id), V(text), V(note), V(told_at));
}

bool message_set_found(struct tx *tx, const struct message *m, struct error *e)
{
    return db_exec(tx, SQL_message_set_found, NULL, e, V(m->brand_id), V(m->id), V(m->kind), V(m->text), V(m->note),
                   V(m->link), V(m->author_id), V(m->at), V(m->door), V(m->attachments), V(m->origin), V(m->shut),
                   V(m->told_at), V(m->parent_id));
}

bool message_set_gone(struct tx *tx, int64_t brand, int64_t id, int64_t told_at, struct error *e)
{
    return db_exec(tx, SQL_message_set_gone, NULL, e, V(brand), V(id), V(told_at)) &&
           db_exec(tx, SQL_message_edit_delete, NULL, e, V(brand), V(id));
}

bool message_told_before(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, int64_t before, int limit,
                         struct message **out, size_t *count, struct error *e)
{
    return message_rows(db_query(tx, SQL_message_told_before, e, V(brand), V(channel), V(before), V(limit)), a, out,
                        count, e);
}

bool message_set_shut(struct tx *tx, int64_t brand, int64_t id, struct str shut, struct error *e)
{
    return db_exec(tx, SQL_message_set_shut, NULL, e, V(brand), V(id), V(shut));
}

bool message_set_payload(struct tx *tx, int64_t brand, int64_t id, int64_t payload, struct error *e)
{
    return db_exec(tx, SQL_message_set_payload, NULL, e, V(brand), V(id), V(payload));
}

bool message_set_deleted(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_message_set_deleted, NULL, e, V(brand), V(id), V(at)) &&
           db_exec(tx, SQL_message_edit_delete, NULL, e, V(brand), V(id));
}

bool message_set_back(struct tx *tx, int64_t brand, int64_t id, struct str text, struct str note, struct error *e)
{
    return db_exec(tx, SQL_message_set_back, NULL, e, V(brand), V(id), V(text), V(note));
}

bool message_set_receipt(struct tx *tx, int64_t brand, int64_t id, enum message_receipt receipt, struct error *e)
{
    return db_exec(tx, SQL_message_set_receipt, NULL, e, V(brand), V(id), V((int)receipt));
}

bool message_set_accepted(struct tx *tx, int64_t brand, int64_t id, struct str external_id, int64_t at,
                          struct error *e)
{
    return db_exec(tx, SQL_message_set_accepted, NULL, e, V(brand), V(id), V(external_id), V(at));
}

bool message_set_external(struct tx *tx, int64_t brand, int64_t id, struct str external_id, struct error *e)
{
    return db_exec(tx, SQL_message_set_external, NULL, e, V(brand), V(id), V(external_id));
}

bool message_set_failed(struct tx *tx, int64_t brand, int64_t id, bool failed, struct error *e)
{
    int receipt = failed ? MESSAGE_FAILED : MESSAGE_QUEUED;
    return db_exec(tx, SQL_message_set_failed, NULL, e, V(brand), V(id), V(receipt));
}

bool message_set_undelivered(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_message_set_undelivered, NULL, e, V(brand), V(id));
}

bool message_delete_queued(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    int64_t changed = 0;
    return db_exec(tx, SQL_message_delete_queued, &changed, e, V(brand), V(id)) &&
           (changed || fail(e, ERR_CONFLICT, "The network already has this message: it cannot be taken back."));
}

bool message_move_person(struct tx *tx, int64_t brand, int64_t conversation, int64_t person, struct error *e)
{
    return db_exec(tx, SQL_message_move_person, NULL, e, V(brand), V(conversation), V(person));
}

bool message_move(struct tx *tx, int64_t brand, int64_t id, int64_t conversation, int64_t person, struct error *e)
{
    return db_exec(tx, SQL_message_move, NULL, e, V(brand), V(id), V(conversation), V(person));
}

bool message_receipts_upto(struct tx *tx, int64_t brand, int64_t conversation, int64_t channel, int64_t at,
                           enum message_receipt receipt, int64_t *changed, struct error *e)
{
    return db_exec(tx, SQL_message_receipts_upto, changed, e, V(brand), V(conversation), V(channel), V(at),
                   V((int)receipt));
}

/* Of ours those that were accepted. */
static int least_receipt(bool ours)
{
    return ours ? MESSAGE_ACCEPTED : MESSAGE_QUEUED;
}

bool message_unread(struct tx *tx, int64_t brand, int64_t conversation, bool ours, int64_t channel, int64_t *count,
                    struct error *e)
{
    return rows_number(
        db_query(tx, SQL_message_unread, e, V(brand), V(conversation), V(ours), V(channel), V(least_receipt(ours))),
        count, e);
}

bool message_read_all(struct tx *tx, int64_t brand, int64_t conversation, bool ours, int64_t channel, struct error *e)
{
    return db_exec(tx, SQL_message_read_all, NULL, e, V(brand), V(conversation), V(ours), V(channel),
                   V(least_receipt(ours)));
}

bool message_edit_add(struct tx *tx, int64_t brand, int64_t message, int64_t at, struct str before, struct error *e)
{
    return db_exec(tx, SQL_message_edit_insert, NULL, e, V(brand), V(message), V(at), V(before));
}

bool message_edit_last(struct tx *tx, struct arena *a, int64_t brand, int64_t message, struct str *before,
                       struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_message_edit_last, e, V(brand), V(message));
    if (!rows)
        return false;
    *before = rows_next(rows) ? rows_dup(rows, a, 0) : STR_EMPTY;
    return rows_ok(rows, e);
}
