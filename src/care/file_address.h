/* SPDX-License-Identifier: Apache-2.0 */
/* Some networks take no file itself: they fetch it from an address (LINE, Viber, Twilio, Threads). A file that a
 * colleague sends there gets an address of ours that nobody can guess. It lives as long as the file does: the
 * network, or the person's own telephone, may look at it later and again. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;
struct house;

/* Whether others reach this house under a public address, so that files can go to such networks. */
bool file_reachable(const struct house *house);
/* public_url/files/TOKEN; empty where the house has no public address. */
struct str file_address(struct arena *a, const struct house *house, int64_t brand, int64_t attachment);
/* Which file a token names; false when it is none of ours. */
bool file_token_read(struct arena *a, const struct house *house, struct str token, int64_t *brand,
                     int64_t *attachment) MUST_USE;
