/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of asking: what is found, what came late, what is gone, and what is not believed. */
#include "asking_support.h"

/* A network that tells whole seconds may mean any moment of them: what has just come is not late for that. */
static void a_whole_second_is_not_its_beginning(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    struct channel_event events[] = {comment_of(c, &l, "in that second", 5 * MINUTE_US + SECOND_US / 2),
                                     comment_of(c, &l, "exactly then", 5 * MINUTE_US + SECOND_US / 2)};
    events[1].at_exact = true;
    round_of(c, &l, COMMENTS, events, 2);
    assert_int_equal(row_now(c, &l, COMMENTS).found, 2);
    assert_int_equal(row_now(c, &l, COMMENTS).late, 1);
}

int care_asking_test(void);

static void the_first_round_goes_back_two_days(void **state)
{
    struct care *c = *state;
    struct lister l;
    struct round r;
    lister_set_up(c, &l);
    struct asking_row row = row_fresh(&l, COMMENTS);
    row_put(c, &row);
    round_begins(c, &l, COMMENTS, &r);
    assert_true(r.asking.since == l.now - 48 * HOUR_US);
    assert_true(r.asking.whole);
    struct channel_event events[] = {comment_of(c, &l, "old", 49 * HOUR_US),
                                     comment_of(c, &l, "young", 47 * HOUR_US)};
    round_hears(c, &l, &r, events, 2, (struct asked){.cursor = STR("young")});
    round_ends(c, &l, &r, (struct round_end){.kind = ROUND_COMPLETE, .from = r.asking.since});
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 1);
    row = row_now(c, &l, COMMENTS);
    assert_int_equal(row.found, 1);
    assert_int_equal(row.late, 0); /* who was not asked before is not late */
    assert_true(row.checked_until == l.now);
    assert_str(row.cursor, "young");
    assert_true(row.next_at >= l.now + 539 * SECOND_US && row.next_at <= l.now + 661 * SECOND_US);
    assert_true(row.whole_at == l.now + DAY_US);
    l.listings[COMMENTS].first_hours = 24 * 30;
    l.listings[COMMENTS].reach_hours = 24 * 7;
    row = row_fresh(&l, COMMENTS);
    row_put(c, &row);
    round_begins(c, &l, COMMENTS, &r);
    assert_true(r.asking.since == l.now - 7 * DAY_US); /* no further than the network lists */
    house_is_sound(c);
}

static void what_a_webhook_should_have_brought_is_late(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    struct channel_event known = comment_of(c, &l, "known", HOUR_US);
    take(c, &l.account, known);
    struct channel_event events[] = {known, comment_of(c, &l, "late", 6 * MINUTE_US),
                                     comment_of(c, &l, "very late", 20 * MINUTE_US),
                                     comment_of(c, &l, "under way", MINUTE_US)};
    round_of(c, &l, COMMENTS, events, 4);
    struct asking_row row = row_now(c, &l, COMMENTS);
    assert_int_equal(row.found, 3);
    assert_int_equal(row.late, 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 4);
    due_again(c, &l, COMMENTS, MINUTE_US);
    round_of(c, &l, COMMENTS, events, 4); /* the same again */
    row = row_now(c, &l, COMMENTS);
    assert_int_equal(row.found, 3);
    assert_int_equal(row.late, 2);
    assert_int_equal(row.rounds, 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload"), 2); /* of the webhook, and of the first round */
    checked_before(c, &l, TALKS);
    struct channel_event polled = comment_of(c, &l, "polled", HOUR_US);
    round_of(c, &l, TALKS, &polled, 1);
    assert_int_equal(row_now(c, &l, TALKS).late, 0); /* no webhook tells of these */
    assert_int_equal(row_now(c, &l, TALKS).found, 1);
    house_is_sound(c);
}

static void what_is_missing_twice_was_removed(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    struct channel_event stays = comment_of(c, &l, "stays", HOUR_US), goes = comment_of(c, &l, "goes", HOUR_US),
                         young = comment_of(c, &l, "young", MINUTE_US), old = comment_of(c, &l, "old", 25 * HOUR_US);
    int64_t id = take(c, &l.account, goes).message;
    take(c, &l.account, stays);
    take(c, &l.account, young);
    take(c, &l.account, old);
    round_of(c, &l, COMMENTS, &stays, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM missing"), 1);
    struct asking_row row = row_now(c, &l, COMMENTS);
    assert_true(row.whole_at == l.now + 10 * MINUTE_US && row.next_at <= row.whole_at); /* looked at again soon */
    due_again(c, &l, COMMENTS, 9 * MINUTE_US);
    struct channel_event both[] = {stays, young};
    round_of(c, &l, COMMENTS, both, 2);
    assert_int_equal(message_now(c, id).deleted_at, 0); /* too soon */
    due_again(c, &l, COMMENTS, 2 * MINUTE_US);
    struct round_end end = round_of(c, &l, COMMENTS, both, 2);
    assert_int_equal(end.withdrawn, 1);
    assert_true(message_now(c, id).deleted_at > 0);
    assert_int_equal(message_now(c, id).place, PLACE_WITHDRAWN);
    assert_str(message_now(c, id).text, "");
    assert_int_equal(row_now(c, &l, COMMENTS).withdrawn, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM missing"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE deleted_at > 0"), 1);
    due_again(c, &l, COMMENTS, HOUR_US);
    assert_int_equal(round_of(c, &l, COMMENTS, both, 2).withdrawn, 0); /* once */
    house_is_sound(c);
}

static void what_is_listed_again_was_never_gone(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    struct channel_event events[] = {comment_of(c, &l, "1", HOUR_US), comment_of(c, &l, "2", HOUR_US)};
    int64_t id = take(c, &l.account, events[1]).message;
    take(c, &l.account, events[0]);
    round_of(c, &l, COMMENTS, events, 1);
    due_again(c, &l, COMMENTS, 20 * MINUTE_US);
    round_of(c, &l, COMMENTS, events, 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM missing"), 0);
    due_again(c, &l, COMMENTS, 20 * MINUTE_US);
    round_of(c, &l, COMMENTS, events, 1); /* from now on */
    assert_int_equal(message_now(c, id).deleted_at, 0);
    /* a round that looks at less says nothing of it */
    due_again(c, &l, COMMENTS, 20 * MINUTE_US);
    struct round r;
    round_begins(c, &l, COMMENTS, &r);
    round_hears(c, &l, &r, NULL, 0, (struct asked){0});
    round_ends(c, &l, &r, (struct round_end){.kind = ROUND_COMPLETE, .from = l.now - MINUTE_US});
    assert_int_equal(number_of(c, "SELECT count(*) FROM missing"), 1);
    assert_int_equal(message_now(c, id).deleted_at, 0);
    /* nor one of a list that is not complete, nor one that does not say from when */
    due_again(c, &l, COMMENTS, 20 * MINUTE_US);
    round_begins(c, &l, COMMENTS, &r);
    round_ends(c, &l, &r, (struct round_end){.kind = ROUND_COMPLETE});
    l.listings[COMMENTS].complete = false;
    due_again(c, &l, COMMENTS, 20 * MINUTE_US);
    round_of(c, &l, COMMENTS, NULL, 0);
    assert_int_equal(message_now(c, id).deleted_at, 0);
    house_is_sound(c);
}

static void other_doors_and_other_threads_are_not_missed(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    l.listings[COMMENTS].by_thread = true;
    struct channel_event here = comment_of(c, &l, "here", HOUR_US), gone = comment_of(c, &l, "gone", HOUR_US),
                         there = comment_of(c, &l, "there", HOUR_US), talk = comment_of(c, &l, "talk", HOUR_US);
    there.thread_key = STR("post:2");
    talk.door = STR("messenger");
    take(c, &l.account, here);
    take(c, &l.account, gone);
    take(c, &l.account, there);
    take(c, &l.account, talk);
    round_of(c, &l, COMMENTS, &here, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM missing"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM missing, message WHERE message_id = id AND external_id = "
                                  "'gone'"),
                     1);
}

static void a_network_that_lies_is_not_believed(void **state)
{
    struct care *c = *state;
    struct lister l;
    struct channel_event events[30];
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        events[i] = comment_of(c, &l, str_cstr(c->arena, str_format(c->arena, "n%zu", i)), HOUR_US);
        take(c, &l.account, events[i]);
    }
    struct round_end end = round_of(c, &l, COMMENTS, NULL, 0);
    assert_true(end.doubted);
    assert_int_equal(row_now(c, &l, COMMENTS).doubted, 30);
    due_again(c, &l, COMMENTS, HOUR_US);
    round_of(c, &l, COMMENTS, events, 9); /* 21 of 30 */
    due_again(c, &l, COMMENTS, HOUR_US);
    round_of(c, &l, COMMENTS, events, 9);
    assert_int_equal(number_of(c, "SELECT count(*) FROM missing"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE deleted_at > 0"), 0);
    due_again(c, &l, COMMENTS, HOUR_US);
    assert_false(round_of(c, &l, COMMENTS, events, 10).doubted); /* 20 may go */
    assert_int_equal(row_now(c, &l, COMMENTS).doubted, 0);
    due_again(c, &l, COMMENTS, HOUR_US);
    assert_int_equal(round_of(c, &l, COMMENTS, events, 10).withdrawn, 20);
    house_is_sound(c);
}

static void other_words_are_an_edit(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    struct channel_event event = comment_of(c, &l, "1", HOUR_US);
    int64_t id = take(c, &l.account, event).message;
    event.text = STR("Ho cambiato idea");
    round_of(c, &l, COMMENTS, &event, 1);
    assert_str(message_now(c, id).text, "Commento 1"); /* a list may show the first words for ever */
    event.as_of = l.now;
    due_again(c, &l, COMMENTS, MINUTE_US);
    round_of(c, &l, COMMENTS, &event, 1);
    assert_str(message_now(c, id).text, "Ho cambiato idea");
    assert_int_equal(number_of(c, "SELECT count(*) FROM message_edit"), 1);
    due_again(c, &l, COMMENTS, MINUTE_US);
    round_of(c, &l, COMMENTS, &event, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message_edit"), 1);
    /* what was asked before an edit came is older than the edit */
    event.text = STR("Commento 1");
    event.as_of = l.now - 30 * MINUTE_US;
    due_again(c, &l, COMMENTS, MINUTE_US);
    round_of(c, &l, COMMENTS, &event, 1);
    assert_str(message_now(c, id).text, "Ho cambiato idea");
    house_is_sound(c);
}

static void what_cannot_be_read_is_kept_and_read_again(void **state)
{
    struct care *c = *state;
    struct lister l;
    struct round r;
    lister_set_up(c, &l);
    l.account.channel = c->facebook.channel;
    checked_before(c, &l, COMMENTS);
    round_begins(c, &l, COMMENTS, &r);
    r.listing = r.asking.listing = channel_listing(l.account.channel, STR("comments"));
    r.asking.step = 1;
    r.asking.carry = STR("{\"todo\":[\"100_1\"]}");
    struct round_answer answer = {.round = &r,
                                  .house = c->h->house,
                                  .body = STR("{\"data\":[{\"message\":\"without an id\"}]}"),
                                  .events = {.arena = c->arena, .unread = STR("data[0] has no id")},
                                  .now = l.now};
    for (int i = 0; i < 2; i++) {
        DO(c, round_take(tx, &answer, &e));
        answer.body = STR("{\"data\":[{\"message\":\"without an id\"},{}]}"); /* the same amid others */
    }
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload WHERE state = 'unread'"), 1);
    struct intake_replay replay = {.house = c->h->house,
                                   .account = &l.account,
                                   .payload_id = number_of(c, "SELECT id FROM payload"),
                                   .arena = c->arena};
    DO(c, intake_replay(tx, &replay, &e));
    assert_str(replay.still_unread, "data[0] has no id");
}

static void an_echo_that_is_listed_again_is_nothing_new(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    struct channel_event theirs = comment_of(c, &l, "1", HOUR_US), ours = comment_of(c, &l, "2", 30 * MINUTE_US);
    int64_t id = take(c, &l.account, theirs).message;
    ours.echo = true;
    ours.parent_id = STR("1");
    ours.author = (struct channel_author){0};
    struct channel_event both[] = {theirs, ours};
    round_of(c, &l, COMMENTS, both, 2); /* written on the network itself: found, and it answers */
    assert_int_equal(message_now(c, id).place, PLACE_ANSWERED);
    int64_t payloads = number_of(c, "SELECT count(*) FROM payload");
    due_again(c, &l, COMMENTS, MINUTE_US);
    round_of(c, &l, COMMENTS, both, 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload"), payloads);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 2);
    house_is_sound(c);
}

int care_asking_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(the_first_round_goes_back_two_days),
                                       CARE_TEST(what_a_webhook_should_have_brought_is_late),
                                       CARE_TEST(a_whole_second_is_not_its_beginning),
                                       CARE_TEST(what_is_missing_twice_was_removed),
                                       CARE_TEST(what_is_listed_again_was_never_gone),
                                       CARE_TEST(other_doors_and_other_threads_are_not_missed),
                                       CARE_TEST(a_network_that_lies_is_not_believed),
                                       CARE_TEST(other_words_are_an_edit),
                                       CARE_TEST(what_cannot_be_read_is_kept_and_read_again),
                                       CARE_TEST(an_echo_that_is_listed_again_is_nothing_new)};
    return cmocka_run_group_tests_name("care/asking", tests, NULL, NULL);
}
