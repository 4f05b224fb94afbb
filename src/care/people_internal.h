/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of people: what finding and merging share. */
#pragma once

#include "care/people.h"

bool person_event(struct tx *tx, const char *kind, int64_t brand, int64_t person, int64_t actor, struct json *data,
                  struct error *e) MUST_USE;
