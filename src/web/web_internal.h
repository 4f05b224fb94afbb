/* SPDX-License-Identifier: Apache-2.0 */
/* What the views share among themselves: reading templates and assets from disk while they are being written.
 */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

/* ASCOLTO_DEV=1 in the environment. */
bool web_from_disk(void);
/* A file below the working folder, whole. False when it cannot be read. */
bool web_read_file(struct arena *a, struct str path, struct str *out) MUST_USE;
