/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of values by size, for /metrics: any thread adds, without a lock. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 12

struct histogram {
    _Atomic uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* the last: above all bounds */
    _Atomic uint64_t sum;
};

/* Upper bounds, inclusive: of how many there are in a batch, and of microseconds. */
static const int64_t histogram_sizes[HISTOGRAM_BOUNDS] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096};
static const int64_t histogram_times[HISTOGRAM_BOUNDS] = {100,   250,   500,    1000,   2500,    5000,
                                                          10000, 25000, 100000, 500000, 2000000, 10000000};

static inline void histogram_add(struct histogram *h, const int64_t bounds[HISTOGRAM_BOUNDS], int64_t value)
{
    int i = 0;
    while (i < HISTOGRAM_BOUNDS && value > bounds[i])
        i++;
    atomic_fetch_add_explicit(&h->counts[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum, (uint64_t)value, memory_order_relaxed);
}
