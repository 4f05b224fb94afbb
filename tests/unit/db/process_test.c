/* SPDX-License-Identifier: Apache-2.0 */
/* Several processes on one file: one that is killed loses nothing it acknowledged, ones that write at the
 * same time wait for each other, and one that hoards the database is reported. */
#include "support.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include "base/clock.h"

int db_process_test(void);

static bool add_shelf(struct tx *tx, void *ctx, struct error *e)
{
    int64_t id = *(int64_t *)ctx;
    return EXEC(tx, "INSERT INTO shelf (id, label) VALUES ($1, 'x')", e, V(id));
}

struct worker {
    struct db *db;
    int fd;
    int64_t first;
};

/* Writes until the end of the process, telling each id that was acknowledged. */
static void *write_and_tell(void *ptr)
{
    struct worker *worker = ptr;
    for (int64_t id = worker->first;; id += 8)
        if (!db_write(worker->db, 1, add_shelf, &id, NULL) || write(worker->fd, &id, sizeof(id)) != sizeof(id))
            _exit(1);
}

static NORETURN void be_killed(const char *path, int fd)
{
    struct worker workers[8];
    pthread_t threads[8];
    struct db *db = open_test(path, test_schema);
    for (int i = 0; i < 8; i++) {
        workers[i] = (struct worker){.db = db, .fd = fd, .first = i + 1};
        if (pthread_create(&threads[i], NULL, write_and_tell, &workers[i]) != 0)
            _exit(1);
    }
    for (;;)
        pause();
}

static bool has_shelf(struct tx *tx, void *ctx, struct error *e)
{
    struct rows *rows CLEANUP(rows_cleanup) = QUERY(tx, "SELECT 1 FROM shelf WHERE id = $1", e, V(*(int64_t *)ctx));
    return rows && rows_next(rows);
}

/* Kills the child after so many acknowledgements and returns how many there were in all; *missing of them are
 * lost. */
static int kill_after(const char *path, int acknowledged, int *missing)
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        be_killed(path, pipes[1]);
    }
    close(pipes[1]);
    int64_t *ids = calloc(1000000, sizeof(*ids));
    assert_non_null(ids);
    int n = 0;
    while (n < 1000000 && read(pipes[0], &ids[n], sizeof(*ids)) == sizeof(*ids))
        if (++n == acknowledged)
            kill(child, SIGKILL);
    close(pipes[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct db *db = open_test(path, test_schema);
    for (int i = 0; i < n; i++)
        *missing += !db_read(db, has_shelf, &ids[i], NULL);
    assert_true(db_check(db, NULL));
    assert_true(read_number(db, "SELECT count(*) FROM shelf") >= n);
    write_raw(db, "DELETE FROM shelf");
    db_close(db);
    free(ids);
    return n;
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
    struct fixture *f = *state;
    int missing = 0;
    for (int round = 0; round < 5; round++) {
        int acknowledged = 1 + round * 333;
        assert_true(kill_after(f->path, acknowledged, &missing) >= acknowledged);
    }
    assert_int_equal(missing, 0);
}

static NORETURN void write_many(const char *path, int64_t first, int n)
{
    struct db *db = open_test(path, test_schema);
    for (int64_t id = first; id < first + n; id++)
        if (!db_write(db, 1, add_shelf, &id, NULL))
            _exit(1);
    db_close(db);
    _exit(0);
}

static void processes_take_turns(void **state)
{
    struct fixture *f = *state;
    db_close(open_test(f->path, test_schema));
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0)
            write_many(f->path, 1 + i * 1000, 300);
    }
    for (int i = 0; i < 3; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    f->db = open_test(f->path, test_schema);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 900);
}

/* A writer that never pauses must not keep another process from its turn. */
struct busy {
    struct db *db;
    bool stop;
    int64_t next;
};

static void *write_without_pause(void *ptr)
{
    struct busy *busy = ptr;
    while (!__atomic_load_n(&busy->stop, __ATOMIC_RELAXED)) {
        int64_t id = __atomic_fetch_add(&busy->next, 1, __ATOMIC_RELAXED);
        if (!db_write(busy->db, 1, add_shelf, &id, NULL))
            return busy;
    }
    return NULL;
}

static NORETURN void keep_busy(const char *path, int ready)
{
    struct busy busy = {.db = open_test(path, test_schema), .next = 1000000};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, write_without_pause, &busy) != 0)
            _exit(1);
    if (write(ready, "x", 1) != 1)
        _exit(1);
    pthread_join(threads[0], NULL);
    _exit(1);
}

static void nobody_is_starved(void **state)
{
    struct fixture *f = *state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0)
        keep_busy(f->path, pipes[1]);
    char byte;
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    f->db = open_test(f->path, test_schema);
    int64_t worst = 0;
    for (int64_t id = 1; id <= 50; id++) {
        int64_t begun = clock_monotonic();
        struct error e = {0};
        if (!db_write(f->db, 1, add_shelf, &id, &e))
            fail_msg("%s", e.message);
        int64_t took = clock_monotonic() - begun;
        worst = took > worst ? took : worst;
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(pipes[0]);
    close(pipes[1]);
    assert_true(worst < 3 * SECOND_US);
}

static void wake(void *ctx)
{
    sem_post(ctx);
}

static void another_process_is_noticed(void **state)
{
    struct fixture *f = *state;
    db_close(open_test(f->path, test_schema));
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork(); /* before this process has threads */
    if (child == 0) {
        char byte;
        if (read(pipes[0], &byte, 1) != 1)
            _exit(1);
        write_many(f->path, 1, 1);
    }
    f->db = open_test(f->path, test_schema);
    sem_t woken;
    sem_init(&woken, 0, 0);
    db_on_commit(f->db, wake, &woken);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    sem_wait(&woken);
    assert_int_equal(waitpid(child, NULL, 0), child);
    db_on_commit(f->db, NULL, NULL);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 1);
    close(pipes[0]);
    close(pipes[1]);
}

/* Takes the right to write, says so, and keeps it for a while. */
static NORETURN void hoard(const char *path, int fd, unsigned microseconds)
{
    sqlite3 *handle = NULL;
    if (sqlite3_open(path, &handle) != SQLITE_OK ||
        sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK || write(fd, "x", 1) != 1)
        _exit(1);
    usleep(microseconds);
    sqlite3_close(handle);
    _exit(0);
}

static void a_hoarder_is_waited_for(void **state)
{
    struct fixture *f = *state;
    db_close(open_test(f->path, test_schema));
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        hoard(f->path, pipes[1], 800000);
    }
    close(pipes[1]);
    char byte;
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    struct error e = {0};
    f->db = open_test(f->path, test_schema); /* looking at the schema already waits */
    int64_t id = 1;
    assert_true(db_write(f->db, 1, add_shelf, &id, &e));
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(pipes[0]);
}

int db_process_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_acknowledged_survives_a_kill, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(processes_take_turns, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(nobody_is_starved, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(another_process_is_noticed, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_hoarder_is_waited_for, folder_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/process", tests, NULL, NULL);
}
