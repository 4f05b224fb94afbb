/* SPDX-License-Identifier: Apache-2.0 */
/* A house with a past: messages straight into the tables, as intake and colleagues would have left them, over three
 * years with the nights quieter than the days. A conversation has ten messages on average, within some hours or days
 * of each other; eighteen of a hundred are open, and their last message waits. What networks sent is kept of the last
 * thirtieth only, as a brand that keeps payloads for a month has it.
 *   history DATA COUNT WHATSAPP_CHANNEL FACEBOOK_CHANNEL      prints one JSON line */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/house.h"
#include "care/intake.h"
#include "care/rank.h"
#include "care/search.h"
#include "db/db_internal.h"
#include "store/event.h"
#include "store/ledger.h"
#include "store/shelf.h"
#include "workload.h"

enum { BATCH = 5000, TALK = WORKLOAD_PERSON_EVERY, AT_ONCE = 200, OPEN_PERCENT = 18, KEPT_ONE_IN = 30 };
#define YEARS_US (INT64_C(3) * 365 * DAY_US)
#define TURN     (2 * 3.14159265358979)

struct talk {
    int64_t last, messages; /* the number of the last message */
};

struct key {
    uint64_t hash;
    int64_t id;
};

struct history {
    int64_t from, count, begun, brand, channels[2];
    struct talk *talks;
    struct key *keys;
};

/* ---- what is said when, and by whom ---- */

/* The first message of each ten opens a conversation; the others go to one of the last few hundred. */
static int64_t talk_of(int64_t i)
{
    uint64_t r = workload_random((uint64_t)i * 31 + 7);
    int64_t newest = i / TALK, back = (int64_t)(r % AT_ONCE);
    return i % TALK == 0 || back > newest ? newest : newest - back;
}

/* Days wave around an even pace: four times as much at noon as at four in the morning; gaps are as they come. */
static int64_t moment_of(const struct history *h, int64_t i)
{
    double even = (double)i / (double)h->count * (double)YEARS_US;
    double day = even / (double)DAY_US, hour = day - floor(day) - 0.67;
    double jitter = (double)(workload_random((uint64_t)i) % 1000) / 1000.0 * (double)YEARS_US / (double)h->count;
    return h->begun + (int64_t)(even + jitter - sin(hour * TURN) * 0.6 / TURN * (double)DAY_US);
}

/* Ids of one millisecond differ by the number. */
static int64_t id_of(int64_t at, int64_t i, int kind)
{
    return ((at - id_time(0)) / 1000) << 22 | ((i * 4 + kind) & 0x3fffff);
}

static bool is_open(int64_t talk)
{
    return workload_random((uint64_t)talk * 17 + 3) % 100 < OPEN_PERCENT;
}

static void talks_foresee(struct history *h)
{
    h->talks = calloc((size_t)(h->count / TALK + 1), sizeof *h->talks);
    h->keys = calloc((size_t)h->count, sizeof *h->keys);
    for (int64_t i = 0; i < h->count; i++) {
        struct talk *t = &h->talks[talk_of(i)];
        t->last = i;
        t->messages++;
    }
}

/* ---- rows ---- */

static bool on_whatsapp(int64_t talk)
{
    return talk % 2 == 0;
}

static struct str author_of(struct arena *a, int64_t talk)
{
    return str_format(a, on_whatsapp(talk) ? "39%010lld" : "61%014lld", (long long)(talk * WORKLOAD_PERSON_EVERY));
}

static bool person_put(struct tx *tx, const struct history *h, int64_t talk, struct error *e)
{
    struct arena *a = tx_arena(tx);
    char name[WORKLOAD_NAME];
    int64_t since = moment_of(h, talk * TALK);
    struct str author = author_of(a, talk);
    workload_name(talk * WORKLOAD_PERSON_EVERY, name);
    struct person p = {.brand_id = h->brand,
                       .id = id_of(since, talk * TALK, 0),
                       .name = on_whatsapp(talk) ? str_dup(a, str_from(name)) : author,
                       .language = STR("it"),
                       .since = since,
                       .last_at = moment_of(h, h->talks[talk].last)};
    struct identity identity = {.brand_id = h->brand,
                                .network = on_whatsapp(talk) ? STR("whatsapp") : STR("facebook"),
                                .external_id = author,
                                .person_id = p.id,
                                .first_person_id = p.id,
                                .name = on_whatsapp(talk) ? p.name : STR_EMPTY,
                                .phone = on_whatsapp(talk) ? author : STR_EMPTY,
                                .seen_at = p.last_at};
    return person_add(tx, &p, e) && identity_add(tx, &identity, e) && search_person(tx, &p, e);
}

static bool conversation_put(struct tx *tx, const struct history *h, int64_t talk, struct error *e)
{
    char text[WORKLOAD_TEXT];
    const struct talk *t = &h->talks[talk];
    int64_t since = moment_of(h, talk * TALK), last = moment_of(h, t->last);
    size_t len = workload_text(t->last, text);
    bool open = is_open(talk);
    struct conversation c = {.brand_id = h->brand,
                             .id = id_of(since, talk * TALK, 1),
                             .person_id = id_of(since, talk * TALK, 0),
                             .state = open ? CONVERSATION_WAITING : CONVERSATION_CLOSED,
                             .priority = PRIORITY_NORMAL,
                             .waiting = open,
                             .waiting_since = open ? last : 0,
                             .window_until = last + (on_whatsapp(talk) ? 1 : 7) * DAY_US,
                             .last_at = last,
                             .last_in_at = last,
                             .channel_id = h->channels[!on_whatsapp(talk)],
                             .door = on_whatsapp(talk) ? STR("whatsapp") : STR("messenger"),
                             .preview = str_dup(tx_arena(tx), (struct str){text, len < 180 ? len : 180}),
                             .language = STR("it"),
                             .messages = t->messages,
                             .closed_at = open ? 0 : last,
                             .created_at = since};
    rank_set(&c, tx_now(tx));
    return conversation_add(tx, &c, e);
}

static bool payload_put(struct tx *tx, const struct message *m, int64_t i, struct error *e)
{
    char body[WORKLOAD_BODY];
    size_t len = workload_body(str_eq(m->door, STR("whatsapp")) ? "whatsapp" : "facebook", "past", i, body);
    struct payload payload = {.brand_id = m->brand_id,
                              .id = m->payload_id,
                              .channel_id = m->channel_id,
                              .body = {body, len},
                              .state = STR("read")};
    return payload_add(tx, &payload, e);
}

static bool event_put(struct tx *tx, const struct message *m, int64_t i, struct error *e)
{
    struct str data = str_format(tx_arena(tx), "{\"channel\":\"%lld\",\"day\":%lld,\"to\":\"%s\"}",
                                 (long long)m->channel_id, (long long)m->day, place_name(m->place));
    return db_exec(tx, SQL_event_insert, NULL, e, V(m->brand_id), V(id_of(m->at, i, 3)), V(STR("message.received")),
                   V(m->conversation_id), V(m->id), V(0), V(m->at), V(data));
}

static bool message_put(struct tx *tx, const struct history *h, int64_t i, struct error *e)
{
    struct arena *a = tx_arena(tx);
    char text[WORKLOAD_TEXT];
    int64_t talk = talk_of(i), since = moment_of(h, talk * TALK), at = moment_of(h, i);
    size_t len = workload_text(i, text);
    bool kept = i > h->count - h->count / KEPT_ONE_IN, waits = is_open(talk) && h->talks[talk].last == i;
    struct message m = {.brand_id = h->brand,
                        .id = id_of(at, i, 2),
                        .conversation_id = id_of(since, talk * TALK, 1),
                        .person_id = id_of(since, talk * TALK, 0),
                        .channel_id = h->channels[!on_whatsapp(talk)],
                        .thread_key = str_format(a, "dm:%.*s", STR_ARGS(author_of(a, talk))),
                        .door = on_whatsapp(talk) ? STR("whatsapp") : STR("messenger"),
                        .external_id = str_format(a, "past%012lld", (long long)i),
                        .kind = STR("text"),
                        .text = str_dup(a, (struct str){text, len}),
                        .author_id = author_of(a, talk),
                        .at = at,
                        .received_at = at,
                        .place = waits ? PLACE_WAITING : PLACE_CLOSED,
                        .day = clock_day(at, "Europe/Rome"),
                        .payload_id = kept ? id_of(at, i, 0) : 0};
    if (i % TALK == 0 && (!person_put(tx, h, talk, e) || !conversation_put(tx, h, talk, e)))
        return false;
    h->keys[i] =
        (struct key){hash64(str_format(a, "%lld|m|%.*s", (long long)m.channel_id, STR_ARGS(m.external_id))), m.id};
    return message_add(tx, &m, e) && search_message(tx, &m, e) && event_put(tx, &m, i, e) &&
           ledger_count_add(tx, m.brand_id, m.channel_id, m.day, m.place, 1, e) &&
           (!kept || payload_put(tx, &m, i, e));
}

/* ---- the whole ---- */

static bool batch_put(struct tx *tx, void *ctx, struct error *e)
{
    const struct history *h = ctx;
    for (int64_t i = h->from; i < h->from + BATCH && i < h->count; i++)
        if (!message_put(tx, h, i, e))
            return false;
    return true;
}

/* In their order: at random each would be a page of its own. */
static bool keys_put(struct tx *tx, void *ctx, struct error *e)
{
    const struct history *h = ctx;
    bool fresh;
    for (int64_t i = h->from; i < h->from + 10 * BATCH && i < h->count; i++)
        if (!dedup_add(tx, h->brand, h->keys[i].hash, h->keys[i].id, &fresh, e))
            return false;
    return true;
}

static int by_hash(const void *a, const void *b)
{
    int64_t x = (int64_t)((const struct key *)a)->hash, y = (int64_t)((const struct key *)b)->hash;
    return (x > y) - (x < y);
}

static void fill(struct house *house, struct history *h)
{
    struct error e = {0};
    for (h->from = 0; h->from < h->count; h->from += BATCH)
        if (!db_write(house->db, h->brand, batch_put, h, &e))
            errx(1, "%s", e.message);
    qsort(h->keys, (size_t)h->count, sizeof *h->keys, by_hash);
    for (h->from = 0; h->from < h->count; h->from += 10 * BATCH)
        if (!db_write(house->db, h->brand, keys_put, h, &e))
            errx(1, "%s", e.message);
}

int main(int argc, char **argv)
{
    struct error e = {0};
    struct history h = {.begun = clock_now() - YEARS_US - DAY_US};
    if (argc != 5)
        errx(2, "history DATA COUNT WHATSAPP_CHANNEL FACEBOOK_CHANNEL");
    struct house *house = crypto_init(&e) ? house_open(argv[1], NULL, false, &e) : NULL;
    if (!house)
        errx(1, "%s", e.message);
    h.count = strtoll(argv[2], NULL, 10);
    for (int i = 0; i < 2; i++) {
        h.channels[i] = strtoll(argv[3 + i], NULL, 10);
        const struct account *account = account_get(house, h.channels[i], &e);
        if (!account)
            errx(1, "%s", e.message);
        h.brand = account->row.brand_id;
        account_release(house, account);
    }
    talks_foresee(&h);
    int64_t began = clock_monotonic();
    fill(house, &h);
    double seconds = (double)(clock_monotonic() - began) / 1e6;
    printf("{\"n\":%lld,\"seconds\":%.1f,\"rate\":%.0f}\n", (long long)h.count, seconds, (double)h.count / seconds);
    house_close(house);
    return 0;
}
