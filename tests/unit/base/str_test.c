/* SPDX-License-Identifier: Apache-2.0 */
/* Strings: every function with empty, NULL, NUL-holding and long ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

int base_str_test(void);

static void assert_str(struct str got, const char *expected)
{
    if (got.len != strlen(expected) || memcmp(got.ptr ? got.ptr : "", expected, got.len) != 0)
        fail_msg("got \"%.*s\", expected \"%s\"", STR_ARGS(got), expected);
}

static void compares(void **state)
{
    (void)state;
    assert_true(str_eq(STR("ab"), str_from("ab")));
    assert_false(str_eq(STR("ab"), STR("aB")));
    assert_false(str_eq(STR("ab"), STR("abc")));
    assert_true(str_eq(STR_EMPTY, STR("")));
    assert_true(str_eq(str_from(NULL), STR_EMPTY));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
    assert_false(str_eq_nocase(STR("[a"), STR("{a")));
    assert_false(str_eq_nocase(STR("\xc3\xa8"), STR("\xc3\x88")));
    assert_false(str_eq_nocase(STR("a"), STR("ab")));
    assert_true(str_cmp(STR("a"), STR("b")) < 0);
    assert_true(str_cmp(STR("b"), STR("a")) > 0);
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("ab"), STR("a")) > 0);
    assert_true(str_cmp(STR("\x7f"), STR("\x80")) < 0);
    assert_true(str_cmp(STR_EMPTY, STR("")) == 0);
    assert_true(str_cmp(STR_EMPTY, STR("a")) < 0);
}

static void finds(void **state)
{
    (void)state;
    assert_true(str_starts(STR("sha256=x"), STR("sha256=")));
    assert_false(str_starts(STR("sha"), STR("sha256=")));
    assert_true(str_starts(STR("x"), STR_EMPTY));
    assert_true(str_starts(STR_EMPTY, STR_EMPTY));
    assert_true(str_ends(STR("a.json"), STR(".json")));
    assert_false(str_ends(STR("json"), STR(".json")));
    assert_true(str_ends(STR_EMPTY, STR_EMPTY));
    assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
    assert_int_equal(str_find(STR("abc"), STR("abcd")), -1);
    assert_int_equal(str_find(STR("abc"), STR("x")), -1);
    assert_int_equal(str_find(STR("abc"), STR_EMPTY), 0);
    assert_int_equal(str_find(STR_EMPTY, STR_EMPTY), 0);
    assert_int_equal(str_find(STR_EMPTY, STR("a")), -1);
    assert_int_equal(str_find(STR("a\0b"), STR("b")), 2);
    assert_int_equal(str_find_char(STR("abc"), 'c'), 2);
    assert_int_equal(str_find_char(STR("abc"), 'd'), -1);
    assert_int_equal(str_find_char(STR_EMPTY, 'a'), -1);
    assert_int_equal(str_find_char(STR("a\0"), '\0'), 1);
}

static void slices_and_trims(void **state)
{
    (void)state;
    assert_str(str_slice(STR("abcdef"), 1, 3), "bc");
    assert_str(str_slice(STR("abcdef"), 4, 99), "ef");
    assert_str(str_slice(STR("abcdef"), 9, 99), "");
    assert_str(str_slice(STR("abcdef"), 3, 1), "");
    assert_str(str_slice(STR_EMPTY, 0, 5), "");
    assert_str(str_slice(STR("abc"), 0, SIZE_MAX), "abc");
    assert_str(str_trim(STR(" \t\r\n\v\fa b \n")), "a b");
    assert_str(str_trim(STR("   ")), "");
    assert_str(str_trim(STR_EMPTY), "");
    assert_str(str_trim(STR("\xc2\xa0")), "\xc2\xa0");
}

static void splits(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,"), part;
    assert_true(str_split(&rest, ',', &part));
    assert_str(part, "a");
    assert_true(str_split(&rest, ',', &part));
    assert_str(part, "");
    assert_true(str_split(&rest, ',', &part));
    assert_str(part, "b");
    assert_false(str_split(&rest, ',', &part));
    rest = STR("whole");
    assert_true(str_split(&rest, ',', &part));
    assert_str(part, "whole");
    assert_false(str_split(&rest, ',', &part));
    rest = STR_EMPTY;
    assert_false(str_split(&rest, ',', &part));
    rest = STR(",");
    assert_true(str_split(&rest, ',', &part));
    assert_str(part, "");
    assert_false(str_split(&rest, ',', &part));
}

static void reads_integers(void **state)
{
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+", false, 0},
        {"--1", false, 0},
        {"1 ", false, 0},
        {" 1", false, 0},
        {"1.0", false, 0},
        {"0x1", false, 0},
        {"1e3", false, 0},
        {"\xd9\xa1", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t value = 42;
        bool good = str_int64(str_from(cases[i].text), &value);
        if (good != cases[i].good || value != (good ? cases[i].value : 42))
            fail_msg("\"%s\"", cases[i].text);
    }
    int64_t value;
    assert_false(str_int64(STR_EMPTY, &value));
    assert_false(str_int64(STR("1\0"), &value));
}

static void makes_new_ones(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    char source[] = "abc";
    struct str copy = str_dup(a, str_from(source));
    source[0] = 'x';
    assert_str(copy, "abc");
    assert_string_equal(str_cstr(a, str_slice(STR("abcdef"), 0, 2)), "ab");
    assert_string_equal(str_cstr(a, STR_EMPTY), "");
    assert_str(str_concat(a, STR("ab"), STR("cd")), "abcd");
    assert_str(str_concat(a, STR_EMPTY, STR_EMPTY), "");
    assert_str(str_concat(a, STR_EMPTY, STR("x")), "x");
    assert_str(str_lower(a, STR("ÀBC-Z[@")), "Àbc-z[@");
    assert_str(str_lower(a, STR_EMPTY), "");
    arena_free(a);
}

static void formats_any_length(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_str(str_format(a, "%d-%s", 7, "x"), "7-x");
    assert_str(str_format(a, "%s", ""), "");
    char words[1000];
    memset(words, 'w', sizeof(words));
    for (size_t len = 250; len < 260; len++) {
        struct str s = str_format(a, "%.*s", (int)len, words);
        assert_int_equal(s.len, len);
        assert_memory_equal(s.ptr, words, len);
        assert_int_equal(s.ptr[len], 0);
    }
    assert_int_equal(str_format(a, "%*d", 100000, 1).len, 100000);
    arena_free(a);
}

int base_str_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares),           cmocka_unit_test(finds),
        cmocka_unit_test(slices_and_trims),   cmocka_unit_test(splits),
        cmocka_unit_test(reads_integers),     cmocka_unit_test(makes_new_ones),
        cmocka_unit_test(formats_any_length),
    };
    return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
