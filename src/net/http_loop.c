/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: one epoll over libmicrohttpd's own epoll descriptor, our eventfd and the sockets of
 * streams. MHD_run never waits, so its hang at exactly 128·k ready sockets cannot happen (docs/adr/0003). */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "net/http_internal.h"

#define EVENTS_A_TURN  128
#define FLUSHES_A_TURN 256 /* so that a broadcast does not keep requests waiting */
#define SWEEP_MS       1000
#define STOP_SECONDS   1   /* for the last answers */
#define STAY_REST      100 /* for so many times as long as a long stay everything is handed on */

static int wait_ms(struct http_loop *loop)
{
    MHD_UNSIGNED_LONG_LONG wanted = 0;
    bool bounded = MHD_get_timeout(loop->daemon, &wanted) == MHD_YES;
    if (loop->flush || loop->again)
        return 0;
    int most = loop->conns || loop->oldest || loop->mode == LOOP_STOP ? SWEEP_MS : -1;
    if (loop->mode == LOOP_STOP)
        most = SWEEP_MS / 20;
    if (!bounded)
        return most;
    return most >= 0 && wanted > (unsigned)most ? most : wanted > INT32_MAX ? INT32_MAX : (int)wanted;
}

/* What other threads left: answers and words for streams. */
static void take_woken(struct http_loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    struct exchange *answered = loop->answered;
    loop->answered = NULL;
    loop->wake_sent = false;
    stream_take_woken(loop);
    pthread_mutex_unlock(&loop->mutex);
    while (answered) {
        struct exchange *next = answered->next;
        MHD_resume_connection(answered->mhd);
        loop->away--;
        answered = next;
    }
}

static void dispatch(struct http_loop *loop, const struct epoll_event *events, int n)
{
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == loop) {
            uint64_t count;
            ssize_t got = read(loop->wake_fd, &count, sizeof(count));
            (void)got; /* empty: another turn took it */
        } else if (events[i].data.ptr != loop->daemon) {
            stream_event(events[i].data.ptr, events[i].events);
        }
    }
}

static void change_mode(struct http_loop *loop)
{
    enum loop_mode asked = (enum loop_mode)atomic_load(&loop->asked);
    if (loop->mode == LOOP_RUN && asked != LOOP_RUN) {
        MHD_socket fd = MHD_quiesce_daemon(loop->daemon);
        if (fd != MHD_INVALID_SOCKET)
            close(fd);
        conn_close_idle(loop);
    }
    if (loop->mode != LOOP_STOP && asked == LOOP_STOP)
        loop->stop_by = loop->now + STOP_SECONDS * SECOND_US;
    loop->mode = asked;
    if (loop->mode != LOOP_RUN)
        stream_close_all(loop);
}

/* Nothing more can come from other threads once every exchange and stream is gone. */
static bool nothing_left(struct http_loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    bool nothing = !loop->flush && !loop->woken && !loop->answered;
    pthread_mutex_unlock(&loop->mutex);
    return nothing;
}

/* One turn; false when the loop has come to its end. */
static bool turn(struct http_loop *loop)
{
    struct epoll_event events[EVENTS_A_TURN];
    int n = epoll_wait(loop->epoll_fd, events, EVENTS_A_TURN, wait_ms(loop));
    assert(n >= 0 || errno == EINTR);
    loop->now = clock_monotonic();
    loop->again = loop->stayed = false;
    dispatch(loop, events, n);
    take_woken(loop);
    MHD_run(loop->daemon);
    change_mode(loop);
    stream_flush_some(loop, FLUSHES_A_TURN);
    if (loop->now - loop->swept >= SWEEP_MS * (SECOND_US / 1000)) {
        loop->swept = loop->now;
        conn_sweep(loop);
        stream_sweep(loop);
    }
    bool quiet = loop->mode == LOOP_STOP && conn_abandon(loop) && nothing_left(loop);
    stream_bury(loop);
    return !quiet;
}

static void *loop_main(void *ctx)
{
    struct http_loop *loop = ctx;
    while (turn(loop))
        ;
    MHD_stop_daemon(loop->daemon);
    assert(!loop->conns && !loop->oldest);
    return NULL;
}

static bool watch(struct http_loop *loop, int fd, void *ptr)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = ptr};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void loop_done(struct http_loop *loop)
{
    while (loop->arena_count > 0)
        arena_free(loop->arenas[--loop->arena_count]);
    pthread_mutex_lock(&loop->mutex); /* whoever woke us last may still hold it */
    pthread_mutex_unlock(&loop->mutex);
    pthread_mutex_destroy(&loop->mutex);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
}

/* The thread takes no signals: they are the main thread's. */
static bool start_thread(struct http_loop *loop)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&loop->thread, NULL, loop_main, loop) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        (void)pthread_setname_np(loop->thread, "http");
    return started;
}

static bool start_daemon(struct http_loop *loop, int listen_fd)
{
    int own = fcntl(listen_fd, F_DUPFD_CLOEXEC, 0); /* libmicrohttpd closes it */
    if (own < 0)
        return false;
    loop->daemon = conn_daemon(loop, own);
    if (loop->daemon)
        return true;
    close(own);
    return false;
}

bool loop_open(struct http_loop *loop, struct http_server *server, int listen_fd, struct error *e)
{
    loop->server = server;
    loop->flush_end = &loop->flush;
    loop->woken_end = &loop->woken;
    loop->swept = loop->now = clock_monotonic();
    pthread_mutex_init(&loop->mutex, NULL);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd >= 0 && loop->wake_fd >= 0 && start_daemon(loop, listen_fd)) {
        const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        if (info && watch(loop, info->epoll_fd, loop->daemon) && watch(loop, loop->wake_fd, loop) &&
            start_thread(loop))
            return true;
        MHD_stop_daemon(loop->daemon);
    }
    loop_done(loop);
    return fail(e, ERR_UNAVAILABLE, "Cannot start an HTTP loop: %s", strerror(errno));
}

void loop_ask(struct http_loop *loop, enum loop_mode mode)
{
    pthread_mutex_lock(&loop->mutex);
    atomic_store(&loop->asked, mode);
    loop_wake_locked(loop);
    pthread_mutex_unlock(&loop->mutex);
}

void loop_close(struct http_loop *loop)
{
    pthread_join(loop->thread, NULL);
    loop_done(loop);
}

void loop_wake_locked(struct http_loop *loop)
{
    if (loop->wake_sent)
        return;
    const uint64_t one = 1;
    ssize_t put = write(loop->wake_fd, &one, sizeof(one));
    assert(put == (ssize_t)sizeof(one));
    loop->wake_sent = true;
}

void loop_answered(struct http_loop *loop, struct exchange *x)
{
    pthread_mutex_lock(&loop->mutex);
    x->next = loop->answered;
    loop->answered = x;
    loop_wake_locked(loop);
    pthread_mutex_unlock(&loop->mutex);
}

bool http_may_stay(struct http_request *req)
{
    struct http_loop *loop = exchange_of(req)->loop;
    if (loop->stayed || loop->away || loop->flush || loop->mode != LOOP_RUN || loop->now < loop->stay_from)
        return false;
    loop->stayed = true;
    loop->stay_began = clock_monotonic();
    return true;
}

void loop_stayed(struct http_loop *loop, bool answered)
{
    if (!loop->stay_began)
        return;
    int64_t now = clock_monotonic(), took = now - loop->stay_began;
    if (took > loop->server->config.stay_ms * (SECOND_US / 1000))
        loop->stay_from = now + took * STAY_REST;
    loop->stay_began = 0;
    if (answered)
        atomic_fetch_add(&loop->server->stayed, 1);
}

struct arena *loop_arena(struct http_loop *loop)
{
    return loop->arena_count > 0 ? loop->arenas[--loop->arena_count] : arena_new();
}

void loop_arena_back(struct http_loop *loop, struct arena *a)
{
    if (loop->arena_count == LOOP_ARENAS_MAX) {
        arena_free(a);
        return;
    }
    arena_reset(a);
    loop->arenas[loop->arena_count++] = a;
}
