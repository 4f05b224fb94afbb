/* SPDX-License-Identifier: Apache-2.0 */
/* Links to a private continuation: put into a reply, what became of them, and a colleague's own judgement of who
 * opened one. */
#include "web/desk/passages.h"

#include "base/arena.h"
#include "base/json.h"
#include "care/passages.h"
#include "web/site/help.h"

/* ---- into a reply ---- */

struct link {
    struct visit *v;
    int64_t conversation;
    struct str code;
};

static bool link_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct link *link = ctx;
    return passage_draft(tx, link->v->app->house, &link->v->actor, link->conversation, link->code, e);
}

bool passage_link(struct visit *v, int64_t conversation, struct str *out, struct error *e)
{
    struct link link = {.v = v, .conversation = conversation, .code = passage_code_new(v->arena)};
    *out = str_concat(v->arena, help_origin(v), str_concat(v->arena, STR(PASSAGE_PATH), link.code));
    return visit_write(v, link_write, &link, e);
}

/* For scripts, which put it where the cursor is; forms go by the reply (then=passage). */
static bool link_post(struct visit *v, struct error *e)
{
    struct json *model = json_object(v->arena);
    struct str link;
    if (v->actor.token_id)
        return fail(e, ERR_FORBIDDEN, "Only a colleague in person gives somebody a link.");
    if (!http_form_ok(v->http, e) || !passage_link(v, v->params[0], &link, e))
        return false;
    json_set_str(v->arena, model, "link", link);
    view_headers(v->http);
    http_respond(v->http, 200, STR("application/json"), json_to_str(v->arena, model));
    return true;
}

/* ---- what became of it ---- */

static const char *state_of(const struct passage *p, int64_t now)
{
    if (p->used_at && !p->is_public)
        return "opened";
    if (p->used_at && p->proven_at)
        return p->proven_by ? "judged" : "proven";
    if (p->used_at)
        return p->withdrawn_at ? "denied" : "claimed";
    if (p->withdrawn_at)
        return "withdrawn";
    return p->expires_at > now ? "given" : "late";
}

static struct json *passage_json(struct visit *v, const struct names *names, const struct passage *p)
{
    struct arena *a = v->arena;
    struct json *out = json_object(a);
    struct str state = str_from(state_of(p, v->view.now));
    json_set_id(a, out, "id", p->id);
    json_set_str(a, out, "state", state);
    json_set(a, out, "by", names_agent_json(a, names, p->agent_id));
    json_set_time(a, out, "until", p->expires_at);
    json_set_time(a, out, "opened", p->used_at);
    json_set(a, out, "judge", names_agent_json(a, names, p->proven_by ? p->proven_by : p->withdrawn_by));
    json_set_id(a, out, "talk", p->talk_id != p->conversation_id ? p->talk_id : 0);
    json_set_id(a, out, "merge", str_eq(state, STR("judged")) ? p->merge_id : 0);
    return out;
}

bool passages_tell(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                   struct json *items, struct error *e)
{
    struct passage *list = NULL;
    size_t count = 0;
    if (story->has & STORY_PASSAGES &&
        !passage_of_conversation(tx, v->arena, v->brand.id, story->c.id, &list, &count, e))
        return false;
    for (size_t i = 0; i < json_count(items); i++) {
        struct json *item = items->items[i], *told = json_new_null(v->arena);
        if (!str_eq(json_text(json_get(item, "kind")), STR("message")))
            continue;
        for (size_t k = 0; k < count; k++)
            if (list[k].message_id == json_int(json_get(item, "id"), 0))
                told = passage_json(v, names, &list[k]);
        json_set(v->arena, item, "passage", told);
    }
    return true;
}

bool passage_claim(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                   struct json *model, struct error *e)
{
    struct arena *a = v->arena;
    struct passage *list;
    struct passage_look look;
    size_t count;
    json_set(a, model, "claim", json_new_null(a));
    if (!(story->has & STORY_CLAIMED))
        return true;
    if (!passage_of_talk(tx, a, v->brand.id, story->c.id, &list, &count, e))
        return false;
    if (count == 0 || list[0].conversation_id == story->c.id || list[0].proven_at)
        return true;
    if (!passage_stands(tx, a, &list[0], NULL, &look, e))
        return false;
    if (look.c.id == 0)
        return true;
    struct json *claim = passage_json(v, names, &list[0]);
    json_set(a, claim, "person", person_json(a, &look.person));
    json_set_id(a, claim, "story", look.c.id);
    json_set(a, model, "claim", claim);
    return true;
}

/* ---- acts ---- */

struct judging {
    struct visit *v;
    struct str kind;
    struct passage passage;
};

static bool judging_write(struct tx *tx, void *ctx, struct error *e)
{
    struct judging *act = ctx;
    const struct actor *actor = &act->v->actor;
    int64_t id = act->v->params[0];
    if (str_eq(act->kind, STR("withdraw")))
        return passage_withdraw(tx, actor, id, &act->passage, e);
    bool them = str_eq(act->kind, STR("them"));
    if (!them && !str_eq(act->kind, STR("other")))
        return fail(e, ERR_NOT_FOUND, "There is nothing at this address.");
    return passage_judge(tx, actor, id, them, &act->passage, e);
}

static bool judging_post(struct visit *v, struct error *e)
{
    struct judging act = {.v = v, .kind = v->words[0]};
    struct json *values = json_object(v->arena), *undo = json_object(v->arena);
    if (v->actor.token_id)
        return fail(e, ERR_FORBIDDEN, "Only a colleague in person says who somebody is.");
    if (!visit_write(v, judging_write, &act, e))
        return false;
    if (act.passage.merge_id) {
        json_set_str(v->arena, undo, "action",
                     str_format(v->arena, "/desk/merge/%lld/undo", (long long)act.passage.merge_id));
        json_set(v->arena, values, "undo", undo);
    }
    visit_toast(v, str_eq(act.kind, STR("them")) ? "toast.them" : "toast.saved", values);
    view_redirect(&v->view, v->http, story_address(v, act.passage.conversation_id));
    return true;
}

const struct route routes_desk_passages[] = {
    {HTTP_POST, "/desk/c/:id/passage", PERM_AGENT, link_post, NULL},
    {HTTP_POST, "/desk/passage/:id/:name", PERM_AGENT, judging_post, NULL},
    {0},
};
