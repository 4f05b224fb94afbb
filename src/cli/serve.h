/* SPDX-License-Identifier: Apache-2.0 */
/* `ascolto serve` and `ascolto demo`: the house with its doors open. */
#pragma once

#include "base/error.h"

struct serve_config {
    const char *data_dir;
    const char *database; /* URL or NULL */
    const char *listen;   /* "ADDR:PORT" or NULL: 127.0.0.1:8080 */
    const char *config_file;
    const char *backup_to, *backup_at, *backup_keep; /* as given, or NULL (backup_schedule.h) */
    const char *proxy; /* as given (http.h: proxies), or NULL: as the --config file says, or loopback */
    const char *drain; /* seconds, in words; NULL: as the --config file or the default says */
    /* From --config alone: as given, or NULL. */
    const char *connections, *connections_each, *pages_each;
    bool demo;
};

/* Serves until SIGINT or SIGTERM. False when it could not start. */
bool serve_run(const struct serve_config *config, struct error *e) MUST_USE;
