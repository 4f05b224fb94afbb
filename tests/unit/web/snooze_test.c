/* SPDX-License-Identifier: Apache-2.0 */
/* The mornings until which a conversation sleeps. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "web/desk/model.h"

int web_snooze_test(void);

static void wakes(const char *now, const char *until, const char *expected)
{
    struct arena *arena = arena_new();
    int64_t at;
    assert_true(clock_parse_iso(str_from(now), &at));
    int64_t morning = snooze_morning(at, str_from(until), "Europe/Rome");
    assert_string_equal(str_cstr(arena, clock_iso(arena, morning)), expected);
    arena_free(arena);
}

static void mornings(void **state)
{
    (void)state;
    wakes("2026-11-18T13:00:00Z", "tomorrow", "2026-11-19T08:00:00Z");
    wakes("2026-11-18T13:00:00Z", "week", "2026-11-23T08:00:00Z"); /* a Wednesday: the Monday after */
    wakes("2026-11-20T13:00:00Z", "week", "2026-11-23T08:00:00Z");
    wakes("2026-11-22T13:00:00Z", "week", "2026-11-30T08:00:00Z");     /* a Sunday: Monday is tomorrow */
    wakes("2026-11-23T06:00:00Z", "week", "2026-11-30T08:00:00Z");     /* a Monday */
    wakes("2026-11-22T23:30:00Z", "tomorrow", "2026-11-24T08:00:00Z"); /* Monday already in Rome */
    wakes("2026-10-24T10:00:00Z", "tomorrow", "2026-10-25T08:00:00Z"); /* the night the clocks go back */
    wakes("2026-12-30T10:00:00Z", "week", "2027-01-04T08:00:00Z");
}

int web_snooze_test(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mornings)};
    return cmocka_run_group_tests_name("web/snooze", tests, NULL, NULL);
}
