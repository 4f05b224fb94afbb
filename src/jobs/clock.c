/* SPDX-License-Identifier: Apache-2.0 */
/* What time brings: sleepers wake, who cannot be answered much longer goes first, promises come back before they are
 * due, finished days are signed, and what a wrong clock put off comes back. */
#include "base/clock.h"

#include "base/arena.h"
#include "base/id.h"
#include "care/calls.h"
#include "care/forum.h"
#include "care/promises.h"
#include "care/rank.h"
#include "care/reply.h"
#include "care/statements.h"
#include "care/story.h"
#include "jobs/jobs_internal.h"
#include "store/guess.h"
#include "store/message.h"
#include "store/misdated.h"
#include "store/push.h"
#include "store/shelf.h"

#define EARLY_KEPT_US  (30 * DAY_US)
#define ANSWER_KEPT_US (7 * DAY_US)
#define TIDY_EVERY_US  DAY_US
/* of two nodes in good order */
#define CLOCKS_DIFFER_US (2 * SECOND_US)

struct turn {
    struct jobs *jobs;
    const struct brand *brand;
};

static bool nothing_due(struct error *e)
{
    return fail(e, ERR_NOT_FOUND, "Nothing is due.");
}

static bool sleepers_due(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    struct conversation *list;
    size_t count;
    return conversation_due(tx, tx_arena(tx), turn->brand->id, tx_now(tx), &list, &count, e) &&
           (count > 0 || nothing_due(e));
}

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

/* Whose place in the list time has changed: their window closes within the hour, or has closed. */
static bool moved_by_time(struct tx *tx, int64_t brand, struct conversation **closing, size_t *n,
                          struct conversation **shut, size_t *m, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t now = tx_now(tx);
    return conversation_closing(tx, a, brand, now, now + CLOSING_US, rank_ahead(now + CLOSING_US), closing, n, e) &&
           conversation_shut(tx, a, brand, rank_ahead(now), shut, m, e);
}

static bool windows_due(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    struct conversation *closing, *shut;
    size_t n, m;
    return moved_by_time(tx, turn->brand->id, &closing, &n, &shut, &m, e) && (n + m > 0 || nothing_due(e));
}

static bool rerank(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    struct conversation *closing, *shut;
    size_t n, m;
    if (!moved_by_time(tx, turn->brand->id, &closing, &n, &shut, &m, e))
        return false;
    for (size_t i = 0; i < n + m; i++)
        if (!story_rerank(tx, turn->brand->id, i < n ? closing[i].id : shut[i - n].id, e))
            return false;
    return true;
}

static bool promises_due(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    bool any;
    return promise_calls_now(tx, turn->brand->id, &any, e) && (any || nothing_due(e));
}

static bool remind(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    return promise_remind(tx, turn->brand->id, e);
}

static int64_t today_of(struct tx *tx, const struct turn *turn)
{
    return clock_day(tx_now(tx), str_cstr(tx_arena(tx), turn->brand->zone));
}

static bool days_due(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    bool due;
    return statement_is_due(tx, turn->brand, today_of(tx, turn), &due, e) && (due || nothing_due(e));
}

static bool sign_days(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    int made = 0;
    return statement_sign_due(tx, turn->jobs->house, turn->brand, today_of(tx, turn), &made, e);
}

static struct misdated bounds_of(struct tx *tx, const struct brand *brand)
{
    int64_t now = tx_now(tx), soon = now + CLOCKS_DIFFER_US;
    return (struct misdated){now, soon, soon + brand->undo_seconds * SECOND_US, soon + REPLY_WAIT_MAX_US};
}

static bool misdated_due(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    struct misdated bounds = bounds_of(tx, turn->brand);
    bool any;
    return misdated_any(tx, turn->brand->id, &bounds, &any, e) && (any || nothing_due(e));
}

/* The clock of a machine ran ahead, and is right again: nobody waits a day for it. */
static bool bring_back(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    struct misdated bounds = bounds_of(tx, turn->brand);
    return misdated_bring_back(tx, turn->brand->id, &bounds, e);
}

/* What a network said of messages that never came; answers of the API nobody asks for again. */
static bool tidy(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    return early_expire(tx, turn->brand->id, id_at(tx_now(tx) - EARLY_KEPT_US), e) &&
           idempotency_expire(tx, turn->brand->id, tx_now(tx) - ANSWER_KEPT_US, e) &&
           guess_expire(tx, turn->brand->id, e) && push_tidy(tx, turn->brand->id, tx_now(tx), e);
}

/* What was left to the members of the community, and nobody of them answered. */
static bool forum_is_due(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    bool any;
    return forum_due(tx, turn->brand->id, &any, e) && (any || nothing_due(e));
}

static bool forum_comes(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    return forum_bring(tx, turn->brand->id, e);
}

/* Calls that nobody answered, or that lost one side. Who speaks goes on while no node is there: signs of life are
 * asked for from when this job began. */
static bool calls_are_due(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    bool any;
    return calls_due(tx, turn->brand->id, turn->jobs->awake_at, &any, e) && (any || nothing_due(e));
}

static bool calls_go_on(struct tx *tx, void *ctx, struct error *e)
{
    const struct turn *turn = ctx;
    return calls_turn(tx, turn->brand->id, turn->jobs->awake_at, e);
}

/* Each is written only when a read says that there is something to write: most turns change nothing. */
static const struct {
    db_command *is_due, *write;
} deeds[] = {{sleepers_due, wake_sleepers}, {windows_due, rerank},      {promises_due, remind},
             {days_due, sign_days},         {misdated_due, bring_back}, {forum_is_due, forum_comes},
             {calls_are_due, calls_go_on}};

static void brand_turn(struct worker *worker, struct turn *turn, bool tidying)
{
    struct db *db = worker->jobs->house->db;
    for (size_t i = 0; i < COUNT_OF(deeds); i++) {
        struct error e = {0};
        if (!db_read(db, deeds[i].is_due, turn, &e) || !jobs_write(worker, turn->brand->id, deeds[i].write, turn, &e))
            jobs_log("clock", &e);
    }
    struct error e = {0};
    if (tidying && !jobs_write(worker, turn->brand->id, tidy, turn, &e))
        jobs_log("clock", &e);
}

void clock_turn(struct worker *worker, struct arena *a)
{
    struct brand *brands;
    size_t count;
    if (!jobs_brands(worker->jobs, a, &brands, &count))
        return;
    if (!worker->jobs->awake_at)
        worker->jobs->awake_at = clock_now();
    bool tidying = clock_now() - worker->jobs->tidied_at > TIDY_EVERY_US;
    if (tidying)
        worker->jobs->tidied_at = clock_now();
    for (size_t i = 0; i < count; i++) {
        struct turn turn = {worker->jobs, &brands[i]};
        brand_turn(worker, &turn, tidying);
    }
}
