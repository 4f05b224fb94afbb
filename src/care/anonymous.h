/* SPDX-License-Identifier: Apache-2.0 */
/* A text without what is somebody's: for an article made of a story, and for what people looked for. Rather too much
 * goes than too little: a colleague reads what is left before anybody else does. Pure. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

/* What stands in the place of each; all may be empty. */
struct anonymous_words {
    struct str name, email, phone, number, account, link;
};
/* E-mail addresses, @names, addresses of pages, telephone numbers, IBANs, and every number or code of five signs or
 * more with a digit in it (orders, cards, tax codes) go; so do these names, word by word, however they are written.
 */
struct str anonymous_text(struct arena *a, struct str text, const struct anonymous_words *words,
                          const struct str *names, size_t name_count);
