/* SPDX-License-Identifier: Apache-2.0 */
/* Calling from the site: it rings at the colleagues on duty, the voice goes from browser to browser. What it is about
 * is a message that waits like every other; nothing is recorded. */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/intake.h"
#include "web/forms.h"
#include "web/site/call.h"
#include "web/site/site.h"
#include "web/voice.h"

#define ABOUT_MAX 500
#define NAME_MAX  80
#define ONCE_MAX  64
#define HERE_MOST 64

/* ---- whether somebody can answer ---- */

static struct json *model_of(struct arena *a, const struct call *call)
{
    struct json *model = json_object(a);
    json_set_id(a, model, "id", call->id);
    json_set_id(a, model, "conversation", call->conversation_id);
    json_set_str(a, model, "state", str_from(call_state_name(call->state)));
    json_set_bool(a, model, "live", call_is_live(call));
    json_set_bool(a, model, "talked", call->answered_at != 0);
    json_set_int(a, model, "seconds",
                 call->answered_at && call->ended_at ? (call->ended_at - call->answered_at) / SECOND_US : 0);
    return model;
}

static bool live_of(struct tx *tx, const struct site *site, int64_t *id, struct error *e)
{
    struct call *calls;
    size_t count;
    *id = 0;
    if (!site->guest.id)
        return true;
    if (!call_list_open(tx, site->v->arena, site->v->brand.id, &calls, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (call_is_live(&calls[i]) && calls[i].guest_id == site->guest.id)
            *id = calls[i].id;
    return true;
}

struct json *call_voice_json(struct tx *tx, struct site *site, struct error *e)
{
    struct arena *a = site->v->arena;
    int64_t agents[HERE_MOST], live;
    size_t count;
    struct call_setting setting;
    if (!calls_reachable(tx, site->v->brand.id, agents, HERE_MOST, &count, e) || !live_of(tx, site, &live, e) ||
        !call_setting_get(tx, a, site->v->brand.id, &setting, e))
        return NULL;
    struct json *voice = json_object(a);
    json_set_bool(a, voice, "now", count > 0 && !live);
    json_set_int(a, voice, "here", (int64_t)count);
    json_set(a, voice, "live", live ? json_new_str(a, str_format(a, "%lld", (long long)live)) : json_new_null(a));
    json_set_str(a, voice, "phone", setting.phone);
    json_set_str(a, voice, "once", random_token(a, 12));
    return voice;
}

/* ---- calling ---- */

struct calling {
    struct site site;
    int64_t conversation, live;
    size_t here;
};

static bool calling_read(struct tx *tx, void *ctx, struct error *e)
{
    struct calling *calling = ctx;
    struct visit *v = calling->site.v;
    int64_t agents[HERE_MOST];
    struct conversation c;
    if (calling->conversation &&
        !guest_conversation(tx, v->arena, &calling->site.guest, calling->conversation, &c, e))
        return false;
    return live_of(tx, &calling->site, &calling->live, e) &&
           calls_reachable(tx, v->brand.id, agents, HERE_MOST, &calling->here, e);
}

static void words_of(struct visit *v, struct guest_words *words)
{
    struct locale_frame frame = {v->arena, v->view.locale, v->view.now, v->view.zone};
    struct str asks = locale_say(&frame, STR("voice.asks"), json_object(v->arena));
    words->text = str_format(v->arena, "%.*s\n\n%.*s", STR_ARGS(words->text), STR_ARGS(asks));
    words->once = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "once")), ONCE_MAX);
    if (words->once.len == 0)
        words->once = random_token(v->arena, 12);
}

static bool now_post(struct visit *v, struct error *e)
{
    struct calling calling = {.conversation = visit_form_id(v, "conversation")};
    struct json *errors = NULL;
    int64_t call = 0, conversation;
    if (!http_form_ok(v->http, e) || !site_open(v, "home", &calling.site, e) ||
        !visit_read(v, calling_read, &calling, e))
        return false;
    struct guest_words words = {.text = form_line(v, "text", ABOUT_MAX, true, &errors), .rings = &call};
    struct str name = form_line(v, "name", NAME_MAX, false, &errors);
    if (errors)
        return fail(e, ERR_BAD_INPUT, "Say in a line what it is about.");
    if (!calling.live && calling.here == 0)
        return fail(e, ERR_CONFLICT, "Nobody can answer right now.");
    words_of(v, &words);
    if (calling.live)
        call = calling.live;
    else if (!site_may_write(&calling.site, e) || !site_may_call(&calling.site, e) ||
             !site_guest(&calling.site, name, e) ||
             !site_say(&calling.site, &words, calling.conversation ? calling.conversation : INTAKE_BEGINS,
                       &conversation, e))
        return false;
    view_redirect(&v->view, v->http, str_format(v->arena, "/call/live/%lld", (long long)call));
    return true;
}

/* ---- the call's page ---- */

static bool side_open(struct visit *v, struct site *site, struct voice_side *side, struct error *e)
{
    *side = (struct voice_side){.v = v, .id = v->params[0]};
    if (!site_open(v, "home", site, e))
        return false;
    side->guest = site->guest.id;
    return side->guest || fail(e, ERR_NOT_FOUND, "There is no such call of yours.");
}

static bool live_read(struct tx *tx, void *ctx, struct error *e)
{
    struct voice_side *side = ctx;
    struct arena *a = side->v->arena;
    struct agent agent = {0};
    struct call_setting setting;
    if (!voice_find(tx, side, e) || !call_setting_get(tx, a, side->v->brand.id, &setting, e) ||
        (side->call.agent_id && !agent_by_id(tx, a, side->v->brand.id, side->call.agent_id, &agent, e)))
        return false;
    struct json *call = model_of(a, &side->call);
    json_set_str(a, call, "colleague", agent.name);
    json_set(a, side->model, "call", call);
    json_set_str(a, side->model, "phone", setting.phone);
    return true;
}

static bool live_show(struct visit *v, struct error *e)
{
    struct site site;
    struct voice_side side;
    if (!side_open(v, &site, &side, e))
        return false;
    side.model = json_object(v->arena);
    if (!visit_read(v, live_read, &side, e))
        return false;
    v->view.voice = true;
    site_render(&site, "call-live", side.model);
    return true;
}

static bool live_join(struct visit *v, struct error *e)
{
    struct site site;
    struct voice_side side;
    return http_form_ok(v->http, e) && side_open(v, &site, &side, e) && voice_join(&side, e);
}

static bool live_sync(struct visit *v, struct error *e)
{
    struct site site;
    struct voice_side side;
    return http_form_ok(v->http, e) && side_open(v, &site, &side, e) && voice_sync(&side, e);
}

static bool live_signal(struct visit *v, struct error *e)
{
    struct site site;
    struct voice_side side;
    return http_form_ok(v->http, e) && side_open(v, &site, &side, e) && voice_signal(&side, e);
}

static bool end_write(struct tx *tx, void *ctx, struct error *e)
{
    struct voice_side *side = ctx;
    return voice_find(tx, side, e) && calls_end(tx, &side->call, 0, e);
}

static bool live_end(struct visit *v, struct error *e)
{
    struct site site;
    struct voice_side side;
    if (!http_form_ok(v->http, e) || !side_open(v, &site, &side, e) || !visit_write(v, end_write, &side, e))
        return false;
    view_redirect(&v->view, v->http, str_format(v->arena, "/call/live/%lld", (long long)side.id));
    return true;
}

const struct route routes_site_call_live[] = {
    {HTTP_POST, "/call/now", PERM_PUBLIC, now_post, NULL},
    {HTTP_GET, "/call/live/:id", PERM_PUBLIC, live_show, NULL},
    {HTTP_POST, "/call/live/:id/join", PERM_PUBLIC, live_join, NULL},
    {HTTP_POST, "/call/live/:id/sync", PERM_PUBLIC, live_sync, NULL},
    {HTTP_POST, "/call/live/:id/signal", PERM_PUBLIC, live_signal, NULL},
    {HTTP_POST, "/call/live/:id/end", PERM_PUBLIC, live_end, NULL},
    {0},
};
