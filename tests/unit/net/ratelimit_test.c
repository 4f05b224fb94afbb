/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets: the burst, the refill, and that forgetting takes the least recently used key. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "net/ratelimit.h"

int net_ratelimit_test(void);

static void test_burst(void **state)
{
    (void)state;
    for (int burst = 1; burst <= 1000; burst = burst * 3 + 1) {
        struct ratelimit *limit = ratelimit_new(burst, 1000, 10);
        for (int i = 0; i < burst; i++) {
            struct ratelimit_verdict verdict = ratelimit_take(limit, STR("Ada"));
            assert_true(verdict.allowed);
            assert_int_equal(verdict.limit, burst);
            assert_int_equal(verdict.remaining, burst - 1 - i);
            assert_int_equal(verdict.retry_seconds, 0);
        }
        struct ratelimit_verdict verdict = ratelimit_take(limit, STR("Ada"));
        assert_false(verdict.allowed);
        assert_int_equal(verdict.remaining, 0);
        assert_in_range(verdict.retry_seconds, 1000 / burst, 1000 / burst + 1);
        assert_in_range(verdict.reset_seconds, 999, 1000);
        assert_true(ratelimit_take(limit, STR("Bo")).allowed);
        ratelimit_free(limit);
    }
}

/* What is given back may be taken again, and no more than that. */
static void test_give(void **state)
{
    struct ratelimit *limit = ratelimit_new(3, 1000, 10);
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ratelimit_take(limit, STR("office")).remaining, 2);
        ratelimit_give(limit, STR("office"));
    }
    for (int i = 0; i < 3; i++)
        assert_true(ratelimit_take(limit, STR("office")).allowed);
    assert_false(ratelimit_take(limit, STR("office")).allowed);
    ratelimit_give(limit, STR("office"));
    assert_true(ratelimit_take(limit, STR("office")).allowed);
    assert_false(ratelimit_take(limit, STR("office")).allowed);
    ratelimit_give(limit, STR("unknown"));
    assert_int_equal(ratelimit_take(limit, STR("unknown")).remaining, 2);
    ratelimit_free(limit);
}

static void test_refill(void **state)
{
    struct ratelimit *limit = ratelimit_new(5, 1, 10);
    int64_t began = clock_monotonic();
    int allowed = 0;
    (void)state;
    while (clock_monotonic() - began < 2 * SECOND_US) {
        struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
        allowed += ratelimit_take(limit, STR("k")).allowed;
        nanosleep(&pause, NULL);
    }
    assert_in_range(allowed, 14, 16); /* the burst and five a second */
    ratelimit_free(limit);
}

static void test_forgets_the_oldest(void **state)
{
    struct ratelimit *limit = ratelimit_new(1, 1000, 3);
    (void)state;
    assert_true(ratelimit_take(limit, STR("a")).allowed);
    assert_true(ratelimit_take(limit, STR("b")).allowed);
    assert_true(ratelimit_take(limit, STR("c")).allowed);
    assert_false(ratelimit_take(limit, STR("a")).allowed); /* used again: b is the oldest now */
    assert_true(ratelimit_take(limit, STR("d")).allowed);
    assert_false(ratelimit_take(limit, STR("a")).allowed);
    assert_false(ratelimit_take(limit, STR("c")).allowed);
    assert_false(ratelimit_take(limit, STR("d")).allowed);
    assert_true(ratelimit_take(limit, STR("b")).allowed); /* was forgotten */
    ratelimit_free(limit);
}

/* Against a plain list: the same verdicts for many keys that come and go. */
static void test_many_keys(void **state)
{
    enum { KEYS = 50, KEPT = 16 };
    struct ratelimit *limit = ratelimit_new(1, 10000, KEPT);
    int recent[KEPT] = {0}, used = 0;
    unsigned seed = 7;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char key[16];
        int k = (int)((seed = seed * 1103515245 + 12345) >> 16) % KEYS, at = 0;
        int n = snprintf(key, sizeof(key), "key %d", k);
        while (at < used && recent[at] != k)
            at++;
        bool known = at < used;
        if (!known)
            at = used < KEPT ? used++ : KEPT - 1;
        for (; at > 0; at--)
            recent[at] = recent[at - 1];
        recent[0] = k;
        assert_int_equal(ratelimit_take(limit, (struct str){key, (size_t)n}).allowed, !known);
    }
    ratelimit_free(limit);
}

struct race {
    struct ratelimit *limit;
    atomic_int allowed;
};

static void *take_many(void *ctx)
{
    struct race *race = ctx;
    for (int i = 0; i < 1000; i++)
        atomic_fetch_add(&race->allowed, ratelimit_take(race->limit, STR("shared")).allowed);
    return NULL;
}

static void test_threads(void **state)
{
    struct race race = {.limit = ratelimit_new(500, 10000, 4)};
    pthread_t threads[4];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_create(&threads[i], NULL, take_many, &race);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&race.allowed), 500);
    ratelimit_free(race.limit);
    ratelimit_free(NULL);
}

int net_ratelimit_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst), cmocka_unit_test(test_refill),    cmocka_unit_test(test_forgets_the_oldest),
        cmocka_unit_test(test_give),  cmocka_unit_test(test_many_keys), cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests_name("net/ratelimit", tests, NULL, NULL);
}
