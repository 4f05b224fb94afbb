/* SPDX-License-Identifier: Apache-2.0 */
/* Sending replies. A row is claimed before its call goes out, so that it is never sent twice; a row whose end nobody
 * will tell any more may have arrived, and is shown as unsure until an echo, a receipt or a colleague says so. */
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "care/asking.h"
#include "care/file_address.h"
#include "care/intake.h"
#include "care/reply.h"
#include "jobs/jobs_internal.h"

#define OUTBOX_A_TURN 32
#define IN_FLIGHT_MAX 192 /* of all networks: each has its own share (gate.c) */
#define SENDING_LOOK  500
#define LAND_MS       20
#define LAND_TRIES    250

/* One reply on its way; its arena is its own until the outcome is written. */
struct flight {
    struct flight *next; /* in the list of outcomes that were not written yet */
    struct worker *worker;
    int64_t fence, claim;
    struct arena *arena;
    int64_t brand, id;
    const struct account *account;
    struct outbox row;
    struct message message;
    struct outgoing outgoing;
    struct str thread_title;
    struct outcome outcome;
    bool claimed, maybe_arrived, entered, heard;
    int64_t shut_us; /* its channel is shut for so long after it */
    bool fileless;   /* its file is not here any more: it cannot be sent */
    int64_t at;
};

static void flight_end(struct flight *f)
{
    struct worker *worker = f->worker;
    if (f->entered)
        gate_leave(worker->jobs, f->account->row.id);
    account_release(worker->jobs->house, f->account);
    arena_free(f->arena);
    worker_flight(worker, -1);
}

/* ---- claiming ---- */

static bool is_first_of_its_story(struct tx *tx, const struct outbox *row, bool *first, struct error *e)
{
    struct outbox *rows;
    size_t count;
    *first = true;
    if (!outbox_of(tx, tx_arena(tx), row->brand_id, row->conversation_id, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (rows[i].id < row->id && rows[i].channel_id == row->channel_id && !str_eq(rows[i].state, STR("failed")))
            *first = false;
    return true;
}

static bool media_load(struct tx *tx, struct flight *f, struct error *e)
{
    struct attachment *list;
    size_t count;
    struct str mime, bytes;
    if (f->message.attachments == 0)
        return true;
    if (!attachment_list(tx, f->arena, f->brand, f->id, &list, &count, e))
        return false;
    if (count == 0 || list[0].hash.len == 0)
        return fail(e, ERR_NOT_FOUND, "The file to send is not here any more.");
    if (!blob_get(tx, f->arena, f->brand, list[0].hash, &mime, &bytes, e))
        return false;
    struct outgoing_media *media = ARENA_NEW(f->arena, struct outgoing_media);
    *media = (struct outgoing_media){.mime = mime,
                                     .file_name = list[0].name,
                                     .bytes = bytes,
                                     .address = file_address(f->arena, f->worker->jobs->house, f->brand, list[0].id)};
    f->outgoing.media = media;
    return true;
}

static bool flight_claim(struct tx *tx, void *ctx, struct error *e)
{
    struct flight *f = ctx;
    struct channel_row channel;
    bool first;
    f->claimed = false;
    if (!outbox_by_id(tx, f->arena, f->brand, f->id, &f->row, e) ||
        !message_by_id(tx, f->arena, f->brand, f->id, &f->message, e) ||
        !channel_row_by_id(tx, tx_arena(tx), f->brand, f->row.channel_id, &channel, e) ||
        !is_first_of_its_story(tx, &f->row, &first, e))
        return false;
    /* of a network that stumbled the next is asked by one */
    bool alone = !account_stumbles(&channel) || gate_inside(f->worker->jobs, channel.id) == 1;
    bool may = alone && str_eq(f->row.state, STR("ready")) && f->row.next_at <= tx_now(tx) && first &&
               str_eq(channel.state, STR("on")) && channel.rate_until <= tx_now(tx);
    if (!may)
        return true;
    f->row.state = STR("sending");
    f->row.attempts++;
    f->row.lease_until = tx_now(tx) + REPLY_LEASE_US;
    f->row.next_at = f->row.lease_until;
    f->row.claimed_by = jobs_life(f->worker->jobs);
    f->row.claim = f->claim = id_new();
    f->claimed = true;
    struct error here = {0};
    struct str link;
    if (!thread_get(tx, f->arena, f->brand, f->message.channel_id, f->message.thread_key, &f->thread_title, &link, e))
        return false;
    if (!media_load(tx, f, &here)) {
        if (here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
        f->fileless = true;
    }
    return quota_reply(tx, f->account, f->message.door, tx_now(tx), e) && outbox_update(tx, &f->row, e);
}

/* ---- outcome ---- */

/* Whether the row still stands where this attempt left it: another may have been made since, after a colleague's
 * word, by another node or by us. */
static bool is_of_this_attempt(struct tx *tx, const struct flight *f, bool *is, struct error *e)
{
    struct outbox row;
    struct error here = {0};
    *is = outbox_by_id(tx, tx_arena(tx), f->brand, f->id, &row, &here) && row.claim == f->claim &&
          (str_eq(row.state, STR("sending")) || (str_eq(row.state, STR("unsure")) && !f->maybe_arrived));
    return here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

/* What is known is written by whoever knows it, the lease or not: that a network accepted a reply is a fact, and so
 * is that it refused this attempt. */
static bool flight_write(struct tx *tx, void *ctx, struct error *e)
{
    struct flight *f = ctx;
    bool of_this_attempt;
    if (f->heard && !account_heard(tx, f->brand, f->row.channel_id, f->shut_us, f->outcome.words, e))
        return false;
    if (f->outcome.kind == OUTCOME_ACCEPTED)
        return reply_accepted(tx, f->brand, f->id, f->outcome.external_id, f->at, e) &&
               reply_reached(tx, f->brand, f->id, f->outcome.person, e) &&
               quota_replied(tx, f->account, f->message.door, f->outcome.units, tx_now(tx), e) &&
               intake_reactions_early(tx, f->brand, f->row.channel_id, f->outcome.external_id, e);
    if (!is_of_this_attempt(tx, f, &of_this_attempt, e))
        return false;
    if (!of_this_attempt)
        return true;
    return reply_failed(tx, f->brand, f->id, &f->outcome, f->outgoing.step, f->outgoing.carry, f->maybe_arrived, e);
}

/* An outcome that the database cannot take now is kept, and told again by the next turn. */
static void flight_written(void *ctx, bool ok, const struct error *e)
{
    struct flight *f = ctx;
    struct jobs *jobs = f->worker->jobs;
    if (ok || (e->code != ERR_STORAGE && e->code != ERR_UNAVAILABLE)) {
        if (!ok)
            jobs_log("outbox", e);
        else if (f->outcome.failure == FAILURE_TOKEN) /* perhaps it only has to be renewed */
            worker_wake(&jobs->probe);
        flight_end(f);
        return;
    }
    pthread_mutex_lock(&jobs->unwritten_lock);
    f->next = jobs->unwritten;
    jobs->unwritten = f;
    pthread_mutex_unlock(&jobs->unwritten_lock);
}

static void flight_tell(struct flight *f)
{
    db_write_later(f->worker->jobs->house->db, f->brand, flight_write, f, flight_written);
}

static struct flight *unwritten_take(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->unwritten_lock);
    struct flight *list = jobs->unwritten;
    jobs->unwritten = NULL;
    pthread_mutex_unlock(&jobs->unwritten_lock);
    return list;
}

void outbox_tell_again(struct worker *worker)
{
    struct flight *f = unwritten_take(worker->jobs);
    while (f) {
        struct flight *next = f->next;
        flight_tell(f);
        f = next;
    }
}

static void flight_finish(struct flight *f)
{
    f->at = clock_now();
    flight_tell(f);
}

/* What the network said of these stays unknown to the database: the lines of the log are all there is. */
static void unwritten_give_up(struct jobs *jobs)
{
    struct flight *f = unwritten_take(jobs);
    while (f) {
        struct flight *next = f->next;
        log_warn("outbox", "the outcome of reply %lld could not be stored: %s", (long long)f->id,
                 f->outcome.kind == OUTCOME_ACCEPTED ? "it was accepted" : "it was not accepted");
        flight_end(f);
        f = next;
    }
}

void outbox_land(struct jobs *jobs)
{
    for (int tries = 0; worker_in_flight(&jobs->outbox) > 0; tries++) {
        nanosleep(&(struct timespec){.tv_nsec = LAND_MS * 1000000L}, NULL);
        if (tries < LAND_TRIES)
            outbox_tell_again(&jobs->outbox);
        else
            unwritten_give_up(jobs);
    }
}

static bool flight_may(void *ctx)
{
    const struct flight *f = ctx;
    return jobs_may(f->worker->jobs, f->fence);
}

/* A call was made, and this is how it ended. */
static void gate_hear(struct flight *f)
{
    bool stumbled = f->outcome.kind == OUTCOME_FAILED && f->outcome.failure == FAILURE_TRANSIENT;
    f->heard = true;
    f->shut_us = gate_heard(f->worker->jobs, f->row.channel_id, stumbled);
}

static void flight_go(struct flight *f);

static void flight_answered(void *ctx, const struct http_reply *reply)
{
    struct flight *f = ctx;
    f->account->channel->answer(f->arena, &f->outgoing, reply, &f->outcome);
    if (f->outcome.kind == OUTCOME_NEXT) {
        f->outgoing.step++;
        f->outgoing.carry = f->outcome.carry;
        flight_go(f);
        return;
    }
    f->outcome.words = str_dup(f->arena, f->outcome.words);
    f->outcome.external_id = str_dup(f->arena, f->outcome.external_id);
    f->outcome.person = str_dup(f->arena, f->outcome.person);
    /* no answer, or a gateway without an answer from the server behind it: it may have been accepted */
    bool elsewhere = reply->status >= 300 && reply->status < 400; /* which says nothing of what became of it here */
    bool lost =
        (reply->status == 0 && reply->maybe_sent) || reply->status == 502 || reply->status == 504 || elsewhere;
    f->maybe_arrived = f->outcome.kind == OUTCOME_FAILED && lost;
    if (flight_may(f)) /* else it was perhaps not even made */
        gate_hear(f);
    flight_finish(f);
}

/* The lease is asked for here and, by the client, right before the first byte leaves: what was claimed by a node that
 * then stood still is not sent when it wakes, and waits for the node that took over. */
static void flight_go(struct flight *f)
{
    struct http_call call = {0};
    struct error e = {0};
    if (!flight_may(f)) {
        f->outcome = (struct outcome){.kind = OUTCOME_FAILED,
                                      .failure = FAILURE_TRANSIENT,
                                      .words = STR("The node that had it under way stood still.")};
        flight_finish(f);
        return;
    }
    if (f->account->channel->send(f->arena, &f->account->settings, &f->outgoing, &call, &e)) {
        call.once = true;
        call.may_begin = flight_may;
        call.begin_ctx = f;
        client_send(f->worker->jobs->client, &call, flight_answered, f);
        return;
    }
    bool token = e.code == ERR_UNAUTHENTICATED || e.code == ERR_FORBIDDEN;
    f->outcome = (struct outcome){.kind = OUTCOME_FAILED,
                                  .failure = token ? FAILURE_TOKEN : FAILURE_CONTENT,
                                  .words = str_dup(f->arena, str_from(e.message))};
    flight_finish(f);
}

static struct str home_id(struct arena *a, int64_t id)
{
    return str_format(a, "us:%lld", (long long)id);
}

/* A reply at home is at its place once it is stored. */
static void flight_lands_here(struct flight *f)
{
    f->outcome = (struct outcome){.kind = OUTCOME_ACCEPTED, .external_id = home_id(f->arena, f->id)};
    flight_finish(f);
}

static void outgoing_fill(struct flight *f)
{
    struct outgoing *o = &f->outgoing;
    const struct outgoing_media *media = o->media;
    *o = (struct outgoing){.door = f->message.door,
                           .to = f->message.author_id,
                           .account = f->account->row.account,
                           .parent_id = f->message.parent_id,
                           .thread_key = f->message.thread_key,
                           .thread_title = f->thread_title,
                           .text = f->message.text,
                           .idempotency_key = str_format(f->arena, "%lld", (long long)f->id),
                           .answered_at = f->row.answered_at,
                           .now = clock_now(),
                           .media = media,
                           .approved = reply_approved(f->arena, f->row.approved),
                           .step = (int)f->row.step,
                           .carry = f->row.carry};
}

static void flight_start(struct worker *worker, int64_t brand, const struct outbox *row)
{
    struct arena *own = arena_new();
    struct flight *f = ARENA_NEW(own, struct flight);
    struct error e = {0};
    *f = (struct flight){.worker = worker, .fence = worker->fence, .arena = own, .brand = brand, .id = row->id};
    worker_flight(worker, 1);
    /* never with a token that was renewed a moment ago, be it by another process */
    account_forget(worker->jobs->house, row->channel_id);
    f->account = account_get(worker->jobs->house, row->channel_id, &e);
    f->entered = f->account && gate_enter(worker->jobs, f->account);
    if (!f->entered || !jobs_write(worker, brand, flight_claim, f, &e) || !f->claimed) {
        jobs_log("outbox", &e);
        flight_end(f);
        return;
    }
    if (f->fileless) {
        f->outcome = (struct outcome){.kind = OUTCOME_FAILED,
                                      .failure = FAILURE_CONTENT,
                                      .words = STR("The file to send is not here any more.")};
        flight_finish(f);
        return;
    }
    if (f->account->channel->home) {
        flight_lands_here(f);
        return;
    }
    outgoing_fill(f);
    flight_go(f);
}

/* ---- those whose end nobody will tell ---- */

struct due {
    struct arena *arena;
    int64_t brand;
    int64_t full[OUTBOX_FULL_MAX];
    size_t full_count;
    struct outbox *ready, *sending;
    size_t ready_count, sending_count;
};

/* What is due, without those that must wait for their channel or for an earlier reply, and without channels that have
 * as many under way as may be: nothing is claimed in vain,
 * and however many wait for a channel that is paused, those of the others go. */
static bool due_read(struct tx *tx, void *ctx, struct error *e)
{
    struct due *due = ctx;
    return outbox_can_go(tx, due->arena, due->brand, tx_now(tx), OUTBOX_A_TURN, due->full, due->full_count,
                         &due->ready, &due->ready_count, e) &&
           outbox_sending(tx, due->arena, due->brand, SENDING_LOOK, &due->sending, &due->sending_count, e);
}

/* One of our own, after its time; one of a node that does not live any more, at once. A node that lives tells the end
 * itself, also when the lease is not its own any more; twice the time is a limit for all. */
static bool is_lost(struct jobs *jobs, const struct outbox *row, int64_t now)
{
    if (row->claimed_by == jobs_life(jobs))
        return row->lease_until <= now;
    return !keeper_sees(jobs->keeper, row->claimed_by, clock_awake()) || row->lease_until + REPLY_LEASE_US <= now;
}

struct lost {
    struct worker *worker;
    int64_t brand, id;
};

static bool sending_lost(struct tx *tx, void *ctx, struct error *e)
{
    struct lost *lost = ctx;
    struct outbox row;
    struct outcome outcome = {
        .kind = OUTCOME_FAILED, .failure = FAILURE_TRANSIENT, .words = STR("The network's answer was lost.")};
    if (!outbox_by_id(tx, tx_arena(tx), lost->brand, lost->id, &row, e))
        return false;
    if (!str_eq(row.state, STR("sending")) || !is_lost(lost->worker->jobs, &row, tx_now(tx)))
        return true;
    struct channel_row account;
    if (!channel_row_by_id(tx, tx_arena(tx), lost->brand, row.channel_id, &account, e))
        return false;
    const struct channel *channel = channel_find(account.network);
    if (channel && channel->home) /* nothing was called that could have failed: it is here */
        return reply_accepted(tx, lost->brand, lost->id, home_id(tx_arena(tx), lost->id), tx_now(tx), e);
    return reply_failed(tx, lost->brand, lost->id, &outcome, (int)row.step, row.carry, true, e);
}

static void brand_outbox(struct worker *worker, struct arena *a, int64_t brand)
{
    struct due due = {.arena = a, .brand = brand};
    struct error e = {0};
    due.full_count = gates_full(worker->jobs, due.full, OUTBOX_FULL_MAX);
    if (!db_read(worker->jobs->house->db, due_read, &due, &e)) {
        jobs_log("outbox", &e);
        return;
    }
    for (size_t i = 0; i < due.sending_count; i++) {
        struct lost lost = {worker, brand, due.sending[i].id};
        if (is_lost(worker->jobs, &due.sending[i], clock_now()) &&
            !jobs_write(worker, brand, sending_lost, &lost, &e))
            jobs_log("outbox", &e);
    }
    for (size_t i = 0; i < due.ready_count && worker_in_flight(worker) < IN_FLIGHT_MAX && !worker_ends(worker) &&
                       jobs_may(worker->jobs, worker->fence);
         i++)
        flight_start(worker, brand, &due.ready[i]);
}

void outbox_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t i = 0; i < count; i++)
        brand_outbox(worker, a, brands[i].id);
}
