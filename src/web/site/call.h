/* SPDX-License-Identifier: Apache-2.0 */
/* Whether one can call now. */
#pragma once

#include "web/site/site.h"

/* {now, here: number, live?: id of a call of theirs, phone, once} */
struct json *call_voice_json(struct tx *tx, struct site *site, struct error *e);
