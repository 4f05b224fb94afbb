/* SPDX-License-Identifier: Apache-2.0 */
/* Every simulated network against the adapter of its name, as both describe themselves: each act is verified and read
 * as what it was, each answer is taken, each fault falls into its class. A new network is held against its adapter
 * here without a line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/url.h"
#include "receiver.h"

int sim_every_test(void);

static const struct channel *adapter(enum sim_network n)
{
    const struct channel *channel = channel_find(str_from(sim_network_name(n)));

    if (channel == NULL)
        fail_msg("there is no channel %s", sim_network_name(n));
    return channel;
}

static bool does(enum sim_network n, const char *act)
{
    return sim_word_in(sim_drivers[n]->acts, str_from(act));
}

static struct settings settings_at(struct world *w, enum sim_network n)
{
    return default_settings(w->a, n, sim_base(w->sim, n, w->a));
}

/* One round of a list, as the program asks for it. */
static void ask_for(struct world *w, enum sim_network n, const struct listing *listing, struct channel_events *all)
{
    struct settings settings = settings_at(w, n);
    struct asking asking = {.listing = listing, .since = clock_now() - HOUR_US, .now = clock_now(), .whole = true};
    struct asked asked = {.more = true};

    if (sim_drivers[n]->counted)
        asking.cursor = w->counted[n];
    for (; asked.more && asking.step < 50; asking.step++, asking.carry = asked.carry) {
        struct http_call call = {0};
        struct http_reply reply = {0};
        struct error e = {ERR_NONE, ""};

        if (!adapter(n)->ask(w->a, &settings, &asking, &call, &e))
            fail_msg("%s, %s: %s", sim_network_name(n), listing->name, e.message);
        client_call(w->client, w->a, &call, &reply);
        asked = (struct asked){0};
        adapter(n)->asked(w->a, &settings, &asking, &reply, all, &asked);
        if (asked.cursor.len > 0)
            asking.cursor = asked.cursor;
        if (asked.outcome.kind == OUTCOME_FAILED || all->unread.len > 0)
            fail_msg("%s, %s: %.*s%.*s", sim_network_name(n), listing->name, STR_ARGS(asked.outcome.words),
                     STR_ARGS(all->unread));
    }
    if (sim_drivers[n]->counted)
        w->counted[n] = asking.cursor;
}

/* All events that came from a network so far; a network that tells nothing is asked. */
static struct channel_events events_of(struct world *w, enum sim_network n)
{
    struct settings settings = settings_at(w, n);
    struct channel_events all = {.arena = w->a};
    const struct listing *listing = sim_drivers[n]->tell == NULL ? adapter(n)->listings : NULL;
    size_t i, k;

    for (; listing != NULL && listing->name != NULL; listing++)
        ask_for(w, n, listing, &all);

    pthread_mutex_lock(&w->receiver.lock);
    for (i = 0; i < w->receiver.count; i++) {
        struct channel_events some = {.arena = w->a};
        struct error e = {ERR_NONE, ""};
        struct str body;

        if (w->receiver.kept[i].network != n || !w->receiver.kept[i].signed_well)
            continue;
        body = str_dup(w->a, (struct str){w->receiver.kept[i].body, w->receiver.kept[i].len});
        if (!adapter(n)->receive(w->a, &settings, body, &some, &e) || some.unread.len > 0)
            fail_msg("%s: %.*s: %s%.*s", sim_network_name(n), STR_ARGS(body), e.message, STR_ARGS(some.unread));
        for (k = 0; k < some.count; k++)
            *channel_events_add(&all) = some.items[k];
    }
    pthread_mutex_unlock(&w->receiver.lock);
    return all;
}

/* The newest event of the kind about the message id ("": about any). */
static struct channel_event wait_event(struct world *w, enum sim_network n, enum channel_event_kind kind,
                                       struct str id)
{
    int64_t until = clock_monotonic() + 8 * SECOND_US;

    for (; clock_monotonic() < until; nap()) {
        struct channel_events all = events_of(w, n);
        size_t i = all.count;

        while (i-- > 0)
            if (all.items[i].kind == kind && (id.len == 0 || str_eq(all.items[i].external_id, id)))
                return all.items[i];
    }
    fail_msg("%s: no event of kind %d about %.*s came", sim_network_name(n), (int)kind, STR_ARGS(id));
    return (struct channel_event){0};
}

static struct outcome deliver(struct world *w, enum sim_network n, const struct channel_event *event,
                              const char *text, const struct outgoing_media *media)
{
    struct settings settings = settings_at(w, n);
    struct outgoing m = {.door = event->door, .to = event->author.external_id, .parent_id = event->external_id};
    const struct sim_account *account = sim_account_default(n);
    struct outcome out = {0};

    m.account = account->account_id != NULL ? str_from(account->account_id) : STR_EMPTY;
    m.thread_key = event->thread_key;
    m.text = str_from(text);
    m.media = media;
    m.idempotency_key = str_format(w->a, "key:%s", text); /* networks that know it take a key once */
    m.now = clock_now();
    m.answered_at = event->at > 0 ? event->at : m.now;
    do {
        struct http_call call = {0};
        struct http_reply reply = {0};
        struct error e = {ERR_NONE, ""};

        if (!adapter(n)->send(w->a, &settings, &m, &call, &e))
            fail_msg("%s: %s", sim_network_name(n), e.message);
        client_call(w->client, w->a, &call, &reply);
        adapter(n)->answer(w->a, &m, &reply, &out);
        m.step++;
        m.carry = out.carry;
    } while (out.kind == OUTCOME_NEXT && m.step < 8);
    return out;
}

static void assert_taken(enum sim_network n, struct outcome out)
{
    if (out.kind != OUTCOME_ACCEPTED || out.external_id.len == 0)
        fail_msg("%s: %s: %.*s (%.*s)", sim_network_name(n), failure_name(out.failure), STR_ARGS(out.words),
                 STR_ARGS(out.code));
}

/* ---- in and out ---- */

/* Where nobody can post, people comment on what the brand posted. */
static struct str brand_post(struct world *w, enum sim_network n)
{
    const struct json *items = json_get(state(w), "items"), *item;
    size_t i;

    for (i = 0; i < json_count(items); i++) {
        item = json_at(items, i);
        if (str_eq(json_text(json_get(item, "network")), str_from(sim_network_name(n))) &&
            json_bool(json_get(item, "by_brand"), false) &&
            !str_eq(json_text(json_get(item, "kind")), STR("private")))
            return json_text(json_get(item, "id"));
    }
    fail_msg("%s: there is no post of the brand to comment on", sim_network_name(n));
    return STR_EMPTY;
}

/* Is there no way at all to answer? */
static bool is_shut(enum sim_network n)
{
    const struct door *door = adapter(n)->doors;

    while (door->name != NULL && door->shut != NULL)
        door++;
    return door->name == NULL;
}

/* The first words of Marta, through each way in that the network has. */
static size_t say(struct world *w, enum sim_network n, struct channel_event *events)
{
    static const char *const ways[] = {"message", "post", "comment"};
    size_t count = 0, i;

    for (i = 0; i < COUNT_OF(ways); i++) {
        struct str id;

        if (!does(n, ways[i]) || (i == 2 && does(n, "post")))
            continue;
        if (sim_drivers[n]->counted)
            events_of(w, n); /* what was there before */
        id = act(w, n, "marta", ways[i], i == 2 ? brand_post(w, n) : STR_EMPTY, "@nuvolamobile è urgente 😡 <b>", "");
        events[count] = wait_event(w, n, CHANNEL_MESSAGE, sim_drivers[n]->counted ? STR_EMPTY : id);
        assert_int_equal(events[count].is_public, i > 0);
        count++;
    }
    assert_true(count > 0);
    return count;
}

static void words_come_and_answers_go(void **state_)
{
    struct world *w = *state_;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++) {
        enum sim_network on = (enum sim_network)n;
        struct channel_event events[2];
        size_t count = say(w, on, events), i;

        for (i = 0; i < count; i++) {
            const char *words = i == 0 ? "Eccomi & subito." : "Eccoci, Marta.";
            int64_t before = accepted(w, words);

            assert_true(sim_drivers[n]->counted ? events[i].text.len > 0 && events[i].link.len > 0
                                                : str_ends(events[i].text, STR("è urgente 😡 <b>")));
            assert_false(events[i].echo);
            assert_true(events[i].dedupe.len > 0 && events[i].thread_key.len > 0);
            assert_non_null(channel_door(adapter(on), events[i].door));
            if (is_shut(on))
                continue;
            assert_taken(on, deliver(w, on, &events[i], words, NULL));
            assert_int_equal(accepted(w, words), before + 1);
        }
    }
}

static void media_come_and_go(void **state_)
{
    static const char *const kinds[] = {"picture", "sticker", "location", "file", "unsupported"};
    static const char png[] = "\x89PNG\r\n\x1a\n and the rest";
    struct outgoing_media ours = {.mime = STR("image/png"),
                                  .file_name = STR("a.png"),
                                  .bytes = {png, sizeof png - 1},
                                  .address = STR("http://127.0.0.1:9/files/none")};
    struct world *w = *state_;
    size_t i;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++)
        for (i = 0; i < COUNT_OF(kinds); i++) {
            enum sim_network on = (enum sim_network)n;
            struct channel_event event;

            if (!does(on, "message") || !sim_word_in(sim_drivers[n]->attach_private, str_from(kinds[i])))
                continue;
            event = wait_event(w, on, CHANNEL_MESSAGE, act(w, on, "marta", "message", STR_EMPTY, "", kinds[i]));
            if (event.message == MESSAGE_TEXT && i < 4) /* of what nobody knows, some networks give an address */
                fail_msg("%s: %s is read as text", sim_network_name(on), kinds[i]);
            if (i == 0 && channel_door(adapter(on), event.door)->attachments)
                assert_taken(on, deliver(w, on, &event, "Ecco la nostra", &ours));
        }
}

static void pictures_of_people_are_fetched(void **state_)
{
    struct world *w = *state_;
    int n, step;

    for (n = 0; n < SIM_NETWORKS; n++) {
        enum sim_network on = (enum sim_network)n;
        struct settings settings = settings_at(w, on);
        struct http_reply reply = {0};
        struct channel_event event;
        struct str carry = STR_EMPTY;

        if (!does(on, "message") || !sim_word_in(sim_drivers[n]->attach_private, STR("picture")))
            continue;
        event = wait_event(w, on, CHANNEL_MESSAGE, act(w, on, "marta", "message", STR_EMPTY, "", "picture"));
        assert_int_equal(event.media_count, 1);
        for (step = 0; step == 0 || (step == 1 && event.media->media_id.len > 0 && json_parse(w->a, carry, NULL));
             step++) {
            struct http_call call = {.method = "GET", .url = event.media->url};
            struct error e = {ERR_NONE, ""};

            if (adapter(on)->media != NULL &&
                !adapter(on)->media(w->a, &settings, event.media, step, carry, &call, &e))
                fail_msg("%s: %s", sim_network_name(on), e.message);
            client_call(w->client, w->a, &call, &reply);
            if (reply.status == 307) { /* it points to where the file is */
                call = (struct http_call){.method = "GET", .url = pairs_get(&reply.headers, STR("location"))};
                client_call(w->client, w->a, &call, &reply);
            }
            assert_int_equal(reply.status, 200);
            carry = reply.body;
        }
        assert_true(str_starts(reply.body, STR("\x89PNG")));
    }
}

/* What it says now, as an edit or, where the network is only asked, in its list. */
static struct str says_now(struct world *w, enum sim_network n, struct str id)
{
    struct channel_event event;

    if (sim_drivers[n]->tell != NULL)
        return wait_event(w, n, CHANNEL_EDIT, id).text;
    event = wait_event(w, n, CHANNEL_MESSAGE, id);
    assert_true(event.as_of > 0); /* else the house takes it for what it knows already */
    return event.text;
}

/* WhatsApp says edits and removals without saying of what; there they are messages of a kind that is not known. */
static void edits_are_heard(void **state_)
{
    struct world *w = *state_;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++) {
        enum sim_network on = (enum sim_network)n;
        const char *way = does(on, "post") ? "post" : does(on, "message") ? "message" : "comment";
        struct str id;

        if (!does(on, "edit") || on == SIM_WHATSAPP)
            continue;
        id = act(w, on, "marta", way, *way == 'c' ? brand_post(w, on) : STR_EMPTY, "@nuvolamobile prima", "");
        wait_event(w, on, CHANNEL_MESSAGE, id);
        act(w, on, "marta", "edit", id, "@nuvolamobile dopo", "");
        assert_true(str_ends(says_now(w, on, id), STR("dopo")));
    }
}

/* ---- refusals ---- */

static struct outcome told_later(struct world *w, enum sim_network n, struct str id)
{
    struct channel_event event = wait_event(w, n, CHANNEL_RECEIPT, id);
    int64_t until = clock_monotonic() + 4 * SECOND_US;

    while (event.receipt != RECEIPT_FAILED && clock_monotonic() < until)
        event = wait_event(w, n, CHANNEL_RECEIPT, id);
    return (struct outcome){.kind = OUTCOME_FAILED, .failure = event.failure, .words = event.note};
}

/* A list's call; where nothing can be answered, nothing else can be refused. */
static struct outcome asks(struct world *w, enum sim_network n)
{
    struct settings settings = settings_at(w, n);
    struct asking asking = {.listing = adapter(n)->listings, .since = clock_now() - HOUR_US, .now = clock_now()};
    struct channel_events events = {.arena = w->a};
    struct http_call call = {0};
    struct http_reply reply = {0};
    struct asked asked = {0};
    struct error e = {ERR_NONE, ""};

    assert_true(adapter(n)->ask(w->a, &settings, &asking, &call, &e));
    client_call(w->client, w->a, &call, &reply);
    adapter(n)->asked(w->a, &settings, &asking, &reply, &events, &asked);
    return asked.outcome;
}

static void refusals_have_their_class(void **state_)
{
    static const struct {
        enum sim_fault fault;
        enum failure failure;
    } faults[] = {{SIM_FAULT_TOKEN, FAILURE_TOKEN},     {SIM_FAULT_PERMISSION, FAILURE_PERMISSION},
                  {SIM_FAULT_RATE, FAILURE_RATE},       {SIM_FAULT_BLOCKED, FAILURE_BLOCKED},
                  {SIM_FAULT_CONTENT, FAILURE_CONTENT}, {SIM_FAULT_DOWN, FAILURE_TRANSIENT}};
    struct world *w = *state_;
    size_t k;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++) {
        enum sim_network on = (enum sim_network)n;
        struct channel_event events[2];

        say(w, on, events);
        for (k = 0; k < COUNT_OF(faults); k++) {
            struct outcome out;

            if (sim_word_in(sim_drivers[n]->lacks, str_from(sim_fault_name(faults[k].fault))))
                continue;
            /* a fault that is counted spares calls that send nothing */
            sim_fault(w->sim, on, faults[k].fault, is_shut(on) ? -1 : 1, 2000);
            out = is_shut(on) ? asks(w, on) : deliver(w, on, &events[0], "Eccoci", NULL);
            if (out.kind == OUTCOME_ACCEPTED) /* taken, and refused by a later word */
                out = told_later(w, on, out.external_id);
            if (out.failure != faults[k].failure)
                fail_msg("%s on %s is read as %s (%.*s %.*s)", sim_fault_name(faults[k].fault), sim_network_name(on),
                         failure_name(out.failure), STR_ARGS(out.code), STR_ARGS(out.words));
            assert_true(out.words.len > 0);
            assert_true(out.failure != FAILURE_RATE || out.retry_seconds > 0);
            sim_faults_clear(w->sim);
        }
        if (!is_shut(on))
            assert_taken(on, deliver(w, on, &events[0], "Eccoci infine", NULL));
    }
}

static void probes_tell_a_good_account_from_a_bad_one(void **state_)
{
    struct world *w = *state_;
    int n, bad;

    for (n = 0; n < SIM_NETWORKS; n++)
        for (bad = 0; bad < 2; bad++) {
            enum sim_network on = (enum sim_network)n;
            struct settings settings = settings_at(w, on);
            struct http_call call = {0};
            struct http_reply reply = {0};
            struct outcome out = {0};
            struct error e = {ERR_NONE, ""};

            sim_fault(w->sim, on, SIM_FAULT_TOKEN, bad ? -1 : 0, 0);
            assert_true(adapter(on)->probe(w->a, &settings, &call, &e));
            client_call(w->client, w->a, &call, &reply);
            adapter(on)->probed(w->a, &reply, &out);
            if (out.failure != (bad ? FAILURE_TOKEN : FAILURE_NONE))
                fail_msg("%s: %d %.*s", sim_network_name(on), reply.status, STR_ARGS(reply.body));
        }
}

/* What a channel is set up with is what its adapter knows, and the control API tells the same. */
static void settings_are_the_channels(void **state_)
{
    struct world *w = *state_;
    struct http_call call = {.method = "GET"};
    struct http_reply reply = {0};
    struct json *told;
    int n;

    call.url = str_format(w->a, "http://127.0.0.1:%u/sim/networks", (unsigned)sim_port(w->sim));
    client_call(w->client, w->a, &call, &reply);
    told = json_parse(w->a, reply.body, NULL);
    assert_int_equal(json_count(told), SIM_NETWORKS);
    for (n = 0; n < SIM_NETWORKS; n++) {
        struct pairs given = sim_settings(w->sim, (enum sim_network)n, w->a);
        struct settings settings;
        struct error e = {ERR_NONE, ""};

        if (!settings_make(w->a, adapter((enum sim_network)n), &given, &settings, &e))
            fail_msg("%s: %s", sim_network_name((enum sim_network)n), e.message);
        assert_int_equal(json_count(json_path(told, sim_network_name((enum sim_network)n), "settings", NULL)),
                         given.count);
    }
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int sim_every_test(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(words_come_and_answers_go),      WORLD(media_come_and_go),
        WORLD(pictures_of_people_are_fetched), WORLD(edits_are_heard),
        WORLD(refusals_have_their_class),      WORLD(probes_tell_a_good_account_from_a_bad_one),
        WORLD(settings_are_the_channels),
    };

    return cmocka_run_group_tests_name("sim/every", tests, NULL, NULL);
}
