/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto backup and ascolto restore, on either engine and from one to the other. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "care/search_rebuild.h"
#include "cli/backup_file.h"
#include "cli/cli_internal.h"
#include "db/db_copy.h"

#define KEY_MOST 1024

static bool file_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- backup ---- */

static bool say(void *ctx, const char *what, int64_t done, int64_t total)
{
    (void)ctx;
    cli_progress("%s: %" PRId64 " of %" PRId64, what, done, total);
    return true;
}

bool cli_backup(struct cli *cli, struct error *e)
{
    struct arena *a = cli->arena;
    const char *path = cli->words[0];
    if (!cli_open(cli, false, e))
        return false;
    if (path_same_file(path, path_beside(a, cli->data_dir, "/ascolto.db")) ||
        path_same_file(path, path_beside(a, cli->data_dir, "/key")))
        return fail(e, ERR_BAD_INPUT, "%s is the data itself: name another file", path);
    struct backup_make make = {.db = cli->house->db, .data_dir = cli->data_dir, .path = path, .progress = say};
    if (!backup_make(a, &make, e))
        return false;
    cli_progress_end();
    struct stat info;
    if (!cli->json && stat(path, &info) == 0)
        printf("%s: %lld bytes, with the keys: keep it as safe as the data\n", path, (long long)info.st_size);
    return true;
}

/* ---- restore ---- */

struct restore {
    struct cli *cli;
    struct backup backup;
    const char *database, *key; /* of the data folder */
    const char *fresh;          /* the backup's database, on its way */
};

static void data_unlink(struct arena *a, const char *database)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", "-turn"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        unlink(path_beside(a, database, suffixes[i]));
}

static bool say_indexing(void *ctx, int64_t done, int64_t total)
{
    (void)ctx;
    (void)total;
    cli_progress("indexing: %" PRId64, done);
    return true;
}

/* Opened once as a database, brought up to this version and checked, before it takes the place. */
static bool database_prove(const char *path, bool index, struct error *e)
{
    struct db_config config = {.path = path};
    struct db *db = db_open(&config, e);
    bool ok = db && db_check(db, e) && (!index || search_rebuild(db, say_indexing, NULL, e));
    db_close(db);
    return ok;
}

/* What was there is moved, never deleted. */
static bool data_aside(struct cli *cli, struct error *e)
{
    static const char *const all[] = {"key", "ascolto.db", "ascolto.db-wal", "ascolto.db-shm"};
    struct arena *a = cli->arena;
    const char *folder =
        str_cstr(a, str_format(a, "%s/before-restore-%lld", cli->data_dir, (long long)(clock_now() / SECOND_US)));
    if (mkdir(folder, 0700) != 0)
        return fail(e, ERR_UNAVAILABLE, "%s cannot be made: %s", folder, strerror(errno));
    for (size_t i = 0; i < (cli->database ? 1 : COUNT_OF(all)); i++) {
        const char *from = str_cstr(a, str_format(a, "%s/%s", cli->data_dir, all[i]));
        const char *to = str_cstr(a, str_format(a, "%s/%s", folder, all[i]));
        if (rename(from, to) != 0 && errno != ENOENT)
            return fail(e, ERR_UNAVAILABLE, "%s cannot be moved: %s", from, strerror(errno));
    }
    fprintf(stderr, "What was there is in %s\n", folder);
    return true;
}

static bool key_place(struct restore *r, const char *fresh_key, struct error *e)
{
    return (rename(fresh_key, r->key) == 0 && path_sync_folder(r->cli->arena, r->key)) ||
           fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", r->cli->data_dir, strerror(errno));
}

/* ---- into the data folder ---- */

static bool folder_place(struct restore *r, struct error *e)
{
    struct cli *cli = r->cli;
    const char *fresh_key = path_beside(cli->arena, r->key, ".restore");
    if (!path_write(fresh_key, r->backup.keys, e))
        return false;
    if ((file_there(r->database) || file_there(r->key)) && !data_aside(cli, e))
        return false;
    if (!key_place(r, fresh_key, e))
        return false;
    return (rename(r->fresh, r->database) == 0 && path_sync_folder(cli->arena, r->database)) ||
           fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", cli->data_dir, strerror(errno));
}

static bool folder_restore(struct restore *r, struct error *e)
{
    if ((file_there(r->database) || file_there(r->key)) && !cli_given(r->cli, "force"))
        return fail(e, ERR_CONFLICT, "%s holds data already: stop the server and say --force, or name another folder",
                    r->cli->data_dir);
    return backup_unpack(r->cli->arena, &r->backup, r->fresh, e) && database_prove(r->fresh, true, e) &&
           folder_place(r, e);
}

/* ---- into PostgreSQL ---- */

static bool index_make(struct db *db, void *ctx, struct error *e)
{
    return search_rebuild(db, say_indexing, ctx, e);
}

static bool say_filling(void *ctx, int64_t done, int64_t total)
{
    return say(ctx, "filling", done, total);
}

/* The folder's key must be the backup's: another one stays, unless it is forced aside. */
static bool key_fits(struct restore *r, bool *same, struct error *e)
{
    struct str there;
    *same = false;
    if (!file_there(r->key))
        return true;
    if (!cli_read_file(r->cli->arena, r->key, KEY_MOST, &there, e))
        return false;
    *same = str_eq(there, r->backup.keys);
    return *same || cli_given(r->cli, "force") ||
           fail(e, ERR_CONFLICT, "%s is another key than the backup's: say --force, or name another folder", r->key);
}

static void filled_say(const struct db_filled *filled)
{
    cli_progress_end();
    if (filled->aside[0])
        fprintf(stderr, "What was there is in the schema %s\n", filled->aside);
    if (filled->cleaned)
        fprintf(stderr,
                "%" PRId64 " texts held NUL characters or broken UTF-8, which PostgreSQL does not keep: they were "
                "cleaned\n",
                filled->cleaned);
}

static bool postgres_restore(struct restore *r, struct error *e)
{
    struct cli *cli = r->cli;
    const char *fresh_key = path_beside(cli->arena, r->key, ".restore");
    struct db_filled filled;
    struct db_fill fill = {.path = r->fresh,
                           .url = cli->database,
                           .force = cli_given(cli, "force"),
                           .derive = index_make,
                           .progress = say_filling};
    bool same_key;
    if (!key_fits(r, &same_key, e) || !db_fill_allowed(fill.url, fill.force, e) ||
        !backup_unpack(cli->arena, &r->backup, r->fresh, e) || !database_prove(r->fresh, false, e) ||
        !path_write(fresh_key, r->backup.keys, e))
        return false;
    if (!db_fill(&fill, &filled, e)) {
        unlink(fresh_key);
        return false;
    }
    filled_say(&filled);
    return (same_key || !file_there(r->key) || data_aside(cli, e)) && key_place(r, fresh_key, e);
}

static bool restore_from(struct restore *r, struct error *e)
{
    struct cli *cli = r->cli;
    if (mkdir(cli->data_dir, 0700) != 0 && errno != EEXIST)
        return fail(e, ERR_UNAVAILABLE, "%s cannot be made: %s", cli->data_dir, strerror(errno));
    data_unlink(cli->arena, r->fresh);
    bool ok = cli->database ? postgres_restore(r, e) : folder_restore(r, e);
    data_unlink(cli->arena, r->fresh);
    return ok;
}

bool cli_restore(struct cli *cli, struct error *e)
{
    struct arena *a = cli->arena;
    struct restore r = {.cli = cli,
                        .database = path_beside(a, cli->data_dir, "/ascolto.db"),
                        .key = path_beside(a, cli->data_dir, "/key")};
    r.fresh = path_beside(a, r.database, ".restore");
    bool ok = backup_open(a, cli->words[0], &r.backup, e) && restore_from(&r, e);
    backup_close(&r.backup);
    cli_progress_end();
    if (ok && !cli->json)
        printf("%s: restored\n", cli->database ? "the database" : cli->data_dir);
    return ok;
}
