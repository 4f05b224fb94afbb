/* SPDX-License-Identifier: Apache-2.0 */
/* Every payload under tests/examples gives exactly the events written beside it (NAME.events), and gives them
 * again with the same keys when it is delivered twice. ASCOLTO_UPDATE=1 writes the .events anew, to be read
 * before they are committed. */
#include "support.h"

int channels_examples_test(void);

static void check_example(struct arena *a, const struct channel *channel, const char *dir, const char *name)
{
    struct str body = slurp(a, str_format(a, "%s/%s", dir, name).ptr);
    const char *golden = str_format(a, "%s/%.*sevents", dir, (int)(strrchr(name, '.') - name) + 1, name).ptr;
    struct channel_events events;
    struct error e = {0};
    take(a, channel, body, &events, &e);
    struct str got = dump(a, &events, &e);
    if (getenv("ASCOLTO_UPDATE")) {
        FILE *f = fopen(golden, "wb");
        assert_non_null(f);
        fwrite(got.ptr, 1, got.len, f);
        fclose(f);
    }
    struct str expected = slurp(a, golden);
    if (!str_eq(got, expected))
        fail_msg("%s/%s gives\n%.*s\nand not\n%.*s", dir, name, STR_ARGS(got), STR_ARGS(expected));

    struct channel_events again;
    struct error e2 = {0};
    take(a, channel, body, &again, &e2);
    assert_int_equal(again.count, events.count);
    for (size_t i = 0; i < events.count; i++)
        assert_true(str_eq(events.items[i].dedupe, again.items[i].dedupe));
}

static void every_example_gives_its_events(void **state)
{
    size_t channels;
    const struct channel *const *all = channel_all(&channels);
    for (size_t i = 0; i < channels; i++) {
        if (!channel_connects(all[i]))
            continue;
        const char *dir = str_format(*state, "tests/examples/%s", all[i]->name).ptr;
        static const char *const kinds[] = {".json", ".eml", ".xml", ".form"}; /* each network sends one of them */
        size_t count = 0;
        const char **names = NULL;
        for (size_t k = 0; k < COUNT_OF(kinds) && !count; k++)
            names = names_in(*state, dir, kinds[k], &count);
        if (!names || !count)
            fail_msg("%s: an adapter needs examples of what its network sends", dir);
        for (size_t k = 0; k < count; k++)
            check_example(*state, all[i], dir, names[k]);
    }
}

/* No two events of different examples share a key, but where the same message comes twice on purpose. */
static void keys_tell_events_apart(void **state)
{
    struct arena *a = *state;
    const struct channel *channel = channel_of("facebook");
    size_t count, n = 0;
    const char **names = names_in(a, "tests/examples/facebook", ".json", &count);
    struct str *keys = ARENA_ARRAY(a, struct str, 1024);
    for (size_t k = 0; k < count; k++) {
        struct channel_events events;
        struct error e = {0};
        take(a, channel, slurp(a, str_format(a, "tests/examples/facebook/%s", names[k]).ptr), &events, &e);
        for (size_t i = 0; i < events.count && n < 1024; i++)
            keys[n++] = events.items[i].dedupe;
    }
    assert_true(n > 30);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            if (str_eq(keys[i], keys[k]))
                fail_msg("%.*s stands for two events", STR_ARGS(keys[i]));
}

int channels_examples_test(void)
{
    const struct CMUnitTest tests[] = {TEST(every_example_gives_its_events), TEST(keys_tell_events_apart)};
    return cmocka_run_group_tests_name("channels/examples", tests, NULL, NULL);
}
