/* SPDX-License-Identifier: Apache-2.0 */
/* Promises: which sentences of a reply promise something of us, and until when. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "care/promises.h"

int care_promises_test(void);

#define ROME "Europe/Rome"
/* Now, unless a case says otherwise: Saturday is far, it is Thursday 19 November 2026, 10:20 in Rome. */
#define NOW "2026-11-19T10:20:00+01:00"

struct promised {
    const char *text;
    const char *due;   /* wall clock in the zone; NULL: no promise */
    const char *words; /* NULL: not looked at */
};

static int64_t at(const char *iso)
{
    int64_t moment = 0;
    if (!clock_parse_iso(str_from(iso), &moment))
        fail_msg("%s is no time", iso);
    return moment;
}

static const char *wall(struct arena *a, int64_t moment)
{
    struct clock_parts p = clock_split(moment, ROME);
    struct str text = str_format(a, "%04d-%02d-%02d %02d:%02d", p.year, p.month, p.day, p.hour, p.minute);
    return text.ptr;
}

/* Every case is looked at; those that fail are all shown. */
static void check(const struct promised *cases, size_t n, const char *now)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        struct str words;
        int64_t due;
        bool noticed = promise_notice(a, str_from(cases[i].text), at(now), ROME, &words, &due);
        const char *got = noticed ? wall(a, due) : "none", *wanted = cases[i].due ? cases[i].due : "none";
        bool same_words = !noticed || !cases[i].words || str_eq(words, str_from(cases[i].words));
        if (strcmp(got, wanted) == 0 && same_words)
            continue;
        print_error("\"%s\": %s (\"%.*s\"), expected %s (\"%s\")\n", cases[i].text, got, STR_ARGS(words), wanted,
                    cases[i].words ? cases[i].words : "");
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void italian_promises(void **state)
{
    (void)state;
    static const struct promised cases[] = {
        {"Buongiorno Marta, la chiamo entro le 17.", "2026-11-19 17:00", "la chiamo entro le 17"},
        {"La richiamo alle 14:30, a più tardi!", "2026-11-19 14:30", "La richiamo alle 14:30"},
        {"Le scrivo domani mattina con una risposta.", "2026-11-20 12:00", "Le scrivo domani mattina"},
        {"La richiamo domani alle 9", "2026-11-20 09:00", "La richiamo domani alle 9"},
        {"Domani alle 9.30 la richiamo io", "2026-11-20 09:30", "Domani alle 9.30 la richiamo"},
        {"Venerdì entro mezzogiorno ti faccio sapere.", "2026-11-20 12:00", NULL},
        {"Ti faccio sapere entro oggi", "2026-11-19 18:00", "Ti faccio sapere entro oggi"},
        {"Le mando il rimborso entro stasera", "2026-11-19 20:00", NULL},
        {"Verifico e torno da lei entro fine giornata.", "2026-11-19 18:00", NULL},
        {"Vi aggiorno entro la fine della giornata", "2026-11-19 18:00", NULL},
        {"Le rispondo in giornata.", "2026-11-19 18:00", NULL},
        {"Ci sentiamo entro due ore", "2026-11-19 12:20", "Ci sentiamo entro due ore"},
        {"La richiamo tra un'ora.", "2026-11-19 11:20", "La richiamo tra un'ora"},
        {"La richiamo fra un’ora e mezza", "2026-11-19 11:50", NULL},
        {"Fra mezz'ora ti scrivo", "2026-11-19 10:50", NULL},
        {"Avrà una risposta entro 24 ore", "2026-11-20 10:20", NULL},
        {"Le faccio sapere entro 24/48 ore", "2026-11-21 10:20", NULL},
        {"La richiamo lunedì.", "2026-11-23 18:00", "La richiamo lunedì"},
        {"La richiamo giovedì alle 15", "2026-11-26 15:00", NULL},
        {"Il 25 novembre le mando i documenti", "2026-11-25 18:00", "Il 25 novembre le mando"},
        {"Le mandiamo tutto entro il 25/11.", "2026-11-25 18:00", "Le mandiamo tutto entro il 25/11"},
        {"Entro il 1° dicembre le inviamo la nuova carta", "2026-12-01 18:00", NULL},
        {"Le inviamo la fattura il 7 gennaio", "2027-01-07 18:00", NULL},
        {"La contatteremo il 25/11/2026 alle 10", "2026-11-25 10:00", NULL},
        {"La richiamerò alle 16", "2026-11-19 16:00", NULL},
        {"La chiamero' domani pomeriggio", "2026-11-20 18:00", NULL},
        {"Vi faremo sapere entro venerdì alle 12", "2026-11-20 12:00", NULL},
        {"La chiamo alle 3", "2026-11-19 15:00", NULL},
        {"La chiamo domani alle 8 di sera", "2026-11-20 20:00", NULL},
        {"La chiamo alle nove e mezza di domani", "2026-11-20 09:30", NULL},
    };
    check(cases, COUNT_OF(cases), NOW);
}

static void more_italian_promises(void **state)
{
    (void)state;
    static const struct promised cases[] = {
        {"La chiamo alle 9", "2026-11-20 09:00", NULL},
        {"Domani tra le 9 e le 12 la chiamo", "2026-11-20 12:00", NULL},
        {"La richiamo dopo le 17", "2026-11-19 18:00", NULL},
        {"Le prometto che la richiamo entro le 17", "2026-11-19 17:00", NULL},
        {"Sistemiamo tutto entro stasera, è una promessa", "2026-11-19 20:00", NULL},
        {"Un mio collega la chiama domani alle 11", "2026-11-20 11:00", NULL},
        {"Sarà ricontattata entro domani", "2026-11-20 18:00", NULL},
        {"Controllo con il magazzino e domani la richiamo.", "2026-11-20 18:00", "domani la richiamo"},
        {"La richiamo, come d'accordo, entro le 17", "2026-11-19 17:00", NULL},
        {"Mi mandi la foto, entro le 17 la richiamo", "2026-11-19 17:00", NULL},
        {"La richiamo entro 2 giorni lavorativi", "2026-11-23 18:00", NULL},
        {"Le scrivo entro una settimana", "2026-11-26 18:00", NULL},
        {"Le facciamo sapere entro fine settimana", "2026-11-20 18:00", NULL},
        {"La prossima settimana le mando il modulo", "2026-11-27 18:00", NULL},
        {"Le mando il modulo entro fine mese", "2026-11-30 18:00", NULL},
        {"Mi impegno a richiamarla entro le 18", "2026-11-19 18:00", NULL},
        {"Le ho scritto una mail e la richiamo dopodomani", "2026-11-21 18:00", NULL},
        {"Ciao!\nti richiamo alle 17\n\nLucia", "2026-11-19 17:00", "ti richiamo alle 17"},
        {"La richiamo entro le 17 e le scrivo domani", "2026-11-19 17:00", "La richiamo entro le 17"},
        {"Faccio il punto con il tecnico e le do notizie entro mercoledì", "2026-11-25 18:00", NULL},
        {"Non appena ho una risposta la avviso, comunque entro domani sera", "2026-11-20 20:00", NULL},
        {"Riceverà una nostra mail entro le 18:00 di domani", "2026-11-20 18:00", NULL},
        {"Ti richiamo sul 333 1234567 alle 15", "2026-11-19 15:00", NULL},
        {"Glielo faccio sapere al più tardi venerdì", "2026-11-20 18:00", NULL},
        {"Buongiorno sig. Rossi, la ricontatto in mattinata", "2026-11-19 12:00", NULL},
        {"Per le 12 le mando il preventivo", "2026-11-19 12:00", NULL},
    };
    check(cases, COUNT_OF(cases), NOW);
}

static void italian_no_promises(void **state)
{
    (void)state;
    static const struct promised cases[] = {
        {"Mi scriva entro le 17", NULL, NULL},
        {"Ci mandi la foto entro domani, per favore", NULL, NULL},
        {"Può richiamarci domani alle 9", NULL, NULL},
        {"La posso chiamare alle 17?", NULL, NULL},
        {"La chiamo alle 17?", NULL, NULL},
        {"L'ho chiamata ieri alle 15", NULL, NULL},
        {"Le ho scritto alle 9 di stamattina", NULL, NULL},
        {"Il corriere consegnerà entro venerdì", NULL, NULL},
        {"Il pacco arriva domani alle 10", NULL, NULL},
        {"Le scrivo per dirle che il pacco arriva domani", NULL, NULL},
        {"Siamo aperti dalle 9 alle 18", NULL, NULL},
        {"La richiamo presto, grazie della pazienza", NULL, NULL},
        {"Le faccio sapere appena possibile", NULL, NULL},
        {"A domani!", NULL, NULL},
        {"Non la richiamo entro le 17", NULL, NULL},
        {"Verifico la consegna di domani", NULL, NULL},
        {"Controllo l'ordine del 12 novembre", NULL, NULL},
        {"Il controllo arriva lunedì", NULL, NULL},
        {"Le mando le 3 foto", NULL, NULL},
        {"Resto qui fino alle 17", NULL, NULL},
        {"Le rispondo qui. Siamo chiusi domani.", NULL, NULL},
        {"Buona serata e buon lavoro, la saluto", NULL, NULL},
        {"> La richiamo entro le 17\nGrazie per avermelo ricordato", NULL, NULL},
        {"Se mi richiama entro le 17 sono qui", NULL, NULL},
        {"", NULL, NULL},
        {"17", NULL, NULL},
        {"Le rimborso 1.000 euro", NULL, NULL},
        {"La richiamo, la pratica 2026/11 è aperta", NULL, NULL},
        {"La ringrazio e le auguro una buona serata", NULL, NULL},
        {"Come promesso le scrivo: il rimborso è partito ieri", NULL, NULL},
        {"Ci vediamo lunedì?", NULL, NULL},
        {"Il suo abbonamento scade domani, la aspettiamo", NULL, NULL},
        {"L'ho richiamata più volte tra le 9 e le 12", NULL, NULL},
        {"Da lunedì il negozio riapre e la seguo io", NULL, NULL},
    };
    check(cases, COUNT_OF(cases), NOW);
}

static void english_promises(void **state)
{
    (void)state;
    static const struct promised cases[] = {
        {"I'll call you back by 2 pm.", "2026-11-19 14:00", "I'll call you back by 2 pm"},
        {"I'll send it by 14:00", "2026-11-19 14:00", "I'll send it by 14:00"},
        {"We'll let you know by Friday noon", "2026-11-20 12:00", NULL},
        {"We will get back to you within two hours.", "2026-11-19 12:20", NULL},
        {"I will write to you tomorrow morning", "2026-11-20 12:00", NULL},
        {"I’ll have an answer for you by the end of the day", "2026-11-19 18:00", NULL},
        {"I'll reply by EOD", "2026-11-19 18:00", NULL},
        {"I'm going to call you on Monday", "2026-11-23 18:00", NULL},
        {"I'll call you in half an hour", "2026-11-19 10:50", "I'll call you in half an hour"},
        {"I'll be back to you in an hour", "2026-11-19 11:20", NULL},
        {"I'll ring you before 5", "2026-11-19 17:00", NULL},
        {"Let me check and get back to you by 5pm", "2026-11-19 17:00", NULL},
        {"You will hear from me by 4 p.m. today", "2026-11-19 16:00", NULL},
        {"You'll get a reply from us within 24 hours", "2026-11-20 10:20", NULL},
        {"A colleague will call you tomorrow at 11", "2026-11-20 11:00", NULL},
        {"Tomorrow at 9 I'll call you", "2026-11-20 09:00", "Tomorrow at 9 I'll call"},
        {"I'll call you between 9 and 12 tomorrow", "2026-11-20 12:00", NULL},
        {"I'll call you tomorrow between 2 and 4", "2026-11-20 16:00", NULL},
        {"We'll refund you by November 25th", "2026-11-25 18:00", NULL},
        {"We'll refund you by the 25th", "2026-11-25 18:00", NULL},
        {"We'll send it on 2 December at 3:30 pm", "2026-12-02 15:30", NULL},
        {"I'll write again this afternoon", "2026-11-19 18:00", NULL},
        {"I'll write again in the morning", "2026-11-19 12:00", NULL},
        {"I'll let you know within 3 business days", "2026-11-24 18:00", NULL},
        {"I'll call the warehouse and email you by 4pm", "2026-11-19 16:00", NULL},
        {"I'll check what happened and get back to you by 4pm", "2026-11-19 16:00", NULL},
        {"Will call you tomorrow at noon", "2026-11-20 12:00", NULL},
        {"I'll get back to you next week", "2026-11-27 18:00", NULL},
        {"We'll be in touch no later than Friday at 10 am", "2026-11-20 10:00", NULL},
        {"I promise we'll fix this by tonight!", "2026-11-19 20:00", NULL},
        {"I'm calling you back at 3", "2026-11-19 15:00", NULL},
        {"I'll send the label the day after tomorrow", "2026-11-21 18:00", NULL},
        {"We'll reply by 2026-11-25 09:30", "2026-11-25 09:30", NULL},
        {"Please wait a moment, I'll call you by 3", "2026-11-19 15:00", NULL},
    };
    check(cases, COUNT_OF(cases), NOW);
}

static void english_no_promises(void **state)
{
    (void)state;
    static const struct promised cases[] = {
        {"Please write to us by 5 pm", NULL, NULL},
        {"Can you call me at 3?", NULL, NULL},
        {"Shall I call you at 3 pm?", NULL, NULL},
        {"You can send us the photo by Friday", NULL, NULL},
        {"Let me know by tomorrow", NULL, NULL},
        {"We called you yesterday at 3 pm", NULL, NULL},
        {"I wrote to you on Monday", NULL, NULL},
        {"The courier will deliver it by Friday", NULL, NULL},
        {"I'll need your order number by 5 pm", NULL, NULL},
        {"I'll be out of the office until Monday", NULL, NULL},
        {"I'll get back to you soon", NULL, NULL},
        {"We won't call you before 5 pm", NULL, NULL},
        {"I will not call you tomorrow", NULL, NULL},
        {"I'll check tomorrow's delivery", NULL, NULL},
        {"I'll look at the 3 photos", NULL, NULL},
        {"I'll refund the 20 euros", NULL, NULL},
        {"Good morning, I'll look into this", NULL, NULL},
        {"Our shop is open from 9 to 5, I'll be here", NULL, NULL},
        {"Your parcel arrives on Friday", NULL, NULL},
        {"I'll look at 5 stores", NULL, NULL},
        {"We'll tell them that you have more than 10,000 songs", NULL, NULL},
        {"We'll refund more than 10 euros", NULL, NULL},
    };
    check(cases, COUNT_OF(cases), NOW);
}

static void times_of_day_decide(void **state)
{
    (void)state;
    static const struct promised evening[] = {
        {"La richiamo oggi", "2026-11-20 00:00", NULL},
        {"La richiamo entro stasera", "2026-11-20 00:00", NULL},
        {"La richiamo alle 17", "2026-11-20 17:00", NULL},
        {"I'll call you in the morning", "2026-11-20 12:00", NULL},
        {"La richiamo stamattina", NULL, NULL},
        {"La richiamo nel pomeriggio", NULL, NULL},
        {"La richiamo oggi alle 15:00", NULL, NULL},
        {"La richiamo entro le 23:30", "2026-11-19 23:30", NULL},
    };
    check(evening, COUNT_OF(evening), "2026-11-19T21:10:00+01:00");
    static const struct promised friday[] = {
        {"Le scrivo entro fine settimana", "2026-11-22 18:00", NULL},
        {"La richiamo venerdì", "2026-11-27 18:00", NULL},
        {"La richiamo entro due giorni lavorativi", "2026-11-24 18:00", NULL},
        {"La richiamo la settimana prossima", "2026-11-27 18:00", NULL},
    };
    check(friday, COUNT_OF(friday), "2026-11-20T19:00:00+01:00");
    static const struct promised year_end[] = {
        {"La richiamo domani alle 9", "2027-01-01 09:00", NULL},
        {"La richiamo il 2", "2027-01-02 18:00", NULL},
        {"Le mando la fattura il 2 gennaio", "2027-01-02 18:00", NULL},
        {"Le mando la fattura entro fine mese", "2027-01-01 00:00", NULL},
    };
    check(year_end, COUNT_OF(year_end), "2026-12-31T23:00:00+01:00");
}

/* Clocks go forward on 28 March 2027 and back on 31 October 2027 in Rome: a wall clock stays what was said,
 * hours are hours. */
static void clock_changes(void **state)
{
    (void)state;
    static const struct promised spring[] = {
        {"La richiamo domani alle 9", "2027-03-28 09:00", NULL},
        {"La richiamo entro 24 ore", "2027-03-28 13:00", NULL},
        {"I'll call you tomorrow at 02:30", "2027-03-28 03:30", NULL}, /* there is no such time that day */
        {"La richiamo tra due giorni", "2027-03-29 18:00", NULL},
    };
    check(spring, COUNT_OF(spring), "2027-03-27T12:00:00+01:00");
    static const struct promised autumn[] = {
        {"La richiamo domani alle 9", "2027-10-31 09:00", NULL},
        {"I'll write within 24 hours", "2027-10-31 11:00", NULL},
    };
    check(autumn, COUNT_OF(autumn), "2027-10-30T12:00:00+02:00");
}

static void odd_texts_do_no_harm(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    static const char *const texts[] = {"'",
                                        "’",
                                        "1/",
                                        "25/",
                                        "12:",
                                        ":30",
                                        "alle",
                                        "entro le",
                                        "I'll",
                                        "p.m.",
                                        "99999999999",
                                        "la richiamo alle 99",
                                        "la richiamo il 31/02/2027",
                                        "la richiamo tra 100000 ore",
                                        "\xff\xfe entro le 17 la richiamo \xc3",
                                        "la richiamo il 0",
                                        "tra",
                                        "end of",
                                        "2026-13-45"};
    struct str words;
    int64_t due;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (promise_notice(a, str_from(texts[i]), at(NOW), ROME, &words, &due))
            assert_true(due > at(NOW));
    char *long_text = arena_alloc(a, 60000);
    for (size_t i = 0; i + 6 < 60000; i += 6)
        memcpy(long_text + i, "alle 9", 6);
    (void)promise_notice(a, (struct str){long_text, 59990}, at(NOW), ROME, &words, &due);
    assert_true(promise_notice(a, STR("La richiamo alle 17"), at(NOW), "Nowhere/Land", &words, &due));
    assert_int_equal(due, at("2026-11-19T17:00:00Z"));
}

int care_promises_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(italian_promises),    cmocka_unit_test(more_italian_promises),
        cmocka_unit_test(italian_no_promises), cmocka_unit_test(english_promises),
        cmocka_unit_test(english_no_promises), cmocka_unit_test(times_of_day_decide),
        cmocka_unit_test(clock_changes),       cmocka_unit_test(odd_texts_do_no_harm),
    };
    return cmocka_run_group_tests_name("care/promises", tests, NULL, NULL);
}
