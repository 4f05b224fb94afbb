/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the house: labels that mark conversations, and snippets, ready phrases that a colleague inserts with a
 * slash and sends as their own. */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "store/shelf.h"
#include "web/desk/page.h"

#define LABEL_MAX    40
#define SHORTCUT_MAX 30
#define TITLE_MAX    80
#define TEXT_MAX     4000

struct words_page {
    struct visit *v;
    struct str label;
    int64_t snippet; /* changed; 0: a new one */
    struct str shortcut, title, text, language;
    struct json *model, *errors;
};

/* ---- the page ---- */

static bool words_read(struct tx *tx, void *ctx, struct error *e)
{
    struct words_page *page = ctx;
    struct visit *v = page->v;
    struct json *labels = label_list(tx, v->arena, v->brand.id, e);
    struct json *snippets = labels ? snippet_list(tx, v->arena, v->brand.id, e) : NULL;
    if (!snippets)
        return false;
    json_set(v->arena, page->model, "labels", labels);
    json_set(v->arena, page->model, "snippets", snippets);
    return true;
}

/* The snippet that ?snippet= asks to change stands in the form. */
static void snippet_chosen(struct words_page *page)
{
    const struct json *list = json_get(page->model, "snippets");
    for (size_t i = 0; i < json_count(list) && page->snippet; i++) {
        const struct json *snippet = json_at(list, i);
        if (json_int(json_get(snippet, "id"), 0) != page->snippet || page->shortcut.len)
            continue;
        page->shortcut = json_text(json_get(snippet, "shortcut"));
        page->title = json_text(json_get(snippet, "title"));
        page->text = json_text(json_get(snippet, "text"));
        page->language = json_text(json_get(snippet, "language"));
    }
}

static bool words_render(struct words_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct json *values = json_object(a), *langs = json_array(a);
    if (!visit_read(v, words_read, page, e))
        return false;
    snippet_chosen(page);
    struct str language = page->language.len ? page->language : v->brand.language;
    json_push(a, langs, option_json(a, STR("it"), STR("Italiano"), str_eq(language, STR("it"))));
    json_push(a, langs, option_json(a, STR("en"), STR("English"), str_eq(language, STR("en"))));
    json_set_str(a, values, "label", page->label);
    json_set_id(a, values, "snippet", page->snippet);
    json_set_str(a, values, "shortcut", page->shortcut);
    json_set_str(a, values, "title", page->title);
    json_set_str(a, values, "text", page->text);
    json_set(a, page->model, "values", values);
    json_set(a, page->model, "langs", langs);
    json_set_bool(a, page->model, "may_change", v->actor.role >= ROLE_LEAD);
    json_set(a, page->model, "errors", page->errors);
    v->view.section = STR("admin");
    view_render_status(&v->view, v->http, status, "labels", page->model);
    return true;
}

static struct words_page words_open(struct visit *v)
{
    return (struct words_page){.v = v, .model = json_object(v->arena), .errors = json_new_null(v->arena)};
}

static bool words_show(struct visit *v, struct error *e)
{
    struct words_page page = words_open(v);
    page.snippet = visit_query_id(v, "snippet");
    return words_render(&page, 200, e);
}

static bool words_done(struct visit *v, const char *toast)
{
    visit_toast(v, toast, NULL);
    view_redirect(&v->view, v->http, STR("/desk/labels"));
    return true;
}

/* ---- labels ---- */

static bool label_write(struct tx *tx, void *ctx, struct error *e)
{
    struct words_page *page = ctx;
    struct visit *v = page->v;
    int64_t known, id = id_new();
    if (!label_find(tx, v->brand.id, page->label, &known, e))
        return false;
    if (known)
        return fail(e, ERR_BAD_INPUT, "There is a label of this name already.");
    return label_add(tx, v->brand.id, id, page->label, (int)(hash64(page->label) % 360), e) &&
           page_event(tx, v, "label.added", id, page_named(tx_arena(tx), page->label), e);
}

static bool label_make(struct visit *v, struct error *e)
{
    struct error why = {0};
    if (!http_form_ok(v->http, e))
        return false;
    struct words_page page = words_open(v);
    page.label = form_line(v, "label", LABEL_MAX, true, &page.errors);
    if (json_is(page.errors, JSON_OBJECT))
        return words_render(&page, 422, e);
    if (visit_write(v, label_write, &page, &why))
        return words_done(v, "toast.saved");
    if (why.code != ERR_BAD_INPUT) {
        *e = why;
        return false;
    }
    form_wrong(v->arena, &page.errors, "label", "wrong.taken");
    return words_render(&page, 422, e);
}

static bool label_drop_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return label_remove(tx, v->brand.id, v->params[0], tx_now(tx), e) &&
           page_event(tx, v, "label.removed", v->params[0], NULL, e);
}

static bool label_drop(struct visit *v, struct error *e)
{
    return visit_write(v, label_drop_write, v, e) && words_done(v, "toast.removed");
}

/* ---- snippets ---- */

/* Typed after a slash: one word. */
static bool is_shortcut(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == '/')
            return false;
    return text.len > 0;
}

static bool snippet_write(struct tx *tx, void *ctx, struct error *e)
{
    struct words_page *page = ctx;
    struct visit *v = page->v;
    const struct json *list = snippet_list(tx, tx_arena(tx), v->brand.id, e);
    bool known = page->snippet == 0;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *other = json_at(list, i);
        bool same = json_int(json_get(other, "id"), 0) == page->snippet;
        known |= same;
        if (!same && str_eq(json_text(json_get(other, "shortcut")), page->shortcut) &&
            str_eq(json_text(json_get(other, "language")), page->language))
            return fail(e, ERR_BAD_INPUT, "There is a snippet with this word already.");
    }
    if (!list || !known)
        return list && fail(e, ERR_NOT_FOUND, "There is no such snippet.");
    int64_t id = page->snippet ? page->snippet : id_new();
    return snippet_put(tx, v->brand.id, id, page->shortcut, page->title, page->text, page->language, e) &&
           page_event(tx, v, "snippet.saved", id, page_named(tx_arena(tx), page->shortcut), e);
}

static void snippet_take(struct words_page *page)
{
    struct visit *v = page->v;
    page->snippet = visit_form_id(v, "snippet");
    page->shortcut = form_line(v, "shortcut", SHORTCUT_MAX, true, &page->errors);
    page->title = form_line(v, "title", TITLE_MAX, true, &page->errors);
    page->text = form_line(v, "text", TEXT_MAX, true, &page->errors);
    page->language = str_eq(http_form(v->http, "language"), STR("it")) ? STR("it") : STR("en");
    if (page->shortcut.len && page->shortcut.ptr[0] == '/')
        page->shortcut = str_slice(page->shortcut, 1, page->shortcut.len);
    if (page->shortcut.len && !is_shortcut(page->shortcut))
        form_wrong(v->arena, &page->errors, "shortcut", "wrong.word");
}

static bool snippet_save(struct visit *v, struct error *e)
{
    struct error why = {0};
    if (!http_form_ok(v->http, e))
        return false;
    struct words_page page = words_open(v);
    snippet_take(&page);
    if (json_is(page.errors, JSON_OBJECT))
        return words_render(&page, 422, e);
    if (visit_write(v, snippet_write, &page, &why))
        return words_done(v, "toast.saved");
    if (why.code != ERR_BAD_INPUT) {
        *e = why;
        return false;
    }
    form_wrong(v->arena, &page.errors, "shortcut", "wrong.taken");
    return words_render(&page, 422, e);
}

static bool snippet_drop_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return snippet_remove(tx, v->brand.id, v->params[0], tx_now(tx), e) &&
           page_event(tx, v, "snippet.removed", v->params[0], NULL, e);
}

static bool snippet_drop(struct visit *v, struct error *e)
{
    return visit_write(v, snippet_drop_write, v, e) && words_done(v, "toast.removed");
}

const struct route routes_desk_labels[] = {
    {HTTP_GET, "/desk/labels", PERM_READ, words_show, NULL},
    {HTTP_POST, "/desk/labels", PERM_LEAD, label_make, NULL},
    {HTTP_POST, "/desk/labels/:id/remove", PERM_LEAD, label_drop, NULL},
    {HTTP_POST, "/desk/snippets", PERM_LEAD, snippet_save, NULL},
    {HTTP_POST, "/desk/snippets/:id/remove", PERM_LEAD, snippet_drop, NULL},
    {0},
};
