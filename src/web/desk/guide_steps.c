/* SPDX-License-Identifier: Apache-2.0 */
/* Changing the steps of a guide: every form works by itself and leads back to the editor. */
#include "base/arena.h"
#include "base/json.h"
#include "base/unicode.h"
#include "web/desk/guides.h"
#include "web/desk/page.h"

struct change {
    struct guide_desk desk;
    struct str name; /* the step that is changed */
    struct guide_step step;
    bool fresh[GUIDE_ANSWERS]; /* answers that lead to a step that is made now */
    int64_t revision;          /* the draft that the form was made of */
    bool up;
    struct str open; /* whose form is open then */
};

static bool change_begin(struct visit *v, struct change *change, struct error *e)
{
    *change = (struct change){.desk = {.v = v, .id = v->params[0]}, .name = v->words[0]};
    if (!http_form_ok(v->http, e))
        return false;
    change->desk.language = guide_language(v, http_form(v->http, "lang"));
    change->revision = visit_form_id(v, "revision");
    return true;
}

static bool draft_open(struct tx *tx, struct change *change, size_t *step, struct error *e)
{
    struct visit *v = change->desk.v;
    struct guide_paper *paper = &change->desk.paper;
    if (!guide_draft(tx, v->arena, v->brand.id, change->desk.id, change->desk.language, paper, e))
        return false;
    *step = guide_step_at(paper->tree, change->name);
    return *step != GUIDE_NONE || fail(e, ERR_NOT_FOUND, "There is no such step.");
}

static bool draft_keep(struct tx *tx, struct change *change, struct error *e)
{
    return guide_write(tx, change->desk.v->actor.agent_id, &change->desk.paper, STR_EMPTY, e);
}

/* ---- a new step ---- */

static bool add_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    struct visit *v = change->desk.v;
    struct guide_paper *paper = &change->desk.paper;
    if (!guide_draft(tx, v->arena, v->brand.id, change->desk.id, change->desk.language, paper, e))
        return false;
    size_t step = guide_step_add(v->arena, paper->tree, change->step.title);
    if (step == GUIDE_NONE)
        return fail(e, ERR_CONFLICT, "A guide has %d steps at most.", GUIDE_STEPS);
    if (!paper->text.revision)
        return fail(e, ERR_CONFLICT, "There is no guide in this language yet.");
    change->open = paper->tree->steps[step].name;
    return draft_keep(tx, change, e);
}

static bool add_post(struct visit *v, struct error *e)
{
    struct change change;
    if (!change_begin(v, &change, e))
        return false;
    change.step.title = form_line(v, "question", GUIDE_TITLE_MAX, true, &change.desk.errors);
    if (change.desk.errors)
        return guide_desk_render(&change.desk, STR_EMPTY, e);
    return visit_write(v, add_write, &change, e) &&
           guide_led_to_editor(v, change.desk.id, change.desk.language, change.open, "toast.saved");
}

/* ---- a step's words and answers ---- */

static void answer_take(struct change *change, int number)
{
    struct visit *v = change->desk.v;
    struct arena *a = v->arena;
    struct guide_step *step = &change->step;
    const char *text = str_cstr(a, str_format(a, "text-%d", number));
    const char *to = str_cstr(a, str_format(a, "to-%d", number));
    struct guide_answer *answer = &step->answers[step->count];
    *answer = (struct guide_answer){.text = form_line(v, text, GUIDE_ANSWER_MAX, false, &change->desk.errors)};
    if (answer->text.len == 0)
        return;
    struct str target = http_form(v->http, to);
    change->fresh[step->count] = str_eq(target, STR("new"));
    if (!guide_target_read(target, &answer->to, &answer->target)) {
        answer->to = GUIDE_NOWHERE;
        answer->target = STR_EMPTY;
    }
    step->count++;
}

static void swap(struct change *change, size_t a, size_t b)
{
    struct guide_answer kept = change->step.answers[a];
    bool fresh = change->fresh[a];
    change->step.answers[a] = change->step.answers[b];
    change->fresh[a] = change->fresh[b];
    change->step.answers[b] = kept;
    change->fresh[b] = fresh;
}

/* What the pressed button does to the answers: "up-3", "down-3", "drop-3". */
static void deed(struct change *change, struct str what)
{
    struct str verb;
    int64_t number;
    size_t count = change->step.count;
    if (!str_split(&what, '-', &verb) || !str_int64(what, &number) || number < 1 || (size_t)number > count)
        return;
    size_t at = (size_t)number - 1;
    if (str_eq(verb, STR("up")) && at > 0)
        swap(change, at, at - 1);
    if (str_eq(verb, STR("down")) && at + 1 < count)
        swap(change, at, at + 1);
    if (str_eq(verb, STR("drop"))) {
        for (size_t i = at; i + 1 < count; i++)
            swap(change, i, i + 1);
        change->step.count--;
    }
}

static void step_take(struct change *change)
{
    struct visit *v = change->desk.v;
    struct json **errors = &change->desk.errors;
    change->step.title = form_line(v, "question", GUIDE_TITLE_MAX, true, errors);
    change->step.words = str_trim(text_clean(v->arena, http_form(v->http, "words")));
    if (change->step.words.len > GUIDE_WORDS_MAX)
        form_wrong(v->arena, errors, "words", "wrong.long");
    for (int i = 1; i <= GUIDE_ANSWERS; i++)
        answer_take(change, i);
    deed(change, http_form(v->http, "do"));
}

/* Answers that were to lead to a new step: it is made, named by the answer until somebody says what it asks. */
static bool fresh_steps(struct change *change, struct guide_tree *tree, struct error *e)
{
    struct guide_step *step = &change->step;
    for (size_t i = 0; i < step->count; i++) {
        if (!change->fresh[i])
            continue;
        size_t made = guide_step_add(change->desk.v->arena, tree, step->answers[i].text);
        if (made == GUIDE_NONE)
            return fail(e, ERR_CONFLICT, "A guide has %d steps at most.", GUIDE_STEPS);
        step->answers[i].to = GUIDE_STEP;
        step->answers[i].target = change->open = tree->steps[made].name;
    }
    return true;
}

static bool step_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    size_t at;
    if (!draft_open(tx, change, &at, e))
        return false;
    struct guide_tree *tree = change->desk.paper.tree;
    if (change->revision != change->desk.paper.text.revision) {
        form_wrong(change->desk.v->arena, &change->desk.errors, "words", "wrong.kept");
        return true;
    }
    change->open = change->name;
    change->step.name = change->name;
    if (!fresh_steps(change, tree, e))
        return false;
    tree->steps[at] = change->step;
    return draft_keep(tx, change, e);
}

/* Somebody else may have saved meanwhile: then the form comes again with these words, on what stands now. */
static bool step_post(struct visit *v, struct error *e)
{
    struct change change;
    if (!change_begin(v, &change, e))
        return false;
    step_take(&change);
    if (!change.desk.errors && !visit_write(v, step_write, &change, e))
        return false;
    if (change.desk.errors) {
        change.desk.filled = &change.step;
        return guide_desk_render(&change.desk, change.name, e);
    }
    return guide_led_to_editor(v, change.desk.id, change.desk.language, change.open, "toast.saved");
}

/* ---- order, and deleting ---- */

static bool move_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    size_t at;
    if (!draft_open(tx, change, &at, e))
        return false;
    guide_step_move(change->desk.paper.tree, at, change->up);
    return draft_keep(tx, change, e);
}

static bool move_post(struct visit *v, struct error *e)
{
    struct change change;
    if (!change_begin(v, &change, e))
        return false;
    change.up = str_eq(http_form(v->http, "to"), STR("up"));
    if (!visit_write(v, move_write, &change, e))
        return false;
    view_redirect(&v->view, v->http,
                  str_format(v->arena, "/desk/guides/%lld?lang=%.*s#s-%.*s", (long long)change.desk.id,
                             STR_ARGS(change.desk.language), STR_ARGS(change.name)));
    return true;
}

static bool remove_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    size_t at;
    if (!draft_open(tx, change, &at, e))
        return false;
    guide_step_remove(change->desk.paper.tree, at);
    return draft_keep(tx, change, e);
}

static bool remove_post(struct visit *v, struct error *e)
{
    struct change change;
    return change_begin(v, &change, e) && visit_write(v, remove_write, &change, e) &&
           guide_led_to_editor(v, change.desk.id, change.desk.language, STR_EMPTY, "toast.removed");
}

const struct route routes_desk_guide_steps[] = {
    {HTTP_POST, "/desk/guides/:id/step", PERM_AGENT, add_post, NULL},
    {HTTP_POST, "/desk/guides/:id/step/:name", PERM_AGENT, step_post, NULL},
    {HTTP_POST, "/desk/guides/:id/step/:name/move", PERM_AGENT, move_post, NULL},
    {HTTP_POST, "/desk/guides/:id/step/:name/remove", PERM_AGENT, remove_post, NULL},
    {0},
};
