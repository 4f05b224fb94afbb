/* SPDX-License-Identifier: Apache-2.0 */
/* What we know, at the desk: every article with its languages, categories and their order, and what people looked for
 * and did not find. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/article_files.h"
#include "web/desk/articles.h"
#include "web/desk/page.h"
#include "web/site/help.h"

#define CATEGORY_MAX 60

struct shelf_page {
    struct visit *v;
    struct json *model;
};

/* ---- offered while one answers ---- */

struct offers {
    struct visit *v;
    struct str q;
    struct json *items;
};

static bool offers_read(struct tx *tx, void *ctx, struct error *e)
{
    struct offers *offers = ctx;
    struct visit *v = offers->v;
    struct arena *a = v->arena;
    struct article_hit *hits;
    size_t n;
    struct str asked = http_query(v->http, "lang"); /* of the story */
    struct str language = asked.len ? asked : v->view.locale ? locale_language(v->view.locale) : v->brand.language;
    if (!article_search(tx, a, v->brand.id, language, offers->q, &hits, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct json *item = json_object(a);
        json_set_id(a, item, "id", hits[i].text.article_id);
        json_set_str(a, item, "name", hits[i].text.title);
        json_set_str(a, item, "text",
                     str_format(a, "%.*s: %.*s/%s/%.*s", STR_ARGS(hits[i].text.title), STR_ARGS(help_origin(v)),
                                hits[i].guide ? "guides" : "help", STR_ARGS(hits[i].text.slug)));
        json_push(a, offers->items, item);
    }
    return true;
}

/* As snippets are offered: what is chosen becomes words of the reply. */
static bool offers_show(struct visit *v, struct error *e)
{
    struct offers offers = {v, text_shorten(v->arena, text_clean(v->arena, http_query(v->http, "q")), 80),
                            json_array(v->arena)};
    if (!visit_read(v, offers_read, &offers, e))
        return false;
    struct json *model = json_object(v->arena);
    json_set(v->arena, model, "items", offers.items);
    http_respond(v->http, 200, STR("application/json"), json_to_str(v->arena, model));
    return true;
}

/* ---- the list ---- */

static const char *state_of(const struct article_text *text)
{
    return !text->published ? "draft" : text->published < text->latest ? "changed" : "published";
}

static struct json *texts_json(struct visit *v, const struct article_text *texts, size_t n, int64_t article)
{
    struct arena *a = v->arena;
    struct json *list = json_array(a);
    for (size_t i = 0; i < n; i++) {
        if (texts[i].article_id != article)
            continue;
        struct json *item = json_object(a);
        json_set_str(a, item, "lang", texts[i].language);
        json_set_str(a, item, "title", texts[i].title);
        json_set_str(a, item, "state", str_from(state_of(&texts[i])));
        json_set_int(a, item, "helped", texts[i].helped);
        json_push(a, list, item);
    }
    return list;
}

/* In the language of who looks, where there is one. */
static struct str title_of(const struct article_text *texts, size_t n, int64_t article, struct str language)
{
    struct str any = STR_EMPTY;
    for (size_t i = 0; i < n; i++)
        if (texts[i].article_id == article && (any.len == 0 || str_eq(texts[i].language, language)))
            any = texts[i].title;
    return any;
}

static struct json *article_row(struct visit *v, int64_t id, const struct article_text *texts, size_t n)
{
    struct json *item = json_object(v->arena);
    struct str language = v->view.locale ? locale_language(v->view.locale) : v->brand.language;
    json_set_id(v->arena, item, "id", id);
    json_set_str(v->arena, item, "title", title_of(texts, n, id, language));
    json_set(v->arena, item, "texts", texts_json(v, texts, n, id));
    return item;
}

static bool shelf_read(struct tx *tx, void *ctx, struct error *e)
{
    struct shelf_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct str language = v->view.locale ? locale_language(v->view.locale) : v->brand.language;
    struct article *articles;
    struct article_text *texts;
    size_t count, n;
    struct json *list = json_array(a), *missing = article_missing_list(tx, a, v->brand.id, e);
    struct json *categories = missing ? article_categories(tx, v, language, 0, e) : NULL;
    if (!categories || !article_list(tx, a, v->brand.id, &articles, &count, e) ||
        !article_text_list(tx, a, v->brand.id, &texts, &n, e))
        return false;
    for (size_t k = 0; k <= json_count(categories); k++) { /* in their order; those without one stand last */
        int64_t category = json_int(json_get(json_at(categories, k), "id"), 0);
        for (size_t i = 0; i < count; i++)
            if (articles[i].category_id == category)
                json_push(a, list, article_row(v, articles[i].id, texts, n));
    }
    json_set(a, page->model, "articles", list);
    json_set(a, page->model, "categories", categories);
    json_set_int(a, page->model, "missing", (int64_t)json_count(missing));
    return true;
}

static bool shelf_show(struct visit *v, struct error *e)
{
    struct shelf_page page = {v, json_object(v->arena)};
    if (!visit_read(v, shelf_read, &page, e))
        return false;
    v->view.section = STR("help");
    view_render(&v->view, v->http, "articles", page.model);
    return true;
}

/* ---- categories ---- */

struct json *article_categories(struct tx *tx, struct visit *v, struct str language, int64_t chosen, struct error *e)
{
    struct arena *a = v->arena;
    struct article_category *list;
    size_t n;
    struct json *out = json_array(a), *last = NULL;
    int64_t last_id = 0;
    if (!article_category_list(tx, a, v->brand.id, &list, &n, e))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (list[i].id != last_id) {
            last = json_object(a);
            last_id = list[i].id;
            json_set_id(a, last, "id", list[i].id);
            json_set_str(a, last, "value", str_format(a, "%lld", (long long)list[i].id));
            json_set_str(a, last, "name", list[i].name);
            json_set_str(a, last, "icon", list[i].icon);
            json_set_int(a, last, "position", list[i].position);
            json_set_bool(a, last, "checked", list[i].id == chosen);
            json_push(a, out, last);
        }
        if (str_eq(list[i].language, language))
            json_set_str(a, last, "name", list[i].name);
    }
    return out;
}

static bool category_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    struct arena *a = tx_arena(tx);
    struct article_category *list;
    size_t n;
    int64_t position = 0;
    struct str name = text_shorten(a, str_trim(text_clean(a, http_form(v->http, "name"))), CATEGORY_MAX);
    if (name.len == 0 || !str_int64(str_trim(http_form(v->http, "position")), &position))
        return fail(e, ERR_BAD_INPUT, "A category has a name and a place.");
    if (!article_category_list(tx, a, v->brand.id, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (list[i].id == v->params[0]) {
            list[i].name = name;
            list[i].position = position;
            list[i].language = v->view.locale ? locale_language(v->view.locale) : v->brand.language;
            return article_category_put(tx, v->brand.id, &list[i], e) &&
                   page_event(tx, v, "article.category", list[i].id, page_named(a, name), e);
        }
    return fail(e, ERR_NOT_FOUND, "There is no such category.");
}

static bool category_post(struct visit *v, struct error *e)
{
    if (!http_form_ok(v->http, e) || !visit_write(v, category_write, v, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/help"));
    return true;
}

/* ---- looked for in vain ---- */

static bool missing_read(struct tx *tx, void *ctx, struct error *e)
{
    struct shelf_page *page = ctx;
    struct json *list = article_missing_list(tx, page->v->arena, page->v->brand.id, e);
    if (list)
        json_set(page->v->arena, page->model, "missing", list);
    return list != NULL;
}

static bool missing_show(struct visit *v, struct error *e)
{
    struct shelf_page page = {v, json_object(v->arena)};
    if (!visit_read(v, missing_read, &page, e))
        return false;
    v->view.section = STR("help");
    view_render(&v->view, v->http, "article-missing", page.model);
    return true;
}

static bool dismiss_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return article_missing_dismiss(tx, v->brand.id, v->params[0], tx_now(tx), e) &&
           page_event(tx, v, "article.missing_dismissed", v->params[0], NULL, e);
}

static bool dismiss_post(struct visit *v, struct error *e)
{
    if (!visit_write(v, dismiss_write, v, e))
        return false;
    visit_toast(v, "toast.removed", NULL);
    view_redirect(&v->view, v->http, STR("/desk/help/missing"));
    return true;
}

const struct route routes_desk_articles[] = {
    {HTTP_GET, "/desk/help", PERM_READ, shelf_show, NULL},
    {HTTP_POST, "/desk/help/category/:id", PERM_AGENT, category_post, NULL},
    {HTTP_GET, "/desk/help/offers", PERM_READ, offers_show, NULL},
    {HTTP_GET, "/desk/help/missing", PERM_READ, missing_show, NULL},
    {HTTP_POST, "/desk/help/missing/:id/dismiss", PERM_AGENT, dismiss_post, NULL},
    {0},
};
