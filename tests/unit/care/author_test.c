/* SPDX-License-Identifier: Apache-2.0 */
/* Only a colleague in person, signed in now, is an author. */
#include "house_fixture.h"

int care_author_test(void);

static bool author_is(struct tx *tx, struct care *c, int64_t brand, struct str hash, int64_t agent, struct error *e)
{
    const struct author *author = author_of_session(tx, c->arena, brand, hash, e);
    return author && author_agent(author) == agent && author_brand(author) == brand;
}

static void a_living_session_makes_an_author(void **state)
{
    struct care *c = *state;
    DO(c, author_is(tx, c, c->brand, c->marta_session, c->h->marta.agent_id, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, STR("made-up"), 0, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, STR(""), 0, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand + 1, c->marta_session, 0, &e));
}

static bool token_make(struct tx *tx, struct care *c, struct str hash, struct error *e)
{
    struct token token = {.brand_id = c->brand,
                          .id = id_new(),
                          .name = STR("crm"),
                          .hash = hash,
                          .role = ROLE_AGENT,
                          .created_by = c->h->marta.agent_id,
                          .created_at = tx_now(tx)};
    return token_add(tx, &token, e);
}

static void a_token_is_no_author(void **state)
{
    struct care *c = *state;
    DO(c, token_make(tx, c, STR("token-hash"), &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, STR("token-hash"), 0, &e));
}

static void an_old_session_makes_none(void **state)
{
    struct care *c = *state;
    DO(c, session_seen(tx, c->brand, c->marta_session, tx_now(tx) - SESSION_IDLE_US + MINUTE_US, &e));
    DO(c, author_is(tx, c, c->brand, c->marta_session, c->h->marta.agent_id, &e));
    DO(c, session_seen(tx, c->brand, c->marta_session, tx_now(tx) - SESSION_IDLE_US - 1, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, c->marta_session, 0, &e));
    DO(c, session_end(tx, c->brand, c->paolo_session, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, c->paolo_session, 0, &e));
}

static bool rotated(struct tx *tx, struct care *c, struct str from, const char *to, bool lost, int64_t ago,
                    struct error *e)
{
    bool done;
    return session_rotate(tx, c->brand, from, str_from(to), lost, tx_now(tx) - ago, &done, e) &&
           (done || fail(e, ERR_CONFLICT, "Somebody was faster"));
}

/* The token before a rotation is good until the new one was used, then for the requests under way, and no longer. */
static void a_token_is_good_until_the_next_one_was_used(void **state)
{
    struct care *c = *state;
    DO(c, rotated(tx, c, c->marta_session, "fresh", false, 70 * SECOND_US, &e));
    REFUSED(c, ERR_CONFLICT, rotated(tx, c, c->marta_session, "twin", false, 0, &e)); /* of two at once, one */
    DO(c, author_is(tx, c, c->brand, STR("fresh"), c->h->marta.agent_id, &e));
    DO(c, author_is(tx, c, c->brand, c->marta_session, c->h->marta.agent_id, &e));
    DO(c, session_confirm(tx, c->brand, STR("fresh"), tx_now(tx) - 50 * SECOND_US, &e));
    DO(c, session_confirm(tx, c->brand, STR("fresh"), tx_now(tx), &e)); /* only the first use counts */
    DO(c, author_is(tx, c, c->brand, c->marta_session, c->h->marta.agent_id, &e));
    REFUSED(c, ERR_CONFLICT, rotated(tx, c, STR("fresh"), "twin", true, 0, &e)); /* it is not lost */
    DO(c, rotated(tx, c, STR("fresh"), "fresher", false, 65 * SECOND_US, &e));
    DO(c, session_confirm(tx, c->brand, STR("fresher"), tx_now(tx) - 61 * SECOND_US, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, STR("fresh"), 0, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, c->marta_session, 0, &e));
    DO(c, author_is(tx, c, c->brand, STR("fresher"), c->h->marta.agent_id, &e));
}

static void a_lost_token_is_replaced(void **state)
{
    struct care *c = *state;
    DO(c, rotated(tx, c, c->marta_session, "lost", false, 70 * SECOND_US, &e));
    DO(c, rotated(tx, c, STR("lost"), "found", true, 0, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, STR("lost"), 0, &e));
    DO(c, author_is(tx, c, c->brand, STR("found"), c->h->marta.agent_id, &e));
    DO(c, author_is(tx, c, c->brand, c->marta_session, c->h->marta.agent_id, &e));
    DO(c, session_end(tx, c->brand, c->marta_session, &e)); /* by the one before, too */
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, STR("found"), 0, &e));
    REFUSED(c, ERR_UNAUTHENTICATED, author_is(tx, c, c->brand, c->marta_session, 0, &e));
    DO(c, session_end(tx, c->brand, c->marta_session, &e)); /* and twice is once */
}

static bool agent_change(struct tx *tx, struct care *c, enum role role, int64_t removed_at, struct error *e)
{
    struct agent agent;
    if (!agent_by_id(tx, tx_arena(tx), c->brand, c->h->marta.agent_id, &agent, e))
        return false;
    agent.role = role;
    agent.removed_at = removed_at;
    return agent_update(tx, &agent, e);
}

static void who_may_only_read_or_left_is_none(void **state)
{
    struct care *c = *state;
    DO(c, agent_change(tx, c, ROLE_READ_ONLY, 0, &e));
    REFUSED(c, ERR_FORBIDDEN, author_is(tx, c, c->brand, c->marta_session, 0, &e));
    DO(c, agent_change(tx, c, ROLE_ADMIN, 0, &e));
    DO(c, author_is(tx, c, c->brand, c->marta_session, c->h->marta.agent_id, &e));
    DO(c, agent_change(tx, c, ROLE_ADMIN, 1, &e));
    REFUSED(c, ERR_FORBIDDEN, author_is(tx, c, c->brand, c->marta_session, 0, &e));
    tamper(c, "DELETE FROM agent WHERE name = 'marta'");
    REFUSED(c, ERR_NOT_FOUND, author_is(tx, c, c->brand, c->marta_session, 0, &e));
}

int care_author_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(a_living_session_makes_an_author), CARE_TEST(a_token_is_no_author),
        CARE_TEST(an_old_session_makes_none),        CARE_TEST(a_token_is_good_until_the_next_one_was_used),
        CARE_TEST(a_lost_token_is_replaced),         CARE_TEST(who_may_only_read_or_left_is_none),
    };
    return cmocka_run_group_tests_name("care/author", tests, NULL, NULL);
}
