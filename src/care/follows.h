/* SPDX-License-Identifier: Apache-2.0 */
/* "We follow you": whoever chose so is told, where they chose, that one of us wrote to them on the care site: who it
 * was and where to read it, the words only if they want them there. Only an answer of a colleague, that was not seen
 * within a minute; once, until they came back; not at night unless they want that too. */
#pragma once

#include "care/letters.h"
#include "store/notice.h"
#include "store/guest.h"

struct brand;
struct message;

#define FOLLOW_UNSEEN_US   MINUTE_US
#define FOLLOW_WORTH_US    DAY_US /* a notice that could not go for so long does not go */
#define FOLLOW_NIGHT_FROM  22
#define FOLLOW_NIGHT_UNTIL 8

/* A reply is at its place: perhaps somebody is to be told of it. */
bool follow_answered(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
/* They look at a conversation of theirs: nothing is to be told of it any more, and the next answer will be told.
 * follow_looks says beforehand whether there is something to be done. */
bool follow_looks(struct tx *tx, int64_t brand, int64_t person, int64_t conversation, bool *any,
                  struct error *e) MUST_USE;
bool follow_looked(struct tx *tx, int64_t brand, int64_t person, int64_t conversation, struct error *e) MUST_USE;
/* Tells what is due. follow_is_due says whether there is something. */
bool follow_is_due(struct tx *tx, int64_t brand, bool *due, struct error *e) MUST_USE;
bool follow_tell(struct tx *tx, const struct house *house, const struct brand *brand, struct error *e) MUST_USE;
/* The end of the night at a moment in a zone; 0: it is no night. */
int64_t follow_night_until(int64_t at, const char *zone);

/* A way on which a guest can be told: one of their identities. */
struct follow_way {
    struct str network, external_id;
    int64_t channel;      /* the account through which it goes */
    struct notice chosen; /* id 0: nothing was chosen yet */
};
bool follow_ways(struct tx *tx, struct arena *a, const struct guest *guest, struct follow_way **out, size_t *count,
                 struct error *e) MUST_USE;
/* They showed that an address is theirs; wanted: and want to be told there. */
bool follow_confirm(struct tx *tx, const struct guest *guest, struct str network, struct str address, bool wanted,
                    struct error *e) MUST_USE;
/* What they chose for a way of theirs. */
bool follow_choose(struct tx *tx, const struct guest *guest, const struct follow_way *way, struct error *e) MUST_USE;

/* What stands behind /notices/stop/: it ends a way without signing in, and tells nothing else. */
struct str follow_stop_token(struct arena *a, const struct house *house, int64_t brand, int64_t id);
bool follow_stop_id(struct arena *a, const struct house *house, int64_t brand, struct str token, int64_t *id);
bool follow_stop(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
