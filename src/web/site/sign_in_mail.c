/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in by e-mail: a code of six digits and a link go to the address, both of use in the browser that asked.
 * Opening the link changes nothing: mail programs open links by themselves. What is said does not tell whether
 * somebody is known by an address. A telephone number is shown to be theirs in the same way, by a code in a short
 * message: for notices, and only by who wrote here before, since each costs the brand. */
#include "base/arena.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/letter_codes.h"
#include "store/person.h"
#include "web/site/sign_in.h"

#define LINK_MAX 64

struct mail_page {
    struct site site;
    struct str address; /* a code is on its way there */
    struct str link;    /* the one of it that was opened */
    bool phone;         /* it is a number */
    int64_t sender;
    struct code_order order;
    struct code_try attempt;
};

/* state: a key of what became of it, or NULL. */
static bool mail_render(struct mail_page *page, int status, const char *state)
{
    struct arena *a = page->site.v->arena;
    struct json *model = json_object(a);
    json_set_str(a, model, "address", page->address);
    json_set_bool(a, model, "phone", page->phone);
    json_set_str(a, model, "link", page->link);
    json_set(a, model, "state", state ? json_new_str(a, str_from(state)) : json_new_null(a));
    site_render_status(&page->site, status, "sign-in-mail", model);
    return true;
}

static bool address_read(struct tx *tx, void *ctx, struct error *e)
{
    struct mail_page *page = ctx;
    struct visit *v = page->site.v;
    bool is;
    if (!code_open(tx, v->arena, v->app->house, &page->site.guest, &page->address, e) ||
        !code_link_is(tx, v->arena, v->app->house, &page->site.guest, page->link, &is, e))
        return false;
    page->link = is ? page->link : STR_EMPTY;
    return true;
}

/* ---- asking for a code ---- */

static bool sender_read(struct tx *tx, void *ctx, struct error *e)
{
    struct mail_page *page = ctx;
    return letter_sender(tx, page->site.v->brand.id, &page->sender, e) &&
           (page->sender || fail(e, ERR_NOT_FOUND, "Letters do not go out here."));
}

static bool code_write(struct tx *tx, void *ctx, struct error *e)
{
    struct mail_page *page = ctx;
    return code_begin(tx, page->site.v->app->house, &page->order, e);
}

/* The code leaves for page->address, and the page to type it into is shown; or why it does not. */
static bool code_ask(struct mail_page *page, const char *where, struct error *e)
{
    struct visit *v = page->site.v;
    if (!visit_write(v, code_write, page, e))
        return false;
    if (!page->order.sent) {
        page->address = STR_EMPTY;
        return mail_render(page, 429, "enough");
    }
    visit_wake_letters(v);
    view_redirect(&v->view, v->http, str_from(where));
    return true;
}

static bool mail_post(struct visit *v, struct error *e)
{
    struct mail_page page = {.address = STR_EMPTY};
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) ||
        !visit_read(v, sender_read, &page, e))
        return false;
    if (!code_address(v->arena, http_form(v->http, "address"), &page.address))
        return sign_in_again(&page.site, text_shorten(v->arena, text_clean(v->arena, page.address), 254), e);
    if (!sign_in_may_try(v, e) || !site_may_write(&page.site, e) || !site_guest(&page.site, STR_EMPTY, e))
        return false;
    page.order = (struct code_order){.guest = &page.site.guest,
                                     .network = "email",
                                     .address = page.address,
                                     .channel = page.sender,
                                     .language = locale_language(v->view.locale),
                                     .follow = str_eq(http_form(v->http, "follow"), STR("1"))};
    return code_ask(&page, "/sign-in/email", e);
}

static bool mail_show(struct visit *v, struct error *e)
{
    struct mail_page page = {.address = STR_EMPTY};
    return site_open(v, "requests", &page.site, e) && visit_read(v, address_read, &page, e) &&
           mail_render(&page, 200, page.address.len ? NULL : "over");
}

/* ---- the same for a number ---- */

static bool phone_read(struct tx *tx, void *ctx, struct error *e)
{
    struct mail_page *page = ctx;
    struct visit *v = page->site.v;
    struct person person = {0};
    if (!letter_phone_sender(tx, v->brand.id, &page->sender, &page->order.network, e) ||
        (page->site.guest.id && !guest_person(tx, v->arena, &page->site.guest, &person, e)))
        return false;
    return (page->sender && person.id) || fail(e, ERR_NOT_FOUND, "No number can be confirmed here.");
}

static bool phone_post(struct visit *v, struct error *e)
{
    struct mail_page page = {.phone = true};
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) || !visit_read(v, phone_read, &page, e))
        return false;
    if (!code_number(v->arena, http_form(v->http, "number"), &page.order.address))
        return mail_render(&page, 422, "number");
    if (!sign_in_may_try(v, e) || !site_may_write(&page.site, e))
        return false;
    page.order.guest = &page.site.guest;
    page.order.channel = page.sender;
    page.order.language = locale_language(v->view.locale);
    page.order.follow = true;
    return code_ask(&page, "/me/notices/phone", e);
}

static bool phone_show(struct visit *v, struct error *e)
{
    struct mail_page page = {.phone = true};
    return site_open(v, "requests", &page.site, e) && visit_read(v, address_read, &page, e) &&
           mail_render(&page, 200, page.address.len ? NULL : "over");
}

/* ---- showing that it came ---- */

static bool try_write(struct tx *tx, void *ctx, struct error *e)
{
    struct mail_page *page = ctx;
    return code_try(tx, page->site.v->app->house, &page->attempt, e);
}

static bool tried(struct mail_page *page, struct error *e)
{
    struct visit *v = page->site.v;
    page->attempt.guest = &page->site.guest;
    if (!sign_in_may_try(v, e) || !visit_write(v, try_write, page, e))
        return false;
    if (page->attempt.state == CODE_RIGHT) { /* another cookie: one known before the proof opens nothing after it */
        if (!site_renew(&page->site, e))
            return false;
        view_redirect(&v->view, v->http, page->attempt.follow ? STR("/me/notices?saved=1") : STR("/requests"));
        return true;
    }
    page->link = STR_EMPTY;
    if (page->attempt.state == CODE_WRONG)
        return visit_read(v, address_read, page, e) && mail_render(page, 422, "wrong");
    page->address = STR_EMPTY;
    return mail_render(page, 422, "over");
}

static bool code_post(struct visit *v, struct error *e)
{
    struct mail_page page = {.attempt = {.code = http_form(v->http, "code")}};
    return http_form_ok(v->http, e) && site_open(v, "requests", &page.site, e) && tried(&page, e);
}

static bool phone_code_post(struct visit *v, struct error *e)
{
    struct mail_page page = {.phone = true, .attempt = {.code = http_form(v->http, "code")}};
    return http_form_ok(v->http, e) && site_open(v, "requests", &page.site, e) && tried(&page, e);
}

static bool link_show(struct visit *v, struct error *e)
{
    struct mail_page page = {.link = v->words[0].len <= LINK_MAX ? v->words[0] : STR_EMPTY};
    return site_open(v, "requests", &page.site, e) && visit_read(v, address_read, &page, e) &&
           mail_render(&page, 200, page.link.len ? NULL : "elsewhere");
}

static bool link_post(struct visit *v, struct error *e)
{
    struct mail_page page = {.address = STR_EMPTY};
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e))
        return false;
    page.attempt.link = http_form(v->http, "link");
    return page.attempt.link.len && page.attempt.link.len <= LINK_MAX ? tried(&page, e)
                                                                      : mail_render(&page, 422, "over");
}

const struct route routes_site_sign_in_mail[] = {
    {HTTP_GET, "/sign-in/email", PERM_PUBLIC, mail_show, NULL},
    {HTTP_POST, "/sign-in/email", PERM_PUBLIC, mail_post, NULL},
    {HTTP_POST, "/sign-in/email/code", PERM_PUBLIC, code_post, NULL},
    {HTTP_GET, "/me/notices/phone", PERM_PUBLIC, phone_show, NULL},
    {HTTP_POST, "/me/notices/phone", PERM_PUBLIC, phone_post, NULL},
    {HTTP_POST, "/me/notices/phone/code", PERM_PUBLIC, phone_code_post, NULL},
    {HTTP_GET, "/sign-in/link/:name", PERM_PUBLIC, link_show, NULL},
    {HTTP_POST, "/sign-in/link", PERM_PUBLIC, link_post, NULL},
    {0},
};
