/* SPDX-License-Identifier: Apache-2.0 */
/* Health and metrics. /metrics answers only loopback and carries no personal data. */
#include "web/ops.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "care/backups.h"
#include "care/house.h"
#include "net/http.h"
#include "net/pool.h"
#include "web/app.h"
#include "web/feed.h"

static void metric(struct buf *b, const char *name, const char *kind, const char *help, double value)
{
    buf_format(b, "# HELP ascolto_%s %s\n# TYPE ascolto_%s %s\nascolto_%s %.17g\n", name, help, name, kind, name,
               value);
}

static bool backup_read(struct tx *tx, void *ctx, struct error *e)
{
    struct app *app = ctx;
    struct backup_state state;
    if (!backup_state_read(tx, tx_arena(tx), &state, e))
        return false;
    app->backup_at = state.at;
    app->backup_failed_at = state.failed_at;
    return true;
}

static void backup_look(void *ctx)
{
    struct app *app = ctx;
    struct error e = {0};
    if (!db_read(app->house->db, backup_read, app, &e))
        return; /* the next one who asks finds out */
}

/* The database is not asked by who answers here: it may be slow, and all connections would wait. What is told is what
 * the last look found. */
static void metrics_backup(struct app *app, struct buf *b)
{
    int64_t at = app->backup_at, failed_at = app->backup_failed_at;
    if (at)
        metric(b, "backup_age_seconds", "gauge", "Since the last scheduled backup that was made.",
               (double)((clock_now() - at) / SECOND_US));
    if (at || failed_at)
        metric(b, "backup_failed", "gauge", "1 while scheduled backups fail.", failed_at > at);
    if (!pool_run(app->workers, backup_look, app))
        return;
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
    metrics_backup(app, &b);
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
