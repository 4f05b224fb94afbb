/* SPDX-License-Identifier: Apache-2.0 */
/* Once a day every channel proves its token and rights with a cheap call, so that a dead token is noticed by us
 * first. A channel paused for its token is tried every five minutes: when an admin renewed it on the network, it goes
 * on. Access that runs out by itself is renewed some minutes before, and once more where it is refused before. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "care/account.h"
#include "jobs/jobs_internal.h"

#define PROBE_WELL_US  DAY_US
#define PROBE_ILL_US   (5 * MINUTE_US)
#define RENEW_EARLY_US (10 * MINUTE_US) /* before access runs out */
#define RENEW_AGAIN_US (10 * SECOND_US)

struct probe {
    int64_t brand, channel;
    struct str settings, secrets; /* with which it was asked */
    struct outcome outcome;
};

static bool is_paused(const struct channel_row *row)
{
    return str_eq(row->state, STR("paused"));
}

static bool probe_write(struct tx *tx, void *ctx, struct error *e)
{
    struct probe *p = ctx;
    struct channel_row row;
    bool refused = p->outcome.kind == OUTCOME_FAILED &&
                   (p->outcome.failure == FAILURE_TOKEN || p->outcome.failure == FAILURE_PERMISSION);
    if (!channel_row_by_id(tx, tx_arena(tx), p->brand, p->channel, &row, e))
        return false;
    if (!str_eq(row.settings, p->settings) || !str_eq(row.secrets, p->secrets)) /* of the access before: once more */
        return true;
    if (!channel_row_probed(tx, p->brand, p->channel, tx_now(tx), e))
        return false;
    /* as it is now: the outbox may have paused it while we asked, and an admin by hand */
    if (p->outcome.kind == OUTCOME_ACCEPTED && is_paused(&row) && row.failure.len)
        return account_resume(tx, p->brand, p->channel, 0, e);
    if (refused && !is_paused(&row))
        return account_pause(tx, p->brand, p->channel, p->outcome.failure, p->outcome.words, e);
    return true;
}

/* The last call that asked for access: with which settings. An administrator may have changed them while it was on
 * its way; then what it brought says nothing of the new ones. */
struct renew_try {
    bool asked, gave;
    struct str settings, secrets;
};

static bool is_of_before(const struct renew_try *last, const struct channel_row *now)
{
    return last->asked && !last->gave &&
           (!str_eq(last->settings, now->settings) || !str_eq(last->secrets, now->secrets));
}

static void probe_one(struct worker *worker, struct arena *a, const struct channel_row *row,
                      const struct renew_try *last)
{
    struct error e = {0};
    struct http_call call = {0};
    struct http_reply reply = {0};
    struct probe probe = {.brand = row->brand_id, .channel = row->id};
    account_forget(worker->jobs->house, row->id);
    const struct account *account = account_get(worker->jobs->house, row->id, &e);
    bool can = account && account->channel->probe && account->channel->probe(a, &account->settings, &call, &e);
    if (can && !is_of_before(last, &account->row)) { /* else at the next turn, which renews first */
        jobs_call(worker, a, &call, &reply);
        account->channel->probed(a, &reply, &probe.outcome);
        probe.settings = account->row.settings;
        probe.secrets = account->row.secrets;
        if (!jobs_write(worker, row->brand_id, probe_write, &probe, &e))
            jobs_log("probe", &e);
        if (probe.outcome.kind == OUTCOME_ACCEPTED)
            approved_refresh(worker, a, account);
    }
    account_release(worker->jobs->house, account);
}

/* ---- access that runs out ---- */

struct renewing {
    struct house *house;
    const struct account *account;
    struct pairs changed;
    int seconds;
};

static bool renew_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct renewing *r = ctx;
    const struct channel_row *row = &r->account->row;
    return account_renew(tx, r->house, row->brand_id, row->id, &r->account->settings, &r->changed, r->seconds, e);
}

/* One call. True when the network was asked; *again when nothing was given but something is known now with which
 * another call may do better. */
static bool renew_once(struct worker *worker, struct arena *a, const struct channel_row *row, struct renew_try *last,
                       bool *again)
{
    struct error e = {0};
    struct http_call call = {0};
    struct http_reply reply = {0};
    struct outcome outcome = {0};
    struct renewing r = {.house = worker->jobs->house};
    account_forget(r.house, row->id);
    r.account = account_get(r.house, row->id, &e);
    bool can =
        r.account && r.account->channel->renew && r.account->channel->renew(a, &r.account->settings, &call, NULL);
    if (can) {
        last->settings = str_dup(a, r.account->row.settings);
        last->secrets = str_dup(a, r.account->row.secrets);
        jobs_call(worker, a, &call, &reply);
        r.seconds = r.account->channel->renewed(a, &reply, &r.changed, &outcome);
    }
    *again = !r.seconds && r.changed.count > 0;
    /* without asking for the lease: what the network gave is not thrown away, and it replaces only what it renewed */
    if (r.changed.count && !db_write(r.house->db, row->brand_id, renew_write, &r, &e))
        jobs_log("probe", &e);
    else if (can && !r.seconds)
        log_warn("probe", "%s access was not renewed: %.*s", r.account->channel->label, STR_ARGS(outcome.words));
    account_release(r.house, r.account);
    account_forget(r.house, row->id);
    last->gave = r.seconds > 0;
    return can;
}

/* True when the network was asked. Whether it is the end when access was not renewed the probe says: the old one may
 * still be good. */
static void renew_one(struct worker *worker, struct arena *a, const struct channel_row *row, struct renew_try *last)
{
    bool again;
    last->asked = renew_once(worker, a, row, last, &again);
    if (again)
        (void)renew_once(worker, a, row, last, &again);
}

static struct renewal *renewal_of(struct jobs *jobs, int64_t channel)
{
    struct renewal *one = jobs->renewals;
    while (one && one->channel_id != channel)
        one = one->next;
    if (!one) {
        one = ARENA_NEW(jobs->own, struct renewal);
        *one = (struct renewal){.next = jobs->renewals, .channel_id = channel};
        jobs->renewals = one;
    }
    return one;
}

/* True when access was to be renewed: the probe tells what it is worth now. Whoever took the jobs over from a node
 * that fell silent waits until a renewal of that node has ended: networks take back what is renewed twice. */
static bool renew_in_time(struct worker *worker, struct arena *a, const struct channel_row *row,
                          struct renew_try *last)
{
    const struct channel *channel = channel_find(row->network);
    if (!channel || !channel->renew)
        return false;
    struct jobs *jobs = worker->jobs;
    int64_t now = clock_monotonic();
    if (jobs->keeper && clock_awake() < keeper_careful_until(jobs->keeper))
        return false;
    if (jobs->renewals_fence != worker->fence) /* another node may have renewed meanwhile */
        jobs->renewals = NULL;
    jobs->renewals_fence = worker->fence;
    struct renewal *renewal = renewal_of(jobs, row->id);
    /* access that the network refuses before its time: another program renewed it, or an admin at the network */
    bool refused = is_paused(row) && str_eq(row->failure, str_from(failure_name(FAILURE_TOKEN)));
    bool again = refused && renewal->gave && now - renewal->asked_at >= RENEW_AGAIN_US;
    if (row->access_until > clock_now() + RENEW_EARLY_US && !refused)
        return false;
    if (renewal->asked_at && now - renewal->asked_at < PROBE_ILL_US && row->probed_at && !again)
        return false; /* not probed: an admin changed something */
    renewal->asked_at = now;
    renew_one(worker, a, row, last);
    renewal->gave = last->gave;
    return last->asked;
}

struct rows_due {
    struct arena *arena;
    int64_t brand;
    struct channel_row *list;
    size_t count;
    int64_t homeless;
};

static bool rows_read(struct tx *tx, void *ctx, struct error *e)
{
    struct rows_due *due = ctx;
    return channel_row_list(tx, due->arena, due->brand, false, &due->list, &due->count, e) &&
           channel_homeless(tx, due->brand, &due->homeless, e);
}

static bool homes_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct rows_due *due = ctx;
    return channel_homes_mend(tx, due->brand, e);
}

/* Paused by hand (no failure) stays paused. */
static bool is_due(const struct channel_row *row, int64_t now)
{
    bool paused = is_paused(row);
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
        if (!db_read(worker->jobs->house->db, rows_read, &due, &e) ||
            (due.homeless && !db_write(worker->jobs->house->db, due.brand, homes_write, &due, &e))) {
            jobs_log("probe", &e);
            continue;
        }
        for (size_t i = 0; i < due.count && !worker_ends(worker); i++) {
            struct renew_try last = {0};
            if (renew_in_time(worker, a, &due.list[i], &last) || is_due(&due.list[i], clock_now()))
                probe_one(worker, a, &due.list[i], &last);
        }
    }
}
