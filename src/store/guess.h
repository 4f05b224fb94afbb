/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts to guess, counted where every node sees them at once: a bucket for each thing that is guessed at, kept as
 * the moment when it will be full again. */
#pragma once

#include "store/store.h"

/* Takes one of `burst` that are refilled over per_us. *wait is 0 when it may be tried, else how long to wait (µs). */
bool guess_take(struct tx *tx, int64_t brand, struct str what, int burst, int64_t per_us, int64_t *wait, int *left,
                struct error *e) MUST_USE;
/* Gives one back: it was right. */
bool guess_give(struct tx *tx, int64_t brand, struct str what, int burst, int64_t per_us, struct error *e) MUST_USE;
/* Forgets those that are full again. */
bool guess_expire(struct tx *tx, int64_t brand, struct error *e) MUST_USE;
