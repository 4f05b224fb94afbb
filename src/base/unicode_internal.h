/* SPDX-License-Identifier: Apache-2.0 */
/* What unicode.c, normalize.c, length.c and tweet_url.c share. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

struct code_points {
    int32_t *items;
    size_t count;
};

struct code_points code_points_of(struct arena *a, struct str s);
/* NFC. Linear, however many marks are piled on one letter. */
struct code_points code_points_nfc(struct arena *a, struct str s);

struct tweet_url {
    size_t from, to; /* code points */
};
/* The next URL that X would shorten, at or behind `from`; false when there is no more. */
bool tweet_url_next(const struct code_points *text, size_t from, struct tweet_url *out);
