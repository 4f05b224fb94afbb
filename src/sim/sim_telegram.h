/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the simulated Telegram: telegram.c and sim_telegram_events.c. */
#pragma once

#include "sim/sim_driver.h"

#define SIM_TELEGRAM_GROUP "-1002000000718" /* the group of which the bot is a member */

struct json *sim_telegram_bot(const struct sim *sim, struct arena *a);
/* whole: with what it answers. */
struct json *sim_telegram_message(const struct sim *sim, struct arena *a, const struct sim_item *item, bool whole);
/* side of a picture; 0: it is none. */
struct json *sim_telegram_file(struct arena *a, const struct sim_media *media, struct str id, int side);
void sim_telegram_tell(struct sim_deed *deed);
