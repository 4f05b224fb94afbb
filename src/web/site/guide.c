/* SPDX-License-Identifier: Apache-2.0 */
/* Guides, step by step, for customers: each step is a page with an address of its own, whose ?way= holds the answers
 * that led to it. How far people come is counted, who they are is not: a cookie for a few hours keeps one walk from
 * being counted twice. */
#include "web/site/guide.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "base/url.h"
#include "net/ratelimit.h"
#include "web/session.h"
#include "web/site/help.h"

#define WALK_COOKIE  "ascolto_walk"
#define WALK_SECONDS (4 * 3600)
#define WALK_MARKS   60 /* the last things counted of a walk */
#define MARK_LENGTH  6
#define COUNTS_MAX   3

/* ---- reading ---- */

static bool page_read(struct tx *tx, void *ctx, struct error *e)
{
    struct guide_page *page = ctx;
    struct visit *v = page->v;
    struct guide_text text;
    if (!guide_text_by_slug(tx, v->arena, v->brand.id, v->words[0], &text, e))
        return false;
    if (!text.published)
        return fail(e, ERR_NOT_FOUND, "There is no such guide.");
    page->where = str_concat(v->arena, STR("/guides/"), text.slug);
    return guide_paper_read(tx, v->arena, &text, text.published, &page->paper, e) &&
           guide_text_of(tx, v->arena, v->brand.id, text.guide_id, &page->texts, &page->text_count, e);
}

/* Who changes the language asks for ?lang= alone: then it is the way of the page they come from. */
static struct str way_asked(struct visit *v)
{
    struct str from = http_header(v->http, "referer"), way = http_query(v->http, "way");
    ptrdiff_t at = str_find(from, STR("?way="));
    return way.len || at < 0 || http_query(v->http, "lang").len == 0 ? way
                                                                     : str_slice(from, (size_t)at + 5, from.len);
}

static bool page_open(struct visit *v, struct site *site, struct guide_page *page, struct error *e)
{
    *page = (struct guide_page){.v = v, .model = json_object(v->arena)};
    if (!site_open(v, "help", site, e) || !visit_read(v, page_read, page, e) ||
        !guide_page_at(page, v->words[1], way_asked(v), e))
        return false;
    v->view.locale = locale_find(page->paper.text.language);
    return true;
}

/* ---- counting ---- */

struct tally {
    struct guide_page *page;
    struct guide_count adds[COUNTS_MAX];
    size_t count;
    struct str marks; /* of this walk, as its cookie holds them */
};

/* A person who opens the page: browsers say so, what only fetches it does not. */
static bool is_counted(struct visit *v)
{
    struct str key = str_concat(v->arena, STR("guide "), v->http->client);
    return v->http->method == HTTP_GET && str_eq(http_header(v->http, "sec-fetch-mode"), STR("navigate")) &&
           http_header(v->http, "sec-purpose").len == 0 && ratelimit_take(v->app->chats, key).allowed;
}

static struct str mark_of(struct tally *tally, const struct guide_count *add)
{
    struct arena *a = tally->page->v->arena;
    struct str whole = str_format(a, "%lld %.*s %.*s %.*s %lld", (long long)add->guide_id, STR_ARGS(add->language),
                                  STR_ARGS(add->step), STR_ARGS(add->answer), (long long)add->moved);
    return str_format(a, "%0*llx", MARK_LENGTH, (unsigned long long)(hash64(whole) & 0xffffff));
}

/* Once a walk. */
static void tally_add(struct tally *tally, struct str step, struct str answer, bool moved)
{
    const struct guide_text *text = &tally->page->paper.text;
    struct guide_count add = {.guide_id = text->guide_id,
                              .language = text->language,
                              .step = step,
                              .answer = answer,
                              .seen = !moved,
                              .moved = moved};
    struct str mark = mark_of(tally, &add), rest = tally->marks, part;
    while (str_split(&rest, '.', &part))
        if (str_eq(part, mark))
            return;
    tally->adds[tally->count++] = add;
    tally->marks = str_format(tally->page->v->arena, "%.*s%s%.*s", STR_ARGS(mark), tally->marks.len ? "." : "",
                              STR_ARGS(str_slice(tally->marks, 0, (MARK_LENGTH + 1) * (WALK_MARKS - 1) - 1)));
}

static bool tally_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct tally *tally = ctx;
    for (size_t i = 0; i < tally->count; i++)
        if (!guide_count_add(tx, tally->page->paper.text.brand_id, &tally->adds[i], e))
            return false;
    return true;
}

/* The page is shown even where it could not be counted. */
static void tally_keep(struct tally *tally)
{
    struct visit *v = tally->page->v;
    struct error none = {0};
    if (tally->count == 0)
        return;
    if (visit_write(v, tally_write, tally, &none))
        session_cookie(v, WALK_COOKIE, tally->marks, WALK_SECONDS);
    else
        log_warn("guide", "not counted: %s", none.message);
}

static void tally_answer(struct tally *tally, const struct guide_step *step, size_t answer)
{
    tally_add(tally, step->name, step->answers[answer].text, false);
    tally_add(tally, step->name, STR_EMPTY, true);
}

static void count_step(struct guide_page *page)
{
    struct tally tally = {.page = page, .marks = http_cookie(page->v->http, WALK_COOKIE)};
    const struct guide_tree *tree = page->paper.tree;
    const struct guide_walk *walk = &page->walk;
    if (!is_counted(page->v))
        return;
    if (walk->count)
        tally_answer(&tally, &tree->steps[walk->steps[walk->count - 1]], walk->answers[walk->count - 1]);
    tally_add(&tally, tree->steps[walk->at].name, STR_EMPTY, false);
    tally_keep(&tally);
}

static void count_end(struct guide_page *page, size_t answer)
{
    struct tally tally = {.page = page, .marks = http_cookie(page->v->http, WALK_COOKIE)};
    if (!is_counted(page->v))
        return;
    tally_answer(&tally, &page->paper.tree->steps[page->walk.at], answer);
    tally_keep(&tally);
}

/* ---- a step ---- */

static struct str own_path(const struct guide_page *page, struct str slug)
{
    struct arena *a = page->v->arena;
    struct str path = str_concat(a, STR("/guides/"), slug);
    struct str step = page->walk.at ? page->paper.tree->steps[page->walk.at].name : STR_EMPTY;
    return step.len ? str_format(a, "%.*s/%.*s", STR_ARGS(path), STR_ARGS(step)) : path;
}

/* The other languages' first steps; a step behind has no counterpart of which one could be sure. */
static void addresses_set(struct guide_page *page)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct json *alternates = json_array(a);
    struct str origin = help_origin(v);
    for (size_t i = 0; page->walk.at == 0 && i < page->text_count; i++) {
        struct json *item = json_object(a);
        if (!page->texts[i].published)
            continue;
        json_set_str(a, item, "lang", page->texts[i].language);
        json_set_str(a, item, "url",
                     str_format(a, "%.*s/guides/%.*s", STR_ARGS(origin), STR_ARGS(page->texts[i].slug)));
        json_push(a, alternates, item);
    }
    json_set(a, page->model, "alternates", alternates);
    json_set_str(a, page->model, "canonical", str_concat(a, origin, own_path(page, page->paper.text.slug)));
    json_set_bool(a, page->model, "preview", false);
    json_set_str(a, page->model, "editor", STR_EMPTY);
}

struct crossing {
    struct guide_page *page;
    const struct guide_text *other;
    struct guide_paper paper;
};

static bool other_read(struct tx *tx, void *ctx, struct error *e)
{
    struct crossing *crossing = ctx;
    return guide_paper_read(tx, crossing->page->v->arena, crossing->other, crossing->other->published,
                            &crossing->paper, e);
}

/* ?lang= leads to the same guide in that language, to the same step where it has one of that name. */
static bool led_elsewhere(struct guide_page *page, bool *led, struct error *e)
{
    struct visit *v = page->v;
    struct crossing crossing = {.page = page};
    crossing.other = guide_text_in(page->texts, page->text_count, http_query(v->http, "lang"));
    *led =
        crossing.other && crossing.other->published && !str_eq(crossing.other->language, page->paper.text.language);
    if (!*led)
        return true;
    if (!visit_read(v, other_read, &crossing, e))
        return false;
    struct str name = page->paper.tree->steps[page->walk.at].name, slug = crossing.other->slug;
    bool same = guide_step_at(crossing.paper.tree, name) != GUIDE_NONE;
    struct str way = same ? guide_way(v->arena, &page->walk, page->walk.count) : STR_EMPTY;
    view_redirect(&v->view, v->http,
                  str_format(v->arena, "%.*s%s%.*s",
                             STR_ARGS(same ? own_path(page, slug) : str_concat(v->arena, STR("/guides/"), slug)),
                             way.len ? "?way=" : "", STR_ARGS(way)));
    return true;
}

static bool step_show(struct visit *v, struct error *e)
{
    struct site site;
    struct guide_page page;
    bool led;
    if (!page_open(v, &site, &page, e) || !led_elsewhere(&page, &led, e))
        return false;
    if (led)
        return true;
    count_step(&page);
    guide_page_step(&page);
    addresses_set(&page);
    site_render(&site, "guide", page.model);
    return true;
}

/* ---- an end ---- */

struct arrival {
    struct guide_page *page;
    struct str article, slug; /* slug: where it is read; empty: nowhere any more */
};

static bool article_find(struct tx *tx, void *ctx, struct error *e)
{
    struct arrival *arrival = ctx;
    struct visit *v = arrival->page->v;
    struct article article;
    struct article_text *texts;
    size_t n;
    if (!article_by_name(tx, v->arena, v->brand.id, arrival->article, &article, e) ||
        !article_text_of(tx, v->arena, v->brand.id, article.id, &texts, &n, e))
        return false;
    const struct article_text *text = article_text_in(texts, n, arrival->page->paper.text.language);
    arrival->slug = text && text->published ? text->slug : STR_EMPTY;
    return true;
}

static bool led_to_end(struct guide_page *page, size_t answer, struct error *e)
{
    struct visit *v = page->v;
    const struct guide_answer *chosen = &page->paper.tree->steps[page->walk.at].answers[answer];
    struct arrival arrival = {.page = page, .article = chosen->target};
    if (chosen->to == GUIDE_ARTICLE && !visit_read(v, article_find, &arrival, e))
        return false;
    if (arrival.slug.len) {
        view_redirect(&v->view, v->http, str_concat(v->arena, STR("/help/"), arrival.slug));
        return true;
    }
    const char *where = chosen->to == GUIDE_CHAT ? "/chat" : chosen->to == GUIDE_CALL ? "/call" : "/ask";
    struct str words = url_encode(v->arena, guide_page_words(page, answer));
    view_redirect(&v->view, v->http, str_format(v->arena, "%s?text=%.*s", where, STR_ARGS(words)));
    return true;
}

/* "Solved" is a page; everything else is led on, with what was answered in words. */
static bool end_show(struct visit *v, struct error *e)
{
    struct site site;
    struct guide_page page;
    if (!page_open(v, &site, &page, e))
        return false;
    const struct guide_step *step = &page.paper.tree->steps[page.walk.at];
    if (v->params[0] < 1 || (size_t)v->params[0] > step->count || !guide_is_end(step->answers[v->params[0] - 1].to))
        return fail(e, ERR_NOT_FOUND, "There is no such answer.");
    size_t answer = (size_t)v->params[0] - 1;
    count_end(&page, answer);
    if (step->answers[answer].to != GUIDE_SOLVED)
        return led_to_end(&page, answer, e);
    guide_page_end(&page, answer);
    json_set_bool(v->arena, page.model, "preview", false);
    json_set_str(v->arena, page.model, "editor", STR_EMPTY);
    site_render(&site, "guide-end", page.model);
    return true;
}

static bool list_show(struct visit *v, struct error *e)
{
    (void)e;
    view_redirect(&v->view, v->http, STR("/help"));
    return true;
}

const struct route routes_site_guide[] = {
    {HTTP_GET, "/guides", PERM_PUBLIC, list_show, NULL},
    {HTTP_GET, "/guides/:name", PERM_PUBLIC, step_show, NULL},
    {HTTP_GET, "/guides/:name/:name", PERM_PUBLIC, step_show, NULL},
    {HTTP_GET, "/guides/:name/:name/:id", PERM_PUBLIC, end_show, NULL},
    {0},
};
