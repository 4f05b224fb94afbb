/* SPDX-License-Identifier: Apache-2.0 */
/* What is a bug in the caller stops the program instead of waiting for ever or answering wrongly. Each misuse
 * runs in a child, which must not reach its end. */
#include "support.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

int db_misuse_test(void);

static struct db *opened; /* the child's */

static bool nothing(struct tx *tx, void *ctx, struct error *e)
{
    (void)tx;
    (void)ctx;
    (void)e;
    return true;
}

static bool read_inside(struct tx *tx, void *ctx, struct error *e)
{
    (void)tx;
    return db_read(opened, nothing, ctx, e);
}

static bool write_inside(struct tx *tx, void *ctx, struct error *e)
{
    (void)tx;
    return db_write(opened, 1, nothing, ctx, e);
}

static bool queue_inside(struct tx *tx, void *ctx, struct error *e)
{
    (void)tx;
    (void)e;
    db_write_later(opened, 1, nothing, ctx, NULL);
    return true;
}

static bool forget_rows(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return QUERY(tx, "SELECT 1", e);
}

static bool too_few_values(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return EXEC(tx, "SELECT $1, $2", e, V(1));
}

static bool too_many_values(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return EXEC(tx, "SELECT $1", e, V(1), V(2));
}

static bool column_before_row(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    struct rows *rows CLEANUP(rows_cleanup) = QUERY(tx, "SELECT 1", e);
    return rows && rows_int(rows, 0) == 1;
}

static bool close_twice(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    struct rows *rows = db_query(tx, SQL_schema_version_get, e);
    rows_close(rows);
    rows_close(rows);
    return true;
}

/* How the child ended: true when it was stopped by abort(). */
static bool stops(const char *path, bool write, db_command *command)
{
    pid_t child = fork();
    if (child == 0) {
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, STDERR_FILENO);
        opened = open_test(path, test_schema);
        bool ok = write ? db_write(opened, 1, command, NULL, NULL) : db_read(opened, command, NULL, NULL);
        _exit(ok ? 0 : 1);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void misuse_stops(void **state)
{
    const struct fixture *f = *state;
    assert_false(stops(f->path, true, nothing));
    assert_false(stops(f->path, false, nothing));
    assert_true(stops(f->path, false, read_inside));
    assert_true(stops(f->path, true, read_inside));
    assert_true(stops(f->path, true, write_inside));
    assert_true(stops(f->path, true, queue_inside));
    assert_true(stops(f->path, false, too_few_values));
    assert_true(stops(f->path, false, too_many_values));
    assert_true(stops(f->path, false, column_before_row));
    assert_true(stops(f->path, false, close_twice));
}

static void forgotten_rows_stop_strict_builds(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(stops(f->path, false, forget_rows), DB_STRICT);
    assert_int_equal(stops(f->path, true, forget_rows), DB_STRICT);
}

int db_misuse_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(misuse_stops, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(forgotten_rows_stop_strict_builds, folder_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/misuse", tests, NULL, NULL);
}
