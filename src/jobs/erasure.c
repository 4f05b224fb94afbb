/* SPDX-License-Identifier: Apache-2.0 */
/* What a lead decided to erase goes, soon, and on after a break. */
#include "care/erasure.h"

#include "base/log.h"
#include "jobs/jobs_internal.h"

void erase_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t i = 0; i < count && !worker_ends(worker); i++) {
        struct error e = {0};
        int64_t done = 0;
        if (!erasure_turn(worker->jobs->house, &brands[i], worker_stops, worker, &done, &e))
            jobs_log("erasure", &e);
        if (done)
            log_info("erasure", "%.*s: what was held of %lld persons is gone", STR_ARGS(brands[i].name),
                     (long long)done);
    }
}
