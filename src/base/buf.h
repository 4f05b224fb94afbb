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
void buf_add(struct buf *b, const void *ptr, size_t len);
void buf_str(struct buf *b, struct str s);
void buf_cstr(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t value);
void buf_format(struct buf *b, const char *format, ...) FORMAT(2, 3);
/* The five characters of HTML (& < > " ') are written as entities. */
void buf_html(struct buf *b, struct str s);
/* RFC 3986: everything but unreserved characters becomes %XX. */
void buf_url(struct buf *b, struct str s);
/* What is in the buffer, NUL-ended (not counted); stays valid until the next add. */
struct str buf_view(struct buf *b);
