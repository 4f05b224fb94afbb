/* SPDX-License-Identifier: Apache-2.0 */
/* What the network made of a reply: accepted, failed in its class, delivered, read. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/follows.h"
#include "care/forum.h"
#include "care/intake.h"
#include "care/ledger.h"
#include "care/likeness.h"
#include "care/people.h"
#include "care/reply.h"
#include "care/similar.h"
#include "care/story.h"
#include "store/event.h"
#include "store/hours.h"
#include "store/person.h"

/* ---- accepted ---- */

static bool receipt_set(struct tx *tx, const struct message *m, enum receipt receipt, enum failure failure,
                        struct str words, struct error *e);

/* An early receipt keeps its failure's class beside it, in one number. */
#define EARLY_FAILURE_SHIFT 8

static bool early_keep(struct tx *tx, const struct account *account, const struct channel_event *event,
                       struct error *e)
{
    struct early early = {.brand_id = account->row.brand_id,
                          .channel_id = account->row.id,
                          .external_id = event->external_id,
                          .id = id_new(),
                          .kind = EARLY_RECEIPT,
                          .text = event->note,
                          .receipt = (int)event->receipt | (int)event->failure << EARLY_FAILURE_SHIFT,
                          .at = event->at};
    return event->external_id.len == 0 || early_add(tx, &early, e);
}

static bool early_receipts(struct tx *tx, struct message *m, struct error *e)
{
    struct early *early;
    size_t count;
    if (m->external_id.len == 0)
        return true;
    if (!early_take(tx, tx_arena(tx), m->brand_id, m->channel_id, m->external_id, &early, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        enum receipt receipt = (enum receipt)(early[i].receipt & ((1 << EARLY_FAILURE_SHIFT) - 1));
        enum failure failure = (enum failure)(early[i].receipt >> EARLY_FAILURE_SHIFT);
        if (early[i].kind == EARLY_RECEIPT && (!receipt_set(tx, m, receipt, failure, early[i].text, e) ||
                                               !message_by_id(tx, tx_arena(tx), m->brand_id, m->id, m, e)))
            return false;
    }
    return true;
}

static bool waiting_answered(struct tx *tx, const struct message *m, struct error *e)
{
    struct message *waiting;
    size_t count;
    if (!message_waiting(tx, tx_arena(tx), m->brand_id, m->conversation_id, m->covers, &waiting, &count, e))
        return false;
    /* written on the network itself it says nothing of how long people wait for us here */
    if (count && m->agent_id && !waited_add(tx, m->brand_id, m->id, tx_now(tx) - waiting[0].received_at, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!ledger_move(tx, &waiting[i], PLACE_ANSWERED, m->agent_id, STR_EMPTY, e))
            return false;
    return true;
}

/* What the network takes through a direct door shows that they are reached there again; approved words go also where
 * nothing else does. */
static bool reached(struct tx *tx, const struct message *m, const struct outbox *row, struct error *e)
{
    struct channel_row account;
    if (row->approved.len)
        return true;
    if (!channel_row_by_id(tx, tx_arena(tx), m->brand_id, m->channel_id, &account, e))
        return false;
    const struct channel *channel = channel_find(account.network);
    const struct door *door = channel ? channel_door(channel, m->door) : NULL;
    return !door || door->kind != DOOR_DIRECT ||
           identity_reachable(tx, m->brand_id, account.network, m->author_id, e);
}

bool reply_accepted(struct tx *tx, int64_t brand, int64_t id, struct str external_id, int64_t at, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message m;
    struct conversation c;
    struct outbox row = {0};
    struct error here = {0};
    if (!message_by_id(tx, a, brand, id, &m, e) || !conversation_by_id(tx, a, brand, m.conversation_id, &c, e))
        return false;
    uint64_t hash = intake_message_hash(a, m.channel_id, external_id);
    if (external_id.len && !dedup_set(tx, brand, hash, id, e))
        return false;
    if (m.receipt >= MESSAGE_ACCEPTED)
        return true;
    if (at < m.at) /* a network's clock: an answer stands after what it answers */
        at = m.at;
    bool had_failed = outbox_by_id(tx, a, brand, id, &row, &here) && str_eq(row.state, STR("failed"));
    m.external_id = external_id;
    m.at = at;
    m.receipt = MESSAGE_ACCEPTED;
    if (had_failed && c.failed > 0)
        c.failed--;
    c.last_out_at = at > c.last_out_at ? at : c.last_out_at;
    c.last_at = at > c.last_at ? at : c.last_at;
    return message_set_accepted(tx, brand, id, external_id, at, e) && outbox_delete(tx, brand, id, e) &&
           reached(tx, &m, &row, e) && waiting_answered(tx, &m, e) && story_settle(tx, &c, e) &&
           forum_replied(tx, &m, e) && follow_answered(tx, &m, e) && similar_remember(tx, &m, e) &&
           channel_row_last_out(tx, brand, m.channel_id, at, e) &&
           story_event(tx, "reply.accepted", &c, id, m.agent_id, STR_EMPTY, e) && early_receipts(tx, &m, e);
}

bool reply_reached(struct tx *tx, int64_t brand, int64_t id, struct str person, struct error *e)
{
    struct message m;
    struct channel_row row;
    if (person.len == 0)
        return true;
    if (!message_by_id(tx, tx_arena(tx), brand, id, &m, e) ||
        !channel_row_by_id(tx, tx_arena(tx), brand, m.channel_id, &row, e))
        return false;
    const struct channel *channel = channel_find(row.network);
    const struct door *door = channel ? channel_door(channel, m.door) : NULL;
    struct channel_author author = {.external_id = m.author_id, .also_known_as = person};
    return !door || door->kind != DOOR_PRIVATE || str_eq(person, m.author_id) ||
           (person_also_known(tx, brand, row.network, &author, tx_now(tx), e) &&
            likeness_told(tx, brand, row.network, m.author_id, person, e));
}

/* ---- failed ---- */

/* 5 s, 15 s, 45 s … at most 30 minutes, a tenth more or less so that many do not come at once. */
static int64_t back_off(int64_t attempts, int64_t id)
{
    int64_t wait = 5 * SECOND_US;
    for (int64_t i = 1; i < attempts && wait < 30 * MINUTE_US; i++)
        wait *= 3;
    if (wait > 30 * MINUTE_US)
        wait = 30 * MINUTE_US;
    return wait - wait / 10 + (id / 4096 % 100) * wait / 500;
}

struct failing {
    struct message m;
    struct conversation c;
    struct outbox row;
    const struct outcome *outcome;
};

static bool give_up(struct tx *tx, struct failing *f, struct error *e)
{
    if (!str_eq(f->row.state, STR("failed")))
        f->c.failed++;
    f->row.state = STR("failed");
    if (f->c.state != CONVERSATION_SET_ASIDE)
        story_on_us(&f->c);
    return outbox_update(tx, &f->row, e) && message_set_failed(tx, f->m.brand_id, f->m.id, true, e) &&
           story_settle(tx, &f->c, e) &&
           story_event(tx, "reply.failed", &f->c, f->m.id, f->m.agent_id, f->row.words, e);
}

/* Why no other reply will arrive there before they write again: the network knows better than our clock. */
static bool flag_unreachable(struct tx *tx, const struct message *m, enum failure failure, struct error *e)
{
    struct channel_row row;
    if (failure != FAILURE_BLOCKED && failure != FAILURE_WINDOW)
        return true;
    if (!channel_row_by_id(tx, tx_arena(tx), m->brand_id, m->channel_id, &row, e))
        return false;
    const struct channel *channel = channel_find(row.network);
    const struct door *door = channel ? channel_door(channel, m->door) : NULL;
    if (failure == FAILURE_WINDOW && (!door || door->kind != DOOR_DIRECT || !door->window_hours))
        return true; /* of this one message, not of the person */
    struct message theirs;
    struct error here = {0};
    if (!message_last_in(tx, tx_arena(tx), m->brand_id, m->conversation_id, m->channel_id, m->door, &theirs, &here)) {
        if (here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
    } else if (theirs.id > m->id) {
        return true; /* they have written since */
    }
    return identity_unreachable(tx, m->brand_id, row.network, m->author_id, str_from(failure_name(failure)), e);
}

static bool try_later(struct tx *tx, struct failing *f, int64_t when, struct error *e)
{
    f->row.state = STR("ready");
    f->row.next_at = when;
    return outbox_update(tx, &f->row, e) &&
           story_event(tx, "reply.delayed", &f->c, f->m.id, f->m.agent_id, f->row.words, e);
}

/* As the network asked, or as it goes by itself. */
static int64_t wait_of(const struct failing *f)
{
    int64_t asked = f->outcome->retry_seconds * SECOND_US;
    if (asked <= 0)
        return back_off(f->row.attempts, f->m.id);
    return asked < REPLY_WAIT_MAX_US ? asked : REPLY_WAIT_MAX_US;
}

static bool failed_by_class(struct tx *tx, struct failing *f, struct error *e)
{
    int64_t now = tx_now(tx), brand = f->m.brand_id, channel = f->m.channel_id;
    switch (f->outcome->failure) {
    case FAILURE_TOKEN:
    case FAILURE_PERMISSION:
        return account_pause(tx, brand, channel, f->outcome->failure, f->row.words, e) &&
               try_later(tx, f, now + 5 * MINUTE_US, e);
    case FAILURE_RATE: {
        int64_t until = now + wait_of(f);
        return channel_row_rate(tx, brand, channel, until, e) && try_later(tx, f, until, e);
    }
    case FAILURE_NONE:
    case FAILURE_TRANSIENT:
        if (f->row.attempts >= REPLY_ATTEMPTS_MAX)
            return give_up(tx, f, e);
        return try_later(tx, f, now + wait_of(f), e);
    case FAILURE_BLOCKED:
    case FAILURE_WINDOW: return flag_unreachable(tx, &f->m, f->outcome->failure, e) && give_up(tx, f, e);
    case FAILURE_GONE:
    case FAILURE_CONTENT:
    case FAILURE_COUNT: return give_up(tx, f, e);
    }
    return give_up(tx, f, e);
}

/* No answer came, but a receipt had: the network took it and did not deliver it. Then that is its outcome. */
static bool told_failed(struct tx *tx, struct failing *f, struct outcome *told, struct error *e)
{
    struct early *early;
    size_t count;
    if (f->m.external_id.len == 0)
        return true;
    if (!early_take(tx, tx_arena(tx), f->m.brand_id, f->m.channel_id, f->m.external_id, &early, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        enum failure failure = (enum failure)(early[i].receipt >> EARLY_FAILURE_SHIFT);
        if (early[i].kind != EARLY_RECEIPT || (early[i].receipt & ((1 << EARLY_FAILURE_SHIFT) - 1)) != RECEIPT_FAILED)
            continue;
        *told = (struct outcome){
            .kind = OUTCOME_FAILED, .failure = failure ? failure : FAILURE_CONTENT, .words = early[i].text};
        f->outcome = told;
    }
    return true;
}

bool reply_failed(struct tx *tx, int64_t brand, int64_t id, const struct outcome *outcome, int step, struct str carry,
                  bool maybe_arrived, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct failing f = {.outcome = outcome};
    struct outcome told;
    struct error here = {0};
    if (!outbox_by_id(tx, a, brand, id, &f.row, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    if (str_eq(f.row.state, STR("failed")))
        return true; /* an answer that comes late: a colleague has it in hand */
    if (!message_by_id(tx, a, brand, id, &f.m, e) || !conversation_by_id(tx, a, brand, f.m.conversation_id, &f.c, e))
        return false;
    if (maybe_arrived && !told_failed(tx, &f, &told, e))
        return false;
    maybe_arrived = maybe_arrived && f.outcome == outcome;
    f.row.failure = str_from(failure_name(f.outcome->failure));
    f.row.words = f.outcome->words;
    f.row.code = f.outcome->code;
    f.row.lease_until = 0;
    f.row.step = step;
    f.row.carry = carry;
    if (!maybe_arrived)
        return failed_by_class(tx, &f, e);
    /* The network may have it: the echo or a receipt will tell. Sending it again by itself could say it twice. */
    f.row.state = STR("unsure");
    f.row.next_at = tx_now(tx);
    return outbox_update(tx, &f.row, e) &&
           story_event(tx, "reply.unsure", &f.c, f.m.id, f.m.agent_id, f.row.words, e);
}

bool reply_gone(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct failing f = {0};
    if (!outbox_by_id(tx, a, brand, id, &f.row, e) || !message_by_id(tx, a, brand, id, &f.m, e) ||
        !conversation_by_id(tx, a, brand, f.m.conversation_id, &f.c, e))
        return false;
    f.row.failure = str_from(failure_name(FAILURE_TOKEN));
    f.row.words = STR("This account was disconnected.");
    return give_up(tx, &f, e);
}

bool reply_account_gone(struct tx *tx, int64_t brand, int64_t channel, struct error *e)
{
    struct outbox *rows;
    size_t count;
    if (!outbox_ready_of(tx, tx_arena(tx), brand, channel, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!reply_gone(tx, brand, rows[i].id, e))
            return false;
    return true;
}

/* ---- receipts ---- */

/* What this reply had answered waits again: messages after those an earlier reply covered. */
static bool unanswer(struct tx *tx, const struct message *m, struct error *e)
{
    struct message *answered;
    size_t count;
    int64_t covered;
    if (!message_covered(tx, m->brand_id, m->conversation_id, m->id, &covered, e) ||
        !message_in_place(tx, tx_arena(tx), m->brand_id, m->conversation_id, PLACE_ANSWERED, &answered, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (answered[i].id <= m->covers && answered[i].id > covered &&
            !ledger_move(tx, &answered[i], PLACE_WAITING, 0, STR(LEDGER_WHY_UNDELIVERED), e))
            return false;
    return true;
}

/* The reply did not reach them: when did we last? And who blocked us is not reached here at all. */
static bool undelivered_leaves(struct tx *tx, const struct message *m, struct conversation *c, enum failure failure,
                               struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message last;
    struct error here = {0};
    if (!message_last_out(tx, a, m->brand_id, m->conversation_id, m->id, &last, &here) && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    c->last_out_at = last.at;
    return flag_unreachable(tx, m, failure, e);
}

/* Accepted by the network, and then not delivered: as if it had failed at once. */
static bool reply_undelivered(struct tx *tx, const struct message *m, struct conversation *c, enum failure failure,
                              struct str words, struct error *e)
{
    struct outbox row = {.brand_id = m->brand_id,
                         .id = m->id,
                         .channel_id = m->channel_id,
                         .conversation_id = m->conversation_id,
                         .state = STR("failed"),
                         .failure = str_from(failure_name(failure ? failure : FAILURE_CONTENT)),
                         .words = words,
                         .next_at = tx_now(tx)};
    struct message theirs;
    struct error here = {0};
    if (message_last_in(tx, tx_arena(tx), m->brand_id, c->id, m->channel_id, m->door, &theirs, &here))
        row.answered_at = theirs.at;
    else if (here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (!message_set_undelivered(tx, m->brand_id, m->id, e) || !outbox_add(tx, &row, e) || !unanswer(tx, m, e) ||
        !undelivered_leaves(tx, m, c, failure, e))
        return false;
    c->failed++;
    story_on_us(c);
    return story_settle(tx, c, e) && story_event(tx, "reply.failed", c, m->id, m->agent_id, words, e);
}

static bool receipt_set(struct tx *tx, const struct message *m, enum receipt receipt, enum failure failure,
                        struct str words, struct error *e)
{
    static const enum message_receipt steps[] = {[RECEIPT_NONE] = MESSAGE_QUEUED,
                                                 [RECEIPT_SENT] = MESSAGE_ACCEPTED,
                                                 [RECEIPT_DELIVERED] = MESSAGE_DELIVERED,
                                                 [RECEIPT_READ] = MESSAGE_READ,
                                                 [RECEIPT_FAILED] = MESSAGE_FAILED};
    struct conversation c;
    if (m->receipt >= (receipt == RECEIPT_FAILED ? MESSAGE_DELIVERED : steps[receipt]))
        return true; /* said before, or out of order */
    if (!conversation_by_id(tx, tx_arena(tx), m->brand_id, m->conversation_id, &c, e))
        return false;
    if (receipt == RECEIPT_FAILED)
        return reply_undelivered(tx, m, &c, failure, words, e);
    return message_set_receipt(tx, m->brand_id, m->id, steps[receipt], e) &&
           story_event(tx, "reply.receipt", &c, m->id, 0, STR_EMPTY, e);
}

static bool receipts_upto(struct tx *tx, const struct account *account, const struct channel_event *event,
                          struct error *e)
{
    struct identity identity;
    struct conversation c;
    struct error here = {0};
    int64_t brand = account->row.brand_id, changed = 0;
    enum message_receipt step = event->receipt == RECEIPT_READ ? MESSAGE_READ : MESSAGE_DELIVERED;
    if (!identity_find(tx, tx_arena(tx), brand, account->row.network, event->author.external_id, &identity, &here) ||
        !conversation_newest_of(tx, tx_arena(tx), brand, identity.person_id, &c, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    if (!message_receipts_upto(tx, brand, c.id, account->row.id, event->at, step, &changed, e))
        return false;
    return changed == 0 || story_event(tx, "reply.receipt", &c, 0, 0, STR_EMPTY, e);
}

/* "Not delivered", said of a reply that the network accepted, or of one of which we do not know yet. */
static bool receipt_failed(struct tx *tx, const struct account *account, const struct channel_event *event,
                           const struct message *m, struct error *e)
{
    struct outbox row;
    struct error here = {0};
    bool another = m->external_id.len && event->external_id.len && !str_eq(m->external_id, event->external_id);
    if (another)
        return true; /* of an attempt before */
    if (m->receipt >= MESSAGE_ACCEPTED)
        return receipt_set(tx, m, RECEIPT_FAILED, event->failure, event->note, e);
    if (!outbox_by_id(tx, tx_arena(tx), m->brand_id, m->id, &row, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    if (str_eq(row.state, STR("sending"))) /* its call is not answered yet */
        return message_set_external(tx, m->brand_id, m->id, event->external_id, e) &&
               early_keep(tx, account, event, e);
    if (!str_eq(row.state, STR("unsure")))
        return true;
    struct outcome outcome = {
        .kind = OUTCOME_FAILED, .failure = event->failure ? event->failure : FAILURE_CONTENT, .words = event->note};
    return message_set_external(tx, m->brand_id, m->id, event->external_id, e) &&
           reply_failed(tx, m->brand_id, m->id, &outcome, (int)row.step, row.carry, false, e);
}

/* "Sent", overtaken by the word that this very attempt was not delivered: it says nothing any more. */
static bool is_overtaken(struct tx *tx, const struct message *m, const struct channel_event *event, bool *overtaken,
                         struct error *e)
{
    struct outbox row;
    struct error here = {0};
    *overtaken = false;
    if (event->receipt != RECEIPT_SENT || m->receipt >= MESSAGE_ACCEPTED || !m->external_id.len ||
        !str_eq(m->external_id, event->external_id))
        return true;
    *overtaken = outbox_by_id(tx, tx_arena(tx), m->brand_id, m->id, &row, &here) && str_eq(row.state, STR("failed"));
    return here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

bool reply_receipt(struct tx *tx, const struct account *account, const struct channel_event *event, struct error *e)
{
    struct message m;
    int64_t id, brand = account->row.brand_id;
    bool overtaken;
    if (event->kind == CHANNEL_READ_UPTO)
        return receipts_upto(tx, account, event, e);
    if (!intake_find_message(tx, brand, account->row.id, event->external_id, &id, e))
        return false;
    if (id == 0 && !reply_of_token(tx, account, event->reply_token, &id, e))
        return false;
    if (id < 0 || (id == 0 && event->external_id.len == 0))
        return true; /* of something that is no message here, or of nothing we could ever find */
    if (id == 0)
        return early_keep(tx, account, event, e);
    if (!message_by_id(tx, tx_arena(tx), brand, id, &m, e))
        return false;
    if (!m.outbound)
        return true;
    if (event->receipt == RECEIPT_FAILED)
        return receipt_failed(tx, account, event, &m, e);
    if (!is_overtaken(tx, &m, event, &overtaken, e) || overtaken)
        return overtaken;
    if (m.receipt < MESSAGE_ACCEPTED &&
        (!reply_accepted(tx, brand, id, event->external_id, event->at > 0 ? event->at : tx_now(tx), e) ||
         !message_by_id(tx, tx_arena(tx), brand, id, &m, e)))
        return false;
    return receipt_set(tx, &m, event->receipt, event->failure, event->note, e);
}
