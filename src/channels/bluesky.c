/* SPDX-License-Identifier: Apache-2.0 */
/* Bluesky (AT protocol): mentions, replies and quotes in public, direct messages where the app password may. It sends
 * no webhooks to us: it is asked. A session is begun with the handle and an app password, lasts about two hours and
 * is renewed with a token that serves once; when that has ended, it is begun anew. */
#include "channels/channel_bluesky.h"

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_bluesky;

#define CHAT_SERVICE   "did:web:api.bsky.chat#bsky_chat"
#define ACCESS_SECONDS 7200
#define ACCESS_MOST    86400

static const struct setting settings[] = {
    {"handle", "setting.bluesky.handle", "our account's handle, as shop.example.com, without @", NULL,
     SETTING_REQUIRED},
    {"app_password", "setting.bluesky.app_password", "an app password made for this program alone", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"api_base", "setting.bluesky.api_base", "the server that has our account", "https://bsky.social", 0},
    {"chat_service", "setting.bluesky.chat_service", "the service for direct messages", CHAT_SERVICE, 0},
    {"did", "setting.bluesky.did", "our account's lasting id", NULL, SETTING_ACCOUNT | SETTING_KEPT},
    {"access_token", "setting.bluesky.access_token", "the access of the moment", NULL, SETTING_SECRET | SETTING_KEPT},
    {"refresh_token", "setting.bluesky.refresh_token", "what renews it, once", NULL, SETTING_SECRET | SETTING_KEPT},
    {"signed_in", "setting.bluesky.signed_in", "the handle the session is of", NULL, SETTING_KEPT},
    {"pds", "setting.bluesky.pds", "where the account's data lie", NULL, SETTING_KEPT},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "reply",
     .label = "door.bluesky.reply",
     .unit = LENGTH_GRAPHEMES_TEN,
     .limit = 300,
     .reply_needed = true,
     .attachments = true,
     .attachment_max = 1000000,
     .units = 2},
    {.kind = DOOR_DIRECT,
     .name = "dm",
     .label = "door.bluesky.dm",
     .unit = LENGTH_GRAPHEMES_TEN,
     .limit = 1000,
     .units = 2},
    {0},
};

static const struct listing listings[] = {
    {.name = "posts",
     .label = "listing.bluesky.posts",
     .doors = {"reply"},
     .every_seconds = 60,
     .complete = true,
     .units = 1},
    {.name = "messages", .label = "listing.bluesky.messages", .doors = {"dm"}, .every_seconds = 60, .units = 1},
    {0},
};

/* ---- calls ---- */

static struct str trimmed(struct str base)
{
    while (base.len && base.ptr[base.len - 1] == '/')
        base.len--;
    return base;
}

bool bluesky_call(struct arena *a, const struct settings *s, const char *method, struct str nsid,
                  struct http_call *call, struct error *e)
{
    struct str pds = trimmed(settings_get(s, "pds")), base = pds.len ? pds : api_base(s);
    return call_start(a, s, method, str_format(a, "%.*s/xrpc/%.*s", STR_ARGS(base), STR_ARGS(nsid)), call, e);
}

bool bluesky_chat_call(struct arena *a, const struct settings *s, const char *method, struct str nsid,
                       struct http_call *call, struct error *e)
{
    if (!bluesky_call(a, s, method, nsid, call, e))
        return false;
    call_header(a, call, "Atproto-Proxy", settings_get(s, "chat_service"));
    return true;
}

/* ---- refusals ---- */

static const struct {
    const char *error;
    enum failure failure;
} codes[] = {
    {"ExpiredToken", FAILURE_TOKEN},
    {"InvalidToken", FAILURE_TOKEN},
    {"AuthMissing", FAILURE_TOKEN},
    {"AuthenticationRequired", FAILURE_TOKEN},
    {"AuthFactorTokenRequired", FAILURE_TOKEN}, /* the account's own password was given, and it wants a second sign */
    {"AccountTakedown", FAILURE_PERMISSION},
    {"AccountSuspended", FAILURE_PERMISSION},
    {"AccountDeactivated", FAILURE_PERMISSION},
    {"AccountDisabled", FAILURE_PERMISSION},
    {"AccountNotFound", FAILURE_PERMISSION},
    {"RepoDeactivated", FAILURE_PERMISSION},
    {"RepoSuspended", FAILURE_PERMISSION},
    {"RepoTakendown", FAILURE_PERMISSION},
    {"MethodNotImplemented", FAILURE_PERMISSION},
    {"XRPCNotSupported", FAILURE_PERMISSION},
    {"RateLimitExceeded", FAILURE_RATE},
    {"NotFound", FAILURE_GONE},
    {"RecordNotFound", FAILURE_GONE},
    {"InvalidConvo", FAILURE_GONE},
    {"BlockedActor", FAILURE_BLOCKED},
    {"BlockedByActor", FAILURE_BLOCKED},
    {"ConvoLocked", FAILURE_BLOCKED},
    {"MessagesDisabled", FAILURE_BLOCKED},
    {"NotFollowedBySender", FAILURE_BLOCKED},
    {"RecipientNotFound", FAILURE_BLOCKED},
    {"BlobTooLarge", FAILURE_CONTENT},
    {"PayloadTooLarge", FAILURE_CONTENT},
    {"InvalidMimeType", FAILURE_CONTENT},
    {"InvalidRecord", FAILURE_CONTENT},
    {"InvalidRequest", FAILURE_CONTENT},
    {"InvalidSwap", FAILURE_TRANSIENT},
    {"UpstreamFailure", FAILURE_TRANSIENT},
    {"UpstreamTimeout", FAILURE_TRANSIENT},
    {"NotEnoughResources", FAILURE_TRANSIENT},
    {"InternalServerError", FAILURE_TRANSIENT},
};

/* Some refusals have only words of their own. */
static enum failure by_words(struct arena *a, struct str words, enum failure otherwise)
{
    static const char *const blocked[] = {"block", "disabled incoming messages", "requires you to follow",
                                          "only accepts messages", "recipient"};
    struct str lower = str_lower(a, words);
    for (size_t i = 0; i < COUNT_OF(blocked); i++)
        if (str_find(lower, str_from(blocked[i])) >= 0)
            return FAILURE_BLOCKED;
    return otherwise;
}

/* Retry-After, else RateLimit-Reset, which is a moment. */
static int wait_of(const struct http_reply *reply, int64_t now)
{
    int64_t reset;
    int wait = retry_after(reply);
    if (wait || !now || !str_int64(pairs_get(&reply->headers, STR("ratelimit-reset")), &reset))
        return wait;
    reset -= now / SECOND_US;
    return reset > 0 && reset <= 86400 ? (int)reset : reset <= 0 ? 1 : 0;
}

void bluesky_problem(struct arena *a, const struct http_reply *reply, const struct json *body, int64_t now,
                     struct outcome *out)
{
    struct str error = read_text(a, json_get(body, "error")), words = read_text(a, json_get(body, "message"));
    outcome_by_status(a, out, reply);
    enum failure failure = out->failure;
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (str_eq(error, str_from(codes[i].error)))
            failure = codes[i].failure;
    if (reply->status == 429)
        failure = FAILURE_RATE;
    if (failure == FAILURE_CONTENT)
        failure = by_words(a, words, failure);
    if (error.len || words.len)
        outcome_fail(a, out, failure, error.len ? text_shorten(a, error, 60) : out->code, words.len ? words : error);
    out->failure = failure;
    out->retry_seconds = failure == FAILURE_RATE || failure == FAILURE_TRANSIENT ? wait_of(reply, now) : 0;
}

/* ---- in ---- */

/* What a list answered, kept or given by hand: the shapes are told apart by their members. */
static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    struct bluesky_reading r = {a, events, settings_get(s, "did")};
    int64_t oldest = 0;
    if (!root)
        return false;
    const struct json *notes = json_get(root, "notifications"), *thread = json_get(root, "thread");
    if (json_is(notes, JSON_ARRAY))
        bluesky_notifications(&r, notes, &oldest);
    else if (json_is(thread, JSON_OBJECT))
        bluesky_thread(&r, thread, &(struct place){NULL, "thread", -1}, json_array(a));
    else
        return fail(e, ERR_MALFORMED, "neither notifications nor a thread: not an answer of Bluesky");
    return channel_read(events, e);
}

/* A picture of which the record alone was listed: its post is asked for, and says where it is. */
static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    struct str uri = file->media_id, url = file->url, place = STR_EMPTY;
    ptrdiff_t sign = str_find_char(uri, '#');
    int64_t index = 0;
    if (sign > 0) {
        place = str_slice(uri, (size_t)sign + 1, uri.len);
        uri = str_slice(uri, 0, (size_t)sign);
    }
    if (!url.len && step == 0)
        return bluesky_call(a, s, "GET", str_concat(a, STR("app.bsky.feed.getPosts?uris="), url_encode(a, uri)), call,
                            e);
    if (!url.len) {
        const struct json *posts = json_get(json_parse(a, carry, NULL), "posts");
        const struct json *embed = json_get(json_at(posts, 0), "embed");
        const struct json *inside = json_get(embed, "media"), *images = json_get(inside ? inside : embed, "images");
        if (!str_int64(place, &index) || index < 0 || !json_is(images, JSON_ARRAY) ||
            (size_t)index >= json_count(images))
            return fail(e, ERR_NOT_FOUND, "The picture is not there any more.");
        url = read_text(a, json_get(json_at(images, (size_t)index), "fullsize"));
    }
    if (!https_host(url).len && !same_origin(url, api_base(s)))
        return fail(e, ERR_BAD_INPUT, "The picture has no secure address.");
    *call = (struct http_call){
        .method = "GET", .url = str_dup(a, url), .timeout_ms = 60000, .reply_max = (size_t)20 << 20};
    return true;
}

/* ---- out ---- */

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    return outgoing_door(a, &channel_bluesky, m, e) && bluesky_send(a, s, m, call, e);
}

/* ---- sessions ---- */

static struct str handle_of(const struct settings *s)
{
    struct str handle = str_trim(settings_get(s, "handle"));
    return str_starts(handle, STR("@")) ? str_slice(handle, 1, handle.len) : handle;
}

/* With the token that renews, unless it has served, or an administrator named another account meanwhile. */
static bool renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str token = settings_get(s, "refresh_token"), handle = handle_of(s), of = settings_get(s, "signed_in");
    struct str base = api_base(s);
    bool same = !of.len || str_eq_nocase(of, handle);
    *call = (struct http_call){.method = "POST"};
    if (token.len && !str_eq(token, STR(BLUESKY_SPENT)) && same) {
        call->url = str_concat(a, base, STR("/xrpc/com.atproto.server.refreshSession"));
        call_header(a, call, "Authorization", str_concat(a, STR("Bearer "), token));
        return true;
    }
    if (!handle.len || !settings_get(s, "app_password").len)
        return fail(e, ERR_NOT_FOUND, "No handle and app password are set: no session can be begun.");
    struct json *body = json_object(a);
    json_set_str(a, body, "identifier", handle);
    json_set_str(a, body, "password", settings_get(s, "app_password"));
    call->url = str_concat(a, base, STR("/xrpc/com.atproto.server.createSession"));
    call_json(a, call, body);
    return true;
}

/* How long a token lasts, as it says itself (RFC 7519). */
static int token_seconds(struct arena *a, struct str token)
{
    struct str head, part, bytes;
    if (!str_split(&token, '.', &head) || !str_split(&token, '.', &part) || !part.len || part.len > 4096)
        return ACCESS_SECONDS;
    char *plain = arena_copy(a, part.ptr, part.len);
    for (size_t i = 0; i < part.len; i++)
        plain[i] = plain[i] == '-' ? '+' : plain[i] == '_' ? '/' : plain[i];
    struct str padded =
        str_concat(a, (struct str){plain, part.len}, str_slice(STR("==="), 0, (4 - part.len % 4) % 4));
    struct json *claims = base64_decode(a, padded, &bytes) ? json_parse(a, bytes, NULL) : NULL;
    int64_t begins = json_int(json_get(claims, "iat"), 0), ends = json_int(json_get(claims, "exp"), 0);
    return begins > 0 && ends > begins && ends - begins <= ACCESS_MOST ? (int)(ends - begins) : ACCESS_SECONDS;
}

/* Where the account's data lie, as the document of its did says. */
static struct str pds_of(struct arena *a, const struct json *body)
{
    const struct json *services = json_path(body, "didDoc", "service", NULL);
    for (size_t i = 0; json_is(services, JSON_ARRAY) && i < json_count(services); i++) {
        const struct json *one = json_at(services, i);
        struct str url = read_text(a, json_get(one, "serviceEndpoint"));
        if (str_ends(json_text(json_get(one, "id")), STR("#atproto_pds")) && https_host(url).len)
            return url;
    }
    return STR_EMPTY;
}

static void add(struct pairs *list, const char *name, struct str value)
{
    if (value.len)
        list->items[list->count++] = (struct pair){str_from(name), value};
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str access = json_text(json_get(body, "accessJwt")), handle = read_text(a, json_get(body, "handle"));
    struct str error = json_text(json_get(body, "error"));
    *changed = (struct pairs){.items = ARENA_ARRAY(a, struct pair, 6)};
    if (reply->status == 200 && access.len) {
        if (str_eq(handle, STR("handle.invalid"))) /* a name that leads nowhere now; the account is the same */
            handle = STR_EMPTY;
        add(changed, "access_token", str_dup(a, access));
        add(changed, "refresh_token", str_dup(a, json_text(json_get(body, "refreshJwt"))));
        add(changed, "did", read_id(a, json_get(body, "did")));
        add(changed, "handle", handle);
        add(changed, "signed_in", handle);
        add(changed, "pds", pds_of(a, body));
        outcome_accept(a, out, STR_EMPTY);
        return token_seconds(a, access);
    }
    bluesky_problem(a, reply, body, 0, out);
    if (reply->status >= 400 && reply->status < 500 &&
        (str_eq(error, STR("ExpiredToken")) || str_eq(error, STR("InvalidToken"))))
        add(changed, "refresh_token", STR(BLUESKY_SPENT)); /* the app password begins another session */
    return 0;
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    static const char nsid[] = "com.atproto.server.getSession";
    if (settings_get(s, "access_token").len)
        return bluesky_call(a, s, "GET", STR(nsid), call, e);
    *call = (struct http_call){.method = "GET", .url = str_format(a, "%.*s/xrpc/%s", STR_ARGS(api_base(s)), nsid)};
    return true;
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str did = read_id(a, json_get(body, "did"));
    bool active = json_bool(json_get(body, "active"), true);
    if (reply->status == 200 && did.len && active) {
        outcome_accept(a, out, did);
        out->words = str_dup(a, read_text(a, json_get(body, "handle")));
    } else if (reply->status == 200 && did.len) {
        outcome_fail(a, out, FAILURE_PERMISSION, read_text(a, json_get(body, "status")),
                     STR("The account is not active at the moment."));
    } else {
        bluesky_problem(a, reply, body, 0, out);
        if (str_eq(out->code, STR("AuthMissing")))
            out->words = STR("Bluesky let nobody in with this handle and app password.");
    }
}

const struct channel channel_bluesky = {
    .name = "bluesky",
    .label = "Bluesky",
    .icon = "bluesky",
    .aliases = {"bsky"},
    .settings = settings,
    .doors = doors,
    .honest = "honest.bluesky",
    .listings = listings,
    .quota = {.units = 3000, .period_seconds = 300},
    .guide_steps = 3,
    .receive = receive,
    .send = send,
    .answer = bluesky_answer,
    .media = media,
    .renew = renew,
    .renewed = renewed,
    .ask = bluesky_ask,
    .asked = bluesky_asked,
    .probe = probe,
    .probed = probed,
};
