/* SPDX-License-Identifier: Apache-2.0 */
/* The care ledger: received = waiting + answered + closed + set aside + withdrawn, per channel and day, always. A
 * message changes place only through ledger_move, which names who and why and writes it to the event log. */
#pragma once

#include "store/brand.h"
#include "store/ledger.h"

struct json;

/* Books a message that was just added (place WAITING, or WITHDRAWN when its deletion came first). */
bool ledger_receive(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
/* actor: the agent; 0: the author on the network (withdrawn, wrote again) or the network. reason: in words. */
bool ledger_move(struct tx *tx, struct message *m, enum place to, int64_t actor, struct str reason,
                 struct error *e) MUST_USE;

/* The reasons that the program itself gives: kept in these words, which are no language's of a reader; and the key of
 * the words each is shown in ("ledger.why.…"), NULL for a colleague's own words. */
#define LEDGER_WHY_OUTSIDE     "answered on the network itself"
#define LEDGER_WHY_DELETED     "deleted by its author"
#define LEDGER_WHY_IMPORTED    "answered before the import"
#define LEDGER_WHY_STOOD       "as it stood before the import"
#define LEDGER_WHY_ENDED       "closed before the import"
#define LEDGER_WHY_UNDELIVERED "the reply was not delivered"
#define LEDGER_WHY_REOPENED    "reopened"
#define LEDGER_WHY_TAKEN_BACK  "taken back"
#define LEDGER_WHY_AUTOMATIC   "answered by a machine"
#define LEDGER_WHY_REWRITTEN   "changed by its author"
#define LEDGER_WHY_LEFT        "left to the community"
#define LEDGER_WHY_MEMBER      "answered by a member"
#define LEDGER_WHY_BETWEEN     "between members"
#define LEDGER_WHY_NOBODY      "no member answered in time"
#define LEDGER_WHY_CALLED      "asks for us"
#define LEDGER_WHY_REPORTED    "reported by a member"
#define LEDGER_WHY_LOOK        "a link was added"
#define LEDGER_WHY_SIGNED_IN   "the code with which they signed in"
#define LEDGER_WHY_VOICE       "answered by voice"
#define LEDGER_WHY_ERASED      "erased as they asked"
const char *ledger_why_key(struct str reason);

/* {brand, received, waiting, answered, closed, set_aside, withdrawn, balanced, channels:[…], days:[…]}: day 0 is all
 * days. balanced compares the counts with the messages themselves only when recount is set. */
struct json *ledger_view(struct tx *tx, struct arena *a, const struct brand *brand, int64_t day, bool recount,
                         struct error *e) MUST_USE;
/* What an event books: one message of that channel and day, from PLACE_NONE when it was received. False: nothing. */
struct event;
struct ledger_booking {
    int64_t channel_id, day;
    enum place from, to;
};
bool ledger_booking(struct arena *a, const struct event *event, struct ledger_booking *out);
/* Recomputes the ledger from the event log and from the messages and compares both with the counts. Where the log's
 * beginning is gone (retention.h), it goes on from what was booked there, which the signed statement of the last day
 * that is gone must show too.
 * {brand, balanced, received, …, differences:[words], opening_day: YYYYMMDD or null} */
struct json *ledger_verify(struct tx *tx, struct arena *a, const struct brand *brand, struct error *e) MUST_USE;
