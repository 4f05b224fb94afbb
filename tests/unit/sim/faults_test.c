/* SPDX-License-Identifier: Apache-2.0 */
/* Every fault: what the brand sees, that it ends when it should, and that neither a webhook nor a reply is
 * lost or doubled by the simulator itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "receiver.h"

int sim_faults_test(void);

static const char talk[] = "{\"messaging_product\":\"whatsapp\",\"to\":\"393330000218\",\"type\":\"text\","
                           "\"text\":{\"body\":\"Eccomi\"}}";
static const char letter[] = "{\"recipient\":{\"id\":\"6100000000000218\"},\"message\":{\"text\":\"Eccomi\"}}";

/* The call that sends on each network, to Marta, who has written. */
static struct json *send_to_marta(struct world *w, enum sim_network network, struct http_reply *reply)
{
    if (network == SIM_FACEBOOK)
        return call(w, network, "POST", STR("/v23.0/me/messages"), letter, reply);
    if (network == SIM_WHATSAPP)
        return call(w, network, "POST", STR("/v23.0/106540352242922/messages"), talk, reply);
    return call(w, network, "POST", STR("/2/dm_conversations/with/1700000000000000218/messages"),
                "{\"text\":\"Eccomi\"}", reply);
}

static struct json *look(struct world *w, enum sim_network network, struct http_reply *reply)
{
    static const char *const paths[SIM_NETWORKS] = {
        [SIM_FACEBOOK] = "/v23.0/me", [SIM_WHATSAPP] = "/v23.0/106540352242922", [SIM_X] = "/2/users/me"};

    return call(w, network, "GET", str_from(paths[network]), "", reply);
}

static int64_t code_of(const struct json *answer)
{
    return json_int(json_path(answer, "error", "code", NULL), 0);
}

static void each_class_has_its_answer(void **state_)
{
    static const struct {
        enum sim_fault fault;
        int status[TRIO];
        int64_t code[TRIO];
    } cases[] = {
        {SIM_FAULT_TOKEN, {400, 401, 401}, {190, 190, 0}},
        {SIM_FAULT_PERMISSION, {403, 403, 403}, {10, 10, 0}},
        {SIM_FAULT_RATE, {400, 429, 429}, {613, 130429, 0}},
        {SIM_FAULT_WINDOW, {400, 200, 201}, {10, 0, 0}}, /* WhatsApp says it later; direct messages have none */
        {SIM_FAULT_BLOCKED, {400, 200, 403}, {551, 0, 0}},
        {SIM_FAULT_GONE, {400, 400, 404}, {100, 100, 0}},
        {SIM_FAULT_CONTENT, {400, 400, 400}, {368, 131009, 0}},
        {SIM_FAULT_DOWN, {503, 503, 503}, {0, 0, 0}},
    };
    struct world *w = *state_;
    struct http_reply reply;
    size_t n;
    int network;

    for (network = 0; network < TRIO; network++)
        act(w, trio[network], "marta", "message", STR_EMPTY, "Buongiorno", "");
    for (n = 0; n < COUNT_OF(cases); n++)
        for (network = 0; network < TRIO; network++) {
            enum sim_network on = trio[network];
            struct json *answer;
            sim_fault(w->sim, on, cases[n].fault, 1, 0);
            if (cases[n].fault != SIM_FAULT_WINDOW && cases[n].fault != SIM_FAULT_GONE) {
                look(w, on, &reply); /* a call that sends nothing does not use it up */
                assert_int_equal(reply.status, 200);
            }
            answer = send_to_marta(w, on, &reply);
            if (reply.status != cases[n].status[network] || code_of(answer) != cases[n].code[network])
                fail_msg("%s on %s: %d, code %lld", sim_fault_name(cases[n].fault), sim_network_name(on),
                         reply.status, (long long)code_of(answer));
            sim_faults_clear(w->sim);
            send_to_marta(w, on, &reply);
            assert_in_range(reply.status, 200, 201);
        }
}

static void permanent_faults_hit_every_call(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    int n;

    sim_fault(w->sim, SIM_X, SIM_FAULT_TOKEN, -1, 0);
    for (n = 0; n < 3; n++) {
        look(w, SIM_X, &reply);
        assert_int_equal(reply.status, 401);
    }
    look(w, SIM_FACEBOOK, &reply); /* the other networks do not care */
    assert_int_equal(reply.status, 200);
    sim_fault(w->sim, SIM_X, SIM_FAULT_TOKEN, 0, 0);
    look(w, SIM_X, &reply);
    assert_int_equal(reply.status, 200);
}

static void rate_limits_say_when_to_come_back(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    int64_t reset = 0;
    struct json *usage;

    act(w, SIM_X, "marta", "message", STR_EMPTY, "Hi", "");
    sim_fault(w->sim, SIM_X, SIM_FAULT_RATE, 1, 7000);
    send_to_marta(w, SIM_X, &reply);
    assert_true(str_int64(pairs_get(&reply.headers, STR("x-rate-limit-reset")), &reset));
    assert_in_range(reset - clock_now() / SECOND_US, 6, 8);
    assert_true(str_eq(pairs_get(&reply.headers, STR("x-rate-limit-remaining")), STR("0")));
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Hi", "");
    sim_fault(w->sim, SIM_FACEBOOK, SIM_FAULT_RATE, 1, 120000);
    send_to_marta(w, SIM_FACEBOOK, &reply);
    usage = json_parse(w->a, pairs_get(&reply.headers, STR("x-business-use-case-usage")), NULL);
    usage = json_get(usage, "104872390114503") ? json_get(usage, "104872390114503")->items[0] : NULL;
    assert_int_equal(json_int(json_get(usage, "estimated_time_to_regain_access"), 0), 2);
}

static void whatsapp_fails_later_or_at_once(void **state_)
{
    static const char at_once[] = "{\"network\":\"whatsapp\",\"kind\":\"window\",\"times\":1,\"how\":\"answer\"}";
    struct world *w = *state_;
    const struct json *status;
    struct http_reply reply;
    struct http_call c = {.method = "POST", .body = {at_once, sizeof at_once - 1}};

    act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Buongiorno", "");
    sim_fault(w->sim, SIM_WHATSAPP, SIM_FAULT_BLOCKED, 1, 0);
    send_to_marta(w, SIM_WHATSAPP, &reply);
    assert_int_equal(reply.status, 200);
    wait_kept(w, 2);
    status = json_at(json_get(hook_value(w, 1), "statuses"), 0);
    assert_text(json_get(status, "status"), "failed");
    assert_int_equal(json_int(json_get(json_at(json_get(status, "errors"), 0), "code"), 0), 131026);
    c.url = str_format(w->a, "http://127.0.0.1:%u/sim/fault", (unsigned)sim_port(w->sim));
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(code_of(send_to_marta(w, SIM_WHATSAPP, &reply)), 131047);
    assert_int_equal(reply.status, 400);
}

static void blocked_people_cannot_be_reached(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;

    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Basta", "");
    act(w, SIM_FACEBOOK, "marta", "block", STR_EMPTY, "", "");
    assert_int_equal(code_of(send_to_marta(w, SIM_FACEBOOK, &reply)), 551);
    act(w, SIM_FACEBOOK, "marta", "unblock", STR_EMPTY, "", "");
    send_to_marta(w, SIM_FACEBOOK, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(accepted(w, "Eccomi"), 1);
}

static void slow_and_silent_calls(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    struct http_call c = {.method = "POST", .timeout_ms = 300};
    struct pair header = {STR("Authorization"), STR("Bearer simulated-x-token")};
    int64_t began = clock_monotonic();

    act(w, SIM_X, "marta", "message", STR_EMPTY, "Hi", "");
    sim_fault(w->sim, SIM_X, SIM_FAULT_SLOW, 1, 300);
    send_to_marta(w, SIM_X, &reply);
    assert_int_equal(reply.status, 201);
    assert_true(clock_monotonic() - began >= 300 * 1000);
    sim_fault(w->sim, SIM_X, SIM_FAULT_TIMEOUT, 1, 700);
    c.url = str_format(w->a, "http://127.0.0.1:%u/x/2/dm_conversations/with/1700000000000000218/messages",
                       (unsigned)sim_port(w->sim));
    c.headers = (struct pairs){&header, 1};
    c.body = STR("{\"text\":\"Never answered\"}");
    client_call(w->client, w->a, &c, &reply);
    assert_int_equal(reply.status, 0);
    assert_true(reply.maybe_sent);
    assert_int_equal(accepted(w, "Never answered"), 1); /* though it was taken */
    wait_kept(w, 3);
    assert_text(json_get(hook_value(w, 2), "event_type"), "dm.sent");
}

static void refused_connections_come_back(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply = {.status = 200};
    int64_t until = clock_monotonic() + 4 * SECOND_US;

    sim_fault(w->sim, SIM_X, SIM_FAULT_REFUSED, 1, 400);
    while (reply.status == 200 && clock_monotonic() < until)
        look(w, SIM_X, &reply);
    assert_int_equal(reply.status, 0);
    while (reply.status == 0 && clock_monotonic() < until) {
        nap();
        look(w, SIM_X, &reply);
    }
    assert_int_equal(reply.status, 200);
}

/* ---- webhooks ---- */

static void echo_comes_before_the_answer(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    int network;
    size_t n;

    for (network = 0; network < TRIO; network++) {
        act(w, trio[network], "marta", "message", STR_EMPTY, "Buongiorno", "");
        wait_kept(w, 1);
        n = kept_count(w);
        sim_fault(w->sim, trio[network], SIM_FAULT_ECHO_FIRST, 1, 0);
        send_to_marta(w, trio[network], &reply);
        assert_in_range(reply.status, 200, 201);
        assert_true(kept_count(w) > n); /* already here when the answer came */
        wait_kept(w, n + 1);
    }
}

static void webhooks_come_twice(void **state_)
{
    struct world *w = *state_;

    sim_fault(w->sim, SIM_FACEBOOK, SIM_FAULT_DUPLICATE, 1, 0);
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Una volta", "");
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Due volte", "");
    wait_kept(w, 3);
    assert_text(json_path(hook_value(w, 0), "message", "text", NULL), "Una volta");
    assert_text(json_path(hook_value(w, 1), "message", "text", NULL), "Una volta");
    assert_int_equal(w->receiver.kept[0].len, w->receiver.kept[1].len);
    assert_memory_equal(w->receiver.kept[0].body, w->receiver.kept[1].body, w->receiver.kept[0].len);
    assert_text(json_path(hook_value(w, 2), "message", "text", NULL), "Due volte");
    assert_int_equal(kept_count(w), 3);
}

static void webhooks_overtake_each_other(void **state_)
{
    struct world *w = *state_;

    sim_fault(w->sim, SIM_X, SIM_FAULT_REORDER, 1, 5000);
    act(w, SIM_X, "marta", "message", STR_EMPTY, "first", "");
    act(w, SIM_X, "marta", "message", STR_EMPTY, "second", "");
    wait_kept(w, 2);
    assert_non_null(
        strstr(str_cstr(w->a, (struct str){w->receiver.kept[0].body, w->receiver.kept[0].len}), "second"));
    assert_non_null(strstr(str_cstr(w->a, (struct str){w->receiver.kept[1].body, w->receiver.kept[1].len}), "first"));
}

static void forged_copies_are_followed_by_the_true_one(void **state_)
{
    struct world *w = *state_;
    const struct json *line;
    size_t kept;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++) {
        const char *what = sim_word_in(sim_drivers[n]->acts, STR("message")) ? "message" : "post";

        if (sim_drivers[n]->sign == NULL || !sim_word_in(sim_drivers[n]->acts, str_from(what)))
            continue;
        kept = kept_count(w);
        sim_fault(w->sim, (enum sim_network)n, SIM_FAULT_BAD_SIGNATURE, 1, 0);
        act(w, (enum sim_network)n, "marta", what, STR_EMPTY, "Sono io", "");
        wait_kept(w, kept + 2);
        assert_false(w->receiver.kept[kept].signed_well);
        assert_true(w->receiver.kept[kept + 1].signed_well);
        line = json_get(state(w), sim_network_name((enum sim_network)n));
        assert_int_equal(json_int(json_get(line, "forged_sent"), 0), 1);
        assert_int_equal(json_int(json_get(line, "forged_taken"), -1), 0);
        assert_int_equal(json_int(json_get(line, "hooks_taken"), 0), 1);
    }
}

static void paused_webhooks_are_kept(void **state_)
{
    struct world *w = *state_;
    int n;

    sim_fault(w->sim, SIM_WHATSAPP, SIM_FAULT_PAUSE, -1, 0);
    for (n = 0; n < 5; n++)
        act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Ci siete?", "");
    act(w, SIM_X, "marta", "message", STR_EMPTY, "Hi", "");
    wait_pending(w, 5);
    assert_int_equal(kept_count(w), 1);
    sim_fault(w->sim, SIM_WHATSAPP, SIM_FAULT_PAUSE, 0, 0);
    wait_kept(w, 6);
    assert_int_equal(kept_count(w), 6);
}

static void webhooks_come_in_bundles(void **state_)
{
    struct world *w = *state_;
    const struct json *entries;
    size_t n;

    sim_fault(w->sim, SIM_FACEBOOK, SIM_FAULT_BATCH, 3, 100);
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "n0", "");
    act(w, SIM_FACEBOOK, "davide", "message", STR_EMPTY, "n1", "");
    act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "n2", "");
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "n3", ""); /* the fault is used up: this one is quicker */
    wait_kept(w, 2);
    assert_int_equal(kept_count(w), 2);
    assert_text(json_path(hook_value(w, 0), "message", "text", NULL), "n3");
    assert_true(w->receiver.kept[1].signed_well);
    entries = json_get(hook_json(w, 1), "entry");
    assert_int_equal(json_count(entries), 3);
    assert_non_null(json_get(json_at(entries, 2), "changes"));
    for (n = 0; n < json_count(json_get(state(w), "items")); n++)
        assert_true(json_bool(json_get(json_at(json_get(state(w), "items"), n), "taken"), false));
    assert_int_equal(json_int(json_path(state(w), "facebook", "hooks_taken", NULL), 0), 4);
}

/* Nothing is lost, and the order holds, while the receiver answers 503, then is gone altogether, then comes
 * back. */
static void nothing_is_lost_while_the_receiver_is_down(void **state_)
{
    struct world *w = *state_;
    uint16_t port = http_server_port(w->receiver.server);
    char words[8] = "n00";
    int n;

    for (n = 0; n < 30; n++) {
        if (n == 5) {
            wait_kept(w, 5);
            pthread_mutex_lock(&w->receiver.lock);
            w->receiver.refuse_with = 503;
            pthread_mutex_unlock(&w->receiver.lock);
        }
        if (n == 15) {
            http_server_close(w->receiver.server);
            w->receiver.refuse_with = 0;
        }
        words[1] = (char)('0' + n / 10);
        words[2] = (char)('0' + n % 10);
        act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, words, "");
        nap();
    }
    wait_pending(w, 25);
    receiver_listen(&w->receiver, port);
    wait_kept(w, 30);
    assert_int_equal(kept_count(w), 30);
    for (n = 0; n < 30; n++) {
        words[1] = (char)('0' + n / 10);
        words[2] = (char)('0' + n % 10);
        assert_text(json_path(hook_value(w, (size_t)n), "message", "text", NULL), words);
    }
}

/* One that the receiver will not have does not hold up the others. */
static void a_refused_webhook_lets_others_pass(void **state_)
{
    struct world *w = *state_;
    int64_t until = clock_monotonic() + 8 * SECOND_US;
    size_t asked;

    pthread_mutex_lock(&w->receiver.lock);
    w->receiver.refuse_with = 400;
    pthread_mutex_unlock(&w->receiver.lock);
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "uno", "");
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "due", "");
    do {
        nap();
        pthread_mutex_lock(&w->receiver.lock);
        asked = w->receiver.asked;
        pthread_mutex_unlock(&w->receiver.lock);
    } while (asked < 3 + 4 && clock_monotonic() < until); /* three handshakes, and each of the two tried again */
    assert_true(asked >= 3 + 4);
    pthread_mutex_lock(&w->receiver.lock);
    w->receiver.refuse_with = 0;
    pthread_mutex_unlock(&w->receiver.lock);
    wait_kept(w, 2);
    assert_int_equal(kept_count(w), 2);
}

static void nothing_comes_before_the_handshake(void **state_)
{
    struct world *w = *state_;
    struct sim_account account = {.verify_token = "another"};
    const struct json *line;

    sim_hook_to(w->sim, SIM_FACEBOOK, &account);
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Buongiorno", "");
    act(w, SIM_X, "marta", "message", STR_EMPTY, "Hi", "");
    wait_pending(w, 1);
    assert_int_equal(kept_count(w), 1);
    line = json_get(state(w), "facebook");
    assert_text(json_get(line, "handshake"), "waiting");
    assert_int_equal(json_int(json_get(line, "hooks_waiting"), 0), 1);
    account.verify_token = sim_account_default(SIM_FACEBOOK)->verify_token;
    sim_hook_to(w->sim, SIM_FACEBOOK, &account);
    wait_kept(w, 2);
    assert_text(json_path(hook_value(w, 1), "message", "text", NULL), "Buongiorno");
}

static void reset_forgets_all_but_the_accounts(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;

    sim_fault(w->sim, SIM_X, SIM_FAULT_PAUSE, -1, 0);
    act(w, SIM_X, "marta", "message", STR_EMPTY, "Hi", "");
    sim_clock_advance(w->sim, DAY_US);
    sim_reset(w->sim);
    assert_int_equal(sim_hooks_pending(w->sim), 0);
    assert_int_equal(json_count(json_path(state(w), "x", "faults", NULL)), 0);
    act(w, SIM_X, "marta", "message", STR_EMPTY, "Hi again", "");
    wait_kept(w, 1);
    assert_int_equal(kept_count(w), 1);
    send_to_marta(w, SIM_X, &reply);
    assert_int_equal(reply.status, 201);
}

/* A webhook is with the receiver well within a second of the act. */
static void webhooks_leave_at_once(void **state_)
{
    struct world *w = *state_;
    int64_t began = clock_monotonic();

    act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Subito", "");
    wait_kept(w, 1);
    assert_true(w->receiver.kept[0].at - began < SECOND_US / 2);
}

int sim_faults_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_class_has_its_answer, world_open, world_close),
        cmocka_unit_test_setup_teardown(permanent_faults_hit_every_call, world_open, world_close),
        cmocka_unit_test_setup_teardown(rate_limits_say_when_to_come_back, world_open, world_close),
        cmocka_unit_test_setup_teardown(whatsapp_fails_later_or_at_once, world_open, world_close),
        cmocka_unit_test_setup_teardown(blocked_people_cannot_be_reached, world_open, world_close),
        cmocka_unit_test_setup_teardown(slow_and_silent_calls, world_open, world_close),
        cmocka_unit_test_setup_teardown(refused_connections_come_back, world_open, world_close),
        cmocka_unit_test_setup_teardown(echo_comes_before_the_answer, world_open, world_close),
        cmocka_unit_test_setup_teardown(webhooks_come_twice, world_open, world_close),
        cmocka_unit_test_setup_teardown(webhooks_overtake_each_other, world_open, world_close),
        cmocka_unit_test_setup_teardown(forged_copies_are_followed_by_the_true_one, world_open, world_close),
        cmocka_unit_test_setup_teardown(paused_webhooks_are_kept, world_open, world_close),
        cmocka_unit_test_setup_teardown(webhooks_come_in_bundles, world_open, world_close),
        cmocka_unit_test_setup_teardown(nothing_is_lost_while_the_receiver_is_down, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_refused_webhook_lets_others_pass, world_open, world_close),
        cmocka_unit_test_setup_teardown(nothing_comes_before_the_handshake, world_open, world_close),
        cmocka_unit_test_setup_teardown(reset_forgets_all_but_the_accounts, world_open, world_close),
        cmocka_unit_test_setup_teardown(webhooks_leave_at_once, world_open, world_close),
    };

    return cmocka_run_group_tests_name("sim/faults", tests, NULL, NULL);
}
