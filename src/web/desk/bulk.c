/* SPDX-License-Identifier: Apache-2.0 */
/* One act on many: the rows that were chosen, or the whole selection of a list, also what is not on the page. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/story.h"
#include "web/desk/model.h"

/* A whole selection is acted on in commands of this many, so that others are not held up. */
#define BULK_A_COMMAND 100
#define BULK_MAX       5000

struct bulk {
    struct visit *v;
    struct str act;
    int64_t *ids;
    size_t count;
    size_t from, to; /* of this command */
    size_t done, refused;
};

/* By its name, as a colleague writes it (made when it is new), or by its id. */
static bool label_it(struct tx *tx, struct visit *v, int64_t id, struct error *e)
{
    int64_t label = 0;
    struct str name = str_trim(text_clean(v->arena, http_form(v->http, "label")));
    struct json *known = label_list(tx, v->arena, v->brand.id, e);
    if (!known)
        return false;
    for (size_t i = 0; i < json_count(known) && !label; i++)
        if (str_eq(json_text(json_get(json_at(known, i), "id")), name))
            label = visit_form_id(v, "label");
    return (label || label_named(tx, v->brand.id, name, &label, e)) && story_label(tx, &v->actor, id, label, true, e);
}

static bool one(struct tx *tx, const struct bulk *b, int64_t id, struct error *e)
{
    const struct actor *actor = &b->v->actor;
    struct visit *v = b->v;
    if (str_eq(b->act, STR("assign")))
        return story_assign(tx, actor, id, visit_form_id(v, "agent"), e);
    if (str_eq(b->act, STR("label")))
        return label_it(tx, v, id, e);
    if (str_eq(b->act, STR("priority")))
        return story_priority(tx, actor, id, priority_from(http_form(v->http, "priority")), e);
    if (str_eq(b->act, STR("aside")))
        return story_set_aside(tx, actor, id, http_form(v->http, "what"), http_form(v->http, "reason"), e);
    if (str_eq(b->act, STR("close"))) {
        struct str reason = http_form(v->http, "reason"), words = http_form(v->http, "words");
        struct str outcome = str_eq(reason, STR("thanks")) ? STR("thanks") : STR("no_need");
        return story_close(tx, actor, id, outcome, words.len ? words : reason, e);
    }
    if (str_eq(b->act, STR("snooze"))) {
        struct str until = http_form(v->http, "until");
        bool written = str_eq(until, STR("written"));
        return story_snooze(tx, actor, id, written ? 0 : snooze_morning(tx_now(tx), until, v->view.zone), e);
    }
    return fail(e, ERR_BAD_INPUT, "There is no such act.");
}

/* What one conversation refuses (closed already, a colleague's) does not stop the others; bad input does. */
static bool bulk_run(struct tx *tx, void *ctx, struct error *e)
{
    struct bulk *b = ctx;
    size_t done = 0, refused = 0;
    for (size_t i = b->from; i < b->to; i++) {
        struct error here = {0};
        if (one(tx, b, b->ids[i], &here))
            done++;
        else if (here.code == ERR_CONFLICT || here.code == ERR_NOT_FOUND)
            refused++;
        else
            return fail(e, here.code, "%s", here.message);
    }
    b->done = done;
    b->refused = refused;
    return true;
}

static bool selection_read(struct tx *tx, void *ctx, struct error *e)
{
    struct bulk *b = ctx;
    struct visit *v = b->v;
    struct list_query query = {.query = http_form(v->http, "query")};
    struct pairs pairs = url_query(v->arena, query.query);
    struct conversation_filter filter;
    struct conversation *list;
    bool more;
    query.tab = pairs_get(&pairs, STR("tab"));
    if (!str_int64(pairs_get(&pairs, STR("view")), &query.view))
        query.view = 0;
    list_filter(v, &query, &filter);
    if (!conversation_list(tx, v->arena, v->brand.id, &filter, (struct cursor){.limit = BULK_MAX}, &list, &b->count,
                           &more, e))
        return false;
    b->ids = ARENA_ARRAY(v->arena, int64_t, b->count + 1);
    for (size_t i = 0; i < b->count; i++)
        b->ids[i] = list[i].id;
    return true;
}

static void chosen(struct bulk *b)
{
    const struct pairs *form = http_form_all(b->v->http);
    b->ids = ARENA_ARRAY(b->v->arena, int64_t, form->count + 1);
    for (size_t i = 0; i < form->count; i++)
        if (str_eq(form->items[i].name, STR("id")) && str_int64(form->items[i].value, &b->ids[b->count]))
            b->count++;
}

static bool bulk_post(struct visit *v, struct error *e)
{
    struct bulk b = {.v = v};
    size_t done = 0, refused = 0;
    if (!http_form_ok(v->http, e))
        return false;
    b.act = http_form(v->http, "act");
    if (str_eq(http_form(v->http, "all"), STR("1"))) {
        if (!visit_read(v, selection_read, &b, e))
            return false;
    } else {
        chosen(&b);
    }
    if (b.count == 0)
        return fail(e, ERR_BAD_INPUT, "Nobody is chosen.");
    for (b.from = 0; b.from < b.count; b.from = b.to) {
        b.to = b.from + BULK_A_COMMAND < b.count ? b.from + BULK_A_COMMAND : b.count;
        if (!visit_write(v, bulk_run, &b, e))
            return false;
        done += b.done;
        refused += b.refused;
    }
    struct json *values = json_object(v->arena);
    json_set_int(v->arena, values, "count", (int64_t)done);
    json_set_int(v->arena, values, "refused", (int64_t)refused);
    visit_toast(v, refused ? "toast.bulk_some" : "toast.bulk", values);
    struct str query = http_form(v->http, "query");
    view_redirect(&v->view, v->http, query.len ? str_format(v->arena, "/desk?%.*s", STR_ARGS(query)) : STR("/desk"));
    return true;
}

const struct route routes_desk_bulk[] = {
    {HTTP_POST, "/desk/bulk", PERM_AGENT, bulk_post, NULL},
    {0},
};
