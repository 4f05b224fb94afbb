/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, draining and closing the server: one listening socket shared by its loops. */
#include "net/http.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/http_internal.h"

#define LISTEN_BACKLOG 1024
#define SPARE_FILES    256 /* descriptors for everything but connections */

const struct http_config http_config_default = {
    .address = "127.0.0.1",
    .port = 8080,
    .body_max = (size_t)16 << 20,
    .header_max = (size_t)16 << 10,
    .connections_max = 20000,
    .per_client_max = 0,
    .loops = 1,
    .request_seconds = 30,
    .idle_seconds = 60,
    .stay_ms = 10,
    .proxies = "loopback",
};

/* As many connections as there may be files for: refusing one is better than running out of descriptors. */
static unsigned connections_possible(unsigned wanted)
{
    struct rlimit limit;
    rlim_t files = (rlim_t)wanted + SPARE_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    if (limit.rlim_cur < files) {
        limit.rlim_cur = files < limit.rlim_max ? files : limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= files)
        return wanted;
    rlim_t spare = limit.rlim_cur / 4 < SPARE_FILES ? limit.rlim_cur / 4 : SPARE_FILES;
    return (unsigned)(limit.rlim_cur - spare);
}

static int listen_on(const struct addrinfo *at)
{
    const int on = 1;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    /* Accepted sockets inherit TCP_NODELAY. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
        bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int listen_socket(const struct http_config *config, struct error *e)
{
    char port[8];
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *at = NULL;
    (void)snprintf(port, sizeof(port), "%u", (unsigned)config->port);
    int problem = getaddrinfo(config->address, port, &hints, &at);
    if (problem != 0) {
        fail(e, ERR_BAD_INPUT, "%s is not an address to listen on: %s", config->address, gai_strerror(problem));
        return -1;
    }
    int fd = listen_on(at);
    if (fd < 0)
        fail(e, ERR_UNAVAILABLE, "Cannot listen on %s, port %u: %s", config->address, (unsigned)config->port,
             strerror(errno));
    freeaddrinfo(at);
    return fd;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {0};
    socklen_t len = sizeof(at);
    if (getsockname(fd, &at.any, &len) != 0)
        return 0;
    if (at.any.sa_family == AF_INET)
        return ntohs(at.v4.sin_port);
    return ntohs(at.v6.sin6_port);
}

static void server_free(struct http_server *server)
{
    pthread_cond_destroy(&server->quiet);
    pthread_mutex_destroy(&server->mutex);
    free(server->loops);
    free(server);
}

static struct http_server *server_new(const struct http_config *config, http_handler *handler, void *ctx)
{
    struct http_server *server = calloc(1, sizeof(*server));
    struct http_loop *loops = calloc(config->loops, sizeof(*loops));
    if (!server || !loops)
        abort();
    server->config = *config;
    server->config.connections_max = connections_possible(config->connections_max);
    server->handler = handler;
    server->ctx = ctx;
    server->loops = loops;
    pthread_mutex_init(&server->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->quiet, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return server;
}

struct http_server *http_server_open(const struct http_config *config, http_handler *handler, void *ctx,
                                     struct error *e)
{
    assert(config->loops > 0 && config->connections_max > 0 && config->header_max >= 1024);
    assert(config->request_seconds > 0 && config->idle_seconds > 0);
    int fd = listen_socket(config, e);
    if (fd < 0)
        return NULL;
    struct http_server *server = server_new(config, handler, ctx);
    server->port = port_of(fd);
    bool opened = proxies_parse(server, config->proxies, e);
    for (unsigned i = 0; i < config->loops && opened; i++) {
        opened = loop_open(&server->loops[i], server, fd, e);
        server->loop_count += opened;
    }
    close(fd); /* each loop has its own copy */
    if (opened)
        return server;
    http_server_close(server);
    return NULL;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_drain(struct http_server *server, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    for (unsigned i = 0; i < server->loop_count; i++)
        loop_ask(&server->loops[i], LOOP_DRAIN);
    pthread_mutex_lock(&server->mutex);
    while (atomic_load(&server->connections) > 0)
        if (pthread_cond_timedwait(&server->quiet, &server->mutex, &until) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&server->mutex);
}

void http_server_close(struct http_server *server)
{
    if (!server)
        return;
    for (unsigned i = 0; i < server->loop_count; i++)
        loop_ask(&server->loops[i], LOOP_STOP);
    for (unsigned i = 0; i < server->loop_count; i++)
        loop_close(&server->loops[i]);
    assert(atomic_load(&server->connections) == 0 && atomic_load(&server->streams) == 0);
    assert(atomic_load(&server->bodies) == 0 && atomic_load(&server->queued) == 0);
    server_free(server);
}

struct http_stats http_server_stats(const struct http_server *server)
{
    return (struct http_stats){
        .requests = atomic_load(&server->requests),
        .responses_5xx = atomic_load(&server->responses_5xx),
        .refused = atomic_load(&server->refused),
        .late = atomic_load(&server->late),
        .stayed = atomic_load(&server->stayed),
        .connections = atomic_load(&server->connections),
        .streams = atomic_load(&server->streams),
    };
}
