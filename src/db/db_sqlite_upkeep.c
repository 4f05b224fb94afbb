/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite: checkpoints, on a thread of their own. Copying the log into the database is done in passing while
 * others read and write; only when the log has grown past its limit (a writer that never pauses) are the
 * writers held for the rest of it, so that the log can start again from its beginning. */
#include <assert.h>
#include <stdlib.h>
#include "db/db_sqlite.h"

enum {
    LOG_STEP_PAGES = 4096,   /* 16 MB: copied in passing */
    LOG_LIMIT_PAGES = 16384, /* 64 MB: writers wait for the rest */
    REST_PAGES = 128,        /* not for more than these, if they can be copied in passing */
    PASSES = 4,              /* but new ones come as fast as the old ones go, where the disk is slow */
    HOLD_MS = 250            /* and no longer than this for readers of the log's old pages */
};

struct upkeep {
    struct conn *conn;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t due;
    int pages;   /* in the log */
    int handled; /* of these, when the last checkpoint was begun */
    bool stopping;
};

void sqlite_upkeep_log_grew(struct upkeep *u, int pages)
{
    if (!u)
        return;
    pthread_mutex_lock(&u->lock);
    if (pages < u->pages)
        u->handled = 0; /* the log has started again */
    u->pages = pages;
    if (pages - u->handled >= LOG_STEP_PAGES)
        pthread_cond_signal(&u->due);
    pthread_mutex_unlock(&u->lock);
}

/* Errors are left to the next turn: nothing is lost by a checkpoint that did not happen. */
static void checkpoint(struct upkeep *u)
{
    struct sqlite_conn *c = sqlite_conn(u->conn);
    int in_log = 0;
    int copied = 0;
    if (!sqlite_disk_writable(c, NULL))
        return;
    for (int i = 0; i == 0 || (i < PASSES && in_log >= LOG_LIMIT_PAGES && in_log - copied > REST_PAGES); i++)
        sqlite3_wal_checkpoint_v2(c->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
    if (in_log < LOG_LIMIT_PAGES)
        return;
    sqlite_turn_take(c);
    sqlite3_wal_checkpoint_v2(c->handle, NULL, SQLITE_CHECKPOINT_RESTART, &in_log, &copied);
    sqlite_turn_give(c);
}

static void *upkeep_main(void *ptr)
{
    struct upkeep *u = ptr;
    pthread_mutex_lock(&u->lock);
    while (!u->stopping) {
        if (u->pages - u->handled < LOG_STEP_PAGES) {
            pthread_cond_wait(&u->due, &u->lock);
            continue;
        }
        u->handled = u->pages;
        pthread_mutex_unlock(&u->lock);
        checkpoint(u);
        pthread_mutex_lock(&u->lock);
    }
    pthread_mutex_unlock(&u->lock);
    return NULL;
}

bool sqlite_upkeep_start(struct db *db, struct error *e)
{
    struct conn *conn = sqlite_connect(db, true, e);
    if (!conn)
        return false;
    sqlite_conn(conn)->busy_ms = HOLD_MS;
    struct upkeep *u = calloc(1, sizeof(*u));
    assert(u);
    u->conn = conn;
    pthread_mutex_init(&u->lock, NULL);
    pthread_cond_init(&u->due, NULL);
    if (pthread_create(&u->thread, NULL, upkeep_main, u) == 0) {
        db->upkeep = u;
        return true;
    }
    sqlite_disconnect(conn);
    free(u);
    return fail(e, ERR_INTERNAL, "The database's thread cannot be started");
}

void sqlite_upkeep_stop(struct db *db)
{
    struct upkeep *u = db->upkeep;
    if (!u)
        return;
    pthread_mutex_lock(&u->lock);
    u->stopping = true;
    pthread_cond_signal(&u->due);
    pthread_mutex_unlock(&u->lock);
    pthread_join(u->thread, NULL);
    sqlite_disconnect(u->conn);
    pthread_cond_destroy(&u->due);
    pthread_mutex_destroy(&u->lock);
    free(u);
    db->upkeep = NULL;
}
