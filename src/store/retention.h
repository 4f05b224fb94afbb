/* SPDX-License-Identifier: Apache-2.0 */
/* What has been kept long enough: finding it, letting it go, and how far that came. The rules are care/retention.h's.
 */
#pragma once

#include "store/event.h"
#include "store/ledger.h"
#include "store/shelf.h"

struct brand;

/* How far one kind ("payloads", "events", "search", "files", "run") was pruned; all 0: never. */
struct retention_mark {
    int64_t day;      /* events: of the statement that opens the log now */
    int64_t begun;    /* events: of the one that is being pruned up to; the same when that is done */
    int64_t until_at; /* what is older is gone */
    int64_t pruned;   /* rows, ever */
    int64_t at;       /* when rows last went */
};
bool retention_get(struct tx *tx, int64_t brand, const char *kind, struct retention_mark *out,
                   struct error *e) MUST_USE;
bool retention_put(struct tx *tx, int64_t brand, const char *kind, const struct retention_mark *mark,
                   struct error *e) MUST_USE;
bool retention_rules_put(struct tx *tx, const struct brand *brand, struct error *e) MUST_USE;

/* How many rows, and of what size (bytes; of conversations: messages). */
struct retention_sum {
    int64_t rows, size;
};

/* Payloads with after < id < before, oldest first; never unread ones. */
bool payload_old(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int64_t before, int limit,
                 struct payload **out, size_t *count, struct error *e) MUST_USE;
bool payload_old_sum(struct tx *tx, int64_t brand, int64_t before, struct retention_sum *out,
                     struct error *e) MUST_USE;
/* *gone: how many were there and not unread. */
bool payload_delete(struct tx *tx, int64_t brand, const int64_t *ids, size_t n, int64_t *gone,
                    struct error *e) MUST_USE;

bool event_old_sum(struct tx *tx, int64_t brand, int64_t upto, struct retention_sum *out, struct error *e) MUST_USE;
/* out: those that were there, in no order. */
bool event_delete(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct event **out,
                  size_t *count, struct error *e) MUST_USE;
/* The last statement signed before a moment that can open the log: its day (0: there is none), the last event it
 * knows of, its body. */
bool statement_before(struct tx *tx, struct arena *a, int64_t brand, int64_t at, int64_t *day, int64_t *event,
                      struct str *body, struct error *e) MUST_USE;
bool ledger_opening_add(struct tx *tx, int64_t brand, int64_t channel, int64_t day, enum place place, int64_t n,
                        struct error *e) MUST_USE;
bool ledger_openings(struct tx *tx, struct arena *a, int64_t brand, struct ledger_line **out, size_t *count,
                     struct error *e) MUST_USE;

/* Closed conversations after the cursor (last_at, id), last heard and closed before a moment, whose words are in the
 * search index (or were heard again since they left it). */
struct unsearched_due {
    int64_t id, last_at;
};
bool unsearched_due(struct tx *tx, struct arena *a, int64_t brand, struct cursor after, int64_t before,
                    struct unsearched_due **out, size_t *count, struct error *e) MUST_USE;
bool unsearched_due_sum(struct tx *tx, int64_t brand, int64_t before, struct retention_sum *out,
                        struct error *e) MUST_USE;
/* Its messages that are in the index. */
bool unsearched_messages(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int limit,
                         int64_t **out, size_t *count, struct error *e) MUST_USE;
/* All of them are in the index again. */
bool unsearched_clear(struct tx *tx, int64_t brand, struct error *e) MUST_USE;
bool unsearched_put(struct tx *tx, int64_t brand, int64_t id, int64_t upto, struct error *e) MUST_USE;
/* *was: its words had left the index. They count as in it (or gone for good) from now on. */
bool unsearched_take(struct tx *tx, int64_t brand, int64_t id, bool *was, struct error *e) MUST_USE;

/* Files that were added to no message and files that nothing refers to. */
bool attachment_unsent(struct tx *tx, struct arena *a, int64_t brand, int64_t before, int limit, int64_t **out,
                       size_t *count, struct error *e) MUST_USE;
bool attachment_delete(struct tx *tx, int64_t brand, const int64_t *ids, size_t n, int64_t *gone,
                       struct error *e) MUST_USE;
bool blob_unreferred(struct tx *tx, struct arena *a, int64_t brand, struct str after, int limit, struct str **out,
                     size_t *count, struct error *e) MUST_USE;
/* Deletes it if nothing refers to it now. */
bool blob_drop(struct tx *tx, int64_t brand, struct str hash, int64_t *gone, struct error *e) MUST_USE;
