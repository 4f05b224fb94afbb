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

static void worker_turn(struct worker *worker, struct arena *a)
{
    struct keeper *keeper = worker->jobs->keeper;
    worker->fence = keeper ? keeper_fence(keeper, clock_awake()) : 0;
    if (worker->always)
        worker->always(worker);
    if (worker->fence || !keeper)
        worker->turn(worker, a);
}

static void *worker_run(void *ctx)
{
    struct worker *worker = ctx;
    struct arena *a = arena_new();
    pthread_mutex_lock(&worker->lock);
    while (!worker->closing) {
        worker->woken = false;
        pthread_mutex_unlock(&worker->lock);
        worker_turn(worker, a);
        arena_reset(a);
        pthread_mutex_lock(&worker->lock);
        wait_until(worker, worker->every_ms);
    }
    pthread_mutex_unlock(&worker->lock);
    arena_free(a);
    if (worker->over)
        worker->over(worker);
    pthread_mutex_lock(&worker->lock);
    worker->ended = true;
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

static void worker_init(struct worker *worker)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool worker_start(struct worker *worker, struct error *e)
{
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

/* The turn under way is the last. */
static void worker_rest(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->closing = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

void worker_stop(struct worker *worker)
{
    if (!worker->running)
        return;
    worker_rest(worker);
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

bool worker_is_done(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    bool over = (worker->ended || !worker->running) && worker->in_flight == 0;
    pthread_mutex_unlock(&worker->lock);
    return over;
}

/* ---- under the lease ---- */

bool jobs_may(struct jobs *jobs, int64_t fence)
{
    return !jobs->keeper || (fence && keeper_fence(jobs->keeper, clock_awake()) == fence);
}

bool worker_stops(void *ctx)
{
    struct worker *worker = ctx;
    return worker_ends(worker) || !jobs_may(worker->jobs, worker->fence);
}

int64_t jobs_life(const struct jobs *jobs)
{
    return jobs->keeper ? jobs->keeper->life : 0;
}

struct fenced {
    struct jobs *jobs;
    int64_t fence;
    db_command *command;
    void *ctx;
    bool lost;
};

static bool fenced_run(struct tx *tx, void *ctx, struct error *e)
{
    struct fenced *f = ctx;
    f->lost = false;
    if (f->jobs->keeper && !lease_held(tx, LEASE_JOBS, jobs_life(f->jobs), f->fence, e)) {
        f->lost = e->code == ERR_CONFLICT;
        return false;
    }
    return f->command(tx, f->ctx, e);
}

bool jobs_write(struct worker *worker, int64_t brand, db_command *command, void *ctx, struct error *e)
{
    struct fenced f = {worker->jobs, worker->fence, command, ctx, false};
    bool ok = db_write(worker->jobs->house->db, brand, fenced_run, &f, e);
    if (f.lost)
        keeper_lost(worker->jobs->keeper, f.fence);
    return ok;
}

static bool worker_may(void *ctx)
{
    const struct worker *worker = ctx;
    return jobs_may(worker->jobs, worker->fence);
}

void jobs_call(struct worker *worker, struct arena *a, const struct http_call *call, struct http_reply *reply)
{
    struct http_call fenced = *call;
    fenced.may_begin = worker_may;
    fenced.begin_ctx = worker; /* which waits for the answer */
    if (worker_may(worker))
        client_call(worker->jobs->client, a, &fenced, reply);
    else
        *reply = (struct http_reply){.problem = "This node has lost its lease"};
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

/* ---- their life ---- */

#define WORKERS 12

static void workers_of(struct jobs *jobs, struct worker *all[WORKERS])
{
    struct worker *list[WORKERS] = {&jobs->outbox, &jobs->media,   &jobs->names,  &jobs->lookups,
                                    &jobs->clock,  &jobs->probe,   &jobs->backup, &jobs->retention,
                                    &jobs->asks,   &jobs->letters, &jobs->push,   &jobs->erasure};
    for (size_t i = 0; i < WORKERS; i++)
        all[i] = list[i];
}

struct jobs *jobs_open(struct house *house, struct client *client, struct error *e)
{
    struct arena *own = arena_new();
    struct jobs *jobs = ARENA_NEW(own, struct jobs);
    *jobs = (struct jobs){.house = house, .client = client, .own = own};
    pthread_mutex_init(&jobs->unwritten_lock, NULL);
    pthread_mutex_init(&jobs->asks_lock, NULL);
    gates_begin(jobs);
    jobs->outbox = (struct worker){
        .jobs = jobs, .name = "outbox", .every_ms = 250, .always = outbox_tell_again, .turn = outbox_turn};
    jobs->media = (struct worker){.jobs = jobs, .name = "media", .every_ms = 1000, .turn = media_turn};
    jobs->names = (struct worker){.jobs = jobs, .name = "names", .every_ms = 1000, .turn = names_turn};
    jobs->lookups = (struct worker){.jobs = jobs, .name = "lookups", .every_ms = 1000, .turn = lookups_turn};
    jobs->clock = (struct worker){.jobs = jobs, .name = "clock", .every_ms = 5000, .turn = clock_turn};
    jobs->probe = (struct worker){.jobs = jobs, .name = "probe", .every_ms = 60000, .turn = probe_turn};
    jobs->backup = (struct worker){.jobs = jobs, .name = "backup", .every_ms = 10000, .turn = backup_turn};
    jobs->retention = (struct worker){.jobs = jobs, .name = "retention", .every_ms = 60000, .turn = retention_turn};
    jobs->letters = (struct worker){.jobs = jobs, .name = "letters", .every_ms = 1000, .turn = letters_turn};
    jobs->erasure = (struct worker){.jobs = jobs, .name = "erasure", .every_ms = 5000, .turn = erase_turn};
    jobs->asks = (struct worker){
        .jobs = jobs, .name = "asks", .every_ms = 1000, .always = asks_drop, .turn = asks_turn, .over = asks_over};
    jobs->push = (struct worker){.jobs = jobs, .name = "push", .every_ms = 1000, .turn = push_turn};
    jobs->keeper = keeper_new(house, jobs, own);
    struct worker *all[WORKERS];
    workers_of(jobs, all);
    for (size_t i = 0; i < WORKERS; i++)
        worker_init(all[i]);
    bool ok = keeper_start(jobs->keeper, e);
    for (size_t i = 0; ok && i < WORKERS; i++)
        if (all[i] != &jobs->backup && all[i] != &jobs->letters) /* these only where they are wanted */
            ok = worker_start(all[i], e);
    if (ok)
        return jobs;
    jobs_close(jobs);
    return NULL;
}

bool jobs_backups(struct jobs *jobs, const struct backup_plan *plan, struct error *e)
{
    jobs->backups = *plan;
    return worker_start(&jobs->backup, e);
}

bool jobs_letters(struct jobs *jobs, const struct letter_writer *writer, struct error *e)
{
    jobs->letter_writer = *writer;
    return worker_start(&jobs->letters, e);
}

void jobs_wake_letters(void *ctx)
{
    struct jobs *jobs = ctx;
    worker_wake(&jobs->letters);
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
    worker_wake(&jobs->asks);
}

void jobs_wake_all(struct jobs *jobs)
{
    struct worker *all[WORKERS];
    workers_of(jobs, all);
    for (size_t i = 0; i < WORKERS; i++)
        worker_wake(all[i]);
}

bool jobs_are_done(struct jobs *jobs)
{
    struct worker *all[WORKERS];
    bool are = true;
    workers_of(jobs, all);
    for (size_t i = 0; i < WORKERS; i++)
        are &= worker_is_done(all[i]);
    return are;
}

void jobs_rest(struct jobs *jobs)
{
    struct worker *all[WORKERS];
    workers_of(jobs, all);
    for (size_t i = 0; i < WORKERS; i++)
        worker_rest(all[i]);
    keeper_rest(jobs->keeper);
}

bool jobs_are_alone(struct jobs *jobs)
{
    struct keeper *k = jobs->keeper;
    int64_t now = clock_awake();
    bool alone = true;
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < NODE_NUMBERS; i++)
        alone &= !k->nodes[i].life || k->nodes[i].life == k->life || now - k->nodes[i].since >= NODE_SILENT_US;
    pthread_mutex_unlock(&k->lock);
    return alone;
}

void jobs_close(struct jobs *jobs)
{
    if (!jobs)
        return;
    struct worker *all[WORKERS];
    workers_of(jobs, all);
    for (size_t i = 0; i < WORKERS; i++)
        worker_stop(all[i]);
    outbox_land(jobs);
    asks_land(jobs);
    lanes_land(&jobs->media);
    lanes_land(&jobs->names);
    lanes_land(&jobs->push);
    lanes_land(&jobs->letters);
    keeper_close(jobs->keeper);
    gates_end(jobs);
    pthread_mutex_destroy(&jobs->asks_lock);
    pthread_mutex_destroy(&jobs->unwritten_lock);
    arena_free(jobs->own);
}
