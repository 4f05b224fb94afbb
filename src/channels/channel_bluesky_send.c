/* SPDX-License-Identifier: Apache-2.0 */
/* A reply on Bluesky goes in steps. In public: what is answered is looked up (its cid, the root of its thread,
 * whether its author blocks us), those who are named are resolved, a picture is uploaded, the post is made under a
 * key that is the same on every attempt. The server has no good word for a key that is taken (500): then it is asked
 * whether our post stands there already. In private: the talk is asked for, then the message is sent. What one step
 * finds out is handed to the next (carry). */
#include "channels/channel_bluesky.h"

#include "base/arena.h"
#include "base/buf.h"

#define NAMED_MAX 4
#define KEY_SINCE INT64_C(1700000000000000) /* keys look like moments: of the two years from here on */

/* ---- the key ---- */

struct str bluesky_reply_key(struct arena *a, const struct outgoing *m)
{
    static const char letters[] = "234567abcdefghijklmnopqrstuvwxyz";
    unsigned char d[SHA256_BYTES];
    struct str words =
        str_format(a, "%.*s\n%.*s\n%.*s", STR_ARGS(m->idempotency_key), STR_ARGS(m->parent_id), STR_ARGS(m->text));
    uint64_t hash = 0;
    sha256(words, d);
    for (size_t i = 0; i < 8; i++)
        hash = hash << 8 | d[i];
    /* a moment of 53 bits (2^46 microseconds are 814 days), then 10 bits for whose clock it is */
    uint64_t moment = (uint64_t)KEY_SINCE + (hash >> 18 & ((UINT64_C(1) << 46) - 1));
    uint64_t value = moment << 10 | (hash & 1023);
    char *key = arena_copy(a, "2222222222222", 13);
    for (size_t i = 0; i < 13; i++)
        key[i] = letters[value >> (60 - 5 * i) & 31];
    return (struct str){key, 13};
}

/* ---- links and mentions ---- */

static bool ends_word(struct str text, size_t i)
{
    return i == 0 || str_find_char(STR(" \t\r\n(\"'[{<"), text.ptr[i - 1]) >= 0;
}

static bool is_handle_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool bluesky_handle_next(struct str text, size_t *i, size_t *at, struct str *handle)
{
    for (; *i < text.len; ++*i) {
        if (text.ptr[*i] != '@' || !ends_word(text, *i))
            continue;
        size_t end = *i + 1;
        while (end < text.len && is_handle_char(text.ptr[end]))
            end++;
        while (end > *i + 1 && (text.ptr[end - 1] == '.' || text.ptr[end - 1] == '-'))
            end--;
        *at = *i;
        *handle = str_slice(text, *i + 1, end);
        *i = end > *i + 1 ? end : *i + 1;
        if (str_find_char(*handle, '.') > 0 && handle->len <= 253)
            return true;
        --*i;
    }
    return false;
}

/* Where the address that begins at `from` ends: at a space, and without the full stop of the sentence. */
static size_t link_end(struct str text, size_t from)
{
    size_t end = from, open = 0;
    while (end < text.len && (unsigned char)text.ptr[end] > ' ' && str_find_char(STR("<>\"|"), text.ptr[end]) < 0) {
        open += text.ptr[end] == '(';
        end++;
    }
    while (end > from &&
           (str_find_char(STR(".,;:!?'*_]}"), text.ptr[end - 1]) >= 0 || (text.ptr[end - 1] == ')' && !open)))
        end--;
    return end;
}

static void add_facet(struct arena *a, struct json *facets, size_t from, size_t to, const char *type,
                      const char *name, struct str value)
{
    struct json *facet = json_object(a), *index = json_object(a), *feature = json_object(a),
                *features = json_array(a);
    json_set_int(a, index, "byteStart", (int64_t)from);
    json_set_int(a, index, "byteEnd", (int64_t)to);
    json_set_str(a, feature, "$type", str_from(type));
    json_set_str(a, feature, name, value);
    json_push(a, features, feature);
    json_set(a, facet, "index", index);
    json_set(a, facet, "features", features);
    json_push(a, facets, facet);
}

struct json *bluesky_facets(struct arena *a, struct str text, const struct json *people)
{
    struct json *facets = json_array(a);
    struct str handle;
    size_t i = 0, at;
    while (bluesky_handle_next(text, &i, &at, &handle)) {
        struct str did = json_text(json_get_str(people, str_lower(a, handle)));
        if (did.len)
            add_facet(a, facets, at, at + 1 + handle.len, "app.bsky.richtext.facet#mention", "did", did);
    }
    for (i = 0; i < text.len; i++) {
        struct str rest = str_slice(text, i, text.len);
        bool link = str_starts(rest, STR("https://")) || str_starts(rest, STR("http://"));
        if (!link || !ends_word(text, i))
            continue;
        size_t end = link_end(text, i);
        if (end > i + 8)
            add_facet(a, facets, i, end, "app.bsky.richtext.facet#link", "uri", str_slice(text, i, end));
        i = end;
    }
    return facets;
}

/* ---- what was found out so far ---- */

enum step { STEP_LOOK, STEP_NAME, STEP_UPLOAD, STEP_POST, STEP_CHECK, STEP_TALK, STEP_MESSAGE };

struct found {
    struct json *root; /* {parent {uri, cid}, root {uri, cid}, people {handle: did}, blob, check: when} or {talk} */
    enum step step;
    struct str name; /* STEP_NAME: who */
};

/* object[name], to be put into another. */
static struct json *member(const struct json *object, const char *name)
{
    for (size_t i = 0; json_is(object, JSON_OBJECT) && i < object->count; i++)
        if (str_eq(object->members[i].key, str_from(name)))
            return object->members[i].value;
    return NULL;
}

static bool is_direct(const struct outgoing *m)
{
    return str_eq(m->door, STR("dm"));
}

/* The first of those named that was not asked for yet. */
static struct str unnamed(struct arena *a, const struct outgoing *m, const struct json *people)
{
    struct str handle;
    size_t i = 0, at;
    while (json_count(people) <= NAMED_MAX && bluesky_handle_next(m->text, &i, &at, &handle))
        if (!json_get_str(people, str_lower(a, handle)))
            return str_lower(a, handle);
    return STR_EMPTY;
}

static struct found found_read(struct arena *a, const struct outgoing *m)
{
    struct found f = {.root = m->carry.len ? json_parse(a, m->carry, NULL) : NULL};
    if (!f.root || f.root->type != JSON_OBJECT)
        f.root = json_object(a);
    if (is_direct(m)) {
        f.step = json_get(f.root, "talk") ? STEP_MESSAGE : STEP_TALK;
        return f;
    }
    if (!json_get(f.root, "parent"))
        f.step = STEP_LOOK;
    else if ((f.name = unnamed(a, m, json_get(f.root, "people"))).len)
        f.step = STEP_NAME;
    else if (m->media && !json_get(f.root, "blob"))
        f.step = STEP_UPLOAD;
    else
        f.step = read_member(f.root, "check") ? STEP_CHECK : STEP_POST;
    return f;
}

/* ---- the calls ---- */

static struct str with_query(struct arena *a, const char *nsid, const char *name, struct str value)
{
    return str_format(a, "%s%s%.*s", nsid, name, STR_ARGS(url_encode(a, value)));
}

/* As the settings tell it; before the first session the server takes the handle, too. */
static struct str repo_of(const struct settings *s)
{
    struct str did = settings_get(s, "did");
    return did.len ? did : settings_get(s, "handle");
}

static bool call_upload(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                        struct error *e)
{
    if (!str_starts(mime_of(m->media), STR("image/")))
        return fail(e, ERR_BAD_INPUT, "Bluesky takes pictures here, and this is another kind of file.");
    if (!bluesky_call(a, s, "POST", STR("com.atproto.repo.uploadBlob"), call, e))
        return false;
    call_header(a, call, "Content-Type", mime_of(m->media));
    call->body = m->media->bytes;
    call->timeout_ms = 60000;
    return true;
}

static struct json *post_record(struct arena *a, const struct outgoing *m, const struct found *f)
{
    struct json *record = json_object(a), *reply = json_object(a);
    struct json *facets = bluesky_facets(a, m->text, json_get(f->root, "people"));
    json_set_str(a, record, "$type", STR(BLUESKY_POST));
    json_set_str(a, record, "text", m->text);
    json_set_str(a, record, "createdAt", clock_iso(a, m->now));
    json_set(a, reply, "root", member(f->root, "root"));
    json_set(a, reply, "parent", member(f->root, "parent"));
    json_set(a, record, "reply", reply);
    if (json_count(facets))
        json_set(a, record, "facets", facets);
    if (m->media) {
        struct json *embed = json_object(a), *images = json_array(a), *image = json_object(a);
        json_set_str(a, image, "alt", STR_EMPTY);
        json_set(a, image, "image", member(f->root, "blob"));
        json_push(a, images, image);
        json_set_str(a, embed, "$type", STR("app.bsky.embed.images"));
        json_set(a, embed, "images", images);
        json_set(a, record, "embed", embed);
    }
    return record;
}

static bool call_post(struct arena *a, const struct settings *s, const struct outgoing *m, const struct found *f,
                      struct http_call *call, struct error *e)
{
    struct json *body = json_object(a);
    if (!bluesky_call(a, s, "POST", STR("com.atproto.repo.createRecord"), call, e))
        return false;
    json_set_str(a, body, "repo", repo_of(s));
    json_set_str(a, body, "collection", STR(BLUESKY_POST));
    json_set_str(a, body, "rkey", bluesky_reply_key(a, m));
    json_set(a, body, "record", post_record(a, m, f));
    call_json(a, call, body);
    return true;
}

static bool call_check(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                       struct error *e)
{
    struct str repo = url_encode(a, repo_of(s)), key = bluesky_reply_key(a, m);
    struct str nsid = str_format(a, "com.atproto.repo.getRecord?collection=" BLUESKY_POST "&repo=%.*s&rkey=%.*s",
                                 STR_ARGS(repo), STR_ARGS(key));
    return bluesky_call(a, s, "GET", nsid, call, e);
}

static bool call_message(struct arena *a, const struct settings *s, const struct outgoing *m, const struct found *f,
                         struct http_call *call, struct error *e)
{
    struct json *body = json_object(a), *message = json_object(a);
    struct json *facets = bluesky_facets(a, m->text, NULL);
    if (!bluesky_chat_call(a, s, "POST", STR("chat.bsky.convo.sendMessage"), call, e))
        return false;
    json_set_str(a, body, "convoId", json_text(json_get(f->root, "talk")));
    json_set_str(a, message, "text", m->text);
    if (json_count(facets))
        json_set(a, message, "facets", facets);
    json_set(a, body, "message", message);
    call_json(a, call, body);
    return true;
}

bool bluesky_send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                  struct error *e)
{
    struct found f = found_read(a, m);
    switch (f.step) {
    case STEP_LOOK:
        return bluesky_call(
            a, s, "GET", with_query(a, "app.bsky.feed.getPostThread", "?depth=0&parentHeight=0&uri=", m->parent_id),
            call, e);
    case STEP_NAME:
        return bluesky_call(a, s, "GET", with_query(a, "com.atproto.identity.resolveHandle", "?handle=", f.name),
                            call, e);
    case STEP_UPLOAD: return call_upload(a, s, m, call, e);
    case STEP_POST: return call_post(a, s, m, &f, call, e);
    case STEP_CHECK: return call_check(a, s, m, call, e);
    case STEP_TALK:
        return bluesky_chat_call(a, s, "GET", with_query(a, "chat.bsky.convo.getConvoForMembers", "?members=", m->to),
                                 call, e);
    case STEP_MESSAGE: return call_message(a, s, m, &f, call, e);
    }
    return fail(e, ERR_BAD_INPUT, "There is no such step.");
}

/* ---- their answers ---- */

static struct json *strong_ref(struct arena *a, const struct json *post)
{
    struct str uri = read_id(a, json_get(post, "uri")), cid = read_id(a, json_get(post, "cid"));
    struct json *ref = json_object(a);
    json_set_str(a, ref, "uri", uri);
    json_set_str(a, ref, "cid", cid);
    return uri.len && cid.len ? ref : NULL;
}

static void next(struct arena *a, struct outcome *out, const struct found *f)
{
    outcome_next(a, out, json_to_str(a, f->root));
}

/* What is answered: there, and open to us? Our server would take the answer all the same, and nobody would see it. */
static void looked(struct arena *a, const struct json *body, struct found *f, struct outcome *out)
{
    const struct json *thread = json_get(body, "thread"), *post = json_get(thread, "post");
    struct json *parent = strong_ref(a, post), *people = json_object(a);
    const struct json *root = json_path(post, "record", "reply", "root", NULL);
    struct json *top = root ? strong_ref(a, root) : parent;
    struct str handle = json_text(json_path(post, "author", "handle", NULL));
    if (json_bool(json_get(thread, "blocked"), false) ||
        json_bool(json_path(post, "author", "viewer", "blockedBy", NULL), false)) {
        outcome_fail(a, out, FAILURE_BLOCKED, STR("blockedPost"), STR("One of the two accounts blocks the other."));
    } else if (!parent || !top) {
        outcome_fail(a, out, FAILURE_GONE, STR("notFoundPost"), STR("What is answered is not there any more."));
    } else if (json_bool(json_path(post, "viewer", "replyDisabled", NULL), false)) {
        outcome_fail(a, out, FAILURE_WINDOW, STR("replyDisabled"),
                     STR("Who began this thread lets only some people answer."));
    } else {
        json_set(a, f->root, "parent", parent);
        json_set(a, f->root, "root", top);
        if (handle.len)
            json_put(a, people, str_lower(a, handle),
                     json_new_str(a, json_text(json_path(post, "author", "did", NULL))));
        json_set(a, f->root, "people", people);
        next(a, out, f);
    }
}

/* A name that nobody has stays what it is: words. */
static void named(struct arena *a, const struct json *body, struct found *f, struct outcome *out)
{
    struct json *people = member(f->root, "people");
    if (!json_is(people, JSON_OBJECT)) {
        people = json_object(a);
        json_set(a, f->root, "people", people);
    }
    json_put(a, people, f->name, json_new_str(a, json_text(json_get(body, "did"))));
    next(a, out, f);
}

static void uploaded(struct arena *a, struct json *body, struct found *f, struct outcome *out)
{
    struct json *blob = member(body, "blob");
    if (!json_is(blob, JSON_OBJECT)) {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("upload"), STR("Bluesky gave no name to the picture."));
        return;
    }
    json_set(a, f->root, "blob", blob);
    next(a, out, f);
}

static void talked(struct arena *a, const struct json *body, struct found *f, struct outcome *out)
{
    struct str id = read_id(a, json_path(body, "convo", "id", NULL));
    if (!id.len) {
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("convo"), STR("Bluesky named no conversation with this person."));
        return;
    }
    json_set_str(a, f->root, "talk", id);
    next(a, out, f);
}

/* It may be that an earlier attempt was taken and its answer lost: then the key is taken. */
static bool may_stand(const struct found *f, const struct http_reply *reply)
{
    return f->step == STEP_POST && (reply->status == 500 || reply->status == 409);
}

/* It was a true failure of the server: this attempt ends with it, and the next one (which begins here) posts again.
 */
static void not_there(struct arena *a, const struct outgoing *m, struct found *f, struct outcome *out)
{
    bool same_attempt = json_int(json_get(f->root, "check"), 0) == m->now;
    json_set(a, f->root, "check", json_new_null(a));
    if (same_attempt)
        outcome_fail(a, out, FAILURE_TRANSIENT, STR("InternalServerError"), STR("Bluesky could not take the post."));
    else
        next(a, out, f);
}

void bluesky_answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    struct found f = found_read(a, m);
    bool taken = reply->status >= 200 && reply->status <= 299;
    if (!taken && f.step == STEP_NAME && reply->status == 400 &&
        str_eq(json_text(json_get(body, "error")), STR("InvalidRequest"))) {
        named(a, NULL, &f, out);
        return;
    }
    if (!taken && may_stand(&f, reply)) {
        json_set_int(a, f.root, "check", m->now);
        next(a, out, &f);
        return;
    }
    if (!taken) {
        bluesky_problem(a, reply, body, m->now, out);
        if (f.step == STEP_CHECK && out->failure == FAILURE_GONE)
            not_there(a, m, &f, out);
        return;
    }
    switch (f.step) {
    case STEP_LOOK: looked(a, body, &f, out); return;
    case STEP_NAME: named(a, body, &f, out); return;
    case STEP_UPLOAD: uploaded(a, body, &f, out); return;
    case STEP_TALK: talked(a, body, &f, out); return;
    case STEP_POST:
    case STEP_CHECK: outcome_accept(a, out, read_id(a, json_get(body, "uri"))); return;
    case STEP_MESSAGE: outcome_accept(a, out, read_id(a, json_get(body, "id"))); return;
    }
}
