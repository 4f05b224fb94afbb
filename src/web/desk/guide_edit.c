/* SPDX-License-Identifier: Apache-2.0 */
/* The editor of a guide as a page: its steps in their order with how many came there and stopped there, the form of
 * the step that is open, what deleting one would do, the draft as customers would see it. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "web/desk/articles.h"
#include "web/desk/guides.h"
#include "web/desk/page.h"
#include "web/site/guide.h"

bool guide_desk_read(struct tx *tx, struct guide_desk *desk, struct error *e)
{
    struct visit *v = desk->v;
    struct arena *a = v->arena;
    int64_t brand = v->brand.id;
    return guide_by_id(tx, a, brand, desk->id, &desk->guide, e) &&
           guide_draft(tx, a, brand, desk->id, desk->language, &desk->paper, e) &&
           guide_text_of(tx, a, brand, desk->id, &desk->texts, &desk->text_count, e) &&
           guide_articles(tx, a, brand, desk->language, &desk->articles, &desk->article_count, e) &&
           guide_count_of(tx, a, brand, desk->id, desk->language, &desk->counts, &desk->count_count, e);
}

/* ---- the steps in their order ---- */

static struct json *count_json(const struct guide_desk *desk, struct str step, struct str answer)
{
    return json_new_int(desk->v->arena, guide_counted(desk->counts, desk->count_count, step, answer).seen);
}

static struct json *answers_json(const struct guide_desk *desk, const struct guide_step *step)
{
    struct arena *a = desk->v->arena;
    struct json *list = json_array(a);
    for (size_t i = 0; i < step->count; i++) {
        const struct guide_answer *answer = &step->answers[i];
        const struct guide_article *article =
            guide_article_named(desk->articles, desk->article_count, answer->target);
        size_t next = answer->to == GUIDE_STEP ? guide_step_at(desk->paper.tree, answer->target) : GUIDE_NONE;
        struct json *item = json_object(a);
        json_set_str(a, item, "text", answer->text);
        json_set_str(a, item, "to", str_from(guide_to_name(answer->to)));
        json_set_str(a, item, "target",
                     next != GUIDE_NONE                       ? desk->paper.tree->steps[next].title
                     : answer->to == GUIDE_ARTICLE && article ? article->title
                                                              : answer->target);
        json_set(a, item, "taken", count_json(desk, step->name, answer->text));
        json_push(a, list, item);
    }
    return list;
}

static struct json *steps_json(const struct guide_desk *desk, size_t open)
{
    struct arena *a = desk->v->arena;
    const struct guide_tree *tree = desk->paper.tree;
    struct json *list = json_array(a);
    for (size_t i = 0; i < tree->count; i++) {
        const struct guide_step *step = &tree->steps[i];
        struct guide_count own = guide_counted(desk->counts, desk->count_count, step->name, STR_EMPTY);
        struct json *item = json_object(a);
        json_set_str(a, item, "name", step->name);
        json_set_str(a, item, "title", step->title);
        json_set_int(a, item, "number", (int64_t)i + 1);
        json_set_bool(a, item, "top", i == 0);
        json_set_bool(a, item, "bottom", i + 1 == tree->count);
        json_set_bool(a, item, "current", i == open);
        json_set_int(a, item, "seen", own.seen);
        json_set_int(a, item, "stopped", own.seen > own.moved ? own.seen - own.moved : 0);
        json_set(a, item, "answers", answers_json(desk, step));
        json_push(a, list, item);
    }
    return list;
}

/* ---- the form of a step ---- */

static void option_push(struct arena *a, struct json *list, struct str value, struct str name, struct str chosen)
{
    json_push(a, list, option_json(a, value, name, str_eq(value, chosen)));
}

/* Where an answer may lead; chosen: where it does. */
static void options_set(const struct guide_desk *desk, const struct guide_answer *answer, struct json *item)
{
    static const enum guide_to ends[] = {GUIDE_SOLVED, GUIDE_ASK, GUIDE_CHAT, GUIDE_CALL};
    struct arena *a = desk->v->arena;
    const struct guide_tree *tree = desk->paper.tree;
    struct str chosen = guide_target_write(a, answer);
    struct json *steps = json_array(a), *articles = json_array(a), *kinds = json_array(a);
    for (size_t i = 0; i < tree->count; i++)
        option_push(a, steps, str_format(a, "step %.*s", STR_ARGS(tree->steps[i].name)),
                    str_format(a, "%zu. %.*s", i + 1, STR_ARGS(tree->steps[i].title)), chosen);
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct str name = str_from(guide_to_name(ends[i]));
        struct json *kind = json_object(a);
        json_set_str(a, kind, "value", name);
        json_set_bool(a, kind, "checked", str_eq(name, chosen));
        json_push(a, kinds, kind);
    }
    for (size_t i = 0; i < desk->article_count; i++)
        if (desk->articles[i].slug.len)
            option_push(a, articles, str_format(a, "article %.*s", STR_ARGS(desk->articles[i].name)),
                        desk->articles[i].title, chosen);
    json_set(a, item, "steps", steps);
    json_set(a, item, "ends", kinds);
    json_set(a, item, "articles", articles);
}

/* The answers there are, and room for two more. */
static struct json *form_json(const struct guide_desk *desk, size_t open)
{
    struct arena *a = desk->v->arena;
    const struct guide_step *step = desk->filled ? desk->filled : &desk->paper.tree->steps[open];
    struct json *form = json_object(a), *rows = json_array(a);
    size_t room = step->count + 2 > GUIDE_ANSWERS ? GUIDE_ANSWERS : step->count + 2;
    for (size_t i = 0; i < room; i++) {
        static const struct guide_answer none;
        const struct guide_answer *answer = i < step->count ? &step->answers[i] : &none;
        struct json *row = json_object(a);
        json_set_int(a, row, "n", (int64_t)i + 1);
        json_set_str(a, row, "text", answer->text);
        json_set_bool(a, row, "there", i < step->count);
        json_set_bool(a, row, "first", i == 0);
        options_set(desk, answer, row);
        json_push(a, rows, row);
    }
    json_set_str(a, form, "name", desk->paper.tree->steps[open].name);
    json_set_int(a, form, "number", (int64_t)open + 1);
    json_set_str(a, form, "title", step->title);
    json_set_str(a, form, "words", step->words);
    json_set(a, form, "answers", rows);
    return form;
}

/* ---- what hangs on a step ---- */

static struct json *hanging_json(const struct guide_desk *desk, size_t step)
{
    struct arena *a = desk->v->arena;
    const struct guide_tree *tree = desk->paper.tree;
    struct guide_hanging *hanging = ARENA_NEW(a, struct guide_hanging);
    struct json *out = json_object(a), *answers = json_array(a), *steps = json_array(a);
    guide_step_hangs(tree, step, hanging);
    for (size_t i = 0; i < hanging->answers; i++) {
        const struct guide_step *from = &tree->steps[hanging->answer[i].step];
        struct json *item = json_object(a);
        json_set_str(a, item, "question", from->title);
        json_set_str(a, item, "answer", from->answers[hanging->answer[i].answer].text);
        json_push(a, answers, item);
    }
    for (size_t i = 0; i < hanging->steps; i++)
        json_push(a, steps, json_new_str(a, tree->steps[hanging->step[i]].title));
    json_set_str(a, out, "name", tree->steps[step].name);
    json_set_str(a, out, "title", tree->steps[step].title);
    json_set_bool(a, out, "top", step == 0);
    json_set(a, out, "answers", answers);
    json_set(a, out, "steps", steps);
    return out;
}

/* ---- the page ---- */

static struct json *languages_json(const struct guide_desk *desk)
{
    struct arena *a = desk->v->arena;
    struct json *list = json_array(a);
    for (size_t i = 0; i < locale_count(); i++) {
        struct str language = locale_language(locale_at(i));
        struct json *item = json_object(a);
        json_set_str(a, item, "value", language);
        json_set_bool(a, item, "current", str_eq(language, desk->language));
        json_set_bool(a, item, "there", guide_text_in(desk->texts, desk->text_count, language) != NULL);
        json_push(a, list, item);
    }
    return list;
}

static void front_set(const struct guide_desk *desk)
{
    struct arena *a = desk->v->arena;
    const struct guide_text *text = &desk->paper.text;
    struct json *values = json_object(a), *sum = json_object(a);
    struct guide_sum counted = guide_sum_of(desk->paper.tree, desk->counts, desk->count_count);
    json_set_str(a, values, "title", desk->paper.title);
    json_set_str(a, values, "about", desk->paper.about);
    json_set_str(a, values, "slug", text->slug);
    json_set_str(a, values, "lang", desk->language);
    json_set_int(a, values, "revision", text->revision);
    json_set(a, desk->model, "values", values);
    json_set_int(a, sum, "began", counted.began);
    json_set_int(a, sum, "ended", counted.ended);
    json_set_int(a, sum, "solved", counted.solved);
    json_set_time(a, sum, "since", text->counted_since);
    json_set(a, desk->model, "sum", sum);
    json_set_bool(a, desk->model, "there", text->revision > 0);
    json_set_bool(a, desk->model, "published", text->published > 0);
    json_set_bool(a, desk->model, "current", text->published == text->revision);
    json_set_str(a, desk->model, "slug", text->slug);
}

static struct json *other_language(const struct guide_desk *desk)
{
    for (size_t i = 0; i < desk->text_count; i++)
        if (!str_eq(desk->texts[i].language, desk->language))
            return json_new_str(desk->v->arena, desk->texts[i].language);
    return json_new_str(desk->v->arena, STR_EMPTY);
}

static bool edit_read(struct tx *tx, void *ctx, struct error *e)
{
    struct guide_desk *desk = ctx;
    struct arena *a = desk->v->arena;
    if (!guide_desk_read(tx, desk, e))
        return false;
    struct json *categories = article_categories(tx, desk->v, desk->language, desk->guide.category_id, e);
    json_set(a, desk->model, "categories", categories);
    return categories != NULL;
}

bool guide_desk_render(struct guide_desk *desk, struct str open, struct error *e)
{
    struct visit *v = desk->v;
    struct arena *a = v->arena;
    bool stops;
    desk->model = json_object(a);
    if (!visit_read(v, edit_read, desk, e))
        return false;
    size_t step = guide_step_at(desk->paper.tree, open);
    size_t removed = guide_step_at(desk->paper.tree, http_query(v->http, "remove"));
    front_set(desk);
    json_set_id(a, desk->model, "id", desk->id);
    json_set(a, desk->model, "languages", languages_json(desk));
    json_set(a, desk->model, "other", other_language(desk));
    json_set(a, desk->model, "steps", steps_json(desk, step));
    json_set(a, desk->model, "tree", guide_tree_json(desk, step));
    json_set(a, desk->model, "remarks", guide_remarks_json(desk, &stops));
    json_set_bool(a, desk->model, "stops", stops);
    json_set(a, desk->model, "form", step == GUIDE_NONE ? json_new_null(a) : form_json(desk, step));
    json_set(a, desk->model, "removing", removed == GUIDE_NONE ? json_new_null(a) : hanging_json(desk, removed));
    json_set_bool(a, desk->model, "full", desk->paper.tree->count == GUIDE_STEPS);
    json_set(a, desk->model, "errors", desk->errors ? desk->errors : json_new_null(a));
    v->view.section = STR("help");
    view_render_status(&v->view, v->http, desk->errors ? 422 : 200, "guide-edit", desk->model);
    return true;
}

static bool edit_show(struct visit *v, struct error *e)
{
    struct guide_desk desk = {.v = v, .id = v->params[0]};
    desk.language = guide_language(v, http_query(v->http, "lang"));
    return guide_desk_render(&desk, http_query(v->http, "step"), e);
}

/* ---- as customers would see it ---- */

struct preview {
    struct guide_desk desk;
    struct site site;
    struct guide_page page;
};

static bool preview_read(struct tx *tx, void *ctx, struct error *e)
{
    struct preview *preview = ctx;
    return guide_desk_read(tx, &preview->desk, e);
}

static bool preview_open(struct visit *v, struct preview *preview, struct error *e)
{
    struct arena *a = v->arena;
    struct str language = guide_language(v, v->words[0]);
    *preview = (struct preview){.desk = {.v = v, .id = v->params[0], .language = language}};
    if (!site_open(v, "help", &preview->site, e) || !visit_read(v, preview_read, preview, e))
        return false;
    preview->page = (struct guide_page){
        .v = v,
        .paper = preview->desk.paper,
        .where = str_format(a, "/desk/guides/%lld/preview/%.*s", (long long)preview->desk.id, STR_ARGS(language)),
        .model = json_object(a)};
    v->view.locale = locale_find(language);
    json_set(a, preview->page.model, "alternates", json_array(a));
    json_set_str(a, preview->page.model, "canonical", STR_EMPTY);
    json_set_bool(a, preview->page.model, "preview", true);
    json_set_str(a, preview->page.model, "editor",
                 str_format(a, "%.*s/desk/guides/%lld?lang=%.*s", STR_ARGS(v->view.base), (long long)preview->desk.id,
                            STR_ARGS(language)));
    return guide_page_at(&preview->page, v->words[1], http_query(v->http, "way"), e);
}

static bool preview_show(struct visit *v, struct error *e)
{
    struct preview preview;
    if (!preview_open(v, &preview, e))
        return false;
    guide_page_step(&preview.page);
    site_render(&preview.site, "guide", preview.page.model);
    return true;
}

/* Nothing is opened from here: what would be, is said. */
static bool preview_end(struct visit *v, struct error *e)
{
    struct preview preview;
    if (!preview_open(v, &preview, e))
        return false;
    const struct guide_step *step = &preview.page.paper.tree->steps[preview.page.walk.at];
    if (v->params[1] < 1 || (size_t)v->params[1] > step->count)
        return fail(e, ERR_NOT_FOUND, "There is no such answer.");
    guide_page_end(&preview.page, (size_t)v->params[1] - 1);
    site_render(&preview.site, "guide-end", preview.page.model);
    return true;
}

const struct route routes_desk_guide_edit[] = {
    {HTTP_GET, "/desk/guides/:id", PERM_READ, edit_show, NULL},
    {HTTP_GET, "/desk/guides/:id/preview/:name", PERM_READ, preview_show, NULL},
    {HTTP_GET, "/desk/guides/:id/preview/:name/:name", PERM_READ, preview_show, NULL},
    {HTTP_GET, "/desk/guides/:id/preview/:name/:name/:id", PERM_READ, preview_end, NULL},
    {0},
};
