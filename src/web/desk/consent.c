/* SPDX-License-Identifier: Apache-2.0 */
/* Agreeing at the network: the administrator goes there with a sealed state, comes back with a code, and the code is
 * made into tokens, which are kept at once. */
#include "web/desk/consent.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/account.h"
#include "care/consent.h"
#include "care/house.h"
#include "net/client.h"
#include "web/gossip.h"

struct str consent_address(struct visit *v)
{
    struct str url = http_url(v->http);
    ptrdiff_t path = str_find(url, STR("/desk/channels"));
    return str_concat(v->arena, path > 0 ? str_slice(url, 0, (size_t)path) : url, STR("/desk/channels/consent"));
}

/* What follows may read for itself, and asks the network: no snapshot is kept open for it. */
static const struct account *account_of(struct visit *v, int64_t channel, struct error *e)
{
    visit_reading_end(v);
    const struct account *account = account_get(v->app->house, channel, e);
    if (account && account->row.brand_id == v->brand.id && account->channel->consent)
        return account;
    if (account)
        fail(e, ERR_NOT_FOUND, "There is no such channel here.");
    account_release(v->app->house, account);
    return NULL;
}

static bool consent_go(struct visit *v, struct error *e)
{
    const struct consent_way way = {v->brand.id, v->params[0], v->actor.agent_id};
    const struct account *account = account_of(v, way.channel, e);
    if (!account)
        return false;
    const struct consent consent = consent_begin(v->arena, v->app->house, &way, consent_address(v), clock_now());
    struct str url;
    bool ok = account->channel->consent(v->arena, &account->settings, &consent, &url, e);
    account_release(v->app->house, account);
    if (!ok)
        return false;
    http_set_header(v->http, "Cache-Control", STR("no-store"));
    http_redirect(v->http, 303, url);
    return true;
}

/* ---- back ---- */

struct coming {
    struct visit *v;
    struct consent_way way;
    struct pairs tokens;
    int seconds; /* they last */
};

static bool tokens_write(struct tx *tx, void *ctx, struct error *e)
{
    struct coming *c = ctx;
    return account_consented(tx, c->v->app->house, c->way.brand, c->way.channel, &c->tokens, c->seconds, c->way.agent,
                             e);
}

/* Makes tokens of the code. */
static bool tokens_ask(struct coming *c, const struct account *account, const struct consent *consent,
                       struct str code, struct error *e)
{
    struct arena *a = c->v->arena;
    struct http_call call = {0};
    struct http_reply reply = {0};
    struct outcome outcome = {0};
    if (!account->channel->consented(a, &account->settings, consent, code, &call, e))
        return false;
    client_call(c->v->app->client, a, &call, &reply);
    c->seconds = account->channel->renewed(a, &reply, &c->tokens, &outcome);
    if (c->seconds)
        return true;
    return fail(e, ERR_CONFLICT, "%s did not give access: %.*s", account->channel->label, STR_ARGS(outcome.words));
}

static bool tokens_take(struct coming *c, const struct consent *consent, struct str code, struct error *e)
{
    struct visit *v = c->v;
    const struct account *account = account_of(v, c->way.channel, e);
    if (!account)
        return false;
    bool ok = tokens_ask(c, account, consent, code, e) && visit_write(v, tokens_write, c, e);
    account_release(v->app->house, account);
    return ok;
}

/* The channel's page says what the network said instead of giving access: its settings may be mended there. */
static void tell_refused(struct visit *v, struct str words)
{
    struct json *values = json_object(v->arena);
    json_set_str(v->arena, values, "words",
                 text_clean(v->arena, str_slice(words, 0, words.len < 200 ? words.len : 200)));
    visit_toast(v, "toast.not_consented", values);
}

/* Somebody said no there, as RFC 6749 or LinkedIn words it: nothing is broken. */
static bool is_no(struct str error)
{
    return !error.len || str_eq(error, STR("access_denied")) || str_starts(error, STR("user_cancelled"));
}

static bool consent_back(struct visit *v, struct error *e)
{
    struct coming c = {.v = v, .way = {.brand = v->brand.id, .agent = v->actor.agent_id}};
    struct str code = http_query(v->http, "code"), refused = http_query(v->http, "error");
    struct consent consent;
    struct error why = {0};
    if (!consent_end(v->arena, v->app->house, http_query(v->http, "state"), &c.way, clock_now(), &consent, e))
        return false;
    if (!code.len && is_no(refused)) {
        visit_toast(v, "toast.declined", NULL);
    } else if (!code.len) {
        tell_refused(v, refused);
    } else if (tokens_take(&c, &consent, code, &why)) {
        account_forget(v->app->house, c.way.channel);
        gossip_account(v->app->gossip, c.way.channel);
        visit_wake_probe(v);
        visit_toast(v, "toast.consented", NULL);
    } else if (why.code == ERR_CONFLICT) {
        tell_refused(v, str_from(why.message));
    } else {
        return fail(e, why.code, "%s", why.message);
    }
    view_redirect(&v->view, v->http, str_format(v->arena, "/desk/channels/%lld", (long long)c.way.channel));
    return true;
}

const struct route routes_desk_consent[] = {
    {HTTP_GET, "/desk/channels/:id/consent", PERM_ADMIN, consent_go, NULL},
    {HTTP_GET, "/desk/channels/consent", PERM_ADMIN, consent_back, NULL},
    {0},
};
