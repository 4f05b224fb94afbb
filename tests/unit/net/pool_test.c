/* SPDX-License-Identifier: Apache-2.0 */
/* The worker pool: everything queued is run once, a full queue refuses, closing finishes the work. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

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

struct visit {
    sem_t done;
    pthread_t by;
};

static void leave_name(void *ctx)
{
    struct visit *visit = ctx;
    visit->by = pthread_self();
    sem_post(&visit->done);
}

/* One piece of work after the other goes to the same thread: what it has read is still near. */
static void test_last_idle_is_first(void **state)
{
    struct pool *pool = pool_open(8, 100);
    struct visit visit = {0};
    int changes = 0;
    (void)state;
    sem_init(&visit.done, 0, 0);
    usleep(20000); /* all of them rest */
    pthread_t before = pthread_self();
    for (int i = 0; i < 100; i++) {
        assert_true(pool_run(pool, leave_name, &visit));
        sem_wait(&visit.done);
        usleep(1000);
        changes += !pthread_equal(before, visit.by);
        before = visit.by;
    }
    pool_close(pool);
    sem_destroy(&visit.done);
    assert_in_range(changes, 1, 50); /* were they called in turn, it would be all 100 */
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
        cmocka_unit_test(test_runs_all),     cmocka_unit_test(test_last_idle_is_first),
        cmocka_unit_test(test_wraps_around), cmocka_unit_test(test_full),
        cmocka_unit_test(test_null),
    };
    return cmocka_run_group_tests_name("net/pool", tests, NULL, NULL);
}
