/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: sending statements and reading their answers. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "db/db_postgres.h"

#define WAIT_US (5 * SECOND_US) /* as long as a page, or a network, may stand still */

void wire_start(struct postgres_conn *c)
{
    c->count = 0;
    c->begun = c->opened = c->flown = c->blind = c->broken = c->lost = false;
    PQsetnonblocking(c->pg, 1);
    PQenterPipelineMode(c->pg);
}

/* What was prepared in vain, or without an answer, has to be prepared again. */
static void unknown(const struct sent_item *item)
{
    if (item->known)
        *item->known = false;
}

static bool wire_lost(struct postgres_conn *c, const char *why, struct error *e)
{
    for (int i = 0; i < c->count; i++)
        unknown(&c->items[i]);
    kept_lost(c);
    c->count = 0;
    c->lost = true;
    if (why) { /* it is not waited for any more: let the server notice, which may hold the brand's lock for it */
        shutdown(PQsocket(c->pg), SHUT_RDWR);
        c->conn.db->away_until = clock_monotonic() + SECOND_US / 4;
    }
    return why ? fail(e, ERR_STORAGE, "The database cannot be reached: %s", why) : postgres_fail(c, "", NULL, e);
}

static bool wire_wait(struct postgres_conn *c, short events, int64_t until, struct error *e)
{
    struct pollfd fd = {.fd = PQsocket(c->pg), .events = events};
    int n;
    do {
        int64_t left = until - clock_monotonic();
        if (left <= 0)
            return wire_lost(c, "it does not answer", e);
        n = poll(&fd, 1, (int)(left / 1000) + 1);
    } while (n == 0 || (n < 0 && errno == EINTR));
    if ((fd.revents & (POLLIN | POLLERR | POLLHUP)) && !PQconsumeInput(c->pg))
        return wire_lost(c, NULL, e);
    return true;
}

static bool wire_flush(struct postgres_conn *c, int64_t until, struct error *e)
{
    int left;
    while ((left = PQflush(c->pg)) > 0)
        if (!wire_wait(c, POLLIN | POLLOUT, until, e))
            return false;
    return left == 0 || wire_lost(c, NULL, e);
}

static bool next_result(struct postgres_conn *c, int64_t until, PGresult **out, struct error *e)
{
    *out = NULL;
    while (PQisBusy(c->pg))
        if (!wire_flush(c, until, e) || !wire_wait(c, POLLIN, until, e))
            return false;
    *out = PQgetResult(c->pg);
    if (PQstatus(c->pg) != CONNECTION_BAD)
        return true;
    PGresult *last = *out;
    *out = NULL;
    postgres_fail(c, "", last, e);
    PQclear(last);
    return wire_lost(c, NULL, NULL);
}

/* One answer; NULL: of a mark. */
static bool item_answer(struct postgres_conn *c, const struct sent_item *item, int64_t until, PGresult **out,
                        struct error *e)
{
    PGresult *end = NULL;
    if (!next_result(c, until, out, e))
        return false;
    if (item->sync) {
        PQclear(*out);
        *out = NULL;
        return true;
    }
    if (next_result(c, until, &end, e) && !end)
        return true;
    PQclear(*out);
    PQclear(end);
    *out = NULL;
    return c->lost ? false : wire_lost(c, "it answers out of turn", e);
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* The first failure is the one that tells: what comes behind it was not even looked at. */
static void item_judge(struct postgres_conn *c, const struct sent_item *item, const PGresult *result, struct error *e)
{
    if (!result || is_good(result))
        return;
    unknown(item);
    if (item->forgotten)
        return;
    c->broken = true;
    if (e->code == ERR_NONE && PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
        fail(e, ERR_STORAGE, "The database has given the change up");
    else if (e->code == ERR_NONE)
        postgres_fail(c, item->name, result, e);
}

static bool wire_mark(struct postgres_conn *c, struct error *e)
{
    if (c->count == 0 || c->items[c->count - 1].sync)
        return true;
    if (!PQpipelineSync(c->pg))
        return wire_lost(c, NULL, e);
    c->items[c->count++] = (struct sent_item){.name = "", .sync = true};
    return true;
}

/* Keeps what was sent ahead. */
static bool item_kept(const struct sent_item *item, PGresult *result)
{
    if (!item->kept)
        return false;
    item->kept->under_way = false;
    if (is_good(result))
        item->kept->result = result;
    else
        PQclear(result);
    return true;
}

static bool wire_read(struct postgres_conn *c, PGresult **out, struct error *e)
{
    struct error first = {0};
    PGresult *last = NULL;
    int64_t until = clock_monotonic() + WAIT_US;
    bool there = !c->lost && wire_mark(c, &first) && wire_flush(c, until, &first);
    int count = c->count;
    for (int i = 0; there && i < count; i++) {
        PGresult *result;
        there = item_answer(c, &c->items[i], until, &result, &first);
        if (!there || c->items[i].sync)
            continue;
        item_judge(c, &c->items[i], result, &first);
        if (item_kept(&c->items[i], result))
            continue;
        PQclear(last);
        last = result;
    }
    c->count = 0;
    c->blind = false;
    c->flown = c->begun;
    c->conn.journeys++;
    *out = last;
    if (there && first.code == ERR_NONE)
        return true;
    PQclear(last);
    *out = NULL;
    if (first.code == ERR_NONE)
        fail(&first, ERR_STORAGE, "The database cannot be reached");
    return fail(e, first.code, "%s", first.message);
}

PGresult *wire_answer(struct postgres_conn *c, struct error *e)
{
    PGresult *last;
    return wire_read(c, &last, e) ? last : NULL;
}

bool wire_settle(struct postgres_conn *c, struct error *e)
{
    if (c->count == 0)
        return !c->lost || fail(e, ERR_STORAGE, "The database cannot be reached");
    PGresult *last;
    bool ok = wire_read(c, &last, e);
    PQclear(last);
    return ok;
}

void wire_push(struct postgres_conn *c)
{
    if (!c->lost && wire_mark(c, NULL) && PQflush(c->pg) < 0)
        wire_lost(c, NULL, NULL);
}

bool wire_room(struct postgres_conn *c, struct error *e)
{
    if (c->lost)
        return fail(e, ERR_STORAGE, "The database cannot be reached");
    return (c->count + 5 <= WIRE_MOST || wire_settle(c, e)) && postgres_be_open(c, e);
}

static bool wire_sent(struct postgres_conn *c, int sent, struct sent_item item, struct error *e)
{
    if (!sent)
        return wire_lost(c, NULL, e);
    assert(c->count < WIRE_MOST);
    c->items[c->count++] = item;
    return true;
}

bool wire_send(struct postgres_conn *c, const char *name, const char *text, bool forgotten, struct error *e)
{
    return wire_room(c, e) && wire_sent(c, PQsendQueryParams(c->pg, text, 0, NULL, NULL, NULL, NULL, 1),
                                        (struct sent_item){.name = name, .forgotten = forgotten}, e);
}

bool wire_prepare(struct postgres_conn *c, const char *as, const char *name, const char *text, bool *known,
                  struct error *e)
{
    if (!wire_sent(c, PQsendPrepare(c->pg, as, text, 0, NULL), (struct sent_item){.name = name, .known = known}, e))
        return false;
    *known = true;
    return true;
}

bool wire_execute(struct postgres_conn *c, const char *as, const char *name, const struct wire_values *v,
                  struct error *e)
{
    return wire_sent(c, PQsendQueryPrepared(c->pg, as, v->n, v->values, v->lengths, v->formats, 1),
                     (struct sent_item){.name = name}, e);
}

bool wire_execute_text(struct postgres_conn *c, const char *text, const struct wire_values *v, struct error *e)
{
    return wire_room(c, e) &&
           wire_sent(c, PQsendQueryParams(c->pg, text, v->n, NULL, v->values, v->lengths, v->formats, 1),
                     (struct sent_item){.name = "a statement"}, e);
}

bool wire_script(struct postgres_conn *c, const char *text, struct error *e)
{
    if (!postgres_be_open(c, e) || !wire_settle(c, e))
        return false;
    if (!PQexitPipelineMode(c->pg))
        return fail(e, ERR_INTERNAL, "A script was begun while other statements were under way");
    PGresult *result = PQexec(c->pg, text);
    bool ok = is_good(result) || postgres_fail(c, "script", result, e);
    PQclear(result);
    if (PQstatus(c->pg) == CONNECTION_BAD)
        return wire_lost(c, NULL, NULL);
    c->broken |= !ok;
    PQenterPipelineMode(c->pg);
    return ok;
}
