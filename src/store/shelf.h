/* SPDX-License-Identifier: Apache-2.0 */
/* Small nouns: payloads as networks sent them, sketches of replies, snippets, saved views,
 * idempotency keys, and what an import brought. */
#pragma once

#include "store/store.h"

struct json;

struct payload {
    int64_t brand_id, id, channel_id;
    struct str body;
    struct str state; /* "read", "unread", "replayed" */
    struct str reason;
    int64_t replayed_by, replayed_at;
    struct str listing; /* an answer to asking: how it was asked (JSON); empty: a webhook */
};
/* The row read now, its columns those of {payload}. */
struct payload payload_of_row(const struct rows *rows, struct arena *a);
bool payload_add(struct tx *tx, const struct payload *p, struct error *e) MUST_USE;
bool payload_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct payload *out,
                   struct error *e) MUST_USE;
bool payload_set_state(struct tx *tx, int64_t brand, int64_t id, struct str state, struct str reason, int64_t by,
                       int64_t at, struct error *e) MUST_USE;
/* Its bytes go, the fact that it came stays. One that is still unread is kept whole. */
bool payload_forget(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
/* Unread ones, newest first, without bodies; before 0: from the newest. */
bool payload_unread(struct tx *tx, struct arena *a, int64_t brand, int64_t before, int limit, struct payload **out,
                    size_t *count, struct error *e) MUST_USE;
bool payload_unread_count(struct tx *tx, int64_t brand, int64_t *out, struct error *e) MUST_USE;

bool shingle_add(struct tx *tx, int64_t brand, int64_t hash, int64_t message, int64_t person,
                 struct error *e) MUST_USE;
bool shingle_delete(struct tx *tx, int64_t brand, int64_t hash, int64_t message, struct error *e) MUST_USE;
struct shingle_hit {
    int64_t message_id, person_id, shared;
};
/* Replies that share shingles with these, most first. */
bool shingle_find(struct tx *tx, struct arena *a, int64_t brand, const int64_t *hashes, size_t n,
                  struct shingle_hit **out, size_t *count, struct error *e) MUST_USE;

/* An agent's own wording and the snippets of all (agent_id null): [{id, shortcut, title, text, language, agent_id}].
 * With agent 0: those of all only. */
struct json *snippet_list(struct tx *tx, struct arena *a, int64_t brand, int64_t agent, struct error *e) MUST_USE;
bool snippet_put(struct tx *tx, int64_t brand, int64_t agent, int64_t id, struct str shortcut, struct str title,
                 struct str text, struct str language, struct error *e) MUST_USE;
bool snippet_remove(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e) MUST_USE;

/* Those of all colleagues (agent_id null), then an agent's own: [{id, name, filter, agent_id}]. Kept with agent 0, a
 * view is for all. */
struct json *saved_view_list(struct tx *tx, struct arena *a, int64_t brand, int64_t agent, struct error *e) MUST_USE;
bool saved_view_put(struct tx *tx, int64_t brand, int64_t agent, int64_t id, struct str name, struct str filter,
                    struct error *e) MUST_USE;
bool saved_view_remove(struct tx *tx, int64_t brand, int64_t agent, int64_t id, struct error *e) MUST_USE;

/* A second look at what was set aside. verdict: "troll" or "person" (it should not have been set aside). */
bool second_look_add(struct tx *tx, int64_t brand, int64_t id, int64_t conversation, int64_t agent,
                     const char *verdict, int64_t at, struct error *e) MUST_USE;
/* How many there were of this conversation since it was set aside. */
bool second_look_of(struct tx *tx, int64_t brand, int64_t conversation, int64_t since, int64_t *out,
                    struct error *e) MUST_USE;
/* How many looks since an id, and how many of them found a person. */
bool second_look_count(struct tx *tx, int64_t brand, int64_t since_id, int64_t *looked, int64_t *wrong,
                       struct error *e) MUST_USE;

/* {request, status, answer} of an earlier call; ERR_NOT_FOUND. */
struct json *idempotency_get(struct tx *tx, struct arena *a, int64_t brand, struct str key, struct error *e) MUST_USE;
bool idempotency_put(struct tx *tx, int64_t brand, struct str key, struct str request, int status, struct str answer,
                     int64_t at, struct error *e) MUST_USE;
bool idempotency_expire(struct tx *tx, int64_t brand, int64_t before, struct error *e) MUST_USE;

/* *id is 0 when this was never imported. */
bool imported_get(struct tx *tx, int64_t brand, struct str key, int64_t *id, struct error *e) MUST_USE;
bool imported_put(struct tx *tx, int64_t brand, struct str key, int64_t id, struct error *e) MUST_USE;

/* Whether the search index holds anything of this brand (SQLite: of any). */
bool search_any(struct tx *tx, int64_t brand, bool *out, struct error *e) MUST_USE;
