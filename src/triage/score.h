/* SPDX-License-Identifier: Apache-2.0 */
/* The two scores of a message, 0-1: abuse, and whether a customer's matter is in it. */
#pragma once

#include "triage/signs.h"

/* False, and nothing changed, when the program was built without its model. */
bool score_read(const struct reading *r, const struct signs *signs, double *abuse, double *matter);
