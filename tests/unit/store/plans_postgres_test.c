/* SPDX-License-Identifier: Apache-2.0 */
/* How PostgreSQL runs a search: by the index of words, whatever it believes of the table. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/error.h"
#include "db/sql_table.h"
#include "db/tx.h"

int store_plans_postgres_test(void);

static PGresult *say(PGconn *pg, const char *words)
{
    PGresult *result = PQexec(pg, words);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", words, PQerrorMessage(pg));
    return result;
}

static void do_say(PGconn *pg, const char *words)
{
    PQclear(say(pg, words));
}

static bool plan_has(PGconn *pg, const char *explain, const char *words)
{
    PGresult *result = say(pg, explain);
    bool has = false;
    for (int i = 0; i < PQntuples(result); i++)
        has |= strstr(PQgetvalue(result, i, 0), words) != NULL;
    PQclear(result);
    return has;
}

static const char *text_of(const char *name)
{
    for (size_t i = 0; i < SQL_COUNT; i++)
        if (strcmp(sql_table[i].name, name) == 0)
            return sql_table[i].postgres;
    fail_msg("there is no statement %s", name);
    return NULL;
}

static void searches_use_the_index_of_words(void **state)
{
    static const struct {
        const char *statement, *index;
    } wanted[] = {{"search_find", "Bitmap Index Scan on search_body"},
                  {"search_name_find", "Bitmap Index Scan on search_name_body"}};
    static const char *const modes[] = {"force_custom_plan", "force_generic_plan"};
    PGconn *pg = *state;
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        for (size_t m = 0; m < COUNT_OF(modes); m++) {
            char words[2000], explain[200];
            snprintf(words, sizeof words, "SET plan_cache_mode = %s; PREPARE s AS %s", modes[m],
                     text_of(wanted[i].statement));
            do_say(pg, words);
            snprintf(explain, sizeof explain,
                     "EXPLAIN EXECUTE s (1, 9000000000000000000, 0, 31, $$'/b1' & 'il'$$, $$'/b1'$$)");
            if (!plan_has(pg, explain, wanted[i].index))
                fail_msg("%s (%s) does not use its index", wanted[i].statement, modes[m]);
            do_say(pg, "DEALLOCATE s");
        }
}

/* The test can see: what hides nothing from the server is read from the table. */
static void a_bad_plan_is_seen(void **state)
{
    assert_false(plan_has(*state,
                          "EXPLAIN SELECT id FROM search WHERE brand_id = 1 AND body @@ CAST('il' AS TSQUERY)",
                          "Bitmap Index Scan on search_body"));
}

static char database[40];

static PGconn *connect_to(const char *name)
{
    char url[256];
    snprintf(url, sizeof url, "%.180s/%.39s", getenv("ASCOLTO_TEST_POSTGRES"), name);
    PGconn *pg = PQconnectdb(url);
    if (PQstatus(pg) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(pg));
    return pg;
}

static void at_the_server(const char *verb, const char *end)
{
    char words[120];
    PGconn *pg = connect_to("postgres");
    snprintf(words, sizeof words, "%s DATABASE %s%s", verb, database, end);
    do_say(pg, words);
    PQfinish(pg);
}

static int setup(void **state)
{
    struct error e = {0};
    char url[256];
    snprintf(database, sizeof database, "plans_%d", (int)getpid());
    at_the_server("CREATE", "");
    snprintf(url, sizeof url, "%.180s/%.39s", getenv("ASCOLTO_TEST_POSTGRES"), database);
    struct db_config config = {.url = url, .create = true};
    struct db *db = db_open(&config, &e);
    if (!db)
        fail_msg("%s", e.message);
    db_close(db);
    PGconn *pg = connect_to(database);
    static const char *const tables[] = {"search", "search_name"};
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        char words[300];
        snprintf(words, sizeof words,
                 "INSERT INTO %s SELECT 1, n, to_tsvector('simple', 'il parola' || n) || CAST('''/b1''' AS tsvector) "
                 "FROM generate_series(1, 20000) n",
                 tables[i]);
        do_say(pg, words);
        snprintf(words, sizeof words, "VACUUM ANALYZE %s", tables[i]);
        do_say(pg, words);
    }
    *state = pg;
    return 0;
}

static int teardown(void **state)
{
    PQfinish(*state);
    at_the_server("DROP", " WITH (FORCE)");
    return 0;
}

int store_plans_postgres_test(void)
{
    const char *server = getenv("ASCOLTO_TEST_POSTGRES");
    if (!server || !*server) {
        print_message("skipped: plans on PostgreSQL (ASCOLTO_TEST_POSTGRES is not set)\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(searches_use_the_index_of_words, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_plan_is_seen, setup, teardown),
    };
    return cmocka_run_group_tests_name("store/plans_postgres", tests, NULL, NULL);
}
