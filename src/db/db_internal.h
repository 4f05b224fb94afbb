/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of db: what an engine must offer, and the parts of a database handle that the folder's files
 * share. Included by src/db and its tests only. A second engine is one more struct engine; nothing above db
 * changes. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include "base/embed.h"
#include "base/error.h"
#include "db/db.h"

/* Forgetting to close rows is a bug. Builds with a sanitizer stop at it, the others close them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DB_STRICT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DB_STRICT 1
#endif
#endif
#ifndef DB_STRICT
#define DB_STRICT 0
#endif

enum { DB_LIST_MAX = 500, DB_BATCH_MAX = 512, DB_QUEUE_MAX = 16384, DB_BUSY_MS = 10000 };

/* A connection. Engines put this first in their own struct. One thread uses it at a time. */
struct conn {
    const struct engine *engine;
    struct db *db;
    bool writer;
    /* Of a reader's transaction: the first journey is foreseen to be all of it; it was not; how many it took. */
    bool all_ahead, torn;
    int journeys;
};

/* late.c: what waits for the end of a transaction. */
struct late_statement;

struct late {
    struct arena *arena;
    struct late_statement *first, **end;
};

void late_init(struct late *late);
void late_done(struct late *late);
void late_clear(struct late *late);
void late_cut(struct late *late, struct late_statement **from); /* forgets what was added since end was from */
bool late_run(struct late *late, struct tx *tx, struct error *e) MUST_USE;

struct tx {
    struct conn *conn;
    struct late *late; /* the writer's; NULL where nothing is written */
    struct arena *arena;
    int64_t now;
    db_foresight *foresight; /* of the command that runs, and what it found */
    void *foreseen;
    struct rows *open;  /* not closed yet */
    bool failed;        /* a statement was refused: the command cannot succeed any more (as on PostgreSQL) */
    struct error error; /* the first refusal */
    bool cut;           /* a statement was broken off at the limit */
};

/* Engines put this first in their own struct. */
struct rows {
    struct tx *tx;
    struct rows *next_open;
    const char *name;   /* of the statement, for words about it */
    bool first_waiting; /* the first row was fetched by the query itself */
    bool ended;
    bool failed;
    struct error error;
    int64_t changed; /* known once ended */
};

struct query {
    enum sql_id sql; /* SQL_COUNT: not of the table, text is run */
    const char *text;
    const struct db_value *values;
    size_t n;
    const struct db_value *list; /* NULL: the text has no $LIST */
    size_t list_n;
    bool blind;     /* nobody looks at its rows, nor at how many changed */
    bool later;     /* its first row is not waited for: where the engine can, next waits for its answer */
    int rows_power; /* PostgreSQL's own: values of so many rows, a power of two */
};

#define DB_EVERYTHING INT64_C(-1) /* in a brand's place: who holds it keeps others from changing the schema */

typedef bool db_progress(void *ctx, int64_t done, int64_t total); /* false: give up */

struct engine {
    const char *name; /* as in "-- only: sqlite" of migrations */
    int lanes;        /* writers at once, each with a brand of its own; 1: one for all brands */
    bool heals;       /* begin takes up a lost connection again by itself */
    bool far;         /* each answer is a journey: what can be asked together is (db_foresight) */

    struct conn *(*connect)(struct db *db, bool writer, struct error *e);
    void (*disconnect)(struct conn *conn);
    /* A writer's connection also takes the right to write (what concerns this brand, where there are lanes). */
    bool (*begin)(struct conn *conn, int64_t brand, struct error *e);
    bool (*commit)(struct conn *conn, struct error *e);
    void (*rollback)(struct conn *conn);
    bool (*in_transaction)(struct conn *conn); /* false when the engine rolled all back by itself */
    bool (*savepoint)(struct conn *conn, struct error *e);
    bool (*settle)(struct conn *conn, struct error *e); /* what was run blindly has succeeded */
    bool (*savepoint_end)(struct conn *conn, bool keep, struct error *e);
    bool (*changed_elsewhere)(struct conn *conn); /* since it was last asked, by another process */
    /* For migrations: tables may be rebuilt, references are checked afterwards. Outside of a transaction. */
    bool (*references)(struct conn *conn, bool enforced, struct error *e);
    bool (*references_whole)(struct conn *conn, struct error *e);

    /* May be NULL. Around the statements of a migration, in its transaction; after all of them; and `migrate
     * --citus`. */
    bool (*step_begin)(struct conn *conn, struct error *e);
    bool (*step_end)(struct conn *conn, struct error *e);
    bool (*whole)(struct conn *conn, struct error *e);
    bool (*distribute)(struct conn *conn, db_placed *told, void *ctx, struct error *e);

    /* Runs up to the first row. The rows belong to the connection until closed. */
    struct rows *(*query)(struct tx *tx, const struct query *query, struct error *e);
    void (*ahead)(struct tx *tx, const struct query *query); /* may be NULL: nothing is gained by it */
    void (*forget)(struct tx *tx);                           /* what it has kept; NULL with ahead */
    void (*next)(struct rows *rows);                         /* fetches, or sets ended or failed */
    void (*close)(struct rows *rows);
    int64_t (*column_int)(const struct rows *rows, int column);
    double (*column_real)(const struct rows *rows, int column);
    bool (*column_null)(const struct rows *rows, int column);
    struct str (*column_str)(const struct rows *rows, int column);
    void (*limit)(struct conn *conn, int64_t at);                         /* db_limit; 0: no more. NULL: cannot */
    bool (*script)(struct conn *conn, const char *text, struct error *e); /* several statements, no parameters */
    bool (*prepare)(struct conn *conn, enum sql_id sql, struct error *e); /* is it understood? */

    bool (*upkeep_start)(struct db *db, struct error *e);
    void (*upkeep_stop)(struct db *db);            /* may be called without a start */
    void (*tell)(struct db *db, struct str words); /* NULL: there are no other nodes */
    bool (*backup)(struct db *db, const char *path, db_progress *progress, void *ctx, struct error *e);
    bool (*check)(struct conn *conn, struct error *e);
    size_t (*memory)(void); /* what it keeps in this process, mostly pages of the file; NULL: nothing to speak of */
};
extern const struct engine engine_sqlite, engine_postgres;

struct writer;
struct upkeep; /* the engine's own background work */
struct reader;

struct db {
    const struct engine *engine;
    char *path; /* or the server's address, which may hold a password */
    char *name; /* the same for people's eyes */
    bool read_only;
    bool create;
    bool trace;    /* ASCOLTO_SQL_TRACE=1 */
    bool foresees; /* where the engine is far; a test may want it elsewhere too */
    int64_t schema;
    const struct embed_file *files; /* its migrations */

    pthread_key_t reader_key;
    pthread_mutex_t lock; /* guards readers */
    struct reader *readers;
    struct writer *writer;
    struct upkeep *upkeep;

    struct db_stats stats;

    uint64_t own;               /* tells this process's words and commits from those of other nodes */
    _Atomic int64_t away_until; /* the server is not tried before; monotonic, 0: it is there */
    atomic_bool trying;         /* a thread is trying for all */
    db_command *at_begin;
    pthread_mutex_t listener_lock; /* held while a listener is called */
    void (*woken)(void *ctx);
    void *woken_ctx;
    void (*told)(void *ctx, struct str words);
    void *told_ctx;
};

/* db_open with other migrations than the program's own. */
struct db *db_open_with(const struct db_config *config, const struct embed_file *files, struct error *e) MUST_USE;
/* Statements given as text: for migrations and tests. */
bool db_raw(struct tx *tx, const char *text, struct error *e) MUST_USE;
struct rows *db_query_text(struct tx *tx, const struct query *query, struct error *e) MUST_USE;
/* Closes rows a command left open (DB_STRICT: stops the program). */
void tx_close_rows(struct tx *tx);
/* This process, or another one, has committed. */
void db_committed(struct db *db);
/* What another node told. */
void db_hear(struct db *db, struct str words);
/* How many parameters a text uses: the n of its highest $n. */
int sql_parameters(const char *text);
/* The text with $LIST(3) as $3,$4,… for length values, to be freed. *first (may be NULL): the number in it, 0 without
 * a list. */
char *sql_expand_list(const char *text, int length, int *first);

/* db_postgres.c: an address without its password, to be freed. */
char *postgres_name(const char *url);

/* reader.c */
bool readers_init(struct db *db, struct error *e) MUST_USE;
void readers_close(struct db *db);

/* writer.c: takes over conn, which is closed by writer_stop. */
struct writer *writer_start(struct db *db, struct conn *conn, struct error *e) MUST_USE;
void writer_stop(struct writer *writer);
bool writer_is_self(const struct writer *writer);

/* migrate.c: brings the schema up to the last file, or only compares when conn is a reader's. */
bool migrate(struct conn *conn, const struct embed_file *files, int64_t *version, struct error *e) MUST_USE;
