/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks of the simulated X in the envelope of the Activity API, and its JSON of posts and users. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_x.h"

struct str sim_x_time(struct arena *a, int64_t at)
{
    struct clock_parts p = clock_split(at, NULL);

    return str_format(a, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", p.year, p.month, p.day, p.hour, p.minute, p.second,
                      (int)(at / 1000 % 1000));
}

static struct str milliseconds(struct arena *a, int64_t at)
{
    return str_format(a, "%lld", (long long)(at / 1000));
}

static struct str user_id(const struct sim *sim, const struct sim_person *person)
{
    return person != NULL ? person->ids[SIM_X] : str_from(sim->lines[SIM_X].account.account_id);
}

static uint64_t queue_event(struct sim *sim, struct arena *a, struct sim_item *item, const char *type,
                            struct json *payload, struct json *includes, int delay_ms)
{
    struct json *body = json_object(a), *data = json_object(a), *filter = json_object(a);
    int64_t uuid;

    random_bytes(&uuid, sizeof uuid);
    json_set_str(a, data, "event_uuid", str_format(a, "%lld", (long long)uuid));
    json_set_str(a, filter, "user_id", user_id(sim, NULL));
    json_set(a, data, "filter", filter);
    json_set_str(a, data, "event_type", str_from(type));
    json_set_str(a, data, "tag", STR("care"));
    json_set(a, data, "payload", payload);
    json_set(a, data, "includes", includes != NULL ? includes : json_object(a));
    json_set(a, body, "data", data);
    return sim_hook_add(sim, SIM_X, item, json_to_str(a, body), delay_ms);
}

/* ---- posts and users ---- */

struct json *sim_x_user_json(struct sim *sim, struct arena *a, const struct sim_person *person)
{
    struct json *user = json_object(a);

    json_set_str(a, user, "id", user_id(sim, person));
    json_set_str(a, user, "name", person != NULL ? person->name : str_from(sim->config.brand));
    json_set_str(a, user, "username", person != NULL ? person->handle : str_from(sim->config.handle));
    json_set_bool(a, user, "protected", false);
    json_set_bool(a, user, "verified", person == NULL);
    json_set_str(a, user, "description", STR(""));
    json_set_str(a, user, "created_at", STR("2019-05-04T08:00:00.000Z"));
    return user;
}

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Where "@brand" begins at or after from, or -1. */
static ptrdiff_t mention_at(struct sim *sim, struct str text, size_t from)
{
    struct str handle = str_from(sim->config.handle);
    size_t i, end;

    for (i = from; i + handle.len < text.len; i++) {
        end = i + 1 + handle.len;
        if (text.ptr[i] == '@' && (i == 0 || !word_char(text.ptr[i - 1])) &&
            str_eq_nocase(str_slice(text, i + 1, end), handle) && (end == text.len || !word_char(text.ptr[end])))
            return (ptrdiff_t)i;
    }
    return -1;
}

bool sim_x_mentions_brand(struct sim *sim, struct str text)
{
    return mention_at(sim, text, 0) >= 0;
}

/* A reply to us names us by itself, without words. */
static struct json *mentions_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *list = json_array(a), *one;
    struct str handle = str_from(sim->config.handle), text = item->text;
    ptrdiff_t at = mention_at(sim, text, 0);
    size_t start;

    if (at < 0 && item->summons) {
        one = json_object(a);
        json_set_str(a, one, "username", handle);
        json_set_str(a, one, "id", user_id(sim, NULL));
        json_push(a, list, one);
    }
    for (; at >= 0; at = mention_at(sim, text, (size_t)at + 1)) {
        start = text_length(a, str_slice(text, 0, (size_t)at), LENGTH_CHARACTERS);
        one = json_object(a);
        json_set_int(a, one, "start", (int64_t)start);
        json_set_int(a, one, "end", (int64_t)(start + 1 + handle.len));
        json_set_str(a, one, "username", handle);
        json_set_str(a, one, "id", user_id(sim, NULL));
        json_push(a, list, one);
    }
    return list;
}

static void set_reply(struct sim *sim, struct arena *a, struct json *tweet, const struct sim_item *parent)
{
    struct json *list = json_array(a), *one = json_object(a);

    json_set_str(a, tweet, "in_reply_to_tweet_id", parent->id);
    json_set_str(a, tweet, "in_reply_to_user_id", user_id(sim, parent->author));
    json_set_str(a, one, "type", STR("replied_to"));
    json_set_str(a, one, "id", parent->id);
    json_push(a, list, one);
    json_set(a, tweet, "referenced_tweets", list);
}

static void set_media(struct arena *a, struct json *tweet, const struct sim_item *item)
{
    struct json *attachments = json_object(a), *keys = json_array(a);

    json_push(a, keys, json_new_str(a, str_format(a, "3_%.*s", STR_ARGS(item->media->id))));
    json_set(a, attachments, "media_keys", keys);
    json_set(a, tweet, "attachments", attachments);
}

/* All ids a post has had, the first first. */
static struct json *history_json(struct arena *a, const struct sim_item *item)
{
    struct json *history = json_array(a);
    struct str rest = item->history, one;

    while (str_split(&rest, ' ', &one))
        json_push(a, history, json_new_str(a, one));
    json_push(a, history, json_new_str(a, item->id));
    return history;
}

struct json *sim_x_tweet_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *tweet = json_object(a), *entities = json_object(a);

    json_set_str(a, tweet, "id", item->id);
    json_set_str(a, tweet, "text", item->text);
    json_set_str(a, tweet, "author_id", user_id(sim, item->author));
    json_set_str(a, tweet, "created_at", sim_x_time(a, item->edited_at != 0 ? item->edited_at : item->at));
    json_set_str(a, tweet, "conversation_id", item->root);
    json_set(a, tweet, "edit_history_tweet_ids", history_json(a, item));
    json_set(a, entities, "mentions", mentions_json(sim, a, item));
    json_set(a, tweet, "entities", entities);
    json_set_str(a, tweet, "reply_settings", STR("everyone"));
    json_set_bool(a, tweet, "possibly_sensitive", false);
    json_set_str(a, tweet, "lang", STR("und"));
    if (item->parent != NULL)
        set_reply(sim, a, tweet, item->parent);
    if (item->media != NULL)
        set_media(a, tweet, item);
    return tweet;
}

struct json *sim_x_post_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *post = sim_x_tweet_json(sim, a, item);
    size_t i;

    for (i = 0; i < json_count(post); i++)
        if (str_eq(post->members[i].key, STR("referenced_tweets")))
            post->members[i].key = STR("referenced_posts");
        else if (str_eq(post->members[i].key, STR("edit_history_tweet_ids")))
            post->members[i].key = STR("edit_history_post_ids");
    return post;
}

static struct json *includes_of(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *includes = json_object(a), *users = json_array(a), *media, *one;

    json_push(a, users, sim_x_user_json(sim, a, item->author));
    if (item->author != NULL)
        json_push(a, users, sim_x_user_json(sim, a, NULL));
    json_set(a, includes, "users", users);
    if (item->media != NULL) {
        media = json_array(a);
        one = json_object(a);
        json_set_str(a, one, "media_key", str_format(a, "3_%.*s", STR_ARGS(item->media->id)));
        json_set_str(a, one, "type", STR("photo"));
        json_set_str(a, one, "url", sim_media_url(sim, a, item->media));
        json_push(a, media, one);
        json_set(a, includes, "media", media);
    }
    return includes;
}

/* ---- events of posts ---- */

/* A reply that also names the brand comes twice: once as a reply, once as a mention. */
void sim_x_tweet(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb, int delay_ms)
{
    struct json *payload = sim_x_tweet_json(sim, a, item), *removed;
    bool reply = item->parent != NULL && item->parent->author == NULL;

    sim_changed(sim);
    if (strcmp(verb, "remove") == 0) {
        removed = json_object(a);
        json_set_str(a, removed, "id", item->id);
        json_set_str(a, removed, "author_id", user_id(sim, item->author));
        queue_event(sim, a, item, "post.delete", removed, NULL, delay_ms);
        return;
    }
    if (reply)
        queue_event(sim, a, item, "post.reply.create", payload, includes_of(sim, a, item), delay_ms);
    if (sim_x_mentions_brand(sim, item->text))
        queue_event(sim, a, item, "post.mention.create", payload, includes_of(sim, a, item), delay_ms);
}

uint64_t sim_x_echo(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms)
{
    return queue_event(sim, a, item, "post.create", sim_x_tweet_json(sim, a, item), includes_of(sim, a, item),
                       delay_ms);
}

static void tweet_like(struct sim *sim, struct arena *a, struct sim_item *item, struct sim_person *by)
{
    struct json *payload = json_object(a);

    json_set_str(a, payload, "id", sim_new_x_id(sim));
    json_set_str(a, payload, "liked_post_id", item->id);
    json_set_str(a, payload, "user_id", by->ids[SIM_X]);
    json_set_str(a, payload, "created_at", sim_x_time(a, sim_now(sim)));
    queue_event(sim, a, item, "like.create", payload, NULL, 0);
}

/* ---- direct messages: the payload keeps its older shape ---- */

static void set_user(struct sim *sim, struct arena *a, struct json *users, const struct sim_person *person)
{
    struct json *user = json_object(a);
    struct str id = user_id(sim, person);

    json_set_str(a, user, "id", id);
    json_set_str(a, user, "created_timestamp", STR("1556956800000"));
    json_set_str(a, user, "name", person != NULL ? person->name : str_from(sim->config.brand));
    json_set_str(a, user, "screen_name", person != NULL ? person->handle : str_from(sim->config.handle));
    json_set_bool(a, user, "protected", false);
    json_set_bool(a, user, "verified", person == NULL);
    json_set(a, users, str_cstr(a, id), user);
}

static struct json *dm_payload(struct sim *sim, struct arena *a, const struct sim_person *person,
                               const char *list_name, struct json *event)
{
    struct json *payload = json_object(a), *list = json_array(a), *users = json_object(a);

    json_push(a, list, event);
    json_set(a, payload, list_name, list);
    set_user(sim, a, users, person);
    set_user(sim, a, users, NULL);
    json_set(a, payload, "users", users);
    return payload;
}

static struct json *dm_target(struct arena *a, struct str recipient)
{
    struct json *target = json_object(a);

    json_set_str(a, target, "recipient_id", recipient);
    return target;
}

static void set_dm_media(struct sim *sim, struct arena *a, struct json *data, const struct sim_item *item)
{
    struct json *attachment = json_object(a), *media = json_object(a);
    int64_t id = 0;

    json_set_str(a, attachment, "type", STR("media"));
    if (str_int64(item->media->id, &id))
        json_set_int(a, media, "id", id);
    json_set_str(a, media, "id_str", item->media->id);
    json_set_str(a, media, "media_url_https", sim_media_url(sim, a, item->media));
    json_set_str(a, media, "type", STR("photo"));
    json_set(a, attachment, "media", media);
    json_set(a, data, "attachment", attachment);
}

void sim_x_dm(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms)
{
    struct json *event = json_object(a), *create = json_object(a), *data = json_object(a), *entities = json_object(a);
    bool ours = item->author == NULL;
    static const char *const lists[] = {"hashtags", "symbols", "user_mentions", "urls"};
    size_t n;

    for (n = 0; n < COUNT_OF(lists); n++)
        json_set(a, entities, lists[n], json_array(a));
    json_set_str(a, data, "text", item->text);
    json_set(a, data, "entities", entities);
    if (item->media != NULL)
        set_dm_media(sim, a, data, item);
    json_set(a, create, "target", dm_target(a, ours ? item->person->ids[SIM_X] : user_id(sim, NULL)));
    json_set_str(a, create, "sender_id", ours ? user_id(sim, NULL) : item->author->ids[SIM_X]);
    json_set(a, create, "message_data", data);
    json_set_str(a, event, "type", STR("message_create"));
    json_set_str(a, event, "id", item->id);
    json_set_str(a, event, "created_timestamp", milliseconds(a, item->at));
    json_set(a, event, "message_create", create);
    queue_event(sim, a, item, ours ? "dm.sent" : "dm.received",
                dm_payload(sim, a, item->person, "direct_message_events", event), NULL, delay_ms);
}

/* sign: "read" (up to item) or "typing". */
static void dm_sign(struct sim *sim, struct arena *a, struct sim_person *person, struct sim_item *item,
                    const char *sign)
{
    bool read = strcmp(sign, "read") == 0;
    struct json *event = json_object(a);

    json_set_str(a, event, "created_timestamp", milliseconds(a, sim_now(sim)));
    json_set_str(a, event, "sender_id", person->ids[SIM_X]);
    json_set(a, event, "target", dm_target(a, user_id(sim, NULL)));
    if (read && item != NULL)
        json_set_str(a, event, "last_read_event_id", item->id);
    queue_event(sim, a, NULL, read ? "dm.read" : "dm.indicate_typing",
                dm_payload(sim, a, person,
                           read ? "direct_message_mark_read_events" : "direct_message_indicate_typing_events", event),
                NULL, 0);
}

/* ---- what customers do ---- */

static void tell_tweet(struct sim_deed *d)
{
    struct sim *sim = d->sim;
    struct sim_item *item = d->item;

    if (d->verb == SIM_LIKED) {
        tweet_like(sim, d->a, item, d->person);
        return;
    }
    if (d->verb == SIM_WROTE && item->parent == NULL && !sim_x_mentions_brand(sim, item->text))
        item->text = str_format(sim->state, "@%s %.*s", sim->config.handle, STR_ARGS(item->text));
    if (d->verb == SIM_EDITED) { /* an edited post has a new id */
        item->history = item->history.len > 0
                            ? str_format(sim->state, "%.*s %.*s", STR_ARGS(item->history), STR_ARGS(item->id))
                            : item->id;
        item->id = sim_new_x_id(sim);
    }
    if (d->verb == SIM_WROTE && item->parent != NULL && item->parent->author == NULL)
        item->summons = true;
    if (d->verb != SIM_REMOVED)
        item->summons = item->summons || sim_x_mentions_brand(sim, item->text);
    sim_x_tweet(sim, d->a, item, d->verb == SIM_REMOVED ? "remove" : "add", 0);
}

/* X tells nobody of a direct message that was deleted, of a like of one, nor of a block. */
void sim_x_tell(struct sim_deed *d)
{
    if (d->item != NULL && d->item->kind == SIM_TWEET)
        tell_tweet(d);
    else if (d->verb == SIM_WROTE && d->item != NULL)
        sim_x_dm(d->sim, d->a, d->item, 0);
    else if (d->verb == SIM_READ)
        dm_sign(d->sim, d->a, d->person, d->item, "read");
    else if (d->verb == SIM_TYPED)
        dm_sign(d->sim, d->a, d->person, NULL, "typing");
}

/* ---- signature and handshake ---- */

static struct str signature(struct arena *a, struct str secret, struct str words)
{
    unsigned char digest[SHA256_BYTES];

    hmac_sha256(secret, words, digest);
    return str_concat(a, STR("sha256="), base64_encode(a, digest, sizeof digest));
}

void sim_x_sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    (void)line;
    sim_parcel_header(parcel, "x-twitter-webhooks-signature", signature(a, secret, parcel->body));
}

struct str sim_x_shake(struct sim_line *line, struct arena *a)
{
    const char *url = line->account.hook_url;
    struct str token = random_token(a, 12);

    memcpy(line->challenge, str_cstr(a, token), token.len + 1);
    return str_format(a, "%s%scrc_token=%s", url, strchr(url, '?') != NULL ? "&" : "?", line->challenge);
}

bool sim_x_shaken(struct sim_line *line, struct arena *a, const struct http_reply *reply)
{
    struct json *body = json_parse(a, reply->body, NULL);

    return str_eq(json_text(json_get(body, "response_token")),
                  signature(a, str_from(line->account.secret), str_from(line->challenge)));
}
