/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a .zip: files one after the other, stored as they are. */
#pragma once

#include "base/buf.h"

struct zip {
    struct arena *arena;
    struct buf out, directory;
    unsigned count;
    unsigned date, time; /* as MS-DOS says them */
};

/* at: the moment all of its files bear. */
void zip_begin(struct zip *zip, struct arena *a, int64_t at);
void zip_add(struct zip *zip, struct str name, struct str bytes);
/* The whole archive. Below 4 GiB and 65,535 files. */
struct str zip_end(struct zip *zip);
