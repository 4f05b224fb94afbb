/* SPDX-License-Identifier: Apache-2.0 */
/* The first minutes with an empty brand: what is done, and what may come next. */
#include "base/arena.h"
#include "base/json.h"
#include "store/event.h"
#include "web/desk/page.h"

struct welcome {
    struct visit *v;
    struct json *model;
};

static void step_add(struct arena *a, struct json *steps, const char *name, bool done, struct str url)
{
    struct json *step = json_object(a);
    json_set_str(a, step, "name", str_from(name));
    json_set_bool(a, step, "done", done);
    json_set_str(a, step, "url", url);
    json_push(a, steps, step);
}

static bool welcome_read(struct tx *tx, void *ctx, struct error *e)
{
    struct welcome *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct channel_row *rows;
    struct agent *agents;
    struct conversation *list;
    size_t channels, colleagues, said;
    bool more;
    int64_t waiting;
    struct conversation_filter all = {.state = -1, .owner = -1, .priority = -1};
    if (!channel_row_list(tx, a, v->brand.id, false, &rows, &channels, e) ||
        !agent_list(tx, a, v->brand.id, &agents, &colleagues, e) ||
        !conversation_list(tx, a, v->brand.id, &all, (struct cursor){.limit = 1}, &list, &said, &more, e) ||
        !tally_get(tx, v->brand.id, -1, CONVERSATION_WAITING, &waiting, e))
        return false;
    struct json *steps = json_array(a);
    struct str channel =
        channels ? str_format(a, "/desk/channels/%lld", (long long)rows[0].id) : STR("/desk/channels");
    step_add(a, steps, "channel", channels > 0, STR("/desk/channels"));
    step_add(a, steps, "colleague", colleagues > 1, STR("/desk/team"));
    step_add(a, steps, "test", said > 0, said ? STR("/desk") : channel);
    json_set(a, page->model, "steps", steps);
    json_set_int(a, page->model, "waiting", waiting);
    return true;
}

static bool welcome_show(struct visit *v, struct error *e)
{
    struct welcome page = {v, json_object(v->arena)};
    if (!visit_read(v, welcome_read, &page, e))
        return false;
    v->view.section = STR("people");
    view_render(&v->view, v->http, "welcome", page.model);
    return true;
}

const struct route routes_desk_welcome[] = {
    {HTTP_GET, "/desk/welcome", PERM_READ, welcome_show, NULL},
    {0},
};
