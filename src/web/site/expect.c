/* SPDX-License-Identifier: Apache-2.0 */
/* Hours, colleagues at the desk, and the wait as it was. */
#include "web/site/expect.h"

#include "base/arena.h"
#include "base/json.h"
#include "care/hours.h"
#include "web/desk/model.h"
#include "web/feed.h"

#define HERE_MOST  64
#define HERE_NAMED 2

static bool is_named(const struct agent *agent)
{
    return agent && agent->removed_at == 0 && agent->role >= ROLE_AGENT;
}

static void here_fill(struct site *site, const struct names *names, struct json *expect)
{
    struct arena *a = site->v->arena;
    int64_t agents[HERE_MOST];
    size_t count = feed_present(site->v->app->feed, site->v->brand.id, agents, HERE_MOST), named = 0;
    int64_t others = 0;
    struct json *here = json_array(a);
    for (size_t i = 0; i < count; i++) {
        const struct agent *agent = names_agent(names, agents[i]);
        if (!is_named(agent))
            continue;
        if (named++ < HERE_NAMED)
            json_push(a, here, json_new_str(a, agent->name));
        else
            others++;
    }
    json_set(a, expect, "here", here);
    json_set_int(a, expect, "others", others);
}

struct json *expect_json(struct tx *tx, struct site *site, struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    struct json *expect = json_object(a);
    struct hours_now hours;
    struct wait_usual wait;
    struct names names;
    bool said;
    if (!hours_at(tx, a, &v->brand, v->view.now, &hours, e) ||
        !wait_usual(tx, a, v->brand.id, v->view.now, &said, &wait, e) || !names_read(tx, v, &names, e))
        return NULL;
    json_set(a, expect, "open", hours.known ? json_new_bool(a, hours.open) : json_new_null(a));
    json_set_bool(a, expect, "shut", hours.known && !hours.open);
    json_set_time(a, expect, "until", hours.until);
    json_set_time(a, expect, "next", hours.next);
    here_fill(site, &names, expect);
    json_set(a, expect, "wait", said ? json_new_int(a, wait.seconds) : json_new_null(a));
    json_set_bool(a, expect, "recent", said && wait.recent);
    return expect;
}
