/* SPDX-License-Identifier: Apache-2.0 */
/* The signed statement of a day, as a page and as the very bytes that were signed. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/statements.h"
#include "web/desk/page.h"

struct statement_page {
    struct visit *v;
    const char *zone;
    int64_t day;
    bool raw;
    struct statement statement;
    struct json *model;
};

/* "20261120" or "20261120.json" */
static bool slug_read(struct statement_page *page, struct error *e)
{
    struct str slug = page->v->words[0];
    page->raw = str_ends(slug, STR(".json"));
    if (page->raw)
        slug = str_slice(slug, 0, slug.len - 5);
    return (slug.len == 8 && str_int64(slug, &page->day) && page->day > 0) ||
           fail(e, ERR_NOT_FOUND, "There is no such day.");
}

/* ---- the figures that were signed ---- */

static struct ledger_line line_of(const struct json *figures)
{
    struct ledger_line line = {0};
    for (int place = PLACE_WAITING; place < PLACES; place++)
        line.n[place] = json_int(json_get(figures, place_name((enum place)place)), 0);
    return line;
}

/* The sum as it was written must be the sum of its places, else it does not balance. */
static struct json *figures_json(struct arena *a, const struct json *figures)
{
    struct ledger_line line = line_of(figures);
    struct json *object = json_object(a);
    int64_t received = json_int(json_get(figures, "received"), -1);
    sum_set(a, object, &line);
    if (received != sum_received(&line)) {
        json_set_int(a, object, "received", received);
        json_set_bool(a, object, "balanced", false);
    }
    return object;
}

static struct json *channels_json(struct statement_page *page, const struct names *names, const struct json *body)
{
    struct arena *a = page->v->arena;
    const struct json *given = json_get(body, "channels");
    struct json *list = json_array(a);
    for (size_t i = 0; i < json_count(given); i++) {
        const struct json *figures = json_at(given, i);
        int64_t id = json_int(json_get(figures, "channel"), 0);
        const struct channel_row *row = names_channel(names, id);
        struct str name = json_text(json_get(figures, "name"));
        struct json *item = figures_json(a, figures);
        json_set_id(a, item, "id", id);
        json_set_str(a, item, "name", name.len || !row ? name : row->name);
        json_set_str(a, item, "icon", str_from(network_icon(row ? row->network : STR_EMPTY)));
        json_push(a, list, item);
    }
    return list;
}

/* ---- the chain ---- */

static struct json *link_json(struct statement_page *page, const struct statement *s)
{
    struct arena *a = page->v->arena;
    struct json *link = json_object(a);
    json_set_str(a, link, "slug", str_format(a, "%08lld", (long long)s->day));
    json_set_str(a, link, "hash", hash_short(a, s->hash));
    return link;
}

static bool neighbours_read(struct tx *tx, struct statement_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct statement *after, before;
    size_t count;
    struct error here = {0};
    int64_t yesterday = day_step(page->day, -1, page->zone);
    json_set(v->arena, page->model, "before", json_new_null(v->arena));
    json_set(v->arena, page->model, "after", json_new_null(v->arena));
    if (statement_by_day(tx, v->arena, v->brand.id, yesterday, &before, &here))
        json_set(v->arena, page->model, "before", link_json(page, &before));
    else if (here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (!statement_list(tx, v->arena, v->brand.id, page->day, 1, &after, &count, e))
        return false;
    if (count)
        json_set(v->arena, page->model, "after", link_json(page, &after[0]));
    return true;
}

static bool valid_read(struct tx *tx, struct statement_page *page, struct error *e)
{
    struct visit *v = page->v;
    bool valid;
    if (!statement_is_valid(tx, v->arena, v->app->house, &v->brand, &page->statement, &valid, e))
        return false;
    json_set_bool(v->arena, page->model, "valid", valid);
    return true;
}

static bool statement_read(struct tx *tx, void *ctx, struct error *e)
{
    struct statement_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct names names;
    if (!statement_by_day(tx, a, v->brand.id, page->day, &page->statement, e))
        return false;
    if (page->raw)
        return true;
    if (!names_read(tx, v, &names, e) || !neighbours_read(tx, page, e) || !valid_read(tx, page, e))
        return false;
    const struct json *body = json_parse(a, page->statement.body, NULL);
    json_set(a, page->model, "sum", figures_json(a, body));
    json_set(a, page->model, "channels", channels_json(page, &names, body));
    return true;
}

static void statement_raw(struct statement_page *page)
{
    struct visit *v = page->v;
    view_headers(v->http);
    http_set_header(v->http, "Content-Disposition",
                    str_format(v->arena, "attachment; filename=\"%.*s-%08lld.json\"", STR_ARGS(v->brand.name),
                               (long long)page->day));
    http_set_header(v->http, "X-Statement-Hash", page->statement.hash);
    http_set_header(v->http, "X-Statement-Signature", page->statement.signature);
    http_respond(v->http, 200, STR("application/json"), page->statement.body);
}

static bool statement_show(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct statement_page page = {.v = v, .zone = str_cstr(a, v->brand.zone), .model = json_object(a)};
    if (!slug_read(&page, e) || !visit_read(v, statement_read, &page, e))
        return false;
    if (page.raw) {
        statement_raw(&page);
        return true;
    }
    const struct statement *s = &page.statement;
    json_set_time(a, page.model, "day", clock_day_start(s->day, page.zone));
    json_set_str(a, page.model, "slug", str_format(a, "%08lld", (long long)s->day));
    json_set_str(a, page.model, "brand", v->brand.title);
    json_set_time(a, page.model, "signed_at", s->at);
    json_set_str(a, page.model, "key", s->public_key);
    json_set_str(a, page.model, "signature", s->signature);
    json_set_str(a, page.model, "hash", s->hash);
    json_set_int(a, page.model, "bytes", (int64_t)s->body.len);
    v->view.section = STR("ledger");
    view_render(&v->view, v->http, "statement", page.model);
    return true;
}

const struct route routes_desk_statement[] = {
    {HTTP_GET, "/desk/statement/:slug", PERM_READ, statement_show, NULL},
    {0},
};
