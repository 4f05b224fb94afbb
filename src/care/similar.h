/* SPDX-License-Identifier: Apache-2.0 */
/* Is this reply written for the person? Word shingles of replies the network accepted, kept as a small sketch each.
 */
#pragma once

#include "base/error.h"
#include "store/message.h"

bool similar_remember(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
/* With the words it was remembered by. */
bool similar_forget(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
/* How many other persons were told nearly the same (at least 60 % of the sketch), and the newest such reply. */
struct similar {
    int64_t people;
    int64_t message_id;
};
bool similar_find(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct str text, struct similar *out,
                  struct error *e) MUST_USE;
