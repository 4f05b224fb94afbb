/* SPDX-License-Identifier: Apache-2.0 */
/* What "my data" says of erasing. */
#pragma once

#include "web/site/site.h"

/* erase_asked, erase_refused: {at, due, conversation, posts_stay, reason} or null. */
bool erasure_model(struct tx *tx, struct site *site, struct json *model, struct error *e) MUST_USE;
