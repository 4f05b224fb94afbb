/* SPDX-License-Identifier: Apache-2.0 */
/* LinkedIn: comments on an organization's page and posts that mention it, answered in public. It gives no private
 * messages to applications, no names of who writes, and takes words only. Reading notifications is in
 * channel_linkedin.c. Facts: learn.microsoft.com/linkedin/marketing/community-management. */
#include "channels/channel_linkedin.h"

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_linkedin;

static const struct setting settings[] = {
    {"client_secret", "setting.linkedin.client_secret",
     "the application's client secret, with which LinkedIn signs what it sends", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"client_id", "setting.linkedin.client_id", "its client id, needed to agree and to renew", NULL, 0},
    {"organization_id", "setting.linkedin.organization_id", "our page's id, as digits", NULL, SETTING_ACCOUNT},
    {"access_token", "setting.linkedin.access_token", "an administrator's access token, needed to answer", NULL,
     SETTING_SECRET},
    {"refresh_token", "setting.linkedin.refresh_token", "the refresh token that came with it: access lasts 60 days",
     NULL, SETTING_SECRET},
    {"scope", "setting.linkedin.scope", "the rights that are asked for, as LinkedIn names them",
     "r_organization_social_feed w_organization_social_feed rw_organization_admin", 0},
    {"api_version", "setting.linkedin.api_version", "version of the API: a year and a month", "202607", 0},
    {"api_base", "setting.linkedin.api_base", "address of the API", "https://api.linkedin.com", 0},
    CONSENT_BASE("linkedin", "https://www.linkedin.com"),
    {SETTING_CONSENT_UNTIL, "setting.linkedin.consent_until", "until when access is renewed without a person", NULL,
     SETTING_KEPT},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "comment",
     .label = "door.linkedin.comment",
     .unit = LENGTH_CHARACTERS,
     .limit = 1250,
     .reply_needed = true,
     .units = 1},
    {0},
};

static const struct listing listings[] = {
    {.name = "notifications",
     .label = "listing.linkedin.notifications",
     .doors = {"comment"},
     .every_seconds = 900,
     .hooked = true,
     .reach_hours = 60 * 24,
     .units = 1},
    {0},
};

/* ---- in ---- */

static struct str hmac_hex(struct arena *a, const struct settings *s, struct str words)
{
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(settings_get(s, "client_secret"), words, digest);
    return hex_encode(a, digest, sizeof digest);
}

static bool handshake(struct arena *a, const struct settings *s, const struct hook *hook, struct str *reply,
                      struct str *content_type, struct error *e)
{
    struct str code = pairs_get(&hook->query, STR("challengeCode"));
    if (!code.len)
        return fail(e, ERR_MALFORMED, "challengeCode is missing.");
    struct json *body = json_object(a);
    json_set_str(a, body, "challengeCode", code);
    json_set_str(a, body, "challengeResponse", hmac_hex(a, s, code));
    *reply = json_to_str(a, body);
    *content_type = STR("application/json");
    return true;
}

/* LinkedIn describes two forms: the digest of a prefix and the body, or the prefix and the digest of the body. Each
 * is taken, whole. */
#define PREFIX STR("hmacsha256=")

static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct str header = pairs_get(&hook->headers, STR("x-li-signature"));
    if (!header.len || !settings_get(s, "client_secret").len)
        return fail(e, ERR_FORBIDDEN, "The signature x-li-signature is missing.");
    struct str expected = str_starts(header, PREFIX) ? str_concat(a, PREFIX, hmac_hex(a, s, hook->body))
                                                     : hmac_hex(a, s, str_concat(a, PREFIX, hook->body));
    if (!same_secret(header, expected))
        return fail(e, ERR_FORBIDDEN, "x-li-signature does not fit the body and the client secret.");
    return true;
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    const struct json *list = json_get(root, "notifications");
    struct linkedin_reading r = {.a = a, .events = events, .us = settings_get(s, "organization_id")};
    if (!str_eq(json_text(json_get(root, "type")), STR("ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS")))
        return fail(e, ERR_MALFORMED, "`type` is not ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS");
    if (!json_is(list, JSON_ARRAY))
        return fail(e, ERR_MALFORMED, "no list of notifications: not a webhook of LinkedIn");
    for (size_t i = 0; i < json_count(list); i++)
        linkedin_notification(&r, json_at(list, i), &(struct place){NULL, "notifications", (ptrdiff_t)i});
    return channel_read(events, e);
}

/* ---- out ---- */

bool linkedin_call(struct arena *a, const struct settings *s, const char *method, struct str path,
                   struct http_call *call, struct error *e)
{
    if (!call_start(a, s, method, str_format(a, "%.*s/rest/%.*s", STR_ARGS(api_base(s)), STR_ARGS(path)), call, e))
        return false;
    call_header(a, call, "LinkedIn-Version", settings_get(s, "api_version"));
    call_header(a, call, "X-Restli-Protocol-Version", STR("2.0.0"));
    return true;
}

/* "urn:li:activity:1" of the thread "post:urn:li:activity:1". */
static struct str post_of(const struct outgoing *m)
{
    return str_starts(m->thread_key, STR("post:")) ? str_slice(m->thread_key, 5, m->thread_key.len) : STR_EMPTY;
}

/* A comment is answered below it, a post that mentions us by a comment on it. */
static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_linkedin, m, e))
        return false;
    struct str us = m->account.len ? m->account : settings_get(s, "organization_id"), post = post_of(m);
    bool below = linkedin_is_comment(m->parent_id);
    if (!us.len)
        return fail(e, ERR_BAD_INPUT, "Without our page's id (organization_id) nobody would be the author.");
    if (!post.len)
        post = below ? linkedin_post_of(m->parent_id) : m->parent_id;
    struct str path = str_format(a, "socialActions/%.*s/comments", STR_ARGS(url_encode(a, m->parent_id)));
    if (!linkedin_call(a, s, "POST", path, call, e))
        return false;
    struct json *body = json_object(a), *message = json_object(a);
    json_set_str(a, body, "actor", linkedin_organization(a, us));
    json_set_str(a, body, "object", post);
    json_set_str(a, message, "text", m->text);
    json_set(a, body, "message", message);
    if (below)
        json_set_str(a, body, "parentComment", m->parent_id);
    call_json(a, call, body);
    return true;
}

/* The comment's whole name is in the body; in the header stands its number, or its name. */
static struct str id_of(struct arena *a, const struct outgoing *m, const struct http_reply *reply)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_get(body, "commentUrn"));
    if (!id.len)
        id = text_clean(a, pairs_get(&reply->headers, STR("x-restli-id")));
    if (!id.len)
        id = read_id(a, json_get(body, "id"));
    if (!id.len || str_starts(id, STR("urn:")))
        return linkedin_urn(a, id);
    struct str post = read_id(a, json_get(body, "object"));
    if (!post.len)
        post = post_of(m);
    return str_format(a, "urn:li:comment:(%.*s,%.*s)", STR_ARGS(post), STR_ARGS(id));
}

static bool says(struct str lower, const char *const *words)
{
    for (; *words; words++)
        if (str_find(lower, str_from(*words)) >= 0)
            return true;
    return false;
}

#define DAY_SECONDS 86400

/* The day's calls are counted from midnight UTC. */
static int to_midnight(int64_t now)
{
    return now > 0 ? (int)(DAY_SECONDS - now / SECOND_US % DAY_SECONDS) : 3600;
}

static enum failure class_of(int status, struct str lower, enum failure otherwise)
{
    static const char *const fields[] = {"/content", "unpermitted fields", NULL};
    static const char *const closed[] = {"comments are disabled", "comments disabled", "comments are closed",
                                         "commenting is disabled", NULL};
    if (status == 426) /* the version of the API has ended: an administrator sets another */
        return FAILURE_PERMISSION;
    if (status < 500 && str_find(lower, STR("throttled")) >= 0) /* whatever the status beside it */
        return FAILURE_RATE;
    if (status == 409 || status == 422)
        return FAILURE_CONTENT;
    if ((status == 403 || status == 400) && says(lower, fields))
        return FAILURE_CONTENT;
    if ((status == 403 || status == 400) && says(lower, closed))
        return FAILURE_WINDOW;
    return otherwise;
}

void linkedin_problem(struct arena *a, const struct http_reply *reply, int64_t now, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str words = read_text(a, json_get(body, "message")), code = read_id(a, json_get(body, "serviceErrorCode"));
    struct str lower = str_lower(a, words);
    outcome_by_status(a, out, reply);
    enum failure failure = class_of(reply->status, lower, out->failure);
    int seconds = out->retry_seconds;
    if (words.len)
        outcome_fail(a, out, failure, code.len ? str_format(a, "%d/%.*s", reply->status, STR_ARGS(code)) : out->code,
                     words);
    out->failure = failure;
    if (failure == FAILURE_RATE && !seconds) /* too many comments in a minute, or the day's calls are used up */
        seconds = str_find(lower, STR("throttled")) >= 0 ? 60 : to_midnight(now);
    out->retry_seconds = failure == FAILURE_RATE || failure == FAILURE_TRANSIENT ? seconds : 0;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    if (reply->status >= 200 && reply->status <= 299)
        outcome_accept(a, out, id_of(a, m, reply)); /* taken, even when the answer cannot be read */
    else
        linkedin_problem(a, reply, m->now, out);
}

/* ---- access: 60 days, renewed for a year from the day an administrator agreed, never longer ---- */

#define ACCESS_SECONDS (60 * DAY_SECONDS)

static void token_call(struct arena *a, const struct settings *s, const struct pairs *fields, struct http_call *call)
{
    struct str base = settings_get(s, "consent_base");
    *call = (struct http_call){.method = "POST", .url = str_concat(a, base, STR("/oauth/v2/accessToken"))};
    call_fields(a, call, fields);
}

static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str id = settings_get(s, "client_id"), token = settings_get(s, "refresh_token");
    if (!id.len || !token.len)
        return fail(e, ERR_NOT_FOUND, "No refresh token and client_id are set: access is not renewed.");
    struct pair fields[] = {{STR("grant_type"), STR("refresh_token")},
                            {STR("refresh_token"), token},
                            {STR("client_id"), id},
                            {STR("client_secret"), settings_get(s, "client_secret")}};
    token_call(a, s, &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    int seconds = oauth_tokens(a, "LinkedIn", reply, ACCESS_SECONDS, 2 * ACCESS_SECONDS, changed, out);
    if (seconds)
        oauth_until(a, reply, json_parse(a, reply->body, NULL), changed);
    return seconds;
}

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    struct consent plain = {.redirect_uri = consent->redirect_uri, .state = consent->state};
    struct str scope = settings_get(s, "scope"), base = settings_get(s, "consent_base");
    return oauth_page(a, str_concat(a, base, STR("/oauth/v2/authorization")), settings_get(s, "client_id"),
                      str_cstr(a, scope), &plain, &(struct pairs){0}, url, e);
}

static bool consented(struct arena *a, const struct settings *s, const struct consent *consent, struct str code,
                      struct http_call *call, struct error *e)
{
    struct str id = settings_get(s, "client_id");
    if (!id.len)
        return fail(e, ERR_NOT_FOUND, "No client id is set any more.");
    struct pair fields[] = {{STR("grant_type"), STR("authorization_code")},
                            {STR("code"), code},
                            {STR("redirect_uri"), consent->redirect_uri},
                            {STR("client_id"), id},
                            {STR("client_secret"), settings_get(s, "client_secret")}};
    token_call(a, s, &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str us = settings_get(s, "organization_id");
    return linkedin_call(a, s, "GET",
                         us.len ? str_concat(a, STR("organizations/"), url_encode(a, us))
                                : STR("organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED"),
                         call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (reply->status == 200 && json_is(body, JSON_OBJECT)) {
        outcome_accept(a, out, read_id(a, json_get(body, "id")));
        out->words = str_dup(a, read_text(a, json_get(body, "localizedName")));
        return;
    }
    linkedin_problem(a, reply, 0, out);
    if (out->failure == FAILURE_GONE) /* there is no such page for us */
        out->failure = FAILURE_PERMISSION;
}

const struct channel channel_linkedin = {
    .name = "linkedin",
    .label = "LinkedIn",
    .icon = "linkedin",
    .settings = settings,
    .doors = doors,
    .listings = listings,
    .quota = {.units = 100, .period_seconds = DAY_SECONDS, .zone = "UTC"}, /* a member's calls, development tier */
    .keeping = {.words_hours = 48, .people_hours = 24},
    .headers = {"x-li-signature"},
    .guide_steps = 4,
    .honest = "honest.linkedin",
    .handshake = handshake,
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .renew = renew,
    .renewed = renewed,
    .consent = consent,
    .consented = consented,
    .ask = linkedin_ask,
    .asked = linkedin_asked,
    .probe = probe,
    .probed = probed,
};
