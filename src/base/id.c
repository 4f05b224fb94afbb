/* SPDX-License-Identifier: Apache-2.0 */
/* Ids without a lock: the last (millisecond, sequence) lives in one atomic number that only grows. When a
 * millisecond's 4,096 are used up, or the clock steps back, the ids run ahead of the clock instead of
 * repeating. */
#include "base/id.h"

#include <stdatomic.h>
#include <sys/random.h>

#include "base/clock.h"

#define EPOCH_MS      INT64_C(1072915200000) /* 2004-01-01 */
#define LOW_BITS      22
#define LOW_MASK      ((INT64_C(1) << LOW_BITS) - 1)
#define SEQUENCE_BITS 12
#define SEQUENCE_MASK ((INT64_C(1) << SEQUENCE_BITS) - 1)
#define NODE_MASK     INT64_C(1023)
#define LARGEST_MS    ((INT64_C(1) << 41) - 1)

static _Atomic int64_t node;
static _Atomic int64_t last; /* millisecond << SEQUENCE_BITS | sequence */
static _Atomic int64_t import_counter;

void id_set_node(unsigned number)
{
    atomic_store(&node, (int64_t)number & NODE_MASK);
}

static int64_t milliseconds(int64_t at)
{
    int64_t ms = at / 1000 - EPOCH_MS;
    if (ms < 0)
        return 0;
    return ms > LARGEST_MS ? LARGEST_MS : ms;
}

int64_t id_new(void)
{
    int64_t now = milliseconds(clock_now()) << SEQUENCE_BITS;
    int64_t before = atomic_load(&last), mine;
    do {
        mine = now > before ? now : before + 1;
    } while (!atomic_compare_exchange_weak(&last, &before, mine));
    return (mine >> SEQUENCE_BITS) << LOW_BITS | atomic_load(&node) << SEQUENCE_BITS | (mine & SEQUENCE_MASK);
}

void id_follow(int64_t id)
{
    int64_t theirs = (id >> LOW_BITS) << SEQUENCE_BITS | SEQUENCE_MASK, before = atomic_load(&last);
    while (before < theirs && !atomic_compare_exchange_weak(&last, &before, theirs))
        ;
}

/* Each process begins somewhere else, so that two imports of the same second do not meet. */
static int64_t import_start(void)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        random = (uint32_t)clock_now();
    int64_t none = 0, start = 1 + (int64_t)(random & (uint32_t)(LOW_MASK >> 1));
    atomic_compare_exchange_strong(&import_counter, &none, start);
    return atomic_fetch_add(&import_counter, 1);
}

int64_t id_at(int64_t at)
{
    int64_t counter = atomic_load(&import_counter) ? atomic_fetch_add(&import_counter, 1) : import_start();
    int64_t ms = milliseconds(at);
    int64_t id = ms << LOW_BITS | (counter & LOW_MASK);
    return id ? id : 1;
}

int64_t id_time(int64_t id)
{
    return ((id >> LOW_BITS) + EPOCH_MS) * 1000;
}
