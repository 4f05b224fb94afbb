/* SPDX-License-Identifier: Apache-2.0 */
/* A string is a pointer and a length; it owns nothing and need not end with a NUL. {NULL, 0} is the empty string. */
#pragma once

#include <string.h>

#include "base/compiler.h"

struct arena;

struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_EMPTY    ((struct str){NULL, 0})
/* For printf("%.*s", STR_ARGS(s)). */
#define STR_ARGS(s) (int)(s).len, (s).ptr ? (s).ptr : ""

/* NULL gives the empty string. Here, so that the length of a literal is known when it is compiled. */
static inline struct str str_from(const char *cstr)
{
    return cstr ? (struct str){cstr, strlen(cstr)} : STR_EMPTY;
}
static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
bool str_eq_nocase(struct str a, struct str b); /* ASCII case only */
int str_cmp(struct str a, struct str b);        /* byte order, as LC_COLLATE=C */
static inline bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}
bool str_ends(struct str s, struct str suffix);
/* Index of the first needle in s, or -1. */
ptrdiff_t str_find(struct str s, struct str needle);
ptrdiff_t str_find_char(struct str s, char c);
static inline struct str str_slice(struct str s, size_t from, size_t to) /* clamped to s */
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return s.ptr ? (struct str){s.ptr + from, to - from} : STR_EMPTY;
}
struct str str_trim(struct str s); /* ASCII white space on both ends */
/* Cuts the part before the first separator off *rest; false when *rest is used up (an empty *rest gives none). */
bool str_split(struct str *rest, char separator, struct str *part);
/* The whole of s must be a decimal integer that fits. */
bool str_int64(struct str s, int64_t *out) MUST_USE;

struct str str_dup(struct arena *a, struct str s);
const char *str_cstr(struct arena *a, struct str s);
struct str str_format(struct arena *a, const char *format, ...) FORMAT(2, 3);
struct str str_concat(struct arena *a, struct str first, struct str second);
struct str str_lower(struct arena *a, struct str s); /* ASCII only */
