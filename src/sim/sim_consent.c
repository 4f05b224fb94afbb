/* SPDX-License-Identifier: Apache-2.0 */
/* OAuth 2 at the simulated networks (RFC 6749, RFC 7636): the page on which an administrator agrees, and the tokens
 * that its code is good for, once. Refresh tokens rotate: each serves once; the first is whatever the brand was
 * given. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/url.h"
#include "sim/sim_driver.h"

static struct str kept(struct sim_call *c, struct str text)
{
    return str_dup(c->sim->house, text);
}

static void add_link(struct buf *page, struct str where, const char *answer, struct str value, struct str state,
                     const char *words)
{
    buf_cstr(page, "<p><a href=\"");
    buf_html(page, where);
    buf_cstr(page, str_find_char(where, '?') < 0 ? "?" : "&amp;");
    buf_format(page, "%s=", answer);
    buf_url(page, value);
    buf_cstr(page, "&amp;state=");
    buf_url(page, state);
    buf_format(page, "\">%s</a></p>", words);
}

struct str sim_consent_code(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[c->network];

    line->consent.code = random_token(c->sim->house, 24);
    line->consent.redirect_uri = kept(c, http_query(c->req, "redirect_uri"));
    line->consent.challenge = kept(c, http_query(c->req, "code_challenge"));
    return line->consent.code;
}

void sim_consent_page(struct sim_call *c)
{
    struct str redirect = http_query(c->req, "redirect_uri"), challenge = http_query(c->req, "code_challenge");
    struct str method = http_query(c->req, "code_challenge_method"), state = http_query(c->req, "state");
    struct buf page;

    c->type = STR("text/html; charset=utf-8");
    if (!str_eq(http_query(c->req, "response_type"), STR("code")) || http_query(c->req, "client_id").len == 0 ||
        state.len == 0 || (!str_starts(redirect, STR("http://")) && !str_starts(redirect, STR("https://"))) ||
        (challenge.len > 0 && !str_eq(method, STR("S256")))) {
        c->status = 400;
        c->raw = STR("<!doctype html><title>Something went wrong</title><p>You weren’t able to give access.");
        return;
    }
    buf_init(&page, c->a, 1024);
    buf_cstr(&page, "<!doctype html><meta name=viewport content=width=device-width><title>");
    buf_cstr(&page, sim_drivers[c->network]->name);
    buf_cstr(&page, "</title><h1>Ascolto wants to act for ");
    buf_html(&page, str_from(c->sim->config.brand));
    buf_cstr(&page, "</h1>");
    add_link(&page, redirect, "code", sim_consent_code(c), state, "Authorize");
    add_link(&page, redirect, "error", STR("access_denied"), state, "Cancel");
    c->raw = buf_view(&page);
}

bool sim_consent_token_ok(struct sim_call *c, struct str token)
{
    return sim_token_ok(c, token) || (token.len > 0 && same_secret(token, c->sim->lines[c->network].refreshed_token));
}

static bool verifier_fits(struct sim_call *c, struct str challenge, struct str verifier)
{
    unsigned char digest[SHA256_BYTES];

    if (challenge.len == 0)
        return verifier.len == 0;
    sha256(verifier, digest);
    return str_eq(base64url_encode(c->a, digest, sizeof digest), challenge);
}

static bool code_fits(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[c->network];
    struct str code = sim_param(c, "code");
    bool fits = code.len > 0 && same_secret(code, line->consent.code) &&
                str_eq(sim_param(c, "redirect_uri"), line->consent.redirect_uri) &&
                verifier_fits(c, line->consent.challenge, sim_param(c, "code_verifier"));

    if (fits)
        line->consent.code = STR_EMPTY; /* it serves once */
    return fits;
}

static bool refresh_fits(struct sim_call *c)
{
    const struct sim_line *line = &c->sim->lines[c->network];
    struct str given = sim_param(c, "refresh_token");

    return given.len > 0 && (line->refresh_token.len == 0 || same_secret(given, line->refresh_token));
}

bool sim_consent_grant(struct sim_call *c, int seconds, const char *scope)
{
    struct sim_line *line = &c->sim->lines[c->network];
    struct str grant = sim_param(c, "grant_type");
    bool code = str_eq(grant, STR("authorization_code"));

    if (code ? !code_fits(c) : !str_eq(grant, STR("refresh_token")) || !refresh_fits(c))
        return false;
    line->refresh_token = random_token(c->sim->house, 24);
    line->refreshed_token = random_token(c->sim->house, 24);
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "token_type", STR("bearer"));
    json_set_int(c->a, c->answer, "expires_in", seconds);
    json_set_str(c->a, c->answer, "access_token", line->refreshed_token);
    json_set_str(c->a, c->answer, "refresh_token", line->refresh_token);
    json_set_str(c->a, c->answer, "scope", str_from(scope));
    return true;
}
