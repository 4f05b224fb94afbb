/* SPDX-License-Identifier: Apache-2.0 */
/* Help articles as rows. */
#include "store/article.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/unicode.h"
#include "db/db.h"

#define LIST_MAX 400 /* values of one statement */

/* All rows of a query into *out, each made by of_row(r, a). Closes the rows. */
#define ROWS_INTO(query, of_row)                                                                                     \
    do {                                                                                                             \
        CLEANUP(rows_cleanup) struct rows *r = (query);                                                              \
        __typeof__(*out) list = NULL;                                                                                \
        *count = 0;                                                                                                  \
        if (!r)                                                                                                      \
            return false;                                                                                            \
        while (rows_next(r)) {                                                                                       \
            list = list_room(a, list, *count, sizeof *list);                                                         \
            list[(*count)++] = of_row(r, a);                                                                         \
        }                                                                                                            \
        *out = list;                                                                                                 \
        return rows_ok(r, e);                                                                                        \
    } while (0)

/* ---- articles ---- */

static struct article article_of_row(const struct rows *r, struct arena *a)
{
    return (struct article){.brand_id = rows_int(r, 0),
                            .id = rows_int(r, 1),
                            .category_id = rows_int(r, 2),
                            .position = rows_int(r, 3),
                            .conversation_id = rows_int(r, 4),
                            .name = rows_dup(r, a, 5),
                            .created_at = rows_int(r, 6)};
}

static bool articles_of(struct rows *rows, struct arena *a, struct article **out, size_t *count, struct error *e)
{
    ROWS_INTO(rows, article_of_row);
}

static bool article_first(struct rows *rows, struct arena *a, struct article *out, struct error *e)
{
    struct article *list;
    size_t count;
    if (!articles_of(rows, a, &list, &count, e))
        return false;
    *out = count ? list[0] : (struct article){0};
    return true;
}

bool article_add(struct tx *tx, const struct article *t, struct error *e)
{
    return db_exec(tx, SQL_article_insert, NULL, e, V(t->brand_id), V(t->id), V(t->category_id), V(t->position),
                   V(t->conversation_id), V(t->name), V(t->created_at));
}

bool article_move(struct tx *tx, const struct article *t, struct error *e)
{
    return db_exec(tx, SQL_article_update, NULL, e, V(t->brand_id), V(t->id), V(t->category_id), V(t->position));
}

bool article_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct article *out, struct error *e)
{
    return article_first(db_query(tx, SQL_article_by_id, e, V(brand), V(id)), a, out, e) &&
           (out->id || fail(e, ERR_NOT_FOUND, "There is no such article."));
}

bool article_by_name(struct tx *tx, struct arena *a, int64_t brand, struct str name, struct article *out,
                     struct error *e)
{
    return article_first(db_query(tx, SQL_article_by_name, e, V(brand), V(name)), a, out, e);
}

bool article_of_conversation(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct article *out,
                             struct error *e)
{
    return article_first(db_query(tx, SQL_article_of_conversation, e, V(brand), V(conversation)), a, out, e);
}

bool article_list(struct tx *tx, struct arena *a, int64_t brand, struct article **out, size_t *count, struct error *e)
{
    return articles_of(db_query(tx, SQL_article_list, e, V(brand)), a, out, count, e);
}

bool article_some(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct article **out,
                  size_t *count, struct error *e)
{
    struct db_value values[] = {V(brand)}, *list = ARENA_ARRAY(a, struct db_value, n + 1);
    *count = 0;
    *out = NULL;
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    return n == 0 ||
           articles_of(db_query_list(tx, SQL_article_some, values, COUNT_OF(values), list, n, e), a, out, count, e);
}

bool article_of_category(struct tx *tx, struct arena *a, int64_t brand, int64_t category, int limit,
                         struct article **out, size_t *count, struct error *e)
{
    return articles_of(db_query(tx, SQL_article_of_category, e, V(brand), V(category), V(limit)), a, out, count, e);
}

/* ---- texts ---- */

static struct article_text text_of_row(const struct rows *r, struct arena *a)
{
    return (struct article_text){.brand_id = rows_int(r, 0),
                                 .article_id = rows_int(r, 1),
                                 .language = rows_dup(r, a, 2),
                                 .slug = rows_dup(r, a, 3),
                                 .latest = rows_int(r, 4),
                                 .published = rows_int(r, 5),
                                 .title = rows_dup(r, a, 6),
                                 .about = rows_dup(r, a, 7),
                                 .helped = rows_int(r, 8),
                                 .author_id = rows_int(r, 9),
                                 .reader_id = rows_int(r, 10),
                                 .published_at = rows_int(r, 11)};
}

static bool texts_of(struct rows *rows, struct arena *a, struct article_text **out, size_t *count, struct error *e)
{
    ROWS_INTO(rows, text_of_row);
}

bool article_text_add(struct tx *tx, const struct article_text *t, struct error *e)
{
    return db_exec(tx, SQL_article_text_insert, NULL, e, V(t->brand_id), V(t->article_id), V(t->language), V(t->slug),
                   V(t->latest), V(t->published), V(t->title), V(t->about), V(t->helped), V(t->author_id),
                   V(t->reader_id), V(t->published_at));
}

bool article_text_update(struct tx *tx, const struct article_text *t, struct error *e)
{
    return db_exec(tx, SQL_article_text_update, NULL, e, V(t->brand_id), V(t->article_id), V(t->language), V(t->slug),
                   V(t->latest), V(t->published), V(t->title), V(t->about), V(t->author_id), V(t->reader_id),
                   V(t->published_at));
}

bool article_text_of(struct tx *tx, struct arena *a, int64_t brand, int64_t article, struct article_text **out,
                     size_t *count, struct error *e)
{
    return texts_of(db_query(tx, SQL_article_text_of, e, V(brand), V(article)), a, out, count, e);
}

bool article_text_by_slug(struct tx *tx, struct arena *a, int64_t brand, struct str slug, struct article_text *out,
                          struct error *e)
{
    struct article_text *list;
    size_t count;
    if (!texts_of(db_query(tx, SQL_article_text_by_slug, e, V(brand), V(slug)), a, &list, &count, e))
        return false;
    *out = count ? list[0] : (struct article_text){0};
    return true;
}

bool article_text_list(struct tx *tx, struct arena *a, int64_t brand, struct article_text **out, size_t *count,
                       struct error *e)
{
    return texts_of(db_query(tx, SQL_article_text_list, e, V(brand)), a, out, count, e);
}

bool article_text_some(struct tx *tx, struct arena *a, int64_t brand, struct str language, const int64_t *ids,
                       size_t n, struct article_text **out, size_t *count, struct error *e)
{
    struct db_value values[] = {V(brand), V(language)}, *list = ARENA_ARRAY(a, struct db_value, n + 1);
    *count = 0;
    *out = NULL;
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    return n == 0 ||
           texts_of(db_query_list(tx, SQL_article_text_some, values, COUNT_OF(values), list, n, e), a, out, count, e);
}

/* ---- versions ---- */

static struct article_version version_of_row(const struct rows *r, struct arena *a)
{
    return (struct article_version){.brand_id = rows_int(r, 0),
                                    .article_id = rows_int(r, 1),
                                    .language = rows_dup(r, a, 2),
                                    .number = rows_int(r, 3),
                                    .title = rows_dup(r, a, 4),
                                    .about = rows_dup(r, a, 5),
                                    .body = rows_dup(r, a, 6),
                                    .agent_id = rows_int(r, 7),
                                    .at = rows_int(r, 8),
                                    .helped = rows_int(r, 9),
                                    .not_helped = rows_int(r, 10)};
}

static bool versions_of(struct rows *rows, struct arena *a, struct article_version **out, size_t *count,
                        struct error *e)
{
    ROWS_INTO(rows, version_of_row);
}

bool article_version_add(struct tx *tx, const struct article_version *v, struct error *e)
{
    return db_exec(tx, SQL_article_version_insert, NULL, e, V(v->brand_id), V(v->article_id), V(v->language),
                   V(v->number), V(v->title), V(v->about), V(v->body), V(v->agent_id), V(v->at), V(v->helped),
                   V(v->not_helped));
}

bool article_version_get(struct tx *tx, struct arena *a, int64_t brand, int64_t article, struct str language,
                         int64_t number, struct article_version *out, struct error *e)
{
    struct article_version *list;
    size_t count;
    if (!versions_of(db_query(tx, SQL_article_version_get, e, V(brand), V(article), V(language), V(number)), a, &list,
                     &count, e))
        return false;
    *out = count ? list[0] : (struct article_version){0};
    return count || fail(e, ERR_NOT_FOUND, "There is no such version.");
}

bool article_version_list(struct tx *tx, struct arena *a, int64_t brand, int64_t article, struct str language,
                          struct article_version **out, size_t *count, struct error *e)
{
    return versions_of(db_query(tx, SQL_article_version_list, e, V(brand), V(article), V(language)), a, out, count,
                       e);
}

bool article_vote(struct tx *tx, int64_t brand, int64_t article, struct str language, int64_t number, bool helped,
                  struct error *e)
{
    return db_exec(tx, SQL_article_version_vote, NULL, e, V(brand), V(article), V(language), V(number),
                   V((int64_t)helped), V((int64_t)!helped)) &&
           (!helped || db_exec(tx, SQL_article_text_helped, NULL, e, V(brand), V(article), V(language)));
}

/* ---- categories ---- */

static struct article_category category_of_row(const struct rows *r, struct arena *a)
{
    return (struct article_category){.id = rows_int(r, 0),
                                     .position = rows_int(r, 1),
                                     .icon = rows_dup(r, a, 2),
                                     .language = rows_dup(r, a, 3),
                                     .name = rows_dup(r, a, 4)};
}

bool article_category_list(struct tx *tx, struct arena *a, int64_t brand, struct article_category **out,
                           size_t *count, struct error *e)
{
    ROWS_INTO(db_query(tx, SQL_article_category_list, e, V(brand)), category_of_row);
}

bool article_category_put(struct tx *tx, int64_t brand, const struct article_category *c, struct error *e)
{
    return db_exec(tx, SQL_article_category_put, NULL, e, V(brand), V(c->id), V(c->position), V(c->icon)) &&
           db_exec(tx, SQL_article_category_name_put, NULL, e, V(brand), V(c->id), V(c->language), V(c->name));
}

/* ---- words ---- */

static struct str word_of_row(const struct rows *r, struct arena *a)
{
    return rows_dup(r, a, 0);
}

static struct article_posting posting_of_row(const struct rows *r, struct arena *a)
{
    return (struct article_posting){
        .article_id = rows_int(r, 0), .word = rows_dup(r, a, 1), .weight = rows_int(r, 2)};
}

static bool words_of(struct rows *rows, struct arena *a, struct str **out, size_t *count, struct error *e)
{
    ROWS_INTO(rows, word_of_row);
}

bool article_word_add(struct tx *tx, int64_t brand, struct str language, struct str word, int64_t article,
                      int64_t weight, struct error *e)
{
    return db_exec(tx, SQL_article_word_insert, NULL, e, V(brand), V(language), V(word), V(article), V(weight)) &&
           db_exec(tx, SQL_article_vocabulary_insert, NULL, e, V(brand), V(language), V(word),
                   V((int64_t)text_length(tx_arena(tx), word, LENGTH_CHARACTERS)));
}

bool article_word_clear(struct tx *tx, int64_t brand, int64_t article, struct str language, struct error *e)
{
    return db_exec(tx, SQL_article_word_clear, NULL, e, V(brand), V(article), V(language)) &&
           db_exec(tx, SQL_article_vocabulary_sweep, NULL, e, V(brand), V(language));
}

bool article_word_find(struct tx *tx, struct arena *a, int64_t brand, struct str language, const struct str *words,
                       size_t n, struct article_posting **out, size_t *count, struct error *e)
{
    struct db_value values[] = {V(brand), V(language)}, *wanted = ARENA_ARRAY(a, struct db_value, n + 1);
    *count = 0;
    *out = NULL;
    if (n == 0)
        return true;
    if (n > LIST_MAX)
        n = LIST_MAX;
    for (size_t i = 0; i < n; i++)
        wanted[i] = V(words[i]);
    ROWS_INTO(db_query_list(tx, SQL_article_word_find, values, COUNT_OF(values), wanted, n, e), posting_of_row);
}

bool article_vocabulary_begins(struct tx *tx, struct arena *a, int64_t brand, struct str language, struct str begin,
                               int limit, struct str **out, size_t *count, struct error *e)
{
    struct str end = str_concat(a, begin, STR("\xF4\x8F\xBF\xBF")); /* behind the last of all characters */
    return words_of(db_query(tx, SQL_article_vocabulary_begins, e, V(brand), V(language), V(begin), V(end), V(limit)),
                    a, out, count, e);
}

bool article_vocabulary_near(struct tx *tx, struct arena *a, int64_t brand, struct str language, int64_t shortest,
                             int64_t longest, int limit, struct str **out, size_t *count, struct error *e)
{
    return words_of(
        db_query(tx, SQL_article_vocabulary_near, e, V(brand), V(language), V(shortest), V(longest), V(limit)), a,
        out, count, e);
}

/* ---- pictures ---- */

bool article_picture_add(struct tx *tx, int64_t brand, int64_t id, struct str hash, struct str mime, struct str name,
                         int64_t size, int64_t agent, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_article_picture_insert, NULL, e, V(brand), V(id), V(hash), V(mime), V(name), V(size),
                   V(agent), V(at));
}

bool article_picture_get(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct str *hash,
                         struct str *name, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_article_picture_get, e, V(brand), V(id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such picture.");
    *hash = rows_dup(r, a, 0);
    *name = rows_dup(r, a, 1);
    return true;
}

struct json *article_picture_list(struct tx *tx, struct arena *a, int64_t brand, struct error *e)
{
    return rows_json(db_query(tx, SQL_article_picture_list, e, V(brand)), a, "id# name size% at@", e);
}

/* ---- in vain ---- */

bool article_missing_add(struct tx *tx, int64_t brand, struct str language, struct str words, struct str said,
                         bool asked, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_article_missing_add, NULL, e, V(brand), V(language), V(words), V(id), V(said),
                   V((int64_t)!asked), V((int64_t)asked), V(at));
}

struct json *article_missing_list(struct tx *tx, struct arena *a, int64_t brand, struct error *e)
{
    return rows_json(db_query(tx, SQL_article_missing_open, e, V(brand)), a,
                     "id# language said missed% asked% last_at@", e);
}

struct json *article_missing_get(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct error *e)
{
    return rows_json_one(db_query(tx, SQL_article_missing_get, e, V(brand), V(id)), a,
                         "id# language said missed% asked% last_at@", "There is no such search.", e);
}

bool article_missing_dismiss(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_article_missing_dismiss, NULL, e, V(brand), V(id), V(at));
}

bool article_missing_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e)
{
    return db_exec(tx, SQL_article_missing_expire, NULL, e, V(brand), V(before));
}
