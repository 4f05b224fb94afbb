/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: a thread takes all commands that wait into one transaction, each in a savepoint, commits,
 * and only then answers their callers. There is no timer: while one batch is being made durable the next one
 * gathers. Where the engine has lanes, several threads do so, each batch of one brand and each brand in one lane at a
 * time. What fails in storage is told to the callers; the thread goes on with the next batch and recovers by itself.
 */
#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include "base/arena.h"
#include "base/clock.h"
#include "db/db_internal.h"

enum {
    WATCH_MS = 300,    /* how often an idle writer looks whether another process has committed */
    BATCH_US = 100000, /* a batch that has run for so long is committed as it is */
    FORESEEN_MOST = 64 /* commands that ask together: what is asked for one that has to wait after all is lost */
};

struct job {
    struct job *next;
    int64_t brand;
    db_foresight *foresight;
    db_command *command;
    void *ctx;
    void (*done)(void *ctx, bool ok, const struct error *e);
    sem_t *wake;     /* of a caller that waits; the job is then the caller's */
    bool repeatable; /* may run twice */
    bool ok;
    struct error error;
};

struct lane {
    struct writer *writer;
    struct conn *conn;
    struct arena *arena;
    struct late late;        /* of the transaction under way */
    db_foresight *foresight; /* in force, and what it found, in an arena of its own */
    void *foreseen;
    size_t foreseen_left; /* commands that it was asked for and that have not run yet */
    struct arena *foreseen_arena;
    pthread_t thread;
    bool in_command;
    bool busy;     /* guarded by the writer's lock, as is what follows */
    int64_t brand; /* of its batch */
    int64_t began; /* its batch, monotonic; the lane's own */
};

struct writer {
    struct db *db;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;
    struct job *first, **last;
    size_t queued;
    bool stopping;
    int lane_count;
    struct lane lanes[];
};

static _Thread_local struct lane *own_lane; /* of a writer's thread */

bool writer_is_self(const struct writer *writer)
{
    return writer && own_lane && own_lane->writer == writer;
}

static void foresight_ends(struct lane *lane)
{
    lane->foresight = NULL;
    lane->foreseen = NULL;
    lane->foreseen_left = 0;
}

/* What this job and those of its kind behind it ask is asked now, unless it was for a job before it. */
static bool foresee(struct lane *lane, struct job *job, int64_t now)
{
    void *ctx[FORESEEN_MOST];
    size_t count = 0;
    if (job->foresight && job->foresight == lane->foresight && lane->foreseen_left) {
        lane->foreseen_left--;
        return true;
    }
    foresight_ends(lane);
    if (!job->foresight || !lane->writer->db->foresees)
        return true;
    for (struct job *one = job; one && one->foresight == job->foresight && count < FORESEEN_MOST; one = one->next)
        ctx[count++] = one->ctx;
    arena_reset(lane->foreseen_arena);
    struct tx tx = {.conn = lane->conn, .arena = lane->foreseen_arena, .now = now};
    void *found = job->foresight(&tx, ctx, count, &job->error);
    tx_close_rows(&tx);
    if (tx.failed || job->error.code != ERR_NONE)
        return job->error.code != ERR_NONE ? false : fail(&job->error, tx.error.code, "%s", tx.error.message);
    lane->foresight = job->foresight;
    lane->foreseen = found;
    lane->foreseen_left = count - 1;
    return true;
}

/* One command, already inside the transaction. */
static bool run_command(struct lane *lane, struct job *job, int64_t now)
{
    struct tx tx = {.conn = lane->conn,
                    .arena = lane->arena,
                    .now = now,
                    .late = &lane->late,
                    .foresight = lane->foresight,
                    .foreseen = lane->foreseen};
    struct late_statement **mark = lane->late.end;
    lane->in_command = true;
    bool ok = job->command(&tx, job->ctx, &job->error);
    lane->in_command = false;
    tx_close_rows(&tx);
    arena_reset(lane->arena);
    /* An engine may refuse to go on after an error, so a command cannot shrug it off on any. */
    if (ok && tx.failed)
        ok = fail(&job->error, tx.error.code, "%s", tx.error.message);
    if (!ok && job->error.code == ERR_NONE)
        fail(&job->error, ERR_INTERNAL, "%s", error_words(ERR_INTERNAL));
    if (!ok)
        late_cut(&lane->late, mark);
    return ok;
}

static void run_in_savepoint(struct lane *lane, struct job *job, int64_t now)
{
    const struct engine *engine = lane->writer->db->engine;
    foresight_ends(lane);
    job->ok = engine->savepoint(lane->conn, &job->error) && run_command(lane, job, now) &&
              engine->settle(lane->conn, &job->error);
    if (!engine->in_transaction(lane->conn))
        return;
    if (!engine->savepoint_end(lane->conn, job->ok, job->ok ? &job->error : NULL)) {
        job->ok = false;
        engine->rollback(lane->conn);
    }
}

/* Commands that may run twice, one behind the other, share a savepoint: with one of its own each would keep a copy of
 * every page that it is the first to change. When one of them fails, all are taken back and run again, each alone.
 * Returns the first job that did not run. */
static struct job *run_together(struct lane *lane, struct job *first, int64_t now, int64_t until)
{
    const struct engine *engine = lane->writer->db->engine;
    struct late_statement **mark = lane->late.end;
    struct job *end = first, *last = first;
    bool ok = engine->savepoint(lane->conn, &first->error);
    foresight_ends(lane);
    if (!ok) { /* nothing is under way in which they could run */
        first->ok = false;
        engine->rollback(lane->conn);
        return first->next;
    }
    while (ok && end && end->repeatable && (end == first || clock_monotonic() < until)) {
        last = end;
        ok = last->ok = foresee(lane, last, now) && run_command(lane, last, now);
        end = last->next;
    }
    foresight_ends(lane);
    ok = ok && (last->ok = engine->settle(lane->conn, &last->error));
    if (!engine->in_transaction(lane->conn))
        return end;
    if (!engine->savepoint_end(lane->conn, ok, ok ? &last->error : NULL)) {
        last->ok = false;
        engine->rollback(lane->conn);
        return end;
    }
    late_cut(&lane->late, ok ? lane->late.end : mark);
    for (struct job *job = first; !ok && job != end; job = job->next) {
        job->error = (struct error){0};
        run_in_savepoint(lane, job, now);
        if (!engine->in_transaction(lane->conn))
            return job->next;
    }
    return end;
}

/* The next job, or the next few; returns the first that did not run. */
static struct job *run_next(struct lane *lane, struct job *job, bool alone, int64_t now, int64_t until)
{
    if (!alone && job->repeatable && job->next && job->next->repeatable)
        return run_together(lane, job, now, until);
    foresight_ends(lane);
    if (alone)
        job->ok = foresee(lane, job, now) && run_command(lane, job, now);
    else
        run_in_savepoint(lane, job, now);
    return job->next;
}

/* What the last of them was refused for. */
static struct error reason_of(const struct job *from, const struct job *end)
{
    struct error why = {ERR_STORAGE, "The change was not stored"};
    for (; from != end; from = from->next)
        if (!from->ok && from->error.code == ERR_STORAGE)
            why = from->error;
    return why;
}

static void fail_jobs(struct job *from, const struct job *end, const struct error *why)
{
    for (; from != end; from = from->next) {
        if (from->ok)
            fail(&from->error, why->code, "%s", why->message);
        from->ok = false;
    }
}

/* A connection that could not begin or commit may be past use (the medium was read-only for a while): a fresh
 * one is taken when there is one to be had. */
static void reconnect(struct lane *lane)
{
    const struct engine *engine = lane->writer->db->engine;
    struct conn *fresh = engine->heals ? NULL : engine->connect(lane->writer->db, true, NULL);
    if (!fresh)
        return;
    lane->writer->db->engine->disconnect(lane->conn);
    lane->conn = fresh;
}

static bool commit(struct lane *lane, struct error *e)
{
    struct tx tx = {.conn = lane->conn, .arena = lane->arena};
    return late_run(&lane->late, &tx, e) && lane->writer->db->engine->commit(lane->conn, e);
}

static void commit_jobs(struct lane *lane, struct job *first, const struct job *end)
{
    const struct engine *engine = lane->writer->db->engine;
    struct error why = {0};
    bool any = false;
    int64_t count = 0;
    for (const struct job *job = first; job != end; job = job->next) {
        any |= job->ok;
        count++;
    }
    if (any && commit(lane, &why)) {
        struct db_stats *stats = &lane->writer->db->stats;
        histogram_add(&stats->batch, histogram_sizes, count);
        histogram_add(&stats->commit, histogram_times, clock_monotonic() - lane->began);
        return;
    }
    engine->rollback(lane->conn);
    fail_jobs(first, end, &why);
    if (any)
        atomic_fetch_add(&lane->writer->db->stats.refused, 1);
    if (any && why.code == ERR_STORAGE)
        reconnect(lane);
}

static void fail_all(struct job *first, const struct error *why)
{
    for (struct job *job = first; job; job = job->next)
        job->ok = fail(&job->error, why->code, "%s", why->message);
}

static bool begin(struct lane *lane, int64_t brand, struct error *e)
{
    const struct db *db = lane->writer->db;
    if (!db->engine->begin(lane->conn, brand, e))
        return false;
    if (!db->at_begin)
        return true;
    struct tx tx = {.conn = lane->conn, .arena = lane->arena, .now = clock_now(), .late = &lane->late};
    bool ok = db->at_begin(&tx, &brand, e);
    tx_close_rows(&tx);
    arena_reset(lane->arena);
    if (!ok)
        db->engine->rollback(lane->conn);
    return ok;
}

/* Runs one transaction and returns the first job that has no part in it, or NULL. */
static struct job *run_batch(struct lane *lane, struct job *first)
{
    const struct engine *engine = lane->writer->db->engine;
    struct error why = {0};
    late_clear(&lane->late);
    lane->began = clock_monotonic();
    if (!begin(lane, first->brand, &why)) {
        fail_all(first, &why);
        atomic_fetch_add(&lane->writer->db->stats.refused, 1);
        reconnect(lane);
        return NULL;
    }
    int64_t now = clock_now();
    int64_t until = clock_monotonic() + BATCH_US;
    bool alone = !first->next;
    struct job *job = first;
    do {
        struct job *next = run_next(lane, job, alone, now, until);
        if (!engine->in_transaction(lane->conn)) {
            /* The engine rolled everything back (a full disk does that): what went before is lost with this
             * job. */
            why = reason_of(job, next);
            fail_jobs(first, next, &why);
            return next;
        }
        job = next;
    } while (job && clock_monotonic() < until);
    commit_jobs(lane, first, job);
    return job;
}

static void answer(struct job *job, const struct job *end)
{
    while (job != end) {
        struct job *next = job->next;
        if (job->wake) {
            sem_post(job->wake); /* from here on the job may be gone */
        } else {
            if (job->done)
                job->done(job->ctx, job->ok, job->ok ? NULL : &job->error);
            free(job);
        }
        job = next;
    }
}

static bool in_a_lane(const struct writer *w, int64_t brand)
{
    for (int i = 0; i < w->lane_count; i++)
        if (w->lanes[i].busy && (w->lanes[i].brand == brand || w->lane_count == 1))
            return true;
    return false;
}

/* The first job whose brand is in no lane. */
static struct job *first_free(const struct writer *w)
{
    struct job *job = w->first;
    while (job && in_a_lane(w, job->brand))
        job = job->next;
    return job;
}

/* Waits for work, but not longer than a look at other processes' commits may be late. Called with the lock.
 */
static void wait_for_work(struct lane *lane)
{
    struct writer *w = lane->writer;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WATCH_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    bool late = false;
    while (!first_free(w) && !(w->stopping && !w->first) && !late)
        late = pthread_cond_timedwait(&w->work, &w->lock, &until) == ETIMEDOUT;
}

/* Takes the waiting jobs of this brand (of all where there is one lane) out of the line. */
static struct job *take_brand(struct writer *w, int64_t brand)
{
    struct job *batch = NULL, **end = &batch, **at = &w->first;
    for (int n = 0; *at && n < DB_BATCH_MAX;) {
        struct job *job = *at;
        if (w->lane_count > 1 && job->brand != brand) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        *end = job;
        end = &job->next;
        w->db->stats.waiting = --w->queued;
        n++;
    }
    *end = NULL;
    for (w->last = &w->first; *w->last;)
        w->last = &(*w->last)->next;
    return batch;
}

/* The next batch, in the order of arrival; NULL when the wait was in vain. */
static struct job *take_batch(struct lane *lane, bool *stop)
{
    struct writer *w = lane->writer;
    pthread_mutex_lock(&w->lock);
    lane->busy = false;
    wait_for_work(lane);
    const struct job *job = first_free(w);
    struct job *batch = NULL;
    if (job) {
        lane->busy = true;
        lane->brand = job->brand;
        batch = take_brand(w, job->brand);
    }
    bool more = first_free(w);
    *stop = w->stopping && !w->first && !batch;
    pthread_mutex_unlock(&w->lock);
    if (more)
        pthread_cond_signal(&w->work);
    return batch;
}

static void *writer_main(void *ptr)
{
    struct lane *lane = ptr;
    struct writer *w = lane->writer;
    bool stop = false;
    own_lane = lane;
    while (!stop) {
        struct job *batch = take_batch(lane, &stop);
        if (!batch && lane == w->lanes && w->db->engine->changed_elsewhere(lane->conn))
            db_committed(w->db);
        while (batch) {
            struct job *rest = run_batch(lane, batch);
            db_committed(w->db); /* before its callers: who was answered has been heard of */
            answer(batch, rest);
            batch = rest;
        }
    }
    return NULL;
}

/* The first lane has its connection already. */
static bool lane_start(struct lane *lane, struct error *e)
{
    lane->arena = arena_new();
    lane->foreseen_arena = arena_new();
    late_init(&lane->late);
    if (!lane->conn)
        lane->conn = lane->writer->db->engine->connect(lane->writer->db, true, e);
    if (!lane->conn)
        return false;
    return pthread_create(&lane->thread, NULL, writer_main, lane) == 0 ||
           fail(e, ERR_INTERNAL, "The writer's thread cannot be started");
}

static void lane_free(struct lane *lane)
{
    if (lane->conn)
        lane->writer->db->engine->disconnect(lane->conn);
    arena_free(lane->arena);
    arena_free(lane->foreseen_arena);
    late_done(&lane->late);
}

static void writer_free(struct writer *w)
{
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static struct writer *writer_new(struct db *db)
{
    size_t lanes = (size_t)db->engine->lanes;
    struct writer *w = calloc(1, sizeof *w + lanes * sizeof w->lanes[0]);
    pthread_condattr_t attr;
    assert(w);
    w->db = db;
    w->last = &w->first;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->work, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

struct writer *writer_start(struct db *db, struct conn *conn, struct error *e)
{
    struct writer *w = writer_new(db);
    w->lanes[0].conn = conn;
    while (w->lane_count < db->engine->lanes) {
        struct lane *lane = &w->lanes[w->lane_count];
        lane->writer = w;
        pthread_mutex_lock(&w->lock); /* the other lanes look at how many they are */
        bool ok = lane_start(lane, e);
        w->lane_count += ok;
        pthread_mutex_unlock(&w->lock);
        if (ok)
            continue;
        lane_free(lane);
        if (w->lane_count)
            writer_stop(w);
        else
            writer_free(w);
        return NULL;
    }
    return w;
}

void writer_stop(struct writer *w)
{
    if (!w)
        return;
    assert(!writer_is_self(w));
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->work);
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->lane_count; i++)
        pthread_join(w->lanes[i].thread, NULL);
    for (int i = 0; i < w->lane_count; i++)
        lane_free(&w->lanes[i]);
    writer_free(w);
}

static bool enqueue(struct writer *w, struct job *job, size_t limit)
{
    pthread_mutex_lock(&w->lock);
    assert(!w->stopping || writer_is_self(w));                       /* a write to a database that is being closed */
    bool room = w->queued < limit, waits = in_a_lane(w, job->brand); /* for that lane, which looks by itself */
    if (room) {
        *w->last = job;
        w->last = &job->next;
        w->db->stats.waiting = ++w->queued;
    }
    pthread_mutex_unlock(&w->lock);
    if (room && !waits)
        pthread_cond_signal(&w->work); /* not under the lock, for which the woken thread would wait at once */
    return room;
}

bool db_write(struct db *db, int64_t brand, db_command *command, void *ctx, struct error *e)
{
    if (!db->writer)
        return fail(e, ERR_STORAGE, "The database was opened for reading only");
    assert(!writer_is_self(db->writer)); /* inside a command or a done callback it would wait for itself */
    sem_t wake;
    sem_init(&wake, 0, 0);
    struct job job = {.brand = brand, .command = command, .ctx = ctx, .wake = &wake};
    enqueue(db->writer, &job, SIZE_MAX);
    while (sem_wait(&wake) != 0 && errno == EINTR)
        ;
    sem_destroy(&wake);
    return job.ok || fail(e, job.error.code, "%s", job.error.message);
}

void db_write_later(struct db *db, int64_t brand, db_command *command, void *ctx,
                    void (*done)(void *ctx, bool ok, const struct error *e))
{
    db_write_foreseen(db, brand, NULL, command, ctx, done);
}

void db_write_foreseen(struct db *db, int64_t brand, db_foresight *foresight, db_command *command, void *ctx,
                       void (*done)(void *ctx, bool ok, const struct error *e))
{
    struct error why = {0};
    struct job *job = NULL;
    if (!db->writer) {
        fail(&why, ERR_STORAGE, "The database was opened for reading only");
    } else {
        assert(!writer_is_self(db->writer) || !own_lane->in_command); /* a rollback would not undo it */
        job = calloc(1, sizeof(*job));
        assert(job);
        *job = (struct job){
            .brand = brand, .foresight = foresight, .command = command, .ctx = ctx, .done = done, .repeatable = true};
        if (enqueue(db->writer, job, DB_QUEUE_MAX))
            return;
        fail(&why, ERR_UNAVAILABLE, "Too many changes are waiting to be stored: please try again");
    }
    free(job);
    if (done)
        done(ctx, false, &why);
}
