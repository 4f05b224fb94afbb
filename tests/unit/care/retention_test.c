/* SPDX-License-Identifier: Apache-2.0 */
/* Retention: what goes and what never does, in pieces that can be broken off, with books that balance throughout. The
 * house is young here: a negative grace makes all of it old. */
#include "house_fixture.h"

#include "base/buf.h"
#include "care/retention.h"
#include "care/statements.h"
#include "store/retention.h"
#include "store/shelf.h"

int care_retention_test(void);

#define ALL_IS_OLD (-RETENTION_EVENTS_MIN - 1)

struct mover {
    struct care *c;
    struct buf lines;
    int64_t count, kept, pieces, stop_after, payloads_before;
};

static bool move_line(void *ctx, struct str line, struct error *e)
{
    struct mover *m = ctx;
    (void)e;
    buf_str(&m->lines, line);
    buf_char(&m->lines, '\n');
    m->count++;
    return true;
}

static bool move_keep(void *ctx, struct error *e)
{
    struct mover *m = ctx;
    (void)e;
    m->kept = m->count; /* the rows are still there */
    m->payloads_before = number_of(m->c, "SELECT count(*) FROM payload WHERE state <> 'unread'");
    return true;
}

static bool move_stop(void *ctx)
{
    struct mover *m = ctx;
    return m->stop_after && m->pieces++ >= m->stop_after;
}

static struct retention_report prune_as(struct care *c, struct brand rules, struct mover *mover)
{
    struct error e = {0};
    struct retention_report report;
    struct retention_run run = {.brand = &rules, .grace_days = ALL_IS_OLD, .ctx = mover};
    if (mover) {
        run.stop = move_stop;
        run.line = move_line;
        run.keep = move_keep;
    }
    if (!retention_prune(c->h->house, &run, &report, &e))
        fail_msg("%s", e.message);
    return report;
}

static struct brand rules(struct care *c, int64_t payloads, int64_t events, int64_t search)
{
    struct brand brand = c->h->brand;
    brand.keep_payloads = payloads;
    brand.keep_events = events;
    brand.keep_search = search;
    return brand;
}

static int64_t today(void)
{
    return clock_day(clock_now(), "Europe/Rome");
}

/* Signs all days up to and with today. */
static int sign(struct care *c)
{
    int made = 0;
    int64_t tomorrow = clock_day(clock_now() + DAY_US, "Europe/Rome");
    DO(c, statement_sign_due(tx, c->h->house, &c->h->brand, tomorrow, &made, &e));
    return made;
}

static int64_t events_there(struct care *c)
{
    return number_of(c, "SELECT count(*) FROM event");
}

static void statements_hold(struct care *c)
{
    struct json *view = NULL;
    DO(c, (view = statement_verify(tx, c->arena, &c->h->brand, &e)) != NULL);
    assert_true(json_bool(json_get(view, "valid"), false));
}

static void fill(struct care *c, int n)
{
    for (int i = 0; i < n; i++) {
        int64_t m = hear(c, i % 2 ? "391" : "392", "Il modem lampeggia");
        int64_t conversation = conversation_of_message(c, m).id;
        if (i % 3 == 0)
            DO(c, story_close(tx, &c->h->marta, conversation, STR("thanks"), STR("grazie"), &e));
    }
}

static void nothing_goes_without_a_rule(void **state)
{
    struct care *c = *state;
    fill(c, 6);
    sign(c);
    int64_t events = events_there(c), payloads = number_of(c, "SELECT count(*) FROM payload");
    struct retention_report r = prune_as(c, rules(c, 0, 0, 0), NULL);
    assert_int_equal(r.payloads + r.events + r.messages + r.files, 0);
    assert_int_equal(events_there(c), events);
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload"), payloads);
}

static void payloads_go_but_what_could_not_be_read(void **state)
{
    struct care *c = *state;
    fill(c, 80);
    struct payload unread = {.brand_id = c->brand,
                             .id = id_new(),
                             .channel_id = c->x.row.id,
                             .body = STR("\xff{"),
                             .state = STR("unread"),
                             .reason = STR("no JSON")};
    struct payload odd = unread;
    odd.id = id_new();
    odd.state = STR("read");
    DO(c, payload_add(tx, &unread, &e) && payload_add(tx, &odd, &e));
    struct mover mover = {.c = c};
    buf_init(&mover.lines, c->arena, 1024);
    struct retention_report look = {0}, r;
    struct error e = {0};
    struct brand kept = rules(c, 1, 0, 0);
    assert_true(retention_look(c->h->house, &kept, &look, &e));
    assert_int_equal(look.payloads, 0); /* none is a day old */
    r = prune_as(c, kept, &mover);
    assert_int_equal(r.payloads, 81);
    assert_int_equal(mover.count, 81);
    assert_int_equal(mover.kept, 81);
    assert_true(mover.payloads_before > 0); /* written down before the last of them went */
    assert_true(str_find(buf_view(&mover.lines), STR("\"body\":\"{\\\"a\\\":1}\"")) > 0);
    assert_true(str_find(buf_view(&mover.lines), STR("\"body_base64\":\"/3s=\"")) > 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload WHERE state = 'unread'"), 1);
    assert_int_equal(number_of(c, "SELECT pruned FROM retention WHERE kind = 'payloads'"), 81);
    /* what refers to them still works: an edit and a deletion of a message whose payload is gone */
    int64_t m = number_of(c, "SELECT id FROM message ORDER BY id LIMIT 1");
    struct channel_event edit = event_of(c, CHANNEL_EDIT, message_now(c, m).external_id);
    edit.text = STR("Il modem è spento");
    take(c, &c->whatsapp, edit);
    assert_str(message_now(c, m).text, "Il modem è spento");
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message_now(c, m).external_id));
    house_is_sound(c);
}

static void only_what_is_signed_leaves_the_log(void **state)
{
    struct care *c = *state;
    fill(c, 20);
    int64_t events = events_there(c);
    assert_int_equal(prune_as(c, rules(c, 0, 30, 0), NULL).events, 0);
    assert_int_equal(events_there(c), events);
    assert_true(sign(c) > 0);
    fill(c, 3);
    int64_t more = events_there(c) - events;
    struct retention_report r = prune_as(c, rules(c, 0, 30, 0), NULL);
    assert_int_equal(r.events, events);
    assert_int_equal(r.opening_day, today());
    assert_int_equal(events_there(c), more + 1); /* and a line that says so */
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'retention.pruned'"), 1);
    house_is_sound(c);
    statements_hold(c);
    /* again: nothing to do, and the books go on */
    assert_int_equal(prune_as(c, rules(c, 0, 30, 0), NULL).events, 0);
    fill(c, 4);
    house_is_sound(c);
}

static void broken_off_anywhere_the_books_balance(void **state)
{
    struct care *c = *state;
    fill(c, 150);
    sign(c);
    int64_t events = events_there(c), gone = 0;
    for (int turn = 0; turn < 40 && gone < events; turn++) {
        struct mover mover = {.c = c, .stop_after = 1 + turn % 2};
        buf_init(&mover.lines, c->arena, 1024);
        gone += prune_as(c, rules(c, 0, 30, 0), &mover).events;
        assert_true(ledger_balances(c));
        if (gone < events)
            assert_int_equal(number_of(c, "SELECT day FROM retention WHERE kind = 'events'"), 0);
        hear(c, "393", "E intanto si continua a scrivere");
    }
    assert_int_equal(gone, events);
    prune_as(c, rules(c, 0, 30, 0), NULL);
    assert_int_equal(number_of(c, "SELECT day FROM retention WHERE kind = 'events'"), today());
    house_is_sound(c);
    statements_hold(c);
}

/* Booked before the statement was signed, of a day that it does not know. */
static void a_later_day_waits_for_its_statement(void **state)
{
    struct care *c = *state;
    fill(c, 5);
    int64_t m = hear(c, "394", "Dopo mezzanotte");
    char sql[600];
    snprintf(sql, sizeof sql,
             "UPDATE message SET day = 20991231 WHERE id = %lld;"
             "UPDATE ledger_count SET n = n - 1 WHERE channel_id = %lld AND place = 1;"
             "INSERT INTO ledger_count SELECT brand_id, channel_id, 20991231, 1, 1 FROM message WHERE id = %lld;"
             "UPDATE event SET data = replace(data, '\"day\":%lld', '\"day\":20991231') WHERE subject_id = %lld",
             (long long)m, (long long)c->whatsapp.row.id, (long long)m, (long long)today(), (long long)m);
    tamper(c, sql);
    assert_true(ledger_balances(c));
    sign(c);
    prune_as(c, rules(c, 0, 30, 0), NULL);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM event WHERE subject_id = %lld", (long long)m);
    assert_int_equal(number_of(c, sql), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind LIKE 'message.%'"), 1);
    assert_true(ledger_balances(c));
}

static void a_false_opening_is_noticed(void **state)
{
    struct care *c = *state;
    fill(c, 8);
    sign(c);
    prune_as(c, rules(c, 0, 30, 0), NULL);
    assert_true(ledger_balances(c));
    /* whoever changes opening, counts and messages alike still has the signed statement against them */
    tamper(c, "UPDATE ledger_opening SET n = n + 1 WHERE place = 2");
    tamper(c, "UPDATE ledger_opening SET n = n - 1 WHERE place = 1");
    struct json *view = NULL;
    bool named = false;
    DO(c, (view = ledger_verify(tx, c->arena, &c->h->brand, &e)) != NULL);
    assert_false(json_bool(json_get(view, "balanced"), true));
    const struct json *differences = json_get(view, "differences");
    for (size_t i = 0; i < json_count(differences); i++)
        named |= str_find(json_text(json_at(differences, i)), STR("the signed statement")) >= 0;
    assert_true(named);
}

/* ---- search ---- */

static size_t find(struct care *c, const char *words, const char *kind)
{
    struct search_query query = {.words = str_from(words), .kind = kind, .limit = 100};
    struct search_hit *hits;
    size_t n;
    int64_t next;
    DO(c, search_run(tx, c->arena, c->brand, &query, &hits, &n, &next, &e));
    return n;
}

static void closed_conversations_leave_the_search(void **state)
{
    struct care *c = *state;
    int64_t old = hear(c, "391", "Il gatto ha mangiato il cavo"), open = hear(c, "392", "Il gatto dorme");
    int64_t conversation = conversation_of_message(c, old).id;
    for (int i = 0; i < 50; i++)
        hear(c, "391", "ancora il gatto");
    DO(c, story_need(tx, &c->h->marta, conversation, STR("Un cavo nuovo"), &e) &&
              story_close(tx, &c->h->marta, conversation, STR("thanks"), STR("grazie"), &e));
    assert_int_equal(find(c, "gatto", "message"), 52);
    struct retention_report r = prune_as(c, rules(c, 0, 0, 30), NULL);
    assert_int_equal(r.messages, 51);
    assert_int_equal(r.conversations, 1);
    assert_int_equal(find(c, "gatto", "message"), 1);
    assert_int_equal(find(c, "cavo", "need"), 0);
    assert_int_equal(find(c, "391", "person"), 1); /* people are found for ever */
    assert_int_equal(prune_as(c, rules(c, 0, 0, 30), NULL).messages, 0);
    assert_str(message_now(c, old).text, "Il gatto ha mangiato il cavo");
    /* edited, and deleted: the one comes back, the other was not there */
    struct channel_event edit = event_of(c, CHANNEL_EDIT, message_now(c, old).external_id);
    edit.text = STR("Il gatto ha rotto il cavo");
    take(c, &c->whatsapp, edit);
    assert_int_equal(find(c, "rotto", "message"), 1);
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message_now(c, old).external_id));
    assert_int_equal(find(c, "rotto", "message"), 0);
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message_now(c, open).external_id));
    assert_int_equal(find(c, "gatto", "message"), 0);
    /* the need is written anew, the person writes again: both are found, and leave again when closed */
    DO(c, story_need(tx, &c->h->marta, conversation, STR("Due cavi"), &e));
    assert_int_equal(find(c, "cavi", "need"), 1);
    int64_t again = hear(c, "391", "Il gatto è tornato");
    assert_int_equal(find(c, "tornato", "message"), 1);
    conversation = conversation_of_message(c, again).id;
    DO(c, story_close(tx, &c->h->marta, conversation, STR("thanks"), STR("grazie"), &e));
    prune_as(c, rules(c, 0, 0, 30), NULL);
    assert_int_equal(find(c, "tornato", "message") + find(c, "cavi", "need"), 0);
    search_is_sound(c);
    house_is_sound(c);
}

static void what_left_the_search_moves_with_its_person(void **state)
{
    struct care *c = *state;
    int64_t m = hear(c, "391", "Vorrei disdire"), other = hear(c, "392", "Sono sempre io");
    struct conversation one = conversation_of_message(c, m), two = conversation_of_message(c, other);
    DO(c, story_close(tx, &c->h->marta, one.id, STR("thanks"), STR("grazie"), &e));
    assert_int_equal(prune_as(c, rules(c, 0, 0, 30), NULL).messages, 1);
    int64_t merge = 0;
    DO(c, person_merge(tx, c->brand, one.person_id, two.person_id, c->h->marta.agent_id, &merge, &e));
    struct search_query query = {.words = STR("disdire"), .person = two.person_id, .limit = 10};
    struct search_hit *hits;
    size_t n;
    int64_t next;
    DO(c, search_run(tx, c->arena, c->brand, &query, &hits, &n, &next, &e));
    assert_int_equal(n, 1); /* under the new name, until the next run */
    assert_int_equal(prune_as(c, rules(c, 0, 0, 30), NULL).messages, 1);
    assert_int_equal(find(c, "disdire", "message"), 0);
    house_is_sound(c);
}

/* ---- files, space, rules ---- */

static void files_go_that_nothing_refers_to(void **state)
{
    struct care *c = *state;
    struct attachment kept = {
        .brand_id = c->brand, .id = id_new(), .message_id = 77, .hash = STR("aa"), .state = STR("stored")};
    struct attachment unsent = {
        .brand_id = c->brand, .id = id_at(clock_now() - 31 * DAY_US), .hash = STR("bb"), .state = STR("stored")};
    struct attachment young = {.brand_id = c->brand, .id = id_new(), .hash = STR("cc"), .state = STR("stored")};
    DO(c, attachment_add(tx, &kept, &e) && attachment_add(tx, &unsent, &e) && attachment_add(tx, &young, &e));
    static const char *const hashes[] = {"aa", "bb", "cc", "dd"};
    for (size_t i = 0; i < COUNT_OF(hashes); i++)
        DO(c, blob_put(tx, c->brand, str_from(hashes[i]), STR("image/png"), STR("bytes"), &e));
    for (int i = 0; i < 20; i++)
        DO(c, blob_put(tx, c->brand, str_format(c->arena, "e%d", i), STR("image/png"), STR("bytes"), &e));
    assert_int_equal(prune_as(c, rules(c, 0, 0, 0), NULL).files, 22);
    assert_int_equal(number_of(c, "SELECT count(*) FROM blob"), 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM blob WHERE hash IN ('aa', 'cc')"), 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM attachment"), 2);
}

static void the_file_does_not_grow(void **state)
{
    struct care *c = *state;
    if (*c->h->database)
        return; /* there the server looks after its files */
    char *big = malloc(4000);
    int64_t pages = 0;
    memset(big, 'x', 4000);
    for (int turn = 0; turn < 4; turn++) {
        struct tx *tx = care_begin(c);
        struct error e = {0};
        for (int i = 0; i < 100; i++) {
            struct payload p = {.brand_id = c->brand, .id = id_new(), .body = {big, 4000}, .state = STR("read")};
            assert_true(payload_add(tx, &p, &e));
        }
        care_end(c, true);
        assert_int_equal(prune_as(c, rules(c, 1, 0, 0), NULL).payloads, 100);
        int64_t now = number_of(c, "SELECT page_count FROM pragma_page_count");
        assert_true(turn == 0 || now <= pages + 8);
        pages = turn == 0 ? now : pages;
    }
    free(big);
}

static void rules_have_limits_and_a_line_in_the_log(void **state)
{
    struct care *c = *state;
    struct brand brand = rules(c, 90, 400, 0), read;
    DO(c,
       retention_rule(tx, &brand, c->h->marta.agent_id, NULL, &e) && brand_by_id(tx, c->arena, c->brand, &read, &e));
    assert_int_equal(read.keep_payloads, 90);
    assert_int_equal(read.keep_events, 400);
    assert_int_equal(read.keep_search, 0);
    assert_int_equal(number_of(c,
                               "SELECT count(*) FROM event WHERE kind = 'brand.retention' AND actor_id <> 0 AND data "
                               "LIKE '%\"payloads\":90,\"events\":400,\"search\":null%'"),
                     1);
    static const int64_t wrong[][3] = {{-1, 0, 0}, {0, 29, 0}, {0, 0, 29}, {36501, 0, 0}, {0, -5, 0}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        brand = rules(c, wrong[i][0], wrong[i][1], wrong[i][2]);
        REFUSED(c, ERR_BAD_INPUT, retention_rule(tx, &brand, 0, "a test", &e));
    }
    bool due = false;
    DO(c, retention_is_due(tx, c->brand, &due, &e));
    assert_true(due);
    prune_as(c, rules(c, 0, 0, 0), NULL);
    DO(c, retention_is_due(tx, c->brand, &due, &e));
    assert_false(due);
    brand = rules(c, 1, 0, 0);
    DO(c, retention_rule(tx, &brand, 0, "a test", &e) && retention_is_due(tx, c->brand, &due, &e));
    assert_true(due); /* new rules are carried out soon */
}

int care_retention_test(void)
{
    static const struct CMUnitTest tests[] = {
        CARE_TEST(nothing_goes_without_a_rule),
        CARE_TEST(payloads_go_but_what_could_not_be_read),
        CARE_TEST(only_what_is_signed_leaves_the_log),
        CARE_TEST(broken_off_anywhere_the_books_balance),
        CARE_TEST(a_later_day_waits_for_its_statement),
        CARE_TEST(a_false_opening_is_noticed),
        CARE_TEST(closed_conversations_leave_the_search),
        CARE_TEST(what_left_the_search_moves_with_its_person),
        CARE_TEST(files_go_that_nothing_refers_to),
        CARE_TEST(the_file_does_not_grow),
        CARE_TEST(rules_have_limits_and_a_line_in_the_log),
    };
    return cmocka_run_group_tests_name("care/retention", tests, NULL, NULL);
}
