/* SPDX-License-Identifier: Apache-2.0 */
/* What X lists when it is asked: mentions and direct messages, the newest first. The cursor is the newest id that was
 * seen; while a round is under way also the newest of this round and where its next page is. X is paid by what it
 * shows: nothing is asked for twice, and edits and removals are left to its webhooks. */
#include "channels/channel_x.h"

#include "base/arena.h"
#include "base/buf.h"

/* "done", or "done newest token" amid a round; "-" stands for none. */
struct x_cursor {
    struct str done, newest, token;
};

static struct str part_of(struct str *rest)
{
    struct str part = STR_EMPTY;
    return str_split(rest, ' ', &part) && !str_eq(part, STR("-")) ? part : STR_EMPTY;
}

static struct x_cursor cursor_read(struct str text)
{
    struct x_cursor c;
    c.done = part_of(&text);
    c.newest = part_of(&text);
    c.token = part_of(&text);
    return c;
}

static struct str cursor_write(struct arena *a, struct x_cursor c)
{
    struct str none = STR("-"), done = c.done.len ? c.done : none, newest = c.newest.len ? c.newest : none;
    if (!c.token.len)
        return c.newest.len ? c.newest : c.done;
    return str_format(a, "%.*s %.*s %.*s", STR_ARGS(done), STR_ARGS(newest), STR_ARGS(c.token));
}

/* Ids are numbers that grow with time. */
static bool is_after(struct str id, struct str than)
{
    return id.len != than.len ? id.len > than.len : str_cmp(id, than) > 0;
}

static void url_add(struct buf *url, const char *name, struct str value)
{
    buf_char(url, str_find_char(buf_view(url), '?') < 0 ? '?' : '&');
    buf_cstr(url, name);
    buf_char(url, '=');
    buf_url(url, value);
}

static struct str url_mentions(struct arena *a, const struct settings *s, const struct asking *asking, struct str us)
{
    struct x_cursor c = cursor_read(asking->cursor);
    struct buf url;
    buf_init(&url, a, 512);
    buf_format(&url, "%.*s/2/users/%.*s/mentions?max_results=100", STR_ARGS(api_base(s)),
               STR_ARGS(url_encode(a, us)));
    url_add(&url, "post.fields", STR("id,text,conversation_id,created_at,attachments,note_post"));
    url_add(&url, "expansions",
            STR("author_id,attachments.media_keys,in_reply_to_user_id,edit_history_post_ids,referenced_posts"));
    url_add(&url, "user.fields", STR("name,username,profile_image_url"));
    url_add(&url, "media.fields", STR("type,url,preview_image_url,variants"));
    if (c.done.len)
        url_add(&url, "since_id", c.done);
    else
        url_add(&url, "start_time", clock_iso(a, asking->since - asking->since % SECOND_US));
    if (c.token.len)
        url_add(&url, "pagination_token", c.token);
    return buf_view(&url);
}

static struct str url_dms(struct arena *a, const struct settings *s, const struct asking *asking)
{
    struct x_cursor c = cursor_read(asking->cursor);
    struct buf url;
    buf_init(&url, a, 512);
    buf_format(&url, "%.*s/2/dm_events?max_results=100&event_types=MessageCreate", STR_ARGS(api_base(s)));
    url_add(&url, "dm_event.fields", STR("id,text,event_type,created_at,sender_id,dm_conversation_id,attachments"));
    url_add(&url, "expansions", STR("sender_id,attachments.media_keys"));
    url_add(&url, "user.fields", STR("name,username,profile_image_url"));
    url_add(&url, "media.fields", STR("type,url,preview_image_url,variants"));
    if (c.token.len)
        url_add(&url, "pagination_token", c.token);
    return buf_view(&url);
}

static bool is_dms(const struct asking *asking)
{
    return str_eq(str_from(asking->listing->name), STR("dms"));
}

bool x_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
           struct error *e)
{
    struct str us = settings_get(s, "user_id");
    if (!us.len)
        return fail(e, ERR_NOT_FOUND, "Without our account's id (user_id) X cannot be asked.");
    return call_start(a, s, "GET", is_dms(asking) ? url_dms(a, s, asking) : url_mentions(a, s, asking, us), call, e);
}

/* True when everything from here on was seen before. */
static bool read_items(struct x_reading *r, const struct asking *asking, const struct json *data, struct x_cursor *c)
{
    bool dms = is_dms(asking), known = false;
    struct place at = {NULL, "data", -1};
    for (size_t i = 0; json_is(data, JSON_ARRAY) && i < json_count(data) && !known; i++) {
        const struct json *item = json_at(data, i);
        struct str id = read_id(r->a, json_get(item, "id"));
        int64_t when = read_time(json_get(item, "created_at"));
        at.index = (ptrdiff_t)i;
        known = dms && id.len && ((c->done.len && !is_after(id, c->done)) || (when && when < asking->since));
        if (known)
            break;
        if (id.len && (!c->newest.len || is_after(id, c->newest)))
            c->newest = id;
        if (dms)
            x_dm_event(r, item, &at);
        else
            x_post(r, item, &at);
    }
    return known;
}

void x_asked(struct arena *a, const struct settings *s, const struct asking *asking, const struct http_reply *reply,
             struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct x_cursor c = cursor_read(asking->cursor);
    const struct json *data = json_get(body, "data"), *meta = json_get(body, "meta");
    bool is_list = json_is(body, JSON_OBJECT) && (data || meta);
    if (reply->status == 200 && !is_list && !json_get(body, "errors")) {
        outcome_by_status(a, &out->outcome, reply);
        return;
    }
    if (reply->status != 200 || !is_list) {
        x_problem(a, reply, body, is_dms(asking), asking->now, &out->outcome);
        if (reply->status == 403)
            out->outcome.failure = FAILURE_PERMISSION;
        return;
    }
    struct x_reading r = x_reading_of(a, s, events);
    r.includes = json_get(body, "includes");
    r.users = json_path(body, "includes", "users", NULL);
    r.summons = true; /* these are mentions */
    bool known = read_items(&r, asking, data, &c);
    out->units = (int)json_count(data) * (is_dms(asking) ? X_PRICE_OWN : X_PRICE_READ);
    c.token = known ? STR_EMPTY : read_id(a, json_get(meta, "next_token"));
    out->more = c.token.len > 0;
    out->cursor = cursor_write(a, c);
}
