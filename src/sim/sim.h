/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated networks that the demo, /play and the tests use. One HTTP server on a free loopback port
 * speaks the vendors' own APIs, each under a path of its own (sim_base): give it as a channel's api_base. What
 * customers do is sent to the brand as signed webhooks, at least once, and kept while the receiver is down. All
 * state is in memory. Each network is one file of this folder (sim_driver.h), found by the build from its name.
 * docs/simulators.md describes the control API and the faults.
 *
 *   sim_do / POST /sim/act / the phone → state → signed webhook → the brand
 *   the brand → its API → checked as the vendor would → state → echo and receipts → the phone */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "base/url.h"
#include "sim_networks.h" /* made by the build: enum sim_network {SIM_FACEBOOK … SIM_NETWORKS} */

struct arena;
struct error;
struct http_request;
struct sim;

const char *sim_network_name(enum sim_network network); /* "facebook" … */
/* By name; false when there is none. */
bool sim_network_find(struct str name, enum sim_network *out);

/* The brand's account on a network, as its channel is set up. NULL members take the network's default. */
struct sim_account {
    const char *account_id;   /* page id, phone number id, X user id, a bot's id */
    const char *access_token; /* what the brand's calls must carry */
    const char *secret;       /* what signs the webhooks, or is told with them */
    const char *verify_token; /* of a handshake that has one */
    const char *hook_url;     /* where the webhooks go; none: they are kept until sim_hook_to */
};

struct sim_config {
    const char *address;                       /* "127.0.0.1" */
    uint16_t port;                             /* 0: any free one */
    const char *brand;                         /* "Nuvola Mobile" */
    const char *handle;                        /* on X, without @ */
    struct sim_account accounts[SIM_NETWORKS]; /* all NULL: as the networks' files say */
    int retry_first_ms;                        /* back-off of webhooks: doubles up to retry_max_ms */
    int retry_max_ms;
    int hook_timeout_ms;
    int echo_ms;      /* from our answer to the echo of the brand's own message */
    int delivered_ms; /* from our answer to the delivery receipt */
    bool people;      /* begin with a few invented people and posts of the brand */
    bool lenient;     /* a reply to a message or person never seen here is taken as one to an older message */
};
extern const struct sim_config sim_config_default;

/* Opens the server and performs the handshakes. NULL and e filled when no port can be had. */
struct sim *sim_open(const struct sim_config *config, struct error *e) MUST_USE;
/* Close the server that /play is mounted on first. NULL is accepted. */
void sim_close(struct sim *sim);
uint16_t sim_port(const struct sim *sim);
/* "http://127.0.0.1:PORT/graph": its API */
struct str sim_base(const struct sim *sim, enum sim_network network, struct arena *a);
/* The account as it is now, defaults filled in; strings live as long as the simulator. */
struct sim_account sim_account(struct sim *sim, enum sim_network network);
/* What the channel of that account is set up with: names and values, api_base included. */
struct pairs sim_settings(struct sim *sim, enum sim_network network, struct arena *a);
/* As the network's file says. */
const struct sim_account *sim_account_default(enum sim_network network);
/* Changes the account (NULL members stay) and performs the handshake with its hook_url. */
void sim_hook_to(struct sim *sim, enum sim_network network, const struct sim_account *account);
/* Forgets all that was written and every fault, moves the clock back; people, accounts and webhook addresses
 * stay. */
void sim_reset(struct sim *sim);

/* ---- people ---- */

struct sim_persona {
    struct str key; /* "marta": in addresses and the control API */
    struct str name;
    struct str handle;            /* on X, without @; empty: made of the name */
    struct str ids[SIM_NETWORKS]; /* as the networks call them; empty: made up */
    struct str lang;              /* "it" or "en": of the words suggested to the newcomer */
};
/* Adds the person, or changes the one of that key. ERR_BAD_INPUT when key or name is missing or unfit. */
bool sim_person_add(struct sim *sim, const struct sim_persona *persona, struct error *e) MUST_USE;

/* ---- what a customer does ---- */

/* One act. what is one of those that the network has (its file says which):
 *   post                 on the brand's wall (facebook), with @brand in front if need be (x)
 *   comment              on the post or comment `to` (facebook); an answer to the tweet `to` (x)
 *   message              privately: Messenger, WhatsApp, direct message
 *   edit delete          of the own item `to`
 *   react                a like of `to`
 *   read typing          of the private talk with the brand
 *   block unblock        the brand, on that network
 * or an act of its own (x: open and close, the person's direct messages to strangers).
 * media is empty or one of picture, sticker, location, unsupported, file. With bytes, the picture is theirs.
 */
struct sim_act {
    enum sim_network network;
    struct str person;
    struct str what;
    struct str to;
    struct str text;
    struct str media;
    struct str mime, bytes;
};
/* Does it and sends the webhooks at once. id (may be NULL) is the network's id of what was written, in a. */
bool sim_do(struct sim *sim, const struct sim_act *act, struct arena *a, struct str *id, struct error *e) MUST_USE;

/* What was written before the simulator began (imported conversations), without webhooks. to is as in
 * sim_act; by_brand: the brand wrote it to that person. id must be as the network's are. */
struct sim_past {
    enum sim_network network;
    struct str person, id, what, to, text;
    struct str thread, title; /* public: id and words of the post it stands under, where `to` does not say */
    int64_t at;
    bool by_brand;
};
bool sim_remember(struct sim *sim, const struct sim_past *past, struct error *e) MUST_USE;
/* The same from people and conversations in the conversations format, one JSON object a line; lines of other types
 * are passed over. Ids are those the import gives. ERR_MALFORMED names the line that cannot be read; those before it
 * stay. */
bool sim_remember_lines(struct sim *sim, struct str lines, struct error *e) MUST_USE;

/* ---- faults ---- */

enum sim_fault {
    SIM_FAULT_TOKEN,         /* the access token is refused as expired */
    SIM_FAULT_PERMISSION,    /* the brand's role or scope is gone */
    SIM_FAULT_RATE,          /* too many calls; ms says when to come back */
    SIM_FAULT_WINDOW,        /* the reply window is closed */
    SIM_FAULT_BLOCKED,       /* the person cannot be reached */
    SIM_FAULT_GONE,          /* what is answered was deleted */
    SIM_FAULT_CONTENT,       /* the words are refused */
    SIM_FAULT_DOWN,          /* 503 */
    SIM_FAULT_REFUSED,       /* no listening socket for ms (of all networks: they share the port), then back by
                                itself */
    SIM_FAULT_SLOW,          /* answers after ms */
    SIM_FAULT_TIMEOUT,       /* accepts, but answers only after ms (30 s): the caller has long given up */
    SIM_FAULT_DUPLICATE,     /* each webhook comes twice */
    SIM_FAULT_REORDER,       /* a webhook is overtaken by the next one, or comes ms (1.5 s) late */
    SIM_FAULT_ECHO_FIRST,    /* the echo comes before the answer to the call */
    SIM_FAULT_BAD_SIGNATURE, /* a forged copy comes before the true webhook */
    SIM_FAULT_PAUSE,         /* webhooks are kept back */
    SIM_FAULT_BATCH,         /* Meta: webhooks of ms (1 s) come together in one, as after a jam */
    SIM_FAULTS
};
const char *sim_fault_name(enum sim_fault fault); /* "token", "echo-first" … */
/* times: how often (calls that send something, or webhooks); -1: until cleared (then every call); 0: clears
 * it. ms: see the kinds; 0: its default. */
void sim_fault(struct sim *sim, enum sim_network network, enum sim_fault fault, int times, int ms);
void sim_faults_clear(struct sim *sim);
/* Moves the simulator's clock: reply windows are measured by it, and webhooks are dated by it. */
void sim_clock_advance(struct sim *sim, int64_t us);

/* ---- looking ---- */

/* The state as JSON (GET /sim/state): people, items, what was accepted from the brand with how often,
 * webhooks, faults. */
struct str sim_state(struct sim *sim, struct arena *a);
/* Webhooks not yet taken by the receiver. */
size_t sim_hooks_pending(struct sim *sim);

/* ---- the phone ---- */

/* Answers what belongs under /play; false (nothing answered) for any other path. Mount it in demo mode only.
 */
bool sim_play_request(struct sim *sim, struct http_request *req) MUST_USE;
/* Is it an act on a network that tells nobody of it? The brand hears of it when it asks. */
bool sim_play_is_unheard(struct http_request *req, enum sim_network *network);
