/* SPDX-License-Identifier: Apache-2.0 */
/* History, ledger, backup and checks on the command line; also beside a running house. */
#include "support.h"

int cli_operation_test(void);

/* ---- history and ledger ---- */

#define PERSON                                                                                                       \
    "{\"type\":\"person\",\"id\":\"p\",\"name\":\"Pia\",\"identities\":[{\"network\":\"x\",\"id\":\"55\"}]}\n"
#define TALK                                                                                                         \
    "{\"type\":\"channel\",\"id\":\"c\",\"network\":\"x\",\"name\":\"@lume\"}\n"                                     \
    "{\"type\":\"conversation\",\"id\":\"k\",\"person\":\"p\",\"state\":\"waiting\",\"items\":[{\"kind\":\"in\","    \
    "\"id\":\"m\","                                                                                                  \
    "\"channel\":\"c\",\"door\":\"dm\",\"at\":\"2026-03-04T10:00:00Z\",\"text\":\"Ciao\"}]}\n"

static void history(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    does(f, "brand add --name eco");
    file_put(f->file, STR(PERSON TALK));
    does(f, "import - --brand lume --json"); /* stdin is the file too */
    assert_int_equal(json_int(json_get(printed(f), "received"), 0), 1);
    does(f, "import ~ --brand lume");
    assert_true(says(f->out, "0 messages") && says(f->out, "3 lines known before"));
    refuses(f, "import ~ --brand lume --format csv", 2, "a format is conversations, threads or takeout");
    refuses(f, "import ~ --brand lume --format xml", 2, "a format is");
    refuses(f, "import /nowhere --brand lume", 1, "cannot be read");
    does(f, "export --brand lume");
    file_put(f->file, f->out);
    does(f, "import ~ --brand eco --json");
    assert_int_equal(json_int(json_get(printed(f), "conversations"), 0), 1);
    file_put(f->file, STR(PERSON "oops\n"));
    refuses(f, "import ~ --brand eco", 1, "1 of 2 lines were refused");
    assert_true(says(f->err, "line 2: "));
    does(f, "ledger show --brand eco --json");
    const struct json *ledger = printed(f);
    assert_int_equal(json_int(json_get(ledger, "received"), 0), 1);
    assert_int_equal(json_int(json_get(ledger, "waiting"), 0), 1);
    assert_true(json_bool(json_get(ledger, "balanced"), false));
    assert_int_equal(json_count(json_get(ledger, "channels")), 1);
    does(f, "ledger show --brand eco --day 2026-03-04 --json");
    assert_int_equal(json_int(json_get(printed(f), "received"), 0), 1);
    does(f, "ledger show --brand eco --day 2026-03-05 --json");
    assert_int_equal(json_int(json_get(printed(f), "received"), -1), 0);
    refuses(f, "ledger show --day yesterday", 2, "a day like");
    does(f, "ledger verify"); /* both brands */
    assert_true(says(f->out, "lume: 1 received") && says(f->out, "eco: 1 received"));
    refuses(f, "statement show --brand eco", 1, "");
    refuses(f, "statement show --brand eco --all --day 2026-03-04", 2, "either");
    does(f, "statement show --brand eco --all");
    assert_int_equal(json_count(printed(f)), 0);
    does(f, "statement verify --brand eco --json");
}

static void database_break(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    const char *path = str_cstr(f->a, str_format(f->a, "%s/ascolto.db", f->data));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_ledger_that_does_not_balance_is_told(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    file_put(f->file, STR(PERSON TALK));
    does(f, "import ~");
    does(f, "doctor");
    database_break(f, "UPDATE message SET place = 2");
    refuses(f, "ledger verify", 1, "does not balance");
    assert_true(says(f->out, "DOES NOT BALANCE") && says(f->out, "waiting: the ledger says 1, the messages 0"));
    refuses(f, "ledger verify --json --brand lume", 1, "does not balance");
    assert_false(json_bool(json_get(printed(f), "balanced"), true));
    assert_int_equal(json_count(json_get(printed(f), "differences")), 2);
    refuses(f, "doctor", 1, "checks failed");
}

static void real_threads_are_imported_and_balance(void **state)
{
    struct fixture *f = *state;
    const char *shared = getenv("ASCOLTO_SHARED");
    struct str path =
        str_format(f->a, "%s/data/measure-only/replay_threads_en.jsonl.gz", shared && *shared ? shared : "../shared");
    if (access(str_cstr(f->a, path), R_OK) != 0) {
        print_message("skipped: %.*s is not here\n", STR_ARGS(path));
        skip();
    }
    does(f, "brand add --name replay");
    const char *line = str_cstr(f->a, str_format(f->a, "import %.*s --format threads --json", STR_ARGS(path)));
    for (int turn = 0; turn < 2; turn++) {
        does(f, line);
        const struct json *report = printed(f);
        assert_int_equal(json_int(json_get(report, "threads"), 0), 2527);
        assert_int_equal(json_int(json_get(report, "messages"), -1), turn ? 0 : 10799);
        assert_int_equal(json_int(json_get(report, "received"), -1), turn ? 0 : 4643);
        assert_int_equal(json_int(json_get(report, "people"), -1), turn ? 0 : 2550);
        assert_int_equal(json_int(json_get(report, "refused"), -1), 0);
    }
    does(f, "ledger verify --json");
    assert_int_equal(json_int(json_get(printed(f), "received"), 0), 4643);
    assert_true(json_bool(json_get(printed(f), "balanced"), false));
}

static void a_damaged_gzip_is_refused(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    file_put(f->file, STR("\x1f\x8b\x08 this is not really a gzip file\xff\xff\xff\xff"));
    refuses(f, "import ~", 1, "gzip file is");
    file_put(f->file, STR("\x1f\x8b\x08 this is not really a gzip file\x10\x00\x00\x00"));
    refuses(f, "import ~", 1, "gzip file is");
}

/* ---- retention ---- */

static void what_is_kept_is_said_and_carried_out(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    does(f, "brand list --json");
    const struct json *lume = json_at(printed(f), 0);
    assert_int_equal(json_int(json_get(lume, "keep_payloads"), 0), 90); /* a new brand */
    assert_int_equal(json_int(json_get(lume, "keep_events"), -1), 0);
    does(f, "brand add --name eco --keep-payloads forever --keep-search 365");
    refuses(f, "brand add --name tre --keep-events 7", 1, "Events are kept for 30 to");
    refuses(f, "brand set --keep-payloads 7", 2, "say which with --brand");
    refuses(f, "brand set --brand eco", 2, "say what is to change");
    refuses(f, "brand set --brand eco --keep-events 0", 2, "a number of days, or forever");
    does(f, "brand set --brand eco --keep-events 400 --keep-search forever");
    does(f, "brand list --json");
    const struct json *eco = json_at(printed(f), 1);
    assert_int_equal(json_int(json_get(eco, "keep_payloads"), -1), 0);
    assert_int_equal(json_int(json_get(eco, "keep_events"), -1), 400);
    assert_int_equal(json_int(json_get(eco, "keep_search"), -1), 0);
    refuses(f, "retention --brand eco", 2, "either --dry-run, or --run");
    refuses(f, "retention --brand eco --dry-run --run", 2, "either");
    refuses(f, "retention --brand eco --dry-run --move-to ~", 2, "either");
    refuses(f, "retention --brand eco --run --move-to /nowhere/file", 1, "cannot be written");
    does(f, "retention --brand eco --dry-run");
    assert_true(says(f->out, "eco: there would go 0 payloads"));
    does(f, "retention --brand eco --run --json");
    assert_int_equal(json_int(json_get(printed(f), "events"), -1), 0);
    assert_true(json_bool(json_get(printed(f), "done"), false));
}

static void only_postgresql_has_citus(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    refuses(f, "migrate --citus", 2, "say which with --database");
    does(f, "migrate");
}

/* ---- operation ---- */

static void a_backup_comes_back(void **state)
{
    struct fixture *f = *state;
    struct stat info;
    char other[96], line[256];
    snprintf(other, sizeof other, "%s/other", f->folder);
    does(f, "brand add --name lume");
    does(f, "channel add --network facebook --name Lume --set app_secret=sesame --set page_id=61000 "
            "--set access_token=opensesame --set verify_token=v");
    does(f, "backup ~");
    assert_int_equal(stat(f->file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    refuses(f, "restore ~", 1, "holds data already");
    snprintf(line, sizeof line, "restore ~ --data %s", other);
    does(f, line);
    snprintf(line, sizeof line, "doctor --json --data %s", other); /* opens the sealed secrets with the keys */
    does(f, line);
    struct str first = file_bytes(f->a, str_cstr(f->a, str_format(f->a, "%s/key", f->data)));
    struct str second = file_bytes(f->a, str_cstr(f->a, str_format(f->a, "%s/key", other)));
    assert_true(first.len > 0 && str_eq(first, second));
    does(f, "brand add --name later");
    does(f, "restore ~ --force"); /* what was there is moved aside */
    assert_true(says(f->err, "before-restore-"));
    does(f, "brand list --json");
    assert_int_equal(json_count(printed(f)), 1);
    refuses(f, with_id(f, "backup ~ --data /nowhere#", 1), 1, "no data folder");
    snprintf(line, sizeof line, "backup %s/ascolto.db", f->data);
    refuses(f, line, 1, "the data itself");
}

static void a_damaged_backup_is_refused(void **state)
{
    struct fixture *f = *state;
    char line[256];
    does(f, "brand add --name lume");
    does(f, "backup ~");
    struct str whole = file_bytes(f->a, f->file);
    snprintf(line, sizeof line, "restore ~ --data %s/other", f->folder);
    file_put(f->file, str_slice(whole, 0, whole.len - 1));
    refuses(f, line, 1, "cut off");
    char *bytes = arena_copy(f->a, whole.ptr, whole.len);
    bytes[whole.len / 2] ^= 1;
    file_put(f->file, (struct str){bytes, whole.len});
    refuses(f, line, 1, "checksum");
    file_put(f->file, STR("SQLite format 3"));
    refuses(f, line, 1, "no backup");
    file_put(f->file, whole);
    does(f, line);
}

static void the_doctor_looks(void **state)
{
    struct fixture *f = *state;
    does(f, "doctor --sql");
    does(f, "brand add --name lume");
    does(f, "doctor --json");
    assert_int_equal(json_count(printed(f)), 6);
    assert_int_equal(chmod(f->data, 0755), 0);
    refuses(f, "doctor", 1, "1 of 6 checks failed");
    assert_true(says(f->out, "WRONG  folder"));
    assert_int_equal(chmod(f->data, 0700), 0);
    const char *key = str_cstr(f->a, str_format(f->a, "%s/key", f->data));
    assert_int_equal(unlink(key), 0);
    refuses(f, "doctor", 1, "checks failed");
    refuses(f, "brand list", 1, "key file"); /* and no new one is made beside old data */
    assert_int_not_equal(access(key, F_OK), 0);
}

static void only_migrate_changes_the_schema(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    does(f, "migrate");
    assert_true(str_starts(f->out, STR("schema ")));
    database_break(f, "INSERT INTO schema_version SELECT 999, name, applied_at FROM schema_version LIMIT 1");
    refuses(f, "brand list", 1, "newer Ascolto");
    refuses(f, "migrate", 1, "newer Ascolto");
    database_break(f, "DELETE FROM schema_version");
    refuses(f, "brand add --name luna", 1, "run ascolto migrate");
}

static void it_works_beside_a_running_house(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    does(f, "brand add --name lume");
    struct house *house = house_open(f->data, NULL, false, &e);
    assert_non_null(house);
    file_put(f->file, STR(PERSON TALK));
    does(f, "import ~");
    does(f, "agent add --name Ada --email ada@lume.example");
    does(f, "ledger verify");
    does(f, "backup ~");
    house_close(house);
    does(f, "agent list --json");
    assert_int_equal(json_count(printed(f)), 1);
}

int cli_operation_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(history),
        TEST(a_ledger_that_does_not_balance_is_told),
        TEST(real_threads_are_imported_and_balance),
        TEST(what_is_kept_is_said_and_carried_out),
        TEST(only_postgresql_has_citus),
        TEST(a_damaged_gzip_is_refused),
        TEST(a_backup_comes_back),
        TEST(a_damaged_backup_is_refused),
        TEST(the_doctor_looks),
        TEST(only_migrate_changes_the_schema),
        TEST(it_works_beside_a_running_house),
    };
    return cmocka_run_group_tests_name("cli/operation", tests, NULL, NULL);
}
