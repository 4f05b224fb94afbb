/* SPDX-License-Identifier: Apache-2.0 */
/* When lists are asked: at the start, every so often, after a failure later and later, and as thinly as the network's
 * quota wants it. */
#include "care/asking.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"

#define START_SPREAD_US (3 * SECOND_US)
#define WHOLE_AGAIN_US                                                                                               \
    (10 * MINUTE_US) /* a program that starts again and again asks not for everything each time                      \
                      */
#define BACK_OFF_LEAST   (30 * SECOND_US)
#define BACK_OFF_MOST    HOUR_US
#define KEPT_FOR_REPLIES 10 /* one part in so many */

static int64_t random_below(int64_t most)
{
    uint64_t n;
    random_bytes(&n, sizeof n);
    return most > 0 ? (int64_t)(n % (uint64_t)most) : 0;
}

/* Give or take a tenth: what began together does not stay together. */
static int64_t jittered(int64_t us)
{
    return us - us / 10 + random_below(us / 5);
}

/* ---- quota ---- */

static int64_t period_begin(const struct quota *quota, int64_t now)
{
    int64_t day = clock_day(now, NULL);
    if (quota->money)
        return clock_day_start(day - day % 100 + 1, NULL);
    int64_t length = (quota->period_seconds ? quota->period_seconds : DAY_US / SECOND_US) * SECOND_US;
    return quota->zone ? clock_day_start(clock_day(now, quota->zone), quota->zone) : now - now % length;
}

static int64_t period_end(const struct quota *quota, int64_t begin)
{
    int64_t day = clock_day(begin + 32 * DAY_US, NULL);
    if (quota->money)
        return clock_day_start(day - day % 100 + 1, NULL);
    int64_t length = (quota->period_seconds ? quota->period_seconds : DAY_US / SECOND_US) * SECOND_US;
    if (!quota->zone)
        return begin + length;
    return clock_day_start(clock_day(begin + DAY_US + 6 * HOUR_US, quota->zone),
                           quota->zone); /* days of 23 to 25 h */
}

struct quota_state quota_state_of(const struct quota *quota, const struct quota_spent *spent, int64_t now)
{
    struct quota_state s = {.all = quota->money ? 0 : quota->units, .money = quota->money};
    if (!quota->units && !quota->money)
        return s;
    s.from = period_begin(quota, now);
    s.until = period_end(quota, s.from);
    if (spent->period == s.from) {
        s.asked = spent->asked;
        s.replied = spent->replied;
    }
    int64_t kept = s.all / KEPT_FOR_REPLIES, beyond = s.replied > kept ? s.replied - kept : 0;
    s.left = s.all - kept - s.asked - beyond;
    s.left = s.left > 0 ? s.left : 0;
    return s;
}

bool quota_state_read(struct tx *tx, const struct account *account, int64_t now, struct quota_state *out,
                      struct error *e)
{
    struct quota_spent spent = {0};
    const struct quota *quota = &account->channel->quota;
    if ((quota->units || quota->money) && !quota_spent_get(tx, account->row.brand_id, account->row.id, &spent, e))
        return false;
    *out = quota_state_of(quota, &spent, now);
    return true;
}

bool quota_reply(struct tx *tx, const struct account *account, struct str door, int64_t now, struct error *e)
{
    const struct quota *quota = &account->channel->quota;
    const struct door *through = channel_door(account->channel, door);
    if (!quota->units || quota->money || !through || !through->units)
        return true;
    struct quota_spent more = {.period = period_begin(quota, now), .replied = through->units};
    return quota_spend(tx, account->row.brand_id, account->row.id, &more, e);
}

bool quota_replied(struct tx *tx, const struct account *account, struct str door, int units, int64_t now,
                   struct error *e)
{
    const struct quota *quota = &account->channel->quota;
    const struct door *through = channel_door(account->channel, door);
    int usual = through ? through->units : 0, booked = quota->money ? 0 : usual;
    struct quota_spent more = {.period = period_begin(quota, now), .replied = (units ? units : usual) - booked};
    return (!quota->units && !quota->money) || more.replied == 0 ||
           quota_spend(tx, account->row.brand_id, account->row.id, &more, e);
}

/* ---- when ---- */

static bool is_asked(const struct asking_row *rows, size_t count, int64_t channel, const struct listing *listing)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].channel_id == channel && str_eq(rows[i].listing, str_from(listing->name)))
            return true;
    return false;
}

bool asking_mend(struct tx *tx, int64_t brand, int64_t now, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct channel_row *channels;
    struct asking_row *rows;
    size_t n, count;
    if (!channel_row_list(tx, a, brand, false, &channels, &n, e) ||
        !asking_row_list(tx, a, brand, 0, &rows, &count, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct channel *channel = channel_find(channels[i].network);
        for (const struct listing *l = channel ? channel->listings : NULL; l && l->name; l++) {
            struct asking_row row = {.brand_id = brand,
                                     .channel_id = channels[i].id,
                                     .listing = str_from(l->name),
                                     .next_at = now,
                                     .whole_at = now};
            if (!is_asked(rows, count, channels[i].id, l) && !asking_row_put(tx, &row, e))
                return false;
        }
    }
    return true;
}

bool asking_start(struct tx *tx, int64_t brand, int64_t now, struct error *e)
{
    struct asking_row *rows;
    size_t count;
    if (!asking_mend(tx, brand, now, e) || !asking_row_list(tx, tx_arena(tx), brand, 0, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t soon = now + random_below(START_SPREAD_US);
        if (rows[i].failures)
            continue;
        rows[i].next_at = rows[i].next_at < soon ? rows[i].next_at : soon;
        if (rows[i].whole_at - DAY_US + WHOLE_AGAIN_US <= now)
            rows[i].whole_at = rows[i].whole_at < now ? rows[i].whole_at : now;
        if (!asking_row_put(tx, &rows[i], e))
            return false;
    }
    return true;
}

bool asking_now(struct tx *tx, int64_t brand, int64_t channel, bool whole, int64_t now, struct error *e)
{
    return asking_row_soon(tx, brand, channel, now, whole ? now : 0, e);
}

static int64_t cost_of(const struct asking_row *row, const struct listing *listing)
{
    return row->cost > listing->units ? row->cost : listing->units;
}

int64_t asking_next(const struct channel *channel, const struct asking_row *rows, size_t count,
                    const struct quota_state *quota, const struct listing *listing, int64_t now)
{
    int64_t every = listing->every_seconds * SECOND_US, left_us = quota->until - now, own = listing->units;
    double wanted = 0; /* units until the period ends, were nothing thinned */
    if (!quota->all)
        return now + jittered(every);
    for (size_t i = 0; i < count; i++) {
        const struct listing *one = channel_listing(channel, rows[i].listing);
        if (one)
            wanted += (double)cost_of(&rows[i], one) * (double)left_us / ((double)one->every_seconds * SECOND_US);
        if (one == listing)
            own = cost_of(&rows[i], one);
    }
    if (quota->left < own || quota->left == 0)
        return quota->until + random_below(START_SPREAD_US);
    if (wanted > (double)quota->left)
        every = (int64_t)((double)every * wanted / (double)quota->left);
    int64_t next = now + jittered(every);
    return next < quota->until ? next : quota->until + random_below(START_SPREAD_US);
}

int64_t asking_wait(enum failure failure, int64_t failures, int seconds, const struct listing *listing)
{
    int64_t wait = BACK_OFF_LEAST;
    if (failure != FAILURE_RATE && failure != FAILURE_TRANSIENT)
        return jittered(listing->every_seconds * SECOND_US);
    if (seconds > 0) /* never before the network said */
        return seconds * SECOND_US + random_below(seconds * SECOND_US / 10 + SECOND_US);
    for (int64_t i = 1; i < failures && wait < BACK_OFF_MOST; i++)
        wait *= 2;
    return jittered(wait < BACK_OFF_MOST ? wait : BACK_OFF_MOST);
}

/* ---- shown ---- */

static const char *state_of(const struct asking_row *row, const struct quota_state *quota)
{
    if (row->failures)
        return "failing";
    if (row->words.len)
        return "left_out";
    /* a round that comes after the period's end because it is due then waits for nothing */
    if (quota->all && row->next_at >= quota->until && quota->left < (row->cost ? row->cost : 1))
        return "waiting";
    return row->checked_until ? "well" : "new";
}

static struct json *list_json(struct arena *a, const struct listing *listing, const struct asking_row *row,
                              const struct quota_state *quota)
{
    struct json *item = json_object(a);
    json_set_str(a, item, "name", row->listing);
    json_set_str(a, item, "label", str_from(listing->label));
    json_set_str(a, item, "state", str_from(state_of(row, quota)));
    json_set_time(a, item, "checked_until", row->checked_until);
    json_set_time(a, item, "next", row->next_at);
    json_set_int(a, item, "found", row->found);
    json_set_int(a, item, "late", row->late);
    json_set_int(a, item, "withdrawn", row->withdrawn);
    json_set_int(a, item, "rounds", row->rounds);
    json_set_int(a, item, "failed", row->failed);
    json_set_int(a, item, "doubted", row->doubted);
    json_set_time(a, item, "failing_since", row->failing_since);
    json_set_str(a, item, "failure", row->failure);
    json_set_str(a, item, "words", row->words);
    return item;
}

/* "1.24", of thousandths. */
static struct str amount_of(struct arena *a, int64_t units)
{
    struct str text = str_format(a, "%lld.%03lld", (long long)(units / 1000), (long long)(units % 1000));
    return units % 10 ? text : str_slice(text, 0, text.len - 1);
}

static struct json *quota_json(struct arena *a, const struct quota_state *quota)
{
    if (!quota->all && !quota->money)
        return json_new_null(a);
    struct json *item = json_object(a);
    if (quota->money) {
        json_set_str(a, item, "money", str_from(quota->money));
        json_set_str(a, item, "amount", amount_of(a, quota->asked + quota->replied));
        json_set_str(a, item, "amount_replies", amount_of(a, quota->replied));
        json_set_time(a, item, "from", quota->from);
    }
    json_set_int(a, item, "all", quota->all);
    json_set_int(a, item, "used", quota->asked + quota->replied);
    json_set_int(a, item, "replies", quota->replied);
    json_set_time(a, item, "until", quota->until);
    json_set_bool(a, item, "spent", quota->all && quota->left == 0);
    return item;
}

struct json *asking_json(struct tx *tx, struct arena *a, const struct channel_row *row, int64_t now, struct error *e)
{
    struct json *out = json_object(a), *lists = json_array(a);
    struct account account = {.row = *row, .channel = channel_find(row->network)};
    struct asking_row *rows;
    struct quota_state quota = {0};
    size_t count;
    if (!asking_row_list(tx, a, row->brand_id, row->id, &rows, &count, e) ||
        (account.channel && !quota_state_read(tx, &account, now, &quota, e)))
        return NULL;
    for (size_t i = 0; account.channel && i < count; i++) {
        const struct listing *listing = channel_listing(account.channel, rows[i].listing);
        if (listing) /* another version may have known more */
            json_push(a, lists, list_json(a, listing, &rows[i], &quota));
    }
    json_set(a, out, "lists", lists);
    json_set(a, out, "quota", quota_json(a, &quota));
    return out;
}
