/* SPDX-License-Identifier: Apache-2.0 */
/* web/ speaks HTTP with colleagues, customers, networks and programs. A handler reads or commands through care/ and
 * store/, builds one JSON value and lets the view answer. main.c builds the app once; it is passed, never global. */
#pragma once

#include "base/compiler.h"
#include "base/error.h"
#include "net/http.h"

struct feed;
struct house;
struct pool;
struct presence;
struct ratelimit;

struct app {
    struct house *house;
    struct http_server *server;
    struct pool *workers;
    struct feed *feed;
    struct presence *presence;
    struct ratelimit *addresses; /* sign-ins by address: an office has one */
    struct ratelimit *sign_ins;  /* by address and name */
    struct ratelimit *api_calls; /* by token or session */
    bool demo;
    bool draining;
    struct str public_url; /* scheme and host as networks reach us, "" when not configured */
    /* Demo only: the phone answers what lies under /play. */
    bool (*play)(void *play_ctx, struct http_request *req);
    void *play_ctx;
    /* Wakes the outbox after a reply was queued. */
    void (*wake_outbox)(void *ctx);
    /* Asks the channels that are due for an answer at once (may be NULL). */
    void (*wake_probe)(void *ctx);
    void *wake_ctx; /* of both */
    int64_t started_at;
    _Atomic int64_t backup_at, backup_failed_at; /* of the scheduled backups, as last read; 0: none */
};

/* The http_handler of the server: ctx is the struct app. */
void web_handle(struct http_request *req, void *ctx);
