/* SPDX-License-Identifier: Apache-2.0 */
/* The care ledger: everyone who wrote on a day is in one of five places, and who has waited the longest stands in
 * sight; the days before, how the channels are doing, and the newest signed statement. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "channels/channel.h"
#include "store/shelf.h"
#include "web/desk/page.h"

#define LEDGER_DAYS      14
#define LONGEST_MESSAGES 200 /* of the people who wait the longest; some wrote several */
#define LONGEST_NEXT     3

struct ledger_page {
    struct visit *v;
    const char *zone;
    int64_t day, today;
    struct names names;
    struct json *model;
};

static bool day_of_query(struct visit *v, struct ledger_page *page, struct error *e)
{
    struct str given = http_query(v->http, "day");
    page->zone = str_cstr(v->arena, v->brand.zone);
    page->today = clock_day(v->view.now, page->zone);
    page->day = page->today;
    if (given.len == 0)
        return true;
    if (given.len != 8 || !str_int64(given, &page->day) || page->day < 20040101 ||
        clock_day(clock_day_start(page->day, page->zone), page->zone) != page->day)
        return fail(e, ERR_NOT_FOUND, "There is no such day.");
    return true;
}

/* ---- days and channels ---- */

static size_t statements_of(const struct statement *list, size_t count, int64_t day)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += list[i].day == day;
    return found;
}

static struct json *day_json(struct ledger_page *page, int64_t day, const struct ledger_line *sum, bool is_signed)
{
    struct arena *a = page->v->arena;
    struct json *item = json_object(a);
    json_set_time(a, item, "day", clock_day_start(day, page->zone));
    json_set_str(a, item, "slug", str_format(a, "%08lld", (long long)day));
    sum_set(a, item, sum);
    json_set_bool(a, item, "signed", is_signed);
    return item;
}

static bool days_read(struct tx *tx, struct ledger_page *page, struct error *e)
{
    struct visit *v = page->v;
    int64_t day = page->today, first = day_step(day, 1 - LEDGER_DAYS, page->zone);
    struct ledger_line *lines;
    struct statement *statements;
    size_t count, signed_count;
    struct json *days = json_array(v->arena);
    if (!ledger_counts(tx, v->arena, v->brand.id, first, day, true, &lines, &count, e) ||
        !statement_list(tx, v->arena, v->brand.id, first - 1, LEDGER_DAYS, &statements, &signed_count, e))
        return false;
    for (int i = 0; i < LEDGER_DAYS; i++, day = day_step(day, -1, page->zone)) {
        struct ledger_line sum = {0};
        for (size_t l = 0; l < count; l++)
            if (lines[l].day == day)
                sum_add(&sum, &lines[l]);
        json_push(v->arena, days, day_json(page, day, &sum, statements_of(statements, signed_count, day) > 0));
    }
    json_set(v->arena, page->model, "days", days);
    return true;
}

/* The day's sum, and how many of other days still wait: "nobody waits" must be true of all. */
static bool sums_read(struct tx *tx, struct ledger_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct ledger_line *lines, *all, sum = {0};
    size_t count, all_count;
    int64_t waiting = 0;
    struct json *object = json_object(v->arena);
    if (!ledger_counts(tx, v->arena, v->brand.id, page->day, page->day, true, &lines, &count, e) ||
        !ledger_counts(tx, v->arena, v->brand.id, 0, 0, false, &all, &all_count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        sum_add(&sum, &lines[i]);
    for (size_t i = 0; i < all_count; i++)
        waiting += all[i].n[PLACE_WAITING];
    sum_set(v->arena, object, &sum);
    json_set(v->arena, page->model, "sum", object);
    json_set_int(v->arena, page->model, "earlier", waiting - sum.n[PLACE_WAITING]);
    json_set(v->arena, page->model, "channels", sum_channels(v->arena, &page->names, lines, count));
    return true;
}

/* ---- who has waited the longest ---- */

static bool longest_item(struct tx *tx, struct ledger_page *page, const struct message *m, struct json **out,
                         struct error *e)
{
    struct arena *a = page->v->arena;
    struct conversation c;
    struct person person;
    if (!conversation_by_id(tx, a, m->brand_id, m->conversation_id, &c, e) ||
        !person_by_id(tx, a, m->brand_id, c.person_id, &person, e))
        return false;
    struct str network = names_network(&page->names, m->channel_id);
    const struct channel *channel = channel_find(network);
    const struct door *door = channel ? channel_door(channel, m->door) : NULL;
    int64_t hours = door ? (door->human_hours > door->window_hours ? door->human_hours : door->window_hours) : 0;
    int64_t left = c.window_until - tx_now(tx);
    bool open = c.window_until && left > 0 && hours;
    struct json *item = json_object(a);
    json_set_id(a, item, "id", c.id);
    json_set(a, item, "person", person_json(a, &person));
    json_set_time(a, item, "since", m->at);
    json_set_str(a, item, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set_str(a, item, "icon", str_from(network_icon(network)));
    json_set_time(a, item, "until", open ? c.window_until : 0);
    json_set_int(a, item, "left", open ? left * 100 / (hours * HOUR_US) : 0);
    json_set_bool(a, item, "closing", open && left < HOUR_US);
    *out = item;
    return true;
}

static bool is_known(const int64_t *seen, size_t n, int64_t conversation)
{
    for (size_t i = 0; i < n; i++)
        if (seen[i] == conversation)
            return true;
    return false;
}

static bool longest_read(struct tx *tx, struct ledger_page *page, struct error *e)
{
    struct arena *a = page->v->arena;
    struct message *list;
    int64_t seen[LONGEST_NEXT + 1];
    size_t count, n = 0;
    struct json *next = json_array(a), *item;
    json_set(a, page->model, "longest", json_new_null(a));
    json_set(a, page->model, "next_longest", next);
    if (page->day != page->today)
        return true;
    if (!message_waiting_oldest(tx, a, page->v->brand.id, LONGEST_MESSAGES, &list, &count, e))
        return false;
    for (size_t i = 0; i < count && n <= LONGEST_NEXT; i++) {
        if (is_known(seen, n, list[i].conversation_id))
            continue;
        if (!longest_item(tx, page, &list[i], &item, e))
            return false;
        if (n == 0)
            json_set(a, page->model, "longest", item);
        else
            json_push(a, next, item);
        seen[n++] = list[i].conversation_id;
    }
    return true;
}

/* ---- statement and health ---- */

static bool statement_read(struct tx *tx, struct ledger_page *page, struct error *e)
{
    struct arena *a = page->v->arena;
    struct statement s;
    struct error here = {0};
    json_set(a, page->model, "statement", json_new_null(a));
    bool found = page->day == page->today ? statement_last(tx, a, page->v->brand.id, &s, &here)
                                          : statement_by_day(tx, a, page->v->brand.id, page->day, &s, &here);
    if (!found)
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    const struct json *body = json_parse(a, s.body, NULL);
    struct json *item = json_object(a);
    json_set_time(a, item, "day", clock_day_start(s.day, page->zone));
    json_set_str(a, item, "slug", str_format(a, "%08lld", (long long)s.day));
    json_set_int(a, item, "received", json_int(json_get(body, "received"), 0));
    json_set_time(a, item, "signed_at", s.at);
    json_set_str(a, item, "hash", hash_short(a, s.hash));
    json_set_str(a, item, "before", hash_short(a, s.previous));
    json_set(a, page->model, "statement", item);
    return true;
}

static bool health_read(struct tx *tx, struct ledger_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct pulses pulses;
    struct json *health = json_array(v->arena);
    int64_t unread;
    if (!pulses_read(tx, v, &pulses, e) || !payload_unread_count(tx, v->brand.id, &unread, e))
        return false;
    for (size_t i = 0; i < page->names.channel_count; i++)
        if (page->names.channels[i].removed_at == 0)
            json_push(v->arena, health, health_json(v, &page->names.channels[i], &pulses));
    json_set(v->arena, page->model, "health", health);
    json_set_int(v->arena, page->model, "unread", unread);
    return true;
}

static bool ledger_read(struct tx *tx, void *ctx, struct error *e)
{
    struct ledger_page *page = ctx;
    return names_read(tx, page->v, &page->names, e) && sums_read(tx, page, e) && days_read(tx, page, e) &&
           longest_read(tx, page, e) && statement_read(tx, page, e) && health_read(tx, page, e);
}

static bool ledger_show(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct ledger_page page = {.v = v, .model = json_object(a)};
    if (!day_of_query(v, &page, e))
        return false;
    json_set_time(a, page.model, "day", clock_day_start(page.day, page.zone));
    json_set_bool(a, page.model, "today", page.day == page.today);
    json_set(a, page.model, "quality", json_new_null(a));
    if (!visit_read(v, ledger_read, &page, e))
        return false;
    v->view.section = STR("ledger");
    view_render(&v->view, v->http, "ledger", page.model);
    return true;
}

const struct route routes_desk_ledger[] = {
    {HTTP_GET, "/desk/ledger", PERM_READ, ledger_show, NULL},
    {0},
};
