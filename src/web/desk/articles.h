/* SPDX-License-Identifier: Apache-2.0 */
/* Help articles at the desk: what the list and the editor share. */
#pragma once

#include "web/router.h"

struct json;

/* [{id, value, name, icon, position, checked}] in their order, named in this language where they have a name in it.
 */
struct json *article_categories(struct tx *tx, struct visit *v, struct str language, int64_t chosen, struct error *e);
