/* SPDX-License-Identifier: Apache-2.0 */
/* What HTML from a stranger says, as plain text: paragraphs, lists, quotes and addresses of links stay; scripts,
 * styles and what is hidden go. libxml2 reads it, however broken. */
#pragma once

#include "base/str.h"

struct arena;

#define HTML_BYTES_MAX ((size_t)4 << 20) /* what is longer is cut off here */

/* Clean UTF-8. A paragraph ends with an empty line, a line of a quote begins with "> ", of a list with "– "; a link
 * whose address is not what it says is followed by it in brackets; a picture is its description in square brackets.
 */
struct str html_text(struct arena *a, struct str html);
