/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Mastodon: an account of the brand on one server and people on another, spoken to by the client API.
 * It tells nobody anything by itself: it is asked. People may use clients of their own with their own tokens. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/url.h"
#include "sim/sim_mastodon.h"

#define LIMIT         300
#define OOB           "urn:ietf:wg:oauth:2.0:oob"
#define VERSION       "4.3.8"
#define CLIENT_ID     "simulated-mastodon-client"
#define CLIENT_SECRET "simulated-mastodon-secret"

/* ---- who calls ---- */

static bool is_path(const struct sim_call *c, const char *version, const char *what, size_t count)
{
    return c->count == count && str_eq(c->parts[0], STR("api")) && str_eq(c->parts[1], str_from(version)) &&
           str_eq(c->parts[2], str_from(what));
}

static bool is_open(const struct sim_call *c)
{
    return (c->count > 0 && str_eq(c->parts[0], STR("oauth"))) || is_path(c, "v1", "apps", 3) ||
           is_path(c, "v1", "instance", 3) || is_path(c, "v2", "instance", 3);
}

struct mastodon_caller sim_mastodon_caller(struct sim_call *c)
{
    struct str token = sim_bearer(c), key;
    struct mastodon_caller caller = {.brand = sim_token_ok(c, token)};

    if (!caller.brand && str_starts(token, STR(MASTODON_PERSON_TOKEN))) {
        key = str_slice(token, sizeof MASTODON_PERSON_TOKEN - 1, token.len);
        caller.person = sim_person_find(c->sim, key);
    }
    return caller;
}

static bool token_ok(struct sim_call *c, struct str token)
{
    (void)token;
    return is_open(c) || sim_mastodon_caller(c).brand || sim_mastodon_caller(c).person != NULL;
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && is_path(c, "v1", "statuses", 3) && sim_mastodon_caller(c).brand;
}

/* ---- refusals ---- */

void sim_mastodon_problem(struct sim_call *c, int status, const char *words)
{
    c->status = status;
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "error", str_from(words));
}

void sim_mastodon_not_found(struct sim_call *c)
{
    sim_mastodon_problem(c, 404, "Record not found");
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        sim_mastodon_problem(c, 401, detail != NULL ? "The access token is invalid" : "The access token was revoked");
    else if (fault == SIM_FAULT_PERMISSION)
        sim_mastodon_problem(c, 403, "This action is outside the authorized scopes");
    else if (fault == SIM_FAULT_RATE)
        sim_mastodon_problem(c, 429, "Too many requests");
    else if (fault == SIM_FAULT_GONE)
        sim_mastodon_not_found(c);
    else
        sim_mastodon_problem(c, 422, "Validation failed: Text is not allowed here");
    c->limited = fault == SIM_FAULT_RATE;
}

static void headers(struct sim_call *c)
{
    int ms = sim_fault_ms(c->sim, SIM_MASTODON, SIM_FAULT_RATE, SIM_RATE_MS);
    int64_t reset = clock_now() + (c->limited ? (int64_t)ms * 1000 : 5 * MINUTE_US);

    http_set_header(c->req, "X-RateLimit-Limit", str_format(c->a, "%d", LIMIT));
    http_set_header(c->req, "X-RateLimit-Remaining", c->limited ? STR("0") : str_format(c->a, "%d", LIMIT - 1));
    http_set_header(c->req, "X-RateLimit-Reset", clock_iso(c->a, reset));
}

/* ---- access: applications, the page on which one agrees, tokens ---- */

static void register_app(struct sim_call *c)
{
    struct json *uris = json_array(c->a);
    struct str uri = sim_param(c, "redirect_uris");

    c->answer = json_object(c->a);
    json_push(c->a, uris, json_new_str(c->a, uri));
    json_set_str(c->a, c->answer, "id", STR("718"));
    json_set_str(c->a, c->answer, "name", sim_param(c, "client_name"));
    json_set(c->a, c->answer, "website", json_new_null(c->a));
    json_set(c->a, c->answer, "scopes", json_array(c->a));
    json_set_str(c->a, c->answer, "redirect_uri", uri);
    json_set(c->a, c->answer, "redirect_uris", uris);
    json_set_str(c->a, c->answer, "vapid_key", STR("simulated"));
    json_set_str(c->a, c->answer, "client_id", STR(CLIENT_ID));
    json_set_str(c->a, c->answer, "client_secret", STR(CLIENT_SECRET));
}

/* Where there is no way back the code is shown, to be copied: the brand's administrator agrees without being asked.
 */
static void agree(struct sim_call *c)
{
    if (!str_eq(http_query(c->req, "redirect_uri"), STR(OOB))) {
        sim_consent_page(c);
        return;
    }
    c->type = STR("text/plain; charset=utf-8");
    c->raw = sim_consent_code(c);
}

/* A new token of the brand for the code of the page; a person's for their name and any password. */
static void give_token(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[SIM_MASTODON];
    struct str grant = sim_param(c, "grant_type"), token = STR_EMPTY;
    struct sim_person *person = sim_person_find(c->sim, sim_param(c, "username"));

    if (str_eq(grant, STR("password")) && person != NULL) {
        token = str_format(c->a, MASTODON_PERSON_TOKEN "%.*s", STR_ARGS(person->key));
    } else if (str_eq(grant, STR("authorization_code")) && sim_consent_grant(c, 0, "")) {
        token = line->refreshed_token;
        line->account.access_token = arena_copy(c->sim->house, token.ptr, token.len);
    }
    c->answer = json_object(c->a);
    if (token.len == 0) {
        c->status = 400;
        json_set_str(c->a, c->answer, "error", STR("invalid_grant"));
        json_set_str(c->a, c->answer, "error_description",
                     STR("The provided authorization grant is invalid, expired, revoked."));
        return;
    }
    json_set_str(c->a, c->answer, "access_token", token);
    json_set_str(c->a, c->answer, "token_type", STR("Bearer"));
    json_set_str(c->a, c->answer, "scope", sim_param(c, "scope"));
    json_set_int(c->a, c->answer, "created_at", sim_now(c->sim) / SECOND_US);
}

static void revoke(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[SIM_MASTODON];
    struct str none;

    if (sim_token_ok(c, sim_param(c, "token"))) {
        none = random_token(c->sim->house, 24);
        line->account.access_token = arena_copy(c->sim->house, none.ptr, none.len);
    }
    c->answer = json_object(c->a);
}

static void serve_access(struct sim_call *c)
{
    struct str what = c->count > 1 ? c->parts[1] : STR_EMPTY;

    if (str_eq(what, STR("authorize")))
        agree(c);
    else if (str_eq(what, STR("token")))
        give_token(c);
    else if (str_eq(what, STR("revoke")))
        revoke(c);
    else
        sim_mastodon_not_found(c);
}

/* ---- accounts ---- */

static void tell_instance(struct sim_call *c)
{
    struct json *posts = json_object(c->a), *all = json_object(c->a);

    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "uri", STR(MASTODON_BRAND_HOST));
    json_set_str(c->a, c->answer, "domain", STR(MASTODON_BRAND_HOST));
    json_set_str(c->a, c->answer, "title", STR("Simulated"));
    json_set_str(c->a, c->answer, "version", STR(VERSION));
    json_set_int(c->a, posts, "max_characters", MASTODON_TEXT_MAX);
    json_set_int(c->a, posts, "max_media_attachments", 4);
    json_set_int(c->a, posts, "characters_reserved_per_url", MASTODON_URL_COUNTS);
    json_set(c->a, all, "statuses", posts);
    json_set(c->a, c->answer, "configuration", all);
}

static bool is_account(struct sim_call *c, const struct sim_person *person, struct str name)
{
    struct str acct = sim_mastodon_acct(c, person);

    if (name.len > 0 && name.ptr[0] == '@')
        name = str_slice(name, 1, name.len);
    return str_eq_nocase(name, acct) || str_eq(name, sim_mastodon_account_id(c->sim, person));
}

/* By id or by what it is called; *found tells the brand (NULL) from nobody (NULL). */
static struct sim_person *account_of(struct sim_call *c, struct str name, bool *found)
{
    struct sim_person *person = c->sim->people;

    *found = is_account(c, NULL, name);
    if (*found)
        return NULL;
    while (person != NULL && !is_account(c, person, name))
        person = person->next;
    *found = person != NULL;
    return person;
}

static void tell_own_account(struct sim_call *c)
{
    struct json *source = json_object(c->a), *role = json_object(c->a);

    c->answer = sim_mastodon_account(c, sim_mastodon_caller(c).person);
    json_set_str(c->a, source, "privacy", STR("public"));
    json_set_bool(c->a, source, "sensitive", false);
    json_set_str(c->a, source, "note", STR_EMPTY);
    json_set(c->a, source, "fields", json_array(c->a));
    json_set_int(c->a, source, "follow_requests_count", 0);
    json_set_bool(c->a, source, "indexable", false);
    json_set_str(c->a, role, "id", STR("-99"));
    json_set_str(c->a, role, "name", STR_EMPTY);
    json_set_str(c->a, role, "permissions", STR("0"));
    json_set_str(c->a, role, "color", STR_EMPTY);
    json_set_bool(c->a, role, "highlighted", false);
    json_set(c->a, c->answer, "source", source);
    json_set(c->a, c->answer, "role", role);
}

/* People block the brand; the rest of what one can do to an account is taken and changes nothing. */
static void relate(struct sim_call *c, const struct sim_person *person)
{
    struct mastodon_caller caller = sim_mastodon_caller(c);
    bool blocks = str_eq(c->parts[4], STR("block")), unblocks = str_eq(c->parts[4], STR("unblock"));

    if (caller.person != NULL && person == NULL && (blocks || unblocks)) {
        caller.person->blocked[SIM_MASTODON] = blocks;
        sim_changed(c->sim);
    }
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "id", sim_mastodon_account_id(c->sim, person));
    json_set_bool(c->a, c->answer, "blocking", caller.person != NULL && caller.person->blocked[SIM_MASTODON]);
}

static void serve_accounts(struct sim_call *c)
{
    bool lookup = str_eq(c->parts[3], STR("lookup")), found;
    struct sim_person *person;
    struct str id;

    if (str_eq(c->parts[3], STR("verify_credentials"))) {
        tell_own_account(c);
        return;
    }
    person = account_of(c, lookup ? http_query(c->req, "acct") : c->parts[3], &found);
    id = sim_mastodon_account_id(c->sim, person);
    if (!found)
        sim_mastodon_not_found(c);
    else if (c->count == 5 && str_eq(c->parts[4], STR("statuses")))
        sim_mastodon_statuses(c, &id);
    else if (c->count == 5 && c->req->method == HTTP_POST)
        relate(c, person);
    else
        c->answer = sim_mastodon_account(c, person);
}

static void search(struct sim_call *c)
{
    struct json *accounts = json_array(c->a);
    bool found;
    struct sim_person *person = account_of(c, http_query(c->req, "q"), &found);

    if (found)
        json_push(c->a, accounts, sim_mastodon_account(c, person));
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "accounts", accounts);
    json_set(c->a, c->answer, "statuses", json_array(c->a));
    json_set(c->a, c->answer, "hashtags", json_array(c->a));
}

/* ---- routing ---- */

static void serve_status(struct sim_call *c)
{
    struct sim_item *item = sim_mastodon_item(c, c->parts[3]);

    if (item == NULL)
        sim_mastodon_not_found(c);
    else if (c->count == 5 && str_eq(c->parts[4], STR("context")))
        sim_mastodon_context(c, item);
    else if (c->count == 4 && c->req->method == HTTP_PUT)
        sim_mastodon_edit(c, item);
    else if (c->count == 4 && c->req->method == HTTP_DELETE)
        sim_mastodon_delete(c, item);
    else if (c->count == 4)
        c->answer = sim_mastodon_status(c, item);
    else
        sim_mastodon_not_found(c);
}

static void serve(struct sim_call *c)
{
    struct str area = c->count > 2 && str_eq(c->parts[0], STR("api")) ? c->parts[2] : STR_EMPTY;
    bool post = c->req->method == HTTP_POST;

    if (c->count > 0 && str_eq(c->parts[0], STR("oauth")))
        serve_access(c);
    else if (str_eq(area, STR("apps")))
        register_app(c);
    else if (str_eq(area, STR("instance")))
        tell_instance(c);
    else if (str_eq(area, STR("accounts")) && c->count >= 4)
        serve_accounts(c);
    else if (str_eq(area, STR("search")))
        search(c);
    else if (str_eq(area, STR("statuses")) && c->count == 3 && post)
        sim_mastodon_post(c);
    else if (str_eq(area, STR("statuses")) && c->count >= 4)
        serve_status(c);
    else if (str_eq(area, STR("media")))
        sim_mastodon_media_call(c);
    else if (str_eq(area, STR("notifications")) && !post)
        sim_mastodon_notifications(c);
    else if (str_eq(area, STR("conversations")) && !post)
        sim_mastodon_conversations(c);
    else if (str_eq(area, STR("timelines")))
        sim_mastodon_statuses(c, NULL);
    else
        sim_mastodon_not_found(c);
}

/* ---- the network ---- */

/* As Mastodon makes them: milliseconds and sixteen bits, growing, above 2^53. */
struct str sim_mastodon_new_id(struct sim *sim)
{
    int64_t id = sim_now(sim) / 1000 * 65536, before = 0;
    const struct sim_item *item;

    for (item = sim->items; item != NULL; item = item->next)
        if (item->network == SIM_MASTODON && str_int64(item->id, &before) && before >= id)
            id = before + 1;
    return str_format(sim->state, "%lld", (long long)id);
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    (void)kind;
    (void)person;
    (void)root;
    return sim_mastodon_new_id(sim);
}

static struct str new_media(struct sim *sim)
{
    return sim_digits(sim->state, 18);
}

static struct str new_person(struct sim *sim, struct arena *a)
{
    struct str digits = sim_digits(a, 15);

    (void)sim;
    return str_format(a, "109%.*s", STR_ARGS(digits));
}

static const struct sim_place places[] = {
    {.name = "mastodon",
     .label = {"Mastodon, pubblico", "Mastodon, public"},
     .advice = {"Nomina {} in un post, rispondile, poi correggi o cancella: la scrivania se ne accorge al giro dopo.",
                "Name {} in a post, answer it, then correct or delete it: the desk notices on its next round."},
     .by_handle = true},
    {.name = "mastodon-direct",
     .icon = "mastodon",
     .label = {"Mastodon, privato", "Mastodon, private"},
     .advice = {"Scrivi a {} in privato: la risposta resta privata.",
                "Write to {} in private: the answer stays private."},
     .private = true,
     .by_handle = true},
    {0},
};
static const struct sim_seed_post posts[] = {
    {"Da oggi rispondiamo anche qui: scriveteci, in pubblico o in privato.", 3},
    {0},
};
static const struct sim_past_door doors[] = {{"public", "comment"}, {"direct", "message"}, {0}};
static const char *const more[] = {"client_id", CLIENT_ID, "client_secret", CLIENT_SECRET, NULL};

const struct sim_driver sim_mastodon = {
    .name = "mastodon",
    .base = "/mastodon",
    .account = {"nuvolamobile", "simulated-mastodon-token", NULL, NULL, NULL},
    .named = {"account", "access_token", NULL, NULL, NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .doors = doors,
    .shows_handles = true,
    .new_person = new_person,
    .new_id = new_id,
    .new_media = new_media,
    .lacks = "window blocked",
    .acts = "post comment message edit delete react block unblock",
    .attach_public = "picture",
    .attach_private = "picture",
    .post = SIM_TWEET,
    .comment = SIM_TWEET,
    .token_ok = token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
    .headers = headers,
};
