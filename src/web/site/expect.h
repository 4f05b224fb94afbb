/* SPDX-License-Identifier: Apache-2.0 */
/* What who is about to write may expect: who is there, and how long it usually takes. Measured, never invented: what
 * is not known is not said. */
#pragma once

#include "web/site/site.h"

/* {open: true|false|null (hours are not known), until?, next?, here: [first names, at most two], others: number,
 * wait?: seconds, recent: bool}. NULL after a failure. */
struct json *expect_json(struct tx *tx, struct site *site, struct error *e);
