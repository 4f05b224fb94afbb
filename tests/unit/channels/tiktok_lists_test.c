/* SPDX-License-Identifier: Apache-2.0 */
/* The walks over what TikTok lists: films, the comments below them, the answers below those; talks and messages. */
#include "support.h"

int channels_tiktok_lists_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US; /* 2025-11-21T15:46:40Z */

static const struct channel *tiktok(void)
{
    return channel_of("tiktok");
}

static struct settings settings_with(struct arena *a, struct pair *more, size_t count)
{
    struct pair given[10] = {{STR("client_secret"), STR("test-tiktok-secret")},
                             {STR("business_id"), STR("biz/1")},
                             {STR("access_token"), STR("TOKEN")}};
    struct settings settings;
    struct error e = {0};
    for (size_t i = 0; i < count; i++)
        given[3 + i] = more[i];
    assert_true(settings_make(a, tiktok(), &(struct pairs){given, 3 + count}, &settings, &e));
    return settings;
}

#define API "https://business-api.tiktok.com/open_api/v1.3/"

/* ---- the list ---- */

struct walk {
    struct arena *a;
    struct settings settings;
    struct asking asking;
    struct channel_events events;
    struct asked asked;
};

static struct walk walk_over(struct arena *a, const char *name)
{
    const struct listing *listing = channel_listing(tiktok(), str_from(name));
    assert_non_null(listing);
    return (struct walk){.a = a,
                         .settings = settings_with(a, NULL, 0),
                         .asking = {.listing = listing, .since = NOW - HOUR_US, .now = NOW}};
}

static struct walk walk_of(struct arena *a)
{
    return walk_over(a, "comments");
}

static void asks(struct walk *w, const char *path)
{
    struct http_call call = {0};
    struct error e = {0};
    if (!tiktok()->ask(w->a, &w->settings, &w->asking, &call, &e))
        fail_msg("%s", e.message);
    assert_string_equal(call.method, "GET");
    assert_str(call.url, str_format(w->a, API "business/%s", path).ptr);
    assert_str(pairs_get(&call.headers, STR("Access-Token")), "TOKEN");
}

static void answered(struct walk *w, const char *body)
{
    struct http_reply reply = {.status = 200, .body = str_from(body)};
    w->events = (struct channel_events){.arena = w->a};
    w->asked = (struct asked){0};
    tiktok()->asked(w->a, &w->settings, &w->asking, &reply, &w->events, &w->asked);
    w->asking.carry = w->asked.carry;
    w->asking.step++;
}

#define FILMS                                                                                                        \
    "video/list/"                                                                                                    \
    "?business_id=biz%2F1&fields=%5B%22item_id%22%2C%22caption%22%2C%22create_time%22%2C%22share_url%22%5D&max_"     \
    "count=20"
#define UNDER(film, after)                                                                                           \
    "comment/list/?business_id=biz%2F1&video_id=" film                                                               \
    "&include_replies=true&sort_field=create_time&sort_order=desc&max_count=30&cursor=" after

static void films_then_their_comments_then_answers(void **state)
{
    struct walk w = walk_of(*state);
    asks(&w, FILMS);
    answered(&w,
             "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":1763000000000,\"videos\":[{\"item_id\":\"71\","
             "\"caption\":\"Un’antenna\",\"create_time\":\"1763700000\",\"share_url\":\"https://www.tiktok.com/@n/"
             "video/71\"},{\"item_id\":\"72\",\"create_time\":\"1763600000\"}]}}");
    assert_int_equal(w.events.count, 2);
    assert_true(w.events.items[0].echo);
    assert_str(w.events.items[0].thread_title, "Un’antenna");
    assert_str(w.events.items[0].thread_key, "post:71");
    assert_str(w.events.items[0].link, "https://www.tiktok.com/@n/video/71");
    assert_int_equal(w.events.items[0].parent_id.len, 0);
    asks(&w, UNDER("71", "0"));
    answered(
        &w,
        "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":30,\"comments\":[{\"comment_id\":\"81\",\"video_id\":"
        "\"71\",\"unique_identifier\":\"7105\",\"username\":\"ada\",\"display_name\":\"Ada Rossi\",\"create_time\":"
        "\"1763739000\",\"text\":\"Quanto costa?\",\"owner\":false,\"status\":\"PUBLIC\",\"replies\":2,"
        "\"reply_list\":[{\"comment_id\":\"82\",\"parent_comment_id\":\"81\",\"create_time\":\"1763739100\",\"text\":"
        "\"Ecco\",\"owner\":true}]},{\"comment_id\":\"83\",\"create_time\":\"1763739050\",\"status\":\"HIDDEN\","
        "\"text\":\"x\"},{\"comment_id\":\"81\",\"create_time\":\"1763739000\",\"unique_identifier\":\"7105\","
        "\"text\":"
        "\"Quanto costa?\"},{\"comment_id\":\"84\",\"create_time\":\"1763739001\",\"unique_identifier\":\"7106\","
        "\"image_url\":\"https://p16.tiktokcdn.com/1.webp\"}]}}");
    assert_int_equal(w.events.count, 5);
    struct channel_event *e = w.events.items;
    assert_str(e[0].author.name, "Ada Rossi");
    assert_str(e[0].author.handle, "ada");
    assert_str(e[0].parent_id, "71");
    assert_true(e[0].as_of == NOW && e[0].is_public && !e[0].echo);
    assert_true(e[1].echo);
    assert_str(e[1].parent_id, "81");
    assert_int_equal(e[2].kind, CHANNEL_DELETE);   /* hidden: taken from where it stood */
    assert_true(str_eq(e[3].dedupe, e[0].dedupe)); /* the same comment twice is one */
    assert_int_equal(e[4].message, MESSAGE_IMAGE);
    asks(&w, UNDER("71", "30"));
    answered(&w, "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":60,\"comments\":[{\"comment_id\":\"70\","
                 "\"create_time\":\"1763000000\",\"text\":\"vecchio\"}]}}");
    asks(&w, UNDER("72", "0")); /* the rest is older than what is asked for */
    answered(&w, "{\"code\":40007,\"message\":\"The video does not exist.\"}"); /* removed meanwhile */
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    asks(&w,
         "comment/reply/list/?business_id=biz%2F1&video_id=71&comment_id=81&sort_field=create_time&sort_order=desc&"
         "max_count=30&cursor=0");
    answered(&w, "{\"code\":0,\"data\":{\"has_more\":false,\"comments\":[{\"comment_id\":\"85\",\"create_time\":"
                 "\"1763739200\",\"text\":\"Grazie\",\"unique_identifier\":\"7105\"}]}}");
    assert_str(w.events.items[0].parent_id, "81");
    asks(&w, FILMS "&cursor=1763000000000");
    answered(&w, "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":1762000000000,\"videos\":[{\"item_id\":\"60\","
                 "\"create_time\":\"1760000000\"}]}}");
    assert_int_equal(w.events.count, 0); /* older than two weeks */
    assert_false(w.asked.more);
    assert_true(w.asked.from == 0);
}

static void a_short_page_is_not_the_last(void **state)
{
    struct walk w = walk_of(*state);
    w.asking.carry = STR("{\"todo\":[\"71\"],\"after\":0,\"page\":0}");
    answered(&w, "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":30,\"comments\":[]}}");
    assert_true(w.asked.more);
    asks(&w, UNDER("71", "30"));
    answered(&w, "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":30,\"comments\":[]}}"); /* it stands still */
    assert_false(w.asked.more);
    w.asking.carry = STR("{\"todo\":[\"71\"],\"after\":570,\"page\":0}");
    answered(&w, "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":600,\"comments\":[]}}"); /* deep enough */
    assert_false(w.asked.more);
}

static void a_list_that_is_refused_has_its_class(void **state)
{
    struct walk w = walk_of(*state);
    answered(&w, "{\"code\":40100,\"message\":\"Too frequent\"}");
    assert_int_equal(w.asked.outcome.failure, FAILURE_RATE);
    assert_int_equal(w.asked.outcome.retry_seconds, 300);
    answered(&w, "{\"code\":40001,\"message\":\"No permission\"}");
    assert_int_equal(w.asked.outcome.failure, FAILURE_PERMISSION);
    answered(&w, "<html>");
    assert_int_equal(w.asked.outcome.failure, FAILURE_TRANSIENT);
    answered(&w, "{\"code\":0,\"message\":\"OK\"}");
    assert_int_equal(w.asked.outcome.failure, FAILURE_TRANSIENT);
    struct pair given[] = {{STR("client_secret"), STR("s")}, {STR("access_token"), STR("t")}};
    struct http_call call;
    struct error e = {0};
    assert_true(settings_make(w.a, tiktok(), &(struct pairs){given, 2}, &w.settings, &e));
    assert_false(tiktok()->ask(w.a, &w.settings, &w.asking, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

#define TALKS(kind, after)                                                                                           \
    "message/conversation/list/?business_id=biz%2F1&conversation_type=" kind "&limit=100&cursor=" after
#define TALK(id) "message/content/list/?business_id=biz%2F1&conversation_id=" id

static void talks_then_their_messages(void **state)
{
    struct walk w = walk_over(*state, "messages");
    struct pair scope[] = {{STR("scope"), STR("comment.list,message.list.read")}};
    struct http_call call;
    struct error refused = {0};
    assert_false(tiktok()->ask(w.a, &w.settings, &w.asking, &call, &refused)); /* messages were not granted */
    assert_int_equal(refused.code, ERR_NOT_FOUND);
    w.settings = settings_with(w.a, scope, 1);
    asks(&w, TALKS("STRANGER", "0"));
    answered(&w, "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":2,\"conversations\":[{\"conversation_id\":"
                 "\"u+/=\",\"update_time\":1763739000000},{\"conversation_id\":\"old\",\"update_time\":"
                 "1763000000000}]}}");
    asks(&w, TALK("u%2B%2F%3D"));
    answered(
        &w, "{\"code\":0,\"data\":{\"participants\":[{\"role\":\"PERSONAL_ACCOUNT\",\"id\":\"7105\",\"display_name\":"
            "\"Ada Rossi\",\"profile_image\":\"https://p16.tiktokcdn.com/a\"}],\"messages\":[{\"message_id\":\"m1\","
            "\"conversation_id\":\"u+/=\",\"timestamp\":1763739000000,\"from_user\":{\"id\":\"7105\"},\"to_user\":{"
            "\"id\":\"biz/1\"},\"message_type\":\"TEXT\",\"text\":{\"body\":\"Ciao\"}},{\"message_id\":\"m2\","
            "\"conversation_id\":\"u+/=\",\"timestamp\":1763739100000,\"from_user\":{\"id\":\"biz/1\"},\"to_user\":{"
            "\"id\":\"7105\"},\"message_type\":\"TEXT\",\"text\":{\"body\":\"Eccomi\"}},{\"message_id\":\"m3\","
            "\"conversation_id\":\"u+/=\",\"timestamp\":1763739200000,\"from_user\":{\"id\":\"7105\"},"
            "\"message_type\":\"STICKER\",\"sticker\":{\"url\":\"https://p16.tiktokcdn.com/s\"}},{\"message_id\":"
            "\"m0\",\"conversation_id\":\"u+/=\",\"timestamp\":1763000000000,\"message_type\":\"TEXT\"},{}]}}");
    assert_int_equal(w.events.count, 3);
    struct channel_event *e = w.events.items;
    assert_str(e[0].dedupe, "m:m1");
    assert_str(e[0].thread_key, "dm:u+/=");
    assert_str(e[0].author.name, "Ada Rossi");
    assert_str(e[0].text, "Ciao");
    assert_true(e[1].echo);
    assert_str(e[1].author.external_id, "7105");
    assert_int_equal(e[2].message, MESSAGE_STICKER);
    assert_str(e[2].media->url, "https://p16.tiktokcdn.com/s");
    assert_true(str_find(w.events.unread, STR("messages[4] has no message_id")) >= 0);
    asks(&w, TALKS("STRANGER", "2"));
    answered(&w, "{\"code\":0,\"data\":{\"has_more\":true,\"cursor\":2}}"); /* it stands still */
    asks(&w, TALKS("SINGLE", "0"));
    answered(&w, "{\"code\":0,\"data\":{\"conversations\":[{\"conversation_id\":\"gone\"}]}}");
    asks(&w, TALK("gone"));
    answered(&w, "{\"code\":40007,\"message\":\"The conversation does not exist.\"}");
    assert_int_equal(w.asked.outcome.kind, OUTCOME_ACCEPTED);
    assert_false(w.asked.more);
    w.asking.carry = STR_EMPTY;
    answered(&w, "{\"code\":40001,\"message\":\"No permission\"}");
    assert_int_equal(w.asked.outcome.failure, FAILURE_PERMISSION);
}

int channels_tiktok_lists_test(void)
{
    const struct CMUnitTest tests[] = {TEST(films_then_their_comments_then_answers),
                                       TEST(a_short_page_is_not_the_last), TEST(a_list_that_is_refused_has_its_class),
                                       TEST(talks_then_their_messages)};
    return cmocka_run_group_tests_name("channels/tiktok_lists", tests, NULL, NULL);
}
