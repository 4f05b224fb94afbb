/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing what is held of a person: the requests, and the statements by which things go. What each of them means for
 * people is care/erasure.h's. */
#pragma once

#include "store/store.h"

enum erasure_state {
    ERASURE_ASKED,      /* they ask; a lead decides */
    ERASURE_TAKEN_BACK, /* they changed their mind */
    ERASURE_REFUSED,    /* with a reason */
    ERASURE_BEGUN,      /* decided: it goes piece by piece */
    ERASURE_DONE,
};
const char *erasure_state_name(enum erasure_state state); /* "asked" … */

/* What went, all in all. */
struct erasure_counts {
    int64_t accounts, stories, messages, files, payloads, events;
};

struct erasure {
    int64_t brand_id, id, person_id;
    int64_t conversation_id; /* in which they asked; 0: a colleague began it */
    struct str receipt;      /* hash; empty: none was given */
    enum erasure_state state;
    bool posts_stay; /* their words in the community stay, without their name */
    int64_t asked_at, due_at, decided_by, decided_at;
    struct str reason; /* of a refusal; of a colleague who began it without being asked here */
    struct str carry;  /* sealed, while it is begun */
    int64_t done_at;
    struct erasure_counts gone;
};
bool erasure_add(struct tx *tx, const struct erasure *erasure, struct error *e) MUST_USE;
/* All three: out->id 0 when there is none. */
bool erasure_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct erasure *out,
                   struct error *e) MUST_USE;
bool erasure_by_receipt(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct erasure *out,
                        struct error *e) MUST_USE;
bool erasure_newest_of(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct erasure *out,
                       struct error *e) MUST_USE;
/* In one state, the newest first. */
bool erasure_list(struct tx *tx, struct arena *a, int64_t brand, enum erasure_state state, int limit,
                  struct erasure **out, size_t *count, struct error *e) MUST_USE;
/* All but the request itself and the counts. */
bool erasure_update(struct tx *tx, const struct erasure *erasure, struct error *e) MUST_USE;
/* A conversation is another person's now, or part of another: the request in it, as long as it is open, goes along.
 */
bool erasure_to_person(struct tx *tx, int64_t brand, int64_t conversation, int64_t person, struct error *e) MUST_USE;
bool erasure_to_conversation(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e) MUST_USE;
bool erasure_count(struct tx *tx, const struct erasure *erasure, const struct erasure_counts *more,
                   struct error *e) MUST_USE;

/* ---- a person ---- */

/* Those who were merged into this one, in one step. */
bool erase_merged(struct tx *tx, struct arena *a, int64_t brand, int64_t person, int64_t **out, size_t *count,
                  struct error *e) MUST_USE;
/* The browsers of an identity of the care site. */
bool erase_guests(struct tx *tx, struct arena *a, int64_t brand, struct str external_id, int64_t **out, size_t *count,
                  struct error *e) MUST_USE;
/* An identity with what its networks told, and where it is to be told. */
bool erase_identity(struct tx *tx, int64_t brand, struct str network, struct str external_id,
                    struct error *e) MUST_USE;
/* A browser, with its codes; devices are care/push.h's. */
bool erase_guest(struct tx *tx, int64_t brand, int64_t guest, struct error *e) MUST_USE;
/* What ties a person to others: merges cannot be undone any more. */
bool erase_ties(struct tx *tx, int64_t brand, int64_t person, int64_t at, struct error *e) MUST_USE;
/* A member of the community is called by a word that names nobody; key: unique, and no name. */
bool erase_member(struct tx *tx, int64_t brand, int64_t member, struct str key, struct str name,
                  struct error *e) MUST_USE;

/* ---- a message ---- */

/* Words and all by which a network knows it; the row, its place in the ledger and its times stay. */
bool erase_message(struct tx *tx, int64_t brand, int64_t id, struct str thread_key, int64_t deleted_at,
                   struct error *e) MUST_USE;
/* A post whose words stay: only by whom it is goes. */
bool erase_message_author(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
/* Its files; *gone: how many. Bytes that nothing else refers to go too. */
bool erase_attachments(struct tx *tx, int64_t brand, int64_t message, int64_t *gone, struct error *e) MUST_USE;
bool erase_thread(struct tx *tx, int64_t brand, int64_t channel, struct str key, struct error *e) MUST_USE;
bool erase_post(struct tx *tx, int64_t brand, int64_t post, struct error *e) MUST_USE;
bool erase_topic(struct tx *tx, int64_t brand, int64_t topic, struct str title, struct str slug,
                 struct error *e) MUST_USE;

/* ---- around a conversation ---- */

/* Notes, drafts, promises, reasons, what was said before a call; by: who decides. */
bool erase_conversation(struct tx *tx, int64_t brand, int64_t conversation, int64_t at, int64_t by,
                        struct error *e) MUST_USE;
bool erase_event(struct tx *tx, int64_t brand, int64_t event, struct str data, struct error *e) MUST_USE;
