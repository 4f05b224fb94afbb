/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it: the person behind an identity, found or made; merged by a colleague, un-merged without loss. */
#pragma once

#include "channels/channel.h"
#include "store/foreseen.h"

struct json;

/* The person who is the author on a network; made when seen for the first time (*made). network: the account's. at:
 * when. foreseen: what was asked beforehand, or NULL. */
bool person_of_author(struct tx *tx, const struct foreseen *foreseen, int64_t brand, struct str network,
                      const struct channel_author *author, int64_t at, struct person *out, bool *made,
                      struct error *e) MUST_USE;
/* What somebody is called of whom the network says no name: "Facebook ···5802". */
struct str person_unnamed(struct arena *a, struct str network, struct str external_id);
/* Is it called by its number or handle only, because its network said no name? */
bool person_is_nameless(struct arena *a, const struct person *person, struct str network, struct str external_id);
/* The network says the name of somebody known by an id: who had none has it now. */
bool person_named(struct tx *tx, int64_t brand, struct str network, const struct channel_author *author,
                  struct error *e) MUST_USE;
/* The network says that two ids are one person's (a number or an id was changed): whom we know by one is known by the
 * other too. Two whom we know already stay two; only a colleague merges people. */
bool person_also_known(struct tx *tx, int64_t brand, struct str network, const struct channel_author *author,
                       int64_t at, struct error *e) MUST_USE;
bool person_rename(struct tx *tx, int64_t brand, int64_t id, struct str name, struct str language, struct str place,
                   int64_t actor, struct error *e) MUST_USE;
bool person_set_note(struct tx *tx, int64_t brand, int64_t id, struct str note, int64_t actor,
                     struct error *e) MUST_USE;
/* Everything of `from` becomes part of `into`. *merge is its id. */
bool person_merge(struct tx *tx, int64_t brand, int64_t from, int64_t into, int64_t actor, int64_t *merge,
                  struct error *e) MUST_USE;
/* What the merge moved goes back; what came since through the moved identities goes with them. */
bool person_unmerge(struct tx *tx, int64_t brand, int64_t merge, int64_t actor, struct error *e) MUST_USE;
