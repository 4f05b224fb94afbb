/* SPDX-License-Identifier: Apache-2.0 */
/* Ways in that we give: links to a private continuation, and from one browser of a guest to another. Hashes only. */
#pragma once

#include "store/store.h"

enum passage_kind {
    PASSAGE_REPLY = 1,  /* in a reply of a colleague */
    PASSAGE_DEVICE = 2, /* from one browser of a guest to another */
};

struct passage {
    int64_t brand_id, id;
    struct str hash; /* of the code */
    enum passage_kind kind;
    int64_t conversation_id; /* whose story it continues; 0: PASSAGE_DEVICE */
    int64_t agent_id;        /* who gave it */
    int64_t message_id;      /* the reply that gave it; 0: it stands in a draft */
    bool is_public;          /* everybody can read that reply */
    int64_t giver_id;        /* the guest who made it (PASSAGE_DEVICE) */
    struct str place;        /* the page it leads to (PASSAGE_DEVICE) */
    int64_t made_at, expires_at;
    int64_t used_at, guest_id; /* when, and by whom it was opened; 0: not yet */
    int64_t talk_id;           /* the talk that began there; 0: none yet, or it is one story by now */
    int64_t withdrawn_at, withdrawn_by;
    int64_t proven_at, proven_by; /* who says that it is them; proven_by 0: they showed it */
    int64_t merge_id;             /* the joining of two persons that went with it; 0: none */
};
bool passage_add(struct tx *tx, const struct passage *passage, struct error *e) MUST_USE;
/* ERR_NOT_FOUND when there is none. */
bool passage_by_hash(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct passage *out,
                     struct error *e) MUST_USE;
bool passage_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct passage *out,
                   struct error *e) MUST_USE;
/* Those that were given in this story; that led to this talk; that this guest opened; that
 * were proven by this joining of two persons. The oldest first. */
bool passage_of_conversation(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation,
                             struct passage **out, size_t *count, struct error *e) MUST_USE;
bool passage_of_talk(struct tx *tx, struct arena *a, int64_t brand, int64_t talk, struct passage **out, size_t *count,
                     struct error *e) MUST_USE;
bool passage_of_guest(struct tx *tx, struct arena *a, int64_t brand, int64_t guest, struct passage **out,
                      size_t *count, struct error *e) MUST_USE;
bool passage_of_merge(struct tx *tx, struct arena *a, int64_t brand, int64_t merge, struct passage **out,
                      size_t *count, struct error *e) MUST_USE;
/* All but what it is, who made it and who opened it. */
bool passage_update(struct tx *tx, const struct passage *passage, struct error *e) MUST_USE;
/* *taken is false where somebody opened it or it was withdrawn meanwhile. */
bool passage_use(struct tx *tx, int64_t brand, int64_t id, int64_t guest, int64_t now, bool *taken,
                 struct error *e) MUST_USE;
/* One conversation became part of another. */
bool passage_move(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e) MUST_USE;
/* Of what was never given: the older ones of a kind. */
bool passage_expire(struct tx *tx, int64_t brand, enum passage_kind kind, int64_t made_before,
                    struct error *e) MUST_USE;
