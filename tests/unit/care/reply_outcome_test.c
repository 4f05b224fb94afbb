/* SPDX-License-Identifier: Apache-2.0 */
/* What the network makes of a reply: accepted, failed in its class, echoed, delivered, read, lost. */
#include "house_fixture.h"

#include "care/promises.h"

int care_reply_outcome_test(void);

struct told {
    int64_t conversation, first, reply;
};

/* They wrote, and Marta's answer is in the outbox. */
static struct told told(struct care *c, const char *author)
{
    struct told t = {.first = hear(c, author, "La linea non va")};
    t.conversation = message_now(c, t.first).conversation_id;
    listen_to(c, t.conversation);
    t.reply = answer(c, t.conversation, "Sono Marta, guardo subito");
    return t;
}

static void failing(struct care *c, int64_t reply, enum failure failure, int retry_seconds, bool maybe)
{
    struct outcome outcome = {.kind = OUTCOME_FAILED,
                              .failure = failure,
                              .retry_seconds = retry_seconds,
                              .words = STR("the network's words"),
                              .code = STR("131/1")};
    claim(c, reply);
    DO(c, reply_failed(tx, c->brand, reply, &outcome, 0, STR_EMPTY, maybe, &e));
}

static struct channel_event receipt_of(struct care *c, const char *external_id, enum receipt receipt)
{
    struct channel_event event = event_of(c, CHANNEL_RECEIPT, str_from(external_id));
    event.receipt = receipt;
    event.note = STR("not delivered");
    event.at = clock_now();
    return event;
}

static bool settled(struct tx *tx, struct care *c, int64_t id, bool arrived, struct error *e)
{
    const struct author *author = author_of_session(tx, tx_arena(tx), c->brand, c->marta_session, e);
    return author && reply_settle(tx, author, id, arrived, e);
}

static bool retried(struct tx *tx, struct care *c, int64_t id, struct error *e)
{
    const struct author *author = author_of_session(tx, tx_arena(tx), c->brand, c->marta_session, e);
    return author && reply_retry(tx, author, id, e);
}

static struct channel_row channel_now(struct care *c, int64_t id)
{
    struct channel_row row;
    DO(c, channel_row_by_id(tx, c->arena, c->brand, id, &row, &e));
    return row;
}

static void what_did_not_arrive_promises_nothing(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    int64_t reply = answer(c, t.conversation, "Domani alle 9 la richiamo");
    int64_t promise = number_of(c, "SELECT id FROM promise");
    failing(c, reply, FAILURE_CONTENT, 0, false);
    REFUSED(c, ERR_CONFLICT, promise_confirm(tx, &c->h->marta, promise, 0, &e));
    DO(c, retried(tx, c, reply, &e));
    accept_reply(c, reply, "w2");
    DO(c, promise_confirm(tx, &c->h->marta, promise, 0, &e));
    assert_true(conversation_now(c, t.conversation).promise_due > 0);
    house_is_sound(c);
}

/* ---- accepted ---- */

static void accepted_answers_what_was_seen(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    int64_t later = hear(c, "1", "Anzi, adesso non va nemmeno il telefono");
    accept_reply(c, t.reply, "w1");
    assert_int_equal(message_now(c, t.first).place, PLACE_ANSWERED);
    assert_int_equal(message_now(c, t.first).place_by, c->h->marta.agent_id);
    assert_int_equal(message_now(c, later).place, PLACE_WAITING);
    struct conversation s = conversation_now(c, t.conversation);
    assert_int_equal(s.state, CONVERSATION_WAITING);
    assert_int_equal(s.waiting, 1);
    assert_int_equal(outbox_now(c, t.reply).id, 0);
    int64_t second = answer(c, t.conversation, "Capisco, mando un tecnico");
    accept_reply(c, second, "w2");
    assert_int_equal(conversation_now(c, t.conversation).state, CONVERSATION_ANSWERED);
    accept_reply(c, second, "w3"); /* said twice: nothing */
    assert_str(message_now(c, second).external_id, "w2");
    house_is_sound(c);
}

static void only_what_the_author_saw_is_answered(void **state)
{
    struct care *c = *state;
    int64_t first = hear(c, "1", "Uno"), second = hear(c, "1", "Due"), reply;
    int64_t id = message_now(c, first).conversation_id;
    listen_to(c, id);
    struct reply_request request = {.conversation_id = id,
                                    .channel_id = c->whatsapp.row.id,
                                    .door = STR("whatsapp"),
                                    .text = STR("A uno"),
                                    .seen = first};
    DO(c, send_as(tx, c, c->marta_session, &request, &reply, &e));
    accept_reply(c, reply, "w1");
    assert_int_equal(message_now(c, first).place, PLACE_ANSWERED);
    assert_int_equal(message_now(c, second).place, PLACE_WAITING);
    house_is_sound(c);
}

/* Networks that count whole seconds must not put an answer before what it answers. */
static void an_answer_stands_after_what_it_answers(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    struct message before = message_now(c, t.reply);
    DO(c, reply_accepted(tx, c->brand, t.reply, STR("w1"), before.at / SECOND_US * SECOND_US - SECOND_US, &e));
    assert_true(message_now(c, t.reply).at >= before.at);
    struct message *story;
    size_t n;
    DO(c, message_list(tx, c->arena, c->brand, t.conversation, (struct cursor){.limit = 9}, &story, &n, &e));
    assert_int_equal(n, 2);
    assert_int_equal(story[1].id, t.reply);
}

/* ---- failures ---- */

static void each_failure_has_its_way(void **state)
{
    struct care *c = *state;
    static const struct {
        enum failure failure;
        const char *state;
    } cases[] = {{FAILURE_WINDOW, "failed"},  {FAILURE_BLOCKED, "failed"},  {FAILURE_GONE, "failed"},
                 {FAILURE_CONTENT, "failed"}, {FAILURE_TRANSIENT, "ready"}, {FAILURE_RATE, "ready"},
                 {FAILURE_TOKEN, "ready"},    {FAILURE_PERMISSION, "ready"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct told t = told(c, str_cstr(c->arena, str_format(c->arena, "%zu", i)));
        failing(c, t.reply, cases[i].failure, 0, false);
        struct outbox row = outbox_now(c, t.reply);
        assert_str(row.state, cases[i].state);
        assert_str(row.failure, failure_name(cases[i].failure));
        assert_str(row.words, "the network's words");
        assert_str(row.code, "131/1");
        bool over = strcmp(cases[i].state, "failed") == 0;
        assert_int_equal(conversation_now(c, t.conversation).failed, over);
        assert_int_equal(message_now(c, t.reply).receipt, over ? MESSAGE_FAILED : MESSAGE_QUEUED);
        assert_int_equal(message_now(c, t.first).place, PLACE_WAITING);
        if (!over)
            assert_true(row.next_at > clock_now());
    }
    assert_str(channel_now(c, c->whatsapp.row.id).state, "paused");
    assert_true(channel_now(c, c->whatsapp.row.id).rate_until > clock_now());
    int64_t ready = number_of(c, "SELECT count(*) FROM outbox WHERE state = 'ready'");
    DO(c, account_resume(tx, c->brand, c->whatsapp.row.id, c->h->lead.agent_id, &e));
    assert_int_equal(ready, 4);
    assert_int_equal(number_of(c, "SELECT count(*) FROM outbox WHERE state = 'ready' AND next_at <= "
                                  "(SELECT max(at) FROM event)"),
                     ready); /* a renewed token sends what waited for it */
    house_is_sound(c);
}

static void the_network_says_how_long_to_wait(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    failing(c, t.reply, FAILURE_RATE, 120, false);
    int64_t wait = outbox_now(c, t.reply).next_at - clock_now();
    assert_true(wait > 110 * SECOND_US && wait <= 120 * SECOND_US);
    assert_true(channel_now(c, c->whatsapp.row.id).rate_until == outbox_now(c, t.reply).next_at);
}

static void what_fails_for_a_moment_is_tried_again_and_then_given_up(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    int64_t last_wait = 0;
    for (int i = 1; i < REPLY_ATTEMPTS_MAX; i++) {
        failing(c, t.reply, FAILURE_TRANSIENT, 0, false);
        int64_t wait = outbox_now(c, t.reply).next_at - clock_now();
        assert_str(outbox_now(c, t.reply).state, "ready");
        assert_true(wait > 4 * SECOND_US && wait < 34 * MINUTE_US);
        assert_true(wait * 2 > last_wait);
        last_wait = wait;
    }
    failing(c, t.reply, FAILURE_TRANSIENT, 0, false);
    assert_str(outbox_now(c, t.reply).state, "failed");
    assert_int_equal(conversation_now(c, t.conversation).failed, 1);
    DO(c, retried(tx, c, t.reply, &e));
    struct outbox row = outbox_now(c, t.reply);
    assert_str(row.state, "ready");
    assert_int_equal(row.attempts, 0);
    assert_str(row.failure, "");
    assert_int_equal(conversation_now(c, t.conversation).failed, 0);
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_QUEUED);
    accept_reply(c, t.reply, "w1");
    assert_int_equal(conversation_now(c, t.conversation).state, CONVERSATION_ANSWERED);
    house_is_sound(c);
}

static void a_failed_reply_brings_a_closed_conversation_back(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1"), asleep = told(c, "2");
    DO(c, story_close(tx, &c->h->marta, t.conversation, STR("solved"), STR("risposto"), &e));
    DO(c, story_snooze(tx, &c->h->marta, asleep.conversation, clock_now() + HOUR_US, &e));
    failing(c, t.reply, FAILURE_CONTENT, 0, false);
    failing(c, asleep.reply, FAILURE_CONTENT, 0, false);
    struct conversation s = conversation_now(c, t.conversation);
    assert_int_equal(s.state, CONVERSATION_WAITING);
    assert_int_equal(s.closed_at, 0);
    assert_str(s.outcome, "");
    assert_int_equal(rank_reason(&s, clock_now()), RANK_FAILED);
    s = conversation_now(c, asleep.conversation);
    assert_int_equal(s.state, CONVERSATION_WAITING);
    assert_int_equal(s.snooze_until, 0); /* or the clock would wake it for ever */
    house_is_sound(c);
}

static void failed_is_overdue(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    failing(c, t.reply, FAILURE_CONTENT, 0, false);
    struct conversation s = conversation_now(c, t.conversation);
    assert_true(s.rank_at <= clock_now());
    assert_true(s.rank_at >= s.created_at); /* and not as old as the world */
}

/* ---- unsure ---- */

static void what_may_have_arrived_is_never_sent_again_by_itself(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    failing(c, t.reply, FAILURE_TRANSIENT, 0, true);
    struct outbox *due;
    size_t n;
    assert_str(outbox_now(c, t.reply).state, "unsure");
    DO(c, outbox_can_go(tx, c->arena, c->brand, INT64_MAX, 9, NULL, 0, &due, &n, &e));
    assert_int_equal(n, 0);
    REFUSED(c, ERR_CONFLICT, retried(tx, c, t.reply, &e));
    REFUSED(c, ERR_CONFLICT, taken_back(tx, c, c->marta_session, t.reply, &e));
    DO(c, settled(tx, c, t.reply, false, &e)); /* a colleague looked: it is not there */
    assert_str(outbox_now(c, t.reply).state, "ready");
    REFUSED(c, ERR_CONFLICT, settled(tx, c, t.reply, true, &e));
    failing(c, t.reply, FAILURE_TRANSIENT, 0, true);
    DO(c, settled(tx, c, t.reply, true, &e));
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(conversation_now(c, t.conversation).state, CONVERSATION_ANSWERED);
    house_is_sound(c);
}

static void the_network_says_that_an_unsure_one_failed(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    failing(c, t.reply, FAILURE_TRANSIENT, 0, true);
    struct channel_event event = receipt_of(c, "w-unknown", RECEIPT_FAILED);
    event.reply_token = str_format(c->arena, "%lld", (long long)t.reply);
    event.failure = FAILURE_WINDOW;
    take(c, &c->whatsapp, event);
    struct outbox row = outbox_now(c, t.reply);
    assert_str(row.state, "failed");
    assert_str(row.failure, "window");
    assert_str(row.words, "not delivered");
    assert_int_equal(conversation_now(c, t.conversation).failed, 1);
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_FAILED);
    house_is_sound(c);
}

/* What was said to have failed is not sent because the word of its sending was slower; nor is its next attempt. */
static void sent_that_comes_after_failed_says_nothing(void **state)
{
    struct care *c = *state;
    struct told known = told(c, "1"), unsure = told(c, "2");
    accept_reply(c, known.reply, "w1");
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_FAILED));
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_SENT));
    assert_str(outbox_now(c, known.reply).state, "failed");
    assert_int_equal(message_now(c, known.reply).receipt, MESSAGE_FAILED);

    struct channel_event failed = receipt_of(c, "w2", RECEIPT_FAILED), sent = receipt_of(c, "w2", RECEIPT_SENT);
    failed.reply_token = sent.reply_token = str_format(c->arena, "%lld", (long long)unsure.reply);
    failing(c, unsure.reply, FAILURE_TRANSIENT, 0, true);
    take(c, &c->whatsapp, failed);
    take(c, &c->whatsapp, sent);
    assert_str(outbox_now(c, unsure.reply).state, "failed");
    DO(c, retried(tx, c, unsure.reply, &e));
    sent.dedupe = STR("said again");
    take(c, &c->whatsapp, sent);
    assert_str(outbox_now(c, unsure.reply).state, "ready");
    house_is_sound(c);
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_READ)); /* but who reads it has it */
    assert_int_equal(message_now(c, known.reply).receipt, MESSAGE_READ);
    house_is_sound(c);
}

/* ---- echoes ---- */

static struct channel_event echo_of(struct care *c, const char *to, const char *words)
{
    struct channel_event event = event_direct(c, to, words);
    event.echo = true;
    event.at = clock_now();
    return event;
}

static void an_echo_by_token_is_the_networks_yes(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    claim(c, t.reply);
    struct channel_event echo = echo_of(c, "1", "shortened by the network…");
    echo.reply_token = str_format(c->arena, "%lld", (long long)t.reply);
    take(c, &c->whatsapp, echo);
    struct message m = message_now(c, t.reply);
    assert_int_equal(m.receipt, MESSAGE_ACCEPTED);
    assert_true(str_eq(m.external_id, echo.external_id));
    accept_reply(c, t.reply, "said-later"); /* the answer to our call comes last */
    assert_true(str_eq(message_now(c, t.reply).external_id, echo.external_id));
    assert_int_equal(take(c, &c->whatsapp, echo).duplicates, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 2);
    house_is_sound(c);
}

static void an_echo_by_words_is_the_networks_yes(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    /* not left yet: the same words from outside are another message */
    take(c, &c->whatsapp, echo_of(c, "1", "Sono Marta, guardo subito"));
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_QUEUED);
    failing(c, t.reply, FAILURE_TRANSIENT, 0, true);
    take(c, &c->whatsapp, echo_of(c, "1", "Altre parole"));
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_QUEUED);
    take(c, &c->whatsapp, echo_of(c, "2", "Sono Marta, guardo subito")); /* to somebody else */
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_QUEUED);
    take(c, &c->whatsapp, echo_of(c, "1", " Sono Marta, guardo subito\n"));
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE outbound = 1"), 3);
    house_is_sound(c);
}

/* A new conversation began while the network had the words, be they unsure or settled by a colleague. */
static void an_echo_finds_its_reply_in_an_older_story(void **state)
{
    struct care *c = *state;
    struct told unsure = told(c, "1"), settled_one = told(c, "2");
    failing(c, unsure.reply, FAILURE_TRANSIENT, 0, true);
    failing(c, settled_one.reply, FAILURE_TRANSIENT, 0, true);
    DO(c, settled(tx, c, settled_one.reply, true, &e));
    tamper(c, "UPDATE conversation SET state = 3, waiting = 0, closed_at = 1, last_at = 1 WHERE brand_id <> 0");
    hear(c, "1", "Un altro bisogno");
    hear(c, "2", "Un altro bisogno");
    take(c, &c->whatsapp, echo_of(c, "1", "Sono Marta, guardo subito"));
    take(c, &c->whatsapp, echo_of(c, "2", "Sono Marta, guardo subito"));
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE outbound = 1"), 2);
    assert_int_equal(message_now(c, unsure.reply).receipt, MESSAGE_ACCEPTED);
    assert_true(message_now(c, settled_one.reply).external_id.len > 0);
}

static void a_token_of_another_channel_is_not_ours(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    claim(c, t.reply);
    struct channel_event echo = echo_of(c, "99", "Altro");
    echo.reply_token = str_format(c->arena, "%lld", (long long)t.reply);
    take(c, &c->facebook, echo);
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_QUEUED);
    echo.external_id = echo.dedupe = STR("other");
    echo.reply_token = str_format(c->arena, "%lld", (long long)t.first); /* theirs, not ours */
    take(c, &c->whatsapp, echo);
    assert_int_equal(message_now(c, t.first).place, PLACE_WAITING);
    house_is_sound(c);
}

/* ---- receipts ---- */

static void receipts_never_step_back(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    accept_reply(c, t.reply, "w1");
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_READ));
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_READ);
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_DELIVERED));
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_SENT));
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_FAILED));
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_READ);
    assert_int_equal(number_of(c, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'reply.receipt'"), 1);
    house_is_sound(c);
}

static void receipts_may_come_before_the_answer(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1"), lost = told(c, "2");
    claim(c, t.reply);
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_DELIVERED));
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_READ));
    struct channel_event failed = receipt_of(c, "w1", RECEIPT_FAILED); /* out of order: it was read */
    take(c, &c->whatsapp, failed);
    accept_reply(c, t.reply, "w1");
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_READ);
    assert_int_equal(outbox_now(c, t.reply).id, 0);
    claim(c, lost.reply);
    failed = receipt_of(c, "w2", RECEIPT_FAILED);
    failed.failure = FAILURE_BLOCKED;
    take(c, &c->whatsapp, failed);
    accept_reply(c, lost.reply, "w2");
    assert_str(outbox_now(c, lost.reply).state, "failed");
    assert_str(outbox_now(c, lost.reply).failure, "blocked");
    assert_int_equal(message_now(c, lost.first).place, PLACE_WAITING);
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
    house_is_sound(c);
}

static void a_receipt_by_token_is_the_networks_yes(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    failing(c, t.reply, FAILURE_TRANSIENT, 0, true);
    struct channel_event event = receipt_of(c, "w9", RECEIPT_DELIVERED);
    event.reply_token = str_format(c->arena, "%lld", (long long)t.reply);
    take(c, &c->whatsapp, event);
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_DELIVERED);
    assert_str(message_now(c, t.reply).external_id, "w9");
    assert_int_equal(message_now(c, t.first).place, PLACE_ANSWERED);
    house_is_sound(c);
}

static void a_receipt_of_their_own_message_says_nothing(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    struct channel_event event = receipt_of(c, "", RECEIPT_READ);
    event.external_id = message_now(c, t.first).external_id;
    take(c, &c->whatsapp, event);
    struct message m = message_now(c, t.first);
    assert_int_equal(m.receipt, MESSAGE_QUEUED);
    assert_int_equal(m.place, PLACE_WAITING);
    assert_int_equal(conversation_now(c, t.conversation).last_out_at, 0);
}

static void read_up_to_a_moment(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    accept_reply(c, t.reply, "w1");
    int64_t second = answer(c, t.conversation, "Ancora una cosa");
    struct channel_event event = event_of(c, CHANNEL_READ_UPTO, STR_EMPTY);
    event.author.external_id = STR("1");
    event.receipt = RECEIPT_READ;
    event.at = clock_now();
    take(c, &c->whatsapp, event);
    assert_int_equal(message_now(c, t.reply).receipt, MESSAGE_READ);
    assert_int_equal(message_now(c, second).receipt, MESSAGE_QUEUED);
    accept_reply(c, second, "w2");
    event.dedupe = STR("again");
    take(c, &c->whatsapp, event); /* a moment before the second */
    assert_int_equal(message_now(c, second).receipt, MESSAGE_ACCEPTED);
    event.dedupe = STR("unknown person");
    event.author.external_id = STR("999");
    take(c, &c->whatsapp, event);
}

/* ---- undelivered after all ---- */

static void undelivered_after_accepted_waits_again(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    accept_reply(c, t.reply, "w1");
    int64_t second = hear(c, "1", "E il telefono?"), other = answer(c, t.conversation, "Anche quello");
    accept_reply(c, other, "w2");
    assert_int_equal(conversation_now(c, t.conversation).state, CONVERSATION_ANSWERED);
    struct channel_event event = receipt_of(c, "w2", RECEIPT_FAILED);
    event.failure = FAILURE_BLOCKED;
    take(c, &c->whatsapp, event);
    struct outbox row = outbox_now(c, other);
    assert_str(row.state, "failed");
    assert_str(row.failure, "blocked");
    assert_str(row.words, "not delivered");
    assert_true(row.answered_at == message_now(c, second).at);
    assert_int_equal(message_now(c, other).receipt, MESSAGE_FAILED);
    assert_int_equal(message_now(c, t.first).place, PLACE_ANSWERED); /* the first reply arrived */
    assert_int_equal(message_now(c, second).place, PLACE_WAITING);
    struct conversation s = conversation_now(c, t.conversation);
    assert_int_equal(s.failed, 1);
    assert_int_equal(s.state, CONVERSATION_WAITING);
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity WHERE unreachable = 'blocked'"), 1);
    event.dedupe = STR("said again");
    take(c, &c->whatsapp, event);
    assert_int_equal(conversation_now(c, t.conversation).failed, 1);
    house_is_sound(c);
    DO(c, retried(tx, c, other, &e));
    accept_reply(c, other, "w3");
    assert_int_equal(conversation_now(c, t.conversation).state, CONVERSATION_ANSWERED);
    /* what the network says late of the first attempt is not of the second */
    event.dedupe = STR("late");
    take(c, &c->whatsapp, event);
    assert_int_equal(message_now(c, other).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(conversation_now(c, t.conversation).failed, 0);
    house_is_sound(c);
}

static void undelivered_and_taken_back_is_gone(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    accept_reply(c, t.reply, "w1");
    struct channel_event event = receipt_of(c, "w1", RECEIPT_FAILED);
    take(c, &c->whatsapp, event);
    DO(c, taken_back(tx, c, c->marta_session, t.reply, &e));
    struct conversation s = conversation_now(c, t.conversation);
    assert_int_equal(s.failed, 0);
    assert_int_equal(s.messages, 1);
    assert_int_equal(s.waiting, 1);
    assert_int_equal(s.last_out_at, 0); /* nothing of ours reached them */
    event.dedupe = STR("said again");   /* must not stop the webhook it comes with */
    take(c, &c->whatsapp, event);
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_READ));
    house_is_sound(c);
}

/* Each attempt has an id of its own at the network, which may speak of the first one long after all is gone. */
static void tried_again_and_taken_back_is_gone(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "1");
    accept_reply(c, t.reply, "w1");
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_FAILED));
    DO(c, retried(tx, c, t.reply, &e));
    DO(c, taken_back(tx, c, c->marta_session, t.reply, &e));
    struct channel_event late[] = {receipt_of(c, "w1", RECEIPT_READ), event_direct(c, "2", "Arrivo insieme")};
    struct taken taken = {0};
    DO(c, take_one(tx, c, &c->whatsapp, late, 2, &taken, &e));
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE text = 'Arrivo insieme'"), 1);
    house_is_sound(c);
}

static void what_was_answered_on_the_network_stays_answered(void **state)
{
    struct care *c = *state;
    int64_t first = hear(c, "1", "Uno");
    struct channel_event echo = event_direct(c, "1", "Risposto dal telefono");
    echo.echo = true;
    take(c, &c->whatsapp, echo);
    int64_t second = hear(c, "1", "Due"), id = message_now(c, first).conversation_id;
    listen_to(c, id);
    int64_t reply = answer(c, id, "A due");
    accept_reply(c, reply, "w1");
    take(c, &c->whatsapp, receipt_of(c, "w1", RECEIPT_FAILED));
    assert_int_equal(message_now(c, first).place, PLACE_ANSWERED);
    assert_int_equal(message_now(c, second).place, PLACE_WAITING);
    house_is_sound(c);
}

int care_reply_outcome_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(what_did_not_arrive_promises_nothing),
        CARE_TEST(accepted_answers_what_was_seen),
        CARE_TEST(only_what_the_author_saw_is_answered),
        CARE_TEST(an_answer_stands_after_what_it_answers),
        CARE_TEST(each_failure_has_its_way),
        CARE_TEST(the_network_says_how_long_to_wait),
        CARE_TEST(what_fails_for_a_moment_is_tried_again_and_then_given_up),
        CARE_TEST(a_failed_reply_brings_a_closed_conversation_back),
        CARE_TEST(failed_is_overdue),
        CARE_TEST(what_may_have_arrived_is_never_sent_again_by_itself),
        CARE_TEST(the_network_says_that_an_unsure_one_failed),
        CARE_TEST(sent_that_comes_after_failed_says_nothing),
        CARE_TEST(an_echo_by_token_is_the_networks_yes),
        CARE_TEST(an_echo_by_words_is_the_networks_yes),
        CARE_TEST(an_echo_finds_its_reply_in_an_older_story),
        CARE_TEST(a_token_of_another_channel_is_not_ours),
        CARE_TEST(receipts_never_step_back),
        CARE_TEST(receipts_may_come_before_the_answer),
        CARE_TEST(a_receipt_by_token_is_the_networks_yes),
        CARE_TEST(a_receipt_of_their_own_message_says_nothing),
        CARE_TEST(read_up_to_a_moment),
        CARE_TEST(undelivered_after_accepted_waits_again),
        CARE_TEST(undelivered_and_taken_back_is_gone),
        CARE_TEST(tried_again_and_taken_back_is_gone),
        CARE_TEST(what_was_answered_on_the_network_stays_answered),
    };
    return cmocka_run_group_tests_name("care/reply_outcome", tests, NULL, NULL);
}
