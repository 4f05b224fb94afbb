/* SPDX-License-Identifier: Apache-2.0 */
/* API tokens: made for a program, shown once, revoked. A token reads or prepares drafts; it never sends. */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "store/agent.h"
#include "web/desk/page.h"
#include "web/session.h"

#define NAME_MAX_LENGTH 60
#define TOKEN_BYTES     32

struct tokens_page {
    struct visit *v;
    struct token token;
    struct str name, secret, scope;
    struct json *model, *errors;
};

static bool tokens_read(struct tx *tx, void *ctx, struct error *e)
{
    struct tokens_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct names names;
    struct json *tokens = json_array(a);
    if (!names_read(tx, v, &names, e))
        return false;
    const struct json *list = token_list(tx, a, v->brand.id, e);
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *token = json_at(list, i);
        if (!json_is(json_get(token, "revoked_at"), JSON_NULL))
            continue;
        bool drafts = role_from(json_text(json_get(token, "role"))) >= ROLE_AGENT;
        struct str last = json_text(json_get(token, "used_at"));
        struct json *item = json_object(a);
        json_set_str(a, item, "id", json_id(json_get(token, "id")));
        json_set_str(a, item, "name", json_text(json_get(token, "name")));
        json_set_str(a, item, "scope", drafts ? STR("draft") : STR("read"));
        json_set(a, item, "by", names_agent_json(a, &names, json_int(json_get(token, "created_by"), 0)));
        json_set_str(a, item, "at", json_text(json_get(token, "created_at")));
        json_set(a, item, "last", last.len ? json_new_str(a, last) : json_new_null(a));
        json_push(a, tokens, item);
    }
    json_set(a, page->model, "tokens", tokens);
    return list != NULL;
}

static bool tokens_render(struct tokens_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct json *values = json_object(a), *scopes = json_array(a), *fresh = json_new_null(a);
    if (!visit_read(v, tokens_read, page, e))
        return false;
    if (page->secret.len) {
        fresh = page_named(a, page->token.name);
        json_set_str(a, fresh, "secret", page->secret);
    }
    json_push(a, scopes, choice_json(a, STR("read"), "scope.read", !str_eq(page->scope, STR("draft"))));
    json_push(a, scopes, choice_json(a, STR("draft"), "scope.draft", str_eq(page->scope, STR("draft"))));
    json_set_str(a, values, "name", page->name);
    json_set(a, page->model, "fresh", fresh);
    json_set(a, page->model, "scopes", scopes);
    json_set(a, page->model, "values", values);
    json_set(a, page->model, "errors", page->errors);
    v->view.section = STR("admin");
    view_render_status(&v->view, v->http, status, "tokens", page->model);
    return true;
}

static struct tokens_page tokens_open(struct visit *v)
{
    return (struct tokens_page){.v = v, .model = json_object(v->arena), .errors = json_new_null(v->arena)};
}

static bool tokens_show(struct visit *v, struct error *e)
{
    struct tokens_page page = tokens_open(v);
    return tokens_render(&page, 200, e);
}

static bool token_write(struct tx *tx, void *ctx, struct error *e)
{
    struct tokens_page *page = ctx;
    struct visit *v = page->v;
    struct json *data = page_named(tx_arena(tx), page->token.name);
    page->token.created_at = tx_now(tx);
    json_set_str(tx_arena(tx), data, "role", str_from(role_name(page->token.role)));
    return token_add(tx, &page->token, e) && page_event(tx, v, "token.added", page->token.id, data, e);
}

static bool token_make(struct visit *v, struct error *e)
{
    if (!http_form_ok(v->http, e))
        return false;
    struct tokens_page page = tokens_open(v);
    page.name = form_line(v, "name", NAME_MAX_LENGTH, true, &page.errors);
    page.scope = http_form(v->http, "scope");
    bool drafts = str_eq(page.scope, STR("draft"));
    if (!drafts && page.scope.len && !str_eq(page.scope, STR("read")))
        form_wrong(v->arena, &page.errors, "scope", "wrong.choice");
    if (json_is(page.errors, JSON_OBJECT))
        return tokens_render(&page, 422, e);
    page.secret = random_token(v->arena, TOKEN_BYTES);
    page.token = (struct token){.brand_id = v->brand.id,
                                .id = id_new(),
                                .name = page.name,
                                .hash = session_token_hash(v->arena, page.secret),
                                .role = drafts ? ROLE_AGENT : ROLE_READ_ONLY,
                                .created_by = v->agent.id};
    if (!visit_write(v, token_write, &page, e))
        return false;
    page.name = STR_EMPTY;
    return tokens_render(&page, 200, e);
}

static bool revoke_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return token_revoke(tx, v->brand.id, v->params[0], tx_now(tx), e) &&
           page_event(tx, v, "token.revoked", v->params[0], NULL, e);
}

static bool token_drop(struct visit *v, struct error *e)
{
    if (!visit_write(v, revoke_write, v, e))
        return false;
    visit_toast(v, "toast.removed", NULL);
    view_redirect(&v->view, v->http, STR("/desk/tokens"));
    return true;
}

const struct route routes_desk_tokens[] = {
    {HTTP_GET, "/desk/tokens", PERM_ADMIN, tokens_show, NULL},
    {HTTP_POST, "/desk/tokens", PERM_ADMIN, token_make, NULL},
    {HTTP_POST, "/desk/tokens/:id/revoke", PERM_ADMIN, token_drop, NULL},
    {0},
};
