/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of telegram.c: channel_telegram.c reads updates. */
#pragma once

#include "channels/channel_internal.h"

/* Message ids are unique in their chat only. A message is called [CONNECTION/]CHAT:MESSAGE, a thread
 * dm:[CONNECTION/]CHAT in private and post:CHAT[:TOPIC] in groups; CONNECTION is that of a business account that lets
 * the bot answer. */
struct telegram_place {
    struct str connection, chat, topic, message; /* empty where there is none */
};
struct str telegram_name(struct arena *a, const struct telegram_place *at);   /* of the message */
struct str telegram_thread(struct arena *a, const struct telegram_place *at); /* of a private talk, or of a group */
/* Reads either; what is neither gives empty parts. */
struct telegram_place telegram_place_of(struct str name);
bool telegram_is_group(struct str chat); /* groups and channels have negative ids */

/* All events of one update. */
void telegram_update(struct arena *a, const struct json *update, struct channel_events *events);
