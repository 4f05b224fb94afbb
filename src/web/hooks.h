/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks: /hooks/<network>/<channel id>. A POST is answered 200 only when its messages are on disk. */
#pragma once

#include <stdint.h>

struct app;
struct http_request;

void hooks_handle(struct app *app, struct http_request *req);
/* What was answered since the start, for /metrics. */
struct hook_stats {
    uint64_t stored, refused, unavailable, events;
};
struct hook_stats hooks_stats(void);
