/* SPDX-License-Identifier: Apache-2.0 */
/* What the ways of signing in share. */
#pragma once

#include "web/site/site.h"

/* The page with the ways, where an address was typed that is none. */
bool sign_in_again(struct site *site, struct str address, struct error *e) MUST_USE;
/* No more codes are asked for from one address of the network than people ask for; ERR_RATE_LIMITED. */
bool sign_in_may_try(struct visit *v, struct error *e) MUST_USE;
