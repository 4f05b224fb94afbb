/* SPDX-License-Identifier: Apache-2.0 */
/* `ascolto serve --backup-to DIR`: what the job needs to make backups by itself. */
#pragma once

#include "jobs/jobs.h"

struct house;
struct serve_config;

struct backup_schedule {
    struct house *house;
    const char *data_dir;
};

/* "off": none any more, and nobody is told of the last one. Nothing given: nothing is done. */
bool backup_schedule_open(struct backup_schedule *schedule, struct jobs *jobs, const struct serve_config *config,
                          struct error *e) MUST_USE;
