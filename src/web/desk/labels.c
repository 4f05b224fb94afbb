/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the house: labels that mark conversations, and snippets, ready phrases that a colleague inserts with a
 * slash and sends as their own. Colleagues add labels and keep snippets in their own wording; leads rename and remove
 * labels, and look after the snippets of everybody. */
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
    int64_t label_id; /* renamed; 0: a new one */
    struct snippet snippet;
    struct json *model, *errors;
};

/* ---- the page ---- */

static bool words_read(struct tx *tx, void *ctx, struct error *e)
{
    struct words_page *page = ctx;
    struct visit *v = page->v;
    struct json *labels = label_list(tx, v->arena, v->brand.id, e);
    struct json *snippets = labels ? snippet_list(tx, v->arena, v->brand.id, v->actor.agent_id, e) : NULL;
    if (!snippets)
        return false;
    for (size_t i = 0; i < json_count(snippets); i++) {
        int64_t owner = json_int(json_get(json_at(snippets, i), "agent_id"), 0);
        json_set_bool(v->arena, snippets->items[i], "yours", owner != 0);
        json_set_bool(v->arena, snippets->items[i], "may_change", snippet_may(v, owner));
    }
    json_set(v->arena, page->model, "labels", labels);
    json_set(v->arena, page->model, "snippets", snippets);
    return true;
}

/* The one that ?snippet= (or ?label=) asks to change stands in the form. */
static void chosen(struct words_page *page)
{
    struct snippet *snippet = &page->snippet;
    const struct json *list = json_get(page->model, "snippets"), *labels = json_get(page->model, "labels");
    for (size_t i = 0; i < json_count(list) && snippet->id; i++) {
        const struct json *one = json_at(list, i);
        if (json_int(json_get(one, "id"), 0) != snippet->id || snippet->shortcut.len)
            continue;
        *snippet = (struct snippet){.id = snippet->id,
                                    .owner = json_int(json_get(one, "agent_id"), 0),
                                    .shortcut = json_text(json_get(one, "shortcut")),
                                    .title = json_text(json_get(one, "title")),
                                    .text = json_text(json_get(one, "text")),
                                    .language = json_text(json_get(one, "language"))};
    }
    for (size_t i = 0; i < json_count(labels) && page->label_id && !page->label.len; i++)
        if (json_int(json_get(json_at(labels, i), "id"), 0) == page->label_id)
            page->label = json_text(json_get(json_at(labels, i), "name"));
}

static struct json *values_model(struct words_page *page)
{
    struct arena *a = page->v->arena;
    const struct snippet *snippet = &page->snippet;
    struct json *values = json_object(a);
    json_set_str(a, values, "label", page->label);
    json_set_id(a, values, "label_id", page->label_id);
    json_set_id(a, values, "snippet", snippet->id);
    json_set_str(a, values, "shortcut", snippet->shortcut);
    json_set_str(a, values, "title", snippet->title);
    json_set_str(a, values, "text", snippet->text);
    json_set_bool(a, values, "shared", snippet->owner == 0);
    return values;
}

static bool words_render(struct words_page *page, int status, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct json *langs = json_array(a);
    if (!visit_read(v, words_read, page, e))
        return false;
    chosen(page);
    struct str language = page->snippet.language.len ? page->snippet.language : v->brand.language;
    json_push(a, langs, option_json(a, STR("it"), STR("Italiano"), str_eq(language, STR("it"))));
    json_push(a, langs, option_json(a, STR("en"), STR("English"), str_eq(language, STR("en"))));
    json_set(a, page->model, "values", values_model(page));
    json_set(a, page->model, "langs", langs);
    json_set_bool(a, page->model, "may_add", v->actor.role >= ROLE_AGENT);
    json_set_bool(a, page->model, "may_lead", v->actor.role >= ROLE_LEAD);
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
    page.snippet = (struct snippet){.id = visit_query_id(v, "snippet"),
                                    .owner = v->actor.role >= ROLE_LEAD ? 0 : v->actor.agent_id};
    page.label_id = v->actor.role >= ROLE_LEAD ? visit_query_id(v, "label") : 0;
    return words_render(&page, 200, e);
}

static bool words_done(struct visit *v, const char *toast)
{
    visit_toast(v, toast, NULL);
    view_redirect(&v->view, v->http, STR("/desk/labels"));
    return true;
}

/* Done; or the form again, where one of its fields is what was wrong. */
static bool words_kept(struct words_page *page, bool kept, const struct error *why, const char *field,
                       struct error *e)
{
    if (kept)
        return words_done(page->v, "toast.saved");
    if (why->code != ERR_CONFLICT) {
        *e = *why;
        return false;
    }
    form_wrong(page->v->arena, &page->errors, field, "wrong.taken");
    return words_render(page, 422, e);
}

/* ---- labels ---- */

bool label_put(struct tx *tx, struct visit *v, int64_t id, struct str name, struct error *e)
{
    int64_t known;
    bool fresh = id == 0;
    if (!label_find(tx, v->brand.id, name, &known, e))
        return false;
    if (known && known != id)
        return fail(e, ERR_CONFLICT, "There is a label of this name already.");
    if (fresh)
        id = id_new();
    return (fresh ? label_add(tx, v->brand.id, id, name, (int)(hash64(name) % 360), e)
                  : label_rename(tx, v->brand.id, id, name, e)) &&
           page_event(tx, v, fresh ? "label.added" : "label.renamed", id, page_named(tx_arena(tx), name), e);
}

static bool label_write(struct tx *tx, void *ctx, struct error *e)
{
    struct words_page *page = ctx;
    return label_put(tx, page->v, page->label_id, page->label, e);
}

static bool label_save(struct visit *v, int64_t id, struct error *e)
{
    struct error why = {0};
    if (!http_form_ok(v->http, e))
        return false;
    struct words_page page = words_open(v);
    page.label_id = id;
    page.label = form_line(v, "label", LABEL_MAX, true, &page.errors);
    if (json_is(page.errors, JSON_OBJECT))
        return words_render(&page, 422, e);
    bool kept = visit_write(v, label_write, &page, &why);
    return words_kept(&page, kept, &why, "label", e);
}

static bool label_make(struct visit *v, struct error *e)
{
    return label_save(v, 0, e);
}

static bool label_name(struct visit *v, struct error *e)
{
    return label_save(v, v->params[0], e);
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

bool snippet_may(const struct visit *v, int64_t owner)
{
    return owner ? v->actor.role >= ROLE_AGENT && owner == v->actor.agent_id : v->actor.role >= ROLE_LEAD;
}

/* Typed after a slash: one word. */
static bool is_shortcut(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == '/')
            return false;
    return text.len > 0;
}

/* Whose the snippet with this id is, among those that the visitor sees. */
static bool snippet_owner(const struct json *list, int64_t id, int64_t *owner, struct error *e)
{
    for (size_t i = 0; i < json_count(list); i++) {
        if (json_int(json_get(json_at(list, i), "id"), 0) != id)
            continue;
        *owner = json_int(json_get(json_at(list, i), "agent_id"), 0);
        return true;
    }
    return fail(e, ERR_NOT_FOUND, "There is no such snippet.");
}

/* Everybody's word and one's own may be the same: one's own stands first. */
static bool is_taken(const struct json *list, const struct snippet *snippet)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *other = json_at(list, i);
        if (json_int(json_get(other, "id"), 0) != snippet->id &&
            json_int(json_get(other, "agent_id"), 0) == snippet->owner &&
            str_eq(json_text(json_get(other, "shortcut")), snippet->shortcut) &&
            str_eq(json_text(json_get(other, "language")), snippet->language))
            return true;
    }
    return false;
}

bool snippet_keep(struct tx *tx, struct visit *v, struct snippet *snippet, struct error *e)
{
    const struct json *list = snippet_list(tx, tx_arena(tx), v->brand.id, v->actor.agent_id, e);
    int64_t before = snippet->owner;
    if (!list || (snippet->id && !snippet_owner(list, snippet->id, &before, e)))
        return false;
    if (!snippet_may(v, before) || !snippet_may(v, snippet->owner))
        return fail(e, ERR_FORBIDDEN, "A snippet of everybody is added, changed and removed by a lead.");
    if (is_taken(list, snippet))
        return fail(e, ERR_CONFLICT, "There is a snippet with this word already.");
    if (!snippet->id)
        snippet->id = id_new();
    return snippet_put(tx, v->brand.id, snippet->owner, snippet->id, snippet->shortcut, snippet->title, snippet->text,
                       snippet->language, e) &&
           page_event(tx, v, "snippet.saved", snippet->id, page_named(tx_arena(tx), snippet->shortcut), e);
}

bool snippet_drop(struct tx *tx, struct visit *v, int64_t id, struct error *e)
{
    const struct json *list = snippet_list(tx, tx_arena(tx), v->brand.id, v->actor.agent_id, e);
    int64_t owner = 0;
    if (!list || !snippet_owner(list, id, &owner, e))
        return false;
    if (!snippet_may(v, owner))
        return fail(e, ERR_FORBIDDEN, "A snippet of everybody is added, changed and removed by a lead.");
    return snippet_remove(tx, v->brand.id, id, tx_now(tx), e) && page_event(tx, v, "snippet.removed", id, NULL, e);
}

static bool snippet_write(struct tx *tx, void *ctx, struct error *e)
{
    struct words_page *page = ctx;
    return snippet_keep(tx, page->v, &page->snippet, e);
}

static void snippet_take(struct words_page *page)
{
    struct visit *v = page->v;
    struct snippet *snippet = &page->snippet;
    snippet->id = visit_form_id(v, "snippet");
    snippet->owner = str_eq(http_form(v->http, "shared"), STR("1")) ? 0 : v->actor.agent_id;
    snippet->shortcut = form_line(v, "shortcut", SHORTCUT_MAX, true, &page->errors);
    snippet->title = form_line(v, "title", TITLE_MAX, true, &page->errors);
    snippet->text = form_line(v, "text", TEXT_MAX, true, &page->errors);
    snippet->language = str_eq(http_form(v->http, "language"), STR("it")) ? STR("it") : STR("en");
    if (snippet->shortcut.len && snippet->shortcut.ptr[0] == '/')
        snippet->shortcut = str_slice(snippet->shortcut, 1, snippet->shortcut.len);
    if (snippet->shortcut.len && !is_shortcut(snippet->shortcut))
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
    bool kept = visit_write(v, snippet_write, &page, &why);
    return words_kept(&page, kept, &why, "shortcut", e);
}

static bool snippet_drop_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return snippet_drop(tx, v, v->params[0], e);
}

static bool snippet_take_away(struct visit *v, struct error *e)
{
    return visit_write(v, snippet_drop_write, v, e) && words_done(v, "toast.removed");
}

/* What is everybody's is a lead's to change: snippet_keep and snippet_drop look at whose it is. */
const struct route routes_desk_labels[] = {
    {HTTP_GET, "/desk/labels", PERM_READ, words_show, NULL},
    {HTTP_POST, "/desk/labels", PERM_AGENT, label_make, NULL},
    {HTTP_POST, "/desk/labels/:id/rename", PERM_LEAD, label_name, NULL},
    {HTTP_POST, "/desk/labels/:id/remove", PERM_LEAD, label_drop, NULL},
    {HTTP_POST, "/desk/snippets", PERM_AGENT, snippet_save, NULL},
    {HTTP_POST, "/desk/snippets/:id/remove", PERM_AGENT, snippet_take_away, NULL},
    {0},
};
