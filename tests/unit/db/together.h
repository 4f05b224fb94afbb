/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that run in one transaction: they wait behind a gate until all are there, and each remembers its end. And
 * a story told on both engines. */
#pragma once

#include <semaphore.h>

#include "postgres_support.h"

/* The first member of a test's own command. */
struct end {
    bool ok;
    struct error error;
    sem_t *told;
};

UNUSED static void end_told(void *ctx, bool ok, const struct error *e)
{
    struct end *end = ctx;
    end->ok = ok;
    if (e)
        end->error = *e;
    sem_post(end->told);
}

struct gate {
    sem_t entered, open, told;
};

UNUSED static bool wait_at_gate(struct tx *tx, void *ctx, struct error *e)
{
    struct gate *gate = ctx;
    (void)tx;
    (void)e;
    sem_post(&gate->entered);
    sem_wait(&gate->open);
    return true;
}

/* A batch of its own, for commands queued together may run twice: what is queued from now on comes after it. */
UNUSED static void gate_shut(struct gate *gate, struct db *db)
{
    sem_init(&gate->entered, 0, 0);
    sem_init(&gate->open, 0, 0);
    sem_init(&gate->told, 0, 0);
    db_write_later(db, 1, wait_at_gate, gate, NULL);
    sem_wait(&gate->entered);
}

/* Waits until n have come to their end. */
UNUSED static void gate_open(struct gate *gate, int n)
{
    sem_post(&gate->open);
    for (int i = 0; i < n; i++)
        sem_wait(&gate->told);
}

/* Each on a database of its own. foresees: also in a file, where nothing is gained by it. */
UNUSED static void on_each_engine(void (*story)(struct db *db), bool foresees)
{
    void *state;
    char url[256];
    folder_setup(&state);
    struct fixture *f = state;
    f->db = open_test(f->path, embed_files);
    f->db->foresees |= foresees;
    story(f->db);
    db_teardown(&state);
    if (!test_database_make(url)) {
        print_message("skipped: the same on PostgreSQL (ASCOLTO_TEST_POSTGRES names no server)\n");
        return;
    }
    struct error e = {0};
    struct db_config config = {.url = url};
    struct db *db = db_open(&config, &e);
    if (!db)
        fail_msg("%s", e.message);
    story(db);
    db_close(db);
    test_database_drop(url);
}
