/* SPDX-License-Identifier: Apache-2.0 */
/* What only the other files of base may ask of an arena, and what an arena looks like, so that the cut that nearly
 * always suffices needs no call. */
#pragma once

#include <stdalign.h>

#include "base/compiler.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONED 1
#endif
#endif
#ifndef ARENA_POISONED
#define ARENA_POISONED 0
#endif

#define ARENA_ALIGNMENT alignof(max_align_t)

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct arena_block *current; /* head of all blocks, newest first */
    struct arena_block *first;   /* kept over a reset */
    struct deferred *deferred;
    size_t next_size, used;
};

/* Whatever the size, and with what a sanitizer wants to know. */
void *arena_raw_slow(struct arena *a, size_t size);

/* As arena_alloc, but the memory is not zeroed: for callers who fill all of it. */
static inline void *arena_raw(struct arena *a, size_t size)
{
    struct arena_block *b = a->current;
    size_t need = (size + ARENA_ALIGNMENT - 1) & ~(ARENA_ALIGNMENT - 1);
    if (ARENA_POISONED || __builtin_expect(size > b->size - b->used || need > b->size - b->used, 0))
        return arena_raw_slow(a, size);
    char *ptr = b->bytes + b->used;
    b->used += need;
    a->used += size;
    return ptr;
}
