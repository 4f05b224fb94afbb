/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: many callers, each with its own fate; storage that fails and comes back; snapshots of
 * readers. */
#include "support.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include "base/arena.h"

int db_writer_test(void);

enum { THREADS = 64, EACH = 40 };

struct shelf {
    int64_t id;
    bool refuse;
};

static bool add_shelf(struct tx *tx, void *ctx, struct error *e)
{
    const struct shelf *shelf = ctx;
    const char *text = "INSERT INTO shelf (id, label) VALUES ($1, 'x')";
    assert_true(arena_used(tx_arena(tx)) == 0); /* each command begins with an empty arena */
    arena_alloc(tx_arena(tx), 100);
    if (!EXEC(tx, text, e, V(shelf->id)))
        return false;
    return !shelf->refuse || fail(e, ERR_FORBIDDEN, "not this one");
}

struct caller {
    struct db *db;
    int number;
    int wrong;
};

/* Every third command is refused after it has written. */
static void *call(void *ptr)
{
    struct caller *caller = ptr;
    for (int i = 0; i < EACH; i++) {
        struct error e = {0};
        struct shelf shelf = {.id = caller->number * EACH + i + 1, .refuse = i % 3 == 2};
        bool ok = db_write(caller->db, 1, add_shelf, &shelf, &e);
        caller->wrong += ok == shelf.refuse || (!ok && e.code != ERR_FORBIDDEN);
    }
    return NULL;
}

static void many_callers_share_commits(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    struct caller callers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){.db = f->db, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, call, &callers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(callers[i].wrong, 0);
    }
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), THREADS * (EACH - EACH / 3));
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf WHERE (id - 1) % 40 % 3 = 2"), 0);
}

/* Holds the writer so that what is queued meanwhile becomes one batch. */
struct gate {
    sem_t entered, open;
};

static bool hold(struct tx *tx, void *ctx, struct error *e)
{
    (void)tx;
    (void)e;
    struct gate *gate = ctx;
    sem_post(&gate->entered);
    sem_wait(&gate->open);
    return true;
}

static void gate_close(struct gate *gate, struct db *db)
{
    sem_init(&gate->entered, 0, 0);
    sem_init(&gate->open, 0, 0);
    db_write_later(db, 1, hold, gate, NULL);
    sem_wait(&gate->entered);
}

struct outcome {
    db_command *command;
    struct shelf shelf;
    int order; /* in which it was answered, from 1 */
    int runs;
    bool ok;
    struct error error;
    int64_t now;
};

static int answered; /* on the writer's thread only, read after the last answer */
static sem_t all_answered;

static void remember(void *ctx, bool ok, const struct error *e)
{
    struct outcome *outcome = ctx;
    outcome->ok = ok;
    assert_true(ok == !e);
    if (e)
        outcome->error = *e;
    outcome->order = ++answered;
    sem_post(&all_answered);
}

static bool add_and_look(struct tx *tx, void *ctx, struct error *e)
{
    struct outcome *outcome = ctx;
    outcome->now = tx_now(tx);
    return outcome->command ? outcome->command(tx, ctx, e) : add_shelf(tx, &outcome->shelf, e);
}

static void run_as_one_batch(struct db *db, struct outcome *outcomes, int n)
{
    struct gate gate;
    gate_close(&gate, db);
    answered = 0;
    sem_init(&all_answered, 0, 0);
    for (int i = 0; i < n; i++)
        db_write_later(db, 1, add_and_look, &outcomes[i], remember);
    sem_post(&gate.open);
    for (int i = 0; i < n; i++)
        sem_wait(&all_answered);
}

static void one_is_rolled_back_alone(void **state)
{
    struct fixture *f = *state;
    struct outcome o[] = {{.shelf = {.id = 1}},
                          {.shelf = {.id = 2, .refuse = true}},
                          {.shelf = {.id = 1}}, /* there already */
                          {.shelf = {.id = 3}}};
    run_as_one_batch(f->db, o, 4);
    assert_true(o[0].ok && !o[1].ok && !o[2].ok && o[3].ok);
    assert_int_equal(o[1].error.code, ERR_FORBIDDEN);
    assert_int_equal(o[2].error.code, ERR_CONFLICT);
    assert_true(o[0].now == o[3].now); /* one batch, one time */
    for (int i = 0; i < 4; i++)
        assert_int_equal(o[i].order, i + 1);
    assert_int_equal(read_number(f->db, "SELECT sum(id) FROM shelf"), 4);
}

static bool shrug_off(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    (void)e;
    bool ok = EXEC(tx, "INSERT INTO shelf (id, label) VALUES (1, NULL)", NULL);
    assert_false(ok);
    return true;
}

static bool say_nothing(struct tx *tx, void *ctx, struct error *e)
{
    (void)tx;
    (void)ctx;
    (void)e;
    return false;
}

static bool add_and_count(struct tx *tx, void *ctx, struct error *e)
{
    struct outcome *outcome = ctx;
    outcome->runs++;
    return add_shelf(tx, &outcome->shelf, e);
}

/* Commands that came together are one savepoint; what fails among them is taken back alone all the same, and all
 * others are stored once, in their order. */
static void who_fails_takes_nobody_along(void **state)
{
    struct fixture *f = *state;
    for (int bad = -1; bad < 5; bad++) {
        struct outcome o[5] = {{0}};
        for (int i = 0; i < 5; i++)
            o[i] = (struct outcome){.command = add_and_count,
                                    .shelf = {.id = 10 * (bad + 2) + i, .refuse = i == bad || (bad == 4 && i == 1)}};
        run_as_one_batch(f->db, o, 5);
        int good = 0, runs = 0;
        for (int i = 0; i < 5; i++) {
            assert_true(o[i].ok == !o[i].shelf.refuse);
            assert_int_equal(o[i].order, i + 1);
            assert_true(o[i].now == o[0].now); /* one transaction */
            good += o[i].ok;
            runs += o[i].runs;
        }
        char text[200];
        snprintf(text, sizeof text, "SELECT count(*) FROM shelf WHERE id >= %d AND id < %d", 10 * (bad + 2),
                 10 * (bad + 2) + 5);
        assert_int_equal(read_number(f->db, text), good);
        assert_true(bad < 0 ? runs == 5 : runs > 5 && runs <= 10);
    }
}

static void an_error_cannot_be_shrugged_off(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    assert_false(db_write(f->db, 1, shrug_off, NULL, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    struct error silent = {0};
    assert_false(db_write(f->db, 1, say_nothing, NULL, &silent));
    assert_int_equal(silent.code, ERR_INTERNAL);
    assert_true(silent.message[0] != 0);
}

static bool limit_pages(struct tx *tx, void *ctx, struct error *e)
{
    char text[64];
    snprintf(text, sizeof(text), "PRAGMA max_page_count = %d", *(int *)ctx);
    return db_raw(tx, text, e);
}

static bool add_much(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return EXEC(tx, "INSERT INTO book (id, cover) VALUES (1, zeroblob(4000000))", e);
}

static void a_full_disk_is_told_and_survived(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    int pages = 100;
    assert_true(db_write(f->db, 1, limit_pages, &pages, &e));
    struct outcome o[] = {{.shelf = {.id = 1}}, {.command = add_much}, {.shelf = {.id = 2}}};
    run_as_one_batch(f->db, o, 3);
    assert_false(o[1].ok);
    assert_int_equal(o[1].error.code, ERR_STORAGE);
    assert_non_null(strstr(o[1].error.message, "disk is full"));
    assert_true(o[2].ok); /* what came after goes on, in a transaction of its own */
    assert_true(o[0].ok || o[0].error.code == ERR_STORAGE);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), o[0].ok ? 2 : 1);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM book"), 0);
    assert_false(db_write(f->db, 1, add_much, NULL, &e)); /* alone */
    assert_int_equal(e.code, ERR_STORAGE);
    pages = 1000000;
    assert_true(db_write(f->db, 1, limit_pages, &pages, &e));
    assert_true(db_write(f->db, 1, add_much, NULL, &e)); /* there is room again */
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM book"), 1);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The log cannot grow: what fails is the commit, when all commands of the batch have already succeeded. */
static int refusals;

static bool savepoint_refused(struct conn *conn, struct error *e)
{
    (void)conn;
    refusals++;
    return fail(e, ERR_STORAGE, "no savepoint today");
}

/* Every caller hears of it, once, and the writer goes on when it is over. */
static void a_refused_savepoint_is_told(void **state)
{
    struct fixture *f = *state;
    const struct engine *sound = f->db->engine;
    struct engine broken = *sound;
    struct outcome o[] = {{.shelf = {.id = 1}}, {.shelf = {.id = 2}}, {.shelf = {.id = 3}}};
    broken.savepoint = savepoint_refused;
    refusals = 0;
    f->db->engine = &broken;
    run_as_one_batch(f->db, o, COUNT_OF(o));
    f->db->engine = sound;
    for (size_t i = 0; i < COUNT_OF(o); i++)
        assert_int_equal(o[i].order, (int)i + 1);
    assert_int_equal(o[0].error.code, ERR_STORAGE);
    assert_string_equal(o[0].error.message, "no savepoint today");
    assert_in_range(refusals, 1, COUNT_OF(o));
    assert_false(o[0].ok);
    struct shelf after = {.id = 4};
    struct error e = {0};
    assert_true(db_write(f->db, 1, add_shelf, &after, &e));
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf WHERE id = 4"), 1);
}

static void a_failed_commit_is_told_to_all(void **state)
{
    struct fixture *f = *state;
    struct outcome o[] = {{.shelf = {.id = 1}}, {.shelf = {.id = 2, .refuse = true}}, {.shelf = {.id = 3}}};
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    limit_file_size(4096);
    run_as_one_batch(f->db, o, 3);
    struct error e = {0};
    struct shelf alone = {.id = 4};
    assert_false(db_write(f->db, 1, add_shelf, &alone, &e));
    limit_file_size(RLIM_INFINITY);
    signal(SIGXFSZ, before);
    assert_int_equal(e.code, ERR_STORAGE);
    assert_false(o[0].ok || o[1].ok || o[2].ok);
    assert_int_equal(o[0].error.code, ERR_STORAGE);
    assert_int_equal(o[1].error.code, ERR_FORBIDDEN); /* its own reason stays */
    assert_int_equal(o[2].error.code, ERR_STORAGE);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 0);
    assert_true(db_write(f->db, 1, add_shelf, &alone, &e)); /* by itself */
    assert_int_equal(read_number(f->db, "SELECT sum(id) FROM shelf"), 4);
    assert_true(db_check(f->db, &e));
}

static bool add_slowly(struct tx *tx, void *ctx, struct error *e)
{
    struct outcome *outcome = ctx;
    usleep(60000);
    return add_shelf(tx, &outcome->shelf, e);
}

static void a_slow_batch_is_cut(void **state)
{
    struct fixture *f = *state;
    struct outcome o[4] = {{0}};
    for (int i = 0; i < 4; i++)
        o[i] = (struct outcome){.command = add_slowly, .shelf = {.id = i + 1}};
    run_as_one_batch(f->db, o, 4);
    for (int i = 0; i < 4; i++)
        assert_true(o[i].ok && o[i].order == i + 1);
    assert_true(o[3].now > o[0].now); /* the later ones had a transaction of their own */
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 4);
}

static void a_full_queue_refuses(void **state)
{
    struct fixture *f = *state;
    struct gate gate;
    gate_close(&gate, f->db);
    struct outcome *o = calloc(DB_QUEUE_MAX + 1, sizeof(*o));
    assert_non_null(o);
    answered = 0;
    sem_init(&all_answered, 0, 0);
    for (int i = 0; i <= DB_QUEUE_MAX; i++) {
        o[i].shelf.id = i + 1;
        db_write_later(f->db, 1, add_and_look, &o[i], remember);
    }
    assert_int_equal(o[DB_QUEUE_MAX].order, 1); /* at once */
    assert_false(o[DB_QUEUE_MAX].ok);
    assert_int_equal(o[DB_QUEUE_MAX].error.code, ERR_UNAVAILABLE);
    sem_post(&gate.open);
    for (int i = 0; i <= DB_QUEUE_MAX; i++)
        sem_wait(&all_answered);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), DB_QUEUE_MAX);
    free(o);
}

static void what_is_queued_is_written_at_close(void **state)
{
    struct fixture *f = *state;
    struct gate gate;
    gate_close(&gate, f->db);
    struct shelf shelves[700]; /* more than one batch */
    for (int i = 0; i < 700; i++) {
        shelves[i] = (struct shelf){.id = i + 1};
        db_write_later(f->db, 1, add_shelf, &shelves[i], NULL);
    }
    sem_post(&gate.open);
    db_close(f->db);
    f->db = open_test(f->path, test_schema);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 700);
}

static void count_wake(void *ctx)
{
    sem_post(ctx);
}

static void commits_are_announced(void **state)
{
    struct fixture *f = *state;
    sem_t woken;
    sem_init(&woken, 0, 0);
    db_on_commit(f->db, count_wake, &woken);
    struct shelf shelf = {.id = 1};
    db_write_later(f->db, 1, add_shelf, &shelf, NULL);
    sem_wait(&woken);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 1);
    db_on_commit(f->db, NULL, NULL);
    write_raw(f->db, "DELETE FROM shelf");
    int more = 0;
    sem_getvalue(&woken, &more);
    assert_int_equal(more, 0); /* nobody listens any more */
}

struct chain {
    struct db *db;
    struct shelf shelves[3];
    int next;
    sem_t end;
};

static bool add_link(struct tx *tx, void *ctx, struct error *e)
{
    struct chain *chain = ctx;
    return add_shelf(tx, &chain->shelves[chain->next], e);
}

static void write_next(void *ctx, bool ok, const struct error *e)
{
    struct chain *chain = ctx;
    assert_true(ok && !e);
    if (++chain->next < 3)
        db_write_later(chain->db, 1, add_link, chain, write_next);
    else
        sem_post(&chain->end);
}

static void done_may_queue_more(void **state)
{
    struct fixture *f = *state;
    struct chain chain = {.db = f->db, .shelves = {{.id = 1}, {.id = 2}, {.id = 3}}};
    sem_init(&chain.end, 0, 0);
    db_write_later(f->db, 1, add_link, &chain, write_next);
    sem_wait(&chain.end);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 3);
}

struct snapshot {
    struct db *db;
    int64_t before, after;
};

static bool read_twice(struct tx *tx, void *ctx, struct error *e)
{
    struct snapshot *s = ctx;
    struct number number = {.text = "SELECT count(*) FROM shelf"};
    assert_true(number_command(tx, &number, e));
    s->before = number.value;
    write_raw(s->db, "INSERT INTO shelf VALUES (100, 'later')");
    assert_true(number_command(tx, &number, e));
    s->after = number.value;
    return true;
}

static void a_read_sees_one_moment(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct snapshot s = {.db = f->db};
    write_raw(f->db, "INSERT INTO shelf VALUES (1, 'first')");
    assert_true(db_read(f->db, read_twice, &s, &e));
    assert_int_equal(s.before, 1);
    assert_int_equal(s.after, 1);
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 2);
}

static void *read_in_thread(void *db)
{
    return read_number(db, "SELECT count(*) FROM shelf") == 0 ? db : NULL;
}

static void threads_come_and_go(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        void *result = NULL;
        assert_int_equal(pthread_create(&thread, NULL, read_in_thread, f->db), 0);
        pthread_join(thread, &result);
        assert_ptr_equal(result, f->db);
    }
    assert_null(f->db->readers); /* each took its connection along */
}

static void a_closed_database_is_one_file(void **state)
{
    struct fixture *f = *state;
    char log[128];
    snprintf(log, sizeof(log), "%s-wal", f->path);
    write_raw(f->db, "INSERT INTO shelf VALUES (1, 'a')");
    assert_int_equal(read_number(f->db, "SELECT count(*) FROM shelf"), 1);
    assert_int_equal(access(log, F_OK), 0);
    db_close(f->db);
    f->db = NULL;
    assert_int_not_equal(access(log, F_OK), 0);
}

static void read_only_means_it(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    struct db_config config = {.path = f->path, .read_only = true};
    struct db *db = db_open_with(&config, test_schema, &e);
    assert_non_null(db);
    assert_int_equal(read_number(db, "SELECT count(*) FROM shelf"), 0);
    struct shelf shelf = {.id = 1};
    assert_false(db_write(db, 1, add_shelf, &shelf, &e));
    assert_int_equal(e.code, ERR_STORAGE);
    struct outcome outcome = {0};
    answered = 0;
    sem_init(&all_answered, 0, 0);
    db_write_later(db, 1, add_shelf, &outcome, remember);
    assert_int_equal(outcome.order, 1);
    assert_false(outcome.ok);
    db_close(db);
}

static void the_log_does_not_grow_for_ever(void **state)
{
    struct fixture *f = *state;
    write_raw(f->db, "INSERT INTO book (id, cover) VALUES (1, zeroblob(8000000))");
    for (int i = 0; i < 40; i++) /* 320 MB through a log of 64 MB */
        write_raw(f->db, "UPDATE book SET cover = randomblob(8000000)");
    char log[128];
    snprintf(log, sizeof(log), "%s-wal", f->path);
    FILE *file = fopen(log, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    assert_true(size < 160L * 1024 * 1024);
}

int db_writer_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_callers_share_commits, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(one_is_rolled_back_alone, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(who_fails_takes_nobody_along, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(an_error_cannot_be_shrugged_off, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_survived, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_refused_savepoint_is_told, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_failed_commit_is_told_to_all, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_slow_batch_is_cut, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_full_queue_refuses, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(what_is_queued_is_written_at_close, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(commits_are_announced, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(done_may_queue_more, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_read_sees_one_moment, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(threads_come_and_go, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(a_closed_database_is_one_file, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(read_only_means_it, db_setup, db_teardown),
        cmocka_unit_test_setup_teardown(the_log_does_not_grow_for_ever, db_setup, db_teardown),
    };
    return cmocka_run_group_tests_name("db/writer", tests, NULL, NULL);
}
