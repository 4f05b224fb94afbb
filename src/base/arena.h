/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as one request, one job turn or one command, and is given back at once.
 * Allocation never fails: when the machine is out of memory the program ends (limits are checked before, at
 * the socket). Nothing inside is freed alone. Not thread-safe: an arena belongs to one thread at a time.
 * Under AddressSanitizer unused memory is poisoned. */
#pragma once

#include "base/compiler.h"

struct arena;

struct arena *arena_new(void);
/* Runs the deferred calls (last first), then gives all memory back but the first block. */
void arena_reset(struct arena *a);
/* As arena_reset, and frees the arena itself. NULL is accepted. */
void arena_free(struct arena *a);
/* For CLEANUP(): takes the address of a struct arena pointer. */
void arena_cleanup(struct arena **a);

/* Zeroed memory, aligned for any type. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* Copies len bytes and ends them with a NUL that is not counted. */
char *arena_copy(struct arena *a, const void *ptr, size_t len);
/* fn(ptr) runs when the arena is reset or freed: for foreign handles that must last the request. */
void arena_defer(struct arena *a, void (*fn)(void *), void *ptr);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))
