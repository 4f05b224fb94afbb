/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of doubling size (16 KiB to 1 MiB) from which memory is cut; an object that would waste most of a
 * block gets one of its own. Under AddressSanitizer everything that is not handed out is poisoned, and a
 * redzone lies between objects, so that overruns inside one block are seen. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena_internal.h"

#if ARENA_POISONED
#include <sanitizer/asan_interface.h>
#define REDZONE 16
__attribute__((noinline)) static void poison(void *ptr, size_t len)
{
    __asan_poison_memory_region(ptr, len);
}
static void unpoison(void *ptr, size_t len)
{
    __asan_unpoison_memory_region(ptr, len);
}
#else
#define REDZONE 0
static void poison(void *ptr UNUSED, size_t len UNUSED)
{
}
static void unpoison(void *ptr UNUSED, size_t len UNUSED)
{
}
#endif

#define ALIGNMENT     ARENA_ALIGNMENT
#define FIRST_BLOCK   ((size_t)16 << 10)
#define LARGEST_BLOCK ((size_t)1 << 20)

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *ptr;
};

NORETURN static void out_of_memory(void)
{
    static const char words[] = "ascolto: out of memory\n";
    ssize_t written = write(STDERR_FILENO, words, sizeof(words) - 1);
    (void)written;
    abort();
}

static struct arena_block *block_new(size_t size)
{
    struct arena_block *b = malloc(sizeof(*b) + size);
    if (!b)
        out_of_memory();
    b->next = NULL;
    b->used = 0;
    b->size = size;
    poison(b->bytes, size);
    return b;
}

static void block_free(struct arena_block *b)
{
    unpoison(b->bytes, b->size);
    free(b);
}

struct arena *arena_new(void)
{
    struct arena *a = malloc(sizeof(*a));
    if (!a)
        out_of_memory();
    a->first = a->current = block_new(FIRST_BLOCK - sizeof(struct arena_block));
    a->deferred = NULL;
    a->next_size = FIRST_BLOCK * 2;
    a->used = 0;
    return a;
}

static void run_deferred(struct arena *a)
{
    while (a->deferred) {
        struct deferred d = *a->deferred;
        a->deferred = d.next;
        d.fn(d.ptr);
    }
}

void arena_reset(struct arena *a)
{
    run_deferred(a);
    for (struct arena_block *b = a->current, *next; b; b = next) {
        next = b->next;
        if (b != a->first)
            block_free(b);
    }
    a->current = a->first;
    a->first->next = NULL;
    a->first->used = 0;
    poison(a->first->bytes, a->first->size);
    a->next_size = FIRST_BLOCK * 2;
    a->used = 0;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    block_free(a->first);
    free(a);
}

void arena_cleanup(struct arena **a)
{
    arena_free(*a);
    *a = NULL;
}

/* Where the current block has no room for `need` bytes. */
static char *alloc_in_new_block(struct arena *a, size_t need)
{
    if (need > a->next_size / 4) {
        struct arena_block *own = block_new(need);
        own->used = need;
        own->next = a->current->next;
        a->current->next = own;
        return own->bytes;
    }
    struct arena_block *b = block_new(a->next_size - sizeof(struct arena_block));
    if (a->next_size < LARGEST_BLOCK)
        a->next_size *= 2;
    b->next = a->current;
    b->used = need;
    a->current = b;
    return b->bytes;
}

void *arena_raw_slow(struct arena *a, size_t size)
{
    if (__builtin_expect(size > (size_t)PTRDIFF_MAX / 2, 0))
        out_of_memory();
    size_t need = (size + (size == 0) + REDZONE + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    struct arena_block *b = a->current;
    char *ptr;
    if (__builtin_expect(need <= b->size - b->used, 1)) {
        ptr = b->bytes + b->used;
        b->used += need;
    } else {
        ptr = alloc_in_new_block(a, need);
    }
    a->used += size;
    unpoison(ptr, size);
    return ptr;
}

void *arena_alloc(struct arena *a, size_t size)
{
    void *ptr = arena_raw(a, size);
    return size ? memset(ptr, 0, size) : ptr;
}

char *arena_copy(struct arena *a, const void *ptr, size_t len)
{
    char *copy = arena_raw(a, len + 1);
    if (len)
        memcpy(copy, ptr, len);
    copy[len] = '\0';
    return copy;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *ptr)
{
    struct deferred *d = ARENA_NEW(a, struct deferred);
    *d = (struct deferred){a->deferred, fn, ptr};
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
