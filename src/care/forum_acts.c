/* SPDX-License-Identifier: Apache-2.0 */
/* What members do with posts that stand: their own, and those of others. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/forum_internal.h"
#include "care/ledger.h"
#include "care/story.h"

static bool place_seen(struct tx *tx, const struct forum_act *act, struct forum_place *at, struct error *e)
{
    if (!forum_place_of(tx, act->member.brand_id, act->post_id, at, e))
        return false;
    bool theirs = at->post.member_id && at->post.member_id == act->member.id;
    return theirs || (forum_is_seen(&at->post, &at->m) && !at->m.deleted_at) ||
           fail(e, ERR_NOT_FOUND, "There is no such post.");
}

static bool place_own(struct tx *tx, const struct forum_act *act, struct forum_place *at, struct error *e)
{
    if (!place_seen(tx, act, at, e))
        return false;
    bool theirs = act->member.id && at->post.member_id == act->member.id && !at->m.deleted_at;
    return theirs || fail(e, ERR_FORBIDDEN, "Only who wrote a post changes it.");
}

/* An edit or a withdrawal comes in like one of any network. */
static bool change(struct tx *tx, const struct forum_act *act, const struct forum_place *at, bool edit,
                   struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct channel_events events = {.arena = a};
    struct channel_event *event = channel_events_add(&events);
    event->kind = edit ? CHANNEL_EDIT : CHANNEL_DELETE;
    event->external_id = at->m.external_id;
    event->at = tx_now(tx);
    event->at_exact = true;
    event->text = act->words;
    event->dedupe = str_format(a, "%s:%.*s:%lld", edit ? "e" : "d", STR_ARGS(at->m.external_id), (long long)id_new());
    return forum_take(tx, act->house, act->account, &events, 0, e);
}

bool forum_edit(struct tx *tx, struct forum_act *act, struct error *e)
{
    struct forum_place at;
    if (!place_own(tx, act, &at, e))
        return false;
    act->topic_id = at.topic.id;
    if (at.post.id == at.topic.question_id)
        act->words = forum_question(tx_arena(tx), at.topic.title, act->words);
    /* links that were not there, or not these, when somebody new was read are looked at too */
    bool link = !str_eq(at.m.text, act->words) && forum_has_link(tx_arena(tx), act->words);
    if (!change(tx, act, &at, true, e))
        return false;
    if (link && forum_is_new(&act->member, tx_now(tx)) && at.m.place != PLACE_SET_ASIDE) {
        at.post.held = true;
        if (!post_update(tx, &at.post, e) || !forum_move(tx, &at.m, PLACE_WAITING, 0, STR(LEDGER_WHY_LOOK), e))
            return false;
    }
    return forum_refresh(tx, act->member.brand_id, at.topic.id, e);
}

bool forum_withdraw(struct tx *tx, struct forum_act *act, struct error *e)
{
    struct forum_place at;
    if (!place_own(tx, act, &at, e))
        return false;
    act->topic_id = at.topic.id;
    if (at.topic.solved_id == at.post.id) {
        at.topic.solved_id = at.topic.solved_at = 0;
        if (!topic_update(tx, &at.topic, e))
            return false;
    }
    return change(tx, act, &at, false, e);
}

static bool thank(struct tx *tx, const struct forum_act *act, struct forum_place *at, struct error *e)
{
    int64_t brand = act->member.brand_id;
    bool fresh;
    if (!thanks_add(tx, brand, at->post.id, act->member.id, at->post.member_id, tx_now(tx), &fresh, e))
        return false;
    if (!fresh)
        return true;
    at->post.thanks++;
    return post_update(tx, &at->post, e) &&
           (!at->post.member_id || member_count_helped(tx, brand, at->post.member_id, e));
}

bool forum_thank(struct tx *tx, struct forum_act *act, struct error *e)
{
    struct forum_place at;
    if (!place_seen(tx, act, &at, e))
        return false;
    act->topic_id = at.topic.id;
    if (at.post.member_id == act->member.id || at.m.deleted_at)
        return fail(e, ERR_FORBIDDEN, "Thanks go to somebody else.");
    return thank(tx, act, &at, e);
}

/* What waits for us of the asker in this topic is answered by the member whose post was accepted. */
static bool accepted(struct tx *tx, const struct forum_place *at, int64_t actor, struct error *e)
{
    struct message question, *waiting;
    size_t count;
    int64_t brand = at->post.brand_id;
    if (!forum_answered(tx, brand, at->topic.id, at->post.agent_id, e))
        return false;
    if (!message_by_id(tx, tx_arena(tx), brand, at->topic.question_id, &question, e) ||
        !message_waiting(tx, tx_arena(tx), brand, question.conversation_id, INT64_MAX, &waiting, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (forum_topic_of(&waiting[i]) == at->topic.id &&
            !forum_move(tx, &waiting[i], PLACE_ANSWERED, actor, STR(LEDGER_WHY_MEMBER), e))
            return false;
    return true;
}

static bool accept(struct tx *tx, struct forum_place *at, int64_t actor, struct error *e)
{
    if (at->post.id == at->topic.question_id || at->m.deleted_at || !forum_is_seen(&at->post, &at->m))
        return fail(e, ERR_BAD_INPUT, "This is no answer.");
    at->topic.solved_id = at->post.id;
    at->topic.solved_at = tx_now(tx);
    return topic_update(tx, &at->topic, e) && accepted(tx, at, actor, e);
}

bool forum_accept(struct tx *tx, struct forum_act *act, struct error *e)
{
    struct forum_place at;
    if (!place_seen(tx, act, &at, e))
        return false;
    act->topic_id = at.topic.id;
    if (!act->member.id || at.topic.member_id != act->member.id)
        return fail(e, ERR_FORBIDDEN, "Who asked says what helped.");
    return accept(tx, &at, 0, e) && (at.post.member_id == act->member.id || thank(tx, act, &at, e));
}

bool forum_accept_by(struct tx *tx, const struct actor *actor, int64_t post, struct error *e)
{
    struct forum_place at;
    if (actor->role < ROLE_AGENT || actor->token_id)
        return fail(e, ERR_FORBIDDEN, "A colleague says so, in person.");
    return forum_place_of(tx, actor->brand_id, post, &at, e) && accept(tx, &at, actor->agent_id, e);
}

bool forum_follow(struct tx *tx, struct forum_act *act, bool on, struct error *e)
{
    struct topic topic;
    int64_t brand = act->member.brand_id, id = act->topic_id;
    if (!topic_by_id(tx, tx_arena(tx), brand, id, &topic, e))
        return false;
    return on ? follow_put(tx, brand, act->member.id, id, tx_now(tx), e)
              : follow_end(tx, brand, act->member.id, id, e);
}

bool forum_call(struct tx *tx, struct forum_act *act, struct error *e)
{
    struct topic topic;
    struct message m;
    int64_t brand = act->member.brand_id, id;
    if (!topic_by_id(tx, tx_arena(tx), brand, act->topic_id, &topic, e))
        return false;
    if (!act->member.id || topic.member_id != act->member.id)
        return fail(e, ERR_FORBIDDEN, "Who asked can ask us.");
    if (!post_of_member(tx, brand, act->member.id, topic.id, &id, e) ||
        !message_by_id(tx, tx_arena(tx), brand, id, &m, e) || !post_left_end(tx, brand, id, e))
        return false;
    bool over = (m.place == PLACE_CLOSED || m.place == PLACE_ANSWERED) && !m.deleted_at;
    return !over || forum_move(tx, &m, PLACE_WAITING, 0, STR(LEDGER_WHY_CALLED), e);
}

bool forum_report(struct tx *tx, struct forum_act *act, struct error *e)
{
    struct forum_place at;
    bool fresh;
    struct str reason = text_shorten(tx_arena(tx), str_trim(act->words), 300);
    if (!place_seen(tx, act, &at, e))
        return false;
    act->topic_id = at.topic.id;
    if (!reason.len)
        return fail(e, ERR_BAD_INPUT, "Please say why, in a few words.");
    if (at.post.member_id == act->member.id || at.m.deleted_at)
        return fail(e, ERR_FORBIDDEN, "This is a post of your own.");
    if (!report_add(tx, act->member.brand_id, at.post.id, act->member.id, at.topic.id, reason, tx_now(tx), &fresh, e))
        return false;
    bool over = at.m.place == PLACE_CLOSED || at.m.place == PLACE_ANSWERED;
    return !fresh || !over ||
           (post_left_end(tx, at.post.brand_id, at.post.id, e) &&
            forum_move(tx, &at.m, PLACE_WAITING, 0, STR(LEDGER_WHY_REPORTED), e));
}

bool forum_appeal(struct tx *tx, struct forum_act *act, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct forum_place at;
    struct channel_events events = {.arena = a};
    struct guest_words words = {.text = text_shorten(a, str_trim(act->words), 1000), .once = act->once};
    if (!place_own(tx, act, &at, e))
        return false;
    act->topic_id = at.topic.id;
    if (at.m.place != PLACE_SET_ASIDE || at.post.appeal_by)
        return fail(e, ERR_CONFLICT, "There is nothing to be looked at again.");
    if (!words.text.len)
        return fail(e, ERR_BAD_INPUT, "Please say why, in a few words.");
    if (at.post.appeal_at)
        return true;
    at.post.appeal = words.text;
    at.post.appeal_at = tx_now(tx);
    guest_event(a, act->guest, &words, &events);
    events.items[0].author.name = act->member.name;
    return post_update(tx, &at.post, e) && forum_take(tx, act->house, act->account, &events, at.m.conversation_id, e);
}

/* ---- colleagues ---- */

static bool colleague(const struct actor *actor, struct str reason, struct error *e)
{
    if (actor->role < ROLE_AGENT || actor->token_id)
        return fail(e, ERR_FORBIDDEN, "A colleague does this, in person.");
    return str_trim(reason).len > 0 || fail(e, ERR_BAD_INPUT, "Please say why, in a few words.");
}

static bool noted(struct tx *tx, const struct forum_place *at, const struct actor *actor, const char *kind,
                  struct str words, struct str what, struct error *e)
{
    struct entry entry = {.brand_id = at->post.brand_id,
                          .conversation_id = at->m.conversation_id,
                          .id = id_new(),
                          .kind = str_from(kind),
                          .agent_id = actor->agent_id,
                          .text = words,
                          .summary = what,
                          .at = tx_now(tx)};
    return entry_add(tx, &entry, e);
}

bool forum_set_aside(struct tx *tx, const struct actor *actor, int64_t post, struct str what, struct str reason,
                     struct error *e)
{
    struct forum_place at;
    struct conversation c;
    struct str outcome = str_eq(what, STR("spam")) ? STR("spam") : STR("troll");
    reason = text_shorten(tx_arena(tx), str_trim(text_clean(tx_arena(tx), reason)), 300);
    if (!colleague(actor, reason, e) || !forum_place_of(tx, actor->brand_id, post, &at, e))
        return false;
    if (at.m.outbound || at.m.place == PLACE_SET_ASIDE || at.m.place == PLACE_WITHDRAWN)
        return fail(e, ERR_CONFLICT, "This post cannot be set aside.");
    if (!conversation_by_id(tx, tx_arena(tx), actor->brand_id, at.m.conversation_id, &c, e))
        return false;
    c.outcome = outcome;
    at.post.held = false;
    at.post.aside_by = actor->agent_id;
    at.post.aside_reason = reason;
    at.post.appeal = at.post.appeal_answer = STR_EMPTY;
    at.post.appeal_at = at.post.appeal_by = 0;
    return conversation_update(tx, &c, e) && post_update(tx, &at.post, e) &&
           forum_move(tx, &at.m, PLACE_SET_ASIDE, actor->agent_id, reason, e) &&
           report_decide(tx, actor->brand_id, post, actor->agent_id, tx_now(tx), e) &&
           noted(tx, &at, actor, "set_aside", reason, outcome, e);
}

bool forum_show(struct tx *tx, const struct actor *actor, int64_t post, struct str reason, struct error *e)
{
    struct forum_place at;
    reason = text_shorten(tx_arena(tx), str_trim(text_clean(tx_arena(tx), reason)), 300);
    if (!colleague(actor, STR("-"), e) || !forum_place_of(tx, actor->brand_id, post, &at, e))
        return false;
    bool aside = at.m.place == PLACE_SET_ASIDE, held = at.post.held;
    if (!aside && !held)
        return fail(e, ERR_CONFLICT, "This post is shown.");
    if (aside && !reason.len)
        return fail(e, ERR_BAD_INPUT, "Please say why, in a few words.");
    at.post.held = false;
    at.post.aside_by = 0;
    if (at.post.appeal_at && !at.post.appeal_by) {
        at.post.appeal_by = actor->agent_id;
        at.post.appeal_answer = reason;
    }
    bool asks = at.topic.member_id == at.post.member_id && !at.topic.solved_id;
    return post_update(tx, &at.post, e) && (!aside || noted(tx, &at, actor, "taken_back", reason, STR_EMPTY, e)) &&
           (asks || at.post.id == at.topic.question_id || forum_answered(tx, actor->brand_id, at.topic.id, 0, e)) &&
           forum_leave(tx, &at.topic, &at.m, asks, e) && forum_refresh(tx, actor->brand_id, at.topic.id, e);
}

bool forum_keep_aside(struct tx *tx, const struct actor *actor, int64_t post, struct str reason, struct error *e)
{
    struct forum_place at;
    reason = text_shorten(tx_arena(tx), str_trim(text_clean(tx_arena(tx), reason)), 300);
    if (!colleague(actor, reason, e) || !forum_place_of(tx, actor->brand_id, post, &at, e))
        return false;
    if (!at.post.appeal_at || at.post.appeal_by || at.m.place != PLACE_SET_ASIDE)
        return fail(e, ERR_CONFLICT, "Nobody asks for this post.");
    if (at.m.place_by == actor->agent_id)
        return fail(e, ERR_FORBIDDEN, "Somebody else looks at it again.");
    at.post.appeal_by = actor->agent_id;
    at.post.appeal_answer = reason;
    return post_update(tx, &at.post, e);
}

bool forum_report_done(struct tx *tx, const struct actor *actor, int64_t post, struct error *e)
{
    return colleague(actor, STR("-"), e) && report_decide(tx, actor->brand_id, post, actor->agent_id, tx_now(tx), e);
}
