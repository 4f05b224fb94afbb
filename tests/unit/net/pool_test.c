/* SPDX-License-Identifier: Apache-2.0 */
/* The worker pool: everything queued is run once, a full queue refuses, closing finishes the work. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "net/pool.h"

int net_pool_test(void);

static void count(void *ctx)
{
    atomic_fetch_add((atomic_int *)ctx, 1);
}

struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int inside;
    bool open;
};

static void stand_at(void *ctx)
{
    struct gate *gate = ctx;
    pthread_mutex_lock(&gate->mutex);
    gate->inside++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
}

static void test_runs_all(void **state)
{
    atomic_int done = 0;
    struct pool *pool = pool_open(4, 1000);
    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(pool_run(pool, count, &done));
    pool_close(pool);
    assert_int_equal(atomic_load(&done), 1000);
}

static void test_wraps_around(void **state)
{
    atomic_int done = 0;
    struct pool *pool = pool_open(1, 3);
    int accepted = 0;
    (void)state;
    for (int i = 0; i < 100000; i++)
        accepted += pool_run(pool, count, &done);
    pool_close(pool);
    assert_true(accepted >= 3);
    assert_int_equal(atomic_load(&done), accepted);
}

static void test_full(void **state)
{
    struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false};
    atomic_int done = 0;
    struct pool *pool = pool_open(2, 2);
    (void)state;
    for (int i = 1; i <= 2; i++) {
        assert_true(pool_run(pool, stand_at, &gate));
        pthread_mutex_lock(&gate.mutex);
        while (gate.inside < i)
            pthread_cond_wait(&gate.changed, &gate.mutex);
        pthread_mutex_unlock(&gate.mutex);
    }
    assert_true(pool_run(pool, count, &done));
    assert_true(pool_run(pool, count, &done));
    assert_false(pool_run(pool, count, &done));
    pthread_mutex_lock(&gate.mutex);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.mutex);
    pool_close(pool);
    assert_int_equal(atomic_load(&done), 2);
}

static void test_null(void **state)
{
    (void)state;
    pool_close(NULL);
}

int net_pool_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_all),
        cmocka_unit_test(test_wraps_around),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_null),
    };
    return cmocka_run_group_tests_name("net/pool", tests, NULL, NULL);
}
