/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in a frame, without the cookies of the site. */
#include "web/site/frame.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "care/house.h"
#include "care/widget.h"
#include "web/session.h"

#define FRAME_HEADER  "X-Ascolto-Guest"
#define FRAME_PROBE   "ascolto_widget_try"
#define PROBE_SECONDS 60
#define PASS_US       (6 * HOUR_US) /* an address lasts one to two of them, and is the same for as long */

bool frame_is(const struct visit *v)
{
    return str_eq(v->path, STR("/widget")) || str_starts(v->path, STR("/widget/"));
}

static bool is_change(const struct visit *v)
{
    return v->http->method == HTTP_POST;
}

/* ---- who may show it ---- */

static bool account_find(struct tx *tx, void *ctx, struct error *e)
{
    int64_t *at = ctx;
    return account_home_id(tx, at[0], &at[1], e);
}

const struct account *frame_account(struct visit *v, struct error *e)
{
    int64_t at[2] = {v->brand.id, 0};
    if (!visit_read(v, account_find, at, e) || !at[1])
        return NULL;
    return account_get(v->app->house, at[1], e);
}

bool frame_open(struct site *site, struct error *e)
{
    struct visit *v = site->v;
    struct error here = {0};
    if (is_change(v) && !http_header(v->http, FRAME_HEADER).len)
        return fail(e, ERR_FORBIDDEN, "Only the chat’s own page may do this.");
    const struct account *account = frame_account(v, &here);
    if (!account)
        return here.code == ERR_NONE || fail(e, here.code, "%s", here.message);
    v->view.ancestors = str_dup(v->arena, widget_origins(&account->settings));
    account_release(v->app->house, account);
    return true;
}

bool frame_page(struct site *site, bool *answered, struct error *e)
{
    struct visit *v = site->v;
    struct str claimed = http_query(v->http, "origin"), scheme = http_query(v->http, "scheme"), origin;
    *answered = str_eq(http_header(v->http, "sec-fetch-dest"), STR("document"));
    if (*answered) {
        view_redirect(&v->view, v->http, STR("/chat"));
        return true;
    }
    bool known = origin_read(v->arena, claimed, &origin) && str_find_char(origin, '*') < 0 &&
                 origin_allowed(v->view.ancestors, origin);
    if (!known)
        return fail(e, ERR_FORBIDDEN, "This site is not among those that may show the chat.");
    site->parent = origin;
    if (str_eq(scheme, STR("light")) || str_eq(scheme, STR("dark")))
        v->view.scheme = scheme;
    return true;
}

/* ---- who it is ---- */

static const char *frame_cookie(struct visit *v)
{
    return str_cstr(v->arena, str_format(v->arena, "ascolto_widget_%lld", (long long)v->brand.id));
}

/* Its own for each site that shows it (CHIPS), and sent to what is below /widget only. */
static void cookie_set(struct visit *v, const char *name, struct str value, int64_t seconds)
{
    http_set_header(
        v->http, "Set-Cookie",
        str_format(v->arena, "%s=%.*s; Path=%.*s/widget; HttpOnly; Secure; SameSite=None; Partitioned; Max-Age=%lld",
                   name, STR_ARGS(value), STR_ARGS(v->view.base), (long long)seconds));
}

/* The page itself comes without a header; what it shows is the cookie's, unless the site around it is going to say
 * who it is. */
static struct str token_given(struct visit *v)
{
    struct str said = http_header(v->http, FRAME_HEADER);
    bool page = !said.len && str_eq(v->path, STR("/widget")) && !http_query(v->http, "identity").len;
    if (page || str_eq(said, STR("cookie")))
        return http_cookie(v->http, frame_cookie(v));
    return str_eq(said, STR("try")) || str_eq(said, STR("none")) ? STR_EMPTY : said;
}

static bool guest_found(struct tx *tx, struct visit *v, struct str token, struct guest *out, struct error *e)
{
    struct error here = {0};
    *out = (struct guest){0};
    if (!token.len || guest_by_hash(tx, v->arena, v->brand.id, session_token_hash(v->arena, token), out, &here))
        return true;
    *out = (struct guest){0};
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static struct str pass_key(struct visit *v, struct str path, int64_t guest, int64_t until)
{
    unsigned char digest[SHA256_BYTES];
    struct str words = str_format(v->arena, "frame|%lld|%lld|%lld|%.*s", (long long)v->brand.id, (long long)guest,
                                  (long long)until, STR_ARGS(path));
    hmac_sha256((struct str){(const char *)v->app->house->seal_key, SEAL_KEY_BYTES}, words, digest);
    return base64url_encode(v->arena, digest, sizeof digest);
}

struct str frame_address(struct site *site, struct str path)
{
    struct visit *v = site->v;
    if (!site->framed)
        return str_concat(v->arena, v->view.base, path);
    int64_t until = (clock_now() / PASS_US + 2) * (PASS_US / SECOND_US);
    struct str key = pass_key(v, path, site->guest.id, until);
    return str_format(v->arena, "%.*s%.*s?guest=%lld&until=%lld&key=%.*s", STR_ARGS(v->view.base), STR_ARGS(path),
                      (long long)site->guest.id, (long long)until, STR_ARGS(key));
}

/* An address that carries its own key, for this path alone. */
static bool guest_of_pass(struct tx *tx, struct site *site, struct error *e)
{
    struct visit *v = site->v;
    struct error here = {0};
    int64_t guest = visit_query_id(v, "guest"), until = visit_query_id(v, "until");
    struct str key = pass_key(v, v->path, guest, until);
    if (until <= clock_now() / SECOND_US || !same_secret(key, http_query(v->http, "key")))
        return true;
    if (guest_by_id(tx, v->arena, v->brand.id, guest, &site->guest, &here))
        return true;
    site->guest = (struct guest){0};
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

bool frame_guest(struct tx *tx, struct site *site, struct error *e)
{
    struct visit *v = site->v;
    if (!is_change(v) && http_query(v->http, "key").len)
        return guest_of_pass(tx, site, e);
    return guest_found(tx, v, token_given(v), &site->guest, e);
}

bool frame_before(struct tx *tx, struct site *site, struct guest *out, struct error *e)
{
    struct visit *v = site->v;
    struct str token = http_form(v->http, "before");
    return guest_found(tx, v, token.len ? token : http_cookie(v->http, frame_cookie(v)), out, e);
}

/* ---- what it keeps ---- */

static bool is_tried(const struct visit *v)
{
    return http_cookie(v->http, FRAME_PROBE).len > 0;
}

bool frame_knows_cookies(struct site *site)
{
    struct visit *v = site->v;
    if (!site->framed || !visit_is_https(v) || !str_eq(http_header(v->http, FRAME_HEADER), STR("try")) || is_tried(v))
        return true;
    cookie_set(v, FRAME_PROBE, STR("1"), PROBE_SECONDS);
    return false;
}

/* Of whom the brand's site vouches, the frame keeps a token, whatever cookies do: it counts only while a page says
 * who is signed in. */
void frame_hand_out(struct site *site, struct str token)
{
    struct visit *v = site->v;
    struct str said = http_header(v->http, FRAME_HEADER);
    bool cookie = str_eq(said, STR("cookie")) || (str_eq(said, STR("try")) && is_tried(v));
    if (!token.len)
        frame_forget_cookie(site);
    else if (cookie && visit_is_https(v) && !guest_is_signed(&site->guest))
        cookie_set(v, frame_cookie(v), token, GUEST_IDLE_US / SECOND_US);
    else
        http_set_header(v->http, FRAME_HEADER, token);
}

void frame_forget_cookie(struct site *site)
{
    if (http_cookie(site->v->http, frame_cookie(site->v)).len)
        cookie_set(site->v, frame_cookie(site->v), STR_EMPTY, 0);
}
