/* SPDX-License-Identifier: Apache-2.0 */
/* OAuth 2 as networks speak it (RFC 6749, PKCE of RFC 7636): the page where an administrator agrees, the call that
 * makes tokens of a code or new ones of old ones, and its answer. */
#include "channels/channel_internal.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"

bool oauth_page(struct arena *a, struct str page, struct str client_id, const char *scope,
                const struct consent *consent, const struct pairs *more, struct str *url, struct error *e)
{
    const struct pair fields[] = {{STR("response_type"), STR("code")},
                                  {STR("client_id"), client_id},
                                  {STR("redirect_uri"), consent->redirect_uri},
                                  {STR("scope"), str_from(scope)},
                                  {STR("state"), consent->state},
                                  {STR("code_challenge"), consent->challenge},
                                  {STR("code_challenge_method"), STR("S256")}};
    const size_t own = consent->challenge.len ? COUNT_OF(fields) : COUNT_OF(fields) - 2;
    if (!client_id.len)
        return fail(e, ERR_NOT_FOUND, "No client id is set: the network would not know which application asks.");
    struct buf out;
    buf_init(&out, a, 512);
    buf_str(&out, page);
    for (size_t i = 0; i < own + more->count; i++) {
        const struct pair *field = i < own ? &fields[i] : &more->items[i - own];
        buf_char(&out, i ? '&' : '?');
        buf_url(&out, field->name);
        buf_char(&out, '=');
        buf_url(&out, field->value);
    }
    *url = buf_view(&out);
    return true;
}

void oauth_call(struct arena *a, struct str url, struct str client_id, struct str client_secret,
                const struct pairs *fields, struct http_call *call)
{
    *call = (struct http_call){.method = "POST", .url = url};
    if (client_secret.len) {
        struct str both = str_format(a, "%.*s:%.*s", STR_ARGS(client_id), STR_ARGS(client_secret));
        call_header(a, call, "Authorization", str_concat(a, STR("Basic "), base64_encode(a, both.ptr, both.len)));
    }
    call_fields(a, call, fields);
}

void oauth_until(struct arena *a, const struct http_reply *reply, const struct json *tokens, struct pairs *changed)
{
    bool renewable = json_text(json_get(tokens, "refresh_token")).len > 0;
    const char *name = renewable ? "refresh_token_expires_in" : "expires_in";
    int64_t seconds = json_int(json_get(tokens, name), 0);
    if (seconds <= 0 || seconds > 10 * 366 * DAY_US / SECOND_US || reply->at <= 0)
        return;
    struct pair *items = ARENA_ARRAY(a, struct pair, changed->count + 1);
    for (size_t i = 0; i < changed->count; i++)
        items[i] = changed->items[i];
    struct str until = str_format(a, "%" PRId64, reply->at / SECOND_US + seconds);
    items[changed->count] = (struct pair){STR(SETTING_CONSENT_UNTIL), until};
    *changed = (struct pairs){items, changed->count + 1};
}

int oauth_tokens(struct arena *a, const char *network, const struct http_reply *reply, int otherwise, int most,
                 struct pairs *changed, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str access = json_text(json_get(body, "access_token")),
               refresh = json_text(json_get(body, "refresh_token"));
    if (reply->status == 200 && access.len) {
        struct pair *items = ARENA_ARRAY(a, struct pair, 2);
        items[0] = (struct pair){STR("access_token"), str_dup(a, access)};
        items[1] = (struct pair){STR("refresh_token"), str_dup(a, refresh)};
        *changed = (struct pairs){items, refresh.len ? 2 : 1};
        outcome_accept(a, out, STR_EMPTY);
        int64_t seconds = json_int(json_get(body, "expires_in"), otherwise);
        return seconds > 0 && seconds <= most ? (int)seconds : otherwise;
    }
    outcome_by_status(a, out, reply);
    if (reply->status >= 400 && reply->status < 500 && out->failure != FAILURE_RATE) {
        struct str why = read_text(a, json_get(body, "error_description"));
        outcome_fail(a, out, FAILURE_TOKEN, read_text(a, json_get(body, "error")),
                     why.len ? why : str_format(a, "%s did not give access.", network));
    }
    return 0;
}
