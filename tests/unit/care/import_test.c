/* SPDX-License-Identifier: Apache-2.0 */
/* Importing history: every line counts once, every message has its place, nothing is sent; and what is exported comes
 * back the same. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/json.h"
#include "care/export.h"
#include "care/house.h"
#include "care/import.h"
#include "care/ledger.h"
#include "care/reply.h"
#include "care/search.h"
#include "store/event.h"
#include "store/promise.h"
#include "store/shelf.h"

int care_import_test(void);

#define BRAND 7000000000000000001
#define OTHER 7000000000000000002

struct fixture {
    char folder[64];
    struct house *house;
    struct arena *a;
    struct import_report report;
    int64_t brand;
};

static bool brands_make(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    struct brand brand = {.id = BRAND,
                          .name = STR("lume"),
                          .title = STR("Lume"),
                          .zone = STR("Europe/Rome"),
                          .language = STR("it"),
                          .created_at = 1};
    struct brand other = brand;
    other.id = OTHER;
    other.name = STR("altro");
    return brand_add(tx, &brand, e) && brand_add(tx, &other, e);
}

static int setup(void **state)
{
    struct error e = {0};
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->folder, "/tmp/ascolto-import-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    setenv("ASCOLTO_FAST_PASSWORDS", "1", 1);
    f->house = house_open(f->folder, true, &e);
    if (!f->house)
        fail_msg("%s", e.message);
    assert_true(db_write(f->house->db, BRAND, brands_make, NULL, &e));
    f->a = arena_new();
    f->brand = BRAND;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"key", "ascolto.db", "ascolto.db-turn", "ascolto.db-wal", "ascolto.db-shm"};
    house_close(f->house);
    arena_free(f->a);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        unlink(path);
    }
    rmdir(f->folder);
    free(f);
    return 0;
}

static void import_text(struct fixture *f, enum import_format format, struct str text)
{
    struct error e = {0};
    struct import_options options = {.brand_id = f->brand, .format = format};
    if (!import_lines(f->house, &options, text, &f->report, &e))
        fail_msg("%s", e.message);
}

static void import_all(struct fixture *f, enum import_format format, const char *text)
{
    import_text(f, format, str_from(text));
    for (size_t i = 0; i < f->report.problem_count; i++)
        print_error("line %zu: %s\n", f->report.problems[i].line, f->report.problems[i].words);
    assert_int_equal(f->report.bad, 0);
}

/* ---- looking ---- */

struct look {
    struct fixture *f;
    struct json *ledger, *verdict;
    struct conversation *conversations;
    size_t count;
    int64_t last_event;
};

static bool look_read(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    struct arena *a = look->f->a;
    struct brand brand;
    bool more;
    struct conversation_filter all = {.state = -1, .owner = -1, .priority = -1};
    if (!brand_by_id(tx, a, look->f->brand, &brand, e))
        return false;
    look->ledger = ledger_view(tx, a, &brand, 0, false, e);
    look->verdict = ledger_verify(tx, a, &brand, e);
    return look->ledger && look->verdict && event_last_id(tx, brand.id, &look->last_event, e) &&
           conversation_list(tx, a, brand.id, &all, (struct cursor){.limit = 5000}, &look->conversations,
                             &look->count, &more, e);
}

static struct look look_at(struct fixture *f)
{
    struct look look = {.f = f};
    struct error e = {0};
    if (!db_read(f->house->db, look_read, &look, &e))
        fail_msg("%s", e.message);
    if (!json_bool(json_get(look.verdict, "balanced"), false))
        fail_msg("%.*s", STR_ARGS(json_to_str(f->a, look.verdict)));
    return look;
}

static int64_t figure(const struct look *look, const char *name)
{
    return json_int(json_get(look->ledger, name), -1);
}

struct story {
    struct fixture *f;
    int64_t id;
    struct conversation c;
    struct person person;
    struct message *messages;
    struct entry *entries;
    struct promise *promises;
    struct json *labels, *mentions;
    struct reply_door *doors;
    struct outbox *outbox;
    size_t message_count, entry_count, promise_count, door_count, outbox_count;
};

static bool story_read(struct tx *tx, void *ctx, struct error *e)
{
    struct story *s = ctx;
    struct arena *a = s->f->a;
    int64_t brand = s->f->brand;
    s->labels = label_list_of(tx, a, brand, s->id, e);
    return s->labels && conversation_by_id(tx, a, brand, s->id, &s->c, e) &&
           person_by_id(tx, a, brand, s->c.person_id, &s->person, e) &&
           message_list(tx, a, brand, s->id, (struct cursor){.limit = 1000}, &s->messages, &s->message_count, e) &&
           entry_list(tx, a, brand, s->id, &s->entries, &s->entry_count, e) &&
           promise_of_conversation(tx, a, brand, s->id, &s->promises, &s->promise_count, e) &&
           outbox_of(tx, a, brand, s->id, &s->outbox, &s->outbox_count, e) &&
           reply_doors(tx, a, &s->c, s->messages, s->message_count, &s->doors, &s->door_count, e);
}

struct key {
    struct fixture *f;
    const char *key;
    int64_t id;
};

static bool key_read(struct tx *tx, void *ctx, struct error *e)
{
    struct key *key = ctx;
    return imported_get(tx, key->f->brand, str_from(key->key), &key->id, e);
}

static int64_t id_of(struct fixture *f, const char *name)
{
    struct key key = {f, name, 0};
    struct error e = {0};
    assert_true(db_read(f->house->db, key_read, &key, &e));
    return key.id;
}

static struct story story_of(struct fixture *f, int64_t id)
{
    struct story s = {.f = f, .id = id};
    struct error e = {0};
    if (!db_read(f->house->db, story_read, &s, &e))
        fail_msg("%s", e.message);
    assert_int_equal(s.outbox_count, 0); /* history is never sent */
    return s;
}

static void assert_str(struct str got, const char *wanted)
{
    if (!str_eq(got, str_from(wanted)))
        fail_msg("“%.*s” is not “%s”", STR_ARGS(got), wanted);
}

/* ---- conversations ---- */

static const char *const house_lines =
    "{\"type\":\"agent\",\"id\":\"ada\",\"name\":\"Ada Prini\",\"email\":\"Ada@lume.example\",\"role\":\"lead\"}\n"
    "{\"type\":\"agent\",\"id\":\"ugo\",\"name\":\"Ugo Nèri\",\"email\":\"ugo@lume.example\",\"role\":\"agent\"}\n"
    "{\"type\":\"channel\",\"id\":\"page\",\"network\":\"facebook\",\"name\":\"Lume\"}\n"
    "{\"type\":\"channel\",\"id\":\"wa\",\"network\":\"whatsapp\",\"name\":\"Lume\"}\n"
    "{\"type\":\"label\",\"id\":\"l1\",\"name\":\"Bolletta\",\"hue\":30}\n"
    "{\"type\":\"snippet\",\"id\":\"s1\",\"shortcut\":\"ciao\",\"title\":\"Saluto\",\"language\":\"it\",\"text\":"
    "\"Buongiorno\"}\n"
    "{\"type\":\"person\",\"id\":\"pia-lodi\",\"name\":\"Pia "
    "Lodi\",\"language\":\"it\",\"place\":\"Lodi\",\"since\":\"2016-03-01\","
    "\"note\":\"Chiama dopo le 18\",\"identities\":[{\"network\":\"facebook\",\"id\":\"61001\",\"name\":\"Pia\"},"
    "{\"network\":\"whatsapp\",\"id\":\"393330001111\",\"phone\":\"393330001111\"}]}\n"
    "{\"type\":\"person\",\"id\":\"rex-ott\",\"name\":\"Rex "
    "Ott\",\"identities\":[{\"network\":\"facebook\",\"id\":\"61002\"}]}\n";

static const char *const talk_lines =
    "{\"type\":\"conversation\",\"id\":\"c1\",\"person\":\"pia-lodi\",\"need\":\"Capire la "
    "bolletta\",\"need_by\":\"ada\","
    "\"owner\":\"ugo\",\"priority\":\"high\",\"labels\":[\"l1\"],\"state\":\"waiting\",\"items\":["
    "{\"kind\":\"in\",\"id\":\"m1\",\"channel\":\"page\",\"door\":\"comment\",\"thread\":\"post-9\",\"thread_title\":"
    "\"Tariffe\",\"ago\":3000,\"text\":\"Perché pago doppio\"},"
    "{\"kind\":\"edit\",\"of\":\"m1\",\"ago\":2990,\"text\":\"Perché pago doppio?\"},"
    "{\"kind\":\"out\",\"id\":\"m2\",\"channel\":\"page\",\"door\":\"comment\",\"thread\":\"post-9\",\"by\":\"ada\","
    "\"ago\":2900,"
    "\"text\":\"Guardo subito e le scrivo\",\"receipt\":\"read\"},"
    "{\"kind\":\"promise\",\"of\":\"m2\",\"by\":\"ada\",\"due_ago\":-600,\"text\":\"le scrivo\",\"state\":\"open\"},"
    "{\"kind\":\"note\",\"by\":\"ada\",\"ago\":2800,\"text\":\"@Ugo Neri guardi tu?\"},"
    "{\"kind\":\"handover\",\"from\":\"ada\",\"to\":\"ugo\",\"ago\":2700,\"reason\":\"fatture\",\"summary\":\"paga "
    "doppio\"},"
    "{\"kind\":\"in\",\"id\":\"m3\",\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":62,\"text\":\"sbagliato\"},"
    "{\"kind\":\"withdrawn\",\"of\":\"m3\",\"ago\":61},"
    "{\"kind\":\"in\",\"id\":\"m4\",\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":60,\"text\":\"Allora?\"}]}\n"
    "{\"type\":\"conversation\",\"id\":\"c2\",\"person\":\"rex-ott\",\"state\":\"set_aside\",\"set_aside_by\":"
    "\"ugo\","
    "\"reason\":"
    "\"insulti\",\"items\":[{\"kind\":\"in\",\"id\":\"m1\",\"channel\":\"page\",\"door\":\"messenger\",\"ago\":500,"
    "\"text\":\"Siete dei buffoni\"}]}\n"
    "{\"type\":\"conversation\",\"id\":\"c3\",\"person\":\"pia-lodi\",\"state\":\"closed\",\"closed_by\":\"ada\","
    "\"outcome\":\"thanks\","
    "\"reason\":\"un "
    "grazie\",\"items\":[{\"kind\":\"in\",\"id\":\"a\",\"channel\":\"wa\",\"door\":\"whatsapp\",\"at\":"
    "\"2025-02-03T10:00:00Z\",\"text\":\"Siete "
    "aperti\"},{\"kind\":\"out\",\"id\":\"b\",\"channel\":\"wa\",\"door\":\"whatsapp\","
    "\"by\":\"ugo\",\"at\":\"2025-02-03T10:05:00Z\",\"text\":\"Sì, fino alle "
    "19\"},{\"kind\":\"in\",\"id\":\"c\",\"channel\":"
    "\"wa\",\"door\":\"whatsapp\",\"at\":\"2025-02-03T10:06:00Z\",\"text\":\"Grazie\"}]}\n"
    "{\"type\":\"conversation\",\"id\":\"c4\",\"person\":\"rex-ott\",\"state\":\"snoozed\",\"owner\":\"ada\",\"until_"
    "ago\":-90,\"items\":["
    "{\"kind\":\"in\",\"id\":\"x\",\"channel\":\"page\",\"door\":\"messenger\",\"ago\":100,\"text\":\"Il modem?\"},"
    "{\"kind\":\"out\",\"id\":\"y\",\"channel\":\"page\",\"door\":\"messenger\",\"ago\":90,\"text\":\"Arriva "
    "domani\"}]}\n";

static void import_small(struct fixture *f)
{
    import_all(f, IMPORT_CONVERSATIONS, house_lines);
    assert_int_equal(f->report.agents, 2);
    assert_int_equal(f->report.channels, 2);
    assert_int_equal(f->report.people, 2);
    assert_int_equal(f->report.labels + f->report.snippets, 2);
    import_all(f, IMPORT_CONVERSATIONS, talk_lines);
    assert_int_equal(f->report.conversations, 4);
    assert_int_equal(f->report.received, 7);
    assert_int_equal(f->report.ours, 3);
}

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

/* ---- threads ---- */

#define T(id, author, inbound, ts, reply, text)                                                                      \
    "{\"id\":\"" id "\",\"author\":\"" author "\",\"inbound\":" inbound ",\"ts\":\"2024-05-01T" ts                   \
    "Z\",\"reply_to\":" reply ",\"text\":\"" text "\"}"
#define THREAD(id, messages) "{\"thread\":\"" id "\",\"brand\":\"LumeCare\",\"messages\":[" messages "]}\n"

static const char *const thread_lines = THREAD(
    "t1",
    T("1", "LumeCare", "false", "09:00:00", "\"0\"", "@500 what happened?") "," T("2", "500", "true", "09:10:00", "\"1\"", "@LumeCare my lamp broke") "," T(
        "3", "600", "true", "09:11:00", "\"1\"",
        "@LumeCare mine too") "," T("4", "LumeCare", "false", "09:20:00", "\"2\"",
                                    "@500 sorry 1/2") "," T("5", "LumeCare", "false", "09:20:01", "\"4\"",
                                                            "a new one is on its "
                                                            "way 2/2") "," T("6", "500", "true",
                                                                             "09:30:"
                                                                             "00",
                                                                             "\"5\"",
                                                                             "wonder"
                                                                             "ful") "," T("7", "LumeCare", "false",
                                                                                          "09:40:00", "\"999\"",
                                                                                          "@600 which lamp?"))
    THREAD("t2", T("20", "LumeCare", "false", "10:00:00", "null", "hello world"));

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

/* ---- the demo, and there and back ---- */

static struct str demo_text(struct arena *a)
{
    static const char *const files[] = {"demo/house.jsonl", "demo/people.jsonl", "demo/conversations-it.jsonl",
                                        "demo/conversations-en.jsonl"};
    struct buf b;
    buf_init(&b, a, 1 << 19);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct str bytes = embed_get(str_from(files[i]));
        assert_true(bytes.len > 0);
        buf_str(&b, bytes);
        buf_char(&b, '\n');
    }
    return buf_view(&b);
}

static void demo_states(struct fixture *f, struct str text)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        const struct json *json = line.len ? json_parse(f->a, line, NULL) : NULL;
        if (!str_eq(json_text(json_get(json, "type")), STR("conversation")))
            continue;
        struct str key = str_concat(f->a, STR("conversation:"), json_text(json_get(json, "id")));
        struct story s = story_of(f, id_of(f, str_cstr(f->a, key)));
        if (!str_eq(json_text(json_get(json, "state")), str_from(conversation_state_name(s.c.state))))
            fail_msg("%.*s is %s", STR_ARGS(key), conversation_state_name(s.c.state));
    }
}

static void the_demo_comes_in_whole(void **state)
{
    struct fixture *f = *state;
    struct str text = demo_text(f->a);
    import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, text));
    assert_int_equal(f->report.people, 120);
    assert_int_equal(f->report.conversations, 205);
    struct look look = look_at(f);
    assert_int_equal(look.count, 205);
    assert_int_equal(figure(&look, "received"), (int64_t)f->report.received);
    demo_states(f, text);
}

struct sink {
    struct buf out;
};

static bool sink_line(void *ctx, struct str line, struct error *e)
{
    struct sink *sink = ctx;
    (void)e;
    buf_str(&sink->out, line);
    buf_char(&sink->out, '\n');
    return true;
}

static struct str export_text(struct fixture *f)
{
    struct sink sink = {0};
    struct export_report report;
    struct error e = {0};
    buf_init(&sink.out, f->a, 1 << 20);
    struct export_sink out = {.line = sink_line, .ctx = &sink};
    if (!export_lines(f->house, f->brand, &out, &report, &e))
        fail_msg("%s", e.message);
    assert_int_equal(report.unsent, 0);
    return buf_view(&sink.out);
}

/* Ids of ours differ from brand to brand: each is replaced by words that do not. */
struct alias {
    struct str id, words;
};
struct aliases {
    struct alias items[2000];
    size_t count;
};

static void alias_add(struct aliases *all, struct str id, struct str words)
{
    assert_true(all->count < COUNT_OF(all->items) && id.len && words.len);
    all->items[all->count++] = (struct alias){id, words};
}

static void aliases_of(struct arena *a, struct aliases *all, const struct json *line)
{
    static const char *const names[] = {"email", "shortcut", "name"};
    const struct json *items = json_get(line, "items");
    struct str words = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(names) && !words.len; i++)
        words = json_text(json_get(line, names[i]));
    for (size_t i = 0; i < json_count(items); i++) {
        struct str network_id = json_text(json_get(json_at(items, i), "network_id"));
        if (network_id.len)
            alias_add(all, json_text(json_get(json_at(items, i), "id")), network_id);
        if (network_id.len && !words.len)
            words = str_concat(a, STR("with "), network_id);
    }
    words = str_format(a, "%.*s %.*s %.*s", STR_ARGS(json_text(json_get(line, "type"))), STR_ARGS(words),
                       STR_ARGS(json_text(json_get(line, "network"))));
    alias_add(all, json_text(json_get(line, "id")), words);
}

static struct str without_ids(struct arena *a, struct str text, const struct aliases *all)
{
    struct buf b;
    buf_init(&b, a, text.len);
    for (size_t i = 0; i < text.len;) {
        size_t end = i, k = 0;
        while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
            end++;
        while (end - i >= 17 && k < all->count && !str_eq(all->items[k].id, str_slice(text, i, end)))
            k++;
        if (end - i >= 17 && k < all->count)
            buf_str(&b, all->items[k].words);
        else
            buf_add(&b, text.ptr + i, end > i ? end - i : 1);
        i = end > i ? end : i + 1;
    }
    return buf_view(&b);
}

static int compare_lines(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static size_t lines_of(struct arena *a, struct str text, struct str *out, size_t most)
{
    struct aliases *all = ARENA_NEW(a, struct aliases);
    struct str rest = text, line;
    size_t n = 0;
    while (str_split(&rest, '\n', &line) && line.len)
        aliases_of(a, all, json_parse(a, line, NULL));
    text = without_ids(a, text, all);
    while (n < most && str_split(&text, '\n', &out[n]) && out[n].len)
        n++;
    qsort(out, n, sizeof *out, compare_lines);
    return n;
}

static void there_and_back_is_the_same(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, demo_text(f->a)));
    import_all(f, IMPORT_THREADS, thread_lines);
    struct look first = look_at(f);
    struct str there = export_text(f);
    f->brand = OTHER;
    import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, there));
    struct look second = look_at(f);
    static const char *const figures[] = {"received", "waiting", "answered", "closed", "set_aside", "withdrawn"};
    for (size_t i = 0; i < COUNT_OF(figures); i++)
        assert_int_equal(figure(&first, figures[i]), figure(&second, figures[i]));
    static struct str out[1000], back[1000];
    size_t n = lines_of(f->a, there, out, COUNT_OF(out));
    assert_int_equal(n, lines_of(f->a, export_text(f), back, COUNT_OF(back)));
    assert_true(n > 370);
    for (size_t i = 0; i < n; i++)
        if (!str_eq(out[i], back[i]))
            fail_msg("\n%.*s\n%.*s", STR_ARGS(out[i]), STR_ARGS(back[i]));
}

static void an_export_read_back_changes_nothing(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    struct look before = look_at(f);
    import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, export_text(f)));
    assert_int_equal(f->report.known, f->report.lines);
    struct look after = look_at(f);
    assert_int_equal(before.last_event, after.last_event);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int care_import_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_message_has_its_place),
        TEST(a_conversation_is_as_it_was),
        TEST(endings_are_kept),
        TEST(a_mention_still_calls),
        TEST(history_is_found),
        TEST(twice_imports_once),
        TEST(a_wrong_line_is_named_and_nothing_of_it_is_in),
        TEST(many_problems_are_counted),
        TEST(each_customer_has_their_own_conversation),
        TEST(a_longer_thread_adds_what_is_new),
        TEST(a_signed_day_stays_as_it_was_signed),
        TEST(the_demo_comes_in_whole),
        TEST(there_and_back_is_the_same),
        TEST(an_export_read_back_changes_nothing),
    };
    return cmocka_run_group_tests_name("care/import", tests, NULL, NULL);
}
