/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks: sending at once, trying again with back-off until they are taken, and the handshakes.
 * One webhook of a network is under way at a time, in their order; while the receiver is down the rest waits.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "sim/sim_driver.h"

#define IDLE_US (10 * SECOND_US)

void sim_hooks_init(struct sim *sim)
{
    int n;

    for (n = 0; n < SIM_NETWORKS; n++) {
        sim->lines[n].sim = sim;
        sim->lines[n].network = (enum sim_network)n;
    }
}

/* ---- the queue ---- */

uint64_t sim_hook_add(struct sim *sim, enum sim_network network, struct sim_item *item, struct str body, int delay_ms)
{
    struct sim_hook *hook = calloc(1, sizeof *hook);

    assert(sim_drivers[network]->sign != NULL);
    if (hook == NULL || (hook->body = malloc(body.len + 1)) == NULL)
        abort();
    memcpy(hook->body, body.ptr, body.len);
    hook->body_len = body.len;
    hook->sim = sim;
    hook->network = network;
    hook->item = item;
    hook->serial = ++sim->hook_serial;
    hook->due = clock_monotonic() + (int64_t)delay_ms * 1000;
    hook->twice = sim_fault_take(sim, network, SIM_FAULT_DUPLICATE);
    hook->forge = sim_fault_take(sim, network, SIM_FAULT_BAD_SIGNATURE);
    hook->held = sim_fault_take(sim, network, SIM_FAULT_REORDER);
    if (hook->held)
        hook->due += (int64_t)sim_fault_ms(sim, network, SIM_FAULT_REORDER, SIM_REORDER_MS) * 1000;
    hook->batch = sim_drivers[network]->join != NULL && sim_fault_take(sim, network, SIM_FAULT_BATCH);
    if (hook->batch)
        hook->due += (int64_t)sim_fault_ms(sim, network, SIM_FAULT_BATCH, SIM_BATCH_MS) * 1000;
    if (item != NULL)
        item->hooks_left++;
    if (sim->hooks_last == NULL)
        sim->hooks = hook;
    else
        sim->hooks_last->next = hook;
    sim->hooks_last = hook;
    sim_wake(sim);
    return hook->serial;
}

static void free_hook(struct sim_hook *hook)
{
    struct sim_hook *one;

    while ((one = hook->joined) != NULL) {
        hook->joined = one->next;
        free(one->body);
        free(one);
    }
    free(hook->body);
    free(hook);
}

static void unlink_hook(struct sim *sim, const struct sim_hook *hook)
{
    struct sim_hook **at, *last = NULL;

    for (at = &sim->hooks; *at != NULL && *at != hook; at = &last->next)
        last = *at;
    assert(*at == hook);
    *at = hook->next;
    if (sim->hooks_last == hook)
        sim->hooks_last = last;
}

static void join_hook(struct sim_hook *into, struct sim_hook *one)
{
    struct arena *a = arena_new();
    struct str body = sim_drivers[into->network]->join(a, (struct str){into->body, into->body_len},
                                                       (struct str){one->body, one->body_len});

    free(into->body);
    into->body = malloc(body.len + 1);
    if (into->body == NULL)
        abort();
    memcpy(into->body, body.ptr, body.len);
    into->body_len = body.len;
    arena_free(a);
    one->next = into->joined;
    into->joined = one;
}

static void join_batch(struct sim *sim, struct sim_hook *into)
{
    struct sim_hook *one, *next;

    for (one = into->next; into->batch && one != NULL; one = next) {
        next = one->next;
        if (one->network != into->network || !one->batch)
            continue;
        unlink_hook(sim, one);
        join_hook(into, one);
    }
    into->batch = false;
}

void sim_hooks_drop(struct sim *sim)
{
    struct sim_hook *hook, *next, *one;

    for (hook = sim->hooks; hook != NULL; hook = next) {
        next = hook->next;
        for (one = hook->joined; one != NULL; one = one->next)
            one->item = NULL;
        hook->item = NULL;
        hook->orphan = true;
        if (!hook->in_flight) {
            unlink_hook(sim, hook);
            free_hook(hook);
        }
    }
}

void sim_hooks_free(struct sim *sim)
{
    struct sim_hook *hook;

    while ((hook = sim->hooks) != NULL) {
        sim->hooks = hook->next;
        free_hook(hook);
    }
    sim->hooks_last = NULL;
}

size_t sim_hooks_pending(struct sim *sim)
{
    const struct sim_hook *hook, *one;
    size_t count = 0;

    sim_lock(sim);
    for (hook = sim->hooks; hook != NULL; hook = hook->next) {
        count += !hook->orphan;
        for (one = hook->joined; one != NULL; one = one->next)
            count += !hook->orphan;
    }
    sim_unlock(sim);
    return count;
}

/* ---- answers of the brand ---- */

static int64_t back_off_us(const struct sim *sim, int tries)
{
    int64_t ms = sim->config.retry_first_ms;

    while (--tries > 0 && ms < sim->config.retry_max_ms)
        ms *= 2;
    return (ms < sim->config.retry_max_ms ? ms : sim->config.retry_max_ms) * 1000;
}

/* What waited for this webhook may go: the answer of echo-first, and webhooks that were to be overtaken. */
static void release(struct sim *sim, const struct sim_hook *taken)
{
    struct sim_later *later;
    struct sim_hook *hook;

    for (later = sim->laters; later != NULL; later = later->next)
        if (later->after_hook == taken->serial)
            later->due = 0;
    for (hook = sim->hooks; hook != NULL; hook = hook->next)
        if (hook->held && hook->network == taken->network && hook->serial < taken->serial) {
            hook->held = false;
            hook->due = 0;
        }
}

static void hook_taken(struct sim *sim, struct sim_hook *hook)
{
    struct sim_line *line = &sim->lines[hook->network];
    struct sim_hook *one;

    line->failures = 0;
    line->quiet_until = 0;
    for (one = hook; one != NULL; one = one == hook ? hook->joined : one->next) {
        line->taken++;
        release(sim, one);
        if (one->item != NULL && one->item->hooks_left > 0)
            one->item->hooks_left--;
        one->item = NULL;
    }
    if (hook->twice) {
        hook->twice = false;
        hook->tries = 0;
        hook->due = 0;
        return;
    }
    unlink_hook(sim, hook);
    free_hook(hook);
}

static void hook_failed(struct sim *sim, struct sim_hook *hook, int status)
{
    struct sim_line *line = &sim->lines[hook->network];
    int64_t now = clock_monotonic();

    line->refused++;
    hook->tries++;
    hook->due = now + back_off_us(sim, hook->tries);
    if (status == 0 || status >= 500) {
        line->failures++;
        line->quiet_until = now + back_off_us(sim, line->failures);
        hook->due = line->quiet_until;
    }
}

static void hook_answered(void *ctx, const struct http_reply *reply)
{
    struct sim_hook *hook = ctx;
    struct sim *sim = hook->sim;
    struct sim_line *line = &sim->lines[hook->network];
    bool (*takes)(const struct http_reply *) = sim_drivers[hook->network]->taken;
    bool taken = takes != NULL ? takes(reply) : reply->status >= 200 && reply->status < 300;

    sim_lock(sim);
    hook->in_flight = false;
    line->last_status = reply->status;
    if (hook->orphan) {
        unlink_hook(sim, hook);
        free_hook(hook);
    } else if (hook->forge && reply->status != 0) {
        hook->forge = false;
        line->forged_taken += taken;
        hook->due = 0;
    } else if (taken) {
        hook_taken(sim, hook);
    } else {
        hook_failed(sim, hook, reply->status);
    }
    sim_changed(sim);
    sim_wake(sim);
    sim_unlock(sim);
}

/* ---- handshakes ---- */

void sim_handshake_begin(struct sim *sim, enum sim_network network)
{
    struct sim_line *line = &sim->lines[network];

    line->shake_serial++;
    line->shakes = 0;
    line->shake_due = 0;
    line->failures = 0;
    line->quiet_until = 0;
    line->handshake = line->account.hook_url == NULL        ? SIM_HANDSHAKE_NONE
                      : sim_drivers[network]->shake != NULL ? SIM_HANDSHAKE_WAITING
                                                            : SIM_HANDSHAKE_DONE;
    sim_wake(sim);
}

static void shake_answered(void *ctx, const struct http_reply *reply)
{
    struct sim_line *line = ctx;
    struct sim *sim = line->sim;
    struct arena *a = arena_new();

    sim_lock(sim);
    line->shaking = false;
    line->last_status = reply->status;
    if (line->shake_sent == line->shake_serial) {
        if (reply->status == 200 && sim_drivers[line->network]->shaken(line, a, reply)) {
            line->handshake = SIM_HANDSHAKE_DONE;
        } else {
            line->shakes++;
            line->shake_due = clock_monotonic() + back_off_us(sim, line->shakes);
        }
        sim_changed(sim);
    }
    sim_wake(sim);
    sim_unlock(sim);
    arena_free(a);
}

/* ---- sending ---- */

struct departure { /* one call to make, prepared under the lock */
    struct http_call call;
    void (*answered)(void *ctx, const struct http_reply *reply);
    void *ctx;
};

static void prepare_shake(struct sim_line *line, struct arena *a, struct departure *out)
{
    line->shaking = true;
    line->shake_sent = line->shake_serial;
    out->call = (struct http_call){.method = "GET", .url = sim_drivers[line->network]->shake(line, a)};
    out->call.timeout_ms = line->sim->config.hook_timeout_ms;
    out->answered = shake_answered;
    out->ctx = line;
}

void sim_parcel_header(struct sim_parcel *parcel, const char *name, struct str value)
{
    assert(parcel->header_count < COUNT_OF(parcel->headers));
    parcel->headers[parcel->header_count++] = (struct pair){str_from(name), value};
}

static void prepare_hook(struct sim_hook *hook, struct arena *a, struct departure *out)
{
    struct sim_line *line = &hook->sim->lines[hook->network];
    struct str secret = hook->forge ? STR("not-the-secret") : str_from(line->account.secret);
    struct sim_parcel *parcel = ARENA_NEW(a, struct sim_parcel);

    join_batch(hook->sim, hook);
    parcel->url = str_dup(a, str_from(line->account.hook_url));
    parcel->method = "POST";
    parcel->type = STR("application/json");
    parcel->body = str_dup(a, (struct str){hook->body, hook->body_len});
    hook->in_flight = true;
    line->sent++;
    line->forged_sent += hook->forge;
    sim_drivers[hook->network]->sign(line, a, secret, parcel);
    sim_parcel_header(parcel, "Content-Type", parcel->type);
    sim_parcel_header(parcel, "User-Agent", STR("simulated-network/1.0"));
    out->call = (struct http_call){.method = parcel->method, .url = parcel->url, .body = parcel->body};
    out->call.headers = (struct pairs){parcel->headers, parcel->header_count};
    out->call.timeout_ms = hook->sim->config.hook_timeout_ms;
    out->answered = hook_answered;
    out->ctx = hook;
}

/* The first webhook of the network that may go now, or NULL; *next is when to look again. */
static struct sim_hook *due_hook(struct sim *sim, enum sim_network network, int64_t now, int64_t *next)
{
    struct sim_line *line = &sim->lines[network];
    struct sim_hook *hook, *first = NULL;

    if (line->handshake != SIM_HANDSHAKE_DONE || sim->faults[network][SIM_FAULT_PAUSE].times != 0)
        return NULL;
    for (hook = sim->hooks; hook != NULL; hook = hook->next) {
        if (hook->network != network)
            continue;
        if (hook->in_flight)
            return NULL;
        if (hook->due > now)
            *next = hook->due < *next ? hook->due : *next;
        else if (first == NULL)
            first = hook;
    }
    if (first != NULL && line->quiet_until > now) {
        *next = line->quiet_until < *next ? line->quiet_until : *next;
        return NULL;
    }
    return first;
}

static bool next_departure(struct sim *sim, struct arena *a, struct departure *out, int64_t *next)
{
    int64_t now = clock_monotonic();
    struct sim_hook *hook;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++) {
        struct sim_line *line = &sim->lines[n];
        bool shake = line->handshake == SIM_HANDSHAKE_WAITING && !line->shaking;

        if (shake && line->shake_due <= now) {
            prepare_shake(line, a, out);
            return true;
        }
        if (shake && line->shake_due < *next)
            *next = line->shake_due;
        hook = due_hook(sim, (enum sim_network)n, now, next);
        if (hook != NULL) {
            prepare_hook(hook, a, out);
            return true;
        }
    }
    return false;
}

int64_t sim_hooks_run(struct sim *sim)
{
    struct arena *a = arena_new();
    struct departure departure;
    int64_t next;

    for (;;) {
        next = clock_monotonic() + IDLE_US;
        if (sim->closing || !next_departure(sim, a, &departure, &next))
            break;
        sim_unlock(sim);
        client_send(sim->client, &departure.call, departure.answered, departure.ctx);
        sim_lock(sim);
    }
    arena_free(a);
    return next;
}
