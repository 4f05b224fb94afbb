/* SPDX-License-Identifier: Apache-2.0 */
/* What the nodes of an installation tell each other and nobody stores: who reads and writes where, how often a key of
 * a limit was used, that an account was changed, that a job is wanted. It is gathered for a tenth of a second. What
 * is lost on the way costs little: signs of life come again, accounts are read anew after two seconds, jobs look by
 * themselves. Every function accepts a gossip that is NULL, and then does nothing. */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "web/presence.h"

struct app;
struct gossip;

/* NULL, without an error, where no other node can be. The app's feed, presence and limits are open. */
struct gossip *gossip_open(struct app *app, struct error *e) MUST_USE;
void gossip_close(struct gossip *gossip);
/* All of these: any thread, quick. */
void gossip_presence(struct gossip *gossip, int64_t brand, int64_t conversation, int64_t agent, struct str name,
                     enum doing doing);
void gossip_account(struct gossip *gossip, int64_t channel_id);
void gossip_wake(struct gossip *gossip, const char *job); /* "outbox", "probe" */
/* One side of a voice call has something for the other; agent 0: for the guest. */
void gossip_call(struct gossip *gossip, int64_t brand, int64_t conversation, int64_t agent);
/* Something was taken from a limit that is shared. */
void gossip_used(struct gossip *gossip);
/* Takes what another node told. */
void gossip_hear(struct app *app, struct str words);
/* Tells the pages of this node that speak in a voice call to look what the other side has for them. */
void gossip_show_call(struct app *app, int64_t brand, int64_t conversation, int64_t agent);
/* Tells the open pages of this node that somebody's doing has changed. */
void gossip_show_presence(struct app *app, int64_t brand, int64_t conversation, int64_t agent);
