/* SPDX-License-Identifier: Apache-2.0 */
/* Help articles for programs: to be read. */
#include "base/arena.h"
#include "care/articles.h"
#include "web/api/api.h"

static struct json *text_json(struct arena *a, const struct article_text *text)
{
    struct json *item = json_object(a);
    const char *state = !text->published ? "draft" : text->published < text->latest ? "changed" : "published";
    json_set_str(a, item, "lang", text->language);
    json_set_str(a, item, "slug", text->slug);
    json_set_str(a, item, "title", text->title);
    json_set_str(a, item, "about", text->about);
    json_set_str(a, item, "state", str_from(state));
    json_set_int(a, item, "helped", text->helped);
    json_set_time(a, item, "published_at", text->published ? text->published_at : 0);
    return item;
}

static struct json *article_json(struct arena *a, const struct article *article, struct json *texts)
{
    struct json *item = json_object(a);
    json_set_id(a, item, "id", article->id);
    json_set_id(a, item, "category", article->category_id);
    json_set_id(a, item, "conversation", article->conversation_id);
    json_set(a, item, "texts", texts);
    return item;
}

static bool articles_run(struct tx *tx, struct api *api, struct error *e)
{
    struct arena *a = api->arena;
    struct article *articles;
    struct article_text *texts;
    size_t count, n;
    struct json *items = json_array(a);
    if (!article_list(tx, a, api->v->brand.id, &articles, &count, e) ||
        !article_text_list(tx, a, api->v->brand.id, &texts, &n, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *list = json_array(a);
        for (size_t k = 0; k < n; k++)
            if (texts[k].article_id == articles[i].id)
                json_push(a, list, text_json(a, &texts[k]));
        json_push(a, items, article_json(a, &articles[i], list));
    }
    api_page(api, items, 0);
    return true;
}

static bool article_run(struct tx *tx, struct api *api, struct error *e)
{
    struct arena *a = api->arena;
    int64_t brand = api->v->brand.id, id = api->v->params[0];
    struct article article;
    struct article_text *texts;
    size_t n;
    struct json *list = json_array(a);
    if (!article_by_id(tx, a, brand, id, &article, e) || !article_text_of(tx, a, brand, id, &texts, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct article_version version;
        int64_t number = texts[i].published ? texts[i].published : texts[i].latest;
        if (!article_version_get(tx, a, brand, id, texts[i].language, number, &version, e))
            return false;
        struct json *text = text_json(a, &texts[i]);
        json_set_str(a, text, "body", version.body);
        json_push(a, list, text);
    }
    api->out = article_json(a, &article, list);
    return true;
}

#define CALLS(X)                                                                                                     \
    X(HTTP_GET, "/api/v1/articles", PERM_READ, "Help articles, by category, without their words",                    \
      .run = articles_run, .page = "Article")                                                                        \
    X(HTTP_GET, "/api/v1/articles/:id", PERM_READ, "A help article with its words in every language",                \
      .run = article_run, .answer = "Article")

const struct route routes_api_articles[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_articles[] = {CALLS(API_CALL){0}};
