/* SPDX-License-Identifier: Apache-2.0 */
/* What other pages of the care site have to do with notices and letters. */
#pragma once

#include "web/site/site.h"

/* They look at a conversation of theirs (0: at the list): nothing is to be told of it any more. */
bool notices_looked(struct site *site, int64_t conversation, struct error *e) MUST_USE;
/* For a page of a conversation, into the model: letter (null, or {addresses} to which the talk can be sent),
 * follow_offered (whether they could be told, and did not choose so). */
bool notices_model(struct tx *tx, struct site *site, struct json *model, struct error *e) MUST_USE;
/* A code goes to an address, so that answers are told there; *sent false: not
 * now. An address that is none is ERR_BAD_INPUT. */
bool notices_begin(struct site *site, struct str address, bool *sent, struct error *e) MUST_USE;
