/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the database and running commands: what care, web, jobs and cli may see of db. */
#pragma once

#include "base/compiler.h"
#include "base/histogram.h"
#include "base/str.h"

struct arena;
struct db;
struct error;
struct str;
struct tx;

typedef bool db_command(struct tx *tx, void *ctx, struct error *e);

struct db_config {
    const char *path;     /* SQLite file, or NULL */
    const char *url;      /* postgresql://user@host/name, or NULL */
    bool read_only;       /* no writer, no migration */
    bool create;          /* make the file when it is not there */
    db_command *at_begin; /* run first in every batch; ctx is its brand (int64_t *); may be NULL */
};

/* Opens, migrates (unless read_only) and starts the writer. A schema newer than the program is refused. */
struct db *db_open(const struct db_config *config, struct error *e) MUST_USE;
void db_close(struct db *db); /* NULL is accepted; what is queued is still written */

/* Runs the command in the next batch and returns when it is on disk (true) or rolled back (false, e says
 * why). brand: commands of different brands may be batched apart. Any thread but the writer's own. */
bool db_write(struct db *db, int64_t brand, db_command *command, void *ctx, struct error *e) MUST_USE;
/* The same without waiting; done runs on the writer's thread after the commit and must be quick. The command may run
 * twice: when another one beside it fails, it is taken back with it and run again. When the queue is full (16,384
 * commands) done runs at once with ERR_UNAVAILABLE. */
void db_write_later(struct db *db, int64_t brand, db_command *command, void *ctx,
                    void (*done)(void *ctx, bool ok, const struct error *e));
/* What commands that wait together would ask one by one, asked for all of them at once: runs in their transaction
 * before the first of them, with the ctx of each. Between it and the last of them nothing else runs: what it found
 * stands as far as they themselves do not change it. It returns what they find by tx_foreseen, made in tx_arena; NULL
 * without an error: nothing. Where asking costs no journey, and for a command that runs again, alone, nothing is
 * foreseen: each asks for itself. */
typedef void *db_foresight(struct tx *tx, void *const *ctx, size_t count, struct error *e);
/* db_write_later for such commands; foresight may be NULL. */
void db_write_foreseen(struct db *db, int64_t brand, db_foresight *foresight, db_command *command, void *ctx,
                       void (*done)(void *ctx, bool ok, const struct error *e));
/* What this foresight returned for the command that runs; NULL: there was none. */
void *tx_foreseen(const struct tx *tx, db_foresight *foresight);
/* Runs read in one snapshot on this thread's read connection. */
bool db_read(struct db *db, db_command *read, void *ctx, struct error *e) MUST_USE;
/* The same in parts, for what is read in several steps: one at a time on a thread, ended on the same thread and soon.
 */
struct tx *db_read_begin(struct db *db, struct error *e) MUST_USE;
void db_read_end(struct tx *tx);
/* woken(ctx) runs on the writer's thread after each commit, of other processes too (those a little later).
 * One listener a db; NULL takes it away, and it is not called any more when this returns. */
void db_on_commit(struct db *db, void (*woken)(void *ctx), void *ctx);

/* Words for the other nodes on this database, not stored (at most 7,000 bytes, UTF-8): who writes where, how often a
 * key was used. Quick; any thread. Lost while the database is away. With SQLite there is nobody else: nothing
 * happens. */
void db_tell(struct db *db, struct str words);
/* told(ctx, words) runs on a thread of db for what other nodes told, never for what this process told itself. One
 * listener a db; NULL takes it away, and it is not called any more when this returns. */
void db_on_told(struct db *db, void (*told)(void *ctx, struct str words), void *ctx);

/* Whether statements that are said ahead (db_ahead) gain anything here. */
bool db_travels(const struct tx *tx);
/* What was said ahead is foreseen to be all that this reading asks: it is then read in one journey, and there is
 * nothing to be ended. What is asked all the same is read in a newer snapshot, which db_read_again finds. */
void db_ahead_is_all(struct tx *tx);
/* True: this reading has read in two snapshots. What it asked is forgotten, and all is to be read again, in the newer
 * one. */
bool db_read_again(struct tx *tx) MUST_USE;
/* Whether all came with the first answer. */
bool db_read_was_one(const struct tx *tx);
/* Memory for as long as the command (or the read) runs. */
struct arena *tx_arena(struct tx *tx);
/* The moment the batch began, microseconds: one command sees one time. */
int64_t tx_now(const struct tx *tx);

/* What the database was asked since it was opened. */
struct db_stats {
    const char *engine;
    struct histogram batch, commit, read; /* commands in a batch; microseconds of a batch until durable; of a read */
    _Atomic uint64_t refused;             /* batches that could not be stored */
    _Atomic uint64_t waiting;             /* commands, now */
};
const struct db_stats *db_stats(const struct db *db);
bool db_is_away(const struct db *db); /* the server cannot be reached */
/* Whether a read is answered on the spot, from memory or a file of this machine: nobody waits for a server. */
bool db_reads_here(const struct db *db);
/* Bytes that the engine keeps in this process: pages of the file. */
size_t db_memory(const struct db *db);

/* Operations. A backup is a SQLite file of one moment, whatever the engine; progress (may be NULL) gives up by false.
 */
bool db_backup(struct db *db, const char *path, bool (*progress)(void *ctx, int64_t done, int64_t total), void *ctx,
               struct error *e) MUST_USE;
/* Brings the schema up and spreads the tables over the workers of Citus, where config is a database with it. told for
 * each table that was placed now (fresh), then for each of all; table NULL: a remark. A second time nothing is done.
 */
typedef void db_placed(void *ctx, const char *table, const char *how, bool fresh);
bool db_distribute(const struct db_config *config, int64_t *schema, db_placed *told, void *ctx,
                   struct error *e) MUST_USE;
bool db_check(struct db *db, struct error *e) MUST_USE; /* the engine's own integrity check */
int64_t db_schema_version(struct db *db);
