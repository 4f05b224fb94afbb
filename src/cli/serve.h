/* SPDX-License-Identifier: Apache-2.0 */
/* `ascolto serve` and `ascolto demo`. */
#pragma once

#include "base/compiler.h"

struct serve_config {
    const char *data_dir;                        /* never NULL */
    const char *database, *listen, *config_file; /* as given, or NULL */
    bool demo;                                   /* with the demo brand, the simulated networks and /play */
};

/* Serves until it is told to end; the exit code. */
int serve_run(const struct serve_config *config);
