/* SPDX-License-Identifier: Apache-2.0 */
/* The connection under an IMAP call: libcurl finds the server, checks its certificate and signs in, and what is said
 * then goes through it. A thread for each call, because a mailbox answers when it likes; it ends in time. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "net/mail_internal.h"

#define CONNECT_MS  5000
#define TIMEOUT_MS  20000
#define TURN_MS     100
#define STACK_BYTES ((size_t)512 << 10)

struct line {
    struct imap_call *call;
    CURL *easy;
    curl_socket_t socket;
    int64_t deadline;
    bool late, cancelled;
    char last[256]; /* what the server said last while we signed in */
    char words[CURL_ERROR_SIZE];
};

static bool is_over(struct line *l)
{
    int64_t now = clock_monotonic(), cancel = atomic_load(l->call->cancel_at);
    l->cancelled |= cancel != 0 && now >= cancel;
    l->late |= now >= l->deadline;
    return l->cancelled || l->late;
}

static int watch(void *ctx, curl_off_t dl_all, curl_off_t dl, curl_off_t ul_all, curl_off_t ul)
{
    (void)dl_all, (void)dl, (void)ul_all, (void)ul;
    return is_over(ctx);
}

static size_t take_line(char *in, size_t size, size_t count, void *ctx)
{
    struct line *l = ctx;
    struct str said = str_trim((struct str){in, size * count});
    if (said.len && said.ptr[0] != '*' && said.ptr[0] != '+')
        (void)snprintf(l->last, sizeof l->last, "%.*s", STR_ARGS(str_slice(said, 0, 200)));
    return size * count;
}

/* Waits until the socket may be read or written, or the time is over. */
static bool wait_for(struct line *l, short events)
{
    struct pollfd one = {.fd = l->socket, .events = events};
    while (!is_over(l)) {
        int n = poll(&one, 1, TURN_MS);
        if (n > 0)
            return true;
    }
    return false;
}

static bool wire_send(void *ctx, struct str bytes)
{
    struct line *l = ctx;
    while (bytes.len) {
        size_t n = 0;
        CURLcode code = curl_easy_send(l->easy, bytes.ptr, bytes.len, &n);
        if (code == CURLE_OK)
            bytes = str_slice(bytes, n, bytes.len);
        else if (code != CURLE_AGAIN || !wait_for(l, POLLOUT))
            return false;
    }
    return true;
}

static ptrdiff_t wire_recv(void *ctx, char *out, size_t room)
{
    struct line *l = ctx;
    while (!is_over(l)) {
        size_t n = 0;
        CURLcode code = curl_easy_recv(l->easy, out, room, &n);
        if (code == CURLE_OK)
            return (ptrdiff_t)n;
        if (code != CURLE_AGAIN || !wait_for(l, POLLIN))
            break;
    }
    return 0;
}

static const char *text_of(struct arena *a, const struct http_call *call, const char *name)
{
    struct str value = pairs_get(&call->headers, str_from(name));
    return value.len ? str_cstr(a, value) : NULL;
}

static void set_up(struct line *l, const struct mail_url *url, int timeout_ms)
{
    struct imap_call *c = l->call;
    const char *user = text_of(c->arena, &c->call, "user"), *password = text_of(c->arena, &c->call, "password"),
               *bearer = text_of(c->arena, &c->call, "bearer");
    CURL *easy = l->easy;
    curl_easy_setopt(easy, CURLOPT_URL, url->server);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "imap,imaps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL, url->bare ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, l);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_line);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, l);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, l);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, l->words);
    if (user)
        curl_easy_setopt(easy, CURLOPT_USERNAME, user);
    if (bearer)
        curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, bearer);
    else if (password)
        curl_easy_setopt(easy, CURLOPT_PASSWORD, password);
}

/* A server may refuse to let us in for a while: that says nothing of the password. */
static bool is_passing(const char *said)
{
    static const char *const words[] = {"[UNAVAILABLE]", "[INUSE]",   "[LIMIT]",
                                        "[SERVERBUG]",   "Temporary", "too many"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasestr(said, words[i]))
            return true;
    return false;
}

static void not_in(struct line *l, CURLcode code)
{
    struct http_reply *reply = &l->call->reply;
    if (code == CURLE_LOGIN_DENIED) {
        const char *space = strchr(l->last, ' ');
        reply->status = is_passing(l->last) ? 503 : 401;
        reply->body = str_dup(l->call->arena, str_from(space ? space + 1 : l->last));
    } else {
        (void)snprintf(reply->problem, sizeof reply->problem, "%s", curl_easy_strerror(code));
    }
}

static void say_why(struct line *l)
{
    struct http_reply *reply = &l->call->reply;
    if (reply->status != 0 || !is_over(l))
        return;
    (void)snprintf(reply->problem, sizeof reply->problem, "%s",
                   l->cancelled ? "Cancelled: the program is ending" : "Timeout was reached");
}

static void run(struct imap_call *c)
{
    struct mail_url url;
    int timeout_ms = c->call.timeout_ms > 0 ? c->call.timeout_ms : TIMEOUT_MS;
    struct line l = {.call = c, .deadline = clock_monotonic() + timeout_ms * INT64_C(1000)};
    const struct imap_wire wire = {.ctx = &l, .send = wire_send, .recv = wire_recv};
    if (!mail_url_read(c->arena, c->call.url, &url, c->reply.problem))
        return;
    l.easy = curl_easy_init();
    if (!l.easy)
        abort();
    set_up(&l, &url, timeout_ms);
    CURLcode code = curl_easy_perform(l.easy);
    if (code != CURLE_OK)
        not_in(&l, code);
    else if (curl_easy_getinfo(l.easy, CURLINFO_ACTIVESOCKET, &l.socket) != CURLE_OK)
        (void)snprintf(c->reply.problem, sizeof c->reply.problem, "The connection ended before an answer came");
    else if (c->call.may_begin && !c->call.may_begin(c->call.begin_ctx))
        (void)snprintf(c->reply.problem, sizeof c->reply.problem, "It was not begun: the time for it had passed");
    else
        imap_talk(c->arena, &wire, &c->call, url.path, &c->reply);
    say_why(&l);
    curl_easy_cleanup(l.easy);
}

static void *call_main(void *ctx)
{
    struct imap_call *c = ctx;
    run(c);
    c->landed(c->land_ctx, c);
    return NULL;
}

struct imap_call *imap_call_new(const struct http_call *call, void (*answered)(void *, const struct http_reply *),
                                void *ctx)
{
    struct arena *a = arena_new();
    struct imap_call *c = ARENA_NEW(a, struct imap_call);
    struct pair *headers = ARENA_ARRAY(a, struct pair, call->headers.count + 1);
    for (size_t i = 0; i < call->headers.count; i++)
        headers[i] = (struct pair){str_dup(a, call->headers.items[i].name), str_dup(a, call->headers.items[i].value)};
    *c = (struct imap_call){.arena = a, .call = *call, .answered = answered, .ctx = ctx};
    c->call.method = str_cstr(a, str_from(call->method));
    c->call.url = str_dup(a, call->url);
    c->call.headers.items = headers;
    c->call.body = STR_EMPTY;
    return c;
}

void imap_call_start(struct imap_call *c)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    bool started = pthread_create(&thread, &attributes, call_main, c) == 0;
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        return;
    (void)snprintf(c->reply.problem, sizeof c->reply.problem, "There is no room for another thread");
    c->landed(c->land_ctx, c);
}
