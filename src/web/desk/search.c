/* SPDX-License-Identifier: Apache-2.0 */
/* Search over everything ever said, newest first, narrowed by network, place, label and days. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "care/retention.h"
#include "care/search.h"
#include "web/desk/page.h"

#define HITS_A_PAGE  30
#define PEOPLE_SHOWN 5
/* Place and label change over time, so they are not in the index: hits are looked through, this many turns at most.
 */
#define TURNS_MAX 20

struct search_page {
    struct visit *v;
    struct names names;
    struct str q, network, place, from, to;
    int64_t label, cursor, after;
    int64_t *channels;
    size_t channel_count;
    struct json *model, *hits;
    int64_t next;
};

/* ---- what is asked ---- */

/* "2026-11-21" as YYYYMMDD; 0 when it is no day. */
static int64_t day_of(struct str text)
{
    struct str year, month, day;
    int64_t y, m, d;
    if (!str_split(&text, '-', &year) || !str_split(&text, '-', &month) || !str_split(&text, '-', &day) || text.len)
        return 0;
    if (!str_int64(year, &y) || !str_int64(month, &m) || !str_int64(day, &d) || y < 2004 || y > 2070 || m < 1 ||
        m > 12 || d < 1 || d > 31)
        return 0;
    return y * 10000 + m * 100 + d;
}

static bool is_place(struct str name)
{
    return str_eq(name, STR("waiting")) || str_eq(name, STR("answered")) || str_eq(name, STR("closed")) ||
           str_eq(name, STR("aside")) || str_eq(name, STR("withdrawn"));
}

static void search_ask(struct search_page *page)
{
    struct visit *v = page->v;
    const char *zone = str_cstr(v->arena, v->brand.zone);
    page->q = str_trim(text_shorten(v->arena, text_clean(v->arena, http_query(v->http, "q")), 200));
    page->network = http_query(v->http, "network");
    page->place = is_place(http_query(v->http, "place")) ? http_query(v->http, "place") : STR_EMPTY;
    page->label = visit_query_id(v, "label");
    int64_t from = day_of(http_query(v->http, "from")), to = day_of(http_query(v->http, "to"));
    page->from = from ? http_query(v->http, "from") : STR_EMPTY;
    page->to = to ? http_query(v->http, "to") : STR_EMPTY;
    page->after = from ? id_at(clock_day_start(from, zone)) : 0;
    page->cursor = visit_query_id(v, "cursor");
    int64_t end = to ? id_at(clock_day_start(day_step(to, 1, zone), zone)) : 0;
    if (end && (!page->cursor || end < page->cursor))
        page->cursor = end;
}

static void channels_of_network(struct search_page *page)
{
    page->channels = ARENA_ARRAY(page->v->arena, int64_t, page->names.channel_count + 1);
    for (size_t i = 0; page->network.len && i < page->names.channel_count; i++)
        if (str_eq(page->names.channels[i].network, page->network))
            page->channels[page->channel_count++] = page->names.channels[i].id;
}

/* ---- hits ---- */

static bool hit_in_place(const struct search_page *page, const struct search_hit *hit)
{
    struct str place = str_from(place_of_state(&hit->conversation));
    if (page->place.len == 0)
        return true;
    if (str_eq(str_from(hit->kind), STR("message"))) {
        if (hit->message.outbound)
            return false;
        place = str_from(hit->message.place == PLACE_SET_ASIDE ? "aside" : place_name(hit->message.place));
    }
    return str_eq(place, page->place);
}

static bool hit_has_label(struct tx *tx, const struct search_page *page, const struct search_hit *hit, bool *has,
                          struct error *e)
{
    *has = page->label == 0;
    if (*has)
        return true;
    const struct json *labels = label_list_of(tx, page->v->arena, page->v->brand.id, hit->conversation.id, e);
    for (size_t i = 0; i < json_count(labels); i++)
        *has |= json_int(json_get(json_at(labels, i), "id"), 0) == page->label;
    return labels != NULL;
}

static void hit_said(struct arena *a, const struct names *names, const struct search_hit *hit, struct json *item)
{
    const struct message *m = &hit->message;
    json_set_id(a, item, "message", m->id);
    json_set_time(a, item, "at", m->at);
    json_set_bool(a, item, "ours", m->outbound);
    json_set(a, item, "by", m->outbound ? names_agent_json(a, names, m->agent_id) : person_json(a, &hit->person));
    json_set_str(a, item, "lang", m->outbound ? STR_EMPTY : hit->conversation.language);
    json_set_bool(a, item, "public", m->is_public);
}

static void hit_need(struct arena *a, const struct names *names, const struct search_hit *hit, struct json *item)
{
    json_set(a, item, "message", json_new_null(a));
    json_set_time(a, item, "at", hit->conversation.need_at);
    json_set_bool(a, item, "ours", true);
    json_set(a, item, "by", names_agent_json(a, names, hit->conversation.need_by));
    json_set_str(a, item, "lang", STR_EMPTY);
    json_set_bool(a, item, "public", false);
}

struct json *hit_json(struct arena *a, const struct names *names, const struct search_hit *hit)
{
    struct json *item = json_object(a);
    bool said = str_eq(str_from(hit->kind), STR("message"));
    int64_t channel_id = said ? hit->message.channel_id : hit->conversation.channel_id;
    struct str network = names_network(names, channel_id);
    const struct channel *channel = channel_find(network);
    json_set_id(a, item, "conversation", hit->conversation.id);
    json_set_str(a, item, "kind", str_from(hit->kind));
    json_set(a, item, "person", person_json(a, &hit->person));
    json_set_str(a, item, "text", hit->text);
    json_set_str(a, item, "network", network);
    json_set_str(a, item, "icon", str_from(network_icon(network)));
    json_set_str(a, item, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    if (said)
        hit_said(a, names, hit, item);
    else
        hit_need(a, names, hit, item);
    return item;
}

static bool hits_turn(struct tx *tx, struct search_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct search_hit *hits;
    size_t count;
    struct search_query query = {.words = page->q,
                                 .channels = page->channels,
                                 .channel_count = page->channel_count,
                                 .before = page->next,
                                 .after = page->after,
                                 .limit = HITS_A_PAGE};
    if (!search_run(tx, v->arena, v->brand.id, &query, &hits, &count, &page->next, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool has;
        if (str_eq(str_from(hits[i].kind), STR("person")) || !hit_in_place(page, &hits[i]))
            continue;
        if (!hit_has_label(tx, page, &hits[i], &has, e))
            return false;
        if (has)
            json_push(v->arena, page->hits, hit_json(v->arena, &page->names, &hits[i]));
        if (json_count(page->hits) == HITS_A_PAGE && (i + 1 < count || page->next)) {
            page->next = hits[i].id;
            return true;
        }
    }
    return true;
}

static bool hits_read(struct tx *tx, struct search_page *page, struct error *e)
{
    page->next = page->cursor;
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        if (!hits_turn(tx, page, e))
            return false;
        if (page->next == 0 || json_count(page->hits) >= HITS_A_PAGE)
            return true;
    }
    return true;
}

/* ---- the form ---- */

static bool choices_read(struct tx *tx, struct search_page *page, struct error *e)
{
    static const char *const places[] = {"waiting", "answered", "closed", "aside", "withdrawn"};
    struct arena *a = page->v->arena;
    struct json *networks = json_array(a), *choices = json_array(a), *labels = json_array(a);
    const struct json *all = label_list(tx, a, page->v->brand.id, e);
    size_t count;
    const struct channel *const *known = channel_all(&count);
    if (!all)
        return false;
    for (size_t i = 0; i < count; i++)
        json_push(a, networks,
                  option_json(a, str_from(known[i]->name), str_from(known[i]->label),
                              str_eq(page->network, str_from(known[i]->name))));
    for (size_t i = 0; i < COUNT_OF(places); i++)
        json_push(a, choices,
                  choice_json(a, str_from(places[i]), str_cstr(a, str_format(a, "place.%s", places[i])),
                              str_eq(page->place, str_from(places[i]))));
    for (size_t i = 0; i < json_count(all); i++) {
        const struct json *label = json_at(all, i);
        json_push(a, labels,
                  option_json(a, json_id(json_get(label, "id")), json_text(json_get(label, "name")),
                              json_int(json_get(label, "id"), 0) == page->label));
    }
    struct json *pruned = retention_pruned(tx, a, page->v->brand.id, "search", e);
    if (!pruned)
        return false;
    json_set(a, page->model, "pruned", pruned);
    json_set(a, page->model, "networks", networks);
    json_set(a, page->model, "places", choices);
    json_set(a, page->model, "labels", labels);
    return true;
}

static void query_add(struct arena *a, struct str *query, const char *name, struct str value)
{
    if (value.len)
        *query = str_format(a, "%.*s%s%s=%.*s", STR_ARGS(*query), query->len ? "&" : "", name,
                            STR_ARGS(url_encode(a, value)));
}

/* again: the address of the same search. save: what of it a saved view of the list can show; null when nothing. */
static void queries_set(struct search_page *page)
{
    struct arena *a = page->v->arena;
    struct str again = STR_EMPTY, view = STR_EMPTY;
    struct str label = page->label ? str_format(a, "%lld", (long long)page->label) : STR_EMPTY;
    query_add(a, &again, "q", page->q);
    query_add(a, &again, "network", page->network);
    query_add(a, &again, "place", page->place);
    query_add(a, &again, "label", label);
    query_add(a, &again, "from", page->from);
    query_add(a, &again, "to", page->to);
    if (page->channel_count == 1)
        query_add(a, &view, "channel", str_format(a, "%lld", (long long)page->channels[0]));
    if (!str_eq(page->place, STR("withdrawn")))
        query_add(a, &view, "place", page->place);
    query_add(a, &view, "label", label);
    struct json *save = view.len ? json_object(a) : json_new_null(a);
    if (view.len)
        json_set_str(a, save, "query", view);
    json_set_str(a, page->model, "again", again);
    json_set(a, page->model, "save", save);
}

/* The day as a moment of the brand's own clock, to be written as people write days. */
static void day_set(struct search_page *page, struct json *filters, const char *name, struct str day)
{
    int64_t number = day_of(day);
    json_set_time(page->v->arena, filters, name, number ? clock_day_start(number, page->v->view.zone) : 0);
}

static void filters_set(struct search_page *page)
{
    struct arena *a = page->v->arena;
    struct json *filters = json_object(a), *paging = json_object(a);
    json_set_str(a, filters, "network", page->network);
    json_set_str(a, filters, "place", page->place);
    json_set_id(a, filters, "label", page->label);
    json_set_str(a, filters, "from", page->from);
    json_set_str(a, filters, "to", page->to);
    day_set(page, filters, "since", page->from);
    day_set(page, filters, "until", page->to);
    json_set_id(a, paging, "next", page->next);
    json_set_str(a, page->model, "q", page->q);
    json_set(a, page->model, "filters", filters);
    json_set(a, page->model, "paging", paging);
    json_set_str(a, page->model, "sort", STR("newest"));
    json_set_bool(a, page->model, "more", page->next != 0);
    bool counted = page->next == 0 && visit_query_id(page->v, "cursor") == 0 && json_count(page->hits);
    json_set(a, page->model, "total", counted ? json_new_int(a, (int64_t)json_count(page->hits)) : json_new_null(a));
    json_set(a, page->model, "hits", page->hits);
}

static bool search_read(struct tx *tx, void *ctx, struct error *e)
{
    struct search_page *page = ctx;
    struct visit *v = page->v;
    struct json *people = json_array(v->arena);
    if (!names_read(tx, v, &page->names, e) || !choices_read(tx, page, e))
        return false;
    channels_of_network(page);
    bool nowhere = page->network.len && page->channel_count == 0;
    if (page->q.len && !nowhere && !hits_read(tx, page, e))
        return false;
    bool first = visit_query_id(v, "cursor") == 0;
    if (page->q.len && first && !(people = people_found(tx, v, page->q, 0, PEOPLE_SHOWN, e)))
        return false;
    json_set(v->arena, page->model, "people", people);
    return true;
}

static bool search_show(struct visit *v, struct error *e)
{
    struct search_page page = {.v = v, .model = json_object(v->arena), .hits = json_array(v->arena)};
    int64_t begun = clock_monotonic();
    search_ask(&page);
    if (!visit_read(v, search_read, &page, e))
        return false;
    filters_set(&page);
    queries_set(&page);
    json_set_int(v->arena, page.model, "took_ms", (clock_monotonic() - begun) / 1000);
    v->view.section = STR("find");
    view_render(&v->view, v->http, "search", page.model);
    return true;
}

const struct route routes_desk_search[] = {
    {HTTP_GET, "/desk/search", PERM_READ, search_show, NULL},
    {0},
};
