/* SPDX-License-Identifier: Apache-2.0 */
/* An administrator goes to the network to let us act for an account, and comes back with a code. What we must
 * remember meanwhile travels with them, sealed: whichever node they come back to can read it. */
#pragma once

#include "base/error.h"
#include "channels/channel.h"

struct house;

#define CONSENT_US (15 * MINUTE_US) /* from going to coming back */

/* Who goes, and for which account. */
struct consent_way {
    int64_t brand, channel, agent;
};
/* A new way: state, verifier and challenge. redirect_uri is kept as given. */
struct consent consent_begin(struct arena *a, const struct house *house, const struct consent_way *way,
                             struct str redirect_uri, int64_t now);
/* Back again. ERR_FORBIDDEN when the state is none of ours, or of somebody else's way; ERR_CONFLICT when it took too
 * long. way->channel is filled; brand and agent must be those who come. */
bool consent_end(struct arena *a, const struct house *house, struct str state, struct consent_way *way, int64_t now,
                 struct consent *out, struct error *e) MUST_USE;
