/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of the care ledger, per channel, day and place, kept beside the messages; and the signed statements. */
#pragma once

#include "store/message.h"

struct json;

bool ledger_count_add(struct tx *tx, int64_t brand, int64_t channel, int64_t day, enum place place, int n,
                      struct error *e) MUST_USE;

struct ledger_line {
    int64_t channel_id, day;
    int64_t n[PLACES]; /* by place; n[PLACE_NONE] unused */
};
/* The counts as kept. day 0: all days in one line a channel; from/to: only days in this range (0: open). */
bool ledger_counts(struct tx *tx, struct arena *a, int64_t brand, int64_t from, int64_t to, bool by_day,
                   struct ledger_line **out, size_t *count, struct error *e) MUST_USE;
/* How many came on a day, wherever they are now. */
bool ledger_received(struct tx *tx, int64_t brand, int64_t day, int64_t *out, struct error *e) MUST_USE;
/* The same counted from the messages themselves. Reads every message: for verification only. */
bool ledger_recount(struct tx *tx, struct arena *a, int64_t brand, struct ledger_line **out, size_t *count,
                    struct error *e) MUST_USE;

struct statement {
    int64_t brand_id, day;
    struct str body, previous, hash, signature, public_key; /* hashes and keys in hex */
    int64_t at;
    int64_t event_id; /* the last event it knows of; 0: signed before that was kept */
};
bool statement_add(struct tx *tx, const struct statement *s, struct error *e) MUST_USE;
bool statement_by_day(struct tx *tx, struct arena *a, int64_t brand, int64_t day, struct statement *out,
                      struct error *e) MUST_USE;
bool statement_last(struct tx *tx, struct arena *a, int64_t brand, struct statement *out,
                    struct error *e) MUST_USE; /* ERR_NOT_FOUND when there is none */
bool statement_list(struct tx *tx, struct arena *a, int64_t brand, int64_t after_day, int limit,
                    struct statement **out, size_t *count, struct error *e) MUST_USE; /* oldest first */
