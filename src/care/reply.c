/* SPDX-License-Identifier: Apache-2.0 */
/* Sending: the only place where a message to a person is made, and only for an author. */
#include "care/reply.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/file_address.h"
#include "care/intake.h"
#include "care/passages.h"
#include "care/promises.h"
#include "care/search.h"
#include "care/story.h"
#include "store/event.h"
#include "store/shelf.h"

#define REPLY_BYTES_MAX 65536
#define STORY_LOOK      200

struct sending {
    const struct author *author;
    const struct reply_request *request;
    struct conversation c;
    struct brand brand;
    struct message *story;
    size_t story_count;
    struct reply_door door;
    struct str text;
    struct str approved; /* as the outbox keeps it */
    struct attachment attachment;
};

static bool door_choose(struct tx *tx, struct sending *s, struct error *e)
{
    static const struct {
        const char *shut, *words;
    } why[] = {{"window", "The reply window of this door is closed; it opens again when they write there."},
               {"used", "This door was used already: a private reply to a comment can be sent once."},
               {"blocked", "The network says that this person cannot be reached here."},
               {"hidden", "The network hides who wrote this: only a public reply is possible."},
               {"removed", "This account was disconnected."},
               {"network", "The network lets nobody answer this message through that door."}};
    struct reply_door *doors;
    size_t count;
    if (!reply_doors(tx, tx_arena(tx), &s->c, s->story, s->story_count, &doors, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (doors[i].channel_id != s->request->channel_id || !str_eq(s->request->door, str_from(doors[i].door->name)))
            continue;
        bool lets = s->request->approved.len && doors[i].door->approved && doors[i].shut &&
                    str_eq(str_from(doors[i].shut), STR("window"));
        for (size_t k = 0; doors[i].shut && !lets && k < COUNT_OF(why); k++)
            if (str_eq(str_from(doors[i].shut), str_from(why[k].shut)))
                return fail(e, ERR_CONFLICT, "%s", why[k].words);
        s->door = doors[i];
        return true;
    }
    return fail(e, ERR_BAD_INPUT, "This person cannot be answered through that door.");
}

static bool text_check(struct tx *tx, struct sending *s, struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct door *door = s->door.door;
    if (s->request->approved.len) /* only where nothing else goes: words of one's own are better */
        return s->door.shut ? reply_approved_words(tx, s->c.brand_id, s->request, &s->text, &s->approved, e)
                            : fail(e, ERR_CONFLICT, "This door is open: write in words of your own.");
    if (s->request->text.len > REPLY_BYTES_MAX)
        return fail(e, ERR_TOO_LARGE, "A reply has at most 64 KiB.");
    if (!utf8_valid(s->request->text))
        return fail(e, ERR_BAD_INPUT, "The reply is not valid text.");
    s->text = str_trim(text_clean(a, s->request->text));
    if (s->text.len == 0 && !s->request->attachment)
        return fail(e, ERR_BAD_INPUT, "There is nothing to send yet.");
    size_t length = text_length(a, s->text, door->unit);
    if (door->limit && length > (size_t)door->limit)
        return fail(e, ERR_BAD_INPUT, "The reply is too long for %s: %zu of %d.", s->door.channel->label, length,
                    door->limit);
    if (!s->request->attachment)
        return true;
    if (!door->attachments)
        return fail(e, ERR_BAD_INPUT, "This door takes no attachments.");
    if (door->by_address && !(s->request->house && file_reachable(s->request->house)))
        return fail(e, ERR_BAD_INPUT, "%s fetches files from an address of ours, and none is set (public_url).",
                    s->door.channel->label);
    if (!attachment_by_id(tx, a, s->c.brand_id, s->request->attachment, &s->attachment, e))
        return false;
    if (s->attachment.message_id != 0)
        return fail(e, ERR_CONFLICT, "This file was sent already.");
    return door->attachment_max == 0 || (size_t)s->attachment.size <= door->attachment_max ||
           fail(e, ERR_TOO_LARGE, "The file is too large for this door: at most %zu KB.",
                door->attachment_max / 1024);
}

/* Two colleagues must not answer the same person unknowingly. */
static bool nobody_else_answered(const struct sending *s, struct error *e)
{
    if (s->request->anyway)
        return true;
    for (size_t i = s->story_count; i-- > 0;)
        if (s->story[i].outbound && s->story[i].id > s->request->seen && s->request->seen &&
            s->story[i].agent_id != author_agent(s->author))
            return fail(e, ERR_CONFLICT, "A colleague answered while you were writing. Read it first.");
    return true;
}

/* Who was set aside can be told once why: also while that reply is still on its way. */
static bool boundary_is_free(const struct sending *s, struct error *e)
{
    if (s->c.state != CONVERSATION_SET_ASIDE)
        return true;
    for (size_t i = s->story_count; i-- > 0;)
        if (s->story[i].outbound && s->story[i].received_at >= s->c.closed_at)
            return fail(e, ERR_CONFLICT,
                        "This person was set aside and has had its one boundary reply: take it back first.");
    return true;
}

static bool sending_prepare(struct tx *tx, struct sending *s, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = author_brand(s->author);
    if (!brand_by_id(tx, a, brand, &s->brand, e) ||
        !conversation_by_id(tx, a, brand, s->request->conversation_id, &s->c, e))
        return false;
    if (s->c.need.len == 0)
        return fail(e, ERR_CONFLICT, "Listen first: say in one line what this person needs.");
    return message_list(tx, a, brand, s->c.id, (struct cursor){.limit = STORY_LOOK}, &s->story, &s->story_count, e) &&
           boundary_is_free(s, e) && door_choose(tx, s, e) && text_check(tx, s, e) && nobody_else_answered(s, e);
}

static int64_t newest_inbound(const struct sending *s)
{
    int64_t newest = 0;
    for (size_t i = 0; i < s->story_count; i++)
        if (!s->story[i].outbound && s->story[i].id > newest)
            newest = s->story[i].id;
    return s->request->seen && s->request->seen < newest ? s->request->seen : newest;
}

static bool outbound_add(struct tx *tx, struct sending *s, struct message *m, struct error *e)
{
    const struct door *door = s->door.door;
    bool public = door->kind == DOOR_PUBLIC;
    *m = (struct message){.brand_id = s->c.brand_id,
                          .id = id_new(),
                          .conversation_id = s->c.id,
                          .person_id = s->c.person_id,
                          .channel_id = s->door.channel_id,
                          .thread_key = s->door.thread_key,
                          .door = str_from(door->name),
                          .is_public = public,
                          .outbound = true,
                          .agent_id = author_agent(s->author),
                          .parent_id = s->door.parent_external,
                          .kind = STR("text"),
                          .text = s->text,
                          .author_id = s->door.to,
                          .at = tx_now(tx),
                          .received_at = tx_now(tx),
                          .receipt = MESSAGE_QUEUED,
                          .covers = newest_inbound(s),
                          .attachments = s->request->attachment ? 1 : 0};
    struct outbox row = {.brand_id = s->c.brand_id,
                         .id = m->id,
                         .channel_id = s->door.channel_id,
                         .conversation_id = s->c.id,
                         .state = STR("ready"),
                         .next_at = tx_now(tx) + s->brand.undo_seconds * SECOND_US,
                         .answered_at = s->door.since,
                         .approved = s->approved};
    s->attachment.message_id = m->id;
    return message_add(tx, m, e) && outbox_add(tx, &row, e) && search_message(tx, m, e) &&
           (!s->request->attachment || attachment_update(tx, &s->attachment, e));
}

static bool promise_of_reply(struct tx *tx, const struct sending *s, const struct message *m, struct error *e)
{
    struct promise promise = {.brand_id = m->brand_id,
                              .id = id_new(),
                              .conversation_id = m->conversation_id,
                              .person_id = m->person_id,
                              .message_id = m->id,
                              .agent_id = m->agent_id,
                              .state = STR("noticed")};
    const char *zone = str_cstr(tx_arena(tx), s->brand.zone);
    return !promise_notice(tx_arena(tx), m->text, tx_now(tx), zone, &promise.text, &promise.due_at) ||
           promise_add(tx, &promise, e);
}

static uint64_t once_hash(struct arena *a, int64_t agent, struct str once)
{
    return hash64(str_format(a, "%lld|once|%.*s", (long long)agent, STR_ARGS(once)));
}

bool reply_sent_once(struct tx *tx, int64_t brand, int64_t agent, struct str once, int64_t *sent, struct error *e)
{
    struct message m;
    struct error here = {0};
    *sent = 0;
    if (once.len == 0)
        return true;
    if (!dedup_find(tx, brand, once_hash(tx_arena(tx), agent, once), sent, e))
        return false;
    if (*sent <= 0 || message_by_id(tx, tx_arena(tx), brand, *sent, &m, &here))
        return true;
    *sent = 0;
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

bool reply_send(struct tx *tx, const struct author *author, const struct reply_request *request, int64_t *message_id,
                struct error *e)
{
    struct sending s = {.author = author, .request = request};
    struct message m;
    int64_t sent;
    if (!reply_sent_once(tx, author_brand(author), author_agent(author), request->once, &sent, e))
        return false;
    if (sent > 0) {
        *message_id = sent;
        return true;
    }
    if (!sending_prepare(tx, &s, e) || !outbound_add(tx, &s, &m, e) || !promise_of_reply(tx, &s, &m, e) ||
        (request->house && !passages_given(tx, request->house, &m, e)))
        return false;
    *message_id = m.id;
    if (request->once.len && !dedup_set(tx, m.brand_id, once_hash(tx_arena(tx), m.agent_id, request->once), m.id, e))
        return false;
    if (s.c.owner_id == 0)
        s.c.owner_id = m.agent_id;
    s.c.messages++;
    return draft_delete(tx, m.brand_id, s.c.id, m.agent_id, STR("reply"), e) && conversation_update(tx, &s.c, e) &&
           story_event(tx, "reply.queued", &s.c, m.id, m.agent_id, STR_EMPTY, e);
}

/* ---- while it is on its way ---- */

static bool reply_open(struct tx *tx, const struct author *author, int64_t id, struct outbox *row, struct message *m,
                       struct conversation *c, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = author_brand(author);
    return outbox_by_id(tx, a, brand, id, row, e) && message_by_id(tx, a, brand, id, m, e) &&
           conversation_by_id(tx, a, brand, m->conversation_id, c, e);
}

/* The words of a reply as its author's draft again, before what they began to write meanwhile. */
static bool words_back(struct tx *tx, const struct message *m, int64_t agent, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct draft *drafts, draft = {.brand_id = m->brand_id,
                                   .conversation_id = m->conversation_id,
                                   .agent_id = agent,
                                   .kind = STR("reply"),
                                   .door = m->door,
                                   .channel_id = m->channel_id,
                                   .text = m->text,
                                   .at = tx_now(tx)};
    size_t count;
    if (!draft_list(tx, a, m->brand_id, m->conversation_id, agent, &drafts, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (drafts[i].agent_id == agent && str_eq(drafts[i].kind, STR("reply")) && drafts[i].text.len &&
            !str_eq(drafts[i].text, m->text))
            draft.text = str_format(a, "%.*s\n\n%.*s", STR_ARGS(m->text), STR_ARGS(drafts[i].text));
    return draft_put(tx, &draft, e);
}

/* Nothing of it stays but its words; what the network may still say of it is of no message here. */
static bool reply_remove(struct tx *tx, const struct message *m, struct error *e)
{
    uint64_t hash = intake_message_hash(tx_arena(tx), m->channel_id, m->external_id);
    return search_message_gone(tx, m, e) && outbox_delete(tx, m->brand_id, m->id, e) &&
           promise_delete_of(tx, m->brand_id, m->id, e) && message_delete_queued(tx, m->brand_id, m->id, e) &&
           attachment_free(tx, m->brand_id, m->id, e) &&
           (m->external_id.len == 0 || dedup_set(tx, m->brand_id, hash, -1, e));
}

bool reply_take_back(struct tx *tx, const struct author *author, int64_t id, struct error *e)
{
    struct outbox row;
    struct message m;
    struct conversation c;
    if (!reply_open(tx, author, id, &row, &m, &c, e))
        return false;
    if (str_eq(row.state, STR("sending")) || str_eq(row.state, STR("unsure")))
        return fail(e, ERR_CONFLICT, "It is on its way to the network: it cannot be taken back any more.");
    if (str_eq(row.state, STR("failed")) && c.failed > 0)
        c.failed--;
    c.messages--;
    if (c.last_at == m.at) /* it was accepted first, and is no more */
        c.last_at = c.last_in_at > c.last_out_at ? c.last_in_at : c.last_out_at;
    return reply_remove(tx, &m, e) && words_back(tx, &m, author_agent(author), e) && story_settle(tx, &c, e) &&
           story_event(tx, "reply.taken_back", &c, id, author_agent(author), STR_EMPTY, e);
}

/* What the network called the attempt before is not the name of the next one, nor of any other message. */
static bool attempt_forget(struct tx *tx, const struct message *m, struct error *e)
{
    uint64_t hash = intake_message_hash(tx_arena(tx), m->channel_id, m->external_id);
    return m->external_id.len == 0 ||
           (dedup_set(tx, m->brand_id, hash, -1, e) && message_set_external(tx, m->brand_id, m->id, STR_EMPTY, e));
}

static bool reply_again(struct tx *tx, struct outbox *row, struct message *m, struct conversation *c, int64_t agent,
                        struct error *e)
{
    struct channel_row channel;
    if (!channel_row_by_id(tx, tx_arena(tx), m->brand_id, m->channel_id, &channel, e))
        return false;
    if (channel.removed_at)
        return fail(e, ERR_CONFLICT, "This account was disconnected: take the words back and use another door.");
    if (str_eq(row->state, STR("failed")) && c->failed > 0)
        c->failed--;
    row->state = STR("ready");
    row->attempts = 0;
    row->failure = row->words = row->code = STR_EMPTY;
    row->next_at = tx_now(tx);
    return attempt_forget(tx, m, e) && outbox_update(tx, row, e) &&
           message_set_failed(tx, m->brand_id, m->id, false, e) && story_settle(tx, c, e) &&
           story_event(tx, "reply.retried", c, m->id, agent, STR_EMPTY, e);
}

bool reply_retry(struct tx *tx, const struct author *author, int64_t id, struct error *e)
{
    struct outbox row;
    struct message m;
    struct conversation c;
    if (!reply_open(tx, author, id, &row, &m, &c, e))
        return false;
    if (str_eq(row.state, STR("sending")) || str_eq(row.state, STR("unsure")))
        return fail(e, ERR_CONFLICT, "It may be on the network already: look there first.");
    /* a colleague who presses “try now” is not kept waiting by what the network asked of machines, or
     * by a silence of before */
    bool waits = str_eq(row.failure, STR("rate")) || str_eq(row.failure, STR("transient"));
    if (waits && !channel_row_rate(tx, m.brand_id, m.channel_id, 0, e))
        return false;
    return reply_again(tx, &row, &m, &c, author_agent(author), e);
}

bool reply_settle(struct tx *tx, const struct author *author, int64_t id, bool arrived, struct error *e)
{
    struct outbox row;
    struct message m;
    struct conversation c;
    if (!reply_open(tx, author, id, &row, &m, &c, e))
        return false;
    if (!str_eq(row.state, STR("unsure")))
        return fail(e, ERR_CONFLICT, "There is nothing unsure about this reply.");
    if (arrived)
        return reply_accepted(tx, m.brand_id, id, STR_EMPTY, tx_now(tx), e);
    struct channel_row channel;
    if (!channel_row_by_id(tx, tx_arena(tx), m.brand_id, m.channel_id, &channel, e))
        return false;
    if (channel.removed_at)
        return reply_gone(tx, m.brand_id, id, e);
    return reply_again(tx, &row, &m, &c, author_agent(author), e);
}
