/* SPDX-License-Identifier: Apache-2.0 */
/* Short codes that people read, type and follow: made by chance, kept as hashes with a key that is not in the
 * database, so that who reads it cannot try all of them. */
#pragma once

#include "base/str.h"

struct arena;
struct house;

#define CODE_SIGNS 30 /* none that is read as another */

/* n of them, by chance. */
struct str code_random(struct arena *a, size_t n);
/* As it is stored: small letters made large, spaces and hyphens left out. */
struct str code_plain(struct arena *a, struct str text);
/* Whether it is n of our signs. */
bool code_is(struct str text, size_t n);
/* what: "proof", "passage". */
struct str code_hash(struct arena *a, const struct house *house, const char *what, int64_t brand, struct str code);
