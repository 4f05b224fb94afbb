/* SPDX-License-Identifier: Apache-2.0 */
/* Walking through a guide, and looking it over before it is published. */
#include "base/arena.h"
#include "base/buf.h"
#include "care/guide_tree.h"

/* ---- walking ---- */

/* Where an answer leads within the tree. */
static size_t step_behind(const struct guide_tree *tree, size_t step, size_t answer)
{
    const struct guide_answer *chosen = &tree->steps[step].answers[answer];
    return chosen->to == GUIDE_STEP ? guide_step_at(tree, chosen->target) : GUIDE_NONE;
}

bool guide_walk_read(const struct guide_tree *tree, struct str way, struct guide_walk *out)
{
    static const struct guide_walk none;
    struct str part;
    int64_t number;
    *out = none;
    while (str_split(&way, '-', &part)) {
        const struct guide_step *step = &tree->steps[out->at];
        bool known =
            out->count < tree->count && str_int64(part, &number) && number >= 1 && (size_t)number <= step->count;
        size_t next = known ? step_behind(tree, out->at, (size_t)number - 1) : GUIDE_NONE;
        if (next == GUIDE_NONE) {
            *out = none;
            return false;
        }
        out->steps[out->count] = out->at;
        out->answers[out->count++] = (size_t)number - 1;
        out->at = next;
    }
    return true;
}

struct str guide_way(struct arena *a, const struct guide_walk *walk, size_t n)
{
    struct buf b;
    buf_init(&b, a, 32);
    for (size_t i = 0; i < n && i < walk->count; i++)
        buf_format(&b, "%s%zu", i ? "-" : "", walk->answers[i] + 1);
    return buf_view(&b);
}

struct str guide_way_on(struct arena *a, const struct guide_tree *tree, const struct guide_walk *walk, size_t answer)
{
    size_t next = step_behind(tree, walk->at, answer);
    struct str way = guide_way(a, walk, walk->count);
    for (size_t i = 0; i < walk->count; i++)
        if (walk->steps[i] == next)
            return guide_way(a, walk, i);
    if (next == walk->at)
        return way;
    return str_format(a, "%.*s%s%zu", STR_ARGS(way), way.len ? "-" : "", answer + 1);
}

/* ---- looking it over ---- */

const struct guide_article *guide_article_named(const struct guide_article *articles, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(articles[i].name, name))
            return &articles[i];
    return NULL;
}

const char *guide_fault_name(enum guide_fault fault)
{
    static const char *const names[] = {
        [GUIDE_HAS_NO_STEP] = "no_step",   [GUIDE_HAS_NO_ANSWER] = "no_answer", [GUIDE_UNREACHED] = "unreached",
        [GUIDE_WITHOUT_END] = "no_end",    [GUIDE_LEADS_NOWHERE] = "nowhere",   [GUIDE_NO_ARTICLE] = "no_article",
        [GUIDE_ARTICLE_UNREAD] = "unread", [GUIDE_CIRCLE] = "circle",
    };
    return names[fault];
}

void guide_reached(const struct guide_tree *tree, size_t without, bool reached[GUIDE_STEPS])
{
    size_t stack[GUIDE_STEPS], n = 0;
    for (size_t i = 0; i < GUIDE_STEPS; i++)
        reached[i] = false;
    if (tree->count && without != 0) {
        reached[0] = true;
        stack[n++] = 0;
    }
    while (n) {
        size_t step = stack[--n];
        for (size_t k = 0; k < tree->steps[step].count; k++) {
            size_t next = step_behind(tree, step, k);
            if (next != GUIDE_NONE && next != without && !reached[next]) {
                reached[next] = true;
                stack[n++] = next;
            }
        }
    }
}

/* From which steps somebody may come to an end. */
static void ending(const struct guide_tree *tree, bool ends[GUIDE_STEPS])
{
    for (size_t i = 0; i < GUIDE_STEPS; i++)
        ends[i] = false;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < tree->count; i++)
            for (size_t k = 0; k < tree->steps[i].count && !ends[i]; k++) {
                size_t next = step_behind(tree, i, k);
                ends[i] = guide_is_end(tree->steps[i].answers[k].to) || (next != GUIDE_NONE && ends[next]);
                more |= ends[i];
            }
    }
}

struct looking {
    struct arena *a;
    const struct guide_tree *tree;
    const struct guide_article *articles;
    size_t article_count;
    struct guide_remark *list;
    size_t count;
    bool back[GUIDE_STEPS][GUIDE_ANSWERS]; /* answers that lead back to a step on the way to them */
};

/* Depth first, without calls in calls: path holds the steps on the way, next[] the answer that comes next at each. */
static void circles(struct looking *l)
{
    enum { NEW, ON_THE_WAY, DONE } state[GUIDE_STEPS] = {NEW};
    size_t path[GUIDE_STEPS], next[GUIDE_STEPS] = {0}, n = 0;
    if (l->tree->count) {
        path[n++] = 0;
        state[0] = ON_THE_WAY;
    }
    while (n) {
        size_t step = path[n - 1];
        if (next[step] == l->tree->steps[step].count) {
            state[step] = DONE;
            n--;
            continue;
        }
        size_t answer = next[step]++, to = step_behind(l->tree, step, answer);
        if (to == GUIDE_NONE)
            continue;
        l->back[step][answer] = state[to] == ON_THE_WAY;
        if (state[to] == NEW) {
            state[to] = ON_THE_WAY;
            path[n++] = to;
        }
    }
}

static void remark(struct looking *l, enum guide_fault fault, size_t step, size_t answer)
{
    l->list[l->count++] = (struct guide_remark){fault, step, answer};
}

static void look_at_answer(struct looking *l, size_t step, size_t answer)
{
    const struct guide_answer *chosen = &l->tree->steps[step].answers[answer];
    const struct guide_article *article = guide_article_named(l->articles, l->article_count, chosen->target);
    if (chosen->to == GUIDE_NOWHERE ||
        (chosen->to == GUIDE_STEP && guide_step_at(l->tree, chosen->target) == GUIDE_NONE))
        remark(l, GUIDE_LEADS_NOWHERE, step, answer);
    if (chosen->to == GUIDE_ARTICLE && (!article || article->slug.len == 0))
        remark(l, GUIDE_NO_ARTICLE, step, answer);
    else if (chosen->to == GUIDE_ARTICLE && !article->published)
        remark(l, GUIDE_ARTICLE_UNREAD, step, answer);
    if (l->back[step][answer])
        remark(l, GUIDE_CIRCLE, step, answer);
}

size_t guide_look_over(struct arena *a, const struct guide_tree *tree, const struct guide_article *articles, size_t n,
                       struct guide_remark **out, bool *stops)
{
    struct looking *l = ARENA_NEW(a, struct looking);
    bool reached[GUIDE_STEPS], ends[GUIDE_STEPS];
    *l = (struct looking){.a = a, .tree = tree, .articles = articles, .article_count = n};
    l->list = ARENA_ARRAY(a, struct guide_remark, GUIDE_STEPS * (GUIDE_ANSWERS * 2 + 3) + 1);
    guide_reached(tree, GUIDE_NONE, reached);
    ending(tree, ends);
    circles(l);
    if (tree->count == 0)
        remark(l, GUIDE_HAS_NO_STEP, GUIDE_NONE, GUIDE_NONE);
    for (size_t i = 0; i < tree->count; i++) {
        if (!reached[i])
            remark(l, GUIDE_UNREACHED, i, GUIDE_NONE);
        if (tree->steps[i].count == 0)
            remark(l, GUIDE_HAS_NO_ANSWER, i, GUIDE_NONE);
        else if (!ends[i])
            remark(l, GUIDE_WITHOUT_END, i, GUIDE_NONE);
        for (size_t k = 0; k < tree->steps[i].count; k++)
            look_at_answer(l, i, k);
    }
    *stops = false;
    for (size_t i = 0; i < l->count; i++)
        *stops |= l->list[i].fault != GUIDE_CIRCLE;
    *out = l->list;
    return l->count;
}
