/* SPDX-License-Identifier: Apache-2.0 */
/* Reactions that overtake the message they are to, and what is said of a message by an id it only gets later: kept,
 * and heard when it comes. */
#include "house_fixture.h"

int care_intake_early_test(void);

static struct channel_event reaction_of(struct care *c, const char *by, const char *emoji, int64_t at)
{
    struct channel_event event = event_of(c, CHANNEL_REACTION, STR("wamid.late"));
    event.author.external_id = str_from(by);
    event.note = str_from(emoji);
    event.at = clock_now() + at;
    return event;
}

static void reactions_may_come_before_their_message(void **state)
{
    struct care *c = *state;
    take(c, &c->whatsapp, reaction_of(c, "1", "😡", 10));
    take(c, &c->whatsapp, reaction_of(c, "1", "♥", SECOND_US));
    take(c, &c->whatsapp, reaction_of(c, "1", "👍", 20)); /* late among the early */
    take(c, &c->whatsapp, reaction_of(c, "2", "👍", 10));
    take(c, &c->whatsapp, reaction_of(c, "2", "", SECOND_US)); /* taken back */
    take(c, &c->whatsapp, event_of(c, CHANNEL_REACTION, STR_EMPTY));
    take(c, &c->facebook, reaction_of(c, "3", "👍", 10)); /* of another account: not this message */
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 6);
    assert_int_equal(number_of(c, "SELECT count(*) FROM reaction"), 0);
    struct channel_event message = event_direct(c, "1", "Arrivo tardi");
    message.external_id = message.dedupe = STR("wamid.late");
    int64_t id = take(c, &c->whatsapp, message).message;
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM reaction WHERE author_id = '1' AND emoji = '♥'"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM reaction WHERE emoji <> ''"), 1);
    take(c, &c->whatsapp, reaction_of(c, "2", "👍", 30)); /* older than the taking back */
    assert_int_equal(number_of(c, "SELECT count(*) FROM reaction WHERE emoji <> ''"), 1);
    assert_int_equal(conversation_of_message(c, id).waiting, 1);
    house_is_sound(c);
}

static void a_deleted_message_keeps_no_early_reaction(void **state)
{
    struct care *c = *state;
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, STR("wamid.late")));
    take(c, &c->whatsapp, reaction_of(c, "1", "♥", 10));
    struct channel_event message = event_direct(c, "1", "Cancellato");
    message.external_id = message.dedupe = STR("wamid.late");
    take(c, &c->whatsapp, message);
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM reaction"), 0);
}

static void early_reactions_find_what_we_wrote_outside(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Ci siete?");
    take(c, &c->whatsapp, reaction_of(c, "1", "♥", 10));
    struct channel_event echo = event_direct(c, "1", "Eccoci");
    echo.echo = true;
    echo.external_id = echo.dedupe = STR("wamid.late");
    take(c, &c->whatsapp, echo);
    assert_int_equal(number_of(c, "SELECT count(*) FROM reaction r, message m WHERE m.id = r.message_id AND "
                                  "m.outbound = 1"),
                     1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
}

static void what_thousands_like_and_we_never_see_takes_little_room(void **state)
{
    struct care *c = *state;
    for (int i = 0; i < 120; i++)
        take(c, &c->whatsapp, reaction_of(c, str_cstr(c->arena, str_format(c->arena, "%d", i)), "👍", 10));
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 100);
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, STR("wamid.late"))); /* still heard */
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 101);
}

static struct channel_event edit_to(struct care *c, const char *id, const char *words)
{
    struct channel_event edit = event_direct(c, "1", words);
    edit.kind = CHANNEL_EDIT;
    edit.external_id = STR("wamid.late");
    edit.new_id = str_from(id);
    edit.dedupe = str_concat(c->arena, STR("edit|"), edit.new_id);
    return edit;
}

static void a_deletion_by_the_new_id_may_overtake_the_edit(void **state)
{
    struct care *c = *state;
    struct channel_event message = event_direct(c, "1", "Prima");
    message.external_id = message.dedupe = STR("wamid.late");
    int64_t id = take(c, &c->whatsapp, message).message;
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, STR("second id")));
    assert_int_equal(message_now(c, id).place, PLACE_WAITING);
    take(c, &c->whatsapp, edit_to(c, "second id", "Dopo"));
    assert_int_equal(message_now(c, id).place, PLACE_WITHDRAWN);
    assert_str(message_now(c, id).text, "");
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
    house_is_sound(c);
}

static void a_deletion_and_the_edit_may_overtake_the_message(void **state)
{
    struct care *c = *state;
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, STR("second id")));
    int64_t id = take(c, &c->whatsapp, edit_to(c, "second id", "Dopo")).message;
    assert_int_equal(message_now(c, id).place, PLACE_WITHDRAWN);
    struct channel_event message = event_direct(c, "1", "Prima");
    message.external_id = message.dedupe = STR("wamid.late");
    assert_int_equal(take(c, &c->whatsapp, message).duplicates, 1);
    assert_str(message_now(c, id).text, "");
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 1);
    house_is_sound(c);
}

/* Edits of one message, the later one first, the message itself last. */
static void the_last_words_stay_whatever_came_first(void **state)
{
    struct care *c = *state;
    int64_t now = clock_now();
    struct channel_event first = edit_to(c, "", "Seconda versione"), second = edit_to(c, "", "Terza versione");
    first.at = now - 10 * SECOND_US;
    second.at = now - 5 * SECOND_US;
    first.dedupe = STR("edit|1");
    second.dedupe = STR("edit|2");
    int64_t id = take(c, &c->whatsapp, second).message;
    take(c, &c->whatsapp, first);
    assert_str(message_now(c, id).text, "Terza versione");
    struct channel_event message = event_direct(c, "1", "Prima versione");
    message.external_id = message.dedupe = STR("wamid.late");
    take(c, &c->whatsapp, message);
    assert_str(message_now(c, id).text, "Terza versione");
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 1);
    house_is_sound(c);
}

/* Hidden, and public again: whoever reads it on the network sees it unanswered, so it waits. */
static void what_can_be_seen_again_waits_again(void **state)
{
    struct care *c = *state;
    struct channel_event said = event_direct(c, "1", "Ci siete?"),
                         gone = event_of(c, CHANNEL_DELETE, said.external_id);
    struct channel_event back = said;
    back.again = true;
    gone.at = said.at + SECOND_US;
    gone.dedupe = STR("hidden");
    back.at = gone.at + SECOND_US;
    int64_t id = take(c, &c->whatsapp, said).message;
    take(c, &c->whatsapp, gone);
    assert_int_equal(message_now(c, id).place, PLACE_WITHDRAWN);
    take(c, &c->whatsapp, said); /* told twice: it was said before it was taken away */
    assert_int_equal(message_now(c, id).place, PLACE_WITHDRAWN);
    assert_int_equal(take(c, &c->whatsapp, back).fresh, 1);
    struct message m = message_now(c, id);
    assert_int_equal(m.place, PLACE_WAITING);
    assert_str(m.text, "Ci siete?");
    assert_int_equal(m.deleted_at, 0);
    assert_int_equal(conversation_now(c, m.conversation_id).waiting, 1);
    assert_int_equal(take(c, &c->whatsapp, back).duplicates, 1);
    house_is_sound(c);
    /* of one that is heard of only now */
    struct channel_event later = event_direct(c, "2", "E io?"),
                         hidden = event_of(c, CHANNEL_DELETE, later.external_id);
    hidden.at = later.at;
    later.at += SECOND_US;
    later.again = true;
    take(c, &c->whatsapp, hidden);
    m = message_now(c, take(c, &c->whatsapp, later).message);
    assert_int_equal(m.place, PLACE_WAITING);
    assert_str(m.text, "E io?");
    house_is_sound(c);
}

/* One application's webhook tells of an account that is not connected here. */
static void what_another_account_lost_is_not_ours(void **state)
{
    struct care *c = *state;
    struct channel_row row;
    struct channel_event event = event_of(c, CHANNEL_RIGHTS, STR_EMPTY);
    c->facebook.row.account = STR("104872390");
    DO(c, channel_row_update(tx, &c->facebook.row, &e));
    event.account = STR("999");
    take(c, &c->facebook, event);
    DO(c, channel_row_by_id(tx, c->arena, c->brand, c->facebook.row.id, &row, &e));
    assert_str(row.state, "on");
    event.account = c->facebook.row.account;
    event.dedupe = STR("now ours");
    take(c, &c->facebook, event);
    DO(c, channel_row_by_id(tx, c->arena, c->brand, c->facebook.row.id, &row, &e));
    assert_str(row.state, "paused");
}

int care_intake_early_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(reactions_may_come_before_their_message),
        CARE_TEST(a_deleted_message_keeps_no_early_reaction),
        CARE_TEST(early_reactions_find_what_we_wrote_outside),
        CARE_TEST(what_thousands_like_and_we_never_see_takes_little_room),
        CARE_TEST(a_deletion_by_the_new_id_may_overtake_the_edit),
        CARE_TEST(the_last_words_stay_whatever_came_first),
        CARE_TEST(a_deletion_and_the_edit_may_overtake_the_message),
        CARE_TEST(what_can_be_seen_again_waits_again),
        CARE_TEST(what_another_account_lost_is_not_ours),
    };
    return cmocka_run_group_tests_name("care/intake_early", tests, NULL, NULL);
}
