/* SPDX-License-Identifier: Apache-2.0 */
/* YouTube: comments under the videos of our channel, and replies to them, by the Data API v3. YouTube tells nobody of
 * comments: it is asked (channel_youtube_lists.c). There are no private messages. A reply stands below the first
 * comment of its thread; whoever wrote a reply is named in front of ours. */
#include "channels/channel_youtube.h"

#include "base/arena.h"
#include "base/buf.h"

extern const struct channel channel_youtube;

#define SCOPE       "https://www.googleapis.com/auth/youtube.force-ssl"
#define REPLY_UNITS 50
#define RATE_WAIT   60

static const struct setting settings[] = {
    {"channel_id", "setting.youtube.channel_id", "our channel's id, which begins with UC", NULL,
     SETTING_REQUIRED | SETTING_ACCOUNT},
    GOOGLE_ACCESS("youtube"),
    GOOGLE_BASES("youtube", "https://www.googleapis.com"),
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC,
     .name = "comment",
     .label = "door.youtube.comment",
     .unit = LENGTH_CHARACTERS, /* how long it may be YouTube does not say */
     .reply_needed = true,
     .units = REPLY_UNITS},
    {0},
};

static const struct listing listings[] = {
    {.name = "comments",
     .label = "listing.youtube.comments",
     .doors = {"comment"},
     .every_seconds = 120,
     .complete = true,
     .first_hours = 7 * 24,
     .units = 1},
    {0},
};

/* ---- errors ---- */

static const struct google_reason reasons[] = {
    {"commentsDisabled", FAILURE_WINDOW},
    {"parentCommentIsPrivate", FAILURE_WINDOW},
    {"operationNotSupported", FAILURE_WINDOW},
    {"commentTextTooLong", FAILURE_CONTENT},
    {"commentTextRequired", FAILURE_CONTENT},
    {"commentNotFound", FAILURE_GONE},
    {"parentCommentNotFound", FAILURE_GONE},
    {"commentThreadNotFound", FAILURE_GONE},
    {"videoNotFound", FAILURE_GONE},
    {"channelNotFound", FAILURE_PERMISSION},
    {"ineligibleAccount", FAILURE_PERMISSION},
    {"forbidden", FAILURE_PERMISSION},
    {NULL, FAILURE_NONE},
};

void youtube_problem(struct arena *a, const struct http_reply *reply, int64_t now, struct outcome *out)
{
    google_problem(a, reasons, reply, now, RATE_WAIT, out);
}

struct str youtube_url(struct arena *a, const struct settings *s, const char *tail)
{
    return str_concat(a, api_base(s), str_concat(a, STR("/youtube/v3/"), str_from(tail)));
}

/* ---- in ---- */

/* A list's answer on its own, as an operator may have kept one. */
static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    struct json *root = channel_json(a, body, e);
    if (!root)
        return false;
    if (!json_is(json_get(root, "items"), JSON_ARRAY))
        return fail(e, ERR_MALFORMED, "no list `items`: not an answer of this network");
    struct youtube_reading r = {.a = a, .events = events, .us = settings_get(s, "channel_id")};
    youtube_items(&r, json_get(root, "items"));
    return channel_read(events, e);
}

/* ---- out ---- */

/* The id of a reply begins with that of its thread's first comment. */
static struct str first_comment(struct str id)
{
    ptrdiff_t dot = str_find_char(id, '.');
    return dot > 0 ? str_slice(id, 0, (size_t)dot) : id;
}

/* Who is answered is named where somebody else began the thread, unless the words do it. */
static bool names_first(const struct outgoing *m)
{
    return m->step == 0 && str_find_char(m->parent_id, '.') > 0 && str_starts(m->to, STR("UC")) &&
           !str_starts(m->text, STR("@"));
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_youtube, m, e))
        return false;
    if (names_first(m)) {
        struct buf url;
        buf_init(&url, a, 128);
        buf_str(&url, youtube_url(a, s, "channels?part=snippet"));
        google_query(&url, "id", m->to);
        return call_start(a, s, "GET", buf_view(&url), call, e);
    }
    if (!call_start(a, s, "POST", youtube_url(a, s, "comments?part=snippet"), call, e))
        return false;
    struct json *body = json_object(a), *snippet = json_object(a);
    json_set_str(a, snippet, "parentId", first_comment(m->parent_id));
    json_set_str(a, snippet, "textOriginal",
                 m->carry.len ? str_format(a, "%.*s %.*s", STR_ARGS(m->carry), STR_ARGS(m->text)) : m->text);
    json_set(a, body, "snippet", snippet);
    call_json(a, call, body);
    return true;
}

/* "@name" of a channel; a channel that is gone, or has none, is not named. */
static void answer_name(struct arena *a, const struct outgoing *m, const struct http_reply *reply,
                        struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *one = json_at(json_get(body, "items"), 0);
    struct str name = read_text(a, json_path(one, "snippet", "customUrl", NULL));
    if (reply->status != 200 && reply->status != 404) {
        youtube_problem(a, reply, m->now, out);
        return;
    }
    if (name.len && !str_starts(name, STR("@")))
        name = str_concat(a, STR("@"), name);
    outcome_next(a, out, name);
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    if (names_first(m)) {
        answer_name(a, m, reply, out);
        return;
    }
    if (reply->status < 200 || reply->status > 299) {
        youtube_problem(a, reply, m->now, out);
        return;
    }
    outcome_accept(a, out, read_id(a, json_get(json_parse(a, reply->body, NULL), "id")));
    out->units = REPLY_UNITS + (m->step ? 1 : 0);
}

/* ---- access ---- */

static bool consent(struct arena *a, const struct settings *s, const struct consent *consent, struct str *url,
                    struct error *e)
{
    return google_page(a, s, consent, SCOPE, url, e);
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    return call_start(a, s, "GET", youtube_url(a, s, "channels?part=snippet&mine=true"), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *one = json_at(json_get(body, "items"), 0);
    struct str id = read_id(a, json_get(one, "id"));
    if (reply->status != 200) {
        youtube_problem(a, reply, 0, out);
    } else if (id.len) {
        outcome_accept(a, out, id);
        out->words = str_dup(a, read_text(a, json_path(one, "snippet", "title", NULL)));
    } else if (json_is(body, JSON_OBJECT)) {
        outcome_fail(a, out, FAILURE_PERMISSION, STR("no channel"),
                     STR("This Google account has no YouTube channel."));
    } else {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("unreadable"), STR("YouTube’s answer could not be read."));
    }
}

const struct channel channel_youtube = {
    .name = "youtube",
    .label = "YouTube",
    .icon = "youtube",
    .settings = settings,
    .doors = doors,
    .honest = "honest.youtube",
    .listings = listings,
    .quota = {.units = 10000, .period_seconds = 86400, .zone = "America/Los_Angeles"},
    .keeping = {.words_hours = 30 * 24, .people_hours = 30 * 24},
    .guide_steps = 4,
    .receive = receive,
    .send = send,
    .answer = answer,
    .renew = google_renew,
    .renewed = google_renewed,
    .consent = consent,
    .consented = google_consented,
    .ask = youtube_ask,
    .asked = youtube_asked,
    .probe = probe,
    .probed = probed,
};
