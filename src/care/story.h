/* SPDX-License-Identifier: Apache-2.0 */
/* What colleagues do with a conversation, apart from answering. Each names its actor and is written to the log. */
#pragma once

#include "care/author.h"
#include "store/conversation.h"

struct message;

/* Recomputes what waits (from the messages), the window, the nearest promise and the rank, and saves the
 * conversation. Moves it between waiting and answered; other states stay. */
bool story_settle(struct tx *tx, struct conversation *c, struct error *e) MUST_USE;
/* A message's words as the list shows them. */
struct str story_preview(struct arena *a, const struct message *m);
/* Whatever it was, it is on us again: nothing of its ending or its sleep stays. Not saved. */
void story_on_us(struct conversation *c);
bool story_event(struct tx *tx, const char *kind, const struct conversation *c, int64_t subject, int64_t actor,
                 struct str words, struct error *e) MUST_USE;

/* The listening step: what this person needs, in one line (at most 160 characters). */
bool story_need(struct tx *tx, const struct actor *actor, int64_t conversation, struct str need,
                struct error *e) MUST_USE;
bool story_assign(struct tx *tx, const struct actor *actor, int64_t conversation, int64_t owner,
                  struct error *e) MUST_USE;
/* To a colleague, with a reason and a summary, so that nobody repeats their story. */
bool story_hand_over(struct tx *tx, const struct actor *actor, int64_t conversation, int64_t to, struct str reason,
                     struct str summary, struct error *e) MUST_USE;
/* until 0: until they write. */
bool story_snooze(struct tx *tx, const struct actor *actor, int64_t conversation, int64_t until,
                  struct error *e) MUST_USE;
/* Time has moved it in the list: its window is about to close, or has. By the program. */
bool story_rerank(struct tx *tx, int64_t brand, int64_t conversation, struct error *e) MUST_USE;
bool story_wake(struct tx *tx, int64_t brand, int64_t conversation, int64_t actor, struct error *e) MUST_USE;
bool story_priority(struct tx *tx, const struct actor *actor, int64_t conversation, enum priority priority,
                    struct error *e) MUST_USE;
bool story_label(struct tx *tx, const struct actor *actor, int64_t conversation, int64_t label, bool on,
                 struct error *e) MUST_USE;
/* Without a reply, with a reason. outcome: "solved", "thanks", "no_need", "unreachable". */
bool story_close(struct tx *tx, const struct actor *actor, int64_t conversation, struct str outcome,
                 struct str reason, struct error *e) MUST_USE;
bool story_reopen(struct tx *tx, const struct actor *actor, int64_t conversation, struct error *e) MUST_USE;
/* Troll or spam, with the colleague's own reason; and back. */
bool story_set_aside(struct tx *tx, const struct actor *actor, int64_t conversation, struct str what,
                     struct str reason, struct error *e) MUST_USE;
bool story_take_back(struct tx *tx, const struct actor *actor, int64_t conversation, struct str reason,
                     struct error *e) MUST_USE;
/* Only we see it. @Name mentions tell those colleagues. */
bool story_note(struct tx *tx, const struct actor *actor, int64_t conversation, struct str text, int64_t *id,
                struct error *e) MUST_USE;
/* Two conversations of one person that are one need. */
bool story_join(struct tx *tx, const struct actor *actor, int64_t from, int64_t into, struct error *e) MUST_USE;
