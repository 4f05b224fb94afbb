/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a call. */
#include "care/calls.h"

#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/ledger.h"
#include "care/story.h"
#include "store/guest.h"
#include "store/hours.h"

#define WHY_MAX  160 /* characters */
#define SEAT_MIN 8
#define SEAT_MAX 64

/* ---- telling ---- */

static bool call_event(struct tx *tx, const struct call *call, const char *kind, int64_t actor, struct str words,
                       struct error *e)
{
    struct conversation c;
    return conversation_by_id(tx, tx_arena(tx), call->brand_id, call->conversation_id, &c, e) &&
           story_event(tx, kind, &c, call->id, actor, words, e);
}

static bool call_find(struct tx *tx, const struct actor *actor, int64_t id, struct call *call, struct error *e)
{
    if (actor->role < ROLE_AGENT || actor->token_id)
        return fail(e, ERR_FORBIDDEN, "Calls are answered by colleagues in person.");
    return call_by_id(tx, tx_arena(tx), actor->brand_id, id, call, e);
}

static bool call_has(const struct call *call, const struct actor *actor, struct error *e)
{
    if (!call_is_live(call))
        return fail(e, ERR_CONFLICT, "This call has ended.");
    return (call->agent_id == actor->agent_id && call->state != CALL_RINGING) ||
           fail(e, ERR_CONFLICT, "A colleague has this call.");
}

/* ---- who can be rung ---- */

static bool is_busy(const struct call *calls, size_t count, int64_t agent)
{
    for (size_t i = 0; i < count; i++)
        if (call_is_live(&calls[i]) && calls[i].agent_id == agent)
            return true;
    return false;
}

bool calls_reachable(struct tx *tx, int64_t brand, int64_t *agents, size_t most, size_t *count, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct call *calls;
    int64_t *duty;
    size_t n, m;
    *count = 0;
    if (!call_duty_list(tx, a, brand, tx_now(tx) - CALL_DUTY_US, &duty, &n, e) ||
        !call_list_open(tx, a, brand, &calls, &m, e))
        return false;
    for (size_t i = 0; i < n && *count < most; i++) {
        struct agent agent;
        if (!agent_by_id(tx, a, brand, duty[i], &agent, e))
            return false;
        if (!agent.removed_at && agent.role >= ROLE_AGENT && !is_busy(calls, m, agent.id))
            agents[(*count)++] = agent.id;
    }
    return true;
}

bool calls_ring(struct tx *tx, const struct guest *guest, const struct message *m, struct call *out, struct error *e)
{
    struct call *calls;
    size_t count;
    if (!call_list_open(tx, tx_arena(tx), guest->brand_id, &calls, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (call_is_live(&calls[i]) && calls[i].guest_id == guest->id) {
            *out = calls[i];
            return true;
        }
    *out = (struct call){.brand_id = guest->brand_id,
                         .id = id_new(),
                         .conversation_id = m->conversation_id,
                         .message_id = m->id,
                         .guest_id = guest->id,
                         .open = true,
                         .guest_at = tx_now(tx)};
    return call_add(tx, out, e) && call_event(tx, out, "call.ringing", 0, STR_EMPTY, e);
}

/* ---- ending ---- */

/* How it ended stands in the story; what has a colleague waits for their note. */
static bool finish(struct tx *tx, struct call *call, enum call_state state, int64_t actor, struct error *e)
{
    struct arena *a = tx_arena(tx);
    bool missed = state == CALL_MISSED || state == CALL_DECLINED;
    int64_t seconds = call->answered_at ? (tx_now(tx) - call->answered_at) / SECOND_US : 0;
    call->state = state;
    call->open = call->agent_id != 0;
    call->ended_at = tx_now(tx);
    call->asked_id = call->asked_at = 0;
    call->guest_seat = call->agent_seat = STR_EMPTY;
    struct entry entry = {.brand_id = call->brand_id,
                          .conversation_id = call->conversation_id,
                          .id = id_new(),
                          .kind = STR("call"),
                          .agent_id = call->agent_id,
                          .other_id = call->id,
                          .text = str_from(call_state_name(state)),
                          .summary = str_format(a, "%lld", (long long)seconds),
                          .at = tx_now(tx)};
    const char *kind = missed ? "call.missed" : state == CALL_GIVEN_UP ? "call.given_up" : "call.ended";
    return call_update(tx, call, e) && call_signal_clear(tx, call, e) && entry_add(tx, &entry, e) &&
           call_event(tx, call, kind, actor, STR_EMPTY, e);
}

bool calls_end(struct tx *tx, struct call *call, int64_t agent, struct error *e)
{
    if (!call_is_live(call))
        return true;
    if (agent && call->agent_id != agent)
        return fail(e, ERR_CONFLICT, "A colleague has this call.");
    return finish(tx, call, call->state == CALL_RINGING ? CALL_GIVEN_UP : CALL_ENDED, agent, e);
}

/* ---- answering ---- */

static bool is_seat(struct str seat, struct error *e)
{
    return (seat.len >= SEAT_MIN && seat.len <= SEAT_MAX) || fail(e, ERR_BAD_INPUT, "A page names itself.");
}

static bool sit(struct tx *tx, struct call *call, int64_t agent, struct str seat, struct error *e)
{
    if (!is_seat(seat, e))
        return false;
    if (call->leg >= CALL_LEGS)
        return fail(e, ERR_RATE_LIMITED, "This call was joined too often.");
    call->leg++;
    *(agent ? &call->agent_seat : &call->guest_seat) = seat;
    *(agent ? &call->agent_at : &call->guest_at) = tx_now(tx);
    return call_signal_clear(tx, call, e) && call_update(tx, call, e);
}

static bool answer_first(struct tx *tx, const struct actor *actor, struct call *call, struct str seat,
                         struct error *e)
{
    struct conversation c;
    call->state = CALL_TALKING;
    call->agent_id = actor->agent_id;
    call->answered_at = tx_now(tx);
    call->guest_at = tx_now(tx); /* while it rang nobody asked for signs of life */
    if (!conversation_by_id(tx, tx_arena(tx), call->brand_id, call->conversation_id, &c, e) ||
        (!c.owner_id && !story_assign(tx, actor, c.id, actor->agent_id, e)))
        return false;
    return sit(tx, call, actor->agent_id, seat, e) &&
           call_event(tx, call, "call.answered", actor->agent_id, STR_EMPTY, e);
}

static bool take_over(struct tx *tx, const struct actor *actor, struct call *call, struct str seat, struct str words,
                      struct error *e)
{
    struct conversation c;
    struct actor before = {.brand_id = call->brand_id, .agent_id = call->agent_id, .role = ROLE_AGENT};
    if (!conversation_by_id(tx, tx_arena(tx), call->brand_id, call->conversation_id, &c, e) ||
        (c.owner_id != actor->agent_id && !story_hand_over(tx, &before, c.id, actor->agent_id, call->why, words, e)))
        return false;
    call->state = CALL_TALKING;
    call->agent_id = actor->agent_id;
    call->asked_id = call->asked_at = 0;
    return sit(tx, call, actor->agent_id, seat, e) &&
           call_event(tx, call, "call.handed", actor->agent_id, STR_EMPTY, e);
}

bool calls_answer(struct tx *tx, const struct actor *actor, int64_t id, struct str seat, struct str words,
                  struct error *e)
{
    struct call call, *calls;
    size_t count;
    if (!call_find(tx, actor, id, &call, e) || !call_list_open(tx, tx_arena(tx), actor->brand_id, &calls, &count, e))
        return false;
    if (!call_is_live(&call))
        return fail(e, ERR_CONFLICT, "This call has ended.");
    if (is_busy(calls, count, actor->agent_id))
        return fail(e, ERR_CONFLICT, "You are in a call.");
    if (call.state == CALL_RINGING)
        return answer_first(tx, actor, &call, seat, e);
    if (call.asked_id == actor->agent_id)
        return take_over(tx, actor, &call, seat, words, e);
    return fail(e, ERR_CONFLICT, "A colleague was quicker.");
}

static bool has_declined(const struct call *call, int64_t agent)
{
    struct str rest = call->declined, word;
    int64_t id;
    while (str_split(&rest, ' ', &word))
        if (str_int64(word, &id) && id == agent)
            return true;
    return false;
}

/* Nobody who could be rung is left. */
static bool all_declined(struct tx *tx, const struct call *call, bool *all, struct error *e)
{
    int64_t agents[64];
    size_t count;
    if (!calls_reachable(tx, call->brand_id, agents, COUNT_OF(agents), &count, e))
        return false;
    *all = true;
    for (size_t i = 0; i < count; i++)
        *all &= has_declined(call, agents[i]);
    return true;
}

bool calls_decline(struct tx *tx, const struct actor *actor, int64_t id, struct error *e)
{
    struct call call;
    bool all;
    if (!call_find(tx, actor, id, &call, e))
        return false;
    if (call_is_live(&call) && call.asked_id == actor->agent_id) {
        call.asked_id = call.asked_at = 0;
        return call_update(tx, &call, e) && call_event(tx, &call, "call.declined", actor->agent_id, STR_EMPTY, e);
    }
    if (call.state != CALL_RINGING || has_declined(&call, actor->agent_id))
        return true;
    call.declined = str_format(tx_arena(tx), "%.*s%s%lld", STR_ARGS(call.declined), call.declined.len ? " " : "",
                               (long long)actor->agent_id);
    if (!call_event(tx, &call, "call.declined", actor->agent_id, STR_EMPTY, e) || !all_declined(tx, &call, &all, e))
        return false;
    return all ? finish(tx, &call, CALL_DECLINED, actor->agent_id, e) : call_update(tx, &call, e);
}

/* ---- while it is spoken ---- */

bool calls_hold(struct tx *tx, const struct actor *actor, int64_t id, bool held, struct error *e)
{
    struct call call;
    if (!call_find(tx, actor, id, &call, e) || !call_has(&call, actor, e))
        return false;
    call.state = held ? CALL_HELD : CALL_TALKING;
    return call_update(tx, &call, e) &&
           call_event(tx, &call, held ? "call.held" : "call.resumed", actor->agent_id, STR_EMPTY, e);
}

bool calls_hand(struct tx *tx, const struct actor *actor, int64_t id, int64_t to, struct str why, struct error *e)
{
    struct call call;
    int64_t agents[64];
    size_t count;
    bool there = to == 0;
    why = text_shorten(tx_arena(tx), str_trim(text_clean(tx_arena(tx), why)), WHY_MAX);
    if (!call_find(tx, actor, id, &call, e) || !call_has(&call, actor, e) ||
        !calls_reachable(tx, actor->brand_id, agents, COUNT_OF(agents), &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        there |= agents[i] == to;
    if (!there)
        return fail(e, ERR_CONFLICT, "This colleague takes no calls now.");
    if (to && why.len == 0)
        return fail(e, ERR_BAD_INPUT, "Say in a line why, so that nobody repeats their story.");
    call.asked_id = to;
    call.asked_at = to ? tx_now(tx) : 0;
    call.why = why;
    return call_update(tx, &call, e) && call_event(tx, &call, "call.asked", actor->agent_id, why, e);
}

static bool may_sit(const struct call *call, int64_t agent, struct error *e)
{
    if (!call_is_live(call))
        return fail(e, ERR_CONFLICT, "This call has ended.");
    return !agent || call->agent_id == agent || fail(e, ERR_CONFLICT, "A colleague has this call.");
}

bool calls_join(struct tx *tx, struct call *call, int64_t agent, struct str seat, struct error *e)
{
    return may_sit(call, agent, e) && sit(tx, call, agent, seat, e);
}

bool calls_beat(struct tx *tx, struct call *call, int64_t agent, struct error *e)
{
    int64_t *at = agent ? &call->agent_at : &call->guest_at;
    if (!call_is_live(call) || tx_now(tx) - *at < CALL_BEAT_US)
        return true;
    *at = tx_now(tx);
    return call_update(tx, call, e);
}

bool calls_signal(struct tx *tx, const struct call *call, int64_t agent, struct str seat, int64_t leg,
                  struct str kind, struct str data, struct error *e)
{
    int64_t count;
    bool known = str_eq(kind, STR("offer")) || str_eq(kind, STR("answer")) || str_eq(kind, STR("ice"));
    if (!may_sit(call, agent, e))
        return false;
    if (leg != call->leg || !str_eq(seat, agent ? call->agent_seat : call->guest_seat))
        return fail(e, ERR_CONFLICT, "Another page has this side of the call.");
    if (!known || data.len == 0)
        return fail(e, ERR_BAD_INPUT, "That is nothing a call is made of.");
    if (data.len > CALL_SIGNAL_MAX)
        return fail(e, ERR_TOO_LARGE, "So much is not needed to find a way.");
    if (!call_signal_count(tx, call, agent != 0, &count, e))
        return false;
    if (count >= CALL_SIGNALS)
        return fail(e, ERR_RATE_LIMITED, "So many tries are not needed to find a way.");
    struct call_signal signal = {.brand_id = call->brand_id,
                                 .call_id = call->id,
                                 .id = id_new(),
                                 .leg = leg,
                                 .to_guest = agent != 0,
                                 .kind = kind,
                                 .data = data};
    return call_signal_add(tx, &signal, e);
}

/* ---- afterwards ---- */

/* What they had said until the call ended was answered in it. */
static bool spoken_for(struct tx *tx, const struct author *author, const struct call *call, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message *waiting, m;
    struct conversation c;
    size_t count;
    if (!message_by_id(tx, a, call->brand_id, call->message_id, &m, e) ||
        !conversation_by_id(tx, a, call->brand_id, m.conversation_id, &c, e) ||
        !message_waiting(tx, a, call->brand_id, c.id, INT64_MAX, &waiting, &count, e))
        return false;
    if (count && waiting[0].received_at < call->answered_at &&
        !waited_add(tx, call->brand_id, call->id, call->answered_at - waiting[0].received_at, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (waiting[i].received_at <= call->ended_at &&
            !ledger_move(tx, &waiting[i], PLACE_ANSWERED, author_agent(author), STR(LEDGER_WHY_VOICE), e))
            return false;
    c.last_out_at = call->ended_at > c.last_out_at ? call->ended_at : c.last_out_at;
    c.last_at = call->ended_at > c.last_at ? call->ended_at : c.last_at;
    return story_settle(tx, &c, e);
}

bool calls_note(struct tx *tx, const struct author *author, const struct actor *actor, int64_t id, struct str note,
                bool spoken, struct error *e)
{
    struct call call;
    struct message m;
    int64_t written;
    if (!call_find(tx, actor, id, &call, e))
        return false;
    if (call_is_live(&call) || call.agent_id != author_agent(author))
        return fail(e, ERR_CONFLICT, "The note is of who had the call, after it has ended.");
    if (!message_by_id(tx, tx_arena(tx), call.brand_id, call.message_id, &m, e))
        return false;
    if (str_trim(note).len && !story_note(tx, actor, m.conversation_id, note, &written, e))
        return false;
    if (spoken && !spoken_for(tx, author, &call, e))
        return false;
    call.open = false;
    return call_update(tx, &call, e) && call_event(tx, &call, "call.noted", actor->agent_id, STR_EMPTY, e);
}

/* ---- what time brings ---- */

/* What the call is by now; its own state: nothing happens. */
static enum call_state state_by_now(const struct call *call, int64_t awake, int64_t now)
{
    int64_t guest = call->guest_at > awake ? call->guest_at : awake;
    int64_t agent = call->agent_at > awake ? call->agent_at : awake;
    if (call->state == CALL_RINGING)
        return now - id_time(call->id) >= CALL_RINGS_US ? CALL_MISSED : CALL_RINGING;
    return call_is_live(call) && (now - guest > CALL_LOST_US || now - agent > CALL_LOST_US) ? CALL_LOST : call->state;
}

static bool asked_in_vain(const struct call *call, int64_t now)
{
    return call_is_live(call) && call->asked_id && now - call->asked_at >= CALL_RINGS_US;
}

bool calls_due(struct tx *tx, int64_t brand, int64_t awake, bool *any, struct error *e)
{
    struct call *calls;
    size_t count;
    *any = false;
    if (!call_list_open(tx, tx_arena(tx), brand, &calls, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        *any |= asked_in_vain(&calls[i], tx_now(tx)) || state_by_now(&calls[i], awake, tx_now(tx)) != calls[i].state;
    return true;
}

bool calls_turn(struct tx *tx, int64_t brand, int64_t awake, struct error *e)
{
    struct call *calls;
    size_t count;
    if (!call_list_open(tx, tx_arena(tx), brand, &calls, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        enum call_state state = state_by_now(&calls[i], awake, tx_now(tx));
        if (state != calls[i].state && !finish(tx, &calls[i], state, 0, e))
            return false;
        if (!asked_in_vain(&calls[i], tx_now(tx)))
            continue;
        calls[i].asked_id = calls[i].asked_at = 0;
        if (!call_update(tx, &calls[i], e) || !call_event(tx, &calls[i], "call.declined", 0, STR_EMPTY, e))
            return false;
    }
    return true;
}
