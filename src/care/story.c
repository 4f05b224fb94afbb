/* SPDX-License-Identifier: Apache-2.0 */
/* What colleagues do with a conversation. */
#include "care/story.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/ledger.h"
#include "care/rank.h"
#include "care/search.h"
#include "channels/channel.h"
#include "store/channel.h"
#include "store/event.h"
#include "store/promise.h"

#define NEED_CHARACTERS    160
#define REASON_CHARACTERS  500
#define PREVIEW_CHARACTERS 180
#define NOTE_BYTES         20000

/* ---- shared ---- */

static bool window_of(struct tx *tx, const struct message *newest, int64_t *until, struct error *e)
{
    struct channel_row row;
    *until = 0;
    if (newest->is_public)
        return true;
    if (!channel_row_by_id(tx, tx_arena(tx), newest->brand_id, newest->channel_id, &row, e))
        return false;
    const struct channel *channel = channel_find(row.network);
    if (channel)
        *until = rank_window_until(channel_door(channel, newest->door), newest->at);
    return true;
}

static bool same_door(const struct message *a, const struct message *b)
{
    return a->channel_id == b->channel_id && str_eq(a->door, b->door);
}

/* The window that closes first; at each door their newest message counts. waiting: oldest first. */
static bool window_first(struct tx *tx, const struct message *waiting, size_t count, int64_t *first, struct error *e)
{
    *first = 0;
    for (size_t i = count; i-- > 0;) {
        bool newer = false;
        int64_t until;
        for (size_t k = i + 1; k < count && !newer; k++)
            newer = same_door(&waiting[k], &waiting[i]);
        if (newer)
            continue;
        if (!window_of(tx, &waiting[i], &until, e))
            return false;
        if (until && (*first == 0 || until < *first))
            *first = until;
    }
    return true;
}

bool story_settle(struct tx *tx, struct conversation *c, struct error *e)
{
    struct message *waiting;
    size_t count;
    if (!message_waiting(tx, tx_arena(tx), c->brand_id, c->id, INT64_MAX, &waiting, &count, e) ||
        !promise_nearest(tx, c->brand_id, c->id, &c->promise_due, e))
        return false;
    c->waiting = (int64_t)count;
    c->waiting_since = count ? waiting[0].at : 0;
    if (!window_first(tx, waiting, count, &c->window_until, e))
        return false;
    bool promised = c->promise_due && c->promise_due - PROMISE_AHEAD_US <= tx_now(tx);
    bool on_us = count || c->failed || promised;
    if (c->state == CONVERSATION_WAITING && !on_us)
        c->state = CONVERSATION_ANSWERED;
    else if (c->state == CONVERSATION_ANSWERED && on_us)
        c->state = CONVERSATION_WAITING;
    if (c->state != CONVERSATION_SNOOZED)
        c->snooze_until = 0;
    rank_set(c, tx_now(tx));
    return conversation_update(tx, c, e);
}

struct str story_preview(struct arena *a, const struct message *m)
{
    bool mute = str_eq(m->kind, STR("unsupported")); /* its note is the network's, not theirs */
    return text_shorten(a, m->text.len || mute ? m->text : m->note, PREVIEW_CHARACTERS);
}

void story_on_us(struct conversation *c)
{
    c->state = CONVERSATION_WAITING;
    c->snooze_until = c->closed_at = c->closed_by = 0;
    c->outcome = c->reason = STR_EMPTY;
}

bool story_event(struct tx *tx, const char *kind, const struct conversation *c, int64_t subject, int64_t actor,
                 struct str words, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct json *data = json_object(a);
    json_set_str(a, data, "state", str_from(conversation_state_name(c->state)));
    json_set_id(a, data, "owner", c->owner_id);
    if (words.len)
        json_set_str(a, data, "words", words);
    struct event event = {.brand_id = c->brand_id,
                          .kind = str_from(kind),
                          .conversation_id = c->id,
                          .subject_id = subject,
                          .actor_id = actor,
                          .at = tx_now(tx),
                          .data = json_to_str(a, data)};
    return event_add(tx, &event, e);
}

static bool story_open(struct tx *tx, const struct actor *actor, int64_t id, struct conversation *c, struct error *e)
{
    if (actor->role < ROLE_AGENT)
        return fail(e, ERR_FORBIDDEN, "You can read here, and not change anything.");
    if (!conversation_by_id(tx, tx_arena(tx), actor->brand_id, id, c, e))
        return false;
    return !str_eq(c->outcome, STR("joined")) ||
           fail(e, ERR_CONFLICT, "This conversation was joined with another: go on there.");
}

static bool words_needed(struct str *words, size_t most, const char *what, struct tx *tx, struct error *e)
{
    struct arena *a = tx_arena(tx);
    *words = str_trim(text_clean(a, *words));
    if (words->len == 0)
        return fail(e, ERR_BAD_INPUT, "Please say %s in a few words.", what);
    if (text_length(a, *words, LENGTH_CHARACTERS) > most)
        return fail(e, ERR_BAD_INPUT, "That is too long: at most %zu characters for %s.", most, what);
    return true;
}

static bool entry_write(struct tx *tx, const struct conversation *c, const char *kind, int64_t agent, int64_t other,
                        struct str text, struct str summary, int64_t *id, struct error *e)
{
    struct entry entry = {.brand_id = c->brand_id,
                          .conversation_id = c->id,
                          .id = id_new(),
                          .kind = str_from(kind),
                          .agent_id = agent,
                          .other_id = other,
                          .text = text,
                          .summary = summary,
                          .at = tx_now(tx)};
    if (id)
        *id = entry.id;
    return entry_add(tx, &entry, e);
}

static bool agent_exists(struct tx *tx, int64_t brand, int64_t id, struct agent *out, struct error *e)
{
    if (!agent_by_id(tx, tx_arena(tx), brand, id, out, e))
        return false;
    return out->removed_at == 0 || fail(e, ERR_CONFLICT, "%.*s does not work here any more.", STR_ARGS(out->name));
}

/* ---- listening, owning ---- */

bool story_need(struct tx *tx, const struct actor *actor, int64_t id, struct str need, struct error *e)
{
    struct conversation c;
    if (!story_open(tx, actor, id, &c, e) || !words_needed(&need, NEED_CHARACTERS, "what this person needs", tx, e))
        return false;
    if (str_find_char(need, '\n') >= 0)
        return fail(e, ERR_BAD_INPUT, "The need fits in one line.");
    if (str_eq(c.need, need))
        return true;
    if (!search_need_gone(tx, &c, e))
        return false;
    bool first = c.need.len == 0;
    c.need = need;
    c.need_by = actor->agent_id;
    c.need_at = tx_now(tx);
    if (c.owner_id == 0 && !actor->token_id)
        c.owner_id = actor->agent_id;
    return search_need(tx, &c, e) && conversation_update(tx, &c, e) &&
           (first || entry_write(tx, &c, "need", actor->agent_id, 0, need, STR_EMPTY, NULL, e)) &&
           story_event(tx, "conversation.need", &c, 0, actor->agent_id, need, e);
}

bool story_assign(struct tx *tx, const struct actor *actor, int64_t id, int64_t owner, struct error *e)
{
    struct conversation c;
    struct agent agent;
    if (!story_open(tx, actor, id, &c, e) || (owner && !agent_exists(tx, actor->brand_id, owner, &agent, e)))
        return false;
    if (c.owner_id == owner)
        return true;
    if (owner && agent.role < ROLE_AGENT)
        return fail(e, ERR_BAD_INPUT, "%.*s can only read.", STR_ARGS(agent.name));
    /* taking from a colleague's hands is a hand-over, with its reason */
    if (c.owner_id && owner && c.owner_id != actor->agent_id && owner != actor->agent_id && actor->role < ROLE_LEAD)
        return fail(e, ERR_CONFLICT, "A colleague has this conversation: hand it over with a reason.");
    c.owner_id = owner;
    return conversation_update(tx, &c, e) &&
           entry_write(tx, &c, "assigned", actor->agent_id, owner, STR_EMPTY, STR_EMPTY, NULL, e) &&
           story_event(tx, "conversation.assigned", &c, owner, actor->agent_id, STR_EMPTY, e);
}

bool story_hand_over(struct tx *tx, const struct actor *actor, int64_t id, int64_t to, struct str reason,
                     struct str summary, struct error *e)
{
    struct conversation c;
    struct agent agent;
    if (!story_open(tx, actor, id, &c, e) || !agent_exists(tx, actor->brand_id, to, &agent, e) ||
        !words_needed(&reason, REASON_CHARACTERS, "why you hand over", tx, e) ||
        !words_needed(&summary, 2000, "what your colleague must know, so that nobody repeats their story", tx, e))
        return false;
    if (agent.role < ROLE_AGENT)
        return fail(e, ERR_BAD_INPUT, "%.*s can only read.", STR_ARGS(agent.name));
    if (c.owner_id == to)
        return fail(e, ERR_CONFLICT, "%.*s has this conversation already.", STR_ARGS(agent.name));
    int64_t note;
    c.owner_id = to;
    c.handovers++;
    return conversation_update(tx, &c, e) &&
           entry_write(tx, &c, "handover", actor->agent_id, to, reason, summary, &note, e) &&
           mention_add(tx, c.brand_id, to, note, c.id, actor->agent_id, tx_now(tx), e) &&
           story_event(tx, "conversation.handover", &c, to, actor->agent_id, reason, e);
}

/* ---- time ---- */

bool story_snooze(struct tx *tx, const struct actor *actor, int64_t id, int64_t until, struct error *e)
{
    struct conversation c;
    if (!story_open(tx, actor, id, &c, e))
        return false;
    if (until && until <= tx_now(tx))
        return fail(e, ERR_BAD_INPUT, "That moment is past.");
    if (until > tx_now(tx) + 366 * DAY_US)
        return fail(e, ERR_BAD_INPUT, "A conversation sleeps at most a year.");
    if (c.state == CONVERSATION_CLOSED || c.state == CONVERSATION_SET_ASIDE)
        return fail(e, ERR_CONFLICT, "This conversation is closed: reopen it first.");
    c.state = CONVERSATION_SNOOZED;
    c.snooze_until = until;
    return conversation_update(tx, &c, e) &&
           entry_write(tx, &c, "snoozed", actor->agent_id, until, STR_EMPTY, STR_EMPTY, NULL, e) &&
           story_event(tx, "conversation.snoozed", &c, 0, actor->agent_id, STR_EMPTY, e);
}

bool story_wake(struct tx *tx, int64_t brand, int64_t id, int64_t actor, struct error *e)
{
    struct conversation c;
    if (!conversation_by_id(tx, tx_arena(tx), brand, id, &c, e))
        return false;
    if (c.state != CONVERSATION_SNOOZED) {
        c.snooze_until = 0; /* or it would be due again in a moment */
        return conversation_update(tx, &c, e);
    }
    c.snooze_until = 0;
    c.state = CONVERSATION_WAITING;
    rank_set(&c, tx_now(tx));
    return conversation_update(tx, &c, e) && story_event(tx, "conversation.woken", &c, 0, actor, STR_EMPTY, e);
}

bool story_rerank(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    struct conversation c;
    if (!conversation_by_id(tx, tx_arena(tx), brand, id, &c, e))
        return false;
    bool closing = rank_is_closing(&c, tx_now(tx));
    rank_set(&c, tx_now(tx));
    return conversation_update(tx, &c, e) &&
           story_event(tx, closing ? "conversation.closing" : "conversation.shut", &c, 0, 0, STR_EMPTY, e);
}

/* ---- sorting ---- */

bool story_priority(struct tx *tx, const struct actor *actor, int64_t id, enum priority priority, struct error *e)
{
    struct conversation c;
    if (priority >= PRIORITIES)
        return fail(e, ERR_BAD_INPUT, "A priority is grave, high, normal or low.");
    if (!story_open(tx, actor, id, &c, e))
        return false;
    c.priority = priority;
    rank_set(&c, tx_now(tx));
    return conversation_update(tx, &c, e) &&
           story_event(tx, "conversation.priority", &c, 0, actor->agent_id, str_from(priority_name(priority)), e);
}

bool story_label(struct tx *tx, const struct actor *actor, int64_t id, int64_t label, bool on, struct error *e)
{
    struct conversation c;
    return story_open(tx, actor, id, &c, e) && conversation_label_set(tx, c.brand_id, id, label, on, e) &&
           story_event(tx, on ? "conversation.labelled" : "conversation.unlabelled", &c, label, actor->agent_id,
                       STR_EMPTY, e);
}

/* ---- endings ---- */

static bool move_all(struct tx *tx, const struct conversation *c, enum place from, enum place to, int64_t actor,
                     struct str reason, struct error *e)
{
    struct message *list;
    size_t count;
    if (!message_in_place(tx, tx_arena(tx), c->brand_id, c->id, from, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!ledger_move(tx, &list[i], to, actor, reason, e))
            return false;
    return true;
}

static bool story_end(struct tx *tx, const struct actor *actor, struct conversation *c, enum conversation_state state,
                      enum place place, struct str reason, struct error *e)
{
    c->state = state;
    c->closed_at = tx_now(tx);
    c->closed_by = actor->agent_id;
    c->reason = reason;
    c->snooze_until = 0;
    return move_all(tx, c, PLACE_WAITING, place, actor->agent_id, reason, e) && story_settle(tx, c, e);
}

bool story_close(struct tx *tx, const struct actor *actor, int64_t id, struct str outcome, struct str reason,
                 struct error *e)
{
    static const char *const outcomes[] = {"solved", "thanks", "no_need", "unreachable"};
    struct conversation c;
    bool known = false;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        known |= str_eq(outcome, str_from(outcomes[i]));
    if (!known)
        return fail(e, ERR_BAD_INPUT, "A conversation ends as solved, thanks, no_need or unreachable.");
    if (actor->token_id)
        return fail(e, ERR_FORBIDDEN, "A colleague closes a conversation, not an integration.");
    if (!story_open(tx, actor, id, &c, e))
        return false;
    if (c.state == CONVERSATION_CLOSED)
        return fail(e, ERR_CONFLICT, "This conversation is closed already.");
    /* messages that end without a reply need the reason in words */
    if (c.waiting && !words_needed(&reason, REASON_CHARACTERS, "why no reply is needed", tx, e))
        return false;
    c.outcome = outcome;
    return story_end(tx, actor, &c, CONVERSATION_CLOSED, PLACE_CLOSED, str_trim(reason), e) &&
           entry_write(tx, &c, "closed", actor->agent_id, 0, c.reason, outcome, NULL, e) &&
           story_event(tx, "conversation.closed", &c, 0, actor->agent_id, c.reason, e);
}

bool story_reopen(struct tx *tx, const struct actor *actor, int64_t id, struct error *e)
{
    struct conversation c;
    if (!story_open(tx, actor, id, &c, e))
        return false;
    if (c.state != CONVERSATION_CLOSED)
        return fail(e, ERR_CONFLICT, "This conversation is open.");
    c.state = CONVERSATION_WAITING;
    c.closed_at = c.closed_by = 0;
    c.outcome = c.reason = STR_EMPTY;
    return move_all(tx, &c, PLACE_CLOSED, PLACE_WAITING, actor->agent_id, STR(LEDGER_WHY_REOPENED), e) &&
           story_settle(tx, &c, e) &&
           entry_write(tx, &c, "reopened", actor->agent_id, 0, STR_EMPTY, STR_EMPTY, NULL, e) &&
           story_event(tx, "conversation.reopened", &c, 0, actor->agent_id, STR_EMPTY, e);
}

bool story_set_aside(struct tx *tx, const struct actor *actor, int64_t id, struct str what, struct str reason,
                     struct error *e)
{
    struct conversation c;
    bool spam = str_eq(what, STR("spam"));
    if (what.len && !spam && !str_eq(what, STR("troll")))
        return fail(e, ERR_BAD_INPUT, "What is set aside is troll or spam.");
    if (actor->token_id)
        return fail(e, ERR_FORBIDDEN, "A colleague sets aside, not an integration.");
    if (!story_open(tx, actor, id, &c, e) ||
        !words_needed(&reason, REASON_CHARACTERS, "why you set this person aside", tx, e))
        return false;
    if (c.state == CONVERSATION_SET_ASIDE)
        return fail(e, ERR_CONFLICT, "This conversation is set aside already.");
    c.outcome = spam ? STR("spam") : STR("troll");
    return story_end(tx, actor, &c, CONVERSATION_SET_ASIDE, PLACE_SET_ASIDE, reason, e) &&
           entry_write(tx, &c, "set_aside", actor->agent_id, 0, reason, c.outcome, NULL, e) &&
           story_event(tx, "conversation.set_aside", &c, 0, actor->agent_id, reason, e);
}

bool story_take_back(struct tx *tx, const struct actor *actor, int64_t id, struct str reason, struct error *e)
{
    struct conversation c;
    if (!story_open(tx, actor, id, &c, e))
        return false;
    if (c.state != CONVERSATION_SET_ASIDE)
        return fail(e, ERR_CONFLICT, "This conversation is not set aside.");
    c.state = CONVERSATION_WAITING;
    c.closed_at = c.closed_by = 0;
    c.outcome = c.reason = STR_EMPTY;
    return move_all(tx, &c, PLACE_SET_ASIDE, PLACE_WAITING, actor->agent_id, STR(LEDGER_WHY_TAKEN_BACK), e) &&
           story_settle(tx, &c, e) &&
           entry_write(tx, &c, "taken_back", actor->agent_id, 0, str_trim(reason), STR_EMPTY, NULL, e) &&
           story_event(tx, "conversation.taken_back", &c, 0, actor->agent_id, reason, e);
}

/* ---- notes ---- */

/* "@Sara Neri": the whole name, ignoring case and accents. */
static bool is_mentioned(struct arena *a, struct str folded_text, struct str name)
{
    struct str wanted = str_concat(a, STR("@"), text_fold(a, name));
    return str_find(folded_text, wanted) >= 0;
}

static bool mentions_tell(struct tx *tx, const struct actor *actor, const struct conversation *c, int64_t note,
                          struct str text, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct agent *agents;
    size_t count;
    if (str_find_char(text, '@') < 0)
        return true;
    if (!agent_list(tx, a, actor->brand_id, &agents, &count, e))
        return false;
    struct str folded = text_fold(a, text);
    for (size_t i = 0; i < count; i++) {
        if (agents[i].removed_at || !is_mentioned(a, folded, agents[i].name))
            continue;
        if (!mention_add(tx, actor->brand_id, agents[i].id, note, c->id, actor->agent_id, tx_now(tx), e) ||
            !story_event(tx, "note.mention", c, agents[i].id, actor->agent_id, STR_EMPTY, e))
            return false;
    }
    return true;
}

bool story_note(struct tx *tx, const struct actor *actor, int64_t id, struct str text, int64_t *note_id,
                struct error *e)
{
    struct conversation c;
    text = str_trim(text_clean(tx_arena(tx), text));
    if (text.len == 0 || text.len > NOTE_BYTES)
        return fail(e, ERR_BAD_INPUT, "A note has between 1 and %d bytes.", NOTE_BYTES);
    return story_open(tx, actor, id, &c, e) &&
           entry_write(tx, &c, "note", actor->agent_id, 0, text, STR_EMPTY, note_id, e) &&
           draft_delete(tx, c.brand_id, id, actor->agent_id, STR("note"), e) &&
           mentions_tell(tx, actor, &c, *note_id, text, e) &&
           story_event(tx, "note.added", &c, *note_id, actor->agent_id, STR_EMPTY, e);
}

/* ---- joining ---- */

static bool joinable(const struct conversation *source, const struct conversation *target, struct error *e)
{
    if (source->person_id != target->person_id)
        return fail(e, ERR_BAD_INPUT, "These are two persons: merge the persons first.");
    if (source->failed)
        return fail(e, ERR_CONFLICT, "A reply in the other conversation is not delivered yet: settle it first.");
    return true;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What the conversation that lives on takes over from the other. */
static void join_figures(struct conversation *target, const struct conversation *source)
{
    target->messages += source->messages;
    target->returns += source->returns;
    target->handovers += source->handovers;
    if (source->last_in_at > target->last_in_at) {
        target->channel_id = source->channel_id;
        target->door = source->door;
        target->preview = source->preview;
        target->mood = source->mood;
        target->language = source->language;
    }
    target->last_in_at = later(target->last_in_at, source->last_in_at);
    target->last_out_at = later(target->last_out_at, source->last_out_at);
    target->last_at = later(target->last_at, source->last_at);
    if (target->owner_id == 0)
        target->owner_id = source->owner_id;
    if (source->waiting)
        story_on_us(target);
}

/* The need of what is joined stands in for a missing one, or stays as a line of the story. */
static bool join_need(struct tx *tx, struct conversation *target, const struct conversation *source, struct error *e)
{
    if (source->need.len == 0)
        return true;
    if (!search_need_gone(tx, source, e))
        return false;
    if (str_eq(target->need, source->need))
        return true;
    if (target->need.len)
        return entry_write(tx, target, "need", source->need_by, 0, source->need, STR_EMPTY, NULL, e);
    target->need = source->need;
    target->need_by = source->need_by;
    target->need_at = source->need_at;
    return search_need(tx, target, e);
}

bool story_join(struct tx *tx, const struct actor *actor, int64_t from, int64_t into, struct error *e)
{
    struct conversation source, target;
    if (from == into)
        return fail(e, ERR_BAD_INPUT, "This is the same conversation.");
    if (!story_open(tx, actor, from, &source, e) || !story_open(tx, actor, into, &target, e) ||
        !joinable(&source, &target, e) || !conversation_absorb(tx, source.brand_id, from, into, e) ||
        !join_need(tx, &target, &source, e))
        return false;
    join_figures(&target, &source);
    source.state = CONVERSATION_CLOSED;
    source.outcome = STR("joined");
    source.need = STR_EMPTY;
    source.messages = source.waiting = source.waiting_since = source.window_until = source.promise_due = 0;
    source.snooze_until = 0;
    source.closed_at = tx_now(tx);
    source.closed_by = actor->agent_id;
    return story_settle(tx, &target, e) && conversation_update(tx, &source, e) &&
           story_event(tx, "conversation.joined", &target, from, actor->agent_id, STR_EMPTY, e);
}
