/* SPDX-License-Identifier: Apache-2.0 */
/* Many clients at once. libmicrohttpd's own epoll loop hangs when exactly 128·k sockets are ready: ours must
 * not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "app.h"
#include "wire.h"

int net_http_crowd_test(void);

#define ROUNDS    20
#define CROWD_MAX 300

/* All write before any reads, so that all sockets are ready in one turn of the loop. */
static void crowd(struct app *app, int clients, const char *request, const char *expected)
{
    static struct wire_reply reply;
    struct wire *wires[CROWD_MAX];
    for (int i = 0; i < clients; i++) {
        wires[i] = wire_open(app->port);
        assert_true(wires[i]->fd >= 0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < clients; i++)
            assert_true(wire_say(wires[i], request));
        for (int i = 0; i < clients; i++) {
            reply = wire_reply(wires[i], false);
            assert_int_equal(reply.status, 200);
            assert_string_equal(reply.body, expected);
        }
    }
    for (int i = 0; i < clients; i++)
        wire_close(wires[i]);
}

static void crowds(unsigned loops, const char *request, const char *expected)
{
    static const int sizes[] = {127, 128, 129, 200, 256};
    struct http_config config = app_config();
    config.loops = loops;
    struct app *app = app_open(&config);
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        crowd(app, sizes[i], request, expected);
    app_close(app);
}

static void test_answered_at_once(void **state)
{
    (void)state;
    crowds(1, GET("/now"), "GET /now? ");
    crowds(1, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", "POST /p? hi");
}

static void test_answered_by_others(void **state)
{
    (void)state;
    crowds(1, GET("/later"), "GET /later? ");
    crowds(1, "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", "POST /later? hi");
}

static void test_several_loops(void **state)
{
    (void)state;
    crowds(3, GET("/now"), "GET /now? ");
    crowds(3, GET("/later"), "GET /later? ");
}

/* The loop is kept busy until the whole crowd has written: then exactly so many sockets are ready at once. */
static void crowd_ready(struct app *app, int clients, const char *request, const char *expected)
{
    struct wire *wires[CROWD_MAX];
    for (int i = 0; i < clients; i++) {
        wires[i] = wire_open(app->port);
        assert_string_equal(wire_ask(wires[i], GET("/first")).body, "GET /first? ");
    }
    struct wire *blocker = wire_open(app->port);
    assert_true(wire_say(blocker, GET("/block")));
    app_wait_blocked(app);
    for (int i = 0; i < clients; i++)
        assert_true(wire_say(wires[i], request));
    app_let_go(app);
    for (int i = 0; i < clients; i++)
        assert_string_equal(wire_reply(wires[i], false).body, expected);
    assert_string_equal(wire_reply(blocker, false).body, "GET /block? ");
    wire_close(blocker);
    for (int i = 0; i < clients; i++)
        wire_close(wires[i]);
}

static void test_exactly_128_ready(void **state)
{
    (void)state;
    struct http_config config = app_config();
    struct app *app = app_open(&config);
    for (int clients = 126; clients <= 130; clients++) {
        crowd_ready(app, clients, GET("/second"), "GET /second? ");
        crowd_ready(app, 128 + clients, GET("/later"), "GET /later? ");
    }
    app_close(app);
}

/* Answers that race with the suspension. */
static void test_race_of_answers(void **state)
{
    (void)state;
    struct http_config config = app_config();
    struct app *app = app_open(&config);
    struct wire *wires[8];
    for (size_t i = 0; i < COUNT_OF(wires); i++)
        wires[i] = wire_open(app->port);
    for (int round = 0; round < 1000; round++) {
        for (size_t i = 0; i < COUNT_OF(wires); i++)
            assert_true(wire_say(wires[i], GET("/later")));
        for (size_t i = 0; i < COUNT_OF(wires); i++)
            assert_int_equal(wire_reply(wires[i], false).status, 200);
    }
    for (size_t i = 0; i < COUNT_OF(wires); i++)
        wire_close(wires[i]);
    assert_int_equal(http_server_stats(app->server).requests, 8000);
    app_close(app);
}

/* Answers each request from another thread, a little later each time: among them are those that come after the loop
 * has looked for an answer and before the connection is suspended. */
struct racer {
    struct app *app;
    pthread_t thread;
    int requests;
};

static void *race(void *ctx)
{
    struct racer *racer = ctx;
    for (int i = 0; i < racer->requests; i++) {
        struct http_request *req = app_held(racer->app);
        int64_t until = clock_monotonic() + i % 40;
        while (clock_monotonic() < until)
            ;
        app_echo(req);
    }
    return NULL;
}

/* With one client alone nothing else wakes the loop: an answer that is overlooked waits for the next sweep. */
static void test_race_of_one(void **state)
{
    (void)state;
    struct http_config config = app_config();
    struct app *app = app_open(&config);
    struct racer racer = {.app = app, .requests = 8000};
    struct wire *wire = wire_open(app->port);
    int late = 0;
    assert_int_equal(pthread_create(&racer.thread, NULL, race, &racer), 0);
    for (int i = 0; i < racer.requests; i++) {
        int64_t began = clock_monotonic();
        assert_int_equal(wire_ask(wire, GET("/hold")).status, 200);
        late += clock_monotonic() - began > SECOND_US * 9 / 10;
    }
    pthread_join(racer.thread, NULL);
    wire_close(wire);
    app_close(app);
    assert_int_equal(late, 0);
}

static void test_connections_max(void **state)
{
    (void)state;
    struct http_config config = app_config();
    config.connections_max = 3;
    struct app *app = app_open(&config);
    struct wire *wires[3];
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        wires[i] = wire_open(app->port);
        assert_int_equal(wire_ask(wires[i], GET("/")).status, 200);
    }
    struct wire *fourth = wire_open(app->port);
    assert_true(wire_ended(fourth, 5000));
    wire_close(fourth);
    wire_close(wires[0]);
    bool came = false;
    for (int tries = 0; tries < 500 && !came; tries++) {
        fourth = wire_open(app->port);
        came = wire_ask(fourth, GET("/")).status == 200;
        wire_close(fourth);
    }
    assert_true(came);
    wire_close(wires[1]);
    wire_close(wires[2]);
    app_close(app);
}

static void test_one_address(void **state)
{
    (void)state;
    struct http_config config = app_config();
    config.per_client_max = 2;
    struct app *app = app_open(&config); /* a trusted proxy's address is not limited */
    struct wire *wires[3];
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        wires[i] = wire_open(app->port);
        assert_int_equal(wire_ask(wires[i], GET("/")).status, 200);
    }
    for (size_t i = 0; i < COUNT_OF(wires); i++)
        wire_close(wires[i]);
    app_close(app);
    config.proxies = "none";
    app = app_open(&config);
    for (size_t i = 0; i < COUNT_OF(wires); i++)
        wires[i] = wire_open(app->port);
    assert_int_equal(wire_ask(wires[0], GET("/")).status, 200);
    assert_int_equal(wire_ask(wires[1], "GET /who HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n").status,
                     200);
    assert_true(wire_ended(wires[2], 5000));
    for (size_t i = 0; i < COUNT_OF(wires); i++)
        wire_close(wires[i]);
    app_close(app);
}

static const struct {
    const char *proxies, *forwarded, *client; /* forwarded: header lines */
} behind_proxies[] = {
    {"loopback", "", "127.0.0.1"},
    {"loopback", "X-Forwarded-For: 203.0.113.7", "203.0.113.7"},
    {"loopback", "X-Forwarded-For: 10.9.9.9, 203.0.113.7", "203.0.113.7"},
    {"loopback", "X-Forwarded-For: 203.0.113.7,10.0.0.1", "10.0.0.1"},
    {"none", "X-Forwarded-For: 203.0.113.7", "127.0.0.1"},
    {"10.0.0.0/8", "X-Forwarded-For: 203.0.113.7", "127.0.0.1"}, /* loopback is not named */
    {"127.0.0.1", "X-Forwarded-For: 203.0.113.7", "203.0.113.7"},
    {"127.0.0.2", "X-Forwarded-For: 203.0.113.7", "127.0.0.1"},
    {"127.0.0.0/31", "X-Forwarded-For: 203.0.113.7", "203.0.113.7"},
    {" loopback , 10.0.0.0/8 ", "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3", "203.0.113.7"},
    {"loopback,10.0.0.0/8", "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-For: 10.1.2.3", "203.0.113.7"},
    {"loopback,10.0.0.0/8", "X-Forwarded-For: 10.3.3.3, 10.1.2.3", "10.3.3.3"}, /* all are ours */
    {"loopback,10.0.0.0/8", "X-Forwarded-For: 203.0.113.7, 11.0.0.1, 10.1.2.3", "11.0.0.1"},
    {"loopback,10.0.0.0/8", "X-Forwarded-For: 203.0.113.7, unknown, 10.1.2.3", "10.1.2.3"},
    {"loopback,10.0.0.0/8", "X-Forwarded-For: 127.0.0.1, 10.1.2.3", "10.1.2.3"}, /* who is elsewhere cannot know */
    {"loopback,10.0.0.0/8", "X-Forwarded-For: , , 10.1.2.3", "10.1.2.3"},
    {"loopback,10.0.0.0/8", "X-Forwarded-For:", "127.0.0.1"},
    {"loopback,fd00::/8", "X-Forwarded-For: 2001:db8::1, [fd12::5]", "2001:db8::1"},
    {"loopback,fd00::/8", "X-Forwarded-For: 2001:db8::1, fe00::5", "fe00::5"},
    {"loopback,fd00::/8", "X-Forwarded-For: 2001:db8::1, ::ffff:10.0.0.1", "10.0.0.1"},
    {"loopback,::ffff:10.0.0.0/104", "X-Forwarded-For: 2001:db8::1, 10.0.0.1", "2001:db8::1"},
    {"0.0.0.0/0", "X-Forwarded-For: 203.0.113.7, 10.0.0.1", "203.0.113.7"},
    {"0.0.0.0/0", "X-Forwarded-For: 2001:db8::1, 2001:db8::2, 10.0.0.1", "2001:db8::2"},
    {"loopback", "X-Forwarded-For: <script>", "127.0.0.1"},
};

static void test_proxies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(behind_proxies); i++) {
        char request[256];
        struct http_config config = app_config();
        config.proxies = behind_proxies[i].proxies;
        struct app *app = app_open(&config);
        struct wire *wire = wire_open(app->port);
        (void)snprintf(request, sizeof(request), "GET /who HTTP/1.1\r\nHost: h\r\n%s%s\r\n",
                       behind_proxies[i].forwarded, *behind_proxies[i].forwarded ? "\r\n" : "");
        struct wire_reply reply = wire_ask(wire, request);
        if (strcmp(reply.body, behind_proxies[i].client) != 0)
            fail_msg("“%s”, %s: %s", behind_proxies[i].proxies, behind_proxies[i].forwarded, reply.body);
        wire_close(wire);
        app_close(app);
    }
}

static void test_proxies_that_are_none(void **state)
{
    static const char *const cases[] = {"",
                                        ",",
                                        "yes",
                                        "10.0.0.0/33",
                                        "10.0.0.1/8",
                                        "10.0.0",
                                        "10.0.0.0/",
                                        "10.0.0.0/x",
                                        "fd00::/129",
                                        "fd00::1/8",
                                        "none,loopback",
                                        "::/-1",
                                        "10.0.0.0/ 8",
                                        "/8",
                                        "localhost",
                                        "10.0.0.0 10.1.0.0"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_config config = app_config();
        struct error why = {0};
        config.port = 0;
        config.proxies = cases[i];
        if (http_server_open(&config, NULL, NULL, &why))
            fail_msg("“%s” is taken", cases[i]);
        assert_int_equal(why.code, ERR_BAD_INPUT);
        assert_non_null(strstr(why.message, "setting proxy"));
    }
}

static void test_stays_where_nothing_waits(void **state)
{
    (void)state;
    struct http_config config = app_config();
    config.stay_ms = 60000;
    struct app *app = app_open(&config);
    struct wire *wire = wire_open(app->port), *held = wire_open(app->port);
    for (int i = 0; i < 5; i++)
        assert_string_equal(wire_ask(wire, GET("/stay")).body, "here");
    assert_string_equal(wire_ask(wire, GET("/later")).body, "GET /later? ");
    assert_int_equal(http_server_stats(app->server).stayed, 5);

    assert_true(wire_say(held, GET("/hold"))); /* with another thread: what comes meanwhile is handed on */
    struct http_request *request = app_held(app);
    for (int i = 0; i < 3; i++)
        assert_string_equal(wire_ask(wire, GET("/stay")).body, "there");
    assert_int_equal(http_server_stats(app->server).stayed, 5);
    http_respond(request, 200, STR("text/plain"), STR("held"));
    assert_string_equal(wire_reply(held, false).body, "held");
    assert_string_equal(wire_ask(wire, GET("/stay")).body, "here");
    wire_close(held);
    wire_close(wire);
    app_close(app);
}

/* Of many that are ready in one turn the first stays, the others are answered beside it. */
static void test_one_stays_a_turn(void **state)
{
    (void)state;
    struct http_config config = app_config();
    config.stay_ms = 60000;
    struct app *app = app_open(&config);
    struct wire *wires[20], *blocker = wire_open(app->port);
    int here = 0, there = 0;
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        wires[i] = wire_open(app->port);
        assert_string_equal(wire_ask(wires[i], GET("/first")).body, "GET /first? ");
    }
    assert_true(wire_say(blocker, GET("/block")));
    app_wait_blocked(app);
    for (size_t i = 0; i < COUNT_OF(wires); i++)
        assert_true(wire_say(wires[i], GET("/stay")));
    app_let_go(app);
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        struct wire_reply reply = wire_reply(wires[i], false);
        here += strcmp(reply.body, "here") == 0;
        there += strcmp(reply.body, "there") == 0;
        wire_close(wires[i]);
    }
    assert_int_equal(here, 1);
    assert_int_equal(there, COUNT_OF(wires) - 1);
    wire_close(blocker);
    app_close(app);
}

static void test_long_stay_ends_it(void **state)
{
    (void)state;
    struct http_config config = app_config();
    struct app *app = app_open(&config);
    struct wire *wire = wire_open(app->port);
    assert_string_equal(wire_ask(wire, GET("/stay/long")).body, "here");
    for (int i = 0; i < 20; i++)
        assert_string_equal(wire_ask(wire, GET("/stay")).body, "there");
    wire_close(wire);
    app_close(app);
}

int net_http_crowd_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answered_at_once),
        cmocka_unit_test(test_answered_by_others),
        cmocka_unit_test(test_several_loops),
        cmocka_unit_test(test_exactly_128_ready),
        cmocka_unit_test(test_race_of_answers),
        cmocka_unit_test(test_race_of_one),
        cmocka_unit_test(test_connections_max),
        cmocka_unit_test(test_one_address),
        cmocka_unit_test(test_proxies),
        cmocka_unit_test(test_proxies_that_are_none),
        cmocka_unit_test(test_stays_where_nothing_waits),
        cmocka_unit_test(test_one_stays_a_turn),
        cmocka_unit_test(test_long_stay_ends_it),
    };
    return cmocka_run_group_tests_name("net/http_crowd", tests, NULL, NULL);
}
