/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what networks send: ids as text, times in their units, attachments, and clear words on what could
 * not be read. Nothing here fails; what is missing is empty. */
#include "channels/channel_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"

#define ID_MAX      512
#define MEDIA_MAX   32
#define REASONS_MAX 800

struct json *channel_json(struct arena *a, struct str body, struct error *e)
{
    return json_parse(a, text_clean(a, body), e);
}

static void say_place(struct buf *out, const struct place *at)
{
    if (!at)
        return;
    say_place(out, at->up);
    if (out->len && out->ptr[out->len - 1] != ' ')
        buf_char(out, '.');
    buf_cstr(out, at->name);
    if (at->index >= 0)
        buf_format(out, "[%td]", at->index);
}

void channel_unread(struct channel_events *events, const struct place *at, const char *format, ...)
{
    if (events->unread.len >= REASONS_MAX)
        return;
    struct buf out;
    buf_init(&out, events->arena, 128);
    buf_str(&out, events->unread);
    if (out.len)
        buf_cstr(&out, "; ");
    struct buf place;
    buf_init(&place, events->arena, 64);
    say_place(&place, at);
    if (place.len) {
        buf_str(&out, buf_view(&place));
        buf_char(&out, ' ');
    }
    char words[200];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    buf_cstr(&out, words);
    if (out.len >= REASONS_MAX)
        buf_cstr(&out, "; and more");
    events->unread = text_clean(events->arena, buf_view(&out));
}

bool channel_read(const struct channel_events *events, struct error *e)
{
    if (events->count || !events->unread.len)
        return true;
    return fail(e, ERR_MALFORMED, "%.*s", STR_ARGS(events->unread));
}

bool channel_asked_again(struct arena *a, const struct channel *channel, const struct settings *settings,
                         const struct asking *asking, struct str body, struct channel_events *events, struct error *e)
{
    struct http_reply reply = {.status = 200, .body = body};
    struct asked asked = {0};
    channel->asked(a, settings, asking, &reply, events, &asked);
    if (asked.outcome.kind == OUTCOME_FAILED)
        return fail(e, ERR_MALFORMED, "%.*s", STR_ARGS(asked.outcome.words));
    return channel_read(events, e);
}

const struct json *read_member(const struct json *object, const char *name)
{
    const struct json *member = json_get(object, name);
    return json_is(member, JSON_NULL) ? NULL : member;
}

const struct json *read_next(struct channel_events *events, const struct json *list, struct place *at)
{
    if (list && !json_is(list, JSON_ARRAY)) {
        channel_unread(events, at, "is not a list");
        return NULL;
    }
    while (list && ++at->index < (ptrdiff_t)json_count(list)) {
        const struct json *one = json_at(list, (size_t)at->index);
        if (json_is(one, JSON_OBJECT))
            return one;
        channel_unread(events, at, "is not an object");
    }
    return NULL;
}

struct json *todo_read(struct arena *a, const struct json *kept, size_t max)
{
    struct json *todo = json_array(a);
    for (size_t i = 0; json_is(kept, JSON_ARRAY) && i < json_count(kept); i++)
        if (json_text(json_at(kept, i)).len)
            (void)todo_add(a, todo, json_text(json_at(kept, i)), max);
    return todo;
}

struct str todo_first(const struct json *todo)
{
    return json_text(json_at(todo, 0));
}

bool todo_add(struct arena *a, struct json *todo, struct str what, size_t max)
{
    if (json_count(todo) >= max)
        return false;
    json_push(a, todo, json_new_str(a, what));
    return true;
}

struct json *todo_rest(struct arena *a, const struct json *todo)
{
    struct json *rest = json_array(a);
    for (size_t i = 1; i < json_count(todo); i++)
        json_push(a, rest, json_new_str(a, json_text(json_at(todo, i))));
    return rest;
}

struct str read_id(struct arena *a, const struct json *j)
{
    struct str id = json_id(j);
    return id.len <= ID_MAX ? text_clean(a, id) : STR_EMPTY;
}

struct str read_text(struct arena *a, const struct json *j)
{
    return text_clean(a, json_text(j));
}

struct str read_words(struct arena *a, const struct json *j)
{
    return text_clean(a, json_id(j));
}

int64_t read_time(const struct json *j)
{
    int64_t at, value = json_int(j, 0);
    double real = json_real(j, 0);
    if (value > 0)
        return clock_from_epoch(value);
    if (real >= 1 && real < 1e11) /* seconds with a fraction */
        return (int64_t)(real * 1e6);
    return json_is(j, JSON_STRING) && clock_parse_iso(json_text(j), &at) && at > 0 ? at : 0;
}

struct str read_title(struct arena *a, struct str text)
{
    return text_shorten(a, text, 120);
}

struct str dedupe_join(struct arena *a, const char *kind, const struct str *parts, size_t count)
{
    struct buf key;
    buf_init(&key, a, 96);
    buf_cstr(&key, kind);
    for (size_t i = 0; i < count; i++) {
        buf_char(&key, ':');
        buf_str(&key, parts[i]);
    }
    return buf_view(&key);
}

struct str dedupe_hash(struct arena *a, struct str words)
{
    return str_format(a, "%016" PRIx64, hash64(words));
}

struct channel_media *event_attach(struct arena *a, struct channel_event *event, enum message_kind kind)
{
    if (event->message == MESSAGE_TEXT)
        event->message = kind;
    if (event->media_count == MEDIA_MAX)
        return NULL;
    if (!event->media)
        event->media = ARENA_ARRAY(a, struct channel_media, 1);
    else if ((event->media_count & (event->media_count - 1)) == 0) { /* full at 1, 2, 4, 8, 16 */
        struct channel_media *more = ARENA_ARRAY(a, struct channel_media, event->media_count * 2);
        memcpy(more, event->media, event->media_count * sizeof *more);
        event->media = more;
    }
    struct channel_media *media = &event->media[event->media_count++];
    media->kind = kind;
    return media;
}

#define ORIGINS_MAX 4
#define LINK_MAX    2000

void event_origin(struct arena *a, struct channel_event *event, const char *kind, struct str words, struct str link)
{
    bool web = (str_starts(link, STR("https://")) || str_starts(link, STR("http://"))) && link.len <= LINK_MAX;
    if (!event->origins)
        event->origins = ARENA_ARRAY(a, struct channel_origin, ORIGINS_MAX);
    if (event->origin_count < ORIGINS_MAX)
        event->origins[event->origin_count++] = (struct channel_origin){
            .kind = kind, .words = read_title(a, str_trim(words)), .link = web ? link : STR_EMPTY};
}

void event_say(struct arena *a, struct channel_event *event, struct str words)
{
    if (!words.len)
        return;
    event->text = event->text.len ? str_format(a, "%.*s\n%.*s", STR_ARGS(event->text), STR_ARGS(words)) : words;
}

void event_location(struct arena *a, struct channel_event *event, struct str name, struct str address,
                    const struct json *latitude, const struct json *longitude)
{
    event->message = MESSAGE_LOCATION;
    event_say(a, event, name);
    if (!str_eq(name, address))
        event_say(a, event, address);
    struct str lat = read_id(a, latitude), lon = read_id(a, longitude);
    if (lat.len && lon.len)
        event_say(a, event, str_format(a, "%.*s, %.*s", STR_ARGS(lat), STR_ARGS(lon)));
}

void digest_base64(const unsigned char digest[SHA256_BYTES], char *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0, k = 0; i < SHA256_BYTES; i += 3, k += 4) {
        unsigned last = i + 2 < SHA256_BYTES ? digest[i + 2] : 0;
        unsigned three = (unsigned)digest[i] << 16 | (unsigned)digest[i + 1] << 8 | last;
        for (size_t n = 0; n < 4; n++)
            out[k + n] = letters[three >> (18 - 6 * n) & 63];
    }
    out[43] = '=';
}
