/* SPDX-License-Identifier: Apache-2.0 */
/* The registry, the names, the settings, and what every descriptor must hold. */
#include "support.h"

int channels_registry_test(void);

static void finds_by_name_and_alias(void **state)
{
    (void)state;
    assert_ptr_equal(channel_of("facebook"), channel_of("messenger"));
    assert_ptr_equal(channel_of("x"), channel_of("twitter"));
    assert_string_equal(channel_of("whatsapp")->label, "WhatsApp");
    assert_null(channel_find(STR("Facebook"))); /* names are exact */
    assert_null(channel_find(STR("face")));
    assert_null(channel_find(STR("channel")));
    assert_null(channel_find(STR_EMPTY));
}

static void names_are_unique(void **state)
{
    (void)state;
    size_t count;
    const struct channel *const *all = channel_all(&count);
    assert_true(count >= 3);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(channel_find(str_from(all[i]->name)), all[i]);
        for (size_t k = 0; k < COUNT_OF(all[i]->aliases) && all[i]->aliases[k]; k++)
            assert_ptr_equal(channel_find(str_from(all[i]->aliases[k])), all[i]);
    }
}

/* One setting says whose messages they are, where one webhook may tell of several accounts. */
static int settings_of_account(const struct channel *c)
{
    int count = 0;
    for (const struct setting *s = c->settings; s->name; s++)
        count += (s->flags & SETTING_ACCOUNT) != 0;
    return count;
}

static bool reads_lower_case(struct arena *a, const struct channel *c)
{
    for (size_t i = 0; i < COUNT_OF(c->headers) && c->headers[i]; i++)
        if (!str_eq(str_lower(a, str_from(c->headers[i])), str_from(c->headers[i])))
            return false;
    return true;
}

/* Whether letters leave through it only where an administrator said so. */
static bool is_asked_for(const struct channel *c)
{
    for (const struct setting *s = c->settings; s->name; s++)
        if (!strcmp(s->name, "letters"))
            return s->otherwise && !strcmp(s->otherwise, "no");
    return false;
}

static void descriptors_are_complete(void **state)
{
    struct arena *a = *state;
    size_t count;
    const struct channel *const *all = channel_all(&count);
    for (size_t i = 0; i < count; i++) {
        const struct channel *c = all[i];
        assert_true(c->label && c->icon && c->settings && c->doors && c->doors[0].name);
        assert_true(reads_lower_case(a, c));
        assert_in_range(settings_of_account(c), 0, 1);
        assert_true(c->send && c->answer);
        assert_true(!channel_connects(c) || c->verify || c->listings); /* some way in */
        assert_true(!channel_connects(c) || (c->receive && c->probe && c->probed));
        assert_true(!channel_connects(c) || (c->guide_steps >= 2 && c->guide_steps < 10));
        for (const struct door *door = c->doors; door->name; door++) {
            assert_ptr_equal(channel_door(c, str_from(door->name)), door);
            assert_str(str_from(door->label), str_format(a, "door.%s.%s", c->name, door->name).ptr);
            assert_true(!door->attachments || door->attachment_max > 0);
            assert_true(!door->human_hours || door->human_hours > door->window_hours);
            assert_true(!door->once || door->reply_needed);
            assert_true(!c->archive || door->shut);
        }
        assert_int_equal(c->listings != NULL, c->ask && c->asked);
        for (const struct listing *list = c->listings; list && list->name; list++) {
            assert_ptr_equal(channel_listing(c, str_from(list->name)), list);
            assert_str(str_from(list->label), str_format(a, "listing.%s.%s", c->name, list->name).ptr);
            assert_true(list->every_seconds >= 10);
            assert_true(!list->by_thread || list->complete);
            assert_true(!c->quota.units || list->units > 0);
            assert_non_null(list->doors[0]);
            for (size_t k = 0; k < COUNT_OF(list->doors) && list->doors[k]; k++)
                assert_non_null(channel_door(c, str_from(list->doors[k])));
        }
        const struct door *notice = c->notice ? channel_door(c, str_from(c->notice)) : NULL;
        assert_int_equal(c->notice != NULL, notice && notice->kind == DOOR_DIRECT && !notice->reply_needed);
        assert_true(!c->notice || !c->forgeable || is_asked_for(c)); /* telephones are at the brand's price */
        bool required = false;
        for (const struct setting *s = c->settings; s->name; s++) {
            assert_str(str_from(s->label), str_format(a, "setting.%s.%s", c->name, s->name).ptr);
            assert_true(s->help && s->help[0]);
            required |= (s->flags & SETTING_REQUIRED) != 0;
            bool secret = strstr(s->name, "secret") || strstr(s->name, "token") || strstr(s->name, "password") ||
                          strstr(s->name, "aes_key");
            assert_int_equal(secret, (s->flags & SETTING_SECRET) != 0);
        }
        assert_int_equal(required, channel_connects(c));
    }
}

static void door_limits_are_the_networks(void **state)
{
    (void)state;
    static const struct {
        const char *network, *door;
        enum door_kind kind;
        int limit, window_hours, human_hours;
        bool once, reply_needed, attachments;
    } expected[] = {{"facebook", "comment", DOOR_PUBLIC, 8000, 0, 0, false, true, false},
                    {"facebook", "private_reply", DOOR_PRIVATE, 2000, 168, 0, true, true, false},
                    {"facebook", "messenger", DOOR_DIRECT, 2000, 24, 168, false, false, true},
                    {"whatsapp", "whatsapp", DOOR_DIRECT, 4096, 24, 0, false, false, true},
                    {"x", "reply", DOOR_PUBLIC, 280, 0, 0, false, true, true},
                    {"x", "dm", DOOR_DIRECT, 10000, 0, 0, false, false, true},
                    {"telegram", "chat", DOOR_DIRECT, 4096, 0, 0, false, false, true},
                    {"telegram", "business", DOOR_DIRECT, 4096, 24, 0, false, false, true},
                    {"telegram", "group", DOOR_PUBLIC, 4096, 0, 0, false, true, true},
                    {"bluesky", "reply", DOOR_PUBLIC, 300, 0, 0, false, true, true},
                    {"bluesky", "dm", DOOR_DIRECT, 1000, 0, 0, false, false, false}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct door *door = channel_door(channel_of(expected[i].network), str_from(expected[i].door));
        assert_non_null(door);
        assert_int_equal(door->kind, expected[i].kind);
        assert_int_equal(door->limit, expected[i].limit);
        assert_int_equal(door->window_hours, expected[i].window_hours);
        assert_int_equal(door->human_hours, expected[i].human_hours);
        assert_int_equal(door->once, expected[i].once);
        assert_int_equal(door->reply_needed, expected[i].reply_needed);
        assert_int_equal(door->attachments, expected[i].attachments);
    }
    assert_int_equal(channel_door(channel_of("x"), STR("reply"))->unit, LENGTH_X_WEIGHTED);
    assert_int_equal(channel_door(channel_of("x"), STR("reply"))->url_weight, 23);
    assert_int_equal(channel_door(channel_of("telegram"), STR("chat"))->unit, LENGTH_UTF16);
    assert_null(channel_door(channel_of("x"), STR("messenger")));
}

static void words_for_failures_and_kinds(void **state)
{
    (void)state;
    static const char *const failures[] = {"none",    "token", "permission", "rate",     "window",
                                           "blocked", "gone",  "content",    "transient"};
    for (int f = 0; f < FAILURE_COUNT; f++)
        assert_string_equal(failure_name((enum failure)f), failures[f]);
    static const char *const kinds[] = {"text",    "image",    "video",   "audio",    "file",
                                        "sticker", "location", "contact", "postback", "unsupported"};
    for (int k = MESSAGE_TEXT; k <= MESSAGE_UNSUPPORTED; k++)
        assert_string_equal(message_kind_name((enum message_kind)k), kinds[k]);
}

static bool make(struct arena *a, const char *network, struct pair *given, size_t count, struct settings *out,
                 struct error *e)
{
    return settings_make(a, channel_of(network), &(struct pairs){given, count}, out, e);
}

static void settings_take_defaults(void **state)
{
    struct settings s;
    struct error e = {0};
    struct pair given[] = {{STR("app_secret"), STR("  shh \n")}, {STR("api_base"), STR("http://127.0.0.1:9/")}};
    assert_true(make(*state, "facebook", given, 2, &s, &e));
    assert_str(settings_get(&s, "app_secret"), "shh"); /* a pasted line end is cut off */
    assert_str(settings_get(&s, "api_base"), "http://127.0.0.1:9/");
    assert_str(settings_get(&s, "api_version"), "v26.0");
    assert_str(settings_get(&s, "access_token"), "");
    assert_true(make(*state, "whatsapp", given, 1, &s, &e));
    assert_str(settings_get(&s, "api_version"), "v23.0");
    assert_str(settings_get(&s, "api_base"), "https://graph.facebook.com");
    struct pair x[] = {{STR("consumer_secret"), STR("shh")}, {STR("user_id"), STR("")}};
    assert_true(make(*state, "x", x, 2, &s, &e));
    assert_str(settings_get(&s, "api_base"), "https://api.x.com");
    assert_str(settings_get(&s, "user_id"), "");
}

static void settings_refuse(void **state)
{
    struct settings s;
    struct error e = {0};
    static const char *const wrong[] = {"ftp://graph.example", "graph.example", "https://", "javascript:alert(1)"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct pair given[] = {{STR("app_secret"), STR("shh")}, {STR("api_base"), str_from(wrong[i])}};
        assert_false(make(*state, "facebook", given, 2, &s, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
        assert_non_null(strstr(e.message, "api_base"));
        struct pair consent[] = {{STR("client_id"), STR("1")},
                                 {STR("client_secret"), STR("s")},
                                 {STR("consent_base"), str_from(wrong[i])}};
        e = (struct error){0};
        assert_false(make(*state, "pinterest", consent, COUNT_OF(consent), &s, &e));
        assert_non_null(strstr(e.message, "consent_base is an address"));
        e = (struct error){0};
    }
    struct pair none[] = {{STR("page_id"), STR("1")}};
    assert_false(make(*state, "facebook", none, 1, &s, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    assert_non_null(strstr(e.message, "app_secret"));
    struct pair blank[] = {{STR("app_secret"), STR("   ")}};
    assert_false(make(*state, "facebook", blank, 1, &s, &e));
    struct pair unknown[] = {{STR("app_secret"), STR("a")}, {STR("app_secrte"), STR("b")}};
    assert_false(make(*state, "facebook", unknown, 2, &s, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    assert_non_null(strstr(e.message, "app_secrte"));
    assert_non_null(strstr(e.message, "verify_token")); /* it says what there is */
    struct pair other[] = {{STR("app_secret"), STR("a")}};
    assert_false(make(*state, "x", other, 1, &s, &e)); /* strict: X calls it consumer_secret */
    struct pair line[] = {{STR("app_secret"), STR("a")}, {STR("access_token"), STR("a\r\nX-Evil: 1")}};
    assert_false(make(*state, "facebook", line, 2, &s, &e));
    assert_null(strstr(e.message, "Evil")); /* values are never repeated */
}

static void events_grow_and_stay(void **state)
{
    struct channel_events events = {.arena = *state};
    for (int i = 0; i < 1000; i++) {
        struct channel_event *event = channel_events_add(&events);
        assert_int_equal(event->at, 0);
        assert_int_equal(event->text.len, 0);
        event->at = i;
    }
    assert_int_equal(events.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(events.items[i].at, i);
}

int channels_registry_test(void)
{
    const struct CMUnitTest tests[] = {TEST(finds_by_name_and_alias),
                                       TEST(names_are_unique),
                                       TEST(descriptors_are_complete),
                                       TEST(door_limits_are_the_networks),
                                       TEST(words_for_failures_and_kinds),
                                       TEST(settings_take_defaults),
                                       TEST(settings_refuse),
                                       TEST(events_grow_and_stay)};
    return cmocka_run_group_tests_name("channels/registry", tests, NULL, NULL);
}
