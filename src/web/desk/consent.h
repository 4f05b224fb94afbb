/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an administrator to a network and back (care/consent.h). */
#pragma once

#include "web/desk/page.h"

/* Where the network sends them back to: on the address they came by, for their session is there. */
struct str consent_address(struct visit *v);
