/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar, zones (with their changes, past and far ahead) and ISO 8601. Where the C library can answer the
 * same question, its answer is the measure. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/zone.h"

static void reads_the_dates_of_http(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sunday, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov  6 08:49:37 1994",
                                      "Sun, 06 Nop 1994 08:49:37 GMT",
                                      "Sun, 32 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 24:49:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:37 CET",
                                      "Sun, 06 Nov 19x4 08:49:37 GMT"};
    int64_t at = 0;
    assert_true(clock_parse_http(STR("Sun, 06 Nov 1994 08:49:37 GMT"), &at));
    assert_true(at == INT64_C(784111777) * SECOND_US);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(clock_parse_http(str_from(bad[i]), &at));
}

int base_clock_test(void);

#define ROME "Europe/Rome"

static int64_t iso(const char *text)
{
    int64_t at = 0;
    if (!clock_parse_iso(str_from(text), &at))
        fail_msg("\"%s\" is refused", text);
    return at;
}

static void assert_wall(int64_t at, const char *zone, const char *expected)
{
    struct clock_parts p = clock_split(at, zone);
    char got[64];
    snprintf(got, sizeof(got), "%04d-%02d-%02d %02d:%02d:%02d", p.year, p.month, p.day, p.hour, p.minute, p.second);
    assert_string_equal(got, expected);
}

static void splits_in_zones(void **state)
{
    (void)state;
    assert_wall(0, NULL, "1970-01-01 00:00:00");
    assert_wall(-1, "UTC", "1969-12-31 23:59:59");
    assert_wall(iso("2026-01-15T12:00:00Z"), ROME, "2026-01-15 13:00:00");
    assert_wall(iso("2026-07-15T12:00:00Z"), ROME, "2026-07-15 14:00:00");
    assert_wall(iso("2026-07-15T12:00:00Z"), "Asia/Kolkata", "2026-07-15 17:30:00");
    assert_wall(iso("2026-07-15T12:00:00Z"), "America/St_Johns", "2026-07-15 09:30:00");
    assert_wall(iso("2026-01-15T12:00:00Z"), "Australia/Sydney", "2026-01-15 23:00:00");
    assert_wall(iso("2026-07-15T12:00:00Z"), "Asia/Kathmandu", "2026-07-15 17:45:00");
    /* Only the rule at the end of the file knows these. */
    assert_wall(iso("2093-07-15T12:00:00Z"), ROME, "2093-07-15 14:00:00");
    assert_wall(iso("2093-01-15T12:00:00Z"), ROME, "2093-01-15 13:00:00");
    assert_wall(iso("2093-01-15T12:00:00Z"), "Australia/Sydney", "2093-01-15 23:00:00");
    assert_int_equal(clock_split(iso("2026-11-21T12:00:00Z"), NULL).weekday, 6);
    assert_int_equal(clock_split(iso("1969-12-28T12:00:00Z"), NULL).weekday, 0);
}

static void unknown_zones_are_utc(void **state)
{
    static const char *const names[] = {"",
                                        "Nowhere/City",
                                        "/etc/passwd",
                                        "../../../etc/passwd",
                                        "Europe",
                                        "Europe/../Europe/Rome",
                                        "Europe/Rome\n",
                                        "/Europe/Rome",
                                        ".",
                                        "tzdata.zi",
                                        "zone.tab",
                                        "Europe//"};
    char endless[5000];
    (void)state;
    memset(endless, 'A', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    int64_t at = iso("2026-07-15T12:00:00Z");
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_wall(at, names[i], "2026-07-15 12:00:00");
    assert_wall(at, endless, "2026-07-15 12:00:00");
}

static void join_is_the_reverse_of_split(void **state)
{
    static const char *const zones[] = {NULL,
                                        ROME,
                                        "America/New_York",
                                        "Australia/Lord_Howe",
                                        "Asia/Kolkata",
                                        "Africa/Casablanca",
                                        "America/Santiago",
                                        "Pacific/Apia",
                                        "Europe/Dublin"};
    (void)state;
    for (size_t z = 0; z < COUNT_OF(zones); z++)
        for (int64_t at = iso("1950-01-01T00:00:00Z"); at < iso("2110-01-01T00:00:00Z");
             at += 100003 * INT64_C(997) * 1000) {
            int64_t second = at - (at % SECOND_US + SECOND_US) % SECOND_US;
            struct clock_parts p = clock_split(second, zones[z]);
            int64_t back = clock_join(p, zones[z]);
            struct clock_parts again = clock_split(back, zones[z]);
            /* An hour that comes twice may give the first one. */
            if (back > second || memcmp(&p, &again, sizeof(p)) != 0)
                fail_msg("%s at %lld", zones[z] ? zones[z] : "UTC", (long long)second);
        }
}

static void join_at_the_changes(void **state)
{
    (void)state;
    struct clock_parts skipped = {2026, 3, 29, 2, 30, 0, 0}, twice = {2026, 10, 25, 2, 30, 0, 0};
    assert_int_equal(clock_join(skipped, ROME), iso("2026-03-29T01:30:00Z"));
    assert_wall(clock_join(skipped, ROME), ROME, "2026-03-29 03:30:00");
    assert_int_equal(clock_join(twice, ROME), iso("2026-10-25T00:30:00Z"));
    struct clock_parts after = {2026, 10, 25, 3, 0, 0, 0}, before = {2026, 3, 29, 1, 59, 59, 0};
    assert_int_equal(clock_join(after, ROME), iso("2026-10-25T02:00:00Z"));
    assert_int_equal(clock_join(before, ROME), iso("2026-03-29T00:59:59Z"));
    struct clock_parts overflowing = {2026, 14, 35, 25, 61, 61, 0}; /* months, days … beyond their ends carry over */
    assert_wall(clock_join(overflowing, NULL), NULL, "2027-03-08 02:02:01");
    struct clock_parts backwards = {2026, 1, 0, -1, 0, 0, 0};
    assert_wall(clock_join(backwards, NULL), NULL, "2025-12-30 23:00:00");
    struct clock_parts far = {INT32_MAX, 1, 1, 0, 0, 0, 0};
    assert_true(clock_join(far, ROME) > 0);
    far.year = INT32_MIN;
    assert_true(clock_join(far, ROME) < 0);
}

/* The C library reads TZ of the whole process, so this runs in a process of its own. */
static int compare_with_libc(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
    for (int64_t at = -INT64_C(2200000000); at < INT64_C(4200000000); at += 86400 * 5 + 3607) {
        time_t seconds = (time_t)at;
        struct tm tm;
        localtime_r(&seconds, &tm);
        struct clock_parts p = clock_split(at * SECOND_US, zone);
        if (p.year != tm.tm_year + 1900 || p.month != tm.tm_mon + 1 || p.day != tm.tm_mday || p.hour != tm.tm_hour ||
            p.minute != tm.tm_min || p.second != tm.tm_sec || p.weekday != tm.tm_wday)
            return 1;
    }
    return 0;
}

static void agrees_with_the_c_library(void **state)
{
    static const char *const zones[] = {ROME,
                                        "Europe/London",
                                        "Europe/Dublin",
                                        "America/New_York",
                                        "America/Sao_Paulo",
                                        "America/St_Johns",
                                        "America/Nuuk",
                                        "Africa/Cairo",
                                        "Africa/Casablanca",
                                        "Asia/Kolkata",
                                        "Asia/Tehran",
                                        "Asia/Gaza",
                                        "Asia/Shanghai",
                                        "Australia/Lord_Howe",
                                        "Pacific/Chatham",
                                        "Pacific/Apia",
                                        "Antarctica/Troll",
                                        "Etc/GMT+12",
                                        "EST5EDT"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        int status = 0;
        fflush(NULL);
        pid_t child = fork();
        if (child == 0)
            _exit(compare_with_libc(zones[i]));
        assert_true(child > 0);
        waitpid(child, &status, 0);
        if (status != 0)
            fail_msg("%s differs", zones[i]);
    }
}

static void days_begin_at_midnight_there(void **state)
{
    (void)state;
    assert_int_equal(clock_day(iso("2026-11-20T23:30:00Z"), ROME), 20261121);
    assert_int_equal(clock_day(iso("2026-11-20T23:30:00Z"), NULL), 20261120);
    assert_int_equal(clock_day_start(20261121, ROME), iso("2026-11-20T23:00:00Z"));
    assert_int_equal(clock_day_start(20261121, "UTC"), iso("2026-11-21T00:00:00Z"));
    /* Midnight was skipped in Cairo on this day: it began at one. */
    assert_int_equal(clock_day(clock_day_start(20240426, "Africa/Cairo"), "Africa/Cairo"), 20240426);
    assert_int_equal(clock_day(clock_day_start(20240426, "Africa/Cairo") - 1, "Africa/Cairo"), 20240425);
    for (int64_t at = iso("2020-01-01T12:00:00Z"); at < iso("2030-01-01T12:00:00Z"); at += DAY_US) {
        int64_t day = clock_day(at, "America/Sao_Paulo"), start = clock_day_start(day, "America/Sao_Paulo");
        assert_true(start <= at);
        assert_int_equal(clock_day(start, "America/Sao_Paulo"), day);
        assert_int_not_equal(clock_day(start - 1, "America/Sao_Paulo"), day);
    }
}

static void reads_iso_8601(void **state)
{
    static const struct {
        const char *text;
        int64_t at;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01", 0},
        {"1970-01-01 00:00", 0},
        {"1970-01-01t00:00:01z", SECOND_US},
        {"1970-01-01T00:00:00.5Z", SECOND_US / 2},
        {"1970-01-01T00:00:00,25", SECOND_US / 4},
        {"1970-01-01T00:00:00.123456789Z", 123456},
        {"1970-01-01T00:00:00.000001+00:00", 1},
        {"1970-01-01T02:00:00+02:00", 0},
        {"1970-01-01T02:00:00+0200", 0},
        {"1970-01-01T02:00:00+02", 0},
        {"1969-12-31T18:30:00-05:30", 0},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800) * SECOND_US},
        {"2000-02-29T00:00:00Z", INT64_C(951782400) * SECOND_US},
        {"2026-11-21T14:30:05Z", INT64_C(1795271405) * SECOND_US},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (iso(cases[i].text) != cases[i].at)
            fail_msg("%s: %lld", cases[i].text, (long long)iso(cases[i].text));
}

static void refuses_other_times(void **state)
{
    static const char *const bad[] = {"",
                                      "now",
                                      "2026",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-02-29",
                                      "1900-02-29",
                                      "2026-04-31",
                                      "2026-1-1",
                                      "26-01-01",
                                      "2026/01/01",
                                      "2026-01-32",
                                      "2026-01-00",
                                      "2026-01-01T",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T12",
                                      "2026-01-01T12:60",
                                      "2026-01-01T12:00:61Z",
                                      "2026-01-01T12:00:00.Z",
                                      "2026-01-01T12:00:00ZZ",
                                      "2026-01-01T12:00:00 Z",
                                      "2026-01-01T12:00:00+",
                                      "2026-01-01T12:00:00+2",
                                      "2026-01-01T12:00:00+02:6",
                                      "2026-01-01T12:00:00+02:60",
                                      "2026-01-01T12:00:00+24:00",
                                      "2026-01-01T12:00:00*02:00",
                                      "2026-01-01X12:00:00Z",
                                      "-026-01-01T12:00:00Z",
                                      "2026-01-01T12:00:00+02:",
                                      " 2026-01-01"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t at = 42;
        if (clock_parse_iso(str_from(bad[i]), &at) || at != 42)
            fail_msg("\"%s\" is accepted", bad[i]);
    }
}

static void writes_iso_8601(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_string_equal(clock_iso(a, 0).ptr, "1970-01-01T00:00:00Z");
    assert_string_equal(clock_iso(a, -1).ptr, "1969-12-31T23:59:59.999999Z");
    assert_string_equal(clock_iso(a, iso("2026-11-21T14:30:05.12Z")).ptr, "2026-11-21T14:30:05.120000Z");
    for (int64_t at = -INT64_C(60000000000000000); at < INT64_C(250000000000000000); at += INT64_C(77777777777777)) {
        int64_t back;
        assert_true(clock_parse_iso(clock_iso(a, at), &back));
        assert_int_equal(back, at);
    }
    assert_true(clock_iso(a, INT64_MAX).len > 20);
    assert_true(clock_iso(a, INT64_MIN).len > 20);
    arena_free(a);
}

static void tells_epoch_units_apart(void **state)
{
    int64_t expected = iso("2026-11-21T14:30:05Z");
    (void)state;
    assert_int_equal(clock_from_epoch(1795271405), expected);
    assert_int_equal(clock_from_epoch(1795271405000), expected);
    assert_int_equal(clock_from_epoch(1795271405000000), expected);
    assert_int_equal(clock_from_epoch(0), 0);
    assert_int_equal(clock_from_epoch(-1), -SECOND_US);
    assert_int_equal(clock_from_epoch(INT64_MIN), INT64_MIN);
    assert_int_equal(clock_from_epoch(INT64_MAX), INT64_MAX);
}

static void clocks_move_forward(void **state)
{
    (void)state;
    int64_t a = clock_monotonic(), b = clock_monotonic();
    assert_true(b >= a);
    assert_true(llabs(clock_now() / SECOND_US - (int64_t)time(NULL)) <= 2);
}

static const struct {
    const char *rule, *at;
    int64_t offset;
} rule_cases[] = {
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2050-03-27T00:59:59Z", 3600},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2050-03-27T01:00:00Z", 7200},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2050-10-30T00:59:59Z", 7200},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2050-10-30T01:00:00Z", 3600},
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2050-01-01T00:00:00Z", 39600},
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2050-07-01T00:00:00Z", 37800},
    {"IST-1GMT0,M10.5.0,M3.5.0/1", "2050-01-01T00:00:00Z", 0},
    {"IST-1GMT0,M10.5.0,M3.5.0/1", "2050-07-01T00:00:00Z", 3600},
    {"EST5EDT,J60,J300", "2052-02-29T12:00:00Z", -18000}, /* J60 is the first of March in every year */
    {"EST5EDT,J60,J300", "2052-03-01T12:00:00Z", -14400},
    {"EST5EDT,59,300", "2052-02-29T12:00:00Z", -14400},      /* 59 is the 29th of February where there is one */
    {"EST5EDT,0/0,J365/25", "2050-12-31T23:00:00Z", -14400}, /* summer all year */
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T00:59:59Z", -7200},
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T01:00:00Z", -3600},
    {"UTC0", "2050-01-01T00:00:00Z", 0},
    {"XXX-1:30:15", "2050-01-01T00:00:00Z", 5415},
};

static void reads_posix_rules(void **state)
{
    static const char *const bad[] = {"",
                                      "C",
                                      "1",
                                      "CET",
                                      "CET-",
                                      "CET-1CEST",
                                      "CET-1CEST,M3.5.0",
                                      "CET-1CEST,M13.1.0,M1.1.0",
                                      "CET-1CEST,M3.6.0,M1.1.0",
                                      "CET-1CEST,M3.1.7,M1.1.0",
                                      "CET-1CEST,J0,J1",
                                      "CET-1CEST,366,1",
                                      "CET-1CEST,J1,J2x",
                                      "<CET-1",
                                      "CET-999",
                                      "CET-1:99"};
    (void)state;
    struct zone_rule rule;
    for (size_t i = 0; i < COUNT_OF(rule_cases); i++) {
        assert_true(zone_rule_parse(str_from(rule_cases[i].rule), &rule));
        int64_t at = iso(rule_cases[i].at) / SECOND_US;
        if (zone_rule_offset(&rule, at) != rule_cases[i].offset)
            fail_msg("%s at %s: %lld", rule_cases[i].rule, rule_cases[i].at, (long long)zone_rule_offset(&rule, at));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (zone_rule_parse(str_from(bad[i]), &rule))
            fail_msg("%s is accepted", bad[i]);
}

static void *ask_many_zones(void *wrong)
{
    for (int i = 0; i < 3000; i++) {
        char name[32];
        int hours = i % 12 + 1, kind = i % 3;
        if (kind == 2)
            snprintf(name, sizeof(name), "No/Zone%d", i);
        else
            snprintf(name, sizeof(name), "Etc/GMT%c%d", kind == 0 ? '+' : '-', hours);
        int64_t expected = kind == 0 ? -3600 * hours : kind == 1 ? 3600 * hours : 0;
        if (zone_offset(name, 0) != expected || zone_offset(ROME, 1784116800) != 7200)
            *(bool *)wrong = true;
    }
    return NULL;
}

/* More names than are kept, so that zones are dropped and read again while others ask. */
static void zones_are_shared_by_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    bool wrong[COUNT_OF(threads)] = {false};
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many_zones, &wrong[i]), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        pthread_join(threads[i], NULL);
        assert_false(wrong[i]);
    }
}

int base_clock_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_in_zones),
        cmocka_unit_test(unknown_zones_are_utc),
        cmocka_unit_test(join_is_the_reverse_of_split),
        cmocka_unit_test(join_at_the_changes),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(days_begin_at_midnight_there),
        cmocka_unit_test(reads_iso_8601),
        cmocka_unit_test(refuses_other_times),
        cmocka_unit_test(reads_the_dates_of_http),
        cmocka_unit_test(writes_iso_8601),
        cmocka_unit_test(tells_epoch_units_apart),
        cmocka_unit_test(clocks_move_forward),
        cmocka_unit_test(reads_posix_rules),
        cmocka_unit_test(zones_are_shared_by_threads),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
