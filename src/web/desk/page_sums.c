/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of the ledger, and how each channel is doing. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "channels/channel.h"
#include "web/desk/page.h"

/* ---- sums ---- */

int64_t sum_received(const struct ledger_line *line)
{
    int64_t sum = 0;
    for (int place = PLACE_WAITING; place < PLACES; place++)
        sum += line->n[place];
    return sum;
}

void sum_add(struct ledger_line *sum, const struct ledger_line *line)
{
    for (int place = PLACE_WAITING; place < PLACES; place++)
        sum->n[place] += line->n[place];
}

void sum_set(struct arena *a, struct json *object, const struct ledger_line *line)
{
    bool balanced = true;
    for (int place = PLACE_WAITING; place < PLACES; place++)
        balanced &= line->n[place] >= 0;
    json_set_int(a, object, "received", sum_received(line));
    json_set_int(a, object, "waiting", line->n[PLACE_WAITING]);
    json_set_int(a, object, "answered", line->n[PLACE_ANSWERED]);
    json_set_int(a, object, "closed", line->n[PLACE_CLOSED]);
    json_set_int(a, object, "aside", line->n[PLACE_SET_ASIDE]);
    json_set_int(a, object, "withdrawn", line->n[PLACE_WITHDRAWN]);
    json_set_bool(a, object, "balanced", balanced);
}

struct str hash_short(struct arena *a, struct str hash)
{
    if (hash.len <= 9)
        return hash;
    return str_format(a, "%.4s…%.4s", str_cstr(a, hash), str_cstr(a, str_slice(hash, hash.len - 4, hash.len)));
}

struct json *sum_channels(struct arena *a, const struct names *names, const struct ledger_line *lines, size_t count)
{
    struct json *list = json_array(a);
    for (size_t i = 0; i < names->channel_count; i++) {
        const struct channel_row *row = &names->channels[i];
        struct ledger_line sum = {.channel_id = row->id};
        for (size_t n = 0; n < count; n++)
            if (lines[n].channel_id == row->id)
                sum_add(&sum, &lines[n]);
        if (row->removed_at && sum_received(&sum) == 0)
            continue;
        struct json *item = json_object(a);
        json_set_id(a, item, "id", row->id);
        json_set_str(a, item, "name", row->name);
        json_set_str(a, item, "icon", str_from(network_icon(row->network)));
        sum_set(a, item, &sum);
        json_push(a, list, item);
    }
    return list;
}

int64_t day_step(int64_t day, int days, const char *zone)
{
    /* from noon: a day may be 23 or 25 hours long */
    return clock_day(clock_day_start(day, zone) + 12 * HOUR_US + days * DAY_US, zone);
}

/* ---- health ---- */

bool pulses_read(struct tx *tx, struct visit *v, struct pulses *out, struct error *e)
{
    const char *zone = str_cstr(v->arena, v->brand.zone);
    out->last_day = clock_day(tx_now(tx), zone);
    out->first_day = day_step(out->last_day, 1 - PULSE_DAYS, zone);
    return ledger_counts(tx, v->arena, v->brand.id, out->first_day, out->last_day, true, &out->lines, &out->count, e);
}

static int64_t pulse_fill(struct visit *v, const struct pulses *pulses, int64_t channel, int64_t n[PULSE_DAYS])
{
    const char *zone = str_cstr(v->arena, v->brand.zone);
    int64_t total = 0, day = pulses->first_day;
    for (int i = 0; i < PULSE_DAYS; i++, day = day_step(day, 1, zone)) {
        n[i] = 0;
        for (size_t l = 0; l < pulses->count; l++)
            if (pulses->lines[l].channel_id == channel && pulses->lines[l].day == day)
                n[i] += sum_received(&pulses->lines[l]);
        total += n[i];
    }
    return total;
}

/* A line through 96 × 24, the busiest day at the top. */
static struct str pulse_path(struct arena *a, const int64_t n[PULSE_DAYS])
{
    int64_t most = 1;
    for (int i = 0; i < PULSE_DAYS; i++)
        most = n[i] > most ? n[i] : most;
    struct buf b;
    buf_init(&b, a, 160);
    for (int i = 0; i < PULSE_DAYS; i++) {
        buf_char(&b, i ? 'L' : 'M');
        buf_int(&b, i * 96 / (PULSE_DAYS - 1));
        buf_char(&b, ' ');
        buf_int(&b, 22 - n[i] * 20 / most);
    }
    return buf_view(&b);
}

static const char *health_state(const struct channel_row *row, int64_t now, int64_t total, int64_t usual_us)
{
    bool token = str_eq(row->failure, STR("token")) || str_eq(row->failure, STR("permission"));
    if (str_eq(row->state, STR("paused")))
        return token ? "refused" : "paused";
    if (token)
        return "refused";
    if (row->failure.len)
        return "down";
    if (row->last_in_at == 0)
        return total ? "well" : "new"; /* what was imported came without us listening */
    bool quiet = usual_us && now - row->last_in_at > 6 * HOUR_US && now - row->last_in_at > 8 * usual_us;
    return quiet ? "quiet" : "well";
}

struct json *health_json(struct visit *v, const struct channel_row *row, const struct pulses *pulses)
{
    struct arena *a = v->arena;
    int64_t n[PULSE_DAYS], total = pulse_fill(v, pulses, row->id, n);
    /* a few messages make no habit */
    int64_t usual = total >= 20 ? PULSE_DAYS * DAY_US / total : 0;
    const struct channel *channel = channel_find(row->network);
    struct json *health = json_object(a);
    json_set_id(a, health, "id", row->id);
    json_set_str(a, health, "name", row->name);
    json_set_str(a, health, "icon", str_from(network_icon(row->network)));
    json_set_str(a, health, "network_name", channel ? str_from(channel->label) : row->network);
    json_set_str(a, health, "state", str_from(health_state(row, v->view.now, total, usual)));
    json_set_time(a, health, "last_in", row->last_in_at);
    json_set_time(a, health, "last_out", row->last_out_at);
    json_set(a, health, "usual_seconds", usual ? json_new_int(a, usual / SECOND_US) : json_new_null(a));
    int64_t until = account_consent_until(a, row) * SECOND_US;
    json_set_time(a, health, "token_expires", until);
    json_set_bool(a, health, "token_soon", until && until < v->view.now + CONSENT_WARN_US);
    json_set(a, health, "pulse", total ? json_new_str(a, pulse_path(a, n)) : json_new_null(a));
    json_set_str(a, health, "words", row->failure_words);
    return health;
}
