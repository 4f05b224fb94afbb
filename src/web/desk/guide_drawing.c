/* SPDX-License-Identifier: Apache-2.0 */
/* A guide drawn as a small tree, row by row, and what is to be said about it before it is published. */
#include "base/arena.h"
#include "base/json.h"
#include "web/desk/guides.h"

#define DEPTH_MAX 8 /* deeper rows stand where these do */

/* ---- the tree ---- */

struct drawing {
    const struct guide_desk *desk;
    struct json *rows;
    size_t open;
    bool drawn[GUIDE_STEPS];
    /* the steps on the way down, and which answer comes next at each */
    size_t path[GUIDE_STEPS], next[GUIDE_STEPS], depth;
};

static struct json *row_new(const struct drawing *d, const struct guide_answer *answer)
{
    struct arena *a = d->desk->v->arena;
    struct json *row = json_object(a);
    size_t level = d->depth + 1;
    json_set_int(a, row, "level", (int64_t)level);
    json_set_int(a, row, "indent", (int64_t)(level > DEPTH_MAX ? DEPTH_MAX : level) - 1);
    json_set_str(a, row, "answer", answer ? answer->text : STR_EMPTY);
    json_set_str(a, row, "to", str_from(guide_to_name(answer ? answer->to : GUIDE_STEP)));
    json_push(a, d->rows, row);
    return row;
}

/* The step behind an answer (NULL: where a tree begins); its own answers follow where it is drawn the first time. */
static void draw_step(struct drawing *d, const struct guide_answer *answer, size_t step)
{
    struct arena *a = d->desk->v->arena;
    const struct guide_step *shown = &d->desk->paper.tree->steps[step];
    struct json *row = row_new(d, answer);
    json_set_str(a, row, "title", shown->title);
    json_set_str(a, row, "name", shown->name);
    json_set_bool(a, row, "again", d->drawn[step]);
    json_set_bool(a, row, "open", shown->count > 0 && !d->drawn[step]);
    json_set_bool(a, row, "current", step == d->open);
    if (d->drawn[step])
        return;
    d->drawn[step] = true;
    d->next[step] = 0;
    d->path[d->depth++] = step;
}

/* An end, or nowhere: it belongs to the step that asks. */
static void draw_end(struct drawing *d, const struct guide_answer *answer, size_t step)
{
    struct arena *a = d->desk->v->arena;
    const struct guide_article *article =
        guide_article_named(d->desk->articles, d->desk->article_count, answer->target);
    struct json *row = row_new(d, answer);
    bool lost = answer->to == GUIDE_STEP;
    if (lost)
        json_set_str(a, row, "to", str_from(guide_to_name(GUIDE_NOWHERE)));
    json_set_str(a, row, "title", answer->to == GUIDE_ARTICLE && article ? article->title : STR_EMPTY);
    json_set_str(a, row, "name", d->desk->paper.tree->steps[step].name);
    json_set_bool(a, row, "again", false);
    json_set_bool(a, row, "open", false);
    json_set_bool(a, row, "current", false);
}

static void draw_below(struct drawing *d, size_t root)
{
    const struct guide_tree *tree = d->desk->paper.tree;
    draw_step(d, NULL, root);
    while (d->depth) {
        size_t step = d->path[d->depth - 1];
        if (d->next[step] == tree->steps[step].count) {
            d->depth--;
            continue;
        }
        const struct guide_answer *answer = &tree->steps[step].answers[d->next[step]++];
        size_t behind = answer->to == GUIDE_STEP ? guide_step_at(tree, answer->target) : GUIDE_NONE;
        if (behind == GUIDE_NONE)
            draw_end(d, answer, step);
        else
            draw_step(d, answer, behind);
    }
}

struct json *guide_tree_json(const struct guide_desk *desk, size_t open)
{
    struct drawing *d = ARENA_NEW(desk->v->arena, struct drawing);
    bool reached[GUIDE_STEPS];
    d->desk = desk;
    d->open = open;
    d->rows = json_array(desk->v->arena);
    guide_reached(desk->paper.tree, GUIDE_NONE, reached);
    for (size_t i = 0; i < desk->paper.tree->count; i++)
        if (!d->drawn[i] && (i == 0 || !reached[i]))
            draw_below(d, i);
    return d->rows;
}

/* ---- what is to be said ---- */

struct json *guide_remarks_json(const struct guide_desk *desk, bool *stops)
{
    struct arena *a = desk->v->arena;
    const struct guide_tree *tree = desk->paper.tree;
    struct guide_remark *remarks;
    struct json *list = json_array(a);
    size_t n = guide_look_over(a, tree, desk->articles, desk->article_count, &remarks, stops);
    for (size_t i = 0; i < n; i++) {
        const struct guide_step *step = remarks[i].step == GUIDE_NONE ? NULL : &tree->steps[remarks[i].step];
        const struct guide_answer *answer =
            remarks[i].answer == GUIDE_NONE || !step ? NULL : &step->answers[remarks[i].answer];
        size_t next = answer && answer->to == GUIDE_STEP ? guide_step_at(tree, answer->target) : GUIDE_NONE;
        struct json *item = json_object(a);
        json_set_str(a, item, "fault", str_from(guide_fault_name(remarks[i].fault)));
        json_set_bool(a, item, "stops", remarks[i].fault != GUIDE_CIRCLE);
        json_set_str(a, item, "step", step ? step->title : STR_EMPTY);
        json_set_str(a, item, "name", step ? step->name : STR_EMPTY);
        json_set_str(a, item, "answer", answer ? answer->text : STR_EMPTY);
        json_set_str(a, item, "back_to", next == GUIDE_NONE ? STR_EMPTY : tree->steps[next].title);
        json_push(a, list, item);
    }
    return list;
}
