/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: what waits for a network outside of the outbox and of asking (a file, a name) waits on a thread of its own,
 * one for each channel at most, and so many for each network: one that hangs holds up its own work alone. */
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "jobs/jobs_internal.h"

#define LANES_MAX 32 /* of a job */
#define A_NETWORK 8
#define LAND_MS   20
#define REST_MS   2000

struct lane {
    struct lane *next;
    struct worker *of;
    struct worker own; /* with the lease under which it began; its lanes are this one */
    int64_t channel;
    const void *network;
    void (*run)(struct worker *worker, struct arena *a, void *ctx);
    void *ctx;
    struct arena *arena;
};

/* ---- those under way ---- */

static bool lane_enter(struct worker *worker, struct lane *lane)
{
    int all = 0, there = 0;
    bool busy = false;
    pthread_mutex_lock(&worker->lock);
    for (const struct lane *one = worker->lanes; one; one = one->next) {
        all++;
        there += one->network == lane->network;
        busy |= one->channel == lane->channel;
    }
    bool room = !busy && all < LANES_MAX && there < A_NETWORK;
    if (room) {
        lane->next = worker->lanes;
        worker->lanes = lane;
    }
    pthread_mutex_unlock(&worker->lock);
    return room;
}

static void lane_leave(struct lane *lane)
{
    struct worker *worker = lane->of;
    pthread_mutex_lock(&worker->lock);
    struct lane **at = &worker->lanes;
    while (*at != lane)
        at = &(*at)->next;
    *at = lane->next;
    pthread_mutex_unlock(&worker->lock);
    arena_free(lane->arena); /* which it lies in itself */
    worker_flight(worker, -1);
}

size_t lanes_busy(struct worker *worker, int64_t *out, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&worker->lock);
    for (const struct lane *one = worker->lanes; one && n < max; one = one->next)
        out[n++] = one->channel;
    pthread_mutex_unlock(&worker->lock);
    return n;
}

/* ---- one ---- */

void lane_rest(struct worker *own)
{
    struct worker *of = own->lanes->of;
    for (int waited = 0; waited < REST_MS && !worker_ends(of); waited += LAND_MS)
        nanosleep(&(struct timespec){.tv_nsec = LAND_MS * 1000000L}, NULL);
}

static void *lane_main(void *ctx)
{
    struct lane *lane = ctx;
    lane->run(&lane->own, lane->arena, lane->ctx);
    lane_leave(lane);
    return NULL;
}

bool lane_start(struct worker *worker, int64_t channel, const void *network, struct arena *own,
                void (*run)(struct worker *worker, struct arena *a, void *ctx), void *ctx)
{
    struct lane *lane = ARENA_NEW(own, struct lane);
    *lane = (struct lane){.of = worker,
                          .own = {.jobs = worker->jobs, .name = worker->name, .fence = worker->fence, .lanes = lane},
                          .channel = channel,
                          .network = network,
                          .run = run,
                          .ctx = ctx,
                          .arena = own};
    if (!lane_enter(worker, lane))
        return false;
    pthread_t thread;
    worker_flight(worker, 1);
    if (pthread_create(&thread, NULL, lane_main, lane) == 0)
        pthread_detach(thread);
    else
        lane_main(lane); /* no thread to be had: it is done here */
    return true;
}

void lanes_land(struct worker *worker)
{
    while (worker_in_flight(worker) > 0)
        nanosleep(&(struct timespec){.tv_nsec = LAND_MS * 1000000L}, NULL);
}
