/* SPDX-License-Identifier: Apache-2.0 */
/* Normal forms. utf8proc takes characters apart and puts them together; the marks in between are ordered
 * here, because its own ordering takes quadratic time and a stranger may send 30,000 marks on one letter. */
#include "base/unicode.h"

#include <string.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/arena_internal.h"
#include "base/unicode_internal.h"

#define LONGEST_DECOMPOSITION 32
#define CLASSES               256

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

/* Takes s apart; without_accents drops the marks that is_accent names. */
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

static struct code_points normalize(struct arena *a, struct str s, utf8proc_option_t options,
                                    bool (*drop)(int32_t))
{
    struct points p = {.arena = a, .cap = s.len + LONGEST_DECOMPOSITION};
    p.items = arena_raw(a, p.cap * sizeof(*p.items));
    take_apart(&p, s, options);
    if (drop) {
        size_t kept = 0;
        for (size_t i = 0; i < p.count; i++)
            if (!drop(p.items[i]))
                p.items[kept++] = p.items[i];
        p.count = kept;
    }
    utf8proc_ssize_t n = utf8proc_normalize_utf32(p.items, (utf8proc_ssize_t)p.count, options);
    return (struct code_points){p.items, n > 0 ? (size_t)n : 0};
}

static struct str encode(struct arena *a, struct code_points points)
{
    char *out = arena_raw(a, points.count * 4 + 1);
    size_t len = 0;
    for (size_t i = 0; i < points.count; i++)
        len += (size_t)utf8proc_encode_char(points.items[i], (utf8proc_uint8_t *)out + len);
    out[len] = '\0';
    return (struct str){out, len};
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
    return normalize(a, s, UTF8PROC_STABLE | UTF8PROC_COMPOSE, NULL);
}

struct str text_nfc(struct arena *a, struct str s)
{
    struct str clean = text_clean(a, s);
    return is_simple(clean) ? clean : encode(a, code_points_nfc(a, clean));
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

static bool is_ascii(struct str s)
{
    unsigned char all = 0;
    for (size_t i = 0; i < s.len; i++)
        all |= (unsigned char)s.ptr[i];
    return all < 0x80;
}

struct str text_fold(struct arena *a, struct str s)
{
    struct str clean = text_clean(a, s);
    if (is_ascii(clean))
        return str_lower(a, clean);
    return encode(a, normalize(a, clean,
                               UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                   UTF8PROC_IGNORE,
                               is_accent));
}
