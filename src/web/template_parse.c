/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a template to its nodes. White space at the beginning of lines is left out, and a line
 * that holds nothing but a section, a partial or a comment leaves nothing behind. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "web/assets.h"
#include "web/template_internal.h"

struct parser {
    struct arena *arena;
    const struct template_source *source;
    struct template *out;
    unsigned *slots;
    struct error *e;
    size_t at;
    int line;
    int depth;
};

/* A tag as it stands: {{#name=value}} */
struct tag {
    char kind; /* one of # ^ / > < $ ! or t(words) i, I(icon) a(asset) s(sprite) v(value) */
    struct str body;
    bool triple;
    size_t begin, end; /* of the whole tag in the text */
};

static bool wrong(struct parser *p, const char *what, struct str about)
{
    return fail(p->e, ERR_MALFORMED, "%.*s:%d: %s%s%.*s", STR_ARGS(p->source->name), p->line, what,
                about.len ? ": " : "", STR_ARGS(str_slice(about, 0, 80)));
}

static struct node *add(struct parser *p, struct nodes *nodes, enum node_kind kind)
{
    if (nodes->count == nodes->cap) {
        uint32_t cap = nodes->cap ? nodes->cap * 2 : 8;
        struct node *grown = ARENA_ARRAY(p->arena, struct node, cap);
        if (nodes->count)
            memcpy(grown, nodes->items, nodes->count * sizeof *grown);
        nodes->items = grown;
        nodes->cap = cap;
    }
    struct node *node = &nodes->items[nodes->count++];
    node->kind = kind;
    node->line = p->line;
    return node;
}

/* Leaves out what stands between a line's beginning and its first word. */
static struct str squeeze(struct arena *a, struct str text, bool at_line_start)
{
    struct buf out;
    buf_init(&out, a, text.len);
    bool start = at_line_start;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (start && (c == ' ' || c == '\t' || c == '\n'))
            continue;
        start = c == '\n';
        buf_char(&out, c);
    }
    return buf_view(&out);
}

static void add_text(struct parser *p, struct nodes *nodes, size_t from, size_t to)
{
    struct str whole = p->source->text;
    if (to <= from)
        return;
    bool at_line_start = from == 0 || whole.ptr[from - 1] == '\n';
    struct str text = squeeze(p->arena, str_slice(whole, from, to), at_line_start);
    if (text.len)
        add(p, nodes, NODE_TEXT)->text = text;
    for (size_t i = from; i < to; i++)
        p->line += whole.ptr[i] == '\n';
}

static bool parse_path(struct parser *p, struct str text, const struct path **out)
{
    struct path *path = ARENA_NEW(p->arena, struct path);
    struct str rest = text, part;
    *out = path;
    path->whole = text;
    path->slot = *p->slots;
    *p->slots += 2;
    if (str_eq(text, STR(".")))
        return true;
    while (str_split(&rest, '.', &part)) {
        if (!part.len || path->count == PATH_PARTS)
            return wrong(p, "not a name", text);
        for (size_t i = 0; i < part.len; i++)
            if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", part.ptr[i]) || !part.ptr[i])
                return wrong(p, "not a name", text);
        path->parts[path->count++] = part;
    }
    return path->count || wrong(p, "a name is missing", text);
}

static bool word(struct str *rest, struct str *out)
{
    *rest = str_trim(*rest);
    size_t end = 0;
    bool quoted = false;
    while (end < rest->len && (quoted || rest->ptr[end] != ' '))
        quoted ^= rest->ptr[end++] == '"';
    *out = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->len);
    return out->len > 0;
}

static bool parse_binding(struct parser *p, struct str text, struct words *words)
{
    ptrdiff_t equals = str_find_char(text, '=');
    if (equals <= 0 || words->binding_count == WORDS_BINDINGS)
        return wrong(p, "not name=path, or too many of them", text);
    struct binding *b = &words->bindings[words->binding_count++];
    b->name = str_slice(text, 0, (size_t)equals);
    struct str value = str_slice(text, (size_t)equals + 1, text.len);
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
        b->literal = json_new_str(p->arena, str_slice(value, 1, value.len - 1));
        return true;
    }
    return parse_path(p, value, &b->path);
}

static bool parse_words(struct parser *p, struct nodes *nodes, const struct tag *tag)
{
    struct words *words = ARENA_NEW(p->arena, struct words);
    struct str rest = tag->body, key, binding;
    if (!word(&rest, &key))
        return wrong(p, "a key is missing", tag->body);
    while (word(&rest, &binding))
        if (!parse_binding(p, binding, words))
            return false;
    words->trusted = tag->triple;
    ptrdiff_t at = str_find_char(key, '@');
    words->key = at >= 0 ? str_slice(key, 0, (size_t)at) : key;
    if (at >= 0 && !parse_path(p, str_slice(key, (size_t)at + 1, key.len), &words->tail))
        return false;
    for (size_t i = 0; i < locale_count(); i++) {
        words->families[i] = locale_family(locale_at(i), words->key);
        words->texts[i] = at >= 0 ? NULL : locale_lookup(locale_at(i), key);
        if (at < 0 && !words->texts[i])
            return wrong(p, "a locale has no such text", key);
    }
    add(p, nodes, NODE_WORDS)->words = words;
    return true;
}

static bool parse_icon(struct parser *p, struct nodes *nodes, struct str body, bool large)
{
    struct str name, rest = body;
    if (!word(&rest, &name))
        return wrong(p, "an icon has no name", body);
    struct node *node = add(p, nodes, NODE_ICON);
    node->text = large ? STR("<svg class=\"i i-l\" aria-hidden=\"true\"><use href=\"#i-")
                       : STR("<svg class=\"i\" aria-hidden=\"true\"><use href=\"#i-");
    if (name.ptr[0] == '@')
        return parse_path(p, str_slice(name, 1, name.len), &node->path);
    struct path *named = ARENA_NEW(p->arena, struct path);
    named->whole = name;
    node->path = named;
    return true;
}

static bool parse_value(struct parser *p, struct nodes *nodes, const struct tag *tag)
{
    struct str rest = tag->body, first, second = STR_EMPTY;
    if (!word(&rest, &first))
        return wrong(p, "an empty tag", STR_EMPTY);
    bool formatted = word(&rest, &second);
    if (str_trim(rest).len || (formatted && tag->triple))
        return wrong(p, "cannot be read", tag->body);
    struct node *node = add(p, nodes, NODE_VALUE);
    node->writing = tag->triple ? WRITE_RAW : WRITE_FORMAT;
    if (formatted && str_eq(first, STR("words")))
        node->writing = WRITE_WORDS;
    else if (formatted && str_eq(first, STR("marked")))
        node->writing = WRITE_MARKED;
    else if (formatted && !format_find(first, &node->format))
        return wrong(p, "there is no such format", first);
    return parse_path(p, formatted ? second : first, &node->path);
}

static bool parse_nodes(struct parser *p, struct nodes *nodes, struct str until);

static bool parse_section(struct parser *p, struct nodes *nodes, const struct tag *tag)
{
    enum node_kind kind = tag->kind == '#' ? NODE_SECTION : tag->kind == '^' ? NODE_INVERTED : NODE_BLOCK;
    ptrdiff_t equals = str_find_char(tag->body, '=');
    struct str name = equals < 0 ? tag->body : str_slice(tag->body, 0, (size_t)equals);
    struct node made = {.kind = kind, .line = p->line, .text = name};
    if (equals >= 0) {
        struct str *value = ARENA_NEW(p->arena, struct str);
        *value = str_slice(tag->body, (size_t)equals + 1, tag->body.len);
        made.equals = value;
    }
    made.place = str_eq(name, STR("@first")) ? PLACE_FIRST : str_eq(name, STR("@last")) ? PLACE_LAST : PLACE_NONE;
    if (kind != NODE_BLOCK && !made.place && !parse_path(p, name, &made.path))
        return false;
    if (++p->depth > TEMPLATE_DEPTH)
        return wrong(p, "too deep", name);
    if (!parse_nodes(p, &made.children, tag->body))
        return false;
    p->depth--;
    *add(p, nodes, kind) = made;
    return true;
}

/* Where the next tag is; false at the end of the text (*tag is then untouched) or when it is not closed. */
static bool next_tag(struct parser *p, struct tag *tag, bool *bad)
{
    struct str text = p->source->text;
    struct str rest = str_slice(text, p->at, text.len);
    ptrdiff_t open = str_find(rest, STR("{{"));
    *bad = false;
    if (open < 0)
        return false;
    tag->begin = p->at + (size_t)open;
    tag->triple = str_starts(str_slice(text, tag->begin, text.len), STR("{{{"));
    struct str close = tag->triple ? STR("}}}") : STR("}}");
    size_t inside = tag->begin + close.len;
    ptrdiff_t end = str_find(str_slice(text, inside, text.len), close);
    if (end < 0) {
        *bad = true;
        return wrong(p, "a tag is not closed", str_slice(text, tag->begin, tag->begin + 30));
    }
    tag->end = inside + (size_t)end + close.len;
    tag->body = str_trim(str_slice(text, inside, inside + (size_t)end));
    return true;
}

static bool keyword(struct str *body, struct str name)
{
    if (!str_starts(*body, name) || body->len <= name.len || body->ptr[name.len] != ' ')
        return false;
    *body = str_trim(str_slice(*body, name.len, body->len));
    return true;
}

static void sort_of_tag(struct tag *tag)
{
    tag->kind = 'v';
    if (tag->body.len && strchr("#^/><$!", tag->body.ptr[0]) && !tag->triple) {
        tag->kind = tag->body.ptr[0];
        tag->body = str_trim(str_slice(tag->body, 1, tag->body.len));
    } else if (keyword(&tag->body, STR("t"))) {
        tag->kind = 't';
    } else if (keyword(&tag->body, STR("icon"))) {
        tag->kind = 'i';
    } else if (keyword(&tag->body, STR("icon_l"))) {
        tag->kind = 'I';
    } else if (keyword(&tag->body, STR("asset"))) {
        tag->kind = 'a';
    } else if (str_eq(tag->body, STR("sprite"))) {
        tag->kind = 's';
    }
}

/* A tag that is alone on its line takes the line with it: returns where the text before ends, moves tag->end. */
static size_t alone(const struct parser *p, struct tag *tag)
{
    struct str text = p->source->text;
    size_t begin = tag->begin, end = tag->end;
    while (begin > p->at && (text.ptr[begin - 1] == ' ' || text.ptr[begin - 1] == '\t'))
        begin--;
    while (end < text.len && (text.ptr[end] == ' ' || text.ptr[end] == '\t' || text.ptr[end] == '\r'))
        end++;
    bool starts = begin == 0 || text.ptr[begin - 1] == '\n';
    bool ends = end == text.len || text.ptr[end] == '\n';
    if (!strchr("#^/><$!", tag->kind) || !starts || !ends)
        return tag->begin;
    tag->end = end < text.len ? end + 1 : end;
    return begin;
}

static bool parse_tag(struct parser *p, struct nodes *nodes, const struct tag *tag)
{
    switch (tag->kind) {
    case '#':
    case '^':
    case '$': return parse_section(p, nodes, tag);
    case '>': {
        bool body = str_eq(tag->body, STR("body"));
        add(p, nodes, body ? NODE_BODY : NODE_PARTIAL)->text = tag->body;
        return true;
    }
    case '<': p->out->layout = tag->body; return true;
    case 't': return parse_words(p, nodes, tag);
    case 'i':
    case 'I': return parse_icon(p, nodes, tag->body, tag->kind == 'I');
    case 'a': add(p, nodes, NODE_TEXT)->text = assets_url(tag->body); return true;
    case 's': add(p, nodes, NODE_SPRITE); return true;
    case '!': return true;
    default: return parse_value(p, nodes, tag);
    }
}

static bool closes(struct str section, struct str close)
{
    ptrdiff_t equals = str_find_char(section, '=');
    return str_eq(section, close) || (equals >= 0 && str_eq(str_slice(section, 0, (size_t)equals), close));
}

static bool parse_nodes(struct parser *p, struct nodes *nodes, struct str until)
{
    struct tag tag = {0};
    bool bad = false;
    while (next_tag(p, &tag, &bad)) {
        sort_of_tag(&tag);
        size_t before = alone(p, &tag);
        add_text(p, nodes, p->at, before);
        size_t end = tag.end;
        p->at = end;
        if (tag.kind == '/')
            return (until.len && closes(until, tag.body)) || wrong(p, "closes what is not open", tag.body);
        int lines = 0;
        for (size_t i = before; i < end; i++)
            lines += p->source->text.ptr[i] == '\n';
        if (!parse_tag(p, nodes, &tag))
            return false;
        p->line += lines;
    }
    if (bad)
        return false;
    if (until.len)
        return wrong(p, "is not closed", until);
    add_text(p, nodes, p->at, p->source->text.len);
    return true;
}

bool template_parse(struct arena *a, const struct template_source *source, unsigned *slots, struct template *out,
                    struct error *e)
{
    struct parser p = {.arena = a, .source = source, .out = out, .slots = slots, .e = e, .line = 1};
    *out = (struct template){.name = source->name};
    return parse_nodes(&p, &out->nodes, STR_EMPTY);
}
