/* SPDX-License-Identifier: Apache-2.0 */
/* Small things of the house: who I am, colleagues, labels, snippets and saved views. */
#include "base/arena.h"
#include "base/id.h"
#include "store/shelf.h"
#include "web/api/api.h"
#include "web/desk/page.h"
#include "web/presence.h"

static bool all_out(struct api *api, struct json *items)
{
    if (items)
        api_page(api, items, 0);
    return items != NULL;
}

static bool id_out(struct api *api, int64_t id)
{
    json_set_id(api->arena, api->out, "id", id);
    return true;
}

/* The one with this id of a list as the store gives it; NULL with e filled when it is not there. */
static struct json *item_of(const struct json *list, int64_t id, const char *missing, struct error *e)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (json_int(json_get(list->items[i], "id"), 0) == id)
            return list->items[i];
    return fail_null(e, ERR_NOT_FOUND, "%s", missing);
}

/* ---- me, colleagues ---- */

static bool me_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct arena *a = api->arena;
    struct json *brand = json_object(a);
    (void)tx, (void)e;
    json_set_str(a, api->out, "kind", v->actor.token_id ? STR("token") : STR("colleague"));
    json_set_id(a, api->out, "id", v->actor.token_id ? v->actor.token_id : v->actor.agent_id);
    json_set_str(a, api->out, "name", v->actor.name);
    json_set_str(a, api->out, "role", str_from(role_name(v->actor.role)));
    json_set_id(a, api->out, "agent", v->actor.agent_id);
    json_set(a, api->out, "csrf", v->csrf.len ? json_new_str(a, v->csrf) : json_new_null(a));
    json_set_id(a, brand, "id", v->brand.id);
    json_set_str(a, brand, "name", v->brand.name);
    json_set_str(a, brand, "title", v->brand.title);
    json_set_str(a, brand, "zone", v->brand.zone);
    json_set_str(a, brand, "language", v->brand.language);
    json_set(a, api->out, "brand", brand);
    return true;
}

static bool agents_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct arena *a = api->arena;
    struct agent *list;
    size_t count;
    if (!agent_list(tx, a, v->brand.id, &list, &count, e))
        return false;
    struct json *items = json_array(a);
    for (size_t i = 0; i < count; i++) {
        struct json *item = json_object(a);
        json_set_id(a, item, "id", list[i].id);
        json_set_str(a, item, "name", list[i].name);
        json_set_str(a, item, "role", str_from(role_name(list[i].role)));
        json_set_bool(a, item, "here", presence_here(v->app->presence, v->brand.id, list[i].id));
        json_set_bool(a, item, "removed", list[i].removed_at != 0);
        json_push(a, items, item);
    }
    return all_out(api, items);
}

/* ---- labels ---- */

static bool labels_run(struct tx *tx, struct api *api, struct error *e)
{
    return all_out(api, label_list(tx, api->arena, api->v->brand.id, e));
}

/* The label as it is now. */
static bool label_out(struct tx *tx, struct api *api, int64_t id, struct error *e)
{
    struct json *list = label_list(tx, api->arena, api->v->brand.id, e);
    struct json *label = list ? item_of(list, id, "There is no such label.", e) : NULL;
    if (label)
        api->out = label;
    return label != NULL;
}

static bool label_rename_run(struct tx *tx, struct api *api, struct error *e)
{
    int64_t id = api->v->params[0];
    return label_put(tx, api->v, id, str_trim(in_text(api, "name")), e) && label_out(tx, api, id, e);
}

static bool label_add_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct str name = str_trim(in_text(api, "name"));
    int64_t id;
    if (!label_find(tx, v->brand.id, name, &id, e))
        return false;
    if (id)
        return fail(e, ERR_CONFLICT, "There is a label of this name already.");
    if (!label_add(tx, v->brand.id, id_new(), name, (int)in_number(api, "hue", 160), e) ||
        !label_find(tx, v->brand.id, name, &id, e) ||
        !page_event(tx, v, "label.added", id, page_named(tx_arena(tx), name), e))
        return false;
    return label_out(tx, api, id, e);
}

static bool label_remove_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    int64_t id = v->params[0];
    struct json *list = label_list(tx, api->arena, v->brand.id, e);
    return list && item_of(list, id, "There is no such label.", e) &&
           label_remove(tx, v->brand.id, id, tx_now(tx), e) && page_event(tx, v, "label.removed", id, NULL, e) &&
           id_out(api, id);
}

/* ---- snippets ---- */

static bool snippets_run(struct tx *tx, struct api *api, struct error *e)
{
    return all_out(api, snippet_list(tx, api->arena, api->v->brand.id, api->v->actor.agent_id, e));
}

/* Without “shared” a new one is the colleague's own (of a token: of who made it), and a known one stays whose it is.
 */
static bool snippet_run(struct tx *tx, struct api *api, int64_t id, struct error *e)
{
    struct visit *v = api->v;
    struct str language = in_text(api, "language");
    struct snippet snippet = {.id = id,
                              .owner = v->actor.agent_id,
                              .shortcut = str_trim(in_text(api, "shortcut")),
                              .title = str_trim(in_text(api, "title")),
                              .text = in_text(api, "text"),
                              .language = language.len ? language : v->brand.language};
    struct json *list = snippet_list(tx, api->arena, v->brand.id, v->actor.agent_id, e);
    const struct json *before = list && id ? item_of(list, id, "There is no such snippet.", e) : NULL;
    if (!list || (id && !before))
        return false;
    if (in_has(api, "shared"))
        snippet.owner = in_truth(api, "shared") ? 0 : v->actor.agent_id;
    else if (before)
        snippet.owner = json_int(json_get(before, "agent_id"), 0);
    if (!snippet_keep(tx, v, &snippet, e))
        return false;
    list = snippet_list(tx, api->arena, v->brand.id, v->actor.agent_id, e);
    api->out = list ? item_of(list, snippet.id, "There is no such snippet.", e) : NULL;
    return api->out != NULL;
}

static bool snippet_add_run(struct tx *tx, struct api *api, struct error *e)
{
    return snippet_run(tx, api, 0, e);
}

static bool snippet_change_run(struct tx *tx, struct api *api, struct error *e)
{
    return snippet_run(tx, api, api->v->params[0], e);
}

static bool snippet_remove_run(struct tx *tx, struct api *api, struct error *e)
{
    return snippet_drop(tx, api->v, api->v->params[0], e) && id_out(api, api->v->params[0]);
}

/* ---- saved views: a colleague's own, and those of all ---- */

static bool views_run(struct tx *tx, struct api *api, struct error *e)
{
    return all_out(api, saved_view_list(tx, api->arena, api->v->brand.id, api->v->actor.agent_id, e));
}

/* What the list takes, and something of it: a view of everyone is no view. */
static bool filter_ok(struct api *api, struct error *e)
{
    static const char *const known[] = {"place", "owner", "channel", "label", "priority", "failed", "sort"};
    struct pairs pairs = url_query(api->arena, in_text(api, "filter"));
    for (size_t i = 0; i < pairs.count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < COUNT_OF(known); k++)
            is_known |= str_eq(pairs.items[i].name, str_from(known[k])) && pairs.items[i].value.len;
        if (!is_known)
            return fail(e, ERR_BAD_INPUT, "“filter” takes place, owner, channel, label, priority, failed and sort.");
    }
    return pairs.count > 0 || fail(e, ERR_BAD_INPUT, "“filter” would show everyone.");
}

static bool view_add_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    int64_t id = id_new(), owner = in_truth(api, "shared") ? 0 : v->actor.agent_id;
    struct str name = str_trim(in_text(api, "name"));
    if (!filter_ok(api, e) || !saved_view_put(tx, v->brand.id, owner, id, name, in_text(api, "filter"), e) ||
        !page_event(tx, v, "view.saved", id, page_named(tx_arena(tx), name), e))
        return false;
    struct json *list = saved_view_list(tx, api->arena, v->brand.id, v->actor.agent_id, e);
    api->out = list ? item_of(list, id, "There is no such view.", e) : NULL;
    return api->out != NULL;
}

static bool view_remove_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    int64_t id = v->params[0];
    struct json *list = saved_view_list(tx, api->arena, v->brand.id, v->actor.agent_id, e);
    const struct json *view = list ? item_of(list, id, "There is no such view.", e) : NULL;
    if (!view)
        return false;
    int64_t owner = json_int(json_get(view, "agent_id"), 0);
    if (owner == 0 && v->actor.role < ROLE_LEAD)
        return fail(e, ERR_FORBIDDEN, "A view of all colleagues is removed by a supervisor.");
    struct json *named = page_named(tx_arena(tx), json_text(json_get(view, "name")));
    return saved_view_remove(tx, v->brand.id, owner, id, e) && page_event(tx, v, "view.removed", id, named, e) &&
           id_out(api, id);
}

/* ---- the calls ---- */

static const struct api_field label_body[] = {
    {"name", API_TEXT, API_REQUIRED, NULL, NULL, 0, 40}, {"hue", API_NUMBER, 0, "of its colour", NULL, 0, 359}, {0}};
static const struct api_field label_name[] = {{"name", API_TEXT, API_REQUIRED, NULL, NULL, 0, 40}, {0}};
static const struct api_field snippet_body[] = {
    {"shortcut", API_TEXT, API_REQUIRED, "what is typed after /", NULL, 0, 40},
    {"title", API_TEXT, API_REQUIRED, NULL, NULL, 0, 100},
    {"text", API_TEXT, API_REQUIRED, NULL, NULL, 0, 5000},
    {"language", API_TEXT, 0, "the brand's unless said otherwise", NULL, 0, 12},
    {"shared", API_TRUTH, 0, "for all colleagues: leads only; else a new one is yours alone", NULL, 0, 0},
    {0}};
static const struct api_field view_body[] = {
    {"name", API_TEXT, API_REQUIRED, NULL, NULL, 0, 60},
    {"filter", API_TEXT, API_REQUIRED, "as in the address of the list: place=waiting&label=12", NULL, 0, 500},
    {"shared", API_TRUTH, 0, "for all colleagues", NULL, 0, 0},
    {0}};

#define CALLS(X)                                                                                                     \
    X(HTTP_GET, "/api/v1/me", PERM_READ, "Who is asking, and the token for changes of a session", .run = me_run,     \
      .answer = "Me")                                                                                                \
    X(HTTP_GET, "/api/v1/agents", PERM_READ, "Colleagues, those who left included", .run = agents_run,               \
      .page = "Colleague")                                                                                           \
    X(HTTP_GET, "/api/v1/labels", PERM_READ, "Labels of the brand", .run = labels_run, .page = "Label")              \
    X(HTTP_POST, "/api/v1/labels", PERM_AGENT, "Add a label", .run = label_add_run, .body = label_body,              \
      .answer = "Label", .status = 201)                                                                              \
    X(HTTP_PUT, "/api/v1/labels/:id", PERM_LEAD, "Rename a label", .run = label_rename_run, .body = label_name,      \
      .answer = "Label")                                                                                             \
    X(HTTP_DELETE, "/api/v1/labels/:id", PERM_LEAD, "Remove a label", .run = label_remove_run, .answer = "Removed")  \
    X(HTTP_GET, "/api/v1/snippets", PERM_READ, "Your own snippets, and those of all", .run = snippets_run,           \
      .page = "Snippet")                                                                                             \
    X(HTTP_POST, "/api/v1/snippets", PERM_AGENT, "Add a snippet; one of all: leads only", .run = snippet_add_run,    \
      .body = snippet_body, .answer = "Snippet", .status = 201)                                                      \
    X(HTTP_PUT, "/api/v1/snippets/:id", PERM_AGENT, "Replace a snippet; one of all: leads only",                     \
      .run = snippet_change_run, .body = snippet_body, .answer = "Snippet")                                          \
    X(HTTP_DELETE, "/api/v1/snippets/:id", PERM_AGENT, "Remove a snippet; one of all: leads only",                   \
      .run = snippet_remove_run, .answer = "Removed")                                                                \
    X(HTTP_GET, "/api/v1/views", PERM_READ, "Your saved views, and those of all", .run = views_run, .page = "View")  \
    X(HTTP_POST, "/api/v1/views", PERM_AGENT, "Save a view", .run = view_add_run, .body = view_body,                 \
      .answer = "View", .status = 201, .in_person = true)                                                            \
    X(HTTP_DELETE, "/api/v1/views/:id", PERM_AGENT, "Remove a view; one of all: leads only", .run = view_remove_run, \
      .answer = "Removed", .in_person = true)

const struct route routes_api_shelf[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_shelf[] = {CALLS(API_CALL){0}};
