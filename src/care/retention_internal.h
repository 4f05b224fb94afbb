/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of retention share. */
#pragma once

#include "base/error.h"

struct json;
struct tx;

/* A line in the log about the brand. */
bool retention_event(struct tx *tx, const char *kind, int64_t brand, int64_t actor, struct json *data,
                     struct error *e) MUST_USE;
