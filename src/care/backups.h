/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the scheduled backups: kept in the installation's settings, so that every node, /metrics and
 * `ascolto doctor` know it. */
#pragma once

#include "base/error.h"
#include "base/str.h"

struct arena;
struct tx;

struct backup_state {
    int64_t at;             /* the moment of the last one that was made; 0: none yet */
    int64_t size, duration; /* bytes, microseconds */
    struct str path;
    int64_t failed_at; /* later than at: since then it fails */
    struct str words;  /* why */
};

/* All zero where no backup was ever scheduled. */
bool backup_state_read(struct tx *tx, struct arena *a, struct backup_state *out, struct error *e) MUST_USE;
bool backup_state_write(struct tx *tx, const struct backup_state *state, struct error *e) MUST_USE;
/* Nothing is scheduled any more: forgets. */
bool backup_state_clear(struct tx *tx, struct error *e) MUST_USE;
