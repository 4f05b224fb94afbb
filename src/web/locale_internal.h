/* SPDX-License-Identifier: Apache-2.0 */
/* Texts cut into pieces once, so that a page writes them without looking at braces. */
#pragma once

#include "web/locale.h"

#define PATH_PARTS 5

/* A name with dots, taken apart once: "person.name". */
struct path {
    unsigned count; /* 0: {{.}} */
    unsigned slot;  /* its number: a page remembers in which member it found the name. Templates' are odd, texts' are
                       even, 0: it has none */
    struct str parts[PATH_PARTS];
    struct str whole;
};

/* One piece: literal words, or a placeholder. */
struct locale_piece {
    bool placeholder;
    enum format format;
    struct str words, html; /* of literal words: as they are, and escaped */
    struct path path;       /* of a placeholder */
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
    const struct json *(*value)(void *ctx, const struct path *path);
    void *ctx;
};

/* NULL when there is none. */
const struct locale_text *locale_lookup(const struct locale *locale, struct str key);
/* The texts whose keys begin alike, and one of them by the rest of its key. */
struct locale_family {
    const struct locale_text *texts;
    size_t count, beginning; /* texts, and characters of each key that are the same */
};
struct locale_family locale_family(const struct locale *locale, struct str beginning);
const struct locale_text *locale_family_member(struct locale_family family, struct str rest);
/* html: placeholders are escaped, and with trusted the words around them are not. count is NULL for no
 * plural. */
void locale_write(struct buf *out, const struct locale_frame *frame, const struct locale_text *text,
                  const struct locale_source *source, const struct json *count, bool html, bool trusted);
/* The names of days and months, cut out of the texts once. */
struct locale_names {
    struct str weekdays[7], months[12], months_short[12];
    struct str today, yesterday, tomorrow, day_short;
    struct str thousands; /* between them: "," or "."; the other one stands before decimals */
    const struct locale_text *days, *hours, *minutes, *seconds; /* "{count} days" */
};
const struct locale_names *locale_names(const struct locale *locale);
/* The languages of these files, the first being English: out has room for LOCALE_MOST (locale_set_new). */
struct locale_file {
    struct str language, bytes;
};
bool locale_set_read(struct arena *a, const struct locale_file *files, size_t count, struct locale *out,
                     struct error *e) MUST_USE;
struct locale *locale_set_new(struct arena *a);
const struct locale *locale_set_at(const struct locale *set, size_t index);
/* Cuts words into pieces. False: a brace without its partner or an unknown format. */
bool locale_phrase_parse(struct arena *a, struct str words, struct locale_phrase *out, struct error *e) MUST_USE;
