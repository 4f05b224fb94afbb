/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client against our own server and against peers that misbehave, above all: may the other side have
 * got the request? A wrong "no" sends a reply twice, a wrong "yes" holds it back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "app.h"
#include "net/client.h"
#include "wire.h"

int net_client_test(void);

struct world {
    struct app *app;
    struct client *client;
    struct arena *arena;
};

static int set_up(void **state)
{
    struct http_config config = app_config();
    struct error e = {0};
    struct world *world = calloc(1, sizeof(*world));
    setenv("http_proxy", "http://127.0.0.1:1/", 1); /* must be ignored */
    setenv("HTTP_PROXY", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    world->app = app_open(&config);
    world->client = client_open(&e);
    world->arena = arena_new();
    assert_non_null(world->client);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    client_close(world->client);
    app_close(world->app);
    arena_free(world->arena);
    free(world);
    return 0;
}

static struct str url(const struct world *world, uint16_t port, const char *path)
{
    return str_format(world->arena, "http://127.0.0.1:%u%s", (unsigned)port, path);
}

static struct http_reply call(struct world *world, const char *method, struct str to, struct str body)
{
    struct http_reply reply;
    const struct http_call request = {.method = method, .url = to, .body = body, .timeout_ms = 1000};
    client_call(world->client, world->arena, &request, &reply);
    return reply;
}

static void assert_str(struct str s, const char *expected)
{
    char text[1024];
    (void)snprintf(text, sizeof(text), "%.*s", STR_ARGS(s));
    assert_string_equal(text, expected);
}

static void test_methods(void **state)
{
    struct world *world = *state;
    struct str to = url(world, world->app->port, "/p?q=1");
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        char expected[64];
        struct http_reply reply = call(world, methods[i], to, STR("body"));
        assert_int_equal(reply.status, 200);
        (void)snprintf(expected, sizeof(expected), "%s /p?q=1 body", methods[i]);
        assert_str(reply.body, expected);
        reply = call(world, methods[i], to, STR_EMPTY);
        (void)snprintf(expected, sizeof(expected), "%s /p?q=1 ", methods[i]);
        assert_str(reply.body, expected);
    }
    struct http_reply reply = call(world, "HEAD", to, STR_EMPTY);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, 0);
}

static void test_headers(void **state)
{
    struct world *world = *state;
    struct pair sent[] = {{STR("Cookie"), STR("session=abc")}, {STR("X-Empty"), STR_EMPTY}};
    const struct http_call request = {
        .method = "GET", .url = url(world, world->app->port, "/cookie"), .headers = {sent, COUNT_OF(sent)}};
    struct http_reply reply;
    client_call(world->client, world->arena, &request, &reply);
    assert_str(reply.body, "abc");
    assert_str(pairs_get(&reply.headers, STR("content-type")), "text/plain");
    assert_str(pairs_get(&reply.headers, STR("Content-Type")), "");
    struct pair type[] = {{STR("Content-Type"), STR("application/x-www-form-urlencoded")}};
    const struct http_call form = {
        .method = "POST", .url = url(world, world->app->port, "/form"), .headers = {type, 1}, .body = STR("a=1&b=2")};
    client_call(world->client, world->arena, &form, &reply);
    assert_str(reply.body, "a=1;b=2;");
}

static void test_redirects_are_not_followed(void **state)
{
    struct world *world = *state;
    struct http_reply reply = call(world, "GET", url(world, world->app->port, "/moved"), STR_EMPTY);
    assert_int_equal(reply.status, 303);
    assert_str(pairs_get(&reply.headers, STR("location")), "/elsewhere");
    assert_int_equal(atomic_load(&world->app->handled), 1);
}

struct permit {
    bool may;
    int asked;
};

static bool permitted(void *ctx)
{
    struct permit *permit = ctx;
    permit->asked++;
    return permit->may;
}

static void test_what_may_not_begin_does_not(void **state)
{
    struct world *world = *state;
    struct permit permit = {0};
    struct http_call request = {.method = "POST",
                                .url = url(world, world->app->port, "/p"),
                                .body = STR("x"),
                                .may_begin = permitted,
                                .begin_ctx = &permit};
    struct http_reply reply;
    for (int kept = 0; kept < 2; kept++) { /* on a new connection, and on one that was kept */
        permit.may = false;
        client_call(world->client, world->arena, &request, &reply);
        assert_int_equal(reply.status, 0);
        assert_false(reply.maybe_sent);
        assert_non_null(strstr(reply.problem, "not begun"));
        assert_int_equal(atomic_load(&world->app->handled), kept);
        permit.may = true;
        client_call(world->client, world->arena, &request, &reply);
        assert_int_equal(reply.status, 200);
        assert_int_equal(atomic_load(&world->app->handled), kept + 1);
    }
    assert_int_equal(permit.asked, 4);
    request.url = url(world, 1, "/"); /* nobody is there: nothing to be asked for */
    client_call(world->client, world->arena, &request, &reply);
    assert_int_equal(permit.asked, 4);
}

static void test_keeps_connections(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(call(world, "POST", url(world, world->app->port, "/"), STR("x")).status, 200);
    assert_int_equal(http_server_stats(world->app->server).connections, 1);
}

static void test_reply_max(void **state)
{
    struct world *world = *state;
    struct http_call request = {.method = "GET", .url = url(world, world->app->port, "/image"), .reply_max = 20000};
    struct http_reply reply;
    client_call(world->client, world->arena, &request, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, 20000);
    request.reply_max = 19999;
    client_call(world->client, world->arena, &request, &reply);
    assert_int_equal(reply.status, 0);
    assert_true(reply.maybe_sent);
    assert_string_equal(reply.problem, "The reply is larger than 19999 bytes");
}

static void not_sent(struct world *world, struct str to)
{
    struct http_reply reply = call(world, "POST", to, STR("x"));
    assert_int_equal(reply.status, 0);
    assert_false(reply.maybe_sent);
    assert_true(strlen(reply.problem) > 0);
    assert_null(strstr(reply.problem, "secret"));
}

static void test_never_sent(void **state)
{
    struct world *world = *state;
    uint16_t port = world->app->port;
    not_sent(world, str_format(world->arena, "file:///etc/passwd?secret"));
    not_sent(world, str_format(world->arena, "ftp://127.0.0.1:%u/secret", (unsigned)port));
    not_sent(world, STR("http://no-such-host.invalid/?secret"));
    not_sent(world, STR("not a url secret"));
    not_sent(world, STR(""));
    not_sent(world, str_format(world->arena, "https://127.0.0.1:%u/secret", (unsigned)port)); /* no TLS there */
    http_server_close(world->app->server);
    world->app->server = NULL;
    not_sent(world, url(world, port, "/secret")); /* refused */
}

/* A peer of one thread: answers each connection by its script, one after the other. */
struct peer {
    int fd;
    uint16_t port;
    pthread_t thread;
    const char *const *scripts; /* what is said to the nth request; NULL ends; "" says nothing */
    bool silent;                /* reads, and neither answers nor closes until the peer is closed */
    atomic_int requests;
};

/* Reads one request with a Content-Length; false at the end. */
static bool peer_read(int fd)
{
    char in[8192];
    size_t len = 0, body = 0;
    for (;;) {
        ssize_t n = recv(fd, in + len, sizeof(in) - 1 - len, 0);
        if (n <= 0)
            return false;
        in[len += (size_t)n] = '\0';
        const char *end = strstr(in, "\r\n\r\n"), *length = strcasestr(in, "content-length:");
        body = length ? strtoul(length + 15, NULL, 10) : 0;
        if (end && len >= (size_t)(end + 4 - in) + body)
            return true;
    }
}

static void *peer_main(void *ctx)
{
    struct peer *peer = ctx;
    const char *const *script = peer->scripts;
    for (int fd; (fd = accept(peer->fd, NULL, NULL)) >= 0;) {
        while (peer_read(fd)) {
            atomic_fetch_add(&peer->requests, 1);
            if (peer->silent)
                continue;
            const char *words = *script ? *script++ : "";
            send(fd, words, strlen(words), MSG_NOSIGNAL);
            if (!strstr(words, "keep-alive"))
                break;
        }
        close(fd);
    }
    return NULL;
}

static void peer_open(struct peer *peer, const char *const *scripts)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->scripts = scripts;
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(peer->fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(peer->fd, 10), 0);
    assert_int_equal(getsockname(peer->fd, (struct sockaddr *)&at, &len), 0);
    peer->port = ntohs(at.sin_port);
    pthread_create(&peer->thread, NULL, peer_main, peer);
}

static void peer_close(struct peer *peer)
{
    shutdown(peer->fd, SHUT_RDWR);
    pthread_join(peer->thread, NULL);
    close(peer->fd);
}

#define OK_KEEP "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"

static void test_closed_without_answer(void **state)
{
    static const char *const scripts[] = {"", NULL};
    struct world *world = *state;
    struct peer peer = {0};
    peer_open(&peer, scripts);
    struct http_reply reply = call(world, "POST", url(world, peer.port, "/"), STR("x"));
    assert_int_equal(reply.status, 0);
    assert_true(reply.maybe_sent);
    assert_int_equal(atomic_load(&peer.requests), 1);
    peer_close(&peer);
}

static void test_cut_answers(void **state)
{
    static const char *const scripts[] = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
                                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                                          "HTTP/1.1 2", "not HTTP at all\r\n\r\n", NULL};
    struct world *world = *state;
    struct peer peer = {0};
    peer_open(&peer, scripts);
    for (size_t i = 0; scripts[i]; i++) {
        struct http_reply reply = call(world, "POST", url(world, peer.port, "/"), STR("x"));
        assert_int_equal(reply.status, 0);
        assert_true(reply.maybe_sent);
        assert_int_equal(reply.body.len, 0);
    }
    peer_close(&peer);
}

static void test_timeout(void **state)
{
    struct world *world = *state;
    struct peer peer = {.silent = true};
    peer_open(&peer, NULL);
    int64_t began = clock_monotonic();
    struct http_reply reply = call(world, "POST", url(world, peer.port, "/"), STR("x"));
    assert_in_range(clock_monotonic() - began, 900000, 3 * SECOND_US);
    assert_int_equal(reply.status, 0);
    assert_true(reply.maybe_sent);
    peer_close(&peer);
}

/* A connection nobody accepts: the listen queue is full, and nothing was sent. */
static void test_connect_timeout(void **state)
{
    struct world *world = *state;
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0), fillers[8];
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 0), 0);
    getsockname(fd, (struct sockaddr *)&at, &len);
    for (size_t i = 0; i < COUNT_OF(fillers); i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&at, sizeof(at));
    }
    struct http_reply reply = call(world, "POST", url(world, ntohs(at.sin_port), "/"), STR("x"));
    assert_int_equal(reply.status, 0);
    assert_false(reply.maybe_sent);
    for (size_t i = 0; i < COUNT_OF(fillers); i++)
        close(fillers[i]);
    close(fd);
}

/* The kept connection dies just when the second request arrives: it must not be sent again by itself. */
static void dead_kept_connection(struct world *world, const char *method, struct str body)
{
    static const char *const scripts[] = {OK_KEEP, "", OK_KEEP, NULL};
    struct peer peer = {0};
    peer_open(&peer, scripts);
    assert_int_equal(call(world, method, url(world, peer.port, "/1"), body).status, 200);
    struct http_reply reply = call(world, method, url(world, peer.port, "/2"), body);
    if (reply.status == 0) { /* the connection was used again */
        assert_true(reply.maybe_sent);
        assert_int_equal(atomic_load(&peer.requests), 2);
    }
    client_close(world->client); /* its connections keep the peer reading */
    struct error e;
    world->client = client_open(&e);
    peer_close(&peer);
    assert_in_range(atomic_load(&peer.requests), 2, 2);
}

static void test_no_silent_repetition(void **state)
{
    struct world *world = *state;
    dead_kept_connection(world, "POST", STR("say it once"));
    dead_kept_connection(world, "PUT", STR("say it once"));
}

static void test_informational_answers(void **state)
{
    static const char *const scripts[] = {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                                          "HTTP/1.1 201 Created\r\nX-Real: yes\r\nContent-Length: 0\r\n\r\n",
                                          NULL};
    struct world *world = *state;
    struct peer peer = {0};
    peer_open(&peer, scripts);
    struct http_reply reply = call(world, "POST", url(world, peer.port, "/"), STR("x"));
    assert_int_equal(reply.status, 201);
    assert_str(pairs_get(&reply.headers, STR("x-real")), "yes");
    assert_str(pairs_get(&reply.headers, STR("link")), "");
    peer_close(&peer);
}

struct tally {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int good, bad;
};

static void count_reply(void *ctx, const struct http_reply *reply)
{
    struct tally *tally = ctx;
    pthread_mutex_lock(&tally->mutex);
    *(reply->status == 200 ? &tally->good : &tally->bad) += 1;
    pthread_cond_signal(&tally->changed);
    pthread_mutex_unlock(&tally->mutex);
}

static void test_many_at_once(void **state)
{
    struct world *world = *state;
    struct tally tally = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
    for (int i = 0; i < 500; i++) {
        char path[32], body[32];
        (void)snprintf(path, sizeof(path), i % 2 ? "/later/%d" : "/%d", i);
        (void)snprintf(body, sizeof(body), "body %d", i);
        const struct http_call request = {
            .method = "POST", .url = url(world, world->app->port, path), .body = str_from(body)};
        client_send(world->client, &request, count_reply, &tally);
    }
    pthread_mutex_lock(&tally.mutex);
    while (tally.good + tally.bad < 500)
        pthread_cond_wait(&tally.changed, &tally.mutex);
    pthread_mutex_unlock(&tally.mutex);
    assert_int_equal(tally.good, 500);
}

/* Closing waits two seconds, then whoever still waits is told. */
static void test_close_cancels(void **state)
{
    struct world *world = *state;
    struct tally tally = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
    struct peer peer = {.silent = true};
    struct error e = {0};
    peer_open(&peer, NULL);
    const struct http_call request = {.method = "GET", .url = url(world, peer.port, "/")};
    for (int i = 0; i < 3; i++)
        client_send(world->client, &request, count_reply, &tally);
    int64_t began = clock_monotonic();
    client_close(world->client);
    assert_in_range(clock_monotonic() - began, 1900000, 4 * SECOND_US);
    assert_int_equal(tally.bad, 3);
    world->client = client_open(&e);
    began = clock_monotonic();
    client_close(world->client); /* nothing under way: at once */
    assert_in_range(clock_monotonic() - began, 0, SECOND_US);
    world->client = NULL;
    peer_close(&peer);
}

/* Who is in the middle of something may still call, and is told at once; the client is closed later. */
static void test_cancel_answers_all(void **state)
{
    struct world *world = *state;
    struct tally tally = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
    struct peer peer = {.silent = true};
    peer_open(&peer, NULL);
    const struct http_call request = {.method = "GET", .url = url(world, peer.port, "/")};
    client_send(world->client, &request, count_reply, &tally);
    client_cancel(world->client);
    pthread_mutex_lock(&tally.mutex);
    while (tally.bad < 1)
        pthread_cond_wait(&tally.changed, &tally.mutex);
    pthread_mutex_unlock(&tally.mutex);
    int64_t began = clock_monotonic();
    struct http_reply reply;
    client_call(world->client, world->arena, &request, &reply);
    assert_int_equal(reply.status, 0);
    assert_false(reply.maybe_sent);
    assert_string_equal(reply.problem, "Cancelled: the program is ending");
    assert_in_range(clock_monotonic() - began, 0, SECOND_US);
    client_close(world->client);
    world->client = NULL;
    peer_close(&peer);
}

int net_client_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_methods, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_redirects_are_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keeps_connections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reply_max, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closed_without_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_timeout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_connect_timeout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_silent_repetition, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_informational_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_may_not_begin_does_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_close_cancels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancel_answers_all, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("net/client", tests, NULL, NULL);
}
