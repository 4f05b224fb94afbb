/* SPDX-License-Identifier: Apache-2.0 */
/* What time brings, and that it writes nothing while nothing is due. */
#include "../care/house_fixture.h"

#include <stdatomic.h>

#include "care/reply.h"
#include "care/statements.h"
#include "jobs/jobs_internal.h"
#include "store/shelf.h"

int jobs_clock_test(void);

static void commit_seen(void *ctx)
{
    atomic_fetch_add((atomic_int *)ctx, 1);
}

static void turn_clock(struct care *c, struct jobs *jobs)
{
    jobs->house = c->h->house;
    jobs->clock = (struct worker){.jobs = jobs, .name = "clock"};
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    clock_turn(&jobs->clock, a);
}

static void nothing_due_writes_nothing(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {.tidied_at = clock_now()};
    atomic_int commits = 0;
    int64_t id = message_now(c, hear(c, "1", "Non va")).conversation_id;
    listen_to(c, id);
    accept_reply(c, answer(c, id, "Domani alle 9 la richiamo"), "w1");
    DO(c, story_snooze(tx, &c->h->marta, id, tx_now(tx) + HOUR_US, &e));
    db_on_commit(c->h->house->db, commit_seen, &commits);
    for (int i = 0; i < 10; i++)
        turn_clock(c, &jobs);
    db_on_commit(c->h->house->db, NULL, NULL);
    assert_int_equal(commits, 0);
}

static void sleepers_wake(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {.tidied_at = clock_now()};
    int64_t id = message_now(c, hear(c, "1", "Non va")).conversation_id;
    DO(c, story_snooze(tx, &c->h->marta, id, tx_now(tx) + HOUR_US, &e));
    turn_clock(c, &jobs);
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_SNOOZED);
    tamper(c, "UPDATE conversation SET snooze_until = 5");
    turn_clock(c, &jobs);
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_WAITING);
    /* one that does not sleep is not woken for ever */
    tamper(c, "UPDATE conversation SET snooze_until = 5");
    turn_clock(c, &jobs);
    assert_int_equal(conversation_now(c, id).snooze_until, 0);
    house_is_sound(c);
}

static void the_window_that_closes_goes_first(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {.tidied_at = clock_now()};
    char sql[160];
    int64_t first = message_now(c, hear(c, "1", "Non va")).conversation_id;
    int64_t other = message_now(c, hear(c, "2", "Non va da due giorni")).conversation_id;
    snprintf(sql, sizeof sql, "UPDATE conversation SET window_until = %lld WHERE id = %lld",
             (long long)(clock_now() + 5 * MINUTE_US), (long long)other);
    tamper(c, sql);
    assert_true(conversation_now(c, first).rank_at < conversation_now(c, other).rank_at);
    for (int i = 0; i < 3; i++)
        turn_clock(c, &jobs);
    assert_true(conversation_now(c, other).rank_at < conversation_now(c, first).rank_at);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'conversation.closing'"), 1);
    int64_t gone = clock_now() - SECOND_US;
    snprintf(sql, sizeof sql, "UPDATE conversation SET window_until = %lld, rank_at = %lld WHERE id = %lld",
             (long long)gone, (long long)rank_ahead(gone), (long long)other);
    tamper(c, sql);
    for (int i = 0; i < 3; i++)
        turn_clock(c, &jobs);
    assert_true(conversation_now(c, other).rank_at > clock_now() - DAY_US);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'conversation.shut'"), 1);
    house_is_sound(c);
}

static void promises_come_back_once(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {.tidied_at = clock_now()};
    int64_t id = message_now(c, hear(c, "1", "Non va")).conversation_id;
    listen_to(c, id);
    accept_reply(c, answer(c, id, "Domani alle 9 la richiamo"), "w1");
    char sql[120];
    snprintf(sql, sizeof sql, "UPDATE promise SET state = 'open', due_at = %lld",
             (long long)(clock_now() + 5 * MINUTE_US));
    tamper(c, sql);
    for (int i = 0; i < 3; i++)
        turn_clock(c, &jobs);
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_WAITING);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'promise.due'"), 1);
    tamper(c, "UPDATE promise SET due_at = due_at - 7200000000");
    for (int i = 0; i < 3; i++)
        turn_clock(c, &jobs);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'promise.broken'"), 1);
}

static void finished_days_are_signed_once(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {.tidied_at = clock_now()};
    hear(c, "1", "Non va");
    turn_clock(c, &jobs);
    assert_int_equal(number_of(c, "SELECT count(*) FROM statement"), 0); /* today is not over */
    int64_t yesterday = clock_day(clock_now() - DAY_US, "Europe/Rome");
    char sql[120];
    snprintf(sql, sizeof sql, "UPDATE ledger_count SET day = %lld", (long long)yesterday);
    tamper(c, sql);
    for (int i = 0; i < 3; i++)
        turn_clock(c, &jobs);
    assert_int_equal(number_of(c, "SELECT count(*) FROM statement"), 1);
}

/* What a network said of messages that never come is not kept for ever. */
static void what_came_too_early_expires(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {0};
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, STR("never-1")));
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, STR("never-2")));
    char sql[160];
    snprintf(sql, sizeof sql, "UPDATE early SET id = %lld WHERE external_id = 'never-1'",
             (long long)id_at(clock_now() - 31 * DAY_US));
    tamper(c, sql);
    turn_clock(c, &jobs);
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 1);
    assert_true(jobs.tidied_at > 0);
}

static void answers_of_the_api_expire(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {0};
    int64_t now = clock_now();
    DO(c, idempotency_put(tx, c->brand, STR("old"), STR("GET /"), 200, STR("{}"), now - 8 * DAY_US, &e) &&
              idempotency_put(tx, c->brand, STR("new"), STR("GET /"), 200, STR("{}"), now - 6 * DAY_US, &e));
    turn_clock(c, &jobs);
    assert_int_equal(number_of(c, "SELECT count(*) FROM idempotency"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM idempotency WHERE key = 'new'"), 1);
}

/* A reply that was written a day ahead goes when the clock is right again; one that rightly waits is left alone. */
static void what_a_wrong_clock_put_off_comes_back(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {.tidied_at = clock_now()};
    char sql[300];
    int64_t id = message_now(c, hear(c, "1", "Non va")).conversation_id;
    listen_to(c, id);
    int64_t reply = answer(c, id, "Ci penso io"), now = clock_now();
    snprintf(sql, sizeof sql, "UPDATE outbox SET next_at = %lld", (long long)(now + DAY_US));
    tamper(c, sql);
    tamper(c, "INSERT INTO nameless SELECT brand_id, 'facebook', 'nobody', id, 0, 1 FROM channel WHERE network = "
              "'facebook'");
    snprintf(sql, sizeof sql, "UPDATE nameless SET next_at = %lld", (long long)(now + HOUR_US));
    tamper(c, sql);
    snprintf(sql, sizeof sql, "UPDATE channel SET rate_until = %lld WHERE network = 'whatsapp'",
             (long long)(now + 3 * HOUR_US));
    tamper(c, sql);
    tamper(c, "INSERT INTO wish SELECT brand_id, 1, id, 'comment', 0, 1 FROM channel WHERE network = 'facebook'");
    snprintf(sql, sizeof sql, "UPDATE wish SET next_at = %lld", (long long)(now + 3 * DAY_US));
    tamper(c, sql);
    turn_clock(c, &jobs);
    now = clock_now();
    assert_in_range(number_of(c, "SELECT next_at FROM outbox"), 1, now + 30 * SECOND_US);
    assert_in_range(number_of(c, "SELECT next_at FROM wish"), 1, now);
    assert_in_range(number_of(c, "SELECT next_at FROM nameless"), 1, now);
    assert_in_range(number_of(c, "SELECT max(rate_until) FROM channel"), 1, now);
    /* tried, and asked to wait for some minutes: that is no wrong clock */
    snprintf(sql, sizeof sql, "UPDATE outbox SET attempts = 3, next_at = %lld WHERE id = %lld",
             (long long)(now + 20 * MINUTE_US), (long long)reply);
    tamper(c, sql);
    turn_clock(c, &jobs);
    assert_int_equal(number_of(c, "SELECT next_at FROM outbox"), now + 20 * MINUTE_US);
    snprintf(sql, sizeof sql, "UPDATE outbox SET next_at = %lld", (long long)(now + 2 * HOUR_US));
    tamper(c, sql);
    turn_clock(c, &jobs);
    assert_in_range(number_of(c, "SELECT next_at FROM outbox"), 1, clock_now());
    house_is_sound(c);
}

/* A network that asks for a day is asked again after an hour: what is later than that comes from a wrong clock. */
static void no_reply_waits_longer_than_an_hour(void **state)
{
    struct care *c = *state;
    int64_t id = message_now(c, hear(c, "1", "Non va")).conversation_id;
    listen_to(c, id);
    int64_t reply = answer(c, id, "Ci penso io"), hour = clock_now() + REPLY_WAIT_MAX_US;
    struct outcome outcome = {.kind = OUTCOME_FAILED,
                              .failure = FAILURE_RATE,
                              .retry_seconds = 86400,
                              .words = STR("too many"),
                              .code = STR("80007")};
    claim(c, reply);
    DO(c, reply_failed(tx, c->brand, reply, &outcome, 0, STR_EMPTY, false, &e));
    assert_in_range(number_of(c, "SELECT next_at FROM outbox"), hour, hour + MINUTE_US);
    assert_in_range(number_of(c, "SELECT max(rate_until) FROM channel"), hour, hour + MINUTE_US);
}

static void a_file_is_not_fetched_a_day_late(void **state)
{
    struct care *c = *state;
    struct jobs jobs = {.tidied_at = clock_now()};
    char sql[300];
    int64_t message = hear(c, "1", "Ecco la foto"), now = clock_now();
    struct attachment file = {.brand_id = c->brand,
                              .id = id_new(),
                              .message_id = message,
                              .kind = STR("image"),
                              .url = STR("https://media.example/1"),
                              .state = STR("pending"),
                              .next_at = now + DAY_US};
    DO(c, attachment_add(tx, &file, &e));
    turn_clock(c, &jobs);
    assert_in_range(number_of(c, "SELECT next_at FROM attachment"), 1, clock_now());
    snprintf(sql, sizeof sql, "UPDATE attachment SET attempts = 2, next_at = %lld", (long long)(now + 5 * MINUTE_US));
    tamper(c, sql);
    turn_clock(c, &jobs);
    assert_int_equal(number_of(c, "SELECT next_at FROM attachment"), now + 5 * MINUTE_US);
}

int jobs_clock_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(nothing_due_writes_nothing),         CARE_TEST(sleepers_wake),
        CARE_TEST(the_window_that_closes_goes_first),  CARE_TEST(promises_come_back_once),
        CARE_TEST(finished_days_are_signed_once),      CARE_TEST(what_came_too_early_expires),
        CARE_TEST(answers_of_the_api_expire),          CARE_TEST(what_a_wrong_clock_put_off_comes_back),
        CARE_TEST(no_reply_waits_longer_than_an_hour), CARE_TEST(a_file_is_not_fetched_a_day_late),
    };
    return cmocka_run_group_tests_name("jobs/clock", tests, NULL, NULL);
}
