/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the whole server over a loopback connection: the input is what a client says before it stops
 * writing. Each connection must come to an end, and the server must live. */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "net/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_server *server;

static void handle(struct http_request *req, void *ctx)
{
    struct error e;
    (void)ctx;
    assert(req->path.len > 0 && req->path.ptr[0] == '/' && req->body.len <= 4096);
    bool form = http_form_ok(req, &e);
    struct str words =
        str_format(req->arena, "%d %zu %.*s", form, http_form_all(req)->count, STR_ARGS(http_cookie(req, "a")));
    http_respond(req, 200, STR("text/plain"), words);
}

static void close_server(void)
{
    http_server_close(server);
}

static void open_server(void)
{
    struct http_config config = http_config_default;
    struct error e = {0};
    config.port = 0;
    config.body_max = 4096;
    server = http_server_open(&config, handle, NULL, &e);
    if (!server)
        abort();
    atexit(close_server);
}

/* Calls the server. Ports of closed calls are not free again at once: each call comes from another address of the
 * loopback, and waits when even so the system has none. */
static int call(void)
{
    static uint32_t from;
    struct sockaddr_in at = {.sin_family = AF_INET}, here = {.sin_family = AF_INET};
    at.sin_port = htons(http_server_port(server));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int tries = 0; tries < 1000; tries++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + from++ % 250);
        if (fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0 &&
            connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
            return fd;
        if (tries == 999)
            perror("calling the server");
        if (fd >= 0)
            close(fd);
        usleep(10000);
    }
    abort();
}

/* Says the words and reads for as long as something comes within so many milliseconds; the bytes that came. */
static size_t talk(const void *words, size_t len, int ms)
{
    char away[4096];
    size_t got = 0;
    int fd = call();
    (void)!send(fd, words, len, MSG_NOSIGNAL);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    for (ssize_t n; poll(&wait, 1, ms) == 1 && (n = recv(fd, away, sizeof(away), 0)) > 0;)
        got += (size_t)n;
    const struct linger at_once = {.l_onoff = 1}; /* no ports left waiting */
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(fd);
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char good[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    static unsigned runs;
    if (!server)
        open_server();
    talk(data, size, 2);
    if (++runs % 256 == 0 && talk(good, sizeof(good) - 1, 10000) < 100)
        abort(); /* it lives no more */
    return 0;
}
