/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes of an installation: each serving process has a number of its own, which is part of the ids it makes
 * (base/id.h), and a life, a number that no other process ever has. What is seen of a beat is compared by whoever
 * watches with a clock of their own; the times are for people. Commands that write run for brand 0. */
#pragma once

#include "store/store.h"

#define NODES_MAX       512 /* numbers of servers; commands take one of those above by chance */
#define NODE_NUMBERS    1024
#define NODE_BEAT_US    (2 * INT64_C(1000000))
#define NODE_SILENT_US  (6 * INT64_C(1000000))  /* without a new beat: it is not living */
#define NODE_FORGOT_US  (60 * INT64_C(1000000)) /* and its number may be taken */
#define NODE_ALONE_BEAT (60 * INT64_C(1000000)) /* where a file has one server: for people only */

struct node {
    int64_t number, life;
    struct str host, version;
    int64_t since, seen_at, beat;
};

/* Takes a number that nobody has, by chance, and fills it in. life, host and version are given. */
bool node_take(struct tx *tx, struct node *node, struct error *e) MUST_USE;
/* *there is false when the number was taken from this life: it seemed to have ended. */
bool node_beat(struct tx *tx, const struct node *node, bool *there, struct error *e) MUST_USE;
bool node_leave(struct tx *tx, const struct node *node, struct error *e) MUST_USE;
/* One that was seen with this beat, if it still has it. */
bool node_forget(struct tx *tx, const struct node *node, struct error *e) MUST_USE;
/* All but this life: a file belongs to one server. */
bool node_alone(struct tx *tx, int64_t life, struct error *e) MUST_USE;
bool node_list(struct tx *tx, struct arena *a, struct node **out, size_t *count, struct error *e) MUST_USE;
