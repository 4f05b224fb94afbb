/* SPDX-License-Identifier: Apache-2.0 */
/* Adapters and simulated networks against each other, over HTTP: what customers do is verified and read, what we
 * answer is taken, comes back as an echo with the same id, and every fault has its class. */
#include "support.h"

#include "../sim/receiver.h"

int channels_roundtrip_test(void);

static const char *const doors_of_talk[] = {"messenger", "whatsapp", "dm"};

static const struct channel *channel_at(enum sim_network network)
{
    return channel_of(sim_network_name(network));
}

static struct settings settings_at(struct world *w, enum sim_network network)
{
    return default_settings(w->a, network, sim_base(w->sim, network, w->a));
}

/* Everything that came so far from one network, in order. */
static struct channel_events all_events(struct world *w, enum sim_network network)
{
    struct settings settings = settings_at(w, network);
    struct channel_events all = {.arena = w->a};
    pthread_mutex_lock(&w->receiver.lock);
    for (size_t i = 0; i < w->receiver.count; i++) {
        struct channel_events some = {.arena = w->a};
        struct error e = {0};
        if (w->receiver.kept[i].network != network)
            continue;
        struct str body = str_dup(w->a, (struct str){w->receiver.kept[i].body, w->receiver.kept[i].len});
        if (!channel_at(network)->receive(w->a, &settings, body, &some, &e) || some.unread.len)
            fail_msg("%.*s: %s%.*s", STR_ARGS(body), e.message, STR_ARGS(some.unread));
        for (size_t k = 0; k < some.count; k++)
            *channel_events_add(&all) = some.items[k];
    }
    pthread_mutex_unlock(&w->receiver.lock);
    return all;
}

static struct channel_event wait_event(struct world *w, enum sim_network network, enum channel_event_kind kind,
                                       bool echo)
{
    for (int64_t until = clock_monotonic() + 8 * SECOND_US; clock_monotonic() < until; nap()) {
        struct channel_events all = all_events(w, network);
        for (size_t i = all.count; i-- > 0;)
            if (all.items[i].kind == kind && all.items[i].echo == echo)
                return all.items[i];
    }
    fail_msg("%s: no such event came", sim_network_name(network));
    return (struct channel_event){0};
}

static struct outgoing answer_to(struct world *w, enum sim_network network, const struct channel_event *event,
                                 const char *door, const char *text)
{
    return (struct outgoing){.door = str_from(door),
                             .to = event->author.external_id,
                             .account = str_from(sim_account(w->sim, network).account_id),
                             .parent_id = event->external_id,
                             .thread_key = event->thread_key,
                             .text = str_from(text),
                             .idempotency_key = STR("key:1"),
                             .answered_at = event->at,
                             .now = clock_now()};
}

/* All steps, as the outbox makes them. */
static struct outcome deliver(struct world *w, enum sim_network network, struct outgoing m)
{
    struct settings settings = settings_at(w, network);
    struct outcome out = {0};
    do {
        struct http_call http = {0};
        struct http_reply reply = {0};
        struct error e = {0};
        if (!channel_at(network)->send(w->a, &settings, &m, &http, &e))
            fail_msg("%s: %s", sim_network_name(network), e.message);
        client_call(w->client, w->a, &http, &reply);
        channel_at(network)->answer(w->a, &m, &reply, &out);
        m.step++;
        m.carry = out.carry;
    } while (out.kind == OUTCOME_NEXT && m.step < 5);
    return out;
}

static void accepted_with_echo(struct world *w, enum sim_network network, const struct outgoing *m, bool echo)
{
    struct outcome out = deliver(w, network, *m);
    if (out.kind != OUTCOME_ACCEPTED)
        fail_msg("%s: %s %.*s", sim_network_name(network), failure_name(out.failure), STR_ARGS(out.words));
    assert_true(out.external_id.len > 0);
    if (!echo)
        return;
    struct channel_event back = wait_event(w, network, CHANNEL_MESSAGE, true);
    assert_str(back.external_id, str_cstr(w->a, out.external_id));
    assert_str(back.text, str_cstr(w->a, m->text));
}

static void signatures_of_the_simulator_pass(void **state_)
{
    struct world *w = *state_;
    static const char *const headers[] = {"x-hub-signature-256", "x-hub-signature-256",
                                          "x-twitter-webhooks-signature"};
    for (int n = 0; n < TRIO; n++) {
        struct settings settings = settings_at(w, trio[n]);
        struct str body = STR("{\"a\":\"\\u00e9\"}");
        struct pair header = {str_from(headers[n]), expected_signature(w->a, trio[n], body)};
        struct hook hook = {.method = STR("POST"), .headers = {&header, 1}, .body = body};
        struct error e = {0};
        assert_true(channel_at(trio[n])->verify(&settings, &hook, &e));
    }
}

static void direct_messages(void **state_)
{
    struct world *w = *state_;
    for (int i = 0; i < TRIO; i++) {
        enum sim_network n = trio[i];
        struct str id = act(w, n, "marta", "message", STR_EMPTY, "Buongiorno, è urgente 😡 <b>", "");
        struct channel_event event = wait_event(w, n, CHANNEL_MESSAGE, false);
        assert_str(event.external_id, str_cstr(w->a, id));
        assert_str(event.text, "Buongiorno, è urgente 😡 <b>");
        assert_str(event.door, doors_of_talk[i]);
        assert_false(event.is_public);
        assert_true(str_starts(event.thread_key, STR("dm:")));
        assert_in_range(event.at, clock_now() - MINUTE_US, clock_now() + MINUTE_US);
        struct outgoing m = answer_to(w, n, &event, doors_of_talk[i], "Eccomi & subito.");
        accepted_with_echo(w, n, &m, n != SIM_WHATSAPP);
        assert_int_equal(accepted(w, "Eccomi & subito."), i + 1);
    }
}

static void token_comes_back(void **state_)
{
    struct world *w = *state_;
    act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Salve", "");
    struct channel_event event = wait_event(w, SIM_FACEBOOK, CHANNEL_MESSAGE, false);
    struct outgoing m = answer_to(w, SIM_FACEBOOK, &event, "messenger", "Eccomi");
    accepted_with_echo(w, SIM_FACEBOOK, &m, true);
    assert_str(wait_event(w, SIM_FACEBOOK, CHANNEL_MESSAGE, true).reply_token, "key:1");
    assert_int_equal(wait_event(w, SIM_FACEBOOK, CHANNEL_RECEIPT, false).receipt, RECEIPT_DELIVERED);
    act(w, SIM_FACEBOOK, "marta", "read", STR_EMPTY, "", "");
    for (int64_t until = clock_monotonic() + 8 * SECOND_US;
         wait_event(w, SIM_FACEBOOK, CHANNEL_READ_UPTO, false).receipt != RECEIPT_READ;)
        assert_true(clock_monotonic() < until);

    act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Salve", "");
    event = wait_event(w, SIM_WHATSAPP, CHANNEL_MESSAGE, false);
    m = answer_to(w, SIM_WHATSAPP, &event, "whatsapp", "Eccomi");
    accepted_with_echo(w, SIM_WHATSAPP, &m, false);
    assert_str(wait_event(w, SIM_WHATSAPP, CHANNEL_RECEIPT, false).reply_token, "key:1");
}

static void public_and_private_answers(void **state_)
{
    struct world *w = *state_;
    struct str post = act(w, SIM_FACEBOOK, "marta", "post", STR_EMPTY, "Chi mi aiuta?", "");
    struct str comment = act(w, SIM_FACEBOOK, "davide", "comment", post, "Aspetto anch’io", "");
    wait_kept(w, 2);
    struct channel_event event = wait_event(w, SIM_FACEBOOK, CHANNEL_MESSAGE, false);
    assert_str(event.external_id, str_cstr(w->a, comment));
    assert_str(event.parent_id, str_cstr(w->a, post));
    assert_str(event.thread_key, str_cstr(w->a, str_concat(w->a, STR("post:"), post)));
    struct outgoing m = answer_to(w, SIM_FACEBOOK, &event, "comment", "Noi, Davide.");
    accepted_with_echo(w, SIM_FACEBOOK, &m, true);
    m = answer_to(w, SIM_FACEBOOK, &event, "private_reply", "Ci scrive il numero?");
    assert_int_equal(deliver(w, SIM_FACEBOOK, m).kind, OUTCOME_ACCEPTED);
    struct outcome again = deliver(w, SIM_FACEBOOK, m);
    assert_int_equal(again.failure, FAILURE_WINDOW); /* once only */

    act(w, SIM_X, "marta", "post", STR_EMPTY, "@brand nessuna risposta", "");
    event = wait_event(w, SIM_X, CHANNEL_MESSAGE, false);
    assert_true(event.is_public);
    assert_str(event.door, "reply");
    m = answer_to(w, SIM_X, &event, "reply", "Ciao Marta, eccoci");
    accepted_with_echo(w, SIM_X, &m, true);
    assert_str(wait_event(w, SIM_X, CHANNEL_MESSAGE, true).parent_id, str_cstr(w->a, event.external_id));
}

static void edits_and_removals(void **state_)
{
    struct world *w = *state_;
    static const enum sim_network networks[] = {SIM_FACEBOOK, SIM_X};
    for (size_t i = 0; i < COUNT_OF(networks); i++) {
        struct str id = act(w, networks[i], "marta", "post", STR_EMPTY,
                            str_format(w->a, "@%s prima", sim_config_default.handle).ptr, "");
        wait_event(w, networks[i], CHANNEL_MESSAGE, false);
        struct str edited =
            act(w, networks[i], "marta", "edit", id, str_format(w->a, "@%s dopo", sim_config_default.handle).ptr, "");
        struct channel_event event = wait_event(w, networks[i], CHANNEL_EDIT, false);
        assert_str(event.external_id, str_cstr(w->a, id));
        assert_true(str_ends(event.text, STR("dopo")));
        act(w, networks[i], "marta", "delete", edited.len ? edited : id, "", "");
        assert_true(wait_event(w, networks[i], CHANNEL_DELETE, false).external_id.len > 0);
    }
}

static void pictures_go_and_come(void **state_)
{
    struct world *w = *state_;
    struct outgoing_media picture = {
        .mime = STR("image/png"), .file_name = STR("a.png"), .bytes = STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")};
    for (int i = 0; i < TRIO; i++) {
        enum sim_network n = trio[i];
        act(w, n, "marta", "message", STR_EMPTY, "Guardi", "picture");
        struct channel_event event = wait_event(w, n, CHANNEL_MESSAGE, false);
        assert_int_equal(event.media_count, 1);
        assert_int_equal(event.message, MESSAGE_IMAGE);
        struct settings settings = settings_at(w, n);
        struct http_call http = {.method = "GET", .url = event.media->url};
        struct http_reply reply = {0};
        struct error e = {0};
        int steps = event.media->media_id.len ? 2 : 1;
        for (int step = 0; step < steps; step++) {
            struct str carry = reply.body;
            if (channel_at(n)->media && !channel_at(n)->media(w->a, &settings, event.media, step, carry, &http, &e))
                fail_msg("%s: %s", sim_network_name(n), e.message);
            client_call(w->client, w->a, &http, &reply);
            assert_int_equal(reply.status, 200);
        }
        assert_true(str_starts(pairs_get(&reply.headers, STR("content-type")), STR("image/")));
        assert_true(reply.body.len > 0);

        struct outgoing m = answer_to(w, n, &event, doors_of_talk[i], "Ecco la nostra");
        m.media = &picture;
        struct outcome out = deliver(w, n, m);
        if (out.kind != OUTCOME_ACCEPTED)
            fail_msg("%s: %s %.*s %.*s", sim_network_name(n), failure_name(out.failure), STR_ARGS(out.code),
                     STR_ARGS(out.words));
    }
}

struct faulty {
    enum sim_network network;
    const char *door;
    bool window, gone; /* does this door know them? */
};

static struct outcome told_later(struct world *w, enum sim_network network, struct str id)
{
    for (int64_t until = clock_monotonic() + 4 * SECOND_US; clock_monotonic() < until; nap()) {
        struct channel_events all = all_events(w, network);
        for (size_t i = 0; i < all.count; i++)
            if (all.items[i].receipt == RECEIPT_FAILED && str_eq(all.items[i].external_id, id))
                return (struct outcome){
                    .kind = OUTCOME_FAILED, .failure = all.items[i].failure, .words = all.items[i].note};
    }
    return (struct outcome){0};
}

static void check_faults(struct world *w, const struct faulty *f)
{
    static const struct {
        enum sim_fault fault;
        enum failure failure;
    } faults[] = {{SIM_FAULT_TOKEN, FAILURE_TOKEN},     {SIM_FAULT_PERMISSION, FAILURE_PERMISSION},
                  {SIM_FAULT_RATE, FAILURE_RATE},       {SIM_FAULT_WINDOW, FAILURE_WINDOW},
                  {SIM_FAULT_BLOCKED, FAILURE_BLOCKED}, {SIM_FAULT_GONE, FAILURE_GONE},
                  {SIM_FAULT_CONTENT, FAILURE_CONTENT}, {SIM_FAULT_DOWN, FAILURE_TRANSIENT}};
    bool open = strcmp(f->door, "comment") == 0 || strcmp(f->door, "reply") == 0;
    struct str id = act(w, f->network, "marta", open ? "post" : "message", STR_EMPTY, "@brand ci siete?", "");
    struct channel_event event = wait_event(w, f->network, CHANNEL_MESSAGE, false);
    for (int tries = 0; tries < 1000 && !str_eq(event.external_id, id); tries++, nap())
        event = wait_event(w, f->network, CHANNEL_MESSAGE, false);
    for (size_t k = 0; k < COUNT_OF(faults); k++) {
        if ((faults[k].fault == SIM_FAULT_WINDOW && !f->window) || (faults[k].fault == SIM_FAULT_GONE && !f->gone))
            continue;
        sim_fault(w->sim, f->network, faults[k].fault, 1, 2000);
        struct outcome out = deliver(w, f->network, answer_to(w, f->network, &event, f->door, "Eccoci"));
        if (out.kind == OUTCOME_ACCEPTED) /* WhatsApp takes it, and says later that it did not arrive */
            out = told_later(w, f->network, out.external_id);
        if (out.failure != faults[k].failure)
            fail_msg("%s %s: %s (%.*s %.*s)", f->door, sim_fault_name(faults[k].fault), failure_name(out.failure),
                     STR_ARGS(out.code), STR_ARGS(out.words));
        assert_true(out.words.len > 0);
        assert_true(faults[k].failure != FAILURE_RATE || out.retry_seconds > 0);
        sim_faults_clear(w->sim);
    }
    assert_int_equal(deliver(w, f->network, answer_to(w, f->network, &event, f->door, "Eccoci")).kind,
                     OUTCOME_ACCEPTED);
}

static void every_fault_has_its_class(void **state_)
{
    static const struct faulty doors[] = {{SIM_FACEBOOK, "comment", false, true},
                                          {SIM_FACEBOOK, "messenger", true, false},
                                          {SIM_WHATSAPP, "whatsapp", true, false},
                                          {SIM_X, "reply", true, true},
                                          {SIM_X, "dm", false, false}};
    for (size_t i = 0; i < COUNT_OF(doors); i++)
        check_faults(*state_, &doors[i]);
}

static void probes_of_the_simulator(void **state_)
{
    struct world *w = *state_;
    for (int i = 0; i < TRIO; i++) {
        enum sim_network n = trio[i];
        struct settings settings = settings_at(w, n);
        for (int bad = 0; bad < 2; bad++) {
            struct http_call http = {0};
            struct http_reply reply = {0};
            struct outcome out = {0};
            struct error e = {0};
            if (bad)
                sim_fault(w->sim, n, SIM_FAULT_TOKEN, -1, 0);
            assert_true(channel_at(n)->probe(w->a, &settings, &http, &e));
            client_call(w->client, w->a, &http, &reply);
            channel_at(n)->probed(w->a, &reply, &out);
            if (out.failure != (bad ? FAILURE_TOKEN : FAILURE_NONE))
                fail_msg("%s: %d %.*s", sim_network_name(n), reply.status, STR_ARGS(reply.body));
            sim_faults_clear(w->sim);
        }
    }
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int channels_roundtrip_test(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(signatures_of_the_simulator_pass), WORLD(direct_messages),        WORLD(token_comes_back),
        WORLD(public_and_private_answers),       WORLD(edits_and_removals),     WORLD(pictures_go_and_come),
        WORLD(every_fault_has_its_class),        WORLD(probes_of_the_simulator)};
    return cmocka_run_group_tests_name("channels/roundtrip", tests, NULL, NULL);
}
