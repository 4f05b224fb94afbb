/* SPDX-License-Identifier: Apache-2.0 */
/* Each simulated network end to end: what customers do arrives as signed webhooks, what the brand sends is
 * checked as the vendor would, echoed and receipted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "receiver.h"

int sim_networks_test(void);

#define PAGE   "104872390114503"
#define NUMBER "106540352242922"

static struct str psid(struct world *w, const char *key, const char *network)
{
    const struct json *people = json_get(state(w), "people");
    size_t n;

    for (n = 0; n < json_count(people); n++)
        if (str_eq(json_text(json_get(json_at(people, n), "key")), str_from(key)))
            return json_text(json_get(json_at(people, n), network));
    return STR_EMPTY;
}

static int64_t error_code(const struct json *answer)
{
    return json_int(json_path(answer, "error", "code", NULL), 0);
}

/* ---- Facebook ---- */

static void wall_post_is_answered(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    struct str post, path;
    struct json *answer;
    const struct json *value;

    post = act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "Non c’è rete 😡 in corso Giulio/Cesare", "");
    wait_kept(w, 1);
    assert_true(w->receiver.kept[0].signed_well);
    assert_non_null(strstr(str_cstr(w->a, (struct str){w->receiver.kept[0].body, w->receiver.kept[0].len}),
                           "\\u2019\\u00e8 rete \\ud83d\\ude21 in corso Giulio\\/Cesare"));
    value = hook_value(w, 0);
    assert_text(json_get(value, "post_id"), str_cstr(w->a, post));
    assert_text(json_get(value, "verb"), "add");
    path = str_format(w->a, "/v23.0/%.*s/comments", STR_ARGS(post));
    answer = call(w, SIM_FACEBOOK, "POST", path, "{\"message\":\"Ciao Marta, guardo subito.\"}", &reply);
    assert_int_equal(reply.status, 200);
    wait_kept(w, 2);
    value = hook_value(w, 1);
    assert_text(json_get(value, "comment_id"), str_cstr(w->a, json_text(json_get(answer, "id"))));
    assert_text(json_get(json_get(value, "from"), "id"), PAGE);
    assert_text(json_get(value, "parent_id"), str_cstr(w->a, post));
    assert_int_equal(accepted(w, "Ciao Marta, guardo subito."), 1);
}

static void comment_is_edited_and_removed(void **state_)
{
    struct world *w = *state_;
    struct str post = act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "Una domanda", "");
    struct str comment = act(w, SIM_FACEBOOK, "davide", "comment", post, "Anch’io", "");
    struct str reply = act(w, SIM_FACEBOOK, "marta", "comment", comment, "Da ieri?", "");
    struct str deep = act(w, SIM_FACEBOOK, "davide", "comment", reply, "Sì", "");

    act(w, SIM_FACEBOOK, "davide", "edit", comment, "Anch’io, da lunedì", "");
    act(w, SIM_FACEBOOK, "davide", "delete", deep, "", "");
    wait_kept(w, 6);
    assert_text(json_get(hook_value(w, 2), "parent_id"), str_cstr(w->a, comment));
    assert_text(json_get(hook_value(w, 3), "parent_id"), str_cstr(w->a, comment)); /* two levels only */
    assert_text(json_get(hook_value(w, 4), "verb"), "edited");
    assert_text(json_get(hook_value(w, 4), "message"), "Anch’io, da lunedì");
    assert_text(json_get(hook_value(w, 5), "verb"), "remove");
    assert_null(json_get(hook_value(w, 5), "message"));
}

static void private_reply_goes_once(void **state_)
{
    struct world *w = *state_;
    struct str post = act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "Chi mi aiuta?", "");
    struct str comment = act(w, SIM_FACEBOOK, "davide", "comment", post, "Anch’io aspetto", ""), body;
    struct http_reply reply;
    struct json *answer;

    body = str_format(w->a, "{\"recipient\":{\"comment_id\":\"%.*s\"},\"message\":{\"text\":\"Ti scrivo qui.\"}}",
                      STR_ARGS(comment));
    call(w, SIM_FACEBOOK, "POST", STR("/v23.0/" PAGE "/messages"), str_cstr(w->a, body), &reply);
    assert_int_equal(reply.status, 200);
    answer = call(w, SIM_FACEBOOK, "POST", STR("/v23.0/" PAGE "/messages"), str_cstr(w->a, body), &reply);
    assert_int_equal(error_code(answer), 10900);
    assert_int_equal(accepted(w, "Ti scrivo qui."), 1);
    /* the window of Messenger opens only when the person writes */
    body = str_format(w->a, "{\"recipient\":{\"id\":\"6100000000000731\"},\"message\":{\"text\":\"Ancora io\"}}");
    answer = call(w, SIM_FACEBOOK, "POST", STR("/v23.0/me/messages"), str_cstr(w->a, body), &reply);
    assert_int_equal(json_int(json_path(answer, "error", "error_subcode", NULL), 0), 2018278);
}

static void messenger_window_closes(void **state_)
{
    static const char plain[] = "{\"recipient\":{\"id\":\"6100000000000218\"},\"messaging_type\":\"RESPONSE\","
                                "\"message\":{\"text\":\"Eccomi\",\"metadata\":\"key-1\"}}";
    static const char human[] = "{\"recipient\":{\"id\":\"6100000000000218\"},\"messaging_type\":\"MESSAGE_TAG\","
                                "\"tag\":\"HUMAN_AGENT\",\"message\":{\"text\":\"Sono ancora qui\"}}";
    struct world *w = *state_;
    const struct json *echo, *value;
    struct http_reply reply;
    struct json *answer;
    struct str mid;

    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Buongiorno", "");
    answer = call(w, SIM_FACEBOOK, "POST", STR("/v23.0/" PAGE "/messages"), plain, &reply);
    assert_int_equal(reply.status, 200);
    mid = json_text(json_get(answer, "message_id"));
    assert_true(str_starts(mid, STR("m_")));
    wait_kept(w, 3); /* message, echo, delivery */
    echo = json_get(hook_value(w, 1), "message");
    assert_true(json_bool(json_get(echo, "is_echo"), false));
    assert_text(json_get(echo, "metadata"), "key-1");
    value = json_get(hook_value(w, 2), "delivery");
    assert_text(json_at(json_get(value, "mids"), 0), str_cstr(w->a, mid));
    act(w, SIM_FACEBOOK, "marta", "read", STR_EMPTY, "", "");
    wait_kept(w, 4);
    assert_non_null(json_get(json_get(hook_value(w, 3), "read"), "watermark"));

    sim_clock_advance(w->sim, 25 * HOUR_US);
    answer = call(w, SIM_FACEBOOK, "POST", STR("/v23.0/" PAGE "/messages"), plain, &reply);
    assert_int_equal(reply.status, 400);
    assert_int_equal(error_code(answer), 10);
    call(w, SIM_FACEBOOK, "POST", STR("/v23.0/" PAGE "/messages"), human, &reply);
    assert_int_equal(reply.status, 200);
    sim_clock_advance(w->sim, 7 * DAY_US);
    call(w, SIM_FACEBOOK, "POST", STR("/v23.0/" PAGE "/messages"), human, &reply);
    assert_int_equal(reply.status, 400);
    assert_int_equal(accepted(w, "Eccomi"), 1);
    assert_int_equal(accepted(w, "Sono ancora qui"), 1);
}

static void graph_refuses_what_is_wrong(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    struct http_call c = {.method = "GET"};
    struct json *answer;
    char *long_text = arena_alloc(w->a, 2002);
    struct str body;

    c.url = str_format(w->a, "http://127.0.0.1:%u/graph/v23.0/me", (unsigned)sim_port(w->sim));
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 400);
    assert_int_equal(error_code(json_parse(w->a, reply.body, NULL)), 190);
    answer = call(w, SIM_FACEBOOK, "POST", STR("/v23.0/1_2/comments"), "{\"message\":\"ciao\"}", &reply);
    assert_int_equal(error_code(answer), 100);
    assert_int_equal(json_int(json_path(answer, "error", "error_subcode", NULL), 0), 33);
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Buongiorno", "");
    memset(long_text, 'a', 2001);
    body = str_format(w->a, "{\"recipient\":{\"id\":\"6100000000000218\"},\"message\":{\"text\":\"%s\"}}", long_text);
    answer = call(w, SIM_FACEBOOK, "POST", STR("/v23.0/me/messages"), str_cstr(w->a, body), &reply);
    assert_int_equal(error_code(answer), 100);
    answer = call(w, SIM_FACEBOOK, "POST", STR("/v23.0/me/messages"),
                  "{\"recipient\":{\"id\":\"999\"},\"message\":{\"text\":\"a\"}}", &reply);
    assert_int_equal(json_int(json_path(answer, "error", "error_subcode", NULL), 0), 2018001);
    assert_int_equal(json_count(json_get(state(w), "accepted")), 0);
}

/* ---- WhatsApp ---- */

#define WA_TEXT(words)                                                                                               \
    "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"393330000218\","                 \
    "\"type\":\"text\","                                                                                             \
    "\"biz_opaque_callback_data\":\"key-7\",\"text\":{\"body\":\"" words "\"}}"

static void whatsapp_talk(void **state_)
{
    struct world *w = *state_;
    const struct json *message, *status;
    struct http_reply reply;
    struct json *answer;

    act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "La linea di mia madre", "");
    wait_kept(w, 1);
    message = json_at(json_get(hook_value(w, 0), "messages"), 0);
    assert_text(json_get(message, "from"), "393330000218");
    assert_text(json_get(json_get(message, "text"), "body"), "La linea di mia madre");
    assert_text(json_path(hook_value(w, 0), "metadata", "phone_number_id", NULL), NUMBER);
    answer = call(w, SIM_WHATSAPP, "POST", STR("/v23.0/" NUMBER "/messages"), WA_TEXT("Guardo subito"), &reply);
    assert_int_equal(reply.status, 200);
    wait_kept(w, 3);
    status = json_at(json_get(hook_value(w, 1), "statuses"), 0);
    assert_text(json_get(status, "status"), "sent");
    assert_text(json_get(status, "id"),
                str_cstr(w->a, json_text(json_get(json_at(json_get(answer, "messages"), 0), "id"))));
    assert_text(json_get(status, "biz_opaque_callback_data"), "key-7");
    assert_text(json_get(json_at(json_get(hook_value(w, 2), "statuses"), 0), "status"), "delivered");
    act(w, SIM_WHATSAPP, "marta", "read", STR_EMPTY, "", "");
    wait_kept(w, 4);
    assert_text(json_get(json_at(json_get(hook_value(w, 3), "statuses"), 0), "status"), "read");
    sim_clock_advance(w->sim, 25 * HOUR_US);
    call(w, SIM_WHATSAPP, "POST", STR("/v23.0/" NUMBER "/messages"), WA_TEXT("Tardi"), &reply);
    assert_int_equal(reply.status, 200);
    wait_kept(w, 5);
    status = json_at(json_get(hook_value(w, 4), "statuses"), 0);
    assert_text(json_get(status, "status"), "failed");
    assert_int_equal(json_int(json_get(json_at(json_get(status, "errors"), 0), "code"), 0), 131047);
}

static void whatsapp_kinds_of_message(void **state_)
{
    static const char *const media[] = {"picture", "sticker", "location", "unsupported", "file"};
    static const char *const types[] = {"image", "sticker", "location", "unsupported", "document"};
    struct world *w = *state_;
    const struct json *message;
    struct http_reply reply;
    struct json *answer;
    struct http_call c = {.method = "GET"};
    struct pair header;
    size_t n;

    for (n = 0; n < COUNT_OF(media); n++)
        act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, n == 0 ? "Ecco il modem" : "", media[n]);
    wait_kept(w, COUNT_OF(media));
    for (n = 0; n < COUNT_OF(media); n++)
        assert_text(json_get(json_at(json_get(hook_value(w, n), "messages"), 0), "type"), types[n]);
    message = json_get(json_at(json_get(hook_value(w, 0), "messages"), 0), "image");
    assert_text(json_get(message, "caption"), "Ecco il modem");
    answer = call(w, SIM_WHATSAPP, "GET",
                  str_format(w->a, "/v23.0/%.*s", STR_ARGS(json_text(json_get(message, "id")))), "", &reply);
    assert_int_equal(reply.status, 200);
    c.url = json_text(json_get(answer, "url"));
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 401); /* the bytes need the token too */
    header.name = STR("Authorization");
    header.value = str_format(w->a, "Bearer %s", sim_account_default(SIM_WHATSAPP)->access_token);
    c.headers = (struct pairs){&header, 1};
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(str_starts(reply.body, STR("\x89PNG")));
}

static void whatsapp_checks_fields(void **state_)
{
    static const struct {
        const char *body;
        int64_t code;
    } cases[] = {
        {"{\"to\":\"393330000218\",\"type\":\"text\",\"text\":{\"body\":\"a\"}}", 100},
        {"{\"messaging_product\":\"whatsapp\",\"type\":\"text\",\"text\":{\"body\":\"a\"}}", 100},
        {"{\"messaging_product\":\"whatsapp\",\"to\":\"393330000218\",\"type\":\"text\",\"text\":{\"body\":"
         "\"\"}}",
         100},
        {"{\"messaging_product\":\"whatsapp\",\"to\":\"393330000218\",\"type\":\"image\",\"image\":{\"id\":"
         "\"1\"}}",
         131009},
        {"{\"messaging_product\":\"whatsapp\",\"to\":\"393330000218\",\"type\":\"text\",\"text\":{\"body\":"
         "\"a\"},"
         "\"context\":{\"message_id\":\"wamid.nothing\"}}",
         100},
        {"not json", 100},
    };
    struct world *w = *state_;
    struct http_reply reply;
    size_t n;

    act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Buongiorno", "");
    for (n = 0; n < COUNT_OF(cases); n++) {
        struct json *answer = call(w, SIM_WHATSAPP, "POST", STR("/v23.0/" NUMBER "/messages"), cases[n].body, &reply);
        assert_int_equal(reply.status, 400);
        assert_int_equal(error_code(answer), cases[n].code);
    }
    assert_int_equal(json_count(json_get(state(w), "accepted")), 0);
}

/* ---- X ---- */

static struct str reply_body(struct world *w, struct str to, const char *text)
{
    return str_format(w->a, "{\"text\":\"%s\",\"reply\":{\"in_reply_to_tweet_id\":\"%.*s\"}}", text, STR_ARGS(to));
}

static void mention_is_answered(void **state_)
{
    struct world *w = *state_;
    struct str tweet = act(w, SIM_X, "davide", "post", STR_EMPTY, "non va niente", ""), other;
    const struct json *data;
    struct http_reply reply;
    struct json *answer;
    int64_t id = 0;

    wait_kept(w, 1);
    assert_true(w->receiver.kept[0].signed_well);
    data = hook_value(w, 0);
    assert_text(json_get(data, "event_type"), "post.mention.create");
    assert_text(json_path(data, "payload", "text", NULL), "@nuvolamobile non va niente");
    assert_true(str_int64(tweet, &id) && id > (INT64_C(1) << 53));
    answer =
        call(w, SIM_X, "POST", STR("/2/tweets"), str_cstr(w->a, reply_body(w, tweet, "Vediamo insieme")), &reply);
    assert_int_equal(reply.status, 201);
    wait_kept(w, 2);
    data = hook_value(w, 1);
    assert_text(json_get(data, "event_type"), "post.create");
    assert_text(json_path(data, "payload", "id", NULL),
                str_cstr(w->a, json_text(json_path(answer, "data", "id", NULL))));
    call(w, SIM_X, "POST", STR("/2/tweets"), str_cstr(w->a, reply_body(w, tweet, "Vediamo insieme")), &reply);
    assert_int_equal(reply.status, 403); /* the same words again */
    assert_int_equal(accepted(w, "Vediamo insieme"), 1);
    /* who did not mention us cannot be answered */
    other = act(w, SIM_X, "ngozi", "comment", tweet, "Same here", "");
    answer = call(w, SIM_X, "POST", STR("/2/tweets"), str_cstr(w->a, reply_body(w, other, "Hello")), &reply);
    assert_int_equal(reply.status, 403);
    assert_true(str_find(json_text(json_get(answer, "detail")), STR("not been mentioned")) > 0);
}

static void reply_with_mention_comes_twice(void **state_)
{
    struct world *w = *state_;
    struct str tweet = act(w, SIM_X, "davide", "post", STR_EMPTY, "aiuto", ""), ours, edited;
    struct http_reply reply;
    struct json *answer;

    answer = call(w, SIM_X, "POST", STR("/2/tweets"), str_cstr(w->a, reply_body(w, tweet, "Ci sono")), &reply);
    ours = json_text(json_path(answer, "data", "id", NULL));
    wait_kept(w, 2);
    tweet = act(w, SIM_X, "davide", "comment", ours, "@nuvolamobile grazie", "");
    wait_kept(w, 4);
    assert_text(json_get(hook_value(w, 2), "event_type"), "post.reply.create");
    assert_text(json_get(hook_value(w, 3), "event_type"), "post.mention.create");
    assert_text(json_path(hook_value(w, 3), "payload", "id", NULL), str_cstr(w->a, tweet));
    assert_string_not_equal(str_cstr(w->a, json_text(json_get(hook_value(w, 2), "event_uuid"))),
                            str_cstr(w->a, json_text(json_get(hook_value(w, 3), "event_uuid"))));
    edited = act(w, SIM_X, "davide", "edit", tweet, "@nuvolamobile grazie mille", "");
    assert_false(str_eq(edited, tweet));
    wait_kept(w, 6);
    assert_text(json_at(json_path(hook_value(w, 5), "payload", "edit_history_tweet_ids", NULL), 0),
                str_cstr(w->a, tweet));
    act(w, SIM_X, "davide", "delete", edited, "", "");
    wait_kept(w, 7);
    assert_text(json_get(hook_value(w, 6), "event_type"), "post.delete");
}

static void x_direct_messages(void **state_)
{
    struct world *w = *state_;
    const struct json *event;
    struct http_reply reply;
    struct json *answer;

    act(w, SIM_X, "davide", "message", STR_EMPTY, "Il mio numero è …", "");
    wait_kept(w, 1);
    assert_text(json_get(hook_value(w, 0), "event_type"), "dm.received");
    event = json_at(json_path(hook_value(w, 0), "payload", "direct_message_events", NULL), 0);
    assert_text(json_path(event, "message_create", "sender_id", NULL), "1700000000000000731");
    answer = call(w, SIM_X, "POST", STR("/2/dm_conversations/with/1700000000000000731/messages"),
                  "{\"text\":\"Grazie, controllo\"}", &reply);
    assert_int_equal(reply.status, 201);
    wait_kept(w, 2);
    event = json_at(json_path(hook_value(w, 1), "payload", "direct_message_events", NULL), 0);
    assert_text(json_get(event, "id"), str_cstr(w->a, json_text(json_path(answer, "data", "dm_event_id", NULL))));
    act(w, SIM_X, "davide", "typing", STR_EMPTY, "", "");
    act(w, SIM_X, "davide", "read", STR_EMPTY, "", "");
    wait_kept(w, 4);
    assert_text(json_get(hook_value(w, 2), "event_type"), "dm.indicate_typing");
    assert_text(json_get(hook_value(w, 3), "event_type"), "dm.read");
    act(w, SIM_X, "ngozi", "close", STR_EMPTY, "", "");
    call(w, SIM_X, "POST", STR("/2/dm_conversations/with/1700000000000000544/messages"), "{\"text\":\"Hello\"}",
         &reply);
    assert_int_equal(reply.status, 403);
    answer = call(w, SIM_X, "GET", STR("/2/dm_events?max_results=1"), "", &reply);
    assert_int_equal(json_count(json_get(answer, "data")), 1);
    assert_text(json_path(answer, "meta", "next_token", NULL), "n1");
}

static void x_lists_mentions(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    struct json *answer;
    struct str since = STR_EMPTY, path;
    int n;

    for (n = 0; n < 7; n++) {
        struct str id = act(w, SIM_X, "davide", "post", STR_EMPTY, n % 2 ? "uno" : "due", "");
        since = n == 3 ? id : since;
    }
    answer = call(w, SIM_X, "GET", STR("/2/users/1700000000000000001/mentions?max_results=5"), "", &reply);
    assert_int_equal(json_count(json_get(answer, "data")), 5);
    answer = call(w, SIM_X, "GET", STR("/2/users/1700000000000000001/mentions?max_results=5&pagination_token=n5"), "",
                  &reply);
    assert_int_equal(json_count(json_get(answer, "data")), 2);
    path = str_format(w->a, "/2/users/1700000000000000001/mentions?since_id=%.*s", STR_ARGS(since));
    answer = call(w, SIM_X, "GET", path, "", &reply);
    assert_int_equal(json_count(json_get(answer, "data")), 3);
    call(w, SIM_X, "GET", STR("/2/users/1700000000000000001/mentions?max_results=3"), "", &reply);
    assert_int_equal(reply.status, 400);
}

static void x_media_is_uploaded(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    struct json *answer;
    struct str body;

    answer = call(w, SIM_X, "POST", STR("/2/media/upload"),
                  "{\"media\":\"iVBORw0KGgo=\",\"media_category\":\"tweet_image\"}", &reply);
    assert_int_equal(reply.status, 200);
    body = str_format(w->a, "{\"text\":\"Ecco la mappa\",\"media\":{\"media_ids\":[\"%.*s\"]}}",
                      STR_ARGS(json_text(json_path(answer, "data", "id", NULL))));
    call(w, SIM_X, "POST", STR("/2/tweets"), str_cstr(w->a, body), &reply);
    assert_int_equal(reply.status, 201);
    call(w, SIM_X, "POST", STR("/2/media/upload"), "{\"media\":\"iVBORw0KGgo=\",\"media_category\":\"poster\"}",
         &reply);
    assert_int_equal(reply.status, 400);
    call(w, SIM_X, "POST", STR("/2/tweets"), "{\"text\":\"x\",\"media\":{\"media_ids\":[\"12\"]}}", &reply);
    assert_int_equal(reply.status, 400);
    call(w, SIM_X, "POST", STR("/2/tweets"), "{\"text\":\"\"}", &reply);
    assert_int_equal(reply.status, 400);
}

static void the_same_person_everywhere(void **state_)
{
    struct world *w = *state_;
    struct sim_persona persona = {.key = STR("anna"), .name = STR("Anna De Luca")};
    struct error e = {ERR_NONE, ""};

    assert_true(sim_person_add(w->sim, &persona, &e));
    assert_int_equal(psid(w, "anna", "facebook").len, 16);
    assert_int_equal(psid(w, "anna", "whatsapp").len, 12);
    assert_int_equal(psid(w, "anna", "x").len, 19);
    persona.key = STR("No spaces");
    assert_false(sim_person_add(w->sim, &persona, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

int sim_networks_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wall_post_is_answered, world_open, world_close),
        cmocka_unit_test_setup_teardown(comment_is_edited_and_removed, world_open, world_close),
        cmocka_unit_test_setup_teardown(private_reply_goes_once, world_open, world_close),
        cmocka_unit_test_setup_teardown(messenger_window_closes, world_open, world_close),
        cmocka_unit_test_setup_teardown(graph_refuses_what_is_wrong, world_open, world_close),
        cmocka_unit_test_setup_teardown(whatsapp_talk, world_open, world_close),
        cmocka_unit_test_setup_teardown(whatsapp_kinds_of_message, world_open, world_close),
        cmocka_unit_test_setup_teardown(whatsapp_checks_fields, world_open, world_close),
        cmocka_unit_test_setup_teardown(mention_is_answered, world_open, world_close),
        cmocka_unit_test_setup_teardown(reply_with_mention_comes_twice, world_open, world_close),
        cmocka_unit_test_setup_teardown(x_direct_messages, world_open, world_close),
        cmocka_unit_test_setup_teardown(x_lists_mentions, world_open, world_close),
        cmocka_unit_test_setup_teardown(x_media_is_uploaded, world_open, world_close),
        cmocka_unit_test_setup_teardown(the_same_person_everywhere, world_open, world_close),
    };

    return cmocka_run_group_tests_name("sim/networks", tests, NULL, NULL);
}
