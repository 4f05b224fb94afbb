/* SPDX-License-Identifier: Apache-2.0 */
/* How an administrator lets us into Instagram and Threads: the code becomes a token of an hour (kept also as
 * short_token, to know it again), that one of sixty days, and this is renewed as long as it lives. */
#include "channels/channel_meta.h"

#include "base/arena.h"
#include "base/buf.h"

#define EXCHANGED_IN  60              /* seconds: a token of an hour is not waited with */
#define RENEWED_EVERY (7 * 24 * 3600) /* a token lives for sixty days: one week that fails is no harm */

bool meta_consent(struct arena *a, const struct settings *s, const struct meta_oauth *o,
                  const struct consent *consent, struct str *url, struct error *e)
{
    struct consent plain = *consent;
    plain.challenge = STR_EMPTY; /* Meta says nothing of PKCE */
    return oauth_page(a, o->page, settings_get(s, "app_id"), o->scope, &plain, &(struct pairs){0}, url, e);
}

bool meta_consented(struct arena *a, const struct settings *s, const struct meta_oauth *o,
                    const struct consent *consent, struct str code, struct http_call *call, struct error *e)
{
    struct str id = settings_get(s, "app_id");
    if (!id.len)
        return fail(e, ERR_NOT_FOUND, "No app id is set any more.");
    struct pair fields[] = {{STR("client_id"), id},
                            {STR("client_secret"), settings_get(s, "app_secret")},
                            {STR("grant_type"), STR("authorization_code")},
                            {STR("redirect_uri"), consent->redirect_uri},
                            {STR("code"), code}};
    oauth_call(a, o->code_url, STR_EMPTY, STR_EMPTY, &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static void url_field(struct buf *url, const char *name, struct str value)
{
    buf_format(url, "&%s=", name);
    buf_url(url, value);
}

bool meta_renew(struct arena *a, const struct settings *s, const struct meta_oauth *o, struct http_call *call,
                struct error *e)
{
    struct str token = settings_get(s, "access_token");
    if (!token.len)
        return fail(e, ERR_NOT_FOUND, "No access token is set: there is nothing to renew.");
    bool is_short = str_eq(token, settings_get(s, "short_token"));
    struct buf url;
    buf_init(&url, a, 512);
    buf_str(&url, o->base);
    buf_format(&url, "%s?grant_type=%s", is_short ? "/access_token" : "/refresh_access_token",
               is_short ? o->exchange : o->refresh);
    if (is_short)
        url_field(&url, "client_secret", settings_get(s, "app_secret"));
    url_field(&url, "access_token", token);
    *call = (struct http_call){.method = "GET", .url = buf_view(&url)};
    return true;
}

/* Instagram answers a code with a list of one token, or as of old with the token itself. */
static struct str token_of(const struct json *body, const struct json **from)
{
    *from = json_get(body, "access_token") ? body : json_at(json_get(body, "data"), 0);
    return json_text(json_get(*from, "access_token"));
}

int meta_renewed(struct arena *a, const char *network, const struct http_reply *reply, struct pairs *changed,
                 struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *from;
    struct str token = token_of(body, &from);
    if (reply->status == 200 && token.len) {
        int64_t seconds = json_int(json_get(from, "expires_in"), 0);
        bool is_short = seconds <= 0;
        struct pair *items = ARENA_ARRAY(a, struct pair, 2);
        items[0] = (struct pair){STR("access_token"), str_dup(a, token)};
        items[1] = (struct pair){STR("short_token"), items[0].value};
        *changed = (struct pairs){items, is_short ? 2 : 1};
        if (!is_short) /* were it renewed no more, a person would have to agree by then */
            oauth_until(a, reply, from, changed);
        outcome_accept(a, out, STR_EMPTY);
        return is_short ? EXCHANGED_IN : seconds < RENEWED_EVERY ? (int)seconds : RENEWED_EVERY;
    }
    meta_error(a, graph_codes, reply, body, out);
    struct str words = read_text(a, json_get(body, "error_message")); /* of the host that takes the code */
    if (words.len)
        outcome_fail(a, out, FAILURE_TOKEN, read_id(a, json_get(body, "code")), words);
    else if (out->failure == FAILURE_CONTENT)
        outcome_fail(a, out, FAILURE_TOKEN, out->code,
                     out->words.len ? out->words : str_format(a, "%s did not give access.", network));
    return 0;
}
