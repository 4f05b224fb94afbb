/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets by key, in bounded memory (the least recently used key is forgotten first). Thread-safe. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct ratelimit;

struct ratelimit_verdict {
    bool allowed;
    int limit, remaining;
    int retry_seconds; /* when not allowed */
    int reset_seconds; /* until full again */
};

/* burst requests at once, refilled over per_seconds. */
struct ratelimit *ratelimit_new(int burst, int per_seconds, size_t keys_max);
struct ratelimit_verdict ratelimit_take(struct ratelimit *limit, struct str key);
/* Gives one back that was taken: what it was taken for did no harm. */
void ratelimit_give(struct ratelimit *limit, struct str key);
/* ---- one limit over several nodes ---- */

struct ratelimit_use {
    uint64_t key; /* the hash of it */
    int count;
};
/* From now on what is taken is noted, for the others to be told. */
void ratelimit_share(struct ratelimit *limit);
/* What was taken since it was last asked; more than `most` keys are left for the next time. */
size_t ratelimit_used(struct ratelimit *limit, struct ratelimit_use *out, size_t most);
/* Taken elsewhere: it counts here too, also where more was taken than there was. */
void ratelimit_charge(struct ratelimit *limit, const struct ratelimit_use *use);
void ratelimit_free(struct ratelimit *limit);
