/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys: a page with those of a person, adding and removing them, and signing in with one. What is signed goes
 * between assets/passkey.js and here as JSON and forms with base64url; without scripts the page lists and removes. */
#include "web/site/passkey.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/passkeys.h"
#include "store/person.h"
#include "web/browser.h"
#include "web/site/sign_in.h"

#define BASE64_MAX(bytes) ((bytes)*4 / 3 + 4)

struct passkey_page {
    struct site site;
    struct person person;
    struct passkey *list;
    size_t count;
    int64_t id;
    struct passkey_begin begin;
    struct passkey_adding adding;
    struct passkey_entering entering;
};

/* ---- where ---- */

static struct str host_of(struct visit *v)
{
    struct str url = http_url(v->http);
    ptrdiff_t scheme = str_find(url, STR("://"));
    struct str rest = str_slice(url, scheme < 0 ? 0 : (size_t)scheme + 3, url.len), host = STR_EMPTY;
    (void)str_split(&rest, '/', &host);
    return str_lower(v->arena, host);
}

static struct str party_of(struct visit *v)
{
    struct str party;
    return webauthn_party(v->arena, host_of(v), &party) ? party : STR_EMPTY;
}

bool passkey_possible(const struct site *site)
{
    return !site->framed && party_of(site->v).len > 0;
}

static bool form_open(struct visit *v, struct site *site, struct error *e)
{
    return http_form_ok(v->http, e) && site_open(v, "requests", site, e) &&
           (passkey_possible(site) || fail(e, ERR_NOT_FOUND, "There are no passkeys at this address."));
}

/* ---- the page ---- */

static bool page_read(struct tx *tx, void *ctx, struct error *e)
{
    struct passkey_page *page = ctx;
    struct arena *a = page->site.v->arena;
    return guest_person(tx, a, &page->site.guest, &page->person, e) &&
           (page->person.id == 0 ||
            passkey_of_person(tx, a, page->site.v->brand.id, page->person.id, &page->list, &page->count, e));
}

static struct json *passkey_json(struct arena *a, const struct passkey *key, struct str party)
{
    struct json *item = json_object(a);
    json_set_id(a, item, "id", key->id);
    json_set_str(a, item, "name", key->name);
    json_set_time(a, item, "added", key->created_at);
    json_set_time(a, item, "used", key->used_at);
    json_set_str(a, item, "elsewhere", str_eq(key->host, party) ? STR_EMPTY : key->host);
    return item;
}

static bool page_show(struct visit *v, struct error *e)
{
    struct passkey_page page = {.count = 0};
    struct arena *a = v->arena;
    struct json *model = json_object(a), *list = json_array(a);
    if (!site_open(v, "requests", &page.site, e) || !visit_read(v, page_read, &page, e))
        return false;
    for (size_t i = 0; i < page.count; i++)
        json_push(a, list, passkey_json(a, &page.list[i], party_of(v)));
    struct str done = http_query(v->http, "done");
    bool said = str_eq(done, STR("added")) || str_eq(done, STR("removed"));
    json_set(a, model, "passkeys", list);
    json_set_bool(a, model, "known", page.person.id != 0);
    json_set_bool(a, model, "full", page.count >= PASSKEYS_MAX);
    json_set_str(a, model, "name", browser_words(a, text_clean(a, http_header(v->http, "user-agent"))));
    json_set(a, model, "done", said ? json_new_str(a, done) : json_new_null(a));
    site_render(&page.site, "passkeys", model);
    return true;
}

/* ---- what is asked of a browser ---- */

static bool begin_write(struct tx *tx, void *ctx, struct error *e)
{
    struct passkey_page *page = ctx;
    struct visit *v = page->site.v;
    return guest_person(tx, v->arena, &page->site.guest, &page->person, e) &&
           passkey_begin(tx, v->arena, v->app->house, &page->begin, e);
}

static bool begin(struct passkey_page *page, bool adds, struct error *e)
{
    struct arena *a = page->site.v->arena;
    page->begin = (struct passkey_begin){.guest = &page->site.guest,
                                         .adds = adds,
                                         .challenge = random_token(a, PASSKEY_CHALLENGE_BYTES),
                                         .handle = random_token(a, PASSKEY_HANDLE_BYTES)};
    return visit_write(page->site.v, begin_write, page, e);
}

static bool answer(struct visit *v, const struct json *json)
{
    view_headers(v->http);
    http_respond(v->http, 200, STR("application/json"), json_to_str(v->arena, json));
    return true;
}

/* Which devices need not offer another: those that have one of theirs. */
static struct json *exclude_json(const struct passkey_page *page)
{
    struct arena *a = page->site.v->arena;
    struct json *list = json_array(a);
    for (size_t i = 0; i < page->begin.count; i++) {
        struct json *one = json_object(a), *transports = json_array(a);
        struct str rest = page->begin.there[i].transports, transport;
        while (str_split(&rest, ' ', &transport))
            if (transport.len)
                json_push(a, transports, json_new_str(a, transport));
        json_set_str(a, one, "id", page->begin.there[i].credential);
        json_set(a, one, "transports", transports);
        json_push(a, list, one);
    }
    return list;
}

/* As they know themselves when a device lists its accounts: who gave no name is not called by one of ours. */
static struct str name_of(const struct passkey_page *page)
{
    const struct guest *guest = &page->site.guest;
    struct str name = guest->proved_at ? page->person.name : guest->name;
    return name.len ? name : page->site.v->brand.title;
}

static bool add_begin(struct visit *v, struct error *e)
{
    struct passkey_page page = {.count = 0};
    struct arena *a = v->arena;
    if (!form_open(v, &page.site, e) || !site_may_write(&page.site, e) || !begin(&page, true, e))
        return false;
    struct json *asked = json_object(a), *party = json_object(a), *user = json_object(a);
    struct str name = name_of(&page);
    json_set_str(a, party, "id", party_of(v));
    json_set_str(a, party, "name", v->brand.title);
    json_set_str(a, user, "id", page.begin.handle);
    json_set_str(a, user, "name", name);
    json_set_str(a, user, "displayName", name);
    json_set_str(a, asked, "challenge", page.begin.challenge);
    json_set(a, asked, "rp", party);
    json_set(a, asked, "user", user);
    json_set(a, asked, "exclude", exclude_json(&page));
    return answer(v, asked);
}

static bool enter_begin(struct visit *v, struct error *e)
{
    struct passkey_page page = {.count = 0};
    if (!form_open(v, &page.site, e) || !sign_in_may_try(v, e) || !site_may_write(&page.site, e) ||
        !site_guest(&page.site, STR_EMPTY, e) || !begin(&page, false, e))
        return false;
    struct json *asked = json_object(v->arena);
    json_set_str(v->arena, asked, "challenge", page.begin.challenge);
    json_set_str(v->arena, asked, "rpId", party_of(v));
    return answer(v, asked);
}

/* ---- what it hands over ---- */

static bool bytes_read(struct visit *v, const char *field, size_t max, struct str *out, struct error *e)
{
    struct str text = http_form(v->http, field);
    bool ok = text.len && text.len <= BASE64_MAX(max) && base64url_decode(v->arena, text, out) && out->len <= max;
    return ok || fail(e, ERR_BAD_INPUT, "“%s” is no base64url, or too long.", field);
}

static bool refuse(enum passkey_state state, struct error *e)
{
    if (state == PASSKEY_UNKNOWN)
        return fail(e, ERR_NOT_FOUND, "This passkey opens nothing here, or not any more.");
    if (state == PASSKEY_THERE)
        return fail(e, ERR_CONFLICT, "This passkey is here already.");
    return fail(e, ERR_BAD_INPUT, "%s",
                state == PASSKEY_OVER ? "This took too long, or was done already: please try again."
                                      : "This passkey does not hold.");
}

static bool make_write(struct tx *tx, void *ctx, struct error *e)
{
    struct passkey_page *page = ctx;
    return passkey_make(tx, page->site.v->app->house, &page->adding, e);
}

static bool add_post(struct visit *v, struct error *e)
{
    struct passkey_page page = {.count = 0};
    struct passkey_adding *adding = &page.adding;
    if (!form_open(v, &page.site, e) || !site_may_write(&page.site, e) ||
        !bytes_read(v, "client", WEBAUTHN_CLIENT_MAX, &adding->made.client_data, e) ||
        !bytes_read(v, "auth", WEBAUTHN_AUTH_MAX, &adding->made.auth_data, e) ||
        !bytes_read(v, "key", WEBAUTHN_KEY_MAX, &adding->made.public_key, e))
        return false;
    if (!str_int64(http_form(v->http, "algorithm"), &adding->made.algorithm))
        return fail(e, ERR_BAD_INPUT, "The algorithm is a number.");
    adding->guest = &page.site.guest;
    adding->host = host_of(v);
    adding->name = http_form(v->http, "name");
    adding->transports = http_form(v->http, "transports");
    if (!visit_write(v, make_write, &page, e))
        return false;
    if (adding->state != PASSKEY_DONE)
        return refuse(adding->state, e);
    view_redirect(&v->view, v->http, STR("/me/passkeys?done=added"));
    return true;
}

static bool enter_write(struct tx *tx, void *ctx, struct error *e)
{
    struct passkey_page *page = ctx;
    return passkey_enter(tx, page->site.v->app->house, &page->entering, e);
}

static bool enter_post(struct visit *v, struct error *e)
{
    struct passkey_page page = {.count = 0};
    struct passkey_entering *entering = &page.entering;
    if (!form_open(v, &page.site, e) || !sign_in_may_try(v, e) ||
        !bytes_read(v, "client", WEBAUTHN_CLIENT_MAX, &entering->used.client_data, e) ||
        !bytes_read(v, "auth", WEBAUTHN_AUTH_MAX, &entering->used.auth_data, e) ||
        !bytes_read(v, "signature", WEBAUTHN_SIGNATURE_MAX, &entering->used.signature, e))
        return false;
    entering->guest = &page.site.guest;
    entering->host = host_of(v);
    entering->credential = http_form(v->http, "id");
    entering->handle = http_form(v->http, "handle");
    if (entering->credential.len > BASE64_MAX(WEBAUTHN_CREDENTIAL_MAX))
        return refuse(PASSKEY_UNKNOWN, e);
    if (!visit_write(v, enter_write, &page, e))
        return false;
    if (entering->state != PASSKEY_DONE)
        return refuse(entering->state, e);
    if (!site_renew(&page.site, e)) /* another cookie: one known before opens nothing after it */
        return false;
    view_redirect(&v->view, v->http, STR("/requests"));
    return true;
}

static bool remove_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct passkey_page *page = ctx;
    return passkey_remove(tx, &page->site.guest, page->id, e);
}

static bool remove_post(struct visit *v, struct error *e)
{
    struct passkey_page page = {.id = v->params[0]};
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) || !site_may_write(&page.site, e) ||
        !visit_write(v, remove_write, &page, e))
        return false;
    view_redirect(&v->view, v->http, STR("/me/passkeys?done=removed"));
    return true;
}

const struct route routes_site_passkey[] = {
    {HTTP_GET, "/me/passkeys", PERM_PUBLIC, page_show, NULL},
    {HTTP_POST, "/me/passkeys", PERM_PUBLIC, add_post, NULL},
    {HTTP_POST, "/me/passkeys/begin", PERM_PUBLIC, add_begin, NULL},
    {HTTP_POST, "/me/passkeys/:id/remove", PERM_PUBLIC, remove_post, NULL},
    {HTTP_POST, "/sign-in/passkey/begin", PERM_PUBLIC, enter_begin, NULL},
    {HTTP_POST, "/sign-in/passkey", PERM_PUBLIC, enter_post, NULL},
    {0},
};
