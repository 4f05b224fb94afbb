/* SPDX-License-Identifier: Apache-2.0 */
/* A round of asking: what it begins with, what each answer brings, what it did not list, and how it ends. Whatever
 * may be asked twice, after a node died between two answers, is known by then. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/asking.h"
#include "store/message.h"
#include "store/shelf.h"

#define FIRST_HOURS   48
#define OVERLAP_US    (10 * MINUTE_US) /* lists may show a message some minutes after it was written */
#define WHOLE_BACK_US (7 * DAY_US)
#define LATE_US       (5 * MINUTE_US)
#define YOUNG_US      (2 * MINUTE_US)  /* not missed yet */
#define MISSED_US     (10 * MINUTE_US) /* missing for so long, in a second round: gone */
#define OUTAGE_US     (5 * MINUTE_US)
#define DOUBT_LEAST   20 /* more than so many, and more than one part in so many, do not vanish at once */
#define DOUBT_PART    5
#define MISSING_MAX   4096

/* ---- what was listed ---- */

static bool hashes_has(const struct hashes *h, uint64_t hash)
{
    for (size_t i = h->cap ? hash & (h->cap - 1) : 0; h->cap && h->slots[i]; i = (i + 1) & (h->cap - 1))
        if (h->slots[i] == hash)
            return true;
    return false;
}

static void hashes_put(struct hashes *h, uint64_t hash)
{
    size_t i = hash & (h->cap - 1);
    while (h->slots[i] && h->slots[i] != hash)
        i = (i + 1) & (h->cap - 1);
    h->count += h->slots[i] == 0;
    h->slots[i] = hash;
}

static uint64_t hash_of(struct str words)
{
    uint64_t hash = hash64(words);
    return hash ? hash : 1;
}

static void hashes_add(struct arena *a, struct hashes *h, struct str words)
{
    if (words.len == 0)
        return;
    if (h->count * 2 >= h->cap) {
        struct hashes more = {.cap = h->cap ? h->cap * 2 : 64};
        more.slots = ARENA_ARRAY(a, uint64_t, more.cap);
        for (size_t i = 0; i < h->cap; i++)
            if (h->slots[i])
                hashes_put(&more, h->slots[i]);
        *h = more;
    }
    hashes_put(h, hash_of(words));
}

/* ---- beginning ---- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t since_of(const struct round *r, const struct asking_row *row, int64_t now)
{
    int64_t first = (r->listing->first_hours ? r->listing->first_hours : FIRST_HOURS) * HOUR_US;
    int64_t reach = r->listing->reach_hours * HOUR_US;
    int64_t since = row->checked_until ? row->checked_until - OVERLAP_US : now - first;
    if (r->asking.whole && row->checked_until)
        since = least(since, now - WHOLE_BACK_US);
    return reach && since < now - reach ? now - reach : since;
}

bool round_begin(struct tx *tx, struct round *r, int64_t now, bool *due, int64_t *until, struct error *e)
{
    const struct channel_row *channel = &r->account->row;
    struct asking_row row;
    struct quota_state quota;
    *due = false;
    *until = 0;
    if (!asking_row_get(tx, r->arena, channel->brand_id, channel->id, str_from(r->listing->name), &row, e) ||
        !quota_state_read(tx, r->account, now, &quota, e))
        return false;
    if (row.next_at > now || !str_eq(channel->state, STR("on")))
        return true;
    if (quota.all && (quota.left == 0 || quota.left < r->listing->units)) {
        *until = quota.until;
        return true;
    }
    *due = true;
    r->begun = now;
    r->checked_until = row.checked_until;
    r->asking =
        (struct asking){.listing = r->listing, .cursor = row.cursor, .now = now, .whole = row.whole_at <= now};
    r->asking.since = since_of(r, &row, now);
    return true;
}

/* ---- an answer ---- */

/* What was said to a brand before it was here is not taken up by asking: history is imported. */
static bool is_from_before(const struct round *r, const struct channel_event *event)
{
    bool words = event->kind == CHANNEL_MESSAGE || event->kind == CHANNEL_EDIT;
    return r->checked_until == 0 && words && event->at > 0 && event->at < r->asking.since &&
           !(event->echo && event->parent_id.len == 0); /* our own posts name their threads */
}

void round_hear(struct round *r, struct round_answer *answer)
{
    struct channel_events *events = &answer->events;
    size_t kept = 0;
    for (size_t i = 0; i < events->count; i++) {
        const struct channel_event *event = &events->items[i];
        if (event->kind != CHANNEL_DELETE) {
            hashes_add(r->arena, &r->ids, event->external_id);
            hashes_add(r->arena, &r->ids, event->new_id);
            hashes_add(r->arena, &r->threads, event->thread_key);
        }
        if (!is_from_before(r, event))
            events->items[kept++] = *event;
    }
    events->count = kept;
}

static struct str how_asked(struct arena *a, const struct asking *asking)
{
    struct json *how = json_object(a);
    json_set_str(a, how, "list", str_from(asking->listing->name));
    json_set_int(a, how, "step", asking->step);
    json_set_str(a, how, "carry", asking->carry);
    json_set_str(a, how, "cursor", asking->cursor);
    return json_to_str(a, how);
}

bool asking_read_again(struct arena *a, const struct account *account, const struct payload *payload,
                       struct channel_events *events, struct error *e)
{
    struct json *how = json_parse(a, payload->listing, e);
    struct asking asking = {.now = clock_now()};
    if (!how)
        return false;
    asking.listing = channel_listing(account->channel, json_text(json_get(how, "list")));
    if (!asking.listing)
        return fail(e, ERR_MALFORMED, "This version asks %s for no such list.", account->channel->label);
    asking.step = (int)json_int(json_get(how, "step"), 0);
    asking.carry = json_text(json_get(how, "carry"));
    asking.cursor = json_text(json_get(how, "cursor"));
    return channel_asked_again(a, account->channel, &account->settings, &asking, payload->body, events, e);
}

static int units_of(const struct round *r, const struct asked *asked)
{
    return asked->units ? asked->units : r->listing->units;
}

static bool answer_spend(struct tx *tx, struct round_answer *answer, struct error *e)
{
    const struct round *r = answer->round;
    const struct channel_row *channel = &r->account->row;
    struct quota_state quota;
    if (!quota_state_read(tx, r->account, answer->now, &quota, e))
        return false;
    struct quota_spent more = {.period = quota.from, .asked = units_of(r, &answer->asked)};
    answer->spent = quota.all && quota.left < 2 * more.asked;
    return !quota.all || more.asked == 0 || quota_spend(tx, channel->brand_id, channel->id, &more, e);
}

bool round_take(struct tx *tx, void *ctx, struct error *e)
{
    struct round_answer *answer = ctx;
    const struct round *r = answer->round;
    const struct channel_row *channel = &r->account->row;
    int64_t young = answer->now - LATE_US;
    answer->in = (struct intake){.house = answer->house,
                                 .account = r->account,
                                 .body = answer->body,
                                 .events = &answer->events,
                                 .unread = answer->events.unread,
                                 .listing = how_asked(tx_arena(tx), &r->asking)};
    if (r->listing->hooked && r->checked_until)
        answer->in.late_before = r->checked_until > young ? r->checked_until : young;
    if (!answer_spend(tx, answer, e))
        return false;
    if (answer->asked.outcome.kind == OUTCOME_FAILED)
        return true;
    return intake_take(tx, &answer->in, e) &&
           (answer->asked.cursor.len == 0 || asking_row_cursor(tx, channel->brand_id, channel->id,
                                                               str_from(r->listing->name), answer->asked.cursor, e));
}

void round_took(struct round *r, const struct round_answer *answer)
{
    r->pages++;
    r->units += units_of(r, &answer->asked);
    r->found += answer->in.heard;
    r->late += answer->in.late;
    if (answer->asked.cursor.len)
        r->asking.cursor = str_dup(r->arena, answer->asked.cursor);
    r->asking.carry = str_dup(r->arena, answer->asked.carry);
    r->asking.step++;
}

/* ---- what is not listed any more ---- */

static bool is_of_doors(const struct listing *listing, struct str door)
{
    for (size_t i = 0; i < COUNT_OF(listing->doors) && listing->doors[i]; i++)
        if (str_eq(door, str_from(listing->doors[i])))
            return true;
    return false;
}

static void compare_one(void *ctx, const struct listed *m)
{
    struct round_end *end = ctx;
    const struct round *r = end->round;
    if (!is_of_doors(r->listing, m->door) ||
        (r->listing->by_thread && !hashes_has(&r->threads, hash_of(m->thread_key))))
        return;
    end->compared++;
    if (hashes_has(&r->ids, hash_of(m->external_id)))
        return;
    if (end->missing_count < MISSING_MAX)
        end->missing[end->missing_count] = m->id;
    end->missing_count++;
}

bool round_compare(struct tx *tx, void *ctx, struct error *e)
{
    struct round_end *end = ctx;
    const struct round *r = end->round;
    const struct channel_row *channel = &r->account->row;
    end->compared = end->missing_count = 0;
    end->missing = ARENA_ARRAY(r->arena, int64_t, MISSING_MAX);
    if (!listed_each(tx, channel->brand_id, channel->id, end->from, r->begun - YOUNG_US, compare_one, end, e))
        return false;
    end->doubted = end->missing_count > DOUBT_LEAST && end->missing_count > end->compared / DOUBT_PART;
    if (end->missing_count > MISSING_MAX) /* the rest in the rounds that follow */
        end->missing_count = MISSING_MAX;
    return true;
}

static bool is_missing(const struct round_end *end, int64_t id)
{
    for (size_t i = 0; i < end->missing_count; i++)
        if (end->missing[i] == id)
            return true;
    return false;
}

/* As if the network had told of it. */
static bool message_gone(struct tx *tx, struct round_end *end, const struct message *m, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct channel_events events = {.arena = a};
    struct channel_event *event = channel_events_add(&events);
    *event = (struct channel_event){.kind = CHANNEL_DELETE,
                                    .external_id = m->external_id,
                                    .thread_key = m->thread_key,
                                    .door = m->door,
                                    .at = end->now,
                                    .dedupe = str_concat(a, STR("gone:"), m->external_id)};
    struct json *why = json_object(a);
    json_set_str(a, why, "not_listed", m->external_id);
    struct intake in = {.house = end->house,
                        .account = end->round->account,
                        .body = json_to_str(a, why),
                        .events = &events,
                        .listing = how_asked(a, &end->round->asking)};
    end->withdrawn++;
    return intake_take(tx, &in, e);
}

/* One that was missing before: still, or here again, or of a time that this round did not look at. */
static bool missing_again(struct tx *tx, struct round_end *end, const struct missing *one, struct error *e)
{
    const struct channel_row *channel = &end->round->account->row;
    struct str name = str_from(end->round->listing->name);
    struct message m;
    struct error here = {0};
    bool is = message_by_id(tx, tx_arena(tx), channel->brand_id, one->message_id, &m, &here);
    if (!is && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (is && !m.deleted_at && m.at <= end->from)
        return true;
    bool missing = is && !m.deleted_at && is_missing(end, m.id);
    if (missing && one->since + MISSED_US > end->round->begun)
        return true;
    return (!missing || message_gone(tx, end, &m, e)) &&
           missing_remove(tx, channel->brand_id, channel->id, name, one->message_id, e);
}

/* Noted for the next complete round, which looks soon. */
static bool missing_note(struct tx *tx, struct round_end *end, const struct missing *known, size_t count, bool *fresh,
                         struct error *e)
{
    const struct channel_row *channel = &end->round->account->row;
    for (size_t i = 0; i < end->missing_count; i++) {
        struct missing one = {end->missing[i], end->round->begun};
        bool is_known = false;
        for (size_t k = 0; k < count && !is_known; k++)
            is_known = known[k].message_id == one.message_id;
        if (!is_known &&
            !missing_put(tx, channel->brand_id, channel->id, str_from(end->round->listing->name), &one, e))
            return false;
        *fresh |= !is_known;
    }
    return true;
}

static bool missing_take(struct tx *tx, struct round_end *end, struct asking_row *row, struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct channel_row *channel = &end->round->account->row;
    struct missing *known;
    size_t count;
    bool fresh = false;
    row->doubted = end->doubted ? (int64_t)end->missing_count : 0;
    if (end->doubted)
        return true;
    if (!missing_list(tx, a, channel->brand_id, channel->id, row->listing, &known, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!missing_again(tx, end, &known[i], e))
            return false;
    if (!missing_note(tx, end, known, count, &fresh, e))
        return false;
    if (fresh)
        row->whole_at = least(row->whole_at, end->round->begun + MISSED_US);
    row->withdrawn += (int64_t)end->withdrawn;
    return true;
}

/* ---- the end ---- */

static bool end_failed(struct tx *tx, struct round_end *end, struct asking_row *row, struct error *e)
{
    const struct round *r = end->round;
    const struct channel_row *channel = &r->account->row;
    const struct outcome *o = &end->outcome;
    row->failed++;
    row->failures++;
    row->failing_since = row->failing_since ? row->failing_since : end->now;
    row->failure = str_from(failure_name(o->failure));
    row->words = o->words;
    row->next_at = end->now + asking_wait(o->failure, row->failures, o->retry_seconds, r->listing);
    end->probe = o->failure == FAILURE_PERMISSION;
    if (o->failure == FAILURE_TOKEN) /* perhaps a new one was set while the old one was on its way: the probe knows */
        return account_pause(tx, channel->brand_id, channel->id, o->failure, o->words, e) &&
               channel_row_probed(tx, channel->brand_id, channel->id, 0, e);
    /* it may be the right to this one list: whether the account itself is closed to us the probe knows */
    return !end->probe || channel_row_probed(tx, channel->brand_id, channel->id, 0, e);
}

static bool end_well(struct tx *tx, struct round_end *end, struct asking_row *row, struct error *e)
{
    const struct round *r = end->round;
    bool cut = end->kind == ROUND_CUT;
    bool outage = row->failing_since && end->now - row->failing_since >= OUTAGE_US && !r->asking.whole;
    row->failures = row->failing_since = 0;
    row->failure = row->words = STR_EMPTY;
    row->cost = r->units > r->listing->units ? r->units : r->listing->units;
    if (r->asking.whole)
        row->whole_at = r->begun + DAY_US;
    if (outage)
        row->whole_at = end->now;
    if (cut)
        return true;
    row->checked_until = r->begun;
    /* nothing was compared with the first: it goes back only so far */
    bool compares = r->checked_until && r->listing->complete && end->from;
    return !compares || missing_take(tx, end, row, e);
}

static bool next_plan(struct tx *tx, const struct round_end *end, struct asking_row *row, struct error *e)
{
    const struct round *r = end->round;
    const struct channel_row *channel = &r->account->row;
    struct asking_row *rows;
    struct quota_state quota;
    size_t count;
    if (!asking_row_list(tx, tx_arena(tx), channel->brand_id, channel->id, &rows, &count, e) ||
        !quota_state_read(tx, r->account, end->now, &quota, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].listing, row->listing))
            rows[i].cost = row->cost;
    row->next_at = asking_next(r->account->channel, rows, count, &quota, r->listing, end->now);
    bool more = end->kind == ROUND_CUT || row->whole_at < row->next_at;
    int64_t again = end->kind == ROUND_CUT ? end->now + SECOND_US : row->whole_at;
    if (more && end->kind != ROUND_LEFT_OUT && (!quota.all || quota.left >= row->cost))
        row->next_at = again > end->now + SECOND_US ? again : end->now + SECOND_US;
    return true;
}

bool round_finish(struct tx *tx, void *ctx, struct error *e)
{
    struct round_end *end = ctx;
    const struct round *r = end->round;
    const struct channel_row *channel = &r->account->row;
    struct asking_row row;
    struct channel_row now;
    end->withdrawn = 0;
    end->probe = false;
    if (!channel_row_by_id(tx, tx_arena(tx), channel->brand_id, channel->id, &now, e) ||
        !asking_row_get(tx, tx_arena(tx), channel->brand_id, channel->id, str_from(r->listing->name), &row, e))
        return false;
    if (now.removed_at)
        return true;
    row.found += (int64_t)r->found;
    row.late += (int64_t)r->late;
    if (end->kind == ROUND_LEFT_OUT) {
        row.failures = row.failing_since = 0;
        row.failure = STR_EMPTY;
        row.words = end->outcome.words;
    } else {
        row.rounds++;
    }
    struct asking_row was = row;
    bool ok = end->kind == ROUND_FAILED     ? end_failed(tx, end, &row, e)
              : end->kind == ROUND_LEFT_OUT ? true
                                            : end_well(tx, end, &row, e);
    if (!ok || (end->kind != ROUND_FAILED && !next_plan(tx, end, &row, e)))
        return false;
    if (was.next_at > r->begun) /* somebody wanted it again meanwhile, and perhaps all of it */
        row.next_at = was.next_at;
    if (was.whole_at > r->begun && was.whole_at <= end->now)
        row.whole_at = was.whole_at;
    return asking_row_put(tx, &row, e);
}
