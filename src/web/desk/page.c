/* SPDX-License-Identifier: Apache-2.0 */
/* The log, as the pages beside the list write to it. */
#include "web/desk/page.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/event.h"

bool page_event(struct tx *tx, struct visit *v, const char *kind, int64_t subject, struct json *data, struct error *e)
{
    struct event event = {.brand_id = v->brand.id,
                          .kind = str_from(kind),
                          .subject_id = subject,
                          .actor_id = v->actor.agent_id,
                          .at = tx_now(tx),
                          .data = data ? json_to_str(tx_arena(tx), data) : STR_EMPTY};
    return event_add(tx, &event, e);
}

struct json *page_named(struct arena *a, struct str name)
{
    struct json *data = json_object(a);
    json_set_str(a, data, "name", name);
    return data;
}
