/* SPDX-License-Identifier: Apache-2.0 */
/* One thread around a libcurl multi handle, which keeps connections alive between calls. HTTP/1.1 only, so
 * that what may have been sent is plain. A body is given through a read function that cannot rewind: libcurl
 * would otherwise silently send a POST twice when a kept connection turns out to be dead. Mail goes out the same way
 * (mail.c); a mailbox is read on a thread of its own (imap_call.c) and answered on this one. */
#include "net/client.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "net/mail_internal.h"

#define CONNECT_MS         5000
#define TIMEOUT_MS         10000
#define REPLY_MAX          ((size_t)1 << 20)
#define REPLY_HEADERS_MAX  ((size_t)64 << 10)
#define CONNECTIONS_MAX    256
#define CONNECTIONS_A_HOST 16
#define KEEP_ALIVE_SECONDS 30 /* shorter than most servers': a dead connection is rarely met */
#define CLOSE_SECONDS      2
#define TURN_MS            1000
#define MAILBOXES_MAX      16 /* at once: each has a thread */

struct flight {
    struct flight *prev, *next;
    struct arena *arena;
    CURL *easy;
    struct curl_slist *headers;
    void (*answered)(void *ctx, const struct http_reply *reply);
    void *ctx;
    const char *method, *url;
    struct str body;
    size_t body_sent, reply_max, header_bytes;
    int timeout_ms;
    struct buf body_in;
    struct pair_link *headers_in, **headers_in_end;
    size_t header_count;
    bool (*may_begin)(void *begin_ctx);
    void *begin_ctx;
    struct smtp *smtp; /* NULL: HTTP */
    bool once, too_large, not_begun;
    char words[CURL_ERROR_SIZE];
};

struct pair_link {
    struct pair_link *next;
    struct pair pair;
};

struct client {
    CURLM *multi;
    pthread_t thread;
    struct flight *flying;
    _Atomic(int64_t) cancel_at; /* 0: not closing */
    int mailboxes_under_way;
    pthread_mutex_t mutex;
    struct flight *queued, **queued_end;
    struct imap_call *mailboxes_queued, **mailboxes_queued_end, *mailboxes_landed;
    bool cancelling, closing;
};

static struct flight *flight_new(const struct http_call *call,
                                 void (*answered)(void *ctx, const struct http_reply *reply), void *ctx)
{
    struct arena *a = arena_new();
    struct flight *f = ARENA_NEW(a, struct flight);
    f->arena = a;
    f->answered = answered;
    f->ctx = ctx;
    f->method = str_cstr(a, str_from(call->method));
    f->url = str_cstr(a, call->url);
    f->body = str_dup(a, call->body);
    f->reply_max = call->reply_max > 0 ? call->reply_max : REPLY_MAX;
    f->timeout_ms = call->timeout_ms > 0 ? call->timeout_ms : TIMEOUT_MS;
    f->once = call->once;
    f->may_begin = call->may_begin;
    f->begin_ctx = call->begin_ctx;
    f->headers_in_end = &f->headers_in;
    buf_init(&f->body_in, a, 1024);
    if (mail_is_smtp(call->url)) {
        f->smtp = ARENA_NEW(a, struct smtp);
        smtp_begin(f->smtp, a, call);
        return f;
    }
    /* "Expect: 100-continue" costs a round trip, and many servers a second. */
    f->headers = curl_slist_append(NULL, "Expect:");
    if (f->body.len > 0)
        f->headers = curl_slist_append(f->headers, "Content-Type:"); /* not curl's own guess */
    for (size_t i = 0; i < call->headers.count; i++) {
        struct pair h = call->headers.items[i];
        const char *line = str_cstr(
            a, str_format(a, h.value.len > 0 ? "%.*s: %.*s" : "%.*s;%.*s", STR_ARGS(h.name), STR_ARGS(h.value)));
        assert(!strpbrk(line, "\r\n"));
        f->headers = curl_slist_append(f->headers, line);
    }
    return f;
}

static void flight_free(struct flight *f)
{
    curl_slist_free_all(f->headers);
    curl_easy_cleanup(f->easy);
    if (f->smtp)
        smtp_end(f->smtp);
    arena_free(f->arena);
}

static size_t give_body(char *out, size_t size, size_t count, void *ctx)
{
    struct flight *f = ctx;
    size_t left = f->body.len - f->body_sent, room = size * count;
    size_t n = left < room ? left : room;
    if (n > 0)
        memcpy(out, f->body.ptr + f->body_sent, n);
    f->body_sent += n;
    return n;
}

static size_t take_body(char *in, size_t size, size_t count, void *ctx)
{
    struct flight *f = ctx;
    size_t n = size * count;
    if (n > f->reply_max - f->body_in.len) {
        f->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    buf_add(&f->body_in, in, n);
    return n;
}

/* Called with whole lines; a new status line (after "100 Continue") begins anew. */
static size_t take_header(char *in, size_t size, size_t count, void *ctx)
{
    struct flight *f = ctx;
    struct str line = {in, size * count};
    f->header_bytes += line.len;
    if (f->header_bytes > REPLY_HEADERS_MAX) {
        f->too_large = true;
        return 0;
    }
    if (f->smtp) {
        smtp_line(f->smtp, line);
        return line.len;
    }
    if (str_starts(line, STR("HTTP/"))) {
        f->headers_in = NULL;
        f->headers_in_end = &f->headers_in;
        f->header_count = 0;
        return line.len;
    }
    ptrdiff_t colon = str_find_char(line, ':');
    if (colon <= 0)
        return line.len;
    struct pair_link *link = ARENA_NEW(f->arena, struct pair_link);
    link->pair.name = str_lower(f->arena, str_slice(line, 0, (size_t)colon));
    link->pair.value = str_dup(f->arena, str_trim(str_slice(line, (size_t)colon + 1, line.len)));
    *f->headers_in_end = link;
    f->headers_in_end = &link->next;
    f->header_count++;
    return line.len;
}

/* The connection stands, new or kept, and nothing of the request has been written. */
static int begin(void *ctx, char *ip, char *local_ip, int port, int local_port)
{
    struct flight *f = ctx;
    (void)ip, (void)local_ip, (void)port, (void)local_port;
    f->not_begun = f->may_begin && !f->may_begin(f->begin_ctx);
    return f->not_begun ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void set_method(struct flight *f)
{
    CURL *easy = f->easy;
    if (f->smtp) {
        smtp_set_up(f->smtp, easy);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)f->body.len);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, f);
    } else if (strcmp(f->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (f->body.len > 0) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->body.len);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, f);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, f->method);
    } else if (strcmp(f->method, "GET") == 0) {
        if (f->once)
            curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    } else {
        /* Without a body libcurl may repeat a call on a dead kept connection: so none is kept for it. */
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, f->method);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    }
}

static void set_up(struct flight *f)
{
    CURL *easy = f->easy;
    curl_easy_setopt(easy, CURLOPT_URL, f->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)f->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)KEEP_ALIVE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, f->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, begin);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, f);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->words);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, f);
    set_method(f);
}

static struct pairs headers_of(struct flight *f)
{
    struct pairs out = {ARENA_ARRAY(f->arena, struct pair, f->header_count), 0};
    for (const struct pair_link *link = f->headers_in; link; link = link->next)
        out.items[out.count++] = link->pair;
    return out;
}

/* libcurl counts what it handed to the socket; the connection itself says nothing of what arrived. Of a mail only its
 * text counts: before it nothing was asked of anybody. */
static bool may_have_been_sent(const struct flight *f)
{
    long bytes = 0;
    if (f->smtp)
        return f->body_sent > 0;
    curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}

/* A connection that was kept open and ended under the request would need it sent again, which we never do. */
static const char *words_of(CURLcode code)
{
    if (code == CURLE_SEND_FAIL_REWIND || code == CURLE_GOT_NOTHING)
        return "The connection ended before an answer came";
    return curl_easy_strerror(code);
}

static void answer(struct flight *f, CURLcode code, const char *problem)
{
    struct http_reply reply = {.at = clock_now()};
    long status = 0;
    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    if (f->smtp && f->smtp->problem[0])
        problem = f->smtp->problem;
    if (f->smtp && !problem && smtp_answer(f->smtp, code, &reply)) {
        f->answered(f->ctx, &reply);
        return;
    }
    if (!f->smtp && code == CURLE_OK && status >= 200 && !problem) {
        reply.status = (int)status;
        reply.headers = headers_of(f);
        reply.body = buf_view(&f->body_in);
    } else {
        reply.maybe_sent = may_have_been_sent(f);
        const char *words = problem ? problem : words_of(code);
        if (f->too_large)
            (void)snprintf(reply.problem, sizeof(reply.problem), "The reply is larger than %zu bytes", f->reply_max);
        else if (f->not_begun)
            (void)snprintf(reply.problem, sizeof(reply.problem), "It was not begun: the time for it had passed");
        else
            (void)snprintf(reply.problem, sizeof(reply.problem), "%s", words);
    }
    f->answered(f->ctx, &reply);
}

static void land(struct client *client, struct flight *f, CURLcode code, const char *problem)
{
    *(f->prev ? &f->prev->next : &client->flying) = f->next;
    if (f->next)
        f->next->prev = f->prev;
    curl_multi_remove_handle(client->multi, f->easy);
    answer(f, code, problem);
    flight_free(f);
}

static void take_off(struct client *client, struct flight *f)
{
    f->easy = curl_easy_init();
    if (!f->easy)
        abort();
    set_up(f);
    if (f->smtp && f->smtp->problem[0]) {
        answer(f, CURLE_URL_MALFORMAT, NULL);
        flight_free(f);
        return;
    }
    f->prev = NULL;
    f->next = client->flying;
    if (f->next)
        f->next->prev = f;
    client->flying = f;
    CURLMcode code = curl_multi_add_handle(client->multi, f->easy);
    assert(code == CURLM_OK);
}

/* On the mailbox's thread, which ends now. */
static void mailbox_landed(void *ctx, struct imap_call *call)
{
    struct client *client = ctx;
    pthread_mutex_lock(&client->mutex);
    call->next = client->mailboxes_landed;
    client->mailboxes_landed = call;
    curl_multi_wakeup(client->multi);
    pthread_mutex_unlock(&client->mutex);
}

static void turn_mailboxes(struct client *client)
{
    pthread_mutex_lock(&client->mutex);
    struct imap_call *landed = client->mailboxes_landed;
    client->mailboxes_landed = NULL;
    pthread_mutex_unlock(&client->mutex);
    for (struct imap_call *next; landed; landed = next) {
        next = landed->next;
        client->mailboxes_under_way--;
        landed->answered(landed->ctx, &landed->reply);
        arena_free(landed->arena);
    }
    while (client->mailboxes_under_way < MAILBOXES_MAX) {
        pthread_mutex_lock(&client->mutex);
        struct imap_call *call = client->mailboxes_queued;
        if (call && !(client->mailboxes_queued = call->next))
            client->mailboxes_queued_end = &client->mailboxes_queued;
        pthread_mutex_unlock(&client->mutex);
        if (!call)
            break;
        client->mailboxes_under_way++;
        call->cancel_at = &client->cancel_at;
        call->landed = mailbox_landed;
        call->land_ctx = client;
        imap_call_start(call);
    }
}

static void start_queued(struct client *client)
{
    pthread_mutex_lock(&client->mutex);
    struct flight *f = client->queued;
    client->queued = NULL;
    client->queued_end = &client->queued;
    if (client->cancelling && client->cancel_at == 0)
        client->cancel_at = clock_monotonic() + CLOSE_SECONDS * SECOND_US;
    pthread_mutex_unlock(&client->mutex);
    while (f) {
        struct flight *next = f->next;
        take_off(client, f);
        f = next;
    }
}

static void land_finished(struct client *client)
{
    int left;
    for (CURLMsg *msg; (msg = curl_multi_info_read(client->multi, &left));) {
        struct flight *f = NULL;
        CURLcode code = msg->data.result;
        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&f);
        land(client, f, code, NULL);
    }
}

/* True while there is something to wait for, or the client is open. */
static bool go_on(struct client *client)
{
    if (client->cancel_at == 0)
        return true;
    if (clock_monotonic() >= client->cancel_at)
        while (client->flying)
            land(client, client->flying, CURLE_ABORTED_BY_CALLBACK, "Cancelled: the program is ending");
    pthread_mutex_lock(&client->mutex);
    bool wanted = client->queued || client->mailboxes_queued || !client->closing;
    pthread_mutex_unlock(&client->mutex);
    return client->flying || client->mailboxes_under_way || wanted;
}

static void *client_main(void *ctx)
{
    struct client *client = ctx;
    int running;
    do {
        start_queued(client);
        turn_mailboxes(client);
        curl_multi_perform(client->multi, &running);
        land_finished(client);
        if (!go_on(client))
            break;
        curl_multi_poll(client->multi, NULL, 0, client->cancel_at ? TURN_MS / 20 : TURN_MS, NULL);
    } while (true);
    return NULL;
}

static bool start_thread(struct client *client)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&client->thread, NULL, client_main, client) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        (void)pthread_setname_np(client->thread, "http client");
    return started;
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct client *client_open(struct error *e)
{
    pthread_once(&curl_once, init_curl);
    struct client *client = calloc(1, sizeof(*client));
    if (!client)
        abort();
    client->queued_end = &client->queued;
    client->mailboxes_queued_end = &client->mailboxes_queued;
    pthread_mutex_init(&client->mutex, NULL);
    client->multi = curl_multi_init();
    if (client->multi) {
        curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
        curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_A_HOST);
        curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
        if (start_thread(client))
            return client;
        curl_multi_cleanup(client->multi);
    }
    pthread_mutex_destroy(&client->mutex);
    free(client);
    return fail_null(e, ERR_UNAVAILABLE, "Cannot start the HTTP client.");
}

void client_send(struct client *client, const struct http_call *call,
                 void (*answered)(void *ctx, const struct http_reply *reply), void *ctx)
{
    if (mail_is_imap(call->url)) {
        struct imap_call *mailbox = imap_call_new(call, answered, ctx);
        pthread_mutex_lock(&client->mutex);
        *client->mailboxes_queued_end = mailbox;
        client->mailboxes_queued_end = &mailbox->next;
        curl_multi_wakeup(client->multi);
        pthread_mutex_unlock(&client->mutex);
        return;
    }
    struct flight *f = flight_new(call, answered, ctx);
    pthread_mutex_lock(&client->mutex);
    *client->queued_end = f;
    client->queued_end = &f->next;
    curl_multi_wakeup(client->multi);
    pthread_mutex_unlock(&client->mutex);
}

struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    bool done;
    struct arena *arena;
    struct http_reply *reply;
};

static void copy_reply(void *ctx, const struct http_reply *reply)
{
    struct waiter *waiter = ctx;
    struct arena *a = waiter->arena;
    pthread_mutex_lock(&waiter->mutex);
    *waiter->reply = *reply;
    waiter->reply->body = str_dup(a, reply->body);
    waiter->reply->headers.items = ARENA_ARRAY(a, struct pair, reply->headers.count);
    for (size_t i = 0; i < reply->headers.count; i++) {
        const struct pair *from = &reply->headers.items[i];
        waiter->reply->headers.items[i] = (struct pair){str_dup(a, from->name), str_dup(a, from->value)};
    }
    waiter->done = true;
    pthread_cond_signal(&waiter->answered);
    pthread_mutex_unlock(&waiter->mutex);
}

void client_call(struct client *client, struct arena *a, const struct http_call *call, struct http_reply *reply)
{
    assert(!pthread_equal(pthread_self(), client->thread)); /* it would wait for itself */
    struct waiter waiter = {.arena = a, .reply = reply};
    pthread_mutex_init(&waiter.mutex, NULL);
    pthread_cond_init(&waiter.answered, NULL);
    client_send(client, call, copy_reply, &waiter);
    pthread_mutex_lock(&waiter.mutex);
    while (!waiter.done)
        pthread_cond_wait(&waiter.answered, &waiter.mutex);
    pthread_mutex_unlock(&waiter.mutex);
    pthread_cond_destroy(&waiter.answered);
    pthread_mutex_destroy(&waiter.mutex);
}

static void client_end(struct client *client, bool close)
{
    pthread_mutex_lock(&client->mutex);
    client->cancelling = true;
    client->closing = close;
    curl_multi_wakeup(client->multi);
    pthread_mutex_unlock(&client->mutex);
}

void client_cancel(struct client *client)
{
    client_end(client, false);
}

void client_close(struct client *client)
{
    if (!client)
        return;
    client_end(client, true);
    pthread_join(client->thread, NULL);
    curl_multi_cleanup(client->multi);
    pthread_mutex_destroy(&client->mutex);
    free(client);
}
