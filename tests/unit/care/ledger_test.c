/* SPDX-License-Identifier: Apache-2.0 */
/* The books balance, whatever happens in whatever order; and nobody can change them unnoticed. */
#include "house_fixture.h"

int care_ledger_test(void);

/* ---- a long random day ---- */

#define TURNS  2000
#define PEOPLE 12

/* One thing that happens; it may be run twice, and does the same then. */
struct happening {
    struct day *day;
    uint64_t seed;
    int64_t merge; /* made by it */
};

struct day {
    struct care *c;
    uint64_t seed;
    int serial;
    int64_t merges[64]; /* that are stored */
    struct happening happenings[TURNS];
    size_t merge_count, done, refused, written;
    pthread_mutex_t lock;
    pthread_cond_t all;
};

static unsigned draw(struct day *d, unsigned n)
{
    d->seed = d->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(d->seed >> 33) % n;
}

static struct channel_event random_event(struct day *d, struct arena *a, enum channel_event_kind kind)
{
    struct str author = str_format(a, "p%u", draw(d, PEOPLE));
    struct str id = str_format(a, "m%u", draw(d, (unsigned)d->serial + 2));
    struct channel_event event = {.kind = kind,
                                  .external_id = id,
                                  .dedupe = str_format(a, "d%u", draw(d, 3000)),
                                  .thread_key = str_format(a, "dm:%.*s", STR_ARGS(author)),
                                  .door = STR("whatsapp"),
                                  .author = {.external_id = author, .name = author},
                                  .at = clock_now() - (int64_t)draw(d, 1000) * SECOND_US,
                                  .text = str_format(a, "parole numero %u", draw(d, 50)),
                                  .receipt = (enum receipt)(RECEIPT_SENT + draw(d, 4))};
    if (kind == CHANNEL_MESSAGE && draw(d, 4))
        event.external_id = str_format(a, "m%d", ++d->serial);
    event.echo = kind == CHANNEL_MESSAGE && draw(d, 8) == 0;
    if (kind == CHANNEL_RECEIPT && draw(d, 2))
        event.external_id = str_format(a, "out%u", draw(d, 40));
    return event;
}

static bool take_random(struct tx *tx, struct day *d, struct error *e)
{
    static const enum channel_event_kind kinds[] = {CHANNEL_MESSAGE,   CHANNEL_MESSAGE, CHANNEL_MESSAGE,
                                                    CHANNEL_EDIT,      CHANNEL_DELETE,  CHANNEL_RECEIPT,
                                                    CHANNEL_READ_UPTO, CHANNEL_REACTION};
    struct arena *a = tx_arena(tx);
    struct channel_event event = random_event(d, a, kinds[draw(d, COUNT_OF(kinds))]);
    struct channel_events list = {.arena = a, .items = &event, .count = 1, .cap = 1};
    struct intake in = {.house = d->c->h->house, .account = &d->c->whatsapp, .body = STR("{}"), .events = &list};
    return intake_take(tx, &in, e);
}

/* Two persons become one, or come apart again. */
static bool merge_random(struct tx *tx, struct day *d, int64_t from, int64_t into, int64_t *made, struct error *e)
{
    if (d->merge_count && draw(d, 2))
        return person_unmerge(tx, d->c->brand, d->merges[draw(d, (unsigned)d->merge_count)], 1, e);
    return d->merge_count < COUNT_OF(d->merges) && person_merge(tx, d->c->brand, from, into, 1, made, e);
}

static bool story_random(struct tx *tx, struct happening *h, const struct conversation *s,
                         const struct conversation *other, struct error *e)
{
    struct day *d = h->day;
    const struct actor *marta = &d->c->h->marta;
    switch (draw(d, 10)) {
    case 0: return story_close(tx, marta, s->id, STR("solved"), STR("fatto"), e);
    case 1: return story_reopen(tx, marta, s->id, e);
    case 2: return story_set_aside(tx, marta, s->id, STR("troll"), STR("troll"), e);
    case 3: return story_take_back(tx, marta, s->id, STR("errore"), e);
    case 4: return story_snooze(tx, marta, s->id, draw(d, 2) ? 0 : tx_now(tx) + HOUR_US, e);
    case 5: return story_wake(tx, s->brand_id, s->id, 0, e);
    case 6: return story_assign(tx, &d->c->h->lead, s->id, draw(d, 2) ? marta->agent_id : 0, e);
    case 7: return story_need(tx, marta, s->id, STR("Vuole la linea"), e);
    case 8: return story_join(tx, marta, s->id, other->id, e);
    default: return draw(d, 8) || merge_random(tx, d, s->person_id, other->person_id, &h->merge, e);
    }
}

static bool reply_random(struct tx *tx, struct day *d, const struct conversation *s, struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct author *author = author_of_session(tx, a, s->brand_id, d->c->marta_session, e);
    struct outbox *rows;
    size_t count;
    int64_t id;
    if (!author || !outbox_of(tx, a, s->brand_id, s->id, &rows, &count, e))
        return false;
    if (count == 0) {
        struct reply_request request = {.conversation_id = s->id,
                                        .channel_id = d->c->whatsapp.row.id,
                                        .door = STR("whatsapp"),
                                        .anyway = true,
                                        .text = str_format(a, "risposta %u", draw(d, 9))};
        return reply_send(tx, author, &request, &id, e);
    }
    struct outbox *row = &rows[draw(d, (unsigned)count)];
    struct outcome outcome = {.kind = OUTCOME_FAILED, .failure = (enum failure)(FAILURE_RATE + draw(d, 6))};
    switch (draw(d, 7)) {
    case 0:
    case 1: return reply_accepted(tx, s->brand_id, row->id, str_format(a, "out%u", draw(d, 40)), tx_now(tx), e);
    case 2: return reply_failed(tx, s->brand_id, row->id, &outcome, 0, STR_EMPTY, draw(d, 3) == 0, e);
    case 3: return reply_take_back(tx, author, row->id, e);
    case 4: return reply_retry(tx, author, row->id, e);
    case 5: return reply_settle(tx, author, row->id, draw(d, 2), e);
    default: return sending_set(tx, d->c, row->id, e);
    }
}

/* One random thing that may happen. What is refused is rolled back; nothing may fail in another way. */
static bool turn(struct tx *tx, void *ctx, struct error *e)
{
    struct happening *h = ctx;
    struct day *d = h->day;
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1};
    struct conversation *list;
    size_t count;
    bool more;
    d->seed = h->seed;
    h->merge = 0;
    if (!conversation_list(tx, tx_arena(tx), d->c->brand, &filter, (struct cursor){.limit = 40}, &list, &count, &more,
                           e))
        return false;
    unsigned what = draw(d, 10);
    if (count == 0 || what < 5)
        return take_random(tx, d, e);
    const struct conversation *s = &list[draw(d, (unsigned)count)];
    if (what < 7)
        return story_random(tx, h, s, &list[draw(d, (unsigned)count)], e);
    return reply_random(tx, d, s, e);
}

static void turned(void *ctx, bool ok, const struct error *e)
{
    const struct happening *h = ctx;
    struct day *d = h->day;
    bool expected = ok || e->code == ERR_CONFLICT || e->code == ERR_BAD_INPUT || e->code == ERR_NONE;
    if (!expected)
        print_error("a turn failed: %s\n", e->message);
    pthread_mutex_lock(&d->lock);
    d->done++;
    d->written += ok;
    d->refused += !expected;
    if (ok && h->merge && d->merge_count < COUNT_OF(d->merges))
        d->merges[d->merge_count++] = h->merge;
    pthread_cond_signal(&d->all);
    pthread_mutex_unlock(&d->lock);
}

static void a_random_day(struct care *c, uint64_t seed)
{
    static struct day d;
    d = (struct day){.c = c, .seed = seed};
    for (int i = 0; i < TURNS; i++)
        d.happenings[i] = (struct happening){.day = &d, .seed = seed + (uint64_t)draw(&d, 1U << 30)};
    pthread_mutex_init(&d.lock, NULL);
    pthread_cond_init(&d.all, NULL);
    for (int i = 0; i < TURNS; i++)
        db_write_later(c->h->house->db, c->brand, turn, &d.happenings[i], turned);
    pthread_mutex_lock(&d.lock);
    while (d.done < TURNS)
        pthread_cond_wait(&d.all, &d.lock);
    pthread_mutex_unlock(&d.lock);
    pthread_cond_destroy(&d.all);
    pthread_mutex_destroy(&d.lock);
    assert_int_equal(d.refused, 0);
    assert_true(d.written > TURNS / 2);
    house_is_sound(c);
    int64_t inbound = number_of(c, "SELECT count(*) FROM message WHERE outbound = 0");
    struct json *view = NULL;
    DO(c, (view = ledger_view(tx, c->arena, &c->h->brand, 0, true, &e)) != NULL);
    assert_true(json_bool(json_get(view, "balanced"), false));
    assert_int_equal(json_int(json_get(view, "received"), 0), inbound);
    int64_t sum = 0;
    for (int p = PLACE_WAITING; p < PLACES; p++)
        sum += json_int(json_get(view, place_name((enum place)p)), 0);
    assert_int_equal(sum, inbound);
    assert_true(inbound > 150 && d.merge_count > 0);
    search_is_sound(c);
}

static void any_order_of_things_balances(void **state)
{
    a_random_day(*state, 20261121);
}

static void another_order_balances_too(void **state)
{
    a_random_day(*state, 4);
}

/* ---- tampering ---- */

static bool finds(struct care *c, const char *words)
{
    struct json *view = NULL;
    DO(c, (view = ledger_verify(tx, c->arena, &c->h->brand, &e)) != NULL);
    const struct json *differences = json_get(view, "differences");
    bool found = false;
    for (size_t i = 0; i < json_count(differences); i++)
        found |= str_find(json_text(json_at(differences, i)), str_from(words)) >= 0;
    return found && !json_bool(json_get(view, "balanced"), true);
}

static void a_changed_count_is_found(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Uno");
    hear(c, "2", "Due");
    assert_true(ledger_balances(c));
    tamper(c, "UPDATE ledger_count SET n = n - 1 WHERE place = 1");
    assert_true(finds(c, "waiting: the ledger says 1, the messages 2"));
    assert_true(finds(c, "waiting: the ledger says 1, the event log 2"));
}

static void a_changed_place_is_found(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Uno");
    tamper(c, "UPDATE message SET place = 2");
    assert_true(finds(c, "waiting: the ledger says 1, the messages 0"));
    assert_true(finds(c, "answered: the ledger says 0, the messages 1"));
}

static void a_removed_message_is_found(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Uno");
    tamper(c, "DELETE FROM message");
    assert_true(finds(c, "the messages 0"));
}

static void a_place_that_is_none_is_found(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Uno");
    tamper(c, "UPDATE message SET place = 0");
    assert_true(finds(c, "the messages 0"));
}

static void books_changed_together_differ_from_the_log(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Uno");
    tamper(c, "UPDATE message SET place = 2; UPDATE ledger_count SET place = 2");
    assert_true(finds(c, "answered: the ledger says 1, the event log 0"));
}

static void an_event_taken_from_the_log_is_found(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Uno");
    tamper(c, "DELETE FROM event WHERE kind = 'message.received'");
    assert_true(finds(c, "the event log 0"));
}

/* ---- the view ---- */

static void each_day_and_each_channel_has_its_line(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Uno");
    take(c, &c->facebook, event_comment(c, "2", "Due"));
    int64_t today = clock_day(clock_now(), "Europe/Rome");
    struct json *view = NULL;
    DO(c, (view = ledger_view(tx, c->arena, &c->h->brand, today, false, &e)) != NULL);
    assert_int_equal(json_int(json_get(view, "received"), 0), 2);
    assert_int_equal(json_count(json_get(view, "channels")), 2);
    assert_true(json_bool(json_get(view, "balanced"), false));
    DO(c, (view = ledger_view(tx, c->arena, &c->h->brand, today - 10000, false, &e)) != NULL);
    assert_int_equal(json_int(json_get(view, "received"), -1), 0);
    assert_int_equal(json_count(json_get(view, "channels")), 0);
    /* a channel that was removed keeps its name in the books of its days */
    DO(c, account_remove(tx, c->brand, c->facebook.row.id, 1, &e));
    DO(c, (view = ledger_view(tx, c->arena, &c->h->brand, today, true, &e)) != NULL);
    bool named = false;
    for (size_t i = 0; i < json_count(json_get(view, "channels")); i++)
        named |=
            str_eq(json_text(json_get(json_at(json_get(view, "channels"), i), "name")), STR("Nuvola su facebook"));
    assert_true(named);
    tamper(c, "UPDATE ledger_count SET n = -3");
    DO(c, (view = ledger_view(tx, c->arena, &c->h->brand, today, false, &e)) != NULL);
    assert_false(json_bool(json_get(view, "balanced"), true));
}

static void a_move_to_where_it_is_changes_nothing(void **state)
{
    struct care *c = *state;
    struct message m = message_now(c, hear(c, "1", "Uno"));
    int64_t events = number_of(c, "SELECT count(*) FROM event");
    DO(c, ledger_move(tx, &m, PLACE_WAITING, 1, STR("x"), &e));
    assert_int_equal(number_of(c, "SELECT count(*) FROM event"), events);
    DO(c, ledger_move(tx, &m, PLACE_CLOSED, 1, STR("nessuna risposta serve"), &e));
    assert_int_equal(m.place, PLACE_CLOSED);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'message.place' AND actor_id = 1 AND "
                                  "data LIKE '%nessuna risposta serve%'"),
                     1);
    assert_true(ledger_balances(c));
}

int care_ledger_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(any_order_of_things_balances),
        CARE_TEST(another_order_balances_too),
        CARE_TEST(a_changed_count_is_found),
        CARE_TEST(a_changed_place_is_found),
        CARE_TEST(a_removed_message_is_found),
        CARE_TEST(a_place_that_is_none_is_found),
        CARE_TEST(books_changed_together_differ_from_the_log),
        CARE_TEST(an_event_taken_from_the_log_is_found),
        CARE_TEST(each_day_and_each_channel_has_its_line),
        CARE_TEST(a_move_to_where_it_is_changes_nothing),
    };
    return cmocka_run_group_tests_name("care/ledger", tests, NULL, NULL);
}
