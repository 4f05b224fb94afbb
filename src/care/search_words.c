/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked, word by word; texts held against it: whether they match, how well, and where. */
#include "care/search_internal.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"

#define RANKED_WORDS_MAX 2000 /* of a longer text the rest counts for nothing */

struct str_span {
    size_t from, to;
};

static struct str_span next_word(struct str s, size_t i)
{
    struct str_span span = {s.len, s.len};
    bool inside = false;
    while (i < s.len) {
        size_t here = i;
        uint32_t c = utf8_next(s, &i);
        bool word = text_is_word(c);
        if (word && !inside) {
            span.from = here;
            inside = true;
        } else if (!word && inside) {
            span.to = here;
            return span;
        }
    }
    return span;
}

/* ---- terms ---- */

static bool has_word(struct str s)
{
    return next_word(s, 0).from < s.len;
}

static bool is_apostrophe(struct str s, size_t i)
{
    return i < s.len && (s.ptr[i] == '\'' || str_starts(str_slice(s, i, s.len), STR("’")));
}

static bool after_apostrophe(struct str s, size_t i)
{
    return (i >= 1 && s.ptr[i - 1] == '\'') || (i >= strlen("’") && is_apostrophe(s, i - strlen("’")));
}

/* l’, d’, ’s: what hangs on a word. */
static bool is_elided(struct str s, struct str_span w)
{
    return w.to - w.from == 1 && (is_apostrophe(s, w.to) || after_apostrophe(s, w.from));
}

static struct str_span phrase_at(struct str s, size_t quote)
{
    ptrdiff_t end = str_find_char(str_slice(s, quote + 1, s.len), '"');
    return (struct str_span){quote + 1, end < 0 ? s.len : quote + 1 + (size_t)end};
}

static void term_add(struct terms *terms, struct search_term term)
{
    if (terms->count < TERMS_MAX)
        terms->items[terms->count++] = term;
}

static struct terms terms_cut(struct str s, bool elide)
{
    struct terms terms = {.count = 0};
    for (size_t i = 0; i < s.len;) {
        if (s.ptr[i] == '"') {
            struct str_span inside = phrase_at(s, i);
            struct str words = str_trim(str_slice(s, inside.from, inside.to));
            if (has_word(words))
                term_add(&terms, (struct search_term){.words = words, .phrase = true});
            i = inside.to + 1;
            continue;
        }
        struct str_span w = next_word(s, i);
        ptrdiff_t quote = str_find_char(str_slice(s, i, s.len), '"');
        if (quote >= 0 && i + (size_t)quote < w.from) {
            i += (size_t)quote;
            continue;
        }
        if (w.from < s.len && !(elide && is_elided(s, w)))
            term_add(&terms, (struct search_term){.words = str_slice(s, w.from, w.to),
                                                  .prefix = w.to < s.len && s.ptr[w.to] == '*'});
        i = w.to;
    }
    return terms;
}

struct terms terms_of(struct arena *a, struct str query)
{
    struct str folded = text_fold(a, text_clean(a, query));
    struct terms terms = terms_cut(folded, true);
    return terms.count ? terms : terms_cut(folded, false);
}

static void words_add(struct terms *terms, struct str words)
{
    struct str word;
    for (size_t i = 0; text_word_next(words, &i, &word);)
        term_add(terms, (struct search_term){.words = word});
}

static struct terms terms_pick(const struct terms *terms, bool beginnings, bool loose)
{
    struct terms picked = {.count = 0};
    for (size_t i = 0; i < terms->count; i++) {
        if (terms->items[i].phrase && loose)
            words_add(&picked, terms->items[i].words);
        else if (beginnings || !terms->items[i].prefix)
            term_add(&picked, terms->items[i]);
    }
    return picked;
}

struct terms terms_whole(const struct terms *terms, bool loose)
{
    return terms_pick(terms, false, loose);
}

struct terms terms_loose(const struct terms *terms)
{
    return terms_pick(terms, true, true);
}

/* ---- matching ---- */

struct words {
    struct str *items;
    size_t count;
};

static struct words words_of(struct arena *a, struct str folded, size_t most)
{
    struct words words = {.count = 0};
    for (struct str_span w = next_word(folded, 0); w.from < folded.len && words.count < most;
         w = next_word(folded, w.to)) {
        words.items = list_room(a, words.items, words.count, sizeof *words.items);
        words.items[words.count++] = str_slice(folded, w.from, w.to);
    }
    return words;
}

/* Whether a term begins at a word of the text. */
static bool term_at(const struct search_term *term, const struct words *words, size_t i)
{
    if (!term->phrase)
        return term->prefix ? str_starts(words->items[i], term->words) : str_eq(words->items[i], term->words);
    for (struct str_span w = next_word(term->words, 0); w.from < term->words.len;
         w = next_word(term->words, w.to), i++)
        if (i >= words->count || !str_eq(words->items[i], str_slice(term->words, w.from, w.to)))
            return false;
    return true;
}

bool terms_match(struct arena *a, const struct terms *terms, struct str text)
{
    struct words words = words_of(a, text_fold(a, text), SIZE_MAX);
    for (size_t i = 0; i < terms->count; i++) {
        bool there = false;
        for (size_t w = 0; w < words.count && !there; w++)
            there = term_at(&terms->items[i], &words, w);
        if (!there)
            return false;
    }
    return true;
}

/* ---- rank ---- */

static size_t oldest_of(const size_t *last, size_t n)
{
    size_t oldest = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        if (last[i] < oldest)
            oldest = last[i];
    return oldest;
}

/* As BM25 weighs how often and in how long a text; twice as much for words that stand side by side. */
double terms_rank(struct arena *a, const struct terms *terms, struct str text)
{
    struct words words = words_of(a, text_fold(a, text), RANKED_WORDS_MAX);
    double said[TERMS_MAX] = {0}, rank = 0;
    size_t last[TERMS_MAX] = {0}, near = SIZE_MAX; /* last: one more than the place; 0: not yet */
    for (size_t w = 0; w < words.count; w++)
        for (size_t i = 0; i < terms->count; i++) {
            const struct search_term *term = &terms->items[i];
            if (!term_at(term, &words, w))
                continue;
            said[i] += term->prefix && words.items[w].len > term->words.len ? 0.7 : 1;
            last[i] = w + 1;
            size_t oldest = oldest_of(last, terms->count);
            if (oldest > 0 && w + 2 - oldest < near)
                near = w + 2 - oldest;
        }
    double length = 0.25 + 0.75 * (double)words.count / 25;
    for (size_t i = 0; i < terms->count; i++)
        rank += said[i] * 2.2 / (said[i] + 1.2 * length);
    if (terms->count > 1 && near != SIZE_MAX)
        rank *= 1 + (double)terms->count / (double)(near > terms->count ? near : terms->count);
    return rank;
}

/* ---- marking ---- */

#define MARK_FROM '\2'
#define MARK_TO   '\3'

/* Of l’anno only anno is marked: a letter beside words says nothing. */
static bool term_hits(const struct terms *terms, struct str folded)
{
    for (size_t i = 0; i < terms->count; i++) {
        struct str words = terms->items[i].words;
        for (struct str_span w = next_word(words, 0); w.from < words.len; w = next_word(words, w.to)) {
            struct str word = str_slice(words, w.from, w.to);
            if (word.len == 1 && (words.len > 1 || terms->count > 1))
                continue;
            if (terms->items[i].prefix ? str_starts(folded, word) : str_eq(folded, word))
                return true;
        }
    }
    return false;
}

/* What people wrote may hold our two marks: they are left out. */
static void add_plain(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != MARK_FROM && text.ptr[i] != MARK_TO)
            buf_char(b, text.ptr[i]);
}

struct str terms_marked(struct arena *a, const struct terms *terms, struct str text)
{
    struct buf b;
    size_t first = 0, copied = 0;
    bool found = false;
    for (struct str_span w = next_word(text, 0); w.from < text.len && !found; w = next_word(text, w.to))
        if (term_hits(terms, text_fold(a, str_slice(text, w.from, w.to)))) {
            found = true;
            first = w.from;
        }
    if (first > 120) {
        for (copied = first - 100; copied < first && ((unsigned char)text.ptr[copied] & 0xC0) == 0x80;)
            copied++;
    }
    size_t end = copied + text_shorten(a, str_slice(text, copied, text.len), 280).len;
    while (end < text.len && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
        end--; /* its dots took place of their own */
    text = str_slice(text, 0, end);
    buf_init(&b, a, text.len + 64);
    if (copied)
        buf_cstr(&b, "…");
    for (struct str_span w = next_word(text, copied); w.from < text.len; w = next_word(text, w.to)) {
        if (!term_hits(terms, text_fold(a, str_slice(text, w.from, w.to))))
            continue;
        add_plain(&b, str_slice(text, copied, w.from));
        buf_char(&b, MARK_FROM);
        add_plain(&b, str_slice(text, w.from, w.to));
        buf_char(&b, MARK_TO);
        copied = w.to;
    }
    add_plain(&b, str_slice(text, copied, text.len));
    return text_clean(a, buf_view(&b));
}
