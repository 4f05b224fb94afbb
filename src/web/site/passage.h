/* SPDX-License-Identifier: Apache-2.0 */
/* Ways in that we give, on the care site. */
#pragma once

#include "care/passages.h"
#include "web/site/site.h"

/* Whether this address looks at no more codes than people do, and all together at no more than guessing would need:
 * ERR_RATE_LIMITED. passage_may_again gives back what a code that is one has cost. */
bool passage_may(struct visit *v, struct error *e) MUST_USE;
void passage_may_again(struct visit *v);
/* The page behind an opened one: where this guest goes on. */
struct str passage_place(struct visit *v, const struct passage_look *look, struct str code);
/* Adds to a request's model what was said in public before its private talk: claim, null for any other. */
bool passage_before(struct tx *tx, struct site *site, const struct conversation *c, struct json *model,
                    struct error *e) MUST_USE;
