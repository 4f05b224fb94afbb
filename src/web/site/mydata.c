/* SPDX-License-Identifier: Apache-2.0 */
/* My data: what we hold of a guest's person, to read and to take along. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/zip.h"
#include "care/mydata.h"
#include "net/ratelimit.h"
#include "web/desk/model.h"
#include "web/site/erasure.h"

struct mydata_page {
    struct site site;
    struct mydata data;
    bool with_files;
    struct json *model;
};

static bool data_read(struct tx *tx, void *ctx, struct error *e)
{
    struct mydata_page *page = ctx;
    return mydata_read(tx, page->site.v->arena, &page->site.guest, page->with_files, &page->data, e);
}

static bool may_export(struct site *site, struct error *e)
{
    struct visit *v = site->v;
    struct str key = str_format(v->arena, "%lld", (long long)site->guest.id);
    struct ratelimit_verdict verdict = ratelimit_take(v->app->exports, key);
    if (verdict.allowed)
        return true;
    http_set_header(v->http, "Retry-After", str_format(v->arena, "%d", verdict.retry_seconds));
    return fail(e, ERR_RATE_LIMITED, "So often at once: please wait %d seconds.", verdict.retry_seconds);
}

static bool page_read(struct tx *tx, void *ctx, struct error *e)
{
    struct mydata_page *page = ctx;
    return erasure_model(tx, &page->site, page->model, e);
}

static bool page_show(struct visit *v, struct error *e)
{
    struct mydata_page page = {.model = json_object(v->arena)};
    struct json *model = page.model;
    if (!site_open(v, "requests", &page.site, e) || !visit_read(v, page_read, &page, e))
        return false;
    json_set_bool(v->arena, model, "some", page.site.guest.id != 0);
    json_set_str(v->arena, model, "ask", visit_words(v, "mydata.notes_text"));
    site_render(&page.site, "mydata", model);
    return true;
}

/* All of it; who is nobody to us yet is led back to where that is said. */
static bool page_gather(struct visit *v, struct mydata_page *page, struct error *e)
{
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page->site, e))
        return false;
    return page->site.guest.id == 0 || (may_export(&page->site, e) && visit_read(v, data_read, page, e));
}

static bool read_post(struct visit *v, struct error *e)
{
    struct mydata_page page = {0};
    struct json *model = json_object(v->arena);
    if (!page_gather(v, &page, e))
        return false;
    if (!page.data.facts) {
        view_redirect(&v->view, v->http, STR("/mydata"));
        return true;
    }
    json_set(v->arena, model, "mydata", page.data.facts);
    site_render(&page.site, "mydata-all", model);
    return true;
}

static bool file_post(struct visit *v, struct error *e)
{
    struct mydata_page page = {.with_files = true};
    struct zip zip;
    if (!page_gather(v, &page, e))
        return false;
    if (!page.data.facts) {
        view_redirect(&v->view, v->http, STR("/mydata"));
        return true;
    }
    zip_begin(&zip, v->arena, clock_now());
    zip_add(&zip, STR("mydata.json"), json_to_str(v->arena, page.data.facts));
    for (size_t i = 0; i < page.data.file_count; i++)
        zip_add(&zip, page.data.files[i].path, page.data.files[i].bytes);
    view_headers(v->http);
    http_set_header(v->http, "Content-Disposition",
                    str_format(v->arena, "attachment; filename=\"%.*s-mydata.zip\"", STR_ARGS(v->brand.name)));
    http_respond(v->http, 200, STR("application/zip"), zip_end(&zip));
    return true;
}

const struct route routes_site_mydata[] = {
    {HTTP_GET, "/mydata", PERM_PUBLIC, page_show, NULL},
    {HTTP_POST, "/mydata/read", PERM_PUBLIC, read_post, NULL},
    {HTTP_POST, "/mydata/file", PERM_PUBLIC, file_post, NULL},
    {0},
};
