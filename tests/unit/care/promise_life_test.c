/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a promise: who may speak for it, how it comes back before its time, and how it ends. */
#include "house_support.h"

#include "care/promises.h"
#include "care/story.h"
#include "store/event.h"

int care_promise_life_test(void);

struct step {
    struct test_house *h;
    const struct actor *actor;
    int64_t conversation, promise, due, at;
    enum conversation_state state;
    const char *promise_state;
    bool kept;
    struct promise read;
    struct conversation now;
    size_t events;
    const char *kind;
};

static bool promised(struct tx *tx, void *ctx, struct error *e)
{
    struct step *s = ctx;
    struct conversation c = {.brand_id = s->h->brand.id,
                             .id = s->conversation = id_new(),
                             .person_id = s->h->person,
                             .state = s->state,
                             .priority = PRIORITY_NORMAL,
                             .snooze_until = s->state == CONVERSATION_SNOOZED ? tx_now(tx) + DAY_US : 0,
                             .last_at = tx_now(tx),
                             .created_at = tx_now(tx)};
    struct promise p = {.brand_id = s->h->brand.id,
                        .id = s->promise = id_new(),
                        .conversation_id = s->conversation,
                        .person_id = s->h->person,
                        .message_id = id_new(),
                        .agent_id = s->h->marta.agent_id,
                        .text = STR("la richiamo"),
                        .due_at = tx_now(tx) + s->due,
                        .state = str_from(s->promise_state)};
    return conversation_add(tx, &c, e) && promise_add(tx, &p, e);
}

static struct step promise_in(struct test_house *h, enum conversation_state state, const char *promise_state,
                              int64_t due)
{
    struct step s = {.h = h, .actor = &h->marta, .state = state, .promise_state = promise_state, .due = due};
    house_write(h, promised, &s);
    s.due = 0;
    return s;
}

static bool confirm(struct tx *tx, void *ctx, struct error *e)
{
    struct step *s = ctx;
    return promise_confirm(tx, s->actor, s->promise, s->due ? tx_now(tx) + s->due : 0, e);
}

static bool dismiss(struct tx *tx, void *ctx, struct error *e)
{
    struct step *s = ctx;
    return promise_dismiss(tx, s->actor, s->promise, e);
}

static bool end(struct tx *tx, void *ctx, struct error *e)
{
    struct step *s = ctx;
    return promise_end(tx, s->actor, s->promise, s->kept, e);
}

static bool remind(struct tx *tx, void *ctx, struct error *e)
{
    struct step *s = ctx;
    s->at = tx_now(tx);
    return promise_remind(tx, s->h->brand.id, e);
}

static bool settle(struct tx *tx, void *ctx, struct error *e)
{
    struct step *s = ctx;
    struct conversation c;
    return conversation_by_id(tx, tx_arena(tx), s->h->brand.id, s->conversation, &c, e) && story_settle(tx, &c, e);
}

static bool look(struct tx *tx, void *ctx, struct error *e)
{
    struct step *s = ctx;
    struct event *events;
    size_t count;
    s->events = 0;
    if (!promise_by_id(tx, s->h->arena, s->h->brand.id, s->promise, &s->read, e) ||
        !conversation_by_id(tx, s->h->arena, s->h->brand.id, s->conversation, &s->now, e) ||
        !event_newest(tx, tx_arena(tx), s->h->brand.id, INT64_MAX, 100, &events, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        s->events += events[i].subject_id == s->promise && str_eq(events[i].kind, str_from(s->kind));
    return true;
}

static void expect(struct step *s, const char *promise_state, enum conversation_state state, const char *kind,
                   size_t events)
{
    struct error e = {0};
    s->kind = kind;
    if (!db_read(s->h->house->db, look, s, &e))
        fail_msg("%s", e.message);
    if (!str_eq(s->read.state, str_from(promise_state)))
        fail_msg("the promise is %.*s, expected %s", STR_ARGS(s->read.state), promise_state);
    assert_string_equal(conversation_state_name(s->now.state), conversation_state_name(state));
    assert_int_equal(s->events, events);
}

static void refused(struct step *s, db_command *command, const struct actor *actor, enum error_code code)
{
    struct error e = {0};
    s->actor = actor;
    assert_false(db_write(s->h->house->db, s->h->brand.id, command, s, &e));
    assert_int_equal(e.code, code);
    s->actor = &s->h->marta;
}

static void a_noticed_promise_is_confirmed(void **state)
{
    struct step s = promise_in(*state, CONVERSATION_ANSWERED, "noticed", 3 * HOUR_US);
    expect(&s, "noticed", CONVERSATION_ANSWERED, "promise.confirmed", 0);
    assert_int_equal(s.now.promise_due, 0);
    house_write(*state, confirm, &s);
    expect(&s, "open", CONVERSATION_ANSWERED, "promise.confirmed", 1);
    assert_int_equal(s.now.promise_due, s.read.due_at);
    s.due = 5 * HOUR_US;
    house_write(*state, confirm, &s); /* another time */
    expect(&s, "open", CONVERSATION_ANSWERED, "promise.confirmed", 2);
    assert_int_equal(s.now.promise_due, s.read.due_at);
    assert_true(s.read.due_at > clock_now() + 4 * HOUR_US);
    s.due = -HOUR_US;
    refused(&s, confirm, &s.h->marta, ERR_BAD_INPUT);
    s.due = 500 * DAY_US;
    refused(&s, confirm, &s.h->marta, ERR_BAD_INPUT);
}

static void only_some_may_speak_for_it(void **state)
{
    struct test_house *h = *state;
    struct step s = promise_in(h, CONVERSATION_ANSWERED, "noticed", 3 * HOUR_US);
    refused(&s, confirm, &h->paolo, ERR_FORBIDDEN);
    refused(&s, confirm, &h->reader, ERR_FORBIDDEN);
    refused(&s, confirm, &h->token, ERR_FORBIDDEN);
    refused(&s, dismiss, &h->paolo, ERR_FORBIDDEN);
    refused(&s, confirm, &h->lead, ERR_FORBIDDEN); /* it is its author's to say, and nobody else's */
    refused(&s, dismiss, &h->lead, ERR_FORBIDDEN);
    house_write(h, confirm, &s);
    refused(&s, end, &h->paolo, ERR_FORBIDDEN);
    expect(&s, "open", CONVERSATION_ANSWERED, "promise.confirmed", 1);
    int64_t there = s.promise;
    s.promise = 12345;
    refused(&s, confirm, &h->marta, ERR_NOT_FOUND);
    s.promise = there;
    s.actor = &h->lead; /* once it is one, a lead may speak for who is absent */
    s.kept = true;
    house_write(h, end, &s);
    expect(&s, "kept", CONVERSATION_ANSWERED, "promise.kept", 1);
}

static void a_dismissed_promise_was_none(void **state)
{
    struct step s = promise_in(*state, CONVERSATION_ANSWERED, "noticed", HOUR_US);
    house_write(*state, dismiss, &s);
    expect(&s, "dismissed", CONVERSATION_ANSWERED, "promise.dismissed", 1);
    refused(&s, confirm, &s.h->marta, ERR_CONFLICT);
    refused(&s, end, &s.h->marta, ERR_CONFLICT);
    refused(&s, dismiss, &s.h->marta, ERR_CONFLICT);
}

static void it_comes_back_before_its_time(void **state)
{
    struct step s = promise_in(*state, CONVERSATION_ANSWERED, "open", 10 * MINUTE_US);
    struct step asleep = promise_in(*state, CONVERSATION_SNOOZED, "open", 10 * MINUTE_US);
    struct step later = promise_in(*state, CONVERSATION_ANSWERED, "open", 2 * HOUR_US);
    struct step closed = promise_in(*state, CONVERSATION_CLOSED, "open", 10 * MINUTE_US);
    struct step unconfirmed = promise_in(*state, CONVERSATION_ANSWERED, "noticed", 10 * MINUTE_US);
    house_write(*state, remind, &s);
    house_write(*state, remind, &s); /* told once */
    expect(&s, "open", CONVERSATION_WAITING, "promise.due", 1);
    assert_true(s.read.reminded_at > 0);
    assert_int_equal(s.now.promise_due, s.read.due_at);
    expect(&asleep, "open", CONVERSATION_WAITING, "promise.due", 1);
    assert_int_equal(asleep.now.snooze_until, 0);
    expect(&later, "open", CONVERSATION_ANSWERED, "promise.due", 0);
    expect(&closed, "open", CONVERSATION_CLOSED, "promise.due", 1);
    expect(&unconfirmed, "noticed", CONVERSATION_ANSWERED, "promise.due", 0);
    house_write(*state, settle, &s); /* nothing waits, and still it stays */
    expect(&s, "open", CONVERSATION_WAITING, "promise.due", 1);
    s.kept = true;
    house_write(*state, end, &s);
    expect(&s, "kept", CONVERSATION_ANSWERED, "promise.kept", 1);
    assert_int_equal(s.read.ended_by, s.h->marta.agent_id);
    assert_int_equal(s.now.promise_due, 0);
}

static void after_an_hour_it_is_broken(void **state)
{
    struct step s = promise_in(*state, CONVERSATION_ANSWERED, "open", -HOUR_US - MINUTE_US);
    struct step late = promise_in(*state, CONVERSATION_ANSWERED, "open", -HOUR_US + 5 * MINUTE_US);
    house_write(*state, remind, &s);
    house_write(*state, remind, &s);
    expect(&s, "broken", CONVERSATION_WAITING, "promise.broken", 1);
    assert_int_equal(s.read.ended_by, 0);
    assert_int_equal(s.read.ended_at > 0, 1);
    expect(&late, "open", CONVERSATION_WAITING, "promise.due", 1);
    refused(&s, confirm, &s.h->marta, ERR_CONFLICT);
    s.kept = true; /* they had been called, only nobody had said so */
    house_write(*state, end, &s);
    expect(&s, "kept", CONVERSATION_ANSWERED, "promise.kept", 1);
    refused(&s, end, &s.h->marta, ERR_CONFLICT);
}

static void a_colleague_says_it_was_not_kept(void **state)
{
    struct step s = promise_in(*state, CONVERSATION_WAITING, "open", 10 * MINUTE_US);
    house_write(*state, end, &s);
    expect(&s, "broken", CONVERSATION_ANSWERED, "promise.broken", 1);
    s.kept = true;
    refused(&s, end, &s.h->marta, ERR_CONFLICT); /* said by a person, it stands */
}

int care_promise_life_test(void)
{
#define LIFE(test) cmocka_unit_test_setup_teardown(test, house_set_up, house_tear_down)
    const struct CMUnitTest tests[] = {
        LIFE(a_noticed_promise_is_confirmed), LIFE(only_some_may_speak_for_it),
        LIFE(a_dismissed_promise_was_none),   LIFE(it_comes_back_before_its_time),
        LIFE(after_an_hour_it_is_broken),     LIFE(a_colleague_says_it_was_not_kept),
    };
    return cmocka_run_group_tests_name("care/promise_life", tests, NULL, NULL);
}
