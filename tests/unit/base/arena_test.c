/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas: what is handed out is zeroed, aligned, apart from each other, and gone after a reset. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

int base_arena_test(void);

static void gives_zeroed_aligned_memory_of_any_size(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 8, 16, 17, 100, 4096, 16383, 16384, 16385, 100000, 1 << 20, 3 << 20};
    (void)state;
    struct arena *a = arena_new();
    for (int round = 0; round < 3; round++) {
        size_t sum = 0;
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            unsigned char *p = arena_alloc(a, sizes[i]);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++)
                if (p[k] != 0)
                    fail_msg("byte %zu of %zu is not zero", k, sizes[i]);
            memset(p, 0xaa, sizes[i]);
            sum += sizes[i];
            assert_int_equal(arena_used(a), sum);
        }
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
    }
    arena_free(a);
}

static void objects_do_not_overlap(void **state)
{
    enum { COUNT = 5000 };
    static unsigned char *objects[COUNT];
    static size_t sizes[COUNT];
    (void)state;
    struct arena *a = arena_new();
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i * 7919 % 700 + (i % 500 == 0 ? 300000 : 0);
        objects[i] = arena_alloc(a, sizes[i]);
        memset(objects[i], (int)(i & 0xff), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            if (objects[i][k] != (i & 0xff))
                fail_msg("object %zu was overwritten", i);
    arena_free(a);
}

static void copies_and_ends_with_nul(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    char *copy = arena_copy(a, "a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(arena_copy(a, NULL, 0), "");
    int *numbers = ARENA_ARRAY(a, int, 10);
    assert_int_equal(numbers[9], 0);
    arena_free(a);
}

static char order[8];
static void note(void *ptr)
{
    size_t len = strlen(order);
    order[len] = *(char *)ptr;
    order[len + 1] = '\0';
}

static void note_and_defer(void *ptr)
{
    struct arena *a = ptr;
    arena_defer(a, note, arena_copy(a, "n", 1));
}

static void deferred_calls_run_last_first_and_once(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    order[0] = '\0';
    arena_defer(a, note, arena_copy(a, "1", 1));
    arena_defer(a, note, arena_copy(a, "2", 1));
    arena_reset(a);
    assert_string_equal(order, "21");
    arena_reset(a);
    assert_string_equal(order, "21");
    arena_defer(a, note, arena_copy(a, "3", 1));
    arena_free(a);
    assert_string_equal(order, "213");
}

static void a_deferred_call_may_defer(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    order[0] = '\0';
    arena_defer(a, note, arena_copy(a, "1", 1));
    arena_defer(a, note_and_defer, a);
    arena_reset(a);
    assert_string_equal(order, "n1");
    arena_free(a);
}

static void cleanup_frees_and_accepts_null(void **state)
{
    (void)state;
    arena_free(NULL);
    struct arena *none = NULL;
    arena_cleanup(&none);
    order[0] = '\0';
    {
        struct arena *a CLEANUP(arena_cleanup) = arena_new();
        arena_defer(a, note, arena_copy(a, "c", 1));
    }
    assert_string_equal(order, "c");
}

static void unused_memory_is_poisoned(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    struct arena *a = arena_new();
    char *first = arena_alloc(a, 5), *second = arena_alloc(a, 100), *empty = arena_alloc(a, 0);
    char *large = arena_alloc(a, 500000);
    assert_null(__asan_region_is_poisoned(first, 5));
    assert_true(__asan_address_is_poisoned(first + 5));
    assert_true(__asan_address_is_poisoned(second - 1));
    assert_true(__asan_address_is_poisoned(second + 100));
    assert_true(__asan_address_is_poisoned(empty));
    assert_null(__asan_region_is_poisoned(large, 500000));
    assert_true(__asan_address_is_poisoned(large + 500000));
    arena_reset(a);
    assert_true(__asan_address_is_poisoned(first));
    assert_true(__asan_address_is_poisoned(second));
    arena_free(a);
#else
    print_message("skipped: not built with AddressSanitizer\n");
    skip();
#endif
}

int base_arena_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory_of_any_size),
        cmocka_unit_test(objects_do_not_overlap),
        cmocka_unit_test(copies_and_ends_with_nul),
        cmocka_unit_test(deferred_calls_run_last_first_and_once),
        cmocka_unit_test(a_deferred_call_may_defer),
        cmocka_unit_test(cleanup_frees_and_accepts_null),
        cmocka_unit_test(unused_memory_is_poisoned),
    };
    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
