/* SPDX-License-Identifier: Apache-2.0 */
/* The search index made anew from the texts. A database that was moved from the other engine comes without one. */
#pragma once

#include "base/compiler.h"

struct db;
struct error;

/* Does nothing where the index holds anything. progress (may be NULL) is told how many rows were looked at, its total
 * is 0; false gives up, and what was made so far stays: this is for a database that is not in use yet. */
bool search_rebuild(struct db *db, bool (*progress)(void *ctx, int64_t done, int64_t total), void *ctx,
                    struct error *e) MUST_USE;
