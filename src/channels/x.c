/* SPDX-License-Identifier: Apache-2.0 */
/* X: mentions, replies and quotes in public, and direct messages. Its webhooks come in the shape of the
 * Activity API or of the older account activity (read in channel_x.c). On self-serve plans X lets an API
 * answer only those who mentioned or quoted us; when it refuses, the window is closed and the colleague opens
 * X. */
#include "channels/channel_x.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"

extern const struct channel channel_x;

static const struct setting settings[] = {
    {"consumer_secret", "setting.x.consumer_secret", "the app's consumer secret, with which X signs what it sends",
     NULL, SETTING_REQUIRED | SETTING_SECRET},
    {"access_token", "setting.x.access_token", "the account's OAuth 2 access token, needed to answer", NULL,
     SETTING_SECRET},
    {"refresh_token", "setting.x.refresh_token",
     "the refresh token that came with it: access ends after two hours and is renewed with it", NULL, SETTING_SECRET},
    {"client_id", "setting.x.client_id", "the app's OAuth 2 client id, needed to renew", NULL, 0},
    {"client_secret", "setting.x.client_secret", "its client secret, for an app of the confidential kind", NULL,
     SETTING_SECRET},
    {"user_id", "setting.x.user_id", "our account's id, as digits", NULL, SETTING_ACCOUNT},
    {"username", "setting.x.username", "our account's name, without @", NULL, 0},
    {"plan", "setting.x.plan", "X's plan: self-serve (only who names or quotes us can be answered) or enterprise",
     "self-serve", 0},
    {"api_base", "setting.x.api_base", "address of the API", "https://api.x.com", 0},
    CONSENT_BASE("x", "https://x.com"),
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "reply",
     .label = "door.x.reply",
     .unit = LENGTH_X_WEIGHTED,
     .limit = 280,
     .url_weight = 23,
     .units = X_PRICE_REPLY,
     .reply_needed = true,
     .attachments = true,
     .attachment_max = 5 << 20},
    {.kind = DOOR_DIRECT,
     .name = "dm",
     .label = "door.x.dm",
     .unit = LENGTH_CHARACTERS,
     .limit = 10000,
     .attachments = true,
     .attachment_max = 5 << 20},
    {0},
};

static const struct listing listings[] = {
    {.name = "mentions", .label = "listing.x.mentions", .doors = {"reply"}, .every_seconds = 900, .hooked = true},
    {.name = "dms",
     .label = "listing.x.dms",
     .doors = {"dm"},
     .every_seconds = 900,
     .hooked = true,
     .reach_hours = 30 * 24},
    {0},
};

/* ---- in ---- */

static bool handshake(struct arena *a, const struct settings *s, const struct hook *hook, struct str *reply,
                      struct str *content_type, struct error *e)
{
    struct str token = pairs_get(&hook->query, STR("crc_token"));
    if (!token.len)
        return fail(e, ERR_MALFORMED, "crc_token is missing.");
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(settings_get(s, "consumer_secret"), token, digest);
    struct json *body = json_object(a);
    json_set_str(a, body, "response_token", str_concat(a, STR("sha256="), base64_encode(a, digest, sizeof digest)));
    *reply = json_to_str(a, body);
    *content_type = STR("application/json");
    return true;
}

/* The header is compared as it is written, in constant time. */
static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    struct str header = pairs_get(&hook->headers, STR("x-twitter-webhooks-signature"));
    struct str secret = settings_get(s, "consumer_secret");
    if (!header.len || !secret.len)
        return fail(e, ERR_FORBIDDEN, "The signature x-twitter-webhooks-signature is missing.");
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(secret, hook->body, digest);
    char expected[] = "sha256=0000000000000000000000000000000000000000000=";
    digest_base64(digest, expected + 7);
    if (!same_secret(header, (struct str){expected, sizeof expected - 1}))
        return fail(e, ERR_FORBIDDEN, "x-twitter-webhooks-signature does not fit the body and the consumer secret.");
    return true;
}

static void read_dms(struct x_reading *r, const struct json *payload, const struct place *at)
{
    bool as_listed = json_get(payload, "dm_conversation_id") != NULL; /* the shape of X's lists */
    const struct json *users = json_get(payload, "users");
    r->users = users ? users : r->users;
    if (x_each(r, payload, "direct_message_events", at, x_dm))
        return;
    if (as_listed)
        x_dm_event(r, payload, at);
    else
        channel_unread(r->events, at, "has no direct_message_events");
}

/* X shows no payload of these two: taken both in a list, as of old, and plain. */
static void read_dm_reads(struct x_reading *r, const struct json *payload, const struct place *at)
{
    r->users = json_get(payload, "users");
    if (!x_each(r, payload, "direct_message_mark_read_events", at, x_dm_read))
        x_dm_read(r, payload, at);
}

static void read_typings(struct x_reading *r, const struct json *payload, const struct place *at)
{
    r->users = json_get(payload, "users");
    if (!x_each(r, payload, "direct_message_indicate_typing_events", at, x_typing))
        x_typing(r, payload, at);
}

static const struct {
    const char *type;
    x_read *read; /* NULL: of no matter */
    bool summons; /* who it tells of called us */
} activities[] = {
    {"post.mention.create", x_post, true},
    {"post.reply.create", x_post, false},
    {"post.quote.create", x_post, true},
    {"post.create", x_post, false},
    {"post.delete", x_deleted, false},
    {"post.repost.create", NULL, false},
    {"dm.received", read_dms, false},
    {"dm.sent", read_dms, false},
    {"dm.read", read_dm_reads, false},
    {"chat.received", x_chat, false},
    {"dm.indicate_typing", read_typings, false},
    {"chat.sent", x_chat, false},
    {"oauth.revoke", x_revoked, false},
    {"chat.conversation_join", NULL, false},
};

/* One event of the Activity API. */
static void read_activity(struct x_reading *r, const struct json *data, const struct place *at, struct str ours)
{
    const struct json *payload = json_get(data, "payload");
    struct str type = read_text(r->a, json_get(data, "event_type"));
    struct place here = {at, "payload", -1};
    r->us = read_id(r->a, json_path(data, "filter", "user_id", NULL)); /* one app may serve several accounts */
    if (!r->us.len)
        r->us = ours;
    r->key = read_id(r->a, json_get(data, "event_uuid"));
    if (!r->key.len)
        r->key = dedupe_hash(r->a, json_to_str(r->a, data));
    r->includes = json_get(data, "includes");
    r->users = json_get(r->includes, "users");
    size_t i = 0;
    while (i < COUNT_OF(activities) && !str_eq(type, str_from(activities[i].type)))
        i++;
    bool talk = str_starts(type, STR("post.")) || str_starts(type, STR("dm.")) || str_starts(type, STR("chat."));
    if (!type.len)
        channel_unread(r->events, at, "has no event_type");
    else if (i == COUNT_OF(activities) && talk)
        channel_unread(r->events, at, "has the event_type %.*s, which is not known",
                       STR_ARGS(str_slice(type, 0, 60)));
    else if (i == COUNT_OF(activities) || !activities[i].read)
        x_ignored(r, type, r->key);
    else if (!json_is(payload, JSON_OBJECT))
        channel_unread(r->events, &here, "is missing or not an object");
    else {
        r->summons |= activities[i].summons;
        activities[i].read(r, payload, &here);
    }
}

/* The older account activity: lists by kind beside for_user_id. False when there is none. */
static bool read_old(struct x_reading *r, const struct json *root, struct str ours)
{
    static const char *const others[] = {"favorite_events", "follow_events", "unfollow_events", "block_events",
                                         "unblock_events",  "mute_events",   "unmute_events"};
    r->us = read_id(r->a, json_get(root, "for_user_id"));
    if (!r->us.len)
        r->us = ours;
    r->users = json_get(root, "users");
    bool any = x_each(r, root, "tweet_create_events", NULL, x_old_post);
    any |= x_each(r, root, "tweet_delete_events", NULL, x_old_deleted);
    any |= x_each(r, root, "direct_message_events", NULL, x_dm);
    any |= x_each(r, root, "direct_message_mark_read_events", NULL, x_dm_read);
    any |= x_each(r, root, "direct_message_indicate_typing_events", NULL, x_typing);
    const struct json *revoke = json_path(root, "user_event", "revoke", NULL);
    if (json_is(revoke, JSON_OBJECT))
        x_revoked(r, revoke, &(struct place){NULL, "user_event", -1});
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (json_get(root, others[i])) {
            struct str hash = dedupe_hash(r->a, json_to_str(r->a, json_get(root, others[i])));
            x_ignored(r, str_from(others[i]), DEDUPE(r->a, others[i], hash));
            any = true;
        }
    return any || json_is(revoke, JSON_OBJECT);
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    struct x_reading r = x_reading_of(a, s, events);
    struct str ours = settings_get(s, "user_id");
    const struct json *data = json_get(root, "data");
    if (json_is(data, JSON_OBJECT))
        read_activity(&r, data, &(struct place){NULL, "data", -1}, ours);
    else if (data)
        return fail(e, ERR_MALFORMED, "data is not an object: not a webhook of X");
    else if (!read_old(&r, root, ours))
        return fail(e, ERR_MALFORMED, "no `data` and no list of events: not a webhook of X");
    return channel_read(events, e);
}

/* ---- out: a picture is uploaded first (step 0), then posted (1) ---- */

static bool send_upload(struct arena *a, const struct settings *s, const struct outgoing *m, bool direct,
                        struct http_call *call, struct error *e)
{
    struct str mime = m->media->mime;
    bool gif = str_eq(mime, STR("image/gif"));
    if (!gif && !str_eq(mime, STR("image/jpeg")) && !str_eq(mime, STR("image/png")) &&
        !str_eq(mime, STR("image/webp")))
        return fail(e, ERR_BAD_INPUT,
                    "X takes pictures here (JPEG, PNG, WebP or GIF), and this is another kind of file.");
    if (!call_start(a, s, "POST", str_concat(a, api_base(s), STR("/2/media/upload")), call, e))
        return false;
    struct str category =
        direct ? (gif ? STR("dm_gif") : STR("dm_image")) : (gif ? STR("tweet_gif") : STR("tweet_image"));
    struct pair fields[] = {{STR("media_category"), category}};
    call_form(a, call, &(struct pairs){fields, COUNT_OF(fields)}, "media", m->media);
    return true;
}

static struct json *list_of(struct arena *a, struct json *item)
{
    struct json *list = json_array(a);
    json_push(a, list, item);
    return list;
}

static bool send_reply(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                       struct error *e)
{
    if (!call_start(a, s, "POST", str_concat(a, api_base(s), STR("/2/tweets")), call, e))
        return false;
    struct json *body = json_object(a), *reply = json_object(a);
    json_set_str(a, body, "text", m->text);
    json_set_str(a, reply, "in_reply_to_tweet_id", m->parent_id);
    json_set(a, body, "reply", reply);
    if (m->media) {
        struct json *media = json_object(a);
        json_set(a, media, "media_ids", list_of(a, json_new_str(a, m->carry)));
        json_set(a, body, "media", media);
    }
    call_json(a, call, body);
    return true;
}

static bool send_dm(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                    struct error *e)
{
    struct str base = api_base(s), to = url_encode(a, m->to);
    struct str url = str_format(a, "%.*s/2/dm_conversations/with/%.*s/messages", STR_ARGS(base), STR_ARGS(to));
    if (!call_start(a, s, "POST", url, call, e))
        return false;
    struct json *body = json_object(a);
    if (str_trim(m->text).len)
        json_set_str(a, body, "text", m->text);
    if (m->media) {
        struct json *item = json_object(a);
        json_set_str(a, item, "media_id", m->carry);
        json_set(a, body, "attachments", list_of(a, item));
    }
    call_json(a, call, body);
    return true;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    const struct door *door = outgoing_door(a, &channel_x, m, e);
    if (!door)
        return false;
    bool direct = door->kind == DOOR_DIRECT;
    if (m->media && m->step == 0)
        return send_upload(a, s, m, direct, call, e);
    return direct ? send_dm(a, s, m, call, e) : send_reply(a, s, m, call, e);
}

static bool says(struct arena *a, struct str text, const char *const *words)
{
    struct str lower = str_lower(a, text);
    for (; *words; words++)
        if (str_find(lower, str_from(*words)) >= 0)
            return true;
    return false;
}

/* X answers 403 for many reasons; its words tell which. Where they do not, the door does: a reply that nobody
 * summoned, or direct messages that are closed. */
static enum failure forbidden(struct arena *a, struct str type, struct str detail, bool direct)
{
    static const char *const rights[] = {"client-forbidden",
                                         "client-not-enrolled",
                                         "unsupported-authentication",
                                         "oauth",
                                         "scope",
                                         "permitted to perform",
                                         "access level",
                                         "your account",
                                         "suspended",
                                         "locked",
                                         NULL};
    static const char *const gone[] = {"deleted", "not visible", "does not exist", NULL};
    static const char *const content[] = {"duplicate", "too long", "media", NULL};
    static const char *const blocked[] = {
        "blocked", "protected", "direct message", "cannot send messages", "not accept", "not following", NULL};
    if (says(a, detail, gone))
        return FAILURE_GONE;
    if (says(a, detail, content))
        return FAILURE_CONTENT;
    if (says(a, detail, blocked))
        return FAILURE_BLOCKED;
    if (says(a, type, rights) || says(a, detail, rights))
        return FAILURE_PERMISSION;
    return direct ? FAILURE_BLOCKED : FAILURE_WINDOW;
}

static int reset_seconds(const struct http_reply *reply, int64_t now)
{
    int64_t reset;
    if (!now || !str_int64(pairs_get(&reply->headers, STR("x-rate-limit-reset")), &reset))
        return 0;
    int64_t wait = reset - now / SECOND_US;
    return wait > 0 && wait <= 86400 ? (int)wait : wait <= 0 ? 1 : 0;
}

/* The problem document of an answer: its own members, or the first of errors[]. */
static const struct json *problem_of(const struct json *body)
{
    const struct json *first = json_at(json_get(body, "errors"), 0);
    return json_get(body, "detail") || json_get(body, "type") || !first ? body : first;
}

static struct str problem_words(struct arena *a, const struct json *problem)
{
    struct str words = read_text(a, json_get(problem, "detail"));
    if (!words.len)
        words = read_text(a, json_get(problem, "message"));
    return words.len ? words : read_text(a, json_get(problem, "title"));
}

/* "rate-limit-exceeded" of ".../2/problems/rate-limit-exceeded" */
static struct str last_part(struct str type)
{
    for (ptrdiff_t slash; (slash = str_find_char(type, '/')) >= 0;)
        type = str_slice(type, (size_t)slash + 1, type.len);
    return type;
}

void x_problem(struct arena *a, const struct http_reply *reply, const struct json *body, bool direct, int64_t now,
               struct outcome *out)
{
    const struct json *problem = problem_of(body);
    struct str type = last_part(read_text(a, json_get(problem, "type"))), words = problem_words(a, problem);
    outcome_by_status(a, out, reply);
    enum failure failure = out->failure;
    int wait = out->retry_seconds;
    if (reply->status >= 200 && reply->status <= 299) /* taken as a call, refused as a wish */
        failure = FAILURE_CONTENT;
    if (reply->status == 403 || str_eq(type, STR("not-authorized-for-resource")))
        failure = forbidden(a, type, words, direct);
    else if (str_eq(type, STR("resource-not-found")))
        failure = FAILURE_GONE;
    if (words.len || type.len)
        outcome_fail(a, out, failure, str_format(a, "%d/%.*s", reply->status, STR_ARGS(type)),
                     words.len ? words : type);
    out->failure = failure;
    if (failure == FAILURE_RATE && !wait) /* a spent budget has no time of its own: ask again in an hour */
        wait = str_eq(type, STR("usage-capped")) ? 3600 : reset_seconds(reply, now);
    out->retry_seconds = failure == FAILURE_RATE || failure == FAILURE_TRANSIENT ? wait : 0;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = json_get(body, "data");
    bool accepted = reply->status >= 200 && reply->status <= 299;
    bool direct = str_eq(m->door, STR("dm")), upload = m->media && m->step == 0;
    struct str id = read_id(a, json_get(data, direct && !upload ? "dm_event_id" : "id"));
    if (!accepted || (!id.len && json_count(json_get(body, "errors"))))
        x_problem(a, reply, body, direct, m->now, out);
    else if (!upload)
        outcome_accept(a, out, id); /* taken, even when the answer cannot be read */
    else if (id.len)
        outcome_next(a, out, id);
    else
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("upload"), STR("X named no id for the picture."));
    if (out->kind == OUTCOME_ACCEPTED && !direct && text_has_url(a, m->text))
        out->units = X_PRICE_URL;
}

/* Pictures of direct messages want the token, and only hosts of X get it. */
static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    (void)step;
    (void)carry;
    struct str host = https_host(file->url);
    bool private =
        str_eq(host, STR("ton.twitter.com")) || str_eq(host, STR("ton.x.com")) || same_origin(file->url, api_base(s));
    if (!private && !host.len)
        return fail(e, ERR_BAD_INPUT, "The file has no secure address.");
    if (!private)
        *call = (struct http_call){.method = "GET", .url = str_dup(a, file->url)};
    else if (!call_start(a, s, "GET", str_dup(a, file->url), call, e))
        return false;
    call->timeout_ms = 60000;
    call->reply_max = (size_t)100 << 20;
    return true;
}

/* ---- access: given by an administrator's consent, for two hours; renewed with a token that serves once ---- */

#define ACCESS_SECONDS 7200
#define SCOPE          "tweet.read tweet.write users.read dm.read dm.write media.write offline.access"

static void token_call(struct arena *a, const struct settings *s, const struct pairs *fields, struct http_call *call)
{
    oauth_call(a, str_concat(a, api_base(s), STR("/2/oauth2/token")), settings_get(s, "client_id"),
               settings_get(s, "client_secret"), fields, call);
}

static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str id = settings_get(s, "client_id"), token = settings_get(s, "refresh_token");
    if (!id.len || !token.len)
        return fail(e, ERR_NOT_FOUND, "No refresh token and client_id are set: access is not renewed.");
    struct pair fields[] = {
        {STR("grant_type"), STR("refresh_token")}, {STR("refresh_token"), token}, {STR("client_id"), id}};
    token_call(a, s, &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    return oauth_tokens(a, "X", reply, ACCESS_SECONDS, (int)(DAY_US / SECOND_US), changed, out);
}

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    struct str base = settings_get(s, "consent_base");
    return oauth_page(a, str_concat(a, base, STR("/i/oauth2/authorize")), settings_get(s, "client_id"), SCOPE,
                      consent, &(struct pairs){0}, url, e);
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
                            {STR("code_verifier"), consent->verifier}};
    token_call(a, s, &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", str_concat(a, api_base(s), STR("/2/users/me")), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_path(body, "data", "id", NULL));
    if (reply->status == 200 && id.len) {
        outcome_accept(a, out, id);
        out->words = str_dup(a, read_text(a, json_path(body, "data", "username", NULL)));
        return;
    }
    x_problem(a, reply, body, false, 0, out);
    if (out->failure == FAILURE_WINDOW || out->failure == FAILURE_CONTENT)
        out->failure = FAILURE_PERMISSION;
}

const struct channel channel_x = {
    .name = "x",
    .label = "X",
    .icon = "x",
    .aliases = {"twitter"},
    .settings = settings,
    .doors = doors,
    .listings = listings,
    .headers = {"x-twitter-webhooks-signature"},
    .quota = {.money = "USD"},
    .guide_steps = 4,
    .honest = "honest.x",
    .handshake = handshake,
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .media = media,
    .renew = renew,
    .renewed = renewed,
    .consent = consent,
    .consented = consented,
    .ask = x_ask,
    .asked = x_asked,
    .probe = probe,
    .probed = probed,
};
