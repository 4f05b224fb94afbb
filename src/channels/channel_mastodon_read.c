/* SPDX-License-Identifier: Apache-2.0 */
/* What Mastodon says in a post: its words (HTML), the warning before them, pictures, polls, quotes, and whom it is
 * for. What is written for those who were mentioned, or for followers alone, is private here: an answer to it never
 * goes out in public. */
#include "channels/channel_mastodon.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/html_text.h"
#include "base/unicode.h"

#define POLL_MAX 20

struct str mastodon_name(struct str account)
{
    struct str name = str_trim(account);
    if (name.len && name.ptr[0] == '@')
        name = str_slice(name, 1, name.len);
    ptrdiff_t host = str_find_char(name, '@');
    return host > 0 ? str_slice(name, 0, (size_t)host) : name;
}

struct mastodon_reading mastodon_reading(struct arena *a, const struct settings *s, struct channel_events *events)
{
    return (struct mastodon_reading){a, events, mastodon_name(settings_get(s, "account")), STR_EMPTY};
}

/* Accounts of our own server are called by their name alone, others name@server. */
static bool is_us(const struct mastodon_reading *r, const struct json *account)
{
    bool named = r->us.len && str_eq_nocase(json_text(json_get(account, "acct")), r->us);
    return named || (r->id.len && str_eq(json_id(json_get(account, "id")), r->id));
}

/* ---- words ---- */

/* The links behind names and hashtags are for browsers: "@ada" says it, not "@ada (https://…)". */
static struct str without_name_links(struct arena *a, struct str html)
{
    struct buf out;
    buf_init(&out, a, html.len + 1);
    bool inside = false;
    while (html.len) {
        ptrdiff_t at = str_find_char(html, '<');
        ptrdiff_t end = at < 0 ? -1 : str_find_char(str_slice(html, (size_t)at, html.len), '>');
        if (end < 0)
            break;
        struct str tag = str_slice(html, (size_t)at, (size_t)(at + end + 1));
        struct str name = str_slice(tag, 1, 3); /* of a link: "a " or "/a" */
        bool opens = str_eq(name, STR("a ")), closes = str_eq(name, STR("/a"));
        bool named = opens && (str_find(tag, STR("mention")) >= 0 || str_find(tag, STR("hashtag")) >= 0) &&
                     str_find(tag, STR("class=")) >= 0;
        buf_str(&out, str_slice(html, 0, (size_t)at));
        if (!named && !(inside && closes))
            buf_str(&out, tag);
        inside = named || (inside && !closes && !opens);
        html = str_slice(html, (size_t)(at + end + 1), html.len);
    }
    buf_str(&out, html);
    return buf_view(&out);
}

static struct str html_words(struct arena *a, const struct json *content)
{
    return str_trim(html_text(a, without_name_links(a, json_text(content))));
}

/* Where the post that is quoted stands beside the words, "RE: https://…" in front of them is for older servers. */
static struct str own_words(struct arena *a, const struct json *status)
{
    struct str html = json_text(json_get(status, "content"));
    ptrdiff_t from = str_find(html, STR("quote-inline"));
    while (from > 0 && html.ptr[from] != '<')
        from--;
    ptrdiff_t len = from < 0 ? -1 : str_find(str_slice(html, (size_t)from, html.len), STR("/p>"));
    if (read_member(status, "quote") && len > 0)
        html = str_concat(a, str_slice(html, 0, (size_t)from), str_slice(html, (size_t)(from + len) + 3, html.len));
    return str_trim(html_text(a, without_name_links(a, html)));
}

static void read_poll(struct arena *a, struct channel_event *event, const struct json *poll)
{
    const struct json *options = json_get(poll, "options");
    for (size_t i = 0; json_is(options, JSON_ARRAY) && i < json_count(options) && i < POLL_MAX; i++) {
        struct str title = read_words(a, json_get(json_at(options, i), "title"));
        if (title.len)
            event_say(a, event, str_format(a, "– %.*s", STR_ARGS(title)));
    }
}

static enum message_kind kind_of(struct str type)
{
    static const struct {
        const char *type;
        enum message_kind kind;
    } kinds[] = {
        {"image", MESSAGE_IMAGE}, {"gifv", MESSAGE_VIDEO}, {"video", MESSAGE_VIDEO}, {"audio", MESSAGE_AUDIO}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(type, str_from(kinds[i].type)))
            return kinds[i].kind;
    return MESSAGE_FILE;
}

/* What their author says of a picture for those who do not see it stands below the words. */
static void read_files(struct arena *a, struct channel_event *event, const struct json *files)
{
    for (size_t i = 0; json_is(files, JSON_ARRAY) && i < json_count(files); i++) {
        const struct json *file = json_at(files, i);
        struct str url = read_text(a, json_get(file, "url")), far = read_text(a, json_get(file, "remote_url"));
        struct channel_media *media = event_attach(a, event, kind_of(json_text(json_get(file, "type"))));
        if (media)
            media->url = url.len ? url : far;
        struct str described = str_trim(read_text(a, json_get(file, "description")));
        if (described.len)
            event_say(a, event, str_format(a, "[%.*s]", STR_ARGS(described)));
    }
}

/* The post that is quoted: whole, or the older form of it on other servers. */
static void read_quote(struct arena *a, struct channel_event *event, const struct json *status)
{
    const struct json *quote = read_member(status, "quote"), *inner = read_member(quote, "quoted_status");
    const struct json *post = inner ? inner : quote;
    struct str link = read_text(a, json_get(post, "url"));
    if (json_is(post, JSON_OBJECT) && link.len)
        event_origin(a, event, "post", html_words(a, json_get(post, "content")), link);
}

/* Our own words without the name that every reply begins with: as they were written at the desk. */
static struct str without_name(struct str words, struct str handle)
{
    struct str name = mastodon_name(handle);
    if (!name.len || words.len <= name.len || words.ptr[0] != '@' ||
        !str_eq_nocase(str_slice(words, 1, 1 + name.len), name))
        return words;
    struct str rest = str_slice(words, 1 + name.len, words.len);
    if (rest.len && rest.ptr[0] == '@') /* with the server, as older posts have it */
        while (rest.len && (unsigned char)rest.ptr[0] > ' ')
            rest = str_slice(rest, 1, rest.len);
    return rest.len && (unsigned char)rest.ptr[0] <= ' ' ? str_trim(rest) : words;
}

static void read_content(struct arena *a, struct channel_event *event, const struct json *status)
{
    bool reply = event->echo && event->parent_id.len;
    struct str words = own_words(a, status);
    event->text = STR_EMPTY;
    if (!reply) /* the warning on a reply of ours is theirs */
        event_say(a, event, str_trim(read_text(a, json_get(status, "spoiler_text"))));
    event_say(a, event, event->echo ? without_name(words, event->author.handle) : words);
    read_poll(a, event, read_member(status, "poll"));
    read_files(a, event, json_get(status, "media_attachments"));
    read_quote(a, event, status);
    if (!event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a post without words");
    }
}

struct str mastodon_counted(struct arena *a, struct str text, int64_t address_counts)
{
    struct buf out;
    buf_init(&out, a, text.len + 1);
    for (size_t i = 0; i < text.len;) {
        struct str rest = str_slice(text, i, text.len);
        size_t len = 0;
        bool web = str_starts(rest, STR("https://")) || str_starts(rest, STR("http://"));
        bool name = str_starts(rest, STR("@")) && (i == 0 || (unsigned char)text.ptr[i - 1] <= ' ');
        while ((web || name) && len < rest.len && (unsigned char)rest.ptr[len] > ' ')
            len++;
        ptrdiff_t host = name && len ? str_find_char(str_slice(rest, 1, len), '@') : -1;
        if (web)
            for (int64_t n = 0; n < address_counts; n++)
                buf_char(&out, 'x');
        else if (host > 0)
            buf_str(&out, str_slice(rest, 0, (size_t)host + 1));
        else
            buf_str(&out, str_slice(rest, 0, 1));
        i += web || host > 0 ? len : 1;
    }
    return buf_view(&out);
}

/* ---- who, and for whom ---- */

static void read_account(struct arena *a, struct channel_author *author, const struct json *account)
{
    author->external_id = read_id(a, json_get(account, "id"));
    author->handle = read_text(a, json_get(account, "acct"));
    author->name = read_text(a, json_get(account, "display_name"));
    author->avatar_url = read_text(a, json_get(account, "avatar_static"));
    if (!author->name.len)
        author->name = read_text(a, json_get(account, "username"));
}

/* Of ours: to whom it goes is who was answered, else the first who is named. */
static void read_recipient(const struct mastodon_reading *r, struct channel_author *to, const struct json *status)
{
    struct str answered = read_id(r->a, read_member(status, "in_reply_to_account_id"));
    const struct json *mentions = json_get(status, "mentions"), *found = NULL;
    for (size_t i = 0; json_is(mentions, JSON_ARRAY) && i < json_count(mentions); i++) {
        const struct json *one = json_at(mentions, i);
        if (!is_us(r, one) && (!found || str_eq(json_id(json_get(one, "id")), answered)))
            found = one;
    }
    if (found) {
        to->external_id = read_id(r->a, json_get(found, "id"));
        to->handle = read_text(r->a, json_get(found, "acct"));
    } else if (!str_eq(answered, read_id(r->a, json_path(status, "account", "id", NULL)))) {
        to->external_id = answered;
    }
}

static bool mentions_us(const struct mastodon_reading *r, const struct json *status)
{
    const struct json *mentions = json_get(status, "mentions");
    for (size_t i = 0; json_is(mentions, JSON_ARRAY) && i < json_count(mentions); i++)
        if (is_us(r, json_at(mentions, i)))
            return true;
    return false;
}

static void read_place(const struct mastodon_reading *r, struct channel_event *event, const struct json *status)
{
    struct str visibility = json_text(json_get(status, "visibility")), parent = event->parent_id;
    event->is_public = str_eq(visibility, STR("public")) || str_eq(visibility, STR("unlisted"));
    event->door = event->is_public ? STR("public") : STR("direct");
    event->thread_key = event->is_public ? str_concat(r->a, STR("post:"), parent.len ? parent : event->external_id)
                                         : str_concat(r->a, STR("dm:"), event->author.external_id);
}

/* ---- a post ---- */

bool mastodon_post(struct mastodon_reading *r, const struct json *status, const struct place *at,
                   struct mastodon_post *out)
{
    const struct json *account = json_get(status, "account");
    struct str id = read_id(r->a, json_get(status, "id")), who = read_id(r->a, json_get(account, "id"));
    *out = (struct mastodon_post){.id = id, .at = read_time(json_get(status, "created_at"))};
    if (!id.len || !who.len) {
        channel_unread(r->events, at, json_is(status, JSON_OBJECT) ? "has no %s" : "is not a post: no %s",
                       id.len ? "account.id" : "id");
        return false;
    }
    if (read_member(status, "reblog")) /* passed on, not written */
        return true;
    out->theirs = !is_us(r, account);
    out->calls = mentions_us(r, status);
    struct channel_event post = {.kind = CHANNEL_MESSAGE, .account = r->us, .external_id = id, .echo = !out->theirs};
    post.parent_id = read_id(r->a, read_member(status, "in_reply_to_id"));
    post.dedupe = DEDUPE(r->a, "m", id);
    post.at = out->at;
    post.at_exact = true;
    post.link = read_text(r->a, read_member(status, "url"));
    if (out->theirs)
        read_account(r->a, &post.author, account);
    else
        read_recipient(r, &post.author, status);
    read_place(r, &post, status);
    if (post.echo && !post.is_public && !post.author.external_id.len)
        return true; /* a note to ourselves */
    read_content(r->a, &post, status);
    if (post.echo && post.is_public && !post.parent_id.len)
        post.thread_title = read_title(r->a, post.text);
    post.as_of = post.text.len ? read_time(read_member(status, "edited_at")) : 0;
    *channel_events_add(r->events) = post;
    return true;
}

/* Of an edit it is told also where the post is nothing to us: it changes what is known, and brings nothing new. */
static bool read_update(struct mastodon_reading *r, const struct json *status, const struct place *at,
                        struct mastodon_post *out)
{
    size_t before = r->events->count;
    if (!mastodon_post(r, status, at, out))
        return false;
    for (size_t i = before; i < r->events->count; i++) {
        struct channel_event *event = &r->events->items[i];
        int64_t edited = event->as_of ? event->as_of : read_time(json_get(status, "edited_at"));
        event->kind = CHANNEL_EDIT;
        event->at = edited;
        event->as_of = 0;
        event->dedupe = DEDUPE(r->a, "edit", event->external_id, str_format(r->a, "%lld", (long long)edited));
    }
    return true;
}

void mastodon_gone(struct mastodon_reading *r, struct str id, int64_t now)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_DELETE;
    event->account = r->us;
    event->external_id = str_dup(r->a, id);
    event->dedupe = DEDUPE(r->a, "gone", event->external_id);
    event->at = now;
}

/* ---- what holds posts ---- */

static void ignored(struct mastodon_reading *r, const char *kind, struct str note, struct str id)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = CHANNEL_IGNORED;
    event->account = r->us;
    event->note = note;
    event->dedupe = DEDUPE(r->a, kind, id);
}

bool mastodon_notification(struct mastodon_reading *r, const struct json *notification, const struct place *at,
                           struct mastodon_post *out)
{
    static const char *const of_matter[] = {"mention", "status", "quote"};
    struct str type = read_text(r->a, json_get(notification, "type")),
               id = read_id(r->a, json_get(notification, "id"));
    const struct json *status = read_member(notification, "status");
    *out = (struct mastodon_post){0};
    for (size_t i = 0; status && i < COUNT_OF(of_matter); i++)
        if (str_eq(type, str_from(of_matter[i])))
            return mastodon_post(r, status, &(struct place){at, "status", -1}, out);
    if (status && (str_eq(type, STR("update")) || str_eq(type, STR("quoted_update"))))
        return read_update(r, status, &(struct place){at, "status", -1}, out) && false;
    if (type.len && id.len)
        ignored(r, "n", type, id);
    else
        channel_unread(r->events, at, "is no notification: it has no %s", id.len ? "type" : "id");
    return false;
}

static bool read_list(struct mastodon_reading *r, const struct json *list, const struct place *up, const char *name)
{
    struct place at = {up, name, -1};
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
        at.index = (ptrdiff_t)i;
        if (!mastodon_any(r, json_at(list, i), &at))
            channel_unread(r->events, &at, "is nothing that Mastodon is known to say");
    }
    return json_is(list, JSON_ARRAY);
}

/* What is streamed: {event, payload: JSON in a string}. */
static bool read_streamed(struct mastodon_reading *r, const struct json *root, const struct place *at)
{
    struct str event = json_text(json_get(root, "event")), payload = json_text(json_get(root, "payload"));
    if (!event.len || !payload.len)
        return false;
    if (str_eq(event, STR("delete"))) {
        mastodon_gone(r, text_clean(r->a, payload), 0);
        return true;
    }
    struct json *inner = channel_json(r->a, payload, NULL);
    struct mastodon_post post;
    if (str_eq(event, STR("status.update")) && json_is(inner, JSON_OBJECT)) {
        (void)read_update(r, inner, &(struct place){at, "payload", -1}, &post);
        return true;
    }
    if (!inner || !mastodon_any(r, inner, &(struct place){at, "payload", -1}))
        ignored(r, "s", text_clean(r->a, event), dedupe_hash(r->a, payload));
    return true;
}

bool mastodon_any(struct mastodon_reading *r, const struct json *root, const struct place *at)
{
    struct mastodon_post post;
    const struct json *last = read_member(root, "last_status");
    if (json_is(root, JSON_ARRAY))
        return at == NULL && read_list(r, root, NULL, "");
    if (!json_is(root, JSON_OBJECT))
        return false;
    if (json_get(root, "type") && json_get(root, "account")) {
        (void)mastodon_notification(r, root, at, &post);
        return true;
    }
    if (json_get(root, "accounts") && json_get(root, "unread")) {
        if (last)
            (void)mastodon_post(r, last, &(struct place){at, "last_status", -1}, &post);
        return true;
    }
    if (json_get(root, "visibility") || (json_get(root, "content") && json_get(root, "account"))) {
        (void)mastodon_post(r, root, at, &post);
        return true;
    }
    if (json_get(root, "ancestors") || json_get(root, "descendants")) {
        bool some = read_list(r, json_get(root, "ancestors"), at, "ancestors");
        return read_list(r, json_get(root, "descendants"), at, "descendants") || some;
    }
    return read_streamed(r, root, at);
}
