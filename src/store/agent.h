/* SPDX-License-Identifier: Apache-2.0 */
/* Agents (colleagues), their sessions, and API tokens. Secrets are stored as hashes only. */
#pragma once

#include "store/store.h"

struct json;

/* Ordered: each may do what the one before may. */
enum role { ROLE_NONE, ROLE_READ_ONLY, ROLE_AGENT, ROLE_LEAD, ROLE_ADMIN };
const char *role_name(enum role role); /* "read-only", "agent", "lead", "admin" */
enum role role_from(struct str name);  /* ROLE_NONE when unknown */

struct agent {
    int64_t brand_id, id;
    struct str email; /* folded */
    struct str name;
    enum role role;
    struct str password; /* hash */
    struct str language; /* "it", "en" */
    struct str scheme;   /* "auto", "light", "dark" */
    bool single_keys;
    int64_t created_at, removed_at;
};

bool agent_add(struct tx *tx, const struct agent *agent, struct error *e) MUST_USE;
bool agent_update(struct tx *tx, const struct agent *agent, struct error *e) MUST_USE; /* all but the id */
/* Its password's hash alone: what else changed since the agent was read stays. */
bool agent_set_password(struct tx *tx, int64_t brand, int64_t id, struct str hash, struct error *e) MUST_USE;
bool agent_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct agent *out,
                 struct error *e) MUST_USE;
bool agent_by_email(struct tx *tx, struct arena *a, int64_t brand, struct str email, struct agent *out,
                    struct error *e) MUST_USE;
/* Everybody, removed ones included, by name. */
bool agent_list(struct tx *tx, struct arena *a, int64_t brand, struct agent **out, size_t *count,
                struct error *e) MUST_USE;

struct session {
    int64_t brand_id, agent_id;
    struct str hash; /* of the cookie's token */
    struct str csrf;
    struct str browser;
    int64_t created_at, seen_at;
    struct str rotated_hash; /* the token before the last rotation: honoured until the new one has come to use, and a
                                minute longer */
    int64_t rotated_at;
    int64_t confirmed_at; /* when the token was first used after the last rotation; 0: not yet */
};
bool session_add(struct tx *tx, const struct session *session, struct error *e) MUST_USE;
/* Also finds a session by its token before rotation. */
bool session_find(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct session *out,
                  struct error *e) MUST_USE;
/* The same with whose it is, and the newest event of the log: what every page begins with. */
struct session_visit {
    struct session session;
    struct agent agent;
    int64_t event;
};
bool session_visit(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct session_visit *out,
                   struct error *e) MUST_USE;
bool session_seen(struct tx *tx, int64_t brand, struct str hash, int64_t now, struct error *e) MUST_USE;
/* A new token in the place of `hash`, which is the one before from now on; or, where the new one was lost before it
 * was used, in the place of the lost one. *done is false when somebody else was faster. */
bool session_rotate(struct tx *tx, int64_t brand, struct str hash, struct str new_hash, bool lost, int64_t now,
                    bool *done, struct error *e) MUST_USE;
bool session_confirm(struct tx *tx, int64_t brand, struct str hash, int64_t now, struct error *e) MUST_USE;
/* By its token or the one before. */
bool session_end(struct tx *tx, int64_t brand, struct str hash, struct error *e) MUST_USE;
bool session_end_all(struct tx *tx, int64_t brand, int64_t agent, struct error *e) MUST_USE;
/* Ends those not seen since, in all brands. */
bool session_expire(struct tx *tx, int64_t brand, int64_t seen_before, struct error *e) MUST_USE;
/* [{hash, browser, created_at, seen_at}] */
struct json *session_list(struct tx *tx, struct arena *a, int64_t brand, int64_t agent, struct error *e) MUST_USE;

struct token {
    int64_t brand_id, id;
    struct str name;
    struct str hash;
    enum role role; /* READ_ONLY or AGENT: never more than its maker's, and never a reply */
    int64_t created_by, created_at, used_at, revoked_at;
};
bool token_add(struct tx *tx, const struct token *token, struct error *e) MUST_USE;
bool token_find(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct token *out,
                struct error *e) MUST_USE;
bool token_used(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e) MUST_USE;
bool token_revoke(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e) MUST_USE;
/* [{id, name, role, created_by, created_at, used_at, revoked_at}] */
struct json *token_list(struct tx *tx, struct arena *a, int64_t brand, struct error *e) MUST_USE;
