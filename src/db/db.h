/* SPDX-License-Identifier: Apache-2.0 */
/* One statement API over the engines. Statements live in .sql files beside the code that uses them; the build
 * makes enum sql_id and the table of texts of them (tools/gen-sql.awk). Parameters are $1…; values are bound
 * by V().
 *
 * A change is a command: a function that runs inside a transaction. On SQLite one writer thread takes all
 * waiting commands into one transaction, each in a savepoint (or several in one), commits with synchronous=FULL and
 * then answers their callers, so that a thousand small commands cost a few fsyncs. A command that returns false is
 * rolled back alone. A command may run twice (those of db_write_later, when one beside them fails; on PostgreSQL
 * any): it must keep its results in ctx and do nothing that a rollback does not undo. Reads run on the calling
 * thread's own read-only connection and see one snapshot. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "db/tx.h"
#include "sql_ids.h" /* made by the build */

enum db_type { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BYTES };
struct db_value {
    enum db_type type;
    int64_t integer;
    double real;
    struct str text;
};

struct db_value db_value_int(int64_t v);
struct db_value db_value_bool(bool v);
struct db_value db_value_real(double v);
struct db_value db_value_str(struct str v); /* {NULL, 0} binds the empty text, never NULL */
struct db_value db_value_cstr(const char *v);
struct db_value db_bytes(struct str v); /* BYTEA */
struct db_value db_null(void);
struct db_value db_value_value(struct db_value v);

#define V(x)                                                                                                         \
    _Generic((x), bool                                                                                               \
             : db_value_bool, int                                                                                    \
             : db_value_int, unsigned                                                                                \
             : db_value_int, long                                                                                    \
             : db_value_int, long long                                                                               \
             : db_value_int, double                                                                                  \
             : db_value_real, struct str                                                                             \
             : db_value_str, char *                                                                                  \
             : db_value_cstr, const char *                                                                           \
             : db_value_cstr, struct db_value                                                                        \
             : db_value_value)(x)

/* Rows of one statement. Text and bytes are valid until the next rows_next or rows_close: copy what must
 * stay. */
struct rows;

/* db_query(tx, SQL_person_by_id, e, V(brand), V(id)): NULL and e filled when the engine refuses. */
#define db_query(tx, sql, e, ...)                                                                                    \
    db_query_values((tx), (sql), (struct db_value[]){__VA_ARGS__},                                                   \
                    sizeof((struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), (e))
/* The same for statements without rows; *changed (may be NULL) gets the number of rows touched. */
#define db_exec(tx, sql, changed, e, ...)                                                                            \
    db_exec_values((tx), (sql), (struct db_value[]){__VA_ARGS__},                                                    \
                   sizeof((struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), (changed), (e))

/* Runs the statement at the end of the transaction, after all commands, in the order of these calls, with its values
 * copied; a command that fails takes its own back. For rows that no command of the same transaction reads, in an
 * index that dislikes savepoints. When such a statement fails, the whole transaction does. */
#define db_exec_late(tx, sql, ...)                                                                                   \
    db_exec_late_values((tx), (sql), (struct db_value[]){__VA_ARGS__},                                               \
                        sizeof((struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))

/* Says what a read is going to ask: statements said together take one journey to a server instead of one each, and
 * the db_query that follows, with the same values, finds its answer there. In a command, and where there is no
 * journey, nothing happens. */
#define db_ahead(tx, sql, ...)                                                                                       \
    db_ahead_values((tx), (sql), (struct db_value[]){__VA_ARGS__},                                                   \
                    sizeof((struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))

/* Whether this engine's text of a statement has the parameter $n: a costly value that only the other engine's text
 * takes need not be made. */
bool db_takes(const struct tx *tx, enum sql_id sql, int n);

/* What is asked between the two ends at this moment (of clock_monotonic(); 0: it does not) where the engine can break
 * off a statement that only reads (SQLite): its rows end there, as if there were no more. True when that happened. */
void db_limit(struct tx *tx, int64_t at);
bool db_limit_end(struct tx *tx);

struct rows *db_query_values(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n,
                             struct error *e) MUST_USE;
void db_exec_late_values(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n);
void db_ahead_values(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n);
bool db_exec_values(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n, int64_t *changed,
                    struct error *e) MUST_USE;
/* A list whose statement text has $LIST(n) expanded: "id IN ($LIST(3))" becomes "id IN ($3,$4,$5)". At most
 * 500 values in all; the text is prepared once for each length (rounded up to a power of two by repeating the
 * last). */
struct rows *db_query_list(struct tx *tx, enum sql_id sql, const struct db_value *values, size_t n,
                           const struct db_value *list, size_t list_n, struct error *e) MUST_USE;

/* True while there is a row. After false, rows_ok tells an end from an error. */
bool rows_next(struct rows *rows);
bool rows_ok(const struct rows *rows, struct error *e) MUST_USE;
int64_t rows_int(const struct rows *rows, int column); /* NULL gives 0 */
double rows_real(const struct rows *rows, int column);
bool rows_null(const struct rows *rows, int column);
struct str rows_str(const struct rows *rows, int column);                  /* text or bytes, borrowed */
struct str rows_dup(const struct rows *rows, struct arena *a, int column); /* copied */
void rows_close(struct rows *rows);
void rows_cleanup(struct rows **rows); /* for CLEANUP() */
