/* SPDX-License-Identifier: Apache-2.0 */
/* Doors that a network shuts itself: its reason is known before anybody writes, and a later message opens them. */
#include "house_fixture.h"

int care_shut_test(void);

static struct channel_event reply_on_x(struct care *c, const char *author, const char *words, const char *shut)
{
    struct channel_event event = event_comment(c, author, words);
    event.door = STR("reply");
    event.link = str_format(c->arena, "https://x.com/i/web/status/%d", c->serial);
    event.shut = shut;
    return event;
}

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

static struct reply_door door_of(struct care *c, int64_t conversation, const char *name)
{
    struct reply_door *doors;
    size_t n;
    DO(c, doors_of(tx, c, conversation, &doors, &n, &e));
    for (size_t i = 0; i < n; i++)
        if (str_eq(str_from(doors[i].door->name), str_from(name)))
            return doors[i];
    fail_msg("no door %s", name);
    return (struct reply_door){0};
}

static void the_network_shuts_its_own_door(void **state)
{
    struct care *c = *state;
    int64_t first = take(c, &c->x, reply_on_x(c, "7", "Come al solito", "unsummoned")).message;
    int64_t id = message_now(c, first).conversation_id;
    listen_to(c, id);
    struct reply_door door = door_of(c, id, "reply");
    assert_false(door.open);
    assert_string_equal(door.shut, "network");
    assert_str(door.reason, "x.unsummoned");
    assert_str(door.link, "https://x.com/i/web/status/1");
    assert_true(door_of(c, id, "dm").open); /* the nearest */
    struct reply_request request = {
        .conversation_id = id, .channel_id = c->x.row.id, .door = STR("reply"), .text = STR("Eccoci")};
    int64_t none;
    REFUSED(c, ERR_CONFLICT, send_as(tx, c, c->marta_session, &request, &none, &e));
    take(c, &c->x, reply_on_x(c, "7", "@nuvola allora?", NULL));
    door = door_of(c, id, "reply");
    assert_true(door.open);
    assert_int_equal(door.reason.len, 0);
    DO(c, send_as(tx, c, c->marta_session, &request, &none, &e));
    take(c, &c->x, reply_on_x(c, "7", "E di nuovo niente", "unsummoned"));
    assert_false(door_of(c, id, "reply").open);
    house_is_sound(c);
}

/* The same message, told of again: as a mention it opens; only a list that shows how it is now shuts it. */
static void told_of_again(void **state)
{
    struct care *c = *state;
    struct channel_event event = reply_on_x(c, "7", "Come al solito", "unsummoned");
    int64_t m = take(c, &c->x, event).message, id = message_now(c, m).conversation_id;
    assert_int_equal(take(c, &c->x, event).duplicates, 1);
    assert_str(message_now(c, m).shut, "unsummoned");
    event.shut = NULL;
    assert_int_equal(take(c, &c->x, event).duplicates, 1);
    assert_int_equal(message_now(c, m).shut.len, 0);
    assert_true(door_of(c, id, "reply").open);
    event.shut = "unsummoned";
    take(c, &c->x, event);
    assert_true(door_of(c, id, "reply").open);
    event.as_of = clock_now();
    take(c, &c->x, event);
    assert_false(door_of(c, id, "reply").open);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'message.open'"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'message.shut'"), 1);
    house_is_sound(c);
}

/* They named us after all. */
static void an_edit_opens(void **state)
{
    struct care *c = *state;
    struct channel_event event = reply_on_x(c, "7", "Come al solito", "unsummoned");
    int64_t m = take(c, &c->x, event).message;
    event.kind = CHANNEL_EDIT;
    event.dedupe = STR("edit:1");
    event.text = STR("@nuvola come al solito");
    event.shut = NULL;
    event.at += SECOND_US;
    take(c, &c->x, event);
    assert_int_equal(message_now(c, m).shut.len, 0);
    assert_str(message_now(c, m).text, "@nuvola come al solito");
    house_is_sound(c);
}

int care_shut_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(the_network_shuts_its_own_door), CARE_TEST(told_of_again),
                                       CARE_TEST(an_edit_opens)};
    return cmocka_run_group_tests_name("care/shut", tests, NULL, NULL);
}
