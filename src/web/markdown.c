/* SPDX-License-Identifier: Apache-2.0 */
/* md4c tells of blocks, spans and texts; each has one line of HTML here, and what has none is left out. */
#include "web/markdown.h"

#include <md4c.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"
#include "base/url.h"

#define ADDRESS_MAX 2000

struct page {
    struct buf html;
    struct arena *arena;
    struct str base;
    bool words;     /* no tags */
    int pictures;   /* inside of how many: their words are a description */
    bool pictured;  /* the outermost may be shown */
    bool link_lost; /* the open link's address was not taken: links hold no links */
};

static int put(struct page *page, const char *tag)
{
    buf_cstr(&page->html, tag);
    return page->html.len > MARKDOWN_HTML_MAX;
}

/* ---- addresses ---- */

static struct str attribute(struct page *page, const MD_ATTRIBUTE *attribute)
{
    return text_clean(page->arena, (struct str){attribute->text, attribute->size});
}

/* Control characters and spaces hide schemes from eyes and checks: an address has none. */
static bool is_plain(struct str address)
{
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char)address.ptr[i] <= ' ' || address.ptr[i] == '\\')
            return false;
    return address.len > 0 && address.len <= ADDRESS_MAX;
}

static bool is_ours(struct str address)
{
    bool inside = address.ptr[0] == '/' && !str_starts(address, STR("//"));
    return inside || address.ptr[0] == '#';
}

static bool may_link(struct str address)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:", "tel:"};
    if (!is_plain(address))
        return false;
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        struct str scheme = str_from(schemes[i]);
        if (address.len > scheme.len && str_eq_nocase(str_slice(address, 0, scheme.len), scheme))
            return true;
    }
    return is_ours(address);
}

static int link_begin(struct page *page, const MD_SPAN_A_DETAIL *link)
{
    struct str address = attribute(page, &link->href);
    page->link_lost = !may_link(address);
    if (page->link_lost)
        return 0;
    buf_cstr(&page->html, "<a href=\"");
    if (address.ptr[0] == '/')
        buf_html(&page->html, page->base);
    buf_html(&page->html, address);
    return put(page, is_ours(address) ? "\">" : "\" rel=\"noopener noreferrer nofollow\">");
}

static int link_end(struct page *page)
{
    return page->link_lost ? 0 : put(page, "</a>");
}

static int picture_begin(struct page *page, const MD_SPAN_IMG_DETAIL *picture)
{
    struct str address = attribute(page, &picture->src), scheme = STR("picture:");
    int64_t id = 0;
    if (page->pictures++ > 0)
        return 0;
    page->pictured =
        str_starts(address, scheme) && str_int64(str_slice(address, scheme.len, address.len), &id) && id > 0;
    if (page->pictured)
        buf_format(&page->html, "<img src=\"%.*s/help/picture/%lld\" loading=\"lazy\" alt=\"", STR_ARGS(page->base),
                   (long long)id);
    return 0;
}

static int picture_end(struct page *page)
{
    if (--page->pictures > 0 || !page->pictured)
        return 0;
    page->pictured = false;
    return put(page, "\">");
}

/* ---- blocks and spans ---- */

static int heading(struct page *page, unsigned level, bool begins)
{
    static const char *const tags[2][3] = {{"</h2>\n", "</h3>\n", "</h4>\n"}, {"<h2>", "<h3>", "<h4>"}};
    return put(page, tags[begins][level <= 2 ? 0 : level == 3 ? 1 : 2]);
}

static int cell(struct page *page, const char *name, bool begins)
{
    put(page, begins ? "<" : "</");
    put(page, name);
    return put(page, ">");
}

static int ordered(struct page *page, const MD_BLOCK_OL_DETAIL *list)
{
    if (list->start == 1)
        return put(page, "<ol class=\"steps\">\n");
    buf_format(&page->html, "<ol start=\"%u\">\n", list->start);
    return 0;
}

static int block(struct page *page, MD_BLOCKTYPE type, void *detail, bool begins)
{
    switch (type) {
    case MD_BLOCK_QUOTE: return put(page, begins ? "<blockquote>\n" : "</blockquote>\n");
    case MD_BLOCK_UL: return put(page, begins ? "<ul>\n" : "</ul>\n");
    case MD_BLOCK_OL: return begins ? ordered(page, detail) : put(page, "</ol>\n");
    case MD_BLOCK_LI:
        return put(page, begins ? "<li><div>" : "</div></li>\n"); /* a numbered step is laid out as a box */
    case MD_BLOCK_HR: return begins ? put(page, "<hr>\n") : 0;
    case MD_BLOCK_H: return heading(page, ((const MD_BLOCK_H_DETAIL *)detail)->level, begins);
    case MD_BLOCK_CODE: return put(page, begins ? "<pre><code>" : "</code></pre>\n");
    case MD_BLOCK_P: return put(page, begins ? "<p>" : "</p>\n");
    case MD_BLOCK_TABLE: return cell(page, "table", begins);
    case MD_BLOCK_THEAD: return cell(page, "thead", begins);
    case MD_BLOCK_TBODY: return cell(page, "tbody", begins);
    case MD_BLOCK_TR: return cell(page, "tr", begins);
    case MD_BLOCK_TH: return cell(page, "th", begins);
    case MD_BLOCK_TD: return cell(page, "td", begins);
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML: break;
    }
    return 0;
}

static int span(struct page *page, MD_SPANTYPE type, void *detail, bool begins)
{
    if (type == MD_SPAN_IMG)
        return begins ? picture_begin(page, detail) : picture_end(page);
    if (page->pictures) /* its description is plain words */
        return 0;
    switch (type) {
    case MD_SPAN_EM: return put(page, begins ? "<em>" : "</em>");
    case MD_SPAN_STRONG: return put(page, begins ? "<strong>" : "</strong>");
    case MD_SPAN_A: return begins ? link_begin(page, detail) : link_end(page);
    case MD_SPAN_CODE: return put(page, begins ? "<code>" : "</code>");
    case MD_SPAN_DEL: return put(page, begins ? "<del>" : "</del>");
    case MD_SPAN_IMG:
    case MD_SPAN_LATEXMATH:
    case MD_SPAN_LATEXMATH_DISPLAY:
    case MD_SPAN_WIKILINK:
    case MD_SPAN_U: break;
    }
    return 0;
}

static int block_begin(MD_BLOCKTYPE type, void *detail, void *ctx)
{
    return block(ctx, type, detail, true);
}

static int block_end(MD_BLOCKTYPE type, void *detail, void *ctx)
{
    return block(ctx, type, detail, false);
}

static int span_begin(MD_SPANTYPE type, void *detail, void *ctx)
{
    return span(ctx, type, detail, true);
}

static int span_end(MD_SPANTYPE type, void *detail, void *ctx)
{
    return span(ctx, type, detail, false);
}

static int text(MD_TEXTTYPE type, const MD_CHAR *bytes, MD_SIZE size, void *ctx)
{
    struct page *page = ctx;
    struct str words = {bytes, size};
    if (page->pictures && !page->pictured)
        return 0;
    if (type == MD_TEXT_NULLCHAR)
        return 0;
    if (type == MD_TEXT_BR && !page->pictures)
        return put(page, "<br>\n");
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
        buf_char(&page->html, '\n');
    else
        buf_html(&page->html, words); /* an entity too: "&nbsp;" is shown as it was written */
    return page->html.len > MARKDOWN_HTML_MAX;
}

struct str markdown_html(struct arena *a, struct str given, struct str base)
{
    static const MD_PARSER parser = {.flags = MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH |
                                              MD_FLAG_PERMISSIVEURLAUTOLINKS,
                                     .enter_block = block_begin,
                                     .leave_block = block_end,
                                     .enter_span = span_begin,
                                     .leave_span = span_end,
                                     .text = text};
    struct page page = {.arena = a, .base = base};
    struct str clean = text_clean(a, given);
    buf_init(&page.html, a, clean.len + clean.len / 4 + 64);
    (void)md_parse(str_cstr(a, clean), (MD_SIZE)clean.len, &parser, &page); /* it wants a NUL behind the text */
    return page.html.len > MARKDOWN_HTML_MAX ? STR_EMPTY : buf_view(&page.html);
}
