/* SPDX-License-Identifier: Apache-2.0 */
/* Sending letters, one at a time through an account. A letter is claimed before its call goes out; whose end nobody
 * knows is never sent again. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/unicode.h"
#include "care/account.h"
#include "care/follows.h"
#include "care/intake.h"
#include "care/letters.h"
#include "jobs/jobs_internal.h"
#include "store/message.h"

#define LETTERS_A_TURN 50

struct posting {
    struct worker *worker; /* of the lane */
    struct letter letter;
    struct letter_mail mail;
    struct outcome outcome;
    bool claimed, maybe_arrived, notice;
};

static bool posting_claim(struct tx *tx, void *ctx, struct error *e)
{
    struct posting *p = ctx;
    struct letter now;
    if (!letter_claim(tx, tx_arena(tx), p->letter.brand_id, p->letter.id, jobs_life(p->worker->jobs), &now,
                      &p->claimed, e))
        return false;
    p->letter.attempts = now.attempts;
    p->letter.claimed_by = now.claimed_by;
    return !p->claimed || !p->notice || !p->mail.text.len ||
           letter_leaves(tx, p->worker->jobs->house, &p->letter, p->mail.to, p->mail.text, e);
}

static bool posting_end(struct tx *tx, void *ctx, struct error *e)
{
    const struct posting *p = ctx;
    struct str id = p->notice ? p->outcome.external_id : STR_EMPTY;
    /* whatever the network says of it later is said of no message */
    return letter_ended(tx, &p->letter, &p->outcome, p->maybe_arrived, e) &&
           (!id.len ||
            dedup_set(tx, p->letter.brand_id, intake_message_hash(tx_arena(tx), p->letter.channel_id, id), -1, e));
}

static void refused(struct posting *p, struct arena *a, const struct error *e)
{
    bool token = e->code == ERR_UNAUTHENTICATED || e->code == ERR_FORBIDDEN;
    p->outcome = (struct outcome){.kind = OUTCOME_FAILED,
                                  .failure = token ? FAILURE_TOKEN : FAILURE_CONTENT,
                                  .words = str_dup(a, str_from(e->message))};
}

/* Through a network: a short notice in its own door, and no message of ours. */
static bool notice_call(struct arena *a, const struct account *account, const struct letter_mail *mail,
                        struct outgoing *out, struct http_call *call, struct error *e)
{
    if (!account->channel->notice)
        return fail(e, ERR_BAD_INPUT, "Letters do not go out from here.");
    out->door = str_from(account->channel->notice);
    out->to = mail->to;
    out->text = mail->text;
    out->now = mail->now;
    return account->channel->send(a, &account->settings, out, call, e);
}

/* The words, of this moment. */
static bool posting_write(struct posting *p, struct arena *a, const struct account *account, struct error *e)
{
    const struct letter_writer *writer = &p->worker->jobs->letter_writer;
    const struct channel *channel = account->channel;
    const struct door *door = channel->notice ? channel_door(channel, str_from(channel->notice)) : NULL;
    const struct json *about;
    p->notice = !channel->letter;
    p->mail = (struct letter_mail){.key = str_format(a, "letter%lld", (long long)p->letter.id),
                                   .language = p->letter.language,
                                   .now = clock_now()};
    if (!letter_open(a, p->worker->jobs->house, &p->letter, &p->mail.to, &about, e) ||
        !writer->write(a, &account->brand, &p->letter, about, &p->mail, writer->ctx, e))
        return false;
    if (p->notice && door && door->unit == LENGTH_SMS)
        p->mail.text = text_sms_plain(a, p->mail.text);
    return true;
}

static bool posting_call(struct posting *p, struct arena *a, const struct account *account, struct error *e)
{
    struct outgoing named = {.account = account->row.account, .idempotency_key = p->mail.key};
    struct http_call call = {0};
    struct http_reply reply = {0};
    if (p->notice ? !notice_call(a, account, &p->mail, &named, &call, e)
                  : !account->channel->letter(a, &account->settings, &p->mail, &call, e))
        return false;
    call.once = true;
    jobs_call(p->worker, a, &call, &reply);
    account->channel->answer(a, &named, &reply, &p->outcome);
    p->maybe_arrived = p->outcome.kind == OUTCOME_FAILED && reply.status == 0 && reply.maybe_sent;
    return true;
}

static void post(struct worker *worker, struct arena *a, void *ctx)
{
    struct posting *p = ctx;
    struct error e = {0}, unwritten = {0};
    p->worker = worker;
    account_forget(worker->jobs->house, p->letter.channel_id);
    const struct account *account = account_get(worker->jobs->house, p->letter.channel_id, &e);
    bool written = account && posting_write(p, a, account, &unwritten);
    if (account && jobs_write(worker, p->letter.brand_id, posting_claim, p, &e) && p->claimed) {
        if (!written)
            refused(p, a, &unwritten);
        else if (!posting_call(p, a, account, &e))
            refused(p, a, &e);
        e = (struct error){0};
        /* what is known is written by whoever knows it, the lease or not */
        if (!db_write(worker->jobs->house->db, p->letter.brand_id, posting_end, p, &e))
            lane_rest(worker);
    }
    jobs_log("letters", &e);
    account_release(worker->jobs->house, account);
}

struct letters_due {
    struct arena *arena;
    const struct house *house;
    const struct brand *brand;
    struct letter *list, *over;
    size_t count, over_count;
    bool untold;
};

static bool due_read(struct tx *tx, void *ctx, struct error *e)
{
    struct letters_due *due = ctx;
    int64_t brand = due->brand->id;
    return letter_due(tx, due->arena, brand, tx_now(tx), LETTERS_A_TURN, &due->list, &due->count, e) &&
           letter_over(tx, due->arena, brand, tx_now(tx), &due->over, &due->over_count, e) &&
           follow_is_due(tx, brand, &due->untold, e);
}

static bool sweep(struct tx *tx, void *ctx, struct error *e)
{
    const struct letters_due *due = ctx;
    bool any;
    return letter_sweep(tx, due->brand->id, &any, e);
}

static bool tell(struct tx *tx, void *ctx, struct error *e)
{
    const struct letters_due *due = ctx;
    return follow_tell(tx, due->house, due->brand, e);
}

static void post_begin(struct worker *worker, const struct letter *letter)
{
    struct arena *own = arena_new();
    struct posting *p = ARENA_NEW(own, struct posting);
    *p = (struct posting){.letter = *letter};
    p->letter.kind = str_dup(own, letter->kind);
    p->letter.language = str_dup(own, letter->language);
    p->letter.content = str_dup(own, letter->content);
    p->letter.state = STR("sending");
    if (!lane_start(worker, letter->channel_id, NULL, own, post, p))
        arena_free(own);
}

static void brand_letters(struct worker *worker, struct arena *a, const struct brand *brand)
{
    struct letters_due due = {.arena = a, .house = worker->jobs->house, .brand = brand};
    struct error e = {0};
    if (!db_read(worker->jobs->house->db, due_read, &due, &e)) {
        jobs_log("letters", &e);
        return;
    }
    if (due.over_count && !jobs_write(worker, brand->id, sweep, &due, &e))
        jobs_log("letters", &e);
    if (due.untold && !jobs_write(worker, brand->id, tell, &due, &e))
        jobs_log("letters", &e);
    if (due.untold) /* they leave with the next turn, which comes at once */
        worker_wake(worker);
    for (size_t i = 0; i < due.count && !worker_ends(worker); i++)
        post_begin(worker, &due.list[i]);
}

void letters_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t i = 0; i < count; i++)
        brand_letters(worker, a, &brands[i]);
}
