/* SPDX-License-Identifier: Apache-2.0 */
/* What many messages are going to ask, asked for all of them at once: is it here already, did something of it come
 * before it, who writes, what is their newest conversation. The answers stand as the rows stood then, while the
 * brand's changes come one after the other (db/db.h): who changes a row that was asked for says so first
 * (foreseen_spend), and whoever comes behind asks for himself. */
#pragma once

#include "store/conversation.h"
#include "store/person.h"

struct foreseen;

/* The keys, any number of times each, then the question: all of it is one journey to a server. */
struct foreseen *foreseen_new(struct arena *a);
void foreseen_author(struct foreseen *f, int64_t brand, struct str network, struct str external_id);
void foreseen_message(struct foreseen *f, int64_t brand, int64_t channel, struct str external_id, uint64_t hash);
bool foreseen_ask(struct tx *tx, struct foreseen *f, struct error *e) MUST_USE;

/* As identity_find, person_by_id, conversation_newest_of; f may be NULL, and what it does not know is asked. */
bool foreseen_identity(struct tx *tx, const struct foreseen *f, int64_t brand, struct str network,
                       struct str external_id, struct identity *out, struct error *e) MUST_USE;
/* Is it known that this identity can be reached? */
bool foreseen_reachable(const struct foreseen *f, int64_t brand, struct str network, struct str external_id);
bool foreseen_person(struct tx *tx, const struct foreseen *f, int64_t brand, int64_t id, struct person *out,
                     struct error *e) MUST_USE;
bool foreseen_newest(struct tx *tx, const struct foreseen *f, int64_t brand, int64_t person, struct conversation *out,
                     struct error *e) MUST_USE;
/* As dedup_add. *quiet: nothing came before the message that is said of it. */
bool foreseen_dedup_add(struct tx *tx, struct foreseen *f, int64_t brand, uint64_t hash, int64_t id, bool *fresh,
                        bool *quiet, struct error *e) MUST_USE;

/* The person, their conversations and all their identities are about to change, or this identity. */
void foreseen_spend(struct foreseen *f, int64_t brand, struct str network, struct str external_id, int64_t person);
