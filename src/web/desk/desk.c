/* SPDX-License-Identifier: Apache-2.0 */
/* The desk: list, story and person on one page; and the stream of what happens. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/ahead.h"
#include "store/ledger.h"
#include "web/desk/model.h"
#include "web/feed.h"

struct desk_page {
    struct visit *v;
    struct list_query query;
    int64_t conversation;
    struct cursor before;
    struct json *model;
};

static bool received_today(struct tx *tx, struct visit *v, struct json *today, struct error *e)
{
    int64_t day = clock_day(tx_now(tx), v->view.zone), received = 0;
    struct ledger_line *lines;
    size_t count;
    if (!ledger_counts(tx, v->arena, v->brand.id, day, day, true, &lines, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        for (int place = PLACE_WAITING; place < PLACES; place++)
            received += lines[i].n[place];
    json_set_int(v->arena, today, "received", received);
    return true;
}

/* The middle of the desk when no story is open. */
static struct json *today_model(struct tx *tx, struct visit *v, const struct names *names, struct error *e)
{
    struct arena *a = v->arena;
    struct json *today = json_object(a);
    struct message longest;
    struct person person;
    struct error here = {0};
    int64_t waiting, mine;
    if (!tally_get(tx, v->brand.id, -1, CONVERSATION_WAITING, &waiting, e) ||
        !tally_get(tx, v->brand.id, v->actor.agent_id, CONVERSATION_WAITING, &mine, e))
        return NULL;
    json_set_int(a, today, "waiting", waiting);
    json_set_int(a, today, "mine", mine);
    if (!received_today(tx, v, today, e))
        return NULL;
    if (!message_longest_waiting(tx, a, v->brand.id, &longest, &here))
        return here.code == ERR_NOT_FOUND ? today : fail_null(e, here.code, "%s", here.message);
    if (!person_by_id(tx, a, v->brand.id, longest.person_id, &person, e))
        return NULL;
    struct json *item = json_object(a);
    json_set_id(a, item, "id", longest.conversation_id);
    json_set(a, item, "person", person_json(a, &person));
    json_set_time(a, item, "since", longest.at);
    const struct channel *channel = channel_find(names_network(names, longest.channel_id));
    json_set_str(a, item, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set(a, today, "longest", item);
    return today;
}

static bool desk_read(struct tx *tx, void *ctx, struct error *e)
{
    struct desk_page *page = ctx;
    struct visit *v = page->v;
    struct names names;
    list_ahead(tx, v, &page->query);
    if (page->conversation)
        ahead_story(tx, v->brand.id, page->conversation, v->actor.agent_id, STORY_MESSAGES + 1);
    else
        ahead_today(tx, v->brand.id, clock_day(tx_now(tx), v->view.zone));
    if (!names_read(tx, v, &names, e))
        return false;
    page->query.current = page->conversation;
    struct json *list = list_model(tx, v, &names, &page->query, e);
    if (!list)
        return false;
    json_set(v->arena, page->model, "list", list);
    if (!page->conversation) {
        struct json *today = today_model(tx, v, &names, e);
        json_set(v->arena, page->model, "today", today);
        return today != NULL;
    }
    struct story story;
    struct theirs theirs;
    if (!story_read(tx, v, page->conversation, page->before, &story, e) ||
        !theirs_read(tx, v, story.person.id, &theirs, e))
        return false;
    struct json *told = story_model(tx, v, &names, &story, &theirs, e);
    struct json *who = told ? who_model(tx, v, &names, &story.person, &theirs, story.c.id, e) : NULL;
    if (!who)
        return false;
    json_set(v->arena, page->model, "story", told);
    json_set(v->arena, page->model, "who", who);
    return true;
}

static struct cursor before_of(struct str text)
{
    struct cursor before = {0};
    struct str at, id;
    if (!str_split(&text, '.', &at) || !str_split(&text, '.', &id) || !str_int64(at, &before.at) ||
        !str_int64(id, &before.id))
        before = (struct cursor){0};
    return before;
}

static bool desk_show(struct visit *v, struct error *e)
{
    struct desk_page page = {.v = v, .model = json_object(v->arena)};
    list_query_of(v, &page.query);
    page.conversation = v->params[0];
    page.before = before_of(http_query(v->http, "more"));
    v->view.section = STR("people");
    if (!visit_read(v, desk_read, &page, e))
        return false;
    view_render(&v->view, v->http, "desk", page.model);
    return true;
}

static bool mentions_seen(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return mention_seen(tx, v->brand.id, v->actor.agent_id, v->params[0], tx_now(tx), e);
}

static bool mentions_here(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    struct json *list = mention_list(tx, v->arena, v->brand.id, v->actor.agent_id, e);
    bool here = false;
    for (size_t i = 0; i < json_count(list); i++)
        here |= json_int(json_get(json_at(list, i), "conversation_id"), 0) == v->params[0];
    return list && (here || fail(e, ERR_NOT_FOUND, "Nobody asked."));
}

static bool story_show(struct visit *v, struct error *e)
{
    struct error none = {0};
    bool looks = !view_wants_json(v->http); /* a program that reads has not seen it for its colleague */
    if (looks && visit_read(v, mentions_here, v, &none) && !visit_write(v, mentions_seen, v, e))
        return false;
    return desk_show(v, e);
}

/* What happens after the page was asked for is told, however long the stream takes to open. */
static bool events_join(struct visit *v, struct error *e)
{
    const struct feed_seat seat = {v->brand.id, v->actor.agent_id, v->view.event, v->app->pages_each};
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

/* Pictures, sound and film are shown; anything else is only offered to be saved, so that nothing in it runs here. */
static bool is_shown(struct str mime)
{
    static const char *const shown[] = {"image/jpeg", "image/png",  "image/gif", "image/webp",
                                        "audio/ogg",  "audio/mpeg", "audio/mp4", "audio/aac",
                                        "video/mp4",  "video/3gpp", "video/webm"};
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        if (str_eq(mime, str_from(shown[i])))
            return true;
    return false;
}

static struct str safe_name(struct arena *a, struct str name)
{
    char *safe = arena_copy(a, name.ptr ? name.ptr : "", name.len);
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)safe[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                     c == '-' || c == '_';
        if (!plain)
            safe[i] = '_';
    }
    return name.len ? (struct str){safe, name.len} : STR("file");
}

static bool file_show(struct visit *v, struct error *e)
{
    struct file_page page = {.v = v};
    if (!visit_read(v, file_read, &page, e))
        return false;
    bool shown = is_shown(page.mime);
    view_headers(v->http);
    http_set_header(v->http, "Content-Security-Policy", STR("default-src 'none'; sandbox"));
    http_set_header(v->http, "Cache-Control", STR("private, max-age=3600"));
    http_set_header(v->http, "Content-Disposition",
                    str_format(v->arena, "%s; filename=\"%.*s\"", shown ? "inline" : "attachment",
                               STR_ARGS(safe_name(v->arena, page.attachment.name))));
    http_respond(v->http, 200, shown ? page.mime : STR("application/octet-stream"), page.bytes);
    return true;
}

const struct route routes_desk_desk[] = {
    {HTTP_GET, "/desk", PERM_READ, desk_show, NULL},
    {HTTP_GET, "/desk/c/:id", PERM_READ, story_show, NULL},
    {HTTP_GET, "/desk/file/:id", PERM_READ, file_show, NULL},
    {HTTP_GET, "/events", PERM_READ, events_join, NULL},
    {0},
};
