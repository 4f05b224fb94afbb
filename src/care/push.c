/* SPDX-License-Identifier: Apache-2.0 */
/* The key, the browsers, and what is heard in the log. */
#include "care/push.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/webpush.h"
#include "care/account.h"
#include "care/calls.h"
#include "store/agent.h"
#include "store/conversation.h"
#include "store/event.h"
#include "store/message.h"
#include "store/promise.h"

#define ENDPOINT_MAX   1000
#define EVENTS_AT_ONCE 200
#define SOON_US        (2 * SECOND_US) /* an open page says first that it was read */
#define OLD_US         (2 * HOUR_US)   /* after a long stop nobody is told of yesterday */
#define REPLY_LASTS_US (24 * HOUR_US)
#define OURS_LASTS_US  (4 * HOUR_US)
#define RING_LASTS_US  (40 * SECOND_US) /* then somebody has answered, or nobody will */
#define RUNG_MOST      64
#define LANES_EACH     4

/* ---- the key ---- */

static bool key_make(struct tx *tx, const struct house *house, int64_t brand, struct str *open, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct p256_key pair;
    struct push_key key = {.brand_id = brand, .created_at = tx_now(tx)};
    if (!p256_make(&pair, e) || !event_last_id(tx, brand, &key.told, e))
        return false;
    key.open = base64url_encode(a, pair.open, sizeof pair.open);
    key.sealed = seal(a, house->seal_key, (struct str){(const char *)&pair, sizeof pair});
    *open = key.open;
    return push_key_add(tx, &key, e);
}

bool push_brand_key(struct tx *tx, const struct house *house, int64_t brand, struct str *open, struct error *e)
{
    struct push_key key;
    struct error here = {0};
    if (push_key_get(tx, tx_arena(tx), brand, &key, &here)) {
        *open = key.open;
        return true;
    }
    return here.code == ERR_NOT_FOUND ? key_make(tx, house, brand, open, e) : fail(e, here.code, "%s", here.message);
}

bool push_renew(struct tx *tx, const struct house *house, int64_t brand, struct error *e)
{
    struct str open;
    return push_device_delete_all(tx, brand, e) && push_tidy(tx, brand, tx_now(tx), e) &&
           push_key_delete(tx, brand, e) && key_make(tx, house, brand, &open, e);
}

/* ---- browsers ---- */

/* "https://push.example:8443" */
static struct str origin_of(struct str url)
{
    ptrdiff_t scheme = str_find(url, STR("://"));
    size_t end = scheme < 0 ? 0 : (size_t)scheme + 3;
    while (end < url.len && !memchr("/?#\\", url.ptr[end], 4))
        end++;
    return str_slice(url, 0, end);
}

/* Numbers (also 0x7f000001 and 127.1) and names of this machine or network are no push service. */
static bool is_out_there(struct str host)
{
    size_t end = 0, from;
    while (end < host.len && host.ptr[end] != ':')
        end++;
    struct str name = str_slice(host, 0, end);
    if (name.len && name.ptr[name.len - 1] == '.')
        name = str_slice(name, 0, name.len - 1);
    for (from = name.len; from > 0 && name.ptr[from - 1] != '.';)
        from--;
    struct str last = str_slice(name, from, name.len);
    bool letters = last.len > 1 && from > 0;
    for (size_t i = 0; i < last.len; i++)
        letters &= (last.ptr[i] >= 'a' && last.ptr[i] <= 'z') || (i && last.ptr[i] == '-');
    static const char *const inside[] = {"local", "localhost", "internal", "lan", "home", "intranet", "localdomain"};
    for (size_t i = 0; i < COUNT_OF(inside); i++)
        letters &= !str_eq(last, str_from(inside[i]));
    return letters && name.ptr[0] != '.' && str_find_char(host, '@') < 0;
}

bool push_endpoint_fits(struct str endpoint)
{
    const char *base = getenv("ASCOLTO_PUSH_BASE");
    struct str origin = origin_of(endpoint);
    if (endpoint.len == 0 || endpoint.len > ENDPOINT_MAX)
        return false;
    for (size_t i = 0; i < endpoint.len; i++)
        if (endpoint.ptr[i] <= ' ' || endpoint.ptr[i] > '~')
            return false;
    if (base && *base && str_eq(origin, str_from(base)))
        return true;
    return str_starts(origin, STR("https://")) && is_out_there(str_slice(origin, 8, origin.len));
}

static struct str hash_of(struct arena *a, int64_t guest, int64_t agent, struct str endpoint)
{
    unsigned char digest[SHA256_BYTES];
    sha256(str_format(a, "%lld %lld %.*s", (long long)guest, (long long)agent, STR_ARGS(endpoint)), digest);
    return hex_encode(a, digest, sizeof digest);
}

static bool make_room(struct tx *tx, const struct push_wish *wish, struct error *e)
{
    struct push_device *list;
    size_t count;
    if (!push_device_list(tx, tx_arena(tx), wish->brand, wish->guest, wish->agent, &list, &count, e))
        return false;
    for (size_t i = PUSH_DEVICES_EACH - 1; i < count; i++)
        if (!push_device_delete(tx, wish->brand, list[i].id, e))
            return false;
    return true;
}

/* Nobody was told anything so far: what happened before is no news. */
static bool from_now_on(struct tx *tx, int64_t brand, struct error *e)
{
    bool any;
    int64_t last;
    if (!push_any(tx, brand, &any, e) || any)
        return any;
    return event_last_id(tx, brand, &last, e) && push_key_told(tx, brand, last, e);
}

bool push_switch_on(struct tx *tx, const struct house *house, const struct push_wish *wish, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct push_target target;
    struct str open;
    struct json *where = json_object(a);
    if (!push_endpoint_fits(wish->endpoint) || !push_target_of(a, wish->key, wish->auth, &target))
        return fail(e, ERR_BAD_INPUT, "This is no address of a push service.");
    json_set_str(a, where, "endpoint", wish->endpoint);
    json_set_str(a, where, "key", wish->key);
    json_set_str(a, where, "auth", wish->auth);
    json_set_str(a, where, "site", wish->site);
    int64_t id = id_new();
    struct push_device device = {
        .brand_id = wish->brand,
        .id = id,
        .hash = hash_of(a, wish->guest, wish->agent, wish->endpoint),
        .guest_id = wish->guest,
        .agent_id = wish->agent,
        .session = wish->session,
        .sealed = seal(a, house->seal_key, json_to_str(a, where)),
        .words = wish->words,
        .language = wish->language,
        .created_at = tx_now(tx),
        .lane = (int64_t)(hash64(origin_of(wish->endpoint)) >> 4) * LANES_EACH + id % LANES_EACH,
    };
    return push_brand_key(tx, house, wish->brand, &open, e) && from_now_on(tx, wish->brand, e) &&
           push_device_delete_hash(tx, wish->brand, device.hash, e) && make_room(tx, wish, e) &&
           push_device_add(tx, &device, e);
}

bool push_switch_off(struct tx *tx, int64_t brand, int64_t guest, int64_t agent, struct str endpoint, struct error *e)
{
    return endpoint.len ? push_device_delete_hash(tx, brand, hash_of(tx_arena(tx), guest, agent, endpoint), e)
                        : push_device_delete_of(tx, brand, guest, agent, e);
}

/* ---- who is to be told ---- */

static bool tell(struct tx *tx, const struct push_device *list, size_t count, struct push_note note, int64_t after,
                 int64_t lasts, struct error *e)
{
    int64_t now = tx_now(tx);
    for (size_t i = 0; i < count; i++) {
        note.device_id = list[i].id;
        note.lane = list[i].lane;
        note.next_at = now + after;
        note.expires_at = now + lasts;
        if (!push_note_put(tx, &note, e))
            return false;
    }
    return true;
}

static bool tell_agent(struct tx *tx, int64_t agent, const struct push_note *note, struct error *e)
{
    struct push_device *list;
    size_t count;
    if (!agent || agent == note->actor_id)
        return true;
    return push_device_list(tx, tx_arena(tx), note->brand_id, 0, agent, &list, &count, e) &&
           tell(tx, list, count, *note, SOON_US, OURS_LASTS_US, e);
}

bool push_try(struct tx *tx, int64_t brand, int64_t guest, int64_t agent, struct error *e)
{
    struct push_device *list;
    size_t count;
    struct push_note note = {.brand_id = brand, .kind = STR("test"), .subject_id = id_new()};
    return push_device_list(tx, tx_arena(tx), brand, guest, agent, &list, &count, e) &&
           tell(tx, list, count, note, SOON_US, 10 * MINUTE_US, e);
}

/* One of us wrote: the guests who are that person, and only of what stands on the site. */
static bool hear_reply(struct tx *tx, const struct event *event, struct push_note *note, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message m;
    struct conversation c;
    struct push_device *list;
    size_t count;
    int64_t home;
    if (!message_by_id(tx, a, event->brand_id, event->subject_id, &m, e) ||
        !account_home_id(tx, event->brand_id, &home, e))
        return false;
    if (!m.agent_id || m.channel_id != home)
        return true;
    note->kind = STR("reply");
    note->actor_id = m.agent_id;
    return conversation_by_id(tx, a, event->brand_id, event->conversation_id, &c, e) &&
           push_device_of_person(tx, a, event->brand_id, c.person_id, &list, &count, e) &&
           tell(tx, list, count, *note, SOON_US, REPLY_LASTS_US, e);
}

static bool hear_received(struct tx *tx, const struct event *event, struct push_note *note, struct error *e)
{
    struct conversation c;
    note->kind = STR("wrote");
    return conversation_by_id(tx, tx_arena(tx), event->brand_id, event->conversation_id, &c, e) &&
           (c.state != CONVERSATION_WAITING || tell_agent(tx, c.owner_id, note, e));
}

static bool hear_promise(struct tx *tx, const struct event *event, struct push_note *note, struct error *e)
{
    struct promise p;
    struct conversation c;
    note->kind = STR("due");
    return promise_by_id(tx, tx_arena(tx), event->brand_id, event->subject_id, &p, e) &&
           conversation_by_id(tx, tx_arena(tx), event->brand_id, event->conversation_id, &c, e) &&
           tell_agent(tx, p.agent_id ? p.agent_id : c.owner_id, note, e);
}

/* It rings at those who take calls: their open pages say so themselves, a telephone in a pocket is told. */
static bool hear_ring(struct tx *tx, const struct event *event, struct push_note *note, struct error *e)
{
    int64_t agents[RUNG_MOST];
    size_t agent_count, count;
    note->kind = STR("rings");
    if (!calls_reachable(tx, event->brand_id, agents, RUNG_MOST, &agent_count, e))
        return false;
    for (size_t i = 0; i < agent_count; i++) {
        struct push_device *list;
        if (!push_device_list(tx, tx_arena(tx), note->brand_id, 0, agents[i], &list, &count, e) ||
            !tell(tx, list, count, *note, 0, RING_LASTS_US, e))
            return false;
    }
    return true;
}

static bool hear(struct tx *tx, const struct event *event, struct error *e)
{
    struct push_note note = {.brand_id = event->brand_id,
                             .conversation_id = event->conversation_id,
                             .subject_id = event->subject_id,
                             .actor_id = event->actor_id};
    if (str_eq(event->kind, STR("reply.accepted")))
        return hear_reply(tx, event, &note, e);
    if (str_eq(event->kind, STR("message.received")))
        return hear_received(tx, event, &note, e);
    if (str_eq(event->kind, STR("promise.due")))
        return hear_promise(tx, event, &note, e);
    if (str_eq(event->kind, STR("call.ringing")))
        return hear_ring(tx, event, &note, e);
    if (!str_eq(event->kind, STR("conversation.assigned")) && !str_eq(event->kind, STR("conversation.handover")))
        return true;
    note.kind = STR("handed");
    note.subject_id = event->id;
    return tell_agent(tx, event->subject_id, &note, e);
}

/* What is not there any more (joined, erased) is nothing to tell. */
static bool hear_one(struct tx *tx, const struct event *event, struct error *e)
{
    struct error here = {0};
    if (tx_now(tx) - event->at > OLD_US || hear(tx, event, &here) || here.code == ERR_NOT_FOUND)
        return true;
    return fail(e, here.code, "%s", here.message);
}

static bool hear_upto(struct tx *tx, int64_t brand, const struct event *events, size_t count, bool *more,
                      struct error *e)
{
    *more = count == EVENTS_AT_ONCE;
    return count == 0 || push_key_told(tx, brand, events[count - 1].id, e);
}

bool push_hear(struct tx *tx, int64_t brand, bool *more, struct error *e)
{
    struct push_key key;
    struct event *events;
    size_t count;
    *more = false;
    if (!push_key_get(tx, tx_arena(tx), brand, &key, e) ||
        !event_list(tx, tx_arena(tx), brand, key.told, EVENTS_AT_ONCE, &events, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!hear_one(tx, &events[i], e))
            return false;
    for (size_t i = 0; i < count; i++)
        if (str_starts(events[i].kind, STR("agent."))) /* perhaps somebody signed out */
            return push_tidy(tx, brand, tx_now(tx), e) && hear_upto(tx, brand, events, count, more, e);
    return hear_upto(tx, brand, events, count, more, e);
}
