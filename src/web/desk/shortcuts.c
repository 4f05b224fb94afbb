/* SPDX-License-Identifier: Apache-2.0 */
/* The sheet of shortcuts. */
#include "base/arena.h"
#include "base/json.h"
#include "web/desk/page.h"

/* The page one came from, when it is one of this desk: "https://host/b/brand/desk/…" gives "/desk/…". */
static struct str back_path(struct visit *v)
{
    struct str referer = http_header(v->http, "referer");
    ptrdiff_t host = str_find(referer, STR("://"));
    struct str rest = host < 0 ? STR_EMPTY : str_slice(referer, (size_t)host + 3, referer.len);
    struct str prefix = str_concat(v->arena, http_header(v->http, "host"), v->view.base);
    if (!str_starts(rest, prefix))
        return STR("/desk");
    struct str path = str_slice(rest, prefix.len, rest.len);
    bool desk = str_eq(path, STR("/desk")) || str_starts(path, STR("/desk/")) || str_starts(path, STR("/desk?"));
    return desk && !str_starts(path, STR("/desk/shortcuts")) ? path : STR("/desk");
}

static bool shortcuts_show(struct visit *v, struct error *e)
{
    (void)e;
    struct json *model = json_object(v->arena);
    json_set_str(v->arena, model, "back", back_path(v));
    v->view.section = STR("me");
    view_render(&v->view, v->http, "shortcuts", model);
    return true;
}

const struct route routes_desk_shortcuts[] = {
    {HTTP_GET, "/desk/shortcuts", PERM_READ, shortcuts_show, NULL},
    {0},
};
