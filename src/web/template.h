/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: a Mustache subset, parsed once into nodes and rendered from a JSON view model. Everything is
 * escaped unless the model says is_html and the template says {{{ }}}. The language is described in
 * templates/MODELS.md. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "web/locale.h"

struct arena;
struct buf;
struct error;
struct json;
struct template_set;

/* One template as it stands in its file: name is "desk", "layout", "parts/row", … */
struct template_source {
    struct str name;
    struct str text;
};

/* Parses all and ties partials together. NULL and e (template, line, what) when one is wrong. The texts must
 * live as long as the arena. */
struct template_set *template_set_parse(struct arena *a, const struct template_source *sources, size_t count,
                                        struct error *e) MUST_USE;
/* Whether page shows that part, directly or through others. */
bool template_shows(const struct template_set *set, struct str page, struct str part);

struct template_frame {
    struct locale_frame words;
    const struct json *globals; /* the outermost names; may be NULL */
    struct buf *trouble; /* strict: a line "template:line name" for each name that is nowhere; NULL: not asked */
};
/* Renders a page inside the layout it names, or (name "parts/…") a part alone. */
bool template_render(const struct template_set *set, struct str name, const struct template_frame *frame,
                     const struct json *model, struct buf *out, struct error *e) MUST_USE;
/* The same without the layout. */
bool template_render_bare(const struct template_set *set, struct str name, const struct template_frame *frame,
                          const struct json *model, struct buf *out, struct error *e) MUST_USE;
