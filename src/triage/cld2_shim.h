/* SPDX-License-Identifier: Apache-2.0 */
/* CLD2 (C++) behind one C function. */
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif
/* CLD2's code of the language of UTF-8 text ("it", "zh-Hant"); "" when it cannot tell. best_effort: guesses
 * short texts. */
const char *cld2_language(const char *text, int len, bool best_effort, bool *reliable);
#ifdef __cplusplus
}
#endif
