/* SPDX-License-Identifier: Apache-2.0 */
/* What the brand knows: writing help articles, every save a version, publishing them, and finding them. */
#pragma once

#include "care/author.h"
#include "store/article.h"

#define ARTICLE_TITLE_MAX 120
#define ARTICLE_ABOUT_MAX 200
#define ARTICLE_BODY_MAX  60000

struct article_words {
    struct str language, title, about, body;
    struct str slug; /* empty: made of the title */
};
/* Keeps the words as the newest version of that language. Nothing is published by it. ERR_BAD_INPUT where there is no
 * title or something is too long. */
bool article_write(struct tx *tx, int64_t brand, int64_t agent, int64_t article, const struct article_words *words,
                   int64_t *number, struct error *e) MUST_USE;
/* The newest version becomes what readers see; who publishes what another wrote is named as its reader. */
bool article_publish(struct tx *tx, int64_t brand, int64_t agent, int64_t article, struct str language,
                     struct error *e) MUST_USE;
/* Readers do not see it any more; its versions stay. */
bool article_withdraw(struct tx *tx, int64_t brand, int64_t agent, int64_t article, struct str language,
                      struct error *e) MUST_USE;
/* An older version becomes the newest again, as a new one. */
bool article_restore(struct tx *tx, int64_t brand, int64_t agent, int64_t article, struct str language,
                     int64_t number, struct error *e) MUST_USE;
/* "La eSIM non si attiva" → "la-esim-non-si-attiva". */
struct str article_slug(struct arena *a, struct str title);
/* The text of a language; NULL when there is none. */
struct article_text *article_text_in(struct article_text *texts, size_t n, struct str language);

/* ---- finding ---- */

#define ARTICLE_HITS 8

struct article_hit {
    struct article_text text; /* guide: of the guide, and article_id is its id */
    bool guide;
    struct str title, about; /* each found word stands between U+0002 and U+0003 */
};
/* The best first: in the language, else in any other of languages. Misspelt words and beginnings find too. */
bool article_search(struct tx *tx, struct arena *a, int64_t brand, struct str language, struct str words,
                    struct article_hit **out, size_t *count, struct error *e) MUST_USE;
/* The words by which an article, or a guide with this id, is found; instead of those before. */
bool article_index(struct tx *tx, int64_t brand, int64_t id, struct str language, struct str title, struct str about,
                   struct str words, struct error *e) MUST_USE;
/* Somebody looked for these words and found nothing, or (asked) asked a person all the same. */
bool article_missed(struct tx *tx, int64_t brand, struct str language, struct str words, bool asked,
                    struct error *e) MUST_USE;
