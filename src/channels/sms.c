/* SPDX-License-Identifier: Apache-2.0 */
/* SMS and MMS through Twilio: a number of ours that people write to. What becomes of an answer is told later, out of
 * order; nothing makes two calls one, so that an answer whose fate is unknown is looked for in the list of messages
 * and never sent again by itself. Facts: Twilio's own OpenAPI description and twilio-node (validation of signatures).
 */
#include "channels/channel_sms.h"

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_sms;

static const struct setting settings[] = {
    {"account_sid", "setting.sms.account_sid", "the Account SID, AC and 32 digits", NULL, SETTING_REQUIRED},
    {"auth_token", "setting.sms.auth_token", "the Auth Token: Twilio signs with it, and we answer with it", NULL,
     SETTING_REQUIRED | SETTING_SECRET},
    {"number", "setting.sms.number", "our number, as +390110000000", NULL, SETTING_REQUIRED | SETTING_ACCOUNT},
    {"messaging_service_sid", "setting.sms.messaging_service_sid",
     "a Messaging Service to send through, MG and 32 digits; it must hold our number", NULL, 0},
    {"status_url", "setting.sms.status_url",
     "this channel's webhook address as the network reaches it: there it is told what became of our messages", NULL,
     0},
    {"letters", "setting.sms.letters",
     "codes and notices of the care site are sent from this number, at its price: yes or no", "no", 0},
    {"api_base", "setting.sms.api_base", "address of the API", "https://api.twilio.com", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT,
     .name = "sms",
     .label = "door.sms.sms",
     .unit = LENGTH_SMS,
     .limit = 1600,
     .attachments = true,
     .attachment_max = 5000000, /* of a message with pictures, all in all */
     .by_address = true},
    {0},
};

static const struct listing listings[] = {
    {.name = "messages", .label = "listing.sms.messages", .doors = {"sms"}, .every_seconds = 300, .hooked = true},
    {0},
};

/* ---- in ---- */

/* The address with its port taken away, or with the scheme's own put in. */
static struct str other_address(struct arena *a, struct str url)
{
    bool secure = str_starts(url, STR("https://"));
    size_t from = secure ? 8 : 7, end = from, colon = 0;
    if (url.len <= from)
        return url;
    for (; end < url.len && url.ptr[end] != '/' && url.ptr[end] != '?'; end++)
        if (url.ptr[end] == ':')
            colon = end;
    struct str rest = str_slice(url, end, url.len);
    if (colon)
        return str_concat(a, str_slice(url, 0, colon), rest);
    return str_format(a, "%.*s:%s%.*s", STR_ARGS(str_slice(url, 0, end)), secure ? "443" : "80", STR_ARGS(rest));
}

/* A body that is no form is not in the signature; its digest is in the address, which is. */
static bool body_fits(struct arena *a, struct str digest_said, struct str body)
{
    unsigned char digest[SHA256_BYTES];
    sha256(body, digest);
    return same_secret(str_lower(a, digest_said), hex_encode(a, digest, sizeof digest));
}

static bool verify(const struct settings *s, const struct hook *hook, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str given = pairs_get(&hook->headers, STR("x-twilio-signature")), token = settings_get(s, "auth_token");
    struct str digest = pairs_get(&hook->query, STR("bodySHA256"));
    if (!given.len || !token.len)
        return fail(e, ERR_FORBIDDEN, "The signature X-Twilio-Signature is missing.");
    struct pairs params = digest.len ? (struct pairs){0} : url_query(a, hook->body);
    bool plain = same_secret(given, sms_signature(a, token, hook->url, &params));
    bool other = same_secret(given, sms_signature(a, token, other_address(a, hook->url), &params));
    if (!plain && !other)
        return fail(e, ERR_FORBIDDEN,
                    "X-Twilio-Signature does not fit the address, the parameters and the Auth Token.");
    if (digest.len && !body_fits(a, digest, hook->body))
        return fail(e, ERR_FORBIDDEN, "The body is not the one that bodySHA256 speaks of.");
    return true;
}

static struct pairs members(struct arena *a, const struct json *object)
{
    size_t count = json_is(object, JSON_OBJECT) ? json_count(object) : 0;
    struct pairs out = {.items = ARENA_ARRAY(a, struct pair, count + 1)};
    for (size_t i = 0; i < count; i++)
        out.items[out.count++] = (struct pair){object->members[i].key, json_id(object->members[i].value)};
    return out;
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    (void)s;
    bool json = str_starts(str_trim(body), STR("{"));
    struct json *root = json ? channel_json(a, body, e) : NULL;
    if (json && !root)
        return false;
    struct pairs said = json ? members(a, root) : url_query(a, body);
    return sms_event(a, &said, NULL, events, e);
}

/* ---- out ---- */

void sms_start(struct arena *a, const struct settings *s, const char *method, struct str path, struct http_call *call)
{
    struct str sid = settings_get(s, "account_sid"), token = settings_get(s, "auth_token"), base = api_base(s);
    struct str both = str_format(a, "%.*s:%.*s", STR_ARGS(sid), STR_ARGS(token));
    *call = (struct http_call){.method = method, .url = str_concat(a, base, path)};
    call_header(a, call, "Authorization", str_concat(a, STR("Basic "), base64_encode(a, both.ptr, both.len)));
}

static struct str account_path(struct arena *a, const struct settings *s, const char *rest)
{
    struct str sid = url_encode(a, settings_get(s, "account_sid"));
    return str_format(a, "/2010-04-01/Accounts/%.*s%s", STR_ARGS(sid), rest);
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_sms, m, e))
        return false;
    if (m->media && !m->media->address.len)
        return fail(e, ERR_BAD_INPUT, "Twilio fetches files from an address of ours, and none is set (public_url).");
    struct str service = settings_get(s, "messaging_service_sid"), status = settings_get(s, "status_url");
    struct pair fields[6] = {{STR("To"), m->to}, {STR("From"), settings_get(s, "number")}, {STR("Body"), m->text}};
    size_t count = 3;
    if (service.len)
        fields[count++] = (struct pair){STR("MessagingServiceSid"), service};
    if (status.len)
        fields[count++] = (struct pair){STR("StatusCallback"), status};
    if (m->media)
        fields[count++] = (struct pair){STR("MediaUrl"), m->media->address};
    sms_start(a, s, "POST", account_path(a, s, "/Messages.json"), call);
    call_fields(a, call, &(struct pairs){fields, count});
    return true;
}

static const struct {
    int code;
    enum failure failure;
} codes[] = {
    {20003, FAILURE_TOKEN},      {20403, FAILURE_PERMISSION}, {20404, FAILURE_PERMISSION},
    {20005, FAILURE_PERMISSION}, {20429, FAILURE_RATE},       {14107, FAILURE_RATE},
    {63018, FAILURE_RATE},       {30001, FAILURE_RATE},       {30022, FAILURE_RATE},
    {21606, FAILURE_PERMISSION}, /* the number is not ours */
    {21659, FAILURE_PERMISSION}, {21660, FAILURE_PERMISSION}, {21703, FAILURE_PERMISSION},
    {21704, FAILURE_PERMISSION}, {21408, FAILURE_PERMISSION}, /* their country is switched off */
    {21608, FAILURE_PERMISSION},                              /* a trial account */
    {30002, FAILURE_PERMISSION},                              /* the account is suspended */
    {30010, FAILURE_PERMISSION}, {30034, FAILURE_PERMISSION}, {63016, FAILURE_WINDOW},
    {21610, FAILURE_BLOCKED},    {21211, FAILURE_BLOCKED},    {21214, FAILURE_BLOCKED},
    {21217, FAILURE_BLOCKED},    {21219, FAILURE_BLOCKED},    {21265, FAILURE_BLOCKED},
    {21612, FAILURE_BLOCKED},    {21614, FAILURE_BLOCKED},    {30003, FAILURE_BLOCKED},
    {30004, FAILURE_BLOCKED},    {30005, FAILURE_BLOCKED},    {30006, FAILURE_BLOCKED},
    {63024, FAILURE_BLOCKED},    {21602, FAILURE_CONTENT},    {21617, FAILURE_CONTENT},
    {21658, FAILURE_CONTENT},    {21619, FAILURE_CONTENT},    {30007, FAILURE_CONTENT},
    {30019, FAILURE_CONTENT},    {30008, FAILURE_CONTENT}, /* unknown to Twilio */
    {20500, FAILURE_TRANSIENT},  {20503, FAILURE_TRANSIENT},
};

enum failure sms_class(int64_t code)
{
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i].code == code)
            return codes[i].failure;
    return FAILURE_NONE;
}

/* {"code": 21610, "message": "…", "more_info": "…", "status": 400} */
void sms_problem(struct arena *a, const struct http_reply *reply, const struct json *body, struct outcome *out)
{
    int64_t code = json_int(json_get(body, "code"), 0);
    struct str words = read_text(a, json_get(body, "message"));
    outcome_by_status(a, out, reply);
    enum failure failure = sms_class(code) && reply->status < 500 ? sms_class(code) : out->failure;
    int seconds = out->retry_seconds;
    if (code && reply->status)
        outcome_fail(a, out, failure, str_format(a, "%lld", (long long)code), words.len ? words : out->words);
    if (failure == FAILURE_RATE && !seconds) /* Twilio names no moment */
        seconds = 10;
    out->retry_seconds = failure == FAILURE_RATE || failure == FAILURE_TRANSIENT ? seconds : 0;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    (void)m;
    if (reply->status >= 200 && reply->status <= 299)
        outcome_accept(a, out, read_id(a, json_get(body, "sid")));
    else
        sms_problem(a, reply, body, out);
}

/* ---- files: asked for with the account's name; Twilio then points to where they are ---- */

/* The address of the n-th file of {"media_list": [{"uri": "….json"}]}. */
static struct str file_of(struct arena *a, const struct settings *s, struct str media_id, struct str carry)
{
    const struct json *list = json_get(json_parse(a, carry, NULL), "media_list");
    ptrdiff_t slash = str_find_char(media_id, '/');
    int64_t n = 0;
    (void)!str_int64(str_slice(media_id, (size_t)(slash + 1), media_id.len), &n);
    struct str uri = json_text(json_get(json_at(list, (size_t)n), "uri"));
    if (!str_starts(uri, STR("/")) || !str_ends(uri, STR(".json")))
        return STR_EMPTY;
    return str_concat(a, api_base(s), str_slice(uri, 0, uri.len - 5));
}

static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    struct str url = file->url, base = api_base(s);
    if (file->media_id.len && step == 0) {
        ptrdiff_t slash = str_find_char(file->media_id, '/');
        struct str sid = url_encode(a, str_slice(file->media_id, 0, slash < 0 ? 0 : (size_t)slash));
        const char *path = str_format(a, "/Messages/%.*s/Media.json", STR_ARGS(sid)).ptr;
        sms_start(a, s, "GET", account_path(a, s, path), call);
        return true;
    }
    if (file->media_id.len)
        url = file_of(a, s, file->media_id, carry);
    if (same_origin(url, base)) {
        sms_start(a, s, "GET", STR_EMPTY, call);
        call->url = str_dup(a, url);
    } else if (https_host(url).len) {
        *call = (struct http_call){.method = "GET", .url = str_dup(a, url)};
    } else {
        return fail(e, ERR_BAD_INPUT, "The file has no secure address.");
    }
    call->timeout_ms = 60000;
    call->reply_max = (size_t)100 << 20;
    return true;
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    (void)e;
    sms_start(a, s, "GET", account_path(a, s, ".json"), call);
    return true;
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str status = read_text(a, json_get(body, "status"));
    if (reply->status != 200)
        sms_problem(a, reply, body, out);
    else if (!str_eq(status, STR("active")))
        outcome_fail(a, out, FAILURE_PERMISSION, STR("account"),
                     str_format(a, "The account is %.*s.", STR_ARGS(status.len ? status : STR("unknown"))));
    else
        outcome_accept(a, out, read_id(a, json_get(body, "sid")));
    if (reply->status == 404) /* of the account itself */
        out->failure = FAILURE_TOKEN;
    if (out->kind == OUTCOME_ACCEPTED)
        out->words = str_dup(a, read_text(a, json_get(body, "friendly_name")));
}

const struct channel channel_sms = {
    .name = "sms",
    .label = "SMS",
    .icon = "sms",
    .aliases = {"twilio"},
    .settings = settings,
    .doors = doors,
    .listings = listings,
    .honest = "honest.sms",
    .headers = {"x-twilio-signature"},
    .ack = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>",
    .ack_type = "text/xml; charset=utf-8",
    .forgeable = true,
    .notice = "sms",
    .guide_steps = 4,
    .verify = verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .media = media,
    .ask = sms_ask,
    .asked = sms_asked,
    .probe = probe,
    .probed = probed,
};
