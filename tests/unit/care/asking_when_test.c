/* SPDX-License-Identifier: Apache-2.0 */
/* When lists are asked: after failures, after a pause, and within a quota. */
#include "asking_support.h"

int care_asking_when_test(void);

static struct round_end fails(struct care *c, struct lister *l, enum failure why, int seconds)
{
    struct round r;
    round_begins(c, l, COMMENTS, &r);
    struct outcome outcome = {
        .kind = OUTCOME_FAILED, .failure = why, .retry_seconds = seconds, .words = STR("no, not now")};
    round_hears(c, l, &r, NULL, 0, (struct asked){.outcome = outcome});
    return round_ends(c, l, &r, (struct round_end){.kind = ROUND_FAILED, .outcome = outcome});
}

static int64_t wait_after(struct care *c, struct lister *l, enum failure why, int seconds)
{
    fails(c, l, why, seconds);
    return (row_now(c, l, COMMENTS).next_at - l->now) / SECOND_US;
}

#define AROUND(value, wanted) assert_in_range((value), (wanted)*9 / 10 - 1, (wanted)*11 / 10 + 1)

static void failures_wait_longer_and_longer(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    int64_t begun = l.now;
    for (int wanted = 30; wanted < 3600; wanted *= 2) {
        AROUND(wait_after(c, &l, FAILURE_TRANSIENT, 0), wanted);
        due_again(c, &l, COMMENTS, HOUR_US);
    }
    AROUND(wait_after(c, &l, FAILURE_TRANSIENT, 0), 3600);
    due_again(c, &l, COMMENTS, HOUR_US);
    AROUND(wait_after(c, &l, FAILURE_TRANSIENT, 0), 3600);
    struct asking_row row = row_now(c, &l, COMMENTS);
    assert_int_equal(row.failures, 9);
    assert_int_equal(row.failed, 9);
    assert_true(row.failing_since == begun);
    assert_str(row.failure, "transient");
    assert_str(row.words, "no, not now");
    due_again(c, &l, COMMENTS, HOUR_US);
    assert_in_range(wait_after(c, &l, FAILURE_RATE, 900), 900, 992); /* never before the network said */
    due_again(c, &l, COMMENTS, HOUR_US);
    AROUND(wait_after(c, &l, FAILURE_CONTENT, 0), 600); /* as often as ever */
    due_again(c, &l, COMMENTS, HOUR_US);
    AROUND(wait_after(c, &l, FAILURE_GONE, 0), 600);
    /* the outage is over: all of it is looked at again, at once */
    due_again(c, &l, COMMENTS, HOUR_US);
    round_of(c, &l, COMMENTS, NULL, 0);
    row = row_now(c, &l, COMMENTS);
    assert_int_equal(row.failures, 0);
    assert_int_equal(row.failing_since, 0);
    assert_str(row.words, "");
    assert_true(row.whole_at <= l.now + SECOND_US && row.next_at <= l.now + 2 * SECOND_US);
    due_again(c, &l, COMMENTS, 2 * SECOND_US);
    struct round r;
    round_begins(c, &l, COMMENTS, &r);
    assert_true(r.asking.whole && r.asking.since == l.now - 7 * DAY_US);
}

static void a_dead_token_pauses_the_account(void **state)
{
    struct care *c = *state;
    struct lister l;
    struct channel_row channel;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    DO(c, channel_row_probed(tx, c->brand, l.account.row.id, 7, &e));
    fails(c, &l, FAILURE_TOKEN, 0);
    DO(c, channel_row_by_id(tx, c->arena, c->brand, l.account.row.id, &channel, &e));
    assert_str(channel.state, "paused");
    assert_str(channel.failure, "token");
    assert_int_equal(channel.probed_at, 0); /* a new token may be there by now: it is tried at once */
    struct asking_row *due;
    size_t count;
    DO(c, asking_row_due(tx, c->arena, c->brand, l.now + DAY_US, 10, &due, &count, &e));
    assert_int_equal(count, 0);
    DO(c, account_resume(tx, c->brand, l.account.row.id, 1, &e));
    DO(c, asking_row_due(tx, c->arena, c->brand, clock_now(), 10, &due, &count, &e));
    assert_int_equal(count, 1);
    assert_true(due[0].whole_at <= clock_now());
    /* a right that is gone may be the right to this list alone: the probe is asked */
    due_again(c, &l, COMMENTS, 0);
    DO(c, channel_row_probed(tx, c->brand, l.account.row.id, 7, &e));
    assert_true(fails(c, &l, FAILURE_PERMISSION, 0).probe);
    DO(c, channel_row_by_id(tx, c->arena, c->brand, l.account.row.id, &channel, &e));
    assert_str(channel.state, "on");
    assert_int_equal(channel.probed_at, 0);
    assert_str(row_now(c, &l, COMMENTS).failure, "permission");
}

static void what_an_account_has_not_is_left_out(void **state)
{
    struct care *c = *state;
    struct lister l;
    struct round r;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    round_begins(c, &l, COMMENTS, &r);
    round_ends(c, &l, &r,
               (struct round_end){.kind = ROUND_LEFT_OUT, .outcome = {.words = STR("page_id is not set")}});
    struct asking_row row = row_now(c, &l, COMMENTS);
    assert_str(row.words, "page_id is not set");
    assert_int_equal(row.failures, 0);
    assert_int_equal(row.rounds, 0);
    assert_true(row.checked_until < l.now && row.next_at > l.now + 500 * SECOND_US);
}

static void a_round_that_is_cut_goes_on_from_its_cursor(void **state)
{
    struct care *c = *state;
    struct lister l;
    struct round r;
    lister_set_up(c, &l);
    checked_before(c, &l, COMMENTS);
    int64_t checked = row_now(c, &l, COMMENTS).checked_until;
    round_begins(c, &l, COMMENTS, &r);
    assert_true(r.asking.since == checked - 10 * MINUTE_US && !r.asking.whole);
    round_hears(c, &l, &r, NULL, 0, (struct asked){.cursor = STR("page 1"), .more = true, .carry = STR("p2")});
    assert_str(r.asking.carry, "p2");
    assert_int_equal(r.asking.step, 1);
    round_ends(c, &l, &r, (struct round_end){.kind = ROUND_CUT});
    struct asking_row row = row_now(c, &l, COMMENTS);
    assert_str(row.cursor, "page 1");
    assert_true(row.checked_until == checked && row.next_at <= l.now + SECOND_US);
}

static void started_and_asked(void **state)
{
    struct care *c = *state;
    struct lister l;
    int64_t until;
    struct round r;
    lister_set_up(c, &l);
    DO(c, asking_start(tx, c->brand, l.now, &e)); /* Facebook has two lists, X two, WhatsApp none */
    assert_int_equal(number_of(c, "SELECT count(*) FROM asking"), 4);
    struct asking_row row = row_now(c, &l, COMMENTS);
    assert_true(row.next_at <= l.now + 3 * SECOND_US && row.whole_at <= l.now);
    row.next_at = l.now + HOUR_US;
    row.whole_at = l.now + DAY_US - MINUTE_US; /* all was looked at a minute ago */
    row_put(c, &row);
    assert_false(round_may_begin(c, &l, COMMENTS, &r, &until));
    DO(c, asking_start(tx, c->brand, l.now, &e));
    row = row_now(c, &l, COMMENTS);
    assert_true(row.next_at <= l.now + 3 * SECOND_US && row.whole_at > l.now);
    row.next_at = l.now + HOUR_US;
    row.failures = 3;
    row_put(c, &row);
    DO(c, asking_start(tx, c->brand, l.now, &e));
    assert_true(row_now(c, &l, COMMENTS).next_at == l.now + HOUR_US); /* waits as it did */
    DO(c, asking_now(tx, c->brand, l.account.row.id, true, l.now, &e));
    row = row_now(c, &l, COMMENTS);
    assert_true(row.next_at == l.now && row.whole_at == l.now); /* a person wants it */
}

static void the_day_of_a_quota(void **state)
{
    struct quota day = {.units = 10000, .zone = "America/Los_Angeles"}, hour = {.units = 300, .period_seconds = 900};
    int64_t noon = 1793530800 * SECOND_US; /* 2026-11-01 11:00 UTC, the day summer time ends: 25 hours */
    struct quota_spent spent = {0};
    struct quota_state s = quota_state_of(&day, &spent, noon);
    (void)state;
    assert_true(s.from <= noon && s.until > noon);
    assert_int_equal((s.until - s.from) / HOUR_US, 25);
    assert_int_equal(s.left, 9000);
    spent = (struct quota_spent){.period = s.from, .asked = 8000, .replied = 900};
    assert_int_equal(quota_state_of(&day, &spent, noon).left, 1000);
    spent.replied = 1600; /* more than was kept for them */
    assert_int_equal(quota_state_of(&day, &spent, noon).left, 400);
    spent.replied = 5000;
    assert_int_equal(quota_state_of(&day, &spent, noon).left, 0);
    assert_int_equal(quota_state_of(&day, &spent, s.until).left, 9000); /* a new day */
    s = quota_state_of(&hour, &spent, noon + 17 * MINUTE_US);
    assert_int_equal((s.until - s.from) / SECOND_US, 900);
    assert_int_equal(s.from % (900 * SECOND_US), 0);
    assert_int_equal(quota_state_of(&(struct quota){0}, &spent, noon).all, 0);
}

static void rounds_are_thinned_to_the_quota(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    int64_t now = 1000 * DAY_US;
    struct asking_row rows[] = {row_fresh(&l, COMMENTS), row_fresh(&l, TALKS)};
    struct quota_state q = {.all = 10000, .left = 9000, .from = now, .until = now + DAY_US};
    rows[0].cost = rows[1].cost = 10; /* 144 rounds and 72 in a day: 2160 units */
    int64_t gap = asking_next(&l.channel, rows, 2, &q, &l.listings[COMMENTS], now) - now;
    AROUND(gap / SECOND_US, 600);
    q.left = 1080; /* half of it */
    AROUND((asking_next(&l.channel, rows, 2, &q, &l.listings[COMMENTS], now) - now) / SECOND_US, 1200);
    AROUND((asking_next(&l.channel, rows, 2, &q, &l.listings[TALKS], now) - now) / SECOND_US, 2400);
    q.left = 9; /* not even one more */
    assert_in_range(asking_next(&l.channel, rows, 2, &q, &l.listings[TALKS], now), q.until, q.until + 3 * SECOND_US);
    q.left = 11;
    assert_in_range(asking_next(&l.channel, rows, 2, &q, &l.listings[TALKS], now), now, q.until + 3 * SECOND_US);
}

static void a_quota_that_is_used_up_waits(void **state)
{
    struct care *c = *state;
    struct lister l;
    struct round r;
    int64_t until;
    lister_set_up(c, &l);
    l.channel.quota = (struct quota){.units = 100, .period_seconds = 86400};
    l.listings[COMMENTS].units = 30;
    checked_before(c, &l, COMMENTS);
    round_begins(c, &l, COMMENTS, &r);
    assert_false(round_hears(c, &l, &r, NULL, 0, (struct asked){.more = true}).spent);
    assert_false(round_hears(c, &l, &r, NULL, 0, (struct asked){.more = true, .units = 5}).spent);
    assert_true(round_hears(c, &l, &r, NULL, 0, (struct asked){.more = true}).spent); /* no fourth */
    round_ends(c, &l, &r, (struct round_end){.kind = ROUND_CUT});
    struct quota_state q;
    DO(c, quota_state_read(tx, &l.account, l.now, &q, &e));
    assert_int_equal(q.asked, 65);
    struct asking_row row = row_now(c, &l, COMMENTS);
    assert_true(row.next_at >= q.until);
    assert_int_equal(row.cost, 65);
    row.next_at = l.now; /* a person presses the button */
    row_put(c, &row);
    assert_false(round_may_begin(c, &l, COMMENTS, &r, &until)); /* 25 are left, and a call costs 30 */
    assert_true(until == q.until);
}

static const char *shown(struct care *c, const struct channel_row *row, int64_t now)
{
    struct json *all = NULL;
    DO(c, (all = asking_json(tx, c->arena, row, now, &e)) != NULL);
    return str_cstr(c->arena, json_text(json_path(json_at(json_get(all, "lists"), 0), "state", NULL)));
}

/* The last round of an hour comes after its end, and waits for nothing; one that has no units left does. */
static void what_waits_says_so(void **state)
{
    struct care *c = *state;
    struct lister l;
    lister_set_up(c, &l);
    struct channel_row row = l.account.row;
    struct account account = {.row = row, .channel = channel_find(STR("googleplay"))};
    struct quota_state q;
    struct asking_row asking = row_fresh(&l, COMMENTS);
    row.network = account.row.network = STR("googleplay");
    DO(c, quota_state_read(tx, &account, l.now, &q, &e));
    asking.listing = STR("reviews");
    asking.checked_until = l.now;
    asking.cost = 2;
    asking.next_at = q.until + SECOND_US;
    row_put(c, &asking);
    assert_string_equal(shown(c, &row, l.now), "well");
    struct quota_spent spent = {.period = q.from, .asked = q.left - 1};
    DO(c, quota_spend(tx, c->brand, row.id, &spent, &e));
    assert_string_equal(shown(c, &row, l.now), "waiting");
}

static void replies_count(void **state)
{
    struct care *c = *state;
    struct lister l;
    struct door doors[] = {{.name = "comment", .units = 50}, {0}};
    struct quota_state q;
    lister_set_up(c, &l);
    l.channel.quota = (struct quota){.units = 1000, .period_seconds = 86400};
    l.channel.doors = doors;
    DO(c, quota_reply(tx, &l.account, STR("comment"), l.now, &e) &&
              quota_reply(tx, &l.account, STR("comment"), l.now, &e) &&
              quota_reply(tx, &l.account, STR("elsewhere"), l.now, &e));
    DO(c, quota_state_read(tx, &l.account, l.now, &q, &e));
    assert_int_equal(q.replied, 100);
    assert_int_equal(q.left, 900);
    DO(c, quota_reply(tx, &l.account, STR("comment"), l.now + DAY_US, &e));
    DO(c, quota_state_read(tx, &l.account, l.now + DAY_US, &q, &e));
    assert_int_equal(q.replied, 50);
}

int care_asking_when_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(failures_wait_longer_and_longer),
                                       CARE_TEST(a_dead_token_pauses_the_account),
                                       CARE_TEST(what_an_account_has_not_is_left_out),
                                       CARE_TEST(a_round_that_is_cut_goes_on_from_its_cursor),
                                       CARE_TEST(started_and_asked),
                                       CARE_TEST(the_day_of_a_quota),
                                       CARE_TEST(rounds_are_thinned_to_the_quota),
                                       CARE_TEST(a_quota_that_is_used_up_waits),
                                       CARE_TEST(what_waits_says_so),
                                       CARE_TEST(replies_count)};
    return cmocka_run_group_tests_name("care/asking_when", tests, NULL, NULL);
}
