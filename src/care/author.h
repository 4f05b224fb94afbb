/* SPDX-License-Identifier: Apache-2.0 */
/* Who acts. An actor is anybody signed in: a colleague, or an integration by its token. An author is a colleague, a
 * human, signed in by a session: only an author can send a message to a person, and only author_of_session makes one
 * (there is no automatic reply in Ascolto, and no way to add one). */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "store/agent.h"

struct tx;
struct arena;

struct actor {
    int64_t brand_id;
    int64_t agent_id; /* of an integration: who made its token */
    int64_t token_id; /* 0: a colleague in person */
    enum role role;
    struct str name;
};

struct author;
struct session;
/* The colleague behind a living session of the brand, with a role that may answer. The session's hash is looked up
 * again here: an author cannot be made up from ids. */
const struct author *author_of_session(struct tx *tx, struct arena *a, int64_t brand, struct str session_hash,
                                       struct error *e) MUST_USE;
int64_t author_brand(const struct author *author);
int64_t author_agent(const struct author *author);

#define SESSION_IDLE_US (14 * DAY_US)
/* How long the token before a rotation is still good once the new one has come to use, for the requests under way. */
#define SESSION_ROTATED_US MINUTE_US
/* Whether this token opens the session that was found by it. The answer that brought a new token may be lost: the one
 * before is good until the new one was used. */
bool session_opens(const struct session *session, struct str hash, int64_t now);
