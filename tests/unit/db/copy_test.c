/* SPDX-License-Identifier: Apache-2.0 */
/* Copying between the engines: every table of the program is carried or named as made of others; what does not fit is
 * refused; a backup of a PostgreSQL database is one moment. The latter where ASCOLTO_TEST_POSTGRES names a server. */
#include <libpq-fe.h>
#include <sqlite3.h>
#include "base/arena.h"
#include "db/db_copy.h"
#include "db/db_copy_internal.h"
#include "support.h"

int db_copy_test(void);

static void run_in(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool schema_of(const char *path, struct copy_schema *out, struct error *e)
{
    struct copy_file *file = copy_file_open(path, false, e);
    assert_non_null(file);
    bool ok = copy_file_schema(file, out, e);
    copy_file_close(file);
    return ok;
}

static void the_programs_tables_are_carried(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct copy_schema schema = {.arena = a};
    db_close(open_test(f->path, embed_files));
    assert_true(schema_of(f->path, &schema, &e));
    assert_true(schema.count > 35);
    int64_t carried = 0;
    for (size_t i = 0; i < schema.count; i++) {
        assert_true(schema.tables[i].count > 0 && *schema.tables[i].key);
        carried += !copy_is_derived(str_from(schema.tables[i].name));
    }
    assert_int_equal(carried, schema.count);
    struct db *db = open_test(f->path, embed_files);
    /* all the tables there are: these, those made of others, and what SQLite keeps of its own */
    assert_int_equal(read_number(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND "
                                     "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'search%'"),
                     carried);
    db_close(db);
}

static struct copy_schema schema_from(struct arena *a, const char *const (*columns)[3])
{
    struct copy_schema s = {.arena = a};
    struct error e = {0};
    for (; (*columns)[0]; columns++)
        if (!copy_column_add(&s, str_from((*columns)[0]), str_from((*columns)[1]), str_from((*columns)[2]), &e))
            fail_msg("%s", e.message);
    return s;
}

static void what_differs_is_refused(void **state)
{
    (void)state;
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    static const char *const one[][3] = {{"a", "x", "BIGINT"}, {"a", "y", "text"}, {"b", "x", "bytea"}, {0}};
    static const char *const same[][3] = {{"b", "x", "BYTEA"}, {"a", "y", "TEXT"}, {"a", "x", "bigint"}, {0}};
    static const char *const more[][3] = {
        {"a", "x", "BIGINT"}, {"a", "y", "text"}, {"b", "x", "bytea"}, {"c", "x", "BIGINT"}, {0}};
    static const char *const wide[][3] = {
        {"a", "x", "BIGINT"}, {"a", "y", "text"}, {"a", "z", "text"}, {"b", "x", "bytea"}, {0}};
    static const char *const type[][3] = {
        {"a", "x", "BIGINT"}, {"a", "y", "double precision"}, {"b", "x", "bytea"}, {0}};
    static const struct {
        const char *const (*columns)[3];
        const char *words;
    } others[] = {{more, "table c"}, {wide, "a.z"}, {type, "a.y"}};
    struct copy_schema first = schema_from(a, one), second = schema_from(a, same);
    struct error e = {0};
    assert_true(copy_same(&first, &second, &e) && copy_same(&second, &first, &e));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        second = schema_from(a, others[i].columns);
        for (int turn = 0; turn < 2; turn++) {
            assert_false(turn ? copy_same(&first, &second, &e) : copy_same(&second, &first, &e));
            assert_non_null(strstr(e.message, others[i].words));
        }
    }
}

static void what_nobody_can_carry_is_refused(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct copy_schema schema = {.arena = a};
    db_close(open_test(f->path, test_schema));
    run_in(f->path, "CREATE VIRTUAL TABLE other USING fts5 (words)");
    assert_false(schema_of(f->path, &schema, &e));
    assert_non_null(strstr(e.message, "other is an index of other tables"));
    run_in(f->path, "DROP TABLE other; CREATE TABLE strange (id BIGINT PRIMARY KEY, at TIMESTAMP)");
    assert_false(schema_of(f->path, &schema, &e));
    assert_non_null(strstr(e.message, "strange.at"));
    run_in(f->path, "DROP TABLE strange; INSERT INTO shelf VALUES (1, 'a'); INSERT INTO book (id, price) VALUES (1, "
                    "'dear')");
    schema = (struct copy_schema){.arena = a};
    assert_true(schema_of(f->path, &schema, &e));
    struct copy_file *file = copy_file_open(f->path, false, &e);
    struct copy_value row[8];
    bool more;
    assert_true(copy_file_from(file, &schema.tables[0], &e));
    assert_string_equal(schema.tables[0].name, "book");
    assert_false(copy_file_next(file, row, &more, &e));
    assert_non_null(strstr(e.message, "book.price"));
    copy_file_close(file);
}

/* Rows of one file into another. */
static void pour(const char *from, const char *to)
{
    struct error e = {0};
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct copy_schema schema = {.arena = a};
    struct copy_file *in = copy_file_open(from, false, &e), *out = copy_file_open(to, true, &e);
    assert_true(in && out && copy_file_schema(in, &schema, &e));
    for (size_t i = 0; i < schema.count; i++) {
        struct copy_value *row = ARENA_ARRAY(a, struct copy_value, schema.tables[i].count);
        bool more = true;
        assert_true(copy_file_from(in, &schema.tables[i], &e) && copy_file_into(out, &schema.tables[i], &e));
        while (assert_true(copy_file_next(in, row, &more, &e)), more)
            assert_true(copy_file_put(out, row, &e));
    }
    assert_true(copy_file_finish(out, &e));
    copy_file_close(in);
    copy_file_close(out);
}

static void a_file_that_was_filled_is_whole(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    char other[128];
    snprintf(other, sizeof other, "%s/other.db", f->folder);
    db_close(open_test(f->path, test_schema));
    db_close(open_test(other, test_schema));
    run_in(other, "INSERT INTO shelf VALUES (9, 'goes')");
    run_in(f->path,
           "INSERT INTO shelf VALUES (-9223372036854775808, ''), (9223372036854775807, 'è' || char(0) || 'x');"
           "INSERT INTO book VALUES (1, -9223372036854775808, 'a', 1.5, x'00ff00'), (2, NULL, NULL, NULL, "
           "NULL), (3, NULL, 'b', -1e300, x'')");
    pour(f->path, other);
    struct db *db = open_test(other, test_schema);
    assert_true(db_check(db, &e));
    assert_int_equal(read_number(db, "SELECT count(*) FROM shelf"), 2);
    assert_int_equal(read_number(db, "SELECT count(*) FROM shelf WHERE hex(label) = 'C3A80078' AND id > 0"), 1);
    assert_int_equal(read_number(db, "SELECT count(*) FROM book WHERE price = 1.5 AND cover = x'00ff00'"), 1);
    assert_int_equal(read_number(db, "SELECT count(*) FROM book WHERE price = -1e300 AND cover = x''"), 1);
    assert_int_equal(read_number(db, "SELECT count(*) FROM book WHERE title IS NULL AND cover IS NULL"), 1);
    assert_int_equal(read_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'book_title'"), 1);
    db_close(db);
    run_in(f->path, "DROP INDEX book_title; INSERT INTO book (id, title) VALUES (7, 'a')"); /* twice the same title */
    struct copy_file *out = copy_file_open(other, true, &e);
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct copy_schema schema = {.arena = a};
    struct copy_value row[5] = {{.integer = 7}, {.null = true}, {.text = STR("a")}, {.null = true}, {.null = true}};
    assert_true(out && copy_file_schema(out, &schema, &e) && copy_file_into(out, &schema.tables[0], &e));
    assert_true(copy_file_put(out, row, &e));
    row[0].integer = 8;
    assert_true(copy_file_put(out, row, &e));
    assert_false(copy_file_finish(out, &e)); /* found when the index is made */
    assert_int_equal(e.code, ERR_CONFLICT);
    copy_file_close(out);
}

/* ---- on PostgreSQL ---- */

struct server {
    char url[256], database[64];
};

static void server_do(const char *deed, const char *name, const char *how)
{
    char url[256], text[128];
    snprintf(url, sizeof url, "%s/postgres", getenv("ASCOLTO_TEST_POSTGRES"));
    snprintf(text, sizeof text, "%s %s%s", deed, name, how);
    PGconn *c = PQconnectdb(url);
    PGresult *result = PQexec(c, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", text, PQerrorMessage(c));
    PQclear(result);
    PQfinish(c);
}

static void server_run(const struct server *s, const char *text)
{
    PGconn *c = PQconnectdb(s->url);
    PGresult *result = PQexec(c, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", text, PQerrorMessage(c));
    PQclear(result);
    PQfinish(c);
}

static void server_begin(struct server *s)
{
    if (!getenv("ASCOLTO_TEST_POSTGRES")) {
        print_message("skipped: ASCOLTO_TEST_POSTGRES names no server\n");
        skip();
    }
    snprintf(s->database, sizeof s->database, "copy_%ld", (long)getpid());
    snprintf(s->url, sizeof s->url, "%s/%s", getenv("ASCOLTO_TEST_POSTGRES"), s->database);
    server_do("CREATE DATABASE", s->database, "");
}

static struct db *server_open(const struct server *s, const struct embed_file *files)
{
    struct error e = {0};
    struct db_config config = {.url = s->url, .create = true};
    struct db *db = db_open_with(&config, files, &e);
    if (!db)
        fail_msg("%s", e.message);
    return db;
}

struct during {
    struct db *db;
    int64_t calls;
    bool stops;
};

static bool write_meanwhile(void *ctx, int64_t done, int64_t total)
{
    struct during *during = ctx;
    char text[96];
    assert_true(done <= total);
    snprintf(text, sizeof text, "INSERT INTO shelf VALUES (%d, 'meanwhile')", (int)(100000 + during->calls++));
    write_raw(during->db, text);
    return !during->stops;
}

static void a_backup_of_postgres_is_one_moment(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct server s;
    char copy[128], part[160];
    server_begin(&s);
    snprintf(copy, sizeof copy, "%s/copy.db", f->folder);
    snprintf(part, sizeof part, "%s.part", copy);
    struct db *db = server_open(&s, test_schema);
    write_raw(db, "INSERT INTO shelf SELECT i, 'label of ' || i FROM generate_series(1, 9000) i");
    write_raw(db, "INSERT INTO book VALUES (1, 1, 'a', 1.5, decode('00ff00', 'hex')), (2, NULL, NULL, NULL, NULL), "
                  "(3, NULL, 'è', -1e300, decode('', 'hex'))");
    struct during during = {.db = db, .stops = true};
    assert_false(db_backup(db, copy, write_meanwhile, &during, &e));
    assert_int_equal(e.code, ERR_UNAVAILABLE);
    assert_true(access(copy, F_OK) != 0 && access(part, F_OK) != 0);
    during.stops = false;
    write_raw(db, "DELETE FROM shelf WHERE label = 'meanwhile'");
    during.calls = 1000;
    assert_true(db_backup(db, copy, write_meanwhile, &during, &e));
    assert_true(during.calls > 1003);
    assert_true(access(part, F_OK) != 0);
    struct db *made = open_test(copy, test_schema);
    assert_true(db_check(made, &e));
    assert_int_equal(read_number(made, "SELECT count(*) FROM shelf"), 9000);
    assert_int_equal(read_number(made, "SELECT count(*) FROM shelf WHERE label = 'label of 8999' AND id = 8999"), 1);
    assert_int_equal(read_number(made, "SELECT count(*) FROM book WHERE price = 1.5 AND cover = x'00ff00'"), 1);
    assert_int_equal(
        read_number(made, "SELECT count(*) FROM book WHERE price = -1e300 AND cover = x'' AND title = 'è'"), 1);
    assert_int_equal(read_number(made, "SELECT count(*) FROM book WHERE title IS NULL AND cover IS NULL"), 1);
    db_close(made);
    write_raw(db, "CREATE TABLE extra (id BIGINT PRIMARY KEY)");
    assert_false(db_backup(db, copy, NULL, NULL, &e));
    assert_non_null(strstr(e.message, "extra is in one of the databases only"));
    db_close(db);
    server_do("DROP DATABASE", s.database, " WITH (FORCE)");
}

static bool stop_at_once(void *ctx, int64_t done, int64_t total)
{
    (void)ctx;
    (void)done;
    (void)total;
    return false;
}

static bool refuse_to_derive(struct db *db, void *ctx, struct error *e)
{
    (void)ctx;
    assert_int_equal(read_number(db, "SELECT count(*) FROM brand"), 1); /* what is there already */
    return (fail)(e, ERR_STORAGE, "not today");
}

static void a_database_that_was_not_filled_is_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct server s;
    struct db_filled filled;
    server_begin(&s);
    db_close(open_test(f->path, embed_files));
    run_in(f->path, "INSERT INTO brand (id, name, title, zone, language, hue, undo_seconds, created_at) VALUES "
                    "(1, 'b', 'B', 'UTC', 'it', 1, 1, 1)");
    struct db_fill fill = {.path = f->path, .url = s.url, .progress = stop_at_once};
    assert_false(db_fill(&fill, &filled, &e));
    assert_int_equal(e.code, ERR_UNAVAILABLE);
    fill.progress = NULL;
    fill.derive = refuse_to_derive;
    assert_false(db_fill(&fill, &filled, &e));
    assert_string_equal(e.message, "not today");
    fill.derive = NULL;
    assert_true(db_fill_allowed(s.url, false, &e)); /* still empty */
    server_run(&s,
               "CREATE SCHEMA restore_5; CREATE TABLE restore_5.half (id BIGINT)"); /* left by one that was killed */
    assert_true(db_fill(&fill, &filled, &e));
    assert_true(filled.rows > 12 && filled.cleaned == 0 && !filled.aside[0]);
    assert_false(db_fill_allowed(s.url, false, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    assert_true(db_fill_allowed(s.url, true, &e));
    struct db *db = server_open(&s, embed_files);
    assert_int_equal(read_number(db, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'restore%'"), 0);
    assert_int_equal(read_number(db, "SELECT count(*) FROM brand WHERE name = 'b'"), 1);
    /* every index of the program is there again */
    assert_int_equal(read_number(db, "SELECT count(*) FROM pg_indexes WHERE indexname IN ('message_conversation', "
                                     "'outbox_due', 'search_body', 'conversation_rank')"),
                     4);
    db_close(db);
    assert_false(db_fill_allowed("postgresql://nobody@127.0.0.1:1/nowhere", false, &e));
    server_do("DROP DATABASE", s.database, " WITH (FORCE)");
}

int db_copy_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_programs_tables_are_carried, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(what_differs_is_refused, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(what_nobody_can_carry_is_refused, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_file_that_was_filled_is_whole, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_backup_of_postgres_is_one_moment, folder_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_database_that_was_not_filled_is_as_it_was, folder_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/copy", tests, NULL, NULL);
}
