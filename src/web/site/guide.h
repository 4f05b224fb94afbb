/* SPDX-License-Identifier: Apache-2.0 */
/* Guides on the care site: one step a page, and where the answers lead. The desk shows a draft by the same model. */
#pragma once

#include "care/guides.h"
#include "web/site/site.h"

struct guide_page {
    struct visit *v;
    struct guide_paper paper;
    struct guide_walk walk; /* ends at the step that is shown; empty where nobody knows how one came there */
    bool walked;            /* the walk leads from the first step to the one that is shown */
    struct str where;       /* of the guide: "/guides/SLUG" */
    struct guide_text *texts;
    size_t text_count; /* of all its languages */
    struct json *model;
};
/* Sets walk and walked: the step of that name (empty: the first), reached that way. ERR_NOT_FOUND: no such step. */
bool guide_page_at(struct guide_page *page, struct str name, struct str way, struct error *e) MUST_USE;
/* Fills the model of templates/site/guide.html. */
void guide_page_step(struct guide_page *page);
/* Fills the model of templates/site/guide-end.html: where the answer (from 0) of the shown step leads. */
void guide_page_end(struct guide_page *page, size_t answer);
/* What was asked and answered, in words that the person can go on writing. */
struct str guide_page_words(const struct guide_page *page, size_t answer);

/* The published guides of a category in a language, each a guide_row; category 0: those in none. */
#define GUIDES_ALL ((int64_t)-1) /* by category, in their order */
struct json *guide_rows(struct tx *tx, struct visit *v, struct str language, int64_t category, struct error *e);
/* {title, about, url, icon, lang, guide}: a row among those of articles. */
struct json *guide_row(struct visit *v, struct str slug, struct str language, struct str title, struct str about);
