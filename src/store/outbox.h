/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: replies on their way. A row lives from the colleague's "send" until the network has accepted the
 * message or the colleague took it back. Its id is the message's. */
#pragma once

#include "store/store.h"

struct outbox {
    int64_t brand_id, id, channel_id, conversation_id;
    struct str state; /* "ready", "sending", "unsure" (may have arrived), "failed" */
    int64_t attempts, next_at, lease_until;
    struct str failure, words, code;
    int64_t step;
    struct str carry;
    int64_t answered_at; /* their last message through this door: for windows */
    struct str approved; /* JSON of the approved words it is made of (care/reply.h); empty: words of its own */
    /* the life of the node that has or had it under way (store/node.h), and a number of this one attempt: an outcome
     * is of the attempt that it names */
    int64_t claimed_by, claim;
};
bool outbox_add(struct tx *tx, const struct outbox *row, struct error *e) MUST_USE;
bool outbox_update(struct tx *tx, const struct outbox *row, struct error *e) MUST_USE; /* all but ids */
bool outbox_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
bool outbox_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct outbox *out,
                  struct error *e) MUST_USE;
/* Those under way, oldest first. */
bool outbox_sending(struct tx *tx, struct arena *a, int64_t brand, int limit, struct outbox **out, size_t *count,
                    struct error *e) MUST_USE;
/* Ready and due, through a channel that is open now, and the first of their story there: oldest first. However many
 * wait behind one that nobody knows the end of, those of other stories are found. full: channels that are left out,
 * at most OUTBOX_FULL_MAX. */
#define OUTBOX_FULL_MAX 256
bool outbox_can_go(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int limit, const int64_t *full,
                   size_t full_count, struct outbox **out, size_t *count, struct error *e) MUST_USE;
bool outbox_of(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct outbox **out,
               size_t *count, struct error *e) MUST_USE;
/* Those of a channel that did not leave yet. */
bool outbox_ready_of(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct outbox **out,
                     size_t *count, struct error *e) MUST_USE;
/* Those of a channel that the network may have. */
bool outbox_left_of(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct outbox **out,
                    size_t *count, struct error *e) MUST_USE;
bool outbox_move(struct tx *tx, int64_t brand, int64_t id, int64_t conversation, struct error *e) MUST_USE;
/* How many there are of each channel and state, and the oldest of them. */
struct outbox_count {
    int64_t channel_id, n, oldest_id;
    struct str state;
};
bool outbox_census(struct tx *tx, struct arena *a, int64_t brand, struct outbox_count **out, size_t *count,
                   struct error *e) MUST_USE;
/* Waiting ones of a channel become due at once (its token was renewed). */
bool outbox_wake(struct tx *tx, int64_t brand, int64_t channel, int64_t now, struct error *e) MUST_USE;
