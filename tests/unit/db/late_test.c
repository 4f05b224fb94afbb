/* SPDX-License-Identifier: Apache-2.0 */
/* Statements that wait for the end of the transaction: they run in order, go with the command that made them, and
 * take everything with them when they fail. */
#include "support.h"
#include "together.h"

int db_late_test(void);

struct step {
    struct end end; /* first */
    const char *value;
    bool refuse;
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

/* All steps in one transaction. */
static void run_together(struct db *db, db_command *command, struct step *steps, int n)
{
    struct gate gate;
    gate_shut(&gate, db);
    for (int i = 0; i < n; i++) {
        steps[i].end.told = &gate.told;
        db_write_later(db, 1, command, &steps[i], end_told);
    }
    gate_open(&gate, n);
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
    assert_true(steps[0].end.ok && !steps[1].end.ok && steps[2].end.ok && !steps[3].end.ok);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM setting WHERE name IN ('one', 'three')"), 2);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM setting WHERE name IN ('two', 'four')"), 0);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM setting WHERE name = 'last' AND value = 'three'"), 1);
}

static void one_that_fails_fails_the_transaction(void **state)
{
    struct fixture *f = *state;
    struct step steps[2] = {{.refuse = false}}, again = {.value = "after"};
    run_together(f->db, put_row_late, steps, 2);
    assert_true(!steps[0].end.ok && !steps[1].end.ok);
    assert_int_equal(steps[0].end.error.code, ERR_CONFLICT);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM second_look"), 0);
    run_together(f->db, put_late, &again, 1);
    assert_true(again.end.ok);
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
