/* SPDX-License-Identifier: Apache-2.0 */
/* Letters that wait for their mail server, and the codes with which somebody shows that an address is theirs. */
#pragma once

#include "store/store.h"

struct letter {
    int64_t brand_id, id, channel_id;
    struct str kind; /* "code", "transcript", "told" */
    struct str language;
    struct str content; /* sealed */
    struct str state;   /* "ready", "sending" */
    int64_t attempts, next_at;
    int64_t until_at;                /* afterwards it is worth nothing */
    int64_t lease_until, claimed_by; /* by which life (store/node.h), and until when */
};
bool letter_add(struct tx *tx, const struct letter *letter, struct error *e) MUST_USE;
/* ERR_NOT_FOUND when it is gone. */
bool letter_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct letter *out,
                  struct error *e) MUST_USE;
/* state, attempts, next_at, lease_until, claimed_by */
bool letter_update(struct tx *tx, const struct letter *letter, struct error *e) MUST_USE;
bool letter_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
/* Ready, due, and through an account that is on; the longest due first. */
bool letter_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int limit, struct letter **out,
                size_t *count, struct error *e) MUST_USE;
/* Ready ones that are worth nothing any more, and those under way whose time is over. */
bool letter_over(struct tx *tx, struct arena *a, int64_t brand, int64_t now, struct letter **out, size_t *count,
                 struct error *e) MUST_USE;

struct letter_code {
    int64_t brand_id, id, guest_id;
    struct str network;               /* of the address: "email" */
    struct str address_hash, address; /* keyed; sealed */
    struct str code_hash, link_hash;
    bool follow;
    int64_t tries;
    int64_t expires_at; /* 0: over */
};
bool letter_code_add(struct tx *tx, const struct letter_code *code, struct error *e) MUST_USE;
/* The newest that is not over. ERR_NOT_FOUND when there is none. */
bool letter_code_of(struct tx *tx, struct arena *a, int64_t brand, int64_t guest, int64_t now,
                    struct letter_code *out, struct error *e) MUST_USE;
bool letter_code_tried(struct tx *tx, int64_t brand, int64_t id, int64_t tries, struct error *e) MUST_USE;
/* Those of a browser are over. */
bool letter_code_end(struct tx *tx, int64_t brand, int64_t guest, struct error *e) MUST_USE;
/* How many were made for an address after an id. */
bool letter_code_count(struct tx *tx, int64_t brand, struct str address_hash, int64_t after, int64_t *out,
                       struct error *e) MUST_USE;
/* How many were made for addresses of a network after an id. */
bool letter_code_count_on(struct tx *tx, int64_t brand, struct str network, int64_t after, int64_t *out,
                          struct error *e) MUST_USE;
/* Forgets those made before an id. */
bool letter_code_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e) MUST_USE;
