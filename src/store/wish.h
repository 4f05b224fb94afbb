/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of which only an id is known, and whose words the network is to be asked for. */
#pragma once

#include "store/store.h"

struct wish {
    int64_t message_id, channel_id;
    struct str what; /* in the adapter's own words */
    int64_t tries, next_at;
};
bool wish_add(struct tx *tx, int64_t brand, const struct wish *wish, struct error *e) MUST_USE;
/* At most 20 of channels that are on (or removed: nobody will be asked any more), the longest due first. */
bool wish_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, struct wish **out, size_t *count,
              struct error *e) MUST_USE;
/* ERR_NOT_FOUND when it was answered. */
bool wish_get(struct tx *tx, struct arena *a, int64_t brand, int64_t message, struct wish *out,
              struct error *e) MUST_USE;
bool wish_again(struct tx *tx, int64_t brand, const struct wish *wish, struct error *e) MUST_USE;
/* All of a channel wait until then. */
bool wish_put_off(struct tx *tx, int64_t brand, int64_t channel, int64_t until, struct error *e) MUST_USE;
bool wish_delete(struct tx *tx, int64_t brand, int64_t message, struct error *e) MUST_USE;
