/* SPDX-License-Identifier: Apache-2.0 */
/* What a colleague does with a conversation, by form. One command each; afterwards back to the story. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "care/people.h"
#include "care/promises.h"
#include "care/story.h"
#include "web/desk/model.h"

struct act {
    struct visit *v;
    struct str kind;
    int64_t id;   /* of the conversation, promise … */
    int64_t next; /* where to go afterwards, when not to the same conversation */
};

static struct str form(const struct act *act, const char *name)
{
    return str_trim(http_form(act->v->http, name));
}

/* "tomorrow", "week", "written", or a date with "date" (2026-11-25 or 2026-11-25T09:00), in the brand's zone. */
static bool snooze_until(const struct act *act, int64_t now, int64_t *until, struct error *e)
{
    struct str choice = form(act, "until"), date = form(act, "date");
    const char *zone = act->v->view.zone;
    *until = 0;
    if (str_eq(choice, STR("written")))
        return true;
    if (str_eq(choice, STR("tomorrow")) || str_eq(choice, STR("week"))) {
        *until = snooze_morning(now, choice, zone);
        return true;
    }
    int64_t utc;
    struct arena *a = act->v->arena;
    struct str full = date.len == 10   ? str_concat(a, date, STR("T09:00:00Z"))
                      : date.len == 16 ? str_concat(a, date, STR(":00Z"))
                                       : date;
    if (!clock_parse_iso(full, &utc))
        return fail(e, ERR_BAD_INPUT, "Until when? Say tomorrow, a week, or a date.");
    *until = clock_join(clock_split(utc, NULL), zone);
    return true;
}

bool label_named(struct tx *tx, int64_t brand, struct str name, int64_t *out, struct error *e)
{
    int64_t known;
    if (name.len == 0 || name.len > 60)
        return fail(e, ERR_BAD_INPUT, "A label has 1 to 60 bytes.");
    if (!label_find(tx, brand, name, &known, e))
        return false;
    *out = known ? known : id_new();
    return known || label_add(tx, brand, *out, name, 182, e);
}

static bool labels_set(struct tx *tx, const struct act *act, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct json *all = label_list(tx, a, act->v->brand.id, e);
    const struct pairs *given = http_form_all(act->v->http);
    struct str fresh = form(act, "new");
    for (size_t i = 0; i < json_count(all); i++) {
        struct str id = json_text(json_get(json_at(all, i), "id"));
        bool on = false;
        for (size_t k = 0; k < given->count; k++)
            on |= str_eq(given->items[k].name, STR("label")) && str_eq(given->items[k].value, id);
        int64_t label;
        if (str_int64(id, &label) && !story_label(tx, &act->v->actor, act->id, label, on, e))
            return false;
    }
    if (fresh.len == 0)
        return all != NULL;
    int64_t label;
    return label_named(tx, act->v->brand.id, fresh, &label, e) &&
           story_label(tx, &act->v->actor, act->id, label, true, e);
}

static bool hand(struct tx *tx, const struct act *act, struct error *e)
{
    struct str to = form(act, "to");
    int64_t agent;
    if (str_starts(to, STR("agent:")))
        to = str_slice(to, 6, to.len);
    if (!str_int64(to, &agent))
        return fail(e, ERR_BAD_INPUT, "To whom? Choose a colleague.");
    return story_hand_over(tx, &act->v->actor, act->id, agent, form(act, "reason"), form(act, "summary"), e);
}

static bool assign(struct tx *tx, const struct act *act, struct error *e)
{
    int64_t agent = visit_form_id(act->v, "agent");
    struct str to = form(act, "to");
    if (!agent && to.len && !str_int64(to, &agent))
        return fail(e, ERR_BAD_INPUT, "To whom? Choose a colleague.");
    return story_assign(tx, &act->v->actor, act->id, agent, e);
}

static bool snooze(struct tx *tx, const struct act *act, struct error *e)
{
    int64_t until;
    return snooze_until(act, tx_now(tx), &until, e) && story_snooze(tx, &act->v->actor, act->id, until, e);
}

/* The reasons the page offers, and the outcome each stands for. */
static bool close_act(struct tx *tx, const struct act *act, struct error *e)
{
    static const struct {
        const char *reason, *outcome, *words; /* words: what is kept where none were written */
    } known[] = {{"thanks", "thanks", "close.thanks"},
                 {"answered_elsewhere", "solved", "close.answered_elsewhere"},
                 {"no_answer_needed", "no_need", "close.no_answer_needed"},
                 {"duplicate", "no_need", "close.duplicate"},
                 {"solved", "solved", "outcome.solved"},
                 {"other", "no_need", NULL}};
    struct str reason = form(act, "reason"), words = form(act, "words");
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq(reason, str_from(known[i].reason)))
            return story_close(tx, &act->v->actor, act->id, str_from(known[i].outcome),
                               words.len || !known[i].words ? words : visit_words(act->v, known[i].words), e);
    return fail(e, ERR_BAD_INPUT, "Why is no reply needed? Choose a reason.");
}

static bool note(struct tx *tx, const struct act *act, struct error *e)
{
    int64_t id;
    return story_note(tx, &act->v->actor, act->id, form(act, "text"), &id, e);
}

static bool act_run(struct tx *tx, void *ctx, struct error *e)
{
    struct act *act = ctx;
    const struct actor *actor = &act->v->actor;
    if (str_eq(act->kind, STR("need")))
        return story_need(tx, actor, act->id, form(act, "need"), e);
    if (str_eq(act->kind, STR("note")))
        return note(tx, act, e);
    if (str_eq(act->kind, STR("hand")))
        return hand(tx, act, e);
    if (str_eq(act->kind, STR("assign")))
        return assign(tx, act, e);
    if (str_eq(act->kind, STR("snooze")))
        return snooze(tx, act, e);
    if (str_eq(act->kind, STR("wake")))
        return story_wake(tx, actor->brand_id, act->id, actor->agent_id, e);
    if (str_eq(act->kind, STR("label")))
        return labels_set(tx, act, e);
    if (str_eq(act->kind, STR("priority")))
        return story_priority(tx, actor, act->id, priority_from(form(act, "priority")), e);
    if (str_eq(act->kind, STR("close")))
        return close_act(tx, act, e);
    if (str_eq(act->kind, STR("reopen")))
        return story_reopen(tx, actor, act->id, e);
    if (str_eq(act->kind, STR("aside")))
        return story_set_aside(tx, actor, act->id, form(act, "what"), form(act, "reason"), e);
    if (str_eq(act->kind, STR("back")))
        return story_take_back(tx, actor, act->id, form(act, "reason"), e);
    if (str_eq(act->kind, STR("join"))) {
        act->next = visit_form_id(act->v, "into");
        return story_join(tx, actor, act->id, act->next, e);
    }
    return fail(e, ERR_NOT_FOUND, "There is nothing at this address.");
}

/* What is said after an act, and the act that takes it back. */
static void act_toast(const struct act *act)
{
    static const struct {
        const char *kind, *toast, *undo;
    } toasts[] = {{"hand", "toast.handed", NULL},       {"snooze", "toast.snoozed", NULL},
                  {"close", "toast.closed", "reopen"},  {"aside", "toast.aside", "back"},
                  {"back", "toast.back", NULL},         {"reopen", "toast.reopened", NULL},
                  {"assign", "toast.assigned", NULL},   {"label", "toast.labelled", NULL},
                  {"priority", "toast.priority", NULL}, {"note", "toast.noted", NULL}};
    struct visit *v = act->v;
    struct json *values = json_object(v->arena), *undo = json_object(v->arena);
    size_t i = 0;
    while (i < COUNT_OF(toasts) && !str_eq(act->kind, str_from(toasts[i].kind)))
        i++;
    if (i == COUNT_OF(toasts))
        return;
    const char *toast = toasts[i].toast;
    if (str_eq(act->kind, STR("snooze")) && str_eq(form(act, "until"), STR("written")))
        toast = "toast.snoozed_written";
    if (str_eq(act->kind, STR("assign")) && !form(act, "agent").len && !form(act, "to").len)
        toast = "toast.let_go";
    if (toasts[i].undo) {
        json_set_str(v->arena, undo, "action",
                     str_format(v->arena, "/desk/c/%lld/%s", (long long)act->id, toasts[i].undo));
        json_set(v->arena, values, "undo", undo);
    }
    visit_toast(v, toast, values);
}

/* What a form lacked, or what has changed since it was shown, is said on the story it came from; programs and
 * scripts get the error. */
static bool act_refused(struct act *act, const struct error *e)
{
    static const struct {
        const char *kind, *why;
    } known[] = {{"snooze", "wrong.date"},   {"hand", "wrong.summary"}, {"aside", "wrong.aside"},
                 {"close", "wrong.missing"}, {"need", "wrong.long"},    {"note", "wrong.missing"}};
    struct visit *v = act->v;
    const char *why = e->code == ERR_CONFLICT ? "wrong.kept" : "wrong.act";
    if ((e->code != ERR_BAD_INPUT && e->code != ERR_CONFLICT) || view_wants_json(v->http))
        return false;
    for (size_t i = 0; i < COUNT_OF(known) && e->code == ERR_BAD_INPUT; i++)
        if (str_eq(act->kind, str_from(known[i].kind)))
            why = known[i].why;
    struct json *values = json_object(v->arena);
    json_set_str(v->arena, values, "why", str_from(why));
    visit_toast(v, "toast.not_done", values);
    view_redirect(&v->view, v->http, story_address(v, act->id));
    return true;
}

static bool conversation_act(struct visit *v, struct error *e)
{
    struct act act = {.v = v, .kind = v->words[0], .id = v->params[0]};
    if (!http_form_ok(v->http, e))
        return false;
    if (!visit_write(v, act_run, &act, e))
        return act_refused(&act, e);
    act_toast(&act);
    int64_t id = act.next ? act.next : act.id;
    view_redirect(&v->view, v->http, story_address(v, id));
    return true;
}

/* ---- promises ---- */

struct promise_act {
    struct visit *v;
    struct str state;
    int64_t due, conversation;
};

static bool promise_run(struct tx *tx, void *ctx, struct error *e)
{
    struct promise_act *act = ctx;
    const struct actor *actor = &act->v->actor;
    struct promise promise;
    int64_t id = act->v->params[0];
    if (!promise_by_id(tx, tx_arena(tx), actor->brand_id, id, &promise, e))
        return false;
    act->conversation = promise.conversation_id;
    if (str_eq(act->state, STR("open")))
        return promise_confirm(tx, actor, id, act->due, e);
    if (str_eq(act->state, STR("dropped")))
        return promise_dismiss(tx, actor, id, e);
    if (str_eq(act->state, STR("kept")) || str_eq(act->state, STR("broken")))
        return promise_end(tx, actor, id, str_eq(act->state, STR("kept")), e);
    return fail(e, ERR_BAD_INPUT, "A promise becomes open, kept, broken or dropped.");
}

static bool promise_act(struct visit *v, struct error *e)
{
    struct promise_act act = {.v = v, .state = str_trim(http_form(v->http, "state"))};
    struct str due = str_trim(http_form(v->http, "due"));
    int64_t utc;
    if (due.len == 16)
        due = str_concat(v->arena, due, STR(":00Z"));
    if (due.len && !clock_parse_iso(due, &utc))
        return fail(e, ERR_BAD_INPUT, "That is not a date.");
    if (due.len)
        act.due = clock_join(clock_split(utc, NULL), v->view.zone);
    if (!visit_write(v, promise_run, &act, e))
        return false;
    visit_toast(v, str_eq(act.state, STR("open")) ? "toast.promise" : "toast.saved", NULL);
    view_redirect(&v->view, v->http, story_address(v, act.conversation));
    return true;
}

const struct route routes_desk_acts[] = {
    {HTTP_POST, "/desk/promise/:id", PERM_AGENT, promise_act, NULL},
    {HTTP_POST, "/desk/c/:id/:name", PERM_AGENT, conversation_act, NULL},
    {0},
};
