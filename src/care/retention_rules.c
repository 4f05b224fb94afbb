/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of retention, and what is told of them. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/keeping.h"
#include "care/retention.h"
#include "care/retention_internal.h"
#include "store/channel.h"
#include "store/retention.h"

#define EVERY_US (23 * HOUR_US)

static bool days_fit(int64_t days, int64_t least, const char *what, struct error *e)
{
    return days == 0 || (days >= least && days <= RETENTION_DAYS_MAX) ||
           fail(e, ERR_BAD_INPUT, "%s are kept for %lld to %d days, or for ever.", what, (long long)least,
                RETENTION_DAYS_MAX);
}

bool retention_rules_fit(const struct brand *brand, struct error *e)
{
    return days_fit(brand->keep_payloads, 1, "Payloads", e) &&
           days_fit(brand->keep_events, RETENTION_EVENTS_MIN, "Events", e) &&
           days_fit(brand->keep_search, RETENTION_SEARCH_MIN, "Words to be found", e);
}

static struct json *days_json(struct arena *a, int64_t days)
{
    return days ? json_new_int(a, days) : json_new_null(a);
}

static void rules_json(struct arena *a, struct json *object, const struct brand *brand)
{
    json_set(a, object, "payloads", days_json(a, brand->keep_payloads));
    json_set(a, object, "events", days_json(a, brand->keep_events));
    json_set(a, object, "search", days_json(a, brand->keep_search));
}

bool retention_event(struct tx *tx, const char *kind, int64_t brand, int64_t actor, struct json *data,
                     struct error *e)
{
    struct event event = {.brand_id = brand,
                          .kind = str_from(kind),
                          .subject_id = brand,
                          .actor_id = actor,
                          .at = tx_now(tx),
                          .data = json_to_str(tx_arena(tx), data)};
    return event_add(tx, &event, e);
}

bool retention_rule(struct tx *tx, const struct brand *brand, int64_t actor, const char *by, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct retention_mark never = {0};
    struct json *data = json_object(a);
    rules_json(a, data, brand);
    if (by)
        json_set_str(a, data, "by", str_from(by));
    return retention_rules_fit(brand, e) && retention_rules_put(tx, brand, e) &&
           retention_put(tx, brand->id, "run", &never, e) &&
           retention_event(tx, "brand.retention", brand->id, actor, data, e);
}

static struct json *mark_json(struct arena *a, const struct retention_mark *mark)
{
    struct json *one = json_object(a);
    json_set_int(a, one, "rows", mark->pruned);
    json_set_time(a, one, "until", mark->until_at);
    json_set_time(a, one, "at", mark->at);
    return mark->at ? one : json_new_null(a);
}

struct json *retention_pruned(struct tx *tx, struct arena *a, int64_t brand, const char *kind, struct error *e)
{
    struct retention_mark mark;
    return retention_get(tx, brand, kind, &mark, e) ? mark_json(a, &mark) : NULL;
}

struct json *retention_view(struct tx *tx, struct arena *a, const struct brand *brand, struct error *e)
{
    static const char *const kinds[] = {"payloads", "events", "search"};
    struct json *view = json_object(a), *pruned = json_object(a);
    struct retention_mark mark;
    struct channel_row *channels;
    size_t count;
    rules_json(a, view, brand);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!retention_get(tx, brand->id, kinds[i], &mark, e))
            return NULL;
        json_set(a, pruned, kinds[i], mark_json(a, &mark));
        if (strcmp(kinds[i], "events") == 0)
            json_set(a, view, "opening_day", mark.day ? json_new_int(a, mark.day) : json_new_null(a));
    }
    if (!retention_get(tx, brand->id, "keeping", &mark, e) ||
        !channel_row_list(tx, a, brand->id, true, &channels, &count, e))
        return NULL;
    json_set(a, pruned, "networks", mark_json(a, &mark));
    json_set(a, view, "networks", keeping_json(a, channels, count));
    json_set(a, view, "pruned", pruned);
    return view;
}

bool retention_is_due(struct tx *tx, int64_t brand, bool *due, struct error *e)
{
    struct retention_mark mark;
    bool ok = retention_get(tx, brand, "run", &mark, e);
    *due = ok && mark.at + EVERY_US < tx_now(tx);
    return ok;
}
