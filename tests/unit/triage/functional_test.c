/* SPDX-License-Identifier: Apache-2.0 */
/* Triage against public functional tests (identities named, slurs reclaimed, insults quoted and answered must
 * not make a troll) and against real messages of customers: at most a few in a thousand may be called trolls.
 * The data is not part of the project; where it is absent the tests say so and are skipped. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "triage/triage.h"

int triage_functional_test(void);

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* The whole file, NUL-ended; NULL after a line that says what is skipped. */
static char *shared_file(struct arena *a, const char *name)
{
    const char *folder = getenv("ASCOLTO_SHARED");
    struct str path = str_format(a, "%s/data/%s", folder ? folder : "../shared", name);
    FILE *in = fopen(path.ptr, "rb");
    if (!in) {
        print_message("skipped: %s is not there\n", path.ptr);
        return NULL;
    }
    size_t len = 0, room = 4u << 20;
    char *text = arena_alloc(a, room + 1);
    len = fread(text, 1, room, in);
    fclose(in);
    text[len] = '\0';
    return text;
}

/* ---- functional tests: CSV ---- */

/* One field; *p moves behind it (and behind its comma). *ends: it was the record's last. */
static struct str csv_field(char **p, bool *ends)
{
    char *from = *p, *out = *p;
    bool quoted = *from == '"';
    char *in = from + quoted;
    for (; *in && (quoted || !strchr(",\r\n", *in)); in++) {
        if (quoted && *in == '"') {
            if (in[1] != '"') {
                in++;
                break;
            }
            in++;
        }
        *out++ = *in;
    }
    *ends = *in != ',';
    *p = in + (*ends ? strspn(in, "\r\n") : 1);
    return (struct str){from, (size_t)(out - from)};
}

#define COLUMNS 8
struct tally {
    unsigned cases, trolls;
};
struct functional {
    const char *file, *language;
    int kind, text; /* columns */
};

static void functional_count(struct arena *a, const struct functional *f, char *csv, const char *kind,
                             struct tally *out)
{
    bool first = true;
    *out = (struct tally){0};
    while (*csv) {
        struct str fields[COLUMNS] = {{0}};
        struct triage t;
        bool ends = false;
        for (int i = 0; !ends && *csv; i++) {
            struct str field = csv_field(&csv, &ends);
            if (i < COLUMNS)
                fields[i] = field;
        }
        if (!first && str_eq(fields[f->kind], str_from(kind))) {
            triage_read(a, fields[f->text], str_from(f->language), false, &t);
            out->cases++;
            out->trolls += strcmp(t.mood, "troll") == 0;
        }
        first = false;
    }
}

static void functional_check(struct arena *a, const struct functional *f)
{
    static const struct {
        const char *kind;
        unsigned per_thousand; /* called trolls, at most */
    } kinds[] = {{"ident_neutral_nh", 0}, {"ident_pos_nh", 0},       {"negate_neg_nh", 0}, {"counter_quote_nh", 0},
                 {"counter_ref_nh", 20},  {"slur_reclaimed_nh", 50}, {"profanity_nh", 60}, {"target_obj_nh", 30}};
    char *csv = shared_file(a, f->file);
    unsigned seen = 0;
    if (!csv)
        skip();
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct tally tally;
        functional_count(a, f, csv, kinds[i].kind, &tally);
        csv = shared_file(a, f->file); /* reading unquotes in place */
        seen += tally.cases;
        if (tally.trolls * 1000 > kinds[i].per_thousand * tally.cases)
            fail_msg("%s, %s: %u of %u are called trolls", f->file, kinds[i].kind, tally.trolls, tally.cases);
    }
    assert_true(seen > 500);
}

static void english_functional(void **state)
{
    static const struct functional f = {"open/hatecheck_en/test_suite_cases.csv", "en", 1, 3};
    functional_check(*state, &f);
}

static void italian_functional(void **state)
{
    static const struct functional f = {"open/mhc_it/hatecheck_cases_final_italian.csv", "it", 1, 2};
    functional_check(*state, &f);
}

/* ---- real messages: source TAB licence TAB label TAB text ---- */

static struct tally messages_count(char *text, const char *label, const char *language)
{
    struct str rest = str_from(text), line;
    struct tally tally = {0};
    CLEANUP(arena_cleanup) struct arena *turn = arena_new();
    for (bool first = true; str_split(&rest, '\n', &line); first = false) {
        struct str source, licence, its_label;
        struct triage t;
        if (first || !str_split(&line, '\t', &source) || !str_split(&line, '\t', &licence) ||
            !str_split(&line, '\t', &its_label) || !str_eq(its_label, str_from(label)))
            continue;
        triage_read(turn, line, str_from(language), false, &t);
        tally.cases++;
        tally.trolls += strcmp(t.mood, "troll") == 0;
        arena_reset(turn);
    }
    return tally;
}

static void few_customers_are_called_trolls(void **state)
{
    static const struct {
        const char *file, *language;
    } files[] = {{"open/en_genuine_dev.tsv", "en"},
                 {"measure-only/en_genuine_dev.tsv", "en"},
                 {"measure-only/it_genuine_dev.tsv", "it"}};
    struct arena *a = *state;
    struct tally sum = {0};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char *text = shared_file(a, files[i].file);
        struct tally tally = text ? messages_count(text, "0", files[i].language) : (struct tally){0};
        sum.cases += tally.cases;
        sum.trolls += tally.trolls;
    }
    if (sum.cases == 0)
        skip();
    if (sum.trolls * 1000 > sum.cases * 3)
        fail_msg("%u of %u customers are called trolls", sum.trolls, sum.cases);
}

static void many_insults_are_found(void **state)
{
    char *text = shared_file(*state, "open/en_abuse_dev.tsv");
    if (!text)
        skip();
    struct tally tally = messages_count(text, "1", "en");
    assert_true(tally.cases > 200);
    if (tally.trolls * 10 < tally.cases * 3)
        fail_msg("only %u of %u insults are found", tally.trolls, tally.cases);
}

int triage_functional_test(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(english_functional),
        WITH_ARENA(italian_functional),
        WITH_ARENA(few_customers_are_called_trolls),
        WITH_ARENA(many_insults_are_found),
    };
    return cmocka_run_group_tests_name("triage/functional", tests, NULL, NULL);
}
