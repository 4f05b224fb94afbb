/* SPDX-License-Identifier: Apache-2.0 */
/* What a network says of how people can be reached there. */
#include "house_fixture.h"

int care_intake_reach_test(void);

static struct identity identity_of(struct care *c, struct str id)
{
    struct identity found = {0};
    DO(c, identity_find(tx, c->arena, c->brand, STR("whatsapp"), id, &found, &e));
    return found;
}

static void who_left_is_not_reached_until_they_are_back(void **state)
{
    struct care *c = *state;
    struct channel_event message = event_direct(c, "1", "Mi cancello"), event = event_of(c, CHANNEL_LEFT, STR_EMPTY);
    struct str who = message.author.external_id;
    take(c, &c->whatsapp, message);
    event.author.external_id = who;
    event.dedupe = STR("left:1");
    assert_int_equal(take(c, &c->whatsapp, event).fresh, 1);
    assert_str(identity_of(c, who).unreachable, "blocked");
    assert_int_equal(take(c, &c->whatsapp, event).fresh, 0);
    event.kind = CHANNEL_BACK;
    event.dedupe = STR("back:2");
    take(c, &c->whatsapp, event);
    assert_str(identity_of(c, who).unreachable, "");
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 1);
}

/* Told again late: what was said afterwards holds. */
static void what_comes_late_changes_nothing_of_what_was_later(void **state)
{
    struct care *c = *state;
    struct channel_event message = event_direct(c, "1", "Mi cancello"), left = event_of(c, CHANNEL_LEFT, STR_EMPTY);
    struct str who = message.author.external_id;
    int64_t at = message.at;
    take(c, &c->whatsapp, message);
    left.author.external_id = who;
    left.door = message.door;
    left.dedupe = STR("left:before");
    left.at = at - SECOND_US; /* and wrote after it */
    take(c, &c->whatsapp, left);
    assert_str(identity_of(c, who).unreachable, "");
    left.dedupe = STR("left: in the second of a message that is finer");
    left.at = at - at % SECOND_US;
    take(c, &c->whatsapp, left);
    assert_str(identity_of(c, who).unreachable, "blocked");
    struct channel_event back = left;
    back.kind = CHANNEL_BACK;
    back.dedupe = STR("back:3");
    back.at = at + 3 * SECOND_US;
    take(c, &c->whatsapp, back);
    left.dedupe = STR("left:2");
    left.at = at + 2 * SECOND_US;
    take(c, &c->whatsapp, left);
    assert_str(identity_of(c, who).unreachable, "");
    left.dedupe = STR("left:4");
    left.at = at + 4 * SECOND_US;
    take(c, &c->whatsapp, left);
    assert_str(identity_of(c, who).unreachable, "blocked");
    back.dedupe = STR("back:3 again, with another key");
    take(c, &c->whatsapp, back);
    assert_str(identity_of(c, who).unreachable, "blocked");
    back.dedupe = STR("back: nobody knows when");
    back.at = 0;
    take(c, &c->whatsapp, back);
    assert_str(identity_of(c, who).unreachable, "");
}

int care_intake_reach_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(who_left_is_not_reached_until_they_are_back),
                                       CARE_TEST(what_comes_late_changes_nothing_of_what_was_later)};
    return cmocka_run_group_tests_name("care/intake_reach", tests, NULL, NULL);
}
