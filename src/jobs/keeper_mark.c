/* SPDX-License-Identifier: Apache-2.0 */
/* The mark that a node leaves in its data folder: the file "node" holds the kernel it runs under and its life, and is
 * locked (flock) until the process, with all its threads, has ended; one that only stands still keeps the lock.
 * Whoever gets the lock under the same kernel knows that the life named there is over. Another kernel (the machine
 * was started anew, the folder lies on a disk that several machines see) proves nothing, and nothing is concluded. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/arena.h"
#include "jobs/jobs_internal.h"

#define BOOT_ID      "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_SIZE 37 /* with the line's end */

struct mark {
    char boot[BOOT_ID_SIZE];
    long long life;
};

static bool boot_read(char out[BOOT_ID_SIZE])
{
    int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, out, BOOT_ID_SIZE - 1);
    if (fd >= 0)
        close(fd);
    out[BOOT_ID_SIZE - 1] = '\0';
    return n == BOOT_ID_SIZE - 1;
}

static bool mark_read(int fd, struct mark *out)
{
    char text[128];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return sscanf(text, "%36s %lld", out->boot, &out->life) == 2;
}

/* Whole, or none: half a mark names no kernel. */
static void mark_write(int fd, const struct mark *mark)
{
    char text[128];
    int n = snprintf(text, sizeof text, "%s %lld\n", mark->boot, mark->life);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
        (void)!ftruncate(fd, 0);
}

int keeper_mark(const char *folder, int64_t life, int64_t *dead)
{
    struct mark own = {.life = life}, before = {0};
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    *dead = 0;
    if (!boot_read(own.boot))
        return -1;
    int fd = open(str_cstr(a, str_format(a, "%s/node", folder)), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    if (fd < 0)
        return -1;
    if (mark_read(fd, &before) && strcmp(before.boot, own.boot) == 0)
        *dead = before.life;
    mark_write(fd, &own);
    return fd;
}
