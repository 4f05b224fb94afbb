/* SPDX-License-Identifier: Apache-2.0 */
/* Words as help articles are found by them: folded, their endings taken off, slips of the finger counted. Pure. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

#define ARTICLE_WORD_MAX 40 /* bytes: what is longer is no word that somebody looks for */

/* The next word of folded text, of 2 bytes at least; false at the end. */
bool article_word_next(struct str folded, size_t *i, struct str *word);
/* One that stands in every sentence: "the", "non", "come". */
bool article_word_is_common(struct str word, struct str language);
/* Without the ending of a plural or a verb, in Italian and English; itself elsewhere, or where little would be left.
 */
struct str article_word_stem(struct arena *a, struct str word, struct str language);
/* Signs to be added, taken away, changed or swapped with the next; more than `most`: most + 1. */
int article_word_distance(struct str a, struct str b, int most);
/* How many slips a word of this length may have: none, 1 from four, 2 from seven. */
int article_word_slips(struct str word);
