/* SPDX-License-Identifier: Apache-2.0 */
/* Importing threads of X: each customer has a conversation of their own, and answers go to whom they answer. */
#include "import_support.h"

int care_import_threads_test(void);

/* ---- threads ---- */

static void each_customer_has_their_own_conversation(void **state)
{
    struct fixture *f = *state;
    import_all(f, IMPORT_THREADS, thread_lines);
    assert_int_equal(f->report.threads, 2);
    assert_int_equal(f->report.unaddressed, 1);
    assert_int_equal(f->report.conversations, 2);
    assert_int_equal(f->report.people, 2);
    assert_int_equal(f->report.received, 3);
    assert_int_equal(f->report.ours, 4);
    struct look look = look_at(f);
    assert_int_equal(figure(&look, "waiting"), 1);
    assert_int_equal(figure(&look, "answered"), 2);
    int64_t channel = json_int(json_get(json_at(json_get(look.ledger, "channels"), 0), "channel"), 0);
    struct str name = str_format(f->a, "thread:%lld:t1:500", (long long)channel);
    struct story first = story_of(f, id_of(f, str_cstr(f->a, name)));
    assert_int_equal(first.message_count, 5);
    assert_str(first.messages[0].external_id, "1"); /* named in its words */
    assert_str(first.messages[3].external_id, "5"); /* a part of a part */
    assert_str(first.messages[3].parent_id, "4");
    assert_int_equal(first.messages[1].place, PLACE_ANSWERED);
    assert_int_equal(first.messages[4].place, PLACE_WAITING);
    assert_int_equal(first.c.state, CONVERSATION_WAITING);
    assert_str(first.c.preview, "wonderful");
    assert_str(first.messages[4].thread_key, "post:t1");
    name = str_format(f->a, "thread:%lld:t1:600", (long long)channel);
    struct story second = story_of(f, id_of(f, str_cstr(f->a, name)));
    assert_int_equal(second.message_count, 2); /* the parent of the answer is unknown: the words name them */
    assert_int_equal(second.c.state, CONVERSATION_ANSWERED);
    assert_int_equal(second.messages[0].at, INT64_C(1714554660) * SECOND_US);
}

static void a_longer_thread_adds_what_is_new(void **state)
{
    struct fixture *f = *state;
    import_all(f, IMPORT_THREADS, thread_lines);
    import_all(f, IMPORT_THREADS, thread_lines);
    assert_int_equal(f->report.received + f->report.ours, 0);
    assert_int_equal(f->report.known, 1);
    import_all(
        f, IMPORT_THREADS,
        THREAD("t1", T("2", "500", "true", "09:10:00", "\"1\"", "@LumeCare my lamp broke") "," T(
                         "30", "500", "true", "08:00:00", "null",
                         "an older one") "," T("8", "LumeCare", "false", "11:00:00", "\"6\"", "glad to hear")));
    assert_int_equal(f->report.conversations, 0);
    assert_int_equal(f->report.received, 1);
    assert_int_equal(f->report.ours, 1);
    struct look look = look_at(f);
    assert_int_equal(look.count, 2);
    assert_int_equal(figure(&look, "waiting"), 0); /* the older one was answered too */
    assert_int_equal(figure(&look, "answered"), 4);
}

static bool day_sign(struct tx *tx, void *ctx, struct error *e)
{
    struct statement statement = {.brand_id = BRAND, .day = 20240501, .body = STR("{}"), .at = 1};
    (void)ctx;
    return statement_add(tx, &statement, e);
}

static void a_signed_day_stays_as_it_was_signed(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    assert_true(db_write(f->house->db, BRAND, day_sign, NULL, &e));
    import_all(f, IMPORT_THREADS, thread_lines);
    struct look look = look_at(f);
    struct story s = story_of(f, look.conversations[0].id);
    for (size_t i = 0; i < s.message_count; i++) {
        assert_int_equal(s.messages[i].day, clock_day(clock_now(), "Europe/Rome"));
        assert_true(s.messages[i].at < INT64_C(1714608000) * SECOND_US);
    }
}

int care_import_threads_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_customer_has_their_own_conversation),
        TEST(a_longer_thread_adds_what_is_new),
        TEST(a_signed_day_stays_as_it_was_signed),
    };
    return cmocka_run_group_tests_name("care/import_threads", tests, NULL, NULL);
}
