/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of people: what finding and merging share. */
#pragma once

#include "care/people.h"

bool person_event(struct tx *tx, const char *kind, int64_t brand, int64_t person, int64_t actor, struct json *data,
                  struct error *e) MUST_USE;
/* Somebody of whom we knew only a message turns out to be somebody we know, as the network says: what is theirs
 * moves, and nothing is left to take apart. */
bool person_rehome(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e) MUST_USE;
struct conversation;
/* All of a person's conversations, however many; in the transaction's arena. */
bool person_conversations(struct tx *tx, int64_t brand, int64_t person, struct conversation **out, size_t *count,
                          struct error *e) MUST_USE;
/* The figures that follow from the messages, after some of them left, came or changed. messages: how many more. */
bool conversation_figures_again(struct tx *tx, struct conversation *c, int64_t messages, struct error *e) MUST_USE;
