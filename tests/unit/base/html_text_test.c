/* SPDX-License-Identifier: Apache-2.0 */
/* What HTML says, as text: kept, dropped, and never more than what was said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/html_text.h"

int base_html_text_test(void);

static const struct {
    const char *html, *text;
} said[] = {
    {"", ""},
    {"   \n", ""},
    {"plain words", "plain words"},
    {"<p>One</p><p>Two &amp; three</p>", "One\n\nTwo & three"},
    {"one<br>two<br/>three", "one\ntwo\nthree"},
    {"one<br><br><br><br>two", "one\n\ntwo"},
    {"<div>a</div><div>b</div>", "a\nb"},
    {"<div><div><div>deep</div></div></div> after", "deep\nafter"},
    {"  much   space \n and\tlines ", "much space and lines"},
    {"non&nbsp;breaking", "non breaking"},
    {"<ul><li>first</li><li>second <b>bold</b></li></ul>end", "– first\n– second bold\n\nend"},
    {"<blockquote><p>quoted</p><p>more</p></blockquote>mine", "> quoted\n\n> more\n\nmine"},
    {"<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n\n> > b"},
    {"<pre>a\n  b</pre>", "a\n  b"},
    {"<a href=\"https://shop.example/x\">the shop</a>", "the shop (https://shop.example/x)"},
    {"<a href=\"https://shop.example/x\">https://shop.example/x</a>!", "https://shop.example/x!"},
    {"<a href=\"https://shop.example/\">shop.example</a>", "shop.example"},
    {"<a href=\"https://evil.example/\">bank.example</a>", "bank.example (https://evil.example/)"},
    {"<a href=\"javascript:alert(1)\">press</a>", "press"},
    {"<a href=\"https://m.example/@ada\">@ada</a> <a href=\"https://m.example/tags/love\">#love</a>", "@ada #love"},
    {"<a href=\"https://evil.example/x\">@ada</a>", "@ada (https://evil.example/x)"},
    {"<a href=\"https://only.example/\"></a>", "https://only.example/"},
    {"<p><span class=\"h-card\"><a href=\"https://m.example/@nuvola\" class=\"u-url "
     "mention\">@<span>nuvola</span></a></span> "
     "hello</p>",
     "@nuvola hello"},
    {"<p>see <a href=\"https://blog.example/2026/a-long-way\"><span class=\"invisible\">https://</span><span "
     "class=\"ellipsis\">blog.example/2026</span><span class=\"invisible\">/a-long-way</span></a></p>",
     "see https://blog.example/2026/a-long-way"},
    {"<img src=\"https://track.example/1.gif\"><img alt=\"a red box\" src=x>", "[a red box]"},
    {"<head><title>t</title><style>p{}</style></head><body>b<script>alert('x')</script></body>", "b"},
    {"<div style=\"Display:none\">secret preheader</div>shown<p hidden>no</p>", "shown"},
    {"<p style=\"visibility: hidden\">no</p><p style='opacity:0;font-size:9px'>no</p>shown", "shown"},
    {"<div style=\"max-height: 0px; overflow: hidden\">preheader</div>shown", "shown"},
    {"<p style='opacity:0.8'>pale</p><div style='max-height:0.5em;overflow:hidden'>low</div>", "pale\n\nlow"},
    {"<table><tr><td style=\"font-size:0px\"><div style=\"font-size:13px\">laid out</div></td></tr></table>",
     "laid out"},
    {"<!-- comment -->after", "after"},
    {"<table><tr><td>a</td> <td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
    {"<table><tr><th>Order</th><th>Price</th></tr><tr><td>12</td><td>30 €</td></tr></table>", "Order Price\n12 30 €"},
    {"<table><tr><td><p>a</p></td><td>b</td></tr></table>", "a\n\nb"},
    {"<p>never closed <b>bold", "never closed bold"},
    {"a < b and c > d", "a < b and c > d"},
    {"&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"},
    {"l&#8217;acqua &egrave; rossa &#x1F600;", "l’acqua è rossa 😀"},
    {"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><p>&e;</p>", NULL},
};

static void says_what_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        struct arena *a = arena_new();
        struct str text = html_text(a, str_from(said[i].html));
        assert_int_equal(str_find(text, STR("root:")), -1);
        if (said[i].text && !str_eq(text, str_from(said[i].text)))
            fail_msg("%s: “%.*s”", said[i].html, STR_ARGS(text));
        arena_free(a);
    }
}

static void bears_what_is_wrong(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf deep;
    buf_init(&deep, a, 200000);
    for (int i = 0; i < 20000; i++)
        buf_cstr(&deep, i % 2 ? "<div>" : "<blockquote>");
    buf_cstr(&deep, "at the bottom");
    assert_true(html_text(a, buf_view(&deep)).len < 4000000);
    struct str bytes = {"\0<p>\xff\xfe\0<", 8};
    (void)html_text(a, bytes);
    for (size_t cut = 0; cut < 60; cut++)
        (void)html_text(a, str_slice(STR("<p>One <a href=\"https://x.example/\">two</a></p><!-- no -->"), 0, cut));
    arena_free(a);
}

int base_html_text_test(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_is_said), cmocka_unit_test(bears_what_is_wrong)};
    return cmocka_run_group_tests_name("base/html_text", tests, NULL, NULL);
}
