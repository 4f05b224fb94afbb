/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it: merged by a colleague and taken apart again, without loss, whatever came in between. */
#include "house_fixture.h"

int care_people_test(void);

static int64_t person_of(struct care *c, int64_t message)
{
    return message_now(c, message).person_id;
}

static int64_t story_of(struct care *c, int64_t message)
{
    return message_now(c, message).conversation_id;
}

static int64_t merge(struct care *c, int64_t from, int64_t into)
{
    int64_t id = 0;
    DO(c, person_merge(tx, c->brand, from, into, c->h->marta.agent_id, &id, &e));
    return id;
}

static void unmerge(struct care *c, int64_t id)
{
    DO(c, person_unmerge(tx, c->brand, id, c->h->marta.agent_id, &e));
}

static size_t found(struct care *c, const char *words, int64_t person)
{
    struct search_query query = {.words = str_from(words), .person = person, .limit = 50};
    struct search_hit *hits;
    size_t n;
    int64_t next;
    DO(c, search_run(tx, c->arena, c->brand, &query, &hits, &n, &next, &e));
    return n;
}

/* All that hangs on persons, in one line. */
static const char *picture(struct care *c)
{
    struct str all = STR("");
    static const char *const queries[] = {
        "SELECT id, name, language, place, note, since, last_at, merged_into FROM person ORDER BY id",
        "SELECT network, external_id, person_id FROM identity ORDER BY 1, 2",
        "SELECT id, person_id, state, waiting, messages, failed, last_at FROM conversation ORDER BY id",
        "SELECT id, person_id, conversation_id, place FROM message ORDER BY id",
        "SELECT id, person_id, conversation_id FROM promise ORDER BY id"};
    for (size_t q = 0; q < COUNT_OF(queries); q++) {
        struct str more = text_of(c->h, queries[q]);
        all = str_format(c->arena, "%.*s%.*s", STR_ARGS(all), STR_ARGS(more));
    }
    return str_cstr(c->arena, all);
}

static void a_merge_can_be_undone_exactly(void **state)
{
    struct care *c = *state;
    int64_t one = hear(c, "1", "Il canone è sbagliato"), two = hear(c, "2", "Il router lampeggia");
    int64_t from = person_of(c, one), into = person_of(c, two);
    listen_to(c, story_of(c, one));
    accept_reply(c, answer(c, story_of(c, one), "Domani alle 9 la richiamo"), "w1");
    const char *before = picture(c);
    int64_t id = merge(c, from, into);
    assert_int_equal(person_of(c, one), into);
    assert_int_equal(conversation_now(c, story_of(c, one)).person_id, into);
    assert_int_equal(found(c, "canone", into), 1);
    assert_int_equal(found(c, "canone", from), 0);
    assert_int_equal(found(c, "linea", into), 1); /* the need too */
    REFUSED(c, ERR_CONFLICT, person_merge(tx, c->brand, from, into, 1, &id, &e));
    REFUSED(c, ERR_BAD_INPUT, person_merge(tx, c->brand, into, into, 1, &id, &e));
    house_is_sound(c);
    unmerge(c, id);
    assert_string_equal(picture(c), before);
    assert_int_equal(found(c, "canone", into), 0);
    assert_int_equal(found(c, "canone", from), 1);
    assert_int_equal(found(c, "linea", from), 1);
    REFUSED(c, ERR_CONFLICT, person_unmerge(tx, c->brand, id, 1, &e));
    house_is_sound(c);
}

/* The search row of a moved message is taken away as it stands in the index, not as it was added first. */
static void a_withdrawn_message_of_a_merged_person_is_found_no_more(void **state)
{
    struct care *c = *state;
    int64_t one = hear(c, "1", "Il mio segreto"), two = hear(c, "2", "Altro");
    merge(c, person_of(c, one), person_of(c, two));
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message_now(c, one).external_id));
    assert_int_equal(found(c, "segreto", 0), 0);
    search_is_sound(c);
    /* nothing of its row is left: the only row is the other message's */
    assert_int_equal(number_of(c, *c->h->database ? "SELECT count(*) FROM search WHERE id IN (SELECT id FROM message)"
                                                  : "SELECT count(*) FROM search WHERE search MATCH 'scope : p *'"),
                     1);
}

static void what_began_since_goes_back_too(void **state)
{
    struct care *c = *state;
    int64_t one = hear(c, "1", "Prima"), two = hear(c, "2", "Io invece");
    int64_t from = person_of(c, one), into = person_of(c, two);
    int64_t first = story_of(c, one), second = story_of(c, two);
    DO(c, story_close(tx, &c->h->marta, first, STR("solved"), STR("fatto"), &e) &&
              story_close(tx, &c->h->marta, second, STR("solved"), STR("fatto"), &e));
    tamper(c, "UPDATE conversation SET closed_at = closed_at - 864000000000, last_at = last_at - 864000000000");
    int64_t id = merge(c, from, into);
    struct channel_event late = event_direct(c, "1", "Una cosa nuova");
    late.at = clock_now() - 2 * HOUR_US; /* brought by gap filling: older than the merge */
    int64_t since = take(c, &c->whatsapp, late).message;
    assert_int_equal(person_of(c, since), into);
    assert_true(story_of(c, since) != first && story_of(c, since) != second);
    unmerge(c, id);
    assert_int_equal(person_of(c, since), from);
    assert_int_equal(conversation_now(c, story_of(c, since)).person_id, from);
    assert_int_equal(person_of(c, two), into);
    struct person p;
    DO(c, person_by_id(tx, c->arena, c->brand, from, &p, &e));
    assert_int_equal(p.merged_into, 0);
    assert_true(p.last_at >= late.at);
    house_is_sound(c);
}

/* A story in which both wrote: what is of the one that leaves, leaves. */
static void a_shared_story_is_parted(void **state)
{
    struct care *c = *state;
    int64_t mine = hear(c, "2", "Il mio contratto"), from_id = hear(c, "1", "Ciao");
    int64_t from = person_of(c, from_id), into = person_of(c, mine), story = story_of(c, mine);
    int64_t id = merge(c, from, into);
    tamper(c, "UPDATE conversation SET last_at = last_at + 9000000 WHERE preview = 'Il mio contratto'");
    int64_t theirs = hear(c, "1", "Il mio numero di carta");
    assert_int_equal(story_of(c, theirs), story); /* one person, one conversation */
    listen_to(c, story);
    int64_t reply = answer(c, story, "Domani alle 9 la richiamo");
    assert_str(message_now(c, reply).author_id, "1");
    unmerge(c, id);
    assert_int_equal(person_of(c, theirs), from);
    assert_int_equal(person_of(c, reply), from);
    assert_int_equal(story_of(c, theirs), story_of(c, from_id));
    assert_int_equal(story_of(c, mine), story);
    struct conversation s = conversation_now(c, story);
    assert_int_equal(s.messages, 1);
    assert_int_equal(s.waiting, 1);
    assert_str(s.preview, "Il mio contratto");
    s = conversation_now(c, story_of(c, from_id));
    assert_int_equal(s.messages, 3);
    assert_int_equal(s.waiting, 2);
    assert_int_equal(outbox_now(c, reply).conversation_id, s.id);
    assert_int_equal(found(c, "carta", from), 1);
    assert_int_equal(found(c, "carta", into), 0);
    struct promise *promises;
    size_t n;
    DO(c, promise_of_conversation(tx, c->arena, c->brand, s.id, &promises, &n, &e));
    assert_int_equal(n, 1);
    house_is_sound(c);
}

/* What the one who stays wrote since, in a story that the other brought along, stays with them. */
static void the_one_who_stays_keeps_their_words(void **state)
{
    struct care *c = *state;
    int64_t mine = hear(c, "2", "Il mio contratto"), from_id = hear(c, "1", "Ciao");
    int64_t from = person_of(c, from_id), into = person_of(c, mine), story = story_of(c, from_id);
    tamper(c, "UPDATE conversation SET last_at = last_at + 9000000 WHERE preview = 'Ciao'");
    int64_t id = merge(c, from, into);
    int64_t since = hear(c, "2", "Il mio numero di carta");
    assert_int_equal(story_of(c, since), story);
    int64_t theirs = hear(c, "1", "E la mia domanda?");
    assert_int_equal(story_of(c, theirs), story);
    unmerge(c, id);
    assert_int_equal(person_of(c, theirs), from);
    assert_int_equal(story_of(c, theirs), story);
    assert_int_equal(person_of(c, since), into);
    assert_int_equal(story_of(c, since), story_of(c, mine));
    assert_int_equal(conversation_now(c, story).messages, 2);
    assert_int_equal(conversation_now(c, story).waiting, 2);
    assert_int_equal(conversation_now(c, story_of(c, mine)).messages, 2);
    assert_int_equal(conversation_now(c, story_of(c, mine)).waiting, 2);
    assert_int_equal(found(c, "carta", from), 0);
    assert_int_equal(found(c, "carta", into), 1);
    house_is_sound(c);
}

/* The same, where the one who stays had no story of their own yet, and was merged on since. */
static void what_stays_goes_to_who_holds_it(void **state)
{
    struct care *c = *state;
    int64_t m[3] = {hear(c, "1", "Uno"), hear(c, "2", "Due"), hear(c, "3", "Tre")};
    int64_t p[3] = {person_of(c, m[0]), person_of(c, m[1]), person_of(c, m[2])}, story = story_of(c, m[0]);
    tamper(c, "UPDATE conversation SET last_at = last_at + 9000000 WHERE preview = 'Uno'");
    int64_t first = merge(c, p[0], p[1]), second = merge(c, p[1], p[2]);
    int64_t since[3] = {hear(c, "1", "Uno ancora"), hear(c, "2", "Due ancora"), hear(c, "3", "Tre ancora")};
    for (int i = 0; i < 3; i++)
        assert_int_equal(story_of(c, since[i]), story);
    unmerge(c, first);
    assert_int_equal(person_of(c, since[0]), p[0]);
    assert_int_equal(person_of(c, since[1]), p[2]);
    assert_int_equal(person_of(c, since[2]), p[2]);
    unmerge(c, second);
    for (int i = 0; i < 3; i++)
        assert_int_equal(person_of(c, since[i]), p[i]);
    house_is_sound(c);
}

static void merges_of_merges_come_apart_in_any_order(void **state)
{
    struct care *c = *state;
    int64_t m[3] = {hear(c, "1", "Uno"), hear(c, "2", "Due"), hear(c, "3", "Tre")};
    int64_t p[3] = {person_of(c, m[0]), person_of(c, m[1]), person_of(c, m[2])};
    const char *before = picture(c);
    int64_t first = merge(c, p[0], p[1]), second = merge(c, p[1], p[2]);
    for (int i = 0; i < 3; i++)
        assert_int_equal(person_of(c, m[i]), p[2]);
    unmerge(c, first); /* the inner one first */
    assert_int_equal(person_of(c, m[0]), p[0]);
    assert_int_equal(person_of(c, m[1]), p[2]);
    unmerge(c, second); /* must not take back what it does not have any more */
    for (int i = 0; i < 3; i++)
        assert_int_equal(person_of(c, m[i]), p[i]);
    first = merge(c, p[0], p[1]);
    second = merge(c, p[1], p[2]);
    unmerge(c, second);
    assert_int_equal(person_of(c, m[0]), p[1]);
    unmerge(c, first);
    for (int i = 0; i < 3; i++)
        assert_int_equal(person_of(c, m[i]), p[i]);
    assert_string_equal(picture(c), before);
    house_is_sound(c);
}

static bool many_add(struct tx *tx, struct care *c, int64_t person, int n, struct error *e)
{
    for (int i = 0; i < n; i++) {
        struct conversation s = {.brand_id = c->brand,
                                 .id = id_new(),
                                 .person_id = person,
                                 .state = CONVERSATION_CLOSED,
                                 .priority = PRIORITY_NORMAL,
                                 .last_at = 1000000 + i / 7, /* many at the same moment */
                                 .created_at = 5};
        if (!conversation_add(tx, &s, e))
            return false;
    }
    return true;
}

static void a_thousand_conversations_move_and_return(void **state)
{
    struct care *c = *state;
    int64_t one = hear(c, "1", "Uno"), two = hear(c, "2", "Due"), from = person_of(c, one), into = person_of(c, two);
    DO(c, many_add(tx, c, from, 1234, &e));
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM conversation WHERE person_id = %lld", (long long)from);
    assert_int_equal(number_of(c, sql), 1235);
    int64_t id = merge(c, from, into);
    assert_int_equal(number_of(c, sql), 0);
    unmerge(c, id);
    assert_int_equal(number_of(c, sql), 1235);
    house_is_sound(c);
}

static void names_and_notes(void **state)
{
    struct care *c = *state;
    int64_t person = person_of(c, hear(c, "Giulia", "Ciao"));
    REFUSED(c, ERR_BAD_INPUT, person_rename(tx, c->brand, person, STR(" "), STR("it"), STR(""), 1, &e));
    DO(c, person_rename(tx, c->brand, person, STR(" Giulia Bo "), STR("it"), STR("Pavia"), 1, &e));
    assert_int_equal(found(c, "bo", 0), 1);
    DO(c, person_set_note(tx, c->brand, person, STR("Sente poco"), 1, &e));
    struct person p;
    DO(c, person_by_id(tx, c->arena, c->brand, person, &p, &e));
    assert_str(p.name, "Giulia Bo");
    assert_str(p.note, "Sente poco");
    REFUSED(c, ERR_NOT_FOUND, person_set_note(tx, c->brand, 4, STR("x"), 1, &e));
}

int care_people_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(a_merge_can_be_undone_exactly),
        CARE_TEST(a_withdrawn_message_of_a_merged_person_is_found_no_more),
        CARE_TEST(what_began_since_goes_back_too),
        CARE_TEST(a_shared_story_is_parted),
        CARE_TEST(the_one_who_stays_keeps_their_words),
        CARE_TEST(what_stays_goes_to_who_holds_it),
        CARE_TEST(merges_of_merges_come_apart_in_any_order),
        CARE_TEST(a_thousand_conversations_move_and_return),
        CARE_TEST(names_and_notes),
    };
    return cmocka_run_group_tests_name("care/people", tests, NULL, NULL);
}
