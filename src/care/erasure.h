/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing what we hold of a person (GDPR art. 17): asked for on the care site, where it becomes a message that waits
 * like any other; looked at and decided by a lead, in person; carried out piece by piece; and provable afterwards by
 * somebody who is not known here any more. docs/adr/0025.
 *
 * What goes: words of both sides and those before an edit, files, notes, needs, promises, reasons, drafts, names,
 * accounts and how their networks call them, browsers, devices, passkeys, addresses, the bytes that networks sent,
 * words in the event log, rows of the search index. What stays, about nobody: that a message came on a day and where
 * it stands in the ledger, who of us answered when, and a number by which a network's telling it again is known and
 * left alone. */
#pragma once

#include "care/author.h"
#include "store/erasure.h"
#include "store/guest.h"

struct arena;
struct brand;
struct house;
struct json;

#define ERASURE_DUE_US      (30 * DAY_US) /* art. 12, 3: within a month */
#define ERASURE_CODE_SIGNS  12            /* of a receipt; care/codes.h */
#define ERASURE_REASON_MAX  500
#define ERASURE_DECIDED_MAX 100 /* that a list shows */

/* ---- the person ---- */

/* Their newest request, or what a colleague began; out->id 0: there is none. */
bool erasure_of_guest(struct tx *tx, struct arena *a, const struct guest *guest, struct erasure *out,
                      struct error *e) MUST_USE;
/* They ask. conversation: where the message that says so stands. code: of the receipt, theirs alone (made by the
 * caller, who shows it). ERR_CONFLICT: they asked already. */
bool erasure_ask(struct tx *tx, const struct house *house, const struct guest *guest, int64_t conversation,
                 struct str code, bool posts_stay, struct error *e) MUST_USE;
/* They changed their mind, as long as nobody began. */
bool erasure_take_back(struct tx *tx, const struct guest *guest, struct error *e) MUST_USE;
/* By a receipt's code; out->id 0: it is none of ours. */
bool erasure_receipt(struct tx *tx, struct arena *a, const struct house *house, int64_t brand, struct str code,
                     struct erasure *out, struct error *e) MUST_USE;

/* ---- a lead ---- */

/* What there is now, and what stands in the way. */
struct erasure_look {
    struct erasure request; /* id 0: nobody asked */
    struct erasure_counts there;
    int64_t waiting; /* messages of theirs that nobody answered, the request apart */
    int64_t leaving; /* replies on their way: they leave first */
    int64_t posts;   /* in the community */
    bool calls;      /* they are on the phone with us */
};
bool erasure_look(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct erasure_look *out,
                  struct error *e) MUST_USE;
/* What stands where names stood, in the brand's language. */
struct erasure_names {
    struct str person, member, topic;
};
/* Decided, by a lead in person. reason: why, where nobody asked here; else empty. Who they are goes at once, so that
 * whoever writes from then on is somebody new; the job does the rest. ERR_CONFLICT where a reply is on its way, or it
 * was begun already. */
bool erasure_begin(struct tx *tx, const struct house *house, const struct actor *actor, int64_t person,
                   bool posts_stay, struct str reason, const struct erasure_names *names, struct error *e) MUST_USE;
/* No, and why: the person reads it with their receipt. */
bool erasure_refuse(struct tx *tx, const struct actor *actor, int64_t person, struct str reason,
                    struct error *e) MUST_USE;

/* ---- carrying it out ---- */

/* All that were begun in this brand, in small pieces; may be broken off at any moment, and goes on. *done: how many
 * ended. */
bool erasure_turn(struct house *house, const struct brand *brand, bool (*stop)(void *ctx), void *ctx, int64_t *done,
                  struct error *e) MUST_USE;
