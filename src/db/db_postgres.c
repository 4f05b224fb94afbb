/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: sessions and transactions. A batch of one brand holds that brand's advisory lock until it has ended, so
 * that on any number of nodes a brand's changes come one after the other, as they do in one file: a command that
 * looks something up and then writes needs no other lock. A lost session is taken up again by the next transaction;
 * while the server is away one thread at a time tries, and the others are told so at once. */
#include "db/db_postgres.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

#define RETRY_US        (SECOND_US / 4)
#define CONNECT_SECONDS "4"

const char postgres_channel[] = "ascolto";

/* A session whose node stands still or went away would stop a brand, and a taking over of the jobs (LEASE_SILENT_US):
 * the server ends it before that. */
static const char session_settings[] = "SET statement_timeout = '60s'; SET lock_timeout = '12s';"
                                       "SET idle_in_transaction_session_timeout = '4s';"
                                       "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2;"
                                       "SET tcp_keepalives_count = 3; SET tcp_user_timeout = '12s';";
static const char patient_settings[] = "SET statement_timeout = 0; SET lock_timeout = 0;"
                                       "SET idle_in_transaction_session_timeout = 0";
/* Compiling a statement, or asking other processes for help, takes longer than any of ours may. */
static const char reader_settings[] = "SET jit = off; SET max_parallel_workers_per_gather = 0;"
                                      "SET default_transaction_read_only = on;"
                                      "SET default_transaction_isolation = 'repeatable read'";
static const char writer_settings[] = "SET synchronous_commit = on";

/* The first line of what the server or the library says. */
static const char *first_line(const char *words, char *room, size_t size)
{
    size_t n = words ? strcspn(words, "\n") : 0;
    snprintf(room, size, "%.*s", (int)n, words ? words : "");
    return room;
}

static bool begins(const char *state, const char *with)
{
    return strncmp(state, with, strlen(with)) == 0;
}

/* Classes of https://www.postgresql.org/docs/15/errcodes-appendix.html */
bool postgres_fail(struct postgres_conn *c, const char *what, const PGresult *result, struct error *e)
{
    char words[180];
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *said = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    first_line(said ? said : PQerrorMessage(c->pg), words, sizeof words);
    if (!state || begins(state, "57P") || begins(state, "08") || strcmp(state, "25P03") == 0)
        return fail(e, ERR_STORAGE, "The database cannot be reached: %s", words);
    if (begins(state, "23"))
        return fail(e, ERR_CONFLICT, "This is there already, or refers to what is not there (%s: %s)", what, words);
    if (begins(state, "53") || begins(state, "58") || begins(state, "40") || begins(state, "55") ||
        begins(state, "57") || begins(state, "25") || begins(state, "XX") || strcmp(state, "42501") == 0)
        return fail(e, ERR_STORAGE, "The database cannot do this now: %s", words);
    if (begins(state, "54"))
        return fail(e, ERR_TOO_LARGE, "This is too large to be stored");
    if (strcmp(state, "22021") == 0 || strcmp(state, "22P05") == 0)
        return fail(e, ERR_BAD_INPUT, "This has a character that cannot be stored");
    return fail(e, ERR_INTERNAL, "%s: %s", what, words);
}

static void be_silent(void *ctx, const PGresult *notice)
{
    (void)ctx;
    (void)notice;
}

static bool suits(PGconn *pg, struct error *e)
{
    if (PQserverVersion(pg) < 140000)
        return fail(e, ERR_STORAGE, "PostgreSQL 14 or newer is needed");
    const char *encoding = PQparameterStatus(pg, "server_encoding");
    return (encoding && strcmp(encoding, "UTF8") == 0) ||
           fail(e, ERR_STORAGE, "The database must keep its texts in UTF8, not in %s",
                encoding ? encoding : "another way");
}

/* How every session begins. */
static bool set_up(struct postgres_conn *c, struct error *e)
{
    PQsetNoticeReceiver(c->pg, be_silent, NULL);
    wire_start(c);
    return suits(c->pg, e) && wire_script(c, session_settings, e) &&
           wire_script(c, c->conn.writer ? writer_settings : reader_settings, e);
}

static void postgres_disconnect(struct conn *conn)
{
    struct postgres_conn *c = postgres_conn(conn);
    PQfinish(c->pg);
    postgres_statements_forget(c);
    gather_free(c);
    free(c);
}

PGconn *postgres_open(const struct db *db, struct error *e)
{
    static const char *const names[] = {
        "dbname",          "connect_timeout",     "application_name", "client_encoding",
        "keepalives_idle", "keepalives_interval", "tcp_user_timeout", NULL};
    const char *values[] = {db->path, CONNECT_SECONDS, "ascolto", "UTF8", "5", "2", "12000", NULL};
    PGconn *pg = PQconnectdbParams(names, values, 1);
    assert(pg);
    if (PQstatus(pg) == CONNECTION_OK)
        return pg;
    char words[180];
    first_line(PQerrorMessage(pg), words, sizeof words);
    PQfinish(pg);
    return fail_null(e, ERR_STORAGE, "The database cannot be reached: %s", words);
}

char *postgres_name(const char *url)
{
    char *name = NULL, *why = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &why);
    const char *host = "", *port = "", *database = "";
    for (const PQconninfoOption *o = options; o && o->keyword; o++) {
        const char *value = o->val ? o->val : "";
        if (strcmp(o->keyword, "host") == 0)
            host = value;
        else if (strcmp(o->keyword, "port") == 0)
            port = value;
        else if (strcmp(o->keyword, "dbname") == 0)
            database = value;
    }
    if (asprintf(&name, "The database %s at %s%s%s", *database ? database : "(by default)",
                 *host ? host : "this machine", *port ? ":" : "", port) < 0)
        name = NULL;
    assert(name);
    PQconninfoFree(options);
    PQfreemem(why);
    return name;
}

static struct conn *postgres_connect(struct db *db, bool writer, struct error *e)
{
    struct postgres_conn *c = calloc(1, sizeof *c);
    assert(c);
    *c = (struct postgres_conn){.conn = {.engine = &engine_postgres, .db = db, .writer = writer}};
    bool try = clock_monotonic() >= db->away_until;
    c->pg = try ? postgres_open(db, e) : fail_null(e, ERR_STORAGE, "The database cannot be reached");
    if (try && !c->pg) /* who waited in vain does not wait again for its next statement */
        db->away_until = clock_monotonic() + RETRY_US;
    if (c->pg && set_up(c, e))
        return &c->conn;
    postgres_disconnect(&c->conn);
    return NULL;
}

static bool reconnect(struct postgres_conn *c, struct error *e)
{
    struct db *db = c->conn.db;
    PGconn *fresh = postgres_open(db, e);
    db->away_until = fresh ? 0 : clock_monotonic() + RETRY_US;
    if (!fresh)
        return false;
    PQfinish(c->pg);
    c->pg = fresh;
    postgres_statements_forget(c);
    return set_up(c, e);
}

/* While the server is away, one thread tries for all. */
bool postgres_be_connected(struct postgres_conn *c, struct error *e)
{
    struct db *db = c->conn.db;
    if (!c->lost && PQstatus(c->pg) == CONNECTION_OK)
        return true;
    c->lost = true;
    if (clock_monotonic() < db->away_until || (db->away_until && atomic_exchange(&db->trying, true)))
        return fail(e, ERR_STORAGE, "The database cannot be reached");
    bool alone = db->away_until != 0;
    bool ok = reconnect(c, e);
    if (alone)
        atomic_store(&db->trying, false);
    return ok;
}

/* What goes out up to a mark is one transaction, with one snapshot where it is REPEATABLE READ: what is read in one
 * journey needs neither BEGIN nor COMMIT. What is asked later needs them, and sees what is so by then. */
bool postgres_be_open(struct postgres_conn *c, struct error *e)
{
    bool ended = c->conn.all_ahead && c->flown;
    if (!c->begun || c->opened || (c->conn.all_ahead && !ended)) /* where it was opened before, it stays so */
        return true;
    if (ended && c->broken)
        return fail(e, ERR_STORAGE, "The database has given the change up");
    c->conn.torn |= ended;
    c->conn.all_ahead = false;
    c->opened = true;
    return wire_send(c, "begin", "BEGIN", false, e);
}

bool postgres_begin_again(struct postgres_conn *c, struct error *e)
{
    char text[80];
    c->begun = c->opened = false;
    c->conn.all_ahead = c->conn.torn = false;
    if (!postgres_be_connected(c, e))
        return false;
    c->begun = true;
    if (!c->conn.writer)
        return true;
    snprintf(text, sizeof text, "SELECT pg_advisory_xact_lock(%" PRId64 ")", c->brand);
    return wire_send(c, "lock", text, false, e);
}

static bool postgres_begin(struct conn *conn, int64_t brand, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    c->flown = c->blind = c->broken = false;
    c->brand = brand;
    conn->journeys = 0;
    kept_clear(c);
    gather_drop(c);
    return postgres_begin_again(c, e);
}

/* Its outcome does not matter: without an answer the server takes everything back by itself. */
static void postgres_rollback(struct conn *conn)
{
    struct postgres_conn *c = postgres_conn(conn);
    gather_drop(c);
    if (c->begun && !c->lost && (wire_settle(c, NULL) || !c->lost) && c->opened &&
        wire_send(c, "rollback", "ROLLBACK", true, NULL))
        wire_push(c);
    c->begun = c->opened = c->broken = false;
}

static bool writer_commit(struct postgres_conn *c, struct error *e)
{
    char text[100];
    snprintf(text, sizeof text, "NOTIFY %s, 'c %" PRIx64 "'", postgres_channel, c->conn.db->own);
    if (!gather_flush(c, e) || !wire_send(c, "notify", text, false, e) || !wire_send(c, "commit", "COMMIT", false, e))
        return false;
    PGresult *result = wire_answer(c, e);
    bool ok = result && strcmp(PQcmdStatus(result), "COMMIT") == 0;
    if (result && !ok)
        fail(e, ERR_STORAGE, "The database has given the change up");
    PQclear(result);
    return ok;
}

/* What was only read needs no answer to its end. */
static bool reader_commit(struct postgres_conn *c, struct error *e)
{
    if (!c->flown && c->count == 0)
        return !c->lost || fail(e, ERR_STORAGE, "The database cannot be reached");
    if (c->opened && !wire_send(c, "commit", "COMMIT", true, e))
        return false;
    wire_push(c);
    return true;
}

static bool postgres_commit(struct conn *conn, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    bool ok = !kept_waiting(c) || wire_settle(c, e);
    kept_clear(c);
    if (!ok)
        return false;
    if (!c->begun || c->lost || c->broken)
        return fail(e, ERR_STORAGE, "The database has given the change up");
    if (!(conn->writer ? writer_commit(c, e) : reader_commit(c, e)))
        return false;
    c->begun = c->opened = false;
    return true;
}

static bool postgres_in_transaction(struct conn *conn)
{
    const struct postgres_conn *c = postgres_conn(conn);
    return c->begun && !c->lost;
}

static bool postgres_savepoint(struct conn *conn, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    return gather_flush(c, e) && wire_send(c, "savepoint", "SAVEPOINT command", false, e);
}

static bool postgres_settle(struct conn *conn, struct error *e)
{
    return gather_flush(postgres_conn(conn), e) && wire_settle(postgres_conn(conn), e);
}

static bool postgres_savepoint_end(struct conn *conn, bool keep, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    if (!keep) {
        struct error ignored = {0};
        gather_drop(c);
        if (!wire_settle(c, &ignored) && c->lost)
            return fail(e, ignored.code, "%s", ignored.message);
        c->broken = false;
        if (!wire_send(c, "savepoint", "ROLLBACK TO command", false, e))
            return false;
    }
    return wire_send(c, "savepoint", "RELEASE command", false, e) && (keep || wire_settle(c, e));
}

/* Others are heard by a session of its own (db_postgres_listen.c). */
static bool postgres_changed_elsewhere(struct conn *conn)
{
    (void)conn;
    return false;
}

/* Tables are not rebuilt here, so references hold all the time; but what migrates may take as long as it takes. */
static bool postgres_references(struct conn *conn, bool enforced, struct error *e)
{
    return wire_script(postgres_conn(conn), enforced ? session_settings : patient_settings, e);
}

static bool postgres_references_whole(struct conn *conn, struct error *e)
{
    (void)conn;
    (void)e;
    return true;
}

static bool postgres_script(struct conn *conn, const char *text, struct error *e)
{
    return gather_flush(postgres_conn(conn), e) && wire_script(postgres_conn(conn), text, e);
}

static bool postgres_check(struct conn *conn, struct error *e)
{
    return wire_send(postgres_conn(conn), "check", "SELECT 1", false, e) && wire_settle(postgres_conn(conn), e);
}

const struct engine engine_postgres = {
    .name = "postgres",
    .lanes = 4,
    .heals = true,
    .far = true,
    .connect = postgres_connect,
    .disconnect = postgres_disconnect,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .in_transaction = postgres_in_transaction,
    .savepoint = postgres_savepoint,
    .settle = postgres_settle,
    .savepoint_end = postgres_savepoint_end,
    .changed_elsewhere = postgres_changed_elsewhere,
    .references = postgres_references,
    .references_whole = postgres_references_whole,
    .step_begin = citus_begin,
    .step_end = citus_step,
    .whole = citus_whole,
    .distribute = citus_distribute,
    .query = postgres_query,
    .ahead = postgres_ahead,
    .forget = postgres_forget,
    .next = postgres_next,
    .close = postgres_close,
    .column_int = postgres_column_int,
    .column_real = postgres_column_real,
    .column_null = postgres_column_null,
    .column_str = postgres_column_str,
    .script = postgres_script,
    .prepare = postgres_prepare,
    .upkeep_start = postgres_listen_start,
    .upkeep_stop = postgres_listen_stop,
    .tell = postgres_tell,
    .backup = postgres_backup,
    .check = postgres_check,
};
