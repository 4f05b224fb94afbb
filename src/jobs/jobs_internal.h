/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of jobs: a worker is a thread that takes a turn when woken or when its time has come. */
#pragma once

#include <pthread.h>

#include "care/house.h"
#include "jobs/jobs.h"
#include "net/client.h"
#include "store/brand.h"
#include "store/lease.h"
#include "store/node.h"

/* ---- this node among the others (keeper.c, docs/adr/0008) ---- */

/* What was seen of another node, and since when: its number is the place in the list. */
struct node_watch {
    int64_t life, beat, since;
};

/* Keeps this node's number and, where it has it, the lease of the jobs. */
struct keeper {
    struct house *house;
    struct jobs *jobs;
    int64_t life;     /* this process, as no other */
    int64_t dead;     /* the life before it in this data folder, which is over; 0: not known */
    int mark_fd;      /* of keeper_mark.c; -1: none */
    struct node node; /* written under the lock: its number may change */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running, closing, registered, woken;
    bool resting;          /* it takes no lease any more */
    int64_t fence;         /* of the lease it holds; 0: none */
    int64_t renewed;       /* when the last renewal that succeeded began (clock_awake, as all that follows) */
    int64_t careful_until; /* what the holder before may still have under way has ended by then */
    int64_t beat_at, looked_at;
    struct lease_watch watch;
    struct node_watch nodes[NODE_NUMBERS];
};

struct keeper *keeper_new(struct house *house, struct jobs *jobs, struct arena *own);
/* Takes the number, and the lease where it is free; then keeps both until keeper_close, which gives them back. */
bool keeper_start(struct keeper *keeper, struct error *e) MUST_USE;
/* Puts this life's mark into the data folder. *dead is the one that stood there when it has surely ended, else 0. The
 * descriptor is kept open for as long as the process lives; -1: there is no mark, and no life can be told to be over.
 */
int keeper_mark(const char *folder, int64_t life, int64_t *dead);
/* One look, and what follows from it, at this moment. */
bool keeper_turn(struct keeper *keeper, int64_t now, struct error *e) MUST_USE;
void keeper_close(struct keeper *keeper);
/* The lease goes to whoever wants it, as soon as nothing of it is under way here. */
void keeper_rest(struct keeper *keeper);
/* The fence under which work may be begun now; 0: none may. */
int64_t keeper_fence(struct keeper *keeper, int64_t now);
/* The lease was found with somebody else. */
void keeper_lost(struct keeper *keeper, int64_t fence);
/* Whether a node was seen living of late. */
bool keeper_sees(struct keeper *keeper, int64_t life, int64_t now);
int64_t keeper_careful_until(struct keeper *keeper);

/* ---- workers ---- */

struct lane;
struct worker {
    struct jobs *jobs;
    const char *name;
    int every_ms;
    /* Before each turn, also where the lease is with another node (may be NULL). */
    void (*always)(struct worker *worker);
    /* One turn over all brands, under the lease; a is reset after it. */
    void (*turn)(struct worker *worker, struct arena *a);
    /* After its last turn (may be NULL). */
    void (*over)(struct worker *worker);
    int64_t fence; /* of the turn under way */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool woken, closing, running;
    bool ended; /* its last turn is over */
    struct lane *lanes;
    int in_flight; /* calls whose answer is not written yet */
};

/* When access to an account was last renewed or tried to be: known to the probe's thread alone, and anew after each
 * start and each change of hands. */
struct renewal {
    struct renewal *next;
    int64_t channel_id, asked_at; /* 0: not yet */
    bool gave;                    /* access, when it was asked last */
};

struct ask;
struct flight;
struct gate;

struct jobs {
    struct keeper *keeper; /* NULL: nobody else is there (tests) */
    struct renewal *renewals;
    int64_t renewals_fence; /* under which they were learned */
    pthread_mutex_t unwritten_lock;
    pthread_mutex_t gates_lock;
    struct arena *gates_arena;
    struct gate *gates;       /* of replies, by channel */
    struct flight *unwritten; /* outcomes that the database did not take yet */
    struct house *house;
    struct client *client;
    struct arena *own;
    struct worker outbox, media, names, lookups, clock, probe, backup, retention, asks, letters, push, erasure;
    struct letter_writer letter_writer;
    pthread_mutex_t asks_lock;
    struct ask *asks_under_way, *asks_answered;
    bool asks_over;
    /* known to the thread of asks alone: under which fence every list was asked, when lists are looked for next, and
     * until when none is begun */
    int64_t asks_fence, asks_mend_at, asks_again_at;
    struct backup_plan backups;
    int64_t backup_again_at; /* one has failed: not before */
    int64_t awake_at;        /* the clock's own: when it first turned */
    int64_t tidied_at;       /* the clock's own: when what expires was looked for; each holder does it once a day */
};

bool worker_start(struct worker *worker, struct error *e) MUST_USE;
void worker_wake(struct worker *worker);
/* No further turn begins. */
void worker_stop(struct worker *worker);
void worker_flight(struct worker *worker, int change);
int worker_in_flight(struct worker *worker);
/* Nothing new is begun any more. */
/* For long work in pieces: the node is leaving, or has lost the jobs. ctx is the worker. */
bool worker_stops(void *ctx);
bool worker_ends(struct worker *worker);

/* No turn is under way and none will be, and all calls are answered. */
bool worker_is_done(struct worker *worker);

/* Whether what began under this fence may go on: asked right before each call to a network. */
bool jobs_may(struct jobs *jobs, int64_t fence);
/* A command of a turn, refused when the lease is with another node: asked in the same transaction. */
bool jobs_write(struct worker *worker, int64_t brand, db_command *command, void *ctx, struct error *e) MUST_USE;
/* A call of a turn; without the lease it is not made, and answered as one that never left. */
void jobs_call(struct worker *worker, struct arena *a, const struct http_call *call, struct http_reply *reply);
/* Of this process, for rows that it has under way. */
int64_t jobs_life(const struct jobs *jobs);
/* Wakes every worker: the lease came. */
void jobs_wake_all(struct jobs *jobs);
bool jobs_are_done(struct jobs *jobs);

bool jobs_brands(struct jobs *jobs, struct arena *a, struct brand **out, size_t *count);
/* Logs an error of a job, if it is one worth a line. */
void jobs_log(const char *job, const struct error *e);

/* Runs it on a thread of its own, beside the work of other channels; false where the channel has one under way, or
 * there are too many. own: the arena of what it needs, freed after it; kept by the caller where it is refused. */
bool lane_start(struct worker *worker, int64_t channel, const void *network, struct arena *own,
                void (*run)(struct worker *worker, struct arena *a, void *ctx), void *ctx) MUST_USE;
/* Called by what runs there when its outcome could not be stored: the channel's lane stays taken for two seconds, so
 * that the network is not asked the same again and again while the disk is full. */
void lane_rest(struct worker *own);
/* Channels that have one under way. */
size_t lanes_busy(struct worker *worker, int64_t *out, size_t max);
/* Waits until none is under way. */
void lanes_land(struct worker *worker);

/* A reply goes out through this account: false where as many as may be are under way there, or to its host. */
struct account;
bool gate_enter(struct jobs *jobs, const struct account *account) MUST_USE;
void gate_leave(struct jobs *jobs, int64_t channel);
int gate_inside(struct jobs *jobs, int64_t channel);
/* Channels through which no more may go now. */
size_t gates_full(struct jobs *jobs, int64_t *out, size_t max);
/* How a call ended: for how long the channel is to be shut after it; 0: it stays open. */
int64_t gate_heard(struct jobs *jobs, int64_t channel, bool stumbled);
void gates_begin(struct jobs *jobs);
void gates_end(struct jobs *jobs);

/* Outcomes that the database did not take are told to it again. */
void outbox_tell_again(struct worker *worker);
/* Waits until every call is answered and its outcome written, or the database had its time. */
void outbox_land(struct jobs *jobs);
void outbox_turn(struct worker *worker, struct arena *a);
void media_turn(struct worker *worker, struct arena *a);
/* An address of our own machine or network is no place where a network keeps its media, unless its API is there too
 * (the simulated networks). Numbers are refused whole; names are left to the resolver of the machine. */
bool media_address_allowed(struct str url, struct str api_base);
void names_turn(struct worker *worker, struct arena *a);
void lookups_turn(struct worker *worker, struct arena *a);
void clock_turn(struct worker *worker, struct arena *a);
/* Reads anew which words the network approved for an account. */
void approved_refresh(struct worker *worker, struct arena *a, const struct account *account);
void probe_turn(struct worker *worker, struct arena *a);
void asks_turn(struct worker *worker, struct arena *a);
/* Before each turn: what was answered after the lease went is dropped. */
void asks_drop(struct worker *worker);
/* After the last turn: nothing more is taken further. */
void asks_over(struct worker *worker);
/* Waits until every call of theirs is answered. */
void asks_land(struct jobs *jobs);
void backup_turn(struct worker *worker, struct arena *a);
/* The last moment, up to now, at which the machine's clock showed this minute of the day. */
int64_t backup_appointed(int64_t now, int minute);
void push_turn(struct worker *worker, struct arena *a);
void letters_turn(struct worker *worker, struct arena *a);
void retention_turn(struct worker *worker, struct arena *a);
void erase_turn(struct worker *worker, struct arena *a);
