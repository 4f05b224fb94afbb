/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing the schema up to date: the files migrations/NNNN_name.sql in order, each in a transaction of its
 * own, so that one that fails leaves the schema as it was. Parts between "-- only: sqlite" (or postgres) and
 * "-- end" are left out on other engines. There is no way back: restore a backup. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "db/db_internal.h"

#define FOLDER "migrations/"

/* The number of a migration's file, 0 for other files. */
static int64_t file_version(const struct embed_file *file)
{
    struct str name = str_from(file->name);
    if (!str_starts(name, STR(FOLDER)) || !str_ends(name, STR(".sql")))
        return 0;
    return strtoll(file->name + strlen(FOLDER), NULL, 10);
}

static bool newest_version(const struct embed_file *files, int64_t *newest, struct error *e)
{
    *newest = 0;
    for (; files->name; files++) {
        int64_t version = file_version(files);
        if (version && version != *newest + 1)
            return fail(e, ERR_INTERNAL, "%s is not the next migration after %" PRId64, files->name, *newest);
        if (version)
            *newest = version;
    }
    return true;
}

/* The text without the parts of other engines. */
static const char *text_for(struct arena *a, const struct engine *engine, const struct embed_file *file)
{
    struct buf text;
    struct str rest = {file->bytes, file->len};
    struct str line;
    bool ours = true;
    buf_init(&text, a, file->len);
    while (str_split(&rest, '\n', &line)) {
        struct str words = str_trim(line);
        if (str_starts(words, STR("-- only: ")))
            ours = str_eq(str_trim(str_slice(words, strlen("-- only: "), words.len)), str_from(engine->name));
        else if (str_eq(words, STR("-- end")))
            ours = true;
        else if (ours) {
            buf_str(&text, line);
            buf_char(&text, '\n');
        }
    }
    return buf_view(&text).ptr;
}

static bool current_version(struct tx *tx, int64_t *version, struct error *e)
{
    struct rows *rows CLEANUP(rows_cleanup) = db_query(tx, SQL_schema_version_get, e);
    if (!rows)
        return false;
    if (rows_next(rows))
        *version = rows_int(rows, 0);
    return rows_ok(rows, e);
}

static bool refuse_newer(int64_t has, int64_t knows, struct error *e)
{
    return fail(e, ERR_CONFLICT,
                "The data was written by a newer Ascolto (schema %" PRId64 ", this program knows %" PRId64 ")", has,
                knows);
}

static bool apply_file(struct tx *tx, const struct embed_file *file, struct error *e)
{
    const struct engine *engine = tx->conn->engine;
    const char *name = file->name + strlen(FOLDER);
    struct error why = {0};
    if ((engine->step_begin && !engine->step_begin(tx->conn, &why)) ||
        !db_raw(tx, text_for(tx->arena, engine, file), &why) || !engine->references_whole(tx->conn, &why) ||
        (engine->step_end && !engine->step_end(tx->conn, &why)))
        return fail(e, why.code, "Migration %s: %.180s", name, why.message);
    if (!engine->in_transaction(tx->conn))
        return fail(e, ERR_INTERNAL, "Migration %s ends the transaction it runs in", name);
    return db_exec(tx, SQL_schema_version_add, NULL, e, V(file_version(file)), V(name), V(tx->now));
}

/* One file, or none when another process has been faster. The version is read under the right to write. */
static bool step(struct conn *conn, struct arena *a, const struct embed_file *file, int64_t *version, struct error *e)
{
    if (!conn->engine->begin(conn, DB_EVERYTHING, e))
        return false;
    struct tx tx = {.conn = conn, .arena = a, .now = clock_now()};
    int64_t has = 0;
    bool ok = db_exec(&tx, SQL_schema_version_create, NULL, e) && current_version(&tx, &has, e) &&
              (!file || has >= file_version(file) || apply_file(&tx, file, e));
    tx_close_rows(&tx);
    ok = ok && conn->engine->commit(conn, e);
    if (!ok)
        conn->engine->rollback(conn);
    else
        *version = file && has < file_version(file) ? file_version(file) : has;
    arena_reset(a);
    return ok;
}

static bool bring_up(struct conn *conn, const struct embed_file *files, struct arena *a, int64_t newest,
                     int64_t *version, struct error *e)
{
    if (!step(conn, a, NULL, version, e))
        return false;
    if (*version > newest)
        return refuse_newer(*version, newest, e);
    if (*version == newest)
        return true;
    if (!conn->engine->references(conn, false, e))
        return false;
    bool ok = true;
    for (; ok && files->name; files++)
        if (file_version(files) > *version)
            ok = step(conn, a, files, version, e);
    return conn->engine->references(conn, true, ok ? e : NULL) && ok;
}

static bool compare(struct conn *conn, struct arena *a, int64_t newest, int64_t *version, struct error *e)
{
    if (!conn->engine->begin(conn, DB_EVERYTHING, e))
        return false;
    struct tx tx = {.conn = conn, .arena = a, .now = clock_now()};
    bool ok = current_version(&tx, version, NULL);
    tx_close_rows(&tx);
    conn->engine->rollback(conn);
    if (!ok)
        return fail(e, conn->engine->lanes > 1 ? ERR_NOT_FOUND : ERR_CONFLICT, "%s holds no data of Ascolto",
                    conn->db->path);
    if (*version > newest)
        return refuse_newer(*version, newest, e);
    return *version == newest || fail(e, ERR_CONFLICT,
                                      "The data is of an older Ascolto (schema %" PRId64
                                      ", this program needs %" PRId64 "): run ascolto migrate",
                                      *version, newest);
}

bool migrate(struct conn *conn, const struct embed_file *files, int64_t *version, struct error *e)
{
    int64_t newest = 0;
    if (!newest_version(files, &newest, e))
        return false;
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    if (!conn->writer)
        return compare(conn, a, newest, version, e);
    return bring_up(conn, files, a, newest, version, e);
}
