/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the simulated TikTok share. */
#pragma once

#include "sim/sim_driver.h"

/* By this its comments know the brand's own, which its other events call by another id. */
#define SIM_TIKTOK_OWN "7203946942097900001"

/* sim_tiktok_events.c */
uint64_t sim_tiktok_comment(struct sim *sim, struct arena *a, struct sim_item *item, const char *action,
                            int delay_ms);
/* A message as TikTok tells it; kind: the name of what says of which kind it is. */
struct json *sim_tiktok_message_json(struct sim *sim, struct arena *a, const struct sim_item *item, const char *kind);
uint64_t sim_tiktok_message(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms);
struct str sim_tiktok_talk(struct arena *a, const struct sim_person *person);
void sim_tiktok_tell(struct sim_deed *d);
void sim_tiktok_sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel);

/* sim_tiktok_dm.c: calls below business/message/ */
void sim_tiktok_dm_call(struct sim_call *c);

/* tiktok.c */
void sim_tiktok_problem(struct sim_call *c, int code, const char *words);
void sim_tiktok_refuse(struct sim_call *c, enum sim_fault fault, const char *detail);
void sim_tiktok_answer(struct sim_call *c, struct json *data);
bool sim_tiktok_is_ours(struct sim_call *c);
