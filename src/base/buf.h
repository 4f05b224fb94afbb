/* SPDX-License-Identifier: Apache-2.0 */
/* A growing buffer whose memory is an arena's (growing leaves the old copy to the arena). */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

struct buf {
    struct arena *arena;
    char *ptr;
    size_t len;
    size_t cap;
};

void buf_init(struct buf *b, struct arena *a, size_t expected);
/* Where there is no room. */
void buf_add_growing(struct buf *b, const void *ptr, size_t len);
static inline void buf_add(struct buf *b, const void *ptr, size_t len)
{
    if (__builtin_expect(len - 1 >= b->cap - b->len, 0)) { /* also for 0: memcpy takes no NULL */
        buf_add_growing(b, ptr, len);
        return;
    }
    memcpy(b->ptr + b->len, ptr, len);
    b->len += len;
}
static inline void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.ptr, s.len);
}
static inline void buf_cstr(struct buf *b, const char *s)
{
    if (s)
        buf_add(b, s, strlen(s));
}
static inline void buf_char(struct buf *b, char c)
{
    if (b->len < b->cap)
        b->ptr[b->len++] = c;
    else
        buf_add_growing(b, &c, 1);
}
void buf_int(struct buf *b, int64_t value);
void buf_format(struct buf *b, const char *format, ...) FORMAT(2, 3);
/* The five characters of HTML (& < > " ') are written as entities. */
void buf_html(struct buf *b, struct str s);
/* RFC 3986: everything but unreserved characters becomes %XX. */
void buf_url(struct buf *b, struct str s);
/* What is in the buffer, NUL-ended (not counted); stays valid until the next add. */
struct str buf_view(struct buf *b);
