/* SPDX-License-Identifier: Apache-2.0 */
/* What Markdown says, as words alone: for search, and for how long it takes to read. web/markdown.h shows it. */
#pragma once

#include "base/str.h"

struct arena;

/* Clean UTF-8, a line for each block; of links their words, of pictures their descriptions. */
struct str markdown_words(struct arena *a, struct str text);
