/* SPDX-License-Identifier: Apache-2.0 */
/* When people are there to answer: a line for each weekday, and the days on which nobody is. */
#include "care/hours.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "web/desk/page.h"

#define DAYS        7
#define LINE_LENGTH 60

struct hours_page {
    struct visit *v;
    struct str lines[DAYS]; /* by weekday, 0 Sunday */
    bool given;             /* the lines are the form's */
    struct opening *list;
    size_t count;
    int64_t day; /* to add or to remove */
    bool wrong;
    struct json *model, *errors;
};

/* The week begins on Monday. */
static const int order[DAYS] = {1, 2, 3, 4, 5, 6, 0};
static const char *const names[DAYS] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

static struct json *days_json(struct hours_page *page)
{
    struct arena *a = page->v->arena;
    struct json *days = json_array(a);
    for (int i = 0; i < DAYS; i++) {
        struct json *day = json_object(a);
        json_set_str(a, day, "name", str_from(names[order[i]]));
        json_set_str(a, day, "value", page->lines[order[i]]);
        json_set_bool(a, day, "wrong", json_is(json_get(page->errors, names[order[i]]), JSON_STRING));
        json_push(a, days, day);
    }
    return days;
}

static bool hours_fill(struct tx *tx, void *ctx, struct error *e)
{
    struct hours_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct hours_now now;
    int64_t *closed;
    size_t closed_count;
    const char *zone = str_cstr(a, v->brand.zone);
    if (!opening_list(tx, a, v->brand.id, &page->list, &page->count, e) ||
        !closed_day_list(tx, a, v->brand.id, clock_day(v->view.now, zone), &closed, &closed_count, e) ||
        !hours_at(tx, a, &v->brand, v->view.now, &now, e))
        return false;
    for (int i = 0; i < DAYS && !page->given; i++)
        page->lines[i] = hours_text(a, page->list, page->count, i);
    struct json *shut = json_array(a);
    for (size_t i = 0; i < closed_count; i++) {
        struct json *day = json_object(a);
        json_set_int(a, day, "value", closed[i]);
        json_set_time(a, day, "at", clock_day_start(closed[i], zone) + 12 * HOUR_US);
        json_push(a, shut, day);
    }
    json_set(a, page->model, "days", days_json(page));
    json_set(a, page->model, "closed", shut);
    json_set_bool(a, page->model, "known", now.known);
    json_set_bool(a, page->model, "open", now.open);
    json_set_time(a, page->model, "until", now.until);
    json_set_time(a, page->model, "next", now.next);
    return true;
}

static bool hours_render(struct hours_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    if (!visit_read(v, hours_fill, page, e))
        return false;
    json_set_bool(v->arena, page->model, "wrong_day", page->wrong);
    v->view.section = STR("admin");
    view_render_status(&v->view, v->http, status, "hours", page->model);
    return true;
}

static struct hours_page hours_open(struct visit *v)
{
    return (struct hours_page){.v = v, .model = json_object(v->arena), .errors = json_new_null(v->arena)};
}

static bool hours_show(struct visit *v, struct error *e)
{
    struct hours_page page = hours_open(v);
    return hours_render(&page, 200, e);
}

static bool hours_write(struct tx *tx, void *ctx, struct error *e)
{
    struct hours_page *page = ctx;
    return opening_put(tx, page->v->brand.id, page->list, page->count, e) &&
           page_event(tx, page->v, "brand.hours", 0, NULL, e);
}

static bool hours_change(struct visit *v, struct error *e)
{
    struct hours_page page = hours_open(v);
    if (!http_form_ok(v->http, e))
        return false;
    page.given = true;
    for (int i = 0; i < DAYS; i++) {
        int day = order[i];
        page.lines[day] = form_line(v, names[day], LINE_LENGTH, false, &page.errors);
        if (!hours_read(v->arena, page.lines[day], day, &page.list, &page.count))
            form_wrong(v->arena, &page.errors, names[day], "wrong.hours");
    }
    if (json_is(page.errors, JSON_OBJECT))
        return hours_render(&page, 422, e);
    if (!visit_write(v, hours_write, &page, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/hours"));
    return true;
}

/* ---- days on which nobody is there ---- */

/* "2026-12-25" as 20261225. */
static bool day_read(struct str text, int64_t *out)
{
    struct str year, month;
    int64_t y, m, d, at;
    if (text.len != 10 || !str_split(&text, '-', &year) || !str_split(&text, '-', &month) || !str_int64(year, &y) ||
        !str_int64(month, &m) || !str_int64(text, &d))
        return false;
    *out = y * 10000 + m * 100 + d;
    at = clock_day_start(*out, NULL);
    return y >= 2020 && y < 2100 && clock_day(at, NULL) == *out;
}

static bool day_add(struct tx *tx, void *ctx, struct error *e)
{
    struct hours_page *page = ctx;
    return closed_day_add(tx, page->v->brand.id, page->day, e) && page_event(tx, page->v, "brand.hours", 0, NULL, e);
}

static bool day_remove(struct tx *tx, void *ctx, struct error *e)
{
    struct hours_page *page = ctx;
    return closed_day_remove(tx, page->v->brand.id, page->day, e) &&
           page_event(tx, page->v, "brand.hours", 0, NULL, e);
}

static bool day_post(struct visit *v, struct error *e)
{
    struct hours_page page = hours_open(v);
    bool removes = http_form(v->http, "remove").len > 0;
    if (!http_form_ok(v->http, e))
        return false;
    bool read =
        removes ? str_int64(http_form(v->http, "remove"), &page.day) : day_read(http_form(v->http, "day"), &page.day);
    if (!read) {
        page.wrong = true;
        return hours_render(&page, 422, e);
    }
    if (!visit_write(v, removes ? day_remove : day_add, &page, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/hours"));
    return true;
}

const struct route routes_desk_hours[] = {
    {HTTP_GET, "/desk/hours", PERM_ADMIN, hours_show, NULL},
    {HTTP_POST, "/desk/hours", PERM_ADMIN, hours_change, NULL},
    {HTTP_POST, "/desk/hours/closed", PERM_ADMIN, day_post, NULL},
    {0},
};
