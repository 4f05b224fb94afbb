/* SPDX-License-Identifier: Apache-2.0 */
/* The desk: list, story and person on one page; and the stream of what happens. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "store/ahead.h"
#include "store/ledger.h"
#include "web/desk/model.h"
#include "web/feed.h"
#include "web/files.h"
#include "web/forms.h"
#include "web/hunch.h"

struct desk_page {
    struct visit *v;
    struct list_query query;
    int64_t conversation;
    struct cursor before;
    bool looks, asked; /* a colleague who looks at it, and was asked about it */
    struct json *model;
};

static web_handler desk_show;

/* The middle of the desk when no story is open. */
static struct json *today_model(struct tx *tx, struct visit *v, const struct names *names, const struct json *list,
                                struct error *e)
{
    struct arena *a = v->arena;
    struct json *today = json_object(a);
    struct longest longest;
    struct error here = {0};
    int64_t received, day = clock_day(tx_now(tx), v->view.zone);
    const struct json *counts = json_get(list, "counts");
    hunch_keep(v->app->hunches, HUNCH_DAY, (uint64_t)v->brand.id, day);
    if (!ledger_received(tx, v->brand.id, day, &received, e))
        return NULL;
    json_set_int(a, today, "waiting", json_int(json_get(counts, "waiting"), 0));
    json_set_int(a, today, "mine", json_int(json_get(counts, "mine"), 0));
    json_set_int(a, today, "received", received);
    if (!person_waiting_longest(tx, a, v->brand.id, &longest, &here))
        return here.code == ERR_NOT_FOUND ? today : fail_null(e, here.code, "%s", here.message);
    struct json *item = json_object(a);
    json_set_id(a, item, "id", longest.conversation_id);
    json_set(a, item, "person", person_json(a, &longest.person));
    json_set_time(a, item, "since", longest.at);
    const struct channel *channel = channel_find(names_network(names, longest.channel_id));
    json_set_str(a, item, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set(a, today, "longest", item);
    return today;
}

/* Whether this part of the page is asked for: all of them, unless one is named. */
static bool shows(struct visit *v, const char *part)
{
    static const char *const parts[] = {"list", "story", "who"};
    struct str named = view_wants_json(v->http) ? STR_EMPTY : http_query(v->http, "fragment");
    bool one = false;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        one |= str_eq(named, str_from(parts[i]));
    return !one || str_eq(named, str_from(part));
}

static uint64_t page_key(const struct visit *v)
{
    return hash64(v->path) + 3 * hash64(v->http->query) + 5 * (uint64_t)v->actor.agent_id;
}

void desk_ahead(struct tx *tx, struct visit *v)
{
    struct hunches *hunches = v->app->hunches;
    struct list_query query;
    int64_t brand = v->brand.id, conversation = v->params[0];
    if (!db_travels(tx) || !v->route || v->route->handler != desk_show)
        return;
    if (hunch(hunches, HUNCH_ALL, page_key(v)))
        db_ahead_is_all(tx);
    list_query_of(v, &query);
    if (shows(v, "list"))
        list_ahead(tx, v, &query);
    if (!conversation) {
        if (shows(v, "today"))
            ahead_today(tx, brand, hunch(hunches, HUNCH_DAY, (uint64_t)brand));
        return;
    }
    if (!shows(v, "story") && !shows(v, "who")) {
        ahead_conversation(tx, brand, conversation);
        return;
    }
    int64_t channel = hunch(hunches, HUNCH_APPROVED, (uint64_t)conversation);
    ahead_story(tx, brand, conversation, STORY_MESSAGES + 1);
    story_ahead(tx, v, conversation, hunch(hunches, HUNCH_PERSON, (uint64_t)conversation),
                (unsigned)hunch(hunches, HUNCH_PARTS, (uint64_t)conversation));
    if (channel)
        ahead_approved(tx, brand, channel);
}

bool desk_is_quick(const struct visit *v)
{
    static const char *const sought[] = {"view", "place", "owner", "channel", "label", "priority", "failed"};
    for (size_t i = 0; i < COUNT_OF(sought); i++)
        if (http_query(v->http, sought[i]).len)
            return false;
    return v->route->handler == desk_show;
}

/* Whether colleagues asked the reader about this conversation, and are to be told that they looked. */
static bool is_asked(struct tx *tx, struct desk_page *page, bool *asked, struct error *e)
{
    struct visit *v = page->v;
    const struct json *list = page->looks ? mention_list(tx, v->arena, v->brand.id, v->actor.agent_id, e) : NULL;
    *asked = false;
    for (size_t i = 0; i < json_count(list); i++)
        *asked |= json_int(json_get(json_at(list, i), "conversation_id"), 0) == page->conversation;
    return list || !page->looks;
}

static bool story_here(struct tx *tx, struct desk_page *page, const struct names *names, struct error *e)
{
    struct visit *v = page->v;
    struct story story;
    struct theirs theirs;
    struct json *told = json_object(v->arena), *which = json_object(v->arena),
                *who = told; /* a list beside a story shows no more than that it is there, and which */
    json_set_id(v->arena, which, "id", page->conversation);
    json_set(v->arena, told, "conversation", which);
    if (!shows(v, "story") && !shows(v, "who")) {
        json_set(v->arena, page->model, "story", told);
        return conversation_by_id(tx, v->arena, v->brand.id, page->conversation, &story.c, e);
    }
    if (!story_read(tx, v, page->conversation, page->before, &story, e) || !story_theirs(tx, v, &story, &theirs, e))
        return false;
    if (shows(v, "story") &&
        !((told = story_model(tx, v, names, &story, &theirs, e)) && topic_around(tx, v, names, &story, told, e)))
        return false;
    if (shows(v, "who") && !(who = who_model(tx, v, names, &story.person, &theirs, story.c.id, e)))
        return false;
    json_set(v->arena, page->model, "story", told);
    json_set(v->arena, page->model, "who", who);
    return true;
}

static struct json *list_here(struct tx *tx, struct desk_page *page, const struct names *names, struct error *e)
{
    struct visit *v = page->v;
    page->query.current = page->conversation;
    if (shows(v, "list"))
        return list_model(tx, v, names, &page->query, e);
    struct json *list = json_object(v->arena); /* a story leads back to it */
    json_set_str(v->arena, list, "query", list_address(v, &page->query));
    return list;
}

static bool page_read(struct tx *tx, struct desk_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct names names;
    desk_ahead(tx, v);
    if (!is_asked(tx, page, &page->asked, e) || page->asked)
        return page->asked;
    struct json *list = names_read(tx, v, &names, e) ? list_here(tx, page, &names, e) : NULL;
    if (!list)
        return false;
    json_set(v->arena, page->model, "list", list);
    if (page->conversation)
        return story_here(tx, page, &names, e);
    struct json *today = shows(v, "today") ? today_model(tx, v, &names, list, e) : json_object(v->arena);
    json_set(v->arena, page->model, "today", today);
    return today != NULL;
}

static bool desk_read(struct tx *tx, void *ctx, struct error *e)
{
    struct desk_page *page = ctx;
    struct error here = {0};
    bool ok = page_read(tx, page, &here);
    if (db_read_again(tx)) {
        here = (struct error){0};
        ok = page_read(tx, page, &here);
    }
    hunch_keep(page->v->app->hunches, HUNCH_ALL, page_key(page->v), db_read_was_one(tx));
    if (here.code != ERR_NONE)
        return fail(e, here.code, "%s", here.message);
    return ok;
}

static bool mentions_seen(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return mention_seen(tx, v->brand.id, v->actor.agent_id, v->params[0], tx_now(tx), e);
}

static bool desk_show(struct visit *v, struct error *e)
{
    struct desk_page page = {.v = v, .model = json_object(v->arena)};
    list_query_of(v, &page.query);
    page.conversation = v->params[0];
    page.looks = page.conversation && !view_wants_json(v->http); /* a program has not seen it for its colleague */
    page.before = form_cursor(http_query(v->http, "more"), 0);
    v->view.section = STR("people");
    if (!visit_read(v, desk_read, &page, e))
        return false;
    page.looks = false; /* it shows what is so afterwards */
    if (page.asked && (!visit_write(v, mentions_seen, v, e) || !visit_read(v, desk_read, &page, e)))
        return false;
    view_render(&v->view, v->http, "desk", page.model);
    return true;
}

/* What happens after the page was asked for is told, however long the stream takes to open. */
static bool events_join(struct visit *v, struct error *e)
{
    const struct feed_seat seat = {
        .brand = v->brand.id, .agent = v->actor.agent_id, .newest = v->view.event, .most = v->app->pages_each};
    if (feed_join(v->app->feed, v->http, &seat, e))
        return true;
    http_set_header(v->http, "Retry-After", STR("60"));
    return false;
}

/* ---- files people attached ---- */

struct file_page {
    struct visit *v;
    struct attachment attachment;
    struct str mime, bytes;
};

static bool file_read(struct tx *tx, void *ctx, struct error *e)
{
    struct file_page *page = ctx;
    struct visit *v = page->v;
    if (!attachment_by_id(tx, v->arena, v->brand.id, v->params[0], &page->attachment, e))
        return false;
    if (page->attachment.hash.len == 0)
        return fail(e, ERR_NOT_FOUND, "This file is not here.");
    return blob_get(tx, v->arena, v->brand.id, page->attachment.hash, &page->mime, &page->bytes, e);
}

static bool file_show(struct visit *v, struct error *e)
{
    struct file_page page = {.v = v};
    if (!visit_read(v, file_read, &page, e))
        return false;
    file_respond(v, page.mime, page.attachment.name, page.bytes);
    return true;
}

const struct route routes_desk_desk[] = {
    {HTTP_GET, "/desk", PERM_READ, desk_show, NULL},
    {HTTP_GET, "/desk/c/:id", PERM_READ, desk_show, NULL},
    {HTTP_GET, "/desk/file/:id", PERM_READ, file_show, NULL},
    {HTTP_GET, "/events", PERM_READ, events_join, NULL},
    {0},
};
