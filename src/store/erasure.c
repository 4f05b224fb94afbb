/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to erase, and what erasing does to rows. */
#include "store/erasure.h"

#include "db/db.h"
#include "store/guest.h"
#include "store/message.h"
#include "store/notice.h"
#include "store/passkey.h"
#include "store/reaction.h"
#include "store/retention.h"
#include "store/wish.h"

const char *erasure_state_name(enum erasure_state state)
{
    static const char *const names[] = {"asked", "taken_back", "refused", "begun", "done"};
    return names[state];
}

bool erasure_add(struct tx *tx, const struct erasure *x, struct error *e)
{
    const struct erasure_counts *n = &x->gone;
    return db_exec(tx, SQL_erasure_insert, NULL, e, V(x->brand_id), V(x->id), V(x->person_id), V(x->conversation_id),
                   V(x->receipt), V((int)x->state), V(x->posts_stay), V(x->asked_at), V(x->due_at), V(x->decided_by),
                   V(x->decided_at), V(x->reason), db_bytes(x->carry), V(x->done_at), V(n->accounts), V(n->stories),
                   V(n->messages), V(n->files), V(n->payloads), V(n->events));
}

static struct erasure erasure_of_row(const struct rows *r, struct arena *a)
{
    return (struct erasure){.brand_id = rows_int(r, 0),
                            .id = rows_int(r, 1),
                            .person_id = rows_int(r, 2),
                            .conversation_id = rows_int(r, 3),
                            .receipt = rows_dup(r, a, 4),
                            .state = (enum erasure_state)rows_int(r, 5),
                            .posts_stay = rows_int(r, 6) != 0,
                            .asked_at = rows_int(r, 7),
                            .due_at = rows_int(r, 8),
                            .decided_by = rows_int(r, 9),
                            .decided_at = rows_int(r, 10),
                            .reason = rows_dup(r, a, 11),
                            .carry = rows_dup(r, a, 12),
                            .done_at = rows_int(r, 13),
                            .gone = {rows_int(r, 14), rows_int(r, 15), rows_int(r, 16), rows_int(r, 17),
                                     rows_int(r, 18), rows_int(r, 19)}};
}

static bool one_read(struct rows *rows, struct arena *a, struct erasure *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = rows;
    *out = (struct erasure){0};
    if (!r)
        return false;
    if (rows_next(r))
        *out = erasure_of_row(r, a);
    return rows_ok(r, e);
}

bool erasure_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct erasure *out, struct error *e)
{
    return one_read(db_query(tx, SQL_erasure_by_id, e, V(brand), V(id)), a, out, e);
}

bool erasure_by_receipt(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct erasure *out,
                        struct error *e)
{
    return one_read(db_query(tx, SQL_erasure_by_receipt, e, V(brand), V(hash)), a, out, e);
}

bool erasure_newest_of(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct erasure *out,
                       struct error *e)
{
    return one_read(db_query(tx, SQL_erasure_newest_of, e, V(brand), V(person)), a, out, e);
}

bool erasure_list(struct tx *tx, struct arena *a, int64_t brand, enum erasure_state state, int limit,
                  struct erasure **out, size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_erasure_list, e, V(brand), V((int)state), V(limit));
    if (!r)
        return false;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = erasure_of_row(r, a);
    }
    return rows_ok(r, e);
}

bool erasure_update(struct tx *tx, const struct erasure *x, struct error *e)
{
    return db_exec(tx, SQL_erasure_update, NULL, e, V(x->brand_id), V(x->id), V(x->person_id), V(x->conversation_id),
                   V((int)x->state), V(x->decided_by), V(x->decided_at), V(x->reason), db_bytes(x->carry),
                   V(x->done_at));
}

bool erasure_to_person(struct tx *tx, int64_t brand, int64_t conversation, int64_t person, struct error *e)
{
    return db_exec(tx, SQL_erasure_to_person, NULL, e, V(brand), V(conversation), V(person));
}

bool erasure_to_conversation(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e)
{
    return db_exec(tx, SQL_erasure_to_conversation, NULL, e, V(brand), V(from), V(into));
}

bool erasure_count(struct tx *tx, const struct erasure *x, const struct erasure_counts *n, struct error *e)
{
    return db_exec(tx, SQL_erasure_count, NULL, e, V(x->brand_id), V(x->id), V(n->accounts), V(n->stories),
                   V(n->messages), V(n->files), V(n->payloads), V(n->events));
}

/* ---- a person ---- */

bool erase_merged(struct tx *tx, struct arena *a, int64_t brand, int64_t person, int64_t **out, size_t *count,
                  struct error *e)
{
    return rows_ids(db_query(tx, SQL_erase_merged, e, V(brand), V(person)), a, out, count, e);
}

bool erase_guests(struct tx *tx, struct arena *a, int64_t brand, struct str external_id, int64_t **out, size_t *count,
                  struct error *e)
{
    return rows_ids(db_query(tx, SQL_erase_guests, e, V(brand), V(external_id)), a, out, count, e);
}

bool erase_identity(struct tx *tx, int64_t brand, struct str network, struct str id, struct error *e)
{
    return db_exec(tx, SQL_erase_identity, NULL, e, V(brand), V(network), V(id)) &&
           db_exec(tx, SQL_erase_traits, NULL, e, V(brand), V(network), V(id)) &&
           db_exec(tx, SQL_erase_notice, NULL, e, V(brand), V(network), V(id)) &&
           db_exec(tx, SQL_nameless_delete, NULL, e, V(brand), V(network), V(id)) &&
           db_exec(tx, SQL_erase_reactions, NULL, e, V(brand), V(id));
}

bool erase_guest(struct tx *tx, int64_t brand, int64_t guest, struct error *e)
{
    return db_exec(tx, SQL_erase_proofs, NULL, e, V(brand), V(guest)) &&
           db_exec(tx, SQL_erase_letter_codes, NULL, e, V(brand), V(guest)) && passkey_ask_end(tx, brand, guest, e) &&
           db_exec(tx, SQL_erase_passage_guest, NULL, e, V(brand), V(guest)) && guest_delete(tx, brand, guest, e);
}

bool erase_ties(struct tx *tx, int64_t brand, int64_t person, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_erase_strangers, NULL, e, V(brand), V(person)) &&
           db_exec(tx, SQL_erase_merges, NULL, e, V(brand), V(person), V(at));
}

bool erase_member(struct tx *tx, int64_t brand, int64_t member, struct str key, struct str name, struct error *e)
{
    return db_exec(tx, SQL_erase_member, NULL, e, V(brand), V(member), V(key), V(name)) &&
           db_exec(tx, SQL_erase_member_follows, NULL, e, V(brand), V(member)) &&
           db_exec(tx, SQL_erase_member_reports, NULL, e, V(brand), V(member));
}

/* ---- a message ---- */

bool erase_message(struct tx *tx, int64_t brand, int64_t id, struct str thread_key, int64_t deleted_at,
                   struct error *e)
{
    return db_exec(tx, SQL_erase_message, NULL, e, V(brand), V(id), V(thread_key), V(NOTE_ERASED), V(deleted_at)) &&
           db_exec(tx, SQL_message_edit_delete, NULL, e, V(brand), V(id)) && reaction_delete_of(tx, brand, id, e) &&
           wish_delete(tx, brand, id, e);
}

bool erase_message_author(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_erase_message_author, NULL, e, V(brand), V(id));
}

#define FILES_MOST 64 /* of one message */

static size_t hashes_read(struct rows *rows, struct arena *a, struct str *out, size_t most, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = rows;
    size_t n = 0;
    while (r && rows_next(r))
        if (n < most)
            out[n++] = rows_dup(r, a, 0);
    return r && rows_ok(r, e) ? n : most + 1;
}

bool erase_attachments(struct tx *tx, int64_t brand, int64_t message, int64_t *gone, struct error *e)
{
    struct str hashes[FILES_MOST];
    size_t n = hashes_read(db_query(tx, SQL_erase_attachments, e, V(brand), V(message)), tx_arena(tx), hashes,
                           FILES_MOST, e);
    *gone = 0;
    if (n > FILES_MOST)
        return false;
    for (size_t i = 0; i < n; i++) {
        int64_t dropped;
        if (hashes[i].len && !blob_drop(tx, brand, hashes[i], &dropped, e))
            return false;
    }
    *gone = (int64_t)n;
    return true;
}

bool erase_thread(struct tx *tx, int64_t brand, int64_t channel, struct str key, struct error *e)
{
    return db_exec(tx, SQL_erase_thread, NULL, e, V(brand), V(channel), V(key));
}

bool erase_post(struct tx *tx, int64_t brand, int64_t post, struct error *e)
{
    return db_exec(tx, SQL_erase_post, NULL, e, V(brand), V(post));
}

bool erase_topic(struct tx *tx, int64_t brand, int64_t topic, struct str title, struct str slug, struct error *e)
{
    return db_exec(tx, SQL_erase_topic, NULL, e, V(brand), V(topic), V(title), V(slug));
}

/* ---- around a conversation ---- */

bool erase_conversation(struct tx *tx, int64_t brand, int64_t conversation, int64_t at, int64_t by, struct error *e)
{
    static const enum sql_id plain[] = {SQL_erase_notes,    SQL_erase_entries, SQL_erase_drafts,  SQL_erase_promises,
                                        SQL_erase_mentions, SQL_erase_call,    SQL_erase_passages};
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (!db_exec(tx, plain[i], NULL, e, V(brand), V(conversation)))
            return false;
    return db_exec(tx, SQL_erase_promises_open, NULL, e, V(brand), V(conversation), V(at), V(by)) &&
           untold_seen(tx, brand, conversation, e);
}

bool erase_event(struct tx *tx, int64_t brand, int64_t event, struct str data, struct error *e)
{
    return db_exec(tx, SQL_erase_event, NULL, e, V(brand), V(event), V(data));
}
