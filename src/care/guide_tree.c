/* SPDX-License-Identifier: Apache-2.0 */
/* Guides as text, and changing their steps. */
#include "care/guide_tree.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"

#define ARROW STR("\xe2\x86\x92") /* → */

/* ---- where an answer leads ---- */

static const char *const to_names[] = {
    [GUIDE_NOWHERE] = "nowhere", [GUIDE_STEP] = "step", [GUIDE_ARTICLE] = "article", [GUIDE_ASK] = "ask",
    [GUIDE_CHAT] = "chat",       [GUIDE_CALL] = "call", [GUIDE_SOLVED] = "solved",
};

const char *guide_to_name(enum guide_to to)
{
    return to_names[to];
}

static bool is_name(struct str name, bool step)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool small = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!small && (step || !((c >= 'A' && c <= 'Z') || c == '_')))
            return false;
    }
    return name.len > 0 && name.len <= (step ? GUIDE_NAME_MAX : GUIDE_TITLE_MAX);
}

bool guide_target_read(struct str text, enum guide_to *to, struct str *target)
{
    struct str rest = str_trim(text), word;
    if (!str_split(&rest, ' ', &word))
        return false;
    *target = str_trim(rest);
    for (size_t i = 0; i < COUNT_OF(to_names); i++)
        if (str_eq(word, str_from(to_names[i]))) {
            *to = (enum guide_to)i;
            return *to == GUIDE_STEP || *to == GUIDE_ARTICLE ? is_name(*target, *to == GUIDE_STEP) : target->len == 0;
        }
    return false;
}

struct str guide_target_write(struct arena *a, const struct guide_answer *answer)
{
    const char *name = guide_to_name(answer->to);
    return answer->target.len ? str_format(a, "%s %.*s", name, STR_ARGS(answer->target)) : str_from(name);
}

/* ---- lines ---- */

static size_t find_last(struct str s, struct str needle)
{
    size_t at = GUIDE_NONE;
    for (size_t i = 0; i + needle.len <= s.len; i++)
        if (str_eq(str_slice(s, i, i + needle.len), needle))
            at = i;
    return at;
}

static bool answer_read(struct str line, struct guide_answer *out)
{
    const struct str arrows[] = {ARROW, STR("->")};
    if (!str_starts(line, STR("- ")))
        return false;
    line = str_slice(line, 2, line.len);
    for (size_t i = 0; i < COUNT_OF(arrows); i++) {
        size_t at = find_last(line, arrows[i]);
        if (at == GUIDE_NONE)
            continue;
        out->text = str_trim(str_slice(line, 0, at));
        return out->text.len > 0 &&
               guide_target_read(str_slice(line, at + arrows[i].len, line.len), &out->to, &out->target);
    }
    return false;
}

static bool is_step(struct str line)
{
    return str_starts(line, STR("## "));
}

/* Of the words, but it would be read as a step or an answer. */
static bool is_escaped(struct str line)
{
    struct guide_answer answer;
    while (line.len && line.ptr[0] == '\\')
        line = str_slice(line, 1, line.len);
    return is_step(line) || answer_read(line, &answer);
}

/* ---- reading ---- */

struct reading {
    struct arena *a;
    struct guide_tree *tree;
    struct buf words; /* of the step that is being read */
    int line;
};

static struct str name_of(struct arena *a, const struct guide_tree *tree, struct str title);

static void words_end(struct reading *r)
{
    if (r->tree->count) {
        struct str words = str_trim(buf_view(&r->words));
        r->tree->steps[r->tree->count - 1].words = words;
    }
    buf_init(&r->words, r->a, 256);
}

static bool step_read(struct reading *r, struct str line, struct error *e)
{
    struct guide_tree *tree = r->tree;
    struct str title = str_trim(str_slice(line, 3, line.len)), rest = title, name;
    bool named = str_find_char(title, ':') > 0 && str_split(&rest, ':', &name) && is_name(name, true);
    words_end(r);
    if (named)
        title = str_trim(rest);
    if (tree->count == GUIDE_STEPS)
        return fail(e, ERR_BAD_INPUT, "line %d: a guide has %d steps at most", r->line, GUIDE_STEPS);
    if (title.len == 0 || text_length(r->a, title, LENGTH_CHARACTERS) > GUIDE_TITLE_MAX)
        return fail(e, ERR_BAD_INPUT, "line %d: a step has a title of %d characters at most", r->line,
                    GUIDE_TITLE_MAX);
    if (named && guide_step_at(tree, name) != GUIDE_NONE)
        return fail(e, ERR_BAD_INPUT, "line %d: there is a step %.*s already", r->line, STR_ARGS(name));
    struct guide_step *step = &tree->steps[tree->count];
    *step = (struct guide_step){.name = named ? name : name_of(r->a, tree, title), .title = title};
    tree->count++;
    return true;
}

static bool answer_take(struct reading *r, const struct guide_answer *answer, struct error *e)
{
    struct guide_step *step = &r->tree->steps[r->tree->count - 1];
    if (step->count == GUIDE_ANSWERS)
        return fail(e, ERR_BAD_INPUT, "line %d: a step has %d answers at most", r->line, GUIDE_ANSWERS);
    if (text_length(r->a, answer->text, LENGTH_CHARACTERS) > GUIDE_ANSWER_MAX)
        return fail(e, ERR_BAD_INPUT, "line %d: an answer has %d characters at most", r->line, GUIDE_ANSWER_MAX);
    step->answers[step->count++] = *answer;
    return true;
}

static bool line_read(struct reading *r, struct str line, struct error *e)
{
    struct guide_answer answer;
    if (is_step(line))
        return step_read(r, line, e);
    if (r->tree->count == 0)
        return str_trim(line).len == 0 ||
               fail(e, ERR_BAD_INPUT, "line %d: words stand before the first step (## NAME: TITLE)", r->line);
    if (answer_read(line, &answer))
        return answer_take(r, &answer, e);
    if (line.len && line.ptr[0] == '\\' && is_escaped(line))
        line = str_slice(line, 1, line.len);
    if (str_trim(line).len && r->words.len + line.len > GUIDE_WORDS_MAX)
        return fail(e, ERR_BAD_INPUT, "line %d: a step has %d bytes of words at most", r->line, GUIDE_WORDS_MAX);
    buf_str(&r->words, line);
    buf_char(&r->words, '\n');
    return true;
}

bool guide_tree_read(struct arena *a, struct str text, struct guide_tree *out, struct error *e)
{
    struct reading r = {.a = a, .tree = out};
    struct str rest = text_clean(a, text), line;
    out->count = 0;
    if (text.len > GUIDE_TREE_MAX)
        return fail(e, ERR_TOO_LARGE, "a guide has %zu bytes at most", GUIDE_TREE_MAX);
    buf_init(&r.words, a, 256);
    while (str_split(&rest, '\n', &line)) {
        r.line++;
        if (!line_read(&r, line, e))
            return false;
    }
    words_end(&r);
    return true;
}

/* ---- writing ---- */

struct str guide_tree_write(struct arena *a, const struct guide_tree *tree)
{
    struct buf b;
    buf_init(&b, a, 4096);
    for (size_t i = 0; i < tree->count; i++) {
        const struct guide_step *step = &tree->steps[i];
        struct str words = step->words, line;
        buf_format(&b, "%s## %.*s: %.*s\n", i ? "\n" : "", STR_ARGS(step->name), STR_ARGS(step->title));
        while (str_split(&words, '\n', &line)) {
            buf_cstr(&b, is_escaped(line) ? "\\" : "");
            buf_str(&b, line);
            buf_char(&b, '\n');
        }
        buf_cstr(&b, step->count && step->words.len ? "\n" : "");
        for (size_t k = 0; k < step->count; k++) {
            struct str target = guide_target_write(a, &step->answers[k]);
            buf_format(&b, "- %.*s \xe2\x86\x92 %.*s\n", STR_ARGS(step->answers[k].text), STR_ARGS(target));
        }
    }
    return buf_view(&b);
}

/* ---- changing ---- */

size_t guide_step_at(const struct guide_tree *tree, struct str name)
{
    for (size_t i = 0; i < tree->count; i++)
        if (str_eq(tree->steps[i].name, name))
            return i;
    return GUIDE_NONE;
}

/* "È già acceso?" → "e-gia-acceso", and a number where that is another's. */
static struct str name_of(struct arena *a, const struct guide_tree *tree, struct str title)
{
    struct str folded = text_fold(a, title), word, name;
    struct buf b;
    buf_init(&b, a, GUIDE_NAME_MAX);
    for (size_t i = 0; text_word_next(folded, &i, &word) && b.len + word.len < GUIDE_NAME_MAX - 8;) {
        if (!is_name(word, true))
            continue;
        buf_cstr(&b, b.len ? "-" : "");
        buf_str(&b, word);
    }
    struct str wanted = b.len ? buf_view(&b) : STR("step");
    name = wanted;
    for (int n = 2; guide_step_at(tree, name) != GUIDE_NONE; n++)
        name = str_format(a, "%.*s-%d", STR_ARGS(wanted), n);
    return name;
}

size_t guide_step_add(struct arena *a, struct guide_tree *tree, struct str title)
{
    if (tree->count == GUIDE_STEPS)
        return GUIDE_NONE;
    tree->steps[tree->count] = (struct guide_step){.name = name_of(a, tree, title), .title = title};
    return tree->count++;
}

void guide_step_move(struct guide_tree *tree, size_t step, bool up)
{
    size_t other = up ? step - 1 : step + 1;
    if (step >= tree->count || (up && step == 0) || other >= tree->count)
        return;
    struct guide_step kept = tree->steps[step];
    tree->steps[step] = tree->steps[other];
    tree->steps[other] = kept;
}

static bool leads_to(const struct guide_answer *answer, struct str name)
{
    return answer->to == GUIDE_STEP && str_eq(answer->target, name);
}

void guide_step_remove(struct guide_tree *tree, size_t step)
{
    struct str name = tree->steps[step].name;
    for (size_t i = step; i + 1 < tree->count; i++)
        tree->steps[i] = tree->steps[i + 1];
    tree->count--;
    for (size_t i = 0; i < tree->count; i++)
        for (size_t k = 0; k < tree->steps[i].count; k++)
            if (leads_to(&tree->steps[i].answers[k], name)) {
                tree->steps[i].answers[k].to = GUIDE_NOWHERE;
                tree->steps[i].answers[k].target = STR_EMPTY;
            }
}

void guide_step_hangs(const struct guide_tree *tree, size_t step, struct guide_hanging *out)
{
    bool now[GUIDE_STEPS], then[GUIDE_STEPS];
    out->answers = out->steps = 0;
    guide_reached(tree, GUIDE_NONE, now);
    guide_reached(tree, step, then);
    for (size_t i = 0; i < tree->count; i++) {
        if (i != step && now[i] && !then[i])
            out->step[out->steps++] = i;
        for (size_t k = 0; i != step && k < tree->steps[i].count; k++)
            if (leads_to(&tree->steps[i].answers[k], tree->steps[step].name)) {
                out->answer[out->answers].step = i;
                out->answer[out->answers++].answer = k;
            }
    }
}
