/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: append-only; edits, deletions, receipts and places are changes with their own records. Also what finds a
 * message by its network's id (dedup), what came before its message (early), threads and attachments. */
#pragma once

#include "store/store.h"

struct json;

/* The place of an inbound message in the care ledger. Outbound messages have none. */
enum place { PLACE_NONE, PLACE_WAITING, PLACE_ANSWERED, PLACE_CLOSED, PLACE_SET_ASIDE, PLACE_WITHDRAWN, PLACES };
const char *place_name(enum place place); /* "waiting" … */

/* How far an outbound message came; it never steps back. */
enum message_receipt {
    MESSAGE_QUEUED,   /* in the outbox */
    MESSAGE_FAILED,   /* shown with its reason; retried or taken back by a colleague */
    MESSAGE_ACCEPTED, /* the network has it */
    MESSAGE_DELIVERED,
    MESSAGE_READ,
};

/* The note of a message that came while another application held the talk. */
#define NOTE_STANDBY "standby"
/* The note of one of which only ids came, while the network is asked for its words; and where it does not give them:
 * "withheld gone", the class of failure behind it. */
#define NOTE_SOUGHT   "sought"
#define NOTE_WITHHELD "withheld "
/* The note of one whose words were erased because the person asked (care/erasure.h): it never comes back. */
#define NOTE_ERASED "erased"

struct message {
    int64_t brand_id, id, conversation_id, person_id, channel_id;
    struct str thread_key, door;
    bool is_public, outbound;
    int64_t agent_id; /* who wrote it (outbound); 0: written on the network itself */
    struct str external_id, parent_id;
    struct str kind; /* message_kind_name */
    struct str text, note, link;
    struct str author_id; /* inbound: the writer's id on the network; outbound: whom it goes to */
    int64_t at;           /* the network's time */
    int64_t received_at;
    enum place place;
    int64_t place_by;
    int64_t day; /* YYYYMMDD of received_at in the brand's zone: its row in the ledger */
    enum message_receipt receipt;
    int64_t covers; /* outbound: the newest inbound message it answers */
    int64_t edited_at, deleted_at, attachments, payload_id;
    struct str origin; /* what it came from: a JSON list of {kind, words?, link?}; empty: simply written */
    struct str shut;   /* the network lets nobody answer it through its own door: a word of the network's; or empty */
    int64_t told_at; /* when the network last told its words, where they may be kept only for so long from then; 0: no
                      * such rule; below 0: they went at that moment */
};
bool message_add(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
bool message_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct message *out,
                   struct error *e) MUST_USE;
/* Those of these that are there, in any order; at most 250 ids. */
bool message_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct message **out,
                    size_t *count, struct error *e) MUST_USE;
/* A page of a story, oldest first: the newest `limit` messages before (at, id). */
bool message_list(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct cursor before,
                  struct message **out, size_t *count, struct error *e) MUST_USE;
/* All of a brand, by id: the first `limit` after an id. */
bool message_after(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int limit, struct message **out,
                   size_t *count, struct error *e) MUST_USE;
/* Those of theirs that wait, oldest first, with id at most upto. */
bool message_waiting(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int64_t upto,
                     struct message **out, size_t *count, struct error *e) MUST_USE;
/* Inbound messages of a conversation in a place. */
bool message_in_place(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, enum place place,
                      struct message **out, size_t *count, struct error *e) MUST_USE;
/* Their newest message that came through this channel and door; ERR_NOT_FOUND when there is none. */
bool message_last_in(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int64_t channel,
                     struct str door, struct message *out, struct error *e) MUST_USE;
/* When somebody, by the network's id of theirs, wrote last through this channel and door in any conversation of a
 * person's, after a moment; 0: they did not. */
struct last_from {
    int64_t brand, person, channel, after;
    struct str door, author;
};
bool message_last_from(struct tx *tx, const struct last_from *who, int64_t *at, struct error *e) MUST_USE;
/* Our newest message that the network accepted, but for one; ERR_NOT_FOUND when there is none. */
bool message_last_out(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int64_t but,
                      struct message *out, struct error *e) MUST_USE;
/* The newest message of theirs that an accepted one of ours, but for one, answers; 0: none. */
bool message_covered(struct tx *tx, int64_t brand, int64_t conversation, int64_t but, int64_t *out,
                     struct error *e) MUST_USE;
/* Their newest message through any door; ERR_NOT_FOUND when there is none. */
bool message_newest_in(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct message *out,
                       struct error *e) MUST_USE;
/* The newest message of either side; ERR_NOT_FOUND. */
bool message_newest(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct message *out,
                    struct error *e) MUST_USE;
/* The longest-waiting message of the brand; ERR_NOT_FOUND when nobody waits. */
bool message_longest_waiting(struct tx *tx, struct arena *a, int64_t brand, struct message *out,
                             struct error *e) MUST_USE;
/* The longest-waiting messages of the brand, longest first; several may be of one person. */
bool message_waiting_oldest(struct tx *tx, struct arena *a, int64_t brand, int limit, struct message **out,
                            size_t *count, struct error *e) MUST_USE;
bool message_set_place(struct tx *tx, int64_t brand, int64_t id, enum place place, int64_t by,
                       struct error *e) MUST_USE;
bool message_set_text(struct tx *tx, int64_t brand, int64_t id, struct str text, int64_t edited_at,
                      struct error *e) MUST_USE;
bool message_set_told(struct tx *tx, int64_t brand, int64_t id, int64_t told_at, struct error *e) MUST_USE;
bool message_set_words(struct tx *tx, int64_t brand, int64_t id, struct str text, struct str note, int64_t told_at,
                       struct error *e) MUST_USE;
/* What the network said when it was asked: all that a look-up may change. */
bool message_set_found(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
bool message_set_gone(struct tx *tx, int64_t brand, int64_t id, int64_t told_at,
                      struct error *e) MUST_USE; /* words go, and those before an edit */
/* Those of a channel that were told before a moment and have not gone, the oldest first. */
bool message_told_before(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, int64_t before, int limit,
                         struct message **out, size_t *count, struct error *e) MUST_USE;
bool message_set_shut(struct tx *tx, int64_t brand, int64_t id, struct str shut, struct error *e) MUST_USE;
bool message_set_payload(struct tx *tx, int64_t brand, int64_t id, int64_t payload, struct error *e) MUST_USE;
bool message_set_deleted(struct tx *tx, int64_t brand, int64_t id, int64_t at,
                         struct error *e) MUST_USE; /* text goes */
bool message_set_back(struct tx *tx, int64_t brand, int64_t id, struct str text, struct str note,
                      struct error *e) MUST_USE; /* it is not deleted any more */
bool message_set_receipt(struct tx *tx, int64_t brand, int64_t id, enum message_receipt receipt,
                         struct error *e) MUST_USE; /* forward only */
bool message_set_accepted(struct tx *tx, int64_t brand, int64_t id, struct str external_id, int64_t at,
                          struct error *e) MUST_USE;
/* The network's id of one whose call was not answered: settled by hand and echoed later, told by a receipt; or none
 * again. */
bool message_set_external(struct tx *tx, int64_t brand, int64_t id, struct str external_id, struct error *e) MUST_USE;
bool message_set_failed(struct tx *tx, int64_t brand, int64_t id, bool failed, struct error *e) MUST_USE;
bool message_set_undelivered(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE; /* after accepted */
bool message_delete_queued(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;   /* taken back */
bool message_move_person(struct tx *tx, int64_t brand, int64_t conversation, int64_t person,
                         struct error *e) MUST_USE;
/* One message alone, to another conversation. */
bool message_move(struct tx *tx, int64_t brand, int64_t id, int64_t conversation, int64_t person,
                  struct error *e) MUST_USE;
/* Receipts up to a moment for all ours to one person on a channel. */
bool message_receipts_upto(struct tx *tx, int64_t brand, int64_t conversation, int64_t channel, int64_t at,
                           enum message_receipt receipt, int64_t *changed, struct error *e) MUST_USE;
/* Where the two see each other's pages (channel: the care site): messages of ours that they have not seen, or of
 * theirs that none of us has; and: they are seen now. */
bool message_unread(struct tx *tx, int64_t brand, int64_t conversation, bool ours, int64_t channel, int64_t *count,
                    struct error *e) MUST_USE;
bool message_read_all(struct tx *tx, int64_t brand, int64_t conversation, bool ours, int64_t channel,
                      struct error *e) MUST_USE;
bool message_edit_add(struct tx *tx, int64_t brand, int64_t message, int64_t at, struct str text_before,
                      struct error *e) MUST_USE;
/* The words before the latest edit; empty when there was none. */
bool message_edit_last(struct tx *tx, struct arena *a, int64_t brand, int64_t message, struct str *before,
                       struct error *e) MUST_USE;

/* The network's id → ours. *id is 0 when unknown, -1 when the key was seen and has no message. */
bool dedup_find(struct tx *tx, int64_t brand, uint64_t hash, int64_t *id, struct error *e) MUST_USE;
/* *fresh is false when the key was there already. */
bool dedup_add(struct tx *tx, int64_t brand, uint64_t hash, int64_t id, bool *fresh, struct error *e) MUST_USE;
/* A key that is known to be new: should it be there after all, the command fails. */
bool dedup_add_new(struct tx *tx, int64_t brand, uint64_t hash, int64_t id, struct error *e) MUST_USE;
bool dedup_set(struct tx *tx, int64_t brand, uint64_t hash, int64_t id, struct error *e) MUST_USE;

enum early_kind { EARLY_EDIT, EARLY_DELETE, EARLY_RECEIPT, EARLY_REACTION };
struct early {
    int64_t brand_id, channel_id;
    struct str external_id;
    int64_t id;
    enum early_kind kind;
    struct str text;
    int receipt; /* the network's receipt, and the class of a failure: what care/ makes of it; of a reaction: how many
                  * bytes of the text say whose it is, before the emoji */
    int64_t at;
};
bool early_add(struct tx *tx, const struct early *early, struct error *e) MUST_USE;
/* How much waits for a message. */
bool early_count(struct tx *tx, int64_t brand, int64_t channel, struct str external_id, int64_t *out,
                 struct error *e) MUST_USE;
/* Takes (and removes) what came early for a message, oldest first: all but reactions. */
bool early_take(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str external_id,
                struct early **out, size_t *count, struct error *e) MUST_USE;
/* The same of some kinds only, first and last included. */
bool early_take_kinds(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str external_id,
                      enum early_kind first, enum early_kind last, struct early **out, size_t *count,
                      struct error *e) MUST_USE;

/* What waits since before an id for a message that never came. */
bool early_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e) MUST_USE;

bool thread_put(struct tx *tx, int64_t brand, int64_t channel, struct str key, struct str title, struct str link,
                int64_t at, struct error *e) MUST_USE; /* an empty title or link keeps what is there */
bool thread_retitle(struct tx *tx, int64_t brand, int64_t channel, struct str key, struct str title,
                    struct error *e) MUST_USE;
bool thread_get(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str key, struct str *title,
                struct str *link, struct error *e) MUST_USE; /* empty when unknown */

struct attachment {
    int64_t brand_id, id, message_id;
    struct str kind, mime, name;
    int64_t size;
    struct str url, media_id;
    struct str hash;  /* of the bytes, when stored */
    struct str state; /* "pending", "stored", "failed", "removed" */
    struct str problem;
    int64_t attempts, next_at;
    int64_t channel_id; /* by which it is fetched while it is pending; else 0 */
};
bool attachment_add(struct tx *tx, const struct attachment *attachment, struct error *e) MUST_USE;
bool attachment_update(struct tx *tx, const struct attachment *attachment, struct error *e) MUST_USE;
bool attachment_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct attachment *out,
                      struct error *e) MUST_USE;
bool attachment_list(struct tx *tx, struct arena *a, int64_t brand, int64_t message, struct attachment **out,
                     size_t *count, struct error *e) MUST_USE;
/* Of each channel that is not busy those that are due first, which is mostly one; at most 16. */
bool attachment_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, const int64_t *busy, size_t busy_n,
                    struct attachment **out, size_t *count, struct error *e) MUST_USE;
/* Those of a message that was taken back can be sent with another. */
bool attachment_free(struct tx *tx, int64_t brand, int64_t message, struct error *e) MUST_USE;
bool attachment_delete_of(struct tx *tx, int64_t brand, int64_t message, struct error *e) MUST_USE;
bool attachment_remove_of(struct tx *tx, int64_t brand, int64_t message, struct error *e) MUST_USE;
bool blob_put(struct tx *tx, int64_t brand, struct str hash, struct str mime, struct str bytes,
              struct error *e) MUST_USE;
bool blob_get(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct str *mime, struct str *bytes,
              struct error *e) MUST_USE; /* ERR_NOT_FOUND */
