/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of db share: a folder of its own for each test, a small schema, statements given as text. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* base/error.h has a function of that name */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "db/db_internal.h"

#define MIGRATION(n, text)                                                                                           \
    {                                                                                                                \
        "migrations/000" #n "_step.sql", (text), sizeof(text) - 1                                                    \
    }

static const struct embed_file test_schema[] = {
    MIGRATION(1, "CREATE TABLE shelf (id BIGINT PRIMARY KEY, label TEXT NOT NULL);\n"
                 "CREATE TABLE book (id BIGINT PRIMARY KEY, shelf BIGINT REFERENCES shelf (id), title TEXT,\n"
                 "  price DOUBLE PRECISION, cover BYTEA);\n"
                 "CREATE UNIQUE INDEX book_title ON book (title);\n"),
    {0},
};

struct fixture {
    char folder[64];
    char path[96];
    struct db *db;
};

static inline struct db *open_test(const char *path, const struct embed_file *files)
{
    struct error e = {0};
    struct db_config config = {.path = path, .create = true};
    struct db *db = db_open_with(&config, files, &e);
    if (!db)
        fail_msg("%s", e.message);
    return db;
}

static inline void fixture_paths(struct fixture *f)
{
    snprintf(f->folder, sizeof(f->folder), "/tmp/ascolto-db-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/ascolto.db", f->folder);
}

/* A folder, and no database yet. */
static inline int folder_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    fixture_paths(f);
    *state = f;
    return 0;
}

static inline int db_setup(void **state)
{
    folder_setup(state);
    struct fixture *f = *state;
    f->db = open_test(f->path, test_schema);
    return 0;
}

static inline int db_teardown(void **state)
{
    struct fixture *f = *state;
    db_close(f->db);
    char command[96];
    snprintf(command, sizeof(command), "rm -rf '%s'", f->folder);
    int code = system(command);
    free(f);
    return code;
}

static inline struct rows *query_text(struct tx *tx, const char *text, const struct db_value *values, size_t n,
                                      struct error *e)
{
    struct query query = {.sql = SQL_COUNT, .text = text, .values = values, .n = n};
    return db_query_text(tx, &query, e);
}
#define QUERY(tx, text, e, ...)                                                                                      \
    query_text((tx), (text), (struct db_value[]){__VA_ARGS__},                                                       \
               sizeof((struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), (e))

static inline bool exec_text(struct tx *tx, const char *text, const struct db_value *values, size_t n,
                             struct error *e)
{
    struct rows *rows CLEANUP(rows_cleanup) = query_text(tx, text, values, n, e);
    if (!rows)
        return false;
    while (rows_next(rows))
        ;
    return rows_ok(rows, e);
}
#define EXEC(tx, text, e, ...)                                                                                       \
    exec_text((tx), (text), (struct db_value[]){__VA_ARGS__},                                                        \
              sizeof((struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), (e))

static inline bool raw_command(struct tx *tx, void *text, struct error *e)
{
    return db_raw(tx, text, e);
}

static inline void write_raw(struct db *db, const char *text)
{
    struct error e = {0};
    char *copy = strdup(text);
    bool ok = db_write(db, 0, raw_command, copy, &e);
    free(copy);
    if (!ok)
        fail_msg("%s", e.message);
}

struct number {
    const char *text;
    int64_t value;
};

static inline bool number_command(struct tx *tx, void *ctx, struct error *e)
{
    struct number *number = ctx;
    struct rows *rows CLEANUP(rows_cleanup) = query_text(tx, number->text, NULL, 0, e);
    if (!rows)
        return false;
    number->value = rows_next(rows) ? rows_int(rows, 0) : -1;
    return true;
}

static inline int64_t read_number(struct db *db, const char *text)
{
    struct error e = {0};
    struct number number = {.text = text};
    if (!db_read(db, number_command, &number, &e))
        fail_msg("%s", e.message);
    return number.value;
}
