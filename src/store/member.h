/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the community: guests of the care site with a name, whom they helped, what they follow. */
#pragma once

#include "store/store.h"

struct member {
    int64_t brand_id, id;
    struct str external_id;  /* identity.external_id on the network "site" */
    struct str name, folded; /* unique in the brand without case and accents */
    int64_t helped;          /* how many people thanked them */
    int64_t created_at;
};
bool member_add(struct tx *tx, const struct member *member, struct error *e) MUST_USE;
/* member->id 0: there is none. */
bool member_find(struct tx *tx, struct arena *a, int64_t brand, struct str external_id, struct member *out,
                 struct error *e) MUST_USE;
bool member_named(struct tx *tx, struct arena *a, int64_t brand, struct str folded, struct member *out,
                  struct error *e) MUST_USE;
bool member_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct member **out,
                   size_t *count, struct error *e) MUST_USE;
/* *fresh: they had not thanked for this one before. helper 0: a colleague. */
bool thanks_add(struct tx *tx, int64_t brand, int64_t post, int64_t member, int64_t helper, int64_t at, bool *fresh,
                struct error *e) MUST_USE;
/* Counts anew whom a member helped. */
bool member_count_helped(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;

struct follow {
    int64_t topic_id, seen_at;
    int64_t named_at; /* when somebody named them there; 0: nobody did */
};
bool follow_put(struct tx *tx, int64_t brand, int64_t member, int64_t topic, int64_t seen_at,
                struct error *e) MUST_USE; /* keeps what is there */
bool follow_seen(struct tx *tx, int64_t brand, int64_t member, int64_t topic, int64_t at, struct error *e) MUST_USE;
bool follow_named(struct tx *tx, int64_t brand, int64_t member, int64_t topic, int64_t at, struct error *e) MUST_USE;
bool follow_end(struct tx *tx, int64_t brand, int64_t member, int64_t topic, struct error *e) MUST_USE;
bool follow_list(struct tx *tx, struct arena *a, int64_t brand, int64_t member, struct follow **out, size_t *count,
                 struct error *e) MUST_USE;
