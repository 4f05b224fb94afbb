/* SPDX-License-Identifier: Apache-2.0 */
/* Whom X lets a program answer: who names or quotes us; on the enterprise plan everybody. */
#include "support.h"

int channels_summons_test(void);

static const struct channel_event *told(struct arena *a, const char *plan, const char *username, const char *type,
                                        const char *payload, const char *includes)
{
    const struct channel *channel = channel_of("x");
    struct pair pairs[] = {{STR("consumer_secret"), STR("s")},
                           {STR("user_id"), STR("900")},
                           {STR("username"), str_from(username)},
                           {STR("plan"), str_from(plan)}};
    struct settings settings;
    struct error e = {0};
    if (!settings_make(a, channel, &(struct pairs){pairs, COUNT_OF(pairs)}, &settings, &e))
        fail_msg("%s", e.message);
    struct str body =
        str_format(a,
                   "{\"data\":{\"event_uuid\":\"1\",\"filter\":{\"user_id\":\"900\"},\"event_type\":\"%s\","
                   "\"payload\":{\"id\":\"5\",\"author_id\":\"7\",\"conversation_id\":\"1\",%s},"
                   "\"includes\":%s}}",
                   type, payload, includes);
    struct channel_events *events = ARENA_NEW(a, struct channel_events);
    events->arena = a;
    if (!channel->receive(a, &settings, body, events, &e))
        fail_msg("%s", e.message);
    assert_int_equal(events->count, 1);
    return &events->items[0];
}

#define REPLY "post.reply.create"
#define TO_US "\"in_reply_to_tweet_id\":\"1\",\"in_reply_to_user_id\":\"900\","

static const struct {
    const char *plan, *username, *type, *payload, *includes;
    bool shut;
} posts[] = {
    {"self-serve", "", REPLY, TO_US "\"text\":\"no\"", "{}", true},
    {"", "", REPLY, TO_US "\"text\":\"no\"", "{}", true}, /* a plan that nobody chose */
    {"enterprise", "", REPLY, TO_US "\"text\":\"no\"", "{}", false},
    {"self-serve", "nuvola", REPLY, TO_US "\"text\":\"@Nuvola no\"", "{}", false},
    {"self-serve", "nuvola", REPLY, TO_US "\"text\":\"no @nuvola\"", "{}", false},
    {"self-serve", "nuvola", REPLY, TO_US "\"text\":\"@nuvola_it no\"", "{}", true}, /* somebody else */
    {"self-serve", "nuvola", REPLY, TO_US "\"text\":\"@nuvolaro no\"", "{}", true},
    {"self-serve", "nuvola", REPLY, TO_US "\"text\":\"nuvola\"", "{}", true},
    {"self-serve", "", REPLY, TO_US "\"text\":\"@ada no\"", "{}", false}, /* who that is X does not say */
    {"self-serve", "", REPLY, TO_US "\"text\":\"@ada no\"", "{\"users\":[{\"id\":\"900\",\"username\":\"nuvola\"}]}",
     true},
    {"self-serve", "", REPLY, TO_US "\"text\":\"@nuvola no\"",
     "{\"users\":[{\"id\":\"900\",\"username\":\"nuvola\"}]}", false},
    {"self-serve", "", REPLY, TO_US "\"text\":\"no\",\"entities\":{\"mentions\":[{\"id\":\"8\"},{\"id\":\"900\"}]}",
     "{}", false},
    {"self-serve", "", REPLY, TO_US "\"text\":\"no\",\"entities\":{\"mentions\":[{\"id\":\"8\"}]}", "{}", true},
    {"self-serve", "", "post.mention.create", "\"text\":\"no\"", "{}", false}, /* X says so */
    {"self-serve", "", "post.quote.create",
     "\"text\":\"no\",\"referenced_tweets\":[{\"type\":\"quoted\",\"id\":\"3\"}]", "{}", false},
    {"self-serve", "", REPLY, TO_US "\"text\":\"no\",\"referenced_tweets\":[{\"type\":\"quoted\",\"id\":\"3\"}]",
     "{\"tweets\":[{\"id\":\"3\",\"author_id\":\"900\",\"text\":\"a\"}]}", false},
    {"self-serve", "", REPLY, TO_US "\"text\":\"no\",\"referenced_tweets\":[{\"type\":\"quoted\",\"id\":\"3\"}]",
     "{\"tweets\":[{\"id\":\"3\",\"author_id\":\"8\",\"text\":\"a\"}]}", true},
};

static void who_calls_us_can_be_answered(void **state)
{
    for (size_t i = 0; i < COUNT_OF(posts); i++) {
        const struct channel_event *event =
            told(*state, posts[i].plan, posts[i].username, posts[i].type, posts[i].payload, posts[i].includes);
        if ((event->shut != NULL) != posts[i].shut)
            fail_msg("post %zu: %s", i, event->shut ? event->shut : "open");
        if (event->shut)
            assert_string_equal(event->shut, "unsummoned");
    }
}

static void our_own_posts_are_not_shut(void **state)
{
    struct arena *a = *state;
    const struct channel *channel = channel_of("x");
    struct settings settings = settings_of(a, channel);
    struct channel_events events = {.arena = a};
    struct error e = {0};
    assert_true(
        channel->receive(a, &settings,
                         STR("{\"for_user_id\":\"1500000000000000007\",\"tweet_create_events\":["
                             "{\"id_str\":\"1\",\"text\":\"ecco\",\"user\":{\"id_str\":\"1500000000000000007\"}},"
                             "{\"id_str\":\"2\",\"text\":\"no\",\"user\":{\"id_str\":\"7\"},"
                             "\"in_reply_to_status_id_str\":\"1\"},"
                             "{\"id_str\":\"3\",\"text\":\"no\",\"user\":{\"id_str\":\"7\"},\"entities\":{"
                             "\"user_mentions\":[{\"id_str\":\"1500000000000000007\"}]}},"
                             "{\"id_str\":\"4\",\"text\":\"no\",\"user\":{\"id_str\":\"7\"},"
                             "\"quoted_status_id_str\":\"1\",\"quoted_status\":{\"user\":{\"id_str\":"
                             "\"1500000000000000007\"}}}]}"),
                         &events, &e));
    assert_int_equal(events.count, 4);
    assert_null(events.items[0].shut);
    assert_string_equal(events.items[1].shut, "unsummoned");
    assert_null(events.items[2].shut);
    assert_null(events.items[3].shut);
}

int channels_summons_test(void)
{
    const struct CMUnitTest tests[] = {TEST(who_calls_us_can_be_answered), TEST(our_own_posts_are_not_shut)};
    return cmocka_run_group_tests_name("channels/summons", tests, NULL, NULL);
}
