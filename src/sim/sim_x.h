/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the simulated X: x.c, sim_x_media.c, sim_x_dm.c and sim_x_events.c. verb: "add", "remove". */
#pragma once

#include "sim/sim_driver.h"

struct str sim_new_x_id(struct sim *sim);
void sim_x_problem(struct sim_call *c, int status, const char *type, const char *title, const char *detail);
void sim_x_answer(struct sim_call *c, int status, struct json *data); /* {"data": …} */
bool sim_x_invalid(struct sim_call *c, const char *detail);           /* 400; returns false */
struct str sim_x_time(struct arena *a, int64_t at);
void sim_x_media_call(struct sim_call *c);
void sim_x_dm_call(struct sim_call *c);
struct sim_media *sim_x_media_of(struct sim_call *c, const struct json *ids, bool *fine);

struct x_page { /* of a list, newest first */
    struct json *data;
    int64_t from, max, seen;
    struct str newest, oldest;
};
bool sim_x_page(struct sim_call *c, int64_t min, int64_t otherwise, struct x_page *page);
/* Is the n-th item (counted by the call) on this page? */
bool sim_x_page_takes(struct x_page *page, struct str id);
void sim_x_page_answer(struct sim_call *c, const struct x_page *page);
/* All people, as expansions give them. */
void sim_x_include_users(struct sim_call *c);

/* sim_x_events.c */
void sim_x_tell(struct sim_deed *deed);
void sim_x_sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel);
struct str sim_x_shake(struct sim_line *line, struct arena *a);
bool sim_x_shaken(struct sim_line *line, struct arena *a, const struct http_reply *reply);
void sim_x_tweet(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb, int delay_ms);
uint64_t sim_x_echo(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms);
void sim_x_dm(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms);
struct json *sim_x_tweet_json(struct sim *sim, struct arena *a, const struct sim_item *item);
/* The same with the names that lists have for its fields. */
struct json *sim_x_post_json(struct sim *sim, struct arena *a, const struct sim_item *item);
struct json *sim_x_user_json(struct sim *sim, struct arena *a, const struct sim_person *person);
struct str sim_x_conversation(struct sim *sim, struct arena *a, const struct sim_person *person);
bool sim_x_mentions_brand(struct sim *sim, struct str text);
