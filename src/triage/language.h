/* SPDX-License-Identifier: Apache-2.0 */
/* The language of a message. */
#pragma once

#include "triage/reading.h"

/* What the words alone say. */
struct language_told {
    const char *code; /* ISO 639-1, or "" */
    bool reliable;
};
void language_tell(const struct reading *r, struct language_told *out);
/* With what is known of the person, where the text is too short to tell; "" when nothing is known. The result is a
 * constant. */
const char *language_of(const struct reading *r, const struct language_told *told, struct str known);
/* The constant text of a language's code; "" for what is not two letters. */
const char *language_code(struct str code);
