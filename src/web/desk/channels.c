/* SPDX-License-Identifier: Apache-2.0 */
/* Channels: how each is doing, connecting one, changing its settings, pausing, asking it, removing it. The form is
 * made from the network's descriptor; a secret that is kept is never shown again. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/account.h"
#include "care/asking.h"
#include "care/house.h"
#include "web/desk/consent.h"
#include "web/gossip.h"

#define NAME_MAX_LENGTH  80
#define VALUE_MAX_LENGTH 4000

/* ---- the list ---- */

struct channels_page {
    struct visit *v;
    struct json *model;
};

static struct json *network_json(struct arena *a, const struct channel *channel)
{
    struct json *network = json_object(a);
    json_set_str(a, network, "name", str_from(channel->name));
    json_set_str(a, network, "label", str_from(channel->label));
    json_set_str(a, network, "icon", str_from(channel->icon));
    json_set(a, network, "honest", channel->honest ? json_new_str(a, str_from(channel->honest)) : json_new_null(a));
    return network;
}

static int64_t waiting_of(const struct ledger_line *lines, size_t count, int64_t channel)
{
    int64_t waiting = 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i].channel_id == channel)
            waiting += lines[i].n[PLACE_WAITING];
    return waiting;
}

static bool channels_read(struct tx *tx, void *ctx, struct error *e)
{
    struct channels_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct channel_row *rows;
    struct ledger_line *lines;
    struct pulses pulses;
    size_t count, line_count;
    struct json *list = json_array(a);
    if (!channel_row_list(tx, a, v->brand.id, false, &rows, &count, e) || !pulses_read(tx, v, &pulses, e) ||
        !ledger_counts(tx, a, v->brand.id, 0, 0, false, &lines, &line_count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *item = health_json(v, &rows[i], &pulses);
        json_set_str(a, item, "network", rows[i].network);
        json_set_int(a, item, "waiting", waiting_of(lines, line_count, rows[i].id));
        json_set_time(a, item, "since", rows[i].created_at);
        json_push(a, list, item);
    }
    json_set(a, page->model, "channels", list);
    return true;
}

static bool channels_list(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct channels_page page = {v, json_object(a)};
    struct json *networks = json_array(a);
    size_t count;
    const struct channel *const *all = channel_all(&count);
    if (!visit_read(v, channels_read, &page, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (channel_connects(all[i]))
            json_push(a, networks, network_json(a, all[i]));
    json_set(a, page.model, "networks", networks);
    v->view.section = STR("admin");
    view_render(&v->view, v->http, "channels", page.model);
    return true;
}

/* ---- the form ---- */

struct channel_form {
    struct visit *v;
    const struct channel *channel;
    struct channel_row row; /* id 0: not saved yet */
    struct str name;
    struct pairs given;
    bool posted, usual_any, usual_open; /* usual: fields that may stay as they are */
    struct json *model, *errors;
};

static struct str webhook_address(struct visit *v, const struct channel_row *row)
{
    struct str host = v->app->public_url;
    if (host.len == 0) {
        bool https = str_eq(http_header(v->http, "x-forwarded-proto"), STR("https"));
        host = str_format(v->arena, "%s://%.*s", https ? "https" : "http", STR_ARGS(http_header(v->http, "host")));
    }
    return str_format(v->arena, "%.*s/hooks/%.*s/%lld", STR_ARGS(host), STR_ARGS(row->network), (long long)row->id);
}

/* Takes the settings of the descriptor out of the form, and nothing else. */
static void form_take(struct channel_form *form)
{
    struct visit *v = form->v;
    size_t n = 0;
    while (form->channel->settings[n].name)
        n++;
    form->posted = true;
    form->name = form_line(v, "name", NAME_MAX_LENGTH, true, &form->errors);
    form->given.items = ARENA_ARRAY(v->arena, struct pair, n + 1);
    for (size_t i = 0; i < n; i++) {
        const char *name = form->channel->settings[i].name;
        struct str value = http_form(v->http, str_cstr(v->arena, str_format(v->arena, "set.%s", name)));
        value = str_trim(text_clean(v->arena, value));
        if (value.len > VALUE_MAX_LENGTH)
            form_wrong(v->arena, &form->errors, name, "wrong.long");
        else
            form->given.items[form->given.count++] = (struct pair){str_from(name), value};
    }
}

/* What a setting says by itself; words that colleagues read begin in the language of who connects. */
static struct str first_value(const struct channel_form *form, struct str label, struct str otherwise)
{
    struct arena *a = form->v->arena;
    const struct locale *locale = form->v->view.locale;
    struct str key = str_concat(a, label, STR(".otherwise"));
    return locale && locale_has(locale, key) ? locale_text(a, locale, key, NULL) : otherwise;
}

/* Each setting as the template wants it; what was typed stays in a refused form, but for secrets. */
static struct json *field_json(struct channel_form *form, const struct json *setting)
{
    struct arena *a = form->v->arena;
    struct str name = json_text(json_get(setting, "name")), label = json_text(json_get(setting, "label"));
    bool secret = json_bool(json_get(setting, "secret"), false), set = json_bool(json_get(setting, "set"), false);
    bool required = json_bool(json_get(setting, "required"), false);
    struct str value = json_text(json_get(setting, "value"));
    struct str typed = pairs_get(&form->given, name), otherwise = json_text(json_get(setting, "otherwise"));
    struct str begin = first_value(form, label, otherwise);
    if (form->posted && !secret)
        value = typed;
    else if (value.len == 0 && !secret)
        value = form->row.id ? otherwise : begin;
    if (form->posted && required && typed.len == 0 && !set)
        form_wrong(a, &form->errors, str_cstr(a, name), "wrong.missing");
    const struct json *wrong = json_get_str(form->errors, name);
    struct json *field = json_object(a);
    json_set_str(a, field, "name", name);
    json_set_str(a, field, "label", label);
    json_set_str(a, field, "help", str_concat(a, label, STR(".help")));
    json_set_str(a, field, "value", value);
    json_set_bool(a, field, "secret", secret);
    json_set_bool(a, field, "required", required);
    json_set_bool(a, field, "set", set);
    bool usual = !required && otherwise.len;
    json_set_bool(a, field, "usual", usual);
    form->usual_any |= usual;
    form->usual_open |= usual && (wrong || (!str_eq(value, otherwise) && !str_eq(value, begin)));
    json_set(a, field, "wrong", wrong ? json_new_str(a, json_text(wrong)) : json_new_null(a));
    return field;
}

/* Fills model and errors (also when nothing was posted). */
static bool form_model(struct channel_form *form, struct error *e)
{
    struct visit *v = form->v;
    struct arena *a = v->arena;
    struct json *fields = json_array(a);
    const struct json *settings = account_settings_view(a, v->app->house, &form->row, e);
    if (!settings)
        return false;
    for (size_t i = 0; i < json_count(settings); i++)
        json_push(a, fields, field_json(form, json_at(settings, i)));
    json_set(a, form->model, "network", network_json(a, form->channel));
    json_set_str(a, form->model, "name", form->posted ? form->name : form->row.name);
    json_set_str(a, form->model, "webhook",
                 form->row.id && form->channel->verify ? webhook_address(v, &form->row) : STR_EMPTY);
    json_set(a, form->model, "verify_token", json_new_null(a));
    json_set_bool(a, form->model, "consent", form->row.id && form->channel->consent);
    json_set_str(a, form->model, "redirect_uri", consent_address(v));
    json_set(a, form->model, "fields", fields);
    json_set_bool(a, form->model, "usual_any", form->usual_any);
    json_set_bool(a, form->model, "usual_open", form->usual_open);
    json_set(a, form->model, "errors", form->errors);
    return true;
}

static void probes_model(struct channel_form *form)
{
    struct arena *a = form->v->arena;
    struct json *probes = json_array(a);
    if (form->row.probed_at) {
        struct json *probe = json_object(a);
        json_set_time(a, probe, "at", form->row.probed_at);
        json_set_bool(a, probe, "ok", form->row.failure.len == 0);
        json_set_str(a, probe, "words", form->row.failure_words);
        json_push(a, probes, probe);
    }
    json_set(a, form->model, "probes", probes);
}

/* ---- connecting, step by step: each is seen to be done, not said to be ---- */

static void step_add(struct channel_form *form, struct json *steps, const char *key, bool done, int64_t at,
                     struct str words)
{
    struct arena *a = form->v->arena;
    struct json *step = json_object(a);
    json_set_str(a, step, "key", str_from(key));
    json_set_bool(a, step, "done", done);
    json_set_time(a, step, "at", at);
    json_set_str(a, step, "words", words);
    json_push(a, steps, step);
}

/* Is there a door that is not shut for good? */
static bool is_answerable(const struct channel *channel)
{
    const struct door *door = channel->doors;
    while (door->name && door->shut)
        door++;
    return door->name != NULL;
}

static void steps_model(struct channel_form *form)
{
    struct arena *a = form->v->arena;
    struct json *steps = json_array(a), *guide = json_array(a);
    const struct channel_row *row = &form->row;
    const struct channel *channel = form->channel;
    bool well = row->failure.len == 0 || account_stumbles(row); /* it was not the token */
    if (row->id) {
        if (channel->verify)
            step_add(form, steps, "hook", row->greeted_at || row->last_in_at,
                     row->greeted_at ? row->greeted_at : row->last_in_at, STR_EMPTY);
        step_add(form, steps, "token", row->probed_at && well, row->probed_at, row->failure_words);
        step_add(form, steps, "in", row->last_in_at > 0, row->last_in_at, STR_EMPTY);
        if (is_answerable(channel))
            step_add(form, steps, "out", row->last_out_at > 0, row->last_out_at, STR_EMPTY);
    }
    for (int i = 1; i <= channel->guide_steps; i++)
        json_push(a, guide, json_new_str(a, str_format(a, "guide.%s.%d", channel->name, i)));
    json_set(a, form->model, "steps", steps);
    json_set(a, form->model, "guide", guide);
    bool answered = row->last_out_at || !is_answerable(channel);
    json_set_bool(a, form->model, "guide_open", !row->last_in_at || !answered);
    json_set_bool(a, form->model, "connected", row->probed_at && well && row->last_in_at && answered);
}

static bool form_read(struct tx *tx, void *ctx, struct error *e)
{
    struct channel_form *form = ctx;
    struct visit *v = form->v;
    struct pulses pulses;
    if (!channel_row_by_id(tx, v->arena, v->brand.id, v->params[0], &form->row, e) || !pulses_read(tx, v, &pulses, e))
        return false;
    if (form->row.removed_at)
        return fail(e, ERR_NOT_FOUND, "This channel was removed.");
    form->channel = channel_find(form->row.network);
    if (!form->channel)
        return fail(e, ERR_CONFLICT, "This version has no network “%.*s”.", STR_ARGS(form->row.network));
    struct json *health = health_json(v, &form->row, &pulses);
    json_set_str(v->arena, health, "network", form->row.network);
    json_set(v->arena, form->model, "channel", health);
    struct json *asking = asking_json(tx, v->arena, &form->row, v->view.now, e);
    json_set(v->arena, form->model, "asking", asking ? asking : json_new_null(v->arena));
    return asking != NULL;
}

static bool form_open(struct visit *v, struct channel_form *form, struct error *e)
{
    struct arena *a = v->arena;
    *form = (struct channel_form){.v = v, .model = json_object(a), .errors = json_new_null(a)};
    v->view.section = STR("admin");
    if (v->params[0])
        return visit_read(v, form_read, form, e);
    form->channel = channel_find(http_query(v->http, "network"));
    if (!form->channel || !channel_connects(form->channel))
        return fail(e, ERR_NOT_FOUND, "There is no such network here.");
    form->row.network = str_from(form->channel->name);
    form->row.name = str_from(form->channel->label);
    json_set(a, form->model, "channel", json_new_null(a));
    return true;
}

static void form_render(struct channel_form *form, int status)
{
    struct visit *v = form->v;
    probes_model(form);
    steps_model(form);
    view_render_status(&v->view, v->http, status, "channel", form->model);
}

static bool channel_show(struct visit *v, struct error *e)
{
    struct channel_form form;
    if (!form_open(v, &form, e) || !form_model(&form, e))
        return false;
    form_render(&form, 200);
    return true;
}

static bool form_write(struct tx *tx, void *ctx, struct error *e)
{
    struct channel_form *form = ctx;
    struct visit *v = form->v;
    const struct house *house = v->app->house;
    if (v->params[0])
        return account_change(tx, house, v->brand.id, v->params[0], form->name, &form->given, v->actor.agent_id, e);
    return account_add(tx, house, v->brand.id, form->row.network, form->name, &form->given, v->actor.agent_id,
                       &form->row.id, e);
}

static struct str channel_path(struct visit *v, int64_t id)
{
    return str_format(v->arena, "/desk/channels/%lld", (long long)id);
}

static bool channel_save(struct visit *v, struct error *e)
{
    struct channel_form form;
    if (!http_form_ok(v->http, e) || !form_open(v, &form, e))
        return false;
    form_take(&form);
    if (!form_model(&form, e))
        return false;
    if (json_is(form.errors, JSON_OBJECT)) {
        form_render(&form, 422);
        return true;
    }
    if (!visit_write(v, form_write, &form, e))
        return false;
    account_forget(v->app->house, form.row.id);
    gossip_account(v->app->gossip, form.row.id);
    visit_wake_probe(v);
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, channel_path(v, form.row.id));
    return true;
}

/* ---- acts ---- */

/* Paused by hand: it stays so until opened by hand. */
static bool pause_write(struct tx *tx, struct visit *v, struct error *e)
{
    return channel_row_state(tx, v->brand.id, v->params[0], STR("paused"), STR_EMPTY, STR_EMPTY, tx_now(tx), e) &&
           page_event(tx, v, "channel.paused", v->params[0], NULL, e);
}

static bool row_is_here(struct tx *tx, struct visit *v, struct error *e)
{
    struct channel_row row;
    if (!channel_row_by_id(tx, v->arena, v->brand.id, v->params[0], &row, e))
        return false;
    return row.removed_at == 0 || fail(e, ERR_NOT_FOUND, "This channel was removed.");
}

static bool state_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    if (!row_is_here(tx, v, e))
        return false;
    struct str state = http_form(v->http, "state");
    if (str_eq(state, STR("paused")))
        return pause_write(tx, v, e);
    if (str_eq(state, STR("active")))
        return account_resume(tx, v->brand.id, v->params[0], v->actor.agent_id, e);
    return fail(e, ERR_BAD_INPUT, "A channel is active or paused.");
}

static bool probe_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return row_is_here(tx, v, e) && channel_row_probed(tx, v->brand.id, v->params[0], 0, e) &&
           page_event(tx, v, "channel.asked", v->params[0], NULL, e);
}

/* As far back as the network lists. */
static bool ask_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return row_is_here(tx, v, e) && asking_now(tx, v->brand.id, v->params[0], true, tx_now(tx), e) &&
           page_event(tx, v, "channel.compared", v->params[0], NULL, e);
}

static bool remove_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return row_is_here(tx, v, e) && account_remove(tx, v->brand.id, v->params[0], v->actor.agent_id, e);
}

/* wake: whoever has to do with it now, told before the answer leaves (the visit ends with it). */
static bool channel_act(struct visit *v, db_command *command, void (*wake)(struct visit *v), const char *toast,
                        struct str path, struct error *e)
{
    if (!visit_write(v, command, v, e))
        return false;
    account_forget(v->app->house, v->params[0]);
    gossip_account(v->app->gossip, v->params[0]);
    wake(v);
    visit_toast(v, toast, NULL);
    view_redirect(&v->view, v->http, path);
    return true;
}

static bool channel_state(struct visit *v, struct error *e)
{
    if (!http_form_ok(v->http, e))
        return false;
    return channel_act(v, state_write, visit_wake_outbox, "toast.saved", channel_path(v, v->params[0]), e);
}

static bool channel_probe(struct visit *v, struct error *e)
{
    return channel_act(v, probe_write, visit_wake_probe, "toast.probed", channel_path(v, v->params[0]), e);
}

static bool channel_ask(struct visit *v, struct error *e)
{
    return channel_act(v, ask_write, visit_wake_probe, "toast.probed", channel_path(v, v->params[0]), e);
}

static bool channel_remove(struct visit *v, struct error *e)
{
    if (!http_form_ok(v->http, e))
        return false;
    if (!str_eq(http_form(v->http, "sure"), STR("1")))
        return fail(e, ERR_BAD_INPUT, "Removing a channel must be confirmed.");
    return channel_act(v, remove_write, visit_wake_outbox, "toast.removed", STR("/desk/channels"), e);
}

const struct route routes_desk_channels[] = {
    {HTTP_GET, "/desk/channels", PERM_READ, channels_list, NULL},
    {HTTP_GET, "/desk/channels/new", PERM_ADMIN, channel_show, NULL},
    {HTTP_POST, "/desk/channels/new", PERM_ADMIN, channel_save, NULL},
    {HTTP_GET, "/desk/channels/:id", PERM_ADMIN, channel_show, NULL},
    {HTTP_POST, "/desk/channels/:id", PERM_ADMIN, channel_save, NULL},
    {HTTP_POST, "/desk/channels/:id/state", PERM_ADMIN, channel_state, NULL},
    {HTTP_POST, "/desk/channels/:id/probe", PERM_ADMIN, channel_probe, NULL},
    {HTTP_POST, "/desk/channels/:id/ask", PERM_ADMIN, channel_ask, NULL},
    {HTTP_POST, "/desk/channels/:id/remove", PERM_ADMIN, channel_remove, NULL},
    {0},
};
