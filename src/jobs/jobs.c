/* SPDX-License-Identifier: Apache-2.0 */
/* The workers and their lives. */
#include "jobs/jobs.h"

#include <errno.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "jobs/jobs_internal.h"

static void wait_until(struct worker *worker, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    while (!worker->woken && !worker->closing)
        if (pthread_cond_timedwait(&worker->wake, &worker->lock, &until) == ETIMEDOUT)
            return;
}

static void *worker_run(void *ctx)
{
    struct worker *worker = ctx;
    struct arena *a = arena_new();
    pthread_mutex_lock(&worker->lock);
    while (!worker->closing) {
        worker->woken = false;
        pthread_mutex_unlock(&worker->lock);
        worker->turn(worker, a);
        arena_reset(a);
        pthread_mutex_lock(&worker->lock);
        wait_until(worker, worker->every_ms);
    }
    pthread_mutex_unlock(&worker->lock);
    arena_free(a);
    return NULL;
}

bool worker_start(struct worker *worker, struct error *e)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    worker->running = pthread_create(&worker->thread, NULL, worker_run, worker) == 0;
    return worker->running || fail(e, ERR_INTERNAL, "The thread of the job “%s” cannot be started.", worker->name);
}

void worker_wake(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->woken = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

void worker_stop(struct worker *worker)
{
    if (!worker->running)
        return;
    pthread_mutex_lock(&worker->lock);
    worker->closing = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    worker->running = false;
}

void worker_flight(struct worker *worker, int change)
{
    pthread_mutex_lock(&worker->lock);
    worker->in_flight += change;
    if (change < 0)
        worker->woken = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

/* Waits until every call is answered, and its answer written. */
static void worker_landed(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    while (worker->in_flight > 0)
        pthread_cond_wait(&worker->wake, &worker->lock);
    pthread_mutex_unlock(&worker->lock);
}

int worker_in_flight(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    int n = worker->in_flight;
    pthread_mutex_unlock(&worker->lock);
    return n;
}

bool worker_ends(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    bool ends = worker->closing;
    pthread_mutex_unlock(&worker->lock);
    return ends;
}

struct brands {
    struct arena *arena;
    struct brand *list;
    size_t count;
};

static bool brands_read(struct tx *tx, void *ctx, struct error *e)
{
    struct brands *brands = ctx;
    return brand_list(tx, brands->arena, false, &brands->list, &brands->count, e);
}

bool jobs_brands(struct jobs *jobs, struct arena *a, struct brand **out, size_t *count)
{
    struct brands brands = {.arena = a};
    struct error e = {0};
    if (!db_read(jobs->house->db, brands_read, &brands, &e)) {
        jobs_log("jobs", &e);
        return false;
    }
    *out = brands.list;
    *count = brands.count;
    return true;
}

void jobs_log(const char *job, const struct error *e)
{
    if (e->code != ERR_NONE && e->code != ERR_NOT_FOUND)
        log_warn(job, "%s", e->message);
}

struct jobs *jobs_open(struct house *house, struct client *client, struct error *e)
{
    struct arena *own = arena_new();
    struct jobs *jobs = ARENA_NEW(own, struct jobs);
    *jobs = (struct jobs){.house = house, .client = client, .own = own};
    jobs->outbox = (struct worker){.jobs = jobs, .name = "outbox", .every_ms = 250, .turn = outbox_turn};
    jobs->media = (struct worker){.jobs = jobs, .name = "media", .every_ms = 1000, .turn = media_turn};
    jobs->names = (struct worker){.jobs = jobs, .name = "names", .every_ms = 1000, .turn = names_turn};
    jobs->clock = (struct worker){.jobs = jobs, .name = "clock", .every_ms = 5000, .turn = clock_turn};
    jobs->probe = (struct worker){.jobs = jobs, .name = "probe", .every_ms = 60000, .turn = probe_turn};
    jobs->retention = (struct worker){.jobs = jobs, .name = "retention", .every_ms = 60000, .turn = retention_turn};
    outbox_take_over(jobs);
    if (worker_start(&jobs->outbox, e) && worker_start(&jobs->media, e) && worker_start(&jobs->names, e) &&
        worker_start(&jobs->clock, e) && worker_start(&jobs->probe, e) && worker_start(&jobs->retention, e))
        return jobs;
    jobs_close(jobs);
    return NULL;
}

void jobs_wake_outbox(void *ctx)
{
    struct jobs *jobs = ctx;
    worker_wake(&jobs->outbox);
}

void jobs_wake_probe(void *ctx)
{
    struct jobs *jobs = ctx;
    worker_wake(&jobs->probe);
}

void jobs_close(struct jobs *jobs)
{
    if (!jobs)
        return;
    struct worker *all[] = {&jobs->outbox, &jobs->media, &jobs->names, &jobs->clock, &jobs->probe, &jobs->retention};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        worker_stop(all[i]);
    worker_landed(&jobs->outbox);
    arena_free(jobs->own);
}
