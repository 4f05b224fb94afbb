/* SPDX-License-Identifier: Apache-2.0 */
/* What a message came from: kept beside it as long as its words are. */
#include "house_fixture.h"

int care_intake_origin_test(void);

static void what_a_message_came_from_is_kept_and_goes_with_it(void **state)
{
    struct care *c = *state;
    struct channel_origin origins[] = {
        {.kind = "ad", .words = STR("Metà “prezzo” \"vero\""), .link = STR("https://x.example/")},
        {.kind = "forwarded"}};
    struct channel_event event = event_direct(c, "1", "È valida?");
    event.origins = origins;
    event.origin_count = COUNT_OF(origins);
    int64_t id = take(c, &c->whatsapp, event).message, plain = hear(c, "1", "Ci siete?");
    assert_str(message_now(c, id).origin, "[{\"kind\":\"ad\",\"words\":\"Metà “prezzo” \\\"vero\\\"\",\"link\":"
                                          "\"https://x.example/\"},{\"kind\":\"forwarded\"}]");
    assert_str(message_now(c, plain).origin, "");
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, event.external_id));
    assert_str(message_now(c, id).origin, "");
}

int care_intake_origin_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(what_a_message_came_from_is_kept_and_goes_with_it)};
    return cmocka_run_group_tests_name("care/intake_origin", tests, NULL, NULL);
}
