/* SPDX-License-Identifier: Apache-2.0 */
/* Codes with which a guest of the care site shows that an account on a network is theirs. Hashes only. */
#pragma once

#include "store/store.h"

struct proof {
    int64_t brand_id, id;
    struct str hash; /* of the code */
    int64_t guest_id;
    int64_t expires_at, used_at;     /* used_at 0: nobody wrote it yet */
    struct str network, external_id; /* who wrote it */
};
bool proof_add(struct tx *tx, const struct proof *proof, struct error *e) MUST_USE;
/* ERR_NOT_FOUND when there is none. */
bool proof_by_hash(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct proof *out,
                   struct error *e) MUST_USE;
/* used_at, network, external_id */
bool proof_use(struct tx *tx, const struct proof *proof, struct error *e) MUST_USE;
bool proof_delete_of(struct tx *tx, int64_t brand, int64_t guest, struct error *e) MUST_USE;
bool proof_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e) MUST_USE;
