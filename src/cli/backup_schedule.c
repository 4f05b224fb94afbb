/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of scheduled backups, checked at the start, and the making of one. */
#include "cli/backup_schedule.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "care/backups.h"
#include "care/house.h"
#include "cli/backup_file.h"
#include "cli/serve.h"

#define MINUTE_DEFAULT (3 * 60)
#define KEEP_DEFAULT   7
#define KEEP_MOST      1000

struct asked {
    bool (*go_on)(void *ctx);
    void *ctx;
};

static bool asks(void *ctx, const char *what, int64_t done, int64_t total)
{
    const struct asked *asked = ctx;
    (void)what;
    (void)done;
    (void)total;
    return asked->go_on(asked->ctx);
}

static bool make(struct arena *a, const char *path, bool (*go_on)(void *go_on_ctx), void *go_on_ctx, void *ctx,
                 struct error *e)
{
    const struct backup_schedule *schedule = ctx;
    struct asked asked = {go_on, go_on_ctx};
    struct backup_make make = {
        .db = schedule->house->db, .data_dir = schedule->data_dir, .path = path, .progress = asks, .ctx = &asked};
    return backup_make(a, &make, e);
}

/* "03:30" as minutes of the day. */
static bool minute_parse(const char *text, int *out, struct error *e)
{
    int64_t hour, minute;
    struct str s = str_from(text);
    *out = MINUTE_DEFAULT;
    if (!text)
        return true;
    if (s.len != 5 || s.ptr[2] != ':' || !str_int64(str_slice(s, 0, 2), &hour) ||
        !str_int64(str_slice(s, 3, 5), &minute) || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return fail(e, ERR_BAD_INPUT, "--backup-at is a time of the day, like 03:30");
    *out = (int)(hour * 60 + minute);
    return true;
}

static bool keep_parse(const char *text, int *out, struct error *e)
{
    int64_t keep = KEEP_DEFAULT;
    if (text && (!str_int64(str_from(text), &keep) || keep < 1 || keep > KEEP_MOST))
        return fail(e, ERR_BAD_INPUT, "--backup-keep is how many backups stay, 1 to %d", KEEP_MOST);
    *out = (int)keep;
    return true;
}

static bool folder_fits(const char *path, struct error *e)
{
    struct stat info;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fail(e, ERR_BAD_INPUT, "The folder %s for backups cannot be made: %s", path, strerror(errno));
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return fail(e, ERR_BAD_INPUT, "%s is no folder for backups", path);
    return access(path, W_OK | X_OK) == 0 ||
           fail(e, ERR_BAD_INPUT, "The folder %s for backups cannot be written: %s", path, strerror(errno));
}

static bool forget(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return backup_state_clear(tx, e);
}

bool backup_schedule_open(struct backup_schedule *schedule, struct jobs *jobs, const struct serve_config *config,
                          struct error *e)
{
    struct backup_plan plan = {.dir = config->backup_to, .make = make, .ctx = schedule};
    if (!config->backup_to && (config->backup_at || config->backup_keep))
        return fail(e, ERR_BAD_INPUT, "--backup-to FOLDER is missing");
    if (!config->backup_to)
        return true;
    if (strcmp(config->backup_to, "off") == 0)
        return db_write(schedule->house->db, 0, forget, NULL, e);
    return minute_parse(config->backup_at, &plan.minute, e) && keep_parse(config->backup_keep, &plan.keep, e) &&
           folder_fits(config->backup_to, e) && jobs_backups(jobs, &plan, e);
}
