/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest asked, as the pages of the care site show it. */
#pragma once

#include "web/site/site.h"

/* Their open requests, the newest first, at most `limit`: [{id, title, lang, since, who?, state, steps}]. NULL after
 * a failure. */
struct json *requests_open(struct tx *tx, struct site *site, size_t limit, struct error *e);
