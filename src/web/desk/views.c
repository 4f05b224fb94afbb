/* SPDX-License-Identifier: Apache-2.0 */
/* Saved views: a filter of the list with a name, one's own or for all colleagues. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "store/shelf.h"
#include "web/desk/page.h"

#define NAME_MAX_LENGTH 60
#define COUNTED         200 /* a view with more people shows no number */

struct views_page {
    struct visit *v;
    struct names names;
    const struct json *labels;
    struct pairs draft; /* what the form shows chosen */
    struct str name, query;
    bool shared;
    struct json *model, *errors;
};

static const char *const places[] = {"waiting", "answered", "snoozed", "closed", "aside"};
static const char *const place_keys[] = {"place.waiting", "place.answered", "views.snoozed", "place.closed",
                                         "place.aside"};

/* ---- the query of a view ---- */

static bool is_one_of(struct str value, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(value, str_from(words[i])))
            return true;
    return false;
}

static bool names_label(const struct views_page *page, struct str id)
{
    for (size_t i = 0; i < json_count(page->labels); i++)
        if (str_eq(json_id(json_get(json_at(page->labels, i), "id")), id))
            return true;
    return false;
}

static bool value_fits(const struct views_page *page, const char *name, struct str value)
{
    struct str key = str_from(name);
    int64_t id = 0;
    bool is_id = str_int64(value, &id);
    if (str_eq(key, STR("place")))
        return is_one_of(value, places, COUNT_OF(places));
    if (str_eq(key, STR("owner")))
        return str_eq(value, STR("me")) || str_eq(value, STR("nobody")) || (is_id && names_agent(&page->names, id));
    if (str_eq(key, STR("channel")))
        return is_id && names_channel(&page->names, id);
    if (str_eq(key, STR("label")))
        return names_label(page, value);
    if (str_eq(key, STR("priority")))
        return priority_from(value) < PRIORITIES;
    return str_eq(value, STR("1"));
}

/* Keeps of the given pairs what the list understands, in one order. Empty when nothing of them narrows it. */
static struct str query_canonical(const struct views_page *page, const struct pairs *given)
{
    static const char *const kept[] = {"place", "owner", "channel", "label", "priority", "failed"};
    struct arena *a = page->v->arena;
    struct buf b;
    buf_init(&b, a, 128);
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        struct str value = pairs_get(given, str_from(kept[i]));
        if (value.len == 0 || !value_fits(page, kept[i], value))
            continue;
        if (b.len)
            buf_char(&b, '&');
        buf_format(&b, "%s=", kept[i]);
        buf_url(&b, value);
    }
    return buf_view(&b);
}

/* ---- what a view shows, in words ---- */

static void shows_key(struct arena *a, struct json *shows, const char *key)
{
    struct json *item = json_object(a);
    json_set_str(a, item, "key", str_from(key));
    json_push(a, shows, item);
}

static void shows_name(struct arena *a, struct json *shows, struct str name)
{
    struct json *item = json_object(a);
    json_set(a, item, "key", json_new_null(a));
    json_set_str(a, item, "name", name);
    json_push(a, shows, item);
}

static void shows_owner(const struct views_page *page, struct json *shows, struct str owner)
{
    struct arena *a = page->v->arena;
    int64_t id = 0;
    const struct agent *agent = str_int64(owner, &id) ? names_agent(&page->names, id) : NULL;
    if (str_eq(owner, STR("me")))
        shows_key(a, shows, "views.with_me");
    else if (str_eq(owner, STR("nobody")))
        shows_key(a, shows, "views.with_nobody");
    else if (agent)
        shows_name(a, shows, agent->name);
}

static struct json *shows_json(const struct views_page *page, struct str query)
{
    struct arena *a = page->v->arena;
    struct pairs pairs = url_query(a, query);
    struct json *shows = json_array(a);
    struct str place = pairs_get(&pairs, STR("place")), priority = pairs_get(&pairs, STR("priority"));
    int64_t id = 0;
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (str_eq(place, str_from(places[i])))
            shows_key(a, shows, place_keys[i]);
    shows_owner(page, shows, pairs_get(&pairs, STR("owner")));
    const struct channel_row *row =
        str_int64(pairs_get(&pairs, STR("channel")), &id) ? names_channel(&page->names, id) : NULL;
    if (row)
        shows_name(a, shows, row->name);
    for (size_t i = 0; i < json_count(page->labels); i++)
        if (str_eq(json_id(json_get(json_at(page->labels, i), "id")), pairs_get(&pairs, STR("label"))))
            shows_name(a, shows, json_text(json_get(json_at(page->labels, i), "name")));
    if (priority_from(priority) < PRIORITIES)
        shows_key(a, shows, str_cstr(a, str_format(a, "priority.%.*s", STR_ARGS(priority))));
    if (pairs_get(&pairs, STR("failed")).len)
        shows_key(a, shows, "views.failed");
    if (json_count(shows) == 0)
        shows_key(a, shows, "views.everyone");
    return shows;
}

/* ---- the list of views ---- */

static bool view_count(struct tx *tx, struct views_page *page, struct str query, struct json *item, struct error *e)
{
    struct visit *v = page->v;
    struct list_query list = {.tab = STR("view"), .query = query};
    struct conversation_filter filter;
    struct conversation *found;
    size_t count;
    bool more;
    list_filter(v, &list, &filter);
    if (!conversation_list(tx, v->arena, v->brand.id, &filter, (struct cursor){.limit = COUNTED}, &found, &count,
                           &more, e))
        return false;
    json_set(v->arena, item, "count", more ? json_new_null(v->arena) : json_new_int(v->arena, (int64_t)count));
    return true;
}

static bool views_list_read(struct tx *tx, struct views_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct json *views = json_array(a);
    const struct json *list = saved_view_list(tx, a, v->brand.id, v->agent.id, e);
    if (!list)
        return false;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *saved = json_at(list, i);
        struct str query = json_text(json_get(saved, "filter"));
        bool shared = json_int(json_get(saved, "agent_id"), 0) == 0;
        struct json *item = json_object(a);
        json_set_str(a, item, "id", json_id(json_get(saved, "id")));
        json_set_str(a, item, "name", json_text(json_get(saved, "name")));
        json_set_str(a, item, "query", query);
        json_set(a, item, "shows", shows_json(page, query));
        json_set_bool(a, item, "shared", shared);
        json_set_bool(a, item, "mine", !shared || v->actor.role >= ROLE_LEAD);
        if (!view_count(tx, page, query, item, e))
            return false;
        json_push(a, views, item);
    }
    json_set(a, page->model, "views", views);
    return true;
}

/* ---- the form ---- */

static struct str chosen(const struct views_page *page, const char *name)
{
    return pairs_get(&page->draft, str_from(name));
}

static void choices_fixed(struct views_page *page)
{
    struct arena *a = page->v->arena;
    struct json *choices = json_array(a), *priorities = json_array(a);
    for (size_t i = 0; i < COUNT_OF(places); i++)
        json_push(
            a, choices,
            choice_json(a, str_from(places[i]), place_keys[i], str_eq(chosen(page, "place"), str_from(places[i]))));
    for (unsigned i = 0; i < PRIORITIES; i++) {
        struct str name = str_from(priority_name((enum priority)i));
        const char *key = str_cstr(a, str_format(a, "priority.%.*s", STR_ARGS(name)));
        json_push(a, priorities, choice_json(a, name, key, str_eq(chosen(page, "priority"), name)));
    }
    json_set(a, page->model, "places", choices);
    json_set(a, page->model, "priorities", priorities);
}

static void choices_named(struct views_page *page)
{
    struct arena *a = page->v->arena;
    struct json *owners = json_array(a), *channels = json_array(a), *labels = json_array(a);
    struct str owner = chosen(page, "owner");
    for (size_t i = 0; i < page->names.agent_count; i++) {
        const struct agent *agent = &page->names.agents[i];
        struct str id = str_format(a, "%lld", (long long)agent->id);
        if (agent->removed_at == 0 && agent->id != page->v->agent.id)
            json_push(a, owners, option_json(a, id, agent->name, str_eq(owner, id)));
    }
    for (size_t i = 0; i < page->names.channel_count; i++) {
        const struct channel_row *row = &page->names.channels[i];
        struct str id = str_format(a, "%lld", (long long)row->id);
        if (row->removed_at == 0)
            json_push(a, channels, option_json(a, id, row->name, str_eq(chosen(page, "channel"), id)));
    }
    for (size_t i = 0; i < json_count(page->labels); i++) {
        const struct json *label = json_at(page->labels, i);
        struct str id = json_id(json_get(label, "id"));
        json_push(a, labels,
                  option_json(a, id, json_text(json_get(label, "name")), str_eq(chosen(page, "label"), id)));
    }
    json_set(a, page->model, "owners", owners);
    json_set(a, page->model, "channels", channels);
    json_set(a, page->model, "labels", labels);
    json_set_bool(a, page->model, "owner_me", str_eq(owner, STR("me")));
    json_set_bool(a, page->model, "owner_nobody", str_eq(owner, STR("nobody")));
}

static bool views_read(struct tx *tx, void *ctx, struct error *e)
{
    struct views_page *page = ctx;
    struct visit *v = page->v;
    if (!names_read(tx, v, &page->names, e) || !(page->labels = label_list(tx, v->arena, v->brand.id, e)))
        return false;
    choices_fixed(page);
    choices_named(page);
    return views_list_read(tx, page, e);
}

static bool views_render(struct views_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct json *draft = json_object(a);
    if (!visit_read(v, views_read, page, e))
        return false;
    json_set_str(a, draft, "name", page->name);
    json_set_bool(a, draft, "shared", page->shared);
    json_set_bool(a, draft, "failed", chosen(page, "failed").len > 0);
    json_set(a, page->model, "draft", draft);
    json_set(a, page->model, "errors", page->errors);
    v->view.section = STR("people");
    view_render_status(&v->view, v->http, status, "views", page->model);
    return true;
}

static struct views_page views_open(struct visit *v)
{
    return (struct views_page){.v = v, .model = json_object(v->arena), .errors = json_new_null(v->arena)};
}

static bool views_show(struct visit *v, struct error *e)
{
    struct views_page page = views_open(v);
    page.draft = url_query(v->arena, http_query(v->http, "query"));
    return views_render(&page, 200, e);
}

static bool view_write(struct tx *tx, void *ctx, struct error *e)
{
    struct views_page *page = ctx;
    struct visit *v = page->v;
    int64_t id = id_new();
    if (!names_read(tx, v, &page->names, e) || !(page->labels = label_list(tx, v->arena, v->brand.id, e)))
        return false;
    page->query = query_canonical(page, &page->draft);
    if (page->query.len == 0)
        return fail(e, ERR_BAD_INPUT, "This view would show everyone: choose at least one thing.");
    return saved_view_put(tx, v->brand.id, page->shared ? 0 : v->agent.id, id, page->name, page->query, e) &&
           page_event(tx, v, "view.saved", id, page_named(tx_arena(tx), page->name), e);
}

static bool view_add(struct visit *v, struct error *e)
{
    struct error why = {0};
    if (!http_form_ok(v->http, e))
        return false;
    struct views_page page = views_open(v);
    struct str query = http_form(v->http, "query");
    page.draft = query.len ? url_query(v->arena, query) : *http_form_all(v->http);
    page.name = form_line(v, "name", NAME_MAX_LENGTH, true, &page.errors);
    page.shared = str_eq(http_form(v->http, "shared"), STR("1"));
    if (json_is(page.errors, JSON_OBJECT))
        return views_render(&page, 422, e);
    if (visit_write(v, view_write, &page, &why)) {
        visit_toast(v, "toast.saved", NULL);
        view_redirect(&v->view, v->http, STR("/desk/views"));
        return true;
    }
    if (why.code != ERR_BAD_INPUT) {
        *e = why;
        return false;
    }
    form_wrong(v->arena, &page.errors, "query", "wrong.narrow");
    return views_render(&page, 422, e);
}

static bool view_remove(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    const struct json *list = saved_view_list(tx, tx_arena(tx), v->brand.id, v->agent.id, e);
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *saved = json_at(list, i);
        int64_t owner = json_int(json_get(saved, "agent_id"), 0);
        if (json_int(json_get(saved, "id"), 0) != v->params[0])
            continue;
        if (owner == 0 && v->actor.role < ROLE_LEAD)
            return fail(e, ERR_FORBIDDEN, "A view of all colleagues is removed by a supervisor.");
        return saved_view_remove(tx, v->brand.id, owner, v->params[0], e) &&
               page_event(tx, v, "view.removed", v->params[0],
                          page_named(tx_arena(tx), json_text(json_get(saved, "name"))), e);
    }
    return list && fail(e, ERR_NOT_FOUND, "There is no such view.");
}

static bool view_drop(struct visit *v, struct error *e)
{
    if (!visit_write(v, view_remove, v, e))
        return false;
    visit_toast(v, "toast.removed", NULL);
    view_redirect(&v->view, v->http, STR("/desk/views"));
    return true;
}

const struct route routes_desk_views[] = {
    {HTTP_GET, "/desk/views", PERM_READ, views_show, NULL},
    {HTTP_POST, "/desk/views", PERM_AGENT, view_add, NULL},
    {HTTP_POST, "/desk/views/:id/remove", PERM_AGENT, view_drop, NULL},
    {0},
};
