/* SPDX-License-Identifier: Apache-2.0 */
/* Reading LinkedIn's notifications of an organization's page. The same comment is spelled in two ways within one
 * notification; here it has one name. Of who wrote LinkedIn says an id and no name. */
#include "channels/channel_linkedin.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/url.h"

#define COMMENT "urn:li:comment:("

bool linkedin_is_comment(struct str urn)
{
    return str_starts(urn, STR(COMMENT)) && str_ends(urn, STR(")"));
}

/* "activity:1" and "2" of "urn:li:comment:(activity:1,2)". */
static bool comment_parts(struct str urn, struct str *post, struct str *number)
{
    if (!linkedin_is_comment(urn))
        return false;
    struct str inside = str_slice(urn, sizeof COMMENT - 1, urn.len - 1);
    ptrdiff_t comma = str_find_char(inside, ',');
    if (comma <= 0)
        return false;
    *post = str_slice(inside, 0, (size_t)comma);
    *number = str_slice(inside, (size_t)comma + 1, inside.len);
    return number->len > 0;
}

struct str linkedin_urn(struct arena *a, struct str urn)
{
    struct str post, number;
    if (!comment_parts(urn, &post, &number) || str_starts(post, STR("urn:li:")))
        return urn;
    return str_format(a, COMMENT "urn:li:%.*s,%.*s)", STR_ARGS(post), STR_ARGS(number));
}

struct str linkedin_post_of(struct str comment)
{
    struct str post, number;
    return comment_parts(comment, &post, &number) ? post : STR_EMPTY;
}

struct str linkedin_number_of(struct str comment)
{
    struct str post, number;
    return comment_parts(comment, &post, &number) ? number : STR_EMPTY;
}

struct str linkedin_organization(struct arena *a, struct str id)
{
    return str_format(a, "urn:li:organization:%.*s", STR_ARGS(id));
}

/* Of a URN the id at its end. */
static struct str last_part(struct str urn)
{
    for (ptrdiff_t colon; (colon = str_find_char(urn, ':')) >= 0;)
        urn = str_slice(urn, (size_t)colon + 1, urn.len);
    return urn;
}

/* ---- one message ---- */

static const char not_told[] = "LinkedIn said that something was written, and not what";

bool linkedin_is_mute(const struct channel_event *event)
{
    return event->kind == CHANNEL_MESSAGE && event->message == MESSAGE_UNSUPPORTED &&
           str_eq(event->note, str_from(not_told));
}

/* As they are, or with who is named in them beside ({"text", "attributes"}). */
static struct str words_of(struct linkedin_reading *r, const struct json *words)
{
    return read_words(r->a, json_is(words, JSON_OBJECT) ? json_get(words, "text") : words);
}

void linkedin_say(struct linkedin_reading *r, struct channel_event *event, struct str owner, const struct json *words)
{
    struct str post = linkedin_post_of(event->external_id);
    event->account = r->us;
    event->door = STR("comment");
    event->is_public = true;
    if (!event->thread_key.len)
        event->thread_key = str_concat(r->a, STR("post:"), post.len ? post : event->external_id);
    if (r->us.len && str_eq(owner, linkedin_organization(r->a, r->us)))
        event->echo = true;
    if (!event->echo)
        event->author.external_id = owner;
    post = str_slice(event->thread_key, 5, event->thread_key.len);
    event->link = str_format(r->a, "https://www.linkedin.com/feed/update/%.*s", STR_ARGS(url_encode(r->a, post)));
    event->text = words_of(r, words);
    if (event->kind == CHANNEL_MESSAGE && !event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = words ? STR("a comment without words: perhaps a picture") : str_from(not_told);
    }
}

/* ---- a notification ---- */

/* One of them, taken apart. */
struct notice {
    const struct json *one;
    const struct json *comment, *share; /* what was written, as LinkedIn adds it; may be NULL */
    struct str action, id, key;         /* id of what it is about */
    int64_t at;
};

static struct channel_event *add(struct linkedin_reading *r, const struct notice *n, enum channel_event_kind kind)
{
    const struct json *written = n->comment ? n->comment : n->share;
    struct channel_event *event = channel_events_add(r->events);
    struct str parent = linkedin_urn(r->a, read_id(r->a, json_get(n->comment, "parentComment")));
    struct str on = linkedin_urn(r->a, read_id(r->a, json_get(n->comment, "object")));
    event->kind = kind;
    event->at = n->at;
    event->at_exact = true;
    event->external_id = n->id;
    event->dedupe = kind == CHANNEL_MESSAGE ? DEDUPE(r->a, "m", n->id) : n->key;
    event->echo = str_eq(n->action, STR("ADMIN_COMMENT"));
    linkedin_say(r, event, read_id(r->a, json_get(written, "owner")), read_member(written, "text"));
    if (linkedin_is_comment(n->id))
        event->parent_id = parent.len ? parent : linkedin_is_comment(on) ? on : linkedin_post_of(n->id);
    return event;
}

static bool is_ours(const struct linkedin_reading *r, const struct json *post)
{
    struct str owner = json_text(json_get(post, "owner"));
    return r->us.len && str_eq(owner, linkedin_organization(r->a, r->us));
}

/* Our own post names the thread; a stranger's that mentions us is named by itself. */
static void name_thread(struct linkedin_reading *r, const struct notice *n, struct channel_event *event)
{
    const struct json *post = json_get(n->one, "decoratedSourcePost");
    event->thread_title = read_title(r->a, read_text(r->a, json_get(post, "text")));
}

/* Somebody's post that names us. What was written stands beside it, or is the post itself. */
static void read_mention(struct linkedin_reading *r, struct notice *n)
{
    const struct json *post = json_get(n->one, "decoratedSourcePost");
    if (!n->comment && !n->share && json_is(post, JSON_OBJECT) && !is_ours(r, post))
        n->share = post;
    name_thread(r, n, add(r, n, CHANNEL_MESSAGE));
}

/* An edit that does not say the new words does not take the old ones away; who asks may ask for them. */
static void read_edit(struct linkedin_reading *r, const struct notice *n, const struct place *at)
{
    bool told = words_of(r, json_get(n->comment, "text")).len > 0;
    if (!told && r->listed)
        add(r, n, CHANNEL_MESSAGE)->note = str_from(not_told);
    else if (!told)
        channel_unread(r->events, at, "is an edit without its words");
    else
        add(r, n, CHANNEL_EDIT);
}

static void ignore(struct linkedin_reading *r, const struct notice *n)
{
    struct channel_event *event = channel_events_add(r->events);
    *event = (struct channel_event){
        .kind = CHANNEL_IGNORED, .account = r->us, .at = n->at, .dedupe = n->key, .note = n->action};
}

static void read_action(struct linkedin_reading *r, struct notice *n, const struct place *at)
{
    bool mention = str_eq(n->action, STR("SHARE_MENTION")), edit = str_eq(n->action, STR("COMMENT_EDIT"));
    bool gone = str_eq(n->action, STR("COMMENT_DELETE"));
    bool comment = str_eq(n->action, STR("COMMENT")) || str_eq(n->action, STR("ADMIN_COMMENT")) ||
                   str_eq(n->action, STR("COMMENT_MENTION"));
    if (!n->action.len)
        channel_unread(r->events, at, "has no action");
    else if (!mention && !edit && !gone && !comment)
        ignore(r, n); /* likes and shares, and what LinkedIn may add */
    else if (!n->id.len)
        channel_unread(r->events, at, "has no generatedActivity");
    else if (!mention && !linkedin_number_of(n->id).len)
        channel_unread(r->events, at, "is about no comment");
    else if (mention)
        read_mention(r, n);
    else if (edit)
        read_edit(r, n, at);
    else if (gone)
        add(r, n, CHANNEL_DELETE);
    else
        name_thread(r, n, add(r, n, CHANNEL_MESSAGE));
}

void linkedin_notification(struct linkedin_reading *r, const struct json *one, const struct place *at)
{
    const struct json *written = json_get(one, "decoratedGeneratedActivity");
    struct str us = last_part(read_id(r->a, json_get(one, "organizationalEntity"))), ours = r->us;
    struct notice n = {.one = one,
                       .comment = read_member(written, "comment"),
                       .share = read_member(written, "share"),
                       .action = read_text(r->a, json_get(one, "action")),
                       .id = linkedin_urn(r->a, read_id(r->a, json_get(one, "generatedActivity"))),
                       .key = read_id(r->a, json_get(one, "notificationId")),
                       .at = read_time(json_get(one, "lastModifiedAt"))};
    if (!json_is(one, JSON_OBJECT)) {
        channel_unread(r->events, at, "is not an object");
        return;
    }
    if (!n.id.len)
        n.id = linkedin_urn(r->a, read_id(r->a, json_get(n.comment ? n.comment : n.share, "entity")));
    if (!n.id.len && str_eq(n.action, STR("SHARE_MENTION"))) /* the post itself */
        n.id = read_id(r->a, json_get(one, "sourcePost"));
    n.key = n.key.len ? DEDUPE(r->a, "n", n.key) : DEDUPE(r->a, "n", dedupe_hash(r->a, json_to_str(r->a, one)));
    r->us = us.len ? us : ours; /* one application may serve several pages */
    read_action(r, &n, at);
    r->us = ours;
}
