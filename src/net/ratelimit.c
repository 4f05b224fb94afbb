/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets, each kept as one moment: when it will be full again (the generic cell rate algorithm). A
 * bucket that is full needs no memory, so the table only holds keys that were used of late. */
#include "net/ratelimit.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/crypto.h"

#define NONE     UINT32_MAX
#define USES_MAX 1024 /* keys noted between two askings; what is used beyond counts here alone */

struct bucket {
    uint64_t key;    /* a hash: 64 bits do not meet by chance */
    int64_t full_at; /* monotonic microseconds */
    uint32_t chain;  /* the next in the same slot */
    uint32_t older, newer;
    uint32_t use; /* its place among those noted, if it was noted in this round */
    uint64_t round;
};

struct ratelimit {
    pthread_mutex_t mutex;
    int burst;
    int64_t period, cost; /* microseconds from empty to full, and of one token */
    uint32_t slot_count, bucket_max, bucket_count;
    uint32_t oldest, newest;
    uint32_t *slots;
    struct bucket *buckets;
    struct ratelimit_use *uses; /* NULL: not shared */
    size_t use_count;
    uint64_t round;
};

struct ratelimit *ratelimit_new(int burst, int per_seconds, size_t keys_max)
{
    assert(burst > 0 && per_seconds > 0 && burst <= per_seconds * SECOND_US / 100);
    assert(keys_max > 0 && keys_max < NONE);
    struct ratelimit *limit = calloc(1, sizeof(*limit));
    uint32_t slots = 1;
    while (slots < keys_max && slots < UINT32_C(1) << 31)
        slots *= 2;
    if (!limit)
        abort();
    pthread_mutex_init(&limit->mutex, NULL);
    limit->burst = burst;
    limit->period = per_seconds * SECOND_US;
    limit->cost = limit->period / burst;
    limit->slot_count = slots;
    limit->bucket_max = (uint32_t)keys_max;
    limit->oldest = limit->newest = NONE;
    limit->slots = malloc(slots * sizeof(*limit->slots));
    limit->buckets = calloc(keys_max, sizeof(*limit->buckets));
    if (!limit->slots || !limit->buckets)
        abort();
    for (uint32_t i = 0; i < slots; i++)
        limit->slots[i] = NONE;
    return limit;
}

static uint32_t *slot_of(struct ratelimit *limit, uint64_t key)
{
    return &limit->slots[key & (limit->slot_count - 1)];
}

static void unlink_age(struct ratelimit *limit, struct bucket *b)
{
    *(b->older == NONE ? &limit->oldest : &limit->buckets[b->older].newer) = b->newer;
    *(b->newer == NONE ? &limit->newest : &limit->buckets[b->newer].older) = b->older;
}

static void link_newest(struct ratelimit *limit, uint32_t at)
{
    struct bucket *b = &limit->buckets[at];
    b->older = limit->newest;
    b->newer = NONE;
    *(limit->newest == NONE ? &limit->oldest : &limit->buckets[limit->newest].newer) = at;
    limit->newest = at;
}

static uint32_t forget_oldest(struct ratelimit *limit)
{
    uint32_t at = limit->oldest;
    struct bucket *b = &limit->buckets[at];
    uint32_t *link = slot_of(limit, b->key);
    while (*link != at)
        link = &limit->buckets[*link].chain;
    *link = b->chain;
    unlink_age(limit, b);
    return at;
}

static struct bucket *find(struct ratelimit *limit, uint64_t key)
{
    uint32_t *slot = slot_of(limit, key), at = *slot;
    while (at != NONE && limit->buckets[at].key != key)
        at = limit->buckets[at].chain;
    if (at != NONE) {
        unlink_age(limit, &limit->buckets[at]);
    } else {
        at = limit->bucket_count < limit->bucket_max ? limit->bucket_count++ : forget_oldest(limit);
        limit->buckets[at] = (struct bucket){.key = key, .chain = *slot};
        *slot = at;
    }
    link_newest(limit, at);
    return &limit->buckets[at];
}

static int seconds_up(int64_t microseconds)
{
    return microseconds <= 0 ? 0 : (int)((microseconds + SECOND_US - 1) / SECOND_US);
}

static void note_use(struct ratelimit *limit, struct bucket *bucket)
{
    if (!limit->uses)
        return;
    if (bucket->round != limit->round) {
        if (limit->use_count == USES_MAX)
            return;
        bucket->round = limit->round;
        bucket->use = (uint32_t)limit->use_count;
        limit->uses[limit->use_count++] = (struct ratelimit_use){.key = bucket->key};
    }
    limit->uses[bucket->use].count++;
}

struct ratelimit_verdict ratelimit_take(struct ratelimit *limit, struct str key)
{
    uint64_t hash = hash64(key);
    struct ratelimit_verdict verdict = {.limit = limit->burst};
    pthread_mutex_lock(&limit->mutex);
    int64_t now = clock_monotonic();
    struct bucket *bucket = find(limit, hash);
    int64_t until_full = bucket->full_at > now ? bucket->full_at - now : 0;
    verdict.allowed = until_full + limit->cost <= limit->period;
    if (verdict.allowed) {
        until_full += limit->cost;
        bucket->full_at = now + until_full;
        note_use(limit, bucket);
    } else {
        verdict.retry_seconds = seconds_up(until_full + limit->cost - limit->period);
    }
    verdict.remaining = until_full < limit->period ? (int)((limit->period - until_full) / limit->cost) : 0;
    verdict.reset_seconds = seconds_up(until_full);
    pthread_mutex_unlock(&limit->mutex);
    return verdict;
}

void ratelimit_give(struct ratelimit *limit, struct str key)
{
    uint64_t hash = hash64(key);
    pthread_mutex_lock(&limit->mutex);
    find(limit, hash)->full_at -= limit->cost;
    pthread_mutex_unlock(&limit->mutex);
}

void ratelimit_share(struct ratelimit *limit)
{
    pthread_mutex_lock(&limit->mutex);
    if (!limit->uses)
        limit->uses = calloc(USES_MAX, sizeof(*limit->uses));
    if (!limit->uses)
        abort();
    limit->round = 1;
    pthread_mutex_unlock(&limit->mutex);
}

size_t ratelimit_used(struct ratelimit *limit, struct ratelimit_use *out, size_t most)
{
    size_t n = 0;
    pthread_mutex_lock(&limit->mutex);
    while (limit->use_count > 0 && n < most)
        out[n++] = limit->uses[--limit->use_count];
    if (n > 0)
        limit->round++; /* those left over are noted a second time rather than looked for */
    pthread_mutex_unlock(&limit->mutex);
    return n;
}

void ratelimit_charge(struct ratelimit *limit, const struct ratelimit_use *use)
{
    pthread_mutex_lock(&limit->mutex);
    int64_t now = clock_monotonic(), most = now + 2 * limit->period;
    struct bucket *bucket = find(limit, use->key);
    int64_t from = bucket->full_at > now ? bucket->full_at : now;
    bucket->full_at = from + use->count * limit->cost;
    if (bucket->full_at > most) /* nobody is shut out for longer than it takes to fill twice */
        bucket->full_at = most;
    pthread_mutex_unlock(&limit->mutex);
}

void ratelimit_free(struct ratelimit *limit)
{
    if (!limit)
        return;
    pthread_mutex_destroy(&limit->mutex);
    free(limit->uses);
    free(limit->slots);
    free(limit->buckets);
    free(limit);
}
