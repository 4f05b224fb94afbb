/* SPDX-License-Identifier: Apache-2.0 */
/* Hunches: the last thing said is remembered, and what is not known is 0. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/hunch.h"

int web_hunch_test(void);

static void the_last_one_counts(void **state)
{
    struct hunches *hunches = *state;
    assert_int_equal(hunch(hunches, HUNCH_AGENT, 7), 0);
    hunch_keep(hunches, HUNCH_AGENT, 7, 70);
    hunch_keep(hunches, HUNCH_AGENT, 7, 71);
    assert_int_equal(hunch(hunches, HUNCH_AGENT, 7), 71);
    assert_int_equal(hunch(hunches, HUNCH_AGENT, 8), 0);
    assert_int_equal(hunch(hunches, HUNCH_BRAND, 7), 0);
    hunch_keep(hunches, HUNCH_BRAND, 7, 1);
    assert_int_equal(hunch(hunches, HUNCH_AGENT, 7), 71);
}

/* Many more than there is room for: each is either right or not known, never another's. */
static void none_has_anothers(void **state)
{
    struct hunches *hunches = *state;
    int known = 0;
    for (uint64_t i = 1; i <= 50000; i++)
        hunch_keep(hunches, HUNCH_PERSON, i << 22, (int64_t)i);
    for (uint64_t i = 1; i <= 50000; i++) {
        int64_t value = hunch(hunches, HUNCH_PERSON, i << 22);
        assert_true(value == 0 || value == (int64_t)i);
        known += value != 0;
    }
    assert_in_range(known, 7000, 8192);
}

static void where_there_is_no_table_there_are_none(void **state)
{
    (void)state;
    hunch_keep(NULL, HUNCH_DAY, 1, 1);
    assert_int_equal(hunch(NULL, HUNCH_DAY, 1), 0);
}

static int set_up(void **state)
{
    *state = hunches_new();
    return 0;
}

static int tear_down(void **state)
{
    hunches_free(*state);
    return 0;
}

int web_hunch_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_one_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_has_anothers, set_up, tear_down),
        cmocka_unit_test(where_there_is_no_table_there_are_none),
    };
    return cmocka_run_group_tests_name("web/hunch", tests, NULL, NULL);
}
