/* SPDX-License-Identifier: Apache-2.0 */
/* The language of a message. */
#pragma once

#include "triage/reading.h"

/* ISO 639-1; known where the text is too short to tell; "" when nothing is known. The result is a constant.
 */
const char *language_of(const struct reading *r, struct str known);
/* The constant text of a language's code; "" for what is not two letters. */
const char *language_code(struct str code);
