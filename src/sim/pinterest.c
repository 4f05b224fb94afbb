/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Pinterest: pins of the brand with comments that the API only counts. Its calls are under
 * /pinterest/v5, the page of consent is /pinterest/oauth; it tells nothing by itself and takes nothing. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "sim/sim_driver.h"

#define PAGE_MAX 250

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str digits = sim_digits(sim->state, 15);

    (void)kind;
    (void)person;
    (void)root;
    return str_format(sim->state, "813%.*s", STR_ARGS(digits));
}

/* ---- refusals ---- */

static void problem(struct sim_call *c, int status, int code, const char *words)
{
    c->status = status;
    c->answer = json_object(c->a);
    json_set_int(c->a, c->answer, "code", code);
    json_set_str(c->a, c->answer, "message", str_from(words));
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    int seconds = (sim_fault_ms(c->sim, SIM_PINTEREST, SIM_FAULT_RATE, SIM_RATE_MS) + 999) / 1000;

    if (fault == SIM_FAULT_TOKEN) {
        problem(c, 401, 2, "Authentication failed.");
    } else if (fault == SIM_FAULT_PERMISSION) {
        problem(c, 403, 29, "You are not permitted to access that resource.");
    } else if (fault == SIM_FAULT_RATE) {
        http_set_header(c->req, "x-ratelimit-limit", STR("1000"));
        http_set_header(c->req, "x-ratelimit-remaining", STR("0"));
        http_set_header(c->req, "x-ratelimit-reset", str_format(c->a, "%d", seconds));
        problem(c, 429, 8, "You have exceeded your rate limit. Try again later.");
    } else {
        problem(c, 400, 1, detail != NULL ? detail : "Invalid request.");
    }
}

/* ---- pins ---- */

static bool is_pin(const struct sim_item *item)
{
    return item->network == SIM_PINTEREST && item->kind == SIM_POST && !item->deleted;
}

static int64_t comments_of(const struct sim *sim, const struct sim_item *pin)
{
    const struct sim_item *item;
    int64_t count = 0;

    for (item = sim->items; item != NULL; item = item->next)
        count += item->network == SIM_PINTEREST && item->kind == SIM_COMMENT && !item->deleted &&
                 str_eq(item->root, pin->id);
    return count;
}

static struct json *pin_json(struct sim_call *c, const struct sim_item *pin, bool metrics)
{
    struct json *one = json_object(c->a), *all = json_object(c->a), *life = json_object(c->a);

    json_set_str(c->a, one, "id", pin->id);
    json_set_time(c->a, one, "created_at", pin->at);
    json_set_str(c->a, one, "title", pin->text);
    json_set_str(c->a, one, "board_id", STR("813000000000000001"));
    json_set_bool(c->a, one, "is_owner", true);
    if (!metrics)
        return one;
    json_set_int(c->a, life, "impression", 120);
    json_set_int(c->a, life, "comment", comments_of(c->sim, pin));
    json_set(c->a, all, "lifetime_metrics", life);
    json_set(c->a, one, "pin_metrics", all);
    return one;
}

/* The newest first; the bookmark is how many were shown. */
static void list_pins(struct sim_call *c)
{
    bool metrics = str_eq(sim_param(c, "pin_metrics"), STR("true"));
    struct json *list = json_array(c->a);
    const struct sim_item *item;
    int64_t size = 25, from = 0, count = 0, at = 0;

    (void)!str_int64(sim_param(c, "page_size"), &size);
    (void)!str_int64(sim_param(c, "bookmark"), &from);
    if (size < 1 || size > PAGE_MAX) {
        refuse(c, SIM_FAULT_CONTENT, "Invalid page_size.");
        return;
    }
    for (item = c->sim->items; item != NULL; item = item->next)
        count += is_pin(item);
    for (item = c->sim->items; item != NULL; item = item->next) { /* kept in the order they came: the oldest first */
        if (!is_pin(item))
            continue;
        at++;
        if (count - at >= from && count - at < from + size)
            json_push(c->a, list, pin_json(c, item, metrics));
    }
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "items", list);
    if (from + size < count)
        json_set_str(c->a, c->answer, "bookmark", str_format(c->a, "%lld", (long long)from + size));
    else
        json_set(c->a, c->answer, "bookmark", json_new_null(c->a));
}

static void tell_pin(struct sim_call *c, struct str id)
{
    const struct sim_item *item = sim_item_find(c->sim, SIM_PINTEREST, id);

    if (item == NULL || !is_pin(item))
        problem(c, 404, 50, "Pin not found.");
    else
        c->answer = pin_json(c, item, str_eq(sim_param(c, "pin_metrics"), STR("true")));
}

static void tell_account(struct sim_call *c)
{
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "account_type", STR("BUSINESS"));
    json_set_str(c->a, c->answer, "id", str_from(c->sim->lines[SIM_PINTEREST].account.account_id));
    json_set_str(c->a, c->answer, "username", str_from(c->sim->config.handle));
    json_set_str(c->a, c->answer, "business_name", str_from(c->sim->config.brand));
}

/* ---- access ---- */

static bool on_token(const struct sim_call *c)
{
    return c->count == 3 && str_eq(c->parts[1], STR("oauth")) && str_eq(c->parts[2], STR("token"));
}

static bool on_consent_page(const struct sim_call *c)
{
    return c->count == 1 && str_eq(c->parts[0], STR("oauth")) && c->req->method == HTTP_GET;
}

static bool token_ok(struct sim_call *c, struct str token)
{
    if (on_token(c))
        return str_starts(http_header(c->req, "authorization"), STR("Basic "));
    return on_consent_page(c) || sim_consent_token_ok(c, token);
}

/* A refresh token is good for sixty days, and renewed for as long with the access. */
static void give_tokens(struct sim_call *c)
{
    if (!sim_consent_grant(c, 2592000, "boards:read pins:read user_accounts:read")) {
        problem(c, 401, 2, "Authentication failed.");
        return;
    }
    json_set_str(c->a, c->answer, "response_type", sim_param(c, "grant_type"));
    json_set_int(c->a, c->answer, "refresh_token_expires_in", 5184000);
    json_set_int(c->a, c->answer, "refresh_token_expires_at", sim_now(c->sim) / SECOND_US + 5184000);
}

/* ---- routing ---- */

static bool sends(struct sim_call *c)
{
    (void)c;
    return false; /* there is nothing that could be */
}

static void serve(struct sim_call *c)
{
    bool get = c->req->method == HTTP_GET, v5 = c->count > 1 && str_eq(c->parts[0], STR("v5"));
    struct str what = c->count > 1 ? c->parts[1] : STR_EMPTY;

    if (v5 && !get && on_token(c))
        give_tokens(c);
    else if (on_consent_page(c))
        sim_consent_page(c);
    else if (v5 && get && c->count == 2 && str_eq(what, STR("pins")))
        list_pins(c);
    else if (v5 && get && c->count == 3 && str_eq(what, STR("pins")))
        tell_pin(c, c->parts[2]);
    else if (v5 && get && c->count == 2 && str_eq(what, STR("user_account")))
        tell_account(c);
    else
        problem(c, 404, 7, "API method not found.");
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "pinterest",
     .label = {"Pinterest", "Pinterest"},
     .advice = {"Commenta un pin: la scrivania sa solo quanti commenti ci sono, e lì nessuno può rispondere.",
                "Comment on a pin: the desk only learns how many comments there are, and nobody can answer there."},
     .no_edit = true},
    {0},
};
static const struct sim_seed_post posts[] = {
    {"Cinque modi di dire addio al cavo", 40}, {"La lampada che si ricarica al sole", 12}, {0}};
static const char *const more[] = {
    "client_id", "1479000", "client_secret", "simulated-pinterest-secret", "consent_base", SIM_OWN_BASE, NULL};

const struct sim_driver sim_pinterest = {
    .name = "pinterest",
    .base = "/pinterest",
    .account = {"813562899937424801", "simulated-pinterest-token", NULL, NULL, NULL},
    .named = {NULL, "access_token", NULL, NULL, NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .new_id = new_id,
    .lacks = "window blocked gone content",
    .acts = "comment delete",
    .counted = true,
    .post = SIM_POST,
    .comment = SIM_COMMENT,
    .levels = 1,
    .token_ok = token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
