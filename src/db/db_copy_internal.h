/* SPDX-License-Identifier: Apache-2.0 */
/* What the copying between engines shares: tables as the engines describe them, and the SQLite side. Included by
 * src/db and its tests only. */
#pragma once

#include <sqlite3.h>
#include "base/str.h"
#include "db/db_internal.h"

enum copy_type { COPY_INT, COPY_REAL, COPY_TEXT, COPY_BYTES };

struct copy_column {
    const char *name;
    enum copy_type type;
};

struct copy_table {
    const char *name;
    struct copy_column *columns;
    size_t count;
    const char *key; /* the primary key's columns, for ORDER BY; empty: unknown */
};

struct copy_schema {
    struct arena *arena;
    struct copy_table *tables;
    size_t count;
};

/* One value on its way; of a real number, its bits. */
struct copy_value {
    bool null;
    int64_t integer;
    struct str text; /* text or bytes */
};

/* ---- db_copy.c: what both engines' sides agree on ---- */

/* The tables that are made of others, by name: never carried, made anew. */
bool copy_is_derived(struct str table);
/* Adds a column as the catalogue names it; a new table when the name is not that of the last one. */
bool copy_column_add(struct copy_schema *s, struct str table, struct str column, struct str type,
                     struct error *e) MUST_USE;
/* The same tables with the same columns, in any order. */
bool copy_same(const struct copy_schema *from, const struct copy_schema *to, struct error *e) MUST_USE;
/* "a", "b", …: the columns, quoted. */
const char *copy_columns(struct arena *a, const struct copy_table *table);

/* ---- db_sqlite_copy.c ---- */

struct copy_file;

/* loading: indexes are taken away until copy_file_finish, and nothing is synced before. */
struct copy_file *copy_file_open(const char *path, bool loading, struct error *e) MUST_USE;
void copy_file_close(struct copy_file *file); /* NULL is accepted */
bool copy_file_schema(struct copy_file *file, struct copy_schema *out, struct error *e) MUST_USE;
/* Loading: the rows of this table come next; those that are there go. */
bool copy_file_into(struct copy_file *file, const struct copy_table *table, struct error *e) MUST_USE;
bool copy_file_put(struct copy_file *file, const struct copy_value *row, struct error *e) MUST_USE;
/* The indexes again, then one plain file on the disk. */
bool copy_file_finish(struct copy_file *file, struct error *e) MUST_USE;
/* Reading: the rows of this table; row is valid until the next call. *more is false at the end. */
bool copy_file_from(struct copy_file *file, const struct copy_table *table, struct error *e) MUST_USE;
bool copy_file_next(struct copy_file *file, struct copy_value *row, bool *more, struct error *e) MUST_USE;
bool copy_file_count(struct copy_file *file, const struct copy_schema *schema, int64_t *rows,
                     struct error *e) MUST_USE;
