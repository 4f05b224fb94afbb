/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding and query strings. */
#include "base/url.h"

#include <string.h>

#include "base/arena.h"
#include "base/arena_internal.h"
#include "base/buf.h"

#define PAIRS_LIMIT 1000

struct str url_encode(struct arena *a, struct str s)
{
    struct buf out;
    buf_init(&out, a, s.len + s.len / 2);
    buf_url(&out, s);
    return buf_view(&out);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct str url_decode(struct arena *a, struct str s, bool plus_is_space)
{
    char *out = arena_raw(a, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%' && i + 2 < s.len && hex_value(s.ptr[i + 1]) >= 0 && hex_value(s.ptr[i + 2]) >= 0) {
            c = (char)(hex_value(s.ptr[i + 1]) << 4 | hex_value(s.ptr[i + 2]));
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out[len++] = c;
    }
    out[len] = '\0';
    return (struct str){out, len};
}

static size_t count_pairs(struct str query)
{
    struct str part;
    size_t n = 0;
    while (n < PAIRS_LIMIT && str_split(&query, '&', &part))
        n += part.len > 0;
    return n;
}

struct pairs url_query(struct arena *a, struct str query)
{
    struct pairs pairs = {NULL, 0};
    size_t wanted = count_pairs(query);
    pairs.items = ARENA_ARRAY(a, struct pair, wanted);
    struct str part;
    while (pairs.count < wanted && str_split(&query, '&', &part)) {
        if (part.len == 0)
            continue;
        ptrdiff_t equals = str_find_char(part, '=');
        size_t end = equals < 0 ? part.len : (size_t)equals;
        struct pair *pair = &pairs.items[pairs.count++];
        pair->name = url_decode(a, str_slice(part, 0, end), true);
        pair->value = url_decode(a, str_slice(part, end + 1, part.len), true);
    }
    return pairs;
}

struct str pairs_get(const struct pairs *pairs, struct str name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (str_eq(pairs->items[i].name, name))
            return pairs->items[i].value;
    return STR_EMPTY;
}
