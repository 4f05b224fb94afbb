/* SPDX-License-Identifier: Apache-2.0 */
/* What pages are known to ask, said together (db_ahead). The values are those that the functions of this folder pass:
 * where one of them changes, the page still shows the same, and pays a journey more, which `make bench` shows. */
#pragma once

#include "base/compiler.h"

struct tx;

/* Everything around a list: names, tabs, labels, counts. */
void ahead_desk(struct tx *tx, int64_t brand, int64_t agent);
/* The middle of the desk while no story is open. */
void ahead_today(struct tx *tx, int64_t brand, int64_t day);
void ahead_story(struct tx *tx, int64_t brand, int64_t conversation, int64_t agent, int messages);
/* The person of a story. */
void ahead_person(struct tx *tx, int64_t brand, int64_t person);
