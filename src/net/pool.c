/* SPDX-License-Identifier: Apache-2.0 */
/* Worker threads around one ring of work. */
#include "net/pool.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct work {
    void (*fn)(void *);
    void *ctx;
};

struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t more;
    struct work *ring;
    size_t first, count, cap;
    bool closing;
    unsigned thread_count;
    pthread_t threads[];
};

static bool take(struct pool *pool, struct work *out)
{
    pthread_mutex_lock(&pool->mutex);
    while (pool->count == 0 && !pool->closing)
        pthread_cond_wait(&pool->more, &pool->mutex);
    bool got = pool->count > 0;
    if (got) {
        *out = pool->ring[pool->first];
        pool->first = (pool->first + 1) % pool->cap;
        pool->count--;
    }
    pthread_mutex_unlock(&pool->mutex);
    return got;
}

static void *worker(void *ctx)
{
    struct work work;
    while (take(ctx, &work))
        work.fn(work.ctx);
    return NULL;
}

struct pool *pool_open(unsigned threads, size_t queue_max)
{
    assert(threads > 0 && queue_max > 0);
    struct pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pthread_t));
    struct work *ring = calloc(queue_max, sizeof(*ring));
    sigset_t all, before;
    if (!pool || !ring)
        abort();
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->more, NULL);
    pool->ring = ring;
    pool->cap = queue_max;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; pool->thread_count < threads; pool->thread_count++)
        if (pthread_create(&pool->threads[pool->thread_count], NULL, worker, pool) != 0)
            break;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pool->thread_count == 0)
        abort(); /* no memory for a single stack */
    return pool;
}

bool pool_run(struct pool *pool, void (*fn)(void *), void *ctx)
{
    pthread_mutex_lock(&pool->mutex);
    bool room = !pool->closing && pool->count < pool->cap;
    if (room) {
        pool->ring[(pool->first + pool->count) % pool->cap] = (struct work){fn, ctx};
        pool->count++;
    }
    pthread_mutex_unlock(&pool->mutex);
    if (room)
        pthread_cond_signal(&pool->more); /* not under the lock, for which the woken thread would wait at once */
    return room;
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->closing = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->ring);
    free(pool);
}
