/* SPDX-License-Identifier: Apache-2.0 */
/* Words that come back from the network and are those of a reply that is under way: only where it is that very reply,
 * or it would be taken for sent and nobody would get it. */
#include "house_fixture.h"

int care_reply_echo_test(void);

#define WORDS "Va bene, grazie"

/* They wrote, and Marta's answer left without a word from the network. */
static int64_t unsure(struct care *c, const struct account *account, const char *door, struct channel_event theirs)
{
    struct outcome lost = {.kind = OUTCOME_FAILED, .failure = FAILURE_TRANSIENT, .words = STR("no answer")};
    int64_t id, story = message_now(c, take(c, account, theirs).message).conversation_id;
    listen_to(c, story);
    struct reply_request request = {
        .conversation_id = story, .channel_id = account->row.id, .door = str_from(door), .text = STR(WORDS)};
    DO(c, send_as(tx, c, c->marta_session, &request, &id, &e));
    claim(c, id);
    DO(c, reply_failed(tx, c->brand, id, &lost, 0, STR_EMPTY, true, &e));
    return id;
}

static struct channel_event ours(struct channel_event event, int64_t at)
{
    event.echo = true;
    event.at = at;
    return event;
}

static struct channel_event on_messenger(struct care *c, const char *words)
{
    struct channel_event event = event_direct(c, "1", words);
    event.door = STR("messenger");
    return event;
}

static void what_was_said_before_it_was_written_is_another(void **state)
{
    struct care *c = *state;
    int64_t reply = unsure(c, &c->whatsapp, "whatsapp", event_direct(c, "1", "Passo domani"));
    int64_t at = message_now(c, reply).at;
    take(c, &c->whatsapp, ours(event_direct(c, "1", WORDS), at - 3 * DAY_US)); /* a list told of it late */
    assert_int_equal(message_now(c, reply).receipt, MESSAGE_QUEUED);
    assert_str(outbox_now(c, reply).state, "unsure");
    take(c, &c->whatsapp, ours(event_direct(c, "1", WORDS), at - DAY_US)); /* clocks go wrong */
    assert_int_equal(message_now(c, reply).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE outbound = 1"), 2);
    house_is_sound(c);
}

static void what_was_said_in_public_is_not_what_goes_in_private(void **state)
{
    struct care *c = *state;
    struct channel_event comment = event_comment(c, "1", "Grazie a voi");
    int64_t reply = unsure(c, &c->facebook, "messenger", on_messenger(c, "Passo domani"));
    take(c, &c->facebook, comment);
    struct channel_event below = ours(event_comment(c, "1", WORDS), clock_now());
    below.parent_id = comment.external_id;
    take(c, &c->facebook, below);
    assert_int_equal(message_now(c, reply).receipt, MESSAGE_QUEUED);
    assert_str(outbox_now(c, reply).state, "unsure");
    take(c, &c->facebook, ours(on_messenger(c, WORDS), clock_now()));
    assert_int_equal(message_now(c, reply).receipt, MESSAGE_ACCEPTED);
    house_is_sound(c);
}

/* Facebook names a private reply's echo as any message in private. */
static void a_private_reply_comes_back_in_private(void **state)
{
    struct care *c = *state;
    int64_t reply = unsure(c, &c->facebook, "private_reply", event_comment(c, "1", "Passo domani"));
    take(c, &c->facebook, ours(on_messenger(c, WORDS), clock_now()));
    assert_int_equal(message_now(c, reply).receipt, MESSAGE_ACCEPTED);
    house_is_sound(c);
}

static bool settled(struct tx *tx, struct care *c, int64_t id, struct error *e)
{
    const struct author *author = author_of_session(tx, tx_arena(tx), c->brand, c->marta_session, e);
    return author && reply_settle(tx, author, id, true, e);
}

/* Or its own echo would be shown as one more, when it comes. */
static void what_a_colleague_settled_keeps_its_place_for_its_echo(void **state)
{
    struct care *c = *state;
    int64_t reply = unsure(c, &c->whatsapp, "whatsapp", event_direct(c, "1", "Passo domani"));
    int64_t at = message_now(c, reply).at;
    DO(c, settled(tx, c, reply, &e));
    take(c, &c->whatsapp, ours(event_direct(c, "1", WORDS), at - 3 * DAY_US));
    assert_int_equal(message_now(c, reply).external_id.len, 0);
    struct channel_event own = ours(event_direct(c, "1", WORDS), at + SECOND_US);
    take(c, &c->whatsapp, own);
    assert_true(str_eq(message_now(c, reply).external_id, own.external_id));
    house_is_sound(c);
}

int care_reply_echo_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(what_was_said_before_it_was_written_is_another),
        CARE_TEST(what_was_said_in_public_is_not_what_goes_in_private),
        CARE_TEST(a_private_reply_comes_back_in_private),
        CARE_TEST(what_a_colleague_settled_keeps_its_place_for_its_echo),
    };
    return cmocka_run_group_tests_name("care/reply_echo", tests, NULL, NULL);
}
