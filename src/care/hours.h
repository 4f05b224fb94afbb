/* SPDX-License-Identifier: Apache-2.0 */
/* When people are there, and how long one really waits for them: what the care site says to who is about to write. */
#pragma once

#include "store/brand.h"
#include "store/hours.h"

struct hours_now {
    bool known; /* the brand has said its hours; else nothing is said of them */
    bool open;
    int64_t until; /* open: when they end */
    int64_t next;  /* shut: when people are back; 0: not within a month */
};
bool hours_at(struct tx *tx, struct arena *a, const struct brand *brand, int64_t at, struct hours_now *out,
              struct error *e) MUST_USE;

/* When so much time has passed in which people are there; by the clock where the brand has not said its hours. */
bool hours_after(struct tx *tx, struct arena *a, const struct brand *brand, int64_t from, int64_t micros,
                 int64_t *out, struct error *e) MUST_USE;

/* "9-13, 14:30-18" of one weekday, added to the list; empty: nobody is there. False where it cannot be read, or its
 * spans overlap. */
bool hours_read(struct arena *a, struct str text, int weekday, struct opening **list, size_t *count) MUST_USE;
/* The same spans in words: "9:00–13:00, 14:30–18:00". */
struct str hours_text(struct arena *a, const struct opening *list, size_t count, int weekday);

/* How long those waited who were answered: the middle one of the last hours' (recent), else of the last week's. False
 * when so few were answered that nothing can be said. */
#define WAIT_WEEK (7 * DAY_US)
struct wait_usual {
    int64_t seconds;
    bool recent;
};
bool wait_usual(struct tx *tx, struct arena *a, int64_t brand, int64_t now, bool *said, struct wait_usual *out,
                struct error *e) MUST_USE;
