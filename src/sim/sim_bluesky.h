/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the simulated Bluesky: bluesky.c, sim_bluesky_posts.c and sim_bluesky_talks.c. */
#pragma once

#include "sim/sim_driver.h"

#define BLUESKY_SUFFIX     ".bsky.social"
#define BLUESKY_COLLECTION "app.bsky.feed.post"

/* Thirteen letters that look like a moment; and the address of a post. */
struct str sim_bluesky_key(struct sim *sim, struct arena *a);
struct str sim_bluesky_uri(struct arena *a, struct str did, struct str key);
/* Of a person, or of the brand (NULL). */
struct str sim_bluesky_did(const struct sim *sim, const struct sim_person *person);
struct str sim_bluesky_handle(const struct sim *sim, struct arena *a, const struct sim_person *person);
struct str sim_bluesky_cid(struct arena *a, struct str uri);
struct str sim_bluesky_time(struct arena *a, int64_t at);
struct json *sim_bluesky_profile(const struct sim *sim, struct arena *a, const struct sim_person *person);
/* {"error", "message"} */
void sim_bluesky_error(struct sim_call *c, int status, const char *error, struct str message);
/* Too long, as the lexicon says it: graphemes, and ten bytes for each. False and answered when it is. */
bool sim_bluesky_fits(struct sim_call *c, struct str text, size_t graphemes, const char *where);
bool sim_bluesky_is(const struct sim_call *c, const char *nsid);

/* app.bsky.* and com.atproto.repo.*; chat.bsky.convo.*. False when it is none of theirs. */
bool sim_bluesky_posts_call(struct sim_call *c);
bool sim_bluesky_talks_call(struct sim_call *c);
