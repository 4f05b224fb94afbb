/* SPDX-License-Identifier: Apache-2.0 */
/* What deciding hands to carrying out: a sealed JSON, while it is under way. */
#pragma once

#include "care/erasure.h"

struct erasure_id {
    struct str network, id, phone; /* as in identity; empty: none */
};
struct erasure_carry {
    struct str topic; /* what stands where a title of theirs stood */
    struct erasure_id *ids;
    size_t count;
    int64_t since; /* the first that was heard of them */
};
struct str erasure_carry_seal(struct arena *a, const struct house *house, const struct erasure_carry *carry);
bool erasure_carry_open(struct arena *a, const struct house *house, struct str sealed, struct erasure_carry *out,
                        struct error *e) MUST_USE;
/* A line in the log: of a request, or of what was carried out. */
bool erasure_event(struct tx *tx, const char *kind, const struct erasure *row, int64_t actor, struct json *data,
                   struct error *e) MUST_USE;
