/* SPDX-License-Identifier: Apache-2.0 */
/* What pages are known to ask, said together (db_ahead). The values are those that the functions of this folder pass:
 * where one of them changes, the page still shows the same, and pays a journey more, which `make bench` shows. */
#pragma once

#include "base/compiler.h"

#include "base/str.h"

struct tx;

/* Which brand: of this name, by_host the oldest otherwise. */
void ahead_brand(struct tx *tx, struct str name, bool by_host);
/* Whose session, and where the log stands. */
void ahead_session(struct tx *tx, int64_t brand, struct str hash);

/* Everything around a list: names, tabs, labels, counts. */
void ahead_desk(struct tx *tx, int64_t brand, int64_t agent);
/* The middle of the desk while no story is open. */
void ahead_today(struct tx *tx, int64_t brand, int64_t day);
void ahead_conversation(struct tx *tx, int64_t brand, int64_t conversation);
void ahead_story(struct tx *tx, int64_t brand, int64_t conversation, int messages);
/* Those lists of a story and of its person that have rows (enum story_part). */
void ahead_parts(struct tx *tx, int64_t brand, int64_t conversation, int64_t agent, unsigned has);
void ahead_person(struct tx *tx, int64_t brand, int64_t person, unsigned has);
/* Words approved beforehand, of a channel. */
void ahead_approved(struct tx *tx, int64_t brand, int64_t channel);
