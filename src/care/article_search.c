/* SPDX-License-Identifier: Apache-2.0 */
/* Finding articles: each word that was typed becomes words of the vocabulary (itself, its stem, what it is the
 * beginning of, what it may be a slip of), and the articles that have most of them, in their titles first, are the
 * best. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/anonymous.h"
#include "care/article_words.h"
#include "care/articles.h"
#include "store/guide.h"

#define TYPED_MAX       8    /* words looked for */
#define LIKE_MAX        24   /* words of the vocabulary for each of them */
#define BEGIN_MIN       3    /* letters of a beginning */
#define NEAR_MAX        6000 /* words of about that length that are compared */
#define ARTICLES        400  /* that are ranked */
#define MISSING_MAX     80
#define MISSING_KEPT_US (400 * DAY_US)

struct candidate {
    struct str word;
    double worth; /* 1: exactly so */
};
struct typed {
    struct str word;
    struct candidate like[LIKE_MAX];
    size_t count;
};
struct look {
    struct tx *tx;
    struct arena *a;
    int64_t brand;
    struct str language;
    struct typed typed[TYPED_MAX];
    size_t count;
};

/* ---- what was typed ---- */

static void typed_read(struct look *look, struct str words, bool common)
{
    struct str folded = text_fold(look->a, words), word;
    for (size_t i = 0; look->count < TYPED_MAX && article_word_next(folded, &i, &word);)
        if (common || !article_word_is_common(word, look->language))
            look->typed[look->count++].word = word;
}

static void like_add(struct typed *typed, struct str word, double worth)
{
    for (size_t i = 0; i < typed->count; i++)
        if (str_eq(typed->like[i].word, word))
            return;
    if (typed->count < LIKE_MAX)
        typed->like[typed->count++] = (struct candidate){word, worth};
}

/* Exactly so, by its stem, or as a beginning. */
static bool like_begins(struct look *look, struct typed *typed, bool *exact, struct error *e)
{
    struct str *list, stem = article_word_stem(look->a, typed->word, look->language);
    size_t n;
    *exact = false;
    struct str begin = typed->word.len < BEGIN_MIN ? typed->word : stem.len < typed->word.len ? stem : typed->word;
    if (!article_vocabulary_begins(look->tx, look->a, look->brand, look->language, begin, LIKE_MAX * 8, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool same = str_eq(list[i], typed->word), root = str_eq(list[i], stem);
        *exact |= same || root;
        if (same || root)
            like_add(typed, list[i], same ? 1 : 0.9);
    }
    for (size_t i = 0; i < n && typed->word.len >= BEGIN_MIN; i++)
        if (str_starts(list[i], typed->word)) {
            like_add(typed, list[i], 0.7);
            *exact = true;
        }
    return true;
}

static bool like_near(struct look *look, struct typed *typed, struct error *e)
{
    struct str *list, word = typed->word;
    size_t n;
    int slips = article_word_slips(word);
    int64_t length = (int64_t)text_length(look->a, word, LENGTH_CHARACTERS);
    if (slips == 0)
        return true;
    if (!article_vocabulary_near(look->tx, look->a, look->brand, look->language, length - slips, length + slips,
                                 NEAR_MAX, &list, &n, e))
        return false;
    for (int away = 1; away <= slips && typed->count == 0; away++) /* two only where one finds nothing */
        for (size_t i = 0; i < n; i++)
            if ((away == 1 || list[i].ptr[0] == word.ptr[0]) && article_word_distance(word, list[i], away) == away)
                like_add(typed, list[i], away == 1 ? 0.6 : 0.35);
    return true;
}

static bool look_like(struct look *look, struct error *e)
{
    for (size_t i = 0; i < look->count; i++) {
        bool exact;
        if (!like_begins(look, &look->typed[i], &exact, e) || (!exact && !like_near(look, &look->typed[i], e)))
            return false;
    }
    return true;
}

/* ---- ranking ---- */

struct ranked {
    int64_t article;
    double of[TYPED_MAX]; /* the best of each typed word */
    double score;
};
struct ranking {
    struct ranked list[ARTICLES];
    size_t count;
};

static struct ranked *ranked_of(struct ranking *ranking, int64_t article)
{
    for (size_t i = 0; i < ranking->count; i++)
        if (ranking->list[i].article == article)
            return &ranking->list[i];
    if (ranking->count == ARTICLES)
        return NULL;
    ranking->list[ranking->count] = (struct ranked){.article = article};
    return &ranking->list[ranking->count++];
}

static void rank_posting(const struct look *look, struct ranking *ranking, const struct article_posting *posting)
{
    struct ranked *ranked = ranked_of(ranking, posting->article_id);
    for (size_t t = 0; ranked && t < look->count; t++)
        for (size_t i = 0; i < look->typed[t].count; i++) {
            const struct candidate *like = &look->typed[t].like[i];
            double worth = like->worth * (double)posting->weight;
            if (str_eq(like->word, posting->word) && worth > ranked->of[t])
                ranked->of[t] = worth;
        }
}

/* A word that few articles have says more; who lacks most of the words is left out. */
static void rank_sum(const struct look *look, struct ranking *ranking)
{
    size_t have[TYPED_MAX] = {0};
    for (size_t i = 0; i < ranking->count; i++)
        for (size_t t = 0; t < look->count; t++)
            have[t] += ranking->list[i].of[t] > 0;
    for (size_t i = 0; i < ranking->count; i++) {
        struct ranked *ranked = &ranking->list[i];
        size_t matched = 0;
        for (size_t t = 0; t < look->count; t++) {
            matched += ranked->of[t] > 0;
            ranked->score += ranked->of[t] * log(1.5 + (double)ranking->count / (1 + (double)have[t]));
        }
        double share = (double)matched / (double)look->count;
        ranked->score = matched * 2 < look->count ? 0 : ranked->score * share * share;
    }
}

static int by_score(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->article < b->article ? -1 : a->article > b->article;
}

/* ---- showing ---- */

static bool is_found(const struct look *look, struct str folded)
{
    struct str stem = article_word_stem(look->a, folded, look->language);
    for (size_t t = 0; t < look->count; t++)
        for (size_t i = 0; i < look->typed[t].count; i++)
            if (str_eq(look->typed[t].like[i].word, folded) || str_eq(look->typed[t].like[i].word, stem))
                return true;
    return false;
}

static struct str marked(const struct look *look, struct str text)
{
    struct buf b;
    struct str word;
    size_t done = 0;
    buf_init(&b, look->a, text.len + 32);
    for (size_t i = 0; text_word_next(text, &i, &word);) {
        size_t at = (size_t)(word.ptr - text.ptr);
        if (!is_found(look, text_fold(look->a, word)))
            continue;
        buf_str(&b, str_slice(text, done, at));
        buf_char(&b, '\x02');
        buf_str(&b, word);
        buf_char(&b, '\x03');
        done = at + word.len;
    }
    buf_str(&b, str_slice(text, done, text.len));
    return buf_view(&b);
}

static struct article_hit hit_of(const struct look *look, const struct article_text *text, bool guide)
{
    return (struct article_hit){
        .text = *text, .guide = guide, .title = marked(look, text->title), .about = marked(look, text->about)};
}

/* The ids are those of articles and of guides, in their order. */
static bool hits_load(struct look *look, const struct ranking *ranking, struct article_hit **out, size_t *count,
                      struct error *e)
{
    int64_t ids[ARTICLE_HITS];
    struct article_text *texts;
    struct guide_text *guides;
    size_t n = 0, found, guides_found;
    for (size_t i = 0; i < ranking->count && n < ARTICLE_HITS; i++)
        if (ranking->list[i].score > 0)
            ids[n++] = ranking->list[i].article;
    if (!article_text_some(look->tx, look->a, look->brand, look->language, ids, n, &texts, &found, e) ||
        !guide_text_some(look->tx, look->a, look->brand, look->language, ids, n, &guides, &guides_found, e))
        return false;
    *out = ARENA_ARRAY(look->a, struct article_hit, n + 1);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < found; k++)
            if (texts[k].article_id == ids[i] && texts[k].published)
                (*out)[(*count)++] = hit_of(look, &texts[k], false);
        for (size_t k = 0; k < guides_found; k++)
            if (guides[k].guide_id == ids[i] && guides[k].published) {
                struct article_text text = {.article_id = ids[i],
                                            .language = guides[k].language,
                                            .slug = guides[k].slug,
                                            .title = guides[k].title,
                                            .about = guides[k].about,
                                            .published = guides[k].published};
                (*out)[(*count)++] = hit_of(look, &text, true);
            }
    }
    return true;
}

static bool look_rank(struct look *look, struct article_hit **out, size_t *count, struct error *e)
{
    struct str *words = ARENA_ARRAY(look->a, struct str, TYPED_MAX * LIKE_MAX);
    struct ranking *ranking = ARENA_NEW(look->a, struct ranking);
    struct article_posting *postings;
    size_t n = 0, found;
    for (size_t t = 0; t < look->count; t++)
        for (size_t i = 0; i < look->typed[t].count; i++)
            words[n++] = look->typed[t].like[i].word;
    if (!article_word_find(look->tx, look->a, look->brand, look->language, words, n, &postings, &found, e))
        return false;
    for (size_t i = 0; i < found; i++)
        rank_posting(look, ranking, &postings[i]);
    rank_sum(look, ranking);
    qsort(ranking->list, ranking->count, sizeof ranking->list[0], by_score);
    return hits_load(look, ranking, out, count, e);
}

static bool search_in(struct tx *tx, struct arena *a, int64_t brand, struct str language, struct str words,
                      struct article_hit **out, size_t *count, struct error *e)
{
    struct look *look = ARENA_NEW(a, struct look);
    look->tx = tx;
    look->a = a;
    look->brand = brand;
    look->language = language;
    typed_read(look, words, false);
    if (look->count == 0)
        typed_read(look, words, true);
    return look->count == 0 || (look_like(look, e) && look_rank(look, out, count, e));
}

bool article_search(struct tx *tx, struct arena *a, int64_t brand, struct str language, struct str words,
                    struct article_hit **out, size_t *count, struct error *e)
{
    static const char *const languages[] = {"it", "en"};
    *out = NULL;
    *count = 0;
    if (!search_in(tx, a, brand, language, words, out, count, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(languages) && *count == 0; i++)
        if (!str_eq(language, str_from(languages[i])) &&
            !search_in(tx, a, brand, str_from(languages[i]), words, out, count, e))
            return false;
    return true;
}

/* ---- in vain ---- */

/* Without what could be somebody's: addresses, numbers. Nothing where no word is left. */
bool article_missed(struct tx *tx, int64_t brand, struct str language, struct str words, bool asked, struct error *e)
{
    struct arena *a = tx_arena(tx);
    static const struct anonymous_words none = {0};
    struct str said = text_shorten(a, str_trim(anonymous_text(a, words, &none, NULL, 0)), MISSING_MAX), word;
    struct str folded = text_fold(a, said);
    struct buf key;
    buf_init(&key, a, folded.len + 8);
    for (size_t i = 0; text_word_next(folded, &i, &word);) {
        if (key.len)
            buf_char(&key, ' ');
        buf_str(&key, word);
    }
    if (key.len < 2)
        return true;
    return article_missing_expire(tx, brand, tx_now(tx) - MISSING_KEPT_US, e) &&
           article_missing_add(tx, brand, language, buf_view(&key), said, asked, id_new(), tx_now(tx), e);
}
