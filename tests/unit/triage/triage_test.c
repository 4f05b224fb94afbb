/* SPDX-License-Identifier: Apache-2.0 */
/* Triage as a colleague meets it: moods, reasons and languages of messages in Italian and English. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "triage/triage.h"

int triage_triage_test(void);

struct expected {
    const char *text;
    const char *mood;
    const char *reason; /* a kind that must be among the reasons; NULL: any */
    const char *words;  /* its words; NULL: any */
};

static const struct triage_reason *reason_of(const struct triage *t, const char *kind)
{
    for (size_t i = 0; i < t->reason_count; i++)
        if (strcmp(t->reasons[i].kind, kind) == 0)
            return &t->reasons[i];
    return NULL;
}

static bool as_expected(const struct expected *e, const struct triage *t)
{
    const struct triage_reason *reason = e->reason ? reason_of(t, e->reason) : NULL;
    if (strcmp(t->mood, e->mood) != 0 || (e->reason && !reason))
        return false;
    return !reason || !e->words || str_eq(reason->words, str_from(e->words));
}

static void check(const struct expected *cases, size_t n, const char *known, bool in_conversation)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        struct triage t;
        triage_read(a, str_from(cases[i].text), str_from(known), in_conversation, &t);
        if (as_expected(&cases[i], &t))
            continue;
        print_error("\"%s\": %s, abuse %.2f, matter %.2f, mood \"%s\", expected \"%s\" by %s (%s); reasons:",
                    cases[i].text, t.language, t.abuse, t.matter, t.mood, cases[i].mood,
                    cases[i].reason ? cases[i].reason : "any", cases[i].words ? cases[i].words : "any");
        for (size_t k = 0; k < t.reason_count; k++)
            print_error(" %s(%.*s)", t.reasons[k].kind, STR_ARGS(t.reasons[k].words));
        print_error("\n");
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void grave_in_both_languages(void **state)
{
    (void)state;
    static const struct expected it[] = {
        {"Se non mi rispondete vengo lì e vi ammazzo", "grave", "threat", "vi ammazzo"},
        {"So dove abiti, stai attento", "grave", "threat", "So dove abiti"},
        {"Con questa bolletta non ce la faccio più, voglio farla finita", "grave", "self_harm", "farla finita"},
        {"Sto pensando al suicidio", "grave", "self_harm", "suicidio"},
        {"Il caricabatterie ha preso fuoco stanotte in camera", "grave", "safety", "preso fuoco"},
        {"Sento odore di gas vicino alla caldaia che avete montato ieri", "grave", "safety", "odore di gas"},
        {"Dopo il vostro yogurt mio figlio ha avuto una reazione allergica", "grave", "safety", "reazione allergica"},
        {"Siamo al pronto soccorso per colpa del vostro scaldabagno", "grave", "safety", "pronto soccorso"},
        {"Mi hanno clonato la SIM, è un furto d'identità", "grave", "emergency", "furto d'identità"},
        {"La lavatrice mi ha dato la scossa", "grave", "safety", "dato la scossa"},
        {"Il vostro corriere ha minacciato mia moglie", "grave", "safety", NULL},
        {"Mio figlio ha ingoiato una rotella del giocattolo", "grave", "safety", "ha ingoiato"},
        {"Con la presente vi invio formale diffida", "grave", "emergency", "diffida"},
    };
    static const struct expected en[] = {
        {"I will kill you and burn down your office", "grave", "threat", "will kill you"},
        {"I just want to kill myself over this bill", "grave", "self_harm", "kill myself"},
        {"The charger caught fire next to my bed", "grave", "safety", "caught fire"},
        {"there is a gas leak and your technician left", "grave", "safety", "gas leak"},
        {"My daughter had an allergic reaction to your cream", "grave", "safety", "allergic reaction"},
        {"someone made unauthorised transactions with my card", "grave", "emergency", "unauthorised transactions"},
    };
    check(it, COUNT_OF(it), "it", false);
    check(en, COUNT_OF(en), "en", false);
    check(en, COUNT_OF(en), "en", true);
}

static void figures_of_speech_are_not_grave(void **state)
{
    (void)state;
    static const struct expected it[] = {
        {"Mi ammazzo dalle risate con i vostri video", "", NULL, NULL},
        {"La vostra nuova app è una bomba", "", NULL, NULL},
        {"Ho una fame che muoio", "", NULL, NULL},
    };
    static const struct expected en[] = {
        {"I am laughing so hard I want to die lol", "", NULL, NULL},
        {"This new album is on fire", "", NULL, NULL},
        {"These prices are killing me", "", NULL, NULL},
        {"My phone has Oxygen OS installed", "", NULL, NULL},
        {"It would be in danger of becoming a habit", "", NULL, NULL},
        {"Thanks for your hospitality", "thanks", NULL, NULL},
    };
    check(it, COUNT_OF(it), "it", false);
    check(en, COUNT_OF(en), "en", false);
}

static void angry_customers_are_heard(void **state)
{
    (void)state;
    static const struct expected it[] = {
        {"Il mio ordine 4471902 non arriva da due settimane, siete degli incompetenti!", "angry", "insult",
         "incompetenti"},
        {"DOVE CAZZO È IL MIO PACCO", "angry", "caps", "DOVE"},
        {"È una vergogna, la linea non funziona da tre giorni e pago lo stesso", "angry", "anger", "vergogna"},
        {"Stronzi, mi avete addebitato 89 euro due volte", "angry", "amount", "89"},
        {"App di merda, si blocca ogni volta che apro le bollette", "angry", "swear", NULL},
        {"Mi avete rotto i coglioni, disdico tutto", "angry", "swear", "coglioni"},
        {"Ladri!!! Rivoglio i miei soldi", "angry", "anger", "Ladri"},
        {"Vi porto in tribunale", "angry", "legal", NULL},
        {"Rispondete o passo dal mio avvocato, il rimborso lo aspetto da marzo", "angry", "legal", NULL},
    };
    static const struct expected en[] = {
        {"This fucking app crashed again and lost my playlist", "angry", "swear", "fucking"},
        {"You idiots lost my luggage, where is it?", "angry", "insult", "idiots"},
        {"Worst airline ever, my flight got cancelled and nobody answers", "angry", "anger", "Worst"},
        {"MY ORDER IS STILL NOT HERE AND NOBODY ANSWERS", "angry", "caps", "ORDER"},
        {"Absolutely unacceptable, I was charged twice for the same invoice", "angry", "anger", "unacceptable"},
    };
    check(it, COUNT_OF(it), "it", false);
    check(en, COUNT_OF(en), "en", false);
}

static void only_a_plain_insult_is_a_troll(void **state)
{
    (void)state;
    static const struct expected it[] = {
        {"Siete degli stronzi, andate a fanculo", "troll", "insult", "stronzi"},
        {"sei un coglione", "troll", "insult", "coglione"},
        {"str*nzi", "troll", "insult", "str*nzi"},
        {"Ma chi vi ha assunti, branco di coglioni", "troll", "insult", "coglioni"},
    };
    static const struct expected en[] = {
        {"you are a fucking idiot", "troll", "insult", "idiot"},
        {"shut up you stupid moron", "troll", "insult", NULL},
        {"fuck you assholes", "troll", "insult", NULL},
        {"you are all m0rons", "troll", "insult", "m0rons"},
    };
    check(it, COUNT_OF(it), "it", false);
    check(en, COUNT_OF(en), "en", false);
    for (size_t i = 0; i < COUNT_OF(en); i++) { /* the same in a conversation of ours: never */
        struct expected heard = {en[i].text, "angry", en[i].reason, en[i].words};
        check(&heard, 1, "en", true);
    }
}

static void vetoes_hold(void **state)
{
    (void)state;
    static const char *const it[] = {
        "Stronzi, il mio ordine è il 88213301",
        "coglioni, chiamatemi al 333 1234567",
        "idioti, avete preso 30 euro",
        "idioti, era per il 25/11",
        "stronzi è urgente",
        "il vostro operatore mi ha detto che sono un coglione",
        "sotto la mia foto hanno scritto \"stronza\"",
        "stronzi, vi denuncio",
    };
    static const char *const en[] = {
        "you idiots, order 88213301",    "morons, call me at 020 7946 0958",
        "you assholes took $30 from me", "idiots, it was for 25/11",
        "assholes this is urgent",       "your agent called me an idiot",
        "idiots, see you in court",      "he just said \"moron\" and hung up",
    };
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct triage t;
    for (size_t i = 0; i < COUNT_OF(it) + COUNT_OF(en); i++) {
        const char *text = i < COUNT_OF(it) ? it[i] : en[i - COUNT_OF(it)];
        triage_read(a, str_from(text), i < COUNT_OF(it) ? STR("it") : STR("en"), false, &t);
        if (strcmp(t.mood, "troll") == 0)
            fail_msg("\"%s\" is called a troll", text);
    }
}

static void thanks_and_what_only_sounds_so(void **state)
{
    (void)state;
    static const struct expected it[] = {
        {"Grazie mille, gentilissimi!", "thanks", "thanks", "Grazie"},
        {"Vi ringrazio, problema risolto", "thanks", "thanks", "ringrazio"},
        {"Grazie, ma quando arriva il pacco?", "", "question", NULL},
        {"Vorrei disdire il contratto. Grazie", "", NULL, NULL},
        {"Grazie al cazzo", "", "anger", NULL},
        {"No grazie", "", NULL, NULL},
    };
    static const struct expected en[] = {
        {"Thanks so much, it works now!", "thanks", "thanks", "Thanks"},
        {"Thank you, you have been so helpful", "thanks", NULL, NULL},
        {"Thank you for nothing", "", "anger", NULL},
        {"Could you please cancel my subscription? Thanks", "", "question", NULL},
        {"iOS 11, app version 8.4, it asks for my invoice number. Thanks", "", "thanks", NULL},
        {"thanks but my router is still broken", "", "problem", "broken"},
    };
    check(it, COUNT_OF(it), "it", false);
    check(en, COUNT_OF(en), "en", false);
}

static void reasons_point_at_the_words(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        {"Mi servono 45,90 € indietro", "", "amount", NULL},
        {"Il volo AZ1234 di domani parte?", "", "order", "AZ1234"},
        {"Potete chiamarmi al 333 123 4567?", "", "phone", "333 123 4567"},
        {"La consegna era prevista il 12/11", "", "date", NULL},
        {"È urgente, rispondete", "", "urgent", "urgente"},
        {"Quando riapre il negozio?", "", "question", NULL},
        {"Il modem non funziona", "", "problem", "funziona"},
        {"Il mio legale vi scriverà", "", "legal", NULL},
    };
    check(cases, COUNT_OF(cases), "it", false);
}

static void insults_not_at_a_person(void **state)
{
    (void)state;
    static const char *const texts[] = {"Sono un idiota, ho sbagliato indirizzo",
                                        "I feel like such an idiot, I lost the code", "this stupid router again",
                                        "your agent called me an idiot", "il corriere mi ha chiamato \"stronzo\""};
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct triage t;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        triage_read(a, str_from(texts[i]), STR_EMPTY, false, &t);
        if (reason_of(&t, "insult"))
            fail_msg("\"%s\" is said to insult", texts[i]);
    }
}

static const char *language(struct arena *a, const char *text, const char *known)
{
    struct triage t;
    triage_read(a, str_from(text), str_from(known), false, &t);
    return t.language;
}

static void languages(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    assert_string_equal(language(a, "Buongiorno, la mia fattura di ottobre è sbagliata", ""), "it");
    assert_string_equal(language(a, "Hello, my invoice of October is wrong again", ""), "en");
    assert_string_equal(language(a, "Guten Tag, meine Rechnung vom Oktober ist falsch", "it"), "de");
    assert_string_equal(language(a, "Buenos días, mi factura de octubre está equivocada", ""), "es");
    assert_string_equal(language(a, "我的包裹还没有到，请帮我看一下", ""), "zh");
    assert_string_equal(language(a, "ok", "it"), "it"); /* too short: inherited */
    assert_string_equal(language(a, "thanks", "it"), "it");
    assert_string_equal(language(a, "thanks!", ""), "en"); /* nothing to inherit: by the word itself */
    assert_string_equal(language(a, "grazie", ""), "it");
    assert_string_equal(language(a, "Vi porto in tribunale", ""), "it");
    assert_string_equal(language(a, "ok", ""), "");
    assert_string_equal(language(a, "", ""), "");
    assert_string_equal(language(a, "👍👍", "en"), "en");
    assert_string_equal(language(a, "https://nuvola.example/a @nuvola", ""), "");
    assert_string_equal(language(a, "ok", "klingon"), "");
}

static void scores_only_where_something_was_learned(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct triage t;
    triage_read(a, STR("Guten Tag, meine Rechnung vom Oktober ist falsch"), STR_EMPTY, false, &t);
    assert_true(t.abuse < 0 && t.matter < 0);
    triage_read(a, STR("my order never arrived, where is it?"), STR("en"), false, &t);
    assert_true(t.abuse >= 0 && t.abuse < 0.2 && t.matter > 0.8 && t.matter <= 1);
    triage_read(a, STR("il mio ordine non è mai arrivato, dov'è?"), STR("it"), false, &t);
    assert_true(t.abuse >= 0 && t.abuse < 0.2 && t.matter > 0.8 && t.matter <= 1);
    triage_read(a, STR("you are a fucking idiot"), STR("en"), false, &t);
    assert_true(t.abuse > 0.8 && t.matter < 0.3);
}

static void odd_texts_do_no_harm(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    static const char *const texts[] = {"",
                                        " ",
                                        "\xff\xfe\xc3",
                                        "'",
                                        "’’’",
                                        "*",
                                        "a*",
                                        "***",
                                        "@",
                                        "#",
                                        "http://",
                                        "€",
                                        "1/",
                                        "9 9 9 9 9 9 9 9",
                                        "\xf0\x9f\x98\xa1",
                                        "\"",
                                        "«",
                                        "don't",
                                        "l'",
                                        "@@@@@@ www.",
                                        "0",
                                        "\xe3\x80\x82"};
    struct triage t;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        triage_read(a, str_from(texts[i]), STR_EMPTY, false, &t);
    triage_read(a, STR_EMPTY, STR_EMPTY, true, &t);
    assert_string_equal(t.mood, "");
    assert_int_equal(t.reason_count, 0);
    size_t len = 200000;
    char *long_text = arena_alloc(a, len);
    for (size_t i = 0; i < len; i++)
        long_text[i] = "stronzi! 1234567 è\xc3"[i % 19];
    triage_read(a, (struct str){long_text, len}, STR("it"), false, &t);
    assert_true(t.reason_count <= COUNT_OF(t.reasons));
    memset(long_text, 'a', len);
    triage_read(a, (struct str){long_text, len}, STR("it"), false, &t);
}

int triage_triage_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grave_in_both_languages),
        cmocka_unit_test(figures_of_speech_are_not_grave),
        cmocka_unit_test(angry_customers_are_heard),
        cmocka_unit_test(only_a_plain_insult_is_a_troll),
        cmocka_unit_test(vetoes_hold),
        cmocka_unit_test(thanks_and_what_only_sounds_so),
        cmocka_unit_test(reasons_point_at_the_words),
        cmocka_unit_test(insults_not_at_a_person),
        cmocka_unit_test(languages),
        cmocka_unit_test(scores_only_where_something_was_learned),
        cmocka_unit_test(odd_texts_do_no_harm),
    };
    return cmocka_run_group_tests_name("triage/triage", tests, NULL, NULL);
}
