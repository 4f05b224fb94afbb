/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in without a password: the page shows a short code, the person writes it to us from an account of theirs
 * on a network, and everything they have with the brand there stands in this browser. Where nobody is known by that
 * account the page says the same. */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/guests.h"
#include "care/letters.h"
#include "care/proofs.h"
#include "net/ratelimit.h"
#include "store/channel.h"
#include "store/person.h"
#include "web/forms.h"
#include "web/session.h"
#include "web/site/sign_in.h"

#define ON STR("on")

struct sign_in {
    struct site site;
    struct str code;
    enum proof_state state;
    struct str address; /* as typed, where it is none */
    struct json *errors;
    struct json *model;
};

static bool ways_read(struct tx *tx, void *ctx, struct error *e)
{
    struct sign_in *page = ctx;
    struct arena *a = page->site.v->arena;
    int64_t sender;
    struct channel_row *rows;
    struct person person;
    size_t count;
    struct json *ways = json_array(a);
    if (!channel_row_list(tx, a, page->site.v->brand.id, false, &rows, &count, e) ||
        !guest_person(tx, a, &page->site.guest, &person, e) || !letter_sender(tx, page->site.v->brand.id, &sender, e))
        return false;
    json_set_bool(a, page->model, "mail", sender != 0);
    for (size_t i = 0; i < count; i++) {
        const struct channel *channel = channel_find(rows[i].network);
        if (!channel || !proof_on(channel) || !str_eq(rows[i].state, ON))
            continue;
        struct json *way = json_object(a);
        json_set_str(a, way, "network", str_from(channel->label));
        json_set_str(a, way, "icon", str_from(channel->icon));
        json_set_str(a, way, "account", rows[i].name);
        json_push(a, ways, way);
    }
    json_set(a, page->model, "ways", ways);
    json_set(a, page->model, "signed_in",
             page->site.guest.proved_at ? json_new_str(a, person.name) : json_new_null(a));
    return true;
}

/* code: empty where none was asked for yet; state: a key of what became of it, or NULL. */
static bool sign_in_render(struct sign_in *page, const char *state, struct error *e)
{
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    page->model = json_object(a);
    if (!visit_read(v, ways_read, page, e))
        return false;
    json_set_str(a, page->model, "code", page->code);
    json_set(a, page->model, "state", state ? json_new_str(a, str_from(state)) : json_new_null(a));
    json_set_str(a, page->model, "address", page->address);
    json_set(a, page->model, "errors", page->errors ? page->errors : json_new_null(a));
    site_render_status(&page->site, page->errors ? 422 : 200, "sign-in", page->model);
    return true;
}

bool sign_in_again(struct site *site, struct str address, struct error *e)
{
    struct sign_in page = {.site = *site, .address = address};
    form_wrong(site->v->arena, &page.errors, "address", "wrong.address");
    return sign_in_render(&page, NULL, e);
}

static bool sign_in_show(struct visit *v, struct error *e)
{
    struct sign_in page = {0};
    return site_open(v, "requests", &page.site, e) && sign_in_render(&page, NULL, e);
}

static bool code_begin(struct tx *tx, void *ctx, struct error *e)
{
    const struct sign_in *page = ctx;
    return proof_begin(tx, page->site.v->app->house, &page->site.guest, page->code, e);
}

bool sign_in_may_try(struct visit *v, struct error *e)
{
    struct str key = str_concat(v->arena, STR("guest|"), v->http->client);
    struct ratelimit_verdict verdict = ratelimit_take(v->app->sign_ins, key);
    if (verdict.allowed)
        return true;
    http_set_header(v->http, "Retry-After", str_format(v->arena, "%d", verdict.retry_seconds));
    return fail(e, ERR_RATE_LIMITED, "So many codes at once: please wait %d seconds.", verdict.retry_seconds);
}

static bool code_post(struct visit *v, struct error *e)
{
    struct sign_in page = {0};
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) || !sign_in_may_try(v, e) ||
        !site_may_write(&page.site, e) || !site_guest(&page.site, STR_EMPTY, e))
        return false;
    page.code = proof_code_new(v->arena);
    return visit_write(v, code_begin, &page, e) && sign_in_render(&page, NULL, e);
}

static bool code_look(struct tx *tx, void *ctx, struct error *e)
{
    struct sign_in *page = ctx;
    return proof_look(tx, page->site.v->app->house, &page->site.guest, page->code, &page->state, e);
}

static bool done_post(struct visit *v, struct error *e)
{
    struct sign_in page = {0};
    struct str code = http_form(v->http, "code");
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e))
        return false;
    if (!proof_code_of(v->arena, code, &page.code))
        page.code = STR_EMPTY;
    if (!visit_read(v, code_look, &page, e))
        return false;
    if (page.state == PROOF_DONE) /* another cookie: one known before the proof opens nothing after it */
        return site_renew(&page.site, e) && (view_redirect(&v->view, v->http, STR("/requests")), true);
    bool open = page.state == PROOF_OPEN;
    page.code = open ? page.code : STR_EMPTY;
    return sign_in_render(&page, open ? "open" : "over", e);
}

static bool sign_out(struct visit *v, struct error *e)
{
    struct site site;
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &site, e) || !site_leave(&site, e))
        return false;
    view_redirect(&v->view, v->http, STR("/"));
    return true;
}

const struct route routes_site_sign_in[] = {
    {HTTP_GET, "/sign-in", PERM_PUBLIC, sign_in_show, NULL},
    {HTTP_POST, "/sign-in", PERM_PUBLIC, code_post, NULL},
    {HTTP_POST, "/sign-in/done", PERM_PUBLIC, done_post, NULL},
    {HTTP_POST, "/sign-out", PERM_PUBLIC, sign_out, NULL},
    {0},
};
