/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/sim share: the state, the faults, the webhooks. One lock guards the state; nothing that may
 * wait is done while it is held.
 */
#pragma once

#include <pthread.h>

#include "base/compiler.h"
#include "base/str.h"
#include "net/http.h"
#include "sim/sim.h"

struct arena;
struct buf;
struct client;
struct json;

#define SIM_TIMEOUT_MS 30000
#define SIM_REORDER_MS 1500
#define SIM_BATCH_MS   1000
#define SIM_RATE_MS    60000

/* ---- state ---- */

struct sim_person {
    struct sim_person *next;
    struct str key, name, handle, lang;
    struct str ids[SIM_NETWORKS];
    struct str wa_user_id; /* WhatsApp's id that is not the phone number */
    bool blocked[SIM_NETWORKS];
    bool dms_closed;
    bool stranger; /* met only as an id in a call of the brand (lenient) */
    int64_t at;
};

struct sim_media {
    struct sim_media *next;
    struct str id, mime, file_name, bytes, sha256;
    enum sim_network network;
    struct sim_media *file; /* of a container that waits to be published, or NULL */
    bool ours;              /* uploaded by the brand */
    int64_t at;
};

/* Comments stand below what they answer; tweets answer each other in one line below the first. */
enum sim_kind { SIM_POST, SIM_COMMENT, SIM_TWEET, SIM_PRIVATE };
enum sim_mark { SIM_MARK_NONE, SIM_MARK_SENT, SIM_MARK_DELIVERED, SIM_MARK_READ, SIM_MARK_FAILED };

struct sim_item {
    struct sim_item *next;
    enum sim_network network;
    enum sim_kind kind;
    struct str id;
    struct str root;           /* post of a comment, conversation of a tweet */
    struct sim_item *parent;   /* what it answers, or NULL */
    struct sim_person *author; /* NULL: the brand */
    struct sim_person *person; /* private: whose talk with the brand */
    struct str text, media_kind, key;
    struct str history; /* the ids it had before it was edited, the first first, a space between */
    struct str lang;    /* of the text, where it is known */
    struct str warning; /* that stands before the text, which is folded (Mastodon) */
    struct sim_media *media;
    int64_t at, edited_at;
    int edits;
    enum sim_mark mark;  /* of the brand's private messages */
    unsigned hooks_left; /* webhooks about it that the brand has not taken yet */
    bool deleted, hidden, liked, summons, answered_privately, private_reply, past;
    bool aside; /* written with a client of theirs, and not to the brand (Mastodon) */
};

/* What the brand's calls brought about: equal ones (network, door, to, text, key) are counted together. */
struct sim_accepted {
    struct sim_accepted *next;
    enum sim_network network;
    const char *door;
    struct str to, text, key, first_id;
    int64_t count;
};

struct sim_fault_state {
    int times; /* -1: until cleared */
    int ms;
    bool sync; /* WhatsApp's window and blocked: said in the answer, not in a later receipt */
    uint64_t used;
};

/* ---- webhooks on their way ---- */

struct sim_hook {
    struct sim_hook *next;
    struct sim *sim;
    enum sim_network network;
    uint64_t serial;
    struct sim_item *item; /* NULL, or what it is about */
    char *body;            /* malloc */
    size_t body_len;
    int64_t due; /* monotonic */
    int tries;
    bool in_flight, forge, twice, held, orphan, batch;
    struct sim_hook *joined; /* travel in this one's body */
};

enum sim_handshake { SIM_HANDSHAKE_NONE, SIM_HANDSHAKE_WAITING, SIM_HANDSHAKE_DONE };

struct sim_line { /* the way to the brand, one for each network */
    struct sim *sim;
    enum sim_network network;
    struct sim_account account;
    enum sim_handshake handshake;
    bool shaking;
    int shakes;                        /* in vain, so far */
    uint64_t shake_serial, shake_sent; /* a changed account makes the answer to an older handshake worthless */
    char challenge[48];
    int64_t shake_due, quiet_until; /* monotonic; quiet: the receiver is down */
    int failures;
    uint64_t sent, taken, refused, forged_sent, forged_taken;
    int last_status;
    struct str refresh_token, refreshed_token;
    struct {
        struct str code, redirect_uri, challenge; /* of the page that was shown last; a code serves once */
    } consent;
};

/* An answer that waits for its moment. */
struct sim_later {
    struct sim_later *next;
    struct http_request *req;
    int64_t due;
    uint64_t after_hook; /* 0, or the webhook whose delivery brings the moment forward */
    int status;
    struct str type, body;
};

struct sim_viewer {
    struct sim_viewer *next, *prev;
    struct sim *sim;
    struct http_stream *stream;
};

struct sim {
    struct sim_config config;
    struct http_server *server;
    struct client *client;
    uint16_t port;

    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool thread_runs, closing;
    int64_t refuse_until; /* monotonic; the server is closed until then */
    bool refuse;

    struct arena *house; /* accounts, people: as long as the simulator */
    struct arena *state; /* all the rest: until reset */
    int64_t offset;      /* of the simulator's clock */
    int64_t last_x_id;
    uint64_t version;   /* grows with every change, for /play/events */
    uint64_t announced; /* the version the open pages were told of */

    struct sim_person *people, *people_last;
    struct sim_item *items, *items_last;
    struct sim_media *media;
    struct sim_accepted *accepted, *accepted_last;
    uint64_t calls[SIM_NETWORKS], refusals[SIM_NETWORKS];
    struct sim_fault_state faults[SIM_NETWORKS][SIM_FAULTS];
    struct sim_line lines[SIM_NETWORKS];

    struct sim_hook *hooks, *hooks_last;
    uint64_t hook_serial;
    struct sim_later *laters;

    pthread_mutex_t viewers_lock;
    struct sim_viewer *viewers;
};

struct sim_driver;
extern const struct sim_driver *const sim_drivers[SIM_NETWORKS]; /* made by the build */

/* sim.c */
void sim_lock(struct sim *sim);
void sim_unlock(struct sim *sim);
void sim_wake(struct sim *sim); /* lock held */
int64_t sim_now(const struct sim *sim);
void sim_seed(struct sim *sim);

/* sim_state.c: the lock is held. Strings given are copied. */
struct sim_person *sim_person_find(struct sim *sim, struct str key);
struct sim_person *sim_person_of(struct sim *sim, enum sim_network network, struct str id);
struct sim_person *sim_person_new(struct sim *sim, struct str name);
/* By id on a network, met for the first time. */
struct sim_person *sim_stranger(struct sim *sim, enum sim_network network, struct str id);
struct sim_item *sim_item_find(struct sim *sim, enum sim_network network, struct str id);
struct sim_item *sim_item_new(struct sim *sim, enum sim_network network, enum sim_kind kind, struct str id);
/* The newest message they wrote to the brand in private, or NULL. */
struct sim_item *sim_last_from(struct sim *sim, enum sim_network network, const struct sim_person *person);
struct sim_media *sim_media_find(struct sim *sim, struct str id);
struct sim_media *sim_media_new(struct sim *sim, enum sim_network network, struct str mime, struct str file_name,
                                struct str bytes);
void sim_accept(struct sim *sim, const char *door, struct str to, const struct sim_item *item);
void sim_changed(struct sim *sim);                  /* pages look again */
struct str sim_copy(struct sim *sim, struct str s); /* into state */
struct str sim_new_id(struct sim *sim, enum sim_network network, enum sim_kind kind, const struct sim_person *person,
                      struct str root);
struct str sim_digits(struct arena *a, size_t n); /* random, not beginning with 0 */
/* Bytes of one of our drawings for a kind of media; the mime is filled. */
struct str sim_drawing(struct str media_kind, enum sim_network network, struct str *mime, struct str *file_name);
struct str sim_media_url(struct sim *sim, struct arena *a, const struct sim_media *media);

/* sim_faults.c */
bool sim_fault_parse(struct str name, enum sim_fault *out);
/* Is it on? Counts it down when it is. lock held. */
bool sim_fault_take(struct sim *sim, enum sim_network network, enum sim_fault fault);
/* As sim_fault_take for calls: a counted fault spares calls that send nothing. */
bool sim_fault_call(struct sim *sim, enum sim_network network, enum sim_fault fault, bool sends);
int sim_fault_ms(const struct sim *sim, enum sim_network network, enum sim_fault fault, int otherwise);
void sim_fault_set(struct sim *sim, enum sim_network network, enum sim_fault fault, int times, int ms, bool sync);

/* sim_hooks.c */
void sim_hooks_init(struct sim *sim);
/* Queues a webhook about item (or NULL), due in delay_ms; returns its serial. lock held; body is copied. */
uint64_t sim_hook_add(struct sim *sim, enum sim_network network, struct sim_item *item, struct str body,
                      int delay_ms);
/* Sends what is due; returns when to look again (monotonic). lock held, given back while sending. */
int64_t sim_hooks_run(struct sim *sim);
void sim_hooks_drop(struct sim *sim); /* lock held */
void sim_hooks_free(struct sim *sim); /* at the end, when no call is under way */
void sim_handshake_begin(struct sim *sim, enum sim_network network);

/* sim_act.c: lock held */
bool sim_act_locked(struct sim *sim, const struct sim_act *act, struct arena *a, struct str *id, struct error *e);

/* Answers now or, for slow and echo-first, when the moment comes. lock not held. */
void sim_respond_later(struct sim *sim, struct sim_later later);

/* sim_play.c: tells the open pages that there is something new; the lock is not held */
void sim_play_announce(struct sim *sim, struct arena *a, uint64_t version);

/* sim_api.c: serves a request under a network's base; false for any other path. */
bool sim_api_request(struct sim *sim, struct http_request *req);

/* sim_control.c */
bool sim_control_request(struct sim *sim, struct http_request *req);
