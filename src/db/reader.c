/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: each thread has one read-only connection to each database it reads, made at its first read and
 * closed when the thread ends or the database is closed. Threads that read must have ended, or read no more,
 * at db_close. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include "base/arena.h"
#include "base/clock.h"
#include "db/db_internal.h"

struct reader {
    struct db *db;
    struct reader *next, **link; /* in db->readers */
    struct conn *conn;
    struct arena *arena;
    struct tx tx; /* while it is busy */
    int64_t began;
    bool busy;
};

static void reader_free(struct reader *reader)
{
    reader->db->engine->disconnect(reader->conn);
    arena_free(reader->arena);
    free(reader);
}

static void thread_ended(void *ptr)
{
    struct reader *reader = ptr;
    pthread_mutex_lock(&reader->db->lock);
    *reader->link = reader->next;
    if (reader->next)
        reader->next->link = reader->link;
    pthread_mutex_unlock(&reader->db->lock);
    reader_free(reader);
}

bool readers_init(struct db *db, struct error *e)
{
    if (pthread_key_create(&db->reader_key, thread_ended) != 0)
        return fail(e, ERR_INTERNAL, "Too many databases are open in this process");
    pthread_mutex_init(&db->lock, NULL);
    return true;
}

void readers_close(struct db *db)
{
    pthread_key_delete(db->reader_key);
    while (db->readers) {
        struct reader *reader = db->readers;
        assert(!reader->busy);
        db->readers = reader->next;
        reader_free(reader);
    }
    pthread_mutex_destroy(&db->lock);
}

static struct reader *reader_of_thread(struct db *db, struct error *e)
{
    struct reader *reader = pthread_getspecific(db->reader_key);
    if (reader)
        return reader;
    struct conn *conn = db->engine->connect(db, false, e);
    if (!conn)
        return NULL;
    reader = calloc(1, sizeof(*reader));
    assert(reader);
    *reader = (struct reader){.db = db, .conn = conn, .arena = arena_new()};
    pthread_mutex_lock(&db->lock);
    reader->next = db->readers;
    reader->link = &db->readers;
    if (reader->next)
        reader->next->link = &reader->next;
    db->readers = reader;
    pthread_mutex_unlock(&db->lock);
    pthread_setspecific(db->reader_key, reader);
    return reader;
}

struct tx *db_read_begin(struct db *db, struct error *e)
{
    assert(!writer_is_self(db->writer)); /* a command sees more in its own transaction */
    struct reader *reader = reader_of_thread(db, e);
    if (!reader)
        return NULL;
    assert(!reader->busy); /* a read inside a read */
    reader->began = clock_monotonic();
    if (!db->engine->begin(reader->conn, 0, e))
        return NULL;
    reader->busy = true;
    reader->tx = (struct tx){.conn = reader->conn, .arena = reader->arena, .now = clock_now()};
    return &reader->tx;
}

void db_read_end(struct tx *tx)
{
    struct reader *reader = (struct reader *)(void *)((char *)tx - offsetof(struct reader, tx));
    struct db *db = reader->db;
    tx_close_rows(tx);
    if (!db->engine->commit(reader->conn, NULL))
        db->engine->rollback(reader->conn);
    arena_reset(reader->arena);
    reader->busy = false;
    histogram_add(&db->stats.read, histogram_times, clock_monotonic() - reader->began);
}

bool db_read(struct db *db, db_command *read, void *ctx, struct error *e)
{
    struct tx *tx = db_read_begin(db, e);
    if (!tx)
        return false;
    bool ok = read(tx, ctx, e);
    db_read_end(tx);
    return ok;
}
