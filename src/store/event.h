/* SPDX-License-Identifier: Apache-2.0 */
/* The event log: what each command did, in its own transaction. Open pages, the audit trail, the daily statement and
 * `ledger verify` are readers of it, each with a cursor of its own. Event ids grow in commit order. */
#pragma once

#include "store/store.h"

struct json;

struct event {
    int64_t brand_id, id;
    struct str kind; /* "message.received", "message.place", "reply.accepted", "conversation.assigned" … */
    int64_t conversation_id, subject_id, actor_id;
    int64_t at;
    struct str data; /* JSON object, or empty */
};
/* The row read now, its columns those of {event}. */
struct event event_of_row(const struct rows *rows, struct arena *a);
/* As those outside read it: id, kind, conversation, subject, actor, at, data. */
void event_to_json(struct arena *a, struct json *object, const struct event *event);
/* Fills id. */
bool event_add(struct tx *tx, struct event *event, struct error *e) MUST_USE;
bool event_list(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int limit, struct event **out,
                size_t *count, struct error *e) MUST_USE;
/* Newest first: the audit trail. */
bool event_newest(struct tx *tx, struct arena *a, int64_t brand, int64_t before, int limit, struct event **out,
                  size_t *count, struct error *e) MUST_USE;
void event_last_id_ahead(struct tx *tx, int64_t brand);
bool event_last_id(struct tx *tx, int64_t brand, int64_t *out, struct error *e) MUST_USE;
