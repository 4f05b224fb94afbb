/* SPDX-License-Identifier: Apache-2.0 */
/* Health and metrics. /metrics answers only loopback and carries no personal data. */
#include "web/ops.h"

#include "net/http.h"
#include "web/app.h"
#include "web/metrics.h"

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
        metrics_handle(app, req);
        return true;
    }
    return false;
}
