/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it? Some networks say only an id in what they send: their name is asked for once, so that a colleague
 * answers somebody and not a number. Whom the network does not name keeps the number. */
#include "base/arena.h"
#include "base/clock.h"
#include "care/account.h"
#include "care/people.h"
#include "jobs/jobs_internal.h"

#define TRIES_MAX 6
#define AGAIN_US  MINUTE_US
#define NEVER_US  (400 * DAY_US)
#define BUSY_MAX  255

struct naming {
    int64_t brand;
    struct nameless who;
    struct channel_author author;
    struct outcome outcome;
};

static bool asked_write(struct tx *tx, void *ctx, struct error *e)
{
    struct naming *q = ctx;
    struct nameless *who = &q->who;
    if (q->outcome.kind == OUTCOME_ACCEPTED && q->author.name.len)
        return nameless_delete(tx, q->brand, who->network, who->external_id, e) &&
               person_named(tx, q->brand, who->network, &q->author, e);
    bool later = q->outcome.failure == FAILURE_TRANSIENT || q->outcome.failure == FAILURE_RATE ||
                 q->outcome.failure == FAILURE_TOKEN || q->outcome.failure == FAILURE_PERMISSION;
    who->tries++;
    int64_t wait = AGAIN_US << (2 * who->tries); /* 4 minutes … 3 days */
    who->next_at = tx_now(tx) + (later && who->tries < TRIES_MAX ? wait : NEVER_US);
    return nameless_again(tx, q->brand, who, e);
}

static void ask(struct worker *worker, struct arena *a, void *ctx)
{
    struct naming *q = ctx;
    struct error e = {0};
    struct http_call call = {0};
    struct http_reply reply = {0};
    const struct account *account = account_get(worker->jobs->house, q->who.channel_id, &e);
    q->author.external_id = q->who.external_id;
    q->outcome = (struct outcome){.kind = OUTCOME_FAILED, .failure = FAILURE_GONE};
    if (account && account->channel->profile &&
        account->channel->profile(a, &account->settings, q->who.external_id, &call, &e)) {
        jobs_call(worker, a, &call, &reply);
        account->channel->profiled(a, &reply, &q->author, &q->outcome);
    }
    account_release(worker->jobs->house, account);
    e = (struct error){0};
    if (!jobs_write(worker, q->brand, asked_write, q, &e)) {
        jobs_log("names", &e);
        lane_rest(worker);
    }
}

struct names_due {
    struct arena *arena;
    int64_t brand, busy[BUSY_MAX];
    size_t busy_count;
    struct nameless *list;
    size_t count;
};

static bool due_read(struct tx *tx, void *ctx, struct error *e)
{
    struct names_due *due = ctx;
    return nameless_due(tx, due->arena, due->brand, tx_now(tx), due->busy, due->busy_count, &due->list, &due->count,
                        e);
}

/* Begins to ask beside the others; the rest of a channel that has one under way waits for a later turn. True when
 * something changed. */
static bool ask_begin(struct worker *worker, struct names_due *due, const struct nameless *who)
{
    struct arena *own = arena_new();
    struct naming *q = ARENA_NEW(own, struct naming);
    *q = (struct naming){.brand = due->brand, .who = *who};
    q->who.network = str_dup(own, who->network);
    q->who.external_id = str_dup(own, who->external_id);
    if (lane_start(worker, who->channel_id, channel_find(q->who.network), own, ask, q))
        return true;
    arena_free(own);
    for (size_t i = 0; i < due->busy_count; i++)
        if (due->busy[i] == who->channel_id)
            return false;
    if (due->busy_count == BUSY_MAX)
        return false;
    due->busy[due->busy_count++] = who->channel_id;
    return true;
}

static void brand_names(struct worker *worker, struct arena *a, int64_t brand)
{
    struct names_due due = {.arena = a, .brand = brand};
    due.busy_count = lanes_busy(worker, due.busy, BUSY_MAX);
    for (bool more = true; more && !worker_ends(worker);) {
        struct error e = {0};
        more = false;
        if (!db_read(worker->jobs->house->db, due_read, &due, &e)) {
            jobs_log("names", &e);
            return;
        }
        for (size_t i = 0; i < due.count && !worker_ends(worker); i++)
            more |= ask_begin(worker, &due, &due.list[i]);
    }
}

void names_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t b = 0; b < count; b++)
        brand_names(worker, a, brands[b].id);
}
