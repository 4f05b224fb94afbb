/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd's callbacks: a connection comes, a request is read, handled, answered, and goes. Also the
 * deadlines that libmicrohttpd does not know: it only times a silent client, not one that drips. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "net/http_internal.h"

#define HEAD_TOO_LARGE  "The headers and cookies of the request are too many or too long."
#define TARGET_TOO_LONG "The address is too long."

void conn_wait(struct http_conn *conn, enum conn_phase phase, int seconds)
{
    conn->phase = phase;
    conn->sweeps = 0;
    conn->since = conn->loop->now;
    conn->deadline = seconds > 0 ? conn->loop->now + seconds * SECOND_US : 0;
}

/* The connection's exchange is over, whether it was answered or not. */
static void exchange_done(struct http_conn *conn)
{
    struct exchange *x = conn->exchange;
    if (!x->handled)
        body_came(x);
    if (x->stream)
        stream_adopt(x); /* the client left before it opened: it will see that */
    if (conn->exchange)
        loop_arena_back(conn->loop, x->req.arena);
    conn->exchange = NULL;
}

static enum MHD_Result on_accept(void *ctx, const struct sockaddr *address, socklen_t len)
{
    struct http_loop *loop = ctx;
    struct in6_addr peer = peer_address(len > 0 ? address : NULL);
    if (peer_may_come(loop->server, &peer))
        return MHD_YES;
    atomic_fetch_add(&loop->server->refused, 1);
    return MHD_NO;
}

static void conn_open(struct http_loop *loop, struct MHD_Connection *mhd, void **socket_ctx)
{
    struct http_conn *conn = calloc(1, sizeof(*conn));
    if (!conn)
        abort();
    conn->loop = loop;
    conn->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    conn->address = peer_address(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    peer_words(&conn->address, conn->words);
    conn->limited = peer_came(loop->server, &conn->address);
    conn_wait(conn, CONN_READING, loop->server->config.request_seconds);
    conn->next = loop->conns;
    if (conn->next)
        conn->next->prev = conn;
    loop->conns = conn;
    *socket_ctx = conn;
}

/* Writes an error past libmicrohttpd, as the last of the connection. */
static bool say_last(const struct http_conn *conn, struct arena *a, int status, const struct error *e)
{
    struct str words = answer_error_body(a, e);
    struct str date = http_date(a);
    struct str whole = str_format(a,
                                  "HTTP/1.1 %d %s\r\nDate: %.*s\r\nContent-Type: application/json\r\n"
                                  "Content-Length: %zu\r\n%sConnection: close\r\n\r\n%.*s",
                                  status, status_words(status), STR_ARGS(date), words.len,
                                  status == 503 ? "Retry-After: 10\r\n" : "", STR_ARGS(words));
    if (send(conn->fd, whole.ptr, whole.len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)whole.len)
        return false;
    shutdown(conn->fd, SHUT_WR);
    return true;
}

static bool says_close(const struct exchange *x)
{
    struct str asked = header_get(x, "Connection");
    return x->old_http || answer_find_header(x, "Connection") || x->loop->mode != LOOP_RUN ||
           (asked.len > 0 && !str_eq_nocase(asked, STR("keep-alive")));
}

/* libmicrohttpd closes without a word where a request line is none, or where what stands in a head, cookies
 * above all, does not fit into its pool. Whoever sent that, and still listens, is told: when nothing was
 * written since the last answer, and it is not that time has passed. */
static void last_word(struct http_conn *conn)
{
    struct http_loop *loop = conn->loop;
    uint64_t written;
    bool between = conn->phase == CONN_IDLE || conn->phase == CONN_READING;
    bool timed_out = clock_monotonic() - conn->since >= loop->server->config.idle_seconds * SECOND_US;
    if (conn->moved || conn->parting || !between || timed_out || loop->mode == LOOP_STOP)
        return;
    if (!peer_written(conn->fd, &written) || written != conn->written)
        return;
    struct error e;
    struct arena *a = loop_arena(loop);
    if (conn->overfull)
        fail(&e, ERR_TOO_LARGE, "%s", HEAD_TOO_LARGE);
    else
        fail(&e, ERR_MALFORMED, "This is no request.");
    if (say_last(conn, a, conn->overfull ? 431 : 400, &e)) {
        /* Closing with unread bytes would reset the connection, and the words might never arrive. */
        char away[4096];
        for (int i = 0; i < 64 && recv(conn->fd, away, sizeof(away), MSG_DONTWAIT) > 0; i++)
            ;
    }
    loop_arena_back(loop, a);
}

static void conn_done(struct http_conn *conn)
{
    if (conn->exchange) { /* libmicrohttpd forgets to say that it gave up, when it does so twice */
        conn->overfull = !conn->exchange->begun;
        exchange_done(conn);
    }
    last_word(conn);
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        conn->loop->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    if (!conn->moved)
        peer_left(conn->loop->server, &conn->address, conn->limited);
    free(conn);
}

static void on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_ctx,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        conn_open(ctx, mhd, socket_ctx);
    else if (*socket_ctx)
        conn_done(*socket_ctx);
}

/* libmicrohttpd would note each pair of the query in the connection's pool, and where they do not fit it loses
 * its way: the client waits for ever. The query is read from our copy of the target, so it is shown none: it
 * calls us before it takes the target, which lies in its own buffer, apart. */
static void hide_query(const char *target)
{
    char *mark = strchr((char *)(uintptr_t)target, '?');
    if (mark && mark[1])
        mark[1] = '\0';
}

/* A request line has been read: the exchange begins. */
static void *on_target(void *ctx, const char *target, struct MHD_Connection *mhd)
{
    struct http_loop *loop = ctx;
    struct http_conn *conn = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct arena *a = loop_arena(loop);
    struct exchange *x = ARENA_NEW(a, struct exchange);
    x->req.arena = a;
    x->req.server = loop->server;
    x->loop = loop;
    x->conn = conn;
    x->mhd = mhd;
    x->answer.headers_end = &x->answer.headers;
    x->target = arena_copy(a, target, strlen(target));
    hide_query(target);
    conn->exchange = x;
    int64_t before = conn->deadline;
    conn_wait(conn, CONN_READING, loop->server->config.request_seconds);
    if (before != 0 && before < conn->deadline)
        conn->deadline = before;
    return x;
}

static enum MHD_Result answer_now(struct exchange *x)
{
    atomic_store(&x->state, EXCHANGE_ANSWERED);
    conn_wait(x->conn, CONN_ANSWERING, ANSWER_SECONDS + (int)(x->answer.len / ANSWER_BYTES_A_SEC));
    return answer_queue(x);
}

/* libmicrohttpd cannot answer in the middle of a body. The rest of the body is read away for a while: closing
 * with unread bytes would reset the connection, and the refusal might never arrive. */
static enum MHD_Result refuse_past(struct exchange *x, int status, const struct error *e)
{
    if (!say_last(x->conn, x->req.arena, status, e))
        return MHD_NO;
    conn_wait(x->conn, CONN_LINGERING, LINGER_SECONDS);
    return MHD_YES;
}

static enum MHD_Result refuse_body(struct exchange *x, const struct error *e)
{
    return refuse_past(x, error_http_status(e->code), e);
}

/* Before the body is read. */
static enum MHD_Result refuse(struct exchange *x, const struct error *e)
{
    bool body_coming = header_get(x, "Content-Length").len > 0 || header_get(x, "Transfer-Encoding").len > 0;
    if (body_coming && header_get(x, "Expect").len == 0)
        return refuse_body(x, e);
    http_set_header(&x->req, "Connection", STR("close"));
    http_respond_error(&x->req, e);
    return answer_now(x);
}

static enum MHD_Result begin(struct exchange *x, const char *method, const char *version)
{
    struct error e = {0};
    size_t most = x->req.server->config.body_max;
    x->begun = true;
    bool read = request_read(x, method, version, &e);
    int overfull = request_head_status(x);
    if (overfull) {
        fail(&e, ERR_TOO_LARGE, "%s", overfull == 414 ? TARGET_TOO_LONG : HEAD_TOO_LARGE);
        return refuse_past(x, overfull, &e);
    }
    if (!read)
        return refuse(x, &e);
    if (x->stated < 0 || (uint64_t)x->stated <= most)
        return MHD_YES;
    fail(&e, ERR_TOO_LARGE, "At most %zu bytes are taken.", most);
    return refuse(x, &e);
}

static enum MHD_Result take_body(struct exchange *x, const char *data, size_t *len)
{
    struct error e;
    size_t n = *len;
    *len = 0;
    if (x->conn->phase == CONN_LINGERING)
        return MHD_YES;
    if (!body_add(x, data, n, &e))
        return refuse_body(x, &e);
    x->conn->deadline += (int64_t)n * SECOND_US / BODY_BYTES_A_SEC;
    return MHD_YES;
}

/* The server closed before an answer came. The exchange belongs to whoever answers late. */
static enum MHD_Result answer_orphan(struct http_conn *conn, struct MHD_Connection *mhd)
{
    static char words[] = "{\"error\":{\"code\":\"unavailable\",\"message\":\"The server is closing.\"}}";
    conn_wait(conn, CONN_ANSWERING, ANSWER_SECONDS);
    struct MHD_Response *response = MHD_create_response_from_buffer(sizeof(words) - 1, words, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result queued = MHD_queue_response(mhd, 503, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result finish(struct exchange *x)
{
    if (!x->stream)
        return answer_now(x);
    stream_adopt(x);
    return MHD_NO; /* libmicrohttpd forgets the socket, the stream has its own copy */
}

/* The answer may come from another thread at any moment, also before the connection is suspended. */
static enum MHD_Result handle(struct exchange *x)
{
    struct http_server *server = x->req.server;
    x->handled = true;
    body_came(x);
    x->req.body = (struct str){x->body, x->body_len};
    conn_wait(x->conn, CONN_HANDLING, 0);
    atomic_fetch_add(&server->requests, 1);
    server->handler(&x->req, server->ctx);
    bool answered = atomic_load(&x->state) == EXCHANGE_ANSWERED;
    loop_stayed(x->loop, answered);
    if (answered)
        return finish(x);
    MHD_suspend_connection(x->mhd);
    int open = EXCHANGE_OPEN;
    if (!atomic_compare_exchange_strong(&x->state, &open, EXCHANGE_WAITING)) {
        MHD_resume_connection(x->mhd);
        x->loop->again = true;
    } else {
        x->loop->away++;
    }
    return MHD_YES;
}

static enum MHD_Result on_access(void *server, struct MHD_Connection *mhd, const char *url, const char *method,
                                 const char *version, const char *data, size_t *len, void **ctx)
{
    struct http_conn *conn = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct exchange *x = conn->exchange;
    (void)server, (void)url, (void)ctx;
    if (!x)
        return answer_orphan(conn, mhd);
    if (!x->begun)
        return begin(x, method, version);
    if (*len > 0)
        return take_body(x, data, len);
    if (conn->phase == CONN_LINGERING)
        return MHD_NO;
    return x->handled ? finish(x) : handle(x);
}

static void on_completed(void *ctx, struct MHD_Connection *mhd, void **request_ctx,
                         enum MHD_RequestTerminationCode why)
{
    struct http_loop *loop = ctx;
    const struct http_config *config = &loop->server->config;
    struct http_conn *conn = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    (void)request_ctx, (void)why;
    conn->overfull = conn->exchange && !conn->exchange->begun;
    conn->parting = !conn->exchange || (!conn->overfull && says_close(conn->exchange));
    if (conn->exchange)
        exchange_done(conn);
    if (conn->moved)
        return;
    /* A silent client is closed after idle_seconds by libmicrohttpd, one that drips its next request by us.
     */
    if (!conn->overfull)
        (void)peer_written(conn->fd, &conn->written);
    conn_wait(conn, CONN_IDLE, config->idle_seconds + config->request_seconds);
    if (loop->mode != LOOP_RUN)
        shutdown(conn->fd, SHUT_RDWR);
}

/* Targets are decoded by target_split, which also sees what is wrong with them. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *mhd, char *s)
{
    (void)ctx, (void)mhd;
    return strlen(s);
}

struct MHD_Daemon *conn_daemon(struct http_loop *loop, int listen_fd)
{
    const struct http_config *config = &loop->server->config;
    /* MHD_USE_TURBO: without it a closed connection is also shut down, and streams would lose their sockets.
     */
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_TURBO, 0, on_accept, loop, on_access, loop,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listen_fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT, config->header_max,
        MHD_OPTION_CONNECTION_LIMIT, config->connections_max + 64, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)config->idle_seconds, MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        loop, MHD_OPTION_NOTIFY_CONNECTION, on_connection, loop, MHD_OPTION_URI_LOG_CALLBACK, on_target, loop,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_END);
}

void conn_close_idle(struct http_loop *loop)
{
    for (struct http_conn *conn = loop->conns; conn; conn = conn->next) {
        if (conn->phase == CONN_IDLE)
            shutdown(conn->fd, SHUT_RDWR);
        else if (conn->phase == CONN_READING && !conn->exchange)
            conn_wait(conn, CONN_READING, 1);
    }
}

/* libmicrohttpd takes a short read for the end of what there is, and so misses that the client stopped
 * writing when that came together with its last bytes. One look, a second later, finds it. */
static bool stopped_writing(struct http_conn *conn)
{
    char byte;
    bool waiting = conn->phase == CONN_IDLE || conn->phase == CONN_READING;
    if (!waiting || conn->sweeps > 1 || conn->sweeps++ == 0)
        return false;
    return recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void conn_sweep(struct http_loop *loop)
{
    for (struct http_conn *conn = loop->conns; conn; conn = conn->next) {
        bool late = conn->deadline != 0 && loop->now >= conn->deadline;
        if (late && conn->phase != CONN_IDLE && conn->phase != CONN_LINGERING && !conn->late) {
            conn->late = true; /* it may take a turn until it is gone */
            atomic_fetch_add(&loop->server->late, 1);
        }
        if (late || stopped_writing(conn))
            shutdown(conn->fd, SHUT_RDWR);
    }
}

static void orphan(struct http_conn *conn)
{
    struct exchange *x = conn->exchange;
    struct MHD_Connection *mhd = x->mhd;
    int waiting = EXCHANGE_WAITING;
    if (!atomic_compare_exchange_strong(&x->state, &waiting, EXCHANGE_ORPHAN))
        return;
    conn->exchange = NULL; /* whoever answers late frees it */
    conn->loop->away--;
    MHD_resume_connection(mhd);
}

bool conn_abandon(struct http_loop *loop)
{
    bool quiet = true;
    for (struct http_conn *conn = loop->conns; conn; conn = conn->next) {
        if (conn->phase == CONN_HANDLING && conn->exchange)
            orphan(conn);
        if (conn->phase == CONN_HANDLING || (conn->phase == CONN_ANSWERING && loop->now < loop->stop_by))
            quiet = false;
    }
    return quiet;
}
