/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the house one network may have: so many replies under way through a channel, and to a host. One that
 * hangs then keeps its own replies waiting and nobody else's. A channel whose network stumbled several times in a row
 * is shut for a while, longer each time, and tried with one reply: the others do not each run into the same silence,
 * after which nobody knows whether they arrived. What is under way is known here; that it is shut is in the channel's
 * row, where every node and page sees it. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/str.h"
#include "care/account.h"
#include "jobs/jobs_internal.h"

#define A_CHANNEL     6
#define A_HOST        12 /* below what the client has for a host: asking has the rest */
#define STUMBLES      3
#define SHUT_LEAST_US (5 * SECOND_US)
#define SHUT_MOST_US  (5 * MINUTE_US)

struct gate {
    struct gate *next;
    int64_t channel;
    uint64_t host;
    int inside, stumbles;
    int64_t shut_until; /* by the clock that never jumps */
};

static struct gate *gate_of(struct jobs *jobs, int64_t channel)
{
    struct gate *gate = jobs->gates;
    while (gate && gate->channel != channel)
        gate = gate->next;
    if (gate)
        return gate;
    gate = ARENA_NEW(jobs->gates_arena, struct gate);
    *gate = (struct gate){.next = jobs->gates, .channel = channel};
    return jobs->gates = gate;
}

static uint64_t host_of(const struct account *account)
{
    struct str base = settings_get(&account->settings, "api_base");
    if (!base.len)
        base = settings_get(&account->settings, "smtp_url");
    return hash64(str_from(account->channel->name)) * 31 + hash64(base);
}

static int inside_host(const struct jobs *jobs, uint64_t host)
{
    int n = 0;
    for (const struct gate *gate = jobs->gates; gate; gate = gate->next)
        n += gate->host == host ? gate->inside : 0;
    return n;
}

bool gate_enter(struct jobs *jobs, const struct account *account)
{
    pthread_mutex_lock(&jobs->gates_lock);
    struct gate *gate = gate_of(jobs, account->row.id);
    uint64_t host = host_of(account);
    bool room = gate->inside < A_CHANNEL && inside_host(jobs, host) < A_HOST;
    if (room) {
        gate->host = host;
        gate->inside++;
    }
    pthread_mutex_unlock(&jobs->gates_lock);
    return room;
}

void gate_leave(struct jobs *jobs, int64_t channel)
{
    pthread_mutex_lock(&jobs->gates_lock);
    gate_of(jobs, channel)->inside--;
    pthread_mutex_unlock(&jobs->gates_lock);
}

int gate_inside(struct jobs *jobs, int64_t channel)
{
    pthread_mutex_lock(&jobs->gates_lock);
    int n = gate_of(jobs, channel)->inside;
    pthread_mutex_unlock(&jobs->gates_lock);
    return n;
}

size_t gates_full(struct jobs *jobs, int64_t *out, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&jobs->gates_lock);
    for (const struct gate *gate = jobs->gates; gate && n < max; gate = gate->next)
        if (gate->inside >= A_CHANNEL || inside_host(jobs, gate->host) >= A_HOST)
            out[n++] = gate->channel;
    pthread_mutex_unlock(&jobs->gates_lock);
    return n;
}

int64_t gate_heard(struct jobs *jobs, int64_t channel, bool stumbled)
{
    int64_t wait = 0;
    pthread_mutex_lock(&jobs->gates_lock);
    struct gate *gate = gate_of(jobs, channel);
    int64_t now = clock_awake();
    bool with_others = stumbled && now < gate->shut_until; /* which were under way at the same time: counted once */
    gate->stumbles = stumbled ? gate->stumbles + !with_others : 0;
    if (!stumbled)
        gate->shut_until = 0;
    if (with_others) {
        wait = gate->shut_until - now;
    } else if (gate->stumbles >= STUMBLES) {
        wait = SHUT_LEAST_US;
        for (int i = STUMBLES; i < gate->stumbles && wait < SHUT_MOST_US; i++)
            wait *= 2;
        uint32_t random;
        random_bytes(&random, sizeof random);
        wait = wait < SHUT_MOST_US ? wait : SHUT_MOST_US;
        wait += (int64_t)(random % 1000) * wait / 5000 - wait / 10; /* many houses do not come back at once */
        gate->shut_until = now + wait;
    }
    pthread_mutex_unlock(&jobs->gates_lock);
    return wait;
}

void gates_begin(struct jobs *jobs)
{
    jobs->gates_arena = arena_new();
    pthread_mutex_init(&jobs->gates_lock, NULL);
}

void gates_end(struct jobs *jobs)
{
    pthread_mutex_destroy(&jobs->gates_lock);
    arena_free(jobs->gates_arena);
}
