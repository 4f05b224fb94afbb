/* SPDX-License-Identifier: Apache-2.0 */
/* This node among the others (docs/adr/0008): its number, its beat, and the lease of the jobs. A thread looks at the
 * rows of nodes and leases and judges by its own clock what stands still; no clock of another machine is believed. A
 * file belongs to one server: whoever starts on it takes everything over at once, and then only reads, so that an
 * idle house writes nothing. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/log.h"
#include "base/version.h"
#include "jobs/jobs_internal.h"

#define LOOK_MS    500
#define REST_MS    50
#define CAREFUL_US (10 * SECOND_US) /* a call of the holder before began at most LEASE_HOLD_US after its renewal */

struct keeper *keeper_new(struct house *house, struct jobs *jobs, struct arena *own)
{
    struct keeper *k = ARENA_NEW(own, struct keeper);
    char host[128] = "";
    int64_t life = 0;
    while (life <= 0) {
        random_bytes(&life, sizeof life);
        life &= INT64_MAX;
    }
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = 0;
    *k = (struct keeper){.house = house, .jobs = jobs, .life = life, .mark_fd = -1};
    k->node = (struct node){.life = life, .host = str_dup(own, str_from(host)), .version = STR(ASCOLTO_VERSION)};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return k;
}

/* ---- looking ---- */

struct look {
    struct arena *arena;
    struct lease lease;
    struct node *nodes;
    size_t count;
};

static bool look_read(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    return lease_get(tx, LEASE_JOBS, &look->lease, e) && node_list(tx, look->arena, &look->nodes, &look->count, e);
}

static void nodes_seen(struct keeper *k, const struct look *look, int64_t now)
{
    bool there[NODE_NUMBERS] = {false};
    for (size_t i = 0; i < look->count; i++) {
        const struct node *node = &look->nodes[i];
        if (node->number < 0 || node->number >= NODE_NUMBERS)
            continue;
        struct node_watch *seen = &k->nodes[node->number];
        there[node->number] = true;
        if (seen->life != node->life || seen->beat != node->beat)
            *seen = (struct node_watch){node->life, node->beat, now};
    }
    for (size_t i = 0; i < NODE_NUMBERS; i++)
        if (!there[i])
            k->nodes[i] = (struct node_watch){0};
}

/* ---- deciding ---- */

/* What one turn writes, and what came of it. */
struct deed {
    struct keeper *keeper;
    struct arena *arena;
    struct node node;
    bool join;  /* a number has to be taken */
    bool alone; /* whoever else is registered has ended */
    bool take, silent;
    struct lease seen;
    int64_t fence; /* that is held, or was taken */
    bool there, held;
    const struct node *dead;
    size_t dead_count;
};

static bool deed_write(struct tx *tx, void *ctx, struct error *e)
{
    struct deed *d = ctx;
    d->there = true;
    d->held = false;
    if (d->alone && !node_alone(tx, d->node.life, e))
        return false;
    if (!d->join && !node_beat(tx, &d->node, &d->there, e))
        return false;
    if ((d->join || !d->there) && !node_take(tx, &d->node, e))
        return false;
    for (size_t i = 0; i < d->dead_count; i++)
        if (!node_forget(tx, &d->dead[i], e))
            return false;
    if (d->take)
        return lease_take(tx, LEASE_JOBS, d->node.life, &d->seen, &d->fence, e);
    return !d->fence || lease_renew(tx, LEASE_JOBS, d->node.life, d->fence, &d->held, e);
}

/* Those that stood still for so long that their numbers may be taken. */
static void dead_find(struct keeper *k, const struct look *look, struct deed *d, int64_t now)
{
    struct node *dead = ARENA_ARRAY(look->arena, struct node, look->count + 1);
    for (size_t i = 0; i < look->count; i++) {
        const struct node *node = &look->nodes[i];
        bool ours = node->life == k->life || node->number < 0 || node->number >= NODE_NUMBERS;
        bool over = node->life == k->dead || now - k->nodes[node->number].since >= NODE_FORGOT_US;
        if (!ours && over)
            dead[d->dead_count++] = *node;
    }
    d->dead = dead;
}

/* Decides under the lock what is to be written now; false: nothing. */
static bool decide(struct keeper *k, struct look *look, struct deed *d, int64_t now)
{
    bool shared = k->house->shared, ours = look->lease.holder == k->life;
    nodes_seen(k, look, now);
    bool silent = lease_watch_look(&k->watch, &look->lease, now);
    if (k->fence && (!ours || look->lease.fence != k->fence)) {
        log_warn("keeper", "another node has taken the jobs over");
        k->fence = 0;
    }
    if (ours && !k->fence && !k->resting) { /* the answer to our taking it was lost */
        k->fence = look->lease.fence;
        k->renewed = k->looked_at;
    }
    if (k->fence && !shared)
        k->renewed = now;
    bool over = k->dead && look->lease.holder == k->dead; /* nobody has to be waited for */
    bool free = look->lease.holder == 0 || over || (shared ? silent : !k->registered);
    *d = (struct deed){.keeper = k,
                       .arena = look->arena,
                       .node = k->node,
                       .join = !k->registered,
                       .alone = !shared && !k->registered,
                       .take = free && !k->fence && !k->resting,
                       .silent = look->lease.holder != 0,
                       .seen = look->lease,
                       .fence = k->fence};
    dead_find(k, look, d, now);
    int64_t every = shared ? NODE_BEAT_US : NODE_ALONE_BEAT;
    return d->join || d->take || now - k->beat_at >= every;
}

/* Under the lock: what was written is so. `now` is when the writing began. */
static void done(struct keeper *k, const struct deed *d, int64_t now)
{
    bool other = d->node.number != k->node.number || d->join;
    k->node = d->node;
    k->registered = true;
    k->beat_at = now;
    if (other)
        id_set_node((unsigned)d->node.number);
    if (!d->there)
        log_warn("keeper", "this node had been given up: it is number %lld now", (long long)d->node.number);
    if (d->take && d->fence) {
        k->fence = d->fence;
        k->renewed = now;
        k->careful_until = d->silent && k->house->shared ? clock_awake() + CAREFUL_US : 0;
        log_info("keeper", "node %lld does the jobs (fence %lld)", (long long)d->node.number, (long long)d->fence);
    } else if (!d->take && d->fence && k->fence == d->fence) {
        if (d->held)
            k->renewed = now;
        else
            k->fence = 0;
    }
}

bool keeper_turn(struct keeper *k, int64_t now, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct look look = {.arena = a};
    struct deed d;
    k->looked_at = now;
    if (!db_read(k->house->db, look_read, &look, e))
        return false;
    pthread_mutex_lock(&k->lock);
    int64_t before = k->fence;
    bool writes = decide(k, &look, &d, now);
    pthread_mutex_unlock(&k->lock);
    if (writes && !db_write(k->house->db, 0, deed_write, &d, e))
        return false;
    pthread_mutex_lock(&k->lock);
    if (writes)
        done(k, &d, now);
    bool came = k->fence && k->fence != before;
    pthread_mutex_unlock(&k->lock);
    if (came && k->jobs)
        jobs_wake_all(k->jobs);
    return true;
}

/* ---- asked by the workers ---- */

int64_t keeper_fence(struct keeper *k, int64_t now)
{
    pthread_mutex_lock(&k->lock);
    int64_t fence = k->fence && lease_is_fresh(k->renewed, now) ? k->fence : 0;
    pthread_mutex_unlock(&k->lock);
    return fence;
}

void keeper_lost(struct keeper *k, int64_t fence)
{
    pthread_mutex_lock(&k->lock);
    if (k->fence == fence)
        k->fence = 0;
    pthread_mutex_unlock(&k->lock);
}

bool keeper_sees(struct keeper *k, int64_t life, int64_t now)
{
    bool sees = false;
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < NODE_NUMBERS && !sees && life != k->dead; i++)
        sees = k->nodes[i].life == life && now - k->nodes[i].since < NODE_SILENT_US;
    sees |= life == k->life;
    pthread_mutex_unlock(&k->lock);
    return sees && life != 0;
}

int64_t keeper_careful_until(struct keeper *k)
{
    pthread_mutex_lock(&k->lock);
    int64_t until = k->careful_until;
    pthread_mutex_unlock(&k->lock);
    return until;
}

/* ---- its life ---- */

static bool release_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct deed *d = ctx;
    return (!d->fence || lease_release(tx, LEASE_JOBS, d->node.life, d->fence, e)) &&
           (!d->join || node_leave(tx, &d->node, e));
}

/* join: the number too. */
static void release(struct keeper *k, bool number)
{
    struct error e = {0};
    pthread_mutex_lock(&k->lock);
    struct deed d = {.node = k->node, .fence = k->fence, .join = number && k->registered};
    k->fence = 0;
    k->resting = true;
    pthread_mutex_unlock(&k->lock);
    if ((d.fence || d.join) && !db_write(k->house->db, 0, release_write, &d, &e))
        jobs_log("keeper", &e);
}

/* Until the next look, which a change of mind brings forward; false: it is closing. */
static bool keeper_wait(struct keeper *k)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    pthread_mutex_lock(&k->lock);
    until.tv_nsec += (k->resting && k->fence ? REST_MS : LOOK_MS) * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    while (!k->closing && !k->woken)
        if (pthread_cond_timedwait(&k->wake, &k->lock, &until) == ETIMEDOUT)
            break;
    k->woken = false;
    bool go_on = !k->closing;
    pthread_mutex_unlock(&k->lock);
    return go_on;
}

static void *keeper_run(void *ctx)
{
    struct keeper *k = ctx;
    bool trouble = false;
    while (keeper_wait(k)) {
        struct error e = {0};
        pthread_mutex_lock(&k->lock);
        bool leaves = k->resting && k->fence;
        pthread_mutex_unlock(&k->lock);
        if (leaves && jobs_are_done(k->jobs))
            release(k, false);
        bool ok = keeper_turn(k, clock_awake(), &e);
        if (!ok && !trouble)
            jobs_log("keeper", &e);
        trouble = !ok;
    }
    return NULL;
}

bool keeper_start(struct keeper *k, struct error *e)
{
    if (k->house->shared)
        k->mark_fd = keeper_mark(k->house->folder, k->life, &k->dead);
    if (!keeper_turn(k, clock_awake(), e))
        return false;
    k->running = pthread_create(&k->thread, NULL, keeper_run, k) == 0;
    return k->running || fail(e, ERR_INTERNAL, "The thread that keeps this node's lease cannot be started.");
}

void keeper_rest(struct keeper *k)
{
    pthread_mutex_lock(&k->lock);
    k->resting = k->woken = true;
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
}

void keeper_close(struct keeper *k)
{
    pthread_mutex_lock(&k->lock);
    k->closing = true;
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
    if (k->running)
        pthread_join(k->thread, NULL);
    if (k->registered)
        release(k, true);
    if (k->mark_fd >= 0)
        close(k->mark_fd);
    pthread_mutex_destroy(&k->lock);
    pthread_cond_destroy(&k->wake);
}
