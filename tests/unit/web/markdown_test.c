/* SPDX-License-Identifier: Apache-2.0 */
/* Markdown becomes only what we write: nothing in it runs, leads where it should not, or comes from elsewhere. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/markdown.h"
#include "web/markdown.h"

int web_markdown_test(void);

static const struct {
    const char *text, *html;
} shown[] = {
    {"", ""},
    {"# Uno\n\ndue **tre** *quattro*", "<h2>Uno</h2>\n<p>due <strong>tre</strong> <em>quattro</em></p>\n"},
    {"1. a\n2. b", "<ol class=\"steps\">\n<li><div>a</div></li>\n<li><div>b</div></li>\n</ol>\n"},
    {"4. a", "<ol start=\"4\">\n<li><div>a</div></li>\n</ol>\n"},
    {"[io](https://a.example/?x=\"y)",
     "<p><a href=\"https://a.example/?x=&quot;y\" rel=\"noopener noreferrer nofollow\">io</a></p>\n"},
    {"[io](https://a.example/)",
     "<p><a href=\"https://a.example/\" rel=\"noopener noreferrer nofollow\">io</a></p>\n"},
    {"[io](/ask)", "<p><a href=\"/b/x/ask\">io</a></p>\n"},
    {"<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"},
    {"a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"},
    {"[io](javascript:alert(1))", "<p>io</p>\n"},
    {"[io](JaVaScRiPt:alert(1))", "<p>io</p>\n"},
    {"[io](&#106;avascript:alert(1))", "<p>io</p>\n"},
    {"[io](data:text/html,x)", "<p>io</p>\n"},
    {"[io](//elsewhere.example)", "<p>io</p>\n"},
    {"[io](/\\elsewhere.example)", "<p>io</p>\n"},
    {"[io](<java\tscript:alert(1)>)", "<p>io</p>\n"},
    {"![b\"q](picture:12)", "<p><img src=\"/b/x/help/picture/12\" loading=\"lazy\" alt=\"b&quot;q\"></p>\n"},
    {"![q](https://elsewhere.example/a.png)", "<p></p>\n"},
    {"![q](picture:12/../x)", "<p></p>\n"},
    {"![q](picture:-1)", "<p></p>\n"},
    {"![a ![b](picture:2) **c**](picture:1)",
     "<p><img src=\"/b/x/help/picture/1\" loading=\"lazy\" alt=\"a b c\"></p>\n"},
    {"`<i>`", "<p><code>&lt;i&gt;</code></p>\n"},
};

static void only_what_we_write_is_shown(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        struct str html = markdown_html(a, str_from(shown[i].text), STR("/b/x"));
        if (!str_eq(html, str_from(shown[i].html)))
            fail_msg("“%s” becomes “%.*s”", shown[i].text, STR_ARGS(html));
    }
    arena_free(a);
}

/* A table of n columns and n rows of one cell each has n * n cells. */
static void a_text_that_grows_too_much_is_not_shown(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    enum { N = 3000 };
    char *text = arena_alloc(a, N * 12), *at = text;
    for (int i = 0; i < N; i++)
        at = stpcpy(at, "|a");
    *at++ = '\n';
    for (int i = 0; i < N; i++)
        at = stpcpy(at, "|---");
    *at++ = '\n';
    for (int i = 0; i < N; i++)
        at = stpcpy(at, "|b\n");
    assert_int_equal(markdown_html(a, (struct str){text, (size_t)(at - text)}, STR_EMPTY).len, 0);
    arena_free(a);
}

static void its_words_are_found(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct str words = markdown_words(a, STR("## Uno\n\n[due](https://a.example) **tre** ![quattro](picture:1)"));
    assert_string_equal(str_cstr(a, words), "Uno\ndue tre quattro");
    arena_free(a);
}

int web_markdown_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_we_write_is_shown),
        cmocka_unit_test(a_text_that_grows_too_much_is_not_shown),
        cmocka_unit_test(its_words_are_found),
    };
    return cmocka_run_group_tests_name("web/markdown", tests, NULL, NULL);
}
