/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated networks and the channel adapters understand each other: every webhook verifies and is read as what
 * the customer did; every call of an adapter is taken, and every refusal falls into its class. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "receiver.h"

int sim_channels_test(void);

static const struct channel *adapter(enum sim_network network)
{
    const struct channel *channel = channel_find(str_from(sim_network_name(network)));

    assert_non_null(channel);
    return channel;
}

static struct settings settings_for(struct world *w, enum sim_network network)
{
    return default_settings(w->a, network, sim_base(w->sim, network, w->a));
}

/* All events of the n-th webhook. */
static struct channel_events read_hook(struct world *w, size_t n)
{
    struct kept *kept = &w->receiver.kept[n];
    enum sim_network network = kept->network;
    struct settings settings = settings_for(w, network);
    struct channel_events events = {.arena = w->a};
    struct str body = {kept->body, kept->len};
    struct pair header = {network == SIM_X ? STR("x-twitter-webhooks-signature") : STR("x-hub-signature-256"),
                          expected_signature(w->a, network, body)};
    struct hook hook = {.method = STR("POST"), .headers = {&header, 1}, .body = body};
    struct error e = {ERR_NONE, ""};

    assert_true(kept->signed_well);
    if (!adapter(network)->verify(&settings, &hook, &e))
        fail_msg("%s", e.message);
    if (!adapter(network)->receive(w->a, &settings, body, &events, &e))
        fail_msg("%s", e.message);
    assert_int_equal(events.unread.len, 0);
    return events;
}

static const struct channel_event *first_event(struct world *w, size_t n)
{
    struct channel_events events = read_hook(w, n);

    assert_true(events.count > 0);
    return &events.items[0];
}

/* Sends through the adapter, as many steps as it wants. */
static struct outcome deliver(struct world *w, enum sim_network network, struct outgoing *m)
{
    struct settings settings = settings_for(w, network);
    struct outcome outcome;
    struct http_reply reply;
    struct http_call call;
    struct error e = {ERR_NONE, ""};

    m->account = str_from(sim_account_default(network)->account_id);
    m->idempotency_key = STR("key-1");
    m->now = clock_now();
    if (m->answered_at == 0)
        m->answered_at = m->now - SECOND_US;
    for (m->step = 0; m->step < 5; m->step++) {
        outcome = (struct outcome){0};
        if (!adapter(network)->send(w->a, &settings, m, &call, &e))
            fail_msg("%s", e.message);
        client_call(w->client, w->a, &call, &reply);
        adapter(network)->answer(w->a, m, &reply, &outcome);
        if (outcome.kind != OUTCOME_NEXT)
            break;
        m->carry = outcome.carry;
    }
    return outcome;
}

static void assert_accepted(struct outcome outcome)
{
    if (outcome.kind != OUTCOME_ACCEPTED)
        fail_msg("%s: %.*s (%.*s)", failure_name(outcome.failure), STR_ARGS(outcome.words), STR_ARGS(outcome.code));
    assert_true(outcome.external_id.len > 0);
}

/* ---- in ---- */

static void every_kind_of_message_is_read(void **state_)
{
    static const struct {
        enum sim_network network;
        const char *media;
        enum message_kind kind;
    } cases[] = {
        {SIM_FACEBOOK, "", MESSAGE_TEXT},
        {SIM_FACEBOOK, "picture", MESSAGE_IMAGE},
        {SIM_FACEBOOK, "sticker", MESSAGE_STICKER},
        {SIM_FACEBOOK, "location", MESSAGE_LOCATION},
        {SIM_FACEBOOK, "file", MESSAGE_FILE},
        {SIM_WHATSAPP, "", MESSAGE_TEXT},
        {SIM_WHATSAPP, "picture", MESSAGE_IMAGE},
        {SIM_WHATSAPP, "sticker", MESSAGE_STICKER},
        {SIM_WHATSAPP, "location", MESSAGE_LOCATION},
        {SIM_WHATSAPP, "unsupported", MESSAGE_UNSUPPORTED},
        {SIM_WHATSAPP, "file", MESSAGE_FILE},
        {SIM_X, "", MESSAGE_TEXT},
        {SIM_X, "picture", MESSAGE_IMAGE},
    };
    struct world *w = *state_;
    const struct channel_event *event;
    struct str id;
    size_t n;

    for (n = 0; n < COUNT_OF(cases); n++) {
        id = act(w, cases[n].network, "marta", "message", STR_EMPTY, *cases[n].media ? "" : "Buongiorno è",
                 cases[n].media);
        wait_kept(w, n + 1);
        event = first_event(w, n);
        if (event->kind != CHANNEL_MESSAGE || event->message != cases[n].kind)
            fail_msg("%s of %s is read as %s", cases[n].media, sim_network_name(cases[n].network),
                     message_kind_name(event->message));
        assert_true(str_eq(event->external_id, id));
        assert_false(event->is_public || event->echo);
        assert_true(event->dedupe.len > 0 && event->author.external_id.len > 0);
        assert_true(event->at > clock_now() - MINUTE_US && event->at < clock_now() + MINUTE_US);
        if (*cases[n].media == '\0')
            assert_true(str_eq(event->text, STR("Buongiorno è")));
    }
}

static void public_words_are_read(void **state_)
{
    struct world *w = *state_;
    struct str post = act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "Senza rete", ""), comment, tweet;
    const struct channel_event *event;

    comment = act(w, SIM_FACEBOOK, "davide", "comment", post, "Anch’io", "");
    act(w, SIM_FACEBOOK, "davide", "edit", comment, "Anch’io, da ieri", "");
    act(w, SIM_FACEBOOK, "davide", "delete", comment, "", "");
    wait_kept(w, 4);
    event = first_event(w, 0);
    assert_true(event->is_public && str_eq(event->author.name, STR("Marta Bellucci")));
    event = first_event(w, 1);
    assert_true(str_eq(event->external_id, comment) && str_eq(event->thread_key, first_event(w, 0)->thread_key));
    assert_int_equal(first_event(w, 2)->kind, CHANNEL_EDIT);
    assert_true(str_eq(first_event(w, 2)->text, STR("Anch’io, da ieri")));
    assert_int_equal(first_event(w, 3)->kind, CHANNEL_DELETE);
    assert_true(str_eq(first_event(w, 3)->external_id, comment));
    tweet = act(w, SIM_X, "davide", "post", STR_EMPTY, "terza volta", "");
    act(w, SIM_X, "davide", "delete", tweet, "", "");
    wait_kept(w, 6);
    event = first_event(w, 4);
    assert_true(event->is_public && str_eq(event->external_id, tweet) &&
                str_eq(event->author.handle, STR("davfontana")));
    assert_int_equal(first_event(w, 5)->kind, CHANNEL_DELETE);
}

/* ---- out ---- */

static struct outgoing private_to(enum sim_network network)
{
    static const char *const doors[SIM_NETWORKS] = {
        [SIM_FACEBOOK] = "messenger", [SIM_WHATSAPP] = "whatsapp", [SIM_X] = "dm"};
    static const char *const people[SIM_NETWORKS] = {
        [SIM_FACEBOOK] = "6100000000000218", [SIM_WHATSAPP] = "393330000218", [SIM_X] = "1700000000000000218"};

    return (struct outgoing){
        .door = str_from(doors[network]), .to = str_from(people[network]), .text = STR("Eccomi")};
}

static void private_replies_go_out_and_come_back(void **state_)
{
    struct world *w = *state_;
    size_t n = 0, before;
    int network;

    for (network = 0; network < TRIO; network++) {
        enum sim_network on = trio[network];
        struct outgoing m = private_to(on);
        struct outcome outcome;
        bool seen = false;

        act(w, on, "marta", "message", STR_EMPTY, "Buongiorno", "");
        wait_kept(w, ++n);
        before = n;
        outcome = deliver(w, on, &m);
        assert_accepted(outcome);
        n += on == SIM_X ? 1 : 2;
        wait_kept(w, n);
        for (; before < n; before++) {
            const struct channel_event *event = first_event(w, before);
            seen |=
                str_eq(event->external_id, outcome.external_id) && (event->echo || event->kind == CHANNEL_RECEIPT);
        }
        assert_true(seen);
    }
    assert_int_equal(accepted(w, "Eccomi"), 3);
}

static void public_replies_go_out(void **state_)
{
    struct world *w = *state_;
    struct str post = act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "Senza rete", "");
    struct str comment = act(w, SIM_FACEBOOK, "davide", "comment", post, "Anch’io", "");
    struct str tweet = act(w, SIM_X, "marta", "post", STR_EMPTY, "senza rete", "");
    struct outgoing m = {.door = STR("comment"), .parent_id = comment, .text = STR("Ciao Davide")};
    struct outcome outcome = deliver(w, SIM_FACEBOOK, &m);

    assert_accepted(outcome);
    m = (struct outgoing){.door = STR("private_reply"), .parent_id = comment, .text = STR("In privato")};
    m.to = STR("6100000000000731");
    assert_accepted(deliver(w, SIM_FACEBOOK, &m));
    outcome = deliver(w, SIM_FACEBOOK, &m);
    assert_int_equal(outcome.kind, OUTCOME_FAILED);
    assert_int_equal(outcome.failure, FAILURE_WINDOW);
    m = (struct outgoing){.door = STR("reply"), .parent_id = tweet, .text = STR("Ciao Marta")};
    m.to = STR("1700000000000000218");
    assert_accepted(deliver(w, SIM_X, &m));
}

static void pictures_go_out(void **state_)
{
    static const char png[] = "\x89PNG\r\n\x1a\n and the rest";
    struct outgoing_media media = {
        .mime = STR("image/png"), .file_name = STR("mappa.png"), .bytes = {png, sizeof png - 1}};
    struct world *w = *state_;
    int network;

    for (network = 0; network < TRIO; network++) {
        struct outgoing m = private_to(trio[network]);

        act(w, trio[network], "marta", "message", STR_EMPTY, "Dove siete?", "");
        m.media = &media;
        assert_accepted(deliver(w, trio[network], &m));
    }
    assert_int_equal(sim_hooks_pending(w->sim) > 0 || kept_count(w) > 3, 1);
}

static void refusals_fall_into_their_class(void **state_)
{
    static const struct {
        enum sim_fault fault;
        enum failure failure;
        bool on[TRIO];
    } cases[] = {
        {SIM_FAULT_TOKEN, FAILURE_TOKEN, {true, true, true}},
        {SIM_FAULT_PERMISSION, FAILURE_PERMISSION, {true, true, true}},
        {SIM_FAULT_RATE, FAILURE_RATE, {true, true, true}},
        {SIM_FAULT_WINDOW, FAILURE_WINDOW, {true, false, false}}, /* said later by WhatsApp; X has none in private */
        {SIM_FAULT_BLOCKED, FAILURE_BLOCKED, {true, false, true}},
        {SIM_FAULT_CONTENT, FAILURE_CONTENT, {true, true, true}},
        {SIM_FAULT_DOWN, FAILURE_TRANSIENT, {true, true, true}},
    };
    struct world *w = *state_;
    size_t n;
    int network;

    for (network = 0; network < TRIO; network++) {
        enum sim_network on = trio[network];
        act(w, on, "marta", "message", STR_EMPTY, "Buongiorno", "");
        for (n = 0; n < COUNT_OF(cases); n++) {
            struct outgoing m = private_to(on);
            struct outcome outcome;
            if (!cases[n].on[network])
                continue;
            sim_fault(w->sim, on, cases[n].fault, 1, 5000);
            outcome = deliver(w, on, &m);
            if (outcome.kind != OUTCOME_FAILED || outcome.failure != cases[n].failure)
                fail_msg("%s on %s is read as %s (%.*s)", sim_fault_name(cases[n].fault), sim_network_name(on),
                         failure_name(outcome.failure), STR_ARGS(outcome.code));
        }
    }
}

static void public_refusals_fall_into_their_class(void **state_)
{
    struct world *w = *state_;
    struct str tweet = act(w, SIM_X, "marta", "post", STR_EMPTY, "senza rete", "");
    struct str other = act(w, SIM_X, "davide", "comment", tweet, "anch’io", "");
    struct str post = act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "Senza rete", "");
    struct outgoing m = {.door = STR("reply"), .parent_id = other, .text = STR("Ciao")};
    struct outcome outcome = deliver(w, SIM_X, &m);

    assert_int_equal(outcome.failure, FAILURE_WINDOW); /* he did not mention us */
    act(w, SIM_X, "marta", "delete", tweet, "", "");
    m.parent_id = tweet;
    assert_int_equal(deliver(w, SIM_X, &m).failure, FAILURE_GONE);
    m = (struct outgoing){.door = STR("comment"), .parent_id = post, .text = STR("Ciao")};
    act(w, SIM_FACEBOOK, "marta", "delete", post, "", "");
    assert_int_equal(deliver(w, SIM_FACEBOOK, &m).failure, FAILURE_GONE);
    assert_int_equal(json_count(json_get(state(w), "accepted")), 0);
}

static void late_failures_are_read(void **state_)
{
    static const struct {
        enum sim_fault fault;
        enum failure failure;
    } cases[] = {{SIM_FAULT_WINDOW, FAILURE_WINDOW}, {SIM_FAULT_BLOCKED, FAILURE_BLOCKED}};
    struct world *w = *state_;
    size_t n;

    act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Buongiorno", "");
    for (n = 0; n < COUNT_OF(cases); n++) {
        struct outgoing m = private_to(SIM_WHATSAPP);
        struct outcome outcome;
        const struct channel_event *event;
        sim_fault(w->sim, SIM_WHATSAPP, cases[n].fault, 1, 0);
        outcome = deliver(w, SIM_WHATSAPP, &m);
        assert_accepted(outcome);
        wait_kept(w, n + 2);
        event = first_event(w, n + 1);
        assert_int_equal(event->receipt, RECEIPT_FAILED);
        assert_int_equal(event->failure, cases[n].failure);
        assert_true(str_eq(event->external_id, outcome.external_id));
    }
}

static void probes_tell_a_good_account_from_a_bad_one(void **state_)
{
    struct world *w = *state_;
    int network, bad;

    for (network = 0; network < TRIO; network++)
        for (bad = 0; bad < 2; bad++) {
            enum sim_network on = trio[network];
            struct settings settings = settings_for(w, on);
            struct outcome outcome = {0};
            struct http_reply reply;
            struct http_call call;
            struct error e = {ERR_NONE, ""};

            sim_fault(w->sim, on, SIM_FAULT_TOKEN, bad ? -1 : 0, 0);
            assert_true(adapter(on)->probe(w->a, &settings, &call, &e));
            client_call(w->client, w->a, &call, &reply);
            adapter(on)->probed(w->a, &reply, &outcome);
            assert_int_equal(outcome.kind, bad ? OUTCOME_FAILED : OUTCOME_ACCEPTED);
            if (bad)
                assert_int_equal(outcome.failure, FAILURE_TOKEN);
        }
}

static void pictures_of_people_are_fetched(void **state_)
{
    struct world *w = *state_;
    int network;

    for (network = 0; network < TRIO; network++) {
        enum sim_network on = trio[network];
        struct settings settings = settings_for(w, on);
        struct channel_media media;
        struct http_reply reply = {0};
        struct error e = {ERR_NONE, ""};
        struct str carry = STR_EMPTY;
        int step;

        act(w, on, "marta", "message", STR_EMPTY, "", "picture");
        wait_kept(w, (size_t)network + 1);
        assert_int_equal(first_event(w, (size_t)network)->media_count, 1);
        media = first_event(w, (size_t)network)->media[0];
        for (step = 0; step < (media.media_id.len > 0 ? 2 : 1); step++) {
            struct http_call call = {.method = "GET", .url = media.url};
            if (adapter(on)->media != NULL && !adapter(on)->media(w->a, &settings, &media, step, carry, &call, &e))
                fail_msg("%s: %s", sim_network_name(on), e.message);
            client_call(w->client, w->a, &call, &reply);
            assert_int_equal(reply.status, 200);
            carry = reply.body;
        }
        assert_true(str_starts(reply.body, STR("\x89PNG")));
    }
}

int sim_channels_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_message_is_read, world_open, world_close),
        cmocka_unit_test_setup_teardown(public_words_are_read, world_open, world_close),
        cmocka_unit_test_setup_teardown(private_replies_go_out_and_come_back, world_open, world_close),
        cmocka_unit_test_setup_teardown(public_replies_go_out, world_open, world_close),
        cmocka_unit_test_setup_teardown(pictures_go_out, world_open, world_close),
        cmocka_unit_test_setup_teardown(refusals_fall_into_their_class, world_open, world_close),
        cmocka_unit_test_setup_teardown(public_refusals_fall_into_their_class, world_open, world_close),
        cmocka_unit_test_setup_teardown(late_failures_are_read, world_open, world_close),
        cmocka_unit_test_setup_teardown(probes_tell_a_good_account_from_a_bad_one, world_open, world_close),
        cmocka_unit_test_setup_teardown(pictures_of_people_are_fetched, world_open, world_close),
    };

    return cmocka_run_group_tests_name("sim/channels", tests, NULL, NULL);
}
