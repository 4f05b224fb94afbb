/* SPDX-License-Identifier: Apache-2.0 */
/* Where people want to be told that one of us wrote to them, and of which answers they were not told yet. */
#pragma once

#include "store/store.h"

struct notice {
    int64_t brand_id, id;
    struct str network, external_id; /* an identity */
    bool wanted;
    bool words;  /* with the words of the answer */
    bool nights; /* at night too */
    struct str language;
    int64_t confirmed_at; /* 0: the network vouches for it */
    int64_t told_at;      /* a notice is out; 0: none */
};
/* ERR_NOT_FOUND when there is none. */
bool notice_find(struct tx *tx, struct arena *a, int64_t brand, struct str network, struct str external_id,
                 struct notice *out, struct error *e) MUST_USE;
bool notice_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct notice *out,
                  struct error *e) MUST_USE;
/* Adds it, or changes all but the id of the one of this identity. */
bool notice_put(struct tx *tx, const struct notice *notice, struct error *e) MUST_USE;
/* Those of a person, by network. */
#define NOTICES_MAX 20
bool notice_list(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct notice **out, size_t *count,
                 struct error *e) MUST_USE;
bool notice_told(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;

struct untold {
    int64_t brand_id, id; /* the message's */
    int64_t conversation_id, due_at;
};
/* Changes nothing where one of this conversation waits already. */
bool untold_add(struct tx *tx, const struct untold *untold, struct error *e) MUST_USE;
bool untold_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, struct untold **out, size_t *count,
                struct error *e) MUST_USE;
bool untold_later(struct tx *tx, int64_t brand, int64_t id, int64_t due, struct error *e) MUST_USE;
bool untold_delete(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
bool untold_count(struct tx *tx, int64_t brand, int64_t conversation, int64_t *out, struct error *e) MUST_USE;
bool untold_seen(struct tx *tx, int64_t brand, int64_t conversation, struct error *e) MUST_USE;
