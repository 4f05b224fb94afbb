/* SPDX-License-Identifier: Apache-2.0 */
/* What the two pages of a voice call ask and are told, the same on both sides: join, sync, signal. The server carries
 * what they need to find a way for the voice, to nobody else, and never the voice. */
#pragma once

#include "care/calls.h"
#include "web/router.h"

struct voice_side {
    struct visit *v;
    int64_t id, agent; /* agent 0: the guest, who is `guest` */
    int64_t guest;
    struct call call; /* out */
    struct json *model;
};

/* Whether the call is of this side: their own, or one they have. ERR_NOT_FOUND: nobody else learns of it. */
bool voice_find(struct tx *tx, struct voice_side *side, struct error *e) MUST_USE;
/* Runs what the page asks for and answers with {id, state, leg, here, seconds, colleague, asked, signals, ways?}. */
bool voice_join(struct voice_side *side, struct error *e) MUST_USE;
bool voice_sync(struct voice_side *side, struct error *e) MUST_USE;
bool voice_signal(struct voice_side *side, struct error *e) MUST_USE;
