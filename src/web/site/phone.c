/* SPDX-License-Identifier: Apache-2.0 */
/* Going on on the phone: a browser shows a code that another of the same person reads with its camera. It works once
 * and for a few minutes; this page says that it did, and signs the other out again where it was somebody else. */
#include "base/arena.h"
#include "base/json.h"
#include "base/qr.h"
#include "store/proof.h"
#include "web/site/help.h"
#include "web/site/passage.h"

struct phone_page {
    struct site site;
    struct str code, place;
    struct passage_look look;
    struct json *model;
    bool any; /* they have something to take along */
};

/* ---- where it leads ---- */

static bool place_read(struct tx *tx, void *ctx, struct error *e)
{
    struct phone_page *page = ctx;
    struct visit *v = page->site.v;
    struct str from = http_form(v->http, "from");
    struct person person;
    struct conversation c;
    int64_t id;
    page->place = str_eq(from, STR("chat")) ? STR("/chat") : STR("/requests");
    if (!guest_person(tx, v->arena, &page->site.guest, &person, e))
        return false;
    page->any = person.id != 0;
    if (!page->any || !str_int64(from, &id))
        return true;
    if (!guest_conversation(tx, v->arena, &page->site.guest, id, &c, e))
        return false;
    page->place = str_format(v->arena, "/requests/%lld", (long long)id);
    return true;
}

/* ---- the page ---- */

static bool phone_render(struct phone_page *page, const char *state)
{
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct json *model = json_object(a), *phone = json_object(a), *qr = json_object(a);
    struct str link = str_concat(a, help_origin(v), str_concat(a, STR(PASSAGE_PATH), page->code)), path;
    int size;
    json_set_str(a, phone, "state", str_from(state));
    json_set_str(a, phone, "code", page->code);
    json_set_str(a, phone, "place", page->place);
    bool shows = str_eq(str_from(state), STR("shown")) || str_eq(str_from(state), STR("waits"));
    if (shows) {
        json_set_str(a, phone, "link", link);
        if (qr_path(a, link, &path, &size)) {
            json_set_int(a, qr, "size", size);
            json_set_str(a, qr, "path", path);
            json_set(a, phone, "qr", qr);
        }
    }
    json_set(a, model, "phone", phone);
    site_render(&page->site, "phone", model);
    return true;
}

static bool phone_show(struct visit *v, struct error *e)
{
    struct phone_page page = {.code = STR_EMPTY};
    if (!site_open(v, "requests", &page.site, e) || !visit_read(v, place_read, &page, e))
        return false;
    return phone_render(&page, page.any ? "begin" : "nothing");
}

static bool phone_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct phone_page *page = ctx;
    return passage_device(tx, page->site.v->app->house, &page->site.guest, page->place, page->code, e);
}

static bool phone_post(struct visit *v, struct error *e)
{
    struct phone_page page = {.code = STR_EMPTY};
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) || !visit_read(v, place_read, &page, e))
        return false;
    if (!page.any)
        return phone_render(&page, "nothing");
    if (!site_may_write(&page.site, e))
        return false;
    page.code = passage_code_new(v->arena);
    return visit_write(v, phone_write, &page, e) && phone_render(&page, "shown");
}

/* ---- what became of it ---- */

static bool look_read(struct tx *tx, void *ctx, struct error *e)
{
    struct phone_page *page = ctx;
    struct visit *v = page->site.v;
    return place_read(tx, ctx, e) &&
           passage_look(tx, v->arena, v->app->house, v->brand.id, page->code, &page->site.guest, &page->look, e);
}

/* Only of a code that this browser showed. */
static bool phone_look(struct visit *v, struct phone_page *page, struct error *e)
{
    page->code = page->place = STR_EMPTY;
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page->site, e))
        return false;
    if (!passage_code_of(v->arena, http_form(v->http, "code"), &page->code))
        page->code = STR_EMPTY;
    if (!visit_read(v, look_read, page, e))
        return false;
    if (page->look.row.kind != PASSAGE_DEVICE || page->look.row.giver_id != page->site.guest.id)
        page->look = (struct passage_look){.state = PASSAGE_UNKNOWN};
    return true;
}

static bool look_post(struct visit *v, struct error *e)
{
    struct phone_page page;
    if (!phone_look(v, &page, e))
        return false;
    bool done = page.look.state == PASSAGE_USED || page.look.state == PASSAGE_MINE;
    return phone_render(&page, done ? "done" : page.look.state == PASSAGE_OPEN ? "waits" : "over");
}

static bool end_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct phone_page *page = ctx;
    int64_t brand = page->site.guest.brand_id, guest = page->look.row.guest_id;
    return proof_delete_of(tx, brand, guest, e) && guest_delete(tx, brand, guest, e);
}

/* It was somebody else: that browser is nobody's any more. */
static bool end_post(struct visit *v, struct error *e)
{
    struct phone_page page;
    if (!phone_look(v, &page, e))
        return false;
    if (page.look.state == PASSAGE_USED && !visit_write(v, end_write, &page, e))
        return false;
    return phone_render(&page, page.look.state == PASSAGE_USED ? "ended" : "over");
}

const struct route routes_site_phone[] = {
    {HTTP_GET, "/phone", PERM_PUBLIC, phone_show, NULL},
    {HTTP_POST, "/phone", PERM_PUBLIC, phone_post, NULL},
    {HTTP_POST, "/phone/look", PERM_PUBLIC, look_post, NULL},
    {HTTP_POST, "/phone/end", PERM_PUBLIC, end_post, NULL},
    {0},
};
