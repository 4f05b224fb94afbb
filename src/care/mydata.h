/* SPDX-License-Identifier: Apache-2.0 */
/* What we hold of a person, for that person (GDPR art. 15 and 20): who they are to us, every story with all that was
 * said in it, files, promises, what was understood and decided about them. Notes that colleagues wrote for one
 * another may speak of others too: they are counted here, and given by a person who read them first (ADR 0023). */
#pragma once

#include "store/guest.h"

struct json;

#define MYDATA_FILES_MAX ((size_t)64 << 20) /* bytes of files that go along; further ones are named */

struct mydata_file {
    struct str path, bytes;
};
struct mydata {
    struct json *facts; /* NULL: they are nobody to us yet */
    struct mydata_file *files;
    size_t file_count;
    size_t bytes;
};
/* with_files: their bytes too. All of it lives in the arena. */
bool mydata_read(struct tx *tx, struct arena *a, const struct guest *guest, bool with_files, struct mydata *out,
                 struct error *e) MUST_USE;
