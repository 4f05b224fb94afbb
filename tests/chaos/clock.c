/* SPDX-License-Identifier: Apache-2.0 */
/* A wall clock that can be stepped while a program runs: preloaded, it adds to CLOCK_REALTIME what stands in the file
 * named by CHAOS_CLOCK (one int64_t, microseconds). The monotonic clock and all waits stay as they are. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *step;
static int (*next)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_step(void)
{
    const char *name = getenv("CHAOS_CLOCK");
    int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED)
        step = at;
    if (fd >= 0)
        close(fd);
}

int clock_gettime(clockid_t id, struct timespec *out)
{
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    int code = next(id, out);
    if (code != 0 || id != CLOCK_REALTIME || !step)
        return code;
    int64_t at = out->tv_sec * INT64_C(1000000000) + out->tv_nsec + *step * 1000;
    out->tv_sec = at / 1000000000;
    out->tv_nsec = at % 1000000000;
    return 0;
}
