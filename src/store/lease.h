/* SPDX-License-Identifier: Apache-2.0 */
/* A lease: work that one node of an installation does. Its fence grows with each change of hands, its beat with each
 * renewal. No clock of the wall is in it: who waits for it compares (fence, beat) with what it saw before, by its own
 * monotonic clock; who has it regards itself as fenced when it could not renew for a while. Taking compares and sets.
 * Commands that change a lease run for brand 0; lease_held is asked inside every transaction of the work, and since
 * those of one brand come one after the other, what an earlier holder still commits stands before anything a later
 * one does. */
#pragma once

#include "store/store.h"

#define LEASE_JOBS      "jobs"
#define LEASE_RENEW_US  (2 * INT64_C(1000000))
#define LEASE_HOLD_US   (4 * INT64_C(1000000)) /* since the last renewal began: then the holder stops */
#define LEASE_SILENT_US (6 * INT64_C(1000000)) /* seen unchanged: then another takes it */

struct lease {
    struct str name;
    int64_t holder; /* a node's life; 0: it was released */
    int64_t fence, beat;
};

/* One that was never taken reads as released, with fence 0. */
bool lease_get(struct tx *tx, const char *name, struct lease *out, struct error *e) MUST_USE;
bool lease_list(struct tx *tx, struct arena *a, struct lease **out, size_t *count, struct error *e) MUST_USE;
/* Takes it when it is still as it was seen; *fence is the new one, 0 when it is not. */
bool lease_take(struct tx *tx, const char *name, int64_t holder, const struct lease *seen, int64_t *fence,
                struct error *e) MUST_USE;
bool lease_renew(struct tx *tx, const char *name, int64_t holder, int64_t fence, bool *held,
                 struct error *e) MUST_USE;
bool lease_release(struct tx *tx, const char *name, int64_t holder, int64_t fence, struct error *e) MUST_USE;
/* ERR_CONFLICT when it is held by somebody else now: what the transaction would do is not done. */
bool lease_held(struct tx *tx, const char *name, int64_t holder, int64_t fence, struct error *e) MUST_USE;

/* What a candidate saw of a lease, and since when. */
struct lease_watch {
    struct lease seen;
    int64_t since;
    bool any;
};
/* Takes a look into account; true when the lease may be taken: it was released, or has been silent for so long. */
bool lease_watch_look(struct lease_watch *watch, const struct lease *lease, int64_t monotonic);
/* Whether a holder may still act: its last renewal that succeeded began at `renewed`. */
bool lease_is_fresh(int64_t renewed, int64_t monotonic);
