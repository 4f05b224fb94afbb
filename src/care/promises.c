/* SPDX-License-Identifier: Apache-2.0 */
/* Promises: noticing one in a reply, and its life until it is kept or not. */
#include "care/promises.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/promise_internal.h"
#include "care/rank.h"
#include "care/story.h"
#include "store/message.h"

/* ---- noticing ---- */

#define WORDS_KEPT 200 /* characters */
/* How long after its time a promise counts as broken. */
#define BROKEN_AFTER_US HOUR_US
#define DUE_FARTHEST_US (400 * DAY_US)

static bool clause_ends(const struct words *s, size_t i)
{
    static const char begins[] =
        "e ed ma poi quindi percio cosi and but then so appena quando se perche mentre finche once "
        "when if as because while oppure or";
    const struct word *next = word_at(s, (ptrdiff_t)i + 1);
    return s->items[i].pause || (word_in(next, begins) && !(word_in(next, "e") && next->accent));
}

static bool same_clause(const struct words *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (clause_ends(s, i))
            return false;
    return true;
}

/* "appena ho notizie": what it says does not decide whose the time is. */
static bool is_aside(const struct words *s, size_t verb)
{
    for (size_t i = verb + 1; i-- > 0;) {
        if (word_in(&s->items[i], "appena quando se perche mentre finche once when if because while as"))
            return true;
        if (i > 0 && clause_ends(s, i - 1))
            return false;
    }
    return false;
}

/* The deed a time belongs to: the nearest before it in its clause, else the first behind it in its clause,
 * else the nearest before and then behind it in the sentence. */
static bool deed_of(const struct words *s, const enum deed *deeds, const struct said_time *t, size_t *verb)
{
    bool found = false;
    for (size_t i = t->from; i-- > 0 && !found;)
        if (deeds[i] && same_clause(s, i, t->from)) {
            *verb = i;
            found = true;
        }
    for (size_t i = t->to; i < s->count && !found; i++)
        if (deeds[i] && same_clause(s, t->to - 1, i)) {
            *verb = i;
            found = true;
        }
    for (size_t i = t->from; i-- > 0 && !found;)
        if (deeds[i] && !(deeds[i] == DEED_OTHER && is_aside(s, i))) {
            *verb = i;
            found = true;
        }
    for (size_t i = t->to; i < s->count && !found; i++)
        if (deeds[i]) {
            *verb = i;
            found = true;
        }
    return found && deeds[*verb] == DEED_OURS;
}

/* From the deed (with the pronouns in front of it) to the time, or the other way round, as it was written. */
static struct str words_between(struct arena *a, const struct words *s, size_t verb, const struct said_time *t)
{
    bool english = word_in(&s->items[verb], "i we you let");
    size_t from = verb, end = verb + (english ? 3 : 1), to = end > t->to ? end : t->to;
    to = verb < t->from ? t->to : to < s->count ? to : s->count;
    while (from > 0 && !s->items[from - 1].pause &&
           word_in(&s->items[from - 1], "la le lo li gli vi ti ci mi ve te glielo gliela io noi i we you"))
        from--;
    ptrdiff_t lead = (ptrdiff_t)t->from;
    while (word_in(word_at(s, lead - 1), "alle all le ore entro per verso il by at on before the"))
        lead--;
    from = (size_t)lead < from ? (size_t)lead : from;
    const struct word *first = &s->items[from], *last = &s->items[to - 1];
    struct str words = {first->raw.ptr, (size_t)(last->raw.ptr + last->raw.len - first->raw.ptr)};
    return text_shorten(a, words, WORDS_KEPT);
}

static void sentence_notice(struct arena *a, const struct words *s, int64_t now, const char *zone, struct str *words,
                            int64_t *due)
{
    struct said_time t;
    const enum deed *deeds = promise_deeds(a, s);
    size_t verb;
    for (size_t at = 0; promise_time(s, at, now, zone, &t); at = t.to)
        if (t.due && (*due == 0 || t.due < *due) && deed_of(s, deeds, &t, &verb)) {
            *due = t.due;
            *words = words_between(a, s, verb, &t);
        }
}

bool promise_notice(struct arena *a, struct str text, int64_t now, const char *zone, struct str *words, int64_t *due)
{
    struct words all = promise_words(a, text);
    *due = 0;
    *words = STR_EMPTY;
    for (size_t from = 0, i = 0; i < all.count; i++) {
        if (!all.items[i].ends && i + 1 < all.count)
            continue;
        struct words sentence = {all.items + from, i + 1 - from};
        if (!all.items[i].question)
            sentence_notice(a, &sentence, now, zone, words, due);
        from = i + 1;
    }
    return *due != 0;
}

/* ---- the life of a promise ---- */

bool promise_may_end(const struct actor *actor, const struct promise *p, const struct conversation *c)
{
    bool of_all = p->agent_id == 0 && c->owner_id == 0;
    return of_all || p->agent_id == actor->agent_id || c->owner_id == actor->agent_id || actor->role >= ROLE_LEAD;
}

bool promise_is_asked(const struct promise *p, const struct message *reply)
{
    return str_eq(p->state, STR("noticed")) && reply->receipt != MESSAGE_FAILED && !reply->deleted_at;
}

/* What the program noticed is for its author to say, whoever leads or has the conversation meanwhile. */
static bool author_speaks(struct tx *tx, const struct actor *actor, const struct promise *p, struct error *e)
{
    struct message reply;
    struct error here = {0};
    if (p->agent_id != actor->agent_id)
        return fail(e, ERR_FORBIDDEN, "Only who wrote the reply can say whether it was a promise.");
    if (!message_by_id(tx, tx_arena(tx), p->brand_id, p->message_id, &reply, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    return promise_is_asked(p, &reply) ||
           fail(e, ERR_CONFLICT, "The reply with this promise did not arrive: nothing is promised yet.");
}

static bool promise_open(struct tx *tx, const struct actor *actor, int64_t id, struct promise *p,
                         struct conversation *c, struct error *e)
{
    struct arena *a = tx_arena(tx);
    if (actor->token_id)
        return fail(e, ERR_FORBIDDEN, "A colleague speaks for a promise, not an integration.");
    if (actor->role < ROLE_AGENT)
        return fail(e, ERR_FORBIDDEN, "You can read here, and not change anything.");
    if (!promise_by_id(tx, a, actor->brand_id, id, p, e) ||
        !conversation_by_id(tx, a, actor->brand_id, p->conversation_id, c, e))
        return false;
    if (str_eq(p->state, STR("noticed")))
        return author_speaks(tx, actor, p, e);
    return promise_may_end(actor, p, c) ||
           fail(e, ERR_FORBIDDEN, "Who promised, who has the conversation or a lead can say so.");
}

static bool promise_save(struct tx *tx, const struct promise *p, struct conversation *c, const char *kind,
                         int64_t actor, struct error *e)
{
    return promise_update(tx, p, e) && story_settle(tx, c, e) && story_event(tx, kind, c, p->id, actor, p->text, e);
}

bool promise_ask(struct tx *tx, const struct message *asked, int64_t due, struct str what, struct error *e)
{
    struct conversation c = {0};
    struct promise *there;
    size_t count;
    struct arena *a = tx_arena(tx);
    if (!conversation_by_id(tx, a, asked->brand_id, asked->conversation_id, &c, e) ||
        !promise_of_conversation(tx, a, c.brand_id, c.id, &there, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (there[i].message_id == asked->id)
            return true;
    struct promise p = {.brand_id = c.brand_id,
                        .id = id_new(),
                        .conversation_id = c.id,
                        .person_id = c.person_id,
                        .message_id = asked->id,
                        .text = text_shorten(a, what, WORDS_KEPT),
                        .due_at = due,
                        .state = STR("open")};
    return promise_add(tx, &p, e) && story_settle(tx, &c, e) &&
           story_event(tx, "promise.asked", &c, p.id, 0, p.text, e);
}

bool promise_confirm(struct tx *tx, const struct actor *actor, int64_t id, int64_t due, struct error *e)
{
    struct promise p = {0};
    struct conversation c = {0};
    int64_t now = tx_now(tx);
    if (!promise_open(tx, actor, id, &p, &c, e))
        return false;
    if (!str_eq(p.state, STR("noticed")) && !str_eq(p.state, STR("open")))
        return fail(e, ERR_CONFLICT, "This promise has ended already.");
    if (due && (due <= now || due > now + DUE_FARTHEST_US))
        return fail(e, ERR_BAD_INPUT, "A promise is due after now, and within a year.");
    p.state = STR("open");
    if (due && due != p.due_at) {
        p.due_at = due;
        p.reminded_at = 0;
    }
    return promise_save(tx, &p, &c, "promise.confirmed", actor->agent_id, e);
}

static bool promise_finish(struct tx *tx, const struct actor *actor, struct promise *p, struct conversation *c,
                           const char *state, const char *kind, struct error *e)
{
    p->state = str_from(state);
    p->ended_at = tx_now(tx);
    p->ended_by = actor->agent_id;
    return promise_save(tx, p, c, kind, actor->agent_id, e);
}

bool promise_dismiss(struct tx *tx, const struct actor *actor, int64_t id, struct error *e)
{
    struct promise p = {0};
    struct conversation c = {0};
    if (!promise_open(tx, actor, id, &p, &c, e))
        return false;
    if (!str_eq(p.state, STR("noticed")) && !str_eq(p.state, STR("open")))
        return fail(e, ERR_CONFLICT, "This promise has ended already.");
    return promise_finish(tx, actor, &p, &c, "dismissed", "promise.dismissed", e);
}

bool promise_end(struct tx *tx, const struct actor *actor, int64_t id, bool kept, struct error *e)
{
    struct promise p = {0};
    struct conversation c = {0};
    if (!promise_open(tx, actor, id, &p, &c, e))
        return false;
    /* what only the clock called broken may have been kept on the phone: a colleague knows better */
    bool by_clock = str_eq(p.state, STR("broken")) && p.ended_by == 0;
    if (!str_eq(p.state, STR("open")) && !by_clock)
        return fail(e, ERR_CONFLICT, "Only a promise that is open can end.");
    return promise_finish(tx, actor, &p, &c, kept ? "kept" : "broken", kept ? "promise.kept" : "promise.broken", e);
}

/* ---- time passes ---- */

/* Back on the list. story_settle keeps it there while the promise is open; a broken one stays until it is
 * answered. */
static bool promise_calls(struct tx *tx, const struct promise *p, const char *kind, struct error *e)
{
    struct conversation c = {0};
    if (!conversation_by_id(tx, tx_arena(tx), p->brand_id, p->conversation_id, &c, e) || !promise_update(tx, p, e))
        return false;
    bool sleeps = c.state == CONVERSATION_ANSWERED || c.state == CONVERSATION_SNOOZED;
    bool stays = c.state == CONVERSATION_WAITING;
    if (sleeps) {
        c.state = CONVERSATION_WAITING;
        c.snooze_until = 0;
    }
    if (!story_settle(tx, &c, e))
        return false;
    if ((sleeps || stays) && c.state != CONVERSATION_WAITING) {
        c.state = CONVERSATION_WAITING;
        rank_set(&c, tx_now(tx));
        if (!conversation_update(tx, &c, e))
            return false;
    }
    return story_event(tx, kind, &c, p->id, 0, p->text, e);
}

static bool is_broken(const struct promise *p, int64_t now)
{
    return p->due_at + BROKEN_AFTER_US <= now;
}

bool promise_calls_now(struct tx *tx, int64_t brand, bool *any, struct error *e)
{
    struct promise *due;
    size_t count;
    int64_t now = tx_now(tx);
    *any = false;
    if (!promise_due(tx, tx_arena(tx), brand, now + PROMISE_AHEAD_US, &due, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        *any |= is_broken(&due[i], now) || !due[i].reminded_at;
    return true;
}

bool promise_remind(struct tx *tx, int64_t brand, struct error *e)
{
    struct promise *due;
    size_t count;
    int64_t now = tx_now(tx);
    if (!promise_due(tx, tx_arena(tx), brand, now + PROMISE_AHEAD_US, &due, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct promise *p = &due[i];
        bool broken = is_broken(p, now);
        if (!broken && p->reminded_at)
            continue;
        if (broken) {
            p->state = STR("broken");
            p->ended_at = now;
        } else {
            p->reminded_at = now;
        }
        if (!promise_calls(tx, p, broken ? "promise.broken" : "promise.due", e))
            return false;
    }
    return true;
}
