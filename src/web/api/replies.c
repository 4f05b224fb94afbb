/* SPDX-License-Identifier: Apache-2.0 */
/* Answering a person: programs prepare drafts, colleagues in person send. A draft of a program never overwrites what
 * a colleague is writing. */
#include "base/arena.h"
#include "base/clock.h"
#include "care/reply.h"
#include "care/story.h"
#include "web/api/api.h"

/* ---- drafts ---- */

static bool draft_owner(struct tx *tx, struct api *api, const struct conversation *c, int64_t *owner, struct error *e)
{
    const struct actor *actor = &api->v->actor;
    struct agent agent;
    int64_t asked = in_id(api, "agent");
    if (!actor->token_id && asked && asked != actor->agent_id)
        return fail(e, ERR_FORBIDDEN, "You can write your own draft only.");
    *owner = actor->agent_id;
    if (actor->token_id && (asked || c->owner_id))
        *owner = asked ? asked : c->owner_id;
    if (!agent_by_id(tx, api->arena, api->v->brand.id, *owner, &agent, e))
        return false;
    return agent.removed_at == 0 || fail(e, ERR_CONFLICT, "%.*s does not work here any more.", STR_ARGS(agent.name));
}

static bool draft_is_free(struct tx *tx, struct api *api, const struct draft *draft, struct error *e)
{
    struct draft *drafts;
    size_t count;
    if (!draft_list(tx, api->arena, draft->brand_id, draft->conversation_id, draft->agent_id, &drafts, &count, e))
        return false;
    for (size_t i = 0; draft->by_token && i < count; i++)
        if (str_eq(drafts[i].kind, draft->kind) && drafts[i].text.len && !drafts[i].by_token)
            return fail(e, ERR_CONFLICT, "A colleague is writing here already: their words stay.");
    return true;
}

static bool draft_save(struct tx *tx, const struct draft *draft, struct error *e)
{
    if (draft->text.len == 0)
        return draft_delete(tx, draft->brand_id, draft->conversation_id, draft->agent_id, draft->kind, e);
    return draft_put(tx, draft, e);
}

/* What colleagues type is kept every few seconds and is no event; what a program prepares is told. */
static bool draft_told(struct tx *tx, const struct api *api, const struct conversation *c, const struct draft *draft,
                       struct error *e)
{
    return !draft->by_token ||
           story_event(tx, "conversation.drafted", c, draft->agent_id, api->v->actor.agent_id, api->v->actor.name, e);
}

static bool draft_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct conversation c;
    struct draft draft = {.brand_id = v->brand.id,
                          .conversation_id = v->params[0],
                          .kind = in_text(api, "kind"),
                          .text = in_text(api, "text"),
                          .by_token = v->actor.token_id,
                          .at = tx_now(tx)};
    in_door(api, "door", &draft.channel_id, &draft.door);
    if (!conversation_by_id(tx, api->arena, v->brand.id, v->params[0], &c, e) ||
        !draft_owner(tx, api, &c, &draft.agent_id, e) || !draft_is_free(tx, api, &draft, e) ||
        !draft_save(tx, &draft, e) || !draft_told(tx, api, &c, &draft, e))
        return false;
    json_set_time(api->arena, api->out, "saved", draft.text.len ? draft.at : 0);
    json_set_id(api->arena, api->out, "agent", draft.agent_id);
    json_set_id(api->arena, api->out, "by_token", draft.by_token);
    return true;
}

/* ---- sending ---- */

static bool reply_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    const struct author *author = visit_author(v, tx, e);
    struct reply_request request = {.conversation_id = v->params[0],
                                    .house = v->app->house,
                                    .text = in_text(api, "text"),
                                    .seen = in_id(api, "seen"),
                                    .anyway = in_truth(api, "anyway")};
    int64_t id;
    in_door(api, "door", &request.channel_id, &request.door);
    if (!author || !reply_send(tx, author, &request, &id, e) || !api_row_here(tx, api, e))
        return false;
    json_set_id(api->arena, api->out, "message", id);
    json_set_time(api->arena, api->out, "undo_until", tx_now(tx) + v->brand.undo_seconds * SECOND_US);
    return true;
}

static void reply_after(struct api *api, bool done)
{
    if (done)
        visit_wake_outbox(api->v);
}

/* ---- one that is on its way ---- */

static bool message_row(struct tx *tx, struct api *api, int64_t *conversation, struct error *e)
{
    struct message m;
    if (!message_by_id(tx, api->arena, api->v->brand.id, api->v->params[0], &m, e))
        return false;
    *conversation = m.conversation_id;
    return m.outbound || fail(e, ERR_BAD_INPUT, "This is a message of theirs, not a reply of ours.");
}

static bool retry_run(struct tx *tx, struct api *api, struct error *e)
{
    int64_t c;
    const struct author *author = visit_author(api->v, tx, e);
    return author && message_row(tx, api, &c, e) && reply_retry(tx, author, api->v->params[0], e) &&
           api_row(tx, api, c, e);
}

static bool withdraw_run(struct tx *tx, struct api *api, struct error *e)
{
    int64_t c;
    const struct author *author = visit_author(api->v, tx, e);
    return author && message_row(tx, api, &c, e) && reply_take_back(tx, author, api->v->params[0], e) &&
           api_row(tx, api, c, e);
}

static bool settle_run(struct tx *tx, struct api *api, struct error *e)
{
    int64_t c;
    const struct author *author = visit_author(api->v, tx, e);
    return author && message_row(tx, api, &c, e) &&
           reply_settle(tx, author, api->v->params[0], in_truth(api, "arrived"), e) && api_row(tx, api, c, e);
}

/* ---- the calls ---- */

static const struct api_field draft_body[] = {
    {"kind", API_CHOICE, API_REQUIRED, NULL, "reply|note|need", 0, 0},
    {"text", API_TEXT, API_REQUIRED | API_EMPTY, "empty: the draft goes away", NULL, 0, 20000},
    {"door", API_DOOR, 0, "of a reply: the value of one of the story's doors", NULL, 0, 0},
    {"agent", API_ID, 0, "for programs: whose draft; else the owner's, else of who made the token", NULL, 0, 0},
    {0}};
static const struct api_field reply_body[] = {
    {"door", API_DOOR, API_REQUIRED, "the value of one of the story's open doors", NULL, 0, 0},
    {"text", API_TEXT, API_REQUIRED, NULL, NULL, 0, 20000},
    {"seen", API_ID, API_REQUIRED, "the newest message the author had before their eyes; later ones stay waiting",
     NULL, 0, 0},
    {"anyway", API_TRUTH, 0, "also when a colleague answered in the meantime", NULL, 0, 0},
    {0}};
static const struct api_field settle_body[] = {
    {"arrived", API_TRUTH, API_REQUIRED, "what you saw on the network; false sends it again", NULL, 0, 0}, {0}};

#define M "/api/v1/messages/:id/"
#define CALLS(X)                                                                                                     \
    X(HTTP_PUT, "/api/v1/conversations/:id/draft", PERM_AGENT,                                                       \
      "Prepare a draft: what programs do instead of sending", .run = draft_run, .body = draft_body,                  \
      .answer = "Saved")                                                                                             \
    X(HTTP_POST, "/api/v1/conversations/:id/replies", PERM_AGENT,                                                    \
      "Send a reply; colleagues in person only, after the need line", .run = reply_run, .after = reply_after,        \
      .body = reply_body, .answer = "Act", .status = 201, .in_person = true)                                         \
    X(HTTP_POST, M "retry", PERM_AGENT, "Send a failed reply once more", .run = retry_run, .after = reply_after,     \
      .answer = "Act", .in_person = true)                                                                            \
    X(HTTP_POST, M "take-back", PERM_AGENT,                                                                          \
      "Take a reply back that is not on its way yet; its words become a draft", .run = withdraw_run,                 \
      .answer = "Act", .in_person = true)                                                                            \
    X(HTTP_POST, M "settle", PERM_AGENT, "Say whether a reply of unsure fate arrived", .run = settle_run,            \
      .after = reply_after, .body = settle_body, .answer = "Act", .in_person = true)

const struct route routes_api_replies[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_replies[] = {CALLS(API_CALL){0}};
