/* SPDX-License-Identifier: Apache-2.0 */
/* What other nodes tell: who writes, what was taken from a limit, which job is wanted; and that nonsense does
 * nothing. */
#include "../care/house_fixture.h"

#include "net/ratelimit.h"
#include "store/guess.h"
#include "web/app.h"
#include "web/feed.h"
#include "web/gossip.h"

int web_gossip_test(void);

struct here {
    struct care *c;
    struct app app;
    int outbox, probe;
};

static void outbox_woken(void *ctx)
{
    ((struct here *)ctx)->outbox++;
}

static void probe_woken(void *ctx)
{
    ((struct here *)ctx)->probe++;
}

static int here_set_up(void **state)
{
    struct here *h = calloc(1, sizeof *h);
    void *care = NULL;
    struct error why = {0};
    if (!h || care_set_up(&care) != 0)
        return -1;
    h->c = care;
    h->app.house = h->c->h->house;
    h->app.presence = presence_new();
    h->app.api_calls = ratelimit_new(10, 60, 100);
    h->app.feed = feed_open(h->app.house, &why);
    h->app.wake_outbox = outbox_woken;
    h->app.wake_probe = probe_woken;
    h->app.wake_ctx = h;
    *state = h;
    return h->app.feed ? 0 : -1;
}

static int here_tear_down(void **state)
{
    struct here *h = *state;
    void *care = h->c;
    feed_close(h->app.feed);
    presence_free(h->app.presence);
    ratelimit_free(h->app.api_calls);
    int code = care_tear_down(&care);
    free(h);
    return code;
}

static void who_writes_elsewhere_is_seen_here(void **state)
{
    struct here *h = *state;
    struct being *list;
    gossip_hear(&h->app, STR("p 1 7 11 writing Giulia Riva\np 1 7 12 reading Luca\n"));
    assert_int_equal(presence_list(h->app.presence, h->c->arena, 1, 7, 0, &list), 2);
    assert_string_equal(list[0].name, "Giulia Riva");
    assert_int_equal(list[0].doing, DOING_WRITING);
    gossip_hear(&h->app, STR("p 1 7 11 gone Giulia Riva\n"));
    assert_int_equal(presence_list(h->app.presence, h->c->arena, 1, 7, 0, &list), 1);
}

static void what_is_taken_elsewhere_counts_here(void **state)
{
    struct here *h = *state;
    struct ratelimit *there = ratelimit_new(10, 60, 100);
    struct ratelimit_use uses[4];
    ratelimit_take(there, STR("before")); /* nobody asked yet: not noted */
    ratelimit_share(there);
    for (int i = 0; i < 12; i++) /* two are refused: nothing was taken for them */
        ratelimit_take(there, STR("t5"));
    ratelimit_take(there, STR("t6"));
    assert_int_equal(ratelimit_used(there, uses, 4), 2);
    assert_int_equal(uses[0].count + uses[1].count, 11);
    assert_int_equal(ratelimit_used(there, uses + 2, 2), 0);
    for (int i = 0; i < 2; i++)
        gossip_hear(&h->app, str_format(h->c->arena, "l %lld %d\n", (long long)uses[i].key, uses[i].count));
    assert_false(ratelimit_take(h->app.api_calls, STR("t5")).allowed);
    assert_int_equal(ratelimit_take(h->app.api_calls, STR("t6")).remaining, 8);
    assert_int_equal(ratelimit_take(h->app.api_calls, STR("t7")).remaining, 9);
    ratelimit_take(there, STR("t6")); /* a next round is noted anew */
    assert_int_equal(ratelimit_used(there, uses, 4), 1);
    assert_int_equal(uses[0].count, 1);
    ratelimit_free(there);
}

static void more_than_there_was_shuts_out_for_a_while_only(void **state)
{
    (void)state;
    struct ratelimit *limit = ratelimit_new(10, 60, 100);
    struct ratelimit_use use = {hash64(STR("k")), 1000};
    ratelimit_charge(limit, &use);
    struct ratelimit_verdict verdict = ratelimit_take(limit, STR("k"));
    assert_false(verdict.allowed);
    assert_int_equal(verdict.remaining, 0);
    assert_in_range(verdict.retry_seconds, 60, 67);
    ratelimit_free(limit);
}

static void jobs_are_woken_and_nonsense_is_not_heard(void **state)
{
    struct here *h = *state;
    struct being *list;
    gossip_hear(&h->app, STR("w outbox\nw probe\nw nothing\na 5\n"));
    assert_int_equal(h->outbox, 1);
    assert_int_equal(h->probe, 1);
    gossip_hear(
        &h->app,
        STR("\n\np\np 1\np 1 7\np 1 7 9\np x y z writing Q\nl\nl 5\nl 5 -3\nl 5 99999999999\na\na x\nw\nq 1\n"));
    assert_int_equal(presence_list(h->app.presence, h->c->arena, 1, 7, 0, &list), 0);
    assert_int_equal(ratelimit_take(h->app.api_calls, STR("t5")).remaining, 9);
    gossip_presence(NULL, 1, 7, 11, STR("Giulia"), DOING_READING);
    gossip_wake(NULL, "outbox");
    gossip_used(NULL);
    gossip_account(NULL, 5);
    gossip_close(NULL);
}

/* ---- guesses ---- */

static bool guess(struct tx *tx, struct care *c, const char *what, int64_t *wait, int *left, struct error *e)
{
    return guess_take(tx, c->brand, str_from(what), 3, 60 * SECOND_US, wait, left, e);
}

static void guesses_are_counted(void **state)
{
    struct here *h = *state;
    int64_t wait;
    int left;
    for (int i = 2; i >= 0; i--) {
        DO(h->c, guess(tx, h->c, "anna", &wait, &left, &e));
        assert_int_equal(wait, 0);
        assert_int_equal(left, i);
    }
    DO(h->c, guess(tx, h->c, "anna", &wait, &left, &e));
    assert_in_range(wait, 19 * SECOND_US, 20 * SECOND_US);
    DO(h->c, guess(tx, h->c, "luca", &wait, &left, &e));
    assert_int_equal(wait, 0);
    DO(h->c, guess_give(tx, h->c->brand, STR("anna"), 3, 60 * SECOND_US, &e));
    DO(h->c, guess(tx, h->c, "anna", &wait, &left, &e));
    assert_int_equal(wait, 0);
    assert_int_equal(number_of(h->c, "SELECT count(*) FROM guess"), 2);
    DO(h->c, guess_expire(tx, h->c->brand, &e));
    assert_int_equal(number_of(h->c, "SELECT count(*) FROM guess"), 2);
    tamper(h->c, "UPDATE guess SET full_at = 5 WHERE full_at < (SELECT max(full_at) FROM guess)");
    DO(h->c, guess_expire(tx, h->c->brand, &e));
    assert_int_equal(number_of(h->c, "SELECT count(*) FROM guess"), 1);
    tamper(h->c, "UPDATE guess SET full_at = full_at * 2"); /* a clock that was set back */
    DO(h->c, guess(tx, h->c, "anna", &wait, &left, &e));
    assert_in_range(wait, 1, 20 * SECOND_US);
}

#define HERE_TEST(function) cmocka_unit_test_setup_teardown(function, here_set_up, here_tear_down)

int web_gossip_test(void)
{
    const struct CMUnitTest tests[] = {
        HERE_TEST(who_writes_elsewhere_is_seen_here),
        HERE_TEST(what_is_taken_elsewhere_counts_here),
        cmocka_unit_test(more_than_there_was_shuts_out_for_a_while_only),
        HERE_TEST(jobs_are_woken_and_nonsense_is_not_heard),
        HERE_TEST(guesses_are_counted),
    };
    return cmocka_run_group_tests_name("web/gossip", tests, NULL, NULL);
}
