/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of jobs: a worker is a thread that takes a turn when woken or when its time has come. */
#pragma once

#include <pthread.h>

#include "care/house.h"
#include "jobs/jobs.h"
#include "net/client.h"
#include "store/brand.h"

struct worker {
    struct jobs *jobs;
    const char *name;
    int every_ms;
    /* One turn over all brands; a is reset after it. */
    void (*turn)(struct worker *worker, struct arena *a);
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool woken, closing, running;
    int in_flight; /* calls whose answer is not written yet */
};

/* When the access to an account is renewed next: known to the probe's thread alone, and anew after each start. */
struct renewal {
    struct renewal *next;
    int64_t channel_id, due_at;
};

struct jobs {
    struct renewal *renewals;
    struct house *house;
    struct client *client;
    struct arena *own;
    struct worker outbox, media, names, clock, probe, retention;
    int64_t tidied_at; /* the clock's own: when what expires was looked for */
};

bool worker_start(struct worker *worker, struct error *e) MUST_USE;
void worker_wake(struct worker *worker);
/* No further turn begins. */
void worker_stop(struct worker *worker);
void worker_flight(struct worker *worker, int change);
int worker_in_flight(struct worker *worker);
/* Nothing new is begun any more. */
bool worker_ends(struct worker *worker);

bool jobs_brands(struct jobs *jobs, struct arena *a, struct brand **out, size_t *count);
/* Logs an error of a job, if it is one worth a line. */
void jobs_log(const char *job, const struct error *e);

/* At the start: what was under way when the program ended is told as unsure at once, not when its lease is over. */
void outbox_take_over(struct jobs *jobs);
void outbox_turn(struct worker *worker, struct arena *a);
void media_turn(struct worker *worker, struct arena *a);
/* An address of our own machine or network is no place where a network keeps its media, unless its API is there too
 * (the simulated networks). Numbers are refused whole; names are left to the resolver of the machine. */
bool media_address_allowed(struct str url, struct str api_base);
void names_turn(struct worker *worker, struct arena *a);
void clock_turn(struct worker *worker, struct arena *a);
/* Reads anew which words the network approved for an account. */
struct account;
void approved_refresh(struct worker *worker, struct arena *a, const struct account *account);
void probe_turn(struct worker *worker, struct arena *a);
void retention_turn(struct worker *worker, struct arena *a);
