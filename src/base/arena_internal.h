/* SPDX-License-Identifier: Apache-2.0 */
/* What only the other files of base may ask of an arena. */
#pragma once

#include "base/compiler.h"

struct arena;

/* As arena_alloc, but the memory is not zeroed: for callers who fill all of it. */
void *arena_raw(struct arena *a, size_t size);
