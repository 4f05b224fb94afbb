/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: what other nodes committed and told. One session listens; each commit of any node is one word on it
 * ("c" and who committed), what nodes tell each other is another ("t", who, and the words). It is sent by the same
 * session. The log is the truth: a word that was missed while the session was away is made up for by looking once. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/str.h"
#include "db/db_postgres.h"

enum { TOLD_MOST = 7000, WAITING_MOST = 1024, ALIVE_MS = 5000, AWAY_MS = 500 };

struct told {
    struct told *next;
    char words[];
};

struct upkeep {
    struct db *db;
    PGconn *pg; /* NULL while the server is away */
    pthread_t thread;
    int64_t heard_at; /* monotonic */
    int asked;        /* marks the server has not answered */
    bool listening;
    int wake;             /* eventfd */
    pthread_mutex_t lock; /* guards what follows */
    struct told *first, **last;
    int waiting;
    bool stopping;
};

static void wake(struct upkeep *u)
{
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(u->wake, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

void postgres_tell(struct db *db, struct str words)
{
    struct upkeep *u = db->upkeep;
    if (!u || words.len == 0 || words.len > TOLD_MOST || memchr(words.ptr, 0, words.len))
        return;
    struct told *told = calloc(1, sizeof *told + words.len + 1);
    assert(told);
    memcpy(told->words, words.ptr, words.len);
    pthread_mutex_lock(&u->lock);
    bool room = u->waiting < WAITING_MOST;
    if (room) {
        *u->last = told;
        u->last = &told->next;
        u->waiting++;
    }
    pthread_mutex_unlock(&u->lock);
    if (room)
        wake(u);
    else
        free(told);
}

static struct told *take_told(struct upkeep *u, bool *stop)
{
    pthread_mutex_lock(&u->lock);
    struct told *all = u->first;
    u->first = NULL;
    u->last = &u->first;
    u->waiting = 0;
    *stop = u->stopping;
    pthread_mutex_unlock(&u->lock);
    return all;
}

static void free_told(struct told *told)
{
    while (told) {
        struct told *next = told->next;
        free(told);
        told = next;
    }
}

/* Nothing here waits for an answer: a server that stands still would hold the thread. */
static void send_told(struct upkeep *u, struct told *told)
{
    bool there = u->pg != NULL;
    for (const struct told *t = told; t && there; t = t->next) {
        char *text = NULL;
        if (asprintf(&text, "t %" PRIx64 " %s", u->db->own, t->words) < 0)
            continue;
        const char *values[] = {postgres_channel, text};
        there = PQsendQueryParams(u->pg, "SELECT pg_notify($1, $2)", 2, NULL, values, NULL, NULL, 0) &&
                PQpipelineSync(u->pg);
        u->asked += there;
        free(text);
    }
    free_told(told);
}

/* "c 1f3a…" or "t 1f3a… words" */
static bool hear(struct upkeep *u, const char *said)
{
    char *end = NULL;
    if ((said[0] != 'c' && said[0] != 't') || said[1] != ' ')
        return false;
    uint64_t who = strtoull(said + 2, &end, 16);
    if (who == u->db->own)
        return false;
    if (said[0] == 't' && *end == ' ')
        db_hear(u->db, str_from(end + 1));
    return said[0] == 'c';
}

static void hear_all(struct upkeep *u)
{
    bool committed = false;
    PGnotify *notice;
    while ((notice = PQnotifies(u->pg))) {
        committed |= hear(u, notice->extra);
        PQfreemem(notice);
    }
    if (committed)
        db_committed(u->db);
}

static void lose(struct upkeep *u)
{
    PQfinish(u->pg);
    u->pg = NULL;
}

static void be_silent(void *ctx, const PGresult *notice)
{
    (void)ctx;
    (void)notice;
}

static void find_server(struct upkeep *u)
{
    char text[40];
    u->pg = postgres_open(u->db, NULL);
    if (!u->pg)
        return;
    PQsetNoticeReceiver(u->pg, be_silent, NULL);
    snprintf(text, sizeof text, "LISTEN %s", postgres_channel);
    u->heard_at = clock_monotonic();
    u->asked = 1;
    PQsetnonblocking(u->pg, 1);
    u->listening = false;
    if (!PQenterPipelineMode(u->pg) || !PQsendQueryParams(u->pg, text, 0, NULL, NULL, NULL, NULL, 0) ||
        !PQpipelineSync(u->pg))
        lose(u);
}

static void drain(int fd)
{
    uint64_t n;
    while (read(fd, &n, sizeof n) < 0 && errno == EINTR)
        ;
}

/* Takes the answers that have come; two ends in a row are the end of all. */
static void take_answers(struct upkeep *u)
{
    for (int ends = 0; ends < 2 && !PQisBusy(u->pg);) {
        PGresult *result = PQgetResult(u->pg);
        ends = result ? 0 : ends + 1;
        bool answered = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
        if (!answered)
            continue;
        u->asked--;
        if (!u->listening) /* what was committed while nobody listened is looked for */
            db_committed(u->db);
        u->listening = true;
    }
}

/* A silent server is asked now and then whether it is still there. */
static bool still_there(struct upkeep *u, bool said)
{
    int64_t now = clock_monotonic();
    if (said && !PQconsumeInput(u->pg))
        return false;
    if (said)
        u->heard_at = now;
    take_answers(u);
    bool silent = now - u->heard_at > ALIVE_MS * INT64_C(1000);
    if (silent && u->asked > 0 && now - u->heard_at > 2 * ALIVE_MS * INT64_C(1000))
        return false;
    if (silent && u->asked == 0)
        u->asked += PQpipelineSync(u->pg);
    return PQflush(u->pg) >= 0 && PQstatus(u->pg) == CONNECTION_OK;
}

static void wait_for_words(struct upkeep *u)
{
    struct pollfd fds[] = {{.fd = u->wake, .events = POLLIN}, {.fd = u->pg ? PQsocket(u->pg) : -1, .events = POLLIN}};
    if (u->pg && PQflush(u->pg) > 0)
        fds[1].events |= POLLOUT;
    poll(fds, COUNT_OF(fds), u->pg ? ALIVE_MS : AWAY_MS);
    if (fds[0].revents)
        drain(u->wake);
    if (!u->pg)
        return;
    if (still_there(u, fds[1].revents & (POLLIN | POLLERR | POLLHUP)))
        hear_all(u);
    else
        lose(u);
}

static void *listen_main(void *ctx)
{
    struct upkeep *u = ctx;
    bool stop = false;
    while (!stop) {
        struct told *told = take_told(u, &stop);
        if (stop) {
            free_told(told);
            break;
        }
        if (!u->pg)
            find_server(u);
        send_told(u, told);
        wait_for_words(u);
    }
    lose(u);
    return NULL;
}

bool postgres_listen_start(struct db *db, struct error *e)
{
    struct upkeep *u = calloc(1, sizeof *u);
    assert(u);
    *u = (struct upkeep){.db = db, .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    u->last = &u->first;
    pthread_mutex_init(&u->lock, NULL);
    if (u->wake >= 0 && pthread_create(&u->thread, NULL, listen_main, u) == 0) {
        db->upkeep = u;
        return true;
    }
    if (u->wake >= 0)
        close(u->wake);
    pthread_mutex_destroy(&u->lock);
    free(u);
    return fail(e, ERR_INTERNAL, "The thread that listens to the database cannot be started");
}

void postgres_listen_stop(struct db *db)
{
    struct upkeep *u = db->upkeep;
    if (!u)
        return;
    pthread_mutex_lock(&u->lock);
    u->stopping = true;
    pthread_mutex_unlock(&u->lock);
    wake(u);
    pthread_join(u->thread, NULL);
    free_told(u->first);
    close(u->wake);
    pthread_mutex_destroy(&u->lock);
    free(u);
    db->upkeep = NULL;
}
