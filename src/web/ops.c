/* SPDX-License-Identifier: Apache-2.0 */
/* Health and metrics. /metrics answers only loopback and carries no personal data. */
#include "web/ops.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "net/http.h"
#include "web/app.h"
#include "web/feed.h"

static void metric(struct buf *b, const char *name, const char *kind, const char *help, double value)
{
    buf_format(b, "# HELP ascolto_%s %s\n# TYPE ascolto_%s %s\nascolto_%s %.17g\n", name, help, name, kind, name,
               value);
}

static void answer_metrics(struct app *app, struct http_request *req)
{
    struct buf b;
    struct http_stats stats = http_server_stats(app->server);
    buf_init(&b, req->arena, 2048);
    metric(&b, "requests_total", "counter", "Requests answered.", (double)stats.requests);
    metric(&b, "responses_5xx_total", "counter", "Answers that were our fault.", (double)stats.responses_5xx);
    metric(&b, "connections", "gauge", "Open connections.", stats.connections);
    metric(&b, "streams", "gauge", "Open pages listening to events.", stats.streams);
    metric(&b, "uptime_seconds", "gauge", "Since the start.", (double)((clock_now() - app->started_at) / SECOND_US));
    http_respond(req, 200, STR("text/plain; version=0.0.4; charset=utf-8"), buf_view(&b));
}

bool ops_handle(struct app *app, struct http_request *req)
{
    bool reads = req->method == HTTP_GET || req->method == HTTP_HEAD;
    if (!reads)
        return false;
    if (str_eq(req->path, STR("/healthz"))) {
        http_respond(req, app->draining ? 503 : 200, STR("text/plain; charset=utf-8"),
                     app->draining ? STR("draining\n") : STR("ok\n"));
        return true;
    }
    if (str_eq(req->path, STR("/metrics")) &&
        (str_starts(req->client, STR("127.")) || str_eq(req->client, STR("::1")))) {
        answer_metrics(app, req);
        return true;
    }
    if (str_eq(req->path, STR("/"))) {
        http_redirect(req, 303, STR("/desk"));
        return true;
    }
    return false;
}
