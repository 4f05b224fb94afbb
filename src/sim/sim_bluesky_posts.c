/* SPDX-License-Identifier: Apache-2.0 */
/* Posts of the simulated Bluesky: what the AppView lists (notifications, the brand's feed, threads, posts) and what
 * the account's server takes (pictures, records). Who blocks the brand is not listed, and stands in a thread as
 * blocked where it was asked for. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_bluesky.h"

#define POST_GRAPHEMES 300
#define IMAGE_MAX      1000000
#define ANCESTORS      5 /* so far up an answer is told to those it stands below */

/* ---- what was written ---- */

/* Where "@brand" begins, or -1; *len is how long it is. */
static ptrdiff_t mention_at(const struct sim *sim, struct str text, size_t *len)
{
    struct str handle = str_from(sim->config.handle);
    size_t i;

    for (i = 0; i + handle.len < text.len; i++) {
        struct str rest = str_slice(text, i + 1 + handle.len, text.len);
        if (text.ptr[i] != '@' || !str_eq_nocase(str_slice(text, i + 1, i + 1 + handle.len), handle))
            continue;
        *len = 1 + handle.len + (str_starts(rest, STR(BLUESKY_SUFFIX)) ? sizeof BLUESKY_SUFFIX - 1 : 0);
        return (ptrdiff_t)i;
    }
    return -1;
}

/* Who posts to the brand names it. */
static struct str text_of(const struct sim *sim, struct arena *a, const struct sim_item *item)
{
    size_t len;

    if (item->author == NULL || item->parent != NULL || item->past || mention_at(sim, item->text, &len) >= 0)
        return item->text;
    return str_format(a, "@%.*s %.*s", STR_ARGS(sim_bluesky_handle(sim, a, NULL)), STR_ARGS(item->text));
}

static struct json *strong_ref(struct arena *a, const struct sim_item *item)
{
    struct json *ref = json_object(a);

    json_set_str(a, ref, "uri", item->id);
    json_set_str(a, ref, "cid", sim_bluesky_cid(a, item->id));
    return ref;
}

static const struct sim_item *root_of(const struct sim_item *item)
{
    while (item->parent != NULL)
        item = item->parent;
    return item;
}

static void set_facets(const struct sim *sim, struct arena *a, struct json *record, struct str text)
{
    struct json *facets = json_array(a), *facet = json_object(a), *index = json_object(a), *list = json_array(a),
                *feature = json_object(a);
    size_t len = 0;
    ptrdiff_t at = mention_at(sim, text, &len);

    if (at < 0)
        return;
    json_set_int(a, index, "byteStart", at);
    json_set_int(a, index, "byteEnd", at + (ptrdiff_t)len);
    json_set_str(a, feature, "$type", STR("app.bsky.richtext.facet#mention"));
    json_set_str(a, feature, "did", sim_bluesky_did(sim, NULL));
    json_push(a, list, feature);
    json_set(a, facet, "index", index);
    json_set(a, facet, "features", list);
    json_push(a, facets, facet);
    json_set(a, record, "facets", facets);
}

static struct json *blob_json(struct arena *a, const struct sim_media *media)
{
    struct json *blob = json_object(a), *ref = json_object(a);

    json_set_str(a, blob, "$type", STR("blob"));
    json_set_str(a, ref, "$link", media->id);
    json_set(a, blob, "ref", ref);
    json_set_str(a, blob, "mimeType", media->mime);
    json_set_int(a, blob, "size", (int64_t)media->bytes.len);
    return blob;
}

/* As it stands in the record, or as the AppView shows it. */
static struct json *embed_json(struct sim *sim, struct arena *a, const struct sim_item *item, bool view)
{
    struct json *embed = json_object(a), *images = json_array(a), *image = json_object(a);

    json_set_str(a, image, "alt", STR_EMPTY);
    if (view) {
        json_set_str(a, image, "thumb", sim_media_url(sim, a, item->media));
        json_set_str(a, image, "fullsize", sim_media_url(sim, a, item->media));
    } else {
        json_set(a, image, "image", blob_json(a, item->media));
    }
    json_push(a, images, image);
    json_set_str(a, embed, "$type", view ? STR("app.bsky.embed.images#view") : STR("app.bsky.embed.images"));
    json_set(a, embed, "images", images);
    return embed;
}

static struct json *record_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *record = json_object(a), *reply = json_object(a);
    struct str text = text_of(sim, a, item);

    json_set_str(a, record, "$type", STR(BLUESKY_COLLECTION));
    json_set_str(a, record, "text", text);
    json_set_str(a, record, "createdAt", sim_bluesky_time(a, item->at));
    set_facets(sim, a, record, text);
    if (item->parent != NULL) {
        json_set(a, reply, "root", strong_ref(a, root_of(item)));
        json_set(a, reply, "parent", strong_ref(a, item->parent));
        json_set(a, record, "reply", reply);
    }
    if (item->media != NULL)
        json_set(a, record, "embed", embed_json(sim, a, item, false));
    return record;
}

static bool is_post(const struct sim_item *item)
{
    return item->network == SIM_BLUESKY && item->kind != SIM_PRIVATE && !item->deleted;
}

static bool is_hidden(const struct sim_item *item)
{
    return item->author != NULL && item->author->blocked[SIM_BLUESKY];
}

static struct json *base_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *post = strong_ref(a, item);

    json_set(a, post, "author", sim_bluesky_profile(sim, a, item->author));
    json_set(a, post, "record", record_json(sim, a, item));
    json_set_str(a, post, "indexedAt", sim_bluesky_time(a, item->at));
    json_set(a, post, "labels", json_array(a));
    return post;
}

static struct json *post_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *post = base_json(c->sim, c->a, item), *viewer = json_object(c->a);
    const struct sim_item *other;
    int64_t replies = 0;

    for (other = c->sim->items; other != NULL; other = other->next)
        replies += is_post(other) && other->parent == item;
    json_set_int(c->a, post, "replyCount", replies);
    json_set_bool(c->a, viewer, "threadMuted", false);
    json_set(c->a, post, "viewer", viewer);
    if (item->media != NULL)
        json_set(c->a, post, "embed", embed_json(c->sim, c->a, item, true));
    return post;
}

static struct json *missing_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *node = json_object(c->a), *author = json_object(c->a), *viewer = json_object(c->a);
    bool blocked = !item->deleted;

    json_set_str(c->a, node, "$type",
                 blocked ? STR("app.bsky.feed.defs#blockedPost") : STR("app.bsky.feed.defs#notFoundPost"));
    json_set_str(c->a, node, "uri", item->id);
    json_set_bool(c->a, node, blocked ? "blocked" : "notFound", true);
    if (blocked) {
        json_set_str(c->a, author, "did", sim_bluesky_did(c->sim, item->author));
        json_set_bool(c->a, viewer, "blockedBy", true);
        json_set(c->a, author, "viewer", viewer);
        json_set(c->a, node, "author", author);
    }
    return node;
}

/* ---- lists, the newest first ---- */

/* Why the brand is told of it; NULL: it is not. */
static const char *reason_of(const struct sim *sim, const struct sim_item *item)
{
    const struct sim_item *up = item->parent;
    size_t len;
    int n;

    if (!is_post(item) || item->author == NULL || item->past || is_hidden(item))
        return NULL;
    if (item->parent == NULL || mention_at(sim, item->text, &len) >= 0)
        return "mention";
    for (n = 0; up != NULL && n < ANCESTORS; n++, up = up->parent)
        if (up->author == NULL)
            return "reply";
    return NULL;
}

static struct json *notification_json(struct sim_call *c, const struct sim_item *item, const char *reason)
{
    struct json *one = base_json(c->sim, c->a, item);

    json_set_str(c->a, one, "reason", str_from(reason));
    json_set_bool(c->a, one, "isRead", false);
    if (item->parent != NULL)
        json_set_str(c->a, one, "reasonSubject", item->parent->id);
    return one;
}

static struct json *feed_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *one = json_object(c->a), *reply = json_object(c->a);
    const struct sim_item *to = item->parent;

    json_set(c->a, one, "post", post_json(c, item));
    if (to != NULL) {
        json_set(c->a, reply, "parent", to->deleted || is_hidden(to) ? missing_json(c, to) : post_json(c, to));
        json_set(c->a, one, "reply", reply);
    }
    return one;
}

static bool is_ours(const struct sim_item *item)
{
    return is_post(item) && item->author == NULL;
}

static void list(struct sim_call *c, const char *name, bool notifications)
{
    struct json *items = json_array(c->a);
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);
    int64_t from = 0, most = 50, at = 0;

    if ((http_query(c->req, "limit").len > 0 && !str_int64(http_query(c->req, "limit"), &most)) || most < 1 ||
        most > 100 || (http_query(c->req, "cursor").len > 0 && !str_int64(http_query(c->req, "cursor"), &from))) {
        sim_bluesky_error(c, 400, "InvalidRequest", STR("Error: Params must be within their bounds"));
        return;
    }
    for (i = 0; i < count; i++) {
        const char *reason = notifications ? reason_of(c->sim, all[i]) : NULL;
        if (notifications ? reason == NULL : !is_ours(all[i]))
            continue;
        if (at >= from && at < from + most)
            json_push(c->a, items, notifications ? notification_json(c, all[i], reason) : feed_json(c, all[i]));
        at++;
    }
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, name, items);
    if (at > from + most)
        json_set_str(c->a, c->answer, "cursor", str_format(c->a, "%lld", (long long)from + most));
}

/* ---- threads ---- */

/* shut: only some may answer. */
static struct json *thread_json(struct sim_call *c, const struct sim_item *item, int64_t depth, bool shut)
{
    struct json *node = json_object(c->a), *replies = json_array(c->a), *post = post_json(c, item);
    struct json *viewer = json_object(c->a);
    const struct sim_item *other;

    json_set_str(c->a, node, "$type", STR("app.bsky.feed.defs#threadViewPost"));
    json_set(c->a, node, "post", post);
    json_set_bool(c->a, viewer, "replyDisabled", true);
    if (shut)
        json_set(c->a, post, "viewer", viewer);
    for (other = depth > 0 ? c->sim->items : NULL; other != NULL; other = other->next)
        if (is_post(other) && other->parent == item && !is_hidden(other))
            json_push(c->a, replies, thread_json(c, other, depth - 1, false));
    if (depth > 0)
        json_set(c->a, node, "replies", replies);
    return node;
}

static void get_thread(struct sim_call *c)
{
    struct str uri = http_query(c->req, "uri");
    struct sim_item *item = sim_call_target(c, uri, SIM_TWEET);
    struct json *thread;
    int64_t depth = 6, above = 80;
    bool hidden;

    if ((http_query(c->req, "depth").len > 0 && !str_int64(http_query(c->req, "depth"), &depth)) || depth < 0 ||
        depth > 1000 ||
        (http_query(c->req, "parentHeight").len > 0 && !str_int64(http_query(c->req, "parentHeight"), &above))) {
        sim_bluesky_error(c, 400, "InvalidRequest", STR("Error: Params must be within their bounds"));
        return;
    }
    if (item == NULL || item->kind == SIM_PRIVATE) {
        sim_bluesky.refuse(c, SIM_FAULT_GONE, str_format(c->a, "Post not found: %.*s", STR_ARGS(uri)).ptr);
        return;
    }
    hidden = is_hidden(item) || (depth == 0 && sim_fault_take(c->sim, SIM_BLUESKY, SIM_FAULT_BLOCKED));
    thread = hidden ? missing_json(c, item)
                    : thread_json(c, item, depth < 30 ? depth : 30,
                                  depth == 0 && sim_fault_take(c->sim, SIM_BLUESKY, SIM_FAULT_WINDOW));
    if (!hidden && above > 0 && item->parent != NULL)
        json_set(c->a, thread, "parent",
                 item->parent->deleted || is_hidden(item->parent) ? missing_json(c, item->parent)
                                                                  : thread_json(c, item->parent, 0, false));
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "thread", thread);
}

static void get_posts(struct sim_call *c)
{
    struct sim_item *item = sim_item_find(c->sim, SIM_BLUESKY, http_query(c->req, "uris"));
    struct json *posts = json_array(c->a);

    if (item != NULL && is_post(item) && !is_hidden(item))
        json_push(c->a, posts, post_json(c, item));
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "posts", posts);
}

/* ---- records ---- */

static void upload(struct sim_call *c)
{
    struct str mime = http_header(c->req, "content-type");
    struct sim_media *media;

    if (c->req->body.len == 0 || c->req->body.len > IMAGE_MAX) {
        sim_bluesky_error(c, 400, "BlobTooLarge", STR("This file is too large. It must be at most 1000000 bytes"));
        return;
    }
    media = sim_media_new(c->sim, SIM_BLUESKY, mime, STR("blob"), c->req->body);
    media->ours = true;
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "blob", blob_json(c->a, media));
}

static bool is_key(struct str key)
{
    size_t i;

    for (i = 0; i < key.len; i++)
        if (str_find_char(i == 0 ? STR("234567abcdefghij") : STR("234567abcdefghijklmnopqrstuvwxyz"), key.ptr[i]) < 0)
            return false;
    return key.len == 13;
}

static void answer_record(struct sim_call *c, struct str uri)
{
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "uri", uri);
    json_set_str(c->a, c->answer, "cid", sim_bluesky_cid(c->a, uri));
    json_set_str(c->a, c->answer, "validationStatus", STR("valid"));
}

/* The parent as the record names it, by address and content; NULL and answered when it does not fit. */
static struct sim_item *parent_of(struct sim_call *c, const struct json *record)
{
    const struct json *parent = json_path(record, "reply", "parent", NULL),
                      *root = json_path(record, "reply", "root", NULL);
    struct str uri = json_text(json_get(parent, "uri")), top = json_text(json_get(root, "uri"));
    struct sim_item *item = sim_item_find(c->sim, SIM_BLUESKY, uri);

    if (item == NULL || !str_eq(json_text(json_get(parent, "cid")), sim_bluesky_cid(c->a, uri)) ||
        !str_eq(json_text(json_get(root, "cid")), sim_bluesky_cid(c->a, top)) || !str_eq(root_of(item)->id, top)) {
        sim_bluesky_error(c, 400, "InvalidRequest",
                          STR("Invalid " BLUESKY_COLLECTION " record: the refs at $.record.reply lead nowhere"));
        return NULL;
    }
    return item;
}

static bool record_fits(struct sim_call *c, const struct json *record, struct str key)
{
    if (!str_eq(json_text(json_get(record, "$type")), STR(BLUESKY_COLLECTION)) ||
        json_text(json_get(record, "createdAt")).len < 20) {
        sim_bluesky_error(c, 400, "InvalidRequest", STR("Invalid record: $type and createdAt are required"));
        return false;
    }
    if (key.len > 0 && !is_key(key)) {
        sim_bluesky_error(
            c, 400, "InvalidRequest",
            str_format(c->a, "Invalid record key for " BLUESKY_COLLECTION ": Invalid TID string (got \"%.*s\") at $",
                       STR_ARGS(key)));
        return false;
    }
    if (!sim_bluesky_fits(c, json_text(json_get(record, "text")), POST_GRAPHEMES, BLUESKY_COLLECTION " record"))
        return false;
    if (sim_fault_take(c->sim, SIM_BLUESKY, SIM_FAULT_CONTENT)) {
        sim_bluesky.refuse(c, SIM_FAULT_CONTENT, NULL);
        return false;
    }
    return true;
}

static void create_record(struct sim_call *c)
{
    const struct json *record = json_get(c->body, "record");
    struct str key = json_text(json_get(c->body, "rkey")), text = json_text(json_get(record, "text"));
    struct str link =
        json_text(json_path(json_at(json_path(record, "embed", "images", NULL), 0), "image", "ref", "$link", NULL));
    struct str uri =
        sim_bluesky_uri(c->a, sim_bluesky_did(c->sim, NULL), key.len > 0 ? key : sim_bluesky_key(c->sim, c->a));
    struct sim_item *to = NULL, *item;

    if (!record_fits(c, record, key))
        return;
    if (json_get(record, "reply") != NULL && (to = parent_of(c, record)) == NULL)
        return;
    if (sim_item_find(c->sim, SIM_BLUESKY, uri) != NULL) {
        sim_bluesky_error(c, 500, "InternalServerError", STR("Internal Server Error"));
        return;
    }
    item = sim_item_new(c->sim, SIM_BLUESKY, SIM_TWEET, sim_copy(c->sim, uri));
    item->root = to != NULL ? to->root : item->id;
    item->parent = to;
    item->text = sim_copy(c->sim, text);
    item->media = link.len > 0 ? sim_media_find(c->sim, link) : NULL;
    if (item->media != NULL)
        item->media_kind = STR("picture");
    sim_call_sent(c, item, to != NULL ? "reply" : "post", to != NULL ? to->id : STR_EMPTY);
    answer_record(c, item->id);
}

static void get_record(struct sim_call *c)
{
    struct str uri = sim_bluesky_uri(c->a, sim_bluesky_did(c->sim, NULL), http_query(c->req, "rkey"));
    struct sim_item *item = sim_item_find(c->sim, SIM_BLUESKY, uri);

    if (item == NULL || item->deleted) {
        sim_bluesky_error(c, 400, "RecordNotFound", str_format(c->a, "Could not locate record: %.*s", STR_ARGS(uri)));
        return;
    }
    answer_record(c, uri);
    json_set(c->a, c->answer, "value", record_json(c->sim, c->a, item));
}

/* Whatever stands there or not, it is gone then. */
static void delete_record(struct sim_call *c)
{
    struct str uri = sim_bluesky_uri(c->a, sim_bluesky_did(c->sim, NULL), json_text(json_get(c->body, "rkey")));
    struct sim_item *item = sim_item_find(c->sim, SIM_BLUESKY, uri);

    if (item != NULL)
        item->deleted = true;
    sim_changed(c->sim);
    c->answer = json_object(c->a);
}

bool sim_bluesky_posts_call(struct sim_call *c)
{
    if (sim_bluesky_is(c, "app.bsky.notification.listNotifications"))
        list(c, "notifications", true);
    else if (sim_bluesky_is(c, "app.bsky.feed.getAuthorFeed"))
        list(c, "feed", false);
    else if (sim_bluesky_is(c, "app.bsky.feed.getPostThread"))
        get_thread(c);
    else if (sim_bluesky_is(c, "app.bsky.feed.getPosts"))
        get_posts(c);
    else if (sim_bluesky_is(c, "com.atproto.repo.uploadBlob"))
        upload(c);
    else if (sim_bluesky_is(c, "com.atproto.repo.createRecord"))
        create_record(c);
    else if (sim_bluesky_is(c, "com.atproto.repo.getRecord"))
        get_record(c);
    else if (sim_bluesky_is(c, "com.atproto.repo.deleteRecord"))
        delete_record(c);
    else
        return false;
    return true;
}
