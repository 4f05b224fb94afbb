/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the PostgreSQL engine share. Included by them only. */
#pragma once

#include <libpq-fe.h>
#include "db/db_internal.h"

enum { WIRE_MOST = 1024 }; /* statements under way at once */

/* Something that was sent and is not answered yet. */
struct sent_item {
    const char *name;  /* for words about it; of the statement table, or literal */
    bool *known;       /* a statement that was sent to be prepared: no longer known when that failed */
    bool sync;         /* the mark up to which all is answered */
    bool forgotten;    /* nobody waits for its outcome */
    struct kept *kept; /* where its answer is kept, or NULL */
};

enum { KEPT_MOST = 64, KEPT_KEY = 120, KEPT_BYTES = 1 << 16 };

/* Where an answer is kept until it is asked for. What a reader has asked in this transaction, whose snapshot does not
 * change, is not sent again; what a page is known to ask is sent ahead, many statements in one journey. Rows that are
 * asked for without waiting have a place of their own. */
struct kept {
    enum sql_id sql;
    int key_len;
    bool under_way; /* sent ahead, not answered yet */
    PGresult *result;
    char key[KEPT_KEY]; /* the values */
};

enum { SENT_MOST = 640 }; /* a list is rounded up to the next power of two */

/* The values of a statement while it is sent: large, so made once. */
struct sent {
    int n;
    const char *values[SENT_MOST];
    int lengths[SENT_MOST], formats[SENT_MOST];
    char numbers[SENT_MOST][28];
};

enum { HEAPS_MOST = 12 };

/* Rows of one statement that wait to be put in together. */
struct heap {
    enum sql_id sql;
    int rows, most;
    struct db_value *values;
};

struct postgres_conn {
    struct conn conn; /* first */
    PGconn *pg;
    struct sent sent;
    bool *prepared;    /* by sql_id, on this session */
    bool (*lists)[10]; /* by sql_id and the power of two of the list's length */
    struct sent_item items[WIRE_MOST];
    int count; /* of items */
    struct kept kept[KEPT_MOST];
    int kept_count;
    struct heap heaps[HEAPS_MOST];
    int heap_count;
    struct arena *gathered; /* holds them; NULL: nothing was ever gathered */
    int64_t brand;          /* of the transaction */
    bool begun;             /* a transaction is under way, or will be with the first statement */
    bool opened;            /* ... and its BEGIN was sent */
    bool flown;             /* ... and its first answer has come */
    bool blind;             /* ... and statements were sent whose outcome is not known yet */
    bool broken;            /* a statement of it was refused: it can only be taken back */
    bool lost;              /* the session is no use any more */
};

static inline struct postgres_conn *postgres_conn(struct conn *conn)
{
    return (struct postgres_conn *)conn;
}

/* db_postgres.c */
extern const char postgres_channel[]; /* of NOTIFY */
/* What the server answered, as an error; result may be NULL (the session is lost). Always false. */
bool postgres_fail(struct postgres_conn *c, const char *what, const PGresult *result, struct error *e);
/* The session is there, perhaps a new one: outside of a transaction. */
bool postgres_be_connected(struct postgres_conn *c, struct error *e) MUST_USE;
/* A transaction, on a session that is there: its beginning goes out in front of its first statement. */
bool postgres_begin_again(struct postgres_conn *c, struct error *e) MUST_USE;
/* In front of each statement: sends BEGIN where the transaction needs it and has not got it yet. */
bool postgres_be_open(struct postgres_conn *c, struct error *e) MUST_USE;
/* Opens a session; NULL: e says why. */
PGconn *postgres_open(const struct db *db, struct error *e);

/* db_postgres_wire.c: statements go out one behind the other and their answers are read together, so that those whose
 * rows nobody waits for cost no journey of their own (libpq's pipeline mode). Nothing waits for long: a
 * server that does not answer is as good as none. */
void wire_start(struct postgres_conn *c); /* on a fresh session */
/* Room for a statement, its preparation and the mark behind it. */
bool wire_room(struct postgres_conn *c, struct error *e) MUST_USE;
bool wire_send(struct postgres_conn *c, const char *name, const char *text, bool forgotten, struct error *e) MUST_USE;
/* After wire_room. */
bool wire_prepare(struct postgres_conn *c, const char *as, const char *name, const char *text, bool *known,
                  struct error *e) MUST_USE;
/* The values of one statement as libpq takes them. */
struct wire_values {
    int n;
    const char *const *values;
    const int *lengths, *formats;
};
/* After wire_room. */
bool wire_execute(struct postgres_conn *c, const char *as, const char *name, const struct wire_values *values,
                  struct error *e) MUST_USE;
bool wire_execute_text(struct postgres_conn *c, const char *text, const struct wire_values *values,
                       struct error *e) MUST_USE;
/* Reads all answers. Returns the last statement's (to be cleared), or NULL and the first failure. */
PGresult *wire_answer(struct postgres_conn *c, struct error *e);
/* The same, where the rows do not matter. */
bool wire_settle(struct postgres_conn *c, struct error *e) MUST_USE;
/* Sends what waits without waiting for its answer. */
void wire_push(struct postgres_conn *c);
/* Several statements in one text, without a limit of time: for migrations. */
bool wire_script(struct postgres_conn *c, const char *text, struct error *e) MUST_USE;

/* db_postgres_backup.c */
bool postgres_backup(struct db *db, const char *path, db_progress *progress, void *ctx, struct error *e) MUST_USE;

/* db_postgres_rows.c */
struct rows *postgres_query(struct tx *tx, const struct query *query, struct error *e) MUST_USE;
void postgres_ahead(struct tx *tx, const struct query *query);
void postgres_forget(struct tx *tx);
void postgres_next(struct rows *rows);
void postgres_close(struct rows *rows);
int64_t postgres_column_int(const struct rows *rows, int column);
double postgres_column_real(const struct rows *rows, int column);
bool postgres_column_null(const struct rows *rows, int column);
struct str postgres_column_str(const struct rows *rows, int column);
bool postgres_prepare(struct conn *conn, enum sql_id sql, struct error *e) MUST_USE;
void postgres_statements_forget(struct postgres_conn *c);

/* Puts a statement on the wire. */
bool postgres_send(struct postgres_conn *c, const struct query *query, struct error *e) MUST_USE;

/* db_postgres_gather.c */
/* Keeps what the statement puts in, if it is of that kind, and says so. */
bool gather_add(struct postgres_conn *c, const struct query *query, bool *taken, struct error *e) MUST_USE;
/* Sends what this statement could see or change. */
bool gather_before(struct postgres_conn *c, const struct query *query, struct error *e) MUST_USE;
bool gather_flush(struct postgres_conn *c, struct error *e) MUST_USE; /* sends all */
void gather_drop(struct postgres_conn *c);                            /* forgets it: the transaction is taken back */
void gather_free(struct postgres_conn *c);
/* The statement's text for so many rows, to be freed. */
char *gather_text(enum sql_id sql, int rows);

/* db_postgres_kept.c */
/* The place of what a reader asked, or a new one; NULL: it is not kept. */
struct kept *kept_find(struct postgres_conn *c, const struct query *query);
struct kept *kept_place(struct postgres_conn *c, const struct query *query);
bool kept_waiting(const struct postgres_conn *c); /* something was sent ahead that nobody has asked for yet */
void kept_clear(struct postgres_conn *c);
void kept_lost(struct postgres_conn *c);                         /* what is under way will not be answered */
void kept_forget(struct postgres_conn *c, const struct kept *k); /* its answer is wanted by nobody any more */

/* db_citus.c */
/* Inside of a migration's transaction, before its statements and after them: nothing without Citus. */
bool citus_begin(struct conn *conn, struct error *e) MUST_USE;
bool citus_step(struct conn *conn, struct error *e) MUST_USE;
/* Where tables of brands are distributed, all of them are. */
bool citus_whole(struct conn *conn, struct error *e) MUST_USE;
bool citus_distribute(struct conn *conn, db_placed *told, void *ctx, struct error *e) MUST_USE;

/* db_postgres_listen.c: hears what other nodes committed and told, and tells them. */
bool postgres_listen_start(struct db *db, struct error *e) MUST_USE;
void postgres_listen_stop(struct db *db); /* may be called without a start */
void postgres_tell(struct db *db, struct str words);
