/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite: a copy of one moment while the server goes on, and the engine's own check. The copy grows under
 * another name and takes its own when it is whole and on disk. */
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "db/db_sqlite.h"

enum { STEP_PAGES = 256 };

static bool same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static sqlite3 *open_copy(const char *path, struct error *e)
{
    unlink(path); /* left by a copy that was broken off */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    sqlite3 *copy = NULL;
    if (fd < 0 || close(fd) != 0 ||
        sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        sqlite3_close(copy);
        return fail_null(e, ERR_STORAGE, "%s cannot be written", path);
    }
    return copy;
}

/* from is inside a read: what others write meanwhile neither enters the copy nor makes it start again. */
static bool copy_pages(struct sqlite_conn *from, sqlite3 *copy, db_progress *progress, void *ctx, struct error *e)
{
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", from->handle, "main");
    int code = backup ? SQLITE_OK : sqlite3_errcode(copy);
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(backup, STEP_PAGES);
        int64_t total = sqlite3_backup_pagecount(backup);
        if (progress && !progress(ctx, total - sqlite3_backup_remaining(backup), total) && code == SQLITE_OK)
            code = SQLITE_ABORT;
    }
    sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE) /* one plain file, without a log beside it */
        code = sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        return true;
    if ((code & 0xff) == SQLITE_FULL)
        return fail(e, ERR_STORAGE, "There is no room for the backup");
    if (code == SQLITE_ABORT)
        return fail(e, ERR_UNAVAILABLE, "The backup was broken off");
    return fail(e, ERR_STORAGE, "The backup failed: %s", sqlite3_errstr(code));
}

static bool sync_folder(const char *path)
{
    char *copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    free(copy);
    return ok;
}

static bool copy_to(struct conn *from, const char *part, db_progress *progress, void *ctx, struct error *e)
{
    sqlite3 *copy = open_copy(part, e);
    if (!copy)
        return false;
    const struct engine *engine = from->engine;
    bool ok = engine->begin(from, 0, e) && engine->script(from, "SELECT count(*) FROM sqlite_schema", e) &&
              copy_pages(sqlite_conn(from), copy, progress, ctx, e);
    engine->rollback(from);
    sqlite3_close(copy);
    return ok;
}

bool sqlite_backup_place(const char *part, const char *path, struct error *e)
{
    return (rename(part, path) == 0 && sync_folder(path)) || fail(e, ERR_STORAGE, "%s cannot be written", path);
}

bool sqlite_backup(struct db *db, const char *path, db_progress *progress, void *ctx, struct error *e)
{
    if (same_file(db->path, path))
        return fail(e, ERR_BAD_INPUT, "%s is the database itself: give the backup another name", path);
    char *part = NULL;
    if (asprintf(&part, "%s.part", path) < 0)
        return fail(e, ERR_INTERNAL, "%s", error_words(ERR_INTERNAL));
    struct conn *from = sqlite_connect(db, false, e);
    bool ok = from && copy_to(from, part, progress, ctx, e) && sqlite_backup_place(part, path, e);
    if (!ok)
        unlink(part);
    if (from)
        sqlite_disconnect(from);
    free(part);
    return ok;
}

bool sqlite_check(struct conn *conn, struct error *e)
{
    struct sqlite_conn *c = sqlite_conn(conn);
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->handle, "PRAGMA integrity_check(1)", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    const char *words = code == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : "";
    bool ok = strcmp(words, "ok") == 0;
    if (!ok && code == SQLITE_ROW)
        fail(e, ERR_STORAGE, "The database %s is damaged: %s", conn->db->path, words);
    else if (!ok)
        sqlite_fail(c, "integrity_check", code, e);
    sqlite3_finalize(stmt);
    return ok && conn->engine->references_whole(conn, e);
}
