/* SPDX-License-Identifier: Apache-2.0 */
/* To which conversation a message belongs, and what it changes there: state, window, what is lost by waiting. */
#include "house_fixture.h"

int care_intake_story_test(void);

static bool conversation_change(struct tx *tx, struct care *c, int64_t id, int64_t back, struct error *e)
{
    struct conversation s;
    if (!conversation_by_id(tx, tx_arena(tx), c->brand, id, &s, e))
        return false;
    s.last_at -= back;
    s.last_in_at -= back;
    s.closed_at -= s.closed_at ? back : 0;
    return conversation_update(tx, &s, e);
}

/* As if everything in it had been earlier. */
static void time_back(struct care *c, int64_t conversation, int64_t back)
{
    DO(c, conversation_change(tx, c, conversation, back, &e));
}

static void close_it(struct care *c, int64_t conversation)
{
    DO(c, story_close(tx, &c->h->marta, conversation, STR("solved"), STR("risolto al telefono"), &e));
}

static int64_t story_of(struct care *c, int64_t message)
{
    return message_now(c, message).conversation_id;
}

static void one_person_at_two_doors_is_one_conversation(void **state)
{
    struct care *c = *state;
    struct message comment = message_now(c, take(c, &c->facebook, event_comment(c, "88", "Non va!")).message);
    struct channel_event direct = event_direct(c, "88", "Vi scrivo anche qui");
    direct.door = STR("messenger");
    struct message private = message_now(c, take(c, &c->facebook, direct).message);
    assert_int_equal(comment.person_id, private.person_id);
    assert_int_equal(comment.conversation_id, private.conversation_id);
    struct conversation s = conversation_now(c, comment.conversation_id);
    assert_int_equal(s.waiting, 2);
    assert_true(s.waiting_since == comment.at);
    assert_str(s.door, "messenger");
    /* the same id on another network is somebody else */
    assert_true(message_now(c, hear(c, "88", "Io sono un altro")).person_id != comment.person_id);
    house_is_sound(c);
}

static void coming_back_soon_is_the_same_need(void **state)
{
    struct care *c = *state;
    int64_t first = hear(c, "1", "Non va"), id = story_of(c, first);
    close_it(c, id);
    assert_int_equal(message_now(c, first).place, PLACE_CLOSED);
    time_back(c, id, 6 * DAY_US);
    int64_t second = hear(c, "1", "Di nuovo non va");
    assert_int_equal(story_of(c, second), id);
    struct conversation s = conversation_now(c, id);
    assert_int_equal(s.returns, 1);
    assert_int_equal(s.state, CONVERSATION_WAITING);
    assert_int_equal(s.waiting, 1); /* what was closed stays closed */
    assert_int_equal(s.closed_at, 0);
    assert_int_equal(s.closed_by, 0);
    assert_str(s.outcome, "");
    assert_int_equal(rank_reason(&s, clock_now()), RANK_RETURNED);
    hear(c, "1", "Mi sentite?");
    assert_int_equal(conversation_now(c, id).returns, 1);
    house_is_sound(c);
}

static void coming_back_late_is_a_new_need(void **state)
{
    struct care *c = *state;
    int64_t id = story_of(c, hear(c, "1", "Non va"));
    close_it(c, id);
    time_back(c, id, 8 * DAY_US);
    int64_t fresh = story_of(c, hear(c, "1", "Vorrei cambiare offerta"));
    assert_true(fresh != id);
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_CLOSED);
    assert_int_equal(conversation_now(c, fresh).returns, 0);
    house_is_sound(c);
}

static void what_was_answered_long_ago_is_over(void **state)
{
    struct care *c = *state;
    int64_t id = story_of(c, hear(c, "1", "Non va"));
    struct channel_event echo = event_direct(c, "1", "Ora va");
    echo.echo = true;
    take(c, &c->whatsapp, echo);
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_ANSWERED);
    time_back(c, id, 59 * DAY_US);
    assert_int_equal(story_of(c, hear(c, "1", "Grazie")), id);
    take(c, &c->whatsapp, (echo.external_id = echo.dedupe = STR("another"), echo.at = c->clock + 1, echo));
    time_back(c, id, 61 * DAY_US);
    assert_true(story_of(c, hear(c, "1", "Altra cosa")) != id);
}

static void what_waits_or_sleeps_is_never_over(void **state)
{
    struct care *c = *state;
    int64_t waits = story_of(c, hear(c, "1", "Non va")), sleeps = story_of(c, hear(c, "2", "Non va"));
    DO(c, story_snooze(tx, &c->h->marta, sleeps, 0, &e));
    struct channel_event echo = event_direct(c, "2", "Aspettiamo il tecnico");
    echo.echo = true;
    take(c, &c->whatsapp, echo);
    assert_int_equal(conversation_now(c, sleeps).state, CONVERSATION_SNOOZED);
    time_back(c, waits, 100 * DAY_US);
    time_back(c, sleeps, 100 * DAY_US);
    assert_int_equal(story_of(c, hear(c, "1", "Allora?")), waits);
    assert_int_equal(story_of(c, hear(c, "2", "Allora?")), sleeps);
    assert_int_equal(conversation_now(c, sleeps).state, CONVERSATION_WAITING);
    house_is_sound(c);
}

static void who_was_set_aside_comes_back_by_writing(void **state)
{
    struct care *c = *state;
    int64_t first = hear(c, "1", "Siete dei ladri"), id = story_of(c, first);
    DO(c, story_set_aside(tx, &c->h->marta, id, STR("troll"), STR("insulti"), &e));
    assert_int_equal(message_now(c, first).place, PLACE_SET_ASIDE);
    int64_t second = hear(c, "1", "Scusate, la bolletta è doppia");
    assert_int_equal(story_of(c, second), id);
    struct conversation s = conversation_now(c, id);
    assert_int_equal(s.state, CONVERSATION_WAITING);
    assert_int_equal(s.waiting, 1);
    assert_int_equal(s.closed_at, 0);
    assert_int_equal(message_now(c, first).place, PLACE_SET_ASIDE);
    house_is_sound(c);
}

static void an_old_message_that_comes_late_does_not_speak_last(void **state)
{
    struct care *c = *state;
    struct channel_event old = event_direct(c, "1", "Un'ora fa");
    int64_t id = story_of(c, hear(c, "1", "Adesso"));
    take(c, &c->whatsapp, old);
    struct conversation s = conversation_now(c, id);
    assert_str(s.preview, "Adesso");
    assert_true(s.waiting_since == old.at);
    struct message *story;
    size_t n;
    DO(c, message_list(tx, c->arena, c->brand, id, (struct cursor){.limit = 10}, &story, &n, &e));
    assert_int_equal(n, 2);
    assert_str(story[0].text, "Un'ora fa");
}

/* A comment below the post does not open a window, and does not make us forget the one that closes. */
static void the_window_that_closes_first_counts(void **state)
{
    struct care *c = *state;
    struct channel_event direct = event_direct(c, "5", "In privato"), comment = event_comment(c, "5", "In pubblico");
    direct.door = STR("messenger");
    int64_t id = story_of(c, take(c, &c->facebook, direct).message);
    int64_t until = rank_window_until(channel_door(c->facebook.channel, STR("messenger")), direct.at);
    assert_true(until == direct.at + 7 * DAY_US);
    assert_true(conversation_now(c, id).window_until == until);
    take(c, &c->facebook, comment);
    assert_true(conversation_now(c, id).window_until == until);
    struct channel_event gone = event_of(c, CHANNEL_DELETE, comment.external_id);
    take(c, &c->facebook, gone); /* settles: the same as counted anew */
    assert_true(conversation_now(c, id).window_until == until);
    struct channel_event again = event_direct(c, "5", "Ancora in privato");
    again.door = STR("messenger");
    take(c, &c->facebook, again);
    assert_true(conversation_now(c, id).window_until == again.at + 7 * DAY_US);
    comment.external_id = comment.dedupe = STR("post_again");
    comment.at = again.at + SECOND_US;
    take(c, &c->facebook, comment);
    take(c, &c->facebook, event_of(c, CHANNEL_DELETE, STR("post_again")));
    assert_true(conversation_now(c, id).window_until == again.at + 7 * DAY_US);
}

static void every_random_order_gives_the_same_books(void **state)
{
    struct care *c = *state;
    struct channel_event events[12];
    for (int i = 0; i < 4; i++) {
        events[i] = event_direct(c, i % 2 ? "1" : "2", "Messaggio");
        events[4 + i] = event_of(c, i < 2 ? CHANNEL_EDIT : CHANNEL_DELETE, events[i].external_id);
        events[4 + i].text = STR("Corretto");
        events[8 + i] = event_of(c, CHANNEL_REACTION, events[i].external_id);
    }
    unsigned seed = 20261121;
    for (size_t i = COUNT_OF(events); i-- > 1;) {
        seed = seed * 1103515245 + 12345;
        size_t k = seed / 65536 % (i + 1);
        struct channel_event swap = events[i];
        events[i] = events[k];
        events[k] = swap;
    }
    for (size_t turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < COUNT_OF(events); i++)
            take(c, &c->whatsapp, events[i]);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE place = 1 AND text = 'Corretto'"), 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE place = 5 AND text = ''"), 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
    house_is_sound(c);
}

/* A network that counts milliseconds says a whole second once in a thousand: it stands where it belongs. One that
 * counts whole seconds would put it before what came in that second. */
static void a_whole_second_is_believed_of_who_counts_finer(void **state)
{
    struct care *c = *state;
    int64_t second = clock_now() / SECOND_US * SECOND_US;
    struct channel_event fine = event_direct(c, "1", "Non va"), coarse = event_direct(c, "2", "Non va");
    fine.at = coarse.at = second;
    fine.at_exact = true;
    assert_int_equal(message_now(c, take(c, &c->whatsapp, fine).message).at, second);
    int64_t at = message_now(c, take(c, &c->whatsapp, coarse).message).at;
    assert_in_range(at, second + 1, clock_now());
}

int care_intake_story_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(one_person_at_two_doors_is_one_conversation),
        CARE_TEST(coming_back_soon_is_the_same_need),
        CARE_TEST(coming_back_late_is_a_new_need),
        CARE_TEST(what_was_answered_long_ago_is_over),
        CARE_TEST(what_waits_or_sleeps_is_never_over),
        CARE_TEST(who_was_set_aside_comes_back_by_writing),
        CARE_TEST(an_old_message_that_comes_late_does_not_speak_last),
        CARE_TEST(the_window_that_closes_first_counts),
        CARE_TEST(a_whole_second_is_believed_of_who_counts_finer),
        CARE_TEST(every_random_order_gives_the_same_books),
    };
    return cmocka_run_group_tests_name("care/intake_story", tests, NULL, NULL);
}
