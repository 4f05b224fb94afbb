/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events. A stream keeps no libmicrohttpd connection (10 KiB, and every resume would walk all
 * suspended ones): it copies the socket's descriptor, lets libmicrohttpd forget its own, and writes the
 * answer itself. An idle stream is a descriptor, this struct and its request's arena. Other threads only
 * append to the queue. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "net/http_internal.h"

#define HEARTBEAT_SECONDS 20
#define STUCK_SECONDS     60    /* without a byte taken */
#define SEND_BUFFER       65536 /* bytes in the kernel: the rest is counted here */

static const struct str heartbeat = {":\n\n", 3};

/* Bytes on their way. */
struct bytes {
    char *ptr;
    size_t len, cap;
};

struct http_stream {
    struct http_stream *prev, *next; /* by last write; next also chains the dead */
    struct http_stream *listed_next;
    struct http_loop *loop;
    struct exchange *exchange; /* owned once adopted */
    void (*closed)(void *ctx);
    void *ctx;
    struct in6_addr address;
    int64_t wrote; /* when the client last took something */
    struct bytes out;
    size_t sent; /* of out */
    size_t head_len;
    int fd;
    bool limited, adopted, buried, writable_awaited;
    bool taken; /* by a turn that will flush it, and bury it if it is closed before */
    /* Under the loop's mutex. */
    bool listed;    /* in woken or flush */
    bool finishing; /* close when all is sent */
    bool broken;    /* close now */
    struct bytes queue;
    size_t unsent; /* queue and out */
};

static void bytes_add(struct bytes *b, struct str s)
{
    if (b->len + s.len > b->cap) {
        size_t cap = b->cap * 2 > b->len + s.len ? b->cap * 2 : b->len + s.len;
        b->ptr = realloc(b->ptr, cap);
        if (!b->ptr)
            abort();
        b->cap = cap;
    }
    if (s.len > 0)
        memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
}

static void list_locked(struct http_stream *stream)
{
    if (stream->listed)
        return;
    stream->listed = true;
    stream->listed_next = NULL;
    *stream->loop->woken_end = stream;
    stream->loop->woken_end = &stream->listed_next;
    loop_wake_locked(stream->loop);
}

/* The status line and headers, which nobody may compress or buffer. */
static struct str stream_head(struct exchange *x)
{
    struct buf head;
    struct arena *a = x->req.arena;
    http_set_header(&x->req, "Content-Type", STR("text/event-stream"));
    if (!answer_find_header(x, "Cache-Control"))
        http_set_header(&x->req, "Cache-Control", STR("no-store"));
    http_set_header(&x->req, "X-Accel-Buffering", STR("no"));
    buf_init(&head, a, 512);
    buf_cstr(&head, "HTTP/1.1 200 OK\r\nConnection: close\r\nDate: ");
    buf_str(&head, http_date(a));
    for (const struct header *h = x->answer.headers; h; h = h->next) {
        buf_cstr(&head, "\r\n");
        buf_cstr(&head, h->name);
        buf_cstr(&head, ": ");
        buf_cstr(&head, h->value);
    }
    buf_cstr(&head, "\r\n\r\n");
    return buf_view(&head);
}

struct http_stream *http_stream_open(struct http_request *req, void (*closed)(void *ctx), void *ctx)
{
    struct exchange *x = exchange_of(req);
    struct http_stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        abort();
    stream->loop = x->loop;
    stream->exchange = x;
    stream->closed = closed;
    stream->ctx = ctx;
    stream->fd = -1;
    stream->finishing = req->method == HTTP_HEAD;
    bytes_add(&stream->queue, stream_head(x));
    stream->unsent = stream->head_len = stream->queue.len;
    x->stream = stream;
    if (answer_give(x))
        return stream;
    free(stream->queue.ptr);
    free(stream);
    return NULL;
}

/* When slow readers fill the memory together, each gets less. */
static size_t room_left(const struct http_stream *stream)
{
    size_t most =
        atomic_load(&stream->loop->server->queued) > STREAMS_QUEUED_MAX ? STREAM_QUEUE_SMALL : STREAM_QUEUE_MAX;
    return stream->unsent < most ? most - stream->unsent : 0;
}

static bool send_locked(struct http_stream *stream, struct str bytes)
{
    bool good = !stream->broken && !stream->finishing;
    if (good && bytes.len > room_left(stream)) {
        stream->broken = true;
        atomic_fetch_add(&stream->loop->server->late, 1);
        list_locked(stream);
        good = false;
    } else if (good) {
        bytes_add(&stream->queue, bytes);
        stream->unsent += bytes.len;
        atomic_fetch_add(&stream->loop->server->queued, bytes.len);
        list_locked(stream);
    }
    return good;
}

bool http_stream_send(struct http_stream *stream, struct str bytes)
{
    if (!stream)
        return false;
    pthread_mutex_lock(&stream->loop->mutex);
    bool good = send_locked(stream, bytes);
    pthread_mutex_unlock(&stream->loop->mutex);
    return good;
}

void http_stream_send_all(struct http_stream *const *streams, size_t n, struct str bytes, bool *good)
{
    struct http_loop *locked = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!locked || streams[i]->loop != locked) {
            if (locked)
                pthread_mutex_unlock(&locked->mutex);
            locked = streams[i]->loop;
            pthread_mutex_lock(&locked->mutex);
        }
        good[i] = send_locked(streams[i], bytes);
    }
    if (locked)
        pthread_mutex_unlock(&locked->mutex);
}

void http_stream_close(struct http_stream *stream)
{
    if (!stream)
        return;
    pthread_mutex_lock(&stream->loop->mutex);
    stream->finishing = true;
    if (!stream->broken)
        list_locked(stream);
    pthread_mutex_unlock(&stream->loop->mutex);
}

/* From here on the loop's thread. */

static void unlink_stream(struct http_stream *stream)
{
    struct http_loop *loop = stream->loop;
    *(stream->prev ? &stream->prev->next : &loop->oldest) = stream->next;
    *(stream->next ? &stream->next->prev : &loop->newest) = stream->prev;
}

static void link_newest(struct http_stream *stream)
{
    struct http_loop *loop = stream->loop;
    stream->prev = loop->newest;
    stream->next = NULL;
    *(stream->prev ? &stream->prev->next : &loop->oldest) = stream;
    loop->newest = stream;
    stream->wrote = loop->now;
}

static void bury(struct http_stream *stream)
{
    stream->next = stream->loop->dead;
    stream->loop->dead = stream;
}

static void close_now(struct http_stream *stream)
{
    struct http_loop *loop = stream->loop;
    if (stream->buried)
        return;
    stream->buried = true;
    unlink_stream(stream);
    if (stream->fd >= 0)
        close(stream->fd);
    pthread_mutex_lock(&loop->mutex);
    stream->broken = true;
    bool listed = stream->listed;
    atomic_fetch_sub(&loop->server->queued, stream->unsent);
    pthread_mutex_unlock(&loop->mutex);
    stream->closed(stream->ctx);
    atomic_fetch_sub(&loop->server->streams, 1);
    peer_left(loop->server, &stream->address, stream->limited);
    if (!listed && !stream->taken)
        bury(stream);
}

/* What there is to do for a stream. */
struct due {
    bool bytes, broken, finishing;
};

/* Takes the queue when the last one is sent. */
static struct due due_locked(struct http_stream *stream)
{
    if (stream->sent == stream->out.len) {
        free(stream->out.ptr);
        stream->out = stream->queue;
        stream->queue = (struct bytes){0};
        stream->sent = 0;
    }
    return (struct due){stream->sent < stream->out.len, stream->broken, stream->finishing};
}

static void await_writable(struct http_stream *stream, bool wanted)
{
    if (stream->writable_awaited == wanted)
        return;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | (wanted ? EPOLLOUT : 0u), .data.ptr = stream};
    stream->writable_awaited = wanted;
    epoll_ctl(stream->loop->epoll_fd, EPOLL_CTL_MOD, stream->fd, &event);
}

static struct due took(struct http_stream *stream, size_t n)
{
    stream->sent += n;
    pthread_mutex_lock(&stream->loop->mutex);
    stream->unsent -= n;
    struct due due = due_locked(stream);
    pthread_mutex_unlock(&stream->loop->mutex);
    atomic_fetch_sub(&stream->loop->server->queued, n);
    unlink_stream(stream);
    link_newest(stream);
    return due;
}

static void flush_due(struct http_stream *stream, struct due due)
{
    while (due.bytes && !due.broken) {
        ssize_t n = send(stream->fd, stream->out.ptr + stream->sent, stream->out.len - stream->sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            await_writable(stream, true);
            return;
        }
        if (n <= 0) {
            close_now(stream);
            return;
        }
        due = took(stream, (size_t)n);
    }
    if (due.broken || due.finishing)
        close_now(stream);
    else
        await_writable(stream, false);
}

static void flush(struct http_stream *stream)
{
    pthread_mutex_lock(&stream->loop->mutex);
    struct due due = due_locked(stream);
    pthread_mutex_unlock(&stream->loop->mutex);
    flush_due(stream, due);
}

void stream_adopt(struct exchange *x)
{
    struct http_stream *stream = x->stream;
    struct http_conn *conn = x->conn;
    struct http_loop *loop = conn->loop;
    const int on = 1, most_ms = STUCK_SECONDS * 1000, send_buffer = SEND_BUFFER;
    stream->address = conn->address;
    stream->limited = conn->limited;
    conn->moved = true;
    conn->exchange = NULL;
    x->conn = NULL;
    x->mhd = NULL;
    stream->adopted = true;
    atomic_fetch_add(&loop->server->streams, 1);
    atomic_fetch_add(&loop->server->queued, stream->head_len);
    link_newest(stream);
    stream->fd = fcntl(conn->fd, F_DUPFD_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = stream};
    if (stream->fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, stream->fd, &event) != 0) {
        close_now(stream);
        return;
    }
    setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(stream->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &most_ms, sizeof(most_ms));
    setsockopt(stream->fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof(send_buffer));
    flush(stream);
}

/* The client has nothing more to say: what it says is read away, its leaving is seen at once. */
void stream_event(struct http_stream *stream, uint32_t events)
{
    char away[1024];
    if (stream->buried)
        return;
    if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) {
        close_now(stream);
        return;
    }
    if (events & EPOLLIN) {
        ssize_t n = recv(stream->fd, away, sizeof(away), MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            close_now(stream);
            return;
        }
    }
    if (events & EPOLLOUT)
        flush(stream);
}

void stream_take_woken(struct http_loop *loop)
{
    if (!loop->woken)
        return;
    *loop->flush_end = loop->woken;
    loop->flush_end = loop->woken_end;
    loop->woken = NULL;
    loop->woken_end = &loop->woken;
}

/* Taken under one lock: whoever sends to all of them wants it too. */
#define TAKEN_AT_ONCE 64
struct taken {
    struct http_stream *stream;
    struct due due;
};

static size_t take_some(struct http_loop *loop, struct taken *out, size_t most)
{
    size_t n = 0;
    pthread_mutex_lock(&loop->mutex);
    for (; loop->flush && n < most; n++) {
        struct http_stream *stream = loop->flush;
        loop->flush = stream->listed_next;
        stream->listed = false;
        stream->taken = true;
        out[n] = (struct taken){stream, due_locked(stream)};
    }
    if (!loop->flush)
        loop->flush_end = &loop->flush;
    pthread_mutex_unlock(&loop->mutex);
    return n;
}

bool stream_flush_some(struct http_loop *loop, size_t n)
{
    while (loop->flush && n > 0) {
        struct taken taken[TAKEN_AT_ONCE];
        size_t count = take_some(loop, taken, n < TAKEN_AT_ONCE ? n : TAKEN_AT_ONCE);
        for (size_t i = 0; i < count; i++) {
            struct http_stream *stream = taken[i].stream;
            stream->taken = false;
            if (stream->buried)
                bury(stream); /* nobody lists it again: it is broken */
            else if (stream->adopted)
                flush_due(stream, taken[i].due);
        }
        n -= count;
    }
    return loop->flush != NULL;
}

void stream_sweep(struct http_loop *loop)
{
    for (struct http_stream *stream = loop->oldest, *next; stream; stream = next) {
        next = stream->next;
        int64_t silent = loop->now - stream->wrote;
        if (silent < HEARTBEAT_SECONDS * SECOND_US)
            return;
        if (stream->sent == stream->out.len)
            http_stream_send(stream, heartbeat);
        else if (silent >= STUCK_SECONDS * SECOND_US) {
            atomic_fetch_add(&loop->server->late, 1);
            close_now(stream);
        }
    }
}

void stream_close_all(struct http_loop *loop)
{
    while (loop->oldest)
        close_now(loop->oldest);
}

void stream_bury(struct http_loop *loop)
{
    while (loop->dead) {
        struct http_stream *stream = loop->dead;
        loop->dead = stream->next;
        free(stream->queue.ptr);
        free(stream->out.ptr);
        loop_arena_back(loop, stream->exchange->req.arena);
        free(stream);
    }
}
