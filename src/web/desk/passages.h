/* SPDX-License-Identifier: Apache-2.0 */
/* Links to a private continuation, at the desk. */
#pragma once

#include "web/desk/model.h"

/* A new link for a draft in this conversation, as an address. */
bool passage_link(struct visit *v, int64_t conversation, struct str *link, struct error *e) MUST_USE;
/* Says beside the messages that gave a link what became of it. */
bool passages_tell(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                   struct json *items, struct error *e) MUST_USE;
/* Adds to a story's model what it claims to continue: claim, null for any other. */
bool passage_claim(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                   struct json *model, struct error *e) MUST_USE;
