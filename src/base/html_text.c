/* SPDX-License-Identifier: Apache-2.0 */
/* HTML to text: libxml2's parser makes a tree of it, its walker goes through the tree node by node. */
#include "base/html_text.h"

#include <libxml/HTMLparser.h>
#include <libxml/xmlreader.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"

#define QUOTE_DEPTH_MAX 20

enum tag_kind {
    TAG_INLINE,
    TAG_LINE,
    TAG_PARAGRAPH,
    TAG_ITEM,
    TAG_CELL,
    TAG_QUOTE,
    TAG_PRE,
    TAG_BREAK,
    TAG_IMAGE,
    TAG_LINK,
    TAG_SKIP
};

static const struct {
    const char *name;
    enum tag_kind kind;
} tags[] = {
    {"a", TAG_LINK},           {"address", TAG_LINE},  {"article", TAG_LINE}, {"aside", TAG_LINE},
    {"blockquote", TAG_QUOTE}, {"br", TAG_BREAK},      {"caption", TAG_LINE}, {"dd", TAG_LINE},
    {"div", TAG_LINE},         {"dl", TAG_PARAGRAPH},  {"dt", TAG_LINE},      {"figcaption", TAG_LINE},
    {"figure", TAG_LINE},      {"footer", TAG_LINE},   {"form", TAG_LINE},    {"h1", TAG_PARAGRAPH},
    {"h2", TAG_PARAGRAPH},     {"h3", TAG_PARAGRAPH},  {"h4", TAG_PARAGRAPH}, {"h5", TAG_PARAGRAPH},
    {"h6", TAG_PARAGRAPH},     {"head", TAG_SKIP},     {"header", TAG_LINE},  {"hr", TAG_PARAGRAPH},
    {"iframe", TAG_SKIP},      {"img", TAG_IMAGE},     {"li", TAG_ITEM},      {"main", TAG_LINE},
    {"nav", TAG_LINE},         {"noscript", TAG_SKIP}, {"object", TAG_SKIP},  {"ol", TAG_PARAGRAPH},
    {"p", TAG_PARAGRAPH},      {"pre", TAG_PRE},       {"script", TAG_SKIP},  {"section", TAG_LINE},
    {"select", TAG_SKIP},      {"style", TAG_SKIP},    {"svg", TAG_SKIP},     {"table", TAG_PARAGRAPH},
    {"template", TAG_SKIP},    {"textarea", TAG_SKIP}, {"title", TAG_SKIP},   {"tr", TAG_LINE},
    {"ul", TAG_PARAGRAPH},     {"td", TAG_CELL},       {"th", TAG_CELL},
};

struct telling {
    struct arena *a;
    struct buf out;
    int lines;  /* line ends owed before the next word */
    bool space; /* a space is owed */
    int quotes, pre;
    int skip;        /* depth of the element that is left out; -1: none */
    size_t link_at;  /* where the words of the open link begin */
    struct str href; /* of the open link; empty: none */
};

static enum tag_kind kind_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(tags); i++)
        if (strcasecmp(tags[i].name, name) == 0)
            return tags[i].kind;
    return TAG_INLINE;
}

static void owe_lines(struct telling *t, int lines)
{
    if (t->lines < lines)
        t->lines = lines;
    t->space = false;
}

/* What is owed before the next word. */
static void pay(struct telling *t)
{
    if (t->lines && t->out.len) {
        for (int i = 0; i < t->lines; i++) {
            buf_char(&t->out, '\n');
            for (int q = 0; q < t->quotes && i + 1 == t->lines; q++)
                buf_cstr(&t->out, "> ");
        }
    } else if (!t->out.len) {
        for (int q = 0; q < t->quotes; q++)
            buf_cstr(&t->out, "> ");
    } else if (t->space) {
        buf_char(&t->out, ' ');
    }
    t->lines = 0;
    t->space = false;
}

static void tell(struct telling *t, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool nbsp = c == '\xc2' && i + 1 < text.len && text.ptr[i + 1] == '\xa0';
        if (t->pre && c == '\n') {
            owe_lines(t, t->lines + 1);
        } else if (!(t->pre && c == ' ') && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || nbsp)) {
            t->space = !t->lines && t->out.len;
            i += nbsp;
        } else {
            pay(t);
            buf_char(&t->out, c);
        }
    }
}

static struct str attribute(struct telling *t, xmlTextReaderPtr reader, const char *name)
{
    xmlChar *value = xmlTextReaderGetAttribute(reader, (const xmlChar *)name);
    struct str copy = value ? str_dup(t->a, str_from((const char *)value)) : STR_EMPTY;
    xmlFree(value);
    return copy;
}

/* Small letters, without spaces. */
static struct str style_of(struct telling *t, xmlTextReaderPtr reader)
{
    struct str style = attribute(t, reader, "style");
    char *bare = arena_copy(t->a, style.ptr ? style.ptr : "", style.len);
    size_t n = 0;
    for (size_t i = 0; i < style.len; i++)
        if (str_find_char(STR(" \t\r\n\f"), bare[i]) < 0)
            bare[n++] = bare[i];
    return str_lower(t->a, (struct str){bare, n});
}

/* "opacity:0" is nothing, "opacity:0.9" is something. */
static bool is_nought(struct str style, const char *name)
{
    ptrdiff_t at = str_find(style, str_from(name));
    struct str rest = at < 0 ? STR_EMPTY : str_slice(style, (size_t)at + strlen(name), style.len);
    return at >= 0 && (!rest.len || str_find_char(STR(".123456789"), rest.ptr[0]) < 0);
}

/* Letters of no size are no sign: whole mails are laid out in cells that have it. */
static bool is_hidden(struct telling *t, xmlTextReaderPtr reader)
{
    struct str style = style_of(t, reader);
    xmlChar *hidden = xmlTextReaderGetAttribute(reader, (const xmlChar *)"hidden");
    bool is = hidden || str_find(style, STR("display:none")) >= 0 || str_find(style, STR("visibility:hidden")) >= 0 ||
              is_nought(style, "opacity:0") ||
              (is_nought(style, "max-height:0") && str_find(style, STR("overflow:hidden")) >= 0);
    xmlFree(hidden);
    return is;
}

static bool is_web(struct str href)
{
    return str_starts(href, STR("http://")) || str_starts(href, STR("https://"));
}

static void link_begins(struct telling *t, xmlTextReaderPtr reader)
{
    struct str href = str_trim(attribute(t, reader, "href")), class = attribute(t, reader, "class");
    /* names and tags of people are said by their words */
    bool named = str_find(class, STR("mention")) >= 0 || str_find(class, STR("hashtag")) >= 0;
    t->href = is_web(href) && !named ? href : STR_EMPTY;
    t->link_at = t->out.len;
}

static void link_ends(struct telling *t)
{
    struct str words = str_trim(str_slice(buf_view(&t->out), t->link_at, t->out.len)), bare = t->href;
    bare = str_starts(bare, STR("https://")) ? str_slice(bare, 8, bare.len) : str_slice(bare, 7, bare.len);
    bool same = str_find(t->href, words) >= 0 && words.len + 9 >= bare.len;
    /* "@ada" that leads to …/@ada or …/users/ada is said by its words, as a hashtag is */
    bool name = words.len > 1 && (words.ptr[0] == '@' || words.ptr[0] == '#');
    struct str last = name ? str_slice(words, 1, words.len) : STR_EMPTY;
    ptrdiff_t server = str_find_char(last, '@');
    last = server > 0 ? str_slice(last, 0, (size_t)server) : last;
    same |= last.len && str_ends(t->href, last);
    if (t->href.len && words.len && !same)
        buf_format(&t->out, " (%.*s)", STR_ARGS(t->href));
    else if (t->href.len && !words.len && t->out.len == t->link_at)
        tell(t, t->href);
    t->href = STR_EMPTY;
}

static void begins(struct telling *t, enum tag_kind kind, xmlTextReaderPtr reader)
{
    struct str alt;
    switch (kind) {
    case TAG_PARAGRAPH: owe_lines(t, 2); break;
    case TAG_LINE: owe_lines(t, 1); break;
    case TAG_BREAK: owe_lines(t, t->lines + 1 > 2 ? 2 : t->lines + 1); break;
    case TAG_PRE: owe_lines(t, 2), t->pre++; break;
    case TAG_QUOTE: owe_lines(t, 2), t->quotes += t->quotes < QUOTE_DEPTH_MAX; break;
    case TAG_ITEM: owe_lines(t, 1), tell(t, STR("–")), t->space = true; break;
    case TAG_CELL: t->space = !t->lines && t->out.len; break;
    case TAG_LINK: link_begins(t, reader); break;
    case TAG_IMAGE:
        alt = str_trim(attribute(t, reader, "alt"));
        if (alt.len)
            tell(t, str_format(t->a, "[%.*s]", STR_ARGS(alt)));
        break;
    case TAG_SKIP:
    case TAG_INLINE: break;
    }
}

static void ends(struct telling *t, enum tag_kind kind)
{
    switch (kind) {
    case TAG_PARAGRAPH: owe_lines(t, 2); break;
    case TAG_LINE:
    case TAG_ITEM: owe_lines(t, 1); break;
    case TAG_PRE: owe_lines(t, 2), t->pre -= t->pre > 0; break;
    case TAG_QUOTE: owe_lines(t, 2), t->quotes -= t->quotes > 0; break;
    case TAG_LINK: link_ends(t); break;
    case TAG_CELL: t->space = !t->lines && t->out.len; break;
    case TAG_BREAK:
    case TAG_IMAGE:
    case TAG_SKIP:
    case TAG_INLINE: break;
    }
}

static void node(struct telling *t, xmlTextReaderPtr reader)
{
    int type = xmlTextReaderNodeType(reader), depth = xmlTextReaderDepth(reader);
    if (t->skip >= 0 && depth > t->skip)
        return;
    t->skip = -1;
    const char *name = (const char *)xmlTextReaderConstLocalName(reader);
    const xmlChar *text = xmlTextReaderConstValue(reader);
    enum tag_kind kind = name ? kind_of(name) : TAG_INLINE;
    bool empty = xmlTextReaderIsEmptyElement(reader);
    if (type == XML_READER_TYPE_ELEMENT) {
        if (kind == TAG_SKIP || is_hidden(t, reader))
            t->skip = empty ? -1 : depth;
        else
            begins(t, kind, reader);
        if (empty && kind != TAG_SKIP)
            ends(t, kind);
    } else if (type == XML_READER_TYPE_END_ELEMENT) {
        if (kind != TAG_SKIP)
            ends(t, kind);
    } else if (text && (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE ||
                        type == XML_READER_TYPE_WHITESPACE)) {
        tell(t, str_from((const char *)text));
    }
}

struct str html_text(struct arena *a, struct str html)
{
    struct telling t = {.a = a, .skip = -1};
    struct str clean = text_clean(a, str_slice(html, 0, html.len < HTML_BYTES_MAX ? html.len : HTML_BYTES_MAX));
    if (str_trim(clean).len == 0)
        return STR_EMPTY;
    buf_init(&t.out, a, clean.len / 2 + 64);
    htmlDocPtr doc = htmlReadMemory(clean.ptr, (int)clean.len, NULL, "UTF-8",
                                    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                        HTML_PARSE_NONET | HTML_PARSE_COMPACT);
    xmlTextReaderPtr reader = doc ? xmlReaderWalker(doc) : NULL;
    while (reader && xmlTextReaderRead(reader) == 1)
        node(&t, reader);
    xmlFreeTextReader(reader);
    xmlFreeDoc(doc);
    return text_clean(a, buf_view(&t.out));
}
