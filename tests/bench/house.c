/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured inside one process, without HTTP. With ASCOLTO_DATABASE on PostgreSQL. Prints one JSON
 * line.
 *   house fill   DATA TAG FROM COUNT WHATSAPP_CHANNEL FACEBOOK_CHANNEL   messages through the real intake
 *   house batch  DATA AFTER             the mean number of messages in a commit, since message id AFTER
 *   house search DATA LIMIT WORDS…      newest first, each query many times
 *   house triage COUNT                  reading one message */
#include <err.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/house.h"
#include "care/intake.h"
#include "care/search.h"
#include "db/db_internal.h"
#include "triage/triage.h"
#include "workload.h"

enum { IN_FLIGHT = 512, SEARCHES = 200 };

static struct house *house_at(const char *data)
{
    struct error e = {0};
    struct house *house = house_open(data, getenv("ASCOLTO_DATABASE"), false, &e);
    if (!house)
        errx(1, "%s", e.message);
    return house;
}

static int64_t number(struct tx *tx, const char *text)
{
    struct error e = {0};
    struct query query = {.sql = SQL_COUNT, .text = text};
    CLEANUP(rows_cleanup) struct rows *rows = db_query_text(tx, &query, &e);
    if (!rows || !rows_next(rows))
        errx(1, "%s", e.message);
    return rows_int(rows, 0);
}

/* ---- fill ---- */

struct hook_visit {
    struct intake intake; /* first: it is what the writer gives back */
    struct arena *arena;
    sem_t *room;
    const struct account *account;
    struct channel_events events;
};
static void visit_taken(void *ctx, bool ok, const struct error *e)
{
    struct hook_visit *v = ctx;
    sem_t *room = v->room;
    if (!ok)
        errx(1, "%s", e->message);
    arena_free(v->arena);
    sem_post(room);
}

static void visit_begin(struct house *house, const struct account *account, const char *secret, const char *tag,
                        int64_t i, sem_t *room)
{
    struct error e = {0};
    struct str unread;
    struct arena *a = arena_new();
    struct hook_visit *v = ARENA_NEW(a, struct hook_visit);
    char *body = arena_alloc(a, WORKLOAD_BODY), *signature = arena_alloc(a, 72);
    size_t len = workload_body(account->channel->name, tag, i, body);
    workload_sign(str_from(secret), (struct str){body, len}, signature);
    struct pair header = {STR("x-hub-signature-256"), str_from(signature)};
    struct hook hook = {
        .method = STR("POST"), .headers = {.items = &header, .count = 1}, .body = (struct str){body, len}};
    *v = (struct hook_visit){.arena = a, .room = room, .account = account};
    if (!intake_read(a, account, &hook, &v->events, &unread, &e) || unread.len)
        errx(1, "%s %.*s", e.message, STR_ARGS(unread));
    v->intake = (struct intake){.house = house, .account = account, .body = hook.body, .events = &v->events};
    intake_prepare(a, &v->intake);
    intake_queue(house->db, &v->intake, visit_taken);
}

static void fill(char **a)
{
    struct error e = {0};
    struct house *house = house_at(a[0]);
    const struct account *accounts[2];
    int64_t from = strtoll(a[2], NULL, 10), count = strtoll(a[3], NULL, 10);
    const char *secret = "simulated-app-secret";
    sem_t room;
    sem_init(&room, 0, IN_FLIGHT);
    for (size_t i = 0; i < 2; i++) {
        accounts[i] = account_get(house, strtoll(a[4 + i], NULL, 10), &e);
        if (!accounts[i])
            errx(1, "%s", e.message);
    }
    int64_t began = clock_monotonic();
    double cpu = workload_cpu();
    for (int64_t i = 0; i < count; i++) {
        sem_wait(&room);
        visit_begin(house, accounts[workload_on_whatsapp(from + i) ? 0 : 1], secret, a[1], from + i, &room);
    }
    for (int i = 0; i < IN_FLIGHT; i++)
        sem_wait(&room);
    cpu = workload_cpu() - cpu;
    double seconds = (double)(clock_monotonic() - began) / 1e6;
    printf("{\"n\":%lld,\"seconds\":%.3f,\"rate\":%.0f,\"cpu_us\":%.2f}\n", (long long)count, seconds,
           (double)count / seconds, cpu * 1e6 / (double)count);
    for (size_t i = 0; i < 2; i++)
        account_release(house, accounts[i]);
    house_close(house);
}

/* ---- batch ---- */

struct batch {
    int64_t after, messages, commits, newest;
};

/* All messages of one commit have the writer's one clock reading as their time of arrival. */
static bool batch_read(struct tx *tx, void *ctx, struct error *e)
{
    struct batch *b = ctx;
    char text[200];
    (void)e;
    snprintf(text, sizeof text, "SELECT count(*) FROM message WHERE id > %lld", (long long)b->after);
    b->messages = number(tx, text);
    snprintf(text, sizeof text, "SELECT count(DISTINCT received_at) FROM message WHERE id > %lld",
             (long long)b->after);
    b->commits = number(tx, text);
    b->newest = number(tx, "SELECT coalesce(max(id), 0) FROM message");
    return true;
}

static void batch(char **a)
{
    struct error e = {0};
    struct house *house = house_at(a[0]);
    struct batch b = {.after = strtoll(a[1], NULL, 10)};
    if (!db_read(house->db, batch_read, &b, &e))
        errx(1, "%s", e.message);
    printf("{\"messages\":%lld,\"commits\":%lld,\"batch\":%.2f,\"newest\":\"%lld\"}\n", (long long)b.messages,
           (long long)b.commits, b.commits ? (double)b.messages / (double)b.commits : 0, (long long)b.newest);
    house_close(house);
}

/* ---- search ---- */

struct looking {
    struct arena *arena;
    struct search_query query;
    int64_t brand;
    size_t found;
};

static bool look(struct tx *tx, void *ctx, struct error *e)
{
    struct looking *l = ctx;
    struct search_hit *hits;
    int64_t next;
    if (!l->brand)
        l->brand = number(tx, "SELECT id FROM brand");
    return search_run(tx, l->arena, l->brand, &l->query, &hits, &l->found, &next, e);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void search_words(struct house *house, struct looking *l, const char *words, bool last)
{
    struct error e = {0};
    int64_t taken[SEARCHES];
    double cpu = workload_cpu();
    l->query.words = str_from(words);
    for (size_t i = 0; i < SEARCHES; i++) {
        int64_t began = clock_monotonic();
        arena_reset(l->arena);
        if (!db_read(house->db, look, l, &e))
            errx(1, "%s", e.message);
        taken[i] = clock_monotonic() - began;
    }
    cpu = workload_cpu() - cpu;
    qsort(taken, SEARCHES, sizeof *taken, by_size);
    printf("{\"found\":%zu,\"p50\":%.3f,\"p95\":%.3f,\"max\":%.3f,\"cpu_us\":%.1f}%s", l->found,
           (double)taken[SEARCHES / 2] / 1000, (double)taken[SEARCHES * 95 / 100] / 1000,
           (double)taken[SEARCHES - 1] / 1000, cpu * 1e6 / SEARCHES, last ? "" : ",");
}

static void search(int n, char **a)
{
    struct house *house = house_at(a[0]);
    struct looking l = {.arena = arena_new(), .query = {.limit = atoi(a[1])}};
    printf("[");
    for (int i = 2; i < n; i++)
        search_words(house, &l, a[i], i == n - 1);
    printf("]\n");
    arena_free(l.arena);
    house_close(house);
}

/* ---- triage ---- */

static void triage(int64_t count)
{
    struct arena *a = arena_new();
    struct triage read;
    char(*texts)[WORKLOAD_TEXT] = calloc((size_t)count, sizeof *texts);
    int64_t said = 0;
    for (int64_t i = 0; i < count; i++)
        workload_text(i, texts[i]);
    double cpu = workload_cpu();
    for (int64_t i = 0; i < count; i++) {
        triage_read(a, str_from(texts[i]), STR_EMPTY, false, &read);
        said += read.language[0] != '\0';
        arena_reset(a);
    }
    cpu = workload_cpu() - cpu;
    printf("{\"n\":%lld,\"cpu_us\":%.2f,\"told\":%.2f}\n", (long long)count, cpu * 1e6 / (double)count,
           (double)said / (double)count);
    free(texts);
    arena_free(a);
}

int main(int argc, char **argv)
{
    struct error e = {0};
    if (!crypto_init(&e))
        errx(1, "%s", e.message);
    if (argc == 8 && strcmp(argv[1], "fill") == 0)
        fill(argv + 2);
    else if (argc == 4 && strcmp(argv[1], "batch") == 0)
        batch(argv + 2);
    else if (argc >= 5 && strcmp(argv[1], "search") == 0)
        search(argc - 2, argv + 2);
    else if (argc == 3 && strcmp(argv[1], "triage") == 0)
        triage(strtoll(argv[2], NULL, 10));
    else
        errx(2, "fill, batch, search or triage: see the head of tests/bench/house.c");
    return 0;
}
