/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that came as ids only: they wait at once, become whole where they stand, find their author and their
 * story, and can be taken apart again; whatever the order, whatever a colleague did meanwhile. */
#include "house_fixture.h"

#include "care/lookup.h"

int care_lookup_test(void);

struct sought {
    struct care *c;
    struct account instagram;
};

static struct sought *with_instagram(void **state, struct sought *s)
{
    *s = (struct sought){.c = *state};
    DO(s->c, account_row_add(tx, s->c, "instagram", &s->instagram, &e));
    return s;
}

static struct channel_event named(struct sought *s, const char *id)
{
    struct care *c = s->c;
    struct channel_event event = event_comment(c, "", "");
    event.external_id = str_from(id);
    event.dedupe = str_concat(c->arena, STR("m:"), event.external_id);
    event.door = STR("mention");
    event.thread_key = STR("post:77");
    event.thread_title = STR_EMPTY;
    event.parent_id = STR("77");
    event.message = MESSAGE_UNSUPPORTED;
    event.note = STR("a comment that mentions us");
    event.lookup = STR("comment");
    return event;
}

/* The same, as the network tells it when asked; author: "" where it says none. */
static struct channel_event whole(struct sought *s, const char *id, const char *author, const char *handle,
                                  const char *words)
{
    struct channel_event event = named(s, id);
    event.lookup = event.note = STR_EMPTY;
    event.message = MESSAGE_TEXT;
    event.text = str_from(words);
    event.author.external_id = str_from(author);
    event.author.handle = str_from(handle);
    event.link = STR("https://www.instagram.com/p/77/");
    event.at = clock_now() - 2 * HOUR_US;
    return event;
}

static int64_t sought_message(struct sought *s, const char *id)
{
    struct taken taken = take(s->c, &s->instagram, named(s, id));
    assert_int_equal(taken.fresh, 1);
    return taken.message;
}

static struct looking looking_at(struct sought *s, int64_t message)
{
    return (struct looking){.arena = s->c->arena,
                            .account = &s->instagram,
                            .brand = s->c->brand,
                            .wish.message_id = message,
                            .calls = 1,
                            .events.arena = s->c->arena};
}

static void answered(struct sought *s, int64_t message, struct channel_event event)
{
    struct looking l = looking_at(s, message);
    DO(s->c, looking_begin(tx, &l, &e));
    assert_true(l.due);
    assert_str(l.lookup.what, "comment");
    *channel_events_add(&l.events) = event;
    l.outcome.kind = OUTCOME_ACCEPTED;
    DO(s->c, looking_end(tx, &l, &e));
}

static void failed(struct sought *s, int64_t message, enum failure why, int seconds)
{
    struct looking l = looking_at(s, message);
    DO(s->c, looking_begin(tx, &l, &e));
    assert_true(l.due);
    l.outcome =
        (struct outcome){.kind = OUTCOME_FAILED, .failure = why, .retry_seconds = seconds, .words = STR("no")};
    DO(s->c, looking_end(tx, &l, &e));
}

static struct person person_now(struct sought *s, int64_t id)
{
    struct person p;
    DO(s->c, person_by_id(tx, s->c->arena, s->c->brand, id, &p, &e));
    return p;
}

/* How many messages are found by this word. */
static size_t hits(struct sought *s, const char *word, int64_t person)
{
    struct search_query query = {.words = str_from(word), .kind = "message", .limit = 10, .person = person};
    struct search_hit *list;
    size_t count = 0;
    int64_t next;
    DO(s->c, search_run(tx, s->c->arena, s->c->brand, &query, &list, &count, &next, &e));
    return count;
}

static void it_waits_at_once_and_becomes_whole(void **state)
{
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    int64_t id = sought_message(s, "9001");
    struct message m = message_now(c, id);
    assert_str(m.note, NOTE_SOUGHT);
    assert_str(m.kind, "unsupported");
    assert_int_equal(m.place, PLACE_WAITING);
    assert_int_equal(number_of(c, "SELECT count(*) FROM wish"), 1);
    house_is_sound(c);
    answered(s, id, whole(s, "9001", "555", "ada", "Grazie @nuvola, siete stati rapidissimi"));
    struct message now = message_now(c, id);
    assert_str(now.text, "Grazie @nuvola, siete stati rapidissimi");
    assert_str(now.note, "");
    assert_str(now.kind, "text");
    assert_str(now.author_id, "555");
    assert_str(now.link, "https://www.instagram.com/p/77/");
    assert_true(now.at < m.at);
    assert_int_equal(now.place, PLACE_WAITING);
    assert_true(now.person_id == m.person_id && now.conversation_id == m.conversation_id && now.day == m.day);
    struct conversation told = conversation_now(c, m.conversation_id);
    assert_str(told.preview, "Grazie @nuvola, siete stati rapidissimi");
    assert_str(told.language, "it");
    assert_true(told.waiting_since == now.at && told.last_in_at == now.at);
    assert_str(person_now(s, m.person_id).name, "@ada");
    assert_int_equal(hits(s, "rapidissimi", m.person_id), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM wish"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'message.found'"), 1);
    house_is_sound(c);
    search_is_sound(c);
}

static void it_joins_the_story_of_who_is_known(void **state)
{
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    struct channel_event known = whole(s, "9000", "555", "ada", "Il pacco non arriva");
    struct message first = message_now(c, take(c, &s->instagram, known).message);
    int64_t id = sought_message(s, "9001");
    struct message m = message_now(c, id);
    assert_true(m.person_id != first.person_id);
    answered(s, id, whole(s, "9001", "555", "ada", "@nuvola allora il pacco?"));
    struct message now = message_now(c, id);
    assert_true(now.person_id == first.person_id && now.conversation_id == first.conversation_id);
    assert_true(person_now(s, m.person_id).merged_into == first.person_id);
    assert_int_equal(conversation_now(c, first.conversation_id).waiting, 2);
    assert_int_equal(conversation_now(c, m.conversation_id).state, CONVERSATION_CLOSED);
    assert_str(conversation_now(c, m.conversation_id).outcome, "joined");
    assert_int_equal(number_of(c, "SELECT count(*) FROM person_merge"), 0);
    assert_int_equal(hits(s, "allora", first.person_id), 1);
    house_is_sound(c);
    search_is_sound(c);
}

/* Whose story ended long ago begins a new one. */
static void a_story_long_over_is_not_taken_up(void **state)
{
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    struct channel_event known = whole(s, "9000", "555", "ada", "Vecchia storia");
    known.at = clock_now() - 40 * DAY_US;
    struct message first = message_now(c, take(c, &s->instagram, known).message);
    DO(c, story_close(tx, &c->h->marta, first.conversation_id, STR("solved"), STR("fatto"), &e));
    tamper(c, "UPDATE conversation SET closed_at = 1");
    int64_t id = sought_message(s, "9001");
    struct message m = message_now(c, id);
    answered(s, id, whole(s, "9001", "555", "ada", "@nuvola una cosa nuova"));
    struct message now = message_now(c, id);
    assert_true(now.person_id == first.person_id && now.conversation_id == m.conversation_id);
    assert_true(conversation_now(c, m.conversation_id).person_id == first.person_id);
    house_is_sound(c);
}

/* A colleague answered, noted and merged before the words were here. */
static void what_a_colleague_did_meanwhile_stays(void **state)
{
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    struct message first = message_now(c, hear(c, "393331", "Sono la Ada di Instagram"));
    struct message known = message_now(c, take(c, &s->instagram, whole(s, "9000", "555", "ada", "Ciao")).message);
    int64_t id = sought_message(s, "9001"), merge, note;
    struct message m = message_now(c, id);
    DO(c, story_note(tx, &c->h->marta, m.conversation_id, STR("credo sia la Ada"), &note, &e));
    DO(c, person_merge(tx, c->brand, m.person_id, first.person_id, c->h->marta.agent_id, &merge, &e));
    answered(s, id, whole(s, "9001", "555", "ada", "@nuvola eccomi"));
    struct message now = message_now(c, id);
    assert_str(now.text, "@nuvola eccomi");
    assert_true(now.person_id == first.person_id); /* where the colleague put it */
    house_is_sound(c);
    DO(c, person_unmerge(tx, c->brand, merge, c->h->marta.agent_id, &e));
    assert_true(message_now(c, id).person_id == m.person_id);
    assert_true(message_now(c, known.id).person_id == known.person_id);
    house_is_sound(c);
    search_is_sound(c);
}

/* Merged after it was found, and apart again: what the mention brought goes with its author. */
static void found_then_merged_comes_apart(void **state)
{
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    struct message on_phone = message_now(c, hear(c, "393331", "Mi chiamate?"));
    struct message first = message_now(c, take(c, &s->instagram, whole(s, "9000", "555", "ada", "Ciao")).message);
    int64_t id = sought_message(s, "9001"), merge;
    answered(s, id, whole(s, "9001", "555", "ada", "@nuvola eccomi"));
    DO(c, person_merge(tx, c->brand, first.person_id, on_phone.person_id, c->h->marta.agent_id, &merge, &e));
    int64_t later = sought_message(s, "9002");
    answered(s, later, whole(s, "9002", "555", "ada", "@nuvola ancora io"));
    assert_true(message_now(c, later).person_id == on_phone.person_id);
    house_is_sound(c);
    DO(c, person_unmerge(tx, c->brand, merge, c->h->marta.agent_id, &e));
    assert_true(message_now(c, id).person_id == first.person_id);
    assert_true(message_now(c, later).person_id == first.person_id);
    assert_true(message_now(c, on_phone.id).person_id == on_phone.person_id);
    house_is_sound(c);
    search_is_sound(c);
}

/* The network may tell of it in two ways, in either order. */
static void words_by_another_way_are_taken(void **state)
{
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    int64_t id = sought_message(s, "9001");
    struct channel_event comment = whole(s, "9001", "555", "ada", "@nuvola sotto il vostro post");
    comment.door = STR("comment");
    assert_int_equal(take(c, &s->instagram, comment).fresh, 1);
    assert_str(message_now(c, id).text, "@nuvola sotto il vostro post");
    assert_str(message_now(c, id).door, "comment");
    assert_str(message_now(c, id).author_id, "555");
    assert_int_equal(number_of(c, "SELECT count(*) FROM wish"), 0);
    assert_int_equal(take(c, &s->instagram, comment).fresh, 0);
    comment = whole(s, "9003", "555", "ada", "@nuvola e un altro");
    int64_t other = take(c, &s->instagram, comment).message;
    assert_int_equal(take(c, &s->instagram, named(s, "9003")).duplicates, 1);
    assert_str(message_now(c, other).text, "@nuvola e un altro");
    assert_int_equal(number_of(c, "SELECT count(*) FROM wish"), 0);
    house_is_sound(c);
}

static void what_cannot_be_had_is_said(void **state)
{
    static const struct {
        enum failure why;
        const char *note;
    } cases[] = {{FAILURE_GONE, "withheld gone"},
                 {FAILURE_PERMISSION, "withheld permission"},
                 {FAILURE_BLOCKED, "withheld blocked"},
                 {FAILURE_CONTENT, "withheld content"}};
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t id = sought_message(s, str_cstr(c->arena, str_format(c->arena, "91%zu", i)));
        failed(s, id, cases[i].why, 0);
        struct message m = message_now(c, id);
        assert_str(m.note, cases[i].note);
        assert_int_equal(m.place, PLACE_WAITING);
    }
    assert_int_equal(number_of(c, "SELECT count(*) FROM wish"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM channel WHERE state = 'on' AND network = 'instagram'"), 1);
    house_is_sound(c);
}

static void what_may_come_is_waited_for(void **state)
{
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    int64_t one = sought_message(s, "9001"), two = sought_message(s, "9002"), now = clock_now();
    failed(s, one, FAILURE_RATE, 600);
    assert_true(number_of(c, "SELECT min(next_at) FROM wish") >= now + 600 * SECOND_US); /* both of them */
    failed(s, one, FAILURE_TRANSIENT, 0);
    assert_int_equal(number_of(c, "SELECT max(tries) FROM wish"), 1);
    failed(s, one, FAILURE_NONE, 0);
    assert_int_equal(number_of(c, "SELECT max(tries) FROM wish"), 1);
    assert_str(message_now(c, one).note, NOTE_SOUGHT);
    tamper(c, "UPDATE wish SET tries = 29");
    failed(s, one, FAILURE_TRANSIENT, 0);
    assert_str(message_now(c, one).note, "withheld transient");
    failed(s, two, FAILURE_TOKEN, 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM channel WHERE state = 'paused' AND failure = 'token'"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM wish"), 1);
    struct wish *due = NULL;
    size_t count = 1;
    DO(c, wish_due(tx, c->arena, c->brand, clock_now() + DAY_US, &due, &count, &e));
    assert_int_equal(count, 0); /* until the channel is on again */
    house_is_sound(c);
}

/* Withdrawn, or its channel removed, while it was asked for. */
static void what_is_over_is_not_asked(void **state)
{
    struct sought here, *s = with_instagram(state, &here);
    struct care *c = s->c;
    int64_t gone = sought_message(s, "9001"), left = sought_message(s, "9002");
    take(c, &s->instagram, event_of(c, CHANNEL_DELETE, STR("9001")));
    struct looking l = looking_at(s, gone);
    DO(c, looking_begin(tx, &l, &e));
    assert_false(l.due);
    l = looking_at(s, left);
    l.account = NULL;
    DO(c, looking_begin(tx, &l, &e));
    assert_false(l.due);
    assert_str(message_now(c, left).note, "withheld permission");
    assert_int_equal(number_of(c, "SELECT count(*) FROM wish"), 0);
    /* an answer that comes after all changes nothing */
    l = looking_at(s, gone);
    *channel_events_add(&l.events) = whole(s, "9001", "555", "ada", "troppo tardi");
    DO(c, looking_end(tx, &l, &e));
    assert_str(message_now(c, gone).text, "");
    house_is_sound(c);
}

int care_lookup_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(it_waits_at_once_and_becomes_whole), CARE_TEST(it_joins_the_story_of_who_is_known),
        CARE_TEST(a_story_long_over_is_not_taken_up),  CARE_TEST(what_a_colleague_did_meanwhile_stays),
        CARE_TEST(found_then_merged_comes_apart),      CARE_TEST(words_by_another_way_are_taken),
        CARE_TEST(what_cannot_be_had_is_said),         CARE_TEST(what_may_come_is_waited_for),
        CARE_TEST(what_is_over_is_not_asked)};
    return cmocka_run_group_tests_name("care/lookup", tests, NULL, NULL);
}
