/* SPDX-License-Identifier: Apache-2.0 */
/* Guides, step by step: the draft that colleagues change, what of it readers see, where its answers may lead, and how
 * far people come. */
#pragma once

#include "care/articles.h"
#include "care/guide_tree.h"
#include "store/guide.h"

/* A guide in one language, as it is drafted or as it was published. */
struct guide_paper {
    struct guide_text text; /* revision 0: there is none in this language yet */
    struct str title, about;
    struct guide_tree *tree;
};
/* number: GUIDE_DRAFT or text->published. ERR_NOT_FOUND where there is no such version. */
bool guide_paper_read(struct tx *tx, struct arena *a, const struct guide_text *text, int64_t number,
                      struct guide_paper *out, struct error *e) MUST_USE;
/* The draft in that language; an empty one where there is none yet. */
bool guide_draft(struct tx *tx, struct arena *a, int64_t brand, int64_t guide, struct str language,
                 struct guide_paper *out, struct error *e) MUST_USE;
/* Keeps the draft. slug: an address to have; empty: as it is, or made of the title. ERR_BAD_INPUT where there is no
 * title or something is too long. */
bool guide_write(struct tx *tx, int64_t agent, struct guide_paper *paper, struct str slug, struct error *e) MUST_USE;
/* The draft becomes what readers see; ERR_BAD_INPUT while something keeps it from that (guide_look_over). */
bool guide_publish(struct tx *tx, int64_t agent, int64_t brand, int64_t guide, struct str language,
                   struct error *e) MUST_USE;
/* Readers do not see it any more. */
bool guide_withdraw(struct tx *tx, int64_t agent, int64_t brand, int64_t guide, struct str language,
                    struct error *e) MUST_USE;
struct guide_text *guide_text_in(struct guide_text *texts, size_t n, struct str language);
const char *guide_state(const struct guide_text *text); /* "draft", "changed" since it was published, "published" */
/* The help articles, for what an answer may lead to, as they are in this language. */
bool guide_articles(struct tx *tx, struct arena *a, int64_t brand, struct str language, struct guide_article **out,
                    size_t *count, struct error *e) MUST_USE;

/* ---- how far people come ---- */

struct guide_sum {
    int64_t began, solved, ended; /* ended: at an end, solved ones too */
};
/* Those of one guide and language among all, which are in their order. */
const struct guide_count *guide_counts_in(const struct guide_count *all, size_t n, int64_t guide, struct str language,
                                          size_t *count);
/* counts: of this guide and language. */
struct guide_sum guide_sum_of(const struct guide_tree *tree, const struct guide_count *counts, size_t n);
/* {0} where nobody came there. answer empty: the step itself. */
struct guide_count guide_counted(const struct guide_count *counts, size_t n, struct str step, struct str answer);
