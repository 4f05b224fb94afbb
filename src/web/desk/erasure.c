/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing a person: what there is, what stands in the way, and a lead's yes or no; and everybody who asked. */
#include "care/erasure.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "store/person.h"
#include "web/desk/page.h"

struct erase_page {
    struct visit *v;
    struct names names;
    struct person person;
    struct erasure_look look;
    struct json *model, *errors;
    struct str reason, no; /* of a yes without being asked; of a no */
    bool stay;
};

static struct str erase_path(struct visit *v)
{
    return str_format(v->arena, "/desk/person/%lld/erase", (long long)v->params[0]);
}

/* ---- shown ---- */

static struct json *counts_json(struct arena *a, const struct erasure_counts *n)
{
    struct json *counts = json_object(a);
    json_set_int(a, counts, "accounts", n->accounts);
    json_set_int(a, counts, "stories", n->stories);
    json_set_int(a, counts, "messages", n->messages);
    json_set_int(a, counts, "files", n->files);
    json_set_int(a, counts, "payloads", n->payloads);
    json_set_int(a, counts, "events", n->events);
    return counts;
}

static struct json *request_json(struct arena *a, const struct names *names, const struct erasure *row, int64_t now)
{
    struct json *item = json_object(a);
    json_set_id(a, item, "id", row->id);
    json_set_id(a, item, "person", row->person_id);
    json_set_id(a, item, "conversation", row->conversation_id);
    json_set_str(a, item, "state", str_from(erasure_state_name(row->state)));
    json_set_bool(a, item, "asked", row->state == ERASURE_ASKED);
    json_set_bool(a, item, "posts_stay", row->posts_stay);
    json_set_time(a, item, "at", row->asked_at);
    json_set_time(a, item, "due", row->due_at);
    json_set_bool(a, item, "late", row->state == ERASURE_ASKED && row->due_at < now);
    json_set(a, item, "by", names_agent_json(a, names, row->decided_by));
    json_set_time(a, item, "decided", row->decided_at);
    json_set_time(a, item, "done", row->done_at);
    json_set_str(a, item, "reason", row->reason);
    json_set(a, item, "gone", counts_json(a, &row->gone));
    return item;
}

static bool page_read(struct tx *tx, void *ctx, struct error *e)
{
    struct erase_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    if (!person_by_id(tx, a, v->brand.id, v->params[0], &page->person, e) || !names_read(tx, v, &page->names, e) ||
        !erasure_look(tx, a, v->brand.id, page->person.id, &page->look, e))
        return false;
    const struct erasure_look *look = &page->look;
    bool over = look->request.state == ERASURE_BEGUN || look->request.state == ERASURE_DONE;
    json_set_str(a, page->model, "name", page->person.name);
    json_set_id(a, page->model, "person", page->person.id);
    json_set(a, page->model, "request",
             look->request.id ? request_json(a, &page->names, &look->request, clock_now()) : json_new_null(a));
    json_set(a, page->model, "there", counts_json(a, &look->there));
    json_set_int(a, page->model, "waiting", look->waiting);
    json_set_int(a, page->model, "leaving", look->leaving);
    json_set_int(a, page->model, "posts", look->posts);
    json_set_bool(a, page->model, "calls", look->calls);
    json_set_bool(a, page->model, "may", !over && !look->leaving && !look->calls);
    json_set_bool(a, page->model, "over", over);
    return true;
}

static bool page_render(struct erase_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    struct json *values = json_object(v->arena);
    if (!visit_read(v, page_read, page, e))
        return false;
    if (page->person.merged_into) {
        view_redirect(&v->view, v->http,
                      str_format(v->arena, "/desk/person/%lld/erase", (long long)page->person.merged_into));
        return true;
    }
    json_set_str(v->arena, values, "reason", page->reason);
    json_set_str(v->arena, values, "no", page->no);
    json_set_bool(v->arena, values, "posts_stay", page->stay);
    json_set(v->arena, page->model, "values", values);
    json_set(v->arena, page->model, "errors", page->errors ? page->errors : json_new_null(v->arena));
    v->view.section = STR("people");
    view_render_status(&v->view, v->http, status, "erase", page->model);
    return true;
}

static bool erase_show(struct visit *v, struct error *e)
{
    struct erase_page page = {.v = v, .model = json_object(v->arena)};
    return page_render(&page, 200, e);
}

/* ---- decided ---- */

/* What stands where names stood is read by everybody: it is said in the brand's language. */
static struct str brand_words(const struct visit *v, const char *key)
{
    return locale_text(v->arena, locale_find(v->brand.language), str_from(key), NULL);
}

static bool begin_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct erase_page *page = ctx;
    struct visit *v = page->v;
    struct erasure_names names = {.person = brand_words(v, "erase.person"),
                                  .member = brand_words(v, "erase.member"),
                                  .topic = brand_words(v, "erase.topic")};
    return erasure_begin(tx, v->app->house, &v->actor, v->params[0], page->stay, page->reason, &names, e);
}

static bool refuse_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct erase_page *page = ctx;
    return erasure_refuse(tx, &page->v->actor, page->v->params[0], page->no, e);
}

static bool request_read(struct tx *tx, void *ctx, struct error *e)
{
    struct erase_page *page = ctx;
    return erasure_newest_of(tx, page->v->arena, page->v->brand.id, page->v->params[0], &page->look.request, e);
}

/* The form again, with what is missing; or done, and back to the page, which says how far it is. */
static bool decide(struct erase_page *page, db_command *write, const char *toast, struct error *e)
{
    struct visit *v = page->v;
    if (page->errors)
        return page_render(page, 422, e);
    if (!visit_write(v, write, page, e))
        return false;
    visit_toast(v, toast, NULL);
    view_redirect(&v->view, v->http, erase_path(v));
    return true;
}

static bool begin_post(struct visit *v, struct error *e)
{
    struct erase_page page = {.v = v, .model = json_object(v->arena)};
    if (!http_form_ok(v->http, e) || !visit_read(v, request_read, &page, e))
        return false;
    bool asked = page.look.request.id && page.look.request.state == ERASURE_ASKED;
    page.stay = asked ? page.look.request.posts_stay : http_form(v->http, "posts_stay").len > 0;
    bool over = page.look.request.state == ERASURE_BEGUN || page.look.request.state == ERASURE_DONE;
    page.reason = form_line(v, "reason", ERASURE_REASON_MAX, !asked && !over, &page.errors);
    if (http_form(v->http, "sure").len == 0)
        form_wrong(v->arena, &page.errors, "sure", "wrong.missing");
    return decide(&page, begin_write, "toast.erasing", e);
}

static bool refuse_post(struct visit *v, struct error *e)
{
    struct erase_page page = {.v = v, .model = json_object(v->arena)};
    if (!http_form_ok(v->http, e))
        return false;
    page.no = form_line(v, "no", ERASURE_REASON_MAX, true, &page.errors);
    return decide(&page, refuse_write, "toast.erase_refused", e);
}

/* ---- everybody who asked ---- */

struct list_page {
    struct visit *v;
    struct names names;
    struct json *model;
};

static bool list_read(struct tx *tx, struct list_page *page, enum erasure_state state, const char *name,
                      struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct erasure *rows;
    size_t count;
    struct json *list = json_array(a);
    if (!erasure_list(tx, a, v->brand.id, state, ERASURE_DECIDED_MAX, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct person person;
        struct json *item = request_json(a, &page->names, &rows[i], clock_now());
        if (!person_by_id(tx, a, v->brand.id, rows[i].person_id, &person, e))
            return false;
        json_set_str(a, item, "name", person.name);
        json_push(a, list, item);
    }
    json_set(a, page->model, name, list);
    return true;
}

static bool lists_read(struct tx *tx, void *ctx, struct error *e)
{
    struct list_page *page = ctx;
    return names_read(tx, page->v, &page->names, e) && list_read(tx, page, ERASURE_ASKED, "asked", e) &&
           list_read(tx, page, ERASURE_BEGUN, "begun", e) && list_read(tx, page, ERASURE_DONE, "done", e) &&
           list_read(tx, page, ERASURE_REFUSED, "refused", e);
}

static bool erasures_show(struct visit *v, struct error *e)
{
    struct list_page page = {.v = v, .model = json_object(v->arena)};
    if (!visit_read(v, lists_read, &page, e))
        return false;
    v->view.section = STR("admin");
    view_render(&v->view, v->http, "erasures", page.model);
    return true;
}

const struct route routes_desk_erasure[] = {
    {HTTP_GET, "/desk/erasures", PERM_LEAD, erasures_show, NULL},
    {HTTP_GET, "/desk/person/:id/erase", PERM_LEAD, erase_show, NULL},
    {HTTP_POST, "/desk/person/:id/erase", PERM_LEAD, begin_post, NULL},
    {HTTP_POST, "/desk/person/:id/erase/refuse", PERM_LEAD, refuse_post, NULL},
    {0},
};
