/* SPDX-License-Identifier: Apache-2.0 */
/* Telling people that one of us wrote to them. */
#include "care/follows.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/account.h"
#include "care/guests.h"
#include "care/house.h"
#include "care/proofs.h"
#include "store/agent.h"
#include "store/event.h"
#include "store/message.h"
#include "store/person.h"

#define WORDS_TOLD   600
#define WORDS_IN_SMS 160
#define STOP_BYTES   16

/* ---- what is to be told ---- */

/* Of a colleague, in private, on the care site: elsewhere the network itself tells them. */
static bool is_told_of(struct tx *tx, const struct message *m, bool *is, struct error *e)
{
    int64_t home;
    *is = false;
    if (!m->outbound || !m->agent_id || m->is_public || !m->person_id || !str_eq(m->door, STR("talk")))
        return true;
    if (!account_home_id(tx, m->brand_id, &home, e))
        return false;
    *is = home == m->channel_id;
    return true;
}

static bool wants(const struct notice *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].wanted && !list[i].told_at)
            return true;
    return false;
}

bool follow_answered(struct tx *tx, const struct message *m, struct error *e)
{
    struct notice *list;
    size_t count;
    bool is;
    struct untold untold = {m->brand_id, m->id, m->conversation_id, tx_now(tx) + FOLLOW_UNSEEN_US};
    if (!is_told_of(tx, m, &is, e))
        return false;
    if (!is)
        return true;
    return notice_list(tx, tx_arena(tx), m->brand_id, m->person_id, &list, &count, e) &&
           (!wants(list, count) || untold_add(tx, &untold, e));
}

bool follow_looks(struct tx *tx, int64_t brand, int64_t person, int64_t conversation, bool *any, struct error *e)
{
    struct notice *list;
    size_t count;
    int64_t waiting = 0;
    *any = false;
    if (!person)
        return true;
    if (!notice_list(tx, tx_arena(tx), brand, person, &list, &count, e) ||
        (count && conversation && !untold_count(tx, brand, conversation, &waiting, e)))
        return false;
    *any = waiting > 0;
    for (size_t i = 0; i < count; i++)
        *any |= list[i].told_at != 0;
    return true;
}

bool follow_looked(struct tx *tx, int64_t brand, int64_t person, int64_t conversation, struct error *e)
{
    struct notice *list;
    size_t count;
    if (!notice_list(tx, tx_arena(tx), brand, person, &list, &count, e) ||
        (conversation && !untold_seen(tx, brand, conversation, e)))
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i].told_at && !notice_told(tx, brand, list[i].id, 0, e))
            return false;
    return true;
}

/* ---- telling ---- */

int64_t follow_night_until(int64_t at, const char *zone)
{
    struct clock_parts p = clock_split(at, zone);
    if (p.hour >= FOLLOW_NIGHT_UNTIL && p.hour < FOLLOW_NIGHT_FROM)
        return 0;
    if (p.hour >= FOLLOW_NIGHT_FROM) {
        struct clock_parts next = clock_split(at + 12 * HOUR_US, zone);
        p.year = next.year, p.month = next.month, p.day = next.day;
    }
    p.hour = FOLLOW_NIGHT_UNTIL, p.minute = p.second = 0;
    return clock_join(p, zone);
}

#define WINDOW_SPARE (2 * MINUTE_US) /* a call takes its time, and clocks differ */

static const struct door *notice_door(struct str network)
{
    const struct channel *channel = channel_find(network);
    return channel && channel->notice ? channel_door(channel, str_from(channel->notice)) : NULL;
}

/* Through which account one is told, and until when. */
struct path {
    int64_t channel, until_at;
};

/* Where the network lets us write only for a while after they did: through the account they wrote to, until then. */
static bool path_in_window(struct tx *tx, const struct notice *way, int64_t person, const struct door *door,
                           struct path *out, struct error *e)
{
    struct channel_row *rows;
    size_t count;
    int64_t at, window = door->window_hours * HOUR_US - WINDOW_SPARE;
    struct last_from who = {.brand = way->brand_id,
                            .person = person,
                            .after = tx_now(tx) - window,
                            .door = str_from(door->name),
                            .author = way->external_id};
    if (!channel_row_list(tx, tx_arena(tx), way->brand_id, false, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(rows[i].network, way->network) || !str_eq(rows[i].state, STR("on")))
            continue;
        who.channel = rows[i].id;
        if (!message_last_from(tx, &who, &at, e))
            return false;
        int64_t until = (at < tx_now(tx) ? at : tx_now(tx)) + window;
        if (at && until > out->until_at)
            *out = (struct path){rows[i].id, until};
    }
    return true;
}

/* channel 0: there is none now. */
static bool path_of(struct tx *tx, const struct notice *way, int64_t person, struct path *out, struct error *e)
{
    const struct door *door = notice_door(way->network);
    *out = (struct path){0};
    if (door && door->window_hours)
        return path_in_window(tx, way, person, door, out, e);
    out->until_at = tx_now(tx) + FOLLOW_WORTH_US;
    return letter_account(tx, way->brand_id, way->network, &out->channel, e);
}

struct telling {
    const struct house *house;
    const struct brand *brand;
    struct message m;
    struct agent agent;
};

static bool is_sms(struct str network)
{
    const struct door *door = notice_door(network);
    return door && door->unit == LENGTH_SMS;
}

static struct json *about_of(struct arena *a, const struct telling *t, const struct notice *follow)
{
    struct json *about = json_object(a);
    bool sms = is_sms(follow->network);
    struct str words = follow->words ? text_shorten(a, t->m.text, sms ? WORDS_IN_SMS : WORDS_TOLD) : STR_EMPTY;
    json_set_str(a, about, "who", t->agent.name);
    json_set_bool(a, about, "short", !str_eq(follow->network, STR("email")));
    json_set_bool(a, about, "sms", sms);
    json_set_str(a, about, "words", words);
    json_set_str(a, about, "path", str_format(a, "/requests/%" PRId64, t->m.conversation_id));
    json_set_str(a, about, "stop",
                 str_concat(a, STR("/notices/stop/"), follow_stop_token(a, t->house, follow->brand_id, follow->id)));
    return about;
}

static bool tell_one(struct tx *tx, const struct telling *t, const struct notice *follow, struct error *e)
{
    struct path path;
    struct letter_order order = {.brand_id = t->brand->id,
                                 .kind = LETTER_TOLD,
                                 .language = follow->language,
                                 .to = follow->external_id,
                                 .about = about_of(tx_arena(tx), t, follow)};
    if (!path_of(tx, follow, t->m.person_id, &path, e))
        return false;
    order.channel_id = path.channel;
    order.until_at = path.until_at;
    return !order.channel_id ||
           (notice_told(tx, t->brand->id, follow->id, tx_now(tx), e) && letter_queue(tx, t->house, &order, e));
}

/* Each of their ways; those that sleep are told in the morning. */
static bool tell_all(struct tx *tx, const struct telling *t, const struct untold *untold, struct error *e)
{
    struct notice *list;
    size_t count;
    int64_t night = follow_night_until(tx_now(tx), str_cstr(tx_arena(tx), t->brand->zone));
    bool sleeps = false;
    if (!notice_list(tx, tx_arena(tx), t->brand->id, t->m.person_id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!list[i].wanted || list[i].told_at)
            continue;
        if (night && !list[i].nights)
            sleeps = true;
        else if (!tell_one(tx, t, &list[i], e))
            return false;
    }
    return sleeps ? untold_later(tx, untold->brand_id, untold->id, night, e)
                  : untold_delete(tx, untold->brand_id, untold->id, e);
}

static bool tell(struct tx *tx, struct telling *t, const struct untold *untold, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct error here = {0};
    struct conversation c;
    bool there = message_by_id(tx, a, untold->brand_id, untold->id, &t->m, &here) &&
                 conversation_by_id(tx, a, untold->brand_id, t->m.conversation_id, &c, &here) &&
                 agent_by_id(tx, a, untold->brand_id, t->m.agent_id, &t->agent, &here);
    if (!there && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (!there || t->m.deleted_at || t->m.receipt == MESSAGE_READ)
        return untold_delete(tx, untold->brand_id, untold->id, e);
    t->m.person_id = c.person_id; /* whose it is now */
    return tell_all(tx, t, untold, e);
}

bool follow_is_due(struct tx *tx, int64_t brand, bool *due, struct error *e)
{
    struct untold *list;
    size_t count;
    if (!untold_due(tx, tx_arena(tx), brand, tx_now(tx), &list, &count, e))
        return false;
    *due = count > 0;
    return true;
}

bool follow_tell(struct tx *tx, const struct house *house, const struct brand *brand, struct error *e)
{
    struct telling t = {.house = house, .brand = brand};
    struct untold *list;
    size_t count;
    if (!untold_due(tx, tx_arena(tx), brand->id, tx_now(tx), &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!tell(tx, &t, &list[i], e))
            return false;
    return true;
}

/* ---- choosing ---- */

static bool chosen_of(struct tx *tx, struct arena *a, const struct identity *identity, struct notice *out,
                      struct error *e)
{
    struct error here = {0};
    return notice_find(tx, a, identity->brand_id, identity->network, identity->external_id, out, &here) ||
           here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

/* An address counts once it was shown to be theirs; an account on a network is vouched for by the network. */
static bool is_way(const struct follow_way *way)
{
    const struct channel *channel = channel_find(way->network);
    return way->channel && channel && (way->chosen.confirmed_at || proof_on(channel));
}

/* A network that knows somebody by their number and by an id of its own (WhatsApp) knows them twice. */
static bool is_second_name(const struct identity *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (list[i].phone.len && str_eq(list[k].network, list[i].network) && str_eq(list[k].phone, list[i].phone))
            return true;
    return false;
}

bool follow_ways(struct tx *tx, struct arena *a, const struct guest *guest, struct follow_way **out, size_t *count,
                 struct error *e)
{
    struct person person;
    struct identity *list;
    size_t n;
    *count = 0;
    if (!guest_person(tx, a, guest, &person, e))
        return false;
    if (!person.id)
        return true;
    if (!identity_list(tx, a, guest->brand_id, person.id, &list, &n, e))
        return false;
    *out = ARENA_ARRAY(a, struct follow_way, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct follow_way *way = &(*out)[*count];
        *way = (struct follow_way){.network = list[i].network, .external_id = list[i].external_id};
        if (!letter_account(tx, guest->brand_id, way->network, &way->channel, e) ||
            !chosen_of(tx, a, &list[i], &way->chosen, e))
            return false;
        *count += is_way(way) && (way->chosen.wanted || !is_second_name(list, i));
    }
    return true;
}

static bool follow_event(struct tx *tx, const char *kind, const struct notice *follow, struct error *e)
{
    struct json *data = json_object(tx_arena(tx));
    json_set_str(tx_arena(tx), data, "name", follow->network);
    struct event event = {.brand_id = follow->brand_id,
                          .kind = str_from(kind),
                          .subject_id = follow->id,
                          .at = tx_now(tx),
                          .data = json_to_str(tx_arena(tx), data)};
    return event_add(tx, &event, e);
}

bool follow_confirm(struct tx *tx, const struct guest *guest, struct str network, struct str address, bool wanted,
                    struct error *e)
{
    struct identity identity = {.brand_id = guest->brand_id, .network = network, .external_id = address};
    struct notice follow;
    if (!chosen_of(tx, tx_arena(tx), &identity, &follow, e))
        return false;
    bool begins = wanted && !follow.wanted;
    if (!follow.id)
        follow =
            (struct notice){.brand_id = guest->brand_id, .id = id_new(), .network = network, .external_id = address};
    follow.language = guest->language;
    follow.confirmed_at = tx_now(tx);
    follow.told_at = 0;
    follow.wanted |= wanted;
    return notice_put(tx, &follow, e) && (!begins || follow_event(tx, "follow.begun", &follow, e));
}

bool follow_choose(struct tx *tx, const struct guest *guest, const struct follow_way *way, struct error *e)
{
    struct notice follow = way->chosen, was;
    struct identity identity = {
        .brand_id = guest->brand_id, .network = way->network, .external_id = way->external_id};
    if (!chosen_of(tx, tx_arena(tx), &identity, &was, e))
        return false;
    follow.brand_id = guest->brand_id;
    follow.id = was.id ? was.id : id_new();
    follow.network = way->network;
    follow.external_id = way->external_id;
    follow.language = guest->language;
    follow.confirmed_at = was.confirmed_at;
    follow.told_at = 0;
    if (!notice_put(tx, &follow, e))
        return false;
    return follow.wanted == was.wanted ||
           follow_event(tx, follow.wanted ? "follow.begun" : "follow.ended", &follow, e);
}

/* ---- ending it without signing in ---- */

static struct str stop_mark(struct arena *a, const struct house *house, int64_t brand, int64_t id)
{
    unsigned char digest[SHA256_BYTES];
    struct str words = str_format(a, "unfollow|%" PRId64 "|%" PRId64, brand, id);
    hmac_sha256((struct str){(const char *)house->seal_key, SEAL_KEY_BYTES}, words, digest);
    return hex_encode(a, digest, STOP_BYTES);
}

struct str follow_stop_token(struct arena *a, const struct house *house, int64_t brand, int64_t id)
{
    return str_format(a, "%" PRId64 "-%.*s", id, STR_ARGS(stop_mark(a, house, brand, id)));
}

bool follow_stop_id(struct arena *a, const struct house *house, int64_t brand, struct str token, int64_t *id)
{
    struct str number;
    return str_split(&token, '-', &number) && str_int64(number, id) && *id > 0 &&
           same_secret(token, stop_mark(a, house, brand, *id));
}

bool follow_stop(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    struct notice follow;
    struct error here = {0};
    if (!notice_by_id(tx, tx_arena(tx), brand, id, &follow, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    if (!follow.wanted)
        return true;
    follow.wanted = false;
    return notice_put(tx, &follow, e) && follow_event(tx, "follow.ended", &follow, e);
}
