/* SPDX-License-Identifier: Apache-2.0 */
/* The event log. */
#include "store/event.h"

#include "base/id.h"
#include "base/json.h"
#include "db/db.h"

bool event_add(struct tx *tx, struct event *v, struct error *e)
{
    v->id = id_new();
    return db_exec(tx, SQL_event_insert, NULL, e, V(v->brand_id), V(v->id), V(v->kind), V(v->conversation_id),
                   V(v->subject_id), V(v->actor_id), V(v->at), V(v->data));
}

struct event event_of_row(const struct rows *r, struct arena *a)
{
    return (struct event){.brand_id = rows_int(r, 0),
                          .id = rows_int(r, 1),
                          .kind = rows_dup(r, a, 2),
                          .conversation_id = rows_int(r, 3),
                          .subject_id = rows_int(r, 4),
                          .actor_id = rows_int(r, 5),
                          .at = rows_int(r, 6),
                          .data = rows_dup(r, a, 7)};
}

void event_to_json(struct arena *a, struct json *object, const struct event *event)
{
    struct json *data = event->data.len ? json_parse(a, event->data, NULL) : NULL;
    json_set_id(a, object, "id", event->id);
    json_set_str(a, object, "kind", event->kind);
    json_set_id(a, object, "conversation", event->conversation_id);
    json_set_id(a, object, "subject", event->subject_id);
    json_set_id(a, object, "actor", event->actor_id);
    json_set_time(a, object, "at", event->at);
    json_set(a, object, "data", data ? data : json_object(a));
}

static bool event_rows(struct rows *given, struct arena *a, struct event **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    if (!r)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = event_of_row(r, a);
    }
    return rows_ok(r, e);
}

bool event_list(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int limit, struct event **out,
                size_t *count, struct error *e)
{
    return event_rows(db_query(tx, SQL_event_list, e, V(brand), V(after), V(limit)), a, out, count, e);
}

bool event_newest(struct tx *tx, struct arena *a, int64_t brand, int64_t before, int limit, struct event **out,
                  size_t *count, struct error *e)
{
    return event_rows(db_query(tx, SQL_event_newest, e, V(brand), V(before ? before : INT64_MAX), V(limit)), a, out,
                      count, e);
}

void event_last_id_ahead(struct tx *tx, int64_t brand)
{
    db_ahead(tx, SQL_event_last_id, V(brand));
}

bool event_last_id(struct tx *tx, int64_t brand, int64_t *out, struct error *e)
{
    return rows_number(db_query(tx, SQL_event_last_id, e, V(brand)), out, e);
}
