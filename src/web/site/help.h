/* SPDX-License-Identifier: Apache-2.0 */
/* Help on the care site: what its pages and the search share. */
#pragma once

#include "care/articles.h"
#include "web/site/site.h"

/* "https://host/b/nuvola": before the addresses that search engines are told. */
struct str help_origin(struct visit *v);
/* {title, about, url, icon, helped}: a row of a list. icon: of its category. */
struct json *help_row(struct visit *v, const struct article_text *text, struct str title, struct str about,
                      struct str icon);
/* The articles' categories: whose drawing an article has. */
struct help_shelf {
    struct article *articles;
    struct article_category *categories; /* one row a language */
    size_t count, category_count;
};
/* Of these articles; of all with ids NULL. */
bool help_shelf_read(struct tx *tx, struct visit *v, const int64_t *ids, size_t n, struct help_shelf *out,
                     struct error *e) MUST_USE;
const struct article *help_article(const struct help_shelf *shelf, int64_t id); /* NULL: none */
/* The category's name in a language, else in any; NULL: there is none. */
const struct article_category *help_category(const struct help_shelf *shelf, int64_t id, struct str language);
struct str help_icon(const struct help_shelf *shelf, int64_t article);
/* The article with this address (empty: none) becomes what the words came from. */
bool help_came_from(struct site *site, struct str slug, struct guest_words *words, struct error *e) MUST_USE;
/* Who looked for these words (empty: nothing) asked a person: counted on the desk. */
bool help_asked_all_the_same(struct site *site, struct str words, struct error *e) MUST_USE;
/* Pages whose reads are bounded by what they show: they may stay on the loop. */
bool help_is_quick(const struct visit *v);
