/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of the care site: browsers that wrote to us, each with its identity on the network "site". The cookie's
 * token is stored as a hash only. */
#pragma once

#include "store/store.h"

struct guest {
    int64_t brand_id, id;
    struct str hash;        /* of the cookie's token */
    struct str external_id; /* identity.external_id on the network "site" */
    struct str name;        /* what they want to be called; may be empty */
    struct str language;    /* "it", "en" */
    int64_t created_at, seen_at;
    int64_t proved_at; /* when they last showed who they are; 0: never */
    struct str email;  /* as the brand's own site says */
    struct str phone;  /* ... E.164 without + */
};
bool guest_add(struct tx *tx, const struct guest *guest, struct error *e) MUST_USE;
/* ERR_NOT_FOUND when there is none. */
bool guest_by_hash(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct guest *out,
                   struct error *e) MUST_USE;
bool guest_seen(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e) MUST_USE;
bool guest_named(struct tx *tx, int64_t brand, int64_t id, struct str name, struct str language,
                 struct error *e) MUST_USE;
bool guest_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct guest *out,
                 struct error *e) MUST_USE;
bool guest_proved(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
/* Name, language, email and phone as the brand's site says them now; seen_at. */
bool guest_told(struct tx *tx, const struct guest *guest, struct error *e) MUST_USE;
/* Another cookie from now on. */
bool guest_renew(struct tx *tx, int64_t brand, int64_t id, struct str hash, struct error *e) MUST_USE;
bool guest_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
/* Ends those not seen since. */
bool guest_expire(struct tx *tx, int64_t brand, int64_t seen_before, struct error *e) MUST_USE;
