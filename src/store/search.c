/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of rows and queries. FTS5: a text of scope tokens and the folded text itself. PostgreSQL: lexemes, a word
 * with its place, a scope token behind a slash without one. */
#include "store/search.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"
#include "db/db.h"

#define WORD_BYTES_MAX    240    /* what is longer is cut, in rows and in queries */
#define PLACES_MAX        16383  /* the last place a tsvector can name; words behind it have none */
#define VECTOR_WORD_BYTES 400000 /* a tsvector holds one MB */

/* Times stand in PostgreSQL's rows as tokens of an hour, a day and a month (in bits of an id: 35 minutes, 18.6 hours,
 * 25 days) of this brand, so that the index itself finds the newest. A span is asked for by a few of them: each costs
 * something at every row that is looked at. */
static const struct span_unit {
    char letter;
    int bits;
} span_units[] = {{'h', 43}, {'d', 48}, {'m', 53}};
#define SPAN_TOKENS_MAX 12

/* The finest unit that is coarse enough for a span; NULL when none is. */
static const struct span_unit *span_unit(int64_t from, int64_t before)
{
    for (size_t i = 0; i < COUNT_OF(span_units); i++)
        if (((before - 1) >> span_units[i].bits) - (from >> span_units[i].bits) < SPAN_TOKENS_MAX)
            return &span_units[i];
    return NULL;
}

/* FTS5 yields the newest first and no more than is asked for, and does not stop at the end of a span. */
int64_t search_span_start(const struct tx *tx, int64_t from, int64_t before)
{
    const struct span_unit *unit = span_unit(from, before);
    return unit && db_takes(tx, SQL_search_find, 5) ? from >> unit->bits << unit->bits : 0;
}

/* ---- words ---- */

/* The next word of a folded text from *i on; false at the end. */
static bool word_next(struct str s, size_t *i, struct str *word)
{
    size_t from = s.len;
    while (*i < s.len) {
        size_t here = *i;
        bool inside = text_is_word(utf8_next(s, i));
        if (inside && from == s.len) {
            from = here;
        } else if (!inside && from < s.len) {
            *word = str_slice(s, from, here);
            return true;
        }
    }
    *word = str_slice(s, from, s.len);
    return from < s.len;
}

/* Quotes are no part of a word, so none has to be doubled. */
static void lexeme_add(struct buf *b, struct str word)
{
    size_t len = word.len;
    if (len > WORD_BYTES_MAX)
        for (len = WORD_BYTES_MAX; ((unsigned char)word.ptr[len] & 0xC0) == 0x80;)
            len--;
    buf_char(b, '\'');
    buf_str(b, str_slice(word, 0, len));
    buf_char(b, '\'');
}

/* ---- rows ---- */

static bool is_name(const char *kind)
{
    return kind && strcmp(kind, "person") == 0;
}

static struct str scope_text(struct arena *a, const struct search_row *row)
{
    if (is_name(row->kind))
        return str_format(a, "b%lld", (long long)row->brand_id);
    return str_format(a, "b%lld k%s c%lld p%lld v%s", (long long)row->brand_id, row->kind, (long long)row->channel_id,
                      (long long)row->person_id, row->is_public ? "public" : "private");
}

static void span_token(struct buf *b, const struct span_unit *unit, int64_t number, int64_t brand)
{
    buf_format(b, "'/%c%llx/%lld'", unit->letter, (unsigned long long)number, (long long)brand);
}

/* No token that nearly every row has: looking it up costs more than what it would leave out. */
static void vector_scope(struct buf *b, const struct search_row *row)
{
    buf_format(b, "'/b%lld'", (long long)row->brand_id);
    for (size_t i = 0; i < COUNT_OF(span_units); i++) {
        buf_char(b, ' ');
        span_token(b, &span_units[i], row->id >> span_units[i].bits, row->brand_id);
    }
    if (is_name(row->kind))
        return;
    buf_format(b, " '/p%lld'", (long long)row->person_id);
    if (row->channel_id)
        buf_format(b, " '/c%lld'", (long long)row->channel_id);
    if (strcmp(row->kind, "need") == 0)
        buf_cstr(b, " '/need'");
}

static struct str vector_of(struct arena *a, const struct search_row *row)
{
    struct buf b;
    struct str word;
    size_t place = 0;
    buf_init(&b, a, row->words.len * 2 + 160);
    vector_scope(&b, row);
    for (size_t i = 0; b.len < VECTOR_WORD_BYTES && word_next(row->words, &i, &word);) {
        buf_char(&b, ' ');
        lexeme_add(&b, word);
        if (++place <= PLACES_MAX) {
            buf_char(&b, ':');
            buf_int(&b, (int64_t)place);
        }
    }
    return buf_view(&b);
}

static void row_write(struct tx *tx, const struct search_row *row, enum sql_id sql)
{
    struct arena *a = tx_arena(tx);
    struct str vector = db_takes(tx, sql, 3) ? vector_of(a, row) : STR_EMPTY;
    struct str scope = db_takes(tx, sql, 4) ? scope_text(a, row) : STR_EMPTY;
    db_exec_late(tx, sql, V(row->brand_id), V(row->id), V(vector), V(scope), V(row->words));
}

bool search_add(struct tx *tx, const struct search_row *row, struct error *e)
{
    (void)e;
    row_write(tx, row, is_name(row->kind) ? SQL_search_name_insert : SQL_search_insert);
    return true;
}

bool search_remove(struct tx *tx, const struct search_row *row, struct error *e)
{
    (void)e;
    row_write(tx, row, is_name(row->kind) ? SQL_search_name_delete : SQL_search_delete);
    return true;
}

/* ---- queries for FTS5 ---- */

/* Every term quoted, so that nothing in it is syntax. */
static void fts_term(struct buf *b, const struct search_term *term)
{
    buf_char(b, '"');
    for (size_t i = 0; i < term->words.len; i++)
        buf_char(b, term->words.ptr[i] == '"' ? ' ' : term->words.ptr[i]);
    buf_cstr(b, term->prefix ? "\" *" : "\"");
}

static void fts_any(struct buf *b, const char *first, char letter, const int64_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_format(b, "%s%c%lld", i ? " OR " : first, letter, (long long)ids[i]);
    if (n)
        buf_char(b, ')');
}

static struct str fts_words(struct buf *b, const struct search_match *match, const char *first)
{
    for (size_t i = 0; i < match->term_count; i++) {
        buf_cstr(b, i ? " AND " : first);
        fts_term(b, &match->terms[i]);
    }
    if (match->term_count)
        buf_char(b, ')');
    return buf_view(b);
}

/* Without a kind: people stood in this index once, and in old files they still do. */
static struct str fts_of(struct arena *a, const struct search_match *match)
{
    struct buf b;
    buf_init(&b, a, 256);
    bool ids = match->channel_count || match->people_count;
    bool brand = !match->any_brand || (!ids && !match->term_count) || match->kind;
    if (!brand && !ids)
        return fts_words(&b, match, "body : (");
    buf_cstr(&b, "scope : (");
    if (brand && (match->kind && !is_name(match->kind)))
        buf_format(&b, "b%lld AND k%s", (long long)match->brand_id, match->kind);
    else if (brand && match->kind)
        buf_format(&b, "b%lld", (long long)match->brand_id);
    else if (brand)
        buf_format(&b, "(b%lld NOT kperson)", (long long)match->brand_id);
    const char *and = brand ? " AND (" : "(";
    fts_any(&b, and, 'c', match->channels, match->channel_count);
    fts_any(&b, match->channel_count ? " AND (" : and, 'p', match->people, match->people_count);
    buf_cstr(&b, ")");
    return fts_words(&b, match, " AND body : (");
}

/* ---- queries for PostgreSQL ---- */

static void ts_term(struct buf *b, const struct search_term *term)
{
    struct str word;
    bool first = true;
    buf_cstr(b, " & (");
    for (size_t i = 0; word_next(term->words, &i, &word); first = false) {
        if (!first)
            buf_cstr(b, " <-> ");
        lexeme_add(b, word);
    }
    buf_cstr(b, term->prefix ? ":*)" : ")");
}

static void ts_any(struct buf *b, char letter, const int64_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_format(b, "%s'/%c%lld'", i ? " | " : " & (", letter, (long long)ids[i]);
    if (n)
        buf_char(b, ')');
}

static void ts_span(struct buf *b, int64_t brand, int64_t from, int64_t before)
{
    const struct span_unit *unit = span_unit(from, before);
    if (!unit) {
        buf_format(b, "'/b%lld'", (long long)brand);
        return;
    }
    int64_t first = from >> unit->bits, last = (before - 1) >> unit->bits;
    for (int64_t token = first; token <= last; token++) {
        buf_cstr(b, token == first ? "(" : " | ");
        span_token(b, unit, token, brand);
    }
    buf_char(b, ')');
}

static struct str ts_of(struct arena *a, const struct search_match *match, int64_t from, int64_t before)
{
    struct buf b;
    buf_init(&b, a, 256);
    ts_span(&b, match->brand_id, from, before);
    if (match->kind && strcmp(match->kind, "need") == 0)
        buf_cstr(&b, " & '/need'");
    ts_any(&b, 'c', match->channels, match->channel_count);
    ts_any(&b, 'p', match->people, match->people_count);
    for (size_t i = 0; i < match->term_count; i++)
        ts_term(&b, &match->terms[i]);
    return buf_view(&b);
}

/* ---- finding ---- */

bool search_find(struct tx *tx, struct arena *a, const struct search_match *match, int64_t from, int64_t before,
                 int limit, int64_t **out, size_t *count, struct error *e)
{
    enum sql_id sql = is_name(match->kind) ? SQL_search_name_find : SQL_search_find;
    *out = NULL;
    *count = 0;
    if (from >= before)
        return true;
    struct str ts = db_takes(tx, sql, 5) ? ts_of(a, match, from, before) : STR_EMPTY;
    struct str fts = db_takes(tx, sql, 6) ? fts_of(a, match) : STR_EMPTY;
    return rows_ids(db_query(tx, sql, e, V(match->brand_id), V(before), V(from), V(limit), V(ts), V(fts)), a, out,
                    count, e);
}

bool search_newest(struct tx *tx, int64_t brand, const char *kind, int64_t *out, struct error *e)
{
    int64_t message = 0, need = 0;
    if (is_name(kind))
        return rows_number(db_query(tx, SQL_search_newest_person, e, V(brand)), out, e);
    if (!rows_number(db_query(tx, SQL_search_newest_message, e, V(brand)), &message, e) ||
        !rows_number(db_query(tx, SQL_search_newest_need, e, V(brand)), &need, e))
        return false;
    *out = message > need ? message : need;
    return true;
}

bool search_labelled(struct tx *tx, struct arena *a, int64_t brand, int64_t label, const int64_t *conversations,
                     size_t n, int64_t **out, size_t *count, struct error *e)
{
    struct db_value values[] = {V(brand), V(label)}, *list = ARENA_ARRAY(a, struct db_value, n + 1);
    for (size_t i = 0; i < n; i++)
        list[i] = V(conversations[i]);
    return rows_ids(db_query_list(tx, SQL_search_labelled, values, COUNT_OF(values), list, n, e), a, out, count, e);
}

bool search_people_labelled(struct tx *tx, struct arena *a, int64_t brand, int64_t label, int limit, int64_t **out,
                            size_t *count, struct error *e)
{
    return rows_ids(db_query(tx, SQL_search_people_labelled, e, V(brand), V(label), V(limit)), a, out, count, e);
}
