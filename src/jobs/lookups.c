/* SPDX-License-Identifier: Apache-2.0 */
/* What does it say? Some webhooks only name a message: its words are asked for, within seconds (care/lookup.h). */
#include "base/arena.h"
#include "care/lookup.h"
#include "jobs/jobs_internal.h"

#define STEPS_MAX 4
#define CALL_MS   15000

/* The calls, until there is an answer to go by. */
static void ask(struct worker *worker, struct looking *l)
{
    const struct channel *channel = l->account->channel;
    const struct settings *settings = &l->account->settings;
    l->outcome = (struct outcome){.kind = OUTCOME_NEXT};
    for (int step = 0; step < STEPS_MAX && l->outcome.kind == OUTCOME_NEXT; step++) {
        struct http_call call = {0};
        struct http_reply reply = {0};
        struct error e = {0};
        l->lookup.step = step;
        l->lookup.carry = l->outcome.carry;
        l->outcome = (struct outcome){.kind = OUTCOME_FAILED};
        if (!channel->lookup(l->arena, settings, &l->lookup, &call, &e)) {
            l->outcome.failure = e.code == ERR_BAD_INPUT ? FAILURE_CONTENT : FAILURE_NONE;
            return;
        }
        call.timeout_ms = CALL_MS;
        jobs_call(worker, l->arena, &call, &reply);
        l->calls++;
        channel->looked_up(l->arena, settings, &l->lookup, &reply, &l->events, &l->outcome);
    }
    if (l->outcome.kind == OUTCOME_NEXT)
        l->outcome = (struct outcome){.kind = OUTCOME_FAILED, .failure = FAILURE_GONE};
}

/* False when nothing more is to be asked of its channel in this turn. */
static bool look(struct worker *worker, struct looking *l)
{
    struct house *house = worker->jobs->house;
    struct error e = {0};
    account_forget(house, l->wish.channel_id); /* never with a token that was renewed a moment ago */
    l->account = account_get(house, l->wish.channel_id, &e);
    if (!l->account && e.code != ERR_NOT_FOUND) {
        jobs_log("lookups", &e);
        return false;
    }
    e = (struct error){0};
    bool ok = jobs_write(worker, l->brand, looking_begin, l, &e);
    if (ok && l->due) {
        ask(worker, l);
        ok = jobs_write(worker, l->brand, looking_end, l, &e);
        if (ok && l->outcome.kind == OUTCOME_FAILED && l->outcome.failure == FAILURE_TOKEN)
            worker_wake(&worker->jobs->probe); /* perhaps it only has to be renewed */
    }
    if (!ok)
        jobs_log("lookups", &e);
    account_release(house, l->account);
    return ok && !(l->due && looking_is_trouble(l));
}

struct wishes_due {
    struct arena *arena;
    int64_t brand;
    struct wish *list;
    size_t count;
};

static bool due_read(struct tx *tx, void *ctx, struct error *e)
{
    struct wishes_due *due = ctx;
    return wish_due(tx, due->arena, due->brand, tx_now(tx), &due->list, &due->count, e);
}

static void brand_looks(struct worker *worker, struct wishes_due *due)
{
    for (size_t i = 0; i < due->count && !worker_ends(worker); i++) {
        CLEANUP(arena_cleanup) struct arena *own = arena_new();
        struct looking l = {.arena = own, .brand = due->brand, .wish = due->list[i], .events.arena = own};
        if (l.wish.message_id == 0 || look(worker, &l))
            continue;
        for (size_t k = i + 1; k < due->count; k++) /* the rest of its channel waits for another turn */
            if (due->list[k].channel_id == l.wish.channel_id)
                due->list[k].message_id = 0;
    }
}

void lookups_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t b = 0; b < count; b++) {
        struct wishes_due due = {.arena = a, .brand = brands[b].id};
        struct error e = {0};
        if (db_read(worker->jobs->house->db, due_read, &due, &e))
            brand_looks(worker, &due);
        else
            jobs_log("lookups", &e);
    }
}
