/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the list: by the moment at which a person loses something by waiting. */
#pragma once

#include "store/conversation.h"

struct door;

/* In the last hour of a reply window nothing else goes first: after it no answer arrives at all. */
#define CLOSING_US HOUR_US
bool rank_is_closing(const struct conversation *c, int64_t now);
/* Sets rank_at from what the conversation says. Who is closing is ahead of all others, the next to close first; that
 * comes with time, so the clock calls again (jobs/clock.c). */
void rank_set(struct conversation *c, int64_t now);
/* The rank of somebody whose window closes at this moment. */
int64_t rank_ahead(int64_t at);

/* Why it stands where it stands, as the list says it. */
enum rank_reason {
    RANK_WINDOW,  /* the network's reply window closes */
    RANK_PROMISE, /* we promised something until then */
    RANK_FAILED,  /* our reply was not delivered */
    RANK_GRAVE,
    RANK_ANGRY,    /* angry, and with a real matter */
    RANK_RETURNED, /* came back after we thought it was solved */
    RANK_LONG,     /* waits longer than a day */
    RANK_THANKS,
    RANK_FIRST, /* writes to us for the first time */
    RANK_PLAIN,
};
enum rank_reason rank_reason(const struct conversation *c, int64_t now);
/* When a reply through this door is no longer possible, for a message of theirs at a moment; 0: no window. */
int64_t rank_window_until(const struct door *door, int64_t at);
/* How long before its time an open promise comes back to the list. */
#define PROMISE_AHEAD_US (15 * MINUTE_US)
