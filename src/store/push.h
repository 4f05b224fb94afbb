/* SPDX-License-Identifier: Apache-2.0 */
/* Web Push: the brand's key, the browsers that asked to be told, and what is on its way to them. */
#pragma once

#include "store/store.h"

struct push_key {
    int64_t brand_id;
    struct str open;   /* base64url */
    struct str sealed; /* the secret half */
    int64_t told, created_at;
};
/* ERR_NOT_FOUND when there is none yet. */
bool push_key_get(struct tx *tx, struct arena *a, int64_t brand, struct push_key *out, struct error *e) MUST_USE;
bool push_key_add(struct tx *tx, const struct push_key *key, struct error *e) MUST_USE;
bool push_key_told(struct tx *tx, int64_t brand, int64_t event, struct error *e) MUST_USE;
bool push_key_delete(struct tx *tx, int64_t brand, struct error *e) MUST_USE;

struct push_device {
    int64_t brand_id, id;
    struct str hash;            /* of whose it is and where it is reached */
    int64_t guest_id, agent_id; /* one of the two is 0 */
    struct str session;         /* of the colleague: its csrf, with which the browser goes too */
    struct str sealed;          /* {endpoint, key, auth} */
    bool words;                 /* what was written is shown too */
    struct str language;
    int64_t created_at, told_at;
    int64_t lane; /* those of one lane are told one after the other: of one push service, a part */
};
bool push_device_add(struct tx *tx, const struct push_device *d, struct error *e) MUST_USE;
/* ERR_NOT_FOUND */
bool push_device_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct push_device *out,
                       struct error *e) MUST_USE;
/* Of a guest, or of a colleague (the other 0): the newest first. */
bool push_device_list(struct tx *tx, struct arena *a, int64_t brand, int64_t guest, int64_t agent,
                      struct push_device **out, size_t *count, struct error *e) MUST_USE;
/* Of every guest who is this person. */
bool push_device_of_person(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct push_device **out,
                           size_t *count, struct error *e) MUST_USE;
bool push_device_told(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
bool push_device_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
bool push_device_delete_hash(struct tx *tx, int64_t brand, struct str hash, struct error *e) MUST_USE;
bool push_device_delete_of(struct tx *tx, int64_t brand, int64_t guest, int64_t agent, struct error *e) MUST_USE;
bool push_device_delete_all(struct tx *tx, int64_t brand, struct error *e) MUST_USE;
/* Whether anybody is to be told. */
bool push_any(struct tx *tx, int64_t brand, bool *any, struct error *e) MUST_USE;
/* Those whose guest is not known any more, or whose colleague has signed out there; notes that are of no device, or
 * expired. */
bool push_tidy(struct tx *tx, int64_t brand, int64_t now, struct error *e) MUST_USE;

struct push_note {
    int64_t brand_id, device_id, conversation_id;
    struct str kind; /* "reply", "wrote", "handed", "due", "test" */
    int64_t subject_id, actor_id, attempts, next_at, expires_at;
    int64_t lane; /* of the browser */
};
/* In the place of one of the same story that is on its way to the same browser. */
bool push_note_put(struct tx *tx, const struct push_note *note, struct error *e) MUST_USE;
/* In which something is due. */
bool push_note_lanes(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int64_t **out, size_t *count,
                     struct error *e) MUST_USE;
bool push_note_due(struct tx *tx, struct arena *a, int64_t brand, int64_t lane, int64_t now, int limit,
                   struct push_note **out, size_t *count, struct error *e) MUST_USE;
/* Of this one alone: a newer one that took its place meanwhile stays. */
bool push_note_later(struct tx *tx, const struct push_note *note, int64_t next_at, struct error *e) MUST_USE;
bool push_note_delete(struct tx *tx, const struct push_note *note, struct error *e) MUST_USE;
