/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite engine share. Included by them only. */
#pragma once

#include <sqlite3.h>
#include "db/db_internal.h"

struct statement;

enum control {
    CONTROL_BEGIN,
    CONTROL_COMMIT,
    CONTROL_ROLLBACK,
    CONTROL_SAVEPOINT,
    CONTROL_RELEASE,
    CONTROL_ROLLBACK_TO,
    CONTROL_DATA_VERSION,
    CONTROL_COUNT
};

struct sqlite_conn {
    struct conn conn; /* first */
    sqlite3 *handle;
    int turn_fd; /* of the file whose lock gives writers of several processes their turn; -1: none. It also tells
                    whether the disk can be written */
    int busy_ms; /* how long to wait for another connection */
    int64_t busy_since;
    int64_t data_version; /* when changed_elsewhere was last asked */
    int64_t limit_at;     /* 0: statements run to their end */
    int cached;           /* bytes of pages it was seen to keep */
    sqlite3_stmt *control[CONTROL_COUNT];
    struct statement **statements;  /* by sql_id, prepared at first use */
    struct statement *(*lists)[10]; /* by sql_id and the power of two of the list's length */
};

static inline struct sqlite_conn *sqlite_conn(struct conn *conn)
{
    return (struct sqlite_conn *)conn;
}

/* db_sqlite.c */
struct conn *sqlite_connect(struct db *db, bool writer, struct error *e) MUST_USE;
void sqlite_disconnect(struct conn *conn);
/* Turns a result code into an error; what names the statement or deed. Always false. */
bool sqlite_fail(struct sqlite_conn *c, const char *what, int code, struct error *e);
/* False: what is written to the mapped memory of the log would end the process (SIGBUS). Asked before each write. */
bool sqlite_disk_writable(struct sqlite_conn *c, struct error *e) MUST_USE;
/* Waits, for at most busy_ms, until no other process is before us in line for the right to write. */
void sqlite_turn_take(struct sqlite_conn *c);
void sqlite_turn_give(struct sqlite_conn *c);

/* db_sqlite_log.c: makes the way of this name, once a process. */
#define SQLITE_GATHERING "ascolto"
void sqlite_log_register(void);

/* db_sqlite_rows.c */
void sqlite_limit(struct conn *conn, int64_t at);
struct rows *sqlite_query(struct tx *tx, const struct query *query, struct error *e) MUST_USE;
void sqlite_next(struct rows *rows);
void sqlite_close(struct rows *rows);
int64_t sqlite_column_int(const struct rows *rows, int column);
double sqlite_column_real(const struct rows *rows, int column);
bool sqlite_column_null(const struct rows *rows, int column);
struct str sqlite_column_str(const struct rows *rows, int column);
bool sqlite_prepare(struct conn *conn, enum sql_id sql, struct error *e) MUST_USE;
void sqlite_statements_free(struct sqlite_conn *c);

/* db_sqlite_upkeep.c */
bool sqlite_upkeep_start(struct db *db, struct error *e) MUST_USE;
void sqlite_upkeep_stop(struct db *db);
/* The write-ahead log now holds so many pages. Called by the writer's commits; upkeep may be NULL. */
void sqlite_upkeep_log_grew(struct upkeep *upkeep, int pages);

/* db_sqlite_backup.c */
bool sqlite_backup(struct db *db, const char *path, db_progress *progress, void *ctx, struct error *e) MUST_USE;
/* The finished file takes its name, durably. */
bool sqlite_backup_place(const char *part, const char *path, struct error *e) MUST_USE;
bool sqlite_check(struct conn *conn, struct error *e) MUST_USE;
