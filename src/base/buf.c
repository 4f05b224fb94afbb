/* SPDX-License-Identifier: Apache-2.0 */
/* The growing buffer, and the two ways of escaping that every page needs: HTML and URL. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/arena_internal.h"

#define SMALLEST 64

void buf_init(struct buf *b, struct arena *a, size_t expected)
{
    size_t cap = expected < SMALLEST ? SMALLEST : expected;
    *b = (struct buf){.arena = a, .ptr = arena_raw(a, cap + 1), .len = 0, .cap = cap};
}

/* Makes room for more bytes (and the ending NUL, which cap never counts) and gives the place for them. */
static char *reserve(struct buf *b, size_t more)
{
    if (__builtin_expect(more > b->cap - b->len, 0)) {
        size_t cap = b->cap * 2 > b->len + more ? b->cap * 2 : b->len + more;
        char *larger = arena_raw(b->arena, cap + 1);
        memcpy(larger, b->ptr, b->len);
        b->ptr = larger;
        b->cap = cap;
    }
    return b->ptr + b->len;
}

void buf_add_growing(struct buf *b, const void *ptr, size_t len)
{
    if (len == 0)
        return;
    memcpy(reserve(b, len), ptr, len);
    b->len += len;
}

void buf_int(struct buf *b, int64_t value)
{
    char digits[20];
    size_t n = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--n] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--n] = '-';
    buf_add(b, digits + n, sizeof(digits) - n);
}

void buf_format(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(b->ptr + b->len, b->cap - b->len + 1, format, args);
    va_end(args);
    if (len < 0)
        return;
    if ((size_t)len > b->cap - b->len) {
        char *place = reserve(b, (size_t)len);
        va_start(args, format);
        vsnprintf(place, (size_t)len + 1, format, args);
        va_end(args);
    }
    b->len += (size_t)len;
}

/* The index of the first byte from i on that may need an entity, eight at a time; the last few are left to the
 * caller. */
static size_t skip_harmless(struct str s, size_t i)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    for (uint64_t w; s.len - i >= sizeof(w); i += sizeof(w)) {
        memcpy(&w, s.ptr + i, sizeof(w));
        uint64_t quote = w ^ (ones * '"');
        uint64_t and = (w | ones) ^ (ones * '\'');       /* & and ' differ in their lowest bit … */
        uint64_t less = (w | (ones * 2)) ^ (ones * '>'); /* … < and > in the next */
        if (((quote - ones) | (and-ones) | (less - ones)) & ~w & high)
            break;
    }
    return i;
}

void buf_html(struct buf *b, struct str s)
{
    static const struct str entities[] = {STR("&amp;"), STR("&lt;"), STR("&gt;"), STR("&quot;"), STR("&#39;")};
    static const unsigned char special[256] = {['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5};
    size_t from = 0, i = 0;
    while ((i = skip_harmless(s, i)) < s.len) {
        size_t stop = s.len - i > 8 ? i + 8 : s.len;
        for (; i < stop; i++) {
            unsigned which = special[(unsigned char)s.ptr[i]];
            if (__builtin_expect(which == 0, 1))
                continue;
            buf_add(b, s.ptr + from, i - from);
            buf_str(b, entities[which - 1]);
            from = i + 1;
        }
    }
    if (from < s.len)
        buf_add(b, s.ptr + from, s.len - from);
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void buf_url(struct buf *b, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (is_unreserved(c)) {
            buf_char(b, (char)c);
        } else {
            char *place = reserve(b, 3);
            place[0] = '%';
            place[1] = hex[c >> 4];
            place[2] = hex[c & 15];
            b->len += 3;
        }
    }
}

struct str buf_view(struct buf *b)
{
    b->ptr[b->len] = '\0';
    return (struct str){b->ptr, b->len};
}
