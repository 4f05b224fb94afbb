/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks: /hooks/<network>/<channel id>. A POST is answered 200 only when its messages are on disk. */
#pragma once

struct app;
struct http_request;

void hooks_handle(struct app *app, struct http_request *req);
