/* SPDX-License-Identifier: Apache-2.0 */
/* What time brings: sleepers wake, promises come back before they are due, finished days are signed. */
#include "base/clock.h"

#include "base/arena.h"
#include "care/promises.h"
#include "care/statements.h"
#include "care/story.h"
#include "jobs/jobs_internal.h"

struct turn {
    struct jobs *jobs;
    const struct brand *brand;
};

static bool wake_sleepers(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    struct conversation *list;
    size_t count;
    if (!conversation_due(tx, tx_arena(tx), turn->brand->id, tx_now(tx), &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!story_wake(tx, turn->brand->id, list[i].id, 0, e))
            return false;
    return true;
}

static bool remind(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    return promise_remind(tx, turn->brand->id, e);
}

static bool sign_days(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    int made = 0;
    int64_t today = clock_day(tx_now(tx), str_cstr(tx_arena(tx), turn->brand->zone));
    return statement_sign_due(tx, turn->jobs->house, turn->brand, today, &made, e);
}

static bool anything_due(struct tx *tx, void *ctx, struct error *e)
{
    struct turn *turn = ctx;
    struct conversation *sleepers;
    size_t count;
    return conversation_due(tx, tx_arena(tx), turn->brand->id, tx_now(tx), &sleepers, &count, e) &&
           (count > 0 || fail(e, ERR_NOT_FOUND, "Nobody wakes now."));
}

void clock_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        struct turn turn = {worker->jobs, &brands[i]};
        db_command *const commands[] = {remind, sign_days};
        struct db *db = worker->jobs->house->db;
        struct error e = {0};
        if (db_read(db, anything_due, &turn, &e) && !db_write(db, brands[i].id, wake_sleepers, &turn, &e))
            jobs_log("clock", &e);
        for (size_t c = 0; c < COUNT_OF(commands); c++) {
            e = (struct error){0};
            if (!db_write(db, brands[i].id, commands[c], &turn, &e))
                jobs_log("clock", &e);
        }
    }
}
