/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a group of tests on SQLite and, where ASCOLTO_TEST_POSTGRES names a server, once more on PostgreSQL, each test
 * in a database of its own. */
#pragma once

#include "house_fixture.h"

#include <assert.h>
#include <libpq-fe.h>
#include <unistd.h>

struct engine_database {
    char name[32], url[256];
};
static struct engine_database engine_database;

static inline void engine_say(const char *words)
{
    char url[200];
    snprintf(url, sizeof url, "%s/postgres", getenv("ASCOLTO_TEST_POSTGRES"));
    PGconn *pg = PQconnectdb(url);
    PGresult *result = PQexec(pg, words);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", words, PQerrorMessage(pg));
    PQclear(result);
    PQfinish(pg);
}

static inline int postgres_set_up(void **state)
{
    static int serial;
    char words[160];
    struct engine_database *d = &engine_database;
    snprintf(d->name, sizeof d->name, "search_%d_%d", (int)getpid(), ++serial);
    snprintf(d->url, sizeof d->url, "%.180s/%.31s", getenv("ASCOLTO_TEST_POSTGRES"), d->name);
    snprintf(words, sizeof words, "CREATE DATABASE %.31s", d->name);
    engine_say(words);
    house_database = d->url;
    return care_set_up(state);
}

static inline int postgres_tear_down(void **state)
{
    char words[160];
    int code = care_tear_down(state);
    house_database = NULL;
    snprintf(words, sizeof words, "DROP DATABASE %s WITH (FORCE)", engine_database.name);
    engine_say(words);
    return code;
}

/* tests: made by CARE_TEST, as many as count; at most 40. */
static inline int engines_run(const char *name, const struct CMUnitTest *tests, size_t count)
{
    struct CMUnitTest again[40];
    int failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    assert(count <= COUNT_OF(again));
    const char *server = getenv("ASCOLTO_TEST_POSTGRES");
    if (!server || !*server) {
        print_message("skipped: %s on PostgreSQL (ASCOLTO_TEST_POSTGRES is not set)\n", name);
        return failed;
    }
    for (size_t i = 0; i < count; i++) {
        again[i] = tests[i];
        again[i].setup_func = postgres_set_up;
        again[i].teardown_func = postgres_tear_down;
    }
    return failed + _cmocka_run_group_tests(name, again, count, NULL, NULL);
}
