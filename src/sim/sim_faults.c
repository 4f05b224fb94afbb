/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which a network may misbehave: names, counting down, setting and clearing. What each does is in
 * the file that does it. */
#include <string.h>

#include "base/clock.h"
#include "sim/sim_internal.h"

#define REFUSED_MS 3000

static const char *const names[SIM_FAULTS] = {
    [SIM_FAULT_TOKEN] = "token",
    [SIM_FAULT_PERMISSION] = "permission",
    [SIM_FAULT_RATE] = "rate",
    [SIM_FAULT_WINDOW] = "window",
    [SIM_FAULT_BLOCKED] = "blocked",
    [SIM_FAULT_GONE] = "gone",
    [SIM_FAULT_CONTENT] = "content",
    [SIM_FAULT_DOWN] = "down",
    [SIM_FAULT_REFUSED] = "refused",
    [SIM_FAULT_SLOW] = "slow",
    [SIM_FAULT_TIMEOUT] = "timeout",
    [SIM_FAULT_DUPLICATE] = "duplicate",
    [SIM_FAULT_REORDER] = "reorder",
    [SIM_FAULT_ECHO_FIRST] = "echo-first",
    [SIM_FAULT_BAD_SIGNATURE] = "bad-signature",
    [SIM_FAULT_PAUSE] = "pause",
    [SIM_FAULT_BATCH] = "batch",
};

const char *sim_fault_name(enum sim_fault fault)
{
    return names[fault];
}

bool sim_fault_parse(struct str name, enum sim_fault *out)
{
    int n;

    for (n = 0; n < SIM_FAULTS; n++)
        if (str_eq(name, str_from(names[n]))) {
            *out = (enum sim_fault)n;
            return true;
        }
    return false;
}

bool sim_fault_take(struct sim *sim, enum sim_network network, enum sim_fault fault)
{
    struct sim_fault_state *state = &sim->faults[network][fault];

    if (state->times == 0)
        return false;
    if (state->times > 0)
        state->times--;
    state->used++;
    return true;
}

bool sim_fault_call(struct sim *sim, enum sim_network network, enum sim_fault fault, bool sends)
{
    if (sim->faults[network][fault].times > 0 && !sends)
        return false;
    return sim_fault_take(sim, network, fault);
}

int sim_fault_ms(const struct sim *sim, enum sim_network network, enum sim_fault fault, int otherwise)
{
    int ms = sim->faults[network][fault].ms;

    return ms > 0 ? ms : otherwise;
}

static void refuse_all(struct sim *sim, int times, int ms)
{
    sim->refuse = times != 0;
    sim->refuse_until = clock_monotonic() + (int64_t)(ms > 0 ? ms : REFUSED_MS) * 1000;
}

void sim_fault_set(struct sim *sim, enum sim_network network, enum sim_fault fault, int times, int ms, bool sync)
{
    struct sim_fault_state *state = &sim->faults[network][fault];

    if (fault == SIM_FAULT_REFUSED) {
        refuse_all(sim, times, ms);
    } else {
        state->times = times < 0 ? -1 : times;
        state->ms = ms;
        state->sync = sync;
    }
    sim_changed(sim);
    sim_wake(sim);
}

void sim_fault(struct sim *sim, enum sim_network network, enum sim_fault fault, int times, int ms)
{
    sim_lock(sim);
    sim_fault_set(sim, network, fault, times, ms, false);
    sim_unlock(sim);
}

void sim_faults_clear(struct sim *sim)
{
    sim_lock(sim);
    memset(sim->faults, 0, sizeof sim->faults);
    sim->refuse_until = 0;
    sim_changed(sim);
    sim_wake(sim);
    sim_unlock(sim);
}
