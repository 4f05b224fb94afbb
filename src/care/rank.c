/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the list. */
#include "care/rank.h"

#include "base/clock.h"
#include "channels/channel.h"

/* How long a person of each priority may wait before it hurts, and how long before a window closes we want to answer.
 */
static const int64_t patience[PRIORITIES] = {[PRIORITY_GRAVE] = 10 * MINUTE_US,
                                             [PRIORITY_HIGH] = HOUR_US,
                                             [PRIORITY_NORMAL] = 4 * HOUR_US,
                                             [PRIORITY_LOW] = DAY_US};
#define WINDOW_AHEAD_US (3 * HOUR_US)
#define WINDOW_SHOWN_US (6 * HOUR_US)
#define AHEAD_OF_ALL_US (40 * 365 * DAY_US)

static int64_t sooner(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static int64_t patience_of(const struct conversation *c)
{
    if (str_eq(c->mood, STR("grave")))
        return patience[PRIORITY_GRAVE];
    if (str_eq(c->mood, STR("thanks")) || str_eq(c->mood, STR("troll")))
        return patience[PRIORITY_LOW];
    return patience[c->priority];
}

bool rank_is_closing(const struct conversation *c, int64_t now)
{
    return c->waiting_since && c->window_until > now && c->window_until - now < CLOSING_US;
}

int64_t rank_ahead(int64_t at)
{
    return at - AHEAD_OF_ALL_US;
}

void rank_set(struct conversation *c, int64_t now)
{
    int64_t at = 0;
    if (rank_is_closing(c, now)) {
        c->rank_at = rank_ahead(c->window_until);
        return;
    }
    if (c->waiting_since)
        at = c->waiting_since + patience_of(c);
    if (c->waiting_since && c->window_until)
        at = sooner(at, c->window_until - WINDOW_AHEAD_US);
    if (c->promise_due)
        at = sooner(at, c->promise_due - PROMISE_AHEAD_US);
    if (c->failed)
        at = sooner(at, c->last_at); /* overdue already */
    c->rank_at = at ? at : c->last_at + patience[PRIORITY_LOW];
}

enum rank_reason rank_reason(const struct conversation *c, int64_t now)
{
    if (c->failed)
        return RANK_FAILED;
    if (c->waiting && c->window_until > now && c->window_until - now < WINDOW_SHOWN_US)
        return RANK_WINDOW;
    if (c->promise_due)
        return RANK_PROMISE;
    if (c->priority == PRIORITY_GRAVE || str_eq(c->mood, STR("grave")))
        return RANK_GRAVE;
    if (c->waiting && now - c->waiting_since > DAY_US)
        return RANK_LONG;
    if (str_eq(c->mood, STR("angry")))
        return RANK_ANGRY;
    if (c->returns)
        return RANK_RETURNED;
    if (str_eq(c->mood, STR("thanks")))
        return RANK_THANKS;
    return c->last_out_at == 0 ? RANK_FIRST : RANK_PLAIN;
}

int64_t rank_window_until(const struct door *door, int64_t at)
{
    int hours = door ? (door->human_hours > door->window_hours ? door->human_hours : door->window_hours) : 0;
    return hours && at ? at + hours * HOUR_US : 0;
}
