/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL with Citus: the tables of brands are spread over workers by brand_id, all in one group, so that what
 * belongs to one brand lies on one worker. `ascolto migrate --citus` does it once; migrations that come later place
 * their new tables by themselves. docs/adr/0009-citus.md. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "db/db_postgres.h"

#define OLDEST 12 /* workers read at the isolation level that was asked for */

enum kind { KIND_DISTRIBUTED, KIND_REFERENCE, KIND_LOCAL };

struct place {
    const char *table, *method, *column, *group, *model;
    enum kind kind; /* what it should be */
};

static enum kind kind_of(const char *table, bool of_brands)
{
#define CITUS_REFERENCE(name, why)                                                                                   \
    if (strcmp(table, #name) == 0)                                                                                   \
        return KIND_REFERENCE;
#define CITUS_LOCAL(name, why)                                                                                       \
    if (strcmp(table, #name) == 0)                                                                                   \
        return KIND_LOCAL;
#include "db/citus.def"
    return of_brands ? KIND_DISTRIBUTED : KIND_LOCAL; /* not ours */
}

/* One statement with at most two texts as values, as long as it takes. */
static PGresult *ask(struct postgres_conn *c, const char *text, const char *one, const char *two, struct error *e)
{
    const char *values[] = {one, two};
    if (!wire_settle(c, e))
        return NULL;
    if (!PQexitPipelineMode(c->pg))
        return fail_null(e, ERR_INTERNAL, "Citus was asked while other statements were under way");
    PGresult *result = PQexecParams(c->pg, text, one ? two ? 2 : 1 : 0, NULL, values, NULL, NULL, 0);
    bool ok = PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK ||
              postgres_fail(c, "citus", result, e);
    c->lost |= PQstatus(c->pg) == CONNECTION_BAD;
    c->broken |= !ok;
    PQenterPipelineMode(c->pg);
    if (ok)
        return result;
    PQclear(result);
    return NULL;
}

/* The first column of the first row as a number; otherwise where there is no row. */
static bool number(struct postgres_conn *c, const char *text, long otherwise, long *out, struct error *e)
{
    PGresult *result = ask(c, text, NULL, NULL, e);
    if (!result)
        return false;
    *out = PQntuples(result) ? strtol(PQgetvalue(result, 0, 0), NULL, 10) : otherwise;
    PQclear(result);
    return true;
}

static const char *const kind_words[] = {"distributed by brand_id", "reference", "coordinator"};

/* Whether the database has the extension. */
static bool extended(struct postgres_conn *c, bool *out, struct error *e)
{
    long there = 0;
    bool ok = number(c,
                     "SELECT (to_regclass('pg_dist_partition') IS NOT NULL AND "
                     "to_regprocedure('citus_version()') IS NOT NULL)::int",
                     0, &there, e);
    *out = there != 0;
    return ok;
}

/* ---- what there is ---- */

/* In the order of their references, with how each is placed: '' here, 'h brand_id 3' by a column in a group, 'n'
 * everywhere; and whether it has brand_id. */
static const char tables_text[] =
    "WITH RECURSIVE mine AS (SELECT c.oid, c.relname::text AS name FROM pg_class c JOIN pg_namespace n "
    "ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT "
    "c.relispartition), "
    "depth (oid, d) AS (SELECT oid, 0 FROM mine UNION SELECT f.conrelid, depth.d + 1 FROM pg_constraint f "
    "JOIN depth ON f.confrelid = depth.oid WHERE f.contype = 'f' AND f.conrelid <> f.confrelid AND depth.d < 32) "
    "SELECT mine.name, coalesce(max(p.partmethod::text), ''), "
    "coalesce(max(column_to_column_name(p.logicalrelid, p.partkey::text)), ''), "
    "coalesce(max(p.colocationid), 0), coalesce(max(p.repmodel::text), ''), (SELECT count(*) FROM pg_attribute a "
    "WHERE a.attrelid = mine.oid AND a.attname = 'brand_id') "
    "FROM mine JOIN depth ON depth.oid = mine.oid LEFT JOIN pg_dist_partition p ON p.logicalrelid = mine.oid "
    "GROUP BY mine.oid, mine.name ORDER BY max(depth.d), mine.name";

static struct place place_at(const PGresult *result, int row)
{
    const char *table = PQgetvalue(result, row, 0);
    return (struct place){.table = table,
                          .method = PQgetvalue(result, row, 1),
                          .column = PQgetvalue(result, row, 2),
                          .group = PQgetvalue(result, row, 3),
                          .model = PQgetvalue(result, row, 4),
                          .kind = kind_of(table, *PQgetvalue(result, row, 5) != '0')};
}

/* A table that only Citus manages ('n' and 's') is still a local one. */
static bool is_placed(const struct place *place)
{
    return *place->method && !(*place->method == 'n' && *place->model == 's');
}

/* The first that lies by brand, to which the others are joined; NULL: none yet. */
static const char *anchor_of(const PGresult *result, const char **group)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct place place = place_at(result, i);
        if (*place.method == 'h' && place.kind == KIND_DISTRIBUTED) {
            *group = place.group;
            return place.table;
        }
    }
    return NULL;
}

static bool well_placed(const struct place *place, const char *anchor, const char *group, struct error *e)
{
    if (place->kind == KIND_LOCAL)
        return !is_placed(place) ||
               fail(e, ERR_CONFLICT, "The table %s must stay on the coordinator: it is distributed", place->table);
    if (place->kind == KIND_REFERENCE)
        return *place->method == 'n' ||
               fail(e, ERR_CONFLICT, "The table %s is distributed: it should be a reference table", place->table);
    if (*place->method != 'h' || strcmp(place->column, "brand_id") != 0)
        return fail(e, ERR_CONFLICT, "The table %s is not distributed by brand_id but by %s", place->table,
                    *place->column ? place->column : "no column");
    return strcmp(place->group, group) == 0 ||
           fail(e, ERR_CONFLICT, "The table %s does not lie beside %s: undistribute_table('%s') first", place->table,
                anchor, place->table);
}

/* ---- placing ---- */

static bool place_now(struct postgres_conn *c, const struct place *place, const char *anchor, struct error *e)
{
    PGresult *result = place->kind == KIND_REFERENCE
                           ? ask(c, "SELECT create_reference_table($1)", place->table, NULL, e)
                           : ask(c, "SELECT create_distributed_table($1, 'brand_id', colocate_with => $2)",
                                 place->table, anchor ? anchor : "none", e);
    PQclear(result);
    return result != NULL;
}

/* What waits to be placed: reference tables first, in the order of references. */
static bool next_to_place(const PGresult *result, struct place *place)
{
    for (int pass = KIND_REFERENCE; pass >= KIND_DISTRIBUTED; pass--)
        for (int i = 0; i < PQntuples(result); i++) {
            *place = place_at(result, i);
            if ((int)place->kind == pass && !is_placed(place))
                return true;
        }
    return false;
}

static PGresult *places(struct postgres_conn *c, struct error *e)
{
    return ask(c, tables_text, NULL, NULL, e);
}

/* Places one table; *more: there was one. later: only where tables of brands are distributed already. */
static bool place_next(struct postgres_conn *c, bool later, bool *more, db_placed *told, void *ctx, struct error *e)
{
    const char *group = "";
    struct place place;
    PGresult *result = places(c, e);
    if (!result)
        return false;
    const char *anchor = anchor_of(result, &group);
    *more = (anchor || !later) && next_to_place(result, &place);
    bool ok = !*more || place_now(c, &place, anchor, e);
    if (ok && *more && told)
        told(ctx, place.table, kind_words[place.kind], true);
    PQclear(result);
    return ok;
}

bool citus_step(struct conn *conn, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    bool more = false;
    if (!extended(c, &more, e))
        return false;
    while (more)
        if (!place_next(c, true, &more, NULL, NULL, e))
            return false;
    return true;
}

bool citus_begin(struct conn *conn, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    bool there = false;
    if (!extended(c, &there, e))
        return false;
    if (!there)
        return true;
    /* one connection to each worker for the whole transaction: what it did there it sees there */
    PGresult *result = ask(c, "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'", NULL, NULL, e);
    PQclear(result);
    return result != NULL;
}

/* ---- ascolto migrate --citus ---- */

static bool coordinator(struct postgres_conn *c, long *workers, struct error *e)
{
    bool there = false;
    long group = 0, version = 0;
    if (!extended(c, &there, e))
        return false;
    if (!there)
        return fail(e, ERR_UNAVAILABLE,
                    "This database has no Citus: install it, put citus into shared_preload_libraries and run "
                    "CREATE EXTENSION citus there");
    if (!number(c, "SELECT coalesce(substring(citus_version() FROM 'Citus ([0-9]+)'), '0')::int", 0, &version, e) ||
        !number(c, "SELECT groupid FROM pg_dist_local_group", 0, &group, e) ||
        !number(c, "SELECT count(*) FROM pg_dist_node WHERE isactive AND groupid <> 0 AND noderole::text = 'primary'",
                0, workers, e))
        return false;
    if (version < OLDEST)
        return fail(e, ERR_UNAVAILABLE, "Citus %d or newer is needed, here is %ld", OLDEST, version);
    return group == 0 || fail(e, ERR_BAD_INPUT,
                              "This is a worker: tables are distributed at the coordinator, and every node of "
                              "Ascolto connects to it");
}

/* Statements that join a table that is spread with one that is not yet would fail meanwhile. */
static bool nobody_else(struct postgres_conn *c, struct error *e)
{
    long others = 0;
    return number(c,
                  "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                  "application_name = 'ascolto' AND pid <> pg_backend_pid()",
                  0, &others, e) &&
           (others == 0 ||
            fail(e, ERR_CONFLICT,
                 "%ld sessions of Ascolto are open: stop its servers while the tables are distributed", others));
}

/* Tells how each table lies. */
static bool tell_all(struct postgres_conn *c, db_placed *told, void *ctx, struct error *e)
{
    const char *group = "";
    PGresult *result = places(c, e);
    if (!result)
        return false;
    const char *anchor = anchor_of(result, &group);
    bool ok = true;
    for (int i = 0; ok && i < PQntuples(result); i++) {
        struct place place = place_at(result, i);
        ok = well_placed(&place, anchor, group, e);
        if (ok)
            told(ctx, place.table, kind_words[place.kind], false);
    }
    PQclear(result);
    return ok;
}

/* Each table in a transaction of its own: what is broken off goes on where it was. */
static bool place_one(struct postgres_conn *c, bool *more, db_placed *told, void *ctx, struct error *e)
{
    const struct engine *engine = c->conn.engine;
    if (engine->begin(&c->conn, DB_EVERYTHING, e) && citus_begin(&c->conn, e) &&
        place_next(c, false, more, told, ctx, e) && engine->commit(&c->conn, e))
        return true;
    engine->rollback(&c->conn);
    return false;
}

static bool some_wait(struct postgres_conn *c, bool *some, struct error *e)
{
    struct place place;
    PGresult *result = places(c, e);
    *some = result && next_to_place(result, &place);
    PQclear(result);
    return result != NULL;
}

bool citus_distribute(struct conn *conn, db_placed *told, void *ctx, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    long workers = 0;
    bool more = false;
    if (!coordinator(c, &workers, e) || !some_wait(c, &more, e) || (more && !nobody_else(c, e)))
        return false;
    if (more && workers == 0)
        told(ctx, NULL, "there is no worker yet (citus_add_node): everything stays on the coordinator", true);
    if (!conn->engine->references(conn, false, e)) /* tables with data take their time */
        return false;
    while (more)
        if (!place_one(c, &more, told, ctx, e))
            return false;
    return tell_all(c, told, ctx, e);
}

bool citus_whole(struct conn *conn, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    const char *group = "";
    struct place place = {0};
    bool there = false;
    if (!extended(c, &there, e))
        return false;
    PGresult *result = there ? places(c, e) : NULL;
    if (!result)
        return !there;
    bool half = anchor_of(result, &group) && next_to_place(result, &place);
    if (half)
        fail(e, ERR_CONFLICT, "The table %s is not distributed as the others are: run ascolto migrate --citus",
             place.table);
    PQclear(result);
    return !half;
}
