/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/simulate.h"

#include <signal.h>
#include <stdio.h>

#include "sim/sim.h"

bool simulate_run(unsigned port, struct error *e)
{
    struct sim_config config = sim_config_default;
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    config.port = (uint16_t)port;
    struct sim *sim = sim_open(&config, e);
    if (!sim)
        return false;
    printf("The simulated networks are at http://127.0.0.1:%u\n", sim_port(sim));
    fflush(stdout);
    sigwait(&set, &got);
    sim_close(sim);
    return true;
}
