/* SPDX-License-Identifier: Apache-2.0 */
/* A backup a day, at its appointed time: ascolto-YYYY-MM-DD.backup in a folder, whole or not at all; the oldest go.
 * One that failed is tried again every ten minutes. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "care/backups.h"
#include "jobs/jobs_internal.h"

#define AGAIN_US    (10 * MINUTE_US)
#define BEGINNING   "ascolto-"
#define ENDING      ".backup"
#define NAME_LENGTH (sizeof BEGINNING + sizeof "YYYY-MM-DD" + sizeof ENDING - 3)
#define FILES_MOST  4096

int64_t backup_appointed(int64_t now, int minute)
{
    time_t moment = (time_t)(now / SECOND_US);
    struct tm day;
    localtime_r(&moment, &day);
    day.tm_hour = minute / 60;
    day.tm_min = minute % 60;
    day.tm_sec = 0;
    day.tm_isdst = -1;
    struct tm before = day;
    before.tm_mday--;
    time_t at = mktime(&day);
    return (at > moment ? mktime(&before) : at) * SECOND_US;
}

/* ---- the folder ---- */

static bool is_backup(struct str name)
{
    return name.len == NAME_LENGTH && str_starts(name, STR(BEGINNING)) && str_ends(name, STR(ENDING));
}

/* What a backup that was broken off by the end of the program has left. */
static bool is_rest(struct str name)
{
    return name.len > NAME_LENGTH && is_backup(str_slice(name, 0, NAME_LENGTH)) && name.ptr[NAME_LENGTH] == '.';
}

static const char *in_folder(struct arena *a, const struct backup_plan *plan, struct str name)
{
    return str_cstr(a, str_format(a, "%s/%.*s", plan->dir, STR_ARGS(name)));
}

static int newest_first(const void *one, const void *other)
{
    return str_cmp(*(const struct str *)other, *(const struct str *)one);
}

/* The backups there are, newest first; rests are removed when this is about to make one. */
static bool folder_read(struct arena *a, const struct backup_plan *plan, bool tidy, struct str **out, size_t *count,
                        struct error *e)
{
    DIR *dir = opendir(plan->dir);
    if (!dir)
        return fail(e, ERR_UNAVAILABLE, "The folder %s cannot be opened: %s", plan->dir, strerror(errno));
    *out = ARENA_ARRAY(a, struct str, FILES_MOST);
    *count = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) && *count < FILES_MOST;) {
        struct str name = str_from(entry->d_name);
        if (tidy && is_rest(name))
            unlink(in_folder(a, plan, name));
        else if (is_backup(name))
            (*out)[(*count)++] = str_dup(a, name);
    }
    closedir(dir);
    if (*count)
        qsort(*out, *count, sizeof **out, newest_first);
    return true;
}

/* When the newest was finished; 0: there is none. */
static int64_t newest_at(struct arena *a, const struct backup_plan *plan, const struct str *list, size_t count)
{
    struct stat info;
    return count && stat(in_folder(a, plan, list[0]), &info) == 0 ? info.st_mtim.tv_sec * SECOND_US : 0;
}

static struct str name_now(struct arena *a, int64_t now)
{
    time_t moment = (time_t)(now / SECOND_US);
    struct tm day;
    char text[40];
    localtime_r(&moment, &day);
    size_t n = strftime(text, sizeof text, BEGINNING "%Y-%m-%d" ENDING, &day);
    return str_dup(a, (struct str){text, n});
}

/* ---- a turn ---- */

static bool goes_on(void *ctx)
{
    struct worker *worker = ctx;
    return !worker_ends(worker) && jobs_may(worker->jobs, worker->fence);
}

static bool state_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct backup_state *made = ctx;
    struct backup_state state = *made;
    if (made->failed_at && !backup_state_read(tx, tx_arena(tx), &state, e))
        return false;
    if (made->failed_at) {
        state.failed_at = made->failed_at;
        state.words = made->words;
    }
    return backup_state_write(tx, &state, e);
}

static void state_tell(struct worker *worker, const struct backup_state *state)
{
    struct error e = {0};
    if (!jobs_write(worker, 0, state_write, (void *)(uintptr_t)state, &e))
        jobs_log("backup", &e);
}

static void failed(struct worker *worker, int64_t at, const struct error *why)
{
    struct backup_state state = {.failed_at = at, .words = str_from(why->message)};
    if (worker_ends(worker))
        return;
    log_error("backup", "The backup failed: %s", why->message);
    worker->jobs->backup_again_at = clock_now() + AGAIN_US;
    state_tell(worker, &state);
}

/* But for as many as are kept. */
static void oldest_remove(struct arena *a, const struct backup_plan *plan)
{
    struct error e = {0};
    struct str *list;
    size_t count;
    if (!folder_read(a, plan, false, &list, &count, &e))
        return;
    for (size_t i = (size_t)plan->keep; i < count; i++)
        if (unlink(in_folder(a, plan, list[i])) != 0)
            log_warn("backup", "%s cannot be removed: %s", in_folder(a, plan, list[i]), strerror(errno));
}

static void make(struct worker *worker, struct arena *a, const struct backup_plan *plan)
{
    struct error e = {0};
    struct stat info = {0};
    int64_t at = clock_now(), began = clock_monotonic();
    const char *path = in_folder(a, plan, name_now(a, at));
    if (!plan->make(a, path, goes_on, worker, plan->ctx, &e)) {
        failed(worker, at, &e);
        return;
    }
    stat(path, &info);
    struct backup_state state = {
        .at = at, .size = info.st_size, .duration = clock_monotonic() - began, .path = str_from(path)};
    log_info("backup", "%s: %lld bytes in %.1f s", path, (long long)state.size,
             (double)state.duration / (double)SECOND_US);
    state_tell(worker, &state);
    oldest_remove(a, plan);
}

void backup_turn(struct worker *worker, struct arena *a)
{
    const struct backup_plan *plan = &worker->jobs->backups;
    struct error e = {0};
    struct str *list;
    size_t count;
    int64_t now = clock_now();
    if (now < worker->jobs->backup_again_at)
        return;
    if (!folder_read(a, plan, false, &list, &count, &e)) {
        failed(worker, now, &e);
        return;
    }
    if (newest_at(a, plan, list, count) >= backup_appointed(now, plan->minute))
        return;
    if (!folder_read(a, plan, true, &list, &count, &e))
        failed(worker, now, &e);
    else
        make(worker, a, plan);
}
