/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers: growing in every way, and the escapes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

int base_buf_test(void);

static struct buf begin(struct arena *a)
{
    struct buf b;
    buf_init(&b, a, 0);
    return b;
}

static void assert_buf(struct buf *b, const char *expected)
{
    struct str got = buf_view(b);
    assert_string_equal(got.ptr, expected);
    assert_int_equal(got.len, strlen(expected));
}

static void adds_everything(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf b = begin(a);
    assert_buf(&b, "");
    buf_add(&b, "ab", 2);
    buf_add(&b, NULL, 0);
    buf_str(&b, STR("cd"));
    buf_str(&b, STR_EMPTY);
    buf_cstr(&b, "ef");
    buf_cstr(&b, NULL);
    buf_char(&b, 'g');
    buf_int(&b, 0);
    buf_int(&b, -12);
    buf_int(&b, INT64_MAX);
    buf_int(&b, INT64_MIN);
    buf_format(&b, "<%s>", "x");
    assert_buf(&b, "abcdefg0-129223372036854775807-9223372036854775808<x>");
    arena_free(a);
}

static void grows_at_every_length(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (size_t len = 0; len < 300; len++) {
        struct buf b = begin(a), f = begin(a);
        for (size_t i = 0; i < len; i++)
            buf_char(&b, (char)('a' + i % 26));
        struct str s = buf_view(&b);
        assert_int_equal(s.len, len);
        buf_format(&f, "%.*s", STR_ARGS(s));
        buf_format(&f, "%.*s", STR_ARGS(s));
        assert_true(str_eq(buf_view(&f), str_concat(a, s, s)));
        buf_add(&b, "end", 3);
        assert_true(str_ends(buf_view(&b), STR("end")));
        arena_reset(a);
    }
    arena_free(a);
}

static void grows_large(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf b = begin(a);
    for (int i = 0; i < 1000000; i++)
        buf_int(&b, i % 10);
    struct str s = buf_view(&b);
    assert_int_equal(s.len, 1000000);
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != (char)('0' + i % 10))
            fail_msg("byte %zu", i);
    arena_free(a);
}

static void escapes_html(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf b = begin(a);
    buf_html(&b, STR("<a href=\"x\" title='y'>R&D è</a>"));
    assert_buf(&b, "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;R&amp;D è&lt;/a&gt;");
    struct buf empty = begin(a);
    buf_html(&empty, STR_EMPTY);
    buf_html(&empty, STR("plain"));
    buf_html(&empty, STR("&"));
    assert_buf(&empty, "plain&amp;");
    arena_free(a);
}

/* Eight bytes are looked at together: every byte, at every place among harmless ones, alone and beside another. */
static void escapes_html_wherever_it_stands(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (int c = 1; c < 256; c++) {
        const char *entity = c == '&'    ? "&amp;"
                             : c == '<'  ? "&lt;"
                             : c == '>'  ? "&gt;"
                             : c == '"'  ? "&quot;"
                             : c == '\'' ? "&#39;"
                                         : NULL;
        struct str written = entity ? str_from(entity) : str_dup(a, (struct str){(const char[]){(char)c}, 1});
        for (size_t len = 1; len < 20; len++)
            for (size_t at = 0; at < len; at++) {
                struct buf text, expected, out;
                buf_init(&text, a, 0);
                buf_init(&expected, a, 0);
                buf_init(&out, a, 0);
                for (size_t i = 0; i < len; i++) {
                    bool here = i == at || i == at + 9;
                    buf_char(&text, here ? (char)c : "!'%(=?;:#@\x7f\xff"[2 + i % 9]);
                    if (here)
                        buf_str(&expected, written);
                    else
                        buf_char(&expected, "!'%(=?;:#@\x7f\xff"[2 + i % 9]);
                }
                buf_html(&out, buf_view(&text));
                assert_buf(&out, str_cstr(a, buf_view(&expected)));
            }
        arena_reset(a);
    }
    arena_free(a);
}

static void escapes_urls(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf b = begin(a);
    buf_url(&b, STR("aZ09-._~ /?&=+%è\0"));
    assert_buf(&b, "aZ09-._~%20%2F%3F%26%3D%2B%25%C3%A8%00");
    arena_free(a);
}

int base_buf_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_everything),
        cmocka_unit_test(grows_at_every_length),
        cmocka_unit_test(grows_large),
        cmocka_unit_test(escapes_html),
        cmocka_unit_test(escapes_html_wherever_it_stands),
        cmocka_unit_test(escapes_urls),
    };
    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
