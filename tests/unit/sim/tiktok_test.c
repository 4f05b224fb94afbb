/* SPDX-License-Identifier: Apache-2.0 */
/* What only the simulated TikTok does: comments that disappear without being deleted, messages from Europe, talks
 * that nobody but the person begins and that close after two days, what was read, its list, and tokens that rotate.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "receiver.h"

int sim_tiktok_test(void);

static const struct channel *adapter(void)
{
    return channel_find(STR("tiktok"));
}

static struct settings settings_at(struct world *w)
{
    return default_settings(w->a, SIM_TIKTOK, sim_base(w->sim, SIM_TIKTOK, w->a));
}

static struct str film_of_brand(struct world *w)
{
    const struct json *items = json_get(state(w), "items");
    for (size_t i = 0; i < json_count(items); i++)
        if (str_eq(json_text(json_get(json_at(items, i), "network")), STR("tiktok")))
            return json_text(json_get(json_at(items, i), "id"));
    fail_msg("TikTok has no film");
    return STR_EMPTY;
}

static struct channel_event heard(struct world *w, size_t n)
{
    struct settings settings = settings_at(w);
    struct channel_events events = {.arena = w->a};
    struct error e = {ERR_NONE, ""};
    assert_true(w->receiver.kept[n].signed_well);
    struct str body = str_dup(w->a, (struct str){w->receiver.kept[n].body, w->receiver.kept[n].len});
    if (!adapter()->receive(w->a, &settings, body, &events, &e))
        fail_msg("%s", e.message);
    assert_int_equal(events.count, 1);
    return events.items[0];
}

static struct outcome deliver(struct world *w, struct outgoing m)
{
    struct settings settings = settings_at(w);
    struct http_call call;
    struct http_reply reply;
    struct outcome out = {0};
    struct error e = {ERR_NONE, ""};
    if (!adapter()->send(w->a, &settings, &m, &call, &e))
        fail_msg("%s", e.message);
    client_call(w->client, w->a, &call, &reply);
    assert_int_equal(reply.status, 200); /* always */
    adapter()->answer(w->a, &m, &reply, &out);
    return out;
}

static void what_is_hidden_was_taken_away(void **state_)
{
    struct world *w = *state_;
    struct str id = act(w, SIM_TIKTOK, "marta", "comment", film_of_brand(w), "Qual è il terzo?", "");
    act(w, SIM_TIKTOK, "marta", "friends-only", id, "", "");
    wait_kept(w, 2);
    assert_int_equal(heard(w, 0).kind, CHANNEL_MESSAGE);
    struct channel_event gone = heard(w, 1);
    assert_int_equal(gone.kind, CHANNEL_DELETE);
    assert_true(str_eq(gone.external_id, id));
}

static void a_reply_comes_back_as_ours(void **state_)
{
    struct world *w = *state_;
    act(w, SIM_TIKTOK, "marta", "comment", film_of_brand(w), "Qual è il terzo?", "");
    wait_kept(w, 1);
    struct channel_event asked = heard(w, 0);
    struct outcome out = deliver(w, (struct outgoing){.door = STR("comment"),
                                                      .parent_id = asked.external_id,
                                                      .thread_key = asked.thread_key,
                                                      .account = asked.account,
                                                      .text = STR("Il riavvio")});
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    wait_kept(w, 2);
    struct channel_event echo = heard(w, 1);
    assert_true(echo.echo);
    assert_true(str_eq(echo.external_id, out.external_id));
    assert_true(str_eq(echo.parent_id, asked.external_id));
}

static void europe_is_heard_and_not_answered(void **state_)
{
    struct world *w = *state_;
    act(w, SIM_TIKTOK, "marta", "message-eu", STR_EMPTY, "Buongiorno", "");
    wait_kept(w, 1);
    struct channel_event event = heard(w, 0);
    assert_string_equal(event.shut, "region");
    assert_int_equal(event.text.len, 0);
    assert_int_equal(event.author.external_id.len, 0);
}

static void a_talk_closes_after_two_days(void **state_)
{
    struct world *w = *state_;
    act(w, SIM_TIKTOK, "marta", "message", STR_EMPTY, "Buongiorno", "");
    wait_kept(w, 1);
    struct channel_event event = heard(w, 0);
    struct outgoing m = {.door = STR("dm"),
                         .to = event.author.external_id,
                         .thread_key = event.thread_key,
                         .account = event.account,
                         .text = STR("Eccomi"),
                         .answered_at = event.at,
                         .now = event.at};
    assert_int_equal(deliver(w, m).kind, OUTCOME_ACCEPTED);
    act(w, SIM_TIKTOK, "marta", "read", STR_EMPTY, "", "");
    wait_kept(w, 3);
    bool read = false;
    for (size_t i = 1; i < 3; i++)
        read |= heard(w, i).kind == CHANNEL_READ_UPTO;
    assert_true(read);
    sim_clock_advance(w->sim, 49 * HOUR_US);
    assert_int_equal(deliver(w, m).failure, FAILURE_WINDOW);
    m.thread_key = STR("dm:nobody"); /* a talk that never began */
    assert_int_equal(deliver(w, m).failure, FAILURE_BLOCKED);
}

/* One round, as the program asks for it. */
static struct channel_events listed(struct world *w, const char *name)
{
    struct settings settings = settings_at(w);
    struct asking asking = {
        .listing = channel_listing(adapter(), str_from(name)), .since = clock_now() - HOUR_US, .now = clock_now()};
    struct asked asked = {.more = true};
    struct channel_events events = {.arena = w->a};
    for (; asked.more && asking.step < 20; asking.step++, asking.carry = asked.carry) {
        struct http_call call;
        struct http_reply reply;
        struct error e = {ERR_NONE, ""};
        assert_true(adapter()->ask(w->a, &settings, &asking, &call, &e));
        client_call(w->client, w->a, &call, &reply);
        asked = (struct asked){0};
        adapter()->asked(w->a, &settings, &asking, &reply, &events, &asked);
        assert_int_equal(asked.outcome.kind, OUTCOME_ACCEPTED);
    }
    return events;
}

/* The lists tell the same as the webhooks did, and who wrote by name. */
static void what_was_told_is_listed(void **state_)
{
    struct world *w = *state_;
    struct str id = act(w, SIM_TIKTOK, "marta", "comment", film_of_brand(w), "Qual è il terzo?", "");
    for (int i = 0; i < 5; i++) /* more than stand beside it */
        act(w, SIM_TIKTOK, "davide", "comment", id, "Anch’io", "");
    struct channel_events events = listed(w, "comments");
    size_t films = 0, answers = 0;
    bool named = false;
    for (size_t i = 0; i < events.count; i++) {
        const struct channel_event *event = &events.items[i];
        films += event->message == MESSAGE_VIDEO;
        answers += str_eq(event->parent_id, id);
        named |= str_eq(event->external_id, id) && str_eq(event->author.name, STR("Marta Bellucci"));
    }
    assert_int_equal(films, 2);
    assert_int_equal(answers, 3 + 5); /* three beside the comment, then all */
    assert_true(named);

    wait_kept(w, 6);
    act(w, SIM_TIKTOK, "marta", "message", STR_EMPTY, "In privato", "");
    wait_kept(w, 7);
    events = listed(w, "messages");
    assert_int_equal(events.count, 1);
    assert_true(str_eq(events.items[0].dedupe, heard(w, 6).dedupe));
    assert_true(str_eq(events.items[0].author.external_id, heard(w, 6).author.external_id));
    assert_true(str_eq(events.items[0].thread_key, heard(w, 6).thread_key));
    assert_true(str_eq(events.items[0].author.name, STR("Marta Bellucci")));
}

static void tokens_rotate(void **state_)
{
    struct world *w = *state_;
    struct pair given[] = {{STR("api_base"), sim_base(w->sim, SIM_TIKTOK, w->a)},
                           {STR("client_key"), STR("key")},
                           {STR("client_secret"), STR("simulated-tiktok-secret")},
                           {STR("refresh_token"), STR("the first")},
                           {STR("access_token"), STR("old")},
                           {STR("business_id"), STR("unknown")}};
    for (int i = 0; i < 3; i++) {
        struct settings settings;
        struct pairs changed = {0};
        struct outcome out = {0};
        struct http_call call;
        struct http_reply reply;
        struct error e = {ERR_NONE, ""};
        assert_true(settings_make(w->a, adapter(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e));
        assert_true(adapter()->renew(w->a, &settings, &call, &e));
        client_call(w->client, w->a, &call, &reply);
        int seconds = adapter()->renewed(w->a, &reply, &changed, &out);
        assert_int_equal(seconds, i < 2 ? 43200 : 0); /* the third time with a token that served before */
        if (i == 2) {
            assert_int_equal(out.failure, FAILURE_TOKEN);
            break;
        }
        given[4].value = pairs_get(&changed, STR("access_token"));
        given[5].value = pairs_get(&changed, STR("business_id"));
        if (i == 0)
            given[3].value = pairs_get(&changed, STR("refresh_token"));
        assert_true(settings_make(w->a, adapter(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e));
        assert_true(adapter()->probe(w->a, &settings, &call, &e));
        client_call(w->client, w->a, &call, &reply);
        adapter()->probed(w->a, &reply, &out);
        assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    }
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int sim_tiktok_test(void)
{
    const struct CMUnitTest tests[] = {WORLD(what_is_hidden_was_taken_away),    WORLD(a_reply_comes_back_as_ours),
                                       WORLD(europe_is_heard_and_not_answered), WORLD(a_talk_closes_after_two_days),
                                       WORLD(what_was_told_is_listed),          WORLD(tokens_rotate)};
    return cmocka_run_group_tests_name("sim/tiktok", tests, NULL, NULL);
}
