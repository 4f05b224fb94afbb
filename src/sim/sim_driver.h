/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated network is one file (and its parts, whose names begin with "sim_" and the network's) that ends with one
 * `const struct sim_driver sim_NAME`. The build finds it by its name: src/sim/telegram.c is SIM_TELEGRAM from then
 * on, in the control API, the demo, the tests and on the phone. What all networks share (people, items, webhooks on
 * their way, faults, the phone) is in the files that begin with "sim".
 *
 *   an act of a customer → the state (sim_act.c) → driver.tell → sim_hook_add → driver.sign → the brand
 *   a call of the brand → sim_api.c → driver.serve → the state, sim_call_sent → the answer, and echoes by
 * sim_hook_add
 *
 * The lock is held in every function of a driver. */
#pragma once

#include "net/client.h"
#include "sim/sim_internal.h"

/* ---- what customers do ---- */

enum sim_verb {
    SIM_WROTE,   /* item is new */
    SIM_EDITED,  /* item has its new text */
    SIM_REMOVED, /* item is deleted */
    SIM_LIKED,   /* item, by person */
    SIM_READ,    /* item of the brand's, the last that was not read yet (each of them where reads_each says so) */
    SIM_TYPED,
    SIM_BLOCKED,
    SIM_UNBLOCKED,
};
struct sim_deed {
    struct sim *sim;
    const struct sim_act *act;
    struct arena *a;
    enum sim_verb verb;
    struct sim_person *person;
    struct sim_item *to;   /* what the act names, or NULL */
    struct sim_item *item; /* what it is about; NULL for signs and blocks */
};

/* ---- webhooks ---- */

/* One webhook as it goes out; the driver adds headers and may change the rest. */
struct sim_parcel {
    const char *method;         /* POST */
    struct str url, type, body; /* at first the hook's address, application/json, what sim_hook_add was given */
    struct pair headers[6];
    size_t header_count;
};

/* ---- calls of the brand ---- */

struct sim_call {
    struct sim *sim;
    struct http_request *req;
    struct arena *a;
    enum sim_network network;
    struct str path;     /* after the base and the version */
    struct str parts[6]; /* of path */
    size_t count;
    struct json *body; /* NULL when it is not JSON */
    bool sends;
    int status;
    struct json *answer;
    struct str raw;      /* instead of answer */
    struct str type;     /* of what is answered */
    bool limited;        /* the headers say that nothing is left */
    uint64_t after_hook; /* echo first: answered when this was delivered */
    struct sim_item *made;
};

/* ---- the phone ---- */

struct sim_words {
    const char *it, *en; /* {} is filled with the brand's name */
};
/* One place on the phone: a talk (bubbles and a field to write in) or a wall of posts with what answers them. */
struct sim_place {
    const char *name;        /* in addresses */
    const char *icon;        /* of assets/play-sprite.svg; NULL: name */
    struct sim_words label;  /* "X, privato", "X, private" */
    struct sim_words advice; /* what to try here; NULL: some general words */
    struct sim_words write;  /* label of the field; NULL: "Write to {}" */
    int rank;                /* places stand in this order, then by network */
    bool private;
    bool by_handle; /* {} is the brand's handle */
    bool no_edit;   /* one's own words cannot be corrected */
    bool typing;    /* the network tells that one is writing: the script sends the act */
    bool closes;    /* to strangers: acts "open" and "close" */
};

struct sim_seed_post { /* the brand's, there before anybody writes */
    const char *text;
    int days_ago;
};
struct sim_past_door {       /* in the conversations format */
    const char *door, *what; /* "comment" or "message" */
};

#define SIM_OWN_BASE "{base}" /* where this network is simulated, as api_base */

struct sim_driver {
    const char *name;           /* "telegram", as the channel's */
    struct sim_words label;     /* "Facebook, Messenger"; NULL: the first place's */
    const char *base;           /* "/telegram" */
    struct sim_account account; /* unless the configuration says otherwise */
    struct sim_account named;   /* the channel's settings that hold the account's parts; NULL: none */
    const char *const *more;    /* further settings of the channel: name, value (or SIM_OWN_BASE) …, NULL */

    /* ---- the phone, and what is there at first ---- */
    const struct sim_place *places;    /* ends with a NULL name */
    const struct sim_seed_post *posts; /* ends with a NULL text; NULL: none */
    const struct sim_past_door *doors; /* ends with a NULL door; NULL: none */
    bool shows_handles;                /* people are called @handle */

    /* ---- ids; strings into the arena that is named ---- */
    struct str (*new_person)(struct sim *sim, struct arena *a); /* NULL: 16 digits */
    /* Of an item, into state. person: whose private talk it stands in, or who writes. */
    struct str (*new_id)(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root);
    /* A person's comment knows what it answers: where its id depends on that. NULL: it does not. */
    void (*placed)(struct sim *sim, struct sim_item *item);
    struct str (*new_media)(struct sim *sim);                          /* NULL: 16 digits */
    bool (*is_person)(const struct sim_person *person, struct str id); /* by a second id; NULL: none */

    /* ---- acts ---- */
    const char *lacks;           /* faults it has no words for; tests leave them out */
    const char *acts;            /* those of sim.h that it has, a space between */
    const char *attach_public;   /* media of posts and comments, a space between; NULL: none */
    const char *attach_private;  /* of private talk */
    enum sim_kind post, comment; /* what its public words are */
    int levels;                  /* how deep comments stand below a post; deeper ones move up. 0: any depth */
    bool counted;                /* of what people write the brand learns only how much it is, not what */
    bool reads_each;             /* SIM_READ for each message, not for the last alone */
    bool webp_stickers;
    /* May this be done? NULL: yes. item is what is to be changed, still as it was. */
    bool (*may)(const struct sim_deed *deed, struct error *e);
    /* The webhooks of it; none where the network tells nobody. NULL: it never tells anything, it is asked. */
    void (*tell)(struct sim_deed *deed);
    /* An act of its own; fails with ERR_BAD_INPUT when there is no such. NULL: it has none. */
    bool (*own_act)(struct sim_deed *deed, struct error *e);

    /* ---- webhooks; without tell all of this is NULL ---- */
    void (*sign)(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel);
    bool (*taken)(const struct http_reply *reply); /* did the brand take it? NULL: any 2xx */
    /* The address of the handshake's GET, and whether it was answered well. NULL: there is no handshake. challenge of
     * the line is for what must be remembered. */
    struct str (*shake)(struct sim_line *line, struct arena *a);
    bool (*shaken)(struct sim_line *line, struct arena *a, const struct http_reply *reply);
    /* One body of two, for the fault "batch". NULL: webhooks of this network never come together. */
    struct str (*join)(struct arena *a, struct str into, struct str one);

    /* ---- calls ---- */
    bool versioned;                                         /* a /v23.0 before the rest */
    struct str (*token)(struct sim_call *c);                /* NULL: what the header Authorization says */
    bool (*token_ok)(struct sim_call *c, struct str token); /* NULL: it is the account's */
    bool (*sends)(struct sim_call *c);                      /* does it send something? */
    void (*serve)(struct sim_call *c);
    /* Fills the vendor's own error; detail may be NULL. */
    void (*refuse)(struct sim_call *c, enum sim_fault fault, const char *detail);
    void (*headers)(struct sim_call *c); /* NULL: none of its own */
    /* Media are at base/cdn/ID, for everybody; or with the token only, else this body is answered with 401. */
    const char *media_refused;
};

/* sim_api.c */
/* What the header Authorization says after Bearer or OAuth. */
struct str sim_bearer(struct sim_call *c);
/* Is it the account's? */
bool sim_token_ok(struct sim_call *c, struct str token);
/* A field of the JSON body, the form or the query, whichever has it. */
struct str sim_param(struct sim_call *c, const char *name);
/* The brand's message is in the state: counts it. to: the person or item it answers. */
void sim_call_sent(struct sim_call *c, struct sim_item *item, const char *door, struct str to);
/* When its echo goes out: 0 with echo-first (then after_hook must be set), else the configured delay. */
int sim_echo_delay(struct sim_call *c, bool *first);
/* The object an answer is about, by id; NULL when it is unknown, removed, or the fault "gone" says so. */
struct sim_item *sim_call_target(struct sim_call *c, struct str id, enum sim_kind kind);
/* The person a call writes to, by id; a stranger where the simulator is lenient. NULL when unknown. */
struct sim_person *sim_call_person(struct sim_call *c, struct str id);
/* All items of the call's network, the newest first. */
struct sim_item **sim_call_newest(struct sim_call *c, size_t *count);
/* Media the brand uploads: the bytes of the form's file. NULL and nothing filled when there is none. */
struct sim_media *sim_call_upload(struct sim_call *c);
bool sim_is_address(struct str address);
/* A file that the brand names by address: it is fetched, and has its bytes a moment later. */
struct sim_media *sim_media_fetch(struct sim_call *c, struct str address, struct str file_name);

/* sim_consent.c: OAuth 2 */
/* The page on which an administrator agrees or does not. */
void sim_consent_page(struct sim_call *c);
/* The code that agreeing gives, for the call's own redirect_uri and challenge. */
struct str sim_consent_code(struct sim_call *c);
/* Is it the account's token, or the last that was granted? */
bool sim_consent_token_ok(struct sim_call *c, struct str token);
/* The call to the token endpoint: fills the answer where the code or the refresh token fits, else does nothing. */
bool sim_consent_grant(struct sim_call *c, int seconds, const char *scope);

/* sim_act.c */
/* Is it one of the words of list? NULL is an empty list. */
bool sim_word_in(const char *list, struct str word);

/* sim_hooks.c */
void sim_parcel_header(struct sim_parcel *parcel, const char *name, struct str value);
