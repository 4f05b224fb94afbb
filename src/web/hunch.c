/* SPDX-License-Identifier: Apache-2.0 */
/* Hunches: a table of fixed size without a lock. What shares a place takes it over; two threads that meet there may
 * leave a key with the other's value, which is a wrong hunch and no more. */
#include "web/hunch.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/arena.h"

#define PLACES 8192 /* a power of two: 128 KiB, touched as they are used */

struct hunches {
    struct arena *own;
    struct place {
        _Atomic uint64_t key;
        _Atomic int64_t value;
    } places[PLACES];
};

struct hunches *hunches_new(void)
{
    struct arena *own = arena_new();
    struct hunches *hunches = ARENA_NEW(own, struct hunches);
    hunches->own = own;
    return hunches;
}

void hunches_free(struct hunches *hunches)
{
    if (hunches)
        arena_free(hunches->own);
}

/* The finalizer of MurmurHash3: ids differ in their low bits, and in their middle. */
static uint64_t key_of(enum hunch_of of, uint64_t about)
{
    uint64_t key = about + (uint64_t)of * UINT64_C(0x9e3779b97f4a7c15);
    key = (key ^ key >> 33) * UINT64_C(0xff51afd7ed558ccd);
    key = (key ^ key >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return key ^ key >> 33;
}

int64_t hunch(const struct hunches *hunches, enum hunch_of of, uint64_t about)
{
    uint64_t key = key_of(of, about);
    const struct place *place = hunches ? &hunches->places[key % PLACES] : NULL;
    return place && atomic_load_explicit(&place->key, memory_order_relaxed) == key
               ? atomic_load_explicit(&place->value, memory_order_relaxed)
               : 0;
}

void hunch_keep(struct hunches *hunches, enum hunch_of of, uint64_t about, int64_t value)
{
    uint64_t key = key_of(of, about);
    if (!hunches || hunch(hunches, of, about) == value)
        return;
    struct place *place = &hunches->places[key % PLACES];
    atomic_store_explicit(&place->key, key, memory_order_relaxed);
    atomic_store_explicit(&place->value, value, memory_order_relaxed);
}
