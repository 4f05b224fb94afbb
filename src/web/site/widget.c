/* SPDX-License-Identifier: Apache-2.0 */
/* What the brand's other sites load to show the chat, and how they say who is signed in there. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/house.h"
#include "care/people.h"
#include "care/widget.h"
#include "net/ratelimit.h"
#include "web/assets.h"
#include "web/site/frame.h"
#include "web/site/requests.h"

#define KEPT_SECONDS 300

/* ---- the script ---- */

/* What the button says before the frame is there, in every language. */
static struct json *words_json(struct arena *a)
{
    static const char *const names[] = {"open", "close", "unread", "one", "refused", "tab"};
    static const char *const keys[] = {"widget.open", "widget.close",   "widget.unread",
                                       "widget.one",  "widget.refused", "widget.tab"};
    struct json *all = json_object(a);
    for (size_t i = 0; i < locale_count(); i++) {
        struct json *words = json_object(a);
        for (size_t k = 0; k < COUNT_OF(keys); k++)
            json_set_str(a, words, names[k], locale_text(a, locale_at(i), str_from(keys[k]), NULL));
        json_put(a, all, locale_language(locale_at(i)), words);
    }
    return all;
}

/* The same for everybody: nothing of a visitor is looked at. */
static bool script_show(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct json *brand = json_object(a);
    struct str script = assets_bytes(STR("widget.js")), mark = STR("/*brand*/ {}");
    ptrdiff_t at = str_find(script, mark);
    if (at < 0)
        return fail(e, ERR_INTERNAL, "The script of the widget has no place for the brand.");
    json_set_str(a, brand, "title", v->brand.title);
    json_set_str(a, brand, "language", v->brand.language);
    json_set_int(a, brand, "hue", v->brand.hue >= 0 && v->brand.hue < 360 ? v->brand.hue : 182);
    json_set(a, brand, "words", words_json(a));
    struct str told = json_to_str(a, brand), rest = str_slice(script, (size_t)at + mark.len, script.len);
    struct str whole = str_format(a, "%.*s%.*s%.*s", (int)at, script.ptr, STR_ARGS(told), STR_ARGS(rest));
    struct str tag = str_format(a, "W/\"%016llx\"", (unsigned long long)hash64(whole));
    http_set_header(v->http, "ETag", tag);
    http_set_header(v->http, "Cache-Control",
                    str_format(a, "public, max-age=%d, stale-while-revalidate=86400", KEPT_SECONDS));
    http_set_header(v->http, "Access-Control-Allow-Origin", STR("*"));
    http_set_header(v->http, "Cross-Origin-Resource-Policy", STR("cross-origin"));
    http_set_header(v->http, "X-Content-Type-Options", STR("nosniff"));
    bool known = str_find(http_header(v->http, "If-None-Match"), tag) >= 0;
    http_respond(v->http, known ? 304 : 200, STR("text/javascript; charset=utf-8"), known ? STR_EMPTY : whole);
    return true;
}

/* ---- who is signed in there ---- */

struct identifying {
    struct site site;
    struct guest told, before;
    bool asks; /* whether somebody wrote here before they signed in */
};

static bool may_say(struct visit *v, struct error *e)
{
    struct ratelimit_verdict verdict = ratelimit_take(v->app->chats, v->http->client);
    if (verdict.allowed)
        return true;
    http_set_header(v->http, "Retry-After", str_format(v->arena, "%d", verdict.retry_seconds));
    return fail(e, ERR_RATE_LIMITED, "So much at once: please wait %d seconds.", verdict.retry_seconds);
}

static bool token_read(struct visit *v, struct guest *told, struct error *e)
{
    struct claims_rule rule;
    struct claims claims;
    struct error here = {0};
    const struct account *account = frame_account(v, &here);
    if (!account)
        return here.code == ERR_NONE ? fail(e, ERR_UNAUTHENTICATED, "This brand has no secret for its sites yet.")
                                     : fail(e, here.code, "%s", here.message);
    widget_rule(&account->settings, &v->brand, clock_now(), &rule);
    bool ok = claims_read(v->arena, str_trim(http_form(v->http, "token")), &rule, &claims, e);
    account_release(v->app->house, account);
    if (!ok)
        return false;
    *told = (struct guest){.external_id = str_concat(v->arena, STR(SIGNED_PREFIX), claims.subject),
                           .name = claims.name,
                           .email = claims.email,
                           .phone = claims.phone};
    if (claims.locale.len)
        v->view.locale = locale_find(claims.locale);
    return true;
}

static bool before_read(struct tx *tx, void *ctx, struct error *e)
{
    struct identifying *i = ctx;
    struct person before, now;
    if (!frame_before(tx, &i->site, &i->before, e))
        return false;
    if (guest_is_signed(&i->before))
        i->before = (struct guest){0};
    if (!guest_person(tx, i->site.v->arena, &i->before, &before, e) ||
        !guest_person(tx, i->site.v->arena, &i->site.guest, &now, e))
        return false;
    i->asks = before.id && before.id != now.id;
    return true;
}

static void guest_answer(struct identifying *i)
{
    struct visit *v = i->site.v;
    struct json *answer = json_object(v->arena);
    json_set_id(v->arena, answer, "guest", i->site.guest.id);
    json_set_str(v->arena, answer, "name", i->site.guest.name);
    json_set_id(v->arena, answer, "before", i->asks ? i->before.id : 0);
    view_headers(v->http);
    http_respond(v->http, 200, STR("application/json"), json_to_str(v->arena, answer));
}

static bool identify(struct visit *v, struct error *e)
{
    struct identifying i = {0};
    if (!http_form_ok(v->http, e) || !may_say(v, e) || !site_open(v, "chat", &i.site, e) ||
        !token_read(v, &i.told, e) || !site_signed(&i.site, &i.told, e) || !visit_read(v, before_read, &i, e))
        return false;
    guest_answer(&i);
    return true;
}

static bool mine_write(struct tx *tx, void *ctx, struct error *e)
{
    struct identifying *i = ctx;
    return guest_joins(tx, &i->before, &i->site.guest, e) && guest_delete(tx, i->before.brand_id, i->before.id, e);
}

/* They say that what was written here before is theirs. */
static bool mine(struct visit *v, struct error *e)
{
    struct identifying i = {0};
    if (!http_form_ok(v->http, e) || !may_say(v, e) || !site_open(v, "chat", &i.site, e))
        return false;
    if (!guest_is_signed(&i.site.guest))
        return fail(e, ERR_FORBIDDEN, "Nobody is signed in here.");
    if (!visit_read(v, before_read, &i, e) || (i.asks && !visit_write(v, mine_write, &i, e)))
        return false;
    frame_forget_cookie(&i.site);
    i.asks = false;
    guest_answer(&i);
    return true;
}

struct leaving {
    struct guest before;
    struct site *site;
};

static bool before_find(struct tx *tx, void *ctx, struct error *e)
{
    struct leaving *l = ctx;
    return frame_before(tx, l->site, &l->before, e);
}

static bool before_end(struct tx *tx, void *ctx, struct error *e)
{
    const struct leaving *l = ctx;
    return guest_delete(tx, l->before.brand_id, l->before.id, e);
}

/* Both of this browser: who was signed in, and who wrote before. The stories stay with their persons. */
static bool forget(struct visit *v, struct error *e)
{
    struct site site;
    struct leaving l = {.site = &site};
    if (!http_form_ok(v->http, e) || !may_say(v, e) || !site_open(v, "chat", &site, e) ||
        !visit_read(v, before_find, &l, e) || (l.before.id && !visit_write(v, before_end, &l, e)) ||
        !site_leave(&site, e))
        return false;
    view_headers(v->http);
    http_respond(v->http, 204, STR("text/plain"), STR_EMPTY);
    return true;
}

const struct route routes_site_widget[] = {
    {HTTP_GET, "/widget.js", PERM_PUBLIC, script_show, NULL},
    {HTTP_POST, "/widget/identify", PERM_PUBLIC, identify, NULL},
    {HTTP_POST, "/widget/mine", PERM_PUBLIC, mine, NULL},
    {HTTP_POST, "/widget/forget", PERM_PUBLIC, forget, NULL},
    {0},
};
