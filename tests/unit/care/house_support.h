/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of care share that need a house: a folder of its own, one brand, colleagues, a channel, a
 * person. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* base/error.h has a function of that name */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/author.h"
#include "care/house.h"
#include "care/ledger.h"
#include "store/agent.h"
#include "store/brand.h"
#include "store/channel.h"
#include "store/conversation.h"
#include "store/person.h"
#include "../db/postgres_support.h"

struct test_house {
    char folder[64], database[256]; /* on PostgreSQL, where there is one for tests */
    struct house *house;
    struct arena *arena;
    struct brand brand;
    int64_t channel, person;
    struct actor marta, paolo, lead, reader, token; /* marta promises and owns; paolo is another colleague */
};

/* A command with its context; asserts that it succeeds. */
static inline void house_write(struct test_house *h, db_command *command, void *ctx)
{
    struct error e = {0};
    if (!db_write(h->house->db, h->brand.id, command, ctx, &e))
        fail_msg("%s", e.message);
}

static inline bool agent_make(struct tx *tx, struct test_house *h, const char *name, enum role role,
                              struct actor *actor, struct error *e)
{
    *actor = (struct actor){.brand_id = h->brand.id, .agent_id = id_new(), .role = role, .name = str_from(name)};
    struct agent agent = {.brand_id = h->brand.id,
                          .id = actor->agent_id,
                          .email = str_format(h->arena, "%s@nuvola.example", name),
                          .name = actor->name,
                          .role = role,
                          .language = STR("it"),
                          .scheme = STR("auto")};
    return agent_add(tx, &agent, e);
}

static inline bool house_fill_command(struct tx *tx, void *ctx, struct error *e)
{
    struct test_house *h = ctx;
    h->brand = (struct brand){.id = id_new(),
                              .name = STR("nuvola"),
                              .title = STR("Nuvola"),
                              .zone = STR("Europe/Rome"),
                              .language = STR("it"),
                              .created_at = tx_now(tx)};
    h->channel = id_new();
    h->person = id_new();
    struct channel_row row = {.brand_id = h->brand.id,
                              .id = h->channel,
                              .network = STR("telegram"),
                              .name = STR("Nuvola su Telegram"),
                              .state = STR("on"),
                              .created_at = tx_now(tx)};
    struct person person = {.brand_id = h->brand.id, .id = h->person, .name = STR("Irene Sala"), .since = tx_now(tx)};
    bool ok = brand_add(tx, &h->brand, e) && channel_row_add(tx, &row, e) && person_add(tx, &person, e) &&
              agent_make(tx, h, "marta", ROLE_AGENT, &h->marta, e) &&
              agent_make(tx, h, "paolo", ROLE_AGENT, &h->paolo, e) &&
              agent_make(tx, h, "lena", ROLE_LEAD, &h->lead, e) &&
              agent_make(tx, h, "rosa", ROLE_READ_ONLY, &h->reader, e);
    h->token = h->marta;
    h->token.token_id = 7;
    return ok;
}

static inline int house_set_up(void **state)
{
    struct error e = {0};
    struct test_house *h = calloc(1, sizeof *h);
    assert_non_null(h);
    snprintf(h->folder, sizeof h->folder, "/tmp/ascolto-care-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    h->arena = arena_new();
    h->house = house_open(h->folder, test_database_make(h->database), true, &e);
    if (!h->house)
        fail_msg("%s", e.message);
    house_write(h, house_fill_command, h);
    *state = h;
    return 0;
}

static inline int house_tear_down(void **state)
{
    struct test_house *h = *state;
    char command[96];
    house_close(h->house);
    arena_free(h->arena);
    test_database_drop(h->database);
    snprintf(command, sizeof command, "rm -rf '%s'", h->folder);
    int code = system(command);
    free(h);
    return code;
}

/* ---- beside the program ---- */

static inline PGconn *beside_postgres(const struct test_house *h, const char *sql, PGresult **result)
{
    PGconn *pg = PQconnectdb(h->database);
    *result = PQexec(pg, sql);
    if (PQresultStatus(*result) != PGRES_TUPLES_OK && PQresultStatus(*result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(pg));
    return pg;
}

static inline sqlite3 *beside_sqlite(const struct test_house *h)
{
    sqlite3 *db = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/ascolto.db", h->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    return db;
}

/* All values of a query beside the program, each behind a line: |1|Anna|2|Bruno */
static inline struct str text_of(struct test_house *h, const char *sql)
{
    struct str all = STR("");
    if (*h->database) {
        PGresult *result;
        PGconn *pg = beside_postgres(h, sql, &result);
        for (int i = 0; i < PQntuples(result) * PQnfields(result); i++)
            all = str_format(h->arena, "%.*s|%s", STR_ARGS(all),
                             PQgetvalue(result, i / PQnfields(result), i % PQnfields(result)));
        PQclear(result);
        PQfinish(pg);
        return all;
    }
    sqlite3 *db = beside_sqlite(h);
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    while (sqlite3_step(st) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            const char *value = (const char *)sqlite3_column_text(st, i);
            all = str_format(h->arena, "%.*s|%s", STR_ARGS(all), value ? value : "");
        }
    sqlite3_finalize(st);
    sqlite3_close(db);
    return all;
}

/* Changes the database beside the program, as somebody would who wants to hide something. */
static inline void tamper_with(struct test_house *h, const char *sql)
{
    char *why = NULL;
    if (*h->database) {
        PGresult *result;
        PGconn *pg = beside_postgres(h, sql, &result);
        PQclear(result);
        PQfinish(pg);
        return;
    }
    sqlite3 *db = beside_sqlite(h);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_close(db);
}
