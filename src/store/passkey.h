/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys of customers, and what browsers are being asked to sign. */
#pragma once

#include "store/store.h"

struct passkey {
    int64_t brand_id, id;
    struct str external_id; /* of the identity on the network "site" that added it */
    struct str credential;  /* base64url */
    struct str host;        /* the relying party */
    struct str handle;      /* base64url */
    struct str public_key;  /* bytes */
    int64_t algorithm, counter;
    struct str transports; /* "internal hybrid" */
    struct str name;
    int64_t created_at, used_at; /* used_at 0: never */
};
bool passkey_add(struct tx *tx, const struct passkey *passkey, struct error *e) MUST_USE;
/* ERR_NOT_FOUND */
bool passkey_by_credential(struct tx *tx, struct arena *a, int64_t brand, struct str credential, struct passkey *out,
                           struct error *e) MUST_USE;
/* The oldest first. */
bool passkey_of_person(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct passkey **out,
                       size_t *count, struct error *e) MUST_USE;
bool passkey_used(struct tx *tx, int64_t brand, int64_t id, int64_t counter, int64_t at, struct error *e) MUST_USE;
bool passkey_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
/* All that this identity added. */
bool passkey_delete_of(struct tx *tx, int64_t brand, struct str external_id, struct error *e) MUST_USE;

struct passkey_ask {
    int64_t brand_id, guest_id;
    bool adds;         /* a new one; else one that is used */
    struct str hash;   /* of the challenge */
    struct str handle; /* of the new one */
    int64_t expires_at;
};
/* In the place of the one before. */
bool passkey_ask_put(struct tx *tx, const struct passkey_ask *ask, struct error *e) MUST_USE;
/* It is gone afterwards. ERR_NOT_FOUND */
bool passkey_ask_take(struct tx *tx, struct arena *a, int64_t brand, int64_t guest, bool adds,
                      struct passkey_ask *out, struct error *e) MUST_USE;
bool passkey_ask_end(struct tx *tx, int64_t brand, int64_t guest, struct error *e) MUST_USE;
bool passkey_ask_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e) MUST_USE;
