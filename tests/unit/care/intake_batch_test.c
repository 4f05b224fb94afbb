/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that wait together ask together, before the first of them is stored: what one of them, or somebody between
 * them, changes is seen by those behind it as if each had come alone. */
#include "house_fixture.h"

#include <semaphore.h>

#include "db/db_internal.h"

int care_intake_batch_test(void);

enum { QUEUE_MOST = 64 };

struct queued {
    struct intake intake; /* first */
    struct channel_events events;
    struct batch *batch;
    bool ok;
};

/* Everything queued between batch_begin and batch_end is one transaction. */
struct batch {
    struct care *c;
    struct queued items[QUEUE_MOST];
    int count;
    sem_t done;
};

static void batch_begin(struct batch *b, struct care *c)
{
    memset(b, 0, sizeof *b);
    b->c = c;
    sem_init(&b->done, 0, 0);
    c->h->house->db->foresees = true; /* in a file too, where nothing is gained by it */
    care_begin(c);                    /* the writer waits */
}

static void queued_done(void *ctx, bool ok, const struct error *e)
{
    struct queued *q = ctx;
    (void)e;
    q->ok = ok;
    sem_post(&q->batch->done);
}

static struct queued *queue_item(struct batch *b)
{
    assert_true(b->count < QUEUE_MOST);
    struct queued *q = &b->items[b->count++];
    q->batch = b;
    return q;
}

static struct queued *queue_all(struct batch *b, const struct channel_event *events, size_t n)
{
    struct queued *q = queue_item(b);
    struct channel_event *copy = ARENA_ARRAY(b->c->arena, struct channel_event, n);
    memcpy(copy, events, n * sizeof *events);
    q->events = (struct channel_events){.arena = b->c->arena, .items = copy, .count = n, .cap = n};
    q->intake = (struct intake){
        .house = b->c->h->house, .account = &b->c->whatsapp, .body = STR("{\"a\":1}"), .events = &q->events};
    intake_queue(b->c->h->house->db, &q->intake, queued_done);
    return q;
}

static struct queued *queue(struct batch *b, struct channel_event event)
{
    return queue_all(b, &event, 1);
}

static void queue_command(struct batch *b, db_command *command)
{
    struct queued *q = queue_item(b);
    db_write_later(b->c->h->house->db, b->c->brand, command, q, queued_done);
}

static void batch_end(struct batch *b)
{
    care_end(b->c, true);
    for (int i = 0; i < b->count; i++)
        sem_wait(&b->done);
    sem_destroy(&b->done);
    assert_int_equal(number_of(b->c, "SELECT count(*) FROM event WHERE kind = 'message.received'"),
                     number_of(b->c, "SELECT count(*) FROM message WHERE outbound = 0"));
    house_is_sound(b->c);
}

/* ---- what others do in between ---- */

static bool person_named_by(struct tx *tx, struct care *c, const char *id, int64_t *person)
{
    struct identity identity;
    struct error here = {0};
    bool there = identity_find(tx, c->arena, c->brand, STR("whatsapp"), str_from(id), &identity, &here);
    *person = identity.person_id;
    return there;
}

static bool merge_them(struct tx *tx, void *ctx, struct error *e)
{
    struct care *c = ((struct queued *)ctx)->batch->c;
    int64_t one, two, id;
    if (!person_named_by(tx, c, "1", &one) || !person_named_by(tx, c, "2", &two) || one == two)
        return true;
    return person_merge(tx, c->brand, one, two, c->h->marta.agent_id, &id, e);
}

static bool close_theirs(struct tx *tx, void *ctx, struct error *e)
{
    struct care *c = ((struct queued *)ctx)->batch->c;
    struct conversation story;
    struct error here = {0};
    int64_t one;
    if (!person_named_by(tx, c, "1", &one) || !conversation_newest_of(tx, c->arena, c->brand, one, &story, &here) ||
        story.state == CONVERSATION_CLOSED)
        return true;
    return story_close(tx, &c->h->marta, story.id, STR("no_need"), STR("È tutto a posto"), e);
}

static bool refuse(struct tx *tx, void *ctx, struct error *e)
{
    (void)tx;
    (void)ctx;
    return (fail)(e, ERR_FORBIDDEN, "not this one");
}

/* ---- one by one ---- */

static void two_of_somebody_new_are_one_conversation(void **state)
{
    struct care *c = *state;
    struct batch b;
    batch_begin(&b, c);
    queue(&b, event_direct(c, "1", "Buongiorno"));
    queue(&b, event_direct(c, "2", "Salve"));
    queue(&b, event_direct(c, "1", "Il modem non va"));
    batch_end(&b);
    assert_int_equal(number_of(c, "SELECT count(DISTINCT person_id) FROM identity"), 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM conversation"), 2);
    assert_int_equal(number_of(c, "SELECT waiting FROM conversation WHERE preview = 'Il modem non va'"), 2);
}

static void one_webhook_may_bring_several_of_one_person(void **state)
{
    struct care *c = *state;
    struct batch b;
    struct channel_event events[] = {event_direct(c, "1", "Uno"), event_direct(c, "1", "Due"),
                                     event_direct(c, "2", "Tre")};
    batch_begin(&b, c);
    struct queued *q = queue_all(&b, events, 3);
    struct queued *again = queue_all(&b, events + 1, 2);
    batch_end(&b);
    assert_true(q->ok && again->ok);
    assert_int_equal(q->intake.fresh, 3);
    assert_int_equal(again->intake.duplicates, 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM conversation"), 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload"), 1);
}

static void what_is_sent_again_is_known(void **state)
{
    struct care *c = *state;
    struct batch b;
    struct channel_event before = event_direct(c, "1", "Prima"), now = event_direct(c, "2", "Adesso");
    take(c, &c->whatsapp, before);
    batch_begin(&b, c);
    struct queued *known = queue(&b, before), *fresh = queue(&b, now), *again = queue(&b, now);
    batch_end(&b);
    assert_int_equal(known->intake.duplicates, 1);
    assert_int_equal(fresh->intake.fresh, 1);
    assert_int_equal(again->intake.duplicates, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 2);
}

static void two_ids_of_one_person_meet_in_a_batch(void **state)
{
    struct care *c = *state;
    struct batch b;
    struct channel_event both = event_direct(c, "1", "Con due nomi"),
                         second = event_direct(c, "bsuid", "Con l'altro");
    both.author.also_known_as = STR("bsuid");
    batch_begin(&b, c);
    queue(&b, event_direct(c, "1", "Con uno"));
    queue(&b, both);
    queue(&b, second);
    batch_end(&b);
    assert_int_equal(number_of(c, "SELECT count(DISTINCT person_id) FROM message"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity"), 2);
    assert_int_equal(number_of(c, "SELECT waiting FROM conversation"), 3);
    batch_begin(&b, c); /* and both ids are known when the batch begins */
    queue(&b, event_direct(c, "1", "Ancora"));
    queue(&b, event_direct(c, "bsuid", "E ancora"));
    batch_end(&b);
    assert_int_equal(number_of(c, "SELECT waiting FROM conversation"), 5);
}

static void what_came_early_in_the_same_batch_is_heard(void **state)
{
    struct care *c = *state;
    struct batch b;
    struct channel_event message = event_direct(c, "1", "Cancellato prima"), other = event_direct(c, "2", "Resta");
    struct channel_event after = event_direct(c, "3", "Cancellato dopo");
    batch_begin(&b, c);
    queue(&b, other);
    queue(&b, event_of(c, CHANNEL_DELETE, message.external_id));
    queue(&b, message);
    queue(&b, after);
    queue(&b, event_of(c, CHANNEL_DELETE, after.external_id));
    batch_end(&b);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE deleted_at > 0 AND text = ''"), 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE text = 'Resta'"), 1);
}

static void what_came_early_before_the_batch_is_heard(void **state)
{
    struct care *c = *state;
    struct batch b;
    struct channel_event message = event_direct(c, "1", "Mai letto"), other = event_direct(c, "2", "Letto");
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message.external_id));
    take(c, &c->facebook, event_of(c, CHANNEL_DELETE, other.external_id)); /* of another account */
    batch_begin(&b, c);
    queue(&b, message);
    queue(&b, other);
    batch_end(&b);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE deleted_at > 0"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 1);
}

static void a_merge_in_between_is_seen(void **state)
{
    struct care *c = *state;
    struct batch b;
    hear(c, "1", "Sono io");
    hear(c, "2", "Anch'io");
    batch_begin(&b, c);
    queue(&b, event_direct(c, "1", "Prima dell'unione"));
    queue_command(&b, merge_them);
    queue(&b, event_direct(c, "1", "Dopo"));
    queue(&b, event_direct(c, "2", "Dopo anche questo"));
    batch_end(&b);
    assert_int_equal(number_of(c, "SELECT count(DISTINCT person_id) FROM identity"), 1);
    assert_int_equal(number_of(c, "SELECT count(DISTINCT person_id) FROM message"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM conversation c JOIN message m ON m.conversation_id = c.id "
                                  "WHERE m.text LIKE 'Dopo%' AND c.person_id = m.person_id"),
                     2);
}

static void an_ending_in_between_is_seen(void **state)
{
    struct care *c = *state;
    struct batch b;
    hear(c, "1", "Tutto bene, grazie");
    batch_begin(&b, c);
    queue(&b, event_direct(c, "2", "Buongiorno"));
    queue_command(&b, close_theirs);
    queue(&b, event_direct(c, "1", "Anzi no"));
    batch_end(&b);
    assert_int_equal(number_of(c, "SELECT returns FROM conversation WHERE preview = 'Anzi no'"), 1);
    assert_int_equal(number_of(c, "SELECT waiting FROM conversation WHERE preview = 'Anzi no'"), 1);
}

static void beside_one_that_is_refused_nothing_is_lost(void **state)
{
    struct care *c = *state;
    struct batch b;
    struct channel_event first = event_direct(c, "1", "Uno");
    batch_begin(&b, c);
    struct queued *one = queue(&b, first), *two = queue(&b, event_direct(c, "1", "Due"));
    queue_command(&b, refuse);
    struct queued *three = queue(&b, event_direct(c, "1", "Tre")), *again = queue(&b, first);
    batch_end(&b);
    assert_true(one->ok && two->ok && three->ok && again->ok && !b.items[2].ok);
    assert_int_equal(again->intake.duplicates, 1);
    assert_int_equal(number_of(c, "SELECT waiting FROM conversation"), 3);
}

static void who_could_not_be_reached_is_there_again(void **state)
{
    struct care *c = *state;
    struct batch b;
    hear(c, "1", "Ci sono");
    hear(c, "2", "Anch'io");
    tamper(c, "UPDATE identity SET unreachable = 'blocked'");
    batch_begin(&b, c);
    queue(&b, event_direct(c, "1", "Di nuovo qui"));
    batch_end(&b);
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity WHERE unreachable = ''"), 1);
}

/* ---- any order of things ---- */

static uint32_t dice_state;

static unsigned dice(unsigned sides)
{
    dice_state = dice_state * 1664525U + 1013904223U;
    return (dice_state >> 16) % sides;
}

struct step {
    struct channel_event event;
    db_command *command;
};

static struct step step_by_dice(struct care *c, struct step *before, int n)
{
    static const char *const who[] = {"1", "2", "3", "4"};
    unsigned kind = dice(16);
    struct channel_event *other = n ? &before[dice((unsigned)n)].event : NULL;
    struct step step = {.event = event_direct(c, who[dice(4)], kind % 2 ? "Una riga" : "Un'altra, più lunga")};
    if (kind == 0)
        step.event.author.also_known_as = str_from(who[dice(4)]);
    else if (kind == 1 && other)
        step.event = *other;
    else if (kind == 2 && other && other->external_id.len)
        step.event = event_of(c, CHANNEL_DELETE, other->external_id);
    else if (kind == 3) /* of a message to come */
        step.event = event_of(c, CHANNEL_DELETE, str_format(c->arena, "wamid.%d", c->serial + 2));
    else if (kind == 4) {
        step.event.kind = CHANNEL_EDIT;
        step.event.external_id = str_format(c->arena, "wamid.%d", c->serial + 1 - (int)dice(3));
        step.event.dedupe = str_format(c->arena, "edit.%d", c->serial);
    } else if (kind == 5)
        step.command = merge_them;
    else if (kind == 6)
        step.command = close_theirs;
    else if (kind == 7)
        step.command = refuse;
    else if (kind == 8)
        step.event.echo = true;
    return step;
}

/* What there is, in words that do not depend on ids and moments. */
static const char *picture(struct care *c)
{
    static const char *const queries[] = {
        "SELECT m.external_id, m.place, m.text, m.outbound, m.edited_at <> 0, m.deleted_at <> 0, c.state, c.waiting, "
        "c.messages, c.preview, c.returns, (SELECT min(o.external_id) FROM message o WHERE o.conversation_id = "
        "c.id), "
        "(SELECT min(i.external_id) FROM identity i WHERE i.person_id = m.person_id) "
        "FROM message m JOIN conversation c ON c.id = m.conversation_id ORDER BY m.external_id",
        "SELECT i.external_id, i.name, p.name, (SELECT min(o.external_id) FROM identity o WHERE o.person_id = p.id) "
        "FROM identity i JOIN person p ON p.id = i.person_id ORDER BY i.external_id",
        "SELECT kind, count(*) FROM event GROUP BY kind ORDER BY kind",
        "SELECT external_id, kind, text FROM early ORDER BY external_id, kind, text",
        "SELECT count(*) FROM dedup",
        "SELECT state, sum(n) FROM tally GROUP BY state HAVING sum(n) <> 0 ORDER BY state",
        "SELECT count(*), sum(length(body)) FROM payload"};
    struct str all = STR("");
    for (size_t q = 0; q < COUNT_OF(queries); q++)
        all = str_format(c->arena, "%.*s%.*s\n", STR_ARGS(all), STR_ARGS(text_of(c->h, queries[q])));
    return str_cstr(c->arena, all);
}

static void step_alone(struct care *c, const struct step *step)
{
    static struct batch b;
    batch_begin(&b, c);
    if (step->command)
        queue_command(&b, step->command);
    else
        queue(&b, step->event);
    batch_end(&b);
}

static void a_batch_stores_what_single_commands_would(void **state)
{
    struct care *together = *state, *alone;
    void *other = NULL;
    struct step steps[24];
    static struct batch b;
    assert_int_equal(care_set_up(&other), 0);
    alone = other; /* each command in a transaction of its own */
    dice_state = 20261122;
    for (int round = 0; round < 6; round++) {
        for (int n = 0; n < (int)COUNT_OF(steps); n++)
            steps[n] = step_by_dice(together, steps, n);
        batch_begin(&b, together);
        for (size_t n = 0; n < COUNT_OF(steps); n++) {
            if (steps[n].command)
                queue_command(&b, steps[n].command);
            else
                queue(&b, steps[n].event);
        }
        batch_end(&b);
        for (size_t n = 0; n < COUNT_OF(steps); n++)
            step_alone(alone, &steps[n]);
        assert_string_equal(picture(together), picture(alone));
    }
    assert_int_equal(care_tear_down(&other), 0);
}

int care_intake_batch_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(two_of_somebody_new_are_one_conversation),
        CARE_TEST(one_webhook_may_bring_several_of_one_person),
        CARE_TEST(what_is_sent_again_is_known),
        CARE_TEST(two_ids_of_one_person_meet_in_a_batch),
        CARE_TEST(what_came_early_in_the_same_batch_is_heard),
        CARE_TEST(what_came_early_before_the_batch_is_heard),
        CARE_TEST(a_merge_in_between_is_seen),
        CARE_TEST(an_ending_in_between_is_seen),
        CARE_TEST(beside_one_that_is_refused_nothing_is_lost),
        CARE_TEST(who_could_not_be_reached_is_there_again),
        CARE_TEST(a_batch_stores_what_single_commands_would),
    };
    return cmocka_run_group_tests_name("care/intake_batch", tests, NULL, NULL);
}
