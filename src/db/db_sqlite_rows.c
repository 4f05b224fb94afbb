/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite: statements and their rows. Each statement is prepared once for a connection. In SQLite $1 is a
 * name, not a place, so each statement keeps a map from SQLite's order of parameters to ours. */
#include "db/db_sqlite.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "db/sql_table.h"

struct statement {
    struct rows rows; /* first: the statement is its own rows */
    struct sqlite_conn *conn;
    sqlite3_stmt *stmt;
    bool kept; /* by the connection; otherwise it ends with its rows */
    bool busy;
    int expected; /* how many values, without the list */
    int parameters;
    int map[]; /* SQLite's parameter i + 1 is our $(map[i]) */
};

static struct statement *statement_of(struct rows *rows)
{
    return (struct statement *)rows;
}

static sqlite3_stmt *prepare_text(struct sqlite_conn *c, const char *name, const char *text, int length,
                                  int *list_first, struct error *e)
{
    char *expanded = sql_expand_list(text, length, list_first);
    sqlite3_stmt *stmt = NULL;
    const char *rest = NULL;
    int code = sqlite3_prepare_v3(c->handle, expanded, -1, SQLITE_PREPARE_PERSISTENT, &stmt, &rest);
    bool alone = code == SQLITE_OK && stmt && strspn(rest, " \n\t;") == strlen(rest);
    free(expanded);
    if (alone)
        return stmt;
    sqlite3_finalize(stmt);
    if (code != SQLITE_OK)
        sqlite_fail(c, name, code, e);
    else
        fail(e, ERR_INTERNAL, "%s: one statement is expected", name);
    return NULL;
}

static bool map_parameters(struct statement *st, const char *name, struct error *e)
{
    for (int i = 0; i < st->parameters; i++) {
        const char *parameter = sqlite3_bind_parameter_name(st->stmt, i + 1);
        char *end = NULL;
        st->map[i] = parameter && *parameter == '$' ? (int)strtol(parameter + 1, &end, 10) : 0;
        if (st->map[i] < 1 || *end)
            return fail(e, ERR_INTERNAL, "%s: parameters are $1, $2, …, not %s", name, parameter ? parameter : "?");
    }
    return true;
}

static struct statement *statement_new(struct sqlite_conn *c, const struct query *q, int length, struct error *e)
{
    const struct sql_statement *entry = q->sql < SQL_COUNT ? &sql_table[q->sql] : NULL;
    const char *name = entry ? entry->name : "a statement";
    const char *text = entry ? entry->sqlite : q->text;
    assert(text); /* not for this engine */
    int list_first = 0;
    sqlite3_stmt *stmt = prepare_text(c, name, text, length, &list_first, e);
    if (!stmt)
        return NULL;
    int parameters = sqlite3_bind_parameter_count(stmt);
    struct statement *st = calloc(1, sizeof(*st) + (size_t)parameters * sizeof(st->map[0]));
    assert(st);
    *st = (struct statement){.conn = c, .stmt = stmt, .parameters = parameters, .rows = {.name = name}};
    int postgres = entry ? sql_parameters(entry->postgres) : 0;
    int sqlite = sql_parameters(text);
    st->expected = list_first ? list_first - 1 : sqlite > postgres ? sqlite : postgres;
    if (map_parameters(st, name, e))
        return st;
    sqlite3_finalize(stmt);
    free(st);
    return NULL;
}

static void statement_free(struct statement *st)
{
    if (!st)
        return;
    sqlite3_finalize(st->stmt);
    free(st);
}

void sqlite_statements_free(struct sqlite_conn *c)
{
    for (size_t i = 0; c->statements && i < SQL_COUNT; i++)
        statement_free(c->statements[i]);
    for (size_t i = 0; c->lists && i < SQL_COUNT; i++)
        for (size_t k = 0; k < COUNT_OF(c->lists[i]); k++)
            statement_free(c->lists[i][k]);
    free(c->statements);
    free(c->lists);
}

/* Where the connection keeps this statement, NULL for a text. */
static struct statement **kept_place(struct sqlite_conn *c, const struct query *q, int power)
{
    if (q->sql >= SQL_COUNT)
        return NULL;
    if (q->list) {
        if (!c->lists)
            c->lists = calloc(SQL_COUNT, sizeof(*c->lists));
        assert(c->lists);
        return &c->lists[q->sql][power];
    }
    if (!c->statements)
        c->statements = calloc(SQL_COUNT, sizeof(struct statement *));
    assert(c->statements);
    return &c->statements[q->sql];
}

static struct statement *statement_get(struct sqlite_conn *c, const struct query *q, struct error *e)
{
    int power = 0;
    while (q->list && (1U << power) < q->list_n)
        power++;
    struct statement **place = kept_place(c, q, power);
    if (place && *place && !(*place)->busy)
        return *place;
    /* Rows of the same statement may be open further up: then it is prepared once more. */
    struct statement *st = statement_new(c, q, 1 << power, e);
    if (st && place && !*place) {
        *place = st;
        st->kept = true;
    }
    return st;
}

static int bind_value(sqlite3_stmt *stmt, int i, const struct db_value *v, sqlite3_destructor_type lifetime)
{
    switch (v->type) {
    case DB_NULL: return sqlite3_bind_null(stmt, i);
    case DB_INT: return sqlite3_bind_int64(stmt, i, v->integer);
    case DB_REAL: return sqlite3_bind_double(stmt, i, v->real);
    case DB_TEXT: return sqlite3_bind_text64(stmt, i, v->text.ptr, v->text.len, lifetime, SQLITE_UTF8);
    case DB_BYTES: return sqlite3_bind_blob64(stmt, i, v->text.ptr, v->text.len, lifetime);
    }
    return SQLITE_MISUSE;
}

static int bind_all(struct statement *st, const struct query *q)
{
    assert(q->n == (size_t)st->expected);
    /* A statement that writes has read its values when its first step returns; one that only reads has not.
     */
    sqlite3_destructor_type lifetime = sqlite3_stmt_readonly(st->stmt) ? SQLITE_TRANSIENT : SQLITE_STATIC;
    for (int i = 0; i < st->parameters; i++) {
        size_t k = (size_t)st->map[i] - 1;
        const struct db_value *value = k < q->n ? &q->values[k] : NULL;
        if (!value) {
            assert(q->list); /* the text has a higher $n than there are values */
            value = &q->list[k - q->n < q->list_n ? k - q->n : q->list_n - 1];
        }
        int code = bind_value(st->stmt, i + 1, value, lifetime);
        if (code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

/* For finding statements without an index: ASCOLTO_SQL_TRACE=1. */
static void trace(struct statement *st)
{
    int scanned = sqlite3_stmt_status(st->stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
    int sorts = sqlite3_stmt_status(st->stmt, SQLITE_STMTSTATUS_SORT, 1);
    int indexes = sqlite3_stmt_status(st->stmt, SQLITE_STMTSTATUS_AUTOINDEX, 1);
    if (scanned || sorts || indexes)
        log_info("sql", "%s: %d rows read without an index, %d sorts, %d rows indexed on the fly", st->rows.name,
                 scanned, sorts, indexes);
}

static void finish(struct statement *st)
{
    if (st->conn->conn.db->trace)
        trace(st);
    sqlite3_reset(st->stmt);
    sqlite3_clear_bindings(st->stmt);
}

/* FTS5 reads its lists page by page through statements of its own: SQLite asks after each few of them. */
enum { LIMIT_STEPS = 64 };

static int is_past_limit(void *ptr)
{
    const struct sqlite_conn *c = ptr;
    return clock_monotonic() >= c->limit_at;
}

void sqlite_limit(struct conn *conn, int64_t at)
{
    struct sqlite_conn *c = sqlite_conn(conn);
    c->limit_at = at;
    sqlite3_progress_handler(c->handle, LIMIT_STEPS, at ? is_past_limit : NULL, c);
}

void sqlite_next(struct rows *rows)
{
    struct statement *st = statement_of(rows);
    int code = sqlite3_step(st->stmt);
    if (code == SQLITE_ROW)
        return;
    if (code == SQLITE_DONE) {
        rows->ended = true;
        rows->changed = sqlite3_stmt_readonly(st->stmt) ? 0 : sqlite3_changes64(st->conn->handle);
    } else if ((code & 0xff) == SQLITE_INTERRUPT && st->conn->limit_at) {
        rows->ended = rows->tx->cut = true;
    } else {
        rows->failed = true;
        sqlite_fail(st->conn, rows->name, code, &rows->error);
    }
    finish(st);
}

struct rows *sqlite_query(struct tx *tx, const struct query *query, struct error *e)
{
    struct sqlite_conn *c = sqlite_conn(tx->conn);
    struct statement *st = statement_get(c, query, e);
    if (!st)
        return NULL;
    const char *name = st->rows.name;
    st->rows = (struct rows){.tx = tx, .name = name};
    st->busy = true;
    int code = bind_all(st, query);
    if (code != SQLITE_OK) {
        st->rows.failed = true;
        sqlite_fail(c, name, code, &st->rows.error);
        finish(st);
    } else {
        sqlite_next(&st->rows);
    }
    st->rows.first_waiting = !st->rows.ended && !st->rows.failed;
    if (!st->rows.failed)
        return &st->rows;
    fail(e, st->rows.error.code, "%s", st->rows.error.message);
    sqlite_close(&st->rows);
    return NULL;
}

void sqlite_close(struct rows *rows)
{
    struct statement *st = statement_of(rows);
    if (!rows->ended && !rows->failed)
        finish(st);
    st->busy = false;
    if (!st->kept)
        statement_free(st);
}

int64_t sqlite_column_int(const struct rows *rows, int column)
{
    return sqlite3_column_int64(((const struct statement *)rows)->stmt, column);
}

double sqlite_column_real(const struct rows *rows, int column)
{
    return sqlite3_column_double(((const struct statement *)rows)->stmt, column);
}

bool sqlite_column_null(const struct rows *rows, int column)
{
    return sqlite3_column_type(((const struct statement *)rows)->stmt, column) == SQLITE_NULL;
}

struct str sqlite_column_str(const struct rows *rows, int column)
{
    sqlite3_stmt *stmt = ((const struct statement *)rows)->stmt;
    const char *ptr = sqlite3_column_blob(stmt, column); /* the text's own bytes, whatever the type */
    return (struct str){ptr, (size_t)sqlite3_column_bytes(stmt, column)};
}

bool sqlite_prepare(struct conn *conn, enum sql_id sql, struct error *e)
{
    if (!sql_table[sql].sqlite)
        return true;
    struct query query = {.sql = sql};
    struct statement *st = statement_new(sqlite_conn(conn), &query, 1, e);
    statement_free(st);
    return st;
}
