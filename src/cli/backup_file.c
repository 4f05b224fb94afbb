/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading the file of a backup, piece by piece: it may be larger than the memory. */
#include "cli/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "cli/cli_internal.h"
#include "db/tx.h"

#define MAGIC       "ascolto-backup 1\n"
#define HEADER_MOST 1024
#define KEY_MOST    1024
#define PIECE       ((size_t)1 << 20)

/* ---- files ---- */

const char *path_beside(struct arena *a, const char *path, const char *suffix)
{
    return str_cstr(a, str_format(a, "%s%s", path, suffix));
}

bool path_same_file(const char *one, const char *other)
{
    struct stat first, second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

bool path_sync_folder(struct arena *a, const char *path)
{
    char *copy = arena_copy(a, path, strlen(path));
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool all_write(int fd, struct str bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
    return true;
}

static int file_make(const char *path, struct error *e)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", path, strerror(errno));
    return fd;
}

/* On disk, or gone. */
static bool file_end(int fd, const char *path, bool ok, struct error *e)
{
    ok = ok && fsync(fd) == 0;
    int why = errno;
    ok = close(fd) == 0 && ok;
    if (!ok)
        unlink(path);
    return ok || (e && e->code != ERR_NONE)
               ? ok
               : fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", path, strerror(why));
}

bool path_write(const char *path, struct str bytes, struct error *e)
{
    int fd = file_make(path, e);
    return fd >= 0 && file_end(fd, path, all_write(fd, bytes), e);
}

struct pouring {
    int from, to;
    int64_t size;
    const struct backup_make *make; /* NULL: nobody is told */
};

/* A piece after the other, until the end of what is read. */
static bool pour(struct arena *a, const struct pouring *p, struct error *e)
{
    char *piece = arena_alloc(a, PIECE);
    for (int64_t done = 0; done < p->size;) {
        ssize_t n = read(p->from, piece, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || !all_write(p->to, (struct str){piece, (size_t)n}))
            return false;
        done += n;
        if (p->make && p->make->progress && !p->make->progress(p->make->ctx, "writing", done, p->size))
            return fail(e, ERR_UNAVAILABLE, "The backup was broken off");
    }
    return true;
}

/* ---- making ---- */

static bool copy_progress(void *ctx, int64_t done, int64_t total)
{
    const struct backup_make *make = ctx;
    return !make->progress || make->progress(make->ctx, "copying", done, total);
}

static bool digest_of(int fd, int64_t from, unsigned char out[SHA256_BYTES])
{
    return lseek(fd, from, SEEK_SET) == from && sha256_file(fd, out) && lseek(fd, from, SEEK_SET) == from;
}

static bool part_write(struct arena *a, const struct backup_make *make, int copy, const char *part, struct error *e)
{
    struct str keys;
    struct stat info;
    unsigned char digest[SHA256_BYTES];
    if (!cli_read_file(a, path_beside(a, make->data_dir, "/key"), KEY_MOST, &keys, e))
        return false;
    if (fstat(copy, &info) != 0 || !digest_of(copy, 0, digest))
        return fail(e, ERR_UNAVAILABLE, "The copy cannot be read: %s", strerror(errno));
    struct str head =
        str_format(a, MAGIC "at %.*s\nsize %lld\nsha256 %.*s\nkey %.*s\n\n", STR_ARGS(clock_iso(a, clock_now())),
                   (long long)info.st_size, STR_ARGS(hex_encode(a, digest, sizeof digest)),
                   STR_ARGS(base64_encode(a, keys.ptr, keys.len)));
    struct pouring pouring = {.from = copy, .to = file_make(part, e), .size = info.st_size, .make = make};
    return pouring.to >= 0 && file_end(pouring.to, part, all_write(pouring.to, head) && pour(a, &pouring, e), e);
}

bool backup_make(struct arena *a, const struct backup_make *make, struct error *e)
{
    const char *copy = path_beside(a, make->path, ".copy"), *part = path_beside(a, make->path, ".part");
    if (!db_backup(make->db, copy, copy_progress, (void *)(uintptr_t)make, e))
        return false;
    int fd = open(copy, O_RDONLY | O_CLOEXEC);
    unlink(copy); /* its bytes stay until it is closed, whatever happens */
    if (fd < 0)
        return fail(e, ERR_UNAVAILABLE, "%s cannot be read: %s", copy, strerror(errno));
    bool ok = part_write(a, make, fd, part, e);
    close(fd);
    if (ok && (rename(part, make->path) != 0 || !path_sync_folder(a, make->path))) {
        ok = fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", make->path, strerror(errno));
        unlink(part);
    }
    return ok;
}

/* ---- reading ---- */

static bool header_line(struct str *rest, const char *name, struct str *value)
{
    struct str line, word;
    return str_split(rest, '\n', &line) && str_split(&line, ' ', &word) && str_eq(word, str_from(name)) &&
           ((*value = line), line.len > 0);
}

static bool header_read(struct arena *a, struct backup *b, struct str *sum, struct error *e)
{
    char bytes[HEADER_MOST];
    ssize_t n = pread(b->fd, bytes, sizeof bytes, 0);
    struct str head = {bytes, n > 0 ? (size_t)n : 0}, at, size, keys;
    ptrdiff_t end = str_find(head, STR("\n\n"));
    if (!str_starts(head, STR(MAGIC)) || end < 0)
        return fail(e, ERR_BAD_INPUT, "%s is no backup made by `ascolto backup`", b->path);
    b->head = end + 2;
    head = str_slice(head, strlen(MAGIC), (size_t)end + 1);
    if (!header_line(&head, "at", &at) || !header_line(&head, "size", &size) || !header_line(&head, "sha256", sum) ||
        !header_line(&head, "key", &keys) || !str_int64(size, &b->size) || b->size < 0 ||
        !base64_decode(a, keys, &b->keys))
        return fail(e, ERR_BAD_INPUT, "%s: its first lines are damaged", b->path);
    *sum = str_dup(a, *sum);
    return true;
}

bool backup_open(struct arena *a, const char *path, struct backup *out, struct error *e)
{
    struct stat info;
    struct str sum;
    unsigned char digest[SHA256_BYTES];
    *out = (struct backup){.fd = open(path, O_RDONLY | O_CLOEXEC), .path = path};
    if (out->fd < 0 || fstat(out->fd, &info) != 0)
        return fail(e, ERR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode) || info.st_size <= 0)
        return fail(e, ERR_BAD_INPUT, "%s is no backup made by `ascolto backup`", path);
    if (!header_read(a, out, &sum, e))
        return false;
    if (info.st_size - out->head != out->size)
        return fail(e, ERR_BAD_INPUT, "%s is cut off or damaged: %lld bytes of %" PRId64, path,
                    (long long)(info.st_size - out->head), out->size);
    if (!digest_of(out->fd, out->head, digest))
        return fail(e, ERR_UNAVAILABLE, "%s cannot be read: %s", path, strerror(errno));
    return str_eq(hex_encode(a, digest, sizeof digest), sum) ||
           fail(e, ERR_BAD_INPUT, "%s is damaged: its checksum is wrong", path);
}

bool backup_unpack(struct arena *a, const struct backup *b, const char *to, struct error *e)
{
    if (lseek(b->fd, b->head, SEEK_SET) != b->head)
        return fail(e, ERR_UNAVAILABLE, "%s cannot be read: %s", b->path, strerror(errno));
    struct pouring pouring = {.from = b->fd, .to = file_make(to, e), .size = b->size};
    return pouring.to >= 0 && file_end(pouring.to, to, pour(a, &pouring, e), e);
}

void backup_close(struct backup *b)
{
    if (b->fd >= 0)
        close(b->fd);
    b->fd = -1;
}
