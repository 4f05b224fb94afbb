/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP/1.1 server: libmicrohttpd driven by event loops of our own (docs/adr/0003). A handler is called on
 * a loop thread when a request, body included, is complete; it must not block. It answers at once or hands
 * the request to another thread, which answers later: exactly once, with one http_respond… or
 * http_stream_open. The request and its arena are given back after the answer is sent. A request that is
 * still unanswered when the server closes is answered 503 to the client; its late answer is dropped and gives
 * the memory back. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "base/url.h"

struct arena;
struct error;
struct http_server;
struct http_stream;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS, HTTP_OTHER };

struct http_file {
    struct str name;      /* of the form field */
    struct str file_name; /* as the browser said, base name only; never used as a path */
    struct str mime;
    struct str bytes;
};

struct http_request {
    struct arena *arena;
    enum http_method method;
    struct str method_name;
    struct str path;   /* percent-decoded; never contains NUL; starts with '/' */
    struct str query;  /* raw, without '?' */
    struct str body;   /* raw bytes, empty when there is none */
    struct str client; /* address in words; from X-Forwarded-For where the peer is a trusted proxy */
    struct http_server *server;
    void *user; /* the handler's own */
};

typedef void http_handler(struct http_request *req, void *ctx);

struct http_config {
    const char *address; /* "127.0.0.1" */
    uint16_t port;       /* 0: any free one */
    size_t body_max;     /* bytes; a longer body is answered 413 */
    size_t header_max;   /* bytes of one connection's header pool */
    unsigned connections_max;
    unsigned per_client_max; /* connections of one address, 0: no limit */
    unsigned loops;          /* event loop threads, at least 1 */
    int request_seconds;     /* from first byte to complete body, and one more for each 8 KiB of body that came;
                                then the connection is closed */
    int idle_seconds;        /* keep-alive */
    int stay_ms;             /* what stays on the loop (http_may_stay) and takes longer has held it up */
    const char
        *proxies; /* whose X-Forwarded-For is believed: "none", or "loopback", addresses and nets with commas */
};
extern const struct http_config http_config_default;

struct http_server *http_server_open(const struct http_config *config, http_handler *handler, void *ctx,
                                     struct error *e) MUST_USE;
uint16_t http_server_port(const struct http_server *server);
/* Takes no new connections, closes the streams, answers what is in flight; at most for so many seconds. */
void http_server_drain(struct http_server *server, int seconds);
/* Closes all streams and connections and joins the loops. NULL is accepted. */
void http_server_close(struct http_server *server);
struct http_stats {
    uint64_t requests, responses_5xx;
    uint64_t refused; /* connections: too many, of one address or in all */
    uint64_t late;    /* clients that were let go: too slow in sending, or in taking what they asked for */
    uint64_t stayed;  /* answered on the loop's thread after http_may_stay */
    unsigned connections, streams;
};
struct http_stats http_server_stats(const struct http_server *server);

/* In the handler: whether it may take some hundred microseconds on the loop's own thread, because nothing else waits
 * for this loop: no request is with another thread, no stream has bytes to send, and this is the first of its turn. A
 * loop that was held up by what stayed says no for a while. Whoever was told yes may still hand the request on. */
bool http_may_stay(struct http_request *req);

/* What came. Names are case-insensitive for headers, exact elsewhere. Missing: the empty string. Values of
 * the query and of forms are valid UTF-8 without NUL; headers and cookies are as they came. */
struct str http_header(struct http_request *req, const char *name);
struct str http_cookie(struct http_request *req, const char *name);
struct str http_query(struct http_request *req, const char *name);
/* The address as the client called it, query included: a believed proxy says scheme and host (X-Forwarded-Proto,
 * X-Forwarded-Host). */
struct str http_url(struct http_request *req);
/* A field of an urlencoded or multipart body (parsed on first use). */
struct str http_form(struct http_request *req, const char *name);
const struct pairs *http_form_all(struct http_request *req);
/* The n-th uploaded file, or NULL. */
const struct http_file *http_file(struct http_request *req, size_t n);
/* False when the body claims to be a form but cannot be parsed as one. */
bool http_form_ok(struct http_request *req, struct error *e) MUST_USE;

/* The answer. Header values are checked: a CR, LF or NUL in them is a bug. Bodies are copied or kept in
 * req->arena; text is compressed (gzip, libdeflate level 1) when the client takes it and it is worth it. A
 * header that is set again is replaced, but Set-Cookie, Vary, Link and Server-Timing, which are added. */
void http_set_header(struct http_request *req, const char *name, struct str value);
void http_respond(struct http_request *req, int status, struct str content_type, struct str body);
void http_respond_bytes(struct http_request *req, int status, struct str content_type, const void *static_bytes,
                        size_t len, struct str encoding); /* bytes outlive the server; encoding "" or "gzip" */
void http_respond_error(struct http_request *req, const struct error *e); /* JSON, for bare callers */
void http_redirect(struct http_request *req, int status, struct str location);

/* Server-sent events. The request's arena lives until the stream is closed. closed(ctx) runs once, on any
 * thread, after the client left or the stream was closed; the stream must not be used after it. A comment
 * line is sent every 20 s so that dead peers are noticed. Whoever opens a stream on another thread than the
 * handler's holds the lock that closed() takes, until the stream is where closed() will look for it. NULL
 * (and closed() is not called): the server has closed meanwhile. The other two functions accept NULL. */
struct http_stream *http_stream_open(struct http_request *req, void (*closed)(void *ctx), void *ctx);
/* Queues bytes; any thread. False when the client reads too slowly (256 KiB queued) or is gone: the stream is
 * then closing, and the client will come back with Last-Event-ID. */
bool http_stream_send(struct http_stream *stream, struct str bytes);
/* The same bytes to many, under one lock of their loop: some dozens at a time, so that it gets its turn. good[i] is
 * what http_stream_send would have said. */
void http_stream_send_all(struct http_stream *const *streams, size_t n, struct str bytes, bool *good);
void http_stream_close(struct http_stream *stream);
