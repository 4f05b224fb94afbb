/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the list: whoever loses something sooner stands higher. */
#include "house_fixture.h"

int care_rank_test(void);

static const int64_t now = INT64_C(1795305600000000);

static struct conversation waiting(int64_t minutes)
{
    return (struct conversation){.priority = PRIORITY_NORMAL,
                                 .waiting = 1,
                                 .waiting_since = now - minutes * MINUTE_US,
                                 .last_at = now - minutes * MINUTE_US,
                                 .last_in_at = now - minutes * MINUTE_US};
}

static int64_t rank_of(struct conversation c)
{
    rank_set(&c, now);
    return c.rank_at;
}

static void a_window_that_closes_sooner_comes_first(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 5000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        struct conversation a = waiting((int64_t)(seed >> 40) % 3000), b = a;
        a.priority = b.priority = (enum priority)((seed >> 33) % PRIORITIES);
        a.window_until = now + 1 + (int64_t)((seed >> 20) % 172800) * SECOND_US;
        b.window_until = a.window_until + (int64_t)((seed >> 10) % 86400) * SECOND_US;
        assert_true(rank_of(a) <= rank_of(b));
        struct conversation c = a; /* without a window one never stands higher than with one */
        c.window_until = 0;
        assert_true(rank_of(a) <= rank_of(c));
    }
}

/* After it no answer arrives at all: nothing else can be lost within the hour that is as much. */
static void the_last_hour_of_a_window_goes_before_all(void **state)
{
    (void)state;
    struct conversation closing = waiting(5), patient = waiting(3 * 24 * 60), sooner = waiting(1);
    patient.priority = PRIORITY_GRAVE;
    closing.window_until = now + HOUR_US;
    assert_true(rank_of(patient) < rank_of(closing));
    closing.window_until = now + HOUR_US - 1;
    assert_true(rank_of(closing) < rank_of(patient));
    sooner.window_until = now + MINUTE_US;
    assert_true(rank_of(sooner) < rank_of(closing));
    closing.window_until = now;
    assert_true(rank_of(patient) < rank_of(closing));
}

static void who_waits_longer_comes_first(void **state)
{
    (void)state;
    for (int p = 0; p < PRIORITIES; p++)
        for (int minutes = 0; minutes < 3000; minutes += 7) {
            struct conversation a = waiting(minutes + 1), b = waiting(minutes);
            a.priority = b.priority = (enum priority)p;
            assert_true(rank_of(a) < rank_of(b));
        }
}

static void graver_comes_first(void **state)
{
    (void)state;
    int64_t before = 0;
    for (int p = 0; p < PRIORITIES; p++) {
        struct conversation c = waiting(5);
        c.priority = (enum priority)p;
        assert_true(rank_of(c) > before);
        before = rank_of(c);
    }
    struct conversation grave = waiting(5), thanks = waiting(5), plain = waiting(5);
    grave.mood = STR("grave");
    thanks.mood = STR("thanks");
    assert_true(rank_of(grave) < rank_of(plain) && rank_of(plain) < rank_of(thanks));
    thanks.mood = STR("troll");
    thanks.window_until = now + HOUR_US; /* also a troll is not left until the door is shut */
    assert_true(rank_of(thanks) < rank_of(plain));
}

static void a_promise_comes_back_before_its_time(void **state)
{
    (void)state;
    struct conversation c = {.promise_due = now + HOUR_US, .last_at = now - DAY_US};
    assert_true(rank_of(c) == now + HOUR_US - PROMISE_AHEAD_US);
    struct conversation waits = waiting(0);
    waits.promise_due = now + 30 * MINUTE_US;
    assert_true(rank_of(waits) == now + 15 * MINUTE_US);
}

static void what_failed_is_overdue(void **state)
{
    (void)state;
    struct conversation c = {.failed = 1, .last_at = now - 3 * DAY_US};
    assert_true(rank_of(c) == c.last_at);
    struct conversation waits = waiting(0);
    waits.failed = 1;
    assert_true(rank_of(waits) <= now);
}

static void every_place_has_one_reason(void **state)
{
    (void)state;
    struct conversation c = waiting(5);
    assert_int_equal(rank_reason(&c, now), RANK_FIRST);
    c.last_out_at = now - DAY_US;
    assert_int_equal(rank_reason(&c, now), RANK_PLAIN);
    c.mood = STR("thanks");
    assert_int_equal(rank_reason(&c, now), RANK_THANKS);
    c.returns = 1;
    assert_int_equal(rank_reason(&c, now), RANK_RETURNED);
    c.mood = STR("angry");
    assert_int_equal(rank_reason(&c, now), RANK_ANGRY);
    c.waiting_since = now - DAY_US - 1;
    assert_int_equal(rank_reason(&c, now), RANK_LONG);
    c.priority = PRIORITY_GRAVE;
    assert_int_equal(rank_reason(&c, now), RANK_GRAVE);
    c.promise_due = now + HOUR_US;
    assert_int_equal(rank_reason(&c, now), RANK_PROMISE);
    c.window_until = now + 6 * HOUR_US;
    assert_int_equal(rank_reason(&c, now), RANK_PROMISE); /* not shown so early */
    c.window_until = now + 6 * HOUR_US - 1;
    assert_int_equal(rank_reason(&c, now), RANK_WINDOW);
    c.window_until = now; /* shut: nothing to hurry for */
    assert_int_equal(rank_reason(&c, now), RANK_PROMISE);
    c.failed = 1;
    assert_int_equal(rank_reason(&c, now), RANK_FAILED);
}

static void windows_of_doors(void **state)
{
    (void)state;
    struct door day = {.window_hours = 24}, human = {.window_hours = 24, .human_hours = 168}, open = {0};
    assert_true(rank_window_until(&day, now) == now + DAY_US);
    assert_true(rank_window_until(&human, now) == now + 7 * DAY_US);
    assert_int_equal(rank_window_until(&open, now), 0);
    assert_int_equal(rank_window_until(NULL, now), 0);
    assert_int_equal(rank_window_until(&day, 0), 0);
}

/* The list as the page asks for it: by rank, a page at a time, the same as sorted by hand. */
static void the_list_comes_in_this_order(void **state)
{
    struct care *c = *state;
    for (int i = 0; i < 30; i++) {
        struct channel_event event = event_direct(c, "x", "Non va");
        event.author.external_id = str_format(c->arena, "%d", i);
        event.at = clock_now() - (i * 7919 % 2000) * MINUTE_US;
        take(c, &c->whatsapp, event);
    }
    struct conversation_filter filter = {.by_rank = true, .state = CONVERSATION_WAITING, .owner = -1, .priority = -1};
    struct cursor cursor = {.limit = 7};
    int64_t before = 0;
    size_t seen = 0;
    bool more = true;
    while (more) {
        struct conversation *list;
        size_t n;
        DO(c, conversation_list(tx, c->arena, c->brand, &filter, cursor, &list, &n, &more, &e));
        for (size_t i = 0; i < n; i++) {
            assert_true(list[i].rank_at >= before);
            before = list[i].rank_at;
        }
        seen += n;
        cursor = (struct cursor){list[n - 1].rank_at, list[n - 1].id, 7};
    }
    assert_int_equal(seen, 30);
}

int care_rank_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_that_closes_sooner_comes_first),
        cmocka_unit_test(the_last_hour_of_a_window_goes_before_all),
        cmocka_unit_test(who_waits_longer_comes_first),
        cmocka_unit_test(graver_comes_first),
        cmocka_unit_test(a_promise_comes_back_before_its_time),
        cmocka_unit_test(what_failed_is_overdue),
        cmocka_unit_test(every_place_has_one_reason),
        cmocka_unit_test(windows_of_doors),
        CARE_TEST(the_list_comes_in_this_order),
    };
    return cmocka_run_group_tests_name("care/rank", tests, NULL, NULL);
}
