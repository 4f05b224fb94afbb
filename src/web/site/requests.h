/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest asked, as the pages of the care site show it. */
#pragma once

#include "web/site/site.h"

/* One of them as its page shows it: fills items, earlier and request of the model. */
bool request_model(struct tx *tx, struct site *site, const struct conversation *c, struct json *model,
                   struct error *e) MUST_USE;
/* Their open requests, the newest first, at most `limit`: [{id, title, lang, since, who?, state, steps}]. NULL after
 * a failure. */
struct json *requests_open(struct tx *tx, struct site *site, size_t limit, struct error *e);
