/* SPDX-License-Identifier: Apache-2.0 */
/* How a browser calls itself, for people. */
#pragma once

#include "base/str.h"

struct arena;

/* "Firefox, Linux" out of User-Agent. */
struct str browser_words(struct arena *a, struct str agent);
