/* SPDX-License-Identifier: Apache-2.0 */
/* The drawing of a QR code: its size, its quiet zone, and the three squares that a camera looks for. That one reads
 * it is shown by tests/e2e/passages.test.mjs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/qr.h"

int base_qr_test(void);

static void test_finders(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str path;
    int size;
    assert_true(qr_path(a, STR("https://help.example/p/7K4F2Q9MXRTB"), &path, &size));
    assert_int_equal((size - 2 * QR_QUIET - 17) % 4, 0);
    struct str left = STR("M4 4h7v1h-7z"), bottom = str_format(a, "M4 %dh7v1h-7z", size - QR_QUIET - 1);
    struct str right = str_format(a, "M%d 4h7v1h-7z", size - QR_QUIET - 7);
    assert_true(str_starts(path, left));
    assert_true(str_find(path, right) > 0);
    assert_true(str_find(path, bottom) > 0);
}

static void test_nothing_in_the_quiet(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str path, bar;
    int size;
    assert_true(qr_path(a, STR("x"), &path, &size));
    str_split(&path, 'M', &bar);
    while (str_split(&path, 'M', &bar)) {
        int x, y, run;
        assert_int_equal(sscanf(str_cstr(a, bar), "%d %dh%d", &x, &y, &run), 3);
        assert_true(x >= QR_QUIET && y >= QR_QUIET && x + run <= size - QR_QUIET && y < size - QR_QUIET);
    }
}

static void test_too_long(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    char text[4000];
    struct str path;
    int size;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = 'x';
    assert_false(qr_path(a, (struct str){text, sizeof text}, &path, &size));
}

int base_qr_test(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_finders), cmocka_unit_test(test_nothing_in_the_quiet),
                                       cmocka_unit_test(test_too_long)};
    return cmocka_run_group_tests_name("base/qr", tests, NULL, NULL);
}
