/* SPDX-License-Identifier: Apache-2.0 */
/* Words of articles: what a slip, an ending, an accent still finds; and what a text says when nobody is in it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "care/anonymous.h"
#include "care/article_files.h"
#include "care/article_words.h"

int care_articles_test(void);

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* ---- endings ---- */

static const struct {
    const char *language, *one, *other;
    bool same;
} stems[] = {
    {"it", "attiva", "attivare", true},      {"it", "attivazione", "attivato", true},
    {"it", "ricarica", "ricariche", true},   {"it", "bolletta", "bollette", true},
    {"it", "telefono", "telefoni", true},    {"it", "luogo", "luoghi", true},
    {"it", "pagamento", "pagamenti", true},  {"it", "spegnere", "spegni", true},
    {"it", "estero", "esteri", true},        {"it", "rete", "reti", true},
    {"it", "piano", "rete", false},          {"it", "sim", "puk", false},
    {"en", "activate", "activation", true},  {"en", "activated", "activates", true},
    {"en", "bill", "bills", true},           {"en", "charges", "charge", true},
    {"en", "topped", "topping", true},       {"en", "countries", "country", true},
    {"en", "phone", "phones", true},         {"en", "business", "busy", false},
    {"de", "rechnungen", "rechnung", false},
};

static void endings_are_no_matter(void **state)
{
    for (size_t i = 0; i < COUNT_OF(stems); i++) {
        struct str language = str_from(stems[i].language);
        struct str one = article_word_stem(*state, str_from(stems[i].one), language);
        struct str other = article_word_stem(*state, str_from(stems[i].other), language);
        if (str_eq(one, other) != stems[i].same)
            fail_msg("%s is %.*s, %s is %.*s", stems[i].one, STR_ARGS(one), stems[i].other, STR_ARGS(other));
    }
}

/* ---- slips ---- */

static const struct {
    const char *one, *other;
    int away;
} slips[] = {
    {"esim", "esim", 0},          {"esmi", "esim", 1},         {"atiiva", "attiva", 1},    {"attva", "attiva", 1},
    {"attivva", "attiva", 1},     {"bolleta", "bolletta", 1},  {"bilanco", "bolletta", 3}, {"", "ab", 2},
    {"riacarica", "ricarica", 1}, {"ricraiac", "ricarica", 2},
};

static void slips_are_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(slips); i++)
        for (int turned = 0; turned < 2; turned++) {
            struct str one = str_from(turned ? slips[i].other : slips[i].one);
            struct str other = str_from(turned ? slips[i].one : slips[i].other);
            int away = article_word_distance(one, other, 2);
            if (away != slips[i].away)
                fail_msg("%s and %s: %d, not %d", slips[i].one, slips[i].other, away, slips[i].away);
        }
    assert_int_equal(article_word_slips(STR("sim")), 0);
    assert_int_equal(article_word_slips(STR("esim")), 1);
    assert_int_equal(article_word_slips(STR("ricarica")), 2);
}

static void common_words_are_known(void **state)
{
    (void)state;
    assert_true(article_word_is_common(STR("non"), STR("it")));
    assert_true(article_word_is_common(STR("the"), STR("en")));
    assert_false(article_word_is_common(STR("esim"), STR("it")));
    assert_false(article_word_is_common(STR("no"), STR("it"))); /* a part of one */
    assert_false(article_word_is_common(STR("non"), STR("de")));
}

/* ---- nobody ---- */

static const struct {
    const char *text, *left;
} texts[] = {
    {"", ""},
    {"La linea non va da ieri.", "La linea non va da ieri."},
    {"Sono Marta Bellucci, marta@posta.example.", "Sono N N, E."},
    {"(marta.b+x@posta.example)", "(E)"},
    {"Chiamate +39 333 123 4567, grazie", "Chiamate P, grazie"},
    {"il 333-1234567 o lo 0039 02 1234 5678", "il P o lo P"},
    {"ordine 123456 e AB-98765!", "ordine P e X!"},
    {"IBAN IT60 X054 2811 1010 0000 0123 456, grazie", "IBAN A, grazie"},
    {"IT60X0542811101000000123456", "A"},
    {"carta 4111 1111 1111 1111", "carta X"},
    {"cod. BLLMRT80A41H501X", "cod. X"},
    {"scrivimi @marta_b", "scrivimi N"},
    {"guarda https://posta.example/u/marta?x=1", "guarda L"},
    {"l’amica di MARTA, Bellùcci", "l’amica di N, N"},
    {"ho pagato 9,99 € nel 2026, 3 volte", "ho pagato 9,99 € nel 2026, 3 volte"},
    {"5G e 100 MB dopo 30 giorni", "5G e 100 MB dopo 30 giorni"},
    {"riga\ndue\n", "riga\ndue\n"},
};

static void nobody_is_left_in_a_text(void **state)
{
    static const struct anonymous_words words = {{"N", 1}, {"E", 1}, {"P", 1}, {"X", 1}, {"A", 1}, {"L", 1}};
    const struct str names[] = {STR("Marta Bellucci"), STR("Li")};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct str left = anonymous_text(*state, str_from(texts[i].text), &words, names, COUNT_OF(names));
        if (!str_eq(left, str_from(texts[i].left)))
            fail_msg("“%s” leaves “%.*s”, not “%s”", texts[i].text, STR_ARGS(left), texts[i].left);
    }
}

/* ---- files ---- */

static void a_file_is_read_as_it_is_written(void **state)
{
    struct error e = {0};
    struct article_file file, again;
    struct str text =
        STR("---\r\ntitle: La eSIM: quando\r\ncategory: Rete\nplace: 2.7\nstate: published\n---\n\nUno\n\nDue\n\n");
    assert_true(article_file_read(*state, STR("it"), text, &file, &e));
    assert_string_equal(str_cstr(*state, file.words.title), "La eSIM: quando");
    assert_string_equal(str_cstr(*state, file.words.body), "Uno\n\nDue");
    assert_int_equal(file.category_place, 2);
    assert_int_equal(file.place, 7);
    assert_true(file.published);
    assert_true(article_file_read(*state, STR("it"), article_file_write(*state, &file), &again, &e));
    assert_true(str_eq(file.words.body, again.words.body) && str_eq(file.words.title, again.words.title));
    assert_true(file.place == again.place && file.published == again.published);
    assert_false(article_file_read(*state, STR("it"), STR("title: x"), &file, &e));
    assert_false(article_file_read(*state, STR("it"), STR("---\ntitle: x\n"), &file, &e));
    assert_false(article_file_read(*state, STR("it"), STR("---\nabout: x\n---\n"), &file, &e));
    assert_string_equal(str_cstr(*state, article_slug(*state, STR("  Perché l’eSIM non va?  "))),
                        "perche-l-esim-non-va");
    assert_true(article_slug(*state, STR("???")).len > 0);
}

int care_articles_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(endings_are_no_matter, setup, teardown),
        cmocka_unit_test_setup_teardown(slips_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(common_words_are_known, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_is_left_in_a_text, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_read_as_it_is_written, setup, teardown),
    };
    return cmocka_run_group_tests_name("care/articles", tests, NULL, NULL);
}
