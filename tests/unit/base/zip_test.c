/* SPDX-License-Identifier: Apache-2.0 */
/* An archive as its format says it, byte by byte; that others open it is shown by tests/http/mydata.test.mjs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/zip.h"

int base_zip_test(void);

static uint64_t number(struct str s, size_t at, int bytes)
{
    uint64_t n = 0;
    for (int i = 0; i < bytes; i++)
        n |= (uint64_t)(unsigned char)s.ptr[at + (size_t)i] << (8 * i);
    return n;
}

static void test_two_files(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct zip zip;
    int64_t at;
    assert_true(clock_parse_iso(STR("2026-11-23T02:30:10Z"), &at));
    zip_begin(&zip, a, at);
    zip_add(&zip, STR("one.txt"), STR("123456789"));
    zip_add(&zip, STR("è/two"), STR(""));
    struct str all = zip_end(&zip);
    size_t end = all.len - 22, directory = (size_t)number(all, end + 16, 4);
    assert_int_equal(number(all, end, 4), 0x06054b50);
    assert_int_equal(number(all, end + 8, 2), 2);
    assert_int_equal(number(all, end + 10, 2), 2);
    assert_int_equal(number(all, end + 12, 4), end - directory);
    assert_int_equal(number(all, directory, 4), 0x02014b50);
    assert_int_equal(number(all, directory + 16, 4), 0xcbf43926); /* CRC-32 of 123456789, as everybody knows it */
    assert_int_equal(number(all, directory + 24, 4), 9);
    assert_int_equal(number(all, directory + 42, 4), 0);
    size_t second = directory + 46 + 7, local = (size_t)number(all, second + 42, 4);
    assert_int_equal(number(all, second, 4), 0x02014b50);
    assert_int_equal(number(all, second + 28, 2), 6);
    assert_int_equal(number(all, local, 4), 0x04034b50);
    assert_int_equal(number(all, local + 10, 2), 2 << 11 | 30 << 5 | 5);
    assert_int_equal(number(all, local + 12, 2), (2026 - 1980) << 9 | 11 << 5 | 23);
    assert_true(str_eq(str_slice(all, local + 30, local + 36), STR("è/two")));
}

int base_zip_test(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_files)};
    return cmocka_run_group_tests_name("base/zip", tests, NULL, NULL);
}
