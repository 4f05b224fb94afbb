/* SPDX-License-Identifier: Apache-2.0 */
/* Who reads and who writes: the others are told what changes, and nobody is seen in another brand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/arena.h"
#include "base/unicode.h"
#include "web/presence.h"

int web_presence_test(void);

struct desk {
    struct presence *presence;
    struct arena *arena;
};

static int set_up(void **state)
{
    static struct desk desk;
    desk = (struct desk){.presence = presence_new(), .arena = arena_new()};
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *d = *state;
    presence_free(d->presence);
    arena_free(d->arena);
    return 0;
}

enum { BRAND = 1, OTHER_BRAND = 2, STORY = 7, OTHER_STORY = 8, GIULIA = 11, LUCA = 12 };

static size_t others(struct desk *d, int64_t brand, int64_t story, int64_t but, struct being **out)
{
    return presence_list(d->presence, d->arena, brand, story, but, out);
}

static void only_what_changes_is_told(void **state)
{
    struct desk *d = *state;
    assert_true(presence_set(d->presence, BRAND, STORY, GIULIA, STR("Giulia"), DOING_READING));
    assert_false(presence_set(d->presence, BRAND, STORY, GIULIA, STR("Giulia"), DOING_READING));
    assert_true(presence_set(d->presence, BRAND, STORY, GIULIA, STR("Giulia"), DOING_WRITING));
    assert_true(presence_set(d->presence, BRAND, STORY, GIULIA, STR("Giulia"), DOING_GONE));
    assert_false(presence_set(d->presence, BRAND, STORY, GIULIA, STR("Giulia"), DOING_GONE));
    assert_false(presence_set(d->presence, BRAND, OTHER_STORY, LUCA, STR("Luca"), DOING_GONE));
}

static void the_others_are_seen_at_their_story(void **state)
{
    struct desk *d = *state;
    struct being *list;
    presence_set(d->presence, BRAND, STORY, GIULIA, STR("Giulia"), DOING_READING);
    presence_set(d->presence, BRAND, STORY, LUCA, STR("Luca"), DOING_NOTING);
    assert_int_equal(others(d, BRAND, STORY, GIULIA, &list), 1);
    assert_int_equal(list[0].agent_id, LUCA);
    assert_int_equal(list[0].doing, DOING_NOTING);
    assert_string_equal(list[0].name, "Luca");
    assert_int_equal(others(d, BRAND, STORY, 0, &list), 2);
    assert_int_equal(others(d, BRAND, OTHER_STORY, 0, &list), 0);
    assert_int_equal(others(d, OTHER_BRAND, STORY, 0, &list), 0);
    presence_set(d->presence, BRAND, STORY, LUCA, STR("Luca"), DOING_GONE);
    assert_int_equal(others(d, BRAND, STORY, GIULIA, &list), 0);
}

static void here_means_in_this_brand(void **state)
{
    struct desk *d = *state;
    assert_false(presence_here(d->presence, BRAND, GIULIA));
    presence_set(d->presence, BRAND, STORY, GIULIA, STR("Giulia"), DOING_READING);
    assert_true(presence_here(d->presence, BRAND, GIULIA));
    assert_false(presence_here(d->presence, OTHER_BRAND, GIULIA));
    assert_false(presence_here(d->presence, BRAND, LUCA));
}

static void a_full_table_forgets_the_oldest(void **state)
{
    struct desk *d = *state;
    struct being *list;
    for (int64_t story = 1; story <= 6000; story++)
        presence_set(d->presence, BRAND, story, GIULIA, STR("Giulia"), DOING_READING);
    assert_int_equal(others(d, BRAND, 1, 0, &list), 0);
    assert_int_equal(others(d, BRAND, 6000, 0, &list), 1);
}

static void a_long_name_ends_between_letters(void **state)
{
    struct desk *d = *state;
    struct being *list;
    char name[300] = "x"; /* so that no letter of two bytes ends where the room does */
    for (size_t i = 0; i < 100; i++)
        memcpy(name + 1 + 2 * i, "è", 2);
    presence_set(d->presence, BRAND, STORY, GIULIA, str_from(name), DOING_READING);
    assert_int_equal(others(d, BRAND, STORY, 0, &list), 1);
    assert_in_range(strlen(list[0].name), 90, sizeof list[0].name - 1);
    assert_true(utf8_valid(str_from(list[0].name)));
    assert_memory_equal(list[0].name, name, strlen(list[0].name));
    presence_set(d->presence, BRAND, STORY, GIULIA, STR("Giulia"), DOING_READING);
    assert_int_equal(others(d, BRAND, STORY, 0, &list), 1);
    assert_string_equal(list[0].name, "Giulia");
}

static void doings_have_names(void **state)
{
    (void)state;
    for (int doing = DOING_GONE; doing <= DOING_NOTING; doing++)
        assert_int_equal(doing_from(str_from(doing_name((enum doing)doing))), doing);
    assert_int_equal(doing_from(STR("dancing")), DOING_GONE);
}

int web_presence_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_changes_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_others_are_seen_at_their_story, set_up, tear_down),
        cmocka_unit_test_setup_teardown(here_means_in_this_brand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_table_forgets_the_oldest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_name_ends_between_letters, set_up, tear_down),
        cmocka_unit_test(doings_have_names),
    };
    return cmocka_run_group_tests_name("web/presence", tests, NULL, NULL);
}
