/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a guide: what they ask, what may be answered, and where each answer leads. As text they are Markdown;
 * the first step is where the guide begins:
 *
 *   ## riavvia: Hai già spento e riacceso il telefono?
 *   Tieni premuto il tasto per dieci secondi.
 *
 *   - Sì, ma non prende → step zona
 *   - Ora prende → solved
 *
 * An answer leads to "step NAME", "article NAME", "ask", "chat", "call", "solved", or "nowhere" yet. "->" is read
 * too. A line of the words that would be read as a step or an answer stands behind a backslash. */
#pragma once

#include "base/error.h"
#include "base/str.h"

struct arena;

#define GUIDE_STEPS      60
#define GUIDE_ANSWERS    8
#define GUIDE_NAME_MAX   60 /* bytes */
#define GUIDE_TITLE_MAX  120
#define GUIDE_ANSWER_MAX 80
#define GUIDE_WORDS_MAX  4000 /* bytes */
#define GUIDE_TREE_MAX   ((size_t)400000)

enum guide_to { GUIDE_NOWHERE, GUIDE_STEP, GUIDE_ARTICLE, GUIDE_ASK, GUIDE_CHAT, GUIDE_CALL, GUIDE_SOLVED };
const char *guide_to_name(enum guide_to to); /* "nowhere", "step", … */
/* Whether the guide ends there. */
static inline bool guide_is_end(enum guide_to to)
{
    return to != GUIDE_NOWHERE && to != GUIDE_STEP;
}

struct guide_answer {
    struct str text, target; /* target: name of a step or an article */
    enum guide_to to;
};
struct guide_step {
    struct str name, title, words;
    struct guide_answer answers[GUIDE_ANSWERS];
    size_t count;
};
struct guide_tree {
    struct guide_step steps[GUIDE_STEPS];
    size_t count;
};

/* ERR_BAD_INPUT with the line where the text is none. */
bool guide_tree_read(struct arena *a, struct str text, struct guide_tree *out, struct error *e) MUST_USE;
struct str guide_tree_write(struct arena *a, const struct guide_tree *tree);
/* "step zona", "ask": false where it is nothing of the kind. */
bool guide_target_read(struct str text, enum guide_to *to, struct str *target);
struct str guide_target_write(struct arena *a, const struct guide_answer *answer);

/* ---- changing ---- */

#define GUIDE_NONE ((size_t)-1)
size_t guide_step_at(const struct guide_tree *tree, struct str name); /* GUIDE_NONE: no such step */
/* A new one at the end, its name made of the title; GUIDE_NONE where there are too many. */
size_t guide_step_add(struct arena *a, struct guide_tree *tree, struct str title);
/* To the place of its neighbour; the first is where the guide begins. */
void guide_step_move(struct guide_tree *tree, size_t step, bool up);
/* What led to it leads nowhere then. */
void guide_step_remove(struct guide_tree *tree, size_t step);
/* What would hang in the air without this step: answers that lead to it, and steps that nobody would reach any more.
 */
struct guide_hanging {
    size_t answers, steps;
    struct {
        size_t step, answer;
    } answer[GUIDE_STEPS * GUIDE_ANSWERS];
    size_t step[GUIDE_STEPS];
};
void guide_step_hangs(const struct guide_tree *tree, size_t step, struct guide_hanging *out);

/* ---- walking ---- */

/* The answers given so far, as an address carries them: "2-1-3", numbers of answers from the first step on. */
struct guide_walk {
    size_t steps[GUIDE_STEPS], answers[GUIDE_STEPS]; /* where, and what was answered there */
    size_t count, at;                                /* at: the step one stands on */
};
/* False where the tree has no such way; the walk is then an empty one. */
bool guide_walk_read(const struct guide_tree *tree, struct str way, struct guide_walk *out);
/* The first n answers of a walk. */
struct str guide_way(struct arena *a, const struct guide_walk *walk, size_t n);
/* The way behind one more answer, given where the walk stands; who comes back to a step is where they were there. */
struct str guide_way_on(struct arena *a, const struct guide_tree *tree, const struct guide_walk *walk, size_t answer);

/* ---- looking it over ---- */

/* A help article that an answer may lead to. */
struct guide_article {
    struct str name, slug, title; /* slug empty: not in this language */
    bool published;
};
const struct guide_article *guide_article_named(const struct guide_article *articles, size_t n, struct str name);

enum guide_fault {
    GUIDE_HAS_NO_STEP,
    GUIDE_HAS_NO_ANSWER,  /* a step */
    GUIDE_UNREACHED,      /* a step to which no way leads from the first */
    GUIDE_WITHOUT_END,    /* a step from which nobody comes to an end */
    GUIDE_LEADS_NOWHERE,  /* an answer, also where its step is gone */
    GUIDE_NO_ARTICLE,     /* an answer leads to an article that there is not in this language */
    GUIDE_ARTICLE_UNREAD, /* ... that is not published */
    GUIDE_CIRCLE,         /* an answer leads back to a step on the way: allowed, and said */
};
const char *guide_fault_name(enum guide_fault fault);
struct guide_remark {
    enum guide_fault fault;
    size_t step, answer; /* GUIDE_NONE: not of an answer, or of a step */
};
/* All of it, step by step. *stops: whether something keeps it from being published. */
size_t guide_look_over(struct arena *a, const struct guide_tree *tree, const struct guide_article *articles, size_t n,
                       struct guide_remark **out, bool *stops);
/* Whether somebody may come to each step from the first; without: as if that step were not there (or GUIDE_NONE). */
void guide_reached(const struct guide_tree *tree, size_t without, bool reached[GUIDE_STEPS]);
