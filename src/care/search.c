/* SPDX-License-Identifier: Apache-2.0 */
/* Building search rows and queries, and marking what was found. */
#include "care/search.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"
#include "store/retention.h"
#include "store/shelf.h"

/* ---- rows ---- */

static struct str scope_of(struct arena *a, int64_t brand, const char *kind, int64_t channel, int64_t person,
                           const char *visibility)
{
    return str_format(a, "b%lld k%s c%lld p%lld v%s", (long long)brand, kind, (long long)channel, (long long)person,
                      visibility);
}

static struct str message_scope(struct arena *a, const struct message *m)
{
    return scope_of(a, m->brand_id, "message", m->channel_id, m->person_id, m->is_public ? "public" : "private");
}

bool search_message(struct tx *tx, const struct message *m, struct error *e)
{
    struct arena *a = tx_arena(tx);
    return m->text.len == 0 || search_add(tx, m->brand_id, m->id, message_scope(a, m), text_fold(a, m->text), e);
}

/* What left the index by rule (retention.h) is not there to be taken out. */
static bool is_there(struct tx *tx, int64_t brand, int64_t id, bool *there, struct error *e)
{
    bool left = false;
    bool ok = unsearched_take(tx, brand, id, &left, e);
    *there = !left;
    return ok;
}

bool search_message_gone(struct tx *tx, const struct message *m, struct error *e)
{
    struct arena *a = tx_arena(tx);
    bool there = m->text.len != 0;
    if (there && !is_there(tx, m->brand_id, m->id, &there, e))
        return false;
    return !there || search_remove(tx, m->brand_id, m->id, message_scope(a, m), text_fold(a, m->text), e);
}

bool search_need(struct tx *tx, const struct conversation *c, struct error *e)
{
    struct arena *a = tx_arena(tx);
    return c->need.len == 0 ||
           search_add(tx, c->brand_id, c->id, scope_of(a, c->brand_id, "need", 0, c->person_id, "private"),
                      text_fold(a, c->need), e);
}

bool search_need_gone(struct tx *tx, const struct conversation *c, struct error *e)
{
    struct arena *a = tx_arena(tx);
    bool there;
    if (!is_there(tx, c->brand_id, c->id, &there, e))
        return false;
    return !there || c->need.len == 0 ||
           search_remove(tx, c->brand_id, c->id, scope_of(a, c->brand_id, "need", 0, c->person_id, "private"),
                         text_fold(a, c->need), e);
}

bool search_person(struct tx *tx, const struct person *p, struct error *e)
{
    struct arena *a = tx_arena(tx);
    return search_add(tx, p->brand_id, p->id, scope_of(a, p->brand_id, "person", 0, p->id, "private"),
                      text_fold(a, p->name), e);
}

bool search_person_gone(struct tx *tx, const struct person *p, struct error *e)
{
    struct arena *a = tx_arena(tx);
    return search_remove(tx, p->brand_id, p->id, scope_of(a, p->brand_id, "person", 0, p->id, "private"),
                         text_fold(a, p->name), e);
}

/* ---- queries ---- */

struct term {
    struct str words; /* folded; one word, or several for a phrase */
    bool phrase, prefix;
};

#define TERMS_MAX 16

static bool has_word(struct str s)
{
    for (size_t i = 0; i < s.len;)
        if (text_is_word(utf8_next(s, &i)))
            return true;
    return false;
}

/* Cuts a query into words, "phrases" and prefix*. */
static size_t terms_of(struct arena *a, struct str query, struct term terms[TERMS_MAX])
{
    struct str s = text_fold(a, text_clean(a, query));
    size_t n = 0;
    for (size_t i = 0; i < s.len && n < TERMS_MAX;) {
        if (s.ptr[i] == '"') {
            ptrdiff_t end = str_find_char(str_slice(s, i + 1, s.len), '"');
            size_t stop = end < 0 ? s.len : i + 1 + (size_t)end;
            struct str inside = str_trim(str_slice(s, i + 1, stop));
            if (has_word(inside))
                terms[n++] = (struct term){.words = inside, .phrase = true};
            i = stop + 1;
            continue;
        }
        size_t start = i, next = i;
        while (next < s.len && text_is_word(utf8_next(s, &next)))
            i = next;
        if (i > start)
            terms[n++] = (struct term){.words = str_slice(s, start, i), .prefix = i < s.len && s.ptr[i] == '*'};
        else
            utf8_next(s, &i);
    }
    return n;
}

/* FTS5: every term quoted, so that nothing in it is syntax. */
static void match_term(struct buf *b, const struct term *term)
{
    buf_cstr(b, "\"");
    for (size_t i = 0; i < term->words.len; i++)
        buf_char(b, term->words.ptr[i] == '"' ? ' ' : term->words.ptr[i]);
    buf_cstr(b, term->prefix ? "\" *" : "\"");
}

static struct str match_of(struct arena *a, int64_t brand, const struct search_query *query, const struct term *terms,
                           size_t n)
{
    struct buf b;
    buf_init(&b, a, 128);
    buf_format(&b, "scope : (b%lld", (long long)brand);
    if (query->kind)
        buf_format(&b, " AND k%s", query->kind);
    if (query->channel)
        buf_format(&b, " AND c%lld", (long long)query->channel);
    for (size_t i = 0; i < query->channel_count; i++)
        buf_format(&b, "%sc%lld", i ? " OR " : " AND (", (long long)query->channels[i]);
    if (query->channel_count)
        buf_char(&b, ')');
    if (query->person)
        buf_format(&b, " AND p%lld", (long long)query->person);
    buf_cstr(&b, ")");
    if (n) {
        buf_cstr(&b, " AND body : (");
        for (size_t i = 0; i < n; i++) {
            if (i)
                buf_cstr(&b, " AND ");
            match_term(&b, &terms[i]);
        }
        buf_cstr(&b, ")");
    }
    return buf_view(&b);
}

/* ---- marking ---- */

#define MARK_FROM '\2'
#define MARK_TO   '\3'

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

/* Of l’anno only anno is marked: a letter beside words says nothing. */
static bool term_hits(const struct term *terms, size_t n, struct str folded)
{
    for (size_t i = 0; i < n; i++) {
        struct str words = terms[i].words;
        for (struct str_span w = next_word(words, 0); w.from < words.len; w = next_word(words, w.to)) {
            struct str word = str_slice(words, w.from, w.to);
            if (word.len == 1 && (words.len > 1 || n > 1))
                continue;
            if (terms[i].prefix ? str_starts(folded, word) : str_eq(folded, word))
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

/* The words around the first hit, with marks around every hit. */
static struct str marked(struct arena *a, struct str text, const struct term *terms, size_t n)
{
    struct buf b;
    size_t first = 0, copied = 0;
    bool found = false;
    for (struct str_span w = next_word(text, 0); w.from < text.len && !found; w = next_word(text, w.to))
        if (term_hits(terms, n, text_fold(a, str_slice(text, w.from, w.to)))) {
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
        if (!term_hits(terms, n, text_fold(a, str_slice(text, w.from, w.to))))
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

/* ---- hits ---- */

static bool hit_fill(struct tx *tx, struct arena *a, int64_t brand, struct search_hit *hit, struct str *text,
                     struct error *e)
{
    struct error here = {0};
    if (message_by_id(tx, a, brand, hit->id, &hit->message, &here)) {
        hit->kind = "message";
        *text = hit->message.text;
        return conversation_by_id(tx, a, brand, hit->message.conversation_id, &hit->conversation, e) &&
               person_by_id(tx, a, brand, hit->conversation.person_id, &hit->person, e);
    }
    if (here.code == ERR_NOT_FOUND && conversation_by_id(tx, a, brand, hit->id, &hit->conversation, &here)) {
        hit->kind = "need";
        *text = hit->conversation.need;
        return person_by_id(tx, a, brand, hit->conversation.person_id, &hit->person, e);
    }
    hit->kind = "person";
    return person_by_id(tx, a, brand, hit->id, &hit->person, e) && ((*text = hit->person.name), true);
}

bool search_run(struct tx *tx, struct arena *a, int64_t brand, const struct search_query *query,
                struct search_hit **out, size_t *count, int64_t *next, struct error *e)
{
    struct term terms[TERMS_MAX];
    size_t n = terms_of(a, query->words, terms), found;
    int64_t *ids;
    *count = 0;
    *next = 0;
    *out = NULL;
    if (n == 0)
        return true;
    if (!search_find(tx, a, brand, match_of(a, brand, query, terms, n), query->before, query->limit + 1, &ids, &found,
                     e))
        return false;
    while (found && ids[found - 1] < query->after)
        found--;
    if (found > (size_t)query->limit) {
        found = (size_t)query->limit;
        *next = ids[found - 1];
    }
    struct search_hit *hits = ARENA_ARRAY(a, struct search_hit, found + 1);
    for (size_t i = 0; i < found; i++) {
        struct str text = STR_EMPTY;
        hits[*count].id = ids[i];
        if (!hit_fill(tx, a, brand, &hits[*count], &text, e))
            return false;
        hits[*count].text = marked(a, text, terms, n);
        ++*count;
    }
    *out = hits;
    return true;
}
