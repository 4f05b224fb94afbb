/* SPDX-License-Identifier: Apache-2.0 */
/* Where the posts of the community stand in the ledger, and who waits for whom. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/unicode.h"
#include "care/forum_internal.h"
#include "care/hours.h"
#include "care/ledger.h"
#include "care/story.h"

#define DUE_A_TURN   100
#define REFRESH_MOST 500
#define WORDS_MOST   400
#define WORD_BYTES   60

int64_t forum_topic_of(const struct message *m)
{
    int64_t id = 0;
    struct str prefix = STR(FORUM_THREAD);
    if (!m->is_public || !str_eq(m->door, STR("topic")) || !str_starts(m->thread_key, prefix))
        return 0;
    return str_int64(str_slice(m->thread_key, prefix.len, m->thread_key.len), &id) ? id : 0;
}

struct str forum_question(struct arena *a, struct str title, struct str text)
{
    return str_format(a, "%.*s\n\n%.*s", STR_ARGS(title), STR_ARGS(text));
}

struct str forum_body(const struct topic *topic, int64_t post, struct str text)
{
    size_t title = topic->title.len;
    bool headed = post == topic->question_id && str_starts(text, topic->title) &&
                  str_starts(str_slice(text, title, text.len), STR("\n\n"));
    return headed ? str_slice(text, title + 2, text.len) : text;
}

bool forum_is_seen(const struct post *post, const struct message *m)
{
    return !post->held && m->place != PLACE_SET_ASIDE && (!m->outbound || m->receipt >= MESSAGE_ACCEPTED);
}

bool forum_place_of(struct tx *tx, int64_t brand, int64_t post, struct forum_place *out, struct error *e)
{
    struct arena *a = tx_arena(tx);
    return post_by_id(tx, a, brand, post, &out->post, e) && message_by_id(tx, a, brand, post, &out->m, e) &&
           topic_by_id(tx, a, brand, out->post.topic_id, &out->topic, e);
}

/* ---- places ---- */

static void conversation_over(struct tx *tx, struct conversation *c, enum place to, int64_t actor, struct str reason)
{
    bool aside = to == PLACE_SET_ASIDE;
    c->state = aside ? CONVERSATION_SET_ASIDE : CONVERSATION_CLOSED;
    c->outcome = aside ? c->outcome : STR("community");
    c->reason = reason;
    c->closed_at = tx_now(tx);
    c->closed_by = actor;
    c->snooze_until = 0;
}

bool forum_move(struct tx *tx, struct message *m, enum place to, int64_t actor, struct str reason, struct error *e)
{
    struct conversation c;
    if (!ledger_move(tx, m, to, actor, reason, e) ||
        !conversation_by_id(tx, tx_arena(tx), m->brand_id, m->conversation_id, &c, e))
        return false;
    if (to == PLACE_WAITING)
        story_on_us(&c);
    if (!story_settle(tx, &c, e))
        return false;
    bool open = c.state == CONVERSATION_WAITING || c.state == CONVERSATION_SNOOZED;
    bool kept = to == PLACE_SET_ASIDE && c.state == CONVERSATION_SET_ASIDE;
    if (to == PLACE_WAITING || open || kept || (to == PLACE_ANSWERED && actor))
        return true;
    conversation_over(tx, &c, to, actor, reason);
    return story_settle(tx, &c, e) && story_event(tx, "conversation.closed", &c, m->id, actor, reason, e);
}

/* ---- left to the community ---- */

bool forum_leave(struct tx *tx, const struct topic *topic, struct message *m, bool asks, struct error *e)
{
    struct brand brand;
    int64_t minutes, due;
    if (!asks)
        return forum_move(tx, m, PLACE_CLOSED, 0, STR(LEDGER_WHY_BETWEEN), e);
    if (!topic_minutes(tx, m->brand_id, &minutes, e) || !brand_by_id(tx, tx_arena(tx), m->brand_id, &brand, e) ||
        !hours_after(tx, tx_arena(tx), &brand, tx_now(tx), minutes * MINUTE_US, &due, e))
        return false;
    struct post_left left = {m->id, topic->id, due};
    return forum_move(tx, m, PLACE_CLOSED, 0, STR(LEDGER_WHY_LEFT), e) && post_left_put(tx, m->brand_id, &left, e);
}

bool forum_answered(struct tx *tx, int64_t brand, int64_t topic, int64_t actor, struct error *e)
{
    struct post_left *left;
    size_t count;
    struct message m;
    if (!post_left_of(tx, tx_arena(tx), brand, topic, &left, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!message_by_id(tx, tx_arena(tx), brand, left[i].id, &m, e) || !post_left_end(tx, brand, left[i].id, e))
            return false;
        if (m.place == PLACE_CLOSED &&
            !forum_move(tx, &m, PLACE_ANSWERED, actor, actor ? STR_EMPTY : STR(LEDGER_WHY_MEMBER), e))
            return false;
    }
    return true;
}

bool forum_replied(struct tx *tx, const struct message *m, struct error *e)
{
    struct message first;
    struct topic topic;
    struct error here = {0};
    int64_t id = forum_topic_of(m);
    if (!id) /* in private, of something that may have begun in public */
        return !message_newest_in(tx, tx_arena(tx), m->brand_id, m->conversation_id, &first, &here) ||
               !(id = forum_topic_of(&first)) || forum_answered(tx, m->brand_id, id, m->agent_id, e);
    if (!topic_by_id(tx, tx_arena(tx), m->brand_id, id, &topic, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    struct post post = {.brand_id = m->brand_id, .id = m->id, .topic_id = id, .agent_id = m->agent_id, .at = m->at};
    topic.posts++;
    topic.last_at = m->at > topic.last_at ? m->at : topic.last_at;
    return post_add(tx, &post, e) && topic_update(tx, &topic, e) &&
           forum_words_add(tx, m->brand_id, id, m->text, e) && forum_answered(tx, m->brand_id, id, m->agent_id, e);
}

bool forum_due(struct tx *tx, int64_t brand, bool *any, struct error *e)
{
    struct post_left *left;
    size_t count;
    bool ok = post_left_due(tx, tx_arena(tx), brand, tx_now(tx), 1, &left, &count, e);
    *any = ok && count > 0;
    return ok;
}

bool forum_bring(struct tx *tx, int64_t brand, struct error *e)
{
    struct post_left *left;
    size_t count;
    if (!post_left_due(tx, tx_arena(tx), brand, tx_now(tx), DUE_A_TURN, &left, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct message m;
        struct error here = {0};
        bool there = message_by_id(tx, tx_arena(tx), brand, left[i].id, &m, &here);
        if (!there && here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
        if (!post_left_end(tx, brand, left[i].id, e) ||
            (there && m.place == PLACE_CLOSED && !m.deleted_at &&
             !forum_move(tx, &m, PLACE_WAITING, 0, STR(LEDGER_WHY_NOBODY), e)))
            return false;
    }
    return true;
}

/* ---- what a topic shows of itself ---- */

bool forum_words_add(struct tx *tx, int64_t brand, int64_t topic, struct str text, struct error *e)
{
    struct str folded = text_fold(tx_arena(tx), text), word;
    size_t at = 0;
    for (size_t n = 0; n < WORDS_MOST && text_word_next(folded, &at, &word); n++)
        if (word.len > 1 && word.len <= WORD_BYTES && !topic_word_add(tx, brand, word, topic, e))
            return false;
    return true;
}

bool forum_refresh(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct topic topic;
    struct post *posts;
    struct message *messages;
    size_t count, n;
    if (!topic_by_id(tx, a, brand, id, &topic, e) || !topic_words_delete(tx, brand, id, e) ||
        !forum_words_add(tx, brand, id, topic.title, e) ||
        !post_list(tx, a, brand, id, 0, REFRESH_MOST, &posts, &count, e))
        return false;
    topic.posts = 0;
    bool asked = false, hidden = false, solved = false;
    for (size_t i = 0; i < count; i++) {
        if (!message_by_ids(tx, a, brand, &posts[i].id, 1, &messages, &n, e))
            return false;
        bool seen = n && forum_is_seen(&posts[i], messages), there = seen && !messages[0].deleted_at;
        solved |= there && posts[i].id == topic.solved_id;
        if (posts[i].id == topic.question_id) {
            hidden = !seen;
            asked = there;
        } else {
            topic.posts += there;
        }
        if (there && !forum_words_add(tx, brand, id, messages[0].text, e))
            return false;
    }
    topic.shown = !hidden && (asked || topic.posts > 0);
    if (!solved && count < REFRESH_MOST) /* what nobody sees any more solves nothing */
        topic.solved_id = topic.solved_at = 0;
    return topic_update(tx, &topic, e);
}

/* Why it was hidden, and what its author said to that, ends with its being hidden, whoever ended it. */
static bool aside_over(struct tx *tx, const struct message *m, struct error *e)
{
    struct post post;
    struct error here = {0};
    if (m->place == PLACE_SET_ASIDE)
        return true;
    if (!post_by_id(tx, tx_arena(tx), m->brand_id, m->id, &post, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    bool open = post.appeal_at && !post.appeal_by;
    if (!post.aside_reason.len && !open)
        return true;
    post.aside_by = 0;
    post.aside_reason = STR_EMPTY;
    post.appeal_by = open ? m->place_by : post.appeal_by;
    if (!post.appeal_by)
        post.appeal_at = 0;
    return post_update(tx, &post, e);
}

/* Told by the ledger: one of these came to light, was hidden, or is gone. */
bool forum_place_changed(struct tx *tx, const struct message *m, struct error *e)
{
    struct topic topic;
    struct error here = {0};
    int64_t id = forum_topic_of(m);
    if (!id)
        return true;
    if (!topic_by_id(tx, tx_arena(tx), m->brand_id, id, &topic, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    return aside_over(tx, m, e) && forum_refresh(tx, m->brand_id, id, e) && post_left_end(tx, m->brand_id, m->id, e);
}
