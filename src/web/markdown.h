/* SPDX-License-Identifier: Apache-2.0 */
/* Markdown (CommonMark with tables) as HTML that is safe by construction: md4c reads it, and only what stands here is
 * ever written. HTML in it is text. Links lead to http, https, mailto, tel or a page of our own; pictures are only
 * those that were uploaded ("picture:12"). */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

#define MARKDOWN_HTML_MAX ((size_t)1 << 20) /* of what would be longer nothing is shown */

/* Headings begin at <h2>. base: before every address of ours, "" or "/b/nuvola". */
struct str markdown_html(struct arena *a, struct str text, struct str base);
