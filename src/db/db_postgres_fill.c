/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL database filled from a SQLite file. Everything is made in a new schema of its own: the tables by the
 * program's migrations, the rows by COPY, what is made of others by the caller, the indexes last. Then, in one
 * transaction, what was there goes aside and the new tables take the place. */
#include <assert.h>
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/unicode.h"
#include "db/db_copy.h"
#include "db/db_postgres_copy.h"

enum { ROWS_BETWEEN_WORDS = 2000, PIECE_BYTES = 1 << 16, GOING_TRIES = 40, GOING_WAIT_US = 50000 };

/* ---- sessions ---- */

/* With the search path of the address, or in one schema. */
struct place {
    struct db db;
    struct postgres_conn c;
};

static bool place_open(struct place *p, const char *address, struct error *e)
{
    p->db = (struct db){.engine = &engine_postgres, .path = strdup(address)};
    assert(p->db.path);
    return postgres_session_open(&p->c, &p->db, e);
}

static void place_close(struct place *p)
{
    postgres_session_close(&p->c);
    free(p->db.path);
    *p = (struct place){0};
}

/* A value of a connection string in its quotes. */
static void quoted(struct buf *b, const char *name, const char *value)
{
    buf_format(b, "%s='", name);
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\')
            buf_char(b, '\\');
        buf_char(b, *value);
    }
    buf_cstr(b, "' ");
}

/* The same address, whose sessions see one schema alone. */
static const char *address_in(struct arena *a, const char *url, const char *schema, struct error *e)
{
    char *why = NULL;
    struct buf b;
    const char *options = "";
    PQconninfoOption *list = PQconninfoParse(url, &why);
    if (!list) {
        PQfreemem(why);
        return fail_null(e, ERR_BAD_INPUT, "The address of the database cannot be understood");
    }
    buf_init(&b, a, 512);
    for (const PQconninfoOption *o = list; o->keyword; o++) {
        bool is_options = strcmp(o->keyword, "options") == 0;
        if (o->val && is_options)
            options = str_cstr(a, str_from(o->val));
        else if (o->val)
            quoted(&b, o->keyword, o->val);
    }
    PQconninfoFree(list);
    quoted(&b, "options", str_cstr(a, str_format(a, "%s -c search_path=%s", options, schema)));
    return buf_view(&b).ptr;
}

/* ---- what is there ---- */

#define OURS                                                                                                         \
    "FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = current_schema() "              \
    "AND t.relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = "   \
    "'e')"

static bool is_there(struct postgres_conn *c, const char *table, bool *out, struct error *e)
{
    int64_t n = 0;
    bool ok = postgres_number(c, &n, e, "SELECT count(*) " OURS " AND t.relname = '%s'", table);
    *out = n > 0;
    return ok;
}

/* Sessions that have just ended are given a moment to go. */
static bool nobody_else(struct postgres_conn *c, struct error *e)
{
    int64_t others = 0;
    for (int i = 0; i < GOING_TRIES; i++) {
        if (!postgres_number(c, &others, e,
                             "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                             "application_name = 'ascolto' AND pid <> pg_backend_pid()"))
            return false;
        if (others == 0)
            return true;
        usleep(GOING_WAIT_US);
    }
    return fail(e, ERR_CONFLICT,
                "Another Ascolto is using this database (%" PRId64 " sessions): stop every node first", others);
}

static bool is_allowed(struct postgres_conn *c, bool force, struct error *e)
{
    bool made, has_brand;
    int64_t brands = 0;
    if (!nobody_else(c, e) || !is_there(c, "schema_version", &made, e) || !is_there(c, "brand", &has_brand, e))
        return false;
    if (has_brand && !postgres_number(c, &brands, e, "SELECT count(*) FROM brand"))
        return false;
    return brands == 0 || force ||
           fail(e, ERR_CONFLICT,
                "The database holds data already: stop every node and say --force, or name another database");
}

bool db_fill_allowed(const char *url, bool force, struct error *e)
{
    struct place here = {0};
    bool ok = place_open(&here, url, e) && is_allowed(&here.c, force, e);
    place_close(&here);
    return ok;
}

/* ---- rows ---- */

struct filling {
    const struct db_fill *fill;
    struct db_filled *out;
    struct arena *arena;
    struct arena *row_arena; /* of one row: what was cleaned */
    const char *schema, *address;
    struct copy_file *from;
    struct place to;
    struct buf piece;
    int64_t total;
    const char **indexes;
    size_t index_count;
};

static bool told(struct filling *x, struct error *e)
{
    return !x->fill->progress ||
           x->fill->progress(x->fill->ctx, x->out->rows, x->out->rows > x->total ? x->out->rows : x->total) ||
           fail(e, ERR_UNAVAILABLE, "The copy was broken off");
}

static bool piece_send(struct filling *x, struct error *e)
{
    bool ok = x->piece.len == 0 || PQputCopyData(x->to.c.pg, x->piece.ptr, (int)x->piece.len) == 1;
    x->piece.len = 0;
    return ok || postgres_fail(&x->to.c, "copy", NULL, e);
}

static void head_put(struct filling *x, int32_t len)
{
    uint32_t head = htobe32((uint32_t)len);
    buf_add(&x->piece, &head, sizeof head);
}

/* What is long goes by itself, so that the buffer stays small. */
static bool bytes_put(struct filling *x, struct str bytes, struct error *e)
{
    head_put(x, (int32_t)bytes.len);
    if (bytes.len < PIECE_BYTES) {
        buf_str(&x->piece, bytes);
        return true;
    }
    if (!piece_send(x, e))
        return false;
    while (bytes.len) {
        struct str part = str_slice(bytes, 0, 1 << 20);
        if (PQputCopyData(x->to.c.pg, part.ptr, (int)part.len) != 1)
            return postgres_fail(&x->to.c, "copy", NULL, e);
        bytes = str_slice(bytes, part.len, bytes.len);
    }
    return true;
}

static bool value_put(struct filling *x, const struct copy_table *table, size_t i, const struct copy_value *v,
                      struct error *e)
{
    if (v->null) {
        head_put(x, -1);
        return true;
    }
    enum copy_type type = table->columns[i].type;
    if (type == COPY_INT || type == COPY_REAL) {
        uint64_t number = htobe64((uint64_t)v->integer);
        head_put(x, sizeof number);
        buf_add(&x->piece, &number, sizeof number);
        return true;
    }
    struct str text = type == COPY_TEXT ? text_clean(x->row_arena, v->text) : v->text;
    if (text.len > INT32_MAX / 2)
        return fail(e, ERR_TOO_LARGE, "%s.%s holds more than PostgreSQL takes", table->name, table->columns[i].name);
    x->out->cleaned += type == COPY_TEXT && text.ptr != v->text.ptr;
    return bytes_put(x, text, e);
}

static bool row_put(struct filling *x, const struct copy_table *table, const struct copy_value *row, struct error *e)
{
    uint16_t count = htobe16((uint16_t)table->count);
    buf_add(&x->piece, &count, sizeof count);
    for (size_t i = 0; i < table->count; i++)
        if (!value_put(x, table, i, &row[i], e))
            return false;
    arena_reset(x->row_arena);
    return x->piece.len < PIECE_BYTES || piece_send(x, e);
}

static bool copy_end(struct filling *x, const struct copy_table *table, bool ok, struct error *e)
{
    bool ended = PQputCopyEnd(x->to.c.pg, ok ? NULL : "broken off") == 1;
    PGresult *result = PQgetResult(x->to.c.pg);
    bool taken = ended && PQresultStatus(result) == PGRES_COMMAND_OK;
    if (ok && !taken)
        postgres_fail(&x->to.c, table->name, result, e);
    for (; result; result = PQgetResult(x->to.c.pg))
        PQclear(result);
    return ok && taken;
}

static bool rows_put(struct filling *x, const struct copy_table *table, struct error *e)
{
    static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"; /* its own zero is the last of 19 bytes */
    static const unsigned char tail[2] = {0xff, 0xff};
    struct copy_value *row = ARENA_ARRAY(x->arena, struct copy_value, table->count);
    bool more = false;
    x->piece.len = 0;
    buf_add(&x->piece, head, 19);
    while (copy_file_next(x->from, row, &more, e)) {
        if (!more) {
            buf_add(&x->piece, tail, sizeof tail);
            return piece_send(x, e);
        }
        if (!row_put(x, table, row, e) || (++x->out->rows % ROWS_BETWEEN_WORDS == 0 && !told(x, e)))
            return false;
    }
    return false;
}

static bool table_fill(struct filling *x, const struct copy_table *table, struct error *e)
{
    if (!copy_file_from(x->from, table, e) || !postgres_do(&x->to.c, e, "DELETE FROM \"%s\"", table->name))
        return false;
    PGresult *result = postgres_ask(&x->to.c, PGRES_COPY_IN, e, "COPY \"%s\" (%s) FROM STDIN (FORMAT binary)",
                                    table->name, copy_columns(x->arena, table));
    if (!result)
        return false;
    PQclear(result);
    return copy_end(x, table, rows_put(x, table, e), e);
}

/* ---- indexes ---- */

/* But for those of keys: they are of the table itself. */
static bool indexes_take_away(struct filling *x, struct error *e)
{
    PGresult *result =
        postgres_ask(&x->to.c, PGRES_TUPLES_OK, e, "%s",
                     "SELECT c.relname, replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') FROM pg_index i JOIN "
                     "pg_class c ON c.oid = i.indexrelid "
                     "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() "
                     "AND NOT c.relispartition "
                     "AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid) ORDER BY c.relname");
    if (!result)
        return false;
    bool ok = true;
    x->indexes = ARENA_ARRAY(x->arena, const char *, (size_t)PQntuples(result));
    for (int i = 0; ok && i < PQntuples(result); i++) {
        x->indexes[x->index_count++] = str_cstr(x->arena, str_from(PQgetvalue(result, i, 1)));
        ok = postgres_do(&x->to.c, e, "DROP INDEX \"%s\"", PQgetvalue(result, i, 0));
    }
    PQclear(result);
    return ok;
}

static bool indexes_make(struct filling *x, struct error *e)
{
    if (!postgres_do(&x->to.c, e, "SET maintenance_work_mem = '256MB'"))
        return false;
    for (size_t i = 0; i < x->index_count; i++)
        if (!told(x, e) || !postgres_do(&x->to.c, e, "%s", x->indexes[i]))
            return false;
    return true;
}

static bool statistics_make(struct filling *x, const struct copy_schema *schema, struct error *e)
{
    for (size_t i = 0; i < schema->count; i++)
        if (!postgres_do(&x->to.c, e, "ANALYZE \"%s\"", schema->tables[i].name))
            return false;
    return true;
}

/* ---- the whole ---- */

static bool tables_fill(struct filling *x, struct copy_schema *from, struct error *e)
{
    struct copy_schema to = {.arena = x->arena};
    if (!copy_file_schema(x->from, from, e) || !postgres_schema(&x->to.c, &to, e) || !copy_same(from, &to, e) ||
        !copy_file_count(x->from, from, &x->total, e) || !postgres_do(&x->to.c, e, "BEGIN") ||
        !indexes_take_away(x, e))
        return false;
    for (size_t i = 0; i < from->count; i++)
        if (!table_fill(x, &from->tables[i], e))
            return false;
    return postgres_do(&x->to.c, e, "COMMIT");
}

/* The tables as this program's migrations make them, and what the caller makes of the others. */
static bool in_schema(struct filling *x, bool derive, struct error *e)
{
    struct db_config config = {.url = x->address, .create = true};
    struct db *db = db_open(&config, e);
    bool ok = db && (!derive || !x->fill->derive || x->fill->derive(db, x->fill->ctx, e));
    db_close(db);
    return ok;
}

static bool schema_fill(struct filling *x, struct error *e)
{
    struct copy_schema from = {.arena = x->arena};
    if (!in_schema(x, false, e) || !place_open(&x->to, x->address, e) || !tables_fill(x, &from, e))
        return false;
    return in_schema(x, true, e) && indexes_make(x, e) && statistics_make(x, &from, e);
}

static bool tables_move(struct postgres_conn *c, const char *from, const char *to, struct error *e)
{
    PGresult *result = postgres_ask(
        c, PGRES_TUPLES_OK, e,
        "SELECT t.relname FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = "
        "'%s' AND t.relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = "
        "t.oid AND d.deptype = 'e')",
        from);
    bool ok = result;
    for (int i = 0; ok && i < PQntuples(result); i++)
        ok = postgres_do(c, e, "ALTER TABLE \"%s\".\"%s\" SET SCHEMA \"%s\"", from, PQgetvalue(result, i, 0), to);
    PQclear(result);
    return ok;
}

/* Where the address's own sessions find their tables. */
static const char *own_schema(struct postgres_conn *c, struct arena *a, struct error *e)
{
    PGresult *result = postgres_ask(c, PGRES_TUPLES_OK, e, "SELECT current_schema()");
    const char *name = !result || PQgetisnull(result, 0, 0) ? NULL : str_cstr(a, str_from(PQgetvalue(result, 0, 0)));
    if (result && !name)
        fail(e, ERR_CONFLICT, "The database has no schema in which tables could be made");
    PQclear(result);
    return name;
}

static bool aside(struct filling *x, struct postgres_conn *c, const char *own, struct error *e)
{
    bool made;
    if (!is_there(c, "schema_version", &made, e))
        return false;
    if (!made)
        return true;
    snprintf(x->out->aside, sizeof x->out->aside, "before_%s", x->schema);
    return postgres_do(c, e, "CREATE SCHEMA \"%s\"", x->out->aside) && tables_move(c, own, x->out->aside, e);
}

/* Nothing waits long for those who should have gone. */
static bool take_place(struct filling *x, struct postgres_conn *c, struct error *e)
{
    const char *own = own_schema(c, x->arena, e);
    bool ok = own && nobody_else(c, e) && postgres_do(c, e, "BEGIN") &&
              postgres_do(c, e, "SET LOCAL lock_timeout = '10s'") && aside(x, c, own, e) &&
              tables_move(c, x->schema, own, e) && postgres_do(c, e, "DROP SCHEMA \"%s\"", x->schema) &&
              postgres_do(c, e, "COMMIT");
    if (!ok) {
        x->out->aside[0] = 0;
        PQclear(PQexec(c->pg, "ROLLBACK"));
    }
    return ok;
}

/* What a program that was killed left half made: nobody else is filling, or its sessions would be there. */
static bool rests_remove(struct postgres_conn *c, struct error *e)
{
    PGresult *result =
        postgres_ask(c, PGRES_TUPLES_OK, e, "SELECT nspname FROM pg_namespace WHERE nspname ~ '^restore_[0-9]+$'");
    bool ok = result;
    for (int i = 0; ok && i < PQntuples(result); i++)
        ok = postgres_do(c, e, "DROP SCHEMA \"%s\" CASCADE", PQgetvalue(result, i, 0));
    PQclear(result);
    return ok;
}

/* What is left when that fails too goes with the next restore. */
static void schema_drop(struct filling *x, struct postgres_conn *c)
{
    PQclear(PQexec(c->pg, str_cstr(x->arena, str_format(x->arena, "DROP SCHEMA \"%s\" CASCADE", x->schema))));
}

static bool fill_in(struct filling *x, struct place *own, struct error *e)
{
    if (!is_allowed(&own->c, x->fill->force, e) || !rests_remove(&own->c, e) ||
        !postgres_do(&own->c, e, "CREATE SCHEMA \"%s\"", x->schema))
        return false;
    x->from = copy_file_open(x->fill->path, false, e);
    bool ok = x->from && schema_fill(x, e);
    copy_file_close(x->from);
    place_close(&x->to);
    ok = ok && take_place(x, &own->c, e);
    if (!ok)
        schema_drop(x, &own->c);
    return ok;
}

bool db_fill(const struct db_fill *fill, struct db_filled *out, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    CLEANUP(arena_cleanup) struct arena *row = arena_new();
    struct filling x = {.fill = fill, .out = out, .arena = a, .row_arena = row};
    struct place own = {0};
    *out = (struct db_filled){0};
    buf_init(&x.piece, a, PIECE_BYTES * 3);
    x.schema = str_cstr(a, str_format(a, "restore_%" PRId64, clock_now() / SECOND_US));
    x.address = address_in(a, fill->url, x.schema, e);
    bool ok = x.address && place_open(&own, fill->url, e) && fill_in(&x, &own, e);
    place_close(&own);
    return ok;
}
