/* SPDX-License-Identifier: Apache-2.0 */
/* Once a day every channel proves its token and rights with a cheap call, so that a dead token is noticed by us
 * first. A channel paused for its token is tried every five minutes: when an admin renewed it on the network, it goes
 * on. */
#include "base/arena.h"
#include "base/clock.h"
#include "care/account.h"
#include "jobs/jobs_internal.h"

#define PROBE_WELL_US DAY_US
#define PROBE_ILL_US  (5 * MINUTE_US)

struct probe {
    int64_t brand, channel;
    bool was_paused;
    struct outcome outcome;
};

static bool probe_write(struct tx *tx, void *ctx, struct error *e)
{
    struct probe *p = ctx;
    bool refused = p->outcome.kind == OUTCOME_FAILED &&
                   (p->outcome.failure == FAILURE_TOKEN || p->outcome.failure == FAILURE_PERMISSION);
    if (!channel_row_probed(tx, p->brand, p->channel, tx_now(tx), e))
        return false;
    if (p->outcome.kind == OUTCOME_ACCEPTED && p->was_paused)
        return account_resume(tx, p->brand, p->channel, 0, e);
    if (refused && !p->was_paused)
        return account_pause(tx, p->brand, p->channel, p->outcome.failure, p->outcome.words, e);
    return true;
}

static void probe_one(struct worker *worker, struct arena *a, const struct channel_row *row)
{
    struct error e = {0};
    struct http_call call = {0};
    struct http_reply reply = {0};
    struct probe probe = {
        .brand = row->brand_id, .channel = row->id, .was_paused = str_eq(row->state, STR("paused"))};
    account_forget(worker->jobs->house, row->id);
    const struct account *account = account_get(worker->jobs->house, row->id, &e);
    bool can = account && account->channel->probe && account->channel->probe(a, &account->settings, &call, &e);
    if (can) {
        client_call(worker->jobs->client, a, &call, &reply);
        account->channel->probed(a, &reply, &probe.outcome);
        if (!db_write(worker->jobs->house->db, row->brand_id, probe_write, &probe, &e))
            jobs_log("probe", &e);
        if (probe.outcome.kind == OUTCOME_ACCEPTED)
            approved_refresh(worker, a, account);
    }
    account_release(worker->jobs->house, account);
}

struct rows_due {
    struct arena *arena;
    int64_t brand;
    struct channel_row *list;
    size_t count;
};

static bool rows_read(struct tx *tx, void *ctx, struct error *e)
{
    struct rows_due *due = ctx;
    return channel_row_list(tx, due->arena, due->brand, false, &due->list, &due->count, e);
}

/* Paused by hand (no failure) stays paused. */
static bool is_due(const struct channel_row *row, int64_t now)
{
    bool paused = str_eq(row->state, STR("paused"));
    if (paused && row->failure.len == 0)
        return false;
    return row->probed_at + (paused ? PROBE_ILL_US : PROBE_WELL_US) <= now;
}

void probe_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t b = 0; b < count; b++) {
        struct rows_due due = {.arena = a, .brand = brands[b].id};
        struct error e = {0};
        if (!db_read(worker->jobs->house->db, rows_read, &due, &e)) {
            jobs_log("probe", &e);
            continue;
        }
        for (size_t i = 0; i < due.count; i++)
            if (is_due(&due.list[i], clock_now()))
                probe_one(worker, a, &due.list[i]);
    }
}
