/* SPDX-License-Identifier: Apache-2.0 */
/* Worker threads around one ring of work. Who became idle last is called first: its connection to the database, its
 * memory and the processor's caches are warm, while the others rest. */
#include "net/pool.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct work {
    void (*fn)(void *);
    void *ctx;
};

struct worker {
    struct pool *pool;
    struct worker *next_idle;
    pthread_t thread;
    pthread_cond_t wake;
    bool called;
};

struct pool {
    pthread_mutex_t mutex;
    struct worker *idle; /* the last one first */
    struct work *ring;
    size_t first, count, cap;
    bool closing;
    unsigned thread_count;
    struct worker workers[];
};

/* With the lock; waits until called, or until the pool closes. */
static void rest(struct worker *worker)
{
    struct pool *pool = worker->pool;
    worker->called = false;
    worker->next_idle = pool->idle;
    pool->idle = worker;
    while (!worker->called && !pool->closing)
        pthread_cond_wait(&worker->wake, &pool->mutex);
}

static bool take(struct worker *worker, struct work *out)
{
    struct pool *pool = worker->pool;
    pthread_mutex_lock(&pool->mutex);
    while (pool->count == 0 && !pool->closing)
        rest(worker); /* somebody who was busy may have taken what it was called for */
    bool got = pool->count > 0;
    if (got) {
        *out = pool->ring[pool->first];
        pool->first = (pool->first + 1) % pool->cap;
        pool->count--;
    }
    pthread_mutex_unlock(&pool->mutex);
    return got;
}

static void *work(void *ctx)
{
    struct work work;
    while (take(ctx, &work))
        work.fn(work.ctx);
    return NULL;
}

struct pool *pool_open(unsigned threads, size_t queue_max)
{
    assert(threads > 0 && queue_max > 0);
    struct pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(struct worker));
    struct work *ring = calloc(queue_max, sizeof(*ring));
    sigset_t all, before;
    if (!pool || !ring)
        abort();
    pthread_mutex_init(&pool->mutex, NULL);
    pool->ring = ring;
    pool->cap = queue_max;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; pool->thread_count < threads; pool->thread_count++) {
        struct worker *worker = &pool->workers[pool->thread_count];
        worker->pool = pool;
        pthread_cond_init(&worker->wake, NULL);
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pool->thread_count == 0)
        abort(); /* no memory for a single stack */
    return pool;
}

bool pool_run(struct pool *pool, void (*fn)(void *), void *ctx)
{
    struct worker *called = NULL;
    pthread_mutex_lock(&pool->mutex);
    bool room = !pool->closing && pool->count < pool->cap;
    if (room) {
        pool->ring[(pool->first + pool->count) % pool->cap] = (struct work){fn, ctx};
        pool->count++;
        called = pool->idle;
    }
    if (called) {
        pool->idle = called->next_idle;
        called->called = true;
    }
    pthread_mutex_unlock(&pool->mutex);
    if (called)
        pthread_cond_signal(&called->wake); /* not under the lock, for which the woken thread would wait at once */
    return room;
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->closing = true;
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_cond_signal(&pool->workers[i].wake);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->workers[i].thread, NULL);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_cond_destroy(&pool->workers[i].wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->ring);
    free(pool);
}
