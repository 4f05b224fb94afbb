/* SPDX-License-Identifier: Apache-2.0 */
/* The files inside the program (templates, assets, migrations, locales, demo), sorted by name, ended by a NULL name.
 * Each is followed by a NUL byte that is not counted. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct embed_file {
    const char *name; /* "templates/layout.html" */
    const char *bytes;
    size_t len;
};
extern const struct embed_file embed_files[];

/* By exact name; {NULL, 0} when there is none. */
struct str embed_get(struct str name);
