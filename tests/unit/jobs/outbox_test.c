/* SPDX-License-Identifier: Apache-2.0 */
/* The way out over real HTTP: a small network that accepts, refuses, breaks or hangs up, and the rows it leaves. */
#include "world.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

int jobs_outbox_test(void);

static int world_set_up(void **state)
{
    struct world *w = world_open("application/json", NULL);
    if (!w)
        return -1;
    world_worker(w, &w->jobs.outbox, "outbox");
    DO(w->c, world_account(tx, w, "whatsapp", "phone_number_id", http_server_port(w->network.server),
                           &w->c->whatsapp.row, &e));
    *state = w;
    return 0;
}

static int world_tear_down(void **state)
{
    struct world *w = *state;
    return world_close(w, &w->jobs.outbox);
}

/* One turn, until its calls are answered and written. */
static void turn(struct world *w)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    outbox_turn(&w->jobs.outbox, a);
    for (int i = 0; i < 3000 && worker_in_flight(&w->jobs.outbox); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_int_equal(worker_in_flight(&w->jobs.outbox), 0);
}

static int64_t told(struct world *w, const char *author)
{
    int64_t id = message_now(w->c, hear(w->c, author, "La linea non va")).conversation_id;
    listen_to(w->c, id);
    return answer(w->c, id, "Guardo subito");
}

static void accepted(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1");
    turn(w);
    assert_int_equal(w->network.calls, 1);
    assert_str(message_now(w->c, reply).external_id, "wamid.out.0");
    assert_int_equal(message_now(w->c, reply).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(outbox_now(w->c, reply).id, 0);
    turn(w);
    assert_int_equal(w->network.calls, 1);
    house_is_sound(w->c);
}

static void refused(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1");
    w->network.status = 400;
    w->network.body = "{\"error\":{\"message\":\"Re-engagement message\",\"code\":131047}}";
    turn(w);
    struct outbox row = outbox_now(w->c, reply);
    assert_str(row.state, "failed");
    assert_str(row.failure, "window");
    assert_int_equal(conversation_of_message(w->c, reply).failed, 1);
    turn(w);
    assert_int_equal(w->network.calls, 1);
    house_is_sound(w->c);
}

static void a_token_that_ended_pauses_the_channel(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1"), other = told(w, "2");
    w->network.status = 401;
    w->network.body = "{\"error\":{\"message\":\"expired\",\"code\":190,\"error_subcode\":463}}";
    turn(w);
    assert_str(outbox_now(w->c, reply).state, "ready");
    assert_str(outbox_now(w->c, reply).failure, "token");
    int calls = w->network.calls;
    tamper(w->c, "UPDATE outbox SET next_at = 1");
    turn(w);
    assert_int_equal(w->network.calls, calls); /* nothing goes out through a paused account */
    w->network.status = 200;
    w->network.body = NULL;
    DO(w->c, account_resume(tx, w->c->brand, w->c->whatsapp.row.id, 1, &e));
    turn(w);
    turn(w);
    assert_int_equal(message_now(w->c, reply).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(message_now(w->c, other).receipt, MESSAGE_ACCEPTED);
    house_is_sound(w->c);
}

/* The network itself says that it did not take it, or a gateway that it does not know. */
static void a_gateway_leaves_us_unsure(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1"), other = told(w, "2");
    w->network.body = "<html>no upstream</html>";
    w->network.status = 504;
    turn(w);
    assert_str(outbox_now(w->c, reply).state, "unsure");
    assert_str(outbox_now(w->c, other).state, "unsure");
    int64_t third = told(w, "3");
    w->network.status = 503;
    turn(w);
    assert_str(outbox_now(w->c, third).state, "ready");
    assert_int_equal(w->network.calls, 3);
    house_is_sound(w->c);
}

static void nobody_there_is_tried_again(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1");
    http_server_close(w->network.server);
    w->network.server = NULL;
    turn(w);
    struct outbox row = outbox_now(w->c, reply);
    assert_str(row.state, "ready"); /* it cannot have arrived */
    assert_str(row.failure, "transient");
    assert_true(row.next_at > clock_now());
    assert_int_equal(row.attempts, 1);
    house_is_sound(w->c);
}

/* Takes the request and hangs up: it may have arrived. */
static void *hang_up(void *ctx)
{
    int listener = *(int *)ctx;
    char bytes[4096];
    int peer = accept(listener, NULL, NULL);
    if (peer >= 0 && read(peer, bytes, sizeof bytes) >= 0)
        close(peer);
    return NULL;
}

/* A network that takes connections and says nothing. */
static int silent_network(struct world *w)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    DO(w->c, world_account(tx, w, "whatsapp", "phone_number_id", ntohs(at.sin_port), &w->c->whatsapp.row, &e));
    return listener;
}

static void who_hangs_up_leaves_us_unsure(void **state)
{
    struct world *w = *state;
    pthread_t thread;
    int listener = silent_network(w);
    pthread_create(&thread, NULL, hang_up, &listener);
    int64_t reply = told(w, "1");
    turn(w);
    pthread_join(thread, NULL);
    close(listener);
    assert_str(outbox_now(w->c, reply).state, "unsure");
    turn(w);
    assert_str(outbox_now(w->c, reply).state, "unsure");
    house_is_sound(w->c);
}

/* The program ends while the network has the words and has not answered: what became of them is written before the
 * jobs are gone. */
static void the_end_waits_for_what_is_on_its_way(void **state)
{
    struct world *w = *state;
    struct error why = {0};
    int listener = silent_network(w);
    int64_t reply = told(w, "1");
    struct jobs *jobs = jobs_open(w->c->h->house, w->client, &why);
    assert_non_null(jobs);
    for (int i = 0; i < 1000 && !str_eq(outbox_now(w->c, reply).state, STR("sending")); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_str(outbox_now(w->c, reply).state, "sending");
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL); /* the call is out */
    client_cancel(w->client);
    jobs_close(jobs);
    assert_str(outbox_now(w->c, reply).state, "unsure");
    close(listener);
    house_is_sound(w->c);
}

static void a_lease_that_ran_out_is_unsure(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1");
    claim(w->c, reply); /* by a process that died */
    turn(w);
    assert_str(outbox_now(w->c, reply).state, "sending");
    tamper(w->c, "UPDATE outbox SET lease_until = 1, next_at = 1");
    turn(w);
    assert_str(outbox_now(w->c, reply).state, "unsure");
    assert_int_equal(w->network.calls, 0);
}

static void replies_of_one_story_go_in_order(void **state)
{
    struct world *w = *state;
    int64_t first = told(w, "1"), story = message_now(w->c, first).conversation_id;
    int64_t second = answer(w->c, story, "E poi le scrivo");
    turn(w);
    assert_int_equal(message_now(w->c, first).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(message_now(w->c, second).receipt, MESSAGE_QUEUED);
    turn(w);
    assert_int_equal(message_now(w->c, second).receipt, MESSAGE_ACCEPTED);
    assert_str(message_now(w->c, second).external_id, "wamid.out.1");
}

static bool file_reply(struct tx *tx, struct world *w, int64_t story, int64_t *reply, struct error *e)
{
    struct attachment file = {.brand_id = w->c->brand,
                              .id = id_new(),
                              .kind = STR("file"),
                              .mime = STR("application/pdf"),
                              .name = STR("a.pdf"),
                              .size = 4,
                              .hash = STR("gone"),
                              .state = STR("stored")};
    struct reply_request request = {.conversation_id = story,
                                    .channel_id = w->c->whatsapp.row.id,
                                    .door = STR("whatsapp"),
                                    .attachment = file.id};
    return attachment_add(tx, &file, e) && send_as(tx, w->c, w->c->marta_session, &request, reply, e);
}

static void a_file_that_is_gone_is_said(void **state)
{
    struct world *w = *state;
    int64_t story = message_now(w->c, hear(w->c, "1", "Mi manda il contratto?")).conversation_id, reply;
    listen_to(w->c, story);
    DO(w->c, file_reply(tx, w, story, &reply, &e));
    turn(w);
    assert_str(outbox_now(w->c, reply).state, "failed");
    assert_str(outbox_now(w->c, reply).failure, "content");
    assert_int_equal(w->network.calls, 0);
    house_is_sound(w->c);
}

static void what_can_be_taken_back_does_not_leave(void **state)
{
    struct world *w = *state;
    tamper(w->c, "UPDATE brand SET undo_seconds = 60");
    int64_t reply = told(w, "1");
    turn(w);
    assert_int_equal(w->network.calls, 0);
    DO(w->c, taken_back(tx, w->c, w->c->marta_session, reply, &e));
    turn(w);
    assert_int_equal(w->network.calls, 0);
}

/* However many wait for an account that is paused, what goes through another one goes. */
static void a_paused_channel_holds_up_no_other(void **state)
{
    struct world *w = *state;
    struct account paused;
    int64_t reply = told(w, "1");
    DO(w->c, account_row_add(tx, w->c, "x", &paused, &e));
    tamper(w->c, "UPDATE channel SET state = 'paused' WHERE network = 'x'");
    tamper(
        w->c,
        "INSERT INTO outbox SELECT o.brand_id, o.id + n, (SELECT max(id) FROM channel WHERE state = 'paused'),"
        " o.conversation_id + n, o.state, 0, 1, 0, '', '', '', 0, '', 0, '', 0, 0 FROM outbox o,"
        " (WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 700) SELECT n FROM s) AS many");
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM outbox"), 701);
    turn(w);
    assert_int_equal(w->network.calls, 1);
    assert_int_equal(message_now(w->c, reply).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM outbox WHERE state = 'ready'"), 700);
}

/* Answers travel longer than webhooks: the person's heart may be here before we know what it is under. */
static void a_reaction_may_come_before_the_answer(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1");
    struct channel_event heart = event_of(w->c, CHANNEL_REACTION, STR("wamid.out.0"));
    heart.author.external_id = STR("1");
    heart.note = STR("♥");
    take(w->c, &w->c->whatsapp, heart);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM reaction"), 0);
    turn(w);
    assert_int_equal(message_now(w->c, reply).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM reaction r, message m WHERE m.id = r.message_id AND "
                                     "m.outbound = 1 AND r.emoji = '♥'"),
                     1);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM early"), 0);
}

/* ---- under the lease ---- */

/* One turn during whose call the row is changed. */
static void turn_meanwhile(struct world *w, const char *sql)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    w->network.slow_ms = 300;
    outbox_turn(&w->jobs.outbox, a);
    for (int i = 0; i < 1000 && !w->network.calls; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    tamper(w->c, sql);
    for (int i = 0; i < 3000 && worker_in_flight(&w->jobs.outbox); i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_int_equal(worker_in_flight(&w->jobs.outbox), 0);
    w->network.slow_ms = 0;
}

static void what_was_accepted_is_a_fact(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1");
    turn_meanwhile(w, "UPDATE outbox SET state = 'unsure'"); /* another node took over */
    assert_int_equal(message_now(w->c, reply).receipt, MESSAGE_ACCEPTED);
    assert_str(message_now(w->c, reply).external_id, "wamid.out.0");
    assert_int_equal(outbox_now(w->c, reply).id, 0);
    house_is_sound(w->c);
}

static void what_was_refused_is_a_fact_of_its_attempt(void **state)
{
    struct world *w = *state;
    int64_t reply = told(w, "1"), other = told(w, "2");
    w->network.status = 503;
    w->network.body = "{}";
    tamper(w->c, "UPDATE outbox SET next_at = 1");
    turn_meanwhile(w, "UPDATE outbox SET claim = 5"); /* attempts that were made after ours */
    assert_str(outbox_now(w->c, reply).state, "sending");
    assert_str(outbox_now(w->c, other).state, "sending");
    tamper(w->c, "UPDATE outbox SET state = 'ready', next_at = 1");
    w->network.calls = 0;
    turn_meanwhile(w, "UPDATE outbox SET state = 'unsure'");
    assert_str(outbox_now(w->c, reply).state, "ready"); /* it is known that it did not arrive */
    house_is_sound(w->c);
}

static void without_the_lease_nothing_is_sent(void **state)
{
    struct world *w = *state;
    struct error why = {0};
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    int64_t reply = told(w, "1"), now = clock_awake();
    w->jobs.keeper = keeper_new(w->c->h->house, NULL, a);
    assert_true(keeper_turn(w->jobs.keeper, now, &why));
    w->jobs.outbox.fence = keeper_fence(w->jobs.keeper, now);
    w->jobs.keeper->renewed -= LEASE_HOLD_US; /* it stood still, and nobody knows yet who has the lease */
    turn(w);
    assert_str(outbox_now(w->c, reply).state, "ready");
    w->jobs.keeper->renewed += LEASE_HOLD_US;
    tamper(w->c, "UPDATE lease SET fence = fence + 1, holder = 5");
    turn(w);
    assert_str(outbox_now(w->c, reply).state, "ready");
    assert_int_equal(outbox_now(w->c, reply).attempts, 0);
    assert_int_equal(w->network.calls, 0);
    w->jobs.keeper->watch = (struct lease_watch){0};
    tamper(w->c, "UPDATE lease SET holder = 0");
    assert_true(keeper_turn(w->jobs.keeper, clock_awake(), &why));
    w->jobs.outbox.fence = keeper_fence(w->jobs.keeper, clock_awake());
    assert_true(w->jobs.outbox.fence > 1);
    turn(w);
    assert_int_equal(message_now(w->c, reply).receipt, MESSAGE_ACCEPTED);
    assert_int_equal(w->network.calls, 1);
    keeper_close(w->jobs.keeper);
    w->jobs.keeper = NULL;
}

struct held_client {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool held, let_go;
};

/* On the client's thread, which stands still as long as this does. */
static void hold(void *ctx, const struct http_reply *reply)
{
    struct held_client *h = ctx;
    (void)reply;
    pthread_mutex_lock(&h->lock);
    h->held = true;
    pthread_cond_signal(&h->changed);
    while (!h->let_go)
        pthread_cond_wait(&h->changed, &h->lock);
    pthread_mutex_unlock(&h->lock);
}

static void what_was_handed_over_is_not_begun_too_late(void **state)
{
    struct world *w = *state;
    struct error why = {0};
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct held_client h = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    int64_t reply = told(w, "1");
    w->jobs.keeper = keeper_new(w->c->h->house, NULL, a);
    assert_true(keeper_turn(w->jobs.keeper, clock_awake(), &why));
    w->jobs.outbox.fence = keeper_fence(w->jobs.keeper, clock_awake());
    client_send(w->client, &(struct http_call){.method = "GET", .url = STR("ftp://nowhere.example/")}, hold, &h);
    pthread_mutex_lock(&h.lock);
    while (!h.held)
        pthread_cond_wait(&h.changed, &h.lock);
    outbox_turn(&w->jobs.outbox, a); /* the lease is held, the call handed over */
    assert_int_equal(worker_in_flight(&w->jobs.outbox), 1);
    pthread_mutex_lock(&w->jobs.keeper->lock);
    w->jobs.keeper->renewed -= LEASE_HOLD_US; /* and then time passed, of which this process knew nothing */
    pthread_mutex_unlock(&w->jobs.keeper->lock);
    tamper(w->c, "UPDATE outbox SET state = 'unsure'"); /* as the node that took over does */
    h.let_go = true;
    pthread_cond_signal(&h.changed);
    pthread_mutex_unlock(&h.lock);
    for (int i = 0; i < 3000 && worker_in_flight(&w->jobs.outbox); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_int_equal(w->network.calls, 0);
    assert_str(outbox_now(w->c, reply).state, "ready"); /* it is known that it did not leave */
    pthread_mutex_lock(&w->jobs.keeper->lock);
    w->jobs.keeper->renewed += LEASE_HOLD_US;
    pthread_mutex_unlock(&w->jobs.keeper->lock);
    tamper(w->c, "UPDATE outbox SET next_at = 1");
    turn(w);
    assert_int_equal(w->network.calls, 1);
    assert_int_equal(message_now(w->c, reply).receipt, MESSAGE_ACCEPTED);
    keeper_close(w->jobs.keeper);
    w->jobs.keeper = NULL;
}

static void only_what_a_dead_node_had_is_unsure(void **state)
{
    struct world *w = *state;
    struct error why = {0};
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    int64_t dead = told(w, "1"), living = told(w, "2");
    claim(w->c, dead);
    claim(w->c, living);
    tamper(w->c, "UPDATE outbox SET claimed_by = 5");
    tamper(w->c, "UPDATE outbox SET claimed_by = 6 WHERE id = (SELECT max(id) FROM outbox)");
    tamper(w->c, "INSERT INTO node VALUES (3, 6, 'elsewhere', '', 0, 0, 1)");
    w->c->h->house->shared = true;
    w->jobs.keeper = keeper_new(w->c->h->house, NULL, a);
    assert_true(keeper_turn(w->jobs.keeper, clock_awake(), &why));
    w->jobs.outbox.fence = keeper_fence(w->jobs.keeper, clock_awake());
    turn(w);
    assert_str(outbox_now(w->c, dead).state, "unsure");
    assert_str(outbox_now(w->c, living).state, "sending");
    for (int i = 0; i < NODE_NUMBERS; i++) /* it has not been heard of for a while */
        w->jobs.keeper->nodes[i].since -= NODE_SILENT_US;
    turn(w);
    assert_str(outbox_now(w->c, living).state, "unsure");
    assert_int_equal(w->network.calls, 0);
    keeper_close(w->jobs.keeper);
    w->jobs.keeper = NULL;
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int jobs_outbox_test(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(accepted),
        WORLD_TEST(a_reaction_may_come_before_the_answer),
        WORLD_TEST(refused),
        WORLD_TEST(a_token_that_ended_pauses_the_channel),
        WORLD_TEST(a_gateway_leaves_us_unsure),
        WORLD_TEST(nobody_there_is_tried_again),
        WORLD_TEST(who_hangs_up_leaves_us_unsure),
        WORLD_TEST(the_end_waits_for_what_is_on_its_way),
        WORLD_TEST(a_lease_that_ran_out_is_unsure),
        WORLD_TEST(replies_of_one_story_go_in_order),
        WORLD_TEST(a_file_that_is_gone_is_said),
        WORLD_TEST(what_can_be_taken_back_does_not_leave),
        WORLD_TEST(a_paused_channel_holds_up_no_other),
        WORLD_TEST(what_was_accepted_is_a_fact),
        WORLD_TEST(what_was_refused_is_a_fact_of_its_attempt),
        WORLD_TEST(without_the_lease_nothing_is_sent),
        WORLD_TEST(what_was_handed_over_is_not_begun_too_late),
        WORLD_TEST(only_what_a_dead_node_had_is_unsure),
    };
    return cmocka_run_group_tests_name("jobs/outbox", tests, NULL, NULL);
}
