/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client (libcurl multi on one thread). The two plain types are all that a channel adapter sees.
 *
 * Mail is a call of the same kind. TLS is required; an address of this machine may say ?tls=none.
 *   SEND smtp[s]://host:port          headers user, password or bearer (XOAUTH2), from, to (once or more); the body
 * is the whole message, its lines ending with CRLF. Status and body of the reply are the server's last code and its
 * words. maybe_sent: the text had been begun. FETCH imap[s]://host:port/FOLDER  headers user, password or bearer,
 * after (UID), validity (UIDVALIDITY of after, or empty), since ("21-Nov-2026": where validity is another), most
 * (messages; 0: only sign in and look), size-max (of what is larger only the header is given). Nothing is marked. 200
 * with headers uidvalidity, uidnext, last (the UID up to which all was looked at) and more (1: there is more), and as
 * body for each message "UID BYTES FLAGS\n" and its bytes; flags: S seen, H header only, or -. SEEN
 * imap[s]://host:port/FOLDER  headers as before, validity and uids ("3,5"): marks them as seen. For both: 401 not let
 * in, 404 no such folder, 403 refused, 503 not now. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "base/url.h"

struct arena;
struct error;
struct client;

struct http_call {
    const char *method; /* "POST" */
    struct str url;
    struct pairs headers;
    struct str body;
    int timeout_ms;   /* in all; 0: 10,000 */
    size_t reply_max; /* bytes; 0: 1 MiB */
    /* It says something to a person: libcurl, which repeats a call without a body when a kept connection turns out to
     * be dead, must not say it twice (Kannel sends by GET). Of whoever sends it, no adapter. */
    bool once;
    /* Of whoever sends it, no adapter: asked on the client's thread when the connection stands, right before the
     * first byte. False: nothing leaves, and the reply says so. NULL: yes. */
    bool (*may_begin)(void *begin_ctx);
    void *begin_ctx;
};

struct http_reply {
    int status;           /* 0: no answer came */
    bool maybe_sent;      /* status 0, but the request may have reached the other side */
    struct pairs headers; /* names in lower case */
    struct str body;
    char problem[128]; /* status 0: why, in words, without the URL */
    int64_t at;        /* of HTTP: when it came */
};

struct client *client_open(struct error *e) MUST_USE;
/* Runs answered(ctx, reply) on the client's thread; reply is valid only during the call. call is copied.
 * Redirects are not followed; only http, https and mail; TLS is verified. Any thread. may_begin of an IMAP call is
 * asked on a thread of its own. */
void client_send(struct client *client, const struct http_call *call,
                 void (*answered)(void *ctx, const struct http_reply *reply), void *ctx);
/* The same, waiting; the reply's strings are copied into a. */
void client_call(struct client *client, struct arena *a, const struct http_call *call, struct http_reply *reply);
/* The program is ending: two seconds from now every call under way, and every later one, is answered as cancelled.
 * Any thread. */
void client_cancel(struct client *client);
/* The same, then waits for the last answer and closes. NULL is accepted. */
void client_close(struct client *client);
