/* SPDX-License-Identifier: Apache-2.0 */
/* Persons (customers) and their identities on networks. A merge moves identities and conversations from one person to
 * another and remembers what it moved, so that it can be undone without loss. */
#pragma once

#include "store/store.h"

struct json;

struct person {
    int64_t brand_id, id;
    struct str name, language, place, note;
    int64_t since, last_at;
    int64_t merged_into; /* 0: not merged */
};
bool person_add(struct tx *tx, const struct person *person, struct error *e) MUST_USE;
bool person_update(struct tx *tx, const struct person *person, struct error *e) MUST_USE; /* all but the id */
bool person_seen(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
/* A page of all, merged ones included, by id: those after an id. */
bool person_list(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int limit, struct person **out,
                 size_t *count, struct error *e) MUST_USE;
bool person_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct person *out,
                  struct error *e) MUST_USE;
/* out[i] is the person ids[i], all by one statement; at most 400. */
bool person_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct person *out,
                   struct error *e) MUST_USE;

/* Who waits longest: their message, and what a row shows of them (id, name, language). ERR_NOT_FOUND when nobody
 * waits. */
struct longest {
    int64_t conversation_id, channel_id, at;
    struct person person;
};
bool person_waiting_longest(struct tx *tx, struct arena *a, int64_t brand, struct longest *out,
                            struct error *e) MUST_USE;

struct identity {
    int64_t brand_id;
    struct str network, external_id;
    int64_t person_id;
    int64_t first_person_id; /* whose it was before any merge */
    struct str handle, name, phone;
    struct str unreachable; /* why they cannot be reached here ("blocked", "window"), or empty */
    int64_t seen_at;
    int64_t told_at; /* when the network last told its name, where it may be kept only for so long from then; 0: no
                      * such rule; below 0: it went at that moment */
};
/* The row read now, its columns those of {identity}; of {person} from `at` on. */
struct identity identity_of_row(const struct rows *rows, struct arena *a);
struct person person_of_row(const struct rows *rows, int at, struct arena *a);
bool identity_add(struct tx *tx, const struct identity *identity, struct error *e) MUST_USE;
bool identity_update(struct tx *tx, const struct identity *identity, struct error *e) MUST_USE; /* names, phone */
bool identity_set_told(struct tx *tx, const struct identity *identity, struct error *e) MUST_USE;
/* Those of a network that were told before a moment and have not gone, the oldest first. */
bool identity_told_before(struct tx *tx, struct arena *a, int64_t brand, struct str network, int64_t before,
                          int limit, struct identity **out, size_t *count, struct error *e) MUST_USE;
bool identity_find(struct tx *tx, struct arena *a, int64_t brand, struct str network, struct str external_id,
                   struct identity *out, struct error *e) MUST_USE;
bool identity_unreachable(struct tx *tx, int64_t brand, struct str network, struct str external_id, struct str why,
                          struct error *e) MUST_USE;
/* They wrote: what made them unreachable is over. */
bool identity_reachable(struct tx *tx, int64_t brand, struct str network, struct str external_id,
                        struct error *e) MUST_USE;
bool identity_move(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e) MUST_USE;
bool identity_move_one(struct tx *tx, int64_t brand, struct str network, struct str external_id, int64_t into,
                       struct error *e) MUST_USE;
bool identity_list(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct identity **out,
                   size_t *count, struct error *e) MUST_USE;
/* Somebody whose name is to be asked of their network. */
struct nameless {
    struct str network, external_id;
    int64_t channel_id, tries, next_at;
};
/* Changes nothing when it is known already, be it that the network did not say. */
bool nameless_put(struct tx *tx, int64_t brand, const struct nameless *who, struct error *e) MUST_USE;
/* Of each channel that is not busy those that are due first, which is mostly one; at most 20. */
bool nameless_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, const int64_t *busy, size_t busy_n,
                  struct nameless **out, size_t *count, struct error *e) MUST_USE;
bool nameless_again(struct tx *tx, int64_t brand, const struct nameless *who, struct error *e) MUST_USE;
bool nameless_delete(struct tx *tx, int64_t brand, struct str network, struct str external_id,
                     struct error *e) MUST_USE;

struct person_merge {
    int64_t brand_id, id, from_id, into_id, agent_id;
    struct str moved; /* JSON: what was moved */
    int64_t at, undone_at;
};
bool person_merge_add(struct tx *tx, const struct person_merge *merge, struct error *e) MUST_USE;
bool person_merge_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct person_merge *out,
                        struct error *e) MUST_USE;
bool person_merge_undone(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
/* [{id, from_id, from_name, agent_id, at}], not undone, newest first */
struct json *person_merge_list(struct tx *tx, struct arena *a, int64_t brand, int64_t into, struct error *e) MUST_USE;
