/* SPDX-License-Identifier: Apache-2.0 */
/* TikTok of a business account: comments below its films, answered in public, and direct messages where TikTok lets
 * programs handle them (its messaging partners, and nobody in the EEA, the United Kingdom or Switzerland). An
 * answer's HTTP status says nothing: `code` in its body does. Facts: business-api.tiktok.com/portal/docs, Accounts
 * API v1.3. */
#include "channels/channel_tiktok.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/url.h"

extern const struct channel channel_tiktok;

static const struct setting settings[] = {
    {"client_secret", "setting.tiktok.client_secret",
     "the application's secret, with which TikTok signs what it sends", NULL, SETTING_REQUIRED | SETTING_SECRET},
    {"client_key", "setting.tiktok.client_key", "the application's id, needed to agree and to renew", NULL, 0},
    {"business_id", "setting.tiktok.business_id", "our account's id (open_id), comes with the consent", NULL,
     SETTING_ACCOUNT},
    {"access_token", "setting.tiktok.access_token", "the account's access token, needed to answer", NULL,
     SETTING_SECRET},
    {"refresh_token", "setting.tiktok.refresh_token", "the refresh token that came with it: access lasts a day", NULL,
     SETTING_SECRET},
    {"username", "setting.tiktok.username", "our account's name, without @", NULL, 0},
    {"own_identifier", "setting.tiktok.own_identifier",
     "our account's unique_identifier, by which comments written in TikTok's app are known to be ours", NULL, 0},
    {"scope", "setting.tiktok.scope", "the rights that are asked for, as TikTok names them",
     "user.info.basic,video.list,comment.list,comment.list.manage", 0},
    {"api_version", "setting.tiktok.api_version", "version of the API", "v1.3", 0},
    {"api_base", "setting.tiktok.api_base", "address of the API", "https://business-api.tiktok.com", 0},
    CONSENT_BASE("tiktok", "https://www.tiktok.com"),
    {SETTING_CONSENT_UNTIL, "setting.tiktok.consent_until", "until when access is renewed without a person", NULL,
     SETTING_KEPT},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "comment",
     .label = "door.tiktok.comment",
     .unit = LENGTH_CHARACTERS,
     .limit = 1200,
     .reply_needed = true},
    {.kind = DOOR_DIRECT,
     .name = "dm",
     .label = "door.tiktok.dm",
     .unit = LENGTH_CHARACTERS,
     .limit = 6000,
     .window_hours = 48,
     .attachments = true,
     .attachment_max = 3 << 20},
    {0},
};

static const struct listing listings[] = {
    {.name = "comments",
     .label = "listing.tiktok.comments",
     .doors = {"comment"},
     .every_seconds = 900,
     .hooked = true},
    {.name = "messages",
     .label = "listing.tiktok.messages",
     .doors = {"dm"},
     .every_seconds = 900,
     .hooked = true,
     .reach_hours = 90 * 24},
    {0},
};

/* ---- in ---- */

#define STALE_SECONDS 300 /* either way: clocks differ */

/* "t=1700000000,s=HEX", in any order. */
static bool header_parts(struct str header, struct str *time, struct str *sign)
{
    struct str part;
    while (str_split(&header, ',', &part)) {
        part = str_trim(part);
        struct str *into = str_starts(part, STR("t=")) ? time : str_starts(part, STR("s=")) ? sign : NULL;
        if (!into || into->len)
            return false;
        *into = str_slice(part, 2, part.len);
    }
    return time->len && sign->len;
}

/* Signed with its moment, so that a webhook that somebody kept cannot be said again later. */
static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct str secret = settings_get(s, "client_secret"), time = STR_EMPTY, sign = STR_EMPTY;
    unsigned char digest[SHA256_BYTES];
    int64_t at;
    if (!secret.len || !header_parts(pairs_get(&hook->headers, STR("tiktok-signature")), &time, &sign) ||
        !str_int64(time, &at))
        return fail(e, ERR_FORBIDDEN, "The signature tiktok-signature is missing.");
    hmac_sha256(secret, str_concat(a, str_concat(a, time, STR(".")), hook->body), digest);
    if (!same_secret(sign, hex_encode(a, digest, sizeof digest)))
        return fail(e, ERR_FORBIDDEN, "tiktok-signature does not fit the body and the application's secret.");
    int64_t now = hook->at / SECOND_US;
    if (hook->at && (at < now - STALE_SECONDS || at > now + STALE_SECONDS))
        return fail(e, ERR_FORBIDDEN, "tiktok-signature was made more than five minutes away from now.");
    return true;
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    struct tiktok_reading r = {.a = a, .settings = s, .events = events, .us = settings_get(s, "business_id")};
    if (!json_text(json_get(root, "event")).len)
        return fail(e, ERR_MALFORMED, "no event: not a webhook of TikTok");
    tiktok_event(&r, root);
    return channel_read(events, e);
}

/* ---- out ---- */

static struct str path_to(struct arena *a, const struct settings *s, struct str path)
{
    struct str base = api_base(s), version = settings_get(s, "api_version");
    return str_format(a, "%.*s/open_api/%.*s/%.*s", STR_ARGS(base), STR_ARGS(version), STR_ARGS(path));
}

/* The token goes by itself; one that was pasted with its kind in front would be refused as revoked. */
static struct str raw_token(const struct settings *s)
{
    struct str token = settings_get(s, "access_token");
    return str_starts(token, STR("Bearer ")) ? str_trim(str_slice(token, 7, token.len)) : token;
}

bool tiktok_call(struct arena *a, const struct settings *s, const char *method, struct str path,
                 struct http_call *call, struct error *e)
{
    struct str token = raw_token(s);
    if (!token.len)
        return fail(e, ERR_UNAUTHENTICATED,
                    "No access token is set for this channel: an administrator can add it in its settings.");
    *call = (struct http_call){.method = method, .url = path_to(a, s, path)};
    call_header(a, call, "Access-Token", token);
    return true;
}

static struct str us_of(const struct settings *s, const struct outgoing *m)
{
    return m->account.len ? m->account : settings_get(s, "business_id");
}

/* What follows the kind of a thread: the film, or the talk. */
static struct str thread_of(const struct outgoing *m, struct str kind)
{
    return str_starts(m->thread_key, kind) ? str_slice(m->thread_key, kind.len, m->thread_key.len) : STR_EMPTY;
}

static bool send_comment(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                         struct error *e)
{
    struct str video = thread_of(m, STR("post:"));
    if (!video.len)
        return fail(e, ERR_BAD_INPUT, "TikTok wants to know below which film this goes.");
    if (!tiktok_call(a, s, "POST", STR("business/comment/reply/create/"), call, e))
        return false;
    struct json *body = json_object(a);
    json_set_str(a, body, "business_id", us_of(s, m));
    json_set_str(a, body, "video_id", video);
    json_set_str(a, body, "comment_id", m->parent_id);
    json_set_str(a, body, "text", m->text);
    call_json(a, call, body);
    return true;
}

/* A picture takes steps: may it be sent in this talk (0), the upload (1), the picture (2), its words (3). */
enum { STEP_MAY, STEP_UPLOAD, STEP_PICTURE, STEP_WORDS };

static int step_of(const struct outgoing *m)
{
    return m->media ? m->step : STEP_WORDS;
}

static bool ask_capability(struct arena *a, const struct settings *s, const struct outgoing *m, struct str talk,
                           struct http_call *call, struct error *e)
{
    struct str mime = m->media->mime, us = url_encode(a, us_of(s, m));
    if (!str_eq(mime, STR("image/jpeg")) && !str_eq(mime, STR("image/png")))
        return fail(e, ERR_BAD_INPUT, "TikTok takes pictures here (JPEG or PNG), and this is another kind of file.");
    return tiktok_call(a, s, "GET",
                       str_format(a,
                                  "business/message/capabilities/get/?business_id=%.*s&conversation_id=%.*s&"
                                  "conversation_type=SINGLE&capability_types=%%5B%%22IMAGE_SEND%%22%%5D",
                                  STR_ARGS(us), STR_ARGS(url_encode(a, talk))),
                       call, e);
}

static bool upload(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                   struct error *e)
{
    struct pair fields[] = {{STR("business_id"), us_of(s, m)}, {STR("media_type"), STR("IMAGE")}};
    if (!tiktok_call(a, s, "POST", STR("business/message/media/upload/"), call, e))
        return false;
    call_form(a, call, &(struct pairs){fields, COUNT_OF(fields)}, "file", m->media);
    return true;
}

static bool send_dm(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                    struct error *e)
{
    struct str talk = thread_of(m, STR("dm:"));
    int step = step_of(m);
    if (!talk.len)
        return fail(e, ERR_BAD_INPUT, "TikTok lets nobody begin a talk: this person has not written in private.");
    if (step == STEP_MAY)
        return ask_capability(a, s, m, talk, call, e);
    if (step == STEP_UPLOAD)
        return upload(a, s, m, call, e);
    if (!tiktok_call(a, s, "POST", STR("business/message/send/"), call, e))
        return false;
    bool picture = step == STEP_PICTURE;
    struct json *body = json_object(a), *inside = json_object(a);
    json_set_str(a, body, "business_id", us_of(s, m));
    json_set_str(a, body, "recipient_type", STR("CONVERSATION"));
    json_set_str(a, body, "recipient", talk);
    json_set_str(a, body, "message_type", picture ? STR("IMAGE") : STR("TEXT"));
    json_set_str(a, inside, picture ? "media_id" : "body", picture ? m->carry : m->text);
    json_set(a, body, picture ? "image" : "text", inside);
    call_json(a, call, body);
    return true;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    const struct door *door = outgoing_door(a, &channel_tiktok, m, e);
    if (!door)
        return false;
    if (!us_of(s, m).len)
        return fail(e, ERR_BAD_INPUT, "Without our account's id (business_id) TikTok does not know who speaks.");
    return door->kind == DOOR_DIRECT ? send_dm(a, s, m, call, e) : send_comment(a, s, m, call, e);
}

/* ---- answers ---- */

const struct json *tiktok_data(const struct http_reply *reply, const struct json *body)
{
    bool good = reply->status >= 200 && reply->status <= 299 && json_int(json_get(body, "code"), -1) == 0;
    return good ? json_get(body, "data") : NULL;
}

static const struct {
    int from, to;
    enum failure failure;
} codes[] = {{40001, 40001, FAILURE_PERMISSION}, {40007, 40007, FAILURE_GONE},     {40100, 40100, FAILURE_RATE},
             {40101, 40106, FAILURE_TOKEN},      {40110, 40110, FAILURE_TOKEN},    {40002, 40002, FAILURE_CONTENT},
             {40908, 40908, FAILURE_CONTENT},    {50000, 59999, FAILURE_TRANSIENT}};

static bool says(struct str lower, const char *const *words)
{
    for (; *words; words++)
        if (str_find(lower, str_from(*words)) >= 0)
            return true;
    return false;
}

/* Codes are few and differ between texts, and the words say more. A parameter error may be any of these. */
static enum failure by_words(struct str lower, enum failure otherwise)
{
    static const char *const token[] = {"access token", "access_token", "revoked", NULL};
    static const char *const rate[] = {"too many requests", "too frequent", "rate limit", "qps limit", NULL};
    static const char *const window[] = {"48 hour", "48-hour", "48h", "messaging window", "message window", NULL};
    static const char *const gone[] = {"not exist", "not found", "been deleted", "been removed", NULL};
    static const char *const rights[] = {"permission", "not authorized", "scope", NULL};
    if (says(lower, token))
        return FAILURE_TOKEN;
    if (says(lower, rate))
        return FAILURE_RATE;
    if (says(lower, window))
        return FAILURE_WINDOW;
    if (says(lower, gone))
        return FAILURE_GONE;
    return says(lower, rights) ? FAILURE_PERMISSION : otherwise;
}

#define DM_RULES 40064 /* "blocked by direct message rules": one code for many reasons */

static enum failure class_of(const struct outgoing *m, int64_t code, struct str lower, enum failure otherwise)
{
    const struct door *dm = &doors[1];
    if (code == DM_RULES) {
        bool late = m && m->answered_at && m->now - m->answered_at > dm->window_hours * HOUR_US;
        return late || by_words(lower, FAILURE_BLOCKED) == FAILURE_WINDOW ? FAILURE_WINDOW : FAILURE_BLOCKED;
    }
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (code >= codes[i].from && code <= codes[i].to)
            return code == 40002 ? by_words(lower, codes[i].failure) : codes[i].failure;
    return by_words(lower, otherwise);
}

void tiktok_problem(struct arena *a, const struct outgoing *m, const struct http_reply *reply,
                    const struct json *body, struct outcome *out)
{
    struct str words = read_text(a, json_get(body, "message"));
    int64_t code = json_int(json_get(body, "code"), 0);
    bool spoken = json_is(body, JSON_OBJECT) && (code || words.len);
    outcome_by_status(a, out, reply);
    int seconds = out->retry_seconds;
    if (reply->status > 0 && reply->status < 500 && spoken) {
        bool fine = reply->status >= 200 && reply->status <= 299;
        enum failure failure = class_of(m, code, str_lower(a, words), fine ? FAILURE_CONTENT : out->failure);
        if (fine && !code) /* taken, and said to be so; what was wanted is not there */
            failure = FAILURE_TRANSIENT;
        outcome_fail(a, out, failure, str_format(a, "%lld", (long long)code),
                     words.len ? words : STR("TikTok refused without a word."));
    }
    bool direct = m && str_eq(m->door, STR("dm"));
    if (direct && out->failure == FAILURE_GONE) /* who is gone is a person, not a message */
        out->failure = FAILURE_BLOCKED;
    if (out->failure == FAILURE_RATE && !seconds) /* "wait five minutes" */
        seconds = 300;
    out->retry_seconds = out->failure == FAILURE_RATE || out->failure == FAILURE_TRANSIENT ? seconds : 0;
}

static bool may_send_pictures(const struct json *data)
{
    const struct json *list = json_get(data, "capability_infos");
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++)
        if (str_eq(json_text(json_get(json_at(list, i), "capability_type")), STR("IMAGE_SEND")))
            return json_bool(json_get(json_at(list, i), "capability_result"), false);
    return false;
}

/* What a call before the words gave. */
static void answer_step(struct arena *a, const struct outgoing *m, const struct json *data, struct str id,
                        struct outcome *out)
{
    struct str media = read_id(a, json_get(data, "media_id"));
    if (step_of(m) == STEP_MAY && may_send_pictures(data))
        outcome_next(a, out, STR("yes"));
    else if (step_of(m) == STEP_MAY)
        outcome_fail(a, out, FAILURE_CONTENT, STR("IMAGE_SEND"), STR("TikTok takes no pictures in this talk."));
    else if (step_of(m) == STEP_UPLOAD && media.len)
        outcome_next(a, out, media);
    else if (step_of(m) == STEP_UPLOAD)
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("upload"), STR("TikTok named no id for the picture."));
    else
        outcome_next(a, out, id);
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = tiktok_data(reply, body);
    bool direct = str_eq(m->door, STR("dm")), ok = reply->status >= 200 && reply->status <= 299;
    if (!data && (!ok || (json_is(body, JSON_OBJECT) && json_int(json_get(body, "code"), 0) != 0))) {
        tiktok_problem(a, m, reply, body, out);
        return;
    }
    struct str id =
        read_id(a, direct ? json_path(data, "message", "message_id", NULL) : json_get(data, "comment_id"));
    if (direct && !id.len)
        id = read_id(a, json_get(data, "message_id"));
    bool more = step_of(m) < STEP_PICTURE || (step_of(m) == STEP_PICTURE && str_trim(m->text).len);
    if (direct && more)
        answer_step(a, m, data, id, out);
    else
        outcome_accept(a, out, id); /* taken, even when the answer cannot be read */
}

/* ---- files ---- */

static bool is_tiktok(struct str host)
{
    return str_eq(host, STR("tiktok.com")) || str_ends(host, STR(".tiktok.com"));
}

/* The address first (0), then the bytes (1); the token goes to TikTok alone. media_id: "TALK MESSAGE MEDIA TYPE". */
static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    static const char *const names[] = {"conversation_id", "message_id", "media_id", "media_type"};
    struct json *answered = step ? json_parse(a, carry, NULL) : NULL, *body = json_object(a);
    struct str url = step ? read_text(a, json_path(answered, "data", "download_url", NULL)) : file->url;
    struct str rest = file->media_id, part;
    if (step || url.len) {
        bool own = same_origin(url, api_base(s)) || is_tiktok(https_host(url));
        if (!own && !https_host(url).len)
            return fail(e, ERR_BAD_INPUT, "The file has no secure address.");
        *call = (struct http_call){.method = "GET", .url = str_dup(a, url)};
        if (own && step)
            call_header(a, call, "x-user", raw_token(s));
        call->timeout_ms = 60000;
        call->reply_max = (size_t)100 << 20;
        return true;
    }
    if (!tiktok_call(a, s, "POST", STR("business/message/media/download/"), call, e))
        return false;
    json_set_str(a, body, "business_id", settings_get(s, "business_id"));
    for (size_t i = 0; i < COUNT_OF(names) && str_split(&rest, ' ', &part); i++)
        json_set_str(a, body, names[i], part);
    call_json(a, call, body);
    return true;
}

/* ---- access: a day, renewed for a year; each renewal gives another refresh token ---- */

#define ACCESS_SECONDS 86400

static void token_call(struct arena *a, const struct settings *s, const char *path, const struct pairs *fields,
                       struct http_call *call)
{
    struct json *body = json_object(a);
    *call = (struct http_call){.method = "POST", .url = path_to(a, s, str_from(path))};
    for (size_t i = 0; i < fields->count; i++)
        json_put(a, body, fields->items[i].name, json_new_str(a, fields->items[i].value));
    call_json(a, call, body);
}

static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str id = settings_get(s, "client_key"), token = settings_get(s, "refresh_token");
    if (!id.len || !token.len)
        return fail(e, ERR_NOT_FOUND, "No refresh token and client_key are set: access is not renewed.");
    struct pair fields[] = {{STR("client_id"), id},
                            {STR("client_secret"), settings_get(s, "client_secret")},
                            {STR("grant_type"), STR("refresh_token")},
                            {STR("refresh_token"), token}};
    token_call(a, s, "tt_user/oauth2/refresh_token/", &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

/* Whose tokens they are they say themselves. */
static void keep_account(struct arena *a, const struct json *data, struct pairs *changed)
{
    struct str id = read_id(a, json_get(data, "open_id"));
    if (!id.len)
        return;
    struct pair *items = ARENA_ARRAY(a, struct pair, changed->count + 1);
    for (size_t i = 0; i < changed->count; i++)
        items[i] = changed->items[i];
    items[changed->count] = (struct pair){STR("business_id"), id};
    *changed = (struct pairs){items, changed->count + 1};
}

/* Half of its life, so that one renewal may fail. */
static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = tiktok_data(reply, body);
    if (!data) {
        tiktok_problem(a, NULL, reply, body, out);
        if (out->failure != FAILURE_RATE && out->failure != FAILURE_TRANSIENT)
            out->failure = FAILURE_TOKEN;
        return 0;
    }
    struct http_reply plain = {.status = reply->status, .body = json_to_str(a, data), .at = reply->at};
    int seconds = oauth_tokens(a, "TikTok", &plain, ACCESS_SECONDS, 2 * ACCESS_SECONDS, changed, out);
    if (!seconds)
        return 0;
    oauth_until(a, reply, data, changed);
    keep_account(a, data, changed);
    return seconds > 1 ? seconds / 2 : seconds;
}

/* TikTok takes only an address that ends with a slash. */
static struct str redirect_of(struct arena *a, const struct consent *consent)
{
    struct str uri = consent->redirect_uri;
    return str_ends(uri, STR("/")) ? uri : str_concat(a, uri, STR("/"));
}

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    struct consent plain = {.redirect_uri = redirect_of(a, consent), .state = consent->state};
    struct str key = settings_get(s, "client_key"), base = settings_get(s, "consent_base");
    struct pair more[] = {{STR("client_key"), key}, {STR("disable_auto_auth"), STR("1")}};
    return oauth_page(a, str_concat(a, base, STR("/v2/auth/authorize/")), key, str_cstr(a, settings_get(s, "scope")),
                      &plain, &(struct pairs){more, COUNT_OF(more)}, url, e);
}

static bool consented(struct arena *a, const struct settings *s, const struct consent *consent, struct str code,
                      struct http_call *call, struct error *e)
{
    struct str id = settings_get(s, "client_key");
    if (!id.len)
        return fail(e, ERR_NOT_FOUND, "No client key is set any more.");
    struct pair fields[] = {{STR("client_id"), id},
                            {STR("client_secret"), settings_get(s, "client_secret")},
                            {STR("grant_type"), STR("authorization_code")},
                            {STR("auth_code"), code},
                            {STR("redirect_uri"), redirect_of(a, consent)}};
    token_call(a, s, "tt_user/oauth2/token/", &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str us = url_encode(a, settings_get(s, "business_id"));
    return tiktok_call(
        a, s, "GET",
        str_format(a, "business/get/?business_id=%.*s&fields=%%5B%%22username%%22%%2C%%22display_name%%22%%5D",
                   STR_ARGS(us)),
        call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *data = tiktok_data(reply, body);
    if (!json_is(data, JSON_OBJECT)) {
        tiktok_problem(a, NULL, reply, body, out);
        if (out->failure == FAILURE_GONE || out->failure == FAILURE_CONTENT) /* another's account, or none */
            out->failure = FAILURE_PERMISSION;
        return;
    }
    outcome_accept(a, out, read_text(a, json_get(data, "username")));
    out->words = str_dup(a, read_text(a, json_get(data, "display_name")));
}

const struct channel channel_tiktok = {
    .name = "tiktok",
    .label = "TikTok",
    .icon = "tiktok",
    .settings = settings,
    .doors = doors,
    .listings = listings,
    .headers = {"tiktok-signature"},
    .guide_steps = 5,
    .honest = "honest.tiktok",
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .media = media,
    .renew = renew,
    .renewed = renewed,
    .consent = consent,
    .consented = consented,
    .ask = tiktok_ask,
    .asked = tiktok_asked,
    .probe = probe,
    .probed = probed,
};
