/* SPDX-License-Identifier: Apache-2.0 */
/* How far each list of each channel was asked for and what came of it, messages that a list does not show any more,
 * and what was used of a network's quota. */
#pragma once

#include "store/store.h"

struct asking_row {
    int64_t brand_id, channel_id;
    struct str listing;
    struct str cursor;
    int64_t checked_until; /* when the last complete round began; 0: none yet */
    int64_t next_at;
    int64_t whole_at; /* from then on a round is asked as far back as there is */
    int64_t failures, failing_since;
    struct str failure, words; /* of the last failure; words alone: it is left out, and why */
    int64_t cost;              /* units of the last round */
    int64_t doubted;           /* so many messages the last round left out, and was not believed */
    int64_t rounds, failed, found, late, withdrawn;
};
bool asking_row_put(struct tx *tx, const struct asking_row *row, struct error *e) MUST_USE;
/* ERR_NOT_FOUND */
bool asking_row_get(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str listing,
                    struct asking_row *out, struct error *e) MUST_USE;
/* Of one channel, or of all (0), by channel and name. */
bool asking_row_list(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct asking_row **out,
                     size_t *count, struct error *e) MUST_USE;
/* Those that are due, of channels that are on, the longest due first. */
bool asking_row_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int limit, struct asking_row **out,
                    size_t *count, struct error *e) MUST_USE;
bool asking_row_cursor(struct tx *tx, int64_t brand, int64_t channel, struct str listing, struct str cursor,
                       struct error *e) MUST_USE;
bool asking_row_next(struct tx *tx, int64_t brand, int64_t channel, struct str listing, int64_t at,
                     struct error *e) MUST_USE;
/* All of a channel are due at `at`; whole_at 0: as it is. */
bool asking_row_soon(struct tx *tx, int64_t brand, int64_t channel, int64_t at, int64_t whole_at,
                     struct error *e) MUST_USE;

/* A message of theirs as a list is compared with it. */
struct listed {
    int64_t id, at;
    struct str external_id, thread_key, door; /* of the row read now: valid until the next */
};
/* Those of a channel written between two moments and not removed; each is handed over. */
bool listed_each(struct tx *tx, int64_t brand, int64_t channel, int64_t from, int64_t until,
                 void (*each)(void *ctx, const struct listed *message), void *ctx, struct error *e) MUST_USE;

struct missing {
    int64_t message_id, since;
};
bool missing_put(struct tx *tx, int64_t brand, int64_t channel, struct str listing, const struct missing *one,
                 struct error *e) MUST_USE;
bool missing_list(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str listing,
                  struct missing **out, size_t *count, struct error *e) MUST_USE;
bool missing_remove(struct tx *tx, int64_t brand, int64_t channel, struct str listing, int64_t message,
                    struct error *e) MUST_USE;

struct quota_spent {
    int64_t period, asked, replied;
};
/* Zeros when nothing was spent. */
bool quota_spent_get(struct tx *tx, int64_t brand, int64_t channel, struct quota_spent *out,
                     struct error *e) MUST_USE;
/* Added when it is the same period, else a new one begins. */
bool quota_spend(struct tx *tx, int64_t brand, int64_t channel, const struct quota_spent *more,
                 struct error *e) MUST_USE;
