/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's log is written in few large pieces, and whoever reads beside the writer sees what was committed. */
#include "support.h"
#include <sqlite3.h>

int db_log_test(void);

enum { ROWS = 200, COVER = 20000 };

/* How often this process has asked the system to write. */
static long writes(void)
{
    FILE *io = fopen("/proc/self/io", "r");
    char line[128];
    long n = -1;
    while (io && fgets(line, sizeof line, io))
        sscanf(line, "syscw: %ld", &n);
    if (io)
        fclose(io);
    return n;
}

static bool add_books(struct tx *tx, void *ctx, struct error *e)
{
    for (int64_t id = 1; id <= ROWS; id++)
        if (!EXEC(tx, "INSERT INTO book (id, cover) VALUES ($1, zeroblob($2))", e, V(id), V((int64_t)COVER)))
            return false;
    return !ctx || fail(e, ERR_FORBIDDEN, "not these");
}

/* Pages that were written already, for want of room, are read again and changed once more. */
static bool add_and_change(struct tx *tx, void *ctx, struct error *e)
{
    return add_books(tx, NULL, e) &&
           EXEC(tx, "UPDATE book SET cover = zeroblob(length(cover) + 1), title = 'nr ' || id", e) &&
           EXEC(tx, "UPDATE book SET price = length(cover)", e) && (!ctx || fail(e, ERR_FORBIDDEN, "not these"));
}

/* As another program would, by SQLite's own way. */
static int64_t seen_from_outside(const char *path, const char *text)
{
    sqlite3 *other;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open_v2(path, &other, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(other, text, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(other);
    return number;
}

static void a_commit_is_few_writes(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    long before = writes();
    if (before < 0) {
        print_message("skipped: the system does not count writes here\n");
        return;
    }
    assert_true(db_write(f->db, 1, add_books, NULL, &e));
    long after = writes();
    assert_true(after > before);
    assert_in_range(after - before, 1, ROWS); /* of some 1000 pages, each with a head */
    assert_int_equal(seen_from_outside(f->path, "SELECT count(*) FROM book"), ROWS);
}

static void pages_that_found_no_room_are_read_again(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    write_raw(f->db, "PRAGMA cache_size = 20");
    assert_true(db_write(f->db, 1, add_and_change, NULL, &e));
    const char *whole = "SELECT count(*) FROM book WHERE price = 20001 AND title = 'nr ' || id";
    assert_int_equal(seen_from_outside(f->path, whole), ROWS);
    assert_int_equal(read_number(f->db, whole), ROWS);
    assert_true(db_check(f->db, &e));
    db_close(f->db);
    f->db = open_test(f->path, test_schema);
    assert_int_equal(read_number(f->db, whole), ROWS);
}

static void what_was_taken_back_is_not_there(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    char refuse = 1;
    write_raw(f->db, "PRAGMA cache_size = 20");
    write_raw(f->db, "INSERT INTO shelf (id, label) VALUES (1, 'x')");
    assert_false(db_write(f->db, 1, add_and_change, &refuse, &e));
    assert_int_equal(e.code, ERR_FORBIDDEN);
    assert_int_equal(seen_from_outside(f->path, "SELECT count(*) FROM book"), 0);
    write_raw(f->db, "INSERT INTO shelf (id, label) VALUES (2, 'x')"); /* where its pages were */
    assert_int_equal(seen_from_outside(f->path, "SELECT sum(id) FROM shelf"), 3);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM book"), 0);
    assert_true(db_check(f->db, &e));
}

int db_log_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_commit_is_few_writes, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(pages_that_found_no_room_are_read_again, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(what_was_taken_back_is_not_there, db_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/log", tests, NULL, NULL);
}
