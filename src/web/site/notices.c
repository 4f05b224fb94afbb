/* SPDX-License-Identifier: Apache-2.0 */
/* "We follow you": where a person wants to be told that one of us wrote to them; and ending it from a notice, by one
 * press and without signing in (RFC 8058). */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/follows.h"
#include "care/letter_codes.h"
#include "care/house.h"
#include "store/channel.h"
#include "store/person.h"
#include "web/site/notices.h"

struct notices {
    struct site site;
    struct follow_way *ways;
    size_t count;
    int64_t sender, phone_sender;
    struct person person; /* id 0: they wrote nothing yet */
    struct follow_way chosen;
    struct json *can, *cannot; /* the brand's networks; NULL: not asked for */
};

/* Which of the ways of a form: without saying an address in it. */
static struct str key_of(struct arena *a, const struct follow_way *way)
{
    struct str all = str_format(a, "%.*s|%.*s", STR_ARGS(way->network), STR_ARGS(way->external_id));
    return str_format(a, "%016llx", (unsigned long long)hash64(all));
}

static bool ways_read(struct tx *tx, void *ctx, struct error *e)
{
    struct notices *page = ctx;
    struct visit *v = page->site.v;
    return follow_ways(tx, v->arena, &page->site.guest, &page->ways, &page->count, e) &&
           letter_sender(tx, v->brand.id, &page->sender, e);
}

/* Whether notices go there only for a while after they wrote. */
static bool is_brief(const struct channel *channel)
{
    const struct door *door = channel->notice ? channel_door(channel, str_from(channel->notice)) : NULL;
    return door && door->window_hours;
}

static bool is_windowed(const struct channel *channel)
{
    for (const struct door *door = channel->doors; door && door->name; door++)
        if (door->kind == DOOR_DIRECT && door->window_hours)
            return true;
    return false;
}

/* The brand's networks on which people could be told, and those whose window forbids it. */
static bool networks_read(struct tx *tx, void *ctx, struct error *e)
{
    struct notices *page = ctx;
    struct arena *a = page->site.v->arena;
    struct channel_row *rows;
    size_t count;
    const char *phone;
    if (!ways_read(tx, page, e) || !letter_phone_sender(tx, page->site.v->brand.id, &page->phone_sender, &phone, e) ||
        !guest_person(tx, a, &page->site.guest, &page->person, e) ||
        !channel_row_list(tx, a, page->site.v->brand.id, false, &rows, &count, e))
        return false;
    page->can = json_array(a);
    page->cannot = json_array(a);
    for (size_t i = 0; i < count; i++) {
        const struct channel *channel = channel_find(rows[i].network);
        if (!channel || channel->home || channel->forgeable || !str_eq(rows[i].state, STR("on")) ||
            (!channel->notice && !is_windowed(channel)))
            continue;
        struct json *network = json_object(a);
        json_set_str(a, network, "label", str_from(channel->label));
        json_set_bool(a, network, "brief", is_brief(channel));
        json_push(a, channel->notice ? page->can : page->cannot, network);
    }
    return true;
}

static struct json *way_json(struct arena *a, const struct follow_way *way)
{
    const struct channel *channel = channel_find(way->network);
    struct json *item = json_object(a);
    json_set_str(a, item, "key", key_of(a, way));
    json_set_str(a, item, "label", str_from(channel->label));
    json_set_str(a, item, "icon", str_from(channel->icon));
    json_set_str(a, item, "address", channel->forgeable ? way->external_id : STR_EMPTY);
    json_set_bool(a, item, "brief", is_brief(channel));
    json_set_bool(a, item, "wanted", way->chosen.wanted);
    json_set_bool(a, item, "words", way->chosen.words);
    json_set_bool(a, item, "nights", way->chosen.nights);
    return item;
}

static bool notices_show(struct visit *v, struct error *e)
{
    struct notices page = {.count = 0};
    struct arena *a = v->arena;
    if (!site_open(v, "requests", &page.site, e) || !visit_read(v, networks_read, &page, e))
        return false;
    struct json *model = json_object(a), *ways = json_array(a);
    for (size_t i = 0; i < page.count; i++)
        json_push(a, ways, way_json(a, &page.ways[i]));
    json_set(a, model, "ways", ways);
    json_set_bool(a, model, "mail", page.sender != 0);
    json_set_bool(a, model, "phone", page.phone_sender && page.person.id);
    json_set(a, model, "can", page.can);
    json_set(a, model, "cannot", page.cannot);
    json_set_bool(a, model, "saved", str_eq(http_query(v->http, "saved"), STR("1")));
    site_render(&page.site, "notices", model);
    return true;
}

static bool way_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct notices *page = ctx;
    return follow_choose(tx, &page->site.guest, &page->chosen, e);
}

static bool is_set(struct visit *v, const char *name)
{
    return str_eq(http_form(v->http, name), STR("1"));
}

static bool notices_post(struct visit *v, struct error *e)
{
    struct notices page = {.count = 0};
    bool found = false;
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) || !visit_read(v, ways_read, &page, e))
        return false;
    for (size_t i = 0; i < page.count && !found; i++) {
        page.chosen = page.ways[i];
        found = str_eq(key_of(v->arena, &page.chosen), http_form(v->http, "way"));
    }
    if (!found)
        return fail(e, ERR_NOT_FOUND, "There is no such way of yours.");
    page.chosen.chosen.wanted = is_set(v, "wanted");
    page.chosen.chosen.words = is_set(v, "words");
    page.chosen.chosen.nights = is_set(v, "nights");
    if (!site_may_write(&page.site, e) || !visit_write(v, way_write, &page, e))
        return false;
    view_redirect(&v->view, v->http, STR("/me/notices?saved=1"));
    return true;
}

/* ---- for other pages ---- */

struct looking {
    struct site *site;
    int64_t conversation;
    struct person person;
    bool any;
};

static bool looks_read(struct tx *tx, void *ctx, struct error *e)
{
    struct looking *l = ctx;
    struct visit *v = l->site->v;
    return guest_person(tx, v->arena, &l->site->guest, &l->person, e) &&
           follow_looks(tx, v->brand.id, l->person.id, l->conversation, &l->any, e);
}

static bool looked_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct looking *l = ctx;
    return follow_looked(tx, l->site->guest.brand_id, l->person.id, l->conversation, e);
}

bool notices_looked(struct site *site, int64_t conversation, struct error *e)
{
    struct looking l = {.site = site, .conversation = conversation};
    if (!site->guest.id)
        return true;
    return visit_read(site->v, looks_read, &l, e) && (!l.any || visit_write(site->v, looked_write, &l, e));
}

bool notices_model(struct tx *tx, struct site *site, struct json *model, struct error *e)
{
    struct notices page = {.site = *site};
    struct arena *a = site->v->arena;
    struct json *letter = json_object(a), *addresses = json_array(a);
    bool follows = false, networks = false;
    if (!ways_read(tx, &page, e))
        return false;
    for (size_t i = 0; i < page.count; i++) {
        bool mail = str_eq(page.ways[i].network, STR("email"));
        if (mail)
            json_push(a, addresses, json_new_str(a, page.ways[i].external_id));
        follows |= page.ways[i].chosen.wanted;
        networks |= !mail;
    }
    json_set(a, letter, "addresses", addresses);
    json_set(a, model, "letter", page.sender ? letter : json_new_null(a));
    json_set_bool(a, model, "follow_offered", !follows && (page.sender || networks));
    return true;
}

struct beginning {
    struct site *site;
    struct code_order order;
};

static bool begin_write(struct tx *tx, void *ctx, struct error *e)
{
    struct beginning *b = ctx;
    b->order.sent = false;
    return letter_sender(tx, b->site->guest.brand_id, &b->order.channel, e) &&
           (!b->order.channel || code_begin(tx, b->site->v->app->house, &b->order, e));
}

bool notices_begin(struct site *site, struct str address, bool *sent, struct error *e)
{
    struct visit *v = site->v;
    struct beginning b = {
        .site = site,
        .order = {
            .guest = &site->guest, .network = "email", .language = locale_language(v->view.locale), .follow = true}};
    if (!code_address(v->arena, address, &b.order.address))
        return fail(e, ERR_BAD_INPUT, "This is no e-mail address.");
    if (!visit_write(v, begin_write, &b, e))
        return false;
    *sent = b.order.sent;
    if (*sent)
        visit_wake_letters(v);
    return true;
}

/* ---- ending it ---- */

static bool stop_render(struct site *site, bool stopped)
{
    struct visit *v = site->v;
    struct json *model = json_object(v->arena);
    json_set_bool(v->arena, model, "stopped", stopped);
    json_set_str(v->arena, model, "token", v->words[0]);
    site_render(site, "notices-stop", model);
    return true;
}

static bool stop_open(struct visit *v, struct site *site, int64_t *id, struct error *e)
{
    return site_open(v, "requests", site, e) &&
           (follow_stop_id(v->arena, v->app->house, v->brand.id, v->words[0], id) ||
            fail(e, ERR_NOT_FOUND, "This address ends nothing."));
}

static bool stop_show(struct visit *v, struct error *e)
{
    struct site site;
    int64_t id;
    return stop_open(v, &site, &id, e) && stop_render(&site, false);
}

static bool stop_write(struct tx *tx, void *ctx, struct error *e)
{
    const int64_t *at = ctx;
    return follow_stop(tx, at[0], at[1], e);
}

static bool stop_post(struct visit *v, struct error *e)
{
    struct site site;
    int64_t at[2] = {v->brand.id, 0};
    return stop_open(v, &site, &at[1], e) && site_may_write(&site, e) && visit_write(v, stop_write, at, e) &&
           stop_render(&site, true);
}

const struct route routes_site_notices[] = {
    {HTTP_GET, "/me/notices", PERM_PUBLIC, notices_show, NULL},
    {HTTP_POST, "/me/notices", PERM_PUBLIC, notices_post, NULL},
    {HTTP_GET, "/notices/stop/:name", PERM_PUBLIC, stop_show, NULL},
    {HTTP_POST, "/notices/stop/:name", PERM_PUBLIC, stop_post, NULL},
    {0},
};
