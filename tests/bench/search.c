/* SPDX-License-Identifier: Apache-2.0 */
/* Search over a long history. Messages go straight into the tables, as intake would leave them, over three years with
 * the nights quieter than the days; then each kind of question is asked many times. One message in sixty is of a
 * second, small brand.
 *   search fill DATA DATABASE COUNT      DATABASE: postgresql://…, or - for the file in DATA
 *   search ask  DATA DATABASE TIMES      prints a table */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "care/house.h"
#include "care/search.h"
#include "db/db_internal.h"
#include "store/search.h"
#include "workload.h"

enum { BATCH = 500, CHANNELS = 4, SMALL_ONE_IN = 60, RARE_LABEL = 20 };
#define YEARS_US (INT64_C(3) * 365 * DAY_US)
#define BIG      INT64_C(1)
#define SMALL    INT64_C(2)
#define COMMON   INT64_C(77) /* labels */
#define SELDOM   INT64_C(78)

static struct house *house_at(char **a)
{
    struct error e = {0};
    const char *database = strcmp(a[1], "-") == 0 ? NULL : a[1];
    struct house *house = house_open(a[0], database, true, &e);
    if (!house)
        errx(1, "%s", e.message);
    return house;
}

/* ---- fill ---- */

struct filling {
    int64_t from, count, begun;
};

static int64_t brand_of(int64_t person)
{
    return person / WORKLOAD_PERSON_EVERY % SMALL_ONE_IN == SMALL_ONE_IN - 1 ? SMALL : BIG;
}

/* People and their one conversation have the id of the moment of their first message. */
static int64_t moment_of(const struct filling *f, int64_t i)
{
    double share = (double)i / (double)f->count;
    return f->begun + (int64_t)(share * (double)YEARS_US) + i % 7;
}

static int64_t id_of(const struct filling *f, int64_t i, int64_t kind)
{
    int64_t ms = (moment_of(f, i) - id_time(0)) / 1000;
    return ms << 22 | ((i * 3 + kind) & 0x3fffff);
}

static bool person_fill(struct tx *tx, const struct filling *f, int64_t i, struct error *e)
{
    char name[WORKLOAD_NAME];
    workload_name(i, name);
    struct person p = {.brand_id = brand_of(i),
                       .id = id_of(f, i, 0),
                       .name = str_dup(tx_arena(tx), str_from(name)),
                       .since = moment_of(f, i),
                       .last_at = moment_of(f, i)};
    struct conversation c = {.brand_id = p.brand_id,
                             .id = id_of(f, i, 1),
                             .person_id = p.id,
                             .state = CONVERSATION_CLOSED,
                             .channel_id = p.brand_id * 10 + i / WORKLOAD_PERSON_EVERY % CHANNELS,
                             .created_at = p.since,
                             .last_at = p.since};
    if (!person_add(tx, &p, e) || !search_person(tx, &p, e) || !conversation_add(tx, &c, e))
        return false;
    if (i / WORKLOAD_PERSON_EVERY % 20 == 0 && !conversation_label_set(tx, p.brand_id, c.id, COMMON, true, e))
        return false;
    return i / WORKLOAD_PERSON_EVERY % (f->count / WORKLOAD_PERSON_EVERY / RARE_LABEL + 1) != 7 ||
           conversation_label_set(tx, p.brand_id, c.id, SELDOM, true, e);
}

static bool message_fill(struct tx *tx, const struct filling *f, int64_t i, struct error *e)
{
    char text[WORKLOAD_TEXT];
    int64_t first = workload_person(i);
    size_t len = workload_text(i, text);
    if (first == i && !person_fill(tx, f, i, e))
        return false;
    struct message m = {.brand_id = brand_of(first),
                        .id = id_of(f, i, 2),
                        .conversation_id = id_of(f, first, 1),
                        .person_id = id_of(f, first, 0),
                        .channel_id = brand_of(first) * 10 + first / WORKLOAD_PERSON_EVERY % CHANNELS,
                        .kind = STR("text"),
                        .door = STR("message"),
                        .external_id = str_format(tx_arena(tx), "m%012lld", (long long)i),
                        .text = str_dup(tx_arena(tx), (struct str){text, len}),
                        .at = moment_of(f, i),
                        .received_at = moment_of(f, i),
                        .place = PLACE_CLOSED};
    return message_add(tx, &m, e) && search_message(tx, &m, e);
}

static bool batch_fill(struct tx *tx, void *ctx, struct error *e)
{
    const struct filling *f = ctx;
    for (int64_t i = f->from; i < f->from + BATCH && i < f->count; i++)
        if (!message_fill(tx, f, i, e))
            return false;
    return true;
}

static void fill(char **a)
{
    struct error e = {0};
    struct house *house = house_at(a);
    struct filling f = {.count = strtoll(a[2], NULL, 10), .begun = clock_now() - YEARS_US - DAY_US};
    int64_t began = clock_monotonic();
    for (; f.from < f.count; f.from += BATCH)
        if (!db_write(house->db, BIG, batch_fill, &f, &e))
            errx(1, "%s", e.message);
    double seconds = (double)(clock_monotonic() - began) / 1e6;
    printf("%lld messages in %.0f s: %.0f a second\n", (long long)f.count, seconds, (double)f.count / seconds);
    house_close(house);
}

/* ---- ask ---- */

struct question {
    const char *name, *words;
    int64_t brand;
    bool best, person, channel;
    int64_t label;
    int64_t days_from, days_to; /* ago */
    bool second;                /* the page after the first */
};

static const struct question questions[] = {
    {"common word", "il", BIG, .label = 0},
    {"medium word", "fattura", BIG, .label = 0},
    {"rarer word", "strastrafoba", BIG, .label = 0},
    {"rare word", "megufovi", BIG, .label = 0},
    {"absent word", "inesistente", BIG, .label = 0},
    {"two medium words", "guasto corriere", BIG, .label = 0},
    {"phrase of two common words", "\"il la\"", BIG, .label = 0},
    {"phrase of two medium words", "\"numero guasto\"", BIG, .label = 0},
    {"phrase that nobody said", "\"cliente codice funziona problema\"", BIG, .label = 0},
    {"beginning, 3 letters", "con*", BIG, .label = 0},
    {"beginning, 3 letters, rarer", "zov*", BIG, .label = 0},
    {"beginning, 5 letters", "conse*", BIG, .label = 0},
    {"beginning, 5 letters, rare", "meguf*", BIG, .label = 0},
    {"beginning, 6 letters", "strala*", BIG, .label = 0},
    {"with a person", "il", BIG, .person = true},
    {"beginning, with a person", "con*", BIG, .person = true},
    {"with a channel", "fattura", BIG, .channel = true},
    {"rarer, with a channel", "strastrafoba", BIG, .channel = true},
    {"with a label of 5 %", "fattura", BIG, .label = COMMON},
    {"with a label of few", "fattura", BIG, .label = SELDOM},
    {"from a month two years ago", "fattura", BIG, .days_from = 730, .days_to = 700},
    {"the second page", "rimborso", BIG, .second = true},
    {"best match, common word", "fattura", BIG, .best = true},
    {"best match, two words", "guasto corriere", BIG, .best = true},
    {"best match, rare word", "megufovi", BIG, .best = true},
    {"small brand, common word", "il", SMALL, .label = 0},
    {"small brand, rarer word", "strastrafoba", SMALL, .label = 0},
    {"small brand, absent word", "inesistente", SMALL, .label = 0},
    {"small brand, 3 letters", "con*", SMALL, .label = 0},
};

struct asking {
    const struct question *question;
    struct arena *arena;
    int64_t newest, person, server;
    struct search_found found;
};

static bool ask_read(struct tx *tx, void *ctx, struct error *e)
{
    struct asking *ask = ctx;
    const struct question *q = ask->question;
    int64_t day = (DAY_US / 1000) << 22;
    struct search_query query = {.words = str_from(q->words),
                                 .limit = 30,
                                 .best = q->best,
                                 .label = q->label,
                                 .channel = q->channel ? q->brand * 10 + 1 : 0,
                                 .person = q->person ? ask->person : 0,
                                 .after = q->days_from ? ask->newest - q->days_from * day : 0,
                                 .before = q->days_to ? ask->newest - q->days_to * day : 0};
    if (!search_look(tx, ask->arena, q->brand, &query, &ask->found, e))
        return false;
    query.before = ask->found.next;
    return !q->second || search_look(tx, ask->arena, q->brand, &query, &ask->found, e);
}

static bool newest_read(struct tx *tx, void *ctx, struct error *e)
{
    struct asking *ask = ctx;
    struct message m;
    int64_t oldest;
    return search_range(tx, BIG, NULL, &oldest, &ask->newest, e) &&
           message_by_id(tx, ask->arena, BIG, ask->newest, &m, e) && ((ask->person = m.person_id), true);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of this thread and of the server's process behind its session, whatever else keeps the machine busy. */
static int64_t cpu_ns(int64_t server)
{
    struct timespec t;
    char path[64];
    long long ns = 0;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    snprintf(path, sizeof path, "/proc/%lld/schedstat", (long long)server);
    FILE *f = server ? fopen(path, "r") : NULL;
    if (f && fscanf(f, "%lld", &ns) != 1)
        ns = 0;
    if (f)
        fclose(f);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec + ns;
}

static bool server_read(struct tx *tx, void *ctx, struct error *e)
{
    struct query query = {.sql = SQL_COUNT, .text = "SELECT pg_backend_pid()"};
    struct rows *rows CLEANUP(rows_cleanup) = db_query_text(tx, &query, e);
    if (rows && rows_next(rows))
        *(int64_t *)ctx = rows_int(rows, 0);
    return rows;
}

static void question_ask(struct house *house, struct asking *ask, int times)
{
    struct error e = {0};
    int64_t *taken = calloc((size_t)times, sizeof *taken), *cpu = calloc((size_t)times, sizeof *cpu);
    for (int i = 0; i < times; i++) {
        int64_t began = clock_monotonic(), worked = cpu_ns(ask->server);
        arena_reset(ask->arena);
        if (!db_read(house->db, ask_read, ask, &e))
            errx(1, "%s: %s", ask->question->name, e.message);
        cpu[i] = (cpu_ns(ask->server) - worked) / 1000;
        taken[i] = clock_monotonic() - began;
    }
    int64_t first = taken[0];
    qsort(taken, (size_t)times, sizeof *taken, by_size);
    qsort(cpu, (size_t)times, sizeof *cpu, by_size);
    printf("| %s | `%s` | %zu%s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", ask->question->name,
           ask->question->words, ask->found.count, ask->found.until ? ", not all" : "",
           (double)taken[times / 2] / 1000, (double)taken[times * 95 / 100] / 1000, (double)taken[times - 1] / 1000,
           (double)first / 1000, (double)cpu[times / 2] / 1000, (double)cpu[times * 95 / 100] / 1000);
    free(taken);
    free(cpu);
}

static void ask(char **a)
{
    struct error e = {0};
    struct house *house = house_at(a);
    struct asking asking = {.arena = arena_new()};
    if (house->shared && !db_read(house->db, server_read, &asking.server, &e))
        errx(1, "%s", e.message);
    if (!db_read(house->db, newest_read, &asking, &e))
        errx(1, "%s", e.message);
    printf("| question | words | found | p50 ms | p95 | max | first | CPU p50 | CPU p95 |\n"
           "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        asking.question = &questions[i];
        question_ask(house, &asking, atoi(a[2]));
    }
    arena_free(asking.arena);
    house_close(house);
}

int main(int argc, char **argv)
{
    struct error e = {0};
    if (!crypto_init(&e))
        errx(1, "%s", e.message);
    if (argc == 5 && strcmp(argv[1], "fill") == 0)
        fill(argv + 2);
    else if (argc == 5 && strcmp(argv[1], "ask") == 0)
        ask(argv + 2);
    else
        errx(2, "fill or ask: see the head of tests/bench/search.c");
    return 0;
}
