/* SPDX-License-Identifier: Apache-2.0 */
/* Values in, rows out: types, lists, order of parameters, what constraints and wrong statements say. */
#include "support.h"
#include <fcntl.h>
#include "base/arena.h"
#include "base/clock.h"
#include "db/db_check.h"
#include "db/sql_table.h"

int db_rows_test(void);

static bool store_values(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    const char *text = "INSERT INTO book (id, title, price, cover) VALUES ($1, $2, $3, $4)";
    return EXEC(tx, text, e, V(1), V("Ti ascolto"), V(12.5), db_bytes(STR("\0\1\2"))) &&
           EXEC(tx, text, e, V(INT64_MAX), V(STR_EMPTY), db_null(), db_bytes(STR_EMPTY)) &&
           EXEC(tx, text, e, V(INT64_MIN), db_value_str(STR("nul \0 inside")), V(true), db_null());
}

static bool check_values(struct tx *tx, void *ctx, struct error *e)
{
    struct arena *a = ctx;
    struct rows *rows CLEANUP(rows_cleanup) = QUERY(tx, "SELECT id, title, price, cover FROM book ORDER BY id", e);
    assert_non_null(rows);
    assert_true(rows_next(rows));
    assert_true(rows_int(rows, 0) == INT64_MIN);
    assert_true(str_eq(rows_str(rows, 1), STR("nul \0 inside")));
    assert_true(rows_real(rows, 2) > 0.99 && rows_real(rows, 2) < 1.01);
    assert_true(rows_null(rows, 3));
    assert_int_equal(rows_str(rows, 3).len, 0);
    assert_int_equal(rows_int(rows, 3), 0);
    assert_true(rows_next(rows));
    struct str kept = rows_dup(rows, a, 1);
    assert_true(str_eq(rows_str(rows, 3), STR("\0\1\2")));
    assert_true(rows_next(rows));
    assert_true(str_eq(kept, STR("Ti ascolto")));
    assert_true(rows_int(rows, 0) == INT64_MAX);
    assert_false(rows_null(rows, 1)); /* the empty text is a text */
    assert_true(rows_null(rows, 2));
    assert_false(rows_null(rows, 3));
    assert_false(rows_next(rows));
    assert_false(rows_next(rows));
    return rows_ok(rows, e);
}

static void values_come_back_as_they_went_in(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    assert_true(db_write(f->db, 1, store_values, NULL, &e));
    assert_true(db_read(f->db, check_values, a, &e));
}

static bool check_order(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    struct rows *rows CLEANUP(rows_cleanup) = QUERY(tx, "SELECT $2, $1, $2 || $1", e, V("a"), V("b"));
    assert_non_null(rows);
    assert_true(rows_next(rows));
    assert_true(str_eq(rows_str(rows, 0), STR("b")));
    assert_true(str_eq(rows_str(rows, 1), STR("a")));
    assert_true(str_eq(rows_str(rows, 2), STR("ba")));
    return true;
}

static void parameters_are_numbers_not_places(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    assert_true(db_read(f->db, check_order, NULL, &e));
}

static int64_t count_list(struct tx *tx, size_t list_n)
{
    struct db_value list[200];
    struct db_value least = V(3);
    for (size_t i = 0; i < list_n; i++)
        list[i] = V((int64_t)(i * 2)); /* every other one is there */
    static const struct db_value none = {.type = DB_NULL};
    struct query query = {.sql = SQL_COUNT,
                          .text = "SELECT count(*) FROM book WHERE id >= $1 AND id IN ($LIST(2))",
                          .values = &least,
                          .n = 1,
                          .list = list_n ? list : &none,
                          .list_n = list_n ? list_n : 1};
    struct rows *rows CLEANUP(rows_cleanup) = db_query_text(tx, &query, NULL);
    assert_non_null(rows);
    assert_true(rows_next(rows));
    return rows_int(rows, 0);
}

static bool check_lists(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    for (int i = 0; i < 200; i++)
        if (!EXEC(tx, "INSERT INTO book (id) VALUES ($1)", e, V(i)))
            return false;
    assert_int_equal(count_list(tx, 0), 0);
    assert_int_equal(count_list(tx, 1), 0);
    assert_int_equal(count_list(tx, 3), 1); /* 0 2 4: the last is repeated for a length of four */
    assert_int_equal(count_list(tx, 4), 2);
    assert_int_equal(count_list(tx, 5), 3);
    assert_int_equal(count_list(tx, 100), 98);
    assert_int_equal(count_list(tx, 200), 98);
    return true;
}

static void lists_are_expanded(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    assert_true(db_write(f->db, 1, check_lists, NULL, &e));
}

/* Every statement of the program that takes a list, with lists of many lengths, twice: prepared and kept. */
static bool run_lists(struct tx *tx, void *ctx, struct error *e)
{
    static const size_t lengths[] = {0, 1, 2, 3, 5, 64, 65, 400};
    struct db_value values[100];
    struct db_value list[400];
    for (size_t i = 0; i < COUNT_OF(values); i++)
        values[i] = V(1);
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = V((int64_t)i);
    for (enum sql_id sql = 0; sql < SQL_COUNT; sql++) {
        const char *text = sql_table[sql].sqlite;
        const char *at = text ? strstr(text, "$LIST(") : NULL;
        for (size_t i = 0; at && i < 2 * COUNT_OF(lengths); i++) {
            size_t n = (size_t)atoi(at + strlen("$LIST(")) - 1;
            struct rows *rows CLEANUP(rows_cleanup) = db_query_list(tx, sql, values, n, list, lengths[i / 2], e);
            if (!rows)
                return false;
            assert_false(rows_next(rows)); /* there are no rows yet */
            ++*(int *)ctx;
        }
    }
    return true;
}

static void lists_of_the_program_run(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct db_config config = {.path = f->path, .create = true};
    f->db = db_open(&config, &e);
    assert_non_null(f->db);
    int runs = 0;
    if (!db_write(f->db, 1, run_lists, &runs, &e))
        fail_msg("%s", e.message);
    assert_true(runs > 0);
}

static bool check_nested(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    struct rows *outer CLEANUP(rows_cleanup) = db_query(tx, SQL_schema_version_get, e);
    assert_non_null(outer);
    assert_true(rows_next(outer));
    for (int i = 0; i < 2; i++) {
        struct rows *inner CLEANUP(rows_cleanup) = db_query(tx, SQL_schema_version_get, e);
        assert_non_null(inner);
        assert_ptr_not_equal(inner, outer);
        assert_true(rows_next(inner));
        assert_int_equal(rows_int(inner, 0), 1);
        assert_false(rows_next(inner));
    }
    assert_int_equal(rows_int(outer, 0), 1);
    return true;
}

static void one_statement_may_be_open_twice(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    assert_true(db_read(f->db, check_nested, NULL, &e));
}

static bool count_changes(struct tx *tx, void *ctx, struct error *e)
{
    int64_t *changed = ctx;
    return db_exec(tx, SQL_schema_version_add, &changed[0], e, V(98), V("a"), V(tx_now(tx))) &&
           db_exec(tx, SQL_schema_version_get, &changed[1], e);
}

static void changes_are_counted(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    int64_t changed[2] = {-1, -1};
    assert_true(db_write(f->db, 1, count_changes, changed, &e));
    assert_int_equal(changed[0], 1);
    assert_int_equal(changed[1], 0); /* a statement that reads changes nothing */
}

static bool returning(struct tx *tx, void *ctx, struct error *e)
{
    struct rows *rows CLEANUP(rows_cleanup) =
        QUERY(tx, "INSERT INTO shelf (id, label) VALUES ($1, $2) RETURNING id + 1, label", e, V(41), V("new"));
    if (!rows || !rows_next(rows))
        return false;
    *(int64_t *)ctx = rows_int(rows, 0);
    assert_true(str_eq(rows_str(rows, 1), STR("new")));
    return true; /* closed before its end */
}

static void returning_gives_rows(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    int64_t value = 0;
    assert_true(db_write(f->db, 1, returning, &value, &e));
    assert_int_equal(value, 42);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 1);
}

static enum error_code code_of(struct db *db, const char *text)
{
    struct error e = {0};
    char *copy = strdup(text);
    bool ok = db_write(db, 1, raw_command, copy, &e);
    free(copy);
    assert_true(ok || e.message[0]);
    return ok ? ERR_NONE : e.code;
}

static void refusals_are_told_apart(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    assert_int_equal(code_of(f->db, "INSERT INTO shelf VALUES (1, 'a')"), ERR_NONE);
    assert_int_equal(code_of(f->db, "INSERT INTO shelf VALUES (1, 'b')"), ERR_CONFLICT);
    assert_int_equal(code_of(f->db, "INSERT INTO shelf VALUES (2, NULL)"), ERR_CONFLICT);
    assert_int_equal(code_of(f->db, "INSERT INTO book (id, shelf) VALUES (1, 99)"), ERR_CONFLICT);
    assert_int_equal(code_of(f->db, "SELECT * FROM nothing"), ERR_INTERNAL);
    assert_int_equal(code_of(f->db, "SELECT \"text\""), ERR_INTERNAL); /* a name, as on PostgreSQL */
    char insert[] = "INSERT INTO shelf VALUES (3, 'c')";
    assert_false(db_read(f->db, raw_command, insert, &e)); /* readers cannot write */
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 1);
}

static bool two_statements(struct tx *tx, void *ctx, struct error *e)
{
    return EXEC(tx, ctx, e);
}

static void a_statement_is_one_statement(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    char two[] = "SELECT 1; SELECT 2";
    char question[] = "SELECT ?";
    char one[] = "SELECT 1; \n";
    assert_false(db_read(f->db, two_statements, two, &e));
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_false(db_read(f->db, two_statements, question, &e));
    assert_true(db_read(f->db, two_statements, one, &e));
}

static void parameters_are_counted(void **state)
{
    (void)state;
    assert_int_equal(sql_parameters(NULL), 0);
    assert_int_equal(sql_parameters("SELECT 1"), 0);
    assert_int_equal(sql_parameters("SELECT $2, $11, $1"), 11);
    assert_int_equal(sql_parameters("id = $1 AND b IN ($LIST(2))"), 1);
}

/* What a full scan writes to stderr when asked for by the environment. */
static void scans_are_traced(void **state)
{
    struct fixture *f = *state;
    char name[96], line[512] = "";
    snprintf(name, sizeof(name), "%s/log", f->folder);
    write_raw(f->db, "INSERT INTO shelf VALUES (1, 'a'), (2, 'b')");
    db_close(f->db);
    setenv("ASCOLTO_SQL_TRACE", "1", 1);
    f->db = open_test(f->path, test_schema);
    unsetenv("ASCOLTO_SQL_TRACE");
    int before = dup(STDERR_FILENO);
    int log = open(name, O_RDWR | O_CREAT, 0600);
    dup2(log, STDERR_FILENO);
    read_number(f->db, "SELECT count(*) FROM shelf WHERE id = 1"); /* by index: silent */
    read_number(f->db, "SELECT max(label) FROM shelf");
    dup2(before, STDERR_FILENO);
    close(before);
    ssize_t n = pread(log, line, sizeof(line) - 1, 0);
    close(log);
    assert_true(n > 0);
    assert_non_null(strstr(line, "1 rows read without an index"));
    assert_null(strchr(strchr(line, '\n') + 1, '\n')); /* one line */
}

static void every_statement_is_understood(void **state)
{
    struct fixture *f = *state;
    struct db_config config = {.path = f->path, .create = true};
    struct error e = {0};
    f->db = db_open(&config, &e); /* with the program's own migrations */
    if (!f->db)
        fail_msg("%s", e.message);
    struct error why = {0};
    if (!db_prepare_all(f->db, &why))
        fail_msg("%s", why.message);
}

/* What counts to a hundred million ends at the limit, as if there were no more; the transaction goes on. */
static bool read_limited(struct tx *tx, void *ctx, struct error *e)
{
    struct query query = {.sql = SQL_COUNT,
                          .text =
                              "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)"
                              " SELECT count(*) FROM n"};
    (void)ctx;
    for (int i = 0; i < 2; i++) {
        db_limit(tx, clock_monotonic() + 20000);
        struct rows *rows CLEANUP(rows_cleanup) = db_query_text(tx, &query, e);
        assert_non_null(rows);
        assert_false(rows_next(rows));
        assert_true(rows_ok(rows, e));
        assert_true(db_limit_end(tx));
    }
    db_limit(tx, clock_monotonic() + HOUR_US);
    struct rows *rows CLEANUP(rows_cleanup) = db_query(tx, SQL_schema_version_get, e);
    assert_true(rows && rows_next(rows));
    assert_false(db_limit_end(tx));
    return true;
}

static void a_read_ends_at_its_limit(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    if (!db_read(f->db, read_limited, NULL, &e))
        fail_msg("%s", e.message);
}

int db_rows_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_come_back_as_they_went_in, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(parameters_are_numbers_not_places, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(lists_are_expanded, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(lists_of_the_program_run, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(one_statement_may_be_open_twice, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(changes_are_counted, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(returning_gives_rows, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(refusals_are_told_apart, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_statement_is_one_statement, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_read_ends_at_its_limit, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(scans_are_traced, db_setup, db_teardown),
        cmocka_unit_test(parameters_are_counted),
        cmocka_unit_test_setup_teardown(every_statement_is_understood, folder_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/rows", tests, NULL, NULL);
}
