/* SPDX-License-Identifier: Apache-2.0 */
/* The PostgreSQL engine: what only it does. Skipped aloud without a server (ASCOLTO_TEST_POSTGRES). */
#include "support.h"
#include <semaphore.h>
#include <time.h>
#include "base/clock.h"
#include "base/str.h"
#include "postgres_support.h"

int db_postgres_test(void);

struct town {
    char url[256];
    struct db *db, *other; /* two nodes on one database */
    sem_t heard;
    char words[64];
};

static struct db *node(const char *url)
{
    struct error e = {0};
    struct db_config config = {.url = url, .create = true};
    struct db *db = db_open_with(&config, test_schema, &e);
    if (!db)
        fail_msg("%s", e.message);
    return db;
}

static int set_up(void **state)
{
    struct town *t = calloc(1, sizeof *t);
    assert_non_null(t);
    *state = t;
    sem_init(&t->heard, 0, 0);
    if (!test_database_make(t->url)) {
        print_message("skipped: the PostgreSQL engine (ASCOLTO_TEST_POSTGRES names no server)\n");
        return 0;
    }
    t->db = node(t->url);
    t->other = node(t->url);
    return 0;
}

static int tear_down(void **state)
{
    struct town *t = *state;
    db_close(t->other);
    db_close(t->db);
    test_database_drop(t->url);
    sem_destroy(&t->heard);
    free(t);
    return 0;
}

/* Without a server a test is skipped. */
#define TOWN(t)                                                                                                      \
    struct town *t = *state;                                                                                         \
    if (!t->db)                                                                                                      \
    skip()

struct shelf {
    int64_t id;
    const char *label;
    bool refuse;
};

static bool add_shelf(struct tx *tx, void *ctx, struct error *e)
{
    const struct shelf *shelf = ctx;
    if (!EXEC(tx, "INSERT INTO shelf VALUES ($1, $2)", e, db_value_int(shelf->id), db_value_cstr(shelf->label)))
        return false;
    return !shelf->refuse || fail(e, ERR_CONFLICT, "No.");
}

/* As commands do it: nobody waits for the outcome of the statement itself. */
static bool add_shelf_blindly(struct tx *tx, void *ctx, struct error *e)
{
    const struct shelf *shelf = ctx;
    struct db_value values[] = {db_value_int(shelf->id), db_value_cstr(shelf->label)};
    struct query query = {
        .sql = SQL_COUNT, .text = "INSERT INTO shelf VALUES ($1, $2)", .values = values, .n = 2, .blind = true};
    struct rows *rows CLEANUP(rows_cleanup) = db_query_text(tx, &query, e);
    return rows && !rows_next(rows);
}

struct outcomes {
    struct shelf shelf;
    int *stored, *refused;
};

static bool add_one(struct tx *tx, void *ctx, struct error *e)
{
    return add_shelf_blindly(tx, &((struct outcomes *)ctx)->shelf, e);
}

static void outcome_count(void *ctx, bool ok, const struct error *e)
{
    const struct outcomes *o = ctx;
    (void)e;
    __atomic_add_fetch(ok ? o->stored : o->refused, 1, __ATOMIC_SEQ_CST);
}

/* Every brand's line is empty behind its own command. */
static void settle(struct town *t)
{
    struct shelf none = {.id = -1, .label = "none", .refuse = true};
    struct error e = {0};
    for (int brand = 1; brand <= 8; brand++)
        assert_false(db_write(t->db, brand, add_shelf, &none, &e));
}

static void many_at_once_and_some_refused(void **state)
{
    TOWN(t);
    int stored = 0, refused = 0;
    struct outcomes all[200];
    for (int i = 0; i < 200; i++) {
        /* every tenth is there already: its statement is refused long after it was sent */
        all[i] = (struct outcomes){{.id = i % 10 == 9 ? i - 9 : i, .label = "a"}, &stored, &refused};
        db_write_later(t->db, 1 + i / 10 % 8, add_one, &all[i], outcome_count);
    }
    settle(t);
    assert_int_equal(stored, 180);
    assert_int_equal(refused, 20);
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 180);
}

static void what_fails_blindly_is_told(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct shelf shelf = {.id = 1, .label = "a"};
    assert_true(db_write(t->db, 1, add_shelf_blindly, &shelf, &e));
    assert_false(db_write(t->db, 1, add_shelf_blindly, &shelf, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 1);
}

static void a_character_that_has_no_place_is_told(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct shelf shelf = {.id = 1, .label = "\xff"};
    assert_false(db_write(t->db, 1, add_shelf, &shelf, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    shelf.label = "b";
    assert_true(db_write(t->db, 1, add_shelf, &shelf, &e));
}

static void sessions_cut(struct town *t)
{
    char text[300];
    const char *name = strrchr(t->url, '/') + 1;
    snprintf(
        text, sizeof text,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s' AND pid <> pg_backend_pid()",
        name);
    assert_true(test_server_run(text));
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

/* A session that was idle when it was ended cost nothing: nobody hears of it. */
static void a_lost_session_is_taken_up_again(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct shelf shelf = {.id = 1, .label = "a"};
    assert_true(db_write(t->db, 1, add_shelf, &shelf, &e));
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 1);
    sessions_cut(t);
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 1);
    shelf.id = 2;
    if (!db_write(t->db, 1, add_shelf, &shelf, &e))
        fail_msg("%s", e.message);
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 2);
}

static bool cut_in_between(struct tx *tx, void *ctx, struct error *e)
{
    struct shelf shelf = {.id = 5, .label = "half"};
    if (!add_shelf(tx, &shelf, e))
        return false;
    sessions_cut(ctx);
    shelf.id = 6;
    return add_shelf(tx, &shelf, e);
}

static void a_session_lost_in_between_stores_nothing(void **state)
{
    TOWN(t);
    struct error e = {0};
    assert_false(db_write(t->db, 1, cut_in_between, t, &e));
    assert_int_equal(e.code, ERR_STORAGE);
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 0);
    struct shelf shelf = {.id = 1, .label = "a"};
    assert_true(db_write(t->db, 1, add_shelf, &shelf, &e));
}

static void hear_commit(void *ctx)
{
    sem_post(&((struct town *)ctx)->heard);
}

static bool heard_within(struct town *t, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    return sem_timedwait(&t->heard, &until) == 0;
}

static void other_nodes_hear_of_a_commit(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct shelf shelf = {.id = 1, .label = "a"};
    db_on_commit(t->other, hear_commit, t);
    int64_t before = clock_monotonic();
    /* the other may be about to begin to listen: it looks once when it does */
    do
        assert_true(db_write(t->db, 1, add_shelf, &shelf, &e));
    while (++shelf.id < 4 && !heard_within(t, 1));
    assert_true(clock_monotonic() - before < 3 * SECOND_US);
    db_on_commit(t->other, NULL, NULL);
}

static void hear_words(void *ctx, struct str words)
{
    struct town *t = ctx;
    snprintf(t->words, sizeof t->words, "%.*s", STR_ARGS(words));
    sem_post(&t->heard);
}

static void not_for_me(void *ctx, struct str words)
{
    (void)words;
    *(bool *)ctx = true;
}

static void other_nodes_hear_what_is_told(void **state)
{
    TOWN(t);
    bool mine = false;
    db_on_told(t->other, hear_words, t);
    db_on_told(t->db, not_for_me, &mine);
    for (int i = 0; i < 5; i++) {
        db_tell(t->db, STR("presence “Caffè” 'x'; DROP"));
        if (heard_within(t, 1))
            break;
    }
    assert_string_equal(t->words, "presence “Caffè” 'x'; DROP");
    assert_false(mine);
    sessions_cut(t); /* heard again after it was away */
    t->words[0] = 0;
    for (int i = 0; i < 8 && !t->words[0]; i++) {
        db_tell(t->db, STR("again"));
        heard_within(t, 1);
    }
    assert_string_equal(t->words, "again");
    db_on_told(t->other, NULL, NULL);
}

/* Reads what is there and writes one more: right only if nobody writes in between. */
static bool count_up(struct tx *tx, void *ctx, struct error *e)
{
    struct number number = {.text = "SELECT coalesce(max(id), 0) FROM shelf"};
    struct shelf shelf = {.label = "one more"};
    (void)ctx;
    if (!number_command(tx, &number, e))
        return false;
    shelf.id = number.value + 1;
    return add_shelf(tx, &shelf, e);
}

static void *count_up_often(void *ctx)
{
    struct error e = {0};
    int refused = 0;
    for (int i = 0; i < 50; i++)
        refused += !db_write(ctx, 7, count_up, NULL, &e);
    return (void *)(intptr_t)refused;
}

static void a_brand_is_written_by_one_node_at_a_time(void **state)
{
    TOWN(t);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up_often, i % 2 ? t->db : t->other), 0);
    for (int i = 0; i < 4; i++) {
        void *refused;
        pthread_join(threads[i], &refused);
        assert_null(refused);
    }
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 200);
}

/* ---- asked ahead ---- */

struct asked {
    struct town *town;
    int64_t version;
    bool ahead, cut;
};

static bool version_ask(struct tx *tx, int64_t *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query_values(tx, SQL_schema_version_get, NULL, 0, e);
    if (!rows || !rows_next(rows))
        return false;
    *out = rows_int(rows, 0);
    return !rows_next(rows) && rows_ok(rows, e);
}

static bool version_read(struct tx *tx, void *ctx, struct error *e)
{
    struct asked *asked = ctx;
    struct number one = {.text = "SELECT 1"};
    int64_t again;
    if (asked->ahead)
        db_ahead_values(tx, SQL_schema_version_get, NULL, 0);
    if (asked->cut && !number_command(tx, &one, e)) /* its answer brings the other one with it */
        return false;
    if (asked->cut)
        sessions_cut(asked->town);
    return version_ask(tx, &asked->version, e) && version_ask(tx, &again, e) && again == asked->version;
}

static bool version_raise(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return db_exec(tx, SQL_schema_version_add, NULL, e, V(1000), V("a later one"), V(0));
}

static void what_is_asked_ahead_is_answered_once(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct asked asked = {.town = t, .ahead = true};
    assert_true(db_read(t->db, version_read, &asked, &e));
    assert_in_range(asked.version, 1, 999);
    /* the answer is here already: nobody has to be asked any more */
    struct asked cut = {.town = t, .ahead = true, .cut = true};
    if (!db_read(t->db, version_read, &cut, &e))
        fail_msg("%s", e.message);
    assert_int_equal(cut.version, asked.version);
    struct asked late = {.town = t, .cut = true};
    assert_false(db_read(t->db, version_read, &late, &e));
    assert_int_equal(e.code, ERR_STORAGE);
}

static void an_answer_is_kept_for_one_reading_only(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct asked asked = {.town = t, .ahead = true};
    assert_true(db_read(t->db, version_read, &asked, &e));
    assert_true(db_write(t->db, 1, version_raise, NULL, &e));
    assert_true(db_read(t->db, version_read, &asked, &e));
    assert_int_equal(asked.version, 1000);
}

static void who_asks_ahead_of_a_lost_session_gets_another(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct asked asked = {.town = t, .ahead = true};
    assert_true(db_read(t->db, version_read, &asked, &e));
    sessions_cut(t);
    if (!db_read(t->db, version_read, &asked, &e))
        fail_msg("%s", e.message);
    assert_in_range(asked.version, 1, 999);
}

/* Of a table that these tests have not. */
static bool refused_read(struct tx *tx, void *ctx, struct error *e)
{
    bool *asks = ctx;
    db_ahead(tx, SQL_agent_list, V(1));
    if (!*asks)
        return true;
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_agent_list, e, V(1));
    return rows;
}

static void what_is_refused_ahead_is_told_when_asked(void **state)
{
    TOWN(t);
    struct error e = {0};
    bool asks = true;
    assert_false(db_read(t->db, refused_read, &asks, &e));
    assert_int_not_equal(e.code, ERR_NONE);
    asks = false; /* nobody has heard of it: what comes next is none the worse */
    assert_true(db_read(t->db, refused_read, &asks, &e));
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 0);
}

/* ---- all asked ahead ---- */

struct foreseen {
    struct town *town;
    int64_t idle_in, more, version, times; /* sessions whose transaction waits for its client; read later */
    bool asks_more, cut, one, again;
};

/* Seen from the other node: the test's own reading is under way. */
static int64_t waiting_sessions(struct town *t)
{
    return read_number(t->other, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                                 "pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'");
}

static bool foreseen_once(struct tx *tx, struct foreseen *f, struct error *e)
{
    struct number more = {.text = "SELECT count(*) FROM shelf"};
    struct shelf shelf = {.id = 100 + f->times++, .label = "in between"};
    db_ahead_values(tx, SQL_schema_version_get, NULL, 0);
    if (!version_ask(tx, &f->version, e))
        return false;
    if (f->cut)
        sessions_cut(f->town);
    else
        f->idle_in = waiting_sessions(f->town);
    if (f->asks_more && (!db_write(f->town->other, 1, add_shelf, &shelf, e) || !number_command(tx, &more, e)))
        return false;
    f->more = more.value;
    return version_ask(tx, &f->version, e);
}

static bool foreseen_read(struct tx *tx, void *ctx, struct error *e)
{
    struct foreseen *f = ctx;
    struct error here = {0};
    db_ahead_is_all(tx);
    bool ok = foreseen_once(tx, f, &here);
    f->again = db_read_again(tx);
    if (f->again)
        ok = foreseen_once(tx, f, e);
    f->one = db_read_was_one(tx);
    assert_false(db_read_again(tx));
    return ok;
}

static void what_is_foreseen_to_be_all_holds_no_transaction(void **state)
{
    TOWN(t);
    struct error e = {0};
    for (int i = 0; i < 3; i++) { /* the session is used again at once */
        struct foreseen f = {.town = t};
        assert_true(db_read(t->db, foreseen_read, &f, &e));
        assert_true(f.one && !f.again);
        assert_int_equal(f.idle_in, 0);
        assert_in_range(f.version, 1, 999);
    }
    assert_int_equal(waiting_sessions(t), 0);
}

/* The second time all is seen as it was when the second question was asked, however much is written meanwhile. */
static void what_was_not_foreseen_is_read_again_in_one_snapshot(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct foreseen f = {.town = t, .asks_more = true};
    assert_true(db_read(t->db, foreseen_read, &f, &e));
    assert_true(f.again && !f.one);
    assert_int_equal(f.idle_in, 1); /* it is under way now, as it is where nothing is foreseen */
    assert_int_equal(f.more, 1);
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 2);
    assert_int_equal(waiting_sessions(t), 0);
}

static void a_session_that_ends_behind_its_only_journey_costs_nothing(void **state)
{
    TOWN(t);
    struct error e = {0};
    struct foreseen f = {.town = t, .cut = true};
    assert_true(db_read(t->db, foreseen_read, &f, &e)); /* the answer had come */
    assert_true(f.one);
    f = (struct foreseen){.town = t};
    assert_true(db_read(t->db, foreseen_read, &f, &e)); /* another session */
    assert_in_range(f.version, 1, 999);
    f = (struct foreseen){.town = t, .cut = true, .asks_more = true};
    assert_false(db_read(t->db, foreseen_read, &f, &e)); /* what is asked behind it is not answered */
    assert_int_equal(e.code, ERR_STORAGE);
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 1);
}

static bool refused_of_all(struct tx *tx, void *ctx, struct error *e)
{
    int64_t version;
    struct error here = {0};
    bool asks = true;
    db_ahead_is_all(tx);
    assert_false(refused_read(tx, ctx ? ctx : &asks, &here));
    return version_ask(tx, &version, e); /* as in any transaction that a statement of was refused */
}

static void what_is_refused_is_the_end_of_a_foreseen_reading(void **state)
{
    TOWN(t);
    struct error e = {0};
    assert_false(db_read(t->db, refused_of_all, NULL, &e));
    assert_int_equal(e.code, ERR_STORAGE);
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM shelf"), 0);
}

static const struct embed_file good_step[] = {
    test_schema[0],
    MIGRATION(2, "CREATE TABLE crate (id BIGINT PRIMARY KEY);"),
    {0},
};
static const struct embed_file bad_step[] = {
    test_schema[0],
    MIGRATION(2, "CREATE TABLE crate (id BIGINT PRIMARY KEY); INSERT INTO crate SELECT id FROM nowhere;"),
    {0},
};

static struct db *open_as(struct town *t, const struct embed_file *files, struct error *e)
{
    struct db_config config = {.url = t->url, .create = true};
    return db_open_with(&config, files, e);
}

static void a_failed_migration_leaves_the_old_schema(void **state)
{
    TOWN(t);
    struct error e = {0};
    assert_null(open_as(t, bad_step, &e));
    assert_non_null(strstr(e.message, "0002_step.sql"));
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM pg_tables WHERE tablename = 'crate'"), 0);
    struct shelf shelf = {.id = 1, .label = "as before"};
    assert_true(db_write(t->db, 1, add_shelf, &shelf, &e)); /* nodes that run go on */
    struct db *next = open_as(t, good_step, &e);
    assert_non_null(next);
    assert_int_equal(db_schema_version(next), 2);
    shelf.id = 2; /* so does the older node beside it */
    assert_true(db_write(t->db, 1, add_shelf, &shelf, &e));
    db_close(next);
    assert_null(open_as(t, test_schema, &e));
    assert_non_null(strstr(e.message, "newer Ascolto"));
}

struct starting {
    struct town *town;
    struct db *db;
};

static void *start_node(void *ctx)
{
    struct starting *s = ctx;
    struct error e = {0};
    s->db = open_as(s->town, good_step, &e);
    if (!s->db)
        print_error("%s\n", e.message);
    return NULL;
}

static void nodes_that_start_together_migrate_once(void **state)
{
    TOWN(t);
    pthread_t threads[4];
    struct starting all[4];
    for (int i = 0; i < 4; i++) {
        all[i] = (struct starting){.town = t};
        assert_int_equal(pthread_create(&threads[i], NULL, start_node, &all[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++) {
        assert_non_null(all[i].db);
        db_close(all[i].db);
    }
    assert_int_equal(read_number(t->db, "SELECT count(*) FROM schema_version"), 2);
}

int db_postgres_test(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(many_at_once_and_some_refused),
        TEST(what_fails_blindly_is_told),
        TEST(a_character_that_has_no_place_is_told),
        TEST(a_lost_session_is_taken_up_again),
        TEST(a_session_lost_in_between_stores_nothing),
        TEST(other_nodes_hear_of_a_commit),
        TEST(other_nodes_hear_what_is_told),
        TEST(a_brand_is_written_by_one_node_at_a_time),
        TEST(what_is_asked_ahead_is_answered_once),
        TEST(an_answer_is_kept_for_one_reading_only),
        TEST(who_asks_ahead_of_a_lost_session_gets_another),
        TEST(what_is_refused_ahead_is_told_when_asked),
        TEST(what_is_foreseen_to_be_all_holds_no_transaction),
        TEST(what_was_not_foreseen_is_read_again_in_one_snapshot),
        TEST(a_session_that_ends_behind_its_only_journey_costs_nothing),
        TEST(what_is_refused_is_the_end_of_a_foreseen_reading),
        TEST(a_failed_migration_leaves_the_old_schema),
        TEST(nodes_that_start_together_migrate_once),
    };
    return cmocka_run_group_tests_name("db/postgres", tests, NULL, NULL);
}
