/* SPDX-License-Identifier: Apache-2.0 */
/* The first page: one question, what is open, and the ways to a person. */
#include "base/arena.h"
#include "base/json.h"
#include "web/site/expect.h"
#include "web/site/guide.h"
#include "web/site/requests.h"
#include "web/site/site.h"

#define HOME_REQUESTS 3
#define HOME_GUIDES   3

struct home {
    struct site site;
    struct json *model;
};

static bool home_read(struct tx *tx, void *ctx, struct error *e)
{
    struct home *page = ctx;
    struct json *open = requests_open(tx, &page->site, HOME_REQUESTS, e);
    if (!open)
        return false;
    json_set(page->site.v->arena, page->model, "requests", open);
    struct visit *v = page->site.v;
    struct json *guides = guide_rows(tx, v, locale_language(v->view.locale), GUIDES_ALL, e),
                *few = json_array(v->arena);
    if (!guides)
        return false;
    for (size_t i = 0; i < json_count(guides) && i < HOME_GUIDES; i++)
        json_push(v->arena, few, guides->items[i]);
    json_set(v->arena, page->model, "guides", few);
    struct json *expect = expect_json(tx, &page->site, e);
    json_set(page->site.v->arena, page->model, "expect", expect);
    return expect != NULL;
}

static bool home_show(struct visit *v, struct error *e)
{
    struct home page = {.model = json_object(v->arena)};
    if (!site_open(v, "home", &page.site, e) || !visit_read(v, home_read, &page, e))
        return false;
    json_set_str(v->arena, page.model, "q", STR_EMPTY); /* of the search */
    site_render(&page.site, "home", page.model);
    return true;
}

const struct route routes_site_home[] = {
    {HTTP_GET, "/", PERM_PUBLIC, home_show, NULL},
    {0},
};
