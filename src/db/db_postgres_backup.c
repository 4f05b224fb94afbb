/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL database as a SQLite file of the program's own schema: every table in one snapshot, streamed row by
 * row in the binary form of COPY, while the nodes go on. */
#include <assert.h>
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "db/db_postgres_copy.h"
#include "db/db_sqlite.h"

enum { ROWS_BETWEEN_WORDS = 2000, HEADER_BYTES = 19 };

/* ---- asking ---- */

static void be_silent(void *ctx, const PGresult *notice)
{
    (void)ctx;
    (void)notice;
}

bool postgres_session_open(struct postgres_conn *c, struct db *db, struct error *e)
{
    *c = (struct postgres_conn){.conn = {.engine = &engine_postgres, .db = db}, .pg = postgres_open(db, e)};
    if (!c->pg)
        return false;
    PQsetNoticeReceiver(c->pg, be_silent, NULL);
    return postgres_do(c, e, "SET statement_timeout = 0") && postgres_do(c, e, "SET lock_timeout = 0") &&
           postgres_do(c, e, "SET idle_in_transaction_session_timeout = 0");
}

void postgres_session_close(struct postgres_conn *c)
{
    PQfinish(c->pg);
    c->pg = NULL;
}

FORMAT(4, 0)
static PGresult *ask_words(struct postgres_conn *c, ExecStatusType wanted, struct error *e, const char *format,
                           va_list args)
{
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    assert(n >= 0);
    PGresult *result = PQexec(c->pg, text);
    free(text);
    if (PQresultStatus(result) == wanted)
        return result;
    postgres_fail(c, "copy", result, e);
    PQclear(result);
    return NULL;
}

PGresult *postgres_ask(struct postgres_conn *c, ExecStatusType wanted, struct error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PGresult *result = ask_words(c, wanted, e, format, args);
    va_end(args);
    return result;
}

bool postgres_do(struct postgres_conn *c, struct error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PGresult *result = ask_words(c, PGRES_COMMAND_OK, e, format, args);
    va_end(args);
    PQclear(result);
    return result != NULL;
}

bool postgres_number(struct postgres_conn *c, int64_t *out, struct error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PGresult *result = ask_words(c, PGRES_TUPLES_OK, e, format, args);
    va_end(args);
    if (!result)
        return false;
    *out = PQntuples(result) ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return true;
}

static struct str cell(const PGresult *result, int row, int column)
{
    return (struct str){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
}

bool postgres_schema(struct postgres_conn *c, struct copy_schema *out, struct error *e)
{
    static const char text[] =
        "SELECT t.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class t "
        "JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid "
        "WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p') AND NOT t.relispartition AND a.attnum > 0 "
        "AND NOT a.attisdropped AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND "
        "d.deptype = 'e') ORDER BY t.relname, a.attnum";
    PGresult *result = postgres_ask(c, PGRES_TUPLES_OK, e, "%s", text);
    bool ok = result;
    for (int i = 0; ok && i < PQntuples(result); i++)
        if (!copy_is_derived(cell(result, i, 0)))
            ok = copy_column_add(out, cell(result, i, 0), cell(result, i, 1), cell(result, i, 2), e);
    PQclear(result);
    return ok;
}

/* ---- one table ---- */

struct copying {
    struct postgres_conn *from;
    struct copy_file *to;
    const struct copy_table *table;
    struct copy_value *row;
    db_progress *progress;
    void *ctx;
    int64_t done, total;
    bool begun; /* the table's head was read */
};

static bool garbled(const struct copying *x, struct error *e)
{
    return fail(e, ERR_INTERNAL, "The server's rows of %s cannot be read", x->table->name);
}

static bool take(struct str *rest, void *out, size_t n)
{
    if (rest->len < n)
        return false;
    memcpy(out, rest->ptr, n);
    *rest = str_slice(*rest, n, rest->len);
    return true;
}

static bool field_read(const struct copying *x, struct str *rest, size_t i, struct error *e)
{
    uint32_t head;
    uint64_t number;
    struct copy_value *v = &x->row[i];
    enum copy_type type = x->table->columns[i].type;
    if (!take(rest, &head, sizeof head))
        return garbled(x, e);
    int32_t len = (int32_t)be32toh(head);
    *v = (struct copy_value){.null = len < 0};
    if (len < 0)
        return true;
    if (type == COPY_TEXT || type == COPY_BYTES) {
        if (rest->len < (size_t)len)
            return garbled(x, e);
        v->text = (struct str){rest->ptr, (size_t)len};
        *rest = (struct str){rest->ptr + len, rest->len - (size_t)len};
        return true;
    }
    if (len != sizeof number || !take(rest, &number, sizeof number))
        return garbled(x, e);
    v->integer = (int64_t)be64toh(number);
    return true;
}

/* What came at once is a row, the first with the head of all before it; the last says -1. */
static bool piece_read(struct copying *x, struct str rest, struct error *e)
{
    uint16_t count;
    if (!x->begun) {
        if (rest.len < HEADER_BYTES || memcmp(rest.ptr, "PGCOPY\n\377\r\n\0", 11) != 0)
            return garbled(x, e);
        rest = str_slice(rest, HEADER_BYTES, rest.len);
        x->begun = true;
    }
    while (rest.len) {
        if (!take(&rest, &count, sizeof count))
            return garbled(x, e);
        if (be16toh(count) == 0xffff)
            return true;
        if (be16toh(count) != x->table->count)
            return garbled(x, e);
        for (size_t i = 0; i < x->table->count; i++)
            if (!field_read(x, &rest, i, e))
                return false;
        if (!copy_file_put(x->to, x->row, e))
            return false;
        if (++x->done % ROWS_BETWEEN_WORDS == 0 && x->progress &&
            !x->progress(x->ctx, x->done, x->done > x->total ? x->done : x->total))
            return fail(e, ERR_UNAVAILABLE, "The copy was broken off");
    }
    return true;
}

static bool table_end(struct copying *x, struct error *e)
{
    PGresult *result = PQgetResult(x->from->pg);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK || postgres_fail(x->from, x->table->name, result, e);
    for (; result; result = PQgetResult(x->from->pg))
        PQclear(result);
    return ok;
}

/* The caller gives a session up in which this has failed: the rest of the rows is still on its way. */
static bool table_copy(struct copying *x, const struct copy_table *table, struct arena *a, struct error *e)
{
    char *bytes = NULL;
    int n;
    x->table = table;
    x->begun = false;
    x->row = ARENA_ARRAY(a, struct copy_value, table->count);
    PGresult *result =
        postgres_ask(x->from, PGRES_COPY_OUT, e, "COPY (SELECT %s FROM \"%s\"%s%s) TO STDOUT (FORMAT binary)",
                     copy_columns(a, table), table->name, *table->key ? " ORDER BY " : "", table->key);
    if (!result)
        return false;
    PQclear(result);
    if (!copy_file_into(x->to, table, e))
        return false;
    while ((n = PQgetCopyData(x->from->pg, &bytes, 0)) > 0) {
        bool ok = piece_read(x, (struct str){bytes, (size_t)n}, e);
        PQfreemem(bytes);
        if (!ok)
            return false;
    }
    return table_end(x, e);
}

/* ---- all of them ---- */

static bool snapshot_begin(struct postgres_conn *c, int64_t schema, struct error *e)
{
    int64_t has = 0;
    return postgres_do(c, e, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") &&
           postgres_number(c, &has, e, "SELECT max(version) FROM schema_version") &&
           (has == schema || fail(e, ERR_CONFLICT,
                                  "The database was brought to another version meanwhile (schema %lld, this program "
                                  "knows %lld)",
                                  (long long)has, (long long)schema));
}

static bool tables_copy(struct copying *x, struct arena *a, struct error *e)
{
    struct copy_schema from = {.arena = a}, to = {.arena = a};
    if (!postgres_schema(x->from, &from, e) || !copy_file_schema(x->to, &to, e) || !copy_same(&from, &to, e) ||
        !postgres_number(x->from, &x->total, e,
                         "SELECT CAST(coalesce(sum(greatest(t.reltuples, 0)), 0) AS BIGINT) FROM pg_class t "
                         "JOIN pg_namespace n ON n.oid = t.relnamespace "
                         "WHERE n.nspname = current_schema() AND t.relkind = 'r'"))
        return false;
    for (size_t i = 0; i < to.count; i++) /* the file's: it knows the order of its keys */
        if (!table_copy(x, &to.tables[i], a, e))
            return false;
    return copy_file_finish(x->to, e);
}

static bool empty_make(const struct db *db, const char *path, struct error *e)
{
    struct db_config config = {.path = path, .create = true};
    struct db *fresh = db_open_with(&config, db->files, e);
    db_close(fresh);
    return fresh;
}

static void part_unlink(const char *part)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", "-turn"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        char *name = NULL;
        int n = asprintf(&name, "%s%s", part, suffixes[i]);
        assert(n >= 0);
        unlink(name);
        free(name);
    }
}

static bool part_fill(struct db *db, const char *part, db_progress *progress, void *ctx, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct copying x = {.progress = progress, .ctx = ctx};
    if (!empty_make(db, part, e))
        return false;
    struct postgres_conn from;
    x.from = &from;
    x.to = postgres_session_open(&from, db, e) ? copy_file_open(part, true, e) : NULL;
    bool ok = x.to && snapshot_begin(x.from, db->schema, e) && tables_copy(&x, a, e);
    copy_file_close(x.to);
    postgres_session_close(&from);
    return ok;
}

bool postgres_backup(struct db *db, const char *path, db_progress *progress, void *ctx, struct error *e)
{
    char *part = NULL;
    int n = asprintf(&part, "%s.part", path);
    assert(n >= 0);
    part_unlink(part); /* left by a copy that was broken off */
    bool ok = part_fill(db, part, progress, ctx, e) && sqlite_backup_place(part, path, e);
    part_unlink(part);
    free(part);
    return ok;
}
