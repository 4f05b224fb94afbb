/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of imports and exports share: a house of its own for each test, and looking into it. */
#pragma once

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
#include "../db/postgres_support.h"

#define BRAND 7000000000000000001
#define OTHER 7000000000000000002

struct fixture {
    char folder[64], database[256];
    struct house *house;
    struct arena *a;
    struct import_report report;
    int64_t brand;
};

static inline bool brands_make(struct tx *tx, void *ctx, struct error *e)
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

static inline int setup(void **state)
{
    struct error e = {0};
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->folder, "/tmp/ascolto-import-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    setenv("ASCOLTO_FAST_PASSWORDS", "1", 1);
    f->house = house_open(f->folder, test_database_make(f->database), true, &e);
    if (!f->house)
        fail_msg("%s", e.message);
    assert_true(db_write(f->house->db, BRAND, brands_make, NULL, &e));
    f->a = arena_new();
    f->brand = BRAND;
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"key", "ascolto.db", "ascolto.db-turn", "ascolto.db-wal", "ascolto.db-shm"};
    house_close(f->house);
    test_database_drop(f->database);
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

static inline void import_text(struct fixture *f, enum import_format format, struct str text)
{
    struct error e = {0};
    struct import_options options = {.brand_id = f->brand, .format = format};
    if (!import_lines(f->house, &options, text, &f->report, &e))
        fail_msg("%s", e.message);
}

static inline void import_all(struct fixture *f, enum import_format format, const char *text)
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

static inline bool look_read(struct tx *tx, void *ctx, struct error *e)
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

static inline struct look look_at(struct fixture *f)
{
    struct look look = {.f = f};
    struct error e = {0};
    if (!db_read(f->house->db, look_read, &look, &e))
        fail_msg("%s", e.message);
    if (!json_bool(json_get(look.verdict, "balanced"), false))
        fail_msg("%.*s", STR_ARGS(json_to_str(f->a, look.verdict)));
    return look;
}

static inline int64_t figure(const struct look *look, const char *name)
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

static inline bool story_read(struct tx *tx, void *ctx, struct error *e)
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

static inline bool key_read(struct tx *tx, void *ctx, struct error *e)
{
    struct key *key = ctx;
    return imported_get(tx, key->f->brand, str_from(key->key), &key->id, e);
}

static inline int64_t id_of(struct fixture *f, const char *name)
{
    struct key key = {f, name, 0};
    struct error e = {0};
    assert_true(db_read(f->house->db, key_read, &key, &e));
    return key.id;
}

static inline struct story story_of(struct fixture *f, int64_t id)
{
    struct story s = {.f = f, .id = id};
    struct error e = {0};
    if (!db_read(f->house->db, story_read, &s, &e))
        fail_msg("%s", e.message);
    assert_int_equal(s.outbox_count, 0); /* history is never sent */
    return s;
}

static inline void assert_str(struct str got, const char *wanted)
{
    if (!str_eq(got, str_from(wanted)))
        fail_msg("“%.*s” is not “%s”", STR_ARGS(got), wanted);
}

/* ---- a small house ---- */

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

static inline void import_small(struct fixture *f)
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

/* ---- a small thread ---- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
