/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of rows and queries. FTS5: a text of scope tokens and a text of words. PostgreSQL: lexemes, a word with
 * its place, a scope token behind a slash without one. */
#include "store/search.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"
#include "db/db.h"

#define WORD_BYTES_MAX    240    /* what is longer is cut, in rows and in queries */
#define PLACES_MAX        16383  /* the last place a tsvector can name; words behind it have none */
#define VECTOR_WORD_BYTES 400000 /* a tsvector holds one MB */

/* Every word of a message stands in the index with its brand and its season (50 days, in bits of an id) in front, as
 * in "3fa2a8gfattura": the rows of a word in one season are a list of their own. So the newest are found without the
 * rest of history, the beginnings of words too, and a question asked season by season can be stopped in between. Of
 * the brand there are four digits, of the season as many as it has; after both, g: they are hexadecimal. Two brands
 * may have the same digits: then rows of the one come where the other's are asked for. */
#define BRAND_DIGITS_OF 65521 /* the largest prime of four hexadecimal digits */
#define SEASON_BITS     54
#define SEASONS_MAX     12 /* asked for at once */

/* Within a season PostgreSQL's rows are told by tokens of an hour, a day and a month (in bits of an id: 35 minutes,
 * 18.6 hours, 25 days) of this brand, FTS5's, which yields the newest first by itself, by the day. A span is asked
 * for by a few of them: each costs something at every row that is looked at. */
static const struct span_unit {
    char letter;
    int bits;
} span_units[] = {{'h', 43}, {'d', 48}, {'m', 53}};
#define SPAN_DAY        48
#define SPAN_TOKENS_MAX 12

/* The finest unit that is coarse enough for a span; NULL when none is. */
static const struct span_unit *span_unit(int64_t from, int64_t before)
{
    for (size_t i = 0; i < COUNT_OF(span_units); i++)
        if (((before - 1) >> span_units[i].bits) - (from >> span_units[i].bits) < SPAN_TOKENS_MAX)
            return &span_units[i];
    return NULL;
}

static bool is_name(const char *kind)
{
    return kind && strcmp(kind, "person") == 0;
}

/* Whether it is asked for season by season. */
static bool is_seasonal(const struct search_match *match)
{
    return !is_name(match->kind) && (match->term_count || match->channel_count);
}

/* PostgreSQL skips through the lists of words that stand together, but reads to the end those of one such group or
 * another. */
static bool is_one_word(const struct search_match *match)
{
    return match->term_count == 1 && !match->terms[0].phrase && match->channel_count == 0;
}

/* `from`, or what begins so many units before the end, whichever is later; then back to where its unit begins. */
static int64_t span_floor(int64_t from, int64_t before, int bits, int64_t most)
{
    int64_t first = ((before - 1) >> bits) - most + 1;
    return (from >> bits > first ? from >> bits : first) << bits;
}

int64_t search_span_start(const struct tx *tx, const struct search_match *match, int64_t from, int64_t before)
{
    bool vectors = db_takes(tx, SQL_search_find, 5);
    const struct span_unit *unit = span_unit(from, before);
    int64_t season = span_floor(before - 1, before, SEASON_BITS, 1);
    if (is_name(match->kind))
        return unit && vectors ? span_floor(from, before, unit->bits, SPAN_TOKENS_MAX) : 0;
    if (match->people_count && !is_seasonal(match))
        return 0;
    if (!vectors && match->step == SEARCH_DAYS) {
        int64_t day = span_floor(from, before, SPAN_DAY, SPAN_TOKENS_MAX);
        return day > season ? day : season;
    }
    if (vectors && unit && (unit->bits <= SPAN_DAY || !is_seasonal(match)))
        return span_floor(from, before, unit->bits, SPAN_TOKENS_MAX);
    if (vectors && !is_seasonal(match))
        return span_floor(from, before, span_units[2].bits, SPAN_TOKENS_MAX);
    bool many = match->step == SEARCH_SEASONS && (!vectors || is_one_word(match));
    return span_floor(from, before, SEASON_BITS, many ? SEASONS_MAX : 1);
}

/* ---- words ---- */

static int64_t season_of(int64_t id)
{
    return id >> SEASON_BITS;
}

static struct str season_lead(struct arena *a, int64_t brand, int64_t season)
{
    return str_format(a, "%04llx%llxg", (unsigned long long)(brand % BRAND_DIGITS_OF), (unsigned long long)season);
}

/* Quotes are no part of a word, so none has to be doubled. */
static void lexeme_add(struct buf *b, struct str lead, struct str word)
{
    size_t len = word.len;
    if (len > WORD_BYTES_MAX)
        for (len = WORD_BYTES_MAX; ((unsigned char)word.ptr[len] & 0xC0) == 0x80;)
            len--;
    buf_char(b, '\'');
    buf_str(b, lead);
    buf_str(b, str_slice(word, 0, len));
    buf_char(b, '\'');
}

/* ---- rows ---- */

static void day_token(struct buf *b, int64_t brand, int64_t day)
{
    buf_format(b, "d%04llx%llx", (unsigned long long)(brand % BRAND_DIGITS_OF), (unsigned long long)day);
}

/* The season's lead alone is a list of all its rows. */
static struct str scope_text(struct arena *a, const struct search_row *row, struct str lead)
{
    struct buf b;
    if (is_name(row->kind))
        return str_format(a, "b%lld", (long long)row->brand_id);
    buf_init(&b, a, 96);
    buf_str(&b, lead);
    if (row->channel_id)
        buf_format(&b, " c%lldg%llx", (long long)row->channel_id, (unsigned long long)season_of(row->id));
    buf_format(&b, " p%lld ", (long long)row->person_id);
    day_token(&b, row->brand_id, row->id >> SPAN_DAY);
    if (strcmp(row->kind, "need") == 0)
        buf_cstr(&b, " kneed");
    return buf_view(&b);
}

static void span_token(struct buf *b, const struct span_unit *unit, int64_t number, int64_t brand)
{
    buf_format(b, "'/%c%llx/%lld'", unit->letter, (unsigned long long)number, (long long)brand);
}

/* No token that nearly every row has: looking it up costs more than what it would leave out. */
static void vector_scope(struct buf *b, const struct search_row *row)
{
    for (size_t i = 0; i < COUNT_OF(span_units); i++) {
        span_token(b, &span_units[i], row->id >> span_units[i].bits, row->brand_id);
        buf_char(b, ' ');
    }
    if (is_name(row->kind)) {
        buf_format(b, "'/b%lld'", (long long)row->brand_id);
        return;
    }
    buf_format(b, "'/p%lld'", (long long)row->person_id);
    if (row->channel_id)
        buf_format(b, " '/c%lld/%llx'", (long long)row->channel_id, (unsigned long long)season_of(row->id));
    if (strcmp(row->kind, "need") == 0)
        buf_cstr(b, " '/need'");
}

static struct str vector_of(struct arena *a, const struct search_row *row, struct str lead)
{
    struct buf b;
    struct str word;
    size_t place = 0;
    buf_init(&b, a, row->words.len * 3 + 160);
    vector_scope(&b, row);
    for (size_t i = 0; b.len < VECTOR_WORD_BYTES && text_word_next(row->words, &i, &word);) {
        buf_char(&b, ' ');
        lexeme_add(&b, lead, word);
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
    struct str lead = is_name(row->kind) ? STR_EMPTY : season_lead(a, row->brand_id, season_of(row->id));
    struct str vector = db_takes(tx, sql, 3) ? vector_of(a, row, lead) : STR_EMPTY;
    struct str scope = db_takes(tx, sql, 4) ? scope_text(a, row, lead) : STR_EMPTY;
    struct str words = db_takes(tx, sql, 5) ? text_words_lead(a, row->words, lead) : STR_EMPTY;
    db_exec_late(tx, sql, V(row->brand_id), V(row->id), V(vector), V(scope), V(words));
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
static void fts_term(struct buf *b, struct str lead, const struct search_term *term)
{
    struct str word;
    char before = '"';
    for (size_t i = 0; text_word_next(term->words, &i, &word); before = ' ') {
        buf_char(b, before);
        buf_str(b, lead);
        buf_str(b, word);
    }
    buf_cstr(b, term->prefix ? "\" *" : "\"");
}

static void fts_terms(struct buf *b, struct str lead, const struct search_match *match)
{
    for (size_t i = 0; i < match->term_count; i++) {
        if (i)
            buf_cstr(b, " AND ");
        fts_term(b, lead, &match->terms[i]);
    }
}

static void fts_people(struct buf *b, const struct search_match *match)
{
    for (size_t i = 0; i < match->people_count; i++)
        buf_format(b, "%sp%lld", i ? " OR " : "(", (long long)match->people[i]);
    if (match->people_count)
        buf_cstr(b, ") AND ");
}

/* What is asked of one season. The list that ends first ends the whole, so no list goes without its season. */
static void fts_season(struct buf *b, struct arena *a, const struct search_match *match, int64_t season)
{
    struct str lead = season_lead(a, match->brand_id, season);
    buf_char(b, '(');
    for (size_t i = 0; i < match->channel_count; i++)
        buf_format(b, "%sc%lldg%llx", i ? " OR " : "(", (long long)match->channels[i], (unsigned long long)season);
    if (match->channel_count)
        buf_cstr(b, match->term_count ? ") AND " : ")");
    fts_terms(b, lead, match);
    if (!match->term_count && !match->channel_count)
        buf_str(b, lead);
    buf_char(b, ')');
}

static void fts_days(struct buf *b, int64_t brand, int64_t from, int64_t before)
{
    int64_t first = from >> SPAN_DAY, last = (before - 1) >> SPAN_DAY;
    for (int64_t day = first; day <= last; day++) {
        buf_cstr(b, day > first ? " OR " : "(");
        day_token(b, brand, day);
    }
    buf_cstr(b, ") AND ");
}

static struct str fts_name(struct arena *a, const struct search_match *match)
{
    struct buf b;
    buf_init(&b, a, 256);
    buf_format(&b, "scope : b%lld", (long long)match->brand_id);
    if (match->term_count) {
        buf_cstr(&b, " AND body : (");
        fts_terms(&b, STR_EMPTY, match);
        buf_char(&b, ')');
    }
    return buf_view(&b);
}

static struct str fts_of(struct arena *a, const struct search_match *match, int64_t from, int64_t before)
{
    struct buf b;
    int64_t first = season_of(from), last = season_of(before - 1);
    if (is_name(match->kind))
        return fts_name(a, match);
    buf_init(&b, a, 512);
    if (match->kind && strcmp(match->kind, "need") == 0)
        buf_cstr(&b, "kneed AND ");
    fts_people(&b, match);
    if (match->people_count && !is_seasonal(match))
        return str_slice(buf_view(&b), 0, b.len - strlen(" AND "));
    if (match->step == SEARCH_DAYS)
        fts_days(&b, match->brand_id, from, before);
    for (int64_t season = last; season >= first; season--) {
        buf_cstr(&b, season == last ? first == last ? "" : "(" : " OR ");
        fts_season(&b, a, match, season);
    }
    buf_cstr(&b, first == last ? "" : ")");
    return buf_view(&b);
}

/* ---- queries for PostgreSQL ---- */

static void ts_terms(struct buf *b, struct str lead, const struct search_match *match)
{
    for (size_t t = 0; t < match->term_count; t++) {
        const struct search_term *term = &match->terms[t];
        struct str word;
        bool first = true;
        buf_cstr(b, t ? " & (" : "(");
        for (size_t i = 0; text_word_next(term->words, &i, &word); first = false) {
            if (!first)
                buf_cstr(b, " <-> ");
            lexeme_add(b, lead, word);
        }
        buf_cstr(b, term->prefix ? ":*)" : ")");
    }
}

static void ts_season(struct buf *b, struct arena *a, const struct search_match *match, int64_t season)
{
    buf_char(b, '(');
    for (size_t i = 0; i < match->channel_count; i++)
        buf_format(b, "%s'/c%lld/%llx'", i ? " | " : "(", (long long)match->channels[i], (unsigned long long)season);
    if (match->channel_count)
        buf_cstr(b, match->term_count ? ") & " : ")");
    ts_terms(b, season_lead(a, match->brand_id, season), match);
    buf_char(b, ')');
}

static void ts_seasons(struct buf *b, struct arena *a, const struct search_match *match, int64_t first, int64_t last)
{
    buf_char(b, '(');
    for (int64_t season = last; season >= first; season--) {
        if (season < last)
            buf_cstr(b, " | ");
        ts_season(b, a, match, season);
    }
    buf_char(b, ')');
}

static void ts_span(struct buf *b, int64_t brand, const struct span_unit *unit, int64_t from, int64_t before)
{
    int64_t first = from >> unit->bits, last = (before - 1) >> unit->bits;
    for (int64_t token = first; token <= last; token++) {
        buf_cstr(b, token == first ? "(" : " | ");
        span_token(b, unit, token, brand);
    }
    buf_char(b, ')');
}

static void ts_people(struct buf *b, const struct search_match *match)
{
    for (size_t i = 0; i < match->people_count; i++)
        buf_format(b, "%s'/p%lld'", i ? " | " : "(", (long long)match->people[i]);
    buf_char(b, ')');
}

/* part: of the whole, what says where; all of it when nothing does. */
struct ts {
    struct str whole, part;
};

static struct ts ts_name(struct arena *a, const struct search_match *match, int64_t from, int64_t before)
{
    const struct span_unit *unit = span_unit(from, before);
    struct buf b;
    buf_init(&b, a, 256);
    if (unit)
        ts_span(&b, match->brand_id, unit, from, before);
    else
        buf_format(&b, "'/b%lld'", (long long)match->brand_id);
    size_t part = b.len;
    if (match->term_count) {
        buf_cstr(&b, " & ");
        ts_terms(&b, STR_EMPTY, match);
    }
    return (struct ts){buf_view(&b), str_slice(buf_view(&b), 0, part)};
}

/* A person's rows are few, and a season's words are bounded by themselves: no time beside them. */
static struct ts ts_of(struct arena *a, const struct search_match *match, int64_t from, int64_t before)
{
    const struct span_unit *unit = span_unit(from, before);
    bool seasonal = is_seasonal(match);
    struct buf b;
    if (is_name(match->kind))
        return ts_name(a, match, from, before);
    buf_init(&b, a, 512);
    if (match->people_count)
        ts_people(&b, match);
    else if (unit && (!seasonal || unit->bits <= SPAN_DAY))
        ts_span(&b, match->brand_id, unit, from, before);
    if (match->kind && strcmp(match->kind, "need") == 0)
        buf_cstr(&b, b.len ? " & '/need'" : "'/need'");
    size_t part = b.len;
    if (seasonal) {
        buf_cstr(&b, b.len ? " & " : "");
        ts_seasons(&b, a, match, season_of(from), season_of(before - 1));
    }
    return (struct ts){buf_view(&b), str_slice(buf_view(&b), 0, part ? part : b.len)};
}

/* ---- finding ---- */

bool search_find(struct tx *tx, struct arena *a, const struct search_match *match, int64_t from, int64_t before,
                 int limit, struct search_ids *out, struct error *e)
{
    enum sql_id sql = is_name(match->kind) ? SQL_search_name_find : SQL_search_find;
    *out = (struct search_ids){.ids = NULL};
    if (from >= before)
        return true;
    struct ts ts = db_takes(tx, sql, 5) ? ts_of(a, match, from, before) : (struct ts){STR_EMPTY, STR_EMPTY};
    struct str fts = db_takes(tx, sql, 7) ? fts_of(a, match, from, before) : STR_EMPTY;
    db_limit(tx, match->limit_at);
    bool ok = rows_ids(
        db_query(tx, sql, e, V(match->brand_id), V(before), V(from), V(limit), V(ts.whole), V(ts.part), V(fts)), a,
        &out->ids, &out->count, e);
    out->cut = db_limit_end(tx);
    return ok;
}

static bool both_read(struct tx *tx, int64_t brand, enum sql_id messages, enum sql_id needs, int64_t *message,
                      int64_t *need, struct error *e)
{
    return rows_number(db_query_values(tx, messages, (struct db_value[]){V(brand)}, 1, e), message, e) &&
           rows_number(db_query_values(tx, needs, (struct db_value[]){V(brand)}, 1, e), need, e);
}

bool search_range(struct tx *tx, int64_t brand, const char *kind, int64_t *oldest, int64_t *newest, struct error *e)
{
    int64_t message = 0, need = 0;
    *oldest = 0;
    if (is_name(kind))
        return rows_number(db_query(tx, SQL_search_newest_person, e, V(brand)), newest, e);
    db_ahead(tx, SQL_search_newest_message, V(brand));
    db_ahead(tx, SQL_search_newest_need, V(brand));
    db_ahead(tx, SQL_search_oldest_message, V(brand));
    db_ahead(tx, SQL_search_oldest_need, V(brand));
    if (!both_read(tx, brand, SQL_search_newest_message, SQL_search_newest_need, &message, &need, e))
        return false;
    *newest = message > need ? message : need;
    if (!both_read(tx, brand, SQL_search_oldest_message, SQL_search_oldest_need, &message, &need, e))
        return false;
    *oldest = message && (message < need || !need) ? message : need;
    return true;
}

bool search_labelled(struct tx *tx, struct arena *a, int64_t brand, int64_t label, const int64_t *ids, size_t n,
                     int64_t **out, size_t *count, struct error *e)
{
    struct db_value values[] = {V(brand), V(label)}, *list = ARENA_ARRAY(a, struct db_value, n + 1);
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    return rows_ids(db_query_list(tx, SQL_search_labelled, values, COUNT_OF(values), list, n, e), a, out, count, e);
}

bool search_people_labelled(struct tx *tx, struct arena *a, int64_t brand, int64_t label, int limit, int64_t **out,
                            size_t *count, struct error *e)
{
    return rows_ids(db_query(tx, SQL_search_people_labelled, e, V(brand), V(label), V(limit)), a, out, count, e);
}

/* ---- what left ---- */

bool search_pages(struct tx *tx, int64_t *out, struct error *e)
{
    *out = 0;
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_search_pages, e, V(0));
    if (!r)
        return false;
    if (rows_next(r))
        *out = rows_int(r, 0);
    return rows_ok(r, e);
}

/* A number below zero takes all segments together; one above goes on with that (https://sqlite.org/fts5.html). */
static bool merge_run(struct tx *tx, enum sql_id sql, int64_t pages, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, sql, e, V(pages));
    while (r && rows_next(r))
        continue;
    return r && rows_ok(r, e);
}

bool search_merge(struct tx *tx, bool first, struct error *e)
{
    int64_t pages = first ? -SEARCH_MERGED : SEARCH_MERGED;
    return merge_run(tx, SQL_search_merge, pages, e) && merge_run(tx, SQL_search_name_merge, pages, e);
}
