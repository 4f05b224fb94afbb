/* SPDX-License-Identifier: Apache-2.0 */
/* Posts, direct messages, receipts and the rest of what X tells, made into events. */
#include "channels/channel_x.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

bool x_each(struct x_reading *r, const struct json *object, const char *name, const struct place *at, x_read *read)
{
    const struct json *list = read_member(object, name);
    struct place here = {at, name, -1};
    const struct json *item;
    while ((item = read_next(r->events, list, &here)))
        read(r, item, &here);
    return list != NULL;
}

struct x_reading x_reading_of(struct arena *a, const struct settings *s, struct channel_events *events)
{
    return (struct x_reading){.a = a,
                              .events = events,
                              .us = settings_get(s, "user_id"),
                              .username = settings_get(s, "username"),
                              .summons = str_eq(settings_get(s, "plan"), STR("enterprise"))};
}

/* ---- words, people, moments ---- */

/* X writes & < > as entities, also in JSON. */
static struct str x_text(struct arena *a, const struct json *j)
{
    static const struct {
        struct str entity;
        char c;
    } entities[] = {{{"&amp;", 5}, '&'}, {{"&lt;", 4}, '<'}, {{"&gt;", 4}, '>'}};
    struct str raw = read_words(a, j);
    if (str_find_char(raw, '&') < 0)
        return raw;
    struct buf out;
    buf_init(&out, a, raw.len);
    for (size_t i = 0; i < raw.len;) {
        size_t k = 0;
        while (k < COUNT_OF(entities) && !str_starts(str_slice(raw, i, raw.len), entities[k].entity))
            k++;
        buf_char(&out, k < COUNT_OF(entities) ? entities[k].c : raw.ptr[i]);
        i += k < COUNT_OF(entities) ? entities[k].entity.len : 1;
    }
    return buf_view(&out);
}

/* "Wed Feb 05 08:39:31 +0000 2020" */
static int64_t old_time(struct str s)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct str words[6], part;
    size_t n = 0;
    while (n < COUNT_OF(words) && str_split(&s, ' ', &part))
        words[n++] = part;
    if (n != 6 || words[1].len != 3 || words[3].len != 8 || !str_eq(words[4], STR("+0000")))
        return 0;
    ptrdiff_t month = str_find(STR(months), words[1]);
    int64_t day, year, hour, minute, second;
    if (month < 0 || month % 3 || !str_int64(words[2], &day) || !str_int64(words[5], &year) ||
        !str_int64(str_slice(words[3], 0, 2), &hour) || !str_int64(str_slice(words[3], 3, 5), &minute) ||
        !str_int64(str_slice(words[3], 6, 8), &second))
        return 0;
    if (day < 1 || day > 31 || year < 2000 || year > 9999 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60)
        return 0;
    return clock_join((struct clock_parts){.year = (int)year,
                                           .month = (int)(month / 3) + 1,
                                           .day = (int)day,
                                           .hour = (int)hour,
                                           .minute = (int)minute,
                                           .second = (int)second},
                      NULL);
}

/* What comes along may stand in a `data` of its own. */
static const struct json *inner(const struct json *one)
{
    const struct json *data = json_get(one, "data");
    return data ? data : one;
}

static const struct json *find_user(const struct x_reading *r, struct str id)
{
    if (json_is(r->users, JSON_OBJECT))
        return inner(json_get_str(r->users, id));
    for (size_t i = 0; json_is(r->users, JSON_ARRAY) && i < json_count(r->users); i++) {
        const struct json *user = inner(json_at(r->users, i));
        if (str_eq(json_id(json_get(user, "id")), id))
            return user;
    }
    return NULL;
}

static struct channel_author x_author(struct x_reading *r, struct str id, const struct json *user)
{
    if (!user && id.len)
        user = find_user(r, id);
    struct str handle = read_text(r->a, json_get(user, "username"));
    struct str avatar = read_text(r->a, json_get(user, "profile_image_url_https"));
    return (struct channel_author){.external_id = id,
                                   .handle = handle.len ? handle : read_text(r->a, json_get(user, "screen_name")),
                                   .name = read_text(r->a, json_get(user, "name")),
                                   .avatar_url =
                                       avatar.len ? avatar : read_text(r->a, json_get(user, "profile_image_url"))};
}

static struct channel_event *x_event(struct x_reading *r, enum channel_event_kind kind)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = kind;
    event->account = r->us;
    return event;
}

/* The event's own key where it has one, else what tells it apart. */
static struct str key_or(struct x_reading *r, struct str otherwise)
{
    return r->key.len ? DEDUPE(r->a, "x", r->key) : otherwise;
}

/* ---- pictures and films ---- */

/* The film of the highest rate among the variants. */
static struct str best_film(struct arena *a, const struct json *variants)
{
    struct str best = STR_EMPTY;
    int64_t best_rate = -1;
    for (size_t i = 0; json_is(variants, JSON_ARRAY) && i < json_count(variants); i++) {
        const struct json *variant = json_at(variants, i);
        int64_t rate = json_int(json_get(variant, "bit_rate"), json_int(json_get(variant, "bitrate"), 0));
        if (str_eq(json_text(json_get(variant, "content_type")), STR("video/mp4")) && rate > best_rate) {
            best = read_text(a, json_get(variant, "url"));
            best_rate = rate;
        }
    }
    return best;
}

static void attach(struct x_reading *r, struct channel_event *event, const struct json *media)
{
    struct str type = json_text(json_get(media, "type"));
    bool film = str_eq(type, STR("video")) || str_eq(type, STR("animated_gif"));
    const struct json *variants = json_get(media, "variants");
    struct str url = film ? best_film(r->a, variants ? variants : json_path(media, "video_info", "variants", NULL))
                          : read_text(r->a, json_get(media, "url"));
    struct str old = read_text(r->a, json_get(media, "media_url_https"));
    if (old.len && !(film && url.len)) /* in v1.1 `url` is the short address in the text */
        url = old;
    if (!url.len)
        url = read_text(r->a, json_get(media, "preview_image_url"));
    struct channel_media *item = url.len ? event_attach(r->a, event, film ? MESSAGE_VIDEO : MESSAGE_IMAGE) : NULL;
    if (item)
        item->url = url;
}

static void attach_by_key(struct x_reading *r, struct channel_event *event, const struct json *keys)
{
    const struct json *media = json_get(r->includes, "media");
    for (size_t i = 0; json_is(keys, JSON_ARRAY) && i < json_count(keys) && i < 8; i++)
        for (size_t k = 0; json_is(media, JSON_ARRAY) && k < json_count(media); k++)
            if (str_eq(json_text(json_get(inner(json_at(media, k)), "media_key")), json_text(json_at(keys, i))))
                attach(r, event, inner(json_at(media, k)));
}

/* ---- posts ---- */

/* A post of either shape, taken apart. */
struct post {
    struct str id, first_id, author_id, text, conversation, reply_to, reply_user, quoted;
    struct str quoted_author;
    const struct json *author, *media_keys, *media;
    const struct json *mentions; /* people that the text names */
    int64_t at;
    bool exact; /* at counts milliseconds */
};

/* The words of the conversation's first post, when they came along. */
static struct str title_of(struct x_reading *r, const struct post *p)
{
    const struct json *tweets = json_get(r->includes, "tweets");
    struct str wanted = p->conversation.len ? p->conversation : p->reply_to;
    for (size_t i = 0; json_is(tweets, JSON_ARRAY) && i < json_count(tweets); i++) {
        const struct json *tweet = inner(json_at(tweets, i));
        if (str_eq(json_id(json_get(tweet, "id")), wanted))
            return read_title(r->a, x_text(r->a, json_get(tweet, "text")));
    }
    return str_eq(wanted, p->id) || !wanted.len ? read_title(r->a, p->text) : STR_EMPTY;
}

/* Does it stand in the text as @name? */
static bool names(struct str text, struct str name)
{
    for (size_t i = 0; name.len && i + name.len < text.len; i++) {
        size_t end = i + 1 + name.len;
        char next = end < text.len ? text.ptr[end] : ' ';
        bool word = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9');
        if (text.ptr[i] == '@' && !word && next != '_' && str_eq_nocase(str_slice(text, i + 1, end), name))
            return true;
    }
    return false;
}

/* Does its author call us? Else X lets nobody answer through its API. Where X does not say our name, a text that
 * names somebody may name us. */
static bool is_summons(const struct x_reading *r, const struct post *p)
{
    for (size_t i = 0; json_is(p->mentions, JSON_ARRAY) && i < json_count(p->mentions); i++) {
        const struct json *who = json_at(p->mentions, i);
        if (str_eq(read_id(r->a, json_get(who, "id")), r->us) || str_eq(json_text(json_get(who, "id_str")), r->us))
            return true;
    }
    const struct json *us = find_user(r, r->us);
    struct str name = json_text(json_get(us, json_get(us, "username") ? "username" : "screen_name"));
    struct str ours = r->username.len ? r->username : name;
    bool named = ours.len ? names(p->text, ours) : str_find_char(p->text, '@') >= 0;
    return r->summons || named || (p->quoted.len && str_eq(p->quoted_author, r->us));
}

static void emit_post(struct x_reading *r, const struct post *p)
{
    bool ours = str_eq(p->author_id, r->us);
    bool edit = p->first_id.len && !str_eq(p->first_id, p->id);
    struct channel_event *event = x_event(r, edit ? CHANNEL_EDIT : CHANNEL_MESSAGE);
    struct str thread = p->conversation.len ? p->conversation : p->reply_to.len ? p->reply_to : p->id;
    event->external_id = edit ? p->first_id : p->id;
    event->new_id = edit ? p->id : STR_EMPTY;
    event->dedupe = DEDUPE(r->a, edit ? "edit" : "m", p->id);
    event->parent_id = p->reply_to.len ? p->reply_to : p->quoted;
    event->thread_key = str_concat(r->a, STR("post:"), thread);
    event->thread_title = title_of(r, p);
    event->door = STR("reply");
    event->is_public = true;
    event->echo = ours;
    event->at = p->at;
    event->at_exact = p->exact;
    event->text = p->text;
    event->link = str_concat(r->a, STR("https://x.com/i/web/status/"), p->id);
    if (!ours && !is_summons(r, p))
        event->shut = "unsummoned";
    if (!ours)
        event->author = x_author(r, p->author_id, p->author);
    else if (p->reply_user.len && !str_eq(p->reply_user, r->us))
        event->author = x_author(r, p->reply_user, NULL);
    attach_by_key(r, event, p->media_keys);
    for (size_t i = 0; json_is(p->media, JSON_ARRAY) && i < json_count(p->media) && i < 8; i++)
        attach(r, event, json_at(p->media, i));
    if (event->kind == CHANNEL_MESSAGE && !event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a post without words");
    }
}

/* Webhooks say "tweet" in the names of a post's fields, X's description of its lists (2.167) says "post". */
static const struct json *field_of(const struct json *post, const char *of_webhook, const char *of_list)
{
    const struct json *value = json_get(post, of_webhook);
    return value ? value : json_get(post, of_list);
}

static struct str referenced(struct arena *a, const struct json *post, struct str type)
{
    const struct json *list = field_of(post, "referenced_tweets", "referenced_posts");
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++)
        if (str_eq(json_text(json_get(json_at(list, i), "type")), type))
            return read_id(a, json_get(json_at(list, i), "id"));
    return STR_EMPTY;
}

/* Whose post it is, where it came along. */
static struct str author_of(const struct x_reading *r, struct str post)
{
    const struct json *tweets = json_get(r->includes, "tweets");
    for (size_t i = 0; post.len && json_is(tweets, JSON_ARRAY) && i < json_count(tweets); i++)
        if (str_eq(json_id(json_get(inner(json_at(tweets, i)), "id")), post))
            return read_id(r->a, json_get(inner(json_at(tweets, i)), "author_id"));
    return STR_EMPTY;
}

void x_post(struct x_reading *r, const struct json *post, const struct place *at)
{
    const struct json *history = field_of(post, "edit_history_tweet_ids", "edit_history_post_ids");
    struct post p = {.id = read_id(r->a, json_get(post, "id")),
                     .author_id = read_id(r->a, json_get(post, "author_id")),
                     .conversation = read_id(r->a, json_get(post, "conversation_id")),
                     .reply_to = read_id(r->a, json_get(post, "in_reply_to_tweet_id")),
                     .reply_user = read_id(r->a, json_get(post, "in_reply_to_user_id")),
                     .quoted = referenced(r->a, post, STR("quoted")),
                     .text = x_text(r->a, json_get(field_of(post, "note_tweet", "note_post"), "text")),
                     .media_keys = json_path(post, "attachments", "media_keys", NULL),
                     .mentions = json_path(post, "entities", "mentions", NULL),
                     .at = read_time(json_get(post, "created_at"))};
    if (!p.reply_to.len)
        p.reply_to = referenced(r->a, post, STR("replied_to"));
    p.quoted_author = author_of(r, p.quoted);
    if (!p.text.len)
        p.text = x_text(r->a, json_get(post, "text"));
    if (json_is(history, JSON_ARRAY) && json_count(history) > 1)
        p.first_id = read_id(r->a, json_at(history, 0));
    if (!p.id.len || !p.author_id.len)
        channel_unread(r->events, at, "has no %s", p.id.len ? "author_id" : "id");
    else if (referenced(r->a, post, STR("retweeted")).len) /* our words again, or somebody else's */
        x_ignored(r, STR("retweet"), DEDUPE(r->a, "retweet", p.id));
    else if (p.first_id.len && !p.text.len && !p.media_keys)
        channel_unread(r->events, at, "is an edit without its text");
    else
        emit_post(r, &p);
}

/* id_str of v1.1, or id where that is missing. */
static struct str old_id(struct arena *a, const struct json *object, const char *id_str, const char *id)
{
    struct str found = read_id(a, json_get(object, id_str));
    return found.len ? found : read_id(a, json_get(object, id));
}

void x_old_post(struct x_reading *r, const struct json *post, const struct place *at)
{
    struct post p = {.id = old_id(r->a, post, "id_str", "id"),
                     .author = json_get(post, "user"),
                     .reply_to = old_id(r->a, post, "in_reply_to_status_id_str", "in_reply_to_status_id"),
                     .reply_user = old_id(r->a, post, "in_reply_to_user_id_str", "in_reply_to_user_id"),
                     .quoted = old_id(r->a, post, "quoted_status_id_str", "quoted_status_id"),
                     .text = x_text(r->a, json_path(post, "extended_tweet", "full_text", NULL)),
                     .quoted_author = read_id(r->a, json_path(post, "quoted_status", "user", "id_str", NULL)),
                     .media = json_path(post, "extended_entities", "media", NULL),
                     .mentions = json_path(post, "entities", "user_mentions", NULL),
                     .at = read_time(json_get(post, "timestamp_ms"))};
    p.author_id = old_id(r->a, p.author, "id_str", "id");
    if (!p.text.len)
        p.text = x_text(r->a, json_get(post, "full_text"));
    if (!p.text.len)
        p.text = x_text(r->a, json_get(post, "text"));
    p.exact = p.at > 0;
    if (!p.at)
        p.at = old_time(json_text(json_get(post, "created_at")));
    if (!p.id.len || !p.author_id.len)
        channel_unread(r->events, at, "has no %s", p.id.len ? "user.id" : "id");
    else if (json_is(json_get(post, "retweeted_status"), JSON_OBJECT))
        x_ignored(r, STR("retweet"), DEDUPE(r->a, "retweet", p.id));
    else
        emit_post(r, &p);
}

static void emit_deleted(struct x_reading *r, struct str id, int64_t at)
{
    struct channel_event *event = x_event(r, CHANNEL_DELETE);
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "delete", id);
    event->door = STR("reply");
    event->is_public = true;
    event->at = at;
}

void x_deleted(struct x_reading *r, const struct json *gone, const struct place *at)
{
    struct str id = read_id(r->a, json_get(gone, "id"));
    if (id.len)
        emit_deleted(r, id, 0);
    else
        channel_unread(r->events, at, "has no id");
}

void x_old_deleted(struct x_reading *r, const struct json *gone, const struct place *at)
{
    struct str id = read_id(r->a, json_path(gone, "status", "id", NULL));
    if (id.len)
        emit_deleted(r, id, read_time(json_get(gone, "timestamp_ms")));
    else
        channel_unread(r->events, at, "has no status.id");
}

/* ---- direct messages ---- */

static struct channel_event *dm_event(struct x_reading *r, enum channel_event_kind kind, struct str person,
                                      int64_t at)
{
    struct channel_event *event = x_event(r, kind);
    event->author = x_author(r, person, NULL);
    event->thread_key = str_concat(r->a, STR("dm:"), person);
    event->door = STR("dm");
    event->at = at;
    event->at_exact = true;
    return event;
}

/* A point on the map, or a place that has a name. */
static void x_spot(struct x_reading *r, struct channel_event *event, const struct json *location)
{
    const struct json *point = json_path(location, "shared_coordinate", "coordinates", "coordinates", NULL);
    struct str name = read_text(r->a, json_path(location, "shared_place", "place", "full_name", NULL));
    if (json_is(point, JSON_ARRAY) || name.len) /* longitude stands before latitude */
        event_location(r->a, event, name, STR_EMPTY, json_at(point, 1), json_at(point, 0));
}

void x_dm(struct x_reading *r, const struct json *dm, const struct place *at)
{
    const struct json *create = json_get(dm, "message_create"), *data = json_get(create, "message_data");
    struct str id = read_id(r->a, json_get(dm, "id")), sender = read_id(r->a, json_get(create, "sender_id"));
    struct str recipient = read_id(r->a, json_path(create, "target", "recipient_id", NULL));
    bool ours = sender.len && str_eq(sender, r->us);
    struct str person = ours ? recipient : sender;
    if (str_starts(json_text(json_get(dm, "type")), STR("participants_"))) { /* who came and went in a group */
        x_ignored(r, STR("group"), DEDUPE(r->a, "group", id));
        return;
    }
    if (!str_eq(json_text(json_get(dm, "type")), STR("message_create"))) {
        channel_unread(r->events, at, "is not of the type message_create");
        return;
    }
    if (!id.len || !person.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "sender_id or recipient_id" : "id");
        return;
    }
    struct channel_event *event = dm_event(r, CHANNEL_MESSAGE, person, read_time(json_get(dm, "created_timestamp")));
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->echo = ours;
    event->text = x_text(r->a, json_get(data, "text"));
    const struct json *pressed = json_get(data, "quick_reply_response");
    if (json_is(pressed, JSON_OBJECT)) {
        event->message = MESSAGE_POSTBACK;
        event->note = read_text(r->a, json_get(pressed, "metadata"));
    }
    if (str_eq(json_text(json_path(data, "attachment", "type", NULL)), STR("media")))
        attach(r, event, json_path(data, "attachment", "media", NULL));
    if (str_eq(json_text(json_path(data, "attachment", "type", NULL)), STR("location")))
        x_spot(r, event, json_path(data, "attachment", "location", NULL));
    if (!event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a message without words");
    }
}

/* The other of "2222-1111"; empty for a group. */
static struct str other_party_of(struct str conversation, struct str us)
{
    ptrdiff_t dash = str_find_char(conversation, '-');
    struct str first = str_slice(conversation, 0, dash < 0 ? 0 : (size_t)dash);
    struct str second = str_slice(conversation, dash < 0 ? conversation.len : (size_t)dash + 1, conversation.len);
    return str_eq(first, us) ? second : str_eq(second, us) ? first : STR_EMPTY;
}

void x_dm_event(struct x_reading *r, const struct json *dm, const struct place *at)
{
    struct str id = read_id(r->a, json_get(dm, "id")), sender = read_id(r->a, json_get(dm, "sender_id"));
    struct str person = other_party_of(read_id(r->a, json_get(dm, "dm_conversation_id")), r->us);
    if (!id.len || !sender.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "sender_id" : "id");
        return;
    }
    if (!person.len || str_starts(json_text(json_get(dm, "event_type")), STR("Participants"))) { /* of a group */
        x_ignored(r, STR("group"), DEDUPE(r->a, "group", id));
        return;
    }
    struct channel_event *event = dm_event(r, CHANNEL_MESSAGE, person, read_time(json_get(dm, "created_at")));
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->echo = str_eq(sender, r->us);
    event->text = x_text(r->a, json_get(dm, "text"));
    attach_by_key(r, event, json_path(dm, "attachments", "media_keys", NULL));
    if (!event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a message without words");
    }
}

void x_dm_read(struct x_reading *r, const struct json *read, const struct place *at)
{
    struct str sender = read_id(r->a, json_get(read, "sender_id"));
    int64_t when = read_time(json_get(read, "created_timestamp"));
    if (!sender.len || !when) {
        channel_unread(r->events, at, "has no %s", sender.len ? "created_timestamp" : "sender_id");
        return;
    }
    bool theirs = !str_eq(sender, r->us); /* that a colleague read in the app of X is of no matter */
    struct channel_event *event = dm_event(r, theirs ? CHANNEL_READ_UPTO : CHANNEL_IGNORED, sender, when);
    event->receipt = theirs ? RECEIPT_READ : RECEIPT_NONE;
    event->note = theirs ? STR_EMPTY : STR("dm.read");
    event->dedupe = key_or(r, DEDUPE(r->a, "read", sender, str_format(r->a, "%" PRId64, when)));
}

void x_typing(struct x_reading *r, const struct json *typing, const struct place *at)
{
    struct str sender = read_id(r->a, json_get(typing, "sender_id"));
    int64_t when = read_time(json_get(typing, "created_timestamp"));
    if (!sender.len) {
        channel_unread(r->events, at, "has no sender_id");
        return;
    }
    bool ours = str_eq(sender, r->us);
    struct channel_event *event = dm_event(r, ours ? CHANNEL_IGNORED : CHANNEL_TYPING, sender, when);
    event->dedupe = key_or(r, DEDUPE(r->a, "typing", sender, str_format(r->a, "%" PRId64, when)));
}

/* The other of "2222:1111". */
static struct str other_party(struct str conversation, struct str us)
{
    ptrdiff_t colon = str_find_char(conversation, ':');
    if (colon < 0)
        return STR_EMPTY;
    struct str first = str_slice(conversation, 0, (size_t)colon);
    struct str second = str_slice(conversation, (size_t)colon + 1, conversation.len);
    return str_eq(first, us) ? second : str_eq(second, us) ? first : STR_EMPTY;
}

/* Encrypted: that somebody wrote is known, what they wrote is not. */
void x_chat(struct x_reading *r, const struct json *chat, const struct place *at)
{
    struct str id = read_id(r->a, json_get(chat, "id")), sender = read_id(r->a, json_get(chat, "sender_id"));
    bool ours = sender.len && str_eq(sender, r->us);
    struct str person = ours ? other_party(read_id(r->a, json_get(chat, "conversation_id")), r->us) : sender;
    if (!id.len || !person.len) {
        channel_unread(r->events, at, "has no %s", id.len ? "sender_id" : "id");
        return;
    }
    struct channel_event *event = dm_event(r, CHANNEL_MESSAGE, person, read_time(json_get(chat, "created_at_msec")));
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "m", id);
    event->echo = ours;
    event->message = MESSAGE_UNSUPPORTED;
    event->note = STR("an encrypted chat message");
    event->link = STR("https://x.com/messages");
}

/* ---- the rest ---- */

void x_revoked(struct x_reading *r, const struct json *revoke, const struct place *at)
{
    (void)at;
    struct channel_event *event = x_event(r, CHANNEL_RIGHTS);
    struct str user = read_id(r->a, json_get(revoke, "user_id"));
    if (!user.len)
        user = read_id(r->a, json_path(revoke, "source", "user_id", NULL));
    if (user.len)
        event->account = user;
    event->at = read_time(json_get(revoke, "date_time"));
    event->note = STR("the access of this application was revoked on X");
    event->dedupe = key_or(r, DEDUPE(r->a, "revoke", user, str_format(r->a, "%" PRId64, event->at)));
}

void x_ignored(struct x_reading *r, struct str what, struct str otherwise)
{
    struct channel_event *event = x_event(r, CHANNEL_IGNORED);
    event->note = what;
    event->dedupe = key_or(r, otherwise);
}
