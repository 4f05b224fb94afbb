/* SPDX-License-Identifier: Apache-2.0 */
/* Google's OAuth 2 (a page where an administrator agrees, once; access for an hour at a time) and what its errors
 * mean: the older shape names a reason in errors[], the newer one a status and details[]. */
#include "channels/channel_google.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

#define ACCESS_SECONDS 3600
#define PACIFIC        "America/Los_Angeles" /* where Google's days begin */

/* ---- access ---- */

static struct str token_url(struct arena *a, const struct settings *s)
{
    struct str base = settings_get(s, "oauth_base");
    while (base.len && base.ptr[base.len - 1] == '/')
        base.len--;
    return str_concat(a, base, STR("/token"));
}

bool google_page(struct arena *a, const struct settings *s, const struct consent *consent, const char *scope,
                 struct str *url, struct error *e)
{
    /* without these two Google gives a refresh token the first time only */
    struct pair more[] = {{STR("access_type"), STR("offline")}, {STR("prompt"), STR("consent")}};
    struct str base = settings_get(s, "consent_base");
    return oauth_page(a, str_concat(a, base, STR("/o/oauth2/v2/auth")), settings_get(s, "client_id"), scope, consent,
                      &(struct pairs){more, COUNT_OF(more)}, url, e);
}

/* The client says who it is in the form. */
static void token_call(struct arena *a, const struct settings *s, const struct pair *fields, size_t count,
                       struct http_call *call)
{
    struct pair *all = ARENA_ARRAY(a, struct pair, count + 2);
    struct str secret = settings_get(s, "client_secret");
    memcpy(all, fields, count * sizeof *all);
    all[count++] = (struct pair){STR("client_id"), settings_get(s, "client_id")};
    if (secret.len)
        all[count++] = (struct pair){STR("client_secret"), secret};
    oauth_call(a, token_url(a, s), STR_EMPTY, STR_EMPTY, &(struct pairs){all, count}, call);
}

bool google_consented(struct arena *a, const struct settings *s, const struct consent *consent, struct str code,
                      struct http_call *call, struct error *e)
{
    const struct pair fields[] = {{STR("grant_type"), STR("authorization_code")},
                                  {STR("code"), code},
                                  {STR("redirect_uri"), consent->redirect_uri},
                                  {STR("code_verifier"), consent->verifier}};
    if (!settings_get(s, "client_id").len)
        return fail(e, ERR_NOT_FOUND, "No client id is set any more.");
    token_call(a, s, fields, COUNT_OF(fields), call);
    return true;
}

bool google_renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    const struct pair fields[] = {{STR("grant_type"), STR("refresh_token")},
                                  {STR("refresh_token"), settings_get(s, "refresh_token")}};
    if (!settings_get(s, "client_id").len || !fields[1].value.len)
        return fail(e, ERR_NOT_FOUND, "No refresh token and client_id are set: access is not renewed.");
    token_call(a, s, fields, COUNT_OF(fields), call);
    return true;
}

int google_renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    return oauth_tokens(a, "Google", reply, ACCESS_SECONDS, (int)(DAY_US / SECOND_US), changed, out);
}

/* ---- errors ---- */

static const struct google_reason everywhere[] = {
    {"authError", FAILURE_TOKEN},
    {"UNAUTHENTICATED", FAILURE_TOKEN},
    {"ACCESS_TOKEN_EXPIRED", FAILURE_TOKEN},
    {"quotaExceeded", FAILURE_RATE},
    {"dailyLimitExceeded", FAILURE_RATE},
    {"rateLimitExceeded", FAILURE_RATE},
    {"userRateLimitExceeded", FAILURE_RATE},
    {"RATE_LIMIT_EXCEEDED", FAILURE_RATE},
    {"RESOURCE_EXHAUSTED", FAILURE_RATE},
    {"backendError", FAILURE_TRANSIENT},
    {"internalError", FAILURE_TRANSIENT},
    {"processingFailure", FAILURE_TRANSIENT},
    {"INTERNAL", FAILURE_TRANSIENT},
    {"UNAVAILABLE", FAILURE_TRANSIENT},
    {"ABORTED", FAILURE_TRANSIENT},
    {"DEADLINE_EXCEEDED", FAILURE_TRANSIENT},
    {"notFound", FAILURE_GONE},
    {"NOT_FOUND", FAILURE_GONE},
    {"youtubeSignupRequired", FAILURE_PERMISSION},
    {"accessNotConfigured", FAILURE_PERMISSION},
    {"insufficientPermissions", FAILURE_PERMISSION},
    {"PERMISSION_DENIED", FAILURE_PERMISSION},
    {NULL, FAILURE_NONE},
};

static enum failure failure_of(const struct google_reason *reasons, struct str reason)
{
    for (; reasons && reasons->reason; reasons++)
        if (str_eq(reason, str_from(reasons->reason)))
            return reasons->failure;
    return FAILURE_NONE;
}

/* Most exact first: errors[].reason, details[].reason, status. The first that means something is the one. */
static enum failure told(struct arena *a, const struct google_reason *reasons, const struct json *error,
                         struct str *reason)
{
    static const char *const lists[] = {"errors", "details"};
    struct str first = STR_EMPTY, status = read_text(a, json_get(error, "status"));
    for (size_t i = 0; i <= COUNT_OF(lists); i++) {
        const struct json *list = i < COUNT_OF(lists) ? json_get(error, lists[i]) : NULL;
        size_t count = json_is(list, JSON_ARRAY) ? json_count(list) : i == COUNT_OF(lists);
        for (size_t k = 0; k < count; k++) {
            *reason = i < COUNT_OF(lists) ? read_text(a, json_get(json_at(list, k), "reason")) : status;
            first = first.len ? first : *reason;
            enum failure own = failure_of(reasons, *reason);
            enum failure failure = own ? own : failure_of(everywhere, *reason);
            if (failure)
                return failure;
        }
    }
    *reason = first;
    return FAILURE_NONE;
}

/* "39s" or "39.5s" of google.rpc.RetryInfo. */
static int told_delay(const struct json *error)
{
    const struct json *details = json_get(error, "details");
    for (size_t i = 0; json_is(details, JSON_ARRAY) && i < json_count(details); i++) {
        struct str delay = json_text(json_get(json_at(details, i), "retryDelay"));
        int64_t seconds;
        ptrdiff_t end = str_find_char(delay, '.');
        delay = str_slice(delay, 0, end >= 0 ? (size_t)end : delay.len ? delay.len - 1 : 0);
        if (str_int64(delay, &seconds) && seconds >= 0 && seconds <= 86400)
            return (int)seconds + 1;
    }
    return 0;
}

static int wait_of(const struct http_reply *reply, const struct json *error, struct str reason, int64_t now, int wait)
{
    int told = retry_after(reply);
    if (!told)
        told = told_delay(error);
    if (told)
        return told;
    if (!str_eq(reason, STR("quotaExceeded")) && !str_eq(reason, STR("dailyLimitExceeded")))
        return wait;
    if (!now)
        return 0;
    int64_t noon = clock_day_start(clock_day(now, PACIFIC), PACIFIC) + 36 * HOUR_US; /* of tomorrow */
    int64_t left = clock_day_start(clock_day(noon, PACIFIC), PACIFIC) - now;
    return left > 0 && left <= 86400 * SECOND_US ? (int)(left / SECOND_US) + 1 : 86400;
}

void google_problem(struct arena *a, const struct google_reason *reasons, const struct http_reply *reply, int64_t now,
                    int wait, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *error = json_get(body, "error");
    struct str reason = STR_EMPTY, words = read_text(a, json_get(error, "message"));
    outcome_by_status(a, out, reply);
    if (!json_is(error, JSON_OBJECT)) {
        if (out->failure == FAILURE_RATE && !out->retry_seconds)
            out->retry_seconds = wait;
        return;
    }
    enum failure failure = told(a, reasons, error, &reason);
    if (!failure || (reply->status >= 500 && failure != FAILURE_RATE))
        failure = out->failure;
    outcome_fail(a, out, failure,
                 reason.len ? str_format(a, "%d/%.*s", reply->status, STR_ARGS(str_slice(reason, 0, 80)))
                            : str_format(a, "HTTP %d", reply->status),
                 words.len ? words : str_format(a, "Google answered with HTTP status %d.", reply->status));
    if (failure == FAILURE_RATE)
        out->retry_seconds = wait_of(reply, error, reason, now, wait);
    else if (failure == FAILURE_TRANSIENT)
        out->retry_seconds = retry_after(reply);
}

void google_list_problem(struct arena *a, const struct http_reply *reply, int64_t now, int wait, struct outcome *out)
{
    google_problem(a, NULL, reply, now, wait, out);
    if (out->failure == FAILURE_GONE || out->failure == FAILURE_CONTENT)
        out->failure = FAILURE_PERMISSION;
}

void google_query(struct buf *url, const char *name, struct str value)
{
    if (!value.len)
        return;
    buf_char(url, str_find_char(buf_view(url), '?') < 0 ? '?' : '&');
    buf_cstr(url, name);
    buf_char(url, '=');
    buf_url(url, value);
}
