/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the URLs of a post as X's open library twitter-text does, but in one pass over the code points
 * instead of a backtracking expression: with a protocol on any host, without one on ASCII hosts of a known
 * top-level domain. */
#include "base/unicode_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define LABEL_LIMIT     63
#define URL_LIMIT       4096
#define TCO_SLUG_LIMIT  40
#define TLD_BYTES_LIMIT 64

static const char *const tlds[] = {
#define TLD(name) name,
#include "base/tlds.def"
#undef TLD
};

static int32_t at(const struct code_points *t, size_t i)
{
    return i < t->count ? t->items[i] : 0;
}

static bool is_digit(int32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_ascii_alnum(int32_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_latin_accent(int32_t c)
{
    static const int32_t singles[] = {0x253, 0x254, 0x256, 0x257, 0x259, 0x25b, 0x263,
                                      0x268, 0x26f, 0x272, 0x289, 0x28b, 0x2bb};
    if (c < 0xc0)
        return false;
    if (c <= 0x24f)
        return c != 0xd7 && c != 0xf7;
    for (size_t i = 0; i < COUNT_OF(singles); i++)
        if (c == singles[i])
            return true;
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x1e00 && c <= 0x1eff);
}

static bool is_space(int32_t c)
{
    return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || c == 0x180e || c == 0x3000;
}

/* A character of a host with a protocol: nearly any script's letters. */
static bool is_host_char(int32_t c)
{
    if (c < 0x80)
        return is_ascii_alnum(c);
    bool marker = (c >= 0x2000 && c <= 0x206f) || c == 0x61c || c == 0xfeff || c == 0xfffe || c == 0xffff;
    return !marker && !is_space(c);
}

static bool is_plain_host_char(int32_t c)
{
    return is_ascii_alnum(c) || is_latin_accent(c);
}

/* May a URL begin behind this character? */
static bool may_precede(int32_t c)
{
    return !(is_ascii_alnum(c) || c == '@' || c == 0xff20 || c == '$' || c == '#' || c == 0xff03 || c == 0xfffe ||
             c == 0xfeff || c == 0xffff);
}

static int compare_tld(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

static bool is_known_tld(const char *name)
{
    return bsearch(name, tlds, COUNT_OF(tlds), sizeof(tlds[0]), compare_tld) != NULL;
}

static size_t encode_utf8(int32_t c, char *out)
{
    uint32_t u = (uint32_t)c;
    if (u < 0x80) {
        out[0] = (char)(u >= 'A' && u <= 'Z' ? u + 0x20 : u);
        return 1;
    }
    size_t len = u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
    for (size_t k = len - 1; k > 0; k--, u >>= 6)
        out[k] = (char)(0x80 | (u & 0x3f));
    out[0] = (char)((0xf00U >> len & 0xf0) | u);
    return len;
}

static bool starts_punycode(const struct code_points *t, size_t i)
{
    return (at(t, i) | 0x20) == 'x' && (at(t, i + 1) | 0x20) == 'n' && at(t, i + 2) == '-' && at(t, i + 3) == '-';
}

/* "xn--…" needs no list. */
static size_t match_punycode_tld(const struct code_points *t, size_t i)
{
    if (!starts_punycode(t, i))
        return i;
    size_t end = i + 4;
    while (is_ascii_alnum(at(t, end)) || at(t, end) == '-')
        end++;
    return end > i + 4 ? end : i;
}

/* The longest known top-level domain that begins at i and may end there: the index behind it, or i. */
static size_t match_tld(const struct code_points *t, size_t i)
{
    char name[TLD_BYTES_LIMIT + 5];
    size_t len = 0, best = match_punycode_tld(t, i);
    if (best > i)
        return best;
    for (size_t end = i; len < TLD_BYTES_LIMIT && is_host_char(at(t, end));) {
        len += encode_utf8(at(t, end++), name + len);
        name[len] = '\0';
        int32_t next = at(t, end);
        if (!is_ascii_alnum(next) && next != '@' && next != '+' && next != '-' && is_known_tld(name))
            best = end;
    }
    return best;
}

/* A host that begins at i: the index behind its top-level domain (the last one that fits), or i. */
static size_t match_host(const struct code_points *t, size_t i, bool (*is_char)(int32_t))
{
    size_t best = i, label = i;
    bool is_domain_name = false; /* the label before has no underscore */
    for (;;) {
        size_t end = is_domain_name ? match_tld(t, label) : label;
        if (end > label)
            best = end;
        if (!is_char(at(t, label)))
            break;
        end = label;
        is_domain_name = true;
        for (; is_char(at(t, end)) || at(t, end) == '-' || at(t, end) == '_'; end++)
            is_domain_name &= at(t, end) != '_';
        if (at(t, end) != '.' || !is_char(at(t, end - 1)))
            break;
        label = end + 1;
    }
    return best;
}

/* RFC 3492: how long the variable-length integer of delta is. */
static size_t punycode_digits(uint32_t delta, uint32_t bias)
{
    size_t digits = 1;
    for (uint32_t k = 36;; k += 36, digits++) {
        uint32_t threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (delta < threshold)
            return digits;
        delta = (delta - threshold) / (36 - threshold);
    }
}

static uint32_t punycode_bias(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / 700 : delta / 2;
    delta += delta / points;
    for (; delta > 455; k += 36)
        delta /= 35;
    return k + 36 * delta / (delta + 38);
}

static uint32_t smallest_from(const int32_t *label, size_t count, uint32_t lowest)
{
    uint32_t smallest = UINT32_MAX;
    for (size_t i = 0; i < count; i++)
        if ((uint32_t)label[i] >= lowest && (uint32_t)label[i] < smallest)
            smallest = (uint32_t)label[i];
    return smallest;
}

/* Length of a label on the wire; count is at most LABEL_LIMIT. */
static size_t punycode_length(const int32_t *label, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += label[i] < 0x80;
    if (length == count)
        return count;
    uint32_t n = 0x80, delta = 0, bias = 72, handled = (uint32_t)length, basic = handled;
    length += length ? 5 : 4; /* "xn--", and a hyphen behind the ASCII ones */
    while (handled < count) {
        uint32_t next = smallest_from(label, count, n);
        delta += (next - n) * (handled + 1);
        n = next;
        for (size_t i = 0; i < count; i++) {
            delta += (uint32_t)label[i] < n;
            if ((uint32_t)label[i] != n)
                continue;
            length += punycode_digits(delta, bias);
            bias = punycode_bias(delta, handled + 1, handled == basic);
            delta = 0;
            handled++;
        }
        delta++;
        n++;
    }
    return length;
}

/* Every label fits DNS, and the URL is not beyond what X accepts. */
static bool is_sendable(const struct code_points *t, size_t from, size_t to, size_t url_length)
{
    size_t label = from;
    for (size_t i = from; i <= to; i++) {
        if (i < to && at(t, i) != '.')
            continue;
        if (i - label > LABEL_LIMIT)
            return false;
        size_t length = punycode_length(t->items + label, i - label);
        bool encoded_twice = length > i - label && starts_punycode(t, label);
        if (length > LABEL_LIMIT || encoded_twice)
            return false;
        url_length += length - (i - label);
        label = i + 1;
    }
    return url_length <= URL_LIMIT;
}

static bool is_path_char(int32_t c)
{
    if (c < 0x80)
        return c > 0 && (is_ascii_alnum(c) || strchr("!*';:=+,.$/%#[]-_~@|&", c));
    return c == 0x2013 || (c >= 0x400 && c <= 0x4ff) || is_latin_accent(c);
}

static bool is_path_end(int32_t c)
{
    if (c < 0x80)
        return c > 0 && (is_ascii_alnum(c) || strchr("=_#/+-", c));
    return (c >= 0x400 && c <= 0x4ff) || is_latin_accent(c);
}

static size_t skip_path_chars(const struct code_points *t, size_t i)
{
    while (is_path_char(at(t, i)))
        i++;
    return i;
}

/* "(…)" or "(…(…)…)" with something inside: the index behind it, or i. */
static size_t match_parens(const struct code_points *t, size_t i)
{
    size_t end = skip_path_chars(t, i + 1);
    if (at(t, end) == ')')
        return end > i + 1 ? end + 1 : i;
    if (at(t, end) != '(')
        return i;
    size_t inner = skip_path_chars(t, end + 1);
    if (inner == end + 1 || at(t, inner) != ')')
        return i;
    end = skip_path_chars(t, inner + 1);
    return at(t, end) == ')' ? end + 1 : i;
}

static size_t match_path(const struct code_points *t, size_t i)
{
    if (at(t, i) != '/')
        return i;
    size_t best = ++i;
    for (;;) {
        if (at(t, i) == '(') {
            size_t end = match_parens(t, i);
            if (end == i)
                return best;
            best = i = end;
        } else if (is_path_char(at(t, i))) {
            if (is_path_end(at(t, i++)))
                best = i;
        } else {
            return best;
        }
    }
}

static size_t match_query(const struct code_points *t, size_t i)
{
    if (at(t, i) != '?')
        return i;
    size_t best = i;
    for (size_t k = i + 1;; k++) {
        int32_t c = at(t, k);
        if (c <= 0 || c >= 0x80 || !(is_ascii_alnum(c) || strchr("!?*'@();:&=+$/%#[]-_.,~|", c)))
            return best;
        if (is_ascii_alnum(c) || strchr("-_&=#/", c))
            best = k + 1;
    }
}

static bool is_tco(const struct code_points *t, size_t host, size_t end)
{
    return end - host == 4 && (at(t, host) | 0x20) == 't' && at(t, host + 1) == '.' &&
           (at(t, host + 2) | 0x20) == 'c' && (at(t, host + 3) | 0x20) == 'o' && at(t, end) == '/' &&
           is_ascii_alnum(at(t, end + 1));
}

/* X's own short links end with their slug (and query). False when the slug is too long to be one. */
static bool cut_tco(const struct code_points *t, size_t host_end, size_t *end)
{
    size_t slug = host_end + 1, i = slug;
    while (is_ascii_alnum(at(t, i)))
        i++;
    *end = match_query(t, i);
    return i - slug <= TCO_SLUG_LIMIT;
}

/* What follows the host. False when this is no URL after all; out->to is where to look on in any case. */
static bool finish(const struct code_points *t, size_t host, size_t host_end, bool protocol, struct tweet_url *out)
{
    size_t end = host_end;
    if (at(t, end) == ':' && is_digit(at(t, end + 1)))
        for (end++; is_digit(at(t, end));)
            end++;
    out->to = match_query(t, match_path(t, end));
    size_t length = out->to - out->from + (protocol ? 0 : strlen("https://"));
    if (protocol && is_tco(t, host, host_end)) {
        size_t tco_end;
        if (!cut_tco(t, host_end, &tco_end))
            return false;
        out->to = tco_end;
    }
    return is_sendable(t, host, host_end, length);
}

/* "http://" or "https://" at i: the index behind it, or i. */
static size_t match_protocol(const struct code_points *t, size_t i)
{
    static const char word[] = "http";
    for (size_t k = 0; k < 4; k++)
        if ((at(t, i + k) | 0x20) != word[k])
            return i;
    size_t end = i + 4 + ((at(t, i + 4) | 0x20) == 's');
    return at(t, end) == ':' && at(t, end + 1) == '/' && at(t, end + 2) == '/' ? end + 3 : i;
}

static bool is_run_char(int32_t c)
{
    return is_plain_host_char(c) || c == '-' || c == '_' || c == '.';
}

/* The run [from, end) of host characters begins no URL. Where it ends like a host ("-shop.com/…"), X leaves
 * out what follows as well: the index to look on from. */
static size_t skip_run(const struct code_points *t, size_t from, size_t end)
{
    struct tweet_url ignored;
    size_t dot = end;
    while (dot > from && at(t, dot - 1) != '.')
        dot--;
    if (dot <= from + 1 || match_tld(t, dot) != end || end == dot)
        return end;
    size_t start = dot - 1;
    while (start > from && is_plain_host_char(at(t, start - 1)))
        start--;
    if (start == dot - 1 || (start == from && from > 0 && !may_precede(t->items[from - 1])))
        return end;
    ignored.from = start;
    finish(t, start, end, false, &ignored);
    return ignored.to;
}

/* The run [from, end) may end with the "http" of a URL: the index of it, or end. */
static size_t protocol_at_end(const struct code_points *t, size_t from, size_t end)
{
    if (at(t, end) != ':')
        return end;
    for (size_t len = 4; len <= 5 && len < end - from; len++)
        if (match_protocol(t, end - len) > end && may_precede(at(t, end - len - 1)))
            return end - len;
    return end;
}

static bool with_protocol(const struct code_points *t, size_t i, struct tweet_url *out)
{
    size_t host = match_protocol(t, i);
    size_t end = host > i ? match_host(t, host, is_host_char) : host;
    out->from = i;
    out->to = i;
    return end > host && finish(t, host, end, true, out);
}

static bool without_protocol(const struct code_points *t, size_t i, struct tweet_url *out)
{
    int32_t before = i ? t->items[i - 1] : ' ';
    out->from = i;
    out->to = i;
    if (before == '-' || before == '_' || before == '.' || before == '/')
        return false;
    size_t end = match_host(t, i, is_plain_host_char);
    return end > i && finish(t, i, end, false, out);
}

/* Every character is looked at a bounded number of times: a run of host characters is tried at its beginning
 * (and its end) only, because X lets no URL begin behind a dot, a hyphen, an underscore or a slash. */
bool tweet_url_next(const struct code_points *text, size_t from, struct tweet_url *out)
{
    while (from < text->count) {
        if (!is_plain_host_char(text->items[from])) {
            from++;
            continue;
        }
        if (from == 0 || may_precede(text->items[from - 1])) {
            if (with_protocol(text, from, out) || (out->to == from && without_protocol(text, from, out)))
                return true;
            if (out->to > from) {
                from = out->to;
                continue;
            }
        }
        size_t end = from;
        while (is_run_char(at(text, end)))
            end++;
        size_t protocol = protocol_at_end(text, from, end);
        from = protocol < end ? protocol : skip_run(text, from, end);
    }
    return false;
}
