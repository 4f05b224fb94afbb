/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of templates: parsing all, tying partials to their templates, finding. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "web/assets.h"
#include "web/template_internal.h"

static int by_name(const void *left, const void *right)
{
    const struct template *a = left, *b = right;
    return str_cmp(a->name, b->name);
}

const struct template *template_find(const struct template_set *set, struct str name)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_cmp(set->items[middle].name, name);
        if (order == 0)
            return &set->items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

int sprite_find(const struct sprite *sprite, struct str name)
{
    for (size_t i = 0; i < sprite->count; i++)
        if (str_eq(sprite->names[i], name))
            return (int)i;
    return -1;
}

static const struct sprite *sprite_read(struct arena *a)
{
    struct sprite *sprite = ARENA_NEW(a, struct sprite);
    struct str rest = assets_bytes(STR("sprite.svg")), open = STR("<symbol id=\""), close = STR("</symbol>");
    for (ptrdiff_t at; (at = str_find(rest, open)) >= 0 && sprite->count < DRAWINGS_MAX;) {
        rest = str_slice(rest, (size_t)at + open.len, rest.len);
        ptrdiff_t quote = str_find_char(rest, '"'), end = str_find(rest, close);
        if (quote < 0 || end < quote)
            break;
        sprite->names[sprite->count] = str_slice(rest, 0, (size_t)quote);
        sprite->symbols[sprite->count++] = str_slice(rest, (size_t)quote, (size_t)end + close.len);
    }
    return sprite;
}

static bool tie_drawing(const struct template_set *set, const struct template *t, struct node *node, struct error *e)
{
    struct str name = node->path->whole;
    bool named = node->path->count == 0;
    node->drawing = named ? sprite_find(set->sprite, name) : -1;
    return !named || node->drawing >= 0 ||
           fail(e, ERR_MALFORMED, "%.*s:%d: there is no drawing \"%.*s\"", STR_ARGS(t->name), node->line,
                STR_ARGS(name));
}

static bool tie(const struct template_set *set, const struct template *t, struct nodes *nodes, struct arena *a,
                struct error *e)
{
    for (size_t i = 0; i < nodes->count; i++) {
        struct node *node = &nodes->items[i];
        if (node->kind == NODE_PARTIAL) {
            node->partial = template_find(set, str_concat(a, STR("parts/"), node->text));
            if (!node->partial)
                return fail(e, ERR_MALFORMED, "%.*s:%d: there is no part \"%.*s\"", STR_ARGS(t->name), node->line,
                            STR_ARGS(node->text));
        }
        if (node->kind == NODE_ICON && !tie_drawing(set, t, node, e))
            return false;
        if (!tie(set, t, &node->children, a, e))
            return false;
    }
    return true;
}

static bool tie_all(struct template_set *set, struct arena *a, struct error *e)
{
    for (size_t i = 0; i < set->count; i++) {
        struct template *t = &set->items[i];
        if (i && str_eq(t->name, set->items[i - 1].name))
            return fail(e, ERR_MALFORMED, "%.*s: stands twice", STR_ARGS(t->name));
        if (t->layout.len && !template_find(set, t->layout))
            return fail(e, ERR_MALFORMED, "%.*s: there is no layout \"%.*s\"", STR_ARGS(t->name),
                        STR_ARGS(t->layout));
        if (!tie(set, t, &t->nodes, a, e))
            return false;
    }
    return true;
}

struct template_set *template_set_parse(struct arena *a, const struct template_source *sources, size_t count,
                                        struct error *e)
{
    struct template_set *set = ARENA_NEW(a, struct template_set);
    set->items = ARENA_ARRAY(a, struct template, count ? count : 1);
    set->sprite = sprite_read(a);
    set->slots = 1;
    for (size_t i = 0; i < count; i++)
        if (!template_parse(a, &sources[i], &set->slots, &set->items[set->count++], e))
            return NULL;
    qsort(set->items, set->count, sizeof *set->items, by_name);
    return tie_all(set, a, e) ? set : NULL;
}

static bool shows(const struct nodes *nodes, const struct template *part, int depth)
{
    for (size_t i = 0; i < nodes->count && depth < TEMPLATE_DEPTH; i++) {
        const struct node *node = &nodes->items[i];
        const struct template *partial = node->kind == NODE_PARTIAL ? node->partial : NULL;
        if (partial && (partial == part || shows(&partial->nodes, part, depth + 1)))
            return true;
        if (shows(&node->children, part, depth + 1))
            return true;
    }
    return false;
}

bool template_shows(const struct template_set *set, struct str page, struct str part)
{
    const struct template *from = template_find(set, page), *what = template_find(set, part);
    return from && what && shows(&from->nodes, what, 0);
}
