/* SPDX-License-Identifier: Apache-2.0 */
/* What is read in the words of the community, without a database: addresses of titles, names of members, whom a post
 * names with "@", and what a picture really is. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

#define FORUM_NAME_MIN  2
#define FORUM_NAME_MAX  40
#define FORUM_SLUG_MAX  60
#define FORUM_NAMED_MAX 10 /* in one post */

/* "Modem nuovo e stampante: perché?" → "modem-nuovo-e-stampante-perche"; never empty. */
struct str forum_slug(struct arena *a, struct str title);
/* Whether somebody can be called so: letters, digits and what stands between them; no address, nobody's title. */
bool forum_name_is_good(struct arena *a, struct str name);
/* Whether the words lead elsewhere: an address, or what begins like one (whatever it ends with). */
bool forum_has_link(struct arena *a, struct str text);
/* Which of these names the text calls with "@": the longest that fits where it begins and ends as a word. folded: of
 * each name. out: at most FORUM_NAMED_MAX indices, each once. */
size_t forum_named(struct arena *a, struct str text, const struct str *folded, size_t count, size_t *out);
/* "image/png", "image/jpeg", "image/gif" or "image/webp" by the bytes themselves; empty: none of these. */
struct str forum_picture(struct str bytes);
