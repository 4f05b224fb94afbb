/* SPDX-License-Identifier: Apache-2.0 */
/* Calls and what belongs to them. */
#include "store/call.h"

#include "db/db.h"

const char *call_state_name(enum call_state state)
{
    static const char *const names[] = {"ringing", "talking", "held",     "ended",
                                        "lost",    "missed",  "declined", "given_up"};
    return state < CALL_STATES ? names[state] : "";
}

bool call_is_live(const struct call *call)
{
    return call->state <= CALL_HELD;
}

bool call_add(struct tx *tx, const struct call *c, struct error *e)
{
    return db_exec(tx, SQL_call_insert, NULL, e, V(c->brand_id), V(c->id), V(c->conversation_id), V(c->message_id),
                   V(c->guest_id), V((int64_t)c->state), V((int64_t)c->open), V(c->agent_id), V(c->asked_id),
                   V(c->asked_at), V(c->why), V(c->declined), V(c->leg), V(c->guest_seat), V(c->agent_seat),
                   V(c->guest_at), V(c->agent_at), V(c->answered_at), V(c->ended_at));
}

bool call_update(struct tx *tx, const struct call *c, struct error *e)
{
    return db_exec(tx, SQL_call_update, NULL, e, V(c->brand_id), V(c->id), V((int64_t)c->state), V((int64_t)c->open),
                   V(c->agent_id), V(c->asked_id), V(c->asked_at), V(c->why), V(c->declined), V(c->leg),
                   V(c->guest_seat), V(c->agent_seat), V(c->guest_at), V(c->agent_at), V(c->answered_at),
                   V(c->ended_at));
}

static struct call call_of_row(const struct rows *r, struct arena *a)
{
    return (struct call){.brand_id = rows_int(r, 0),
                         .id = rows_int(r, 1),
                         .conversation_id = rows_int(r, 2),
                         .message_id = rows_int(r, 3),
                         .guest_id = rows_int(r, 4),
                         .state = (enum call_state)rows_int(r, 5),
                         .open = rows_int(r, 6) != 0,
                         .agent_id = rows_int(r, 7),
                         .asked_id = rows_int(r, 8),
                         .asked_at = rows_int(r, 9),
                         .why = rows_dup(r, a, 10),
                         .declined = rows_dup(r, a, 11),
                         .leg = rows_int(r, 12),
                         .guest_seat = rows_dup(r, a, 13),
                         .agent_seat = rows_dup(r, a, 14),
                         .guest_at = rows_int(r, 15),
                         .agent_at = rows_int(r, 16),
                         .answered_at = rows_int(r, 17),
                         .ended_at = rows_int(r, 18)};
}

static bool call_rows(struct rows *given, struct arena *a, struct call **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = call_of_row(r, a);
    }
    return r && rows_ok(r, e);
}

bool call_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct call *out, struct error *e)
{
    struct call *list;
    size_t count;
    if (!call_rows(db_query(tx, SQL_call_by_id, e, V(brand), V(id)), a, &list, &count, e))
        return false;
    *out = count ? list[0] : (struct call){0};
    return count || fail(e, ERR_NOT_FOUND, "There is no such call.");
}

bool call_list_open(struct tx *tx, struct arena *a, int64_t brand, struct call **out, size_t *count, struct error *e)
{
    return call_rows(db_query(tx, SQL_call_list_open, e, V(brand)), a, out, count, e);
}

bool call_list_newest(struct tx *tx, struct arena *a, int64_t brand, int limit, struct call **out, size_t *count,
                      struct error *e)
{
    return call_rows(db_query(tx, SQL_call_list_newest, e, V(brand), V(limit)), a, out, count, e);
}

bool call_signal_add(struct tx *tx, const struct call_signal *s, struct error *e)
{
    return db_exec(tx, SQL_call_signal_insert, NULL, e, V(s->brand_id), V(s->call_id), V(s->id), V(s->leg),
                   V((int64_t)s->to_guest), V(s->kind), V(s->data));
}

bool call_signal_list(struct tx *tx, struct arena *a, const struct call *call, bool to_guest, int64_t after,
                      struct call_signal **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_call_signal_list, e, V(call->brand_id), V(call->id), V(after), V(call->leg),
                              V((int64_t)to_guest));
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct call_signal){.brand_id = call->brand_id,
                                                  .call_id = call->id,
                                                  .id = rows_int(r, 0),
                                                  .leg = call->leg,
                                                  .to_guest = to_guest,
                                                  .kind = rows_dup(r, a, 1),
                                                  .data = rows_dup(r, a, 2)};
    }
    return r && rows_ok(r, e);
}

bool call_signal_count(struct tx *tx, const struct call *call, bool to_guest, int64_t *out, struct error *e)
{
    return rows_number(db_query(tx, SQL_call_signal_count, e, V(call->brand_id), V(call->id), V((int64_t)to_guest)),
                       out, e);
}

bool call_signal_clear(struct tx *tx, const struct call *call, struct error *e)
{
    return db_exec(tx, SQL_call_signal_clear, NULL, e, V(call->brand_id), V(call->id));
}

bool call_duty_put(struct tx *tx, int64_t brand, int64_t agent, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_call_duty_put, NULL, e, V(brand), V(agent), V(at));
}

bool call_duty_end(struct tx *tx, int64_t brand, int64_t agent, struct error *e)
{
    return db_exec(tx, SQL_call_duty_end, NULL, e, V(brand), V(agent));
}

bool call_duty_list(struct tx *tx, struct arena *a, int64_t brand, int64_t since, int64_t **out, size_t *count,
                    struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_call_duty_list, e, V(brand), V(since));
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = rows_int(r, 0);
    }
    return r && rows_ok(r, e);
}

bool call_setting_get(struct tx *tx, struct arena *a, int64_t brand, struct call_setting *out, struct error *e)
{
    *out = (struct call_setting){0};
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_call_setting_get, e, V(brand));
    if (r && rows_next(r))
        *out = (struct call_setting){.servers = rows_dup(r, a, 0),
                                     .secret = rows_dup(r, a, 1),
                                     .relay_only = rows_int(r, 2) != 0,
                                     .phone = rows_dup(r, a, 3)};
    return r && rows_ok(r, e);
}

bool call_setting_put(struct tx *tx, int64_t brand, const struct call_setting *s, struct error *e)
{
    return db_exec(tx, SQL_call_setting_put, NULL, e, V(brand), V(s->servers), db_bytes(s->secret),
                   V((int64_t)s->relay_only), V(s->phone));
}
