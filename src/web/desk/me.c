/* SPDX-License-Identifier: Apache-2.0 */
/* My settings: name, language, light, single keys, password, and where I am signed in. */
#include "base/arena.h"
#include "base/json.h"
#include "store/agent.h"
#include "web/desk/page.h"
#include "web/browser.h"
#include "web/session.h"

#define NAME_MAX_LENGTH   80
#define SESSION_ID_LENGTH 16 /* letters of the hash that name a session in an address */

struct me_page {
    struct visit *v;
    struct str name, language, scheme;
    bool single_keys;
    struct json *model, *errors;
};

/* ---- the page ---- */

static struct str session_name(struct str hash)
{
    return str_slice(hash, 0, SESSION_ID_LENGTH);
}

static bool sessions_read(struct tx *tx, void *ctx, struct error *e)
{
    struct me_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct json *sessions = json_array(a);
    const struct json *list = session_list(tx, a, v->brand.id, v->agent.id, e);
    if (!list)
        return false;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *session = json_at(list, i);
        struct str hash = json_text(json_get(session, "hash"));
        struct json *item = json_object(a);
        json_set_str(a, item, "id", session_name(hash));
        json_set_bool(a, item, "current", str_eq(hash, v->session_hash));
        json_set_str(a, item, "at", json_text(json_get(session, "created_at")));
        json_set_str(a, item, "last", json_text(json_get(session, "seen_at")));
        json_set_str(a, item, "what", browser_words(a, json_text(json_get(session, "browser"))));
        json_push(a, sessions, item);
    }
    json_set(a, page->model, "sessions", sessions);
    return true;
}

static struct json *languages(struct arena *a, struct str chosen)
{
    static const struct {
        const char *tag, *name;
    } names[] = {{"it", "Italiano"}, {"en", "English"}};
    struct json *list = json_array(a);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        json_push(
            a, list,
            option_json(a, str_from(names[i].tag), str_from(names[i].name), str_eq(chosen, str_from(names[i].tag))));
    return list;
}

static bool me_render(struct me_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    static const char *const schemes[] = {"auto", "light", "dark"};
    struct json *choices = json_array(a), *values = json_object(a);
    if (!visit_read(v, sessions_read, page, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        json_push(a, choices,
                  choice_json(a, str_from(schemes[i]), str_cstr(a, str_format(a, "scheme.%s", schemes[i])),
                              str_eq(page->scheme, str_from(schemes[i]))));
    json_set_str(a, values, "name", page->name);
    json_set(a, page->model, "values", values);
    json_set(a, page->model, "langs", languages(a, page->language));
    json_set(a, page->model, "schemes", choices);
    json_set_bool(a, page->model, "single_keys", page->single_keys);
    json_set(a, page->model, "errors", page->errors);
    v->view.section = STR("me");
    view_render_status(&v->view, v->http, status, "me", page->model);
    return true;
}

static struct me_page me_open(struct visit *v)
{
    struct str language = v->agent.language.len
                              ? v->agent.language
                              : locale_language(v->view.locale ? v->view.locale : locale_find(STR_EMPTY));
    return (struct me_page){.v = v,
                            .name = v->agent.name,
                            .language = language,
                            .scheme = v->agent.scheme.len ? v->agent.scheme : STR("auto"),
                            .single_keys = v->agent.single_keys,
                            .model = json_object(v->arena),
                            .errors = json_new_null(v->arena)};
}

static bool me_show(struct visit *v, struct error *e)
{
    struct me_page page = me_open(v);
    return me_render(&page, 200, e);
}

/* ---- changing ---- */

static bool is_scheme(struct str scheme)
{
    return str_eq(scheme, STR("auto")) || str_eq(scheme, STR("light")) || str_eq(scheme, STR("dark"));
}

static bool me_write(struct tx *tx, void *ctx, struct error *e)
{
    struct me_page *page = ctx;
    struct visit *v = page->v;
    struct agent agent;
    if (!agent_by_id(tx, tx_arena(tx), v->brand.id, v->agent.id, &agent, e))
        return false;
    agent.name = page->name;
    agent.language = page->language;
    agent.scheme = page->scheme;
    agent.single_keys = page->single_keys;
    return agent_update(tx, &agent, e) && page_event(tx, v, "agent.settings", agent.id, NULL, e);
}

static bool me_change(struct visit *v, struct error *e)
{
    if (!http_form_ok(v->http, e))
        return false;
    struct me_page page = me_open(v);
    page.name = form_line(v, "name", NAME_MAX_LENGTH, true, &page.errors);
    page.single_keys = str_eq(http_form(v->http, "single_keys"), STR("1"));
    struct str lang = http_form(v->http, "lang"), scheme = http_form(v->http, "scheme");
    if (lang.len && !str_eq(lang, STR("it")) && !str_eq(lang, STR("en")))
        form_wrong(v->arena, &page.errors, "lang", "wrong.choice");
    else if (lang.len)
        page.language = lang;
    if (is_scheme(scheme))
        page.scheme = scheme;
    if (json_is(page.errors, JSON_OBJECT))
        return me_render(&page, 422, e);
    if (!visit_write(v, me_write, &page, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/me"));
    return true;
}

/* One switch: scripts want no page back. */
static bool me_switch(struct me_page *page, struct str path, struct error *e)
{
    struct visit *v = page->v;
    if (!visit_write(v, me_write, page, e))
        return false;
    if (view_wants_json(v->http)) {
        view_headers(v->http);
        http_respond(v->http, 204, STR("text/plain"), STR_EMPTY);
    } else {
        visit_toast(v, "toast.saved", NULL);
        view_redirect(&v->view, v->http, path);
    }
    return true;
}

static bool me_scheme(struct visit *v, struct error *e)
{
    if (!http_form_ok(v->http, e))
        return false;
    struct me_page page = me_open(v);
    page.scheme = http_form(v->http, "scheme");
    if (!is_scheme(page.scheme))
        return fail(e, ERR_BAD_INPUT, "A scheme is auto, light or dark.");
    return me_switch(&page, STR("/desk/me"), e);
}

static bool me_keys(struct visit *v, struct error *e)
{
    if (!http_form_ok(v->http, e))
        return false;
    struct me_page page = me_open(v);
    page.single_keys = str_eq(http_form(v->http, "single_keys"), STR("1"));
    return me_switch(&page, STR("/desk/shortcuts"), e);
}

static bool me_password(struct visit *v, struct error *e)
{
    struct error why = {0};
    if (!http_form_ok(v->http, e))
        return false;
    struct str old_password = http_form(v->http, "old"), new_password = http_form(v->http, "new");
    struct me_page page = me_open(v);
    if (text_length(v->arena, new_password, LENGTH_CHARACTERS) < PASSWORD_MIN) {
        form_wrong(v->arena, &page.errors, "new", "wrong.short");
        return me_render(&page, 422, e);
    }
    if (session_change_password(v, old_password, new_password, &why)) {
        visit_toast(v, "toast.saved", NULL);
        view_redirect(&v->view, v->http, STR("/desk/me"));
        return true;
    }
    if (why.code != ERR_BAD_INPUT) {
        *e = why;
        return false;
    }
    form_wrong(v->arena, &page.errors, "old", "wrong.password");
    return me_render(&page, 422, e);
}

/* ---- sessions ---- */

static bool session_end_one(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    const struct json *list = session_list(tx, tx_arena(tx), v->brand.id, v->agent.id, e);
    for (size_t i = 0; i < json_count(list); i++) {
        struct str hash = json_text(json_get(json_at(list, i), "hash"));
        if (str_eq(session_name(hash), v->words[0]))
            return session_end(tx, v->brand.id, hash, e) &&
                   page_event(tx, v, "agent.session_ended", v->agent.id, NULL, e);
    }
    return list && fail(e, ERR_NOT_FOUND, "There is no such session of yours.");
}

static bool me_session_end(struct visit *v, struct error *e)
{
    if (!visit_write(v, session_end_one, v, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/me"));
    return true;
}

static bool session_end_others(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    struct session here;
    return session_find(tx, tx_arena(tx), v->brand.id, v->session_hash, &here, e) &&
           session_end_all(tx, v->brand.id, v->agent.id, e) && session_add(tx, &here, e) &&
           page_event(tx, v, "agent.sessions_ended", v->agent.id, NULL, e);
}

static bool me_sessions_end(struct visit *v, struct error *e)
{
    if (!visit_write(v, session_end_others, v, e))
        return false;
    visit_toast(v, "toast.signed_out", NULL);
    view_redirect(&v->view, v->http, STR("/desk/me"));
    return true;
}

const struct route routes_desk_me[] = {
    {HTTP_GET, "/desk/me", PERM_READ, me_show, NULL},
    {HTTP_POST, "/desk/me", PERM_READ, me_change, NULL},
    {HTTP_POST, "/desk/me/scheme", PERM_READ, me_scheme, NULL},
    {HTTP_POST, "/desk/me/keys", PERM_READ, me_keys, NULL},
    {HTTP_POST, "/desk/me/password", PERM_READ, me_password, NULL},
    {HTTP_POST, "/desk/me/session/:name/end", PERM_READ, me_session_end, NULL},
    {HTTP_POST, "/desk/me/sessions/end", PERM_READ, me_sessions_end, NULL},
    {0},
};
