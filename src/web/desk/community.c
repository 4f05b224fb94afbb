/* SPDX-License-Identifier: Apache-2.0 */
/* The community as colleagues look after it: categories, how long a question is left to members, what was reported,
 * who asks that a post be looked at again; and one topic with all its posts. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/forum.h"
#include "web/desk/page.h"

#define TITLE_MAX   60
#define ABOUT_MAX   160
#define TOPIC_POSTS 200
#define HOURS_MAX   72
#define MINUTES     60

struct community {
    struct visit *v;
    struct topic_category category;
    int64_t hours;
    int64_t topic;
    struct json *model, *errors;
};

/* ---- the page ---- */

static struct json *posts_by_ids(struct tx *tx, struct visit *v, const struct names *names, const int64_t *ids,
                                 size_t count, struct error *e)
{
    struct post *posts = ARENA_ARRAY(v->arena, struct post, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!post_by_id(tx, v->arena, v->brand.id, ids[i], &posts[i], e))
            return NULL;
    struct json *list = topic_posts_model(tx, v, names, posts, count, e);
    for (size_t i = 0; i < json_count(list); i++)
        for (size_t k = 0; k < count; k++)
            if (posts[k].id == json_int(json_get(json_at(list, i), "id"), 0))
                json_set_id(v->arena, list->items[i], "topic", posts[k].topic_id);
    return list;
}

static struct json *reported(struct tx *tx, struct visit *v, const struct names *names, struct error *e)
{
    struct json *open = report_open(tx, v->arena, v->brand.id, e);
    int64_t *ids = ARENA_ARRAY(v->arena, int64_t, json_count(open) + 1);
    size_t count = 0;
    for (size_t i = 0; i < json_count(open); i++) {
        int64_t id = json_int(json_get(json_at(open, i), "post"), 0);
        bool known = false;
        for (size_t k = 0; k < count; k++)
            known |= ids[k] == id;
        if (!known)
            ids[count++] = id;
    }
    return open ? posts_by_ids(tx, v, names, ids, count, e) : NULL;
}

static struct json *appeals(struct tx *tx, struct visit *v, const struct names *names, struct error *e)
{
    struct post *posts;
    size_t count;
    if (!post_appeals(tx, v->arena, v->brand.id, &posts, &count, e))
        return NULL;
    int64_t *ids = ARENA_ARRAY(v->arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = posts[i].id;
    return posts_by_ids(tx, v, names, ids, count, e);
}

static struct json *categories(struct arena *a, const struct topic_category *list, size_t count)
{
    struct json *out = json_array(a);
    for (size_t i = 0; i < count; i++) {
        struct json *item = json_object(a);
        json_set_id(a, item, "id", list[i].id);
        json_set_str(a, item, "name", list[i].name);
        json_set_str(a, item, "title", list[i].title);
        json_set_str(a, item, "about", list[i].about);
        json_set_str(a, item, "lang", list[i].language);
        json_set_int(a, item, "position", list[i].position);
        json_push(a, out, item);
    }
    return out;
}

static void chosen(struct community *page, const struct topic_category *list, size_t count)
{
    int64_t id = visit_query_id(page->v, "category");
    for (size_t i = 0; i < count && !json_is(page->errors, JSON_OBJECT); i++)
        if (list[i].id == id)
            page->category = list[i];
    if (!page->category.id && !page->category.position)
        page->category.position = (int64_t)count + 1;
}

static bool page_read(struct tx *tx, void *ctx, struct error *e)
{
    struct community *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct names names;
    struct topic_category *list;
    size_t count;
    int64_t minutes;
    if (!names_read(tx, v, &names, e) || !category_list(tx, a, v->brand.id, &list, &count, e) ||
        !topic_minutes(tx, v->brand.id, &minutes, e))
        return false;
    struct json *reports = reported(tx, v, &names, e), *again = reports ? appeals(tx, v, &names, e) : NULL;
    if (!again)
        return false;
    chosen(page, list, count);
    json_set(a, page->model, "categories", categories(a, list, count));
    json_set_int(a, page->model, "hours", minutes / MINUTES);
    json_set(a, page->model, "reports", reports);
    json_set(a, page->model, "appeals", again);
    return true;
}

static bool page_render(struct community *page, int status, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct json *values = json_object(a), *langs = json_array(a);
    if (!visit_read(v, page_read, page, e))
        return false;
    const struct topic_category *c = &page->category;
    struct str language = c->language.len ? c->language : v->brand.language;
    json_push(a, langs, option_json(a, STR("it"), STR("Italiano"), str_eq(language, STR("it"))));
    json_push(a, langs, option_json(a, STR("en"), STR("English"), str_eq(language, STR("en"))));
    json_set_id(a, values, "id", c->id);
    json_set_str(a, values, "title", c->title);
    json_set_str(a, values, "about", c->about);
    json_set_int(a, values, "position", c->position);
    json_set(a, page->model, "values", values);
    json_set(a, page->model, "langs", langs);
    json_set(a, page->model, "errors", page->errors);
    json_set_bool(a, page->model, "may_lead", v->actor.role >= ROLE_LEAD);
    v->view.section = STR("admin");
    view_render_status(&v->view, v->http, status, "community", page->model);
    return true;
}

static struct community page_open(struct visit *v)
{
    return (struct community){.v = v, .model = json_object(v->arena), .errors = json_new_null(v->arena)};
}

static bool page_show(struct visit *v, struct error *e)
{
    struct community page = page_open(v);
    return page_render(&page, 200, e);
}

static bool page_done(struct visit *v, const char *toast, struct str where)
{
    visit_toast(v, toast, NULL);
    view_redirect(&v->view, v->http, where);
    return true;
}

/* ---- categories ---- */

static bool category_write(struct tx *tx, void *ctx, struct error *e)
{
    struct community *page = ctx;
    struct topic_category *c = &page->category;
    bool taken, fresh = c->id == 0;
    if (!category_taken(tx, c->brand_id, c->name, c->id, &taken, e))
        return false;
    if (taken)
        return fail(e, ERR_CONFLICT, "There is a category of this name already.");
    if (fresh)
        c->id = id_new();
    return (fresh ? category_add(tx, c, e) : category_update(tx, c, e)) &&
           page_event(tx, page->v, "category.saved", c->id, page_named(tx_arena(tx), c->title), e);
}

static bool category_save(struct visit *v, struct error *e)
{
    struct error why = {0};
    struct community page = page_open(v);
    if (!http_form_ok(v->http, e))
        return false;
    struct str title = form_line(v, "title", TITLE_MAX, true, &page.errors);
    page.category =
        (struct topic_category){.brand_id = v->brand.id,
                                .id = visit_form_id(v, "category"),
                                .name = forum_slug(v->arena, title),
                                .title = title,
                                .about = form_line(v, "about", ABOUT_MAX, false, &page.errors),
                                .language = str_eq(http_form(v->http, "language"), STR("en")) ? STR("en") : STR("it"),
                                .position = visit_form_id(v, "position")};
    if (json_is(page.errors, JSON_OBJECT))
        return page_render(&page, 422, e);
    if (visit_write(v, category_write, &page, &why))
        return page_done(v, "toast.saved", STR("/desk/community"));
    if (why.code != ERR_CONFLICT) {
        *e = why;
        return false;
    }
    form_wrong(v->arena, &page.errors, "title", "wrong.taken");
    return page_render(&page, 422, e);
}

static bool category_drop_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return category_remove(tx, v->brand.id, v->params[0], tx_now(tx), e) &&
           page_event(tx, v, "category.removed", v->params[0], NULL, e);
}

static bool category_drop(struct visit *v, struct error *e)
{
    return visit_write(v, category_drop_write, v, e) && page_done(v, "toast.removed", STR("/desk/community"));
}

static bool hours_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct community *page = ctx;
    struct json *data = json_object(tx_arena(tx));
    json_set_int(tx_arena(tx), data, "hours", page->hours);
    return topic_set_minutes(tx, page->v->brand.id, page->hours * MINUTES, e) &&
           page_event(tx, page->v, "community.hours", 0, data, e);
}

static bool hours_save(struct visit *v, struct error *e)
{
    struct community page = page_open(v);
    if (!http_form_ok(v->http, e))
        return false;
    if (!str_int64(str_trim(http_form(v->http, "hours")), &page.hours) || page.hours < 0 || page.hours > HOURS_MAX) {
        form_wrong(v->arena, &page.errors, "wait", "wrong.choice");
        return page_render(&page, 422, e);
    }
    return visit_write(v, hours_write, &page, e) && page_done(v, "toast.saved", STR("/desk/community"));
}

/* ---- one topic ---- */

static bool topic_read(struct tx *tx, void *ctx, struct error *e)
{
    struct community *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct topic topic;
    struct names names;
    struct post *posts;
    size_t count;
    if (!topic_by_id(tx, a, v->brand.id, v->params[0], &topic, e) || !names_read(tx, v, &names, e) ||
        !post_list(tx, a, v->brand.id, topic.id, 0, TOPIC_POSTS, &posts, &count, e))
        return false;
    struct json *list = topic_posts_model(tx, v, &names, posts, count, e);
    if (!list)
        return false;
    for (size_t i = 0; i < json_count(list); i++) {
        int64_t id = json_int(json_get(json_at(list, i), "id"), 0);
        json_set_bool(a, list->items[i], "solves", id == topic.solved_id);
        json_set_bool(a, list->items[i], "question", id == topic.question_id);
    }
    json_set_id(a, page->model, "id", topic.id);
    json_set_str(a, page->model, "title", topic.title);
    json_set_str(a, page->model, "address",
                 str_format(a, "/community/t/%lld/%.*s", (long long)topic.id, STR_ARGS(topic.slug)));
    json_set_bool(a, page->model, "shown", topic.shown);
    json_set(a, page->model, "posts", list);
    return true;
}

static bool topic_show(struct visit *v, struct error *e)
{
    struct community page = page_open(v);
    if (!visit_read(v, topic_read, &page, e))
        return false;
    v->view.section = STR("people");
    view_render(&v->view, v->http, "topic", page.model);
    return true;
}

static bool post_act(struct tx *tx, void *ctx, struct error *e)
{
    struct community *page = ctx;
    struct visit *v = page->v;
    const struct actor *actor = &v->actor;
    struct str kind = v->words[0], reason = http_form(v->http, "reason");
    int64_t id = v->params[0];
    struct post post;
    if (!post_by_id(tx, v->arena, v->brand.id, id, &post, e))
        return false;
    page->topic = post.topic_id;
    if (str_eq(kind, STR("aside")))
        return forum_set_aside(tx, actor, id, http_form(v->http, "what"), reason, e);
    if (str_eq(kind, STR("show")))
        return forum_show(tx, actor, id, reason, e);
    if (str_eq(kind, STR("keep")))
        return forum_keep_aside(tx, actor, id, reason, e);
    if (str_eq(kind, STR("accept")))
        return forum_accept_by(tx, actor, id, e);
    if (str_eq(kind, STR("done")))
        return forum_report_done(tx, actor, id, e);
    return fail(e, ERR_NOT_FOUND, "There is nothing here.");
}

static bool post_do(struct visit *v, struct error *e)
{
    struct community page = page_open(v);
    return http_form_ok(v->http, e) && visit_write(v, post_act, &page, e) &&
           page_done(
               v, "toast.saved",
               str_format(v->arena, "/desk/topic/%lld#post-%lld", (long long)page.topic, (long long)v->params[0]));
}

const struct route routes_desk_community[] = {
    {HTTP_GET, "/desk/community", PERM_READ, page_show, NULL},
    {HTTP_POST, "/desk/community/category", PERM_LEAD, category_save, NULL},
    {HTTP_POST, "/desk/community/category/:id/remove", PERM_LEAD, category_drop, NULL},
    {HTTP_POST, "/desk/community/hours", PERM_LEAD, hours_save, NULL},
    {HTTP_GET, "/desk/topic/:id", PERM_READ, topic_show, NULL},
    {HTTP_POST, "/desk/post/:id/:name", PERM_AGENT, post_do, NULL},
    {0},
};
