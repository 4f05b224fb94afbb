/* SPDX-License-Identifier: Apache-2.0 */
/* How long the brand keeps what grows: three numbers of days, and what went by them. */
#include "base/arena.h"
#include "base/json.h"
#include "care/retention.h"
#include "web/desk/page.h"

#define DAYS_LENGTH 10

struct keep_page {
    struct visit *v;
    struct brand brand;
    struct str values[3];
    struct json *model, *errors;
};

static const struct {
    const char *name;
    int64_t least;
} fields[] = {{"payloads", 1}, {"events", RETENTION_EVENTS_MIN}, {"search", RETENTION_SEARCH_MIN}};

/* In parts that a line does not break. */
static struct json *command(struct arena *a)
{
    static const char *const parts[] = {"ascolto retention", "--run", "--move-to FILE"};
    struct json *list = json_array(a);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        json_push(a, list, json_new_str(a, str_from(parts[i])));
    return list;
}

static bool keep_read(struct tx *tx, void *ctx, struct error *e)
{
    struct keep_page *page = ctx;
    struct arena *a = page->v->arena;
    struct json *view = retention_view(tx, a, &page->v->brand, e);
    if (!view)
        return false;
    const struct json *pruned = json_get(view, "pruned");
    bool nothing = true;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        nothing &= json_is(json_get(pruned, fields[i].name), JSON_NULL);
    nothing &= json_is(json_get(pruned, "networks"), JSON_NULL);
    json_set(a, page->model, "retention", view);
    json_set_bool(a, page->model, "nothing", nothing);
    json_set(a, page->model, "command", command(a));
    return true;
}

static bool keep_render(struct keep_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    struct json *values = json_object(v->arena);
    if (!visit_read(v, keep_read, page, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        json_set_str(v->arena, values, fields[i].name, page->values[i]);
    json_set(v->arena, page->model, "values", values);
    json_set(v->arena, page->model, "errors", page->errors);
    v->view.section = STR("admin");
    view_render_status(&v->view, v->http, status, "retention", page->model);
    return true;
}

static struct keep_page keep_open(struct visit *v)
{
    struct keep_page page = {
        .v = v, .brand = v->brand, .model = json_object(v->arena), .errors = json_new_null(v->arena)};
    const int64_t days[] = {v->brand.keep_payloads, v->brand.keep_events, v->brand.keep_search};
    for (size_t i = 0; i < COUNT_OF(days); i++)
        page.values[i] = days[i] ? str_format(v->arena, "%lld", (long long)days[i]) : STR_EMPTY;
    return page;
}

static bool keep_show(struct visit *v, struct error *e)
{
    struct keep_page page = keep_open(v);
    return keep_render(&page, 200, e);
}

static bool keep_write(struct tx *tx, void *ctx, struct error *e)
{
    struct keep_page *page = ctx;
    return retention_rule(tx, &page->brand, page->v->agent.id, NULL, e);
}

/* An empty field: for ever. */
static bool keep_change(struct visit *v, struct error *e)
{
    struct keep_page page = keep_open(v);
    int64_t *days[] = {&page.brand.keep_payloads, &page.brand.keep_events, &page.brand.keep_search};
    if (!http_form_ok(v->http, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        page.values[i] = form_line(v, fields[i].name, DAYS_LENGTH, false, &page.errors);
        *days[i] = 0;
        if (page.values[i].len &&
            (!str_int64(page.values[i], days[i]) || *days[i] < fields[i].least || *days[i] > RETENTION_DAYS_MAX))
            form_wrong(v->arena, &page.errors, fields[i].name, "wrong.days");
    }
    if (json_is(page.errors, JSON_OBJECT))
        return keep_render(&page, 422, e);
    if (!visit_write(v, keep_write, &page, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/retention"));
    return true;
}

const struct route routes_desk_retention[] = {
    {HTTP_GET, "/desk/retention", PERM_ADMIN, keep_show, NULL},
    {HTTP_POST, "/desk/retention", PERM_ADMIN, keep_change, NULL},
    {0},
};
