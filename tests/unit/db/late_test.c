/* SPDX-License-Identifier: Apache-2.0 */
/* Statements that wait for the end of the transaction: they run in order, go with the command that made them, and
 * take everything with them when they fail. */
#include "support.h"
#include <semaphore.h>

int db_late_test(void);

struct step {
    const char *value;
    bool refuse;
    bool ok;
    struct error error;
    sem_t *done;
};

static bool put_late(struct tx *tx, void *ctx, struct error *e)
{
    const struct step *step = ctx;
    char value[32];
    snprintf(value, sizeof value, "%s", step->value);
    db_exec_late(tx, SQL_setting_put, V("last"), V((const char *)value));
    db_exec_late(tx, SQL_setting_put, V((const char *)value), V("here"));
    memset(value, '?', sizeof value - 1); /* the values were copied */
    return !step->refuse || fail(e, ERR_FORBIDDEN, "not this one");
}

/* The same row again breaks the key. */
static bool put_row_late(struct tx *tx, void *ctx, struct error *e)
{
    (void)e;
    (void)ctx;
    db_exec_late(tx, SQL_second_look_insert, V(1), V(1), V(1), V(1), V("fine"), V(1));
    return true;
}

/* A batch of its own, for commands queued together may run twice: the others come when it is under way. */
struct gate {
    sem_t entered, open;
};

static bool wait_at_gate(struct tx *tx, void *ctx, struct error *e)
{
    (void)tx;
    (void)e;
    struct gate *gate = ctx;
    sem_post(&gate->entered);
    sem_wait(&gate->open);
    return true;
}

static void step_done(void *ctx, bool ok, const struct error *e)
{
    struct step *step = ctx;
    step->ok = ok;
    if (e)
        step->error = *e;
    sem_post(step->done);
}

/* All steps in one transaction. */
static void run_together(struct db *db, db_command *command, struct step *steps, int n)
{
    struct gate gate;
    sem_t done;
    sem_init(&gate.entered, 0, 0);
    sem_init(&gate.open, 0, 0);
    sem_init(&done, 0, 0);
    db_write_later(db, 1, wait_at_gate, &gate, NULL);
    sem_wait(&gate.entered);
    for (int i = 0; i < n; i++) {
        steps[i].done = &done;
        db_write_later(db, 1, command, &steps[i], step_done);
    }
    sem_post(&gate.open);
    for (int i = 0; i < n; i++)
        sem_wait(&done);
}

static int full_setup(void **state)
{
    folder_setup(state);
    struct fixture *f = *state;
    f->db = open_test(f->path, embed_files);
    return 0;
}

static void they_run_in_order_and_go_with_their_command(void **state)
{
    struct fixture *f = *state;
    struct step steps[] = {
        {.value = "one"}, {.value = "two", .refuse = true}, {.value = "three"}, {.value = "four", .refuse = true}};
    run_together(f->db, put_late, steps, 4);
    assert_true(steps[0].ok && !steps[1].ok && steps[2].ok && !steps[3].ok);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM setting WHERE name IN ('one', 'three')"), 2);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM setting WHERE name IN ('two', 'four')"), 0);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM setting WHERE name = 'last' AND value = 'three'"), 1);
}

static void one_that_fails_fails_the_transaction(void **state)
{
    struct fixture *f = *state;
    struct step steps[2] = {0}, again = {.value = "after"};
    run_together(f->db, put_row_late, steps, 2);
    assert_true(!steps[0].ok && !steps[1].ok);
    assert_int_equal(steps[0].error.code, ERR_CONFLICT);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM second_look"), 0);
    run_together(f->db, put_late, &again, 1);
    assert_true(again.ok);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM setting WHERE name = 'after'"), 1);
}

int db_late_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_run_in_order_and_go_with_their_command, full_setup, db_teardown),
        cmocka_unit_test_setup_teardown(one_that_fails_fails_the_transaction, full_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/late", tests, NULL, NULL);
}
