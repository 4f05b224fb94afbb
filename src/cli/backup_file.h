/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a backup, whatever the engine: a few lines of text that say what it is, with the keys of the data
 * folder, then a SQLite database of one moment, byte for byte (docs/command-line.md). */
#pragma once

#include "base/error.h"
#include "base/str.h"

struct arena;
struct db;

struct backup_make {
    struct db *db;
    const char *data_dir; /* has the keys */
    const char *path;
    /* What is being done, and how far it is; total 0: unknown. False gives up. NULL: nobody asks. */
    bool (*progress)(void *ctx, const char *what, int64_t done, int64_t total);
    void *ctx;
};
/* Whole and on disk under its name, or not at all. */
bool backup_make(struct arena *a, const struct backup_make *make, struct error *e) MUST_USE;

struct backup {
    int fd; /* -1: closed */
    const char *path;
    int64_t head, size; /* where the database begins, and how long it is */
    struct str keys;
};
/* Opened and checked: its first lines, its length, its checksum. Closed by backup_close, also when it failed. */
bool backup_open(struct arena *a, const char *path, struct backup *out, struct error *e) MUST_USE;
bool backup_unpack(struct arena *a, const struct backup *backup, const char *to, struct error *e) MUST_USE;
void backup_close(struct backup *backup);

/* ---- files ---- */

const char *path_beside(struct arena *a, const char *path, const char *suffix);
bool path_same_file(const char *one, const char *other);
/* On disk, readable by its owner only. */
bool path_write(const char *path, struct str bytes, struct error *e) MUST_USE;
bool path_sync_folder(struct arena *a, const char *path);
