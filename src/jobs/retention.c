/* SPDX-License-Identifier: Apache-2.0 */
/* At once what a network lets us keep only for so long; and once a day for each brand what has been kept long enough.
 * A day later than the rule says, so that who moves it away every day (`ascolto retention --move-to`) comes first. */
#include "care/keeping.h"
#include "care/retention.h"

#include "base/log.h"
#include "jobs/jobs_internal.h"

#define GRACE_DAYS 1

struct look {
    int64_t brand;
    bool due;
};

static bool look_read(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    return retention_is_due(tx, look->brand, &look->due, e);
}

void retention_turn(struct worker *worker, struct arena *a)
{
    struct house *house = worker->jobs->house;
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t i = 0; i < count && !worker_ends(worker); i++) {
        struct look look = {.brand = brands[i].id};
        struct retention_run run = {
            .brand = &brands[i], .grace_days = GRACE_DAYS, .stop = worker_stops, .ctx = worker};
        struct retention_report report = {0};
        struct error e = {0};
        bool ok = db_read(house->db, look_read, &look, &e);
        ok = ok && (!look.due || retention_prune(house, &run, &report, &e));
        struct keeping_report told = {0};
        ok = ok && keeping_turn(house, brands[i].id, worker_stops, worker, &told, &e);
        if (!ok)
            jobs_log("retention", &e);
        if (told.messages + told.names)
            log_info("retention", "%.*s: the words of %lld messages and %lld names, as their networks' terms say",
                     STR_ARGS(brands[i].name), (long long)told.messages, (long long)told.names);
        if (report.payloads + report.events + report.messages + report.files)
            log_info("retention", "%.*s: %lld payloads, %lld events, %lld messages of the search index, %lld files",
                     STR_ARGS(brands[i].name), (long long)report.payloads, (long long)report.events,
                     (long long)report.messages, (long long)report.files);
    }
}
