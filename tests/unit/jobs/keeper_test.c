/* SPDX-License-Identifier: Apache-2.0 */
/* Who has the jobs: two houses on one database, and moments that the test makes up. */
#include "../care/house_fixture.h"

#include <limits.h>
#include <unistd.h>

#include "jobs/jobs_internal.h"

int jobs_keeper_test(void);

#define START (1000 * SECOND_US)

struct pair_of_nodes {
    struct care *c;
    struct house *other;
    struct arena *arena;
    struct keeper *a, *b;
};

static int pair_set_up(void **state)
{
    struct pair_of_nodes *p = calloc(1, sizeof *p);
    void *care = NULL;
    struct error why = {0};
    if (!p || care_set_up(&care) != 0)
        return -1;
    p->c = care;
    p->arena = arena_new();
    p->other = house_open(p->c->h->folder, *p->c->h->database ? p->c->h->database : NULL, false, &why);
    if (!p->other)
        fail_msg("%s", why.message);
    p->c->h->house->shared = p->other->shared = true;
    p->a = keeper_new(p->c->h->house, NULL, p->arena);
    p->b = keeper_new(p->other, NULL, p->arena);
    *state = p;
    return 0;
}

static int pair_tear_down(void **state)
{
    struct pair_of_nodes *p = *state;
    void *care = p->c;
    keeper_close(p->a);
    keeper_close(p->b);
    house_close(p->other);
    arena_free(p->arena);
    int code = care_tear_down(&care);
    free(p);
    return code;
}

static void turn(struct keeper *k, int64_t now)
{
    struct error why = {0};
    if (!keeper_turn(k, now, &why))
        fail_msg("%s", why.message);
}

static void silence_is_measured_by_who_waits(void **state)
{
    struct lease_watch watch = {0};
    struct lease held = {.holder = 7, .fence = 3, .beat = 1}, free_one = {.fence = 3};
    (void)state;
    assert_false(lease_watch_look(&watch, &held, START));
    assert_false(lease_watch_look(&watch, &held, START + LEASE_SILENT_US - 1));
    assert_true(lease_watch_look(&watch, &held, START + LEASE_SILENT_US));
    held.beat++; /* a sign of life: the waiting begins anew */
    assert_false(lease_watch_look(&watch, &held, START + LEASE_SILENT_US));
    assert_true(lease_watch_look(&watch, &held, START + 2 * LEASE_SILENT_US));
    held.fence++; /* another was faster */
    assert_false(lease_watch_look(&watch, &held, START + 2 * LEASE_SILENT_US));
    assert_true(lease_watch_look(&watch, &free_one, START));
    assert_true(lease_is_fresh(START, START + LEASE_HOLD_US - 1));
    assert_false(lease_is_fresh(START, START + LEASE_HOLD_US));
    assert_true(LEASE_RENEW_US < LEASE_HOLD_US && LEASE_HOLD_US < LEASE_SILENT_US);
}

static void one_has_it_and_who_falls_silent_loses_it(void **state)
{
    struct pair_of_nodes *p = *state;
    int64_t now = START;
    turn(p->a, now);
    turn(p->b, now);
    assert_int_equal(keeper_fence(p->a, now), 1);
    assert_int_equal(keeper_fence(p->b, now), 0);
    for (; now < START + 20 * SECOND_US; now += SECOND_US / 2) { /* both live */
        turn(p->a, now);
        turn(p->b, now);
        assert_int_equal(keeper_fence(p->a, now), 1);
        assert_int_equal(keeper_fence(p->b, now), 0);
    }
    int64_t silent = now; /* a stands still */
    turn(p->b, silent);
    assert_int_equal(keeper_fence(p->a, silent + LEASE_HOLD_US), 0); /* by its own clock, before b moves */
    turn(p->b, silent + LEASE_SILENT_US - 3 * SECOND_US); /* since the last beat, which was up to two seconds ago */
    assert_int_equal(keeper_fence(p->b, silent + LEASE_SILENT_US - 3 * SECOND_US), 0);
    now = silent + LEASE_SILENT_US;
    turn(p->b, now);
    assert_int_equal(keeper_fence(p->b, now), 2);
    assert_true(keeper_careful_until(p->b) > 0);
    assert_false(keeper_sees(p->b, p->a->life, now));
    turn(p->a, now); /* and wakes */
    assert_int_equal(keeper_fence(p->a, now), 0);
    for (int i = 1; i < 30; i++) {
        turn(p->a, now + i * SECOND_US);
        turn(p->b, now + i * SECOND_US);
        assert_int_equal(keeper_fence(p->a, now + i * SECOND_US), 0);
        assert_int_equal(keeper_fence(p->b, now + i * SECOND_US), 2);
    }
    assert_true(keeper_sees(p->b, p->a->life, now + 29 * SECOND_US)); /* it lives again, without the jobs */
}

static void who_rests_gives_it_back_and_does_not_take_it(void **state)
{
    struct pair_of_nodes *p = *state;
    turn(p->a, START);
    turn(p->b, START);
    keeper_close(p->a);
    turn(p->b, START + 1);
    assert_int_equal(keeper_fence(p->b, START + 1), 2);
    assert_int_equal(keeper_careful_until(p->b), 0); /* whoever gave it back has ended all it did */
    assert_int_equal(number_of(p->c, "SELECT count(*) FROM node"), 1);
    keeper_rest(p->b);
    tamper(p->c, "UPDATE lease SET holder = 0");
    turn(p->b, START + 2);
    assert_int_equal(keeper_fence(p->b, START + 2), 0);
    p->a = keeper_new(p->c->h->house, NULL, p->arena); /* for the end of the test */
}

static void the_answer_to_a_taking_may_be_lost(void **state)
{
    struct pair_of_nodes *p = *state;
    turn(p->a, START);
    keeper_lost(p->a, 1); /* it does not know that it has it */
    assert_int_equal(keeper_fence(p->a, START), 0);
    turn(p->a, START + 1);
    assert_int_equal(keeper_fence(p->a, START + 1), 1);
}

static void a_mark_tells_who_has_ended(void **state)
{
    struct pair_of_nodes *p = *state;
    const char *folder = p->c->h->folder;
    char path[PATH_MAX];
    int64_t dead = 1;
    int first = keeper_mark(folder, 5, &dead);
    assert_true(first >= 0);
    assert_int_equal(dead, 0);
    assert_int_equal(keeper_mark(folder, 6, &dead), -1); /* it lives, or stands still */
    assert_int_equal(dead, 0);
    close(first); /* as the kernel does when a process ends */
    int second = keeper_mark(folder, INT64_MAX, &dead);
    assert_int_equal(dead, 5);
    close(second);
    int third = keeper_mark(folder, 7, &dead);
    assert_true(dead == INT64_MAX);
    close(third);
    (void)snprintf(path, sizeof path, "%s/node", folder);
    static const char *const worthless[] = {"", "half", "00000000-0000-0000-0000-000000000000 7\n"};
    for (size_t i = 0; i < COUNT_OF(worthless); i++) { /* the last: of another kernel */
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(worthless[i], file);
        assert_int_equal(fclose(file), 0);
        int fd = keeper_mark(folder, 8, &dead);
        assert_true(fd >= 0);
        assert_int_equal(dead, 0);
        close(fd);
    }
    assert_int_equal(keeper_mark("/nowhere/at/all", 9, &dead), -1);
}

static void nobody_waits_for_who_has_ended(void **state)
{
    struct pair_of_nodes *p = *state;
    turn(p->a, START);
    p->b->dead = p->a->life; /* as its mark told */
    turn(p->b, START + 1);
    assert_int_equal(keeper_fence(p->b, START + 1), 2);
    assert_true(keeper_careful_until(p->b) > 0); /* what it had sent may still be read at the other end */
    assert_false(keeper_sees(p->b, p->a->life, START + 1));
    assert_int_equal(number_of(p->c, "SELECT count(*) FROM node"), 1);
    tamper(p->c, "UPDATE lease SET holder = 77, fence = 9"); /* somebody else took it: that one is waited for */
    turn(p->b, START + 2);
    turn(p->b, START + 3);
    assert_int_equal(keeper_fence(p->b, START + 3), 0);
}

static bool mark(struct tx *tx, void *ctx, struct error *e)
{
    struct care *c = ctx;
    struct event event = {.brand_id = c->brand, .kind = STR("test.mark"), .at = tx_now(tx)};
    return event_add(tx, &event, e);
}

static void a_fenced_node_writes_nothing(void **state)
{
    struct pair_of_nodes *p = *state;
    struct jobs jobs = {.house = p->c->h->house, .keeper = p->a};
    struct worker worker = {.jobs = &jobs, .name = "test", .fence = 1};
    struct error why = {0};
    turn(p->a, START);
    assert_true(jobs_write(&worker, p->c->brand, mark, p->c, &why));
    turn(p->b, START);
    turn(p->b, START + LEASE_SILENT_US);
    assert_false(jobs_write(&worker, p->c->brand, mark, p->c, &why)); /* a has not looked since */
    assert_int_equal(why.code, ERR_CONFLICT);
    assert_int_equal(number_of(p->c, "SELECT count(*) FROM event WHERE kind = 'test.mark'"), 1);
    assert_int_equal(p->a->fence, 0);
    assert_false(jobs_may(&jobs, 1));
    worker.fence = 0;
    assert_false(jobs_write(&worker, p->c->brand, mark, p->c, &why));
}

static void numbers_are_given_up_and_taken_anew(void **state)
{
    struct pair_of_nodes *p = *state;
    turn(p->a, START);
    turn(p->b, START);
    int64_t first = p->a->node.number;
    assert_int_not_equal(first, p->b->node.number);
    assert_in_range(first, 0, NODES_MAX - 1);
    for (int64_t t = 0; t < NODE_FORGOT_US; t += SECOND_US)
        turn(p->b, START + t);
    assert_int_equal(number_of(p->c, "SELECT count(*) FROM node"), 2);
    turn(p->b, START + NODE_FORGOT_US + NODE_BEAT_US);
    assert_int_equal(number_of(p->c, "SELECT count(*) FROM node"), 1);
    tamper(p->c, "INSERT INTO node SELECT number + 1, 5, 'elsewhere', '', 0, 0, 1 FROM node"); /* somebody new */
    turn(p->a, START + NODE_FORGOT_US + 2 * NODE_BEAT_US);
    assert_int_equal(number_of(p->c, "SELECT count(DISTINCT number) FROM node"), 3);
    assert_true(id_new() > 0 && (id_new() >> 12 & 1023) == p->a->node.number);
}

static void a_file_goes_to_who_starts_on_it(void **state)
{
    struct pair_of_nodes *p = *state;
    p->c->h->house->shared = p->other->shared = false;
    turn(p->a, START);
    assert_int_equal(keeper_fence(p->a, START), 1);
    turn(p->b, START + 1); /* at once, whatever the other did a moment ago */
    assert_int_equal(keeper_fence(p->b, START + 1), 2);
    assert_int_equal(keeper_careful_until(p->b), 0);
    assert_int_equal(number_of(p->c, "SELECT count(*) FROM node"), 1);
    turn(p->a, START + 2);
    assert_int_equal(keeper_fence(p->a, START + 2), 0);
    turn(p->a, START + 100 * SECOND_US); /* and does not wait for it */
    assert_int_equal(keeper_fence(p->a, START + 100 * SECOND_US), 0);
}

static void commit_seen(void *ctx)
{
    ++*(int *)ctx;
}

static void an_idle_file_is_not_written(void **state)
{
    struct pair_of_nodes *p = *state;
    int commits = 0;
    p->c->h->house->shared = false;
    turn(p->a, START);
    db_on_commit(p->c->h->house->db, commit_seen, &commits);
    for (int64_t t = 0; t < NODE_ALONE_BEAT; t += SECOND_US / 2) {
        turn(p->a, START + t);
        assert_int_equal(keeper_fence(p->a, START + t), 1);
    }
    db_on_commit(p->c->h->house->db, NULL, NULL);
    assert_int_equal(commits, 0);
}

#define PAIR_TEST(function) cmocka_unit_test_setup_teardown(function, pair_set_up, pair_tear_down)

int jobs_keeper_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_measured_by_who_waits),
        PAIR_TEST(one_has_it_and_who_falls_silent_loses_it),
        PAIR_TEST(who_rests_gives_it_back_and_does_not_take_it),
        PAIR_TEST(the_answer_to_a_taking_may_be_lost),
        PAIR_TEST(a_mark_tells_who_has_ended),
        PAIR_TEST(nobody_waits_for_who_has_ended),
        PAIR_TEST(a_fenced_node_writes_nothing),
        PAIR_TEST(numbers_are_given_up_and_taken_anew),
        PAIR_TEST(a_file_goes_to_who_starts_on_it),
        PAIR_TEST(an_idle_file_is_not_written),
    };
    return cmocka_run_group_tests_name("jobs/keeper", tests, NULL, NULL);
}
