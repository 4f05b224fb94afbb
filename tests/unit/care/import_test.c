/* SPDX-License-Identifier: Apache-2.0 */
/* Importing conversations: every line counts once, every message has its place, and nothing is sent. */
#include "import_support.h"

int care_import_test(void);

/* ---- conversations ---- */

static void every_message_has_its_place(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    struct look look = look_at(f);
    assert_int_equal(figure(&look, "received"), 7);
    assert_int_equal(figure(&look, "waiting"), 1);
    assert_int_equal(figure(&look, "answered"), 3);
    assert_int_equal(figure(&look, "closed"), 1);
    assert_int_equal(figure(&look, "set_aside"), 1);
    assert_int_equal(figure(&look, "withdrawn"), 1);
}

static void a_conversation_is_as_it_was(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    struct story s = story_of(f, id_of(f, "conversation:c1"));
    assert_int_equal(s.c.state, CONVERSATION_WAITING);
    assert_str(s.c.need, "Capire la bolletta");
    assert_int_equal(s.c.need_by, id_of(f, "agent:ada"));
    assert_int_equal(s.c.owner_id, id_of(f, "agent:ugo"));
    assert_int_equal(s.c.priority, PRIORITY_HIGH);
    assert_int_equal(s.c.waiting, 1);
    assert_int_equal(s.c.messages, 4);
    assert_int_equal(s.c.handovers, 1);
    assert_str(s.c.preview, "Allora?");
    assert_str(s.c.door, "whatsapp");
    assert_true(s.c.promise_due > clock_now() + 9 * HOUR_US);
    assert_int_equal(s.c.window_until, s.messages[3].at + 24 * HOUR_US);
    assert_int_equal(s.message_count, 4);
    assert_str(s.messages[0].text, "Perché pago doppio?");
    assert_true(s.messages[0].edited_at > s.messages[0].at);
    assert_str(s.messages[0].thread_key, "post:post-9");
    assert_true(s.messages[0].is_public);
    assert_int_equal(s.messages[0].place, PLACE_ANSWERED);
    assert_int_equal(s.messages[0].place_by, id_of(f, "agent:ada"));
    assert_int_equal(s.messages[1].receipt, MESSAGE_READ);
    assert_int_equal(s.messages[1].agent_id, id_of(f, "agent:ada"));
    assert_int_equal(s.messages[1].covers, s.messages[0].id);
    assert_str(s.messages[1].parent_id, "import:c1:m1");
    assert_int_equal(s.messages[2].place, PLACE_WITHDRAWN);
    assert_int_equal(s.messages[2].text.len, 0);
    assert_str(s.messages[3].thread_key, "dm:393330001111");
    assert_str(s.messages[3].author_id, "393330001111");
    assert_int_equal(s.promise_count, 1);
    assert_int_equal(s.promises[0].message_id, s.messages[1].id);
    assert_int_equal(s.entry_count, 2);
    assert_str(s.entries[0].kind, "note");
    assert_str(s.entries[1].summary, "paga doppio");
    assert_int_equal(json_count(s.labels), 1);
    assert_str(s.person.place, "Lodi");
    assert_int_equal(s.person.last_at, s.messages[3].at);
    /* the window of WhatsApp is open, so a reply can go out by the door they wrote through */
    assert_true(s.door_count > 0 && s.doors[0].open);
    assert_str(s.doors[0].to, "393330001111");
}

static void endings_are_kept(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    struct story aside = story_of(f, id_of(f, "conversation:c2"));
    assert_int_equal(aside.c.state, CONVERSATION_SET_ASIDE);
    assert_str(aside.c.reason, "insulti");
    assert_int_equal(aside.messages[0].place, PLACE_SET_ASIDE);
    assert_int_equal(aside.messages[0].place_by, id_of(f, "agent:ugo"));
    assert_str(aside.entries[0].kind, "set_aside");
    assert_str(aside.entries[0].summary, "troll"); /* nothing is said of it */
    struct story closed = story_of(f, id_of(f, "conversation:c3"));
    assert_int_equal(closed.c.state, CONVERSATION_CLOSED);
    assert_str(closed.c.outcome, "thanks");
    assert_int_equal(closed.messages[0].place, PLACE_ANSWERED);
    assert_int_equal(closed.messages[2].place, PLACE_CLOSED);
    assert_int_equal(closed.messages[2].day, 20250203);
    assert_int_equal(closed.c.closed_at, closed.messages[2].at);
    struct story asleep = story_of(f, id_of(f, "conversation:c4"));
    assert_int_equal(asleep.c.state, CONVERSATION_SNOOZED);
    assert_true(asleep.c.snooze_until > clock_now() + HOUR_US);
}

static void spam_is_not_provocation(void **state)
{
    static const char line[] =
        "{\"type\":\"conversation\",\"id\":\"%s\",\"person\":\"rex-ott\",\"state\":\"set_aside\","
        "\"set_aside_by\":\"ugo\",\"reason\":\"vende follower\",\"outcome\":\"%s\",\"items\":[{\"kind\":"
        "\"in\",\"id\":\"m\",\"channel\":\"page\",\"door\":\"messenger\",\"ago\":40,\"text\":\"Offerta!\"}]}\n";
    static const char *const taken[][2] = {{"spam", "spam"}, {"troll", "troll"}, {"thanks", "troll"}};
    struct fixture *f = *state;
    import_small(f);
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        struct str name = str_format(f->a, "conversation:aside-%zu", i);
        const char *id = str_cstr(f->a, name) + strlen("conversation:");
        import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, str_format(f->a, line, id, taken[i][0])));
        struct story s = story_of(f, id_of(f, str_cstr(f->a, name)));
        assert_str(s.c.outcome, taken[i][1]);
        assert_str(s.entries[0].summary, taken[i][1]);
    }
    import_text(f, IMPORT_CONVERSATIONS, str_format(f->a, line, "aside-x", "noise"));
    assert_int_equal(f->report.bad, 1);
    assert_int_equal(id_of(f, "conversation:aside-x"), 0);
}

static bool mentions_read(struct tx *tx, void *ctx, struct error *e)
{
    struct story *s = ctx;
    s->mentions = mention_list(tx, s->f->a, s->f->brand, s->id, e);
    return s->mentions != NULL;
}

static void a_mention_still_calls(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    import_small(f);
    struct story ugo = {.f = f, .id = id_of(f, "agent:ugo")}, ada = {.f = f, .id = id_of(f, "agent:ada")};
    assert_true(db_read(f->house->db, mentions_read, &ugo, &e) && db_read(f->house->db, mentions_read, &ada, &e));
    assert_int_equal(json_count(ugo.mentions), 2); /* the note, and the hand-over */
    assert_int_equal(json_count(ada.mentions), 0);
}

static bool search_read(struct tx *tx, void *ctx, struct error *e)
{
    struct story *s = ctx;
    struct search_query query = {.words = STR("perche doppio"), .limit = 10};
    struct search_hit *hits;
    size_t count;
    int64_t next;
    if (!search_run(tx, s->f->a, s->f->brand, &query, &hits, &count, &next, e))
        return false;
    s->message_count = count;
    query.words = STR("sbagliato");
    return search_run(tx, s->f->a, s->f->brand, &query, &hits, &s->entry_count, &next, e);
}

static void history_is_found(void **state)
{
    struct fixture *f = *state;
    struct story s = {.f = f};
    struct error e = {0};
    import_small(f);
    assert_true(db_read(f->house->db, search_read, &s, &e));
    assert_int_equal(s.message_count, 1);
    assert_int_equal(s.entry_count, 0); /* withdrawn words are not kept anywhere */
}

static void twice_imports_once(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    struct look before = look_at(f);
    import_all(f, IMPORT_CONVERSATIONS, house_lines);
    assert_int_equal(f->report.known, 8);
    import_all(f, IMPORT_CONVERSATIONS, talk_lines);
    assert_int_equal(f->report.known, 4);
    assert_int_equal(f->report.received + f->report.ours + f->report.conversations, 0);
    struct look after = look_at(f);
    assert_int_equal(before.last_event, after.last_event);
    assert_int_equal(before.count, after.count);
}

/* ---- lines that are wrong ---- */

static const struct {
    const char *line, *words;
} wrong[] = {
    {"{\"type\":\"agent\"", "JSON"},
    {"[1]", "one JSON object"},
    {"{\"type\":\"robot\",\"id\":\"r\"}", "“type” is agent"},
    {"{\"type\":\"label\",\"id\":\"l\",\"name\":\"N\",\"hue\":400}", "hue"},
    {"{\"type\":\"label\",\"id\":\"l\",\"name\":7}", "“name” of a label is text"},
    {"{\"type\":\"label\",\"id\":\"l\"}", "needs “name”"},
    {"{\"type\":\"label\",\"id\":\"l\",\"name\":\"N\",\"colour\":1}", "no member “colour”"},
    {"{\"type\":\"agent\",\"id\":\"z\",\"name\":\"Z\",\"email\":\"z@z.example\",\"role\":\"king\"}", "role"},
    {"{\"type\":\"channel\",\"id\":\"q\",\"network\":\"carrier pigeon\",\"name\":\"Q\"}", "no network"},
    {"{\"type\":\"person\",\"id\":\"p\",\"name\":\"P\",\"identities\":[{\"network\":\"facebook\",\"id\":\"61001\"},"
     "{\"network\":\"facebook\",\"id\":\"61002\"}]}",
     "two people"},
    {"{\"type\":\"conversation\",\"id\":\"w1\",\"person\":\"nobody\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"note\","
     "\"by\":\"ada\",\"ago\":1,\"text\":\"t\"}]}",
     "person “nobody”"},
    {"{\"type\":\"conversation\",\"id\":\"w2\",\"person\":\"pia-lodi\",\"state\":\"waiting\",\"items\":[]}",
     "without items"},
    {"{\"type\":\"conversation\",\"id\":\"w3\",\"person\":\"pia-lodi\",\"state\":\"sad\",\"items\":[]}", "state"},
    {"{\"type\":\"conversation\",\"id\":\"w4\",\"person\":\"rex-ott\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":1,\"text\":\"t\"}]}",
     "no identity on whatsapp"},
    {"{\"type\":\"conversation\",\"id\":\"w5\",\"person\":\"pia-lodi\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"wa\",\"door\":\"window\",\"ago\":1,\"text\":\"t\"}]}",
     "no door “window”"},
    {"{\"type\":\"conversation\",\"id\":\"w6\",\"person\":\"pia-lodi\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"page\",\"door\":\"comment\",\"ago\":1,\"text\":\"t\"}]}",
     "needs its thread"},
    {"{\"type\":\"conversation\",\"id\":\"w7\",\"person\":\"pia-lodi\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"wa\",\"door\":\"whatsapp\",\"text\":\"t\"}]}",
     "no time"},
    {"{\"type\":\"conversation\",\"id\":\"w8\",\"person\":\"pia-lodi\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":-90000,\"text\":\"t\"}]}",
     "future"},
    {"{\"type\":\"conversation\",\"id\":\"w9\",\"person\":\"pia-lodi\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":2,\"text\":\"t\"},{\"kind\":\"in\",\"id\":\"m\",\"channel\":"
     "\"wa\","
     "\"door\":\"whatsapp\",\"ago\":1,\"text\":\"u\"}]}",
     "Two messages"},
    {"{\"type\":\"conversation\",\"id\":\"w10\",\"person\":\"pia-lodi\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":2,\"text\":\"t\"},{\"kind\":\"promise\",\"of\":\"m\",\"due_"
     "ago\":1,"
     "\"text\":\"t\",\"state\":\"open\"}]}",
     "message of ours"},
    {"{\"type\":\"conversation\",\"id\":\"w11\",\"person\":\"pia-lodi\",\"state\":\"closed\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":2,\"text\":\"t\"}]}",
     "closed_by"},
    {"{\"type\":\"conversation\",\"id\":\"w12\",\"person\":\"pia-lodi\",\"state\":\"waiting\",\"items\":[{\"kind\":"
     "\"in\","
     "\"id\":\"m\","
     "\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":2,\"at\":\"2026-01-01T00:00:00Z\",\"text\":\"t\"}]}",
     "two times"},
};

static void a_wrong_line_is_named_and_nothing_of_it_is_in(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    struct look before = look_at(f);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        /* between two lines that are good */
        struct str text = str_format(f->a, "\n%s\n{\"type\":\"label\",\"id\":\"good%zu\",\"name\":\"Good %zu\"}\n",
                                     wrong[i].line, i, i);
        import_text(f, IMPORT_CONVERSATIONS, text);
        assert_int_equal(f->report.bad, 1);
        assert_int_equal(f->report.labels, 1);
        assert_int_equal(f->report.problems[0].line, 2);
        if (!strstr(f->report.problems[0].words, wrong[i].words))
            fail_msg("%s\n  gave: %s\n  not: %s", wrong[i].line, f->report.problems[0].words, wrong[i].words);
    }
    struct look after = look_at(f);
    assert_int_equal(before.last_event, after.last_event);
    assert_int_equal(before.count, after.count);
}

static void many_problems_are_counted(void **state)
{
    struct fixture *f = *state;
    struct buf b;
    buf_init(&b, f->a, 4096);
    for (int i = 0; i < 130; i++)
        buf_cstr(&b, "nonsense\r\n");
    import_text(f, IMPORT_CONVERSATIONS, buf_view(&b));
    assert_int_equal(f->report.bad, 130);
    assert_int_equal(f->report.problem_count, IMPORT_PROBLEMS_MAX);
    assert_int_equal(f->report.lines, 130);
}

int care_import_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_message_has_its_place),
        TEST(a_conversation_is_as_it_was),
        TEST(endings_are_kept),
        TEST(spam_is_not_provocation),
        TEST(a_mention_still_calls),
        TEST(history_is_found),
        TEST(twice_imports_once),
        TEST(a_wrong_line_is_named_and_nothing_of_it_is_in),
        TEST(many_problems_are_counted),
    };
    return cmocka_run_group_tests_name("care/import", tests, NULL, NULL);
}
