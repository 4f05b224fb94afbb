/* SPDX-License-Identifier: Apache-2.0 */
/* Reactions to messages: a heart under what somebody wrote. They are shown, and wait for nobody. */
#pragma once

#include "store/store.h"

struct reaction {
    int64_t message_id;
    struct str emoji;
    int64_t count; /* of people */
};
/* One author has one reaction to a message: the newest. emoji empty: taken back. */
bool reaction_put(struct tx *tx, int64_t brand, int64_t message, struct str author, struct str emoji, int64_t at,
                  struct error *e) MUST_USE;
bool reaction_delete_of(struct tx *tx, int64_t brand, int64_t message, struct error *e) MUST_USE;
/* Of all messages of a conversation, most frequent first. */
bool reaction_list(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct reaction **out,
                   size_t *count, struct error *e) MUST_USE;
