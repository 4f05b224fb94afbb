/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of search: what was asked, word by word, and texts held against it. */
#pragma once

#include "base/str.h"
#include "store/search.h"

#define TERMS_MAX 16

struct terms {
    struct search_term items[TERMS_MAX];
    size_t count;
};

/* Cuts a query into words, "phrases" and prefix*. Of l'ordine and dell'ordine, asked for without quotes, a single
 * letter at the apostrophe is left out: all three find the same. */
struct terms terms_of(struct arena *a, struct str query);
/* Those that are whole words; loose: of phrases their words, wherever they stand. */
struct terms terms_whole(const struct terms *terms, bool loose);
/* All, and of phrases their words, wherever they stand. */
struct terms terms_loose(const struct terms *terms);
bool terms_match(struct arena *a, const struct terms *terms, struct str text);
/* How well a text that matches does so: words said often, whole, near one another, and in few others. */
double terms_rank(struct arena *a, const struct terms *terms, struct str text);
/* The words around the first hit, with marks around every hit. */
struct str terms_marked(struct arena *a, const struct terms *terms, struct str text);
