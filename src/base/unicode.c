/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 checked and repaired, and texts cut where a reader would cut them. */
#include "base/unicode.h"

#include <string.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode_internal.h"
#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS    "\xe2\x80\xa6"

/* Index of the first byte from i on that does not begin a well-formed sequence, or s.len. */
static size_t first_bad(struct str s, size_t i)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    while (i < s.len) {
        uint64_t w;
        if (s.len - i >= sizeof(w)) {
            memcpy(&w, s.ptr + i, sizeof(w));
            if ((w & high) == 0) {
                i += sizeof(w);
                continue;
            }
        }
        size_t len = utf8_sequence(s.ptr + i, s.len - i);
        if (len == 0)
            return i;
        i += len;
    }
    return s.len;
}

bool utf8_valid(struct str s)
{
    return first_bad(s, 0) == s.len;
}

uint32_t utf8_next(struct str s, size_t *i)
{
    const unsigned char *p = (const unsigned char *)s.ptr + *i;
    size_t len = utf8_sequence(s.ptr + *i, s.len - *i);
    *i += len ? len : utf8_bad_length(s.ptr + *i, s.len - *i);
    switch (len) {
    case 1: return p[0];
    case 2: return (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU);
    case 3: return (p[0] & 0x0fU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
    case 4: return (p[0] & 0x07U) << 18 | (p[1] & 0x3fU) << 12 | (p[2] & 0x3fU) << 6 | (p[3] & 0x3fU);
    default: return 0xfffd;
    }
}

static void add_without_nul(struct buf *out, struct str s)
{
    struct str part;
    while (str_split(&s, '\0', &part))
        buf_str(out, part);
}

bool text_is_word(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO) || category == UTF8PROC_CATEGORY_CO;
}

bool text_word_next(struct str s, size_t *i, struct str *word)
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

struct str text_words_lead(struct arena *a, struct str s, struct str lead)
{
    struct buf out;
    struct str word;
    buf_init(&out, a, s.len * 2 + 16);
    for (size_t i = 0; text_word_next(s, &i, &word);) {
        if (out.len)
            buf_char(&out, ' ');
        buf_str(&out, lead);
        buf_str(&out, word);
    }
    return buf_view(&out);
}

struct str text_clean(struct arena *a, struct str s)
{
    size_t bad = first_bad(s, 0);
    if (bad == s.len && str_find_char(s, '\0') < 0)
        return s;
    struct buf out;
    buf_init(&out, a, s.len + 16);
    size_t from = 0;
    while (bad < s.len) {
        add_without_nul(&out, str_slice(s, from, bad));
        buf_cstr(&out, REPLACEMENT);
        from = bad + utf8_bad_length(s.ptr + bad, s.len - bad);
        bad = first_bad(s, from);
    }
    add_without_nul(&out, str_slice(s, from, s.len));
    return buf_view(&out);
}

/* Where the text may be cut so that at most n code points are left: the last grapheme boundary that fits, and
 * whether anything lies behind it. */
static size_t cut_at(struct str s, size_t n, bool *cut)
{
    size_t i = 0, boundary = 0;
    int32_t state = 0, before = 0;
    for (size_t points = 0; i < s.len; points++) {
        size_t at = i;
        int32_t c = (int32_t)utf8_next(s, &i);
        if (points == 0 || utf8proc_grapheme_break_stateful(before, c, &state))
            boundary = at;
        before = c;
        if (points == n) {
            *cut = true;
            return boundary;
        }
    }
    *cut = false;
    return s.len;
}

struct str text_shorten(struct arena *a, struct str s, size_t n)
{
    bool cut;
    s = text_clean(a, s);
    if (s.len <= n) /* so many bytes are no more characters */
        return s;
    size_t at = cut_at(s, n, &cut);
    if (!cut)
        return s;
    struct str kept = str_slice(s, 0, at);
    while (kept.len && (kept.ptr[kept.len - 1] == ' ' || kept.ptr[kept.len - 1] == '\n'))
        kept.len--;
    return str_concat(a, kept, STR(ELLIPSIS));
}

static bool is_letter(int32_t c)
{
    if (c < 0x80) /* most names, on every page */
        return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

/* Scripts whose names are not written in words: one sign stands for the whole. */
static bool is_east_asian(int32_t c)
{
    return (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xa960 && c <= 0xa97f) || (c >= 0xac00 && c <= 0xd7ff) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

static bool ends_word(int32_t c)
{
    if (c < 0x80)
        return c <= ' ' || c == 0x7f || c == '-' || c == '.' || c == '_' || c == '&' || c == '/';
    utf8proc_category_t category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_CC;
}

/* The first and the last letter that begin a word; the number of them (0-2). */
static int find_initials(struct str name, int32_t out[2])
{
    int found = 0;
    bool in_word = false;
    for (size_t i = 0; i < name.len;) {
        unsigned char byte = (unsigned char)name.ptr[i];
        int32_t c = byte < 0x80 ? (i++, byte) : (int32_t)utf8_next(name, &i);
        if (is_letter(c)) {
            if (!in_word) {
                out[found ? 1 : 0] = c;
                found = found ? 2 : 1;
            }
            in_word = true;
        } else if (ends_word(c)) {
            in_word = false;
        }
    }
    return found;
}

static int32_t first_digit_or_any(struct str name)
{
    int32_t first = 0;
    for (size_t i = 0; i < name.len;) {
        int32_t c = (int32_t)utf8_next(name, &i);
        if (utf8proc_category(c) == UTF8PROC_CATEGORY_ND)
            return c;
        if (!first && c > ' ')
            first = c;
    }
    return first;
}

struct str text_initials(struct arena *a, struct str name)
{
    int32_t initials[2] = {0, 0};
    name = text_nfc(a, name);
    int count = find_initials(name, initials);
    if (count == 0) {
        initials[0] = first_digit_or_any(name);
        count = initials[0] ? 1 : 0;
    }
    if (count == 2 && (is_east_asian(initials[0]) || is_east_asian(initials[1])))
        count = 1;
    struct buf out;
    buf_init(&out, a, 8);
    for (int i = 0; i < count; i++) {
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t len = utf8proc_encode_char(utf8proc_toupper(initials[i]), bytes);
        buf_add(&out, bytes, (size_t)len);
    }
    return buf_view(&out);
}
