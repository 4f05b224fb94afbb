/* SPDX-License-Identifier: Apache-2.0 */
/* When people are there to answer, and how long those waited who were answered. */
#pragma once

#include "store/store.h"

struct opening {
    int weekday;       /* 0 Sunday */
    int opens, closes; /* minutes of the brand's own day; closes up to 1440 */
};
/* All of a brand's, by weekday and time. */
bool opening_list(struct tx *tx, struct arena *a, int64_t brand, struct opening **out, size_t *count,
                  struct error *e) MUST_USE;
/* In the place of those there were. */
bool opening_put(struct tx *tx, int64_t brand, const struct opening *list, size_t count, struct error *e) MUST_USE;

/* Days (YYYYMMDD) from that one on, in order. */
bool closed_day_list(struct tx *tx, struct arena *a, int64_t brand, int64_t from, int64_t **out, size_t *count,
                     struct error *e) MUST_USE;
bool closed_day_add(struct tx *tx, int64_t brand, int64_t day, struct error *e) MUST_USE;
bool closed_day_remove(struct tx *tx, int64_t brand, int64_t day, struct error *e) MUST_USE;

/* reply: the message that answered them. */
bool waited_add(struct tx *tx, int64_t brand, int64_t reply, int64_t micros, struct error *e) MUST_USE;
/* Of the newest replies since a moment, at most `limit`, the newest first. */
bool waited_since(struct tx *tx, struct arena *a, int64_t brand, int64_t since, int limit, int64_t **out,
                  size_t *count, struct error *e) MUST_USE;
