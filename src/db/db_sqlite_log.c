/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's way to the disk for those who write: a commit puts each page into the log by two small writes; here they
 * are gathered and written as one, at the latest when the log is asked to be made durable. Only for connections with
 * synchronous=FULL: those ask before anybody else is told where the new pages are. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "db/db_sqlite.h"

enum { GATHER_BYTES = 124 * 1024 }; /* SQLite's own way writes less than 128 KB at once */

/* What stands behind SQLite's own file of a log, in the same memory. */
struct gathered {
    const sqlite3_io_methods *below;
    sqlite3_io_methods methods; /* those below, but for what is here */
    sqlite3_int64 at;           /* where in the file the bytes belong */
    size_t len;
    char *bytes; /* GATHER_BYTES, once something is written */
};

static sqlite3_vfs gathering;

static sqlite3_vfs *vfs_below(void)
{
    return gathering.pAppData;
}

static struct gathered *gathered_of(sqlite3_file *file)
{
    size_t size = (size_t)vfs_below()->szOsFile, align = _Alignof(struct gathered);
    return (struct gathered *)(void *)((char *)file + (size + align - 1) / align * align);
}

/* What could not be written is of a transaction that fails by it: nobody will ask for it again. */
static int pour(sqlite3_file *file)
{
    struct gathered *g = gathered_of(file);
    int len = (int)g->len;
    g->len = 0;
    return len ? g->below->xWrite(file, g->bytes, len, g->at) : SQLITE_OK;
}

static int log_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    struct gathered *g = gathered_of(file);
    bool follows = g->len && at == g->at + (sqlite3_int64)g->len && g->len + (size_t)n <= GATHER_BYTES;
    int code = follows ? SQLITE_OK : pour(file);
    if (code != SQLITE_OK)
        return code;
    if (!g->bytes)
        g->bytes = malloc(GATHER_BYTES);
    if (!g->bytes || n > GATHER_BYTES)
        return g->below->xWrite(file, bytes, n, at);
    if (!follows)
        g->at = at;
    memcpy(g->bytes + g->len, bytes, (size_t)n);
    g->len += (size_t)n;
    return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
    int code = pour(file);
    return code == SQLITE_OK ? gathered_of(file)->below->xRead(file, bytes, n, at) : code;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = pour(file);
    return code == SQLITE_OK ? gathered_of(file)->below->xTruncate(file, size) : code;
}

static int log_sync(sqlite3_file *file, int flags)
{
    int code = pour(file);
    return code == SQLITE_OK ? gathered_of(file)->below->xSync(file, flags) : code;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size)
{
    int code = pour(file);
    return code == SQLITE_OK ? gathered_of(file)->below->xFileSize(file, size) : code;
}

static int log_close(sqlite3_file *file)
{
    struct gathered *g = gathered_of(file);
    pour(file);
    free(g->bytes);
    g->bytes = NULL;
    return g->below->xClose(file);
}

static int file_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
    (void)vfs;
    int code = vfs_below()->xOpen(vfs_below(), name, file, flags, got);
    if (code != SQLITE_OK || !(flags & SQLITE_OPEN_WAL) || !file->pMethods)
        return code;
    struct gathered *g = gathered_of(file);
    *g = (struct gathered){.below = file->pMethods, .methods = *file->pMethods};
    g->methods.xWrite = log_write;
    g->methods.xRead = log_read;
    g->methods.xTruncate = log_truncate;
    g->methods.xSync = log_sync;
    g->methods.xFileSize = log_size;
    g->methods.xClose = log_close;
    file->pMethods = &g->methods;
    return SQLITE_OK;
}

void sqlite_log_register(void)
{
    sqlite3_vfs *below = sqlite3_vfs_find(NULL);
    assert(below);
    gathering = *below;
    gathering.zName = SQLITE_GATHERING;
    gathering.pNext = NULL;
    gathering.pAppData = below;
    gathering.szOsFile = below->szOsFile + (int)(sizeof(struct gathered) + _Alignof(struct gathered));
    gathering.xOpen = file_open;
    sqlite3_vfs_register(&gathering, 0);
}
