/* SPDX-License-Identifier: Apache-2.0 */
/* What `ascolto doctor --sql` and tools/check-sql ask: does the engine understand every statement of the
 * program? */
#pragma once

#include "base/compiler.h"

struct db;
struct error;

/* Prepares every statement of sql_table that is meant for this engine, on the schema as it is. The first one
 * that is refused is named in e, with the engine's words. */
bool db_prepare_all(struct db *db, struct error *e) MUST_USE;
