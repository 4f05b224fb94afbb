/* SPDX-License-Identifier: Apache-2.0 */
/* The brand's accounts on networks: how each is doing, and connecting one. A secret goes in and never comes out. */
#include "base/arena.h"
#include "care/account.h"
#include "care/asking.h"
#include "care/house.h"
#include "web/api/api.h"
#include "web/desk/page.h"
#include "web/gossip.h"

/* ---- how they are doing ---- */

/* The page's health of a channel, and what identifies it. */
static struct json *channel_json(struct tx *tx, struct api *api, const struct channel_row *row,
                                 const struct pulses *pulses, struct error *e)
{
    struct arena *a = api->arena;
    struct json *object = health_json(api->v, row, pulses);
    json_set_str(a, object, "network", row->network);
    json_set_str(a, object, "account", row->account);
    json_set_time(a, object, "since", row->created_at);
    json_set_str(a, object, "failure", row->failure);
    json_set_time(a, object, "slowed_until", row->rate_until > api->v->view.now ? row->rate_until : 0);
    struct json *asking = asking_json(tx, a, row, api->v->view.now, e);
    json_set(a, object, "asking", asking);
    return asking ? object : NULL;
}

static bool channels_run(struct tx *tx, struct api *api, struct error *e)
{
    struct channel_row *rows;
    struct pulses pulses;
    size_t count;
    if (!channel_row_list(tx, api->arena, api->v->brand.id, false, &rows, &count, e) ||
        !pulses_read(tx, api->v, &pulses, e))
        return false;
    struct json *items = json_array(api->arena);
    for (size_t i = 0; i < count; i++) {
        struct json *item = channel_json(tx, api, &rows[i], &pulses, e);
        if (!item)
            return false;
        json_push(api->arena, items, item);
    }
    api_page(api, items, 0);
    return true;
}

static struct str webhook_address(const struct api *api, const struct channel_row *row)
{
    struct visit *v = api->v;
    struct str host = v->app->public_url;
    if (host.len == 0)
        host = str_format(api->arena, "http://%.*s", STR_ARGS(http_header(v->http, "host")));
    return str_format(api->arena, "%.*s/hooks/%.*s/%lld", STR_ARGS(host), STR_ARGS(row->network), (long long)row->id);
}

static bool channel_read(struct tx *tx, struct api *api, int64_t id, struct channel_row *row, struct error *e)
{
    return channel_row_by_id(tx, api->arena, api->v->brand.id, id, row, e) &&
           (row->removed_at == 0 || fail(e, ERR_NOT_FOUND, "This channel was removed."));
}

static bool channel_out(struct tx *tx, struct api *api, int64_t id, struct error *e)
{
    struct channel_row row;
    struct pulses pulses;
    if (!channel_read(tx, api, id, &row, e) || !pulses_read(tx, api->v, &pulses, e))
        return false;
    struct json *settings = account_settings_view(api->arena, api->v->app->house, &row, e);
    if (!settings)
        return false;
    api->out = channel_json(tx, api, &row, &pulses, e);
    if (!api->out)
        return false;
    json_set_str(api->arena, api->out, "webhook", webhook_address(api, &row));
    json_set(api->arena, api->out, "settings", settings);
    return true;
}

static bool channel_run(struct tx *tx, struct api *api, struct error *e)
{
    return channel_out(tx, api, api->v->params[0], e);
}

/* ---- connecting ---- */

static struct pairs settings_given(const struct api *api)
{
    const struct json *words = json_get(api->in, "settings");
    struct pairs pairs = {.items = ARENA_ARRAY(api->arena, struct pair, json_count(words) + 1)};
    for (size_t i = 0; i < json_count(words); i++)
        pairs.items[pairs.count++] = (struct pair){words->members[i].key, json_text(words->members[i].value)};
    return pairs;
}

static bool add_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct pairs given = settings_given(api);
    int64_t id;
    return account_add(tx, v->app->house, v->brand.id, in_text(api, "network"), in_text(api, "name"), &given,
                       v->actor.agent_id, &id, e) &&
           channel_out(tx, api, id, e);
}

static bool state_set(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    int64_t id = v->params[0];
    struct str state = in_text(api, "state");
    if (str_eq(state, STR("active")))
        return account_resume(tx, v->brand.id, id, v->actor.agent_id, e);
    if (str_eq(state, STR("paused")))
        return channel_row_state(tx, v->brand.id, id, STR("paused"), STR_EMPTY, STR_EMPTY, tx_now(tx), e) &&
               page_event(tx, v, "channel.paused", id, NULL, e);
    return true;
}

static bool change_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct channel_row row;
    struct pairs given = settings_given(api);
    bool settings = json_get(api->in, "name") || json_get(api->in, "settings");
    if (!channel_read(tx, api, v->params[0], &row, e) ||
        (settings &&
         !account_change(tx, v->app->house, v->brand.id, row.id, in_text(api, "name"), &given, v->actor.agent_id, e)))
        return false;
    return state_set(tx, api, e) && channel_out(tx, api, row.id, e);
}

static bool remove_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct channel_row row;
    if (!channel_read(tx, api, v->params[0], &row, e) ||
        !account_remove(tx, v->brand.id, row.id, v->actor.agent_id, e))
        return false;
    json_set_id(api->arena, api->out, "id", row.id);
    return true;
}

static void channel_changed(struct api *api, bool done)
{
    if (!done)
        return;
    if (api->v->params[0]) {
        account_forget(api->v->app->house, api->v->params[0]);
        gossip_account(api->v->app->gossip, api->v->params[0]);
    }
    visit_wake_probe(api->v);
    visit_wake_outbox(api->v);
}

/* ---- networks ---- */

static struct json *network_json(struct arena *a, const struct channel *channel)
{
    struct json *object = json_object(a), *settings = json_array(a);
    json_set_str(a, object, "name", str_from(channel->name));
    json_set_str(a, object, "label", str_from(channel->label));
    for (const struct setting *s = channel->settings; s->name; s++) {
        if (s->flags & SETTING_KEPT)
            continue;
        struct json *setting = json_object(a);
        json_set_str(a, setting, "name", str_from(s->name));
        json_set_str(a, setting, "label", str_from(s->label));
        json_set_str(a, setting, "help", str_from(s->help));
        json_set_str(a, setting, "otherwise", str_from(s->otherwise));
        json_set_bool(a, setting, "required", s->flags & SETTING_REQUIRED);
        json_set_bool(a, setting, "secret", s->flags & SETTING_SECRET);
        json_push(a, settings, setting);
    }
    json_set(a, object, "settings", settings);
    return object;
}

static bool networks_run(struct tx *tx, struct api *api, struct error *e)
{
    size_t count;
    const struct channel *const *all = channel_all(&count);
    struct json *items = json_array(api->arena);
    (void)tx, (void)e;
    for (size_t i = 0; i < count; i++)
        if (channel_connects(all[i]))
            json_push(api->arena, items, network_json(api->arena, all[i]));
    api_page(api, items, 0);
    return true;
}

/* ---- the calls ---- */

static const struct api_field add_body[] = {
    {"network", API_TEXT, API_REQUIRED, "one of GET /api/v1/networks", NULL, 0, 40},
    {"name", API_TEXT, API_REQUIRED, NULL, NULL, 0, 80},
    {"settings", API_WORDS, API_REQUIRED, "by name; secrets are sealed and never shown again", NULL, 0, 0},
    {0}};
static const struct api_field change_body[] = {
    {"name", API_TEXT, 0, NULL, NULL, 0, 80},
    {"settings", API_WORDS, 0, "those given replace; an empty secret keeps the old one", NULL, 0, 0},
    {"state", API_CHOICE, 0, "active sends what waited for it", "active|paused", 0, 0},
    {0}};

#define CALLS(X)                                                                                                     \
    X(HTTP_GET, "/api/v1/networks", PERM_READ, "Networks that can be connected, and their settings",                 \
      .run = networks_run, .page = "Network")                                                                        \
    X(HTTP_GET, "/api/v1/channels", PERM_READ, "The brand's accounts on networks, and how each is doing",            \
      .run = channels_run, .page = "Channel")                                                                        \
    X(HTTP_GET, "/api/v1/channels/:id", PERM_ADMIN, "One, with its settings (secrets only as set or not)",           \
      .run = channel_run, .answer = "ChannelSettings")                                                               \
    X(HTTP_POST, "/api/v1/channels", PERM_ADMIN, "Connect an account", .run = add_run, .after = channel_changed,     \
      .body = add_body, .answer = "ChannelSettings", .status = 201)                                                  \
    X(HTTP_PATCH, "/api/v1/channels/:id", PERM_ADMIN, "Change its name or settings, pause it, let it go on",         \
      .run = change_run, .after = channel_changed, .body = change_body, .answer = "ChannelSettings")                 \
    X(HTTP_DELETE, "/api/v1/channels/:id", PERM_ADMIN, "Disconnect it; what was said through it stays",              \
      .run = remove_run, .after = channel_changed, .answer = "Removed")

const struct route routes_api_channels[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_channels[] = {CALLS(API_CALL){0}};
