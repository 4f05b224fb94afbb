/* SPDX-License-Identifier: Apache-2.0 */
/* Search over all history: people, messages, needs. Texts are folded (case and accents) on the way in and in queries;
 * every row carries what it is narrowed by (brand, channel, person), so that nothing of that is filtered afterwards.
 *
 * Hits come newest first. The index is asked for spans of time, from the newest backwards, that grow with what they
 * gave, until the page is full; a search that has used up its time says how far back it came, and goes on from there
 * when it is asked to. What changes with time (labels, places) is looked at in the hits themselves. */
#pragma once

#include "store/conversation.h"
#include "store/message.h"
#include "store/person.h"

struct json;

/* Each makes the row of the index anew from what it is of, as intake, import and a restored backup need it. */
bool search_message(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
bool search_message_gone(struct tx *tx, const struct message *m, struct error *e) MUST_USE; /* as it was added */
bool search_need(struct tx *tx, const struct conversation *c, struct error *e) MUST_USE;
bool search_need_gone(struct tx *tx, const struct conversation *c, struct error *e) MUST_USE;
bool search_person(struct tx *tx, const struct person *p, struct error *e) MUST_USE;
bool search_person_gone(struct tx *tx, const struct person *p, struct error *e) MUST_USE;

enum { SEARCH_RANKED = 200, SEARCH_TIME_US = 100000 };

struct search_hit {
    const char *kind;
    int64_t id;
    struct message message;           /* kind message */
    struct conversation conversation; /* kinds message and need */
    struct person person;
    struct str text; /* the words around what was found; each found word stands between U+0002 and U+0003 */
};
struct search_query {
    struct str words; /* words, "phrases", prefix* */
    const char *kind; /* "message", "need", "person", "said" (messages and needs), or NULL for all */
    int64_t channel, person;
    const int64_t *channels; /* any of these, when there are more than one */
    size_t channel_count;
    int64_t label;  /* 0: any */
    int64_t before; /* cursor: an id, or 0 */
    int64_t after;  /* only ids from here on, or 0 */
    int limit;
    bool best; /* the best first, of the newest SEARCH_RANKED that match */
    /* Asked of each hit, of which `message` or (of a need) `conversation` is there; NULL: all are wanted. */
    bool (*wanted)(void *ctx, const struct search_hit *hit);
    void *ctx;
    int64_t time_us; /* about so long at most; 0: SEARCH_TIME_US */
};
struct search_found {
    struct search_hit *hits;
    size_t count;
    int64_t next;   /* cursor for what is older; 0: all history was searched, and all that was found is here */
    int64_t until;  /* not 0: the time was used up, and history was searched back to this moment only */
    bool of_newest; /* best: there are more than the SEARCH_RANKED that were ranked */
};
bool search_look(struct tx *tx, struct arena *a, int64_t brand, const struct search_query *query,
                 struct search_found *out, struct error *e) MUST_USE;
/* The same for who needs no more than the hits and the cursor. */
bool search_run(struct tx *tx, struct arena *a, int64_t brand, const struct search_query *query,
                struct search_hit **out, size_t *count, int64_t *next, struct error *e) MUST_USE;
