/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a conversation that was read: its messages by the rules of history, and what only we see in it. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/import_story.h"
#include "care/ledger.h"
#include "store/agent.h"

/* A mention older than this calls nobody any more. */
#define MENTION_US (30 * DAY_US)

static bool message_write(struct plan *plan, struct history_story *s, struct plan_message *p, struct error *e)
{
    struct history *h = plan->h;
    struct message *m = &p->m;
    bool fresh;
    if (!history_message(h, s, m, &fresh, e))
        return false;
    if (!fresh) {
        m->id = 0;
        return true;
    }
    for (size_t i = 0; i < p->edit_count; i++)
        if (!message_edit_add(h->tx, h->brand, m->id, p->edits[i].at, p->edits[i].before, e))
            return false;
    if (p->thread_title.len &&
        !thread_put(h->tx, h->brand, m->channel_id, m->thread_key, p->thread_title, STR_EMPTY, m->at, e))
        return false;
    if (m->outbound)
        return true;
    if (m->deleted_at)
        return history_place(h, s, m, PLACE_WITHDRAWN, 0, STR(LEDGER_WHY_DELETED), e);
    return p->place == PLACE_NONE || history_place(h, s, m, p->place, p->place_by, STR(LEDGER_WHY_STOOD), e);
}

/* "@Sara Neri": the whole name, ignoring case and accents. */
static bool mentions_write(struct plan *plan, const struct history_story *s, const struct entry *entry,
                           struct error *e)
{
    struct history *h = plan->h;
    struct arena *a = tx_arena(h->tx);
    struct agent *agents;
    size_t count;
    bool over = plan->state == CONVERSATION_CLOSED || plan->state == CONVERSATION_SET_ASIDE;
    if (over || entry->at + MENTION_US < h->run->now)
        return true;
    if (str_eq(entry->kind, STR("handover")))
        return entry->other_id != plan->owner ||
               mention_add(h->tx, h->brand, entry->other_id, entry->id, s->c.id, entry->agent_id, entry->at, e);
    if (str_find_char(entry->text, '@') < 0)
        return true;
    if (!agent_list(h->tx, a, h->brand, &agents, &count, e))
        return false;
    struct str folded = text_fold(a, entry->text);
    for (size_t i = 0; i < count; i++) {
        struct str wanted = str_concat(a, STR("@"), text_fold(a, agents[i].name));
        if (!agents[i].removed_at && str_find(folded, wanted) >= 0 &&
            !mention_add(h->tx, h->brand, agents[i].id, entry->id, s->c.id, entry->agent_id, entry->at, e))
            return false;
    }
    return true;
}

static bool entry_write(struct plan *plan, const struct history_story *s, struct entry *entry, struct error *e)
{
    entry->conversation_id = s->c.id;
    return entry_add(plan->h->tx, entry, e) && mentions_write(plan, s, entry, e);
}

static bool promise_write(struct plan *plan, const struct history_story *s, struct plan_promise *p, struct error *e)
{
    p->promise.conversation_id = s->c.id;
    p->promise.message_id = plan_message_of(plan, p->of)->m.id;
    return p->promise.message_id == 0 || promise_add(plan->h->tx, &p->promise, e);
}

/* What an older file says in "outcome" of one set aside may be how it had been closed before. */
static struct str outcome_of(const struct plan *plan)
{
    struct str outcome = line_text(plan->h, plan->line, "outcome");
    if (plan->state == CONVERSATION_CLOSED)
        return outcome;
    return str_eq(outcome, STR("spam")) ? STR("spam") : STR("troll");
}

/* Closed, set aside or asleep: the conversation, its entry, and what waited in it. */
static bool end_write(struct plan *plan, struct history_story *s, struct error *e)
{
    struct conversation *c = &s->c;
    struct history *h = plan->h;
    struct str reason = line_text(h, plan->line, "reason");
    bool aside = plan->state == CONVERSATION_SET_ASIDE, asleep = plan->state == CONVERSATION_SNOOZED;
    if (!aside && !asleep && plan->state != CONVERSATION_CLOSED)
        return true;
    struct entry entry = {.brand_id = h->brand,
                          .id = id_at(plan->ended_at),
                          .kind = asleep  ? STR("snoozed")
                                  : aside ? STR("set_aside")
                                          : STR("closed"),
                          .agent_id = asleep ? plan->owner : plan->ended_by,
                          .other_id = plan->until,
                          .text = reason,
                          .at = plan->ended_at};
    c->state = plan->state;
    c->snooze_until = asleep ? plan->until : 0;
    if (asleep)
        return entry_write(plan, s, &entry, e);
    c->closed_at = plan->ended_at;
    c->closed_by = plan->ended_by;
    c->reason = reason;
    entry.summary = c->outcome = outcome_of(plan);
    struct str words = reason.len ? reason : STR(LEDGER_WHY_ENDED);
    return history_place_waiting(h, s, aside ? PLACE_SET_ASIDE : PLACE_CLOSED, plan->ended_by, words, e) &&
           entry_write(plan, s, &entry, e);
}

static void frame_fill(struct plan *plan, struct conversation *c)
{
    struct str priority = json_text(json_get(plan->line, "priority"));
    c->owner_id = plan->owner;
    c->handovers = plan->handovers;
    c->returns = json_int(json_get(plan->line, "returns"), 0);
    c->priority = priority.len ? priority_from(priority) : PRIORITY_NORMAL;
    c->need = str_trim(line_text(plan->h, plan->line, "need"));
    if (c->need.len) {
        c->need_by = plan->need_by;
        c->need_at = plan->need_at ? plan->need_at : plan->first_at;
    }
    if (!plan->ended_at)
        plan->ended_at = plan->last_at;
}

static bool rest_write(struct plan *plan, struct history_story *s, struct error *e)
{
    struct history *h = plan->h;
    for (size_t i = 0; i < plan->entry_count; i++)
        if (!entry_write(plan, s, &plan->entries[i], e))
            return false;
    for (size_t i = 0; i < plan->promise_count; i++)
        if (!promise_write(plan, s, &plan->promises[i], e))
            return false;
    for (size_t i = 0; i < plan->label_count; i++)
        if (!conversation_label_set(h->tx, h->brand, s->c.id, plan->labels[i], true, e))
            return false;
    return end_write(plan, s, e) && line_keep(h, "conversation", plan->id, s->c.id, e);
}

bool conversation_take(struct history *h, const struct json *line, struct error *e)
{
    struct plan plan;
    struct history_story s;
    if (!plan_read(&plan, h, line, e))
        return false;
    h->writing = true;
    history_story_new(h, &s, &plan.person, plan.first_at);
    frame_fill(&plan, &s.c);
    for (size_t i = 0; i < plan.message_count; i++)
        if (!message_write(&plan, &s, &plan.messages[i], e))
            return false;
    /* all of it came in by the network itself before */
    if (plan.message_count && s.c.messages == 0) {
        h->report.known++;
        return true;
    }
    if (s.c.last_at < plan.last_at && plan.message_count == 0)
        s.c.last_at = plan.last_at;
    return rest_write(&plan, &s, e) && history_story_end(h, &s, e);
}
