/* SPDX-License-Identifier: Apache-2.0 */
/* Migrations: in order, whole or not at all, each engine its own parts, and never backwards. */
#include "support.h"
#include "base/arena.h"

int db_migrate_test(void);

static struct db *open_with(const char *path, const struct embed_file *files, bool read_only, struct error *e)
{
    struct db_config config = {.path = path, .create = true, .read_only = read_only};
    return db_open_with(&config, files, e);
}

static const struct embed_file two_steps[] = {
    {"assets/app.css", "not a migration", 15},
    MIGRATION(1, "CREATE TABLE one (id BIGINT PRIMARY KEY);"),
    MIGRATION(2, "CREATE TABLE two (id BIGINT PRIMARY KEY, one BIGINT REFERENCES one (id));\n"
                 "-- only: postgres\nCREATE TABLE elsewhere (id INT GENERATED ALWAYS AS IDENTITY);\n-- end\n"
                 "-- only: sqlite\nCREATE VIRTUAL TABLE words USING fts5 (body);\n-- end\n"
                 "INSERT INTO one VALUES (7);"),
    {"templates/x.html", "", 0},
    {0},
};

static void files_run_in_order(void **state)
{
    struct fixture *f = *state;
    f->db = open_test(f->path, two_steps);
    assert_int_equal(db_schema_version(f->db), 2);
    assert_int_equal(read_number(f->db, "SELECT id FROM one"), 7);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM words"), 0);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM sqlite_schema WHERE name = 'elsewhere'"), 0);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM schema_version WHERE applied_at > 0"), 2);
    db_close(f->db);
    f->db = open_test(f->path, two_steps); /* nothing is run twice */
    assert_int_equal(db_schema_version(f->db), 2);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM one"), 1);
}

static void a_failed_one_leaves_the_schema_whole(void **state)
{
    static const struct embed_file broken[] = {
        MIGRATION(1, "CREATE TABLE one (id BIGINT PRIMARY KEY);"),
        MIGRATION(2, "CREATE TABLE half (id BIGINT PRIMARY KEY); INSERT INTO one VALUES (1); CREATE TABEL two;"),
        MIGRATION(3, "CREATE TABLE three (id BIGINT PRIMARY KEY);"),
        {0},
    };
    static const struct embed_file repaired[] = {
        MIGRATION(1, "CREATE TABLE one (id BIGINT PRIMARY KEY);"),
        MIGRATION(2, "CREATE TABLE half (id BIGINT PRIMARY KEY);"),
        {0},
    };
    struct fixture *f = *state;
    struct error e = {0};
    assert_null(open_with(f->path, broken, false, &e));
    assert_non_null(strstr(e.message, "0002_step.sql"));
    assert_non_null(strstr(e.message, "TABEL"));
    f->db = open_test(f->path, repaired);
    assert_int_equal(db_schema_version(f->db), 2);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM one"), 0);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM half"), 0);
}

static void newer_data_are_refused(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    db_close(open_test(f->path, two_steps));
    assert_null(open_with(f->path, test_schema, false, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    assert_string_equal(e.message, "The data was written by a newer Ascolto (schema 2, this program knows 1)");
    assert_null(open_with(f->path, test_schema, true, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
}

static void a_reader_does_not_migrate(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    static const struct embed_file first[] = {MIGRATION(1, "CREATE TABLE one (id BIGINT PRIMARY KEY);"), {0}};
    assert_null(open_with(f->path, first, true, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    db_close(open_test(f->path, first));
    assert_null(open_with(f->path, two_steps, true, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    f->db = open_with(f->path, first, true, &e);
    assert_non_null(f->db);
    assert_int_equal(db_schema_version(f->db), 1);
}

static void a_gap_is_refused(void **state)
{
    static const struct embed_file gap[] = {MIGRATION(1, "SELECT 1;"), MIGRATION(3, "SELECT 3;"), {0}};
    struct fixture *f = *state;
    struct error e = {0};
    assert_null(open_with(f->path, gap, false, &e));
    assert_non_null(strstr(e.message, "0003_step.sql"));
}

static void a_migration_may_not_commit(void **state)
{
    static const struct embed_file commits[] = {MIGRATION(1, "CREATE TABLE one (id BIGINT); COMMIT;"), {0}};
    struct fixture *f = *state;
    struct error e = {0};
    assert_null(open_with(f->path, commits, false, &e));
    assert_non_null(strstr(e.message, "ends the transaction"));
}

#define PARENT_AND_CHILD                                                                                             \
    "CREATE TABLE parent (id BIGINT PRIMARY KEY, name TEXT);"                                                        \
    "CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT REFERENCES parent (id) ON DELETE CASCADE);"            \
    "INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 1);"

static void a_table_may_be_rebuilt(void **state)
{
    static const struct embed_file rebuild[] = {
        MIGRATION(1, PARENT_AND_CHILD),
        MIGRATION(2, "CREATE TABLE fresh (id BIGINT PRIMARY KEY, name TEXT, at BIGINT NOT NULL DEFAULT 0);"
                     "INSERT INTO fresh (id, name) SELECT id, name FROM parent;"
                     "DROP TABLE parent; ALTER TABLE fresh RENAME TO parent;"),
        {0},
    };
    struct fixture *f = *state;
    f->db = open_test(f->path, rebuild);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM child"), 1); /* nothing cascaded */
    assert_int_equal(read_number(f->db, "SELECT at FROM parent"), 0);
    struct error e = {0};
    char orphan[] = "INSERT INTO child VALUES (2, 99)"; /* references are enforced again */
    assert_false(db_write(f->db, 0, raw_command, orphan, &e));
}

#define SCHEMAS_MAX 100

/* The program's own migrations up to a number. */
static const struct embed_file *own_migrations(int64_t upto)
{
    static struct embed_file files[SCHEMAS_MAX];
    size_t n = 0;
    for (const struct embed_file *file = embed_files; file->name; file++)
        if (strncmp(file->name, "migrations/", 11) == 0 && strtoll(file->name + 11, NULL, 10) <= upto)
            files[n++] = *file;
    assert_true(n == (size_t)upto && n < SCHEMAS_MAX);
    files[n] = (struct embed_file){0};
    return files;
}

/* Tables that are made anew keep their rows, column by column, and the indexes beside them. */
static void the_sixth_keeps_every_row(void **state)
{
    struct fixture *f = *state;
    f->db = open_test(f->path, own_migrations(5));
    write_raw(
        f->db,
        "INSERT INTO person VALUES (1, 2, 'Ada', 'it', 'Roma', 'note', 5, 6, 7), (1, 1, 'Bo', '', '', '', 0, 0, 0);"
        "INSERT INTO identity VALUES (1, 'x', 'b', 2, 3, 'h', 'n', '39', 'u', 9), (1, 'x', 'a', 1, 1, '', '', '', "
        "'', 0);"
        "INSERT INTO tally VALUES (1, 2, 3, 4); INSERT INTO ledger_count VALUES (1, 2, 3, 4, 5);"
        "INSERT INTO thread VALUES (1, 2, 'k', 't', 'l', 3); INSERT INTO shingle VALUES (1, 2, 3, 4);"
        "INSERT INTO conversation_label VALUES (1, 2, 3)");
    db_close(f->db);
    f->db = open_test(f->path, own_migrations(6));
    static const char *const kept[] = {
        "person WHERE brand_id = 1 AND id = 2 AND name = 'Ada' AND language = 'it' AND place = 'Roma' AND note = "
        "'note' "
        "AND since = 5 AND last_at = 6 AND merged_into = 7",
        "identity WHERE brand_id = 1 AND network = 'x' AND external_id = 'b' AND person_id = 2 AND first_person_id = "
        "3 "
        "AND handle = 'h' AND name = 'n' AND phone = '39' AND unreachable = 'u' AND seen_at = 9",
        "tally WHERE brand_id = 1 AND owner_id = 2 AND state = 3 AND n = 4",
        "ledger_count WHERE brand_id = 1 AND channel_id = 2 AND day = 3 AND place = 4 AND n = 5",
        "thread WHERE brand_id = 1 AND channel_id = 2 AND key = 'k' AND title = 't' AND link = 'l' AND at = 3",
        "shingle WHERE brand_id = 1 AND hash = 2 AND message_id = 3 AND person_id = 4",
        "conversation_label WHERE brand_id = 1 AND conversation_id = 2 AND label_id = 3",
        "sqlite_schema WHERE type = 'index' AND name = 'identity_person'",
        "sqlite_schema WHERE type = 'index' AND name = 'identity_phone'",
        "sqlite_schema WHERE type = 'index' AND name = 'conversation_label_label'",
    };
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        char text[400];
        snprintf(text, sizeof text, "SELECT count(*) FROM %s", kept[i]);
        assert_int_equal(read_number(f->db, text), 1);
    }
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM person"), 2);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM identity"), 2);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%\\_new' ESCAPE '\\'"),
                     0);
}

static void an_orphan_stops_a_migration(void **state)
{
    static const struct embed_file orphans[] = {
        MIGRATION(1, PARENT_AND_CHILD),
        MIGRATION(2, "DELETE FROM parent;"),
        {0},
    };
    struct fixture *f = *state;
    struct error e = {0};
    assert_null(open_with(f->path, orphans, false, &e));
    assert_non_null(strstr(e.message, "child"));
}

/* Nobody is at that address; its password is nobody's business. */
static void a_server_that_is_not_there_is_told(void **state)
{
    (void)state;
    struct error e = {0};
    struct db_config config = {.url = "postgresql://giulia:segretissima@127.0.0.1:1/ascolto"};
    assert_null(db_open(&config, &e));
    assert_int_equal(e.code, ERR_STORAGE);
    assert_non_null(strstr(e.message, "cannot be reached"));
    assert_null(strstr(e.message, "segretissima"));
}

static void other_files_are_refused(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("This is no database. ", file);
    fclose(file);
    assert_null(open_with(f->path, test_schema, false, &e));
    assert_int_equal(e.code, ERR_STORAGE);
    assert_null(open_with("/tmp/no/such/folder/ascolto.db", test_schema, false, &e));
    assert_int_equal(e.code, ERR_STORAGE);
    struct db_config config = {.path = "/tmp/no/such/folder/ascolto.db"};
    assert_null(db_open_with(&config, test_schema, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

int db_migrate_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_run_in_order, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_failed_one_leaves_the_schema_whole, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(newer_data_are_refused, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_reader_does_not_migrate, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_gap_is_refused, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_migration_may_not_commit, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_table_may_be_rebuilt, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(the_sixth_keeps_every_row, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(an_orphan_stops_a_migration, folder_setup, db_teardown),
        cmocka_unit_test(a_server_that_is_not_there_is_told),
        cmocka_unit_test_setup_teardown(other_files_are_refused, folder_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/migrate", tests, NULL, NULL);
}
