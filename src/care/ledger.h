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

/* {brand, received, waiting, answered, closed, set_aside, withdrawn, balanced, channels:[…], days:[…]}: day 0 is all
 * days. balanced compares the counts with the messages themselves only when recount is set. */
struct json *ledger_view(struct tx *tx, struct arena *a, const struct brand *brand, int64_t day, bool recount,
                         struct error *e) MUST_USE;
/* Recomputes the ledger from the event log and from the messages and compares both with the counts.
 * {brand, balanced, received, …, differences:[words]} */
struct json *ledger_verify(struct tx *tx, struct arena *a, const struct brand *brand, struct error *e) MUST_USE;
