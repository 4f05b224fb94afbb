/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations as the desk shows them: the list, one story, its items, a person's. The models are the pages' own. */
#include "base/arena.h"
#include "web/api/api.h"

/* ---- the list ---- */

static bool list_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct names names;
    struct list_query query;
    list_query_of(v, &query);
    query.current = 0;
    struct json *model = names_read(tx, v, &names, e) ? list_model(tx, v, &names, &query, e) : NULL;
    if (!model)
        return false;
    if (query.view && json_is(json_get(model, "saved"), JSON_NULL))
        return fail(e, ERR_BAD_INPUT, "There is no such view of yours.");
    static const char *const kept[] = {"tab", "saved", "query", "counts", "sort", "filtered"};
    json_set(api->arena, api->out, "items", api_member(model, "rows"));
    json_set(api->arena, api->out, "next", api_member(api_member(model, "paging"), "next"));
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        json_set(api->arena, api->out, kept[i], api_member(model, kept[i]));
    return true;
}

/* ---- one story ---- */

static bool story_of(struct tx *tx, struct api *api, struct names *names, struct story *story, struct error *e)
{
    struct cursor before = in_cursor(api, "cursor", STORY_MESSAGES);
    return names_read(tx, api->v, names, e) && story_read(tx, api->v, api->v->params[0], before, story, e);
}

static bool story_run(struct tx *tx, struct api *api, struct error *e)
{
    struct names names;
    struct story story;
    struct theirs theirs;
    if (!story_of(tx, api, &names, &story, e) || !theirs_read(tx, api->v, story.person.id, &theirs, e))
        return false;
    api->out = story_model(tx, api->v, &names, &story, &theirs, e);
    return api->out != NULL;
}

static bool messages_run(struct tx *tx, struct api *api, struct error *e)
{
    struct arena *a = api->arena;
    struct names names;
    struct story story;
    struct json *items = story_of(tx, api, &names, &story, e) ? items_model(tx, api->v, &names, &story, e) : NULL;
    if (!items)
        return false;
    api_page(api, items, 0);
    if (story.more && story.count)
        json_set_str(a, api->out, "next",
                     str_format(a, "%lld.%lld", (long long)story.messages[0].at, (long long)story.messages[0].id));
    return true;
}

/* ---- all of one person ---- */

#define PERSON_ROWS 40

static bool person_rows(struct tx *tx, struct api *api, const struct conversation *list, size_t count,
                        const struct person *person, struct error *e)
{
    struct names names;
    struct json *rows = json_array(api->arena);
    if (!names_read(tx, api->v, &names, e))
        return false;
    for (size_t i = 0; i < count; i++)
        json_push(api->arena, rows, row_model(tx, api->v, &names, &list[i], person, 0));
    api_page(api, rows, 0);
    return true;
}

static bool person_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct arena *a = api->arena;
    struct person person;
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .person = v->params[0]};
    struct conversation *list;
    size_t count;
    bool more;
    if (!person_by_id(tx, a, v->brand.id, v->params[0], &person, e) ||
        !conversation_list(tx, a, v->brand.id, &filter, in_cursor(api, "cursor", PERSON_ROWS), &list, &count, &more,
                           e) ||
        !person_rows(tx, api, list, count, &person, e))
        return false;
    if (more && count)
        json_set_str(a, api->out, "next",
                     str_format(a, "%lld.%lld", (long long)list[count - 1].last_at, (long long)list[count - 1].id));
    return true;
}

/* ---- the calls ---- */

static const struct api_field list_fields[] = {
    {"tab", API_CHOICE, 0, "waiting unless said otherwise", "mine|waiting|all", 0, 0},
    {"view", API_ID, 0, "a saved view instead of a tab", NULL, 0, 0},
    {"place", API_CHOICE, 0, "only conversations in this state", "waiting|answered|snoozed|closed|aside", 0, 0},
    {"owner", API_OWNER, 0, "whose: me (of a token: who made it), nobody, or a colleague's id", NULL, 0, 0},
    {"channel", API_ID, 0, "of the person's last message", NULL, 0, 0},
    {"label", API_ID, 0, NULL, NULL, 0, 0},
    {"priority", API_CHOICE, 0, NULL, "grave|high|normal|low", 0, 0},
    {"failed", API_CHOICE, 0, "only those with a reply that was not delivered", "1", 0, 0},
    {"sort", API_CHOICE, 0, "with place=waiting: by the newest message, not by what is lost", "newest", 0, 0},
    {"cursor", API_CURSOR, 0, "next of the page before", NULL, 0, 0},
    {0}};

static const struct api_field cursor_fields[] = {
    {"cursor", API_CURSOR, 0, "next of the page before (older)", NULL, 0, 0}, {0}};

#define CALLS(X)                                                                                                     \
    X(HTTP_GET, "/api/v1/conversations", PERM_READ,                                                                  \
      "The list, as the desk shows it: waiting people in the order of what they lose by waiting", .run = list_run,   \
      .query = list_fields, .answer = "ConversationPage")                                                            \
    X(HTTP_GET, "/api/v1/conversations/:id", PERM_READ, "One story with its newest items, composer and menus",       \
      .run = story_run, .query = cursor_fields, .answer = "Story")                                                   \
    X(HTTP_GET, "/api/v1/conversations/:id/messages", PERM_READ,                                                     \
      "Items of a story (messages and what only we see), a page oldest first; next leads to older ones",             \
      .run = messages_run, .query = cursor_fields, .page = "Item")                                                   \
    X(HTTP_GET, "/api/v1/people/:id/conversations", PERM_READ, "All conversations of a person, newest first",        \
      .run = person_run, .query = cursor_fields, .page = "Row")

const struct route routes_api_conversations[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_conversations[] = {CALLS(API_CALL){0}};
