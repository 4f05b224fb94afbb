/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto backup and ascolto restore. A backup is one file: a few lines of text that say what it is, with the keys of
 * the data folder, then the database of one moment, byte for byte (docs/command-line.md). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "cli/cli_internal.h"

#define MAGIC       "ascolto-backup 1\n"
#define HEADER_MOST 1024
#define KEY_MOST    1024
#define PIECE       ((size_t)1 << 20)

/* ---- files ---- */

static const char *beside(struct cli *cli, const char *path, const char *suffix)
{
    return str_cstr(cli->arena, str_format(cli->arena, "%s%s", path, suffix));
}

static bool file_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool is_same(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static bool folder_sync(struct cli *cli, const char *path)
{
    char *copy = arena_copy(cli->arena, path, strlen(path));
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

struct view {
    struct str bytes;
};

static void view_close(struct view *view)
{
    if (view->bytes.ptr)
        munmap((void *)(uintptr_t)view->bytes.ptr, view->bytes.len);
}

static bool view_open(const char *path, struct view *view, struct error *e)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size <= 0) {
        int why = fd < 0 ? errno : EINVAL;
        if (fd >= 0)
            close(fd);
        return fail(e, ERR_NOT_FOUND, "%s cannot be read: %s", path, strerror(why));
    }
    void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return fail(e, ERR_UNAVAILABLE, "%s cannot be read: %s", path, strerror(errno));
    view->bytes = (struct str){map, (size_t)info.st_size};
    return true;
}

static bool pieces_write(int fd, struct str bytes, const char *what)
{
    for (size_t done = 0; done < bytes.len;) {
        size_t piece = bytes.len - done < PIECE ? bytes.len - done : PIECE;
        ssize_t n = write(fd, bytes.ptr + done, piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
        cli_progress("%s: %zu of %zu MiB", what, done >> 20, bytes.len >> 20);
    }
    return true;
}

/* Both parts, on disk, readable by its owner only. */
static bool file_write(const char *path, struct str head, struct str body, const char *what, struct error *e)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", path, strerror(errno));
    bool ok = pieces_write(fd, head, what) && pieces_write(fd, body, what) && fsync(fd) == 0;
    int why = errno;
    ok = close(fd) == 0 && ok;
    if (!ok)
        unlink(path);
    return ok || fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", path, strerror(why));
}

/* ---- backup ---- */

static void copy_progress(void *ctx, int64_t done, int64_t total)
{
    (void)ctx;
    cli_progress("copying: %" PRId64 " of %" PRId64 " pages", done, total);
}

static bool backup_write(struct cli *cli, const char *copy, const char *part, struct error *e)
{
    struct arena *a = cli->arena;
    CLEANUP(view_close) struct view view = {0};
    struct str keys;
    unsigned char digest[SHA256_BYTES];
    if (!cli_read_file(a, beside(cli, cli->data_dir, "/key"), KEY_MOST, &keys, e) || !view_open(copy, &view, e))
        return false;
    sha256(view.bytes, digest);
    struct str head = str_format(
        a, MAGIC "at %.*s\nsize %zu\nsha256 %.*s\nkey %.*s\n\n", STR_ARGS(clock_iso(a, clock_now())), view.bytes.len,
        STR_ARGS(hex_encode(a, digest, sizeof digest)), STR_ARGS(base64_encode(a, keys.ptr, keys.len)));
    return file_write(part, head, view.bytes, "writing", e);
}

bool cli_backup(struct cli *cli, struct error *e)
{
    const char *path = cli->words[0];
    const char *copy = beside(cli, path, ".copy"), *part = beside(cli, path, ".part");
    if (!cli_open(cli, false, e))
        return false;
    if (is_same(path, beside(cli, cli->data_dir, "/ascolto.db")) || is_same(path, beside(cli, cli->data_dir, "/key")))
        return fail(e, ERR_BAD_INPUT, "%s is the data itself: name another file", path);
    bool ok = db_backup(cli->house->db, copy, copy_progress, NULL, e) && backup_write(cli, copy, part, e);
    unlink(copy);
    if (!ok)
        return false;
    if (rename(part, path) != 0 || !folder_sync(cli, path)) {
        int why = errno;
        unlink(part);
        return fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", path, strerror(why));
    }
    cli_progress_end();
    struct stat info;
    if (!cli->json && stat(path, &info) == 0)
        printf("%s: %lld bytes, with the keys: keep it as safe as the data\n", path, (long long)info.st_size);
    return true;
}

/* ---- restore ---- */

struct backup {
    struct str keys, database;
    size_t size;
    struct str sha256;
};

static bool header_line(struct str *rest, const char *name, struct str *value)
{
    struct str line, word;
    return str_split(rest, '\n', &line) && str_split(&line, ' ', &word) && str_eq(word, str_from(name)) &&
           ((*value = line), line.len > 0);
}

static bool backup_read(struct cli *cli, const char *path, struct str bytes, struct backup *out, struct error *e)
{
    struct arena *a = cli->arena;
    struct str head = str_slice(bytes, 0, HEADER_MOST), at, size, keys;
    ptrdiff_t end = str_find(head, STR("\n\n"));
    int64_t number = 0;
    unsigned char digest[SHA256_BYTES];
    if (!str_starts(head, STR(MAGIC)) || end < 0)
        return fail(e, ERR_BAD_INPUT, "%s is no backup made by `ascolto backup`", path);
    head = str_slice(head, strlen(MAGIC), (size_t)end + 1);
    if (!header_line(&head, "at", &at) || !header_line(&head, "size", &size) ||
        !header_line(&head, "sha256", &out->sha256) || !header_line(&head, "key", &keys) ||
        !str_int64(size, &number) || !base64_decode(a, keys, &out->keys))
        return fail(e, ERR_BAD_INPUT, "%s: its first lines are damaged", path);
    out->database = str_slice(bytes, (size_t)end + 2, bytes.len);
    if (number < 0 || out->database.len != (size_t)number)
        return fail(e, ERR_BAD_INPUT, "%s is cut off or damaged: %zu bytes of %" PRId64, path, out->database.len,
                    number);
    sha256(out->database, digest);
    return str_eq(hex_encode(a, digest, sizeof digest), out->sha256) ||
           fail(e, ERR_BAD_INPUT, "%s is damaged: its checksum is wrong", path);
}

static void data_unlink(struct cli *cli, const char *database)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", "-turn"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        unlink(beside(cli, database, suffixes[i]));
}

/* Opened once as a database, brought up to this version and checked, before it takes the place. */
static bool database_prove(const char *path, struct error *e)
{
    struct db_config config = {.path = path};
    struct db *db = db_open(&config, e);
    bool ok = db && db_check(db, e);
    db_close(db);
    return ok;
}

/* What was there is moved, never deleted. */
static bool data_aside(struct cli *cli, struct error *e)
{
    static const char *const names[] = {"key", "ascolto.db", "ascolto.db-wal", "ascolto.db-shm"};
    struct arena *a = cli->arena;
    const char *folder =
        str_cstr(a, str_format(a, "%s/before-restore-%lld", cli->data_dir, (long long)(clock_now() / SECOND_US)));
    if (mkdir(folder, 0700) != 0)
        return fail(e, ERR_UNAVAILABLE, "%s cannot be made: %s", folder, strerror(errno));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *from = str_cstr(a, str_format(a, "%s/%s", cli->data_dir, names[i]));
        const char *to = str_cstr(a, str_format(a, "%s/%s", folder, names[i]));
        if (rename(from, to) != 0 && errno != ENOENT)
            return fail(e, ERR_UNAVAILABLE, "%s cannot be moved: %s", from, strerror(errno));
    }
    fprintf(stderr, "What was there is in %s\n", folder);
    return true;
}

static bool restore_place(struct cli *cli, const struct backup *backup, const char *fresh, struct error *e)
{
    const char *database = beside(cli, cli->data_dir, "/ascolto.db"), *key = beside(cli, cli->data_dir, "/key");
    const char *fresh_key = beside(cli, key, ".restore");
    if (!file_write(fresh_key, backup->keys, STR_EMPTY, "key", e))
        return false;
    if ((file_there(database) || file_there(key)) && !data_aside(cli, e))
        return false;
    if (rename(fresh_key, key) != 0 || rename(fresh, database) != 0 || !folder_sync(cli, key))
        return fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", cli->data_dir, strerror(errno));
    return true;
}

bool cli_restore(struct cli *cli, struct error *e)
{
    const char *database = beside(cli, cli->data_dir, "/ascolto.db"), *key = beside(cli, cli->data_dir, "/key");
    const char *fresh = beside(cli, database, ".restore");
    CLEANUP(view_close) struct view view = {0};
    struct backup backup = {0};
    if (!view_open(cli->words[0], &view, e) || !backup_read(cli, cli->words[0], view.bytes, &backup, e))
        return false;
    if (mkdir(cli->data_dir, 0700) != 0 && errno != EEXIST)
        return fail(e, ERR_UNAVAILABLE, "%s cannot be made: %s", cli->data_dir, strerror(errno));
    if ((file_there(database) || file_there(key)) && !cli_given(cli, "force"))
        return fail(e, ERR_CONFLICT, "%s holds data already: stop the server and say --force, or name another folder",
                    cli->data_dir);
    data_unlink(cli, fresh);
    bool ok = file_write(fresh, backup.database, STR_EMPTY, "restoring", e) && database_prove(fresh, e) &&
              restore_place(cli, &backup, fresh, e);
    data_unlink(cli, fresh);
    cli_progress_end();
    if (ok && !cli->json)
        printf("%s: restored\n", cli->data_dir);
    return ok;
}
