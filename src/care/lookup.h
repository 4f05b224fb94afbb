/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of which a webhook brought only ids (docs/adr/0014): they wait from that moment on, their words are asked
 * for, and are put into them where they stand. The calls are made by jobs/lookups.c. */
#pragma once

#include "care/account.h"
#include "store/message.h"
#include "store/wish.h"

/* Whether the words of this event are to be asked for. */
bool lookup_is_asked(const struct account *account, const struct channel_event *event);
/* Notes it, where they are. */
bool lookup_wish(struct tx *tx, const struct account *account, const struct message *m,
                 const struct channel_event *event, struct error *e) MUST_USE;
/* Whether this event tells the words that this message still lacks. */
bool lookup_is_told(const struct message *m, const struct channel_event *event);
/* The words are here, by which way ever: message, person, conversation, search, log. */
bool lookup_found(struct tx *tx, const struct account *account, struct message *m, const struct channel_event *event,
                  struct error *e) MUST_USE;

/* One wish, from the call to what came of it. */
struct looking {
    struct arena *arena;
    const struct account *account; /* NULL: the channel was removed */
    int64_t brand;
    struct wish wish;
    struct lookup lookup; /* out of looking_begin */
    bool due;             /* out of looking_begin: the call is to be made */
    int calls;            /* that were made */
    struct channel_events events;
    struct outcome outcome;
};
/* What the call needs: a command, ctx is a struct looking. A wish whose message is gone, or has its words, is
 * dropped; one for which nothing is left of the quota is put off. */
bool looking_begin(struct tx *tx, void *ctx, struct error *e);
/* What came of it: a command, ctx is a struct looking. */
bool looking_end(struct tx *tx, void *ctx, struct error *e);
/* Nothing more is asked of this channel for a while. */
bool looking_is_trouble(const struct looking *l);
