/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding and query strings (RFC 3986; application/x-www-form-urlencoded). */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

struct pair {
    struct str name, value;
};
struct pairs {
    struct pair *items;
    size_t count;
};

struct str url_encode(struct arena *a, struct str s);
/* %XX and, where plus_is_space, '+'. A bad escape stays as it is. */
struct str url_decode(struct arena *a, struct str s, bool plus_is_space);
/* At most 1,000 pairs; the rest is ignored. */
struct pairs url_query(struct arena *a, struct str query);
/* The first value of that name, empty when there is none. */
struct str pairs_get(const struct pairs *pairs, struct str name);
