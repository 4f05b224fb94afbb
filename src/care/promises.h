/* SPDX-License-Identifier: Apache-2.0 */
/* Promises: a time promised in a reply is noticed, confirmed by its author with a tap, comes back to the list before
 * it falls due, and ends as kept or not kept. */
#pragma once

#include "care/author.h"
#include "store/promise.h"

struct conversation;
struct message;

/* A time said in words ("entro le 17", "domani alle 9:30", "by Friday noon", "within 2 hours"), with a verb of doing
 * by us near it. *due is the moment in the zone, after now. False when there is none. Italian and English. */
bool promise_notice(struct arena *a, struct str text, int64_t now, const char *zone, struct str *words, int64_t *due);

/* Whether a noticed promise is to be confirmed: its reply is on its way or arrived, and still stands. */
bool promise_is_asked(const struct promise *p, const struct message *reply);
/* Who may say how a confirmed promise goes on and ends: its author, who has the conversation, a lead; anybody,
 * where it is nobody's and so is the conversation. */
bool promise_may_end(const struct actor *actor, const struct promise *p, const struct conversation *c);

/* They chose when we call them back, with this message of theirs: an open promise of nobody in particular, once a
 * message. Whoever takes the conversation says how it ended. */
bool promise_ask(struct tx *tx, const struct message *asked, int64_t due, struct str what, struct error *e) MUST_USE;
/* confirm: due may be changed (0 keeps it); dismiss: it was none. Of a noticed one both are its author's alone. */
bool promise_confirm(struct tx *tx, const struct actor *actor, int64_t promise, int64_t due,
                     struct error *e) MUST_USE;
bool promise_dismiss(struct tx *tx, const struct actor *actor, int64_t promise, struct error *e) MUST_USE;
bool promise_end(struct tx *tx, const struct actor *actor, int64_t promise, bool kept, struct error *e) MUST_USE;
/* Brings conversations with a promise due soon back to the list; marks what passed its time by an hour as broken. */
bool promise_remind(struct tx *tx, int64_t brand, struct error *e) MUST_USE;
/* Whether promise_remind has anything to do: a read. */
bool promise_calls_now(struct tx *tx, int64_t brand, bool *any, struct error *e) MUST_USE;
