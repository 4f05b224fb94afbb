/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding and query strings, bad ones included. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/url.h"

int base_url_test(void);

static void assert_str(struct str got, const char *expected)
{
    if (got.len != strlen(expected) || memcmp(got.ptr ? got.ptr : "", expected, got.len) != 0)
        fail_msg("got \"%.*s\", expected \"%s\"", STR_ARGS(got), expected);
}

static void encodes_and_decodes(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_str(url_encode(a, STR("a b/è")), "a%20b%2F%C3%A8");
    assert_str(url_encode(a, STR_EMPTY), "");
    assert_str(url_decode(a, STR("a%20b%2f%C3%A8+c"), true), "a b/è c");
    assert_str(url_decode(a, STR("a+b"), false), "a+b");
    assert_str(url_decode(a, STR_EMPTY, true), "");
    char every[256];
    for (int i = 0; i < 256; i++)
        every[i] = (char)i;
    struct str all = {every, sizeof(every)};
    assert_true(str_eq(url_decode(a, url_encode(a, all), true), all));
    arena_free(a);
}

static void bad_escapes_stay(void **state)
{
    static const char *const same[] = {"%", "%%", "%4", "%zz", "%4g", "100%", "%u00e8", "a%"};
    (void)state;
    struct arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(same); i++)
        assert_str(url_decode(a, str_from(same[i]), true), same[i]);
    assert_str(url_decode(a, STR("%%41%41"), true), "%AA");
    assert_str(url_decode(a, STR("%4%41"), true), "%4A");
    struct str nul = url_decode(a, STR("a%00b"), true);
    assert_int_equal(nul.len, 3);
    arena_free(a);
}

static void reads_queries(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct pairs q = url_query(a, STR("a=1&b=two+words&&c&=x&a=2&d=%C3%A8%26&e=f=g&"));
    assert_int_equal(q.count, 7);
    assert_str(pairs_get(&q, STR("a")), "1");
    assert_str(pairs_get(&q, STR("b")), "two words");
    assert_str(pairs_get(&q, STR("c")), "");
    assert_str(pairs_get(&q, STR("")), "x");
    assert_str(pairs_get(&q, STR("d")), "è&");
    assert_str(pairs_get(&q, STR("e")), "f=g");
    assert_str(pairs_get(&q, STR("z")), "");
    assert_str(q.items[4].value, "2");
    q = url_query(a, STR_EMPTY);
    assert_int_equal(q.count, 0);
    assert_str(pairs_get(&q, STR("a")), "");
    q = url_query(a, STR("&&&"));
    assert_int_equal(q.count, 0);
    arena_free(a);
}

static void ignores_pairs_beyond_a_thousand(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf text;
    buf_init(&text, a, 1 << 16);
    for (int i = 0; i < 1200; i++)
        buf_format(&text, "k%d=%d&", i, i);
    struct pairs q = url_query(a, buf_view(&text));
    assert_int_equal(q.count, 1000);
    assert_str(pairs_get(&q, STR("k999")), "999");
    assert_str(pairs_get(&q, STR("k1000")), "");
    arena_free(a);
}

int base_url_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_and_decodes),
        cmocka_unit_test(bad_escapes_stay),
        cmocka_unit_test(reads_queries),
        cmocka_unit_test(ignores_pairs_beyond_a_thousand),
    };
    return cmocka_run_group_tests_name("base/url", tests, NULL, NULL);
}
