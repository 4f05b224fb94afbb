/* SPDX-License-Identifier: Apache-2.0 */
/* Help articles: texts in several languages with their versions, categories, the words they are found by, pictures,
 * and what people looked for in vain. */
#pragma once

#include "store/store.h"

struct article {
    int64_t brand_id, id, category_id, position;
    int64_t conversation_id; /* the story it was made from; 0: none */
    struct str name;         /* of its files, for export and import */
    int64_t created_at;
};
bool article_add(struct tx *tx, const struct article *article, struct error *e) MUST_USE;
bool article_move(struct tx *tx, const struct article *article, struct error *e) MUST_USE; /* category, position */
bool article_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct article *out,
                   struct error *e) MUST_USE;
/* id 0 when there is none. */
bool article_by_name(struct tx *tx, struct arena *a, int64_t brand, struct str name, struct article *out,
                     struct error *e) MUST_USE;
bool article_of_conversation(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct article *out,
                             struct error *e) MUST_USE;
/* Of these ids, in no order. */
bool article_some(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct article **out,
                  size_t *count, struct error *e) MUST_USE;
/* In their order. */
bool article_of_category(struct tx *tx, struct arena *a, int64_t brand, int64_t category, int limit,
                         struct article **out, size_t *count, struct error *e) MUST_USE;
/* By category and place in it. */
bool article_list(struct tx *tx, struct arena *a, int64_t brand, struct article **out, size_t *count,
                  struct error *e) MUST_USE;

struct article_text {
    int64_t brand_id, article_id;
    struct str language, slug;
    int64_t latest, published; /* numbers of versions; published 0: a draft */
    struct str title, about;   /* as published, else of the latest */
    int64_t helped;
    int64_t author_id, reader_id, published_at;
};
bool article_text_add(struct tx *tx, const struct article_text *text, struct error *e) MUST_USE;
bool article_text_update(struct tx *tx, const struct article_text *text, struct error *e) MUST_USE;
bool article_text_of(struct tx *tx, struct arena *a, int64_t brand, int64_t article, struct article_text **out,
                     size_t *count, struct error *e) MUST_USE;
/* article_id 0 when there is none. */
bool article_text_by_slug(struct tx *tx, struct arena *a, int64_t brand, struct str slug, struct article_text *out,
                          struct error *e) MUST_USE;
bool article_text_list(struct tx *tx, struct arena *a, int64_t brand, struct article_text **out, size_t *count,
                       struct error *e) MUST_USE;
/* Of these articles, in no order. */
bool article_text_some(struct tx *tx, struct arena *a, int64_t brand, struct str language, const int64_t *ids,
                       size_t n, struct article_text **out, size_t *count, struct error *e) MUST_USE;

struct article_version {
    int64_t brand_id, article_id;
    struct str language;
    int64_t number;
    struct str title, about, body;
    int64_t agent_id, at, helped, not_helped;
};
bool article_version_add(struct tx *tx, const struct article_version *version, struct error *e) MUST_USE;
bool article_version_get(struct tx *tx, struct arena *a, int64_t brand, int64_t article, struct str language,
                         int64_t number, struct article_version *out, struct error *e) MUST_USE;
/* Newest first, without bodies. */
bool article_version_list(struct tx *tx, struct arena *a, int64_t brand, int64_t article, struct str language,
                          struct article_version **out, size_t *count, struct error *e) MUST_USE;
bool article_vote(struct tx *tx, int64_t brand, int64_t article, struct str language, int64_t number, bool helped,
                  struct error *e) MUST_USE;

struct article_category {
    int64_t id, position;
    struct str icon, language, name;
};
/* In their order; one row for each language. */
bool article_category_list(struct tx *tx, struct arena *a, int64_t brand, struct article_category **out,
                           size_t *count, struct error *e) MUST_USE;
bool article_category_put(struct tx *tx, int64_t brand, const struct article_category *category,
                          struct error *e) MUST_USE;

/* ---- the words they are found by ---- */

bool article_word_add(struct tx *tx, int64_t brand, struct str language, struct str word, int64_t article,
                      int64_t weight, struct error *e) MUST_USE;
/* All of a text, and what no other text has of the vocabulary. */
bool article_word_clear(struct tx *tx, int64_t brand, int64_t article, struct str language, struct error *e) MUST_USE;
struct article_posting {
    int64_t article_id, weight;
    struct str word;
};
bool article_word_find(struct tx *tx, struct arena *a, int64_t brand, struct str language, const struct str *words,
                       size_t n, struct article_posting **out, size_t *count, struct error *e) MUST_USE;
/* Words of the vocabulary that begin so, and those of that many characters. */
bool article_vocabulary_begins(struct tx *tx, struct arena *a, int64_t brand, struct str language, struct str begin,
                               int limit, struct str **out, size_t *count, struct error *e) MUST_USE;
bool article_vocabulary_near(struct tx *tx, struct arena *a, int64_t brand, struct str language, int64_t shortest,
                             int64_t longest, int limit, struct str **out, size_t *count, struct error *e) MUST_USE;

/* ---- pictures ---- */

bool article_picture_add(struct tx *tx, int64_t brand, int64_t id, struct str hash, struct str mime, struct str name,
                         int64_t size, int64_t agent, int64_t at, struct error *e) MUST_USE;
bool article_picture_get(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct str *hash,
                         struct str *name, struct error *e) MUST_USE;
/* [{id, name, size, at}], newest first. */
struct json *article_picture_list(struct tx *tx, struct arena *a, int64_t brand, struct error *e) MUST_USE;

/* ---- what people looked for in vain ---- */

bool article_missing_add(struct tx *tx, int64_t brand, struct str language, struct str words, struct str said,
                         bool asked, int64_t id, int64_t at, struct error *e) MUST_USE;
/* [{id, language, said, missed, asked, last_at}] */
struct json *article_missing_list(struct tx *tx, struct arena *a, int64_t brand, struct error *e) MUST_USE;
struct json *article_missing_get(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct error *e) MUST_USE;
bool article_missing_dismiss(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
/* Those that nobody looked for since. */
bool article_missing_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e) MUST_USE;
