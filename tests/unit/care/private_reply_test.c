/* SPDX-License-Identifier: Apache-2.0 */
/* From a comment to a private reply to what they answer there: one story of one person, also where the network names
 * them otherwise in its direct messages. */
#include "care/likeness.h"

#include "house_fixture.h"

int care_private_reply_test(void);

static struct channel_event on_messenger(struct care *c, const char *id, const char *words)
{
    struct channel_event event = event_direct(c, id, words);
    event.door = STR("messenger");
    return event;
}

/* A comment, and Marta's private reply to it, accepted. */
struct told {
    int64_t conversation, person, reply;
};
static struct told told(struct care *c, const char *author)
{
    struct message m = message_now(c, take(c, &c->facebook, event_comment(c, author, "Non va")).message);
    struct told t = {.conversation = m.conversation_id, .person = m.person_id};
    listen_to(c, t.conversation);
    struct reply_request request = {.conversation_id = t.conversation,
                                    .channel_id = c->facebook.row.id,
                                    .door = STR("private_reply"),
                                    .text = STR("Le scrivo in privato")};
    DO(c, send_as(tx, c, c->marta_session, &request, &t.reply, &e));
    DO(c, reply_accepted(tx, c->brand, t.reply, STR("m_77"), clock_now(), &e));
    return t;
}

static void stays(struct care *c, const struct told *t, const char *id)
{
    struct message m = message_now(c, take(c, &c->facebook, on_messenger(c, id, "Eccomi qui")).message);
    assert_int_equal(m.person_id, t->person);
    assert_int_equal(m.conversation_id, t->conversation);
    house_is_sound(c);
}

static void by_the_same_name(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "5");
    DO(c, reply_reached(tx, c->brand, t.reply, STR("5"), &e));
    DO(c, reply_reached(tx, c->brand, t.reply, STR_EMPTY, &e));
    stays(c, &t, "5");
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity WHERE network = 'facebook'"), 1);
}

static void by_another_name(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "5");
    DO(c, reply_reached(tx, c->brand, t.reply, STR("psid-5"), &e));
    DO(c, reply_reached(tx, c->brand, t.reply, STR("psid-5"), &e));
    stays(c, &t, "psid-5");
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity WHERE network = 'facebook'"), 2);
}

static void whom_the_network_hid(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_comment(c, "", "Chi sono non si sa");
    int64_t first = take(c, &c->facebook, event).message;
    struct told t = {.conversation = message_now(c, first).conversation_id,
                     .person = message_now(c, first).person_id};
    listen_to(c, t.conversation);
    struct reply_request request = {.conversation_id = t.conversation,
                                    .channel_id = c->facebook.row.id,
                                    .door = STR("private_reply"),
                                    .text = STR("Le scrivo in privato")};
    DO(c, send_as(tx, c, c->marta_session, &request, &t.reply, &e));
    DO(c, reply_accepted(tx, c->brand, t.reply, STR("m_78"), clock_now(), &e));
    DO(c, reply_reached(tx, c->brand, t.reply, STR("psid-6"), &e));
    stays(c, &t, "psid-6");
}

/* The echo of the private reply says it too, when the answer was lost. */
static void as_the_echo_says(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "5");
    struct channel_event echo = on_messenger(c, "psid-7", "Le scrivo in privato");
    echo.echo = true;
    echo.external_id = echo.dedupe = STR("m_77");
    take(c, &c->facebook, echo);
    stays(c, &t, "psid-7");
}

/* Two who are known already stay two: only a colleague joins them, and is told why. */
static void known_by_both(void **state)
{
    struct care *c = *state;
    struct message before = message_now(c, take(c, &c->facebook, on_messenger(c, "psid-8", "Buongiorno")).message);
    struct told t = told(c, "5");
    struct likeness_person *list;
    size_t n;
    DO(c, reply_reached(tx, c->brand, t.reply, STR("psid-8"), &e));
    assert_int_equal(message_now(c, take(c, &c->facebook, on_messenger(c, "psid-8", "Eccomi")).message).person_id,
                     before.person_id);
    DO(c, likeness_suggest(tx, c->arena, c->brand, t.person, NULL, 0, &list, &n, &e));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].id, before.person_id);
    assert_string_equal(list[0].reasons[0].why, "told");
    house_is_sound(c);
}

/* A public reply names nobody in direct messages. */
static void only_of_private_replies(void **state)
{
    struct care *c = *state;
    struct told t = told(c, "5");
    struct reply_request request = {.conversation_id = t.conversation,
                                    .channel_id = c->facebook.row.id,
                                    .door = STR("comment"),
                                    .text = STR("E anche qui")};
    DO(c, send_as(tx, c, c->marta_session, &request, &t.reply, &e));
    DO(c, reply_reached(tx, c->brand, t.reply, STR("psid-9"), &e));
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity WHERE external_id = 'psid-9'"), 0);
}

int care_private_reply_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(by_the_same_name),     CARE_TEST(by_another_name),
                                       CARE_TEST(whom_the_network_hid), CARE_TEST(as_the_echo_says),
                                       CARE_TEST(known_by_both),        CARE_TEST(only_of_private_replies)};
    return cmocka_run_group_tests_name("care/private_reply", tests, NULL, NULL);
}
