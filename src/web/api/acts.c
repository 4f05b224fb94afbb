/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with a conversation apart from answering. Each answers with the conversation's row as it is now.
 */
#include "base/arena.h"
#include "care/promises.h"
#include "care/story.h"
#include "web/api/api.h"

static int64_t here(const struct api *api)
{
    return api->v->params[0];
}

static bool need_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_need(tx, &api->v->actor, here(api), in_text(api, "need"), e) && api_row_here(tx, api, e);
}

static bool note_run(struct tx *tx, struct api *api, struct error *e)
{
    int64_t id;
    if (!story_note(tx, &api->v->actor, here(api), in_text(api, "text"), &id, e) || !api_row_here(tx, api, e))
        return false;
    json_set_id(api->arena, api->out, "note", id);
    return true;
}

static bool assign_run(struct tx *tx, struct api *api, struct error *e)
{
    struct str to = in_text(api, "agent");
    int64_t owner = str_eq(to, STR("me")) ? api->v->actor.agent_id : in_id(api, "agent");
    return story_assign(tx, &api->v->actor, here(api), owner, e) && api_row_here(tx, api, e);
}

static bool handover_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_hand_over(tx, &api->v->actor, here(api), in_id(api, "to"), in_text(api, "reason"),
                           in_text(api, "summary"), e) &&
           api_row_here(tx, api, e);
}

static bool snooze_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_snooze(tx, &api->v->actor, here(api), in_time(api, "until"), e) && api_row_here(tx, api, e);
}

static bool wake_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_wake(tx, api->v->brand.id, here(api), api->v->actor.agent_id, e) && api_row_here(tx, api, e);
}

static bool label_known(struct tx *tx, struct api *api, int64_t label, struct error *e)
{
    struct json *labels = label_list(tx, api->arena, api->v->brand.id, e);
    if (!labels)
        return false;
    for (size_t i = 0; i < json_count(labels); i++)
        if (json_int(json_get(json_at(labels, i), "id"), 0) == label)
            return true;
    return fail(e, ERR_BAD_INPUT, "There is no label %lld.", (long long)label);
}

static bool labels_set(struct tx *tx, struct api *api, const char *field, bool on, struct error *e)
{
    int64_t *ids;
    size_t n = in_ids(api, field, &ids);
    for (size_t i = 0; i < n; i++)
        if (!label_known(tx, api, ids[i], e) || !story_label(tx, &api->v->actor, here(api), ids[i], on, e))
            return false;
    return true;
}

static bool labels_run(struct tx *tx, struct api *api, struct error *e)
{
    if (!labels_set(tx, api, "add", true, e) || !labels_set(tx, api, "remove", false, e) || !api_row_here(tx, api, e))
        return false;
    struct json *labels = label_list_of(tx, api->arena, api->v->brand.id, here(api), e);
    if (!labels)
        return false;
    json_set(api->arena, api->out, "labels", labels);
    return true;
}

static bool priority_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_priority(tx, &api->v->actor, here(api), priority_from(in_text(api, "priority")), e) &&
           api_row_here(tx, api, e);
}

static bool close_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_close(tx, &api->v->actor, here(api), in_text(api, "outcome"), in_text(api, "reason"), e) &&
           api_row_here(tx, api, e);
}

static bool reopen_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_reopen(tx, &api->v->actor, here(api), e) && api_row_here(tx, api, e);
}

static bool aside_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_set_aside(tx, &api->v->actor, here(api), in_text(api, "what"), in_text(api, "reason"), e) &&
           api_row_here(tx, api, e);
}

static bool take_back_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_take_back(tx, &api->v->actor, here(api), in_text(api, "reason"), e) && api_row_here(tx, api, e);
}

static bool join_run(struct tx *tx, struct api *api, struct error *e)
{
    return story_join(tx, &api->v->actor, here(api), in_id(api, "into"), e) &&
           api_row(tx, api, in_id(api, "into"), e);
}

/* ---- promises ---- */

static bool promise_row(struct tx *tx, struct api *api, struct error *e)
{
    struct promise promise;
    return promise_by_id(tx, api->arena, api->v->brand.id, here(api), &promise, e) &&
           api_row(tx, api, promise.conversation_id, e);
}

static bool confirm_run(struct tx *tx, struct api *api, struct error *e)
{
    return promise_confirm(tx, &api->v->actor, here(api), in_time(api, "due"), e) && promise_row(tx, api, e);
}

static bool kept_run(struct tx *tx, struct api *api, struct error *e)
{
    return promise_end(tx, &api->v->actor, here(api), true, e) && promise_row(tx, api, e);
}

static bool broken_run(struct tx *tx, struct api *api, struct error *e)
{
    return promise_end(tx, &api->v->actor, here(api), false, e) && promise_row(tx, api, e);
}

static bool dismiss_run(struct tx *tx, struct api *api, struct error *e)
{
    return promise_dismiss(tx, &api->v->actor, here(api), e) && promise_row(tx, api, e);
}

/* ---- the calls ---- */

static const struct api_field need_body[] = {
    {"need", API_TEXT, API_REQUIRED, "what this person needs, in one line", NULL, 0, 160}, {0}};
static const struct api_field note_body[] = {
    {"text", API_TEXT, API_REQUIRED, "only colleagues see it; @Name tells that colleague", NULL, 0, 5000}, {0}};
static const struct api_field assign_body[] = {
    {"agent", API_OWNER, API_REQUIRED, "me, nobody or a colleague's id", NULL, 0, 0}, {0}};
static const struct api_field handover_body[] = {
    {"to", API_ID, API_REQUIRED, "the colleague", NULL, 0, 0},
    {"reason", API_TEXT, API_REQUIRED, "why", NULL, 0, 500},
    {"summary", API_TEXT, API_REQUIRED, "so that nobody repeats their story", NULL, 0, 2000},
    {0}};
static const struct api_field snooze_body[] = {
    {"until", API_TIME, API_NULL, "null or left out: until they write", NULL, 0, 0}, {0}};
static const struct api_field labels_body[] = {{"add", API_IDS, 0, "labels to put on", NULL, 0, 0},
                                               {"remove", API_IDS, 0, "labels to take off", NULL, 0, 0},
                                               {0}};
static const struct api_field priority_body[] = {
    {"priority", API_CHOICE, API_REQUIRED, NULL, "grave|high|normal|low", 0, 0}, {0}};
static const struct api_field close_body[] = {
    {"outcome", API_CHOICE, API_REQUIRED, NULL, "solved|thanks|no_need|unreachable", 0, 0},
    {"reason", API_TEXT, 0, "why no reply is needed: required while messages wait", NULL, 0, 500},
    {0}};
static const struct api_field aside_body[] = {
    {"what", API_CHOICE, 0, "troll where it is left out", "troll|spam", 0, 0},
    {"reason", API_TEXT, API_REQUIRED, "why this is a troll or spam, in your own words", NULL, 0, 500},
    {0}};
static const struct api_field back_body[] = {{"reason", API_TEXT, 0, NULL, NULL, 0, 500}, {0}};
static const struct api_field join_body[] = {
    {"into", API_ID, API_REQUIRED, "the conversation of the same person that takes this one in", NULL, 0, 0}, {0}};
static const struct api_field confirm_body[] = {{"due", API_TIME, 0, "another time than the one noticed", NULL, 0, 0},
                                                {0}};

#define C "/api/v1/conversations/:id/"
#define P "/api/v1/promises/:id/"
#define CALLS(X)                                                                                                     \
    X(HTTP_POST, C "need", PERM_AGENT, "Say in one line what this person needs", .run = need_run, .body = need_body, \
      .answer = "Act")                                                                                               \
    X(HTTP_POST, C "notes", PERM_AGENT, "Add a note only colleagues see", .run = note_run, .body = note_body,        \
      .answer = "Act", .status = 201)                                                                                \
    X(HTTP_POST, C "assign", PERM_AGENT, "Give the conversation to a colleague, or let it go", .run = assign_run,    \
      .body = assign_body, .answer = "Act")                                                                          \
    X(HTTP_POST, C "handover", PERM_AGENT, "Hand over to a colleague, with a reason and a summary",                  \
      .run = handover_run, .body = handover_body, .answer = "Act")                                                   \
    X(HTTP_POST, C "snooze", PERM_AGENT, "Let it sleep until a moment, or until they write", .run = snooze_run,      \
      .body = snooze_body, .answer = "Act")                                                                          \
    X(HTTP_POST, C "wake", PERM_AGENT, "Wake it now", .run = wake_run, .answer = "Act")                              \
    X(HTTP_POST, C "labels", PERM_AGENT, "Put labels on or take them off", .run = labels_run, .body = labels_body,   \
      .answer = "Act")                                                                                               \
    X(HTTP_POST, C "priority", PERM_AGENT, "Set how grave it is", .run = priority_run, .body = priority_body,        \
      .answer = "Act")                                                                                               \
    X(HTTP_POST, C "close", PERM_AGENT,                                                                              \
      "Close it; messages that still wait are closed without reply, with a reason", .run = close_run,                \
      .body = close_body, .answer = "Act", .in_person = true)                                                        \
    X(HTTP_POST, C "reopen", PERM_AGENT, "Open a closed one again", .run = reopen_run, .answer = "Act")              \
    X(HTTP_POST, C "aside", PERM_AGENT, "Set a troll or spam aside, with a reason", .run = aside_run,                \
      .body = aside_body, .answer = "Act", .in_person = true)                                                        \
    X(HTTP_POST, C "take-back", PERM_AGENT, "Take back what was set aside", .run = take_back_run, .body = back_body, \
      .answer = "Act")                                                                                               \
    X(HTTP_POST, C "join", PERM_AGENT, "Join two conversations of one person that are one need", .run = join_run,    \
      .body = join_body, .answer = "Act")                                                                            \
    X(HTTP_POST, P "confirm", PERM_AGENT, "Confirm a promise the program noticed in a reply", .run = confirm_run,    \
      .body = confirm_body, .answer = "Act", .in_person = true)                                                      \
    X(HTTP_POST, P "kept", PERM_AGENT, "The promise was kept", .run = kept_run, .answer = "Act", .in_person = true)  \
    X(HTTP_POST, P "broken", PERM_AGENT, "The promise was not kept", .run = broken_run, .answer = "Act",             \
      .in_person = true)                                                                                             \
    X(HTTP_POST, P "dismiss", PERM_AGENT, "It was no promise", .run = dismiss_run, .answer = "Act", .in_person = true)

const struct route routes_api_acts[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_acts[] = {CALLS(API_CALL){0}};
