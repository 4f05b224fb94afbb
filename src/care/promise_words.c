/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a reply into words, with numbers, clocks and dates recognised, and where sentences and clauses end. */
#include "care/promise_internal.h"

#include <string.h>

#include "base/arena.h"
#include "base/unicode.h"

#define WORDS_READ 2000

struct cutter {
    struct arena *arena;
    struct str text;
    size_t at;
    struct words words;
    bool space, marked;
};

bool word_in(const struct word *w, const char *list)
{
    if (!w || w->key.len == 0)
        return false;
    for (const char *p = list; *p;) {
        size_t len = strcspn(p, " ");
        if (len == w->key.len && memcmp(p, w->key.ptr, len) == 0)
            return true;
        p += len;
        p += *p == ' ';
    }
    return false;
}

const struct word *word_at(const struct words *sentence, ptrdiff_t i)
{
    return i >= 0 && (size_t)i < sentence->count ? &sentence->items[i] : NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const struct cutter *c, size_t ahead)
{
    return c->at + ahead < c->text.len ? c->text.ptr[c->at + ahead] : '\0';
}

static bool is_letter(uint32_t point)
{
    if (point < 0x80)
        return (point | 0x20) >= 'a' && (point | 0x20) <= 'z';
    return point >= 0xc0 && !(point >= 0x2000 && point < 0x2c00) && !(point >= 0x3000 && point < 0x3040) &&
           !(point >= 0xfe00 && point < 0xfe10) && point < 0x1f000;
}

static struct word *word_new(struct cutter *c, size_t from)
{
    struct word *w = &c->words.items[c->words.count++];
    *w = (struct word){.raw = str_slice(c->text, from, c->at), .attached = !c->space && from > 0};
    w->marked = c->marked;
    c->space = c->marked = false;
    return w;
}

/* ---- numbers ---- */

/* At most digits_most digits at the cursor; -1 (and nothing read) when there are none or more. */
static int digits_read(struct cutter *c, size_t digits_most, size_t *len)
{
    int n = 0;
    size_t i = 0;
    while (is_digit(peek(c, i)) && i <= digits_most)
        n = n * 10 + (peek(c, i++) - '0');
    *len = i;
    if (i == 0 || i > digits_most)
        return -1;
    c->at += i;
    return n;
}

static bool is_date(int day, int month)
{
    return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

/* "/11", "/11/2026", ".11.2026" behind a first number. */
static bool date_rest(struct cutter *c, char sign, int first, struct word *w)
{
    size_t start = c->at, len;
    c->at++;
    int second = digits_read(c, 2, &len), year = 0;
    if (second < 0) {
        c->at = start;
        return false;
    }
    if (peek(c, 0) == sign && is_digit(peek(c, 1))) {
        c->at++;
        year = digits_read(c, 4, &len);
        year = year >= 0 && len == 2 ? 2000 + year : year;
    }
    bool swapped = !is_date(first, second) && is_date(second, first);
    *w = (struct word){.kind = WORD_DATE, .a = swapped ? second : first, .b = swapped ? first : second, .c = year};
    if (!is_date(w->a, w->b) || year < 0)
        *w = (struct word){.kind = WORD_NUMBER, .a = second}; /* "24/48 ore" */
    return true;
}

/* 2026-11-25 */
static bool date_iso(struct cutter *c, int year, struct word *w)
{
    size_t start = c->at, len;
    c->at++;
    int month = digits_read(c, 2, &len), day = -1;
    if (month >= 1 && peek(c, 0) == '-') {
        c->at++;
        day = digits_read(c, 2, &len);
    }
    if (!is_date(day, month)) {
        c->at = start;
        return false;
    }
    *w = (struct word){.kind = WORD_DATE, .a = day, .b = month, .c = year};
    return true;
}

/* "17:30", "17.30", "17h30" */
static bool clock_rest(struct cutter *c, int hour, struct word *w)
{
    bool minutes = is_digit(peek(c, 1)) && is_digit(peek(c, 2)) && !is_digit(peek(c, 3));
    bool dotted_more = peek(c, 3) == '.' && is_digit(peek(c, 4)); /* 1.12.26 */
    if (!minutes || !memchr(":.h", peek(c, 0), 3) || dotted_more)
        return false;
    int minute = (peek(c, 1) - '0') * 10 + (peek(c, 2) - '0');
    if (hour > 24 || minute > 59)
        return false;
    c->at += 3;
    *w = (struct word){.kind = WORD_CLOCK, .a = hour, .b = minute, .c = 1};
    return true;
}

/* "10,000": groups of three digits behind the first. */
static bool thousands_skip(struct cutter *c)
{
    bool any = false;
    while (peek(c, 0) && strchr(",.", peek(c, 0)) && is_digit(peek(c, 1)) && is_digit(peek(c, 2)) &&
           is_digit(peek(c, 3)) && !is_digit(peek(c, 4))) {
        c->at += 4;
        any = true;
    }
    return any;
}

static void number_cut(struct cutter *c)
{
    size_t from = c->at, len;
    struct word read = {.kind = WORD_NUMBER, .a = -1};
    bool zero = peek(c, 0) == '0';
    int n = digits_read(c, 4, &len);
    bool grouped = n >= 0 && thousands_skip(c);
    if (n < 0 || grouped) {
        while (is_digit(peek(c, 0)))
            c->at++;
    } else if (!(len == 4 && peek(c, 0) == '-' && date_iso(c, n, &read)) && !(len <= 2 && clock_rest(c, n, &read))) {
        bool dotted = peek(c, 0) == '.' && is_digit(peek(c, 1));
        bool dashed = peek(c, 0) == '-' && is_digit(peek(c, 1)) && peek(c, 2) && strchr("-0123456789", peek(c, 2));
        bool slashed = peek(c, 0) == '/' && is_digit(peek(c, 1));
        read.a = n;
        if (len <= 2 && (dotted || dashed || slashed))
            (void)date_rest(c, peek(c, 0), n, &read);
    }
    struct word *w = word_new(c, from);
    w->kind = read.kind;
    w->a = read.a;
    w->b = read.b;
    w->c = read.c;
    w->literal = (zero && read.kind == WORD_CLOCK) || read.a > 12;
    w->key = w->raw;
}

/* ---- letters ---- */

/* "p.m." and "a.m." are one word. */
static void meridiem_cut(struct cutter *c, struct word *w)
{
    if (w->key.len != 1 || !memchr("pa", w->key.ptr[0], 2) || peek(c, 0) != '.' || (peek(c, 1) | 0x20) != 'm')
        return;
    c->at += 2;
    bool goes_on = peek(c, 0) == '.' && peek(c, 1) == ' ' && peek(c, 2) >= 'a';
    if (goes_on || peek(c, 0) == ',')
        c->at++;
    w->key = w->key.ptr[0] == 'p' ? STR("pm") : STR("am");
    w->raw.len = (size_t)(c->text.ptr + c->at - w->raw.ptr);
}

static bool apostrophe_at(const struct cutter *c, size_t *len)
{
    struct str rest = str_slice(c->text, c->at, c->text.len);
    *len = str_starts(rest, STR("'")) ? 1 : str_starts(rest, STR("\xe2\x80\x99")) ? 3 : 0;
    return *len > 0;
}

static void letters_cut(struct cutter *c)
{
    size_t from = c->at, next = c->at, apostrophe;
    uint32_t last = 0;
    while (next < c->text.len) {
        uint32_t point = utf8_next(c->text, &next);
        if (!is_letter(point))
            break;
        last = point;
        c->at = next;
    }
    struct word *w = word_new(c, from);
    w->key = text_fold(c->arena, w->raw);
    w->accent = last >= 0xc0;
    if (apostrophe_at(c, &apostrophe)) {
        size_t after = c->at + apostrophe;
        w->accent |= after >= c->text.len || strchr(" ,.;!?\n", c->text.ptr[after]) != NULL;
        c->at = after;
    } else {
        meridiem_cut(c, w);
    }
}

/* ---- what stands between words ---- */

static void mark_pause(struct cutter *c, uint32_t point)
{
    struct word *last = c->words.count ? &c->words.items[c->words.count - 1] : NULL;
    bool spaced = peek(c, 0) == ' ' || peek(c, 0) == '\0' || peek(c, 0) == '\n';
    if (!last)
        return;
    if (point == '?' || point == '!' || point == ';' || point == 0x2026 || (point == '.' && (spaced || c->space)))
        last->ends = true;
    else if (point == '.')
        last->ends |= !is_digit(peek(c, 0));
    else if (point == '\n')
        last->ends |= peek(c, 0) == '\n';
    last->question |= point == '?';
    if (point == ',' || point == ':' || point == '(' || point == ')' || point == '\n' || point == 0x2013 ||
        point == 0x2014 || (point == '-' && spaced))
        last->pause = true;
}

static void sign_cut(struct cutter *c)
{
    static const uint32_t marks[] = {'%', '$', '#', 0x20ac, 0xa3, 0xb0};
    uint32_t point = utf8_next(c->text, &c->at);
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if (point != marks[i])
            continue;
        c->marked = true;
        if (c->words.count && !c->space)
            c->words.items[c->words.count - 1].marked = point != 0xb0;
    }
    if (point == 0xb0 || point == 0xba) /* "1° dicembre" */
        c->marked = false;
    if (point == ' ' || point == '\n' || point == '\t' || point == 0xa0)
        c->space = true;
    mark_pause(c, point);
}

/* What was quoted of an earlier message is not said now. */
static bool quote_skip(struct cutter *c)
{
    bool line_start = c->at == 0 || c->text.ptr[c->at - 1] == '\n';
    if (!line_start || peek(c, 0) != '>')
        return false;
    while (c->at < c->text.len && c->text.ptr[c->at] != '\n')
        c->at++;
    if (c->words.count)
        c->words.items[c->words.count - 1].ends = true;
    return true;
}

struct words promise_words(struct arena *a, struct str text)
{
    struct cutter c = {.arena = a, .text = text, .space = true};
    c.words.items = ARENA_ARRAY(a, struct word, text.len < WORDS_READ ? text.len + 1 : WORDS_READ);
    while (c.at < text.len && c.words.count < WORDS_READ) {
        size_t ahead = c.at;
        if (quote_skip(&c))
            continue;
        if (is_digit(peek(&c, 0)))
            number_cut(&c);
        else if (is_letter(utf8_next(text, &ahead)))
            letters_cut(&c);
        else
            sign_cut(&c);
    }
    return c.words;
}
