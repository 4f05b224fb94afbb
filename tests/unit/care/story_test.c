/* SPDX-License-Identifier: Apache-2.0 */
/* What colleagues do with a conversation: own, hand over, let sleep, end, set aside, note, join. */
#include "house_fixture.h"

int care_story_test(void);

static int64_t story_begun(struct care *c, const char *author)
{
    return message_now(c, hear(c, author, "La linea non va")).conversation_id;
}

static size_t entries_of(struct care *c, int64_t conversation, const char *kind)
{
    struct entry *list;
    size_t n, found = 0;
    DO(c, entry_list(tx, c->arena, c->brand, conversation, &list, &n, &e));
    for (size_t i = 0; i < n; i++)
        found += str_eq(list[i].kind, str_from(kind));
    return found;
}

static void a_need_is_one_short_line(void **state)
{
    struct care *c = *state;
    int64_t id = story_begun(c, "1");
    struct str long_need = {arena_alloc(c->arena, 161), 161};
    memset((char *)(uintptr_t)long_need.ptr, 'x', 161);
    REFUSED(c, ERR_BAD_INPUT, story_need(tx, &c->h->marta, id, STR("  "), &e));
    REFUSED(c, ERR_BAD_INPUT, story_need(tx, &c->h->marta, id, STR("una\ndue"), &e));
    REFUSED(c, ERR_BAD_INPUT, story_need(tx, &c->h->marta, id, long_need, &e));
    REFUSED(c, ERR_FORBIDDEN, story_need(tx, &c->h->reader, id, STR("la linea"), &e));
    REFUSED(c, ERR_NOT_FOUND, story_need(tx, &c->h->marta, 12, STR("la linea"), &e));
    DO(c, story_need(tx, &c->h->marta, id, STR(" Vuole la linea "), &e));
    struct conversation s = conversation_now(c, id);
    assert_str(s.need, "Vuole la linea");
    assert_int_equal(s.need_by, c->h->marta.agent_id);
    assert_int_equal(s.owner_id, c->h->marta.agent_id); /* who listens has it */
    assert_int_equal(entries_of(c, id, "need"), 0);
    DO(c, story_need(tx, &c->h->paolo, id, STR("Vuole il telefono"), &e));
    assert_int_equal(conversation_now(c, id).owner_id, c->h->marta.agent_id);
    assert_int_equal(entries_of(c, id, "need"), 1);
    house_is_sound(c);
}

static void a_token_listens_and_owns_nothing(void **state)
{
    struct care *c = *state;
    int64_t id = story_begun(c, "1");
    DO(c, story_need(tx, &c->h->token, id, STR("Vuole la linea"), &e));
    assert_int_equal(conversation_now(c, id).owner_id, 0);
    REFUSED(c, ERR_FORBIDDEN, story_close(tx, &c->h->token, id, STR("solved"), STR("fatto"), &e));
    REFUSED(c, ERR_FORBIDDEN, story_set_aside(tx, &c->h->token, id, STR("troll"), STR("troll"), &e));
}

static void taking_from_a_colleague_needs_a_reason(void **state)
{
    struct care *c = *state;
    int64_t id = story_begun(c, "1");
    DO(c, story_assign(tx, &c->h->marta, id, c->h->marta.agent_id, &e));
    REFUSED(c, ERR_BAD_INPUT, story_assign(tx, &c->h->marta, id, c->h->reader.agent_id, &e));
    REFUSED(c, ERR_NOT_FOUND, story_assign(tx, &c->h->marta, id, 77, &e));
    REFUSED(c, ERR_CONFLICT, story_assign(tx, &c->h->paolo, id, c->h->lead.agent_id, &e));
    DO(c, story_assign(tx, &c->h->lead, id, c->h->paolo.agent_id, &e));
    DO(c, story_assign(tx, &c->h->paolo, id, 0, &e));
    assert_int_equal(conversation_now(c, id).owner_id, 0);
    house_is_sound(c);
}

static void a_hand_over_tells_the_story(void **state)
{
    struct care *c = *state;
    int64_t id = story_begun(c, "1");
    REFUSED(c, ERR_BAD_INPUT,
            story_hand_over(tx, &c->h->marta, id, c->h->paolo.agent_id, STR(""), STR("ha il router nuovo"), &e));
    REFUSED(c, ERR_BAD_INPUT,
            story_hand_over(tx, &c->h->marta, id, c->h->paolo.agent_id, STR("fine turno"), STR(" "), &e));
    REFUSED(c, ERR_BAD_INPUT,
            story_hand_over(tx, &c->h->marta, id, c->h->reader.agent_id, STR("fine turno"), STR("x"), &e));
    DO(c,
       story_hand_over(tx, &c->h->marta, id, c->h->paolo.agent_id, STR("fine turno"), STR("ha il router nuovo"), &e));
    REFUSED(c, ERR_CONFLICT,
            story_hand_over(tx, &c->h->marta, id, c->h->paolo.agent_id, STR("fine turno"), STR("x"), &e));
    struct conversation s = conversation_now(c, id);
    assert_int_equal(s.handovers, 1);
    assert_int_equal(s.owner_id, c->h->paolo.agent_id);
    struct json *mentions = NULL;
    DO(c, (mentions = mention_list(tx, c->arena, c->brand, c->h->paolo.agent_id, &e)) != NULL);
    assert_int_equal(json_count(mentions), 1);
    house_is_sound(c);
}

static void asleep_until_a_moment_or_until_they_write(void **state)
{
    struct care *c = *state;
    int64_t id = story_begun(c, "1"), now = clock_now();
    REFUSED(c, ERR_BAD_INPUT, story_snooze(tx, &c->h->marta, id, now - HOUR_US, &e));
    REFUSED(c, ERR_BAD_INPUT, story_snooze(tx, &c->h->marta, id, now + 400 * DAY_US, &e));
    DO(c, story_snooze(tx, &c->h->marta, id, now + HOUR_US, &e));
    struct conversation *due;
    size_t n;
    DO(c, conversation_due(tx, c->arena, c->brand, now, &due, &n, &e));
    assert_int_equal(n, 0);
    DO(c, conversation_due(tx, c->arena, c->brand, now + 2 * HOUR_US, &due, &n, &e));
    assert_int_equal(n, 1);
    DO(c, story_wake(tx, c->brand, id, 0, &e));
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_WAITING);
    DO(c, conversation_due(tx, c->arena, c->brand, now + 2 * HOUR_US, &due, &n, &e));
    assert_int_equal(n, 0);
    DO(c, story_snooze(tx, &c->h->marta, id, 0, &e));
    hear(c, "1", "Novità?");
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_WAITING);
    DO(c, story_close(tx, &c->h->marta, id, STR("solved"), STR("fatto"), &e));
    REFUSED(c, ERR_CONFLICT, story_snooze(tx, &c->h->marta, id, 0, &e));
    house_is_sound(c);
}

static void an_ending_without_a_reply_has_a_reason(void **state)
{
    struct care *c = *state;
    int64_t id = story_begun(c, "1");
    REFUSED(c, ERR_BAD_INPUT, story_close(tx, &c->h->marta, id, STR("whatever"), STR("x"), &e));
    REFUSED(c, ERR_BAD_INPUT, story_close(tx, &c->h->marta, id, STR("no_need"), STR(" "), &e));
    DO(c, story_close(tx, &c->h->marta, id, STR("no_need"), STR("ha richiamato da sé"), &e));
    struct conversation s = conversation_now(c, id);
    assert_int_equal(s.state, CONVERSATION_CLOSED);
    assert_int_equal(s.waiting, 0);
    REFUSED(c, ERR_CONFLICT, story_close(tx, &c->h->marta, id, STR("no_need"), STR("x"), &e));
    DO(c, story_reopen(tx, &c->h->marta, id, &e));
    assert_int_equal(conversation_now(c, id).waiting, 1);
    REFUSED(c, ERR_CONFLICT, story_reopen(tx, &c->h->marta, id, &e));
    listen_to(c, id);
    accept_reply(c, answer(c, id, "Fatto"), "w1");
    DO(c, story_close(tx, &c->h->marta, id, STR("solved"), STR_EMPTY, &e)); /* nothing waits: no reason asked */
    DO(c, story_reopen(tx, &c->h->marta, id, &e));
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_ANSWERED);
    house_is_sound(c);
}

static void aside_and_back(void **state)
{
    struct care *c = *state;
    int64_t first = hear(c, "1", "Siete ladri"), id = message_now(c, first).conversation_id;
    REFUSED(c, ERR_BAD_INPUT, story_set_aside(tx, &c->h->marta, id, STR("troll"), STR(""), &e));
    REFUSED(c, ERR_BAD_INPUT, story_set_aside(tx, &c->h->marta, id, STR("angry"), STR("insulti"), &e));
    DO(c, story_set_aside(tx, &c->h->marta, id, STR("troll"), STR("insulti"), &e));
    assert_int_equal(message_now(c, first).place, PLACE_SET_ASIDE);
    REFUSED(c, ERR_CONFLICT, story_set_aside(tx, &c->h->marta, id, STR("troll"), STR("insulti"), &e));
    DO(c, story_take_back(tx, &c->h->paolo, id, STR("era un cliente vero"), &e));
    assert_int_equal(message_now(c, first).place, PLACE_WAITING);
    assert_int_equal(conversation_now(c, id).state, CONVERSATION_WAITING);
    REFUSED(c, ERR_CONFLICT, story_take_back(tx, &c->h->paolo, id, STR("x"), &e));
    house_is_sound(c);
}

static void a_note_tells_who_is_named(void **state)
{
    struct care *c = *state;
    int64_t id = story_begun(c, "1"), note;
    DO(c, story_note(tx, &c->h->marta, id, STR("Chiedi a @PAOLO, non a marta"), &note, &e));
    struct json *of_paolo = NULL, *of_marta = NULL;
    DO(c, (of_paolo = mention_list(tx, c->arena, c->brand, c->h->paolo.agent_id, &e)) != NULL &&
              (of_marta = mention_list(tx, c->arena, c->brand, c->h->marta.agent_id, &e)) != NULL);
    assert_int_equal(json_count(of_paolo), 1);
    assert_int_equal(json_count(of_marta), 0);
    REFUSED(c, ERR_BAD_INPUT, story_note(tx, &c->h->marta, id, STR(" "), &note, &e));
}

static void priority_and_labels(void **state)
{
    struct care *c = *state;
    int64_t id = story_begun(c, "1"), label = id_new();
    int64_t before = conversation_now(c, id).rank_at;
    DO(c, label_add(tx, c->brand, label, STR("guasto"), 20, &e));
    DO(c, story_priority(tx, &c->h->marta, id, PRIORITY_GRAVE, &e));
    assert_true(conversation_now(c, id).rank_at < before);
    REFUSED(c, ERR_BAD_INPUT, story_priority(tx, &c->h->marta, id, PRIORITIES, &e));
    DO(c, story_label(tx, &c->h->marta, id, label, true, &e));
    DO(c, story_label(tx, &c->h->marta, id, label, true, &e));
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .label = label};
    struct conversation *list;
    size_t n;
    bool more;
    DO(c, conversation_list(tx, c->arena, c->brand, &filter, (struct cursor){.limit = 5}, &list, &n, &more, &e));
    assert_int_equal(n, 1);
    DO(c, story_label(tx, &c->h->marta, id, label, false, &e));
    DO(c, conversation_list(tx, c->arena, c->brand, &filter, (struct cursor){.limit = 5}, &list, &n, &more, &e));
    assert_int_equal(n, 0);
}

/* ---- joining ---- */

/* Two conversations of one person: an old need that ended, and a new one. */
static void two_needs(struct care *c, const char *author, int64_t *old, int64_t *fresh)
{
    *old = story_begun(c, author);
    DO(c, story_close(tx, &c->h->marta, *old, STR("solved"), STR("fatto"), &e));
    char sql[200];
    snprintf(sql, sizeof sql, "UPDATE conversation SET closed_at = closed_at - 864000000000 WHERE id = %lld",
             (long long)*old);
    tamper(c, sql);
    *fresh = story_begun(c, author);
    assert_true(*fresh != *old);
}

static size_t hits_of(struct care *c, const char *words, struct search_hit **out)
{
    struct search_query query = {.words = str_from(words), .kind = "need", .limit = 9};
    size_t n;
    int64_t next;
    DO(c, search_run(tx, c->arena, c->brand, &query, out, &n, &next, &e));
    return n;
}

static void joined_is_one_need(void **state)
{
    struct care *c = *state;
    int64_t old, fresh;
    two_needs(c, "1", &old, &fresh);
    DO(c, story_need(tx, &c->h->marta, fresh, STR("Vuole il rimborso"), &e));
    DO(c, story_join(tx, &c->h->marta, fresh, old, &e));
    struct conversation s = conversation_now(c, old), gone = conversation_now(c, fresh);
    assert_int_equal(s.messages, 2);
    assert_int_equal(s.waiting, 1);
    assert_int_equal(s.state, CONVERSATION_WAITING);
    assert_int_equal(s.closed_at, 0);
    assert_str(s.outcome, "");
    assert_str(s.need, "Vuole il rimborso"); /* the only need there is */
    assert_int_equal(gone.state, CONVERSATION_CLOSED);
    assert_str(gone.outcome, "joined");
    assert_int_equal(gone.messages, 0);
    struct search_hit *hits;
    assert_int_equal(hits_of(c, "rimborso", &hits), 1);
    assert_int_equal(hits[0].id, old);
    house_is_sound(c);
    REFUSED(c, ERR_CONFLICT, story_join(tx, &c->h->marta, old, fresh, &e)); /* it is no conversation any more */
    REFUSED(c, ERR_CONFLICT, story_reopen(tx, &c->h->marta, fresh, &e));
    REFUSED(c, ERR_CONFLICT, story_need(tx, &c->h->marta, fresh, STR("Altro"), &e));
    /* what comes next belongs to what lives on, though both ended at the same moment */
    assert_int_equal(message_now(c, hear(c, "1", "Ci siete?")).conversation_id, old);
    house_is_sound(c);
}

static void the_need_of_what_is_joined_is_not_lost(void **state)
{
    struct care *c = *state;
    int64_t old, fresh;
    two_needs(c, "1", &old, &fresh);
    DO(c, story_need(tx, &c->h->marta, old, STR("Vuole la linea"), &e));
    DO(c, story_need(tx, &c->h->marta, fresh, STR("Vuole il rimborso"), &e));
    DO(c, story_join(tx, &c->h->marta, fresh, old, &e));
    assert_str(conversation_now(c, old).need, "Vuole la linea");
    assert_int_equal(entries_of(c, old, "need"), 1);
    struct search_hit *hits;
    assert_int_equal(hits_of(c, "rimborso", &hits), 0);
    assert_int_equal(hits_of(c, "linea", &hits), 1);
    house_is_sound(c);
}

static void joining_takes_everything_along(void **state)
{
    struct care *c = *state;
    int64_t old, fresh, label = id_new(), note;
    two_needs(c, "1", &old, &fresh);
    listen_to(c, fresh);
    DO(c, label_add(tx, c->brand, label, STR("guasto"), 20, &e));
    DO(c, story_label(tx, &c->h->marta, fresh, label, true, &e));
    DO(c, story_label(tx, &c->h->marta, old, label, true, &e));
    DO(c, story_note(tx, &c->h->marta, fresh, STR("Per @paolo"), &note, &e));
    struct draft *drafts, draft = {.brand_id = c->brand,
                                   .conversation_id = fresh,
                                   .agent_id = c->h->paolo.agent_id,
                                   .kind = STR("reply"),
                                   .text = STR("Le scrivo")};
    DO(c, draft_put(tx, &draft, &e));
    int64_t reply = answer(c, fresh, "Entro domani alle 9 la richiamo");
    DO(c, story_join(tx, &c->h->marta, fresh, old, &e));
    size_t n;
    DO(c, draft_list(tx, c->arena, c->brand, old, c->h->paolo.agent_id, &drafts, &n, &e));
    assert_int_equal(n, 1);
    struct json *labels = NULL, *mentions = NULL;
    DO(c, (labels = label_list_of(tx, c->arena, c->brand, old, &e)) != NULL &&
              (mentions = mention_list(tx, c->arena, c->brand, c->h->paolo.agent_id, &e)) != NULL);
    assert_int_equal(json_count(labels), 1);
    assert_int_equal(json_int(json_get(json_at(mentions, 0), "conversation_id"), 0), old);
    assert_int_equal(outbox_now(c, reply).conversation_id, old);
    accept_reply(c, reply, "w1");
    struct conversation s = conversation_now(c, old);
    assert_int_equal(s.state, CONVERSATION_ANSWERED);
    assert_int_equal(s.waiting, 0);
    struct promise *promises;
    DO(c, promise_of_conversation(tx, c->arena, c->brand, old, &promises, &n, &e));
    assert_int_equal(n, 1);
    house_is_sound(c);
}

static void joining_keeps_the_newest_words_and_wakes(void **state)
{
    struct care *c = *state;
    int64_t old, fresh;
    two_needs(c, "1", &old, &fresh);
    DO(c, story_reopen(tx, &c->h->marta, old, &e));
    DO(c, story_snooze(tx, &c->h->marta, old, 0, &e));
    hear(c, "1", "Le ultime parole");
    struct conversation s = conversation_now(c, fresh);
    assert_str(s.preview, "Le ultime parole");
    DO(c, story_join(tx, &c->h->marta, fresh, old, &e));
    s = conversation_now(c, old);
    assert_str(s.preview, "Le ultime parole");
    assert_int_equal(s.state, CONVERSATION_WAITING); /* it slept until they wrote, and they did */
    assert_int_equal(s.snooze_until, 0);
    house_is_sound(c);
}

static void what_cannot_be_joined(void **state)
{
    struct care *c = *state;
    int64_t one = story_begun(c, "1"), two = story_begun(c, "2"), old, fresh;
    REFUSED(c, ERR_BAD_INPUT, story_join(tx, &c->h->marta, one, one, &e));
    REFUSED(c, ERR_BAD_INPUT, story_join(tx, &c->h->marta, one, two, &e));
    two_needs(c, "3", &old, &fresh);
    listen_to(c, fresh);
    int64_t reply = answer(c, fresh, "Ecco");
    struct outcome outcome = {.kind = OUTCOME_FAILED, .failure = FAILURE_CONTENT};
    claim(c, reply);
    DO(c, reply_failed(tx, c->brand, reply, &outcome, 0, STR_EMPTY, false, &e));
    REFUSED(c, ERR_CONFLICT, story_join(tx, &c->h->marta, fresh, old, &e));
    DO(c, story_join(tx, &c->h->marta, old, fresh, &e)); /* the other way it is only one that has it */
    assert_int_equal(conversation_now(c, fresh).failed, 1);
    house_is_sound(c);
}

int care_story_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(a_need_is_one_short_line),
        CARE_TEST(a_token_listens_and_owns_nothing),
        CARE_TEST(taking_from_a_colleague_needs_a_reason),
        CARE_TEST(a_hand_over_tells_the_story),
        CARE_TEST(asleep_until_a_moment_or_until_they_write),
        CARE_TEST(an_ending_without_a_reply_has_a_reason),
        CARE_TEST(aside_and_back),
        CARE_TEST(a_note_tells_who_is_named),
        CARE_TEST(priority_and_labels),
        CARE_TEST(joined_is_one_need),
        CARE_TEST(the_need_of_what_is_joined_is_not_lost),
        CARE_TEST(joining_takes_everything_along),
        CARE_TEST(joining_keeps_the_newest_words_and_wakes),
        CARE_TEST(what_cannot_be_joined),
    };
    return cmocka_run_group_tests_name("care/story", tests, NULL, NULL);
}
