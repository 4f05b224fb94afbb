/* SPDX-License-Identifier: Apache-2.0 */
/* When a backup is due, what stays in the folder, and what is told of it. */
#include "../care/house_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "care/backups.h"
#include "jobs/jobs_internal.h"

int jobs_backup_test(void);

struct maker {
    int calls;
    bool fails, wants_on;
};

static bool make(struct arena *a, const char *path, bool (*go_on)(void *), void *go_on_ctx, void *ctx,
                 struct error *e)
{
    struct maker *maker = ctx;
    (void)a;
    maker->calls++;
    maker->wants_on = go_on(go_on_ctx);
    if (maker->fails)
        return (fail)(e, ERR_STORAGE, "There is no room");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("all of it", f);
    return fclose(f) == 0;
}

struct daily {
    struct care *c;
    struct jobs jobs;
    struct maker maker;
    char folder[64];
};

static void zone_set(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void daily_begin(struct daily *d, struct care *c, int keep)
{
    *d = (struct daily){.c = c};
    strcpy(d->folder, "/tmp/ascolto-daily-XXXXXX");
    assert_non_null(mkdtemp(d->folder));
    zone_set("UTC");
    d->jobs.house = c->h->house;
    d->jobs.backups = (struct backup_plan){.dir = d->folder, .keep = keep, .make = make, .ctx = &d->maker};
    d->jobs.backup = (struct worker){.jobs = &d->jobs, .name = "backup"};
    pthread_mutex_init(&d->jobs.backup.lock, NULL);
}

static void daily_end(struct daily *d)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", d->folder);
    assert_int_equal(system(command), 0);
    pthread_mutex_destroy(&d->jobs.backup.lock);
}

static void turn(struct daily *d)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    backup_turn(&d->jobs.backup, a);
}

static struct backup_state state_now(struct care *c)
{
    struct backup_state state;
    DO(c, backup_state_read(tx, c->arena, &state, &e));
    return state;
}

/* A file of that name, as old as that. */
static void put(struct daily *d, const char *name, int64_t age_us)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", d->folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    struct timespec at = {.tv_sec = (clock_now() - age_us) / SECOND_US};
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){at, at}, 0), 0);
}

static bool there(struct daily *d, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", d->folder, name);
    return access(path, F_OK) == 0;
}

static int64_t moment(const char *text)
{
    int64_t at;
    assert_true(clock_parse_iso(str_from(text), &at));
    return at;
}

static void the_appointed_time(void **state)
{
    (void)state;
    zone_set("UTC");
    assert_int_equal(backup_appointed(moment("2026-11-22T08:00:00Z"), 180), moment("2026-11-22T03:00:00Z"));
    assert_int_equal(backup_appointed(moment("2026-11-22T03:00:00Z"), 180), moment("2026-11-22T03:00:00Z"));
    assert_int_equal(backup_appointed(moment("2026-11-22T02:59:59Z"), 180), moment("2026-11-21T03:00:00Z"));
    assert_int_equal(backup_appointed(moment("2026-01-01T00:00:00Z"), 1439), moment("2025-12-31T23:59:00Z"));
    zone_set("Europe/Rome");
    assert_int_equal(backup_appointed(moment("2026-07-01T12:00:00Z"), 180), moment("2026-07-01T01:00:00Z"));
    /* on the two days whose hours are not 24, at a time that is there twice or not at all */
    static const char *const days[] = {"2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"};
    for (size_t i = 0; i < COUNT_OF(days); i++)
        for (int64_t at = moment(days[i]) - DAY_US; at < moment(days[i]) + 2 * DAY_US; at += 10 * MINUTE_US) {
            int64_t last = backup_appointed(at, 150);
            assert_true(last <= at && last > at - 26 * HOUR_US);
        }
    zone_set("UTC");
}

static void one_a_day(void **state)
{
    struct daily d;
    struct backup_state told;
    daily_begin(&d, *state, 3);
    assert_int_equal(state_now(d.c).at, 0);
    turn(&d); /* there is none: at once */
    assert_int_equal(d.maker.calls, 1);
    assert_true(d.maker.wants_on);
    told = state_now(d.c);
    assert_true(told.at > clock_now() - MINUTE_US && told.failed_at == 0);
    assert_int_equal(told.size, strlen("all of it"));
    assert_true(str_starts(told.path, str_from(d.folder)) && str_ends(told.path, STR(".backup")));
    turn(&d);
    turn(&d);
    assert_int_equal(d.maker.calls, 1);
    /* yesterday's does not do */
    struct timespec old = {.tv_sec = (clock_now() - 25 * HOUR_US) / SECOND_US};
    assert_int_equal(utimensat(AT_FDCWD, str_cstr(d.c->arena, told.path), (struct timespec[]){old, old}, 0), 0);
    turn(&d);
    assert_int_equal(d.maker.calls, 2);
    daily_end(&d);
}

static void the_oldest_go_and_nothing_else(void **state)
{
    struct daily d;
    daily_begin(&d, *state, 2);
    put(&d, "ascolto-2020-01-01.backup", 400 * DAY_US);
    put(&d, "ascolto-2020-01-02.backup", 300 * DAY_US);
    put(&d, "ascolto-2020-01-02.backup.part", 300 * DAY_US);
    put(&d, "ascolto-2020-01-02.backup.copy", 300 * DAY_US);
    put(&d, "ascolto.backup", 300 * DAY_US);
    put(&d, "notes-2020-01-01.backup", 300 * DAY_US);
    put(&d, "ascolto-2020-01-01.backups", 300 * DAY_US);
    turn(&d);
    assert_int_equal(d.maker.calls, 1);
    assert_false(there(&d, "ascolto-2020-01-01.backup"));
    assert_true(there(&d, "ascolto-2020-01-02.backup"));
    assert_false(there(&d, "ascolto-2020-01-02.backup.part") || there(&d, "ascolto-2020-01-02.backup.copy"));
    assert_true(there(&d, "ascolto.backup") && there(&d, "notes-2020-01-01.backup"));
    assert_true(there(&d, "ascolto-2020-01-01.backups"));
    daily_end(&d);
}

static void what_failed_is_told_and_tried_again(void **state)
{
    struct daily d;
    daily_begin(&d, *state, 2);
    put(&d, "ascolto-2020-01-01.backup", 400 * DAY_US);
    put(&d, "ascolto-2020-01-02.backup", 300 * DAY_US);
    put(&d, "ascolto-2020-01-03.backup", 300 * DAY_US);
    d.maker.fails = true;
    turn(&d);
    assert_true(there(&d, "ascolto-2020-01-01.backup")); /* nothing goes when nothing came */
    struct backup_state told = state_now(d.c);
    assert_true(told.failed_at > 0 && told.at == 0 && str_eq(told.words, STR("There is no room")));
    turn(&d); /* not at once */
    assert_int_equal(d.maker.calls, 1);
    d.jobs.backup_again_at = 0;
    d.maker.fails = false;
    turn(&d);
    assert_int_equal(d.maker.calls, 2);
    told = state_now(d.c);
    assert_true(told.at > 0 && told.failed_at == 0 && told.words.len == 0);
    int64_t made = told.at;
    daily_end(&d); /* the folder is gone */
    turn(&d);
    told = state_now(d.c);
    assert_true(told.failed_at > told.at && told.at == made);
    assert_true(str_find(told.words, STR("cannot be opened")) >= 0);
}

static void who_is_ending_tells_no_failure(void **state)
{
    struct daily d;
    daily_begin(&d, *state, 2);
    d.maker.fails = true;
    d.jobs.backup.closing = true;
    turn(&d);
    assert_false(d.maker.wants_on);
    assert_int_equal(state_now(d.c).failed_at, 0);
    daily_end(&d);
}

static void a_state_is_forgotten(void **state)
{
    struct care *c = *state;
    struct backup_state some = {
        .at = 5, .size = 6, .duration = 7, .path = STR("/b"), .failed_at = 8, .words = STR("w")};
    DO(c, backup_state_write(tx, &some, &e));
    struct backup_state read = state_now(c);
    assert_true(read.at == 5 && read.size == 6 && read.duration == 7 && read.failed_at == 8);
    assert_true(str_eq(read.path, STR("/b")) && str_eq(read.words, STR("w")));
    DO(c, backup_state_clear(tx, &e));
    read = state_now(c);
    assert_true(read.at == 0 && read.failed_at == 0 && read.path.len == 0);
}

int jobs_backup_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(the_appointed_time),
        CARE_TEST(one_a_day),
        CARE_TEST(the_oldest_go_and_nothing_else),
        CARE_TEST(what_failed_is_told_and_tried_again),
        CARE_TEST(who_is_ending_tells_no_failure),
        CARE_TEST(a_state_is_forgotten),
    };
    return cmocka_run_group_tests_name("jobs/backup", tests, NULL, NULL);
}
