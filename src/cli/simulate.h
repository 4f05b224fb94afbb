/* SPDX-License-Identifier: Apache-2.0 */
/* `ascolto simulate`: the simulated networks alone, for tests that end and start the house beside them. */
#pragma once

#include "base/error.h"

/* Prints its address and serves until SIGINT or SIGTERM. docs/simulators.md lists its control API. */
bool simulate_run(unsigned port, struct error *e) MUST_USE;
