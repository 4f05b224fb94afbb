/* SPDX-License-Identifier: Apache-2.0 */
/* Sending: doors, what must be true before, the outbox, and taking back. */
#include "house_fixture.h"

#include "store/shelf.h"

int care_reply_test(void);

static struct reply_request request_to(struct care *c, int64_t conversation, const char *words)
{
    return (struct reply_request){.conversation_id = conversation,
                                  .channel_id = c->whatsapp.row.id,
                                  .door = STR("whatsapp"),
                                  .text = str_from(words)};
}

static int64_t listened(struct care *c, const char *author)
{
    int64_t id = message_now(c, hear(c, author, "La linea non va")).conversation_id;
    listen_to(c, id);
    return id;
}

/* ---- doors ---- */

static bool doors_of(struct tx *tx, struct care *c, int64_t conversation, struct reply_door **out, size_t *n,
                     struct error *e)
{
    struct conversation s;
    struct message *story;
    size_t count;
    return conversation_by_id(tx, c->arena, c->brand, conversation, &s, e) &&
           message_list(tx, c->arena, c->brand, conversation, (struct cursor){.limit = 50}, &story, &count, e) &&
           reply_doors(tx, c->arena, &s, story, count, out, n, e);
}

/* "open", the reason why it is shut, or "none" when it is not offered. */
static const char *door_state(struct care *c, int64_t conversation, const char *door)
{
    struct reply_door *doors;
    size_t n;
    DO(c, doors_of(tx, c, conversation, &doors, &n, &e));
    for (size_t i = 0; i < n; i++)
        if (str_eq(str_from(doors[i].door->name), str_from(door)))
            return doors[i].open ? "open" : doors[i].shut;
    return "none";
}

static int64_t comment_answered(struct care *c, int64_t conversation, const char *door, const char *words)
{
    struct reply_request request = request_to(c, conversation, words);
    int64_t id = 0;
    request.channel_id = c->facebook.row.id;
    request.door = str_from(door);
    DO(c, send_as(tx, c, c->marta_session, &request, &id, &e));
    return id;
}

static void a_private_reply_goes_once_to_each_comment(void **state)
{
    struct care *c = *state;
    int64_t id = message_now(c, take(c, &c->facebook, event_comment(c, "5", "Non va")).message).conversation_id;
    listen_to(c, id);
    assert_string_equal(door_state(c, id, "comment"), "open");
    assert_string_equal(door_state(c, id, "private_reply"), "open");
    assert_string_equal(door_state(c, id, "messenger"), "none"); /* they never wrote there */
    int64_t private = comment_answered(c, id, "private_reply", "Le scrivo in privato");
    assert_string_equal(door_state(c, id, "private_reply"), "used");
    struct reply_request request = request_to(c, id, "Ancora");
    request.channel_id = c->facebook.row.id;
    request.door = STR("private_reply");
    int64_t none;
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &none, &e));
    comment_answered(c, id, "comment", "E anche qui");
    take(c, &c->facebook, event_comment(c, "5", "Un altro commento"));
    assert_string_equal(door_state(c, id, "private_reply"), "open");
    DO(c, taken_back(tx, c, c->marta_session, private, &e));
    house_is_sound(c);
}

static void a_shut_window_refuses(void **state)
{
    struct care *c = *state;
    struct channel_event old = event_direct(c, "1", "Ieri");
    old.at = clock_now() - 25 * HOUR_US;
    int64_t id = message_now(c, take(c, &c->whatsapp, old).message).conversation_id, none;
    listen_to(c, id);
    assert_string_equal(door_state(c, id, "whatsapp"), "window");
    struct reply_request request = request_to(c, id, "Eccomi");
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &none, &e));
    hear(c, "1", "Oggi");
    assert_string_equal(door_state(c, id, "whatsapp"), "open");
}

static void who_blocked_us_is_reached_again_when_they_write(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply = answer(c, id, "Buongiorno"), none;
    struct outcome outcome = {.kind = OUTCOME_FAILED, .failure = FAILURE_BLOCKED, .words = STR("blocked")};
    claim(c, reply);
    DO(c, reply_failed(tx, c->brand, reply, &outcome, 0, STR_EMPTY, false, &e));
    assert_string_equal(door_state(c, id, "whatsapp"), "blocked");
    struct reply_request request = request_to(c, id, "Ancora");
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &none, &e));
    hear(c, "1", "Vi ho sbloccato");
    assert_string_equal(door_state(c, id, "whatsapp"), "open");
}

/* The network's word goes before our clock: the door is shut, words approved beforehand can go, and it opens when
 * they write. Of what they wrote since, the refusal says nothing. */
static void the_network_says_that_the_window_is_shut(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply = answer(c, id, "Buongiorno"), none;
    struct outcome outcome = {
        .kind = OUTCOME_FAILED, .failure = FAILURE_WINDOW, .words = STR("Re-engagement message")};
    claim(c, reply);
    DO(c, reply_failed(tx, c->brand, reply, &outcome, 0, STR_EMPTY, false, &e));
    assert_string_equal(door_state(c, id, "whatsapp"), "window");
    struct reply_request request = request_to(c, id, "Ancora");
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &none, &e));
    hear(c, "1", "Sono qui");
    assert_string_equal(door_state(c, id, "whatsapp"), "open");
    reply = answer(c, id, "Eccoci");
    claim(c, reply);
    hear(c, "1", "Ci siete?");
    DO(c, reply_failed(tx, c->brand, reply, &outcome, 0, STR_EMPTY, false, &e));
    assert_string_equal(door_state(c, id, "whatsapp"), "open");
    house_is_sound(c);
}

/* Another program held the talk and has let it go: the same words, tried once more, are taken, and the door is open.
 */
static void what_is_taken_after_all_opens_the_door(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply = answer(c, id, "Buongiorno");
    struct outcome outcome = {.kind = OUTCOME_FAILED, .failure = FAILURE_WINDOW, .words = STR("not now")};
    claim(c, reply);
    DO(c, reply_failed(tx, c->brand, reply, &outcome, 0, STR_EMPTY, false, &e));
    assert_string_equal(door_state(c, id, "whatsapp"), "window");
    accept_reply(c, reply, "w1");
    assert_string_equal(door_state(c, id, "whatsapp"), "open");
    house_is_sound(c);
}

/* Of one person with two numbers, one that blocked us does not shut the other. */
static void another_number_is_another_door(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply = answer(c, id, "Buongiorno"), merge;
    int64_t other = message_now(c, hear(c, "2", "Sono sempre io")).conversation_id;
    int64_t from = conversation_now(c, id).person_id, into = conversation_now(c, other).person_id;
    struct outcome outcome = {.kind = OUTCOME_FAILED, .failure = FAILURE_BLOCKED, .words = STR("blocked")};
    claim(c, reply);
    DO(c, reply_failed(tx, c->brand, reply, &outcome, 0, STR_EMPTY, false, &e));
    DO(c, person_merge(tx, c->brand, from, into, 1, &merge, &e));
    assert_string_equal(door_state(c, id, "whatsapp"), "blocked");
    assert_string_equal(door_state(c, other, "whatsapp"), "open");
}

static void nobody_writes_to_who_is_hidden(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_comment(c, "", "Chi sono?");
    int64_t id = message_now(c, take(c, &c->facebook, event).message).conversation_id;
    assert_string_equal(door_state(c, id, "comment"), "open");
    assert_string_equal(door_state(c, id, "private_reply"), "open"); /* it goes to the comment */
    struct channel_event direct = event_direct(c, "", "Chi sono?");
    id = message_now(c, take(c, &c->whatsapp, direct).message).conversation_id;
    assert_string_equal(door_state(c, id, "whatsapp"), "hidden");
}

static void a_removed_account_is_no_door(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), none;
    DO(c, account_remove(tx, c->brand, c->whatsapp.row.id, c->h->lead.agent_id, &e));
    assert_string_equal(door_state(c, id, "whatsapp"), "removed");
    struct reply_request request = request_to(c, id, "Ciao");
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &none, &e));
}

/* What was on its way through an account that is removed cannot arrive any more: it is shown, not kept in silence. */
static void what_waits_for_a_removed_account_fails(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply = answer(c, id, "Arrivo");
    DO(c, account_remove(tx, c->brand, c->whatsapp.row.id, c->h->lead.agent_id, &e));
    assert_str(outbox_now(c, reply).state, "failed");
    assert_int_equal(conversation_now(c, id).failed, 1);
    DO(c, taken_back(tx, c, c->marta_session, reply, &e));
    assert_int_equal(conversation_now(c, id).failed, 0);
    house_is_sound(c);
}

static void other_doors_of_the_same_person_are_offered(void **state)
{
    struct care *c = *state;
    int64_t first = hear(c, "1", "Su WhatsApp"), person = message_now(c, first).person_id, merge;
    struct message comment = message_now(c, take(c, &c->facebook, event_comment(c, "5", "Qui")).message);
    DO(c, person_merge(tx, c->brand, comment.person_id, person, c->h->marta.agent_id, &merge, &e));
    assert_string_equal(door_state(c, comment.conversation_id, "whatsapp"), "open");
    assert_string_equal(door_state(c, comment.conversation_id, "comment"), "open");
    assert_string_equal(door_state(c, message_now(c, first).conversation_id, "comment"), "none");
}

/* ---- what must be true before ---- */

static void listening_comes_first(void **state)
{
    struct care *c = *state;
    int64_t id = message_now(c, hear(c, "1", "Non va")).conversation_id, reply;
    struct reply_request request = request_to(c, id, "Riavvii il modem");
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &reply, &e));
    listen_to(c, id);
    DO(c, send_as(tx, c, c->marta_session, &request, &reply, &e));
    struct conversation s = conversation_now(c, id);
    assert_int_equal(s.owner_id, c->h->marta.agent_id);
    assert_int_equal(s.messages, 2);
    assert_int_equal(s.waiting, 1); /* until the network has it */
    house_is_sound(c);
}

static void the_text_must_fit_the_door(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply;
    char *long_text = arena_alloc(c->arena, 70001);
    memset(long_text, 'a', 70000);
    struct reply_request request = request_to(c, id, "");
    REFUSED(c, ERR_BAD_INPUT, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.text = STR(" \n\t ");
    REFUSED(c, ERR_BAD_INPUT, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.text = STR("a\xff");
    REFUSED(c, ERR_BAD_INPUT, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.text = (struct str){long_text, 70000};
    REFUSED(c, ERR_TOO_LARGE, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.text.len = 4097;
    REFUSED(c, ERR_BAD_INPUT, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.text.len = 4096;
    DO(c, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.door = STR("telepathy");
    request.text = STR("Ciao");
    REFUSED(c, ERR_BAD_INPUT, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.conversation_id = 5;
    REFUSED(c, ERR_NOT_FOUND, send_as(tx, c, c->marta_session, &request, &reply, &e));
}

static void x_counts_in_its_own_way(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_comment(c, "7", "Assistenza pessima");
    event.door = STR("reply");
    int64_t id = message_now(c, take(c, &c->x, event).message).conversation_id, reply;
    listen_to(c, id);
    char words[700] = "";
    for (int i = 0; i < 140; i++)
        strcat(words, "\xe4\xbd\xa0"); /* weighs two */
    struct reply_request request = request_to(c, id, words);
    request.channel_id = c->x.row.id;
    request.door = STR("reply");
    DO(c, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.text = str_format(c->arena, "%sa", words);
    REFUSED(c, ERR_BAD_INPUT, send_as(tx, c, c->marta_session, &request, &reply, &e));
}

static void two_colleagues_do_not_answer_unknowingly(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), seen = 0, reply;
    struct message newest;
    DO(c, message_newest(tx, c->arena, c->brand, id, &newest, &e));
    seen = newest.id;
    int64_t first = answer(c, id, "Sono Marta");
    struct reply_request request = request_to(c, id, "Sono Paolo");
    request.seen = seen;
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->paolo_session, &request, &reply, &e));
    request.seen = first; /* he read it */
    DO(c, send_as(tx, c, c->paolo_session, &request, &reply, &e));
    request.seen = seen;
    request.anyway = true;
    DO(c, send_as(tx, c, c->paolo_session, &request, &reply, &e));
    request.anyway = false;
    request.text = STR("Ancora Marta");
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &reply, &e));
}

static void the_same_form_sends_once(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), first, second, other;
    struct reply_request request = request_to(c, id, "Una volta");
    request.once = STR("form-1");
    DO(c, send_as(tx, c, c->marta_session, &request, &first, &e));
    DO(c, send_as(tx, c, c->marta_session, &request, &second, &e));
    assert_int_equal(first, second);
    DO(c, send_as(tx, c, c->paolo_session, &request, &other, &e)); /* another colleague's form */
    assert_true(other != first);
    assert_int_equal(number_of(c, "SELECT count(*) FROM outbox"), 2);
    /* taken back, the same form may be sent again: the words must not get lost */
    DO(c, taken_back(tx, c, c->marta_session, first, &e));
    DO(c, send_as(tx, c, c->marta_session, &request, &second, &e));
    assert_true(second != first && message_exists(c, second));
    house_is_sound(c);
}

static void who_is_set_aside_gets_one_boundary_reply(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply, second;
    int64_t before = answer(c, id, "La aiuto volentieri"); /* written before, accepted after */
    DO(c, story_set_aside(tx, &c->h->marta, id, STR("troll"), STR("insulti"), &e));
    accept_reply(c, before, "w0");
    struct reply_request request = request_to(c, id, "Così non possiamo continuare");
    DO(c, send_as(tx, c, c->marta_session, &request, &reply, &e));
    request.text = STR("E poi");
    /* also while the first is still on its way */
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &second, &e));
    accept_reply(c, reply, "w1");
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &second, &e));
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_SET_ASIDE);
    DO(c, story_take_back(tx, &c->h->marta, id, STR("mi ero sbagliata"), &e));
    DO(c, send_as(tx, c, c->marta_session, &request, &second, &e));
    house_is_sound(c);
}

/* ---- files ---- */

static bool file_add(struct tx *tx, struct care *c, int64_t size, int64_t *id, struct error *e)
{
    struct attachment file = {.brand_id = c->brand,
                              .id = *id = id_new(),
                              .kind = STR("file"),
                              .mime = STR("application/pdf"),
                              .name = STR("bolletta.pdf"),
                              .size = size,
                              .hash = STR("abc"),
                              .state = STR("stored")};
    return attachment_add(tx, &file, e) && blob_put(tx, c->brand, STR("abc"), STR("application/pdf"), STR("%PDF"), e);
}

static void a_file_is_sent_once_and_comes_back(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), file, reply, none;
    DO(c, file_add(tx, c, 4, &file, &e));
    struct reply_request request = request_to(c, id, "");
    request.attachment = file;
    DO(c, send_as(tx, c, c->marta_session, &request, &reply, &e));
    assert_int_equal(message_now(c, reply).attachments, 1);
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &none, &e));
    DO(c, taken_back(tx, c, c->marta_session, reply, &e));
    DO(c, send_as(tx, c, c->marta_session, &request, &reply, &e)); /* free again */
    struct attachment kept;
    DO(c, attachment_by_id(tx, c->arena, c->brand, file, &kept, &e));
    assert_int_equal(kept.message_id, reply);
    request.attachment = 99;
    REFUSED(c, ERR_NOT_FOUND, send_as(tx, c, c->marta_session, &request, &none, &e));
    DO(c, file_add(tx, c, INT64_C(1) << 40, &request.attachment, &e));
    REFUSED(c, ERR_TOO_LARGE, send_as(tx, c, c->marta_session, &request, &none, &e));
}

/* ---- taking back ---- */

static size_t drafts_now(struct care *c, int64_t conversation, const struct actor *who, struct draft **out)
{
    size_t n;
    DO(c, draft_list(tx, c->arena, c->brand, conversation, who->agent_id, out, &n, &e));
    return n;
}

static void the_words_come_back_as_a_draft(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply = answer(c, id, "Domani alle 9 la richiamo");
    struct draft *drafts;
    assert_int_equal(number_of(c, "SELECT count(*) FROM promise"), 1);
    DO(c, taken_back(tx, c, c->marta_session, reply, &e));
    assert_int_equal(drafts_now(c, id, &c->h->marta, &drafts), 1);
    assert_str(drafts[0].text, "Domani alle 9 la richiamo");
    assert_str(drafts[0].door, "whatsapp");
    assert_false(message_exists(c, reply));
    assert_int_equal(number_of(c, "SELECT count(*) FROM promise"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(conversation_now(c, id).promise_due, 0);
    assert_int_equal(conversation_now(c, id).messages, 1);
    struct search_query query = {.words = STR("richiamo"), .limit = 5};
    struct search_hit *hits;
    size_t n;
    int64_t next;
    DO(c, search_run(tx, c->arena, c->brand, &query, &hits, &n, &next, &e));
    assert_int_equal(n, 0);
    REFUSED(c, ERR_NOT_FOUND, taken_back(tx, c, c->marta_session, reply, &e));
    house_is_sound(c);
}

static void words_begun_meanwhile_are_not_lost(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply = answer(c, id, "La prima");
    struct draft *drafts, begun = {.brand_id = c->brand,
                                   .conversation_id = id,
                                   .agent_id = c->h->marta.agent_id,
                                   .kind = STR("reply"),
                                   .text = STR("La seconda")};
    DO(c, draft_put(tx, &begun, &e));
    DO(c, taken_back(tx, c, c->marta_session, reply, &e));
    assert_int_equal(drafts_now(c, id, &c->h->marta, &drafts), 1);
    assert_true(str_find(drafts[0].text, STR("La prima")) >= 0);
    assert_true(str_find(drafts[0].text, STR("La seconda")) >= 0);
}

static void what_the_network_has_cannot_be_taken_back(void **state)
{
    struct care *c = *state;
    int64_t id = listened(c, "1"), reply = answer(c, id, "Partita");
    claim(c, reply);
    REFUSED(c, ERR_CONFLICT, taken_back(tx, c, c->marta_session, reply, &e));
    accept_reply(c, reply, "w1");
    REFUSED(c, ERR_NOT_FOUND, taken_back(tx, c, c->marta_session, reply, &e));
    assert_int_equal(message_now(c, reply).receipt, MESSAGE_ACCEPTED);
}

static bool many_wait_behind(struct tx *tx, struct care *c, int64_t reply, struct error *e)
{
    struct outbox row;
    bool ok = outbox_by_id(tx, c->arena, c->brand, reply, &row, e);
    row.state = STR("unsure");
    ok = ok && outbox_update(tx, &row, e);
    row.state = STR("ready");
    row.next_at = 1;
    for (int i = 0; ok && i < 700; i++) {
        row.id++;
        ok = outbox_add(tx, &row, e);
    }
    return ok;
}

/* However many wait for one of whose end nobody knows, those of others go. */
static void a_story_that_is_stuck_stops_no_other(void **state)
{
    struct care *c = *state;
    int64_t stuck = message_now(c, hear(c, "1", "Non va")).conversation_id;
    int64_t other = message_now(c, hear(c, "2", "Non va")).conversation_id;
    listen_to(c, stuck);
    listen_to(c, other);
    int64_t first = answer(c, stuck, "Guardo subito"), free = answer(c, other, "Guardo subito");
    DO(c, many_wait_behind(tx, c, first, &e));
    struct outbox *list;
    size_t n;
    DO(c, outbox_can_go(tx, c->arena, c->brand, clock_now() + MINUTE_US, 8, NULL, 0, &list, &n, &e));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].id, free);
}

int care_reply_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(a_private_reply_goes_once_to_each_comment),
        CARE_TEST(a_shut_window_refuses),
        CARE_TEST(the_network_says_that_the_window_is_shut),
        CARE_TEST(what_is_taken_after_all_opens_the_door),
        CARE_TEST(who_blocked_us_is_reached_again_when_they_write),
        CARE_TEST(another_number_is_another_door),
        CARE_TEST(nobody_writes_to_who_is_hidden),
        CARE_TEST(a_removed_account_is_no_door),
        CARE_TEST(what_waits_for_a_removed_account_fails),
        CARE_TEST(other_doors_of_the_same_person_are_offered),
        CARE_TEST(listening_comes_first),
        CARE_TEST(the_text_must_fit_the_door),
        CARE_TEST(x_counts_in_its_own_way),
        CARE_TEST(two_colleagues_do_not_answer_unknowingly),
        CARE_TEST(the_same_form_sends_once),
        CARE_TEST(who_is_set_aside_gets_one_boundary_reply),
        CARE_TEST(a_file_is_sent_once_and_comes_back),
        CARE_TEST(the_words_come_back_as_a_draft),
        CARE_TEST(words_begun_meanwhile_are_not_lost),
        CARE_TEST(what_the_network_has_cannot_be_taken_back),
        CARE_TEST(a_story_that_is_stuck_stops_no_other),
    };
    return cmocka_run_group_tests_name("care/reply", tests, NULL, NULL);
}
