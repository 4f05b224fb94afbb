/* SPDX-License-Identifier: Apache-2.0 */
/* One question, answered as one types: the same page without scripts, and what search engines are told. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "web/site/community.h"
#include "web/site/guide.h"
#include "web/site/help.h"

#define QUERY_MAX 200

struct search_page {
    struct site site;
    struct str words;
    struct json *model;
    size_t count;
};

static bool search_read(struct tx *tx, void *ctx, struct error *e)
{
    struct search_page *page = ctx;
    struct visit *v = page->site.v;
    struct help_shelf shelf;
    struct article_hit *hits;
    struct json *found = json_array(v->arena);
    int64_t ids[ARTICLE_HITS];
    if (!article_search(tx, v->arena, v->brand.id, locale_language(v->view.locale), page->words, &hits, &page->count,
                        e))
        return false;
    for (size_t i = 0; i < page->count; i++)
        ids[i] = hits[i].text.article_id;
    if (!help_shelf_read(tx, v, ids, page->count, &shelf, e))
        return false;
    for (size_t i = 0; i < page->count; i++)
        json_push(v->arena, found,
                  hits[i].guide ? guide_row(v, hits[i].text.slug, hits[i].text.language, hits[i].title, hits[i].about)
                                : help_row(v, &hits[i].text, hits[i].title, hits[i].about,
                                           help_icon(&shelf, hits[i].text.article_id)));
    json_set(v->arena, page->model, "found", found);
    return true;
}

static bool missed_write(struct tx *tx, void *ctx, struct error *e)
{
    struct search_page *page = ctx;
    struct visit *v = page->site.v;
    return article_missed(tx, v->brand.id, locale_language(v->view.locale), page->words, false, e);
}

/* Who pressed the key and found nothing is counted; what passes by while one types is not. */
static bool search_show(struct visit *v, struct error *e)
{
    struct search_page page = {.model = json_object(v->arena)};
    struct arena *a = v->arena;
    struct error none = {0};
    if (!site_open(v, "home", &page.site, e))
        return false;
    page.words = text_shorten(a, str_trim(text_clean(a, http_query(v->http, "q"))), QUERY_MAX);
    if (!visit_read(v, search_read, &page, e))
        return false;
    bool typing = http_query(v->http, "fragment").len > 0 || v->http->method == HTTP_HEAD;
    if (page.count == 0 && page.words.len && !typing && site_may_write(&page.site, &none) &&
        !visit_write(v, missed_write, &page, e))
        return false;
    json_set_str(a, page.model, "q", page.words);
    json_set_int(a, page.model, "count", (int64_t)page.count);
    site_render(&page.site, "search", page.model);
    return true;
}

/* ---- what search engines are told ---- */

struct map_page {
    struct visit *v;
    struct buf xml;
};

static void map_place(struct map_page *page, struct str path, struct str at)
{
    struct arena *a = page->v->arena;
    buf_cstr(&page->xml, "<url><loc>");
    buf_html(&page->xml, str_concat(a, help_origin(page->v), path));
    buf_cstr(&page->xml, "</loc>");
    if (at.len)
        buf_format(&page->xml, "<lastmod>%.*s</lastmod>", STR_ARGS(at));
    buf_cstr(&page->xml, "</url>\n");
}

static void map_text(struct map_page *page, const char *folder, struct str slug, int64_t at)
{
    struct arena *a = page->v->arena;
    map_place(page, str_concat(a, str_from(folder), url_encode(a, slug)), clock_iso(a, at));
}

static bool map_read(struct tx *tx, void *ctx, struct error *e)
{
    struct map_page *page = ctx;
    struct visit *v = page->v;
    struct article_text *texts;
    struct guide_text *guides;
    size_t n, guide_count;
    struct json *topics = json_array(v->arena);
    if (!article_text_list(tx, v->arena, v->brand.id, &texts, &n, e) ||
        !guide_text_list(tx, v->arena, v->brand.id, &guides, &guide_count, e) ||
        !community_addresses(tx, v, topics, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (texts[i].published)
            map_text(page, "/help/", texts[i].slug, texts[i].published_at);
    for (size_t i = 0; i < guide_count; i++)
        if (guides[i].published)
            map_text(page, "/guides/", guides[i].slug, guides[i].published_at);
    for (size_t i = 0; i < json_count(topics); i++)
        map_place(page, json_text(json_get(json_at(topics, i), "path")),
                  json_text(json_get(json_at(topics, i), "at")));
    return true;
}

static bool map_show(struct visit *v, struct error *e)
{
    struct map_page page = {.v = v};
    static const char *const pages[] = {"/", "/help"};
    buf_init(&page.xml, v->arena, 4096);
    buf_cstr(&page.xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        buf_cstr(&page.xml, "<url><loc>");
        buf_html(&page.xml, str_concat(v->arena, help_origin(v), str_from(pages[i])));
        buf_cstr(&page.xml, "</loc></url>\n");
    }
    if (!visit_read(v, map_read, &page, e))
        return false;
    buf_cstr(&page.xml, "</urlset>\n");
    view_headers(v->http);
    http_set_header(v->http, "Cache-Control", STR("public, max-age=3600"));
    http_respond(v->http, 200, STR("application/xml; charset=utf-8"), buf_view(&page.xml));
    return true;
}

static bool robots_show(struct visit *v, struct error *e)
{
    static const char *const closed[] = {"/desk", "/api/", "/requests", "/ask",    "/search",       "/hooks/",
                                         "/play", "/p/",   "/phone",    "/mydata", "/guides/*?way="};
    struct buf b;
    (void)e;
    buf_init(&b, v->arena, 512);
    buf_cstr(&b, "User-agent: *\n");
    for (size_t i = 0; i < COUNT_OF(closed); i++)
        buf_format(&b, "Disallow: %.*s%s\n", STR_ARGS(v->view.base), closed[i]);
    buf_format(&b, "Sitemap: %.*s/sitemap.xml\n", STR_ARGS(help_origin(v)));
    view_headers(v->http);
    http_set_header(v->http, "Cache-Control", STR("public, max-age=3600"));
    http_respond(v->http, 200, STR("text/plain; charset=utf-8"), buf_view(&b));
    return true;
}

const struct route routes_site_search[] = {
    {HTTP_GET, "/search", PERM_PUBLIC, search_show, NULL},
    {HTTP_GET, "/sitemap.xml", PERM_PUBLIC, map_show, NULL},
    {HTTP_GET, "/robots.txt", PERM_PUBLIC, robots_show, NULL},
    {0},
};
