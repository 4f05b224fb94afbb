/* SPDX-License-Identifier: Apache-2.0 */
/* From nodes and a model to text. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "web/template_internal.h"

struct scope {
    const struct json *value;
    const struct scope *up;
    size_t index, count; /* of the list it is in; count 0: in none */
};

/* Where a path found its name last. Objects of one list are built alike and their keys are the same literals, so the
 * next one is asked at the same place first. */
struct found {
    const char *key;
    unsigned slot, index;
};
#define FOUND_KEPT 256

struct render {
    const struct template_frame *frame;
    const struct template *page;     /* whose blocks and body a layout shows */
    const struct template *template; /* being rendered, for the trouble list */
    const struct scope *scope;
    struct buf *out;
    struct error *e;
    const struct words *words; /* whose placeholders are being filled */
    const struct sprite *sprite;
    int line, depth;
    bool drawn[DRAWINGS_MAX];
    struct found found[FOUND_KEPT]; /* by slot; the slots of a page are near each other */
};

static bool render_nodes(struct render *r, const struct nodes *nodes);

/* json_get_str, without a call for each member. */
static inline const struct json_member *member(const struct json *object, struct str name, uint64_t bit)
{
    const struct json_member *m = object->members;
    if (!m || !(object->keys & bit))
        return NULL;
    for (size_t left = object->count; left > 0; left--, m++)
        if (m->key.len == name.len && name.len && *m->key.ptr == *name.ptr &&
            memcmp(m->key.ptr, name.ptr, name.len) == 0)
            return m;
    return NULL;
}

static const struct json *resolve(const struct json *value, const struct path *path)
{
    for (unsigned i = 1; i < path->count && value; i++) {
        uint64_t bit = json_key_bit(path->parts[i]);
        const struct json_member *m = value->type == JSON_OBJECT ? member(value, path->parts[i], bit) : NULL;
        value = m ? m->value : NULL;
    }
    return value;
}

/* NULL when the name is in no level. The same pointer and length are the same key: what a page is made of lasts as
 * long as its rendering. */
static const struct json *lookup(struct render *r, const struct path *path)
{
    if (path->count == 0)
        return r->scope ? r->scope->value : NULL;
    struct found *found = &r->found[path->slot % FOUND_KEPT];
    uint64_t bit = json_key_bit(path->parts[0]);
    bool known = found->key && found->slot == path->slot && path->slot;
    for (const struct scope *s = r->scope; s; s = s->up) {
        const struct json *object = s->value;
        if (!object || object->type != JSON_OBJECT)
            continue;
        const struct json_member *m = known && found->index < object->count ? &object->members[found->index] : NULL;
        if (!m || m->key.ptr != found->key || m->key.len != path->parts[0].len) {
            m = member(object, path->parts[0], bit);
            if (!m)
                continue;
            *found = (struct found){m->key.ptr, path->slot, (unsigned)(m - object->members)};
        }
        return path->count == 1 ? m->value : resolve(m->value, path);
    }
    return NULL;
}

static void missing(struct render *r, struct str name)
{
    if (r->frame->trouble)
        buf_format(r->frame->trouble, "%.*s:%d %.*s\n", STR_ARGS(r->template->name), r->line, STR_ARGS(name));
}

static bool is_true(const struct json *value)
{
    if (!value)
        return false;
    switch (value->type) {
    case JSON_BOOL: return value->boolean;
    case JSON_NUMBER: return !str_eq(value->text, STR("0"));
    case JSON_STRING: return value->text.len > 0;
    case JSON_ARRAY: return value->count > 0;
    case JSON_OBJECT: return true;
    case JSON_NULL:
    default: return false;
    }
}

static struct str text_of(const struct json *value)
{
    if (json_is(value, JSON_BOOL))
        return value->boolean ? STR("true") : STR("false");
    return json_id(value);
}

/* Where an address in words ends: white space, quotes, brackets; a full stop after it is not part of it. */
static size_t link_end(struct str s, size_t from)
{
    size_t end = from;
    while (end < s.len && !strchr(" \t\r\n<>\"'()[]{}", s.ptr[end]))
        end++;
    while (end > from && strchr(".,;:!?", s.ptr[end - 1]))
        end--;
    return end;
}

static void write_words(struct buf *out, struct str words)
{
    size_t plain = 0;
    for (size_t i = 0; i + 8 < words.len; i++) {
        struct str rest = str_slice(words, i, words.len);
        if (words.ptr[i] != 'h' || !(str_starts(rest, STR("https://")) || str_starts(rest, STR("http://"))))
            continue;
        size_t end = link_end(words, i);
        if (end < i + 9)
            continue;
        buf_html(out, str_slice(words, plain, i));
        buf_cstr(out, "<a rel=\"noopener noreferrer nofollow\" target=\"_blank\" href=\"");
        buf_html(out, str_slice(words, i, end));
        buf_cstr(out, "\">");
        buf_html(out, str_slice(words, i, end));
        buf_cstr(out, "</a>");
        plain = end;
        i = end - 1;
    }
    buf_html(out, str_slice(words, plain, words.len));
}

static void write_marked(struct buf *out, struct str words)
{
    size_t plain = 0;
    bool open = false;
    for (size_t i = 0; i < words.len; i++) {
        char c = words.ptr[i];
        if (c != 2 && c != 3)
            continue;
        buf_html(out, str_slice(words, plain, i));
        plain = i + 1;
        if ((c == 2) == open)
            continue;
        open = c == 2;
        buf_cstr(out, open ? "<mark>" : "</mark>");
    }
    buf_html(out, str_slice(words, plain, words.len));
    if (open)
        buf_cstr(out, "</mark>");
}

static void render_value(struct render *r, const struct node *node)
{
    const struct json *value = lookup(r, node->path);
    if (!value) {
        missing(r, node->path->whole);
        return;
    }
    if (node->writing == WRITE_WORDS)
        write_words(r->out, text_of(value));
    else if (node->writing == WRITE_MARKED)
        write_marked(r->out, text_of(value));
    else if (node->writing == WRITE_RAW && value->is_html)
        buf_str(r->out, text_of(value));
    else if (node->format == FORMAT_PLAIN)
        buf_html(r->out, text_of(value));
    else
        buf_html(r->out, format_value(&r->frame->words, node->format, value));
}

static const struct json *bound(struct render *r, const struct binding *b)
{
    if (b->literal)
        return b->literal;
    const struct json *value = lookup(r, b->path);
    if (!value)
        missing(r, b->path->whole);
    return value;
}

static const struct json *words_value(void *ctx, const struct path *path)
{
    struct render *r = ctx;
    for (size_t i = 0; i < r->words->binding_count; i++)
        if (str_eq(r->words->bindings[i].name, path->whole))
            return bound(r, &r->words->bindings[i]);
    const struct json *value = lookup(r, path);
    if (!value)
        missing(r, path->whole);
    return value;
}

static const struct locale_text *words_text(struct render *r, const struct words *words)
{
    size_t locale = locale_index(r->frame->words.locale);
    if (!words->tail)
        return words->texts[locale];
    struct str rest = text_of(lookup(r, words->tail));
    const struct locale_text *text = locale_family_member(words->families[locale], rest);
    if (!text && words->key.len && rest.len)
        text = locale_family_member(words->families[locale], STR("other"));
    if (!text) {
        struct str key = str_concat(r->frame->words.arena, words->key, rest);
        missing(r, str_concat(r->frame->words.arena, STR("text "), key));
        if (!words->key.len)
            buf_html(r->out, key);
    }
    return text;
}

static const struct path count_path = {.whole = {"count", 5}, .parts = {{"count", 5}}, .count = 1};

static void render_words(struct render *r, const struct node *node)
{
    const struct locale_text *text = words_text(r, node->words);
    if (!text)
        return;
    r->words = node->words;
    struct locale_source source = {words_value, r};
    const struct json *count = text->plural ? words_value(r, &count_path) : NULL;
    locale_write(r->out, &r->frame->words, text, &source, count, true, node->words->trusted);
    r->words = NULL;
}

/* A drawing whose name comes from a model may be unknown: the plainest stands for it. */
static int drawing_of(struct render *r, const struct node *node)
{
    const struct json *value = lookup(r, node->path);
    int drawing = sprite_find(r->sprite, text_of(value));
    if (drawing < 0)
        missing(r, node->path->whole);
    return drawing < 0 ? sprite_find(r->sprite, STR("chat")) : drawing;
}

static void render_icon(struct render *r, const struct node *node)
{
    int drawing = node->drawing < 0 ? drawing_of(r, node) : node->drawing;
    if (drawing < 0)
        return;
    r->drawn[drawing] = true;
    buf_str(r->out, node->text);
    buf_str(r->out, r->sprite->names[drawing]);
    buf_cstr(r->out, "\"/></svg>");
}

/* The drawings used so far, once. */
static void render_sprite(struct render *r)
{
    bool any = false;
    for (size_t i = 0; i < r->sprite->count; i++) {
        if (!r->drawn[i])
            continue;
        buf_cstr(r->out, any ? "<symbol id=\"i-" : "<svg class=\"sprite\" aria-hidden=\"true\"><symbol id=\"i-");
        buf_str(r->out, r->sprite->names[i]);
        buf_str(r->out, r->sprite->symbols[i]);
        r->drawn[i] = false;
        any = true;
    }
    if (any)
        buf_cstr(r->out, "</svg>\n");
}

/* {{#@first}}, {{#@last}}: the place in the nearest list. */
static bool place_holds(const struct render *r, const struct node *node)
{
    const struct scope *s = r->scope;
    while (s && !s->count)
        s = s->up;
    return s && (node->place == PLACE_FIRST ? s->index == 0 : s->index + 1 == s->count);
}

static bool render_with(struct render *r, const struct nodes *nodes, const struct json *value, size_t index,
                        size_t count)
{
    struct scope scope = {value, r->scope, index, count};
    r->scope = &scope;
    bool done = render_nodes(r, nodes);
    r->scope = scope.up;
    return done;
}

static bool render_section(struct render *r, const struct node *node)
{
    bool wanted = node->kind == NODE_SECTION;
    if (node->place)
        return place_holds(r, node) != wanted || render_nodes(r, &node->children);
    const struct json *value = lookup(r, node->path);
    if (node->equals)
        return str_eq(text_of(value), *node->equals) != wanted || render_nodes(r, &node->children);
    if (is_true(value) != wanted)
        return true;
    if (!wanted)
        return render_nodes(r, &node->children);
    if (!json_is(value, JSON_ARRAY))
        return render_with(r, &node->children, value, 0, 0);
    for (size_t i = 0; i < value->count; i++)
        if (!render_with(r, &node->children, value->items[i], i, value->count))
            return false;
    return true;
}

static const struct node *block_of(const struct template *page, struct str name)
{
    for (size_t i = 0; page && i < page->nodes.count; i++) {
        const struct node *node = &page->nodes.items[i];
        if (node->kind == NODE_BLOCK && str_eq(node->text, name))
            return node;
    }
    return NULL;
}

static bool render_template(struct render *r, const struct template *t)
{
    if (r->depth >= TEMPLATE_DEPTH)
        return fail(r->e, ERR_INTERNAL, "%.*s: parts within parts without end", STR_ARGS(t->name));
    const struct template *before = r->template;
    r->template = t;
    r->depth++;
    bool done = render_nodes(r, &t->nodes);
    r->depth--;
    r->template = before;
    return done;
}

/* A page's own blocks are not part of its body; a layout's are where the page's go. */
static bool render_block(struct render *r, const struct node *node)
{
    if (r->template == r->page)
        return true;
    const struct node *own = block_of(r->page, node->text);
    const struct template *before = r->template;
    if (own)
        r->template = r->page;
    bool done = render_nodes(r, own ? &own->children : &node->children);
    r->template = before;
    return done;
}

static bool render_node(struct render *r, const struct node *node)
{
    r->line = node->line;
    switch (node->kind) {
    case NODE_TEXT: buf_str(r->out, node->text); return true;
    case NODE_VALUE: render_value(r, node); return true;
    case NODE_SECTION:
    case NODE_INVERTED: return render_section(r, node);
    case NODE_PARTIAL: return render_template(r, node->partial);
    case NODE_BODY: return render_template(r, r->page);
    case NODE_BLOCK: return render_block(r, node);
    case NODE_WORDS: render_words(r, node); return true;
    case NODE_SPRITE: render_sprite(r); return true;
    case NODE_ICON:
    default: render_icon(r, node); return true;
    }
}

static bool render_nodes(struct render *r, const struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        if (!render_node(r, &nodes->items[i]))
            return false;
    return true;
}

static bool render_from(const struct template_set *set, struct str name, const struct template_frame *frame,
                        const struct json *model, bool bare, struct buf *out, struct error *e)
{
    const struct template *t = template_find(set, name);
    if (!t)
        return fail(e, ERR_INTERNAL, "there is no template \"%.*s\"", STR_ARGS(name));
    struct scope outer = {frame->globals, NULL, 0, 0};
    struct scope inner = {model, &outer, 0, 0};
    struct render r = {.frame = frame, .page = t, .scope = &inner, .out = out, .e = e, .sprite = set->sprite};
    bool done = render_template(&r, t->layout.len && !bare ? template_find(set, t->layout) : t);
    render_sprite(&r); /* of a part, or where the layout has no place for it */
    return done;
}

bool template_render(const struct template_set *set, struct str name, const struct template_frame *frame,
                     const struct json *model, struct buf *out, struct error *e)
{
    return render_from(set, name, frame, model, false, out, e);
}

bool template_render_bare(const struct template_set *set, struct str name, const struct template_frame *frame,
                          const struct json *model, struct buf *out, struct error *e)
{
    return render_from(set, name, frame, model, true, out, e);
}
