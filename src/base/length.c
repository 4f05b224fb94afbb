/* SPDX-License-Identifier: Apache-2.0 */
/* The length of a text as a network counts it. X counts by weight (twitter-text, configuration 3): NFC code
 * points weigh 1 or 2, a URL 23, an emoji 2 however many code points it is made of. */
#include "base/unicode.h"

#include <utf8proc.h>

#include "base/arena.h"
#include "base/unicode_internal.h"

#define URL_WEIGHT   23
#define EMOJI_WEIGHT 2

#define ZERO_WIDTH_JOINER 0x200d
#define TEXT_STYLE        0xfe0e
#define EMOJI_STYLE       0xfe0f
#define KEYCAP            0x20e3

static size_t point_weight(int32_t c)
{
    bool light = c <= 4351 || (c >= 8192 && c <= 8205) || (c >= 8208 && c <= 8223) || (c >= 8242 && c <= 8247);
    return light ? 1 : 2;
}

static int32_t at(const struct code_points *t, size_t i)
{
    return i < t->count ? t->items[i] : 0;
}

static bool is_regional(int32_t c)
{
    return c >= 0x1f1e6 && c <= 0x1f1ff;
}

static bool is_pictograph(int32_t c)
{
    return c >= 0xa9 && utf8proc_get_property(c)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* Signs that are letters unless the emoji style is asked for. */
static bool is_text_by_default(int32_t c)
{
    return c == 0xa9 || c == 0xae || c == 0x2122 || c == 0x265f;
}

static bool is_skin_tone(int32_t c)
{
    return c >= 0x1f3fb && c <= 0x1f3ff;
}

static bool is_tag(int32_t c)
{
    return c >= 0xe0020 && c <= 0xe007f;
}

/* One pictograph with its style, skin tone and tags: the index behind it, or i when there is none. */
static size_t skip_pictograph(const struct code_points *t, size_t i)
{
    if (!is_pictograph(at(t, i)) || at(t, i + 1) == TEXT_STYLE)
        return i;
    if (is_text_by_default(at(t, i)) && at(t, i + 1) != EMOJI_STYLE)
        return i;
    i++;
    if (at(t, i) == EMOJI_STYLE)
        i++;
    if (is_skin_tone(at(t, i)))
        i++;
    while (is_tag(at(t, i)))
        i++;
    return i;
}

/* The index behind the emoji that begins at i, or i when none does. */
static size_t skip_emoji(const struct code_points *t, size_t i)
{
    int32_t c = at(t, i);
    if (c < 0x80) {
        bool key = (c >= '0' && c <= '9') || c == '#' || c == '*';
        size_t end = i + 1 + (at(t, i + 1) == EMOJI_STYLE);
        return key && at(t, end) == KEYCAP ? end + 1 : i;
    }
    if (is_regional(c))
        return is_regional(at(t, i + 1)) ? i + 2 : i + 1;
    size_t end = skip_pictograph(t, i);
    while (end > i && at(t, end) == ZERO_WIDTH_JOINER) {
        size_t next = skip_pictograph(t, end + 1);
        if (next == end + 1)
            break;
        end = next;
    }
    return end;
}

static size_t weigh(const struct code_points *t, size_t from, size_t to)
{
    size_t weight = 0;
    while (from < to) {
        size_t end = skip_emoji(t, from);
        weight += end > from ? EMOJI_WEIGHT : point_weight(t->items[from]);
        from = end > from ? end : from + 1;
    }
    return weight;
}

static size_t x_length(struct arena *a, struct str s)
{
    struct code_points text = code_points_nfc(a, s);
    struct tweet_url url;
    size_t weight = 0, from = 0;
    while (tweet_url_next(&text, from, &url)) {
        weight += weigh(&text, from, url.from) + URL_WEIGHT;
        from = url.to;
    }
    return weight + weigh(&text, from, text.count);
}

static size_t utf8_size(int32_t c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* An emoji is as long as its bytes, whatever it is made of; all else counts one. */
static size_t count_emoji_bytes(struct arena *a, struct str s)
{
    struct code_points text = code_points_of(a, s);
    size_t sum = 0;
    for (size_t i = 0; i < text.count;) {
        size_t end = skip_emoji(&text, i);
        sum += end == i;
        for (size_t k = i; k < end; k++)
            sum += utf8_size(text.items[k]);
        i = end > i ? end : i + 1;
    }
    return sum;
}

static size_t count_graphemes(struct str s)
{
    size_t graphemes = 0;
    int32_t state = 0, before = 0;
    for (size_t i = 0; i < s.len;) {
        bool first = i == 0;
        int32_t c = (int32_t)utf8_next(s, &i);
        if (first || utf8proc_grapheme_break_stateful(before, c, &state))
            graphemes++;
        before = c;
    }
    return graphemes;
}

static size_t count_units(struct str s, bool utf16)
{
    size_t units = 0;
    for (size_t i = 0; i < s.len;)
        units += utf8_next(s, &i) >= 0x10000 && utf16 ? 2 : 1;
    return units;
}

size_t text_length(struct arena *a, struct str s, enum length_unit unit)
{
    switch (unit) {
    case LENGTH_CHARACTERS: return count_units(s, false);
    case LENGTH_BYTES: return s.len;
    case LENGTH_UTF16: return count_units(s, true);
    case LENGTH_GRAPHEMES: return count_graphemes(s);
    case LENGTH_GRAPHEMES_TEN: {
        size_t graphemes = count_graphemes(s), tens = (s.len + 9) / 10;
        return graphemes > tens ? graphemes : tens;
    }
    case LENGTH_X_WEIGHTED: return x_length(a, s);
    case LENGTH_EMOJI_BYTES: return count_emoji_bytes(a, s);
    case LENGTH_SMS: return text_sms_units(s);
    }
    return s.len;
}
