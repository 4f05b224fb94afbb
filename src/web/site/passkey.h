/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys on other pages. */
#pragma once

#include "web/site/site.h"

/* Whether browsers can have passkeys for this address of ours: not where it is in numbers, nor within other sites. */
bool passkey_possible(const struct site *site);
