/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: Markdown becomes HTML in which every tag and address is one of ours. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/markdown.h"
#include "base/unicode.h"
#include "web/markdown.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool is_known(struct str tag)
{
    static const char *const tags[] = {"p",
                                       "/p",
                                       "h2",
                                       "/h2",
                                       "h3",
                                       "/h3",
                                       "h4",
                                       "/h4",
                                       "ul",
                                       "/ul",
                                       "ol class=\"steps\"",
                                       "/ol",
                                       "li",
                                       "/li",
                                       "div",
                                       "/div",
                                       "hr",
                                       "pre",
                                       "/pre",
                                       "code",
                                       "/code",
                                       "em",
                                       "/em",
                                       "strong",
                                       "/strong",
                                       "del",
                                       "/del",
                                       "/a",
                                       "br",
                                       "table",
                                       "/table",
                                       "thead",
                                       "/thead",
                                       "tbody",
                                       "/tbody",
                                       "tr",
                                       "/tr",
                                       "th",
                                       "/th",
                                       "td",
                                       "/td",
                                       "blockquote",
                                       "/blockquote"};
    for (size_t i = 0; i < COUNT_OF(tags); i++)
        if (str_eq(tag, str_from(tags[i])))
            return true;
    return str_starts(tag, STR("ol start=\"")) || str_starts(tag, STR("img src=\"/b/x/help/picture/")) ||
           str_starts(tag, STR("a href=\"/b/x/")) || str_starts(tag, STR("a href=\"#")) ||
           str_eq_nocase(str_slice(tag, 0, 12), STR("a href=\"http")) ||
           str_eq_nocase(str_slice(tag, 0, 15), STR("a href=\"mailto:")) ||
           str_eq_nocase(str_slice(tag, 0, 12), STR("a href=\"tel:"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct str text = {(const char *)data, size};
    struct str html = markdown_html(a, text, STR("/b/x")), words = markdown_words(a, text);
    must(utf8_valid(html) && html.len <= MARKDOWN_HTML_MAX);
    must(utf8_valid(words));
    for (size_t i = 0; i < html.len; i++) {
        if (html.ptr[i] != '<')
            continue;
        ptrdiff_t end = str_find_char(str_slice(html, i, html.len), '>');
        must(end > 0 && is_known(str_slice(html, i + 1, i + (size_t)end)));
    }
    arena_free(a);
    return 0;
}
