/* SPDX-License-Identifier: Apache-2.0 */
/* E-mail for the client: what it sends by SMTP and asks by IMAP looks like any other call (client.h). */
#pragma once

#include <curl/curl.h>

#include "base/buf.h"
#include "net/client.h"

#define MAIL_PROBLEM_MAX 128

/* ---- addresses ---- */

bool mail_is_smtp(struct str url); /* smtp:// or smtps:// */
bool mail_is_imap(struct str url); /* imap:// or imaps:// */

struct mail_url {
    const char *server; /* "imap://host:port/" */
    struct str path;    /* decoded, without the slash in front */
    bool bare;          /* ?tls=none, to this machine: no TLS is asked for */
};
/* False with words in problem: no such address, or no TLS over a network. */
bool mail_url_read(struct arena *a, struct str url, struct mail_url *out, char problem[MAIL_PROBLEM_MAX]);
/* What becomes part of a command holds no control characters. */
bool mail_headers_clean(const struct pairs *headers);

/* ---- SMTP, by libcurl ---- */

struct smtp {
    struct mail_url to;
    const char *user, *password, *bearer, *from, *greeting;
    struct curl_slist *people;
    struct buf words; /* the server's last reply, its lines joined */
    int code;
    bool whole; /* the next line begins another reply */
    char problem[MAIL_PROBLEM_MAX];
};
/* problem says why nothing can be sent, where that is so. */
void smtp_begin(struct smtp *smtp, struct arena *a, const struct http_call *call);
void smtp_end(struct smtp *smtp);
void smtp_set_up(const struct smtp *smtp, CURL *easy);
void smtp_line(struct smtp *smtp, struct str line);
/* False: no answer came. */
bool smtp_answer(struct smtp *smtp, CURLcode code, struct http_reply *reply);

/* ---- IMAP: what is said, over any wire ---- */

struct imap_wire {
    void *ctx;
    bool (*send)(void *ctx, struct str bytes);
    /* How many bytes came; 0 or less: none will. */
    ptrdiff_t (*recv)(void *ctx, char *out, size_t room);
};
/* After signing in. Fills reply; status 0 with a problem when the server could not be understood. */
void imap_talk(struct arena *a, const struct imap_wire *wire, const struct http_call *call, struct str folder,
               struct http_reply *reply);

/* ---- IMAP: its connection ---- */

struct imap_call {
    struct imap_call *next;
    struct arena *arena;
    struct http_call call;
    void (*answered)(void *ctx, const struct http_reply *reply);
    void *ctx;
    struct http_reply reply;
    const _Atomic(int64_t) *cancel_at;                      /* clock_monotonic; 0: not cancelled */
    void (*landed)(void *land_ctx, struct imap_call *call); /* on the call's own thread, as its last deed */
    void *land_ctx;
};
struct imap_call *imap_call_new(const struct http_call *call, void (*answered)(void *, const struct http_reply *),
                                void *ctx);
/* Starts its thread. */
void imap_call_start(struct imap_call *call);
