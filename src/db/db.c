/* SPDX-License-Identifier: Apache-2.0 */
/* Values, statements, rows, and opening and closing: the part of db that is the same for every engine. */
#include "db/db.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/db_check.h"
#include "db/db_internal.h"
#include "db/sql_table.h"

struct db_value db_value_int(int64_t v)
{
    return (struct db_value){.type = DB_INT, .integer = v};
}

struct db_value db_value_bool(bool v)
{
    return db_value_int(v ? 1 : 0);
}

struct db_value db_value_real(double v)
{
    return (struct db_value){.type = DB_REAL, .real = v};
}

struct db_value db_value_str(struct str v)
{
    return (struct db_value){.type = DB_TEXT, .text = v.ptr ? v : STR("")};
}

struct db_value db_value_cstr(const char *v)
{
    return db_value_str(str_from(v));
}

struct db_value db_bytes(struct str v)
{
    return (struct db_value){.type = DB_BYTES, .text = v.ptr ? v : STR("")};
}

struct db_value db_null(void)
{
    return (struct db_value){.type = DB_NULL};
}

struct db_value db_value_value(struct db_value v)
{
    return v;
}

int sql_parameters(const char *text)
{
    int highest = 0;
    for (const char *p = text ? strchr(text, '$') : NULL; p; p = strchr(p + 1, '$')) {
        int n = atoi(p + 1);
        highest = n > highest ? n : highest;
    }
    return highest;
}

char *sql_expand_list(const char *text, int length, int *first)
{
    static const char mark[] = "$LIST(";
    char *expanded = NULL;
    size_t size = 0;
    int from = 0;
    FILE *out = open_memstream(&expanded, &size);
    assert(out);
    for (const char *at; (at = strstr(text, mark)); text = strchr(at, ')') + 1) {
        from = atoi(at + strlen(mark));
        fprintf(out, "%.*s", (int)(at - text), text);
        for (int i = 0; i < length; i++)
            fprintf(out, "%s$%d", i ? "," : "", from + i);
    }
    fputs(text, out);
    fclose(out);
    if (first)
        *first = from;
    return expanded;
}

static struct rows *run(struct tx *tx, const struct query *query, struct error *e)
{
    struct error own = {0};
    struct rows *rows = tx->conn->engine->query(tx, query, &own);
    if (rows) {
        rows->next_open = tx->open;
        tx->open = rows;
        return rows;
    }
    if (!tx->failed) {
        tx->failed = true;
        tx->error = own;
    }
    return fail_null(e, own.code, "%s", own.message);
}

struct rows *db_query_values(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n, struct error *e)
{
    assert(sql < SQL_COUNT);
    struct query query = {.sql = sql, .values = values, .n = n};
    return run(tx, &query, e);
}

bool db_travels(const struct tx *tx)
{
    return !tx->conn->writer && tx->conn->engine->ahead;
}

void db_ahead_values(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n)
{
    assert(sql < SQL_COUNT);
    if (db_travels(tx))
        tx->conn->engine->ahead(tx, &(struct query){.sql = sql, .values = values, .n = n});
}

void db_ahead_is_all(struct tx *tx)
{
    tx->conn->all_ahead |= db_travels(tx) && tx->conn->journeys == 0;
}

bool db_read_was_one(const struct tx *tx)
{
    return tx->conn->journeys == 1;
}

bool db_read_again(struct tx *tx)
{
    if (!tx->conn->torn)
        return false;
    tx_close_rows(tx);
    tx->conn->torn = tx->failed = false;
    tx->conn->engine->forget(tx);
    return true;
}

bool db_exec_values(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n, int64_t *changed,
                    struct error *e)
{
    assert(sql < SQL_COUNT);
    struct query query = {.sql = sql, .values = values, .n = n, .blind = !changed};
    struct rows *rows CLEANUP(rows_cleanup) = run(tx, &query, e);
    if (!rows)
        return false;
    while (rows_next(rows))
        ;
    if (changed)
        *changed = rows->changed;
    return rows_ok(rows, e);
}

void db_limit(struct tx *tx, int64_t at)
{
    tx->cut = false;
    if (tx->conn->engine->limit)
        tx->conn->engine->limit(tx->conn, at);
}

bool db_limit_end(struct tx *tx)
{
    if (tx->conn->engine->limit)
        tx->conn->engine->limit(tx->conn, 0);
    return tx->cut;
}

bool db_takes(const struct tx *tx, enum sql_id sql, int n)
{
    assert(sql < SQL_COUNT);
    bool sqlite = tx->conn->engine == &engine_sqlite;
    const char *text = sqlite ? sql_table[sql].sqlite : sql_table[sql].postgres;
    for (const char *p = text ? strchr(text, '$') : NULL; p; p = strchr(p + 1, '$'))
        if (atoi(p + 1) == n)
            return true;
    return false;
}

static struct query list_query(enum sql_id sql, const struct db_value *values, size_t n, const struct db_value *list,
                               size_t list_n)
{
    static const struct db_value none = {.type = DB_NULL};
    assert(sql < SQL_COUNT && n + list_n <= DB_LIST_MAX);
    return (struct query){.sql = sql,
                          .values = values,
                          .n = n,
                          .list = list_n ? list : &none, /* nothing equals NULL */
                          .list_n = list_n ? list_n : 1};
}

struct rows *db_query_list(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n,
                           const struct db_value *list, size_t list_n, struct error *e)
{
    struct query query = list_query(sql, values, n, list, list_n);
    return run(tx, &query, e);
}

struct rows *db_ask_list(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n,
                         const struct db_value *list, size_t list_n, struct error *e)
{
    struct query query = list_query(sql, values, n, list, list_n);
    query.later = true;
    return run(tx, &query, e);
}

struct rows *db_query_text(struct tx *tx, const struct query *query, struct error *e)
{
    assert(query->sql == SQL_COUNT && query->text);
    return run(tx, query, e);
}

bool db_raw(struct tx *tx, const char *text, struct error *e)
{
    struct error own = {0};
    if (tx->conn->engine->script(tx->conn, text, &own))
        return true;
    if (!tx->failed) {
        tx->failed = true;
        tx->error = own;
    }
    return fail(e, own.code, "%s", own.message);
}

bool rows_next(struct rows *rows)
{
    if (rows->first_waiting) {
        rows->first_waiting = false;
        return true;
    }
    if (rows->ended || rows->failed)
        return false;
    rows->tx->conn->engine->next(rows);
    if (rows->failed && !rows->tx->failed) {
        rows->tx->failed = true;
        rows->tx->error = rows->error;
    }
    return !rows->ended && !rows->failed;
}

bool rows_ok(const struct rows *rows, struct error *e)
{
    return !rows->failed || fail(e, rows->error.code, "%s", rows->error.message);
}

/* Reading a column before rows_next said true, or after it said false, is a bug. */
static const struct engine *row_engine(const struct rows *rows)
{
    assert(!rows->first_waiting && !rows->ended && !rows->failed);
    return rows->tx->conn->engine;
}

int64_t rows_int(const struct rows *rows, int column)
{
    return row_engine(rows)->column_int(rows, column);
}

double rows_real(const struct rows *rows, int column)
{
    return row_engine(rows)->column_real(rows, column);
}

bool rows_null(const struct rows *rows, int column)
{
    return row_engine(rows)->column_null(rows, column);
}

struct str rows_str(const struct rows *rows, int column)
{
    return row_engine(rows)->column_str(rows, column);
}

struct str rows_dup(const struct rows *rows, struct arena *a, int column)
{
    return str_dup(a, rows_str(rows, column));
}

void rows_close(struct rows *rows)
{
    if (!rows)
        return;
    struct rows **at = &rows->tx->open;
    while (*at && *at != rows)
        at = &(*at)->next_open;
    assert(*at == rows); /* closed twice */
    *at = rows->next_open;
    rows->tx->conn->engine->close(rows);
}

void rows_cleanup(struct rows **rows)
{
    rows_close(*rows);
}

void tx_close_rows(struct tx *tx)
{
    if (DB_STRICT && tx->open) {
        fprintf(stderr, "db: the rows of %s were left open\n", tx->open->name);
        abort();
    }
    while (tx->open)
        rows_close(tx->open);
}

struct arena *tx_arena(struct tx *tx)
{
    return tx->arena;
}

void *tx_foreseen(const struct tx *tx, db_foresight *foresight)
{
    return tx->foresight == foresight ? tx->foreseen : NULL;
}

int64_t tx_now(const struct tx *tx)
{
    return tx->now;
}

static bool read_schema(struct db *db, const struct embed_file *files, struct error *e)
{
    struct conn *conn = db->engine->connect(db, false, e);
    if (!conn)
        return false;
    bool ok = migrate(conn, files, &db->schema, e);
    db->engine->disconnect(conn);
    return ok;
}

static bool start_writing(struct db *db, const struct embed_file *files, struct error *e)
{
    struct conn *conn = db->engine->connect(db, true, e);
    if (!conn)
        return false;
    if (!migrate(conn, files, &db->schema, e) || (db->engine->whole && !db->engine->whole(conn, e))) {
        db->engine->disconnect(conn);
        return false;
    }
    /* The writer's commits wake the upkeep, so the upkeep is there first and goes last. */
    if (!db->engine->upkeep_start(db, e)) {
        db->engine->disconnect(conn);
        return false;
    }
    db->writer = writer_start(db, conn, e);
    return db->writer;
}

/* A handle without connections. */
static struct db *db_new(const struct db_config *config, const struct embed_file *files, struct error *e)
{
    const char *where = config->url ? config->url : config->path;
    assert(where);
    const char *trace = getenv("ASCOLTO_SQL_TRACE");
    struct db *db = calloc(1, sizeof(*db));
    char *path = strdup(where);
    assert(db && path);
    *db = (struct db){.engine = config->url ? &engine_postgres : &engine_sqlite,
                      .path = path,
                      .name = config->url ? postgres_name(config->url) : strdup(where),
                      .read_only = config->read_only,
                      .create = config->create,
                      .at_begin = config->at_begin,
                      .stats = {.engine = config->url ? engine_postgres.name : engine_sqlite.name},
                      .files = files,
                      .foresees = config->url != NULL && engine_postgres.far,
                      .trace = trace && strcmp(trace, "1") == 0};
    pthread_mutex_init(&db->listener_lock, NULL);
    if (getrandom(&db->own, sizeof db->own, 0) != (ssize_t)sizeof db->own)
        db->own = (uint64_t)clock_now();
    if (readers_init(db, e))
        return db;
    pthread_mutex_destroy(&db->listener_lock);
    free(path);
    free(db->name);
    free(db);
    return NULL;
}

struct db *db_open_with(const struct db_config *config, const struct embed_file *files, struct error *e)
{
    struct db *db = db_new(config, files, e);
    if (!db)
        return NULL;
    if (!(db->read_only ? read_schema(db, files, e) : start_writing(db, files, e))) {
        db_close(db);
        return NULL;
    }
    return db;
}

struct db *db_open(const struct db_config *config, struct error *e)
{
    return db_open_with(config, embed_files, e);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    writer_stop(db->writer);
    readers_close(db);
    db->engine->upkeep_stop(db); /* last: a reader's connection could not put the log away */
    pthread_mutex_destroy(&db->listener_lock);
    free(db->path);
    free(db->name);
    free(db);
}

/* Whoever has work tries again and again: what nobody found for so long is not so any more. */
#define STALE_US (2 * SECOND_US)

const struct db_stats *db_stats(const struct db *db)
{
    return &db->stats;
}

bool db_reads_here(const struct db *db)
{
    return !db->engine->far;
}

bool db_is_away(const struct db *db)
{
    int64_t until = db->away_until;
    return until && clock_monotonic() < until + STALE_US;
}

size_t db_memory(const struct db *db)
{
    return db->engine->memory ? db->engine->memory() : 0;
}

bool db_distribute(const struct db_config *config, int64_t *schema, db_placed *told, void *ctx, struct error *e)
{
    struct db *db = db_new(config, embed_files, e);
    if (!db)
        return false;
    bool ok =
        db->engine->distribute || fail(e, ERR_BAD_INPUT, "Citus is PostgreSQL's: say which with --database URL");
    struct conn *conn = ok ? db->engine->connect(db, true, e) : NULL;
    ok = conn && migrate(conn, embed_files, schema, e) && db->engine->distribute(conn, told, ctx, e);
    if (conn)
        db->engine->disconnect(conn);
    db_close(db);
    return ok;
}

void db_tell(struct db *db, struct str words)
{
    if (db->engine->tell && db->writer)
        db->engine->tell(db, words);
}

void db_on_told(struct db *db, void (*told)(void *ctx, struct str words), void *ctx)
{
    pthread_mutex_lock(&db->listener_lock);
    db->told = told;
    db->told_ctx = ctx;
    pthread_mutex_unlock(&db->listener_lock);
}

void db_on_commit(struct db *db, void (*woken)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&db->listener_lock);
    db->woken = woken;
    db->woken_ctx = ctx;
    pthread_mutex_unlock(&db->listener_lock);
}

void db_committed(struct db *db)
{
    pthread_mutex_lock(&db->listener_lock);
    if (db->woken)
        db->woken(db->woken_ctx);
    pthread_mutex_unlock(&db->listener_lock);
}

void db_hear(struct db *db, struct str words)
{
    pthread_mutex_lock(&db->listener_lock);
    if (db->told)
        db->told(db->told_ctx, words);
    pthread_mutex_unlock(&db->listener_lock);
}

int64_t db_schema_version(struct db *db)
{
    return db->schema;
}

bool db_backup(struct db *db, const char *path, db_progress *progress, void *ctx, struct error *e)
{
    return db->engine->backup(db, path, progress, ctx, e);
}

static bool check_tx(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return tx->conn->engine->check(tx->conn, e);
}

bool db_check(struct db *db, struct error *e)
{
    return db_read(db, check_tx, NULL, e);
}

static bool prepare_tx(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    for (enum sql_id sql = 0; sql < SQL_COUNT; sql++)
        if (!tx->conn->engine->prepare(tx->conn, sql, e))
            return false;
    return true;
}

bool db_prepare_all(struct db *db, struct error *e)
{
    return db_read(db, prepare_tx, NULL, e);
}
