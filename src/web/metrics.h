/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator watches, in Prometheus' text format (version 0.0.4): the server, the database, and of each brand
 * who waits, since when, and what its channels do. No personal data. */
#pragma once

struct app;
struct http_request;

/* Answers on a worker: it reads the database. */
void metrics_handle(struct app *app, struct http_request *req);
