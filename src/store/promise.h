/* SPDX-License-Identifier: Apache-2.0 */
/* Promises made in replies: noticed by the program, confirmed by their author, open until kept or broken. */
#pragma once

#include "store/store.h"

struct promise {
    int64_t brand_id, id, conversation_id, person_id, message_id, agent_id;
    struct str text; /* the words of the promise */
    int64_t due_at;
    struct str state; /* "noticed", "open", "kept", "broken", "dismissed" */
    int64_t reminded_at, ended_at, ended_by;
};
bool promise_add(struct tx *tx, const struct promise *p, struct error *e) MUST_USE;
bool promise_update(struct tx *tx, const struct promise *p, struct error *e) MUST_USE; /* text, due, state … */
bool promise_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct promise *out,
                   struct error *e) MUST_USE;
bool promise_of_conversation(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation,
                             struct promise **out, size_t *count, struct error *e) MUST_USE;
bool promise_of_person(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct promise **out,
                       size_t *count, struct error *e) MUST_USE;
/* Open ones due before a moment. */
bool promise_due(struct tx *tx, struct arena *a, int64_t brand, int64_t before, struct promise **out, size_t *count,
                 struct error *e) MUST_USE;
/* The nearest due_at of the open ones of a conversation; 0: none. */
bool promise_nearest(struct tx *tx, int64_t brand, int64_t conversation, int64_t *out, struct error *e) MUST_USE;
bool promise_move_person(struct tx *tx, int64_t brand, int64_t conversation, int64_t person,
                         struct error *e) MUST_USE;
/* Those made in one message, which goes from a conversation to another. */
bool promise_move(struct tx *tx, int64_t brand, int64_t message, int64_t from, int64_t conversation, int64_t person,
                  struct error *e) MUST_USE;
bool promise_delete_of(struct tx *tx, int64_t brand, int64_t message, struct error *e) MUST_USE;
