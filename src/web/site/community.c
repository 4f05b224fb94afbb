/* SPDX-License-Identifier: Apache-2.0 */
/* The community as it is read: topics by category, search, one topic with its posts. */
#include "web/site/community.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "web/desk/model.h"
#include "web/forms.h"
#include "web/site/help.h"

#define TOPICS_PAGE 20
#define FOUND_MOST  50
#define QUERY_MAX   100
#define MAP_TOPICS  5000

struct community_page {
    struct site *site;
    struct str name; /* of the category; empty: all */
    struct str query;
    struct member member;
    struct json *model;
    const struct community_form *form;
};

struct json *community_member_json(struct arena *a, const struct member *member, int64_t now)
{
    if (!member->id)
        return json_new_null(a);
    struct json *object = json_object(a);
    json_set_str(a, object, "name", member->name);
    json_set_int(a, object, "helped", member->helped);
    json_set_bool(a, object, "fresh", forum_is_new(member, now));
    return object;
}

struct str community_address(struct arena *a, const struct topic *topic)
{
    return str_format(a, "/community/t/%lld/%.*s", (long long)topic->id, STR_ARGS(topic->slug));
}

/* ---- lists ---- */

struct lists {
    struct topic_category *categories;
    size_t category_count;
    struct follow *follows;
    size_t follow_count;
    struct member *members;
    size_t member_count;
};

static bool lists_read(struct tx *tx, const struct community_page *page, struct lists *l, struct error *e)
{
    struct visit *v = page->site->v;
    *l = (struct lists){0};
    return category_list(tx, v->arena, v->brand.id, &l->categories, &l->category_count, e) &&
           (!page->member.id ||
            follow_list(tx, v->arena, v->brand.id, page->member.id, &l->follows, &l->follow_count, e));
}

static const struct topic_category *category_of(const struct lists *l, int64_t id)
{
    for (size_t i = 0; i < l->category_count; i++)
        if (l->categories[i].id == id)
            return &l->categories[i];
    return NULL;
}

static const struct follow *follow_of(const struct lists *l, int64_t topic)
{
    for (size_t i = 0; i < l->follow_count; i++)
        if (l->follows[i].topic_id == topic)
            return &l->follows[i];
    return NULL;
}

static struct str member_name(const struct lists *l, int64_t id)
{
    for (size_t i = 0; i < l->member_count; i++)
        if (l->members[i].id == id)
            return l->members[i].name;
    return STR_EMPTY;
}

static struct json *topic_json(struct arena *a, const struct lists *l, const struct topic *t)
{
    struct json *item = json_object(a);
    const struct topic_category *category = category_of(l, t->category_id);
    const struct follow *follow = follow_of(l, t->id);
    json_set_id(a, item, "id", t->id);
    json_set_str(a, item, "address", community_address(a, t));
    json_set_str(a, item, "title", t->title);
    json_set_str(a, item, "lang", category ? category->language : STR_EMPTY);
    json_set_str(a, item, "by", member_name(l, t->member_id));
    json_set_int(a, item, "posts", t->posts > 0 ? t->posts : 0);
    json_set_bool(a, item, "solved", t->solved_id != 0);
    json_set_time(a, item, "last", t->last_at);
    json_set_bool(a, item, "unread", follow && t->last_at > follow->seen_at);
    json_set_bool(a, item, "named", follow && follow->named_at > follow->seen_at);
    return item;
}

static bool askers_read(struct tx *tx, struct visit *v, struct lists *l, const struct topic *topics, size_t count,
                        struct error *e)
{
    int64_t *ids = ARENA_ARRAY(v->arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = topics[i].member_id;
    return member_by_ids(tx, v->arena, v->brand.id, ids, count, &l->members, &l->member_count, e);
}

static struct json *topics_json(struct tx *tx, struct visit *v, struct lists *l, const struct topic *topics,
                                size_t count, struct error *e)
{
    struct json *list = json_array(v->arena);
    if (!askers_read(tx, v, l, topics, count, e))
        return NULL;
    for (size_t i = 0; i < count; i++)
        json_push(v->arena, list, topic_json(v->arena, l, &topics[i]));
    return list;
}

static struct json *unread_json(struct tx *tx, struct visit *v, struct lists *l, struct error *e)
{
    struct arena *a = v->arena;
    struct json *list = json_array(a);
    struct topic *topics;
    size_t count;
    int64_t *ids = ARENA_ARRAY(a, int64_t, l->follow_count + 1);
    for (size_t i = 0; i < l->follow_count; i++)
        ids[i] = l->follows[i].topic_id;
    if (!topic_by_ids(tx, a, v->brand.id, ids, l->follow_count, &topics, &count, e) ||
        !askers_read(tx, v, l, topics, count, e))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct follow *follow = follow_of(l, topics[i].id);
        if (topics[i].shown && (topics[i].last_at > follow->seen_at || follow->named_at > follow->seen_at))
            json_push(a, list, topic_json(a, l, &topics[i]));
    }
    return list;
}

struct json *community_unread(struct tx *tx, struct site *site, struct error *e)
{
    struct community_page page = {.site = site};
    struct lists l;
    if (!forum_member(tx, site->v->arena, &site->guest, &page.member, e) || !lists_read(tx, &page, &l, e))
        return NULL;
    return unread_json(tx, site->v, &l, e);
}

static struct json *categories_json(struct arena *a, const struct lists *l, int64_t current)
{
    struct json *list = json_array(a);
    for (size_t i = 0; i < l->category_count; i++) {
        const struct topic_category *c = &l->categories[i];
        struct json *item = json_object(a);
        json_set_id(a, item, "id", c->id);
        json_set_str(a, item, "name", c->name);
        json_set_str(a, item, "title", c->title);
        json_set_str(a, item, "about", c->about);
        json_set_str(a, item, "lang", c->language);
        json_set_bool(a, item, "current", c->id == current);
        json_push(a, list, item);
    }
    return list;
}

static bool found_or_listed(struct tx *tx, struct community_page *page, int64_t category, struct topic **topics,
                            size_t *count, struct str *next, struct error *e)
{
    struct visit *v = page->site->v;
    *next = STR_EMPTY;
    if (page->query.len)
        return forum_search(tx, v->arena, v->brand.id, page->query, FOUND_MOST, topics, count, e);
    struct cursor cursor = form_cursor(http_query(v->http, "more"), TOPICS_PAGE + 1);
    if (!topic_list(tx, v->arena, v->brand.id, category, cursor, topics, count, e))
        return false;
    if (*count > TOPICS_PAGE) {
        *count = TOPICS_PAGE;
        *next = form_cursor_text(v->arena, (*topics)[TOPICS_PAGE - 1].last_at, (*topics)[TOPICS_PAGE - 1].id);
    }
    return true;
}

static bool list_read(struct tx *tx, void *ctx, struct error *e)
{
    struct community_page *page = ctx;
    struct visit *v = page->site->v;
    struct arena *a = v->arena;
    struct topic_category category = {0};
    struct topic *topics;
    struct lists l;
    struct str next;
    size_t count;
    if (!forum_member(tx, a, &page->site->guest, &page->member, e) || !lists_read(tx, page, &l, e) ||
        (page->name.len && !category_by_name(tx, a, v->brand.id, page->name, &category, e)) ||
        !found_or_listed(tx, page, category.id, &topics, &count, &next, e))
        return false;
    struct json *unread = unread_json(tx, v, &l, e), *list = unread ? topics_json(tx, v, &l, topics, count, e) : NULL;
    if (!list)
        return false;
    struct json *all = categories_json(a, &l, category.id), *current = json_new_null(a);
    for (size_t i = 0; i < json_count(all); i++)
        if (json_bool(json_get(json_at(all, i), "current"), false))
            current = all->items[i];
    json_set(a, page->model, "categories", all);
    json_set(a, page->model, "category", current);
    json_set(a, page->model, "topics", list);
    json_set(a, page->model, "unread", unread);
    json_set_str(a, page->model, "query", page->query);
    json_set_str(a, page->model, "canonical",
                 str_format(a, "%.*s/community%s%.*s", STR_ARGS(help_origin(v)), category.id ? "/c/" : "",
                            STR_ARGS(category.name)));
    json_set(a, page->model, "next", next.len ? json_new_str(a, next) : json_new_null(a));
    json_set(a, page->model, "member", community_member_json(a, &page->member, clock_now()));
    return true;
}

static bool list_render(struct visit *v, struct str name, struct error *e)
{
    struct site site;
    struct community_page page = {.site = &site, .name = name, .model = json_object(v->arena)};
    page.query = text_shorten(v->arena, str_trim(text_clean(v->arena, http_query(v->http, "q"))), QUERY_MAX);
    if (!site_open(v, "community", &site, e) || !visit_read(v, list_read, &page, e))
        return false;
    site_render(&site, "community", page.model);
    return true;
}

static bool list_show(struct visit *v, struct error *e)
{
    return list_render(v, STR_EMPTY, e);
}

static bool category_show(struct visit *v, struct error *e)
{
    return list_render(v, v->words[0], e);
}

/* ---- a new topic ---- */

static struct json *values_json(struct visit *v, const struct community_form *form, const struct member *member)
{
    static const struct community_form none = {0};
    struct arena *a = v->arena;
    struct json *values = json_object(a);
    form = form ? form : &none;
    json_set_str(a, values, "title", form->title);
    json_set_str(a, values, "text", form->text);
    json_set_str(a, values, "name", form->name);
    json_set_str(a, values, "once", form->token.len ? form->token : friction_token(v));
    json_set_int(a, values, "bits", forum_is_new(member, clock_now()) ? FRICTION_BITS : 0);
    json_set_int(a, values, "wait", form->wait);
    return values;
}

static void form_fill(struct community_page *page)
{
    struct visit *v = page->site->v;
    struct arena *a = v->arena;
    bool wrong = page->form && page->form->errors;
    json_set(a, page->model, "values", values_json(v, page->form, &page->member));
    json_set(a, page->model, "errors", wrong ? page->form->errors : json_new_null(a));
    json_set(a, page->model, "member", community_member_json(a, &page->member, clock_now()));
}

static bool new_read(struct tx *tx, void *ctx, struct error *e)
{
    struct community_page *page = ctx;
    struct visit *v = page->site->v;
    struct lists l;
    if (!forum_member(tx, v->arena, &page->site->guest, &page->member, e) || !lists_read(tx, page, &l, e))
        return false;
    int64_t current = page->form ? page->form->category : visit_query_id(v, "category");
    if (!current && l.category_count)
        current = l.categories[0].id;
    json_set(v->arena, page->model, "categories", categories_json(v->arena, &l, current));
    return true;
}

bool community_new_page(struct site *site, int status, const struct community_form *form, struct error *e)
{
    struct community_page page = {.site = site, .model = json_object(site->v->arena), .form = form};
    struct community_form asked = {0};
    if (!form) {
        asked.title = text_shorten(site->v->arena, text_clean(site->v->arena, http_query(site->v->http, "title")),
                                   FORUM_TITLE_MAX);
        asked.category = visit_query_id(site->v, "category");
        page.form = &asked;
    }
    if (!visit_read(site->v, new_read, &page, e))
        return false;
    form_fill(&page);
    site_render_status(site, status, "community_new", page.model);
    return true;
}

static bool new_show(struct visit *v, struct error *e)
{
    struct site site;
    return site_open(v, "community", &site, e) && community_new_page(&site, 200, NULL, e);
}

/* ---- for search engines ---- */

static void map_add(struct arena *a, struct json *out, struct str path, int64_t at)
{
    struct json *item = json_object(a);
    json_set_str(a, item, "path", path);
    json_set_time(a, item, "at", at);
    json_push(a, out, item);
}

bool community_addresses(struct tx *tx, struct visit *v, struct json *out, struct error *e)
{
    struct arena *a = v->arena;
    struct topic_category *categories;
    struct topic *topics;
    size_t count, n;
    if (!category_list(tx, a, v->brand.id, &categories, &n, e) ||
        !topic_list(tx, a, v->brand.id, 0, (struct cursor){.limit = MAP_TOPICS}, &topics, &count, e))
        return false;
    if (n)
        map_add(a, out, STR("/community"), count ? topics[0].last_at : 0);
    for (size_t i = 0; i < n; i++)
        map_add(a, out, str_concat(a, STR("/community/c/"), categories[i].name), 0);
    for (size_t i = 0; i < count; i++)
        map_add(a, out, community_address(a, &topics[i]), topics[i].last_at);
    return true;
}

const struct route routes_site_community[] = {
    {HTTP_GET, "/community", PERM_PUBLIC, list_show, NULL},
    {HTTP_GET, "/community/c/:name", PERM_PUBLIC, category_show, NULL},
    {HTTP_GET, "/community/new", PERM_PUBLIC, new_show, NULL},
    {0},
};
