/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the HTTP server, shared by the http_*.c files. A loop is a thread with one libmicrohttpd
 * daemon; a conn is a TCP connection; an exchange is one request and its answer; a stream has taken its
 * socket over from libmicrohttpd. Everything belongs to its loop's thread but what is marked as shared. */
#pragma once

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "net/form.h"
#include "net/http.h"

#define LOOP_ARENAS_MAX    64                  /* kept for the next requests */
#define STREAM_QUEUE_MAX   (256 << 10)         /* bytes */
#define STREAMS_QUEUED_MAX ((size_t)128 << 20) /* above, a stream may queue no more than … */
#define STREAM_QUEUE_SMALL (16 << 10)
#define BODIES_MAX         ((size_t)512 << 20) /* bytes of large bodies on their way, together */
#define BODY_BYTES_A_SEC   8192                /* an upload this fast meets no deadline */
#define ANSWER_SECONDS     60                  /* to take an answer, and a second more for each … */
#define ANSWER_BYTES_A_SEC 8192
#define LINGER_SECONDS     2 /* for a refused body to be read away, so that the refusal arrives */

struct http_conn;
struct exchange;

enum loop_mode { LOOP_RUN, LOOP_DRAIN, LOOP_STOP };

struct http_loop {
    struct http_server *server;
    pthread_t thread;
    struct MHD_Daemon *daemon;
    int listen_fd, epoll_fd, wake_fd;
    atomic_int asked;    /* enum loop_mode, shared */
    enum loop_mode mode; /* what the loop has come to */
    int64_t now;         /* monotonic, once a turn */
    int64_t swept, stop_by;
    struct http_conn *conns;
    unsigned away;      /* exchanges that are with other threads */
    bool stayed;        /* a request of this turn did */
    int64_t stay_began; /* 0: the handler was not told that it may */
    int64_t stay_from;  /* before, none may */
    struct arena *arenas[LOOP_ARENAS_MAX];
    size_t arena_count;
    struct http_stream *oldest, *newest; /* open streams, by their last write */
    struct http_stream *flush, **flush_end;
    struct http_stream *dead; /* closed in this turn */
    pthread_mutex_t mutex;    /* of what follows, shared; also of all streams' queues */
    struct exchange *answered;
    struct http_stream *woken, **woken_end;
    bool wake_sent;
    bool again; /* something was resumed in this turn: libmicrohttpd wants one more, and wakes nobody for it */
};

/* Connections of one address. */
struct peer_count {
    struct peer_count *next;
    struct in6_addr address;
    unsigned count;
};
#define PEER_BUCKETS 1024

/* Addresses of which the first so many bits are these. */
struct proxy_net {
    struct in6_addr address;
    unsigned bits;
};
#define PROXIES_MAX 64

struct http_server {
    struct http_config config;
    http_handler *handler;
    void *ctx;
    uint16_t port;
    unsigned loop_count;
    struct http_loop *loops;
    pthread_mutex_t mutex; /* of peers and quiet */
    pthread_cond_t quiet;  /* a connection was closed */
    struct peer_count *peers[PEER_BUCKETS];
    struct proxy_net proxies[PROXIES_MAX]; /* as loopback, where that is set: believed about who is behind them */
    size_t proxy_count;
    bool proxy_loopback;
    atomic_uint connections, streams; /* connections: streams included */
    atomic_uint_fast64_t requests, responses_5xx, refused, late, stayed;
    atomic_size_t bodies, queued; /* bytes: large bodies, and what streams have still to send */
};

/* What a connection is waiting for. */
enum conn_phase {
    CONN_IDLE,      /* the next request */
    CONN_READING,   /* the rest of a request */
    CONN_HANDLING,  /* our own answer: no deadline */
    CONN_ANSWERING, /* the client, to take the answer */
    CONN_LINGERING  /* a refused body */
};

struct http_conn {
    struct http_loop *loop;
    struct http_conn *prev, *next;
    struct exchange *exchange;
    enum conn_phase phase;
    int fd;
    int64_t deadline; /* then the socket is shut down */
    int64_t since;    /* when the phase began */
    uint64_t written; /* bytes, when the last answer was complete */
    struct in6_addr address;
    char words[INET6_ADDRSTRLEN]; /* the address */
    unsigned sweeps;              /* seen in this phase */
    bool limited;                 /* counted for its address */
    bool late;                    /* counted as such */
    bool parting;                 /* the last answer said that it closes */
    bool overfull;                /* libmicrohttpd could not keep what its last request's head holds */
    bool moved;                   /* the socket belongs to a stream now */
};

/* Who has the exchange. */
enum exchange_state {
    EXCHANGE_OPEN,     /* the handler runs */
    EXCHANGE_WAITING,  /* suspended until somebody answers */
    EXCHANGE_ANSWERED, /* back to the loop */
    EXCHANGE_ORPHAN    /* the server closed: the late answer frees it */
};

struct header {
    struct header *next;
    const char *name, *value;
};

struct answer {
    int status;
    const char *bytes;
    size_t len;
    struct header *headers, **headers_end;
};

struct exchange {
    struct http_request req; /* first: the two are cast into each other */
    struct exchange *next;   /* in the loop's list of answered ones */
    struct http_loop *loop;
    struct http_conn *conn; /* of the loop's thread, as mhd */
    struct MHD_Connection *mhd;
    atomic_int state; /* enum exchange_state, shared */
    bool begun, handled, old_http;
    char *target; /* as it came */
    struct pairs headers;
    int64_t stated; /* Content-Length; -1: none */
    char *body;
    size_t body_len, body_cap;
    bool body_on_heap;
    struct pairs query, cookies;
    bool query_read, cookies_read, form_read, form_good;
    struct form form;
    struct error form_error;
    struct answer answer;
    struct http_stream *stream;
};

static inline struct exchange *exchange_of(struct http_request *req)
{
    return (struct exchange *)(void *)req;
}

/* http_loop.c */
bool loop_open(struct http_loop *loop, struct http_server *server, int listen_fd, struct error *e) MUST_USE;
void loop_ask(struct http_loop *loop, enum loop_mode mode); /* any thread */
void loop_close(struct http_loop *loop);                    /* after LOOP_STOP: joins */
/* Hands an answered exchange back, from any thread. */
void loop_answered(struct http_loop *loop, struct exchange *x);
/* Writes the loop's eventfd once a turn; the mutex is held. */
void loop_wake_locked(struct http_loop *loop);
/* The handler is done, or has handed the request on: was it told that it may stay, and how long did it? */
void loop_stayed(struct http_loop *loop, bool answered);
struct arena *loop_arena(struct http_loop *loop);
void loop_arena_back(struct http_loop *loop, struct arena *a);

/* http_conn.c */
struct MHD_Daemon *conn_daemon(struct http_loop *loop, int listen_fd);
void conn_wait(struct http_conn *conn, enum conn_phase phase, int seconds);
void conn_close_idle(struct http_loop *loop);
void conn_sweep(struct http_loop *loop);
/* Gives up every unanswered exchange; true when no answer is on its way any more. */
bool conn_abandon(struct http_loop *loop);

/* http_peer.c: how many connections one address has. */
struct in6_addr peer_address(const struct sockaddr *address);
bool peer_is_loopback(const struct in6_addr *address);
/* How many bytes were ever written to the socket; false: nobody is there to read more, or it cannot be known. */
bool peer_written(int fd, uint64_t *out);
void peer_words(const struct in6_addr *address, char out[INET6_ADDRSTRLEN]);
bool peer_may_come(struct http_server *server, const struct in6_addr *address);
bool peer_came(struct http_server *server, const struct in6_addr *address); /* true: counted, so must leave */
void peer_left(struct http_server *server, const struct in6_addr *address, bool counted);

/* http_proxy.c */
bool proxies_parse(struct http_server *server, const char *text, struct error *e) MUST_USE;
bool proxy_is(const struct http_server *server, const struct in6_addr *address);
/* The client's address in words, behind the proxies that are believed. */
struct str proxy_client(const struct exchange *x);

/* http_request.c */
/* Reads what libmicrohttpd knows of the request into the exchange; false: answer 400. */
bool request_read(struct exchange *x, const char *method, const char *version, struct error *e) MUST_USE;
/* 0, or the status of the refusal where the request's head leaves no room for that of an answer. */
int request_head_status(const struct exchange *x);
struct str header_get(const struct exchange *x, const char *name);
bool body_add(struct exchange *x, const char *data, size_t len, struct error *e) MUST_USE;
/* Once, when no more will be added: its memory is no longer counted as that of an upload. */
void body_came(struct exchange *x);
/* target, percent-decoded, into path and query; false when it is not a path of ours. */
bool target_split(struct arena *a, struct str target, struct str *path, struct str *query) MUST_USE;
bool accepts_gzip(struct str accept_encoding);

/* http_answer.c */
void answer_add_header(struct exchange *x, const char *name, struct str value);
const char *answer_find_header(const struct exchange *x, const char *name);
/* Gives the exchange back to its loop after the answer is filled. False: the server has closed, it is freed.
 */
bool answer_give(struct exchange *x);
/* Loop thread: hands the answer to libmicrohttpd. */
enum MHD_Result answer_queue(struct exchange *x);
struct str answer_error_body(struct arena *a, const struct error *e);
const char *status_words(int status);
struct str http_date(struct arena *a);

/* http_stream.c, all on the loop thread */
/* Takes the socket of the stream's exchange over from libmicrohttpd. */
void stream_adopt(struct exchange *x);
void stream_event(struct http_stream *stream, uint32_t events);
void stream_take_woken(struct http_loop *loop); /* the mutex is held */
/* Sends what is queued to at most n streams; true when there are more. */
bool stream_flush_some(struct http_loop *loop, size_t n);
void stream_sweep(struct http_loop *loop);
void stream_close_all(struct http_loop *loop);
void stream_bury(struct http_loop *loop);
