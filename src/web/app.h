/* SPDX-License-Identifier: Apache-2.0 */
/* web/ speaks HTTP with colleagues, customers, networks and programs. A handler reads or commands through care/ and
 * store/, builds one JSON value and lets the view answer. main.c builds the app once; it is passed, never global. */
#pragma once

#include <stdatomic.h>

#include "base/compiler.h"
#include "base/error.h"
#include "net/http.h"

struct client;
struct feed;
struct gossip;
struct house;
struct hunches;
struct pool;
struct presence;
struct ratelimit;

#define WEB_LIMIT_SECONDS   60
#define WEB_ADDRESS_BURST   60
#define WEB_SIGN_IN_BURST   10
#define WEB_API_BURST       600
#define WEB_GUEST_BURST     60
#define WEB_CHAT_BURST      30
#define WEB_CHATS_BURST     600
#define WEB_PASSAGE_BURST   20
#define WEB_PASSAGES_BURST  600
#define WEB_CALL_SECONDS    600
#define WEB_CALL_BURST      6
#define WEB_CALLS_BURST     60
#define WEB_EXPORTS_BURST   5
#define WEB_EXPORTS_SECONDS 3600
#define WEB_PAGES_EACH      20000 /* open pages of one colleague */

struct app {
    struct house *house;
    struct http_server *server;
    struct client *client; /* to the networks: where an administrator waits for an answer */
    struct pool *workers;
    struct pool *doors; /* sign-ins: checking a password takes a processor's whole attention on purpose */
    struct feed *feed;
    struct presence *presence;
    struct gossip *gossip;          /* with the other nodes; NULL: there are none */
    struct hunches *hunches;        /* what is asked ahead (web/hunch.h) */
    struct ratelimit *addresses;    /* sign-ins by address: an office has one (WEB_ADDRESS_BURST a minute) */
    struct ratelimit *sign_ins;     /* by address and name (WEB_SIGN_IN_BURST a minute) */
    struct ratelimit *api_calls;    /* by token or session */
    struct ratelimit *guests;       /* what is written on the care site, by address (WEB_GUEST_BURST a minute) */
    struct ratelimit *chat;         /* ... in a chat, by guest (WEB_CHAT_BURST a minute) */
    struct ratelimit *chats;        /* ... and by address: a mobile network has few (WEB_CHATS_BURST a minute) */
    struct ratelimit *passages;     /* codes that are none of ours, by address (WEB_PASSAGE_BURST a minute) */
    struct ratelimit *passages_all; /* ... and by all together (WEB_PASSAGES_BURST a minute) */
    struct ratelimit *callers;      /* voice calls, by guest (WEB_CALL_BURST in ten minutes) */
    struct ratelimit *calls;        /* ... and by address (WEB_CALLS_BURST) */
    struct ratelimit *exports; /* of what we hold of a person, by guest (WEB_EXPORTS_BURST in WEB_EXPORTS_SECONDS) */
    bool demo;
    atomic_bool draining;
    struct str public_url;  /* scheme and host as networks reach us, "" when not configured */
    struct str letters_url; /* the same, as letters name it (in the demo: where it listens) */
    /* Demo only: the phone answers what lies under /play. */
    bool (*play)(void *play_ctx, struct http_request *req);
    void *play_ctx;
    /* Wakes the outbox after a reply was queued. */
    void (*wake_outbox)(void *ctx);
    /* Asks the channels that are due for an answer at once (may be NULL). */
    void (*wake_probe)(void *ctx);
    /* Sends the letters that are due (may be NULL). */
    void (*wake_letters)(void *ctx);
    void *wake_ctx;     /* of all three */
    int64_t pages_each; /* open pages of one colleague (WEB_PAGES_EACH) */
    int64_t started_at;
};

/* On a worker, of what came at that time (monotonic): false when it has waited long for others that the database did
 * not answer. It is told so now, instead of after a wait of its own. */
bool app_in_time(const struct app *app, int64_t came, struct error *e) MUST_USE;
/* The http_handler of the server: ctx is the struct app. */
void web_handle(struct http_request *req, void *ctx);
