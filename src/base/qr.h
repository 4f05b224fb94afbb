/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes, as the outline of a drawing. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

#define QR_QUIET 4 /* modules of white around it, without which readers do not find it */

/* The dark modules of the code of this text as an SVG path, in a square of *size modules a side, the quiet ones
 * counted. False where the text is too long for a code. */
bool qr_path(struct arena *a, struct str text, struct str *path, int *size) MUST_USE;
