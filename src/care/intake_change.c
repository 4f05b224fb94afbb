/* SPDX-License-Identifier: Apache-2.0 */
/* What changes a message later: its author's edits, and taking it back. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/unicode.h"
#include "care/intake_internal.h"
#include "care/keeping.h"
#include "care/ledger.h"
#include "care/likeness.h"
#include "care/reply.h"
#include "care/search.h"
#include "care/story.h"
#include "store/event.h"
#include "store/reaction.h"
#include "store/shelf.h"

/* ---- what changes a message ---- */

/* The words by which a thread is called are those of the post at its head. */
static bool thread_follow(struct tx *tx, const struct message *m, struct str words, struct error *e)
{
    struct arena *a = tx_arena(tx);
    bool head = m->is_public && str_eq(m->thread_key, str_concat(a, STR("post:"), m->external_id));
    return !head ||
           thread_retitle(tx, m->brand_id, m->channel_id, m->thread_key, text_shorten(a, words, THREAD_TITLE), e);
}

/* The payload that brought the words before is not kept with them: the newest one stands for the message. */
static bool payload_follow(struct tx *tx, const struct intake *in, const struct message *m, struct error *e)
{
    return m->payload_id == in->payload_id || (payload_forget(tx, m->brand_id, m->payload_id, e) &&
                                               message_set_payload(tx, m->brand_id, m->id, in->payload_id, e));
}

/* Networks that count in whole seconds do not say what came first within one. */
static bool before_the_last(int64_t at, int64_t edited_at)
{
    return at < (at % SECOND_US ? edited_at : edited_at - edited_at % SECOND_US);
}

/* Where an edit is all that they can answer with, what was answered or closed waits again. */
static bool rewritten_waits(struct tx *tx, const struct intake *in, struct conversation *c, struct message *m,
                            struct error *e)
{
    const struct door *door = channel_door(in->account->channel, m->door);
    bool settled = m->place == PLACE_ANSWERED || m->place == PLACE_CLOSED;
    if (m->outbound || !door || !door->rewritten || !settled || m->told_at < 0)
        return true;
    story_on_us(c);
    return ledger_move(tx, m, PLACE_WAITING, 0, STR(LEDGER_WHY_REWRITTEN), e) && story_settle(tx, c, e);
}

bool intake_edit(struct tx *tx, struct intake *in, int64_t id, struct str text, int64_t at, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = in->account->row.brand_id;
    struct message m;
    struct conversation c;
    if (!message_by_id(tx, a, brand, id, &m, e) || !conversation_by_id(tx, a, brand, m.conversation_id, &c, e))
        return false;
    in->forget |= str_eq(m.note, STR(NOTE_ERASED));
    if (m.deleted_at || str_eq(m.text, text) || (m.edited_at && at > 0 && before_the_last(at, m.edited_at)))
        return true;
    int64_t when = at > 0 ? at : tx_now(tx);
    if (when <= m.edited_at) /* each edit keeps its own words */
        when = m.edited_at + 1;
    bool shown = !m.outbound && str_eq(c.preview, story_preview(a, &m));
    struct str network = in->account->row.network;
    if (!search_message_gone(tx, &m, e) || !(m.told_at < 0 || message_edit_add(tx, brand, id, when, m.text, e)) ||
        !(m.told_at == 0 || message_set_told(tx, brand, id, tx_now(tx), e)) ||
        !(m.outbound || likeness_unsaid(tx, network, &m, e)))
        return false;
    m.text = text;
    if (!m.outbound && !likeness_said(tx, network, &m, e))
        return false;
    if (shown)
        c.preview = story_preview(a, &m);
    return message_set_text(tx, brand, id, text, when, e) && search_message(tx, &m, e) &&
           conversation_update(tx, &c, e) && rewritten_waits(tx, in, &c, &m, e) && thread_follow(tx, &m, text, e) &&
           payload_follow(tx, in, &m, e) && story_event(tx, "message.edited", &c, id, 0, STR_EMPTY, e);
}

bool intake_withdraw(struct tx *tx, struct intake *in, int64_t id, int64_t at, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = in->account->row.brand_id;
    struct message m;
    struct conversation c;
    if (!message_by_id(tx, a, brand, id, &m, e) || !conversation_by_id(tx, a, brand, m.conversation_id, &c, e))
        return false;
    if (m.deleted_at)
        return true;
    if (!search_message_gone(tx, &m, e) || !likeness_unsaid(tx, in->account->row.network, &m, e) ||
        !message_set_deleted(tx, brand, id, at > 0 ? at : tx_now(tx), e) || !attachment_remove_of(tx, brand, id, e) ||
        !reaction_delete_of(tx, brand, id, e) || !payload_forget(tx, brand, m.payload_id, e) ||
        !thread_follow(tx, &m, STR_EMPTY, e))
        return false;
    in->forget |= m.payload_id == in->payload_id;
    if (!m.outbound && str_eq(c.preview, story_preview(a, &m)))
        c.preview = STR_EMPTY;
    if (!m.outbound && !ledger_move(tx, &m, PLACE_WITHDRAWN, 0, STR(LEDGER_WHY_DELETED), e))
        return false;
    return story_settle(tx, &c, e) && story_event(tx, "message.withdrawn", &c, id, 0, STR_EMPTY, e);
}
