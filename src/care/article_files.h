/* SPDX-License-Identifier: Apache-2.0 */
/* Help articles as Markdown files, LANGUAGE/NAME.md, with a few lines in front:
 *
 *   ---
 *   title: La eSIM non si attiva
 *   about: Quattro cose da provare, in quest'ordine
 *   category: Rete e SIM
 *   icon: sim
 *   place: 1.2            (of the category, of the article in it)
 *   slug: esim-non-attiva (else made of the title)
 *   author: Sara Neri     (a colleague)
 *   state: published      (else a draft)
 *   ---
 * Files of one name are one article in several languages. */
#pragma once

#include "care/articles.h"

struct article_file {
    struct article_words words;
    struct str category, icon, author;
    int64_t category_place, place;
    bool published;
};
/* ERR_BAD_INPUT where there is no title, or no end to the lines in front. */
bool article_file_read(struct arena *a, struct str language, struct str bytes, struct article_file *out,
                       struct error *e) MUST_USE;
struct str article_file_write(struct arena *a, const struct article_file *file);

enum article_change { ARTICLE_SAME, ARTICLE_NEW, ARTICLE_CHANGED };
/* Keeps the file as the newest version of the article with this name, where it differs from that, and publishes it
 * where it says so. agent: who imports; 0: nobody. */
bool article_import(struct tx *tx, int64_t brand, int64_t agent, struct str name, const struct article_file *file,
                    enum article_change *change, struct error *e) MUST_USE;
/* The newest version of each text. */
bool article_export(struct tx *tx, struct arena *a, int64_t brand,
                    bool (*file)(void *ctx, struct str language, struct str name, struct str bytes, struct error *e),
                    void *ctx, struct error *e) MUST_USE;
/* Letters, digits, - and _: it is going to be a part of a path. */
bool article_name_is_plain(struct str name);
/* Names the category as the file calls it, where it has no name in that language yet: the thing came in another one
 * first. */
bool article_category_also(struct tx *tx, int64_t brand, int64_t category, const struct article_file *file,
                           struct error *e) MUST_USE;
/* A category by its name in a language; made, behind the others, where there is none. */
bool article_category_named(struct tx *tx, int64_t brand, struct article_category *category,
                            struct error *e) MUST_USE;
