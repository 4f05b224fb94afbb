/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that a batch only puts somewhere, which PostgreSQL gets many at a time: all of them, in their order, seen by
 * whoever looks, and told of when they are refused. The same on both engines. */
#include "support.h"
#include "base/arena.h"
#include "db/db_postgres.h"
#include "together.h"

int db_gather_test(void);

struct step {
    struct end end; /* first */
    int64_t key;
    bool refuse;
};

static bool put_rows(struct tx *tx, void *ctx, struct error *e)
{
    const struct step *step = ctx;
    char body[] = "what came";
    if (!db_exec(tx, SQL_dedup_insert_new, NULL, e, V(1), V(step->key), V(step->key)) ||
        !db_exec(tx, SQL_payload_insert, NULL, e, V(1), V(step->key), V(1), db_bytes(STR("\0x")),
                 V((const char *)body), V(""), V(0), V(0), V("")) ||
        !db_exec(tx, SQL_event_insert, NULL, e, V(1), V(step->key), V("came"), V(0), V(0), V(0), V(1), V("")))
        return false;
    memset(body, '?', sizeof body - 1); /* the values were copied */
    return !step->refuse || fail(e, ERR_FORBIDDEN, "not this one");
}

/* All steps in one transaction. */
static void run_steps(struct db *db, struct step *steps, int n)
{
    struct gate gate;
    gate_shut(&gate, db);
    for (int i = 0; i < n; i++) {
        steps[i].end.told = &gate.told;
        db_write_later(db, 1, put_rows, &steps[i], end_told);
    }
    gate_open(&gate, n);
}

static void all_rows_are_there(struct db *db)
{
    enum { N = 103 };
    struct step steps[N] = {{.key = 0}};
    for (int i = 0; i < N; i++)
        steps[i].key = i + 1;
    run_steps(db, steps, N);
    for (int i = 0; i < N; i++)
        assert_true(steps[i].end.ok);
    assert_int_equal(read_number(db, "SELECT count(*) FROM dedup WHERE message_id = hash"), N);
    assert_int_equal(read_number(db, "SELECT count(*) FROM payload WHERE state = 'what came' AND length(body) = 2"),
                     N);
    assert_int_equal(read_number(db, "SELECT count(*) FROM event WHERE id BETWEEN 1 AND 103 AND kind = 'came'"), N);
}

static void one_that_is_refused_goes_alone(struct db *db)
{
    struct step first = {.key = 5}, steps[] = {{.key = 1}, {.key = 2, .refuse = true}, {.key = 5}, {.key = 3}};
    run_steps(db, &first, 1);
    run_steps(db, steps, 4);
    assert_true(first.end.ok && steps[0].end.ok && !steps[1].end.ok && !steps[2].end.ok && steps[3].end.ok);
    assert_int_equal(steps[1].end.error.code, ERR_FORBIDDEN);
    assert_int_equal(steps[2].end.error.code, ERR_CONFLICT);
    assert_int_equal(read_number(db, "SELECT count(*) FROM dedup"), 3);
    assert_int_equal(read_number(db, "SELECT count(*) FROM payload"), 3);
    assert_int_equal(read_number(db, "SELECT sum(id) FROM event WHERE kind = 'came'"), 9);
}

static bool look_in_between(struct tx *tx, void *ctx, struct error *e)
{
    int64_t *seen = ctx;
    struct db_value brand = V(1), keys[] = {V(21), V(22), V(23)};
    for (int64_t key = 21; key <= 23; key++) {
        if (!db_exec(tx, SQL_dedup_insert_new, NULL, e, V(1), V(key), V(1)))
            return false;
        struct rows *rows CLEANUP(rows_cleanup) = db_query_list(tx, SQL_dedup_list, &brand, 1, keys, 3, e);
        while (rows && rows_next(rows))
            ++*seen;
    }
    return db_exec(tx, SQL_dedup_set, NULL, e, V(1), V(23), V(99)); /* another way to the same row */
}

static void who_looks_sees_them(struct db *db)
{
    int64_t seen = 0;
    struct error e = {0};
    assert_true(db_write(db, 1, look_in_between, &seen, &e));
    assert_int_equal(seen, 1 + 2 + 3);
    assert_int_equal(read_number(db, "SELECT message_id FROM dedup WHERE hash = 23"), 99);
}

static bool index_twice(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return db_exec(tx, SQL_search_insert, NULL, e, V(1), V(1), V("'one'"), V(""), V("")) &&
           db_exec(tx, SQL_search_insert, NULL, e, V(1), V(2), V("'two'"), V(""), V("")) &&
           db_exec(tx, SQL_search_insert, NULL, e, V(1), V(1), V("'three'"), V(""), V(""));
}

static void the_last_of_one_row_counts(struct db *db)
{
    struct error e = {0};
    if (strcmp(db->engine->name, "postgres") != 0)
        return; /* FTS5 has no such row */
    assert_true(db_write(db, 1, index_twice, NULL, &e));
    assert_int_equal(read_number(db, "SELECT count(*) FROM search WHERE id = 1 AND body = 'three'"), 1);
    assert_int_equal(read_number(db, "SELECT count(*) FROM search"), 2);
    char *text = gather_text(SQL_search_insert, 2);
    assert_non_null(strstr(text, "VALUES ($1, $2, CAST(CAST($3 AS TEXT) AS TSVECTOR)), "
                                 "($4, $5, CAST(CAST($6 AS TEXT) AS TSVECTOR))\nON CONFLICT"));
    free(text);
}

#define ON_EACH(story)                                                                                               \
    static void story##_on_each_engine(void **state)                                                                 \
    {                                                                                                                \
        (void)state;                                                                                                 \
        on_each_engine(story, false);                                                                                \
    }
ON_EACH(all_rows_are_there)
ON_EACH(one_that_is_refused_goes_alone)
ON_EACH(who_looks_sees_them)
ON_EACH(the_last_of_one_row_counts)

int db_gather_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_rows_are_there_on_each_engine),
        cmocka_unit_test(one_that_is_refused_goes_alone_on_each_engine),
        cmocka_unit_test(who_looks_sees_them_on_each_engine),
        cmocka_unit_test(the_last_of_one_row_counts_on_each_engine),
    };
    return cmocka_run_group_tests_name("db/gather", tests, NULL, NULL);
}
