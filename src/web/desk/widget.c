/* SPDX-License-Identifier: Apache-2.0 */
/* The chat on the brand's other sites: the line to put into their pages, which sites may show it, and the secret with
 * which they sign who a customer is (shown once). */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/house.h"
#include "care/widget.h"
#include "web/desk/page.h"
#include "web/gossip.h"
#include "web/session.h"

struct widget_page {
    struct visit *v;
    const struct account *account; /* NULL: nobody wrote on the care site yet */
    int64_t channel;
    struct str secret, origins, wrong;
    bool posted;
    int64_t old_for;
};

static const struct {
    const char *value, *key;
    int64_t us;
} lasts[] = {{"0", "widget.old_now", 0},
             {"1", "widget.old_hour", HOUR_US},
             {"24", "widget.old_day", DAY_US},
             {"168", "widget.old_week", 7 * DAY_US}};

static bool account_make(struct tx *tx, void *ctx, struct error *e)
{
    struct widget_page *page = ctx;
    return account_home(tx, page->v->app->house, page->v->brand.id, &page->channel, e);
}

/* The care site's account is there before anybody writes: it has the settings. */
static bool page_open(struct visit *v, struct widget_page *page, struct error *e)
{
    *page = (struct widget_page){.v = v};
    v->view.section = STR("admin");
    if (!visit_write(v, account_make, page, e))
        return false;
    page->account = account_get(v->app->house, page->channel, e);
    return page->account != NULL;
}

static struct str address_of(struct visit *v)
{
    struct str host = v->app->public_url;
    if (host.len == 0)
        host = str_format(v->arena, "%s://%.*s", visit_is_https(v) ? "https" : "http",
                          STR_ARGS(http_header(v->http, "host")));
    return str_concat(v->arena, host, v->view.base);
}

static struct str by_lines(struct arena *a, struct str origins)
{
    char *out = arena_copy(a, origins.ptr, origins.len);
    for (size_t i = 0; i < origins.len; i++)
        if (out[i] == ' ')
            out[i] = '\n';
    return (struct str){out, origins.len};
}

static int64_t seconds_of(const struct settings *settings, const char *name)
{
    int64_t seconds;
    return str_int64(settings_get(settings, name), &seconds) ? seconds * SECOND_US : 0;
}

static void page_render(struct widget_page *page)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    const struct settings *settings = &page->account->settings;
    struct json *model = json_object(a), *values = json_object(a), *choices = json_array(a);
    struct json *errors = json_new_null(a);
    int64_t old = seconds_of(settings, "widget_before_until");
    if (page->wrong.len)
        form_wrong(a, &errors, "origins", "wrong.address");
    for (size_t i = 0; i < COUNT_OF(lasts); i++)
        json_push(a, choices, choice_json(a, str_from(lasts[i].value), lasts[i].key, lasts[i].us == DAY_US));
    json_set_str(a, values, "origins", page->posted ? page->origins : by_lines(a, widget_origins(settings)));
    json_set_str(a, model, "address", address_of(v));
    json_set_str(a, model, "audience", v->brand.name);
    json_set(a, model, "values", values);
    json_set(a, model, "errors", errors);
    json_set_str(a, model, "wrong", page->wrong);
    json_set_bool(a, model, "shown", widget_origins(settings).len > 0);
    json_set_str(a, model, "secret", page->secret);
    json_set_bool(a, model, "has_secret", settings_get(settings, "widget_secret").len > 0);
    json_set_time(a, model, "since", seconds_of(settings, "widget_since"));
    json_set_time(a, model, "old_until", old > v->view.now ? old : 0);
    json_set(a, model, "choices", choices);
    view_render_status(&v->view, v->http, page->wrong.len ? 422 : 200, "widget", model);
}

static bool widget_show(struct visit *v, struct error *e)
{
    struct widget_page page;
    struct house *house = v->app->house; /* the visit is gone when it has been answered */
    if (!page_open(v, &page, e))
        return false;
    page_render(&page);
    account_release(house, page.account);
    return true;
}

static void account_changed(struct widget_page *page)
{
    account_forget(page->v->app->house, page->channel);
    gossip_account(page->v->app->gossip, page->channel);
}

static bool origins_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct widget_page *page = ctx;
    return widget_allow(tx, page->v->app->house, page->account, page->origins, page->v->actor.agent_id, e);
}

static bool origins_save(struct widget_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct str typed = text_clean(v->arena, http_form(v->http, "origins"));
    if (!origins_read(v->arena, typed, &page->origins, &page->wrong)) {
        page->origins = typed;
        page->posted = true;
        page_render(page);
        return true;
    }
    if (!visit_write(v, origins_write, page, e))
        return false;
    account_changed(page);
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/widget"));
    return true;
}

static bool secret_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct widget_page *page = ctx;
    return widget_renew(tx, page->v->app->house, page->account, page->secret, page->old_for, page->v->actor.agent_id,
                        e);
}

/* Answers with the page: the secret stands on it this once. */
static bool secret_renew(struct widget_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct str chosen = http_form(v->http, "old");
    page->secret = random_token(v->arena, WIDGET_SECRET_BYTES);
    for (size_t i = 0; i < COUNT_OF(lasts); i++)
        if (str_eq(chosen, str_from(lasts[i].value)))
            page->old_for = lasts[i].us;
    if (!visit_write(v, secret_write, page, e))
        return false;
    account_changed(page);
    const struct account *now = account_get(v->app->house, page->channel, e);
    if (!now)
        return false;
    account_release(v->app->house, page->account);
    page->account = now;
    page_render(page);
    return true;
}

static bool change(struct visit *v, bool (*save)(struct widget_page *page, struct error *e), struct error *e)
{
    struct widget_page page;
    struct house *house = v->app->house;
    if (!http_form_ok(v->http, e) || !page_open(v, &page, e))
        return false;
    bool ok = save(&page, e);
    account_release(house, page.account);
    return ok;
}

static bool widget_origins_post(struct visit *v, struct error *e)
{
    return change(v, origins_save, e);
}

static bool widget_secret_post(struct visit *v, struct error *e)
{
    return change(v, secret_renew, e);
}

const struct route routes_desk_widget[] = {
    {HTTP_GET, "/desk/widget", PERM_ADMIN, widget_show, NULL},
    {HTTP_POST, "/desk/widget", PERM_ADMIN, widget_origins_post, NULL},
    {HTTP_POST, "/desk/widget/secret", PERM_ADMIN, widget_secret_post, NULL},
    {0},
};
