/* SPDX-License-Identifier: Apache-2.0 */
/* Opening hours in the brand's own days, and the measured wait. */
#include "care/hours.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"

#define DAY_MINUTES 1440
#define LOOK_DAYS   31
#define SPANS_MOST  2000
#define WAIT_RECENT (3 * HOUR_US)
#define WAIT_LOOK   60
#define WAIT_LEAST  3

/* ---- hours ---- */

struct opened {
    const struct opening *list;
    const int64_t *closed;
    size_t count, closed_count;
    const char *zone;
};

static bool is_closed(const struct opened *o, int64_t day)
{
    for (size_t i = 0; i < o->closed_count; i++)
        if (o->closed[i] == day)
            return true;
    return false;
}

/* The moment at which the clock of that day's date shows so many minutes; 1440 is the next day's midnight. */
static int64_t moment(const struct opened *o, struct clock_parts day, int minutes)
{
    day.hour = minutes / 60;
    day.minute = minutes % 60;
    day.second = 0;
    return clock_join(day, o->zone);
}

/* The span of that day that holds a moment, or the first that begins after it; NULL when there is none. */
static const struct opening *span_of(const struct opened *o, struct clock_parts day, int64_t at, int64_t *begins,
                                     int64_t *ends)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->list[i].weekday != day.weekday)
            continue;
        *begins = moment(o, day, o->list[i].opens);
        *ends = moment(o, day, o->list[i].closes);
        if (*ends > at)
            return &o->list[i];
    }
    return NULL;
}

static void look(const struct opened *o, int64_t at, struct hours_now *out)
{
    struct clock_parts today = clock_split(at, o->zone);
    today.hour = 12; /* a day later is the next date, whatever the clocks do at night */
    today.minute = today.second = 0;
    int64_t noon = clock_join(today, o->zone), begins, ends;
    for (int d = 0; d <= LOOK_DAYS; d++) {
        struct clock_parts day = clock_split(noon + d * DAY_US, o->zone);
        if (is_closed(o, clock_day(noon + d * DAY_US, o->zone)) || !span_of(o, day, at, &begins, &ends))
            continue;
        out->open = begins <= at;
        *(out->open ? &out->until : &out->next) = out->open ? ends : begins;
        return;
    }
}

static bool opened_read(struct tx *tx, struct arena *a, const struct brand *brand, int64_t at, struct opened *o,
                        struct error *e)
{
    struct opening *list;
    int64_t *closed;
    *o = (struct opened){.zone = str_cstr(a, brand->zone)};
    if (!opening_list(tx, a, brand->id, &list, &o->count, e) ||
        !closed_day_list(tx, a, brand->id, clock_day(at, o->zone), &closed, &o->closed_count, e))
        return false;
    o->list = list;
    o->closed = closed;
    return true;
}

bool hours_at(struct tx *tx, struct arena *a, const struct brand *brand, int64_t at, struct hours_now *out,
              struct error *e)
{
    struct opened o;
    *out = (struct hours_now){0};
    if (!opened_read(tx, a, brand, at, &o, e))
        return false;
    out->known = o.count > 0;
    if (out->known)
        look(&o, at, out);
    return true;
}

bool hours_after(struct tx *tx, struct arena *a, const struct brand *brand, int64_t from, int64_t micros,
                 int64_t *out, struct error *e)
{
    struct opened o;
    struct hours_now now;
    int64_t at = from, left = micros;
    *out = from + micros;
    if (!opened_read(tx, a, brand, from, &o, e))
        return false;
    for (int spans = 0; o.count && left > 0 && spans < SPANS_MOST; spans++) {
        now = (struct hours_now){0};
        look(&o, at, &now);
        if (!now.open && !now.next)
            return true; /* nobody is there for a month: by the clock */
        if (now.open) {
            left -= now.until - at;
            at = now.until;
        } else
            at = now.next;
    }
    if (o.count && left <= 0)
        *out = at + left;
    return true;
}

/* ---- in words ---- */

/* "9", "9:30", "9.30", "24". */
static bool minutes_read(struct str text, int *out)
{
    struct str hour;
    int64_t h, m = 0;
    text = str_trim(text);
    char between = str_find_char(text, ':') >= 0 ? ':' : '.';
    if (!str_split(&text, between, &hour) || hour.len > 2 || !str_int64(hour, &h) || h < 0 || h > 24)
        return false;
    if (text.len && (text.len != 2 || !str_int64(text, &m) || m < 0 || m > 59))
        return false;
    *out = (int)(h * 60 + m);
    return *out <= DAY_MINUTES;
}

static bool span_read(struct str text, struct opening *out)
{
    struct str opens;
    ptrdiff_t dash = str_find(text, STR("–"));
    size_t width = dash >= 0 ? STR("–").len : 1;
    if (dash < 0)
        dash = str_find_char(text, '-');
    if (dash < 0)
        return false;
    opens = str_slice(text, 0, (size_t)dash);
    return minutes_read(opens, &out->opens) &&
           minutes_read(str_slice(text, (size_t)dash + width, text.len), &out->closes) && out->opens < out->closes;
}

bool hours_read(struct arena *a, struct str text, int weekday, struct opening **list, size_t *count)
{
    struct str span;
    int after = 0;
    text = str_trim(text);
    if (text.len == 0)
        return true;
    while (str_split(&text, ',', &span)) {
        struct opening one = {.weekday = weekday};
        if (!span_read(str_trim(span), &one) || one.opens < after)
            return false;
        after = one.closes;
        *list = list_room(a, *list, *count, sizeof **list);
        (*list)[(*count)++] = one;
    }
    return true;
}

struct str hours_text(struct arena *a, const struct opening *list, size_t count, int weekday)
{
    struct buf out;
    buf_init(&out, a, 64);
    for (size_t i = 0; i < count; i++)
        if (list[i].weekday == weekday)
            buf_format(&out, "%s%d:%02d–%d:%02d", buf_view(&out).len ? ", " : "", list[i].opens / 60,
                       list[i].opens % 60, list[i].closes / 60, list[i].closes % 60);
    return buf_view(&out);
}

/* ---- how long one waits ---- */

static int by_length(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

bool wait_usual(struct tx *tx, struct arena *a, int64_t brand, int64_t now, bool *said, struct wait_usual *out,
                struct error *e)
{
    static const int64_t spans[] = {WAIT_RECENT, WAIT_WEEK};
    int64_t *list;
    size_t count;
    *said = false;
    for (size_t i = 0; i < COUNT_OF(spans) && !*said; i++) {
        if (!waited_since(tx, a, brand, now - spans[i], WAIT_LOOK, &list, &count, e))
            return false;
        *said = count >= WAIT_LEAST;
        if (!*said)
            continue;
        qsort(list, count, sizeof *list, by_length);
        *out = (struct wait_usual){list[count / 2] / SECOND_US, spans[i] == WAIT_RECENT};
    }
    return true;
}
