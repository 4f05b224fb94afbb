/* SPDX-License-Identifier: Apache-2.0 */
/* The full-text index: one row a message or a need, and one a person's name in an index of its own. Words are cut and
 * folded the same way for every engine (base/unicode.h), and each engine gets them in its own form: SQLite as texts
 * for FTS5, PostgreSQL as a tsvector and a tsquery written here word by word, so that nothing of anybody's text is
 * syntax. What narrows a search (brand, kind, channel, person) stands in the row as tokens that no word can be. */
#pragma once

#include "store/store.h"

struct search_row {
    int64_t brand_id, id;
    const char *kind; /* "message", "need" or "person" */
    int64_t channel_id, person_id;
    bool is_public;
    struct str words; /* folded */
};
/* Both are written when the transaction ends: a search in the same one does not see them. */
bool search_add(struct tx *tx, const struct search_row *row, struct error *e) MUST_USE;
/* The row as it was added, to the letter. */
bool search_remove(struct tx *tx, const struct search_row *row, struct error *e) MUST_USE;

struct search_term {
    struct str words; /* folded: a word, or several that follow one another */
    bool phrase, prefix;
};
/* All terms, and one of the channels, and one of the people. No terms: every row of that scope. Needs may come where
 * messages are asked for: which kind an id is, its row says. */
struct search_match {
    int64_t brand_id;
    const char *kind; /* NULL: messages and needs */
    const int64_t *channels, *people;
    size_t channel_count, people_count; /* 0: any */
    const struct search_term *terms;
    size_t term_count;
    /* How long a span may be, where the engine yields the newest first by itself. Words and channels end with their
     * season; within days (no phrases there: they are looked for in the whole season) the work ends with the day. */
    enum { SEARCH_SEASONS, SEARCH_SEASON, SEARCH_DAYS } step;
    int64_t limit_at; /* clock_monotonic() when it is broken off, where the engine can; 0: never */
};
struct search_ids {
    int64_t *ids; /* newest first */
    size_t count;
    bool cut; /* it was broken off: older ones than the last were not looked for */
};
/* Ids, of other brands too (rarely, on SQLite), from `from` on and before `before`, as search_span_start gave them;
 * at most limit. The time it takes grows with how often the rarest of the words, or all words of that beginning,
 * stand in that span. */
bool search_find(struct tx *tx, struct arena *a, const struct search_match *match, int64_t from, int64_t before,
                 int limit, struct search_ids *out, struct error *e) MUST_USE;
/* Where a span begins that ends at `before` and should reach back to `from`: further where looking from there on
 * costs no more, later where it would be too long for one question. */
int64_t search_span_start(const struct tx *tx, const struct search_match *match, int64_t from, int64_t before);
/* The oldest (of people: 0) and the newest id a search may find; 0 when there is none. */
bool search_range(struct tx *tx, int64_t brand, const char *kind, int64_t *oldest, int64_t *newest,
                  struct error *e) MUST_USE;

/* Of these messages and conversations those whose conversation has a label. */
bool search_labelled(struct tx *tx, struct arena *a, int64_t brand, int64_t label, const int64_t *ids, size_t n,
                     int64_t **out, size_t *count, struct error *e) MUST_USE;
/* The people in conversations with a label: at most limit rows, a person may come twice. */
bool search_people_labelled(struct tx *tx, struct arena *a, int64_t brand, int64_t label, int limit, int64_t **out,
                            size_t *count, struct error *e) MUST_USE;

/* SQLite keeps what left the index in its pages until they are merged. How many pages there are (0: the engine keeps
 * nothing so), and merging some of them: first at the beginning, until as many as there were are through. */
#define SEARCH_MERGED 64 /* pages a piece */
bool search_pages(struct tx *tx, int64_t *out, struct error *e) MUST_USE;
bool search_merge(struct tx *tx, bool first, struct error *e) MUST_USE;
