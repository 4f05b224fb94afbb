/* SPDX-License-Identifier: Apache-2.0 */
/* What was so the last time: whose a session is, who a conversation is with. It decides only what is asked ahead
 * (db_ahead), so that a page need not wait for one answer to know the next question; what is shown, and who may see
 * it, is always read. A hunch that is wrong, or forgotten, costs a journey, or a second reading. */
#pragma once

#include <stdint.h>

struct hunches;

enum hunch_of {
    HUNCH_BRAND,    /* of what an address calls it */
    HUNCH_AGENT,    /* of a session */
    HUNCH_DAY,      /* of a brand: which one it is there */
    HUNCH_PERSON,   /* of a conversation */
    HUNCH_PARTS,    /* of a conversation: which of its lists have rows (enum story_part) */
    HUNCH_APPROVED, /* of a conversation: the channel whose approved words are offered */
    HUNCH_ALL,      /* of a page: what is asked ahead is all it asks */
};

struct hunches *hunches_new(void);
void hunches_free(struct hunches *hunches);
/* 0: none. Any thread; NULL has none. */
int64_t hunch(const struct hunches *hunches, enum hunch_of of, uint64_t about);
void hunch_keep(struct hunches *hunches, enum hunch_of of, uint64_t about, int64_t value);
