/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes a template is made of. Private to template*.c. */
#pragma once

#include "web/locale_internal.h"
#include "web/template.h"

#define PATH_PARTS     5
#define WORDS_BINDINGS 4
#define TEMPLATE_DEPTH 32
#define DRAWINGS_MAX   192

enum node_kind {
    NODE_TEXT,
    NODE_VALUE,
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL,
    NODE_BODY,   /* {{>body}} of a layout */
    NODE_BLOCK,  /* {{$name}}: in a page what it sets, in a layout where it goes */
    NODE_WORDS,  /* {{t key}} */
    NODE_ICON,   /* {{icon name}}, {{icon @path}} */
    NODE_SPRITE, /* {{sprite}} */
};

/* How a value is written beside the formats of locale.h. */
enum writing {
    WRITE_FORMAT, /* through node->format, escaped */
    WRITE_RAW,    /* {{{x}}}: as it is when the model says is_html */
    WRITE_WORDS,  /* {{words x}}: escaped, addresses made into links */
    WRITE_MARKED, /* {{marked x}}: escaped, U+0002…U+0003 made into <mark> */
};

struct binding {
    struct str name;
    const struct path *path;
    const struct json *literal; /* of name="…", else NULL */
};

/* What {{t}} says. */
struct words {
    bool trusted;                                 /* {{{t key}}} */
    const struct path *tail;                      /* of {{t key.@path}}, else NULL */
    const struct locale_text *texts[LOCALE_MOST]; /* without a tail */
    struct locale_family families[LOCALE_MOST];   /* with one */
    struct str key;                               /* what stands before @ */
    struct binding bindings[WORDS_BINDINGS];
    size_t binding_count;
};

struct template;
struct nodes {
    struct node *items;
    uint32_t count, cap;
};
/* Kept small: a page reads a thousand of them. */
struct node {
    enum node_kind kind;
    int line;
    struct str text;         /* words, or the name of a partial or a block, or the markup before an icon's name */
    const struct path *path; /* of a value, a section, an icon from a model */
    union {
        struct { /* NODE_VALUE */
            enum writing writing;
            enum format format;
        };
        struct {                                                /* NODE_SECTION, NODE_INVERTED */
            const struct str *equals;                           /* of {{#path=equals}}, else NULL */
            enum { PLACE_NONE, PLACE_FIRST, PLACE_LAST } place; /* {{#@first}}, {{#@last}} */
        };
        int drawing;                    /* NODE_ICON with a name: its place in the sprite; -1: path says */
        const struct words *words;      /* NODE_WORDS */
        const struct template *partial; /* NODE_PARTIAL */
    };
    struct nodes children;
};

struct template
{
    struct str name;
    struct str layout; /* {{<name}}, empty for none */
    struct nodes nodes;
};
/* The line drawings of assets/sprite.svg. Only those a page uses are put into it ({{sprite}}). */
struct sprite {
    struct str names[DRAWINGS_MAX];
    struct str symbols[DRAWINGS_MAX]; /* what follows the id in <symbol id="…" */
    size_t count;
};
struct template_set {
    const struct sprite *sprite;
    struct template *items; /* sorted by name */
    size_t count;
    unsigned slots; /* the next path's number */
};

/* *slots: the number of its first path; afterwards, of the next template's. */
bool template_parse(struct arena *a, const struct template_source *source, unsigned *slots, struct template *out,
                    struct error *e) MUST_USE;
/* -1 when there is none. */
int sprite_find(const struct sprite *sprite, struct str name);
const struct template *template_find(const struct template_set *set, struct str name);
