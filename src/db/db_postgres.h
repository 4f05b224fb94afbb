/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the PostgreSQL engine share. Included by them only. */
#pragma once

#include <libpq-fe.h>
#include "db/db_internal.h"

struct postgres_conn {
    struct conn conn; /* first */
    PGconn *pg;
    bool *prepared;     /* by sql_id, on this session */
    bool (*lists)[10];  /* by sql_id and the power of two of the list's length */
    int64_t lost_until; /* no new attempt to reach the server before; monotonic */
    bool heard;         /* another node has committed */
};

static inline struct postgres_conn *postgres_conn(struct conn *conn)
{
    return (struct postgres_conn *)conn;
}

/* db_postgres.c */
/* What the server answered, as an error; result may be NULL (the connection is lost). Always false. */
bool postgres_fail(struct postgres_conn *c, const char *what, const PGresult *result, struct error *e);

/* db_postgres_rows.c */
struct rows *postgres_query(struct tx *tx, const struct query *query, struct error *e) MUST_USE;
void postgres_next(struct rows *rows);
void postgres_close(struct rows *rows);
int64_t postgres_column_int(const struct rows *rows, int column);
double postgres_column_real(const struct rows *rows, int column);
bool postgres_column_null(const struct rows *rows, int column);
struct str postgres_column_str(const struct rows *rows, int column);
bool postgres_prepare(struct conn *conn, enum sql_id sql, struct error *e) MUST_USE;
void postgres_statements_forget(struct postgres_conn *c);

/* db_citus.c */
/* Inside of a migration's transaction, before its statements and after them: nothing without Citus. */
bool citus_begin(struct conn *conn, struct error *e) MUST_USE;
bool citus_step(struct conn *conn, struct error *e) MUST_USE;
/* Where tables of brands are distributed, all of them are. */
bool citus_whole(struct conn *conn, struct error *e) MUST_USE;
bool citus_distribute(struct conn *conn, db_placed *told, void *ctx, struct error *e) MUST_USE;
