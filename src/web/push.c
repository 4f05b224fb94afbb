/* SPDX-License-Identifier: Apache-2.0 */
#include "web/push.h"

#include "base/arena.h"
#include "base/json.h"
#include "care/push.h"
#include "web/router.h"
#include "web/site/help.h"

struct telling {
    struct visit *v;
    struct push_wish wish;
    struct str open;
};

static bool done(struct visit *v)
{
    view_headers(v->http);
    http_respond(v->http, 204, STR("text/plain"), STR_EMPTY);
    return true;
}

static bool key_read(struct tx *tx, void *ctx, struct error *e)
{
    struct telling *asking = ctx;
    struct push_key key;
    if (!push_key_get(tx, asking->v->arena, asking->v->brand.id, &key, e))
        return false;
    asking->open = key.open;
    return true;
}

static bool key_write(struct tx *tx, void *ctx, struct error *e)
{
    struct telling *asking = ctx;
    struct str open;
    if (!push_brand_key(tx, asking->v->app->house, asking->v->brand.id, &open, e))
        return false;
    asking->open = str_dup(asking->v->arena, open);
    return true;
}

bool push_key_show(struct visit *v, struct error *e)
{
    struct telling asking = {.v = v};
    struct json *answer = json_object(v->arena);
    struct error here = {0};
    if (!visit_read(v, key_read, &asking, &here) && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (here.code == ERR_NOT_FOUND && !visit_write(v, key_write, &asking, e))
        return false;
    json_set_str(v->arena, answer, "key", asking.open);
    view_headers(v->http);
    http_respond(v->http, 200, STR("application/json"), json_to_str(v->arena, answer));
    return true;
}

static bool on_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct telling *asking = ctx;
    return push_switch_on(tx, asking->v->app->house, &asking->wish, e);
}

bool push_on(struct visit *v, int64_t guest, int64_t agent, struct error *e)
{
    const struct locale *locale = v->view.locale;
    struct str accepted = http_header(v->http, "accept-language");
    if (!locale)
        locale = locale_find(accepted.len ? accepted : v->brand.language);
    struct telling asking = {.v = v,
                             .wish = {.brand = v->brand.id,
                                      .guest = guest,
                                      .agent = agent,
                                      .endpoint = http_form(v->http, "endpoint"),
                                      .key = http_form(v->http, "key"),
                                      .auth = http_form(v->http, "auth"),
                                      .session = agent ? v->csrf : STR_EMPTY,
                                      .site = help_origin(v),
                                      .language = locale_language(locale),
                                      .words = str_eq(http_form(v->http, "words"), STR("1"))}};
    return visit_write(v, on_write, &asking, e) && done(v);
}

static bool off_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct telling *asking = ctx;
    return push_switch_off(tx, asking->wish.brand, asking->wish.guest, asking->wish.agent, asking->wish.endpoint, e);
}

bool push_off(struct visit *v, int64_t guest, int64_t agent, struct error *e)
{
    struct telling asking = {.wish = {.brand = v->brand.id, .guest = guest, .agent = agent}};
    asking.wish.endpoint = http_form(v->http, "endpoint");
    return visit_write(v, off_write, &asking, e) && done(v);
}

static bool test_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct telling *asking = ctx;
    return push_try(tx, asking->wish.brand, asking->wish.guest, asking->wish.agent, e);
}

bool push_test(struct visit *v, int64_t guest, int64_t agent, struct error *e)
{
    struct telling asking = {.wish = {.brand = v->brand.id, .guest = guest, .agent = agent}};
    return visit_write(v, test_write, &asking, e) && done(v);
}
