/* SPDX-License-Identifier: Apache-2.0 */
/* What is special about the simulated Telegram: its envelope of errors, who may be written to, ids by chat, the
 * group, what the bot is not told, and the phone's two places. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "receiver.h"

int sim_telegram_test(void);

#define BOT   "/bot7100000718:simulated-telegram-token"
#define GROUP "-1002000000718"

static struct json *bot(struct world *w, const char *method, const char *body, struct http_reply *reply)
{
    return call(w, SIM_TELEGRAM, *body ? "POST" : "GET", str_format(w->a, BOT "/%s", method), body, reply);
}

static void assert_refused(struct world *w, const char *method, const char *body, int code, const char *words)
{
    struct http_reply reply;
    struct json *answer = bot(w, method, body, &reply);

    assert_int_equal(reply.status, code);
    assert_false(json_bool(json_get(answer, "ok"), true));
    assert_int_equal(json_int(json_get(answer, "error_code"), 0), code);
    assert_text(json_get(answer, "description"), words);
}

static const char *to_marta(struct world *w, const char *more)
{
    const struct json *people = json_get(state(w), "people");
    size_t n = 0;

    while (!str_eq(json_text(json_get(json_at(people, n), "key")), STR("marta")))
        n++;
    return str_format(w->a, "{\"chat_id\":%.*s%s}", STR_ARGS(json_text(json_get(json_at(people, n), "telegram"))),
                      more)
        .ptr;
}

static void refusals_are_in_its_own_words(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    const char *hello = to_marta(w, ",\"text\":\"Ciao\"");

    assert_refused(w, "sendMessage", hello, 403, "Forbidden: bot can't initiate conversation with a user");
    act(w, SIM_TELEGRAM, "marta", "message", STR_EMPTY, "Buongiorno", "");
    assert_refused(w, "sendMessage", to_marta(w, ""), 400, "Bad Request: message text is empty");
    assert_refused(w, "sendMessage", "{\"text\":\"Ciao\"}", 400, "Bad Request: chat_id is empty");
    assert_refused(w, "sendMessage", "{\"chat_id\":1,\"text\":\"Ciao\"}", 400, "Bad Request: chat not found");
    assert_refused(w, "sendMessage", to_marta(w, ",\"text\":\"Ciao\",\"reply_parameters\":{\"message_id\":99}"), 400,
                   "Bad Request: message to be replied not found");
    assert_refused(w, "getUpdates", "{}", 409,
                   "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                   "webhook first");
    assert_refused(w, "sendPigeon", hello, 404, "Not Found: method not found");
    act(w, SIM_TELEGRAM, "marta", "block", STR_EMPTY, "", "");
    assert_refused(w, "sendMessage", hello, 403, "Forbidden: bot was blocked by the user");
    call(w, SIM_TELEGRAM, "GET", STR("/bot71:another/getMe"), "", &reply);
    assert_int_equal(reply.status, 401);
    assert_int_equal(json_count(json_get(state(w), "accepted")), 0);
}

static void ids_are_unique_in_their_chat_alone(void **state_)
{
    struct world *w = *state_;
    struct str marta = act(w, SIM_TELEGRAM, "marta", "message", STR_EMPTY, "Uno", "");
    struct str davide = act(w, SIM_TELEGRAM, "davide", "message", STR_EMPTY, "Uno", "");
    struct http_reply reply;
    struct json *answer;

    assert_true(str_ends(marta, STR(":1")) && str_ends(davide, STR(":1")));
    answer = bot(w, "sendMessage", to_marta(w, ",\"text\":\"Due\",\"reply_parameters\":{\"message_id\":1}"), &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_int(json_path(answer, "result", "message_id", NULL), 0), 2);
    assert_text(json_path(answer, "result", "reply_to_message", "text", NULL), "Uno");
    assert_text(json_path(answer, "result", "from", "username", NULL), "nuvolamobile_bot");
}

static void the_group_is_public(void **state_)
{
    struct world *w = *state_;
    struct str asked = act(w, SIM_TELEGRAM, "marta", "post", STR_EMPTY, "Qualcuno sa?", "");
    struct http_reply reply;
    const struct json *message;

    act(w, SIM_TELEGRAM, "davide", "comment", asked, "Anch’io aspetto", "");
    wait_kept(w, 2);
    message = json_get(hook_json(w, 1), "message");
    assert_text(json_path(message, "chat", "id", NULL), GROUP);
    assert_text(json_path(message, "chat", "type", NULL), "supergroup");
    assert_text(json_path(message, "reply_to_message", "text", NULL), "Qualcuno sa?");
    bot(w, "sendMessage", "{\"chat_id\":" GROUP ",\"text\":\"Eccoci\",\"reply_parameters\":{\"message_id\":1}}",
        &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(accepted(w, "Eccoci"), 1);
}

static void deletions_and_signs_are_not_told(void **state_)
{
    struct world *w = *state_;
    struct str id = act(w, SIM_TELEGRAM, "marta", "message", STR_EMPTY, "Ci ripenso", "");
    struct http_reply reply;

    wait_kept(w, 1);
    bot(w, "sendMessage", to_marta(w, ",\"text\":\"Dica\""), &reply);
    act(w, SIM_TELEGRAM, "marta", "delete", id, "", "");
    act(w, SIM_TELEGRAM, "marta", "read", STR_EMPTY, "", "");
    act(w, SIM_TELEGRAM, "marta", "typing", STR_EMPTY, "", "");
    act(w, SIM_TELEGRAM, "marta", "block", STR_EMPTY, "", "");
    wait_kept(w, 2);
    assert_text(json_path(hook_json(w, 1), "my_chat_member", "new_chat_member", "status", NULL), "kicked");
    act(w, SIM_TELEGRAM, "marta", "unblock", STR_EMPTY, "", "");
    wait_kept(w, 3);
    assert_text(json_path(hook_json(w, 2), "my_chat_member", "new_chat_member", "status", NULL), "member");
}

static void a_new_secret_is_told_with_what_follows(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    struct json *answer;

    answer = bot(w, "getWebhookInfo", "", &reply);
    assert_true(str_ends(json_text(json_path(answer, "result", "url", NULL)), STR("/telegram")));
    answer = bot(w, "deleteWebhook", "{}", &reply);
    assert_true(json_bool(json_get(answer, "result"), false));
    act(w, SIM_TELEGRAM, "marta", "message", STR_EMPTY, "C’è nessuno?", "");
    answer = bot(w, "getWebhookInfo", "", &reply);
    assert_text(json_path(answer, "result", "url", NULL), "");
    bot(w, "setWebhook",
        str_format(w->a, "{\"url\":\"http://127.0.0.1:%u/telegram\",\"secret_token\":\"simulated-telegram-secret\"}",
                   (unsigned)http_server_port(w->receiver.server))
            .ptr,
        &reply);
    wait_kept(w, 1); /* what was kept goes out */
    assert_true(w->receiver.kept[0].signed_well);
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int sim_telegram_test(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(refusals_are_in_its_own_words),
        WORLD(ids_are_unique_in_their_chat_alone),
        WORLD(the_group_is_public),
        WORLD(deletions_and_signs_are_not_told),
        WORLD(a_new_secret_is_told_with_what_follows),
    };

    return cmocka_run_group_tests_name("sim/telegram", tests, NULL, NULL);
}
