/* SPDX-License-Identifier: Apache-2.0 */
/* Normal forms. utf8proc takes characters apart and puts them together; the marks in between are ordered
 * here, because its own ordering takes quadratic time and a stranger may send 30,000 marks on one letter. */
#include "base/unicode.h"

#include <string.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/arena_internal.h"
#include "base/buf.h"
#include "base/unicode_internal.h"

#define LONGEST_DECOMPOSITION 32
#define CLASSES               256
#define NFC                   (UTF8PROC_STABLE | UTF8PROC_COMPOSE)
#define FOLD                  (NFC | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)

struct points {
    struct arena *arena;
    int32_t *items;
    size_t count, cap;
};

static int32_t *reserve(struct points *p, size_t more)
{
    if (p->cap - p->count < more) {
        size_t cap = p->cap * 2 + more;
        int32_t *larger = arena_raw(p->arena, cap * sizeof(*larger));
        memcpy(larger, p->items, p->count * sizeof(*larger));
        p->items = larger;
        p->cap = cap;
    }
    return p->items + p->count;
}

static unsigned combining_class(int32_t c)
{
    return c < 0x300 ? 0 : (unsigned)utf8proc_get_property(c)->combining_class;
}

/* A stable counting sort of one run of marks. */
static void order_long_run(struct arena *a, int32_t *marks, size_t count)
{
    size_t start[CLASSES + 1] = {0};
    int32_t *sorted = arena_raw(a, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++)
        start[combining_class(marks[i]) + 1]++;
    for (size_t i = 0; i < CLASSES; i++)
        start[i + 1] += start[i];
    for (size_t i = 0; i < count; i++)
        sorted[start[combining_class(marks[i])]++] = marks[i];
    memcpy(marks, sorted, count * sizeof(*sorted));
}

static void order_short_run(int32_t *marks, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        int32_t mark = marks[i];
        size_t k = i;
        while (k > 0 && combining_class(marks[k - 1]) > combining_class(mark)) {
            marks[k] = marks[k - 1];
            k--;
        }
        marks[k] = mark;
    }
}

static void order_marks(struct points *p)
{
    size_t i = 0;
    while (i < p->count) {
        size_t from = i;
        while (i < p->count && combining_class(p->items[i]))
            i++;
        if (i - from > 16)
            order_long_run(p->arena, p->items + from, i - from);
        else if (i - from > 1)
            order_short_run(p->items + from, i - from);
        i += i == from;
    }
}

static void take_apart(struct points *p, struct str s, utf8proc_option_t options)
{
    for (size_t i = 0; i < s.len;) {
        int32_t c = (int32_t)utf8_next(s, &i);
        int32_t *place = reserve(p, LONGEST_DECOMPOSITION);
        int boundary = UTF8PROC_BOUNDCLASS_START;
        utf8proc_ssize_t n = utf8proc_decompose_char(c, place, LONGEST_DECOMPOSITION, options, &boundary);
        if (n >= 0 && n <= LONGEST_DECOMPOSITION)
            p->count += (size_t)n;
    }
    order_marks(p);
}

static void put_together(struct points *p, utf8proc_option_t options)
{
    utf8proc_ssize_t n = utf8proc_normalize_utf32(p->items, (utf8proc_ssize_t)p->count, options);
    p->count = n > 0 ? (size_t)n : 0;
}

static struct points points_new(struct arena *a, size_t expected)
{
    struct points p = {.arena = a, .cap = expected + LONGEST_DECOMPOSITION};
    p.items = arena_raw(a, p.cap * sizeof(*p.items));
    return p;
}

static void encode(struct buf *out, const struct points *p)
{
    for (size_t i = 0; i < p->count; i++) {
        utf8proc_uint8_t bytes[4];
        buf_add(out, bytes, (size_t)utf8proc_encode_char(p->items[i], bytes));
    }
}

/* Below U+0300 everything is in NFC: true when no byte begins anything higher. */
static bool is_simple(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0xcc)
            return false;
    return true;
}

struct code_points code_points_of(struct arena *a, struct str s)
{
    struct code_points points = {arena_raw(a, s.len * sizeof(int32_t)), 0};
    for (size_t i = 0; i < s.len;)
        points.items[points.count++] = (int32_t)utf8_next(s, &i);
    return points;
}

struct code_points code_points_nfc(struct arena *a, struct str s)
{
    if (is_simple(s))
        return code_points_of(a, s);
    struct points p = points_new(a, s.len);
    take_apart(&p, s, NFC);
    put_together(&p, NFC);
    return (struct code_points){p.items, p.count};
}

/* Marks that are written above or below a letter and left out by people who search: accents, Hebrew points,
 * Arabic vowel signs. Not the vowel signs of India or the sound marks of Japan, without which a word is
 * another word. */
static bool is_accent(int32_t c)
{
    static const struct {
        int32_t from, to;
    } ranges[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x5bf, 0x5bf},  {0x5c1, 0x5c2},
                  {0x5c4, 0x5c5},   {0x5c7, 0x5c7},   {0x610, 0x61a},   {0x64b, 0x65f},  {0x670, 0x670},
                  {0x6d6, 0x6dc},   {0x6df, 0x6e4},   {0x6e7, 0x6e8},   {0x6ea, 0x6ed},  {0x730, 0x74a},
                  {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};
    for (size_t i = 0; i < COUNT_OF(ranges) && c >= ranges[i].from; i++)
        if (c <= ranges[i].to)
            return true;
    return false;
}

static void fold_points(struct points *p, struct str s)
{
    size_t kept = 0;
    p->count = 0;
    take_apart(p, s, FOLD);
    for (size_t i = 0; i < p->count; i++)
        if (!is_accent(p->items[i]))
            p->items[kept++] = p->items[i];
    p->count = kept;
    put_together(p, FOLD);
}

static void nfc_points(struct points *p, struct str s)
{
    p->count = 0;
    take_apart(p, s, NFC);
    put_together(p, NFC);
}

static size_t ascii_length(struct str s, size_t from)
{
    size_t i = from;
    while (i < s.len && (unsigned char)s.ptr[i] < 0x80)
        i++;
    return i - from;
}

/* Most texts are ASCII with other letters here and there. ASCII never joins what stands before it, so a text
 * falls into parts: ASCII, which goes through as it is, and islands, each with the ASCII letter before it
 * (which may be the base of a mark). */
static struct str by_islands(struct arena *a, struct str s, void (*island)(struct points *, struct str))
{
    struct points p = points_new(a, 64);
    struct buf out;
    buf_init(&out, a, s.len + s.len / 8);
    for (size_t i = 0; i < s.len;) {
        size_t ascii = ascii_length(s, i), from = i + ascii - (ascii > 0 && i + ascii < s.len);
        buf_add(&out, s.ptr + i, from - i);
        i += ascii;
        while (i < s.len && (unsigned char)s.ptr[i] >= 0x80)
            i++;
        if (from < i && from + ascii_length(s, from) < i) {
            island(&p, str_slice(s, from, i));
            encode(&out, &p);
        }
    }
    return buf_view(&out);
}

struct str text_nfc(struct arena *a, struct str s)
{
    struct str clean = text_clean(a, s);
    return is_simple(clean) ? clean : by_islands(a, clean, nfc_points);
}

struct str text_fold(struct arena *a, struct str s)
{
    struct str lower = str_lower(a, text_clean(a, s));
    return ascii_length(lower, 0) == lower.len ? lower : by_islands(a, lower, fold_points);
}
