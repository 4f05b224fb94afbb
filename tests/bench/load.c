/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of the benchmark, on one thread: signed webhooks, pages, and open pages that wait for a message.
 * Requests are written before the clock starts. Prints one JSON line; anything but the expected answer ends the run.
 * With a RATE a second webhooks are sent when they are due, and the time of an answer counts from then; otherwise
 * each client sends as soon as it has its answer. load hooks PORT CLIENTS TAG FROM COUNT SECRET WHATSAPP_PATH
 * FACEBOOK_PATH [RATE] load pages PORT CLIENTS COUNT COOKIE PATHS_FILE load live  PORT STREAMS TAG FROM COUNT SECRET
 * WHATSAPP_PATH COOKIE */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "workload.h"

enum { ANSWER_MAX = 1 << 20, EVENTS_AT_ONCE = 256 };

struct client {
    int fd;
    int64_t began;      /* of the request under way */
    size_t have, whole; /* bytes of the answer: received, expected (0: not known yet) */
    char *answer;
};

struct run {
    int poll, port;
    struct str *requests;
    size_t count, sent, answered;
    uint64_t bytes;
    int64_t *taken; /* µs, by order of arrival */
    double rate;    /* a second; 0: as fast as they are answered */
    int64_t began;
    struct client **idle; /* without a request under way, when there is a rate */
    size_t idle_count;
};

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        err(1, "connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void write_all(int fd, struct str bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0)
            err(1, "write");
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
}

static struct str keep(const char *text, size_t len)
{
    char *copy = malloc(len + 1);
    if (!copy)
        err(1, "malloc");
    memcpy(copy, text, len);
    copy[len] = '\0';
    return (struct str){copy, len};
}

static struct str hook_request(const char *network, const char *path, const char *secret, const char *tag, int64_t i)
{
    char body[WORKLOAD_BODY], signature[72], request[WORKLOAD_BODY + 512];
    size_t len = workload_body(network, tag, i, body);
    workload_sign(str_from(secret), (struct str){body, len}, signature);
    int n = snprintf(request, sizeof request,
                     "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                     "X-Hub-Signature-256: %s\r\nContent-Length: %zu\r\n\r\n%s",
                     path, signature, len, body);
    return keep(request, (size_t)n);
}

/* ---- one exchange after the other on each connection ---- */

static int64_t due_at(const struct run *run)
{
    return run->began + (int64_t)(1e6 * (double)run->sent / run->rate);
}

static void ask(struct run *run, struct client *c)
{
    c->have = c->whole = 0;
    c->began = run->rate > 0 ? due_at(run) : clock_monotonic();
    write_all(c->fd, run->requests[run->sent++]);
}

static void expect(const struct client *c)
{
    if (strncmp(c->answer, "HTTP/1.1 200", 12) != 0)
        errx(1, "an answer that was not expected: %.300s", c->answer);
}

/* Takes what has come; true when the answer is whole. */
static bool receive(struct client *c)
{
    ssize_t n = read(c->fd, c->answer + c->have, ANSWER_MAX - c->have - 1);
    if (n <= 0)
        errx(1, "the server closed a connection");
    c->have += (size_t)n;
    c->answer[c->have] = '\0';
    if (c->whole == 0) {
        const char *end = strstr(c->answer, "\r\n\r\n"), *length = strcasestr(c->answer, "\r\nContent-Length:");
        if (!end)
            return false;
        expect(c);
        if (!length)
            errx(1, "an answer without a length");
        c->whole = (size_t)(end + 4 - c->answer) + strtoul(length + 17, NULL, 10);
    }
    return c->have >= c->whole;
}

static void answered(struct run *run, struct client *c)
{
    run->bytes += c->whole;
    run->taken[run->answered++] = clock_monotonic() - c->began;
    if (run->rate > 0)
        run->idle[run->idle_count++] = c;
    else if (run->sent < run->count)
        ask(run, c);
}

/* Sends what is due; waits for answers, no longer than until the next is due. */
static int wait_for(struct run *run, struct epoll_event *events)
{
    struct timespec patience = {.tv_sec = 30};
    while (run->idle_count && run->sent < run->count && due_at(run) <= clock_monotonic())
        ask(run, run->idle[--run->idle_count]);
    if (run->idle_count && run->sent < run->count) {
        int64_t left = due_at(run) - clock_monotonic();
        patience = (struct timespec){.tv_nsec = left > 0 ? left % 1000000 * 1000 : 0, .tv_sec = left / 1000000};
    }
    int n = epoll_pwait2(run->poll, events, EVENTS_AT_ONCE, &patience, NULL);
    if (n == 0 && patience.tv_sec == 30)
        errx(1, "no answer in 30 seconds");
    return n;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double quantile(const int64_t *sorted, size_t n, double q)
{
    return (double)sorted[(size_t)((double)(n - 1) * q)] / 1000.0;
}

static void report(struct run *run, double seconds)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    qsort(run->taken, run->answered, sizeof *run->taken, by_size);
    printf("{\"n\":%zu,\"seconds\":%.4f,\"rate\":%.1f,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"bytes\":%.0f}\n",
           run->answered, seconds, (double)run->answered / seconds, quantile(run->taken, run->answered, 0.5),
           quantile(run->taken, run->answered, 0.99), quantile(run->taken, run->answered, 1),
           (double)run->bytes / (double)run->answered);
}

static void exchange(struct run *run, size_t clients)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    struct client *all = calloc(clients, sizeof *all);
    run->taken = calloc(run->count, sizeof *run->taken);
    run->poll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < clients; i++) {
        all[i] = (struct client){.fd = connect_to(run->port), .answer = malloc(ANSWER_MAX)};
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(run->poll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    run->idle = calloc(clients, sizeof *run->idle);
    run->began = clock_monotonic();
    for (size_t i = 0; i < clients; i++)
        if (run->rate > 0)
            run->idle[run->idle_count++] = &all[i];
        else if (run->sent < run->count)
            ask(run, &all[i]);
    while (run->answered < run->count) {
        int n = wait_for(run, events);
        for (int i = 0; i < n; i++)
            if (receive(events[i].data.ptr))
                answered(run, events[i].data.ptr);
    }
    report(run, (double)(clock_monotonic() - run->began) / 1e6);
}

static void hooks(char **a)
{
    struct run run = {.port = atoi(a[0]), .count = strtoul(a[4], NULL, 10), .rate = a[8] ? strtod(a[8], NULL) : 0};
    int64_t from = strtoll(a[3], NULL, 10);
    run.requests = calloc(run.count, sizeof *run.requests);
    for (size_t i = 0; i < run.count; i++) {
        bool whatsapp = workload_on_whatsapp(from + (int64_t)i);
        run.requests[i] =
            hook_request(whatsapp ? "whatsapp" : "facebook", a[whatsapp ? 6 : 7], a[5], a[2], from + (int64_t)i);
    }
    exchange(&run, strtoul(a[1], NULL, 10));
}

static void pages(char **a)
{
    struct run run = {.port = atoi(a[0]), .count = strtoul(a[2], NULL, 10)};
    FILE *in = fopen(a[4], "r");
    char path[2000], request[4000];
    size_t n = 0;
    run.requests = calloc(run.count, sizeof *run.requests);
    while (n < run.count) {
        if (!in || !fgets(path, sizeof path, in)) {
            if (!in || n == 0)
                errx(1, "no paths in %s", a[4]);
            rewind(in);
            continue;
        }
        path[strcspn(path, "\n")] = '\0';
        int len = snprintf(request, sizeof request,
                           "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n"
                           "Cookie: %s\r\n\r\n",
                           path, a[3]);
        run.requests[n++] = keep(request, (size_t)len);
    }
    fclose(in);
    exchange(&run, strtoul(a[1], NULL, 10));
}

/* ---- open pages ---- */

static size_t drain(int fd)
{
    char bytes[65536];
    ssize_t n = recv(fd, bytes, sizeof bytes - 1, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        errx(1, "the server closed a stream");
    bytes[n > 0 ? n : 0] = '\0';
    return n > 0 && strstr(bytes, "event: message") ? 1 : 0;
}

/* One message; how long until every stream has heard of it. */
static int64_t tell(struct run *run, int hook, struct str request, size_t streams)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    char answer[4096];
    int64_t began = clock_monotonic();
    write_all(hook, request);
    for (size_t heard = 0; heard < streams;) {
        int n = epoll_wait(run->poll, events, EVENTS_AT_ONCE, 10000);
        if (n == 0)
            errx(1, "%zu of %zu open pages never heard of a message", streams - heard, streams);
        for (int i = 0; i < n; i++)
            heard += drain(events[i].data.fd);
    }
    int64_t taken = clock_monotonic() - began;
    if (read(hook, answer, sizeof answer) <= 0)
        errx(1, "no answer to the message");
    return taken;
}

static void live(char **a)
{
    struct run run = {.port = atoi(a[0]), .count = strtoul(a[4], NULL, 10), .poll = epoll_create1(EPOLL_CLOEXEC)};
    size_t streams = strtoul(a[1], NULL, 10);
    char request[4000];
    int hook = connect_to(run.port);
    int len =
        snprintf(request, sizeof request,
                 "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCookie: %s\r\n\r\n", a[7]);
    for (size_t i = 0; i < streams; i++) {
        char answer[1024] = "";
        int fd = connect_to(run.port);
        write_all(fd, (struct str){request, (size_t)len});
        if (read(fd, answer, sizeof answer - 1) <= 0 || strncmp(answer, "HTTP/1.1 200", 12) != 0)
            errx(1, "a stream was refused: %.200s", answer);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(run.poll, EPOLL_CTL_ADD, fd, &event);
    }
    fprintf(stderr, "open\n"); /* the caller looks at the server's memory */
    sleep(1);
    run.taken = calloc(run.count, sizeof *run.taken);
    int64_t began = clock_monotonic();
    for (size_t i = 0; i < run.count; i++) {
        struct str hooked = hook_request("whatsapp", a[6], a[5], a[2], strtoll(a[3], NULL, 10) + (int64_t)i);
        run.taken[run.answered++] = tell(&run, hook, hooked, streams);
        usleep(2000);
    }
    report(&run, (double)(clock_monotonic() - began) / 1e6);
}

int main(int argc, char **argv)
{
    struct error e = {0};
    if (!crypto_init(&e))
        errx(1, "%s", e.message);
    if ((argc == 10 || argc == 11) && strcmp(argv[1], "hooks") == 0)
        hooks(argv + 2);
    else if (argc == 7 && strcmp(argv[1], "pages") == 0)
        pages(argv + 2);
    else if (argc == 10 && strcmp(argv[1], "live") == 0)
        live(argv + 2);
    else
        errx(2, "hooks, pages or live: see the head of tests/bench/load.c");
    return 0;
}
