/* SPDX-License-Identifier: Apache-2.0 */
/* Colleagues: inviting one with a password that is shown once, changing name and role, closing an account (their
 * people go to someone else, their sessions and tokens end) and opening it again. */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "care/story.h"
#include "store/agent.h"
#include "web/desk/page.h"
#include "web/presence.h"

#define NAME_MAX_LENGTH 80
#define HANDED_A_TURN   200
#define PASSWORD_BYTES  12

static const struct {
    enum role role;
    const char *key;
} roles[] = {{ROLE_AGENT, "role.agent"},
             {ROLE_LEAD, "role.lead"},
             {ROLE_ADMIN, "role.admin"},
             {ROLE_READ_ONLY, "role.read-only"}};

struct team_page {
    struct visit *v;
    struct agent agent; /* the one of the page, or the new one */
    struct str name, email, password;
    enum role role;
    int64_t to;
    struct json *model, *errors;
};

/* ---- models ---- */

static bool agent_json(struct tx *tx, struct visit *v, const struct agent *agent, struct json **out, struct error *e)
{
    struct arena *a = v->arena;
    int64_t mine;
    const struct json *sessions = session_list(tx, a, v->brand.id, agent->id, e);
    if (!sessions || !tally_get(tx, v->brand.id, agent->id, CONVERSATION_WAITING, &mine, e))
        return false;
    const struct json *last = json_get(json_at(sessions, 0), "seen_at");
    struct json *item = json_object(a);
    json_set_id(a, item, "id", agent->id);
    json_set_str(a, item, "name", agent->name);
    json_set_str(a, item, "email", agent->email);
    json_set_str(a, item, "role", str_from(role_name(agent->role)));
    json_set_bool(a, item, "here", presence_here(v->app->presence, v->brand.id, agent->id));
    json_set(a, item, "away", json_new_null(a));
    json_set(a, item, "last", last ? json_new_str(a, json_text(last)) : json_new_null(a));
    json_set_bool(a, item, "disabled", agent->removed_at != 0);
    json_set_int(a, item, "mine", mine);
    *out = item;
    return true;
}

static void form_set(struct team_page *page)
{
    struct arena *a = page->v->arena;
    struct json *values = json_object(a), *choices = json_array(a);
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        json_push(a, choices,
                  choice_json(a, str_from(role_name(roles[i].role)), roles[i].key, roles[i].role == page->role));
    json_set_str(a, values, "name", page->name);
    json_set_str(a, values, "email", page->email);
    json_set_str(a, values, "role", str_from(role_name(page->role)));
    json_set(a, page->model, "roles", choices);
    json_set(a, page->model, "values", values);
    json_set(a, page->model, "errors", page->errors);
}

static struct json *fresh_json(struct arena *a, struct str name, struct str password)
{
    struct json *fresh = json_object(a);
    json_set_str(a, fresh, "name", name);
    json_set_str(a, fresh, "password", password);
    return fresh;
}

static bool team_read(struct tx *tx, void *ctx, struct error *e)
{
    struct team_page *page = ctx;
    struct visit *v = page->v;
    struct agent *agents;
    size_t count;
    struct json *list = json_array(v->arena);
    if (!agent_list(tx, v->arena, v->brand.id, &agents, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *item;
        if (!agent_json(tx, v, &agents[i], &item, e))
            return false;
        json_push(v->arena, list, item);
    }
    json_set(v->arena, page->model, "agents", list);
    return true;
}

static bool team_render(struct team_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    if (!visit_read(v, team_read, page, e))
        return false;
    form_set(page);
    v->view.section = STR("admin");
    view_render_status(&v->view, v->http, status, "team", page->model);
    return true;
}

static struct team_page page_open(struct visit *v)
{
    return (struct team_page){
        .v = v, .role = ROLE_AGENT, .model = json_object(v->arena), .errors = json_new_null(v->arena)};
}

static bool team_show(struct visit *v, struct error *e)
{
    struct team_page page = page_open(v);
    json_set(v->arena, page.model, "invited", json_new_null(v->arena));
    return team_render(&page, 200, e);
}

/* ---- inviting ---- */

static void form_take(struct team_page *page)
{
    struct visit *v = page->v;
    page->name = form_line(v, "name", NAME_MAX_LENGTH, true, &page->errors);
    page->email = text_fold(v->arena, form_line(v, "email", 254, true, &page->errors));
    page->role = role_from(http_form(v->http, "role"));
    if (page->email.len && !form_is_email(page->email))
        form_wrong(v->arena, &page->errors, "email", "wrong.address");
    if (page->role == ROLE_NONE)
        form_wrong(v->arena, &page->errors, "role", "wrong.choice");
}

/* ERR_BAD_INPUT when another colleague has the address. */
static bool email_is_free(struct tx *tx, struct team_page *page, int64_t but, struct error *e)
{
    struct agent other;
    struct error here = {0};
    if (!agent_by_email(tx, tx_arena(tx), page->v->brand.id, page->email, &other, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    return other.id == but || fail(e, ERR_BAD_INPUT, "A colleague has this address already.");
}

static bool invite_write(struct tx *tx, void *ctx, struct error *e)
{
    struct team_page *page = ctx;
    struct visit *v = page->v;
    page->agent.created_at = tx_now(tx);
    return email_is_free(tx, page, 0, e) && agent_add(tx, &page->agent, e) &&
           page_event(tx, v, "agent.added", page->agent.id, page_named(tx_arena(tx), page->name), e);
}

static bool team_invite(struct visit *v, struct error *e)
{
    struct error why = {0};
    if (!http_form_ok(v->http, e))
        return false;
    struct team_page page = page_open(v);
    struct json *none = json_new_null(v->arena);
    json_set(v->arena, page.model, "invited", none);
    form_take(&page);
    if (json_is(page.errors, JSON_OBJECT))
        return team_render(&page, 422, e);
    page.password = random_token(v->arena, PASSWORD_BYTES);
    page.agent = (struct agent){.brand_id = v->brand.id,
                                .id = id_new(),
                                .email = page.email,
                                .name = page.name,
                                .role = page.role,
                                .language = v->brand.language,
                                .scheme = STR("auto"),
                                .single_keys = true};
    if (!password_hash(v->arena, page.password, &page.agent.password, e))
        return false;
    if (!visit_write(v, invite_write, &page, &why)) {
        if (why.code != ERR_BAD_INPUT) {
            *e = why;
            return false;
        }
        form_wrong(v->arena, &page.errors, "email", "wrong.taken");
        return team_render(&page, 422, e);
    }
    json_set(v->arena, page.model, "invited", fresh_json(v->arena, page.name, page.password));
    page.name = page.email = STR_EMPTY;
    page.role = ROLE_AGENT;
    return team_render(&page, 200, e);
}

/* ---- one colleague ---- */

static bool agent_read(struct tx *tx, void *ctx, struct error *e)
{
    struct team_page *page = ctx;
    struct visit *v = page->v;
    struct agent *agents;
    size_t count;
    struct json *item, *others = json_array(v->arena);
    if (!agent_by_id(tx, v->arena, v->brand.id, v->params[0], &page->agent, e) ||
        !agent_json(tx, v, &page->agent, &item, e) || !agent_list(tx, v->arena, v->brand.id, &agents, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (agents[i].id == page->agent.id || agents[i].removed_at || agents[i].role < ROLE_AGENT)
            continue;
        struct json *other = json_object(v->arena);
        json_set_id(v->arena, other, "id", agents[i].id);
        json_set_str(v->arena, other, "name", agents[i].name);
        json_push(v->arena, others, other);
    }
    json_set_bool(v->arena, item, "me", page->agent.id == v->agent.id);
    json_set(v->arena, page->model, "agent", item);
    json_set(v->arena, page->model, "others", others);
    return true;
}

static bool agent_render(struct team_page *page, int status)
{
    struct visit *v = page->v;
    form_set(page);
    json_set(v->arena, page->model, "fresh",
             page->password.len ? fresh_json(v->arena, page->agent.name, page->password) : json_new_null(v->arena));
    v->view.section = STR("admin");
    view_render_status(&v->view, v->http, status, "agent", page->model);
    return true;
}

static bool agent_show(struct visit *v, struct error *e)
{
    struct team_page page = page_open(v);
    if (!visit_read(v, agent_read, &page, e))
        return false;
    page.name = page.agent.name;
    page.email = page.agent.email;
    page.role = page.agent.role;
    return agent_render(&page, 200);
}

static bool change_write(struct tx *tx, void *ctx, struct error *e)
{
    struct team_page *page = ctx;
    struct visit *v = page->v;
    struct agent agent;
    if (!agent_by_id(tx, tx_arena(tx), v->brand.id, v->params[0], &agent, e) || !email_is_free(tx, page, agent.id, e))
        return false;
    struct json *data = page_named(tx_arena(tx), page->name);
    json_set_str(tx_arena(tx), data, "role", str_from(role_name(page->role)));
    agent.name = page->name;
    agent.email = page->email;
    agent.role = page->role;
    return agent_update(tx, &agent, e) && page_event(tx, v, "agent.changed", agent.id, data, e);
}

static struct str agent_path(struct visit *v)
{
    return str_format(v->arena, "/desk/team/%lld", (long long)v->params[0]);
}

/* Nobody takes their own administration away: someone must be left to give it back. */
static bool agent_change(struct visit *v, struct error *e)
{
    struct error why = {0};
    if (!http_form_ok(v->http, e))
        return false;
    struct team_page page = page_open(v);
    form_take(&page);
    if (v->params[0] == v->agent.id && page.role != v->agent.role)
        form_wrong(v->arena, &page.errors, "role", "wrong.own_role");
    bool asked = json_is(page.errors, JSON_OBJECT);
    if (!asked && visit_write(v, change_write, &page, &why)) {
        visit_toast(v, "toast.saved", NULL);
        view_redirect(&v->view, v->http, STR("/desk/team"));
        return true;
    }
    if (!asked && why.code != ERR_BAD_INPUT) {
        *e = why;
        return false;
    }
    if (!asked)
        form_wrong(v->arena, &page.errors, "email", "wrong.taken");
    return visit_read(v, agent_read, &page, e) && agent_render(&page, 422);
}

/* ---- a new password ---- */

static bool password_write(struct tx *tx, void *ctx, struct error *e)
{
    struct team_page *page = ctx;
    struct visit *v = page->v;
    struct agent agent;
    if (!agent_by_id(tx, tx_arena(tx), v->brand.id, v->params[0], &agent, e))
        return false;
    agent.password = page->agent.password;
    return agent_update(tx, &agent, e) && session_end_all(tx, v->brand.id, agent.id, e) &&
           page_event(tx, v, "agent.password_given", agent.id, NULL, e);
}

static bool agent_password(struct visit *v, struct error *e)
{
    struct team_page page = page_open(v);
    if (v->params[0] == v->agent.id)
        return fail(e, ERR_BAD_INPUT, "Your own password is changed in your settings.");
    page.password = random_token(v->arena, PASSWORD_BYTES);
    if (!password_hash(v->arena, page.password, &page.agent.password, e) ||
        !visit_write(v, password_write, &page, e) || !visit_read(v, agent_read, &page, e))
        return false;
    page.name = page.agent.name;
    page.email = page.agent.email;
    page.role = page.agent.role;
    return agent_render(&page, 200);
}

/* ---- closing and opening an account ---- */

/* Whoever is with them and not done with goes to another colleague, or waits for everyone. */
static bool hand_people(struct tx *tx, struct team_page *page, enum conversation_state state, struct error *e)
{
    struct visit *v = page->v;
    struct conversation_filter filter = {.state = (int)state, .owner = v->params[0], .priority = -1};
    bool more = true;
    while (more) {
        struct conversation *list;
        size_t count;
        if (!conversation_list(tx, tx_arena(tx), v->brand.id, &filter, (struct cursor){.limit = HANDED_A_TURN}, &list,
                               &count, &more, e))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!story_assign(tx, &v->actor, list[i].id, page->to, e))
                return false;
    }
    return true;
}

static bool revoke_tokens(struct tx *tx, struct visit *v, struct error *e)
{
    const struct json *tokens = token_list(tx, tx_arena(tx), v->brand.id, e);
    for (size_t i = 0; i < json_count(tokens); i++) {
        const struct json *token = json_at(tokens, i);
        bool theirs = json_int(json_get(token, "created_by"), 0) == v->params[0];
        if (theirs && json_is(json_get(token, "revoked_at"), JSON_NULL) &&
            !token_revoke(tx, v->brand.id, json_int(json_get(token, "id"), 0), tx_now(tx), e))
            return false;
    }
    return tokens != NULL;
}

static bool disable_write(struct tx *tx, void *ctx, struct error *e)
{
    struct team_page *page = ctx;
    struct visit *v = page->v;
    struct agent agent, other;
    if (!agent_by_id(tx, tx_arena(tx), v->brand.id, v->params[0], &agent, e))
        return false;
    if (page->to && (!agent_by_id(tx, tx_arena(tx), v->brand.id, page->to, &other, e) || page->to == agent.id ||
                     other.removed_at))
        return fail(e, ERR_BAD_INPUT, "Choose a colleague who takes their people.");
    agent.removed_at = tx_now(tx);
    return hand_people(tx, page, CONVERSATION_WAITING, e) && hand_people(tx, page, CONVERSATION_ANSWERED, e) &&
           hand_people(tx, page, CONVERSATION_SNOOZED, e) && revoke_tokens(tx, v, e) && agent_update(tx, &agent, e) &&
           session_end_all(tx, v->brand.id, agent.id, e) &&
           page_event(tx, v, "agent.disabled", agent.id, page_named(tx_arena(tx), agent.name), e);
}

static bool agent_disable(struct visit *v, struct error *e)
{
    struct team_page page = page_open(v);
    if (!http_form_ok(v->http, e))
        return false;
    if (v->params[0] == v->agent.id)
        return fail(e, ERR_BAD_INPUT, "Nobody closes their own account.");
    page.to = visit_form_id(v, "to");
    if (!visit_write(v, disable_write, &page, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/team"));
    return true;
}

static bool enable_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    struct agent agent;
    if (!agent_by_id(tx, tx_arena(tx), v->brand.id, v->params[0], &agent, e))
        return false;
    agent.removed_at = 0;
    return agent_update(tx, &agent, e) &&
           page_event(tx, v, "agent.enabled", agent.id, page_named(tx_arena(tx), agent.name), e);
}

static bool agent_enable(struct visit *v, struct error *e)
{
    if (!visit_write(v, enable_write, v, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, agent_path(v));
    return true;
}

const struct route routes_desk_team[] = {
    {HTTP_GET, "/desk/team", PERM_ADMIN, team_show, NULL},
    {HTTP_POST, "/desk/team", PERM_ADMIN, team_invite, NULL},
    {HTTP_GET, "/desk/team/:id", PERM_ADMIN, agent_show, NULL},
    {HTTP_POST, "/desk/team/:id", PERM_ADMIN, agent_change, NULL},
    {HTTP_POST, "/desk/team/:id/password", PERM_ADMIN, agent_password, NULL},
    {HTTP_POST, "/desk/team/:id/disable", PERM_ADMIN, agent_disable, NULL},
    {HTTP_POST, "/desk/team/:id/enable", PERM_ADMIN, agent_enable, NULL},
    {0},
};
