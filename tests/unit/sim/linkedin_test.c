/* SPDX-License-Identifier: Apache-2.0 */
/* What only the simulated LinkedIn does: it tells of posts that mention the page, spells a comment in two ways, lists
 * what it told, and gives tokens for a year. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "receiver.h"

int sim_linkedin_test(void);

static const struct channel *adapter(void)
{
    return channel_find(STR("linkedin"));
}

static struct str post_of_brand(struct world *w)
{
    const struct json *items = json_get(state(w), "items");
    for (size_t i = 0; i < json_count(items); i++)
        if (str_eq(json_text(json_get(json_at(items, i), "network")), STR("linkedin")))
            return json_text(json_get(json_at(items, i), "id"));
    fail_msg("LinkedIn has no post");
    return STR_EMPTY;
}

static struct channel_events read_hook(struct world *w, size_t n)
{
    struct settings settings = default_settings(w->a, SIM_LINKEDIN, STR_EMPTY);
    struct channel_events events = {.arena = w->a};
    struct error e = {ERR_NONE, ""};
    assert_true(w->receiver.kept[n].signed_well);
    struct str body = str_dup(w->a, (struct str){w->receiver.kept[n].body, w->receiver.kept[n].len});
    if (!adapter()->receive(w->a, &settings, body, &events, &e))
        fail_msg("%s", e.message);
    return events;
}

static void a_mention_is_told_and_answered(void **state_)
{
    struct world *w = *state_;
    struct str id = act(w, SIM_LINKEDIN, "marta", "mention", STR_EMPTY, "Grazie, @Nuvola", "");
    wait_kept(w, 1);
    struct channel_events events = read_hook(w, 0);
    assert_int_equal(events.count, 1);
    assert_true(str_eq(events.items[0].external_id, id));
    assert_text(json_new_str(w->a, events.items[0].text), "Grazie, @Nuvola");

    struct settings settings = default_settings(w->a, SIM_LINKEDIN, sim_base(w->sim, SIM_LINKEDIN, w->a));
    struct outgoing m = {.door = STR("comment"),
                         .parent_id = id,
                         .thread_key = events.items[0].thread_key,
                         .account = STR("96110055"),
                         .text = STR("Grazie a te")};
    struct http_call call;
    struct http_reply reply;
    struct outcome out = {0};
    struct error e = {ERR_NONE, ""};
    assert_true(adapter()->send(w->a, &settings, &m, &call, &e));
    client_call(w->client, w->a, &call, &reply);
    adapter()->answer(w->a, &m, &reply, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    wait_kept(w, 2);
    events = read_hook(w, 1); /* our own words come back under the name that the answer gave them */
    assert_true(events.items[0].echo);
    assert_true(str_eq(events.items[0].external_id, out.external_id));
}

static void a_comment_is_spelled_in_two_ways(void **state_)
{
    struct world *w = *state_;
    struct str id = act(w, SIM_LINKEDIN, "marta", "comment", post_of_brand(w), "Quanto costa?", "");
    wait_kept(w, 1);
    const struct json *one = json_at(json_get(hook_json(w, 0), "notifications"), 0);
    struct str outside = json_text(json_get(one, "generatedActivity"));
    assert_true(str_starts(outside, STR("urn:li:comment:(activity:")));
    assert_true(str_eq(json_text(json_path(one, "decoratedGeneratedActivity", "comment", "entity", NULL)), id));
    assert_true(str_eq(read_hook(w, 0).items[0].external_id, id));
}

static void several_come_together(void **state_)
{
    struct world *w = *state_;
    struct str post = post_of_brand(w);
    sim_fault(w->sim, SIM_LINKEDIN, SIM_FAULT_BATCH, 3, 100);
    for (int i = 0; i < 3; i++)
        act(w, SIM_LINKEDIN, "marta", "comment", post, "Quanto costa?", "");
    wait_kept(w, 1);
    assert_int_equal(kept_count(w), 1);
    assert_int_equal(read_hook(w, 0).count, 3);
}

/* The list tells the same as the webhooks did, with the same keys. */
static void what_was_told_is_listed(void **state_)
{
    struct world *w = *state_;
    struct settings settings = default_settings(w->a, SIM_LINKEDIN, sim_base(w->sim, SIM_LINKEDIN, w->a));
    struct str id = act(w, SIM_LINKEDIN, "marta", "comment", post_of_brand(w), "Quanto costa?", "");
    act(w, SIM_LINKEDIN, "marta", "edit", id, "Quanto costa adesso?", "");
    act(w, SIM_LINKEDIN, "marta", "delete", id, "", "");
    wait_kept(w, 3);
    struct asking asking = {
        .listing = adapter()->listings, .since = clock_now() - HOUR_US, .now = clock_now() + MINUTE_US};
    struct channel_events events = {.arena = w->a};
    struct asked asked = {0};
    struct http_call call;
    struct http_reply reply;
    struct error e = {ERR_NONE, ""};
    assert_true(adapter()->ask(w->a, &settings, &asking, &call, &e));
    client_call(w->client, w->a, &call, &reply);
    adapter()->asked(w->a, &settings, &asking, &reply, &events, &asked);
    assert_int_equal(asked.outcome.kind, OUTCOME_ACCEPTED);
    assert_int_equal(events.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(str_eq(events.items[i].dedupe, read_hook(w, i).items[0].dedupe));
}

static void tokens_are_given_and_serve(void **state_)
{
    struct world *w = *state_;
    struct str base = sim_base(w->sim, SIM_LINKEDIN, w->a);
    struct pair given[] = {{STR("api_base"), base},
                           {STR("consent_base"), base},
                           {STR("client_id"), STR("app")},
                           {STR("client_secret"), STR("simulated-linkedin-secret")},
                           {STR("organization_id"), STR("96110055")},
                           {STR("refresh_token"), STR("the first")}};
    struct settings settings;
    struct pairs changed = {0};
    struct outcome out = {0};
    struct http_call call;
    struct http_reply reply;
    struct error e = {ERR_NONE, ""};
    assert_true(settings_make(w->a, adapter(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e));
    assert_true(adapter()->renew(w->a, &settings, &call, &e));
    client_call(w->client, w->a, &call, &reply);
    assert_int_equal(adapter()->renewed(w->a, &reply, &changed, &out), 5184000);
    assert_true(pairs_get(&changed, STR(SETTING_CONSENT_UNTIL)).len > 0); /* the client says when it was */
    given[5] = (struct pair){STR("access_token"), pairs_get(&changed, STR("access_token"))};
    assert_true(settings_make(w->a, adapter(), &(struct pairs){given, COUNT_OF(given)}, &settings, &e));
    assert_true(adapter()->probe(w->a, &settings, &call, &e));
    client_call(w->client, w->a, &call, &reply);
    adapter()->probed(w->a, &reply, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int sim_linkedin_test(void)
{
    const struct CMUnitTest tests[] = {WORLD(a_mention_is_told_and_answered), WORLD(a_comment_is_spelled_in_two_ways),
                                       WORLD(several_come_together), WORLD(what_was_told_is_listed),
                                       WORLD(tokens_are_given_and_serve)};
    return cmocka_run_group_tests_name("sim/linkedin", tests, NULL, NULL);
}
