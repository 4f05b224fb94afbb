/* SPDX-License-Identifier: Apache-2.0 */
/* What backing a PostgreSQL database up and filling one share. Included by these two files only. */
#pragma once

#include "db/db_copy_internal.h"
#include "db/db_postgres.h"

/* A session of its own, without the pipeline of daily work and its limits of time: c is filled, with db as it is. */
bool postgres_session_open(struct postgres_conn *c, struct db *db, struct error *e) MUST_USE;
void postgres_session_close(struct postgres_conn *c);
/* The tables of the session's first schema, as the server's catalogue says. */
bool postgres_schema(struct postgres_conn *c, struct copy_schema *out, struct error *e) MUST_USE;
/* One statement (printf); its result must be of that kind. NULL with e filled. */
PGresult *postgres_ask(struct postgres_conn *c, ExecStatusType wanted, struct error *e, const char *format, ...)
    FORMAT(4, 5) MUST_USE;
/* The same for several without rows. */
bool postgres_do(struct postgres_conn *c, struct error *e, const char *format, ...) FORMAT(3, 4) MUST_USE;
/* A number that a statement gives in its first row. */
bool postgres_number(struct postgres_conn *c, int64_t *out, struct error *e, const char *format, ...)
    FORMAT(4, 5) MUST_USE;
