/* SPDX-License-Identifier: Apache-2.0 */
/* Asking networks for what they list (care/asking.h). A round is under way for each list that is due, beside all
 * others: its calls are answered on the client's thread and taken further here, so that a network that is slow makes
 * nobody wait but itself. What an answer brought is stored with the cursor before the next call is made. */
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "care/asking.h"
#include "jobs/jobs_internal.h"

#define DUE_A_TURN   64
#define ROUNDS_MAX   48
#define A_NETWORK    6 /* well below what the client has for a host: replies have the rest */
#define PAGES_MAX    100
#define CALL_MS      20000
#define CALL_MOST_MS 60000
#define MEND_US      MINUTE_US
#define TROUBLE_US   (5 * SECOND_US)
#define LAND_MS      20

/* A round under way. */
struct ask {
    struct ask *next;     /* of those under way */
    struct ask *answered; /* of those whose answer is here */
    struct worker *worker;
    int64_t fence;
    struct round round;
    struct arena *page; /* of the call under way and its answer */
    struct http_reply reply;
};

/* ---- its life ---- */

static void ask_free(struct ask *ask)
{
    struct worker *worker = ask->worker;
    struct jobs *jobs = worker->jobs;
    pthread_mutex_lock(&jobs->asks_lock);
    for (struct ask **at = &jobs->asks_under_way; *at; at = &(*at)->next)
        if (*at == ask) {
            *at = ask->next;
            break;
        }
    pthread_mutex_unlock(&jobs->asks_lock);
    account_release(jobs->house, ask->round.account);
    arena_free(ask->page);
    arena_free(ask->round.arena);
    worker_flight(worker, -1);
}

static bool ask_is_under_way(struct jobs *jobs, const struct asking_row *row, int *rounds)
{
    bool is = false;
    *rounds = 0;
    pthread_mutex_lock(&jobs->asks_lock);
    for (const struct ask *ask = jobs->asks_under_way; ask; ask = ask->next) {
        is |=
            ask->round.account->row.id == row->channel_id && str_eq(str_from(ask->round.listing->name), row->listing);
        ++*rounds;
    }
    pthread_mutex_unlock(&jobs->asks_lock);
    return is;
}

static int rounds_of_network(struct jobs *jobs, const struct channel *channel)
{
    int n = 0;
    pthread_mutex_lock(&jobs->asks_lock);
    for (const struct ask *ask = jobs->asks_under_way; ask; ask = ask->next)
        n += ask->round.account->channel == channel;
    pthread_mutex_unlock(&jobs->asks_lock);
    return n;
}

/* The database has trouble of its own: no new rounds for a moment. */
static void trouble(struct jobs *jobs, const struct error *e)
{
    jobs_log("asks", e);
    jobs->asks_again_at = clock_awake() + TROUBLE_US;
}

/* ---- the end ---- */

static void ask_end(struct ask *ask, struct round_end *end)
{
    struct worker *worker = ask->worker;
    const struct round *r = &ask->round;
    struct error e = {0};
    end->round = &ask->round;
    end->house = worker->jobs->house;
    end->now = clock_now();
    bool compares = end->kind == ROUND_COMPLETE && end->from && r->listing->complete && r->checked_until;
    if ((compares && !db_read(worker->jobs->house->db, round_compare, end, &e)) ||
        !jobs_write(worker, r->account->row.brand_id, round_finish, end, &e))
        trouble(worker->jobs, &e);
    else if (end->kind == ROUND_FAILED && (end->probe || end->outcome.failure == FAILURE_TOKEN))
        worker_wake(&worker->jobs->probe);
    if (end->doubted)
        log_warn("asks", "%s would have removed %zu of %zu messages at once (%s): not believed",
                 r->account->channel->label, end->missing_count, end->compared, r->listing->name);
    ask_free(ask);
}

static void ask_fail(struct ask *ask, const struct outcome *outcome)
{
    struct round_end end = {.kind = ROUND_FAILED, .outcome = *outcome};
    ask_end(ask, &end);
}

/* ---- a call ---- */

static bool ask_may(void *ctx)
{
    const struct ask *ask = ctx;
    return jobs_may(ask->worker->jobs, ask->fence);
}

static void ask_answered(void *ctx, const struct http_reply *reply)
{
    struct ask *ask = ctx;
    struct jobs *jobs = ask->worker->jobs;
    struct pair *headers = ARENA_ARRAY(ask->page, struct pair, reply->headers.count + 1);
    ask->reply = *reply;
    ask->reply.body = str_dup(ask->page, reply->body);
    for (size_t i = 0; i < reply->headers.count; i++)
        headers[i] = (struct pair){str_dup(ask->page, reply->headers.items[i].name),
                                   str_dup(ask->page, reply->headers.items[i].value)};
    ask->reply.headers.items = headers;
    pthread_mutex_lock(&jobs->asks_lock);
    bool over = jobs->asks_over;
    if (!over) {
        ask->answered = jobs->asks_answered;
        jobs->asks_answered = ask;
    }
    pthread_mutex_unlock(&jobs->asks_lock);
    if (over)
        ask_free(ask);
    else
        worker_wake(&jobs->asks);
}

static void ask_call(struct ask *ask)
{
    struct round *r = &ask->round;
    struct http_call call = {0};
    struct error e = {0};
    arena_reset(ask->page);
    r->asking.now = clock_now();
    if (!r->account->channel->ask(ask->page, &r->account->settings, &r->asking, &call, &e)) {
        struct round_end end = {.kind = ROUND_LEFT_OUT, .outcome.words = str_dup(r->arena, str_from(e.message))};
        ask_end(ask, &end);
        return;
    }
    if (call.timeout_ms == 0)
        call.timeout_ms = CALL_MS;
    if (call.timeout_ms > CALL_MOST_MS)
        call.timeout_ms = CALL_MOST_MS;
    call.may_begin = ask_may;
    call.begin_ctx = ask;
    client_send(ask->worker->jobs->client, &call, ask_answered, ask);
}

/* ---- an answer ---- */

/* It could not be stored: perhaps the database is away, perhaps something in it cannot be. */
static void answer_lost(struct ask *ask, const struct error *e)
{
    if (e->code == ERR_CONFLICT || e->code == ERR_UNAVAILABLE) {
        trouble(ask->worker->jobs, e);
        ask_free(ask);
        return;
    }
    jobs_log("asks", e);
    struct outcome outcome = {.kind = OUTCOME_FAILED,
                              .failure = FAILURE_TRANSIENT,
                              .words = str_dup(ask->round.arena, str_from(e->message))};
    ask_fail(ask, &outcome);
}

static void ask_go_on(struct ask *ask)
{
    struct round *r = &ask->round;
    struct error e = {0};
    struct round_answer answer = {.round = r,
                                  .house = ask->worker->jobs->house,
                                  .body = ask->reply.body,
                                  .events.arena = ask->page,
                                  .now = clock_now()};
    r->account->channel->asked(ask->page, &r->account->settings, &r->asking, &ask->reply, &answer.events,
                               &answer.asked);
    round_hear(r, &answer);
    if (!jobs_write(ask->worker, r->account->row.brand_id, round_take, &answer, &e)) {
        answer_lost(ask, &e);
        return;
    }
    round_took(r, &answer);
    if (answer.asked.outcome.kind == OUTCOME_FAILED) {
        ask_fail(ask, &answer.asked.outcome);
    } else if (answer.asked.more && r->pages < PAGES_MAX && !answer.spent) {
        ask_call(ask);
    } else {
        struct round_end end = {.kind = answer.asked.more ? ROUND_CUT : ROUND_COMPLETE, .from = answer.asked.from};
        ask_end(ask, &end);
    }
}

static struct ask *answered_take(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->asks_lock);
    struct ask *list = jobs->asks_answered;
    jobs->asks_answered = NULL;
    pthread_mutex_unlock(&jobs->asks_lock);
    return list;
}

/* ---- what is due ---- */

struct beginning {
    struct round *round;
    bool due;
    int64_t until;
};

static bool beginning_read(struct tx *tx, void *ctx, struct error *e)
{
    struct beginning *b = ctx;
    return round_begin(tx, b->round, clock_now(), &b->due, &b->until, e);
}

struct put_off {
    const struct asking_row *row;
    int64_t until;
};

static bool put_off_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct put_off *p = ctx;
    return asking_row_next(tx, p->row->brand_id, p->row->channel_id, p->row->listing, p->until, e);
}

static void ask_begin(struct worker *worker, const struct asking_row *row, const struct account *account,
                      const struct listing *listing)
{
    struct arena *own = arena_new();
    struct ask *ask = ARENA_NEW(own, struct ask);
    struct error e = {0};
    *ask = (struct ask){.worker = worker,
                        .fence = worker->fence,
                        .page = arena_new(),
                        .round = {.arena = own, .account = account, .listing = listing}};
    struct beginning b = {.round = &ask->round};
    worker_flight(worker, 1);
    bool read = db_read(worker->jobs->house->db, beginning_read, &b, &e);
    if (!read || !b.due) {
        struct put_off later = {row, b.until};
        if (!read || (b.until && !jobs_write(worker, row->brand_id, put_off_write, &later, &e)))
            trouble(worker->jobs, &e);
        ask_free(ask);
        return;
    }
    pthread_mutex_lock(&worker->jobs->asks_lock);
    ask->next = worker->jobs->asks_under_way;
    worker->jobs->asks_under_way = ask;
    pthread_mutex_unlock(&worker->jobs->asks_lock);
    ask_call(ask);
}

static void row_due(struct worker *worker, const struct asking_row *row)
{
    struct jobs *jobs = worker->jobs;
    struct error e = {0};
    int rounds;
    if (ask_is_under_way(jobs, row, &rounds) || rounds >= ROUNDS_MAX)
        return;
    account_forget(jobs->house, row->channel_id); /* never with a token that was renewed a moment ago */
    const struct account *account = account_get(jobs->house, row->channel_id, &e);
    const struct listing *listing = account ? channel_listing(account->channel, row->listing) : NULL;
    if (listing && rounds_of_network(jobs, account->channel) < A_NETWORK) {
        ask_begin(worker, row, account, listing);
        return;
    }
    if (account && !listing) { /* a version that is not here any more asked for it */
        struct put_off later = {row, clock_now() + DAY_US};
        if (!jobs_write(worker, row->brand_id, put_off_write, &later, &e))
            trouble(jobs, &e);
    }
    account_release(jobs->house, account);
}

struct rows_due {
    struct arena *arena;
    int64_t brand;
    struct asking_row *list;
    size_t count;
};

static bool rows_read(struct tx *tx, void *ctx, struct error *e)
{
    struct rows_due *due = ctx;
    return asking_row_due(tx, due->arena, due->brand, clock_now(), DUE_A_TURN, &due->list, &due->count, e);
}

struct opening {
    int64_t brand;
    bool start;
};

static bool opening_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct opening *o = ctx;
    return o->start ? asking_start(tx, o->brand, clock_now(), e) : asking_mend(tx, o->brand, clock_now(), e);
}

static void brand_asks(struct worker *worker, struct arena *a, int64_t brand)
{
    struct rows_due due = {.arena = a, .brand = brand};
    struct error e = {0};
    if (!db_read(worker->jobs->house->db, rows_read, &due, &e)) {
        trouble(worker->jobs, &e);
        return;
    }
    for (size_t i = 0; i < due.count && !worker_ends(worker) && jobs_may(worker->jobs, worker->fence); i++)
        row_due(worker, &due.list[i]);
}

/* Once under each lease every list is asked; lists that a channel of another node has are found within a minute. */
static void brands_open(struct worker *worker, const struct brand *brands, size_t count)
{
    struct jobs *jobs = worker->jobs;
    bool start = !jobs->asks_mend_at || jobs->asks_fence != worker->fence;
    if (!start && clock_awake() < jobs->asks_mend_at)
        return;
    for (size_t i = 0; i < count; i++) {
        struct opening o = {brands[i].id, start};
        struct error e = {0};
        if (!jobs_write(worker, brands[i].id, opening_write, &o, &e)) {
            trouble(jobs, &e);
            return;
        }
    }
    jobs->asks_fence = worker->fence;
    jobs->asks_mend_at = clock_awake() + MEND_US;
}

void asks_turn(struct worker *worker, struct arena *a)
{
    struct jobs *jobs = worker->jobs;
    struct brand *brands;
    size_t count;
    for (struct ask *ask = answered_take(jobs), *next; ask; ask = next) {
        next = ask->answered;
        if (ask->fence == worker->fence)
            ask_go_on(ask);
        else
            ask_free(ask);
    }
    if (clock_awake() < jobs->asks_again_at || !jobs_brands(jobs, a, &brands, &count))
        return;
    brands_open(worker, brands, count);
    for (size_t i = 0; i < count; i++)
        brand_asks(worker, a, brands[i].id);
}

/* Without the lease what is answered is of no use: whoever has it asks again. */
void asks_drop(struct worker *worker)
{
    if (worker->fence || !worker->jobs->keeper)
        return;
    for (struct ask *ask = answered_take(worker->jobs), *next; ask; ask = next) {
        next = ask->answered;
        ask_free(ask);
    }
}

void asks_over(struct worker *worker)
{
    struct jobs *jobs = worker->jobs;
    pthread_mutex_lock(&jobs->asks_lock);
    jobs->asks_over = true;
    pthread_mutex_unlock(&jobs->asks_lock);
    for (struct ask *ask = answered_take(jobs), *next; ask; ask = next) {
        next = ask->answered;
        ask_free(ask);
    }
}

void asks_land(struct jobs *jobs)
{
    while (worker_in_flight(&jobs->asks) > 0)
        nanosleep(&(struct timespec){.tv_nsec = LAND_MS * 1000000L}, NULL);
}
