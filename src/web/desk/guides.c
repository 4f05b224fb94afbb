/* SPDX-License-Identifier: Apache-2.0 */
/* Guides at the desk: the list with how far people come, a new guide, publishing it and taking it off the site. */
#include "web/desk/guides.h"

#include "base/arena.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/article_files.h"
#include "web/desk/articles.h"
#include "web/desk/page.h"

#define CATEGORY_MAX 60
#define SLUG_MAX     80

struct str guide_language(struct visit *v, struct str asked)
{
    for (size_t i = 0; i < locale_count(); i++)
        if (str_eq(asked, locale_language(locale_at(i))))
            return asked;
    return v->brand.language;
}

bool guide_led_to_editor(struct visit *v, int64_t id, struct str language, struct str step, const char *toast)
{
    visit_toast(v, toast, NULL);
    view_redirect(&v->view, v->http,
                  str_format(v->arena, "/desk/guides/%lld?lang=%.*s%s%.*s%s", (long long)id, STR_ARGS(language),
                             step.len ? "&step=" : "", STR_ARGS(step), step.len ? "#step" : ""));
    return true;
}

/* ---- the list ---- */

struct shelf {
    struct visit *v;
    struct guide *guides;
    struct guide_text *texts;
    struct guide_version *drafts;
    struct guide_count *counts;
    size_t count, text_count, draft_count, count_count;
    struct guide_article *articles[LOCALE_MOST]; /* in each language */
    size_t article_counts[LOCALE_MOST];
    struct json *model;
};

static size_t language_at(struct str language)
{
    size_t i = 0;
    while (i + 1 < locale_count() && !str_eq(locale_language(locale_at(i)), language))
        i++;
    return i;
}

static void sum_set_json(struct arena *a, struct json *item, struct guide_sum sum)
{
    json_set_int(a, item, "began", sum.began);
    json_set_int(a, item, "ended", sum.ended);
    json_set_int(a, item, "solved", sum.solved);
}

static bool text_json(const struct shelf *shelf, const struct guide_text *text, struct json *item, struct error *e)
{
    struct arena *a = shelf->v->arena;
    struct guide_tree *tree = ARENA_NEW(a, struct guide_tree);
    struct guide_remark *remarks;
    size_t faults = 0, language = language_at(text->language);
    bool stops;
    for (size_t i = 0; i < shelf->draft_count; i++)
        if (shelf->drafts[i].guide_id == text->guide_id && str_eq(shelf->drafts[i].language, text->language) &&
            !guide_tree_read(a, shelf->drafts[i].steps, tree, e))
            return false;
    size_t n = guide_look_over(a, tree, shelf->articles[language], shelf->article_counts[language], &remarks, &stops);
    for (size_t i = 0; i < n; i++)
        faults += remarks[i].fault != GUIDE_CIRCLE;
    size_t counted;
    const struct guide_count *counts =
        guide_counts_in(shelf->counts, shelf->count_count, text->guide_id, text->language, &counted);
    json_set_str(a, item, "lang", text->language);
    json_set_str(a, item, "title", text->title);
    json_set_str(a, item, "state", str_from(guide_state(text)));
    json_set_int(a, item, "steps", (int64_t)tree->count);
    json_set_int(a, item, "faults", (int64_t)faults);
    sum_set_json(a, item, guide_sum_of(tree, counts, counted));
    return true;
}

static bool guide_json(const struct shelf *shelf, const struct guide *guide, struct json *out, struct error *e)
{
    struct visit *v = shelf->v;
    struct str own = v->view.locale ? locale_language(v->view.locale) : v->brand.language, title = STR_EMPTY;
    struct json *texts = json_array(v->arena);
    for (size_t i = 0; i < shelf->text_count; i++) {
        const struct guide_text *text = &shelf->texts[i];
        struct json *item = json_object(v->arena);
        if (text->guide_id != guide->id)
            continue;
        if (!text_json(shelf, text, item, e))
            return false;
        if (title.len == 0 || str_eq(text->language, own))
            title = text->title;
        json_push(v->arena, texts, item);
    }
    json_set_id(v->arena, out, "id", guide->id);
    json_set_str(v->arena, out, "title", title);
    json_set(v->arena, out, "texts", texts);
    return true;
}

static bool shelf_read(struct tx *tx, void *ctx, struct error *e)
{
    struct shelf *shelf = ctx;
    struct visit *v = shelf->v;
    struct arena *a = v->arena;
    struct json *list = json_array(a);
    if (!guide_list(tx, a, v->brand.id, &shelf->guides, &shelf->count, e) ||
        !guide_text_list(tx, a, v->brand.id, &shelf->texts, &shelf->text_count, e) ||
        !guide_version_drafts(tx, a, v->brand.id, &shelf->drafts, &shelf->draft_count, e) ||
        !guide_count_list(tx, a, v->brand.id, &shelf->counts, &shelf->count_count, e))
        return false;
    for (size_t i = 0; i < locale_count(); i++)
        if (!guide_articles(tx, a, v->brand.id, locale_language(locale_at(i)), &shelf->articles[i],
                            &shelf->article_counts[i], e))
            return false;
    for (size_t i = 0; i < shelf->count; i++) {
        struct json *item = json_object(a);
        if (!guide_json(shelf, &shelf->guides[i], item, e))
            return false;
        json_push(a, list, item);
    }
    json_set(a, shelf->model, "guides", list);
    return true;
}

static bool shelf_show(struct visit *v, struct error *e)
{
    struct shelf shelf = {.v = v, .model = json_object(v->arena)};
    if (!visit_read(v, shelf_read, &shelf, e))
        return false;
    v->view.section = STR("help");
    view_render(&v->view, v->http, "guides", shelf.model);
    return true;
}

/* ---- a new one, and what stands above its steps ---- */

struct front {
    struct guide_desk desk;
    struct str title, about, slug, category, question;
    int64_t category_id;
    struct json *categories;
};

static void front_take(struct front *front)
{
    struct visit *v = front->desk.v;
    struct json **errors = &front->desk.errors;
    front->desk.language = guide_language(v, http_form(v->http, "lang"));
    front->title = form_line(v, "title", ARTICLE_TITLE_MAX, true, errors);
    front->about = form_line(v, "about", ARTICLE_ABOUT_MAX, false, errors);
    front->slug = form_line(v, "slug", SLUG_MAX, false, errors);
    front->category = form_line(v, "new_category", CATEGORY_MAX, false, errors);
    front->category_id = visit_form_id(v, "category");
    front->question = front->desk.id ? STR_EMPTY : form_line(v, "question", GUIDE_TITLE_MAX, true, errors);
}

static bool fresh_read(struct tx *tx, void *ctx, struct error *e)
{
    struct front *front = ctx;
    front->categories = article_categories(tx, front->desk.v, front->desk.language, front->category_id, e);
    return front->categories != NULL;
}

static bool fresh_render(struct front *front, struct error *e)
{
    struct visit *v = front->desk.v;
    struct arena *a = v->arena;
    struct json *model = json_object(a), *values = json_object(a), *errors = front->desk.errors;
    struct json *languages = json_array(a);
    if (!visit_read(v, fresh_read, front, e))
        return false;
    for (size_t i = 0; i < locale_count(); i++) {
        struct str language = locale_language(locale_at(i));
        json_push(a, languages, option_json(a, language, language, str_eq(language, front->desk.language)));
    }
    json_set_str(a, values, "title", front->title);
    json_set_str(a, values, "about", front->about);
    json_set_str(a, values, "question", front->question);
    json_set_str(a, values, "category", front->category);
    json_set(a, model, "values", values);
    json_set(a, model, "languages", languages);
    json_set(a, model, "categories", front->categories);
    json_set(a, model, "errors", errors ? errors : json_new_null(a));
    v->view.section = STR("help");
    view_render_status(&v->view, v->http, errors ? 422 : 200, "guide-new", model);
    return true;
}

static bool fresh_show(struct visit *v, struct error *e)
{
    struct front front = {.desk = {.v = v, .language = guide_language(v, http_query(v->http, "lang"))}};
    return fresh_render(&front, e);
}

static bool category_take(struct tx *tx, struct front *front, struct error *e)
{
    struct article_category category = {
        .icon = STR("book"), .language = front->desk.language, .name = front->category};
    front->desk.guide.category_id = front->category_id;
    if (front->category.len == 0)
        return true;
    if (!article_category_named(tx, front->desk.v->brand.id, &category, e))
        return false;
    front->desk.guide.category_id = category.id;
    return true;
}

static bool fresh_write(struct tx *tx, void *ctx, struct error *e)
{
    struct front *front = ctx;
    struct visit *v = front->desk.v;
    struct guide *guide = &front->desk.guide;
    struct guide_paper paper;
    int64_t id = id_new();
    *guide = (struct guide){.brand_id = v->brand.id,
                            .id = id,
                            .name = str_format(v->arena, "g%lld", (long long)id),
                            .created_at = tx_now(tx)};
    if (!category_take(tx, front, e) || !guide_add(tx, guide, e) ||
        !guide_draft(tx, v->arena, v->brand.id, guide->id, front->desk.language, &paper, e))
        return false;
    paper.title = front->title;
    paper.about = front->about;
    guide_step_add(v->arena, paper.tree, front->question);
    front->question = paper.tree->steps[0].name;
    return guide_write(tx, v->actor.agent_id, &paper, STR_EMPTY, e);
}

static bool fresh_post(struct visit *v, struct error *e)
{
    struct front front = {.desk = {.v = v}};
    if (!http_form_ok(v->http, e))
        return false;
    front_take(&front);
    if (front.desk.errors)
        return fresh_render(&front, e);
    return visit_write(v, fresh_write, &front, e) &&
           guide_led_to_editor(v, front.desk.guide.id, front.desk.language, front.question, "toast.saved");
}

static bool front_write(struct tx *tx, void *ctx, struct error *e)
{
    struct front *front = ctx;
    struct visit *v = front->desk.v;
    struct guide_paper paper;
    if (!guide_by_id(tx, v->arena, v->brand.id, front->desk.id, &front->desk.guide, e) ||
        !category_take(tx, front, e) || !guide_move(tx, &front->desk.guide, e) ||
        !guide_draft(tx, v->arena, v->brand.id, front->desk.id, front->desk.language, &paper, e))
        return false;
    paper.title = front->title;
    paper.about = front->about;
    return guide_write(tx, v->actor.agent_id, &paper, front->slug, e);
}

static bool front_post(struct visit *v, struct error *e)
{
    struct front front = {.desk = {.v = v, .id = v->params[0]}};
    if (!http_form_ok(v->http, e))
        return false;
    front_take(&front);
    if (front.desk.errors)
        return guide_desk_render(&front.desk, STR_EMPTY, e);
    return visit_write(v, front_write, &front, e) &&
           guide_led_to_editor(v, front.desk.id, front.desk.language, STR_EMPTY, "toast.saved");
}

/* ---- readers ---- */

static bool publish_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct guide_desk *desk = ctx;
    struct visit *v = desk->v;
    return guide_publish(tx, v->actor.agent_id, v->brand.id, desk->id, desk->language, e);
}

/* What keeps it from being published stands on the page that follows. */
static bool publish_post(struct visit *v, struct error *e)
{
    struct guide_desk desk = {.v = v, .id = v->params[0]};
    struct error why = {0};
    if (!http_form_ok(v->http, e))
        return false;
    desk.language = guide_language(v, http_form(v->http, "lang"));
    bool done = visit_write(v, publish_write, &desk, &why);
    if (!done && why.code != ERR_BAD_INPUT)
        return fail(e, why.code, "%s", why.message);
    return guide_led_to_editor(v, desk.id, desk.language, STR_EMPTY,
                               done ? "toast.guide_published" : "toast.guide_not_ready");
}

static bool withdraw_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct guide_desk *desk = ctx;
    struct visit *v = desk->v;
    return guide_withdraw(tx, v->actor.agent_id, v->brand.id, desk->id, desk->language, e);
}

static bool withdraw_post(struct visit *v, struct error *e)
{
    struct guide_desk desk = {.v = v, .id = v->params[0]};
    if (!http_form_ok(v->http, e))
        return false;
    desk.language = guide_language(v, http_form(v->http, "lang"));
    return visit_write(v, withdraw_write, &desk, e) &&
           guide_led_to_editor(v, desk.id, desk.language, STR_EMPTY, "toast.guide_withdrawn");
}

/* The same steps in another language, as a draft whose words are still those of the first. */
static bool copy_write(struct tx *tx, void *ctx, struct error *e)
{
    struct guide_desk *desk = ctx;
    struct visit *v = desk->v;
    struct guide_paper from, to;
    if (!guide_draft(tx, v->arena, v->brand.id, desk->id, guide_language(v, http_form(v->http, "from")), &from, e) ||
        !guide_draft(tx, v->arena, v->brand.id, desk->id, desk->language, &to, e))
        return false;
    if (to.text.revision || !from.text.revision)
        return fail(e, ERR_CONFLICT, "There is a guide in this language already.");
    to.title = from.title;
    to.about = from.about;
    to.tree = from.tree;
    return guide_write(tx, v->actor.agent_id, &to, STR_EMPTY, e);
}

static bool copy_post(struct visit *v, struct error *e)
{
    struct guide_desk desk = {.v = v, .id = v->params[0]};
    if (!http_form_ok(v->http, e))
        return false;
    desk.language = guide_language(v, http_form(v->http, "lang"));
    return visit_write(v, copy_write, &desk, e) &&
           guide_led_to_editor(v, desk.id, desk.language, STR_EMPTY, "toast.guide_copied");
}

static bool recount_write(struct tx *tx, void *ctx, struct error *e)
{
    struct guide_desk *desk = ctx;
    struct visit *v = desk->v;
    struct guide_paper paper;
    if (!guide_draft(tx, v->arena, v->brand.id, desk->id, desk->language, &paper, e))
        return false;
    if (!paper.text.revision)
        return fail(e, ERR_NOT_FOUND, "There is no such guide.");
    paper.text.counted_since = tx_now(tx);
    return guide_count_clear(tx, v->brand.id, desk->id, desk->language, e) && guide_text_put(tx, &paper.text, e) &&
           page_event(tx, v, "guides.recounted", desk->id, page_named(v->arena, paper.title), e);
}

static bool recount_post(struct visit *v, struct error *e)
{
    struct guide_desk desk = {.v = v, .id = v->params[0]};
    if (!http_form_ok(v->http, e))
        return false;
    desk.language = guide_language(v, http_form(v->http, "lang"));
    return visit_write(v, recount_write, &desk, e) &&
           guide_led_to_editor(v, desk.id, desk.language, STR_EMPTY, "toast.saved");
}

const struct route routes_desk_guides[] = {
    {HTTP_GET, "/desk/guides", PERM_READ, shelf_show, NULL},
    {HTTP_GET, "/desk/guides/new", PERM_AGENT, fresh_show, NULL},
    {HTTP_POST, "/desk/guides/new", PERM_AGENT, fresh_post, NULL},
    {HTTP_POST, "/desk/guides/:id", PERM_AGENT, front_post, NULL},
    {HTTP_POST, "/desk/guides/:id/publish", PERM_AGENT, publish_post, NULL},
    {HTTP_POST, "/desk/guides/:id/withdraw", PERM_AGENT, withdraw_post, NULL},
    {HTTP_POST, "/desk/guides/:id/copy", PERM_AGENT, copy_post, NULL},
    {HTTP_POST, "/desk/guides/:id/recount", PERM_AGENT, recount_post, NULL},
    {0},
};
