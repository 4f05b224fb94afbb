/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a mention elsewhere, of which the webhook brings only ids: fields of our own account,
 * `mentioned_comment` and `mentioned_media`. What Meta does not document of them is asked for at first, and left out
 * where it is refused.
 * https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/mentioned_comment */
#include "channels/channel_meta.h"

#include "base/arena.h"
#include "base/buf.h"

static const char *const comment_fields[] = {"id,text,timestamp,username,from,media{id,permalink}",
                                             "id,text,timestamp,username", "id,text,timestamp"};
static const char *const post_fields[] = {"id,caption,timestamp,username,owner,media_type,media_url,permalink",
                                          "id,caption,timestamp,username,owner,media_type,media_url",
                                          "id,caption,timestamp,username"};

#define STEPS ((int)COUNT_OF(comment_fields))
_Static_assert(COUNT_OF(comment_fields) == COUNT_OF(post_fields), "as many ways to ask for either");

static bool is_comment(const struct lookup *l)
{
    return str_eq(l->what, STR(INSTAGRAM_COMMENT));
}

/* The id stands amid the syntax of fields. */
static bool is_plain(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!(id.ptr[i] >= '0' && id.ptr[i] <= '9') && id.ptr[i] != '_')
            return false;
    return id.len > 0;
}

bool instagram_lookup(struct arena *a, const struct settings *s, const struct lookup *l, struct http_call *call,
                      struct error *e)
{
    struct str us = l->account.len ? l->account : settings_get(s, "user_id");
    int step = l->step > 0 && l->step < STEPS ? l->step : 0;
    struct buf fields, tail;
    if (!us.len)
        return fail(e, ERR_NOT_FOUND, "Without the account's id (user_id) Instagram cannot be asked.");
    if (!is_plain(l->external_id))
        return fail(e, ERR_BAD_INPUT, "This is no id of Instagram's.");
    buf_init(&fields, a, 128);
    buf_cstr(&fields, is_comment(l) ? "mentioned_comment.comment_id(" : "mentioned_media.media_id(");
    buf_str(&fields, l->external_id);
    buf_cstr(&fields, "){");
    buf_cstr(&fields, is_comment(l) ? comment_fields[step] : post_fields[step]);
    buf_char(&fields, '}');
    buf_init(&tail, a, 256);
    buf_cstr(&tail, "?fields=");
    buf_url(&tail, buf_view(&fields));
    return call_start(a, s, "GET", instagram_url(a, s, us, str_cstr(a, buf_view(&tail))), call, e);
}

/* Where it says no id, the name is how they are known there. */
static void read_author(struct arena *a, struct channel_event *event, const struct json *said, const char *whose)
{
    struct str handle = read_text(a, json_get(said, "username"));
    event->author.external_id = read_id(a, json_path(said, whose, "id", NULL));
    event->author.handle = handle.len ? handle : read_text(a, json_path(said, whose, "username", NULL));
    if (!event->author.external_id.len && event->author.handle.len)
        event->author.external_id = str_concat(a, STR("@"), str_lower(a, event->author.handle));
}

static void read_picture(struct arena *a, struct channel_event *event, const struct json *said)
{
    struct str url = read_text(a, json_get(said, "media_url")), type = read_text(a, json_get(said, "media_type"));
    struct channel_media *media =
        url.len ? event_attach(a, event, str_eq(type, STR("VIDEO")) ? MESSAGE_VIDEO : MESSAGE_IMAGE) : NULL;
    if (media)
        media->url = url;
}

/* Graph refuses a whole call for one field that it does not know; 33 is of what is not there. */
static bool is_of_a_field(const struct json *body)
{
    const struct json *error = json_get(body, "error");
    return json_int(json_get(error, "code"), 0) == 100 && json_int(json_get(error, "error_subcode"), 0) != 33;
}

void instagram_looked_up(struct arena *a, const struct settings *s, const struct lookup *l,
                         const struct http_reply *reply, struct channel_events *events, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *said = json_get(body, is_comment(l) ? "mentioned_comment" : "mentioned_media");
    (void)s;
    if (meta_refused(reply, body) && is_of_a_field(body) && l->step + 1 < STEPS) {
        outcome_next(a, out, STR_EMPTY);
        return;
    }
    if (meta_refused(reply, body)) {
        meta_error(a, graph_codes, reply, body, out);
        return;
    }
    if (!json_is(said, JSON_OBJECT)) {
        bool answered = json_is(body, JSON_OBJECT);
        outcome_fail(a, out, answered ? FAILURE_GONE : FAILURE_TRANSIENT, STR("lookup"),
                     STR("Instagram's answer does not have what was asked for."));
        return;
    }
    struct channel_event *event = channel_events_add(events);
    event->kind = CHANNEL_MESSAGE;
    event->external_id = l->external_id;
    event->dedupe = DEDUPE(a, "m", l->external_id);
    event->parent_id = l->parent_id;
    event->thread_key = l->thread_key;
    event->door = l->door;
    event->is_public = true;
    event->at = read_time(json_get(said, "timestamp"));
    event->text = read_words(a, json_get(said, is_comment(l) ? "text" : "caption"));
    event->link =
        read_text(a, is_comment(l) ? json_path(said, "media", "permalink", NULL) : json_get(said, "permalink"));
    read_author(a, event, said, is_comment(l) ? "from" : "owner");
    if (!is_comment(l))
        read_picture(a, event, said);
    if (!event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("without words: perhaps an animated picture");
    }
    outcome_accept(a, out, STR_EMPTY);
}
