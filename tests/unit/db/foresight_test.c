/* SPDX-License-Identifier: Apache-2.0 */
/* What commands of one kind ask together, and rows that are not waited for; on PostgreSQL too where there is a
 * server. */
#include "support.h"
#include "base/arena.h"
#include "together.h"

int db_foresight_test(void);

enum { MOST = 64 };

struct step {
    struct end end; /* first */
    int64_t key;
    bool refuse;
    /* out */
    int runs, foreseen; /* how often with a foresight */
    bool was_there;
};

struct sight {
    size_t count;
    int64_t keys[MOST]; /* those that were there */
    size_t found;
};

static int asked; /* how often; on the writer's thread only */
static bool refuse_to_foresee;

static void *look(struct tx *tx, void *const *ctx, size_t count, struct error *e)
{
    struct sight *sight = ARENA_NEW(tx_arena(tx), struct sight);
    struct db_value brand = V(1), list[MOST];
    asked++;
    sight->count = count;
    for (size_t i = 0; i < count; i++)
        list[i] = V(((const struct step *)ctx[i])->key);
    /* the same statement twice at once, and one whose rows nobody reads */
    struct rows *first = db_ask_list(tx, SQL_dedup_list, &brand, 1, list, count, e);
    struct rows *second = db_ask_list(tx, SQL_dedup_list, &brand, 1, list, 1, e);
    struct rows *unread = db_ask_list(tx, SQL_dedup_list, &brand, 1, list, count, e);
    assert_true(first && second && unread);
    rows_close(unread);
    while (rows_next(first))
        sight->keys[sight->found++] = rows_int(first, 0);
    while (rows_next(second))
        assert_int_equal(rows_int(second, 0), list[0].integer);
    assert_true(rows_ok(first, e) && rows_ok(second, e));
    rows_close(second);
    rows_close(first);
    return refuse_to_foresee ? fail_null(e, ERR_UNAVAILABLE, "I see nothing") : sight;
}

static bool put_key(struct tx *tx, void *ctx, struct error *e)
{
    struct step *step = ctx;
    const struct sight *sight = tx_foreseen(tx, look);
    step->runs++;
    step->foreseen += sight != NULL;
    step->was_there = false;
    for (size_t i = 0; sight && i < sight->found; i++)
        step->was_there |= sight->keys[i] == step->key;
    if (!db_exec(tx, SQL_dedup_set, NULL, e, V(1), V(step->key), V(step->runs)))
        return false;
    return !step->refuse || fail(e, ERR_FORBIDDEN, "not this one");
}

/* All steps in one transaction; one without a key is a command that asks for nothing. */
static void run_steps(struct db *db, struct step *steps, int n)
{
    struct gate gate;
    gate_shut(&gate, db);
    asked = 0;
    for (int i = 0; i < n; i++) {
        steps[i].end.told = &gate.told;
        db_write_foreseen(db, 1, steps[i].key < 0 ? NULL : look, put_key, &steps[i], end_told);
    }
    gate_open(&gate, n);
}

static int64_t keys_there(struct db *db)
{
    return read_number(db, "SELECT count(*) FROM dedup");
}

static void all_of_a_kind_ask_once(struct db *db)
{
    struct step steps[] = {{.key = 1}, {.key = 2}, {.key = 1}, {.key = -5}, {.key = 1}, {.key = 3}};
    run_steps(db, steps, 6);
    assert_int_equal(asked, 2); /* again after the one that is of another kind */
    assert_int_equal(keys_there(db), 4);
    for (int i = 0; i < 6; i++) {
        assert_true(steps[i].end.ok && steps[i].runs == 1);
        assert_int_equal(steps[i].foreseen, i != 3);
        assert_int_equal(steps[i].was_there, i == 4); /* what they do themselves is not foreseen */
    }
    struct step alone = {.key = 3};
    run_steps(db, &alone, 1);
    assert_true(alone.end.ok && alone.was_there);
    assert_int_equal(asked, 1);
}

static void who_runs_again_asks_for_himself(struct db *db)
{
    struct step steps[] = {{.key = 1}, {.key = 2, .refuse = true}, {.key = 3}};
    run_steps(db, steps, 3);
    assert_true(steps[0].end.ok && !steps[1].end.ok && steps[2].end.ok);
    assert_int_equal(steps[1].end.error.code, ERR_FORBIDDEN);
    assert_int_equal(keys_there(db), 2);
    assert_int_equal(asked, 1);
    assert_true(steps[0].runs == 2 && steps[0].foreseen == 1);
    struct step alone = {.key = 2, .refuse = true};
    run_steps(db, &alone, 1);
    assert_true(!alone.end.ok && keys_there(db) == 2);
}

static void without_foresight_they_run_all_the_same(struct db *db)
{
    struct step steps[] = {{.key = 1}, {.key = 2}};
    refuse_to_foresee = true;
    run_steps(db, steps, 2);
    refuse_to_foresee = false;
    assert_true(steps[0].end.ok && steps[1].end.ok && !steps[0].foreseen && !steps[1].foreseen);
    assert_int_equal(keys_there(db), 2);
}

static bool ask_and_break(struct tx *tx, void *ctx, struct error *e)
{
    struct db_value brand = V(1), key = V(1);
    struct error later = {0};
    (void)ctx;
    if (!db_exec(tx, SQL_dedup_insert_new, NULL, e, V(1), V(7), V(1)))
        return false;
    struct rows *rows = db_exec(tx, SQL_dedup_insert_new, NULL, e, V(1), V(7), V(1))
                            ? db_ask_list(tx, SQL_dedup_list, &brand, 1, &key, 1, e)
                            : NULL;
    if (!rows)
        return false; /* SQLite has refused it at once */
    assert_false(rows_next(rows));
    assert_false(rows_ok(rows, &later));
    rows_close(rows);
    return true; /* and cannot be shrugged off */
}

static void an_answer_that_did_not_come_is_an_error(struct db *db)
{
    struct error e = {0};
    assert_false(db_write(db, 1, ask_and_break, NULL, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    struct step after = {.key = 1};
    run_steps(db, &after, 1);
    assert_true(after.end.ok);
}

#define STORY(name)                                                                                                  \
    static void name##_on_each_engine(void **state)                                                                  \
    {                                                                                                                \
        (void)state;                                                                                                 \
        on_each_engine(name, true);                                                                                  \
    }

/* In a file nothing is gained by it. */
static void nothing_is_foreseen_in_a_file(void **state)
{
    struct fixture *f;
    struct step steps[] = {{.key = 1}, {.key = 2}};
    folder_setup(state);
    f = *state;
    f->db = open_test(f->path, embed_files);
    run_steps(f->db, steps, 2);
    assert_true(asked == 0 && steps[0].end.ok && steps[1].end.ok && !steps[0].foreseen);
    db_teardown(state);
}

static void many_ask_in_parts(struct db *db)
{
    static struct step steps[150];
    memset(steps, 0, sizeof steps);
    for (int i = 0; i < 150; i++)
        steps[i].key = 1000 + i;
    run_steps(db, steps, 150);
    assert_int_equal(asked, 3);
    for (int i = 0; i < 150; i++)
        assert_true(steps[i].end.ok && steps[i].foreseen == 1 && steps[i].runs == 1);
}

STORY(many_ask_in_parts)
STORY(all_of_a_kind_ask_once)
STORY(who_runs_again_asks_for_himself)
STORY(without_foresight_they_run_all_the_same)
STORY(an_answer_that_did_not_come_is_an_error)

int db_foresight_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_foreseen_in_a_file),
        cmocka_unit_test(many_ask_in_parts_on_each_engine),
        cmocka_unit_test(all_of_a_kind_ask_once_on_each_engine),
        cmocka_unit_test(who_runs_again_asks_for_himself_on_each_engine),
        cmocka_unit_test(without_foresight_they_run_all_the_same_on_each_engine),
        cmocka_unit_test(an_answer_that_did_not_come_is_an_error_on_each_engine),
    };
    return cmocka_run_group_tests_name("db/foresight", tests, NULL, NULL);
}
