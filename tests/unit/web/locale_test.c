/* SPDX-License-Identifier: Apache-2.0 */
/* Languages, placeholders, plurals, and how numbers, spans and moments are written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/error.h"
#include "base/json.h"
#include "care/ledger.h"
#include "web/locale_internal.h"

int web_locale_test(void);

static struct arena *arena;
static struct locale_frame en, it;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    en = (struct locale_frame){.arena = arena, .locale = locale_find(STR("en")), .zone = "Europe/Rome"};
    assert_true(clock_parse_iso(STR("2026-11-21T13:30:00Z"), &en.now)); /* a Saturday, 14:30 in Rome */
    it = en;
    it.locale = locale_find(STR("it"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const char *say(const struct locale_frame *frame, enum format format, const char *json)
{
    struct error e = {0};
    const struct json *value = json_parse(arena, str_from(json), &e);
    assert_non_null(value);
    return str_cstr(arena, format_value(frame, format, value));
}

static void languages_are_found(void **state)
{
    struct error e = {0};
    (void)state;
    assert_true(locale_open(&e));
    assert_true(str_eq(locale_language(locale_find(STR("it-CH"))), STR("it")));
    assert_true(str_eq(locale_language(locale_find(STR("fr-FR, IT;q=0.8, en;q=0.5"))), STR("it")));
    assert_true(str_eq(locale_language(locale_find(STR("de"))), STR("en")));
    assert_true(str_eq(locale_language(locale_find(STR_EMPTY)), STR("en")));
    assert_ptr_equal(locale_at(1), locale_find(STR("it")));
}

static void a_language_is_added_by_adding_its_file(void **state)
{
    struct error e = {0};
    (void)state;
    const struct locale_file files[] = {
        {STR("en"), embed_get(STR("locale/en.json"))},
        {STR("it"), embed_get(STR("locale/it.json"))},
        {STR("fr"), STR("{\"site.listening\": \"Nous vous écoutons.\", \"site.language_fr\": \"FR\", "
                        "\"site.language_name_fr\": \"français\", \"span.thousands\": \".\", \"help.found\": "
                        "{\"one\": \"Une réponse pour {q}\", \"other\": \"{count} réponses pour {q}\"}}")},
    };
    struct locale *set = locale_set_new(arena);
    assert_true(locale_set_read(arena, files, COUNT_OF(files), set, &e));
    const struct locale *fr = locale_set_at(set, 2), *italian = locale_set_at(set, 1);
    struct json *values = json_object(arena);
    json_set_int(arena, values, "count", 1284);
    json_set_str(arena, values, "q", STR("eSIM"));
    assert_string_equal(str_cstr(arena, locale_text(arena, fr, STR("site.listening"), NULL)), "Nous vous écoutons.");
    assert_string_equal(str_cstr(arena, locale_text(arena, fr, STR("help.found"), values)),
                        "1.284 réponses pour eSIM");
    assert_string_equal(str_cstr(arena, locale_text(arena, fr, STR("site.chat"), NULL)), "Chat");
    assert_string_equal(str_cstr(arena, locale_text(arena, fr, STR("site.requests"), NULL)), "Requests");
    assert_string_equal(str_cstr(arena, locale_text(arena, italian, STR("site.listening"), NULL)), "Ti ascoltiamo.");
    assert_string_equal(str_cstr(arena, locale_text(arena, italian, STR("site.language_name_fr"), NULL)), "français");
    const struct locale_file broken[] = {files[0], {STR("fr"), STR("{\"site.chat\": 7}")}};
    assert_false(locale_set_read(arena, broken, COUNT_OF(broken), set, &e));
    assert_non_null(strstr(e.message, "locale/fr.json"));
}

static void reasons_of_the_program_have_words(void **state)
{
    static const char *const reasons[] = {LEDGER_WHY_OUTSIDE,  LEDGER_WHY_DELETED,    LEDGER_WHY_IMPORTED,
                                          LEDGER_WHY_STOOD,    LEDGER_WHY_ENDED,      LEDGER_WHY_UNDELIVERED,
                                          LEDGER_WHY_REOPENED, LEDGER_WHY_TAKEN_BACK, LEDGER_WHY_AUTOMATIC,
                                          LEDGER_WHY_REWRITTEN};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        const char *key = ledger_why_key(str_from(reasons[i]));
        assert_non_null(key);
        assert_true(locale_has(en.locale, str_from(key)));
        assert_true(locale_has(it.locale, str_from(key)));
    }
    assert_null(ledger_why_key(STR("solved by telephone")));
    assert_null(ledger_why_key(STR_EMPTY));
}

static void texts_are_filled(void **state)
{
    (void)state;
    struct json *values = json_object(arena), *person = json_object(arena);
    json_set_str(arena, person, "name", STR("Ada Lume"));
    json_set(arena, values, "person", person);
    json_set_str(arena, values, "name", STR("Ada Lume"));
    json_set_int(arena, values, "count", 2);
    assert_string_equal(str_cstr(arena, locale_text(arena, en.locale, STR("list.select_one"), values)),
                        "Select Ada Lume");
    assert_string_equal(str_cstr(arena, locale_text(arena, it.locale, STR("need.ask"), values)),
                        "Di che cosa ha bisogno Ada?");
    assert_string_equal(str_cstr(arena, locale_text(arena, it.locale, STR("today.waiting"), values)),
                        "Aspettano 2 persone.");
    json_set_int(arena, values, "count", 1);
    assert_string_equal(str_cstr(arena, locale_text(arena, it.locale, STR("today.waiting"), values)),
                        "Aspetta 1 persona.");
    assert_string_equal(str_cstr(arena, locale_text(arena, en.locale, STR("no.such"), values)), "no.such");
    assert_string_equal(str_cstr(arena, locale_text(arena, en.locale, STR("need.ask"), NULL)), "What does  need?");
    assert_true(locale_has(en.locale, STR("save")));
    assert_false(locale_has(en.locale, STR("sav")));
}

static void phrases_are_checked(void **state)
{
    (void)state;
    struct locale_phrase phrase;
    struct error e = {0};
    assert_true(locale_phrase_parse(arena, STR("a {b} {c.d|time}"), &phrase, &e));
    assert_int_equal(phrase.count, 4);
    assert_true(str_eq(phrase.pieces[3].path.whole, STR("c.d")));
    assert_int_equal(phrase.pieces[3].path.count, 2);
    assert_int_equal(phrase.pieces[3].format, FORMAT_TIME);
    assert_true(locale_phrase_parse(arena, STR_EMPTY, &phrase, &e));
    assert_int_equal(phrase.count, 0);
    assert_false(locale_phrase_parse(arena, STR("a {b"), &phrase, &e));
    assert_false(locale_phrase_parse(arena, STR("a } b"), &phrase, &e));
    assert_false(locale_phrase_parse(arena, STR("{}"), &phrase, &e));
    assert_false(locale_phrase_parse(arena, STR("{a|loudly}"), &phrase, &e));
}

static void numbers(void **state)
{
    (void)state;
    assert_string_equal(say(&en, FORMAT_NUMBER, "1284"), "1,284");
    assert_string_equal(say(&it, FORMAT_NUMBER, "1284"), "1.284");
    assert_string_equal(say(&it, FORMAT_NUMBER, "1234567.25"), "1.234.567,25");
    assert_string_equal(say(&en, FORMAT_NUMBER, "-1000"), "−1,000");
    assert_string_equal(say(&en, FORMAT_NUMBER, "999"), "999");
    assert_string_equal(say(&en, FORMAT_NUMBER, "0"), "0");
    assert_string_equal(say(&en, FORMAT_NUMBER, "1e9"), "1e9");
    assert_string_equal(say(&en, FORMAT_NUMBER, "null"), "");
    assert_string_equal(say(&it, FORMAT_PERCENT, "2.1"), "2,1\xc2\xa0%");
    assert_string_equal(say(&en, FORMAT_BYTES, "812"), "812 B");
    assert_string_equal(say(&en, FORMAT_BYTES, "188416"), "184 KB");
    assert_string_equal(say(&it, FORMAT_BYTES, "5452595"), "5,2 MB");
}

static void spans(void **state)
{
    (void)state;
    assert_string_equal(say(&en, FORMAT_DURATION, "40"), "40 s");
    assert_string_equal(say(&en, FORMAT_DURATION, "1560"), "26 min");
    assert_string_equal(say(&en, FORMAT_DURATION, "3720"), "1 h 02");
    assert_string_equal(say(&en, FORMAT_DURATION, "83520"), "23 h 12");
    assert_string_equal(say(&en, FORMAT_DURATION, "190800"), "2 d 5 h");
    assert_string_equal(say(&it, FORMAT_DURATION, "190800"), "2 g 5 h");
    assert_string_equal(say(&en, FORMAT_DURATION, "864000"), "10 d");
    assert_string_equal(say(&en, FORMAT_DURATION_LONG, "83520"), "23 hours 12 minutes");
    assert_string_equal(say(&it, FORMAT_DURATION_LONG, "3660"), "1 ora 1 minuto");
    assert_string_equal(say(&it, FORMAT_DURATION_LONG, "40"), "40 secondi");
    assert_string_equal(say(&en, FORMAT_DURATION_LONG, "5011200"), "58 days");
    assert_string_equal(say(&en, FORMAT_HOURS, "48"), "48 hours");
    assert_string_equal(say(&it, FORMAT_HOURS, "720"), "30 giorni");
    assert_string_equal(say(&it, FORMAT_HOURS, "1"), "1 ora");
    assert_string_equal(say(&en, FORMAT_HOURS, "100"), "100 hours");
    assert_string_equal(say(&en, FORMAT_WAITED, "\"2026-11-20T14:18:00Z\""), "23 h 12");
    assert_string_equal(say(&en, FORMAT_WAITED, "\"2026-11-22T14:18:00Z\""), "0 s");
    assert_string_equal(say(&en, FORMAT_LEFT, "\"2026-11-21T14:18:00Z\""), "48 min");
    assert_string_equal(say(&en, FORMAT_LEFT_LONG, "\"2026-11-21T14:18:00Z\""), "48 minutes");
    assert_string_equal(say(&en, FORMAT_LEFT, "\"2026-11-21T12:18:00Z\""), "0 s");
    assert_string_equal(say(&en, FORMAT_WAITED, "null"), "");
    assert_string_equal(say(&en, FORMAT_WAITED, "\"no time\""), "");
}

static void moments(void **state)
{
    (void)state;
    assert_string_equal(say(&en, FORMAT_TIME, "\"2026-11-21T13:30:00Z\""), "14:30");
    assert_string_equal(say(&en, FORMAT_DAY, "\"2026-11-21T01:00:00Z\""), "Today");
    assert_string_equal(say(&it, FORMAT_DAY, "\"2026-11-20T10:00:00Z\""), "Ieri");
    assert_string_equal(say(&en, FORMAT_DAY, "\"2026-11-20T23:30:00Z\""), "Today");
    assert_string_equal(say(&en, FORMAT_DAY, "\"2026-11-22T10:00:00Z\""), "Tomorrow");
    assert_string_equal(say(&en, FORMAT_DAY, "\"2026-11-19T10:00:00Z\""), "Thursday 19 November");
    assert_string_equal(say(&it, FORMAT_DAY, "\"2025-11-19T10:00:00Z\""), "mercoledì 19 novembre 2025");
    assert_string_equal(say(&en, FORMAT_STAMP, "\"2026-11-21T08:00:00Z\""), "09:00");
    assert_string_equal(say(&en, FORMAT_STAMP, "\"2026-11-20T14:18:00Z\""), "Friday 15:18");
    assert_string_equal(say(&it, FORMAT_STAMP, "\"2026-10-02T14:18:00Z\""), "2 ott 16:18");
    assert_string_equal(say(&en, FORMAT_STAMP, "\"2025-11-19T10:00:00Z\""), "19 Nov 2025");
    assert_string_equal(say(&en, FORMAT_DATETIME, "\"2026-11-21T13:30:00Z\""), "Saturday 21 November, 14:30");
    assert_string_equal(say(&it, FORMAT_DATE, "\"2026-11-21T13:30:00Z\""), "21 novembre 2026");
    assert_string_equal(say(&it, FORMAT_MONTH, "\"2025-03-04T00:00:00Z\""), "mar 2025");
    assert_string_equal(say(&en, FORMAT_DATE, "1795267800000000"), "21 November 2026");
    assert_string_equal(say(&en, FORMAT_TIME, "0"), "");
}

/* Each language has its own small words before a time, a weekday and a date. */
static void moments_in_sentences(void **state)
{
    (void)state;
    assert_string_equal(say(&en, FORMAT_BY, "\"2026-11-21T17:00:00Z\""), "by 18:00");
    assert_string_equal(say(&it, FORMAT_BY, "\"2026-11-21T17:00:00Z\""), "entro le 18:00");
    assert_string_equal(say(&it, FORMAT_UNTIL, "\"2026-11-21T17:00:00Z\""), "fino alle 18:00");
    assert_string_equal(say(&it, FORMAT_AT, "\"2026-11-21T08:00:00Z\""), "alle 09:00");
    assert_string_equal(say(&en, FORMAT_AT, "\"2026-11-20T14:18:00Z\""), "on Friday at 15:18");
    assert_string_equal(say(&it, FORMAT_UNTIL, "\"2026-11-23T08:00:00Z\""), "fino a lunedì alle 09:00");
    assert_string_equal(say(&it, FORMAT_BY, "\"2026-12-02T14:18:00Z\""), "entro il 2 dic alle 15:18");
    assert_string_equal(say(&en, FORMAT_UNTIL, "\"2027-01-04T08:00:00Z\""), "until 4 Jan 2027");
    assert_string_equal(say(&it, FORMAT_UNTIL, "\"2027-01-04T08:00:00Z\""), "fino al 4 gen 2027");
    assert_string_equal(say(&it, FORMAT_AT, "null"), "");
}

/* A network that says no time, or one before it was there, must not take us to 1970. */
static void times_that_are_none(void **state)
{
    (void)state;
    for (enum format format = FORMAT_WAITED; format <= FORMAT_UNTIL; format++) {
        assert_string_equal(say(&en, format, "0"), "");
        assert_string_equal(say(&en, format, "-1000000"), "");
        assert_string_equal(say(&it, format, "\"1970-01-01T00:00:00Z\""), "");
        assert_string_equal(say(&it, format, "\"1969-12-31T23:59:59Z\""), "");
    }
    assert_true(json_is(json_new_time(arena, -5), JSON_NULL));
    assert_true(json_is(json_new_time(arena, 0), JSON_NULL));
}

static void names_and_addresses(void **state)
{
    (void)state;
    assert_string_equal(say(&en, FORMAT_FIRST, "\"Marta Bellucci\""), "Marta");
    assert_string_equal(say(&en, FORMAT_FIRST, "\"陈雨\""), "陈雨");
    assert_string_equal(say(&en, FORMAT_FIRST, "\"\""), "");
    assert_string_equal(say(&en, FORMAT_FIRST, "\"Facebook ···5802\""), "Facebook ···5802");
    assert_string_equal(say(&en, FORMAT_FIRST, "\"Pin “The lamp”\""), "Pin “The lamp”");
    assert_string_equal(say(&en, FORMAT_INITIALS, "\"Marta Bellucci\""), "MB");
    assert_string_equal(say(&en, FORMAT_URL, "\"https://a.example/\""), "https://a.example/");
    assert_string_equal(say(&en, FORMAT_URL, "\"JaVaScript:alert(1)\""), "#");
    assert_string_equal(say(&en, FORMAT_URL, "\" javascript:alert(1)\""), "#");
    assert_string_equal(say(&en, FORMAT_URL, "\"data:text/html,x\""), "#");
    assert_string_equal(say(&en, FORMAT_URL, "\"/\\\\evil.example\""), "#");
    assert_string_equal(say(&en, FORMAT_URL, "\"tel:+39333\""), "tel:+39333");
}

int web_locale_test(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(languages_are_found),
        T(a_language_is_added_by_adding_its_file),
        T(reasons_of_the_program_have_words),
        T(texts_are_filled),
        T(phrases_are_checked),
        T(numbers),
        T(spans),
        T(moments),
        T(moments_in_sentences),
        T(times_that_are_none),
        T(names_and_addresses),
    };
    return cmocka_run_group_tests_name("web/locale", tests, NULL, NULL);
}
