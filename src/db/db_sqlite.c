/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite: connections and transactions. Write-ahead log, synchronous=FULL, references enforced. Checkpoints
 * are the upkeep's work (db_sqlite_upkeep.c), never a commit's. Other processes may write to the same file:
 * they wait for each other, and the lock of a small file beside it keeps a busy one from starving the rest.
 */
#include "db/db_sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/unicode.h"

static const char *const control_text[CONTROL_COUNT] = {
    [CONTROL_BEGIN] = "BEGIN IMMEDIATE",
    [CONTROL_COMMIT] = "COMMIT",
    [CONTROL_ROLLBACK] = "ROLLBACK",
    [CONTROL_SAVEPOINT] = "SAVEPOINT command",
    [CONTROL_RELEASE] = "RELEASE command",
    [CONTROL_ROLLBACK_TO] = "ROLLBACK TO command",
    [CONTROL_DATA_VERSION] = "PRAGMA data_version",
};

/* Caches are filled as they are used: these are limits, not what a connection costs. */
static const char reader_settings[] = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384";
static const char writer_settings[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                                      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
                                      "PRAGMA journal_size_limit = 67108864";

bool sqlite_fail(struct sqlite_conn *c, const char *what, int code, struct error *e)
{
    bool told = c->handle && sqlite3_errcode(c->handle) != SQLITE_OK;
    const char *words = told ? sqlite3_errmsg(c->handle) : sqlite3_errstr(code);
    const char *path = c->conn.db->path;
    switch (code & 0xff) {
    case SQLITE_FULL:
        return fail(e, ERR_STORAGE, "The disk is full: nothing can be stored until there is room again");
    case SQLITE_READONLY:
    case SQLITE_PERM: return fail(e, ERR_STORAGE, "The database %s cannot be written: %s", path, words);
    case SQLITE_CANTOPEN: return fail(e, ERR_STORAGE, "The database %s cannot be opened", path);
    case SQLITE_IOERR: return fail(e, ERR_STORAGE, "The disk of %s reports an error: %s", path, words);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(e, ERR_STORAGE, "The database is busy: another program has kept it for %d seconds",
                    c->busy_ms / 1000);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return fail(e, ERR_STORAGE, "The database %s is damaged (%s): restore a backup", path, words);
    case SQLITE_TOOBIG: return fail(e, ERR_TOO_LARGE, "This is too large to be stored");
    case SQLITE_CONSTRAINT:
        return fail(e, ERR_CONFLICT, "This is there already, or refers to what is not there (%s: %s)", what, words);
    default: return fail(e, ERR_INTERNAL, "%s: %s", what, words);
    }
}

/* SQLite asks whether to try once more. The first waits are short: most locks are held for a commit's time.
 */
static int wait_while_busy(void *ptr, int tries)
{
    struct sqlite_conn *c = ptr;
    if (tries == 0)
        c->busy_since = clock_monotonic();
    else if (clock_monotonic() - c->busy_since > c->busy_ms * INT64_C(1000))
        return 0;
    usleep(tries < 5 ? 200 : 1000);
    return 1;
}

static int log_grew(void *ptr, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    struct conn *conn = ptr;
    sqlite_upkeep_log_grew(conn->db->upkeep, pages);
    return SQLITE_OK;
}

void sqlite_turn_take(struct sqlite_conn *c)
{
    int64_t until = clock_monotonic() + c->busy_ms * INT64_C(1000);
    while (c->turn_fd >= 0 && flock(c->turn_fd, LOCK_EX | LOCK_NB) != 0 && clock_monotonic() < until)
        usleep(1000);
}

void sqlite_turn_give(struct sqlite_conn *c)
{
    if (c->turn_fd >= 0)
        flock(c->turn_fd, LOCK_UN);
}

/* SQLite shares the index of its log through a mapped file (-shm), and writes to it before it writes to the disk. A
 * page of it that the system has written back in the meantime cannot be made dirty again on a disk that turned
 * read-only, nor on a full one that copies on writing: then the system ends the process. A byte into a file beside it
 * asks first. */
bool sqlite_disk_writable(struct sqlite_conn *c, struct error *e)
{
    if (c->turn_fd < 0 || pwrite(c->turn_fd, "", 1, 0) == 1)
        return true;
    if (errno == ENOSPC || errno == EDQUOT)
        return sqlite_fail(c, "begin", SQLITE_FULL, e);
    return fail(e, ERR_STORAGE, "The disk of %s cannot be written: %s", c->conn.db->path, strerror(errno));
}

static bool control(struct sqlite_conn *c, enum control which, struct error *e)
{
    sqlite3_stmt **stmt = &c->control[which];
    const char *text = which == CONTROL_BEGIN && !c->conn.writer ? "BEGIN" : control_text[which];
    int code = SQLITE_OK;
    if (!*stmt)
        code = sqlite3_prepare_v3(c->handle, text, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(*stmt);
        if (code == SQLITE_ROW)
            c->data_version = sqlite3_column_int64(*stmt, 0);
        sqlite3_reset(*stmt);
    }
    return code == SQLITE_DONE || code == SQLITE_ROW || sqlite_fail(c, text, code, e);
}

static bool sqlite_begin(struct conn *conn, int64_t brand, struct error *e)
{
    (void)brand; /* one file holds all brands */
    struct sqlite_conn *c = sqlite_conn(conn);
    if (!conn->writer)
        return control(c, CONTROL_BEGIN, e);
    if (!sqlite_disk_writable(c, e))
        return false;
    sqlite_turn_take(c);
    bool ok = control(c, CONTROL_BEGIN, e);
    sqlite_turn_give(c);
    return ok;
}

/* SQLite's own count of all it allocates would cost a lock each time: its pages are asked for after each transaction.
 */
static atomic_llong cached;

static void note_cache(struct sqlite_conn *c)
{
    int now = 0, most;
    sqlite3_db_status(c->handle, SQLITE_DBSTATUS_CACHE_USED, &now, &most, 0);
    atomic_fetch_add(&cached, now - c->cached);
    c->cached = now;
}

static size_t sqlite_memory(void)
{
    return (size_t)atomic_load(&cached);
}

static bool sqlite_commit(struct conn *conn, struct error *e)
{
    bool done = control(sqlite_conn(conn), CONTROL_COMMIT, e);
    note_cache(sqlite_conn(conn));
    return done;
}

static bool sqlite_in_transaction(struct conn *conn)
{
    return !sqlite3_get_autocommit(sqlite_conn(conn)->handle);
}

static void sqlite_rollback(struct conn *conn)
{
    if (sqlite_in_transaction(conn))
        control(sqlite_conn(conn), CONTROL_ROLLBACK, NULL);
}

static bool sqlite_savepoint(struct conn *conn, struct error *e)
{
    return control(sqlite_conn(conn), CONTROL_SAVEPOINT, e);
}

static bool sqlite_settle(struct conn *conn, struct error *e)
{
    (void)conn; /* nothing is run blindly */
    (void)e;
    return true;
}

static bool sqlite_savepoint_end(struct conn *conn, bool keep, struct error *e)
{
    struct sqlite_conn *c = sqlite_conn(conn);
    return (keep || control(c, CONTROL_ROLLBACK_TO, e)) && control(c, CONTROL_RELEASE, e);
}

static bool sqlite_changed_elsewhere(struct conn *conn)
{
    struct sqlite_conn *c = sqlite_conn(conn);
    int64_t before = c->data_version;
    return control(c, CONTROL_DATA_VERSION, NULL) && c->data_version != before;
}

static bool sqlite_script(struct conn *conn, const char *text, struct error *e)
{
    struct sqlite_conn *c = sqlite_conn(conn);
    int code = sqlite3_exec(c->handle, text, NULL, NULL, NULL);
    return code == SQLITE_OK || sqlite_fail(c, "script", code, e);
}

static bool sqlite_references(struct conn *conn, bool enforced, struct error *e)
{
    return sqlite_script(conn, enforced ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF", e);
}

/* A pragma that lists what is wrong, row by row: the first row's text, or OK when there is none. */
static bool sqlite_references_whole(struct conn *conn, struct error *e)
{
    struct sqlite_conn *c = sqlite_conn(conn);
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->handle, "PRAGMA foreign_key_check", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    bool ok = code == SQLITE_DONE;
    if (code == SQLITE_ROW)
        fail(e, ERR_CONFLICT, "A row of %s refers to a row of %s that is not there",
             (const char *)sqlite3_column_text(stmt, 0), (const char *)sqlite3_column_text(stmt, 2));
    else if (!ok)
        sqlite_fail(c, "foreign_key_check", code, e);
    sqlite3_finalize(stmt);
    return ok;
}

/* For the moment between the question of sqlite_disk_writable and the deed, and for disks that cannot even be read.
 * The thread is in SQLite's memory and holds no lock that the log needs. What was acknowledged is in the log on the
 * disk, as after a loss of power; whoever supervises the program starts it again. */
static void on_bus_error(int signal, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code <= 0) { /* somebody sent it; SA_RESETHAND has made it deadly again */
        raise(signal);
        return;
    }
    log_error("db",
              "The shared memory of the database (its -shm file) failed: its disk is read-only, full or broken. "
              "Ending; what was acknowledged is kept, and is there when the disk is");
    _exit(EXIT_FAILURE);
}

static void catch_bus_errors(void)
{
    struct sigaction act = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | (int)SA_RESETHAND};
    sigemptyset(&act.sa_mask);
    sigaction(SIGBUS, &act, NULL);
}

/* Before the first connection of the process: no global counting of memory (a lock for each allocation), and
 * savepoints undo from memory instead of a temporary file. */
static void configure_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
    sqlite_log_register();
    catch_bus_errors();
}

/* Personal data: nobody but the owner may read it. SQLite gives its other files the same mode. */
static bool make_file(const char *path, struct error *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST || fail(e, ERR_STORAGE, "The database %s cannot be made: %s", path, strerror(errno));
    close(fd);
    return true;
}

static int open_turn(const char *path)
{
    char *name = NULL;
    if (asprintf(&name, "%s-turn", path) < 0)
        return -1;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(name);
    return fd;
}

static bool set_up_writer(struct sqlite_conn *c, struct error *e)
{
    if (sqlite3_db_readonly(c->handle, "main") == 1)
        return sqlite_fail(c, "open", SQLITE_READONLY, e);
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->handle, "PRAGMA journal_mode = WAL", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    const char *mode = code == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    bool ok = mode && strcmp(mode, "wal") == 0;
    if (mode && !ok)
        fail(e, ERR_STORAGE, "The file system of %s cannot hold the database (no shared memory)", c->conn.db->path);
    else if (!ok)
        sqlite_fail(c, "journal_mode", code, e);
    sqlite3_finalize(stmt);
    if (!ok || !sqlite_script(&c->conn, writer_settings, e))
        return false;
    sqlite3_wal_hook(c->handle, log_grew, c); /* in the place of the automatic checkpoint */
    c->turn_fd = open_turn(c->conn.db->path);
    return control(c, CONTROL_DATA_VERSION, e);
}

/* fold(text), for migrations: the key by which text is found (base/unicode.h). */
static void fold_text(sqlite3_context *context, int n, sqlite3_value **values)
{
    struct arena *a = arena_new();
    struct str text = {(const char *)sqlite3_value_text(values[0]), (size_t)sqlite3_value_bytes(values[0])};
    assert(n == 1);
    struct str folded = text_fold(a, text);
    sqlite3_result_text64(context, folded.ptr, folded.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    arena_free(a);
}

/* words_lead(text, lead), for migrations: the words of a folded text as the search index holds them. */
static void words_lead(sqlite3_context *context, int n, sqlite3_value **values)
{
    struct arena *a = arena_new();
    struct str text = {(const char *)sqlite3_value_text(values[0]), (size_t)sqlite3_value_bytes(values[0])};
    struct str lead = {(const char *)sqlite3_value_text(values[1]), (size_t)sqlite3_value_bytes(values[1])};
    assert(n == 2);
    struct str words = text_words_lead(a, text, lead);
    sqlite3_result_text64(context, words.ptr, words.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    arena_free(a);
}

static bool open_file(struct sqlite_conn *c, struct error *e)
{
    const struct db *db = c->conn.db;
    int flags = SQLITE_OPEN_NOMUTEX | (c->conn.writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    if (c->conn.writer && db->create && !make_file(db->path, e))
        return false;
    if (access(db->path, F_OK) != 0)
        return fail(e, ERR_NOT_FOUND, "There is no database at %s", db->path);
    int code = sqlite3_open_v2(db->path, &c->handle, flags, c->conn.writer ? SQLITE_GATHERING : NULL);
    if (code != SQLITE_OK)
        return sqlite_fail(c, "open", code, e);
    sqlite3_extended_result_codes(c->handle, 1);
    sqlite3_busy_handler(c->handle, wait_while_busy, c);
    /* "name" is a name and never a text, as on PostgreSQL. */
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_create_function(c->handle, "fold", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, fold_text, NULL, NULL);
    sqlite3_create_function(c->handle, "words_lead", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, words_lead, NULL,
                            NULL);
    return c->conn.writer ? set_up_writer(c, e) : sqlite_script(&c->conn, reader_settings, e);
}

struct conn *sqlite_connect(struct db *db, bool writer, struct error *e)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    pthread_once(&configured, configure_library);
    struct sqlite_conn *c = calloc(1, sizeof(*c));
    assert(c);
    *c = (struct sqlite_conn){
        .conn = {.engine = &engine_sqlite, .db = db, .writer = writer}, .turn_fd = -1, .busy_ms = DB_BUSY_MS};
    if (open_file(c, e))
        return &c->conn;
    sqlite_disconnect(&c->conn);
    return NULL;
}

void sqlite_disconnect(struct conn *conn)
{
    struct sqlite_conn *c = sqlite_conn(conn);
    atomic_fetch_sub(&cached, c->cached);
    sqlite_statements_free(c);
    for (int i = 0; i < CONTROL_COUNT; i++)
        sqlite3_finalize(c->control[i]);
    int code = sqlite3_close(c->handle);
    assert(code == SQLITE_OK); /* something of the connection is still in use */
    if (c->turn_fd >= 0)
        close(c->turn_fd);
    free(c);
}

const struct engine engine_sqlite = {
    .name = "sqlite",
    .lanes = 1,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .in_transaction = sqlite_in_transaction,
    .savepoint = sqlite_savepoint,
    .settle = sqlite_settle,
    .savepoint_end = sqlite_savepoint_end,
    .changed_elsewhere = sqlite_changed_elsewhere,
    .references = sqlite_references,
    .references_whole = sqlite_references_whole,
    .query = sqlite_query,
    .next = sqlite_next,
    .close = sqlite_close,
    .column_int = sqlite_column_int,
    .column_real = sqlite_column_real,
    .column_null = sqlite_column_null,
    .column_str = sqlite_column_str,
    .limit = sqlite_limit,
    .script = sqlite_script,
    .prepare = sqlite_prepare,
    .upkeep_start = sqlite_upkeep_start,
    .upkeep_stop = sqlite_upkeep_stop,
    .backup = sqlite_backup,
    .check = sqlite_check,
    .memory = sqlite_memory,
};
