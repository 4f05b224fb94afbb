/* SPDX-License-Identifier: Apache-2.0 */
/* Web Push: what the log says becomes what people are told, and that goes out. One push service that hangs holds up
 * its own browsers alone (lanes). */
#include "base/arena.h"
#include "base/log.h"
#include "care/push.h"
#include "jobs/jobs_internal.h"
#include "store/event.h"

#define AT_ONCE    100
#define TIMEOUT_MS 10000
#define RETRY_MAX  86400

static const char push_services[] = "push"; /* all of them are one network to the lanes */

/* ---- one lane ---- */

struct push_lane {
    int64_t brand, lane;
};

struct push_batch {
    struct arena *arena;
    const struct push_lane *lane;
    struct push_note *notes;
    size_t count;
};

static bool batch_read(struct tx *tx, void *ctx, struct error *e)
{
    struct push_batch *batch = ctx;
    return push_note_due(tx, batch->arena, batch->lane->brand, batch->lane->lane, tx_now(tx), AT_ONCE, &batch->notes,
                         &batch->count, e);
}

struct push_going {
    struct arena *arena;
    const struct house *house;
    const struct push_note *note;
    struct push_letter letter;
    int status;
    int64_t retry;
};

static bool going_read(struct tx *tx, void *ctx, struct error *e)
{
    struct push_going *going = ctx;
    struct push_letter letter;
    if (!push_letter(tx, going->house, going->note, &letter, e))
        return false;
    struct arena *a = going->arena; /* the transaction's ends with it */
    going->letter = (struct push_letter){.needless = letter.needless,
                                         .endpoint = str_dup(a, letter.endpoint),
                                         .authorization = str_dup(a, letter.authorization),
                                         .topic = str_dup(a, letter.topic),
                                         .body = str_dup(a, letter.body),
                                         .urgency = letter.urgency,
                                         .ttl = letter.ttl};
    return true;
}

static bool going_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct push_going *going = ctx;
    return going->letter.needless ? push_drop(tx, going->note, e)
                                  : push_answered(tx, going->note, going->status, going->retry, e);
}

static void going_call(struct worker *worker, struct arena *a, struct push_going *going)
{
    struct pair headers[] = {{STR("Authorization"), going->letter.authorization},
                             {STR("Content-Encoding"), STR("aes128gcm")},
                             {STR("Content-Type"), STR("application/octet-stream")},
                             {STR("TTL"), str_format(a, "%lld", (long long)going->letter.ttl)},
                             {STR("Urgency"), str_from(going->letter.urgency)},
                             {STR("Topic"), going->letter.topic}};
    struct http_call call = {.method = "POST",
                             .url = going->letter.endpoint,
                             .headers = {headers, COUNT_OF(headers)},
                             .body = going->letter.body,
                             .timeout_ms = TIMEOUT_MS,
                             .reply_max = 16384};
    struct http_reply reply = {0};
    jobs_call(worker, a, &call, &reply);
    going->status = reply.status;
    if (!str_int64(pairs_get(&reply.headers, STR("retry-after")), &going->retry) || going->retry < 0 ||
        going->retry > RETRY_MAX)
        going->retry = 0;
    if (reply.status == 400 || reply.status == 401 || reply.status == 403 || reply.status == 413)
        log_warn("push", "the push service answered %d", reply.status);
}

/* What cannot be prepared is let go: nobody waits for it. False: the outcome could not be stored. */
static bool note_send(struct worker *worker, struct arena *a, const struct push_note *note)
{
    struct push_going going = {.arena = a, .house = worker->jobs->house, .note = note};
    struct error e = {0};
    if (!db_read(worker->jobs->house->db, going_read, &going, &e)) {
        jobs_log("push", &e);
        going.letter.needless = true;
    }
    if (!going.letter.needless && !push_endpoint_fits(going.letter.endpoint))
        going.letter.needless = true;
    if (!going.letter.needless)
        going_call(worker, a, &going);
    e = (struct error){0};
    if (jobs_write(worker, note->brand_id, going_write, &going, &e))
        return true;
    jobs_log("push", &e);
    return false;
}

static void lane_send(struct worker *worker, struct arena *a, void *ctx)
{
    struct push_batch batch = {.arena = a, .lane = ctx};
    struct error e = {0};
    if (!db_read(worker->jobs->house->db, batch_read, &batch, &e)) {
        jobs_log("push", &e);
        return;
    }
    for (size_t i = 0; i < batch.count && !worker_ends(worker); i++)
        if (!note_send(worker, a, &batch.notes[i])) {
            lane_rest(worker);
            return;
        }
}

/* ---- a turn ---- */

struct push_turn {
    struct arena *arena;
    int64_t brand;
    bool any, more;
    int64_t *lanes;
    size_t count;
};

static bool turn_read(struct tx *tx, void *ctx, struct error *e)
{
    struct push_turn *turn = ctx;
    struct push_key key;
    int64_t last;
    turn->more = false;
    if (!push_any(tx, turn->brand, &turn->any, e) || !turn->any)
        return !turn->any;
    if (!push_key_get(tx, turn->arena, turn->brand, &key, e) || !event_last_id(tx, turn->brand, &last, e))
        return false;
    turn->more = last > key.told;
    return push_note_lanes(tx, turn->arena, turn->brand, tx_now(tx), &turn->lanes, &turn->count, e);
}

static bool turn_hear(struct tx *tx, void *ctx, struct error *e)
{
    struct push_turn *turn = ctx;
    return push_hear(tx, turn->brand, &turn->more, e);
}

static void brand_push(struct worker *worker, struct arena *a, int64_t brand)
{
    struct push_turn turn = {.arena = a, .brand = brand};
    struct error e = {0};
    bool ok = db_read(worker->jobs->house->db, turn_read, &turn, &e);
    while (ok && turn.any && turn.more && !worker_ends(worker))
        ok = jobs_write(worker, brand, turn_hear, &turn, &e);
    if (!ok)
        jobs_log("push", &e);
    for (size_t i = 0; ok && turn.any && i < turn.count && !worker_ends(worker); i++) {
        struct arena *own = arena_new();
        struct push_lane *lane = ARENA_NEW(own, struct push_lane);
        *lane = (struct push_lane){brand, turn.lanes[i]};
        if (!lane_start(worker, turn.lanes[i] ^ brand, push_services, own, lane_send, lane))
            arena_free(own);
    }
}

void push_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t b = 0; b < count && !worker_ends(worker); b++)
        brand_push(worker, a, brands[b].id);
}
