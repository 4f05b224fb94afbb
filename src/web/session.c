/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and tokens. */
#include "web/session.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/house.h"
#include "net/ratelimit.h"
#include "store/ahead.h"
#include "store/event.h"
#include "store/guess.h"
#include "web/desk/model.h"
#include "web/hunch.h"

#define ROTATE_US    (12 * HOUR_US)
#define SEEN_US      (5 * MINUTE_US)
#define TOKEN_BYTES  32
#define TOAST_COOKIE "ascolto_toast"

struct str session_token_hash(struct arena *a, struct str token)
{
    unsigned char digest[SHA256_BYTES];
    sha256(token, digest);
    return hex_encode(a, digest, sizeof digest);
}

static const char *cookie_name(struct visit *v)
{
    return str_cstr(v->arena, str_format(v->arena, "ascolto_%lld", (long long)v->brand.id));
}

bool visit_is_https(struct visit *v)
{
    return str_eq(http_header(v->http, "x-forwarded-proto"), STR("https"));
}

void session_cookie(struct visit *v, const char *name, struct str value, int64_t seconds)
{
    http_set_header(v->http, "Set-Cookie",
                    str_format(v->arena, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s", name,
                               STR_ARGS(value), (long long)seconds, visit_is_https(v) ? "; Secure" : ""));
}

/* ---- which brand ---- */

struct opening {
    struct visit *v;
    struct str cookie, bearer;
    struct session session;
    struct token token;
    bool rotate, lost, confirm, touch, has_session, has_token;
};

static struct str host_label(struct visit *v)
{
    struct str host = http_header(v->http, "host");
    ptrdiff_t dot = str_find_char(host, '.');
    return dot > 0 ? str_slice(host, 0, (size_t)dot) : STR_EMPTY;
}

/* /b/<brand>/… names it; else the first label of the host. */
void visit_address(struct visit *v)
{
    struct str rest = v->http->path;
    v->view.site = !str_eq(rest, STR("/desk")) && !str_starts(rest, STR("/desk/"));
    v->called = host_label(v);
    v->prefixed = str_starts(rest, STR("/b/"));
    if (!v->prefixed)
        return;
    rest = str_slice(rest, 3, rest.len);
    if (!str_split(&rest, '/', &v->called))
        v->called = STR_EMPTY;
    v->view.site = !str_eq(rest, STR("desk")) && !str_starts(rest, STR("desk/"));
    v->path = rest.len ? str_format(v->arena, "/%.*s", STR_ARGS(rest)) : STR("/");
    v->view.base = str_format(v->arena, "/b/%.*s", STR_ARGS(v->called));
}

/* By a host that is no brand's one reaches the only, or the oldest, brand. */
static bool brand_of_visit(struct tx *tx, struct visit *v, struct error *e)
{
    struct error here = {0};
    bool found = v->prefixed ? brand_by_name(tx, v->arena, v->called, &v->brand, &here) && v->brand.removed_at == 0
                             : brand_of_host(tx, v->arena, v->called, &v->brand, &here);
    if (found)
        return true;
    v->brand = (struct brand){0};
    if (here.code != ERR_NONE && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (v->prefixed)
        return fail(e, ERR_NOT_FOUND, "There is no brand “%.*s” here.", STR_ARGS(v->called));
    return fail(e, ERR_NOT_FOUND, "There is no brand yet: add one with `ascolto brand add --name …`.");
}

/* ---- who ---- */

static bool open_session(struct tx *tx, struct opening *o, struct error *e)
{
    struct visit *v = o->v;
    struct error here = {0};
    int64_t now = tx_now(tx);
    struct str given = session_token_hash(v->arena, o->cookie);
    struct session_visit found;
    o->has_session = session_visit(tx, v->arena, v->brand.id, given, &found, &here);
    o->session = found.session;
    v->agent = found.agent;
    v->view.event = found.event;
    o->has_session = o->has_session && session_opens(&o->session, given, now) && v->agent.removed_at == 0;
    if (!o->has_session) {
        v->agent = (struct agent){0};
        v->view.event = 0;
        return here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    }
    v->session_hash = o->session.hash;
    int64_t born = o->session.rotated_at ? o->session.rotated_at : o->session.created_at;
    bool newest = str_eq(o->session.hash, given), due = newest && now - born > ROTATE_US;
    o->confirm = newest && o->session.rotated_hash.len && !o->session.confirmed_at;
    o->lost = !newest && !o->session.confirmed_at && now - born > SESSION_ROTATED_US;
    o->rotate = (due || o->lost) && v->http->method == HTTP_GET;
    o->touch = now - o->session.seen_at > SEEN_US;
    v->csrf = o->session.csrf;
    v->actor = (struct actor){
        .brand_id = v->brand.id, .agent_id = v->agent.id, .role = v->agent.role, .name = v->agent.name};
    return true;
}

static bool open_token(struct tx *tx, struct opening *o, struct error *e)
{
    struct visit *v = o->v;
    struct error here = {0};
    event_last_id_ahead(tx, v->brand.id);
    o->has_token = token_find(tx, v->arena, v->brand.id, session_token_hash(v->arena, o->bearer), &o->token, &here) &&
                   o->token.revoked_at == 0;
    if (!o->has_token)
        return here.code == ERR_NONE || here.code == ERR_NOT_FOUND
                   ? fail(e, ERR_UNAUTHENTICATED, "This token is unknown or was revoked.")
                   : fail(e, here.code, "%s", here.message);
    v->actor = (struct actor){.brand_id = v->brand.id,
                              .agent_id = o->token.created_by,
                              .token_id = o->token.id,
                              .role = o->token.role,
                              .name = o->token.name};
    o->touch = tx_now(tx) - o->token.used_at > SEEN_US;
    return !o->token.created_by || event_last_id(tx, v->brand.id, &v->view.event, e);
}

/* Whether the visit changes nothing, so that one snapshot serves all it reads. */
static bool only_reads(const struct visit *v)
{
    return v->http->method == HTTP_GET || v->http->method == HTTP_HEAD;
}

/* What this visit is going to ask if all is as it was the last time. */
static void opening_ahead(struct tx *tx, struct visit *v)
{
    const struct hunches *hunches = v->app->hunches;
    struct visit guess = *v;
    guess.brand.id = hunch(hunches, HUNCH_BRAND, hash64(v->called));
    struct str cookie = guess.brand.id ? http_cookie(v->http, cookie_name(&guess)) : STR_EMPTY;
    struct str hash = cookie.len ? session_token_hash(v->arena, cookie) : STR_EMPTY;
    if (hash.len)
        guess.actor.agent_id = hunch(hunches, HUNCH_AGENT, hash64(hash));
    if (guess.actor.agent_id) /* first: it may know that there is nothing else */
        desk_ahead(tx, &guess);
    ahead_brand(tx, v->called, !v->prefixed);
    if (hash.len)
        ahead_session(tx, guess.brand.id, hash);
}

static void opening_keep(const struct visit *v)
{
    hunch_keep(v->app->hunches, HUNCH_BRAND, hash64(v->called), v->brand.id);
    if (v->session_hash.len)
        hunch_keep(v->app->hunches, HUNCH_AGENT, hash64(v->session_hash), v->agent.id);
}

static bool opening_read(struct tx *tx, struct opening *o, struct error *e)
{
    struct visit *v = o->v;
    if (db_travels(tx))
        opening_ahead(tx, v);
    if (!brand_of_visit(tx, v, e))
        return false;
    o->cookie = o->bearer.len ? STR_EMPTY : http_cookie(v->http, cookie_name(v));
    if ((o->bearer.len && !open_token(tx, o, e)) || (o->cookie.len && !open_session(tx, o, e)))
        return false;
    opening_keep(v);
    return true;
}

struct renewal {
    struct opening *o;
    struct str fresh;
    bool rotated;
};

static bool opening_renew(struct tx *tx, void *ctx, struct error *e)
{
    struct renewal *r = ctx;
    struct visit *v = r->o->v;
    int64_t brand = v->brand.id, now = tx_now(tx);
    if (r->o->has_token)
        return token_used(tx, brand, r->o->token.id, now, e);
    if (r->fresh.len)
        return session_rotate(tx, brand, v->session_hash, session_token_hash(tx_arena(tx), r->fresh), r->o->lost, now,
                              &r->rotated, e);
    return r->o->confirm ? session_confirm(tx, brand, v->session_hash, now, e)
                         : session_seen(tx, brand, v->session_hash, now, e);
}

/* A session that works must not fail because its renewal could not be written. Of several requests at once one
 * renews: the others' tokens would open nothing. */
static void opening_renew_if_due(struct opening *o)
{
    struct renewal renewal = {.o = o};
    if (!o->rotate && !o->confirm && !o->touch)
        return;
    if (o->rotate)
        renewal.fresh = random_token(o->v->arena, TOKEN_BYTES);
    if (!visit_write(o->v, opening_renew, &renewal, NULL) || !renewal.rotated)
        return;
    session_cookie(o->v, cookie_name(o->v), renewal.fresh, SESSION_IDLE_US / SECOND_US);
    o->v->session_hash = session_token_hash(o->v->arena, renewal.fresh);
}

/* since: when this session began. */
static void view_fill(struct visit *v, int64_t since)
{
    struct arena *a = v->arena;
    v->view.zone = str_cstr(a, v->brand.zone);
    v->view.brand = v->brand.title;
    v->view.hue = v->brand.hue;
    v->view.now = clock_now();
    v->view.single_keys = v->agent.single_keys;
    if (v->agent.id == 0)
        return;
    v->view.locale = v->agent.language.len ? locale_find(v->agent.language) : NULL;
    v->view.scheme = v->agent.scheme;
    v->view.csrf = v->csrf;
    struct json *me = json_object(a);
    json_set_id(a, me, "id", v->agent.id);
    json_set_str(a, me, "name", v->agent.name);
    json_set_str(a, me, "email", v->agent.email);
    json_set_str(a, me, "since", clock_iso(a, since));
    json_set_bool(a, me, "acts", v->agent.role >= ROLE_AGENT);
    json_set_bool(a, me, "leads", v->agent.role >= ROLE_LEAD);
    json_set_bool(a, me, "admin", v->agent.role >= ROLE_ADMIN);
    json_set_bool(a, me, "supervisor", v->agent.role >= ROLE_LEAD);
    v->view.me = me;
}

static void toast_read(struct visit *v)
{
    struct str cookie = http_cookie(v->http, TOAST_COOKIE), text;
    bool page = v->http->method == HTTP_GET && http_query(v->http, "fragment").len == 0;
    if (cookie.len == 0 || cookie.len > 2048 || !page || !hex_decode(v->arena, cookie, &text))
        return;
    v->view.toast = json_parse(v->arena, text, NULL);
    session_cookie(v, TOAST_COOKIE, STR_EMPTY, 0);
}

bool session_toasts(struct visit *v)
{
    return http_cookie(v->http, TOAST_COOKIE).len > 0;
}

void visit_toast(struct visit *v, const char *key, struct json *values)
{
    struct json *toast = values ? values : json_object(v->arena);
    json_set_str(v->arena, toast, "key", str_from(key));
    struct str text = json_to_str(v->arena, toast);
    session_cookie(v, TOAST_COOKIE, hex_encode(v->arena, text.ptr, text.len), 30);
}

bool session_open(struct visit *v, struct error *e)
{
    struct opening o = {.v = v};
    struct str authorization = http_header(v->http, "authorization");
    if (str_starts(authorization, STR("Bearer ")))
        o.bearer = str_trim(str_slice(authorization, 7, authorization.len));
    struct tx *tx = db_read_begin(v->app->house->db, e);
    bool ok = tx && opening_read(tx, &o, e);
    if (ok && only_reads(v) && v->reading)
        *v->reading = tx;
    else if (tx)
        db_read_end(tx);
    view_fill(v, o.session.created_at);
    if (!ok)
        return false;
    opening_renew_if_due(&o);
    if (v->writes)
        return fail(e, ERR_UNAVAILABLE, "A renewal takes a worker.");
    toast_read(v);
    return true;
}

/* ---- changing requests ---- */

static bool same_origin(struct visit *v)
{
    struct str site = http_header(v->http, "sec-fetch-site");
    if (site.len)
        return str_eq(site, STR("same-origin")) || str_eq(site, STR("none"));
    struct str origin = http_header(v->http, "origin");
    if (origin.len == 0)
        return true;
    ptrdiff_t scheme = str_find(origin, STR("://"));
    return scheme > 0 && str_eq(str_slice(origin, (size_t)scheme + 3, origin.len), http_header(v->http, "host"));
}

bool session_csrf_ok(struct visit *v, struct error *e)
{
    if (v->actor.token_id)
        return true;
    if (!same_origin(v))
        return fail(e, ERR_FORBIDDEN, "This form comes from another site.");
    if (v->session_hash.len == 0)
        return true;
    if (!http_form_ok(v->http, e))
        return false;
    struct str given = http_header(v->http, "x-csrf-token");
    if (given.len == 0)
        given = http_form(v->http, "csrf");
    if (!same_secret(given, v->csrf))
        return fail(e, ERR_FORBIDDEN, "This page is older than your session: reload it and try again.");
    return true;
}

/* ---- signing in ---- */

struct sign_in {
    struct visit *v;
    struct str email, browser, token;
    struct session session;
};

static bool sign_in_read(struct tx *tx, void *ctx, struct error *e)
{
    struct sign_in *s = ctx;
    struct error here = {0};
    if (agent_by_email(tx, s->v->arena, s->v->brand.id, s->email, &s->v->agent, &here))
        return true;
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static bool log_sign_in(struct tx *tx, const struct visit *v, const char *kind, struct error *e)
{
    struct event event = {.brand_id = v->brand.id,
                          .kind = str_from(kind),
                          .subject_id = v->agent.id,
                          .actor_id = v->agent.id,
                          .at = tx_now(tx)};
    return event_add(tx, &event, e);
}

static struct str sign_in_key(struct visit *v, struct str email)
{
    return str_format(v->arena, "%.*s|%.*s", STR_ARGS(v->http->client), STR_ARGS(email));
}

#define SIGN_IN_US (WEB_LIMIT_SECONDS * SECOND_US)

/* It was right: it was no guess. */
static bool guesses_give(struct tx *tx, struct visit *v, struct str email, struct error *e)
{
    return !v->app->house->shared ||
           (guess_give(tx, v->brand.id, v->http->client, WEB_ADDRESS_BURST, SIGN_IN_US, e) &&
            guess_give(tx, v->brand.id, sign_in_key(v, email), WEB_SIGN_IN_BURST, SIGN_IN_US, e));
}

static bool sign_in_write(struct tx *tx, void *ctx, struct error *e)
{
    struct sign_in *s = ctx;
    if (!guesses_give(tx, s->v, s->email, e))
        return false;
    s->session.created_at = s->session.seen_at = tx_now(tx);
    return session_expire(tx, s->v->brand.id, tx_now(tx) - SESSION_IDLE_US, e) && session_add(tx, &s->session, e) &&
           log_sign_in(tx, s->v, "agent.signed_in", e);
}

/* Only failures count in the end: a whole office may begin its day behind one address. */
static void sign_in_forgive(struct visit *v, struct str email)
{
    ratelimit_give(v->app->addresses, v->http->client);
    ratelimit_give(v->app->sign_ins, sign_in_key(v, email));
}

static bool too_many(struct visit *v, struct sign_in_limit *limit, struct error *e)
{
    http_set_header(v->http, "Retry-After", str_format(v->arena, "%d", limit->wait));
    return fail(e, ERR_RATE_LIMITED, "Too many attempts: please wait %d seconds.", limit->wait);
}

struct guessing {
    struct visit *v;
    struct str email;
    int64_t wait;
    int left;
};

static bool guesses_take(struct tx *tx, void *ctx, struct error *e)
{
    struct guessing *g = ctx;
    struct visit *v = g->v;
    int64_t wait;
    int left;
    if (!guess_take(tx, v->brand.id, v->http->client, WEB_ADDRESS_BURST, SIGN_IN_US, &wait, &left, e) ||
        !guess_take(tx, v->brand.id, sign_in_key(v, g->email), WEB_SIGN_IN_BURST, SIGN_IN_US, &g->wait, &g->left, e))
        return false;
    g->wait = wait > g->wait ? wait : g->wait;
    g->left = left < g->left ? left : g->left;
    return true;
}

/* Where there may be other nodes, guesses are counted in the database, before a password is looked at: several nodes
 * give no more of them than one. */
static bool guess_allowed(struct visit *v, struct str email, struct sign_in_limit *limit, struct error *e)
{
    struct guessing g = {.v = v, .email = email};
    if (!v->app->house->shared)
        return true;
    if (!visit_write(v, guesses_take, &g, e))
        return false;
    limit->left = g.left < limit->left ? g.left : limit->left;
    limit->wait = (int)((g.wait + SECOND_US - 1) / SECOND_US);
    return g.wait == 0 || too_many(v, limit, e);
}

static bool sign_in_allowed(struct visit *v, struct str email, struct sign_in_limit *limit, struct error *e)
{
    struct str both = sign_in_key(v, email);
    struct ratelimit_verdict by_address = ratelimit_take(v->app->addresses, v->http->client);
    struct ratelimit_verdict by_both = ratelimit_take(v->app->sign_ins, both);
    limit->left = by_address.remaining < by_both.remaining ? by_address.remaining : by_both.remaining;
    if (by_address.allowed && by_both.allowed)
        return guess_allowed(v, email, limit, e);
    limit->wait = by_address.allowed ? by_both.retry_seconds : by_address.retry_seconds;
    return too_many(v, limit, e);
}

bool session_begin(struct visit *v, struct str email, struct str password, struct sign_in_limit *limit,
                   struct error *e)
{
    struct arena *a = v->arena;
    struct sign_in s = {.v = v, .email = text_fold(a, str_trim(email))};
    if (!sign_in_allowed(v, s.email, limit, e) || !visit_read(v, sign_in_read, &s, e))
        return false;
    /* an unknown name takes as long as a wrong password */
    static const struct str nobody =
        STR("$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$Q0pUzQ0TgBzxtcIYc8Fb1rA3tqmK0lVRhYb8K4hPZ1E");
    bool known = v->agent.id && v->agent.removed_at == 0;
    bool right = password_verify(known ? v->agent.password : nobody, password);
    if (!known || !right)
        return fail(e, ERR_UNAUTHENTICATED, "Name or password are not right.");
    sign_in_forgive(v, s.email);
    s.token = random_token(a, TOKEN_BYTES);
    s.session = (struct session){.brand_id = v->brand.id,
                                 .agent_id = v->agent.id,
                                 .hash = session_token_hash(a, s.token),
                                 .csrf = random_token(a, 18),
                                 .browser = text_shorten(a, text_clean(a, http_header(v->http, "user-agent")), 200)};
    if (!visit_write(v, sign_in_write, &s, e))
        return false;
    session_cookie(v, cookie_name(v), s.token, SESSION_IDLE_US / SECOND_US);
    return true;
}

void session_end_here(struct visit *v)
{
    session_cookie(v, cookie_name(v), STR_EMPTY, 0);
}

/* ---- changing the password ---- */

struct new_password {
    struct visit *v;
    struct str hash;
};

static bool password_write(struct tx *tx, void *ctx, struct error *e)
{
    struct new_password *n = ctx;
    struct visit *v = n->v;
    struct session here;
    if (!session_find(tx, tx_arena(tx), v->brand.id, v->session_hash, &here, e))
        return false;
    return agent_set_password(tx, v->brand.id, v->agent.id, n->hash, e) &&
           session_end_all(tx, v->brand.id, v->agent.id, e) && session_add(tx, &here, e) &&
           log_sign_in(tx, v, "agent.password", e);
}

bool session_change_password(struct visit *v, struct str old_password, struct str new_password, struct error *e)
{
    struct new_password n = {.v = v};
    if (text_length(v->arena, new_password, LENGTH_CHARACTERS) < PASSWORD_MIN)
        return fail(e, ERR_BAD_INPUT, "A password has at least %d characters.", PASSWORD_MIN);
    if (!password_verify(v->agent.password, old_password))
        return fail(e, ERR_BAD_INPUT, "The old password is not right.");
    return password_hash(v->arena, new_password, &n.hash, e) && visit_write(v, password_write, &n, e);
}
