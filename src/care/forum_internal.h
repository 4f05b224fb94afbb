/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the community: how posts move in the ledger, and what a topic shows of itself. */
#pragma once

#include "care/forum.h"
#include "care/intake.h"
#include "store/conversation.h"
#include "store/message.h"

#define FORUM_THREAD "topic:"

/* The words of a question with its title, as we read them. */
struct str forum_question(struct arena *a, struct str title, struct str text);
/* A post's message to another place, and its conversation with it: over, when nothing of it waits. */
bool forum_move(struct tx *tx, struct message *m, enum place to, int64_t actor, struct str reason,
                struct error *e) MUST_USE;
/* What the asker left to the community is answered by what another member wrote (or a colleague: actor). */
bool forum_answered(struct tx *tx, int64_t brand, int64_t topic, int64_t actor, struct error *e) MUST_USE;
/* A post that waits for us begins to wait for members instead, or nobody. */
bool forum_leave(struct tx *tx, const struct topic *topic, struct message *m, bool asks, struct error *e) MUST_USE;
/* Counts and words of a topic, as it is seen now. */
bool forum_refresh(struct tx *tx, int64_t brand, int64_t topic, struct error *e) MUST_USE;
bool forum_words_add(struct tx *tx, int64_t brand, int64_t topic, struct str text, struct error *e) MUST_USE;
/* A post with its message and topic. */
struct forum_place {
    struct post post;
    struct message m;
    struct topic topic;
};
bool forum_place_of(struct tx *tx, int64_t brand, int64_t post, struct forum_place *out, struct error *e) MUST_USE;
/* One event through the intake, into a conversation. */
bool forum_take(struct tx *tx, const struct house *house, const struct account *account,
                struct channel_events *events, int64_t story, struct error *e) MUST_USE;
