/* SPDX-License-Identifier: Apache-2.0 */
/* What tells who somebody is, so that the same person is recognised on another network: a phone number, an e-mail
 * address, a handle; of their name on a network, or as they said it in a message. And who was said not to be the
 * same. */
#pragma once

#include "store/store.h"

enum trait_kind { TRAIT_PHONE = 'p', TRAIT_EMAIL = 'e', TRAIT_HANDLE = 'h', TRAIT_TOLD = 'n' };

struct trait {
    int64_t brand_id;
    struct str network, external_id; /* the identity whose it is */
    struct str value;                /* a trait_kind, then the number, address or handle, folded; or the id by
                                      * which the network says that two are one */
    int64_t message_id;              /* in which they said it; 0: the network's own word of a name; -1: of two ids */
    struct str aim;                  /* the network of which a handle was said, or empty */
};
/* The first to tell stays. */
bool trait_put(struct tx *tx, const struct trait *trait, struct error *e) MUST_USE;
/* Those of an identity that came with a message; 0: those of the network's own word. */
bool trait_forget(struct tx *tx, int64_t brand, struct str network, struct str external_id, int64_t message,
                  struct error *e) MUST_USE;

/* One trait that a person shares with another. */
struct likeness {
    struct str value;
    struct str network, other_network;
    int64_t message, other_message; /* in which it was said; 0: the network's own word */
    struct str aim, other_aim;
    int64_t first_person, other_first_person;
    int64_t other;
    struct str other_name;
};
/* At most 60, in no order; those that a colleague denied are not among them. */
bool likeness_list(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct likeness **out,
                   size_t *count, struct error *e) MUST_USE;
/* These two, as they were before any merge, are not one. */
bool stranger_put(struct tx *tx, int64_t brand, int64_t person, int64_t other, int64_t agent,
                  struct error *e) MUST_USE;
