/* SPDX-License-Identifier: Apache-2.0 */
/* What the desk's scripts ask for: drafts kept while typing, presence, snippets and names to complete. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "channels/channel.h"
#include "care/guests.h"
#include "care/reply.h"
#include "store/channel.h"
#include "store/message.h"
#include "store/shelf.h"
#include "web/desk/model.h"
#include "web/gossip.h"
#include "web/presence.h"

/* ---- drafts ---- */

struct draft_keep {
    struct visit *v;
    struct draft draft;
    struct str once; /* the form it is written in: the same key its reply is sent with */
    int64_t length;  /* as the door's network counts it; -1: no door */
};

static bool draft_length(struct tx *tx, struct draft_keep *keep, struct error *e)
{
    struct channel_row row;
    struct arena *a = keep->v->arena;
    keep->length = -1;
    if (!keep->draft.channel_id)
        return true;
    if (!channel_row_by_id(tx, a, keep->draft.brand_id, keep->draft.channel_id, &row, e))
        return false;
    const struct channel *channel = channel_find(row.network);
    const struct door *door = channel ? channel_door(channel, keep->draft.door) : NULL;
    if (door)
        keep->length = (int64_t)text_length(a, keep->draft.text, door->unit);
    return true;
}

/* The page's last word about a draft may come after the reply itself, over a slow line: what was just sent would
 * stand in the composer again, to be sent a second time. */
static bool draft_was_sent(struct tx *tx, const struct draft *draft, bool *sent, struct error *e)
{
    struct message *newest;
    size_t n;
    struct str text = str_trim(draft->text);
    int64_t since = tx_now(tx) - MINUTE_US;
    *sent = false;
    if (!str_eq(draft->kind, STR("reply")))
        return true;
    if (!message_list(tx, tx_arena(tx), draft->brand_id, draft->conversation_id, (struct cursor){.limit = 10},
                      &newest, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        *sent |= newest[i].outbound && newest[i].agent_id == draft->agent_id && newest[i].received_at > since &&
                 str_eq(newest[i].text, text);
    return true;
}

static bool draft_run(struct tx *tx, void *ctx, struct error *e)
{
    struct draft_keep *keep = ctx;
    struct conversation c;
    bool sent;
    int64_t reply;
    if (!conversation_by_id(tx, tx_arena(tx), keep->draft.brand_id, keep->draft.conversation_id, &c, e) ||
        !draft_length(tx, keep, e) || !draft_was_sent(tx, &keep->draft, &sent, e) ||
        !reply_sent_once(tx, keep->draft.brand_id, keep->draft.agent_id, keep->once, &reply, e))
        return false;
    keep->draft.at = tx_now(tx);
    if (reply) /* its form is done: what is kept now was written after it */
        return true;
    if (keep->draft.text.len == 0 || sent)
        return draft_delete(tx, keep->draft.brand_id, keep->draft.conversation_id, keep->draft.agent_id,
                            keep->draft.kind, e);
    return draft_put(tx, &keep->draft, e);
}

static bool draft_post(struct visit *v, struct error *e)
{
    struct str kind = http_form(v->http, "kind"), door = http_form(v->http, "door"), channel;
    struct draft_keep keep = {.v = v,
                              .once = str_eq(kind, STR("reply")) ? http_form(v->http, "once") : STR_EMPTY,
                              .draft = {.brand_id = v->brand.id,
                                        .conversation_id = v->params[0],
                                        .agent_id = v->actor.agent_id,
                                        .kind = kind,
                                        .text = text_clean(v->arena, http_form(v->http, "text"))}};
    if (!str_eq(kind, STR("reply")) && !str_eq(kind, STR("note")) && !str_eq(kind, STR("need")))
        return fail(e, ERR_BAD_INPUT, "A draft is a reply, a note or a need.");
    if (keep.draft.text.len > 65536)
        return fail(e, ERR_TOO_LARGE, "A draft has at most 64 KiB.");
    if (str_split(&door, ':', &channel) && str_int64(channel, &keep.draft.channel_id))
        keep.draft.door = door;
    if (!visit_write(v, draft_run, &keep, e))
        return false;
    struct json *model = json_object(v->arena);
    json_set_time(v->arena, model, "saved", keep.draft.at);
    if (keep.length >= 0)
        json_set_int(v->arena, model, "length", keep.length);
    http_respond(v->http, 200, STR("application/json"), json_to_str(v->arena, model));
    return true;
}

/* ---- presence ---- */

struct look {
    struct visit *v;
    bool unseen;
};

static bool look_read(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    return talk_unseen(tx, look->v->brand.id, look->v->params[0], false, &look->unseen, e);
}

static bool look_write(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    return talk_seen(tx, look->v->brand.id, look->v->params[0], false, look->v->actor.agent_id, e);
}

static bool presence_post(struct visit *v, struct error *e)
{
    struct look look = {.v = v};
    enum doing doing = doing_from(http_form(v->http, "doing"));
    if (presence_set(v->app->presence, v->brand.id, v->params[0], v->actor.agent_id, v->actor.name, doing))
        gossip_show_presence(v->app, v->brand.id, v->params[0], v->actor.agent_id);
    gossip_presence(v->app->gossip, v->brand.id, v->params[0], v->actor.agent_id, v->actor.name, doing);
    /* who wrote on the care site is told that one of us has it before their eyes */
    if (doing != DOING_GONE && v->actor.role >= ROLE_AGENT &&
        (!visit_read(v, look_read, &look, e) || (look.unseen && !visit_write(v, look_write, &look, e))))
        return false;
    http_respond(v->http, 204, STR("text/plain"), STR_EMPTY);
    return true;
}

/* ---- completing ---- */

struct completion {
    struct visit *v;
    struct str q;
    struct json *items;
};

static bool matches(struct arena *a, struct str text, struct str q)
{
    return q.len == 0 || str_find(text_fold(a, text), q) >= 0;
}

static bool snippets_read(struct tx *tx, void *ctx, struct error *e)
{
    struct completion *c = ctx;
    struct arena *a = c->v->arena;
    struct json *all = snippet_list(tx, a, c->v->brand.id, c->v->actor.agent_id, e);
    for (size_t i = 0; i < json_count(all) && json_count(c->items) < 12; i++) {
        const struct json *one = json_at(all, i);
        struct str shortcut = json_text(json_get(one, "shortcut")), title = json_text(json_get(one, "title"));
        if (!matches(a, shortcut, c->q) && !matches(a, title, c->q))
            continue;
        struct json *item = json_object(a);
        json_set_str(a, item, "id", json_text(json_get(one, "id")));
        json_set_str(a, item, "name", str_format(a, "/%.*s · %.*s", STR_ARGS(shortcut), STR_ARGS(title)));
        json_set_str(a, item, "text", json_text(json_get(one, "text")));
        json_push(a, c->items, item);
    }
    return all != NULL;
}

static bool mentions_read(struct tx *tx, void *ctx, struct error *e)
{
    struct completion *c = ctx;
    struct arena *a = c->v->arena;
    struct names names;
    if (!names_read(tx, c->v, &names, e))
        return false;
    for (size_t i = 0; i < names.agent_count && json_count(c->items) < 12; i++) {
        const struct agent *agent = &names.agents[i];
        if (agent->removed_at || !matches(a, agent->name, c->q))
            continue;
        struct json *item = json_object(a);
        json_set_id(a, item, "id", agent->id);
        json_set_str(a, item, "name", agent->name);
        json_set_str(a, item, "text", str_concat(a, STR("@"), agent->name));
        json_push(a, c->items, item);
    }
    return true;
}

static bool complete(struct visit *v, db_command *read, struct error *e)
{
    struct completion c = {.v = v,
                           .q = text_fold(v->arena, text_clean(v->arena, http_query(v->http, "q"))),
                           .items = json_array(v->arena)};
    if (!visit_read(v, read, &c, e))
        return false;
    struct json *model = json_object(v->arena);
    json_set(v->arena, model, "items", c.items);
    http_respond(v->http, 200, STR("application/json"), json_to_str(v->arena, model));
    return true;
}

static bool snippets_show(struct visit *v, struct error *e)
{
    return complete(v, snippets_read, e);
}

static bool mentions_show(struct visit *v, struct error *e)
{
    return complete(v, mentions_read, e);
}

const struct route routes_desk_scripts[] = {
    {HTTP_POST, "/desk/c/:id/draft", PERM_AGENT, draft_post, NULL},
    {HTTP_POST, "/desk/c/:id/presence", PERM_READ, presence_post, NULL},
    {HTTP_GET, "/desk/snippets", PERM_READ, snippets_show, NULL},
    {HTTP_GET, "/desk/mentions", PERM_READ, mentions_show, NULL},
    {0},
};
