/* SPDX-License-Identifier: Apache-2.0 */
/* Strings as pointer and length. Everything here works on bytes; code points are unicode.c's. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/arena_internal.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

ptrdiff_t str_find(struct str s, struct str needle)
{
    if (needle.len == 0)
        return 0;
    if (needle.len > s.len)
        return -1;
    const char *found = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return found ? found - s.ptr : -1;
}

ptrdiff_t str_find_char(struct str s, char c)
{
    const char *found = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return found ? found - s.ptr : -1;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.len && is_space(s.ptr[s.len - 1]))
        s.len--;
    while (s.len && is_space(*s.ptr)) {
        s.ptr++;
        s.len--;
    }
    return s;
}

bool str_split(struct str *rest, char separator, struct str *part)
{
    if (rest->len == 0)
        return false;
    ptrdiff_t at = str_find_char(*rest, separator);
    size_t end = at < 0 ? rest->len : (size_t)at;
    *part = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end + 1, rest->len);
    return true;
}

bool str_int64(struct str s, int64_t *out)
{
    bool negative = s.len && s.ptr[0] == '-';
    size_t i = s.len && (negative || s.ptr[0] == '+');
    if (i == s.len)
        return false;
    int64_t value = 0;
    for (; i < s.len; i++) {
        int digit = s.ptr[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        /* Counted downwards: the lowest number has no positive twin. */
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && __builtin_sub_overflow(0, value, &value))
        return false;
    *out = value;
    return true;
}

struct str str_dup(struct arena *a, struct str s)
{
    return (struct str){arena_copy(a, s.ptr, s.len), s.len};
}

const char *str_cstr(struct arena *a, struct str s)
{
    return arena_copy(a, s.ptr, s.len);
}

struct str str_format(struct arena *a, const char *format, ...)
{
    char small[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    if (len < 0)
        return STR_EMPTY;
    if ((size_t)len < sizeof(small))
        return (struct str){arena_copy(a, small, (size_t)len), (size_t)len};
    char *large = arena_raw(a, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(large, (size_t)len + 1, format, args);
    va_end(args);
    return (struct str){large, (size_t)len};
}

struct str str_concat(struct arena *a, struct str first, struct str second)
{
    char *both = arena_raw(a, first.len + second.len + 1);
    if (first.len)
        memcpy(both, first.ptr, first.len);
    if (second.len)
        memcpy(both + first.len, second.ptr, second.len);
    both[first.len + second.len] = '\0';
    return (struct str){both, first.len + second.len};
}

struct str str_lower(struct arena *a, struct str s)
{
    char *copy = arena_copy(a, s.ptr, s.len);
    for (size_t i = 0; i < s.len; i++)
        copy[i] = lower(copy[i]);
    return (struct str){copy, s.len};
}
