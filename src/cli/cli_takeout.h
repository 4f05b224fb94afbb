/* SPDX-License-Identifier: Apache-2.0 */
/* The posts in an archive that Google exported (Takeout): a file, a folder however deep, or a .zip as it was
 * downloaded; a large archive comes as several of them. Inside of cli. */
#pragma once

#include <stddef.h>

#include "base/compiler.h"
#include "base/str.h"

struct arena;
struct buf;
struct error;

#define TAKEOUT_FILE_MAX ((size_t)64 << 20)

/* Posts, each in one line, and where each was found. */
struct takeout {
    struct arena *arena;
    struct buf *lines;
    const char **names;
    size_t count;
    bool anywhere; /* posts are told by what is in them */
};

/* Fails with ERR_NOT_FOUND where there is no post in it. Posts are found in folders called "Posts"; where there is
 * none, in the folder itself, else wherever something is one (Google translates the names of folders). */
bool takeout_open(struct takeout *t, struct arena *a, const char *path, struct error *e) MUST_USE;
/* Adds a post as it stands in its file: line breaks are blanks in JSON. */
void takeout_add(struct takeout *t, const char *name, struct str bytes);
/* Is it called …/Posts/….json, or may it be a post where those are looked for anywhere? */
bool takeout_may_be(const struct takeout *t, struct str name);
/* Adds it, unless posts are looked for anywhere and it is none. */
void takeout_offer(struct takeout *t, const char *name, struct str bytes);
/* cli_takeout_zip.c: the posts of a .zip, whose bytes these are, and of those in it. below: what its name stands
 * before theirs, or "". */
bool takeout_unzip(struct takeout *t, const char *below, struct str zip, struct error *e) MUST_USE;
