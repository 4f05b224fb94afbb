/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events: what goes over the wire, slow readers, and that closed() runs exactly once whoever ends
 * it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/arena.h"
#include "base/error.h"
#include "net/http.h"
#include "net/pool.h"
#include "wire.h"

int net_http_stream_test(void);

#define STREAMS_MAX 512

/* As the web layer's hub will: one lock over the list, which closed() takes too. */
struct hub {
    struct http_server *server;
    uint16_t port;
    struct pool *pool;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct listener {
        struct hub *hub;
        struct http_stream *stream;
        int closed;
    } listeners[STREAMS_MAX];
    size_t opened, closed, broadcasts;
    bool done;
};

static void on_closed(void *ctx)
{
    struct listener *listener = ctx;
    struct hub *hub = listener->hub;
    pthread_mutex_lock(&hub->mutex);
    listener->stream = NULL;
    listener->closed++;
    hub->closed++;
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->mutex);
}

static void open_stream(struct hub *hub, struct http_request *req)
{
    pthread_mutex_lock(&hub->mutex);
    struct listener *listener = &hub->listeners[hub->opened++];
    listener->hub = hub;
    http_set_header(req, "X-Node", STR("7"));
    listener->stream = http_stream_open(req, on_closed, listener);
    if (str_eq(req->path, STR("/greeted")))
        http_stream_send(listener->stream, STR("data: welcome\n\n"));
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->mutex);
}

struct job {
    struct hub *hub;
    struct http_request *req;
};

static void open_elsewhere(void *ctx)
{
    const struct job *job = ctx;
    open_stream(job->hub, job->req);
}

static void handle(struct http_request *req, void *ctx)
{
    if (str_eq(req->path, STR("/plain")))
        http_respond(req, 200, STR("text/plain"), STR("plain"));
    else if (str_eq(req->path, STR("/elsewhere"))) {
        struct job *job = ARENA_NEW(req->arena, struct job);
        *job = (struct job){ctx, req};
        assert_true(pool_run(((struct hub *)ctx)->pool, open_elsewhere, job));
    } else
        open_stream(ctx, req);
}

static int set_up_loops(void **state, unsigned loops)
{
    struct hub *hub = calloc(1, sizeof(*hub));
    struct http_config config = http_config_default;
    struct error e = {0};
    config.port = 0;
    config.loops = loops;
    config.request_seconds = config.idle_seconds = 1; /* streams outlive both */
    pthread_mutex_init(&hub->mutex, NULL);
    pthread_cond_init(&hub->changed, NULL);
    hub->pool = pool_open(2, STREAMS_MAX);
    hub->server = http_server_open(&config, handle, hub, &e);
    hub->port = http_server_port(hub->server);
    *state = hub;
    return 0;
}

static int set_up(void **state)
{
    return set_up_loops(state, 1);
}

static int set_up_three(void **state)
{
    return set_up_loops(state, 3);
}

static int tear_down(void **state)
{
    struct hub *hub = *state;
    http_server_close(hub->server);
    pool_close(hub->pool);
    for (size_t i = 0; i < hub->opened; i++)
        assert_int_equal(hub->listeners[i].closed, 1);
    pthread_cond_destroy(&hub->changed);
    pthread_mutex_destroy(&hub->mutex);
    free(hub);
    return 0;
}

static void await_count(struct hub *hub, const size_t *count, size_t wanted)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WIRE_MS / 1000;
    pthread_mutex_lock(&hub->mutex);
    while (*count < wanted)
        if (pthread_cond_timedwait(&hub->changed, &hub->mutex, &until) != 0)
            break;
    assert_int_equal(*count, wanted);
    pthread_mutex_unlock(&hub->mutex);
}

/* To all who are there, one after the other or together; with the lock. */
static size_t send_each(struct hub *hub, struct str words)
{
    size_t reached = 0;
    for (size_t i = 0; i < hub->opened; i++)
        reached += hub->listeners[i].stream && http_stream_send(hub->listeners[i].stream, words);
    return reached;
}

static size_t send_together(struct hub *hub, struct str words)
{
    struct http_stream *streams[STREAMS_MAX] = {0};
    bool good[STREAMS_MAX];
    size_t n = 0, reached = 0;
    for (size_t i = 0; i < hub->opened; i++)
        if (hub->listeners[i].stream)
            streams[n++] = hub->listeners[i].stream;
    http_stream_send_all(streams, n, words, good);
    for (size_t i = 0; i < n; i++)
        reached += good[i];
    return reached;
}

static size_t broadcast(struct hub *hub, struct str words)
{
    pthread_mutex_lock(&hub->mutex);
    size_t reached = ++hub->broadcasts % 2 ? send_together(hub, words) : send_each(hub, words);
    pthread_mutex_unlock(&hub->mutex);
    return reached;
}

static struct wire *listen_to(struct hub *hub, const char *path)
{
    char request[256];
    struct wire *wire = wire_open(hub->port);
    (void)snprintf(request, sizeof(request),
                   "GET %s HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n", path);
    assert_true(wire_say(wire, request));
    return wire;
}

static void test_head_and_words(void **state)
{
    struct hub *hub = *state;
    struct wire *wire = listen_to(hub, "/greeted");
    struct wire_reply reply = wire_reply(wire, true);
    assert_int_equal(reply.status, 200);
    assert_string_equal(wire_header(&reply, "Content-Type"), "text/event-stream");
    assert_string_equal(wire_header(&reply, "Cache-Control"), "no-store");
    assert_string_equal(wire_header(&reply, "X-Node"), "7");
    struct tm date = {0};
    assert_non_null(strptime(wire_header(&reply, "Date"), "%a, %d %b %Y %H:%M:%S GMT", &date));
    assert_in_range(timegm(&date) - time(NULL) + 5, 0, 5);
    assert_null(wire_header(&reply, "Content-Encoding"));
    assert_null(wire_header(&reply, "Transfer-Encoding"));
    assert_true(wire_expect(wire, "data: welcome\n\n"));
    assert_int_equal(broadcast(hub, STR("data: one\n\n")), 1);
    assert_true(wire_expect(wire, "data: one\n\n"));
    assert_int_equal(http_server_stats(hub->server).streams, 1);
    assert_int_equal(http_server_stats(hub->server).connections, 1);
    wire_close(wire);
    await_count(hub, &hub->closed, 1);
    assert_int_equal(broadcast(hub, STR("data: nobody\n\n")), 0);
}

static void test_outlives_deadlines(void **state)
{
    struct hub *hub = *state;
    struct wire *wire = listen_to(hub, "/events");
    assert_true(wire_expect(wire, "\r\n\r\n"));
    assert_false(wire_ended(wire, 3500));
    assert_int_equal(broadcast(hub, STR("data: still here\n\n")), 1);
    assert_true(wire_expect(wire, "data: still here\n\n"));
    wire_close(wire);
}

static void test_many(void **state)
{
    enum { MANY = 400 };
    struct hub *hub = *state;
    struct wire *wires[MANY];
    char words[64];
    for (size_t i = 0; i < MANY; i++)
        wires[i] = listen_to(hub, i % 2 ? "/elsewhere" : "/events");
    await_count(hub, &hub->opened, MANY);
    for (int round = 0; round < 50; round++) {
        int n = snprintf(words, sizeof(words), "id: %d\ndata: round\n\n", round);
        assert_int_equal(broadcast(hub, (struct str){words, (size_t)n}), MANY);
    }
    for (size_t i = 0; i < MANY; i++) {
        for (int round = 0; round < 50; round++) {
            (void)snprintf(words, sizeof(words), "id: %d\ndata: round\n\n", round);
            assert_true(wire_expect(wires[i], words));
        }
        wire_close(wires[i]);
        assert_int_equal(wire_once(hub->port, GET("/plain")).status, 200);
    }
    await_count(hub, &hub->closed, MANY);
}

/* Nobody reads: the queue fills, the stream is closed, the others go on. */
static void test_slow_reader(void **state)
{
    struct hub *hub = *state;
    static char block[10001];
    memset(block, 'x', sizeof(block) - 1);
    struct wire *deaf = listen_to(hub, "/events");
    struct wire *keen = listen_to(hub, "/events");
    assert_true(wire_expect(deaf, "\r\n\r\n"));
    assert_true(wire_expect(keen, "\r\n\r\n"));
    await_count(hub, &hub->opened, 2);
    size_t reached = 2;
    for (int i = 0; i < 5000 && reached == 2; i++) {
        reached = broadcast(hub, (struct str){block, sizeof(block) - 1});
        for (size_t got = 0; got < sizeof(block) - 1; got += keen->len, keen->len = 0)
            if (!wire_more(keen, WIRE_MS))
                break;
    }
    assert_int_equal(reached, 1);
    await_count(hub, &hub->closed, 1);
    keen->len = 0;
    assert_int_equal(broadcast(hub, STR("data: after\n\n")), 1);
    assert_true(wire_expect(keen, "data: after\n\n"));
    assert_true(wire_ended(deaf, 5000));
    wire_close(deaf);
    wire_close(keen);
}

/* One message larger than the queue is refused too. */
static void test_too_much_at_once(void **state)
{
    struct hub *hub = *state;
    size_t len = 300 << 10;
    char *large = calloc(1, len);
    struct wire *wire = listen_to(hub, "/events");
    await_count(hub, &hub->opened, 1);
    assert_int_equal(broadcast(hub, (struct str){large, len}), 0);
    await_count(hub, &hub->closed, 1);
    wire_close(wire);
    free(large);
}

static void test_closed_by_us(void **state)
{
    struct hub *hub = *state;
    struct wire *wire = listen_to(hub, "/events");
    await_count(hub, &hub->opened, 1);
    pthread_mutex_lock(&hub->mutex);
    assert_true(http_stream_send(hub->listeners[0].stream, STR("data: last\n\n")));
    http_stream_close(hub->listeners[0].stream);
    assert_false(http_stream_send(hub->listeners[0].stream, STR("data: too late\n\n")));
    http_stream_close(hub->listeners[0].stream);
    pthread_mutex_unlock(&hub->mutex);
    assert_true(wire_expect(wire, "data: last\n\n"));
    assert_true(wire_ended(wire, 5000));
    await_count(hub, &hub->closed, 1);
    wire_close(wire);
}

static void test_head_request(void **state)
{
    struct hub *hub = *state;
    struct wire *wire = wire_open(hub->port);
    assert_true(wire_say(wire, "HEAD /events HTTP/1.1\r\nHost: h\r\n\r\n"));
    struct wire_reply reply = wire_reply(wire, true);
    assert_int_equal(reply.status, 200);
    assert_true(wire_ended(wire, 5000));
    await_count(hub, &hub->closed, 1);
    wire_close(wire);
}

/* Clients come and go while others send. */
static void *keep_sending(void *ctx)
{
    struct hub *hub = ctx;
    const struct timespec pause = {.tv_nsec = 100 * 1000};
    for (bool done = false; !done; nanosleep(&pause, NULL)) {
        pthread_mutex_lock(&hub->mutex);
        done = hub->done;
        if (++hub->broadcasts % 2)
            send_together(hub, STR("data: hello\n\n"));
        else
            send_each(hub, STR("data: hello\n\n"));
        pthread_mutex_unlock(&hub->mutex);
    }
    return NULL;
}

static void test_coming_and_going(void **state)
{
    struct hub *hub = *state;
    pthread_t senders[2];
    for (size_t i = 0; i < COUNT_OF(senders); i++)
        pthread_create(&senders[i], NULL, keep_sending, hub);
    for (int i = 0; i < 200; i++) {
        struct wire *wire = listen_to(hub, i % 2 ? "/elsewhere" : "/events");
        if (i % 3)
            assert_true(wire_expect(wire, "data: hello\n\n"));
        wire_close(wire);
    }
    /* Some left before their request was read: those had no stream. */
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    wire_once(hub->port, GET("/plain")); /* the ones before it have been accepted */
    for (int i = 0, quiet = 0; i < WIRE_MS && quiet < 20; i++, nanosleep(&pause, NULL))
        quiet = http_server_stats(hub->server).connections > 0 ? 0 : quiet + 1;
    pthread_mutex_lock(&hub->mutex);
    assert_in_range(hub->opened, 133, 200);
    assert_int_equal(hub->closed, hub->opened);
    hub->done = true;
    pthread_mutex_unlock(&hub->mutex);
    for (size_t i = 0; i < COUNT_OF(senders); i++)
        pthread_join(senders[i], NULL);
    assert_int_equal(http_server_stats(hub->server).connections, 0);
}

/* tear_down sees that each was closed once. */
static void test_server_closes(void **state)
{
    struct hub *hub = *state;
    struct wire *wires[20];
    for (size_t i = 0; i < COUNT_OF(wires); i++)
        wires[i] = listen_to(hub, i % 2 ? "/elsewhere" : "/events");
    await_count(hub, &hub->opened, COUNT_OF(wires));
    broadcast(hub, STR("data: bye\n\n"));
    http_server_close(hub->server);
    hub->server = NULL;
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        assert_true(wire_ended(wires[i], 5000));
        wire_close(wires[i]);
    }
}

static void test_drain_ends_streams(void **state)
{
    struct hub *hub = *state;
    struct wire *wire = listen_to(hub, "/events");
    await_count(hub, &hub->opened, 1);
    http_server_drain(hub->server, 5);
    assert_int_equal(hub->closed, 1);
    assert_true(wire_ended(wire, 5000));
    wire_close(wire);
}

static void test_null_stream(void **state)
{
    (void)state;
    assert_false(http_stream_send(NULL, STR("x")));
    http_stream_close(NULL);
}

int net_http_stream_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_head_and_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outlives_deadlines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up_three, tear_down),
        cmocka_unit_test_setup_teardown(test_slow_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_much_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closed_by_us, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_head_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_coming_and_going, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_coming_and_going, set_up_three, tear_down),
        cmocka_unit_test_setup_teardown(test_server_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_server_closes, set_up_three, tear_down),
        cmocka_unit_test_setup_teardown(test_drain_ends_streams, set_up, tear_down),
        cmocka_unit_test(test_null_stream),
    };
    return cmocka_run_group_tests_name("net/http_stream", tests, NULL, NULL);
}
