/* SPDX-License-Identifier: Apache-2.0 */
/* What was there before: remembered conversations, replies to messages never seen, and the lists from which a brand
 * fills its gaps. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/embed.h"
#include "receiver.h"

int sim_history_test(void);

static struct sim_past past(enum sim_network network, const char *id, const char *what, const char *to, int64_t ago)
{
    struct sim_past p = {.network = network, .person = STR("marta"), .id = str_from(id), .what = str_from(what)};

    p.to = str_from(to);
    p.text = STR("Buonasera");
    p.at = clock_now() - ago;
    return p;
}

static void remembered_messages_can_be_answered(void **state_)
{
    struct world *w = *state_;
    struct sim_past comment = past(SIM_FACEBOOK, "77_1", "comment", "9_77", DAY_US);
    struct sim_past recent = past(SIM_WHATSAPP, "wamid.old", "message", "", HOUR_US);
    struct sim_past nobody = past(SIM_X, "5", "message", "", HOUR_US);
    struct error e = {ERR_NONE, ""};
    struct http_reply reply;

    assert_true(sim_remember(w->sim, &comment, &e));
    assert_true(sim_remember(w->sim, &recent, &e));
    assert_true(sim_remember(w->sim, &recent, &e)); /* twice is once */
    nobody.person = STR("nobody");
    assert_false(sim_remember(w->sim, &nobody, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    call(w, SIM_FACEBOOK, "POST", STR("/v23.0/77_1/comments"), "{\"message\":\"Eccomi\"}", &reply);
    assert_int_equal(reply.status, 200);
    call(w, SIM_WHATSAPP, "POST", STR("/v23.0/106540352242922/messages"),
         "{\"messaging_product\":\"whatsapp\",\"to\":\"393330000218\",\"type\":\"text\",\"text\":{\"body\":"
         "\"Eccomi\"},"
         "\"context\":{\"message_id\":\"wamid.old\"}}",
         &reply);
    assert_int_equal(reply.status, 200);
    wait_kept(w, 3); /* echo of the comment, sent and delivered: none for what is remembered */
    assert_text(json_get(json_at(json_get(hook_value(w, 2), "statuses"), 0), "status"), "delivered");
}

static void old_windows_are_closed(void **state_)
{
    struct world *w = *state_;
    struct sim_past old = past(SIM_FACEBOOK, "m_old", "message", "", 30 * HOUR_US);
    struct sim_past older = past(SIM_FACEBOOK, "77_2", "comment", "9_77", 8 * DAY_US);
    struct error e = {ERR_NONE, ""};
    struct http_reply reply;

    assert_true(sim_remember(w->sim, &old, &e));
    assert_true(sim_remember(w->sim, &older, &e));
    call(w, SIM_FACEBOOK, "POST", STR("/v23.0/me/messages"),
         "{\"recipient\":{\"id\":\"6100000000000218\"},\"message\":{\"text\":\"a\"}}", &reply);
    assert_int_equal(reply.status, 400);
    call(w, SIM_FACEBOOK, "POST", STR("/v23.0/me/messages"),
         "{\"recipient\":{\"comment_id\":\"77_2\"},\"message\":{\"text\":\"a\"}}", &reply);
    assert_int_equal(reply.status, 400);
}

static void a_lenient_network_knows_everybody(void **state_)
{
    struct world *w = *state_;
    struct error e = {ERR_NONE, ""};
    struct sim_config config;
    struct http_reply reply;

    sim_close(w->sim);
    config_for(&config, w->a, http_server_port(w->receiver.server));
    config.lenient = true;
    w->sim = sim_open(&config, &e);
    assert_non_null(w->sim);
    call(w, SIM_FACEBOOK, "POST", STR("/v23.0/12_34/comments"), "{\"message\":\"Eccomi\"}", &reply);
    assert_int_equal(reply.status, 200);
    call(w, SIM_FACEBOOK, "POST", STR("/v23.0/me/messages"),
         "{\"recipient\":{\"id\":\"6100000000009999\"},\"message\":{\"text\":\"Eccomi\"}}", &reply);
    assert_int_equal(reply.status, 200);
    call(w, SIM_WHATSAPP, "POST", STR("/v23.0/106540352242922/messages"),
         "{\"messaging_product\":\"whatsapp\",\"to\":\"393339999999\",\"type\":\"text\",\"text\":{\"body\":"
         "\"Eccomi\"}}",
         &reply);
    assert_int_equal(reply.status, 200);
    call(w, SIM_X, "POST", STR("/2/tweets"), "{\"text\":\"Eccomi\",\"reply\":{\"in_reply_to_tweet_id\":\"1234567\"}}",
         &reply);
    assert_int_equal(reply.status, 201);
    call(w, SIM_X, "POST", STR("/2/dm_conversations/with/1700000000000009999/messages"), "{\"text\":\"Eccomi\"}",
         &reply);
    assert_int_equal(reply.status, 201);
    assert_int_equal(accepted(w, "Eccomi"), 5);
}

static void conversations_are_remembered(void **state_)
{
    static const char lines[] =
        "{\"type\":\"agent\",\"id\":\"sara\"}\n"
        "{\"type\":\"channel\",\"id\":\"page\",\"network\":\"facebook\"}\n"
        "{\"type\":\"channel\",\"id\":\"posts\",\"network\":\"x\"}\n"
        "{\"type\":\"person\",\"id\":\"olga\",\"name\":\"Olga Ferrero\",\"language\":\"it\",\"identities\":["
        "{\"network\":\"facebook\",\"id\":\"61001\"},{\"network\":\"x\",\"id\":\"1700000000000000999\",\"handle\":"
        "\"olgaf\"}]}\n"
        "\n"
        "{\"type\":\"conversation\",\"id\":\"c-olga\",\"person\":\"olga\",\"items\":["
        "{\"kind\":\"in\",\"id\":\"m1\",\"channel\":\"page\",\"door\":\"comment\",\"thread\":\"post-guasto\","
        "\"thread_title\":\"Guasto a "
        "Cuneo\",\"ago\":90,\"text\":\"Fino a quando?\"},"
        "{\"kind\":\"edit\",\"of\":\"m1\",\"ago\":89,\"text\":\"Fino a quando, di grazia?\"},"
        "{\"kind\":\"out\",\"id\":\"m2\",\"channel\":\"page\",\"door\":\"comment\",\"thread\":\"post-guasto\","
        "\"parent\":\"m1\",\"ago\":"
        "80,\"text\":\"Fino alle 18\"},"
        "{\"kind\":\"note\",\"by\":\"sara\",\"ago\":79,\"text\":\"only for us\"},"
        "{\"kind\":\"in\",\"id\":\"m3\",\"channel\":\"posts\",\"door\":\"reply\",\"thread\":\"talk-1\",\"ago\":70,"
        "\"text\":\"@nuvolamobile "
        "e adesso?\"},"
        "{\"kind\":\"out\",\"id\":\"m4\",\"channel\":\"posts\",\"door\":\"reply\",\"thread\":\"talk-1\",\"ago\":60,"
        "\"text\":\"Torna alle "
        "20\"},"
        "{\"kind\":\"in\",\"id\":\"m5\",\"door\":\"messenger\",\"ago\":50,\"text\":\"Scusate il tono\"},"
        "{\"kind\":\"in\",\"id\":\"m6\",\"door\":\"email\",\"ago\":50,\"text\":\"not simulated\"}]}\n";
    struct world *w = *state_;
    struct str comment, tweet;
    struct http_reply reply;
    struct error e = {ERR_NONE, ""};
    const struct json *items;

    assert_true(sim_remember_lines(w->sim, str_from(lines), &e));
    call(w, SIM_FACEBOOK, "POST", STR("/v26.0/import%3Ac-olga%3Am1/comments"), "{\"message\":\"Ancora io\"}", &reply);
    assert_int_equal(reply.status, 200);
    call(w, SIM_FACEBOOK, "POST", STR("/v26.0/me/messages"),
         "{\"recipient\":{\"id\":\"61001\"},\"message\":{\"text\":\"Si figuri\"}}", &reply);
    assert_int_equal(reply.status, 200);
    wait_kept(w, 3);
    comment = act(w, SIM_FACEBOOK, "marta", "comment", STR("post-guasto"), "Anche qui", "");
    tweet = act(w, SIM_X, "olga", "comment", STR("import:c-olga:m4"), "Grazie", "");
    wait_kept(w, 5);
    assert_text(json_get(hook_value(w, 3), "post_id"), "post-guasto");
    assert_true(str_eq(json_text(json_get(hook_value(w, 3), "comment_id")), comment));
    assert_text(json_path(hook_value(w, 4), "payload", "conversation_id", NULL), "talk-1"); /* the same thread */
    assert_true(str_eq(json_text(json_path(hook_value(w, 4), "payload", "id", NULL)), tweet));
    items = json_get(state(w), "items");
    for (size_t n = 0; n < json_count(items); n++)
        if (str_eq(json_text(json_get(json_at(items, n), "id")), STR("import:c-olga:m1")))
            assert_text(json_get(json_at(items, n), "text"), "Fino a quando, di grazia?");
    assert_false(sim_remember_lines(w->sim, STR("{\"type\":\"agent\"}\n{nonsense}"), &e));
    assert_non_null(strstr(e.message, "Line 2"));
}

/* The demo's own people and conversations, all of them. */
static void the_demo_is_remembered(void **state_)
{
    static const char *const files[] = {"demo/people.jsonl", "demo/conversations-it.jsonl",
                                        "demo/conversations-en.jsonl"};
    struct world *w = *state_;
    struct error e = {ERR_NONE, ""};
    size_t n;

    for (n = 0; n < COUNT_OF(files); n++) {
        struct str lines = embed_get(str_from(files[n]));
        assert_true(lines.len > 0);
        if (!sim_remember_lines(w->sim, lines, &e))
            fail_msg("%s: %s", files[n], e.message);
    }
    assert_true(json_count(json_get(state(w), "items")) > 100);
    assert_int_equal(sim_hooks_pending(w->sim), 0);
}

/* A brand that was away finds all that was written in the meantime. */
static void gaps_can_be_filled(void **state_)
{
    struct world *w = *state_;
    struct str post, path;
    struct http_reply reply;
    struct json *answer;
    int n;

    sim_fault(w->sim, SIM_FACEBOOK, SIM_FAULT_PAUSE, -1, 0);
    post = act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "Senza rete", "");
    for (n = 0; n < 5; n++)
        act(w, SIM_FACEBOOK, "davide", "comment",
            n == 4 ? act(w, SIM_FACEBOOK, "ngozi", "comment", post, "Same", "") : post, "Anch’io", "");
    act(w, SIM_FACEBOOK, "davide", "message", STR_EMPTY, "In privato", "");
    answer = call(w, SIM_FACEBOOK, "GET", STR("/v23.0/104872390114503/published_posts"), "", &reply);
    for (size_t i = 0; i < json_count(json_get(answer, "data")); i++) /* the Page's own */
        assert_false(str_eq(json_text(json_get(json_at(json_get(answer, "data"), i), "id")), post));
    answer = call(w, SIM_FACEBOOK, "GET", STR("/v23.0/104872390114503/feed?limit=1"), "", &reply);
    assert_int_equal(json_count(json_get(answer, "data")), 1);
    assert_true(str_eq(json_text(json_get(json_at(json_get(answer, "data"), 0), "id")), post)); /* the newest */
    assert_text(json_path(answer, "paging", "cursors", "after", NULL), "1");
    path = str_format(w->a, "/v23.0/%.*s/comments?filter=stream&limit=4", STR_ARGS(post));
    answer = call(w, SIM_FACEBOOK, "GET", path, "", &reply);
    assert_int_equal(json_count(json_get(answer, "data")), 4);
    path = str_format(w->a, "/v23.0/%.*s/comments?filter=stream&limit=4&after=4", STR_ARGS(post));
    answer = call(w, SIM_FACEBOOK, "GET", path, "", &reply);
    assert_int_equal(json_count(json_get(answer, "data")), 2);
    assert_null(json_path(answer, "paging", "next", NULL));
    path = str_format(w->a, "/v23.0/%.*s/comments", STR_ARGS(post)); /* only what answers the post itself */
    answer = call(w, SIM_FACEBOOK, "GET", path, "", &reply);
    assert_int_equal(json_count(json_get(answer, "data")), 5);
    answer = call(w, SIM_FACEBOOK, "GET", STR("/v23.0/me/conversations?platform=messenger&user_id=6100000000000731"),
                  "", &reply);
    assert_int_equal(json_count(json_path(json_at(json_get(answer, "data"), 0), "messages", "data", NULL)), 1);
}

static void tokens_are_refreshed_once(void **state_)
{
    struct world *w = *state_;
    struct http_call c = {.method = "POST"};
    struct pair header = {STR("Content-Type"), STR("application/x-www-form-urlencoded")};
    struct http_reply reply;
    struct json *first;
    struct str bearer;

    c.url = str_format(w->a, "http://127.0.0.1:%u/x/2/oauth2/token", (unsigned)sim_port(w->sim));
    c.headers = (struct pairs){&header, 1};
    c.body = STR("grant_type=refresh_token&refresh_token=given&client_id=a");
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 200);
    first = json_parse(w->a, reply.body, NULL);
    c.body = str_format(w->a, "grant_type=refresh_token&refresh_token=%.*s",
                        STR_ARGS(json_text(json_get(first, "refresh_token"))));
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 200);
    bearer = str_format(w->a, "Bearer %.*s",
                        STR_ARGS(json_text(json_get(json_parse(w->a, reply.body, NULL), "access_token"))));
    client_call(w->client, w->a, &c, &reply); /* it served already */
    assert_int_equal(reply.status, 400);
    header = (struct pair){STR("Authorization"), bearer};
    c = (struct http_call){.method = "GET", .headers = {&header, 1}};
    c.url = str_format(w->a, "http://127.0.0.1:%u/x/2/users/me", (unsigned)sim_port(w->sim));
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 200);
}

static void control_is_not_for_pages(void **state_)
{
    static const char body[] = "{\"network\":\"x\",\"person\":\"marta\",\"what\":\"message\",\"text\":\"Ciao\"}";
    struct world *w = *state_;
    struct pair header = {STR("Origin"), STR("http://evil.example")};
    struct http_call c = {.method = "POST", .headers = {&header, 1}, .body = {body, sizeof body - 1}};
    struct http_reply reply;

    c.url = str_format(w->a, "http://127.0.0.1:%u/sim/act", (unsigned)sim_port(w->sim));
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 403);
    c.headers.count = 0;
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_text(json_get(json_parse(w->a, reply.body, NULL), "id")).len > 0);
    c.body = STR("{\"network\":\"x\",\"person\":\"marta\",\"what\":\"sing\"}");
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 422);
    c.body = STR("{");
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 400);
    wait_kept(w, 1);
}

int sim_history_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(remembered_messages_can_be_answered, world_open, world_close),
        cmocka_unit_test_setup_teardown(old_windows_are_closed, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_lenient_network_knows_everybody, world_open, world_close),
        cmocka_unit_test_setup_teardown(conversations_are_remembered, world_open, world_close),
        cmocka_unit_test_setup_teardown(the_demo_is_remembered, world_open, world_close),
        cmocka_unit_test_setup_teardown(gaps_can_be_filled, world_open, world_close),
        cmocka_unit_test_setup_teardown(tokens_are_refreshed_once, world_open, world_close),
        cmocka_unit_test_setup_teardown(control_is_not_for_pages, world_open, world_close),
    };

    return cmocka_run_group_tests_name("sim/history", tests, NULL, NULL);
}
