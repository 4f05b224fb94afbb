/* SPDX-License-Identifier: Apache-2.0 */
/* What the brand knows, for its customers: by category, and one article with those beside it. The language of an
 * article is that of its address, so that everybody who has the address sees the same. */
#include "web/site/help.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/markdown.h"
#include "store/agent.h"
#include "store/message.h"
#include "web/files.h"
#include "web/markdown.h"
#include "web/session.h"
#include "web/site/guide.h"

#define VOTES_COOKIE   "ascolto_voted"
#define VOTES_MAX      400 /* bytes of the cookie: the last votes */
#define VOTES_SECONDS  (180 * 24 * 3600)
#define WORDS_A_MINUTE 170
#define BESIDE_MAX     40

/* ---- what the pages share ---- */

struct str help_origin(struct visit *v)
{
    struct str url = http_url(v->http);
    ptrdiff_t scheme = str_find(url, STR("://"));
    size_t host = scheme < 0 ? 0 : (size_t)scheme + 3, end = host;
    while (end < url.len && url.ptr[end] != '/' && url.ptr[end] != '?')
        end++;
    return str_concat(v->arena, str_slice(url, 0, end), v->view.base);
}

struct json *help_row(struct visit *v, const struct article_text *text, struct str title, struct str about,
                      struct str icon)
{
    struct arena *a = v->arena;
    struct json *row = json_object(a);
    json_set_str(a, row, "title", title);
    json_set_str(a, row, "about", about);
    json_set_str(a, row, "lang", text->language);
    json_set_str(a, row, "icon", icon);
    json_set_int(a, row, "helped", text->helped);
    json_set_bool(a, row, "guide", false);
    json_set_str(a, row, "url", str_format(a, "%.*s/help/%.*s", STR_ARGS(v->view.base), STR_ARGS(text->slug)));
    return row;
}

bool help_shelf_read(struct tx *tx, struct visit *v, const int64_t *ids, size_t n, struct help_shelf *out,
                     struct error *e)
{
    struct arena *a = v->arena;
    bool ok = ids ? article_some(tx, a, v->brand.id, ids, n, &out->articles, &out->count, e)
                  : article_list(tx, a, v->brand.id, &out->articles, &out->count, e);
    return ok && article_category_list(tx, v->arena, v->brand.id, &out->categories, &out->category_count, e);
}

const struct article *help_article(const struct help_shelf *shelf, int64_t id)
{
    for (size_t i = 0; i < shelf->count; i++)
        if (shelf->articles[i].id == id)
            return &shelf->articles[i];
    return NULL;
}

const struct article_category *help_category(const struct help_shelf *shelf, int64_t id, struct str language)
{
    const struct article_category *any = NULL;
    for (size_t i = 0; i < shelf->category_count; i++)
        if (shelf->categories[i].id == id) {
            any = &shelf->categories[i];
            if (str_eq(any->language, language))
                return any;
        }
    return any;
}

struct str help_icon(const struct help_shelf *shelf, int64_t article)
{
    const struct article *found = help_article(shelf, article);
    const struct article_category *category = found ? help_category(shelf, found->category_id, STR_EMPTY) : NULL;
    return category && category->icon.len ? category->icon : STR("book");
}

/* ---- all of it, by category ---- */

struct shelf_page {
    struct site site;
    struct json *model;
};

static const struct article_text *published_in(struct article_text *texts, size_t n, int64_t article,
                                               struct str language)
{
    for (size_t i = 0; i < n; i++)
        if (texts[i].article_id == article && texts[i].published && str_eq(texts[i].language, language))
            return &texts[i];
    return NULL;
}

/* rows: the guides of the category, behind which its articles come. */
static void category_rows(struct visit *v, const struct help_shelf *shelf, int64_t category,
                          struct article_text *texts, size_t n, struct str language, struct json *rows)
{
    for (size_t i = 0; i < shelf->count; i++) {
        const struct article_text *text = shelf->articles[i].category_id == category
                                              ? published_in(texts, n, shelf->articles[i].id, language)
                                              : NULL;
        if (text)
            json_push(v->arena, rows,
                      help_row(v, text, text->title, text->about, help_icon(shelf, text->article_id)));
    }
}

static bool shelf_read(struct tx *tx, void *ctx, struct error *e)
{
    struct shelf_page *page = ctx;
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct str language = locale_language(v->view.locale);
    struct help_shelf shelf;
    struct article_text *texts;
    size_t n;
    struct json *list = json_array(a);
    if (!help_shelf_read(tx, v, NULL, 0, &shelf, e) || !article_text_list(tx, a, v->brand.id, &texts, &n, e))
        return false;
    int64_t last = 0;
    for (size_t i = 0; i < shelf.category_count; i++) {
        if (shelf.categories[i].id == last)
            continue;
        last = shelf.categories[i].id;
        struct json *category = json_object(a), *rows = guide_rows(tx, v, language, last, e);
        if (!rows)
            return false;
        category_rows(v, &shelf, last, texts, n, language, rows);
        json_set_id(a, category, "id", last);
        json_set_str(a, category, "name", help_category(&shelf, last, language)->name);
        json_set(a, category, "articles", rows);
        if (json_count(rows))
            json_push(a, list, category);
    }
    struct json *others = guide_rows(tx, v, language, 0, e);
    json_set(a, page->model, "categories", list);
    json_set(a, page->model, "guides", others); /* in no category */
    return others != NULL;
}

static struct json *alternate(struct visit *v, struct str language, struct str path)
{
    struct json *item = json_object(v->arena);
    json_set_str(v->arena, item, "lang", language);
    json_set_str(v->arena, item, "url", path);
    return item;
}

static bool shelf_show(struct visit *v, struct error *e)
{
    struct shelf_page page = {.model = json_object(v->arena)};
    struct arena *a = v->arena;
    if (!site_open(v, "help", &page.site, e) || !visit_read(v, shelf_read, &page, e))
        return false;
    struct json *alternates = json_array(a);
    struct str origin = help_origin(v);
    for (size_t i = 0; i < locale_count(); i++) {
        struct str language = locale_language(locale_at(i));
        json_push(a, alternates,
                  alternate(v, language, str_format(a, "%.*s/help?lang=%.*s", STR_ARGS(origin), STR_ARGS(language))));
    }
    json_set(a, page.model, "alternates", alternates);
    json_set_str(a, page.model, "q", STR_EMPTY); /* of the search */
    json_set_str(a, page.model, "canonical", str_concat(a, origin, STR("/help")));
    site_render(&page.site, "help", page.model);
    return true;
}

/* ---- one article ---- */

struct article_page {
    struct site site;
    struct article_text text, *texts; /* texts: of all its languages */
    size_t text_count;
    struct article_version version;
    struct json *model;
};

static bool text_find(struct tx *tx, struct article_page *page, struct error *e)
{
    struct visit *v = page->site.v;
    if (!article_text_by_slug(tx, v->arena, v->brand.id, v->words[0], &page->text, e))
        return false;
    return page->text.published || fail(e, ERR_NOT_FOUND, "There is no such article.");
}

static struct json *name_of(struct arena *a, const struct agent *agents, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (agents[i].id == id)
            return json_new_str(a, agents[i].name);
    return json_new_null(a);
}

static bool names_set(struct tx *tx, struct article_page *page, struct json *item, struct error *e)
{
    struct visit *v = page->site.v;
    struct agent *agents;
    size_t n;
    if (!agent_list(tx, v->arena, v->brand.id, &agents, &n, e))
        return false;
    json_set(v->arena, item, "by", name_of(v->arena, agents, n, page->text.author_id));
    json_set(v->arena, item, "reader", name_of(v->arena, agents, n, page->text.reader_id));
    return true;
}

static int64_t minutes_of(struct arena *a, struct str body)
{
    struct str words = markdown_words(a, body);
    int64_t n = 0;
    for (size_t i = 0; i < words.len; i++)
        n += words.ptr[i] == ' ' || words.ptr[i] == '\n';
    return 1 + n / WORDS_A_MINUTE;
}

/* The others of its category. */
static bool beside_rows(struct tx *tx, struct article_page *page, const struct help_shelf *shelf, struct json *rows,
                        struct error *e)
{
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    int64_t *ids = ARENA_ARRAY(a, int64_t, shelf->count + 1);
    struct article_text *texts;
    size_t n;
    for (size_t i = 0; i < shelf->count; i++)
        ids[i] = shelf->articles[i].id;
    if (!article_text_some(tx, a, v->brand.id, page->text.language, ids, shelf->count, &texts, &n, e))
        return false;
    for (size_t i = 0; i < shelf->count; i++) {
        const struct article_text *text = published_in(texts, n, ids[i], page->text.language);
        if (!text)
            continue;
        struct json *row = help_row(v, text, text->title, text->about, help_icon(shelf, text->article_id));
        json_set_bool(a, row, "current", text->article_id == page->text.article_id);
        json_push(a, rows, row);
    }
    return true;
}

static bool beside_set(struct tx *tx, struct article_page *page, struct error *e)
{
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct article own;
    struct help_shelf shelf;
    struct json *beside = json_object(a), *rows = json_array(a);
    if (!article_by_id(tx, a, v->brand.id, page->text.article_id, &own, e) ||
        !article_of_category(tx, a, v->brand.id, own.category_id, BESIDE_MAX, &shelf.articles, &shelf.count, e) ||
        !article_category_list(tx, a, v->brand.id, &shelf.categories, &shelf.category_count, e) ||
        !beside_rows(tx, page, &shelf, rows, e))
        return false;
    const struct article_category *category = help_category(&shelf, own.category_id, page->text.language);
    json_set_str(a, beside, "name", category ? category->name : STR_EMPTY);
    json_set(a, beside, "articles", rows);
    json_set(a, page->model, "beside", beside);
    return true;
}

static struct json *alternates_of(struct article_page *page)
{
    struct visit *v = page->site.v;
    struct json *list = json_array(v->arena);
    for (size_t i = 0; i < page->text_count; i++)
        if (page->texts[i].published)
            json_push(v->arena, list,
                      alternate(v, page->texts[i].language,
                                str_format(v->arena, "%.*s/help/%.*s", STR_ARGS(help_origin(v)),
                                           STR_ARGS(page->texts[i].slug))));
    return list;
}

static struct str vote_key(struct arena *a, const struct article_text *text)
{
    return str_format(a, "%llx.%lld-", (unsigned long long)text->article_id, (long long)text->published);
}

static bool article_read(struct tx *tx, void *ctx, struct error *e)
{
    struct article_page *page = ctx;
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct json *item = json_object(a);
    const struct article_text *text = &page->text;
    if (!text_find(tx, page, e) ||
        !article_text_of(tx, a, v->brand.id, text->article_id, &page->texts, &page->text_count, e) ||
        !article_version_get(tx, a, v->brand.id, text->article_id, text->language, text->published, &page->version,
                             e) ||
        !names_set(tx, page, item, e) || !beside_set(tx, page, e))
        return false;
    json_set_id(a, item, "id", text->article_id);
    json_set_str(a, item, "title", page->version.title);
    json_set_str(a, item, "about", page->version.about);
    json_set_html(a, item, "html", markdown_html(a, page->version.body, v->view.base));
    json_set_time(a, item, "updated", text->published_at);
    json_set_int(a, item, "minutes", minutes_of(a, page->version.body));
    json_set_int(a, item, "helped", text->helped);
    json_set_str(a, item, "slug", text->slug);
    json_set_str(a, item, "lang", text->language);
    json_set_bool(a, item, "voted", str_find(http_cookie(v->http, VOTES_COOKIE), vote_key(a, text)) >= 0);
    json_set(a, page->model, "article", item);
    json_set(a, page->model, "alternates", alternates_of(page));
    json_set_str(a, page->model, "canonical",
                 str_format(a, "%.*s/help/%.*s", STR_ARGS(help_origin(v)), STR_ARGS(text->slug)));
    return true;
}

/* ?lang= leads to the same article in that language, where there is one. */
static bool led_elsewhere(struct article_page *page)
{
    struct visit *v = page->site.v;
    const struct article_text *other = article_text_in(page->texts, page->text_count, http_query(v->http, "lang"));
    if (!other || !other->published || str_eq(other->language, page->text.language))
        return false;
    view_redirect(&v->view, v->http, str_concat(v->arena, STR("/help/"), other->slug));
    return true;
}

static bool article_show(struct visit *v, struct error *e)
{
    struct article_page page = {.model = json_object(v->arena)};
    if (!site_open(v, "help", &page.site, e) || !visit_read(v, article_read, &page, e))
        return false;
    if (led_elsewhere(&page))
        return true;
    v->view.locale = locale_find(page.text.language);
    v->view.shared = v->http->query.len == 0;
    site_render(&page.site, "article", page.model);
    return true;
}

/* ---- did this solve it? ---- */

static bool vote_read(struct tx *tx, void *ctx, struct error *e)
{
    return text_find(tx, ctx, e);
}

struct voting {
    const struct article_text *text;
    bool helped;
};

static bool vote_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct voting *voting = ctx;
    return article_vote(tx, voting->text->brand_id, voting->text->article_id, voting->text->language,
                        voting->text->published, voting->helped, e);
}

/* Once a browser and version. */
static bool vote_post(struct visit *v, struct error *e)
{
    struct article_page page = {0};
    if (!http_form_ok(v->http, e) || !site_open(v, "help", &page.site, e) || !site_may_write(&page.site, e) ||
        !visit_read(v, vote_read, &page, e))
        return false;
    struct str before = http_cookie(v->http, VOTES_COOKIE), key = vote_key(v->arena, &page.text);
    struct voting voting = {&page.text, str_eq(http_form(v->http, "solved"), STR("yes"))};
    if (str_find(before, key) < 0) {
        if (!visit_write(v, vote_write, &voting, e))
            return false;
        session_cookie(v, VOTES_COOKIE, str_concat(v->arena, key, str_slice(before, 0, VOTES_MAX)), VOTES_SECONDS);
    }
    view_redirect(&v->view, v->http,
                  voting.helped ? str_format(v->arena, "/help/%.*s#solved", STR_ARGS(page.text.slug))
                                : str_format(v->arena, "/ask?article=%.*s", STR_ARGS(page.text.slug)));
    return true;
}

/* ---- on the way to a person ---- */

struct coming {
    struct visit *v;
    struct str slug;
    struct article_text text;
};

static bool coming_read(struct tx *tx, void *ctx, struct error *e)
{
    struct coming *coming = ctx;
    struct visit *v = coming->v;
    return article_text_by_slug(tx, v->arena, v->brand.id, coming->slug, &coming->text, e);
}

bool help_came_from(struct site *site, struct str slug, struct guest_words *words, struct error *e)
{
    struct coming coming = {.v = site->v, .slug = slug};
    struct arena *a = site->v->arena;
    words->origin_count = 0;
    if (slug.len == 0)
        return true;
    if (!visit_read(site->v, coming_read, &coming, e))
        return false;
    if (!coming.text.published)
        return true;
    words->origins = ARENA_NEW(a, struct channel_origin);
    words->origins[words->origin_count++] = (struct channel_origin){
        .kind = "article",
        .words = coming.text.title,
        .link = str_format(a, "%.*s/help/%.*s", STR_ARGS(help_origin(site->v)), STR_ARGS(coming.text.slug))};
    return true;
}

struct looking {
    struct site *site;
    struct str words;
};

static bool looked_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct looking *looking = ctx;
    struct visit *v = looking->site->v;
    return article_missed(tx, v->brand.id, locale_language(v->view.locale), looking->words, true, e);
}

bool help_asked_all_the_same(struct site *site, struct str words, struct error *e)
{
    struct looking looking = {site, words};
    return words.len == 0 || visit_write(site->v, looked_write, &looking, e);
}

/* ---- pictures ---- */

struct picture {
    struct visit *v;
    struct str hash, name, mime, bytes;
};

static bool picture_read(struct tx *tx, void *ctx, struct error *e)
{
    struct picture *picture = ctx;
    struct visit *v = picture->v;
    return article_picture_get(tx, v->arena, v->brand.id, v->params[0], &picture->hash, &picture->name, e) &&
           blob_get(tx, v->arena, v->brand.id, picture->hash, &picture->mime, &picture->bytes, e);
}

static bool picture_show(struct visit *v, struct error *e)
{
    struct picture picture = {.v = v};
    if (!visit_read(v, picture_read, &picture, e))
        return false;
    file_respond(v, picture.mime, picture.name, picture.bytes);
    return true;
}

bool help_is_quick(const struct visit *v)
{
    return v->route->handler == article_show;
}

const struct route routes_site_help[] = {
    {HTTP_GET, "/help", PERM_PUBLIC, shelf_show, NULL},
    {HTTP_GET, "/help/:name", PERM_PUBLIC, article_show, NULL},
    {HTTP_POST, "/help/:name/solved", PERM_PUBLIC, vote_post, NULL},
    {HTTP_GET, "/help/picture/:id", PERM_PUBLIC, picture_show, NULL},
    {0},
};
