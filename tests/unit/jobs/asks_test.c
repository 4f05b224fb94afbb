/* SPDX-License-Identifier: Apache-2.0 */
/* Asking over real HTTP: nobody waits for a network that is slow, a list without an end is cut, and what is under way
 * when the house ends is dropped. */
#include "world.h"

#include "base/clock.h"
#include "care/asking.h"

int jobs_asks_test(void);

static int world_set_up(void **state)
{
    struct world *w = world_open("application/json", "{\"data\":[]}");
    if (!w)
        return -1;
    world_worker(w, &w->jobs.asks, "asks");
    pthread_mutex_init(&w->jobs.asks_lock, NULL);
    DO(w->c,
       world_account(tx, w, "facebook", "page_id", http_server_port(w->network.server), &w->c->facebook.row, &e));
    *state = w;
    return 0;
}

static int world_tear_down(void **state)
{
    struct world *w = *state;
    asks_over(&w->jobs.asks);
    asks_land(&w->jobs);
    pthread_mutex_destroy(&w->jobs.asks_lock);
    return world_close(w, &w->jobs.asks);
}

static void turn(struct world *w)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    asks_turn(&w->jobs.asks, a);
}

/* Every list of the account at the small network is due, and nothing else. */
static void due(struct world *w)
{
    turn(w); /* the start */
    for (int i = 0; i < 500 && worker_in_flight(&w->jobs.asks); i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        turn(w);
    }
    tamper(w->c, "UPDATE channel SET state = 'paused' WHERE name <> 'Vero'");
    tamper(w->c, "UPDATE asking SET next_at = 1, rounds = 0, checked_until = 0, failures = 0");
    w->network.calls = 0;
}

static void answered(struct world *w, int rounds)
{
    for (int i = 0; i < 1000 && number_of(w->c, "SELECT sum(rounds) FROM asking") < rounds; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        turn(w);
    }
    assert_int_equal(number_of(w->c, "SELECT sum(rounds) FROM asking"), rounds);
}

static void nobody_waits_for_an_answer(void **state)
{
    struct world *w = *state;
    due(w);
    w->network.slow_ms = 400;
    int64_t begun = clock_monotonic();
    turn(w);
    turn(w); /* what is under way is not begun again */
    assert_true(clock_monotonic() - begun < 300000);
    assert_int_equal(worker_in_flight(&w->jobs.asks), 2);
    answered(w, 2);
    assert_int_equal(w->network.calls, 2);
    assert_int_equal(worker_in_flight(&w->jobs.asks), 0);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM asking WHERE checked_until > 0 AND failures = 0"), 2);
}

static void a_list_without_an_end_is_cut(void **state)
{
    struct world *w = *state;
    due(w);
    w->network.body = "{\"data\":[],\"paging\":{\"next\":\"more\",\"cursors\":{\"after\":\"P\"}}}";
    tamper(w->c, "UPDATE asking SET next_at = 9000000000000000 WHERE listing <> 'comments'");
    answered(w, 1);
    assert_int_equal(w->network.calls, 100);
    assert_int_equal(number_of(w->c, "SELECT checked_until FROM asking WHERE listing = 'comments' AND rounds > 0"),
                     0);
    assert_true(number_of(w->c, "SELECT next_at FROM asking WHERE listing = 'comments' AND rounds > 0") <=
                clock_now() + 2 * SECOND_US);
}

static void what_fails_says_why(void **state)
{
    struct world *w = *state;
    due(w);
    w->network.status = 500;
    w->network.body = "<html>";
    answered(w, 2);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM asking WHERE failure = 'transient' AND failed > 0"), 2);
    int calls = w->network.calls;
    turn(w);
    assert_int_equal(w->network.calls, calls);
}

static void what_is_under_way_at_the_end_is_dropped(void **state)
{
    struct world *w = *state;
    due(w);
    w->network.slow_ms = 300;
    turn(w);
    asks_over(&w->jobs.asks);
    asks_land(&w->jobs);
    assert_int_equal(worker_in_flight(&w->jobs.asks), 0);
    assert_int_equal(number_of(w->c, "SELECT sum(rounds) FROM asking"), 0);
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int jobs_asks_test(void)
{
    const struct CMUnitTest tests[] = {WORLD_TEST(nobody_waits_for_an_answer),
                                       WORLD_TEST(a_list_without_an_end_is_cut), WORLD_TEST(what_fails_says_why),
                                       WORLD_TEST(what_is_under_way_at_the_end_is_dropped)};
    return cmocka_run_group_tests_name("jobs/asks", tests, NULL, NULL);
}
