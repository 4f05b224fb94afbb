/* SPDX-License-Identifier: Apache-2.0 */
/* Search over everything ever said, newest first or best first, narrowed by person, network, channel, place, label
 * and days. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "care/retention.h"
#include "care/search.h"
#include "web/desk/page.h"

#define HITS_A_PAGE  30
#define PEOPLE_SHOWN 5

struct search_page {
    struct visit *v;
    struct names names;
    struct str q, network, place, from, to;
    int64_t label, person, channel, cursor, after;
    bool best;
    int64_t *channels;
    size_t channel_count;
    struct json *model, *hits;
    struct search_found found;
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
    page->person = visit_query_id(v, "person");
    page->channel = visit_query_id(v, "channel");
    page->best = str_eq(http_query(v->http, "sort"), STR("best"));
    int64_t from = day_of(http_query(v->http, "from")), to = day_of(http_query(v->http, "to"));
    page->from = from ? http_query(v->http, "from") : STR_EMPTY;
    page->to = to ? http_query(v->http, "to") : STR_EMPTY;
    page->after = from ? id_at(clock_day_start(from, zone)) : 0;
    page->cursor = visit_query_id(v, "cursor");
    int64_t end = to ? id_at(clock_day_start(day_step(to, 1, zone), zone)) : 0;
    if (end && (!page->cursor || end < page->cursor))
        page->cursor = end;
}

/* ---- hits ---- */

static bool hit_in_place(void *ctx, const struct search_hit *hit)
{
    const struct search_page *page = ctx;
    struct str place;
    if (str_eq(str_from(hit->kind), STR("message"))) {
        if (hit->message.outbound)
            return false;
        place = str_from(hit->message.place == PLACE_SET_ASIDE ? "aside" : place_name(hit->message.place));
    } else {
        place = str_from(place_of_state(&hit->conversation));
    }
    return str_eq(place, page->place);
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

static bool hits_read(struct tx *tx, struct search_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct search_query query = {.words = page->q,
                                 .kind = "said",
                                 .channel = page->network.len ? 0 : page->channel,
                                 .person = page->person,
                                 .channels = page->channels,
                                 .channel_count = page->channel_count,
                                 .label = page->label,
                                 .before = page->cursor,
                                 .after = page->after,
                                 .limit = HITS_A_PAGE,
                                 .best = page->best,
                                 .wanted = page->place.len ? hit_in_place : NULL,
                                 .ctx = page};
    if (!search_look(tx, v->arena, v->brand.id, &query, &page->found, e))
        return false;
    for (size_t i = 0; i < page->found.count; i++)
        json_push(v->arena, page->hits, hit_json(v->arena, &page->names, &page->found.hits[i]));
    return true;
}

/* ---- the form ---- */

static void channels_offer(struct search_page *page)
{
    struct arena *a = page->v->arena;
    struct json *channels = json_array(a);
    for (size_t i = 0; i < page->names.channel_count; i++) {
        const struct channel_row *row = &page->names.channels[i];
        json_push(a, channels,
                  option_json(a, str_format(a, "%lld", (long long)row->id), row->name, row->id == page->channel));
    }
    json_set(a, page->model, "channels", channels);
}

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
    channels_offer(page);
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

static struct str id_text(struct arena *a, int64_t id)
{
    return id ? str_format(a, "%lld", (long long)id) : STR_EMPTY;
}

/* again: the address of the same search. save: what of it a saved view of the list can show; null when nothing. */
static void queries_set(struct search_page *page)
{
    struct arena *a = page->v->arena;
    struct str again = STR_EMPTY, view = STR_EMPTY;
    struct str label = id_text(a, page->label);
    query_add(a, &again, "q", page->q);
    query_add(a, &again, "person", id_text(a, page->person));
    query_add(a, &again, "network", page->network);
    query_add(a, &again, "channel", id_text(a, page->channel));
    query_add(a, &again, "place", page->place);
    query_add(a, &again, "label", label);
    query_add(a, &again, "from", page->from);
    query_add(a, &again, "to", page->to);
    if (page->best)
        query_add(a, &again, "sort", STR("best"));
    query_add(a, &view, "channel", id_text(a, page->channel_count == 1 ? page->channels[0] : page->channel));
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
    json_set_id(a, filters, "channel", page->channel);
    json_set_id(a, paging, "next", page->found.next);
    json_set_time(a, paging, "until", page->found.until);
    json_set_str(a, page->model, "q", page->q);
    json_set(a, page->model, "filters", filters);
    json_set(a, page->model, "paging", paging);
    json_set_str(a, page->model, "sort", page->best ? STR("best") : STR("newest"));
    json_set_int(a, page->model, "of_newest", page->found.of_newest ? SEARCH_RANKED : 0);
    json_set_bool(a, page->model, "more", page->found.next != 0);
    bool counted = page->found.next == 0 && page->found.count < HITS_A_PAGE &&
                   visit_query_id(page->v, "cursor") == 0 && json_count(page->hits);
    json_set(a, page->model, "total", counted ? json_new_int(a, (int64_t)json_count(page->hits)) : json_new_null(a));
    json_set(a, page->model, "hits", page->hits);
}

/* Whose words alone are looked through. */
static bool person_asked(struct tx *tx, struct search_page *page, struct error *e)
{
    struct person person;
    if (page->person && !person_by_id(tx, page->v->arena, page->v->brand.id, page->person, &person, e))
        return false;
    json_set(page->v->arena, page->model, "person",
             page->person ? person_json(page->v->arena, &person) : json_new_null(page->v->arena));
    return true;
}

static bool search_read(struct tx *tx, void *ctx, struct error *e)
{
    struct search_page *page = ctx;
    struct visit *v = page->v;
    struct json *people = json_array(v->arena);
    if (!names_read(tx, v, &page->names, e) || !choices_read(tx, page, e))
        return false;
    page->channels = names_channels_of(v->arena, &page->names, page->network, page->channel, &page->channel_count);
    bool nowhere = page->network.len && page->channel_count == 0;
    if ((page->q.len && !nowhere && !hits_read(tx, page, e)) || !person_asked(tx, page, e))
        return false;
    bool first = visit_query_id(v, "cursor") == 0;
    if (page->q.len && first && !page->person && !(people = people_found(tx, v, page->q, 0, PEOPLE_SHOWN, e)))
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
