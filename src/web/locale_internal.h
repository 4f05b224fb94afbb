/* SPDX-License-Identifier: Apache-2.0 */
/* Texts cut into pieces once, so that a page writes them without looking at braces. */
#pragma once

#include "web/locale.h"

/* One piece: literal words, or a placeholder. */
struct locale_piece {
    struct str words; /* of a placeholder: its name, "person.name" */
    bool placeholder;
    enum format format;
};
struct locale_phrase {
    struct locale_piece *pieces;
    size_t count;
};
struct locale_text {
    struct str key;
    struct str raw; /* of "other" */
    bool plural;
    struct locale_phrase one, other;
};

/* Where the values of placeholders come from. NULL means: there is no such name. */
struct locale_source {
    const struct json *(*value)(void *ctx, struct str name);
    void *ctx;
};

/* NULL when there is none. */
const struct locale_text *locale_lookup(const struct locale *locale, struct str key);
/* html: placeholders are escaped, and with trusted the words around them are not. count is NULL for no
 * plural. */
void locale_write(struct buf *out, const struct locale_frame *frame, const struct locale_text *text,
                  const struct locale_source *source, const struct json *count, bool html, bool trusted);
/* The n-th part of a text that is a list with bars between ("Sunday|Monday|…"). */
struct str locale_part(const struct locale *locale, const char *key, size_t n);
/* Cuts words into pieces. False: a brace without its partner or an unknown format. */
bool locale_phrase_parse(struct arena *a, struct str words, struct locale_phrase *out, struct error *e) MUST_USE;
