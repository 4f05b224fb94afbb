/* SPDX-License-Identifier: Apache-2.0 */
/* Voice calls at the desk: what rings, the call one has, notes that are still to be written; who is on duty; and the
 * servers that help the voice to find its way. */
#include "base/arena.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/house.h"
#include "store/message.h"
#include "store/person.h"
#include "web/desk/page.h"
#include "web/voice.h"

#define RECENT      30
#define ABOUT_SHOWN 160
#define SERVERS_MAX 8
#define PHONE_MAX   40
#define SECRET_MAX  200
#define HERE_MOST   64

/* ---- the bar and the page ---- */

struct calls_page {
    struct visit *v;
    struct names names;
    struct json *model, *errors;
    struct call_setting setting; /* what the form holds; or what is kept */
    bool given;
};

static struct json *call_model(struct tx *tx, struct calls_page *page, const struct call *call, struct error *e)
{
    struct arena *a = page->v->arena;
    struct message m;
    struct person person;
    if (!message_by_id(tx, a, call->brand_id, call->message_id, &m, e) ||
        !person_by_id(tx, a, call->brand_id, m.person_id, &person, e))
        return NULL;
    struct json *item = json_object(a);
    struct str about = m.text;
    ptrdiff_t line = str_find_char(about, '\n');
    json_set_id(a, item, "id", call->id);
    json_set_id(a, item, "conversation", m.conversation_id);
    json_set_str(a, item, "person", person.name);
    json_set_str(a, item, "about",
                 text_shorten(a, line < 0 ? about : str_slice(about, 0, (size_t)line), ABOUT_SHOWN));
    json_set_str(a, item, "state", str_from(call_state_name(call->state)));
    json_set_bool(a, item, "live", call_is_live(call));
    json_set_bool(a, item, "held", call->state == CALL_HELD);
    json_set_time(a, item, "at", id_time(call->id));
    json_set_int(a, item, "seconds",
                 call->answered_at && call->ended_at ? (call->ended_at - call->answered_at) / SECOND_US : 0);
    json_set(a, item, "colleague", names_agent_json(a, &page->names, call->agent_id));
    json_set(a, item, "asked", names_agent_json(a, &page->names, call->asked_id));
    json_set_str(a, item, "why", call->asked_id ? call->why : STR_EMPTY);
    return item;
}

static bool declined_by(const struct call *call, int64_t agent)
{
    struct str rest = call->declined, word;
    int64_t id;
    while (str_split(&rest, ' ', &word))
        if (str_int64(word, &id) && id == agent)
            return true;
    return false;
}

/* Whom the call can be handed to. */
static bool colleagues_set(struct tx *tx, struct calls_page *page, struct json *mine, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    int64_t agents[HERE_MOST];
    size_t count;
    struct json *list = json_array(a);
    if (!calls_reachable(tx, v->brand.id, agents, HERE_MOST, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (agents[i] != v->actor.agent_id)
            json_push(a, list, names_agent_json(a, &page->names, agents[i]));
    json_set(a, mine, "colleagues", list);
    return true;
}

static bool bar_fill(struct tx *tx, struct calls_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct call *calls;
    size_t count;
    struct json *bar = json_object(a), *rings = json_array(a), *notes = json_array(a), *mine = json_new_null(a);
    if (!call_list_open(tx, a, v->brand.id, &calls, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct call *call = &calls[i];
        int64_t me = v->actor.agent_id;
        bool rung = (call->state == CALL_RINGING && !declined_by(call, me)) || call->asked_id == me;
        if ((!rung && call->agent_id != me) || v->actor.role < ROLE_AGENT)
            continue;
        struct json *item = call_model(tx, page, call, e);
        if (!item)
            return false;
        if (rung)
            json_push(a, rings, item);
        else if (call_is_live(call))
            mine = item;
        else
            json_push(a, notes, item);
    }
    if (json_is(mine, JSON_OBJECT) && !colleagues_set(tx, page, mine, e))
        return false;
    json_set(a, bar, "rings", json_is(mine, JSON_OBJECT) ? json_array(a) : rings); /* who speaks is not rung */
    json_set(a, bar, "mine", mine);
    json_set(a, bar, "notes", notes);
    json_set(a, page->model, "bar", bar);
    return true;
}

static bool recent_fill(struct tx *tx, struct calls_page *page, struct error *e)
{
    struct arena *a = page->v->arena;
    struct call *calls;
    size_t count;
    struct json *recent = json_array(a);
    if (!call_list_newest(tx, a, page->v->brand.id, RECENT, &calls, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *item = call_model(tx, page, &calls[i], e);
        if (!item)
            return false;
        json_push(a, recent, item);
    }
    json_set(a, page->model, "recent", recent);
    return true;
}

static bool duty_fill(struct tx *tx, struct calls_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    int64_t *agents;
    size_t count;
    struct json *duty = json_array(a);
    if (!call_duty_list(tx, a, v->brand.id, v->view.now - CALL_DUTY_US, &agents, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        json_push(a, duty, names_agent_json(a, &page->names, agents[i]));
    json_set(a, page->model, "duty", duty);
    return true;
}

static bool calls_fill(struct tx *tx, void *ctx, struct error *e)
{
    struct calls_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    if (!names_read(tx, v, &page->names, e) || !bar_fill(tx, page, e) || !recent_fill(tx, page, e) ||
        !duty_fill(tx, page, e) || (!page->given && !call_setting_get(tx, a, v->brand.id, &page->setting, e)))
        return false;
    struct json *setting = json_object(a);
    json_set_str(a, setting, "servers", page->setting.servers);
    json_set_bool(a, setting, "secret", page->setting.secret.len > 0);
    json_set_bool(a, setting, "relay_only", page->setting.relay_only);
    json_set_str(a, setting, "phone", page->setting.phone);
    json_set(a, page->model, "setting", v->actor.role >= ROLE_ADMIN ? setting : json_new_null(a));
    json_set_bool(a, page->model, "may", v->actor.role >= ROLE_AGENT);
    json_set(a, page->model, "errors", page->errors);
    return true;
}

static bool calls_render(struct calls_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    page->model = json_object(v->arena);
    if (!visit_read(v, calls_fill, page, e))
        return false;
    v->view.section = STR("me");
    view_render_status(&v->view, v->http, status, "calls", page->model);
    return true;
}

static bool calls_show(struct visit *v, struct error *e)
{
    struct calls_page page = {.v = v, .errors = json_new_null(v->arena)};
    return calls_render(&page, 200, e);
}

/* ---- settings ---- */

static bool setting_write(struct tx *tx, void *ctx, struct error *e)
{
    struct calls_page *page = ctx;
    struct visit *v = page->v;
    struct call_setting kept;
    struct str secret = http_form(v->http, "secret");
    if (!call_setting_get(tx, v->arena, v->brand.id, &kept, e))
        return false;
    page->setting.secret = http_form(v->http, "forget").len ? STR_EMPTY
                           : secret.len                     ? seal(v->arena, v->app->house->seal_key, secret)
                                                            : kept.secret;
    return call_setting_put(tx, v->brand.id, &page->setting, e) && page_event(tx, v, "brand.calls", 0, NULL, e);
}

/* One address a line. */
static bool servers_read(struct visit *v, struct str text, struct str *out)
{
    struct str line;
    size_t count = 0;
    *out = STR_EMPTY;
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.len == 0)
            continue;
        if (!calls_is_server(line) || ++count > SERVERS_MAX)
            return false;
        *out = out->len ? str_format(v->arena, "%.*s\n%.*s", STR_ARGS(*out), STR_ARGS(line)) : line;
    }
    return true;
}

static bool phone_is_one(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] < '0' || text.ptr[i] > '9') && str_find_char(STR("+ -.()/"), text.ptr[i]) < 0)
            return false;
    return text.len <= PHONE_MAX;
}

static bool setting_post(struct visit *v, struct error *e)
{
    struct calls_page page = {.v = v, .errors = json_new_null(v->arena), .given = true};
    struct json *errors = NULL;
    if (!http_form_ok(v->http, e))
        return false;
    page.setting.phone = form_line(v, "phone", PHONE_MAX, false, &errors);
    page.setting.relay_only = http_form(v->http, "relay_only").len > 0;
    if (!servers_read(v, http_form(v->http, "servers"), &page.setting.servers)) {
        page.setting.servers = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "servers")), 2000);
        form_wrong(v->arena, &errors, "servers", "wrong.servers");
    }
    if (!phone_is_one(page.setting.phone))
        form_wrong(v->arena, &errors, "phone", "wrong.phone");
    if (http_form(v->http, "secret").len > SECRET_MAX)
        form_wrong(v->arena, &errors, "secret", "wrong.long");
    if (errors) {
        page.errors = errors;
        return calls_render(&page, 422, e);
    }
    if (!visit_write(v, setting_write, &page, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/calls"));
    return true;
}

/* ---- duty ---- */

static bool duty_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    struct str state = http_form(v->http, "state");
    if (str_eq(state, STR("off")))
        return call_duty_end(tx, v->brand.id, v->actor.agent_id, e);
    int64_t since = str_eq(state, STR("leaving")) ? CALL_DUTY_US - CALL_LEAVING_US : 0;
    return call_duty_put(tx, v->brand.id, v->actor.agent_id, tx_now(tx) - since, e);
}

static bool duty_post(struct visit *v, struct error *e)
{
    if (!http_form_ok(v->http, e) || !visit_write(v, duty_write, v, e))
        return false;
    http_respond(v->http, 204, STR("text/plain"), STR_EMPTY);
    return true;
}

/* ---- acts ---- */

struct call_act {
    struct visit *v;
    struct str words; /* what stands in the story where a call is handed over */
};

static bool end_act(struct tx *tx, struct visit *v, struct error *e)
{
    struct call call;
    return call_by_id(tx, v->arena, v->brand.id, v->params[0], &call, e) &&
           calls_end(tx, &call, v->actor.agent_id, e);
}

static bool note_act(struct tx *tx, struct visit *v, struct error *e)
{
    const struct author *author = visit_author(v, tx, e);
    return author && calls_note(tx, author, &v->actor, v->params[0], http_form(v->http, "note"),
                                str_eq(http_form(v->http, "spoken"), STR("1")), e);
}

static bool act_run(struct tx *tx, void *ctx, struct error *e)
{
    const struct call_act *act = ctx;
    struct visit *v = act->v;
    struct str kind = v->words[0];
    int64_t id = v->params[0];
    if (str_eq(kind, STR("answer")))
        return visit_author(v, tx, e) && calls_answer(tx, &v->actor, id, http_form(v->http, "seat"), act->words, e);
    if (str_eq(kind, STR("decline")))
        return calls_decline(tx, &v->actor, id, e);
    if (str_eq(kind, STR("hold")) || str_eq(kind, STR("resume")))
        return calls_hold(tx, &v->actor, id, str_eq(kind, STR("hold")), e);
    if (str_eq(kind, STR("hand")))
        return calls_hand(tx, &v->actor, id, visit_form_id(v, "to"), http_form(v->http, "why"), e);
    if (str_eq(kind, STR("end")))
        return end_act(tx, v, e);
    if (str_eq(kind, STR("note")))
        return note_act(tx, v, e);
    return fail(e, ERR_NOT_FOUND, "There is nothing at this address.");
}

static bool call_act(struct visit *v, struct error *e)
{
    struct voice_side side = {.v = v, .id = v->params[0], .agent = v->actor.agent_id};
    struct call_act act = {.v = v, .words = visit_words(v, "voice.handed_words")};
    struct str kind = v->words[0];
    if (!http_form_ok(v->http, e))
        return false;
    if (v->actor.token_id)
        return fail(e, ERR_FORBIDDEN, "Calls are answered by colleagues in person.");
    if (str_eq(kind, STR("join")))
        return voice_join(&side, e);
    if (str_eq(kind, STR("sync")))
        return voice_sync(&side, e);
    if (str_eq(kind, STR("signal")))
        return voice_signal(&side, e);
    if (!visit_write(v, act_run, &act, e))
        return false;
    view_redirect(&v->view, v->http, STR("/desk/calls"));
    return true;
}

const struct route routes_desk_calls[] = {
    {HTTP_GET, "/desk/calls", PERM_READ, calls_show, NULL},
    {HTTP_POST, "/desk/calls/settings", PERM_ADMIN, setting_post, NULL},
    {HTTP_POST, "/desk/calls/duty", PERM_AGENT, duty_post, NULL},
    {HTTP_POST, "/desk/call/:id/:name", PERM_AGENT, call_act, NULL},
    {0},
};
