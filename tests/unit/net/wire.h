/* SPDX-License-Identifier: Apache-2.0 */
/* A bare HTTP peer for the tests: what is written is what is sent, every wait has an end. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define WIRE_MS 10000 /* a test fails rather than waits longer */

struct wire {
    int fd;
    size_t len;
    char in[1 << 17]; /* read and not yet taken */
};

struct wire_reply {
    int status; /* 0: the connection ended before a whole reply */
    char head[8192];
    size_t body_len;
    char body[1 << 16];
};

static inline int wire_socket(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
        return fd;
    close(fd);
    return -1;
}

static inline struct wire *wire_open(uint16_t port)
{
    struct wire *wire = calloc(1, sizeof(*wire));
    wire->fd = wire_socket(port);
    return wire;
}

static inline void wire_close(struct wire *wire)
{
    close(wire->fd);
    free(wire);
}

static inline bool wire_send(struct wire *wire, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(wire->fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static inline bool wire_say(struct wire *wire, const char *words)
{
    return wire_send(wire, words, strlen(words));
}

/* More bytes: true; the end, an error or no word for so long: false. */
static inline bool wire_more(struct wire *wire, int ms)
{
    struct pollfd wait = {.fd = wire->fd, .events = POLLIN};
    if (wire->len == sizeof(wire->in) || poll(&wait, 1, ms) <= 0)
        return false;
    ssize_t n = recv(wire->fd, wire->in + wire->len, sizeof(wire->in) - wire->len, 0);
    if (n <= 0)
        return false;
    wire->len += (size_t)n;
    return true;
}

static inline void wire_take(struct wire *wire, size_t n)
{
    wire->len -= n;
    memmove(wire->in, wire->in + n, wire->len);
}

/* Reads until the words have come; what came before them is dropped. */
static inline bool wire_expect(struct wire *wire, const char *words)
{
    for (;;) {
        const char *at = memmem(wire->in, wire->len, words, strlen(words));
        if (at) {
            wire_take(wire, (size_t)(at - wire->in) + strlen(words));
            return true;
        }
        if (!wire_more(wire, WIRE_MS))
            return false;
    }
}

/* True when the other side has closed (within so long), whatever it said before. */
static inline bool wire_ended(struct wire *wire, int ms)
{
    int64_t until = clock_monotonic() + ms * (SECOND_US / 1000);
    for (;;) {
        struct pollfd wait = {.fd = wire->fd, .events = POLLIN};
        int64_t left = (until - clock_monotonic()) / 1000;
        if (left <= 0 || poll(&wait, 1, (int)left) <= 0)
            return false;
        wire->len = 0;
        if (!wire_more(wire, 0))
            return true;
    }
}

static inline const char *wire_header(const struct wire_reply *reply, const char *name)
{
    static char value[1024];
    size_t len = strlen(name);
    for (const char *line = strstr(reply->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, len) != 0 || line[len] != ':')
            continue;
        size_t end = strcspn(line, "\r\n");
        (void)snprintf(value, sizeof(value), "%.*s", (int)(end - len - 2), line + len + 2);
        return value;
    }
    return NULL;
}

/* One reply with a Content-Length (or without a body); the next one stays. */
static inline struct wire_reply wire_reply(struct wire *wire, bool head_only)
{
    struct wire_reply reply = {0};
    const char *end;
    while (!(end = memmem(wire->in, wire->len, "\r\n\r\n", 4)))
        if (!wire_more(wire, WIRE_MS))
            return reply;
    size_t head = (size_t)(end - wire->in) + 2;
    memcpy(reply.head, wire->in, head < sizeof(reply.head) ? head : sizeof(reply.head) - 1);
    wire_take(wire, head + 2);
    const char *length = wire_header(&reply, "Content-Length");
    reply.body_len = length && !head_only ? strtoul(length, NULL, 10) : 0;
    if (reply.body_len >= sizeof(reply.body))
        return reply;
    while (wire->len < reply.body_len)
        if (!wire_more(wire, WIRE_MS))
            return reply;
    memcpy(reply.body, wire->in, reply.body_len);
    wire_take(wire, reply.body_len);
    reply.status = atoi(reply.head + 9);
    return reply;
}

static inline struct wire_reply wire_ask(struct wire *wire, const char *request)
{
    if (!wire_say(wire, request))
        return (struct wire_reply){0};
    return wire_reply(wire, strncmp(request, "HEAD", 4) == 0);
}

/* One request on its own connection. */
static inline struct wire_reply wire_once(uint16_t port, const char *request)
{
    struct wire *wire = wire_open(port);
    struct wire_reply reply = wire_ask(wire, request);
    wire_close(wire);
    return reply;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: care.example\r\n\r\n"
