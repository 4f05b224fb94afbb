/* SPDX-License-Identifier: Apache-2.0 */
/* Ids: growing, unlike, and telling their time, from many threads at once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"

int base_id_test(void);

#define THREADS 8
#define EACH    20000
static int64_t made[THREADS * EACH];

static void *make_many(void *ptr)
{
    int64_t *ids = ptr;
    for (int i = 0; i < EACH; i++)
        ids[i] = id_new();
    return NULL;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void threads_get_growing_and_unlike_ids(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int64_t before = id_new();
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_many, made + i * EACH), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t t = 0; t < THREADS; t++)
        for (size_t i = 0; i < EACH; i++)
            if (made[t * EACH + i] <= (i ? made[t * EACH + i - 1] : before))
                fail_msg("thread %zu, id %zu does not grow", t, i);
    qsort(made, THREADS * EACH, sizeof(int64_t), compare);
    for (int i = 1; i < THREADS * EACH; i++)
        if (made[i] == made[i - 1])
            fail_msg("id made twice");
    assert_true(id_new() > made[THREADS * EACH - 1]);
}

static void ids_tell_their_time_and_node(void **state)
{
    (void)state;
    id_set_node(1023 + 1024); /* only ten bits count */
    int64_t now = clock_now(), id = id_new();
    assert_true(id > 0);
    assert_int_equal(id >> 12 & 1023, 1023);
    assert_true(llabs(id_time(id) - now) < 5 * SECOND_US);
    id_set_node(0);
    assert_int_equal(id_new() >> 12 & 1023, 0);
}

static void imported_ids_sort_by_their_moment(void **state)
{
    (void)state;
    int64_t old = INT64_C(1500000000) * SECOND_US, before = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t id = id_at(old + i * INT64_C(1000));
        assert_true(id > before);
        assert_int_equal(id_time(id), old + i * INT64_C(1000));
        before = id;
    }
    assert_true(before < id_new());
    int64_t first = id_at(old), second = id_at(old);
    assert_int_not_equal(first, second);
    assert_int_equal(id_time(first), id_time(second));
}

static void moments_out_of_range_stay_positive(void **state)
{
    (void)state;
    assert_true(id_at(0) > 0);
    assert_true(id_at(INT64_MIN) > 0);
    assert_true(id_at(INT64_MAX) > 0);
    assert_int_not_equal(id_at(0), id_at(0));
}

static void *import_many(void *ptr)
{
    int64_t *ids = ptr;
    for (int i = 0; i < EACH; i++)
        ids[i] = id_at(INT64_C(1600000000) * SECOND_US);
    return NULL;
}

static void imports_in_threads_do_not_meet(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, import_many, made + i * EACH), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    qsort(made, THREADS * EACH, sizeof(int64_t), compare);
    for (int i = 1; i < THREADS * EACH; i++)
        if (made[i] == made[i - 1])
            fail_msg("id made twice");
}

int base_id_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_get_growing_and_unlike_ids), cmocka_unit_test(ids_tell_their_time_and_node),
        cmocka_unit_test(imported_ids_sort_by_their_moment),  cmocka_unit_test(moments_out_of_range_stay_positive),
        cmocka_unit_test(imports_in_threads_do_not_meet),
    };
    return cmocka_run_group_tests_name("base/id", tests, NULL, NULL);
}
