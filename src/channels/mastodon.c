/* SPDX-License-Identifier: Apache-2.0 */
/* Mastodon, and servers that speak as it does: an account on any of them, by its client API. The server is asked;
 * webhooks it has none. A reply names whom it answers (@user@host), and what was said in private is never answered in
 * public: before it goes out, the post that it answers is read once more. */
#include "channels/channel_mastodon.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"

extern const struct channel channel_mastodon;

#define SCOPE        "read:accounts read:notifications read:statuses write:media write:statuses"
#define LASTS        (10 * 365 * 86400) /* access is good until it is taken back */
#define LENGTH_MAX   500
#define ADDRESS_MAX  23
#define WAIT_SECONDS 3
#define FILE_MAX     ((size_t)16 << 20)

static const struct setting settings[] = {
    {"api_base", "setting.mastodon.api_base", "the server of the account, as https://mastodon.example", NULL,
     SETTING_REQUIRED},
    {"account", "setting.mastodon.account", "the account's name on that server, without the @", NULL,
     SETTING_REQUIRED | SETTING_ACCOUNT},
    {"access_token", "setting.mastodon.access_token", "the account's access token, from Preferences, Development",
     NULL, SETTING_SECRET},
    {"client_id", "setting.mastodon.client_id", "the application's client key, to agree by a page instead", NULL, 0},
    {"client_secret", "setting.mastodon.client_secret", "the application's client secret", NULL, SETTING_SECRET},
    {"max_characters", "setting.mastodon.max_characters", "how long a post may be on that server", "500", 0},
    {"url_characters", "setting.mastodon.url_characters", "how many characters an address counts there", "23", 0},
    {0},
};

#define DOOR(kind_, name_, needs_)                                                                                   \
    {                                                                                                                \
        .kind = (kind_), .name = (name_), .label = "door.mastodon." name_, .unit = LENGTH_GRAPHEMES,                 \
        .limit = LENGTH_MAX, .url_weight = ADDRESS_MAX, .reply_needed = (needs_), .attachments = true,               \
        .attachment_max = FILE_MAX, .units = 2                                                                       \
    }
static const struct door doors[] = {DOOR(DOOR_PUBLIC, "public", true), DOOR(DOOR_DIRECT, "direct", false), {0}};

static const struct listing listings[] = {
    {.name = "mentions",
     .label = "listing.mastodon.mentions",
     .doors = {"public", "direct"},
     .every_seconds = 60,
     .units = 1},
    {.name = "talks", .label = "listing.mastodon.talks", .doors = {"direct"}, .every_seconds = 300, .units = 1},
    {.name = "threads", .label = "listing.mastodon.threads", .doors = {"public"}, .every_seconds = 300, .units = 1},
    {0},
};

/* ---- in ---- */

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct mastodon_reading r = mastodon_reading(a, s, events);
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    if (!mastodon_any(&r, root, NULL))
        return fail(e, ERR_MALFORMED, "This is no post and no list of them: nothing of Mastodon's.");
    return channel_read(events, e);
}

/* ---- out: what is answered is read (0), a file is brought (1) and waited for, then it is said ---- */

struct saying {
    struct str acct, visibility, warning, media;
    bool waits; /* for the server to make something of the file */
};

static struct saying saying_read(struct arena *a, struct str carry)
{
    struct json *j = json_parse(a, carry, NULL);
    return (struct saying){.acct = json_text(json_get(j, "acct")),
                           .visibility = json_text(json_get(j, "visibility")),
                           .warning = json_text(json_get(j, "warning")),
                           .media = json_text(json_get(j, "media")),
                           .waits = json_bool(json_get(j, "waits"), false)};
}

static struct str saying_write(struct arena *a, const struct saying *s)
{
    struct json *j = json_object(a);
    json_set_str(a, j, "acct", s->acct);
    json_set_str(a, j, "visibility", s->visibility);
    if (s->warning.len)
        json_set_str(a, j, "warning", s->warning);
    if (s->media.len)
        json_set_str(a, j, "media", s->media);
    if (s->waits)
        json_set_bool(a, j, "waits", true);
    return json_to_str(a, j);
}

enum sending { SENDING_LOOK, SENDING_FILE, SENDING_WAIT, SENDING_POST };

static enum sending sending(const struct outgoing *m, const struct saying *s)
{
    if (!s->acct.len)
        return SENDING_LOOK;
    if (m->media && !s->media.len)
        return SENDING_FILE;
    return s->waits ? SENDING_WAIT : SENDING_POST;
}

static int64_t number(const struct settings *s, const char *name, int64_t otherwise)
{
    int64_t n;
    return str_int64(settings_get(s, name), &n) && n > 0 && n <= 1000000 ? n : otherwise;
}

static bool names(struct arena *a, struct str text, struct str acct)
{
    struct str name = str_format(a, "@%.*s", STR_ARGS(str_lower(a, acct))), rest = str_lower(a, text);
    for (ptrdiff_t at; (at = str_find(rest, name)) >= 0;) {
        rest = str_slice(rest, (size_t)at + name.len, rest.len);
        char c = rest.len ? rest.ptr[0] : ' ';
        bool goes_on = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '@';
        if (!goes_on && !(c == '.' && rest.len > 1 && rest.ptr[1] > ' '))
            return true;
    }
    return false;
}

/* A reply reaches whom it names, and nobody else. */
static struct str words_for(struct arena *a, struct str text, struct str acct)
{
    if (names(a, text, acct))
        return text;
    return str_format(a, "@%.*s %.*s", STR_ARGS(acct), STR_ARGS(text));
}

static size_t length_of(struct arena *a, const struct settings *s, struct str text)
{
    return text_length(a, mastodon_counted(a, text, number(s, "url_characters", ADDRESS_MAX)), LENGTH_GRAPHEMES);
}

/* The server's own length stands in the settings; the door's is what most servers have. */
static bool may_go(struct arena *a, const struct settings *s, const struct outgoing *m, struct str text,
                   struct error *e)
{
    struct outgoing measured = *m;
    size_t most = (size_t)number(s, "max_characters", LENGTH_MAX), length = length_of(a, s, text);
    if (length > most)
        return fail(e, ERR_BAD_INPUT, "The text counts %zu with the name it goes to, and this server takes %zu.",
                    length, most);
    measured.text = str_trim(m->text).len ? STR("x") : STR_EMPTY;
    return outgoing_door(a, &channel_mastodon, &measured, e) != NULL;
}

static bool file_fits(const struct outgoing_media *file, struct error *e)
{
    static const char *const takes[] = {"image/jpeg", "image/png", "image/gif",       "image/webp", "image/heic",
                                        "image/avif", "video/mp4", "video/quicktime", "video/webm", "audio/mpeg",
                                        "audio/mp4",  "audio/ogg", "audio/flac",      "audio/wav",  "audio/x-wav",
                                        "audio/aac",  "audio/m4a"};
    for (size_t i = 0; i < COUNT_OF(takes); i++)
        if (str_eq(file->mime, str_from(takes[i])))
            return true;
    return fail(e, ERR_BAD_INPUT, "Mastodon takes pictures, films and sound, and this is another kind of file.");
}

static bool send_post(struct arena *a, const struct settings *s, const struct outgoing *m,
                      const struct saying *saying, struct http_call *call, struct error *e)
{
    struct str text = words_for(a, m->text, saying->acct), warning = saying->warning;
    if (!may_go(a, s, m, text, e) ||
        !call_start(a, s, "POST", str_concat(a, api_base(s), STR("/api/v1/statuses")), call, e))
        return false;
    if (length_of(a, s, str_concat(a, text, warning)) > (size_t)number(s, "max_characters", LENGTH_MAX))
        warning = STR_EMPTY;
    struct json *body = json_object(a);
    json_set_str(a, body, "status", text);
    if (m->parent_id.len)
        json_set_str(a, body, "in_reply_to_id", m->parent_id);
    json_set_str(a, body, "visibility", saying->visibility);
    if (warning.len)
        json_set_str(a, body, "spoiler_text", warning);
    if (saying->media.len) {
        struct json *list = json_array(a);
        json_push(a, list, json_new_str(a, saying->media));
        json_set(a, body, "media_ids", list);
    }
    call_json(a, call, body);
    call_header(a, call, "Idempotency-Key", m->idempotency_key);
    return true;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    struct saying saying = saying_read(a, m->carry);
    struct str base = api_base(s), id = url_encode(a, m->parent_id.len ? m->parent_id : m->to);
    if (!may_go(a, s, m, m->text, e) || (m->media && !file_fits(m->media, e)))
        return false;
    switch (sending(m, &saying)) {
    case SENDING_LOOK:
        return call_start(a, s, "GET",
                          str_format(a, "%.*s/api/v1/%s/%.*s", STR_ARGS(base),
                                     m->parent_id.len ? "statuses" : "accounts", STR_ARGS(id)),
                          call, e);
    case SENDING_FILE:
        if (!call_start(a, s, "POST", str_concat(a, base, STR("/api/v2/media")), call, e))
            return false;
        call_form(a, call, &(struct pairs){0}, "file", m->media);
        return true;
    case SENDING_WAIT: {
        struct str file = url_encode(a, saying.media);
        return call_start(a, s, "GET", str_format(a, "%.*s/api/v1/media/%.*s", STR_ARGS(base), STR_ARGS(file)), call,
                          e);
    }
    case SENDING_POST: break;
    }
    return send_post(a, s, m, &saying, call, e);
}

/* ---- the answers ---- */

void mastodon_problem(struct arena *a, const struct http_reply *reply, const struct json *body, int64_t now,
                      struct outcome *out)
{
    struct str words = read_text(a, json_get(body, "error")),
               more = read_text(a, json_get(body, "error_description"));
    int64_t reset;
    outcome_by_status(a, out, reply);
    enum failure failure = out->failure;
    int wait = out->retry_seconds;
    if (reply->status == 422 &&
        str_find(words, STR("authenticated user")) >= 0) /* the application's token, nobody's */
        failure = FAILURE_TOKEN;
    if (reply->status == 422 && str_find(words, STR("not finished processing")) >= 0) {
        failure = FAILURE_TRANSIENT;
        wait = WAIT_SECONDS;
    }
    if (failure == FAILURE_RATE && !wait && now &&
        clock_parse_iso(pairs_get(&reply->headers, STR("x-ratelimit-reset")), &reset)) {
        int64_t seconds = (reset - now + SECOND_US - 1) / SECOND_US;
        wait = seconds < 1 ? 1 : seconds > 86400 ? 86400 : (int)seconds;
    }
    if (words.len || more.len)
        outcome_fail(a, out, failure, str_format(a, "HTTP %d", reply->status), more.len ? more : words);
    out->failure = failure;
    out->retry_seconds = failure == FAILURE_RATE || failure == FAILURE_TRANSIENT ? wait : 0;
}

/* Whom it goes to: who wrote what is answered, or the one of those named there who is meant. */
static struct str recipient(struct arena *a, const struct outgoing *m, const struct json *body)
{
    const struct json *account = m->parent_id.len ? json_get(body, "account") : body;
    const struct json *mentions = json_get(body, "mentions");
    if (!m->to.len || str_eq(json_id(json_get(account, "id")), m->to))
        return read_text(a, json_get(account, "acct"));
    for (size_t i = 0; json_is(mentions, JSON_ARRAY) && i < json_count(mentions); i++)
        if (str_eq(json_id(json_get(json_at(mentions, i), "id")), m->to))
            return read_text(a, json_get(json_at(mentions, i), "acct"));
    return STR_EMPTY;
}

static void looked(struct arena *a, const struct outgoing *m, const struct json *body, struct outcome *out)
{
    struct str visibility = json_text(json_get(body, "visibility"));
    bool open = str_eq(visibility, STR("public")) || str_eq(visibility, STR("unlisted"));
    bool direct = str_eq(m->door, STR("direct"));
    struct saying saying = {.acct = recipient(a, m, body), .visibility = direct ? STR("direct") : visibility};
    if (m->parent_id.len)
        saying.warning = read_text(a, json_get(body, "spoiler_text"));
    if (!saying.acct.len)
        outcome_fail(a, out, FAILURE_GONE, STR("nobody"), STR("The server does not say whom this would go to."));
    else if (!direct && !open)
        outcome_fail(a, out, FAILURE_CONTENT, visibility,
                     STR("This was not said in public: it can only be answered in private."));
    else
        outcome_next(a, out, saying_write(a, &saying));
}

static void brought(struct arena *a, const struct outgoing *m, const struct http_reply *reply,
                    const struct json *body, struct outcome *out)
{
    struct saying saying = saying_read(a, m->carry);
    bool fresh = !saying.media.len;
    if (fresh)
        saying.media = read_id(a, json_get(body, "id"));
    if (!saying.media.len) {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("upload"), STR("The server named no id for the file."));
    } else if (reply->status == 206) {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("HTTP 206"), STR("The server is still busy with the file."));
        out->retry_seconds = WAIT_SECONDS;
    } else {
        saying.waits = fresh && reply->status == 202;
        outcome_next(a, out, saying_write(a, &saying));
    }
}

/* Taken, even when the answer cannot be read. */
static void accepted(struct arena *a, const struct outgoing *m, const struct json *body, struct outcome *out)
{
    outcome_accept(a, out, read_id(a, json_get(body, "id")));
    out->units = m->step > 1 ? m->step + 1 : 0;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct saying saying = saying_read(a, m->carry);
    enum sending step = sending(m, &saying);
    if (reply->status < 200 || reply->status > 299)
        mastodon_problem(a, reply, body, m->now, out);
    else if (step == SENDING_LOOK)
        looked(a, m, body, out);
    else if (step == SENDING_POST)
        accepted(a, m, body, out);
    else
        brought(a, m, reply, body, out);
}

/* Files are there for everybody; our token goes with none. */
static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    (void)step;
    (void)carry;
    if (!https_host(file->url).len && !same_origin(file->url, api_base(s)))
        return fail(e, ERR_BAD_INPUT, "The file has no secure address.");
    *call = (struct http_call){.method = "GET", .url = str_dup(a, file->url)};
    call->timeout_ms = 60000;
    call->reply_max = (size_t)100 << 20;
    return true;
}

/* ---- access: of an application that was made on that very server, good until it is taken back ---- */

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    return oauth_page(a, str_concat(a, api_base(s), STR("/oauth/authorize")), settings_get(s, "client_id"), SCOPE,
                      consent, &(struct pairs){0}, url, e);
}

static bool consented(struct arena *a, const struct settings *s, const struct consent *consent, struct str code,
                      struct http_call *call, struct error *e)
{
    struct str id = settings_get(s, "client_id"), secret = settings_get(s, "client_secret");
    if (!id.len || !secret.len)
        return fail(e, ERR_NOT_FOUND, "No client key and secret are set any more.");
    struct pair fields[] = {{STR("grant_type"), STR("authorization_code")},
                            {STR("code"), code},
                            {STR("redirect_uri"), consent->redirect_uri},
                            {STR("client_id"), id},
                            {STR("client_secret"), secret},
                            {STR("code_verifier"), consent->verifier},
                            {STR("scope"), STR(SCOPE)}};
    oauth_call(a, str_concat(a, api_base(s), STR("/oauth/token")), STR_EMPTY, STR_EMPTY,
               &(struct pairs){fields, COUNT_OF(fields)}, call);
    return true;
}

static int renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out)
{
    return oauth_tokens(a, "The Mastodon server", reply, LASTS, LASTS, changed, out);
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", str_concat(a, api_base(s), STR("/api/v1/accounts/verify_credentials")), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct str id = read_id(a, json_get(body, "id"));
    if (reply->status == 200 && id.len) {
        outcome_accept(a, out, id);
        out->words = str_concat(a, STR("@"), read_text(a, json_get(body, "acct")));
        return;
    }
    mastodon_problem(a, reply, body, 0, out);
    if (out->failure == FAILURE_GONE || out->failure == FAILURE_CONTENT) /* there is no Mastodon at this address */
        out->failure = FAILURE_PERMISSION;
}

const struct channel channel_mastodon = {
    .name = "mastodon",
    .label = "Mastodon",
    .icon = "mastodon",
    .aliases = {"fediverse"},
    .settings = settings,
    .doors = doors,
    .listings = listings,
    .quota = {.units = 300, .period_seconds = 300},
    .honest = "honest.mastodon",
    .guide_steps = 3,
    .receive = receive,
    .send = send,
    .answer = answer,
    .media = media,
    .ask = mastodon_ask,
    .asked = mastodon_asked,
    .renewed = renewed,
    .consent = consent,
    .consented = consented,
    .probe = probe,
    .probed = probed,
};
