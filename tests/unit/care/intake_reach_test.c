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

int care_intake_reach_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(who_left_is_not_reached_until_they_are_back)};
    return cmocka_run_group_tests_name("care/intake_reach", tests, NULL, NULL);
}
