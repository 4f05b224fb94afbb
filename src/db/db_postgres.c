/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: connections and transactions. A batch of one brand holds that brand's advisory lock until it has ended,
 * so that on any number of nodes a brand's changes come one after the other, as they do in one file: a command that
 * looks something up and then writes needs no other lock. A lost connection is taken up again by the next
 * transaction. */
#include "db/db_postgres.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

#define CHANNEL         "ascolto"  /* of NOTIFY */
#define LOCK_SPACE      0x41534300 /* "ASC": advisory locks of ours are (this + kind, brand) */
#define RETRY_US        (SECOND_US / 2)
#define CONNECT_SECONDS "5"

static const char reader_settings[] = "SET default_transaction_read_only = on;"
                                      "SET default_transaction_isolation = 'repeatable read'";
static const char writer_settings[] = "SET synchronous_commit = on; LISTEN " CHANNEL;

/* The first line of what the server or the library says. */
static const char *first_line(const char *words, char *room, size_t size)
{
    size_t n = words ? strcspn(words, "\n") : 0;
    snprintf(room, size, "%.*s", (int)n, words ? words : "");
    return room;
}

bool postgres_fail(struct postgres_conn *c, const char *what, const PGresult *result, struct error *e)
{
    char words[200];
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *said = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    first_line(said ? said : PQerrorMessage(c->pg), words, sizeof words);
    if (!state || PQstatus(c->pg) == CONNECTION_BAD || strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0)
        return fail(e, ERR_STORAGE, "The database cannot be reached: %s", words);
    if (strncmp(state, "23", 2) == 0)
        return fail(e, ERR_CONFLICT, "This is there already, or refers to what is not there (%s: %s)", what, words);
    if (strncmp(state, "53", 2) == 0 || strncmp(state, "58", 2) == 0 || strncmp(state, "40", 2) == 0 ||
        strcmp(state, "25006") == 0 || strncmp(state, "55", 2) == 0)
        return fail(e, ERR_STORAGE, "The database cannot store this now: %s", words);
    if (strcmp(state, "54000") == 0)
        return fail(e, ERR_TOO_LARGE, "This is too large to be stored");
    return fail(e, ERR_INTERNAL, "%s: %s", what, words);
}

/* One or several statements without rows that matter. */
static bool run_simple(struct postgres_conn *c, const char *text, struct error *e)
{
    PGresult *result = PQexec(c->pg, text);
    ExecStatusType status = PQresultStatus(result);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY ||
              postgres_fail(c, "script", result, e);
    PQclear(result);
    return ok;
}

static void be_silent(void *ctx, const PGresult *notice)
{
    (void)ctx;
    (void)notice;
}

static bool suits(struct postgres_conn *c, struct error *e)
{
    if (PQserverVersion(c->pg) < 130000)
        return fail(e, ERR_STORAGE, "PostgreSQL 13 or newer is needed");
    const char *encoding = PQparameterStatus(c->pg, "server_encoding");
    return (encoding && strcmp(encoding, "UTF8") == 0) ||
           fail(e, ERR_STORAGE, "The database must keep its texts in UTF8, not in %s",
                encoding ? encoding : "another way");
}

/* How every session begins. */
static bool set_up(struct postgres_conn *c, struct error *e)
{
    PQsetNoticeReceiver(c->pg, be_silent, NULL);
    return suits(c, e) && run_simple(c, c->conn.writer ? writer_settings : reader_settings, e);
}

static void postgres_disconnect(struct conn *conn)
{
    struct postgres_conn *c = postgres_conn(conn);
    PQfinish(c->pg);
    free(c->prepared);
    free(c->lists);
    free(c);
}

static struct conn *postgres_connect(struct db *db, bool writer, struct error *e)
{
    static const char *const names[] = {
        "dbname",          "connect_timeout",     "application_name", "client_encoding",
        "keepalives_idle", "keepalives_interval", "tcp_user_timeout", NULL};
    const char *values[] = {db->path, CONNECT_SECONDS, "ascolto", "UTF8", "10", "5", "20000", NULL};
    struct postgres_conn *c = calloc(1, sizeof *c);
    assert(c);
    *c = (struct postgres_conn){.conn = {.engine = &engine_postgres, .db = db, .writer = writer}};
    c->pg = PQconnectdbParams(names, values, 1);
    assert(c->pg);
    bool there = PQstatus(c->pg) == CONNECTION_OK || postgres_fail(c, "connect", NULL, e);
    if (there && set_up(c, e))
        return &c->conn;
    postgres_disconnect(&c->conn);
    return NULL;
}

/* A session that was lost is begun again, but not more often than the server can bear. */
static bool be_connected(struct postgres_conn *c, struct error *e)
{
    if (PQstatus(c->pg) == CONNECTION_OK)
        return true;
    if (clock_monotonic() < c->lost_until)
        return fail(e, ERR_STORAGE, "The database cannot be reached");
    PQreset(c->pg);
    postgres_statements_forget(c);
    bool ok = (PQstatus(c->pg) == CONNECTION_OK || postgres_fail(c, "connect", NULL, e)) && set_up(c, e);
    c->lost_until = ok ? 0 : clock_monotonic() + RETRY_US;
    return ok;
}

static bool begin_now(struct postgres_conn *c, int64_t brand, struct error *e)
{
    char text[80];
    if (!c->conn.writer)
        return run_simple(c, "BEGIN", e);
    snprintf(text, sizeof text, "BEGIN; SELECT pg_advisory_xact_lock(%" PRId64 ")", brand);
    return run_simple(c, text, e);
}

static void postgres_rollback(struct conn *conn)
{
    struct postgres_conn *c = postgres_conn(conn);
    if (PQtransactionStatus(c->pg) != PQTRANS_IDLE && PQstatus(c->pg) == CONNECTION_OK)
        run_simple(c, "ROLLBACK", NULL);
}

/* The server may have ended an idle session (a restart, a time limit): that is noticed here, and nothing was lost. */
static bool postgres_begin(struct conn *conn, int64_t brand, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    if (PQstatus(c->pg) == CONNECTION_OK && begin_now(c, brand, e))
        return true;
    if (PQstatus(c->pg) == CONNECTION_OK) {
        postgres_rollback(conn);
        return false;
    }
    return be_connected(c, e) && begin_now(c, brand, e);
}

static bool postgres_commit(struct conn *conn, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    if (PQtransactionStatus(c->pg) != PQTRANS_INTRANS)
        return fail(e, ERR_STORAGE, "The database has given the change up");
    return run_simple(c, conn->writer ? "NOTIFY " CHANNEL "; COMMIT" : "COMMIT", e);
}

static bool postgres_in_transaction(struct conn *conn)
{
    PGTransactionStatusType status = PQtransactionStatus(postgres_conn(conn)->pg);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

static bool postgres_savepoint(struct conn *conn, struct error *e)
{
    return run_simple(postgres_conn(conn), "SAVEPOINT command", e);
}

static bool postgres_savepoint_end(struct conn *conn, bool keep, struct error *e)
{
    return run_simple(postgres_conn(conn), keep ? "RELEASE command" : "ROLLBACK TO command; RELEASE command", e);
}

static bool postgres_changed_elsewhere(struct conn *conn)
{
    struct postgres_conn *c = postgres_conn(conn);
    bool heard = false;
    PGnotify *notice;
    if (PQstatus(c->pg) != CONNECTION_OK) /* what was missed meanwhile is looked for */
        return be_connected(c, NULL);
    PQconsumeInput(c->pg);
    while ((notice = PQnotifies(c->pg))) {
        heard |= notice->be_pid != PQbackendPID(c->pg);
        PQfreemem(notice);
    }
    return heard;
}

static bool postgres_references(struct conn *conn, bool enforced, struct error *e)
{
    (void)conn; /* tables are not rebuilt here: references hold all the time */
    (void)enforced;
    (void)e;
    return true;
}

static bool postgres_references_whole(struct conn *conn, struct error *e)
{
    return postgres_references(conn, true, e);
}

static bool postgres_script(struct conn *conn, const char *text, struct error *e)
{
    return run_simple(postgres_conn(conn), text, e);
}

static bool postgres_upkeep_start(struct db *db, struct error *e)
{
    (void)db; /* the server has its own */
    (void)e;
    return true;
}

static void postgres_upkeep_stop(struct db *db)
{
    (void)db;
}

static bool postgres_backup(struct db *db, const char *path, db_progress *progress, void *ctx, struct error *e)
{
    (void)db;
    (void)path;
    (void)progress;
    (void)ctx;
    return fail(e, ERR_UNAVAILABLE, "A PostgreSQL database is backed up by its own means (pg_dump)");
}

static bool postgres_check(struct conn *conn, struct error *e)
{
    return run_simple(postgres_conn(conn), "SELECT 1", e);
}

const struct engine engine_postgres = {
    .name = "postgres",
    .lanes = 4,
    .connect = postgres_connect,
    .disconnect = postgres_disconnect,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .in_transaction = postgres_in_transaction,
    .savepoint = postgres_savepoint,
    .savepoint_end = postgres_savepoint_end,
    .changed_elsewhere = postgres_changed_elsewhere,
    .references = postgres_references,
    .references_whole = postgres_references_whole,
    .step_begin = citus_begin,
    .step_end = citus_step,
    .whole = citus_whole,
    .distribute = citus_distribute,
    .query = postgres_query,
    .next = postgres_next,
    .close = postgres_close,
    .column_int = postgres_column_int,
    .column_real = postgres_column_real,
    .column_null = postgres_column_null,
    .column_str = postgres_column_str,
    .script = postgres_script,
    .prepare = postgres_prepare,
    .upkeep_start = postgres_upkeep_start,
    .upkeep_stop = postgres_upkeep_stop,
    .backup = postgres_backup,
    .check = postgres_check,
};
