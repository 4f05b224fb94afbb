/* SPDX-License-Identifier: Apache-2.0 */
/* Opening hours: how they are read and said, and what they say at a moment, over nights, holidays and the change of
 * the clocks; the wait, measured. */
#include "care/hours.h"

#include "house_fixture.h"

int care_hours_test(void);

static struct opening *list;
static size_t count;

static bool reads(struct care *c, int weekday, const char *text)
{
    return hours_read(c->arena, str_from(text), weekday, &list, &count);
}

static void spans_are_read_and_said(void **state)
{
    struct care *c = *state;
    list = NULL;
    count = 0;
    assert_true(reads(c, 1, "9-13, 14:30-18"));
    assert_true(reads(c, 2, "  9:00–18.30 "));
    assert_true(reads(c, 3, ""));
    assert_true(reads(c, 4, "0-24"));
    assert_int_equal(count, 4);
    assert_str(hours_text(c->arena, list, count, 1), "9:00–13:00, 14:30–18:00");
    assert_str(hours_text(c->arena, list, count, 2), "9:00–18:30");
    assert_str(hours_text(c->arena, list, count, 3), "");
    assert_str(hours_text(c->arena, list, count, 4), "0:00–24:00");
    static const char *const wrong[] = {"9",       "18-9", "9-25",   "9:5-10", "9-13, 12-18", "nine to five",
                                        "9-13-18", "-",    "9-24:30"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(reads(c, 5, wrong[i]));
}

static struct hours_now at(struct care *c, struct brand *brand, const char *moment)
{
    struct hours_now now;
    int64_t when;
    assert_true(clock_parse_iso(str_from(moment), &when));
    DO(c, hours_at(tx, c->arena, brand, when, &now, &e));
    return now;
}

static int64_t iso(const char *moment)
{
    int64_t when;
    assert_true(clock_parse_iso(str_from(moment), &when));
    return when;
}

static void nothing_is_said_of_hours_that_are_not_known(void **state)
{
    struct care *c = *state;
    struct brand brand = {.id = c->brand, .zone = STR("Europe/Rome")};
    assert_false(at(c, &brand, "2026-11-23T10:00:00Z").known);
}

static void it_is_open_or_says_when_people_are_back(void **state)
{
    struct care *c = *state;
    struct brand brand = {.id = c->brand, .zone = STR("Europe/Rome")};
    list = NULL;
    count = 0;
    for (int day = 1; day <= 5; day++)
        assert_true(reads(c, day, "9-13, 14-18"));
    DO(c, opening_put(tx, c->brand, list, count, &e));
    struct hours_now now = at(c, &brand, "2026-11-23T08:30:00Z"); /* Monday, 9:30 in Rome */
    assert_true(now.known && now.open && now.until == iso("2026-11-23T12:00:00Z"));
    now = at(c, &brand, "2026-11-23T12:15:00Z"); /* the pause */
    assert_true(!now.open && now.next == iso("2026-11-23T13:00:00Z"));
    now = at(c, &brand, "2026-11-20T17:30:00Z"); /* Friday evening */
    assert_true(!now.open && now.next == iso("2026-11-23T08:00:00Z"));
    now = at(c, &brand, "2026-11-23T17:00:00Z"); /* the very end */
    assert_true(!now.open && now.next == iso("2026-11-24T08:00:00Z"));
    DO(c, closed_day_add(tx, c->brand, 20261123, &e));
    now = at(c, &brand, "2026-11-20T17:30:00Z");
    assert_true(now.next == iso("2026-11-24T08:00:00Z"));
    DO(c, closed_day_remove(tx, c->brand, 20261123, &e));
    /* the clocks go back on Sunday 25 October: nine o'clock is an hour later by UTC */
    now = at(c, &brand, "2026-10-23T17:30:00Z");
    assert_true(now.next == iso("2026-10-26T08:00:00Z"));
    now = at(c, &brand, "2026-10-22T17:30:00Z");
    assert_true(now.next == iso("2026-10-23T07:00:00Z"));
}

static int64_t after(struct care *c, struct brand *brand, const char *moment, int64_t hours)
{
    int64_t out;
    DO(c, hours_after(tx, c->arena, brand, iso(moment), hours * HOUR_US, &out, &e));
    return out;
}

static void time_in_which_people_are_there_is_counted(void **state)
{
    struct care *c = *state;
    struct brand brand = {.id = c->brand, .zone = STR("Europe/Rome")};
    assert_true(after(c, &brand, "2026-11-20T17:30:00Z", 3) == iso("2026-11-20T20:30:00Z")); /* hours are not known */
    list = NULL;
    count = 0;
    for (int day = 1; day <= 5; day++)
        assert_true(reads(c, day, "9-13, 14-18"));
    DO(c, opening_put(tx, c->brand, list, count, &e));
    assert_true(after(c, &brand, "2026-11-23T08:30:00Z", 1) == iso("2026-11-23T09:30:00Z"));
    assert_true(after(c, &brand, "2026-11-23T08:30:00Z", 4) == iso("2026-11-23T13:30:00Z")); /* over the pause */
    assert_true(after(c, &brand, "2026-11-23T08:00:00Z", 8) == iso("2026-11-23T17:00:00Z")); /* the whole day */
    assert_true(after(c, &brand, "2026-11-20T16:00:00Z", 2) == iso("2026-11-23T09:00:00Z")); /* over a weekend */
    assert_true(after(c, &brand, "2026-11-20T16:00:00Z", 0) == iso("2026-11-20T16:00:00Z"));
    DO(c, closed_day_add(tx, c->brand, 20261123, &e));
    assert_true(after(c, &brand, "2026-11-20T16:00:00Z", 2) == iso("2026-11-24T09:00:00Z"));
    DO(c, closed_day_remove(tx, c->brand, 20261123, &e));
}

static void the_wait_is_measured(void **state)
{
    struct care *c = *state;
    struct wait_usual wait;
    bool said;
    int64_t now = clock_now();
    static const int64_t minutes[] = {2, 40, 5, 6, 4};
    DO(c, wait_usual(tx, c->arena, c->brand, now, &said, &wait, &e));
    assert_false(said);
    for (size_t i = 0; i < COUNT_OF(minutes); i++)
        DO(c, waited_add(tx, c->brand, id_at(now - 2 * DAY_US), minutes[i] * MINUTE_US, &e));
    DO(c, wait_usual(tx, c->arena, c->brand, now, &said, &wait, &e));
    assert_true(said && !wait.recent && wait.seconds == 5 * 60);
    for (int i = 0; i < 3; i++)
        DO(c, waited_add(tx, c->brand, id_at(now - HOUR_US), 12 * MINUTE_US, &e));
    DO(c, wait_usual(tx, c->arena, c->brand, now, &said, &wait, &e));
    assert_true(said && wait.recent && wait.seconds == 12 * 60);
}

int care_hours_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(spans_are_read_and_said),
        CARE_TEST(nothing_is_said_of_hours_that_are_not_known),
        CARE_TEST(it_is_open_or_says_when_people_are_back),
        CARE_TEST(time_in_which_people_are_there_is_counted),
        CARE_TEST(the_wait_is_measured),
    };
    return cmocka_run_group_tests_name("care/hours", tests, NULL, NULL);
}
