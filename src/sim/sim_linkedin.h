/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the simulated LinkedIn share. */
#pragma once

#include "sim/sim_driver.h"

/* sim_linkedin_events.c */
struct str sim_linkedin_organization(struct sim *sim, struct arena *a);
/* One notification about item; written: with what was written beside it. */
struct json *sim_linkedin_notification(struct sim *sim, struct arena *a, const struct sim_item *item,
                                       const char *action, bool written);
void sim_linkedin_tell(struct sim_deed *d);
uint64_t sim_linkedin_echo(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms);
void sim_linkedin_sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel);
struct str sim_linkedin_shake(struct sim_line *line, struct arena *a);
bool sim_linkedin_shaken(struct sim_line *line, struct arena *a, const struct http_reply *reply);
struct str sim_linkedin_join(struct arena *a, struct str into, struct str one);
