/* SPDX-License-Identifier: Apache-2.0 */
/* A database of its own for a test, on the server that ASCOLTO_TEST_POSTGRES names (postgresql://…, without a
 * database; tools/with-postgres starts one). Without it tests run on SQLite, and those of PostgreSQL say that they
 * are skipped. */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline bool test_server_run(const char *text)
{
    char url[256];
    snprintf(url, sizeof url, "%s/postgres", getenv("ASCOLTO_TEST_POSTGRES"));
    PGconn *pg = PQconnectdb(url);
    PGresult *result = PQexec(pg, text);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!ok)
        fprintf(stderr, "%s: %s\n", text, PQerrorMessage(pg));
    PQclear(result);
    PQfinish(pg);
    return ok;
}

/* Its address; NULL without a server. */
static inline const char *test_database_make(char url[256])
{
    static int made;
    char text[128];
    const char *server = getenv("ASCOLTO_TEST_POSTGRES");
    if (!server || !*server)
        return NULL;
    snprintf(url, 256, "%s/unit_%d_%d", server, (int)getpid(), ++made);
    snprintf(text, sizeof text, "CREATE DATABASE unit_%d_%d", (int)getpid(), made);
    return test_server_run(text) ? url : NULL;
}

static inline void test_database_drop(const char *url)
{
    char text[300];
    if (!url || !*url)
        return;
    const char *name = url;
    for (const char *p = url; *p; p++)
        if (*p == '/')
            name = p + 1;
    snprintf(text, sizeof text, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    test_server_run(text);
}
