/* SPDX-License-Identifier: Apache-2.0 */
/* The two pages of a call. */
#include "web/voice.h"

#include "base/arena.h"
#include "base/json.h"
#include "care/house.h"
#include "web/gossip.h"

bool voice_find(struct tx *tx, struct voice_side *side, struct error *e)
{
    struct visit *v = side->v;
    if (!call_by_id(tx, v->arena, v->brand.id, side->id, &side->call, e))
        return false;
    bool theirs = side->agent ? side->call.agent_id == side->agent : side->call.guest_id == side->guest;
    return theirs || fail(e, ERR_NOT_FOUND, "There is no such call of yours.");
}

static bool has_seat(const struct voice_side *side)
{
    struct str seat = http_form(side->v->http, "seat");
    return seat.len && str_eq(seat, side->agent ? side->call.agent_seat : side->call.guest_seat);
}

static bool names_set(struct tx *tx, const struct voice_side *side, struct error *e)
{
    struct arena *a = side->v->arena;
    const struct call *call = &side->call;
    struct agent agent;
    json_set(a, side->model, "colleague", json_new_null(a));
    json_set(a, side->model, "asked", json_new_null(a));
    if (call->agent_id) {
        if (!agent_by_id(tx, a, call->brand_id, call->agent_id, &agent, e))
            return false;
        json_set_str(a, side->model, "colleague", agent.name);
    }
    if (call->asked_id && side->agent) {
        if (!agent_by_id(tx, a, call->brand_id, call->asked_id, &agent, e))
            return false;
        json_set_str(a, side->model, "asked", agent.name);
    }
    return true;
}

static bool signals_set(struct tx *tx, const struct voice_side *side, struct error *e)
{
    struct visit *v = side->v;
    struct arena *a = v->arena;
    struct call_signal *list;
    size_t count;
    struct json *signals = json_array(a);
    if (!call_signal_list(tx, a, &side->call, side->agent == 0, visit_form_id(v, "after"), &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *signal = json_object(a);
        json_set_id(a, signal, "id", list[i].id);
        json_set_str(a, signal, "kind", list[i].kind);
        json_set_str(a, signal, "data", list[i].data);
        json_push(a, signals, signal);
    }
    json_set(a, side->model, "signals", signals);
    return true;
}

/* Only the page that has its side hears what the other one tells it. */
static bool state_read(struct tx *tx, void *ctx, struct error *e)
{
    struct voice_side *side = ctx;
    struct visit *v = side->v;
    struct arena *a = v->arena;
    const struct call *call = &side->call;
    if (!voice_find(tx, side, e))
        return false;
    bool here = has_seat(side), live = call_is_live(call);
    side->model = json_object(a);
    json_set_id(a, side->model, "id", call->id);
    json_set_str(a, side->model, "state", str_from(call_state_name(call->state)));
    json_set_bool(a, side->model, "live", live);
    json_set_bool(a, side->model, "here", here);
    json_set_int(a, side->model, "leg", call->leg);
    json_set_int(a, side->model, "seconds",
                 call->answered_at ? ((live ? v->view.now : call->ended_at) - call->answered_at) / SECOND_US : 0);
    if (!names_set(tx, side, e))
        return false;
    if (!live || !here) {
        json_set(a, side->model, "signals", json_array(a));
        return true;
    }
    struct json *ways = calls_ways(tx, a, v->app->house, call, v->view.now, e);
    json_set(a, side->model, "ways", ways ? ways : json_new_null(a));
    return ways && signals_set(tx, side, e);
}

static bool answer(struct voice_side *side, struct error *e)
{
    struct visit *v = side->v;
    if (!visit_read(v, state_read, side, e))
        return false;
    view_headers(v->http);
    http_respond(v->http, 200, STR("application/json; charset=utf-8"), json_to_str(v->arena, side->model));
    return true;
}

/* The other side has to look. */
static void tell_other(const struct voice_side *side)
{
    struct app *app = side->v->app;
    const struct call *call = &side->call;
    int64_t to = side->agent ? 0 : call->agent_id;
    if (!side->agent && !to)
        return;
    gossip_show_call(app, call->brand_id, call->conversation_id, to);
    gossip_call(app->gossip, call->brand_id, call->conversation_id, to);
}

static bool join_write(struct tx *tx, void *ctx, struct error *e)
{
    struct voice_side *side = ctx;
    return voice_find(tx, side, e) && calls_join(tx, &side->call, side->agent, http_form(side->v->http, "seat"), e);
}

bool voice_join(struct voice_side *side, struct error *e)
{
    if (!visit_write(side->v, join_write, side, e))
        return false;
    tell_other(side);
    return answer(side, e);
}

static bool beat_write(struct tx *tx, void *ctx, struct error *e)
{
    struct voice_side *side = ctx;
    return voice_find(tx, side, e) && (!has_seat(side) || calls_beat(tx, &side->call, side->agent, e));
}

static bool side_read(struct tx *tx, void *ctx, struct error *e)
{
    return voice_find(tx, ctx, e);
}

bool voice_sync(struct voice_side *side, struct error *e)
{
    struct visit *v = side->v;
    if (!visit_read(v, side_read, side, e))
        return false;
    int64_t seen = side->agent ? side->call.agent_at : side->call.guest_at;
    if (call_is_live(&side->call) && v->view.now - seen >= CALL_BEAT_US && has_seat(side) &&
        !visit_write(v, beat_write, side, e))
        return false;
    return answer(side, e);
}

static bool signal_write(struct tx *tx, void *ctx, struct error *e)
{
    struct voice_side *side = ctx;
    struct visit *v = side->v;
    int64_t leg = visit_form_id(v, "leg");
    return voice_find(tx, side, e) && calls_signal(tx, &side->call, side->agent, http_form(v->http, "seat"), leg,
                                                   http_form(v->http, "kind"), http_form(v->http, "data"), e);
}

bool voice_signal(struct voice_side *side, struct error *e)
{
    struct visit *v = side->v;
    if (!visit_write(v, signal_write, side, e))
        return false;
    tell_other(side);
    http_respond(v->http, 204, STR("text/plain"), STR_EMPTY);
    return true;
}
