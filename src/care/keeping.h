/* SPDX-License-Identifier: Apache-2.0 */
/* Networks whose terms let what they told be kept only for so long (channel.keeping). Words, media and names that
 * were not told anew go; that somebody wrote and when, the ledger and what colleagues wrote stay. What the network
 * tells again comes back. */
#pragma once

#include "care/intake.h"
#include "store/message.h"
#include "store/person.h"

struct json;

/* A known message that the network tells of again: its clock begins anew, and words that had gone are here again
 * (in->fresh counts them). */
bool keeping_told(struct tx *tx, struct intake *in, struct message *m, const struct channel_event *event,
                  struct error *e) MUST_USE;
/* The network says a name: its clock begins anew. */
bool keeping_named(struct tx *tx, struct identity *known, struct error *e) MUST_USE;
/* Where names of this network may be kept only for so long: now; else 0. */
int64_t keeping_named_at(struct tx *tx, struct str network);

struct keeping_report {
    int64_t messages, names;
};
/* What of a channel was told longer ago than that goes, in small pieces; may be broken off at any moment. */
bool keeping_prune(struct house *house, const struct channel_row *row, const struct keeping *keeping,
                   bool (*stop)(void *ctx), void *ctx, struct keeping_report *out, struct error *e) MUST_USE;
/* The same of all channels of a brand, removed ones too. */
bool keeping_turn(struct house *house, int64_t brand, bool (*stop)(void *ctx), void *ctx, struct keeping_report *out,
                  struct error *e) MUST_USE;
/* [{network, label, words_hours, people_hours}] of the brand's networks that have such a rule. */
struct json *keeping_json(struct arena *a, const struct channel_row *channels, size_t count);
