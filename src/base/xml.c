/* SPDX-License-Identifier: Apache-2.0 */
/* Flat XML through libxml2's reader, which sees one node at a time. */
#include "base/xml.h"

#include <libxml/xmlreader.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"

struct way { /* from the root to where the reader stands */
    struct arena *a;
    struct str names[XML_DEPTH_MAX + 2];
    bool leaf; /* the element that is open has no element in it so far */
    struct str text;
    struct pairs *out;
};

static void quiet(void *ctx, const char *message, xmlParserSeverities severity, xmlTextReaderLocatorPtr where)
{
    (void)ctx, (void)message, (void)severity, (void)where;
}

static struct str name_here(const struct way *w, int depth)
{
    struct str name = STR_EMPTY;
    for (int i = 1; i <= depth; i++)
        name = name.len ? str_format(w->a, "%.*s/%.*s", STR_ARGS(name), STR_ARGS(w->names[i])) : w->names[i];
    return name;
}

static bool leaf_ends(struct way *w, int depth, struct error *e)
{
    if (!w->leaf || depth == 0)
        return true;
    if (w->out->count == XML_PARTS_MAX)
        return fail(e, ERR_MALFORMED, "The XML has more than %d parts.", XML_PARTS_MAX);
    w->out->items[w->out->count++] = (struct pair){name_here(w, depth), w->text};
    w->leaf = false;
    return true;
}

static bool element_begins(struct way *w, xmlTextReaderPtr reader, int depth, struct error *e)
{
    if (depth > XML_DEPTH_MAX)
        return fail(e, ERR_MALFORMED, "The XML is nested deeper than %d.", XML_DEPTH_MAX);
    w->names[depth] = str_dup(w->a, str_from((const char *)xmlTextReaderConstLocalName(reader)));
    w->text = STR_EMPTY;
    w->leaf = true;
    return !xmlTextReaderIsEmptyElement(reader) || leaf_ends(w, depth, e);
}

static bool node_read(struct way *w, xmlTextReaderPtr reader, struct error *e)
{
    int depth = xmlTextReaderDepth(reader);
    const xmlChar *text = xmlTextReaderConstValue(reader);
    switch (xmlTextReaderNodeType(reader)) {
    case XML_READER_TYPE_ELEMENT: return element_begins(w, reader, depth, e);
    case XML_READER_TYPE_END_ELEMENT: return leaf_ends(w, depth, e);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        if (text)
            w->text = str_concat(w->a, w->text, str_from((const char *)text));
        return true;
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return fail(e, ERR_MALFORMED, "The XML declares or uses entities of its own.");
    default: return true;
    }
}

bool xml_leaves(struct arena *a, struct str bytes, struct pairs *out, struct error *e)
{
    *out = (struct pairs){.items = ARENA_ARRAY(a, struct pair, XML_PARTS_MAX)};
    if (bytes.len > XML_BYTES_MAX || bytes.len == 0)
        return fail(e, ERR_MALFORMED, "This is no XML of a message.");
    xmlTextReaderPtr reader =
        xmlReaderForMemory(bytes.ptr, (int)bytes.len, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOCDATA);
    if (!reader)
        return fail(e, ERR_MALFORMED, "This is no XML.");
    xmlTextReaderSetErrorHandler(reader, quiet, NULL);
    struct way w = {.a = a, .out = out};
    bool good = true;
    int more;
    while ((more = xmlTextReaderRead(reader)) == 1 && good)
        good = node_read(&w, reader, e);
    xmlFreeTextReader(reader);
    if (!good)
        return false;
    return more == 0 || fail(e, ERR_MALFORMED, "This is no XML, or it is cut off.");
}
