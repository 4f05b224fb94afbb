/* SPDX-License-Identifier: Apache-2.0 */
/* What one channel and one host may have under way, and when a channel is shut. */
#include "world.h"

int jobs_gate_test(void);

static int gates_open(void **state)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    if (!jobs)
        return -1;
    gates_begin(jobs);
    *state = jobs;
    return 0;
}

static int gates_close(void **state)
{
    gates_end(*state);
    free(*state);
    return 0;
}

static bool enters(struct jobs *jobs, int64_t id, const char *network)
{
    struct account account = {.row.id = id, .channel = channel_find(str_from(network))};
    return gate_enter(jobs, &account);
}

static void one_channel_has_its_share(void **state)
{
    struct jobs *jobs = *state;
    int64_t full[8];
    for (int i = 0; i < 6; i++)
        assert_true(enters(jobs, 1, "facebook"));
    assert_false(enters(jobs, 1, "facebook"));
    assert_int_equal(gate_inside(jobs, 1), 6);
    assert_int_equal(gates_full(jobs, full, COUNT_OF(full)), 1);
    assert_int_equal(full[0], 1);
    assert_true(enters(jobs, 2, "telegram"));
    gate_leave(jobs, 1);
    assert_true(enters(jobs, 1, "facebook"));
}

static void and_one_host(void **state)
{
    struct jobs *jobs = *state;
    for (int i = 0; i < 12; i++)
        assert_true(enters(jobs, 1 + i / 6, "facebook"));
    assert_false(enters(jobs, 3, "facebook"));
    assert_true(enters(jobs, 4, "telegram"));
}

static void three_in_a_row_shut_it(void **state)
{
    struct jobs *jobs = *state;
    assert_int_equal(gate_heard(jobs, 1, true), 0);
    assert_int_equal(gate_heard(jobs, 1, true), 0);
    assert_int_equal(gate_heard(jobs, 1, false), 0);
    assert_int_equal(gate_heard(jobs, 1, true), 0);
    assert_int_equal(gate_heard(jobs, 1, true), 0);
    assert_in_range(gate_heard(jobs, 1, true), 4500000, 5500000);
    for (int i = 0; i < 9; i++) /* those that were under way with it */
        assert_in_range(gate_heard(jobs, 1, true), 1, 5500000);
    assert_int_equal(gate_heard(jobs, 2, true), 0);
    assert_int_equal(gate_heard(jobs, 1, false), 0);
    assert_int_equal(gate_heard(jobs, 1, true), 0);
}

int jobs_gate_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_channel_has_its_share, gates_open, gates_close),
        cmocka_unit_test_setup_teardown(and_one_host, gates_open, gates_close),
        cmocka_unit_test_setup_teardown(three_in_a_row_shut_it, gates_open, gates_close),
    };
    return cmocka_run_group_tests_name("jobs/gate", tests, NULL, NULL);
}
