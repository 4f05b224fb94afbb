/* SPDX-License-Identifier: Apache-2.0 */
/* Building the calls that deliver a reply, and the first reading of their answers. Opens no socket: a call is
 * data. */
#include "channels/channel_internal.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"

const struct door *outgoing_door(struct arena *a, const struct channel *channel, const struct outgoing *m,
                                 struct error *e)
{
    const struct door *door = channel_door(channel, m->door);
    if (!door)
        return fail_null(e, ERR_BAD_INPUT, "%s has no door \"%.*s\".", channel->label, STR_ARGS(m->door));
    if (!str_trim(m->text).len && !m->media)
        return fail_null(e, ERR_BAD_INPUT, "There is nothing to send: no words and no file.");
    if (door->limit) {
        size_t length = text_length(a, m->text, door->unit);
        if (length > (size_t)door->limit)
            return fail_null(e, ERR_BAD_INPUT, "The text counts %zu, and %s takes %d here.", length, channel->label,
                             door->limit);
    }
    if (m->media && !door->attachments)
        return fail_null(e, ERR_BAD_INPUT, "%s takes no files here.", channel->label);
    if (m->media && m->media->bytes.len > door->attachment_max)
        return fail_null(e, ERR_BAD_INPUT, "The file has %zu bytes, and %s takes %zu.", m->media->bytes.len,
                         channel->label, door->attachment_max);
    if (door->reply_needed && !m->parent_id.len)
        return fail_null(e, ERR_BAD_INPUT, "%s needs a message that is answered here.", channel->label);
    if (door->kind == DOOR_DIRECT && !m->to.len)
        return fail_null(e, ERR_BAD_INPUT, "Nobody is named to whom this goes.");
    return door;
}

void call_header(struct arena *a, struct http_call *call, const char *name, struct str value)
{
    struct pair *items = ARENA_ARRAY(a, struct pair, call->headers.count + 1);
    if (call->headers.count)
        memcpy(items, call->headers.items, call->headers.count * sizeof *items);
    items[call->headers.count] = (struct pair){str_from(name), value};
    call->headers = (struct pairs){items, call->headers.count + 1};
}

bool call_start(struct arena *a, const struct settings *settings, const char *method, struct str url,
                struct http_call *call, struct error *e)
{
    struct str token = settings_get(settings, "access_token");
    if (!token.len)
        return fail(e, ERR_UNAUTHENTICATED,
                    "No access token is set for this channel: an administrator can add it in its settings.");
    *call = (struct http_call){.method = method, .url = url};
    call_header(a, call, "Authorization", str_concat(a, STR("Bearer "), token));
    return true;
}

void call_fields(struct arena *a, struct http_call *call, const struct pairs *fields)
{
    struct buf body;
    buf_init(&body, a, 256);
    for (size_t i = 0; i < fields->count; i++) {
        if (body.len)
            buf_char(&body, '&');
        buf_url(&body, fields->items[i].name);
        buf_char(&body, '=');
        buf_url(&body, fields->items[i].value);
    }
    call_header(a, call, "Content-Type", STR("application/x-www-form-urlencoded"));
    call->body = buf_view(&body);
}

void call_json(struct arena *a, struct http_call *call, const struct json *body)
{
    call_header(a, call, "Content-Type", STR("application/json"));
    call->body = json_to_str(a, body);
}

/* A name inside a quoted header value: no quotes, no line breaks. */
static struct str quotable(struct arena *a, struct str name)
{
    char *copy = arena_copy(a, name.ptr ? name.ptr : "", name.len);
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)copy[i] < 0x20 || copy[i] == '"' || copy[i] == '\\' || copy[i] == 0x7f)
            copy[i] = '_';
    return (struct str){copy, name.len};
}

static bool is_mime(struct str mime)
{
    bool slash = false;
    for (size_t i = 0; i < mime.len; i++) {
        char c = mime.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && str_find_char(STR("!#$&-^_.+/;= "), c) < 0)
            return false;
        slash |= c == '/';
    }
    return slash && mime.len < 128;
}

struct str mime_of(const struct outgoing_media *file)
{
    return is_mime(file->mime) ? file->mime : STR("application/octet-stream");
}

void call_form(struct arena *a, struct http_call *call, const struct pairs *fields, const char *file_field,
               const struct outgoing_media *file)
{
    /* A boundary made of the content's own digest: the same on every attempt, and never inside the content.
     */
    unsigned char digest[SHA256_BYTES];
    sha256(file->bytes, digest);
    struct str boundary = str_concat(a, STR("ascolto-"), hex_encode(a, digest, 16));
    struct buf body;
    buf_init(&body, a, file->bytes.len + 1024);
    for (size_t i = 0; i < fields->count; i++)
        buf_format(&body, "--%.*s\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n\r\n%.*s\r\n",
                   STR_ARGS(boundary), STR_ARGS(fields->items[i].name), STR_ARGS(fields->items[i].value));
    struct str name = file->file_name.len ? quotable(a, file->file_name) : STR("file");
    struct str mime = mime_of(file);
    buf_format(&body,
               "--%.*s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%.*s\"\r\nContent-Type: "
               "%.*s\r\n\r\n",
               STR_ARGS(boundary), file_field, STR_ARGS(name), STR_ARGS(mime));
    buf_str(&body, file->bytes);
    buf_format(&body, "\r\n--%.*s--\r\n", STR_ARGS(boundary));
    call->body = buf_view(&body);
    call->timeout_ms = 60000;
    call_header(a, call, "Content-Type", str_concat(a, STR("multipart/form-data; boundary="), boundary));
}

struct str api_base(const struct settings *settings)
{
    struct str base = settings_get(settings, "api_base");
    while (base.len && base.ptr[base.len - 1] == '/')
        base.len--;
    return base;
}

/* "https://host:port" of an address without a name in it; empty when it is no such address. */
static struct str origin(struct str url)
{
    ptrdiff_t scheme = str_find(url, STR("://"));
    if (scheme <= 0)
        return STR_EMPTY;
    size_t end = (size_t)scheme + 3;
    while (end < url.len && str_find_char(STR("/?#\\"), url.ptr[end]) < 0)
        end++;
    struct str found = str_slice(url, 0, end);
    return str_find_char(found, '@') < 0 ? found : STR_EMPTY;
}

bool same_origin(struct str url, struct str base)
{
    struct str a = origin(url), b = origin(base);
    return a.len && str_eq_nocase(a, b);
}

struct str https_host(struct str url)
{
    struct str found = origin(url);
    if (!str_starts(found, STR("https://")))
        return STR_EMPTY;
    return str_slice(found, 8, found.len);
}

enum message_kind kind_of_mime(struct str mime)
{
    if (str_starts(mime, STR("image/")))
        return MESSAGE_IMAGE;
    if (str_starts(mime, STR("video/")))
        return MESSAGE_VIDEO;
    return str_starts(mime, STR("audio/")) ? MESSAGE_AUDIO : MESSAGE_FILE;
}

void outcome_accept(struct arena *a, struct outcome *out, struct str external_id)
{
    *out = (struct outcome){.kind = OUTCOME_ACCEPTED, .external_id = str_dup(a, external_id)};
}

void outcome_next(struct arena *a, struct outcome *out, struct str carry)
{
    *out = (struct outcome){.kind = OUTCOME_NEXT, .carry = str_dup(a, carry)};
}

void outcome_fail(struct arena *a, struct outcome *out, enum failure failure, struct str code, struct str words)
{
    *out = (struct outcome){.kind = OUTCOME_FAILED,
                            .failure = failure,
                            .code = code,
                            .words = str_dup(a, text_shorten(a, str_trim(text_clean(a, words)), 200))};
}

void outcome_by_status(struct arena *a, struct outcome *out, const struct http_reply *reply)
{
    if (reply->status == 0) {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("no answer"), str_from(reply->problem));
        return;
    }
    enum failure failure = FAILURE_CONTENT;
    switch (reply->status) {
    case 401: failure = FAILURE_TOKEN; break;
    case 402:
    case 403: failure = FAILURE_PERMISSION; break;
    case 404:
    case 410: failure = FAILURE_GONE; break;
    case 429: failure = FAILURE_RATE; break;
    case 408:
    case 425: failure = FAILURE_TRANSIENT; break;
    default: break;
    }
    if (reply->status >= 500 || reply->status < 400) /* a redirect is no answer either */
        failure = FAILURE_TRANSIENT;
    outcome_fail(a, out, failure, str_format(a, "HTTP %d", reply->status),
                 str_format(a, "The network answered with HTTP status %d.", reply->status));
    out->retry_seconds = retry_after(reply);
}

/* Longest that is waited before it is tried once more. */
#define WAIT_MAX 86400

/* Seconds, or a moment by the network's own clock. */
int retry_after(const struct http_reply *reply)
{
    struct str said = str_trim(pairs_get(&reply->headers, STR("retry-after")));
    int64_t seconds, until, now;
    if (!str_int64(said, &seconds)) {
        if (!clock_parse_http(said, &until))
            return 0;
        if (!clock_parse_http(str_trim(pairs_get(&reply->headers, STR("date"))), &now))
            now = reply->at;
        if (!now)
            return 0;
        seconds = (until - now + SECOND_US - 1) / SECOND_US;
    }
    return seconds <= 0 ? 0 : seconds < WAIT_MAX ? (int)seconds : WAIT_MAX;
}
