/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines, draining and closing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "app.h"
#include "wire.h"

int net_http_life_test(void);

#define DEADLINE_MS 1000
#define LATE_MS     4000 /* a sweep a second, and a busy machine */

static int set_up(void **state)
{
    struct http_config config = app_config();
    config.request_seconds = 1;
    config.idle_seconds = 1;
    *state = app_open(&config);
    return 0;
}

static int tear_down(void **state)
{
    app_close(*state);
    return 0;
}

/* Says one byte each tenth of a second and gives the milliseconds until the other side closed. */
static int64_t drip(struct wire *wire, const char *bytes)
{
    int64_t began = clock_monotonic();
    while (clock_monotonic() - began < 10 * SECOND_US) {
        if (wire_ended(wire, 100) || !wire_send(wire, *bytes ? bytes : "x", 1))
            break;
        bytes += *bytes != '\0';
    }
    return (clock_monotonic() - began) / 1000;
}

static void test_slow_header(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    int64_t took = drip(wire, "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ");
    assert_in_range(took, DEADLINE_MS - 100, LATE_MS);
    wire_close(wire);
    wire = wire_open(app->port);
    assert_true(wire_say(wire, "GET / HTTP/1.1\r\nHost: h\r\n"));
    assert_in_range(drip(wire, "X-Slow: "), DEADLINE_MS - 100, LATE_MS);
    wire_close(wire);
    assert_int_equal(atomic_load(&app->handled), 0);
}

static void test_slow_body(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_true(wire_say(wire, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"));
    assert_in_range(drip(wire, ""), DEADLINE_MS - 100, LATE_MS);
    wire_close(wire);
    wire = wire_open(app->port);
    assert_true(wire_say(wire, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n"));
    assert_in_range(drip(wire, ""), DEADLINE_MS - 100, LATE_MS);
    wire_close(wire);
    assert_int_equal(atomic_load(&app->handled), 0);
}

/* An upload that takes longer than the deadline, but moves, is taken. */
static void test_steady_upload(void **state)
{
    struct app *app = *state;
    static char piece[4096];
    struct wire *wire = wire_open(app->port);
    memset(piece, 'x', sizeof(piece));
    assert_true(wire_say(wire, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 40960\r\n\r\n"));
    for (int i = 0; i < 10; i++) {
        assert_false(wire_ended(wire, 350));
        assert_true(wire_send(wire, piece, sizeof(piece)));
    }
    assert_int_equal(wire_reply(wire, false).body_len, 40960 + strlen("POST /? "));
    wire_close(wire);
}

/* The second request of a connection has its deadline too. */
static void test_slow_second_request(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_int_equal(wire_ask(wire, GET("/")).status, 200);
    assert_in_range(drip(wire, "GET /second HTTP/1.1\r\nHost: "), DEADLINE_MS - 100, LATE_MS + DEADLINE_MS);
    wire_close(wire);
    assert_int_equal(atomic_load(&app->handled), 1);
}

static void test_silence(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_true(wire_ended(wire, LATE_MS));
    wire_close(wire);
    wire = wire_open(app->port);
    assert_int_equal(wire_ask(wire, GET("/")).status, 200);
    assert_false(wire_ended(wire, 500)); /* kept alive for a while */
    assert_true(wire_ended(wire, LATE_MS));
    wire_close(wire);
}

/* A client that stops writing is answered, and then let go long before the idle time is over. */
static void test_half_closed(void **state)
{
    struct http_config config = app_config();
    struct app *app = app_open(&config), *first = *state;
    static const char *const requests[] = {GET("/x"), "GET /x HTTP/1.1\r\nHo", "",
                                           "POST / HTTP/1.1\r\nHost: h\r\n"
                                           "Content-Length: 9\r\n\r\nhalf"};
    app_close(first);
    *state = app;
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        struct wire *wire = wire_open(app->port), *blocker = wire_open(app->port);
        assert_true(wire_say(blocker, GET("/block")));
        app_wait_blocked(app); /* so that bytes and end are found together */
        assert_true(wire_say(wire, requests[i]));
        shutdown(wire->fd, SHUT_WR);
        app_let_go(app);
        if (i == 0)
            assert_string_equal(wire_reply(wire, false).body, "GET /x? ");
        assert_true(wire_ended(wire, LATE_MS));
        wire_close(wire);
        wire_close(blocker);
    }
}

/* Our own answer may take longer than the client's request. */
static void test_slow_answer(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_true(wire_say(wire, GET("/hold")));
    struct http_request *held = app_held(app);
    assert_false(wire_ended(wire, 2500));
    http_respond(held, 200, STR("text/plain"), STR("late"));
    assert_string_equal(wire_reply(wire, false).body, "late");
    wire_close(wire);
}

static void test_client_left(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_true(wire_say(wire, GET("/hold")));
    struct http_request *held = app_held(app);
    wire_close(wire);
    http_respond(held, 200, STR("text/plain"), app_long_text(held->arena, 500000));
    assert_int_equal(wire_once(app->port, GET("/")).status, 200); /* the server lives on */
}

static void *answer_after_a_while(void *ctx)
{
    struct timespec while_ = {.tv_nsec = 200 * 1000 * 1000};
    nanosleep(&while_, NULL);
    http_respond(ctx, 200, STR("text/plain"), STR("drained"));
    return NULL;
}

static void test_drain(void **state)
{
    struct app *app = *state;
    struct wire *idle = wire_open(app->port), *busy = wire_open(app->port);
    pthread_t answerer;
    assert_int_equal(wire_ask(idle, GET("/")).status, 200);
    assert_true(wire_say(busy, GET("/hold")));
    struct http_request *held = app_held(app);
    pthread_create(&answerer, NULL, answer_after_a_while, held);
    int64_t began = clock_monotonic();
    http_server_drain(app->server, 8);
    assert_in_range(clock_monotonic() - began, 150000, 4 * SECOND_US);
    pthread_join(answerer, NULL);
    struct wire_reply reply = wire_reply(busy, false);
    assert_string_equal(reply.body, "drained");
    assert_string_equal(wire_header(&reply, "Connection"), "close");
    assert_true(wire_ended(idle, 1000));
    assert_int_equal(wire_socket(app->port), -1);
    assert_int_equal(http_server_stats(app->server).connections, 0);
    wire_close(idle);
    wire_close(busy);
}

static void test_drain_gives_up(void **state)
{
    struct app *app = *state;
    struct wire *busy = wire_open(app->port);
    assert_true(wire_say(busy, GET("/hold")));
    struct http_request *held = app_held(app);
    int64_t began = clock_monotonic();
    http_server_drain(app->server, 1);
    assert_in_range(clock_monotonic() - began, 900000, 3 * SECOND_US);
    http_respond(held, 200, STR("text/plain"), STR("x"));
    assert_string_equal(wire_reply(busy, false).body, "x");
    wire_close(busy);
}

/* Nobody answers before the server closes: the client hears 503, the late answer does no harm. */
static void test_close_with_open_requests(void **state)
{
    struct app *app = *state;
    struct wire *wires[10];
    struct http_request *held[10];
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        wires[i] = wire_open(app->port);
        assert_true(wire_say(wires[i], "POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n"));
        for (int k = 0; k < 2000; k++) /* large enough for the heap */
            assert_true(wire_say(wires[i], "0123456789"));
        held[i] = app_held(app);
    }
    int64_t began = clock_monotonic();
    http_server_close(app->server);
    app->server = NULL;
    assert_in_range(clock_monotonic() - began, 0, 3 * SECOND_US);
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        assert_int_equal(wire_reply(wires[i], false).status, 503);
        assert_true(wire_ended(wires[i], 1000));
        wire_close(wires[i]);
        assert_int_equal(held[i]->body.len, 20000);
        assert_string_equal(http_header(held[i], "host").ptr, "h");
        if (i % 3 == 0)
            http_respond(held[i], 200, STR("text/html"), app_long_text(held[i]->arena, 5000));
        else if (i % 3 == 1)
            assert_null(http_stream_open(held[i], free, NULL));
        else
            http_redirect(held[i], 303, STR("/"));
    }
}

/* The server closes while others answer. */
static void test_close_while_answering(void **state)
{
    struct app *app = *state;
    for (int round = 0; round < 20; round++) {
        struct wire *wires[20];
        for (size_t i = 0; i < COUNT_OF(wires); i++) {
            wires[i] = wire_open(app->port);
            assert_true(wire_say(wires[i], GET("/later")));
        }
        http_server_close(app->server);
        for (size_t i = 0; i < COUNT_OF(wires); i++) {
            assert_true(wire_ended(wires[i], 2000));
            wire_close(wires[i]);
        }
        struct http_config config = app_config();
        struct error e = {0};
        app->server = http_server_open(&config, app_handle, app, &e);
        assert_non_null(app->server);
        app->port = http_server_port(app->server);
    }
}

/* A client that does not read its answer does not hold the server up. */
static void test_close_with_deaf_client(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_true(wire_say(wire, GET("/hold")));
    struct http_request *held = app_held(app);
    http_respond(held, 200, STR("image/png"), app_long_text(held->arena, 20000000));
    int64_t began = clock_monotonic();
    http_server_close(app->server);
    app->server = NULL;
    assert_in_range(clock_monotonic() - began, 0, 4 * SECOND_US);
    wire_close(wire);
}

int net_http_life_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_slow_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slow_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_steady_upload, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slow_second_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slow_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_client_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_drain_gives_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_close_with_open_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_close_while_answering, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_close_with_deaf_client, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("net/http_life", tests, NULL, NULL);
}
