/* SPDX-License-Identifier: Apache-2.0 */
/* The only place where an author is made. */
#include "care/author.h"

#include "base/arena.h"
#include "base/clock.h"
#include "db/tx.h"

struct author {
    int64_t brand_id, agent_id;
};

bool session_opens(const struct session *s, struct str hash, int64_t now)
{
    int64_t since = s->confirmed_at > s->rotated_at ? s->confirmed_at : s->rotated_at;
    if (s->seen_at + SESSION_IDLE_US < now)
        return false;
    return str_eq(s->hash, hash) || s->confirmed_at == 0 || since + SESSION_ROTATED_US > now;
}

const struct author *author_of_session(struct tx *tx, struct arena *a, int64_t brand, struct str session_hash,
                                       struct error *e)
{
    struct session session;
    struct agent agent;
    if (!session_find(tx, a, brand, session_hash, &session, e) || !session_opens(&session, session_hash, tx_now(tx)))
        return fail_null(e, ERR_UNAUTHENTICATED, "Please sign in: only a colleague in person can answer.");
    if (!agent_by_id(tx, a, brand, session.agent_id, &agent, e))
        return NULL;
    if (agent.removed_at || agent.role < ROLE_AGENT)
        return fail_null(e, ERR_FORBIDDEN, "You can read here, and not answer.");
    struct author *author = ARENA_NEW(a, struct author);
    *author = (struct author){brand, agent.id};
    return author;
}

int64_t author_brand(const struct author *author)
{
    return author->brand_id;
}

int64_t author_agent(const struct author *author)
{
    return author->agent_id;
}
