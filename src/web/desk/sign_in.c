/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the desk: signing in and out. */
#include "base/arena.h"
#include "base/json.h"
#include "store/agent.h"
#include "web/desk/page.h"
#include "web/session.h"

/* Only a path of this site: "//elsewhere" and "/\elsewhere" would leave it. */
static struct str next_path(struct str next)
{
    bool ours = next.len && next.len <= 2000 && next.ptr[0] == '/' &&
                !(next.len > 1 && (next.ptr[1] == '/' || next.ptr[1] == '\\')) &&
                !str_starts(next, STR("/desk/sign-"));
    for (size_t i = 0; ours && i < next.len; i++)
        ours = (unsigned char)next.ptr[i] > ' ' && next.ptr[i] != 0x7f;
    return ours ? next : STR("/desk");
}

static struct json *sign_in_model(struct visit *v, struct str user, struct str next)
{
    struct arena *a = v->arena;
    struct json *model = json_object(a), *values = json_object(a);
    json_set_str(a, values, "user", user);
    json_set(a, model, "values", values);
    json_set(a, model, "errors", json_new_null(a));
    json_set(a, model, "left", json_new_null(a));
    json_set(a, model, "wait", json_new_null(a));
    json_set_str(a, model, "next", next_path(next));
    json_set(a, model, "sso", json_new_null(a));
    json_set_bool(a, model, "second", false);
    return model;
}

static bool sign_in_show(struct visit *v, struct error *e)
{
    (void)e;
    struct str next = http_query(v->http, "next");
    if (v->actor.role != ROLE_NONE)
        view_redirect(&v->view, v->http, next_path(next));
    else
        view_render(&v->view, v->http, "sign-in", sign_in_model(v, STR_EMPTY, next));
    return true;
}

static bool sign_in_refused(struct visit *v, const struct sign_in_limit *limit, const struct error *why)
{
    struct arena *a = v->arena;
    struct str user = str_trim(text_clean(a, http_form(v->http, "user")));
    struct json *model = sign_in_model(v, user, http_form(v->http, "next"));
    struct json *errors = json_new_null(a);
    if (why->code == ERR_RATE_LIMITED) {
        json_set_int(a, model, "wait", limit->wait);
        view_render_status(&v->view, v->http, error_http_status(why->code), "sign-in", model);
        return true;
    }
    form_wrong(a, &errors, "password", "wrong.password");
    json_set(a, model, "errors", errors);
    /* said only when it is near, so that nobody is alarmed by a slip */
    if (limit->left <= 3)
        json_set_int(a, model, "left", limit->left);
    view_render_status(&v->view, v->http, 422, "sign-in", model);
    return true;
}

/* An administrator of a brand without a channel begins with the first steps. */
static bool is_empty_brand(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    struct channel_row *rows;
    size_t count;
    if (!channel_row_list(tx, v->arena, v->brand.id, true, &rows, &count, e))
        return false;
    return count == 0 || fail(e, ERR_CONFLICT, "The brand has channels.");
}

static bool sign_in(struct visit *v, struct error *e)
{
    struct error why = {0};
    struct sign_in_limit limit = {0};
    if (!http_form_ok(v->http, e))
        return false;
    if (!session_begin(v, http_form(v->http, "user"), http_form(v->http, "password"), &limit, &why)) {
        if (why.code == ERR_UNAUTHENTICATED || why.code == ERR_RATE_LIMITED)
            return sign_in_refused(v, &limit, &why);
        *e = why;
        return false;
    }
    struct str next = next_path(http_form(v->http, "next"));
    if (v->agent.role == ROLE_ADMIN && str_eq(next, STR("/desk")) && visit_read(v, is_empty_brand, v, NULL))
        next = STR("/desk/welcome");
    visit_toast(v, "toast.welcome", page_named(v->arena, v->agent.name));
    view_redirect(&v->view, v->http, next);
    return true;
}

static bool session_close(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return session_end(tx, v->brand.id, v->session_hash, e) &&
           page_event(tx, v, "agent.signed_out", v->agent.id, NULL, e);
}

static bool sign_out(struct visit *v, struct error *e)
{
    if (!visit_write(v, session_close, v, e))
        return false;
    session_end_here(v);
    view_redirect(&v->view, v->http, STR("/desk/sign-in"));
    return true;
}

const struct route routes_desk_sign_in[] = {
    {HTTP_GET, "/desk/sign-in", PERM_PUBLIC, sign_in_show, NULL},
    {HTTP_POST, "/desk/sign-in", PERM_PUBLIC, sign_in, NULL},
    {HTTP_POST, "/desk/sign-out", PERM_READ, sign_out, NULL},
    {0},
};
