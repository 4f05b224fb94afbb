/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite side of copying between engines: a file that nobody else has open is filled as fast as it can be, or
 * read table by table. */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "db/db_copy_internal.h"

struct copy_file {
    sqlite3 *handle;
    sqlite3_stmt *stmt; /* of the table under way */
    const struct copy_table *table;
    struct arena *arena;
    const char **indexes; /* their texts, to be made again */
    size_t index_count;
    char *path;
};

static bool file_fail(struct copy_file *f, int code, struct error *e)
{
    if ((code & 0xff) == SQLITE_FULL)
        return fail(e, ERR_STORAGE, "There is no room on the disk for the copy");
    if ((code & 0xff) == SQLITE_CONSTRAINT)
        return fail(e, ERR_CONFLICT, "The copy failed: %s", sqlite3_errmsg(f->handle));
    return fail(e, ERR_STORAGE, "The copy failed: %s", f->handle ? sqlite3_errmsg(f->handle) : sqlite3_errstr(code));
}

static bool script(struct copy_file *f, const char *text, struct error *e)
{
    int code = sqlite3_exec(f->handle, text, NULL, NULL, NULL);
    return code == SQLITE_OK || file_fail(f, code, e);
}

static bool prepare(struct copy_file *f, const char *text, struct error *e)
{
    sqlite3_finalize(f->stmt);
    f->stmt = NULL;
    int code = sqlite3_prepare_v2(f->handle, text, -1, &f->stmt, NULL);
    return code == SQLITE_OK || file_fail(f, code, e);
}

/* One more row of the statement under way; *more is false at its end. */
static bool step(struct copy_file *f, bool *more, struct error *e)
{
    int code = sqlite3_step(f->stmt);
    *more = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE || file_fail(f, code, e);
}

static struct str column(const struct copy_file *f, int i)
{
    const char *text = (const char *)sqlite3_column_text(f->stmt, i);
    return (struct str){text, (size_t)sqlite3_column_bytes(f->stmt, i)};
}

/* Made again when the rows are there: each is then sorted once, not searched for each row. */
static bool indexes_take_away(struct copy_file *f, struct error *e)
{
    struct buf drop;
    bool ok, more;
    buf_init(&drop, f->arena, 1024);
    if (!prepare(f, "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL", e))
        return false;
    const char **list = ARENA_ARRAY(f->arena, const char *, 1024);
    while ((ok = step(f, &more, e)) && more) {
        assert(f->index_count < 1024);
        buf_format(&drop, "DROP INDEX \"%.*s\";", STR_ARGS(column(f, 0)));
        list[f->index_count++] = str_cstr(f->arena, column(f, 1));
    }
    f->indexes = list;
    return ok && prepare(f, "SELECT 1", e) && script(f, buf_view(&drop).ptr, e);
}

struct copy_file *copy_file_open(const char *path, bool loading, struct error *e)
{
    struct copy_file *f = calloc(1, sizeof *f);
    assert(f);
    f->arena = arena_new();
    f->path = arena_copy(f->arena, path, strlen(path));
    int flags = SQLITE_OPEN_NOMUTEX | (loading ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int code = sqlite3_open_v2(path, &f->handle, flags, NULL);
    bool ok = code == SQLITE_OK ? script(f, "PRAGMA cache_size = -65536", e) : file_fail(f, code, e);
    /* a file that is not whole is thrown away: nothing is kept to undo it */
    if (ok && loading)
        ok = script(f,
                    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF;"
                    "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN",
                    e) &&
             indexes_take_away(f, e);
    if (ok)
        return f;
    copy_file_close(f);
    return NULL;
}

void copy_file_close(struct copy_file *f)
{
    if (!f)
        return;
    sqlite3_finalize(f->stmt);
    sqlite3_close(f->handle);
    arena_free(f->arena);
    free(f);
}

/* The columns of the primary key, in its order. */
static bool keys_read(struct copy_file *f, struct copy_schema *out, struct error *e)
{
    for (size_t i = 0; i < out->count; i++) {
        struct copy_table *t = &out->tables[i];
        struct buf key;
        bool ok, more;
        buf_init(&key, out->arena, 64);
        if (!prepare(f, "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk", e))
            return false;
        sqlite3_bind_text(f->stmt, 1, t->name, -1, SQLITE_STATIC);
        while ((ok = step(f, &more, e)) && more)
            buf_format(&key, "%s\"%.*s\"", key.len ? ", " : "", STR_ARGS(column(f, 0)));
        if (!ok)
            return false;
        t->key = buf_view(&key).ptr;
    }
    return true;
}

bool copy_file_schema(struct copy_file *f, struct copy_schema *out, struct error *e)
{
    bool ok, more;
    if (!prepare(f,
                 "SELECT t.name, c.name, c.type, t.type FROM pragma_table_list t, pragma_table_info(t.name) c "
                 "WHERE t.schema = 'main' AND t.type IN ('table', 'virtual') AND t.name NOT LIKE 'sqlite\\_%' "
                 "ESCAPE '\\' ORDER BY t.name, c.cid",
                 e))
        return false;
    while ((ok = step(f, &more, e)) && more) {
        if (copy_is_derived(column(f, 0)))
            continue;
        if (str_eq(column(f, 3), STR("virtual")))
            return fail(e, ERR_INTERNAL, "%.*s is an index of other tables that nobody makes anew",
                        STR_ARGS(column(f, 0)));
        if (!copy_column_add(out, column(f, 0), column(f, 1), column(f, 2), e))
            return false;
    }
    return ok && keys_read(f, out, e);
}

bool copy_file_into(struct copy_file *f, const struct copy_table *table, struct error *e)
{
    struct buf b;
    buf_init(&b, f->arena, 512);
    buf_format(&b, "DELETE FROM \"%s\"", table->name);
    if (!script(f, buf_view(&b).ptr, e))
        return false;
    b.len = 0;
    buf_format(&b, "INSERT INTO \"%s\" (%s) VALUES (", table->name, copy_columns(f->arena, table));
    for (size_t i = 0; i < table->count; i++)
        buf_cstr(&b, i ? ", ?" : "?");
    buf_cstr(&b, ")");
    f->table = table;
    return prepare(f, buf_view(&b).ptr, e);
}

bool copy_file_put(struct copy_file *f, const struct copy_value *row, struct error *e)
{
    double real;
    for (size_t i = 0; i < f->table->count; i++) {
        int at = (int)i + 1;
        const struct copy_value *v = &row[i];
        if (v->null) {
            sqlite3_bind_null(f->stmt, at);
            continue;
        }
        switch (f->table->columns[i].type) {
        case COPY_INT: sqlite3_bind_int64(f->stmt, at, v->integer); break;
        case COPY_REAL:
            memcpy(&real, &v->integer, sizeof real);
            sqlite3_bind_double(f->stmt, at, real);
            break;
        case COPY_TEXT: sqlite3_bind_text64(f->stmt, at, v->text.ptr, v->text.len, SQLITE_STATIC, SQLITE_UTF8); break;
        case COPY_BYTES: sqlite3_bind_blob64(f->stmt, at, v->text.ptr, v->text.len, SQLITE_STATIC); break;
        }
    }
    int code = sqlite3_step(f->stmt);
    bool ok = code == SQLITE_DONE || file_fail(f, code, e);
    sqlite3_reset(f->stmt);
    return ok;
}

bool copy_file_finish(struct copy_file *f, struct error *e)
{
    sqlite3_finalize(f->stmt);
    f->stmt = NULL;
    for (size_t i = 0; i < f->index_count; i++)
        if (!script(f, f->indexes[i], e))
            return false;
    if (!script(f, "COMMIT; PRAGMA journal_mode = DELETE", e))
        return false;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok || fail(e, ERR_STORAGE, "%s cannot be written", f->path);
}

bool copy_file_from(struct copy_file *f, const struct copy_table *table, struct error *e)
{
    struct buf b;
    buf_init(&b, f->arena, 512);
    buf_format(&b, "SELECT %s FROM \"%s\"%s%s", copy_columns(f->arena, table), table->name,
               *table->key ? " ORDER BY " : "", table->key);
    f->table = table;
    return prepare(f, buf_view(&b).ptr, e);
}

/* SQLite keeps any value in any column: what is no number where one belongs is damage. */
static bool number_read(struct copy_file *f, int i, struct copy_value *v, struct error *e)
{
    const struct copy_column *c = &f->table->columns[i];
    int type = sqlite3_column_type(f->stmt, i);
    if (c->type == COPY_REAL && (type == SQLITE_FLOAT || type == SQLITE_INTEGER)) {
        double real = sqlite3_column_double(f->stmt, i);
        memcpy(&v->integer, &real, sizeof real);
        return true;
    }
    v->integer = sqlite3_column_int64(f->stmt, i);
    return (c->type == COPY_INT && type == SQLITE_INTEGER) ||
           fail(e, ERR_CONFLICT, "%s.%s holds something that is no number", f->table->name, c->name);
}

bool copy_file_next(struct copy_file *f, struct copy_value *row, bool *more, struct error *e)
{
    if (!step(f, more, e))
        return false;
    for (int i = 0; *more && i < (int)f->table->count; i++) {
        enum copy_type type = f->table->columns[i].type;
        row[i] = (struct copy_value){.null = sqlite3_column_type(f->stmt, i) == SQLITE_NULL};
        if (row[i].null)
            continue;
        if ((type == COPY_INT || type == COPY_REAL) && !number_read(f, i, &row[i], e))
            return false;
        if (type == COPY_TEXT || type == COPY_BYTES) {
            const char *ptr = sqlite3_column_blob(f->stmt, i);
            row[i].text = (struct str){ptr ? ptr : "", (size_t)sqlite3_column_bytes(f->stmt, i)};
        }
    }
    return true;
}

bool copy_file_count(struct copy_file *f, const struct copy_schema *schema, int64_t *rows, struct error *e)
{
    struct buf b;
    bool more;
    *rows = 0;
    buf_init(&b, f->arena, 64);
    for (size_t i = 0; i < schema->count; i++) {
        b.len = 0;
        buf_format(&b, "SELECT count(*) FROM \"%s\"", schema->tables[i].name);
        if (!prepare(f, buf_view(&b).ptr, e) || !step(f, &more, e))
            return false;
        *rows += sqlite3_column_int64(f->stmt, 0);
    }
    return true;
}
