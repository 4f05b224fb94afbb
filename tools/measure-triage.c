/* SPDX-License-Identifier: Apache-2.0 */
/* Measures triage on labelled messages: for each file and source, what share is called what. Not part of
 * ascolto; tools/measure-triage builds and runs it. Files hold rows of source TAB licence TAB label TAB text
 * below a heading; a name that begins with "it_" is Italian, others English. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "triage/triage.h"

#define SETS 100

struct set {
    char name[120];
    double n, abuse_half, abuse_high, no_matter, both, troll, grave, angry, thanks;
};
struct sets {
    struct set items[SETS];
    size_t count;
};

static struct set *set_named(struct sets *sets, const char *name)
{
    for (size_t i = 0; i < sets->count; i++)
        if (strcmp(sets->items[i].name, name) == 0)
            return &sets->items[i];
    if (sets->count == SETS)
        abort();
    struct set *set = &sets->items[sets->count++];
    snprintf(set->name, sizeof set->name, "%s", name);
    return set;
}

static void count(struct set *set, const struct triage *t)
{
    set->n++;
    set->abuse_half += t->abuse >= .5;
    set->abuse_high += t->abuse >= .8;
    set->no_matter += t->matter < .3;
    set->both += t->abuse >= .8 && t->matter < .3;
    set->troll += strcmp(t->mood, "troll") == 0;
    set->grave += strcmp(t->mood, "grave") == 0;
    set->angry += strcmp(t->mood, "angry") == 0;
    set->thanks += strcmp(t->mood, "thanks") == 0;
}

static void file_read(struct arena *a, const char *path, struct sets *sets)
{
    static char line[30000];
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    FILE *in = fopen(path, "r");
    if (!in) {
        perror(path);
        exit(1);
    }
    for (bool first = true; fgets(line, sizeof line, in); first = false) {
        struct str rest = str_from(line), source, licence, label;
        struct triage t;
        char name[120];
        if (first || !str_split(&rest, '\t', &source) || !str_split(&rest, '\t', &licence) ||
            !str_split(&rest, '\t', &label))
            continue;
        snprintf(name, sizeof name, "%s %.*s %.*s", file, STR_ARGS(source), STR_ARGS(label));
        triage_read(a, str_trim(rest), strncmp(file, "it_", 3) == 0 ? STR("it") : STR("en"), false, &t);
        count(set_named(sets, name), &t);
        arena_reset(a);
    }
    fclose(in);
}

int main(int argc, char **argv)
{
    static struct sets sets;
    struct arena *a = arena_new();
    clock_t began = clock();
    double all = 0;
    for (int i = 1; i < argc; i++)
        file_read(a, argv[i], &sets);
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    printf("%-48s %6s %7s %7s %7s %7s %7s %7s %7s %7s  (shares in %%)\n", "set, source, label", "n", "A>=.5", "A>=.8",
           "B<.3", "both", "troll", "grave", "angry", "thanks");
    for (size_t i = 0; i < sets.count; i++) {
        const struct set *s = &sets.items[i];
        double n = s->n / 100;
        printf("%-48s %6.0f %7.2f %7.2f %7.2f %7.2f %7.2f %7.2f %7.2f %7.2f\n", s->name, s->n, s->abuse_half / n,
               s->abuse_high / n, s->no_matter / n, s->both / n, s->troll / n, s->grave / n, s->angry / n,
               s->thanks / n);
        all += s->n;
    }
    printf("%.0f messages, %.1f microseconds of one core each\n", all, all > 0 ? seconds * 1e6 / all : 0);
    arena_free(a);
    return 0;
}
