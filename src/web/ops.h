/* SPDX-License-Identifier: Apache-2.0 */
/* For those who run the house: /healthz and /metrics. */
#pragma once

#include <stdbool.h>

struct app;
struct http_request;

bool ops_handle(struct app *app, struct http_request *req);
