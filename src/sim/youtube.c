/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated YouTube: videos of the brand, comments under them and one level of replies. It tells nobody anything:
 * its lists are asked for. A thread shows its newest replies only, as there. What somebody keeps back for review
 * (act "hold") stands in a list of its own. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_google.h"

#define TEXT_MAX     10000
#define REPLIES_SHOW 5

static bool is_call(const struct sim_call *c, const char *what)
{
    return c->count == 3 && str_eq(c->parts[0], STR("youtube")) && str_eq(c->parts[2], str_from(what));
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && is_call(c, "comments");
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        sim_google_reason(c, 401, "global", "authError", "Invalid Credentials");
    else if (fault == SIM_FAULT_PERMISSION)
        sim_google_reason(c, 403, "global", "insufficientPermissions",
                          "Request had insufficient authentication scopes.");
    else if (fault == SIM_FAULT_WINDOW)
        sim_google_reason(c, 403, "youtube.comment", "commentsDisabled",
                          "The video identified by the request has disabled comments.");
    else if (fault == SIM_FAULT_GONE)
        sim_google_reason(c, 404, "youtube.comment", "parentCommentNotFound",
                          "The specified parent comment could not be found.");
    else if (fault == SIM_FAULT_CONTENT)
        sim_google_reason(c, 400, "youtube.comment", "commentTextTooLong",
                          detail != NULL ? detail : "The comment resource contains too many characters.");
    else
        sim_google_reason(c, 403, "youtube.quota", "quotaExceeded",
                          "The request cannot be completed because you have exceeded your quota.");
}

/* ---- what is listed ---- */

static struct str our_channel(const struct sim_call *c)
{
    return str_from(c->sim->lines[SIM_YOUTUBE].account.account_id);
}

static bool is_first(const struct sim_item *item)
{
    return item->parent != NULL && item->parent->kind == SIM_POST;
}

static struct json *comment_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *comment = json_object(c->a), *snippet = json_object(c->a), *who = json_object(c->a);
    struct str handle = item->author != NULL ? item->author->handle : str_from(c->sim->config.handle);

    json_set_str(c->a, who, "value", item->author != NULL ? item->author->ids[SIM_YOUTUBE] : our_channel(c));
    json_set_str(c->a, snippet, "authorDisplayName", str_concat(c->a, STR("@"), handle));
    json_set(c->a, snippet, "authorChannelId", who);
    json_set_str(c->a, snippet, "channelId", our_channel(c));
    json_set_str(c->a, snippet, "textDisplay", item->text);
    json_set_str(c->a, snippet, "textOriginal", item->text);
    if (!is_first(item) && item->parent != NULL)
        json_set_str(c->a, snippet, "parentId", item->parent->id);
    json_set_bool(c->a, snippet, "canRate", true);
    json_set_str(c->a, snippet, "viewerRating", STR("none"));
    json_set_int(c->a, snippet, "likeCount", item->liked);
    json_set_str(c->a, snippet, "publishedAt", sim_google_time(c->a, item->at));
    /* an edit in the very second of the comment would not be told by its moment */
    json_set_str(c->a, snippet, "updatedAt",
                 sim_google_time(c->a, item->edits > 0 ? sim_google_changed(item) + SECOND_US : item->at));
    json_set_str(c->a, comment, "kind", STR("youtube#comment"));
    json_set_str(c->a, comment, "id", item->id);
    json_set(c->a, comment, "snippet", snippet);
    return comment;
}

static bool is_reply_to(const struct sim_item *item, const struct sim_item *first)
{
    return item->network == SIM_YOUTUBE && item->parent == first && !item->deleted;
}

static struct json *thread_json(struct sim_call *c, const struct sim_item *first)
{
    struct json *thread = json_object(c->a), *snippet = json_object(c->a), *replies = json_object(c->a),
                *list = json_array(c->a);
    const struct sim_item *item;
    int64_t all = 0, n = 0;

    for (item = c->sim->items; item != NULL; item = item->next)
        all += is_reply_to(item, first);
    for (item = c->sim->items; item != NULL; item = item->next)
        if (is_reply_to(item, first) && n++ >= all - REPLIES_SHOW)
            json_push(c->a, list, comment_json(c, item));
    json_set_str(c->a, snippet, "channelId", our_channel(c));
    json_set_str(c->a, snippet, "videoId", first->root);
    json_set(c->a, snippet, "topLevelComment", comment_json(c, first));
    json_set_bool(c->a, snippet, "canReply", true);
    json_set_int(c->a, snippet, "totalReplyCount", all);
    json_set_bool(c->a, snippet, "isPublic", !first->hidden);
    json_set_str(c->a, thread, "kind", STR("youtube#commentThread"));
    json_set_str(c->a, thread, "id", first->id);
    json_set(c->a, thread, "snippet", snippet);
    if (all > 0) {
        json_set(c->a, replies, "comments", list);
        json_set(c->a, thread, "replies", replies);
    }
    return thread;
}

static void answer_list(struct sim_call *c, const char *kind, struct json *items, const struct sim_google_page *page)
{
    struct json *info = json_object(c->a);
    struct str next = page != NULL ? sim_google_page_next(c, page) : STR_EMPTY;

    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "kind", str_from(kind));
    if (next.len > 0)
        json_set_str(c->a, c->answer, "nextPageToken", next);
    json_set_int(c->a, info, "totalResults", (int64_t)json_count(items));
    json_set_int(c->a, info, "resultsPerPage", page != NULL ? page->max : 5);
    json_set(c->a, c->answer, "pageInfo", info);
    json_set(c->a, c->answer, "items", items);
}

/* Those of `of` (a thread), or first comments, the newest first. */
static void list_comments(struct sim_call *c, const struct sim_item *of)
{
    struct str status = http_query(c->req, "moderationStatus");
    bool held = str_eq(status, STR("heldForReview")), none = str_eq(status, STR("likelySpam"));
    struct json *items = json_array(c->a);
    struct sim_google_page page;
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);

    if (!sim_google_page(c, "maxResults", "pageToken", 100, &page))
        return;
    for (i = 0; i < count; i++)
        if (all[i]->kind == SIM_COMMENT && !all[i]->deleted && !none &&
            (of != NULL ? all[i]->parent == of : is_first(all[i]) && all[i]->hidden == held) &&
            sim_google_page_takes(&page))
            json_push(c->a, items, of != NULL ? comment_json(c, all[i]) : thread_json(c, all[i]));
    answer_list(c, of != NULL ? "youtube#commentListResponse" : "youtube#commentThreadListResponse", items, &page);
}

static void list_threads(struct sim_call *c)
{
    if (str_eq(http_query(c->req, "allThreadsRelatedToChannelId"), our_channel(c)))
        list_comments(c, NULL);
    else
        sim_google_reason(c, 404, "youtube.commentThread", "channelNotFound",
                          "The channel identified by the request could not be found.");
}

static void list_replies(struct sim_call *c)
{
    const struct sim_item *of = sim_item_find(c->sim, SIM_YOUTUBE, http_query(c->req, "parentId"));

    if (of == NULL || of->deleted || !is_first(of))
        sim_google_reason(c, 404, "youtube.comment", "commentNotFound", "The comment could not be found.");
    else
        list_comments(c, of);
}

static void list_videos(struct sim_call *c)
{
    struct str ids = http_query(c->req, "id"), id;
    struct json *items = json_array(c->a), *video, *snippet;

    while (str_split(&ids, ',', &id)) {
        const struct sim_item *item = sim_item_find(c->sim, SIM_YOUTUBE, id);
        if (item == NULL || item->kind != SIM_POST)
            continue;
        video = json_object(c->a);
        snippet = json_object(c->a);
        json_set_str(c->a, snippet, "title", item->text);
        json_set_str(c->a, snippet, "publishedAt", sim_google_time(c->a, item->at));
        json_set_str(c->a, snippet, "channelId", our_channel(c));
        json_set_str(c->a, video, "kind", STR("youtube#video"));
        json_set_str(c->a, video, "id", item->id);
        json_set(c->a, video, "snippet", snippet);
        json_push(c->a, items, video);
    }
    answer_list(c, "youtube#videoListResponse", items, NULL);
}

static void list_channels(struct sim_call *c)
{
    struct str id = http_query(c->req, "id"), title = str_from(c->sim->config.brand),
               handle = str_from(c->sim->config.handle);
    const struct sim_person *person = id.len > 0 ? sim_person_of(c->sim, SIM_YOUTUBE, id) : NULL;
    struct json *items = json_array(c->a), *channel = json_object(c->a), *snippet = json_object(c->a);

    if (person != NULL) {
        title = person->name;
        handle = person->handle;
    }
    json_set_str(c->a, snippet, "title", title);
    json_set_str(c->a, snippet, "customUrl", str_concat(c->a, STR("@"), handle));
    json_set_str(c->a, channel, "kind", STR("youtube#channel"));
    json_set_str(c->a, channel, "id", person != NULL ? id : our_channel(c));
    json_set(c->a, channel, "snippet", snippet);
    if (person != NULL || str_eq(http_query(c->req, "mine"), STR("true")))
        json_push(c->a, items, channel);
    answer_list(c, "youtube#channelListResponse", items, NULL);
}

/* ---- what the brand writes ---- */

static void write_reply(struct sim_call *c)
{
    const struct json *snippet = json_get(c->body, "snippet");
    struct str text = json_text(json_get(snippet, "textOriginal"));
    struct sim_item *to = sim_call_target(c, json_text(json_get(snippet, "parentId")), SIM_COMMENT), *item;

    if (to == NULL || (!is_first(to) && !to->past)) {
        refuse(c, SIM_FAULT_GONE, NULL);
    } else if (text.len == 0) {
        sim_google_reason(c, 400, "youtube.comment", "commentTextRequired",
                          "The comment resource must contain text.");
    } else if (text_length(c->a, text, LENGTH_CHARACTERS) > TEXT_MAX ||
               sim_fault_take(c->sim, SIM_YOUTUBE, SIM_FAULT_CONTENT)) {
        refuse(c, SIM_FAULT_CONTENT, NULL);
    } else if (sim_fault_take(c->sim, SIM_YOUTUBE, SIM_FAULT_WINDOW)) {
        refuse(c, SIM_FAULT_WINDOW, NULL);
    } else {
        item = sim_item_new(c->sim, SIM_YOUTUBE, SIM_COMMENT, sim_google_id(c->sim, "", 9));
        item->id = str_format(c->sim->state, "%.*s.%.*s", STR_ARGS(to->id), STR_ARGS(item->id));
        item->parent = to;
        item->root = to->root;
        item->text = sim_copy(c->sim, text);
        sim_call_sent(c, item, "comment", to->id);
        c->answer = comment_json(c, item);
    }
}

static void serve(struct sim_call *c)
{
    bool get = c->req->method == HTTP_GET;

    if (sim_google_access(c))
        return;
    if (sends(c))
        write_reply(c);
    else if (get && is_call(c, "commentThreads"))
        list_threads(c);
    else if (get && is_call(c, "comments"))
        list_replies(c);
    else if (get && is_call(c, "videos"))
        list_videos(c);
    else if (get && is_call(c, "channels"))
        list_channels(c);
    else
        sim_google_reason(c, 404, "global", "notFound", "Not Found");
}

/* ---- people ---- */

static struct str new_person(struct sim *sim, struct arena *a)
{
    struct str digits = sim_digits(a, 22);

    (void)sim;
    return str_format(a, "UC%.*s", STR_ARGS(digits));
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    (void)person;
    (void)root;
    return kind == SIM_POST ? sim_google_id(sim, "", 8) : sim_google_id(sim, "Ugx", 15);
}

/* The id of a reply begins with its thread's. */
static void placed(struct sim *sim, struct sim_item *item)
{
    if (!is_first(item))
        item->id = str_format(sim->state, "%.*s.%.*s", STR_ARGS(item->parent->id), STR_ARGS(item->id));
}

/* The channel's rules keep a comment back until somebody looks at it, or let it through. */
static bool own_act(struct sim_deed *d, struct error *e)
{
    bool hold = str_eq(d->act->what, STR("hold"));

    if (!hold && !str_eq(d->act->what, STR("release")))
        return fail(e, ERR_BAD_INPUT, "There is no such act");
    if (d->to == NULL || d->to->kind != SIM_COMMENT)
        return fail(e, ERR_NOT_FOUND, "It is not there any more");
    d->to->hidden = hold;
    sim_changed(d->sim);
    return true;
}

static const struct sim_place places[] = {
    {.name = "youtube",
     .label = {"YouTube", "YouTube"},
     .advice = {"Commenta un video di {}: la risposta arriva qui sotto, dopo che qualcuno l’ha letto.",
                "Comment on a video of {}: the answer comes below it, once somebody has read it."},
     .rank = 6},
    {0},
};
static const struct sim_seed_post posts[] = {
    {"Come si monta il modem nuovo, in tre minuti", 9},
    {"La fibra arriva in collina: com’è andata", 3},
    {0},
};
static const struct sim_past_door past[] = {{"comment", "comment"}, {0}};
static const char *const more[] = {SIM_GOOGLE_ACCESS, NULL};

const struct sim_driver sim_youtube = {
    .name = "youtube",
    .base = "/youtube",
    .account = {"UC7180000000000000000218", "simulated-youtube-token", NULL, NULL, NULL},
    .named = {"channel_id", "access_token", NULL, NULL, NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .doors = past,
    .shows_handles = true,
    .new_person = new_person,
    .new_id = new_id,
    .placed = placed,
    .lacks = "blocked",
    .acts = "comment edit delete react",
    .post = SIM_POST,
    .comment = SIM_COMMENT,
    .levels = 2,
    .own_act = own_act,
    .token_ok = sim_google_token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
