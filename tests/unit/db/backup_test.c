/* SPDX-License-Identifier: Apache-2.0 */
/* A backup is one moment, whole, while others write; the check finds damage. */
#include "support.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

int db_backup_test(void);

struct during {
    struct db *db;
    int64_t calls, total;
};

/* Each step of the copy is followed by a change that must not be in it. */
static bool write_meanwhile(void *ctx, int64_t done, int64_t total)
{
    struct during *during = ctx;
    assert_true(done <= total);
    during->total = total;
    char text[96];
    snprintf(text, sizeof(text), "INSERT INTO shelf VALUES (%d, 'meanwhile')", (int)(1000 + during->calls++));
    write_raw(during->db, text);
    return true;
}

static void a_backup_is_one_moment(void **state)
{
    struct fixture *f = *state;
    char copy[128], part[160];
    struct error e = {0};
    struct stat info;
    snprintf(copy, sizeof(copy), "%s/copy.db", f->folder);
    snprintf(part, sizeof(part), "%s.part", copy);
    write_raw(f->db, "INSERT INTO shelf VALUES (1, 'before')");
    write_raw(f->db, "INSERT INTO book (id, cover) VALUES (1, randomblob(6000000))");
    struct during during = {.db = f->db};
    assert_true(db_backup(f->db, copy, write_meanwhile, &during, &e));
    assert_true(during.calls > 3 && during.total > 1400);
    assert_int_equal(stat(copy, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_not_equal(stat(part, &info), 0);
    struct db *other = open_test(copy, test_schema);
    assert_true(db_check(other, &e));
    assert_int_equal(read_number(other, "SELECT count(*) FROM shelf"), 1);
    assert_int_equal(read_number(other, "SELECT length(cover) FROM book"), 6000000);
    db_close(other);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 1 + during.calls);
    assert_true(db_backup(f->db, copy, NULL, NULL, &e)); /* replaces the older one */
    other = open_test(copy, test_schema);
    assert_int_equal(read_number(other, "SELECT count(*) FROM shelf"), 1 + during.calls);
    db_close(other);
}

static void a_backup_does_not_overwrite_the_database(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    char same[160];
    snprintf(same, sizeof(same), "%s/../%s/ascolto.db", f->folder, strrchr(f->folder, '/') + 1);
    assert_false(db_backup(f->db, same, NULL, NULL, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    assert_false(db_backup(f->db, "/tmp/no/such/folder/copy.db", NULL, NULL, &e));
    assert_int_equal(e.code, ERR_STORAGE);
    assert_true(db_check(f->db, &e));
}

static void damage_is_found(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    write_raw(f->db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                     "INSERT INTO shelf SELECT i, 'label of shelf ' || i FROM n");
    assert_true(db_check(f->db, &e));
    db_close(f->db);
    f->db = NULL;
    int fd = open(f->path, O_RDWR);
    assert_true(fd >= 0);
    char rubbish[4096];
    memset(rubbish, 0x5a, sizeof(rubbish));
    for (off_t page = 8; page < 12; page++)
        assert_int_equal(pwrite(fd, rubbish, sizeof(rubbish), page * 4096), sizeof(rubbish));
    close(fd);
    f->db = open_test(f->path, test_schema);
    assert_false(db_check(f->db, &e));
    assert_int_equal(e.code, ERR_STORAGE);
    assert_non_null(strstr(e.message, "damaged"));
}

int db_backup_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_backup_is_one_moment, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_backup_does_not_overwrite_the_database, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(damage_is_found, db_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/backup", tests, NULL, NULL);
}
